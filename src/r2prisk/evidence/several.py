"""Read several files of evidence, forms and tables, as one table."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from r2prisk.errors import InputError
from r2prisk.evidence.read import read_evidence
from r2prisk.evidence.table import EvidenceTable
from r2prisk.evidence.workbook.guard import is_form
from r2prisk.evidence.workbook.read import read_workbooks
from r2prisk.panel.gate import FrameworksLike


def read_several(
    paths: Iterable[str | os.PathLike[str]], *, frameworks: FrameworksLike | None = None
) -> EvidenceTable:
    """Read several files of evidence, forms that were filled in and tables, as one table.

    Parameters
    ----------
    paths : iterable of path-like
        Forms and tables, as :func:`read_evidence` reads them.
    frameworks : iterable of str, path or Framework, optional
        As in :func:`read_evidence`.

    Returns
    -------
    EvidenceTable
        The forms first, each part in the order of the files. A row that stands in several files,
        alike in every cell and with the same name, is taken once, and the notes say so.

    Raises
    ------
    InputError
        With every fault in every file; two different rows with one name are one.
    MissingExtraError
        If the library that reads a format is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> folder = Path(tempfile.mkdtemp())
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="strong",
    ...     confidence="medium", mechanism="ngo", reference="An invented report", coder="A")
    >>> for name, coder in (("one.csv", "A"), ("two.jsonl", "B")):
    ...     mine = seen.model_copy(update={"id": name[:3], "coder": coder})
    ...     read_evidence([mine]).write(folder / name)
    >>> read_several([folder / "one.csv", folder / "two.jsonl"])
    EvidenceTable: 2 rows, 1 unit, 1 indicator, 2 coders, 2008-01-16 to 2008-01-16
    Sensitivity: 2 restricted
    """
    files = [Path(path) for path in paths]
    if not files:
        raise InputError("evidence", ["needs at least one file"])
    parts: list[EvidenceTable] = []
    problems: list[str] = []
    forms = [file for file in files if is_form(file)]
    for group in ([forms] if forms else []) + [[file] for file in files if file not in forms]:
        try:
            parts.append(
                read_workbooks(group, frameworks=frameworks)
                if group is forms
                else read_evidence(group[0], frameworks=frameworks)
            )
        except InputError as error:
            problems += [f"{error.subject}: {problem}" for problem in error.problems]
    if problems:
        raise InputError("evidence", problems)
    return parts[0] if len(parts) == 1 else _joined(parts, frameworks)


def _joined(parts: list[EvidenceTable], frameworks: FrameworksLike | None) -> EvidenceTable:
    """Put tables together, what stands alike in several once."""
    whole = pd.concat([part.to_frame().astype(object) for part in parts], ignore_index=True)
    kept = whole[~whole.astype(str).duplicated()].reset_index(drop=True)
    notes = [note for part in parts for note in part.notes]
    if len(kept) < len(whole):
        again = len(whole) - len(kept)
        rows = "row stands" if again == 1 else "rows stand"
        notes.append(f"{again:,} {rows} alike in several files, taken once")
    table = read_evidence(kept, frameworks=frameworks)
    sources = tuple(source for part in parts for source in part.sources)
    return EvidenceTable(table.to_frame(), table.frameworks, sources, tuple(notes))
