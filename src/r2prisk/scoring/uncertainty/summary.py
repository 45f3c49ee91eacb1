"""Quantiles, ranks and probabilities of draws, on plain arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.kernel.draws import ROUNDING
from r2prisk.scoring.kernel.pieces import Singles

LEVELS = (0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975)
"""The quantiles that are given: three intervals and the median."""

BATCHES = 8
"""Parts into which draws are cut to see how far their medians differ."""


def quantiles(values: NDArray[np.float32] | NDArray[np.int32]) -> Floats:
    """Return the quantiles at ``LEVELS`` along the last axis, by linear interpolation.

    Parameters
    ----------
    values : array, shape (..., d)
        NaN throughout where unknown. It is sorted in place.

    Returns
    -------
    array of float, shape (..., 7)
        Rising along the last axis.

    Examples
    --------
    >>> quantiles(np.arange(41, dtype=np.float32)).tolist()
    [1.0, 2.0, 10.0, 20.0, 30.0, 38.0, 39.0]
    """
    # NumPy sorts with vector instructions and selects without: sorting takes a fifth of the time
    values.sort(axis=-1)
    place = np.array(LEVELS) * (values.shape[-1] - 1)
    below = np.floor(place + 1e-9).astype(np.intp)
    above = np.minimum(below + 1, values.shape[-1] - 1)
    low = values[..., below].astype(np.float64)
    return low + np.maximum(place - below, 0.0) * (values[..., above] - low)


def hull(spread: Floats, published: Floats) -> Floats:
    """Widen intervals until they hold the published value.

    Each lower end is the lower of the quantile and the published value, each upper end the higher;
    the median stays.

    Parameters
    ----------
    spread : array of float, shape (..., 7)
        Quantiles at ``LEVELS``.
    published : array of float, shape (...)
        What must lie inside.

    Returns
    -------
    array of float, shape (..., 7)
        The widened quantiles.

    Examples
    --------
    >>> hull(np.arange(7.0), np.array(-1.0)).tolist()
    [-1.0, -1.0, -1.0, 3.0, 4.0, 5.0, 6.0]
    """
    middle = len(LEVELS) // 2
    wide, inside = spread.copy(), published[..., None]
    wide[..., :middle] = np.minimum(spread[..., :middle], inside)
    wide[..., middle + 1 :] = np.maximum(spread[..., middle + 1 :], inside)
    return wide


def beyond(spread: Floats, published: Floats, interval: int) -> NDArray[np.int8]:
    """Say where the published value is beyond an interval of the draws by more than rounding.

    Parameters
    ----------
    spread : array of float, shape (..., 7)
        Quantiles at ``LEVELS``, not widened.
    published : array of float, shape (...)
        The published values.
    interval : int
        The place in ``LEVELS`` of its lower end: 0 is the widest interval, 2 that of the quartiles.

    Returns
    -------
    array of int8, shape (...)
        -1 below the interval, 1 above it, 0 inside or unknown.

    Examples
    --------
    >>> [int(beyond(np.arange(7.0), np.array(x), 2)) for x in (1.9, 2.0, 4.5)]
    [-1, 0, 1]
    """
    low, high = spread[..., interval], spread[..., -1 - interval]
    below = published < low - ROUNDING
    return (published > high + ROUNDING).astype(np.int8) - below.astype(np.int8)


def median_errors(values: Singles) -> Floats:
    """Return the standard error of each median, from the medians of batches of draws.

    ``sd(medians of B batches) / sqrt(B)``. Even sequences do better together than their parts do,
    so the true error is rather smaller.

    Parameters
    ----------
    values : array of float32, shape (n, d)
        In the order in which they were drawn: each batch is a run of the sequence, even in itself.

    Returns
    -------
    array of float, shape (n,)

    Examples
    --------
    Batches of two draws each, with medians 0, 1, ... 7: sqrt(6 / 8).

    >>> draws = np.repeat(np.arange(8, dtype=np.float32), 2)[None, :]
    >>> round(float(median_errors(draws)[0]) ** 2, 6)
    0.75
    """
    size = values.shape[-1] // BATCHES
    batches = np.sort(values[:, : size * BATCHES].reshape(-1, BATCHES, size), axis=-1)
    medians = (batches[..., (size - 1) // 2].astype(np.float64) + batches[..., size // 2]) / 2
    return medians.std(axis=-1, ddof=1) / np.sqrt(BATCHES)


def share_from(values: Singles, starts: Floats) -> Floats:
    """Return the share of draws in each band.

    Parameters
    ----------
    values : array of float32, shape (n, d)
        Risk.
    starts : array of float, shape (b,)
        Lower limits of the bands, rising; a draw that reaches one within ``ROUNDING`` is in it.

    Returns
    -------
    array of float, shape (n, b)
        Sums to 1 along the last axis; 0 where unknown.

    Examples
    --------
    >>> risk = np.array([[0.1, 0.3, 0.5, 0.6]], dtype=np.float32)
    >>> share_from(risk, np.array([0.0, 0.3])).tolist()
    [[0.25, 0.75]]
    """
    reached = np.stack(
        [
            *((values >= start - ROUNDING).mean(axis=-1) for start in starts),
            np.zeros(values.shape[:-1]),
        ],
        axis=-1,
    )
    return -np.diff(reached, axis=-1)


def order(values: Singles) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Order units in every draw, the highest first, and say where a unit is below the one before.

    Parameters
    ----------
    values : array of float32, shape (u, d)
        Scores of the units of one period, none of them unknown.

    Returns
    -------
    tuple of array, each of shape (d, u)
        The unit in each place; False where it equals the unit before it within ``ROUNDING``.

    Examples
    --------
    >>> [a.tolist() for a in order(np.array([[0.2], [0.9], [0.2]], dtype=np.float32))]
    [[[1, 0, 2]], [[True, True, False]]]
    """
    # numbers from 0 up order like their bits: score and unit go through one fast integer sort
    bits = np.ascontiguousarray(values.T, dtype=np.float32).view(np.uint32)
    keys = (~bits).astype(np.uint64)
    keys <<= np.uint64(32)
    keys |= np.arange(len(values), dtype=np.uint64)
    keys.sort(axis=1)
    ordered = (~(keys >> np.uint64(32)).astype(np.uint32)).view(np.float32)
    new = np.ones(keys.shape, dtype=bool)
    np.greater(ordered[:, :-1] - ordered[:, 1:], ROUNDING, out=new[:, 1:])
    return (keys & np.uint64(2**32 - 1)).astype(np.intp), new


def ranks(values: Singles) -> NDArray[np.int32]:
    """Return the rank of each unit in every draw, 1 the highest; equals share the better rank.

    Parameters
    ----------
    values : array of float32, shape (u, d)
        Scores of the units of one period, none of them unknown.

    Returns
    -------
    array of int32, shape (u, d)

    Examples
    --------
    >>> ranks(np.array([[0.2], [0.9], [0.2]], dtype=np.float32)).ravel().tolist()
    [2, 1, 2]
    """
    units, new = order(values)
    place = np.arange(1, len(values) + 1, dtype=np.int32)
    if not new.all():
        place = np.maximum.accumulate(np.where(new, place, np.int32(0)), axis=1)
    found = np.empty(values.shape, dtype=np.int32)
    found[units, np.arange(values.shape[1])[:, None]] = place
    return found


def top_shares(values: Singles, k: int) -> Floats:
    """Return how likely each unit is among the k highest; equals share the places that are left.

    Parameters
    ----------
    values : array of float32, shape (u, d)
        Scores of the units of one period, none of them unknown.
    k : int
        From 1 to u.

    Returns
    -------
    array of float, shape (u,)
        Sums to k.

    Examples
    --------
    >>> top_shares(np.array([[0.2], [0.9], [0.2]], dtype=np.float32), 2).tolist()
    [0.5, 1.0, 0.5]
    """
    units, new = order(values)
    starts = np.flatnonzero(new)
    sizes = np.diff(starts, append=new.size)
    free = np.clip(k - starts % len(values), 0, sizes)
    return np.bincount(units.ravel(), np.repeat(free / sizes, sizes)) / values.shape[1]
