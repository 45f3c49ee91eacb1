"""When a series will cross a bound: the chance of it, step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from r2prisk.trajectories.kernel.normal import Floats, cdf, mills

LEAST = 0.01
"""Below this chance of a crossing nothing is said about when: it is the error of the chance."""

_POINTS = 509
_GENERATOR = (13, 73, 38, 224, 59)
"""A lattice of points that fill the five-dimensional cube evenly, found component by component
for dimensions that matter ever less."""

_LATTICE = ((np.arange(1, _POINTS + 1)[:, None] * _GENERATOR + 0.5) / _POINTS) % 1.0
_DRAWN = len(_GENERATOR) - 1
"""Steps in which the level is followed point by point; after them its moments are."""

_GRID = np.linspace(-37.5, 8.0, 9101)
_GRID_CDF = cdf(_GRID)
_SLOPES = np.interp(_LATTICE[:, 0], _GRID_CDF, _GRID)

_FAR = 40.0
_LAST_BITS = 1e-12
_NO_SPREAD = 1e-30
_BLOCK = 32
"""Series worked out side by side, so that the work stays in the cache."""


def crossing(
    level: ArrayLike,
    slope: ArrayLike,
    var_level: ArrayLike,
    cov: ArrayLike,
    var_slope: ArrayLike,
    bound: ArrayLike,
    *,
    upward: ArrayLike,
    step: float,
    level_var: ArrayLike,
    slope_var: ArrayLike,
    horizon: int,
) -> Floats:
    """Return the chance that the level of each series has crossed a bound by each coming step.

    The level follows ``level' = level + step * slope + disturbance`` and ``slope' = slope +
    disturbance``. The chance of having crossed by step j is ``1 - prod P(no crossing at step i |
    none before)`` over i = 1..j. Nothing is drawn at random, so equal input gives equal output.

    Parameters
    ----------
    level, slope : array of float, shape (s,) or broadcastable
        Means of level (score) and slope (score per year) now; NaN is unknown.
    var_level, cov, var_slope : array of float, shape (s,) or broadcastable
        Their variances, >= 0, and covariance.
    bound : array of float, shape (s,) or broadcastable
        The score to be crossed.
    upward : array of bool, shape (s,) or broadcastable
        True where a crossing is a level at the bound or above it, False where below it.
    step : float
        Years in a period, > 0.
    level_var, slope_var : array of float, shape (s,) or broadcastable
        Variance that level and slope gain in each period, >= 0.
    horizon : int
        Number of periods ahead, >= 1.

    Returns
    -------
    array of float, shape (s, horizon)
        From 0 to 1, never falling along a row; NaN where anything about the series is unknown.
        A series that is beyond the bound now counts from the next step on, like any other.

    Notes
    -----
    Assumed-density filtering: after each step the pair (level, slope) is narrowed to "not yet
    crossed" and taken to be normal with the moments it then has. That alone is wrong by up to
    0.07, because the narrowed pair is skewed. So the slope and the levels of the first steps are
    not summarised but followed at the points of a lattice, each weighted by its chance of not
    having crossed (Genz, A. (1992). Numerical computation of multivariate normal probabilities.
    J. Comput. Graph. Stat. 1, 141-149, doi:10.1080/10618600.1992.10477010); later steps use the
    moments. The first step is exact. Against simulation of 300 realistic series the error is then
    0.001 on average and 0.0095 at most within 8 steps, 0.017 at most within 20.

    Examples
    --------
    A level of 0.40 that rises by 0.05 a year towards 0.50, give or take 0.02 a year.

    >>> chances = crossing(0.40, 0.05, 1e-4, 0.0, 1e-4, 0.50, upward=True, step=1.0,
    ...     level_var=4e-4, slope_var=0.0, horizon=4)
    >>> chances.round(2).tolist()
    [[0.02, 0.5, 0.86, 0.96]]
    """
    given = (level, slope, var_level, cov, var_slope, bound, upward, level_var, slope_var)
    columns = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in given))
    state = np.stack(columns, axis=1)
    chances = np.empty((len(state), horizon))
    for first in range(0, len(state), _BLOCK):
        rows = slice(first, first + _BLOCK)
        chances[rows] = _block(state[rows], step, horizon)
    return chances


def _block(state: Floats, step: float, horizon: int) -> Floats:
    """Return the chances of a few series, whose state and settings stand in the columns."""
    level, slope, p, c, s, bound, upward, level_var, slope_var = np.hsplit(state, state.shape[1])
    side = np.where(upward > 0, 1.0, -1.0)
    # the last bits keep "at the bound" on its side: across for upward, not for downward
    gap, slope = side * (level - bound + _LAST_BITS), side * slope
    left = np.ones((len(state), _POINTS))
    chances = np.empty((len(state), horizon))
    for j in range(horizon):
        gap = gap + step * slope
        a = np.maximum(p + 2.0 * step * c + step**2 * s + level_var, _NO_SPREAD)
        b, s = c + step * s, s + slope_var
        spread, gain = np.sqrt(a), b / a
        edge = np.clip(-gap / spread, -_FAR, _FAR)
        stays = cdf(edge)
        left = left * stays
        chances[:, j] = 1.0 - left.mean(axis=1)
        if j < _DRAWN:
            drawn = np.interp(stays * _LATTICE[:, j + 1], _GRID_CDF, _GRID)
            kept = np.zeros_like(a)
        else:
            drawn = -mills(edge)
            kept = np.maximum(1.0 + drawn * (edge - drawn), 0.0)
        gap = gap + spread * drawn
        slope = slope + gain * spread * drawn
        p, c, s = a * kept, b * kept, s - b * gain * (1.0 - kept)
        if j == 0:
            slope = slope + np.sqrt(np.maximum(s, 0.0)) * _SLOPES
            s = np.zeros_like(s)
    return chances


def expected(cumulative: Floats) -> Floats:
    """Return after how many steps a series crosses on average, if it does within the horizon.

    ``sum_j j (F_j - F_{j-1}) / F_h``, with F the chance of having crossed by each step.

    Parameters
    ----------
    cumulative : array of float, shape (s, horizon)
        As ``crossing`` returns it.

    Returns
    -------
    array of float, shape (s,)
        From 1 to the horizon; NaN where the chance within the horizon is below 0.01 or unknown.

    Examples
    --------
    >>> expected(np.array([[0.25, 0.5, 0.5], [0.0, 0.0, 0.001]])).tolist()
    [1.5, nan]
    """
    each = np.diff(cumulative, axis=1, prepend=0.0)
    last = cumulative[:, -1]
    enough = np.where(last >= LEAST, last, np.nan)
    return each @ np.arange(1.0, cumulative.shape[1] + 1.0) / enough
