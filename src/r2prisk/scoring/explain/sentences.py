"""The difference of two scores in a sentence, in English, French and Spanish."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from pydantic import BaseModel

from r2prisk.catalogue import load_words
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in, translated
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest
from r2prisk.scoring.explain.account import Account, Part, rounded

Texts = dict[str, dict[Language, str]]

SMALL = 0.05
"""A difference that is smaller is told with three digits, for two would hide what it is made of."""

QUOTES: dict[Language, str] = {"en": "{}", "fr": "«\u00a0{}\u00a0»", "es": "«{}»"}
"""Around labels of indicators: in French and Spanish they would read on into the sentence."""


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
    >>> load_phrases().headings["all"]["fr"]
    'Total'
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


def digits_of(account: Account) -> int:
    """Return how many digits behind the point tell a difference: three where it is small.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk.scoring.explain.account import Account
    >>> one = Account("KEN", "risk", "", "2008", "", 0.41, 0.44, pd.DataFrame(), frozenset())
    >>> digits_of(one)
    3
    """
    return 3 if abs(account.after - account.before) < SMALL else 2


def check_text(language: str, shown: int) -> None:
    """Refuse a language or a count that no text can be made of.

    Raises
    ------
    InputError
        With both, where both are wrong.

    Examples
    --------
    >>> check_text("fr", 5)
    """
    problems: list[str] = []
    if language not in QUOTES:
        allowed = f"allowed: {', '.join(QUOTES)}{nearest(str(language), QUOTES)}"
        problems.append(f"language is '{language}'; {allowed}")
    # people pass what a file or a form gave them
    if not isinstance(shown, int) or shown < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append(f"shown is {shown!r}; it must be a whole number, 1 or more")
    if problems:
        raise InputError("text", problems)


def sentence(account: Account, *, language: Language = "en", shown: int = 5) -> str:
    """Say what makes the difference of two scores, in numbers that add up as they are shown.

    Parameters
    ----------
    account : Account
        The difference.
    language : {"en", "fr", "es"}
        The language; an indicator of your own framework keeps its label.
    shown : int
        How many indicators are named at most, 1 or more; the others stand together.

    Returns
    -------
    str
        First what goes the way of the score, then what holds it, then all else. Of stages, what
        each step added.

    Raises
    ------
    InputError
        If the language or the number is not allowed.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.explain import change
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "9.1": [0.2, 0.4],
    ...     "8.1": [0.1, 0.7]}))
    >>> print(sentence(change(score(panel), "KEN", 2006, 2008, of="risk").account()))
    Risk (Kenya) rose from 0.15 to 0.55 (2006 to 2008): +0.30 Forces deployed or fighting begins
    suddenly (8.1), +0.10 Laws and practices that exclude or segregate groups (9.1).
    """
    check_text(language, shown)
    opening = _opening(account, language)
    if not account.known:
        return f"{opening}."
    # French has a space before colons and semicolons, at which no line may break
    space = "\u00a0" if language == "fr" else ""
    parts = _stepped(account, language) if account.steps else _told(account, language, shown)
    return f"{opening}{space}: {f'{space}; '.join(parts) or _nothing(account, language)}."


def _stepped(account: Account, language: Language) -> list[str]:
    """Say what each step added."""
    digits = digits_of(account)
    whole = round(account.after, digits) - round(account.before, digits)
    shares = rounded([*account.steps.values()], whole, digits=digits)
    return [
        ", ".join(
            f"{number(share, language, sign=True, digits=digits)} {name}"
            for name, share in zip(account.steps, shares, strict=True)
        )
    ]


def _told(account: Account, language: Language, shown: int) -> list[str]:
    """Say what goes the way of the score, what holds it, and all else, each where there is any."""
    digits = digits_of(account)
    few, rest = account.split(shown, least=0.5 * 10.0**-digits)
    whole = round(account.after, digits) - round(account.before, digits)
    adds = [*few["adds"], *(part.adds for part in rest.values())]
    shares = rounded(adds, whole, digits=digits)
    falls = account.after < account.before
    with_it: list[str] = []
    counter: list[str] = []
    for name, share in zip(few.index, shares, strict=False):
        told = number(share, language, sign=True, digits=digits)
        text = f"{told} {_indicator(account, str(name), language)}"
        if share != 0.0:
            (with_it if (share < 0.0) == falls else counter).append(text)
    tails: list[str] = []
    for (name, part), share in zip(rest.items(), shares[len(few) :], strict=True):
        told = number(share, language, sign=True, digits=digits)
        if share != 0.0:
            tails.append(f"{told} {extra(account, name, part, language)}")
    parts = [", ".join(with_it)] if with_it else []
    if counter:
        lists = load_phrases().lists
        held = f"{lists['up' if falls else 'down'][language]} " if with_it else ""
        parts.append(held + ", ".join(counter))
    return parts + ([", ".join(tails)] if tails else [])


def _nothing(account: Account, language: Language) -> str:
    """Say that no number can be shown: because there is none, or because all are too small."""
    lists = load_phrases().lists
    if not (account.items["adds"] != 0.0).any() and not account.assumed:
        return lists["nothing"][language]
    digits = digits_of(account)
    least = number(10.0**-digits, language, digits=digits)
    return lists["little"][language].format(least=least)


def _opening(account: Account, language: Language) -> str:
    phrases = load_phrases()
    digits = digits_of(account)
    before, after = round(account.before, digits), round(account.after, digits)
    whom = ""
    if not account.known:
        kind = "unknown"
    elif account.against == "absent":
        kind = "is"
    elif account.against:
        kind = "against"
        named = account.against if account.against in phrases.whom else "unit"
        other = country_in(account.against, language) if named == "unit" else ""
        whom = phrases.whom[named][language].format(unit=other, count=account.among)
    else:
        kind = "stayed" if before == after else "rose" if after > before else "fell"
    ends = [account.first, account.last]
    if account.steps:
        ends = [{**QUOTES, "en": "'{}'"}[language].format(name) for name in ends]
    return phrases.openings[kind][language].format(
        score=f"{name_of(account.of, language)} ({country_in(account.unit, language)})",
        before=number(before, language, digits=digits),
        after=number(after, language, digits=digits),
        first=ends[0],
        last=ends[1],
        whom=whom,
    )


def _indicator(account: Account, name: str, language: Language) -> str:
    """Name an indicator, and say which way it went where its sign does not."""
    items = account.items
    label = translated(name, str(items["label"][name]), language)
    fell = bool(items["after"][name] < items["before"][name])
    lists, told = load_phrases().lists, [name]
    if items["factor"][name] in account.safeguards:
        if account.of != "resilience":
            told.append(lists["weaker" if fell else "stronger"][language])
    elif fell:
        told.append(lists["lower"][language])
    return f"{QUOTES[language].format(label)} ({', '.join(told)})"


def extra(account: Account, name: str, part: Part, language: Language) -> str:
    """Name what several indicators add together, with their number.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk.scoring.explain.account import Account, Part
    >>> one = Account("KEN", "risk", "", "2008", "", 0.41, 0.44, pd.DataFrame(), frozenset())
    >>> extra(one, "others", Part(0.02, 7), "fr")
    'autres (7)'
    """
    lists = load_phrases().lists
    text = lists[name][language].format(count=part.count)
    if name != "coverage":
        return text
    counts = {"gone": len(account.gone), "new": len(account.new)}
    space = "\u00a0" if language == "fr" else ""
    told = f"{space}; ".join(lists[key][language].format(count=n) for key, n in counts.items() if n)
    return f"{text} ({told})" if told else text
