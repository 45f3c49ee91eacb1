"""From the columns of a file to ratings and their states."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from r2prisk.panel import CellState
from r2prisk.sources import transforms
from r2prisk.sources.mapping import MissingBy, Rating, Step
from r2prisk.sources.report import dropped
from r2prisk.sources.rows import Flags, Rows, carry_history
from r2prisk.sources.table import Table
from r2prisk.sources.transforms import Grid, word_key

_STATES = {
    "unknown": CellState.UNKNOWN,
    "not_applicable": CellState.NOT_APPLICABLE,
    "failed": CellState.FAILED,
}


@dataclass(frozen=True)
class Rated:
    """One indicator: its ratings and states, shape (unit, year), and what happened on the way."""

    ratings: Grid
    states: NDArray[np.uint8]
    held: int
    clipped: int
    notes: tuple[str, ...] = ()


@dataclass
class _Count:
    """What a run of steps marks as it goes: cells beyond a range, cells carried forward."""

    years: NDArray[np.int64]
    outside: Flags
    held: Flags


def rate(rating: Rating, table: Table, rows: Rows, absent: float | None) -> Rated:
    """Rate one indicator.

    Parameters
    ----------
    rating : Rating
        How; the table has every column that it needs.
    table, rows : Table and Rows
        The file, and where its rows belong.
    absent : float or None
        The raw value of a cell that has no row although the file covers it.

    Returns
    -------
    Rated
        Ratings from 0 to 1, NaN wherever the state is not RATED.
    """
    notes: list[str] = []
    chosen = _where(rating, table, rows)
    raw, steps = _raw(rating, table, rows, notes)
    grid, differ = rows.grid(raw, chosen, rating.rows)
    first = rating.steps[0] if rating.steps else None
    if first is not None and first.share is not None:
        values, _ = table.numbers(first.share.of)
        whole, also = rows.grid(values[rows.row], chosen, rating.rows)
        grid, differ = transforms.share(grid, of=whole), differ | also
    seen = rows.flags(np.ones(len(rows.row), dtype=bool))
    spoken = rows.flags(chosen)
    if absent is not None:
        empty = rows.filled & ~spoken
        grid = np.where(empty, absent, grid)
        seen, spoken = seen | empty, spoken | empty
    valid = _valid_years(rating, rows)
    count = _Count(rows.years, np.zeros(rows.shape, dtype=bool), np.zeros(rows.shape, dtype=bool))
    result = carry_history(grid, rows.units)
    for step in steps:
        result = _apply(step, result, count)
    allowed = rows.exists & valid & (spoken | count.held)
    count.outside |= (result < 0.0) | (result > 1.0)
    result = np.clip(np.where(allowed & ~differ, result, np.nan), 0.0, 1.0)
    if rating.direction == "less":
        result = 1.0 - result
    by_steps = ~np.isnan(result)
    if rating.otherwise is not None:
        other = seen & ~spoken & valid & rows.exists
        result, by_steps = np.where(other, rating.otherwise, result), by_steps & ~other
    known = ~np.isnan(result)
    lacking = spoken & np.isnan(grid) & valid & ~known
    states = _states(rating, table, rows, known, lacking, chosen)
    failed = differ & valid & rows.exists
    states[failed] = CellState.FAILED
    if failed.any():
        cells = dropped(rows.names(failed))
        notes.append(f"{rating.indicator}: failed, as rows give different values: {cells}")
    held, clipped = (int((marks & by_steps).sum()) for marks in (count.held, count.outside))
    return Rated(result, states, held, clipped, tuple(notes))


def _where(rating: Rating, table: Table, rows: Rows) -> Flags:
    """Return which rows speak of this indicator."""
    chosen = np.ones(len(rows.row), dtype=bool)
    for column, wanted in rating.where.items():
        allowed = {word_key(word) for word in (wanted if isinstance(wanted, tuple) else (wanted,))}
        words = table.words(column)
        good = {word: word_key(word) in allowed for word in set(words.tolist())}
        chosen &= np.array([good[word] for word in words.tolist()], dtype=bool)[rows.row]
    return chosen


def _raw(
    rating: Rating, table: Table, rows: Rows, notes: list[str]
) -> tuple[NDArray[np.float64], tuple[Step, ...]]:
    """Return one raw value for each row, and the steps that are still to do."""
    if rows.value is not None:
        return rows.value, rating.steps
    first = rating.steps[0] if rating.steps else None
    table_of = first.categories.map if first is not None and first.categories else None
    values = [_column(name, table, table_of, rating, notes) for name in rating.columns]
    joined = _join(np.stack(values), rating.join, every=not rating.any)
    extra = [name for name in rating.fill if name in table.columns]
    if extra:
        values = [_column(name, table, table_of, rating, notes) for name in extra]
        spare = _join(np.stack(values), rating.join, every=False)
        joined = np.where(np.isnan(joined), spare, joined)
    done = table_of is not None or (first is not None and first.share is not None)
    return joined[rows.row], rating.steps[1:] if done else rating.steps


def _column(
    name: str,
    table: Table,
    table_of: dict[str, float] | None,
    rating: Rating,
    notes: list[str],
) -> NDArray[np.float64]:
    if table_of is not None:
        values, strange = transforms.categories(table.words(name), table=table_of)
        problem = "not in the mapping"
    else:
        values, strange = table.numbers(name)
        problem = "not numbers"
    if strange:
        shown = ", ".join(f"'{text}'" for text in strange[:5])
        where = f"column '{name}' holds values that are {problem}"
        notes.append(f"{rating.indicator}: {where}: {shown}")
    return np.where(np.isin(values, rating.ignore), np.nan, values) if rating.ignore else values


def _join(values: Grid, how: str, *, every: bool) -> NDArray[np.float64]:
    """Join columns, shape (column, row), into one; NaN where too few of them are known."""
    known = ~np.isnan(values)
    enough = known.all(axis=0) if every else known.any(axis=0)
    if how == "max":
        result = np.where(known, values, -np.inf).max(axis=0)
    elif how == "min":
        result = np.where(known, values, np.inf).min(axis=0)
    else:
        result = np.where(known, values, 0.0).sum(axis=0)
        result = result / np.maximum(known.sum(axis=0), 1) if how == "mean" else result
    return np.where(enough, result, np.nan)


def _valid_years(rating: Rating, rows: Rows) -> Flags:
    years = rows.years
    good = (years >= (rating.first or years[0])) & (years <= (rating.last or years[-1]))
    return np.broadcast_to(good[None, :], rows.shape)


def _apply(step: Step, x: Grid, count: _Count) -> Grid:
    """Apply one step, marking what lay outside a range and what was carried forward.

    On a logarithmic scale a count between 0 and the floor is outside; none, or a fall, is not.
    """
    if step.linear is not None:
        count.outside |= (x < step.linear.low) | (x > step.linear.high)
        return transforms.linear(x, low=step.linear.low, high=step.linear.high)
    if step.log1p is not None:
        count.outside |= (x > step.log1p.cap) | ((x > 0.0) & (x < step.log1p.floor))
        return transforms.log1p(x, cap=step.log1p.cap, floor=step.log1p.floor)
    if step.threshold is not None:
        return transforms.threshold(x, at=step.threshold.at)
    if step.reverse is not None:
        return transforms.reverse(x)
    if step.lag is not None:
        periods = step.lag.periods
        count.outside = transforms.lag(count.outside.astype(float), periods=periods) == 1.0
        count.held = transforms.lag(count.held.astype(float), periods=periods) == 1.0
        return transforms.lag(x, periods=periods)
    if step.memory is not None:
        return transforms.memory(x, half_life=step.memory.half_life)
    if step.change is not None:
        return transforms.change(x, periods=step.change.periods, relative=step.change.relative)
    if step.hold is not None:
        longer = transforms.hold(x, periods=step.hold.periods)
        held = np.isnan(x) & ~np.isnan(longer) & (count.years <= step.hold.until)
        count.held |= held
        return np.where(held, longer, x)
    raise AssertionError(f"step {step.kind} comes first")  # pragma: no cover - the model sees to it


def _states(
    rating: Rating, table: Table, rows: Rows, known: Flags, lacking: Flags, chosen: Flags
) -> NDArray[np.uint8]:
    """Return why each cell has a rating or has none."""
    states = np.full(rows.shape, CellState.UNKNOWN, dtype=np.uint8)
    why = rating.missing
    if isinstance(why, MissingBy):
        by_word = {word_key(word): state for word, state in why.states.items()}
        words = [word_key(word) for word in table.words(why.column)[rows.row]]
        codes = [_STATES[by_word.get(word, why.otherwise)] for word in words]
        grid, _ = rows.grid(np.array(codes, dtype=float), chosen, "min")
        states[lacking] = grid[lacking].astype(np.uint8)
    else:
        states[lacking] = _STATES[why]
    states[known] = CellState.RATED
    return states
