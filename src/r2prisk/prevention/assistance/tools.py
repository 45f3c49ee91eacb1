"""The tools of assistance and the rules that keep them from doing harm, as declared."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Identifier, Language, Text
from r2prisk.catalogue.where import data_file

Share = Annotated[float, Field(ge=0.0, le=1.0)]
RULED_OUT = "ruled out"
"""What a rule says of a tool that must not be used."""


class Tool(Entry):
    """A kind of assistance; ``lead_time`` is in months."""

    key: Identifier
    title: Text
    titles: dict[Literal["fr", "es"], Text]
    what: Text
    indicators: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    lead_time: Annotated[float, Field(gt=0.0)]

    def title_in(self, language: Language) -> str:
        """Return the title in a language."""
        return self.title if language == "en" else self.titles[language]


class Rule(Entry):
    """When tools could do harm: one of the risk indicators is rated ``at`` or more."""

    id: Identifier
    tools: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    indicators: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    at: Annotated[float, Field(gt=0.0, le=1.0)]
    then: Literal["ruled out", "caution"]
    reason: Text


class Assistance(Entry):
    """All that is declared of assistance."""

    ground_weight: Share
    ground_reason: Text
    absorb: Annotated[int, Field(ge=1)]
    absorb_reason: Text
    lead_time_reason: Text
    tools: Annotated[tuple[Tool, ...], Field(min_length=1)]
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _names_its_own(self) -> Self:
        keys = [tool.key for tool in self.tools]
        for names, what in ((keys, "tools"), ([rule.id for rule in self.rules], "rules")):
            repeated = sorted({name for name in names if names.count(name) > 1})
            if repeated:
                raise ValueError(f"{what} used more than once: {', '.join(repeated)}")
        unknown = sorted({key for rule in self.rules for key in rule.tools} - set(keys))
        if unknown:
            raise ValueError(f"rules name tools that are not there: {', '.join(unknown)}")
        return self

    @cached_property
    def by_key(self) -> dict[str, Tool]:
        """The tools by their key."""
        return {tool.key: tool for tool in self.tools}

    def rules_of(self, key: str) -> tuple[Rule, ...]:
        """Return the rules that look at a tool, in the order of the file."""
        return tuple(rule for rule in self.rules if key in rule.tools)


@lru_cache(maxsize=1)
def load_assistance() -> Assistance:
    """Return the tools of assistance with what they serve, how long they take, and their rules.

    Returns
    -------
    Assistance
        Frozen; everything in it is r2prisk's own judgement, declared in ``assistance.toml``.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Notes
    -----
    Kinds of assistance follow Pillar II in A/68/947-S/2014/449.

    Examples
    --------
    >>> declared = load_assistance()
    >>> declared.by_key["detention-monitoring"].indicators
    ('SGS5.2',)
    >>> [rule.then for rule in declared.rules_of("electoral-support")]
    ['ruled out', 'caution']
    """
    return read_toml(data_file("assistance.toml"), Assistance)
