"""The probability that a rule of the profile holds, and the alert that it turns on and off."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.errors import InputError
from r2prisk.scoring.choices import Rule
from r2prisk.trajectories.chances import exceeds
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.trends import Course, Trajectories, trajectories
from r2prisk.trajectories.words import is_resilience, movements


def needs(rule: Rule) -> tuple[str, ...]:
    """Return the scores that a rule looks at.

    Examples
    --------
    >>> needs(Rule(name="erosion", kind="erosion", of="resilience"))
    ('resilience', 'risk')
    """
    return (rule.of, "risk") if rule.kind == "erosion" else (rule.of,)


def signal(found: Trajectories, rule: Rule) -> Floats:
    """Return the probability that a rule holds, from what could be known in each period.

    ``level``: ``P(level >= limit)``. ``movement``: ``P(movement > limit)``, in scores a year over
    the profile's window. ``surprise``: ``Phi(surprise)``; for resilience and its factors
    ``Phi(-surprise)``, as there a fall is the bad news. ``erosion``: ``P(resilience moves by less
    than -limit) * P(risk moves by no more than the profile's material)``.

    Parameters
    ----------
    found : Trajectories
        Of the scores that the rule looks at.
    rule : Rule
        The rule. Where the level of its score (of risk, for ``erosion``) is below its ``floor``,
        the probability is 0: that is known, not unknown.

    Returns
    -------
    numpy.ndarray of float, shape (u, t)
        0 to 1. NaN is unknown: no score within the window before, or, at the floor or over it, a
        series not yet a window old (``movement``, ``erosion``) or no forecast (``surprise``).

    Raises
    ------
    InputError
        If there is no trajectory of a score that the rule looks at (all are named).

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.2, 0.2, 0.7, 0.7]}, index=index), of=["risk"])
    >>> signal(found, Rule(name="high", kind="level", limit=0.45)).round(2).tolist()
    [[0.0, 0.0, 1.0, 1.0]]
    """
    found = follow(found, needs(rule))
    lacking = [name for name in needs(rule) if name not in found.courses]
    if lacking:
        there = ", ".join(found.courses)
        problems = [f"needs a trajectory of '{name}'; there are {there}" for name in lacking]
        raise InputError(f"rule '{rule.name}'", problems)
    base = found["risk" if rule.kind == "erosion" else rule.of]
    # below the floor the rule cannot hold, whatever else is unknown
    probability = np.where(base.filtered.level < rule.floor, 0.0, _raw(found, rule))
    seen = np.all([found[name].known for name in needs(rule)], axis=0)
    return np.where(seen, probability, np.nan)


def _raw(found: Trajectories, rule: Rule) -> Floats:
    course = found[rule.of]
    if rule.kind == "level":
        return above(course, rule.limit)
    if rule.kind == "surprise":
        sign = -1.0 if is_resilience(found, rule.of) else 1.0
        return stats.norm.cdf(sign * course.surprise)
    moved = movements(found, rule.of)
    if rule.kind == "movement":
        return exceeds(moved.mean, moved.deviation, rule.limit)
    falls = exceeds(-moved.mean, moved.deviation, rule.limit)
    risk = movements(found, "risk")
    return falls * (risk.stable + risk.volatile)


def follow(found: Trajectories, names: Iterable[str]) -> Trajectories:
    """Return the trajectories with those of further scores, where the scores have them.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2001"))], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.4], "RF8": [0.5]}, index=index)
    >>> list(follow(trajectories(scores, of="risk"), ["RF8", "RF9"]).courses)
    ['risk', 'RF8']
    """
    more = [name for name in names if name not in found.courses and name in found.scores]
    if not more:
        return found
    both = dict.fromkeys([*found.courses, *more])
    made = trajectories(found.scores, of=both, profile=found.profile)
    return dataclasses.replace(made, provenance=found.provenance)


def above(course: Course, limit: float) -> Floats:
    """Return the probability that a level is at the limit or over it, as could be known then.

    ``1 - Phi((limit - level) / sd)``, shape (u, t); NaN before the first score.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2001"))], names=["unit", "period"])
    >>> above(trajectories(pd.DataFrame({"risk": [0.4]}, index=index), of=["risk"])["risk"], 0.4)
    array([[0.5]])
    """
    states = course.filtered
    return exceeds(states.level, np.sqrt(states.var_level), limit)


def on(probability: Floats, rule: Rule) -> NDArray[np.bool_]:
    """Return when an alert is on: from ``raise_at`` on, until below ``clear_at``.

    Parameters
    ----------
    probability : array of float, shape (u, t)
        From :func:`signal`; NaN is unknown.
    rule : Rule
        Names both probabilities.

    Returns
    -------
    numpy.ndarray of bool, shape (u, t)
        Off where it is unknown: an alert that nothing is known of any more has lapsed, which is
        not to say that it cleared (:func:`lapsed` names them).

    Examples
    --------
    >>> rule = Rule(name="high", kind="level", raise_at=0.8, clear_at=0.5)
    >>> on(np.array([[0.7, 0.8, 0.6, np.nan, 0.4, np.nan]]), rule).tolist()
    [[False, True, True, False, False, False]]
    """
    states = np.zeros(probability.shape, dtype=np.bool_)
    state = np.zeros(len(probability), dtype=np.bool_)
    for t in range(probability.shape[1]):
        now = probability[:, t]
        state = np.where(state, now >= rule.clear_at, now >= rule.raise_at)
        states[:, t] = state
    return states


def history(found: Trajectories, rule: Rule) -> pd.DataFrame:
    """Return when an alert was on in every unit and period, to be judged against onsets.

    Parameters
    ----------
    found : Trajectories
        Of the scores that the rule looks at; also of risk and resilience, for the record.
    rule : Rule
        The rule.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``period``, from the first score of a unit on. ``on`` (missing where the
        signal is unknown), ``sure`` (its probability), ``record`` (what the scores showed then).

    Raises
    ------
    InputError
        As :func:`signal`.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.2, 0.2, 0.7, 0.7]}, index=index), of=["risk"])
    >>> history(found, Rule(name="high", kind="level", limit=0.45))["record"].iloc[-1]
    'risk 0.73, +0.19 a year'
    """
    found = follow(found, needs(rule))
    probability = signal(found, rule)
    state = pd.array(on(probability, rule).ravel(), dtype="boolean")
    state[np.isnan(probability).ravel()] = pd.NA
    columns = {"on": state, "sure": probability.ravel(), "record": _records(found, rule).ravel()}
    frame = pd.DataFrame(columns, index=found.index)
    return frame[found[rule.of].known.ravel()]


def _records(found: Trajectories, rule: Rule) -> NDArray[np.str_]:
    """Say what the scores showed: the rule's own, risk and resilience; what is unknown says so."""
    names = [n for n in dict.fromkeys([rule.of, "risk", "resilience"]) if n in found.courses]
    if rule.of in ("risk", "resilience"):
        names.sort(key=("risk", "resilience").index)
    text = np.full((len(found.units), len(found.periods)), "", dtype=np.str_)
    for n, name in enumerate(names):
        level = _said("%.2f", found[name].filtered.level, "unknown")
        text = _joined(text, f"{', ' if n else ''}{name.replace('_', ' ')} ", level)
        if name == rule.of or name == "risk":
            mean = movements(found, name).mean
            text = _joined(text, _said(", %+.2f a year", mean, ""))
    return text


def _joined(*parts: NDArray[np.str_] | str) -> NDArray[np.str_]:
    text: NDArray[np.str_] = np.array("")
    for part in parts:
        text = np.char.add(text, part)
    return text


def _said(how: str, numbers: Floats, unknown: str) -> NDArray[np.str_]:
    # rounded first, and nothing added: a small fall is no -0.00
    rounded = np.round(np.nan_to_num(numbers), 2) + 0.0
    return np.where(np.isnan(numbers), unknown, np.char.mod(how, rounded))
