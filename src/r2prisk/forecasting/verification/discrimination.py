"""Do higher chances go to the rows where onsets follow? Areas and average precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

CELLS = 100_000
"""Numbers held at once: larger work is done piece by piece."""


def concordance(chance: Floats, outcome: Floats, unit: Codes, units: int) -> Floats:
    """Count, for each pair of units, how often an onset of one had the higher chance.

    ``K_uv = sum over onsets i of u and quiet rows j of v of [p_i > p_j] + [p_i = p_j] / 2``. The
    area under the ROC curve of any resample of units with counts w is then
    ``w'Kw / (w'n1 w'n0)``, so that the bootstrap needs no second look at the rows.

    Parameters
    ----------
    chance : array of float, shape (n,)
        Any number of which higher means likelier.
    outcome : array of float, shape (n,)
        0 or 1.
    unit : array of int, shape (n,)
        From 0.
    units : int
        How many there are.

    Returns
    -------
    array of float, shape (units, units)

    Examples
    --------
    >>> concordance(np.array([0.3, 0.1, 0.3]), np.array([1.0, 0.0, 0.0]), np.array([0, 0, 1]), 2)
    array([[1. , 0.5],
           [0. , 0. ]])
    """
    quiet = np.flatnonzero(outcome == 0)
    quiet = quiet[np.argsort(unit[quiet], kind="stable")]
    onsets = np.flatnonzero(outcome == 1)
    found = np.zeros((units, units))
    if not len(quiet):
        return found
    holders, starts = np.unique(unit[quiet], return_index=True)
    step = max(1, CELLS // len(quiet))
    for begin in range(0, len(onsets), step):
        some = onsets[begin : begin + step]
        mine, theirs = chance[some, np.newaxis], chance[quiet]
        won = (mine > theirs) + 0.5 * (mine == theirs)
        np.add.at(found, (unit[some, np.newaxis], holders), np.add.reduceat(won, starts, axis=1))
    return found


def area(chance: Floats, outcome: Floats, unit: Codes, weights: Floats) -> Floats:
    """Return the area under the ROC curve, pooled over all rows, for each resample of units.

    The chance that a row with an onset has the higher number than one without; a tie is half.

    Parameters
    ----------
    chance, outcome : array of float, shape (n,)
        As in :func:`concordance`.
    unit : array of int, shape (n,)
        From 0.
    weights : array of float, shape (d, u)
        How often each unit stands in each resample; ones: the sample itself.

    Returns
    -------
    array of float, shape (d,)
        NaN where a resample has no onset, or nothing else.

    Examples
    --------
    >>> area(np.array([0.3, 0.1, 0.4]), np.array([1., 0, 0]), np.arange(3), np.ones((1, 3)))
    array([0.5])
    """
    units = weights.shape[1]
    return _share(weights, concordance(chance, outcome, unit, units), _pairs(outcome, unit, units))


def area_within(
    chance: Floats, outcome: Floats, unit: Codes, period: Codes, weights: Floats
) -> Floats:
    """Return the area under the ROC curve over pairs of rows of the same period.

    ``sum_y U_y / sum_y (n1_y n0_y)``: what is left once it is known that some periods see more
    onsets than others.

    Parameters
    ----------
    chance, outcome, unit, weights
        As in :func:`area`.
    period : array of int, shape (n,)
        The period of each row.

    Returns
    -------
    array of float, shape (d,)

    Examples
    --------
    >>> chance, outcome = np.array([0.1, 0.2, 0.8, 0.9]), np.array([0., 1, 1, 0])
    >>> area_within(chance, outcome, np.arange(4), np.array([0, 0, 1, 1]), np.ones((1, 4)))
    array([0.5])
    """
    units = weights.shape[1]
    won, pairs = np.zeros((units, units)), np.zeros((units, units))
    for when in np.unique(period[outcome == 1]):
        here = period == when
        won += concordance(chance[here], outcome[here], unit[here], units)
        pairs += _pairs(outcome[here], unit[here], units)
    return _share(weights, won, pairs)


def _pairs(outcome: Floats, unit: Codes, units: int) -> Floats:
    """Count the pairs of an onset and a quiet row, by their units."""
    onsets = np.bincount(unit, weights=outcome, minlength=units)
    quiet = np.bincount(unit, weights=1.0 - outcome, minlength=units)
    return np.outer(onsets, quiet).astype(np.float64)


def _share(weights: Floats, won: Floats, pairs: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return ((weights @ won) * weights).sum(axis=1) / ((weights @ pairs) * weights).sum(axis=1)


def average_precision(chance: Floats, outcome: Floats, unit: Codes, weights: Floats) -> Floats:
    """Return the average precision for each resample of units.

    ``sum_n (R_n - R_(n-1)) P_n`` over the distinct numbers from the highest down; rows with the
    same number come in together.

    Parameters
    ----------
    chance, outcome, unit, weights
        As in :func:`area`.

    Returns
    -------
    array of float, shape (d,)
        NaN where a resample has no onset.

    Examples
    --------
    >>> average_precision(np.array([0.9, 0.8, 0.7]), np.array([0., 1, 1]), np.arange(3),
    ...                   np.ones((1, 3))).round(4)
    array([0.5833])
    """
    order = np.argsort(-chance, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(chance[order])), len(order) - 1)
    found = np.empty(len(weights))
    step = max(1, CELLS // len(order))
    for begin in range(0, len(weights), step):
        counts = weights[begin : begin + step][:, unit[order]]
        right = np.cumsum(counts * outcome[order], axis=1)[:, ends]
        listed = np.cumsum(counts, axis=1)[:, ends]
        precision = np.divide(right, listed, out=np.zeros_like(right), where=listed > 0)
        gains = np.diff(right, axis=1, prepend=0.0)
        onsets = right[:, -1]
        with np.errstate(divide="ignore", invalid="ignore"):
            found[begin : begin + step] = (gains * precision).sum(axis=1) / onsets
    return found
