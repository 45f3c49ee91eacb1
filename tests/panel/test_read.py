"""Reading panels: the same ratings from every kind of file, and every fault at once."""

import gzip
import json
import time
import zipfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from r2prisk import CellState, InputError, R2PRiskError, read_panel
from r2prisk.catalogue import load_framework
from r2prisk.scoring.scores import is_closed

WIDE = """unit,period,1.1,1.10,7.10,SGS2.1
SDN,2003,0.9,,severe,0.1
NOR,2003,0,0.25,not applicable,failed
"""


def panel_of(tmp_path, text, name="ratings.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return read_panel(path)


def problems_of(call, *args, **options):
    with pytest.raises(InputError) as caught:
        call(*args, **options)
    return list(caught.value.problems)


# --- what is read -------------------------------------------------------------------------------


def test_wide_csv(tmp_path):
    panel = panel_of(tmp_path, WIDE)
    assert panel.units == ("NOR", "SDN")
    assert panel.indicators == ("1.1", "1.10", "7.10", "SGS2.1")
    assert [f.name for f in panel.frameworks] == ["un-foa-2014", "sg-resilience-2013"]
    np.testing.assert_array_equal(
        panel.ratings, [[0.0, 0.25, np.nan, np.nan], [0.9, np.nan, 1.0, 0.1]]
    )
    rated, unknown, absent, failed = CellState
    np.testing.assert_array_equal(
        panel.states, [[rated, rated, absent, failed], [rated, unknown, rated, rated]]
    )


def test_unknown_is_never_zero(tmp_path):
    panel = panel_of(tmp_path, WIDE)
    assert np.isnan(panel.to_frame().loc[("SDN", "2003"), "1.10"]).all()


def test_long_csv_says_the_same(tmp_path):
    wide = panel_of(tmp_path, WIDE)
    long = panel_of(
        tmp_path,
        "iso3,year,indicator,rating,state\n"
        "SDN,2003,1.1,0.9,rated\nSDN,2003,7.10,severe,rated\nSDN,2003,SGS2.1,0.1,rated\n"
        "NOR,2003,1.1,0,rated\nNOR,2003,1.10,0.25,rated\nNOR,2003,7.10,,not applicable\n"
        "NOR,2003,SGS2.1,,failed\n",
        "long.csv",
    )
    assert long.hash == wide.hash


def test_frames_with_levels_or_columns(tmp_path):
    wide = panel_of(tmp_path, WIDE)
    frame = pd.DataFrame(
        {
            "country": ["SDN", "NOR"],
            "date": [2003, 2003],
            "1.1": [0.9, 0.0],
            "1.10": [np.nan, 0.25],
            "7.10": ["severe", "not applicable"],
            "SGS2.1": [0.1, "failed"],
        }
    )
    assert read_panel(frame).hash == wide.hash
    assert read_panel(frame.set_index(["country", "date"])).hash == wide.hash


def test_semicolons_and_decimal_commas(tmp_path):
    panel = panel_of(tmp_path, "unit;period;1.1\r\nSDN;2003;0,9\r\n")
    assert panel.ratings[0, 0] == 0.9


def test_decimal_commas_in_a_column_that_holds_words(tmp_path):
    panel = panel_of(tmp_path, "unit;year;1.1\nSDN;2003;0,9\nNOR;2003;weak\n")
    assert panel.ratings[:, 0].tolist() == [0.25, 0.9]


@pytest.mark.parametrize("quote", ["", '"'])
def test_blank_lines_are_not_rows_and_do_not_shift_their_numbers(tmp_path, quote):
    text = f"\n{quote}unit{quote},year,1.1\n\nSDN,2003,0.5\n\n\nNOR,2003,2\n"
    assert problems_of(panel_of, tmp_path, text) == ["row 7, column '1.1': 2 is outside 0 to 1"]
    assert len(panel_of(tmp_path, text.replace("NOR,2003,2", "NOR,2003,1"))) == 2


def test_identifiers_stay_text_in_a_long_file(tmp_path):
    panel = panel_of(tmp_path, "unit,year,indicator,rating\nSDN,2003,7.10,0.5\n")
    assert panel.indicators == ("7.10",)


def test_numbers_for_identifiers_are_refused_in_frames():
    long = pd.DataFrame({"unit": ["SDN"], "year": [2003], "indicator": [7.10], "rating": [0.5]})
    assert "7.1 and 7.10 look the same" in problems_of(read_panel, long)[0]
    wide = pd.DataFrame({"unit": ["SDN"], "year": [2003], 7.10: [0.5]})
    assert "7.1 and 7.10 look the same" in problems_of(read_panel, wide)[0]


def test_an_empty_state_follows_from_the_rating(tmp_path):
    text = "unit,year,indicator,rating,state\nSDN,2003,1.1,0.5,\nSDN,2003,1.2,,\n"
    panel = panel_of(tmp_path, text)
    assert panel.states.tolist() == [[CellState.RATED, CellState.UNKNOWN]]


def test_byte_order_mark_and_spaces_in_headers(tmp_path):
    panel = panel_of(tmp_path, "Unit , Year,1.1\nSDN,2003,0.5\n", encoding="utf-8-sig")
    assert panel.indicators == ("1.1",)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("2017", "Y"), ("2017Q3", "Q"), ("2017-08", "M"), ("2017-08-25", "D")],
)
def test_kinds_of_period(tmp_path, text, kind):
    panel = panel_of(tmp_path, f"unit,period,1.1\nMMR,{text},1\n")
    assert panel.periods.freqstr[0] == kind
    assert str(panel.index[0][1]) == text


def test_historical_states_are_units(tmp_path):
    text = "unit,year,1.1\n" + "".join(
        f"{unit},1985,0.1\n" for unit in ["YUG", "SUN", "CSK", "DDR", "YMD", "VDR", "XKX", "SCG"]
    )
    assert len(panel_of(tmp_path, text)) == 8


def test_a_second_naming_column_is_not_read_and_says_so(tmp_path):
    panel = panel_of(tmp_path, "iso3,country,year,1.1\nSDN,Sudan,2003,0.5\n")
    assert panel.notes == ("ratings.csv: column 'country' was not needed and not read",)
    assert "country" in repr(panel)


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_what_is_written_reads_back(tmp_path, needs_extra, ending):
    if ending == "parquet":
        needs_extra("pyarrow")
    if ending == "xlsx":
        needs_extra("python_calamine")
        needs_extra("xlsxwriter")
    panel = panel_of(tmp_path, WIDE)
    panel.write(tmp_path / f"again.{ending}")
    again = read_panel(tmp_path / f"again.{ending}")
    assert again.hash == panel.hash
    assert again.indicators == panel.indicators


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_variances_survive(tmp_path, needs_extra, ending):
    if ending == "parquet":
        needs_extra("pyarrow")
    cells = "SDN,2003,1.1,0.1,,0.01\nSDN,2003,1.2,,not applicable,\nSDN,2003,9.1,,unknown,\n"
    long = f"unit,year,indicator,rating,state,variance\n{cells}NOR,2003,1.1,,unknown,\n"
    panel = panel_of(tmp_path, long, "v.csv")
    assert panel.variance[1, 0] == 0.01
    rated, unknown, none = CellState.RATED, CellState.UNKNOWN, CellState.NOT_APPLICABLE
    assert panel.states.tolist() == [[unknown] * 3, [rated, none, unknown]]
    panel.write(tmp_path / f"again.{ending}")
    # a row and an indicator of which nothing is known come back too
    assert read_panel(tmp_path / f"again.{ending}").hash == panel.hash


def test_a_workbook_refuses_variances(tmp_path):
    panel = panel_of(
        tmp_path, "unit,year,indicator,rating,variance\nSDN,2003,1.1,0.5,0.01\n", "v.csv"
    )
    assert "variances" in problems_of(panel.write, tmp_path / "v2.xlsx")[0]
    assert not (tmp_path / "v2.xlsx").exists()


def test_a_users_own_framework(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        'name = "own"\ntitle = "Own"\nkind = "risk"\nissuer = "Me"\nedition = "1"\n'
        'citation = "Me 2020"\n[[factors]]\nid = "A"\ntitle = "A"\ndefinition = "A."\n'
        '[[factors.indicators]]\nid = "A1"\nlabel = "a"\ndescription = "a."\ntempo = "dynamic"\n'
        'look_for = "a"\nrate_0 = "none"\nrate_1 = "all"\n'
    )
    path = tmp_path / "own.csv"
    path.write_text("unit,year,A1\nSDN,2003,0.5\n")
    assert read_panel(path, frameworks=[own]).indicators == ("A1",)
    assert (
        "did you mean 'A1'"
        in problems_of(
            read_panel, pd.DataFrame({"unit": ["SDN"], "year": [2000], "A2": [1]}), frameworks=[own]
        )[0]
    )


# --- all faults at once -------------------------------------------------------------------------


def test_all_problems_are_reported_together_with_row_and_column(tmp_path):
    text = (
        "unit,period,1.1,7.1,12.77\n"
        "SDN,2003,1.5,0.1,0\n"
        "Sudan,2004,0.5,strnog,0\n"
        "NOR,20x4,0.5,-0.1,0\n"
    )
    assert problems_of(panel_of, tmp_path, text) == [
        "row 3, column 'unit': 'Sudan' is not an ISO 3166 alpha-3 code; did you mean 'SDN' (Sudan)?",
        "row 4, column 'period': '20x4' is not a year (2017), a quarter (2017Q1), a month (2017-03) "
        "or a date (2017-03-31)",
        "column '12.77' is no indicator of un-foa-2014 or sg-resilience-2013; did you mean '12.7'?",
        "row 2, column '1.1': 1.5 is outside 0 to 1",
        "row 3, column '7.1': 'strnog' is not a number from 0 to 1, a word (absent, weak, moderate, "
        "strong, severe) or a state (unknown, not applicable, failed); did you mean 'strong'?",
        "row 4, column '7.1': -0.1 is outside 0 to 1",
    ]


def test_duplicate_rows_name_both(tmp_path):
    found = problems_of(panel_of, tmp_path, "unit,year,1.1\nSDN,2003,0\nNOR,2003,0\nSDN,2003,0\n")
    assert found == ["row 4: SDN 2003 is already in row 2"]
    long = "unit,year,indicator,rating\nSDN,2003,1.1,0\nSDN,2003,1.1,1\n"
    assert problems_of(panel_of, tmp_path, long) == ["row 3: SDN 2003 1.1 is already in row 2"]


def test_mixed_kinds_of_period(tmp_path):
    found = problems_of(panel_of, tmp_path, "unit,period,1.1\nSDN,2003,0\nSDN,2003Q1,0\n")
    assert found == [
        "column 'period' mixes years (row 2: '2003'), quarters (row 3: '2003Q1'); "
        "a panel has one kind of period"
    ]


def test_a_state_may_not_contradict_its_rating(tmp_path):
    text = "unit,year,indicator,rating,state\nSDN,2003,1.1,0.5,failed\nSDN,2003,1.2,,rated\n"
    assert problems_of(panel_of, tmp_path, text) == [
        "row 2, column 'state': 'failed' with a rating",
        "row 3, column 'state': 'rated' with no rating",
    ]


def test_wrong_types_in_a_frame():
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [True], "1.2": [np.inf]})
    found = problems_of(read_panel, frame)
    assert len(found) == 2
    assert "'True' is not a number" in found[0]
    assert found[1] == "row 0, column '1.2': inf is outside 0 to 1"


# --- bad files give one clear error each ---------------------------------------------------------

BAD = {
    "empty.csv": (b"", "is empty"),
    "header_only.csv": (b"unit,year,1.1\n", "has no rows"),
    "truncated.csv": (b"unit,year,1.1,1.2\nSDN,2003,0,0\nNOR,20", "the file was cut off"),
    "uneven.csv": (b"unit,year,1.1\nSDN,2003,0,5\nNOR,2003,0\n", "line 2 has 4 cells"),
    "latin.csv": ("unit,year,1.1\nSDN,2003,\xe9lev\xe9\n".encode("latin-1"), "line 2 is not UTF-8"),
    "utf16.csv": ("unit,year,1.1\nSDN,2003,0\n".encode("utf-16"), "UTF-16"),
    "zeros.csv": (b"unit,year,1.1\nSDN,2003,\x00\x00\n", "zero bytes"),
    "duplicate.csv": (b"unit,year,1.1,1.1\nSDN,2003,0,0\n", "column '1.1' stands 2 times"),
    "nameless.csv": (b"unit,year,1.1,\nSDN,2003,0,0\n", "column 4 has no name"),
    "nokeys.csv": (b"a,b\n1,2\n", "needs a column unit or iso3 or country"),
    "text.csv": (b"unit,year,1.1\nSDN,2003,high\n", "row 2, column '1.1': 'high' is not"),
    "zipped.csv": (b"PK\x03\x04rest", "zip archive"),
    "gzipped.csv": (gzip.compress(b"unit"), "gzip archive"),
    "ratings.doc": (b"unit", "ends in '.doc'"),
    "broken.xlsx": (b"PK\x03\x04rest", "is not a whole workbook"),
    "broken.parquet": (b"PAR1rest", "is not a whole Parquet file"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_files(tmp_path, needs_extra, name):
    if name.endswith("xlsx"):
        needs_extra("python_calamine")
    if name.endswith("parquet"):
        needs_extra("pyarrow")
    content, expected = BAD[name]
    with pytest.raises(R2PRiskError) as caught:
        panel_of(tmp_path, content, name)
    assert expected in str(caught.value)
    assert name in str(caught.value)


def test_nan_headers_in_a_frame():
    frame = pd.DataFrame([["SDN", 2003, 0.1]], columns=["unit", "year", np.nan])
    assert problems_of(read_panel, frame) == ["column 3 has no name"]


def test_ten_thousand_strange_columns_give_one_short_error(tmp_path):
    header = ",".join(["unit", "year", *(f"x{n}" for n in range(10_000))])
    row = ",".join(["SDN", "2003", *["0"] * 10_000])
    with pytest.raises(InputError) as caught:
        panel_of(tmp_path, f"{header}\n{row}\n")
    assert len(caught.value.problems) == 10_000
    assert len(str(caught.value).splitlines()) == 22


def test_a_missing_file_and_a_folder(tmp_path):
    assert problems_of(read_panel, tmp_path / "none.csv") == ["no such file"]
    (tmp_path / "folder.csv").mkdir()
    assert "cannot be read" in problems_of(read_panel, tmp_path / "folder.csv")[0]


def test_numbers_as_headers_in_a_workbook(tmp_path, needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    frame = pd.DataFrame([["SDN", 2003, 0.1]], columns=["unit", "year", 7.1])
    frame.to_excel(tmp_path / "n.xlsx", index=False, engine="xlsxwriter")
    assert "7.1 and 7.10 look the same" in problems_of(read_panel, tmp_path / "n.xlsx")[0]


def test_a_real_zip_renamed_csv(tmp_path):
    path = tmp_path / "ratings.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ratings.csv", WIDE)
    assert "zip archive" in problems_of(read_panel, path)[0]


def test_frameworks_that_share_an_identifier_are_refused():
    foa = load_framework("un-foa-2014")
    twin = foa.model_copy(update={"name": "twin"})
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.1]})
    found = problems_of(read_panel, frame, frameworks=[foa, twin])
    assert found[0] == "'1.1' is in both un-foa-2014 and twin"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("unit,period,indicator,rating\nSDN,2003,,0.9\n", "row 2, column 'indicator': nothing"),
        ("unit,period,1.1\nSDN,2024-02-31,0.5\n", "'2024-02-31' is not a year"),
        ("unit,period,1.1\nSDN,\u0662\u0660\u0661\u0667Q1,0.5\n", "is not a year"),
        ("unit,period,1.1\nSDN,2003,0_1\n", "'0_1' is not a number"),
        (f"unit,period,1.1\nSDN,2003,{'9' * 400}\n", "is outside 0 to 1"),
        ('unit,period,1.1\nSDN,2003,"0.5\n', "is not a whole CSV table"),
        (f"unit,period,1.1\nSDN,2003,{'x' * 200_000}\n", "is not a number"),
    ],
)
def test_slips_that_once_passed_the_gate(tmp_path, text, expected):
    assert any(expected in problem for problem in problems_of(panel_of, tmp_path, text))


def test_headers_may_be_quoted_over_two_lines(tmp_path):
    found = problems_of(panel_of, tmp_path, 'unit,year,"1.1\nwar"\nSDN,2003,0.5\n')
    assert "'1.1\nwar' is no indicator" in found[0]


@pytest.mark.parametrize(
    "period",
    [
        pd.Period("2003", freq="Y-JUN"),
        pd.Timestamp("2003-01-01 12:00"),
        pd.Timestamp("2003-01-01", tz="UTC"),
        pd.NaT,
        True,
    ],
)
def test_periods_that_a_panel_cannot_keep(period):
    frame = pd.DataFrame({"unit": ["SDN"], "period": [period], "1.1": [0.5]})
    assert "a year (2017)" in problems_of(read_panel, frame)[0]


def test_frames_that_name_a_thing_twice_or_hold_lists():
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [[0.5]]})
    assert "'[0.5]' is not a number" in problems_of(read_panel, frame)[0]
    twice = frame.assign(**{"1.1": 0.5}).set_index("unit", drop=False)
    assert problems_of(read_panel, twice) == ["'unit' stands more than once"]
    for thing in (None, {}, [1]):
        assert "needs a file or a data frame" in problems_of(read_panel, thing)[0]
    assert "cannot be read" in problems_of(read_panel, "a\0b.csv")[0]


def test_decimals_and_parquet_with_an_index(tmp_path, needs_extra):
    needs_extra("pyarrow")
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [Decimal("0.5")]})
    assert read_panel(frame).ratings[0, 0] == 0.5
    path = tmp_path / "indexed.parquet"
    frame.astype({"1.1": float}).set_index(["unit", "year"]).to_parquet(path)
    assert read_panel(path).ratings[0, 0] == 0.5


def test_workbooks_name_what_was_not_read_and_refuse_error_cells(tmp_path, needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    import xlsxwriter

    for name, formula in (("plain", None), ("broken", "=1/0")):
        book = xlsxwriter.Workbook(tmp_path / f"{name}.xlsx")
        sheet = book.add_worksheet("2003")
        for n, header in enumerate(("unit", "year", "1.1")):
            sheet.write_string(0, n, header)
        sheet.write_row(1, 0, ["SDN", 2003, 0.5])
        if formula:
            sheet.write_formula(1, 2, formula, value="#DIV/0!")
        book.add_worksheet("2004")
        book.close()
    notes = read_panel(tmp_path / "plain.xlsx").notes
    assert notes == ("plain.xlsx: only the first sheet was read; not read: 2004",)
    assert "(C2)" in problems_of(read_panel, tmp_path / "broken.xlsx")[0]


def test_a_workbook_has_the_same_bytes_whenever_it_is_written(tmp_path, needs_extra):
    needs_extra("xlsxwriter")
    panel = panel_of(tmp_path, WIDE)
    panel.write(tmp_path / "one.xlsx")
    time.sleep(1.1)
    panel.write(tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_writing_keeps_rights_and_links(tmp_path):
    panel = panel_of(tmp_path, WIDE)
    target = tmp_path / "kept.csv"
    target.write_text("old")
    target.chmod(0o600)
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    panel.write(link)
    assert link.is_symlink()
    assert target.stat().st_mode & 0o777 == 0o600
    assert read_panel(target).hash == panel.hash


# --- what a panel can do ------------------------------------------------------------------------


def test_select_and_coverage(tmp_path):
    panel = panel_of(tmp_path, WIDE.replace("NOR,2003", "NOR,2005"))
    assert panel.select(units=["NOR"]).units == ("NOR",)
    assert panel.select(units="NOR").units == ("NOR",)
    assert panel.select(first=2004).units == ("NOR",)
    assert panel.select(last=2004).units == ("SDN",)
    assert "did you mean 'NOR'" in problems_of(panel.select, units=["NRO"])[0]
    assert "'200x' is not a year" in problems_of(panel.select, first="200x")[0]
    share = panel.coverage()["share"]
    assert share["RF1"] == pytest.approx(3 / 22)  # 1.1 twice, 1.10 once, of 11 indicators x 2 rows
    assert share["RF7"] == pytest.approx(1 / 27)  # one cell of 28 does not apply


def test_standing_is_a_percentile_within_the_period():
    frame = pd.DataFrame(
        {"unit": ["SDN", "NOR", "GHA", "SDN"], "year": [1, 1, 1, 2], "1.1": [0.9, 0.1, 0.5, 0.2]}
    )
    frame["year"] += 2000
    standing = read_panel(frame).standing().to_frame()["1.1"]
    assert standing.xs("2001", level="period").to_dict() == pytest.approx(
        {"SDN": 1.0, "GHA": 2 / 3, "NOR": 1 / 3}
    )
    assert standing.loc[("SDN", "2002")] == 1.0


def test_a_panel_is_frozen(tmp_path):
    panel = panel_of(tmp_path, WIDE)
    with pytest.raises(ValueError, match="read-only"):
        panel.ratings[0, 0] = 1.0
    with pytest.raises(AttributeError):
        panel.indicators = ()


def test_text_from_outside_is_escaped(tmp_path):
    path = tmp_path / "<script>.csv"
    path.write_text(WIDE)
    assert "<script>" not in read_panel(path)._repr_html_()


def test_ratings_beside_scores_from_restricted_evidence_say_so(tmp_path):
    note = "3 of 9 rows are restricted or confidential: not for a wider circle"
    about = {"notes": [note, "counted before they were known"]}
    (tmp_path / "scores.provenance.json").write_text(json.dumps(about))
    assert panel_of(tmp_path, WIDE, "scores.ratings.csv").notes[-1] == note
    assert note not in panel_of(tmp_path, WIDE, "scores.csv").notes
    assert note not in panel_of(tmp_path, WIDE, "other.ratings.csv").notes
    (tmp_path / "scores.provenance.json").write_text("{")
    told = panel_of(tmp_path, WIDE, "scores.ratings.csv").notes[-1]
    assert "scores.provenance.json cannot be read" in told
    assert is_closed({"notes": [told]})
