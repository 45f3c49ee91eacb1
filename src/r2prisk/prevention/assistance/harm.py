"""Whether a tool could do harm in a country, by the declared rules."""

from __future__ import annotations

import dataclasses

import numpy as np

from r2prisk.panel import CellState
from r2prisk.prevention.assistance.show import number
from r2prisk.prevention.assistance.tools import RULED_OUT, Rule, load_assistance
from r2prisk.scoring.changes.row import Row

LAST_BITS = 1e-12


@dataclasses.dataclass(frozen=True)
class Harm:
    """What the rules say of a tool in a country.

    Parameters
    ----------
    ruled_out : tuple of str
        Why it must not be used there; empty if nothing rules it out.
    cautions : tuple of str
        What to mind, one sentence a rule.
    could_rule_out : tuple of str
        Unknown risk indicators that would rule it out if they were rated high.
    unknown : tuple of str
        Other unknown risk indicators at which a rule looks: it is not cleared either.

    Examples
    --------
    >>> Harm((), ("8.12: mind both sides",), (), ("2.7",)).unknown
    ('2.7',)
    """

    ruled_out: tuple[str, ...]
    cautions: tuple[str, ...]
    could_rule_out: tuple[str, ...]
    unknown: tuple[str, ...]


def harm(row: Row | None, tool: str) -> Harm:
    """Hold the ratings of a country against the rules for a tool.

    A rule holds if one of its indicators is rated at its threshold or above. One that is unknown
    never clears a tool; one that does not apply says nothing. Without a row all are unknown.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.changes.row import row_of
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "8.8": 1.0, "1.5": 0}))
    >>> seen = harm(row_of(score(panel), "KEN", None, []), "electoral-support")
    >>> seen.ruled_out[0][:43], seen.unknown
    ('8.8 (Vote or population count, or its disru', ('7.14', '8.7'))
    """
    said: dict[str, list[str]] = {RULED_OUT: [], "caution": []}
    unseen: dict[str, dict[str, None]] = {RULED_OUT: {}, "caution": {}}
    for rule in load_assistance().rules_of(tool):
        ratings = {name: rating_of(row, name) for name in rule.indicators}
        limit = rule.at - LAST_BITS
        held = {n: x for n, x in ratings.items() if x is not None and x >= limit}
        if held:
            said[rule.then].append(_said(rule, held, {} if row is None else row.labels))
        # what is rated high enough settles a rule; until then each unknown one could
        if not held or rule.then != RULED_OUT:
            unknown = [name for name, x in ratings.items() if x is not None and np.isnan(x)]
            unseen[rule.then].update(dict.fromkeys(unknown))
    could = tuple(unseen[RULED_OUT])
    return Harm(
        ruled_out=tuple(said[RULED_OUT]),
        cautions=tuple(said["caution"]),
        could_rule_out=could,
        unknown=tuple(name for name in unseen["caution"] if name not in could),
    )


def rating_of(row: Row | None, indicator: str) -> float | None:
    """Return a rating: NaN where unknown or not of this profile, None if not applicable."""
    if row is None or indicator not in row.panel.indicators:
        return np.nan
    place = row.panel.indicators.index(indicator)
    if row.panel.states[0, place] == CellState.NOT_APPLICABLE:
        return None
    return float(row.panel.ratings[0, place])


def _said(rule: Rule, held: dict[str, float], labels: dict[str, str]) -> str:
    named = ", ".join(f"{name} ({labels[name]}) is rated {number(x)}" for name, x in held.items())
    return f"{named}: {rule.reason}"
