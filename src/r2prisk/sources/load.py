"""Load a public dataset as a Panel, with a report of what was read, dropped and why."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.panel import CellState, Panel
from r2prisk.sources.mapping import Mapping, Rating, frameworks_of, load_mapping
from r2prisk.sources.rate import Rated, rate
from r2prisk.sources.report import Measure, SourceReport
from r2prisk.sources.rows import Rows, place_rows
from r2prisk.sources.table import Table, read_table


@dataclass(frozen=True)
class SourceResult:
    """A panel and how it came about."""

    panel: Panel
    report: SourceReport


def load_source(
    name: str | None,
    path: str | os.PathLike[str],
    *,
    mapping: str | os.PathLike[str] | None = None,
) -> Panel:
    """Read a public dataset as its publisher ships it into a Panel.

    Parameters
    ----------
    name : str or None
        A name of ``SOURCES``; may be None where ``mapping`` is given.
    path : path-like
        The file: CSV, or Parquet if it ends in ``.parquet``.
    mapping : path-like, optional
        A mapping file of your own, instead of the one that comes with r2prisk.

    Returns
    -------
    Panel
        Yearly; units in ISO 3166 alpha-3; ratings from 0 to 1.

    Raises
    ------
    InputError
        If there is no such source, or the mapping or the file has faults.

    See Also
    --------
    read_source : The same, with the report.

    Examples
    --------
    >>> load_source("vedm", "V-Dem-CY-Full+Others-v14.csv")
    Traceback (most recent call last):
    r2prisk.errors.InputError: source 'vedm': no such source; allowed: ...; did you mean 'vdem'?
    """
    return read_source(name, path, mapping=mapping).panel


def read_source(
    name: str | None,
    path: str | os.PathLike[str],
    *,
    mapping: str | os.PathLike[str] | None = None,
) -> SourceResult:
    """Read a public dataset into a Panel and say what was read, dropped, rated and held.

    Parameters and errors are those of :func:`load_source`.

    Returns
    -------
    SourceResult
        ``panel`` and ``report``.
    """
    if mapping is None and name is None:
        raise InputError("source", ["name a source, or give a mapping file"])
    chosen = load_mapping(mapping if mapping is not None else str(name))
    table = read_table(path, chosen)
    rows = place_rows(table, chosen)
    absent = None if chosen.absent is None else chosen.absent.value
    rated: dict[str, tuple[Rating, Rated]] = {}
    lacking: dict[str, tuple[str, ...]] = {}
    for rating in chosen.ratings:
        if rating.indicator in rated:
            continue
        if table.has(rating.needs):
            rated[rating.indicator] = rating, rate(rating, table, rows, absent)
        else:
            gone = tuple(column for column in rating.needs if column not in table.columns)
            lacking.setdefault(rating.indicator, gone)
    missing = {i: gone for i, gone in lacking.items() if i not in rated}
    report = _report(chosen, table, rows, rated, missing)
    return SourceResult(_panel(chosen, rows, {i: r for i, (_, r) in rated.items()}, report), report)


def _panel(mapping: Mapping, rows: Rows, rated: dict[str, Rated], report: SourceReport) -> Panel:
    """Stack the indicators into the rows that a unit has."""
    frameworks = frameworks_of(mapping)
    frameworks = tuple(f for f in frameworks if any(i.id in rated for i in f.indicators))
    order = [i.id for f in frameworks for i in f.indicators if i.id in rated]
    ratings = np.stack([rated[i].ratings for i in order], axis=2)
    states = np.stack([rated[i].states for i in order], axis=2)
    told = (states != CellState.UNKNOWN).any(axis=2)
    unit, year = np.nonzero(told)
    names = np.array(rows.units, dtype=object)[unit]
    periods = pd.period_range(str(rows.years[0]), str(rows.years[-1]), freq="Y")[year]
    index = pd.MultiIndex.from_arrays([names, periods], names=["unit", "period"])
    return Panel(
        index=index,
        indicators=tuple(order),
        ratings=np.ascontiguousarray(ratings[unit, year]),
        states=np.ascontiguousarray(states[unit, year]),
        frameworks=frameworks,
        sources=(f"{mapping.title} v{report.version}: {mapping.citation}",),
        notes=report.left_out,
    )


def _report(
    mapping: Mapping,
    table: Table,
    rows: Rows,
    rated: dict[str, tuple[Rating, Rated]],
    missing: dict[str, tuple[str, ...]],
) -> SourceReport:
    first = first_choice(mapping)
    notes = [note for _, found in rated.values() for note in found.notes]
    notes += [stands_in(r) for r, _ in rated.values() if r is not first[r.indicator]]
    counts = {i: int((found.states == CellState.RATED).sum()) for i, (_, found) in rated.items()}
    used = tuple(rating for rating, _ in rated.values())
    return SourceReport(
        name=mapping.name,
        title=mapping.title,
        version=_version(mapping, table),
        file=table.name,
        rows_read=len(table),
        rows_kept=len(np.unique(rows.row)),
        dropped=rows.dropped,
        rated=counts,
        held={i: found.held for i, (_, found) in rated.items() if found.held},
        clipped={i: found.clipped for i, (_, found) in rated.items() if found.clipped},
        missing_columns=missing,
        notes=tuple(dict.fromkeys(notes)),
        measures=measures_of(mapping, used),
    )


def first_choice(mapping: Mapping) -> dict[str, Rating]:
    """Return the rating of each indicator that a mapping takes where the file has its columns."""
    return {rating.indicator: rating for rating in reversed(mapping.ratings)}


def stands_in(rating: Rating) -> str:
    """Say that a rating was used whose columns are not the first choice."""
    return f"{rating.indicator} is rated by a stand-in: {', '.join(rating.variables)}"


def measures_of(mapping: Mapping, ratings: tuple[Rating, ...] | None = None) -> tuple[Measure, ...]:
    """Return what a mapping measures, for all its ratings or for some of them."""
    sides = {i.id: f.kind for f in frameworks_of(mapping) for i in f.indicators}
    return tuple(
        Measure(mapping.name, r.indicator, sides[r.indicator], r.variables, r.concept, r.contains)
        for r in (mapping.ratings if ratings is None else ratings)
    )


def _version(mapping: Mapping, table: Table) -> str:
    """Return the version that the file, its columns or its name give, or the declared one."""
    column = mapping.version_column
    if column is not None and column in table.columns:
        found = sorted({str(word) for word in table.words(column) if word is not None})
        if found:
            return ", ".join(found)
    if mapping.version_pattern is not None:
        pattern = re.compile(mapping.version_pattern)
        prefixes = {written.removesuffix(name) for name, written in table.columns.items()} - {""}
        texts = sorted(prefixes, key=lambda text: (len(text), text)) or [Path(table.name).stem]
        found = [match.group(1) for match in map(pattern.search, texts) if match]
        if found:
            return ", ".join(dict.fromkeys(found))
    return mapping.version
