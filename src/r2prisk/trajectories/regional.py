"""Trajectories of regions, and how far a unit stands from, and moves away from, its own."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.about import CAUTION
from r2prisk.catalogue.regions import load_regions, region_of
from r2prisk.catalogue.units import independence
from r2prisk.errors import InputError
from r2prisk.tables import bullets, html_table, page, text_table
from r2prisk.trajectories.chances import exceeds
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.weighting import Weights, weigh
from r2prisk.trajectories.words import movements


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Regional:
    """Trajectories of regions; made by ``regional``.

    Parameters
    ----------
    frame : pandas.DataFrame
        Index ``region``, ``period``.
    left_out : tuple of str
        Which units did not enter, and why, one line each.
    weighting, by : str
        How units are weighted, and the way of grouping.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples([("SEN", pd.Period("2001"))], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.3]}, index=index), of="risk")
    >>> regional(found, by="region").frame["risk_level"].to_dict()
    {('Africa', Period('2001', 'Y-DEC')): 0.3}
    """

    frame: pd.DataFrame
    left_out: tuple[str, ...]
    weighting: str
    by: str

    def _table(self) -> pd.DataFrame:
        """Return the first score of each region in the last period that most units have."""
        name = self.frame.columns[0].removesuffix("_level")
        counts = self.frame[f"{name}_units"].groupby(level="period").sum()
        last = counts[counts >= counts.max() / 2].index[-1]
        now = self.frame.xs(last, level="period")
        columns = {
            "region": now.index,
            "period": str(last),
            name: _pair(now[f"{name}_level"], now[f"{name}_level_sd"]),
            "a year": _pair(now[f"{name}_movement"], now[f"{name}_movement_sd"]),
            "units": now[f"{name}_units"].astype(str) + " of " + now[f"{name}_of"].astype(str),
            "weight": now[f"{name}_weight_share"].map("{:.0%}".format),
        }
        return pd.DataFrame(columns)

    def _headline(self) -> str:
        regions, periods = (self.frame.index.unique(level) for level in ("region", "period"))
        size = f"{len(regions)} groups, {len(periods)} periods ({periods[0]} to {periods[-1]})"
        return f"Regional trajectories by {self.by}: {size}; weighting {self.weighting}"

    def __repr__(self) -> str:
        table = text_table(self._table(), words=("region", "period"))
        return "\n".join([self._headline(), "", table, "", *self.left_out, CAUTION])

    def _repr_html_(self) -> str:
        table = self._table()
        shown = html_table(table, words=("region", "period"), shown=len(table))
        return page(self._headline(), shown, bullets(self.left_out))


@dataclasses.dataclass(frozen=True)
class _Ground:
    """All n units that have a group or are followed, by code, and the u followed ones among them.

    ``names`` are the g groups with a followed unit, ``group`` (n,) the place of each unit's, -1 for
    none of these; ``weight`` (n, t) is NaN where unknown; ``independent`` (n, t) by year.
    """

    units: tuple[str, ...]
    followed: NDArray[np.intp]
    names: tuple[str, ...]
    group: NDArray[np.intp]
    weight: Floats
    independent: NDArray[np.bool_]
    weighting: str

    @property
    def member(self) -> Floats:
        """Which followed units each group has, shape (g, u), as 0 and 1."""
        mine = self.group[self.followed]
        return (mine == np.arange(len(self.names))[:, None]).astype(np.float64)


def regional(
    found: Trajectories, *, by: str, weights: Weights = "equal", smoothed: bool = False
) -> Regional:
    """Return the trajectories of regions: weighted means of those of their units.

    Level ``L = sum w l / sum w`` over the units whose score is known in the period, with the
    standard deviation ``sqrt(sum w^2 sd^2) / sum w``; slope and movement alike, over the units
    that have one. Movement is the mean of the units' own movements, not the movement of the mean,
    so that a unit that comes or goes is no movement.

    Parameters
    ----------
    found : Trajectories
        Of any scores.
    by : {"region", "subregion", "un_group"}
        M49 region, M49 sub-region or UN regional group.
    weights : "equal", pandas.Series or pandas.DataFrame
        Population, > 0, NaN where unknown: index ``unit``, or ``unit`` and ``period`` (years,
        quarters, months or dates); a frame has one column. A period takes the last population
        known at its start, never a later one.
    smoothed : bool
        As known now; by default as it could be known in each period.

    Returns
    -------
    Regional
        Its frame has one row for each group of a followed unit and period; for each score
        ``_level``, ``_slope`` and ``_movement`` (scores a year, over the profile's window), each
        with ``_sd``; ``_units`` that entered the level and ``_movement_units`` the movement;
        ``_of``, the units of the group that were independent in the year or have the score;
        ``_weight_share``, the share of the weight of all these that entered the level (of equal
        weights: units over of); and ``weighting``.

    Raises
    ------
    InputError
        If the grouping is unknown, or of the weights: another word than ``equal``, no numbers,
        numbers that are not above 0, unknown units, unreadable periods, rows given twice; all
        faults at once. If no unit is in a group.

    Notes
    -----
    Units' errors are taken to be independent: a shock or a fault of a source that is common to a
    region makes the standard deviations too small. A unit without a score in a period does not
    enter, although its own trend is carried through a gap.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2002", freq="Y")
    >>> index = pd.MultiIndex.from_product([["GMB", "SEN"], years], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1, 0.1, 0.3, 0.3]}, index=index), of=["risk"])
    >>> people = pd.Series({"GMB": 1e6, "SEN": 9e6})
    >>> frame = regional(found, by="subregion", weights=people).frame
    >>> frame.loc[("Western Africa", "2002"), ["risk_level", "risk_units", "risk_of"]].tolist()
    [0.28, 2.0, 16.0]
    """
    ground = _ground(found, by, weights)
    if not ground.names:
        raise InputError("regions", [f"no unit is in a {by}: {', '.join(found.units)}"])
    member, weight = ground.member, ground.weight[ground.followed]
    columns: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {}
    for name, course in found.courses.items():
        states = course.smoothed if smoothed else course.filtered
        move = movements(found, name, smoothed=smoothed)
        known = ~np.isnan(course.values) & ~np.isnan(weight)
        moving = known & ~np.isnan(move.mean)
        parts = {
            "level": (states.level, states.var_level, known),
            "slope": (states.slope, states.var_slope, known & ~np.isnan(states.slope)),
            "movement": (move.mean, move.deviation**2, moving),
        }
        for what, (mean, variance, there) in parts.items():
            total, x, square = _sums(member, np.where(there, weight, 0.0), mean, variance)
            with np.errstate(invalid="ignore"):
                columns[f"{name}_{what}"] = x / total
                columns[f"{name}_{what}_sd"] = np.sqrt(square) / total
        columns[f"{name}_units"] = _count(member, known)
        columns[f"{name}_movement_units"] = _count(member, moving)
        columns |= _completeness(name, ground, ~np.isnan(course.values), known)
    places = [np.repeat(ground.names, len(found.periods)), [*found.periods] * len(ground.names)]
    index = pd.MultiIndex.from_arrays(places, names=["region", "period"])
    frame = pd.DataFrame({n: c.ravel() for n, c in columns.items()}, index=index)
    frame["weighting"] = ground.weighting
    thin = [
        u
        for n, u in enumerate(found.units)
        if all(np.isnan(c.values[n]).all() for c in found.courses.values())
    ]
    return Regional(frame, _left_out(ground, by, thin), ground.weighting, by)


def divergence(
    found: Trajectories, *, by: str, score: str = "risk", weights: Weights = "equal"
) -> pd.DataFrame:
    """Return how far each unit stands from, and moves away from, the rest of its region.

    ``d = l_i - sum_(j != i) w_j l_j / sum_(j != i) w_j`` over the other units whose score is known,
    the same for movement; ``above = P(d > 0)`` and ``pulling_away = P(movement of d > material)``,
    as could be known in each period.

    Parameters
    ----------
    found : Trajectories
        Of this score among others.
    by, weights
        As for :func:`regional`.
    score : str
        The score.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``period``: the periods in which the unit's score is known. ``region``
        (missing for a unit without one), ``others`` (units that it is compared with), ``level`` and
        ``movement`` (differences from their mean; scores, scores a year), each with ``_sd``,
        ``above`` and ``pulling_away`` (0 to 1). NaN where it has no other known unit.

    Raises
    ------
    InputError
        If there is no trajectory of the score, and as for :func:`regional`.

    Notes
    -----
    Units' errors are taken to be independent. What hits the whole region alike cancels in the
    difference.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2001", freq="Y")
    >>> index = pd.MultiIndex.from_product([["GMB", "MLI", "SEN"], years], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1, 0.5, 0.3]}, index=index), of=["risk"])
    >>> divergence(found, by="subregion")["level"].round(2).tolist()
    [-0.3, 0.3, 0.0]
    """
    course = found[score]
    ground = _ground(found, by, weights)
    weight = ground.weight[ground.followed]
    known = ~np.isnan(course.values)
    move = movements(found, score)
    state = course.filtered
    level, level_sd, others = _apart(ground, weight, known, state.level, state.var_level)
    moves = known & ~np.isnan(move.mean)
    moved, moved_sd, _ = _apart(ground, weight, moves, move.mean, move.deviation**2)
    above = exceeds(level, level_sd, 0.0)
    away = exceeds(moved, moved_sd, found.profile.trends.material)
    names = np.array([*ground.names, None], dtype=object)[ground.group[ground.followed]]
    columns = {
        "others": others,
        "level": level,
        "level_sd": level_sd,
        "movement": moved,
        "movement_sd": moved_sd,
        "above": above,
        "pulling_away": away,
    }
    frame = pd.DataFrame({n: c.ravel() for n, c in columns.items()}, index=found.index)
    frame.insert(0, "region", np.repeat(names, len(found.periods)))
    return frame[known.ravel()]


def _sums(member: Floats, w: Floats, mean: Floats, variance: Floats) -> tuple[Floats, ...]:
    """Return the sums of weights, of weighted means and of their variances by group."""
    there = w > 0.0
    mean, variance = np.where(there, mean, 0.0), np.where(there, variance, 0.0)
    return member @ w, member @ (w * mean), member @ (w**2 * variance)


def _count(member: Floats, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.rint(member @ there).astype(np.int64)


def _apart(
    ground: _Ground, weight: Floats, there: NDArray[np.bool_], mean: Floats, variance: Floats
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return each unit's difference from the rest of its group, its deviation, and their number."""
    group = ground.group[ground.followed]
    enters = there & ~np.isnan(weight)
    w = np.where(enters, weight, 0.0)
    own = np.where(enters, mean, 0.0), np.where(enters, variance, 0.0)
    # a row more, which the units without a group take: there may be no group at all
    member = np.vstack([ground.member, np.zeros(len(group))])
    total, x, square = (s[group] for s in _sums(member, w, mean, variance))
    others = _count(member, enters)[group] - enters
    others[group < 0] = 0
    alone = ~there | (others == 0)
    rest = np.where(alone, np.nan, total - w)
    difference = mean - (x - w * own[0]) / rest
    # what is left after taking one's own part out may be below 0 in its last bits
    left = np.maximum(square - w**2 * own[1], 0.0) / rest**2
    return difference, np.sqrt(variance + left), np.where(there, others, 0)


def _completeness(
    name: str, ground: _Ground, scored: NDArray[np.bool_], known: NDArray[np.bool_]
) -> dict[str, NDArray[np.float64] | NDArray[np.int64]]:
    """Say how many units a group has, and which share of their weight entered."""
    every = (ground.group == np.arange(len(ground.names))[:, None]).astype(np.float64)
    there = ground.independent.copy()
    there[ground.followed] |= scored
    entered = ground.member @ np.where(known, ground.weight[ground.followed], 0.0)
    whole = every @ np.where(there, np.nan_to_num(ground.weight), 0.0)
    share = np.divide(entered, whole, out=np.full(whole.shape, np.nan), where=whole > 0.0)
    return {f"{name}_of": _count(every, there), f"{name}_weight_share": share}


def _ground(found: Trajectories, by: str, weights: Weights) -> _Ground:
    units = tuple(sorted({*found.units, *load_regions()}))
    region = region_of(units, by)
    followed = np.searchsorted(np.array(units), np.array(found.units))
    names = sorted({name for name in region[followed] if name is not None})
    weight, weighting = weigh(weights, units, found.periods)
    return _Ground(
        units=units,
        followed=followed,
        names=tuple(names),
        group=pd.Index(names, dtype=object).get_indexer(pd.Index(region)),
        weight=weight,
        independent=independence(units, np.asarray(found.periods.year)),
        weighting=weighting,
    )


def _left_out(ground: _Ground, by: str, thin: list[str]) -> tuple[str, ...]:
    """Name the units that did not enter, and why."""
    units, placed = np.array(ground.units), ground.group >= 0
    mine = np.isin(np.arange(len(units)), ground.followed)
    lacking = np.isnan(ground.weight)
    never, late = lacking.all(axis=1), lacking.any(axis=1)
    lists = {
        "too little rated for a trajectory": np.isin(units, thin),
        f"in no {by}": mine & ~placed,
        "without population": mine & placed & never,
        "without population in their first periods": mine & placed & late & ~never,
        "without scores and population, and not in the share of the weight": (
            ~mine & placed & never & ground.independent.any(axis=1)
        ),
    }
    return tuple(f"{why}: {', '.join(units[which])}" for why, which in lists.items() if which.any())


def _pair(mean: pd.Series, deviation: pd.Series) -> pd.Series:
    """Write a mean with its standard deviation."""
    texts = mean.map("{:.3f}".format) + deviation.map(" ({:.3f})".format)
    return texts.where(mean.notna(), "-")
