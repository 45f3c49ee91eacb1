"""Write the sheets that hold evidence: the question, the answer, and more."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from r2prisk.catalogue.translations import label_in, look_for_in
from r2prisk.evidence.workbook.form import Form, Record
from r2prisk.evidence.workbook.formats import Formats, set_page
from r2prisk.evidence.workbook.layout import (
    ANSWER,
    BAND_ROW,
    BLANK,
    ENTERED,
    FIRST_ROW,
    HEAD_ROW,
    HINT_ROW,
    MORE,
    NEEDED,
    SLACK,
    TITLE_ROW,
    Sheet,
    cell_name,
    choice_in,
    factors_of,
    form_indicators,
)
from r2prisk.evidence.workbook.words import load_texts, say

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

WIDTHS = {
    "country": 12,
    "indicator": 7,
    "label": 25,
    "look_for": 42,
    "choice": 44,
    "rating": 12,
    "confidence": 11,
    "mechanism": 19,
    "reference": 23,
    "date": 11,
    "note": 30,
    "status": 10,
    "paragraph": 14,
    "url": 24,
    "until": 11,
    "known": 11,
    "groups": 20,
    "perpetrator": 20,
    "coder": 18,
    "sensitivity": 13,
    "id": 20,
    "adjudicates": 20,
}


SIZES = {"look_for": 9.0, "status": 9.0}
"""The size of letters where it is not 10 points."""

TALLEST = 200.0
"""Points: a row that a long note would make taller shows the beginning of the note."""


def write_sheet(page: Worksheet, styles: Formats, form: Form, sheet: Sheet) -> None:
    """Write a sheet with a row for each country and indicator of its factors."""
    _frame(page, styles, form, sheet, "hint_resilience" if sheet.key == "resilience" else "hint")
    columns = sheet.columns
    row, breaks = FIRST_ROW, list[int]()
    for unit, country in form.countries.items():
        breaks.append(row)
        for factor in factors_of(sheet):
            page.set_row(row, 20)
            for column in range(len(columns)):
                page.write_blank(row, column, None, styles["factor"])
            heading = (country, factor.id, factor.title_in(form.language))
            for column, text in enumerate(heading):
                page.write_string(row, column, text, styles["factor"])
            row += 1
            for indicator in factor.indicators:
                question = (
                    (country, "box"),
                    (indicator.id, "text"),
                    (label_in(indicator, form.language), "question"),
                    (look_for_in(indicator, form.language), "look_for"),
                )
                for column, (text, style) in enumerate(question):
                    page.write_string(row, column, text, styles[style])
                record = form.split[0].get((unit, indicator.id), {})
                _answer(page, styles, form, sheet, row, record)
                asked = dict(zip(columns, (text for text, _ in question), strict=False))
                page.set_row(row, _tall({**asked, **record}, columns))
                row += 1
    page.set_h_pagebreaks(breaks[1:])
    _lists(page, styles, form, sheet)
    if len(form.countries) > 1:
        page.autofilter(HEAD_ROW, 0, row - 1, len(columns) - 1)
    page.print_area(0, 0, row - 1, columns.index("status"))


def write_further(page: Worksheet, styles: Formats, form: Form, sheet: Sheet) -> None:
    """Write the sheet for second and further pieces of evidence on one indicator."""
    _frame(page, styles, form, sheet, "hint_more")
    alone = next(iter(form.countries.values())) if len(form.countries) == 1 else ""
    empty: list[Record] = [{} for _ in range(BLANK)]
    for row, record in enumerate([*form.split[1], *empty], FIRST_ROW):
        country = form.countries[str(record["unit"])] if record else alone
        chosen = form_indicators()[str(record["indicator"])][2] if record else None
        choice = choice_in(chosen, form.language) if chosen else ""
        for column, text in enumerate((country, choice)):
            _put(page, row, column, text, styles["input"])
        _answer(page, styles, form, sheet, row, record)
        page.set_row(row, _tall({"country": country, "choice": choice, **record}, sheet.columns))
    _lists(page, styles, form, sheet)
    for name in ("country", "choice"):
        _list(page, form, sheet, name)
    last = FIRST_ROW + form.height(sheet) - 1
    page.print_area(0, 0, last, sheet.columns.index("status"))


def _frame(page: Worksheet, styles: Formats, form: Form, sheet: Sheet, hint: str) -> None:
    """Write what stands around the rows: title, headings, widths and the page."""
    texts, language, columns = load_texts(), form.language, sheet.columns
    names = ", ".join(form.countries.values())
    page.set_row(TITLE_ROW, 26)
    page.write_string(
        TITLE_ROW, 0, f"{texts.titles[sheet.key][language]} · {names}", styles["title"]
    )
    cover = form.sheet_name("cover")
    page.write_string(HINT_ROW, 0, say(hint, language, cover=cover), styles["hint"])
    answer, more = columns.index(ANSWER[0]), columns.index(MORE[0])
    for column in range(len(columns)):
        page.write_blank(BAND_ROW, column, None, styles["band"])
    for column, key in ((0, "band_about"), (answer, "band_needed"), (more, "band_more")):
        page.write_string(BAND_ROW, column, say(key, language), styles["band"])
    page.set_row(HEAD_ROW, 32)
    opened = len(form.coders) > 1 or any(
        record[name] for record in form.records for name in MORE[:6]
    )
    for column, name in enumerate(columns):
        page.write_string(HEAD_ROW, column, texts.columns[name][language], styles["head"])
        outline = {"level": 1, "hidden": not opened} if name in MORE else {}
        page.set_column(column, column, WIDTHS[name], None, outline)
    page.set_column(len(columns), len(columns), 26, None, {"collapsed": not opened})
    page.write_string(BAND_ROW, len(columns), say("open_more", language), styles["hint"])
    page.freeze_panes(FIRST_ROW, answer if not sheet.factors else columns.index("look_for"))
    page.repeat_rows(BAND_ROW, HEAD_ROW)
    # an identifier is text on purpose: as a number 7.10 would be 7.1
    everywhere = f"A1:{cell_name(FIRST_ROW + form.height(sheet) + SLACK, len(columns))}"
    page.ignore_errors({"number_stored_as_text": everywhere})
    set_page(page, say("footer", language), say("page", language), landscape=True)


def _tall(texts: Record, columns: tuple[str, ...]) -> float:
    """Return the height of a row in which each text finds room, in points.

    A program does not do it by itself in every case, and not before a form is printed.
    """
    tall = 18.0
    for name in columns:
        size, text = SIZES.get(name, 10.0), str(texts.get(name, ""))
        room = WIDTHS[name] * (13.2 if name != "label" else 12.2) / size
        lines = sum(max(1, math.ceil(len(part) / room + 0.12)) for part in text.split("\n"))
        tall = max(tall, lines * size * 1.28 + 4)
    return min(tall, TALLEST)


def _put(page: Worksheet, row: int, column: int, value: str | float, style: object) -> None:
    if value == "":
        page.write_blank(row, column, None, style)  # pyright: ignore[reportArgumentType]
    elif isinstance(value, str):
        page.write_string(row, column, value, style)  # pyright: ignore[reportArgumentType]
    else:
        page.write_number(row, column, value, style)  # pyright: ignore[reportArgumentType]


def _answer(
    page: Worksheet, styles: Formats, form: Form, sheet: Sheet, row: int, record: Record
) -> None:
    """Write the cells of an answer, and whether the row is complete."""
    start = sheet.columns.index(ANSWER[0])
    for column, name in enumerate((*ANSWER, *MORE), start):
        if name == "status":
            said = load_texts().status
            words = [said[key][form.language] for key in ("complete", "unfinished")]
            shown = words[0] if record else ""
            formula = _status(sheet, row, words)
            page.write_formula(row, column, formula, styles["status"], shown)  # pyright: ignore[reportArgumentType]
        else:
            style = styles["rating" if name == "rating" else "input"]
            _put(page, row, column, record.get(name, ""), style)


def _status(sheet: Sheet, row: int, words: list[str]) -> str:
    """Return the formula that says how far a row is: nothing, complete or unfinished."""
    at = {name: cell_name(row, sheet.columns.index(name)) for name in ENTERED}
    parts = (("rating", "note"), ("paragraph", "perpetrator"), ("id", "adjudicates"))
    entered = ",".join(f"{at[first]}:{at[last]}" for first, last in parts)
    needed = f"COUNTA({at[NEEDED[0]]}:{at[NEEDED[-1]]})={len(NEEDED)}"
    return f'=IF(COUNTA({entered})=0,"",IF({needed},"{words[0]}","{words[1]}"))'


def _lists(page: Worksheet, styles: Formats, form: Form, sheet: Sheet) -> None:
    """Add the drop-downs of the answer, and the mark of rows to finish."""
    for name in ("rating", "confidence", "mechanism", "perpetrator", "sensitivity", "coder"):
        _list(page, form, sheet, name)
    column = sheet.columns.index("status")
    word = load_texts().status["unfinished"][form.language]
    last = FIRST_ROW + form.height(sheet) - 1 + SLACK
    page.conditional_format(
        FIRST_ROW,
        column,
        last,
        column,
        {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": styles["flag"]},
    )


def _list(page: Worksheet, form: Form, sheet: Sheet, name: str) -> None:
    """Let one column of a sheet be chosen from a list; a rating may also be a number."""
    language, column = form.language, sheet.columns.index(name)
    if name == "coder":
        first = form.first_name
        source = form.area("cover", first, first + form.places - 1, 2)
    else:
        words = form.lists[name]
        source = form.area("lists", 0, len(words) - 1, list(form.lists).index(name))
    last = FIRST_ROW + form.height(sheet) - 1 + SLACK
    free = name == "rating"
    page.data_validation(
        FIRST_ROW,
        column,
        last,
        column,
        {
            "validate": "list",
            "source": f"={source}",
            "error_type": "warning" if free else "stop",
            "error_title": say("not_in_list", language),
            "error_message": say("choose_rating" if free else "choose", language),
        },
    )
