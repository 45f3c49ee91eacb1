"""Cheapest choices on plain arrays: against every choice there is."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.scoring.changes.frontier import beaten, cheapest, dual, frontier, undominated

COSTS = st.integers(1, 6).map(float)


@st.composite
def groups(draw):
    count = draw(st.integers(1, 4))
    costs, amounts = [], []
    for _ in range(count):
        size = draw(st.integers(1, 4))
        costs.append(np.cumsum([0.0, *draw(st.lists(COSTS, min_size=size - 1, max_size=size - 1))]))
        falls = draw(st.lists(st.integers(0, 20), min_size=size, max_size=size))
        amounts.append(np.sort(np.array(falls, dtype=float))[::-1].copy())
    return costs, amounts, draw(st.integers(0, 60)) + 0.5


def every(costs, amounts, limit):
    """The lowest cost of all choices that keep the limit."""
    return min(
        (
            sum(c[o] for c, o in zip(costs, options, strict=True))
            for options in itertools.product(*(range(len(c)) for c in costs))
            if sum(a[o] for a, o in zip(amounts, options, strict=True)) <= limit
        ),
        default=np.inf,
    )


@settings(max_examples=60)
@given(groups(), st.sampled_from([0.0, 1.0]))
def test_cheapest_is_the_cheapest_of_all(problem, unit):
    costs, amounts, limit = problem
    found = cheapest(costs, amounts, limit, unit=unit)
    expected = every(costs, amounts, limit)
    assert (found.cost if found else np.inf) == pytest.approx(expected)
    if found:
        left = sum(a[o] for a, o in zip(amounts, found.options, strict=True))
        assert left <= limit
        assert found.cost == sum(c[o] for c, o in zip(costs, found.options, strict=True))
        assert cheapest(costs, amounts, limit, unit=unit, best=found.cost) is None
        again = cheapest(costs, amounts, limit, unit=unit, best=found.cost + 1.0)
        assert again is not None
        assert again.cost == found.cost


@settings(max_examples=30)
@given(groups())
def test_the_bound_is_below_and_the_choice_is_one(problem):
    costs, amounts, limit = problem
    low, high, _, _ = dual(costs, [a[None] for a in amounts], np.array([limit]))
    expected = every(costs, amounts, limit)
    assert np.isinf(low[0]) == np.isinf(expected)
    assert low[0] <= expected + 1e-9 or np.isinf(expected)
    assert high[0] >= expected


@settings(max_examples=30)
@given(st.lists(st.lists(st.tuples(COSTS, COSTS), max_size=3), min_size=1, max_size=3))
def test_the_frontier_is_that_of_all_ways(indicators):
    costs = [np.cumsum([0.0, *(c for c, _ in steps)]) for steps in indicators]
    amounts = [-np.cumsum([0.0, *(g for _, g in steps)]) for steps in indicators]
    found = frontier(costs, amounts)
    ways = [
        (
            sum(c[n] for c, n in zip(costs, o, strict=True)),
            sum(a[n] for a, n in zip(amounts, o, strict=True)),
        )
        for o in itertools.product(*(range(len(c)) for c in costs))
    ]
    best = {c: min(a for d, a in ways if d <= c) for c, _ in ways}
    reached = {c: found.amounts[found.costs <= c].min() for c in best}
    assert reached == best
    assert (np.diff(found.costs) > 0).all()
    assert (np.diff(found.amounts) < 0).all()
    for cost, amount, steps in zip(found.costs, found.amounts, found.steps, strict=True):
        assert cost == sum(c[n] for c, n in zip(costs, steps, strict=True))
        assert amount == sum(a[n] for a, n in zip(amounts, steps, strict=True))


def test_what_costs_the_same_and_leaves_more_goes():
    assert undominated(np.array([1.0, 1.0, 2.0]), np.array([3.0, 2.0, 2.0])).tolist() == [1]


def test_a_whole_unit_is_the_next_lower_cost():
    # 3.5 leaves room for 4 alone, which is not below 4; without a unit it leaves room for 3.7
    assert beaten(np.array([3.5]), 4.0, 1.0).tolist() == [True]
    assert beaten(np.array([3.5]), 4.0, 0.0).tolist() == [False]
