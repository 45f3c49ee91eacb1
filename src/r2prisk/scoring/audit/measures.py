"""Correlations, reliability and reversals, on plain arrays with gaps."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.scoring.kernel import Floats

FEWEST = 10
"""Rows below which a correlation is not given."""

BINS = 20
"""Parts into which a factor's presence is cut for its correlation ratio, at most."""

RESAMPLES = 1000
"""Bootstrap samples behind an interval."""

ENDS = (0.025, 0.975)
"""Quantiles at which an interval ends."""


def standings(values: Floats, periods: NDArray[np.intp]) -> Floats:
    """Return ranks within each period, scaled to lie evenly about 0.

    ``(rank - (u + 1) / 2) / u`` among the u rows of the period that are known; equals share the
    mean rank. With one period a correlation of these is Spearman's, or nearly, where some are
    unknown: ranks are among all that are known of a column, not of a pair of columns.

    Parameters
    ----------
    values : array of float, shape (n, q)
        NaN where unknown.
    periods : array of int, shape (n,)
        Number of each row's period.

    Returns
    -------
    array of float, shape (n, q)
        From -0.5 to 0.5, NaN where unknown.

    Examples
    --------
    >>> standings(np.array([[3.0], [1.0], [np.nan]]), np.zeros(3, dtype=int)).tolist()
    [[0.25], [-0.25], [nan]]
    """
    frame = pd.DataFrame(values)
    groups = frame.groupby(periods)
    sizes = groups.transform("count").to_numpy(dtype=np.float64)
    ranks = groups.rank().to_numpy(dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return (ranks - (sizes + 1.0) / 2.0) / sizes


def covariances(values: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the covariance of each pair of columns over the rows where both are known.

    Parameters
    ----------
    values : array of float, shape (n, q)
        NaN where unknown.

    Returns
    -------
    tuple of array, each of shape (q, q)
        Covariances, NaN where fewer than ``FEWEST`` rows are common; and the number of those rows.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 11)
    >>> found, rows = covariances(np.column_stack([x, 2 * x]))
    >>> found.round(2).tolist(), int(rows[0, 1])
    ([[0.1, 0.2], [0.2, 0.4]], 11)
    """
    known = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)
    count = known.T @ known
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (filled.T @ known) / count
        found = (filled.T @ filled) / count - mean * mean.T
    return np.where(count >= FEWEST, found, np.nan), count.astype(np.intp)


def correlations(values: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Return the correlation of each pair of columns over the rows where both are known.

    Each pair takes its deviations from those rows alone.

    Parameters
    ----------
    values : array of float, shape (n, q)
        NaN where unknown.

    Returns
    -------
    tuple of array, each of shape (q, q)
        From -1 to 1, NaN where fewer than ``FEWEST`` rows are common or a column does not vary in
        them; and the number of those rows.

    Examples
    --------
    >>> x = np.linspace(0.0, 1.0, 11)
    >>> found, rows = correlations(np.column_stack([x, -x]))
    >>> round(float(found[0, 1]), 6), int(rows[0, 1])
    (-1.0, 11)
    """
    shared, count = covariances(values)
    known = (~np.isnan(values)).astype(np.float64)
    filled = np.nan_to_num(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        own = (filled**2).T @ known / count - (filled.T @ known / count) ** 2
        own = np.where(own > 1e-12, own, np.nan)
        return np.clip(shared / np.sqrt(own * own.T), -1.0, 1.0), count


def alpha(values: Floats) -> float:
    """Return Cronbach's alpha of some columns.

    ``k c / (v + (k - 1) c)``, with the mean variance v and the mean covariance c of k columns, each
    over the rows that are known.

    Parameters
    ----------
    values : array of float, shape (n, k)
        NaN where unknown; columns with fewer than ``FEWEST`` rows are left out.

    Returns
    -------
    float
        1 where all columns are one, about 0 where they have nothing in common, below 0 where they
        go against each other; NaN with fewer than two columns.

    Notes
    -----
    Cronbach 1951, doi:10.1007/BF02310555.

    Examples
    --------
    Variances 1/6 and 1/6, covariance 1/12: 2 x 1/12 over (1/6 + 1/12).

    >>> x, y = np.tile([0.0, 0.5, 1.0], 4), np.tile([0.5, 0.0, 1.0], 4)
    >>> round(alpha(np.column_stack([x, y])), 6)
    0.666667
    """
    found, _ = covariances(values)
    some = ~np.isnan(np.diag(found))
    found = found[np.ix_(some, some)]
    k = int(some.sum())
    apart = found[~np.eye(k, dtype=bool)]
    apart = apart[~np.isnan(apart)]
    if k < 2 or not len(apart):
        return float("nan")
    between, own = float(apart.mean()), float(np.diag(found).mean())
    whole = own + (k - 1) * between
    return k * between / whole if abs(whole) > 1e-12 else float("nan")


def correlation_ratio(x: Floats, y: Floats) -> float:
    """Return the share of the variance of y that x explains, however curved the relation is.

    ``Var(E[y | x]) / Var(y)``, from means of y in parts of equal size along x, less what chance
    makes of so many parts.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        NaN where unknown.

    Returns
    -------
    float
        From 0 to 1; NaN with fewer than ``FEWEST`` rows or where y does not vary.

    Notes
    -----
    As a measure of effective weight: Paruolo, Saisana & Saltelli 2013,
    doi:10.1111/j.1467-985X.2012.01059.x.

    Examples
    --------
    >>> x = np.linspace(-1.0, 1.0, 400)
    >>> bool(correlation_ratio(x, x**2) > 0.98)
    True
    """
    one = np.zeros(len(x), dtype=np.intp)
    return float(correlation_ratios(x, y, one, np.ones((1, 1)))[0])


def correlation_ratios(
    x: Floats, y: Floats, units: NDArray[np.intp], weights: Floats
) -> NDArray[np.float64]:
    """Return ``correlation_ratio`` under each of several weightings of the units.

    Parts along x are those of the unweighted rows. What chance makes of so many parts is taken off
    for as many rows as the weighted ones are worth, ``(sum w)^2 / sum w^2`` (Kish 1965, Survey
    Sampling).

    Parameters
    ----------
    x, y : array of float, shape (n,)
        NaN where unknown.
    units : array of int, shape (n,)
        Number of each row's unit, from 0 to u - 1.
    weights : array of float, shape (u, b)
        How often each unit counts.

    Returns
    -------
    array of float, shape (b,)
        From 0 to 1, NaN where ``correlation_ratio`` has it.

    Examples
    --------
    >>> x = np.linspace(-1.0, 1.0, 400)
    >>> twice = np.full((400, 1), 2.0)
    >>> bool(correlation_ratios(x, x**2, np.arange(400), twice)[0] > 0.98)
    True
    """
    known = ~np.isnan(x) & ~np.isnan(y)
    x, y, units = x[known], y[known], units[known]
    if len(x) < FEWEST or np.ptp(y) == 0:
        return np.full(weights.shape[1], np.nan)
    part = _parts(x)
    count, cells = int(part.max()) + 1, (len(weights), int(part.max()) + 1)
    cell = units * count + part
    y = y - y.mean()
    rows, sums = (
        np.bincount(cell, each, len(weights) * count).reshape(cells).T @ weights
        for each in (np.ones_like(y), y)
    )
    squares = np.bincount(units, y * y, len(weights)) @ weights
    n, filled = rows.sum(axis=0), (rows > 0).sum(axis=0)
    worth = n**2 / np.maximum(np.bincount(units, minlength=len(weights)) @ weights**2, 1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        within = squares - np.where(rows > 0, sums**2 / rows, 0.0).sum(axis=0)
        whole = squares - sums.sum(axis=0) ** 2 / n
        left = within / np.where(whole > 1e-12, whole, np.nan)
    return np.clip(1.0 - left * (worth - 1) / np.maximum(worth - filled, 1), 0.0, 1.0)


def _parts(x: Floats) -> NDArray[np.intp]:
    """Cut rows into parts of about equal size along x, with equals in one part."""
    n = len(x)
    parts = max(2, min(BINS, n // 5))
    values, place, size = np.unique(x, return_inverse=True, return_counts=True)
    # a part is where the middle of the ranks of equals falls
    middle = np.cumsum(size) - size / 2
    return np.floor(middle / n * parts).astype(np.intp)[place] if len(values) > 1 else place


def resampled(count: int, rng: np.random.Generator) -> Floats:
    """Return how often each of some units is drawn in each resample, shape (count, b)."""
    # many times as fast as drawing from a multinomial distribution, and the same
    drawn = rng.integers(0, count, (RESAMPLES, count)) + count * np.arange(RESAMPLES)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=RESAMPLES * count)
    return counts.reshape(RESAMPLES, count).T.astype(np.float64)


def clustered(
    x: Floats, y: Floats, units: NDArray[np.intp], rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return the correlation of two columns with its interval over units.

    All rows of a unit are drawn together: years of one country are not new evidence.

    Parameters
    ----------
    x, y : array of float, shape (n,)
        Standings, none unknown.
    units : array of int, shape (n,)
        Number of each row's unit.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    tuple of float
        Correlation and the ends of its interval (95 per cent); NaN with fewer than ``FEWEST`` units
        or where a column does not vary.

    Examples
    --------
    >>> x = np.linspace(-0.5, 0.5, 20)
    >>> found = clustered(x, x, np.arange(20), np.random.default_rng(0))
    >>> [round(value, 6) for value in found]
    [1.0, 1.0, 1.0]
    """
    _, place = np.unique(units, return_inverse=True)
    count = int(place.max()) + 1 if len(place) else 0
    if count < FEWEST:
        return float("nan"), float("nan"), float("nan")
    parts = (np.ones_like(x), x, y, x * x, y * y, x * y)
    sums: Floats = np.stack([np.bincount(place, part, count) for part in parts]).astype(np.float64)
    own = _from_sums(sums.sum(axis=1, keepdims=True))[0]
    again = _from_sums(sums @ resampled(count, rng))
    again = again[~np.isnan(again)]
    if np.isnan(own) or not len(again):
        return float("nan"), float("nan"), float("nan")
    low, high = np.quantile(again, ENDS)
    return float(own), float(low), float(high)


def _from_sums(sums: Floats) -> Floats:
    """Return correlations from sums of 1, x, y, xx, yy and xy, shape (6, b)."""
    n, x, y, xx, yy, xy = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        own = (xx / n - (x / n) ** 2) * (yy / n - (y / n) ** 2)
        own = np.where(own > 1e-12, own, np.nan)
        return np.clip((xy / n - x * y / n**2) / np.sqrt(own), -1.0, 1.0)


def reversed_pairs(
    before: Floats, after: Floats, periods: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Count pairs of units of one period whose order turns round.

    Parameters
    ----------
    before : array of float, shape (n,)
        Scores, NaN where unknown.
    after : array of float, shape (n, q)
        The same after each of q changes.
    periods : array of int, shape (n,)
        Number of each row's period.

    Returns
    -------
    tuple of array, each of shape (q,)
        Pairs that turn round, and pairs that can be compared before and after. Pairs that are
        equal before or after, within rounding, do not turn.

    Examples
    --------
    >>> before, after = np.array([0.1, 0.2, 0.3]), np.array([[0.2], [0.1], [0.3]])
    >>> [int(count[0]) for count in reversed_pairs(before, after, np.zeros(3, dtype=int))]
    [1, 3]
    """
    turned = np.zeros(after.shape[1], dtype=np.intp)
    pairs = np.zeros_like(turned)
    for period in np.unique(periods):
        rows = np.flatnonzero((periods == period) & ~np.isnan(before))
        one, two = np.triu_indices(len(rows), 1)
        gap = before[rows[one]] - before[rows[two]]
        for q in range(after.shape[1]):
            moved = after[rows[one], q] - after[rows[two], q]
            pairs[q] += int((~np.isnan(moved)).sum())
            turned[q] += int(((gap * moved < 0) & (np.minimum(abs(gap), abs(moved)) > 1e-9)).sum())
    return turned, pairs
