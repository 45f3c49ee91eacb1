"""Workbooks that people filled in: what is read, and each fault with its sheet and cell."""

import datetime as dt
import re
import zipfile
from html import escape

import pytest

from r2prisk import InputError
from r2prisk.evidence.workbook import read_workbook, read_workbooks, write_template
from r2prisk.evidence.workbook.layout import SHEETS, cell_name
from r2prisk.evidence.workbook.words import load_texts

pytestmark = pytest.mark.usefixtures("excel")

ANSWER = {
    "rating": "strong",
    "confidence": "medium",
    "mechanism": "News media",
    "reference": "An invented report",
    "date": "2023-05-17",
}
COMMON = "Common factors 1-4"
# the first rows of 'Common factors 1-4': 4 headings, RF1, then 1.1 in row 6
ROW = 6


@pytest.fixture
def excel(needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")


@pytest.fixture(scope="module")
def blank(tmp_path_factory):
    pytest.importorskip("xlsxwriter")
    path = tmp_path_factory.mktemp("forms") / "form.xlsx"
    write_template(path, ["KEN"], coders=["Ana"])
    return path


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A French form for two countries and two coders."""
    pytest.importorskip("xlsxwriter")
    path = tmp_path_factory.mktemp("forms") / "deux.xlsx"
    write_template(path, ["KEN", "SDN"], language="fr", coders=["Ana", "Bob"])
    return path


def cell_xml(cell, value):
    if isinstance(value, str) and value.startswith("{="):  # a formula and its last result
        formula, _, result = value[2:-1].partition("|")
        shown = f"<v>{escape(result)}</v>" if result else ""
        return f'<c r="{cell}" t="str"><f>{escape(formula)}</f>{shown}</c>'
    if value == "#N/A":
        return f'<c r="{cell}" t="e"><v>#N/A</v></c>'
    if isinstance(value, str):
        return (
            f'<c r="{cell}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        )
    return f'<c r="{cell}"><v>{value!r}</v></c>'


def changed(source, target, edits, extra=None):
    """Copy a workbook; ``edits`` gives for each member how its text changes."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name in edits:
                text = content.decode()
                after = edits[name](text)
                assert after != text, name
                content = after.encode()
            new.writestr(name, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return target


def member(sheet):
    """Return the file inside a workbook that holds a sheet, by its English or French name."""
    names = ("cover", *(s.key for s in SHEETS), "coverage", "lists")
    said = load_texts().sheets
    at = next(n for n, key in enumerate(names) if sheet in said[key].values())
    return f"xl/worksheets/sheet{at + 1}.xml"


def typed(source, target, cells):
    """Copy a workbook with cells as people type them: {sheet: {cell: value}}."""

    def put(values):
        def edit(text):
            for cell, value in values.items():
                pattern = rf'<c r="{cell}"[^>]*?(?:/>|>.*?</c>)'
                before, found, after = re.split(f"({pattern})", text, maxsplit=1, flags=re.DOTALL)
                text = before + cell_xml(cell, value) + after
                assert found
            return text

        return edit

    return changed(source, target, {member(s): put(values) for s, values in cells.items()})


def cells_of(row, sheet=0, **values):
    """Return {cell: value} for the columns of a row, counted as a person does."""
    columns = SHEETS[sheet].columns
    return {cell_name(row - 1, columns.index(name)): v for name, v in values.items()}


def filled(source, tmp_path, *rows, sheet=COMMON):
    """Copy a workbook with rows filled in on one sheet: pairs of a row and what differs."""
    cells = {}
    for row, values in rows:
        cells |= cells_of(row, **{**ANSWER, **values})
    return typed(source, tmp_path / "filled.xlsx", {sheet: cells})


def problems_of(*paths):
    with pytest.raises(InputError) as caught:
        read_workbooks(paths) if len(paths) > 1 else read_workbook(paths[0])
    return list(caught.value.problems)


# --- what is read -------------------------------------------------------------------------------


def test_one_row_is_read_with_the_only_coder_and_as_restricted(blank, tmp_path):
    (row,) = read_workbook(filled(blank, tmp_path, (ROW, {}))).rows(0)
    assert (row.unit, row.indicator, row.rating) == ("KEN", "1.1", 0.75)
    assert (row.mechanism, row.date, row.coder) == ("media", dt.date(2023, 5, 17), "Ana")
    assert row.sensitivity == "restricted"
    assert re.fullmatch(r"ana-[0-9a-f]{6}-KEN-1\.1-[0-9a-f]{8}", row.id)


def test_an_empty_form_is_no_evidence(blank):
    assert problems_of(blank) == ["nothing was entered"]


def test_a_name_or_a_sensitivity_alone_is_no_evidence(two, tmp_path):
    many = {}
    for row in range(6, 16):
        many |= cells_of(row, coder="Ana", sensitivity="public")
    many |= cells_of(ROW, **ANSWER)
    table = read_workbook(typed(two, tmp_path / "f.xlsx", {"Facteurs communs 1-4": many}))
    assert len(table) == 1
    assert table.rows(0)[0].sensitivity == "public"


@pytest.mark.parametrize(
    ("value", "rating"),
    [("fuerte", 0.75), ("GRAVE", 1.0), (0.6, 0.6), ("0,6", 0.6), (0, 0.0), ("Modéré", 0.5)],
)
def test_ratings_are_words_of_any_language_or_numbers(blank, tmp_path, value, rating):
    assert (
        read_workbook(filled(blank, tmp_path, (ROW, {"rating": value}))).rows(0)[0].rating == rating
    )


def test_a_state_is_read_where_a_rating_is_asked_for(blank, tmp_path):
    row = read_workbook(filled(blank, tmp_path, (ROW, {"rating": "sans objet"}))).rows(0)[0]
    assert (row.rating, row.state) == (None, "not applicable")


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2023-12-31", "2023-12-31"),
        ("31.12.2023", "2023-12-31"),
        ("31/12/2023", "2023-12-31"),
        ("1-2-2023", "2023-02-01"),
        ("2023-06", "2023-06-30"),
        ("06/2023", "2023-06-30"),
        (2023, "2023-12-31"),
        ("2023", "2023-12-31"),
        (45291, "2023-12-31"),
    ],
)
def test_days_as_people_write_them(blank, tmp_path, value, day):
    row = read_workbook(filled(blank, tmp_path, (ROW, {"date": value}))).rows(0)[0]
    assert row.date.isoformat() == day


def test_a_day_that_could_be_meant_otherwise_is_noted(blank, tmp_path):
    table = read_workbook(filled(blank, tmp_path, (ROW, {"date": "05/06/2023"})))
    assert table.rows(0)[0].date == dt.date(2023, 6, 5)
    assert table.notes == (
        "1 date was read with the day first, such as in sheet 'Common factors 1-4', cell I6: 2023-06-05",
    )


@pytest.mark.parametrize("value", ["12/31/2023", "31/12/23", "30.02.2023", "soon"])
def test_a_day_that_is_none_is_a_fault(blank, tmp_path, value):
    (problem,) = problems_of(filled(blank, tmp_path, (ROW, {"date": value})))
    assert problem.startswith(f"sheet '{COMMON}', cell I6: ")


def test_a_date_cell_is_read_as_the_day(blank, tmp_path):
    # style 14 of the standard is a date; a date in a cell of text keeps its day too
    path = filled(blank, tmp_path, (ROW, {"date": 45063.75}))

    def as_date(text):
        return re.sub(r'<c r="I6">', '<c r="I6" s="99">', text)

    def styled(text):
        found = re.search(r'<cellXfs count="(\d+)">', text)
        extra = '<xf numFmtId="14" applyNumberFormat="1"/>' * (100 - int(found[1]))
        return text.replace("</cellXfs>", f"{extra}</cellXfs>").replace(
            found[0], '<cellXfs count="100">'
        )

    dated = changed(
        path, tmp_path / "dated.xlsx", {member(COMMON): as_date, "xl/styles.xml": styled}
    )
    assert read_workbook(dated).rows(0)[0].date == dt.date(2023, 5, 17)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@a", "007", "NA", "1e5", "_x0041_", "a\tb"])
def test_texts_stay_as_they_are(blank, tmp_path, text):
    row = read_workbook(filled(blank, tmp_path, (ROW, {"reference": text, "note": text}))).rows(0)[
        0
    ]
    expected = "A" if text == "_x0041_" else text  # typed by hand it is the code of a letter
    assert (row.reference, row.note) == (expected, expected)


def test_sorted_moved_and_copied_rows_are_read(blank, tmp_path):
    path = filled(blank, tmp_path, (6, {"rating": "weak"}), (7, {}))

    def swap(text):
        rows = dict(re.findall(r'(<row r="(?:6|7|8)".*?</row>)()', text, re.DOTALL))
        six, seven, eight = rows
        renumber = lambda row, n: re.sub(r'r="([A-Z]*)\d+"', rf'r="\g<1>{n}"', row)  # noqa: E731
        moved = renumber(seven, 6) + renumber(six, 7) + renumber(six, 8)  # 1.3 gives way to a copy
        return text.replace(six + seven + eight, moved)

    table = read_workbook(changed(path, tmp_path / "moved.xlsx", {member(COMMON): swap}))
    assert [(row.indicator, row.rating) for row in table.rows(slice(None))] == [
        ("1.2", 0.75),
        ("1.1", 0.25),
    ]
    # the copy is alike in every cell: one piece of evidence; and sorting changes no name
    assert "1 row stands again, alike in every cell, taken once" in table.notes
    unmoved = {row.id for row in read_workbook(path).rows(slice(None))}
    assert {row.id for row in table.rows(slice(None))} == unmoved


def test_further_evidence_is_chosen_by_country_and_indicator(two, tmp_path):
    values = {**ANSWER, "country": "Soudan", "coder": "Bob"}
    chosen = cells_of(
        5, 6, **values, choice="7.10 Conditions de vie mortelles ou déplacement forcé"
    )
    bare = cells_of(6, 6, **{**values, "country": "KEN"}, choice="SGS2.1")
    table = read_workbook(typed(two, tmp_path / "f.xlsx", {"Autres éléments": chosen | bare}))
    assert [(r.unit, r.indicator) for r in table.rows(slice(None))] == [
        ("SDN", "7.10"),
        ("KEN", "SGS2.1"),
    ]


def test_hidden_rows_and_formulas_are_read_and_noted(blank, tmp_path):
    path = filled(blank, tmp_path, (ROW, {"rating": "{=D1|weak}"}))
    hide = lambda text: text.replace('<row r="6"', '<row r="6" hidden="1"')  # noqa: E731
    table = read_workbook(changed(path, tmp_path / "hidden.xlsx", {member(COMMON): hide}))
    assert table.rows(0)[0].rating == 0.25
    assert table.notes == (
        "sheet 'Common factors 1-4': 1 filled row was hidden, read all the same",
        "1 formula was read by the last result, such as in sheet 'Common factors 1-4', cell E6",
    )


# --- faults -------------------------------------------------------------------------------------


def test_every_fault_is_told_at_once_with_sheet_and_cell(two, tmp_path):
    sheet = "Facteurs communs 1-4"
    rows = {
        6: {**ANSWER, "rating": "strnog", "coder": "Ana"},
        7: {**ANSWER, "confidence": "hgih", "coder": "Anna"},
        8: {"note": "begun", "coder": "Bob"},
        9: {**ANSWER},
        10: {**ANSWER, "country": "Ghana", "coder": "Bob"},
        11: {**ANSWER, "indicator": "1.10", "coder": "Bob"},
    }
    cells = {}
    for row, values in rows.items():
        cells |= cells_of(row, **values)
    problems = problems_of(typed(two, tmp_path / "f.xlsx", {sheet: cells}))
    starts = {problem.split(":")[0]: problem for problem in problems}
    assert list(starts) == [
        f"sheet '{sheet}', cell {cell}" for cell in ("R7", "E8", "R9", "A10", "B11", "E6", "F7")
    ]
    assert problems[0].endswith("'Anna' is not on the cover; there: Ana, Bob; did you mean 'Ana'?")
    assert problems[1].endswith(
        "the row is started and not finished: no Évaluation (E8), Confiance (F8), "
        "Type de source (G8), Référence (H8), Date (I8)"
    )
    assert problems[2].endswith("nobody is named, and the cover names 2: choose one of Ana, Bob")
    assert "'Ghana' is not on the cover; there: Kenya, Soudan" in problems[3]
    assert problems[4].endswith("'1.10' stands beside the label of 1.6; one of the two was changed")
    assert "'strnog' is not" in problems[5]
    assert "did you mean 'strong'?" in problems[5]
    assert "did you mean 'high'?" in problems[6]


def test_each_cell_with_one_and_the_same_fault_is_named(blank, tmp_path):
    rows = [(n, {"rating": "big", "reference": f"Report {n}"}) for n in range(6, 18) if n != 17]
    (problem,) = problems_of(filled(blank, tmp_path, *rows))
    assert problem.startswith(
        "; ".join(f"sheet '{COMMON}', cell E{n}" for n in range(6, 16)) + " and 1 more:"
    )


def test_a_number_is_no_identifier(blank, tmp_path):
    (problem,) = problems_of(filled(blank, tmp_path, (15, {"indicator": 1.1})))
    assert problem.startswith(f"sheet '{COMMON}', cell B15: 1.1 is a number")


def test_an_entry_in_a_heading_is_a_fault(blank, tmp_path):
    (problem,) = problems_of(filled(blank, tmp_path, (5, {})))
    assert problem.startswith(f"sheet '{COMMON}', cell E5: stands in the heading of a factor")


def test_a_form_without_a_name_says_so_once_and_where(tmp_path):
    source = tmp_path / "nobody.xlsx"
    write_template(source, ["KEN"])
    (problem,) = problems_of(filled(source, tmp_path, (6, {}), (7, {})))
    assert problem == "sheet 'Cover', cell C7: write the name of who filled in the form"


@pytest.mark.parametrize(
    ("value", "said"),
    [("#N/A", "holds an error value"), ("{=D1}", "holds a formula without a result")],
)
def test_cells_that_hold_nothing_readable_are_faults(blank, tmp_path, value, said):
    (problem,) = problems_of(filled(blank, tmp_path, (ROW, {"note": value})))
    assert problem.startswith(f"sheet '{COMMON}', cell J6 {said}")


def test_merged_cells_are_a_fault(blank, tmp_path):
    merge = lambda text: text.replace(  # noqa: E731
        "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="E6:E7"/></mergeCells>'
    )
    problems = problems_of(changed(blank, tmp_path / "m.xlsx", {member(COMMON): merge}))
    assert problems[0] == (
        f"sheet '{COMMON}', cells E6:E7 are merged; unmerge them, as each row stands for itself"
    )


def test_a_changed_heading_is_a_fault_and_one_more_column_a_note(blank, tmp_path):
    path = filled(blank, tmp_path, (ROW, {}))
    grade = typed(path, tmp_path / "g.xlsx", {COMMON: {"E4": "Grade"}})
    assert (
        problems_of(grade)[0]
        == f"sheet '{COMMON}', cell E4: the heading 'Rating' is missing; 'Grade' stands there"
    )
    more = lambda text: re.sub(  # noqa: E731
        r'(<row r="4".*?)(</row>)', rf"\1{cell_xml('W4', 'Mine')}\2", text, flags=re.DOTALL
    )
    table = read_workbook(changed(path, tmp_path / "w.xlsx", {member(COMMON): more}))
    assert table.notes == (f"sheet '{COMMON}': columns not of the form, not read: 'Mine'",)


def renamed(old, new):
    return lambda text: text.replace(f'<sheet name="{old}"', f'<sheet name="{new}"')


def test_a_renamed_sheet_is_named_with_the_nearest(blank, tmp_path):
    path = changed(
        blank, tmp_path / "r.xlsx", {"xl/workbook.xml": renamed("Genocide", "Genocide 2")}
    )
    problems = problems_of(path)
    assert problems[0] == "sheet 'Genocide' is missing; did you mean 'Genocide 2'?"


def test_sheets_that_are_not_of_the_form_are_noted(blank, tmp_path):
    path = filled(blank, tmp_path, (ROW, {}))
    more = changed(path, tmp_path / "r.xlsx", {"xl/workbook.xml": renamed("Coverage", "My notes")})
    assert read_workbook(more).notes == ("sheets that are not of the form, not read: My notes",)


def test_a_form_of_another_version_is_refused(blank, tmp_path):
    later = lambda text: text.replace(">1 en<", ">2 en<")  # noqa: E731
    path = changed(blank, tmp_path / "v.xlsx", {"docProps/custom.xml": later})
    assert problems_of(path) == ["is a form of version 2; this r2prisk reads version 1"]


# --- several files ------------------------------------------------------------------------------


def test_two_coders_copies_never_give_one_name_twice(tmp_path):
    paths = []
    for coder in ("Ana", "Aná", "阿纳"):
        source = tmp_path / "source.xlsx"
        write_template(source, ["KEN"], coders=[coder])
        target = tmp_path / f"{len(paths)}.xlsx"
        filled(source, tmp_path, (6, {}), (7, {})).rename(target)
        paths.append(target)
    table = read_workbooks(paths)
    assert len(table) == 6
    assert table.to_frame()["id"].nunique() == 6
    assert list(table.to_frame()["coder"]) == ["Ana", "Ana", "Aná", "Aná", "阿纳", "阿纳"]
    again = read_workbooks([*paths, paths[0].rename(tmp_path / "again.xlsx")][1:])
    assert len(again) == 6


def test_rows_that_stand_alike_in_two_files_are_taken_once_and_others_are_a_fault(blank, tmp_path):
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    filled(blank, tmp_path, (6, {"id": "E1"}), (7, {"id": "E2"})).rename(one)
    filled(blank, tmp_path, (6, {"id": "E1"})).rename(other)
    table = read_workbooks([one, other])
    assert len(table) == 2
    assert table.notes == ("1 row stands alike in several files, taken once",)
    filled(blank, tmp_path, (6, {"id": "E1", "rating": "weak"})).rename(other)
    assert problems_of(one, other) == [
        f"other.xlsx: sheet '{COMMON}', cell T6: 'E1' is already in one.xlsx: sheet '{COMMON}', cell T6"
    ]


def test_faults_of_all_files_are_told_together(blank, tmp_path):
    one, other = tmp_path / "one.xlsx", tmp_path / "other.xlsx"
    filled(blank, tmp_path, (6, {"confidence": "hgih"})).rename(one)
    other.write_bytes(b"no workbook")
    problems = problems_of(one, other)
    assert [p.split(":")[0] for p in problems] == ["other.xlsx", "one.xlsx"]
    assert f"sheet '{COMMON}', cell F6: 'hgih'" in problems[1]
