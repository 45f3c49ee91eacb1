"""The cheapest improvements that bring the residual risk of a unit down to a band."""

from __future__ import annotations

import dataclasses
import heapq
from collections.abc import Collection, Iterator, Mapping
from itertools import count

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, R2PRiskError, nearest
from r2prisk.panel import CellState
from r2prisk.scoring.changes.frontier import Choice
from r2prisk.scoring.changes.options import Options, Place, options_of
from r2prisk.scoring.changes.result import ChangeSet, SmallestChanges
from r2prisk.scoring.changes.row import Row, is_number, row_of
from r2prisk.scoring.changes.search import search
from r2prisk.scoring.score import FOLLOWED
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.uncertainty.gate import whole

HALF_BIT = 5e-13
"""Scores are put into bands by twelve digits."""


def smallest_changes(
    scores: Scores,
    unit: str,
    target_band: str,
    *,
    period: object = None,
    costs: Mapping[str, float] | None = None,
    locked: Collection[str] = (),
    lead_times: Mapping[str, float] | None = None,
    within: float | None = None,
    alternatives: int = 2,
) -> SmallestChanges:
    """Return the cheapest improvements that bring residual risk under the upper limit of a band.

    Minimises the sum of costs of steps subject to ``residual risk < limit``. A step takes a risk
    indicator down, or a resilience indicator up, to the next rating word. Exact: no cheaper set
    of steps reaches the band; what a set makes of the scores is checked with ``score``.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    unit : str
        A unit of the scores.
    target_band : str
        A band of the profile. Bands name risk; here their limits are held against residual risk.
    period : period, int or str, optional
        A period of the unit; its latest with a score if not given.
    costs : mapping of str to float, optional
        Cost of one step, > 0, by indicator or factor (the indicator's own counts first); 1 if not
        named. A first step from between two words counts whole.
    locked : collection of str
        Indicators or factors that cannot be improved.
    lead_times : mapping of str to float, optional
        How long until an improvement shows, in a unit of your own, >= 0, by indicator or factor.
    within : float, optional
        Leaves out indicators with a longer lead time.
    alternatives : int
        How many further sets to look for, 0 or more.

    Returns
    -------
    SmallestChanges
        The sets, or the lowest that can be reached and what stands in the way.

    Raises
    ------
    InputError
        With all faults: a unit, period, band, indicator or factor that is not there (the nearest
        is named), a cost or lead time out of range, a band without an upper limit, an unknown
        residual risk; a form of interaction that is not supported where a factor is unknown.
    R2PRiskError
        If the search grows too large.

    Notes
    -----
    Multiple-choice knapsack within branch and bound; Pisinger 1995,
    doi:10.1016/0377-2217(95)00015-I.

    Examples
    --------
    Risk 0.5 = (0.75 + 0.25) / 2; one step of 9.1 gives (0.5 + 0.25) / 2 = 0.375 < 0.45.

    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "1.1": 0.25, "9.1": 0.75}))
    >>> found = smallest_changes(score(panel), "KEN", "moderate", alternatives=0, locked=["1.1"])
    >>> found.sets[0].changes[["indicator", "before", "after"]].to_numpy().tolist()
    [['9.1', 0.75, 0.5]]
    """
    problems: list[str] = []
    row = row_of(scores, unit, period, problems)
    prices = _by_indicator(row, costs, "costs", problems)
    times = _by_indicator(row, lead_times, "lead_times", problems)
    held = _locked(row, locked, problems)
    below = _limit(row, target_band, problems)
    _check(row, times, within, alternatives, problems)
    if problems:
        raise InputError("smallest_changes", problems)
    rated = _with_state(row, CellState.RATED)
    late = () if within is None else tuple(n for n, t in times.items() if t > within)
    found = options_of(row, prices, (*held, *late))
    before = float(row.scores.sheet.residual[0, 0])
    best = _scored(row, {name: levels[-1] for name, levels in found.levels.items()})
    lowest = float(best["residual_risk"])
    sets: tuple[ChangeSet, ...] = ()
    if round(before, 12) >= below > round(lowest, 12):
        sets = tuple(
            _set(row, found, changes, cost * found.scale, times, below)
            for cost, changes in _cheapest(found, below - HALF_BIT, alternatives)
        )
        if not sets:
            raise R2PRiskError("smallest_changes: the limit can be met, but no set was found")
    unknown = _with_state(row, CellState.UNKNOWN, CellState.FAILED)
    return SmallestChanges(
        unit=unit,
        period=str(row.panel.index[0][1]),
        band=str(row.scores.to_frame()["band"].iloc[0]),
        coverage=float(row.scores.sheet.view_coverage[0, 0]),
        target=target_band,
        below=below,
        before=before,
        lowest=lowest,
        sets=sets,
        left=_left(row, best, held, late, unknown),
        unknown=unknown,
        locked=tuple(name for name in held if name in rated),
        too_late=tuple(name for name in late if name in rated and name not in held),
        provenance=row.scores.provenance,
    )


def _by_indicator(
    row: Row, given: Mapping[str, float] | None, what: str, problems: list[str]
) -> dict[str, float]:
    """Spread what is given for factors over their indicators."""
    if given is None:
        return {}
    if not isinstance(given, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = type(given).__name__
        problems.append(f"{what}: needs a mapping of indicators or factors to numbers, not {found}")
        return {}
    factors = set(row.factor.values())
    problems += [
        f"{what}: '{name}' is no indicator or factor of this profile"
        f"{nearest(name, (*row.factor, *factors))}"
        for name in given
        if name not in row.factor and name not in factors
    ]
    positive = what == "costs"
    for name, value in given.items():
        if not (is_number(value) and (value > 0.0 if positive else value >= 0.0)):
            allowed = "more than 0" if positive else "0 or more"
            problems.append(f"{what}: '{name}' is {value!r}; allowed is a number, {allowed}")
    by_factor = {i: given[f] for i, f in row.factor.items() if f in given}
    return by_factor | {name: value for name, value in given.items() if name in row.factor}


def _locked(row: Row, locked: Collection[str], problems: list[str]) -> tuple[str, ...]:
    # a text is a collection of letters, and people pass None
    if isinstance(locked, str) or not isinstance(locked, Collection):  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append(f"locked takes a list of indicators or factors, found {locked!r}")
        return ()
    held = _by_indicator(row, dict.fromkeys(locked, 0.0), "locked", problems)
    return tuple(held)


def _limit(row: Row, band: str, problems: list[str]) -> float:
    """Return the upper limit of a band."""
    bands = row.scores.profile.bands
    names = [b.name for b in bands]
    if band not in names[:-1]:
        allowed = f"allowed: {', '.join(names[:-1])}"
        why = "has no upper limit" if band == names[-1] else "is no band of the profile"
        hint = "" if band == names[-1] else nearest(band, names[:-1])
        problems.append(f"target_band: '{band}' {why}; {allowed}{hint}")
        return 1.0
    return bands[names.index(band) + 1].start


def _check(
    row: Row,
    times: Mapping[str, float],
    within: float | None,
    alternatives: int,
    problems: list[str],
) -> None:
    if within is not None and not (is_number(within) and within >= 0.0):
        problems.append(f"within is {within!r}; allowed is a number, 0 or more")
    if within is not None and not times:
        problems.append("within needs lead_times")
    if not (whole(alternatives) and alternatives >= 0):
        problems.append(f"alternatives is {alternatives!r}; allowed is a whole number, 0 or more")
    scores = row.scores
    sums = scores.sums
    if np.isnan(scores.sheet.residual[0, 0]):
        problems.append(f"{row.name}: residual risk is unknown, nothing is rated")
    unseen = np.isnan(scores.presence[:, 0]) & ~np.isnan(scores.sheet.coverage[:, 0])
    # where nothing is held down, or counts, every form leaves an unknown factor as it is
    unseen &= sums.kappa.any(axis=1) & (sums.views[0] > 0.0)
    names = [f.id for f, u in zip(scores.risk_framework.factors, unseen, strict=True) if u]
    bent = sums.form == "subtractive" or (sums.form == "gate" and sums.gate < 1.0)
    if names and bent:
        problems.append(
            f"{row.name}: form '{sums.form}' with unknown factors that resilience is linked to "
            f"({', '.join(names)}) is not supported; damping and ratio are"
        )


def _with_state(row: Row, *states: CellState) -> tuple[str, ...]:
    cells = zip(row.panel.indicators, row.panel.states[0], strict=True)
    return tuple(name for name, state in cells if state in states)


def _scored(row: Row, changes: Mapping[str, float]) -> pd.Series[float]:
    """Return all scores of the row with some ratings changed."""
    place = {name: n for n, name in enumerate(row.panel.indicators)}
    ratings = row.panel.ratings.copy()
    for name, rating in changes.items():
        ratings[0, place[name]] = rating
    return row.rated(ratings, row.panel.states).to_frame(detail=True).iloc[0]


@dataclasses.dataclass(frozen=True)
class _Found:
    """A cheapest set of a part of all sets: its steps, and what they leave to be split."""

    without: frozenset[str]
    steps: dict[str, int]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.steps)


def _cheapest(
    options: Options, limit: float, alternatives: int
) -> Iterator[tuple[float, dict[str, int]]]:
    """Yield the cheapest sets as (cost, steps by indicator), each without a part of all before.

    Every set splits what is left into parts, each without one of its indicators; a part is solved
    when nothing cheaper is open (Lawler 1972, doi:10.1287/mnsc.18.7.401), and first only as far as
    to what would be shown anyway: most parts have nothing as cheap.
    """
    number = count()
    # cost or a bound of it, whether it still has to be solved, order of arrival, part
    heap: list[tuple[float, int, int, _Found | frozenset[str]]] = [
        (0.0, 1, next(number), frozenset())
    ]
    shown: list[frozenset[str]] = []
    split: set[frozenset[str]] = {frozenset()}
    while heap and len(shown) <= alternatives:
        cost, _, _, part = heapq.heappop(heap)
        if not isinstance(part, _Found):
            below = _enough(heap, shown, alternatives + 1 - len(shown))
            solved = _solved(options, limit, part, below)
            if solved:
                heapq.heappush(heap, (solved[0], 0, next(number), _Found(part, solved[1])))
            elif np.isfinite(below):
                heapq.heappush(heap, (below, 1, next(number), part))
            continue
        if not any(old <= part.names for old in shown):
            shown.append(part.names)
            yield cost, part.steps
        for name in sorted(part.names):
            rest = part.without | {name}
            if rest not in split:
                split.add(rest)
                heapq.heappush(heap, (cost, 1, next(number), rest))


def _enough(
    heap: list[tuple[float, int, int, _Found | frozenset[str]]],
    shown: list[frozenset[str]],
    wanted: int,
) -> float:
    """Return a cost up to which as many sets are open as are still to be shown."""
    kept = list(shown)
    for cost, _, _, part in sorted(heap, key=lambda entry: entry[:3]):
        if isinstance(part, _Found) and not any(old <= part.names for old in kept):
            kept.append(part.names)
            if len(kept) - len(shown) == wanted:
                return cost
    return np.inf


def _solved(
    options: Options, limit: float, without: frozenset[str], below: float
) -> tuple[float, dict[str, int]] | None:
    problem, places = options.problem(limit, without)
    found: Choice | None = search(problem, below=below)
    return (found.cost, _steps(options, places, found)) if found else None


def _steps(options: Options, places: list[Place], choice: Choice) -> dict[str, int]:
    steps: dict[str, int] = {}
    for place, option in zip(places, choice.options, strict=True):
        taken = place.frontier.steps[option].tolist()
        names = options.names(place.risk, place.factor)
        steps |= {name: n for name, n in zip(names, taken, strict=True) if n}
    return steps


def _set(
    row: Row,
    options: Options,
    steps: Mapping[str, int],
    cost: float,
    times: Mapping[str, float],
    below: float,
) -> ChangeSet:
    after = {name: float(options.levels[name][n]) for name, n in steps.items()}
    scores = _scored(row, after)
    if round(float(scores["residual_risk"]), 12) >= below:
        raise R2PRiskError(f"smallest_changes: {list(steps)} did not hold when scored")
    changes = pd.DataFrame(
        [
            {
                "indicator": name,
                "label": row.labels[name],
                "factor": row.factor[name],
                "before": float(options.levels[name][0]),
                "after": after[name],
                "steps": n,
                "cost": n * options.costs[name] * options.scale,
                "lead_time": times.get(name, np.nan),
            }
            for name, n in steps.items()
        ]
    )
    return ChangeSet(cost, changes, *(float(scores[name]) for name in FOLLOWED))


def _left(
    row: Row,
    best: pd.Series[float],
    held: tuple[str, ...],
    late: tuple[str, ...],
    unknown: tuple[str, ...],
) -> pd.DataFrame:
    """Say what is left of each risk factor where everything is improved, and why."""
    sums, factors = row.scores.sums, row.scores.risk_framework.factors
    rated = set(_with_state(row, CellState.RATED))
    rows = [
        {
            "factor": factor.id,
            "residual": float(best[f"{factor.id}_residual"]),
            **{
                name: [i.id for i in factor.indicators if i.id in ids]
                for name, ids in (
                    ("locked", rated & set(held)),
                    ("too_late", rated & set(late) - set(held)),
                    ("unknown", set(unknown)),
                )
            },
            "no_hold": not sums.kappa[k].any(),
        }
        for k, factor in enumerate(factors)
    ]
    return pd.DataFrame(rows).set_index("factor")
