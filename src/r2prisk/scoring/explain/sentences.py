"""The difference of two scores in a sentence, in English, French and Spanish."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pydantic import BaseModel

from r2prisk.catalogue import load_words
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.where import data_file
from r2prisk.scoring.explain.account import Account, rounded

Texts = dict[str, dict[Language, str]]

READABLE = 0.005
"""Contributions smaller than this would read as 0.00."""

QUOTES: dict[Language, str] = {"en": "{}", "fr": "«\u00a0{}\u00a0»", "es": "«{}»"}
"""Around labels of indicators, which the catalogue has in English."""


class Phrases(BaseModel, frozen=True, extra="forbid"):
    """What ``explain.toml`` holds: phrases by name and language."""

    scores: Texts
    openings: Texts
    whom: Texts
    references: Texts
    lists: Texts
    headings: Texts


@lru_cache(maxsize=1)
def load_phrases() -> Phrases:
    """Return the phrases of explanations.

    Examples
    --------
    >>> load_phrases().lists["others"]["fr"]
    'autres'
    """
    return read_toml(data_file("explain.toml"), Phrases)


def number(value: float, language: Language, *, sign: bool = False, digits: int = 2) -> str:
    """Return a number as the language writes it: French and Spanish have a decimal comma.

    Examples
    --------
    >>> number(0.0912, "en", sign=True), number(-0.5, "fr"), number(np.nan, "es")
    ('+0.09', '-0,50', '-')
    """
    if np.isnan(value):
        return "-"
    text = f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
    return text if language == "en" else text.replace(".", ",")


def name_of(of: str, language: Language) -> str:
    """Return a score as a sentence begins with it.

    Examples
    --------
    >>> name_of("genocide_residual", "fr"), name_of("late_stage", "en")
    ('Le risque résiduel de génocide', "The risk in the view 'late stage'")
    """
    phrases = load_phrases().scores
    if of in ("risk", "residual_risk", "resilience"):
        return phrases[of][language]
    bare, suffix = of.removesuffix("_residual"), "_residual" if of.endswith("_residual") else ""
    for word in load_words().crimes:
        if word.id == bare:
            return phrases[f"crime{suffix}"][language].format(crime=word.words[language])
    return phrases[f"view{suffix}"][language].format(view=bare.replace("_", " "))


def sentence(account: Account, *, language: Language = "en", shown: int = 5) -> str:
    """Say what makes the difference of two scores, in numbers that add up as they are shown.

    Parameters
    ----------
    account : Account
        The difference.
    language : {"en", "fr", "es"}
        The language; labels of indicators stay as the catalogue has them.
    shown : int
        How many indicators are named at most; the others stand together.

    Returns
    -------
    str
        First what goes the way of the score, then what holds it, then all else.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.explain import change
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "9.1": [0.2, 0.4],
    ...     "8.1": [0.1, 0.7]}))
    >>> print(sentence(change(score(panel), "KEN", 2006, 2008, of="risk").account()))
    Risk rose from 0.15 to 0.55 (2006 to 2008): +0.30 Forces deployed or fighting begins suddenly
    (8.1), +0.10 Laws and practices that exclude or segregate groups (9.1).
    """
    opening = _opening(account, language)
    if np.isnan(account.before + account.after):
        return f"{opening}."
    few, rest = account.split(shown, least=READABLE)
    whole = round(account.after, 2) - round(account.before, 2)
    shares = rounded([*few["value"], *rest.values()], whole)
    falls = account.after < account.before
    with_it: list[str] = []
    counter: list[str] = []
    for name, share in zip(few.index, shares, strict=False):
        text = f"{number(share, language, sign=True)} {_indicator(account, str(name), language)}"
        if share != 0.0:
            (with_it if (share < 0.0) == falls else counter).append(text)
    tails = [
        f"{number(share, language, sign=True)} {_extra(account, name, language)}"
        for name, share in zip(rest, shares[len(few) :], strict=True)
        if share != 0.0
    ]
    lists = load_phrases().lists
    parts = [", ".join(with_it)] if with_it else []
    if counter:
        held = f"{lists['up' if falls else 'down'][language]} " if with_it else ""
        parts.append(held + ", ".join(counter))
    parts += [", ".join(tails)] if tails else []
    # French has a space before colons and semicolons, at which no line may break
    space = "\u00a0" if language == "fr" else ""
    said = f"{space}; ".join(parts) or lists["nothing"][language]
    return f"{opening}{space}: {said}."


def _opening(account: Account, language: Language) -> str:
    phrases = load_phrases()
    before, after = round(account.before, 2), round(account.after, 2)
    whom = ""
    if np.isnan(account.before + account.after):
        kind = "unknown"
    elif account.against == "absent":
        kind = "is"
    elif account.against:
        kind = "against"
        named = account.against if account.against in phrases.whom else "unit"
        whom = phrases.whom[named][language].format(unit=account.against)
    else:
        kind = "stayed" if before == after else "rose" if after > before else "fell"
    return phrases.openings[kind][language].format(
        score=name_of(account.of, language),
        before=number(before, language),
        after=number(after, language),
        first=account.first,
        last=account.last,
        whom=whom,
    )


def _indicator(account: Account, name: str, language: Language) -> str:
    """Name an indicator; of a safeguard say which way it went, as its sign is not the score's."""
    label, factor = (str(account.items[column][name]) for column in ("label", "factor"))
    told = [name]
    if account.returned(name):
        told.append(load_phrases().lists["between"][language])
    elif factor in account.safeguards and account.of != "resilience":
        word = "weaker" if float(account.items["value"][name]) > 0.0 else "stronger"
        told.append(load_phrases().lists[word][language])
    return f"{QUOTES[language].format(label)} ({', '.join(told)})"


def _extra(account: Account, name: str, language: Language) -> str:
    lists = load_phrases().lists
    text = lists[name][language]
    if name != "coverage" or not (account.gone or account.new):
        return text
    counts = lists["counts"][language].format(gone=len(account.gone), new=len(account.new))
    return f"{text} ({counts})"
