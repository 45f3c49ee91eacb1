"""How far the profiles of rows lie from one another, and which lie nearest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from r2prisk.errors import InputError

Floats = NDArray[np.float64]

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
    distances: Floats
    shared: NDArray[np.intp]
    known: int
    least: int


def distances(profiles: Floats, own: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return how far each profile lies from one, and how many factors both have.

    ``d = sqrt(sum_f (x_f - y_f)^2 / m)`` over the ``m`` factors known in both.

    Parameters
    ----------
    profiles : array of float, shape (n, f)
        Factors, 0 to 1; NaN where unknown.
    own : array of float, shape (f,)
        The one profile.

    Returns
    -------
    tuple of (array of float, shape (n,), array of int, shape (n,))
        The distances, 0 to 1 (infinite where nothing is shared), and the factors shared.

    Examples
    --------
    >>> far, shared = distances(np.array([[0.1, 0.5], [np.nan, 0.5]]), np.array([0.5, 0.2]))
    >>> far.round(3).tolist(), shared.tolist()  # root ((0.16 + 0.09) / 2); 0.3
    ([0.354, 0.3], [2, 1])
    """
    apart = profiles - own
    there = ~np.isnan(apart)
    shared = there.sum(axis=1)
    total = (np.where(there, apart, 0.0) ** 2).sum(axis=1)
    far = np.sqrt(total / np.maximum(shared, 1))
    return np.where(shared > 0, far, np.inf), shared


def least_shared(known: int) -> int:
    """Return how many factors another row must share with one of which so many are known.

    Examples
    --------
    >>> [least_shared(known) for known in (4, 6, 7, 14)]
    [5, 5, 6, 11]
    """
    return max(FEWEST, math.ceil(SHARED * known))


def comparable(profiles: Floats, row: int, *, count: int = 5) -> Alike:
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
    far, shared = distances(profiles, profiles[row])
    known = int(shared[row])
    least = least_shared(known)
    fit = np.flatnonzero((shared >= least) & (np.arange(len(profiles)) != row))
    best = fit[np.argsort(far[fit], kind="stable")][:count]
    return Alike(best, far[best], shared[best], known, least)
