"""The probability that a quantity with a normal error exceeds a limit."""

from __future__ import annotations

import numpy as np
from scipy import stats

from r2prisk.trajectories.kernel.smoother import Floats


def exceeds(mean: Floats, deviation: Floats, limit: float) -> Floats:
    """Return ``P(x > limit) = 1 - Phi((limit - mean) / deviation)``; NaN where either is unknown.

    Parameters
    ----------
    mean, deviation : array of float, of one shape
        Of the quantity; a deviation of 0 is a quantity that is known exactly.
    limit : float
        The limit.

    Examples
    --------
    >>> exceeds(np.array([0.3, 0.2]), np.array([0.1, 0.0]), 0.3).tolist()
    [0.5, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        return stats.norm.sf((limit - mean) / deviation)
