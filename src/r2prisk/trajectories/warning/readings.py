"""The readings of a watch list: who stands highest, who moves, who surprises, who stays high."""

from __future__ import annotations

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.trajectories.phrases import percent, years_said
from r2prisk.trajectories.series import periods_in
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.signals import above
from r2prisk.trajectories.warning.standing import jump, standing
from r2prisk.trajectories.warning.triggers import TRIGGERS, fresh_triggers
from r2prisk.trajectories.words import EROSION, erosion

HIGHEST, MOVERS, SURPRISES = "highest", "biggest movers", "surprises"
PERSISTENT, FRESH, CALENDAR = "persistently high", "fresh triggers", "trigger calendar"
SPOTS, RIGHTS = "blind spots", "human-rights channel"


def readings(then: Trajectories) -> dict[str, pd.DataFrame]:
    """Return the readings that scores alone give, for the last period.

    Parameters
    ----------
    then : Trajectories
        As known at a date; of risk, and of resilience and ``RF8`` for the readings of these.

    Returns
    -------
    dict of str to pandas.DataFrame
        All units that meet the rule of each reading (:func:`rules_said`), first things first;
        columns of :func:`standing` and, where it applies, ``since``, ``sure`` (the probability
        that the reading rests on) and what stands for the triggers.

    Raises
    ------
    InputError
        If there is no trajectory of risk.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["NOR", "SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> risk = [0.1] * 6 + [0.6] * 6
    >>> found = readings(trajectories(pd.DataFrame({"risk": risk}, index=index), of=["risk"]))
    >>> {reading: list(table["unit"]) for reading, table in found.items()}
    {'highest': ['SDN', 'NOR'], 'biggest movers': [], 'surprises': [], 'persistently high': ['SDN']}
    """
    watch, table = then.profile.watch, standing(then)
    jumped = [unit for unit, far in zip(then.units, jump(then, "risk"), strict=True) if far]
    made = {
        HIGHEST: _ordered(table, "risk"),
        MOVERS: _ordered(table[table["rising"] >= watch.sure], "rising", "movement"),
        SURPRISES: _ordered(table[table["unit"].isin(jumped)], "surprise"),
        PERSISTENT: _ordered(_persistent(then, table), "sure", "risk"),
    }
    if "resilience" in then.courses:
        eroding = table.merge(
            pd.DataFrame({"unit": then.units, "sure": erosion(then)[:, -1]}), on="unit"
        )
        made[EROSION] = _ordered(eroding[eroding["sure"] >= watch.sure], "sure", "risk")
    if TRIGGERS in then.courses:
        made[FRESH] = fresh_triggers(then)
    return made


def _ordered(table: pd.DataFrame, *by: str) -> pd.DataFrame:
    order = [*by, "unit"]
    return table.sort_values(order, ascending=[False] * len(by) + [True], ignore_index=True)


def _persistent(then: Trajectories, table: pd.DataFrame) -> pd.DataFrame:
    """Return the units at high risk with enough probability in each of the last periods."""
    watch = then.profile.watch
    chance = above(then["risk"], watch.high)
    high = chance >= watch.sure
    run = np.where(~high, np.arange(high.shape[1]), -1).max(axis=1) + 1
    long = pd.DataFrame({"unit": then.units, "sure": chance[:, -1]})
    lasting = high.shape[1] - run >= periods_in(watch.persistent, then.step)
    since = then.periods[np.minimum(run, high.shape[1] - 1)]
    return table.merge(long.assign(since=since)[lasting], on="unit")


def impossible(then: Trajectories) -> dict[str, int]:
    """Return the readings that the scores are too short for, with the periods that each needs.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2001"))], names=["unit", "period"])
    >>> impossible(trajectories(pd.DataFrame({"risk": [0.5]}, index=index), of=["risk"]))
    {'biggest movers': 4, 'surprises': 3, 'persistently high': 5}
    """
    window = periods_in(then.profile.trends.window, then.step) + 1
    needs = {MOVERS: window, SURPRISES: 3, EROSION: window, FRESH: 3}
    needs[PERSISTENT] = periods_in(then.profile.watch.persistent, then.step)
    asked = {MOVERS, SURPRISES, PERSISTENT}
    asked |= {EROSION} if "resilience" in then.courses else set()
    asked |= {FRESH} if TRIGGERS in then.courses else set()
    there = int((~np.isnan(then["risk"].filtered.level)).sum(axis=1).max(initial=0))
    order = (MOVERS, SURPRISES, PERSISTENT, EROSION, FRESH)
    return {name: needs[name] for name in order if name in asked and needs[name] > there}


def rules_said(then: Trajectories) -> dict[str, str]:
    """Say what puts a country into each reading.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2001"))], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.5]}, index=index), of=["risk"])
    >>> rules_said(found)["biggest movers"]
    'risk rose by more than 0.015 a year over 3 years, 80% sure or more'
    """
    watch, trends = then.profile.watch, then.profile.trends
    material, window = f"{trends.material:g}", years_said(trends.window)
    sure = f"{percent(watch.sure)} sure or more"
    ago = years_said(watch.persistent)
    far = f"{trends.material * trends.window:.3g}"
    return {
        HIGHEST: "by level of risk",
        MOVERS: f"risk rose by more than {material} a year over {window}, {sure}",
        SURPRISES: f"the last risk score came out {far} or more above its forecast, {sure}",
        PERSISTENT: f"risk of {watch.high:.2f} or more in each of the last {ago}, {sure}",
        EROSION: f"resilience fell by more than {material} a year and risk moved by less, {sure}",
        FRESH: f"triggers ({TRIGGERS}) rose over {window} or came out {far} above forecast, {sure}",
        CALENDAR: f"dated events within {years_said(watch.triggers)}, highest risk first",
        SPOTS: "our place and that of an outside list differ most",
        RIGHTS: "violations intense and fast or a surprise, while lists of conflict are quiet",
    }


def needed(then: Trajectories) -> tuple[list[str], list[str]]:
    """Return the scores that a watch list follows, and notes on those that are not there.

    Raises
    ------
    InputError
        If the scores have no risk.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2001"))], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.5]}, index=index), of=["risk"])
    >>> needed(found)[0]
    ['risk']
    """
    if "risk" not in then.scores:
        raise InputError("watch list", ["the scores have no 'risk'"])
    watch = then.profile.watch
    under_way = [watch.ongoing.of] if watch.ongoing else []
    wanted = ["risk", "resilience", TRIGGERS, *under_way, *(r.of for r in watch.rules)]
    there = [name for name in dict.fromkeys(wanted) if name in then.scores]
    notes: list[str] = []
    if "resilience" not in there:
        notes.append(f"The scores have no resilience: no reading of {EROSION}.")
    if TRIGGERS not in there:
        notes.append(f"The scores have no {TRIGGERS}: no reading of fresh triggers.")
    lost = [rule.name for rule in watch.rules if rule.of not in there]
    if lost:
        notes.append(f"Alerts that could not be looked at, no score for them: {', '.join(lost)}.")
    return there, notes
