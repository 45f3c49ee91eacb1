"""What is counted twice: clusters of indicators, and indicators that move as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import load_overlaps
from r2prisk.scoring.audit.measures import correlations
from r2prisk.scoring.audit.removal import Half
from r2prisk.scoring.kernel import Floats

ONE = 0.98
"""Indicators that correlate as closely as this are as good as one variable."""

CLOSE = 0.9
"""Indicators that correlate as closely as this are named."""

ENOUGH = 20
"""Rows below which they are not: among thousands of pairs, some correlate closely by chance."""

COLUMNS = ["kind", "indicators", "what", "rows", "correlation", "weight"]


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


class Pairs:
    """Correlations of all indicators of both sides, by identifier.

    Parameters
    ----------
    names : sequence of str, length q
        Indicators.
    standings : array of float, shape (n, q)
        Their standings within periods.
    """

    def __init__(self, names: tuple[str, ...], standings: Floats) -> None:
        self.names = names
        self.place = {name: n for n, name in enumerate(names)}
        self.found, self.rows = correlations(standings)

    def among(self, names: Iterable[str]) -> tuple[float, int]:
        """Return mean correlation and the most common rows of the pairs of some indicators."""
        pairs = [(self.place[a], self.place[b]) for a, b in combinations(names, 2)]
        values = np.array([self.found[pair] for pair in pairs])
        values = values[~np.isnan(values)]
        most = max((int(self.rows[pair]) for pair in pairs), default=0)
        return (float(values.mean()) if len(values) else float("nan")), most

    def across(self, names: Iterable[str], others: Iterable[str]) -> tuple[float, int]:
        """Return the same of the pairs of one group of indicators with another."""
        at = np.ix_([self.place[n] for n in names], [self.place[n] for n in others])
        values = self.found[at]
        return mean_of(values, np.ones(values.shape, dtype=bool)), int(self.rows[at].max())


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
        ``CLOSE`` or more over ``ENOUGH`` rows). ``indicators``, ``what``, ``rows`` in which
        both are rated, ``correlation`` (mean over pairs; of missing resilience, with resilience)
        and ``weight``, their share of the weight of the sides that they are on.
    """
    rated = set(pairs.names)
    weights = _weights(risk) | _weights(resilience)
    rows: list[tuple[str, str, str, int, float, float]] = []

    def add(kind: str, names: Iterable[str], what: str, beside: Sequence[str] = ()) -> None:
        some = [name for name in names if name in rated]
        mean, common = pairs.across(some, beside) if beside else pairs.among(some)
        weight = sum(weights.get(name, 0.0) for name in some)
        rows.append((kind, ", ".join(some), what, common, mean, weight))

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
    for a, b in zip(*np.nonzero(np.triu(close, 1)), strict=True):
        one, two = pairs.names[a], pairs.names[b]
        if one in sides and two in sides:
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
