"""How far scores swing with single cells: which disagreement is worth settling first."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.scoring.profile import Profile
from r2prisk.scoring.score import FOLLOWED, score

ENDS = ("low", "high")


def swing(
    panel: Panel, cells: pd.DataFrame, *, profile: Profile | str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Return how far scores move when a rating goes from one end of a disagreement to the other.

    Each cell by itself, all else as the panel has it: ``score(cell at high) - score(cell at low)``,
    on the latest row of the unit. Exact, whatever the profile: both ends are scored.

    Parameters
    ----------
    panel : Panel
        Ratings, shape (n, i).
    cells : pandas.DataFrame, shape (c, any)
        Columns ``unit``, ``indicator``, ``low`` and ``high`` (0 to 1), as
        ``r2prisk.evidence.disagreements`` gives them; other columns are kept.
    profile : Profile, str or path, optional
        As in :func:`score`.

    Returns
    -------
    pandas.DataFrame, shape (c, any)
        The cells with columns ``risk``, ``residual_risk`` and ``resilience`` (from -1 to 1; NaN
        where the score is unknown at both ends) and ``moves``, the largest of their sizes; the
        largest first, equals in the order given.

    Raises
    ------
    InputError
        If a column is missing, a unit or an indicator is not in the panel (the nearest is named), a
        rating is outside 0 to 1, or as :func:`score`.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": [1.0],
    ...     "9.1": [0.5]}))
    >>> cells = pd.DataFrame({"unit": "KEN", "indicator": ["1.1", "9.1"], "low": [0.9, 0.0],
    ...     "high": [1.0, 0.5]})
    >>> swing(panel, cells)[["indicator", "moves"]].round(3).to_numpy().tolist()
    [['9.1', 0.25], ['1.1', 0.05]]
    """
    latest = _checked(panel, cells)
    column = pd.Index(panel.indicators).get_indexer(pd.Index(cells["indicator"]))
    rows = latest.reindex(cells["unit"]).to_numpy(dtype=np.intp)
    count = len(cells)
    both = panel.take(np.concatenate([rows, rows]).astype(np.intp))
    ratings, states = both.ratings.copy(), both.states.copy()
    at = np.arange(2 * count), np.concatenate([column, column])
    ratings[at] = np.concatenate([cells[end].to_numpy(dtype=np.float64) for end in ENDS])
    states[at] = CellState.RATED
    # the variances are of the ratings as they were, and no score needs them
    ends = score(
        dataclasses.replace(both, ratings=ratings, states=states, variance=None), profile=profile
    ).to_frame()[list(FOLLOWED)]
    moved = ends.iloc[count:].to_numpy() - ends.iloc[:count].to_numpy()
    found = cells.reset_index(drop=True).assign(**dict(zip(FOLLOWED, moved.T, strict=True)))
    found["moves"] = found[list(FOLLOWED)].abs().max(axis=1)
    return found.sort_values("moves", ascending=False, kind="stable", ignore_index=True)


def _checked(panel: Panel, cells: pd.DataFrame) -> pd.Series[int]:
    """Return the position of the latest row of each unit, or every fault of the cells."""
    missing = [name for name in ("unit", "indicator", *ENDS) if name not in cells]
    if missing:
        raise InputError("cells", [f"needs a column {name}" for name in missing])
    problems = [
        f"no {what} '{name}'{nearest(name, known)}"
        for what, known in (("unit", panel.units), ("indicator", panel.indicators))
        for name in dict.fromkeys(cells[what])
        if name not in known
    ]
    problems += [
        f"column '{end}' holds {value:g}, outside 0 to 1"
        for end in ENDS
        for value in cells[end][~cells[end].between(0.0, 1.0)]
    ]
    if problems:
        raise InputError("cells", problems)
    where = pd.Series(np.arange(len(panel)), index=panel.index).sort_index()
    return where.groupby(level="unit").last()
