"""What people read in the workbook, in three languages."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal, Self

from pydantic import model_validator

from r2prisk.catalogue import load_framework, load_words
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Language, Text
from r2prisk.catalogue.translations import label_in
from r2prisk.catalogue.where import data_file
from r2prisk.evidence.words import plain_word
from r2prisk.panel.gate import DEFAULT_FRAMEWORKS

LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")
"""The languages of the form."""

Said = dict[Language, Text]


class Texts(Entry):
    """The file ``workbook.toml``; every text in every language."""

    sheets: dict[str, Said]
    titles: dict[str, Said]
    columns: dict[str, Said]
    status: dict[str, Said]
    texts: dict[str, Said]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        groups: dict[str, dict[str, Any]] = {
            "sheets": self.sheets,
            "titles": self.titles,
            "columns": self.columns,
            "status": self.status,
            "texts": self.texts,
        }
        wrong = [
            f"{group}.{key} must be in {', '.join(LANGUAGES)}"
            for group, said in groups.items()
            for key, words in said.items()
            if set(words) != set(LANGUAGES)
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


@lru_cache(maxsize=1)
def load_texts() -> Texts:
    """Return every text of the workbook.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> load_texts().sheets["cover"]["fr"]
    'Page de garde'
    """
    return read_toml(data_file("workbook.toml"), Texts)


def say(key: str, language: Language, **parts: str) -> str:
    """Return a text in a language, with its gaps filled.

    Examples
    --------
    >>> say("page", "es")
    'Página &P de &N'
    """
    said = load_texts().texts[key][language]
    return said.format(**parts) if parts else said


def rating_word(value: float, language: Language) -> str | None:
    """Return the word for a rating, or None where none stands for exactly that number.

    Examples
    --------
    >>> rating_word(0.75, "es"), rating_word(0.7, "es")
    ('fuerte', None)
    """
    return next((w.words[language] for w in load_words().ratings if w.value == value), None)


def state_word(state: str, language: Language) -> str:
    """Return the word for a state of evidence.

    Examples
    --------
    >>> state_word("not applicable", "fr")
    'sans objet'
    """
    key = state.replace(" ", "_")
    return next(w.words[language] for w in load_words().states if w.id == key)


@lru_cache(maxsize=1)
def label_keys() -> dict[str, str]:
    """Return the identifier for each plain label in each language.

    Examples
    --------
    >>> label_keys()["elecciones limpias"]
    'SGS2.1'
    """
    listed = [i for name in DEFAULT_FRAMEWORKS for i in load_framework(name).indicators]
    return {plain_word(label_in(i, language)): i.id for i in listed for language in LANGUAGES}


@lru_cache(maxsize=4)
def keys_in(group: Literal["sheets", "columns"]) -> dict[str, str]:
    """Return the key for the plain name of each sheet or column in each language.

    Examples
    --------
    >>> keys_in("sheets")["portada"], keys_in("columns")["N°".casefold()]
    ('cover', 'indicator')
    """
    said: dict[str, Said] = getattr(load_texts(), group)
    return {plain_word(word): key for key, words in said.items() for word in words.values()}
