"""Rows that a panel has only because its sources come late: earlier ratings stand in them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from r2prisk.forecasting.windows import Lag, lags_of
from r2prisk.panel import CellState, Panel


def carried(panel: Panel, lag: Lag, until: pd.Period) -> Panel:
    """Return the panel with the rows after its last period in which late ratings will stand.

    At the end of 2026, with ratings to 2024 and a lag of 2, there are rows of 2025 and 2026: of the
    units that have one 2 years before. They are empty; ``lagged`` puts the ratings there.

    Parameters
    ----------
    panel : Panel, shape (n, i)
        Not late yet.
    lag : int or mapping of str to int
        As in :func:`lagged`.
    until : pandas.Period
        The last period wanted.

    Returns
    -------
    Panel, shape (m, i)
        m >= n rows, to ``until`` or as far as the longest lag reaches.

    Raises
    ------
    InputError
        If the lag is none.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": "SDN", "year": [2023, 2024], "1.1": 0.9}))
    >>> carried(panel, 2, pd.Period("2027")).periods.year.tolist()
    [2023, 2024, 2025, 2026]
    """
    steps = np.unique(lags_of(panel, lag))
    last = panel.periods[-1]
    ahead = min(until.ordinal - last.ordinal, int(steps.max()))
    if ahead < 1:
        return panel
    units = panel.index.get_level_values("unit").to_numpy()
    times = pd.PeriodIndex(panel.index.get_level_values("period"))
    later = {last + n: units[np.isin(times.asi8, last.ordinal + n - steps)]
             for n in range(1, ahead + 1)}  # fmt: skip
    pairs = [(unit, period) for period, some in later.items() for unit in np.unique(some)]
    if not pairs:
        return panel
    more, there = zip(*pairs, strict=True)
    freq = panel.periods.freqstr
    both = [*units, *more], pd.PeriodIndex([*times, *there], freq=freq)
    index = pd.MultiIndex.from_arrays(both, names=["unit", "period"])
    order = np.lexsort((both[1].asi8, np.array(both[0], dtype=str)))
    blank = np.full((len(pairs), len(panel.indicators)), np.nan)
    unknown = np.full(blank.shape, CellState.UNKNOWN, dtype=np.uint8)
    variance = panel.variance
    whole = dataclasses.replace(
        panel,
        index=index,
        ratings=np.concatenate([panel.ratings, blank]),
        states=np.concatenate([panel.states, unknown]),
        variance=None if variance is None else np.concatenate([variance, blank]),
    )
    return whole.take(order)


def rated_to(panel: Panel, lag: Lag, origin: pd.Period) -> pd.Period | None:
    """Return the latest period of which a rating is known at an origin; None: of none.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": "SDN", "year": [2023, 2024], "1.1": [0.9, None]}))
    >>> rated_to(panel, 1, pd.Period("2026")), rated_to(panel, 1, pd.Period("2023"))
    (Period('2023', 'Y-DEC'), None)
    """
    times = pd.PeriodIndex(panel.index.get_level_values("period")).asi8[:, np.newaxis]
    seen = np.isfinite(panel.ratings) & (times <= origin.ordinal - lags_of(panel, lag))
    if not seen.any():
        return None
    return pd.Period(ordinal=int(times[seen.any(axis=1)].max()), freq=panel.periods.freqstr)
