"""What partners offer: one tool of one partner a line, read and checked at one gate."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.panel.read import read_table
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.prevention.forms import form_faults, write_sheets

NEEDED = ("partner", "tool", "capacity")
COLUMNS = (
    "partner",
    "tool",
    "indicators",
    "countries",
    "open_to",
    "capacity",
    "lead_time",
    "sensitivity",
    "notes",
)
"""The columns of a file of offers."""

Cells = tuple[str, str, tuple[str, ...], tuple[str, ...], tuple[str, ...], int, float, str, str]
"""One line, as it is used."""

EXAMPLE = "Example partner"
"""The partner of the example lines of a form; they are never taken for offers."""

MOST = 1000
"""Countries of one offer, at most: more than there are."""

SENSITIVITY = ("public", "restricted", "confidential")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Offers:
    """Offers of partners; made by ``read_offers``.

    Parameters
    ----------
    table : pandas.DataFrame, shape (o, 9)
        Index ``offer`` (partner and title of the tool, numbered where a partner has several),
        sorted by partner, tool and what they hold, so that the order of lines does not matter:
        ``partner``, ``tool``, ``indicators``, ``countries`` (where the partner is at work),
        ``open_to`` (tuples of str; empty ``open_to`` is anywhere), ``capacity`` (countries, 1 or
        more), ``lead_time`` (months, 0 or more), ``sensitivity``, ``notes``.
    notes : tuple of str
        What was not read, one line each.

    Examples
    --------
    >>> frame = pd.DataFrame({"partner": ["Aland"], "tool": ["mediation"], "capacity": [2]})
    >>> read_offers(frame)
    Offers: 1 of 1 partner, 1 tool; room for 2 countries
    """

    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        partners, tools = self.table["partner"].nunique(), self.table["tool"].nunique()
        room = int(self.table["capacity"].sum())
        return (
            f"Offers: {len(self)} of {partners} partner{'s' * (partners != 1)}, "
            f"{tools} tool{'s' * (tools != 1)}; room for {room} countr{'y' if room == 1 else 'ies'}"
        )

    @property
    def reach(self) -> tuple[str, ...]:
        """Every country that an offer names, sorted."""
        named = [*self.table["countries"], *self.table["open_to"]]
        return tuple(sorted({code for codes in named for code in codes}))


def read_offers(source: str | os.PathLike[str] | pd.DataFrame) -> Offers:
    """Read offers from a file or a frame, with every fault reported together.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        ``.csv``, ``.xlsx`` or ``.parquet``; one line for each tool that a partner offers. Columns
        ``partner``, ``tool`` (a key of ``assistance.toml``), ``capacity`` (in how many countries at
        most); and, where they say more, ``indicators`` (those that this offer serves; those of the
        tool if empty), ``countries`` (where the partner is at work already), ``open_to`` (the only
        countries where it may work), each with ``;`` between; ``lead_time`` (months; the tool's if
        empty), ``sensitivity`` (``public`` if empty) and ``notes``.

    Returns
    -------
    Offers
        Sorted, whatever the order of lines.

    Raises
    ------
    InputError
        With every fault, each with its line: a column that is missing, a tool, indicator or country
        that does not exist (the nearest is named), a capacity or lead time out of range, a line
        that repeats another.
    MissingExtraError
        If the file is Parquet or Excel and the library that reads it is not installed.

    Examples
    --------
    >>> frame = pd.DataFrame({"partner": ["Aland"], "tool": ["meditation"], "capacity": [0]})
    >>> read_offers(frame)
    Traceback (most recent call last):
    r2prisk.errors.InputError: offers: 2 problems
      - line 0: no tool 'meditation'; did you mean 'mediation'?
      - line 0: capacity is 0; allowed is a whole number from 1 to 1,000
    """
    if isinstance(source, pd.DataFrame):
        frame, subject = source, "offers"
    else:
        frame, subject = read_table(Path(source)), Path(source).name
    frame, notes = _headed(frame, subject)
    problems: list[str] = []
    frame = frame[[any(map(_text, cells)) for cells in frame.itertuples(index=False)]]
    own = frame[frame["partner"].map(_text) != EXAMPLE]
    examples = len(frame) - len(own)
    if examples:
        notes += (f"{examples} example line{'s' * (examples > 1)} of the form left out",)
    frame = own
    lines = [_line(cells, line, problems) for line, cells in frame.iterrows()]
    seen: dict[Cells, Hashable] = {}
    for line, read in zip(frame.index, lines, strict=True):
        if read is None:
            continue
        if read in seen:
            told = f"line {line} repeats line {seen[read]}; for more countries raise its capacity"
            problems.append(told)
        seen.setdefault(read, line)
    if not lines:
        problems.append("there are no offers" + " but the examples of the form" * bool(examples))
    if problems:
        raise InputError(subject, problems)
    table = pd.DataFrame(sorted(filter(None, lines)), columns=pd.Index(COLUMNS))
    return Offers(table.set_index(_names(table)), notes)


def write_form(path: str | os.PathLike[str]) -> None:
    """Write an empty form for offers: an example line for each tool, to change or delete.

    Parameters
    ----------
    path : path-like
        A ``.csv`` or ``.xlsx`` file that does not exist yet.

    Raises
    ------
    InputError
        If the file exists (it is never replaced), ends otherwise, or cannot be written.
    MissingExtraError
        If it is a workbook and the library that writes it is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "offers.csv"
    >>> write_form(path)
    >>> read_offers(path)
    Traceback (most recent call last):
    r2prisk.errors.InputError: offers.csv: there are no offers but the examples of the form
    """
    faults = form_faults(path)
    if faults:
        raise InputError(str(path), faults)
    rows = [
        (
            *(EXAMPLE, tool.key, ";".join(tool.indicators), "", ""),
            *("1", f"{tool.lead_time:g}", "public"),
            f"Example: {tool.title}. {tool.what} Change or delete this line.",
        )
        for tool in load_assistance().tools
    ]
    write_sheets({"offers": pd.DataFrame(rows, columns=pd.Index(COLUMNS))}, path)


def _headed(frame: pd.DataFrame, subject: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return our columns under their names, and say which columns are not read."""
    plain = ["_".join(str(name).strip().casefold().split()) for name in frame.columns]
    problems = [f"column '{name}' is missing" for name in NEEDED if name not in plain]
    problems += [f"column '{name}' is there twice" for name in COLUMNS if plain.count(name) > 1]
    others = [name for name in plain if name not in COLUMNS]
    for name in others:
        if hint := nearest(name, [c for c in COLUMNS if c not in plain], cutoff=0.75):
            problems.append(f"no column '{name}' is known{hint}")
    if problems:
        raise InputError(subject, problems)
    kept = frame.set_axis(plain, axis=1)
    notes = (f"not read: columns {', '.join(others)}",) if others else ()
    notes += tuple(frame.attrs.get("notes", ()))
    return kept[[name for name in COLUMNS if name in plain]], notes


def _line(cells: pd.Series, line: Hashable, problems: list[str]) -> Cells | None:
    """Return the cells of a line as they are used, by ``COLUMNS``; None if it has faults."""
    declared = load_assistance()
    text = {name: _text(cells.get(name)) for name in COLUMNS}
    found: list[str] = []
    tool = declared.by_key.get(text["tool"])
    if not text["partner"]:
        found.append("partner is empty")
    if tool is None:
        hint = nearest(text["tool"], declared.by_key)
        found.append(f"no tool '{text['tool']}'{hint}" if text["tool"] else "tool is empty")
    known = load_framework("sg-resilience-2013")
    allowed = [i.id for i in known.indicators]
    served = _codes(
        text["indicators"], allowed, lambda name: nearest(name, allowed), "indicator", found
    )
    units = load_units()
    there = _codes(text["countries"].upper(), units, unit_hint, "country", found)
    open_to = _codes(text["open_to"].upper(), units, unit_hint, "country", found)
    outside = [code for code in there if open_to and code not in open_to]
    if outside:
        found.append(f"at work in {', '.join(outside)}, which open_to leaves out")
    capacity = _number(text["capacity"])
    if capacity is None or capacity % 1 or not 1 <= capacity <= MOST:
        told = f"allowed is a whole number from 1 to {MOST:,}"
        found.append(f"capacity is {_said(text['capacity'])}; {told}")
    lead = _number(text["lead_time"])
    if text["lead_time"] and (lead is None or lead < 0):
        found.append(f"lead_time is {_said(text['lead_time'])}; allowed are months, 0 or more")
    secret = text["sensitivity"].casefold() or "public"
    if secret not in SENSITIVITY:
        hint = f"allowed: {', '.join(SENSITIVITY)}{nearest(secret, SENSITIVITY)}"
        found.append(f"sensitivity is '{text['sensitivity']}'; {hint}")
    problems += [f"line {line}: {problem}" for problem in found]
    if found or tool is None or capacity is None:
        return None
    served = served or tool.indicators
    lead = tool.lead_time if lead is None else lead
    return (
        text["partner"], text["tool"], served, there, open_to, int(capacity), lead, secret,
        text["notes"],
    )  # fmt: skip


def _codes(
    text: str,
    allowed: object,
    hint: Callable[[str], str],
    what: str,
    problems: list[str],
) -> tuple[str, ...]:
    """Return codes with ``;`` between, sorted and once each."""
    codes = sorted({code.strip() for code in text.split(";") if code.strip()})
    for code in codes:
        if code not in allowed:  # pyright: ignore[reportOperatorIssue]
            problems.append(f"no {what} '{code}'{hint(code)}")
    return tuple(codes)


def _text(cell: object) -> str:
    """Return a cell on one line; empty where there is nothing in it."""
    if cell is None or bool(pd.isna(cast(Any, cell))):
        return ""
    # a whole number of a sheet comes as 2.0
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
    return " ".join(text.split())


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _said(text: str) -> str:
    return text or "empty"


def _names(table: pd.DataFrame) -> pd.Index:
    """Name each offer; numbered in their order where partner and tool are the same."""
    titles = {key: tool.title for key, tool in load_assistance().by_key.items()}
    plain = table["partner"] + ": " + table["tool"].map(titles)
    place = plain.groupby(plain).cumcount() + 1
    numbered = plain.where(place == 1, plain + " (" + place.astype(str) + ")")
    return pd.Index(numbered, name="offer")
