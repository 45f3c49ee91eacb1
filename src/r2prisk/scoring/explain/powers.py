"""Slopes of powers and power means between two states: plain arrays, exact, no quadrature."""

from __future__ import annotations

import numpy as np

from r2prisk.scoring.kernel import Floats

NOTHING = 1e-300
"""Below it a power is nothing: its root could overflow."""


def secant(before: Floats, after: Floats, exponent: float) -> Floats:
    """Return the slope of a power between two points: ``(b^e - a^e) / (b - a)``.

    With m the larger of the two, r the smaller over m and d = 1 - r it is computed as
    ``m^(e - 1) (1 - r^e) / d``, which keeps its digits where the two points nearly meet. Where they
    meet it is ``e m^(e - 1)``, the slope of the power itself.

    Parameters
    ----------
    before, after : array of float, any shape
        0 or more; the result is NaN where one is NaN.
    exponent : float
        Above 0.

    Returns
    -------
    array of float
        Slopes; where both are 0, 1 for the exponent 1 and 0 for every other.

    Examples
    --------
    (0.5^2 - 0.3^2) / (0.5 - 0.3) = 0.16 / 0.2; where both are 0.5 the slope of the square is 1.

    >>> secant(np.array([0.3, 0.5]), np.array([0.5, 0.5]), 2.0).round(12).tolist()
    [0.8, 1.0]
    """
    if exponent == 1.0:
        return np.ones_like(before + after)
    most, least = np.maximum(before, after), np.minimum(before, after)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        apart = (most - least) / most
        # each logarithm where it has its digits
        log = np.where(apart < 0.5, np.log1p(-apart), np.log(least / most))
        grown = -np.expm1(exponent * log) / apart
        slope = most ** (exponent - 1.0) * np.where(apart == 0.0, exponent, grown)
    # NaN is neither above nor below, and stays
    return np.where(most <= NOTHING, 0.0, slope)


def weighted(weights: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Return the weighted mean over the first axis and the whole weight, NaN where that is 0.

    Parameters
    ----------
    weights, values : array of float, shape (k, n)
        Values count only where their weight is above 0, and may be NaN elsewhere.

    Returns
    -------
    tuple of array, each of shape (n,)
        Mean and weight.

    Examples
    --------
    >>> weighted(np.array([[1.0], [3.0], [0.0]]), np.array([[0.8], [0.4], [np.nan]]))
    (array([0.5]), array([4.]))
    """
    whole = weights.sum(axis=0)
    whole = np.where(whole > 0.0, whole, np.nan)
    return np.where(weights > 0.0, weights * values, 0.0).sum(axis=0) / whole, whole


def pulls(
    before: Floats, after: Floats, shares: Floats, ends: tuple[Floats, Floats], exponent: float
) -> Floats:
    """Return by how much a power mean follows each of its parts between two states.

    ``M1 - M0 = sum_k pull_k (x1_k - x0_k)`` with ``pull_k = w_k / W x secant of x^p x secant of
    U^(1/p)`` and ``U = sum w x^p / W``: the integral of the mean's slope along the line that is
    straight in x^p.

    Parameters
    ----------
    before, after : array of float, shape (k, n)
        Parts; count only where their share is above 0.
    shares : array of float, shape (k, n)
        Weights over the whole weight, ``w / W``, in the state after.
    ends : tuple of two arrays of float, shape (n,)
        U before and after.
    exponent : float
        1 or more.

    Returns
    -------
    array of float, shape (k, n)
        0 or more; finite, so that parts that cancel still show.

    Notes
    -----
    Aumann, R. J. and L. S. Shapley (1974), Values of Non-Atomic Games, Princeton University Press.

    Examples
    --------
    The mean square of 0.6 and 0.8 is 0.5, that of 0.8 and 0.6 the same. One moved its root up and
    one down, each by 0.5 x 1.4 / (2 x root 0.5) = 0.99 / 2 of its own change:

    >>> one, other = np.array([[0.6], [0.8]]), np.array([[0.8], [0.6]])
    >>> half = np.full((2, 1), 0.5)
    >>> pulls(one, other, half, (half[0], half[0]), 2.0).round(3).ravel().tolist()
    [0.495, 0.495]
    """
    slopes = secant(before, after, exponent) * secant(*ends, 1.0 / exponent)
    return np.where(shares > 0.0, shares * slopes, 0.0)
