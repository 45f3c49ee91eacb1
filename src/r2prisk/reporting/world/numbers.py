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


def as_told(values: Floats) -> list[int | None]:
    """Return scores as thousandths that read as in a sentence of the same page.

    Half of a hundredth goes up on the page; where ``format`` sends it down, because the nearest
    number of the machine lies below it or the digit before is even, one thousandth less is carried.

    Parameters
    ----------
    values : array of float, shape (n,)
        In [0, 1]; NaN is unknown.

    Returns
    -------
    list of int or None, length n
        In thousandths.

    Examples
    --------
    >>> as_told(np.array([0.625, 0.375, 0.285])), f"{0.625:.2f} {0.375:.2f} {0.285:.2f}"
    ([624, 375, 284], '0.62 0.38 0.28')
    """
    found = thousandths(values)
    for n, (cut, value) in enumerate(zip(found, values.tolist(), strict=True)):
        if cut is not None and cut % 10 == 5 and f"{value:.2f}" != f"{(cut + 5) / 1000:.2f}":
            found[n] = cut - 1
    return found


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
