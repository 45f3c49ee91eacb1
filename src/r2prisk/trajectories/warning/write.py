"""Write a watch list to a file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.export import safe_cell
from r2prisk.errors import InputError, nearest
from r2prisk.files import write_beside
from r2prisk.panel.write import write_excel

if TYPE_CHECKING:
    from r2prisk.trajectories.warning.watch import WatchList

ENDINGS = (".csv", ".json", ".xlsx")


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


def write_watch_list(watch: WatchList, path: str | os.PathLike[str]) -> None:
    """Write a watch list as .csv (all tables), .json or .xlsx (with notes and provenance).

    Parameters
    ----------
    watch : WatchList
        What to write.
    path : path-like
        Whatever stood there before stays until the new file is complete.

    Raises
    ------
    InputError
        If the ending is none of these or the file cannot be written.
    MissingExtraError
        If the library that writes workbooks is not installed.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> from r2prisk.trajectories.warning import watch_list
    >>> index = pd.MultiIndex.from_product(
    ...     [["NOR", "SDN"], [pd.Period("2016")]], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.1, 0.4]}, index=index), of=["risk"])
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "watch.csv"
    >>> write_watch_list(watch_list(found, 2016), path)
    >>> path.read_text().splitlines()[1][:20]
    'highest,1,SDN,Sudan,'
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        hint = nearest(ending, ENDINGS)
        raise InputError(str(path), [f"ends in '{ending}'; allowed: {', '.join(ENDINGS)}{hint}"])
    frame = long_form(watch)
    about = {
        "date": watch.date,
        "period": str(watch.period),
        "notes": list(watch.notes),
        "rules": {**watch.rules, **watch.clears},
        "provenance": dict(watch.provenance),
        "caution": CAUTION,
    }
    with write_beside(path) as scratch:
        if ending == ".csv":
            frame.map(_safe).to_csv(scratch, index=False, lineterminator="\n", encoding="utf-8")
        elif ending == ".json":
            rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
            text = json.dumps({**about, "rows": rows}, indent=1, ensure_ascii=False)
            scratch.write_text(text, encoding="utf-8")
        else:
            lines = [*watch.notes, CAUTION, *(f"{k}: {v}" for k, v in watch.rules.items())]
            notes = pd.DataFrame({"notes": lines})
            write_excel({"watch list": frame, "notes": notes}, scratch)


def _safe(cell: object) -> object:
    return safe_cell(cell) if isinstance(cell, str) else cell
