"""Ticks and corrections go back into the TOML, and nothing else of it changes."""

from __future__ import annotations

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.checklist import COLUMNS, write_checklist
from r2prisk.catalogue.verify import Check, Outcome, Tick, enter_ticks, framework_file, verify
from r2prisk.errors import InputError

EDITION = "A/70/741-S/2016/71"
Rows = list[dict[str, str]]


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    copy = tmp_path / "copy.toml"
    copy.write_bytes(framework_file("un-foa-2014").read_bytes())
    return copy


@pytest.fixture
def rows(toml: Path) -> Rows:
    _, table = write_checklist(load_framework(toml), toml.parent / "list.html")
    with table.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def save(path: Path, rows: Iterable[dict[str, str]], **options: Any) -> Path:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(COLUMNS), extrasaction="raise", **options)
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(out.getvalue().encode("utf-8"))
    return path


def tick(rows: Rows, identifier: str, answer: str, **cells: str) -> None:
    (row,) = [row for row in rows if row["id"] == identifier]
    row.update(tick=answer, **cells)


def check(csv_file: Path, toml: Path, **options: Any) -> Outcome:
    options = {"by": "A. Reader", "edition": EDITION, "date": "2025-03-01", **options}
    return verify(csv_file, toml, **options)


def changed_lines(before: str, after: str) -> list[str]:
    pairs = zip(before.splitlines(), after.splitlines(), strict=True)
    return [new for old, new in pairs if old != new]


def test_all_ticked_is_all_verified(toml: Path, rows: Rows) -> None:
    ticked = save(toml.parent / "t.csv", [{**row, "tick": "yes"} for row in rows])
    before = toml.read_text("utf-8")
    outcome = check(ticked, toml)
    after = load_framework(toml)
    assert after == outcome.after
    assert {i.verified.status for i in after.indicators} == {"source"}
    assert {i.verified.who for i in after.indicators} == {"A. Reader"}
    assert {i.verified.when for i in after.indicators} == {"2025-03-01"}
    assert {i.verified.edition for i in after.indicators} == {EDITION}
    assert not any(i.verified.provisional for i in after.indicators)
    assert sum(i.verified.where is not None for i in after.indicators) == 39
    assert len(changed_lines(before, toml.read_text("utf-8"))) == 143
    counts = outcome.counts()
    assert counts["RF13"] == {
        "indicators": 18,
        "verified": 18,
        "corrected": 0,
        "refused": 0,
        "unchecked": 0,
    }
    assert sum(row["verified"] for row in counts.values()) == 143


def test_only_what_was_ticked_changes(toml: Path, rows: Rows) -> None:
    tick(rows, "7.1", "Yes")
    tick(rows, "13.11", "YES", label_correction="Detention hidden")
    tick(rows, "7.11", "yes", note="read to the end")
    before = toml.read_text("utf-8")
    outcome = check(save(toml.parent / "t.csv", rows), toml)
    who = f'who = "A. Reader", when = "2025-03-01", edition = "{EDITION}"'
    where = 'where = "https://thewestpapuagenocidemonitor.org/post/risk-factor-7"'
    assert changed_lines(before, toml.read_text("utf-8")) == [
        f'verified = {{ status = "source", {where}, {who} }}',
        f'verified = {{ status = "source", {where}, note = "read to the end", {who} }}',
        'label = "Detention hidden"',
        f'verified = {{ status = "source", {who} }}',
    ]
    assert outcome.counts()["RF13"]["corrected"] == 1
    assert outcome.counts()["RF13"]["unchecked"] == 7
    assert outcome.counts()["RF1"] == {
        "indicators": 11,
        "verified": 0,
        "corrected": 0,
        "refused": 0,
        "unchecked": 11,
    }


def test_no_leaves_an_entry_recalled_with_the_reason(toml: Path, rows: Rows) -> None:
    tick(rows, "1.1", "no")
    tick(rows, "1.2", "no", note="the number is 1.3")
    tick(rows, "7.1", "no", description_correction="Rights are cut back in an emergency.")
    tick(rows, "14.1", "no")
    outcome = check(save(toml.parent / "t.csv", rows), toml)
    after = outcome.after
    assert after["1.1"].verified.note == "number or meaning does not agree with the document"
    assert after["1.2"].verified.note == "the number is 1.3"
    assert after["7.1"].description == "Rights are cut back in an emergency."
    assert "guidance for raters" in after["7.1"].verified.note
    assert after["14.1"].verified.provisional
    for identifier in ("1.1", "1.2", "7.1", "14.1"):
        assert after[identifier].verified.status == "recalled"
        assert after[identifier].verified.who == "A. Reader"
    counts = outcome.counts()
    assert [counts[f]["refused"] for f in ("RF1", "RF7", "RF14")] == [2, 1, 1]
    assert counts["RF7"]["corrected"] == 1


def test_refused_entry_can_be_ticked_later(toml: Path, rows: Rows) -> None:
    tick(rows, "14.1", "no")
    check(save(toml.parent / "t.csv", rows), toml)
    tick(rows, "14.1", "yes")
    outcome = check(save(toml.parent / "t.csv", rows), toml)
    verified = outcome.after["14.1"].verified
    assert (verified.status, verified.provisional, verified.note) == ("source", False, None)


def test_the_same_file_twice_gives_the_same_bytes(toml: Path, rows: Rows) -> None:
    tick(rows, "1.1", "yes", label_correction='War, "hot" or cold')
    tick(rows, "1.2", "no", note="é = \\ '")
    ticked = save(toml.parent / "t.csv", rows)
    check(ticked, toml, date=None)
    first = toml.read_bytes()
    # as if on an earlier day: a day from the clock does not replace it
    toml.write_bytes(
        first.replace(load_framework(toml)["1.1"].verified.when.encode(), b"2025-03-01")
    )
    first = toml.read_bytes()
    outcome = check(ticked, toml, date=None)
    assert toml.read_bytes() == first
    assert not any(row["verified"] or row["refused"] for row in outcome.counts().values())
    check(ticked, toml, date="2025-03-02")
    assert toml.read_bytes() == first.replace(b"2025-03-01", b"2025-03-02")


def test_comments_order_and_layout_stay() -> None:
    text = (
        "# head\r\n[[factors]]\r\nid='F' # one\r\n\r\n[[factors.indicators]]\r\n"
        'label = "a"   # two\r\nid = "1"\r\nverified.status = "recalled" # three\r\n'
        "verified.provisional = true\r\n# tail\r\n"
    )
    after = enter_ticks(
        text,
        [Tick(id="1", tick="yes", label="b")],
        Check(who="W", edition="E", when="2025-03-01"),
    )
    assert after == (
        "# head\r\n[[factors]]\r\nid='F' # one\r\n\r\n[[factors.indicators]]\r\n"
        'label = "b"   # two\r\nid = "1"\r\nverified.status = "source" # three\r\n'
        'verified.who = "W"\r\nverified.when = "2025-03-01"\r\nverified.edition = "E"\r\n'
        "# tail\r\n"
    )


def test_spreadsheet_file_with_semicolons_and_rewritten_ids(toml: Path, rows: Rows) -> None:
    shown = {"7.10": "7.1", "7.1": "7,1", "1.10": "01.Okt", "3.2": "2025-02-03", "13.1": "13.10"}
    for identifier in shown:
        tick(rows, identifier, "yes")
    rows = [{**row, "id": shown.get(row["id"], row["id"])} for row in rows]
    ticked = save(toml.parent / "t.csv", rows, delimiter=";", lineterminator="\r\n")
    ticked.write_bytes(b"\xef\xbb\xbf" + ticked.read_bytes())
    outcome = check(ticked, toml)
    checked = [i.id for i in outcome.after.indicators if i.verified.who]
    assert checked == ["1.10", "3.2", "7.1", "7.10", "13.1"]


def test_every_fault_is_named_with_row_and_column(toml: Path, rows: Rows) -> None:
    rows[0]["tick"] = "maybe"
    rows[1].update(tick="yes", label_correction="x" * 61)
    rows[2]["id"] = "1.33"
    rows[3]["id"] = "1.2"
    rows[4]["description_correction"] = "Something else."
    rows[5].update(id="1.1", label="nobody's label")
    before = toml.read_bytes()
    with pytest.raises(InputError) as caught:
        check(save(toml.parent / "t.csv", rows), toml)
    assert caught.value.problems == (
        "row 2, column 'tick': 'maybe' is neither yes nor no nor empty",
        "row 3, column 'label_correction': 61 characters, at most 60 are allowed",
        "row 4, column 'id': no indicator '1.33'; did you mean '1.3'?",
        "row 5, column 'id': '1.2' is in row 3 already",
        "row 6, column 'tick': there is a correction but no tick; write yes or no",
        (
            "row 7, column 'id': '1.1' may be 1.1 or 1.10, and the label is of neither; "
            "copy it from the checklist"
        ),
    )
    assert toml.read_bytes() == before


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n;;;\r\n", "is empty"),
        (HEADER.encode(), "has a header, but no rows"),
        (b"PK\x03\x04" + bytes(40), "is a zip archive or an Excel workbook"),
        (HEADER.encode() + b"\n1.1,RF1,\xe9t\xe9", "line 2 is not UTF-8"),
        (HEADER.encode("utf-16"), "is not UTF-8"),
        (HEADER.encode() + b"\n1.1\x00", "holds zero bytes"),
        (HEADER.replace("tick", "tik").encode() + b"\n1.1", "unknown column 'tik'; did you mean"),
        (b"id,label\n1.1,War", "column 'tick' is missing"),
        (HEADER.encode() + b",tick\n1.1", "column 'tick' is there more than once"),
        (HEADER.encode() + b'\n1.1,"cut of', "line 2: unexpected end of data"),
        (HEADER.encode() + b"\n1.1" + b",x" * 12, "row 2 has 13 cells, the header has 10"),
    ],
)
def test_files_that_are_not_a_checklist(toml: Path, content: bytes, problem: str) -> None:
    (toml.parent / "bad.csv").write_bytes(content)
    with pytest.raises(InputError, match=problem):
        check(toml.parent / "bad.csv", toml)


def test_missing_file_and_empty_answers(toml: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        check(toml.parent / "none.csv", toml)
    with pytest.raises(InputError) as caught:
        check(toml, toml, by=" ", edition="", date="1 March", output="out.json")
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "--by",
        "--edition",
        "--date",
        "--output",
    ]


def test_names_that_cannot_be_written_are_refused(toml: Path, rows: Rows) -> None:
    before = toml.read_bytes()
    with pytest.raises(InputError, match="cannot be written"):
        verify(toml.parent / "none.csv", toml, by="\udc80A", edition="x")
    assert toml.read_bytes() == before


def test_our_own_indicators_have_nothing_to_tick(tmp_path: Path) -> None:
    entry = load_framework("sg-resilience-2013")["SGS1.1"]
    row = dict.fromkeys(COLUMNS, "") | {"id": "SGS1.1", "label": entry.label, "tick": "yes"}
    ticked = save(tmp_path / "t.csv", [row])
    with pytest.raises(InputError, match=r"'SGS1\.1' is our own"):
        check(ticked, "sg-resilience-2013", output=tmp_path / "o.toml")


def test_other_output_leaves_the_framework_alone(toml: Path, rows: Rows) -> None:
    tick(rows, "1.1", "yes")
    before = toml.read_bytes()
    outcome = check(save(toml.parent / "t.csv", rows), toml, output=toml.parent / "o.toml")
    assert outcome.path == toml.parent / "o.toml"
    assert toml.read_bytes() == before
    assert load_framework(toml.parent / "o.toml")["1.1"].verified.who == "A. Reader"


def test_notes_without_a_tick_are_counted(toml: Path, rows: Rows) -> None:
    tick(rows, "1.1", "", note="look again")
    before = toml.read_bytes()
    assert check(save(toml.parent / "t.csv", rows), toml).notes_left == 1
    assert toml.read_bytes() == before


def deny(*_: object, **__: object) -> Any:
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize(
    "break_it",
    [
        lambda patch: patch.setattr(os, "access", lambda *_: False),
        lambda patch: patch.setattr(tempfile, "mkstemp", deny),
        lambda patch: patch.setattr(Path, "replace", deny),
    ],
)
def test_file_that_cannot_be_written_suggests_another(
    toml: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch, break_it: Callable[[Any], None]
) -> None:
    tick(rows, "1.1", "yes")
    ticked = save(toml.parent / "t.csv", rows)
    before, names = toml.read_bytes(), sorted(toml.parent.iterdir())
    break_it(monkeypatch)
    with pytest.raises(InputError, match="name another file with -o"):
        check(ticked, toml)
    assert toml.read_bytes() == before
    assert sorted(toml.parent.iterdir()) == names


def test_result_that_would_not_load_is_not_written(
    toml: Path, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(rows, "1.1", "yes")
    before = toml.read_bytes()
    monkeypatch.setattr("r2prisk.catalogue.verify.enter_ticks", lambda *_: "name = 1")
    with pytest.raises(InputError, match="nothing was changed"):
        check(save(toml.parent / "t.csv", rows), toml)
    assert toml.read_bytes() == before
