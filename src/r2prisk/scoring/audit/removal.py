"""What a ranking owes to one indicator, one factor, or one unit: each taken away in turn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.panel import CellState, Panel
from r2prisk.scoring.audit.measures import reversed_pairs
from r2prisk.scoring.kernel import Floats, Side, power_means, score_arrays, settle
from r2prisk.scoring.kernel.means import LAST_BITS, raised, rooted
from r2prisk.scoring.scores import Scores


@dataclasses.dataclass(frozen=True)
class Half:
    """One side of a score: its factors, and the score that they make.

    Parameters
    ----------
    name : str
        The score, ``risk`` or ``resilience``.
    factors : tuple of str, length k
        Their identifiers.
    indicators : tuple of tuple of str, length k
        Those with a column in the panel.
    side : Side
        Columns and weights.
    weights : array of float, shape (k,)
        Of the factors in the score.
    levels : array of float, shape (k, n)
        Presence or strength, NaN where unknown.
    score : array of float, shape (n,)
        The published score.
    """

    name: str
    factors: tuple[str, ...]
    indicators: tuple[tuple[str, ...], ...]
    side: Side
    weights: Floats
    levels: Floats
    score: Floats


def halves(panel: Panel, scores: Scores) -> tuple[Half, Half]:
    """Return risk and resilience of a panel's scores."""
    sums, sheet = scores.sums, scores.sheet
    there = set(panel.indicators)
    parts = (
        ("risk", scores.risk_framework, sums.risk, sums.views[0], scores.presence, sheet.risk[0]),
        (
            "resilience",
            scores.resilience_framework,
            sums.resilience,
            sums.strengths,
            settle(
                sheet.strength_rated,
                sheet.strength_coverage,
                sums.resilience.exponent,
                sums.rule,
                sums.prior,
            ),
            sheet.resilience,
        ),
    )
    one, two = (
        Half(
            name=name,
            factors=tuple(f.id for f in framework.factors),
            indicators=tuple(
                tuple(i.id for i in f.indicators if i.id in there) for f in framework.factors
            ),
            side=side,
            weights=weights,
            levels=levels,
            score=whole,
        )
        for name, framework, side, weights, levels, whole in parts
    )
    return one, two


def gathered(levels: Floats, weights: Floats, across: float) -> Floats:
    """Return the power mean of factors over those known, as the score makes it.

    Parameters
    ----------
    levels : array of float, shape (k, n)
        NaN where unknown.
    weights : array of float, shape (k,)
        0 or more.
    across : float
        Exponent, 1 or more.

    Returns
    -------
    array of float, shape (n,)
        NaN where nothing is known.

    Examples
    --------
    >>> gathered(np.array([[0.2], [0.6], [np.nan]]), np.array([3.0, 1.0, 1.0]), 1.0).round(2)
    array([0.3])
    """
    known = ~np.isnan(levels)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = weights @ raised(np.where(known, levels, 0.0), across) / (weights @ known)
    return rooted(np.minimum(mean, 1.0), across)


def without_factors(half: Half, across: float) -> Floats:
    """Return the score without each factor in turn, shape (n, k)."""
    drop = np.eye(len(half.factors), dtype=bool)
    return np.stack(
        [gathered(half.levels, np.where(gone, 0.0, half.weights), across) for gone in drop], axis=1
    )


def without_indicators(panel: Panel, half: Half, scores: Scores) -> tuple[list[str], Floats]:
    """Return the rated indicators of a side, and the score without each in turn, shape (n, q).

    Each is taken out of the framework: its factor has one indicator less, and coverage is of what
    is left.
    """
    sums = scores.sums
    applies = panel.states != CellState.NOT_APPLICABLE
    names: list[str] = []
    found: list[Floats] = []
    for k, indicators in enumerate(half.indicators):
        columns = np.arange(len(panel.indicators))[half.side.columns[k]]
        for place, name in enumerate(indicators):
            if np.isnan(panel.ratings[:, columns[place]]).all():
                continue
            rest = np.delete(columns, place)
            weights = half.side.weights[k]
            total = float(half.side.total[k] - weights[place])
            levels = half.levels.copy()
            levels[k] = np.nan
            if total > LAST_BITS:
                one = Side(
                    (np.arange(len(rest)),),
                    (np.delete(weights, place),),
                    np.array([total]),
                    half.side.exponent,
                )
                mean, coverage = power_means(
                    np.ascontiguousarray(panel.ratings[:, rest].T),
                    np.ascontiguousarray(applies[:, rest].T),
                    one,
                )
                levels[k] = settle(mean, coverage, one.exponent, sums.rule, sums.prior)[0]
            names.append(name)
            found.append(gathered(levels, half.weights, sums.across))
    return names, np.stack(found, axis=1) if found else np.empty((len(panel), 0))


def shifts(
    half: Half, after: Floats, index: pd.MultiIndex, periods: NDArray[np.intp]
) -> pd.DataFrame:
    """Return how far ranks move when the score changes.

    Parameters
    ----------
    half : Half
        With the score before.
    after : array of float, shape (n, q)
        The score after each of q changes.
    index : pandas.MultiIndex, shape (n,)
        Names the rows.
    periods : array of int, shape (n,)
        Number of each row's period.

    Returns
    -------
    pandas.DataFrame
        q rows: ``mean_shift`` in places, among rows that keep a score; ``largest_shift`` and
        ``whose``; ``reversed``, the share of pairs of one period whose order turns round;
        ``lost``, rows that have no score any more.
    """
    before = np.repeat(half.score[:, None], after.shape[1], axis=1)
    lost = np.isnan(after) & ~np.isnan(before)
    before[np.isnan(after)] = np.nan
    ranks = [
        pd.DataFrame(np.round(values, 12)).groupby(periods).rank(method="min", ascending=False)
        for values in (before, after)
    ]
    moved = np.abs(ranks[1].to_numpy(dtype=np.float64) - ranks[0].to_numpy(dtype=np.float64))
    some = ~np.isnan(moved)
    furthest = np.where(some, moved, -1.0)
    at = furthest.argmax(axis=0) if len(moved) else np.zeros(after.shape[1], dtype=np.intp)
    turned, pairs = reversed_pairs(half.score, after, periods)
    with np.errstate(invalid="ignore"):
        return pd.DataFrame(
            {
                "mean_shift": np.where(some, moved, 0.0).sum(axis=0) / some.sum(axis=0),
                "largest_shift": [
                    furthest[row, q] if some[row, q] else np.nan
                    for q, row in enumerate(at.tolist())
                ],
                "whose": [
                    f"{index[row][0]} {index[row][1]}" if some[row, q] else ""
                    for q, row in enumerate(at.tolist())
                ],
                "reversed": turned / np.where(pairs > 0, pairs, np.nan),
                "lost": lost.sum(axis=0),
            }
        )


def without_units(panel: Panel, scores: Scores, rows: NDArray[np.intp]) -> tuple[int, int, float]:
    """Score rows again without each unit in turn.

    Parameters
    ----------
    panel : Panel
        Ratings.
    scores : Scores
        Its scores.
    rows : array of int, shape (u,)
        Rows of one period.

    Returns
    -------
    tuple
        Pairs of the other units whose order turns round, pairs compared, and the largest change of
        any risk or residual risk.
    """
    applies = panel.states[rows] != CellState.NOT_APPLICABLE
    ratings = panel.ratings[rows]
    own = np.stack([scores.sheet.risk[0, rows], scores.sheet.residual[0, rows]])
    turned = compared = 0
    largest = 0.0
    for out in range(len(rows)):
        rest = np.delete(np.arange(len(rows)), out)
        left = applies[rest]
        sheet = score_arrays(
            ratings[rest], ratings[rest], scores.sums, risk_applies=left, resilience_applies=left
        )
        again = np.stack([sheet.risk[0], sheet.residual[0]])
        change = np.abs(again - own[:, rest])
        largest = max(largest, float(np.nanmax(change, initial=0.0)))
        one = np.zeros(len(rest), dtype=np.intp)
        count, pairs = reversed_pairs(own[0, rest], again[0][:, None], one)
        turned, compared = turned + int(count[0]), compared + int(pairs[0])
    return turned, compared, largest
