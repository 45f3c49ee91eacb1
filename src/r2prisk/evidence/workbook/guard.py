"""Open a workbook with care: what it is, how large it is, and what calamine does not tell of it."""

from __future__ import annotations

import dataclasses
import html
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from r2prisk.errors import InputError
from r2prisk.evidence.words import plain_word
from r2prisk.evidence.workbook.layout import MARK
from r2prisk.evidence.workbook.words import keys_in

LARGEST = 64 * 1024 * 1024
"""Bytes that a workbook may have, as a file and unpacked."""

OF_A_FORM = 4
"""Sheets with the names of a form's that make a workbook one; another has none or few."""

MEMBERS = 500
"""Files that a workbook may hold inside."""

CELLS = 3_000_000
"""Cells that the used area of a sheet may span."""

_BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError)
"""What a damaged zip raises; the names are many."""

_ENDINGS = {
    ".xlsm": "may hold macros; save it as 'Excel workbook (.xlsx)'",
    ".xls": "is an old workbook; save it as 'Excel workbook (.xlsx)'",
    ".ods": "is an OpenDocument sheet; save it as 'Excel workbook (.xlsx)'",
    ".csv": "is no form; read it with read_evidence, or fill in the form",
}
_NS = rb"(?:\w+:)?"
_CELL = re.compile(rb"<" + _NS + rb"c\b([^>]*)>")
_CELL_END = re.compile(rb"</" + _NS + rb"c>")
_ROW = re.compile(rb"<" + _NS + rb"row\b([^>]*)>")
_AT = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_FORMULA = re.compile(rb"<" + _NS + rb"f\b")
_RESULT = re.compile(rb"<" + _NS + rb"v\b")
_NUMBER = re.compile(rb'\br="([0-9]{1,7})"')


@dataclasses.dataclass(frozen=True)
class Traces:
    """What the reader of workbooks does not tell of a sheet; cells by row and column from 0."""

    hidden: frozenset[int] = frozenset()
    formulas: frozenset[tuple[int, int]] = frozenset()
    unsolved: frozenset[tuple[int, int]] = frozenset()
    errors: frozenset[tuple[int, int]] = frozenset()


@dataclasses.dataclass(frozen=True)
class Opened:
    """A workbook that is what it says: its bytes, its mark, and the traces of its sheets."""

    content: bytes
    mark: str
    traces: dict[str, Traces]


def open_guarded(path: Path) -> Opened:
    """Return a workbook that holds no macro, no link to other files and no trick.

    Raises
    ------
    InputError
        If the file is missing, no ``.xlsx``, protected by a password, cut off or too large, or
        holds macros, links to other files or a document type.
    """
    ending = path.suffix.lower()
    if ending != ".xlsx":
        what = _ENDINGS.get(ending, f"ends in '{ending}'; a form ends in '.xlsx'")
        raise InputError(path.name, [what])
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(path.name, [_too_large(size)])
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except (OSError, ValueError) as error:
        raise InputError(repr(str(path)), [f"cannot be read: {error}"]) from None
    if not content:
        raise InputError(path.name, ["is empty"])
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        problem = "is protected by a password, or an old .xls: take the password off, save as .xlsx"
        raise InputError(path.name, [problem])
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check(path.name, archive)
            return Opened(content, _mark(archive), _traces(path.name, archive))
    except _BROKEN as error:
        raise InputError(path.name, [f"is not a whole workbook: {error}"]) from None


def _too_large(size: int) -> str:
    return f"has {size / 2**20:,.0f} MB; a form has at most {LARGEST / 2**20:.0f} MB"


def _check(name: str, archive: zipfile.ZipFile) -> None:
    """Refuse what a form never holds, by the list of members, before any is unpacked."""
    infos = archive.infolist()
    size = sum(info.file_size for info in infos)
    if size > LARGEST:
        raise InputError(name, [f"unpacked, it {_too_large(size)}"])
    if len(infos) > MEMBERS:
        raise InputError(name, [f"holds {len(infos):,} files inside; a form at most {MEMBERS}"])
    names = [info.filename for info in infos]
    problems: list[str] = []
    if len(set(names)) < len(names):
        problems.append("holds two files of one name inside: no spreadsheet program writes that")
    if any("vbaproject" in member.lower() for member in names):
        problems.append("holds macros; save it as 'Excel workbook (.xlsx)' without them")
    if any(member.lower().startswith("xl/externallinks/") for member in names):
        problems.append("holds links to other files; break them (Data, Edit links) and save again")
    if "xl/workbook.xml" not in names:
        problems.append("is a zip archive, but not an Excel workbook")
    for member in names:
        if member.endswith((".xml", ".rels")):
            text = archive.read(member)
            if not text.lstrip().startswith((b"<", b"\xef\xbb\xbf")) or b"\x00" in text[:200]:
                problems.append(f"'{member}' inside is not UTF-8 text")
            elif re.search(rb"<!(DOCTYPE|ENTITY)", text, re.IGNORECASE):
                problems.append(f"'{member}' inside declares a document type: that can be a trick")
    if problems:
        raise InputError(name, problems)


def _mark(archive: zipfile.ZipFile) -> str:
    """Return the document property that names version and language, or an empty text."""
    if "docProps/custom.xml" not in archive.namelist():
        return ""
    text = archive.read("docProps/custom.xml").decode("utf-8", "replace")
    found = re.search(rf'name="{MARK}"[^>]*>\s*<vt:\w+>([^<]*)<', text)
    return found[1].strip() if found else ""


def _traces(name: str, archive: zipfile.ZipFile) -> dict[str, Traces]:
    """Return the traces of each sheet by its name."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    members = set(archive.namelist())
    links = "xl/_rels/workbook.xml.rels"
    rels = archive.read(links).decode("utf-8", "replace") if links in members else ""
    targets: dict[str, str] = {}
    for tag in re.findall(r"<(?:\w+:)?Relationship\b[^>]*>", rels):
        pair = [re.search(rf'\b{key}="([^"]*)"', tag) for key in ("Id", "Target")]
        if pair[0] and pair[1]:
            targets[pair[0][1]] = pair[1][1]
    traces: dict[str, Traces] = {}
    for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book):
        called = re.search(r'\bname="([^"]*)"', tag)
        link = re.search(r'\b\w+:id="([^"]*)"', tag)
        if called and link and link[1] in targets:
            target = targets[link[1]]
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if member in members:
                sheet = html.unescape(called[1])
                traces[sheet] = _traced(name, sheet, archive.read(member))
    return traces


def _traced(name: str, sheet: str, text: bytes) -> Traces:
    """Return hidden rows, formulas and error values of one sheet.

    Raises
    ------
    InputError
        If the used area is too large to unfold: one stray cell at the far end is enough for that.
    """
    hidden = {
        int(number[1]) - 1
        for row in _ROW.findall(text)
        if _HIDDEN.search(row)
        for number in [_NUMBER.search(row)]
        if number
    }
    formulas: set[tuple[int, int]] = set()
    unsolved: set[tuple[int, int]] = set()
    errors: set[tuple[int, int]] = set()
    most = [0, 0]
    for head, inner in _cells(text):
        at = _AT.search(head)
        if not at or not inner:
            continue
        row, column = int(at[2]) - 1, _column(at[1])
        most = [max(most[0], row + 1), max(most[1], column + 1)]
        if _FORMULA.search(inner):
            formulas.add((row, column))
            if not _RESULT.search(inner):
                unsolved.add((row, column))
        if b't="e"' in head:
            errors.add((row, column))
    if most[0] * most[1] > CELLS:
        found = f"spans {most[0]:,} rows and {most[1]:,} columns"
        problem = f"sheet '{sheet}' {found}; delete what stands far below or to the right"
        raise InputError(name, [problem])
    return Traces(*(frozenset(found) for found in (hidden, formulas, unsolved, errors)))  # pyright: ignore[reportArgumentType]


def _cells(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the head and the content of each cell, looking no further than to the next one."""
    heads = list(_CELL.finditer(text))
    for head, after in itertools.zip_longest(heads, heads[1:]):
        end = after.start() if after else len(text)
        if not head[1].endswith(b"/"):
            close = _CELL_END.search(text, head.end(), end)
            yield head[1], text[head.end() : close.start() if close else end]


def _column(letters: bytes) -> int:
    at = 0
    for letter in letters:
        at = at * 26 + letter - 64
    return at - 1


def is_form(path: Path) -> bool:
    """Say whether a file is a form that ``write_template`` wrote.

    Examples
    --------
    >>> is_form(Path("evidence.csv"))
    False
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            # programs that take personal data out of a file take its properties too
            return bool(_mark(archive)) or len(_form_sheets(archive)) >= OF_A_FORM
    except (*_BROKEN, KeyError):
        return False  # whoever reads it says what is wrong with it


def _form_sheets(archive: zipfile.ZipFile) -> set[str]:
    """Return which sheets of a form a workbook has, by their names in any language."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    names = [
        plain_word(html.unescape(name))
        for name in re.findall(r'<(?:\w+:)?sheet\b[^>]*?\bname="([^"]*)"', book)
    ]
    known = keys_in("sheets")
    return {known[name] for name in names if name in known}
