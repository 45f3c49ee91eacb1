"""Read filled-in workbooks: what people entered, through the gate of evidence."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.evidence.gate import COLUMNS, checked
from r2prisk.evidence.table import EvidenceTable
from r2prisk.evidence.workbook.ids import give_ids
from r2prisk.evidence.workbook.rows import Entry, Place, read_entries
from r2prisk.panel.gate import DEFAULT_FRAMEWORKS, FrameworksLike, as_frameworks

_MESSAGE = re.compile(r"row (\d+)(?: \(and \d+ more rows\))?, column '(\w+)': (.*)", re.DOTALL)
_OTHER_ROW = re.compile(r"already in row (\d+)$")

STAND_IN = {
    "unit": None,
    "indicator": None,
    "rating": "unknown",
    "confidence": "low",
    "mechanism": "media",
    "reference": "?",
    "date": "1900-01-01",
    "coder": "?",
}
"""What stands for a cell whose fault is told already, so that the gate looks at the others."""


def read_workbook(
    path: str | os.PathLike[str], *, frameworks: FrameworksLike | None = None
) -> EvidenceTable:
    """Read what was entered in a workbook.

    A row in which nothing was entered is no evidence, and neither is one with a name or a
    sensitivity alone, which people fill down whole columns. Rows may be sorted, moved, copied and
    hidden; words may be English, French or Spanish. The day comes first in a date such as
    05/06/2023. A formula counts with the value that the spreadsheet program computed last.

    Parameters
    ----------
    path : path-like
        A form that :func:`write_template` wrote, saved as ``.xlsx``.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default ``un-foa-2014`` and
        ``sg-resilience-2013``.

    Returns
    -------
    EvidenceTable
        In the order of the sheets and, within a sheet, of the rows: further evidence comes last.
        What was not read, and what was read by a rule, stands in its notes.

    Raises
    ------
    InputError
        With every fault, each with its sheet and cell and the nearest match.
    MissingExtraError
        If the library that reads workbooks is not installed.

    Notes
    -----
    A row without a name of its own gets one: coder, country, indicator and a mark of its content,
    such as ``a.diallo-8ccfee-KEN-7.10-1b9f0c2e``. The six digits come from the whole name of the
    coder, so that the copies of two coders never give one name twice. Sorting rows does not change
    their names; changing a row does, and what settled it must name it anew. A nameless row that
    stands again, alike in every cell, was pasted, and counts once.

    Examples
    --------
    >>> import pathlib, pytest, tempfile
    >>> _ = pytest.importorskip("xlsxwriter"), pytest.importorskip("python_calamine")
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> from r2prisk.evidence.workbook import write_template
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="strong",
    ...     confidence="medium", mechanism="ngo", reference="An invented report", coder="A")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "form.xlsx"
    >>> write_template(path, ["KEN"], evidence=read_evidence([seen]))
    >>> read_workbook(path).rows(0)[0] == seen
    True
    """
    return read_workbooks([path], frameworks=frameworks)


def read_workbooks(
    paths: Iterable[str | os.PathLike[str]], *, frameworks: FrameworksLike | None = None
) -> EvidenceTable:
    """Read what was entered in several workbooks, as one table.

    Parameters
    ----------
    paths : iterable of path-like
        Forms, such as the copies of two coders.
    frameworks : iterable of str, path or Framework, optional
        As in :func:`read_workbook`.

    Returns
    -------
    EvidenceTable
        In the order of the files. A row that stands in several files, alike in every cell and with
        the same name, is taken once, and the notes say so: copies of a form that was filled in
        before hold the same rows.

    Raises
    ------
    InputError
        With every fault in every file; two different rows with one name are one.
    MissingExtraError
        If the library that reads workbooks is not installed.
    """
    allowed = as_frameworks(DEFAULT_FRAMEWORKS if frameworks is None else frameworks)
    files = [Path(path) for path in ((paths,) if isinstance(paths, (str, os.PathLike)) else paths)]
    if not files:
        raise InputError("workbooks", ["needs at least one file"])
    entries: list[Entry] = []
    notes: list[str] = []
    problems: list[str] = []
    for file in files:
        try:
            found = read_entries(file)
        except InputError as error:
            problems += [f"{file.name}: {p}" if len(files) > 1 else p for p in error.problems]
            continue
        named = f"{file.name}: " if len(files) > 1 else ""
        kept, pasted = give_ids(found.entries)
        entries += kept
        if pasted:
            stand = "1 row stands" if pasted == 1 else f"{pasted:,} rows stand"
            found.notes.append(f"{stand} again, alike in every cell, taken once")
        notes += [named + note for note in found.notes]
        problems += [named + problem for problem in found.problems]
    subject = files[0].name if len(files) == 1 else "workbooks"
    entries, again = _once(entries)
    if again:
        stand = "1 row stands" if again == 1 else f"{again:,} rows stand"
        notes.append(f"{stand} alike in several files, taken once")
    if not entries and not problems:
        problems.append("nothing was entered")
    whole = _gate(entries, allowed, subject, problems, several=len(files) > 1)
    return EvidenceTable(whole, allowed, tuple(file.name for file in files), tuple(notes))


def _once(entries: list[Entry]) -> tuple[list[Entry], int]:
    """Return the entries without those that stand alike, by the same name, in another file."""
    seen: dict[tuple[str, ...], str] = {}
    kept: list[Entry] = []
    for entry in entries:
        key = tuple(str(entry.values.get(name, "")) for name in COLUMNS)
        if seen.setdefault(key, entry.place.file) == entry.place.file:
            kept.append(entry)
    return kept, len(entries) - len(kept)


def _gate(
    entries: Sequence[Entry],
    allowed: Sequence[Any],
    subject: str,
    problems: list[str],
    *,
    several: bool,
) -> pd.DataFrame:
    """Return checked evidence, or every fault with its sheet and cell."""
    told = bool(problems)
    first = next(iter(allowed[0].indicators)).id
    stand_in = STAND_IN | {"unit": "AFG", "indicator": first}
    records = [
        {name: entry.values.get(name, "") for name in COLUMNS if name != "state"}
        | {name: stand_in.get(name, "") for name in entry.told}
        for entry in entries
    ]
    names = [name for name in COLUMNS if name != "state"]
    frame = pd.DataFrame(records, columns=pd.Index(names), dtype=object)
    try:
        if entries:
            whole = checked(frame, allowed, subject)
            if not told:
                return whole
    except InputError as error:
        places = [entry.place for entry in entries]
        for problem in error.problems:
            # what was told already can make rows that settle each other look wrong
            if not (told and "'adjudicates'" in problem):
                problems.append(_in_its_cell(problem, frame, places, several=several))
    raise InputError(subject, problems)


def _in_its_cell(
    problem: str, frame: pd.DataFrame, places: Sequence[Place], *, several: bool
) -> str:
    """Return a message of the gate with sheet and cell in the place of row and column."""
    found = _MESSAGE.fullmatch(problem)
    if not found:
        return problem
    row, name, said = int(found[1]), found[2], found[3]
    rows = [row]
    if "more rows)" in problem:
        codes, _ = pd.factorize(frame[name].map(lambda value: (type(value), value)))
        rows = np.flatnonzero(codes == codes[row]).tolist()
    cells = [places[n].cell(name, file=several) for n in rows[:SPELT]]
    more = f" and {len(rows) - SPELT} more" if len(rows) > SPELT else ""
    other = _OTHER_ROW.search(said)
    if other:
        place = places[int(other[1])].cell(name, file=several)
        said = f"{said[: other.start()]}already in {place}"
    return f"{'; '.join(cells)}{more}: {said}"


SPELT = 10
"""How many cells with one and the same fault are spelt out."""
