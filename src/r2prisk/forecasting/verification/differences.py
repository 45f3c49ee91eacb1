"""Is one forecast better than another? DeLong, the bootstrap of countries, a reality check."""

from __future__ import annotations

import numpy as np
from scipy.stats import norm, rankdata

from r2prisk.forecasting.verification.discrimination import Floats

STILL = 1e-12
"""Differences and spreads below this are rounding."""


def delong(chances: Floats, outcome: Floats) -> tuple[Floats, Floats]:
    """Return the areas under the ROC curves of forecasts of the same rows, and their covariance.

    With ``V10_i`` the share of quiet rows that onset i outranks and ``V01_j`` the share of onsets
    that outrank quiet row j (a tie is half), the covariance is ``S10 / m + S01 / n``, the sample
    covariances of V over the m onsets and the n quiet rows. Rows count as independent, which
    years of one country are not: read it beside the bootstrap of countries.

    Parameters
    ----------
    chances : array of float, shape (k, n)
        Of k forecasts; any numbers of which higher means likelier.
    outcome : array of float, shape (n,)
        0 or 1; at least one of either.

    Returns
    -------
    areas : array of float, shape (k,)
    covariance : array of float, shape (k, k)
        NaN where there is only one onset, or one quiet row.

    Notes
    -----
    Source: DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595; by midranks as in
    Sun & Xu (2014), doi:10.1109/LSP.2014.2337313.

    Examples
    --------
    >>> areas, covariance = delong(
    ...     np.array([[0.9, 0.4, 0.5, 0.1]]), np.array([1.0, 1.0, 0.0, 0.0]))
    >>> areas.tolist(), covariance.tolist()
    ([0.75], [[0.125]])
    """
    chances = np.atleast_2d(chances)
    onset = outcome == 1
    m, n = int(onset.sum()), int((~onset).sum())
    together = rankdata(chances, axis=1)
    among_onsets = rankdata(chances[:, onset], axis=1)
    among_quiet = rankdata(chances[:, ~onset], axis=1)
    v10 = (together[:, onset] - among_onsets) / n
    v01 = 1.0 - (together[:, ~onset] - among_quiet) / m
    return v10.mean(axis=1), _covariance(v10) / m + _covariance(v01) / n


def _covariance(shares: Floats) -> Floats:
    """Return the sample covariance of the rows; of one column nothing is known."""
    if shares.shape[1] < 2:
        return np.full((len(shares), len(shares)), np.nan)
    return np.atleast_2d(np.cov(shares))


def delong_difference(chances: Floats, outcome: Floats) -> tuple[float, float, float]:
    """Return the difference of two areas, its standard error and its two-sided p-value.

    Parameters
    ----------
    chances : array of float, shape (2, n)
        The second is taken from the first.
    outcome : array of float, shape (n,)
        0 or 1.

    Returns
    -------
    tuple of float
        The p-value is 1 where the forecasts rank all rows alike, and NaN where there is a
        difference but nothing that its spread could be read from.

    Examples
    --------
    >>> chances = np.array([[0.9, 0.4, 0.5, 0.1], [0.9, 0.4, 0.5, 0.1]])
    >>> delong_difference(chances, np.array([1.0, 1.0, 0.0, 0.0]))
    (0.0, 0.0, 1.0)
    """
    areas, spread = delong(chances, outcome)
    gap = float(areas[0] - areas[1])
    variance = float(spread[0, 0] + spread[1, 1] - 2 * spread[0, 1])
    if np.isnan(variance):
        return gap, np.nan, np.nan
    deviation = float(np.sqrt(max(variance, 0.0)))
    if deviation < STILL:
        return gap, 0.0, 1.0 if abs(gap) < STILL else np.nan
    return gap, deviation, float(2 * norm.sf(abs(gap) / deviation))


def two_sided(gap: float, draws: Floats) -> float:
    """Return the p-value of a difference from its bootstrap, moved to have mean 0.

    ``(1 + how often |draw - mean| >= |gap|) / (1 + draws)``: with 1,000 draws never below 0.001.
    NaN where no draw is known, or all are alike and not 0: then they say nothing of spread.

    Examples
    --------
    >>> two_sided(3.0, np.array([2.0, 3.0, 4.0]))
    0.25
    """
    known = draws[np.isfinite(draws)]
    if not len(known) or (known.std() <= STILL < abs(gap)):
        return np.nan
    away = np.abs(known - known.mean()) >= abs(gap) - STILL
    return float((1 + away.sum()) / (1 + len(known)))


def interval_about(gap: float, draws: Floats) -> tuple[float, float]:
    """Return the 95 % interval of a difference that :func:`two_sided` is the p-value of.

    ``gap - q`` to ``gap + q``, with q the 50th greatest (of 1,000) of ``|draw - mean|``: the
    differences that would have a p-value above 0.05 had they been found. It leaves out 0 exactly
    where p is 0.05 or less. Quantiles of the draws would not: where a difference rests on two or
    three countries the draws are lumps, and none of them may lie beyond 0.

    Parameters
    ----------
    gap : float
        The difference found.
    draws : array of float, shape (d,)
        The same in each resample; NaN: unknown.

    Returns
    -------
    tuple of float
        Lower and upper end; NaN where p is, or where fewer than 19 draws are known.

    Examples
    --------
    >>> low, high = interval_about(3.0, np.arange(99.0))
    >>> round(low), round(high)
    (-44, 50)
    """
    known = draws[np.isfinite(draws)]
    if len(known) < 19 or np.isnan(two_sided(gap, known)):
        return np.nan, np.nan
    away = np.sort(np.abs(known - known.mean()))
    # p is at most 1 / 20 where at most one in twenty, the sample itself counted in, is as far off
    reach = float(away[-((1 + len(away)) // 20)])
    return gap - reach - STILL, gap + reach + STILL


def reality_check(gaps: Floats, draws: Floats) -> Floats:
    """Return p-values of differences from one reference that allow for how many were tried.

    ``p_k = P(max_j (d*_j - mean d*_j) / s_j >= d_k / s_k)`` over the bootstrap: how often the best
    of that many forecasts without any advantage would look as good as k does.

    Parameters
    ----------
    gaps : array of float, shape (k,)
        How much better each variant is than the reference; higher is better.
    draws : array of float, shape (d, k)
        The same in each resample, all variants on the same one.

    Returns
    -------
    array of float, shape (k,)
        One-sided; 1 where a variant never differs from the reference, NaN where it differs by
        the same in every resample, or no resample is known.

    Notes
    -----
    Source: White (2000), doi:10.1111/1468-0262.00152, with differences over their standard errors
    as in Hansen (2005), doi:10.1198/073500105000000063, and by each variant as in Romano & Wolf
    (2005), doi:10.1111/j.1468-0262.2005.00615.x.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> alone = reality_check(np.array([2.0]), rng.normal(size=(4000, 1)))
    >>> among = reality_check(np.array([2.0, 0.0, 0.0]), rng.normal(size=(4000, 3)))
    >>> bool(alone[0] < among[0] < among[1])
    True
    """
    known = draws[np.isfinite(draws).all(axis=1)]
    if not len(known):
        return np.full(len(gaps), np.nan)
    spread = known.std(axis=0)
    moves = spread > STILL
    found = np.where(np.abs(gaps) > STILL, np.nan, 1.0)
    if not moves.any():
        return found
    away = (known[:, moves] - known[:, moves].mean(axis=0)) / spread[moves]
    best = away.max(axis=1)
    reached = gaps[moves] / spread[moves]
    found[moves] = (1 + (best[:, np.newaxis] >= reached).sum(axis=0)) / (1 + len(best))
    return found
