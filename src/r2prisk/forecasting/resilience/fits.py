"""Regressions of onset on a few columns, and how sure they are if countries are drawn."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import f as fisher
from scipy.stats import t as student

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Link = Literal["logit", "cloglog"]

FAR = 8.0
"""A slope of more than this for one deviation is no finding: the data separate."""

STEPS, HALVES = 50, 20
LIMIT = 30.0
"""Log-odds beyond this are as good as never or always."""


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """A fitted regression; made by ``regress``.

    Parameters
    ----------
    beta : array of float, shape (p,)
        Coefficients, the intercept first.
    influence : array of float, shape (g, p)
        What each country moves each coefficient: ``A^-1`` times its sum of scores.
    likelihood : float
        Log-likelihood, without any penalty.
    ridge : bool
        Whether it was shrunk because the data separate.
    """

    beta: Floats
    influence: Floats
    likelihood: float
    ridge: bool

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients if countries are drawn, shape (p, p)."""
        return self.influence.T @ self.influence


def pieces(eta: Floats, y: Floats, link: Link) -> tuple[Floats, Floats, Floats, Floats]:
    """Return log-likelihood, score, expected and observed information of each row.

    Derivatives are by the linear predictor.

    Parameters
    ----------
    eta, y : array of float, any shape
        Linear predictor; outcome, 0 or 1.
    link : {"logit", "cloglog"}
        ``p = 1 / (1 + exp(-eta))`` or ``p = 1 - exp(-exp(eta))``.

    Examples
    --------
    >>> [float(part) for part in pieces(np.array(0.0), np.array(1.0), "logit")[1:]]
    [0.5, 0.25, 0.25]
    """
    eta = np.clip(eta, -LIMIT, LIMIT if link == "logit" else 3.0)
    if link == "logit":
        p = expit(eta)
        weight = p * (1.0 - p)
        return y * eta - np.logaddexp(0.0, eta), y - p, weight, weight
    rate = np.exp(eta)
    p = -np.expm1(-rate)
    odds = rate * np.exp(-rate) / p
    score = y * odds - (1.0 - y) * rate
    observed = (1.0 - y) * rate - y * odds * (1.0 - rate - odds)
    return y * np.log(p) - (1.0 - y) * rate, score, rate * odds, observed


def chance(eta: Floats, link: Link) -> Floats:
    """Return probabilities of linear predictors.

    Examples
    --------
    >>> chance(np.array([0.0]), "logit").tolist()
    [0.5]
    """
    eta = np.clip(eta, -LIMIT, LIMIT)
    return expit(eta) if link == "logit" else -np.expm1(-np.exp(eta))


def solve(x: Floats, y: Floats, link: Link, penalty: Floats) -> tuple[Floats, bool]:
    """Return coefficients by Fisher scoring, and whether they settled.

    Maximises ``sum l_i(b) - 1/2 sum penalty b^2``; steps that lower it are halved.

    Parameters
    ----------
    x : array of float, shape (n, p)
        Columns, the first all ones.
    y : array of float, shape (n,)
        0 or 1.
    link : {"logit", "cloglog"}
        See :func:`pieces`.
    penalty : array of float, shape (p,)
        0: maximum likelihood.

    Examples
    --------
    >>> beta, settled = solve(np.ones((4, 1)), np.array([0, 0, 0, 1.0]), "logit", np.zeros(1))
    >>> beta.round(4).tolist(), settled
    ([-1.0986], True)
    """
    share = (y.sum() + 0.5) / (len(y) + 1.0)
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(share / (1.0 - share)) if link == "logit" else np.log(-np.log1p(-share))
    value, score, weight, _ = pieces(x @ beta, y, link)
    goal = value.sum() - 0.5 * penalty @ beta**2
    for _ in range(STEPS):
        slope = x.T @ score - penalty * beta
        step = np.linalg.lstsq((x.T * weight) @ x + np.diag(penalty), slope, rcond=None)[0]
        tried, now = beta, -np.inf
        for half in range(HALVES):
            tried = beta + step * 0.5**half
            value, score, weight, _ = pieces(x @ tried, y, link)
            now = value.sum() - 0.5 * penalty @ tried**2
            if now >= goal - 1e-12:
                break
        beta, goal = tried, now
        if np.abs(step).max() < 1e-9:
            return beta, True
    return beta, False


def regress(x: Floats, y: Floats, group: Codes, groups: int, *, link: Link = "logit") -> Fit:
    """Fit a regression by maximum likelihood; where the data separate, with a small ridge.

    The ridge takes 1/2 from the log-likelihood for a slope of one, as a standard normal prior of
    each slope does. Covariance: sandwich of scores summed over countries, times
    ``g / (g - 1) (n - 1) / (n - p)``.

    Parameters
    ----------
    x : array of float, shape (n, p)
        Columns in deviations, the first all ones.
    y : array of float, shape (n,)
        0 or 1.
    group : array of int, shape (n,)
        Country of each row, from 0.
    groups : int
        How many countries there are, also those without a row here.
    link : {"logit", "cloglog"}
        See :func:`pieces`.

    Notes
    -----
    Source: Liang & Zeger (1986), doi:10.1093/biomet/73.1.13; the correction is the usual one.

    Examples
    --------
    >>> x = np.column_stack([np.ones(4), [-1.0, -1.0, 1.0, 1.0]])
    >>> found = regress(x, np.array([0.0, 0.0, 1.0, 1.0]), np.arange(4), 4)
    >>> found.ridge, bool(0.5 < found.beta[1] < 2.0)
    (True, True)
    """
    n, p = x.shape
    penalty = np.zeros(p)
    beta, settled = solve(x, y, link, penalty)
    ridge = not settled or bool(np.abs(beta[1:]).max(initial=0.0) > FAR)
    if ridge:
        penalty = np.append(0.0, np.ones(p - 1))
        beta, _ = solve(x, y, link, penalty)
    value, score, _, observed = pieces(x @ beta, y, link)
    bread = np.linalg.pinv((x.T * observed) @ x + np.diag(penalty))
    sums = np.zeros((groups, p))
    np.add.at(sums, group, x * score[:, np.newaxis])
    there = len(np.unique(group))
    factor = there / (there - 1) * (n - 1) / (n - p)
    influence = sums @ bread * np.sqrt(factor)
    return Fit(beta, influence, float(value.sum()), ridge)


def wald(value: float, deviation: float, groups: int) -> tuple[float, float, float]:
    """Return the 95 % interval and the two-sided p-value, from a t with ``groups - 1``.

    Examples
    --------
    >>> [round(part, 3) for part in wald(1.0, 0.5, 10)]
    [-0.131, 2.131, 0.077]
    """
    if not deviation > 0:
        return np.nan, np.nan, np.nan
    half = float(student.ppf(0.975, groups - 1)) * deviation
    return value - half, value + half, float(2 * student.sf(abs(value) / deviation, groups - 1))


def joint_wald(value: Floats, covariance: Floats, groups: int) -> float:
    """Return the p-value of several coefficients at once: F with k and ``groups - 1``.

    Examples
    --------
    >>> round(joint_wald(np.array([1.0]), np.array([[0.25]]), 10), 3)
    0.077
    """
    k = len(value)
    statistic = float(value @ np.linalg.pinv(covariance) @ value) / k
    return float(fisher.sf(statistic, k, groups - 1))


def holm(p: Floats) -> Floats:
    """Return p-values that allow for how many there are, by Holm's steps; NaN counts for nothing.

    Notes
    -----
    Source: Holm (1979), *Scandinavian Journal of Statistics* 6, 65-70.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, np.nan, 0.03])).round(3).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    found = np.full(len(p), np.nan)
    order = np.argsort(p)[: int(np.isfinite(p).sum())]
    steps = p[order] * np.arange(len(order), 0, -1)
    found[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return found


def max_t(influence: Floats, t: Floats, signs: Floats) -> Floats:
    """Return two-sided p-values that allow for how many there are and how they go together.

    ``p_k = P(max_j |t*_j| >= |t_k|)`` where ``t*_j = sum_g s_g u_gj / sqrt(sum_g u_gj^2)``: each
    country's influence keeps its size and takes a random sign, the same for all coefficients.

    Parameters
    ----------
    influence : array of float, shape (g, k)
        Of each country on each coefficient.
    t : array of float, shape (k,)
        Coefficients over their deviations.
    signs : array of float, shape (d, g)
        -1 or 1.

    Notes
    -----
    Source: Romano & Wolf (2005), doi:10.1111/j.1468-0262.2005.00615.x, by the score bootstrap of
    Kline & Santos (2012), doi:10.1515/2156-6674.1006.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> u, signs = rng.normal(size=(40, 5)), rng.choice([-1.0, 1.0], size=(2000, 40))
    >>> alone, among = max_t(u[:, :1], np.array([2.0]), signs), max_t(u, np.full(5, 2.0), signs)
    >>> bool(alone[0] < among[0])
    True
    """
    best = np.abs(drawn_t(influence, signs)).max(axis=1)
    return (1 + (best[:, np.newaxis] >= np.abs(t) - 1e-12).sum(axis=0)) / (1 + len(best))


def t_of(value: Floats, influence: Floats) -> Floats:
    """Return coefficients over their deviations if countries are drawn; 0 where nothing moves.

    Examples
    --------
    >>> t_of(np.array([1.0]), np.array([[0.3], [0.4]])).tolist()
    [2.0]
    """
    deviation = np.sqrt((influence**2).sum(axis=0))
    return np.divide(value, deviation, out=np.zeros_like(value), where=deviation > 0)


def drawn_t(influence: Floats, signs: Floats) -> Floats:
    """Return t-values that random signs of the countries make, shape (d, k).

    Examples
    --------
    >>> drawn_t(np.array([[3.0], [4.0]]), np.array([[1.0, -1.0]])).tolist()
    [[-0.2]]
    """
    size = np.sqrt((influence**2).sum(axis=0))
    return signs @ influence / np.where(size > 0, size, 1.0)
