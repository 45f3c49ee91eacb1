"""Write the cover: what the form is, how to fill it in, and what its words mean."""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from r2prisk.catalogue import load_framework
from r2prisk.evidence.workbook.form import COVER_FIRST, Form
from r2prisk.evidence.workbook.formats import Formats, set_page
from r2prisk.evidence.workbook.layout import FORM, SHEETS
from r2prisk.evidence.workbook.words import load_texts, say
from r2prisk.panel.gate import DEFAULT_FRAMEWORKS

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

WIDTHS = (3, 24, 42, 42)
LINE = 13.4
"""Points that one line of text needs."""

SHORT = 14
"""Countries and names with which the cover can be read on one page."""

STEPS = ("step1", "step2", "step3", "step4", "step5", "step6")
CAUTIONS = ("caution1", "caution2", "caution3")


@dataclasses.dataclass
class _Writer:
    """The place on the cover at which the next line is written."""

    page: Worksheet
    styles: Formats
    form: Form
    row: int = 0

    def say(self, key: str) -> str:
        """Return a text with the names of sheets and columns filled in."""
        names = {key: self.form.sheet_name(key) for key in ("more", "coverage")}
        columns = load_texts().columns
        dates = {name: columns[name][self.form.language] for name in ("until", "known")}
        return say(key, self.form.language, **names, **dates)

    def line(self, text: str, style: str, *, first: int = 1) -> None:
        """Write a text over the whole width, with the height that it needs."""
        self.page.merge_range(self.row, first, self.row, 3, text, self.styles[style])
        self._height([(text, sum(WIDTHS[first:]))])

    def cells(self, texts: tuple[str, ...], styles: tuple[str, ...]) -> None:
        """Write a row of a table."""
        for column, (text, style) in enumerate(zip(texts, styles, strict=True), 1):
            if text:
                self.page.write_string(self.row, column, text, self.styles[style])
            else:
                self.page.write_blank(self.row, column, None, self.styles[style])
        self._height(list(zip(texts, WIDTHS[1:], strict=False)))

    def pair(self, word: str, text: str) -> None:
        """Write a word and, over the rest of the width, what it means."""
        self.page.write_string(self.row, 1, word, self.styles["bold"])
        self.page.merge_range(self.row, 2, self.row, 3, text, self.styles["box"])
        self._height([(text, sum(WIDTHS[2:]))])

    def section(self, key: str) -> None:
        """Write the heading of a part of the cover."""
        self.page.set_row(self.row, 9)
        self.row += 1
        self.page.set_row(self.row, 20)
        for column in (1, 2, 3):
            self.page.write_blank(self.row, column, None, self.styles["section"])
        self.page.write_string(self.row, 1, self.say(key), self.styles["section"])
        self.page.set_row(self.row + 1, 4)
        self.row += 2

    def _height(self, texts: list[tuple[str, int]]) -> None:
        # merged cells do not grow by themselves; a word may not fit the end of its line
        lines = max(math.ceil(len(text) / (width * 1.17)) for text, width in texts) or 1
        self.page.set_row(self.row, LINE * lines + 2)
        self.row += 1


def write_cover(page: Worksheet, styles: Formats, form: Form) -> None:
    """Write the cover."""
    out = _Writer(page, styles, form)
    for column, width in enumerate(WIDTHS):
        page.set_column(column, column, width)
    page.set_row(0, 34)
    page.write_string(0, 1, out.say("title"), styles["title"])
    out.row = 1
    out.line(out.say("what"), "plain")
    out.section("about")
    _about(out)
    out.section("how")
    for n, step in enumerate(STEPS, 1):
        page.write_string(out.row, 0, f"{n}.", styles["step"])
        out.line(out.say(step), "plain")
    _meanings(out)
    out.section("caution")
    for caution in CAUTIONS:
        out.line(out.say(caution), "strong")
    _contents(out)
    set_page(page, say("footer", form.language), say("page", form.language), landscape=False)
    page.print_area(0, 0, out.row - 1, 3)
    page.fit_to_pages(1, 1 if len(form.countries) + form.places <= SHORT else 0)
    page.activate()
    page.set_selection(form.first_name, 2, form.first_name, 2)


def _about(out: _Writer) -> None:
    """Write countries, names and the day of the form."""
    form = out.form
    if out.row != COVER_FIRST:
        raise AssertionError("the cover has moved")
    for unit, name in form.countries.items():
        out.cells((out.say("country"), name, unit), ("bold", "box", "box"))
    for n in range(form.places):
        name = form.coders[n] if n < len(form.coders) else ""
        out.cells((out.say("coder"), name), ("bold", "input"))
    if form.date:
        out.cells((out.say("date"), form.date), ("bold", "text"))
    out.line(out.say("names_here"), "hint")


def _meanings(out: _Writer) -> None:
    """Write what the words for ratings, confidence, dates and sensitivity mean."""
    lists = out.form.lists
    out.section("ratings")
    out.cells(("", out.say("for_risk"), out.say("for_resilience")), ("sum", "sum", "sum"))
    for n, word in enumerate(lists["rating"][:5], 1):
        texts = (word, out.say(f"risk{n}"), out.say(f"resilience{n}"))
        out.cells(texts, ("bold", "box", "box"))
    out.line(out.say("numbers"), "hint")
    for name in ("confidence", "sensitivity"):
        out.section(name)
        for n, word in enumerate(lists[name], 1):
            out.pair(word, out.say(f"{name}{n}"))
    out.section("dates")
    out.line(out.say("date_rule"), "plain")


def _contents(out: _Writer) -> None:
    """Write the list of sheets, and what the form is made from."""
    form, texts = out.form, load_texts()
    out.section("contents")
    for key in (*(sheet.key for sheet in SHEETS), "coverage"):
        name, title = form.sheet_name(key), texts.titles[key][form.language]
        quoted = name.replace("'", "''")
        link = f"internal:'{quoted}'!A1"
        out.page.write_url(out.row, 1, link, out.styles["link"], name)
        out.page.merge_range(out.row, 2, out.row, 3, title, out.styles["plain"])
        out.row += 1
    out.page.set_row(out.row, 9)
    out.row += 1
    out.line(out.say("own_labels"), "small")
    made = [load_framework(name) for name in DEFAULT_FRAMEWORKS]
    edition = "; ".join(f"{f.name} ({f.symbol}, {f.edition})" for f in made)
    out.line(say("version", form.language, form=FORM, frameworks=edition), "small")
