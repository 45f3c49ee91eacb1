"""Where scores may go from where they stand: fans, and when they may cross a band."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.errors import InputError
from r2prisk.trajectories.kernel.crossing import crossing, expected
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.words import is_resilience

CROSSINGS = ("unit", "band", "direction", "limit", "probability", "expected")

LONGEST = 8
"""Periods ahead at most: beyond, a straight line from here says nothing."""


def project(
    found: Trajectories,
    *,
    score: str = "risk",
    horizon: int = 3,
    shares: Iterable[float] = (0.5, 0.8, 0.95),
) -> pd.DataFrame:
    """Project a score from its last filtered level and slope.

    The slope is first leaned on what is known of slopes anywhere: that it is zero, give or take the
    profile's ``drift``, whatever it may have gained on the way (a choice: on scores to 2014 this
    was the better forecast, of resilience too). After j periods of ``step`` years: mean
    ``level + j step slope``, variance ``P11 + 2 j step P12 + (j step)^2 P22`` with what level and
    slope gain on the way, and the noise of a score.

    Parameters
    ----------
    found : Trajectories
        Of this score among others; ``as_of`` goes back to an earlier date.
    score : str
        The score.
    horizon : int
        Periods ahead, 1 to 8.
    shares : iterable of float
        Shares of the fan: with 0.8, four in five scores should come out between ``low_80`` and
        ``high_80``, if the profile's movements hold.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``period`` (the periods ahead); ``mean``, ``sd`` and ``low_``, ``high_`` of
        each share, all kept within 0 and 1. A unit whose last score is older than the last period
        has an interval as wide as that makes it; one whose level is unknown by now, or whose slope
        is not known yet, is missing.

    Raises
    ------
    InputError
        If the horizon or a share is out of range, or there is no trajectory of the score.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.2, 0.3, 0.4, 0.5]}, index=index), of=["risk"])
    >>> project(found, horizon=2)["mean"].round(2).tolist()  # a rise says little of the next one
    [0.47, 0.47]
    """
    wanted = tuple(shares)
    problems = _horizon(horizon)
    problems += [f"share {p} is not between 0 and 1" for p in wanted if not 0.0 < p < 1.0]
    if problems:
        raise InputError("project", problems)
    ahead = np.arange(1, horizon + 1)
    mean, variance = _ahead(found, score, ahead)
    deviation = np.sqrt(variance + found.profile.trend_of(score).noise ** 2)
    columns = {"mean": np.clip(mean, 0.0, 1.0), "sd": deviation}
    for share in wanted:
        half = stats.norm.ppf(0.5 + share / 2) * deviation
        columns[f"low_{100 * share:g}"] = np.clip(mean - half, 0.0, 1.0)
        columns[f"high_{100 * share:g}"] = np.clip(mean + half, 0.0, 1.0)
    periods = pd.period_range(found.periods[-1] + 1, periods=horizon)
    index = pd.MultiIndex.from_product(
        [pd.Index(found.units, dtype=object), periods], names=["unit", "period"]
    )
    frame = pd.DataFrame({n: c.ravel() for n, c in columns.items()}, index=index)
    return frame.dropna(subset=["mean"])


def _horizon(horizon: int) -> list[str]:
    # people pass 2.0 or True; the type checker is not there to stop them
    whole = isinstance(horizon, (int, np.integer)) and not isinstance(horizon, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    fits = whole and 1 <= horizon <= LONGEST
    return [] if fits else [f"horizon {horizon} is not a whole number from 1 to {LONGEST}"]


def _ahead(found: Trajectories, score: str, ahead: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Return mean and variance of the levels so many periods ahead, shape (u, horizon)."""
    sizes = found.profile.trend_of(score)
    years = ahead * found.step
    level, slope, p, c, s = (x[:, None] for x in _start(found, score))
    # steps of the level add up; a step of the slope in period i acts on all later ones
    later = ahead * (ahead - 1) * (2 * ahead - 1) / 6
    gained = sizes.level**2 * years + found[score].slope_disturbance * found.step**2 * later
    return level + years * slope, p + 2 * years * c + years**2 * s + gained


def _start(found: Trajectories, score: str) -> tuple[Floats, ...]:
    """Return the last filtered level, slope, variance, covariance and variance, shape (u,).

    To the country's own course is added what is known of slopes before a country is seen: that
    they are 0, give or take ``drift``, as if one had been observed.
    """
    f = found[score].filtered
    level, slope, p, c, s = (
        x[:, -1] for x in (f.level, f.slope, f.var_level, f.covariance, f.var_slope)
    )
    total = s + found.profile.trend_of(score).drift ** 2
    share = np.divide(1.0, total, out=np.zeros(total.shape), where=total > 0)
    return (
        level - c * share * slope,
        slope - s * share * slope,
        p - c * c * share,
        c - c * s * share,
        s - s * s * share,
    )


def crossings(found: Trajectories, *, score: str = "risk", horizon: int = 5) -> pd.DataFrame:
    """Return how likely the level crosses each band within so many periods, and when.

    The first passage of the level, not of one noisy score: with a Gaussian for level and slope
    that is carried on from period to period given that the limit has not been crossed yet.

    Parameters
    ----------
    found : Trajectories
        Of this score among others.
    score : str
        The score; the profile's bands are laid on it.
    horizon : int
        Periods ahead, 1 to 8.

    Returns
    -------
    pandas.DataFrame
        One row for each unit and band limit: ``unit``, ``band`` that is entered, ``direction``
        (``up``: the limit lies above the level; ``down``: below, and the band under it is
        entered), ``limit``, ``probability`` within the horizon, ``expected`` (years until the
        crossing if it happens; missing where it hardly can).

    Raises
    ------
    InputError
        If the horizon is out of range, the score is one of resilience, or there is no trajectory.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.2, 0.3, 0.4, 0.5]}, index=index), of=["risk"])
    >>> table = crossings(found, horizon=3).set_index("band")
    >>> table["direction"].to_dict()
    {'very low': 'down', 'low': 'down', 'moderate': 'down', 'very high': 'up'}
    >>> bool(0 < table.loc["very high", "probability"] < table.loc["moderate", "probability"] < 1)
    True
    """
    problems = _horizon(horizon)
    if is_resilience(found, score):
        problems.append(f"score: the profile's bands are of risk, not of {score}")
    if problems:
        raise InputError("crossings", problems)
    course, bands = found[score], found.profile.bands
    known = np.flatnonzero(~np.isnan(course.filtered.slope[:, -1]))
    level, slope, p, c, s = (x[known] for x in _start(found, score))
    sizes = found.profile.trend_of(score)
    parts: list[pd.DataFrame] = []
    for below, band in itertools.pairwise(bands):
        up = level < band.start
        chances = crossing(
            level,
            slope,
            p,
            c,
            s,
            band.start,
            upward=up,
            step=found.step,
            level_var=sizes.level**2 * found.step,
            slope_var=course.slope_disturbance,
            horizon=horizon,
        )
        parts.append(
            pd.DataFrame(
                {
                    "unit": np.array(found.units, dtype=object)[known],
                    "band": np.where(up, band.name, below.name),
                    "direction": np.where(up, "up", "down"),
                    "limit": band.start,
                    "probability": chances[:, -1],
                    "expected": expected(chances) * found.step,
                }
            )
        )
    # a profile with one band has no limit to cross
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=CROSSINGS)
    return frame.sort_values(["unit", "limit"], ignore_index=True)
