"""What followed each row of scores, and since when that is known."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.units import independence, lineage
from r2prisk.errors import InputError
from r2prisk.scoring.scores import Scores, need_scores

if TYPE_CHECKING:
    from r2prisk.forecasting import Onsets

UNKNOWN = -1
"""Mark of a row of which nobody knows what followed, or whether an episode was under way."""

FACTORS = 6
"""Risk factors that a moment of the casebook must have rated."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Followed:
    """What followed each row; made by ``what_followed`` or ``casebook_history``.

    Parameters
    ----------
    index : pandas.MultiIndex, shape (n,)
        Unit and period of the rows.
    state : array of int8, shape (n,)
        1 it followed, 0 it did not, -1 unknown.
    known : pandas.PeriodIndex, shape (n,)
        The period at whose end that could be known.
    when : pandas.PeriodIndex, shape (n,)
        The period in which it began, where it followed; else NaT.
    under_way : array of int8, shape (n,)
        1 an episode was under way in the row, 0 none was, -1 unknown.
    horizon : int or None
        How many periods ahead; None where each history has an end of its own (the casebook).
    notes : tuple of str
        What a reader must know of it, one line each.
    thin : int
        Moments of the casebook that are left out, as too little was rated.

    Raises
    ------
    InputError
        If the lengths do not agree.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.forecasting import read_onsets
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2001, 2002, 2003], "1.1": 0.5})
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}), known=2004)
    >>> what_followed(score(read_panel(frame)), onsets, horizon=2).state.tolist()
    [1, 1, -1]
    """

    index: pd.MultiIndex
    state: NDArray[np.int8]
    known: pd.PeriodIndex
    when: pd.PeriodIndex
    under_way: NDArray[np.int8]
    horizon: int | None
    notes: tuple[str, ...] = ()
    thin: int = 0

    def __post_init__(self) -> None:
        given = {name: len(getattr(self, name)) for name in ("state", "known", "when", "under_way")}
        rows = len(self.index)
        wrong = [f"{name} has {n} rows, the index {rows}" for name, n in given.items() if n != rows]
        if wrong:
            raise InputError("followed", wrong)

    def to_frame(self) -> pd.DataFrame:
        """Return ``followed`` (1, 0, NaN unknown), ``when``, ``known`` and ``under_way``."""
        marks = np.stack([self.state, self.under_way]).astype(np.float64)
        marks[marks == UNKNOWN] = np.nan
        return pd.DataFrame(
            {
                "followed": marks[0],
                "when": self.when,
                "known": self.known,
                "under_way": marks[1],
            },
            index=self.index,
        )

    def __repr__(self) -> str:
        counts = [int((self.state == mark).sum()) for mark in (1, 0, UNKNOWN)]
        ahead = "" if self.horizon is None else f" within {self.horizon} periods"
        told = (
            f"Followed: {len(self.index):,} rows; an onset followed{ahead} {counts[0]:,}, none "
            f"followed {counts[1]:,}, unknown {counts[2]:,}; an episode under way in "
            f"{int((self.under_way == 1).sum()):,}"
        )
        return "\n".join([told, *self.notes])


def what_followed(scores: Scores, onsets: Onsets, *, horizon: int = 5) -> Followed:
    """Return whether an onset followed each row, and since when that is known.

    ``y_t = max(o_(t+1), ..., o_(t+h))``, known at the end of ``t + h``. An onset is seen when it
    comes, and that none came only at the end of the horizon. Were the first counted as soon as it
    is seen, the latest years would hold rows that escalated and no others; both wait.

    What is listed under another code of the same state counts too (the Soviet Union and Russia).
    Of a state that ended within the horizon, with none that continues it, it is unknown whether
    nothing would have followed.

    Parameters
    ----------
    scores : Scores, shape (n,)
        Their periods are of the kind of the onsets.
    onsets : Onsets
        As ``read_onsets`` makes them.
    horizon : int
        How many periods ahead, 1 or more.

    Returns
    -------
    Followed
        In the order of the scores.

    Raises
    ------
    InputError
        If these are no Scores, the horizon is not a whole number from 1, the kinds of period
        differ, or a unit is not known.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.forecasting import read_onsets
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2001, 2003], "1.1": 0.5})
    >>> table = pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2005]})
    >>> onsets = read_onsets(table, first=2000, known=2009)
    >>> what_followed(score(read_panel(frame)), onsets).to_frame().map(str).to_numpy().tolist()
    [['1.0', '2003', '2006', '0.0'], ['0.0', 'NaT', '2008', '1.0']]
    """
    need_scores(scores, "what_followed")
    index = scores.index
    state, ongoing = _marks(index, onsets, horizon)
    periods = pd.PeriodIndex(index.get_level_values("period"))
    rows, other = _other_codes(index)
    if len(rows):
        again = _marks(other, onsets, horizon)
        for mine, theirs in zip((state, ongoing), again, strict=True):
            mine[rows[theirs == 1]] = 1
    state[(state == 0) & _ended(index, horizon)] = UNKNOWN
    return Followed(
        index=index,
        state=state,
        known=periods + horizon,
        when=_first_after(index, periods, onsets, state),
        under_way=ongoing,
        horizon=horizon,
        notes=_notes(state, ongoing),
    )


def _marks(
    index: pd.MultiIndex, onsets: Onsets, horizon: int
) -> tuple[NDArray[np.int8], NDArray[np.int8]]:
    """Return whether an onset followed each row, and whether an episode was under way."""
    outcome = onsets.outcomes(index, horizon=horizon).to_numpy(dtype=np.float64)
    state = np.where(np.isnan(outcome), UNKNOWN, outcome).astype(np.int8)
    ongoing = onsets.ongoing(index).to_numpy(dtype=np.float64, na_value=UNKNOWN)
    return state, ongoing.astype(np.int8)


def _other_codes(index: pd.MultiIndex) -> tuple[NDArray[np.intp], pd.MultiIndex]:
    """Return the rows of states with several codes, once under each of the others."""
    lines = {unit: lineage(unit) for unit in index.unique("unit")}
    units = index.get_level_values("unit")
    pairs = [(n, code) for n, unit in enumerate(units) for code in lines[unit] if code != unit]
    rows = np.array([n for n, _ in pairs], dtype=np.intp)
    periods = index.get_level_values("period")[rows]
    codes = [code for _, code in pairs]
    return rows, pd.MultiIndex.from_arrays([codes, periods], names=["unit", "period"])


def _ended(index: pd.MultiIndex, horizon: int) -> NDArray[np.bool_]:
    """Return which rows are of a state that ended within the horizon, and that none continues."""
    periods = pd.PeriodIndex(index.get_level_values("period"))
    years = np.stack([periods.year.to_numpy(), (periods + horizon).year.to_numpy()])
    first = int(years.min(initial=2000))
    span = np.arange(first, int(years.max(initial=2000)) + 1)
    names = list(index.unique("unit"))
    lines = [lineage(name) for name in names]
    # by row of the table: whether the state was independent under any of its codes
    there = np.stack([independence(line, span).any(axis=0) for line in lines])
    at = pd.Index(names).get_indexer(index.get_level_values("unit"))
    now, later = there[at, years[0] - first], there[at, years[1] - first]
    return now & ~later


def _first_after(
    index: pd.MultiIndex, periods: pd.PeriodIndex, onsets: Onsets, state: NDArray[np.int8]
) -> pd.PeriodIndex:
    """Return the first onset after each row where one followed; else NaT."""
    table = onsets.table
    begun = {
        state: np.sort(pd.PeriodIndex(rows["period"]).asi8)
        for state, rows in table.groupby(table["unit"].map(lambda unit: lineage(str(unit))[0]))
    }
    units = index.get_level_values("unit")
    found: list[object] = [pd.NaT] * len(index)
    for row in np.flatnonzero(state == 1).tolist():
        mine = begun[lineage(str(units[row]))[0]]
        after = mine[np.searchsorted(mine, periods.asi8[row], side="right")]
        found[row] = pd.Period(ordinal=int(after), freq=periods.freqstr)
    return pd.PeriodIndex(found, freq=periods.freqstr)


def _notes(state: NDArray[np.int8], under_way: NDArray[np.int8]) -> tuple[str, ...]:
    unsure = int(((under_way == UNKNOWN) & (state != UNKNOWN)).sum())
    if not unsure:
        return ()
    rows = "1 row" if unsure == 1 else f"{unsure:,} rows"
    return (f"Of {rows} it is unknown whether an episode was under way; they count as quiet.",)
