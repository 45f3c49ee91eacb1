"""A brief as a Word document, with styles, tables and pictures of its own kind."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from typing import TYPE_CHECKING, Any

from r2prisk.errors import MissingExtraError
from r2prisk.reporting.brief.content import Block, Content, Paragraph, Picture, Section, Table
from r2prisk.reporting.brief.pictures import as_png

if TYPE_CHECKING:
    from docx.document import Document

ACCENT, INK, QUIET, ALARM = "16536A", "222222", "444444", "8A1C12"
"""Colours of headings, text, notes and marks."""

FONT = "Calibri"

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

MADE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
"""The same brief makes the same bytes, whenever it is written."""


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
    _undo_template(document)
    held = io.BytesIO()
    document.save(held)
    return _settled(held.getvalue())


def _prepare(document: Document, content: Content) -> None:
    """Set paper, styles, language and properties, and what each page has at top and bottom."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    paper = document.sections[0]
    paper.page_width, paper.page_height = Mm(210), Mm(297)
    paper.left_margin = paper.right_margin = Mm((210 - WIDTH) / 2)
    paper.top_margin, paper.bottom_margin = Mm(15 if content.mark else 11), Mm(13)
    paper.header_distance, paper.footer_distance = Mm(6), Mm(6)
    _styles(document, content)
    about = document.core_properties
    about.title, about.subject, about.language = content.title, content.under, content.language
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = MADE
    if content.mark:
        top = paper.header.paragraphs[0]
        top.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _marked(top.add_run(content.mark))
    foot = paper.footer.paragraphs[0]
    footer: Any = document.styles["Footer"]
    footer.paragraph_format.tab_stops.clear_all()
    _tab(foot, Mm(WIDTH))
    _small(foot.add_run(f"{content.title}    "))
    _marked(foot.add_run(content.mark))
    before, between, after = re.split("[0-9]", content.pages[0])
    _small(foot.add_run(f"\t{before}"))
    _field(foot, "PAGE", "1")
    _small(foot.add_run(between))
    _field(foot, "NUMPAGES", str(len(content.pages)))
    _small(foot.add_run(after))


def _styles(document: Document, content: Content) -> None:
    """Make the styles of the template those of the brief."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    named: dict[str, tuple[float, bool, str, float, float]] = {
        "Normal": (*STYLES["text"], 0, 2),
        "Title": (18, True, ACCENT, 0, 0),
        "Subtitle": (10.5, False, QUIET, 0, 3),
        "Heading 1": (11, True, ACCENT, 5, 1),
        "Header": (9, True, ALARM, 0, 0),
        "Footer": (7.5, False, QUIET, 0, 0),
    }
    for name, (size, bold, colour, before, after) in named.items():
        style: Any = document.styles[name]
        style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
        style.font.color.rgb = RGBColor.from_string(colour)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for key in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{key}"), FONT)
        spacing = style.element.get_or_add_rPr().find(qn("w:spacing"))
        if spacing is not None:
            style.element.rPr.remove(spacing)
        form = style.paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.0
    title = document.styles["Title"].element
    border = title.pPr.find(qn("w:pBdr"))
    if border is not None:
        title.pPr.remove(border)
    for lang in document.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), LOCALES[content.language])


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
    _ruled(made)
    for n, cells in enumerate((table.head, *table.rows)):
        row = made.add_row()
        _never_split(row, head=n == 0)
        last = table.total and n == len(table.rows)
        for c, (text, cell) in enumerate(zip(cells, row.cells, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            if c >= table.words:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            _written(paragraph, text, "cell")
            paragraph.runs[0].font.bold = n == 0 or last
            if n and table.unknown(text):
                _dashed(cell)
    _gap(document)


def _laid_out(document: Document, widths: list[float]) -> Any:
    """Return a table without rows; its columns have so many millimetres, and little room inside."""
    from docx.shared import Mm

    made: Any = document.add_table(rows=0, cols=len(widths))
    made.autofit = False
    for column, width in zip(made.columns, widths, strict=True):
        column.width = Mm(width)
    room = _element("tblCellMar")
    for side in ("left", "right"):
        room.append(_element(side, w="45", type="dxa"))
    made._tbl.tblPr.append(room)
    made._tbl.tblPr.append(_element("tblInd", w="0", type="dxa"))
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
    _never_split(row, head=False)
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


def _element(name: str, **attributes: str) -> Any:
    """Return an element of WordprocessingML."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made: Any = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def _ruled(table: Any) -> None:
    """Draw a hairline under every row, and leave the text where the margin is."""
    borders = _element("tblBorders")
    for side in ("bottom", "insideH"):
        borders.append(_element(side, val="single", sz="4", space="0", color="BBBBBB"))
    table._tbl.tblPr.append(borders)


def _never_split(row: Any, *, head: bool) -> None:
    rules = row._tr.get_or_add_trPr()
    rules.append(_element("cantSplit"))
    if head:
        rules.append(_element("tblHeader"))


def _dashed(cell: Any) -> None:
    """Draw a dashed line around what is unknown."""
    borders = _element("tcBorders")
    for side in ("top", "left", "bottom", "right"):
        borders.append(_element(side, val="dashed", sz="6", space="0", color="767676"))
    cell._tc.get_or_add_tcPr().append(borders)


def _tab(paragraph: Any, at: Any) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT

    paragraph.paragraph_format.tab_stops.add_tab_stop(at, WD_TAB_ALIGNMENT.RIGHT)


def _field(paragraph: Any, code: str, text: str) -> None:
    """Add a number that Word fills in; the text is what others show."""
    run = paragraph.add_run()
    _small(run)
    told = _element("instrText")
    told.text = code
    run._r.append(_element("fldChar", fldCharType="begin"))
    run._r.append(told)
    run._r.append(_element("fldChar", fldCharType="separate"))
    run.add_text(text)
    run._r.append(_element("fldChar", fldCharType="end"))


def _undo_template(document: Document) -> None:
    """Take out the picture of another document that the template brings."""
    package: Any = document.part.package
    for key in [k for k, part in package.rels.items() if part.reltype.endswith("/thumbnail")]:
        del package.rels[key]


def _settled(made: bytes) -> bytes:
    """Return the same parts with one date for all."""
    held = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(made)) as old,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return held.getvalue()
