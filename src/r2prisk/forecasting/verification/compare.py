"""Compare forecasts on the same rows, and allow for how many were tried."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.forecasting.backtest import Backtest
from r2prisk.forecasting.frozen import Frozen
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.verification.differences import (
    delong_difference,
    interval_about,
    reality_check,
    two_sided,
)
from r2prisk.forecasting.verification.discrimination import Floats
from r2prisk.forecasting.verification.figures import holders, scores_of
from r2prisk.forecasting.verification.result import Verification
from r2prisk.forecasting.verification.show import (
    comparison_as_html,
    comparison_as_text,
)
from r2prisk.forecasting.verification.table import Table, generator_of, lay_out, resamples, stamped
from r2prisk.panel.periods import KINDS

COMPARED = (
    *("auc", "auc_within", "average_precision"),
    *("recall_10", "recall_20", "recall_30"),
    *("brier", "log_score"),
)
"""Figures that are compared."""

LOWER_IS_BETTER = ("brier", "log_score")

Given = Backtest | Frozen | pd.DataFrame | Verification


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Comparison:
    """Differences between forecasts of the same rows; made by ``compare``.

    Parameters
    ----------
    differences : pandas.DataFrame
        Index ``figure`` and ``model``, every model but the reference: ``value``, ``reference``
        (its value), ``difference`` (positive: better than the reference), ``se``, ``low``,
        ``high`` and ``p`` (countries drawn; ``low`` to ``high`` leaves out 0 exactly where ``p`` is
        0.05 or less), ``p_delong`` (of the area alone) and ``p_reality`` (one-sided, allowing for
        all variants). NaN where it cannot be said: where all onsets are of one country nothing is
        known of spread, and without an onset nothing but the two scores.
    reference : str
        The model that the others are held against.
    variants : int
        How many were held against it.
    rows, onsets : int
        Common to all; of a horizon above 1 one onset can stand in several rows.
    aside : dict of str to int
        Rows that are not in all of them, by model.
    provenance : dict
        Library version, seed, number of resamples, ``horizon``, and what each forecast says of
        itself.

    Examples
    --------
    >>> from r2prisk.forecasting import compare
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "target": 2003, "outcome": [1, 0, 0],
    ...                       "probability": [0.2, 0.1, 0.3]})
    >>> found = compare({"old": frame, "new": frame.assign(probability=[0.4, 0.1, 0.3])})
    >>> float(found.differences.loc[("auc", "new"), "difference"])
    0.5
    """

    differences: pd.DataFrame
    reference: str
    variants: int
    rows: int
    onsets: int
    aside: dict[str, int]
    provenance: dict[str, Any]

    def __repr__(self) -> str:
        return comparison_as_text(self)

    def _repr_html_(self) -> str:
        return comparison_as_html(self)


def compare(
    forecasts: Backtest | Mapping[str, Given],
    *,
    reference: str | None = None,
    onsets: Onsets | None = None,
    rng: int | np.random.Generator = 0,
) -> Comparison:
    """Hold forecasts against one of them, on the rows that all have.

    Give every variant that was tried, also those that were dropped: the reality check allows for
    those it sees and for no others.

    Parameters
    ----------
    forecasts : Backtest or mapping of str to Backtest, Frozen, Verification or DataFrame
        A back-test of several models, or forecasts by name.
    reference : str, optional
        The name of the one that the others are held against; the first if not given.
    onsets : Onsets, optional
        Fills in the outcomes, as in :func:`verify`.
    rng : int or numpy.random.Generator
        Of the 1,000 resamples of countries, the same for all models.

    Returns
    -------
    Comparison
        One row a figure and model.

    Raises
    ------
    InputError
        If there are fewer than two forecasts, no such reference, outcomes that contradict each
        other, no common rows, nothing but onsets, or anything that :func:`verify` refuses.

    Notes
    -----
    Sources: DeLong, DeLong & Clarke-Pearson (1988), doi:10.2307/2531595; White (2000),
    doi:10.1111/1468-0262.00152; Romano & Wolf (2005), doi:10.1111/j.1468-0262.2005.00615.x.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "target": 2003, "outcome": [1, 0, 1],
    ...                       "probability": [0.2, 0.1, 0.3]})
    >>> found = compare({"old": frame, "same": frame})
    >>> found.variants, float(found.differences.loc[("auc", "same"), "p_reality"])
    (1, 1.0)
    """
    given = _given(forecasts)
    generator = generator_of(rng, "compare")
    base = next(iter(given)) if reference is None else reference
    if base not in given:
        raise InputError("compare", [f"no forecast '{base}'{nearest(str(base), given)}"])
    tables = {
        name: one.table
        if isinstance(one, Verification)
        else lay_out(one, onsets=onsets, subject=f"compare, '{name}'")
        for name, one in given.items()
    }
    common, aside = _common(tables)
    first = common[base]
    weights = resamples(int(first.unit.max()) + 1, generator)
    found = {name: scores_of(table, weights) for name, table in common.items()}
    if holders(first) < 2:  # resamples have that country or nothing
        for draws in (each for one in found.values() for each in one.values()):
            draws[1:] = np.nan
    rows = [row for figure in COMPARED for row in _rows(figure, base, found, common)]
    return Comparison(
        differences=pd.DataFrame(rows).set_index(["figure", "model"]),
        reference=base,
        variants=len(given) - 1,
        rows=len(first.frame),
        onsets=int(first.outcome.sum()),
        aside=aside,
        provenance={
            **stamped(rng),
            "horizon": first.horizon,
            "forecasts": {name: table.provenance for name, table in tables.items()},
        },
    )


def _given(forecasts: Backtest | Mapping[str, Given]) -> dict[str, Given]:
    """Return forecasts by name."""
    if isinstance(forecasts, Backtest):
        given: dict[str, Given] = {name: forecasts.of(name) for name in forecasts.models}
    elif isinstance(forecasts, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        given = dict(forecasts)
    else:  # people pass a list, or one frame of many models
        found = type(forecasts).__name__
        raise InputError("compare", [f"needs a Backtest, or forecasts by name, found {found}"])
    if len(given) < 2:
        raise InputError("compare", [f"needs two forecasts or more, found {len(given)}"])
    return given


def _common(tables: dict[str, Table]) -> tuple[dict[str, Table], dict[str, int]]:
    """Keep the rows that all forecasts have."""
    keys = {
        name: pd.MultiIndex.from_frame(table.frame[["unit", "target"]])
        for name, table in tables.items()
    }
    problems: list[str] = []
    horizons = {name: table.horizon for name, table in tables.items()}
    if len(set(horizons.values())) > 1:
        told = ", ".join(f"{name}: {horizon}" for name, horizon in horizons.items())
        problems.append(f"the horizons differ ({told})")
    kinds = {
        name: KINDS[pd.PeriodIndex(t.frame["target"]).freqstr[0]] for name, t in tables.items()
    }
    if len(set(kinds.values())) > 1:
        told = ", ".join(f"{name}: {kind}" for name, kind in kinds.items())
        raise InputError("compare", [*problems, f"the kinds of period differ ({told})"])
    shared, outcome = next(iter(keys.values())), pd.Series(dtype=float)
    for name, key in keys.items():
        shared = shared.intersection(key)
        mine = pd.Series(tables[name].outcome, index=key)
        both = outcome.index.intersection(key) if len(outcome) else key[:0]
        clash = both[(outcome.loc[both] != mine.loc[both]).to_numpy()] if len(both) else both
        if len(clash):
            unit, target = clash[0]
            problems.append(f"'{name}': {len(clash)} outcomes differ, first {unit} {target}")
        outcome = mine if not len(outcome) else outcome
    if not len(shared):
        problems.append("the forecasts have no rows in common")
    if problems:
        raise InputError("compare", problems)
    kept = {name: table.take(keys[name].isin(shared)) for name, table in tables.items()}
    onsets = int(next(iter(kept.values())).outcome.sum())
    if onsets == len(shared):
        raise InputError("compare", [f"all {onsets:,} common rows are onsets; give the others too"])
    aside = {name: len(table.frame) - len(shared) for name, table in tables.items()}
    return kept, aside


def _rows(
    figure: str, base: str, found: dict[str, dict[str, Floats]], tables: dict[str, Table]
) -> list[dict[str, Any]]:
    """Hold each model against the reference in one figure."""
    sign = -1.0 if figure in LOWER_IS_BETTER else 1.0
    others = [name for name in found if name != base]
    gaps = np.array([sign * (found[name][figure] - found[base][figure]) for name in others])
    checked = reality_check(gaps[:, 0], gaps[:, 1:].T)
    rows: list[dict[str, Any]] = []
    for n, name in enumerate(others):
        gap, draws = float(gaps[n, 0]), gaps[n, 1:][np.isfinite(gaps[n, 1:])]
        low, high = interval_about(gap, draws)
        pair = np.array([tables[name].chance, tables[base].chance])
        of_area = figure == "auc" and tables[base].outcome.any()
        plain = delong_difference(pair, tables[base].outcome)[2] if of_area else np.nan
        rows.append(
            {
                "figure": figure,
                "model": name,
                "value": float(found[name][figure][0]),
                "reference": float(found[base][figure][0]),
                "difference": gap,
                "se": float(draws.std()) if len(draws) else np.nan,
                "low": low,
                "high": high,
                "p": two_sided(gap, draws),
                "p_delong": plain,
                "p_reality": float(checked[n]),
            }
        )
    return rows
