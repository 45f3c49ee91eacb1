"""Units and their codes: our own tables against public data files and another crosswalk."""

from __future__ import annotations

import os
import time
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from r2prisk.catalogue.unit_tables import read_tables
from r2prisk.catalogue.units import (
    SYSTEMS,
    independent,
    independent_units,
    lineage,
    load_units,
    nearest,
    predecessors,
    resolve,
    successors,
)
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("R2PRISK_DATA", ROOT.parent / "shared" / "data"))
needs_data = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="the public data files are not here; name their folder in R2PRISK_DATA",
)
TABLES = ("units.csv", "unit_codes.csv", "successions.csv")

# --- what in the data files is not a country or territory of ours -------------------------------

GW_BEFORE_ISO = {
    *(89, 99),  # United Provinces of Central America, Great Colombia
    *(240, 245, 267, 269, 271, 273, 275, 280),  # German states to 1871
    *(300, 327, 329, 332, 335, 337),  # Austria-Hungary; Papal States and Italian states to 1871
    *(563, 564, 711, 730, 815),  # Transvaal, Orange Free State, Tibet, Korea, Vietnam to 1893
}
ZANZIBAR, TIBET, ABKHAZIA, SOUTH_OSSETIA = 511, 711, 396, 397
VDEM_PARTS = {"PSB", "PSG", "SML", "ZZB"}  # British Mandate, Gaza, Somaliland, Zanzibar
PTS_ACTORS = {
    *("African Union", "European Union", "Crimea", "Gaza (Hamas)", "Somaliland"),
    *("Israel in Occupied Territories", "Israel in pre-1967 borders"),
    "Russia-Occupied Areas (Ukraine)",
}
PTS_OUT_OF_TIME = {
    ("Yugoslavia, Federal Republic of", 1991),
    ("Yugoslavia, Federal Republic of", 2006),
    ("Yugoslavia, Socialist Federal Republic of", 1992),
}
WDI_AGGREGATES = {
    *("AFE", "AFW", "ARB", "CEB", "CHI", "CSS", "EAP", "EAR", "EAS", "ECA", "ECS", "EMU", "EUU"),
    *("FCS", "HPC", "IBD", "IBT", "IDA", "IDB", "IDX", "LAC", "LCN", "LDC", "LMY", "LTE", "MEA"),
    *("MIC", "MNA", "NAC", "OED", "OSS", "PRE", "PSS", "PST", "SAS", "SSA", "SSF", "SST", "TEA"),
    *("TEC", "TLA", "TMN", "TSA", "TSS", "WLD"),
}
RSF_PARTS = {
    "CSS",
    "XCD",
    "CTU",
    "ISR2",
    "ISR3",
    "USA1",
    "USA_I",
}  # Caribbean, North Cyprus, abroad
UNHCR_PEOPLE = {"TIB", "UNK", "XXA"}  # Tibetans, origin unknown, stateless

# file, column of codes, code system, column of years (or one year), codes that are not ours
CODED = [
    ("coups/ewp_all-coups_1945_2024.csv", "ccode", "cow", "year", set()),
    ("dev/ewp_maddison.csv", "ccode", "cow", "year", set()),
    ("dev/ewp_maddison.csv", "country", "name", "year", set()),
    ("dev/ewp_un_imr_clean.csv", "iso3c", "iso3", "year", set()),
    ("dev/ewp_un_imr_clean.csv", "ccode", "cow", "year", set()),
    ("dev/ewp_wdi.csv", "iso3c", "wb", "year", WDI_AGGREGATES),
    ("dev/ewp_wdi.csv", "ccode", "cow", "year", set()),
    ("dev/owid_hdi_undp.csv", "Entity", "name", "Year", {"Korea"}),
    ("epr/EPR-2021_groups.csv", "gwid", "gw", "from", {ZANZIBAR, TIBET}),
    ("epr/growup_epr_country_1946_2020.csv", "countries_gwid", "gw", "year", {ZANZIBAR, TIBET}),
    ("ewp/foos_forecasts_1994_2014.csv", "ccode", "cow", "year", set()),
    ("ewp/mass_killing_events_1945_2014.csv", "mk_location_cow", "cow", "startyear", {ZANZIBAR}),
    ("ewp/mass_killing_events_1945_2014.csv", "mk_location_inheritor1", "cow", 2014, set()),
    ("ewp/mass_killing_events_1945_2014.csv", "mk_location_inheritor2", "cow", 2014, set()),
    (
        *("ewp/mass_killing_events_1945_2014.csv", "mk_repsonsible_state_cow", "cow"),
        *("startyear", {ZANZIBAR}),
    ),
    ("ewp/prepared_predictors_1960_2014.csv", "ccode", "cow", "year", set()),
    ("ewp/published_rankings_2013_2025.csv", "ccode", "cow", "base_year", set()),
    ("fariss/cirights_v1.22.11.25.csv", "cow", "cow", "year", set()),
    ("fariss/cirights_v1.22.11.25.csv", "iso_a3", "iso3", "year", set()),
    ("fragility/INFORM_2021.csv", "Country", "iso3", 2021, set()),
    ("fragility/fsi_2020.csv", "Country", "name", 2020, {"Israel and West Bank"}),
    ("gcr2p/gcr2p_lists_transcribed_5_issues.csv", "iso3", "iso3", 2020, set()),
    ("governance/2020_Worldwide_Governance_Indicators_1996-2019.csv", "Code", "wb", "Year", set()),
    ("panel/country_year_1989_2024.parquet", "ccode", "cow", "year", set()),
    ("panel/country_year_1989_2024.parquet", "iso3", "iso3", "year", set()),
    ("pts/PTS-2025.csv", "WordBank_Code_A", "wb", "Year", set()),
    ("rsf/rsf_press_freedom_2002_2025.csv", "iso3", "iso3", "year", RSF_PARTS),
    (
        *("states/gw_independent_states_1816_2017.csv", "COW_number", "gw", "entry_year"),
        {*GW_BEFORE_ISO, ZANZIBAR},
    ),
    ("states/m49_unsd.csv", "ISO-alpha3 Code", "iso3", 2020, set()),
    ("states/m49_unsd.csv", "ISO-alpha2 Code", "iso2", 2020, set()),
    ("treaties/interjust_snapshot_coded.csv", "ISO 3166-1 alpha-3", "iso3", 2026, set()),
    ("treaties/un_core_hr_treaties_status_2022.csv", "iso3", "iso3", 2022, set()),
    ("treaties/un_core_hr_treaties_status_2022.csv", "iso2", "iso2", 2022, {"S"}),
    ("treaties/un_core_hr_treaties_status_2022.csv", "member", "name", 2022, set()),
    (
        *("ucdp/acd_gw_country_year_1946_2021.csv", "gwcode", "gw", "year"),
        {ABKHAZIA, SOUTH_OSSETIA, ZANZIBAR, TIBET},
    ),
    ("ucdp/organizedviolencecy_v25_1.csv", "country_id_cy", "gw", "year_cy", set()),
    ("ucdp/organizedviolencecy_v25_1.csv", "country_cy", "name", "year_cy", set()),
    ("unhcr/unhcr_by_origin_country_year.csv", "iso3", "iso3", "year", UNHCR_PEOPLE),
    ("upr/upr_recommendations_sessions_1_20.parquet", "to", "name", 2014, set()),
    ("upr/upr_recommendations_sessions_1_20.parquet", "from", "name", 2014, {"&#40;Unknown&#41;"}),
    (
        *("vdem/vdem_v11_polarisation_hatespeech_1945_2020.csv", "country_text_id", "vdem"),
        *("year", VDEM_PARTS),
    ),
    (
        *("vdem/vdem_v11_polarisation_hatespeech_1945_2020.csv", "COWcode", "cow"),
        *("year", {ZANZIBAR}),
    ),
    ("vdem/vdem_v12_demspaces_1970_2021.parquet", "gwcode", "gw", "year", set()),
    ("vdem/vdem_v15_ewp_subset_1934_2024.csv", "COWcode", "cow", "year", {ZANZIBAR}),
    ("vdem/vdem_v16_subset_1945_2025.csv", "country_text_id", "vdem", "year", VDEM_PARTS),
]

# country-years that a file holds under two codes of one state
TWICE = {
    # Gleditsch-Ward change 345 to 340 in June 2006 and these two files keep both in that year
    ("epr/growup_epr_country_1946_2020.csv", "countries_gwid"): {("SRB", 2006)},
    ("ucdp/acd_gw_country_year_1946_2021.csv", "gwcode"): {("SRB", 2006)},
    # CIRIGHTS goes on with "Serbia and Montenegro" (345) beside Serbia (342)
    ("fariss/cirights_v1.22.11.25.csv", "cow"): {("SRB", year) for year in range(2006, 2018)},
    # rows of Yugoslavia after its end have no rating; see the test of the Political Terror Scale
    ("pts/PTS-2025.csv", "WordBank_Code_A"): {("SRB", year) for year in range(2006, 2025)},
}
# these files give codes of today's territories to the years of an older state (or the reverse):
# their own country column is the one to read
CODES_PUT_ON_LATER = {"dev/ewp_maddison.csv", "dev/ewp_un_imr_clean.csv", "dev/ewp_wdi.csv"}


@cache
def read(file: str) -> pd.DataFrame:
    path = DATA / file
    if path.suffix == ".parquet":
        pytest.importorskip("pyarrow")
        return pd.read_parquet(path)
    return pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)


def unit_of(code: object, system: str, year: int | None = None) -> str | None:
    return resolve([code], system, year).tolist()[0]


# --- the tables themselves ----------------------------------------------------------------------


def test_every_entity_of_iso_3166_1_is_a_unit_with_its_codes_and_names():
    units = load_units()
    for country in pycountry.countries:
        unit = units[country.alpha_3]
        assert unit.iso2 == country.alpha_2
        names = {country.name, getattr(country, "common_name", country.name), unit.name}
        assert set(resolve(names, "name")) == {unit.id}
        assert unit_of(country.alpha_2, "iso2") == unit.id
        assert unit_of(country.alpha_3, "iso3") == unit.id
        assert unit_of(country.alpha_3, "wb") == unit.id
    extra = set(units) - {country.alpha_3 for country in pycountry.countries}
    invented = {f"XD{letter}" for letter in "ABCDEFGH"}
    assert {name for name in extra if units[name].kind == "synthetic"} == invented
    assert extra - invented == {"XKX", "YUG", "SCG", "SUN", "CSK", "DDR", "YMD", "VDR", "ANT"}


def test_kinds_are_counted_as_the_united_nations_count():
    units = load_units().values()
    assert sum(unit.kind == "un_member" for unit in units) == 193
    assert {unit.id for unit in units if unit.kind == "un_observer"} == {"PSE", "VAT"}
    assert {"XKX", "TWN", "ESH"} <= {unit.id for unit in units if unit.kind == "other"}
    assert {"HKG", "MAC", "PRI"} <= {unit.id for unit in units if unit.kind == "territory"}
    assert all(unit.spells for unit in units if unit.kind == "un_member")
    assert not any(unit.spells for unit in units if unit.kind == "territory")


@pytest.mark.parametrize("system", ["cow", "gw", "vdem"])
def test_each_unit_owns_its_code_in_each_of_its_years(system: str):
    for unit in load_units().values():
        code = getattr(unit, system)
        if code is None:
            continue
        first, last = unit.spells[-1] if unit.spells else (None, None)
        for year in {first, last} - {None} or {2020}:
            assert unit_of(code, system, year) == unit.id


def test_a_state_in_being_is_found_by_its_gleditsch_ward_number_in_every_year():
    for unit in load_units().values():
        for first, last in unit.spells if unit.gw is not None else ():
            number = 255 if (unit.id, first) == ("DEU", 1816) else unit.gw
            years = range(first, (last or 2025) + 1)
            assert set(resolve([number] * len(years), "gw", years)) == {unit.id}


def test_notes_declare_each_series_that_spans_two_states():
    units = load_units()
    for unit in ("DEU", "YEM", "VNM", "RUS", "SRB", "YUG", "SCG", "ETH", "SDN"):
        assert units[unit].note


# --- states that split, merged or went on under another code -------------------------------------


@pytest.mark.parametrize(
    ("system", "code", "year", "unit"),
    [
        ("cow", 345, 1991, "YUG"),
        ("cow", 345, 1999, "YUG"),
        ("cow", 345, 2004, "SCG"),
        ("cow", 345, 2007, "SRB"),
        ("gw", 345, 1991, "YUG"),
        ("gw", 345, 1999, "YUG"),
        ("gw", 345, 2004, "SCG"),
        ("gw", 345, 2007, "SRB"),  # UCDP keeps the number
        ("gw", 340, 2007, "SRB"),
        ("cow", 342, 2010, "SRB"),
        ("vdem", "SRB", 1991, "YUG"),
        ("vdem", "SRB", 2004, "SCG"),
        ("vdem", "SRB", 2007, "SRB"),
        ("iso3", "SRB", 1991, "SRB"),  # as the World Bank has it
        ("iso3", "YUG", 2002, "YUG"),
        ("iso3", "SCG", 2006, "SRB"),
        ("cow", 365, 1910, "RUS"),
        ("cow", 365, 1990, "SUN"),
        ("cow", 365, 1991, "SUN"),
        ("cow", 365, 1995, "RUS"),
        ("gw", 365, 1990, "SUN"),
        ("gw", 365, 1995, "RUS"),
        ("vdem", "RUS", 1990, "SUN"),
        ("vdem", "RUS", 1995, "RUS"),
        ("cow", 260, 1980, "DEU"),
        ("cow", 255, 1980, "DEU"),
        ("cow", 255, 2000, "DEU"),
        ("cow", 260, 2000, None),
        ("gw", 260, 1980, "DEU"),
        ("gw", 260, 2000, "DEU"),
        ("gw", 255, 1930, "DEU"),
        ("gw", 255, 2000, None),
        ("cow", 265, 1980, "DDR"),
        ("cow", 678, 1980, "YEM"),
        ("cow", 679, 2000, "YEM"),
        ("cow", 678, 2000, None),
        ("gw", 678, 1980, "YEM"),
        ("gw", 678, 2000, "YEM"),
        ("cow", 680, 1980, "YMD"),
        ("cow", 816, 1960, "VNM"),
        ("cow", 816, 2000, "VNM"),
        ("cow", 817, 1960, "VDR"),
        ("cow", 315, 1992, "CSK"),
        ("cow", 316, 1993, "CZE"),
        ("vdem", "CZE", 1992, "CSK"),
        ("vdem", "CZE", 1993, "CZE"),
        ("cow", 530, 1980, "ETH"),
        ("cow", 625, 2000, "SDN"),
        ("cow", 731, 2000, "PRK"),
        ("cow", 732, 2000, "KOR"),
        ("cow", 970, 2000, "NRU"),
        ("gw", 970, 2000, "KIR"),
        ("wb", "ROM", 2000, "ROU"),
        ("wb", "ZAR", 2000, "COD"),
        ("wb", "TMP", 2000, "TLS"),
        ("wb", "KSV", 2010, "XKX"),
        ("wb", "WBG", 2010, "PSE"),
        ("wb", "ADO", 2010, "AND"),
        ("iso2", "CS", 1990, "CSK"),
        ("iso2", "CS", 2004, "SCG"),
        ("name", "Russia (Soviet Union)", 1980, "SUN"),
        ("name", "Serbia (Yugoslavia)", 2010, "SRB"),
        ("name", "Korea", 2000, None),
    ],
)
def test_a_code_stands_for_one_unit_in_each_year(
    system: str, code: object, year: int, unit: str | None
):
    assert unit_of(code, system, year) == unit


def test_a_code_of_several_states_needs_a_year():
    assert unit_of(345, "cow") is None
    assert unit_of("RUS", "vdem") is None
    assert unit_of(700, "cow") == "AFG"
    assert unit_of("SCG", "iso3") == "SCG"
    assert unit_of("Yugoslavia", "name") == "YUG"


def test_successions_say_what_came_of_each_state():
    units = load_units()
    assert lineage("YUG") == lineage("SRB") == ("YUG", "SCG", "SRB")
    assert lineage("SUN") == ("SUN", "RUS")
    assert lineage("CZE") == ("CZE",)
    assert [(s.successor, s.kind) for s in successors("DDR")] == [("DEU", "merges")]
    assert [(s.successor, s.kind) for s in successors("YMD")] == [("YEM", "merges")]
    assert [(s.unit, s.year) for s in predecessors("SSD")] == [("SDN", 2011)]
    assert [(s.unit, s.year) for s in predecessors("ERI")] == [("ETH", 1993)]
    assert len([s for s in successors("SUN") if s.kind == "splits"]) == 14
    ended = {unit.id for unit in units.values() if unit.kind == "historical"}
    assert all(successors(unit) for unit in ended)
    for unit in units:
        for fact in successors(unit):
            if fact.kind == "continues":  # each year has one of the two and no year has none
                last, first = units[unit].spells[-1][1], units[fact.successor].spells[-1][0]
                assert first == last + 1
            elif fact.kind == "splits" and units[fact.successor].spells:
                assert 0 <= units[fact.successor].spells[-1][0] - fact.year <= 1


def test_independence_by_year():
    assert independent("SUN", 1991)
    assert not independent("RUS", 1991)
    assert independent("UKR", 1991)
    assert not independent("UKR", 1990)
    assert [independent("EST", year) for year in (1939, 1941, 1990, 1991)] == [1, 0, 0, 1]
    assert not independent("HKG", 2020)
    assert not independent("PSE", 2020)
    assert {"YUG", "DDR", "CSK"} <= set(independent_units(1980))
    assert not {"YUG", "DDR", "CSK", "SCG"} & set(independent_units(2010))
    assert len(set(independent_units(2020))) == 193 + len({"VAT", "XKX", "TWN"})


# --- how codes may be written --------------------------------------------------------------------


@given(
    st.sampled_from(sorted({u.cow for u in load_units().values() if u.cow})),
    st.integers(1946, 2024),
)
def test_a_number_is_the_same_however_it_is_written(code: int, year: int):
    written = [
        code,
        float(code),
        str(code),
        f"{code}.0",
        f" {code} ",
        np.int64(code),
        np.float64(code),
    ]
    assert len(set(resolve(written, "cow", year))) == 1
    assert unit_of(code, "cow", year) == resolve([code], "cow", [float(year)])[0]
    assert unit_of(code, "cow", year) == resolve([code], "cow", np.int64(year))[0]


def test_namibia_is_not_a_missing_value():
    assert resolve(["NA", "na", None, np.nan, pd.NA, ""], "iso2").tolist() == [
        "NAM",
        "NAM",
        *[None] * 4,
    ]
    assert resolve(["NAM", "Namibia", "nan"], "name").tolist() == [None, "NAM", None]
    column = pd.read_csv(data_file("units.csv"), keep_default_na=False).set_index("unit")["iso2"]
    assert resolve(column, "iso2")[column.index.get_loc("NAM")] == "NAM"


def test_what_is_no_code_resolves_to_none():
    odd = [True, 700.5, "seven", None, np.nan, float("inf"), 0, -700, (700,)]
    assert resolve(odd, "cow", 2000).tolist() == [None] * len(odd)
    assert resolve([], "cow", []).tolist() == []


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("CÔTE D\u2019IVOIRE", "CIV"),
        ("Cote d'Ivoire", "CIV"),
        ("Türkiye", "TUR"),
        ("Turkiye", "TUR"),
        ("the Gambia", "GMB"),
        ("Gambia, The", "GMB"),
        ("St. Kitts and Nevis", "KNA"),
        ("St Vincent & the Grenadines", "VCT"),
        ("Korea, Dem. People's Rep.", "PRK"),
        ("Viet Nam", "VNM"),
        ("Burma/Myanmar", "MMR"),
        ("Congo", "COG"),
        ("Zaire", "COD"),
        ("Kyrgystan", None),  # misspelt: named as the nearest, never put in its place
        ("Sub-Saharan Africa", None),
    ],
)
def test_names_are_read_but_never_guessed(name: str, unit: str | None):
    assert unit_of(name, "name") == unit


def test_the_nearest_name_is_for_messages():
    assert nearest("Kyrgystan") == load_units()["KGZ"]
    assert nearest("Bosnia Herzegovenia") == load_units()["BIH"]
    assert nearest("qqqq") is None


def test_unknown_system_unit_or_lengths_are_refused_with_what_is_allowed():
    with pytest.raises(InputError, match=r"allowed: iso3, iso2, cow.*did you mean 'iso3'"):
        resolve(["AFG"], "iso-3")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="2 codes and 1 years"):
        resolve(["AFG", "ALB"], "iso3", [2000])
    with pytest.raises(InputError, match="the one text 'AFG'; give a list"):
        resolve("AFG", "iso3")
    with pytest.raises(InputError, match="did you mean 'SRB'"):
        lineage("SRBX")


def test_thirty_thousand_rows_take_well_under_half_a_second():
    names = [unit.name for unit in load_units().values()]
    years = np.random.default_rng(0).integers(1946, 2025, 30_000)
    start = time.perf_counter()
    found = resolve(np.resize(np.array(names, dtype=object), 30_000), "name", years)
    assert time.perf_counter() - start < 0.5
    assert len(found) == 30_000


# --- a table that was mended badly ---------------------------------------------------------------


def test_all_faults_of_the_tables_are_reported_together(tmp_path: Path):
    text = {name: data_file(name).read_text(encoding="utf-8") for name in TABLES}
    text["units.csv"] += "QQQ,,Nowhere,kingdom,18th,,,700,,,,,\n"
    text["unit_codes.csv"] += "cow,345,HRV,1990,1995,\ncow,99x,FRA,,,\ncow,999,FRX,,,\n"
    text["successions.csv"] += "SUN,XXX,,renames,\n"
    for name in TABLES:
        (tmp_path / name).write_text(text[name], encoding="utf-8-sig")  # as a spreadsheet saves it
    with pytest.raises(InputError) as caught:
        read_tables(tmp_path)
    said = "\n".join(caught.value.problems)
    for part in (
        "kind 'kingdom' is not allowed; allowed: un_member",
        "first '18th' is not a whole number",
        "cow 700 is given to AFG and QQQ; unit_codes.csv must say when",
        "cow 345 is YUG and HRV in 1990",
        "'99x' is not a code of cow",
        "unit 'FRX' is not in units.csv",
        "successor 'XXX' is not in units.csv",
        "kind 'renames' is not allowed; allowed: continues, splits, merges",
        "the year is missing",
    ):
        assert part in said


def test_a_table_with_semicolons_or_none_at_all_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match=r"units\.csv: cannot be read"):
        read_tables(tmp_path)
    for name in TABLES:
        text = data_file(name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace(",", ";"), encoding="utf-8")
    with pytest.raises(InputError, match="separate columns with commas"):
        read_tables(tmp_path)


# --- the data files ------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize(("file", "column", "system", "year", "ours_not"), CODED)
def test_every_code_of_a_data_file_resolves(
    file: str, column: str, system: str, year: str | int, ours_not: set[object]
):
    assert system in SYSTEMS
    frame = read(file)
    frame = frame[frame[column].notna()]
    units = resolve(frame[column], system, frame[year] if isinstance(year, str) else year)
    unresolved = {code for code, unit in zip(frame[column], units, strict=True) if unit is None}
    assert unresolved == ours_not
    if not isinstance(year, str) or (file in CODES_PUT_ON_LATER and column == "ccode"):
        return
    pairs = pd.DataFrame({"unit": units, "year": frame[year].array, "code": frame[column].array})
    pairs = pairs.dropna(subset=["unit"]).drop_duplicates()
    twice = pairs[pairs.duplicated(["unit", "year"])]
    found = set(zip(twice["unit"], twice["year"], strict=True))
    assert found == TWICE.get((file, column), set())


@needs_data
def test_the_political_terror_scale_is_read_by_name_where_it_has_a_rating():
    frame = read("pts/PTS-2025.csv")
    rated = frame[frame[["PTS_A", "PTS_H", "PTS_S"]].notna().any(axis=1)]
    units = resolve(rated["Country"], "name", rated["Year"])
    missing = rated[[unit is None for unit in units]]
    actors = missing["Country"].isin(PTS_ACTORS)
    assert set(missing["Country"][actors]) == PTS_ACTORS
    late = missing[~actors]
    assert set(zip(late["Country"], late["Year"], strict=True)) == PTS_OUT_OF_TIME
    keys = pd.DataFrame({"unit": units, "year": rated["Year"].array}).dropna()
    assert not keys.duplicated().any()
    by_number = resolve(rated["COW_Code_N"], "cow", rated["Year"])
    both = [(a, b) for a, b in zip(units, by_number, strict=True) if a and b]
    assert [pair for pair in both if pair[0] != pair[1]] == []


@needs_data
def test_two_code_columns_of_one_file_agree():
    vdem = read("vdem/vdem_v11_polarisation_hatespeech_1945_2020.csv")
    vdem = vdem[vdem["COWcode"].notna()]
    by_text = resolve(vdem["country_text_id"], "vdem", vdem["year"])
    by_number = resolve(vdem["COWcode"], "cow", vdem["year"])
    assert (by_text == by_number).all()
    ucdp = read("ucdp/organizedviolencecy_v25_1.csv")
    by_name = resolve(ucdp["country_cy"], "name", ucdp["year_cy"])
    assert (by_name == resolve(ucdp["country_id_cy"], "gw", ucdp["year_cy"])).all()
    treaties = read("treaties/un_core_hr_treaties_status_2022.csv")
    treaties = treaties[treaties["iso2"] != "S"]
    assert (resolve(treaties["iso2"], "iso2") == resolve(treaties["iso3"], "iso3")).all()


@needs_data
def test_names_of_the_united_nations_and_the_world_bank_agree_with_their_codes():
    m49 = read("states/m49_unsd.csv")
    m49 = m49[m49["ISO-alpha3 Code"].notna()]
    names = [name.encode("latin-1").decode("utf-8") for name in m49["Country or Area"]]
    assert (resolve(names, "name") == resolve(m49["ISO-alpha3 Code"], "iso3")).all()
    bank = read("governance/2020_Worldwide_Governance_Indicators_1996-2019.csv")
    by_name = resolve(bank["Country/Territory"], "name", bank["Year"])
    assert (by_name == resolve(bank["Code"], "wb", bank["Year"])).all()


@needs_data
def test_displacement_columns_are_units_but_for_abyei():
    columns = pd.read_csv(
        DATA / "unhcr/idmc_monthly_displacement_2018_2026_wide.csv", nrows=1
    ).columns
    codes = [column.split(".")[0] for column in columns[1:]]
    units = resolve(codes, "iso3")
    assert {code for code, unit in zip(codes, units, strict=True) if unit is None} == {"AB9"}


@needs_data
def test_years_of_independence_are_those_of_gleditsch_and_ward():
    listed = read("states/gw_independent_states_1816_2017.csv")
    theirs: dict[int, set[tuple[int, int]]] = {}
    for row in listed.itertuples():
        last = 9999 if row.end_year_2017 == 2017 else row.end_year_2017
        theirs.setdefault(row.COW_number, set()).add((row.entry_year, last))
    ours: dict[int, set[tuple[int, int]]] = {}
    for unit in load_units().values():
        if unit.gw is not None:
            ours.setdefault(unit.gw, set()).update((a, b or 9999) for a, b in unit.spells)
    differ = {code for code in theirs.keys() & ours.keys() if theirs[code] != ours[code]}
    # one number for Russia and the Soviet Union, for Yugoslavia and the state union; Germany in two
    assert differ == {365, 345, 260}
    assert ours[365] == {(1816, 1921), (1922, 1991), (1992, 9999)}
    assert ours[345] == {(1918, 2002), (2003, 2005)}
    assert ours[260] == {(1816, 1945), (1949, 9999)}
    assert theirs[255] | theirs[260] == ours[260]
    assert theirs.keys() - ours.keys() == {*GW_BEFORE_ISO, ZANZIBAR, 255}
    acd = read("ucdp/acd_gw_country_year_1946_2021.csv")
    states = set(zip(resolve(acd["gwcode"], "gw", acd["year"]), acd["year"], strict=True))
    mine = {(unit, year) for year in range(1946, 2022) for unit in independent_units(year)}
    assert {pair for pair in states - mine if pair[0]} == set()
    assert {unit for unit, _ in mine - states} == {"VAT"}


# --- another crosswalk ---------------------------------------------------------------------------


@needs_data
def test_codes_agree_with_another_crosswalk_but_where_it_is_ruled_otherwise():
    other = pd.read_csv(DATA / "codes/country_crosswalk.csv", keep_default_na=False)
    other = other[other["iso3c"] != ""]
    units = load_units()
    differ: set[tuple[str, str, object, object]] = set()
    no_gw: set[str] = set()
    for row in other.to_dict("records"):
        unit = units[row["iso3c"]]
        assert unit.iso2 == row["iso2c"]
        assert (unit.kind == "un_member") == (str(row["un_member"]) == "True")
        for system, column in (("cow", "cown"), ("gw", "gwn"), ("gw", "coco_gwcode")):
            theirs = int(float(row[column])) if row[column] != "" else None
            mine = getattr(unit, system)
            if mine is not None and theirs is None:
                no_gw.add(unit.id)
            elif mine != theirs:
                differ.add((unit.id, column, mine, theirs))
        if row["wb"]:
            assert unit_of(row["wb"], "wb", 2020) == unit.id
    assert differ == {
        ("CZE", "coco_gwcode", 316, 315),  # 315 is Czechoslovakia
        ("VNM", "gwn", 816, 817),  # 817 is South Vietnam
        ("VNM", "coco_gwcode", 816, 817),
        ("YEM", "coco_gwcode", 678, 680),  # 680 is South Yemen
        ("VAT", "cown", None, 327),  # 327 is the Papal States; read from 1929 as the Holy See
        ("VAT", "gwn", None, 327),
    }
    # microstates are in the Gleditsch-Ward list of microstates, which the other leaves out
    assert no_gw == {
        *("AND", "ATG", "DMA", "FSM", "GRD", "KIR", "KNA", "LCA", "LIE", "MCO", "MHL", "NRU"),
        *("PLW", "SMR", "STP", "SYC", "TON", "TUV", "VCT", "VUT", "WSM"),
    }
