"""Words for where scores are heading, with the probability of each."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.trajectories.chances import exceeds
from r2prisk.trajectories.kernel.movement import movement
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.series import periods_in

if TYPE_CHECKING:
    from r2prisk.scoring.choices import Trends
    from r2prisk.trajectories.trends import Course, Trajectories

UP_IS_WORSE = ("escalating", "easing", "stable", "volatile")
UP_IS_BETTER = ("strengthening", "eroding", "stable", "volatile")
UNKNOWN = "unknown"
EROSION = "eroding resilience under flat risk"

LIKE_THE_OTHERS = 4
"""Observations that the pooled model counts for when a country's own swings are judged."""

_made: WeakKeyDictionary[Course, dict[tuple[Trends, float, bool], Movement]] = WeakKeyDictionary()
"""Movements of courses that are in use: one watch list asks for the same thirty times."""


@dataclasses.dataclass(frozen=True, eq=False)
class Movement:
    """How far one score moved over the window, and how sure its direction is.

    Parameters
    ----------
    mean, deviation : array of float, shape (u, t)
        In scores a year.
    rising, falling, stable, volatile : array of float, shape (u, t)
        Probabilities that add up to 1; NaN where the score has no window yet.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1, 0.2, 0.3, 0.4]}, index=index), of="risk")
    >>> movements(found, "risk").mean.round(2).tolist()
    [[nan, nan, nan, 0.1]]
    """

    mean: Floats
    deviation: Floats
    rising: Floats
    falling: Floats
    stable: Floats
    volatile: Floats


def movements(found: Trajectories, score: str, *, smoothed: bool = False) -> Movement:
    """Return how far a score moved over the profile's window, and in which direction.

    With movement ``m = (level_t - level_(t-w)) / w`` a year, less what a change in what was rated
    did to the level: rising ``P(m > material)``, falling
    ``P(m < -material)``; the rest is without direction and is split by how likely the country
    swings ``volatile`` times as much as the model expects.

    Parameters
    ----------
    found : Trajectories
        Of this score among others.
    score : str
        The score.
    smoothed : bool
        As known now; by default as it could be known in each period.

    Returns
    -------
    Movement
        Arrays of shape (u, t), for reading only.

    Raises
    ------
    InputError
        If there is no trajectory of the score.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = pd.DataFrame({"risk": [0.2, 0.2, 0.2, 0.3, 0.4, 0.5]}, index=index)
    >>> movements(trajectories(rise, of=["risk"]), "risk").rising.round(2).tolist()
    [[nan, nan, nan, 0.99, 1.0, 1.0]]
    """
    course, trends = found[score], found.profile.trends
    made, how = _made.setdefault(course, {}), (trends, found.step, smoothed)
    if how not in made:
        made[how] = _moved(course, trends, found.step, smoothed=smoothed)
    return made[how]


def _moved(course: Course, trends: Trends, step: float, *, smoothed: bool) -> Movement:
    """Return how far a course moved; nobody can write into what others are given too."""
    lag = periods_in(trends.window, step)
    now = course.smoothed if smoothed else course.filtered
    mean, variance = movement(
        now,
        course.carried,
        level_disturbance=course.level_disturbance,
        slope_disturbance=np.array(course.slope_disturbance),
        shift=course.shift,
        step=step,
        lag=lag,
    )
    deviation = np.sqrt(variance)
    rising = exceeds(mean, deviation, trends.material)
    falling = exceeds(-mean, deviation, trends.material)
    rest = 1.0 - rising - falling
    swings = _swings(course, 2 * lag, trends.volatile)
    stable, volatile = rest * (1.0 - swings), rest * swings
    for array in (mean, deviation, rising, falling, stable, volatile):
        array.setflags(write=False)
    return Movement(mean, deviation, rising, falling, stable, volatile)


def _swings(course: Course, last: int, volatile: float) -> Floats:
    """Return the probability that a country swings so many times as much as the model expects.

    The scale of its surprises has an inverse-gamma prior at 1, worth a few observations, and the
    squares of its last surprises as data.
    """
    z = course.filtered.surprise
    seen = ~np.isnan(z)
    squares = _over(np.where(seen, z, 0.0) ** 2, last)
    count = _over(seen.astype(float), last)
    return stats.chi2.cdf((LIKE_THE_OTHERS + squares) / volatile**2, LIKE_THE_OTHERS + count)


def _over(x: Floats, last: int) -> Floats:
    """Return the sum over the last periods, up to and with each."""
    total = np.cumsum(x, axis=1)
    total[:, last:] -= total[:, :-last].copy()
    return total


def words(found: Trajectories, *, smoothed: bool = False) -> pd.DataFrame:
    """Say in one word where each score is heading, with the probability of each word.

    Parameters
    ----------
    found : Trajectories
        Of any scores.
    smoothed : bool
        As known now; by default as it could be known in each period.

    Returns
    -------
    pandas.DataFrame
        Index ``score``, ``unit``, ``period``; ``movement`` and ``movement_sd`` (scores a year over
        the window), probabilities ``rising``, ``falling``, ``stable``, ``volatile`` (they add up
        to 1), and ``word``, the likeliest: escalating or easing where more is worse, strengthening
        or eroding for resilience and its factors, stable, volatile; ``unknown`` before a score is
        a window old.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> fall = pd.DataFrame({"resilience": [0.5, 0.5, 0.5, 0.4, 0.3, 0.2]}, index=index)
    >>> words(trajectories(fall, of=["resilience"]))["word"].tolist()[2:]
    ['unknown', 'eroding', 'eroding', 'eroding']
    """
    parts: dict[str, pd.DataFrame] = {}
    for score, course in found.courses.items():
        m = movements(found, score, smoothed=smoothed)
        columns = {
            "movement": m.mean,
            "movement_sd": m.deviation,
            "rising": m.rising,
            "falling": m.falling,
            "stable": m.stable,
            "volatile": m.volatile,
            "word": word_of(m, resilient=is_resilience(found, score)),
        }
        part = pd.DataFrame({n: c.ravel() for n, c in columns.items()}, index=found.index)
        parts[score] = part[~np.isnan(course.filtered.level.ravel())]
    return pd.concat(parts, names=["score"])


def is_resilience(found: Trajectories, score: str) -> bool:
    """Say whether more of a score is better: resilience and its factors.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2002", freq="Y")], names=["unit", "period"])
    >>> is_resilience(trajectories(pd.DataFrame({"risk": 0.2}, index=index), of=["risk"]), "risk")
    False
    """
    return score == "resilience" or score in found.resilience_factors


def word_of(m: Movement, *, resilient: bool) -> NDArray[np.object_]:
    """Return the likeliest word, shape (u, t); ``unknown`` where nothing is known of a movement.

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> word_of(Movement(one, one, 0 * one, 0.7 * one, 0.2 * one, 0.1 * one), resilient=True)
    array([['eroding']], dtype=object)
    """
    names = np.array(UP_IS_BETTER if resilient else UP_IS_WORSE, dtype=object)
    chances = np.stack([m.rising, m.falling, m.stable, m.volatile])
    unknown = np.isnan(chances).any(axis=0)
    best = names[np.argmax(np.where(unknown, 0.0, chances), axis=0)]
    best[unknown] = UNKNOWN
    return best


def erosion(found: Trajectories, *, smoothed: bool = False) -> Floats:
    """Return the probability that resilience erodes while risk stays flat, shape (u, t).

    ``P(resilience falls by more than material) * P(risk moves by no more than material)``: what
    lists of risk alone do not see. The two errors are taken to be independent, because no
    indicator stands on both sides of a profile.

    Parameters
    ----------
    found : Trajectories
        Of ``risk`` and ``resilience``.
    smoothed : bool
        As known now; by default as it could be known in each period.

    Returns
    -------
    array of float, shape (u, t)
        Probabilities; NaN where either movement is unknown.

    Raises
    ------
    InputError
        If there is no trajectory of risk or of resilience.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2005", freq="Y")], names=["unit", "period"])
    >>> fall = {"risk": 0.3, "resilience": [0.5, 0.5, 0.4, 0.3, 0.2]}
    >>> found = trajectories(pd.DataFrame(fall, index=index), of=["risk", "resilience"])
    >>> erosion(found).round(2).tolist()
    [[nan, nan, nan, 0.97, 0.99]]
    """
    risk = movements(found, "risk", smoothed=smoothed)
    resilience = movements(found, "resilience", smoothed=smoothed)
    return resilience.falling * (risk.stable + risk.volatile)
