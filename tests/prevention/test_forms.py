"""Forms as files: texts all the way, and nothing that a person wrote is lost."""

import zipfile

import pandas as pd
import pytest

from r2prisk.errors import InputError
from r2prisk.panel.read import read_table
from r2prisk.prevention.forms import LONGEST, form_faults, misnamed, taken, write_sheets

CELLS = ["=1+1", "+1", "@risk", "7.10", "2024-06", "l'été", "http://example.org", "", "0012"]


def test_what_is_there_is_told_with_the_way_out(tmp_path):
    there = tmp_path / "plan.docx"
    there.write_text("filled in")
    assert len(form_faults(there)) == 2
    assert misnamed(there) == ["ends in '.docx'; a form ends in .csv or .xlsx"]
    assert taken(there)[0].endswith("name another file: it is never replaced")
    assert taken(there, replaced="ask")[0].endswith("name another file, or ask")
    assert misnamed("form") == ["has no ending; a form ends in .csv or .xlsx"]


def test_a_workbook_holds_texts_alone(needs_extra, tmp_path):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    frame = pd.DataFrame({"text": CELLS, "n": list("abcdefghi")})
    for name in ("a.xlsx", "b.xlsx"):
        write_sheets({"form": frame, "how to": frame.head(0)}, tmp_path / name)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    read = read_table(tmp_path / "a.xlsx")
    assert [list(read), *read.to_numpy().tolist()] == [list(frame), *frame.to_numpy().tolist()]
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
        styles = archive.read("xl/styles.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    assert b'numFmtId="49"' in styles  # what is typed stays text


def test_a_text_that_no_cell_can_hold_is_refused_not_cut(needs_extra, tmp_path):
    needs_extra("xlsxwriter")
    path = tmp_path / "a.xlsx"
    write_sheets({"form": pd.DataFrame({"text": ["a" * LONGEST]})}, path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="longer than the 32,767 letters"):
        write_sheets({"form": pd.DataFrame({"text": ["a" * (LONGEST + 1)]})}, path)
    assert path.read_bytes() == before
