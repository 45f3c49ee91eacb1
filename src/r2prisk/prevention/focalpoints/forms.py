"""The forms that a person fills in, and their cells as spreadsheet programs save them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, cast

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import read_cells
from r2prisk.catalogue.units import load_units, resolve
from r2prisk.catalogue.units import nearest as nearest_unit
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.panel.read import read_table
from r2prisk.prevention.focalpoints.words import LEVELS, load_questions
from r2prisk.prevention.forms import form_faults, write_sheets
from r2prisk.trajectories.phrases import plain_text

Given = str | os.PathLike[str] | pd.DataFrame
"""A file, or a frame with the same columns."""

Form = Literal["capacity", "network", "due"]
"""The forms that there are."""

ABOUT = {
    "country": "Country (name or ISO 3166 alpha-3 code)",
    "date": "Date of the answers (2024, 2024-06 or 2024-06-30)",
}
"""What every capacity form says of itself."""

ITEM = ("item", "question", "answer", "allowed", "look", "note")
"""The columns of the capacity form; ``item`` and ``answer`` are needed."""

NETWORK = ("unit", "since", "left", "person", "seniority", "ministry", "meetings", "group", "note")
"""The columns of the network; one row for each holder of each country. ``unit`` is needed."""

DUE = ("date", "unit", "what", "who")
"""The columns of what is due; ``date`` and ``what`` are needed."""


def write_form(form: Form, path: str | os.PathLike[str]) -> None:
    """Write an empty form, which a spreadsheet program opens.

    Parameters
    ----------
    form : {"capacity", "network", "due"}
        Which.
    path : path-like
        A ``.csv`` or ``.xlsx``; one that is there already may be filled in and is never replaced.

    Raises
    ------
    InputError
        If there is no such form, the file exists, ends otherwise or cannot be written.
    MissingExtraError
        If it is a workbook and the library that writes it is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "capacity.csv"
    >>> write_form("capacity", path)
    >>> read_cells(path, columns=ITEM, needed=ITEM[:1])[2][1]["item"]
    'government.1'
    """
    file = Path(path)
    forms = {"capacity": (ITEM, _questions()), "network": (NETWORK, []), "due": (DUE, [])}
    problems: list[str] = []
    if form not in forms:
        problems.append(f"form '{form}' is none of {', '.join(forms)}{nearest(form, forms)}")
    problems += [f"'{file.name}' {fault}" for fault in form_faults(file)]
    if problems:
        raise InputError("form", problems)
    head, rows = forms[form]
    write_sheets({form: pd.DataFrame(rows, columns=pd.Index(head), dtype=str)}, file)


def _questions() -> list[tuple[str, ...]]:
    asked = load_questions()
    rows = [(name, text, "", "", "", "") for name, text in ABOUT.items()]
    for attribute in asked.attributes:
        looks = dict(zip(LEVELS, attribute.looks, strict=True))
        for q in attribute.questions:
            look = f"{attribute.title}, {q.step}: {looks[q.step]}"
            rows.append((q.id, q.text, "", "yes / no / unknown", look, ""))
    allowed = {"number": "a number", "date": "2011 or 2011-05", "yes-no": "yes / no / unknown"}
    for fact in asked.facts:
        may_be = " / ".join(fact.choices) or allowed.get(fact.kind, "")
        rows.append((fact.id, fact.question, "", may_be, "", ""))
    return rows


def cells_of(
    given: Given, columns: Sequence[str], needed: Sequence[str], subject: str
) -> list[tuple[int, dict[str, str]]]:
    """Return rows of texts, of a CSV, a workbook (extra ``excel``) or a frame.

    Raises
    ------
    InputError
        If it cannot be read, has no rows, or its columns are not those.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["GHA", None], "meetings": [3.0, float("nan")]})
    >>> cells_of(frame, ["unit", "meetings"], ["unit"], "network")
    [(1, {'unit': 'GHA', 'meetings': '3'})]
    """
    if not isinstance(given, pd.DataFrame):
        file = Path(given)
        if file.suffix.lower() not in (".xlsx", ".xls", ".ods"):
            rows = read_cells(file, columns=columns, needed=needed)
            return [(n, {k: plain_text(v) for k, v in row.items() if k}) for n, row in rows]
        frame = read_table(file)
    else:
        frame = given
    heads = [str(name).strip().casefold() for name in frame.columns]
    problems = [f"column '{name}' is missing" for name in needed if name not in heads]
    problems += [
        f"unknown column '{name}'{nearest(name, columns)}" for name in heads if name not in columns
    ]
    problems += [f"column '{name}' is there more than once" for name in _repeated(heads)]
    if not len(frame):
        problems.append("has no rows")
    if problems:
        raise InputError(subject, problems)
    blank = dict.fromkeys(columns, "")
    rows = [
        (n, {**blank, **dict(zip(heads, map(_text, row), strict=True))})
        for n, row in enumerate(frame.itertuples(index=False, name=None), 1)
    ]
    return [(n, row) for n, row in rows if any(row.values())]


def _repeated(names: Iterable[str]) -> list[str]:
    counts = pd.Series(list(names), dtype=object).value_counts()
    return sorted(str(name) for name in counts.index[counts > 1])


def _text(value: object) -> str:
    """Return a cell as a person would have typed it: 3, not 3.0; a date without its hour."""
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if hasattr(value, "isoformat"):
        return str(value)[:10]
    return plain_text(" ".join(str(value).split()))


def country_of(text: str, told: list[str]) -> str:
    """Return the code of a country named by code or name; empty, with a fault, where it is none.

    Examples
    --------
    >>> country_of("Ghana", []), country_of("gha", [])
    ('GHA', 'GHA')
    """
    known = load_units()
    if text.strip().upper() in known:
        return text.strip().upper()
    found = resolve([text], "name")[0]
    if found is None:
        close = nearest_unit(text)
        hint = f"; did you mean '{close.name}'?" if close else nearest(text, known)
        told.append(f"'{text}' is no country and no ISO 3166 alpha-3 code{hint}")
        return ""
    return str(found)


def date_of(text: str, name: str, told: list[str]) -> pd.Period | None:
    """Return a day, a month or a year; none, with a fault, where it is none of them.

    Examples
    --------
    >>> str(date_of("2024-06", "since", []))
    '2024-06'
    """
    try:
        period = period_of(text, name)
    except InputError:
        period = None
    if period is None or period.freqstr[0] not in "DMY":
        told.append(f"{name}: '{text}' is not a day (2024-06-30), a month (2024-06) or a year")
        return None
    return period


def read_due(given: Given) -> pd.DataFrame:
    """Read what is due.

    Parameters
    ----------
    given : path-like or pandas.DataFrame
        The columns ``date`` (a day, a month or a year) and ``what``; optionally ``unit`` (a
        country) and ``who``.

    Returns
    -------
    pandas.DataFrame
        In order of date: ``date`` (pandas Periods), ``unit`` (a code, or empty), ``what``, ``who``.

    Raises
    ------
    InputError
        With every fault and its row.

    Examples
    --------
    >>> rows = {"date": ["2025-06", "2025-01-15"], "what": ["Report", "Meeting"]}
    >>> read_due(pd.DataFrame(rows))["what"].tolist()
    ['Meeting', 'Report']
    """
    problems: list[str] = []
    read: list[tuple[object, ...]] = []
    for n, cells in cells_of(given, DUE, ("date", "what"), "due"):
        told: list[str] = []
        date = date_of(cells["date"], "date", told)
        unit = country_of(cells["unit"], told) if cells["unit"] else ""
        if not cells["what"]:
            told.append("what: is empty; say what is due")
        problems += [f"row {n}: {fault}" for fault in told]
        read.append((date, unit, cells["what"], cells["who"]))
    if problems:
        raise InputError("due", problems)
    read.sort(key=lambda row: cast(pd.Period, row[0]).end_time)
    return pd.DataFrame(read, columns=pd.Index(DUE))
