"""From files to panels: keys, states, split states, periods, faults of files."""

import numpy as np
import pandas as pd
import pytest

from r2prisk.errors import InputError
from r2prisk.panel import CellState
from r2prisk.sources import load_source, read_source

LINEAR = "[{ linear = { low = 0, high = 10 } }]"


def ratings(panel, indicator, unit):
    frame = panel.to_frame()
    frame = frame[frame.index.get_level_values("unit") == unit]
    return {period.year: value for (_, period), value in frame[indicator].items()}


def test_a_value_becomes_a_rating_with_its_state_source_and_report(made, rate_as):
    text = "gw,year,x\n625,2003,8\n625,2004,\n385,2003,12\n999,2003,1\n"
    result = made.read(text, rate_as("1.1", steps=LINEAR, missing='"failed"'))
    panel, report = result.panel, result.report
    assert ratings(panel, "1.1", "SDN") == {2003: 0.8, 2004: pytest.approx(np.nan, nan_ok=True)}
    assert ratings(panel, "1.1", "NOR") == {2003: 1.0}
    assert panel.states[panel.index.get_loc(("SDN", pd.Period("2004")))] == [CellState.FAILED]
    assert panel.sources == ("Made-up data v7: Nobody (2020), Made-up data",)
    assert [framework.name for framework in panel.frameworks] == ["un-foa-2014"]
    assert (report.version, report.rows_read, report.rows_kept) == ("7", 4, 3)
    assert report.clipped == {"1.1": 1}
    text = str(report)
    assert "made_up_v7.csv" in text
    assert "the code stands for no unit in that year: 1 (999)" in text


def test_less_reverses_as_the_last_act(made, rate_as):
    panel = made.read(
        "gw,year,x\n625,2003,8\n", rate_as("1.1", steps=LINEAR, direction='"less"')
    ).panel
    assert ratings(panel, "1.1", "SDN") == {2003: pytest.approx(0.2)}


def test_several_columns_join_and_all_are_needed_unless_any_will_do(made, rate_as):
    text = "gw,year,x,y\n625,2003,2,6\n625,2004,2,\n"
    every = made.read(text, rate_as("1.1", "x y", steps=LINEAR)).panel
    assert ratings(every, "1.1", "SDN") == {2003: 0.4}
    some = made.read(text, rate_as("1.1", "x y", steps=LINEAR, any="true")).panel
    assert ratings(some, "1.1", "SDN") == {2003: 0.4, 2004: 0.2}


def test_fill_stands_in_where_the_columns_have_nothing(made, rate_as):
    text = "gw,year,x,spare\n625,2003,2,9\n625,2004,,9\n"
    panel = made.read(text, rate_as("1.1", steps=LINEAR, fill='["spare"]')).panel
    assert ratings(panel, "1.1", "SDN") == {2003: 0.2, 2004: 0.9}


def test_a_long_file_is_read_by_where(made, rate_as):
    text = "gw,year,what,x\n625,2003,a,2\n625,2003,b,4\n625,2003,c,9\n"
    panel = made.read(
        text,
        rate_as("1.1", where='{ what = "a" }', steps=LINEAR),
        rate_as("1.3", where='{ what = ["b", "c"] }', rows='"max"', steps=LINEAR),
    ).panel
    assert panel.to_frame().loc[("SDN", "2003")].to_list() == [0.2, 0.9]


def test_otherwise_is_the_rating_of_rows_that_where_leaves_out(made, rate_as):
    text = "gw,year,election,x\n625,2003,1,4\n625,2004,0,4\n"
    settings = {"where": "{ election = 1 }", "otherwise": "0", "steps": LINEAR}
    panel = made.read(text, rate_as("8.8", direction='"less"', **settings)).panel
    assert ratings(panel, "8.8", "SDN") == {2003: 0.6, 2004: 0.0}


@pytest.mark.parametrize("rows", ["625,2003,2\n625,2003,9\n", "625,2003,9\n625,2003,2\n"])
def test_rows_that_give_different_values_fail_and_are_named(made, rate_as, rows):
    text = "gw,year,x\n385,2003,4\n385,2003,4\n" + rows
    result = made.read(text, rate_as("1.1", steps=LINEAR))
    assert ratings(result.panel, "1.1", "NOR") == {2003: 0.4}  # equal rows are one
    assert result.panel.states_frame()["1.1"].to_list() == ["rated", "failed"]
    assert "1.1: failed, as rows give different values: 1 (SDN 2003)" in str(result.report)


def test_words_that_are_not_in_the_mapping_are_named(made, rate_as):
    steps = "[{ categories = { map = { Yes = 1, No = 0 } } }]"
    text = "gw,year,x\n625,2003,Yes\n625,2004,Maybe\n"
    result = made.read(text, rate_as("1.1", steps=steps, missing='"failed"'))
    assert ratings(result.panel, "1.1", "SDN")[2003] == 1.0
    assert result.panel.states[1, 0] == CellState.FAILED
    assert "not in the mapping: 'Maybe'" in str(result.report)


def test_text_in_a_column_of_numbers_is_named(made, rate_as):
    result = made.read("gw,year,x\n625,2003,n/k\n625,2004,5\n", rate_as("1.1", steps=LINEAR))
    assert "not numbers: 'n/k'" in str(result.report)


def test_a_column_says_why_a_value_is_missing(made, rate_as):
    missing = '{ column = "why", states = { 0 = "failed", 77 = "not_applicable" } }'
    text = "gw,year,x,why\n625,2003,,0\n625,2004,,77\n625,2005,,88\n625,2006,1,0\n"
    panel = made.read(text, rate_as("1.1", steps=LINEAR, missing=missing)).panel
    assert panel.states_frame()["1.1"].to_list() == ["failed", "not_applicable", "rated"]


def test_the_first_rating_whose_columns_are_there_is_taken(made, rate_as):
    first = rate_as("1.1", "better", steps=LINEAR)
    result = made.read("gw,year,x\n625,2003,5\n", first, rate_as("1.1", steps=LINEAR))
    assert ratings(result.panel, "1.1", "SDN") == {2003: 0.5}
    assert result.report.missing_columns == {}
    both = made.read("gw,year,x,better\n625,2003,5,7\n", first, rate_as("1.1", steps=LINEAR))
    assert ratings(both.panel, "1.1", "SDN") == {2003: 0.7}


def test_a_missing_column_is_named_for_its_indicator(made, rate_as):
    result = made.read("gw,year,x\n625,2003,5\n", rate_as("1.1"), rate_as("1.3", "y z"))
    assert result.report.missing_columns == {"1.3": ("y", "z")}
    assert "1.3 (y, z)" in str(result.report)


def test_prefixed_columns_count_and_the_latest_version_stands_alone(made, rate_as):
    keys = (
        "[file]\nprefix = 'vd\\d+_'\n"
        '[[unit]]\ncolumn = "gw"\nkey = "gw"\n[period]\ncolumn = "year"\n'
    )
    text = "gw,year,vd9_x,vd11_x\n625,2003,1,5\n625,2004,1,\n"
    panel = made.read(text, rate_as("1.1", steps=LINEAR), keys=keys).panel
    assert ratings(panel, "1.1", "SDN") == {2003: 0.5}


def test_the_latest_version_is_told_by_its_number_not_by_its_place(made, rate_as):
    keys = (
        "[file]\nprefix = 'vd\\d+_'\n"
        '[[unit]]\ncolumn = "gw"\nkey = "gw"\n[period]\ncolumn = "year"\n'
    )
    text = "gw,year,vd11_x,vd9_x\n625,2003,5,1\n"
    panel = made.read(text, rate_as("1.1", steps=LINEAR), keys=keys).panel
    assert ratings(panel, "1.1", "SDN") == {2003: 0.5}


def test_what_is_left_out_stands_in_the_notes_of_the_panel(made, rate_as):
    stand_in = rate_as("1.4", "y", steps=LINEAR), rate_as("1.4", "x", steps=LINEAR)
    text = "gw,year,x\n625,2003,5\n999,2003,1\n"
    panel = made.read(text, rate_as("1.3", "y z"), *stand_in).panel
    assert panel.notes == (
        "made-up: left out: the code stands for no unit in that year: 1 (999)",
        "made-up: 1.3 not rated: the file lacks y, z",
        "made-up: 1.4 is rated by a stand-in: x",
    )


def test_every_range_of_the_steps_counts_as_clipped(made, rate_as):
    text = "gw,year,x\n625,2003,0\n625,2004,5\n625,2005,50\n625,2006,2000\n625,2007,-1\n"
    log = "[{ log1p = { floor = 10, cap = 1000 } }]"
    more = "[{ log1p = { floor = 10, cap = 1000 } }, { linear = { low = 0, high = 2 } }]"
    report = made.read(text, rate_as("1.1", steps=log), rate_as("1.3", steps=more)).report
    assert report.clipped == {"1.1": 2, "1.3": 2}  # 5 is below the floor, 2000 above the cap


def test_a_year_without_a_row_is_not_rated_by_a_step_that_looks_back(made, rate_as):
    steps = "[{ linear = { low = 0, high = 10 } }, { lag = { periods = 1 } }]"
    text = "gw,year,x\n625,2003,5\n385,2004,1\n385,2005,1\n"
    panel = made.read(text, rate_as("1.1", steps=steps)).panel
    assert ratings(panel, "1.1", "NOR")[2005] == 0.1
    assert np.nansum(list(ratings(panel, "1.1", "SDN").values())) == 0.0


# ---- periods


def test_a_snapshot_rates_its_own_year_only(made, rate_as):
    keys = '[[unit]]\ncolumn = "gw"\nkey = "gw"\n[period]\nsnapshot = 2025\n'
    panel = made.read("gw,x\n625,5\n", rate_as("1.1", steps=LINEAR), keys=keys).panel
    assert ratings(panel, "1.1", "SDN") == {2025: 0.5}


def test_since_is_one_from_the_year_on_and_zero_before(made, rate_as):
    keys = (
        '[[unit]]\ncolumn = "iso3"\nkey = "iso3"\n[period]\nsince = "joined"\n'
        "since_where = { party = 1 }\nfirst = 2009\nlast = 2013\n"
    )
    text = "iso3,joined,party\nGHA,2011,1\nSDN,,0\nSSD,2012,1\n"
    panel = made.read(text, rate_as("1.1", "joined"), keys=keys).panel
    assert ratings(panel, "1.1", "GHA") == {2009: 0, 2010: 0, 2011: 1, 2012: 1, 2013: 1}
    assert set(ratings(panel, "1.1", "SDN").values()) == {0.0}
    assert ratings(panel, "1.1", "SSD") == {2011: 0, 2012: 1, 2013: 1}  # a state from 2011


def test_a_list_of_events_says_nothing_happened_where_it_has_no_row(made, rate_as):
    keys = (
        '[[unit]]\ncolumn = "gw"\nkey = "gw"\n[period]\ncolumn = "year"\n'
        "[absent]\nvalue = 0\nfirst = 2009\nlast = 2024\n"
    )
    panel = made.read(
        "gw,year,x\n438,2010,10\n626,2012,10\n", rate_as("1.1", steps=LINEAR), keys=keys
    )
    panel = panel.panel
    assert ratings(panel, "1.1", "GIN") == {2009: 0, 2010: 1, 2011: 0, 2012: 0}
    assert ratings(panel, "1.1", "SSD") == {2011: 0, 2012: 1}
    assert ratings(panel, "1.1", "NOR") == dict.fromkeys(range(2009, 2013), 0.0)


def test_hold_stops_at_its_last_year_and_at_the_end_of_a_state(made, rate_as):
    steps = "[{ linear = { low = 0, high = 10 } }, { hold = { periods = 5, until = 2012 } }]"
    result = made.read("gw,year,x\n345,2002,5\n625,2010,5\n", rate_as("1.9", steps=steps))
    assert ratings(result.panel, "1.9", "SDN") == {2010: 0.5, 2011: 0.5, 2012: 0.5}
    assert ratings(result.panel, "1.9", "YUG") == {2002: 0.5}
    assert result.report.held == {"1.9": 2}


def test_hold_fills_no_year_after_its_last_although_the_file_goes_on(made, rate_as):
    steps = "[{ linear = { low = 0, high = 10 } }, { hold = { periods = 5, until = 2012 } }]"
    text = "gw,year,x\n625,2010,5\n" + "".join(f"385,{y},1\n" for y in range(2010, 2016))
    result = made.read(text, rate_as("1.9", steps=steps))
    assert ratings(result.panel, "1.9", "SDN") == {2010: 0.5, 2011: 0.5, 2012: 0.5}
    assert result.report.held == {"1.9": 2}


def test_a_change_held_over_counts_as_held(made, rate_as):
    steps = (
        "[{ change = { periods = 1 } }, { linear = { low = 0, high = 10 } }, "
        "{ hold = { periods = 1, until = 2012 } }]"
    )
    text = "gw,year,x\n625,2002,1\n625,2003,6\n625,2004,\n625,2005,7\n"
    result = made.read(text, rate_as("1.9", steps=steps))
    assert ratings(result.panel, "1.9", "SDN")[2004] == 0.5
    assert result.report.held == {"1.9": 1}


# ---- states that end, split or go on under another code

MEMORY = "[{ memory = { half_life = 1 } }, { linear = { low = 0, high = 10 } }]"


def test_serbia_inherits_the_memory_of_yugoslavia(made, rate_as):
    text = "gw,year,x\n345,2002,8\n345,2003,0\n340,2006,0\n"
    text = text.replace("345,2003,0\n", "345,2003,0\n345,2004,0\n345,2005,0\n")
    panel = made.read(text, rate_as("1.1", steps=MEMORY)).panel
    assert ratings(panel, "1.1", "YUG") == {2002: 0.8}
    assert ratings(panel, "1.1", "SCG") == {2003: 0.4, 2004: 0.2, 2005: 0.1}
    assert ratings(panel, "1.1", "SRB") == {2006: 0.05}


def test_russia_inherits_and_the_others_of_the_union_start_from_nothing(made, rate_as):
    text = "gw,year,x\n365,1991,8\n365,1992,0\n369,1991,0\n369,1992,0\n"
    panel = made.read(text, rate_as("1.1", steps=MEMORY)).panel
    assert ratings(panel, "1.1", "SUN") == {1991: 0.8}
    assert ratings(panel, "1.1", "RUS") == {1992: 0.4}
    assert ratings(panel, "1.1", "UKR") == {1991: 0.0, 1992: 0.0}


def test_a_change_looks_back_over_a_change_of_code(made, rate_as):
    steps = "[{ change = { periods = 1 } }, { linear = { low = 0, high = 10 } }]"
    panel = made.read("gw,year,x\n365,1991,2\n365,1992,7\n", rate_as("1.1", steps=steps)).panel
    assert ratings(panel, "1.1", "RUS") == {1992: 0.5}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("625,2010,5\n626,2011,5\n", ["SDN 2010", "SSD 2011"]),
        ("260,1989,5\n265,1989,5\n260,1991,5\n", ["DDR 1989", "DEU 1989", "DEU 1991"]),
        ("678,1989,5\n680,1989,5\n678,1991,5\n", ["YEM 1989", "YEM 1991", "YMD 1989"]),
        ("530,1992,5\n530,1993,5\n531,1993,5\n", ["ERI 1993", "ETH 1992", "ETH 1993"]),
        ("315,1992,5\n316,1993,5\n317,1993,5\n", ["CSK 1992", "CZE 1993", "SVK 1993"]),
    ],
)
def test_states_that_split_or_merge(made, rate_as, rows, expected):
    panel = made.read("gw,year,x\n" + rows, rate_as("1.1", steps=LINEAR)).panel
    assert [f"{unit} {period}" for unit, period in panel.index] == expected


def test_years_before_a_state_existed_and_territories_are_left_out(made, rate_as):
    keys = '[[unit]]\ncolumn = "iso3"\nkey = "iso3"\n[period]\ncolumn = "year"\n'
    text = "iso3,year,x\nUKR,1985,5\nUKR,1995,5\nGUM,1995,5\nPSE,1995,5\n"
    result = made.read(text, rate_as("1.1", steps=LINEAR), keys=keys)
    assert result.panel.units == ("PSE", "UKR")
    assert "not an independent state in that year: 1 (UKR)" in str(result.report)
    assert "a territory, not a state: 1 (GUM)" in str(result.report)


def test_a_second_key_helps_where_the_first_has_nothing(made, rate_as):
    keys = (
        '[[unit]]\ncolumn = "gw"\nkey = "gw"\n[[unit]]\ncolumn = "name"\nkey = "name"\n'
        '[period]\ncolumn = "year"\n'
    )
    text = 'gw,name,year,x\n,"Korea, South",2003,5\n385,?,2003,5\n'
    panel = made.read(text, rate_as("1.1", steps=LINEAR), keys=keys).panel
    assert panel.units == ("KOR", "NOR")


def test_namibia_is_not_a_missing_value(made, rate_as):
    keys = '[[unit]]\ncolumn = "iso2"\nkey = "iso2"\n[period]\ncolumn = "year"\n'
    panel = made.read("iso2,year,x\nNA,2003,5\n", rate_as("1.1", steps=LINEAR), keys=keys).panel
    assert panel.units == ("NAM",)


# ---- faults of files: one clear error each

GOOD = b"gw,year,x\n625,2003,5\n385,2003,1\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"  \n\n", "is empty"),
        (b"gw,year,x\n", "has a header but no rows"),
        (GOOD[:-6], "was cut short: its last row has 2 of 3 columns"),
        (b'gw,year,x\n625,2003,"5\n385,2003,1\n', "is not a whole CSV table"),
        (b"gw,year,x\n625,2003,5,6,7\n", "is not a whole CSV table"),
        (b"PK\x03\x04rubbish", "is not CSV text but a zip archive"),
        (b"PAR1rubbish", "is not CSV text but a Parquet file"),
        (GOOD.decode().encode("utf-16"), "UTF-16"),
        ("gw,year,x\n625,2003,é\n".encode("latin-1"), "is not utf-8-sig text: line 2"),
        (b"country;value\nNorway;1\n", "has no column for the country: 'gw'"),
        (b"gw,yaer,x\n625,2003,5\n", "has no column 'year' for the year; did you mean 'yaer'?"),
        (b"gw,year,y\n625,2003,5\n", "has none of the columns that made-up rates"),
        (b"gw,year,x,x\n625,2003,5,6\n", "the column 'x' is there more than once"),
        (b"gw,year,x\n625,last year,5\n", "'last year' is not a year"),
        (b"gw,year,x\n999,2003,5\n", "every row was left out"),
        (GOOD.replace(b"\n", b"\r"), "lines end as on old Macs"),
        (
            b"gw,year,x\n625,2003," + b"5" * 200_000 + b"\n",
            "is not a whole CSV table: field larger",
        ),
        (GOOD + b"385,2004,1\n" * 9000 + b"385,2005", "its last row has 2 of 3 columns"),
        (GOOD * 9000 + "625,2003,é\n".encode("latin-1"), "is not utf-8-sig text: line 27001"),
        (b"<!DOCTYPE html><html>404</html>\n", "is it the right file?"),
    ],
)
def test_a_bad_file_gives_one_clear_error(made, rate_as, content, says):
    path = made.folder / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        load_source(None, path, mapping=made.mapping(rate_as("1.1", steps=LINEAR)))
    assert says in str(caught.value)
    assert "bad.csv" in str(caught.value)


def test_a_missing_file_and_a_folder(made, rate_as):
    mapping = made.mapping(rate_as("1.1"))
    with pytest.raises(InputError, match="there is no file"):
        load_source(None, made.folder / "nowhere.csv", mapping=mapping)
    with pytest.raises(InputError, match="cannot be read"):
        load_source(None, made.folder, mapping=mapping)


def test_a_source_must_be_named():
    with pytest.raises(InputError, match="name a source"):
        read_source(None, "x.csv")


def test_headers_that_are_not_used_may_repeat(made, rate_as):
    columns = ",".join(["", "", "x", *[f"c{n}" for n in range(10_000)]])
    text = f"gw,year,{columns}\n625,2003,,,5{',' * 10_000}\n"
    panel = made.read(text, rate_as("1.1", steps=LINEAR)).panel
    assert ratings(panel, "1.1", "SDN") == {2003: 0.5}


def test_a_file_longer_than_one_part_reads_as_a_whole(made, rate_as):
    """Numbers, words and gaps may change from one part to the next."""
    rows = [f"385,{1990 + n % 20},{n % 20 if n < 4000 else ''},a" for n in range(6000)]
    text = "\n".join(["gw,year,x,what", *rows, "625,2003,5,7", "625,2004,n/k,7", ""])
    result = made.read(
        text, rate_as("1.1", steps=LINEAR), rate_as("1.3", steps=LINEAR, where="{ what = 7 }")
    )
    assert ratings(result.panel, "1.1", "NOR")[1995] == 0.5
    assert ratings(result.panel, "1.3", "SDN")[2003] == 0.5
    assert "not numbers: 'n/k'" in str(result.report)
    assert result.report.rows_read == 6002


def test_parquet_reads_as_csv_does(made, rate_as, needs_extra):
    needs_extra("pyarrow")
    path = made.folder / "made_up.parquet"
    pd.DataFrame({"gw": [625], "year": [2003], "x": [5.0]}).to_parquet(path)
    panel = load_source(None, path, mapping=made.mapping(rate_as("1.1", steps=LINEAR)))
    assert ratings(panel, "1.1", "SDN") == {2003: 0.5}
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="is not a whole Parquet file"):
        load_source(None, path, mapping=made.mapping(rate_as("1.1")))
