"""Read the tables of units, their codes and their successions, and check them."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, SupportsIndex, cast, get_args

from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError

System = Literal["iso3", "iso2", "cow", "gw", "vdem", "wb", "name"]
UnitKind = Literal["un_member", "un_observer", "territory", "historical", "other", "synthetic"]
SuccessionKind = Literal["continues", "splits", "merges"]
Key = int | str

SYSTEMS: tuple[System, ...] = get_args(System)
"""The code systems that a data file may use."""

_EVER = (-10_000, 10_000)
_COLUMNS = {
    "units.csv": (
        *("unit", "iso2", "name", "kind", "first", "last", "earlier"),
        *("cow", "gw", "vdem", "wb", "names", "note"),
    ),
    "unit_codes.csv": ("system", "code", "unit", "first", "last", "note"),
    "successions.csv": ("unit", "successor", "year", "kind", "note"),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """A country or territory: its ISO 3166 alpha-3 code, names, codes and years of independence.

    ``spells`` are the years as an independent state (Gleditsch-Ward), both ends included; the end
    is None where the state still stands, and there are no spells for a unit that never was one.
    ``cow``, ``gw`` and ``vdem`` are the codes that such data give it, which it may share with
    other units of other years; ``wb`` is a World Bank code that differs from the ISO code.
    """

    id: str
    iso2: str
    name: str
    kind: UnitKind
    spells: tuple[tuple[int, int | None], ...]
    cow: int | None
    gw: int | None
    vdem: str | None
    wb: str | None
    names: tuple[str, ...]
    note: str

    def independent(self, year: int) -> bool:
        """Say whether the unit was an independent state on any day of the year."""
        return any(first <= year and (last is None or year <= last) for first, last in self.spells)


@dataclass(frozen=True, slots=True)
class Succession:
    """One unit coming out of another, and how.

    ``continues``: the same state under a new code. ``splits``: the successor left the unit, or the
    unit broke up. ``merges``: the unit went into the successor.
    """

    unit: str
    successor: str
    year: int
    kind: SuccessionKind
    note: str


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one code stands for: a unit for each span of years, and the unit without a year."""

    spans: tuple[tuple[int, int, str], ...]
    plain: str | None

    def at(self, year: int | None) -> str | None:
        """Return the unit in a year, or without one."""
        if year is None:
            return self.plain
        return next((unit for first, last, unit in self.spans if first <= year <= last), None)


class Tables(NamedTuple):
    """The three tables, read and checked."""

    units: Mapping[str, Unit]
    codes: Mapping[System, Mapping[Key, Meaning]]
    successions: tuple[Succession, ...]


def whole_number(value: object) -> int | None:
    """Return a whole number however it was written, None for anything else.

    Examples
    --------
    >>> [whole_number(value) for value in (700, 700.0, "700", "700.0", 0.5, "AFG", None)]
    [700, 700, 700, 700, None, None, None]
    """
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        return None
    return int(cast(SupportsIndex, value))


def code_letters(value: object) -> str | None:
    """Return an alphabetic code in capitals, None for anything else.

    Examples
    --------
    >>> code_letters(" na "), code_letters(float("nan")) is None
    ('NA', True)
    """
    return value.strip().upper() if isinstance(value, str) else None


def plain_name(value: object) -> str | None:
    """Return a name without case, accents, punctuation and ``the``; ``St.`` becomes Saint.

    Examples
    --------
    >>> plain_name("Côte d'Ivoire"), plain_name("Gambia, The"), plain_name("St. Kitts & Nevis")
    ('cote d ivoire', 'gambia', 'saint kitts and nevis')
    """
    if not isinstance(value, str):
        return None
    letters = unicodedata.normalize("NFKD", value.casefold().replace("&", " and "))
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = re.sub(r"[\W_]+", " ", bare).split()
    return " ".join("saint" if word == "st" else word for word in words if word != "the")


READERS: Mapping[System, Callable[[object], Key | None]] = {
    "iso3": code_letters,
    "iso2": code_letters,
    "cow": whole_number,
    "gw": whole_number,
    "vdem": code_letters,
    "wb": code_letters,
    "name": plain_name,
}
"""How a code of each system is read."""


def read_tables(folder: Path | None = None) -> Tables:
    """Read ``units.csv``, ``unit_codes.csv`` and ``successions.csv``.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where the three files are; the library's own by default.

    Returns
    -------
    Tables
        Units by their code, the meaning of every code of every system, and the successions.

    Raises
    ------
    InputError
        If a file is missing or has faults: all faults of the three files, each with its line.

    Examples
    --------
    >>> read_tables().codes["gw"][816].at(1960)
    'VNM'
    """
    problems: list[str] = []
    rows = {name: list(_rows(name, folder, problems)) for name in _COLUMNS}
    units = {row.text("unit"): _unit(row) for row in rows["units.csv"]}
    if len(units) < len(rows["units.csv"]):
        problems.append("units.csv: a unit has more than one row")
    codes = _codes(units, rows["unit_codes.csv"], problems)
    successions = tuple(_succession(row, units) for row in rows["successions.csv"])
    if problems:
        raise InputError("tables of units", problems)
    return Tables(MappingProxyType(units), codes, successions)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of a table; every reading of a cell notes what is wrong with it."""

    place: str
    cells: Mapping[str, str]
    problems: list[str]

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def number(self, column: str) -> int | None:
        text = self.text(column)
        number = whole_number(text) if text else None
        if text and number is None:
            self.problems.append(f"{self.place}: {column} '{text}' is not a whole number")
        return number

    def choice(self, column: str, allowed: tuple[str, ...]) -> str:
        if self.text(column) not in allowed:
            found = f"{column} '{self.text(column)}' is not allowed"
            self.problems.append(f"{self.place}: {found}; allowed: {', '.join(allowed)}")
        return self.text(column)

    def listed(self, column: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.text(column).split("|") if part.strip())

    def known(self, column: str, units: Mapping[str, Unit]) -> str:
        unit = self.text(column)
        if unit not in units:
            self.problems.append(f"{self.place}: {column} '{unit}' is not in units.csv")
        return unit

    def years(self) -> tuple[int, int]:
        first, last = self.number("first"), self.number("last")
        return (_EVER[0] if first is None else first, _EVER[1] if last is None else last)


def _rows(name: str, folder: Path | None, problems: list[str]) -> Iterator[_Row]:
    """Give the rows of one file, with the byte-order mark that spreadsheets add taken off."""
    path = data_file(name) if folder is None else folder / name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(name, [f"cannot be read as UTF-8 text: {error}"]) from None
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in _COLUMNS[name] if column not in (reader.fieldnames or ())]
    if missing:
        problems.append(f"{name}: has no column {', '.join(missing)}; separate columns with commas")
        return
    for cells in reader:
        yield _Row(f"{name} line {reader.line_num}", cells, problems)


def _unit(row: _Row) -> Unit:
    """Read one row of units.csv."""
    spells: list[tuple[int, int | None]] = []
    for spell in row.listed("earlier"):
        first, _, last = spell.partition("-")
        if not (first.isdecimal() and last.isdecimal()):
            row.problems.append(f"{row.place}: earlier '{spell}' is not written as 1816-1888")
            continue
        spells.append((int(first), int(last)))
    now = row.number("first")
    if now is not None:
        spells.append((now, row.number("last")))
    return Unit(
        id=row.text("unit"),
        iso2=row.text("iso2"),
        name=row.text("name"),
        kind=cast(UnitKind, row.choice("kind", get_args(UnitKind))),
        spells=tuple(spells),
        cow=row.number("cow"),
        gw=row.number("gw"),
        vdem=row.text("vdem") or None,
        wb=row.text("wb") or None,
        names=row.listed("names"),
        note=row.text("note"),
    )


def _succession(row: _Row, units: Mapping[str, Unit]) -> Succession:
    """Read one row of successions.csv."""
    year = row.number("year")
    if year is None:
        row.problems.append(f"{row.place}: the year is missing")
    return Succession(
        unit=row.known("unit", units),
        successor=row.known("successor", units),
        year=year or 0,
        kind=cast(SuccessionKind, row.choice("kind", get_args(SuccessionKind))),
        note=row.text("note"),
    )


def _own_codes(unit: Unit) -> Iterator[tuple[System, Key]]:
    """Give the codes that units.csv itself says belong to a unit."""
    written: list[tuple[System, object]] = [
        *(("name", name) for name in (unit.name, *unit.names)),
        *(("iso3", unit.id), ("iso2", unit.iso2), ("wb", unit.id), ("wb", unit.wb)),
        *(("cow", unit.cow), ("gw", unit.gw), ("vdem", unit.vdem)),
    ]
    for system, code in written:
        key = READERS[system](code)
        if key is not None and key != "":
            yield system, key


def _codes(
    units: Mapping[str, Unit], rows: list[_Row], problems: list[str]
) -> Mapping[System, Mapping[Key, Meaning]]:
    """Put both tables together: where a code stands in unit_codes.csv, that file alone decides."""
    own: dict[tuple[System, Key], set[str]] = defaultdict(set)
    for unit in units.values():
        for system, key in _own_codes(unit):
            own[system, key].add(unit.id)
    spans: dict[tuple[System, Key], list[tuple[int, int, str]]] = defaultdict(list)
    for row in rows:
        system = cast(System, row.choice("system", SYSTEMS))
        key = READERS[system](row.text("code")) if system in READERS else None
        if key is None or key == "":
            problems.append(f"{row.place}: '{row.text('code')}' is not a code of {system}")
            continue
        span = (*row.years(), row.known("unit", units))
        # the World Bank's codes are ISO's, older ones too
        for also in ("iso3", "wb") if system == "iso3" else (system,):
            spans[also, key].append(span)
    for (system, code), who in own.items():
        if len(who) > 1 and (system, code) not in spans:
            both = " and ".join(sorted(who))
            shared = f"units.csv: {system} {code} is given to {both}"
            problems.append(f"{shared}; unit_codes.csv must say when")
        spans.setdefault((system, code), [(*_EVER, next(iter(who)))])
    table: dict[System, dict[Key, Meaning]] = {system: {} for system in SYSTEMS}
    for (system, code), found in spans.items():
        found.sort()
        for (_, end, one), (start, _, other) in pairwise(found):
            if start <= end:
                problems.append(f"unit_codes.csv: {system} {code} is {one} and {other} in {start}")
        who = own.get((system, code)) or {unit for *_, unit in found}
        table[system][code] = Meaning(tuple(found), next(iter(who)) if len(who) == 1 else None)
    return MappingProxyType(table)
