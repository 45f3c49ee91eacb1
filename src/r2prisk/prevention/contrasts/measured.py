"""Tables of a contrast: factors, indicators, and how alike the risk of twins is."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.models import Factor, Indicator
from r2prisk.prevention.contrasts.compare import (
    FEWEST_COUNTRIES,
    UNALIKE,
    Floats,
    Gaps,
    Group,
    gaps,
    grouped,
    ranges,
    standardised,
)
from r2prisk.prevention.contrasts.followed import Followed
from r2prisk.prevention.contrasts.twins import Choice, state_of
from r2prisk.scoring.scores import Scores

QUESTIONS = ("calm - followed", "own - calm", "own - followed")
"""What is compared of each item."""


def _states(scores: Scores, rows: NDArray[np.intp]) -> NDArray[np.object_]:
    """Return the country of each twin, by which twins are counted."""
    units = scores.index.get_level_values("unit").to_numpy(object)[rows]
    return np.array([state_of(str(unit)) for unit in units], dtype=object)


def _sides(
    values: Floats, scores: Scores, followed: Followed, rows: NDArray[np.intp]
) -> tuple[Group, Group]:
    """Return what twins that stayed calm, and those that did not, have of some items."""
    states = _states(scores, rows)
    calm, other = (followed.state[rows] == mark for mark in (0, 1))
    near = values[rows]
    return grouped(near[calm], states[calm]), grouped(near[other], states[other])


def _table(
    found: Gaps, own: Floats, items: tuple[Factor, ...] | tuple[Indicator, ...]
) -> pd.DataFrame:
    """Return gaps as a table, an item a row."""
    columns: dict[str, object] = {
        "title": [item.title if isinstance(item, Factor) else item.label for item in items],
        "own": own,
        "calm": found.calm.mean,
        "followed": found.followed.mean,
        "calm_countries": found.calm.countries,
        "followed_countries": found.followed.countries,
    }
    sides = {"calm": found.calm, "followed": found.followed}
    shown = sum(int((side.countries >= FEWEST_COUNTRIES).sum()) for side in sides.values())
    for name, side in sides.items():
        low, high = ranges(side, confidence=found.confidence, count=shown)
        columns |= {f"{name}_low": low, f"{name}_high": high}
    parts = (found.between, found.own_calm, found.own_followed)
    for name, gap in zip(("between", "own_calm", "own_followed"), parts, strict=True):
        columns |= {name: gap.value, f"{name}_low": gap.low, f"{name}_high": gap.high}
    called = np.stack([gap.differs for gap in parts], axis=1)
    columns["differs"] = [
        ", ".join(q for q, yes in zip(QUESTIONS, row, strict=True) if yes) for row in called
    ]
    return pd.DataFrame(columns, index=pd.Index([item.id for item in items], name="item"))


def factors_table(
    scores: Scores, followed: Followed, rows: NDArray[np.intp], row: int, confidence: float
) -> tuple[pd.DataFrame, int]:
    """Return the table of resilience factors, and how many comparisons it holds.

    Parameters
    ----------
    scores, followed : Scores, Followed, shape (n,)
        All rows.
    rows : array of int, shape (m,)
        The twins.
    row : int
        The row beside them.
    confidence : float
        That all intervals hold together.
    """
    items = scores.resilience_framework.factors
    values = scores.to_frame()[[item.id for item in items]].to_numpy(dtype=np.float64)
    sides = _sides(values, scores, followed, rows)
    found = gaps(values[row], *sides, confidence=confidence)
    return _table(found, values[row], items), found.comparisons


def indicators_table(
    scores: Scores, followed: Followed, rows: NDArray[np.intp], row: int, confidence: float
) -> tuple[pd.DataFrame, int, int]:
    """Return the table of indicators, its comparisons, and how many are rated too seldom.

    Parameters
    ----------
    scores, followed : Scores, Followed, shape (n,)
        All rows.
    rows : array of int, shape (m,)
        The twins.
    row : int
        The row beside them.
    confidence : float
        That all intervals hold together.
    """
    every = scores.resilience_framework.indicators
    place = {name: n for n, name in enumerate(scores.panel.indicators)}
    there = tuple(item for item in every if item.id in place)
    values = scores.panel.ratings[:, [place[item.id] for item in there]]
    calm, other = _sides(values, scores, followed, rows)
    often = np.fmax(calm.countries, other.countries) >= FEWEST_COUNTRIES
    items = tuple(item for item, yes in zip(there, often, strict=True) if yes)
    kept = values[:, often]
    sides = _sides(kept, scores, followed, rows)
    found = gaps(kept[row], *sides, confidence=confidence)
    return _table(found, kept[row], items), found.comparisons, len(every) - len(items)


def balance_table(
    scores: Scores, followed: Followed, choice: Choice, row: int, factors: list[str]
) -> pd.DataFrame:
    """Return how alike the two groups, and the row and its twins, are in each risk factor.

    Parameters
    ----------
    scores, followed : Scores, Followed, shape (n,)
        All rows.
    choice : Choice
        The twins, and the rows that could have been twins: their deviation is the measure.
    row : int
        The row beside them.
    factors : list of str, length k
        The risk factors.
    """
    values = scores.to_frame()[factors].to_numpy(dtype=np.float64)
    calm, other = (side.mean for side in _sides(values, scores, followed, choice.rows))
    every = grouped(values[choice.rows], _states(scores, choice.rows)).mean
    spread = pd.DataFrame(values[choice.could]).std().to_numpy(dtype=np.float64)
    groups = standardised(calm, other, spread)
    apart = standardised(values[row], every, spread)
    return pd.DataFrame(
        {
            "title": [factor.title for factor in scores.risk_framework.factors],
            "own": values[row],
            "calm": calm,
            "followed": other,
            "groups": groups,
            "row": apart,
            "groups_unalike": np.abs(groups) > UNALIKE,
            "row_unalike": np.abs(apart) > UNALIKE,
        },
        index=pd.Index(factors, name="factor"),
    )
