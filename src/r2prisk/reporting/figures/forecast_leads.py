"""Which lists a unit was on in the periods before its onset."""

from __future__ import annotations

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.forecasting import Verification
from r2prisk.forecasting.verification.lists import SIZES, earlier, membership
from r2prisk.reporting.figures.forecast_words import count, kind_of

SHOWN = 40
"""Onsets that a chart names, the latest: more do not fit a page."""

BACK = 10
"""Lists before an onset that it shows."""

OFF, NONE = "not listed", "no forecast"

STATES = (*(f"top {size}" for size in SIZES), OFF, NONE)
"""Where a unit can stand, from the shortest list on."""


def lead_data(found: Verification) -> tuple[pd.DataFrame, int]:
    """Return the lists before each onset, and how many older onsets are left out.

    A place that a tie may have given to another is no place: it counts as not listed.

    Parameters
    ----------
    found : Verification
        With one onset or more.

    Returns
    -------
    frame : pandas.DataFrame
        As :func:`r2prisk.reporting.figures.lead_time` describes it.
    older : int
    """
    table = found.table
    standing = np.full(len(table.chance), float(STATES.index(OFF)))
    for place, size in reversed(list(enumerate(SIZES))):
        standing[membership(table.chance, table.period, size) == 1] = place
    frame = table.frame.assign(row=np.arange(len(table.frame)))
    onsets = found.onsets.merge(frame[["unit", "target", "row"]], on=["unit", "target"])
    kept = onsets.tail(SHOWN)
    units = load_units()
    parts: list[pd.DataFrame] = []
    reach = min(BACK, int(table.period.max()) + 1)
    for back in range(reach):
        then = earlier(standing, table.unit, table.period, back)[kept["row"].to_numpy()]
        state = np.where(np.isnan(then), float(STATES.index(NONE)), then).astype(np.int64)
        parts.append(
            pd.DataFrame(
                {
                    "unit": kept["unit"],
                    "name": [units[u].name if u in units else u for u in kept["unit"]],
                    "target": kept["target"].astype(str),
                    "before": back + 1,
                    "on": [STATES[place] for place in state],
                    "place": kept["rank"],
                    "of": kept["of"],
                    "missed": kept[f"top_{SIZES[-1]}"] < 1,
                    "ongoing": kept["ongoing"],
                }
            )
        )
    data = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    return data, len(onsets) - len(kept)


def shares(found: Verification) -> str:
    """Return how many onsets the lists of 30 had, one, two and three periods before."""
    figures, told = found.figures.loc["all"], list[str]()
    for before, name in (("one", f"recall_{SIZES[-1]}"), ("two", "lead_2"), ("three", "lead_3")):
        one = figures.loc[name]
        if np.isnan(one["value"]):
            continue
        known = not np.isnan(one["low"])
        interval = f" ({100 * one['low']:.0f} to {one['high']:.0%})" if known else ""
        word = f" {kind_of(found)} before" if not told else ""
        told.append(f"{before}{word} {one['value']:.0%}{interval}")
    return f"On the list of {SIZES[-1]}: {', '.join(told)}."


def notes(found: Verification, data: pd.DataFrame, older: int) -> tuple[str, ...]:
    """Return what the chart does not show, and how its marks are to be read."""
    told = [
        (
            f"A dash: no forecast for that {kind_of(found)}. A place that a tie may have given to "
            "another does not count. On a long list for years is not the same as warned in time: "
            "most names on the lists saw no onset."
        )
    ]
    if older:
        told.append(f"Of {count(len(found.onsets), 'onset')} the {older:,} oldest are not drawn.")
    if found.table.horizon > 1:
        told.append(
            f"The outcome spans {found.table.horizon} {kind_of(found)}s, so one onset may stand in "
            "as many rows."
        )
    if data["ongoing"].fillna(False).any():
        told.append("'Under way': another episode was going on there when the list was made.")
    return (" ".join(told),)
