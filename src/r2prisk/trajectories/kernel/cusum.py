"""Page's two-sided CUSUM: when a series turned away from its trend."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from r2prisk.trajectories.kernel.normal import Floats

Indices = NDArray[np.intp]


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
