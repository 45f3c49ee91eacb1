"""All rows, block by block."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel.means import power_means
from r2prisk.scoring.kernel.shapes import Bools, Floats, Sheet, Sums
from r2prisk.scoring.kernel.views import view_means

BLOCK = 8192
"""Rows in one block: small enough for the working arrays to stay in the processor's cache."""

THREADS = min(4, os.cpu_count() or 1)
"""Blocks in work at once: NumPy lets go of the interpreter while it computes."""


def score_arrays(
    risk: Floats,
    resilience: Floats,
    sums: Sums,
    *,
    risk_applies: Bools | None = None,
    resilience_applies: Bools | None = None,
    progress: Callable[[int], None] | None = None,
) -> Sheet:
    """Score rows of ratings.

    ``P_k = (sum w x^p / sum w)^(1/p)``, ``I_k = 1 - prod_r (1 - kappa_kr S_r)``,
    ``Q_k = P_k (1 - I_k)``, and power means of P and Q over the factors of each view.

    Parameters
    ----------
    risk : array of float, shape (n, i)
        Ratings from 0 to 1, NaN where unknown. Fastest in Fortran order.
    resilience : array of float, shape (n, j)
        The same for resilience.
    sums : Sums
        Weights, exponents, inhibition and the missing rule.
    risk_applies, resilience_applies : array of bool, optional
        False where an indicator does not apply to a row; all apply by default.
    progress : callable, optional
        Called with the number of rows done after each block.

    Returns
    -------
    Sheet
        Scores, coverage and bounds of every row.

    Examples
    --------
    Two indicators, one factor, exponent 2: sqrt((0.6^2 + 0.8^2) / 2) = sqrt(0.5).

    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((np.array([0, 1]),), (np.ones(2),), np.array([2.0]), 2.0)
    >>> none = Side((np.array([], dtype=int),), (np.ones(0),), np.array([1.0]), 2.0)
    >>> sums = Sums(side, none, np.array([[0.2]]), np.ones((1, 1)), np.ones(1))
    >>> sheet = score_arrays(np.array([[0.6, 0.8]]), np.empty((1, 0)), sums)
    >>> bool(sheet.rated[0, 0] == np.sqrt(0.5))
    True
    """
    n = len(risk)
    k, r, v = len(sums.risk.total), len(sums.resilience.total), len(sums.views)
    heights = {"rated": k, "coverage": k, "strength_rated": r, "strength_coverage": r}
    fields = [field.name for field in dataclasses.fields(Sheet)]
    sheet = Sheet(
        **{
            name: np.empty(n if name.startswith("resilience") else (heights.get(name, v), n))
            for name in fields
        }
    )

    def work(first: int) -> int:
        rows = slice(first, min(first + BLOCK, n))
        # NumPy adds up one row in another order than many, and its last bit could differ: a
        # single row stands twice
        at = rows if rows.stop - rows.start > 1 else np.array([first, first])
        block = _block(
            _columns(risk, at),
            _columns(resilience, at),
            None if risk_applies is None else _columns(risk_applies, at),
            None if resilience_applies is None else _columns(resilience_applies, at),
            sums,
        )
        for name in fields:
            getattr(sheet, name)[..., rows] = getattr(block, name)[..., : rows.stop - rows.start]
        return rows.stop

    with ThreadPoolExecutor(THREADS) as pool:
        for done in pool.map(work, range(0, n, BLOCK)):
            if progress is not None:
                progress(done)
    for name in fields:
        getattr(sheet, name).flags.writeable = False
    return sheet


def _columns(array: NDArray[Any], rows: slice | NDArray[np.intp]) -> NDArray[Any]:
    """Return a block with indicators first, so that each runs through memory in one piece."""
    block = array[rows].T
    return block if array.flags.f_contiguous else np.ascontiguousarray(block)


def _block(
    risk: Floats,
    resilience: Floats,
    risk_applies: Bools | None,
    resilience_applies: Bools | None,
    sums: Sums,
) -> Sheet:
    """Score one block; indicators come first, rows last."""
    return view_means(
        *power_means(risk, risk_applies, sums.risk),
        *power_means(resilience, resilience_applies, sums.resilience),
        sums,
    )
