"""The cheapest mix of less risk and more resilience, exactly, by branch and bound."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from r2prisk.errors import R2PRiskError
from r2prisk.scoring.changes.frontier import Choice, beaten, cheapest, dual
from r2prisk.scoring.kernel import Floats, Sums, meet
from r2prisk.scoring.kernel.means import raised

MOST = 200_000
"""Partial choices side by side before the search gives up, which it says."""

CHUNK = 1024
"""Partial choices that are bounded at once: so few that their options fit in memory."""


@dataclasses.dataclass(frozen=True)
class Problem:
    """What can be bought, and how far the residual must come down.

    Parameters
    ----------
    presence, presence_costs : tuple of arrays of float, length k, each of shape (m,)
        Options of each risk factor that is known: presence falls, costs rise from 0.
    strength, strength_costs : tuple of arrays of float, length r, each of shape (m,)
        Options of each resilience factor that can be improved: strength and costs rise.
    weights : array of float, shape (k,)
        Of the known risk factors in the country.
    unknown : array of float, shape (u,)
        Weights of the unknown ones, which are taken to be as present as the country.
    left : array of float, shape (k + u,)
        What the resilience that cannot be improved leaves of each, the known ones first.
    kappa : array of float, shape (k + u, r)
        What the resilience that can be improved holds down at most.
    sums : Sums
        Form, gate and exponent across factors.
    limit : float
        The residual risk that must not be exceeded, 0 to 1.
    unit : float
        All costs are multiples of it; 0 if of none.
    """

    presence: tuple[Floats, ...]
    presence_costs: tuple[Floats, ...]
    strength: tuple[Floats, ...]
    strength_costs: tuple[Floats, ...]
    weights: Floats
    unknown: Floats
    left: Floats
    kappa: Floats
    sums: Sums
    limit: float
    unit: float

    @property
    def budget(self) -> float:
        """The limit on the scale on which factors add up."""
        return self.limit**self.sums.across * float(self.weights.sum() + self.unknown.sum())

    def holds(self, r: int) -> Floats:
        """Return what each option of a resilience factor leaves of the factors, (m, k + u)."""
        return 1.0 - self.strength[r][:, None] * self.kappa[:, r]

    def amounts(self, left: Floats) -> list[Floats]:
        """Return what each option of each risk factor adds to the sum, (n, m), given left (n, f).

        ``v meet(P, L)^q``, and as its share of the risk what it adds to the unknown factors.
        """
        known = len(self.weights)
        q, share = self.sums.across, np.zeros(len(left))
        if len(self.unknown):
            # only forms in which what is left is a share of presence come here
            whole = meet(np.ones_like(left[:, known:]), left[:, known:], self.sums)
            share = raised(whole, q) @ self.unknown / self.weights.sum()
        return [
            weight
            * (
                raised(meet(p[None], left[:, k, None], self.sums), q)
                + share[:, None] * raised(p, q)
            )
            for k, (p, weight) in enumerate(zip(self.presence, self.weights, strict=True))
        ]

    def now(self, left: Floats) -> Floats:
        """Return the sum with every risk factor as it is, shape (n,)."""
        first = dataclasses.replace(self, presence=tuple(p[:1] for p in self.presence))
        return sum((a[:, 0] for a in first.amounts(left)), np.zeros(len(left)))


def search(problem: Problem, *, below: float = np.inf) -> Choice | None:
    """Return the cheapest options that bring residual risk to the limit, or None if none do.

    With resilience given the residual is a sum over risk factors, which ``cheapest`` solves.
    Resilience enters as a product: its factors are fixed one after another, and partial choices
    dropped whose bound leaves no room below the best known cost. Two bounds, of which the higher
    counts: what is still open at its best for nothing; and, where one step takes the less away the
    more others have, each open factor by itself as if no other moved.

    Parameters
    ----------
    problem : Problem
        Options, costs and limit.
    below : float
        Only choices that cost less are looked for.

    Returns
    -------
    Choice or None
        Options of the risk factors, then of the resilience factors; None if none costs less.

    Raises
    ------
    R2PRiskError
        If more than ``MOST`` partial choices are open at once.

    Notes
    -----
    Branch and bound: Land & Doig 1960, doi:10.2307/1910129. A solver of mixed-integer programs
    (``scipy.optimize.milp``) finds the same leaves, more slowly and within a tolerance; resilience,
    which enters as a product, is beyond it.

    Examples
    --------
    One factor at 0.8 held by one safeguard at 0, kappa 0.5: only safeguard and one step reach 0.3.

    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((), (), np.ones(1), 1.0)
    >>> sums = Sums(side, side, np.ones((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> cost = np.array([0.0, 1.0])
    >>> search(Problem((np.array([0.8, 0.5]),), (cost,), (cost,), (cost,), np.ones(1), np.ones(0),
    ...     np.ones(1), np.array([[0.5]]), sums, 0.3, 1.0))
    Choice(cost=2.0, options=(1, 1))
    """
    depth = len(problem.strength)
    start = np.broadcast_to(problem.left, (1, len(problem.left)))
    none = np.zeros((1, 0), dtype=np.intp)
    found = _leaf(problem, start, 0.0, (0,) * depth, below)
    dive = _level(problem, start, np.zeros(1), none, found.cost if found else below, width=1)
    best = _leaves(problem, dive, found, below)
    last = _level(problem, start, np.zeros(1), none, best.cost if best else below, width=MOST)
    return _leaves(problem, last, best, below)


_Level = tuple[Floats, Floats, NDArray[np.intp], Floats]
"""Left (n, f), costs (n,), options so far (n, j), bounds (n,)."""


def _level(
    problem: Problem,
    left: Floats,
    costs: Floats,
    path: NDArray[np.intp],
    best: float,
    *,
    width: int,
) -> _Level:
    """Fix all resilience factors, keeping the ``width`` best partial choices at each."""
    low = np.zeros(len(left))
    for r, price in enumerate(problem.strength_costs):
        m = len(price)
        left = (left[:, None, :] * problem.holds(r)).reshape(-1, left.shape[1])
        costs = (costs[:, None] + price).ravel()
        path = np.column_stack([np.repeat(path, m, axis=0), np.tile(np.arange(m), len(path))])
        some = np.flatnonzero(~beaten(costs, best, problem.unit))
        left, costs, path = left[some], costs[some], path[some]
        chunks = np.split(left, range(CHUNK, len(left), CHUNK))
        low = costs + np.concatenate([_bounds(problem, chunk, r + 1) for chunk in chunks])
        some = np.flatnonzero(np.isfinite(low) & ~beaten(low, best, problem.unit))
        if len(some) > width:
            if width > 1:
                text = f"{len(some):,} partial choices are open; coarser costs leave fewer"
                raise R2PRiskError(f"smallest_changes: the search is too large: {text}")
            some = some[[np.argmin(low[some])]]
        left, costs, path, low = left[some], costs[some], path[some], low[some]
    return left, costs, path, low


def _bounds(problem: Problem, left: Floats, first: int) -> Floats:
    """Bound what the rest costs where resilience factors before ``first`` are fixed, (n,)."""
    n, rest = len(left), range(first, len(problem.strength))
    if not n:
        return np.zeros(0)
    holds = {r: problem.holds(r) for r in rest}
    most, now = left.copy(), left.copy()
    for hold in holds.values():
        most *= hold[-1]
        now *= hold[0]
    limits = np.full(n, problem.budget)
    low = dual(problem.presence_costs, problem.amounts(most), limits)[0]
    if not rest or (problem.sums.form == "gate" and problem.sums.gate < 1.0):
        return low
    alone, base = problem.amounts(now), problem.now(now)
    for r in rest:
        others = left.copy()
        for other, hold in holds.items():
            if other != r:
                others *= hold[0]
        each = (others[:, None, :] * holds[r]).reshape(-1, left.shape[1])
        alone.append(problem.now(each).reshape(n, -1) - base[:, None])
    costs = (*problem.presence_costs, *problem.strength_costs[first:])
    return np.maximum(low, dual(costs, alone, limits)[0])


def _leaves(problem: Problem, level: _Level, best: Choice | None, below: float) -> Choice | None:
    """Solve for the risk factors where all resilience is fixed, the most hopeful first."""
    left, costs, path, low = level
    for n in np.argsort(low, kind="stable").tolist():
        cost = best.cost if best else below
        if beaten(low[n : n + 1], cost, problem.unit)[0]:
            break
        options = tuple(path[n].tolist())
        best = _leaf(problem, left[n : n + 1], float(costs[n]), options, cost) or best
    return best


def _leaf(
    problem: Problem, left: Floats, cost: float, options: tuple[int, ...], best: float
) -> Choice | None:
    amounts = [a[0] for a in problem.amounts(left)]
    found = cheapest(
        problem.presence_costs, amounts, problem.budget, unit=problem.unit, best=best - cost
    )
    return Choice(found.cost + cost, (*found.options, *options)) if found else None
