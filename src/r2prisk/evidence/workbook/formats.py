"""The look of the workbook: calm colours that also differ in grey, on screen and on paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

DARK, MIDDLE, LIGHT, PALE, LINE, GREY = (
    "#1F3B4D",
    "#5B7486",
    "#DDE6EC",
    "#FFFBE6",
    "#A9B4BC",
    "#4D4D4D",
)
BAR, FLAG = "#BFD3E0", "#F3D19C"

_TOP: dict[str, Any] = {"valign": "top", "text_wrap": True, "font_size": 10}
_BOX: dict[str, Any] = {**_TOP, "border": 1, "border_color": LINE}
_INPUT: dict[str, Any] = {**_BOX, "bg_color": PALE}
_HEAD: dict[str, Any] = {
    **_BOX,
    "bold": True,
    "font_color": "#FFFFFF",
    "bg_color": DARK,
    "valign": "vcenter",
}
_SUM: dict[str, Any] = {**_BOX, "bold": True, "bg_color": LIGHT}

_STYLES: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16, "font_color": DARK, "valign": "vcenter"},
    "hint": {"italic": True, "font_size": 10, "font_color": GREY},
    "band": {"bold": True, "font_size": 9, "font_color": DARK, "bg_color": LIGHT},
    "head": _HEAD,
    "factor": {
        "bold": True,
        "font_size": 11,
        "font_color": DARK,
        "bg_color": LIGHT,
        "valign": "vcenter",
    },
    "box": _BOX,
    "bold": {**_BOX, "bold": True},
    "text": {**_BOX, "num_format": "@"},
    "question": {**_BOX, "bold": True, "font_size": 10},
    "look_for": {**_BOX, "font_size": 9, "font_color": GREY},
    "status": {**_BOX, "font_size": 9, "font_color": GREY},
    "input": {**_INPUT, "num_format": "@"},
    "rating": {**_INPUT, "bold": True, "align": "left"},
    "number": {**_BOX, "align": "right"},
    "share": {**_BOX, "num_format": "0%", "align": "right"},
    "sum": _SUM,
    "sum_number": {**_SUM, "align": "right"},
    "sum_share": {**_SUM, "num_format": "0%", "align": "right"},
    "section": {
        "bold": True,
        "font_size": 12,
        "font_color": DARK,
        "bottom": 2,
        "bottom_color": MIDDLE,
    },
    "plain": _TOP,
    "step": {**_TOP, "bold": True, "align": "right"},
    "strong": {**_TOP, "bold": True},
    "link": {**_TOP, "font_color": "#0B5394", "underline": 1},
    "small": {**_TOP, "font_size": 8, "font_color": GREY},
    "flag": {"bold": True, "font_color": "#000000", "bg_color": FLAG},
}

Formats = dict[str, "Format"]


def formats_of(book: Workbook) -> Formats:
    """Return every format by its name."""
    return {name: book.add_format(style) for name, style in _STYLES.items()}


def set_page(sheet: Worksheet, footer: str, page: str, *, landscape: bool) -> None:
    """Set a sheet up for A4: one page wide, with a footer and numbered pages."""
    sheet.set_paper(9)
    if landscape:
        sheet.set_landscape()
    else:
        sheet.set_portrait()
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L&8{footer}&C&8&A&R&8{page}")
    sheet.hide_gridlines(2)
