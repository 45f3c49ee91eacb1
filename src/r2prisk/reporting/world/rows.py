"""Scores as a table, and where each row stands on the page."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.scoring import Scores
from r2prisk.scoring.show import latest_period


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """Scores as a table, and where each row stands.

    Parameters
    ----------
    scores : Scores, shape (n,)
        One row or more.
    frame : pandas.DataFrame, shape (n, ...)
        All their columns.
    periods : pandas.PeriodIndex, length t
        Those that have a row.
    units : array of str, shape (n,)
        The unit of each row.
    when : array of int, shape (n,)
        The place of each row's period among ``periods``.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> years = {"unit": ["NOR", "SDN", "SDN"], "year": [2004, 2001, 2004], "1.1": 0.5}
    >>> rows = rows_of(score(read_panel(pd.DataFrame(years))))
    >>> rows.when.tolist(), rows.of("SDN").tolist(), rows.latest
    ([1, 0, 1], [1, 2], 1)
    """

    scores: Scores
    frame: pd.DataFrame
    periods: pd.PeriodIndex
    units: NDArray[np.object_]
    when: NDArray[np.intp]

    def of(self, unit: str) -> NDArray[np.intp]:
        """Return the rows of a unit."""
        return np.flatnonzero(self.units == unit)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as numbers."""
        return self.frame[name].to_numpy(dtype=float)

    @property
    def latest(self) -> int:
        """The last period in which most units have a score; the last of all if none has one."""
        known = self.frame[self.frame["risk"].notna()]
        if not len(known):
            return len(self.periods) - 1
        return list(self.periods).index(latest_period(known))


def rows_of(scores: Scores) -> Rows:
    """Return scores as the page reads them.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})
    >>> [str(period) for period in rows_of(score(read_panel(frame))).periods]
    ['2003']
    """
    periods = scores.panel.periods
    own = pd.PeriodIndex(scores.index.get_level_values("period"))
    units = scores.index.get_level_values("unit").to_numpy(dtype=object)
    frame = scores.to_frame(detail=True)
    return Rows(scores, frame, periods, units, periods.get_indexer(own))
