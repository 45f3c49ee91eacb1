"""Warnings and onsets, checked and laid out as units by periods."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.panel.cells import factorized, parse_cells, place
from r2prisk.panel.periods import KINDS, parse_periods, period_of

SHOWN = 10
YEARLY = {"Y": 1, "Q": 4, "M": 12}
"""Periods in a year, for the kinds of period that warnings may have."""
RANKS = {"Y": 0, "Q": 1, "M": 2, "D": 3}


@dataclasses.dataclass(frozen=True, eq=False)
class Grid:
    """Units by periods without gaps, from the first to the last period of the warnings."""

    units: pd.Index[Any]
    periods: pd.PeriodIndex
    kind: str
    row: NDArray[np.intp]  # unit and place of each row given: shape (2, n)
    state: NDArray[np.int8]  # 1 on, 0 off, -1 unknown
    onsets: pd.DataFrame  # unit, period, u (-1: not among the units), t (may lie outside)
    event: NDArray[np.bool_]  # an onset falls within the horizon
    whole: NDArray[np.bool_]  # shape (t,): the horizon is over
    aside: dict[str, int]  # onsets left out, by reason


def outside(name: str, values: NDArray[np.float64]) -> list[str]:
    """Say which numbers do not lie between 0 and 1."""
    bad = values[~((values > 0) & (values < 1))]
    if not values.size:
        return [f"{name}: holds nothing"]
    return [f"{name}: {', '.join(map(str, bad))} not between 0 and 1"] if bad.size else []


def _lacks(frame: pd.DataFrame, names: Sequence[str], subject: str, problems: list[str]) -> bool:
    missing = [name for name in names if name not in frame.columns]
    for name in missing:
        hint = nearest(name, map(str, frame.columns))
        problems.append(f"{subject}: has no column '{name}'{hint}")
    return bool(missing)


def _unnamed(units: pd.Series[Any], subject: str, problems: list[str]) -> None:
    wrong = [repr(unit) for unit in units.unique() if not isinstance(unit, str)]
    if wrong:
        shown = ", ".join(wrong[:SHOWN])
        problems.append(f"{subject}: units need names as text, found {shown}")


def _periods(
    column: pd.Series[Any], rows: NDArray[np.int64], subject: str, problems: list[str]
) -> pd.PeriodIndex | None:
    """Read periods; the subject is named before each problem."""
    told: list[str] = []
    periods = parse_periods(column, rows, str(column.name), told)
    problems += [f"{subject}: {problem}" for problem in told]
    return periods


def _states(column: pd.Series[Any], problems: list[str]) -> NDArray[np.int8]:
    codes, values = factorized(column)
    rows = np.arange(len(column), dtype=np.int64)
    states = np.full(len(values), -1, dtype=np.int8)
    for n, found in enumerate(values):
        if isinstance(found, (bool, int, float, np.bool_, np.number)) and found in (0, 1):
            states[n] = int(found)
        elif not (np.ndim(found) == 0 and pd.isna(cast(Any, found))):
            where = place(rows, codes, n, "on")
            problems.append(f"warnings: {where}: '{found}' is not True, False or empty")
    return states[codes]


def _warning_rows(
    warnings: pd.DataFrame, problems: list[str]
) -> tuple[pd.Series[Any], pd.PeriodIndex, NDArray[np.int8]] | None:
    """Return unit, period and state of each row given."""
    states = np.empty(0, dtype=np.int8)
    if not _lacks(warnings, ["on"], "warnings", problems):
        states = _states(warnings["on"], problems)
    if list(warnings.index.names) != ["unit", "period"]:
        found = ", ".join(map(str, warnings.index.names))
        problems.append(f"warnings: needs an index of unit and period, found {found}")
        return None
    if not len(warnings):
        problems.append("warnings: has no rows")
        return None
    keys = warnings.index.to_frame(index=False)
    periods = _periods(keys["period"], np.arange(len(keys)), "warnings", problems)
    _unnamed(keys["unit"], "warnings", problems)
    twice = keys[keys.duplicated()]
    if len(twice):
        unit, period = twice.iloc[0]
        problems.append(f"warnings: {len(twice)} rows stand twice, first {unit} {period}")
    if periods is None:
        return None
    if periods.freqstr[0] not in YEARLY:
        problems.append("warnings: have dates; need years, quarters or months")
        return None
    return keys["unit"], periods, states


def _onset_table(
    onsets: pd.DataFrame, kind: str | None, problems: list[str]
) -> pd.DataFrame | None:
    """Return unit and period of each onset, in the kind of period of the warnings."""
    if _lacks(onsets, ["unit", "period"], "onsets", problems):
        return None
    _unnamed(onsets["unit"], "onsets", problems)
    if not len(onsets):
        return pd.DataFrame({"unit": [], "period": pd.PeriodIndex([], freq=kind or "Y")})
    periods = _periods(onsets["period"], np.arange(len(onsets)), "onsets", problems)
    if periods is None or kind is None:
        return None
    found = periods.freqstr[0]
    if RANKS[found] < RANKS[kind]:
        few, many = KINDS[found], KINDS[kind]
        problems.append(f"onsets: dated by {few}, too coarse for warnings by {many}")
    return pd.DataFrame({"unit": onsets["unit"].to_numpy(), "period": periods.asfreq(kind)})


def _last_known(
    known: object, kind: str, last_row: pd.Period, problems: list[str]
) -> pd.Period | None:
    if known is None:
        return last_row
    try:
        given = period_of(known, "known")
    except InputError as error:
        problems.extend(f"known: {problem}" for problem in error.problems)
        return None
    last = given.asfreq(kind, how="end")
    # a year is known to its end only with its last month
    return last if last.end_time <= given.end_time else last - 1


def lay_out(
    warnings: pd.DataFrame, onsets: pd.DataFrame, horizon: int, known: object, problems: list[str]
) -> Grid | None:
    """Check what is given and lay it out; None where there was a problem."""
    # people pass 1.5; the type checker is not there to stop them
    if not isinstance(horizon, (int, np.integer)) or horizon < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append(f"horizon: {horizon} is not a whole number of periods from 1")
    given = _warning_rows(warnings, problems)
    kind = given[1].freqstr[0] if given else None
    told = _onset_table(onsets, kind, problems)
    last = None
    if given and kind and told is not None:
        last = _last_known(known, kind, given[1].max(), problems)
    if given is None or kind is None or told is None or last is None or problems:
        return None
    later, twice = told["period"] > last, told.duplicated()
    aside = {
        "after the last known period": int(later.sum()),
        "in the same period as another": int((twice & ~later).sum()),
    }
    told = told[~later & ~twice].sort_values(["period", "unit"], ignore_index=True)
    codes, units = pd.factorize(given[0], sort=True)
    zero = int(given[1].astype(np.int64).min())
    times = given[1].astype(np.int64).to_numpy() - zero
    width = int(times.max()) + 1
    state = np.full((len(units), width), -1, dtype=np.int8)
    state[codes, times] = given[2]
    u = units.get_indexer(pd.Index(told["unit"]))
    t = pd.PeriodIndex(told["period"]).astype(np.int64).to_numpy() - zero
    inside = (u >= 0) & (t >= 0) & (t < width + horizon)
    count = np.zeros((len(units), width + horizon + 1), dtype=np.int64)
    count[u[inside], t[inside] + 1] = 1
    count = count.cumsum(axis=1)  # onsets before each period
    return Grid(
        units=units,
        periods=pd.period_range(given[1].min(), periods=width, freq=kind),
        kind=kind,
        row=np.array([codes, times]),
        state=state,
        onsets=told.assign(u=u, t=t),
        event=count[:, horizon + 1 :] > count[:, 1 : width + 1],
        whole=np.arange(width) + horizon <= last.ordinal - zero,
        aside=aside,
    )


def under_way(
    ongoing: pd.DataFrame | None, grid: Grid | None, problems: list[str]
) -> NDArray[np.bool_]:
    """Mark the periods of each unit that lie in an episode."""
    nothing = np.zeros((1, 1) if grid is None else grid.state.shape, dtype=np.bool_)
    if ongoing is None or _lacks(ongoing, ["unit", "first", "last"], "ongoing", problems):
        return nothing
    _unnamed(ongoing["unit"], "ongoing", problems)
    over = (ongoing["last"].notna() & (ongoing["last"] != "")).to_numpy()
    spans = {"first": np.ones(len(ongoing), dtype=np.bool_), "last": over}
    read = {
        name: _periods(ongoing.loc[rows, name], np.flatnonzero(rows), "ongoing", problems)
        for name, rows in spans.items()
        if rows.any()
    }
    if grid is None or any(periods is None for periods in read.values()):
        return nothing
    width = grid.state.shape[1]
    ends = {"first": np.zeros(len(ongoing), dtype=np.int64)}
    ends["last"] = np.full(len(ongoing), np.iinfo(np.int64).max)
    for name, periods in read.items():
        if periods is not None:
            edge = periods.asfreq(grid.kind, how="START" if name == "first" else "END")
            ordinals = edge.astype(np.int64).to_numpy()
            ends[name][spans[name]] = ordinals - grid.periods[0].ordinal
    wrong = np.flatnonzero(ends["last"] < ends["first"])
    for n in wrong:
        unit, first, last = (ongoing[name].iloc[n] for name in ("unit", "first", "last"))
        problems.append(f"ongoing: row {n}: {unit} ends in {last}, before it starts in {first}")
    u = grid.units.get_indexer(pd.Index(ongoing["unit"]))
    rows = (u >= 0) & (ends["first"] < width) & (ends["last"] >= 0)
    edges = np.zeros((len(grid.units), width + 1), dtype=np.int64)
    np.add.at(edges, (u[rows], ends["first"][rows].clip(0)), 1)
    np.add.at(edges, (u[rows], ends["last"][rows].clip(max=width - 1) + 1), -1)
    return edges.cumsum(axis=1)[:, :-1] > 0


def forecasts(
    warnings: pd.DataFrame,
    onsets: pd.DataFrame,
    horizon: int,
    known: object,
    subject: str,
    problems: list[str],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return probability and outcome of the rows that have both."""
    grid = lay_out(warnings.assign(on=False), onsets, horizon, known, problems)
    sure = np.empty(0)
    if not _lacks(warnings, ["sure"], "warnings", problems):
        rows = np.arange(len(warnings), dtype=np.int64)
        sure = parse_cells(warnings["sure"], rows, "sure", problems).ratings
    if grid is None or problems:
        raise InputError(subject, problems)
    scored = ~np.isnan(sure) & grid.whole[grid.row[1]]
    if not scored.any():
        raise InputError(subject, ["no row has both a probability and a horizon that is over"])
    return sure[scored], grid.event[*grid.row][scored].astype(np.float64)
