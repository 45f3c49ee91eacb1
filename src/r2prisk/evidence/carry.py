"""Decayed sums of evidence, carried from one date to the next.

Exponential weights need no look back: what a stream of evidence of one half-life weighs at a date
is what it weighed at the date before, times ``2^(-months / half_life)``, and what is new. So the
cost is the number of rows plus streams x dates, not rows x dates.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from r2prisk.evidence.ageing import decay, months

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclasses.dataclass(frozen=True)
class Rows:
    """What pooling needs of evidence, an array of shape (n,) for each.

    Parameters
    ----------
    group : array of int
        To what a row is summed, from 0.
    first, last : array of int
        The days (since 1970) from which it exists and until which it is fresh; what is known
        late may have faded when it begins to exist.
    gone : array of int
        The day from which it counts no more: another row settles it, or its window is over.
    weight : array of float
        Weight by confidence, above 0.
    rating : array of float
        From 0 to 1; 0 where there is none.
    half_life : array of float
        Months, above 0; infinite for what does not fade.
    """

    group: Ints
    first: Ints
    last: Ints
    gone: Ints
    weight: Floats
    rating: Floats
    half_life: Floats

    def take(self, at: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
        """Return some of the rows."""
        return Rows(*(getattr(self, field.name)[at] for field in dataclasses.fields(self)))

    def in_order(self) -> Rows:
        """Return the rows in an order of their own, so that sums do not hang on how they came."""
        keys = (self.rating, self.weight, self.gone, self.last, self.first, self.half_life)
        return self.take(np.lexsort((*keys, self.group)))


class Sums(NamedTuple):
    """Sums over the evidence that exists, each of shape (t, g).

    Parameters
    ----------
    mass : array of float
        ``sum w``: confidence x ageing.
    rated : array of float
        ``sum w x``.
    aged : array of float
        ``sum w age``, in months.
    """

    mass: Floats
    rated: Floats
    aged: Floats


def carry(rows: Rows, times: Ints, groups: int) -> Sums:
    """Return the sums over evidence at each date.

    Parameters
    ----------
    rows : Rows, n of them
        The evidence.
    times : array of int, shape (t,)
        The days (since 1970) at which it is summed, rising.
    groups : int
        How many groups there are, g.

    Returns
    -------
    Sums
        Shape (t, g).

    Examples
    --------
    >>> day, one = np.array([0]), np.array([1.0])
    >>> rows = Rows(day, day, day, np.array([9999]), one, one * 0.5, half_life=one * 6)
    >>> carry(rows, np.array([-1, 0, 365]), 1).mass.round(2).ravel().tolist()
    [0.0, 1.0, 0.25]
    """
    rows = rows.in_order()
    steps = len(times)
    fresh = _fresh(rows, times)
    fading, owner, classes, kind = _fading(rows, times)
    found = np.zeros((3, steps, groups))
    flat, totals = np.zeros((3, groups)), np.zeros((3, len(owner)))
    heads = np.flatnonzero(np.diff(owner, prepend=-1))
    for step in range(steps):
        if step and len(owner):
            gap = float(months(times[step] - times[step - 1]))
            totals *= decay(gap, classes)[kind]
            totals[2] += gap * totals[0]
        fresh.add(step, flat)
        fading.add(step, totals)
        found[:, step] = flat
        if len(owner):
            found[:, step, owner[heads]] += np.add.reduceat(totals, heads, axis=1)
    # what is taken out again may leave a last bit behind
    return Sums(*np.maximum(found, 0.0, out=found))


@dataclasses.dataclass(frozen=True)
class _Events:
    """What is added when and where: places (e,) and amounts (3, e), in order of the steps."""

    starts: NDArray[np.intp]
    at: NDArray[np.intp]
    amounts: Floats

    def add(self, step: int, totals: Floats) -> None:
        """Add what is new at a step to totals of shape (3, any)."""
        part = slice(self.starts[step], self.starts[step + 1])
        for total, amount in zip(totals, self.amounts, strict=True):
            np.add.at(total, self.at[part], amount[part])


def _events(step: NDArray[np.intp], at: NDArray[np.intp], amounts: Floats, steps: int) -> _Events:
    """Sort events by their step; those after the last step never come."""
    order = np.argsort(step, kind="stable")
    starts = np.searchsorted(step[order], np.arange(steps + 1))
    return _Events(starts, at[order], amounts[:, order])


def _fresh(rows: Rows, times: Ints) -> _Events:
    """Put the rows in at the first date on which they exist, and out when they begin to fade."""
    start = np.searchsorted(times, rows.first)
    stop = np.minimum(np.searchsorted(times, rows.last), np.searchsorted(times, rows.gone))
    lasting = np.flatnonzero(start < stop)
    group, weight = rows.group[lasting], rows.weight[lasting]
    amounts = np.stack([weight, weight * rows.rating[lasting], np.zeros(len(lasting))])
    step = np.concatenate([start[lasting], stop[lasting]])
    both = np.concatenate([amounts, -amounts], axis=1)
    return _events(step, np.concatenate([group, group]), both, len(times))


def _fading(rows: Rows, times: Ints) -> tuple[_Events, Ints, Floats, NDArray[np.intp]]:
    """Put the rows in when they begin to fade, and out when they are gone, by stream.

    A stream is the evidence of one group with one half-life.

    Returns
    -------
    tuple of (_Events, array (s,), array (c,), array (s,))
        The events; the group of each stream, rising; the half-lives; and which each stream has.
    """
    start = np.maximum(rows.first, rows.last)
    enter, leave = np.searchsorted(times, start), np.searchsorted(times, rows.gone)
    kept = (enter < leave) & (enter < len(times))
    rows, enter, leave = rows.take(kept), enter[kept], leave[kept]
    classes, kind = np.unique(rows.half_life, return_inverse=True)
    streams, at = np.unique(rows.group * max(len(classes), 1) + kind, return_inverse=True)
    out = np.flatnonzero(leave < len(times))
    amounts = np.concatenate(
        [_left(rows, times[enter]), -_left(rows.take(out), times[leave[out]])], axis=1
    )
    step, places = np.concatenate([enter, leave[out]]), np.concatenate([at, at[out]])
    events = _events(step, places, amounts, len(times))
    return events, streams // max(len(classes), 1), classes, streams % max(len(classes), 1)


def _left(rows: Rows, now: Ints) -> Floats:
    """Return what rows weigh at a day each, with their rating and age; shape (3, n)."""
    age = months(now - rows.last)
    weight = rows.weight * decay(age, rows.half_life)
    return np.stack([weight, weight * rows.rating, weight * age])
