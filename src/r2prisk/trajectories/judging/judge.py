"""Judge warnings against onsets: what they caught, what they missed, what they cost."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from r2prisk.errors import InputError
from r2prisk.panel.periods import KINDS
from r2prisk.trajectories.judging.onset_grid import YEARLY, Grid, lay_out, under_way
from r2prisk.trajectories.judging.show import as_html, as_text


@dataclasses.dataclass(frozen=True)
class Summary:
    """The numbers of a judgement; a rate that rests on nothing is NaN.

    Parameters
    ----------
    onsets, hits : int
        Onsets judged, and those with a warning in the horizon before them.
    hit_rate, hit_rate_low, hit_rate_high : float
        Share of onsets hit, with its 95 % interval (Wilson 1927,
        doi:10.1080/01621459.1927.10502953).
    right, false_alarms, silent, quiet : int
        Rows judged: warning and onset; warning only; onset only; neither.
    precision, base_rate : float
        Share of warnings that were right; share of all rows that an onset follows.
    false_alarms_per_year, spells_per_year : float
        False alarms, and runs of them without a break, per year of the calendar.
    spells : int
        Runs of false alarms.
    median_lead : float
        Median of the leads of the hits, in years.
    flips_per_decade : float
        Changes between on and off per unit and decade.
    years : float
        Years of the calendar with any row judged.
    rows_aside, onsets_aside : dict of str to int
        How many were not judged, by reason.

    Examples
    --------
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> warnings = pd.DataFrame({"on": [False, True, True]}, index=index)
    >>> onsets = pd.DataFrame({"unit": ["SDN"], "period": [2003]})
    >>> summary = judge(warnings, onsets, horizon=1).summary
    >>> summary.hits, summary.onsets, summary.median_lead
    (1, 1, 1.0)
    """

    onsets: int
    hits: int
    hit_rate: float
    hit_rate_low: float
    hit_rate_high: float
    right: int
    false_alarms: int
    silent: int
    quiet: int
    precision: float
    base_rate: float
    false_alarms_per_year: float
    spells: int
    spells_per_year: float
    median_lead: float
    flips_per_decade: float
    years: float
    rows_aside: dict[str, int]
    onsets_aside: dict[str, int]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Judgement:
    """How a warning rule did; made by :func:`judge`.

    Parameters
    ----------
    summary : Summary
        The numbers.
    onsets : pandas.DataFrame
        One row an onset, in order of period: ``unit``, ``period``, ``seen`` (False where no
        warning, on or off, stood in the horizon before it: not judged), ``hit``, ``lead`` (periods
        from the start of the unbroken warning to the onset, at least, where the rows begin with it;
        0 where missed) and ``record`` (the last in the horizon before it).
    false_alarms : pandas.DataFrame
        One row a run of false alarms, longest first: ``unit``, ``first``, ``last``, ``periods``
        and ``record`` (at the start).
    flips : pandas.DataFrame
        One row a unit, most first: ``unit``, ``changes``, ``years`` (in which a change could be
        seen) and ``per_decade``.
    kind : str
        ``year``, ``quarter`` or ``month``.
    horizon : int
        In periods.
    span : str
        Units and periods of the warnings, in words.

    Examples
    --------
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> warnings = pd.DataFrame({"on": [False, True, True]}, index=index)
    >>> onsets = pd.DataFrame({"unit": ["SDN"], "period": [2003]})
    >>> judge(warnings, onsets, horizon=1).onsets[["unit", "hit"]].to_numpy().tolist()
    [['SDN', True]]
    """

    summary: Summary
    onsets: pd.DataFrame
    false_alarms: pd.DataFrame
    flips: pd.DataFrame
    kind: str
    horizon: int
    span: str

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def judge(
    warnings: pd.DataFrame,
    onsets: pd.DataFrame,
    *,
    horizon: int = 2,
    ongoing: pd.DataFrame | None = None,
    known: object = None,
) -> Judgement:
    """Judge warnings against onsets.

    A warning at period t is right if an onset falls in t + 1 to t + horizon, and a false alarm if
    none does. An onset is hit if a warning was on in one of the horizon periods before its own.

    Parameters
    ----------
    warnings : pandas.DataFrame, shape (n, ...)
        Index ``unit`` and ``period`` (years, quarters or months), one row for each unit and
        period judged. Column ``on``: True, False, or missing where unknown. Column ``record``,
        optional: text on what the record showed then.
    onsets : pandas.DataFrame
        Columns ``unit`` and ``period``; a period finer than those of the warnings counts as the
        one that holds it.
    horizon : int
        How many periods a warning reaches ahead, 1 or more.
    ongoing : pandas.DataFrame, optional
        Columns ``unit``, ``first`` and ``last`` (empty: not over) of episodes. Rows within an
        episode are set aside, and so are onsets all of whose horizon lies in one: what is left
        are first outbreaks.
    known : period, optional
        The last for which onsets are known; by default that of the last row of the warnings. Rows
        whose horizon reaches further are judged only where an onset has already come.

    Returns
    -------
    Judgement
        The numbers, every onset, every run of false alarms, and the changes of each unit.

    Raises
    ------
    InputError
        With all that is wrong: columns missing, unreadable periods or warnings, one row twice,
        onsets coarser than the warnings, a horizon below 1, an episode that ends before it starts.

    Examples
    --------
    >>> years = pd.period_range("2001", "2006", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> on = [False, True, True, True, True, True]
    >>> warnings = pd.DataFrame({"on": on, "record": "coup attempt"}, index=index)
    >>> onsets = pd.DataFrame({"unit": ["SDN"], "period": [2003]})
    >>> judgement = judge(warnings, onsets, horizon=1, known=2006)
    >>> judgement.summary.hits, judgement.summary.right, judgement.summary.false_alarms
    (1, 1, 3)
    >>> judgement.false_alarms[["first", "last", "periods"]].astype(str).to_numpy().tolist()
    [['2003', '2005', '3']]
    """
    problems: list[str] = []
    grid = lay_out(warnings, onsets, horizon, known, problems)
    episodes = under_way(ongoing, grid, problems)
    if grid is None or problems:
        raise InputError("judge", problems)
    records = np.full(grid.state.shape, "", dtype=object)
    if "record" in warnings:
        texts = warnings["record"]
        records[*grid.row] = texts.astype(object).where(texts.notna(), "").map(str)
    settled = grid.event | grid.whole
    # nothing within an episode counts, for the warnings or against them
    open_grid = dataclasses.replace(grid, state=np.where(episodes, -1, grid.state))
    false = (open_grid.state == 1) & ~grid.event & settled
    table, alarms = _onset_rows(open_grid, horizon, records), _alarm_rows(grid, false, records)
    flips = _flip_rows(grid)
    within = _onset_rows(grid, horizon, records)["seen"] & ~table["seen"]
    summary = _summary(open_grid, settled, (table, alarms, flips))
    summary = dataclasses.replace(
        summary,
        rows_aside=_rows_aside(grid, settled, episodes),
        onsets_aside={
            "under way": int(within.sum()),
            **summary.onsets_aside,
            "not seen": summary.onsets_aside["not seen"] - int(within.sum()),
        },
    )
    first, last = grid.periods[0], grid.periods[-1]
    span = f"{len(warnings):,} rows, {len(grid.units)} units, {first} to {last}"
    return Judgement(summary, table, alarms, flips, KINDS[grid.kind], horizon, span)


def _onset_rows(grid: Grid, horizon: int, records: NDArray[np.object_]) -> pd.DataFrame:
    """Look back from each onset over the horizon."""
    width = grid.state.shape[1]
    u, t = grid.onsets["u"].to_numpy(), grid.onsets["t"].to_numpy()
    back = t[:, np.newaxis] + np.arange(-1, -horizon - 1, -1)  # the latest first
    inside = (back >= 0) & (back < width) & (u >= 0)[:, np.newaxis]
    cells = (u[:, np.newaxis], back.clip(0, width - 1))
    texts = np.where(inside, records[cells], "")
    known: NDArray[np.bool_] = np.logical_and(inside, grid.state[cells] >= 0)
    on: NDArray[np.bool_] = np.logical_and(inside, grid.state[cells] == 1)
    each = np.arange(len(u))
    breaks = np.where(grid.state == 1, -1, np.arange(width))
    start = np.maximum.accumulate(breaks, axis=1) + 1
    latest = cells[1][each, on.argmax(axis=1)]
    hit, seen = (np.asarray(each_way.any(axis=1)) for each_way in (on, known))
    return grid.onsets[["unit", "period"]].assign(
        seen=seen,
        hit=hit,
        lead=np.where(hit, t - start[u, latest], 0),
        record=texts[each, (texts != "").argmax(axis=1)],
    )


def _alarm_rows(grid: Grid, false: NDArray[np.bool_], records: NDArray[np.object_]) -> pd.DataFrame:
    """Join false alarms that follow one another without a break."""
    edges = np.diff(np.pad(false, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    unit, first = np.nonzero(edges == 1)
    last = np.nonzero(edges == -1)[1] - 1
    frame = pd.DataFrame(
        {
            "unit": grid.units[unit],
            "first": grid.periods[first],
            "last": grid.periods[last],
            "periods": last - first + 1,
            "record": records[unit, first],
        }
    )
    order = ["periods", "unit", "first"]
    return frame.sort_values(order, ascending=[False, True, True], ignore_index=True)


def _flip_rows(grid: Grid) -> pd.DataFrame:
    """Count changes between neighbouring periods that both have a warning, on or off."""
    before, after = grid.state[:, :-1], grid.state[:, 1:]
    both = (before >= 0) & (after >= 0)
    years = both.sum(axis=1) / YEARLY[grid.kind]
    changes = (both & (before != after)).sum(axis=1)
    rate = np.divide(changes * 10, years, out=np.full(len(years), np.nan), where=years > 0)
    frame = pd.DataFrame(
        {"unit": grid.units, "changes": changes, "years": years, "per_decade": rate}
    )
    return frame.sort_values(["changes", "unit"], ascending=[False, True], ignore_index=True)


def _summary(
    grid: Grid,
    settled: NDArray[np.bool_],
    tables: tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> Summary:
    table, alarms, flips = tables
    known = grid.state >= 0
    judged = known & settled
    on, event = grid.state == 1, grid.event
    right, silent = (int((judged & event & warned).sum()) for warned in (on, ~on))
    false, quiet = (int((judged & ~event & warned).sum()) for warned in (on, ~on))
    seen = table[table["seen"]]
    hits = int(seen["hit"].sum())
    low, high = np.nan, np.nan
    if len(seen):
        low, high = binomtest(hits, len(seen)).proportion_ci(0.95, method="wilson")
    per_year = YEARLY[grid.kind]
    years = float(judged.any(axis=0).sum()) / per_year
    return Summary(
        onsets=len(seen),
        hits=hits,
        hit_rate=_ratio(hits, len(seen)),
        hit_rate_low=float(low),
        hit_rate_high=float(high),
        right=right,
        false_alarms=false,
        silent=silent,
        quiet=quiet,
        precision=_ratio(right, right + false),
        base_rate=_ratio(right + silent, right + silent + false + quiet),
        false_alarms_per_year=_ratio(false, years),
        spells=len(alarms),
        spells_per_year=_ratio(len(alarms), years),
        median_lead=float(seen.loc[seen["hit"], "lead"].median()) / per_year,
        flips_per_decade=_ratio(10 * float(flips["changes"].sum()), float(flips["years"].sum())),
        years=years,
        rows_aside={},
        onsets_aside={"not seen": len(table) - len(seen), **grid.aside},
    )


def _rows_aside(grid: Grid, settled: NDArray[np.bool_], aside: NDArray[np.bool_]) -> dict[str, int]:
    """Count rows that are not judged, each under one reason, and the gaps between rows."""
    known = grid.state >= 0
    there = np.zeros(grid.state.shape, dtype=np.bool_)
    there[*grid.row] = True
    begun = np.maximum.accumulate(there, axis=1)
    gone = np.maximum.accumulate(there[:, ::-1], axis=1)[:, ::-1]
    return {
        "without an answer": int((there & ~known).sum()),
        "horizon not over": int((known & ~settled).sum()),
        "under way": int((known & settled & aside).sum()),
        "missing between others": int((begun & gone & ~there).sum()),
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan
