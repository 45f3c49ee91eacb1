"""Coded ratings in order: one rating for each coder and cell."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import FRAMEWORKS, Framework
from r2prisk.errors import InputError, nearest
from r2prisk.panel.cells import factorized, parse_cells, place
from r2prisk.panel.gate import (
    LOOK_ALIKE,
    PERIOD_COLUMNS,
    UNIT_COLUMNS,
    FrameworksLike,
    as_frameworks,
)
from r2prisk.panel.periods import parse_periods

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclasses.dataclass(frozen=True, eq=False)
class Codings:
    """One rating for each coder and cell, checked; made by ``codings_of``.

    Parameters
    ----------
    cells : pandas.DataFrame, shape (c, 5)
        Columns ``unit``, ``kind`` (of the framework), ``factor``, ``indicator``, ``period``; by
        unit, then in the order of the frameworks, then by period.
    coders : tuple of str
        All coders of the table, in the order of their names, also those who rated nothing.
    cell, coder : array of int, shape (n,)
        The cell and the coder of each rating, by cell and then by coder.
    ratings : array of float, shape (n,)
        From 0 to 1.
    notes : tuple of str
        What was left out or put together, one line each.
    """

    cells: pd.DataFrame
    coders: tuple[str, ...]
    cell: Ints
    coder: Ints
    ratings: Floats
    notes: tuple[str, ...]

    @property
    def sharing(self) -> Ints:
        """How many coders rated each cell, shape (c,)."""
        return np.bincount(self.cell, minlength=len(self.cells))

    @property
    def ends(self) -> tuple[Floats, Floats]:
        """The lowest and the highest rating of each cell, shapes (c,)."""
        return _spans(self.cell, self.ratings, len(self.cells))

    @property
    def means(self) -> Floats:
        """The mean of the coders of each cell, shape (c,)."""
        # equal ratings have that mean, to the last bit
        return np.clip(
            np.bincount(self.cell, self.ratings, len(self.cells)) / self.sharing, *self.ends
        )


def codings_of(
    frame: pd.DataFrame,
    *,
    frameworks: FrameworksLike | None = None,
    subject: str = "coded ratings",
    left_out: NDArray[np.bool_] | None = None,
) -> Codings:
    """Check a table of coded ratings and put it in order.

    Two coders share a cell where unit, indicator and period are the same. Evidence dated by the
    day seldom meets: give it a column ``period`` (say, of years) to have it compared. Several
    ratings of one cell by one coder count as one, their mean.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns ``unit`` (or ``iso3``, ``country``), ``indicator``, ``period`` (or ``year``,
        ``date``; the first of these that is there), ``coder`` and ``rating`` (0 to 1, a rating
        word, or a state); others are not read.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.
    subject : str
        How messages name the table.
    left_out : array of bool, shape (rows of the table,), optional
        Rows that are checked but not compared. By default, and then counted in the notes, those
        whose column ``adjudicates`` names others: who rules has seen the ratings and is no
        independent coder.

    Returns
    -------
    Codings
        Rows without a rating are left out and counted in its notes.

    Raises
    ------
    InputError
        With every problem found: missing columns, no rows, empty cells, ratings that are not
        from 0 to 1, unreadable or mixed periods, unknown indicators (with the nearest).

    Examples
    --------
    >>> rows = {"unit": "KEN", "period": 2008, "indicator": "1.1", "coder": ["ann", "ben", "ben"]}
    >>> found = codings_of(pd.DataFrame({**rows, "rating": ["severe", 0.5, 1.0]}))
    >>> found.ratings.tolist(), found.notes[0]
    ([1.0, 0.75], '1 cell rated more than once by one coder: the mean stands')
    """
    allowed = as_frameworks(FRAMEWORKS if frameworks is None else frameworks)
    unit, indicator, period, coder, rating = _columns(frame, subject)
    plain = frame.index.nlevels == 1 and pd.api.types.is_integer_dtype(frame.index)
    rows = np.asarray(frame.index if plain else np.arange(len(frame)), dtype=np.int64)
    problems: list[str] = []
    units = _texts(unit, rows, problems)
    coders = _texts(coder, rows, problems)
    indicators = _indicators(indicator, rows, allowed, problems)
    periods = parse_periods(period, rows, str(period.name), problems)
    ratings = parse_cells(rating, rows, "rating", problems).ratings
    if problems or periods is None:
        raise InputError(subject, problems)
    notes: list[str] = []
    if left_out is None:
        left_out = np.array([bool(settled_by(value)) for value in rulings_in(frame)])
        if left_out.any():
            notes.append(
                f"{counted(left_out, 'row')} left out: who settles is no independent coder"
            )
    unrated = np.isnan(ratings) & ~left_out
    if unrated.any():
        notes.append(
            f"{counted(unrated, 'row')} without a rating (unknown, not applicable, failed)"
        )
    kept = ~(unrated | left_out)
    keys = pd.DataFrame({"unit": units, "indicator": indicators, "period": periods})[kept]
    names, who = np.unique(coders.astype(str), return_inverse=True)
    return _one_each(keys, who[kept], ratings[kept], tuple(names.tolist()), allowed, notes)


def settled_by(value: object) -> tuple[str, ...]:
    """Return the ids that a cell of the column ``adjudicates`` names.

    Examples
    --------
    >>> settled_by("e1; e2"), settled_by(("e1",)), settled_by(None)
    (('e1', 'e2'), ('e1',), ())
    """
    if isinstance(value, str):
        return tuple(part for text in value.split(";") if (part := text.strip()))
    if isinstance(value, (list, tuple, set, frozenset, np.ndarray)):
        return tuple(str(part) for part in value)
    return ()


def optional(frame: pd.DataFrame, name: str) -> pd.Series[Any] | None:
    """Return a column that a table may have, whatever the case of its name."""
    names = [str(column).strip().casefold() for column in frame.columns]
    return frame.iloc[:, names.index(name)] if name in names else None


def rulings_in(frame: pd.DataFrame) -> list[object]:
    """Return the column ``adjudicates``, of nothing where the table has none."""
    column = optional(frame, "adjudicates")
    return [None] * len(frame) if column is None else column.tolist()


def counted(which: NDArray[np.bool_], word: str) -> str:
    """Say how many there are.

    Examples
    --------
    >>> counted(np.array([True, False]), "cell")
    '1 cell'
    """
    number = int(which.sum())
    return f"{number} {word}{'s' * (number != 1)}"


def noted(frame: pd.DataFrame, notes: tuple[str, ...]) -> pd.DataFrame:
    """Return the frame with what was left out on its way, under ``attrs["notes"]``."""
    frame.attrs["notes"] = notes
    return frame


def _columns(frame: pd.DataFrame, subject: str) -> list[pd.Series[Any]]:
    """Return the columns for unit, indicator, period, coder and rating, or say what is missing."""
    names = [str(column).strip().casefold() for column in frame.columns]
    found: list[pd.Series[Any]] = []
    problems: list[str] = []
    for options in (UNIT_COLUMNS, ("indicator",), PERIOD_COLUMNS, ("coder",), ("rating",)):
        name = next((option for option in options if option in names), None)
        if name is None:
            hint = next((h for given in names if (h := nearest(given, options))), "")
            shown = ", ".join(map(repr, names[:8])) or "none"
            problems.append(f"needs a column {' or '.join(options)}; found {shown}{hint}")
        elif names.count(name) > 1:
            problems.append(f"column '{name}' stands {names.count(name)} times")
        else:
            found.append(frame.iloc[:, names.index(name)].rename(name))
    if not len(frame):
        problems.append("has no rows")
    if problems:
        raise InputError(subject, problems)
    return found


def _texts(
    column: pd.Series[Any], rows: NDArray[np.int64], problems: list[str]
) -> NDArray[np.object_]:
    codes, values = factorized(column)
    texts = [str(v).strip() if isinstance(v, str) or pd.notna(v) else "" for v in values]
    problems += [
        f"{place(rows, codes, n, str(column.name))}: nothing"
        for n, text in enumerate(texts)
        if not text
    ]
    return np.array(texts, dtype=object)[codes]


def _indicators(
    column: pd.Series[Any],
    rows: NDArray[np.int64],
    frameworks: tuple[Framework, ...],
    problems: list[str],
) -> NDArray[np.object_]:
    if any(isinstance(value, (int, float)) for value in column.dropna().head(1000)):
        problems.append(f"column 'indicator' holds numbers: {LOOK_ALIKE}")
    texts = _texts(column, rows, problems)
    known = [i.id for framework in frameworks for i in framework.indicators]
    titles = " or ".join(framework.name for framework in frameworks)
    problems += [
        f"indicator '{text}' is none of {titles}{nearest(text, known)}"
        for text in dict.fromkeys(texts.tolist())
        if text and text not in known
    ]
    return texts


def _one_each(
    keys: pd.DataFrame,
    coder: Ints,
    ratings: Floats,
    coders: tuple[str, ...],
    frameworks: tuple[Framework, ...],
    notes: list[str],
) -> Codings:
    """Give each cell a number, and each coder one rating in it."""
    homes = [
        (framework.kind, factor.id, indicator.id)
        for framework in frameworks
        for factor in framework.factors
        for indicator in factor.indicators
    ]
    rank = {identifier: n for n, (_, _, identifier) in enumerate(homes)}
    order = keys["indicator"].map(rank).to_numpy(dtype=np.intp)
    _, unit = np.unique(keys["unit"].to_numpy(dtype=str), return_inverse=True)
    times, time = np.unique(pd.PeriodIndex(keys["period"]).asi8, return_inverse=True)
    whole = (unit * len(homes) + order) * max(len(times), 1) + time
    _, first, cell = np.unique(whole, return_index=True, return_inverse=True)
    place, inverse = np.unique(cell * len(coders) + coder, return_inverse=True)
    count = np.bincount(inverse, minlength=len(place))
    low, high = _spans(inverse, ratings, len(place))
    # a mean of equal ratings is that rating, to the last bit
    mean = np.clip(np.bincount(inverse, ratings, len(place)) / count, low, high)
    if (count > 1).any():
        more = f"{counted(count > 1, 'cell')} rated more than once by one coder"
        notes = [*notes, f"{more}: the mean stands"]
    kinds, factors, _ = (
        zip(*(homes[n] for n in order[first]), strict=True) if len(first) else [()] * 3
    )
    cells = keys.iloc[first].reset_index(drop=True)
    cells.insert(1, "kind", np.array(kinds, dtype=object))
    cells.insert(2, "factor", np.array(factors, dtype=object))
    return Codings(cells, coders, place // len(coders), place % len(coders), mean, tuple(notes))


def _spans(group: Ints, ratings: Floats, groups: int) -> tuple[Floats, Floats]:
    """Return the lowest and the highest rating of each group."""
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low, group, ratings)
    np.maximum.at(high, group, ratings)
    return low, high
