"""Cells: numbers, rating words and the words for a cell that has no rating."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import load_words
from r2prisk.errors import nearest
from r2prisk.panel.states import CellState

SPELT_OUT = 200
"""How many faulty cells of one column are spelt out before the rest is only counted."""

STATE_WORDS = {
    "": CellState.UNKNOWN,
    "na": CellState.UNKNOWN,
    "nan": CellState.UNKNOWN,
    "unknown": CellState.UNKNOWN,
    "not applicable": CellState.NOT_APPLICABLE,
    "not_applicable": CellState.NOT_APPLICABLE,
    "failed": CellState.FAILED,
}


@dataclasses.dataclass(frozen=True)
class Cells:
    """Ratings (NaN where none), states and, where given, variances; shapes (n,) or (n, i)."""

    ratings: NDArray[np.float64]
    states: NDArray[np.uint8]
    variance: NDArray[np.float64] | None = None


def parse_cells(
    column: pd.Series[Any], rows: NDArray[np.int64], name: str, problems: list[str]
) -> Cells:
    """Read one column of ratings.

    Parameters
    ----------
    column : pandas.Series, shape (n,)
        Numbers from 0 to 1, rating words, state words, or empty cells (unknown).
    rows : array of int, shape (n,)
        The number of each row in messages.
    name : str
        The name of the column in messages.
    problems : list of str
        What is wrong is added here.

    Returns
    -------
    Cells
        Shape (n,).

    Examples
    --------
    >>> cells = parse_cells(pd.Series([0.5, None, "severe", "failed"]), np.arange(4), "1.1", [])
    >>> cells.ratings.tolist(), cells.states.tolist()
    ([0.5, nan, 1.0, nan], [0, 1, 0, 3])
    """
    plain = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    if plain and not pd.api.types.is_complex_dtype(column):
        ratings = column.to_numpy(dtype=np.float64, na_value=np.nan).copy()
        states = np.where(np.isnan(ratings), CellState.UNKNOWN, CellState.RATED).astype(np.uint8)
        texts: NDArray[Any] | None = None
    else:
        codes, values = factorized(column)
        read = [_read(value) for value in values]
        ratings = np.array([rating for rating, _ in read], dtype=np.float64)[codes]
        states = np.array([255 if s is None else s for _, s in read], dtype=np.uint8)[codes]
        texts = np.array([str(value) for value in values], dtype=object)[codes]
    _report(ratings, states, texts, rows, name, problems)
    return Cells(ratings, states)


def _read(value: Any) -> tuple[float, CellState | None]:
    """Read one cell as (rating, state); the state is None where it is not a rating."""
    if value is None or (np.ndim(value) == 0 and pd.isna(value)):
        return np.nan, CellState.UNKNOWN
    if isinstance(value, (bool, np.bool_)):
        return np.nan, None
    if isinstance(value, (int, float, np.number, Decimal)):
        return _number(value), CellState.RATED
    if not isinstance(value, str):
        return np.nan, None
    text = value.strip().casefold()
    if text in STATE_WORDS:
        return np.nan, STATE_WORDS[text]
    if text in rating_words():
        return rating_words()[text], CellState.RATED
    try:
        # a spreadsheet of a country that writes 0,9 keeps the comma in columns that hold words;
        # Python would read 0_9 as a number
        number = _number(text.replace(",", ".").replace("_", "?"))
    except ValueError:
        return np.nan, None
    return number, CellState.RATED


def _number(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf


def factorized(column: pd.Series[Any]) -> tuple[NDArray[np.intp], Sequence[Any]]:
    """Return codes and unique values; a cell that holds a list or a record stands as its text.

    Examples
    --------
    >>> factorized(pd.Series([[0.1], "a"]))[1][0]
    '[0.1]'
    """
    try:
        codes, values = pd.factorize(column, use_na_sentinel=False)
    except TypeError:
        codes, values = pd.factorize(column.map(str), use_na_sentinel=False)
    return codes, list(values)


def place(rows: NDArray[np.int64], codes: NDArray[np.intp], n: int, name: str) -> str:
    """Say where the n-th unique value of a column stands: its first row, and how many more.

    Examples
    --------
    >>> place(np.array([2, 3, 4]), np.array([0, 1, 1]), 1, "unit")
    "row 3 (and 1 more rows), column 'unit'"
    """
    hits = rows[codes == n]
    more = f" (and {len(hits) - 1} more rows)" if len(hits) > 1 else ""
    return f"row {hits[0]}{more}, column '{name}'"


def rating_words() -> dict[str, float]:
    """Return the English words for ratings with their values."""
    return {word.words["en"]: word.value for word in load_words().ratings}


def _report(
    ratings: NDArray[np.float64],
    states: NDArray[np.uint8],
    texts: NDArray[Any] | None,
    rows: NDArray[np.int64],
    name: str,
    problems: list[str],
) -> None:
    rated = states == CellState.RATED
    unread = states == 255
    outside = rated & ~((ratings >= 0.0) & (ratings <= 1.0))
    faulty = np.flatnonzero(unread | outside)
    if not len(faulty):
        return
    words = ", ".join(rating_words())
    allowed = f"a number from 0 to 1, a word ({words}) or a state (unknown, not applicable, failed)"
    for n in faulty[:SPELT_OUT]:
        where = f"row {rows[n]}, column '{name}'"
        if unread[n]:
            found = texts[n] if texts is not None else ratings[n]
            spelt = [word for word in STATE_WORDS if len(word) > 3]
            hint = nearest(str(found), [*rating_words(), *spelt])
            problems.append(f"{where}: '{found}' is not {allowed}{hint}")
        else:
            problems.append(f"{where}: {ratings[n]:g} is outside 0 to 1")
    if len(faulty) > SPELT_OUT:
        problems.append(f"column '{name}': {len(faulty) - SPELT_OUT} more such cells")
