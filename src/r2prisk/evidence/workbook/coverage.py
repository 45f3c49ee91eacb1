"""How much of the form is rated: counted here, and as formulas that follow what people type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from r2prisk.catalogue.translations import label_in
from r2prisk.evidence import words as plain
from r2prisk.evidence.table import EvidenceTable
from r2prisk.evidence.workbook.form import Form
from r2prisk.evidence.workbook.formats import BAR, Formats, set_page
from r2prisk.evidence.workbook.layout import (
    FIRST_ROW,
    HEAD_ROW,
    HINT_ROW,
    SHEETS,
    TITLE_ROW,
    Sheet,
    choice_in,
    form_indicators,
)
from r2prisk.evidence.workbook.words import LANGUAGES, load_texts, say, state_word

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

COLUMNS = ("country", "number", "factor", "of", "rated", "seen", "left", "share", "unfinished")
WIDTHS = (22, 7, 58, 11, 10, 16, 12, 16, 12)
TALLY = 8
"""The column of the hidden sheet from which each country and indicator is counted."""

STATES = TALLY - 1
"""The column of the hidden sheet that lists the words for states, which are no ratings."""

TITLE = 66
"""Letters of a title that one line holds."""

FILLED = '"<>"'
"""The criterion that a cell holds something."""

Areas = dict[str, str]


def count_coverage(evidence: EvidenceTable, units: Sequence[str]) -> pd.DataFrame:
    """Count how many indicators of each factor of the form are rated.

    Parameters
    ----------
    evidence : EvidenceTable
        What is known.
    units : sequence of str
        ISO 3166 alpha-3 codes.

    Returns
    -------
    pandas.DataFrame
        A row for each unit and factor: ``unit``, ``factor``, ``indicators``, ``rated`` (those with
        at least one rating), ``seen`` (those with a state and no rating), ``left`` (those with
        neither) and ``share`` (rated over indicators, 0 to 1).

    Examples
    --------
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="strong",
    ...     confidence="medium", mechanism="ngo", reference="An invented report", coder="A")
    >>> table = count_coverage(read_evidence([seen]), ["KEN"]).set_index("factor")
    >>> table.loc["RF7", ["indicators", "rated", "seen", "left"]].tolist()
    [14, 1, 0, 13]
    """
    frame = evidence.to_frame()
    rated = frame["rating"].notna().to_numpy()
    cells = [*zip(frame["unit"].astype(str), frame["indicator"].astype(str), strict=True)]
    return _counted(cells, rated.tolist(), units)


def _counted(
    cells: Sequence[tuple[str, str]], rated: Sequence[bool], units: Sequence[str]
) -> pd.DataFrame:
    with_rating = {cell for cell, given in zip(cells, rated, strict=True) if given}
    touched = set(cells)
    listed = [
        {
            "unit": unit,
            "factor": factor.id,
            "indicators": 1,
            "rated": int((unit, name) in with_rating),
            "seen": int((unit, name) in touched and (unit, name) not in with_rating),
        }
        for unit in units
        for name, (_, factor, _) in form_indicators().items()
    ]
    table = pd.DataFrame(listed).groupby(["unit", "factor"], sort=False).sum().reset_index()
    table["left"] = table["indicators"] - table["rated"] - table["seen"]
    table["share"] = table["rated"] / table["indicators"]
    return table


def _cells_of(form: Form) -> tuple[list[tuple[str, str]], list[bool]]:
    """Return country and indicator of each record of a form, and whether it has a rating."""
    cells = [(str(record["unit"]), str(record["indicator"])) for record in form.records]
    return cells, [record["state"] == "" for record in form.records]


def write_coverage(page: Worksheet, styles: Formats, form: Form) -> None:
    """Write the sheet that shows, for each country and factor, how much is rated."""
    language = form.language
    page.set_row(TITLE_ROW, 26)
    page.write_string(TITLE_ROW, 0, load_texts().titles["coverage"][language], styles["title"])
    page.merge_range(HINT_ROW, 0, HINT_ROW, 8, say("coverage_hint", language), styles["plain"])
    page.set_row(HINT_ROW, 30)
    page.set_row(HEAD_ROW, 32)
    for column, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        page.set_column(column, column, width)
        numbered = load_texts().columns["indicator"][language]
        heading = numbered if name == "number" else say(name, language)
        page.write_string(HEAD_ROW, column, heading, styles["head"])
    counts = _counted(*_cells_of(form), tuple(form.countries))
    titles = {factor.id: factor.title_in(language) for _, factor, _ in form_indicators().values()}
    row, breaks = FIRST_ROW, list[int]()
    for unit, country in form.countries.items():
        breaks.append(row)
        mine = counts[counts["unit"] == unit]
        risk = mine["factor"].str.startswith("RF")
        for total, part in (("total_risk", mine[risk]), ("total_resilience", mine[~risk])):
            first = row
            for line in part.to_dict("records"):
                _line(
                    page, styles, form, row, (country, line["factor"], titles[line["factor"]]), line
                )
                row += 1
            whole = part[["indicators", "rated", "seen", "left"]].sum().to_dict()
            whole["share"] = whole["rated"] / whole["indicators"]
            _total(page, styles, row, first, (country, "", say(total, language)), whole)
            row += 1
    bars = {"type": "data_bar", "bar_solid": True, "bar_color": BAR, "data_bar_2010": True}
    limits = {"min_type": "num", "max_type": "num", "min_value": 0, "max_value": 1}
    page.conditional_format(FIRST_ROW, 7, row - 1, 7, bars | limits)
    page.set_h_pagebreaks(breaks[1:])
    page.freeze_panes(FIRST_ROW, 0)
    page.repeat_rows(HEAD_ROW)
    if len(form.countries) > 1:
        page.autofilter(HEAD_ROW, 0, row - 1, len(COLUMNS) - 1)
    page.print_area(0, 0, row - 1, len(COLUMNS) - 1)
    set_page(page, say("footer", language), say("page", language), landscape=True)


def _line(
    page: Worksheet,
    styles: Formats,
    form: Form,
    row: int,
    texts: tuple[str, str, str],
    count: dict[Any, Any],
) -> None:
    """Write the counts of one factor of one country."""
    page.set_row(row, 28 if len(texts[2]) > TITLE else 16)
    for column, text in enumerate(texts):
        page.write_string(row, column, text, styles["box"])
    at = row + 1
    last = len(form.countries) * len(form_indicators())

    def counted(place: int) -> str:
        country, factor, what = (form.area("lists", 1, last, TALLY + n) for n in (0, 1, place))
        return f"=SUMIFS({what},{country},$A{at},{factor},$B{at})"

    page.write_number(row, 3, count["indicators"], styles["number"])
    page.write_formula(row, 4, counted(4), styles["number"], count["rated"])
    page.write_formula(row, 5, counted(5), styles["number"], count["seen"])
    page.write_formula(row, 6, f"=D{at}-E{at}-F{at}", styles["number"], count["left"])
    page.write_formula(row, 7, f"=E{at}/D{at}", styles["share"], count["share"])
    page.write_formula(row, 8, counted(6), styles["number"], 0)


def _total(
    page: Worksheet,
    styles: Formats,
    row: int,
    first: int,
    texts: tuple[str, str, str],
    count: dict[Any, Any],
) -> None:
    """Write the sums over the lines above."""
    for column, text in enumerate(texts):
        page.write_string(row, column, text, styles["sum"])
    for column, name in ((3, "indicators"), (4, "rated"), (5, "seen"), (6, "left"), (8, "")):
        letter = "ABCDEFGHI"[column]
        formula = f"=SUM({letter}{first + 1}:{letter}{row})"
        page.write_formula(row, column, formula, styles["sum_number"], count.get(name, 0))
    share = f"=E{row + 1}/D{row + 1}"
    page.write_formula(row, 7, share, styles["sum_share"], count["share"])


def write_tally(page: Worksheet, form: Form) -> None:
    """Write, on the hidden sheet, a line of formulas for each country and indicator.

    They look for the label, which no program takes for a number: 7.10 would also find 7.1.
    """
    language = form.language
    cells, rated = _cells_of(form)
    with_rating = {cell for cell, given in zip(cells, rated, strict=True) if given}
    touched = set(cells)
    states = dict.fromkeys(state_word(s, lang) for lang in LANGUAGES for s in plain.STATES)
    for row, state in enumerate(states):
        page.write_string(row, STATES, state)
    said = form.area("lists", 0, len(states) - 1, STATES)
    unfinished = f'"{load_texts().status["unfinished"][language]}"'
    areas = {sheet.key: _areas(form, sheet) for sheet in SHEETS}
    lines = [
        (unit, country, *entry)
        for unit, country in form.countries.items()
        for entry in form_indicators().values()
    ]
    for row, (unit, country, sheet, factor, indicator) in enumerate(lines, 1):
        texts = (country, factor.id, label_in(indicator, language), choice_in(indicator, language))
        for column, text in enumerate(texts, TALLY):
            page.write_string(row, column, text)
        at, here = row + 1, (unit, indicator.id)
        main, more = areas[sheet.key], areas[SHEETS[-1].key]

        def both(
            what: str, criterion: str, main: Areas = main, more: Areas = more, at: int = at
        ) -> str:
            return "+".join(
                f"COUNTIFS({area['country']},I{at},{area['question']},{cell}{at},{area[what]},{criterion})"
                for area, cell in ((main, "K"), (more, "L"))
            )

        has, seen = int(here in with_rating), int(here in touched)
        given = f"={both('rating', FILLED)}"
        page.write_formula(row, TALLY + 7, given, None, cells.count(here) if seen else 0)
        formula = f"=IF(P{at}=0,0,IF(P{at}-SUMPRODUCT({both('rating', said)})>0,1,0))"
        page.write_formula(row, TALLY + 4, formula, None, has)
        page.write_formula(
            row, TALLY + 5, f"=IF(AND(P{at}>0,M{at}=0),1,0)", None, seen - has * seen
        )
        page.write_formula(row, TALLY + 6, f"={both('status', unfinished)}", None, 0)


def _areas(form: Form, sheet: Sheet) -> Areas:
    """Return the columns of a sheet by which its rows are counted."""
    question = "label" if sheet.factors else "choice"
    names = {"country": "country", "question": question, "rating": "rating", "status": "status"}
    return {name: form.column(sheet, column) for name, column in names.items()}
