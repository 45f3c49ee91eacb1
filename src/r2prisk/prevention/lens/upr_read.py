"""Recommendations of the Universal Periodic Review, with countries, years and suggested tags."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Hashable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import resolve
from r2prisk.errors import InputError, nearest
from r2prisk.files import sha256
from r2prisk.panel.read import read_table
from r2prisk.prevention.lens.find import find_factors
from r2prisk.prevention.lens.words import factor_sides, load_lens_words
from r2prisk.sources.mapping import load_mapping

NEEDED = ("to", "from", "text", "response", "session")
COLUMNS = (*NEEDED, "action", "issue")
"""Columns that are read; others are not."""

EARLY = 3
"""Sessions up to this one code every recommendation to some states as noted, whatever they said."""

WITHIN_YEAR = 2010
"""The year in which names of countries are read: the review began in 2008."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Recommendations:
    """Recommendations of the Universal Periodic Review; made by ``read_upr``.

    Parameters
    ----------
    table : pandas.DataFrame, shape (n, 9)
        ``to``, ``asker`` (ISO 3166 alpha-3, None where not known), ``text``, ``accepted`` (bool),
        ``session``, ``year`` (NA where not known), ``action`` (1 minimal to 5 specific, NA where
        not given), ``issue``, and ``counted``: whether acceptance can be told and the state
        under review is known. The index is the row of the file, from 0.
    tags : pandas.DataFrame
        ``row`` and ``factor``: which factors each seems to touch, from words and issues. Nobody has
        confirmed them.
    notes : tuple of str
        What was left out or is not known, one line each.

    Examples
    --------
    >>> frame = pd.DataFrame({"to": ["Ghana"], "from": ["Norway"], "session": [14],
    ...     "text": ["Ratify the Rome Statute"], "response": ["Accepted"]})
    >>> made = read_upr(frame)
    >>> made
    Recommendations: 1 to 1 state, sessions 14 to 14; 1 touches a factor, unconfirmed
    >>> made.tags["factor"].tolist()
    ['RF3', 'SGS3']
    """

    table: pd.DataFrame
    tags: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def hash(self) -> str:
        """SHA-256 of states, texts, answers and sessions."""
        names = ("to", "asker", "text", "accepted", "session", "action", "issue")
        return sha256(*("\n".join(map(str, self.table[name])).encode() for name in names))

    def __len__(self) -> int:
        return len(self.table)

    def __repr__(self) -> str:
        states = self.table["to"].nunique()
        first, last = self.table["session"].min(), self.table["session"].max()
        touching = self.tags["row"].nunique()
        told = f"{len(self):,} to {states} state{'' if states == 1 else 's'}"
        touch = f"{touching:,} {'touches' if touching == 1 else 'touch'} a factor, unconfirmed"
        head = f"Recommendations: {told}, sessions {first} to {last}; {touch}"
        return "\n".join([head, *self.notes])


def read_upr(source: str | os.PathLike[str] | pd.DataFrame) -> Recommendations:
    """Read recommendations of the Universal Periodic Review and suggest the factors they touch.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        ``.csv``, ``.xlsx`` or ``.parquet`` as UPR Info has them: ``to``, ``from`` (names of
        countries), ``text``, ``response`` (accepted or noted), ``session`` and, if there,
        ``action`` (1 to 5) and ``issue`` (with commas between).

    Returns
    -------
    Recommendations
        All rows. Those of sessions 1 to 3, and those to a state that is not known, are not counted
        by :func:`upr_lens`; the notes say how many.

    Raises
    ------
    InputError
        With every fault found: a column that is missing, a response or action that is none, a
        text or session that is empty.
    MissingExtraError
        If the library that reads the file is not installed.

    Notes
    -----
    Source: UPR Info, Database of recommendations. Tags come from the issue, by a map of ours, and
    from keywords (``lens.toml``); docs/lens.md says how often they are right.

    Examples
    --------
    >>> read_upr(pd.DataFrame({"to": ["Ghana"], "from": ["Norway"], "session": [14],
    ...     "text": ["Ratify"], "response": ["Acepted"]}))
    Traceback (most recent call last):
    r2prisk.errors.InputError: recommendations: 'Acepted' (1 row) is no response; allowed: \
accepted, supported, noted, rejected, not supported; did you mean 'accepted'?
    """
    if isinstance(source, pd.DataFrame):
        frame, subject = source, "recommendations"
    else:
        frame, subject = read_table(Path(source)), Path(source).name
    problems = [f"column '{name}' is missing" for name in NEEDED if name not in list(frame.columns)]
    if not len(frame):
        problems.append("has no rows")
    if problems:
        raise InputError(subject, problems)
    table = _checked(frame.reset_index(drop=True), subject)
    notes = _notes(table, frame)
    table["counted"] = table["to"].notna() & (table["session"] > EARLY)
    tags, strange = _tagged(table)
    return Recommendations(table, tags, (*notes, *strange))


def _checked(frame: pd.DataFrame, subject: str) -> pd.DataFrame:
    """Return the columns that are used, each of its kind; every fault is raised together."""
    problems: list[str] = []
    texts = [unescape(str(text)).strip() for text in frame["text"].fillna("")]
    empty = texts.count("")
    problems += [f"text is empty in {empty} rows"] if empty else []
    session = _numbers(frame["session"], "session", (1, 999), problems, needed=True)
    action = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    if "action" in frame:
        action = _numbers(frame["action"], "action", (1, 5), problems, needed=False)
    said = load_lens_words().responses
    answers = frame["response"].fillna("").astype(str).str.strip().str.casefold()
    allowed = (*said.accepted, *said.noted)
    for found, count in (
        frame.loc[~answers.isin(allowed), "response"].value_counts(dropna=False).items()
    ):
        rows = f"{count:,} row{'' if count == 1 else 's'}"
        hint = nearest(str(found), allowed)
        problems.append(f"'{found}' ({rows}) is no response; allowed: {', '.join(allowed)}{hint}")
    if problems:
        raise InputError(subject, problems)
    years = {int(name): year for name, year in load_mapping("upr").period.map.items()}
    return pd.DataFrame(
        {
            "to": _units(frame["to"]),
            "asker": _units(frame["from"]),
            "text": texts,
            "accepted": answers.isin(said.accepted),
            "session": session,
            "year": session.map(years).astype("Int64"),
            "action": action,
            "issue": frame["issue"].fillna("").astype(str) if "issue" in frame else "",
        }
    )


def _numbers(
    column: pd.Series[Any], name: str, span: tuple[int, int], problems: list[str], *, needed: bool
) -> pd.Series[int]:
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = (numbers % 1 != 0) | ~numbers.between(*span)
    if not needed:
        wrong &= column.notna()
    if wrong.any():
        found = ", ".join(sorted({f"'{value}'" for value in column[wrong]})[:5])
        problems.append(f"{name} is {found}; it is a whole number from {span[0]} to {span[1]}")
        return pd.Series(0, index=column.index, dtype="Int64")
    return numbers.astype("Int64")


def _units(names: pd.Series[Any]) -> np.ndarray:
    """Return the codes of countries that are named, or given by code."""
    codes, values = pd.factorize(names.astype(object), use_na_sentinel=True)
    plain = [unescape(str(value)) for value in values]
    by_name = resolve(plain, "name", WITHIN_YEAR)
    by_code = resolve(plain, "iso3", WITHIN_YEAR)
    units = [name or code for name, code in zip(by_name, by_code, strict=True)]
    return np.array([*units, None], dtype=object)[codes]


def _notes(table: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """Count and name what is not known or not counted."""
    notes: list[str] = []
    early = int((table["session"] <= EARLY).sum())
    if early:
        notes.append(
            f"{early:,} of sessions 1 to {EARLY} are not counted: in these, all answers of some "
            "states are coded as noted."
        )
    for column, name, what in (
        ("to", "to", "are to a state that is not known, and not counted"),
        ("asker", "from", "are by somebody who is not known"),
    ):
        strange = table[column].isna().to_numpy()
        if strange.any():
            named = sorted({unescape(str(value)) for value in frame[name].to_numpy()[strange]})
            notes.append(f"{int(strange.sum()):,} {what}: {', '.join(named[:10])}.")
    twice = int(table.drop(columns="year").duplicated().sum())
    if twice:
        notes.append(f"{twice:,} repeat another in all that is read, and are counted again.")
    unknown = int(table["year"].isna().sum() - (table["session"] <= EARLY).sum())
    if unknown > 0:
        notes.append(f"{unknown:,} are of sessions whose year is not known.")
    return notes


def _tagged(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return row and factor of each tag, by words or by the issue, and issues without a map."""
    words = load_lens_words()
    hits = find_factors(table["text"].tolist())
    issues = table["issue"].str.split(",").explode().str.strip()
    known = {issue.name: issue.factors for issue in words.issues}
    strange = issues[~issues.isin([*known, ""])].value_counts()
    about_treaty = issues.index[issues == words.instruments]
    say = issues[~issues.index.isin(about_treaty)]
    named = [(row, factor) for row, name in say.items() for factor in known.get(name, ())]
    pairs: set[tuple[Hashable, str]] = {*named, *zip(hits["row"], hits["factor"], strict=True)}
    place = {factor: n for n, factor in enumerate(factor_sides())}
    ordered = sorted(pairs, key=lambda pair: (pair[0], place[pair[1]]))
    notes = [
        f"{n:,} have the issue '{name}', which says no factor here." for name, n in strange.items()
    ]
    return pd.DataFrame(ordered, columns=pd.Index(["row", "factor"])), notes
