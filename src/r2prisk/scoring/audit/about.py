"""What is known about units beside their ratings: checked, and brought to the rows of a panel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import units as catalogue
from r2prisk.catalogue.regions import region_of
from r2prisk.errors import nearest
from r2prisk.panel.gate import PERIOD_COLUMNS, UNIT_COLUMNS
from r2prisk.panel.periods import KINDS, parse_periods
from r2prisk.scoring.audit.show import capped
from r2prisk.scoring.kernel import Floats

KEYS = (*UNIT_COLUMNS, *PERIOD_COLUMNS)
"""Columns that say what a row is about."""

REGION = "region: "
"""How the columns begin that come from the catalogue."""


def columns_about(
    about: object, index: pd.MultiIndex, problems: list[str]
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return what is known about each row of a panel.

    Parameters
    ----------
    about : pandas.DataFrame or None
        One row for each unit, or for each unit and period. A column or index level ``unit``,
        ``iso3`` or ``country`` holds ISO 3166 alpha-3 codes; one named ``period``, ``year`` or
        ``date``, if there is one, periods of the panel's kind; all other columns are numbers.
    index : pandas.MultiIndex, shape (n,)
        Rows of the panel.
    problems : list of str
        What is wrong with the frame is added here.

    Returns
    -------
    tuple of (pandas.DataFrame, tuple of str)
        Shape (n, c), regions first, one column of 0 and 1 for each; and notes. Only the regions
        where there was a problem.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("MLI", pd.Period("2003"))], names=["unit", "period"])
    >>> found, _ = columns_about(pd.DataFrame({"unit": ["MLI"], "income": [300.0]}), index, [])
    >>> found.iloc[0].to_dict()
    {'region: Africa': 1.0, 'income': 300.0}
    """
    regions = _regions(index)
    if about is None:
        return regions, ()
    frame, notes = _keyed(about, index, problems)
    if frame is None:
        return regions, ()
    numbers = _numbers(frame.drop(columns=["unit", "period"], errors="ignore"), problems)
    if problems:
        return regions, ()
    wanted = pd.DataFrame({"unit": index.get_level_values("unit").astype(str)})
    keys = ["unit"]
    if "period" in frame.columns:
        wanted["period"] = index.get_level_values("period").astype(str)
        keys.append("period")
    place = pd.MultiIndex.from_frame(frame[keys]).get_indexer(pd.MultiIndex.from_frame(wanted))
    bare = ~wanted["unit"].isin(set(frame["unit"]))
    without = int(((place < 0) & ~bare).sum())
    notes += [
        f"{len(some)} units {where}: {capped(some)}"
        for some, where in (
            (
                _strange(frame["unit"], wanted["unit"]),
                "of the frame about units are not in the panel",
            ),
            (sorted(set(wanted["unit"][bare])), "of the panel are not in the frame about units"),
        )
        if some
    ]
    if without:
        notes.append(f"{without} rows of other units have no row in the frame about units")
    values = numbers.to_numpy(dtype=np.float64)[place]
    values[place < 0] = np.nan
    brought = pd.DataFrame(values, index=index, columns=numbers.columns)
    return pd.concat([regions, brought], axis=1), tuple(notes)


def _regions(index: pd.MultiIndex) -> pd.DataFrame:
    regions = region_of(index.get_level_values("unit"), "region")
    placed = np.array([name is not None for name in regions], dtype=bool)
    names = sorted(set(regions[placed].tolist()))
    found = {
        REGION + name: np.where(placed, (regions == name).astype(np.float64), np.nan)
        for name in names
    }
    return pd.DataFrame(found, index=index)


def _keyed(
    about: object, index: pd.MultiIndex, problems: list[str]
) -> tuple[pd.DataFrame | None, list[str]]:
    """Return the frame with ``unit`` and ``period`` as columns of text; and notes."""
    if not isinstance(about, pd.DataFrame):
        problems.append(f"about: needs a data frame, found {type(about).__name__}")
        return None, []
    levels = [str(name) for name in about.index.names if name in KEYS]
    heads = [str(name).strip() for name in about.columns]
    heads = [name.casefold() if name.casefold() in KEYS else name for name in heads]
    names = [*levels, *heads]
    before = len(problems)
    problems += _head_faults(names)
    if not len(about):
        problems.append("about: has no rows")
    if len(problems) > before:
        return None, []
    plain = about.index.nlevels == 1 and pd.api.types.is_integer_dtype(about.index)
    rows = np.asarray(about.index if plain else np.arange(len(about)), dtype=np.int64)
    unit = next(name for name in UNIT_COLUMNS if name in names)
    period = next((name for name in PERIOD_COLUMNS if name in names), None)
    spare = [name for name in names if name in KEYS and name not in (unit, period)]
    frame = about.set_axis(heads, axis=1).reset_index(level=levels).reset_index(drop=True)
    frame = frame.drop(columns=spare).rename(columns={unit: "unit"})
    frame["unit"] = _units(frame["unit"], rows, problems)
    keys = ["unit"]
    if period is not None:
        frame = frame.rename(columns={period: "period"})
        frame["period"] = _periods(frame["period"], rows, period, index, problems)
        keys.append("period")
    twice = frame[frame.duplicated(keys)]
    if len(twice) and len(problems) == before:
        first = " ".join(str(twice[key].iloc[0]) for key in keys)
        problems.append(f"about: {len(twice)} rows stand twice, the first of them {first}")
    return frame, [f"column '{name}' about units was not needed and not read" for name in spare]


def _head_faults(names: list[str]) -> list[str]:
    """Return what is wrong with the names of columns and index levels."""
    faults = [
        f"about: column '{name}' stands {count} times"
        for name, count in Counter(names).items()
        if count > 1
    ]
    if not set(names) & set(UNIT_COLUMNS):
        found = ", ".join(map(repr, names[:8])) or "none"
        hint = next((h for name in names if (h := nearest(name, UNIT_COLUMNS))), "")
        wanted = " or ".join(UNIT_COLUMNS)
        faults.append(f"about: needs a column {wanted}; columns found: {found}{hint}")
    return faults


def _units(column: pd.Series[Any], rows: NDArray[np.int64], problems: list[str]) -> pd.Series[str]:
    """Return units as text; country names are told with the code that they need."""
    units = column.astype(str).str.strip()
    missing = (column.isna() | (units == "")).to_numpy()
    if missing.any():
        found = f"{missing.sum()} rows have no unit, the first of them row {rows[missing][0]}"
        problems.append(f"about: {found}")
    known = catalogue.load_units()
    odd = [text for text in units[~missing].unique().tolist() if text not in known]
    for text, named in zip(odd, catalogue.resolve(odd, "name", 2000), strict=True):
        meant = text.upper() if text.upper() in known else named
        if meant is not None:
            hint = f"did you mean '{meant}' ({known[meant].name})?"
            problems.append(f"about: '{text}' is not an ISO 3166 alpha-3 code; {hint}")
    return units


def _periods(
    column: pd.Series[Any],
    rows: NDArray[np.int64],
    name: str,
    index: pd.MultiIndex,
    problems: list[str],
) -> pd.Series[str]:
    """Return periods as text, as the panel writes them."""
    told: list[str] = []
    found = parse_periods(column, rows, name, told)
    problems += [f"about: {problem}" for problem in told]
    if found is None:
        return column.astype(str)
    mine = pd.PeriodIndex(index.get_level_values("period"))
    if found.dtype != mine.dtype:
        one, two = (KINDS[str(periods.freqstr)[0]] for periods in (found, mine))
        problems.append(f"about: column '{name}' holds {one}s, the scores have {two}s")
    return pd.Series(found.astype(str), index=column.index)


def _strange(given: Iterable[str], wanted: Iterable[str]) -> list[str]:
    """Return the units that the panel does not have, each with a code that may be meant."""
    known = catalogue.load_units()
    found: list[str] = []
    for text in sorted(set(given) - set(wanted)):
        near = None if text in known else catalogue.nearest(text)
        found.append(text if near is None else f"{text} ({near.id}?)")
    return found


def _numbers(frame: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    """Return all columns as numbers, NaN where unknown."""
    if frame.columns.empty:
        problems.append("about: has no column of numbers beside unit and period")
    found: dict[str, Floats] = {}
    for name, column in frame.items():
        if str(name).startswith(REGION):
            problems.append(
                f"about: column '{name}' is named as the catalogue's regions are; rename it"
            )
        kind = column.dtype
        if not pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_complex_dtype(kind):
            problems.append(f"about: column '{name}' holds {kind}; numbers are needed")
            continue
        found[str(name)] = column.to_numpy(dtype=np.float64, na_value=np.nan)
        endless = int(np.isinf(found[str(name)]).sum())
        if endless:
            problems.append(
                f"about: column '{name}' holds {endless} infinite numbers; leave them empty"
            )
    return pd.DataFrame(found, index=frame.index)
