"""A document for Word: real headings and tables, boxes to write in, the same bytes every time."""

from __future__ import annotations

import re
from typing import Any

from r2prisk.about import CAUTION
from r2prisk.errors import MissingExtraError
from r2prisk.prevention.document import Blank, Document, Grid, one_line
from r2prisk.reporting.documents import UNKNOWN, to_the_right
from r2prisk.reporting.word_parts import (
    ACCENT,
    INK,
    QUIET,
    SIDES,
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

OPEN, EDGE = "EEF4F7", "7F9CAA"
"""The ground and the edge of what a person has to fill in."""

WIDTH = 178.0
"""Millimetres between the margins of an A4 page."""

ROOM, ROW = 14.0, 8.0
"""Millimetres down a box to write in, and down a row of a table with an empty cell."""

_RANGE = re.compile(r"(?<=[\d%]) to (?=[-\u2212]?\d)")
"""The middle of a range, which stays on one line with its ends."""

STYLES: dict[str, Style] = {
    "Normal": (10, False, INK, 0, 4),
    "Title": (19, True, ACCENT, 0, 6),
    "Subtitle": (10, False, QUIET, 0, 4),
    "Heading 1": (13, True, ACCENT, 12, 4),
    "Footer": (8, False, QUIET, 0, 0),
}
"""Points, weight and colour of the styles, and the points before and after their paragraphs."""


def as_docx(document: Document) -> bytes:
    """Return a document as the bytes of a Word file.

    Parameters
    ----------
    document : Document
        What it says.

    Returns
    -------
    bytes
        A4 pages; no name of a person, a company or a file but those that the document says.

    Raises
    ------
    MissingExtraError
        If python-docx is not installed.
    """
    try:
        import docx
    except ImportError:
        raise MissingExtraError("A document for Word", "report") from None
    made: Any = docx.Document()
    _prepare(made, one_line(document.title))
    made.add_paragraph(one_line(document.title), style="Title")
    for told in document.lead:
        made.add_paragraph(one_line(told), style="Subtitle")
    for part in document.parts:
        made.add_paragraph(one_line(part.title), style="Heading 1")
        for block, after in zip(part.blocks, (*part.blocks[1:], None), strict=True):
            _block(made, block, before_table=isinstance(after, Grid))
    _caution(made)
    return as_bytes(made)


def _prepare(made: Any, title: str) -> None:
    """Set paper, styles and properties, and the foot of each page."""
    from docx.shared import Mm

    paper = set_page(made, width=WIDTH, top=16, bottom=16)
    paper.footer_distance = Mm(8)
    set_styles(made, STYLES, spacing=1.1, locale="en-GB")
    set_properties(made, title[:255], "en")
    footer = made.styles["Footer"]
    footer.paragraph_format.tab_stops.clear_all()
    tab_right(footer, WIDTH)
    foot = paper.footer.paragraphs[0]
    foot.add_run(f"{title}\t")
    add_field(foot, "PAGE", "1")


def _block(made: Any, block: str | Grid | Blank, *, before_table: bool) -> None:
    if isinstance(block, str):
        told = made.add_paragraph(_told(block))
        told.paragraph_format.keep_with_next = before_table
    elif isinstance(block, Blank):
        _blank(made, block)
    else:
        _grid(made, block)


def _told(text: str) -> str:
    """Return a text on one line, in which the ends of a range are never parted."""
    return _RANGE.sub("\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}", one_line(text))


def _blank(made: Any, blank: Blank) -> None:
    """Add what is asked, and below it a box to write in."""
    from docx.shared import Mm, Pt, RGBColor

    asked = made.add_paragraph()
    asked.paragraph_format.keep_with_next = True
    asked.paragraph_format.space_after = Pt(2)
    asked.add_run(one_line(blank.label)).bold = True
    if blank.hint:
        hint = asked.add_run(f"  {one_line(blank.hint)}")
        hint.font.size, hint.font.color.rgb = Pt(9), RGBColor.from_string(QUIET)
    table = _table(made, [WIDTH])
    row = table.add_row()
    row.height = Mm(ROOM)
    _shaded(row.cells[0])
    _gap(made)


def _grid(made: Any, grid: Grid) -> None:
    """Add a table whose first row stands again on every page that it runs on to."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm, Pt

    table = _table(made, _widths(grid))
    right = to_the_right(grid)
    for n, texts in enumerate((grid.head, *grid.rows)):
        row = table.add_row()
        never_split(row, head=n == 0)
        if n and not all(text.strip() for text in texts):
            row.height = Mm(ROW)
        for text, cell, side in zip(texts, row.cells, right, strict=True):
            told, unknown = _told(text), n > 0 and text.strip() == UNKNOWN
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            paragraph.paragraph_format.keep_with_next = n == 0 and bool(grid.rows)
            if side:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            run = paragraph.add_run("\N{NO-BREAK SPACE}?\N{NO-BREAK SPACE}" if unknown else told)
            run.font.size, run.font.bold = Pt(9), n == 0
            if unknown:
                _dashed(run)
            if n and not told:
                _shaded(cell)
    _gap(made)


def _widths(grid: Grid) -> list[float]:
    """Return the millimetres of columns: more for longer texts, for none less than its words."""
    least, wanted = [], []
    for at, name in enumerate(grid.head):
        texts = [_told(text) for text in (name, *(row[at] for row in grid.rows))]
        words = [len(word) for text in texts for word in text.split(" ")]
        least.append(5.0 + 1.8 * min(max(words, default=4), 18))
        wanted.append(min(max(map(len, texts)), 90) ** 0.75)
    spare = max(WIDTH - sum(least), 0.0)
    widths = [a + spare * b / sum(wanted) for a, b in zip(least, wanted, strict=True)]
    return [WIDTH * width / sum(widths) for width in widths]


def _table(made: Any, widths: list[float]) -> Any:
    """Return a table without rows, with a hairline under each, as wide as the text."""
    table = columns(made, widths)
    own = table._tbl.tblPr  # its parts have a set order, or Word calls the file damaged
    indent = element("tblInd", w="0", type="dxa")
    own.insert_element_before(indent, "w:tblBorders", "w:tblLayout", "w:tblLook")
    own.insert_element_before(hairlines("999999"), "w:tblLayout", "w:tblLook")
    own.insert_element_before(room_beside(70), "w:tblLook")
    return table


def _caution(made: Any) -> None:
    """Add what every document ends with, in a frame."""
    from docx.shared import Pt

    paragraph = made.add_paragraph(one_line(CAUTION))
    paragraph.paragraph_format.keep_together = True
    paragraph.paragraph_format.space_before = Pt(14)
    own = paragraph._p.get_or_add_pPr()
    borders = element("pBdr")
    for side in SIDES:
        borders.append(element(side, val="single", sz="8", space="4", color=ACCENT))
    own.insert_element_before(borders, "w:shd", "w:spacing", "w:ind", "w:jc", "w:rPr")


def _gap(made: Any) -> None:
    """Add the little room that keeps a table from what follows."""
    from docx.shared import Pt

    after = made.add_paragraph()
    after.paragraph_format.space_after, after.paragraph_format.line_spacing = Pt(0), Pt(8)


def _shaded(cell: Any) -> None:
    """Make a cell one to fill in."""
    framed(cell, "single", 4, EDGE)
    cell._tc.get_or_add_tcPr().append(element("shd", val="clear", color="auto", fill=OPEN))


def _dashed(run: Any) -> None:
    """Draw a dashed line around what is unknown."""
    border = element("bdr", val="dashed", sz="6", space="0", color="767676")
    run._r.get_or_add_rPr().append(border)
