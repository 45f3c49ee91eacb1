"""Scores read back from files: round trips, and every fault with its place."""

import json

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.scoring.read import read_scores

NAN = np.nan
ROW = "SDN,2003,0.5\n"


@pytest.fixture(scope="module")
def scores():
    """Two countries over two years; of one too little was rated for a band."""
    names = [indicator.id for indicator in load_framework("un-foa-2014").indicators]
    ratings = np.random.default_rng(2).random((4, len(names)))
    ratings[1, 3:] = NAN
    table = pd.DataFrame(ratings, columns=names).assign(**{"SGS1.1": [0.2, NAN, 0.4, 0.6]})
    table.insert(0, "unit", ["SDN", "SDN", "GHA", "GHA"])
    table.insert(1, "year", [2003, 2004, 2003, 2004])
    return score(read_panel(table))


def read(tmp_path, text, name="scores.csv"):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_scores(path)


def refused(tmp_path, text, name="scores.csv"):
    with pytest.raises(InputError) as caught:
        read(tmp_path, text, name)
    assert caught.value.subject == name
    return list(caught.value.problems)


# --- round trips --------------------------------------------------------------------------------


@pytest.mark.parametrize("detail", [False, True])
@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "xlsx"])
def test_every_format_brings_the_scores_back(scores, tmp_path, needs_extra, ending, detail):
    for module in {"parquet": ["pyarrow"], "xlsx": ["xlsxwriter", "python_calamine"]}.get(
        ending, []
    ):
        needs_extra(module)
    path = tmp_path / f"scores.{ending}"
    scores.write(path, detail=detail)
    found, written = read_scores(path), scores.to_frame(detail=detail)
    assert found.index.equals(written.index)
    assert set(found.columns) == set(written.columns)
    exact = {"rtol": 0, "atol": 1e-15} if ending != "xlsx" else {"rtol": 1e-14, "atol": 1e-14}
    for name in written.columns.drop("band"):
        np.testing.assert_allclose(found[name], written[name], err_msg=name, **exact)
    assert found["band"].tolist() == written["band"].tolist()
    assert found.index.get_level_values("period").dtype == "period[Y-DEC]"


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_provenance_comes_back(scores, tmp_path, needs_extra, ending):
    if ending == "parquet":
        needs_extra("pyarrow")
    path = tmp_path / f"scores.{ending}"
    scores.write(path)
    provenance = read_scores(path).attrs["provenance"]
    assert provenance["profile_hash"] == scores.provenance["profile_hash"]
    assert provenance == json.loads(json.dumps(provenance))


def test_a_table_of_anyone_s_has_no_provenance(tmp_path):
    found = read(tmp_path, "unit,period,risk\n" + ROW)
    assert found.attrs["provenance"] == {}
    assert found.loc[("SDN", "2003"), "risk"] == 0.5


def test_synthetic_units_keep_their_note(tmp_path):
    text = "unit,period,risk,band,note\nSDN,2003,0.5,high,\nGHA,2003,0.1,low,synthetic\n"
    found = read(tmp_path, text)
    assert found["note"].tolist()[0] == "synthetic"
    assert found["band"].tolist() == ["low", "high"]


@pytest.mark.parametrize(
    ("period", "freq"),
    [("2003", "Y-DEC"), ("2003Q2", "Q-DEC"), ("2003-04", "M"), ("2003-04-05", "D")],
)
def test_every_kind_of_period_is_read(tmp_path, period, freq):
    found = read(tmp_path, f"unit,period,risk\nSDN,{period},0.5\n")
    assert found.index.get_level_values("period")[0] == pd.Period(period, freq)


def test_an_empty_cell_is_unknown_and_rows_are_sorted(tmp_path):
    found = read(tmp_path, "unit,period,risk,RF1\nSDN,2004,,0.1\nSDN,2003,0.0,\nGHA,2004,1.0,1\n")
    assert [(unit, str(period)) for unit, period in found.index] == [
        ("GHA", "2004"),
        ("SDN", "2003"),
        ("SDN", "2004"),
    ]
    np.testing.assert_array_equal(found["risk"], [1.0, 0.0, NAN])
    np.testing.assert_array_equal(found["RF1"], [1.0, NAN, 0.1])
    nothing = json.dumps(
        {"provenance": {"by": "hand"}, "scores": [{"unit": "SDN", "period": "2003", "risk": None}]}
    )
    found = read(tmp_path, nothing, "scores.json")
    assert np.isnan(found.loc[("SDN", "2003"), "risk"])
    assert found.attrs["provenance"] == {"by": "hand"}


def test_semicolons_and_decimal_commas_are_read(tmp_path):
    assert read(tmp_path, "unit;period;risk\nSDN;2003;0,25\n")["risk"].tolist() == [0.25]


# --- faults -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("unit,period,risk\nsdn,2003,0.5\n", "row 2: unit 'sdn' is not known; did you mean 'SDN'?"),
        ("unit,period,risk\nSDN,soon,0.5\n", "row 2, column 'period': 'soon' is not a year"),
        ("unit,period,risk\nSDN,,0.5\n", "row 2, column 'period': nothing is not a year"),
        (
            "unit,period,risk\nSDN,2003,1.5\n",
            "row 2, column 'risk': '1.5' is not a score from 0 to 1",
        ),
        ("unit,period,risk\nSDN,2003,-0.1\n", "row 2, column 'risk': '-0.1' is not a score"),
        ("unit,period,risk\nSDN,2003,nan\n", "row 2, column 'risk': 'nan' is not a score"),
        ("unit,period,risk\nSDN,2003,inf\n", "row 2, column 'risk': 'inf' is not a score"),
        ("unit,period,risk\nSDN,2003,high\n", "row 2, column 'risk': 'high' is not a score"),
        (f"unit,period,risk\n{ROW}{ROW}", "row 3: SDN 2003 stands twice"),
        ("unit,period,band\nSDN,2003,high\n", "has no column of scores"),
        ("unit,period,risk\n", "has no rows"),
        ("unit,year,risk\n" + ROW, "has no column 'period'"),
        ("units,period,risk\n" + ROW, "has no column 'unit'; did you mean 'units'?"),
        ("a,b,c\n" + ROW, "has no column 'unit', 'period'; found a, b, c"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path, text, problem):
    found = refused(tmp_path, text)
    assert len(found) == 1
    assert problem in found[0]


def test_mixed_kinds_of_period_are_refused(tmp_path):
    found = refused(tmp_path, "unit,period,risk\n" + ROW + "SDN,2003Q1,0.5\n")
    assert "mixes years (row 2: '2003'), quarters (row 3: '2003Q1')" in found[0]


def test_faults_are_told_together(tmp_path):
    text = "unit,period,risk,RF1\nSDN,2003,1.5,0.1\ngha,2003,0.5,low\nSDN,2003,x,0.1\n"
    assert refused(tmp_path, text) == [
        "row 3: unit 'gha' is not known; did you mean 'GHA'?",
        "row 2, column 'risk': '1.5' is not a score from 0 to 1",
        "row 4, column 'risk': 'x' is not a score from 0 to 1",
        "row 3, column 'RF1': 'low' is not a score from 0 to 1",
        "row 4: SDN 2003 stands twice",
    ]


def test_a_unit_that_stands_on_many_rows_is_told_once(tmp_path):
    rows = "".join(f"XQX,{year},0.5\n" for year in range(2001, 2010))
    assert len(refused(tmp_path, "unit,period,risk\n" + ROW + rows)) == 1


@pytest.mark.parametrize("name", ["scores.csv", "scores.json", "scores.parquet", "scores.xlsx"])
def test_a_file_that_is_not_there(tmp_path, name):
    with pytest.raises(InputError, match="no such file"):
        read_scores(tmp_path / name)


@pytest.mark.parametrize("name", ["scores.html", "scores"])
def test_an_unknown_ending_is_refused(tmp_path, name):
    assert refused(tmp_path, "unit,period,risk\n" + ROW, name)[0].endswith(
        "allowed: .csv, .tsv, .txt, .parquet, .xlsx, .xls, .ods, .json"
    )


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"scores": [], "x": 1}', '{"provenance": {}, "scores": 5}', '"text"']
)
def test_json_that_holds_no_scores_is_refused(tmp_path, text):
    assert "is not a file of scores" in refused(tmp_path, text, "scores.json")[0]


def test_provenance_that_is_not_json_is_refused(tmp_path):
    (tmp_path / "scores.provenance.json").write_text("by hand")
    with pytest.raises(InputError) as caught:
        read(tmp_path, "unit,period,risk\n" + ROW)
    assert caught.value.subject == "scores.provenance.json"
    assert "is not JSON" in caught.value.problems[0]


def test_provenance_beside_another_file_is_not_read(tmp_path):
    (tmp_path / "other.provenance.json").write_text('{"by": "hand"}')
    assert read(tmp_path, "unit,period,risk\n" + ROW).attrs["provenance"] == {}


# --- untidy files -------------------------------------------------------------------------------


def test_blank_lines_do_not_shift_the_row_that_is_named(tmp_path):
    found = refused(tmp_path, "unit,period,risk\n" + ROW + "\n\nSDN,2004,1.5\n")
    assert found == ["row 5, column 'risk': '1.5' is not a score from 0 to 1"]


def test_two_columns_of_one_name_are_refused(tmp_path):
    assert "risk" in refused(tmp_path, "unit,period,risk,risk\nSDN,2003,0.5,0.6\n")[0]


def test_an_empty_unit_is_refused(tmp_path):
    assert "row 2" in refused(tmp_path, "unit,period,risk\n,2003,0.5\n")[0]


def test_a_unit_that_is_no_text_is_refused(tmp_path):
    row = {"unit": ["SDN"], "period": "2003", "risk": 0.1}
    refused(tmp_path, json.dumps({"provenance": {}, "scores": [row]}), "scores.json")


def test_provenance_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "scores.provenance.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError):
        read(tmp_path, "unit,period,risk\n" + ROW)


def test_scores_that_were_read_and_written_by_pandas_can_be_read_again(tmp_path, needs_extra):
    needs_extra("pyarrow")
    found = read(tmp_path, "unit,period,risk\n" + ROW).reset_index()
    found.attrs["provenance"] = {"by": "hand"}
    found.assign(period=found["period"].astype(str)).to_parquet(tmp_path / "again.parquet")
    assert read_scores(tmp_path / "again.parquet").attrs["provenance"] == {"by": "hand"}
