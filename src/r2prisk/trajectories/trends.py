"""Trajectories of scores: level and slope in every period, as known then and as known now."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.about import __version__
from r2prisk.errors import InputError, nearest
from r2prisk.plots import Plots
from r2prisk.scoring import Profile, Scores
from r2prisk.trajectories.kernel.smoother import (
    Filtered,
    Floats,
    States,
    filter_trends,
    smooth_trends,
)
from r2prisk.trajectories.series import (
    Grid,
    Series,
    factors_in,
    make_grid,
    periods_in,
    series_of,
)
from r2prisk.trajectories.show import as_html, as_text

AnyStates = TypeVar("AnyStates", bound=States)

HEADLINE = ("risk", "resilience", "residual_risk")


@dataclasses.dataclass(frozen=True, eq=False)
class Course:
    """One score of all units over time: what was scored, and its trend.

    Parameters
    ----------
    values : array of float, shape (u, t)
        The scores that were used; NaN is unknown.
    filtered : Filtered
        What could be known in each period, arrays of shape (u, t); unknown once no value stands
        within the profile's window.
    carried : Filtered
        The same, carried on through every gap: for sums that look back over one.
    smoothed : States
        What is known now, with all periods seen.
    noise, level_disturbance : array of float, shape (u, t)
        Variances of each score about its level, and of the level's step into each period.
    slope_disturbance : float
        Variance that the slope gains from one period to the next.
    shift : array of float, shape (u, t)
        The part of ``level_disturbance`` that a change in what was rated adds: no movement.
    surprise : array of float, shape (u, t)
        How far each score came out from its forecast, on the scale of a standard normal: the
        profile's heavy tails are already taken out.

    Examples
    --------
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1, 0.1, 0.3, 0.3]}, index=index), of="risk")
    >>> found["risk"].surprise.round(1).tolist()
    [[nan, nan, 2.5, -2.0]]
    """

    values: Floats
    filtered: Filtered
    carried: Filtered
    smoothed: States
    noise: Floats
    level_disturbance: Floats
    slope_disturbance: float
    shift: Floats
    surprise: Floats

    @property
    def known(self) -> NDArray[np.bool_]:
        """Where a level was known then: a score stood within the profile's window."""
        return ~np.isnan(self.filtered.level)

    @property
    def rated_anew(self) -> NDArray[np.bool_]:
        """Where a step of the level owes more to what was rated than to what changed."""
        return self.shift > 0.5 * self.level_disturbance


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Trajectories:
    """Level and slope of scores over time, with their uncertainty; made by ``trajectories``.

    Parameters
    ----------
    units : tuple of str, length u
        In the order of their codes.
    periods : pandas.PeriodIndex, length t
        Every period from the first to the last.
    courses : dict of str to Course
        One for each score that was asked for.
    scores : pandas.DataFrame
        The scores themselves.
    profile : Profile
        Declares the sizes of the movements, the words, the plane and the alert rules.
    resilience_factors : tuple of str
        The scores, besides resilience, of which more is better.
    step : float
        Years from one period to the next.
    provenance : dict
        Library version, profile and its hash, what was left out.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> rows = {"unit": "SDN", "year": range(2001, 2005), "1.1": [0.2, 0.3, 0.4, 0.5]}
    >>> scores = score(read_panel(pd.DataFrame(rows)), profile=Profile.load("default").replace(
    ...     missing={"band_coverage": 0.0}))
    >>> found = trajectories(scores)
    >>> round(float(found.to_frame().loc[("SDN", "2004"), "risk_slope"]), 2)
    0.1
    """

    units: tuple[str, ...]
    periods: pd.PeriodIndex
    courses: dict[str, Course]
    scores: pd.DataFrame
    profile: Profile
    resilience_factors: tuple[str, ...]
    step: float
    provenance: dict[str, object]

    plot = Plots()

    def __getitem__(self, score: str) -> Course:
        if score not in self.courses:
            hint = nearest(score, self.courses)
            found = f"no trajectory of '{score}'{hint}; there are {', '.join(self.courses)}"
            raise InputError("trajectories", [found])
        return self.courses[score]

    def to_frame(self, *, smoothed: bool = False) -> pd.DataFrame:
        """Return the trajectories as a frame.

        Parameters
        ----------
        smoothed : bool
            What is known now, with later periods seen; by default what could be known then,
            which is what warnings use.

        Returns
        -------
        pandas.DataFrame
            Index ``unit``, ``period``: every period of a unit that has a score within the profile's
            window. For each score: itself (NaN in a gap), ``_level`` and
            ``_slope`` (a year) with ``_level_sd`` and ``_slope_sd``; filtered also ``_surprise``
            (standard normal).
        """
        columns: dict[str, Floats] = {}
        for name, course in self.courses.items():
            states = course.smoothed if smoothed else course.filtered
            columns |= {
                name: course.values,
                f"{name}_level": states.level,
                f"{name}_level_sd": np.sqrt(states.var_level),
                f"{name}_slope": states.slope,
                f"{name}_slope_sd": np.where(
                    np.isnan(states.slope), np.nan, np.sqrt(states.var_slope)
                ),
            }
            if not smoothed:
                columns[f"{name}_surprise"] = course.surprise
        frame = pd.DataFrame({n: c.ravel() for n, c in columns.items()}, index=self.index)
        levels = [f"{name}_level" for name in self.courses]
        return frame[frame[levels].notna().any(axis=1)]

    @property
    def index(self) -> pd.MultiIndex:
        """Every unit with every period, shape (u * t,)."""
        levels = [pd.Index(self.units, dtype=object), self.periods]
        return pd.MultiIndex.from_product(levels, names=["unit", "period"])

    def unit(self, code: str) -> int:
        """Return the place of a unit.

        Raises
        ------
        InputError
            If the unit is not there (the nearest is named).
        """
        if code not in self.units:
            raise InputError("trajectories", [f"no unit '{code}'{nearest(code, self.units)}"])
        return self.units.index(code)

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def trajectories(
    scores: Scores | pd.DataFrame,
    *,
    of: str | Iterable[str] = HEADLINE,
    profile: Profile | str | os.PathLike[str] | None = None,
) -> Trajectories:
    """Follow scores over time: where they stood, where they were heading, and how sure that is.

    A local linear trend for every unit and score: ``score = level + noise``, ``level' = level +
    slope + disturbance``, ``slope' = slope + disturbance``; Kalman filter (what could be known
    then) and Rauch-Tung-Striebel smoother (what is known now), all units at once. A change in
    what was rated adds to the level's disturbance, so that it is not read as a trend.

    Parameters
    ----------
    scores : Scores or pandas.DataFrame
        Scores of any kind of period, or a frame as ``Scores.to_frame`` or ``read_scores`` gives.
        A column ``<score>_sd`` gives the standard deviation of each score, where it is known.
    of : str or iterable of str
        The scores to follow; any score column, a factor for example. Channels of the profile may
        be named too.
    profile : Profile, str or path, optional
        Declares the sizes of the movements; that of the scores, or ``default``, if not given.

    Returns
    -------
    Trajectories
        Level and slope (scores a year) of every unit in every period.

    Raises
    ------
    InputError
        If there is no such score, or the frame has another index.

    Notes
    -----
    Durbin, J. & Koopman, S. J. (2012), doi:10.1093/acprof:oso/9780199641178.001.0001, chapter 3.
    The sizes of the movements were fitted to all units together (``fit_trend``) and are frozen in
    the profile.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> rows = {"unit": "SDN", "year": [2001, 2002, 2004], "1.1": [0.2, 0.3, 0.5]}
    >>> scores = score(read_panel(pd.DataFrame(rows)))
    >>> scores.profile.missing.band_coverage  # one indicator is too little for a trajectory
    0.15
    >>> trajectories(scores).provenance["left_out"][0]
    'risk: 3 scores of which less than 15% was rated'
    """
    # people pass the name of a file; the type checker is not there to stop them
    if not isinstance(scores, (Scores, pd.DataFrame)):  # pyright: ignore[reportUnnecessaryIsInstance]
        found_type = (
            f"needs Scores or a frame, found {type(scores).__name__}; read_scores makes one"
        )
        raise InputError("trajectories", [found_type])
    chosen = chosen_profile(scores, profile)
    frame = scores.to_frame() if isinstance(scores, Scores) else scores
    made = scores.provenance if isinstance(scores, Scores) else frame.attrs.get("provenance", {})
    frame = with_channels(frame, chosen)
    grid = make_grid(frame)
    wanted = dict.fromkeys((of,) if isinstance(of, str) else of)
    if not wanted:
        raise InputError("trajectories", ["of: names no score"])
    found = {name: series_of(grid, name, chosen) for name in wanted}
    least = f"of which less than {chosen.missing.band_coverage:.0%} was rated"
    left_out = [
        f"{name}: {s.thin} {'score' if s.thin == 1 else 'scores'} {least}"
        for name, s in found.items()
        if s.thin
    ]
    return Trajectories(
        units=grid.units,
        periods=grid.periods,
        courses={name: _course(name, s, grid, chosen) for name, s in found.items()},
        scores=frame,
        profile=chosen,
        resilience_factors=tuple(factors_in(frame, chosen)[1]),
        step=grid.step,
        provenance={
            "r2prisk": __version__,
            "profile": f"{chosen.name} (version {chosen.version})",
            "profile_hash": chosen.hash,
            "scores": made,
            "left_out": left_out,
        },
    )


def chosen_profile(
    scores: Scores | pd.DataFrame, given: Profile | str | os.PathLike[str] | None
) -> Profile:
    """Return the profile that was given, or that of the scores, or the default one.

    Examples
    --------
    >>> chosen_profile(pd.DataFrame(), None).name
    'default'
    """
    if isinstance(given, Profile):
        return given
    if given is None and isinstance(scores, Scores):
        return scores.profile
    return Profile.load("default" if given is None else given)


def with_channels(frame: pd.DataFrame, profile: Profile) -> pd.DataFrame:
    """Add the profile's channels: the mean of the rated ones among their factors.

    A channel none of whose factors the frame has is left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"RF2": [0.4], "RF7": [0.6]})
    >>> with_channels(frame, Profile.load("default"))["human_rights"].tolist()
    [0.5]
    """
    channels: dict[str, pd.Series[float]] = {}
    for name, factors in profile.watch.channels.items():
        there = [factor for factor in factors if factor in frame]
        if not there or name in frame:
            continue
        channels[name] = frame[there].mean(axis=1)
        deviations = [f"{factor}_sd" for factor in there if f"{factor}_sd" in frame]
        if deviations:
            rated = frame[there].notna().sum(axis=1)
            channels[f"{name}_sd"] = (frame[deviations] ** 2).sum(axis=1) ** 0.5 / rated
    return frame.assign(**channels) if channels else frame


def _course(name: str, series: Series, grid: Grid, profile: Profile) -> Course:
    trend = profile.trend_of(name)
    noise = trend.noise**2 + series.variance
    shift = (trend.turnover * series.turnover) ** 2
    level = trend.level**2 * grid.step + shift
    slope = np.array(trend.slope**2 * grid.step)
    filtered = filter_trends(
        series.values,
        noise=noise,
        level_disturbance=level,
        slope_disturbance=slope,
        step=grid.step,
    )
    smoothed = smooth_trends(
        filtered, level_disturbance=level, slope_disturbance=slope, step=grid.step
    )
    known = ~np.isnan(series.values)
    lost = _age(known) >= periods_in(profile.trends.window, grid.step)
    ended = lost & ~np.logical_or.accumulate(known[:, ::-1], axis=1)[:, ::-1]
    return Course(
        values=series.values,
        filtered=_unknown(filtered, lost),
        carried=filtered,
        smoothed=_unknown(smoothed, ended),
        noise=noise,
        level_disturbance=level,
        slope_disturbance=float(slope),
        shift=shift,
        surprise=without_tails(filtered.surprise, trend.tails, trend.spread),
    )


def _age(known: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return for each period how many periods ago the last value stood (0: in it)."""
    place = np.arange(known.shape[1])
    return place - np.maximum.accumulate(np.where(known, place, -len(place)), axis=1)


def _unknown(states: AnyStates, where: NDArray[np.bool_]) -> AnyStates:
    """Take level and slope to be unknown: nothing is carried on for ever."""
    names = [field.name for field in dataclasses.fields(States)]
    return dataclasses.replace(
        states, **{name: np.where(where, np.nan, getattr(states, name)) for name in names}
    )


def without_tails(surprise: Floats, tails: float, spread: float) -> Floats:
    """Put surprises that follow Student's t on the scale of a standard normal.

    ``Phi^-1(T_tails(surprise / spread))``: big surprises are commoner than a normal has them, and
    a probability that ignores this is too sure.

    Parameters
    ----------
    surprise : array of float
        In standard deviations of the forecast.
    tails, spread : float
        Degrees of freedom and scale of the t distribution that surprises follow.

    Examples
    --------
    >>> without_tails(np.array([0.0, 3.0]), 2.0, 0.5).round(2).tolist()
    [0.0, 2.22]
    """
    # by the tail that is small, which keeps its digits
    size = stats.norm.isf(stats.t.sf(np.abs(surprise) / spread, tails))
    return np.sign(surprise) * size
