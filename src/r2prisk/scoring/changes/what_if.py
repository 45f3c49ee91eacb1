"""What the scores of a unit would be if some of its indicators were rated otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState
from r2prisk.panel.cells import parse_cells
from r2prisk.scoring.changes.row import Row, row_of
from r2prisk.scoring.changes.show import what_if_html, what_if_text
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores

Rating = float | str | None
"""A rating from 0 to 1, its word, or the word for a state."""

ALONE = "change"
"""The name of a scenario that was given none."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class WhatIf:
    """Scores before and after changes of ratings; made by ``what_if``.

    Parameters
    ----------
    unit, period : str
        The row.
    scores : pandas.DataFrame
        Index ``scenario``, ``score``; columns ``before``, ``after`` and ``difference``, 0 to 1 (the
        difference -1 to 1); NaN where unknown. Every score of ``Scores.to_frame()``, the bounds
        and coverage included.
    bands : pandas.DataFrame
        Index ``scenario``; columns ``before``, ``after`` and ``changed``.
    cells : pandas.DataFrame
        What was changed: columns ``scenario``, ``indicator``, ``label``, ``before``, ``after``
        (ratings, NaN where none), ``state_before``, ``state_after`` and ``was_unknown``.
    safeguards : frozenset of str
        The indicators of resilience, of which more is better.
    provenance : dict
        Of the scores before.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": [0.5]}))
    >>> what_if(score(panel), {"1.1": "weak"}, unit="KEN", period=2008).cells["before"].tolist()
    [0.5]
    """

    unit: str
    period: str
    scores: pd.DataFrame
    bands: pd.DataFrame
    cells: pd.DataFrame
    safeguards: frozenset[str]
    provenance: dict[str, object]

    def __repr__(self) -> str:
        return what_if_text(self)

    def _repr_html_(self) -> str:
        return what_if_html(self)


def what_if(
    scores: Scores,
    changes: Mapping[str, Rating] | Mapping[str, Mapping[str, Rating]],
    *,
    unit: str,
    period: object = None,
) -> WhatIf:
    """Return the scores of a unit before and after some ratings are changed.

    ``difference = score(changed) - score(as it is)``: both are scored, whatever the profile.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    changes : mapping of str to rating, or of str to such mappings
        Indicator to rating (0 to 1), word (``weak``) or state (``unknown``, ``not applicable``,
        ``failed``); or several scenarios by name. An indicator need not have a column yet.
    unit : str
        A unit of the scores.
    period : period, int or str, optional
        A period of the unit; its latest with a score if not given.

    Returns
    -------
    WhatIf
        Every score before and after, bands, and what was changed.

    Raises
    ------
    InputError
        With all faults: a unit or period that is not there, no change, an indicator that the
        profile does not score (the nearest is named), a rating that cannot be read; or as
        :func:`r2prisk.score`.

    Examples
    --------
    Two factors, 0.8 and 0.4: risk falls from 0.6 to 0.4.

    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": 0.8, "9.1": 0.4}))
    >>> found = what_if(score(panel), {"1.1": 0.4}, unit="KEN", period=2008)
    >>> found.scores.loc[("change", "risk")].round(3).tolist()
    [0.6, 0.4, -0.2]
    """
    problems: list[str] = []
    row = row_of(scores, unit, period, problems)
    scenarios = _scenarios(changes, problems)
    ratings, states, cells = _changed(row, scenarios, problems)
    if problems:
        raise InputError("what_if", problems)
    before = row.scores.to_frame().iloc[0]
    after = row.rated(ratings, states).to_frame()
    names = [name for name in after.columns if name != "band"]
    index = pd.MultiIndex.from_product([list(scenarios), names], names=["scenario", "score"])
    was = np.tile(before[names].to_numpy(dtype=np.float64), len(scenarios))
    now = after[names].to_numpy(dtype=np.float64).ravel()
    bands = pd.DataFrame(
        {"before": before["band"], "after": after["band"].to_numpy()},
        index=pd.Index(list(scenarios), name="scenario"),
    )
    return WhatIf(
        unit=unit,
        period=str(row.panel.index[0][1]),
        scores=pd.DataFrame({"before": was, "after": now, "difference": now - was}, index=index),
        bands=bands.assign(changed=bands["before"] != bands["after"]),
        cells=cells,
        safeguards=frozenset(i.id for i in row.scores.resilience_framework.indicators),
        provenance=row.scores.provenance,
    )


def _scenarios(
    changes: Mapping[str, Rating] | Mapping[str, Mapping[str, Rating]], problems: list[str]
) -> dict[str, Mapping[str, Rating]]:
    """Return scenarios by name; a single one stands under a name of ours."""
    if not isinstance(changes, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = type(changes).__name__
        problems.append(f"changes: needs a mapping of indicators to ratings, not {found}")
        return {}
    nested = [name for name, value in changes.items() if isinstance(value, Mapping)]
    plain = [name for name in changes if name not in nested]
    if nested and plain:
        found = f"scenarios ({', '.join(nested)}) and single indicators ({', '.join(plain)})"
        problems.append(f"mixes {found}; give either")
    if nested:
        scenarios = cast(Mapping[str, Mapping[str, Rating]], changes)
        return {name: scenarios[name] for name in nested}
    return {ALONE: cast(Mapping[str, Rating], changes)}


def _changed(
    row: Row, scenarios: Mapping[str, Mapping[str, Rating]], problems: list[str]
) -> tuple[Floats, NDArray[np.uint8], pd.DataFrame]:
    """Return ratings and states of every scenario, shape (s, i), and a table of what changed."""
    place = {name: n for n, name in enumerate(row.panel.indicators)}
    ratings = np.repeat(row.panel.ratings, len(scenarios), axis=0)
    states = np.repeat(row.panel.states, len(scenarios), axis=0)
    at: list[tuple[str, str, int, int]] = []
    for s, (scenario, changes) in enumerate(scenarios.items()):
        where = "" if scenario == ALONE else f"scenario '{scenario}', "
        if not changes:
            problems.append(f"{where}no change is named")
        for name, value in changes.items():
            if name not in place:
                hint = nearest(name, place)
                problems.append(f"{where}'{name}' is no indicator of this profile{hint}")
                continue
            faults: list[str] = []
            column = pd.Series([value], dtype=object)
            cell = parse_cells(column, np.zeros(1, dtype=np.int64), name, faults)
            if faults:
                problems += [f"{where}'{name}': {fault.partition(': ')[2]}" for fault in faults]
                continue
            ratings[s, place[name]], states[s, place[name]] = cell.ratings[0], cell.states[0]
            at.append((scenario, name, s, place[name]))
    before = [(row.panel.ratings[0, i], row.panel.states[0, i]) for *_, i in at]
    after = [(ratings[s, i], states[s, i]) for *_, s, i in at]
    cells = pd.DataFrame(
        {
            "scenario": [scenario for scenario, *_ in at],
            "indicator": [name for _, name, *_ in at],
            "label": [row.labels[name] for _, name, *_ in at],
            "before": [rating for rating, _ in before],
            "after": [rating for rating, _ in after],
            "state_before": [CellState(state).name.lower() for _, state in before],
            "state_after": [CellState(state).name.lower() for _, state in after],
        }
    )
    unknown = [CellState.UNKNOWN.name.lower(), CellState.FAILED.name.lower()]
    return ratings, states, cells.assign(was_unknown=cells["state_before"].isin(unknown))
