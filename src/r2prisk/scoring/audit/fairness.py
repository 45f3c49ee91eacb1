"""How far scores and coverage go with where a country is, how rich, how large and how open."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.regions import region_of
from r2prisk.errors import InputError
from r2prisk.panel.periods import period_of
from r2prisk.scoring.audit.measures import clustered, standings
from r2prisk.scoring.scores import Scores

TARGETS = ("risk", "residual_risk", "resilience", "coverage")
"""What is held against every column."""

COLUMNS = ["about", "of", "correlation", "low", "high", "units", "rows"]


def columns_about(
    about: pd.DataFrame | None, index: pd.MultiIndex
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return what is known about each row of a panel.

    Parameters
    ----------
    about : pandas.DataFrame, optional
        One row for each unit, or for each unit and period: ``unit`` and, if there is one,
        ``period`` as columns or as the index; all other columns are numbers.
    index : pandas.MultiIndex, shape (n,)
        Rows of the panel.

    Returns
    -------
    tuple of (pandas.DataFrame, tuple of str)
        Shape (n, c), regions first, one column of 0 and 1 for each; and notes.

    Raises
    ------
    InputError
        With every fault of the frame.

    Examples
    --------
    >>> index = pd.MultiIndex.from_tuples([("MLI", pd.Period("2003"))], names=["unit", "period"])
    >>> found, _ = columns_about(pd.DataFrame({"unit": ["MLI"], "income": [300.0]}), index)
    >>> found.iloc[0].to_dict()
    {'region: Africa': 1.0, 'income': 300.0}
    """
    units = index.get_level_values("unit")
    regions = region_of(units, "region")
    names = sorted({str(name) for name in regions if name is not None})
    placed = regions != np.array(None)
    found: dict[str, object] = {
        f"region: {name}": np.where(placed, (regions == name).astype(np.float64), np.nan)
        for name in names
    }
    if about is None:
        return pd.DataFrame(found, index=index), ()
    frame, keys = _checked(about)
    wanted = pd.DataFrame({"unit": units.astype(str)})
    if "period" in keys:
        wanted["period"] = index.get_level_values("period").astype(str)
    joined = wanted.merge(frame, on=keys, how="left", sort=False)
    numbers = [name for name in frame.columns if name not in keys]
    for name in numbers:
        found[str(name)] = joined[name].to_numpy(dtype=np.float64)
    strange = sorted(set(frame["unit"]) - set(wanted["unit"]))
    unsaid = sorted(set(wanted["unit"]) - set(frame["unit"]))
    notes = [
        f"{len(list_)} units {where}: {', '.join(list_[:8])}{', ...' if len(list_) > 8 else ''}"
        for list_, where in (
            (strange, "of the frame about units are not in the panel"),
            (unsaid, "of the panel are not in the frame about units"),
        )
        if list_
    ]
    return pd.DataFrame(found, index=index), tuple(notes)


def _checked(about: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with its keys as columns of text; refuse it with all faults."""
    named = [name for name in about.index.names if name in ("unit", "period")]
    frame = about.reset_index(level=named) if named else about.copy()
    if "unit" not in frame.columns:
        found = ", ".join(map(str, about.columns))
        raise InputError("about", [f"has no column or index level 'unit'; found {found}"])
    keys = [name for name in ("unit", "period") if name in frame.columns]
    problems: list[str] = []
    frame["unit"] = frame["unit"].astype(str)
    if "period" in keys:
        try:
            frame["period"] = [str(period_of(value, "about")) for value in frame["period"]]
        except InputError as error:
            problems += error.problems
    twice = frame[frame.duplicated(keys)]
    if len(twice) and not problems:
        first = " ".join(str(twice[key].iloc[0]) for key in keys)
        problems.append(f"{len(twice)} rows stand twice, the first of them {first}")
    numbers = [name for name in frame.columns if name not in keys]
    if not numbers:
        problems.append("has no column of numbers beside unit and period")
    problems += [
        f"column '{name}' holds {frame[name].dtype}; numbers are needed"
        for name in numbers
        if not pd.api.types.is_numeric_dtype(frame[name])
    ]
    if problems:
        raise InputError("about", problems)
    return frame, keys


def fairness(
    scores: Scores, known: pd.DataFrame, periods: NDArray[np.intp], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the rank correlation of scores and coverage with each column.

    Spearman's within periods: ranks are taken among the units of a period for which both are
    known, so that a trend of the world is no correlation. Intervals by bootstrap over units; ranks
    are not taken anew in each resample.

    Parameters
    ----------
    scores : Scores
        The scores, n rows.
    known : pandas.DataFrame, shape (n, c)
        What is known about each row.
    periods : array of int, shape (n,)
        Number of each row's period.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    pandas.DataFrame
        ``about``, ``of`` (the score, or ``coverage``), ``correlation`` from -1 to 1, ``low`` and
        ``high`` (95 per cent), and the ``units`` and ``rows`` behind it; NaN where too few are
        known.

    Notes
    -----
    Spearman 1904, doi:10.2307/1412159.
    """
    frame = scores.to_frame()
    units = pd.factorize(scores.index.get_level_values("unit"))[0]
    rows: list[tuple[object, ...]] = []
    for name in known.columns:
        x = known[name].to_numpy(dtype=np.float64)
        for of in TARGETS:
            y = frame[of].to_numpy(dtype=np.float64)
            both = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
            placed = standings(np.column_stack([x, y])[both], periods[both])
            found = clustered(placed[:, 0], placed[:, 1], units[both], rng)
            rows.append((name, of, *found, len(np.unique(units[both])), len(both)))
    return pd.DataFrame(rows, columns=COLUMNS)
