"""What the cover says: countries, and who filled in the form."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from r2prisk.catalogue.translations import country_in
from r2prisk.evidence import words as plain
from r2prisk.evidence.models import unit_of
from r2prisk.evidence.workbook.layout import cell_name
from r2prisk.evidence.workbook.words import LANGUAGES, load_texts

LABEL, NAME, CODE = 1, 2, 3
"""Columns of the cover."""


@dataclasses.dataclass(frozen=True)
class Cover:
    """What the cover says.

    Parameters
    ----------
    units : dict of str to str
        The code of each country by its plain names and its code.
    names : tuple of str
        The countries as the cover names them.
    coders : tuple of str
        The names of who filled in the form.
    place : str
        Where a name is missing, if there is none.
    """

    units: dict[str, str] = dataclasses.field(default_factory=dict[str, str])
    names: tuple[str, ...] = ()
    coders: tuple[str, ...] = ()
    place: str = ""


def read_cover(sheet: str, rows: Sequence[Sequence[Any]], problems: list[str]) -> Cover:
    """Read the cover; what is wrong with it is added to the problems."""
    texts = load_texts().texts
    country, coder = (
        {plain.plain_word(word) for word in texts[key].values()} for key in ("country", "coder")
    )
    units: dict[str, str] = {}
    names: list[str] = []
    coders: dict[str, None] = {}
    place = ""
    for number, row in enumerate(rows):
        cells = [*row, "", "", "", ""]
        label = plain.plain_word(str(cells[LABEL]))
        if label in country:
            name = str(cells[NAME]).strip()
            try:
                unit = unit_of(cells[CODE])
            except ValueError as error:
                problems.append(f"sheet '{sheet}', cell {cell_name(number, CODE)}: {error}")
                continue
            names.append(name or unit)
            spoken = [country_in(unit, language) for language in LANGUAGES]
            for word in (unit, *spoken):
                units.setdefault(plain.plain_word(word), unit)
            if name:
                units[plain.plain_word(name)] = unit
        elif label in coder:
            place = place or f"sheet '{sheet}', cell {cell_name(number, NAME)}"
            try:
                given = plain.clean_text(cells[NAME])
            except ValueError as error:
                problems.append(f"sheet '{sheet}', cell {cell_name(number, NAME)}: {error}")
                continue
            if given:
                coders[given] = None
    if not names:
        problems.append(f"sheet '{sheet}': no country is named")
    return Cover(units, tuple(names), tuple(coders), place or f"sheet '{sheet}'")
