"""What the choice of variables means: both sides fed by one, and one event told twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from r2prisk.catalogue import load_overlaps
from r2prisk.sources.report import Finding, Measure


def findings(measures: Iterable[Measure]) -> tuple[Finding, ...]:
    """Return what a reader of the scores must know about the variables behind them.

    Five kinds. ``one variable on both sides``: it rates a risk and a resilience indicator.
    ``one concept on both sides``: different variables measure the same thing. ``an index and its
    part on both sides``: an index that rates one side is built from the variable that rates the
    other. ``two indices with a common part on both sides``: both are built from it. ``one event
    twice``: indicators of one overlap cluster are rated by the same variable.

    Parameters
    ----------
    measures : iterable of Measure
        What rates each indicator.

    Returns
    -------
    tuple of Finding
        In the order of these kinds, each by variable or concept.

    Examples
    --------
    >>> lower = Measure("vdem", "3.3", "risk", ("v2juncind",), "independent-courts")
    >>> upper = Measure("vdem", "SGS3.3", "resilience", ("v2juhcind",), "independent-courts")
    >>> print(findings([lower, upper])[0])
    one concept on both sides: independent-courts: 3.3 (vdem v2juncind), SGS3.3 (vdem v2juhcind)
    """
    listed = tuple(dict.fromkeys(measures))
    by_variable: dict[str, list[Measure]] = defaultdict(list)
    by_concept: dict[str, list[Measure]] = defaultdict(list)
    for measure in listed:
        by_concept[measure.concept].append(measure)
        for variable in measure.variables:
            by_variable[variable].append(measure)
    found = [
        Finding("one variable on both sides", _indicators(group), f"{name}: {_list(group)}")
        for name, group in sorted(by_variable.items())
        if _both(group)
    ]
    found += [
        Finding("one concept on both sides", _indicators(group), f"{name}: {_list(group)}")
        for name, group in sorted(by_concept.items())
        if _both(group)
    ]
    return (*found, *_parts(listed, by_variable), *_common(listed), *_twice(by_variable))


def _parts(listed: tuple[Measure, ...], by_variable: dict[str, list[Measure]]) -> Iterable[Finding]:
    for measure in listed:
        for part in measure.contains:
            others = [m for m in by_variable.get(part, ()) if m.side != measure.side]
            if others:
                index = ", ".join(measure.variables)
                text = f"{index} ({measure.indicator}) is built from {part}: {_list(others)}"
                group = [measure, *others]
                yield Finding("an index and its part on both sides", _indicators(group), text)


def _common(listed: tuple[Measure, ...]) -> Iterable[Finding]:
    for place, one in enumerate(listed):
        for other in listed[place + 1 :]:
            parts = [part for part in one.contains if part in other.contains]
            if parts and one.side != other.side:
                kind = "two indices with a common part on both sides"
                text = f"{_list([one, other])}: {', '.join(parts)}"
                yield Finding(kind, _indicators([one, other]), text)


def _twice(by_variable: dict[str, list[Measure]]) -> Iterable[Finding]:
    for cluster in load_overlaps():
        if cluster.kind != "same-event":
            continue
        told: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name, group in sorted(by_variable.items()):
            inside = _indicators(m for m in group if m.indicator in cluster.indicators)
            if len(inside) > 1:
                told[inside].append(name)
        for inside, names in told.items():
            text = f"{cluster.title}: {', '.join(names)} rates {', '.join(inside)}"
            yield Finding("one event twice", inside, text)


def _both(group: Iterable[Measure]) -> bool:
    return len({measure.side for measure in group}) > 1


def _indicators(group: Iterable[Measure]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(measure.indicator for measure in group))


def _list(group: Iterable[Measure]) -> str:
    return ", ".join(f"{m.indicator} ({m.source} {' + '.join(m.variables)})" for m in group)
