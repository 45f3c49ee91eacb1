"""Read the file of a public dataset: only the columns that its mapping uses."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, MissingExtraError, nearest
from r2prisk.sources.mapping import FileSpec, Mapping

_NOT_CSV = {
    b"PK\x03\x04": "a zip archive (or an Excel workbook)",
    b"PAR1": "a Parquet file; its name must end in .parquet",
    b"\x1f\x8b": "a gzip archive",
    b"%PDF": "a PDF document",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
}


_HEAD, _TAIL = 1 << 16, 1 << 20
"""How many bytes show what a file is, and how its last row ends."""
_ROWS = 2000
"""Rows read at a time: some have thousands of columns, of which few are used."""


@dataclass(frozen=True)
class Table:
    """The columns of a file that a mapping uses, under the names that the mapping gives them.

    ``header`` has the names as written in the file; ``columns`` says for each name of the mapping
    how the file writes it.
    """

    name: str
    header: tuple[str, ...]
    columns: dict[str, str]
    frame: pd.DataFrame

    def __len__(self) -> int:
        return len(self.frame)

    def has(self, names: Iterable[str]) -> bool:
        """Say whether the file has all these columns."""
        return all(name in self.columns for name in names)

    def words(self, name: str) -> NDArray[np.object_]:
        """Return a column as it is written; None where the cell is empty."""
        column = self.frame[self.columns[name]]
        return column.astype(object).where(column.notna(), None).to_numpy(dtype=object)

    def numbers(self, name: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
        """Return a column as numbers, and the texts that are none (they become NaN)."""
        column = self.frame[self.columns[name]]
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        strange = column[np.isnan(values) & column.notna().to_numpy()]
        finite = np.where(np.isfinite(values), values, np.nan)
        return finite, tuple(sorted({str(text) for text in strange}))


def read_table(path: str | os.PathLike[str], mapping: Mapping) -> Table:
    """Read the columns that a mapping uses from a CSV or Parquet file.

    Parameters
    ----------
    path : path-like
        A file that ends in ``.parquet`` or ``.pq``, or any other name for CSV.
    mapping : Mapping
        What the file should be.

    Returns
    -------
    Table
        Rows as in the file.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, cut short, in another encoding or not a table, or if
        it lacks a column without which it is not this dataset: one clear message.
    MissingExtraError
        If the file is Parquet and the library for it is not installed.
    """
    place = Path(path)
    subject = f"source {mapping.name}, file {place.name}"
    try:
        with place.open("rb") as file:
            head, size = file.read(_HEAD), file.seek(0, os.SEEK_END)
    except FileNotFoundError:
        raise InputError(subject, [f"there is no file {place}"]) from None
    except OSError as error:
        raise InputError(subject, [f"cannot be read: {error.strerror}"]) from None
    if size <= _HEAD and not head.strip():
        raise InputError(subject, ["is empty"])
    if place.suffix.lower() in (".parquet", ".pq"):
        return _read_parquet(place, subject, mapping)
    _check_text(head, subject, mapping.file)
    return _read_csv(place, subject, mapping)


def _read_csv(path: Path, subject: str, mapping: Mapping) -> Table:
    """Read the columns that are used, some rows at a time: a file may be larger than memory."""
    spec = mapping.file
    try:
        header, row = _first_rows(path, spec)
        columns = _columns(header, subject, mapping)
        _whole(path, header, row, subject, spec)
        frame = _frame(path, header, columns, mapping)
    except UnicodeDecodeError:
        hint = f"line {_bad_line(path, spec)} cannot be read; save it as {spec.encoding}"
        raise InputError(subject, [f"is not {spec.encoding} text: {hint}"]) from None
    except InputError:
        raise
    except (csv.Error, ValueError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(subject, [f"is not a whole CSV table: {reason}"]) from None
    if frame.empty:
        raise InputError(subject, ["has a header but no rows"])
    return Table(path.name, tuple(header), columns, frame)


def _frame(
    path: Path, header: Sequence[str], columns: dict[str, str], mapping: Mapping
) -> pd.DataFrame:
    spec = mapping.file
    keys = [columns[key.column] for key in mapping.unit if key.column in columns]
    empty = {column: list(spec.missing) for column in columns.values()}
    empty.update({column: [""] for column in keys})
    used = sorted(set(columns.values()))
    names = [c if c in used else f"column {n} (not used)" for n, c in enumerate(header, start=1)]
    with pd.read_csv(
        path,
        sep=spec.delimiter,
        names=names,
        header=0,
        index_col=False,
        usecols=used,
        keep_default_na=False,
        na_values=empty,
        dtype=dict.fromkeys(keys, str),
        encoding=spec.encoding,
        compression=None,
        chunksize=_ROWS,
    ) as chunks:
        parts = list(chunks)
    if not parts:
        return pd.DataFrame(columns=used)
    return pd.DataFrame(
        {column: pd.concat([part[column] for part in parts], ignore_index=True) for column in used}
    )


def _read_parquet(path: Path, subject: str, mapping: Mapping) -> Table:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ModuleNotFoundError:
        raise MissingExtraError("reading Parquet files", "parquet") from None
    try:
        with pq.ParquetFile(path) as file:
            header = list(file.schema_arrow.names)
            columns = _columns(header, subject, mapping)
            frame = file.read(columns=sorted(set(columns.values()))).to_pandas()
    except (pa.ArrowException, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(subject, [f"is not a whole Parquet file: {reason}"]) from None
    if frame.empty:
        raise InputError(subject, ["has columns but no rows"])
    return Table(path.name, tuple(header), columns, frame.reset_index(drop=True))


def _check_text(head: bytes, subject: str, spec: FileSpec) -> None:
    """Refuse what is no text, by the first bytes of the file."""
    for start, what in _NOT_CSV.items():
        if head.startswith(start):
            raise InputError(subject, [f"is not CSV text but {what}"])
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
        raise InputError(subject, [f"is not {spec.encoding} text but UTF-16 or binary"])
    if b"\r" in head and b"\n" not in head:
        message = "its lines end as on old Macs (CR only); save it with LF or CRLF line ends"
        raise InputError(subject, [f"is not a whole CSV table: {message}"])


def _first_rows(path: Path, spec: FileSpec) -> tuple[list[str], list[str]]:
    with path.open(encoding=spec.encoding, newline="") as file:
        lines = csv.reader(file, delimiter=spec.delimiter)
        return [column.strip() for column in next(lines, [])], next(lines, [])


def _bad_line(path: Path, spec: FileSpec) -> int:
    """Return the first line that is not in the declared encoding."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(spec.encoding)
            except UnicodeDecodeError:
                return number
    return 0  # pragma: no cover - called only after such a line was met


def _whole(
    path: Path, header: Sequence[str], row: Sequence[str], subject: str, spec: FileSpec
) -> None:
    """Refuse a file whose rows are longer than its header, or whose last row was cut off."""
    if len(row) > len(header):
        message = f"the first row has {len(row)} columns and the header only {len(header)}"
        raise InputError(subject, [f"is not a whole CSV table: {message}"])
    with path.open("rb") as file:
        file.seek(max(file.seek(0, os.SEEK_END) - _TAIL, 0))
        tail = file.read()
    if tail.endswith((b"\n", b"\r")):
        return
    last = tail[tail.rfind(b"\n") + 1 :].decode(spec.encoding, errors="replace")
    found = len(next(csv.reader([last], delimiter=spec.delimiter), []))
    if found < len(header):
        message = f"was cut short: its last row has {found} of {len(header)} columns"
        raise InputError(subject, [message])


def _columns(header: Sequence[str], subject: str, mapping: Mapping) -> dict[str, str]:
    """Find how the file writes each column of the mapping; refuse a file that is another one."""
    repeated = sorted(column for column, count in Counter(header).items() if count > 1)
    written = _written(header, mapping)
    used = {name: written[name] for name in sorted(_names(mapping)) if name in written}
    clash = [column for column in repeated if column in used.values()]
    problems = [f"the column '{column}' is there more than once" for column in clash]
    problems += [
        f"has no column '{name}'{nearest(name, header)}"
        for name in mapping.file.columns
        if name not in written
    ]
    if not any(key.column in written for key in mapping.unit):
        keys = " or ".join(f"'{key.column}'" for key in mapping.unit)
        problems.append(f"has no column for the country: {keys}")
    period = mapping.period.column or mapping.period.since
    if period is not None and period not in written:
        problems.append(f"has no column '{period}' for the year{nearest(period, header)}")
    if not any(all(name in written for name in rating.columns) for rating in mapping.ratings):
        problems.append(f"has none of the columns that {mapping.name} rates")
    if problems:
        what = f"does not look like {mapping.title}; is it the right file?"
        raise InputError(subject, [what, *problems])
    return used


def _written(header: Sequence[str], mapping: Mapping) -> dict[str, str]:
    """Return the file's name for each column, without the prefix that a mapping allows for.

    Where one variable is there under several prefixes (``vd12_``, ``vd16_``), the last in the order
    of their numbers stands for all years: versions are never mixed.
    """
    plain = {column: column for column in header}
    if mapping.file.prefix is None:
        return plain
    pattern = re.compile(mapping.file.prefix)
    found: dict[str, tuple[int, str]] = {}
    for column in header:
        match = pattern.match(column)
        if match and match.end() > 0:
            number = int("".join(re.findall(r"\d", match.group())) or 0)
            name = column[match.end() :]
            found[name] = max(found.get(name, (-1, "")), (number, column))
    return {name: column for name, (_, column) in found.items()} | plain


def _names(mapping: Mapping) -> set[str]:
    """Return every column that a mapping may use."""
    period = mapping.period
    names = {key.column for key in mapping.unit} | set(period.since_where)
    names |= {x for x in (period.column, period.since, mapping.version_column) if x is not None}
    for rating in mapping.ratings:
        names |= {*rating.needs, *rating.fill}
    return names
