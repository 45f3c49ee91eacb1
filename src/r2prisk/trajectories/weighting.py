"""How units weigh in the mean of a region: the same, or by a population that is given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import parse_periods
from r2prisk.trajectories.kernel.smoother import Floats

Weights = str | pd.Series | pd.DataFrame
EQUAL = "equal: each unit counts the same"
FIXED = "population: one number a unit, the same in every period"
DATED = "population: the last known at or before each period"


def weigh(given: Weights, units: tuple[str, ...], periods: pd.PeriodIndex) -> tuple[Floats, str]:
    """Return the weight of each unit in each period, NaN where it is unknown, and what it is.

    Parameters
    ----------
    given : {"equal"}, Series or DataFrame
        ``equal``, or a population by unit, or by unit and period; the last known at or before a
        period counts.
    units : tuple of str, length n
        The units.
    periods : pandas.PeriodIndex, length t
        The periods.

    Returns
    -------
    weights, words : array of float, shape (n, t), and str
        The weights, and how they were made.

    Raises
    ------
    InputError
        With all that is wrong with a population.

    Examples
    --------
    >>> years = pd.period_range("2001", "2002", freq="Y")
    >>> weigh(pd.Series({"SEN": 9e6}), ("GMB", "SEN"), years)[0].tolist()
    [[nan, nan], [9000000.0, 9000000.0]]
    """
    if isinstance(given, str):
        if given != "equal":
            found = f"'{given}' is not 'equal' or a population{nearest(given, ['equal'])}"
            raise InputError("weights", [found])
        return np.ones((len(units), len(periods))), EQUAL
    column, when = _population(given)
    # a synthetic unit that is not followed has no place
    row = pd.Index(units).get_indexer(column.index.get_level_values("unit"))
    kept = (row >= 0) & column.notna().to_numpy()
    numbers = column.to_numpy(dtype=np.float64)[kept]
    if when is None:
        weight = np.full((len(units), 1), np.nan)
        weight[row[kept], 0] = numbers
        return np.repeat(weight, len(periods), axis=1), FIXED
    starts, place = np.unique(when.start_time.to_numpy()[kept], return_inverse=True)
    table = np.full((len(units), len(starts) + 1), np.nan)
    table[row[kept], place + 1] = numbers
    held = pd.DataFrame(table).ffill(axis=1).to_numpy()
    return held[:, np.searchsorted(starts, periods.start_time.to_numpy(), side="right")], DATED


def _population(given: pd.Series | pd.DataFrame) -> tuple[pd.Series, pd.PeriodIndex | None]:
    """Check a population: its column by unit (and period), and the periods if it has some."""
    # people pass lists and dicts; the type checker is not there to stop them
    if not isinstance(given, pd.Series | pd.DataFrame):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("weights", [f"need 'equal' or a Series; found {type(given).__name__}"])
    if isinstance(given, pd.DataFrame) and given.shape[1] != 1:
        columns = ", ".join(map(str, given.columns)) or "none"
        raise InputError("weights", [f"need one column of population; found {columns}"])
    column = given.iloc[:, 0] if isinstance(given, pd.DataFrame) else given
    levels = ["unit" if name is None else str(name) for name in column.index.names]
    if levels != ["unit"] and sorted(levels) != ["period", "unit"]:
        found = f"need the index unit, or unit and period; found {', '.join(levels)}"
        raise InputError("weights", [found])
    column = column.rename_axis(levels)
    known = load_units()
    odd = column.index.unique("unit").difference(list(known))
    problems = [f"unit '{unit}' is not known{nearest(str(unit), known)}" for unit in odd]
    numbers = pd.to_numeric(column, errors="coerce").astype(np.float64)
    wrong = ~((numbers > 0.0) & (numbers < np.inf)) & column.notna()
    faults = {"is not a number above 0; leave unknown ones out": wrong.to_numpy()}
    faults["stands more than once"] = column.index.duplicated()
    for fault, rows in faults.items():
        cells = column[rows].reset_index().itertuples(index=False)
        problems += [f"population {' '.join(map(str, cell))} {fault}" for cell in cells]
    when = None
    if len(levels) > 1:
        level = pd.Series(column.index.get_level_values("period"))
        when = parse_periods(level, np.arange(len(level)), "period", problems)
    if problems:
        raise InputError("weights", problems)
    return numbers, when
