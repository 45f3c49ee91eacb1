"""Which countries are most like one in a period, by what is rated of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from r2prisk.errors import InputError

SHARED = 0.75
"""Share of the factors that are known of a row which another must have known too."""

FEWEST = 5
"""Factors that two rows must share at the least: fewer agree by chance."""


@dataclass(frozen=True, eq=False)
class Alike:
    """The rows nearest to one.

    Parameters
    ----------
    rows : array of int, shape (m,)
        Their places, the nearest first.
    distances : array of float, shape (m,)
        Root mean square difference over the shared factors, 0 to 1.
    shared : array of int, shape (m,)
        How many factors are known in both.
    known, least : int
        How many factors are known of the row itself, and how many another must share.
    """

    rows: NDArray[np.intp]
    distances: NDArray[np.float64]
    shared: NDArray[np.intp]
    known: int
    least: int


def comparable(profiles: NDArray[np.float64], row: int, *, count: int = 5) -> Alike:
    """Return the rows whose factors are most like those of one row.

    ``d = sqrt(sum_f (x_f - y_f)^2 / m)`` over the ``m`` factors known in both. A row that shares
    fewer than five factors, or than three quarters of those known of this one, is left out: few
    factors agree by chance.

    Parameters
    ----------
    profiles : array of float, shape (n, f)
        Presence of risk factors and strength of resilience factors, 0 to 1; NaN where unknown.
    row : int
        The row, which is never its own neighbour.
    count : int
        How many at most, 1 or more.

    Returns
    -------
    Alike
        The nearest first; equals in the order of their rows. Empty where none shares enough.

    Raises
    ------
    InputError
        If there is no such row, or the count is no such number.

    Examples
    --------
    The second row differs by 0.5 in one of five factors: root (0.25 / 5) = 0.224. The third shares
    four of them, and is left out.

    >>> rows = [[0.5, 0.5, 0.5, 0.5, 0.5], [1.0, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, np.nan]]
    >>> found = comparable(np.array(rows), 0)
    >>> found.rows.tolist(), found.distances.round(3).tolist(), found.shared.tolist()
    ([1], [0.224], [5])
    """
    problems: list[str] = []
    if not 0 <= row < len(profiles):
        problems.append(f"there are {len(profiles)} rows, and no row {row}")
    if count < 1:
        problems.append(f"count is {count}; it must be 1 or more")
    if problems:
        raise InputError("comparable", problems)
    apart = profiles - profiles[row]
    there = ~np.isnan(apart)
    shared = there.sum(axis=1)
    known = int(shared[row])
    least = max(FEWEST, math.ceil(SHARED * known))
    total = np.where(there, apart, 0.0) ** 2
    distances = np.sqrt(total.sum(axis=1) / np.maximum(shared, 1))
    fit = np.flatnonzero((shared >= least) & (np.arange(len(profiles)) != row))
    best = fit[np.argsort(distances[fit], kind="stable")][:count]
    return Alike(best, distances[best], shared[best], known, least)
