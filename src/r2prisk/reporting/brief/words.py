"""The words of a brief in English, French and Spanish, and its numbers as each has them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from pydantic import BaseModel

from r2prisk.catalogue import load_words
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.where import data_file
from r2prisk.reporting.brief.content import UNKNOWN
from r2prisk.reporting.figures.words import load_phrases as figure_phrases
from r2prisk.scoring.explain.sentences import number

Texts = dict[str, dict[Language, str]]

SPACES = re.compile(r" (?=[:;?!»%])|(?<=«) |(?<=n°) |(?<=n\.º) ")
"""Where French and Spanish have a space at which no line may break."""

HIDDEN = {"Cc", "Cs"}
"""Control characters and halves of characters, which no file can hold."""

NO_XML = "\ufffe\uffff"
"""Characters that XML refuses, and so a Word document."""


class Phrases(BaseModel, frozen=True, extra="forbid"):
    """What ``brief.toml`` holds: phrases by name and language."""

    titles: Texts
    marks: Texts
    columns: Texts
    stands: Texts
    drives: Texts
    holds: Texts
    heading: Texts
    words: Texts
    unknown: Texts
    alike: Texts
    lower: Texts
    held: Texts
    help: Texts
    who: Texts
    measures: Texts
    sources: Texts
    caution: Texts


@lru_cache(maxsize=1)
def load_phrases() -> Phrases:
    """Return the phrases of the brief.

    Examples
    --------
    >>> load_phrases().columns["could_be"]["fr"]
    'Pourrait être'
    """
    return read_toml(data_file("brief.toml"), Phrases)


@dataclass(frozen=True)
class Say:
    r"""Phrases and numbers in one language.

    Parameters
    ----------
    language : {"en", "fr", "es"}
        The language.

    Examples
    --------
    >>> say = Say("fr")
    >>> say("words", "to", low=say.number(0.1), high=say.number(0.25)), say.percent(0.372)
    ('0,10 à 0,25', '37\xa0%')
    """

    language: Language

    def __call__(self, group: str, name: str, /, **filled: str) -> str:
        """Return a phrase with what is filled in."""
        phrases: Texts = getattr(load_phrases(), group)
        text = phrases[name][self.language].format(**filled)
        return text if self.language == "en" else SPACES.sub("\u00a0", text)

    def number(self, value: float, *, sign: bool = False, digits: int = 2) -> str:
        """Return a number; a question mark where it is unknown."""
        if np.isnan(value):
            return UNKNOWN
        return number(value, self.language, sign=sign, digits=digits).replace("-", "\u2212")

    def percent(self, share: float) -> str:
        """Return a share in per cent; none and all are told for none and all only.

        Examples
        --------
        >>> [Say("en").percent(share) for share in (0.0, 0.001, 0.372, 0.999, 1.0)]
        ['0%', '<1%', '37%', '>99%', '100%']
        """
        if np.isnan(share):
            return UNKNOWN
        inside = 0.0 < round(share, 9) < 1.0
        text = f"{100 * share:.0f}"
        text = {"0": "<1", "100": ">99"}.get(text, text) if inside else text
        return f"{text}{'' if self.language == 'en' else chr(0xA0)}%"

    def chance(self, probability: float) -> str:
        """Return a probability; those that round to none or all are said to be under or over."""
        if probability > 0.99:
            return self("words", "over", share=self.percent(0.99))
        if probability < 0.01:
            return self("words", "under", share=self.percent(0.01))
        return self.percent(probability)

    def span(self, low: float, high: float) -> str:
        """Return a range for a table; a question mark where it is unknown."""
        if np.isnan(low) or np.isnan(high):
            return UNKNOWN
        return f"{self.number(low)}\u2013{self.number(high)}"

    def count(self, number: int) -> str:
        """Return a whole number, with its thousands apart."""
        return f"{number:,}".replace(",", "," if self.language == "en" else "\u00a0")

    def listed(self, texts: Iterable[str]) -> str:
        """Return texts with semicolons between them, as the language has these."""
        return ("\u00a0; " if self.language == "fr" else "; ").join(texts)

    def band(self, name: str) -> str:
        """Return a band; one of your own as it stands in the profile."""
        known = {word.words["en"]: word.words[self.language] for word in load_words().bands}
        return known.get(name, name)

    def score(self, name: str) -> str:
        """Return the name of a score as it stands in a table, a view of your own as it is.

        Examples
        --------
        >>> Say("es").score("residual_risk"), Say("en").score("war_crimes")
        ('Riesgo residual', 'War crimes')
        """
        words = load_words()
        known = {word.id: word.words[self.language] for word in (*words.scores, *words.crimes)}
        text = known.get(name, name.replace("_", " "))
        return text[:1].upper() + text[1:]

    def course(self, word: str) -> str:
        """Return where a score is heading, in the word that its figure has for it.

        Examples
        --------
        >>> Say("fr").course("eroding")
        'en érosion'
        """
        return figure_phrases().trajectory[word][self.language]


def printable(text: str) -> str:
    r"""Take out what no page can show, which a label of your own may hold.

    Examples
    --------
    >>> printable("a\x07b\uffff")
    'ab'
    """
    return "".join(
        c for c in text if c in "\n\t" or not (c in NO_XML or unicodedata.category(c) in HIDDEN)
    )
