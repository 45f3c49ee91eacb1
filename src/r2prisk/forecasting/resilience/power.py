"""What effect would have been seen: buffers planted in outcomes drawn from risk alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import t as student

from r2prisk.forecasting.models.rows import level
from r2prisk.forecasting.resilience.fits import solve
from r2prisk.forecasting.resilience.forms import Scale
from r2prisk.forecasting.resilience.inside import Sample
from r2prisk.forecasting.resilience.seen import APART

Floats = NDArray[np.float64]

PLANTED = (0.0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Shares by which one deviation of resilience lowers the odds."""

WANTED = 0.8
LEVEL = 0.05
STEPS = 30
CELLS = 4_000_000
"""Outcomes that are drawn at once."""

TESTS = {
    "additive": ("risk", "resilience"),
    "interaction": ("risk", "resilience", "risk * resilience"),
    "interaction, risk curved": ("risk", "risk * risk", "resilience", "risk * resilience"),
    f"{APART}: additive": ("risk apart", "resilience"),
}
"""Terms of the forms whose power is measured: risk first; the last is planted and tested."""


def power_of(
    sample: Sample, *, tests: Sequence[str], forms: int, draws: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Return how often a planted buffer is found.

    Outcomes are drawn from ``logit p = a + b z + theta h``, with b as fitted to risk alone, z risk
    and r resilience in deviations, ``theta = log(1 - share)``. Planted as ``additive``: ``h = r``,
    the same everywhere. Planted as ``interaction``: ``h = z r``, so that at mean risk there is no
    buffer and at one deviation above it the whole of it. a keeps the expected number of onsets as
    it was (plus one half). Each draw is tested as the form of that name is (5 %, two-sided,
    countries drawn), alone and at ``5 % / forms``, the first step of Holm's; a draw whose fit does
    not settle is not seen. Rows are drawn as independent, so that real power is lower rather than
    higher.

    Parameters
    ----------
    sample : Sample
        Rows with known risk, resilience and outcome; the outcome serves a and b alone.
    tests : sequence of str
        Which of ``TESTS``.
    forms : int
        How many tests the table holds.
    draws : int
        Outcomes drawn for each share.
    rng : numpy.random.Generator
        Of the draws.

    Returns
    -------
    pandas.DataFrame
        ``planted`` (a form), ``lowers`` (share of the odds), ``seen`` (share of draws with p below
        0.05 and the protective sign), ``reverse`` (the same with the other sign), ``seen_holm``
        (as ``seen``, p below 0.05 / forms), ``draws`` that could be fitted.
    """
    ends = [1.0 - LEVEL / 2, 1.0 - LEVEL / 2 / forms]
    far, farther = (float(end) for end in student.ppf(ends, sample.countries - 1))
    rows: list[dict[str, object]] = []
    for planted in tests:
        names = TESTS[planted]
        own = sample.take(~np.isnan(sample.table[names[0]]))
        x = Scale.of(own.table, names, own.every).design(own.table, names, own.every)
        beta, _ = solve(x[:, :2], own.outcome, "logit", np.zeros(2))
        for share in PLANTED:
            theta = np.log1p(-share)
            m = x[:, :2] @ beta + theta * x[:, -1]
            shift = level(m, own.outcome)
            start = np.zeros(x.shape[1])
            start[[0, 1, -1]] = beta[0] + shift, beta[1], theta
            t = _drawn(x, expit(m + shift), own, start, draws, rng)
            told = {"planted": planted, "lowers": share, "seen": float((t < -far).mean())}
            told |= {"reverse": float((t > far).mean()), "seen_holm": float((t < -farther).mean())}
            rows.append({**told, "draws": int(np.isfinite(t).sum())})
    return pd.DataFrame(rows)


def _drawn(
    x: Floats, p: Floats, own: Sample, start: Floats, draws: int, rng: np.random.Generator
) -> Floats:
    """Return t-values of outcomes drawn with given chances, not too many at once."""
    most = max(CELLS // len(p), 1)
    parts = [min(most, draws - done) for done in range(0, draws, most)]
    each: list[Floats] = []
    for part in parts:
        y = (rng.random((len(p), part)) < p[:, np.newaxis]).astype(np.float64)
        each.append(t_values(x, y, own, start))
    return np.concatenate(each)


def t_values(x: Floats, y: Floats, sample: Sample, start: Floats) -> Floats:
    """Return the last coefficient over its deviation, countries drawn, for many outcomes at once.

    Parameters
    ----------
    x : array of float, shape (n, p)
        Columns, the first all ones.
    y : array of float, shape (n, d)
        0 or 1.
    sample : Sample
        Whose rows they are.
    start : array of float, shape (p,)
        Coefficients near which those wanted lie.

    Returns
    -------
    array of float, shape (d,)
        NaN where the fit did not settle.
    """
    n, k = x.shape
    d = y.shape[1]
    squares = (x[:, :, np.newaxis] * x[:, np.newaxis, :]).reshape(n, k * k)
    beta = np.repeat(start[:, np.newaxis], d, axis=1)
    step = np.full((k, d), np.inf)
    for _ in range(STEPS):
        p = expit(x @ beta)
        slope = x.T @ (y - p)
        information = (squares.T @ (p * (1.0 - p))).T.reshape(d, k, k)
        step = np.linalg.solve(information + 1e-9 * np.eye(k), slope.T[:, :, np.newaxis])[:, :, 0].T
        beta = beta + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-7:
            break
    p = expit(x @ beta)
    information = (squares.T @ (p * (1.0 - p))).T.reshape(d, k, k)
    last = np.linalg.inv(information + 1e-9 * np.eye(k))[:, -1, :].T
    pull = (y - p) * (x @ last)
    order = np.argsort(sample.group, kind="stable")
    starts = np.flatnonzero(np.diff(sample.group[order], prepend=-1))
    sums = np.add.reduceat(pull[order], starts, axis=0)
    there = len(starts)
    factor = there / (there - 1) * (n - 1) / (n - k)
    settled = (np.abs(step).max(axis=0) < 1e-6) & (y.sum(axis=0) > k)
    return np.where(settled, beta[-1] / np.sqrt((sums**2).sum(axis=0) * factor), np.nan)


def smallest(power: pd.DataFrame, planted: str) -> float:
    """Return the smallest share by which the odds must fall to be seen four times in five.

    Between the shares tried the power is taken as straight in ``log(1 - share)``.

    Parameters
    ----------
    power : pandas.DataFrame
        As :func:`power_of` returns it.
    planted : str
        A form of ``TESTS``.

    Returns
    -------
    float
        NaN where even the largest is seen less often.

    Examples
    --------
    >>> tried = {"planted": "additive", "lowers": [0.0, 0.5, 0.75], "seen": [0.02, 0.6, 1.0]}
    >>> round(smallest(pd.DataFrame(tried), "additive"), 3)
    0.646
    """
    part = power[power["planted"] == planted]
    seen = np.maximum.accumulate(part["seen"].to_numpy(dtype=np.float64))
    if not len(seen) or not seen[-1] >= WANTED:
        return np.nan
    top = int(np.argmax(seen >= WANTED))
    effect = np.log1p(-part["lowers"].to_numpy(dtype=np.float64))
    if top == 0:
        return float(part["lowers"].iloc[0])
    way = (WANTED - seen[top - 1]) / (seen[top] - seen[top - 1])
    return float(-np.expm1(effect[top - 1] + way * (effect[top] - effect[top - 1])))
