"""Read onsets and episodes: every check of an incoming table in one place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.forecasting.onsets import FINENESS, UNKNOWN, Onsets, period_in
from r2prisk.panel.cells import factorized, place
from r2prisk.panel.gate import PERIOD_COLUMNS, UNIT_COLUMNS
from r2prisk.panel.periods import KINDS, parse_periods, period_of
from r2prisk.panel.read import read_table


def read_onsets(
    source: str | os.PathLike[str] | pd.DataFrame,
    *,
    kind: str = "year",
    first: object = None,
    known: object = None,
) -> Onsets:
    """Read a table of onsets, checked at one gate.

    Parameters
    ----------
    source : path-like or pandas.DataFrame
        Either **episodes**: ``unit`` (or ``iso3``, ``country``: ISO 3166 alpha-3), ``first`` and,
        optionally, ``last`` (empty: not over); a unit that is not listed had none. Or **rows**:
        ``unit``, ``period`` (or ``year``, ``date``), ``onset`` (0, 1 or empty: unknown) and,
        optionally, ``ongoing`` (likewise); a row that is not listed is unknown, so that the table
        also says which units exist. Other columns are left alone.
    kind : str
        ``year``, ``quarter`` or ``month``: what the periods become; episodes may be dated finer,
        rows may not. Episodes of one unit that begin in one period are one onset, which lasts to
        the latest end of them (an open one is not over); ``notes`` says how many were joined.
    first, known : period, optional
        Of episodes: the first and the last period for which the list is complete; by default those
        of its earliest and its latest onset. One that began before ``first`` is no onset, but is
        under way until its end.

    Returns
    -------
    Onsets
        What is known of every unit and period. Where no episode says how long it lasted (no
        ``last``, no ``ongoing``) what was under way is unknown: of a list from a unit's first
        onset on, of rows everywhere.

    Raises
    ------
    InputError
        With every problem found, rows numbered by their index where that is one of whole numbers
        (of a file: its lines): columns missing, units or periods that cannot be read, an
        episode that ends before it begins, a row twice, rows of another kind of period, an onset
        after ``known``, ``known`` before ``first``.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": ["SDN"] * 3, "year": [2002, 2003, 2004], "onset": [0, 1, 0]})
    >>> read_onsets(rows)
    Onsets: 1 in 1 unit, known from 2002 to 2004; what is not listed is unknown
    """
    if isinstance(source, pd.DataFrame):
        subject = "onsets"
        named = [name for name in source.index.names if name is not None]
        twice = [f"'{n}' is a column and an index" for n in named if n in source.columns]
        if twice:
            raise InputError(subject, twice)
        frame = source.reset_index(level=named) if named else source
    else:
        path = Path(source)
        frame, subject = read_table(path), path.name
    kinds = {name: letter for letter, name in KINDS.items() if letter != "D"}
    if kind not in kinds:
        allowed = ", ".join(kinds)
        raise InputError("kind", [f"'{kind}' is none of {allowed}{nearest(str(kind), kinds)}"])
    plain = frame.index.nlevels == 1 and pd.api.types.is_integer_dtype(frame.index)
    rows = np.asarray(frame.index if plain else np.arange(len(frame)), dtype=np.int64)
    frame = frame.reset_index(drop=True)
    counts = frame.columns.value_counts(sort=False)
    problems = [f"column '{n}' stands {count} times" for n, count in counts.items() if count > 1]
    unit = _named(frame, UNIT_COLUMNS, problems)
    if "onset" in frame.columns:
        period = _named(frame, PERIOD_COLUMNS, problems)
        spare = [n for n, v in (("first", first), ("known", known)) if v is not None]
        problems += [f"{name}: goes with episodes; rows say themselves" for name in spare]
        made = None if problems else _from_rows(frame, rows, (unit, period), kinds[kind], problems)
    else:
        if "first" not in frame.columns:
            hint = nearest("first", map(str, frame.columns))
            problems.append(f"has neither a column 'onset' (rows) nor 'first' (episodes){hint}")
        made = None
        if not problems:
            spans = _spans(frame, rows, unit, kinds[kind], problems)
            ends = _ends(spans, kinds[kind], (first, known), problems)
            told = "last" in frame.columns
            made = None if problems else _from_episodes(spans, kinds[kind], ends, told=told)
    if made is None or problems:
        raise InputError(subject, problems)
    return made


def _named(frame: pd.DataFrame, allowed: tuple[str, ...], problems: list[str]) -> str:
    found = [name for name in allowed if name in frame.columns]
    if not found:
        problems.append(f"has no column '{allowed[0]}' (or {', '.join(allowed[1:])})")
    elif len(found) > 1:
        problems.append(f"columns {' and '.join(found)} say the same; keep one")
    return found[0] if found else ""


def _units(
    column: pd.Series[Any], rows: NDArray[np.int64], problems: list[str]
) -> NDArray[np.object_]:
    codes, values = factorized(column)
    texts = ["" if v is None or v != v else str(v).strip() for v in values]
    known = load_units()
    for n, text in enumerate(texts):
        if text not in known:
            where = place(rows, codes, n, str(column.name))
            found = f"'{text}' is not an ISO 3166 alpha-3 code" if text else "no unit"
            problems.append(f"{where}: {found}{unit_hint(text)}")
    return np.array(texts, dtype=object)[codes]


def _read_periods(
    column: pd.Series[Any],
    rows: NDArray[np.int64],
    kind: str,
    how: Literal["S", "E"],
    problems: list[str],
) -> pd.PeriodIndex:
    """Read periods as the kind wanted; NaT where there is a problem.

    A coarser one cannot be made finer.
    """
    faults: list[str] = []
    periods = parse_periods(column, rows, str(column.name), faults)
    problems += faults
    if periods is not None:
        found = periods.freqstr[0]
        if FINENESS[found] >= FINENESS[kind]:
            return periods.asfreq(kind, how=how)
        few, many = KINDS[found], KINDS[kind]
        problems.append(f"column '{column.name}': dated by {few}, too coarse for {many}s")
        return pd.PeriodIndex([pd.NaT] * len(column), freq=kind)
    # what can be read is still held against the rest, so that all faults are told at once
    codes, values = factorized(column)
    each: list[Any] = []
    for value in values:
        try:
            period = period_of(value, "")
            each.append(
                period.asfreq(kind, how=how)
                if FINENESS[period.freqstr[0]] >= FINENESS[kind]
                else pd.NaT
            )
        except InputError:
            each.append(pd.NaT)
    return pd.PeriodIndex(each, freq=kind).take(codes)


def _spans(
    frame: pd.DataFrame, rows: NDArray[np.int64], unit: str, kind: str, problems: list[str]
) -> pd.DataFrame:
    """Return unit, first and last of each episode; ``last`` is missing where the file has none."""
    if not len(frame):
        problems.append("has no rows")
    units = _units(frame[unit], rows, problems)
    starts = _read_periods(frame["first"], rows, kind, "S", problems)
    last = pd.Series(pd.PeriodIndex([pd.NaT] * len(frame), freq=kind))
    if "last" in frame.columns:
        over = (frame["last"].notna() & (frame["last"] != "")).to_numpy()
        if over.any():
            ends = _read_periods(frame.loc[over, "last"], rows[over], kind, "E", problems)
            last[over] = ends
    spans = pd.DataFrame({"unit": units, "first": starts, "last": last})
    for n in np.flatnonzero((spans["last"] < spans["first"]).to_numpy()):
        who, began, ended = spans.loc[n, ["unit", "first", "last"]]
        problems.append(f"row {rows[n]}: {who} ends in {ended}, before it begins in {began}")
    return spans.sort_values(["first", "unit"], ignore_index=True)


def _ends(
    spans: pd.DataFrame, kind: str, ends: tuple[object, object], problems: list[str]
) -> tuple[pd.Period, pd.Period]:
    """Return the first and the last period for which a list is complete."""
    # the end of an episode says nothing of others that may have begun since the last onset listed
    limits = [spans["first"].min(), spans["first"].max()]
    for n, (name, value) in enumerate(zip(("first", "known"), ends, strict=True)):
        if value is None:
            continue
        try:
            limits[n] = period_in(value, name, kind, how="end" if n else "start")
        except InputError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    start, end = limits
    late = spans[spans["first"] > end]
    if len(late):
        who, when = late.iloc[0][["unit", "first"]]
        count = "1 onset," if len(late) == 1 else f"{len(late)} onsets, the first"
        problems.append(
            f"known: {end} lies before {count} {who} {when}; use until() to go back in time"
        )
    if end < start:
        problems.append(f"known: {end} lies before first: {start}")
    return start, end


def _from_episodes(
    spans: pd.DataFrame, kind: str, ends: tuple[pd.Period, pd.Period], *, told: bool
) -> Onsets:
    start, end = cast(tuple[Any, Any], ends)
    units = tuple(sorted(spans["unit"].unique()))
    width = end.ordinal - start.ordinal + 1
    u = pd.Index(units).get_indexer(pd.Index(spans["unit"]))
    t = pd.PeriodIndex(spans["first"]).asi8 - start.ordinal
    state = np.zeros((len(units), width), dtype=np.int8)
    state[u[t >= 0], t[t >= 0]] = 1
    if told:
        stop = pd.PeriodIndex(spans["last"].fillna(end)).asi8 - start.ordinal + 1
        edges = np.zeros((len(units), width + 1), dtype=np.int64)
        seen = stop > 0
        np.add.at(edges, (u[seen], t[seen].clip(0)), 1)
        np.add.at(edges, (u[seen], stop[seen].clip(max=width)), -1)
        under_way = (edges.cumsum(axis=1)[:, :-1] > 0).astype(np.int8)
    else:
        earliest = np.full((len(units), 1), np.iinfo(np.int64).max)
        np.minimum.at(earliest[:, 0], u, t)
        under_way = np.where(np.arange(width) < earliest, 0, UNKNOWN).astype(np.int8)
    periods = pd.period_range(start, periods=width, freq=kind)
    spans = spans.assign(last=spans["last"].where(spans["last"] <= end))
    notes = _joined(spans, told=told)
    return Onsets(units, periods, state, under_way, spans, complete=True, notes=notes)


def _joined(spans: pd.DataFrame, *, told: bool) -> tuple[str, ...]:
    """Say how many rows are one onset with another."""
    joined = int(spans.duplicated(["unit", "first"]).sum())
    if not joined:
        return ()
    kind = KINDS[spans["first"].iloc[0].freqstr[0]]
    note = f"Note: {len(spans):,} rows read, {joined:,} joined to another of the same country and "
    kept = "; the latest end counts, and one that is open is not over" if told else ""
    return (f"{note}first {kind}{kept}",)


def _from_rows(
    frame: pd.DataFrame,
    rows: NDArray[np.int64],
    keys: tuple[str, str],
    kind: str,
    problems: list[str],
) -> Onsets | None:
    unit, period = keys
    if not len(frame):
        problems.append("has no rows")
        return None
    given = _units(frame[unit], rows, problems)
    periods = parse_periods(frame[period], rows, period, problems)
    if periods is not None and periods.freqstr[0] != kind:
        few, many = KINDS[periods.freqstr[0]], KINDS[kind]
        way = f"not by {many}" + ("" if few == "date" else f"; give kind='{few}'")
        problems.append(f"column '{period}': rows are by {few}, {way}")
    named = [name for name in ("onset", "ongoing") if name in frame.columns]
    marks = {name: _marks(frame[name], rows, problems) for name in named}
    if periods is None or problems:
        return None
    codes, labels = pd.factorize(given, sort=True)
    units = tuple(map(str, labels))
    ordinals = periods.asi8
    start, width = int(ordinals.min()), int(ordinals.max() - ordinals.min()) + 1
    t = ordinals - start
    repeated = pd.DataFrame({"u": codes, "t": t}).duplicated().to_numpy()
    for n in np.flatnonzero(repeated).tolist():
        problems.append(f"row {rows[n]}: {given[n]} {periods[n]} stands twice")
    tables = {n: np.full((len(units), width), UNKNOWN, dtype=np.int8) for n in ("onset", "ongoing")}
    for name, values in marks.items():
        tables[name][codes, t] = values
    span = pd.period_range(periods.min(), periods=width, freq=kind)
    source = tables["ongoing"] if "ongoing" in marks else tables["onset"]
    edges = np.diff(np.pad((source == 1).astype(np.int8), ((0, 0), (1, 1))), axis=1)
    u, begin = np.nonzero(edges == 1)
    stop = np.nonzero(edges == -1)[1] - 1
    # over is only what is marked as over in the period after it
    after = np.pad(source, ((0, 0), (0, 1)), constant_values=UNKNOWN)[u, stop + 1]
    if "ongoing" not in marks:  # each onset by itself: how long it lasted is not told
        u, begin = np.nonzero(source == 1)
        stop, after = begin, np.full(len(begin), UNKNOWN)
    last = pd.Series(span[stop]).where(after == 0)
    episodes = pd.DataFrame(
        {"unit": np.array(units, dtype=object)[u], "first": span[begin], "last": last}
    )
    episodes = episodes.sort_values(["first", "unit"], ignore_index=True)
    return Onsets(units, span, tables["onset"], tables["ongoing"], episodes, complete=False)


def _marks(
    column: pd.Series[Any], rows: NDArray[np.int64], problems: list[str]
) -> NDArray[np.int8]:
    """Read 0, 1 and empty; anything else is a problem."""
    codes, values = factorized(column)
    marks = np.full(len(values), UNKNOWN, dtype=np.int8)
    for n, found in enumerate(values):
        # a column with one word in it comes as text, also where the cell is a number
        text = found.strip() if isinstance(found, str) else found
        number = isinstance(text, (bool, int, float, np.bool_, np.number)) and text in (0, 1)
        if number or (isinstance(text, str) and text in ("0", "1")):
            marks[n] = int(cast(Any, text))
        elif not (text == "" or (np.ndim(found) == 0 and pd.isna(cast(Any, found)))):
            where = place(rows, codes, n, str(column.name))
            problems.append(f"{where}: '{found}' is not 0, 1 or empty")
    return marks[codes]
