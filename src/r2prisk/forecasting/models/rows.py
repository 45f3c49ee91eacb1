"""From features and outcomes to the rows that a model learns from, and their sums."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit

from r2prisk.errors import InputError
from r2prisk.forecasting.windows import HORIZONS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

FLOOR = 1e-6
"""No forecast is nearer to 0 or 1: nobody knows that much."""


@dataclasses.dataclass(frozen=True)
class Rows:
    """Rows to learn from; a row of the features is there once for each horizon that is known.

    Parameters
    ----------
    place : array of int, shape (m,)
        The row of the features.
    ahead : array of int, shape (m,)
        0 where the outcome is that of the first horizon in ``horizons``, 1 for the second.
    outcome : array of float, shape (m,)
        1 or 0.
    recent : array of bool, shape (m,)
        Whether the row is among the last years with a known outcome of its horizon.
    horizons : tuple of int
        One or two, each with a row at least.
    """

    place: NDArray[np.intp]
    ahead: NDArray[np.intp]
    outcome: Floats
    recent: Bools
    horizons: tuple[int, ...]

    def take(self, keep: Bools) -> Rows:
        """Return some of the rows."""
        cut = (self.place[keep], self.ahead[keep], self.outcome[keep], self.recent[keep])
        return Rows(*cut, self.horizons)

    @property
    def one_each(self) -> Floats:
        """A column of ones for each horizon, shape (m, horizons)."""
        return np.eye(len(self.horizons))[self.ahead]


def training_rows(
    index: pd.Index[Any],
    y: Floats,
    outcomes: pd.DataFrame | None,
    *,
    horizon: int,
    window: int,
    since: int,
) -> Rows:
    """Return the rows with a known outcome, of both horizons where both are given.

    Parameters
    ----------
    index : pandas.Index, shape (n,)
        With a level ``period`` the recent rows of a horizon are those of the ``window`` years up to
        its last row with a known outcome, whatever the kind of period; without one all rows are.
    y : array of float, shape (n,)
        Outcome of ``horizon``: 1, 0 or NaN; not read where ``outcomes`` are given.
    outcomes : pandas.DataFrame, optional
        Columns 1 and 2, the outcomes of both horizons.
    horizon, window : int
        Periods ahead; years.
    since : int
        First year of the rows; without a level ``period`` all rows count.

    Raises
    ------
    InputError
        If ``outcomes`` are not those of the rows, the level ``period`` holds no periods, or no
        outcome of the horizon is known: all that is found.
    """
    problems = [] if outcomes is None else _faults(outcomes, index)
    periods = index.get_level_values("period") if "period" in index.names else None
    if periods is not None and not isinstance(periods, pd.PeriodIndex):
        problems.append(f"level 'period' of the features needs periods, found {periods.dtype}")
    if problems:
        raise InputError("rows to learn from", problems)
    early = np.zeros(len(index), dtype=bool)
    if isinstance(periods, pd.PeriodIndex):
        early = np.asarray(periods.year) < since
    sets = {horizon: y}
    if outcomes is not None:
        sets = {name: outcomes[name].to_numpy(dtype=float) for name in HORIZONS}
    places = {name: np.flatnonzero(~np.isnan(v) & ~early) for name, v in sets.items()}
    if not len(places[horizon]):
        ago = f" since {since}" if early.any() else ""
        raise InputError("rows to learn from", [f"no outcome of horizon {horizon} is known{ago}"])
    there = tuple(name for name, place in places.items() if len(place))
    return Rows(
        place=np.concatenate([places[name] for name in there]),
        ahead=np.concatenate([np.full(len(places[name]), n) for n, name in enumerate(there)]),
        outcome=np.concatenate([sets[name][places[name]] for name in there]),
        recent=np.concatenate([_recent(periods, places[name], window) for name in there]),
        horizons=there,
    )


def _faults(outcomes: pd.DataFrame, index: pd.Index[Any]) -> list[str]:
    """Say why these are not the outcomes of the rows."""
    lacking = [str(name) for name in HORIZONS if name not in outcomes.columns]
    if lacking:
        found = ", ".join(map(repr, outcomes.columns)) or "none"
        return [f"outcomes: need the columns 1 and 2 (numbers), found {found}"]
    problems: list[str] = []
    if len(outcomes) != len(index):
        problems.append(f"outcomes: {len(outcomes)} rows, the features have {len(index)}")
    elif not isinstance(index, pd.RangeIndex) and not outcomes.index.equals(index):
        problems.append("outcomes: their rows are not those of the features, in the same order")
    values = outcomes[list(HORIZONS)].to_numpy(dtype=float)
    strange = values[~np.isnan(values) & (values != 0) & (values != 1)]
    if strange.size:
        problems.append(f"outcomes: {strange[0]:g} is not 1, 0 or NaN ({strange.size} such cells)")
    return problems


def _recent(periods: Any, place: NDArray[np.intp], window: int) -> Bools:
    """Mark the rows of the ``window`` years up to the last."""
    if periods is None:
        return np.ones(len(place), dtype=bool)
    seen = periods[place]
    before = seen.max().start_time - pd.DateOffset(years=window)
    return np.asarray(seen > pd.Period(before, freq=seen.freq))


class Scale:
    """Columns less their mean over their deviation, as learned; what is missing is at the mean."""

    def __init__(self, x: Floats, rows: Rows) -> None:
        seen = x[rows.place]
        known = ~np.isnan(seen)
        count = np.maximum(known.sum(axis=0), 1)
        self.mean = np.where(known, seen, 0.0).sum(axis=0) / count
        gap = np.where(known, seen - self.mean, 0.0)
        deviation = np.sqrt((gap**2).sum(axis=0) / count)
        # a column that never moved says nothing, whatever it does later
        self.weight = np.divide(
            1.0, deviation, out=np.zeros_like(deviation), where=deviation > 1e-9
        )

    def z(self, x: Floats) -> Floats:
        """Return columns in deviations from their means."""
        return np.nan_to_num((x - self.mean) * self.weight)


def ridge_logit(x: Floats, y: Floats, offset: Floats, penalty: Floats, least: Floats) -> Floats:
    """Return the coefficients of a logistic regression on an offset, shrunk and with bounds.

    Minimises ``sum log(1 + exp(m)) - y m + 1/2 sum penalty b^2`` with ``m = offset + x b`` and
    ``b >= least``.

    Parameters
    ----------
    x : array of float, shape (m, p)
        Columns.
    y, offset : array of float, shape (m,)
        Outcomes 0 or 1; log-odds before the correction.
    penalty : array of float, shape (p,)
        ``1 / C`` of each column, 0 or more.
    least : array of float, shape (p,)
        Lower bound of each coefficient, 0 or less: 0 for a column that may only raise, minus
        infinity for one that may do either.

    Raises
    ------
    ArithmeticError
        If no minimum was found.

    Examples
    --------
    >>> y, one = np.array([0.0, 0.0, 1.0, 1.0]), np.ones((4, 1))
    >>> ridge_logit(one, y, np.full(4, 0.7), np.zeros(1), np.full(1, -np.inf)).round(3).tolist()
    [-0.7]
    """

    def loss(b: Floats) -> tuple[float, Floats]:
        m = offset + x @ b
        value = np.logaddexp(0.0, m).sum() - y @ m + 0.5 * penalty @ b**2
        return float(value), x.T @ (expit(m) - y) + penalty * b

    start = np.zeros(x.shape[1])
    # the usual tolerances stop while coefficients as small as these still are on their way
    close = {"maxiter": 10_000, "maxfun": 100_000, "ftol": 1e-15, "gtol": 1e-7}
    bounds = [(low, None) for low in least]
    found: Any = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=close)
    b = np.asarray(found.x, dtype=float)
    slope = loss(b)[1]
    left = np.abs(np.where(b > least, slope, np.minimum(slope, 0.0))).max()
    if not left < 1e-2:
        raise ArithmeticError(f"no minimum found: a slope of {left:g} is left ({found.message})")
    return b


def level(m: Floats, y: Floats) -> float:
    """Return the shift of log-odds after which the forecasts sum to the outcomes, plus one half.

    The half stands for what so few events leave open: without it no event would mean never. Where
    every row has an event, the forecasts sum to one half less.

    Parameters
    ----------
    m : array of float, shape (n,)
        Log-odds before the shift; one row at least.
    y : array of float, shape (n,)
        Outcomes 0 or 1.

    Examples
    --------
    >>> round(level(np.zeros(9), np.array([1.0] + [0.0] * 8)), 3)
    -1.609
    """
    total = min(float(y.sum()) + 0.5, len(y) - 0.5)
    middle = float(logit(total / len(y)))

    def gap(shift: float) -> float:
        return float(expit(m + shift).sum()) - total

    # at the one end every row is at the mean or lower, at the other at the mean or higher
    found: Any = brentq(gap, middle - m.max() - 1.0, middle - m.min() + 1.0, xtol=1e-12)
    return float(found)


def levels(m: Floats, rows: Rows) -> Floats:
    """Return the shift of each horizon, from its recent rows; without any, from all its rows."""
    shifts: list[float] = []
    for n in range(len(rows.horizons)):
        mine = rows.ahead == n
        some = mine & rows.recent if (mine & rows.recent).any() else mine
        shifts.append(level(m[some], rows.outcome[some]))
    return np.array(shifts)


def two_columns(m: Floats) -> Floats:
    """Return the probabilities of none and of an onset, shape (n, 2)."""
    p = np.clip(expit(m), FLOOR, 1.0 - FLOOR)
    return np.column_stack([1.0 - p, p])
