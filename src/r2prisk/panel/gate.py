"""The one gate for incoming tables: every check, all problems reported together."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework, load_framework
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.panel.cells import Cells, factorized, parse_cells, place
from r2prisk.panel.panel import Panel
from r2prisk.panel.periods import parse_periods
from r2prisk.panel.states import CellState

UNIT_COLUMNS = ("unit", "iso3", "country")
PERIOD_COLUMNS = ("period", "year", "date")
LONG_COLUMNS = ("indicator", "rating", "state", "variance")
LOOK_ALIKE = "7.1 and 7.10 look the same; make them text and type the identifiers again"
DEFAULT_FRAMEWORKS = ("un-foa-2014", "sg-resilience-2013")

FrameworksLike = Iterable[str | os.PathLike[str] | Framework]


def read_frame(
    frame: pd.DataFrame,
    *,
    frameworks: FrameworksLike | None = None,
    subject: str = "panel",
    sources: Sequence[str] = (),
) -> Panel:
    """Check a table and return it as a Panel.

    Parameters
    ----------
    frame : pandas.DataFrame
        Wide (one column per indicator) or long (columns ``indicator`` and ``rating``, and
        optionally ``state`` and ``variance``). A column or index level named ``unit``, ``iso3``
        or ``country`` holds ISO 3166 alpha-3 codes; one named ``period``, ``year`` or ``date``
        holds years, quarters, months or dates, all of one kind.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default the UN Framework of Analysis and
        the Secretary-General's resilience factors.
    subject : str
        How messages name the table; they number its rows by their index where that is a plain
        one of whole numbers.
    sources : sequence of str
        Where the ratings came from, kept with the panel.

    Returns
    -------
    Panel
        Rows sorted by unit and period, columns in the order of the frameworks.

    Raises
    ------
    InputError
        With every problem found: missing or unknown columns (with the nearest match), ratings
        that are not numbers from 0 to 1, unknown units, unreadable or mixed periods, duplicate
        rows; each with its row and column.

    Examples
    --------
    >>> import pandas as pd
    >>> read_frame(pd.DataFrame({"iso3": ["SDN"], "year": [2003], "1.1": [1.5], "7.1O": [0.2]}))
    Traceback (most recent call last):
    r2prisk.errors.InputError: panel: 2 problems
      - column '7.1O' is no indicator of un-foa-2014 or sg-resilience-2013; did you mean '7.1'?
      - row 0, column '1.1': 1.5 is outside 0 to 1
    """
    allowed = as_frameworks(DEFAULT_FRAMEWORKS if frameworks is None else frameworks)
    table, unit_column, period_column, notes = _key_columns(frame, subject)
    problems: list[str] = []
    rows = _row_numbers(frame)
    units = _units(table[unit_column], rows, unit_column, problems)
    periods = parse_periods(table[period_column], rows, period_column, problems)
    body = table.drop(columns=[unit_column, period_column])
    if {"indicator", "rating"} <= set(body.columns):
        columns, positions, cells = _long(body, rows, allowed, problems)
    else:
        columns, cells = _wide(body, rows, allowed, problems)
        positions = None
    if periods is None:
        raise InputError(subject, problems)
    index = pd.MultiIndex.from_arrays([units, periods], names=["unit", "period"])
    problems += _repeated(index, positions, columns, rows)
    if problems:
        raise InputError(subject, problems)
    if positions is not None:
        index, cells = _pivot(index, positions, cells, len(columns))
    order = _sorted(index)
    return Panel(
        index=index[order],
        indicators=tuple(columns),
        ratings=np.asfortranarray(cells.ratings[order]),
        states=np.asfortranarray(cells.states[order]),
        frameworks=tuple(f for f in allowed if any(i.id in set(columns) for i in f.indicators)),
        variance=None if cells.variance is None else cells.variance[order],
        sources=tuple(sources),
        notes=(*notes, *frame.attrs.get("notes", ())),
    )


def as_frameworks(names: FrameworksLike) -> tuple[Framework, ...]:
    """Load frameworks and refuse two that share an identifier."""
    loaded = tuple(n if isinstance(n, Framework) else load_framework(n) for n in names)
    owner: dict[str, str] = {}
    problems: list[str] = []
    for framework in loaded:
        for indicator in framework.indicators:
            other = owner.setdefault(indicator.id, framework.name)
            if other != framework.name:
                problems.append(f"'{indicator.id}' is in both {other} and {framework.name}")
    if problems:
        raise InputError("frameworks", problems)
    return loaded


def _key_columns(frame: pd.DataFrame, subject: str) -> tuple[pd.DataFrame, str, str, list[str]]:
    """Find the columns that say unit and period; an index level counts as a column."""
    keys = {*UNIT_COLUMNS, *PERIOD_COLUMNS}
    levels = [name for name in frame.index.names if name in keys]
    twice = [n for n in levels if levels.count(n) > 1 or n in frame.columns]
    if twice:
        raise InputError(subject, [f"'{name}' stands more than once" for name in set(twice)])
    table = frame.reset_index(level=levels) if levels else frame
    table = table.reset_index(drop=True)
    table.columns = [_header(column) for column in table.columns]
    problems = [
        f"column '{name}' stands {count} times"
        for name, count in table.columns.value_counts(sort=False).items()
        if count > 1
    ]
    problems += [
        f"column {n + 1} has no name" for n, name in enumerate(table.columns) if name == ""
    ]
    numbers = [f"{name:g}" for name in frame.columns if isinstance(name, float) and name == name]
    if numbers:
        problems.append(f"column headers {', '.join(numbers[:8])} are numbers: {LOOK_ALIKE}")
    found = [
        next((c for c in names if c in table.columns), "")
        for names in (UNIT_COLUMNS, PERIOD_COLUMNS)
    ]
    for names, name in zip((UNIT_COLUMNS, PERIOD_COLUMNS), found, strict=True):
        if not name:
            first = [str(column) for column in list(table.columns)[:8]]
            known = ", ".join(map(repr, first)) or "none"
            hint = next((h for column in first if (h := nearest(column, names))), "")
            problems.append(f"needs a column {' or '.join(names)}; columns found: {known}{hint}")
    if not len(table) and not problems:
        problems.append("has no rows")
    if problems:
        raise InputError(subject, problems)
    spare = [c for c in table.columns if c in keys and c not in found]
    notes = [f"{subject}: column '{c}' was not needed and not read" for c in spare]
    return table.drop(columns=spare), found[0], found[1], notes


def _row_numbers(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Return the numbers by which a person finds the rows: the index, or else their position."""
    plain = frame.index.nlevels == 1 and pd.api.types.is_integer_dtype(frame.index)
    return np.asarray(frame.index if plain else np.arange(len(frame)), dtype=np.int64)


def _header(column: object) -> str:
    if column is None or (isinstance(column, float) and np.isnan(column)):
        return ""
    text = str(column).strip()
    return text.casefold() if text.casefold() in KEYWORDS else text


KEYWORDS = {*UNIT_COLUMNS, *PERIOD_COLUMNS, *LONG_COLUMNS}


def _units(
    column: pd.Series[Any], rows: NDArray[np.int64], name: str, problems: list[str]
) -> NDArray[np.object_]:
    codes, texts = _texts(column)
    known = load_units()
    for n, text in enumerate(texts):
        if text in known:
            continue
        found = f"'{text}' is not an ISO 3166 alpha-3 code" if text else "no unit"
        problems.append(f"{place(rows, codes, n, name)}: {found}{unit_hint(text)}")
    return np.array(texts, dtype=object)[codes]


def _wide(
    body: pd.DataFrame,
    rows: NDArray[np.int64],
    frameworks: Sequence[Framework],
    problems: list[str],
) -> tuple[list[str], Cells]:
    known = [i.id for f in frameworks for i in f.indicators]
    _unknown_indicators(list(body.columns), frameworks, "column ", problems)
    columns = [name for name in known if name in set(body.columns)]
    if not columns and not problems:
        problems.append("has no column that is an indicator")
    ratings = np.empty((len(body), len(columns)))
    states = np.empty((len(body), len(columns)), dtype=np.uint8)
    for n, name in enumerate(columns):
        cells = parse_cells(body[name], rows, name, problems)
        ratings[:, n] = cells.ratings
        states[:, n] = cells.states
    return columns, Cells(ratings, states)


def _unknown_indicators(
    names: Sequence[str], frameworks: Sequence[Framework], what: str, problems: list[str]
) -> None:
    known = [i.id for f in frameworks for i in f.indicators]
    titles = " or ".join(f.name for f in frameworks)
    strange = [name for name in names if name not in set(known)]
    # hints cost a search over the catalogue: a table of 10,000 strange columns needs only some
    hints = [nearest(name, known) if n < 20 else "" for n, name in enumerate(strange)]
    problems += [
        f"{what}'{name}' is no indicator of {titles}{hint}"
        for name, hint in zip(strange, hints, strict=True)
    ]


def _long(
    body: pd.DataFrame,
    rows: NDArray[np.int64],
    frameworks: Sequence[Framework],
    problems: list[str],
) -> tuple[list[str], NDArray[np.intp], Cells]:
    """Read a long table: the columns it rates, the column of each row, and its cells."""
    strange = [c for c in body.columns if c not in LONG_COLUMNS]
    problems += [f"column '{c}' is unknown{nearest(c, LONG_COLUMNS)}" for c in strange]
    if any(isinstance(value, (int, float)) for value in body["indicator"].dropna().head(1000)):
        problems.append(f"column 'indicator' holds numbers: {LOOK_ALIKE}")
    codes, values = _texts(body["indicator"])
    empty = np.array([value == "" for value in values])[codes]
    problems += [f"row {row}, column 'indicator': nothing" for row in rows[empty]]
    named = list(dict.fromkeys(value for value in values if value != ""))
    _unknown_indicators(named, frameworks, "indicator ", problems)
    known = [i.id for f in frameworks for i in f.indicators]
    columns = [name for name in known if name in set(values)]
    place = {name: n for n, name in enumerate(columns)}
    positions = np.array([place.get(v, 0) for v in values], dtype=np.intp)[codes]
    cells = parse_cells(body["rating"], rows, "rating", problems)
    if "state" in body.columns:
        cells = _stated(cells, body["state"], rows, problems)
    if "variance" in body.columns:
        variance = pd.to_numeric(body["variance"], errors="coerce").to_numpy(dtype=np.float64)
        wrong = (body["variance"].notna().to_numpy() & np.isnan(variance)) | (variance < 0)
        problems += [
            f"row {rows[n]}, column 'variance': '{body['variance'].iloc[n]}' is not a number >= 0"
            for n in np.flatnonzero(wrong)
        ]
        cells = Cells(cells.ratings, cells.states, variance)
    return columns, positions, cells


def _stated(
    cells: Cells, column: pd.Series[Any], rows: NDArray[np.int64], problems: list[str]
) -> Cells:
    """Let a column of state words decide, and refuse states that contradict the ratings."""
    words = {state.name.lower(): state for state in CellState}
    codes, values = _texts(column)
    texts = [value.casefold().replace(" ", "_") for value in values]
    given = np.array([words.get(text, CellState.UNKNOWN) for text in texts], dtype=np.uint8)[codes]
    silent = np.array([text == "" for text in texts])[codes]
    strange = np.array([text != "" and text not in words for text in texts])[codes]
    has_rating = cells.states == CellState.RATED
    clash = ~silent & ~strange & (has_rating != (given == CellState.RATED))
    for n in np.flatnonzero(strange | clash):
        where, text = f"row {rows[n]}, column 'state'", texts[codes[n]]
        if strange[n]:
            found = f"'{column.iloc[n]}' is not one of {', '.join(words)}{nearest(text, words)}"
            problems.append(f"{where}: {found}")
        else:
            problems.append(
                f"{where}: '{text}' with {'a rating' if has_rating[n] else 'no rating'}"
            )
    return Cells(cells.ratings, np.where(silent, cells.states, given))


def _texts(column: pd.Series[Any]) -> tuple[NDArray[np.intp], list[str]]:
    """Return codes and the texts that they stand for; an empty cell is an empty text."""
    codes, values = factorized(column)
    return codes, ["" if v is None or v != v else str(v).strip() for v in values]


def _repeated(
    index: pd.MultiIndex,
    positions: NDArray[np.intp] | None,
    columns: Sequence[str],
    rows: NDArray[np.int64],
) -> list[str]:
    """Name each row (of a long table: each cell) that was given before, and where."""
    codes, _ = pd.factorize(index)
    place = codes if positions is None else codes * max(len(columns), 1) + positions
    _, first, inverse = np.unique(place, return_index=True, return_inverse=True)
    problems: list[str] = []
    for n in np.flatnonzero(first[inverse] != np.arange(len(place))).tolist():
        unit, period = index[n]
        cell = "" if positions is None else f" {columns[positions[n]]}"
        earlier = rows[first[inverse[n]]]
        problems.append(f"row {rows[n]}: {unit} {period}{cell} is already in row {earlier}")
    return problems


def _pivot(
    index: pd.MultiIndex, positions: NDArray[np.intp], cells: Cells, width: int
) -> tuple[pd.MultiIndex, Cells]:
    """Turn long cells into a wide block; a cell that is not listed is unknown."""
    codes, unique = pd.factorize(index)
    shape = (len(unique), width)
    ratings = np.full(shape, np.nan)
    states = np.full(shape, CellState.UNKNOWN, dtype=np.uint8)
    ratings[codes, positions] = cells.ratings
    states[codes, positions] = cells.states
    variance = None
    if cells.variance is not None and not np.isnan(cells.variance).all():
        variance = np.full(shape, np.nan)
        variance[codes, positions] = cells.variance
    wide = pd.MultiIndex.from_tuples(unique, names=["unit", "period"])
    return wide, Cells(ratings, states, variance)


def _sorted(index: pd.MultiIndex) -> NDArray[np.intp]:
    units = index.get_level_values("unit").to_numpy()
    periods = pd.PeriodIndex(index.get_level_values("period"))
    return np.lexsort((periods.asi8, units.astype(str)))
