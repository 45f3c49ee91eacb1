"""The declared words of the lens: keywords by factor, names of treaties, issues of the review."""

from __future__ import annotations

from functools import lru_cache
from typing import Self

from pydantic import Field, model_validator

from r2prisk.catalogue.load import load_framework, read_toml
from r2prisk.catalogue.models import Entry, Identifier, Text
from r2prisk.catalogue.where import data_file


@lru_cache(maxsize=1)
def factor_sides() -> dict[str, str]:
    """Return the side of every factor that a tag can name, risk factors first.

    Examples
    --------
    >>> sides = factor_sides()
    >>> len(sides), sides["RF9"], sides["SGS6"]
    (20, 'risk', 'resilience')
    """
    both = [load_framework(name) for name in ("un-foa-2014", "sg-resilience-2013")]
    return {factor.id: framework.kind for framework in both for factor in framework.factors}


class Keywords(Entry):
    """The keywords of a factor in three languages.

    ``goal`` says what a plan could aim at, ``why`` how the factor could be raised.
    """

    id: Identifier
    en: tuple[Text, ...]
    fr: tuple[Text, ...] = ()
    es: tuple[Text, ...] = ()
    goal: str = ""
    why: str = ""


class Name(Entry):
    """A treaty, by all the forms in which texts name it."""

    name: Identifier = Field(alias="as")
    forms: tuple[Text, ...]


class Issue(Entry):
    """An issue of UPR Info and the factors that it is about."""

    name: Text
    factors: tuple[Identifier, ...]


class Responses(Entry):
    """How a state under review answers, by the words of the file, in small letters."""

    accepted: tuple[Text, ...]
    noted: tuple[Text, ...]


class LensWords(Entry):
    """What ``lens.toml`` declares."""

    undone: tuple[Text, ...]
    instruments: Text
    responses: Responses
    groups: dict[str, tuple[Text, ...]]
    names: tuple[Name, ...]
    factors: tuple[Keywords, ...]
    harms: tuple[Keywords, ...]
    issues: tuple[Issue, ...]

    @model_validator(mode="after")
    def _names_known_factors(self) -> Self:
        sides = factor_sides()
        named = [entry.id for entry in (*self.factors, *self.harms)]
        named += [factor for issue in self.issues for factor in issue.factors]
        strange = sorted(set(named) - sides.keys())
        if strange:
            raise ValueError(f"no such factor: {', '.join(strange)}")
        if any(sides[entry.id] != "risk" for entry in self.harms):
            raise ValueError("harms name risk factors only")
        return self


@lru_cache(maxsize=1)
def load_lens_words() -> LensWords:
    """Return the declared keywords, treaty names and issues.

    Raises
    ------
    InputError
        If the file has faults.

    Examples
    --------
    >>> words = load_lens_words()
    >>> [issue.factors for issue in words.issues if issue.name == "Elections"]
    [('SGS2',)]
    """
    return read_toml(data_file("lens.toml"), LensWords)
