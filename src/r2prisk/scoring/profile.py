"""A profile: the named, versioned, hashable set of choices behind every score."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self, cast

import tomlkit
from pydantic import Field, ValidationError, model_validator

from r2prisk.catalogue import CRIMES, Framework, load_crosswalk
from r2prisk.catalogue.faults import faults
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Identifier, Text
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest
from r2prisk.files import sha256, write_beside
from r2prisk.scoring.choices import Choice, PlainName, Plane, Share, Trend, Trends, Watch
from r2prisk.scoring.kernel import Form, Rule

Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
Exponent = Annotated[float, Field(ge=1.0, le=100.0, allow_inf_nan=False)]

CROSSWALK = ("un-foa-2014", "sg-resilience-2013")
OWN_COLUMNS = (
    *("unit", "period", "risk", "residual", "residual_risk", "resilience", "coverage", "band"),
    "note",
)
SUFFIXES = ("_low", "_high", "_coverage", "_residual", "_inhibition")
PROFILES = ("default", "evidence")
"""The profiles that come with r2prisk."""

TABLES = ("exponents", "weights", "inhibition", "missing", "trends", "plane", "watch")
"""The choices of which a change names only some."""


class Exponents(Choice):
    """Exponents of the power means, 1 (plain mean) or more."""

    within: Exponent = 2.0
    across: Exponent = 1.0


class Weights(Choice):
    """Weights by identifier; what is not named weighs 1."""

    factors: dict[Identifier, Weight] = Field(default_factory=dict)
    indicators: dict[Identifier, Weight] = Field(default_factory=dict)


class Inhibition(Choice):
    """How resilience meets risk; ``kappa[SGS][RF]`` defaults to the crosswalk."""

    form: Form = "damping"
    gate: Share = 0.75
    kappa: dict[Identifier, dict[Identifier, Share]] | None = None


class Missing(Choice):
    """What a factor makes of its unknown indicators, and how much must be rated for a band."""

    rule: Rule = "rated-only"
    prior: Share = 0.5
    band_coverage: Share = 0.15


class Band(Choice):
    """A name for risk from a lower limit up."""

    name: PlainName
    start: Share = Field(alias="from")


class Profile(Choice):
    """The choices behind a score, frozen; results carry its name, version and hash.

    Parameters
    ----------
    name, version : str
        How results name it.
    risk, resilience : str
        Names of the two frameworks.
    exponents : Exponents
        ``within`` a factor and ``across`` factors, each 1 or more.
    weights : Weights
        Weights of ``factors`` and ``indicators`` by identifier, 0 or more, 1 if not named.
    inhibition : Inhibition
        ``form`` (damping, subtractive, ratio, gate), ``gate`` and ``kappa``.
    missing : Missing
        ``rule`` (rated-only, as-absent, prior), ``prior``, and ``band_coverage``: where less of
        the risk weight was rated, the band is ``unknown``, because absence of data is not safety.
    views : dict of str to tuple of str
        Further named views over risk factors.
    bands : tuple of Band
        Names of risk from a lower limit up; the first starts at 0.
    trends : Trends
        How scores move from year to year, and which movement gets which word.
    plane : Plane
        Where risk and resilience divide their plane into quadrants.
    watch : Watch
        What the watch list shows, the channels and the alert rules.

    Examples
    --------
    >>> profile = Profile.load("default")
    >>> profile.exponents.within, profile.inhibition.form, len(profile.hash)
    (2.0, 'damping', 64)
    >>> profile.replace(name="plain", exponents={"within": 1.0}).exponents.within
    1.0
    """

    name: Identifier
    version: Text = "1"
    note: Text | None = None
    risk: Identifier = "un-foa-2014"
    resilience: Identifier = "sg-resilience-2013"
    exponents: Exponents = Exponents()
    weights: Weights = Weights()
    inhibition: Inhibition = Inhibition()
    missing: Missing = Missing()
    views: dict[Identifier, Annotated[tuple[Identifier, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    bands: Annotated[tuple[Band, ...], Field(min_length=1)]
    trends: Trends = Trends()
    plane: Plane = Plane()
    watch: Watch = Watch()

    @model_validator(mode="after")
    def _bands_rise(self) -> Self:
        starts = [band.start for band in self.bands]
        if starts[0] != 0.0 or any(b <= a for a, b in itertools.pairwise(starts)):
            raise ValueError(f"bands must start at 0 and rise, found {starts}")
        return self

    @classmethod
    def load(cls, name: str | os.PathLike[str]) -> Self:
        """Return a profile by name, or from a TOML file.

        Parameters
        ----------
        name : str or path-like
            ``default``, ``evidence``, or the path of a file that ends in ``.toml``, which may
            name a profile to build on (``base``).

        Raises
        ------
        InputError
            If there is no such profile (the nearest is named) or the file has faults: all of
            them, each with its line; unknown keys name the nearest.
        """
        if isinstance(name, os.PathLike) or str(name).endswith(".toml"):
            return read_toml(Path(name), cls)
        if name not in PROFILES:
            allowed = f"allowed: {', '.join(PROFILES)}, or the path of a .toml file"
            hint = nearest(name, PROFILES)
            raise InputError(f"profile '{name}'", [f"no such profile; {allowed}{hint}"])
        return read_toml(data_file("profiles", f"{name}.toml"), cls)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the profile as TOML, with kappa spelt out; loading it gives the same hash."""
        with write_beside(path) as scratch:
            scratch.write_text(tomlkit.dumps(self._content()), encoding="utf-8")

    def replace(self, **changes: Any) -> Self:
        """Return a changed copy, checked like a new one.

        Raises
        ------
        InputError
            With every unknown key (nearest named) and every value that is not allowed.
        """
        content = self._changed(changes)
        try:
            return type(self).model_validate(content)
        except ValidationError as error:
            raise InputError(f"profile {self.name}", faults(error, type(self), content)) from None

    def _changed(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Return every choice, with some changed; of a table only what is named is changed."""
        content = self.model_dump(by_alias=True)
        for key, value in changes.items():
            nested = isinstance(value, dict) and key in TABLES
            content[key] = {**content[key], **value} if nested else value
        return content

    @model_validator(mode="before")
    @classmethod
    def _on_base(cls, data: Any) -> Any:
        """Fill in, from the profile that a file builds on, what the file does not name."""
        if not isinstance(data, dict) or "base" not in data:
            return data
        given = dict(cast(dict[str, Any], data))
        return cls.load(given.pop("base"))._changed(given)

    @cached_property
    def kappa(self) -> dict[str, dict[str, float]]:
        """The share of each risk factor that each resilience factor can hold down at most."""
        if self.inhibition.kappa is not None:
            return {s: dict(sorted(to.items())) for s, to in sorted(self.inhibition.kappa.items())}
        kappa: dict[str, dict[str, float]] = {}
        if (self.risk, self.resilience) != CROSSWALK:
            return kappa  # the crosswalk speaks of these two frameworks only
        for link in load_crosswalk().resilience:
            kappa.setdefault(link.source, {})[link.to] = link.kappa
        return {s: dict(sorted(to.items())) for s, to in sorted(kappa.items())}

    @cached_property
    def hash(self) -> str:
        """SHA-256 of every choice, kappa included; equal choices give equal hashes."""
        return sha256(json.dumps(self._content(), sort_keys=True).encode())

    def trend_of(self, score: str) -> Trend:
        """Return the sizes of the movements of a score or a channel."""
        named = {
            "risk": self.trends.risk,
            "residual_risk": self.trends.residual_risk,
            "resilience": self.trends.resilience,
            **dict.fromkeys(self.watch.channels, self.trends.channels),
        }
        return named.get(score, self.trends.factors)

    def _content(self) -> dict[str, Any]:
        content = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        content["inhibition"]["kappa"] = self.kappa
        return content

    def check(self, risk: Framework, resilience: Framework) -> None:
        """Refuse frameworks of the wrong kind and identifiers that they do not have.

        Raises
        ------
        InputError
            With every fault, and the nearest match of every unknown identifier.
        """
        problems = [
            f"{side}: {framework.name} is a framework of {framework.kind}"
            for side, framework in (("risk", risk), ("resilience", resilience))
            if framework.kind != side
        ]
        risks, safeguards = ({f.id for f in side.factors} for side in (risk, resilience))
        problems += _clashes(self.views, self.watch.channels, risks, safeguards)
        indicators = {i.id for i in (*risk.indicators, *resilience.indicators)}
        both = f"{risk.name} or {resilience.name}"
        kappa = self.inhibition.kappa or {}
        watch = self.watch
        scores = {"risk", "residual_risk", "resilience", *CRIMES, *self.views, *watch.channels}
        scores |= risks | safeguards
        followed = [rule.of for rule in watch.rules]
        followed += [watch.ongoing.of] if watch.ongoing else []
        named: list[tuple[str, Iterable[str], set[str], str]] = [
            ("weights.factors", self.weights.factors, risks | safeguards, both),
            ("weights.indicators", self.weights.indicators, indicators, both),
            *((f"views.{v}", names, risks, risk.name) for v, names in self.views.items()),
            ("inhibition.kappa", kappa, safeguards, resilience.name),
            *((f"inhibition.kappa.{s}", to, risks, risk.name) for s, to in kappa.items()),
            *((f"watch.channels.{c}", to, risks, risk.name) for c, to in watch.channels.items()),
            ("watch", followed, scores, f"the scores of {risk.name}"),
        ]
        problems += [
            f"{where}: '{name}' is not in {home}{nearest(name, allowed)}"
            for where, names, allowed, home in named
            for name in names
            if name not in allowed
        ]
        if problems:
            raise InputError(f"profile {self.name}", problems)


def _clashes(
    views: Collection[str], channels: Collection[str], risks: set[str], safeguards: set[str]
) -> list[str]:
    """Name factors, and views or channels, whose columns would take the name of another score."""
    crosswalk = {link.source for link in load_crosswalk().sg_risk}
    ids = [f"factor '{name}'" for name in sorted(risks & safeguards)]
    ids += [
        f"factor '{name}'"
        for name in sorted(risks | safeguards)
        if name in {*OWN_COLUMNS, *CRIMES} or name.endswith(SUFFIXES)
    ]
    taken = {*OWN_COLUMNS, *CRIMES, *risks, *safeguards, *crosswalk}
    ids += [f"view '{name}'" for name in views if name in taken or name.endswith(SUFFIXES)]
    taken |= set(views)
    ids += [f"channel '{name}'" for name in channels if name in taken or name.endswith(SUFFIXES)]
    return [f"{name} is taken by another score; choose another name" for name in ids]
