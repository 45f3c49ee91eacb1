"""A brief as a Word document, with styles, tables and pictures of its own kind."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

from r2prisk.errors import MissingExtraError
from r2prisk.reporting.brief.content import Block, Content, Paragraph, Picture, Section, Table
from r2prisk.reporting.brief.pictures import as_png
from r2prisk.reporting.word_parts import (
    ACCENT,
    INK,
    QUIET,
    Style,
    add_field,
    as_bytes,
    columns,
    element,
    framed,
    hairlines,
    never_split,
    room_beside,
    set_page,
    set_properties,
    set_styles,
    tab_right,
)

if TYPE_CHECKING:
    from docx.document import Document

ALARM = "8A1C12"
"""Colour of marks."""

LOCALES = {"en": "en-GB", "fr": "fr-FR", "es": "es-ES"}

WIDTH = 186.0
"""Millimetres between the margins of an A4 page."""

STYLES: dict[str, tuple[float, bool, str]] = {
    "lead": (10, True, INK),
    "text": (9, False, INK),
    "note": (7.5, False, QUIET),
    "cell": (8.5, False, INK),
}
"""Points, weight and colour of the kinds of text."""

DRAWN = 118.0
"""Millimetres across a picture."""


def as_docx(content: Content) -> bytes:
    """Return a brief as the bytes of a Word document.

    Parameters
    ----------
    content : Content
        What it says.

    Returns
    -------
    bytes
        Two A4 pages, or three; no name of a person, a company or a file in any part of it.

    Raises
    ------
    MissingExtraError
        If python-docx or the drawing libraries are not installed.
    """
    try:
        import docx
    except ImportError:
        raise MissingExtraError("A brief in Word", "report") from None
    document = docx.Document()
    _prepare(document, content)
    document.add_paragraph(content.title, style="Title")
    document.add_paragraph(content.under, style="Subtitle")
    for sections in (content.front, content.back, content.beyond):
        for n, section in enumerate(sections):
            after = sections[n + 1] if n + 1 < len(sections) else None
            if not section.beside:
                first = n == 0 and sections is not content.front
                _section(document, section, after, broken=first)
    return as_bytes(document)


def _prepare(document: Document, content: Content) -> None:
    """Set paper, styles, language and properties, and what each page has at top and bottom."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    paper = set_page(document, width=WIDTH, top=15 if content.mark else 11, bottom=13)
    paper.header_distance, paper.footer_distance = Mm(6), Mm(6)
    _styles(document, content)
    set_properties(document, content.title, content.language)
    document.core_properties.subject = content.under
    if content.mark:
        top = paper.header.paragraphs[0]
        top.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _marked(top.add_run(content.mark))
    foot = paper.footer.paragraphs[0]
    footer: Any = document.styles["Footer"]
    footer.paragraph_format.tab_stops.clear_all()
    tab_right(foot, WIDTH)
    _small(foot.add_run(f"{content.title}    "))
    _marked(foot.add_run(content.mark))
    before, between, after = re.split("[0-9]", content.pages[0])
    _small(foot.add_run(f"\t{before}"))
    _small(add_field(foot, "PAGE", "1"))
    _small(foot.add_run(between))
    _small(add_field(foot, "NUMPAGES", str(len(content.pages))))
    _small(foot.add_run(after))


def _styles(document: Document, content: Content) -> None:
    """Make the styles of the template those of the brief."""
    from docx.oxml.ns import qn

    named: dict[str, Style] = {
        "Normal": (*STYLES["text"], 0, 2),
        "Title": (18, True, ACCENT, 0, 0),
        "Subtitle": (10.5, False, QUIET, 0, 3),
        "Heading 1": (11, True, ACCENT, 5, 1),
        "Header": (9, True, ALARM, 0, 0),
        "Footer": (7.5, False, QUIET, 0, 0),
    }
    set_styles(document, named, spacing=1.0, locale=LOCALES[content.language])
    title = document.styles["Title"].element
    border = title.pPr.find(qn("w:pBdr"))
    if border is not None:
        title.pPr.remove(border)


def _section(document: Document, section: Section, after: Section | None, *, broken: bool) -> None:
    """Add a heading and what stands under it; beside its picture the next, if it goes there."""
    title = document.add_paragraph(section.title, style="Heading 1")
    title.paragraph_format.page_break_before = broken
    for block in section.blocks:
        _block(document, block, after if after and after.beside else None)


def _block(document: Document, block: Block, after: Section | None) -> None:
    if isinstance(block, Paragraph):
        _written(document.add_paragraph(), block.text, block.kind)
    elif isinstance(block, Table):
        _table(document, block)
    else:
        _picture(document, block, after)


def _written(paragraph: Any, text: str, kind: str) -> None:
    from docx.shared import Pt, RGBColor

    size, bold, colour = STYLES[kind]
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(colour)


def _small(run: Any) -> None:
    from docx.shared import Pt, RGBColor

    run.font.size, run.font.color.rgb = Pt(7.5), RGBColor.from_string(QUIET)
    run.font.bold = False


def _marked(run: Any) -> None:
    from docx.shared import RGBColor

    run.font.bold, run.font.color.rgb = True, RGBColor.from_string(ALARM)


def _table(document: Document, table: Table) -> None:
    """Add a table whose first row stands again on every page that it runs on to."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    made = _laid_out(document, [WIDTH * width for width in table.widths])
    made._tbl.tblPr.append(hairlines("BBBBBB"))
    for n, cells in enumerate((table.head, *table.rows)):
        row = made.add_row()
        never_split(row, head=n == 0)
        last = table.total and n == len(table.rows)
        for c, (text, cell) in enumerate(zip(cells, row.cells, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if c >= table.words:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _written(paragraph, text, "cell")
            paragraph.runs[0].font.bold = n == 0 or last
            if n and table.unknown(text):
                framed(cell, "dashed", 6, "767676")
    _gap(document)


def _laid_out(document: Document, widths: list[float]) -> Any:
    """Return a table without rows; its columns have so many millimetres, and little room inside."""
    made = columns(document, widths)
    made._tbl.tblPr.append(room_beside(45))
    made._tbl.tblPr.append(element("tblInd", w="0", type="dxa"))
    return made


def _gap(document: Document) -> None:
    """Add the little room that keeps a table from what follows."""
    from docx.shared import Pt

    after = document.add_paragraph()
    after.paragraph_format.space_after = Pt(0)
    after.paragraph_format.line_spacing = Pt(3)


def _picture(document: Document, block: Picture, after: Section | None) -> None:
    """Add a picture with its description, and beside it what is said of it and what comes next."""
    from docx.shared import Mm, Pt

    made = _laid_out(document, [DRAWN + 3.0, WIDTH - DRAWN - 3.0])
    row = made.add_row()
    never_split(row, head=False)
    left, right = row.cells
    drawn = left.paragraphs[0]
    drawn.paragraph_format.space_after = Pt(0)
    shape = drawn.add_run().add_picture(io.BytesIO(as_png(block)), width=Mm(DRAWN))
    for n, paragraph in enumerate(block.beside):
        into = right.add_paragraph() if n else right.paragraphs[0]
        _written(into, paragraph.text, paragraph.kind)
    if after is not None:
        right.add_paragraph(after.title, style="Heading 1")
        for told in (b for b in after.blocks if isinstance(b, Paragraph)):
            _written(right.add_paragraph(), told.text, told.kind)
    for side in ("distT", "distB", "distL", "distR"):  # where there is none, some add their own
        shape._inline.set(side, "0")
    about = shape._inline.docPr
    about.set("name", block.figure.name)
    about.set("title", block.figure.title)
    about.set("descr", block.figure.alt)
    _gap(document)
