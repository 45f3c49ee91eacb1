"""The Panel: ratings with their cell states, frozen and checked."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework
from r2prisk.errors import InputError, nearest
from r2prisk.files import sha256
from r2prisk.panel.periods import period_of
from r2prisk.panel.show import as_html, as_text
from r2prisk.panel.states import CellState
from r2prisk.panel.write import write_panel
from r2prisk.plots import Plots


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Panel:
    """Ratings of units over periods, with a state for each cell.

    Build one with ``read_panel`` or ``load_source``, which check what comes in; the constructor
    itself only checks that the shapes agree.

    Parameters
    ----------
    index : pandas.MultiIndex, shape (n,)
        Levels ``unit`` (ISO 3166 alpha-3) and ``period`` (pandas Period), sorted, unique.
    indicators : tuple of str, length i
        Indicator identifiers, in the order of their frameworks.
    ratings : array of float, shape (n, i)
        From 0 (absent) to 1 (severe or systematic); NaN wherever the state is not RATED.
    states : array of uint8, shape (n, i)
        Values of ``CellState``.
    frameworks : tuple of Framework
        The frameworks to which the indicators belong.
    variance : array of float, shape (n, i), optional
        Variance of each rating, where evidence gives one.
    sources : tuple of str
        Where the ratings came from, one line each.
    notes : tuple of str
        What was left out on the way in, one line each.

    Raises
    ------
    InputError
        If the shapes do not agree.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "period": [2003, 2003], "1.1": [0.0, 0.9]})
    >>> panel = read_panel(frame)
    >>> panel.units, panel.indicators
    (('NOR', 'SDN'), ('1.1',))
    """

    index: pd.MultiIndex
    indicators: tuple[str, ...]
    ratings: NDArray[np.float64]
    states: NDArray[np.uint8]
    frameworks: tuple[Framework, ...]
    variance: NDArray[np.float64] | None = None
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    plot = Plots()

    def __post_init__(self) -> None:
        shape = (len(self.index), len(self.indicators))
        given = {"ratings": self.ratings.shape, "states": self.states.shape}
        if self.variance is not None:
            given["variance"] = self.variance.shape
        wrong = [f"{name} has shape {s}, not {shape}" for name, s in given.items() if s != shape]
        if wrong:
            raise InputError("panel", wrong)
        for name in ("ratings", "states", "variance"):
            array = getattr(self, name)
            if array is not None:  # a view, so that the caller's own array stays as it was
                frozen = array.view()
                frozen.flags.writeable = False
                object.__setattr__(self, name, frozen)

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units, sorted."""
        return tuple(sorted(self.index.get_level_values("unit").unique()))

    @cached_property
    def periods(self) -> pd.PeriodIndex:
        """The periods, sorted."""
        return pd.PeriodIndex(self.index.get_level_values("period").unique()).sort_values()

    @cached_property
    def hash(self) -> str:
        """SHA-256 of rows, columns, ratings, states and variances."""
        codes, units = pd.factorize(self.index.get_level_values("unit"))
        periods = pd.PeriodIndex(self.index.get_level_values("period"))
        arrays = [a for a in (self.ratings, self.states, self.variance) if a is not None]
        # column by column: a copy of the whole would cost as much memory as the panel
        columns = (
            np.ascontiguousarray(array[:, n]).data
            for array in arrays
            for n in range(len(self.indicators))
        )
        return sha256(
            ",".join(units).encode(),
            codes.astype(np.int64).data,
            f"{periods.freqstr}".encode(),
            periods.asi8.data,
            "\n".join(self.indicators).encode(),
            *columns,
        )

    def select(
        self,
        *,
        units: Iterable[str] | None = None,
        first: str | int | None = None,
        last: str | int | None = None,
    ) -> Self:
        """Return the rows of some units or of a span of periods, first and last included.

        Raises
        ------
        InputError
            If a unit is not in the panel (the nearest is named), or a period cannot be read.
        """
        keep = np.ones(len(self), dtype=bool)
        if units is not None:
            wanted = (units,) if isinstance(units, str) else tuple(units)
            strange = [u for u in wanted if u not in self.units]
            if strange:
                problems = [f"no unit '{u}'{nearest(u, self.units)}" for u in strange]
                raise InputError("panel", problems)
            keep &= self.index.get_level_values("unit").isin(wanted)
        periods = pd.PeriodIndex(self.index.get_level_values("period"))
        if first is not None:
            keep &= periods.start_time >= period_of(first, "first").start_time
        if last is not None:
            keep &= periods.end_time <= period_of(last, "last").end_time
        kept = self.take(np.flatnonzero(keep))
        if len(kept) == len(self):
            return kept
        note = f"{len(kept):,} of {len(self):,} rows selected"
        return dataclasses.replace(kept, notes=(*self.notes, note))

    def take(self, rows: NDArray[np.intp] | Sequence[int]) -> Self:
        """Return the panel of some rows, by position."""
        return dataclasses.replace(
            self,
            index=self.index[rows],
            ratings=self.ratings[rows],
            states=self.states[rows],
            variance=None if self.variance is None else self.variance[rows],
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the ratings as a frame; what is not rated is NaN."""
        return pd.DataFrame(self.ratings, index=self.index, columns=list(self.indicators))

    def states_frame(self) -> pd.DataFrame:
        """Return the cell states as a frame of words."""
        words = np.array([state.name.lower() for state in CellState], dtype=object)
        return pd.DataFrame(words[self.states], index=self.index, columns=list(self.indicators))

    def standing(self) -> Self:
        """Return the panel with each rating as its percentile (0 to 1) within its period.

        A rating becomes ``rank / n`` among the ``n`` units rated in its period, ties at their mean
        rank. Standing compares within a period; it says nothing of change over time, and a score of
        it is no public score.

        Returns
        -------
        Panel, shape (n, i)
            The same cells are rated; without variances, which are those of the ratings.

        Examples
        --------
        >>> from r2prisk import read_panel
        >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.0, 0.2]})
        >>> read_panel(frame).standing().ratings.tolist()
        [[0.5], [1.0]]
        """
        places = self.to_frame().groupby(level="period").rank(pct=True)
        note = "standing: each rating is its percentile among the units of its period"
        return dataclasses.replace(
            self,
            ratings=places.to_numpy(dtype=float),
            variance=None,
            notes=(*self.notes, note),
        )

    def coverage(self) -> pd.DataFrame:
        """Return how much of each factor is rated.

        Returns
        -------
        pandas.DataFrame
            Index factor; columns ``indicators`` (in the framework), ``rated`` (rated in at least
            one row), ``share`` (rated cells over all applicable cells of the factor, 0 to 1).
        """
        position = {name: n for n, name in enumerate(self.indicators)}
        rows: list[tuple[str, int, int, float]] = []
        for framework in self.frameworks:
            for factor in framework.factors:
                if not factor.indicators:
                    continue
                columns = [position[i.id] for i in factor.indicators if i.id in position]
                states = self.states[:, columns]
                rated = states == CellState.RATED
                absent = len(factor.indicators) - len(columns)
                applicable = (states != CellState.NOT_APPLICABLE).sum() + absent * len(self)
                share = float(rated.sum() / applicable) if applicable else float("nan")
                seen = int(rated.any(axis=0).sum())
                rows.append((factor.id, len(factor.indicators), seen, share))
        frame = pd.DataFrame(rows, columns=["factor", "indicators", "rated", "share"])
        return frame.set_index("factor")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the panel as ``.csv``, ``.xlsx`` (wide) or ``.parquet`` (long).

        Raises
        ------
        InputError
            If the ending is none of these or the file cannot be written.
        """
        write_panel(self, path)

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
