"""Factors gathered into views: the country, the crimes, and the profile's own."""

from __future__ import annotations

import dataclasses

import numpy as np

from r2prisk.scoring.kernel.means import bounds, left_open, meet, raised, rooted, settle
from r2prisk.scoring.kernel.shapes import Bools, Floats, Sheet, Sums


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

    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((), (), np.ones(2), 1.0)
    >>> one = Side((), (), np.ones(1), 1.0)
    >>> sums = Sums(side, one, np.array([[0.2], [0.0]]), np.ones((1, 2)), np.ones(1))
    >>> full = np.ones((2, 1))
    >>> sheet = view_means(np.array([[0.8], [0.4]]), full, np.array([[0.5]]), full[:1], sums)
    >>> round(float(sheet.risk[0, 0]), 12), round(float(sheet.residual[0, 0]), 12)
    (0.6, 0.56)
    """
    if rated.shape[1] == 1:
        # as for a block of one row: its last bit must not depend on standing alone
        pair, cover, strong, kept = (
            np.repeat(array, 2, axis=1) for array in (rated, coverage, strength_rated, held)
        )
        sheet = view_means(pair, cover, strong, kept, sums)
        fields = {f.name: getattr(sheet, f.name)[..., :1] for f in dataclasses.fields(Sheet)}
        return Sheet(**fields)
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


class _Views:
    """Power means of factors in each view, over those known or over all that apply."""

    def __init__(self, weights: Floats, exponent: float, *, applies: Bools, known: Bools) -> None:
        self.weights = weights
        self.exponent = exponent
        self.applies = applies
        self.known = known
        self.all_known = bool(known.all())
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
        return rooted(np.minimum(total, 1.0, out=total), self.exponent)

    def mean(self, values: Floats) -> Floats:
        """Average over the known factors."""
        values = values if self.all_known else np.fmax(values, 0.0)
        return self._mean(self._sum(raised(values, self.exponent)), self.known_weight)

    def mean_all(self, values: Floats, rows: slice = slice(None)) -> Floats:
        """Average over all factors that apply, in some of the views."""
        values = values if self.all_apply else np.where(self.applies, values, 0.0)
        weight = self.weight[rows]
        return self._mean(self._sum(raised(values, self.exponent), rows), weight)

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
