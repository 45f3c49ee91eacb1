"""The closed set of steps from a raw variable to a rating, on plain arrays.

Every grid has the shape (unit, year): one row a unit, one column a year, in order and without gaps;
NaN where nothing is known. A step never looks at a later year or at another unit.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float64]


def linear(x: Grid, *, low: float, high: float) -> Grid:
    """Place a value between two declared values; beyond them it is clipped.

    ``(x - low) / (high - low)``, at least 0 and at most 1.

    Parameters
    ----------
    x : array of float
        Raw values, in the unit of the variable.
    low, high : float
        The values that become 0 and 1; ``low < high``.

    Returns
    -------
    array of float, same shape
        From 0 to 1; NaN stays NaN.

    Examples
    --------
    >>> linear(np.array([[0.0, 2.5, 4.0, 9.0]]), low=0.0, high=5.0).tolist()
    [[0.0, 0.5, 0.8, 1.0]]
    """
    return np.clip((x - low) / (high - low), 0.0, 1.0)


def log1p(x: Grid, *, cap: float, floor: float = 0.0) -> Grid:
    """Place a count on a logarithmic scale between a floor and a cap.

    ``(ln(1 + x) - ln(1 + floor)) / (ln(1 + cap) - ln(1 + floor))``, at least 0 and at most 1.

    Parameters
    ----------
    x : array of float
        Counts; a negative one (a fall) is taken as 0.
    cap, floor : float
        The counts that become 1 and 0; ``0 <= floor < cap``.

    Returns
    -------
    array of float, same shape
        From 0 to 1; NaN stays NaN.

    Examples
    --------
    >>> log1p(np.array([[-5.0, 0.0, 9.0, 99.0, 1e6]]), cap=99.0).round(3).tolist()
    [[0.0, 0.0, 0.5, 1.0, 1.0]]
    >>> log1p(np.array([[9.0, 99.0]]), floor=9.0, cap=999.0).round(3).tolist()
    [[0.0, 0.5]]
    """
    bottom, top = np.log1p(floor), np.log1p(cap)
    return np.clip((np.log1p(np.maximum(x, 0.0)) - bottom) / (top - bottom), 0.0, 1.0)


def threshold(x: Grid, *, at: float) -> Grid:
    """Return 1 from a declared value up and 0 below it.

    Examples
    --------
    >>> threshold(np.array([[24.0, 25.0, np.nan]]), at=25.0).tolist()
    [[0.0, 1.0, nan]]
    """
    return np.where(np.isnan(x), np.nan, (x >= at).astype(float))


def reverse(x: Grid) -> Grid:
    """Turn a scale round: ``1 - x``. Before ``change`` it turns a fall into a rise.

    Examples
    --------
    >>> reverse(np.array([[0.0, 0.25]])).tolist()
    [[1.0, 0.75]]
    """
    return 1.0 - x


def share(x: Grid, *, of: Grid) -> Grid:
    """Divide by a whole; where the whole is 0 the share is unknown.

    Examples
    --------
    >>> share(np.array([[5.0, 5.0]]), of=np.array([[20.0, 0.0]])).tolist()
    [[0.25, nan]]
    """
    known = of != 0
    return np.divide(x, of, out=np.full_like(x, np.nan), where=known)


def lag(x: Grid, *, periods: int) -> Grid:
    """Move values to a later year: ``y_t = x_(t - periods)``.

    Examples
    --------
    >>> lag(np.array([[1.0, 2.0, 3.0]]), periods=1).tolist()
    [[nan, 1.0, 2.0]]
    """
    result = np.full_like(x, np.nan)
    result[:, periods:] = x[:, : max(x.shape[1] - periods, 0)]
    return result


def change(x: Grid, *, periods: int, relative: bool = False) -> Grid:
    """Return the change over some years; unknown where either end is.

    ``x_t - x_(t - periods)``, or ``x_t / x_(t - periods) - 1`` where ``relative``.

    Examples
    --------
    >>> change(np.array([[1.0, 2.0, 4.0]]), periods=2).tolist()
    [[nan, nan, 3.0]]
    >>> change(np.array([[100.0, 90.0]]), periods=1, relative=True).round(3).tolist()
    [[nan, -0.1]]
    """
    before = lag(x, periods=periods)
    return share(x, of=before) - 1.0 if relative else x - before


def memory(x: Grid, *, half_life: float) -> Grid:
    """Remember past events, which fade by half in every half-life.

    ``s_t = s_(t-1) * 0.5^(1 / half_life) + x_t``, from 0 before the first known year. A year that
    is not known stays unknown and adds nothing, so that a gap understates the years after it.

    Parameters
    ----------
    x : array of float, shape (unit, year)
        What happened in each year, a count or an amount of at least 0.
    half_life : float
        In years, above 0.

    Returns
    -------
    array of float, same shape
        In the unit of ``x``.

    Examples
    --------
    >>> memory(np.array([[8.0, 0.0, 0.0, 1.0]]), half_life=1.0).tolist()
    [[8.0, 4.0, 2.0, 2.0]]
    """
    keep = 0.5 ** (1.0 / half_life)
    result = np.empty_like(x)
    state = np.zeros(x.shape[0])
    for year in range(x.shape[1]):
        state = state * keep + np.nan_to_num(x[:, year], nan=0.0)
        result[:, year] = state
    return np.where(np.isnan(x), np.nan, result)


def hold(x: Grid, *, periods: int) -> Grid:
    """Let the last known value stand for up to some more years, never backwards.

    Examples
    --------
    >>> hold(np.array([[np.nan, 0.5, np.nan, np.nan, np.nan]]), periods=2).tolist()
    [[nan, 0.5, 0.5, 0.5, nan]]
    """
    years = np.arange(x.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(x), -1, years), axis=1)
    near = (last >= 0) & (years - last <= periods)
    return np.where(near, np.take_along_axis(x, np.maximum(last, 0), axis=1), np.nan)


def categories(
    values: NDArray[np.object_], *, table: Mapping[str, float]
) -> tuple[Grid, tuple[str, ...]]:
    """Turn words or codes into the numbers that a table gives them.

    Parameters
    ----------
    values : array of object, shape (n,)
        Words or numbers as the file has them; None or NaN where the cell is empty.
    table : mapping of str to float
        Keys as written in the file; a number matches however it is written (``1``, ``1.0``).

    Returns
    -------
    array of float, shape (n,)
        NaN where the cell is empty or its value is not in the table.
    tuple of str
        The values that are not in the table, sorted.

    Examples
    --------
    >>> numbers, strange = categories(
    ...     np.array(["Yes", "No", None, "Maybe"], dtype=object), table={"Yes": 1.0, "No": 0.0}
    ... )
    >>> numbers.tolist(), strange
    ([1.0, 0.0, nan, nan], ('Maybe',))
    """
    known = {word_key(key): number for key, number in table.items()}
    seen = {v: word_key(v) for v in set(values.tolist()) if v is not None and v == v}
    strange = sorted(str(v) for v, key in seen.items() if key not in known)
    by_value = {v: known[key] for v, key in seen.items() if key in known}
    numbers = [by_value.get(value, np.nan) for value in values.tolist()]
    return np.array(numbers, dtype=float), tuple(strange)


def word_key(word: object) -> str:
    """Write a word or code of a file in one way: text trimmed, numbers however they are written.

    Examples
    --------
    >>> [word_key(word) for word in (" Yes ", 2, "2.0", 0.50, 1234567)]
    ['Yes', '2', '2', '0.5', '1234567']
    """
    text = str(word).strip()
    try:
        number = float(text)
    except ValueError:
        return text
    return str(int(number)) if number.is_integer() else str(number)
