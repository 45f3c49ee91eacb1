"""Read the user's files on accountability into facts: one for each unit and item."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Hashable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units, resolve, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.words import is_missing, rating_of
from r2prisk.panel.periods import period_of
from r2prisk.panel.read import read_table
from r2prisk.prevention.accountability.items import (
    LEVELS,
    FileName,
    Item,
    Layout,
    Status,
    load_items,
)
from r2prisk.prevention.document import one_line
from r2prisk.sources.mapping import load_mapping

MOST = 12
"""Names of things left out that are told."""

Source = str | os.PathLike[str] | pd.DataFrame


@dataclasses.dataclass(frozen=True)
class Fact:
    """What is known of one item in one State.

    Parameters
    ----------
    status : str
        One of ``yes``, ``partly``, ``signed``, ``measured``, ``no``, ``not applicable`` and
        ``unknown``.
    level : float
        From 0 to 1, NaN where the status has none.
    told : str
        The same in words.
    since : str
        From when, as the file says.
    as_of : str
        Of when the answer is.
    """

    status: Status
    level: float = float("nan")
    told: str = ""
    since: str = ""
    as_of: str = ""


Row = Mapping[Hashable, Any]

Facts = dict[tuple[str, str], Fact]
"""By unit and item."""


def read_facts(
    files: dict[FileName, Iterable[Source]],
) -> tuple[Facts, list[str]]:
    """Read all files that are given.

    Parameters
    ----------
    files : dict of str to iterable of path-like or pandas.DataFrame
        Of each kind, in their order; an answer of a later file stands in for an earlier one.

    Returns
    -------
    tuple of (dict, list of str)
        The facts, and what was left out or replaced, one line each.

    Raises
    ------
    InputError
        With every fault of every file: columns that are missing, answers that are not allowed,
        units that are none in a file of one's own, and the same item twice in one file.
    """
    facts: Facts = {}
    notes: list[str] = []
    problems: list[str] = []
    for kind, sources in files.items():
        layout = load_items().files[kind]
        for source in sources:
            try:
                name, frame = _opened(source, layout)
                found, said = _READERS[kind](frame, layout, name)
            except InputError as error:
                problems += [f"{Path(error.subject).name}: {problem}" for problem in error.problems]
                continue
            again = sum(key in facts for key in found)
            notes += said
            notes += [f"{name}: {again:,} answers stand in for those of an earlier file"] * bool(
                again
            )
            facts |= found
    if problems:
        raise InputError("accountability", problems)
    return facts, notes


def _opened(source: Source, layout: Layout) -> tuple[str, pd.DataFrame]:
    """Return a table with the columns that are declared, and what to call it."""
    if isinstance(source, pd.DataFrame):
        name, frame = layout.title, source
    else:
        name, frame = Path(source).name, read_table(Path(source))
    there = [str(column).strip() for column in frame.columns]
    frame = frame.set_axis(pd.Index(there, dtype=object), axis=1)
    problems = [
        f"column '{n}' stands more than once"
        for n in sorted({c for c in there if there.count(c) > 1})
    ]
    wanted = [*layout.columns, *(str(item.key) for item in load_items().of("criminalisation"))]
    needed = wanted if layout is load_items().files["criminalisation"] else layout.columns
    problems += [
        f"has no column '{column}'{nearest(column, there)}"
        for column in needed
        if column not in there
    ]
    if problems:
        raise InputError(name, problems)
    return name, frame


def _units(column: pd.Series[Any], name: str, *, own: bool) -> tuple[list[str | None], list[str]]:
    """Return the unit of each row; what is none is refused in a file of one's own, else told."""
    known = load_units()
    codes = [str(value).strip() for value in column]
    strange = list(dict.fromkeys(code for code in codes if code not in known))
    if strange and own:
        raise InputError(name, [f"'{c}' is no unit{unit_hint(c)}" for c in strange])
    told = [f"{name}: left out, no unit of r2prisk: {_some(strange)}"] if strange else []
    return [code if code in known else None for code in codes], told


def _some(names: list[str]) -> str:
    """Name a few, and say how many more there are."""
    more = f" and {len(names) - MOST:,} more" if len(names) > MOST else ""
    return f"{', '.join(one_line(name)[:40] for name in names[:MOST])}{more}"


def _treaties(frame: pd.DataFrame, layout: Layout, name: str) -> tuple[Facts, list[str]]:
    items = {str(item.key): item for item in load_items().of("treaties")}
    units, notes = _units(frame[layout.unit], name, own=False)
    facts: Facts = {}
    problems: list[str] = []
    unread: dict[str, None] = {}
    for line, unit, row in zip(frame.index, units, frame.to_dict("records"), strict=True):
        key = str(row["treaty"]).strip().lower()
        if key not in items:
            unread[key] = None
        elif unit is not None and not is_missing(row["state_party"]):  # else unknown
            if (unit, items[key].id) in facts:
                problems.append(f"line {line}: {unit} and '{key}' stand there already")
            try:
                facts[unit, items[key].id] = _treaty(row, layout)
            except InputError as error:
                problems += [f"line {line}, {error.subject}: {why}" for why in error.problems]
    if problems:
        raise InputError(name, problems)
    if unread:
        notes.append(f"{name}: not asked for here, and left out: {_some([*unread])}")
    return facts, notes


def _treaty(row: Row, layout: Layout) -> Fact:
    """Return the status of one treaty; where the row speaks against itself it is unknown.

    Raises
    ------
    InputError
        If it is neither yes nor no, or a year or a date is none.
    """
    party = str(row["state_party"]).strip().removesuffix(".0")
    if party not in ("0", "1"):
        raise InputError("column 'state_party'", [f"'{row['state_party']}'; allowed: 0, 1"])
    year = row["year_ratified"]
    since = "" if is_missing(year) else str(year).strip()[:4]
    if since and not (since.isdecimal() and len(since) == 4):
        raise InputError("column 'year_ratified'", [f"'{year}' is no year as 1972"])
    when, as_of = _when(row, layout)
    if since and not when and layout.year and int(since) > layout.year:
        as_of = since  # a file of one's own, newer than the public one
    said = str(row["status"]).strip().lower()
    noted = "" if is_missing(row.get("note")) else one_line(str(row["note"]))
    if any(word in noted.lower() for word in layout.doubt):
        return Fact("unknown", told=f"in doubt: '{noted}'", as_of=as_of)
    if party == "0" and (since or said == "state party"):
        told = f"in doubt: no party, yet ratified {since}".rstrip()
        return Fact("unknown", told=told, as_of=as_of)
    if party == "1":
        told = f"party since {since}" if since else "party, year unknown"
        return Fact("yes", 1.0, told, since, as_of)
    if said.startswith("signatory"):
        return Fact("signed", 0.0, "signed, not ratified", "", as_of)
    return Fact("no", 0.0, "not party", "", as_of)


def _criminalisation(frame: pd.DataFrame, layout: Layout, name: str) -> tuple[Facts, list[str]]:
    units, notes = _units(frame[layout.unit], name, own=False)
    twice = sorted({u for u in units if u is not None and units.count(u) > 1})
    problems = [f"{unit} stands there more than once" for unit in twice]
    facts: Facts = {}
    for item in load_items().of("criminalisation"):
        for line, unit, answer in zip(frame.index, units, frame[str(item.key)], strict=True):
            if unit is None or is_missing(answer):
                continue  # nobody answered: unknown
            problem = _answer(facts, (unit, item), str(answer).strip(), "", layout.as_of)
            problems += [f"line {line}: {problem}"] if problem else []
    if problems:
        raise InputError(name, problems)
    return facts, notes


def _answer(facts: Facts, key: tuple[str, Item], answer: str, since: str, as_of: str) -> str:
    """Add an answer that the item knows; return what is wrong with it otherwise."""
    unit, item = key
    status = item.map.get(answer)
    if status is None:
        hint = nearest(answer, item.map)
        return f"'{item.title}': '{answer}' is not one of {', '.join(item.map)}{hint}"
    plain = answer if answer.lower() != status else status
    told = item.words.get(status, plain)
    facts[unit, item.id] = Fact(status, LEVELS.get(status, float("nan")), told, since, as_of)
    return ""


def _capacities(frame: pd.DataFrame, layout: Layout, name: str) -> tuple[Facts, list[str]]:
    items = {str(item.key): item for item in load_items().of("capacities")}
    units, notes = _units(frame[layout.unit], name, own=True)
    facts: Facts = {}
    problems: list[str] = []
    for line, unit, row in zip(frame.index, units, frame.to_dict("records"), strict=True):
        key = str(row["capacity"]).strip()
        try:
            when, as_of = _when(row, layout)
        except InputError as error:
            problems += [f"line {line}, {error.subject}: {why}" for why in error.problems]
            continue
        if key not in items:
            problems.append(f"line {line}: no capacity '{key}'{nearest(key, items)}")
            continue
        try:
            rating, state = rating_of(row["rating"])
        except ValueError as error:
            problems.append(f"line {line}, column 'rating': {error}")
            continue
        if (str(unit), items[key].id) in facts:
            problems.append(f"line {line}: {unit} and {key} stand there already")
        facts[str(unit), items[key].id] = _rated(rating, state, when, as_of)
    if problems:
        raise InputError(name, problems)
    return facts, notes


def _rated(rating: float, state: str, when: str, as_of: str) -> Fact:
    if np.isnan(rating):
        status: Status = "not applicable" if state == "not applicable" else "unknown"
        return Fact(status, told=state, as_of=as_of)
    status = "yes" if rating >= 0.75 else "partly" if rating > 0 else "no"
    return Fact(status, rating, f"rated {rating:.2f}", when, as_of)


def _cooperation(frame: pd.DataFrame, layout: Layout, name: str) -> tuple[Facts, list[str]]:
    items = {item.id: item for item in load_items().of("cooperation")}
    units, notes = _units(frame[layout.unit], name, own=True)
    facts: Facts = {}
    problems: list[str] = []
    for line, unit, row in zip(frame.index, units, frame.to_dict("records"), strict=True):
        key, value = str(row["item"]).strip(), str(row["value"]).strip()
        try:
            when, as_of = _when(row, layout)
        except InputError as error:
            problems += [f"line {line}, {error.subject}: {why}" for why in error.problems]
            continue
        if key not in items:
            problems.append(f"line {line}: no item '{key}'{nearest(key, items)}")
            continue
        if (str(unit), key) in facts:
            problems.append(f"line {line}: {unit} and '{key}' stand there already")
        if not is_missing(row["value"]):
            problem = _answer(facts, (str(unit), items[key]), value, when, as_of)
            problems += [f"line {line}: {problem}"] if problem else []
    if problems:
        raise InputError(name, problems)
    return facts, notes


def _when(row: Row, layout: Layout) -> tuple[str, str]:
    """Return the date of a row, and of when its answer is.

    Raises
    ------
    InputError
        If it is no year and no date.
    """
    given = row.get("date")
    text = "" if is_missing(given) else str(given).strip().removesuffix(".0")
    text = text.removesuffix(" 00:00:00")  # a date as a workbook has it
    if text:
        period_of(text, "column 'date'")
    return text, text or layout.as_of


def _upr(frame: pd.DataFrame, layout: Layout, name: str) -> tuple[Facts, list[str]]:
    """Count what each State accepted in its latest review."""
    (item,) = load_items().of("upr")
    years = load_mapping(str(layout.mapping)).period.map
    session = [str(value).strip().removesuffix(".0") for value in frame["session"]]
    table = pd.DataFrame(
        {
            "unit": resolve(frame[layout.unit].tolist(), "name", 2014),
            "year": pd.Series([years.get(one) for one in session], dtype=float).to_numpy(),
            "accepted": (frame["response"].astype(str).str.strip() == "Accepted").to_numpy(),
            "known": frame["response"]
            .astype(str)
            .str.strip()
            .isin(["Accepted", "Noted"])
            .to_numpy(),
        }
    )
    left = int((table["year"].isna() | table["unit"].isna() | ~table["known"]).sum())
    why = "of sessions that are not read, of no State, or without an answer"
    notes = [f"{name}: {left:,} recommendations left out: {why}"] if left else []
    table = table[table["known"]].dropna()
    latest = table[table["year"] == table.groupby("unit")["year"].transform("max")]
    facts: Facts = {}
    for unit, rows in latest.groupby("unit"):
        share, year = float(rows["accepted"].mean()), f"{rows['year'].iloc[0]:.0f}"
        told = f"{share:.0%} of {len(rows):,} accepted ({year})"
        facts[str(unit), item.id] = Fact("measured", share, told, year, year)
    return facts, notes


_READERS: dict[FileName, Callable[[pd.DataFrame, Layout, str], tuple[Facts, list[str]]]] = {
    "treaties": _treaties,
    "criminalisation": _criminalisation,
    "capacities": _capacities,
    "cooperation": _cooperation,
    "upr": _upr,
}
