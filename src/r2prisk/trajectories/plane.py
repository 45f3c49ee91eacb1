"""The plane of risk and resilience: every country's path, and its time in each quadrant."""

from __future__ import annotations

import numpy as np
import pandas as pd

from r2prisk.trajectories.chances import exceeds
from r2prisk.trajectories.trends import Trajectories

QUADRANTS = ("exposed", "contained", "brittle", "resilient")
"""High risk and low resilience; high and high; low and low; low risk and high resilience."""


def plane(found: Trajectories, *, smoothed: bool = False) -> pd.DataFrame:
    """Return every unit's path through the plane of risk and resilience.

    The profile's ``plane`` cuts it: *exposed* (risk high, resilience low), *contained* (both
    high), *brittle* (both low), *resilient* (risk low, resilience high).

    Parameters
    ----------
    found : Trajectories
        Of ``risk`` and ``resilience``.
    smoothed : bool
        As known now; by default as it could be known in each period.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``period``; levels ``risk`` and ``resilience``, ``quadrant`` and ``sure``,
        the probability that both levels lie in it (their errors taken to be independent). Only
        where both are known.

    Raises
    ------
    InputError
        If there is no trajectory of risk or of resilience.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2002", freq="Y")], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.2, 0.6], "resilience": 0.3}, index=index)
    >>> plane(trajectories(scores, of=["risk", "resilience"]))["quadrant"].tolist()
    ['brittle', 'exposed']
    """
    cut = found.profile.plane
    sides: list[np.ndarray] = []
    chances: list[np.ndarray] = []
    levels: dict[str, np.ndarray] = {}
    for name, limit in (("risk", cut.risk), ("resilience", cut.resilience)):
        course = found[name]
        states = course.smoothed if smoothed else course.filtered
        levels[name] = states.level.ravel()
        above = exceeds(levels[name], np.sqrt(states.var_level.ravel()), limit)
        sides.append(levels[name] >= limit)
        chances.append(np.where(sides[-1], above, 1.0 - above))
    risky, able = sides
    place = np.where(risky, np.where(able, 1, 0), np.where(able, 3, 2))
    names = np.array(QUADRANTS, dtype=object)[place]
    columns = {**levels, "quadrant": names, "sure": chances[0] * chances[1]}
    return pd.DataFrame(columns, index=found.index).dropna(subset=["risk", "resilience"])


def time_in_quadrants(found: Trajectories, *, smoothed: bool = False) -> pd.DataFrame:
    """Return the years that each unit spent in each quadrant, and where it is now.

    Parameters
    ----------
    found : Trajectories
        Of ``risk`` and ``resilience``.
    smoothed : bool
        As known now; by default as it could be known in each period.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``; years in each quadrant, ``now`` (the last quadrant known) and ``since``
        (the period from which it has been there without a break).

    Raises
    ------
    InputError
        If there is no trajectory of risk or of resilience.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2003", freq="Y")], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.2, 0.6, 0.6], "resilience": 0.3}, index=index)
    >>> spent = time_in_quadrants(trajectories(scores, of=["risk", "resilience"]))
    >>> spent.iloc[0].astype(str).tolist()
    ['2.0', '0.0', '1.0', '0.0', 'exposed', '2002']
    """
    path = plane(found, smoothed=smoothed).reset_index()
    years = pd.crosstab(path["unit"], path["quadrant"]) * found.step
    years = years.reindex(columns=list(QUADRANTS), fill_value=0.0).astype(float)
    place = pd.Series(found.periods.get_indexer(pd.PeriodIndex(path["period"])), index=path.index)
    follows = place.groupby(path["unit"]).diff() == 1
    entered = (path["quadrant"] != path.groupby("unit")["quadrant"].shift()) | ~follows
    latest = path[entered].groupby("unit").last()
    frame = years.assign(now=latest["quadrant"], since=latest["period"])
    frame.columns.name = None
    return frame
