"""The tile map's table: everybody once, nobody twice, and blocks that lie as the continents do."""

import dataclasses
from collections import Counter

import numpy as np
import pytest

from r2prisk import InputError
from r2prisk.catalogue.regions import load_borders, load_regions
from r2prisk.catalogue.tiles import COLUMNS, ROWS, load_tiles, read_tiles
from r2prisk.catalogue.units import load_units
from r2prisk.catalogue.where import data_file

MEMBERS = [unit.id for unit in load_units().values() if unit.kind == "un_member"]


def places(region):
    found = [(t.column, t.row) for t in load_tiles().values() if t.region == region]
    return np.array(found, dtype=float)


def changed(tmp_path, replace=None, drop=(), add=()):
    """Write our table with some rows replaced, left out or added."""
    lines = data_file("tiles.csv").read_text(encoding="utf-8").splitlines()
    kept = [(replace or {}).get(line[:3], line) for line in lines if line[:3] not in drop]
    (tmp_path / "tiles.csv").write_text("\n".join([*kept, *add]) + "\n", encoding="utf-8")
    return tmp_path


def problems_of(folder):
    with pytest.raises(InputError) as caught:
        read_tiles(folder)
    return list(caught.value.problems)


def test_each_of_the_193_members_has_one_tile_and_nobody_else_has_one():
    assert len(MEMBERS) == 193
    assert list(load_tiles()) == sorted(MEMBERS)


def test_no_two_tiles_stand_on_one_place_and_all_fit_the_page():
    places = Counter((tile.column, tile.row) for tile in load_tiles().values())
    assert max(places.values()) == 1
    columns, rows = zip(*places, strict=True)
    assert (min(columns), min(rows)) == (1, 2), "the first row is left for headings"
    assert max(columns) <= COLUMNS
    assert max(rows) <= ROWS
    # 3 letters of 8 pixels need 19; the map is 624 wide
    assert 624 / max(columns) >= 19


def test_regions_are_those_of_the_table_of_regions():
    for tile in load_tiles().values():
        assert tile.region == load_regions()[tile.unit].region


def test_blocks_lie_roughly_as_the_continents_do():
    middle = {name: places(name).mean(axis=0) for name in ("Africa", "Americas", "Asia", "Europe")}
    far = places("Oceania").mean(axis=0)
    assert middle["Americas"][0] < min(middle["Africa"][0], middle["Europe"][0])
    assert max(middle["Africa"][0], middle["Europe"][0]) < middle["Asia"][0]
    assert middle["Europe"][1] < middle["Africa"][1]
    assert middle["Asia"][1] < far[1]
    assert middle["Africa"][0] < far[0]


def test_every_block_has_room_for_its_heading_above_its_first_tile():
    at = {(tile.column, tile.row) for tile in load_tiles().values()}
    for region in {tile.region for tile in load_tiles().values()}:
        column, row = min(places(region).astype(int).tolist(), key=lambda place: place[::-1])
        assert not {(column + step, row - 1) for step in range(3)} & at, region


def test_neighbours_stand_near_each_other():
    tiles = load_tiles()
    pairs = {
        (b.unit, b.neighbour)
        for b in load_borders()
        if b.last is None
        and {b.unit, b.neighbour} <= set(tiles)
        and tiles[b.unit].region == tiles[b.neighbour].region
    }
    apart = np.array(
        [
            max(abs(tiles[a].column - tiles[b].column), abs(tiles[a].row - tiles[b].row))
            for a, b in pairs
        ]
    )
    assert len(apart) > 200
    assert (apart <= 1).mean() > 0.6
    assert (apart <= 2).mean() > 0.85
    assert apart.max() <= 6


def test_the_table_is_read_only_and_read_once():
    with pytest.raises(TypeError):
        load_tiles()["FRA"] = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_tiles()["FRA"].column = 1
    assert load_tiles() is load_tiles()


def test_a_file_saved_by_a_spreadsheet_is_read_as_it_was(tmp_path):
    text = data_file("tiles.csv").read_text(encoding="utf-8")
    saved = text.replace("\n", "\r\n").replace(",", ";")
    (tmp_path / "tiles.csv").write_bytes(saved.encode("utf-8-sig"))
    assert read_tiles(tmp_path) == load_tiles()


def test_all_faults_of_rows_are_reported_at_once_with_their_rows(tmp_path):
    fra, ken = load_tiles()["FRA"], load_tiles()["KEN"]
    folder = changed(
        tmp_path,
        replace={
            "FRA": f"FRA,{fra.column},0,Europe",
            "KEN": f"KEN,left,{ken.row},Afrika",
        },
        drop=("TGO",),
        add=("XKX,1,20,Europe", "QQQ,2,20,Asia", "FRA,31,21,Europe"),
    )
    lines = (folder / "tiles.csv").read_text(encoding="utf-8").splitlines()
    row = {line[:3]: number for number, line in reversed(list(enumerate(lines, 1)))}
    end = len(lines)
    found = problems_of(folder)
    assert found[0] == f"row {row['FRA']}: row '0' is not a whole number from 1 to 20"
    assert found[1:3] == [
        f"row {row['KEN']}: region 'Afrika' of KEN is 'Africa' in regions.csv; did you mean 'Africa'?",
        f"row {row['KEN']}: column 'left' is not a whole number from 1 to 30",
    ]
    assert found[3] == (
        f"row {end - 2}: XKX is not a UN member; figures place it in a block of its own"
    )
    assert found[4].startswith(f"row {end - 1}: unit 'QQQ' is not in units.csv")
    assert found[5:8] == [
        f"row {end}: column '31' is not a whole number from 1 to 30",
        f"row {end}: row '21' is not a whole number from 1 to 20",
        f"row {end}: unit 'FRA' has a row already",
    ]
    assert found[8:] == ["UN member 'TGO' has no row"]


def test_tiles_on_one_place_and_regions_that_touch_are_named(tmp_path):
    egy, lby = load_tiles()["EGY"], load_tiles()["LBY"]
    folder = changed(
        tmp_path,
        replace={
            "NZL": f"NZL,{egy.column},{egy.row},Oceania",
            "ISL": "ISL,30,20,Europe",
            "PRT": "PRT,30,20,Europe",
        },
    )
    found = problems_of(folder)
    assert f"EGY and NZL stand on one place, column {egy.column} and row {egy.row}" in found
    assert "ISL and PRT stand on one place, column 30 and row 20" in found
    assert (lby.column + 1, lby.row) == (egy.column, egy.row)
    assert "LBY (Africa) touches NZL (Oceania)" in found


def test_a_file_that_is_not_there_or_has_other_columns_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_tiles(tmp_path)
    (tmp_path / "tiles.csv").write_text("unit,column,region\nFRA,1,Europe\n", encoding="utf-8")
    with pytest.raises(InputError, match="column 'row' is missing"):
        read_tiles(tmp_path)
