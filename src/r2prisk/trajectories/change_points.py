"""Lasting shifts in the level of series, by change-point detection (an extra)."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from r2prisk.errors import InputError, MissingExtraError

SHORTEST = 2
"""Fewest known values at one level: a single odd period is not a shift."""
NORMAL = 0.6745
"""The median distance from the mean of a standard normal distribution."""
NIL = 1e-9
"""Differences that are this small beside the largest one are rounding."""


@dataclasses.dataclass(frozen=True, eq=False)
class ChangePoints:
    """Shifts in level, one element for each, in order of series and time.

    Parameters
    ----------
    series : array of int, shape (c,)
        Row of the series that shifts.
    start : array of int, shape (c,)
        Column of the first known value at the new level.
    up : array of bool, shape (c,)
        Whether the new level is higher.
    size : array of float, shape (c,)
        New level less the old one, in the units of the values.
    sure : array of float, shape (c,)
        From 0 to 1: how much better the two levels tell the series than one level would.
    too_short : array of int
        Rows with fewer than four known values: not judged.
    """

    series: NDArray[np.intp]
    start: NDArray[np.intp]
    up: NDArray[np.bool_]
    size: NDArray[np.float64]
    sure: NDArray[np.float64]
    too_short: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.series)


def change_points(values: ArrayLike, *, penalty: float | None = None) -> ChangePoints:
    """Find lasting shifts in the level of each series.

    PELT: the levels that make ``sum (x - level)^2 / sigma^2 + penalty * shifts`` smallest, with
    sigma the noise of the series: the median of its differences without their sign, over 0.6745
    (its share of a normal deviation) and the square root of 2.
    ``sure = 1 / (1 + exp(-gain / 2))``, with
    ``gain = n1 n2 / (n1 + n2) (level2 - level1)^2 / sigma^2 - 2 log n``: the Bayesian information
    criterion (BIC) gained by the shift over merging its two levels, of n1 and n2 values.

    Parameters
    ----------
    values : array of float, shape (s, t)
        One series a row, one period a column, in any unit; NaN where unknown.
    penalty : float, optional
        What a shift costs, above 0, in noise variances; ``2 log n`` if not given, as in the BIC,
        with n the known values of the series. A higher one finds fewer shifts.

    Returns
    -------
    ChangePoints
        The shifts of all series, c in all.

    Raises
    ------
    InputError
        If the values are no table of numbers or hold an infinity, or the penalty is not above 0.
    MissingExtraError
        If ruptures is not installed (extra ``timeseries``; Python 3.13 and older only).

    Notes
    -----
    Unknown values are passed over: a gap neither makes nor hides a shift. Where most differences
    are nil, their root mean square stands for that median. The whole series is read: a shift is
    known in hindsight only, and says nothing of what a warning could have seen.

    The sums take values as independent around each level. Where they are, one series of 35 in six
    shows a shift that is not there. Scores of countries mostly are not: where each value keeps 0.6
    of the one before, 35 values show 2.6 such shifts, with ``sure`` near 1 (simulated). Read
    ``sure`` as a ranking; a slow trend comes out as a stair.

    Sources: Killick, Fearnhead & Eckley (2012), doi:10.1080/01621459.2012.737745; Truong, Oudre &
    Vayatis (2020), doi:10.1016/j.sigpro.2019.107299.

    Examples
    --------
    >>> import pytest  # the examples need the extra ``timeseries``
    >>> _ = pytest.importorskip("ruptures")
    >>> shifts = change_points([[0.1, 0.2, 0.1, 0.2, 0.7, 0.8, 0.7, 0.8]])
    >>> shifts.start.tolist(), shifts.up.tolist(), shifts.size.round(3).tolist()
    ([4], [True], [0.6])
    """
    table = _checked(values, penalty)
    known = ~np.isnan(table)
    enough = known.sum(axis=1) >= 2 * SHORTEST
    series: list[int] = []
    found: list[NDArray[np.float64]] = []
    for row in np.flatnonzero(enough):
        columns = np.flatnonzero(known[row])
        starts, sizes, gains = _shifts(table[row, columns], penalty)
        series += [int(row)] * len(starts)
        found.append(np.array([columns[starts], sizes, gains], dtype=np.float64))
    start, size, gain = np.hstack([np.empty((3, 0)), *found])
    return ChangePoints(
        series=np.array(series, dtype=np.intp),
        start=start.astype(np.intp),
        up=size > 0,
        size=size,
        sure=expit(gain / 2),
        too_short=np.flatnonzero(~enough),
    )


def _checked(values: ArrayLike, penalty: float | None) -> NDArray[np.float64]:
    problems: list[str] = []
    table = np.empty((0, 0))
    try:
        table = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        problems.append("values: needs numbers, one series a row, all of one length")
    if table.ndim != 2:
        problems.append(f"values: needs shape (series, periods), found {table.shape}")
    if np.isinf(table).any():
        problems.append(f"values: {np.isinf(table).sum()} are infinite; leave unknown ones NaN")
    if penalty is not None and not 0 < penalty < np.inf:
        problems.append(f"penalty: {penalty:g} is not a number above 0")
    if problems:
        raise InputError("change_points", problems)
    return table


def _shifts(
    known: NDArray[np.float64], penalty: float | None
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
    """Return the first position, size and BIC gain of each shift in a series without gaps."""
    try:
        from ruptures import KernelCPD
    except ImportError:
        what = "Finding change points (ruptures, for Python 3.13 and older only)"
        raise MissingExtraError(what, "timeseries") from None
    bic = 2 * np.log(len(known))
    differences = np.abs(np.diff(known))
    if not differences.any():
        return np.empty(0, dtype=np.intp), np.empty(0), np.empty(0)
    noise = np.median(differences) / NORMAL
    if noise < NIL * differences.max():
        noise = np.sqrt(np.mean(differences**2))
    # centred and in units of the noise: the search adds up squares, which large levels drown
    scaled = (known - known.mean()) * (np.sqrt(2) / noise)
    # the linear kernel is the cost of a mean, searched by PELT in compiled code
    search = KernelCPD(kernel="linear", min_size=SHORTEST).fit(scaled[:, np.newaxis])
    ends = np.array(search.predict(pen=bic if penalty is None else penalty), dtype=np.intp)
    starts = np.concatenate([[0], ends[:-1]])
    lengths = ends - starts
    levels = np.add.reduceat(scaled, starts) / lengths
    steps, both = np.diff(levels), lengths[1:] * lengths[:-1] / (lengths[1:] + lengths[:-1])
    gains: NDArray[np.float64] = both * steps**2 - bic
    return starts[1:], steps * (noise / np.sqrt(2)), gains
