"""Means and intervals over twins, with the country as the unit of counting: plain arrays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

FEWEST_COUNTRIES = 3
"""Countries in a group below which no interval is given."""

UNALIKE = 0.25
"""Standardised mean difference beyond which groups are not alike.

Rubin, D. B. (2001), doi:10.1023/A:1020363010465.
"""

GRAIN = 0.25 / math.sqrt(12.0)
"""Deviation that five words a quarter apart leave by themselves: 0.07. No group has less."""


@dataclass(frozen=True, eq=False)
class Group:
    """What one group of twins has of each item; the last axis is the item.

    Parameters
    ----------
    mean : array of float, shape (f,)
        Mean over countries of the mean over a country's twins; NaN where none is rated.
    error : array of float, shape (f,)
        Standard error of that mean; NaN below two countries.
    spread : array of float, shape (f,)
        Standard deviation of single twins, each country weighing the same; NaN below two.
    least, most : array of float, shape (f,)
        The lowest and highest of single twins; NaN where none is rated.
    countries : array of int, shape (f,)
        Countries in which the item is rated.
    """

    mean: Floats
    error: Floats
    spread: Floats
    least: Floats
    most: Floats
    countries: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Gap:
    """A difference of each item with its interval, shape (f,) each; NaN where too few."""

    value: Floats
    low: Floats
    high: Floats

    @property
    def differs(self) -> NDArray[np.bool_]:
        """Where the interval leaves out zero, shape (f,)."""
        return (self.low > 0.0) | (self.high < 0.0)


@dataclass(frozen=True, eq=False)
class Gaps:
    """The three comparisons of a family, and how many intervals it holds."""

    calm: Group
    followed: Group
    between: Gap
    own_calm: Gap
    own_followed: Gap
    comparisons: int
    confidence: float


def grouped(values: Floats, countries: NDArray[np.object_]) -> Group:
    """Return what a group has of each item, every country counting once.

    With ``m_c`` the mean of country c over its twins and C countries: mean ``M = sum m_c / C``;
    ``error = sqrt(v / C)`` with ``v`` the variance of the ``m_c``; ``spread^2`` is
    ``sum_c mean_t (x_ct - M)^2 / (C - 1)``. Deviations are no smaller than what rating in five
    words leaves by itself, ``0.25 / sqrt(12)``: countries that were given one word are not equal.

    Parameters
    ----------
    values : array of float, shape (m, f)
        A row for each twin; NaN where unknown.
    countries : array of str, shape (m,)
        Whose twin it is.

    Examples
    --------
    Country A has the mean 0.4, B 0.8: M = 0.6, and the error is root (0.08 / 2) = 0.2.

    >>> found = grouped(np.array([[0.2], [0.6], [0.8]]), np.array(["A", "A", "B"], dtype=object))
    >>> found.mean.round(3).tolist(), found.error.round(3).tolist(), found.countries.tolist()
    ([0.6], [0.2], [2])
    """
    names = list(dict.fromkeys(countries.tolist()))
    mine = np.array([[c == name for c in countries] for name in names], dtype=np.float64)
    mine = mine.reshape(len(names), len(countries))
    rated = ~np.isnan(values)
    filled = np.where(rated, values, 0.0)
    counts = mine @ rated
    each = _over(mine @ filled, counts)
    there = counts > 0
    number = there.sum(axis=0)
    mean = _over(np.where(there, each, 0.0).sum(axis=0), number)
    apart = np.where(there, each - mean, 0.0)
    variance = _over((apart**2).sum(axis=0), number - 1)
    single = _over(mine @ np.where(rated, (filled - mean) ** 2, 0.0), counts)
    spread = _over(np.where(there, single, 0.0).sum(axis=0), number - 1)
    known = number > 0
    return Group(
        mean=mean,
        error=np.sqrt(_over(np.maximum(variance, GRAIN**2), number)),
        spread=np.sqrt(np.maximum(spread, GRAIN**2)),
        least=np.where(known, np.where(rated, values, np.inf).min(axis=0, initial=np.inf), np.nan),
        most=np.where(known, np.where(rated, values, -np.inf).max(axis=0, initial=-np.inf), np.nan),
        countries=number,
    )


def gaps(own: Floats, calm: Group, followed: Group, *, confidence: float = 0.95) -> Gaps:
    """Return how far a row and two groups lie apart, item by item, as one family.

    Between the groups: Welch's t, ``M_0 - M_1 +- t(q, df) sqrt(v_0 / C_0 + v_1 / C_1)``, where no
    ``v`` is smaller than that of both groups together (three countries can be alike by chance).
    ``df`` is Satterthwaite's, from the countries of which each ``v`` is, and at most that of both
    together. Of the row and a group, how far one more such twin would lie:
    ``x - M +- t(q, C - 1) s sqrt(1 + 1 / C)``, and at least to where its farthest twins lie, as
    ratings have tails. ``q = 1 - (1 - confidence) / (2 k)`` over the ``k`` intervals of the family
    (Bonferroni), so that all of them hold together. An interval needs three countries in every
    group that it is about.

    Parameters
    ----------
    own : array of float, shape (f,)
        The row; NaN where unknown.
    calm, followed : Group
        Twins that stayed calm and twins that did not.
    confidence : float
        That all intervals hold together, above 0 and below 1.

    Returns
    -------
    Gaps
        ``between`` (calm - followed), ``own_calm`` (own - calm), ``own_followed``; -1 to 1.

    Notes
    -----
    Welch, B. L. (1947), Biometrika 34, 28-35. A country in both groups makes them more
    alike than two samples would be, and the interval between them too wide rather than too narrow.

    Examples
    --------
    >>> names = np.array(list("ABC"), dtype=object)
    >>> calm = grouped(np.array([[0.7], [0.8], [0.9]]), names)
    >>> followed = grouped(np.array([[0.1], [0.2], [0.3]]), names)
    >>> found = gaps(np.array([0.8]), calm, followed)
    >>> found.comparisons, found.between.value.round(3).tolist(), found.between.differs.tolist()
    (3, [0.6], [True])
    """
    enough = [group.countries >= FEWEST_COUNTRIES for group in (calm, followed)]
    known = ~np.isnan(own)
    told = np.stack([enough[0] & enough[1], known & enough[0], known & enough[1]])
    family = int(told.sum())
    level = 1.0 - (1.0 - confidence) / (2.0 * max(family, 1))
    return Gaps(
        calm=calm,
        followed=followed,
        between=_between(calm, followed, told[0], level),
        own_calm=_beside(own, calm, told[1], level),
        own_followed=_beside(own, followed, told[2], level),
        comparisons=family,
        confidence=confidence,
    )


def ranges(group: Group, *, confidence: float, count: int) -> tuple[Floats, Floats]:
    """Return intervals of the means of a group, within 0 and 1, that hold together with others.

    ``M +- t(q, C - 1) e`` with ``q = 1 - (1 - confidence) / (2 count)``; NaN below three countries.

    Parameters
    ----------
    group : Group
        Its means and errors.
    confidence : float
        That all of them hold together.
    count : int
        How many intervals are shown together.

    Examples
    --------
    >>> few = grouped(np.array([[0.4], [0.5], [0.6]]), np.array(list("ABC"), dtype=object))
    >>> low, high = ranges(few, confidence=0.95, count=1)
    >>> low.round(3).tolist(), high.round(3).tolist()  # 0.5 -+ 4.303 x 0.1 / root 3
    ([0.252], [0.748])
    """
    enough = group.countries >= FEWEST_COUNTRIES
    level = 1.0 - (1.0 - confidence) / (2.0 * max(count, 1))
    half = stats.t.ppf(level, np.maximum(group.countries - 1, 1)) * group.error
    low, high = np.clip(group.mean - half, 0.0, 1.0), np.clip(group.mean + half, 0.0, 1.0)
    return np.where(enough, low, np.nan), np.where(enough, high, np.nan)


def standardised(one: Floats, other: Floats, spread: Floats) -> Floats:
    """Return ``(one - other) / spread`` for each factor; NaN where a spread is 0 or unknown.

    Parameters
    ----------
    one, other : array of float, shape (f,)
        Means.
    spread : array of float, shape (f,)
        Deviation over all rows that could have been twins: the same before and after matching.

    Examples
    --------
    >>> standardised(np.array([0.5]), np.array([0.4]), np.array([0.2])).round(3).tolist()
    [0.5]
    """
    return _over(one - other, np.where(spread > 0.0, spread, np.nan))


def _between(calm: Group, followed: Group, told: NDArray[np.bool_], level: float) -> Gap:
    numbers = [np.maximum(group.countries, 1) for group in (calm, followed)]
    own = [group.error**2 * n for group, n in zip((calm, followed), numbers, strict=True)]
    every = numbers[0] + numbers[1] - 2
    shared = _over(own[0] * (numbers[0] - 1) + own[1] * (numbers[1] - 1), every)
    # three or four countries can be alike by chance: a group varies no less than both together
    parts = [np.maximum(v, shared) / n for v, n in zip(own, numbers, strict=True)]
    more = shared * (1.0 + 1e-9)  # equal but for the last bit is equal
    free = [np.where(v > more, n - 1, every) for v, n in zip(own, numbers, strict=True)]
    freedom = _over(
        (parts[0] + parts[1]) ** 2, _over(parts[0] ** 2, free[0]) + _over(parts[1] ** 2, free[1])
    )
    freedom = np.fmin(freedom, every)  # one variance that both take is no two
    half = stats.t.ppf(level, np.where(told, freedom, 1.0)) * np.sqrt(parts[0] + parts[1])
    value = calm.mean - followed.mean
    low, high = np.maximum(value - half, -1.0), np.minimum(value + half, 1.0)
    return Gap(value, np.where(told, low, np.nan), np.where(told, high, np.nan))


def _beside(own: Floats, group: Group, told: NDArray[np.bool_], level: float) -> Gap:
    number = np.maximum(group.countries, 2)
    half = stats.t.ppf(level, number - 1) * group.spread * np.sqrt(1.0 + 1.0 / number)
    low = np.maximum(np.minimum(own - group.mean - half, own - group.most), own - 1.0)
    high = np.minimum(np.maximum(own - group.mean + half, own - group.least), own)
    return Gap(own - group.mean, np.where(told, low, np.nan), np.where(told, high, np.nan))


def _over(one: Floats, other: Floats | NDArray[np.intp]) -> Floats:
    """Divide; NaN where there is nothing to divide by."""
    good = np.asarray(other, dtype=np.float64)
    good = np.where(good > 0.0, good, np.nan)
    return one / good
