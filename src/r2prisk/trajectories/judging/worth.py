"""What warnings and probabilities are worth to those who act on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from r2prisk.errors import InputError, MissingExtraError
from r2prisk.trajectories.judging.judge import Judgement
from r2prisk.trajectories.judging.onset_grid import forecasts, outside


def value(judged: Judgement | Sequence[float], cost_ratio: ArrayLike) -> NDArray[np.float64]:
    """Return what acting on the warnings is worth, against acting always or never.

    With a the cost of acting over the loss that acting averts, s the base rate, and the shares of
    rows: ``V = (min(a, s) - E) / (min(a, s) - s a)`` with ``E = a (right + false) + silent``. 1 is
    a perfect forecast; 0 the better of always and never acting; below 0 the warnings do harm.

    Parameters
    ----------
    judged : Judgement or sequence of float
        Or the rows counted: right, false alarms, silent (onset without warning), quiet.
    cost_ratio : array of float, any shape
        Between 0 and 1, both left out.

    Returns
    -------
    numpy.ndarray of float, shape of cost_ratio
        At most 1; NaN where an onset follows no row or all of them.

    Raises
    ------
    InputError
        If a cost ratio is not between 0 and 1, or the counts are not four numbers from 0.

    Notes
    -----
    Source: Richardson (2000), doi:10.1002/qj.49712656313.

    Examples
    --------
    >>> value([8, 20, 2, 70], [0.1, 0.4]).round(2).tolist()
    [0.58, -0.53]
    """
    if isinstance(judged, Judgement):
        s = judged.summary
        judged = (s.right, s.false_alarms, s.silent, s.quiet)
    counts, ratio = np.asarray(judged, dtype=np.float64), np.asarray(cost_ratio, dtype=np.float64)
    problems: list[str] = []
    if counts.shape != (4,) or not (np.isfinite(counts) & (counts >= 0)).all() or not counts.sum():
        problems.append(f"counts: needs right, false, silent and quiet, found {counts.tolist()}")
    problems += outside("cost_ratio", ratio)
    if problems:
        raise InputError("value", problems)
    right, false, silent, _ = counts / counts.sum()
    rate = right + silent
    best = np.minimum(ratio, rate)
    gain, room = best - (ratio * (right + false) + silent), best - rate * ratio
    return np.divide(gain, room, out=np.full(ratio.shape, np.nan), where=room > 0)


def murphy(
    warnings: pd.DataFrame,
    onsets: pd.DataFrame,
    *,
    horizon: int = 2,
    known: object = None,
    thetas: ArrayLike,
) -> pd.DataFrame:
    """Return the Murphy diagram of the probabilities that came with warnings.

    Mean over rows of ``theta / 2`` where the probability is above theta and no onset follows, and
    of ``(1 - theta) / 2`` where it is not and one does. Lower is better; a rule that is lower at
    every theta serves every user better, whatever acting costs.

    Parameters
    ----------
    warnings : pandas.DataFrame
        As in :func:`judge`, with a column ``sure``: the probability of an onset within the
        horizon, from 0 to 1. ``on`` is not read.
    onsets, horizon, known
        As in :func:`judge`; only rows whose horizon is over are scored.
    thetas : array of float, shape (k,)
        Probabilities at which a user acts (cost over loss), between 0 and 1, both left out.

    Returns
    -------
    pandas.DataFrame, shape (k, 4)
        ``theta``, ``score``, and its parts ``over`` (false alarms) and ``under`` (misses);
        ``attrs["rows"]`` is how many rows were scored.

    Raises
    ------
    InputError
        As :func:`judge`; if a probability or theta is out of range, or no row can be scored.
    MissingExtraError
        If scores is not installed (extra ``verification``).

    Notes
    -----
    Source: Ehm, Gneiting, Jordan & Krüger (2016), doi:10.1111/rssb.12154.

    Examples
    --------
    >>> import pytest  # the examples need the extra ``verification``
    >>> _ = pytest.importorskip("scores")
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> warnings = pd.DataFrame({"sure": [0.2, 0.1, 0.3]}, index=index)
    >>> onsets = pd.DataFrame({"unit": ["SDN"], "period": [2003]})
    >>> murphy(warnings, onsets, horizon=1, thetas=[0.15]).round(4).to_numpy().tolist()
    [[0.15, 0.25, 0.0375, 0.2125]]
    """
    try:
        import xarray as xr
        from scores.continuous import murphy_score
    except ImportError:
        raise MissingExtraError("A Murphy diagram", "verification") from None
    at = np.asarray(thetas, dtype=np.float64)
    problems = outside("thetas", at)
    if at.ndim != 1:
        problems.append(f"thetas: needs shape (k,), found {at.shape}")
    sure, event = forecasts(warnings, onsets, horizon, known, "murphy", problems)
    forecast, outcome = xr.DataArray(sure, dims="row"), xr.DataArray(event, dims="row")
    options: dict[str, Any] = {"functional": "expectile", "alpha": 0.5, "decomposition": True}
    diagram = murphy_score(forecast, outcome, at.tolist(), **options)
    parts = {"score": "total", "over": "overforecast", "under": "underforecast"}
    columns = {name: diagram[theirs].to_numpy() for name, theirs in parts.items()}
    frame = pd.DataFrame({"theta": at, **columns})
    frame.attrs["rows"] = len(sure)
    return frame


def risk_matrix(
    warnings: pd.DataFrame,
    onsets: pd.DataFrame,
    *,
    horizon: int = 2,
    known: object = None,
    levels: ArrayLike,
    weights: ArrayLike,
) -> float:
    """Return the risk-matrix score of the probabilities, for the few levels at which people act.

    Mean over rows of ``sum_j w_j s_j``: s_j is p_j where the probability is at or above level p_j
    and no onset follows, 1 - p_j where it is below and one does, and else 0. Lower is better.
    Onset is the only severity, so that the matrix has one row.

    Parameters
    ----------
    warnings, onsets, horizon, known
        As in :func:`murphy`.
    levels : array of float, shape (k,)
        Probabilities that divide the levels of warning, rising, between 0 and 1, both left out.
    weights : array of float, shape (k,)
        How much each level matters, from 0.

    Returns
    -------
    float
        From 0 to the sum of the weights; compare it only over the same rows.

    Raises
    ------
    InputError
        As :func:`murphy`; if levels do not rise, or weights are not as many, or below 0.
    MissingExtraError
        If scores is not installed (extra ``verification``).

    Notes
    -----
    Source: Taggart & Wilke (2025), doi:10.5194/nhess-25-2657-2025.

    Examples
    --------
    >>> import pytest  # the examples need the extra ``verification``
    >>> _ = pytest.importorskip("scores")
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> warnings = pd.DataFrame({"sure": [0.2, 0.1, 0.3]}, index=index)
    >>> onsets = pd.DataFrame({"unit": ["SDN"], "period": [2003]})
    >>> risk_matrix(warnings, onsets, horizon=1, levels=[0.05, 0.15], weights=[1, 2])
    1.025
    """
    try:
        import xarray as xr
        from scores.categorical import risk_matrix_score
    except ImportError:
        raise MissingExtraError("A risk-matrix score", "verification") from None
    at, weigh = np.asarray(levels, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    problems = outside("levels", at)
    if at.ndim != 1 or not (np.diff(at) > 0).all():
        problems.append(f"levels: need to rise, found {at.tolist()}")
    if weigh.shape != at.shape or not (np.isfinite(weigh) & (weigh >= 0)).all():
        problems.append(f"weights: needs one from 0 for each level, found {weigh.tolist()}")
    sure, event = forecasts(warnings, onsets, horizon, known, "risk_matrix", problems)
    severity, dims = {"severity": ["onset"]}, ["row", "severity"]
    forecast, outcome = (xr.DataArray(a[:, None], severity, dims) for a in (sure, event))
    matrix = xr.DataArray(weigh[:, None], {"level": at, **severity}, ["level", "severity"])
    score = risk_matrix_score(forecast, outcome, matrix, "severity", "level")
    return float(cast(xr.DataArray, score))
