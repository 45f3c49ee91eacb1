"""Where a unit lies and which units it touches: regions, UN groups and land borders.

Two tables that an analyst can mend: ``regions.csv`` (one row a unit) and ``borders.csv`` (one row
for each pair of units that share a land border, and the years in which they do).
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
from numpy.typing import NDArray

from r2prisk.catalogue.unit_tables import Unit, whole_number
from r2prisk.catalogue.units import load_units
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest

GROUPINGS = ("region", "subregion", "un_group")
"""The ways of grouping units: M49 region, M49 sub-region, UN regional group."""

FIRST_YEAR = 1946
"""The table of borders begins here: it does not know those that the Second World War moved."""

UN_GROUPS = (
    *("African Group", "Asia-Pacific Group", "Eastern European Group"),
    *("Latin American and Caribbean Group", "Western European and Others Group"),
)
"""The regional groups of the members of the United Nations."""

_PARTS = {
    "Africa": "Eastern Africa|Middle Africa|Northern Africa|Southern Africa|Western Africa",
    "Americas": "Caribbean|Central America|Northern America|South America",
    "Antarctica": "Antarctica",
    "Asia": "Central Asia|Eastern Asia|South-eastern Asia|Southern Asia|Western Asia",
    "Europe": "Eastern Europe|Northern Europe|Southern Europe|Western Europe",
    "Oceania": "Australia and New Zealand|Melanesia|Micronesia|Polynesia",
}
SUBREGIONS = MappingProxyType({region: tuple(s.split("|")) for region, s in _PARTS.items()})
"""The five regions of M49 and their 22 sub-regions, and Antarctica, which M49 puts in none."""

_Units = Mapping[str, Unit]
_Tables = tuple[Mapping[str, "Region"], tuple["Border", ...]]
_START, _END = -10_000, 10_000


@dataclass(frozen=True, slots=True)
class Region:
    """The M49 region and sub-region of a unit, and its UN group, empty where it is no member."""

    unit: str
    region: str
    subregion: str
    un_group: str
    note: str


@dataclass(frozen=True, slots=True)
class Border:
    """A land border, the pair by code: first and last year, None if it stood by 1946 or stands."""

    unit: str
    neighbour: str
    first: int | None
    last: int | None
    note: str

    @property
    def years(self) -> tuple[int, int]:
        """The first and last year, far away where the table has none."""
        return (self.first or _START, self.last or _END)


def read_tables(folder: Path | None = None) -> _Tables:
    """Read ``regions.csv`` and ``borders.csv``.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where the two files are; the library's own by default.

    Returns
    -------
    tuple
        The regions by unit, and the borders, in the order of the files.

    Raises
    ------
    InputError
        If a file cannot be read or has faults: all faults of both files, each with its line. Each
        unit that is not synthetic has one row in ``regions.csv``, and a group if it is a member of
        the United Nations. Borders name two units by code, once for each year from 1946, in which
        both were independent (units that never were excepted).

    Examples
    --------
    >>> regions, borders = read_tables()
    >>> regions["TWN"].note
    'Not in M49; placed by us'
    """
    problems: list[str] = []
    units = load_units()
    placed = {unit.id: unit for unit in units.values() if unit.kind != "synthetic"}
    regions: dict[str, Region] = {}
    for place, cells in _rows("regions.csv", Region, folder, problems):
        region = _region(place, cells, placed, problems)
        if region.unit in regions:
            problems.append(f"{place}: unit '{region.unit}' has a row already")
        regions[region.unit] = region
    problems += [f"regions.csv: unit '{unit}' has no row" for unit in placed if unit not in regions]
    borders: list[Border] = []
    spans: defaultdict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
    for place, cells in _rows("borders.csv", Border, folder, problems):
        border = _border(place, cells, units, problems)
        start, end = border.years
        pair = (border.unit, border.neighbour)
        if any(first <= end and start <= last for first, last in spans[pair]):
            problems.append(f"{place}: {' and '.join(pair)} have a row already for such a year")
        spans[pair].append(border.years)
        borders.append(border)
    if problems:
        raise InputError("tables of regions and borders", problems)
    return MappingProxyType(regions), tuple(borders)


_tables = lru_cache(maxsize=1)(read_tables)


def load_regions() -> Mapping[str, Region]:
    """Return the region, the sub-region and the UN group of every unit that is not synthetic.

    Returns
    -------
    mapping of str to Region
        Read-only, in the order of the codes.

    Raises
    ------
    InputError
        If the table has faults: all of them, each with its line.

    Notes
    -----
    A sub-region is the intermediate region of M49 where it has one, but the Channel Islands are in
    Northern Europe. M49 has no place for Taiwan, Kosovo and ended states: they are where their land
    lies. The United States, in no UN group, is counted with Western European and Others. Sources:
    UN Statistics Division, M49 standard; United Nations, Regional groups of Member States.

    Examples
    --------
    >>> mali = load_regions()["MLI"]
    >>> mali.region, mali.subregion, mali.un_group
    ('Africa', 'Western Africa', 'African Group')
    """
    return _tables()[0]


def region_of(units: Iterable[str], by: str) -> NDArray[np.object_]:
    """Return the group in which each unit is.

    Parameters
    ----------
    units : iterable of str, shape (n,)
        Units of :func:`r2prisk.catalogue.units.load_units`.
    by : {"region", "subregion", "un_group"}
        The way of grouping.

    Returns
    -------
    numpy.ndarray of object, shape (n,)
        The name of the group; None for a synthetic unit and, by ``un_group``, for a unit that is
        not a member of the United Nations.

    Raises
    ------
    InputError
        If the grouping or any unit is unknown: all of them, each with the nearest.

    Examples
    --------
    >>> region_of(["MLI", "FRA", "XDA"], "subregion").tolist()
    ['Western Africa', 'Western Europe', None]
    >>> region_of(["MLI", "XKX"], "un_group").tolist()
    ['African Group', None]
    """
    listed = list(units)
    problems = _faults(listed)
    if by not in GROUPINGS:
        allowed = f"allowed: {', '.join(GROUPINGS)}{nearest(by, GROUPINGS)}"
        problems.append(f"grouping '{by}' is not known; {allowed}")
    if problems:
        raise InputError("regions of units", problems)
    names = {unit: cast(str, getattr(place, by)) or None for unit, place in load_regions().items()}
    return np.array([names.get(unit) for unit in listed], dtype=np.object_)


def load_borders() -> tuple[Border, ...]:
    """Return every land border from 1946 on, one for each pair of units and span of years.

    Returns
    -------
    tuple of Border
        By the codes of the pair.

    Raises
    ------
    InputError
        If the table has faults: all of them, each with its line.

    Notes
    -----
    A border on a river or a lake counts; a sea, a bridge and a causeway do not, nor do the borders
    of military bases (Guantánamo Bay, Akrotiri and Dhekelia) and of uninhabited Hans Island.
    Lines on disputed land are those held, which says nothing on their status. Where land changes
    hands, the year goes to the state that ended in it if ``units.csv`` keeps that year (East
    Germany in 1990), else to the new one (South Sudan in 2011). In 1991 the Soviet Union and the
    fourteen states that left it are neighbours.

    Examples
    --------
    >>> load_borders()[0]
    Border(unit='AFG', neighbour='CHN', first=None, last=None, note='')
    """
    return _tables()[1]


def neighbours(unit: str, year: int) -> tuple[str, ...]:
    """Return the units with which a unit shares a land border in a year.

    Parameters
    ----------
    unit : str
        A unit of :func:`r2prisk.catalogue.units.load_units`.
    year : int
        A calendar year, from 1946.

    Returns
    -------
    tuple of str
        By code; none for an island, and in a year without the unit.

    Raises
    ------
    InputError
        If there is no such unit, or the year is before 1946.

    Examples
    --------
    >>> neighbours("UGA", 2010)
    ('COD', 'KEN', 'RWA', 'SDN', 'TZA')
    >>> neighbours("UGA", 2011)
    ('COD', 'KEN', 'RWA', 'SSD', 'TZA')
    """
    problems = _faults([unit], [year])
    if problems:
        raise InputError("neighbours", problems)
    rows = (border for border in load_borders() if unit in (border.unit, border.neighbour))
    pairs = [{row.unit, row.neighbour} for row in rows if row.years[0] <= year <= row.years[1]]
    return tuple(sorted({code for pair in pairs for code in pair} - {unit}))


def adjacency(units: Sequence[str], years: Sequence[int]) -> NDArray[np.bool_]:
    """Return which units share a land border, year by year.

    Parameters
    ----------
    units : sequence of str, shape (u,)
        Units of :func:`r2prisk.catalogue.units.load_units`, each once.
    years : sequence of int, shape (y,)
        Calendar years, from 1946.

    Returns
    -------
    numpy.ndarray of bool, shape (u, u, y)
        True where the two share a land border in the year; symmetric, no unit touches itself.

    Raises
    ------
    InputError
        If a unit is unknown or there twice, or a year is before 1946: all such faults.

    Examples
    --------
    >>> touching = adjacency(["SDN", "SSD", "UGA"], [2010, 2011])
    >>> touching[:, 2].T.tolist()
    [[True, False, False], [False, True, False]]
    """
    problems = _faults(units, years)
    counts = Counter(units).items()
    problems += [f"unit '{unit}' is there {n} times; give it once" for unit, n in counts if n > 1]
    if problems:
        raise InputError("adjacency", problems)
    place = {unit: n for n, unit in enumerate(units)}
    borders = [b for b in load_borders() if b.unit in place and b.neighbour in place]
    ends = [(place[b.unit], place[b.neighbour], *b.years) for b in borders]
    one, other, first, last = np.array(ends, dtype=np.int64).reshape(-1, 4).T
    when = np.array(years, dtype=np.int64)
    stands = (first[:, None] <= when) & (when <= last[:, None])
    touching = np.zeros((len(place), len(place), len(when)), dtype=np.bool_)
    # a pair may have several rows, so what is there must not be overwritten
    np.logical_or.at(touching, (one, other), stands)
    return touching | touching.transpose(1, 0, 2)


def _rows(
    name: str, kind: type[Region | Border], folder: Path | None, problems: list[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """Give the place and the cells of each row, without the byte-order mark of spreadsheets."""
    path = data_file(name) if folder is None else folder / name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(name, [f"cannot be read as UTF-8 text: {error}"]) from None
    columns = [field.name for field in fields(kind)]
    reader = csv.reader(text.splitlines())
    header = [cell.strip() for cell in next(reader, [])]
    if header != columns:
        found = f"has the columns {', '.join(header) or 'none'}"
        raise InputError(name, [f"{found}; allowed: {', '.join(columns)}"])
    for cells in reader:
        line = f"{name} line {reader.line_num}"
        if len(cells) == len(columns):
            yield line, dict(zip(columns, map(str.strip, cells), strict=True))
        elif cells:
            found = f"has {len(cells)} cells, not {len(columns)}"
            problems.append(f"{line}: {found}; put a note with commas in quotes")


def _allowed(place: str, column: str, text: str, allowed: Collection[str]) -> Iterator[str]:
    """Say where a cell is blank or is not one of what is allowed."""
    if text not in allowed:
        found = f"{column} '{text}' is not known" if text else f"{column} is blank"
        yield f"{place}: {found}; allowed: {', '.join(allowed)}{nearest(text, allowed)}"


def _region(place: str, cells: dict[str, str], placed: _Units, problems: list[str]) -> Region:
    """Read one row of regions.csv."""
    region = Region(**cells)
    unit = placed.get(region.unit)
    every = [name for names in SUBREGIONS.values() for name in names]
    problems += _allowed(place, "region", region.region, SUBREGIONS)
    problems += _allowed(place, "subregion", region.subregion, SUBREGIONS.get(region.region, every))
    if unit is None:
        found = f"unit '{region.unit}' is not a real one of units.csv"
        problems.append(f"{place}: {found}{nearest(region.unit, placed)}")
    elif unit.kind == "un_member":
        problems += _allowed(place, "un_group", region.un_group, UN_GROUPS)
    elif region.un_group:
        problems.append(f"{place}: {unit.id} is not a UN member; leave un_group blank")
    return region


def _border(place: str, cells: dict[str, str], units: _Units, problems: list[str]) -> Border:
    """Read one row of borders.csv."""
    pair = (cells["unit"], cells["neighbour"])
    found = [f"'{unit}' is not in units.csv{nearest(unit, units)}" for unit in {*pair} - {*units}]
    if pair[0] == pair[1]:
        found.append(f"{pair[0]} has a border with itself")
    elif pair[0] > pair[1]:
        found.append(f"{pair[0]} stands before {pair[1]}; write the pair by code")
    first, last = whole_number(cells["first"]), whole_number(cells["last"])
    for column, year in (("first", first), ("last", last)):
        if cells[column] and not year:
            found.append(f"{column} '{cells[column]}' is not a year")
    border = Border(*pair, first, last, cells["note"])
    start, end = border.years
    if start > end:
        found.append(f"first {start} is after last {end}")
    elif end < FIRST_YEAR:
        found.append(f"last {end} is before {FIRST_YEAR}, where the table begins")
    else:
        for unit in units.keys() & pair:
            found += _out_of_time(units[unit], max(start, FIRST_YEAR), end)
    problems += [f"{place}: {fault}" for fault in sorted(found)]
    return border


def _out_of_time(unit: Unit, start: int, end: int) -> Iterator[str]:
    """Say where a border has years in which the unit was not independent."""
    spells = [(first, last or _END) for first, last in unit.spells]
    if spells and not any(first <= start and end <= last for first, last in spells):
        told = " and ".join(f"{first}-{last or ''}" for first, last in unit.spells)
        yield f"{unit.id} was not independent in each of its years; {unit.id} was so in {told}"


def _faults(units: Iterable[str], years: Iterable[int] = ()) -> list[str]:
    """Say which units are not known and which years the table of borders does not have."""
    known = load_units()
    begins = f"is not a year from {FIRST_YEAR}, where the table of borders begins"
    odd = [unit for unit in dict.fromkeys(units) if unit not in known]
    found = [f"unit '{unit}' is not known{nearest(unit, known)}" for unit in odd]
    early = [year for year in years if (whole_number(year) or 0) < FIRST_YEAR]
    return found + [f"'{year}' {begins}" for year in early]
