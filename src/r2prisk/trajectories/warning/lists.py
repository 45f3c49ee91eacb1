"""Outside lists: rankings and lists of countries that others publish, with what they measure."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import read_cells
from r2prisk.catalogue.units import SYSTEMS, System, resolve
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import parse_periods
from r2prisk.panel.read import read_table
from r2prisk.trajectories.phrases import plain_text

LISTS = ("list", "unit", "date", "rank", "measures", "horizon")
"""The columns of a file of several lists."""

SPELT_OUT = 5
"""Codes that stand for no unit of which a list spells out so many."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class OutsideList:
    """A list that others publish; made by ``read_list``.

    Parameters
    ----------
    name : str
        What it is called.
    frame : pandas.DataFrame
        ``unit``, ``date`` (pandas Periods: the edition) and ``rank`` (1 is most at risk; NaN where
        a country is named without one), by date and rank.
    ranked : bool
        False where it only names countries.
    measures : str
        What it is of: ``onset of mass killing``.
    horizon : float
        How many years it looks ahead; 0 states the present.
    left_out : dict of str to int
        Codes that stand for no unit, with how many rows each had.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": ["SDN", "MMR"], "date": 2016, "rank": [1, 2]})
    >>> read_list(table, name="Example", measures="onset of mass killing").measures
    'onset of mass killing'
    """

    name: str
    frame: pd.DataFrame
    ranked: bool
    measures: str
    horizon: float
    left_out: Mapping[str, int]

    def edition(self, end: pd.Timestamp) -> pd.DataFrame:
        """Return the newest edition that was out by a moment; empty if there was none."""
        ends = self.frame["date"].dt.end_time
        known = self.frame[ends <= end]
        return known[known["date"] == known["date"].max()] if len(known) else known

    def __repr__(self) -> str:
        dates = self.frame["date"]
        kind = "ranks" if self.ranked else "names"
        what = f" ({self.measures})" if self.measures else ""
        span = f"{dates.nunique()} editions ({dates.min()} to {dates.max()})"
        lines = [f"{self.name}{what}: {kind} {self.frame['unit'].nunique()} units in {span}"]
        if self.left_out:
            named = [f"{code} ({count})" for code, count in self.left_out.items()]
            more = f" and {len(named) - SPELT_OUT} more" if len(named) > SPELT_OUT else ""
            rows = sum(self.left_out.values())
            lines.append(f"Left out, no unit: {rows} rows: {', '.join(named[:SPELT_OUT])}{more}")
        return "\n".join(lines)


def read_list(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    name: str,
    unit: str = "unit",
    date: str = "date",
    rank: str | None = "rank",
    system: System = "iso3",
    measures: str = "",
    horizon: float = 0.0,
) -> OutsideList:
    """Read an outside list, whatever its columns are called.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        A table with one row for each unit and edition; other columns are ignored.
    name : str
        What the list is called.
    unit, date : str
        The columns of the unit and of the edition (years, quarters, months or days).
    rank : str or None
        The column of the rank, > 0, 1 for most at risk, equals allowed; empty where a country is
        named without one. None: the list only names countries.
    system : {"iso3", "iso2", "cow", "gw", "vdem", "wb", "name"}
        What the units are given in.
    measures : str
        What the list is of.
    horizon : float
        Years that it looks ahead, >= 0; 0 states the present.

    Returns
    -------
    OutsideList
        Rows whose code stands for no unit are left out, counted and named.

    Raises
    ------
    InputError
        With all that is wrong: columns missing, unreadable dates, ranks that are not above 0, a
        unit twice in an edition, no name, a bad horizon, or no row that resolves.

    Examples
    --------
    >>> table = pd.DataFrame({"iso3": ["SDN", "MMR", "XXX"], "year": 2016, "place": [1, 2, 3]})
    >>> read_list(table, name="Example", unit="iso3", date="year", rank="place")
    Example: ranks 2 units in 1 editions (2016 to 2016)
    Left out, no unit: 1 rows: XXX (1)
    """
    table = source if isinstance(source, pd.DataFrame) else read_table(Path(source))
    subject = f"list {name}" if name.strip() else "list"
    problems = _declared(name, horizon, system)
    wanted = {"unit": unit, "date": date} | ({} if rank is None else {"rank": rank})
    lacking = [column for column in wanted.values() if column not in table]
    names = list(map(str, table.columns))
    problems += [f"has no column '{column}'{nearest(column, names)}" for column in lacking]
    if problems:
        raise InputError(subject, problems)
    # a file's index holds its line numbers
    given = isinstance(source, pd.DataFrame)
    rows = np.arange(len(table)) if given else table.index.to_numpy(dtype=np.int64)
    about = (name, measures, float(horizon), system)
    return _checked(table.reset_index(drop=True), wanted, rows, subject, about)


def _declared(name: str, horizon: float, system: str) -> list[str]:
    problems: list[str] = []
    if not name.strip():
        problems.append("name: is empty; say what the list is called")
    if not (math.isfinite(horizon) and horizon >= 0):
        problems.append(f"horizon: {horizon} is not a number of years from 0")
    if system not in SYSTEMS:
        hint = nearest(system, SYSTEMS)
        problems.append(f"system '{system}' is not one of {', '.join(SYSTEMS)}{hint}")
    return problems


def _checked(
    table: pd.DataFrame,
    wanted: dict[str, str],
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    subject: str,
    about: tuple[str, str, float, System],
) -> OutsideList:
    """Check the cells and make the list."""
    name, measures, horizon, system = about
    problems: list[str] = []
    if not len(table):
        raise InputError(subject, ["has no rows"])
    dates = parse_periods(table[wanted["date"]], rows, wanted["date"], problems)
    ranks = np.full(len(table), np.nan)
    if "rank" in wanted:
        ranks = _ranks(table[wanted["rank"]], rows, problems)
    if dates is None:
        raise InputError(subject, problems)
    codes = table[wanted["unit"]]
    units = resolve(codes.tolist(), system, dates.year.tolist())
    known = ~pd.isna(units)
    frame = pd.DataFrame({"unit": units, "date": dates, "rank": ranks})
    twice = frame[known & frame.duplicated(["unit", "date"]).to_numpy()]
    problems += [
        f"row {rows[n]}: {row['unit']} stands twice in the edition {row['date']}"
        for n, row in zip(twice.index, twice.to_dict("records"), strict=True)
    ]
    unknown = codes[~known].map(str).value_counts()
    if not known.any():
        shown = ", ".join(unknown.index[:SPELT_OUT])
        problems.append(f"no unit is known by {system} code: found {shown}")
    if problems:
        raise InputError(subject, problems)
    return OutsideList(
        name=name,
        frame=frame[known].sort_values(["date", "rank", "unit"], ignore_index=True),
        ranked="rank" in wanted,
        measures=measures,
        horizon=horizon,
        left_out={str(code): int(count) for code, count in unknown.items()},
    )


def _ranks(
    column: pd.Series, rows: np.ndarray[tuple[int], np.dtype[np.int64]], problems: list[str]
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
    empty = (column.isna() | (column.astype(str).str.strip() == "")).to_numpy()
    wrong = ~empty & ~((numbers > 0) & np.isfinite(numbers))
    problems += [
        f"row {rows[n]}, column '{column.name}': '{column.iloc[n]}' is not a rank above 0"
        for n in np.flatnonzero(wrong)
    ]
    return numbers


def read_lists(path: str | os.PathLike[str]) -> tuple[OutsideList, ...]:
    r"""Read a file that holds several outside lists.

    Parameters
    ----------
    path : path-like
        A CSV with the columns ``list`` (the name), ``unit`` (ISO 3166 alpha-3), ``date``, ``rank``
        (empty throughout a list that only names countries) and, optionally, ``measures`` and
        ``horizon`` (years; the same in all rows of a list, empty for 0).

    Returns
    -------
    tuple of OutsideList
        In the order in which the lists first appear.

    Raises
    ------
    InputError
        With the faults of all lists.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "lists.csv"
    >>> _ = path.write_text("list,unit,date,rank,measures,horizon\nExample,SDN,2016,1,onset,1\n")
    >>> read_lists(path)
    (Example (onset): ranks 1 units in 1 editions (2016 to 2016),)
    """
    file = Path(path)
    rows = read_cells(file, columns=LISTS, needed=LISTS[:4])
    table = pd.DataFrame([cells for _, cells in rows], index=[n for n, _ in rows])
    problems: list[str] = []
    made: list[OutsideList] = []
    for name, part in table.groupby("list", sort=False):
        try:
            made.append(_one(plain_text(str(name)), part))
        except InputError as error:
            problems += [f"{error.subject}: {problem}" for problem in error.problems]
    if problems:
        raise InputError(file.name, problems)
    return tuple(made)


def _one(name: str, part: pd.DataFrame) -> OutsideList:
    """Make one list of its rows."""
    problems = [
        f"{column} differs between rows: {', '.join(map(repr, part[column].unique()))}"
        for column in ("measures", "horizon")
        if len(part[column].unique()) > 1
    ]
    horizon = pd.to_numeric(part["horizon"].iloc[0] or "0", errors="coerce")
    problems += _declared(name, float(horizon), "iso3")
    subject = f"list {name}" if name else "list"
    if problems:
        raise InputError(subject, problems)
    wanted = {"unit": "unit", "date": "date"} | (
        {"rank": "rank"} if (part["rank"] != "").any() else {}
    )
    rows = part.index.to_numpy(dtype=np.int64)
    about = (name, plain_text(part["measures"].iloc[0]), float(horizon), "iso3")
    return _checked(part.reset_index(drop=True), wanted, rows, subject, about)


def distinct(lists: Iterable[OutsideList]) -> tuple[OutsideList, ...]:
    """Return the lists, and refuse two of one name.

    Raises
    ------
    InputError
        If two lists have the same name.

    Examples
    --------
    >>> distinct([])
    ()
    """
    given = tuple(lists)
    names = [listed.name for listed in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("lists", [f"two are called '{name}'" for name in twice])
    return given
