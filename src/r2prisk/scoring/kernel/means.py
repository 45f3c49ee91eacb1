"""One factor at a time: mean, missing rule, bounds, and what resilience leaves of it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel.shapes import Bools, Floats, Rule, Side, Sums

LAST_BITS = 1e-9
"""A share of a weight that is rounding and not weight."""


def power_means(ratings: Floats, applies: Bools | None, side: Side) -> tuple[Floats, Floats]:
    """Return each factor's power mean over its rated indicators, and its coverage.

    ``(sum w x^p / sum w)^(1/p)``; NaN where nothing is rated.

    Parameters
    ----------
    ratings : array of float, shape (i, n)
        Ratings from 0 to 1, NaN where unknown.
    applies : array of bool, shape (i, n), or None
        False where an indicator does not apply.
    side : Side
        Columns, weights and exponent.

    Returns
    -------
    tuple of array, each of shape (k, n)
        Mean and coverage; a factor none of whose indicators applies has NaN coverage.

    Examples
    --------
    >>> side = Side((np.array([0, 1]),), (np.ones(2),), np.array([2.0]), 1.0)
    >>> mean, coverage = power_means(np.array([[0.4], [np.nan]]), None, side)
    >>> float(mean[0, 0]), float(coverage[0, 0])
    (0.4, 0.5)
    """
    shape = (len(side.total), ratings.shape[1])
    power, rated = np.empty(shape), np.empty(shape)
    whole: Floats = np.broadcast_to(side.total[:, None], shape)
    if applies is not None:
        whole = whole.copy()
    most = max((len(weights) for weights in side.weights), default=0)
    scratch, flags = np.empty((most, shape[1])), np.empty((most, shape[1]), dtype=bool)
    for k, (columns, weights) in enumerate(zip(side.columns, side.weights, strict=True)):
        x = raised(ratings[columns], side.exponent, scratch[: len(weights)])
        # NaN is the only number that differs from itself
        known = np.equal(x, x, out=flags[: len(weights)])
        x = np.fmax(x, 0.0, out=scratch[: len(weights)])
        if bool((weights == weights[:1]).all()):
            each = weights[0] if len(weights) else 0.0
            counts = np.add.reduce(known.view(np.uint8), axis=0, dtype=_count_type(weights))
            np.multiply(np.add.reduce(x, axis=0, out=power[k]), each, out=power[k])
            np.multiply(counts, each, out=rated[k])
        else:
            np.einsum("i,in->n", weights, x, out=power[k])
            np.einsum("i,in->n", weights, known.astype(np.float64), out=rated[k])
        if applies is not None:
            whole[k] -= np.einsum("i,in->n", weights, ~applies[columns])
    if applies is not None:
        # what is left when all weights are taken off may differ from 0 in the last bits
        whole[whole <= LAST_BITS * side.total[:, None]] = np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        coverage = rated / whole
        # the two sums may differ in the last bits although nothing is unknown: a rule that assumes
        # something of the unknown would take a root of that
        coverage[coverage > 1.0 - LAST_BITS] = 1.0
        np.divide(power, rated, out=power)
    return rooted(np.minimum(power, 1.0, out=power), side.exponent), coverage


def _count_type(weights: Floats) -> type[np.unsignedinteger]:
    """Return the smallest type that counts a factor's indicators: small ones are fast."""
    return np.uint8 if len(weights) < 256 else np.uint32


def settle(rated: Floats, coverage: Floats, exponent: float, rule: Rule, prior: float) -> Floats:
    """Return what the missing rule makes of the mean over rated indicators.

    With coverage c and the mean m over what is rated: ``rated-only`` is m; ``as-absent`` takes
    unknown indicators as a = 0 and ``prior`` as a = the prior:
    ``(c m^p + (1 - c) a^p)^(1/p)``. A factor with nothing rated stays unknown under every rule.

    Parameters
    ----------
    rated, coverage : array of float, shape (k, n)
        As ``power_means`` returns them.
    exponent : float
        Of the power mean, >= 1.
    rule : {"rated-only", "as-absent", "prior"}
        The missing rule.
    prior : float
        From 0 to 1.

    Returns
    -------
    array of float, shape (k, n)
        Presence or strength, NaN where nothing is rated.

    Examples
    --------
    >>> settle(np.array([[0.4]]), np.array([[0.5]]), 1.0, "prior", 0.6).tolist()
    [[0.5]]
    """
    if rule == "rated-only":
        return rated
    assumed = 0.0 if rule == "as-absent" else prior**exponent
    power = coverage * raised(rated, exponent) + (1.0 - coverage) * assumed
    return rooted(np.minimum(power, 1.0), exponent)


def bounds(rated: Floats, coverage: Floats, exponent: float) -> tuple[Floats, Floats]:
    """Return the lowest and highest that each factor could be once its unknowns are known.

    With coverage c and the mean m over what is rated, the unknown indicators add 0 or ``1 - c``:
    ``low = (c m^p)^(1/p)``, ``high = (c m^p + 1 - c)^(1/p)``.

    Parameters
    ----------
    rated, coverage : array of float, shape (k, n)
        As ``power_means`` returns them.
    exponent : float
        Of the power mean, >= 1.

    Returns
    -------
    tuple of array, each of shape (k, n)
        Low and high; 0 and 1 where nothing is rated, NaN where no indicator applies. What any
        missing rule makes of the same factor lies between them.

    Examples
    --------
    >>> low, high = bounds(np.array([[0.4]]), np.array([[0.5]]), 1.0)
    >>> float(low[0, 0]), float(high[0, 0])
    (0.2, 0.7)
    """
    low = np.empty_like(rated)
    np.fmax(raised(rated, exponent, low), 0.0, out=low)
    low *= coverage
    high = 1.0 - coverage
    high += low
    # where all is rated the last bit may differ: minimum, fmin and fmax set it right
    np.minimum(high, 1.0, out=high)
    for power in (low, high):
        rooted(power, exponent, power)
    return np.fmin(low, rated, out=low), np.fmax(high, rated, out=high)


def left_open(strength: Floats, kappa: Floats) -> Floats:
    """Return the share of each risk factor that resilience leaves: one minus the inhibition.

    ``1 - I_k = prod_r (1 - kappa_kr S_r)``. Strength that is unknown holds nothing down.

    Parameters
    ----------
    strength : array of float, shape (r, n)
        From 0 to 1, NaN where unknown.
    kappa : array of float, shape (k, r)
        From 0 to 1.

    Returns
    -------
    array of float, shape (k, n)
        From 0 to 1.

    Examples
    --------
    (1 - 0.2 x 0.5)(1 - 0.2 x 1.0) = 0.9 x 0.8 = 0.72

    >>> round(float(left_open(np.array([[0.5], [1.0]]), np.array([[0.2, 0.2]]))[0, 0]), 12)
    0.72
    """
    known = np.fmax(strength, 0.0)
    left = np.ones((len(kappa), strength.shape[1]))
    one = np.empty(strength.shape[1])
    for k, r in zip(*np.nonzero(kappa), strict=True):
        np.multiply(known[r], -kappa[k, r], out=one)
        one += 1.0
        left[k] *= one
    return left


def meet(presence: Floats, left: Floats, sums: Sums) -> Floats:
    """Return what is left of each risk factor once resilience has met it.

    With inhibition ``I = 1 - left``: damping ``P (1 - I)``; subtractive ``max(P - I, 0)``; ratio
    ``P / (1 + I)``; gate ``P (1 - h I)``, where the hold h is 1 up to the gate g and from there
    falls to 0 at full presence, ``h = min(1, (1 - P) / (1 - g))``. All grow with P, shrink with I,
    stay between 0 and P, and have no jump: a last bit never decides.

    Parameters
    ----------
    presence : array of float, shape (k, n)
        From 0 to 1, NaN where unknown.
    left : array of float, shape (k, n)
        ``1 - I``, from 0 to 1.
    sums : Sums
        Names the form and the gate.

    Returns
    -------
    array of float, shape (k, n)
        From 0 to ``presence``.

    Examples
    --------
    >>> side = Side((), (), np.ones(0), 1.0)
    >>> sums = Sums(side, side, np.ones((0, 0)), np.ones((1, 0)), np.ones(0), form="ratio")
    >>> round(float(meet(np.array([[0.6]]), np.array([[0.8]]), sums)[0, 0]), 12)
    0.5
    """
    match sums.form:
        case "damping":
            return presence * left
        case "subtractive":
            return np.maximum(presence - (1.0 - left), 0.0)
        case "ratio":
            return presence / (2.0 - left)
        case "gate":
            if sums.gate == 1.0:
                return presence * left
            holds = np.clip((1.0 - presence) / (1.0 - sums.gate), 0.0, 1.0)
            return presence * (1.0 - (1.0 - left) * holds)


def run(columns: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Turn positions that follow each other into a slice, which copies nothing.

    Examples
    --------
    >>> run(np.array([3, 4, 5])), run(np.array([3, 5]))
    (slice(3, 6, None), array([3, 5]))
    """
    if len(columns) and bool((np.diff(columns) == 1).all()):
        return slice(int(columns[0]), int(columns[-1]) + 1)
    return columns


def raised(values: Floats, exponent: float, out: Floats | None = None) -> Floats:
    """Return the values to the power of the exponent; to the power of 1, the values themselves.

    Examples
    --------
    >>> raised(np.array([0.5]), 2.0).tolist()
    [0.25]
    """
    if exponent == 1.0:
        return values
    return np.square(values, out=out) if exponent == 2.0 else np.power(values, exponent, out=out)


def rooted(values: Floats, exponent: float, out: Floats | None = None) -> Floats:
    """Return the root that undoes ``raised``.

    Examples
    --------
    >>> rooted(np.array([0.25]), 2.0).tolist()
    [0.5]
    """
    if exponent == 1.0:
        return values
    if exponent == 2.0:
        return np.sqrt(values, out=out)
    return np.power(values, 1.0 / exponent, out=out)
