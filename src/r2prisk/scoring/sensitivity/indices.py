"""Sobol' indices of groups of assumptions, on plain arrays.

Besides the letters of the kernel, ``g`` is the number of groups, ``d`` that of draws, ``m`` that of
outcomes and ``b`` that of resamples.
"""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Self

import numpy as np

from r2prisk.scoring.kernel import Floats

RESAMPLES = 400
"""Bootstrap samples behind an interval."""

INTERVAL = (0.025, 0.975)
"""The quantiles of the bootstrap that bound an interval."""

NOTHING = 1e-12
"""A variance below this is rounding: nothing moves."""


@dataclasses.dataclass(frozen=True)
class Terms:
    """What each draw adds to the sums behind the indices.

    Terms of several outcomes add up to those of all of them together.

    Parameters
    ----------
    first, total : array of float, shape (m, g, d)
        Numerators of the first-order and the total index.
    variance : array of float, shape (m, d)
        Their denominator.
    """

    first: Floats
    total: Floats
    variance: Floats

    def together(self) -> Self:
        """Return the terms of all outcomes as one, m = 1."""
        fields = dataclasses.astuple(self)
        return type(self)(*(part.sum(axis=0, keepdims=True) for part in fields))

    def until(self, draws: int) -> Self:
        """Return the terms of the first draws."""
        return type(self)(*(part[..., :draws] for part in dataclasses.astuple(self)))


@dataclasses.dataclass(frozen=True)
class Indices:
    """Indices with their intervals; NaN where nothing moves.

    Parameters
    ----------
    first, total : array of float, shape (m, g)
        Share of the variance that a group makes alone, and in which it takes part.
    first_low, first_high, total_low, total_high : array of float, shape (m, g)
        Ends of the bootstrap intervals (95 per cent).
    variance : array of float, shape (m,)
        Of the outcome.
    """

    first: Floats
    total: Floats
    first_low: Floats
    first_high: Floats
    total_low: Floats
    total_high: Floats
    variance: Floats

    @classmethod
    def stack(cls, parts: list[Indices]) -> Self:
        """Return the indices of several sets of outcomes, one after the other."""
        fields = [dataclasses.astuple(part) for part in parts]
        return cls(*(np.concatenate(field) for field in zip(*fields, strict=True)))


def terms(a: Floats, b: Floats, ab: Floats) -> Terms:
    """Return what each draw adds to the indices of each outcome and group.

    With the outcomes centred on their mean: ``first = b (ab_g - a)``, ``total = (a - ab_g)^2 / 2``,
    ``variance = (a^2 + b^2) / 2``. The first of the estimators is that of Saltelli et al., the
    second that of Jansen.

    Parameters
    ----------
    a, b : array of float, shape (m, d)
        Outcomes under two independent samples of all groups.
    ab : array of float, shape (g, m, d)
        Outcomes with group g from the second sample and all others from the first.

    Returns
    -------
    Terms
        Over m outcomes, g groups and d draws.

    Notes
    -----
    Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018; Jansen 1999,
    doi:10.1016/S0010-4655(98)00154-4.

    Examples
    --------
    Two groups x and y, outcome x + 2 y: the variances are as 1 to 4.

    >>> x, y, u, v = np.random.default_rng(0).random((4, 1, 4096))
    >>> found = indices(terms(x + 2 * y, u + 2 * v, np.stack([u + 2 * y, x + 2 * v])))
    >>> bool(np.abs(found.first[0] - [0.2, 0.8]).max() < 0.05)
    True
    """
    mean = (a.mean(axis=-1, keepdims=True) + b.mean(axis=-1, keepdims=True)) / 2
    moved = (ab - a).swapaxes(0, 1)
    middle, other = a - mean, b - mean
    return Terms(
        first=other[:, None] * moved,
        total=moved**2 / 2,
        variance=(middle**2 + other**2) / 2,
    )


def indices(given: Terms, *, rng: int | np.random.Generator = 0) -> Indices:
    """Return the Sobol' indices, with bootstrap intervals over draws.

    ``first = Var(E[y | group]) / Var(y)``, ``total = E[Var(y | all other groups)] / Var(y)``. For
    outcomes that are taken together, shares of the sum of their variances.

    Parameters
    ----------
    given : Terms
        As ``terms`` returns them.
    rng : int or numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    Indices
        Estimates of indices near 0 can come out below 0, or above 1 near 1; they are left so.

    Notes
    -----
    Indices of groups: Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6. Of several outcomes together:
    Gamboa et al. 2014, doi:10.1214/14-EJS895.

    Examples
    --------
    An outcome that never moves has no indices.

    >>> still = terms(np.ones((1, 8)), np.ones((1, 8)), np.ones((3, 1, 8)))
    >>> indices(still).first.tolist()
    [[nan, nan, nan]]
    """
    d = given.variance.shape[-1]
    weights = _drawn(rng, d) if isinstance(rng, np.random.Generator) else _resamples(rng, d)
    variance = given.variance.mean(axis=-1)
    moves = variance > NOTHING
    floor = np.where(moves, variance, np.nan)[:, None]
    again = np.where(moves[:, None], given.variance @ weights, np.nan)[:, None]
    again = np.where(again > 0, again, np.nan)
    found: dict[str, Floats] = {"variance": variance}
    for name in ("first", "total"):
        part: Floats = getattr(given, name)
        found[name] = part.mean(axis=-1) / floor
        ends = _quantiles((part @ weights) / again)
        found[f"{name}_low"], found[f"{name}_high"] = ends
    return Indices(**found)


def _drawn(rng: np.random.Generator, d: int) -> Floats:
    """Return the weight of each draw in each bootstrap sample, shape (d, b)."""
    # counted draws: a multinomial of so many parts would take ten times as long
    taken = rng.integers(0, d, (RESAMPLES, d)) + d * np.arange(RESAMPLES)[:, None]
    return np.bincount(taken.ravel(), minlength=d * RESAMPLES).reshape(RESAMPLES, d).T / d


@lru_cache(maxsize=3)
def _resamples(seed: int, d: int) -> Floats:
    """Return the same for a seed; kept, because one run asks for all, half and a quarter often."""
    return _drawn(np.random.default_rng(seed), d)


def _quantiles(values: Floats) -> Floats:
    """Return the ends of the intervals along the last axis; NaN sorts last and stays NaN."""
    ordered = np.sort(values, axis=-1)
    place = np.round(np.array(INTERVAL) * (values.shape[-1] - 1)).astype(np.intp)
    return np.moveaxis(ordered[..., place], -1, 0)
