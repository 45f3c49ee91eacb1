"""Onsets and episodes, and the outcome that each row may know."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import Any, Literal, Self, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError
from r2prisk.files import sha256
from r2prisk.panel.periods import KINDS, period_of
from r2prisk.scoring.uncertainty.gate import whole

UNKNOWN = -1
"""Mark of a cell of which nobody knows yet whether an onset fell in it."""

FINENESS = {"Y": 0, "Q": 1, "M": 2, "D": 3}


def period_in(value: object, name: str, kind: str, *, how: Literal["start", "end"]) -> pd.Period:
    """Read a period in the kind wanted; of a longer one the first or the last.

    Raises
    ------
    InputError
        If it cannot be read, or is shorter than the kind wanted: a year cannot be cut in June.

    Examples
    --------
    >>> period_in(2003, "first", "M", how="start")
    Period('2003-01', 'M')
    """
    period = period_of(value, name)
    found = period.freqstr[0]
    if FINENESS[found] > FINENESS[kind]:
        problem = f"'{value}' is a {KINDS[found]}, shorter than a {KINDS[kind]}; give a whole one"
        raise InputError(name, [problem])
    return period.asfreq(kind, how=how)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Onsets:
    """Onsets of episodes, and what is known of every unit and period; made by ``read_onsets``.

    Parameters
    ----------
    units : tuple of str, length u
        ISO 3166 alpha-3 codes, sorted.
    periods : pandas.PeriodIndex, length t
        Without gaps, from the first to the last period for which onsets are known.
    state : array of int8, shape (u, t)
        1 an onset fell in the period, 0 none did, -1 unknown.
    under_way : array of int8, shape (u, t)
        1 an episode was under way in the period, 0 none was, -1 unknown.
    episodes : pandas.DataFrame
        ``unit``, ``first``, ``last`` (periods; NaT where not over, or not told).
    complete : bool
        Whether a unit that is not listed had no onset (a list of episodes says so); else what is
        not listed is unknown (a table of rows).
    notes : tuple of str
        What was joined on the way in, one line each.

    Examples
    --------
    >>> from r2prisk.forecasting import read_onsets
    >>> table = pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2005]})
    >>> onsets = read_onsets(table, known=2005)
    >>> onsets
    Onsets: 1 in 1 unit, known from 2003 to 2005; a unit not listed had none
    >>> onsets.until(2004).episodes["last"].isna().tolist()
    [True]
    """

    units: tuple[str, ...]
    periods: pd.PeriodIndex
    state: NDArray[np.int8]
    under_way: NDArray[np.int8]
    episodes: pd.DataFrame
    complete: bool
    notes: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """Unit and period of every onset, in order of period."""
        t, u = np.nonzero(self.state.T == 1)
        units = np.array(self.units, dtype=object)[u]
        return pd.DataFrame({"unit": units, "period": self.periods[t]})

    @property
    def hash(self) -> str:
        """SHA-256 of units, periods, states and episodes."""
        spans = [pd.PeriodIndex(self.episodes[name]).asi8 for name in ("first", "last")]
        return sha256(
            ",".join(self.units).encode(),
            f"{self.periods.freqstr} {self.periods[0].ordinal} {self.complete}".encode(),
            np.ascontiguousarray(self.state).data,
            np.ascontiguousarray(self.under_way).data,
            ",".join(self.episodes["unit"]).encode(),
            *(np.ascontiguousarray(span).data for span in spans),
        )

    def until(self, period: object) -> Self:
        """Return what was known at the end of a period.

        Later onsets are not there, nor a unit of which nothing was known yet: that it will be
        listed one day is known only afterwards. An episode has an end only where it ended before
        that period: whether one that was under way in it goes on shows in the next.

        Parameters
        ----------
        period : period
            The last that is known; of a longer one, its end.

        Raises
        ------
        InputError
            If the period cannot be read, is shorter than those of the onsets, or lies before the
            first that is known.
        """
        end = period_in(period, "period", self.periods.freqstr[0], how="end")
        width = end.ordinal - self.periods[0].ordinal + 1
        if width < 1:
            first = self.periods[0]
            raise InputError("onsets", [f"nothing is known until {end}; the first is {first}"])
        begun = self.episodes[self.episodes["first"] <= end]
        state, under_way = self.state[:, :width], self.under_way[:, :width]
        if self.complete:
            there = np.isin(np.array(self.units, dtype=object), begun["unit"].to_numpy(object))
        else:
            there = ((state != UNKNOWN) | (under_way != UNKNOWN)).any(axis=1)
        return dataclasses.replace(
            self,
            units=tuple(np.array(self.units, dtype=object)[there]),
            periods=self.periods[:width],
            state=state[there],
            under_way=under_way[there],
            episodes=begun.assign(last=begun["last"].where(begun["last"] < end)),
            notes=(),  # they count the rows of the whole list
        )

    def outcomes(self, index: pd.MultiIndex, *, horizon: int = 1) -> pd.Series[float]:
        """Return the outcome of each row: whether an onset comes in the periods after it.

        ``y_t = max(o_(t+1), ..., o_(t+h))``. Where one of these periods lies after the last that
        is known the outcome is unknown, even if an onset has come already: to keep those rows
        alone would tilt what a model learns towards onsets. A cell without a mark in between
        leaves a 1 as it is (many tables say nothing while an episode goes on) and makes a 0
        unknown.

        Parameters
        ----------
        index : pandas.MultiIndex, shape (n,)
            Levels ``unit`` and ``period``, of the kind of period of the onsets.
        horizon : int
            How many periods ahead, 1 or more.

        Returns
        -------
        pandas.Series of float, shape (n,)
            1, 0, or NaN where unknown.

        Raises
        ------
        InputError
            If the horizon is not a whole number from 1, the kinds of period differ, or a unit is
            not known.

        Examples
        --------
        >>> from r2prisk.forecasting import read_onsets
        >>> onsets = read_onsets(
        ...     pd.DataFrame({"unit": ["SDN"], "first": [2003]}), first=2001, known=2005)
        >>> years = pd.period_range("2001", "2005", freq="Y")
        >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
        >>> onsets.outcomes(index, horizon=2).tolist()
        [1.0, 1.0, 0.0, nan, nan]
        """
        if not whole(horizon) or horizon < 1:
            raise InputError("horizon", [f"{horizon} is not a whole number of periods from 1"])
        ahead = [self._look_up(self.state, index, step) for step in range(1, horizon + 1)]
        cells = np.stack(ahead)
        last = cast(pd.PeriodIndex, index.get_level_values("period")).asi8 + horizon
        over = last <= self.periods[-1].ordinal
        known = over & ((cells == 1).any(axis=0) | (cells >= 0).all(axis=0))
        outcome = np.where(known, (cells == 1).any(axis=0), np.nan)
        return pd.Series(outcome, index=index, name="outcome")

    def ongoing(self, index: pd.MultiIndex) -> pd.Series[Any]:
        """Return whether an episode was under way in each row; ``<NA>`` where unknown.

        Raises
        ------
        InputError
            If the kinds of period differ.
        """
        cells = self._look_up(self.under_way, index, 0)
        marks = pd.array(cells == 1, dtype="boolean")
        marks[cells < 0] = pd.NA
        return pd.Series(marks, index=index, name="ongoing")

    def _look_up(
        self, table: NDArray[np.int8], index: pd.MultiIndex, step: int
    ) -> NDArray[np.int8]:
        """Return the cell ``step`` periods after each row."""
        periods = pd.PeriodIndex(index.get_level_values("period"))
        if periods.freqstr != self.periods.freqstr:
            theirs, ours = (KINDS[p.freqstr[0]] for p in (periods, self.periods))
            raise InputError("onsets", [f"are known by {ours}, the rows stand by {theirs}"])
        if self.complete:  # a misspelt unit would be one that never had an onset
            self._refuse_strangers(index)
        u = pd.Index(self.units).get_indexer(index.get_level_values("unit"))
        t = periods.asi8 + step - self.periods[0].ordinal
        within = (t >= 0) & (t < len(self.periods))
        outside = np.where(within & self.complete, 0, UNKNOWN)
        if not self.units:
            return outside.astype(np.int8)
        cells = table[u, t.clip(0, len(self.periods) - 1)]
        return np.where(within & (u >= 0), cells, outside).astype(np.int8)

    def _refuse_strangers(self, index: pd.MultiIndex) -> None:
        """Refuse units that nobody knows."""
        known = load_units()
        strange = sorted({str(unit) for unit in index.unique("unit")} - known.keys())
        if strange:
            raise InputError(
                "onsets",
                [f"'{u}' is not an ISO 3166 alpha-3 code{unit_hint(u)}" for u in strange],
            )

    def __repr__(self) -> str:
        count = int((self.state == 1).sum())
        holders = int((self.state == 1).any(axis=1).sum())
        rest = "a unit not listed had none" if self.complete else "what is not listed is unknown"
        plural = "unit" if holders == 1 else "units"
        first, last = self.periods[0], self.periods[-1]
        told = f"Onsets: {count} in {holders} {plural}, known from {first} to {last}; {rest}"
        notes = [textwrap.fill(note, 100, subsequent_indent="  ") for note in self.notes]
        return "\n".join([told, *notes])
