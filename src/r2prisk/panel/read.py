"""Read a panel from a file or a frame."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from r2prisk.catalogue import Framework
from r2prisk.errors import InputError, MissingExtraError
from r2prisk.panel.gate import read_frame
from r2prisk.panel.panel import Panel

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
    path = Path(source)
    frame = read_table(path)
    return read_frame(
        frame, frameworks=frameworks, subject=path.name, first_row=2, sources=(path.name,)
    )


def read_table(path: Path) -> pd.DataFrame:
    """Read a file into a frame whose headers stand as they were written.

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
    except OSError as error:
        raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from None
    if not head:
        raise InputError(path.name, ["is empty"])
    if ending == ".parquet":
        return _parquet(path)
    if ending in (".xlsx", ".xls", ".ods"):
        return _excel(path)
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise InputError(path.name, [f"is {what}, not text; rename it or save it as CSV"])
    return _csv(path)


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
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    header = next(csv.reader([first.rstrip("\r")], delimiter=delimiter), [])
    _refuse_uneven(path, text, delimiter, len(header))
    frame = pd.read_csv(
        io.StringIO(text),
        sep=delimiter,
        decimal="," if delimiter == ";" else ".",
        header=None,
        skiprows=1,
        names=list(range(len(header))),
        keep_default_na=False,
        na_values=[""],
        low_memory=False,
    )
    frame.columns = pd.Index(header)
    return frame


def _refuse_uneven(path: Path, text: str, delimiter: str, width: int) -> None:
    """Refuse rows with more or fewer cells than the header: a file cut off, or a stray comma."""
    if '"' in text:
        reader = csv.reader(io.StringIO(text), delimiter=delimiter)
        counts = [(reader.line_num, len(row)) for row in reader if row]
    else:
        lines = text.splitlines()
        counts = [(n, line.count(delimiter) + 1) for n, line in enumerate(lines, 1) if line.strip()]
    uneven = [(line, count) for line, count in counts if count != width]
    if uneven:
        problems = [
            f"line {line} has {count} cells, the header has {width}" for line, count in uneven
        ]
        if len(uneven) == 1 and uneven[0][0] == counts[-1][0] and uneven[0][1] < width:
            problems = [f"{problems[0]}: the file was cut off"]
        raise InputError(path.name, problems)


def _parquet(path: Path) -> pd.DataFrame:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("Reading Parquet", "parquet") from None
    try:
        return pq.read_table(path).to_pandas()
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
    except (calamine.CalamineError, OSError, IndexError) as error:
        raise InputError(path.name, [f"is not a whole workbook: {error}"]) from None
    rows = [row for row in rows if any(cell != "" for cell in row)]
    if not rows:
        raise InputError(path.name, ["the first sheet is empty"])
    numbers = [cell for cell in rows[0] if isinstance(cell, (int, float))]
    if numbers:
        shown = ", ".join(f"{n:g}" for n in numbers[:8])
        problem = (
            f"column headers {shown} are numbers: 7.1 and 7.10 look the same; "
            "format the header row as text and type the identifiers again"
        )
        raise InputError(path.name, [problem])
    header = [str(cell) for cell in rows[0]]
    while header and header[-1] == "" and all(row[len(header) - 1] == "" for row in rows):
        header.pop()
    body = [row[: len(header)] for row in rows[1:]]
    return pd.DataFrame(body, columns=pd.Index(header), dtype=object)
