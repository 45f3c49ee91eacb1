"""Pool evidence to a panel: for each cell a Beta posterior, so a rating, a variance and a mass."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import load_mechanisms
from r2prisk.errors import InputError
from r2prisk.evidence.ageing import window_days
from r2prisk.evidence.carry import Floats, Ints, Rows, carry
from r2prisk.evidence.models import Weights, load_declared
from r2prisk.evidence.settled import settled_from
from r2prisk.evidence.table import EvidenceTable
from r2prisk.panel import CellState, Panel
from r2prisk.panel.periods import parse_periods

WORDS = {
    "": CellState.RATED,
    "unknown": CellState.UNKNOWN,
    "not applicable": CellState.NOT_APPLICABLE,
    "failed": CellState.FAILED,
}
"""The cell state for each word of the column ``state``."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Pooled:
    """A panel pooled from evidence, with how much evidence each cell has and how old it is.

    Parameters
    ----------
    panel : Panel, shape (n, i)
        Ratings and variances are posterior means and variances.
    mass : array of float, shape (n, i)
        Sum of confidence x ageing over rated evidence, in reports of weight 1; 0 where none exists.
    ages : array of float, shape (n, i)
        Mean age of the evidence by its weight, months; NaN where the cell is not rated.
    weights : Weights
        By what it was pooled.

    Examples
    --------
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="severe",
    ...     confidence="high", mechanism="ngo", reference="An invented report", coder="A")
    >>> pooled = pool(read_evidence([seen]), "2008-01")
    >>> pooled.to_frame()[["indicator", "mass", "age"]].round(2).to_numpy().tolist()
    [['7.10', 0.94, 0.49]]
    """

    panel: Panel
    mass: Floats
    ages: Floats
    weights: Weights

    def to_frame(self) -> pd.DataFrame:
        """Return the cells that are not unknown, a row for each.

        Returns
        -------
        pandas.DataFrame
            Columns ``unit``, ``period``, ``indicator``, ``rating``, ``state``, ``variance``,
            ``mass`` and ``age`` (months); sorted by unit, period and indicator.
        """
        panel = self.panel
        row, column = np.nonzero(panel.states != CellState.UNKNOWN)
        states = np.array([state.name.lower() for state in CellState], dtype=object)
        cells = {"rating": panel.ratings, "variance": panel.variance, "mass": self.mass}
        return pd.DataFrame(
            {
                "unit": panel.index.get_level_values("unit")[row],
                "period": panel.index.get_level_values("period")[row],
                "indicator": np.array(panel.indicators, dtype=object)[column],
                "state": states[panel.states[row, column]],
                **{name: array[row, column] for name, array in cells.items() if array is not None},
                "age": self.ages[row, column],
            }
        )

    def __repr__(self) -> str:
        rated = self.panel.states == CellState.RATED
        if not rated.any():
            return f"{self.panel!r}\nEvidence: no cell is rated"
        mass, age = np.median(self.mass[rated]), np.median(self.ages[rated])
        return (
            f"{self.panel!r}\n"
            f"Evidence of rated cells, median: mass {mass:.2f}, age {age:.1f} months"
        )


def pool(
    table: EvidenceTable,
    dates: Iterable[object] | object,
    *,
    weights: Weights | None = None,
    hindsight: bool = False,
) -> Pooled:
    """Pool evidence to a panel as it was known at the end of each period.

    For each cell, over the evidence known by the end of the period, with confidence c, ageing
    weight g (:func:`age_weights`) and rating x: ``w = c g``, ``n = sum w``, and the Beta posterior
    ``a = n0 m0 + sum w x``, ``b = n0 (1 - m0) + sum w (1 - x)`` over a prior of mass n0 and mean
    m0. The rating is its mean ``a / (a + b)``, the evidence mean pulled to m0 by ``n0 / (n0 + n)``;
    its variance is ``a b / ((a + b)^2 (a + b + 1))``; its mass is n. A cell with ``n`` below the
    least mass is unknown: it was never looked at, or what was seen has faded.

    A cell that is not rated is not applicable if evidence of at least the least mass says so and
    none of that mass says that it is unknown or failed; failed if evidence of that mass says so.
    A row that another settles counts until that one is known.

    Parameters
    ----------
    table : EvidenceTable
        The evidence, n rows.
    dates : iterable of period, date or text, or one of them
        Years, quarters, months or days, all of one kind, each once.
    weights : Weights, optional
        The declared ones if not given.
    hindsight : bool
        Whether evidence counts from its date on, also before it could be known: a judgment of
        1998 on 1993 then tells of 1993. For history, never for a forecast.

    Returns
    -------
    Pooled
        Its panel has a row for each unit of the table and period, sorted, and a column for each
        indicator of the table.

    Raises
    ------
    InputError
        If the table is empty, or a period cannot be read, is of another kind or stands twice.

    Notes
    -----
    Conjugate weighted updating of a Beta prior: Gelman, A. et al. (2013), Bayesian Data Analysis,
    3rd ed., ch. 2. One rating x of weight w counts as w x signs of presence and w (1 - x) of
    absence. Two coders who read one report count as two.

    Examples
    --------
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="severe",
    ...     confidence="high", mechanism="ngo", reference="An invented report", coder="A")
    >>> pooled = pool(read_evidence([seen]), ["2007-12", "2008-01", "2008-07", "2010-01"])
    >>> pooled.panel.ratings.ravel().round(2).tolist()
    [nan, 0.94, 0.9, nan]
    >>> pooled.mass.ravel().round(2).tolist()
    [0.0, 0.94, 0.47, 0.06]
    """
    how = load_declared().weights if weights is None else weights
    periods, times = as_times(dates)
    if not len(table):
        raise InputError("evidence", ["has no rows to pool"])
    frame = table.to_frame()
    unit = frame["unit"].cat.codes.to_numpy().astype(np.int64)
    indicator = frame["indicator"].cat.codes.to_numpy().astype(np.int64)
    shape = (len(table.indicators), len(table.units), len(times))
    group, cells, kinds = _groups(indicator * shape[1] + unit, _kinds(frame))
    rows = rows_of(table, frame, group, how, hindsight=hindsight)
    sums = carry(rows, times, len(cells))
    states = _states(sums.mass, cells, kinds, shape, how.least_mass)
    rated = kinds == CellState.RATED
    mass, total, aged = (part if rated.all() else part[:, rated] for part in sums)
    unknown = mass < how.least_mass
    found = (*posterior(mass, total, how), aged / np.where(unknown, np.nan, mass))
    rating, variance, ages = (
        _spread(_without(f, unknown), cells[rated], shape, np.nan) for f in found
    )
    panel = Panel(
        index=grid(table.units, periods),
        indicators=table.indicators,
        ratings=rating,
        states=states,
        frameworks=tuple(
            f for f in table.frameworks if any(i.id in table.indicators for i in f.indicators)
        ),
        variance=variance,
        sources=(_source(table, how),),
        notes=(*table.notes, *_notes(frame, hindsight)),
    )
    return Pooled(panel, _spread(mass, cells[rated], shape, 0.0), ages, how)


def as_times(dates: Iterable[object] | object) -> tuple[pd.PeriodIndex, Ints]:
    """Return periods, sorted, and the last day of each in days since 1970.

    Raises
    ------
    InputError
        If there is none, or one cannot be read, is of another kind or stands twice.

    Examples
    --------
    >>> as_times("1970-01")
    (PeriodIndex(['1970-01'], dtype='period[M]'), array([30]))
    """
    several = isinstance(dates, Iterable) and not isinstance(dates, str)
    listed: list[object] = list(cast(Iterable[object], dates)) if several else [dates]
    given = pd.Series(listed, dtype=object)
    problems: list[str] = []
    periods = parse_periods(given, np.arange(len(given)), "dates", problems)
    if not len(given):
        problems = ["name at least one period"]
    elif periods is not None:
        problems += [f"{p} stands more than once" for p in periods[periods.duplicated()].unique()]
    if problems or periods is None:
        raise InputError("dates", problems)
    ordered = periods.sort_values()
    return ordered, np.asarray(ordered.asfreq("D", "E").asi8, dtype=np.int64)


def grid(units: Iterable[str], periods: pd.PeriodIndex) -> pd.MultiIndex:
    """Return a row for each unit and period.

    Examples
    --------
    >>> len(grid(["GHA", "KEN"], pd.period_range("2007", "2008", freq="Y")))
    4
    """
    names: list[Any] = [pd.Index(list(units), dtype=object), periods]
    return pd.MultiIndex.from_product(names, names=["unit", "period"])


def rows_of(
    table: EvidenceTable,
    frame: pd.DataFrame,
    group: Ints,
    weights: Weights,
    *,
    hindsight: bool = False,
) -> Rows:
    """Return what pooling needs of evidence.

    Parameters
    ----------
    table : EvidenceTable
        Says which indicators are structural and which are triggers, and which rows are settled.
    frame : pandas.DataFrame, shape (n, 19)
        ``table.to_frame()``.
    group : array of int, shape (n,)
        To what each row is summed.
    weights : Weights
        For confidence and the window of triggers.
    hindsight : bool
        Whether evidence exists from its date, not from the day on which it could be known.

    Returns
    -------
    Rows
        In the order of the table.
    """
    indicators = [i for f in table.frameworks for i in f.indicators if i.id in table.indicators]
    column = frame["indicator"].cat.codes.to_numpy()
    trigger = np.array([i.trigger for i in indicators])[column]
    known = load_mechanisms()
    mechanisms = [known[name] for name in frame["mechanism"].cat.categories]
    lives = np.array([[m.half_life_structural, m.half_life_dynamic] for m in mechanisms])
    dynamic = np.array([i.tempo == "dynamic" for i in indicators], dtype=np.intp)[column]
    half_life = lives[frame["mechanism"].cat.codes.to_numpy(), dynamic]
    date = _days(frame["date"])
    last = _later(frame["until"], date)
    first = date if hindsight else _later(frame["known"], date)
    gone = settled_from(frame, first.astype("datetime64[D]")).astype(np.int64)
    over = last + window_days(weights.trigger_window) + 1
    surety = np.array([getattr(weights, name) for name in frame["confidence"].cat.categories])
    return Rows(
        group=group,
        first=first,
        last=last,
        gone=np.where(trigger, np.minimum(gone, over), gone),
        weight=surety[frame["confidence"].cat.codes.to_numpy()],
        rating=frame["rating"].fillna(0.0).to_numpy(),
        half_life=np.where(trigger, np.inf, half_life),
    )


def posterior(mass: Floats, rated: Floats, weights: Weights) -> tuple[Floats, Floats]:
    """Return mean and variance of the Beta posteriors.

    Parameters
    ----------
    mass, rated : array of float, shape (t, g)
        ``sum w`` and ``sum w x`` of rated evidence.
    weights : Weights
        For the prior.

    Returns
    -------
    tuple of array of float, each of shape (t, g)
        With mean ``m = a / (a + b)``: m, and ``m (1 - m) / (a + b + 1)``, which is
        ``a b / ((a + b)^2 (a + b + 1))``.

    Examples
    --------
    >>> rating, _ = posterior(np.array([1.0]), np.array([1.0]), load_declared().weights)
    >>> bool(np.isclose(rating[0], (0.0625 + 1) / (0.125 + 1)))
    True
    """
    whole = mass + weights.prior_mass
    mean = rated + weights.prior_mass * weights.prior_mean
    mean /= whole
    whole += 1.0
    variance = 1.0 - mean
    variance *= mean
    variance /= whole
    return mean, variance


def _days(column: pd.Series[pd.Timestamp]) -> Ints:
    return column.to_numpy().astype("datetime64[D]").astype(np.int64)


def _later(column: pd.Series[pd.Timestamp], date: Ints) -> Ints:
    """Return the days of a column that is empty where they are those of the date."""
    return np.where(column.isna().to_numpy(), date, _days(column))


def _kinds(frame: pd.DataFrame) -> Ints:
    """Return the cell state that each row states."""
    words = [WORDS[word] for word in frame["state"].cat.categories]
    return np.array(words, dtype=np.int64)[frame["state"].cat.codes.to_numpy()]


def _groups(cell: Ints, kind: Ints) -> tuple[Ints, Ints, Ints]:
    """Return the group of each row, and the cell and the state of each group."""
    keys, group = np.unique(cell * len(CellState) + kind, return_inverse=True)
    return group.astype(np.int64), keys // len(CellState), keys % len(CellState)


def _without(values: Floats, unknown: NDArray[np.bool_]) -> Floats:
    values[unknown] = np.nan
    return values


def _spread(values: Floats, cells: Ints, shape: tuple[int, int, int], fill: float) -> Floats:
    """Put values of shape (t, cells) into a panel's shape (units x periods, indicators)."""
    whole = np.full((shape[0] * shape[1], shape[2]), fill)
    whole[cells] = values.T
    return whole.reshape(shape[0], shape[1] * shape[2]).T


def _states(
    mass: Floats, cells: Ints, kinds: Ints, shape: tuple[int, int, int], least: float
) -> NDArray[np.uint8]:
    """Return the state of each cell: rated, or what all live evidence says, or unknown."""
    rows, columns = shape[1] * shape[2], shape[0]
    live = {kind: np.zeros((rows, columns), dtype=bool, order="F") for kind in CellState}
    for kind in CellState:
        part = kinds == kind
        if part.any():
            live[kind] = _spread(mass[:, part], cells[part], shape, 0.0) >= least
    silent = ~live[CellState.UNKNOWN] & ~live[CellState.FAILED]
    states = np.full((rows, columns), CellState.UNKNOWN, dtype=np.uint8, order="F")
    states[live[CellState.FAILED]] = CellState.FAILED
    states[live[CellState.NOT_APPLICABLE] & silent] = CellState.NOT_APPLICABLE
    states[live[CellState.RATED]] = CellState.RATED
    return states


def _source(table: EvidenceTable, weights: Weights) -> str:
    files = ", ".join(table.sources) or "a table"
    # the same rows in another order are the same evidence
    ordered = table.to_frame().sort_values("id", ignore_index=True)
    table = dataclasses.replace(table, _frame=ordered)
    rows = f"{len(table):,} row{'' if len(table) == 1 else 's'}"
    return f"coded evidence ({files}; {rows}, {table.hash[:12]}; weights {weights.hash[:12]})"


def _notes(frame: pd.DataFrame, hindsight: bool) -> tuple[str, ...]:
    closed = int((frame["sensitivity"] != "public").sum())
    later = int(frame["known"].notna().sum())
    notes = {
        "restricted or confidential: not for a wider circle (pool `public()` for that)": closed,
        "counted before they were known: pooled with hindsight": later if hindsight else 0,
    }
    return tuple(f"{n:,} of {len(frame):,} rows are {what}" for what, n in notes.items() if n)
