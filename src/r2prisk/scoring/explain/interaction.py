"""Slopes of what resilience leaves of a risk factor between two states: plain arrays."""

from __future__ import annotations

import numpy as np

from r2prisk.scoring.kernel import Floats, Sums


def product_slopes(before: Floats, after: Floats) -> Floats:
    """Return by how much a product follows each of its factors between two states.

    ``prod after - prod before = sum_r slope_r (after_r - before_r)``, where slope_r is the mean of
    the product of the others along the straight line from one state to the other. That integral is
    the Shapley value of the product: each factor's step, averaged over every order in which the
    factors could have been changed (Owen 1972). It is a polynomial of degree m - 1, so that
    Gauss-Legendre sums of m / 2 points give it exactly.

    Parameters
    ----------
    before, after : array of float, shape (m, n)
        The factors.

    Returns
    -------
    array of float, shape (m, n)
        Slopes, finite also where a factor is 0.

    Notes
    -----
    Owen, G. (1972), Multilinear extensions of games, doi:10.1287/mnsc.18.5.64.

    Examples
    --------
    From 0.9 x 0.8 to 0.7 x 0.6 = -0.3: the first changes by -0.2 x (0.8 + 0.6) / 2 = -0.14, the
    second by -0.2 x (0.9 + 0.7) / 2 = -0.16.

    >>> product_slopes(np.array([[0.9], [0.8]]), np.array([[0.7], [0.6]])).round(12).ravel()
    array([0.7, 0.8])
    """
    count = len(before)
    total = np.zeros(before.shape)
    points, shares = np.polynomial.legendre.leggauss(max((count + 1) // 2, 1))
    for point, share in zip(points, shares, strict=True):
        at = before + (after - before) * (point + 1.0) / 2.0
        for r in range(count):
            total[r] += share / 2.0 * np.delete(at, r, axis=0).prod(axis=0)
    return total


def meet_slopes(
    presence: tuple[Floats, Floats],
    left: tuple[Floats, Floats],
    sums: Sums,
    *,
    risk_first: bool = False,
) -> tuple[Floats, Floats]:
    """Return by how much what is left of a factor follows its presence and its inhibition.

    ``Q(P1, l1) - Q(P0, l0) = pull x (P1 - P0) + hold x (l1 - l0)`` with ``l = 1 - I``. Each slope
    is the mean of its slopes with the other half before and after its change: the Shapley value of
    two players, risk and resilience, so that what the two do together is shared equally (Shapley
    1953). With ``risk_first`` presence is changed first and inhibition meets it as it then is.

    Parameters
    ----------
    presence : tuple of two arrays of float, shape (k, n)
        P before and after, 0 to 1.
    left : tuple of two arrays of float, shape (k, n)
        ``1 - I`` before and after, 0 to 1.
    sums : Sums
        Names the form and the gate.
    risk_first : bool
        Whether presence is changed first.

    Returns
    -------
    tuple of two arrays, each of shape (k, n)
        ``pull`` and ``hold``, 0 or more in all forms but the gate, finite also where nothing moved.

    Notes
    -----
    Shapley, L. S. (1953), A value for n-person games, doi:10.1515/9781400881970-018.

    Examples
    --------
    0.4 x 0.9 to 0.6 x 0.8: presence +0.2 x 0.85 = 0.17, inhibition -0.1 x 0.5 = -0.05.

    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((), (), np.ones(0), 1.0)
    >>> sums = Sums(side, side, np.ones((0, 0)), np.ones((1, 0)), np.ones(0))
    >>> was, now = (np.array([[0.4]]), np.array([[0.6]])), (np.array([[0.9]]), np.array([[0.8]]))
    >>> [round(float(slope[0, 0]), 12) for slope in meet_slopes(was, now, sums)]
    [0.85, 0.5]
    """
    pulls = [_pull(*presence, at, sums) for at in left]
    holds = [_hold(at, *left, sums) for at in presence]
    if risk_first:
        return pulls[0], holds[1]
    return (pulls[0] + pulls[1]) / 2.0, (holds[0] + holds[1]) / 2.0


def _pull(before: Floats, after: Floats, left: Floats, sums: Sums) -> Floats:
    """Return the slope in presence between two presences, with the inhibition as it is."""
    match sums.form:
        case "damping":
            return left + 0.0 * before
        case "subtractive":
            return _share_above(before - (1.0 - left), after - (1.0 - left))
        case "ratio":
            return 1.0 / (2.0 - left) + 0.0 * before
        case "gate":
            return 1.0 - (1.0 - left) * _held(before, after, sums.gate)


def _hold(presence: Floats, before: Floats, after: Floats, sums: Sums) -> Floats:
    """Return the slope in what is left open between two of it, with the presence as it is."""
    match sums.form:
        case "damping":
            return presence + 0.0 * before
        case "subtractive":
            return _share_above(presence - (1.0 - before), presence - (1.0 - after))
        case "ratio":
            return presence / ((2.0 - before) * (2.0 - after))
        case "gate":
            if sums.gate == 1.0:
                return presence + 0.0 * before
            return presence * np.clip((1.0 - presence) / (1.0 - sums.gate), 0.0, 1.0)


def _share_above(before: Floats, after: Floats) -> Floats:
    """Return the share above 0 of the way from one number to another; half where both are 0."""
    low, high = np.minimum(before, after), np.maximum(before, after)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = high / (high - low)
    at_zero = (low == 0.0) & (high == 0.0)
    whole = np.where(at_zero, 0.5, np.where(low >= 0.0, 1.0, np.where(high <= 0.0, 0.0, part)))
    return np.where(np.isnan(before + after), np.nan, whole)


def _held(before: Floats, after: Floats, gate: float) -> Floats:
    """Return the slope of ``P h(P)``, the presence that inhibition gets hold of.

    It is P up to the gate and ``P (1 - P) / (1 - gate)`` from there, so that its slope between two
    presences is that of each stretch, by the share of the way that lies on it.
    """
    if gate == 1.0:
        return np.ones_like(before + after)
    below = _share_above(gate - before, gate - after)
    above = (1.0 - np.maximum(before, gate) - np.maximum(after, gate)) / (1.0 - gate)
    return below + (1.0 - below) * above
