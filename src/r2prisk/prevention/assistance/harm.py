"""Whether a tool could do harm in a country, by the declared rules."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from r2prisk.prevention.assistance.tools import RULED_OUT, Rule, load_assistance

if TYPE_CHECKING:
    from r2prisk.prevention.assistance.needs import Needs

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


def harm(found: Needs, tool: str) -> Harm:
    """Hold the ratings of a country against the rules for a tool.

    A rule holds if one of its indicators is rated at its threshold or above. One that is unknown
    never clears a tool; one that does not apply says nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.prevention.assistance.needs import needs
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "8.8": 1.0, "1.5": 0}))
    >>> seen = harm(needs(score(panel), "KEN"), "electoral-support")
    >>> seen.ruled_out[0][:43], seen.unknown
    ('8.8 (Vote or population count, or its disru', ('7.14', '8.7'))
    """
    said: dict[str, list[str]] = {RULED_OUT: [], "caution": []}
    unseen: dict[str, dict[str, None]] = {RULED_OUT: {}, "caution": {}}
    for rule in load_assistance().rules_of(tool):
        ratings = {name: _rating(found, name) for name in rule.indicators}
        held = [n for n, x in ratings.items() if x is not None and x >= rule.at - LAST_BITS]
        if held:
            said[rule.then].append(_said(found, rule, held))
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


def _rating(found: Needs, indicator: str) -> float | None:
    """Return a rating: NaN where unknown or not of this profile, None if not applicable."""
    return found.rating_of(indicator) if indicator in found.row.panel.indicators else np.nan


def _said(found: Needs, rule: Rule, held: list[str]) -> str:
    named = ", ".join(
        f"{name} ({found.row.labels[name]}) is rated {found.rating_of(name):.2f}" for name in held
    )
    return f"{named}: {rule.reason}"
