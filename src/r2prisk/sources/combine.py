"""Several panels into one, by a declared rule where two rate one cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework
from r2prisk.errors import InputError
from r2prisk.panel import CellState, Panel
from r2prisk.sources.findings import findings
from r2prisk.sources.load import SourceResult, first_choice, measures_of, stands_in
from r2prisk.sources.mapping import SOURCES, load_mapping
from r2prisk.sources.report import CombineReport, Measure, Overlap
from r2prisk.sources.rules import Rule, rule_named

_SOURCE_LINE = re.compile(r"^(?P<title>.+?) v(?P<version>[^\s:][^:]*): ")
_RANK = np.array([3, 0, 2, 1])
"""How much each cell state says, by its number: rated, then not applicable, failed, unknown."""


@dataclass(frozen=True)
class Combined:
    """A panel made of several, and how."""

    panel: Panel
    report: CombineReport


def combine(panels: Iterable[Panel | SourceResult], *, rule: str = "first") -> Panel:
    """Put panels together into one.

    Rows and indicators are the union of all. Where several panels rate one cell, the rule decides;
    elsewhere a cell that is not applicable beats one that failed, and that one an unknown one. Two
    editions of one source are never mixed in one series: for each unit and indicator the edition
    given first that rates it supplies all years. Inside a panel that was combined before, editions
    cannot be told apart: combine all panels in one call.

    Parameters
    ----------
    panels : iterable of Panel or SourceResult
        In the order of trust; all of one kind of period.
    rule : {"first", "mean", "max", "pool", "error"}
        ``RULES`` says what each does.

    Returns
    -------
    Panel
        Sorted by unit and period.

    Raises
    ------
    InputError
        If there is no such rule or no panel, if what is given are no panels, if they differ in kind
        of period, hold different frameworks of one name or one indicator in two frameworks, or, by
        the rule ``error``, if two panels rate one cell.

    See Also
    --------
    combine_full : The same, with the report.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk.panel import read_frame
    >>> one = read_frame(pd.DataFrame({"unit": ["SDN"], "period": [2003], "1.1": [0.9]}))
    >>> two = read_frame(
    ...     pd.DataFrame({"unit": ["SDN"], "period": [2003], "1.1": [0.5], "2.1": [1]})
    ... )
    >>> combine([one, two]).to_frame().loc[("SDN", "2003")].tolist()
    [0.9, 1.0]
    """
    return combine_full(panels, rule=rule).panel


def combine_full(panels: Iterable[Panel | SourceResult], *, rule: str = "first") -> Combined:
    """Put panels together and say how each shared cell was decided.

    Parameters and errors are those of :func:`combine`.

    Returns
    -------
    Combined
        ``panel`` and ``report``.
    """
    named = rule_named(rule)
    given = _given(panels)
    parts = [p.panel if isinstance(p, SourceResult) else p for p in given]
    frameworks = _frameworks(parts)
    index, rows = _union(parts)
    work = _Work(parts, rows, index, named)
    order = [i.id for f in frameworks for i in f.indicators if work.has(i.id)]
    for indicator in order:
        work.add(indicator)
    if work.problems:
        raise InputError("panels to combine", work.problems)
    panel = Panel(
        index=index,
        indicators=tuple(order),
        ratings=np.column_stack(work.ratings),
        states=np.column_stack(work.states),
        frameworks=frameworks,
        variance=np.column_stack(work.variance) if work.any_variance else None,
        sources=tuple(dict.fromkeys(line for part in parts for line in part.sources)),
        notes=tuple(dict.fromkeys(line for part in parts for line in part.notes)),
    )
    report = CombineReport(
        rule=named.name,
        panels=work.labels,
        overlaps=tuple(work.overlaps),
        editions=work.editions,
        mixed=work.mixed,
        findings=findings(
            m for n, p in enumerate(given) for m in _measures(p) if (n, m.indicator) in work.used
        ),
        notes=_combined_before(parts),
    )
    return Combined(panel, report)


class _Work:
    """The indicators put together so far."""

    def __init__(
        self,
        parts: Sequence[Panel],
        rows: Sequence[NDArray[np.intp]],
        index: pd.MultiIndex,
        rule: Rule,
    ) -> None:
        self.parts, self.rows, self.rule, self.index = parts, rows, rule, index
        self.unit, _ = pd.factorize(index.get_level_values("unit"))
        self.where = [{i: n for n, i in enumerate(p.indicators)} for p in parts]
        self.titles = [_titles(p) if len(p.sources) == 1 else frozenset() for p in parts]
        self.labels = tuple(_label(p, n) for n, p in enumerate(parts))
        self.any_variance = any(p.variance is not None for p in parts)
        self.ratings: list[NDArray[np.float64]] = []
        self.states: list[NDArray[np.uint8]] = []
        self.variance: list[NDArray[np.float64]] = []
        self.overlaps: list[Overlap] = []
        self.editions: dict[str, int] = {}
        self.mixed: dict[str, int] = {}
        self.problems: list[str] = []
        self.used: set[tuple[int, str]] = set()
        """The panels, by their place, and the indicators for which a rating of theirs counts."""

    def has(self, indicator: str) -> bool:
        return any(indicator in where for where in self.where)

    def add(self, indicator: str) -> None:
        """Decide every cell of one indicator."""
        who = [n for n, where in enumerate(self.where) if indicator in where]
        stack = np.full((len(who), len(self.index)), np.nan)
        states = np.full((len(who), len(self.index)), CellState.UNKNOWN, dtype=np.uint8)
        spread = np.full((len(who), len(self.index)), np.nan)
        for place, n in enumerate(who):
            column, part = self.where[n][indicator], self.parts[n]
            stack[place, self.rows[n]] = part.ratings[:, column]
            states[place, self.rows[n]] = part.states[:, column]
            if part.variance is not None:
                spread[place, self.rows[n]] = part.variance[:, column]
        left_out = self._one_edition(who, stack, states)
        if left_out:
            self.editions[indicator] = left_out
        rating, variance, taken = self.rule.decide(stack, spread)
        self._overlap(indicator, who, stack, taken)
        self._used(indicator, who, stack, taken)
        best = _RANK[states].argmax(axis=0)
        state = states[best, np.arange(len(best))]
        state[~np.isnan(rating)] = CellState.RATED
        self.ratings.append(rating)
        self.states.append(state)
        self.variance.append(variance)

    def _one_edition(
        self, who: list[int], stack: NDArray[np.float64], states: NDArray[np.uint8]
    ) -> int:
        """Take out, unit by unit, the series of every edition but the first that rates it."""
        left_out = 0
        rates = np.stack([np.bincount(self.unit, ~np.isnan(row)) > 0 for row in stack])
        for later in range(1, len(who)):
            for earlier in range(later):
                if not self.titles[who[later]] & self.titles[who[earlier]]:
                    continue
                gone = rates[earlier] & rates[later]
                left_out += int(gone.sum())
                rates[later] &= ~gone
                stack[later, gone[self.unit]] = np.nan
                states[later, gone[self.unit]] = CellState.UNKNOWN
        return left_out

    def _overlap(
        self, indicator: str, who: list[int], stack: NDArray[np.float64], taken: NDArray[np.intp]
    ) -> None:
        """Note the cells that several panels rated, and whose rating was taken."""
        shared = (~np.isnan(stack)).sum(axis=0) > 1
        if not shared.any():
            return
        if self.rule.name == "error":
            first = self.index[int(np.flatnonzero(shared)[0])]
            names = " and ".join(self.labels[n] for n in who)
            where = f"first {first[0]} {first[1]}"
            cells = int(shared.sum())
            self.problems.append(f"{indicator}: {cells} cells are rated by {names} ({where})")
        counts = Counter(taken[shared].tolist())
        labels = {self.labels[who[n]] if n >= 0 else self.rule.name: c for n, c in counts.items()}
        self.overlaps.append(Overlap(indicator, int(shared.sum()), labels))

    def _used(
        self, indicator: str, who: list[int], stack: NDArray[np.float64], taken: NDArray[np.intp]
    ) -> None:
        """Note whose ratings count, and the series of units that hold those of several panels."""
        known = ~np.isnan(stack)
        used = (
            known if self.rule.name in ("mean", "pool") else np.arange(len(stack))[:, None] == taken
        )
        sources = np.stack([np.bincount(self.unit, row) > 0 for row in used & known])
        self.used |= {(n, indicator) for n, any_ in zip(who, sources, strict=True) if any_.any()}
        count = int((sources.sum(axis=0) > 1).sum())
        if count:
            self.mixed[indicator] = count


def _given(panels: object) -> list[Panel | SourceResult]:
    """Return what was given as a list, and refuse what is no panel."""
    if isinstance(panels, Panel | SourceResult) or not isinstance(panels, Iterable):
        found = f"one {type(panels).__name__}; give a list"
        raise InputError("combine", [f"needs panels, found {found}"])
    given: list[object] = list(panels)
    kept = [p for p in given if isinstance(p, Panel | SourceResult)]
    if len(kept) < len(given):
        strange = {type(p).__name__: None for p in given if not isinstance(p, Panel | SourceResult)}
        raise InputError("combine", [f"needs panels, found {', '.join(strange)}"])
    return kept


def _combined_before(parts: Sequence[Panel]) -> tuple[str, ...]:
    """Name the sources of a panel made of several that another panel brings as well."""
    notes: list[str] = []
    for place, part in enumerate(parts):
        if len(part.sources) > 1:
            others = frozenset[str]().union(*(_titles(p) for p in parts if p is not part))
            notes += [
                f"panel {place + 1} was combined before and holds {title}: editions inside it "
                "cannot be told apart; combine all panels in one call"
                for title in sorted(_titles(part) & others)
            ]
    return tuple(notes)


def _union(parts: Sequence[Panel]) -> tuple[pd.MultiIndex, list[NDArray[np.intp]]]:
    """Return the rows of all panels, sorted, and where each panel's rows are among them."""
    whole = parts[0].index
    for part in parts[1:]:
        whole = whole.append(part.index)
    unit = whole.get_level_values("unit").to_numpy(dtype=object)
    period = pd.PeriodIndex(whole.get_level_values("period"))
    names, unit_code = np.unique(unit.astype(str), return_inverse=True)
    times, example, period_code = np.unique(period.asi8, return_index=True, return_inverse=True)
    key = unit_code.astype(np.int64) * len(times) + period_code
    found, place = np.unique(key, return_inverse=True)
    periods = period[example][found % len(times)]
    arrays = [names[found // len(times)].astype(object), periods]
    index = pd.MultiIndex.from_arrays(arrays, names=["unit", "period"])
    ends = np.cumsum([len(part) for part in parts])
    return index, [np.asarray(rows) for rows in np.split(place, ends[:-1])]


def _frameworks(parts: Sequence[Panel]) -> tuple[Framework, ...]:
    """Return the frameworks of all panels by name, and check that the panels fit together."""
    if not parts:
        raise InputError("panels to combine", ["there is none"])
    problems: list[str] = []
    kinds = {str(pd.PeriodIndex(p.index.get_level_values("period")).freqstr) for p in parts}
    if len(kinds) > 1:
        problems.append(f"the periods are of different kinds: {', '.join(sorted(kinds))}")
    by_name: dict[str, Framework] = {}
    for framework in (f for part in parts for f in part.frameworks):
        if by_name.setdefault(framework.name, framework) != framework:
            problems.append(f"two different frameworks are named '{framework.name}'")
    named = Counter(i.id for framework in by_name.values() for i in framework.indicators)
    rated = {indicator for part in parts for indicator in part.indicators}
    twice = sorted(i for i, count in named.items() if count > 1 and i in rated)
    if twice:
        problems.append(f"in two frameworks: {', '.join(twice)}")
    if problems:
        raise InputError("panels to combine", list(dict.fromkeys(problems)))
    first_of_risk = sorted(by_name.values(), key=lambda f: f.kind != "risk")
    return tuple(first_of_risk)


def _titles(panel: Panel) -> frozenset[str]:
    found = (_SOURCE_LINE.match(line) for line in panel.sources)
    return frozenset(match["title"] for match in found if match)


def _label(panel: Panel, place: int) -> str:
    """Name a panel by its sources: ``V-Dem 12``, or the name of its file."""
    found = [(line, _SOURCE_LINE.match(line)) for line in panel.sources]
    names = [f"{match['title']} {match['version']}" if match else line for line, match in found]
    if len(names) > 1:
        return f"{names[0]} and {len(names) - 1} more"
    return names[0] if names else f"panel {place + 1}"


def _measures(given: Panel | SourceResult) -> tuple[Measure, ...]:
    """Return what rated a panel: from its report, or from the mappings of its sources."""
    if isinstance(given, SourceResult):
        return given.report.measures
    titles = _titles(given)
    found: list[Measure] = []
    for mapping in (m for m in map(load_mapping, SOURCES) if m.title in titles):
        first = first_choice(mapping)
        noted = [r for r in mapping.ratings if f"{mapping.name}: {stands_in(r)}" in given.notes]
        used = first | {rating.indicator: rating for rating in noted}
        found += measures_of(mapping, tuple(used.values()))
    return tuple(found)
