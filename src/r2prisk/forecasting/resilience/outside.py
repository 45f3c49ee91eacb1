"""What each form adds to forecasts that could have been made: expanding windows, then gains."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from r2prisk.forecasting.models.rows import FLOOR, level
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.resilience.fits import Link, chance, solve
from r2prisk.forecasting.resilience.forms import Form, Scale
from r2prisk.forecasting.resilience.inside import ENOUGH
from r2prisk.forecasting.resilience.seen import Seen
from r2prisk.forecasting.verification.differences import interval_about, reality_check, two_sided
from r2prisk.forecasting.verification.discrimination import area
from r2prisk.forecasting.verification.table import resamples
from r2prisk.forecasting.windows import Window, open_window
from r2prisk.panel import Panel

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RECENT = 15
"""Years with a known outcome that set the level, as in the models of the library."""

COLUMNS = ("unit", "target", "outcome", "without", "with", "without_order", "with_order")
"""Columns of the forecasts with and without a form."""


@dataclasses.dataclass(frozen=True, eq=False)
class Rivals:
    """Forecasts of the same rows without and with a form; made by ``forecast_all``.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``unit``, ``target``, ``outcome``, ``without``, ``with`` (probabilities), and
        ``without_order``, ``with_order``, by which rows are ranked.
    early : int
        Rows that were not forecast because the window had too few onsets.
    """

    frame: pd.DataFrame
    early: int


def forecast_all(
    panel: Panel,
    onsets: Onsets,
    seen: Seen,
    forms: Sequence[Form],
    targets: pd.PeriodIndex,
    *,
    horizon: int,
) -> dict[str, Rivals]:
    """Forecast each target with and without each form, from what was known before it.

    In every window, columns are brought to deviations, slopes shrunk (a penalty of half the number
    of slopes in their group times slope squared: base, resilience, tested) and the level set by the
    last 15 years. Both rivals have the same rows and the same treatment.

    Parameters
    ----------
    panel, onsets : Panel, Onsets
        Uncut.
    seen : Seen
        Makes the columns, inside the window.
    forms : sequence of Form
        All that are tried.
    targets : pandas.PeriodIndex
        Periods that are forecast.
    horizon : int
        1 or 2.

    Returns
    -------
    dict of str to Rivals
        By the name of the form.
    """
    parts: dict[str, list[Floats]] = {form.name: [] for form in forms}
    early = dict.fromkeys(parts, 0)
    names = sorted(panel.units)
    for n, target in enumerate(targets):
        window = open_window(panel, onsets, seen, origin=target - 1)
        index = cast(pd.MultiIndex, window.features.index)
        came = np.full(len(index), np.nan)
        came[window.today] = onsets.outcomes(index[window.today], horizon=horizon)
        unit = pd.Index(names).get_indexer(index.get_level_values("unit"))
        opened = _Opened(window, horizon)
        scored = ~np.isnan([opened.table["risk"], opened.table["resilience"]]).any(axis=0)
        for form in forms:
            keep = form.keep(opened.table) & scored
            today, learn = keep & window.today & ~np.isnan(came), keep & ~np.isnan(opened.outcome)
            if opened.outcome[learn].sum() < ENOUGH:
                early[form.name] += int(today.sum())
                continue
            when = np.full(int(today.sum()), n)
            made = opened.rivals(form, learn, today)
            parts[form.name].append(np.array([unit[today], when, came[today], *made]))
    return {
        name: Rivals(_framed(some, names, targets), early[name]) for name, some in parts.items()
    }


def _framed(parts: list[Floats], names: Sequence[str], targets: pd.PeriodIndex) -> pd.DataFrame:
    """Return the forecasts of all windows as a frame."""
    whole = np.concatenate([np.empty((len(COLUMNS), 0)), *parts], axis=1)
    frame = pd.DataFrame(dict(zip(COLUMNS, whole, strict=True)))
    place, when = whole[:2].astype(np.intp)
    units = np.array(names, dtype=object)[place]
    return frame.assign(unit=units, target=targets.take(when))


class _Opened:
    """A window as arrays, and what was forecast in it without resilience."""

    def __init__(self, window: Window, horizon: int) -> None:
        frame = window.features
        self.table = {str(n): frame[n].to_numpy(dtype=np.float64) for n in frame.columns}
        self.outcome = window.outcomes[horizon].to_numpy(dtype=np.float64)
        self.years = np.asarray(pd.PeriodIndex(frame.index.get_level_values("period")).year)
        self.memory: dict[Any, Floats] = {}

    def rivals(self, form: Form, learn: Bools, today: Bools) -> list[Floats]:
        """Forecast the rows of today without the form and with it, and say what ranks them."""
        key = (form.base, form.link, learn.tobytes(), today.tobytes())
        if key not in self.memory:
            self.memory[key] = self._forecast([form.base], form.link, learn, today)
        without = self.memory[key]
        groups = [form.terms] if form.instead else [form.base, form.main, form.terms]
        beside = self._forecast(groups, form.link, learn, today)
        if form.instead:  # unfitted: ranked by the number itself
            own, instead = form.base[0], form.terms[0]
            return [without, beside, self.table[own][today], self.table[instead][today]]
        return [without, beside, without, beside]

    def _forecast(
        self, groups: Sequence[tuple[str, ...]], link: Link, learn: Bools, today: Bools
    ) -> Floats:
        """Return the chances of the rows of today by a shrunk regression on the rows before."""
        names = [name for group in groups for name in group]
        penalty = np.array([0.0, *(float(len(group)) for group in groups for _ in group)])
        y, years = self.outcome[learn], self.years[learn]
        scale = Scale.of(self.table, names, learn)
        x = scale.design(self.table, names, learn)
        beta, _ = solve(x, y, link, penalty)
        recent = years > years.max() - RECENT
        shift = level(_odds(x[recent] @ beta, link), y[recent])
        ahead = _odds(scale.design(self.table, names, today) @ beta, link)
        return chance(ahead + shift, "logit").clip(FLOOR, 1.0 - FLOOR)


def _odds(eta: Floats, link: Link) -> Floats:
    """Return log-odds of linear predictors."""
    return eta if link == "logit" else np.asarray(logit(chance(eta, link).clip(1e-12, 1 - 1e-12)))


def gains(rivals: dict[str, Rivals], rng: np.random.Generator) -> pd.DataFrame:
    """Return how much better each form forecasts than risk alone, with 95 % intervals.

    Countries are drawn, the same ones for all forms and for both rivals.

    Parameters
    ----------
    rivals : dict of str to Rivals
        By form.
    rng : numpy.random.Generator
        Of the resamples.

    Returns
    -------
    pandas.DataFrame
        Index form: ``forecast_rows``, ``forecast_onsets``; ``auc_gain``, ``log_gain`` (mean log
        score, a row) and ``brier_gain``, each with ``_low`` and ``_high``: positive is better than
        risk alone; ``p_auc`` and ``p_log``, two-sided; ``p_reality``, of the log score, one-sided,
        allowing for all forms. NaN where there are no forecasts of both kinds of outcome.
    """
    units = sorted({unit for one in rivals.values() for unit in one.frame["unit"]})
    weights = resamples(max(len(units), 1), rng)
    found: dict[str, dict[str, float]] = {}
    draws: dict[str, Floats] = {}
    for name, one in rivals.items():
        frame = one.frame
        counts = {"forecast_rows": len(frame), "forecast_onsets": int(frame["outcome"].sum())}
        found[name] = dict(counts)
        if not 0 < counts["forecast_onsets"] < len(frame):
            continue
        made = _gaps(frame, pd.Index(units), weights)
        for figure, gaps in made.items():
            gap, drawn = float(gaps[0]), gaps[1:][np.isfinite(gaps[1:])]
            low, high = interval_about(gap, drawn)
            ends = {f"{figure}_gain": gap, f"{figure}_low": low, f"{figure}_high": high}
            found[name] |= ends
            if figure != "brier":
                found[name][f"p_{figure}"] = two_sided(gap, drawn)
        draws[name] = made["log"]
    table = pd.DataFrame(found).T
    if draws:
        every = np.column_stack(list(draws.values()))
        checked = reality_check(every[0], every[1:])
        table["p_reality"] = pd.Series(checked, index=list(draws))
    return table


def _gaps(frame: pd.DataFrame, units: pd.Index[Any], weights: Floats) -> dict[str, Floats]:
    """Return each gain in the sample and in each resample, shape (1 + d,)."""
    unit = units.get_indexer(pd.Index(frame["unit"]))
    y = frame["outcome"].to_numpy(dtype=np.float64)
    sides = [frame[name].to_numpy(dtype=np.float64) for name in ("without", "with")]
    orders = [frame[f"{n}_order"].to_numpy(dtype=np.float64) for n in ("without", "with")]
    areas = [area(order, y, unit, weights) for order in orders]
    losses = {
        "log": [-np.log(np.where(y == 1, p, 1.0 - p)) for p in sides],
        "brier": [(p - y) ** 2 for p in sides],
    }
    count = weights @ np.bincount(unit, minlength=len(units))
    found = {"auc": areas[1] - areas[0]}
    for name, (before, after) in losses.items():
        saved = np.bincount(unit, weights=before - after, minlength=len(units))
        with np.errstate(divide="ignore", invalid="ignore"):
            found[name] = weights @ saved / count
    return found
