"""How much a piece of evidence counts, by its age: plain arrays in, plain arrays out."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

DAYS_PER_MONTH = 365.2425 / 12
"""Days of a month in the mean; half-lives are in months."""


def months(days: ArrayLike) -> NDArray[np.float64]:
    """Return a number of days as months.

    Examples
    --------
    >>> months(365.2425).item()
    12.0
    """
    return np.asarray(days, dtype=np.float64) / DAYS_PER_MONTH


def decay(age: ArrayLike, half_life: ArrayLike) -> NDArray[np.float64]:
    """Return what is left of a weight: ``2^(-age / half_life)``.

    Parameters
    ----------
    age : array of float, shape (n,)
        Months, 0 or more.
    half_life : array of float, shape (n,)
        Months, above 0.

    Returns
    -------
    array of float, shape (n,)
        From 0 to 1.

    Examples
    --------
    >>> decay([0, 6, 12], 6).tolist()
    [1.0, 0.5, 0.25]
    """
    return np.exp2(-np.asarray(age, dtype=np.float64) / np.asarray(half_life, dtype=np.float64))


def window_days(window: float) -> int:
    """Return the days that a window of some months spans.

    Examples
    --------
    >>> window_days(12)
    365
    """
    return int(window * DAYS_PER_MONTH)


def age_weights(
    at: ArrayLike,
    first: ArrayLike,
    last: ArrayLike,
    half_life: ArrayLike,
    *,
    trigger: ArrayLike = False,
    window: float = 12.0,
) -> NDArray[np.float64]:
    """Return how much evidence counts at a day.

    Nothing before ``first``: what is dated later does not exist yet. Fully from ``first`` to
    ``last``. After that ``2^(-age/half_life)``, with the age in months since ``last``; a trigger
    counts fully for ``window`` months after ``last``, and then not at all.

    Parameters
    ----------
    at, first, last : array of datetime64[D] or of int, shape (n,) or scalar
        The day at which it is asked, and the first and last day for which the evidence holds; as
        numbers, days since any one day.
    half_life : array of float, shape (n,) or scalar
        Months, above 0.
    trigger : array of bool, shape (n,) or scalar
        Whether the indicator is a trigger, a dated event.
    window : float
        Months, above 0.

    Returns
    -------
    array of float, shape (n,)
        From 0 to 1.

    Examples
    --------
    >>> seen = np.datetime64("2008-01-16")
    >>> days = np.array(["2008-01-15", "2008-01-16", "2009-01-15"], dtype="datetime64[D]")
    >>> age_weights(days, seen, seen, 6).round(3).tolist()
    [0.0, 1.0, 0.25]
    >>> age_weights(days, seen, seen, 6, trigger=True, window=12).tolist()
    [0.0, 1.0, 1.0]
    """
    now, start, end = _days(at), _days(first), _days(last)
    age = np.maximum(now - end, 0)
    faded = decay(months(age), half_life)
    weight = np.where(trigger, age <= window_days(window), faded)
    return np.where(now < start, 0.0, weight)


def _days(values: ArrayLike) -> NDArray[np.int64]:
    array = np.asarray(values)
    return (array.astype("datetime64[D]") if array.dtype.kind == "M" else array).astype(np.int64)
