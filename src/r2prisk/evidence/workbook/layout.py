"""Where things stand in the workbook: sheets, columns and rows. Shared by writing and reading."""

from __future__ import annotations

import dataclasses
from functools import lru_cache

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.models import Factor, Indicator, Language
from r2prisk.catalogue.translations import label_in
from r2prisk.evidence.workbook.words import load_texts

FORM = "1"
"""The version of the form; another layout gets another number."""

MARK = "r2prisk form"
"""The document property that holds version and language of the form."""


@dataclasses.dataclass(frozen=True)
class Sheet:
    """A sheet of evidence: the factors that it asks about."""

    key: str
    framework: str = ""
    factors: tuple[str, ...] = ()

    def name(self, language: Language) -> str:
        """Return the name of the sheet."""
        return load_texts().sheets[self.key][language]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, in their order."""
        return (*(QUESTION if self.factors else CHOOSE), *ANSWER, *MORE)


def _foa(*numbers: int) -> tuple[str, ...]:
    return tuple(f"RF{n}" for n in numbers)


SHEETS = (
    Sheet("common-1", "un-foa-2014", _foa(1, 2, 3, 4)),
    Sheet("common-2", "un-foa-2014", _foa(5, 6, 7, 8)),
    Sheet("genocide", "un-foa-2014", _foa(9, 10)),
    Sheet("humanity", "un-foa-2014", _foa(11, 12)),
    Sheet("war", "un-foa-2014", _foa(13, 14)),
    Sheet("resilience", "sg-resilience-2013", tuple(f"SGS{n}" for n in range(1, 7))),
    Sheet("more"),
)
"""The sheets that hold evidence; the last is for further pieces on any indicator."""

QUESTION = ("country", "indicator", "label", "look_for")
CHOOSE = ("country", "choice")
ANSWER = ("rating", "confidence", "mechanism", "reference", "date", "note", "status")
MORE = (
    "paragraph",
    "url",
    "until",
    "known",
    "groups",
    "perpetrator",
    "coder",
    "sensitivity",
    "id",
    "adjudicates",
)

NEEDED = ("rating", "confidence", "mechanism", "reference", "date")
"""The cells that make a row complete."""

SILENT = ("coder", "sensitivity")
"""Cells that say nothing alone: people fill them down a whole column."""

ENTERED = tuple(name for name in (*ANSWER, *MORE) if name not in (*SILENT, "status"))
"""The cells of which one is enough for a row to hold something."""

TITLE_ROW, HINT_ROW, BAND_ROW, HEAD_ROW, FIRST_ROW = range(5)
SLACK = 200
"""Rows below the last one in which lists and sums still work."""

BLANK = 40
"""Empty rows of the sheet for further evidence."""


def factors_of(sheet: Sheet) -> tuple[Factor, ...]:
    """Return the factors that a sheet asks about.

    Examples
    --------
    >>> [factor.id for factor in factors_of(SHEETS[2])]
    ['RF9', 'RF10']
    """
    framework = load_framework(sheet.framework)
    return tuple(factor for factor in framework.factors if factor.id in sheet.factors)


@lru_cache(maxsize=1)
def form_indicators() -> dict[str, tuple[Sheet, Factor, Indicator]]:
    """Return sheet, factor and indicator for each identifier, in the order of the form.

    Examples
    --------
    >>> len(form_indicators()), form_indicators()["7.10"][0].key
    (185, 'common-2')
    """
    return {
        indicator.id: (sheet, factor, indicator)
        for sheet in SHEETS
        if sheet.factors
        for factor in factors_of(sheet)
        for indicator in factor.indicators
    }


def choice_in(indicator: Indicator, language: Language) -> str:
    """Return how an indicator stands in a list to choose from.

    Examples
    --------
    >>> choice_in(form_indicators()["SGS2.1"][2], "en")
    'SGS2.1 Clean elections'
    """
    return f"{indicator.id} {label_in(indicator, language)}"


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, both counted from 0.

    Examples
    --------
    >>> cell_name(11, 5), cell_name(0, 27)
    ('F12', 'AB1')
    """
    letters = ""
    at = column + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row + 1}"
