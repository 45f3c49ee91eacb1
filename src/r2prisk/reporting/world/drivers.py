"""What drives the residual risk of every row: contributions against the median of the world."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from r2prisk.reporting.world.numbers import thousandths
from r2prisk.scoring import Scores, score
from r2prisk.scoring.explain import Explanation, explain
from r2prisk.scoring.explain.account import rounded

SHOWN = 8
"""Indicators that are named of each row."""

LEAST = 0.0005
"""Contributions that are smaller would read as nothing."""

DIGITS = 3

Driver = list[object]
"""Score, reference, named indicators, then the others, what is rated otherwise, what is assumed."""


def explained(scores: Scores, rows: NDArray[np.intp]) -> Explanation:
    """Explain the residual risk of some rows: against the world, or from nothing if it is alone.

    Parameters
    ----------
    scores : Scores
        Of which more than one unit makes a world.
    rows : array of int, shape (m,)
        All rows of some periods: a median is over the units of one period.

    Returns
    -------
    Explanation, shape (m,)
        In the order of the rows.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> rows = {"unit": ["SDN"], "year": [2003], "9.1": 0.8}
    >>> explained(score(read_panel(pd.DataFrame(rows))), np.array([0])).reference
    'absent'
    """
    reference = "world" if len(scores.panel.units) > 1 else "absent"
    few = scores
    if len(rows) < len(scores):  # to explain the others would take long for nothing
        few = score(scores.panel.take(rows), profile=scores.profile)
    return explain(few, of="residual_risk", reference=reference)


def drivers(why: Explanation, place: dict[str, int]) -> list[Driver | None]:
    """Return what the page shows of each row of an explanation; all parts add up as shown.

    Parameters
    ----------
    why : Explanation
        Of m rows.
    place : dict of str to int
        Where each indicator stands in the page's list.

    Returns
    -------
    list of (list or None), length m
        In thousandths: the score, the reference's, ``[place, adds, rating, reference]`` of each
        indicator that both rate and that adds most, ``[count, adds]`` of the others, what a
        difference in what is rated adds, and what the profile assumes. None where a score is
        unknown.

    Examples
    --------
    root((0.64 + 0.36) / 2) = 0.707; of it 64 % and 36 % are those of the two:

    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> rows = {"unit": ["SDN"], "year": [2003], "9.1": 0.8, "9.2": 0.6}
    >>> why = explained(score(read_panel(pd.DataFrame(rows))), np.array([0]))
    >>> drivers(why, {"9.1": 0, "9.2": 1})[0][:3]
    [707, 0, [[0, 452, 800, 0], [1, 255, 600, 0]]]
    """
    values = np.where(why.home >= 0, np.nan_to_num(why.values), 0.0)
    rated = np.nan_to_num(why.coverage).sum(axis=1)
    assumed = np.nan_to_num(why.assumed).sum(axis=1)
    order = np.argsort(-np.abs(values), axis=1, kind="stable")
    found: list[Driver | None] = []
    for n in range(len(why)):
        after, before = float(why.scores[n]), float(why.reference_scores[n])
        if np.isnan(after + before):
            found.append(None)
            continue
        columns = [c for c in order[n, :SHOWN].tolist() if abs(values[n, c]) >= LEAST]
        rest = float(values[n].sum() - values[n, columns].sum())
        count = int(np.count_nonzero(values[n])) - len(columns)
        parts = [*values[n, columns].tolist(), rest, float(rated[n]), float(assumed[n])]
        shares = _whole(parts, after, before)
        ratings = [thousandths(a[n, columns]) for a in (why.ratings, why.reference_ratings)]
        named = [
            [place[why.indicators[c]], share, rating, reference]
            for c, share, rating, reference in zip(columns, shares, *ratings, strict=False)
        ]
        ends = [round(round(end, DIGITS) * 1000) for end in (after, before)]
        others, other_rated, taken = shares[len(columns) :]
        found.append([*ends, named, [count, others], other_rated, taken])
    return found


def _whole(parts: list[float], after: float, before: float) -> list[int]:
    """Return parts in thousandths that add up as both scores are shown; nothing stays nothing."""
    there = [n for n, part in enumerate(parts) if abs(part) > 1e-9]
    rise = round(after, DIGITS) - round(before, DIGITS)
    shares = rounded([parts[n] for n in there], rise, digits=DIGITS)
    whole = dict(zip(there, shares, strict=True))
    return [round(whole.get(n, 0.0) * 1000) for n in range(len(parts))]
