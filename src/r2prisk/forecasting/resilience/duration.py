"""Time since the last episode, and a curve of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.forecasting.onsets import Onsets

Floats = NDArray[np.float64]

KNOTS = (0.0, 5.0, 15.0, 40.0)
"""Years; fixed beforehand, so that every window has the same curve."""

PER_YEAR = {"Y": 1, "Q": 4, "M": 12, "W": 52, "D": 365}
"""Periods of a year by the first letter of their frequency."""


def clock(index: pd.MultiIndex, onsets: Onsets) -> tuple[Floats, Floats, Floats]:
    """Return the years of quiet of each row, and whether an episode is or was under way.

    Quiet is counted from the last period with an onset or an episode up to the row itself; where
    none is on record, from the first row of the unit, which says how long it was watched and not
    how long it was quiet (left truncation): such rows are marked, so that a model can give them a
    level of their own. A state that continues another starts anew. Where nobody knows whether an
    episode was under way it counts as quiet.

    Parameters
    ----------
    index : pandas.MultiIndex, shape (n,)
        Levels ``unit`` and ``period``.
    onsets : Onsets
        Cut at the origin, where there is one.

    Returns
    -------
    years : array of float, shape (n,)
        0 or more.
    under_way : array of float, shape (n,)
        1 or 0.
    yet : array of float, shape (n,)
        1 where no episode of the unit is on record up to the row.

    Examples
    --------
    >>> from r2prisk.forecasting import read_onsets
    >>> episodes = pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2004]})
    >>> onsets = read_onsets(episodes, first=2001, known=2007)
    >>> years = pd.period_range("2001", "2007", freq="Y")
    >>> rows = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> clock(rows, onsets)[0].tolist()
    [0.0, 1.0, 0.0, 0.0, 1.0, 2.0, 3.0]
    """
    periods = pd.PeriodIndex(index.get_level_values("period"))
    row, units = pd.factorize(index.get_level_values("unit"))
    span = pd.period_range(periods.min(), periods.max(), freq=periods.freqstr)
    when = periods.asi8 - span.asi8[0]
    both: Any = [units, span]
    whole = pd.MultiIndex.from_product(both, names=["unit", "period"])
    table = onsets.table
    begun = whole.isin(pd.MultiIndex.from_arrays([table["unit"], table["period"]]))
    active = np.asarray(onsets.ongoing(whole).fillna(False), dtype=bool) | begun
    grid = active.reshape(len(units), len(span))
    entry = np.full(len(units), len(span))
    np.minimum.at(entry, row, when)
    last = np.maximum.accumulate(np.where(grid, np.arange(len(span)), -1), axis=1)
    since = when - np.maximum(last[row, when], entry[row])
    years = since / PER_YEAR[periods.freqstr[0]]
    yet = last[row, when] < 0
    return years.astype(np.float64), grid[row, when].astype(np.float64), yet.astype(np.float64)


def curve(years: Floats) -> Floats:
    """Return the columns of a natural cubic spline of ``log(1 + years)``.

    Beyond the outer knots it is a straight line, so that it does not run away.

    Parameters
    ----------
    years : array of float, shape (n,)
        0 or more.

    Returns
    -------
    array of float, shape (n, 3)

    Notes
    -----
    Restricted cubic spline in the truncated power basis: Harrell (2015), *Regression Modeling
    Strategies*, doi:10.1007/978-3-319-19425-7, section 2.4.5.

    Examples
    --------
    >>> curve(np.array([0.0]))
    array([[0., 0., 0.]])
    """
    t, k = np.log1p(years), np.log1p(np.array(KNOTS))
    cubes = np.maximum(t[:, np.newaxis] - k, 0.0) ** 3
    wide = k[-1] - k[-2]
    bends = [
        (cubes[:, j] - cubes[:, -2] * (k[-1] - k[j]) / wide + cubes[:, -1] * (k[-2] - k[j]) / wide)
        / (k[-1] - k[0]) ** 2
        for j in range(len(k) - 2)
    ]
    return np.column_stack([t, *bends])
