"""Periods: years, quarters, months or dates, all of one kind."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError
from r2prisk.panel.cells import factorized, place

_FREQUENCIES = {"Y-DEC": "Y", "Q-DEC": "Q", "M": "M", "D": "D"}
KINDS = {"Y": "year", "Q": "quarter", "M": "month", "D": "date"}
"""Pandas frequency of each kind of period that a panel can have."""

_PATTERNS = (
    ("Y", re.compile(r"^[0-9]{4}(\.0)?$")),
    ("Q", re.compile(r"^[0-9]{4}-?Q[1-4]$", re.IGNORECASE)),
    ("M", re.compile(r"^[0-9]{4}-(0[1-9]|1[0-2])$")),
    ("D", re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00:00(\.0+)?)?$")),
)
_ALLOWED = "a year (2017), a quarter (2017Q1), a month (2017-03) or a date (2017-03-31)"


def parse_periods(
    column: pd.Series[Any], rows: NDArray[np.int64], name: str, problems: list[str]
) -> pd.PeriodIndex | None:
    """Turn a column into pandas Periods of one kind.

    Parameters
    ----------
    column : pandas.Series, shape (n,)
        Years as numbers or text, quarters, months, dates, timestamps or Periods.
    rows : array of int, shape (n,)
        The number of each row in messages.
    name : str
        The name of the column in messages.
    problems : list of str
        What is wrong is added here.

    Returns
    -------
    pandas.PeriodIndex or None
        Shape (n,); None where there was a problem.

    Examples
    --------
    >>> parse_periods(pd.Series(["2017Q1", "2017Q4"]), np.arange(2), "period", [])
    PeriodIndex(['2017Q1', '2017Q4'], dtype='period[Q-DEC]')
    """
    codes, values = factorized(column)
    parsed = [_parse(value) for value in values]
    bad = [n for n, (_, period) in enumerate(parsed) if period is None]
    for n in bad:
        empty = values[n] is None or values[n] != values[n] or values[n] == ""
        found = "nothing" if empty else f"'{values[n]}'"
        problems.append(f"{place(rows, codes, n, name)}: {found} is not {_ALLOWED}")
    kinds = [kind for kind, _ in parsed if kind is not None]
    if len(set(kinds)) > 1:
        first = {kind: next(n for n, (k, _) in enumerate(parsed) if k == kind) for kind in kinds}
        shown = ", ".join(
            f"{KINDS[kind]}s (row {rows[codes == n][0]}: '{values[n]}')"
            for kind, n in first.items()
        )
        problems.append(f"column '{name}' mixes {shown}; a panel has one kind of period")
    if bad or len(set(kinds)) != 1:
        return None
    unique = pd.PeriodIndex([period for _, period in parsed], freq=kinds[0])
    return unique.take(codes)


def period_of(value: object, name: str) -> pd.Period:
    """Read one period.

    Raises
    ------
    InputError
        If it is not a year, quarter, month or date.

    Examples
    --------
    >>> period_of("2017Q1", "first")
    Period('2017Q1', 'Q-DEC')
    """
    _, period = _parse(value)
    if period is None:
        raise InputError(name, [f"'{value}' is not {_ALLOWED}"])
    return period


def _parse(value: object) -> tuple[str | None, pd.Period | None]:
    """Read one value as (kind, period), or (None, None)."""
    if isinstance(value, pd.Period):
        kind = _FREQUENCIES.get(value.freqstr)
        return (kind, value) if kind else (None, None)
    if isinstance(value, (pd.Timestamp, dt.date, np.datetime64)):
        stamp = pd.Timestamp(value)
        # a time of day, or a zone in which it holds, is more than a date can keep
        if pd.isna(stamp) or stamp != stamp.normalize() or stamp.tzinfo is not None:
            return None, None
        return "D", stamp.to_period("D")
    text = "" if isinstance(value, bool) else str(value).strip()
    for kind, pattern in _PATTERNS:
        if pattern.match(text):
            period = _period(text, kind)
            return (kind, period) if period is not None else (None, None)
    return None, None


def _period(text: str, kind: str) -> pd.Period | None:
    if kind == "Y":
        text = text[:4]
    elif kind == "Q":
        text = text.upper().replace("-", "")
    try:
        period = pd.Period(text[:10], freq=kind)
    except ValueError:
        return None
    # the 31st of February is NaT, whatever the checker is told
    return period if isinstance(period, pd.Period) else None  # pyright: ignore[reportUnnecessaryIsInstance]
