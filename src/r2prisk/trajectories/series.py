"""Scores as series: one row a unit, one column a period, and what was rated in each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import CRIMES, load_crosswalk
from r2prisk.errors import InputError, nearest
from r2prisk.scoring import Profile
from r2prisk.trajectories.kernel.smoother import Floats

YEARS = {"Y-DEC": 1.0, "Q-DEC": 0.25, "M": 1 / 12, "D": 1 / 365.25}
"""Years from one period to the next, by pandas frequency."""


def periods_in(years: float, step: float) -> int:
    """Return how many periods of ``step`` years some years are, at least one.

    Examples
    --------
    >>> periods_in(5.0, 0.25)
    20
    """
    return max(1, round(years / step))


def last_known(known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the place of the last True of each row, shape (u,); the last place where none is.

    Examples
    --------
    >>> last_known(np.array([[True, True, False], [False, False, False]])).tolist()
    [1, 2]
    """
    return known.shape[1] - 1 - np.argmax(known[:, ::-1], axis=1)


@dataclasses.dataclass(frozen=True)
class Series:
    """One score of all units over all periods.

    Parameters
    ----------
    values : array of float, shape (u, t)
        NaN where the score is unknown, or where too little was rated for it.
    turnover : array of float, shape (u, t)
        Share of the rated weight that came or went since the unit's last value, 0 to 1.
    variance : array of float, shape (u, t)
        Variance of each score that its evidence gives, 0 where none is known.
    thin : int
        Values that were set aside because too little was rated.
    """

    values: Floats
    turnover: Floats
    variance: Floats
    thin: int


@dataclasses.dataclass(frozen=True)
class Grid:
    """Units and periods of a table of scores, with every period between the first and the last.

    Parameters
    ----------
    frame : pandas.DataFrame
        The scores; index ``unit``, ``period``.
    units : tuple of str
        In the order of their codes.
    periods : pandas.PeriodIndex
        Without gaps.
    rows, columns : array of int
        Where each row of the frame stands.
    """

    frame: pd.DataFrame
    units: tuple[str, ...]
    periods: pd.PeriodIndex
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]

    def spread(self, name: str) -> Floats:
        """Return one column of the frame as units by periods, NaN where there is no row."""
        grid = np.full((len(self.units), len(self.periods)), np.nan)
        grid[self.rows, self.columns] = self.frame[name].to_numpy(dtype=float)
        return grid

    def there(self, name: str) -> Floats:
        """Return 1 where a column of the frame has a number and 0 where it has none."""
        return (~np.isnan(self.spread(name))).astype(float)

    @property
    def step(self) -> float:
        """Years from one period to the next."""
        return YEARS[self.periods.freqstr]


def make_grid(frame: pd.DataFrame) -> Grid:
    """Lay a table of scores out by unit and period.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index ``unit``, ``period`` (pandas Periods of one kind), as ``Scores.to_frame`` makes it.

    Raises
    ------
    InputError
        If the index is another, a row stands twice or lacks its unit or period, or there is no
        row.

    Examples
    --------
    >>> periods = pd.PeriodIndex(["2001", "2003"], freq="Y")
    >>> index = pd.MultiIndex.from_arrays([["SDN", "SDN"], periods], names=["unit", "period"])
    >>> make_grid(pd.DataFrame({"risk": [0.2, 0.4]}, index=index)).spread("risk").tolist()
    [[0.2, nan, 0.4]]
    """
    if list(frame.index.names) != ["unit", "period"]:
        found = ", ".join(str(name) for name in frame.index.names)
        raise InputError("scores", [f"need the index unit, period; found {found}"])
    if not len(frame):
        raise InputError("scores", ["have no rows"])
    when = frame.index.get_level_values("period")
    if not isinstance(when, pd.PeriodIndex) or when.freqstr not in YEARS:
        raise InputError("scores", [f"need pandas Periods as periods; found {when.dtype}"])
    twice = frame.index[frame.index.duplicated()]
    problems = [f"{unit} {period} stands twice" for unit, period in twice.unique()]
    nobody = np.logical_or(frame.index.get_level_values("unit").isna(), when.isna())
    problems += [f"row {n + 1} has no unit or no period" for n in np.flatnonzero(nobody)]
    if problems:
        raise InputError("scores", problems)
    rows, units = pd.factorize(frame.index.get_level_values("unit"), sort=True)
    periods = pd.period_range(when.min(), when.max())
    columns = periods.get_indexer(when)
    return Grid(frame, tuple(units), periods, rows, columns)


def series_of(grid: Grid, name: str, profile: Profile) -> Series:
    """Return one score as a series, without the values for which too little was rated.

    A country's risk, residual risk or resilience of which less than the profile's
    ``band_coverage`` was rated has no band, and no place in a trajectory either.

    Raises
    ------
    InputError
        If there is no such score (the nearest is named), or it holds what is no number.
    """
    numbers = grid.frame.select_dtypes("number").columns
    if name not in numbers:
        raise InputError("scores", [f"no score '{name}'{nearest(name, numbers)}"])
    values = grid.spread(name)
    if np.isinf(values).any():
        raise InputError("scores", [f"'{name}' holds infinite numbers"])
    thin = np.zeros(values.shape, dtype=bool)
    cover = "resilience_coverage" if name == "resilience" else "coverage"
    if name in ("risk", "residual_risk", "resilience") and cover in grid.frame:
        thin = grid.spread(cover) < profile.missing.band_coverage
    thin &= ~np.isnan(values)
    values[thin] = np.nan
    deviation = grid.spread(f"{name}_sd") if f"{name}_sd" in grid.frame else np.zeros(values.shape)
    if (deviation < 0).any() or np.isinf(deviation).any():
        raise InputError("scores", [f"'{name}_sd' holds numbers below 0 or infinite ones"])
    return Series(
        values=values,
        turnover=_turnover(grid, _rated_parts(grid.frame, name, profile), ~np.isnan(values)),
        variance=np.nan_to_num(deviation) ** 2,
        thin=int(thin.sum()),
    )


def _rated_parts(frame: pd.DataFrame, name: str, profile: Profile) -> list[str]:
    """Return the factors that a score is made of, where the frame has their coverage."""
    risk, resilience = factors_in(frame, profile)
    if name in profile.watch.channels:
        return [factor for factor in profile.watch.channels[name] if factor in frame]
    if name in resilience or name in risk:
        return [name]
    stem = name.removesuffix("_residual")
    if stem in risk:
        return [stem]
    return resilience if name == "resilience" else risk


def factors_in(frame: pd.DataFrame, profile: Profile) -> tuple[list[str], list[str]]:
    """Return the risk and the resilience factors whose score and coverage a frame holds.

    Examples
    --------
    >>> names = ["risk", "RF1", "RF1_coverage", "RF1_residual", "SGS1", "SGS1_coverage"]
    >>> factors_in(pd.DataFrame(columns=names), Profile.load("default"))
    (['RF1'], ['SGS1'])
    """
    views = {*CRIMES, *profile.views, *(link.source for link in load_crosswalk().sg_risk)}
    names = [c.removesuffix("_coverage") for c in frame.columns if c.endswith("_coverage")]
    factors = [n for n in names if n in frame and n not in views and n not in ("resilience",)]
    risk = [n for n in factors if f"{n}_residual" in frame]
    return risk, [n for n in factors if n not in risk]


def _turnover(grid: Grid, factors: Iterable[str], known: NDArray[np.bool_]) -> Floats:
    """Return the share of the rated weight that came or went since the last value.

    Per factor ``|now - before| / max(now, before)`` of its coverage, averaged over the factors
    that are rated now or were before.
    """
    moved, there = np.zeros(known.shape), np.zeros(known.shape)
    for factor in factors:
        cover = f"{factor}_coverage"
        now = np.nan_to_num(grid.spread(cover)) if cover in grid.frame else grid.there(factor)
        before = _last(now, known)
        most = np.maximum(now, before)
        rated = most > 0
        moved += np.divide(np.abs(now - before), most, out=np.zeros(known.shape), where=rated)
        there += rated
    share = np.divide(moved, there, out=np.zeros(known.shape), where=there > 0)
    return np.where(known, share, 0.0)


def _last(now: Floats, known: NDArray[np.bool_]) -> Floats:
    """Return for each period what stood there when the unit last had a value (else the same)."""
    where = np.where(known, np.arange(now.shape[1]), -1)
    where = np.maximum.accumulate(where, axis=1)
    before = np.concatenate([np.full((len(now), 1), -1), where[:, :-1]], axis=1)
    held = np.take_along_axis(now, np.maximum(before, 0), axis=1)
    return np.where(before >= 0, held, now)
