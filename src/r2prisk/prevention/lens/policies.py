"""Policies, programmes and laws of a government as a table, checked at one gate."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import pandas as pd

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.export import read_cells
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.read import unquoted
from r2prisk.files import sha256
from r2prisk.panel.read import read_table
from r2prisk.prevention.lens.words import factor_sides

COLUMNS = (
    *("id", "text", "department", "country", "kind", "start", "end", "partners"),
    *("tags", "raises", "confirmed_by", "suggested"),
)
"""The columns of a table of policies; of these ``text``, ``country`` and ``kind`` are needed."""

NEEDED = ("text", "country", "kind")
EXAMPLE = "example"
"""How the ``id`` of a row begins that only shows how a form is filled in."""

KINDS = ("policy", "programme", "law")
NO_NAME = frozenset({"no", "not yet", "none", "nobody", "n/a", "na", "yes", "true", "false", "x"})
"""What stands in ``confirmed_by`` where somebody ticked a cell, or said that nobody did."""

SHEET_ERRORS = frozenset({"#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#N/A", "#NULL!"})
"""What a spreadsheet program saves to a CSV where it took a text for a formula."""

FIRST_YEAR, LAST_YEAR = 1800, 2200
_YEAR = re.compile(r"[0-9]{4}(\.0)?")


@lru_cache(maxsize=1)
def tag_factors() -> dict[str, str]:
    """Return every factor and indicator that a tag can name, with its factor.

    Examples
    --------
    >>> tags = tag_factors()
    >>> tags["7.10"], tags["SGS3"], len(tags)
    ('RF7', 'SGS3', 205)
    """
    both = [load_framework(name) for name in ("un-foa-2014", "sg-resilience-2013")]
    homes = {factor.id: factor.id for framework in both for factor in framework.factors}
    return homes | {
        i.id: f.id for framework in both for f in framework.factors for i in f.indicators
    }


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Policies:
    """Policies, programmes and laws; made by ``read_policies``.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, 12)
        One row each. ``id``, ``text``, ``country`` (the state whose policy it is), ``kind``
        (policy, programme or law), ``start``, ``end`` (years, NA where not told), ``confirmed_by``
        and ``suggested`` (texts, empty where there is none); ``department``, ``partners``, ``tags``
        and ``raises`` hold tuples of str.
    examples : int
        Rows of the form's examples (their ``id`` begins with ``example``) that were left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"text": ["Train judges"], "country": ["XDA"], "kind": ["programme"],
    ...     "department": ["Justice"], "tags": ["SGS3"], "confirmed_by": ["A. Example"]})
    >>> read_policies(frame)
    Policies: 1 of XDA, 1 department; tags of 1 confirmed, of 0 not
    """

    table: pd.DataFrame
    examples: int = 0

    def __len__(self) -> int:
        return len(self.table)

    @property
    def confirmed(self) -> pd.Series[bool]:
        """Whether a person stands for the tags of each, shape (n,)."""
        return self.table["confirmed_by"] != ""

    @property
    def departments(self) -> tuple[str, ...]:
        """Every department that is named, in order of the alphabet."""
        named = {name for row in self.table["department"] for name in row}
        return tuple(sorted(named, key=lambda name: (name.casefold(), name)))

    @property
    def hash(self) -> str:
        """SHA-256 of what stands in the table."""
        return sha256(self.table.to_csv(index=False).encode())

    def __repr__(self) -> str:
        sure, count = int(self.confirmed.sum()), len(self.departments)
        countries = ", ".join(sorted(set(self.table["country"])))
        named = f"{count} department{'' if count == 1 else 's'}"
        rest = f"tags of {sure} confirmed, of {len(self) - sure} not"
        left = f"; {self.examples} of the form's examples left out" if self.examples else ""
        return f"Policies: {len(self)} of {countries}, {named}; {rest}{left}"


def read_policies(source: str | os.PathLike[str] | pd.DataFrame) -> Policies:
    """Read policies, programmes and laws, checked at one gate.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        A ``.csv`` (comma, semicolon or tab; UTF-8), a ``.xlsx``, or a frame, with the columns
        ``text``, ``country`` (ISO 3166 alpha-3) and ``kind`` (policy, programme or law), and if
        known ``id``, ``department``, ``start``, ``end`` (years), ``partners`` (countries in which
        it works; empty is at home), ``tags`` (factors or indicators of which it lowers the risk or
        builds the resilience), ``raises`` (risk factors or indicators that it could raise) and
        ``confirmed_by`` (who stands for the tags). Semicolons stand between entries. Write an
        indicator as ``RF7.10``, because a spreadsheet makes 7.1 of 7.10.

    Returns
    -------
    Policies
        In the order given.

    Raises
    ------
    InputError
        With every fault found, each with its row and column and the nearest match.
    MissingExtraError
        If the file is a workbook and the library that reads it is not installed.

    Examples
    --------
    >>> read_policies(pd.DataFrame({"text": ["Train judges"], "country": ["GHA"],
    ...     "kind": ["programm"], "tags": ["SGS33"]}))
    Traceback (most recent call last):
    r2prisk.errors.InputError: policies: 2 problems
      - row 0, column 'kind': 'programm' is not one of policy, programme, law; did you mean \
'programme'?
      - row 0, column 'tags': 'SGS33' is no factor or indicator; did you mean 'SGS3.3'?
    """
    rows, subject, unit = _rows(source)
    if not rows:
        raise InputError(subject, ["has no rows"])
    every = len(rows)
    rows = [(n, row) for n, row in rows if not _text(row.get("id")).casefold().startswith(EXAMPLE)]
    if not rows:
        raise InputError(subject, ["has only the rows of the form's examples; add your own"])
    problems: list[str] = []
    table = [_row(cells, f"{unit} {number}", problems) for number, cells in rows]
    counts = pd.Series([row["id"] for row in table]).value_counts()
    problems += [f"id '{name}' stands {n} times" for name, n in counts.items() if name and n > 1]
    if problems:
        raise InputError(subject, problems)
    taken = set(counts.index)
    fresh = (f"P{n}" for n in range(1, 10**9) if f"P{n}" not in taken)
    for row in table:
        row["id"] = row["id"] or next(fresh)
    frame = pd.DataFrame(table, columns=pd.Index(COLUMNS))
    return Policies(frame.astype({"start": "Int64", "end": "Int64"}), every - len(rows))


def _rows(source: object) -> tuple[list[tuple[object, dict[str, object]]], str, str]:
    """Return the number and the cells of each row that holds something."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        if path.suffix.lower() == ".csv":
            read = read_cells(path, columns=COLUMNS, needed=NEEDED)
            return (
                [(n, {name: unquoted(text) for name, text in row.items()}) for n, row in read],
                path.name,
                "row",
            )
        if path.suffix.lower() != ".xlsx":
            raise InputError(path.name, [f"ends in '{path.suffix}'; allowed: .csv, .xlsx"])
        frame, subject = read_table(path), path.name
    elif isinstance(source, pd.DataFrame):
        frame, subject = source, "policies"
    else:
        found = type(source).__name__
        raise InputError("policies", [f"needs a file or a data frame, found {found}"])
    names = [str(name).strip().casefold() for name in frame.columns]
    problems = [
        f"column '{name}' is not known; allowed: {', '.join(COLUMNS)}{nearest(name, COLUMNS)}"
        for name in names
        if name not in COLUMNS
    ]
    problems += [f"column '{name}' is missing" for name in NEEDED if name not in names]
    problems += [
        f"column '{name}' stands twice" for name in sorted({*names}) if names.count(name) > 1
    ]
    if problems:
        raise InputError(subject, problems)
    cells = [dict(zip(names, row, strict=True)) for row in frame.itertuples(index=False)]
    listed = list(zip(frame.index, cells, strict=True))
    return (
        [(n, row) for n, row in listed if any(_text(cell) for cell in row.values())],
        subject,
        "row",
    )


def _text(cell: object) -> str:
    """Return a cell on one line, empty where there is nothing."""
    if isinstance(cell, (tuple, list)):
        return "; ".join(map(_text, cast("Iterable[object]", cell)))
    return "" if cell is None or bool(pd.isna(cast(Any, cell))) else " ".join(str(cell).split())


def _row(cells: dict[str, object], place: str, problems: list[str]) -> dict[str, Any]:
    """Check one row; what is wrong is added to the problems."""
    row: dict[str, Any] = {name: _text(cells.get(name)) for name in COLUMNS}

    def wrong(column: str, what: str) -> None:
        problems.append(f"{place}, column '{column}': {what}")

    if not row["text"]:
        wrong("text", "is empty")
    for column in ("text", "department"):
        if row[column] and _no_words(row[column]):
            told = f"'{row[column]}' has no words; was a text that begins with =, + or - taken for"
            wrong(column, f"{told} a formula? Write it anew in a cell of the format text")
    row["country"] = _country(row["country"], "country", wrong)
    row["kind"] = row["kind"].casefold()
    if row["kind"] not in KINDS:
        found = f"'{row['kind']}' is not one of {', '.join(KINDS)}{nearest(row['kind'], KINDS)}"
        wrong("kind", found if row["kind"] else f"is empty; allowed: {', '.join(KINDS)}")
    for column in ("start", "end"):
        row[column] = _year(row[column], column, wrong)
    if row["start"] and row["end"] and row["start"] > row["end"]:
        wrong("end", f"{row['end']} lies before the start, {row['start']}")
    row["department"] = _entries(row["department"])
    row["partners"] = tuple(_country(n, "partners", wrong) for n in _entries(row["partners"]))
    for column in ("tags", "raises"):
        # a number in a sheet may have been 7.10
        risky = isinstance(cells.get(column), (int, float)) and row[column]
        if risky:
            wrong(column, f"{row[column]} is a number; write an indicator as RF7.10")
        found = _entries(row[column].replace(",", ";").replace(" ", ";"))
        row[column] = () if risky else tuple(_tag(name, column, wrong) for name in found)
    name = row["confirmed_by"]
    if name and (name.casefold() in NO_NAME or not any(map(str.isalpha, name))):
        wrong("confirmed_by", f"'{name}' is not the name of a person; leave it empty until then")
    both = sorted(set(row["tags"]) & set(row["raises"]))
    if both:
        wrong("raises", f"{', '.join(both)} is in tags too: it cannot lower and raise one thing")
    return row


def _entries(text: str) -> tuple[str, ...]:
    """Return what stands between semicolons, each once."""
    return tuple(dict.fromkeys(entry.strip() for entry in text.split(";") if entry.strip()))


def _country(text: str, column: str, wrong: Any) -> str:
    code = text.upper()
    if code not in load_units():
        wrong(
            column,
            f"'{text}' is not an ISO 3166 alpha-3 code{unit_hint(text)}" if text else "is empty",
        )
    return code


def _no_words(text: str) -> bool:
    """Return whether a cell holds the value of a formula, or nothing that can be read."""
    return text in SHEET_ERRORS or not any(map(str.isalpha, text))


def _year(text: str, column: str, wrong: Any) -> int | None:
    if not text:
        return None
    if not _YEAR.fullmatch(text) or not FIRST_YEAR <= int(text[:4]) <= LAST_YEAR:
        wrong(column, f"'{text}' is not a year, e.g. 2024")
        return None
    return int(text[:4])


def _tag(text: str, column: str, wrong: Any) -> str:
    """Return a factor or indicator; of harm, of the risk side alone."""
    known = tag_factors()
    name = text.upper()
    # RF7.10 is how a person writes 7.10 so that no spreadsheet makes 7.1 of it
    name = name[2:] if name.startswith("RF") and "." in name else name
    if name not in known:
        wrong(column, f"'{text}' is no factor or indicator{nearest(text, known)}")
    elif column == "raises" and factor_sides()[known[name]] != "risk":
        wrong(column, f"'{text}' is resilience: only risk can be raised")
    return name
