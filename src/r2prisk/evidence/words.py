"""Single values of evidence as people write them: texts, words in three languages, days."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from numbers import Real
from typing import Any, cast

import numpy as np
import pandas as pd

from r2prisk.catalogue import load_mechanisms, load_words
from r2prisk.catalogue.models import RatingWord, Word
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that evidence can be of; what lies outside is a slip of the pen."""

STATES = ("unknown", "not applicable", "failed")
"""Why a coder gave no rating."""

ALIKE = 0.7
"""How alike a word must be to what is guessed for it: 'présent' is not a slip of 'absent'."""

JOIN = "; "
"""What stands between the entries of a cell that holds a list."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def is_missing(value: object) -> bool:
    """Say whether a cell holds nothing.

    Examples
    --------
    >>> is_missing(None), is_missing(float("nan")), is_missing("  "), is_missing(0)
    (True, True, True, False)
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return True
    return not isinstance(value, str) and np.ndim(cast(Any, value)) == 0 and bool(pd.isna(value))  # pyright: ignore[reportArgumentType, reportCallIssue]


def clean_text(value: object) -> str:
    r"""Return a value as text: ends stripped, one kind of line break, nothing for nothing.

    Raises
    ------
    ValueError
        If it holds a control character or half a character.

    Examples
    --------
    >>> clean_text(" A/HRC/7/19\r\n"), clean_text(12.0), clean_text(None)
    ('A/HRC/7/19', '12', '')
    """
    if isinstance(value, str) and value.isprintable():  # nearly all are, and a million is many
        return value.strip()
    if is_missing(value):
        return ""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    text = str(value).replace("\r\n", "\n").replace("\r", "\n").strip()
    found = _CONTROL.search(text)
    if found:
        raise ValueError(f"holds the control character U+{ord(found[0]):04X}; take it out")
    return text


def identifier(value: object) -> str:
    """Return an identifier.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> identifier("KEN-2008-001")
    'KEN-2008-001'
    """
    text = clean_text(value)
    if not _IDENTIFIER.fullmatch(text):
        found = f"'{text}' is not" if text else "nothing is there; it needs"
        raise ValueError(f"{found} an identifier (letters, digits, '.', '_' and '-')")
    return text


def web_address(value: object) -> str:
    """Return an address of the web, or an empty text.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> web_address("https://undocs.org/A/HRC/7/19")
    'https://undocs.org/A/HRC/7/19'
    """
    text = clean_text(value)
    if text and not re.fullmatch(r"https?://\S+", text):
        raise ValueError(f"'{text}' is not an address that starts with https:// or http://")
    return text


def entries(value: object) -> tuple[str, ...]:
    """Return the entries of a list, or of a text with a semicolon between them.

    Raises
    ------
    ValueError
        If an entry of a list holds a semicolon or a control character.

    Examples
    --------
    >>> entries("Kikuyu; Luo"), entries(["Luo"]), entries(None)
    (('Kikuyu', 'Luo'), ('Luo',), ())
    """
    if isinstance(value, (list, tuple, np.ndarray)):
        parts = [clean_text(part) for part in cast(Iterable[object], value)]
        split = [part for part in parts if ";" in part]
        if split:
            raise ValueError(f"'{split[0]}' holds a semicolon, which stands between entries")
    else:
        parts = [part.strip() for part in clean_text(value).split(";")]
    return tuple(part for part in parts if part)


def day_of(value: object) -> np.datetime64:
    """Return a day; a year, quarter or month stands for its last day.

    Evidence of which only the month is known was known for certain at the end of it.

    Raises
    ------
    ValueError
        If it is no date, or not from 1900 to 2199.

    Examples
    --------
    >>> day_of("1994-01-11"), day_of("1994-02")
    (np.datetime64('1994-01-11'), np.datetime64('1994-02-28'))
    """
    try:
        period = period_of(value, "date")
    except InputError as error:
        raise ValueError(error.problems[0]) from None
    if not FIRST_YEAR <= period.year <= LAST_YEAR:
        raise ValueError(f"'{value}' is not from {FIRST_YEAR} to {LAST_YEAR}")
    return np.datetime64(period.asfreq("D", "end").ordinal, "D")


def plain_word(text: str) -> str:
    """Return a word without accents, case, hyphens and underscores.

    Examples
    --------
    >>> plain_word("Élevée"), plain_word("not_applicable")
    ('elevee', 'not applicable')
    """
    split = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in split if not unicodedata.combining(c)).casefold()
    return " ".join(re.sub(r"[_\s-]+", " ", bare).split())


def keys_of(words: Sequence[Word]) -> dict[str, str]:
    """Return the identifier for each plain word in each language.

    Examples
    --------
    >>> high = Word(id="high", words={"en": "high", "fr": "élevée"})
    >>> keys_of([high])
    {'high': 'high', 'elevee': 'high'}
    """
    pairs = [(text, word.id) for word in words for text in (word.id, *word.words.values())]
    return {plain_word(text): name for text, name in pairs}


@lru_cache(maxsize=1)
def mechanism_keys() -> dict[str, str]:
    """Return the mechanism for each plain identifier and title.

    Examples
    --------
    >>> mechanism_keys()["examen periodique universel"]
    'universal-periodic-review'
    """
    known = load_mechanisms().values()
    return {plain_word(t): m.id for m in known for t in (m.id, m.title, *m.titles.values())}


def one_of(value: object, keys: dict[str, str]) -> str:
    """Return the identifier that a word stands for.

    Raises
    ------
    ValueError
        If it stands for none; the nearest is named.

    Examples
    --------
    >>> one_of("Moyenne", {"moyenne": "medium"})
    'medium'
    """
    text = clean_text(value)
    found = keys.get(plain_word(text))
    if found is None:
        allowed = ", ".join(dict.fromkeys(keys.values()))
        what = f"'{text}' is not one of" if text else "nothing is there; allowed:"
        near = nearest(text, keys.values(), cutoff=ALIKE)
        hint = near or nearest(plain_word(text), keys, cutoff=ALIKE)
        raise ValueError(f"{what} {allowed}{hint}")
    return found


@lru_cache(maxsize=1)
def _ratings() -> dict[str, float]:
    known: tuple[RatingWord, ...] = load_words().ratings
    return {plain_word(text): word.value for word in known for text in word.words.values()}


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    """Return the state for each plain word; the word `rated` stands for none."""
    keys = keys_of(load_words().states)
    return {text: name.replace("_", " ") for text, name in keys.items() if name != "rated"}


def state_of(value: object) -> str:
    """Return a state of ``STATES``, or an empty text where a cell is rated.

    Raises
    ------
    ValueError
        If the word is no state; the nearest is named.

    Examples
    --------
    >>> state_of("sans objet"), state_of("rated"), state_of(None)
    ('not applicable', '', '')
    """
    text = clean_text(value)
    rated = next(word for word in load_words().states if word.id == "rated")
    if not text or plain_word(text) in keys_of([rated]):
        return ""
    return one_of(text, _states())


def said_state(value: object) -> str:
    """Return the state that a word stands for, or an empty text where it stands for none.

    Examples
    --------
    >>> said_state("Not_applicable"), said_state("strong"), said_state(0.5)
    ('not applicable', '', '')
    """
    return _states().get(plain_word(value), "") if isinstance(value, str) else ""


def rating_of(value: object) -> tuple[float, str]:
    """Return (rating, state) of one cell; the rating is NaN where there is none.

    Parameters
    ----------
    value : object
        A number from 0 to 1, a word for a rating or for a state in English, French or Spanish, or
        nothing.

    Raises
    ------
    ValueError
        If it is none of these; the nearest is named.

    Examples
    --------
    >>> rating_of("grave"), rating_of("0,5"), rating_of("no aplicable")
    ((1.0, ''), (0.5, ''), (nan, 'not applicable'))
    """
    if is_missing(value):
        return np.nan, ""
    word = plain_word(value) if isinstance(value, str) else ""
    if word in _ratings():
        return _ratings()[word], ""
    if said_state(value):
        return np.nan, said_state(value)
    rating = _number(value)
    if rating is None:
        names = [w.words["en"] for w in load_words().ratings]
        allowed = f"a number from 0 to 1, a word ({', '.join(names)}) or a state "
        hint = nearest(word, (*_ratings(), *_states()), cutoff=ALIKE)
        raise ValueError(f"'{value}' is not {allowed}({', '.join(STATES)}){hint}")
    if not 0.0 <= rating <= 1.0:
        raise ValueError(f"{rating:g} is outside 0 to 1")
    return rating + 0.0, ""


def _number(value: object) -> float | None:
    """Return a number, or None where a value is none; a comma may stand for the point."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (str, Real, Decimal)):
        return None
    text = value.strip().replace(",", ".") if isinstance(value, str) else value
    try:
        # Python would read 0_9 as a number
        return None if isinstance(text, str) and "_" in text else float(text)
    except ValueError:
        return None
    except OverflowError:
        return np.inf
