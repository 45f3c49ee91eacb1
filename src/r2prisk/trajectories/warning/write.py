"""A watch list as one table, and what goes with it into a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from r2prisk.trajectories.warning.watch import WatchList


def long_form(watch: WatchList) -> pd.DataFrame:
    """Return all tables of a watch list under each other.

    Returns
    -------
    pandas.DataFrame
        ``reading`` (alerts, withheld, each reading, set aside), ``place`` from 1, ``unit``,
        ``country``, then every column of any table; NaN or empty where a table has none.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> from r2prisk.trajectories.warning import watch_list
    >>> index = pd.MultiIndex.from_product(
    ...     [["NOR", "SDN"], [pd.Period("2016")]], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1, 0.4]}, index=index), of=["risk"])
    >>> long_form(watch_list(found, 2016))[["reading", "place", "unit"]].to_numpy().tolist()
    [['highest', 1, 'SDN'], ['highest', 2, 'NOR']]
    """
    parts = {"alerts": watch.alerts, "withheld": watch.withheld, **watch.tables}
    parts["set aside"] = watch.set_aside
    filled = [
        table.astype(object).assign(reading=name, place=range(1, len(table) + 1))
        for name, table in parts.items()
        if len(table)
    ]
    first = ["reading", "place", "unit", "country"]
    if not filled:
        return pd.DataFrame(columns=pd.Index(first))
    frame = pd.concat(filled, ignore_index=True).infer_objects()
    for name in frame.columns.intersection(["period", "since", "last", "edition", "date"]):
        frame[name] = [str(p) if isinstance(p, pd.Period) else "" for p in frame[name]]
    return frame[[*first, *(name for name in frame.columns if name not in first)]]


def about(watch: WatchList) -> dict[str, object]:
    """Return what goes with the tables into a file: what was known, and every rule in words.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> from r2prisk.trajectories.warning import watch_list
    >>> index = pd.MultiIndex.from_product([["NOR"], [pd.Period("2016")]], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1]}, index=index), of=["risk"])
    >>> about(watch_list(found, 2016))["rules"][0]
    'highest: by level of risk'
    """
    return {
        "date": watch.date,
        "period": str(watch.period),
        "notes": list(watch.notes),
        "rules": [f"{name}: {rule}" for name, rule in watch.rules.items()],
        "could not be looked at": [
            f"{name}: needs scores of {periods} periods"
            for name, periods in watch.impossible.items()
        ],
        "clears": [f"{name}: {clear}" for name, clear in watch.clears.items()],
        **watch.provenance,
    }
