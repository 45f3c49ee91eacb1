"""Futures and labels dealt to other units: whoever still forecasts them has been told."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import t as student

from r2prisk.forecasting.onsets import UNKNOWN, Onsets
from r2prisk.forecasting.verification.discrimination import concordance
from r2prisk.forecasting.windows import (
    Window,
    features_of,
    fit_predict,
    fresh,
    known_outcomes,
    takes_onsets,
)
from r2prisk.panel import Panel

SURE = 0.99
"""Confidence of the intervals: an honest model is suspected once in a hundred tests or less."""


@dataclasses.dataclass(frozen=True, eq=False)
class Ground:
    """What the two checks of skill need.

    ``onsets`` have a row for every unit of the panel; ``model`` is unfitted, and has made the
    features ``everything`` of the whole ``panel``.
    """

    panel: Panel
    onsets: Onsets
    model: Any
    horizon: int
    origins: Sequence[pd.Period]
    everything: pd.DataFrame

    @property
    def units(self) -> NDArray[np.object_]:
        """Every unit that the panel or the onsets name."""
        return np.array(self.onsets.units, dtype=object)

    def wins(self, panel: Panel, onsets: Onsets, origin: pd.Period) -> tuple[float, float]:
        """Return pairs won and pairs of a forecast that was handed everything."""
        if panel is self.panel and not takes_onsets(self.model):
            model, features = copy.deepcopy(self.model), self.everything
        else:
            model = fresh(self.model, horizon=self.horizon, seed=0)
            features = features_of(model, panel, onsets)
        past = features[np.asarray(features.index.get_level_values("period") <= origin)]
        index = cast(pd.MultiIndex, past.index)
        window = Window(origin, past, known_outcomes(index, onsets.until(origin)))
        chance, _, _ = fit_predict(window, model, horizon=self.horizon)
        today = cast(pd.MultiIndex, past.index[window.today])
        outcome = np.asarray(onsets.outcomes(today, horizon=self.horizon), dtype=np.float64)
        seen = np.isfinite(outcome)
        nobody = np.zeros(int(seen.sum()), dtype=np.intp)
        chance, outcome = chance[seen], outcome[seen]
        won = concordance(chance, outcome, nobody, 1)[0, 0]
        return float(won), float(outcome.sum() * (1 - outcome).sum())


def widened(onsets: Onsets, units: Sequence[str]) -> Onsets:
    """Give every unit a row; one that is not listed had no onset, or is unknown."""
    names = tuple(sorted({*onsets.units, *units}))
    place = pd.Index(names).get_indexer(pd.Index(onsets.units))
    rest = 0 if onsets.complete else UNKNOWN
    tables: list[NDArray[np.int8]] = []
    for table in (onsets.state, onsets.under_way):
        wide = np.full((len(names), table.shape[1]), rest, dtype=np.int8)
        wide[place] = table
        tables.append(wide)
    return dataclasses.replace(onsets, units=names, state=tables[0], under_way=tables[1])


def shuffled(ground: Ground, rng: np.random.Generator) -> float:
    """Deal what comes after each origin to other units and score the forecast."""
    won = pairs = 0.0
    for origin in ground.origins:
        order = rng.permutation(len(ground.units))
        heir = dict(zip(ground.units[order], ground.units, strict=True))
        onsets = ground.onsets
        later = np.asarray(onsets.periods > origin)
        state, under_way = onsets.state.copy(), onsets.under_way.copy()
        state[:, later], under_way[:, later] = state[order][:, later], under_way[order][:, later]
        episodes = onsets.episodes.copy()
        moved = episodes["first"] > origin
        episodes.loc[moved, "unit"] = episodes.loc[moved, "unit"].map(heir)
        dealt = dataclasses.replace(onsets, state=state, under_way=under_way, episodes=episodes)
        one, of = ground.wins(_dealt(ground.panel, heir, origin), dealt, origin)
        won, pairs = won + one, pairs + of
    return won / pairs if pairs else np.nan


def _dealt(panel: Panel, heir: dict[str, str], origin: pd.Period) -> Panel:
    """Return the panel with the rows after an origin given to other units."""
    units = panel.index.get_level_values("unit")
    periods = pd.PeriodIndex(panel.index.get_level_values("period"))
    dealt = np.where(periods > origin, units.map(heir), units).astype(object)
    order = np.lexsort((periods.asi8, dealt.astype(str)))
    index = pd.MultiIndex.from_arrays([dealt, periods], names=["unit", "period"])
    return dataclasses.replace(panel.take(order), index=index[order])


def permuted(ground: Ground, rng: np.random.Generator) -> float:
    """Deal the onsets of every period to other units and score the forecast."""
    onsets = ground.onsets
    state = onsets.state.copy()
    # only among the units of the panel of which something is known
    ours = np.isin(ground.units, list(ground.panel.units))
    for t in range(state.shape[1]):
        known = np.flatnonzero((state[:, t] != UNKNOWN) & ours)
        state[known, t] = state[rng.permutation(known), t]
    u, t = np.nonzero(state == 1)
    first = onsets.periods[t]
    episodes = pd.DataFrame({"unit": ground.units[u], "first": first, "last": first})
    episodes = episodes.sort_values(["first", "unit"], ignore_index=True)
    under_way = np.where(onsets.under_way == UNKNOWN, UNKNOWN, state == 1).astype(np.int8)
    dealt = dataclasses.replace(onsets, state=state, under_way=under_way, episodes=episodes)
    found = [ground.wins(ground.panel, dealt, origin) for origin in ground.origins]
    pairs = sum(of for _, of in found)
    return sum(one for one, _ in found) / pairs if pairs else np.nan


def summary(values: list[float]) -> dict[str, float]:
    """Return the mean area over repeats with its interval."""
    known = np.array([value for value in values if not np.isnan(value)])
    if len(known) < 2:
        nothing = dict.fromkeys(("auc", "se", "low", "high"), np.nan)
        return {**nothing, "repeats": float(len(known))}
    mean, se = float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))
    reach = float(student.ppf((1 + SURE) / 2, len(known) - 1)) * se
    ends = {"low": max(mean - reach, 0.0), "high": min(mean + reach, 1.0)}
    return {"auc": mean, "se": se, **ends, "repeats": float(len(known))}
