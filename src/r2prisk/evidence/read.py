"""Read a table of evidence from a file, a frame, or pieces of evidence."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import safe_cell
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.gate import COLUMNS, checked
from r2prisk.evidence.models import Evidence
from r2prisk.evidence.table import EvidenceTable
from r2prisk.evidence.workbook import read_workbook
from r2prisk.evidence.workbook.guard import is_form
from r2prisk.panel.gate import DEFAULT_FRAMEWORKS, FrameworksLike, as_frameworks
from r2prisk.panel.read import read_table

TEXT_ENDINGS = (".csv", ".tsv", ".txt")
TYPED_ENDINGS = (".parquet", ".xlsx", ".xls", ".ods")
ENDINGS = (*TEXT_ENDINGS, ".jsonl", *TYPED_ENDINGS)
NAMES = frozenset(COLUMNS)
_FOREIGN = {
    b"PK\x03\x04": "is a zip archive or an Excel workbook, not text; rename it",
    b"PAR1": "is a Parquet file, not text; rename it",
    b"\x1f\x8b": "is a gzip archive, not text; unpack it",
    b"\xff\xfe": "is UTF-16 text; save it as UTF-8",
    b"\xfe\xff": "is UTF-16 text; save it as UTF-8",
}


def read_evidence(
    source: str | os.PathLike[str] | pd.DataFrame | Iterable[Evidence],
    *,
    frameworks: FrameworksLike | None = None,
) -> EvidenceTable:
    """Read coded evidence, checked at one gate.

    Parameters
    ----------
    source : path-like, pandas.DataFrame or iterable of Evidence
        A form that was filled in (see ``write_template``), or a file that ends in ``.csv`` (comma,
        semicolon or tab; UTF-8), ``.jsonl``, ``.parquet`` or ``.xlsx``, or a frame, with the
        columns of :class:`Evidence`. Words may be English, French or Spanish. A cell that holds a
        list has semicolons between its entries.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default ``un-foa-2014`` and
        ``sg-resilience-2013``.

    Returns
    -------
    EvidenceTable
        In the order given.

    Raises
    ------
    InputError
        With every fault found, each with its row and column and the nearest match.
    MissingExtraError
        If the file is Parquet or Excel and the library that reads it is not installed.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["E1"], "unit": ["KEN"], "indicator": ["7.10"],
    ...     "date": ["2008-01-16"], "rating": ["strong"], "confidence": ["medium"],
    ...     "mechanism": ["ngo"], "reference": ["An invented report"], "coder": ["A"]})
    >>> read_evidence(frame)
    EvidenceTable: 1 row, 1 unit, 1 indicator, 1 coder, 2008-01-16 to 2008-01-16
    Sensitivity: 1 restricted
    >>> read_evidence(frame.assign(unit="Kenya", rating="strnog"))
    Traceback (most recent call last):
    r2prisk.errors.InputError: evidence: 2 problems
      - row 0, column 'unit': 'Kenya' is not an ISO 3166 alpha-3 code; did you mean 'KEN' (Kenya)?
      - row 0, column 'rating': 'strnog' is not a number from 0 to 1, a word (absent, weak, \
moderate, strong, severe) or a state (unknown, not applicable, failed); did you mean 'strong'?
    """
    allowed = as_frameworks(DEFAULT_FRAMEWORKS if frameworks is None else frameworks)
    if isinstance(source, (str, os.PathLike)) and is_form(Path(source)):
        return read_workbook(source, frameworks=allowed)
    frame, subject, sources = _given(source)
    if not len(frame):
        raise InputError(subject, ["has no rows"])
    whole = checked(frame, allowed, subject)
    return EvidenceTable(whole, allowed, sources, tuple(frame.attrs.get("notes", ())))


def _given(source: object) -> tuple[pd.DataFrame, str, tuple[str, ...]]:
    """Return values as people wrote them, and what to call where they came from."""
    if isinstance(source, pd.DataFrame):
        plain = source.index.nlevels == 1 and pd.api.types.is_integer_dtype(source.index)
        numbered = source if plain else source.set_axis(range(len(source)), axis=0)
        return numbered, "evidence", ()
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        return _file(path), path.name, (path.name,)
    pieces = list(source) if isinstance(source, Iterable) else [source]
    strange = {type(p).__name__: None for p in pieces if not isinstance(p, Evidence)}
    if strange:
        found = f"needs a file, a data frame or pieces of Evidence, found {', '.join(strange)}"
        raise InputError("evidence", [found])
    records = [piece.model_dump() for piece in pieces if isinstance(piece, Evidence)]
    return pd.DataFrame(records, columns=pd.Index(COLUMNS), dtype=object), "evidence", ()


def _file(path: Path) -> pd.DataFrame:
    """Read a file into a frame whose index numbers its rows as a person counts them."""
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        hint = nearest(ending, ENDINGS)
        raise InputError(path.name, [f"ends in '{ending}'; allowed: {', '.join(ENDINGS)}{hint}"])
    if ending in TYPED_ENDINGS:
        return read_table(path)
    return _lines(path) if ending == ".jsonl" else _csv(path)


def _text(path: Path) -> str:
    """Return the text of a file, or say what the file is instead."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except (OSError, ValueError) as error:
        raise InputError(repr(str(path)), [f"cannot be read: {error}"]) from None
    for magic, what in _FOREIGN.items():
        if raw.startswith(magic):
            raise InputError(path.name, [what])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem = f"line {line} is not UTF-8 (byte {error.start}); save the file as 'CSV UTF-8'"
        raise InputError(path.name, [problem]) from None
    if "\x00" in text:
        raise InputError(path.name, ["holds zero bytes: it is not text, or was cut off"])
    if not text.strip():
        raise InputError(path.name, ["is empty"])
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _csv(path: Path) -> pd.DataFrame:
    """Read a CSV as text: an identifier 7.10, a paragraph 007 and a coder NA stay as they are."""
    text = _text(path)
    first = next(line for line in text.split("\n") if line.strip())
    delimiter = max(",;\t", key=first.count)
    header, numbers, filled = _counted(path, text, delimiter)
    frame = pd.read_csv(
        io.StringIO(text),
        sep=delimiter,
        header=None,
        names=list(range(len(header))),
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        quoting=csv.QUOTE_MINIMAL,
    ).iloc[1:]
    frame = frame.set_axis(header, axis=1).set_axis(numbers, axis=0)
    if not filled.all():
        frame = frame[filled]
    for n in range(frame.shape[1]):
        quoted = frame.iloc[:, n].str.startswith("'").to_numpy(dtype=bool)
        if quoted.any():
            cells = [
                unquoted(cell) if q else cell
                for cell, q in zip(frame.iloc[:, n], quoted, strict=True)
            ]
            frame.isetitem(n, cells)
    return frame


def _counted(path: Path, text: str, delimiter: str) -> tuple[list[str], list[int], np.ndarray]:
    """Return the header, the number of each row as a spreadsheet shows it, and which hold anything.

    Raises
    ------
    InputError
        If a row has more or fewer cells than the header: a file cut off, or a stray comma.
    """
    csv.field_size_limit(max(len(text), 131_072))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    numbers: list[int] = []
    filled: list[bool] = []
    problems: list[str] = []
    try:
        for number, row in enumerate(reader, 1):
            if not row or (not header and not any(cell.strip() for cell in row)):
                continue
            if not header:
                header = row
                continue
            if len(row) != len(header):
                found = f"row {number} has {len(row)} cells, the header has {len(header)}"
                problems.append(found)
            numbers.append(number)
            filled.append(any(row))
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
    if problems:
        raise InputError(path.name, problems)
    return header, numbers, np.array(filled, dtype=bool)


def unquoted(cell: str) -> str:
    """Return a cell of a CSV without the apostrophe that kept it from being a formula.

    Examples
    --------
    >>> unquoted("'=1+1"), unquoted("''=1+1"), unquoted("'quoted'")
    ('=1+1', "'=1+1", "'quoted'")
    """
    bare = cell.lstrip("'")
    return cell[1:] if cell != bare and safe_cell(bare) != bare else cell


def _lines(path: Path) -> pd.DataFrame:
    """Read JSON Lines: one object on each line."""
    records: list[tuple[object, ...]] = []
    numbers: list[int] = []
    strange: dict[str, None] = {}
    problems: list[str] = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = json.loads(line, object_pairs_hook=_once)
            if not isinstance(record, dict):
                raise ValueError(f"is not an object but a {type(record).__name__}")
            strange |= dict.fromkeys(record.keys() - NAMES)
            records.append(tuple(record.get(name) for name in COLUMNS))
            numbers.append(number)
        except (ValueError, RecursionError) as error:
            problems.append(f"line {number} is not a record in JSON: {error}")
    if problems:
        raise InputError(path.name, problems)
    frame = pd.DataFrame(records, index=numbers, columns=pd.Index(COLUMNS), dtype=object)
    return frame.assign(**dict.fromkeys(sorted(strange)))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"'{next(n for n in names if names.count(n) > 1)}' stands twice")
    return record
