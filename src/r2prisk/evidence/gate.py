"""The gate for tables of evidence: every check, all faults reported together with their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework
from r2prisk.errors import InputError, nearest
from r2prisk.evidence import words
from r2prisk.evidence.models import LEVELS, choice_keys, rating_or_state, unit_of
from r2prisk.evidence.settled import settlement_faults
from r2prisk.panel.cells import SPELT_OUT, factorized, place
from r2prisk.panel.gate import LOOK_ALIKE

COLUMNS = (
    "id",
    "unit",
    "indicator",
    "date",
    "until",
    "known",
    "rating",
    "state",
    "confidence",
    "mechanism",
    "reference",
    "paragraph",
    "url",
    "groups",
    "perpetrator",
    "coder",
    "sensitivity",
    "note",
    "adjudicates",
)
"""The columns of a table of evidence, in their order."""

NEEDED = ("id", "unit", "indicator", "date", "confidence", "mechanism", "reference", "coder")
"""The columns that must be there and hold something in each row, beside rating or state."""

ORDERED = {"confidence": ("low", "medium", "high"), "sensitivity": LEVELS}
"""The columns whose words have an order, from the least."""

_Value = TypeVar("_Value")
Rows = NDArray[np.int64]


def checked(frame: pd.DataFrame, frameworks: Sequence[Framework], subject: str) -> pd.DataFrame:
    """Return a table of evidence with the columns of ``COLUMNS``, or every fault in it.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, any)
        Values as people write them; the index numbers the rows in messages.
    frameworks : sequence of Framework
        Whose indicators are allowed.
    subject : str
        How messages name the table.

    Returns
    -------
    pandas.DataFrame, shape (n, 19)
        Categories for what repeats, days as ``datetime64[s]``, ratings as float (NaN where there is
        a state), texts as str; an empty text where nothing is said.

    Raises
    ------
    InputError
        With every fault, each with its row and column and the nearest match.
    """
    table = _named(frame, subject)
    rows = np.asarray(frame.index, dtype=np.int64)
    problems: list[str] = []
    columns: dict[str, Any] = {}

    def read(
        name: str, how: Callable[[object], _Value]
    ) -> tuple[NDArray[np.intp], list[_Value | None]]:
        return _each(table, name, how, rows, problems)

    columns["id"] = _spread(*read("id", words.identifier))
    columns["unit"] = _category(*read("unit", unit_of))
    known = [i.id for framework in frameworks for i in framework.indicators]
    columns["indicator"] = _indicators(table, known, frameworks, rows, problems)
    columns["date"] = _days(*read("date", words.day_of))
    columns["until"] = _days(*read("until", _day_or_none))
    columns["known"] = _days(*read("known", _day_or_none))
    columns |= _rated(table, rows, problems)
    for name in ("confidence", "mechanism", "perpetrator", "sensitivity"):
        codes, values = read(name, _choice(name))
        columns[name] = _category(codes, values, ORDERED.get(name))
    columns["coder"] = _category(*read("coder", _needed_text))
    columns["reference"] = _spread(*read("reference", _needed_text))
    columns["paragraph"] = _spread(*read("paragraph", words.clean_text))
    columns["note"] = _spread(*read("note", words.clean_text))
    columns["url"] = _spread(*read("url", words.web_address))
    columns["groups"] = _spread(*read("groups", _joined))
    columns["adjudicates"] = _spread(*read("adjudicates", _joined))
    whole = pd.DataFrame({name: columns[name] for name in COLUMNS}, index=range(len(table)))
    problems += _between_rows(whole, rows)
    if problems:
        raise InputError(subject, problems)
    return whole


def _named(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Return a table whose columns have our names, or what is wrong with them."""
    table = frame.reset_index(drop=True)
    table.columns = [_header(name) for name in frame.columns]
    names = list(table.columns)
    problems = [
        f"column '{name}' stands {names.count(name)} times"
        for name in dict.fromkeys(names)
        if name and names.count(name) > 1
    ]
    problems += [f"column {n + 1} has no name" for n, name in enumerate(names) if not name]
    unknown = [name for name in names if name and name not in COLUMNS]
    problems += [f"column '{name}' is unknown{nearest(name, COLUMNS)}" for name in unknown]
    missing = [name for name in NEEDED if name not in names]
    if "rating" not in names and "state" not in names:
        missing.append("rating")
    problems += [f"needs a column {name}" for name in missing]
    if problems:
        raise InputError(subject, problems)
    return table


def _header(name: object) -> str:
    return "" if words.is_missing(name) else str(name).strip().casefold()


def _each(
    table: pd.DataFrame,
    name: str,
    how: Callable[[object], _Value],
    rows: Rows,
    problems: list[str],
) -> tuple[NDArray[np.intp], list[_Value | None]]:
    """Read each distinct value of a column once: the code of each row, and what codes stand for.

    A value with a fault is read as nothing would be, or as None.
    """
    if name not in table:
        return np.zeros(len(table), dtype=np.intp), [how(None)]
    codes, values = factorized(_hashable(table[name]))
    found: list[_Value | None] = []
    faults = 0
    for n, value in enumerate(values):
        try:
            found.append(how(value))
        except ValueError as error:
            found.append(None)
            faults += 1
            if faults <= SPELT_OUT:
                problems.append(f"{place(rows, codes, n, name)}: {error}")
    if faults > SPELT_OUT:
        problems.append(f"column '{name}': {faults - SPELT_OUT} more such values")
    return codes, found


def _hashable(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column in which lists are tuples, and texts plain Python."""
    if isinstance(column.dtype, pd.StringDtype):
        return column.astype(object)
    if column.dtype != object:
        return column
    lists = [isinstance(value, (list, np.ndarray)) for value in column]
    return column.mask(np.array(lists), column.map(_tuple)) if any(lists) else column


def _tuple(value: object) -> object:
    return tuple(cast(list[object], value)) if isinstance(value, (list, np.ndarray)) else value


def _spread(codes: NDArray[np.intp], values: Sequence[str | None]) -> pd.Series[Any]:
    texts = np.array([value or "" for value in values], dtype=object)
    return pd.Series(texts[codes], dtype=object)


def _category(
    codes: NDArray[np.intp], values: Sequence[str | None], order: Sequence[str] | None = None
) -> pd.Categorical:
    """Return a column of words that repeat; the words stand in their order, or sorted."""
    texts = [value or "" for value in values]
    used = sorted(set(texts)) if order is None else [w for w in ("", *order) if w in set(texts)]
    at = {word: n for n, word in enumerate(used)}
    turned = np.array([at[text] for text in texts], dtype=np.intp)[codes]
    return pd.Categorical.from_codes(turned, categories=pd.Index(used, dtype=object))


def _days(
    codes: NDArray[np.intp], values: Sequence[np.datetime64 | None]
) -> NDArray[np.datetime64]:
    filled = [np.datetime64("NaT", "D") if value is None else value for value in values]
    return np.array(filled, dtype="datetime64[s]")[codes]


def _day_or_none(value: object) -> np.datetime64 | None:
    return None if words.is_missing(value) else words.day_of(value)


def _choice(name: str) -> Callable[[object], str]:
    """Return how a word of a column with a choice is read; what may be left out may be empty."""
    keys = choice_keys()[name]
    empty = {"perpetrator": "", "sensitivity": "restricted"}

    def read(value: object) -> str:
        if name in empty and words.is_missing(value):
            return empty[name]
        return words.one_of(value, keys)

    return read


def _needed_text(value: object) -> str:
    text = words.clean_text(value)
    if not text:
        raise ValueError("nothing is there; say it in words")
    return text


def _joined(value: object) -> str:
    return words.JOIN.join(words.entries(value))


def _indicators(
    table: pd.DataFrame,
    known: Sequence[str],
    frameworks: Sequence[Framework],
    rows: Rows,
    problems: list[str],
) -> pd.Categorical:
    titles, allowed = " or ".join(f.name for f in frameworks), set(known)

    def read(value: object) -> str:
        if isinstance(value, (int, float, np.number)) and not words.is_missing(value):
            raise ValueError(f"{value:g} is a number: {LOOK_ALIKE}")
        text = words.clean_text(value)
        if text not in allowed:
            found = f"'{text}' is" if text else "nothing is there; it must be an identifier:"
            raise ValueError(f"{found} no indicator of {titles}{nearest(text, known)}")
        return text

    codes, values = _each(table, "indicator", read, rows, problems)
    used = set(values)
    return _category(codes, values, [name for name in known if name in used])


def _rated(table: pd.DataFrame, rows: Rows, problems: list[str]) -> dict[str, Any]:
    """Read ratings and states, of which each row has one."""
    codes, values = _each(table, "rating", words.rating_of, rows, problems)
    read = [(np.nan, "?") if pair is None else pair for pair in values]
    ratings = np.array([rating for rating, _ in read], dtype=np.float64)[codes]
    said = np.array([word for _, word in read], dtype=object)[codes]
    state_codes, states = _each(table, "state", words.state_of, rows, problems)
    given = np.array(["?" if state is None else state for state in states], dtype=object)
    state = given[state_codes]
    # each kind of pair is judged once
    kinds = pd.MultiIndex.from_arrays([~np.isnan(ratings), said, state])
    kind, pairs = pd.factorize(kinds)
    for n, (rated, word, other) in enumerate(pairs):
        faulty = "?" in (word, other)  # told already
        problem = "" if faulty else rating_or_state(bool(rated), str(word), str(other))
        if problem:
            problems.append(f"{place(rows, kind, n, 'rating')}: {problem}")
    whole = np.where(np.isin(state, ("", "?")), said, state)
    whole = np.where(whole == "?", "", whole)
    codes, values = pd.factorize(whole)
    return {"rating": ratings, "state": _category(codes, list(values), words.STATES)}


def _between_rows(whole: pd.DataFrame, rows: Rows) -> list[str]:
    """Return what is wrong between columns or between rows."""
    date, problems = whole["date"].astype(str), list[str]()
    for name in ("until", "known"):
        later = whole[name].astype(str)
        early = np.flatnonzero((whole[name] < whole["date"]).to_numpy())
        problems += _spelt_out(
            name,
            [
                f"row {rows[n]}, column '{name}': {later[n]:.10} is before the date {date[n]:.10}"
                for n in early
            ],
        )
    ids = whole["id"]
    again = ids.duplicated() & (ids != "")
    if again.any():
        first = dict(zip(reversed(ids.tolist()), reversed(rows.tolist()), strict=True))
        return problems + _spelt_out(
            "id",
            [
                f"row {rows[n]}, column 'id': '{ids[n]}' is already in row {first[ids[n]]}"
                for n in np.flatnonzero(again)
            ],
        )
    return problems + _spelt_out("adjudicates", settlement_faults(whole, rows))


def _spelt_out(name: str, problems: list[str]) -> list[str]:
    """Return the first faults of a column, and how many more there are."""
    left = len(problems) - SPELT_OUT
    more = [f"column '{name}': {left} more such values"] if left > 0 else []
    return problems[:SPELT_OUT] + more
