"""Scores as the plain arrays that contributions are made of, and the names that go with them."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.scoring.explain.contributions import Target
from r2prisk.scoring.explain.means import State
from r2prisk.scoring.kernel import Floats, Sheet, score_arrays
from r2prisk.scoring.scores import Scores


@dataclasses.dataclass(frozen=True)
class Ground:
    """Scores, and where each indicator of their panel belongs.

    Parameters
    ----------
    scores : Scores, shape (n,)
        Of the rows.
    factors : tuple of str, length k + r
        Risk factors, then resilience factors.
    safeguards : frozenset of str
        The resilience factors.
    home : array of int, shape (i,)
        The position of each indicator's factor; -1 where the profile does not score it.
    labels : dict of str to str
        Of the indicators.
    """

    scores: Scores
    factors: tuple[str, ...]
    safeguards: frozenset[str]
    home: NDArray[np.intp]
    labels: dict[str, str]

    @property
    def panel(self) -> Panel:
        """The ratings."""
        return self.scores.panel

    def state(self, rows: NDArray[np.intp] | slice = slice(None)) -> State:
        """Return ratings and what applies of some rows, rows last."""
        applies = self.panel.states[rows] != CellState.NOT_APPLICABLE
        return State(np.ascontiguousarray(self.panel.ratings[rows].T), applies.T)

    def scored(self, state: State, target: Target) -> Floats:
        """Return the score that the profile makes of other ratings, shape (n,)."""
        sheet = score_arrays(
            state.ratings.T,
            state.ratings.T,
            self.scores.sums,
            risk_applies=state.applies.T,
            resilience_applies=state.applies.T,
        )
        return read(sheet, target)


def ground(scores: Scores) -> Ground:
    """Note where each indicator of the panel belongs.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": 2003, "9.1": 0.5}))
    >>> found = ground(score(panel))
    >>> found.factors[found.home[0]], found.labels["9.1"]
    ('RF9', 'Laws and practices that exclude or segregate groups')
    """
    frameworks = (scores.risk_framework, scores.resilience_framework)
    factors = [factor for framework in frameworks for factor in framework.factors]
    place = {i.id: n for n, factor in enumerate(factors) for i in factor.indicators}
    return Ground(
        scores=scores,
        factors=tuple(factor.id for factor in factors),
        safeguards=frozenset(factor.id for factor in scores.resilience_framework.factors),
        home=np.array([place.get(name, -1) for name in scores.panel.indicators], dtype=np.intp),
        labels={i.id: i.label for framework in frameworks for i in framework.indicators},
    )


def target_of(scores: Scores, of: str) -> Target:
    """Return the score of that name.

    Parameters
    ----------
    scores : Scores
        Know their views.
    of : str
        ``risk``, ``residual_risk``, ``resilience``, a crime or a view of the profile, or one of
        these with ``_residual`` behind.

    Raises
    ------
    InputError
        If there is no such score (the nearest is named).

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> scores = score(read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})))
    >>> target_of(scores, "genocide_residual")
    Target(kind='residual', view=1)
    """
    targets = {"risk": Target("risk"), "residual_risk": Target("residual")}
    targets["resilience"] = Target("resilience")
    for v, view in enumerate(scores.views[1:], start=1):
        targets |= {view: Target("risk", v), f"{view}_residual": Target("residual", v)}
    if not isinstance(of, str) or of not in targets:  # pyright: ignore[reportUnnecessaryIsInstance]
        allowed = f"allowed: {', '.join(targets)}"
        raise InputError("of", [f"no score '{of}'; {allowed}{nearest(str(of), targets)}"])
    return targets[of]


def read(sheet: Sheet, target: Target) -> Floats:
    """Return one score of a sheet, shape (n,).

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> scores = score(read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})))
    >>> read(scores.sheet, Target("risk")).tolist()
    [0.9]
    """
    if target.kind == "resilience":
        return sheet.resilience
    return (sheet.risk if target.kind == "risk" else sheet.residual)[target.view]
