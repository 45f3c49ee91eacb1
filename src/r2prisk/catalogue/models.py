"""The shapes of the catalogue: frameworks, factors, indicators, crosswalk, overlaps, mechanisms."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from r2prisk.errors import InputError, nearest

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Crime = Literal["genocide", "crimes_against_humanity", "war_crimes"]
Tempo = Literal["structural", "dynamic"]
Language = Literal["en", "fr", "es"]

CRIMES: tuple[Crime, ...] = ("genocide", "crimes_against_humanity", "war_crimes")


class Entry(BaseModel):
    """A frozen record that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Verification(Entry):
    """How surely an entry says what the source says.

    ``source``: seen in a public copy (``where``) or ticked against the document (``who``, ``when``,
    ``edition``). ``recalled``: written from memory, not yet checked. ``own``: our own
    operationalisation, there is nothing to check it against. ``provisional`` marks recalled
    entries whose number or order is itself in doubt.
    """

    status: Literal["source", "recalled", "own"] = "own"
    where: Text | None = None
    note: Text | None = None
    provisional: bool = False
    who: Text | None = None
    when: Text | None = None
    edition: Text | None = None

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if self.status == "source" and not (self.where or self.edition):
            raise ValueError("status 'source' needs `where` (an address) or `edition`")
        if self.provisional and self.status != "recalled":
            raise ValueError("only a recalled entry can be provisional")
        return self


class Indicator(Entry):
    """The smallest thing that can be rated, from 0 (absent) to 1 (severe or systematic)."""

    id: Identifier
    label: Annotated[Text, StringConstraints(max_length=60)]
    description: Text
    tempo: Tempo
    trigger: bool = False
    look_for: Text
    rate_0: Text
    rate_1: Text
    verified: Verification = Verification()


class Factor(Entry):
    """A group of indicators with a title of its own."""

    id: Identifier
    title: Text
    definition: Text
    titles: dict[Literal["fr", "es"], Text] = Field(default_factory=dict)
    scope: Literal["common", "specific"] | None = None
    crimes: tuple[Crime, ...] = ()
    indicators: tuple[Indicator, ...] = ()

    def title_in(self, language: Language) -> str:
        """Return the title in a language, in English where there is no translation."""
        return self.title if language == "en" else self.titles.get(language, self.title)


class Framework(Entry):
    """A published list of factors; ``kind`` says what its ratings measure."""

    name: Identifier
    title: Text
    kind: Literal["risk", "resilience", "capacity"]
    issuer: Text
    edition: Text
    symbol: Text | None = None
    url: Text | None = None
    citation: Text
    note: Text | None = None
    factors: Annotated[tuple[Factor, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _identifiers_are_unique(self) -> Self:
        counts = Counter([f.id for f in self.factors] + [i.id for i in self.indicators])
        repeated = sorted(name for name, count in counts.items() if count > 1)
        if repeated:
            raise ValueError(f"identifiers used more than once: {', '.join(repeated)}")
        return self

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        """All indicators in the order of the document."""
        return tuple(i for factor in self.factors for i in factor.indicators)

    @cached_property
    def _by_id(self) -> dict[str, Factor | Indicator]:
        entries: dict[str, Factor | Indicator] = {f.id: f for f in self.factors}
        entries.update({i.id: i for i in self.indicators})
        return entries

    @cached_property
    def _home(self) -> dict[str, Factor]:
        return {i.id: factor for factor in self.factors for i in factor.indicators}

    def __getitem__(self, identifier: str) -> Factor | Indicator:
        """Return the factor or indicator with this identifier; unknown ones name the nearest."""
        try:
            return self._by_id[identifier]
        except KeyError:
            hint = nearest(identifier, self._by_id)
            message = f"has no factor or indicator '{identifier}'{hint}"
            raise InputError(f"framework {self.name}", [message]) from None

    def __contains__(self, identifier: object) -> bool:
        """Whether a factor or indicator has this identifier."""
        return identifier in self._by_id

    def factor_of(self, indicator: str) -> Factor:
        """Return the factor to which an indicator belongs."""
        self[indicator]
        return self._home[indicator]


class RiskLink(Entry):
    """One risk factor of the Secretary-General and the Framework factors that are its home."""

    source: Identifier = Field(alias="from")
    to: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    also: tuple[Identifier, ...] = ()
    reason: Text


class ResilienceLink(Entry):
    """What a resilience factor can hold down of one risk factor, at most (kappa)."""

    source: Identifier = Field(alias="from")
    to: Identifier
    kappa: Annotated[float, Field(ge=0.0, le=1.0)]
    indicators: tuple[Identifier, ...] = ()
    reason: Text


class CapacityLink(Entry):
    """The resilience factor that a national human-rights capacity serves."""

    source: Identifier = Field(alias="from")
    to: Identifier
    also: tuple[Identifier, ...] = ()
    reason: Text


class Crosswalk(Entry):
    """How the frameworks map onto each other."""

    sg_risk: tuple[RiskLink, ...]
    resilience: tuple[ResilienceLink, ...]
    capacity: tuple[CapacityLink, ...]


class Cluster(Entry):
    """Indicators that tell one event twice, or that already are missing resilience."""

    id: Identifier
    title: Text
    kind: Literal["same-event", "inverse-resilience"]
    indicators: Annotated[tuple[Identifier, ...], Field(min_length=2)]
    reason: Text


class Mechanism(Entry):
    """A kind of source: what it can and cannot warn of, and how soon it goes stale.

    ``cycle_months`` is 0 for a mechanism that speaks when events call for it. The half-lives are
    in months, for indicators of structural and of dynamic tempo.
    """

    id: Identifier
    title: Text
    titles: dict[Literal["fr", "es"], Text]
    warns_of: Text
    blind_to: Text
    cycle: Text
    cycle_months: Annotated[float, Field(ge=0.0)]
    half_life_structural: Annotated[float, Field(gt=0.0)]
    half_life_dynamic: Annotated[float, Field(gt=0.0)]
    reason: Text


class Word(Entry):
    """A word of ours in the three languages."""

    id: Identifier
    words: dict[Language, Text]
    note: Text | None = None


class RatingWord(Entry):
    """A word for a rating."""

    value: Annotated[float, Field(ge=0.0, le=1.0)]
    words: dict[Language, Text]


class Words(Entry):
    """The fixed words that people see, in the three languages."""

    ratings: tuple[RatingWord, ...]
    bands: tuple[Word, ...]
    states: tuple[Word, ...]
    tempos: tuple[Word, ...]
    crimes: tuple[Word, ...]
    scores: tuple[Word, ...]
