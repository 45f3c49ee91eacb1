"""Countries with an ongoing episode, which a prevention view sets aside."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import read_cells
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.trajectories.trends import Trajectories

COLUMNS = ("unit", "first", "last")


def under_way(
    then: Trajectories,
    end: pd.Timestamp,
    ongoing: pd.DataFrame | str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Return the units with an episode under way at a moment.

    Parameters
    ----------
    then : Trajectories
        As known then; of the score that the profile's ``watch.ongoing`` names, where no episodes
        are given: under way where its level is at the limit or over it.
    end : pandas.Timestamp
        The moment.
    ongoing : pandas.DataFrame or path-like, optional
        Episodes, or a CSV of them: ``unit``, ``first`` and ``last`` (periods; empty: not over).

    Returns
    -------
    pandas.DataFrame
        By unit: ``unit``, ``country`` and ``why``.

    Raises
    ------
    InputError
        With every fault of the episodes, or if neither they nor the score are there.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2016"))], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.5]}, index=index), of=["risk"])
    >>> episodes = pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [None]})
    >>> under_way(found, pd.Timestamp("2016-12-31"), episodes)["why"].tolist()
    ['episode since 2003']
    """
    if ongoing is None:
        return _by_level(then)
    if isinstance(ongoing, pd.DataFrame):
        lacking = [name for name in COLUMNS if name not in ongoing]
        if lacking:
            names = list(map(str, ongoing.columns))
            raise InputError(
                "ongoing", [f"has no column '{n}'{nearest(n, names)}" for n in lacking]
            )
        frame = ongoing[list(COLUMNS)].astype(object)
        rows = list(enumerate(frame.where(frame.notna(), "").to_dict("records")))
        subject = "ongoing"
    else:
        rows = read_cells(Path(ongoing), columns=COLUMNS, needed=COLUMNS)
        subject = Path(ongoing).name
    problems: list[str] = []
    why: dict[str, str] = {}
    for n, cells in rows:
        told: list[str] = []
        unit = str(cells["unit"])
        if unit not in load_units():
            told.append(f"unit '{unit}' is not known{nearest(unit, load_units())}")
        first = _period(cells["first"], "first", told)
        last = None if cells["last"] == "" else _period(cells["last"], "last", told)
        if first is not None and last is not None and last.end_time < first.start_time:
            told.append(f"ends in {last}, before it starts in {first}")
        problems += [f"row {n}: {problem}" for problem in told]
        # an end that lies ahead is not known yet
        open_ended = last is None or last.end_time >= end
        if not told and first is not None and first.start_time <= end and open_ended:
            why.setdefault(unit, f"episode since {first}")
    if problems:
        raise InputError(subject, problems)
    return _table(why)


def _period(value: object, name: str, told: list[str]) -> pd.Period | None:
    try:
        return period_of(value, name)
    except InputError as error:
        told += [f"{name}: {problem}" for problem in error.problems]
        return None


def _by_level(then: Trajectories) -> pd.DataFrame:
    rule = then.profile.watch.ongoing
    if rule is None:
        problem = "the profile does not say when an episode is under way; give a list of them"
        raise InputError("ongoing", [problem])
    if rule.of not in then.courses:
        problem = f"the scores have no '{rule.of}'; give the episodes that are under way"
        raise InputError("ongoing", [problem])
    level = then[rule.of].filtered.level[:, -1]
    return _table(
        {
            then.units[u]: f"{rule.of} {level[u]:.2f}, {rule.limit:.2f} or more"
            for u in np.flatnonzero(level >= rule.limit)
        }
    )


def _table(why: dict[str, str]) -> pd.DataFrame:
    units = sorted(why)
    countries = [load_units()[unit].name for unit in units]
    return pd.DataFrame({"unit": units, "country": countries, "why": [why[u] for u in units]})
