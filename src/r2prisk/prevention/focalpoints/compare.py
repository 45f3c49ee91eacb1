"""Two capacity profiles of one focal point, from two years."""

from __future__ import annotations

import dataclasses

import pandas as pd

from r2prisk.errors import InputError
from r2prisk.prevention.focalpoints.capacity import CapacityProfile, level_words
from r2prisk.prevention.focalpoints.show import Showing, Shown, View
from r2prisk.prevention.focalpoints.words import LEVELS, UNKNOWN, Level, load_questions

CHANGES = ("up", "down", "same", UNKNOWN)
"""What can have become of an attribute."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CapacityChange(Showing):
    """What changed between two profiles; made by ``compare_capacity``.

    Parameters
    ----------
    before, after : CapacityProfile
        The two.
    table : pandas.DataFrame
        Index ``attribute``; columns ``title``, ``before``, ``after`` (levels in words) and
        ``change``: ``up``, ``down``, ``same`` or ``unknown``.
    answers : pandas.DataFrame
        Questions whose answer changed between yes and no: ``question`` (its text), ``before``,
        ``after``.
    facts : pandas.DataFrame
        Facts that are known at both times and differ: ``question``, ``before``, ``after``.

    Examples
    --------
    >>> from r2prisk.prevention.focalpoints.capacity import capacity_profile
    >>> was, now = {"mandate.1": "no"}, {"mandate.1": "yes", "mandate.2": "no"}
    >>> found = compare_capacity(capacity_profile(was), capacity_profile(now))
    >>> found.table.loc["mandate", "change"], found.table.loc["resources", "change"]
    ('up', 'unknown')
    """

    before: CapacityProfile
    after: CapacityProfile
    table: pd.DataFrame
    answers: pd.DataFrame
    facts: pd.DataFrame

    def _view(self) -> View:
        counts = self.table["change"].value_counts()
        told = ", ".join(f"{counts[name]} {name}" for name in CHANGES if counts.get(name, 0))
        shown = self.table.rename(columns={"title": "attribute"})
        return View(
            f"Capacity of {self.after.name}, against {self.before.date or 'before'}: {told}",
            (
                Shown("Attributes", shown),
                *([Shown("Answers that changed", self.answers)] if len(self.answers) else []),
                *([Shown("Facts that changed", self.facts)] if len(self.facts) else []),
                "'unknown' is where the answers leave room for more than one of up, down and same.",
            ),
        )


def compare_capacity(before: CapacityProfile, after: CapacityProfile) -> CapacityChange:
    """Return what changed between two profiles of one focal point.

    An attribute went up if the lowest level that it could be now is above the highest that it
    could be before, and down the other way round; an answer more is no improvement.

    Parameters
    ----------
    before, after : CapacityProfile
        As :func:`capacity_profile` makes them.

    Returns
    -------
    CapacityChange
        Attribute by attribute, and the answers and facts behind it.

    Raises
    ------
    InputError
        If they are of two countries, or the first is not the earlier.

    Examples
    --------
    >>> from r2prisk.prevention.focalpoints.capacity import capacity_profile
    >>> now = capacity_profile({"mandate.1": "yes", "mandate.2": "no"})
    >>> compare_capacity(now, now).table.loc["mandate", "change"]
    'same'
    """
    problems: list[str] = []
    if before.unit and after.unit and before.unit != after.unit:
        problems.append(f"the first is of {before.unit}, the second of {after.unit}")
    dated = before.date and after.date
    if dated and pd.Period(before.date).start_time > pd.Period(after.date).end_time:
        problems.append(f"the first ({before.date}) is later than the second ({after.date})")
    if problems:
        raise InputError("compare_capacity", problems)
    was, now = before.attributes, after.attributes
    names = ["lowest", "highest"]
    pairs = zip(was[names].to_numpy().tolist(), now[names].to_numpy().tolist(), strict=True)
    table = pd.DataFrame(
        {
            "title": now["title"],
            "before": [level_words(row) for _, row in was.iterrows()],
            "after": [level_words(row) for _, row in now.iterrows()],
            "change": [_change(one, other) for one, other in pairs],
        }
    )
    asked = {q: (a, after.answers[q]) for q, a in before.answers.items()}
    texts = {q.id: q.text for a in load_questions().attributes for q in a.questions}
    changed = [(texts[q], *pair) for q, pair in asked.items() if set(pair) == {"yes", "no"}]
    both = before.facts.join(after.facts["answer"].rename("after"))
    known = (both["answer"] != UNKNOWN) & (both["after"] != UNKNOWN)
    # spreadsheet programs write a number now with a comma, now with a point
    one, other = (both[name].str.replace(",", ".") for name in ("answer", "after"))
    differ = both[known & (one != other)]
    return CapacityChange(
        before=before,
        after=after,
        table=table,
        answers=pd.DataFrame(changed, columns=["question", "before", "after"]),
        facts=differ.rename(columns={"answer": "before"}).reset_index(drop=True),
    )


def _change(was: list[Level], now: list[Level]) -> str:
    """Compare two ranges of levels, each from its lowest to its highest."""
    low, high = map(LEVELS.index, was)
    lower, higher = map(LEVELS.index, now)
    if lower > high:
        return "up"
    if higher < low:
        return "down"
    return "same" if low == high == lower == higher else UNKNOWN
