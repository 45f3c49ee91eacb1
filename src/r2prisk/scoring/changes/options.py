"""The steps that can be taken in a row, and what they make of its factors."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from fractions import Fraction

import numpy as np

from r2prisk.panel import CellState
from r2prisk.panel.cells import rating_words
from r2prisk.scoring.changes.frontier import Frontier, frontier
from r2prisk.scoring.changes.row import Row
from r2prisk.scoring.changes.search import Problem
from r2prisk.scoring.kernel import Floats, Side, settle
from r2prisk.scoring.kernel.means import raised, rooted

LAST_BITS = 1e-12
"""A rating that is so near to a word has it."""

FINEST = 10_000
"""The largest denominator of costs that counts as a common unit."""


@dataclasses.dataclass
class Options:
    """What can be done in a row: steps of ratings with their costs.

    Parameters
    ----------
    row : Row
        As it is.
    levels : dict of str to array of float
        Ratings of each indicator that can be improved, from the present one to the best.
    costs : dict of str to float
        Of one step, > 0: multiples of the unit, or of the smallest where there is none.
    unit : float
        1 if all costs are whole, else 0.
    scale : float
        What 1 of these costs is in those that were given.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.changes.row import row_of
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": [0.6]}))
    >>> options_of(row_of(score(panel), "KEN", None, []), {}, ()).levels["1.1"].tolist()
    [0.6, 0.5, 0.25, 0.0]
    """

    row: Row
    levels: dict[str, Floats]
    costs: dict[str, float]
    unit: float
    scale: float
    _made: dict[tuple[bool, int, frozenset[str]], Frontier] = dataclasses.field(
        default_factory=dict
    )

    def names(self, risk: bool, k: int) -> list[str]:
        """Return the indicators of a factor that can be improved."""
        scores = self.row.scores
        framework = scores.risk_framework if risk else scores.resilience_framework
        return [i.id for i in framework.factors[k].indicators if i.id in self.levels]

    def frontier(self, risk: bool, k: int, locked: frozenset[str]) -> Frontier:
        """Return the cheapest ways to bring a factor's ``sum w x^p`` down, or up for resilience."""
        names = self.names(risk, k)
        key = (risk, k, locked & frozenset(names))
        if key not in self._made:
            sums = self.row.scores.sums
            side = sums.risk if risk else sums.resilience
            costs, amounts = [], []
            for name in names:
                x = self.levels[name][:1] if name in locked else self.levels[name]
                weight = self.row.scores.profile.weights.indicators.get(name, 1.0)
                powers = weight * raised(x, side.exponent)
                costs.append(np.arange(len(x)) * self.costs[name])
                amounts.append(powers if risk else -powers)
            self._made[key] = frontier(costs, amounts)
        return self._made[key]

    def mean(self, risk: bool, k: int, found: Frontier) -> Floats:
        """Return presence or strength at each point of a frontier, shape (m,)."""
        scores = self.row.scores
        sums, sheet = scores.sums, scores.sheet
        side = sums.risk if risk else sums.resilience
        coverage = float((sheet.coverage if risk else sheet.strength_coverage)[k, 0])
        power, weight = _power(self.row, side, k, self.names(risk, k))
        better = power + np.abs(found.amounts)
        mean = rooted(np.clip(better / weight, 0.0, 1.0), side.exponent)
        return settle(mean, np.full_like(mean, coverage), side.exponent, sums.rule, sums.prior)

    def problem(self, limit: float, locked: frozenset[str]) -> tuple[Problem, list[Place]]:
        """Return the problem to solve, and where each of its groups comes from."""
        sums, sheet = self.row.scores.sums, self.row.scores.sheet
        weights = sums.views[0]
        there = ~np.isnan(sheet.coverage[:, 0]) & (weights > 0)
        seen = there & ~np.isnan(self.row.scores.presence[:, 0])
        order = np.concatenate([np.flatnonzero(seen), np.flatnonzero(there & ~seen)])
        known = np.flatnonzero(seen).tolist()
        kappa = sums.kappa[order]
        risk = [self.frontier(True, k, locked) for k in known]
        places = [Place(True, k, f) for k, f in zip(known, risk, strict=True)]
        left, open_ = np.ones(len(order)), []
        strength: list[Floats] = []
        for r in range(kappa.shape[1]):
            if np.isnan(sheet.strength_rated[r, 0]):
                continue  # unknown strength holds nothing down
            found = self.frontier(False, r, locked)
            values = self.mean(False, r, found)
            if kappa[:, r].any() and len(found.costs) > 1:
                open_.append(r)
                strength.append(values)
                places.append(Place(False, r, found))
            else:
                left *= 1.0 - kappa[:, r] * values[0]
        problem = Problem(
            presence=tuple(self.mean(True, k, f) for k, f in zip(known, risk, strict=True)),
            presence_costs=tuple(f.costs for f in risk),
            strength=tuple(strength),
            strength_costs=tuple(p.frontier.costs for p in places[len(known) :]),
            weights=weights[known],
            unknown=weights[there & ~seen],
            left=left,
            kappa=kappa[:, open_],
            sums=sums,
            limit=limit,
            unit=self.unit,
        )
        return problem, places


@dataclasses.dataclass(frozen=True)
class Place:
    """From which factor a group of options comes."""

    risk: bool
    factor: int
    frontier: Frontier


def options_of(row: Row, costs: Mapping[str, float], closed: tuple[str, ...]) -> Options:
    """Return the steps that can be taken in a row, those of closed indicators left out."""
    words = np.sort(np.array(list(rating_words().values())))
    risks = {i.id for i in row.scores.risk_framework.indicators}
    levels: dict[str, Floats] = {}
    for n, name in enumerate(row.panel.indicators):
        if row.panel.states[0, n] != CellState.RATED or name in closed:
            continue
        x = row.panel.ratings[0, n]
        if name in risks:
            better = words[words < x - LAST_BITS][::-1]
        else:
            better = words[words > x + LAST_BITS]
        if len(better):
            levels[name] = np.concatenate([[x], better])
    prices = {name: float(costs.get(name, 1.0)) for name in levels}
    unit = _unit(list(prices.values()))
    if unit:
        whole = {name: float(round(price / unit)) for name, price in prices.items()}
        return Options(row, levels, whole, 1.0, unit)
    # about 1, so that what counts as equal does not depend on the currency
    scale = min(prices.values())
    return Options(row, levels, {name: p / scale for name, p in prices.items()}, 0.0, scale)


def _unit(costs: list[float]) -> float:
    """Return the largest cost of which all are multiples; 0 if they have none that is coarse."""
    parts = [Fraction(cost).limit_denominator(FINEST) for cost in costs]
    if any(
        abs(float(part) - cost) > LAST_BITS * cost for part, cost in zip(parts, costs, strict=True)
    ):
        return 0.0
    below = math.lcm(*(part.denominator for part in parts))
    if below > FINEST:
        return 0.0
    return math.gcd(*(int(part * below) for part in parts)) / below if parts else 1.0


def _power(row: Row, side: Side, k: int, names: list[str]) -> tuple[float, float]:
    """Return ``sum w x^p`` over what is rated and stays as it is, and ``sum w`` over all rated."""
    x, weights = row.panel.ratings[0, side.columns[k]], side.weights[k]
    rated = ~np.isnan(x)
    stays = rated & ~np.isin(np.array(row.panel.indicators)[side.columns[k]], names)
    return float(weights[stays] @ raised(x[stays], side.exponent)), float(weights[rated].sum())
