"""The expanding window: what a forecast made at the end of a period could know."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from collections.abc import Iterable, Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils.validation import has_fit_parameter

from r2prisk.errors import InputError, nearest
from r2prisk.forecasting.onsets import Onsets
from r2prisk.panel import CellState, Panel
from r2prisk.scoring import score
from r2prisk.scoring.uncertainty.gate import whole

HORIZONS = (1, 2)
"""Periods ahead that a forecast may reach."""

Lag = int | Mapping[str, int]


def lagged(panel: Panel, lag: Lag) -> Panel:
    """Return the panel as it stands where sources come late: each rating moved some periods on.

    The row of period t then holds the ratings of t - lag; where there is no such row the cell is
    unknown. A source that is slow as a whole is best made late before it is combined with the
    others: ``combine([lagged(vdem, 1), ucdp])``, so that a quicker source fills in where it can.

    Parameters
    ----------
    panel : Panel, shape (n, i)
        Ratings by unit and period.
    lag : int or mapping of str to int
        In periods, 0 or more: for everything, or by indicator (``"6.1"``), factor (``"RF9"``) or
        framework (``"un-foa-2014"``). The narrower name wins; what is not named is not late.

    Returns
    -------
    Panel, shape (n, i)
        The same rows and columns.

    Raises
    ------
    InputError
        If a lag is not a whole number from 0, or a name is not in the panel's frameworks.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2002, 2003], "1.1": [0.2, 0.9], "2.1": 0.5})
    >>> lagged(read_panel(frame), {"1.1": 1}).to_frame().to_numpy().tolist()
    [[nan, 0.5], [0.2, 0.5]]
    """
    lags = lags_of(panel, lag)
    if not lags.any():
        return panel
    units, _ = pd.factorize(panel.index.get_level_values("unit"))
    times = pd.PeriodIndex(panel.index.get_level_values("period")).asi8
    rows = pd.MultiIndex.from_arrays([units, times])
    ratings, states = panel.ratings.copy(), panel.states.copy()
    variance = None if panel.variance is None else panel.variance.copy()
    for step in np.unique(lags[lags > 0]).tolist():
        columns = np.flatnonzero(lags == step)
        before = rows.get_indexer(pd.MultiIndex.from_arrays([units, times - step]))
        there = (before >= 0)[:, np.newaxis]
        cells = np.ix_(before, columns)
        ratings[:, columns] = np.where(there, panel.ratings[cells], np.nan)
        states[:, columns] = np.where(there, panel.states[cells], CellState.UNKNOWN)
        if variance is not None and panel.variance is not None:
            variance[:, columns] = np.where(there, panel.variance[cells], np.nan)
    note = f"made late: {said(lag)}"
    return dataclasses.replace(
        panel, ratings=ratings, states=states, variance=variance, notes=(*panel.notes, note)
    )


def said(lag: Lag) -> str:
    """Say a lag in words."""
    named = isinstance(lag, Mapping)
    return ", ".join(f"{k} by {n}" for k, n in lag.items()) if named else f"everything by {lag}"


def lags_of(panel: Panel, lag: Lag) -> NDArray[np.int64]:
    """Return the lag of each indicator of the panel."""
    asked: dict[str, Any] = dict(lag) if isinstance(lag, Mapping) else {"lag": lag}
    problems = [
        f"{name}: {step} is not a whole number of periods from 0"
        for name, step in asked.items()
        if not whole(step) or step < 0
    ]
    wide = {f.name: {i.id for i in f.indicators} for f in panel.frameworks}
    factors = {k.id: {i.id for i in k.indicators} for f in panel.frameworks for k in f.factors}
    single = {i.id: {i.id} for f in panel.frameworks for i in f.indicators}
    if isinstance(lag, Mapping):
        names = [*wide, *factors, *single]
        problems += [
            f"'{name}' is no indicator, factor or framework of the panel{nearest(name, names)}"
            for name in asked
            if name not in names
        ]
    if problems:
        raise InputError("lag", problems)
    if not isinstance(lag, Mapping):
        return np.full(len(panel.indicators), lag, dtype=np.int64)
    steps: dict[str, Any] = {}
    for level in (wide, factors, single):  # the narrower name comes later and stays
        for name in level.keys() & asked.keys():
            steps |= dict.fromkeys(level[name], asked[name])
    return np.array([steps.get(name, 0) for name in panel.indicators], dtype=np.int64)


@dataclasses.dataclass(frozen=True, eq=False)
class Window:
    """What was known at an origin, the end of a period; made by ``open_window``.

    Parameters
    ----------
    origin : pandas.Period
        The last period that is known.
    features : pandas.DataFrame, shape (n, c)
        Index ``unit``, ``period``: every row up to the origin.
    outcomes : pandas.DataFrame, shape (n, 2)
        Columns 1 and 2: the outcome of either horizon as known at the origin; NaN: not yet.
    """

    origin: pd.Period
    features: pd.DataFrame
    outcomes: pd.DataFrame

    @property
    def today(self) -> NDArray[np.bool_]:
        """Mark the rows of the origin, which are forecast."""
        return np.asarray(self.features.index.get_level_values("period") == self.origin)


def open_window(panel: Panel, onsets: Onsets, model: Any, *, origin: pd.Period) -> Window:
    """Cut panel and onsets at an origin and make the features of a model from what is left.

    Parameters
    ----------
    panel : Panel
        Ratings by unit and period, late already where sources are.
    onsets : Onsets
        Onsets, of the same kind of period.
    model : classifier
        Gives the features, see :func:`features_of`.
    origin : pandas.Period
        The last period that may be known.

    Returns
    -------
    Window
        Rows in order of unit and period.

    Raises
    ------
    InputError
        If nothing is known at the origin, or the features are not a frame as asked for.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> panel = read_panel(pd.DataFrame(
    ...     {"unit": "SDN", "year": [2001, 2002, 2003], "1.1": [0.2, 0.9, 0.9]}))
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}), first=2001)
    >>> window = open_window(panel, onsets, None, origin=pd.Period("2002", "Y"))
    >>> window.outcomes[1].tolist()
    [0.0, nan]
    """
    seen = panel.select(last=str(origin))
    known = onsets.until(origin)
    features = features_of(model, seen, known)
    index = cast(pd.MultiIndex, features.index)
    return Window(origin, features, known_outcomes(index, known))


def known_outcomes(index: pd.MultiIndex, onsets: Onsets) -> pd.DataFrame:
    """Return the outcome of either horizon of each row, as far as it is known.

    Examples
    --------
    >>> from r2prisk.forecasting import read_onsets
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}), first=2001)
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> known_outcomes(index, onsets).T.to_numpy().tolist()
    [[0.0, 1.0, nan], [1.0, nan, nan]]
    """
    outcomes = {h: onsets.outcomes(index, horizon=h).to_numpy() for h in HORIZONS}
    return pd.DataFrame(outcomes, index=index)


def features_of(model: Any, panel: Panel, onsets: Onsets) -> pd.DataFrame:
    """Return what a model sees of a panel.

    Parameters
    ----------
    model : classifier
        With a method ``features(panel)`` or ``features(panel, onsets=...)`` that returns a frame
        by (unit, period); without one the features are the scores of the default profile (risk,
        residual risk, resilience, factors and crimes; no bounds, no coverage).
    panel, onsets
        Cut at the origin.

    Returns
    -------
    pandas.DataFrame
        Floats, NaN where unknown; rows in order of unit and period.

    Raises
    ------
    InputError
        If what the model returns is no frame by unit and period, has a row that the panel has
        not, a row or a column twice, no row, or a column that holds no numbers.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}))
    >>> round(float(features_of(None, panel, onsets)["risk"].iloc[0]), 3)
    0.9
    """
    own = getattr(model, "features", None)
    if own is None:
        frame = score(panel).to_frame().drop(columns=["band", "coverage"])
        ends = ("_low", "_high", "_coverage", "_sd")
        return frame.drop(columns=[name for name in frame.columns if name.endswith(ends)])
    frame = own(panel, onsets=onsets) if takes_onsets(model) else own(panel)
    problems = _faults(frame, panel)
    if problems:
        raise InputError(f"features of {type(model).__name__}", problems)
    return frame.astype(np.float64).reindex(panel.index[panel.index.isin(frame.index)])


def takes_onsets(model: Any) -> bool:
    """Say whether the features of a model are made of onsets as well.

    Examples
    --------
    >>> takes_onsets(None)
    False
    """
    own = getattr(model, "features", None)
    return own is not None and "onsets" in inspect.signature(own).parameters


def _faults(frame: object, panel: Panel) -> list[str]:
    """Say what keeps a frame from being features of a panel."""
    if not isinstance(frame, pd.DataFrame):
        return [f"needs a DataFrame, found {type(frame).__name__}"]
    if list(frame.index.names) != ["unit", "period"]:
        found = ", ".join(map(str, frame.index.names))
        return [f"needs an index of unit and period, found {found}"]
    problems: list[str] = []
    strange = frame.index[~frame.index.isin(panel.index)]
    if len(strange):
        unit, period = strange[0]
        problems.append(f"{len(strange)} rows are not in the panel, first {unit} {period}")
    twice = frame.index[frame.index.duplicated()]
    if len(twice):
        unit, period = twice[0]
        problems.append(f"{len(twice)} rows stand twice, first {unit} {period}")
    if not len(frame) or not len(frame.columns):
        problems.append(f"need rows and columns, found {frame.shape}")
    named = frame.columns[frame.columns.duplicated()]
    if len(named):
        problems.append(f"columns stand twice: {', '.join(map(str, named.unique()))}")
    kinds = frame.dtypes.items()
    words = [str(c) for c, kind in kinds if not pd.api.types.is_numeric_dtype(kind)]
    if words:
        problems.append(f"columns without numbers: {', '.join(words)}")
    return problems


def fresh(model: Any, *, horizon: int, seed: int) -> Any:
    """Return an unfitted copy of a model, told its horizon and its seed.

    Parameters
    ----------
    model : classifier
        Left as it is.
    horizon : int
        Set as the parameter ``horizon``, where the model has one.
    seed : int
        Set as each parameter ``random_state`` that is None, also of what is nested or stands in a
        list.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> fresh(LogisticRegression(), horizon=1, seed=7).random_state
    7
    """
    if not hasattr(model, "get_params"):
        return copy.deepcopy(model)
    made: Any = clone(model)
    _sow(made, seed)
    return made.set_params(horizon=horizon) if "horizon" in made.get_params() else made


def _sow(part: Any, seed: int) -> None:
    """Set the seeds of a part and of all parts of it; they are copies already."""
    if isinstance(part, type):
        return
    if hasattr(part, "get_params"):
        given: dict[str, Any] = part.get_params(deep=False)
        if given.get("random_state", seed) is None:
            part.set_params(random_state=seed)
        _sow(list(given.values()), seed)
    elif isinstance(part, (list, tuple)):
        for one in cast(Iterable[Any], part):
            _sow(one, seed)
    elif isinstance(part, dict):
        _sow(list(cast(dict[Any, Any], part).values()), seed)


def fit_predict(
    window: Window, model: Any, *, horizon: int
) -> tuple[NDArray[np.float64], float, int]:
    """Fit a model on what is known in a window and forecast the rows of its origin.

    Parameters
    ----------
    window : Window
        Features and outcomes up to the origin.
    model : classifier
        Unfitted; fitted in place. Gets the rows whose outcome is known, unless its ``fit`` has a
        parameter ``outcomes``: then every row, y NaN where unknown, and the frame of outcomes of
        both horizons.
    horizon : int
        1 or 2.

    Returns
    -------
    probability : array of float, shape (units of the origin,)
    climatology : float
        ``(ones + 1/2) / (rows + 1)`` over the rows whose outcome is known at the origin.
    rows : int
        How many rows had a known outcome.

    Raises
    ------
    InputError
        If all known outcomes are equal, or a probability is not a number from 0 to 1.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> years = pd.period_range("2001", "2005", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> outcomes = pd.DataFrame({1: [0, 1, 0, 0, np.nan]}, index=index)
    >>> window = Window(years[-1], pd.DataFrame({"risk": 0.5}, index=index), outcomes)
    >>> chance, climatology, rows = fit_predict(window, DummyClassifier(), horizon=1)
    >>> chance.tolist(), climatology, rows
    ([0.25], 0.3, 4)
    """
    who = f"{type(model).__name__} at the end of {window.origin}"
    y = window.outcomes[horizon].rename("outcome")
    known = y.notna().to_numpy()
    ones, rows = int(y.sum()), int(known.sum())
    if not 0 < ones < rows:
        found = "no row has a known outcome: begin later, or add older ratings or newer onsets"
        if rows:
            found = f"{ones} of {rows:,} known outcomes are onsets; a model needs both kinds, "
            found += "so begin with a later target"
        raise InputError(who, [found])
    try:
        if has_fit_parameter(model, "outcomes"):
            model.fit(window.features, y, outcomes=window.outcomes)
        else:
            model.fit(window.features[known], y[known])
        chances = np.asarray(model.predict_proba(window.features[window.today]), dtype=np.float64)
    except Exception as error:
        error.add_note(who)
        if "NaN" in str(error) and window.features.isna().any(axis=None):
            blank = window.features.columns[window.features.isna().any()]
            error.add_note(
                f"{len(blank)} features have unknown cells, first {blank[0]}; a model that cannot "
                "take them needs an imputer before it: SimpleImputer(keep_empty_features=True)"
            )
        raise
    wanted = (int(window.today.sum()), 2)
    if chances.shape != wanted:
        raise InputError(who, [f"predict_proba gave shape {chances.shape}, not {wanted}"])
    chance = chances[:, 1]
    bad = ~((chance >= 0) & (chance <= 1))
    if bad.any():
        unit = window.features.index[window.today][bad][0][0]
        found = f"{int(bad.sum())} probabilities are not numbers from 0 to 1, first {unit}"
        raise InputError(who, [found])
    return chance, (ones + 0.5) / (rows + 1), rows
