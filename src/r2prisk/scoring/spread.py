"""What the variances of ratings make of the variance of a score."""

from __future__ import annotations

import dataclasses

import numpy as np

from r2prisk.scoring.kernel import Floats, Sheet, Side, Sums, view_means

NUDGE = 1e-6
"""By how much a factor is moved to see how a score follows."""


@dataclasses.dataclass(frozen=True)
class Deviations:
    """Standard deviations of the country's scores, each of shape (n,)."""

    risk: Floats
    residual_risk: Floats
    resilience: Floats


def deviations(ratings: Floats, variance: Floats, sums: Sums, sheet: Sheet) -> Deviations:
    """Carry the variances of ratings on to risk, residual risk and resilience, to first order.

    ``Var(score) = sum over factors of (d score / d mean)^2 Var(mean)`` with ``Var(mean) = sum (w/W
    (x/mean)^(p-1))^2 Var(x)``. A rating without a variance is taken as certain, and ratings as
    independent of one another.

    Parameters
    ----------
    ratings, variance : array of float, shape (n, i)
        NaN where unknown.
    sums : Sums
        Weights, exponents and inhibition.
    sheet : Sheet
        The scores.

    Returns
    -------
    Deviations
        Standard deviations; NaN where the score is unknown.

    Notes
    -----
    The delta method: Oehlert, G. W. (1992), doi:10.1080/00031305.1992.10475842.

    Examples
    --------
    >>> from r2prisk.scoring.kernel import score_arrays
    >>> one = Side((slice(0, 2),), (np.ones(2),), np.array([2.0]), 1.0)
    >>> none = Side((slice(0, 0),), (np.ones(0),), np.array([1.0]), 1.0)
    >>> sums = Sums(one, none, np.zeros((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> x, var = np.array([[0.2, 0.6]]), np.array([[0.04, 0.04]])
    >>> found = deviations(x, var, sums, score_arrays(x, x, sums))
    >>> round(float(found.risk[0]), 4)  # sqrt(0.04 / 2)
    0.1414
    """
    certain = np.nan_to_num(variance)
    sides = (
        (sheet.rated, _mean_variance(ratings, certain, sums.risk, sheet.rated)),
        (
            sheet.strength_rated,
            _mean_variance(ratings, certain, sums.resilience, sheet.strength_rated),
        ),
    )
    total = np.zeros((3, ratings.shape[0]))
    here = _scores(sheet)
    for side, (means, spread) in enumerate(sides):
        for k in np.flatnonzero((spread > 0).any(axis=1)):
            moved = means.copy()
            moved[k] += np.where(moved[k] > NUDGE, -NUDGE, NUDGE)
            rated, strength = (moved, sides[1][0]) if side == 0 else (sides[0][0], moved)
            sheet_moved = view_means(rated, sheet.coverage, strength, sheet.strength_coverage, sums)
            pull = (_scores(sheet_moved) - here) / NUDGE
            total += np.nan_to_num(pull) ** 2 * spread[k]
    return Deviations(
        *(
            np.where(np.isnan(score), np.nan, np.sqrt(var))
            for score, var in zip(here, total, strict=True)
        )
    )


def _scores(sheet: Sheet) -> Floats:
    return np.stack([sheet.risk[0], sheet.residual[0], sheet.resilience])


def _mean_variance(ratings: Floats, variance: Floats, side: Side, means: Floats) -> Floats:
    """Return the variance of each factor's mean over its rated indicators, shape (k, n)."""
    p = side.exponent
    found = np.zeros(means.shape)
    for k, (columns, weights) in enumerate(zip(side.columns, side.weights, strict=True)):
        x, mean = ratings[:, columns], means[k][:, None]
        known = ~np.isnan(x)
        weight = np.where(known, weights, 0.0)
        whole = weight.sum(axis=1, keepdims=True)
        share = np.divide(weight, whole, out=np.zeros(x.shape), where=whole > 0)
        # where all are absent the mean has a corner: it follows each rating by its own power mean
        pull = np.where(mean > 0, share * _ratio(x, mean) ** (p - 1), share ** (1 / p))
        found[k] = (np.where(known, pull, 0.0) ** 2 * variance[:, columns]).sum(axis=1)
    return found


def _ratio(x: Floats, mean: Floats) -> Floats:
    return np.divide(x, mean, out=np.zeros(x.shape), where=mean > 0)
