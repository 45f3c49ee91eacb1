"""The most that offers can do for needs: an integer program, solved exactly, with fixed ties."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from r2prisk.errors import R2PRiskError

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

TIE = 1e-6
"""Totals that differ by no more than this part of the largest value count as equal."""

INFEASIBLE = 2
"""The status of a program that nothing fulfils."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """Which offers may work where, and what that serves.

    Parameters
    ----------
    units, offers : array of int, shape (p,)
        Of each pair that may be made.
    serves : sparse array, shape (q, p)
        1 where a pair serves a need.
    values : array of float, shape (q,)
        Of each need, > 0; it counts once, however many offers serve it.
    absorb : array of int, shape (u,)
        How many offers each unit can take.
    capacity : array of int, shape (o,)
        How many units each offer can work in.
    required, kept, present : array of bool, shape (p,)
        Pairs that must be made, that were made before, and where the partner is at work already.
    """

    units: NDArray[np.intp]
    offers: NDArray[np.intp]
    serves: csr_array
    values: Floats
    absorb: NDArray[np.intp]
    capacity: NDArray[np.intp]
    required: Bools
    kept: Bools
    present: Bools

    def worth(self, made: Bools) -> float:
        """Return the total value of the needs that some pairs serve."""
        return float(self.values[(self.serves @ made.astype(np.float64)) > 0.0].sum())


def solve(problem: Problem) -> Bools:
    """Return which pairs to make, shape (p,).

    Maximises ``sum_q v_q y_q`` with ``y_q <= sum of the pairs that serve q``, the pairs of a unit
    <= absorb, those of an offer <= capacity. Among matchings that are worth the same: the one that
    keeps most pairs made before; then with the fewest pairs; then with most partners who are there
    already; then in the order of pairs.

    Raises
    ------
    R2PRiskError
        If no matching holds all required pairs.

    Examples
    --------
    Two pairs of one offer with room for one; the second serves more:

    >>> one, two = np.array([0, 1]), np.array([0, 0])
    >>> no = np.zeros(2, bool)
    >>> asked = Problem(one, two, csr_array(np.eye(2)), np.array([1.0, 3.0]), np.array([1, 1]),
    ...     np.array([1]), no, no, no)
    >>> solve(asked).tolist()
    [False, True]
    """
    p, q = len(problem.units), len(problem.values)
    if not p:
        return np.zeros(0, dtype=bool)
    rules = _rooms(problem)
    # a tie is then a thousand times the tolerance of the solver, which fails where they are alike
    unit = problem.values.max() * TIE * 1000.0
    values = np.concatenate([np.zeros(p), problem.values / unit])
    first = _best(problem, values, rules)
    most = problem.worth(first)
    rules.append(LinearConstraint(values, lb=most / unit - 0.001))
    # one pair more or less is worth less than one that is kept
    fewest = np.concatenate([np.where(problem.kept, p, 0.0) - 1.0, np.zeros(q)])
    second = _best(problem, fewest, rules)
    if not _as_good(problem, second, most):
        return first
    reached = float(fewest[:p] @ second)
    rules.append(LinearConstraint(fewest, lb=reached - 0.5))
    # squares, so that the first and the fourth are not worth the same as the second and the third
    order = (np.arange(p, 0, -1) / p) ** 2 / (second.sum() + 1.0)
    third = _best(problem, np.concatenate([problem.present + order, np.zeros(q)]), rules)
    good = _as_good(problem, third, most) and float(fewest[:p] @ third) >= reached - 0.5
    return third if good else second


def _rooms(problem: Problem) -> list[LinearConstraint]:
    """Return what pairs and needs must keep to: absorption, capacity, what is served."""
    p, q = len(problem.units), len(problem.values)
    ones, pairs = np.ones(p), np.arange(p)
    takes = csr_array((ones, (problem.units, pairs)), shape=(len(problem.absorb), p + q))
    gives = csr_array((ones, (problem.offers, pairs)), shape=(len(problem.capacity), p + q))
    need, pair = problem.serves.nonzero()
    # y of a need less the pairs that serve it
    row, column = np.append(np.arange(q), need), np.append(p + np.arange(q), pair)
    data = np.append(np.ones(q), -np.ones(len(need)))
    served = csr_array((data, (row, column)), shape=(q, p + q))
    limits = (problem.absorb, problem.capacity, np.zeros(q))
    return [
        LinearConstraint(rows, -np.inf, most)  # pyright: ignore[reportArgumentType]
        for rows, most in zip((takes, gives, served), limits, strict=True)
    ]


def _best(problem: Problem, worth: Floats, rules: list[LinearConstraint]) -> Bools:
    p, q = len(problem.units), len(problem.values)
    lowest = np.append(problem.required.astype(np.float64), np.zeros(q))
    found = milp(
        -worth,
        # whole needs follow from whole pairs, but the solver stumbles over those that it may split
        integrality=np.ones(p + q),
        bounds=Bounds(lowest, np.ones(p + q)),  # pyright: ignore[reportArgumentType]
        constraints=rules,
        options={"mip_rel_gap": 0.0},
    )
    if found.x is not None:
        return np.asarray(found.x[:p] > 0.5)
    said = f"the solver found no matching ({found.message})"
    if found.status == INFEASIBLE:
        said = "no matching holds all required pairs within capacities; name fewer of them"
    raise R2PRiskError(f"match: {said}")


def _as_good(problem: Problem, made: Bools, most: float) -> bool:
    return problem.worth(made) >= most - 2.0 * TIE * problem.values.max()
