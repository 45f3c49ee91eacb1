"""Alerts that are on in the last period, since when, how sure, and what would clear them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.scoring.choices import Rule
from r2prisk.trajectories.phrases import name_of, percent, state_of
from r2prisk.trajectories.series import last_known
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.signals import follow, needs, on, signal
from r2prisk.trajectories.words import movements

COLUMNS = ("unit", "country", "rule", "period", "since", "begins", "sure", "shows", "clears")


def alerts(found: Trajectories, *, rules: Iterable[Rule] | None = None) -> pd.DataFrame:
    """Return the alerts that are on in the last period.

    Parameters
    ----------
    found : Trajectories
        Of the scores that the rules look at.
    rules : iterable of Rule, optional
        Those of the profile if not given.

    Returns
    -------
    pandas.DataFrame
        One row an alert, by rule and then the surest first: ``unit``, ``country``, ``rule``,
        ``period`` (the last), ``since`` (the period from which it has been on without a break),
        ``begins`` (it was on as soon as anything was known: it may be older), ``sure`` (the
        probability now), ``shows`` and ``clears`` (a sentence each). A state that has ended raises
        none, and one of which nothing is known any more has lapsed (:func:`lapsed`).

    Raises
    ------
    InputError
        If there is no trajectory of a score that a rule looks at (all rules are named).

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.2, 0.7, 0.7, 0.7]}, index=index), of=["risk"])
    >>> raised = alerts(found, rules=[Rule(name="very high risk", kind="level", limit=0.60)])
    >>> print(raised.loc[0, "rule"], raised.loc[0, "since"])
    very high risk 2002
    >>> print(raised.loc[0, "clears"])
    Clears when the probability that risk is 0.60 or more falls below 50% (now over 99%).
    """
    chosen = tuple(found.profile.watch.rules if rules is None else rules)
    found = follow(found, [name for rule in chosen for name in needs(rule)])
    problems = [
        f"rule '{rule.name}' needs a trajectory of '{name}'; there are {', '.join(found.courses)}"
        for rule in chosen
        for name in needs(rule)
        if name not in found.courses
    ]
    if problems:
        raise InputError("alerts", problems)
    parts = [_raised(found, rule) for rule in chosen]
    columns = {name: [row[name] for part in parts for row in part] for name in COLUMNS}
    return pd.DataFrame(columns)


def _raised(found: Trajectories, rule: Rule) -> list[dict[str, object]]:
    probability = signal(found, rule)
    states = on(probability, rule)
    off = np.where(~states, np.arange(states.shape[1]), -1).max(axis=1)
    now = probability[:, -1]
    # units stand in the order of their codes, and a stable sort keeps that
    order = np.argsort(-np.nan_to_num(now, nan=-1.0), kind="stable")
    gone = ended(found)
    raised = [u for u in order if states[u, -1] and not gone[u]]
    shows = _shows(found, rule)
    catalogue = load_units()
    return [
        {
            "unit": found.units[u],
            "country": catalogue[found.units[u]].name,
            "rule": rule.name,
            "period": found.periods[-1],
            "since": found.periods[off[u] + 1],
            "begins": bool(np.isnan(probability[u, : off[u] + 1]).all()),
            "sure": float(now[u]),
            "shows": shows[u],
            "clears": clears(rule, float(now[u])),
        }
        for u in raised
    ]


def lapsed(found: Trajectories, rules: Iterable[Rule]) -> dict[str, list[str]]:
    """Name the alerts that were on when the last score of a unit had faded, by rule.

    Nothing cleared them; nothing is known any more.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2006", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> found = trajectories(
    ...     pd.DataFrame({"risk": [0.7, 0.7, None, None, None, None]}, index=index), of="risk")
    >>> lapsed(found, [Rule(name="very high risk", kind="level", limit=0.60)])
    {'very high risk': ['SDN']}
    """
    gone, named = ended(found), dict[str, list[str]]()
    for rule in rules:
        probability = signal(found, rule)
        states, known = on(probability, rule), ~np.isnan(probability)
        was_on = (
            states[np.arange(len(states)), last_known(known)]
            & ~known[:, -1]
            & known.any(axis=1)
            & ~gone
        )
        if was_on.any():
            named[rule.name] = [found.units[u] for u in np.flatnonzero(was_on)]
    return named


def ended(found: Trajectories) -> NDArray[np.bool_]:
    """Say which units are no states any more in the last period, and have no recent score.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> rows = [("YUG", 1990), ("SRB", 1990), ("SRB", 2010)]
    >>> index = pd.MultiIndex.from_tuples(
    ...     [(unit, pd.Period(str(year))) for unit, year in rows], names=["unit", "period"])
    >>> ended(trajectories(pd.DataFrame({"risk": 0.4}, index=index), of=["risk"])).tolist()
    [False, True]
    """
    catalogue, year = load_units(), found.periods[-1].year
    spells = [catalogue[unit].spells for unit in found.units]
    over = np.array([bool(s) and all(b is not None and b < year for _, b in s) for s in spells])
    seen = [course.known[:, -1] for course in found.courses.values()]
    return over & ~np.any(seen, axis=0)


def _shows(found: Trajectories, rule: Rule) -> list[str]:
    """Say for each unit what its scores show."""
    said: list[list[str]] = [[] for _ in found.units]
    for name in dict.fromkeys([rule.of, "risk", "resilience"]):
        if name in found.courses:
            level = found[name].filtered.level[:, -1]
            mean = movements(found, name).mean[:, -1]
            for u, parts in enumerate(said):
                parts.append(state_of(name, float(level[u]), float(mean[u])))
    return [f"{text[:1].upper()}{text[1:]}." for text in map("; ".join, said)]


def clears(rule: Rule, now: float | None = None) -> str:
    """Say in one sentence what would clear an alert, with its probability now if that is given.

    Examples
    --------
    >>> clears(Rule(name="high", kind="level", limit=0.45), 0.93)
    'Clears when the probability that risk is 0.45 or more falls below 50% (now 93%).'
    """
    name = name_of(rule.of)
    held = {
        "level": f"{name} is {rule.limit:.2f} or more",
        "movement": f"{name} rises by more than {rule.limit:g} a year",
        "surprise": f"{name} comes out worse than forecast",
        "erosion": f"{name} falls by more than {rule.limit:g} a year while risk stays flat",
    }[rule.kind]
    current = ""
    if now is not None:
        current = f" (now {'unknown' if np.isnan(now) else percent(now)})"
    floor = "risk" if rule.kind == "erosion" else name
    below = f", or when {floor} falls below {rule.floor:.2f}" if rule.floor > 0 else ""
    least = f"{rule.clear_at:.0%}"
    return f"Clears when the probability that {held} falls below {least}{current}{below}."
