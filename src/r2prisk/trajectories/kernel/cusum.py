"""Page's two-sided CUSUM: when a series turned away from its trend, and how sure that is."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray

from r2prisk.trajectories.kernel.normal import Floats, cdf, pdf

Indices = NDArray[np.intp]

_BATCH = 256
"""Peaks whose chains are worked out side by side."""

_NEVER = 50.0
"""A chance below exp(-50) is given as 0."""


@dataclasses.dataclass(frozen=True)
class Turns:
    """Alarms of a CUSUM, by series and then by time.

    Parameters
    ----------
    series : array of int, shape (m,)
        Row of the series.
    start : array of int, shape (m,)
        Period to which the turn is dated: the first after the sum was last 0.
    detected : array of int, shape (m,)
        Period of the alarm, when the turn became known; never before ``start``.
    up : array of bool, shape (m,)
        True where the series ran above what was expected, False where below.
    peak : array of float, shape (m,)
        The sum at the alarm, in standard deviations, above the limit.
    """

    series: Indices
    start: Indices
    detected: Indices
    up: NDArray[np.bool_]
    peak: Floats


def cusum(z: Floats, *, reference: float, limit: float) -> Turns:
    """Return where the standardised surprises of each series add up to more than chance would.

    ``up_t = max(0, up_{t-1} + z_t - k)`` and ``down_t = max(0, down_{t-1} - z_t - k)``; an alarm
    where either is above the limit, after which both start again at 0.

    Parameters
    ----------
    z : array of float, shape (s, t)
        Standardised one-step surprises: mean 0 and variance 1 where nothing turns. NaN where
        nothing was observed: the sums stand still.
    reference : float
        k, >= 0: half the shift, in standard deviations, that should be found soonest.
    limit : float
        Alarm limit, in standard deviations, >= 0.

    Returns
    -------
    Turns
        One entry for each alarm; a series can have several, or none.

    Notes
    -----
    Page, E. S. (1954). Continuous inspection schemes. Biometrika 41, 100-115,
    doi:10.1093/biomet/41.1-2.100.

    Examples
    --------
    The sums are 0, 1.5, 1.5 (nothing observed) and 4.

    >>> turns = cusum(np.array([[-1.0, 2.0, np.nan, 3.0]]), reference=0.5, limit=3.0)
    >>> turns.start.tolist(), turns.detected.tolist(), turns.up.tolist(), turns.peak.tolist()
    ([1], [3], [True], [4.0])
    """
    series, periods = z.shape
    sums = np.zeros((2, series))
    start = np.zeros((2, series), dtype=np.intp)
    starts = np.zeros((periods, 2, series), dtype=np.intp)
    peaks = np.full((periods, 2, series), np.nan)
    for t in range(periods):
        steps = np.stack([z[:, t], -z[:, t]]) - reference
        grown = np.where(np.isnan(steps), sums, np.maximum(sums + steps, 0.0))
        start[(sums == 0.0) & (grown > 0.0)] = t
        alarm = grown > limit
        starts[t] = start
        peaks[t][alarm] = grown[alarm]
        sums = np.where(alarm.any(axis=0), 0.0, grown)
    when, side, which = np.nonzero(~np.isnan(peaks))
    order = np.lexsort((when, which))
    when, side, which = when[order], side[order], which[order]
    return Turns(
        series=which,
        start=starts[when, side, which],
        detected=when,
        up=side == 0,
        peak=peaks[when, side, which],
    )


def chance(peak: Floats, length: Indices, *, reference: float) -> Floats:
    """Return how often a CUSUM of noise alone climbs at least so high within so many values.

    Either side may climb; the surprises are independent and standard normal. One minus the chance
    says how sure a turn is.

    Parameters
    ----------
    peak : array of float, shape (m,)
        Heights of the sum, in standard deviations, > 0. NaN stays NaN.
    length : array of int, shape (m,) or broadcastable
        Values of the series in which it could have happened, >= 0; periods without a value do
        not count.
    reference : float
        k of the CUSUM, >= 0.

    Returns
    -------
    array of float, shape (m,)
        From 0 to 1, with an error below 1e-9.

    Notes
    -----
    The sum of one side is a Markov chain: Brook, D. & Evans, D. A. (1972). An approach to the
    probability distribution of cusum run length. Biometrika 59, 539-549,
    doi:10.1093/biomet/59.3.539. Its states stand at Gauss-Legendre nodes instead of at equal
    distances, so that a few dozen do the work of hundreds. The sides are not independent, but
    when one gives an alarm the other is at 0 and starts as if new, so that with f_n the chance of
    one side's first alarm at n, and g_n that of its coming before any of the other side,
    ``f_n = g_n + sum_m g_m f_{n-m}``; the chance of either is ``2 sum g``.

    Examples
    --------
    >>> chance(np.array([3.0, 5.0]), np.array([30, 30]), reference=0.5).round(3).tolist()
    [0.388, 0.051]
    """
    peak, length = np.broadcast_arrays(peak, length)
    heights, place = np.unique(peak, return_inverse=True)
    longest = int(length.max(initial=0))
    reached = np.zeros((longest + 1, len(heights)))
    reached[:, np.isnan(heights)] = np.nan
    near = np.flatnonzero(_may_happen(heights, longest, reference))
    # heights are sorted, so those of one batch need about as many states
    for first in range(0, len(near), _BATCH):
        batch = near[first : first + _BATCH]
        reached[:, batch] = _either_side(_one_side(heights[batch], longest, reference))
    return reached[length, place.reshape(length.shape)]


def _may_happen(heights: Floats, longest: int, reference: float) -> NDArray[np.bool_]:
    """Return False where a sum of noise is as good as never so high, so that no chain is needed.

    A run of m values takes the sum to h with a chance of at most ``exp(-(h + m k)^2 / (2 m))``,
    which is largest at ``m = h / k``; there are fewer than ``longest^2`` runs.
    """
    most = max(longest, 1)
    runs = np.minimum(most, heights / max(reference, 1e-12))
    exponent = (heights + runs * reference) ** 2 / (2.0 * runs)
    return exponent - 2.0 * math.log(most) < _NEVER


def _one_side(heights: Floats, longest: int, reference: float) -> Floats:
    """Return the chance that one side reaches each height within 0, 1, ... values."""
    nodes, weights = leggauss(12 + math.ceil(2.0 * heights[-1]))
    scale = heights[:, None] / 2.0
    states = np.concatenate([np.zeros_like(scale), scale * (1.0 + nodes)], axis=1)
    move = pdf(states[:, None, :] - states[:, :, None] + reference)
    move[:, :, 1:] *= (scale * weights)[:, None, :]
    # the sum cannot fall below 0: what would take it there ends in that one state
    move[:, :, 0] = cdf(reference - states)
    over = cdf(states - heights[:, None] - reference)
    found = np.zeros((longest + 1, len(heights)))
    now = np.zeros_like(states)
    for t in range(longest):
        now = over + np.matmul(move, now[:, :, None])[:, :, 0]
        found[t + 1] = now[:, 0]
    return found


def _either_side(one: Floats) -> Floats:
    """Return the chance that either side has given an alarm, from that of one side."""
    first = np.diff(one, axis=0, prepend=0.0)
    before_other = np.zeros_like(first)
    for n in range(1, len(first)):
        after = np.einsum("mh,mh->h", before_other[1:n], first[n - 1 : 0 : -1])
        before_other[n] = first[n] - after
    return np.minimum(2.0 * np.cumsum(before_other, axis=0), 1.0)
