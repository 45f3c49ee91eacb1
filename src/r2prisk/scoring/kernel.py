"""The sums, on plain arrays: NumPy and nothing else.

Shapes: ``n`` rows, ``i`` risk indicators, ``j`` resilience indicators, ``k`` risk factors, ``r``
resilience factors, ``v`` views (the country and the crimes). Ratings are NaN where nothing is
rated. Rows never look at each other, so the work goes block by block and cost grows with ``n``.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Form = Literal["damping", "subtractive", "ratio", "gate"]
Rule = Literal["rated-only", "as-absent", "prior"]

BLOCK = 8192
"""Rows in one block: small enough for the working arrays to stay in the processor's cache."""

THREADS = min(4, os.cpu_count() or 1)
"""Blocks in work at once: NumPy lets go of the interpreter while it computes."""


@dataclasses.dataclass(frozen=True)
class Side:
    """How indicators make factors on one side, risk or resilience.

    Parameters
    ----------
    columns : tuple of slice or int array, length k
        The positions in the ratings of each factor's indicators that have a column; ``run``
        makes a slice of them where it can.
    weights : tuple of float arrays, length k
        Their weights, >= 0.
    total : array of float, shape (k,)
        The weight of all indicators of each factor, those without a column included.
    exponent : float
        Exponent of the power mean within a factor, >= 1.
    """

    columns: tuple[slice | NDArray[np.intp], ...]
    weights: tuple[Floats, ...]
    total: Floats
    exponent: float


@dataclasses.dataclass(frozen=True)
class Sums:
    """All that the sums need to know besides the ratings.

    Parameters
    ----------
    risk, resilience : Side
        The two sides.
    kappa : array of float, shape (k, r)
        The share of risk factor k that resilience factor r can hold down at most, 0 to 1.
    views : array of float, shape (v, k)
        Weight of each risk factor in each view, >= 0; the first view is the country.
    strengths : array of float, shape (r,)
        Weight of each resilience factor in the country's resilience, >= 0.
    across : float
        Exponent of the power mean across factors, >= 1.
    form : {"damping", "subtractive", "ratio", "gate"}
        How inhibition meets presence.
    gate : float
        For the form ``gate``: the presence from which inhibition no longer holds, 0 to 1.
    rule : {"rated-only", "as-absent", "prior"}
        What a factor makes of its unknown indicators.
    prior : float
        For the rule ``prior``: the rating that an unknown indicator is taken to have, 0 to 1.
    """

    risk: Side
    resilience: Side
    kappa: Floats
    views: Floats
    strengths: Floats
    across: float = 1.0
    form: Form = "damping"
    gate: float = 1.0
    rule: Rule = "rated-only"
    prior: float = 0.5


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Scores of all rows; the last axis is the row. NaN is unknown.

    Parameters
    ----------
    rated, coverage : array of float, shape (k, n)
        Power mean of each risk factor over its rated indicators, and the share of its weight
        that was rated; ``settle`` makes presence of the two.
    strength_rated, strength_coverage : array of float, shape (r, n)
        The same for the resilience factors.
    risk, risk_low, risk_high, residual, residual_low, residual_high, view_coverage : array of
        float, shape (v, n). Power means of presence and residual in each view, with bounds.
    resilience, resilience_low, resilience_high, resilience_coverage : array of float, shape (n,)
        Power mean of strength, with bounds.
    """

    rated: Floats
    coverage: Floats
    strength_rated: Floats
    strength_coverage: Floats
    risk: Floats
    risk_low: Floats
    risk_high: Floats
    residual: Floats
    residual_low: Floats
    residual_high: Floats
    view_coverage: Floats
    resilience: Floats
    resilience_low: Floats
    resilience_high: Floats
    resilience_coverage: Floats


def score_arrays(
    risk: Floats,
    resilience: Floats,
    sums: Sums,
    *,
    risk_applies: Bools | None = None,
    resilience_applies: Bools | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sheet:
    """Score rows of ratings.

    ``P_k = (sum w x^p / sum w)^(1/p)``, ``I_k = 1 - prod_r (1 - kappa_kr S_r)``,
    ``Q_k = P_k (1 - I_k)``, and power means of P and Q over the factors of each view.

    Parameters
    ----------
    risk : array of float, shape (n, i)
        Ratings from 0 to 1, NaN where unknown. Fastest in Fortran order.
    resilience : array of float, shape (n, j)
        The same for resilience.
    sums : Sums
        Weights, exponents, inhibition and the missing rule.
    risk_applies, resilience_applies : array of bool, optional
        False where an indicator does not apply to a row; all apply by default.
    progress : callable, optional
        Called with the number of rows done after each block.

    Returns
    -------
    Sheet
        Scores, coverage and bounds of every row.

    Examples
    --------
    Two indicators, one factor, exponent 2: sqrt((0.6^2 + 0.8^2) / 2) = sqrt(0.5).

    >>> side = Side((np.array([0, 1]),), (np.ones(2),), np.array([2.0]), 2.0)
    >>> none = Side((np.array([], dtype=int),), (np.ones(0),), np.array([1.0]), 2.0)
    >>> sums = Sums(side, none, np.array([[0.2]]), np.ones((1, 1)), np.ones(1))
    >>> sheet = score_arrays(np.array([[0.6, 0.8]]), np.empty((1, 0)), sums)
    >>> bool(sheet.rated[0, 0] == np.sqrt(0.5))
    True
    """
    n = len(risk)
    k, r, v = len(sums.risk.total), len(sums.resilience.total), len(sums.views)
    heights = {"rated": k, "coverage": k, "strength_rated": r, "strength_coverage": r}
    fields = [field.name for field in dataclasses.fields(Sheet)]
    sheet = Sheet(
        **{
            name: np.empty(n if name.startswith("resilience") else (heights.get(name, v), n))
            for name in fields
        }
    )

    def work(first: int) -> int:
        rows = slice(first, min(first + BLOCK, n))
        block = _block(
            _columns(risk, rows),
            _columns(resilience, rows),
            None if risk_applies is None else _columns(risk_applies, rows),
            None if resilience_applies is None else _columns(resilience_applies, rows),
            sums,
        )
        for name in fields:
            getattr(sheet, name)[..., rows] = getattr(block, name)
        return rows.stop

    with ThreadPoolExecutor(THREADS) as pool:
        for done in pool.map(work, range(0, n, BLOCK)):
            if progress is not None:
                progress(done)
    return sheet


def _columns(array: NDArray[Any], rows: slice) -> NDArray[Any]:
    """Return a block with indicators first, so that each runs through memory in one piece."""
    block = array[rows].T
    return block if array.flags.f_contiguous else np.ascontiguousarray(block)


def _block(
    risk: Floats,
    resilience: Floats,
    risk_applies: Bools | None,
    resilience_applies: Bools | None,
    sums: Sums,
) -> Sheet:
    """Score one block; indicators come first, rows last."""
    return view_means(
        *power_means(risk, risk_applies, sums.risk),
        *power_means(resilience, resilience_applies, sums.resilience),
        sums,
    )


def view_means(
    rated: Floats, coverage: Floats, strength_rated: Floats, held: Floats, sums: Sums
) -> Sheet:
    """Gather factors into views, with residual and bounds.

    Parameters
    ----------
    rated, coverage : array of float, shape (k, n)
        Of the risk factors, as ``power_means`` returns them.
    strength_rated, held : array of float, shape (r, n)
        The same of the resilience factors.
    sums : Sums
        Names the views, the inhibition and the exponent across factors.

    Returns
    -------
    Sheet
        The four arrays that were given, and what follows from them.

    Examples
    --------
    Risk is the mean of 0.8 and 0.4; the first factor is held down by 0.2 x 0.5, so the residual
    is the mean of 0.72 and 0.4.

    >>> side = Side((), (), np.ones(2), 1.0)
    >>> one = Side((), (), np.ones(1), 1.0)
    >>> sums = Sums(side, one, np.array([[0.2], [0.0]]), np.ones((1, 2)), np.ones(1))
    >>> full = np.ones((2, 1))
    >>> sheet = view_means(np.array([[0.8], [0.4]]), full, np.array([[0.5]]), full[:1], sums)
    >>> round(float(sheet.risk[0, 0]), 12), round(float(sheet.residual[0, 0]), 12)
    (0.6, 0.56)
    """
    presence = settle(rated, coverage, sums.risk.exponent, sums.rule, sums.prior)
    strength = settle(strength_rated, held, sums.resilience.exponent, sums.rule, sums.prior)
    low, high = bounds(rated, coverage, sums.risk.exponent)
    weak, firm = bounds(strength_rated, held, sums.resilience.exponent)
    left = left_open(strength, sums.kappa)
    residual = meet(presence, left, sums)
    views = _Views(sums.views, sums.across, applies=~np.isnan(coverage), known=~np.isnan(presence))
    country = _Views(
        sums.strengths[None, :], sums.across, applies=~np.isnan(held), known=~np.isnan(strength)
    )
    risk_mean = views.mean(presence)
    residual_mean = _residual_means(views, residual, risk_mean, left, sums)
    resilience_mean = country.mean(strength)
    residual_low = views.mean_all(meet(low, left_open(firm, sums.kappa), sums))
    residual_high = views.mean_all(meet(high, left_open(weak, sums.kappa), sums))
    # fmin and fmax: sums in another order may differ in the last bit, and unknown is NaN
    return Sheet(
        rated=rated,
        coverage=coverage,
        strength_rated=strength_rated,
        strength_coverage=held,
        risk=risk_mean,
        risk_low=np.fmin(views.mean_all(low), risk_mean),
        risk_high=np.fmax(views.mean_all(high), risk_mean),
        residual=residual_mean,
        residual_low=np.fmin(residual_low, residual_mean),
        residual_high=np.fmax(residual_high, residual_mean),
        view_coverage=views.share(coverage),
        resilience=resilience_mean[0],
        resilience_low=np.fmin(country.mean_all(weak), resilience_mean)[0],
        resilience_high=np.fmax(country.mean_all(firm), resilience_mean)[0],
        resilience_coverage=country.share(held)[0],
    )


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
        x = _raise(ratings[columns], side.exponent, scratch[: len(weights)])
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
    with np.errstate(divide="ignore", invalid="ignore"):
        # the two sums may differ in the last bit although nothing is unknown
        coverage = np.minimum(rated / whole, 1.0)
        np.divide(power, rated, out=power)
    mean = _root(np.minimum(power, 1.0, out=power), side.exponent)
    if applies is not None:
        coverage[whole <= 0.0] = np.nan
    return mean, coverage


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
    power = coverage * _raise(rated, exponent) + (1.0 - coverage) * assumed
    return _root(np.minimum(power, 1.0), exponent)


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
    np.fmax(_raise(rated, exponent, low), 0.0, out=low)
    low *= coverage
    high = 1.0 - coverage
    high += low
    # where all is rated the last bit may differ: minimum, fmin and fmax set it right
    np.minimum(high, 1.0, out=high)
    for power in (low, high):
        _root(power, exponent, power)
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
    ``P / (1 + I)``; gate ``P (1 - I)`` while P is under the gate, P from there on. All grow with
    P, shrink with I and stay between 0 and P.

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
            return np.where(presence < sums.gate, presence * left, presence)


class _Views:
    """Power means of factors in each view, over those known or over all that apply."""

    def __init__(self, weights: Floats, exponent: float, *, applies: Bools, known: Bools) -> None:
        self.weights = weights
        self.exponent = exponent
        self.applies = applies
        self.known = known
        self.all_apply = bool(applies.all())
        self.weight = self._weight(applies)
        self.known_weight = self._weight(known)

    def _weight(self, there: Bools) -> Floats:
        if there.all():
            return np.add.reduce(self.weights, axis=1)[:, None]
        return self._sum(there.astype(np.float64))

    def _sum(self, values: Floats, rows: slice = slice(None)) -> Floats:
        # einsum, not BLAS: a row's last bit must not depend on where in the block it stands
        return np.einsum("vk,kn->vn", self.weights[rows], values)

    def _mean(self, total: Floats, weight: Floats) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            np.divide(total, weight, out=total)
        return _root(np.minimum(total, 1.0, out=total), self.exponent)

    def mean(self, values: Floats) -> Floats:
        """Average over the known factors."""
        values = _raise(np.fmax(values, 0.0), self.exponent)
        return self._mean(self._sum(values), self.known_weight)

    def mean_all(self, values: Floats, rows: slice = slice(None)) -> Floats:
        """Average over all factors that apply, in some of the views."""
        values = values if self.all_apply else np.where(self.applies, values, 0.0)
        weight = self.weight[rows]
        return self._mean(self._sum(_raise(values, self.exponent), rows), weight)

    def share(self, coverage: Floats) -> Floats:
        """Average coverage over all factors that apply: the share of the weight that was rated."""
        coverage = coverage if self.all_apply else np.where(self.applies, coverage, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            return self._sum(coverage) / self.weight


def _residual_means(
    views: _Views, residual: Floats, risk: Floats, left: Floats, sums: Sums
) -> Floats:
    """Average the residual in each view so that it keeps company with the risk beside it.

    The risk of a view leaves unknown factors out, which is to take them to be like the rest.
    The residual does the same: an unknown factor is taken to be as present as the view's risk
    and is met by the resilience that is linked to it. Leaving it out instead would give it the
    inhibition of the others, and the residual could fall outside its own bounds.
    """
    if (views.known | ~views.applies).all():
        return np.fmin(views.mean(residual), risk)
    means = np.empty_like(risk)
    for v in range(len(risk)):
        assumed = meet(np.broadcast_to(risk[v], left.shape), left, sums)
        filled = np.where(views.known, residual, assumed)
        means[v] = views.mean_all(filled, slice(v, v + 1))[0]
    return np.where(np.isnan(risk), np.nan, np.fmin(means, risk))


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


def _raise(values: Floats, exponent: float, out: Floats | None = None) -> Floats:
    if exponent == 1.0:
        return values
    return np.square(values, out=out) if exponent == 2.0 else np.power(values, exponent, out=out)


def _root(values: Floats, exponent: float, out: Floats | None = None) -> Floats:
    if exponent == 1.0:
        return values
    if exponent == 2.0:
        return np.sqrt(values, out=out)
    return np.power(values, 1.0 / exponent, out=out)
