"""Read scores back from a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import parse_periods
from r2prisk.panel.read import ENDINGS, read_table
from r2prisk.scoring.write import provenance_path

WORDS = ("unit", "period", "band", "note")
"""Columns of a file of scores that hold words."""


def read_scores(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read scores that ``Scores.write`` or ``r2prisk score`` wrote, or any table like them.

    Parameters
    ----------
    path : path-like
        ``.csv``, ``.parquet``, ``.xlsx`` or ``.json`` with columns ``unit`` (ISO 3166 alpha-3),
        ``period`` and scores from 0 to 1; an empty cell is unknown.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``period``; the scores. ``attrs["provenance"]`` holds the provenance that
        stands in a file or beside a ``.csv``.

    Raises
    ------
    InputError
        With every fault at once, each with its row and column.
    MissingExtraError
        If the file is Parquet or Excel and the library that reads it is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "scores.csv"
    >>> score(panel).write(path)
    >>> float(read_scores(path).loc[("SDN", "2003"), "risk"])
    0.9
    """
    path = Path(path)
    table, provenance = _json(path) if path.suffix.lower() == ".json" else _table(path)
    frame = _checked(table, path.name)
    frame.attrs["provenance"] = provenance
    return frame


def _table(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    if path.suffix.lower() not in ENDINGS:
        allowed = ", ".join((*ENDINGS, ".json"))
        raise InputError(path.name, [f"ends in '{path.suffix}'; allowed: {allowed}"])
    table = read_table(path)
    told = _sheet(path) if path.suffix.lower() == ".xlsx" else table.attrs.get("provenance")
    beside = provenance_path(path)
    if told is None and path.suffix.lower() == ".csv" and beside.is_file():
        try:
            told = beside.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(beside.name, [f"cannot be read as UTF-8 text: {error}"]) from None
    try:
        return table, json.loads(told) if isinstance(told, str) else dict(told or {})
    except ValueError as error:
        subject = beside.name if path.suffix.lower() == ".csv" else path.name
        raise InputError(subject, [f"is not JSON: {error}"]) from None


def _sheet(path: Path) -> dict[str, Any]:
    """Return the provenance in a sheet of a workbook; what has several rows is a list."""
    import python_calamine as calamine

    workbook = calamine.load_workbook(path)
    if "provenance" not in workbook.sheet_names:
        return {}
    about: dict[str, Any] = {}
    for what, value in workbook.get_sheet_by_name("provenance").to_python()[1:]:
        known = about.get(str(what))
        about[str(what)] = value if known is None else [*np.atleast_1d(known).tolist(), value]
    return about


def _json(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        table = pd.DataFrame(content["scores"])
        return table.set_index(pd.RangeIndex(1, len(table) + 1)), dict(content["provenance"])
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"is not a file of scores: {type(error).__name__} {error}"
        raise InputError(path.name, [problem]) from None


def _checked(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the scores under their index, or every fault of the table."""
    missing = [column for column in ("unit", "period") if column not in table]
    if missing:
        found = ", ".join(f"'{column}'{nearest(column, map(str, table))}" for column in missing)
        shown = ", ".join(map(str, table.columns[:8]))
        raise InputError(name, [f"has no column {found}; found {shown} ..."])
    twice = sorted({str(c) for c in table.columns[table.columns.duplicated()]})
    if twice:
        raise InputError(name, [f"has two columns '{column}'" for column in twice])
    rows = table.index.to_numpy(dtype=np.int64)
    problems: list[str] = []
    known = load_units()
    units = ["" if cell is None or cell != cell else str(cell) for cell in table["unit"]]
    for unit, row in dict(zip(reversed(units), reversed(rows), strict=True)).items():
        if unit not in known:
            found = f"unit '{unit}' is not known{nearest(unit, known)}" if unit else "has no unit"
            problems.append(f"row {row}: {found}")
    periods = parse_periods(table["period"], rows, "period", problems)
    scores = {
        column: _numbers(table[column], str(column), rows, problems)
        for column in table.columns
        if column not in WORDS
    }
    if not scores:
        problems.append("has no column of scores")
    if not len(table):
        problems.append("has no rows")
    if periods is None:
        raise InputError(name, problems)
    index = pd.MultiIndex.from_arrays([units, periods], names=["unit", "period"])
    again = np.flatnonzero(index.duplicated()).tolist()
    problems += [f"row {rows[n]}: {index[n][0]} {index[n][1]} stands twice" for n in again]
    if problems:
        raise InputError(name, problems)
    words = {column: table[column].to_numpy() for column in ("band", "note") if column in table}
    return pd.DataFrame({**scores, **words}, index=index).sort_index()


def _numbers(
    column: pd.Series[Any], name: str, rows: np.ndarray, problems: list[str]
) -> np.ndarray:
    empty = column.isna() | (column == "")
    numbers = pd.to_numeric(column.mask(empty), errors="coerce")
    wrong = (~empty & ~numbers.between(0.0, 1.0)).to_numpy()
    problems += [
        f"row {rows[n]}, column '{name}': '{column.iloc[n]}' is not a score from 0 to 1"
        for n in np.flatnonzero(wrong)
    ]
    return numbers.to_numpy(dtype=float)
