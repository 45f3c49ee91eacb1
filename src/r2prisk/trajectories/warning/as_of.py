"""What could be known at a date: trajectories made again from the scores of that time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import cast

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.panel.periods import period_of
from r2prisk.trajectories.trends import Trajectories, trajectories


def as_of(
    found: Trajectories, date: object, *, lag: int = 0, of: Iterable[str] | None = None
) -> Trajectories:
    """Return the trajectories as they could be made at the end of a date.

    Only the scores of periods that had ended by then are used, so nothing later can show. What
    cannot be undone is a source that was itself revised later.

    Parameters
    ----------
    found : Trajectories
        Made from all scores.
    date : period, date or text
        A year (2016), quarter, month (2016-12) or day; its end counts.
    lag : int
        Periods, >= 0, that it takes until scores are published: 1 leaves out the last that ended.
    of : iterable of str, optional
        The scores to follow; those of ``found`` if not given.

    Returns
    -------
    Trajectories
        Up to the last period known; its provenance says ``as_of``.

    Raises
    ------
    InputError
        If the date is none, the lag is no whole number from 0, or nothing was known yet.

    Examples
    --------
    >>> years = pd.period_range("2001", "2006", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": 0.2}, index=index), of=["risk"])
    >>> str(as_of(found, "2004-11").periods[-1]), str(as_of(found, "2004-12").periods[-1])
    ('2003', '2004')
    """
    end = end_of(date, lag)
    periods = found.periods
    known = int((periods.end_time <= end).sum()) - lag
    if known < 1:
        problem = f"nothing was known at the end of {date}: the first period is {periods[0]}"
        raise InputError("watch", [problem + (f", known {lag} later" if lag else "")])
    last = periods[known - 1]
    when = cast(pd.PeriodIndex, found.scores.index.get_level_values("period"))
    chosen = found.courses if of is None else of
    made = trajectories(found.scores[when <= last], of=chosen, profile=found.profile)
    kept = {"scores": found.provenance["scores"], "as_of": str(date), "lag": lag}
    return dataclasses.replace(made, provenance={**made.provenance, **kept})


def end_of(date: object, lag: int = 0) -> pd.Timestamp:
    """Return the last moment of a date, and refuse a lag that is none.

    Raises
    ------
    InputError
        If the date cannot be read or the lag is no whole number from 0.

    Examples
    --------
    >>> str(end_of("2004-02"))[:10]
    '2004-02-29'
    """
    problems: list[str] = []
    # people pass 1.5; the type checker is not there to stop them
    whole = isinstance(lag, (int, np.integer)) and not isinstance(lag, bool)  # pyright: ignore[reportUnnecessaryIsInstance]
    if not whole or lag < 0:
        problems.append(f"lag: {lag} is not a whole number of periods from 0")
    period = None
    try:
        period = period_of(date, "date")
    except InputError as error:
        problems += [f"date: {problem}" for problem in error.problems]
    if period is None or problems:
        raise InputError("watch", problems)
    return period.end_time
