"""Tables about the mappings that come with r2prisk: what they cover, cite and measure."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from r2prisk.catalogue import load_framework
from r2prisk.sources.findings import findings
from r2prisk.sources.load import measures_of
from r2prisk.sources.mapping import SOURCES, load_mapping

_FRAMEWORKS = ("un-foa-2014", "sg-resilience-2013")


def coverage_table(names: Sequence[str] = SOURCES) -> pd.DataFrame:
    """Return how many indicators of each factor the mappings rate, and by which sources.

    Parameters
    ----------
    names : sequence of str
        Mappings to count; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        Index ``factor``; columns ``title``, ``indicators`` (how many the framework has), ``rated``
        (how many a source rates), ``which`` and ``sources`` (texts).

    Examples
    --------
    >>> coverage_table().loc["RF10", "rated"]
    np.int64(0)
    """
    measures = [m for name in names for m in measures_of(load_mapping(name))]
    rows: list[tuple[str, str, int, int, str, str]] = []
    for framework in map(load_framework, _FRAMEWORKS):
        for factor in framework.factors:
            own = [i.id for i in factor.indicators]
            rated = [i for i in own if any(m.indicator == i for m in measures)]
            by = dict.fromkeys(m.source for m in measures if m.indicator in own)
            rows.append(
                (factor.id, factor.title, len(own), len(rated), ", ".join(rated), ", ".join(by))
            )
    columns = ["factor", "title", "indicators", "rated", "which", "sources"]
    return pd.DataFrame(rows, columns=columns).set_index("factor")


def source_table(names: Sequence[str] = SOURCES) -> pd.DataFrame:
    """Return what each mapping reads: publisher, version, years, licence, citation.

    Examples
    --------
    >>> source_table().loc["pts", "title"]
    'Political Terror Scale'
    """
    mappings = [load_mapping(name) for name in names]
    rows = [
        (m.name, m.title, m.publisher, m.version, m.covers, m.licence, m.citation, m.url)
        for m in mappings
    ]
    columns = ["source", "title", "publisher", "version", "covers", "licence", "citation", "url"]
    return pd.DataFrame(rows, columns=columns).set_index("source")


def findings_table(names: Sequence[str] = SOURCES) -> pd.DataFrame:
    """Return the variables and concepts on both sides, and the events told twice.

    Returns
    -------
    pandas.DataFrame
        Columns ``kind``, ``indicators`` and ``text``.

    Examples
    --------
    >>> "one variable on both sides" in set(findings_table()["kind"])
    False
    """
    found = findings(m for name in names for m in measures_of(load_mapping(name)))
    rows = [(f.kind, ", ".join(f.indicators), f.text) for f in found]
    return pd.DataFrame(rows, columns=["kind", "indicators", "text"])
