"""Read a panel from a file or a frame."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from r2prisk.catalogue import Framework
from r2prisk.errors import InputError, MissingExtraError
from r2prisk.panel.gate import read_frame
from r2prisk.panel.panel import Panel

CLOSED = "restricted or confidential: not for"
"""What stands in the notes of ratings that were made with evidence that is not for everybody."""

ENDINGS = (".csv", ".tsv", ".txt", ".parquet", ".xlsx", ".xls", ".ods")
_MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\x1f\x8b": "a gzip archive",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
}


def read_panel(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    frameworks: Iterable[str | os.PathLike[str] | Framework] | None = None,
) -> Panel:
    """Read ratings from a file or a frame, checked at one gate.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        ``.csv`` (comma, semicolon or tab; UTF-8), ``.parquet`` or ``.xlsx``, wide or long, or a
        frame. A column (or index level) ``unit``, ``iso3`` or ``country`` holds ISO 3166 alpha-3
        codes; one named ``period``, ``year`` or ``date`` holds years, quarters, months or dates.
        Cells are numbers from 0 to 1, rating words, ``unknown``, ``not applicable`` or
        ``failed``; an empty cell is unknown, never zero.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default ``un-foa-2014`` and
        ``sg-resilience-2013``.

    Returns
    -------
    Panel
        Rows sorted by unit and period, columns in the order of the frameworks.

    Raises
    ------
    InputError
        With every problem found, each with its row and column and the nearest match.
    MissingExtraError
        If the file is Parquet or Excel and the library that reads it is not installed.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"unit": ["SDN"], "period": ["2003"], "1.1": ["strong"]})
    >>> float(read_panel(frame).ratings[0, 0])
    0.75
    """
    if isinstance(source, pd.DataFrame):
        return read_frame(source, frameworks=frameworks)
    if not isinstance(source, (str, os.PathLike)):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = f"needs a file or a data frame, found {type(source).__name__}"
        raise InputError("panel", [found])
    path = Path(source)
    panel = read_frame(
        read_table(path), frameworks=frameworks, subject=path.name, sources=(path.name,)
    )
    return dataclasses.replace(panel, notes=(*panel.notes, *_closed(path)))


def _closed(path: Path) -> list[str]:
    """Return what the provenance beside ratings says of restricted evidence behind them.

    A table of ratings has no room for it; read back as a plain file it would pass for public.
    """
    beside = path.with_name(f"{path.name.removesuffix(f'.ratings{path.suffix}')}.provenance.json")
    if f".ratings{path.suffix}" not in path.name or not beside.is_file():
        return []
    try:
        notes = json.loads(beside.read_text(encoding="utf-8")).get("notes", [])
    except (ValueError, AttributeError, OSError):
        return [f"{beside.name} cannot be read: taken as {CLOSED} a wider circle"]
    return [str(note) for note in notes if CLOSED in str(note)]


def read_table(path: Path) -> pd.DataFrame:
    """Read a file into a frame whose headers stand as written and whose index is the line.

    Raises
    ------
    InputError
        If the file is missing, empty, truncated, not what its ending says, or not UTF-8.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise InputError(path.name, [f"ends in '{ending}'; allowed: {', '.join(ENDINGS)}"])
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except (OSError, ValueError) as error:
        raise InputError(repr(str(path)), [f"cannot be read: {error}"]) from None
    if not head:
        raise InputError(path.name, ["is empty"])
    if ending == ".parquet":
        return _parquet(path)
    if ending in (".xlsx", ".xls", ".ods"):
        return _excel(path)
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise InputError(path.name, [f"is {what}, not text; rename it or save it as CSV"])
    try:
        return _csv(path)
    except InputError:
        raise
    except (csv.Error, ValueError, OverflowError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(path.name, [f"is not a whole CSV table: {reason}"]) from None


def _csv(path: Path) -> pd.DataFrame:
    raw = path.read_bytes()
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(path.name, ["is UTF-16 text; save it as 'CSV UTF-8'"])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        problem = f"line {line} is not UTF-8 (byte {error.start}); save the file as 'CSV UTF-8'"
        raise InputError(path.name, [problem]) from None
    if "\x00" in text:
        raise InputError(path.name, ["holds zero bytes: it is not text, or was cut off"])
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    first = next((line for line in text.split("\n") if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    csv.field_size_limit(max(len(text), 131_072))
    header = next(row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row)
    lines = _even_lines(path, text, delimiter, len(header))
    skip = len(text) - len(text.lstrip("\n")) + 1  # blank lines, and a header of any height
    if '"' not in text:  # a line that holds only blanks is not one of the table
        text, skip = "\n".join(line for line in text.split("\n") if line.strip()), 1
    frame = pd.read_csv(
        io.StringIO(text),
        sep=delimiter,
        decimal="," if delimiter == ";" else ".",
        header=None,
        names=list(range(len(header))),
        skiprows=skip,
        # an identifier is text: as a number 7.10 would be 7.1
        dtype={n: str for n, name in enumerate(header) if name.strip().casefold() == "indicator"},
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
    )
    return frame.set_axis(header, axis=1).set_axis(lines[1:], axis=0)


def _even_lines(path: Path, text: str, delimiter: str, width: int) -> list[int]:
    """Return the numbers of the lines that are not blank, the header's first.

    Raises
    ------
    InputError
        If a row has more or fewer cells than the header: a file cut off, or a stray comma.
    """
    if '"' in text:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        counts = [(reader.line_num, len(row)) for row in reader if row]
    else:
        lines = enumerate(text.split("\n"), 1)
        counts = [(n, line.count(delimiter) + 1) for n, line in lines if line.strip()]
    uneven = [(line, count) for line, count in counts if count != width]
    if uneven:
        problems = [
            f"line {line} has {count} cells, the header has {width}" for line, count in uneven
        ]
        if len(uneven) == 1 and uneven[0][0] == counts[-1][0] and uneven[0][1] < width:
            problems = [f"{problems[0]}: the file was cut off"]
        raise InputError(path.name, problems)
    return [line for line, _ in counts]


def _parquet(path: Path) -> pd.DataFrame:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("Reading Parquet", "parquet") from None
    try:
        frame = pq.read_table(path).to_pandas()
        named = [name for name in frame.index.names if name is not None]
        frame = frame.reset_index(level=named) if named else frame
        return frame.set_axis(range(1, len(frame) + 1), axis=0)
    except (pa.ArrowException, OSError) as error:
        message = str(error).splitlines()[0]
        raise InputError(path.name, [f"is not a whole Parquet file: {message}"]) from None


def _excel(path: Path) -> pd.DataFrame:
    try:
        import python_calamine as calamine
    except ImportError:
        raise MissingExtraError("Reading a workbook", "excel") from None
    try:
        workbook = calamine.load_workbook(path)
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
        others = workbook.sheet_names[1:]
    except (calamine.CalamineError, OSError, IndexError) as error:
        raise InputError(path.name, [f"is not a whole workbook: {error}"]) from None
    _refuse_error_values(path)
    filled = [(n, row) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)]
    if not filled:
        raise InputError(path.name, ["the first sheet is empty"])
    header = list(filled[0][1])
    while header[-1] == "" and all(row[len(header) - 1] == "" for _, row in filled):
        header.pop()
    body = [row[: len(header)] for _, row in filled[1:]]
    lines = [n for n, _ in filled[1:]]
    frame = pd.DataFrame(body, columns=pd.Index(header, dtype=object), index=lines, dtype=object)
    if others:
        note = f"{path.name}: only the first sheet was read; not read: {', '.join(others)}"
        frame.attrs["notes"] = (note,)
    return frame


def _refuse_error_values(path: Path) -> None:
    """Refuse #N/A, #DIV/0! and their like, which the reader of workbooks gives as empty cells."""
    if path.suffix.lower() != ".xlsx":
        return
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        cells = [
            cell.decode()
            for name in names
            for cell in re.findall(rb'<c r="([A-Z]+[0-9]+)"[^>]* t="e"', archive.read(name))
        ]
    if cells:
        shown = ", ".join(cells[:8]) + (" ..." if len(cells) > 8 else "")
        problem = (
            f"{len(cells)} cells hold an error value such as #N/A ({shown}); empty or mend them"
        )
        raise InputError(path.name, [problem])
