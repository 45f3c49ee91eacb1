"""Every figure of a verification, each with its interval from the same formula."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binomtest, norm

from r2prisk.forecasting.verification.calibration import (
    brier,
    by_unit,
    calibration_error,
    error_if_calibrated,
    log_score,
    slopes,
)
from r2prisk.forecasting.verification.differences import delong
from r2prisk.forecasting.verification.discrimination import (
    Floats,
    area,
    area_within,
    average_precision,
)
from r2prisk.forecasting.verification.lists import LEADS, SIZES, earlier, entrants, membership
from r2prisk.forecasting.verification.table import DRAWS, Table

COLUMNS = ("figure", "value", "se", "low", "high")
SHARES = ("auc", "auc_within", "average_precision", "ece", "recall", "precision", "lead")
"""Figures that lie from 0 to 1, by the first part of their name."""

ABOVE_ZERO = ("brier", "log_score", "expected_over_observed", "entrants")
"""Figures that are never below 0."""


def scores_of(table: Table, weights: Floats) -> dict[str, Floats]:
    """Return the figures that forecasts are compared by, for each resample of units.

    Parameters
    ----------
    table : Table
        Rows whose outcome is known.
    weights : array of float, shape (d, u)
        How often each unit stands in each resample; the first row ones.

    Returns
    -------
    dict of str to array of float, shape (d,)
        Higher is better but for ``brier`` and ``log_score``; NaN where a resample cannot say.

    Examples
    --------
    >>> from r2prisk.forecasting.verification.table import lay_out
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "target": 2003, "probability": [0.2, 0.1],
    ...                       "outcome": [1, 0]})
    >>> float(scores_of(lay_out(frame), np.ones((1, 2)))["auc"][0])
    1.0
    """
    chance, outcome, unit = table.chance, table.outcome, table.unit
    rows = by_unit(np.ones(len(chance)), unit, weights)
    return {
        "auc": area(chance, outcome, unit, weights),
        "auc_within": area_within(chance, outcome, unit, table.period, weights),
        "average_precision": average_precision(chance, outcome, unit, weights),
        **_lists(table, weights),
        "brier": by_unit(brier(chance, outcome), unit, weights) / rows,
        "log_score": by_unit(log_score(chance, outcome), unit, weights) / rows,
    }


def _meaning(table: Table, weights: Floats) -> dict[str, Floats]:
    """Return skill and calibration for each resample of units."""
    chance, outcome, unit = table.chance, table.outcome, table.unit
    intercept, slope = slopes(chance, outcome, unit, weights)
    return {
        **_skills(table, weights),
        "intercept": intercept,
        "slope": slope,
        "expected_over_observed": _over(
            by_unit(chance, unit, weights), by_unit(outcome, unit, weights)
        ),
        "ece": calibration_error(chance, outcome, unit, weights),
    }


def _over(part: Floats, whole: Floats) -> Floats:
    """Return a ratio; NaN where it rests on nothing."""
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)


def _lists(table: Table, weights: Floats) -> dict[str, Floats]:
    """Return recall, precision, recall at earlier times and turnover of the lists.

    The lists stay as they were made; only the countries that are counted are drawn.
    """
    outcome, unit, period = table.outcome, table.unit, table.period
    onsets = by_unit(outcome, unit, weights)
    found: dict[str, Floats] = {}
    for size in SIZES:
        member = membership(table.chance, period, size)
        caught = by_unit(member * outcome, unit, weights)
        found[f"recall_{size}"] = _over(caught, onsets)
        found[f"precision_{size}"] = _over(caught, by_unit(member, unit, weights))
    member = membership(table.chance, period, SIZES[-1])
    for lead in LEADS[1:]:
        before = earlier(member, unit, period, lead - 1)
        seen = np.where(np.isnan(before), 0.0, outcome)
        caught = by_unit(np.nan_to_num(before) * outcome, unit, weights)
        found[f"lead_{lead}"] = _over(caught, by_unit(seen, unit, weights))
    new, steps = entrants(member, unit, period, weights.shape[1])
    found[f"entrants_{SIZES[-1]}"] = weights @ new / (steps or np.nan)
    return found


def _skills(table: Table, weights: Floats) -> dict[str, Floats]:
    """Return ``1 - score / score of the reference`` over the rows that have a reference."""
    there = ~np.isnan(table.climatology)
    chance, outcome, unit = table.chance[there], table.outcome[there], table.unit[there]
    reference = table.climatology[there]
    return {
        name: 1.0
        - _over(
            by_unit(rule(chance, outcome), unit, weights),
            by_unit(rule(reference, outcome), unit, weights),
        )
        for name, rule in (("brier_skill", brier), ("log_skill", log_score))
    }


def figures(table: Table, weights: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Return every figure with its standard error and 95 % interval.

    The interval is that of the bootstrap of countries: its 2.5 % and 97.5 % quantiles, moved by
    what its mean differs from the figure, so that they stand about it. Where all onsets were
    caught, or none, it is Wilson's, each country with an onset counted once. Where all onsets are
    of one country, or an area or a precision is 0 or 1 in every resample, it is unknown: NaN.
    Without an onset so are all figures that need one.

    Parameters
    ----------
    table : Table
        Rows whose outcome is known.
    weights : array of float, shape (1 + draws, u)
        From ``resamples``.
    rng : numpy.random.Generator
        For the calibration error that chance gives.

    Returns
    -------
    pandas.DataFrame
        Columns ``figure``, ``value``, ``se``, ``low``, ``high``.

    Examples
    --------
    >>> from r2prisk.forecasting.verification.table import lay_out, resamples
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "target": 2003, "outcome": [1, 1, 0],
    ...                       "probability": [0.2, 0.1, 0.1]})
    >>> rng = np.random.default_rng(0)
    >>> found = figures(lay_out(frame), resamples(3, rng), rng)
    >>> found.set_index("figure")["value"].to_dict()["auc"]
    0.75
    """
    found = {**scores_of(table, weights), **_meaning(table, weights)}
    units = {name: holders(table, name) for name in ("", *(f"lead_{n}" for n in LEADS[1:]))}
    rows = [(n, *_interval(n, draws, units.get(n, units[""]))) for n, draws in found.items()]
    onsets = int(table.outcome.sum())
    if min(onsets, len(table.outcome) - onsets) > 1:
        areas, spread = delong(table.chance[np.newaxis], table.outcome)
        value = float(areas[0])
        se = float(np.sqrt(spread[0, 0])) if 0 < value < 1 else np.nan
        ends = np.clip([value - norm.ppf(0.975) * se, value + norm.ppf(0.975) * se], 0.0, 1.0)
        rows.insert(1, ("auc_delong", value, se, *ends))
    luck = error_if_calibrated(table.chance, rng, DRAWS)
    ends = np.quantile(luck, [0.025, 0.975])
    rows.append(("ece_if_calibrated", luck.mean(), luck.std(), *ends))
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"value": float, "se": float})


def holders(table: Table, name: str = "") -> int:
    """Return how many units have an onset: what is known of spread rests on them.

    Parameters
    ----------
    table : Table
        Rows whose outcome is known.
    name : str
        A figure; of a lead only onsets count whose unit had a row that long before.

    Examples
    --------
    >>> from r2prisk.forecasting.verification.table import lay_out
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "target": 2003, "probability": [0.2, 0.1],
    ...                       "outcome": [1, 0]})
    >>> holders(lay_out(frame)), holders(lay_out(frame), "lead_2")
    (1, 0)
    """
    onset = table.outcome == 1
    if name.startswith("lead"):
        before = earlier(table.outcome, table.unit, table.period, int(name[-1]) - 1)
        onset &= ~np.isnan(before)
    return len(np.unique(table.unit[onset]))


def _interval(name: str, draws: Floats, units: int) -> tuple[float, float, float, float]:
    """Return value, standard error, low and high of a figure that rests on so many units."""
    value, known = float(draws[0]), draws[1:][np.isfinite(draws[1:])]
    first = name.rsplit("_", 1)[0] if name[-1].isdigit() else name
    if not np.isfinite(value) or not len(known):
        return value, np.nan, np.nan, np.nan
    se = float(known.std())
    at_end = se < 1e-12 and min(value, 1 - value) < 1e-12
    if at_end and first in ("recall", "lead"):
        found = binomtest(round(value) * units, units).proportion_ci(0.95, method="wilson")
        return value, np.nan, float(found.low), float(found.high)
    if units < 2 or (at_end and first in SHARES):
        return value, np.nan, np.nan, np.nan
    low, high = np.quantile(known, [0.025, 0.975]) - known.mean() + value
    floor = 0.0 if first in (*SHARES, *ABOVE_ZERO) else -np.inf
    roof = 1.0 if first in SHARES or name.endswith("skill") else np.inf
    return value, se, float(max(low, floor)), float(min(high, roof))
