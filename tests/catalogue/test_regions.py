"""Regions and land borders: counted, checked against two public files, and as laws."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from r2prisk.catalogue.regions import (
    GROUPINGS,
    SUBREGIONS,
    Border,
    adjacency,
    load_borders,
    load_regions,
    neighbours,
    read_tables,
    region_of,
)
from r2prisk.catalogue.units import independent, load_units, successors
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError

UNITS = sorted(load_units())
NOW = 2026

# what we decided otherwise than the file, and why
M49_DECIDED = {
    "ATA": "M49 puts Antarctica in no region; a row must have one, so it is one of its own",
    "GGY": "the Channel Islands are within Northern Europe; 22 sub-regions are named everywhere",
    "JEY": "as Guernsey",
}
M49_WITHOUT = {"TWN", "XKX", "ANT", "CSK", "DDR", "SCG", "SUN", "VDR", "YMD", "YUG"}
CROSSWALK_DECIDED = {
    **M49_DECIDED,
    "TWN": "the file leaves it out as M49 does; placed by us in Eastern Asia",
}
BORDERS_DECIDED = {
    ("IND", "LKA"): "the shoals of Adam's Bridge are sea, and Sri Lanka's own row does not name it",
}


@pytest.fixture(scope="session")
def crosswalk(data_folder):
    """Read the file with Kosovo's code as ours."""
    path = data_folder / "codes" / "country_crosswalk.csv"
    table = pd.read_csv(path, keep_default_na=False, dtype=str)
    table.loc[table["country.name.en"] == "Kosovo", "iso3c"] = "XKX"
    return table[table["iso3c"] != ""].set_index("iso3c")


def table(tmp_path, regions=None, borders=None):
    """Write both tables into a folder, ours where nothing else is given."""
    given_text = {"regions.csv": regions, "borders.csv": borders}
    for name, text in given_text.items():
        ours = data_file(name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(ours if text is None else text, encoding="utf-8")
    return tmp_path


def borders_text(*rows):
    return "\n".join(["unit,neighbour,first,last,note", *rows]) + "\n"


def problems_of(folder):
    with pytest.raises(InputError) as caught:
        read_tables(folder)
    return caught.value.problems


# --- regions ------------------------------------------------------------------------------------


def test_every_unit_but_the_synthetic_has_one_row_in_the_order_of_the_codes():
    real = [unit.id for unit in load_units().values() if unit.kind != "synthetic"]
    assert list(load_regions()) == sorted(real)


def test_the_193_members_are_counted_as_the_united_nations_count_their_groups():
    members = [unit.id for unit in load_units().values() if unit.kind == "un_member"]
    assert Counter(region_of(members, "un_group").tolist()) == {
        "African Group": 54,
        "Asia-Pacific Group": 54,
        "Eastern European Group": 23,
        "Latin American and Caribbean Group": 33,
        "Western European and Others Group": 28 + 1,  # the United States, a member of none
    }
    assert 54 + 54 + 23 + 33 + 29 == 193
    others = [unit for unit in load_regions() if unit not in members]
    assert set(region_of(others, "un_group").tolist()) == {None}


def test_there_are_five_regions_and_22_subregions_besides_antarctica():
    pairs = {(place.region, place.subregion) for place in load_regions().values()}
    assert pairs == {(region, part) for region, parts in SUBREGIONS.items() for part in parts}
    assert len(pairs - {("Antarctica", "Antarctica")}) == 5 + 4 + 5 + 4 + 4 == 22
    assert Counter(region_of(load_regions(), "region").tolist())["Antarctica"] == 1


@pytest.mark.parametrize(
    ("unit", "region", "subregion", "group"),
    [
        ("SDN", "Africa", "Northern Africa", "African Group"),
        ("SSD", "Africa", "Eastern Africa", "African Group"),
        ("MEX", "Americas", "Central America", "Latin American and Caribbean Group"),
        ("USA", "Americas", "Northern America", "Western European and Others Group"),
        ("ISR", "Asia", "Western Asia", "Western European and Others Group"),
        ("TUR", "Asia", "Western Asia", "Western European and Others Group"),
        ("CYP", "Asia", "Western Asia", "Asia-Pacific Group"),
        ("GEO", "Asia", "Western Asia", "Eastern European Group"),
        ("EST", "Europe", "Northern Europe", "Eastern European Group"),
        ("KIR", "Oceania", "Micronesia", "Asia-Pacific Group"),
        ("AUS", "Oceania", "Australia and New Zealand", "Western European and Others Group"),
        ("TWN", "Asia", "Eastern Asia", None),
        ("XKX", "Europe", "Southern Europe", None),
        ("PSE", "Asia", "Western Asia", None),
        ("XDA", None, None, None),
    ],
)
def test_units_whose_region_and_group_are_easily_got_wrong(unit, region, subregion, group):
    assert [region_of([unit], by)[0] for by in GROUPINGS] == [region, subregion, group]


def test_a_state_that_ended_is_in_a_region_of_its_successors_and_has_a_note():
    places = load_regions()
    for unit in load_units().values():
        if unit.kind == "historical":
            heirs = {places[fact.successor].subregion for fact in successors(unit.id)}
            assert places[unit.id].subregion in heirs
            assert places[unit.id].note
    assert all(places[unit].note for unit in ("TWN", "XKX", "USA", "TUR", "ATA", "GGY", "JEY"))


def test_regions_against_the_list_of_the_un_statistics_division(data_folder):
    m49 = pd.read_csv(data_folder / "states" / "m49_unsd.csv", keep_default_na=False)
    m49 = m49.set_index("ISO-alpha3 Code")
    parts = m49["Intermediate Region Name"].where(
        m49["Intermediate Region Name"] != "", m49["Sub-region Name"]
    )
    ours = load_regions()
    assert set(ours) - set(m49.index) == M49_WITHOUT
    assert m49.loc[[code not in ours for code in m49.index], "Country or Area"].tolist() == ["Sark"]
    differ = {
        unit
        for unit in set(ours) & set(m49.index)
        if (ours[unit].region, ours[unit].subregion) != (m49["Region Name"][unit], parts[unit])
    }
    assert differ == set(M49_DECIDED)


def test_regions_and_groups_against_another_crosswalk(crosswalk):
    ours = load_regions()
    assert set(ours) - set(crosswalk.index) == M49_WITHOUT - {"TWN", "XKX"}
    fine, coarse = crosswalk["un.regionintermediate.name"], crosswalk["un.regionsub.name"]
    parts = fine.where(fine != "", coarse)
    groups = crosswalk["un_regional_group"].replace(
        {"Asia and the Pacific Group": "Asia-Pacific Group"}
    )
    both = set(ours) & set(crosswalk.index) - {"XKX"}  # its row has neither
    assert {
        unit
        for unit in both
        if (ours[unit].region, ours[unit].subregion)
        != (crosswalk["un.region.name"][unit], parts[unit])
    } == set(CROSSWALK_DECIDED)
    assert [unit for unit in sorted(both) if ours[unit].un_group != groups[unit]] == []
    assert sum(groups[unit] != "" for unit in both) == 193


def test_regions_of_many_units_keep_order_and_repeats():
    assert region_of(iter(["FRA", "XDB", "FRA"]), "region").tolist() == ["Europe", None, "Europe"]
    assert region_of([], "region").shape == (0,)
    assert region_of([], "region").dtype == np.object_


def test_an_unknown_grouping_and_unknown_units_are_refused_together():
    with pytest.raises(InputError) as caught:
        region_of(["FRA", "FRX", "FRX", "QQQ"], "subregions")
    problems = caught.value.problems
    assert problems[0].startswith("unit 'FRX' is not known; did you mean 'FR")
    assert problems[1] == "unit 'QQQ' is not known"
    allowed = "allowed: region, subregion, un_group; did you mean 'subregion'?"
    assert problems[2:] == (f"grouping 'subregions' is not known; {allowed}",)


# --- borders ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "years"),
    [
        ("SDN", "SSD", (2011, None)),
        ("SDN", "UGA", (1962, 2010)),
        ("SSD", "UGA", (2011, None)),
        ("CAF", "SDN", (1960, None)),  # they still touch north of South Sudan
        ("ERI", "ETH", (1993, None)),
        ("ERI", "SDN", (1993, None)),
        ("ETH", "SDN", (1956, None)),
        ("AGO", "NAM", (1990, None)),
        ("IDN", "TLS", (2002, None)),
        ("IDN", "MYS", (1963, None)),
        ("IND", "PAK", (1947, None)),
        ("BGD", "IND", (1971, None)),
        ("MMR", "PAK", (1948, 1970)),
        ("CSK", "SUN", (None, 1991)),
        ("CSK", "UKR", (1991, 1992)),
        ("CSK", "DDR", (1949, 1990)),
        ("CZE", "DEU", (1993, None)),
        ("CZE", "SVK", (1993, None)),
        ("DDR", "DEU", (1949, 1990)),
        ("DDR", "POL", (1949, 1990)),
        ("DEU", "POL", (1991, None)),
        ("YEM", "YMD", (1967, 1990)),
        ("OMN", "YEM", (1991, None)),
        ("KHM", "VDR", (1954, 1975)),
        ("KHM", "VNM", (1976, None)),
        ("NOR", "SUN", (None, 1991)),
        ("NOR", "RUS", (1992, None)),
        ("SUN", "UKR", (1991, 1991)),
        ("RUS", "UKR", (1992, None)),
        ("ITA", "YUG", (None, 1991)),
        ("ITA", "SVN", (1992, None)),
        ("GRC", "YUG", (None, 1990)),
        ("GRC", "MKD", (1991, None)),
        ("BIH", "YUG", (1992, 2002)),
        ("BIH", "SCG", (2003, 2005)),
        ("BIH", "SRB", (2006, None)),
        ("MNE", "SRB", (2006, None)),
        ("ALB", "SRB", (2006, 2007)),
        ("ALB", "XKX", (2008, None)),
        ("SRB", "XKX", (2008, None)),
        ("ANT", "MAF", (None, 2009)),
        ("MAF", "SXM", (2010, None)),
        ("ESH", "MAR", (1956, None)),
        ("BRA", "GUF", (None, None)),
        ("CHN", "HKG", (None, None)),
        ("ESP", "GIB", (None, None)),
        ("XDA", "XDB", (None, None)),
    ],
)
def test_a_border_has_the_years_in_which_it_stood(one, other, years):
    rows = [b for b in load_borders() if (b.unit, b.neighbour) == (one, other)]
    assert [(row.first, row.last) for row in rows] == [years]


def test_every_border_has_exactly_the_years_of_its_states_or_a_note_says_why_not():
    """What units.csv tells and what borders.csv tells differ in no unexplained year."""
    shorter = set()
    for border in load_borders():
        pair = (border.unit, border.neighbour)
        dated = [unit for unit in pair if load_units()[unit].spells]
        both = [y for y in range(1946, NOW + 1) if all(independent(unit, y) for unit in dated)]
        stood = range(max(border.first or 1946, 1946), (border.last or NOW) + 1)
        assert set(stood) <= set(both), pair
        if set(stood) != set(both):
            assert border.note, pair
            shorter.add(pair)
    assert ("SDN", "UGA") in shorter
    assert ("BGR", "YUG") not in shorter


def test_the_rows_are_in_order():
    keys = [(border.unit, border.neighbour, border.years) for border in load_borders()]
    assert keys == sorted(keys)


def test_borders_of_today_against_another_crosswalk(crosswalk):
    named = {
        tuple(sorted((unit, "XKX" if other == "UNK" else other)))
        for unit, others in crosswalk["borders"].items()
        for other in others.split()
    }
    ours = {
        (border.unit, border.neighbour)
        for border in load_borders()
        if border.last is None and border.note != "synthetic"
    }
    assert named - ours == set(BORDERS_DECIDED)
    assert ours - named == set()


def test_borders_join_the_units_of_each_landmass_and_no_others():
    touching = adjacency(UNITS, [NOW])[..., 0]
    reach = touching | np.eye(len(UNITS), dtype=bool)
    for _ in range(6):  # each pass doubles how far it sees, to 64 borders
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    pieces = {frozenset(UNITS[n] for n in np.flatnonzero(row)) for row in reach}
    joined = [piece for piece in pieces if len(piece) > 1]
    old, new = sorted((piece for piece in joined if len(piece) > 20), key=len, reverse=True)
    islands = {"GBR IRL", "DOM HTI", "MAF SXM", "XDE XDF", "XDA XDB XDC XDD"}
    assert {" ".join(sorted(piece)) for piece in joined if len(piece) <= 20} == islands
    # Malaysia lies on the mainland too, and so joins Borneo, New Guinea and Timor to it
    assert {"ZAF", "PRT", "PRK", "HKG", "IDN", "PNG", "TLS", "BRN"} <= old
    assert set(region_of(new, "region").tolist()) == {"Americas"}
    assert {"CAN", "ARG", "GUF"} <= new
    assert "Americas" not in region_of(old, "region").tolist()


@pytest.mark.parametrize(
    ("unit", "year", "expected"),
    [
        ("UGA", 2010, "COD KEN RWA SDN TZA"),
        ("UGA", 2011, "COD KEN RWA SSD TZA"),
        ("SDN", 2010, "CAF COD EGY ERI ETH KEN LBY TCD UGA"),
        ("SDN", 2011, "CAF EGY ERI ETH LBY SSD TCD"),
        ("SSD", 2010, ""),
        ("SSD", 2011, "CAF COD ETH KEN SDN UGA"),
        ("ETH", 1992, "DJI KEN SDN SOM"),
        ("ETH", 1993, "DJI ERI KEN SDN SOM"),
        ("YUG", 1980, "ALB AUT BGR GRC HUN ITA ROU"),
        ("YUG", 1991, "ALB AUT BGR HUN ITA MKD ROU"),
        ("YUG", 1992, "ALB BGR BIH HRV HUN MKD ROU"),
        ("YUG", 2003, ""),
        ("SCG", 2004, "ALB BGR BIH HRV HUN MKD ROU"),
        ("SRB", 2007, "ALB BGR BIH HRV HUN MKD MNE ROU"),
        ("SRB", 2008, "BGR BIH HRV HUN MKD MNE ROU XKX"),
        ("XKX", 2008, "ALB MKD MNE SRB"),
        ("CSK", 1980, "AUT DDR DEU HUN POL SUN"),
        ("CSK", 1992, "AUT DEU HUN POL UKR"),
        ("SVK", 1993, "AUT CZE HUN POL UKR"),
        ("DEU", 1980, "AUT BEL CHE CSK DDR DNK FRA LUX NLD"),
        ("DEU", 1991, "AUT BEL CHE CSK DNK FRA LUX NLD POL"),
        ("DEU", 1993, "AUT BEL CHE CZE DNK FRA LUX NLD POL"),
        ("SUN", 1980, "AFG CHN CSK FIN HUN IRN MNG NOR POL PRK ROU TUR"),
        ("POL", 1990, "CSK DDR SUN"),
        ("POL", 1993, "BLR CZE DEU LTU RUS SVK UKR"),
        ("YEM", 1980, "SAU YMD"),
        ("YEM", 1991, "OMN SAU"),
        ("PSE", 2020, "EGY ISR JOR"),
        ("XDB", 2020, "XDA XDC"),
        ("XDG", 2020, ""),
    ],
)
def test_neighbours_by_year(unit, year, expected):
    assert neighbours(unit, year) == tuple(expected.split())


def test_islands_have_no_neighbours_and_bridges_and_causeways_are_no_borders():
    islands = "AUS BHR CPV CUB CYP FJI ISL JAM JPN LKA MDG MLT MUS NZL PHL SGP TWN WSM"
    assert {unit: neighbours(unit, NOW) for unit in islands.split() if neighbours(unit, NOW)} == {}
    assert "SWE" not in neighbours("DNK", NOW)
    assert "FRA" not in neighbours("GBR", NOW)


@given(
    st.lists(st.sampled_from(UNITS), unique=True, max_size=40),
    st.lists(st.integers(1946, 2030), max_size=4),
)
def test_adjacency_says_what_neighbours_says_and_is_symmetric(units, years):
    touching = adjacency(units, years)
    assert touching.shape == (len(units), len(units), len(years))
    assert touching.dtype == np.bool_
    np.testing.assert_array_equal(touching, touching.transpose(1, 0, 2))
    assert not touching[np.arange(len(units)), np.arange(len(units))].any()
    for y, year in enumerate(years):
        for u, unit in enumerate(units):
            named = {units[other] for other in np.flatnonzero(touching[u, :, y])}
            assert named == set(neighbours(unit, year)) & set(units)


def test_adjacency_of_all_units_holds_each_border_twice_in_each_of_its_years():
    years = range(1946, NOW + 1)
    touching = adjacency(UNITS, years)
    spans = [
        range(max(border.first or 1946, 1946), (border.last or NOW) + 1)
        for border in load_borders()
    ]
    assert touching.sum() == 2 * sum(len(span) for span in spans)


def test_a_border_that_was_gone_for_some_years_stands_before_and_after(monkeypatch):
    rows = (Border("FRA", "ITA", None, 1980, ""), Border("FRA", "ITA", 1985, None, ""))
    monkeypatch.setattr("r2prisk.catalogue.regions.load_borders", lambda: rows)
    years = [1980, 1981, 1984, 1985]
    assert adjacency(["FRA", "ITA"], years)[1, 0].tolist() == [True, False, False, True]
    assert [neighbours("ITA", year) for year in years] == [("FRA",), (), (), ("FRA",)]


def test_unknown_units_repeats_and_early_years_are_refused_together():
    with pytest.raises(InputError) as caught:
        adjacency(["FRA", "FRA", "ESPX"], [1945, 2000, 1946])
    problems = caught.value.problems
    assert problems[0].startswith("unit 'ESPX' is not known; did you mean 'ESP'?")
    assert problems[1].startswith("'1945' is not a year from 1946")
    assert problems[2:] == ("unit 'FRA' is there 2 times; give it once",)
    with pytest.raises(InputError, match="did you mean 'SRB'") as caught:
        neighbours("SRBX", 1900)
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match=r"'2000\.5' is not a year"):
        neighbours("SRB", 2000.5)


# --- files as a person may leave them -----------------------------------------------------------


def test_facts_are_read_only_and_read_once():
    with pytest.raises(TypeError):
        load_regions()["FRA"] = None
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_regions()["FRA"].region = "Asia"
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_borders()[0].first = 1900
    assert load_regions() is load_regions()
    assert load_borders() is load_borders()


def test_a_file_saved_by_a_spreadsheet_is_read_as_it_was(tmp_path):
    for name in ("regions.csv", "borders.csv"):
        text = data_file(name).read_text(encoding="utf-8").replace("\n", "\r\n")
        (tmp_path / name).write_bytes(text.encode("utf-8-sig"))
    assert read_tables(tmp_path) == (load_regions(), load_borders())


def test_faults_of_both_files_are_reported_at_once_with_their_lines(tmp_path):
    ours = data_file("regions.csv").read_text(encoding="utf-8").splitlines()
    kept = [line for line in ours if line[:3] not in {"AFG", "FRA", "MLI", "NER", "TGO", "ABW"}]
    rows = [
        "ABW,Americas,Caribbean,African Group,",
        "AFG,,,Asia-Pacific Group,",
        "FRA,Europe,Western Asia,Western European and Others Group,",
        "MLI,Afrika,Western Africa,,",
        "NER,Africa,Western Africa,Afican Group,",
        "NER,Africa,Western Africa,African Group,",
        "FRX,Europe,Western Europe,,",
        "XDA,Europe,Western Europe,,",
        "TGO,Africa,Western Africa,African Group,one, two",
    ]
    regions = "\n".join([*kept, *rows]) + "\n"
    borders = borders_text(
        "FRA,ESP,,,",
        "FRA,FRA,,,",
        "ESP,QQQ,,,",
        "BEL,FRA,soon,,",
        "CHE,FRA,2000,1990,",
        "AND,FRA,,1940,",
        "FRA,ITA,,1980,",
        "FRA,ITA,1980,,",
        "SDN,SSD,,,",
        "CSK,POL,,,",
        "FRA,MCO,,0,",
        "",
        "FRA,LUX,",
    )
    at = {row: f"regions.csv line {len(kept) + n + 1}: " for n, row in enumerate(rows)}
    groups = (
        "African Group, Asia-Pacific Group, Eastern European Group, "
        "Latin American and Caribbean Group, Western European and Others Group"
    )
    every = ", ".join(part for parts in SUBREGIONS.values() for part in parts)
    five = "Africa, Americas, Antarctica, Asia, Europe, Oceania"
    european = "Eastern Europe, Northern Europe, Southern Europe, Western Europe"
    found = problems_of(table(tmp_path, regions, borders))
    assert list(found[:10]) == [
        at[rows[0]] + "ABW is not a UN member; leave un_group blank",
        at[rows[1]] + f"region is blank; allowed: {five}",
        at[rows[1]] + f"subregion is blank; allowed: {every}",
        at[rows[2]]
        + f"subregion 'Western Asia' is not known; allowed: {european}; did you mean 'Western Europe'?",
        at[rows[3]] + f"region 'Afrika' is not known; allowed: {five}; did you mean 'Africa'?",
        at[rows[3]] + f"un_group is blank; allowed: {groups}",
        at[rows[4]]
        + f"un_group 'Afican Group' is not known; allowed: {groups}; did you mean 'African Group'?",
        at[rows[5]] + "unit 'NER' has a row already",
        *[line for line in found if line.startswith(at[rows[6]])],
        *[line for line in found if line.startswith(at[rows[7]])],
    ]
    assert "'FRX' is not a real one of units.csv; did you mean 'FR" in found[8]
    assert "'XDA' is not a real one of units.csv" in found[9]
    assert list(found[10:]) == [
        at[rows[8]] + "has 6 cells, not 5; put a note with commas in quotes",
        "regions.csv: unit 'TGO' has no row",
        "borders.csv line 2: FRA stands before ESP; write the pair by code",
        "borders.csv line 3: FRA has a border with itself",
        "borders.csv line 4: 'QQQ' is not in units.csv",
        "borders.csv line 5: first 'soon' is not a year",
        "borders.csv line 6: first 2000 is after last 1990",
        "borders.csv line 7: last 1940 is before 1946, where the table begins",
        "borders.csv line 9: FRA and ITA have a row already for such a year",
        "borders.csv line 10: SDN was not independent in each of its years; SDN was so in 1956-",
        "borders.csv line 10: SSD was not independent in each of its years; SSD was so in 2011-",
        "borders.csv line 11: CSK was not independent in each of its years; CSK was so in 1918-1992",
        "borders.csv line 12: last '0' is not a year",
        "borders.csv line 14: has 3 cells, not 5; put a note with commas in quotes",
    ]


def test_a_pair_may_have_several_spans_and_a_border_may_not_run_over_a_gap(tmp_path):
    apart = borders_text("FRA,ITA,,1980,", "FRA,ITA,1985,,")
    assert [b.first for b in read_tables(table(tmp_path, borders=apart))[1]] == [None, 1985]
    over = borders_text("EST,LVA,,,")  # 1918-1940 and from 1991
    told = "EST was so in 1918-1940 and 1991-"
    assert problems_of(table(tmp_path, borders=over))[0].endswith(told)


def test_a_missing_file_or_column_is_named(tmp_path):
    with pytest.raises(InputError, match=r"regions\.csv: cannot be read as UTF-8 text"):
        read_tables(tmp_path)
    folder = table(tmp_path, borders="unit,neighbor,first,last,note\n")
    with pytest.raises(InputError, match=r"columns unit, neighbor, .*allowed: unit, neighbour, "):
        read_tables(folder)
    (folder / "borders.csv").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"borders\.csv: has the columns none"):
        read_tables(folder)
