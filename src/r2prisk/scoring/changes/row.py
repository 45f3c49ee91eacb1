"""One row of a panel, with a column for every indicator that its profile scores."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.panel.periods import period_of
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.score import score
from r2prisk.scoring.scores import Scores, need_scores
from r2prisk.scoring.uncertainty.gate import whole


@dataclasses.dataclass(frozen=True)
class Row:
    """One unit in one period.

    Parameters
    ----------
    panel : Panel, shape (1, i)
        A column for each indicator of the two frameworks; unknown where the panel had none.
    scores : Scores
        Of the row.
    factor : dict of str to str
        The factor of each indicator.
    labels : dict of str to str
        The label of each indicator.
    """

    panel: Panel
    scores: Scores
    factor: dict[str, str]
    labels: dict[str, str]

    @property
    def name(self) -> str:
        """Unit and period."""
        unit, period = self.panel.index[0]
        return f"{unit} {period}"

    def rated(self, ratings: Floats, states: NDArray[np.uint8]) -> Scores:
        """Return the scores of the row under other cells, shape (s, i) each."""
        rows = self.panel.take(np.zeros(len(ratings), dtype=np.intp))
        changed = dataclasses.replace(rows, ratings=ratings, states=states)
        return score(changed, profile=self.scores.profile)


def row_of(scores: Scores, unit: str, period: object, problems: list[str]) -> Row:
    """Return a row with its scores; the unit's latest with a score if no period is named.

    Variances are left out: they are of the ratings as they were. Where the unit or the period is
    not there, that is added to the problems and the first row is returned, so that the rest of a
    question can be checked too.

    Raises
    ------
    InputError
        If there are no rows.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": [0.5]}))
    >>> row = row_of(score(panel), "KEN", None, [])
    >>> row.name, len(row.panel.indicators) > 100
    ('KEN 2008', True)
    """
    need_scores(scores, "scores")
    if not len(scores):
        raise InputError("scores", ["have no rows"])
    place = _place(scores, unit, period, problems)
    return _widened(dataclasses.replace(scores.panel.take([place]), variance=None), scores)


def is_number(value: object) -> bool:
    """Say whether something is a number that is neither infinite nor missing.

    Examples
    --------
    >>> is_number(3), is_number("3"), is_number(np.nan)
    (True, False, False)
    """
    return whole(value) or (isinstance(value, float | np.floating) and bool(np.isfinite(value)))


def _place(scores: Scores, unit: str, period: object, problems: list[str]) -> int:
    panel = scores.panel
    here = np.flatnonzero(panel.index.get_level_values("unit") == unit)
    if not len(here):
        problems.append(f"no unit '{unit}'{nearest(unit, panel.units)}")
    periods = pd.PeriodIndex(panel.index.get_level_values("period")[here])
    if period is not None:
        try:
            wanted = str(period_of(period, "period"))
        except InputError as error:
            problems += [f"period: {problem}" for problem in error.problems]
            return 0
        texts = [str(p) for p in periods]
        if wanted in texts:
            return int(here[texts.index(wanted)])
        if texts:
            span = f"{unit} has {periods.min()} to {periods.max()}"
            problems.append(f"no period '{period}' for {unit}; {span}")
    # the latest with a score: a form that is begun has rows in which nothing is rated yet
    known = ~np.isnan(scores.sheet.risk[0, here])
    some = here[known] if known.any() else here
    when = periods.asi8[known] if known.any() else periods.asi8
    return int(some[np.argmax(when)]) if len(here) else 0


def _widened(one: Panel, scores: Scores) -> Row:
    frameworks = (scores.risk_framework, scores.resilience_framework)
    factors = [factor for framework in frameworks for factor in framework.factors]
    home = {i.id: factor.id for factor in factors for i in factor.indicators}
    labels = {i.id: i.label for factor in factors for i in factor.indicators}
    place = {name: n for n, name in enumerate(one.indicators)}
    ratings = np.full((1, len(home)), np.nan)
    states = np.full((1, len(home)), CellState.UNKNOWN, dtype=np.uint8)
    for n, name in enumerate(home):
        if name in place:
            ratings[0, n] = one.ratings[0, place[name]]
            states[0, n] = one.states[0, place[name]]
    wide = dataclasses.replace(
        one, indicators=tuple(home), ratings=ratings, states=states, frameworks=frameworks
    )
    return Row(wide, score(wide, profile=scores.profile), home, labels)
