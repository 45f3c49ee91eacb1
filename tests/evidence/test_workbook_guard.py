"""Files that are no form, or more than one: refused before anything in them is unfolded."""

import io
import struct
import sys
import zipfile

import pytest

from r2prisk import InputError
from r2prisk.errors import MissingExtraError
from r2prisk.evidence.workbook import guard, read_workbook, write_template
from r2prisk.evidence.workbook.guard import _cells

pytestmark = pytest.mark.usefixtures("excel")


@pytest.fixture
def excel(needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")


@pytest.fixture(scope="module")
def form(tmp_path_factory):
    pytest.importorskip("xlsxwriter")
    path = tmp_path_factory.mktemp("forms") / "form.xlsx"
    write_template(path, ["KEN"], coders=["Ana"])
    return path.read_bytes()


def refused(tmp_path, content, name="form.xlsx"):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_workbook(path)
    return "; ".join(caught.value.problems)


def rebuilt(form, edit=None, extra=None, repeat=()):
    """Return a workbook with members changed (name: function) and added (name: bytes)."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(form)) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, (edit or {}).get(name, lambda c: c)(content))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("form.xls", "is an old workbook"),
        ("form.ods", "is an OpenDocument sheet"),
        ("form.csv", "is no form; read it with read_evidence"),
        ("form.xlsm", "may hold macros"),
        ("form.docx", "ends in '.docx'; a form ends in '.xlsx'"),
    ],
)
def test_other_kinds_of_file_are_named(form, tmp_path, name, said):
    assert refused(tmp_path, form, name).startswith(said)


def test_a_file_that_is_not_there_or_empty_or_locked(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_workbook(tmp_path / "none.xlsx")
    assert refused(tmp_path, b"") == "is empty"
    assert "protected by a password" in refused(
        tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600
    )


@pytest.mark.parametrize("share", [0.001, 0.3, 0.7, 0.999])
def test_a_file_that_was_cut_off(form, tmp_path, share):
    assert "is not a whole workbook" in refused(tmp_path, form[: int(len(form) * share)])


def test_a_damaged_member_is_not_read(form, tmp_path):
    at = form.index(b"PK\x03\x04", 40_000) + 90
    assert "is not a whole workbook" in refused(
        tmp_path, form[:at] + b"\xff" * 40 + form[at + 40 :]
    )


@pytest.mark.parametrize(
    ("member", "said"),
    [
        ("xl/vbaProject.bin", "holds macros"),
        ("xl/externalLinks/externalLink1.xml", "holds links to other files"),
    ],
)
def test_macros_and_links_to_other_files_are_refused(form, tmp_path, member, said):
    assert refused(tmp_path, rebuilt(form, extra={member: b"<x/>"})).startswith(said)


def test_what_unpacks_to_too_much_is_refused_unread(form, tmp_path):
    target = io.BytesIO(form)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/pad.bin", b"\x00" * (guard.LARGEST + 1))
    assert len(target.getvalue()) < 400_000
    assert refused(tmp_path, target.getvalue()).startswith("unpacked, it has ")


def test_a_size_that_the_list_of_members_hides_is_found(form, tmp_path):
    target = io.BytesIO(form)
    with zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/pad.xml", b"<" + b"a" * 100_000)
    content = target.getvalue()
    for size in (struct.pack("<I", 100_001),):
        content = content.replace(size, struct.pack("<I", 5))
    assert "is not a whole workbook" in refused(tmp_path, content)


def test_padding_makes_a_file_too_large(form, tmp_path):
    path = tmp_path / "form.xlsx"
    path.write_bytes(form)
    with path.open("r+b") as file:
        file.truncate(guard.LARGEST + 1)
    with pytest.raises(InputError, match="has 64 MB; a form has at most 64 MB"):
        read_workbook(path)


def test_too_many_members_are_refused(form, tmp_path):
    many = {f"xl/media/{n}": b"" for n in range(guard.MEMBERS)}
    assert "files inside" in refused(tmp_path, rebuilt(form, extra=many))


def test_tricks_with_entities_are_refused(form, tmp_path):
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    edit = {"xl/sharedStrings.xml": lambda c: c.replace(b"<sst", bomb + b"<sst", 1)}
    assert "declares a document type" in refused(tmp_path, rebuilt(form, edit))
    wide = {"xl/sharedStrings.xml": lambda c: c.decode().encode("utf-16")}
    assert "is not UTF-8 text" in refused(tmp_path, rebuilt(form, wide))


def test_one_stray_cell_at_the_far_end_is_refused_and_not_unfolded(form, tmp_path):
    row = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    edit = {"xl/worksheets/sheet2.xml": lambda c: c.replace(b"</sheetData>", row)}
    said = refused(tmp_path, rebuilt(form, edit))
    assert said.startswith("sheet 'Common factors 1-4' spans 1,048,576 rows and 16,384 columns")


def test_another_workbook_is_no_form(tmp_path):
    import xlsxwriter

    path = tmp_path / "other.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        book.add_worksheet("Budget")
    with pytest.raises(InputError, match="is no form: its sheets are Budget"):
        read_workbook(path)


def test_damage_anywhere_gives_an_error_of_ours_or_none(form, tmp_path):
    path = tmp_path / "form.xlsx"
    for at in range(200, len(form), len(form) // 25):
        path.write_bytes(form[:at] + bytes([form[at] ^ 0x55]) + form[at + 1 :])
        with pytest.raises(InputError):  # a form that is whole after all has nothing entered
            read_workbook(path)


@pytest.mark.parametrize("module", ["xlsxwriter", "python_calamine"])
def test_a_missing_library_is_named_by_its_extra(form, tmp_path, monkeypatch, module):
    path = tmp_path / "form.xlsx"
    path.write_bytes(form)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"r2prisk\[excel\]"):
        write_template(path, ["KEN"]) if module == "xlsxwriter" else read_workbook(path)
    assert path.read_bytes() == form


def test_cells_that_never_close_cost_little():
    text = b"<row>" + b'<c r="A1" t="s">' * 200_000
    assert sum(1 for _ in _cells(text)) == 200_000
    assert list(_cells(b'<c r="A1"/><c r="B1"><v>1</v></c><x:c r="C1">2</x:c>')) == [
        (b' r="B1"', b"<v>1</v>"),
        (b' r="C1"', b"2"),
    ]
