"""The shape of one piece of evidence, and the declared weights by which evidence counts."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated, Any, Literal, Self, cast, get_args

import numpy as np
from pydantic import BeforeValidator, Field, model_validator

from r2prisk.catalogue import load_framework, load_mechanisms
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Identifier, Text, Word
from r2prisk.catalogue.units import load_units, resolve
from r2prisk.catalogue.where import data_file
from r2prisk.errors import nearest
from r2prisk.evidence import words
from r2prisk.files import sha256

Confidence = Literal["low", "medium", "high"]
State = Literal["unknown", "not applicable", "failed"]
Sensitivity = Literal["public", "restricted", "confidential"]
Perpetrator = Literal[
    "state-forces",
    "state-authorities",
    "militia",
    "armed-group",
    "other-state",
    "civilians",
    "other",
    "unknown",
]

LEVELS: tuple[Sensitivity, ...] = ("public", "restricted", "confidential")
"""Sensitivities, from what anyone may read to what only named people may."""

Share = Annotated[float, Field(gt=0.0, le=1.0)]


class Weights(Entry):
    """By what evidence counts: declared assumptions, each with its reason in the file.

    Parameters
    ----------
    low, medium, high : float
        Weight of a report by confidence, above 0 to 1, none below the one before.
    prior_mass : float
        Weight of the prior, in reports of weight 1; above 0.
    prior_mean : float
        Rating of the prior, between 0 and 1.
    least_mass : float
        The mass of evidence from which a cell is rated; above 0.
    trigger_window : float
        Months for which a trigger counts after its date; above 0.

    Raises
    ------
    pydantic.ValidationError
        If a weight is outside its range.

    Examples
    --------
    >>> weights = load_declared().weights
    >>> weights.low, weights.medium, weights.high, weights.least_mass
    (0.25, 0.5, 1.0, 0.125)
    >>> longer = Weights(**{**weights.model_dump(), "trigger_window": 24})
    """

    low: Share
    medium: Share
    high: Share
    prior_mass: Annotated[float, Field(gt=0.0, le=100.0)]
    prior_mean: Annotated[float, Field(gt=0.0, lt=1.0)]
    least_mass: Annotated[float, Field(gt=0.0, le=100.0)]
    trigger_window: Annotated[float, Field(gt=0.0, le=1200.0)]

    @model_validator(mode="after")
    def _rise(self) -> Self:
        if not self.low <= self.medium <= self.high:
            found = f"{self.low:g}, {self.medium:g}, {self.high:g}"
            raise ValueError(f"low, medium and high must rise, found {found}")
        return self

    @property
    def hash(self) -> str:
        """SHA-256 of all weights."""
        return sha256(self.model_dump_json().encode())


class Lens(Entry):
    """What the human-rights lens looks at."""

    factors: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    mechanisms: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    reason: Text

    @model_validator(mode="after")
    def _known(self) -> Self:
        foa, known = load_framework("un-foa-2014"), load_mechanisms()
        wrong = [f"no factor '{f}'{nearest(f, foa._by_id)}" for f in self.factors if f not in foa]  # pyright: ignore[reportPrivateUsage]
        wrong += [
            f"no mechanism '{m}'{nearest(m, known)}" for m in self.mechanisms if m not in known
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class Declared(Entry):
    """The file ``evidence.toml``: weights, their reasons, the lens, and the words for choices."""

    weights: Weights
    reasons: dict[str, Text]
    lens: Lens
    confidence: tuple[Word, ...]
    perpetrators: tuple[Word, ...]
    sensitivity: tuple[Word, ...]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        pairs = (
            ("reasons", tuple(self.reasons), tuple(Weights.model_fields)),
            ("confidence", tuple(w.id for w in self.confidence), get_args(Confidence)),
            ("perpetrators", tuple(w.id for w in self.perpetrators), get_args(Perpetrator)),
            ("sensitivity", tuple(w.id for w in self.sensitivity), LEVELS),
        )
        wrong = [f"{name} must be {', '.join(need)}" for name, has, need in pairs if has != need]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


@lru_cache(maxsize=1)
def load_declared() -> Declared:
    """Return the declared weights of evidence and the words for its choices.

    Returns
    -------
    Declared
        ``weights`` (:class:`Weights`), ``reasons``, ``lens``, and the words in three languages for
        ``confidence``, ``perpetrators`` and ``sensitivity``.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> [word.words["fr"] for word in load_declared().confidence]
    ['faible', 'moyenne', 'élevée']
    """
    return read_toml(data_file("evidence.toml"), Declared)


@lru_cache(maxsize=1)
def choice_keys() -> dict[str, dict[str, str]]:
    """Return, by column, the identifier for each plain word of a choice.

    Examples
    --------
    >>> choice_keys()["confidence"]["elevee"], choice_keys()["mechanism"]["court or tribunal"]
    ('high', 'court')
    """
    declared = load_declared()
    return {
        "confidence": words.keys_of(declared.confidence),
        "mechanism": words.mechanism_keys(),
        "perpetrator": words.keys_of(declared.perpetrators),
        "sensitivity": words.keys_of(declared.sensitivity),
    }


def unit_of(value: object) -> str:
    """Return a unit, an ISO 3166 alpha-3 code.

    Raises
    ------
    ValueError
        If it is none; the unit that is most likely meant is named.

    Examples
    --------
    >>> unit_of("KEN")
    'KEN'
    """
    text, known = words.clean_text(value), load_units()
    if text in known:
        return text
    named = resolve([text], "name", [2000])[0] if text else None
    hint = f"; did you mean '{named}' ({known[named].name})?" if named else nearest(text, known)
    found = f"'{text}' is not" if text else "nothing is there; it needs"
    raise ValueError(f"{found} an ISO 3166 alpha-3 code{hint}")


def _date(value: object) -> dt.date | None:
    return None if words.is_missing(value) else cast(dt.date, words.day_of(value).item())


def _rating(value: object) -> float | None:
    rating, said = words.rating_of(value)
    if said:
        raise ValueError(f"'{value}' is a state and no rating; give one of the two")
    return None if np.isnan(rating) else rating


def _chosen(name: str) -> BeforeValidator:
    return BeforeValidator(
        lambda value: None if words.is_missing(value) else words.one_of(value, choice_keys()[name])
    )


def _or_none(value: object) -> str | None:
    return words.clean_text(value) or None


def _sensitivity(value: object) -> str:
    """Return a sensitivity; what is not marked is restricted."""
    return (
        "restricted"
        if words.is_missing(value)
        else words.one_of(value, choice_keys()["sensitivity"])
    )


CleanText = Annotated[Text, BeforeValidator(words.clean_text)]
OptionalText = Annotated[str | None, BeforeValidator(_or_none)]
Ids = Annotated[tuple[Identifier, ...], BeforeValidator(words.entries)]


class Evidence(Entry):
    """One dated, sourced rating of one indicator by one coder.

    Parameters
    ----------
    id : str
        An identifier, unique in its table.
    unit : str
        ISO 3166 alpha-3 code.
    indicator : str
        Identifier of an indicator; a table checks that a framework has it.
    date : date or text
        The day on which it was so; a year, quarter or month stands for its last day.
    until : date or text, optional
        The last day for which it holds, if that is later; it ages from then on.
    known : date or text, optional
        The day from which it could be known, if that is later than the date: when the reference
        came out. Before it, the evidence does not exist for anyone who looks ahead.
    rating : float or text, optional
        From 0 (absent) to 1 (severe), or a word for it. Absent is a rating: somebody looked.
    state : {"unknown", "not applicable", "failed"}, optional
        Why there is no rating. Exactly one of rating and state is given.
    confidence : {"low", "medium", "high"}
        How sure the rating is.
    mechanism : str
        The kind of source: one of ``load_mechanisms``.
    reference : str
        UN symbol or citation.
    paragraph, url : str, optional
        Where in it, and where to find it.
    groups : tuple of str
        The groups that are affected.
    perpetrator : str, optional
        Who is said to have acted, for evidence of acts.
    coder : str
        Who rated.
    sensitivity : {"public", "restricted", "confidential"}
        Who may read it; restricted if nothing is said, the safe side.
    note : str, optional
        Why it was rated so.
    adjudicates : tuple of str
        Identifiers of rows of the same cell that this one settles. They are kept, and count no
        more from the day on which this row is known.

    Raises
    ------
    pydantic.ValidationError
        With every fault at once.

    Examples
    --------
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="strong",
    ...     confidence="medium", mechanism="ngo", reference="An invented report", coder="A")
    >>> seen.rating, seen.date.isoformat(), seen.sensitivity
    (0.75, '2008-01-16', 'restricted')
    """

    id: Annotated[Identifier, BeforeValidator(words.identifier)]
    unit: Annotated[str, BeforeValidator(unit_of)]
    indicator: Annotated[Identifier, BeforeValidator(words.identifier)]
    date: Annotated[dt.date, BeforeValidator(_date)]
    until: Annotated[dt.date | None, BeforeValidator(_date)] = None
    known: Annotated[dt.date | None, BeforeValidator(_date)] = None
    rating: Annotated[float | None, BeforeValidator(_rating)] = None
    state: Annotated[State | None, BeforeValidator(lambda v: words.state_of(v) or None)] = None
    confidence: Annotated[Confidence, _chosen("confidence")]
    mechanism: Annotated[Identifier, _chosen("mechanism")]
    reference: CleanText
    paragraph: OptionalText = None
    url: Annotated[str | None, BeforeValidator(lambda v: words.web_address(v) or None)] = None
    groups: Annotated[tuple[str, ...], BeforeValidator(words.entries)] = ()
    perpetrator: Annotated[Perpetrator | None, _chosen("perpetrator")] = None
    coder: CleanText
    sensitivity: Annotated[Sensitivity, BeforeValidator(_sensitivity)] = "restricted"
    note: OptionalText = None
    adjudicates: Ids = ()

    @model_validator(mode="before")
    @classmethod
    def _state_in_its_place(cls, data: Any) -> Any:
        """Take the word for a state that stands where a rating is asked for as a state."""
        if not isinstance(data, dict):
            return data
        given = dict(cast(dict[str, Any], data))
        said = words.said_state(given.get("rating"))
        state = given.get("state")
        if said and (words.is_missing(state) or words.said_state(state) == said):
            given |= {"rating": None, "state": said}
        return given

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problems = [
            f"{name} {later} is before date {self.date}"
            for name, later in (("until", self.until), ("known", self.known))
            if later is not None and later < self.date
        ]
        problem = rating_or_state(self.rating is not None, "", self.state or "")
        if problem:
            problems.append(problem)
        if problems:
            raise ValueError("; ".join(problems))
        return self


def rating_or_state(rated: bool, said: str, state: str) -> str:
    """Return what is wrong with a rating and a state that stand together, or an empty text.

    Parameters
    ----------
    rated : bool
        Whether there is a rating.
    said : str
        The state that stands in the place of the rating.
    state : str
        The state in its own place.

    Examples
    --------
    >>> rating_or_state(True, "", "failed")
    "'failed' with a rating; give one of the two"
    >>> rating_or_state(True, "", "")
    ''
    """
    if rated and state:
        return f"'{state}' with a rating; give one of the two"
    if said and state and said != state:
        return f"'{state}' and '{said}'; give one of the two"
    if not (rated or said or state):
        return f"neither a rating nor a state ({', '.join(words.STATES)}): silence is no evidence"
    return ""
