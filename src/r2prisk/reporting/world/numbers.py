"""Numbers as the page carries them: whole thousandths, so that what is shown is never off."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def thousandths(values: Floats) -> list[int | None]:
    """Return numbers as whole thousandths towards zero; None is unknown.

    Cut, not rounded: the page rounds to two digits once, so that 0.4449 is 0.44 there as it is
    everywhere else, and a bound that was cut still holds the score that was.

    Parameters
    ----------
    values : array of float, shape (n,)
        NaN is unknown.

    Returns
    -------
    list of int or None, length n
        In thousandths.

    Examples
    --------
    >>> thousandths(np.array([0.4449, 0.3, np.nan, -0.0156]))
    [444, 300, None, -15]
    """
    # a last bit must not send 0.3 to 299
    cut = np.trunc(np.round(values * 1000.0, 6))
    return [None if x != x else int(x) for x in cut.tolist()]


def spread_out(values: Floats, places: NDArray[np.intp], length: int) -> Floats:
    """Return the values of some rows at their places, and NaN where there is no row.

    Examples
    --------
    >>> spread_out(np.array([0.2, 0.4]), np.array([0, 2]), 3).tolist()
    [0.2, nan, 0.4]
    """
    found = np.full(length, np.nan)
    found[places] = values
    return found
