"""The tile map: a place for every member of the United Nations, all of one size.

``tiles.csv`` is a table that an analyst can mend, one row a unit. Regions are blocks that lie as
the continents do; within a block, neighbours stand near each other where that can be. No border is
drawn, so none is disputed, and no small state disappears.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from r2prisk.catalogue.export import read_cells
from r2prisk.catalogue.regions import load_regions
from r2prisk.catalogue.unit_tables import whole_number
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest

COLUMNS = 30
"""Columns that a tile map may have: with more, three letters no longer fit a tile in print."""

ROWS = 20
"""Rows that it may have: with more, it leaves no room for words on half a page."""

_NAMES = ("unit", "column", "row", "region")


@dataclass(frozen=True, slots=True)
class Tile:
    """The place of a unit on the tile map: column from the left, row from the top, both from 1."""

    unit: str
    column: int
    row: int
    region: str


def read_tiles(folder: Path | None = None) -> Mapping[str, Tile]:
    """Read ``tiles.csv``.

    Parameters
    ----------
    folder : pathlib.Path, optional
        Where the file is; the library's own by default.

    Returns
    -------
    mapping of str to Tile
        Read-only, in the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read or has faults: all of them, each with its row. Each member of the
        United Nations has one tile and nobody else has one; no two stand on one place; columns are
        1 to 30 and rows 1 to 20; the region is that of ``regions.csv``; and tiles of two regions
        do not touch, so that the blocks are seen.

    Examples
    --------
    >>> tiles = read_tiles()
    >>> tiles["GHA"].column < tiles["TGO"].column
    True
    """
    path = data_file("tiles.csv") if folder is None else folder / "tiles.csv"
    units = load_units()
    problems: list[str] = []
    tiles: dict[str, Tile] = {}
    for number, cells in read_cells(path, columns=_NAMES, needed=_NAMES):
        found = list(_faults(cells))
        if cells["unit"] in tiles:
            found.append(f"unit '{cells['unit']}' has a row already")
        problems += [f"row {number}: {fault}" for fault in found]
        column, row = whole_number(cells["column"]) or 0, whole_number(cells["row"]) or 0
        tiles.setdefault(cells["unit"], Tile(cells["unit"], column, row, cells["region"]))
    problems += [
        f"UN member '{unit.id}' has no row"
        for unit in units.values()
        if unit.kind == "un_member" and unit.id not in tiles
    ]
    if not problems:
        problems += _collisions(list(tiles.values()))
    if problems:
        raise InputError("tiles.csv", problems)
    return MappingProxyType(tiles)


_tiles = lru_cache(maxsize=1)(read_tiles)


def load_tiles() -> Mapping[str, Tile]:
    """Return the place of every member of the United Nations on the tile map.

    Returns
    -------
    mapping of str to Tile
        Read-only, 193 units in the order of their codes.

    Raises
    ------
    InputError
        If the table has faults: all of them, each with its row.

    Notes
    -----
    The arrangement is our own, made by hand from the regions of the UN Statistics Division (M49)
    and from what lies near what. A place says nothing of size, of distance or of any border.

    Examples
    --------
    >>> tiles = load_tiles()
    >>> len(tiles), tiles["MHL"].region
    (193, 'Oceania')
    """
    return _tiles()


def _faults(cells: Mapping[str, str]) -> Iterator[str]:
    """Say what is wrong with one row by itself."""
    unit = load_units().get(cells["unit"])
    if unit is None:
        yield f"unit '{cells['unit']}' is not in units.csv{unit_hint(cells['unit'])}"
    elif unit.kind != "un_member":
        yield f"{unit.id} is not a UN member; figures place it in a block of its own"
    elif cells["region"] != (region := load_regions()[unit.id].region):
        regions = {place.region for place in load_regions().values()}
        hint = nearest(cells["region"], regions)
        yield f"region '{cells['region']}' of {unit.id} is '{region}' in regions.csv{hint}"
    for name, most in (("column", COLUMNS), ("row", ROWS)):
        if not 1 <= (whole_number(cells[name]) or 0) <= most:
            yield f"{name} '{cells[name]}' is not a whole number from 1 to {most}"


def _collisions(tiles: list[Tile]) -> Iterator[str]:
    """Say which tiles stand on one place, and which regions touch."""
    at: defaultdict[tuple[int, int], list[Tile]] = defaultdict(list)
    for tile in tiles:
        at[tile.column, tile.row].append(tile)
    for (column, row), here in at.items():
        if len(here) > 1:
            names = " and ".join(tile.unit for tile in here)
            yield f"{names} stand on one place, column {column} and row {row}"
        for tile in here:
            around = [other for step in ((1, 0), (0, 1)) for other in at.get(_next(tile, step), ())]
            for other in around:
                if other.region != tile.region:
                    yield f"{tile.unit} ({tile.region}) touches {other.unit} ({other.region})"


def _next(tile: Tile, step: tuple[int, int]) -> tuple[int, int]:
    """Return the place one step away."""
    return (tile.column + step[0], tile.row + step[1])
