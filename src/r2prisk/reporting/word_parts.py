"""What every file for Word needs beside python-docx: elements, rows, fields, the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Mapping
from typing import Any

ACCENT, INK, QUIET = "16536A", "222222", "444444"
"""Colours of headings, text and notes."""

FONT = "Calibri"

MADE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The same document makes the same bytes, whenever it is written."""

SIDES = ("top", "left", "bottom", "right")

Style = tuple[float, bool, str, float, float]
"""Points, weight and colour, and the points before and after a paragraph."""


def element(name: str, **attributes: str) -> Any:
    """Return an element of WordprocessingML."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Any = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def set_page(made: Any, *, width: float, top: float, bottom: float) -> Any:
    """Make the paper A4 with so many millimetres between and above its margins; return it."""
    from docx.shared import Mm

    paper = made.sections[0]
    paper.page_width, paper.page_height = Mm(210), Mm(297)
    paper.left_margin = paper.right_margin = Mm((210 - width) / 2)
    paper.top_margin, paper.bottom_margin = Mm(top), Mm(bottom)
    return paper


def set_properties(made: Any, title: str, language: str) -> None:
    """Say what it is, and nothing of who wrote it when."""
    about = made.core_properties
    about.title, about.language = title, language
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = MADE


def set_styles(made: Any, styles: Mapping[str, Style], *, spacing: float, locale: str) -> None:
    """Make the styles of the template those of the house."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    for name, (size, bold, colour, before, after) in styles.items():
        style = made.styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        own = style.element.get_or_add_rPr()
        fonts = own.get_or_add_rFonts()
        fonts.attrib.clear()
        for key in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{key}"), FONT)
        letters = own.find(qn("w:spacing"))
        if letters is not None:
            own.remove(letters)
        form = style.paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), spacing
    for lang in made.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), locale)


def tab_right(paragraph: Any, at: float) -> None:
    """Set a stop, so many millimetres from the margin, before which text ends."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Mm

    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(at), WD_TAB_ALIGNMENT.RIGHT)


def add_field(paragraph: Any, code: str, text: str) -> Any:
    """Add a number that Word fills in, where others show the text; return its run."""
    run = paragraph.add_run()
    told = element("instrText")
    told.text = code
    run._r.append(element("fldChar", fldCharType="begin"))
    run._r.append(told)
    run._r.append(element("fldChar", fldCharType="separate"))
    run.add_text(text)
    run._r.append(element("fldChar", fldCharType="end"))
    return run


def never_split(row: Any, *, head: bool) -> None:
    """Keep a row on one page; the first stands again on every page that its table runs on to."""
    rules = row._tr.get_or_add_trPr()
    rules.append(element("cantSplit"))
    if head:
        rules.append(element("tblHeader"))


def framed(cell: Any, line: str, size: int, colour: str) -> None:
    """Draw a line around a cell, of so many eighths of a point."""
    borders = element("tcBorders")
    for side in SIDES:
        borders.append(element(side, val=line, sz=str(size), space="0", color=colour))
    cell._tc.get_or_add_tcPr().append(borders)


def hairlines(colour: str) -> Any:
    """Return the lines of a table: a hairline under every row."""
    borders = element("tblBorders")
    for side in ("bottom", "insideH"):
        borders.append(element(side, val="single", sz="4", space="0", color=colour))
    return borders


def room_beside(width: int) -> Any:
    """Return the room that the cells of a table have at both sides, in twentieths of a point."""
    room = element("tblCellMar")
    for side in ("left", "right"):
        room.append(element(side, w=str(width), type="dxa"))
    return room


def columns(made: Any, widths: list[float]) -> Any:
    """Return a table without rows, whose columns have so many millimetres."""
    from docx.shared import Mm

    table = made.add_table(rows=0, cols=len(widths))
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    return table


def as_bytes(made: Any) -> bytes:
    """Return a document as a file: without the template's picture, with one date for all parts."""
    package = made.part.package
    for key in [k for k, part in package.rels.items() if part.reltype.endswith("/thumbnail")]:
        del package.rels[key]
    saved, held = io.BytesIO(), io.BytesIO()
    made.save(saved)
    with (
        zipfile.ZipFile(saved) as old,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return held.getvalue()
