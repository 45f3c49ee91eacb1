"""The attributes of a focal point, the questions, the facts and the words that notes explain."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Text
from r2prisk.catalogue.where import data_file

Level = Literal["absent", "emerging", "working", "established"]
"""How far an attribute is there."""

LEVELS: tuple[Level, ...] = ("absent", "emerging", "working", "established")
"""The levels, the lowest first."""

UNKNOWN = "unknown"
"""What stands where the answers do not fix a level; it is no level."""


class LevelAbout(Entry):
    """What a level means for any attribute."""

    id: Level
    about: Text


class Question(Entry):
    """A question whose yes is needed for a level."""

    id: Annotated[str, Field(pattern=r"^[a-z]+\.[0-9]+$")]
    step: Literal["emerging", "working", "established"]
    text: Text


class Attribute(Entry):
    """One of the six attributes, and what each level of it looks like."""

    id: Annotated[str, Field(pattern=r"^[a-z]+$")]
    title: Text
    about: Text
    looks: Annotated[tuple[Text, ...], Field(min_length=len(LEVELS), max_length=len(LEVELS))]
    questions: tuple[Question, ...]

    @model_validator(mode="after")
    def _every_level_is_asked(self) -> Self:
        lacking = [name for name in LEVELS[1:] if name not in {q.step for q in self.questions}]
        if lacking:
            raise ValueError(f"{self.id} has no question for: {', '.join(lacking)}")
        return self


class Fact(Entry):
    """Something asked beside the attributes, of which no level is made; a number has a most."""

    id: Annotated[str, Field(pattern=r"^[a-z_]+$")]
    question: Text
    kind: Literal["text", "number", "date", "yes-no"] = "text"
    choices: tuple[Text, ...] = ()
    most: Annotated[float, Field(gt=0)] | None = None


class Word(Entry):
    """A word of ours and what it means."""

    word: Text
    meaning: Text


class Questions(Entry):
    """All that is asked of a focal point; ``focalpoints.toml``."""

    sources: tuple[Text, ...]
    ignored: tuple[Text, ...]
    levels: tuple[LevelAbout, ...]
    attributes: tuple[Attribute, ...]
    facts: tuple[Fact, ...]
    words: tuple[Word, ...]

    @model_validator(mode="after")
    def _identifiers_are_unique(self) -> Self:
        if tuple(level.id for level in self.levels) != LEVELS:
            raise ValueError(f"levels are {', '.join(LEVELS)}, in this order")
        names = [q.id for a in self.attributes for q in a.questions]
        names += [entry.id for entry in (*self.attributes, *self.facts)]
        repeated = sorted(name for name, count in Counter(names).items() if count > 1)
        if repeated:
            raise ValueError(f"identifiers used more than once: {', '.join(repeated)}")
        return self


@lru_cache(maxsize=1)
def load_questions() -> Questions:
    """Return what is asked of a focal point: six attributes, their questions, and facts.

    Returns
    -------
    Questions
        Frozen; as ``focalpoints.toml`` has it.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Notes
    -----
    The six attributes: Lorion, S. (2021), Defining Governmental Human Rights Focal Points, Danish
    Institute for Human Rights, Matters of Concern 2021/1. Levels and questions are our own.

    Examples
    --------
    >>> [attribute.id for attribute in load_questions().attributes]
    ['government', 'mandate', 'coordination', 'knowledge', 'permanence', 'resources']
    """
    return read_toml(data_file("focalpoints.toml"), Questions)
