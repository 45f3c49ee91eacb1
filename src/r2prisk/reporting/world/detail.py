"""The detail of each country: factors, crimes, what drives the score, and what was rated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from r2prisk.catalogue import load_words
from r2prisk.catalogue.models import Indicator
from r2prisk.panel import CellState
from r2prisk.reporting.world.drivers import drivers, explained
from r2prisk.reporting.world.numbers import as_told, thousandths
from r2prisk.reporting.world.rows import Rows
from r2prisk.scoring import Scores

DETAIL = 12_000
"""Rows (units by periods) whose detail the page holds: with more it would be too large to send.
All rows keep their scores, bounds and trajectories."""

MARKS = {
    CellState.RATED: "1",
    CellState.UNKNOWN: "0",
    CellState.NOT_APPLICABLE: "n",
    CellState.FAILED: "f",
}
"""Of the state of an indicator, in a text with one letter for each."""

Detail = list[list[object]]
"""Of each row: period, factors, views, drivers, and which pattern of ratings it has."""


def first_in_detail(rows: Rows) -> int:
    """Return the first period whose rows are shown in detail: as many as there is room for.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.reporting.world.rows import rows_of
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2003, 2004], "1.1": 0.9})
    >>> first_in_detail(rows_of(score(read_panel(frame))))
    0
    """
    counts = np.bincount(rows.when, minlength=len(rows.periods))[::-1].cumsum()[::-1]
    return min(int((counts > DETAIL).sum()), len(rows.periods) - 1)


def details(rows: Rows, first: int) -> tuple[dict[str, Detail], list[str]]:
    """Return the detail of each unit from a period on, and the patterns of what was rated.

    Parameters
    ----------
    rows : Rows
        The scores.
    first : int
        The first period.

    Returns
    -------
    tuple of (dict of str to list, list of str)
        By unit, row by row; and each pattern, a letter for each indicator (:data:`MARKS`).

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.reporting.world.rows import rows_of
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2003, 2004], "1.1": 0.9})
    >>> found, patterns = details(rows_of(score(read_panel(frame))), 1)
    >>> [row[0] for row in found["SDN"]], found["SDN"][0][1][:2], patterns[0][:3]
    ([1], [[900, 271, 991, 90], 0], '100')
    """
    kept = np.flatnonzero(rows.when >= first)
    names = [i.id for i in _entries(rows.scores)]
    why = explained(rows.scores, kept)
    driven = drivers(why, {name: n for n, name in enumerate(names)})
    rated, patterns = _patterns(rows.scores, kept, names)
    factors = [_cells(rows, kept, str(factor[0])) for factor in factors_of(rows.scores)]
    views = [_cells(rows, kept, view) for view in rows.scores.views[1:]]
    made: dict[str, Detail] = {}
    for n, row in enumerate(kept.tolist()):
        cells = [[column[n] for column in side] for side in (factors, views)]
        found: list[object] = [int(rows.when[row]), *cells, driven[n] or 0, rated[n]]
        made.setdefault(str(rows.units[row]), []).append(found)
    return made, patterns


def factors_of(scores: Scores) -> list[list[str]]:
    """Return identifier, title and side of each factor, those of risk first.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2003], "1.1": 0.9})
    >>> factors_of(score(read_panel(frame)))[0][0], len(factors_of(score(read_panel(frame))))
    ('RF1', 20)
    """
    sides = {"risk": scores.risk_framework, "resilience": scores.resilience_framework}
    return [[f.id, f.title, side] for side, one in sides.items() for f in one.factors]


def indicators_of(scores: Scores) -> list[list[object]]:
    """Return identifier, label and the place of the factor of each indicator.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2003], "1.1": 0.9})
    >>> indicators_of(score(read_panel(frame)))[1][::2]
    ['1.2', 0]
    """
    frameworks = (scores.risk_framework, scores.resilience_framework)
    factors = [factor for one in frameworks for factor in one.factors]
    return [[i.id, i.label, n] for n, factor in enumerate(factors) for i in factor.indicators]


def spoken(view: str) -> str:
    """Return a crime or a view of the profile as a person reads it.

    Examples
    --------
    >>> spoken("crimes_against_humanity"), spoken("late_stage")
    ('Crimes against humanity', 'Late stage')
    """
    known = {word.id: word.words["en"] for word in load_words().crimes}
    return known.get(view, view.replace("_", " ")).capitalize()


def _entries(scores: Scores) -> list[Indicator]:
    frameworks = (scores.risk_framework, scores.resilience_framework)
    return [i for one in frameworks for factor in one.factors for i in factor.indicators]


def _cells(rows: Rows, kept: NDArray[np.intp], name: str) -> list[list[int | None] | int]:
    """Return score, low, high and coverage of a factor or view, row by row; 0 if unknown."""
    scores = [as_told(rows.numbers(f"{name}{end}")[kept]) for end in ("", "_low", "_high")]
    parts = [*scores, thousandths(rows.numbers(f"{name}_coverage")[kept])]
    return [0 if cell[0] is None else list(cell) for cell in zip(*parts, strict=True)]


def _patterns(
    scores: Scores, kept: NDArray[np.intp], names: list[str]
) -> tuple[list[int], list[str]]:
    """Return which pattern of ratings each row has, and the patterns: few differ."""
    marks = np.full((len(kept), len(names)), MARKS[CellState.UNKNOWN])
    place = {name: n for n, name in enumerate(scores.panel.indicators)}
    letters = np.array([MARKS[CellState(n)] for n in range(len(MARKS))])
    for n, name in enumerate(names):
        if name in place:
            marks[:, n] = letters[scores.panel.states[kept, place[name]]]
    texts = ["".join(row) for row in marks]
    found = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    return [found[text] for text in texts], list(found)
