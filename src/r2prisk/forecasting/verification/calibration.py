"""Do the chances mean what they say? Proper scores, skill, calibration, reliability."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import binom

from r2prisk.forecasting.verification.discrimination import CELLS, Codes, Floats

EDGE = 1e-6
"""Chances nearer to 0 or 1 than one in a million count as that: else one miss is infinite."""

BINS = 10
STEPS = 30
"""Newton steps at most; where the two kinds of rows are told apart without error none is enough."""


def within(chance: Floats) -> Floats:
    """Return chances that keep one in a million from 0 and from 1.

    Examples
    --------
    >>> within(np.array([0.0, 0.2])).tolist()
    [1e-06, 0.2]
    """
    return np.clip(chance, EDGE, 1 - EDGE)


def brier(chance: Floats, outcome: Floats) -> Floats:
    """Return the Brier score of each row, ``(p - y)^2`` (Brier 1950).

    Examples
    --------
    >>> brier(np.array([0.2, 0.2]), np.array([0.0, 1.0])).round(2).tolist()
    [0.04, 0.64]
    """
    return (chance - outcome) ** 2


def log_score(chance: Floats, outcome: Floats) -> Floats:
    """Return the logarithmic score of each row, ``-ln`` of the chance given to what came.

    Lower is better (Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x).

    Examples
    --------
    >>> log_score(np.array([0.5, 0.1]), np.array([1.0, 0.0])).round(4).tolist()
    [0.6931, 0.1054]
    """
    p = within(chance)
    return -np.log(np.where(outcome == 1, p, 1 - p))


def by_unit(values: Floats, unit: Codes, weights: Floats) -> Floats:
    """Return the sum of values over the rows of each resample of units.

    Parameters
    ----------
    values : array of float, shape (n,)
        One for each row.
    unit : array of int, shape (n,)
        From 0.
    weights : array of float, shape (d, u)
        How often each unit stands in each resample.

    Returns
    -------
    array of float, shape (d,)

    Examples
    --------
    >>> by_unit(np.array([1.0, 2.0]), np.array([0, 1]), np.array([[1.0, 1.0], [0.0, 2.0]]))
    array([3., 4.])
    """
    return weights @ np.bincount(unit, weights=values, minlength=weights.shape[1])


def slopes(chance: Floats, outcome: Floats, unit: Codes, weights: Floats) -> Floats:
    """Return calibration intercept and slope for each resample of units.

    The fit of ``logit P(y = 1) = a + b logit(p)`` by greatest likelihood (Cox 1958,
    doi:10.1093/biomet/45.3-4.562). a = 0 and b = 1 where the chances are right; b above 1: too
    timid, below 1: too bold.

    Parameters
    ----------
    chance, outcome : array of float, shape (n,)
        Chances from 0 to 1; outcomes 0 or 1.
    unit : array of int, shape (n,)
        From 0.
    weights : array of float, shape (d, u)
        How often each unit stands in each resample.

    Returns
    -------
    array of float, shape (2, d)
        NaN where a resample cannot say: all chances equal, no onset, or no overlap.

    Examples
    --------
    >>> p = np.repeat([0.2, 0.6], 10)
    >>> y = np.r_[[1.0] * 2, [0.0] * 8, [1.0] * 6, [0.0] * 4]
    >>> np.abs(slopes(p, y, np.arange(20), np.ones((1, 20))).round(6)).tolist()
    [[0.0], [1.0]]
    """
    x = logit(within(chance))
    found = np.full((2, len(weights)), np.nan)
    start = _newton(x, outcome, np.ones((1, len(x))), (0.0, 1.0))[:, 0]
    begin_at = (start[0], start[1]) if np.isfinite(start).all() else (0.0, 1.0)
    step = max(1, CELLS // max(len(x), 1))
    for begin in range(0, len(weights), step):
        counts = weights[begin : begin + step][:, unit]
        found[:, begin : begin + step] = _newton(x, outcome, counts, begin_at)
    return found


def _newton(x: Floats, y: Floats, counts: Floats, start: tuple[float, float]) -> Floats:
    """Fit intercept and slope for each row of counts."""
    a, b = np.full(len(counts), start[0]), np.full(len(counts), start[1])
    open_ = np.arange(len(counts))
    found = np.full((2, len(counts)), np.nan)
    for _ in range(STEPS):
        w = counts[open_]
        p = expit(a[open_, np.newaxis] + b[open_, np.newaxis] * x)
        rest, bend = w * (y - p), w * p * (1 - p)
        g0, g1 = rest.sum(axis=1), rest @ x
        h00, h01, h11 = bend.sum(axis=1), bend @ x, bend @ (x * x)
        det = h00 * h11 - h01**2
        good = det > 1e-9 * np.maximum(h00 * h11, 1e-12)
        open_, g0, g1, h00, h01, h11, det = (
            part[good] for part in (open_, g0, g1, h00, h01, h11, det)
        )
        da, db = (h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det
        # a long step overshoots where chances are extreme; halve its length there
        short = np.minimum(1.0, 2.0 / np.maximum(np.maximum(np.abs(da), np.abs(db)), 1e-12))
        a[open_] += short * da
        b[open_] += short * db
        still = np.maximum(np.abs(da), np.abs(db)) < 1e-7  # the next step would be its square
        done = open_[still]
        found[:, done] = a[done], b[done]
        open_ = open_[~still]
        if not len(open_):
            break
    return found


def bins_of(chance: Floats) -> Codes:
    """Return the bin of each row: tenths of the rows by chance, equal chances kept together.

    Examples
    --------
    >>> bins_of(np.array([0.1, 0.2, 0.2, 0.9])).tolist()
    [0, 1, 1, 2]
    """
    edges = np.quantile(chance, np.arange(1, BINS) / BINS, method="lower")
    place = np.searchsorted(np.unique(edges), chance, side="left")
    return np.unique(place, return_inverse=True)[1]


def calibration_error(chance: Floats, outcome: Floats, unit: Codes, weights: Floats) -> Floats:
    """Return the expected calibration error for each resample of units.

    ``ECE = sum_b |sum of p in b - onsets in b| / n`` over the bins of :func:`bins_of`, which stay
    those of the sample (Naeini, Cooper & Hauskrecht 2015).

    Parameters
    ----------
    chance, outcome, unit, weights
        As in :func:`slopes`.

    Returns
    -------
    array of float, shape (d,)

    Examples
    --------
    >>> calibration_error(np.array([0.1, 0.5]), np.array([0.0, 1.0]), np.arange(2),
    ...                   np.ones((1, 2))).round(4)
    array([0.3])
    """
    place = bins_of(chance)
    gaps = np.zeros((weights.shape[1], place.max() + 1))
    np.add.at(gaps, (unit, place), chance - outcome)
    rows = by_unit(np.ones(len(chance)), unit, weights)
    return np.abs(weights @ gaps).sum(axis=1) / rows


def error_if_calibrated(chance: Floats, rng: np.random.Generator, draws: int) -> Floats:
    """Return the calibration error that chance alone gives a forecast that is right.

    Outcomes are drawn from the chances themselves: an error of that size means nothing.

    Parameters
    ----------
    chance : array of float, shape (n,)
        From 0 to 1.
    rng : numpy.random.Generator
        Of the draws.
    draws : int
        How many.

    Returns
    -------
    array of float, shape (draws,)

    Examples
    --------
    >>> error_if_calibrated(np.array([0.0, 1.0]), np.random.default_rng(0), 2).tolist()
    [0.0, 0.0]
    """
    place = bins_of(chance)
    order = np.argsort(place, kind="stable")
    starts = np.flatnonzero(np.diff(place[order], prepend=-1))
    p = chance[order]
    found = np.empty(draws)
    step = max(1, CELLS // len(p))
    for begin in range(0, draws, step):
        size = min(step, draws - begin)
        gaps = p - (rng.random((size, len(p))) < p)
        found[begin : begin + size] = np.abs(np.add.reduceat(gaps, starts, axis=1)).sum(axis=1)
    return found / len(p)


def reliability(chance: Floats, outcome: Floats) -> pd.DataFrame:
    """Return the reliability table: what was said and what came, by tenths of the rows.

    Parameters
    ----------
    chance : array of float, shape (n,)
        From 0 to 1.
    outcome : array of float, shape (n,)
        0 or 1.

    Returns
    -------
    pandas.DataFrame
        One row a bin: ``lowest`` and ``highest`` chance, ``rows``, ``said`` (mean chance),
        ``expected`` (their sum), ``onsets``, ``came`` (share), and ``low`` and ``high``: between
        these numbers of onsets lie 95 % of what a forecast that is right would see.

    Examples
    --------
    >>> table = reliability(np.array([0.1, 0.1, 0.5]), np.array([0.0, 0.0, 1.0]))
    >>> table[["rows", "onsets", "low", "high"]].to_numpy().tolist()
    [[2, 0, 0, 1], [1, 1, 0, 1]]
    """
    frame = pd.DataFrame({"bin": bins_of(chance), "p": chance, "y": outcome})
    groups = frame.groupby("bin")
    rows, said = groups.size(), groups["p"].mean()
    return pd.DataFrame(
        {
            "lowest": groups["p"].min(),
            "highest": groups["p"].max(),
            "rows": rows,
            "said": said,
            "expected": groups["p"].sum(),
            "onsets": groups["y"].sum().astype(int),
            "came": groups["y"].mean(),
            "low": _likely(0.025, rows, said),
            "high": _likely(0.975, rows, said),
        }
    ).reset_index(drop=True)


def luck_of(count: int, chance: Floats) -> tuple[float, float]:
    """Return how likely so few onsets are, and so many, if the chances are right.

    ``P(N <= count)`` and ``P(N >= count)``, where N is the number of onsets of independent rows
    with these chances.

    Parameters
    ----------
    count : int
        Onsets, from 0.
    chance : array of float, shape (n,)
        From 0 to 1.

    Returns
    -------
    tuple of float

    Examples
    --------
    >>> [round(p, 2) for p in luck_of(1, np.array([0.5, 0.2]))]
    [0.9, 0.6]
    """
    mass = np.zeros(count + 1)  # of 0 to count onsets among the rows so far
    mass[0] = 1.0
    for p in chance:
        mass[1:] = mass[1:] * (1 - p) + mass[:-1] * p
        mass[0] *= 1 - p
    return float(mass.sum()), float(1 - mass[:-1].sum())


def murphy(chance: Floats, outcome: Floats, theta: Floats) -> Floats:
    """Return the mean elementary score at each threshold (Ehm et al. 2016).

    ``mean of |y - theta| where min(p, y) <= theta < max(p, y)``: theta for each alarm (p above
    theta) without an onset, 1 - theta for each onset without one.

    Parameters
    ----------
    chance, outcome : array of float, shape (n,)
        Chances from 0 to 1; outcomes 0 or 1.
    theta : array of float, shape (t,)
        From 0 to 1.

    Returns
    -------
    array of float, shape (t,)

    Examples
    --------
    >>> murphy(np.array([0.2, 0.2]), np.array([0.0, 1.0]), np.array([0.1, 0.5])).tolist()
    [0.05, 0.25]
    """
    onsets, quiet = np.sort(chance[outcome == 1]), np.sort(chance[outcome == 0])
    missed = np.searchsorted(onsets, theta, side="right") * (1.0 - theta)
    false = (len(quiet) - np.searchsorted(quiet, theta, side="right")) * theta
    return (missed + false) / len(chance)


def _likely(share: float, rows: pd.Series[int], said: pd.Series[float]) -> NDArray[np.int64]:
    return np.asarray(binom.ppf(share, rows, said.clip(0, 1))).astype(np.int64)
