"""The workbook that coders get: whole, the same each time, and read back without a loss."""

import re
import zipfile

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from r2prisk import InputError
from r2prisk.catalogue.translations import country_in, label_in, look_for_in
from r2prisk.evidence import read_evidence
from r2prisk.evidence.models import load_declared
from r2prisk.evidence.words import clean_text, plain_word
from r2prisk.evidence.workbook import count_coverage, read_workbook, write_template
from r2prisk.evidence.workbook.layout import SHEETS, choice_in, form_indicators
from r2prisk.evidence.workbook.words import LANGUAGES, label_keys, load_texts

pytestmark = pytest.mark.usefixtures("excel")

ABOUT = {
    "id": "E1",
    "unit": "KEN",
    "indicator": "7.10",
    "date": "2008-01-16",
    "rating": 0.5,
    "confidence": "medium",
    "mechanism": "ngo",
    "reference": "An invented report",
    "coder": "Ana",
}


@pytest.fixture
def excel(needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")


def table_of(*rows):
    return read_evidence(pd.DataFrame([{**ABOUT, **row} for row in rows], dtype=object))


def problems_of(path, units, **options):
    with pytest.raises(InputError) as caught:
        write_template(path, units, **options)
    assert not path.exists()
    return list(caught.value.problems)


# --- texts --------------------------------------------------------------------------------------


def test_no_two_indicators_have_one_label_in_any_language():
    listed = [entry[2] for entry in form_indicators().values()]
    assert len(listed) == 185
    for language in LANGUAGES:
        labels = [plain_word(label_in(i, language)) for i in listed]
        assert len(set(labels)) == 185
        assert all(label_keys()[label] == i.id for label, i in zip(labels, listed, strict=True))
        assert all(look_for_in(i, language) for i in listed)


def test_labels_can_be_looked_for_by_a_spreadsheet():
    # * ? ~ and a comparison at the front mean something else in COUNTIFS, and 255 is its limit
    for language in LANGUAGES:
        for _, _, indicator in form_indicators().values():
            text = choice_in(indicator, language)
            assert not set("*?~") & set(text)
            assert not label_in(indicator, language).startswith(("<", ">", "="))
            assert len(text) <= 255


def test_names_of_sheets_are_ones_that_a_spreadsheet_takes():
    names = [name for said in load_texts().sheets.values() for name in said.values()]
    assert all(len(name) <= 31 and not set("[]:*?/\\") & set(name) for name in names)
    assert not any(name.startswith("'") or name.endswith("'") for name in names)


def test_every_factor_of_both_frameworks_stands_on_one_sheet():
    factors = [factor for sheet in SHEETS for factor in sheet.factors]
    assert factors == [*(f"RF{n}" for n in range(1, 15)), *(f"SGS{n}" for n in range(1, 7))]


@pytest.mark.parametrize(
    ("unit", "names"),
    [
        ("DEU", ("Germany", "Allemagne", "Alemania")),
        ("KEN", ("Kenya", "Kenya", "Kenia")),
        ("IRN", ("Iran", "Iran", "Irán")),
        ("PSE", ("Palestine", "Palestine", "Palestina")),
    ],
)
def test_countries_have_their_usual_names(unit, names):
    assert tuple(country_in(unit, language) for language in LANGUAGES) == names


# --- writing ------------------------------------------------------------------------------------


def test_the_same_input_makes_the_same_bytes(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_template(
            tmp_path / name, ["KEN"], language="es", coders=["Ana"], evidence=table_of({})
        )
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_every_fault_of_what_was_asked_for_is_told_at_once(tmp_path):
    problems = problems_of(
        tmp_path / "form.xls",
        ["Kenya", "SDN", "SDN"],
        language="de",
        coders=["a\x00"],
        date="soon",
        evidence=table_of({"unit": "GHA"}),
    )
    starts = ["must end in", "'Kenya' is not", "'SDN' is named twice", "language 'de'", "coder"]
    assert len(problems) == 7
    assert all(problem.startswith(start) for problem, start in zip(problems, starts, strict=False))
    assert problems[5].startswith("date: 'soon'")
    assert problems[6] == "the evidence is about the unit 'GHA'; name it in units"
    assert problems_of(tmp_path / "form.xlsx", []) == ["needs at least one country"]


def test_a_text_that_no_cell_can_hold_is_refused(tmp_path):
    # a spreadsheet counts a sign outside the basic plane as two
    long = table_of({"note": "é" * 32_767}, {"id": "E2", "note": "🕊" * 16_384})
    (problem,) = problems_of(tmp_path / "form.xlsx", ["KEN"], evidence=long)
    assert problem == "'E2', column 'note': 32,768 characters; a cell holds 32,767"


def test_nothing_in_the_form_reaches_out_or_runs(tmp_path):
    path = tmp_path / "form.xlsx"
    evil = '=HYPERLINK("http://example.org")'
    write_template(
        path,
        ["KEN"],
        coders=[evil],
        evidence=table_of({"note": evil, "url": "https://example.org"}),
    )
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        formulas = re.findall(
            r"<f>(.*?)</f>",
            "".join(archive.read(n).decode() for n in names if "worksheets/sheet" in n),
        )
        links = "".join(archive.read(n).decode() for n in names if n.endswith(".rels"))
    assert not any("HYPERLINK" in formula for formula in formulas)
    assert 'TargetMode="External"' not in links
    assert set(re.findall(r"([A-Z]+)\(", "".join(formulas))) == {
        "AND", "COUNTA", "COUNTIFS", "IF", "SUM", "SUMIFS", "SUMPRODUCT",
    }  # fmt: skip


def test_a_public_table_leaves_no_trace_of_the_others(tmp_path):
    table = table_of(
        {"sensitivity": "public", "adjudicates": "Hush2"},
        {"id": "Hush2", "coder": "Hush3", "reference": "Hush4", "note": "Hush5", "groups": "Hush6"},
        {"id": "E3", "indicator": "SGS2.1", "sensitivity": "public"},
    )
    path = tmp_path / "public.xlsx"
    write_template(path, ["KEN"], evidence=table.public())
    with zipfile.ZipFile(path) as archive:
        assert not any(b"Hush" in archive.read(name) for name in archive.namelist())
    assert list(read_workbook(path).to_frame()["id"]) == ["E1", "E3"]
    write_template(path, ["KEN"], evidence=table)
    with zipfile.ZipFile(path) as archive:  # the test can see what it looks for
        assert b"Hush5" in archive.read("xl/sharedStrings.xml")


# --- round trip ---------------------------------------------------------------------------------

UNITS = ("KEN", "CIV")
TEXT = st.text(max_size=12).map(
    lambda text: "".join(c for c in text if c.isprintable() or c in "\t\n").strip()
)
SOME = TEXT.filter(bool)
PREFIX = st.sampled_from(["", "=", "+", "-", "@", "'", '"', "<&>"])
DAYS = st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2026-12-31").date())
PARTS = st.lists(SOME.filter(lambda t: ";" not in t), max_size=2)
ROWS = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(UNITS),
        "indicator": st.sampled_from(["1.1", "7.1", "7.10", "13.18", "SGS6.8"]),
        "rating": st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, None, "unknown", "failed"])
        | st.floats(0, 1),
        "confidence": st.sampled_from(["low", "medium", "high"]),
        "mechanism": st.sampled_from(["ngo", "court", "universal-periodic-review"]),
        "reference": st.tuples(PREFIX, SOME).map("".join),
        "coder": st.sampled_from(["Ana", "=Bob", "阿纳", "ana"]),
        "sensitivity": st.sampled_from(["public", "restricted", "confidential"]),
        "note": st.tuples(PREFIX, TEXT).map("".join),
        "long": st.booleans(),
        "paragraph": st.sampled_from(["", "007", "12.0", "1e5", "2023-01-05"]),
        "url": st.sampled_from(["", "https://example.org/a?b=1&c=<d>"]),
        "groups": PARTS,
        "perpetrator": st.sampled_from(["", "militia", "unknown"]),
        "date": DAYS,
        "later": st.integers(0, 900),
        "spans": st.booleans(),
    }
)


def finished(drawn):
    rows = [dict(row) for row in drawn]
    for n, row in enumerate(rows):
        if row.pop("long"):
            row["note"] = clean_text((row["note"] * 32_767)[:16_000])
        later = row.pop("later")
        after = row["date"] + pd.Timedelta(days=later)
        row |= {"id": f"E{n}", "until" if row.pop("spans") else "known": after}
        row["rating"] = "not applicable" if row["rating"] is None else row["rating"]
        same = [
            r["id"]
            for r in rows[:n]
            if (r["unit"], r["indicator"]) == (row["unit"], row["indicator"])
        ]
        row["adjudicates"] = same[:2] if later % 3 == 0 else []
    return rows


def order_of(frame):
    """Return the positions in the order of the form: first pieces by question, then the further ones."""
    places = list(form_indicators())
    key = []
    seen = set()
    for n, (unit, indicator) in enumerate(zip(frame["unit"], frame["indicator"], strict=True)):
        first = (unit, indicator) not in seen
        seen.add((unit, indicator))
        sheet = [s.key for s in SHEETS].index(form_indicators()[indicator][0].key)
        key.append((sheet, UNITS.index(unit), places.index(indicator)) if first else (99, n, 0))
    return sorted(range(len(key)), key=key.__getitem__)


@settings(max_examples=4, phases=(Phase.explicit, Phase.generate))
@given(rows=st.lists(ROWS, min_size=1, max_size=40), language=st.sampled_from(LANGUAGES))
def test_a_round_trip_loses_nothing(tmp_path_factory, rows, language):
    table = read_evidence(pd.DataFrame(finished(rows), dtype=object))
    path = tmp_path_factory.mktemp("trip") / "form.xlsx"
    write_template(path, UNITS, language=language, evidence=table)
    back = read_workbook(path).to_frame()
    before = table.to_frame().iloc[order_of(table.to_frame())].reset_index(drop=True)
    for name in before:
        same = before[name].astype(object).where(before[name].notna(), None)
        assert list(same) == list(back[name].astype(object).where(back[name].notna(), None)), name


def test_every_choice_is_read_back_in_every_language(tmp_path):
    perpetrators = [word.id for word in load_declared().perpetrators]
    rows = [{"id": f"E{n}", "perpetrator": name} for n, name in enumerate(perpetrators)]
    for language in LANGUAGES:
        write_template(tmp_path / "form.xlsx", ["KEN"], language=language, evidence=table_of(*rows))
        back = read_workbook(tmp_path / "form.xlsx").to_frame()
        assert list(back["perpetrator"].astype(str)) == perpetrators


# --- coverage -----------------------------------------------------------------------------------


def test_coverage_counts_each_indicator_once_and_says_what_was_looked_at():
    table = table_of(
        {},
        {"id": "E2"},
        {"id": "E3", "indicator": "7.1", "rating": "unknown"},
        {"id": "E4", "indicator": "7.2", "rating": "not applicable"},
        {"id": "E5", "indicator": "7.2", "rating": 0},
    )
    counts = count_coverage(table, ["KEN", "CIV"]).set_index(["unit", "factor"])
    assert len(counts) == 2 * 20
    row = counts.loc[("KEN", "RF7")]
    # 14 indicators: 7.10 twice and 7.2 rated, 7.1 unknown
    assert row[["indicators", "rated", "seen", "left"]].tolist() == [14, 2, 1, 11]
    assert row["share"] == 2 / 14
    assert counts.loc["CIV", "rated"].sum() == 0


def test_the_numbers_in_the_file_are_those_of_the_table(tmp_path):
    import python_calamine

    table = table_of(
        {},
        {"id": "E2", "indicator": "SGS2.1", "rating": "failed"},
        {"id": "E3", "indicator": "9.6"},
    )
    path = tmp_path / "form.xlsx"
    write_template(path, ["KEN"], evidence=table)
    rows = python_calamine.load_workbook(path).get_sheet_by_name("Coverage").to_python()
    shown = {row[1]: row[3:8] for row in rows if str(row[1]).startswith(("RF", "SGS"))}
    for line in count_coverage(table, ["KEN"]).to_dict("records"):
        expected = [line[name] for name in ("indicators", "rated", "seen", "left", "share")]
        assert shown[line["factor"]] == pytest.approx(expected)
    totals = [row[3:7] for row in rows if str(row[2]).startswith("All ")]
    assert totals == [[143, 2, 0, 141], [42, 0, 1, 41]]


def test_the_hidden_counts_agree_with_the_sheet_that_shows_them(tmp_path):
    import python_calamine

    table = table_of(
        {}, {"id": "E2", "rating": "unknown"}, {"id": "E3", "indicator": "9.6", "rating": "failed"}
    )
    path = tmp_path / "form.xlsx"
    write_template(path, ["KEN"], evidence=table)
    rows = (
        python_calamine.load_workbook(path)
        .get_sheet_by_name("Lists")
        .to_python(skip_empty_area=False)
    )
    # one line for each of 185 indicators; 7.10 has a rating and a state and counts as rated alone
    counted = [row[12:16] for row in rows[1:186]]
    assert [sum(column) for column in zip(*counted, strict=True)] == [1, 1, 0, 3]
