"""Back-tests: forecasts as they would have been made, one origin after the other."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.errors import SHOWN, InputError, nearest
from r2prisk.forecasting.late import carried, rated_to
from r2prisk.forecasting.onsets import Onsets, period_in
from r2prisk.forecasting.run import Task, run
from r2prisk.forecasting.stamp import called, describe
from r2prisk.forecasting.windows import HORIZONS, Lag, lagged, said
from r2prisk.panel import Panel
from r2prisk.panel.periods import KINDS
from r2prisk.scoring.uncertainty.gate import whole
from r2prisk.tables import html_table, page, paragraph, text_table

COLUMNS = (
    *("model", "unit", "target", "origin", "probability"),
    *("outcome", "ongoing", "climatology"),
)
"""Columns of the frame of forecasts."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Backtest:
    """Forecasts, each made with what was known at its origin; made by ``backtest``.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a forecast, in order of model, target and unit: ``model``, ``unit``, ``target``
        (the first period forecast), ``origin`` (the last period known), ``probability`` (0 to 1),
        ``outcome`` (1, 0; NaN: unknown or not yet), ``ongoing`` (whether an episode was under way
        at the origin; ``<NA>``: unknown) and ``climatology`` (``(ones + 1/2) / (rows + 1)`` over
        the outcomes known at the origin). All models have the same rows.
    horizon : int
        Periods ahead.
    aside : dict of str to int
        Rows that were not forecast, by reason; onsets that came in units without a forecast, which
        no measure of skill can count, with the units and targets.
    provenance : dict
        Library version, call, seed, lag, ``ratings_to`` (the latest period of which a rating was
        known at the last origin), hashes of panel and onsets, models and their parameters.
    resumed : int
        Targets that were taken from the folder of an earlier run.

    Examples
    --------
    >>> from r2prisk.forecasting import Backtest
    >>> Backtest.__name__
    'Backtest'
    """

    frame: pd.DataFrame
    horizon: int
    aside: dict[str, int]
    provenance: dict[str, Any]
    resumed: int = 0

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The names of the models, in the order in which they were given."""
        return tuple(self.provenance["models"])

    def of(self, model: str) -> Self:
        """Return the forecasts of one model.

        Raises
        ------
        InputError
            If there is no such model (the nearest is named).
        """
        if model not in self.models:
            raise InputError("backtest", [f"no model '{model}'{nearest(model, self.models)}"])
        told = {**self.provenance, "models": {model: self.provenance["models"][model]}}
        rows = self.frame[self.frame["model"] == model].reset_index(drop=True)
        return dataclasses.replace(self, frame=rows, provenance=told)

    def _lines(self) -> list[str]:
        one = self.frame[self.frame["model"] == self.models[0]]
        known = one["outcome"].notna()
        first, last = one["target"].min(), one["target"].max()
        kind = KINDS[one["target"].iloc[0].freqstr[0]]
        ahead = f"{self.horizon} {kind}" + ("s" if self.horizon > 1 else "")
        aside = "; ".join(f"{count:,} {why}" for why, count in self.aside.items() if count)
        lag = self.provenance["lag"]
        late = said(lag) if isinstance(lag, dict) else lag
        rows = f"Rows of each model: {len(one):,}, outcome known for {int(known.sum()):,}, "
        rows += f"{int(one['outcome'].sum())} of them onsets"
        lines = [
            f"Back-test: targets {first} to {last}, onset within {ahead}, lag {late}",
            rows,
            f"Not forecast: {aside or 'none'}",
        ]
        if self.resumed:
            total = one["target"].nunique()
            lines.append(f"Taken from an earlier run: {self.resumed} of {total} targets")
        return lines

    def _table(self) -> pd.DataFrame:
        rows = [
            {
                "model": name,
                "mean": f"{group['probability'].mean():.4f}",
                "lowest": f"{group['probability'].min():.4f}",
                "highest": f"{group['probability'].max():.4f}",
            }
            for name, group in self.frame.groupby("model", sort=False)
        ]
        return pd.DataFrame(rows)

    def __repr__(self) -> str:
        table = text_table(self._table(), words=["model"])
        return "\n".join([*self._lines(), "", table, CAUTION])

    def _repr_html_(self) -> str:
        head, *lines = self._lines()
        table = html_table(self._table(), words=["model"], caption="Probabilities")
        return page(head, paragraph(*lines), table)


def backtest(
    panel: Panel,
    onsets: Onsets,
    model: Any,
    *,
    first: object,
    last: object,
    horizon: int = 1,
    lag: Lag = 0,
    jobs: int | None = None,
    resume: str | os.PathLike[str] | None = None,
    rng: int = 0,
    progress: bool | None = None,
) -> Backtest:
    """Forecast each target period with what was known before it began.

    For target Y the origin is the end of Y - 1: panel and onsets are cut there before anything is
    made of them, so that transforms, imputation, scaling, tuning and calibration, which are the
    model's, happen inside the window. Learning rows are those whose whole horizon was over by the
    end of Y - 1. With a lag the cells that are late hold the ratings of Y - 1 - lag, also in rows
    after the panel's last period, as far as the lag reaches: with ratings to 2024 and a lag of 2
    there are rows of 2026, of the units rated in 2024, and 2027 can be forecast.

    Parameters
    ----------
    panel : Panel
        Ratings by unit and period; with a row at every origin, or a lag that reaches it.
    onsets : Onsets
        What is known of onsets; of the same kind of period as the panel.
    model : classifier or mapping of str to classifier
        With scikit-learn's ``fit`` and ``predict_proba``, left as they are; several are named.
        What a model sees is told in docs/backtest.md.
    first, last : period
        Targets, both included; a year stands for its first and its last month. The last may lie
        ahead of everything known: a forecast.
    horizon : int
        1 or 2: an onset in the target period, or in it or the one after.
    lag : int or mapping of str to int
        Periods by which ratings come late, see :func:`lagged`.
    jobs : int, optional
        Origins worked on at once, each in its own process with one thread; by default as many as
        there are processors. The result does not depend on it.
    resume : path-like, optional
        A folder that keeps a file for every origin done. A file made from other inputs, models,
        options or code is not used but written anew.
    rng : int
        Seed of every parameter ``random_state`` that is None.
    progress : bool, optional
        Show a bar on standard error; by default only where that is a terminal.

    Returns
    -------
    Backtest
        The forecasts with their outcomes, where known.

    Raises
    ------
    InputError
        With all that is wrong with the options, a period without rows or without known onsets,
        or a model that gives no probabilities.

    Notes
    -----
    The protocol is that of the Early Warning Project's own assessment: see docs/backtest.md.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> years = list(range(2001, 2007))
    >>> rows = pd.DataFrame({"unit": ["SDN"] * 6 + ["GHA"] * 6, "year": years * 2, "1.1": 0.5})
    >>> episodes = pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2004]})
    >>> onsets = read_onsets(episodes, first=2001, known=2006)
    >>> result = backtest(read_panel(rows), onsets, DummyClassifier(), first=2005, last=2006,
    ...                   jobs=1, progress=False)
    >>> result.frame["probability"].round(3).tolist()
    [0.167, 0.167, 0.125, 0.125]
    """
    models = dict(model) if isinstance(model, Mapping) else {type(model).__name__: model}
    problems = _option_problems(models, horizon, jobs, rng)
    span = _span(panel, onsets, (first, last), problems)
    whole = late = panel
    try:
        whole = carried(panel, lag, span[-1] - 1) if span else panel
        late = lagged(whole, lag)
    except InputError as error:
        problems += [f"lag: {problem}" for problem in error.problems]
    if problems:
        raise InputError("backtest", problems)
    targets = _targets(whole, onsets, span, horizon)
    named = isinstance(lag, Mapping)
    told = {
        "horizon": int(horizon),
        "lag": {name: int(step) for name, step in lag.items()} if named else int(lag),
        "seed": int(rng),
    }
    tasks = [Task(late, onsets, models, target - 1, horizon, int(rng)) for target in targets]
    done, resumed = run(tasks, jobs=jobs, resume=resume, progress=progress, told=told)
    parts = [_rows(task, found, onsets) for task, found in zip(tasks, done, strict=True)]
    frame = pd.concat([part for part, _ in parts], ignore_index=True)
    if not len(frame):
        raise InputError("backtest", ["the models have no rows in common"])
    order = {name: n for n, name in enumerate(models)}
    frame = frame.sort_values(["model", "target", "unit"], key=lambda c: _order(c, order))
    aside: dict[str, int] = {}
    for why, count in (pair for _, counts in parts for pair in counts.items()):
        aside[why] = aside.get(why, 0) + count
    aside |= _missed(frame, tasks)
    call = f"backtest(first={targets[0]}, last={targets[-1]})"
    rated = rated_to(panel, lag, targets[-1] - 1)
    about = {**told, "ratings_to": None if rated is None else str(rated)}
    provenance = {**called(call, panel, onsets), **about, **describe(models, horizon)}
    frame = frame.reset_index(drop=True)[list(COLUMNS)]
    return Backtest(frame, horizon, aside, provenance, resumed)


def _order(column: pd.Series[Any], order: dict[str, int]) -> pd.Series[Any]:
    return column.map(order) if column.name == "model" else column


def _missed(frame: pd.DataFrame, tasks: Sequence[Task]) -> dict[str, int]:
    """Count and name the onsets that came where nothing was forecast."""
    missed: list[str] = []
    for task in tasks:
        now = frame["origin"] == task.origin
        units = sorted({*task.onsets.units} - {*frame.loc[now, "unit"]})
        origins = pd.PeriodIndex([task.origin] * len(units), freq=task.origin.freqstr)
        index = pd.MultiIndex.from_arrays([units, origins], names=["unit", "period"])
        came = task.onsets.outcomes(index, horizon=task.horizon).to_numpy() == 1
        missed += [f"{unit} {task.origin + 1}" for unit in np.array(units, dtype=object)[came]]
    if not missed:
        return {}
    more = f" and {len(missed) - SHOWN} more" if len(missed) > SHOWN else ""
    return {f"onsets in units without a forecast ({', '.join(missed[:SHOWN])}{more})": len(missed)}


def _option_problems(models: dict[str, Any], horizon: Any, jobs: Any, rng: Any) -> list[str]:
    problems: list[str] = []
    if not whole(horizon) or horizon not in HORIZONS:
        problems.append(f"horizon: {horizon!r} is not 1 or 2")
    if jobs is not None and (not whole(jobs) or jobs < 1):
        problems.append(f"jobs: {jobs} is not a whole number from 1")
    if not whole(rng) or rng < 0:
        problems.append(f"rng: {rng} is not a whole number from 0")
    if not models:
        problems.append("model: none given")
    for name, one in models.items():
        lacking = [method for method in ("fit", "predict_proba") if not hasattr(one, method)]
        if lacking or isinstance(one, type):
            what = "is a class; give an instance" if isinstance(one, type) else "has no "
            methods = " and no ".join(lacking)
            problems.append(f"model '{name}' {what}{'' if isinstance(one, type) else methods}")
    return problems


def _span(
    panel: Panel, onsets: Onsets, span: tuple[object, object], problems: list[str]
) -> list[pd.Period]:
    """Return the target periods; none where there is a problem."""
    kind = panel.periods.freqstr[0]
    if onsets.periods.freqstr[0] != kind:
        ours, theirs = KINDS[kind], KINDS[onsets.periods.freqstr[0]]
        problems.append(f"onsets: are known by {theirs}, the panel is by {ours}")
    ends: list[pd.Period] = []
    for name, how, value in zip(("first", "last"), ("start", "end"), span, strict=True):
        try:
            ends.append(period_in(value, name, kind, how=how))
        except InputError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    if len(ends) == 2 and ends[0] > ends[1]:
        problems.append(f"first: {ends[0]} lies after last: {ends[1]}")
    return [] if problems else list(pd.period_range(ends[0], ends[1], freq=kind))


def _targets(
    panel: Panel, onsets: Onsets, targets: list[pd.Period], horizon: int
) -> list[pd.Period]:
    """Return the target periods, or raise what keeps them from being forecast."""
    problems: list[str] = []
    there = set(panel.periods)
    lacking = [target - 1 for target in targets if target - 1 not in there]
    if lacking:
        hint = ""
        if lacking[-1] > panel.periods[-1]:
            hint = f"; ratings end in {panel.periods[-1]}, a longer lag lets them stand in"
        told = ", ".join(map(str, lacking))
        problems.append(f"panel: has no rows of {told}, the periods before targets{hint}")
    known = onsets.periods
    if targets[0] - 1 < known[0]:
        problems.append(f"onsets: are known from {known[0]} on, too late for {targets[0]}")
    elif panel.periods[0] + horizon > known[-1]:
        problems.append(
            f"panel: its rows begin in {panel.periods[0]}, onsets are known to {known[-1]}: no row "
            "has an outcome to learn from; add older ratings or a newer list of onsets"
        )
    if problems:
        raise InputError("backtest", problems)
    return targets


def _rows(task: Task, found: dict[str, Any], onsets: Onsets) -> tuple[pd.DataFrame, dict[str, int]]:
    """Lay the forecasts of one origin, on the rows that all models have, beside what came."""
    origin = task.origin
    shared = set.intersection(*(set(one["units"]) for one in found.values()))
    units = [unit for unit in task.units if unit in shared]
    index = pd.MultiIndex.from_arrays(
        [units, pd.PeriodIndex([origin] * len(units))], names=["unit", "period"]
    )
    after = {
        "unit": units,
        "target": origin + 1,
        "origin": origin,
        "outcome": onsets.outcomes(index, horizon=task.horizon).to_numpy(),
        "ongoing": onsets.until(origin).ongoing(index).array,
    }
    frames: list[pd.DataFrame] = []
    aside: dict[str, int] = {}
    for name, one in found.items():
        aside[f"rows without features of {name}"] = len(task.units) - len(one["units"])
        chance = dict(zip(one["units"], one["probability"], strict=True))
        own = {"model": name, "probability": [chance[unit] for unit in units]}
        frames.append(pd.DataFrame({**after, **own, "climatology": one["climatology"]}))
    return pd.concat(frames, ignore_index=True), aside
