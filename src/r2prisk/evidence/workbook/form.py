"""What one workbook holds, before it is written."""

from __future__ import annotations

import dataclasses
from functools import cached_property

from r2prisk.catalogue.models import Language
from r2prisk.evidence.workbook.layout import BLANK, FIRST_ROW, SLACK, Sheet, factors_of
from r2prisk.evidence.workbook.words import load_texts

Record = dict[str, str | float]
"""A row of evidence as the cells show it."""

PEOPLE = 4
"""Places for names on the cover, at least."""

COVER_FIRST = 5
"""The row of the cover on which the countries begin."""


@dataclasses.dataclass(frozen=True)
class Form:
    """What one workbook holds.

    Parameters
    ----------
    language : {"en", "fr", "es"}
        The language of the form.
    countries : dict of str to str
        The name of each country by its code.
    coders : tuple of str
        The names on the cover.
    records : tuple of dict
        Evidence as the cells show it.
    date : str
        The day of the form, or an empty text.
    lists : dict of str to tuple of str
        The words of each drop-down, by column.
    """

    language: Language
    countries: dict[str, str]
    coders: tuple[str, ...]
    records: tuple[Record, ...]
    date: str
    lists: dict[str, tuple[str, ...]]

    @cached_property
    def split(self) -> tuple[dict[tuple[str, str], Record], tuple[Record, ...]]:
        """The first record of each country and indicator, and the further ones."""
        first: dict[tuple[str, str], Record] = {}
        further: list[Record] = []
        for record in self.records:
            cell = str(record["unit"]), str(record["indicator"])
            if cell in first:
                further.append(record)
            else:
                first[cell] = record
        return first, tuple(further)

    @property
    def places(self) -> int:
        """How many places for names the cover has."""
        return max(PEOPLE, len(self.coders) + 1)

    @property
    def first_name(self) -> int:
        """The row of the cover on which the names of coders begin."""
        return COVER_FIRST + len(self.countries)

    def sheet_name(self, key: str) -> str:
        """Return the name of a sheet."""
        return load_texts().sheets[key][self.language]

    def area(self, key: str, first: int, last: int, column: int) -> str:
        """Return a column of a sheet as a formula names it; rows and column counted from 0."""
        from xlsxwriter.utility import quote_sheetname, xl_range_abs

        return (
            f"{quote_sheetname(self.sheet_name(key))}!{xl_range_abs(first, column, last, column)}"
        )

    def height(self, sheet: Sheet) -> int:
        """Return how many rows a sheet of evidence has below its headings."""
        if not sheet.factors:
            return len(self.split[1]) + BLANK
        rows = sum(1 + len(factor.indicators) for factor in factors_of(sheet))
        return rows * len(self.countries)

    def column(self, sheet: Sheet, name: str) -> str:
        """Return a column of a sheet of evidence, with room for rows that are added."""
        last = FIRST_ROW + self.height(sheet) - 1 + SLACK
        return self.area(sheet.key, FIRST_ROW, last, sheet.columns.index(name))
