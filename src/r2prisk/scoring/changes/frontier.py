"""Cheapest choices, exactly, on plain arrays: NumPy and nothing else.

Letters: ``m`` options of a group (a factor), ``g`` groups, ``n`` problems side by side. Options
start with the one that costs nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel import Floats

ROUNDS = 24
"""Halvings of the range in which the price of a unit is sought, on a scale of ratios."""

TINY = 1e-9
"""Costs that differ by less are equal."""

NEIGHBOURS = np.array([0.5, 0.8, 0.95, 1.0, 1.05, 1.25, 2.0])
"""Prices about the best one that bound a part of the groups, whose own best price differs."""


@dataclasses.dataclass(frozen=True)
class Frontier:
    """The cheapest ways to bring down an amount within a group.

    Parameters
    ----------
    costs, amounts : array of float, shape (m,)
        Costs rise from 0, amounts fall.
    steps : array of int, shape (m, i)
        Steps taken of each indicator.
    """

    costs: Floats
    amounts: Floats
    steps: NDArray[np.int8]


@dataclasses.dataclass(frozen=True)
class Choice:
    """A choice of one option in each group, and what they cost."""

    cost: float
    options: tuple[int, ...]


def frontier(costs: Sequence[Floats], amounts: Sequence[Floats]) -> Frontier:
    """Return every way to spend on indicators that no other way beats, by dynamic programming.

    One indicator after another: ``(cost, amount) + (cost_s, amount_s)`` for each of its steps s;
    what costs as much or more and leaves as much is dropped. Amounts are added up, never taken off
    a total: a small one beside a large one keeps its digits.

    Parameters
    ----------
    costs, amounts : sequence of arrays of float, each of shape (steps + 1,)
        Of each indicator, from no step up; costs start at 0 and do not fall, amounts do not rise.

    Returns
    -------
    Frontier
        Exact: there is no cheaper way to as small an amount.

    Examples
    --------
    >>> one = np.array([0.0, 1.0])
    >>> found = frontier([one, one], [np.array([0.5, 0.25]), np.array([0.75, 0.25])])
    >>> found.costs.tolist(), found.amounts.tolist(), found.steps.tolist()
    ([0.0, 1.0, 2.0], [1.25, 0.75, 0.5], [[0, 0], [0, 1], [1, 1]])
    """
    cost, amount = np.zeros(1), np.zeros(1)
    steps = np.zeros((1, len(costs)), dtype=np.int8)
    for i, (price, value) in enumerate(zip(costs, amounts, strict=True)):
        total, sums = (cost[:, None] + price).ravel(), (amount[:, None] + value).ravel()
        keep = undominated(total, sums)
        steps = steps[keep // len(price)]
        steps[:, i] = keep % len(price)
        cost, amount = total[keep], sums[keep]
    return Frontier(cost, amount, steps)


def undominated(costs: Floats, amounts: Floats) -> NDArray[np.intp]:
    """Return the positions of options that no option beats, by rising cost and falling amount.

    Examples
    --------
    >>> undominated(np.array([2.0, 0.0, 1.0, 2.0]), np.array([1.0, 5.0, 6.0, 2.0])).tolist()
    [1, 0]
    """
    order = np.lexsort((amounts, costs))
    sorted_amounts = amounts[order]
    least = np.minimum.accumulate(sorted_amounts)
    return order[np.concatenate([[True], sorted_amounts[1:] < least[:-1]])]


def dual(
    costs: Sequence[Floats], amounts: Sequence[Floats], limits: Floats
) -> tuple[Floats, Floats, Floats, NDArray[np.intp]]:
    """Bound the cheapest choice of one option in each group with a sum of amounts in a limit.

    For every price l >= 0, ``sum_g min_m (cost + l amount) - l limit`` is at most the lowest cost
    (Lagrangian relaxation; Everett 1963, doi:10.1287/opre.11.3.399). The price is sought by
    halving; whatever it is, the bound holds.

    Parameters
    ----------
    costs : sequence of arrays of float, length g, each of shape (m,)
        Not negative.
    amounts : sequence of arrays of float, length g, each of shape (n, m)
        What each option leaves.
    limits : array of float, shape (n,)
        Of the sums of amounts.

    Returns
    -------
    tuple of array
        Bound (n,), infinite where no choice keeps the limit; cost of a choice that keeps it
        (n,); the best price (n,); and that choice (n, g).

    Examples
    --------
    >>> low, high, _, choice = dual([np.array([0.0, 1.0, 2.0])], [np.array([[4.0, 2.0, 0.0]])],
    ...     np.array([1.0]))
    >>> round(float(low[0]), 6), float(high[0]), choice.tolist()
    (1.5, 2.0, [[2]])
    """
    n = len(limits)
    least = sum((a.min(axis=1) for a in amounts), np.zeros(n))
    choice = np.stack([a.argmin(axis=1) for a in amounts], axis=1)
    high = sum((c[choice[:, g]] for g, c in enumerate(costs)), np.zeros(n))
    low, best = np.zeros(n), np.zeros(n)
    down, up = np.full(n, -3.0), np.full(n, 9.0)
    rows = np.arange(n)
    for _ in range(ROUNDS):
        middle = (down + up) / 2
        price = 10.0**middle
        chosen = np.stack(
            [(c + price[:, None] * a).argmin(axis=1) for c, a in zip(costs, amounts, strict=True)],
            axis=1,
        )
        spent = sum((c[chosen[:, g]] for g, c in enumerate(costs)), np.zeros(n))
        left = sum((a[rows, chosen[:, g]] for g, a in enumerate(amounts)), np.zeros(n)) - limits
        bound = spent + price * left
        better = bound > low
        low, best = np.where(better, bound, low), np.where(better, price, best)
        keeps = left <= 0.0
        cheaper = keeps & (spent < high)
        high = np.where(cheaper, spent, high)
        choice[cheaper] = chosen[cheaper]
        down, up = np.where(keeps, down, middle), np.where(keeps, middle, up)
    none = least > limits
    return np.where(none, np.inf, low), np.where(none, np.inf, high), best, choice


def beaten(low: Floats, best: float, unit: float) -> NDArray[np.bool_]:
    """Say where a lower bound leaves no room for a cost below the best one.

    With costs that are multiples of a unit, the next lower cost is a whole unit lower.

    Examples
    --------
    >>> beaten(np.array([3.0, 3.5, 4.0]), 4.0, 1.0).tolist()
    [False, True, True]
    """
    # a bound is a difference of sums: it may be too high in its last bits, never too low to matter
    return low > best - unit + TINY if unit else low >= best - TINY


def cheapest(
    costs: Sequence[Floats],
    amounts: Sequence[Floats],
    limit: float,
    *,
    unit: float = 0.0,
    best: float = np.inf,
) -> Choice | None:
    """Return the cheapest choice of one option in each group with a sum of amounts in a limit.

    The multiple-choice knapsack problem, by dynamic programming over groups; a partial choice is
    dropped where another is as cheap and leaves as little, or where its bound reaches the best.

    Parameters
    ----------
    costs, amounts : sequence of arrays of float, length g, each of shape (m,)
        Not negative.
    limit : float
        Of the sum of amounts.
    unit : float
        All costs are multiples of it; 0 if of none.
    best : float
        Only choices cheaper than this are looked for.

    Returns
    -------
    Choice or None
        None if no choice that is cheaper than ``best`` keeps the limit.

    Notes
    -----
    Dynamic programming with bounds: Pisinger 1995, doi:10.1016/0377-2217(95)00015-I.

    Examples
    --------
    >>> cost = np.array([0.0, 1.0, 3.0])
    >>> cheapest([cost, cost], [np.array([5.0, 4.0, 0.0]), np.array([3.0, 1.0, 0.0])], 5.0)
    Choice(cost=2.0, options=(1, 1))
    """
    low, high, price, choice = dual(costs, [a[None] for a in amounts], np.array([limit]))
    if np.isinf(low[0]) or beaten(low, best, unit)[0]:
        return None
    found = None
    if not beaten(high, best, unit)[0]:
        found = Choice(float(high[0]), tuple(choice[0].tolist()))
        best = found.cost
    prices = (price * NEIGHBOURS)[:, None]
    values = [c + prices * a for c, a in zip(costs, amounts, strict=True)]
    least = [value.min(axis=1, keepdims=True) for value in values]
    whole = sum(least, -prices * limit)
    # an option that no bound lets into a better choice need not be tried beside others
    tried = [
        np.flatnonzero(~beaten((whole - low + value).max(axis=0), best, unit))
        for value, low in zip(values, least, strict=True)
    ]
    cost, amount, path = np.zeros(1), np.zeros(1), np.zeros((1, 0), dtype=np.intp)
    rest = whole
    for g, some in enumerate(tried):
        rest = rest - least[g]
        cost = (cost[:, None] + costs[g][some]).ravel()
        amount = (amount[:, None] + amounts[g][some]).ravel()
        bounds = (rest + prices * amount + cost).max(axis=0)
        open_ = np.flatnonzero(~beaten(bounds, best, unit))
        if not len(open_):
            return found
        keep = open_[undominated(cost[open_], amount[open_])]
        path = np.column_stack([path[keep // len(some)], some[keep % len(some)]])
        cost, amount = cost[keep], amount[keep]
    fits = np.flatnonzero(amount <= limit)
    if len(fits) and not beaten(cost[fits[:1]], best, unit)[0]:
        return Choice(float(cost[fits[0]]), tuple(path[fits[0]].tolist()))
    return found
