"""What stands in the rows of a filled-in workbook, and what is wrong with where it stands."""

from __future__ import annotations

import dataclasses
import io
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from r2prisk.errors import InputError, MissingExtraError, nearest
from r2prisk.evidence import words as plain
from r2prisk.evidence.workbook.dates import Day, day_read
from r2prisk.evidence.workbook.guard import Opened, Traces, open_guarded
from r2prisk.evidence.workbook.layout import (
    ENTERED,
    FORM,
    NEEDED,
    SHEETS,
    SILENT,
    Sheet,
    cell_name,
    form_indicators,
)
from r2prisk.evidence.workbook.names import Cover, read_cover
from r2prisk.evidence.workbook.words import keys_in, label_keys, load_texts

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

Row = list[Any]

OPTIONAL = ("label", "look_for", "status")
"""Columns that reading can do without."""

_NEEDED = ("cover", *(sheet.key for sheet in SHEETS))

HEAD_WITHIN = 12
"""Rows from the top among which the headings must be."""


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a row stands: its number counted from 0, and the column of each name."""

    file: str
    sheet: str
    row: int
    columns: dict[str, int]

    def cell(self, name: str, *, file: bool = False) -> str:
        """Return how a message names the cell of a column."""
        named = f"{self.file}: " if file else ""
        return f"{named}sheet '{self.sheet}', cell {self.short(name)}"

    def short(self, name: str) -> str:
        """Return the name of the cell alone."""
        asked = {"unit": ("country",), "indicator": ("indicator", "choice")}.get(name, (name,))
        return cell_name(self.row, next(self.columns[n] for n in asked if n in self.columns))


@dataclasses.dataclass
class Entry:
    """A row that holds something: its values as written, and the fields whose fault is told."""

    place: Place
    values: dict[str, Any]
    told: set[str]


@dataclasses.dataclass
class Found:
    """What a workbook holds."""

    entries: list[Entry]
    notes: list[str]
    problems: list[str]


@dataclasses.dataclass
class _Reader:
    """What is known while the sheets of one file are read."""

    file: str
    cover: Cover
    opened: Opened
    found: Found
    days: list[tuple[str, Day]]
    formulas: list[str]
    hidden: Counter[str]
    nobody: bool = False


def read_entries(path: Path) -> Found:
    """Return every row of a workbook in which something was entered.

    Raises
    ------
    InputError
        If the file is no workbook of this form.
    MissingExtraError
        If the library that reads workbooks is not installed.
    """
    try:
        import python_calamine as calamine
    except ImportError:
        raise MissingExtraError("Reading a workbook", "excel") from None
    opened = open_guarded(path)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(opened.content))
        known, problems, notes = _sheets(path.name, book, opened.mark)
        read = {key: book.get_sheet_by_name(known[key]) for key in _NEEDED if key in known}
        rows: dict[str, list[Row]] = {
            key: sheet.to_python(skip_empty_area=False) for key, sheet in read.items()
        }
        merged = {key: sheet.merged_cell_ranges or [] for key, sheet in read.items()}
    except (calamine.CalamineError, OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(path.name, [f"is not a whole workbook: {error}"]) from None
    cover = read_cover(known["cover"], rows["cover"], problems) if "cover" in known else Cover()
    found = Found([], notes, problems)
    reader = _Reader(path.name, cover, opened, found, [], [], Counter())
    for sheet in SHEETS:
        if sheet.key in known and "cover" in known:
            _read_sheet(reader, sheet, known[sheet.key], rows[sheet.key], merged[sheet.key])
    _tell(reader)
    return found


def _sheets(
    file: str, book: CalamineWorkbook, mark: str
) -> tuple[dict[str, str], list[str], list[str]]:
    """Return the name of each sheet by its key, what is wrong, and what is not read."""
    version, _, language = mark.partition(" ")
    if version and version != FORM:
        problem = f"is a form of version {version}; this r2prisk reads version {FORM}"
        raise InputError(file, [problem])
    known: dict[str, str] = {}
    others: list[str] = []
    problems: list[str] = []
    keys = keys_in("sheets")
    for name in book.sheet_names:
        key = keys.get(plain.plain_word(name))
        if key is None:
            others.append(name)
        elif key in known:
            problems.append(f"sheets '{known[key]}' and '{name}' are the same sheet of the form")
        else:
            known[key] = name
    if not any(key in known for key in _NEEDED):
        raise InputError(file, [f"is no form: its sheets are {', '.join(book.sheet_names)}"])
    said = load_texts().sheets
    speech = language if language in ("en", "fr", "es") else _language(known)
    for key in _NEEDED:
        if key not in known:
            name = said[key][speech]
            problems.append(f"sheet '{name}' is missing{nearest(name, others)}")
    notes = [f"sheets that are not of the form, not read: {', '.join(others)}"] if others else []
    return known, problems, notes


def _language(known: dict[str, str]) -> Any:
    """Return the language that most sheets are named in."""
    said = load_texts().sheets
    counts = Counter(
        language
        for key, name in known.items()
        for language, word in said[key].items()
        if plain.plain_word(word) == plain.plain_word(name)
    )
    return counts.most_common(1)[0][0]


def _read_sheet(
    reader: _Reader, sheet: Sheet, name: str, rows: list[Row], merged: Sequence[Any]
) -> None:
    """Read one sheet of evidence."""
    head, columns = _headings(reader, sheet, name, rows)
    if head < 0:
        return
    traces = reader.opened.traces.get(name, Traces())
    inputs = {
        columns[n]: n for n in (*ENTERED, *SILENT, "country", "indicator", "choice") if n in columns
    }
    for (top, left), (bottom, right) in merged:
        if bottom > head and any(left <= column <= right for column in inputs):
            cells = f"{cell_name(top, left)}:{cell_name(bottom, right)}"
            problem = "are merged; unmerge them, as each row stands for itself"
            reader.found.problems.append(f"sheet '{name}', cells {cells} {problem}")
    bad: dict[int, set[str]] = {}
    for cells, what in (
        (traces.errors, "holds an error value such as #N/A; empty or mend it"),
        (traces.unsolved, "holds a formula without a result; type what it should say"),
    ):
        for row, column in sorted(cells):
            if row > head and column in inputs:
                reader.found.problems.append(
                    f"sheet '{name}', cell {cell_name(row, column)} {what}"
                )
                bad.setdefault(row, set()).add(inputs[column])
    for number in range(head + 1, len(rows)):
        cells = rows[number]
        values = {n: cells[at] if at < len(cells) else "" for n, at in columns.items()}
        place = Place(reader.file, name, number, columns)
        entered = [n for n in ENTERED if not plain.is_missing(values[n])]
        broken = bad.get(number, set())
        if entered or broken:
            reader.hidden[name] += number in traces.hidden
            reader.formulas += [
                place.cell(n) for n in entered if (number, columns[n]) in traces.formulas
            ]
            _read_row(reader, place, values, broken)


def _headings(
    reader: _Reader, sheet: Sheet, name: str, rows: list[Row]
) -> tuple[int, dict[str, int]]:
    """Return the row of the headings (-1 where there is none) and the column of each."""
    keys = keys_in("columns")
    allowed = set(sheet.columns)
    read = [
        [keys.get(plain.plain_word(c)) if isinstance(c, str) and c else None for c in row]
        for row in rows[:HEAD_WITHIN]
    ]
    scores = [len(allowed & set(row)) for row in read]
    head = max(range(len(scores)), key=scores.__getitem__, default=-1)
    problems: list[str] = []
    if head < 0 or scores[head] < len(allowed) // 3:
        problems.append(f"sheet '{name}': the row of headings is missing")
        reader.found.problems += problems
        return -1, {}
    found: dict[str, int] = {}
    others: list[int] = []
    for column, key in enumerate(read[head]):
        if key is not None and key in allowed:
            if key in found:
                cells = f"{cell_name(head, found[key])} and {cell_name(head, column)}"
                problems.append(f"sheet '{name}', cells {cells} are the same heading")
            found.setdefault(key, column)
        elif not plain.is_missing(rows[head][column]):
            others.append(column)
    said, language = load_texts().columns, _language_of(name)
    words = [str(rows[head][column]) for column in others]
    for key in sheet.columns:
        if key not in found and key not in OPTIONAL:
            expected = said[key][language]
            where = cell_name(head, sheet.columns.index(key))
            there = (
                rows[head][sheet.columns.index(key)]
                if sheet.columns.index(key) < len(rows[head])
                else ""
            )
            shown = f"'{there}' stands" if not plain.is_missing(there) else "nothing stands"
            hint = nearest(expected, words) if plain.is_missing(there) else ""
            missing = f"the heading '{expected}' is missing; {shown} there{hint}"
            problems.append(f"sheet '{name}', cell {where}: {missing}")
    reader.found.problems += problems
    if others and not problems:
        listed = ", ".join(f"'{rows[head][n]}'" for n in others)
        reader.found.notes.append(f"sheet '{name}': columns not of the form, not read: {listed}")
    return (-1, {}) if problems else (head, found)


def _language_of(sheet: str) -> Any:
    """Return the language in which a sheet is named."""
    word = plain.plain_word(sheet)
    pairs = (pair for names in load_texts().sheets.values() for pair in names.items())
    return next((lang for lang, name in pairs if plain.plain_word(name) == word), "en")


def _read_row(reader: _Reader, place: Place, values: dict[str, Any], broken: set[str]) -> None:
    """Read one row that holds something."""
    problems, told = reader.found.problems, set(broken)
    identifier = values.get("indicator", "")
    if isinstance(identifier, str) and identifier.strip().upper() in _factors():
        first = next(n for n in ENTERED if not plain.is_missing(values[n]) or n in broken)
        problem = "stands in the heading of a factor; put it in the row of an indicator"
        problems.append(f"{place.cell(first)}: {problem}")
        return
    whole: dict[str, Any] = {n: _plain(values[n]) for n in (*ENTERED, *SILENT)}
    whole["unit"] = _country(reader, place, values, told)
    whole["indicator"] = _indicator(reader, place, values, told)
    for name in ("date", "until", "known"):
        day = day_read(values[name])
        whole[name] = day.value
        if day.guessed:
            reader.days.append((place.cell(name), day))
    empty = [n for n in NEEDED if plain.is_missing(values[n]) and n not in broken]
    if empty:
        language = _language_of(place.sheet)
        said = load_texts().columns
        listed = ", ".join(f"{said[n][language]} ({place.short(n)})" for n in empty)
        problems.append(f"{place.cell(empty[0])}: the row is started and not finished: no {listed}")
        told |= set(empty)
    whole["coder"] = _coder(reader, place, whole["coder"], told)
    reader.found.entries.append(Entry(place, whole, told))


@lru_cache(maxsize=1)
def _factors() -> frozenset[str]:
    return frozenset(factor.id for _, factor, _ in form_indicators().values())


def _plain(value: Any) -> Any:
    """Return a value as evidence knows it: a date that slipped into a text as text."""
    return str(day_read(value).value) if hasattr(value, "isoformat") else value


def _country(reader: _Reader, place: Place, values: dict[str, Any], told: set[str]) -> str:
    given, units = values["country"], reader.cover.units
    if plain.is_missing(given) and len(set(units.values())) == 1:
        return next(iter(units.values()))
    unit = units.get(plain.plain_word(str(given)))
    if unit is None:
        named = ", ".join(reader.cover.names)
        found = "no country" if plain.is_missing(given) else f"'{given}' is not on the cover"
        problem = f"{found}; there: {named}{nearest(str(given), reader.cover.names)}"
        reader.found.problems.append(f"{place.cell('unit')}: {problem}")
        told.add("unit")
    return unit or ""


def _indicator(reader: _Reader, place: Place, values: dict[str, Any], told: set[str]) -> Any:
    """Return the identifier of a row, if the label beside it is not that of another."""
    given = values["choice"] if "choice" in values else values["indicator"]
    if not isinstance(given, str):
        return given  # the gate says why a number will not do
    name, _, rest = given.strip().partition(" ")
    label = rest if "choice" in values else values.get("label", "")
    meant = label_keys().get(plain.plain_word(str(label)))
    if "choice" not in values:
        name = given.strip()
    if meant is not None and meant != name:
        problem = f"'{name}' stands beside the label of {meant}; one of the two was changed"
        reader.found.problems.append(f"{place.cell('indicator')}: {problem}")
        told.add("indicator")
    return name


def _coder(reader: _Reader, place: Place, given: Any, told: set[str]) -> str:
    """Return who filled in a row: the name in it, or the only one on the cover."""
    coders = reader.cover.coders
    try:
        name = plain.clean_text(given)
    except ValueError:
        return str(given)  # the gate says what is wrong with it
    if not name and len(coders) == 1:
        return coders[0]
    if name in coders or (name and not coders):
        return name
    alike = [c for c in coders if plain.plain_word(c) == plain.plain_word(name)]
    if name and len(alike) == 1:
        return alike[0]
    told.add("coder")
    listed = ", ".join(coders)
    if name:
        problem = f"'{name}' is not on the cover; there: {listed}{nearest(name, coders)}"
        reader.found.problems.append(f"{place.cell('coder')}: {problem}")
    elif coders:
        problem = f"nobody is named, and the cover names {len(coders)}: choose one of {listed}"
        reader.found.problems.append(f"{place.cell('coder')}: {problem}")
    elif not reader.nobody:
        reader.nobody = True
        problem = "write the name of who filled in the form"
        reader.found.problems.append(f"{reader.cover.place}: {problem}")
    return name


def _tell(reader: _Reader) -> None:
    """Add notes on what was read by a rule."""
    notes = reader.found.notes
    for sheet, count in reader.hidden.items():
        if count:
            notes.append(
                f"sheet '{sheet}': {_several(count, 'filled row')} hidden, read all the same"
            )
    if reader.formulas:
        shown = f"{_several(len(reader.formulas), 'formula')} read by the last result"
        notes.append(f"{shown}, such as in {reader.formulas[0]}")
    for rule in dict.fromkeys(day.guessed for _, day in reader.days):
        cells = [(cell, day) for cell, day in reader.days if day.guessed == rule]
        cell, day = cells[0]
        shown = f"{_several(len(cells), 'date')} read {rule}"
        notes.append(f"{shown}, such as in {cell}: {day.value}")


def _several(count: int, what: str) -> str:
    """Return a number with its word and verb.

    Examples
    --------
    >>> _several(1, "date"), _several(2, "date")
    ('1 date was', '2 dates were')
    """
    return f"1 {what} was" if count == 1 else f"{count:,} {what}s were"
