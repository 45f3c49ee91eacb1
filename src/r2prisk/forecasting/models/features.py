"""What a forecast may know of a row: scores, standings, rises, memory, neighbours, episodes."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.regions import FIRST_YEAR, adjacency
from r2prisk.catalogue.units import lineage
from r2prisk.errors import InputError
from r2prisk.forecasting.onsets import Onsets
from r2prisk.panel import Panel
from r2prisk.scoring import Profile, Scores, score

Floats = NDArray[np.float64]

RISE, MEMORY, PAST, NEAR = 3, 5.0, 20.0, 3.0
"""Years of a rise, and half-lives in years: of a factor, of episodes, of onsets next door.

Fixed beforehand, as the composite of the literature had them; none was tuned.
"""

PER_YEAR = {"Y": 1, "Q": 4, "M": 12}
"""Periods of a year by the first letter of their frequency."""


def score_features(
    panel: Panel, *, profile: Profile | str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Return the two unfitted scores of every row.

    Parameters
    ----------
    panel : Panel
        Ratings, shape (n, i).
    profile : Profile, str or path, optional
        The choices behind both scores; ``default`` if not given.

    Returns
    -------
    pandas.DataFrame
        ``risk`` (fixed ranges: the public score) and ``standing`` (the same over percentiles within
        the period), 0 to 1, NaN where nothing is rated; index ``unit``, ``period``.

    Raises
    ------
    InputError
        If the profile is at odds with the panel, or the panel has no risk indicator.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "period": [2003, 2003], "1.1": [0.0, 0.2]})
    >>> score_features(read_panel(frame)).to_numpy().round(2).tolist()
    [[0.0, 0.5], [0.2, 1.0]]
    """
    fixed = score(panel, profile=profile)
    return _both(fixed, score(panel.standing(), profile=profile))


def onset_features(
    panel: Panel,
    onsets: Onsets | None = None,
    *,
    since: int = 1970,
    profile: Profile | str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Return what a forecast may know of each row at the end of its period.

    More of any column means more risk by the Framework. A column looks at no later period.

    Parameters
    ----------
    panel : Panel
        Ratings, shape (n, i), of all units that are compared, yearly, quarterly or monthly.
    onsets : Onsets, optional
        Known onsets and episodes; without them the last three columns are not there.
    since : int
        First year of the rows returned; earlier rows count for rises and memories only.
    profile : Profile, str or path, optional
        The choices behind the scores; ``default`` if not given.

    Returns
    -------
    pandas.DataFrame
        ``risk`` and ``standing``; each risk indicator by its identifier (percentile within the
        period); for each factor ``RF1 rise`` (change of its presence over 3 years) and
        ``RF1 memory`` (mean presence that fades by half in 5 years); ``neighbours mean`` and
        ``neighbours worst`` (standing of the land neighbours); and, with onsets,
        ``episode ongoing`` (0 or 1), ``episodes past`` (years known to have been under way,
        half-life 20 years) and ``neighbours onsets`` (known onsets next door a neighbour,
        half-life 3 years; 0 without land neighbours). NaN where unknown, as these three are after
        the last period for which onsets are known: what nobody counted was not quiet.

    Raises
    ------
    InputError
        If the panel is of weeks or days, all of it is earlier than ``since``, it has no risk
        indicator, or the profile is at odds with it.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> years = {"unit": ["SDN"] * 4, "period": [2000, 2001, 2002, 2003]}
    >>> frame = onset_features(read_panel(pd.DataFrame({**years, "1.1": [0.0, 0.2, 0.3, 0.5]})))
    >>> frame["RF1 rise"].tolist()
    [nan, nan, nan, 0.5]
    """
    fixed = score(panel, profile=profile)
    grid = _grid_of(panel.index)
    scores = _both(fixed, score(panel.standing(), profile=profile))
    levels = panel.standing().to_frame()
    risk = fixed.risk_framework
    own = {i.id for i in risk.indicators}
    rated = [i for i in panel.indicators if i in own and levels[i].notna().any()]
    columns: dict[str, Floats] = {name: levels[name].to_numpy(dtype=float) for name in rated}
    presence = fixed.to_frame()
    for factor in (f.id for f in risk.factors if presence[f.id].notna().any()):
        values = grid.carried(grid.spread(presence[factor].to_numpy(dtype=float)))
        columns[f"{factor} rise"] = grid.gather(_rise(values, RISE * grid.per_year))
        columns[f"{factor} memory"] = grid.gather(_faded_mean(values, MEMORY * grid.per_year))
    around = grid.around(grid.spread(scores["standing"].to_numpy(dtype=float)))
    columns["neighbours mean"], columns["neighbours worst"] = map(grid.gather, around)
    if onsets is not None:
        columns |= _episodes(onsets, grid)
    return late_rows(scores.join(pd.DataFrame(columns, index=panel.index)), since)


def late_rows(frame: pd.DataFrame, since: int) -> pd.DataFrame:
    """Return the rows of a year and later.

    Raises
    ------
    InputError
        If there is none.
    """
    years = pd.PeriodIndex(frame.index.get_level_values("period")).year
    if not (years >= since).any():
        found = f"no row is of {since} or later, the last is of {years.max()}; give since"
        raise InputError("features", [found])
    return frame[np.asarray(years) >= since]


def _both(fixed: Scores, standing: Scores) -> pd.DataFrame:
    table = {"risk": fixed.to_frame()["risk"], "standing": standing.to_frame()["risk"]}
    return pd.DataFrame(table)


@dataclasses.dataclass(frozen=True)
class _Grid:
    """Rows as a table of units and periods without gaps."""

    units: tuple[str, ...]
    periods: pd.PeriodIndex
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    per_year: int

    def spread(self, values: Floats) -> Floats:
        """Return values of rows as a table, shape (unit, period)."""
        table = np.full((len(self.units), len(self.periods)), np.nan)
        table[self.row, self.column] = values
        return table

    def gather(self, table: Floats) -> Floats:
        return table[self.row, self.column]

    def carried(self, table: Floats) -> Floats:
        """Give a state that continues another (Russia the Soviet Union) the years before."""
        place = {unit: n for n, unit in enumerate(self.units)}
        result = table.copy()
        for unit, n in place.items():
            line = lineage(unit)
            for older in line[: line.index(unit)][::-1]:
                if older in place:
                    result[n] = np.where(np.isnan(result[n]), table[place[older]], result[n])
        return result

    def around(self, table: Floats) -> tuple[Floats, Floats]:
        """Return mean and highest value of the land neighbours; NaN where none is known."""
        # the table of borders begins in 1946; its first lines stand for the years before
        told = np.maximum(np.asarray(self.periods.year), FIRST_YEAR)
        years, place = np.unique(told, return_inverse=True)
        touching = adjacency(self.units, years.tolist())
        one, other = np.nonzero(touching.any(axis=2))
        there = np.where(touching[one, other][:, place], table[other], np.nan)
        known = np.zeros(table.shape)
        total, worst = known.copy(), np.full(table.shape, np.nan)
        np.add.at(known, one, ~np.isnan(there))
        np.add.at(total, one, np.nan_to_num(there))
        np.fmax.at(worst, one, there)
        return np.divide(total, known, out=np.full(table.shape, np.nan), where=known > 0), worst


def _grid_of(index: pd.MultiIndex) -> _Grid:
    periods = pd.PeriodIndex(index.get_level_values("period"))
    kind = periods.freqstr[0]
    if kind not in PER_YEAR:
        raise InputError("features", [f"need years, quarters or months, found {periods.freqstr}"])
    row, units = pd.factorize(index.get_level_values("unit"), sort=True)
    span = pd.period_range(periods.min(), periods.max(), freq=periods.freqstr)
    return _Grid(tuple(units), span, row, periods.asi8 - span.asi8[0], PER_YEAR[kind])


def _rise(table: Floats, periods: int) -> Floats:
    result = np.full_like(table, np.nan)
    result[:, periods:] = table[:, periods:] - table[:, :-periods]
    return result


def _memory(table: Floats, half_life: float) -> Floats:
    """Return ``s_t = s_(t-1) 0.5^(1/h) + x_t``; what is not known adds nothing."""
    keep = 0.5 ** (1.0 / half_life)
    result, state = np.empty_like(table), np.zeros(len(table))
    for n, now in enumerate(np.nan_to_num(table).T):
        state = state * keep + now
        result[:, n] = state
    return result


def _faded_mean(table: Floats, half_life: float) -> Floats:
    """Return the mean of all known values so far, each counting half as much every half-life."""
    weight = _memory((~np.isnan(table)).astype(float), half_life)
    total = _memory(table, half_life)
    mean = np.divide(total, weight, out=np.full(table.shape, np.nan), where=weight > 0)
    return np.where(np.isnan(table), np.nan, mean)


def _episodes(onsets: Onsets, grid: _Grid) -> dict[str, Floats]:
    """Return what is known of episodes at home and of onsets next door."""
    both: Any = [grid.units, grid.periods]
    whole = pd.MultiIndex.from_product(both, names=["unit", "period"])
    shape = (len(grid.units), len(grid.periods))
    marks: Any = onsets.ongoing(whole).astype("Float64")
    under_way = marks.to_numpy(dtype=float, na_value=np.nan).reshape(shape)
    table = onsets.table
    begun = pd.MultiIndex.from_arrays([table["unit"], table["period"]])
    started = whole.isin(begun).astype(float).reshape(shape)
    told = grid.carried(under_way)
    past = _memory(told, PAST * grid.per_year) / grid.per_year
    # of a unit of which nothing is known yet, it is not known that there was none
    past[~np.logical_or.accumulate(~np.isnan(told), axis=1)] = np.nan
    near = np.nan_to_num(grid.around(_memory(started, NEAR * grid.per_year))[1])
    unknown = np.asarray((grid.periods < onsets.periods[0]) | (grid.periods > onsets.periods[-1]))
    past[:, unknown] = near[:, unknown] = np.nan
    return {
        "episode ongoing": grid.gather(under_way),
        "episodes past": grid.gather(past),
        "neighbours onsets": grid.gather(near),
    }
