"""How far scores and coverage go with where a country is, how rich, how large and how open."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.scoring.audit.measures import clustered, standings
from r2prisk.scoring.scores import Scores

TARGETS = ("risk", "residual_risk", "resilience", "coverage")
"""What is held against every column."""

COLUMNS = ["about", "of", "correlation", "low", "high", "units", "rows"]


def fairness(
    scores: Scores, known: pd.DataFrame, periods: NDArray[np.intp], rng: np.random.Generator
) -> pd.DataFrame:
    """Return the rank correlation of scores and coverage with each column.

    Spearman's within periods: ranks are taken among the units of a period for which both are
    known, so that a trend of the world is no correlation. Intervals by bootstrap over units; ranks
    are not taken anew in each resample.

    Parameters
    ----------
    scores : Scores
        The scores, n rows.
    known : pandas.DataFrame, shape (n, c)
        What is known about each row.
    periods : array of int, shape (n,)
        Number of each row's period.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    pandas.DataFrame
        ``about``, ``of`` (the score, or ``coverage``), ``correlation`` from -1 to 1, ``low`` and
        ``high`` (95 per cent), and the ``units`` and ``rows`` behind it; NaN where too few are
        known.

    Notes
    -----
    Spearman 1904, doi:10.2307/1412159.
    """
    frame = scores.to_frame()
    units = pd.factorize(scores.index.get_level_values("unit"))[0]
    rows: list[tuple[object, ...]] = []
    for name in known.columns:
        x = known[name].to_numpy(dtype=np.float64)
        for of in TARGETS:
            y = frame[of].to_numpy(dtype=np.float64)
            both = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
            placed = standings(np.column_stack([x, y])[both], periods[both])
            found = clustered(placed[:, 0], placed[:, 1], units[both], rng)
            rows.append((name, of, *found, len(np.unique(units[both])), len(both)))
    return pd.DataFrame(rows, columns=COLUMNS)
