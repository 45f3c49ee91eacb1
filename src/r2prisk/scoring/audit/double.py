"""What is counted twice: clusters of indicators, and indicators that move as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import Protocol, cast, runtime_checkable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import load_overlaps
from r2prisk.scoring.audit.measures import correlations
from r2prisk.scoring.audit.removal import Half
from r2prisk.scoring.audit.show import ENOUGH
from r2prisk.scoring.kernel import Floats

ONE = 0.98
"""Indicators that correlate as closely as this are as good as one variable."""

CLOSE = 0.9
"""Indicators that correlate as closely as this are named."""

COLUMNS = [
    *("kind", "indicators", "what", "rows", "units", "correlation"),
    *("risk_weight", "resilience_weight"),
]


@runtime_checkable
class Told(Protocol):
    """A finding on the variables behind a panel, as ``r2prisk.sources.findings`` makes it."""

    @property
    def kind(self) -> str:
        """What kind of finding."""
        ...

    @property
    def indicators(self) -> tuple[str, ...]:
        """The indicators."""
        ...

    @property
    def text(self) -> str:
        """What was found."""
        ...


def findings_of(given: object, problems: list[str]) -> tuple[Told, ...]:
    """Return findings that were passed in; what is wrong with them is added to the problems.

    Examples
    --------
    >>> problems = []
    >>> findings_of("x", problems)
    ()
    >>> problems
    ['findings: needs a list of findings, found str; a report of r2prisk.sources has them']
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        found = f"needs a list of findings, found {type(given).__name__}"
        problems.append(f"findings: {found}; a report of r2prisk.sources has them")
        return ()
    told: list[Told] = []
    for n, one in enumerate(cast(Iterable[object], given), 1):
        if isinstance(one, Told) and not isinstance(cast(object, one.indicators), str):
            told.append(one)
        else:
            lacks = f"is {type(one).__name__}, without kind, indicators (a tuple) and text"
            problems.append(f"findings: number {n} {lacks}")
    return tuple(told)


class Pairs:
    """Correlations of all indicators of both sides, by identifier.

    Parameters
    ----------
    names : sequence of str, length q
        Indicators.
    standings : array of float, shape (n, q)
        Their standings within periods.
    units : array of int, shape (n,)
        Number of each row's unit.
    """

    def __init__(self, names: tuple[str, ...], standings: Floats, units: NDArray[np.intp]) -> None:
        self.names = names
        self.place = {name: n for n, name in enumerate(names)}
        self.found, self.rows = correlations(standings)
        self._known = ~np.isnan(standings)
        self._units = units

    def units(self, a: int, b: int) -> int:
        """Return the units that have both of two indicators in one row."""
        return len(np.unique(self._units[self._known[:, a] & self._known[:, b]]))

    def among(self, names: Sequence[str]) -> tuple[float, int, int]:
        """Return mean correlation of the pairs of some indicators, and the most rows and units."""
        return self._of((self.place[a], self.place[b]) for a, b in combinations(names, 2))

    def across(self, names: Sequence[str], others: Sequence[str]) -> tuple[float, int, int]:
        """Return the same of the pairs of one group of indicators with another."""
        return self._of((self.place[a], self.place[b]) for a, b in product(names, others))

    def _of(self, pairs: Iterable[tuple[int, int]]) -> tuple[float, int, int]:
        at = tuple(np.array(list(pairs), dtype=np.intp).reshape(-1, 2).T)
        values, rows = self.found[at], self.rows[at]
        units = [self.units(a, b) for a, b in zip(*at, strict=True)]
        mean = mean_of(values, np.ones(values.shape, dtype=bool))
        return mean, int(rows.max(initial=0)), max(units, default=0)


def double_counting(
    pairs: Pairs, risk: Half, resilience: Half, told: Iterable[Told]
) -> pd.DataFrame:
    """Return what may be counted twice.

    Parameters
    ----------
    pairs : Pairs
        Correlations of the rated indicators.
    risk, resilience : Half
        Which indicator is on which side.
    told : iterable of Told
        What is known of the variables behind the panel.

    Returns
    -------
    pandas.DataFrame
        ``kind``: a finding on sources; ``overlap cluster`` or ``missing resilience`` (a cluster of
        the catalogue of which at least two indicators are rated in the same rows, or one beside
        resilience); ``both sides`` or ``same side`` (two indicators whose standings correlate at
        ``CLOSE`` or more over ``ENOUGH`` units). ``indicators``, ``what``, ``rows`` and ``units``
        in which both of a pair are rated (the most of any pair), ``correlation`` (mean over pairs;
        of missing resilience, with resilience), and ``risk_weight`` and ``resilience_weight``,
        their shares of the weight of each side.
    """
    rated = set(pairs.names)
    weights = [_weights(risk), _weights(resilience)]
    rows: list[tuple[str, str, str, int, int, float, float, float]] = []

    def add(kind: str, names: Iterable[str], what: str, beside: Sequence[str] = ()) -> None:
        some = [name for name in names if name in rated]
        mean, common, units = pairs.across(some, beside) if beside else pairs.among(some)
        one, two = (sum(side.get(name, 0.0) for name in some) for side in weights)
        rows.append((kind, ", ".join(some), what, common, units, mean, one, two))

    for finding in told:
        add(finding.kind, finding.indicators, finding.text)
    firm = [n for names in resilience.indicators for n in names if n in rated]
    for cluster in load_overlaps():
        inside = [name for name in cluster.indicators if name in rated]
        if cluster.kind == "same-event":
            if len(inside) > 1 and pairs.among(inside)[1] > 0:
                add("overlap cluster", inside, cluster.title)
        elif inside and firm:
            add("missing resilience", inside, cluster.title, firm)
    sides = {name: half.name for half in (risk, resilience) for n in half.indicators for name in n}
    close = (np.abs(pairs.found) >= CLOSE) & (pairs.rows >= ENOUGH)
    for a, b in np.argwhere(np.triu(close, 1)).tolist():
        one, two = pairs.names[a], pairs.names[b]
        if pairs.units(a, b) >= ENOUGH:
            kind = "same side" if sides[one] == sides[two] else "both sides"
            as_good = "as good as one" if abs(pairs.found[a, b]) >= ONE else "nearly one"
            add(kind, (one, two), f"their standings are {as_good}")
    return pd.DataFrame(rows, columns=COLUMNS)


def _weights(half: Half) -> dict[str, float]:
    """Return each indicator's share of the weight of its side."""
    whole = half.weights.sum() or 1.0
    return {
        name: float(weight / half.side.total[k] * half.weights[k] / whole)
        for k, names in enumerate(half.indicators)
        for name, weight in zip(names, half.side.weights[k], strict=True)
    }


def between(levels: Floats, names: tuple[str, ...]) -> pd.DataFrame:
    """Return the correlation of each pair of factors, shape (k + r, k + r).

    Parameters
    ----------
    levels : array of float, shape (n, k + r)
        Standings of factors.
    names : tuple of str, length k + r
        Their identifiers.
    """
    found, _ = correlations(levels)
    return pd.DataFrame(found, index=pd.Index(names, name="factor"), columns=list(names))


def mean_of(values: Floats, keep: NDArray[np.bool_]) -> float:
    """Return the mean of some numbers that are known; NaN if none is.

    Examples
    --------
    >>> mean_of(np.array([0.2, np.nan, 0.9]), np.array([True, True, False]))
    0.2
    """
    some = values[keep & ~np.isnan(values)]
    return float(some.mean()) if len(some) else float("nan")
