"""Tables of evidence: files in and out, every fault at once, and no trace of what is restricted."""

import datetime as dt
import io
import json
import pickle
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from r2prisk import InputError
from r2prisk.evidence import Evidence, disagreements, human_rights_lens, pool, read_evidence
from r2prisk.evidence.words import clean_text

ABOUT = {
    "unit": "KEN",
    "indicator": "7.10",
    "date": "2008-01-16",
    "rating": 0.5,
    "confidence": "medium",
    "mechanism": "ngo",
    "reference": "An invented report",
    "coder": "A",
}
ENDINGS = (".csv", ".jsonl", ".parquet", ".xlsx")
EXTRAS = {".parquet": "pyarrow", ".xlsx": "xlsxwriter"}


def frame_of(*rows):
    listed = [{**ABOUT, "id": f"E{n}", **row} for n, row in enumerate(rows, 1)]
    return pd.DataFrame(listed, index=range(2, len(listed) + 2), dtype=object)


def table_of(*rows):
    return read_evidence(frame_of(*rows))


def problems_of(source, **options):
    with pytest.raises(InputError) as caught:
        read_evidence(source, **options)
    return list(caught.value.problems)


def written(tmp_path, text, name="evidence.csv"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- what is read -------------------------------------------------------------------------------

CSV = """id,unit,indicator,date,rating,confidence,mechanism,reference,coder,paragraph,groups
001,KEN,7.10,2008-01,strong,high,ngo,Report 1,007,12.0,Kikuyu;Luo
002,KEN,7.1,2008,"0,25",low,media,Report 2,NA,,
"""


def test_a_csv_is_read_as_text(tmp_path):
    table = read_evidence(written(tmp_path, CSV))
    frame = table.to_frame()
    assert frame["id"].tolist() == ["001", "002"]
    assert table.indicators == ("7.1", "7.10")
    assert frame["coder"].tolist() == ["007", "NA"]
    assert frame["paragraph"].tolist() == ["12.0", ""]
    assert frame["rating"].tolist() == [0.75, 0.25]
    assert frame["date"].astype(str).tolist() == ["2008-01-31", "2008-12-31"]
    assert table.rows(0)[0].groups == ("Kikuyu", "Luo")
    assert table.sources == ("evidence.csv",)


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("\n", "\n\n"), (",", "\t"), ("id,", "﻿ID ,")])
def test_as_spreadsheet_programs_save_it(tmp_path, change):
    text = CSV.replace('"0,25"', "0.25").replace(*change)
    other = read_evidence(written(tmp_path, text))
    assert other.hash == read_evidence(written(tmp_path, CSV)).hash


def test_empty_rows_are_no_rows_but_are_counted(tmp_path):
    text = CSV.replace("002,KEN", ",,,,,,,,,,\n\n002,Kenya")
    found = problems_of(written(tmp_path, text))
    assert [p.split(":")[0] for p in found] == ["row 5, column 'unit'"]


def test_a_note_may_have_lines_and_rows_are_counted_as_a_spreadsheet_shows_them(tmp_path):
    text = "id,unit,indicator,date,state,confidence,mechanism,reference,coder,note\n"
    text += 'a,KEN,7.10,2008,unknown,low,ngo,R,A,"one\r\ntwo"\n'
    table = read_evidence(written(tmp_path, text))
    assert table.rows(0)[0].note == "one\ntwo"
    text += "b,KEN,7.10,2008,unknwon,low,ngo,R,A,\n"
    assert problems_of(written(tmp_path, text))[0].startswith("row 3, column 'state': 'unknwon'")


def test_json_lines_hold_lists_and_numbers(tmp_path):
    record = {**ABOUT, "id": "a", "groups": ["Kikuyu", "Luo"], "paragraph": 12}
    table = read_evidence(written(tmp_path, json.dumps(record) + "\n\n", "e.jsonl"))
    assert table.rows(0)[0].groups == ("Kikuyu", "Luo")
    assert table.rows(0)[0].paragraph == "12"


def test_a_million_rows_need_no_objects():
    rows = 20_000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({**ABOUT, "id": [f"E{n}" for n in range(rows)]})
    table = read_evidence(frame.assign(rating=rng.random(rows)))
    held = table.to_frame().memory_usage(deep=False).sum() / rows
    assert held < 120  # bytes a row beside the texts


def test_rows_are_pieces_of_evidence_and_pieces_make_a_table():
    table = table_of({}, {"state": "failed", "rating": None, "until": "2009"}, {"groups": "a; b"})
    assert read_evidence(table.rows(slice(None))).hash == table.hash
    assert read_evidence(iter(table.rows([2, 0]))).to_frame()["id"].tolist() == ["E3", "E1"]
    assert table.rows(-1)[0].id == "E3"
    with pytest.raises(InputError, match="has 3 rows, and no row 3"):
        table.rows(3)


def test_a_copy_is_a_copy():
    table = table_of({})
    before = table.hash
    frame = table.to_frame()
    frame.loc[0, "rating"] = 0.9
    assert table.rows(0)[0].rating == 0.5
    assert read_evidence(table.to_frame()).hash == before


def test_own_frameworks(tmp_path):
    (tmp_path / "lake.toml").write_text(
        'name = "lake"\ntitle = "Lake"\nkind = "risk"\nissuer = "x"\nedition = "1"\ncitation = "x"\n'
        '[[factors]]\nid = "L1"\ntitle = "Quarrels"\ndefinition = "x"\n[[factors.indicators]]\n'
        'id = "L1.1"\nlabel = "Wells"\ndescription = "x"\ntempo = "dynamic"\nlook_for = "x"\n'
        'rate_0 = "x"\nrate_1 = "x"\n'
    )
    frame = frame_of({"indicator": "L1.1"})
    assert "is no indicator of un-foa-2014" in problems_of(frame)[0]
    assert read_evidence(frame, frameworks=[tmp_path / "lake.toml"]).indicators == ("L1.1",)


# --- what is refused ----------------------------------------------------------------------------


def test_every_fault_at_once_with_its_place():
    frame = frame_of(
        {"unit": "Kenya", "rating": 2},
        {"indicator": "7.1O", "date": "2008-13", "mechanism": "ngos"},
        {"id": "E1", "until": "2007", "reference": None, "state": "failed"},
        {"id": "", "confidence": "certain", "url": "file:///x", "coder": " "},
        {"perpetrator": "army", "sensitivity": "secret", "note": "\x00"},
        {"rating": None},
    )
    found = problems_of(frame)
    expected = [
        "row 5, column 'id': nothing is there; it needs an identifier",
        "row 2, column 'unit': 'Kenya' is not an ISO 3166 alpha-3 code; did you mean 'KEN'",
        "row 3, column 'indicator': '7.1O' is no indicator of un-foa-2014 or sg-resilience-2013; did",
        "row 3, column 'date': '2008-13' is not a year",
        "row 2, column 'rating': 2 is outside 0 to 1",
        "row 4, column 'rating': 'failed' with a rating; give one of the two",
        "row 7, column 'rating': neither a rating nor a state (unknown, not applicable, failed): sil",
        "row 5, column 'confidence': 'certain' is not one of low, medium, high",
        "row 3, column 'mechanism': 'ngos' is not one of commission-of-inquiry, special-procedure,",
        "row 6, column 'perpetrator': 'army' is not one of state-forces, state-authorities, militia",
        "row 6, column 'sensitivity': 'secret' is not one of public, restricted, confidential",
        "row 5, column 'coder': nothing is there; say it in words",
        "row 4, column 'reference': nothing is there; say it in words",
        "row 6, column 'note': holds the control character U+0000",
        "row 5, column 'url': 'file:///x' is not an address that starts with https://",
        "row 4, column 'until': 2007-12-31 is before the date 2008-01-16",
        "row 4, column 'id': 'E1' is already in row 2",
    ]
    assert [f[: len(e)] for f, e in zip(found, expected, strict=True)] == expected


def test_a_fault_that_repeats_is_told_once():
    found = problems_of(
        frame_of(*[{"unit": "Kenya"}] * 300, *[{"rating": 3 + n} for n in range(300)])
    )
    assert "row 2 (and 299 more rows), column 'unit'" in found[0]
    assert len(found) == 1 + 200 + 1
    assert found[-1] == "column 'rating': 100 more such values"


@pytest.mark.parametrize(
    ("columns", "messages"),
    [
        (
            {"confidence": "confidance"},
            ["column 'confidance' is unknown; did you mean 'confidence'?"],
        ),
        ({"id": "unit"}, ["column 'unit' stands 2 times", "needs a column id"]),
        ({"rating": "remark"}, ["column 'remark' is unknown", "needs a column rating"]),
        ({"coder": None}, ["column 8 has no name", "needs a column coder"]),
    ],
)
def test_columns(columns, messages):
    found = problems_of(frame_of({}).rename(columns=columns))
    for message in messages:
        assert any(message in problem for problem in found), found


def test_numbers_for_identifiers():
    assert "7.1 and 7.10 look the same" in problems_of(frame_of({"indicator": 7.1}))[0]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{}, {"adjudicates": "E3"}], "row 3, column 'adjudicates': no row has the id 'E3'; did"),
        ([{"adjudicates": "E1"}], "row 2, column 'adjudicates': the row settles itself"),
        ([{"unit": "GHA"}, {"adjudicates": "E1"}], "'E1' is about GHA 7.10 and this row about KEN"),
        (
            [{"adjudicates": "E2"}, {"adjudicates": "E3"}, {"adjudicates": "E1"}, {}],
            "row 2, column 'adjudicates': E1, E2, E3 settle each other in a circle",
        ),
    ],
)
def test_adjudication_that_cannot_be(rows, message):
    assert message in problems_of(frame_of(*rows))[0]


def test_chains_of_adjudication_can_be():
    table = table_of({}, {"adjudicates": "E1"}, {"adjudicates": ["E1", "E2"]})
    assert table.rows(2)[0].adjudicates == ("E1", "E2")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("e.doc", b"x", "ends in '.doc'; allowed: .csv"),
        ("e.csv", b"", "is empty"),
        ("e.csv", b"id,unit\n", "has no rows"),
        ("e.csv", b"PK\x03\x04abc", "is a zip archive or an Excel workbook"),
        ("e.csv", b"id\n\xff\x41", "line 2 is not UTF-8 (byte 3)"),
        ("e.csv", b"id,unit\na\x00,b\n", "holds zero bytes"),
        ("e.csv", b"id,unit\na\n", "row 2 has 1 cells, the header has 2"),
        ("e.csv", b'id,unit\n"a,b', "unexpected end of data"),
        ("e.jsonl", b'{"id": 1}\n[1]\n{', "line 2 is not a record in JSON: is not an object"),
        ("e.jsonl", b'{"id": 1, "id": 2}', "line 1 is not a record in JSON: 'id' stands twice"),
        ("e.jsonl", b'{"ident": 1}', "column 'ident' is unknown"),
        ("e.parquet", b"PAR1", "is not a whole Parquet file"),
        ("e.xlsx", b"PK\x03\x04", "is not a whole workbook"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, needs_extra, name, content, message):
    needs_extra(
        {".parquet": "pyarrow", ".xlsx": "python_calamine"}.get(Path(name).suffix, "pandas")
    )
    assert any(message in p for p in problems_of(written(tmp_path, content, name)))


def test_what_is_no_table(tmp_path):
    assert problems_of(tmp_path / "none.csv") == ["no such file"]
    assert "found int" in problems_of([1])[0]
    assert problems_of(frame_of({}).iloc[:0]) == ["has no rows"]


# --- what is written ----------------------------------------------------------------------------


def allowed(text):
    try:
        return bool(clean_text(text))
    except ValueError:
        return False


texts = st.one_of(
    st.text(min_size=1, max_size=12),
    st.text("='+-@\"; ,\n\t0a", min_size=1, max_size=8),
    st.sampled_from(["NA", "nan", "1.0", "007", "TRUE", "_x0041_", "2008-01", "\u2028a", "null"]),
).filter(allowed)
entries = st.lists(texts.filter(lambda t: ";" not in t), max_size=3)
pieces = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["KEN", "GHA"]),
        "indicator": st.sampled_from(["7.1", "7.10", "SGS3.2"]),
        "date": st.dates(pd.Timestamp("1900-01-01").date(), pd.Timestamp("2199-12-31").date()),
        "confidence": st.sampled_from(["low", "medium", "high"]),
        "mechanism": st.sampled_from(["ngo", "court"]),
        "reference": texts,
        "coder": texts,
        "paragraph": st.none() | texts,
        "groups": entries,
        "note": st.none() | texts,
        "perpetrator": st.sampled_from([None, "militia", "unknown"]),
        "sensitivity": st.sampled_from(["public", "restricted", "confidential"]),
        "url": st.sampled_from([None, "https://undocs.org/A/HRC/7/19"]),
        "known": st.sampled_from([None, dt.date(2199, 12, 31)]),
        "until": st.sampled_from([None, dt.date(2199, 12, 31)]),
    }
)
ratings = st.floats(0, 1).map(lambda r: {"rating": r}) | st.sampled_from(
    [{"state": "unknown"}, {"state": "not applicable"}, {"state": "failed"}]
)
tables = st.lists(st.tuples(pieces, ratings), min_size=1, max_size=6).map(
    lambda rows: read_evidence([Evidence(id=f"E{n}", **p, **r) for n, (p, r) in enumerate(rows)])
)


@pytest.mark.parametrize("ending", ENDINGS)
@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables)
@example(table=table_of({"note": "=1+1", "coder": "'=1", "reference": "''@", "paragraph": "-1"}))
@example(table=table_of({"rating": 0.1 + 0.2}, {"rating": 5e-324}, {"rating": 1 - 2**-53}))
def test_a_round_trip_loses_nothing(needs_extra, ending, table):
    needs_extra(EXTRAS.get(ending, "pandas"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"evidence{ending}"
        table.write(path)
        again = read_evidence(path)
    pd.testing.assert_frame_equal(again.to_frame(), table.to_frame())
    assert again.hash == table.hash


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "'=1", "''+x"])
def test_no_text_is_a_formula(tmp_path, needs_extra, text):
    table = table_of({"note": text, "coder": text, "reference": text, "groups": [text]})
    table.write(tmp_path / "e.csv")
    for cell in pd.read_csv(tmp_path / "e.csv", dtype=str).to_numpy().ravel():
        assert not str(cell).startswith(("=", "+", "-", "@"))
    needs_extra("xlsxwriter")
    table.write(tmp_path / "e.xlsx")
    with zipfile.ZipFile(tmp_path / "e.xlsx") as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_the_same_table_makes_the_same_bytes(tmp_path, needs_extra):
    for ending in ENDINGS:
        needs_extra(EXTRAS.get(ending, "pandas"))
        for name in ("a", "b"):
            table_of({}, {"rating": 0.1}).write(tmp_path / f"{name}{ending}")
        assert (tmp_path / f"a{ending}").read_bytes() == (tmp_path / f"b{ending}").read_bytes()


def test_what_cannot_be_written_costs_nothing(tmp_path, needs_extra):
    path = written(tmp_path, "old", "e.xlsx")
    needs_extra("xlsxwriter")
    with pytest.raises(InputError, match="a cell of a workbook holds 32,767"):
        table_of({"note": "x" * 40_000}).write(path)
    assert path.read_text() == "old"
    with pytest.raises(InputError, match=r"did you mean '\.csv'"):
        table_of({}).write(tmp_path / "e.cvs")


# --- who rated what, and when -------------------------------------------------------------------


def test_codings_put_days_into_periods():
    rows = [
        {"date": "2007-12-31", "coder": "A"},
        {"coder": "B", "rating": "not applicable"},
        {"date": "2009-02-03", "coder": "C", "rating": 0.25, "adjudicates": "E1"},
    ]
    table = table_of(*rows)
    found = table.codings()
    assert found["period"].astype(str).tolist() == ["2007", "2008", "2009"]
    assert found["rating"].tolist() == [0.5, "not applicable", 0.25]
    assert found["adjudicates"].tolist() == ["", "", "E1"]
    assert table.codings(per="month")["period"].astype(str)[1] == "2008-01"
    assert table.codings(per="whole")["period"].astype(str).tolist() == ["2009"] * 3
    with pytest.raises(InputError, match="did you mean 'whole'"):
        table.codings(per="hole")


def test_two_coders_of_one_round_meet_whatever_their_documents_dates():
    rows = [{"date": "2007", "coder": "A"}, {"date": "2009", "coder": "B", "rating": 0.25}]
    table = table_of(*rows)
    assert disagreements(table.codings(per="whole"))["range"].tolist() == [0.25]
    assert not len(disagreements(table.codings()))


def test_periods_from_the_first_that_is_known_to_the_last():
    table = table_of({"date": "2007-11-01", "known": "2008-02-01"}, {"date": "2008-06-30"})
    assert table.periods("month").astype(str).tolist() == [f"2008-0{n}" for n in range(2, 7)]
    assert table.periods().astype(str).tolist() == ["2008"]
    with pytest.raises(InputError, match="did you mean 'year'"):
        table.periods("yaer")
    with pytest.raises(InputError, match="no rows"):
        table.select(last="2006").periods()


def test_what_was_known_by_a_date():
    table = table_of({"date": "2007", "known": "2009-02-01"}, {"date": "2008-06-30"})
    assert table.select(known="2008").to_frame()["id"].tolist() == ["E2"]
    assert table.select(known="2009-02").to_frame()["id"].tolist() == ["E1", "E2"]


def test_what_a_restricted_row_settled_counts_again_where_it_is_left_out():
    rows = [{"rating": 0, "sensitivity": "public"}, {"rating": 1, "adjudicates": "E1"}]
    table = table_of(*rows)
    assert pool(table, "2008-01").panel.ratings[0, 0] > 0.8
    assert pool(table.public(), "2008-01").panel.ratings[0, 0] < 0.2


def test_very_many_faults_of_one_kind_are_counted():
    frame = pd.concat([frame_of({})] * 1000, ignore_index=True)
    problems = problems_of(frame)
    assert len(problems) == 201
    assert problems[-1] == "column 'id': 799 more such values"


# --- parts of a table ---------------------------------------------------------------------------


def test_select():
    table = table_of(
        {"date": "2007"}, {"unit": "GHA"}, {"date": "2009-02-03", "sensitivity": "public"}
    )

    def ids(**how):
        return table.select(**how).to_frame()["id"].tolist()

    assert ids(units="GHA") == ["E2"]
    assert ids(first="2008") == ["E2", "E3"]
    assert ids(last="2008-01-16") == ["E1", "E2"]
    assert ids(first=2008, last=2008, units=["KEN", "GHA"]) == ["E2"]
    assert ids(sensitivity="public") == ["E3"]
    assert ids(sensitivity="restricted") == ["E1", "E2", "E3"]
    assert table.select(units="GHA").units == ("GHA",)
    assert table.select(units="GHA").notes == ("1 of 3 rows selected",)
    with pytest.raises(InputError, match="no unit 'GHN'; did you mean 'GHA'"):
        table.select(units=["GHN"])
    with pytest.raises(InputError, match="did you mean 'public'"):
        table.select(sensitivity="publik")


def test_a_settled_row_that_is_not_selected_is_not_named(tmp_path):
    table = table_of({"date": "2007"}, {}, {"adjudicates": "E1; E2"})
    part = table.select(first="2008")
    assert part.rows(1)[0].adjudicates == ("E2",)
    assert "1 settled rows that were not selected are not named" in part.notes
    part.write(tmp_path / "e.csv")
    assert read_evidence(tmp_path / "e.csv").hash == part.hash


SECRETS = {
    "id": "ZQSECRETID",
    "unit": "MMR",
    "indicator": "SGS3.2",
    "coder": "ZQSECRETCODER",
    "reference": "ZQSECRETREFERENCE",
    "paragraph": "ZQSECRETPARAGRAPH",
    "url": "https://zqsecretaddress.example",
    "groups": ["ZQSECRETGROUP"],
    "note": "ZQSECRETNOTE",
    "mechanism": "own-mission",
    "perpetrator": "other-state",
    "confidence": "low",
    "date": "1977-07-07",
    "rating": 0.123456,
}
TRACES = (
    "zqsecret",
    "mmr",
    "sgs3.2",
    "own-mission",
    "other-state",
    "1977",
    "0.123456",
    "confidential",
)


def everything_in(path):
    """All bytes of a file, unpacked."""
    raw = path.read_bytes()
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        table = pq.read_table(path)
        return raw + repr(table.to_pydict()).encode() + repr(table.schema.metadata).encode()
    return raw


@pytest.mark.parametrize("level", ["restricted", "confidential"])
def test_nothing_is_left_of_restricted_evidence(tmp_path, needs_extra, level):
    needs_extra("pyarrow")
    needs_extra("xlsxwriter")
    rows = [
        {"sensitivity": "public", "indicator": "7.1"},
        {**SECRETS, "sensitivity": level},
        {"id": "ZQSECRETSETTLED", "coder": "ZQSECRETCODER2", "sensitivity": "confidential"},
        {"sensitivity": "public", "adjudicates": "ZQSECRETSETTLED"},
    ]
    whole = table_of(*rows)
    whole.write(tmp_path / "zqsecretfile.csv")
    public = read_evidence(tmp_path / "zqsecretfile.csv").public()
    assert public.notes == ("2 rows are restricted or confidential and left out",)
    pooled = pool(public, ["1977", "2008"])
    pooled.panel.write(tmp_path / "panel.parquet")
    pooled.to_frame().to_csv(tmp_path / "pooled.csv")
    human_rights_lens(public, ["1977-08", "2008-02"]).to_csv(tmp_path / "lens.csv")
    told = (public.sources, public.notes, pooled.panel.sources, pooled.panel.notes)
    (tmp_path / "shown.txt").write_text(f"{public!r} {pooled!r} {public.hash} {told}")
    (tmp_path / "kept.bin").write_bytes(pickle.dumps(public._frame))
    for ending in ENDINGS:
        public.write(tmp_path / f"public{ending}")
    (tmp_path / "zqsecretfile.csv").unlink()
    traces = [t for t in TRACES if t != "1977"]
    for path in tmp_path.iterdir():
        found = everything_in(path).lower()
        wanted = TRACES if path.stem == "public" else traces
        own = b"restricted or confidential and left out" in found
        assert [
            t for t in wanted if t.encode() in found and not (own and t == "confidential")
        ] == []
    assert len(public) == 2
    assert "restricted" not in public.to_frame()["sensitivity"].cat.categories
    # the same words are found where they may be
    whole.write(tmp_path / "whole.xlsx")
    assert all(t.encode() in everything_in(tmp_path / "whole.xlsx").lower() for t in TRACES)


def test_notes_do_not_count_the_rest_either():
    table = table_of({"unit": "GHA"}, {"sensitivity": "public"}, {}).select(units="KEN")
    assert table.notes == ("2 of 3 rows selected",)
    assert table.public().notes == ("1 row is restricted or confidential and left out",)


def test_public_is_as_though_the_rest_had_never_been():
    public = [{"sensitivity": "public", "rating": r} for r in (0.25, 1)]
    secret = {**SECRETS, "sensitivity": "restricted"}
    assert table_of(*public, secret).public().hash == table_of(*public).hash
    assert len(table_of(secret).public()) == 0
    assert "no rows" in repr(table_of(secret).public())


def test_a_panel_says_that_it_rests_on_restricted_evidence():
    table = table_of({}, {"sensitivity": "public"})
    assert "1 of 2 rows are restricted" in pool(table, 2008).panel.notes[0]
    assert "1 row is restricted" in pool(table.public(), 2008).panel.notes[0]


def test_it_shows_itself():
    table = table_of({}, {"unit": "GHA", "sensitivity": "public", "date": "2009-02-01"})
    assert repr(table).splitlines() == [
        "EvidenceTable: 2 rows, 2 units, 1 indicator, 1 coder, 2008-01-16 to 2009-02-01",
        "Sensitivity: 1 public, 1 restricted",
    ]
