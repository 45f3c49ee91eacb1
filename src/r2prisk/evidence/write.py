"""Write a table of evidence: CSV, JSON Lines, Parquet, workbook."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import safe_cell
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.words import JOIN
from r2prisk.files import write_beside
from r2prisk.panel.write import write_excel, write_parquet

CELL = 32_767
"""Characters that a cell of a workbook can hold."""

LISTS = ("groups", "adjudicates")


def write_evidence(frame: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write checked evidence so that ``read_evidence`` gives it back whole.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, 19)
        Checked evidence.
    path : path-like
        Ends in ``.csv``, ``.jsonl``, ``.parquet`` or ``.xlsx``.

    Raises
    ------
    InputError
        If the ending is none of these, a text is too long for a cell of a workbook, or the file
        cannot be written.
    MissingExtraError
        If the library that writes the format is not installed.
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in _WRITERS:
        hint = nearest(ending, _WRITERS)
        raise InputError(str(path), [f"ends in '{ending}'; allowed: {', '.join(_WRITERS)}{hint}"])
    plain = frame.copy()
    for name in plain:
        if isinstance(plain[name].dtype, pd.CategoricalDtype):  # a file needs no list of words
            plain[name] = plain[name].astype(object)
    if ending == ".xlsx":
        _refuse_long_texts(plain, target.name)
    with write_beside(target) as scratch:
        _WRITERS[ending](plain, scratch)


def quoted(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula, and that can be read back.

    Parameters
    ----------
    text : str
        What goes into a cell of a CSV.

    Returns
    -------
    str
        The text, with one more apostrophe before it if it is a formula but for the apostrophes
        that it starts with.

    Examples
    --------
    >>> quoted("=1+1"), quoted("'=1+1"), quoted("'quoted'")
    ("'=1+1", "''=1+1", "'quoted'")
    """
    bare = text.lstrip("'")
    return f"'{text}" if safe_cell(bare) != bare else text


def _csv(frame: pd.DataFrame, path: Path) -> None:
    def cell(name: str) -> Callable[[Any], str]:
        if name == "rating":
            return lambda value: f'"{_number(value)}"'
        return lambda value: '"' + quoted(value).replace('"', '""') + '"'

    head = ",".join(f'"{name}"' for name in frame)
    _write_lines(path, [head], (",".join(row) for row in _rows(frame, cell)))


def _jsonl(frame: pd.DataFrame, path: Path) -> None:
    def pair(name: str) -> Callable[[Any], str]:
        def written(value: Any) -> str:
            if value != value or value == "":
                return ""
            said = value.split(JOIN) if name in LISTS else value
            return f'"{name}": {json.dumps(said, ensure_ascii=False)}'

        return written

    lines = ("{" + ", ".join(filter(None, row)) + "}" for row in _rows(frame, pair))
    _write_lines(path, [], lines)


def _rows(
    frame: pd.DataFrame, writer: Callable[[str], Callable[[Any], str]]
) -> Iterable[tuple[str, ...]]:
    """Return the rows as texts; each distinct value of a column is written once."""
    columns: list[list[str]] = []
    table = _with_days(frame)
    for name in table:
        codes, values = pd.factorize(table[name], use_na_sentinel=False)
        texts = np.array([writer(str(name))(value) for value in values], dtype=object)
        columns.append(texts[codes].tolist() if len(texts) else [])
    return zip(*columns, strict=True)


def _write_lines(path: Path, head: Iterable[str], lines: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in itertools.chain(head, lines))


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    write_parquet(frame, path)


def _excel(frame: pd.DataFrame, path: Path) -> None:
    sheet = _with_days(frame)
    # a workbook keeps 16 digits of a number; one that needs more stands as text
    ratings = [r if r != r or float(f"{r:.16G}") == r else repr(r) for r in frame["rating"]]
    sheet["rating"] = pd.Series(ratings, dtype=object)
    write_excel({"evidence": sheet.replace("", None)}, path)


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
    ".xlsx": _excel,
}


def _with_days(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with days as text."""
    table = frame.copy()
    for name in ("date", "until", "known"):
        days = frame[name].to_numpy().astype("datetime64[D]")
        texts = np.datetime_as_string(days).astype(object)
        texts[np.isnat(days)] = ""
        table[name] = pd.Series(texts, dtype=object)
    return table


def _number(rating: float) -> str:
    return "" if rating != rating else repr(float(rating))


def _refuse_long_texts(frame: pd.DataFrame, name: str) -> None:
    problems: list[str] = []
    for column in frame.select_dtypes("object"):
        long = np.flatnonzero(frame[column].map(len) > CELL)
        problems += [
            f"'{frame['id'].iloc[n]}', column '{column}': {len(frame[column].iloc[n]):,} characters"
            for n in long
        ]
    if problems:
        allowed = f"a cell of a workbook holds {CELL:,}; write .csv, .jsonl or .parquet"
        raise InputError(name, [f"{problem}; {allowed}" for problem in problems])
