"""The capacity profile of a national focal point: six attributes, and no number that hides them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.prevention.focalpoints.forms import ABOUT, ITEM, Given, cells_of, country_of, date_of
from r2prisk.prevention.focalpoints.show import Showing, Shown, View
from r2prisk.prevention.focalpoints.words import LEVELS, UNKNOWN, Attribute, Fact, load_questions

_YES_NO = {"yes": "yes", "y": "yes", "no": "no", "n": "no", "": UNKNOWN, UNKNOWN: UNKNOWN}
_ORDER = {level: n for n, level in enumerate(LEVELS)}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CapacityProfile(Showing):
    """What a focal point has to work with; made by ``capacity_profile``.

    Parameters
    ----------
    unit : str
        The country by its code; empty where the form does not say.
    date : str
        Of the answers; empty where the form does not say.
    attributes : pandas.DataFrame
        Index ``attribute``; columns ``title``, ``level`` (``unknown`` where the answers do not fix
        it), ``lowest`` and ``highest`` (the levels between which it is), ``looks`` (what the level
        looks like; of an unknown one, empty), ``answered`` and ``asked`` (questions).
    next_steps : pandas.DataFrame
        The questions that stand between each attribute and the level above its lowest: columns
        ``attribute``, ``title``, ``level`` (the level that they would bring), ``question``,
        ``text``, ``answer`` (``no`` or ``unknown``).
    beyond : pandas.DataFrame
        What is answered yes above the level reached, as a level counts only with all below it:
        ``attribute``, ``step``, ``text``.
    facts : pandas.DataFrame
        Index ``fact``; columns ``question`` and ``answer`` (``unknown`` where there is none).
    answers : dict of str to str
        All answers by identifier: ``yes``, ``no`` or ``unknown``.

    Examples
    --------
    >>> profile = capacity_profile({"mandate.1": "yes", "mandate.2": "no"})
    >>> profile.attributes.loc["mandate", ["level", "lowest"]].tolist()
    ['emerging', 'emerging']
    >>> profile.known, profile.attributes.loc["resources", "level"]
    (1, 'unknown')
    """

    unit: str
    date: str
    attributes: pd.DataFrame
    next_steps: pd.DataFrame
    beyond: pd.DataFrame
    facts: pd.DataFrame
    answers: dict[str, str]

    @property
    def known(self) -> int:
        """How many of the six attributes have a level."""
        return int((self.attributes["level"] != UNKNOWN).sum())

    @property
    def weakest(self) -> tuple[str, ...]:
        """The known attributes at the lowest level; none where nothing is known."""
        known = self.attributes[self.attributes["level"] != UNKNOWN]
        ranks = known["level"].map(_ORDER)
        return tuple(known.index[ranks == ranks.min()].astype(str))

    @property
    def name(self) -> str:
        """Country and date, as far as they are known."""
        country = load_units()[self.unit].name if self.unit else "a focal point"
        return f"{country}, {self.date}" if self.date else country

    def _view(self) -> View:
        shown = pd.DataFrame(
            {
                "attribute": self.attributes["title"],
                "level": [level_words(row) for _, row in self.attributes.iterrows()],
                "answered": [
                    f"{a} of {n}"
                    for a, n in zip(
                        self.attributes["answered"], self.attributes["asked"], strict=True
                    )
                ],
            }
        )
        steps = tuple(
            f"{row.title}, for '{row.level}': {row.text} ({not_yet(str(row.answer))})"
            for row in self.next_steps.itertuples()
        )
        has = tuple(f"{row.attribute}, {row.step}: {row.text}" for row in self.beyond.itertuples())
        facts = self.facts.rename(columns={"question": "fact"}).replace(UNKNOWN, "-")
        return View(
            f"Capacity of {self.name}: {self.known} of {len(self.attributes)} attributes known",
            (
                *([_weakest_words(self)] if self.weakest else []),
                Shown("Attributes", shown),
                "What the next level needs:",
                steps or ("Nothing: all are established.",),
                *(("In place already, above the level reached:", has) if has else ()),
                Shown("Facts", facts),
                "Levels and questions are r2prisk's own; no number adds them up.",
            ),
        )


def read_capacity(given: Given) -> dict[str, str]:
    """Read the answers of a capacity form.

    Parameters
    ----------
    given : path-like or pandas.DataFrame
        The form that :func:`write_form` writes, filled in: columns ``item`` and ``answer``; the
        others may be there. A question that is left out or empty is unknown.

    Returns
    -------
    dict of str to str
        What was written, by item; empty answers are left out.

    Raises
    ------
    InputError
        With every fault and its row: an item that is none (the nearest is named) or stands twice,
        an answer that is not one of those allowed.

    Examples
    --------
    >>> read_capacity(pd.DataFrame({"item": ["mandate.1", "staff"], "answer": ["yes", 0.5]}))
    {'mandate.1': 'yes', 'staff': '0.5'}
    """
    problems: list[str] = []
    answers: dict[str, str] = {}
    seen: set[str] = set()
    known = _items()
    for n, cells in cells_of(given, ITEM, ("item", "answer"), "capacity form"):
        item = cells["item"].casefold()
        if item not in known:
            told = f"row {n}: '{cells['item']}' is no item of the form{nearest(item, known)}"
            problems.append(told)
        elif item in seen:
            problems.append(f"row {n}: '{item}' stands twice")
        else:
            faults: list[str] = []
            _answer(item, cells["answer"], faults)
            problems += [f"row {n}: {fault}" for fault in faults]
        seen.add(item)
        if cells["answer"]:
            answers[item] = cells["answer"]
    if problems:
        raise InputError("capacity form", problems)
    return answers


def _items() -> list[str]:
    asked = load_questions()
    names = [q.id for a in asked.attributes for q in a.questions]
    return [*ABOUT, *names, *(fact.id for fact in asked.facts)]


def capacity_profile(answers: Mapping[str, str]) -> CapacityProfile:
    """Return on which level each of the six attributes of a focal point is.

    A level is reached when all its questions, and all those of the levels below, are answered yes.
    With the unanswered taken as no and as yes, that gives the lowest and the highest level that it
    could be; where the two differ, the level is unknown.

    Parameters
    ----------
    answers : mapping of str to str
        By item, as :func:`read_capacity` reads them: ``yes``, ``no`` or ``unknown``; facts as
        their kind asks.

    Returns
    -------
    CapacityProfile
        The six attributes side by side, and what the next level of each needs.

    Raises
    ------
    InputError
        With all faults: an item that is none, an answer that is not one of those allowed.

    Notes
    -----
    Attributes: Lorion (2021), Defining Governmental Human Rights Focal Points, Danish Institute
    for Human Rights, Matters of Concern 2021/1. Levels and questions are our own.

    Examples
    --------
    The first question is answered, and the answer to the second decides between two levels:

    >>> profile = capacity_profile({"permanence.1": "yes", "permanence.2": "no"})
    >>> profile.attributes.loc["permanence", "level"]
    'emerging'
    >>> profile = capacity_profile({"permanence.1": "yes", "permanence.4": "no"})
    >>> profile.attributes.loc["permanence", ["level", "lowest", "highest"]].tolist()
    ['unknown', 'emerging', 'working']
    """
    asked = load_questions()
    problems: list[str] = []
    known = _items()
    for item in answers:
        if item not in known:
            problems.append(f"'{item}' is no item of the form{nearest(item, known)}")
    told = {item: _answer(item, answers.get(item, ""), problems) for item in known}
    if problems:
        raise InputError("capacity_profile", problems)
    read = {q.id: told[q.id] for attribute in asked.attributes for q in attribute.questions}
    facts = [(fact.id, fact.question, told[fact.id]) for fact in asked.facts]
    rows = [_level(attribute, read) for attribute in asked.attributes]
    steps = [
        step for a, row in zip(asked.attributes, rows, strict=True) for step in _steps(a, row, read)
    ]
    beyond = [
        one for a, row in zip(asked.attributes, rows, strict=True) for one in _beyond(a, row, read)
    ]
    table = pd.DataFrame(rows).set_index("attribute")
    return CapacityProfile(
        unit=told["country"],
        date=told["date"],
        attributes=table,
        next_steps=pd.DataFrame(
            steps, columns=["attribute", "title", "level", "question", "text", "answer"]
        ),
        beyond=pd.DataFrame(beyond, columns=["attribute", "step", "text"]),
        facts=pd.DataFrame(facts, columns=["fact", "question", "answer"]).set_index("fact"),
        answers=read,
    )


def _answer(item: str, text: str, problems: list[str]) -> str:
    """Return the answer to an item as it counts; empty or unknown, with a fault, where it is none.

    The item is one of the form.
    """
    if item == "country":
        return country_of(text, problems) if text.strip() else ""
    if item == "date":
        date = date_of(text, item, problems) if text.strip() else None
        return "" if date is None else str(date)
    fact = next((fact for fact in load_questions().facts if fact.id == item), None)
    return _yes_no(text, item, problems) if fact is None else _fact(text, fact, problems)


def _yes_no(text: str, item: str, problems: list[str]) -> str:
    answer = text.strip().casefold()
    if answer not in _YES_NO:
        # none of them is suggested: that would be an answer put into somebody's mouth
        problems.append(f"{item}: '{text}' is no answer; allowed: yes, no, unknown")
    return _YES_NO.get(answer, UNKNOWN)


def _fact(text: str, fact: Fact, problems: list[str]) -> str:
    if not text.strip() or text.strip().casefold() == UNKNOWN:
        return UNKNOWN
    if fact.kind == "yes-no":
        return _yes_no(text, fact.id, problems)
    if fact.kind == "date":
        date_of(text, fact.id, problems)
    if fact.kind == "number":
        number = pd.to_numeric(text.replace(",", "."), errors="coerce")
        most = np.inf if fact.most is None else fact.most
        if not (np.isfinite(number) and 0 <= number <= most):
            told = "0 or more" if fact.most is None else f"0 to {fact.most:g}"
            problems.append(f"{fact.id}: '{text}' is not a number, {told}")
    if fact.choices and text.casefold() not in fact.choices:
        allowed = f"allowed: {', '.join(fact.choices)}{nearest(text, fact.choices)}"
        problems.append(f"{fact.id}: '{text}' is not known; {allowed}")
    return text.casefold() if fact.choices else text


def _reached(attribute: Attribute, answers: Mapping[str, str], good: tuple[str, ...]) -> int:
    """Return the number of levels above absent whose questions, all below too, are in ``good``."""
    for n, level in enumerate(LEVELS[1:]):
        if any(answers[q.id] not in good for q in attribute.questions if q.step == level):
            return n
    return len(LEVELS) - 1


def _level(attribute: Attribute, answers: Mapping[str, str]) -> dict[str, object]:
    low = _reached(attribute, answers, ("yes",))
    high = _reached(attribute, answers, ("yes", UNKNOWN))
    return {
        "attribute": attribute.id,
        "title": attribute.title,
        "level": LEVELS[low] if low == high else UNKNOWN,
        "lowest": LEVELS[low],
        "highest": LEVELS[high],
        "looks": attribute.looks[low] if low == high else "",
        "answered": sum(answers[q.id] != UNKNOWN for q in attribute.questions),
        "asked": len(attribute.questions),
    }


def _steps(
    attribute: Attribute, row: Mapping[str, object], answers: Mapping[str, str]
) -> list[tuple[str, ...]]:
    """Return what stands between the lowest level that it could be and the one above."""
    at = LEVELS.index(str(row["lowest"])) + 1  # pyright: ignore[reportArgumentType]
    if at == len(LEVELS):
        return []
    return [
        (attribute.id, attribute.title, LEVELS[at], q.id, q.text, answers[q.id])
        for q in attribute.questions
        if q.step == LEVELS[at] and answers[q.id] != "yes"
    ]


def _beyond(
    attribute: Attribute, row: Mapping[str, object], answers: Mapping[str, str]
) -> list[tuple[str, ...]]:
    highest = _ORDER[str(row["highest"])]  # pyright: ignore[reportArgumentType]
    return [
        (attribute.title, q.step, q.text)
        for q in attribute.questions
        if answers[q.id] == "yes" and _ORDER[q.step] > highest
    ]


def level_words(row: pd.Series[str]) -> str:
    """Return a level, or between which ones it is, in words.

    Examples
    --------
    >>> level_words(capacity_profile({"mandate.1": "yes"}).attributes.loc["mandate"])
    'unknown (emerging to established)'
    >>> level_words(capacity_profile({}).attributes.loc["mandate"])
    'unknown'
    """
    if row["level"] != UNKNOWN:
        return str(row["level"])
    if (row["lowest"], row["highest"]) == (LEVELS[0], LEVELS[-1]):
        return UNKNOWN
    return f"{UNKNOWN} ({row['lowest']} to {row['highest']})"


def not_yet(answer: str) -> str:
    """Say of a question that is not answered yes which of the two it is.

    Examples
    --------
    >>> not_yet("no"), not_yet("unknown")
    ('not yet', 'not answered')
    """
    return "not yet" if answer == "no" else "not answered"


def _weakest_words(profile: CapacityProfile) -> str:
    titles = [str(profile.attributes.loc[name, "title"]) for name in profile.weakest]
    level = profile.attributes.loc[profile.weakest[0], "level"]
    unknown = len(profile.attributes) - profile.known
    told = f"Weakest of those known ({level}): {'; '.join(titles)}."
    return f"{told} Unknown: {unknown} of {len(profile.attributes)}." if unknown else told
