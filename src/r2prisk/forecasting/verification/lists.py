"""The lists that a forecast makes each period: whom they name, catch, miss and drop."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.forecasting.verification.discrimination import Codes, Floats

SIZES = (10, 20, 30)
"""Lengths of the lists."""

LEADS = (1, 2, 3)
"""Periods before an onset at which its unit may stand on the list."""


def membership(chance: Floats, period: Codes, size: int) -> Floats:
    """Return the chance of each row to be on its period's list, where ties are broken at random.

    Rows above the last place are on it for sure; those that tie for the last places share them.
    Sums over it, such as recall, are then the expected values over all ways to break the ties.

    Parameters
    ----------
    chance : array of float, shape (n,)
        Any number of which higher means likelier.
    period : array of int, shape (n,)
        The period of each row.
    size : int
        Places on the list.

    Returns
    -------
    array of float, shape (n,)
        From 0 to 1; sums to the size, or to the rows of a period where they are fewer.

    Examples
    --------
    >>> membership(np.array([0.9, 0.5, 0.5, 0.1]), np.zeros(4, dtype=np.intp), 2).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    groups = pd.DataFrame({"period": period, "chance": chance}).groupby("period")["chance"]
    above = groups.rank(method="min", ascending=False).to_numpy() - 1
    tied = groups.rank(method="max", ascending=False).to_numpy() - above
    return np.clip((size - above) / tied, 0.0, 1.0)


def entrants(member: Floats, unit: Codes, period: Codes, units: int) -> tuple[Floats, int]:
    """Return how often each unit came onto the list anew, and over how many steps.

    ``max(0, m_t - m_(t-1))`` from one period to the next; with ties the least that any breaking
    of them can give.

    Parameters
    ----------
    member : array of float, shape (n,)
        From :func:`membership`.
    unit, period : array of int, shape (n,)
        From 0; periods that follow one another have codes that do.
    units : int
        How many there are.

    Returns
    -------
    new : array of float, shape (units,)
    steps : int
        Pairs of neighbouring periods that both have rows.

    Examples
    --------
    >>> entrants(np.array([1.0, 0.0, 0.0, 1.0]), np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), 2)
    (array([0., 1.]), 1)
    """
    table = np.zeros((units, int(period.max()) + 1))
    table[unit, period] = member
    there = np.zeros(table.shape[1], dtype=np.bool_)
    there[period] = True
    steps = there[1:] & there[:-1]
    rises = np.maximum(np.diff(table, axis=1), 0.0)
    return rises[:, steps].sum(axis=1), int(steps.sum())


def earlier(values: Floats, unit: Codes, period: Codes, back: int) -> Floats:
    """Return the value of the same unit some periods before each row; NaN where it has no row.

    Examples
    --------
    >>> earlier(np.array([0.1, 0.2]), np.array([0, 0]), np.array([4, 5]), 1).tolist()
    [nan, 0.1]
    """
    keys = pd.MultiIndex.from_arrays([unit, period])
    place = keys.get_indexer(pd.MultiIndex.from_arrays([unit, period - back]))
    return np.where(place >= 0, values[place], np.nan)


def onset_table(frame: pd.DataFrame, period: Codes) -> pd.DataFrame:
    """Return what stood on record before each onset.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, ...)
        Columns ``unit``, ``target``, ``probability``, ``outcome``, ``ongoing`` and, if there is
        one, ``record``.
    period : array of int, shape (n,)
        The target of each row, as a number that rises by one a period.

    Returns
    -------
    pandas.DataFrame
        One row an onset, in order of target: ``unit``, ``target``, ``probability``, ``rank``
        (ties share the mean), ``of`` (rows of that target), ``top_10`` to ``top_30`` (chance to be
        on that list), ``lead`` (periods without a break that it was on the list of 30 for sure,
        up to the onset; 0 where it was not), ``ongoing`` and ``record``.

    Examples
    --------
    >>> years = pd.PeriodIndex(["2001", "2001"], freq="Y")
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "target": years, "probability": [0.2, 0.1],
    ...                       "outcome": [1.0, 0.0], "ongoing": [False, False]})
    >>> onset_table(frame, np.array([31, 31]))[["unit", "rank", "of", "lead"]].to_numpy().tolist()
    [['SDN', 1.0, 2, 1]]
    """
    chance = frame["probability"].to_numpy()
    groups = frame.groupby("target")["probability"]
    lists = {f"top_{k}": membership(chance, period, k) for k in SIZES}
    table = frame.assign(
        rank=groups.rank(ascending=False),
        of=groups.transform("size"),
        **lists,
        lead=_unbroken(frame["unit"], period, lists[f"top_{SIZES[-1]}"] == 1),
    )
    kept = ["unit", "target", "probability", "rank", "of", *lists, "lead", "ongoing"]
    kept += ["record"] if "record" in frame.columns else []
    table = table.loc[frame["outcome"] == 1, kept]
    return table.sort_values(["target", "unit"], ignore_index=True)


def each_once(onsets: pd.DataFrame, frame: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return each onset once, though of a horizon of 2 it stands in the rows of two targets.

    A row without an onset says that none fell in its periods; what is left of the periods of an
    earliest row that holds one is when it fell. The fewest onsets are taken that explain all rows.

    Parameters
    ----------
    onsets : pandas.DataFrame
        From :func:`onset_table`.
    frame : pandas.DataFrame
        The rows that it was made of.
    horizon : int
        Periods that an outcome spans.

    Returns
    -------
    pandas.DataFrame
        In order of time: ``unit``, ``when`` (text: a period, or those that it may be), ``rank``
        (the best of its rows) and ``top_30`` (likewise).

    Examples
    --------
    >>> years = pd.PeriodIndex(["2001", "2002", "2003"], freq="Y")
    >>> frame = pd.DataFrame({"unit": "SDN", "target": years, "probability": [0.1, 0.2, 0.3],
    ...                       "outcome": [0.0, 1.0, 1.0], "ongoing": False})
    >>> each_once(onset_table(frame, years.asi8), frame, 2)[["unit", "when"]].to_numpy().tolist()
    [['SDN', '2003']]
    """
    kind = pd.PeriodIndex(frame["target"]).freqstr
    calm = frame[(frame["outcome"] == 0) & frame["unit"].isin(onsets["unit"])]
    ordinal = pd.Series(pd.PeriodIndex(calm["target"]).asi8)
    without = {unit: {*part} for unit, part in ordinal.groupby(calm["unit"].to_numpy())}
    found: list[tuple[int, str, str, float, float]] = []
    for unit, part in onsets.groupby("unit"):
        left = part.assign(at=pd.PeriodIndex(part["target"]).asi8).sort_values("at")
        shut = {at + n for at in without.get(str(unit), set()) for n in range(horizon)}
        while len(left):
            spans = range(first := int(left["at"].iloc[0]), first + horizon)
            may = [at for at in spans if at not in shut] or list(spans)
            mine, left = left[left["at"] <= may[-1]], left[left["at"] > may[-1]]
            when = " or ".join(str(pd.Period(ordinal=at, freq=kind)) for at in may)
            best = float(mine["rank"].min()), float(mine[f"top_{SIZES[-1]}"].max())
            found.append((may[0], str(unit), when, *best))
    names = ["at", "unit", "when", "rank", f"top_{SIZES[-1]}"]
    table = pd.DataFrame(found, columns=names).sort_values(["at", "unit"], ignore_index=True)
    return table.drop(columns="at")


def _unbroken(unit: pd.Series[str], period: Codes, listed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count, for each row, the periods that its unit has been on the list without a break."""
    runs = _runs(unit, period, listed)
    order = np.lexsort((period, unit.to_numpy().astype(str)))
    count = pd.Series(1, index=range(len(order))).groupby(runs[order]).cumsum().to_numpy()
    lead = np.empty(len(order), dtype=np.int64)
    lead[order] = count
    return np.where(listed, lead, 0)


def _runs(unit: pd.Series[str], period: Codes, marked: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give a number to the runs of marked rows of a unit in periods that follow one another."""
    names = unit.to_numpy().astype(str)
    order = np.lexsort((period, names))
    begins = np.ones(len(order), dtype=np.bool_)
    same = (names[order][1:] == names[order][:-1]) & (np.diff(period[order]) == 1)
    begins[1:] = ~(same & marked[order][1:] & marked[order][:-1])
    runs = np.empty(len(order), dtype=np.int64)
    runs[order] = np.cumsum(begins)
    return runs


def alarm_table(frame: pd.DataFrame, period: Codes, size: int) -> pd.DataFrame:
    """Return the runs of places on the list that no onset followed, longest first.

    All rows that tie for the last places count, so that a tie hides no alarm.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, ...)
        As in :func:`onset_table`.
    period : array of int, shape (n,)
        The target of each row, as a number that rises by one a period.
    size : int
        Places on the list.

    Returns
    -------
    pandas.DataFrame
        ``unit``, ``first``, ``last`` (targets), ``periods``, ``probability`` (mean) and
        ``under_way``: in how many of them an episode was under way when the list was made.

    Examples
    --------
    >>> years = pd.PeriodIndex(["2001", "2002"], freq="Y")
    >>> frame = pd.DataFrame({"unit": "SDN", "target": years, "probability": [0.2, 0.1],
    ...                       "outcome": [0.0, 0.0], "ongoing": [False, True]})
    >>> alarm_table(frame, np.array([31, 32]), 10)[["periods", "under_way"]].to_numpy().tolist()
    [[2, 1]]
    """
    listed = membership(frame["probability"].to_numpy(), period, size) > 0
    false = listed & (frame["outcome"] == 0).to_numpy()
    rows = frame.assign(
        run=_runs(frame["unit"], period, false), way=frame["ongoing"].fillna(False).astype(int)
    )[false]
    groups = rows.groupby("run")
    table = pd.DataFrame(
        {
            "unit": groups["unit"].first(),
            "first": groups["target"].min(),
            "last": groups["target"].max(),
            "periods": groups.size(),
            "probability": groups["probability"].mean(),
            "under_way": groups["way"].sum(),
        }
    )
    order = ["periods", "probability", "unit"]
    return table.sort_values(order, ascending=[False, False, True], ignore_index=True)
