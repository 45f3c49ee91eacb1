"""What is known about which assumption matters."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.plots import Plots
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.sensitivity.indices import Indices
from r2prisk.scoring.sensitivity.show import as_html, as_text
from r2prisk.scoring.uncertainty.priors import Priors

OUTCOMES = ("score", "rank")
"""What has indices of its own in every row."""

OVERALL = ("scores", "ranks", "mean rank shift")
"""What has indices over all rows: all scores together, all ranks together, and the mean distance of
ranks from the published ones."""

COLUMNS = ("first", "first_low", "first_high", "total", "total_low", "total_high")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Sensitivity:
    """Sobol' indices of groups of assumptions; made by ``sensitivity``.

    Parameters
    ----------
    scores : Scores
        The published scores.
    of : str
        The score that was looked at.
    groups : tuple of str, length g
        The groups that varied.
    draws : int
        Draws d of each of g + 2 runs.
    index : pandas.MultiIndex, shape (m,)
        The rows that were looked at: those with a known score.
    panels : tuple of str
        Names of the panels; one empty name if there was one panel.
    priors : Priors
        How far the choices varied.
    periods : tuple of str, length p
        Periods of the rows.
    by_row : tuple of Indices, length 2
        Of each score and of each rank, m outcomes each.
    by_period : tuple of Indices, length p
        Of ``OVERALL`` within each period, 3 outcomes each.
    overall : Indices
        Of ``OVERALL``, 3 outcomes.
    converging : dict of int to Indices
        The same with a quarter and half of the draws.
    moved : array of float, shape (p,)
        Places that a rank is away from the published one, mean over rows and draws.
    provenance : dict
        As that of scores, with the seed, the call, and the hashes of priors and panels.
    notes : tuple of str
        What did not vary or was left out, one line each.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.scoring.sensitivity import sensitivity
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9],
    ...     "1.2": [0.4, 0.3]})
    >>> found = sensitivity(read_panel(frame), groups=["exponents"], draws=64)
    >>> list(found.to_frame().columns)[:3]
    ['first', 'first_low', 'first_high']
    """

    scores: Scores
    of: str
    groups: tuple[str, ...]
    draws: int
    index: pd.MultiIndex
    panels: tuple[str, ...]
    priors: Priors
    periods: tuple[str, ...]
    by_row: tuple[Indices, ...]
    by_period: tuple[Indices, ...]
    overall: Indices
    converging: dict[int, Indices]
    moved: Floats
    provenance: dict[str, object]
    notes: tuple[str, ...] = ()

    plot = Plots()

    def __len__(self) -> int:
        return len(self.index)

    def to_frame(self, outcome: str = "rank") -> pd.DataFrame:
        """Return the indices of every row.

        Parameters
        ----------
        outcome : {"rank", "score"}
            Of the rank within the period, or of the score.

        Returns
        -------
        pandas.DataFrame
            Index ``unit``, ``period``, ``group``; ``first`` and ``total`` with the ends of their
            intervals, and ``sd``, the standard deviation of the outcome. NaN where it never moves.

        Raises
        ------
        InputError
            If there is no such outcome (the nearest is named).
        """
        if outcome not in OUTCOMES:
            said = f"no outcome '{outcome}'; allowed: {', '.join(OUTCOMES)}"
            raise InputError("sensitivity", [said + nearest(outcome, OUTCOMES)])
        found = self.by_row[OUTCOMES.index(outcome)]
        count, g = len(self.index), len(self.groups)
        rows = np.repeat(np.arange(count), g)
        index = pd.MultiIndex.from_arrays(
            [
                self.index.get_level_values("unit")[rows],
                self.index.get_level_values("period")[rows],
                np.tile(np.array(self.groups, dtype=object), count),
            ],
            names=["unit", "period", "group"],
        )
        columns = {name: getattr(found, name).ravel() for name in COLUMNS}
        columns["sd"] = np.repeat(np.sqrt(found.variance), g)
        return pd.DataFrame(columns, index=index)

    def table(self, period: object = None) -> pd.DataFrame:
        """Return the indices of all rows together.

        Parameters
        ----------
        period : period-like, optional
            Of one period; of all if not given.

        Returns
        -------
        pandas.DataFrame
            Index ``outcome`` and ``group``. ``scores`` and ``ranks``: shares of the sum of the
            variances of all rows; ``mean rank shift``: of the mean distance from published ranks.

        Raises
        ------
        InputError
            If there is no such period.
        """
        found = self.overall
        if period is not None:
            wanted = str(period_of(period, "period"))
            if wanted not in self.periods:
                span = f"there is {self.periods[0]} to {self.periods[-1]}"
                raise InputError("sensitivity", [f"no period '{period}'; {span}"])
            found = self.by_period[self.periods.index(wanted)]
        return self._table(found)

    def _table(self, found: Indices) -> pd.DataFrame:
        index = pd.MultiIndex.from_product([OVERALL, self.groups], names=["outcome", "group"])
        return pd.DataFrame({name: getattr(found, name).ravel() for name in COLUMNS}, index=index)

    @property
    def convergence(self) -> pd.DataFrame:
        """The indices of all rows with a quarter, half and all of the draws, for a figure."""
        steps = {**self.converging, self.draws: self.overall}
        tables = {draws: self._table(found) for draws, found in steps.items()}
        return pd.concat(tables, names=["draws"])

    @property
    def error(self) -> tuple[float, float]:
        """How far the indices of all rows may be off.

        The largest half-width of their intervals, and the largest change from half of the draws
        to all of them.
        """
        half = self.converging[self.draws // 2]
        pairs = [(getattr(self.overall, n), getattr(half, n)) for n in ("first", "total")]
        ends = [
            getattr(self.overall, f"{n}_high") - getattr(self.overall, f"{n}_low")
            for n in ("first", "total")
        ]
        widths, changes = np.stack(ends) / 2, np.stack([np.abs(a - b) for a, b in pairs])
        if np.isnan(widths).all():
            return 0.0, 0.0
        return float(np.nanmax(widths)), float(np.nanmax(changes, initial=0.0))

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
