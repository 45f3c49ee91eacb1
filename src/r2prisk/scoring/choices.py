"""The choices about change over time that a profile declares: trends, the plane, warnings."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from r2prisk.catalogue.models import Identifier

Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
PlainName = Annotated[str, StringConstraints(pattern=r"^\w[\w .,'()-]*$")]
"""Words only: a name ends up in files that spreadsheets open, where = starts a formula."""


class Choice(BaseModel):
    """A part of a profile: frozen, and an unknown key is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Trend(Choice):
    """Sizes of the movements of one kind of score, fitted to all countries together.

    Parameters
    ----------
    noise : float
        Standard deviation of a score about its level, > 0.
    level, slope : float
        Standard deviations that the level gains in a year, and the slope (per year) in a year.
    drift : float
        Standard deviation of long-run slopes between countries, a year: what is known of a slope
        before a country is seen, which a projection leans on.
    turnover : float
        Standard deviation of the level's shift if all rated weight were replaced: a change in
        what was rated moves the level and never the slope.
    tails, spread : float
        Student's t that surprises follow: its degrees of freedom and its scale, in standard
        deviations of the forecast.

    Examples
    --------
    >>> Trend(noise=0.01, level=0.02, slope=0.0, turnover=0.7, tails=2.0, spread=0.5).drift
    0.0
    """

    noise: Positive
    level: NotNegative
    slope: NotNegative
    turnover: NotNegative
    tails: Positive
    spread: Positive
    drift: NotNegative = 0.0


class Trends(Choice):
    """How levels move, and which movement gets which word.

    Parameters
    ----------
    material : float
        Movement in scores a year that counts as a change, > 0.
    window : float
        Years over which movement is measured, > 0.
    volatile : float
        A score is volatile that swings this many times as much as the model expects, > 1.
    turn_reference, turn_limit : float
        Of the CUSUM that finds turning points, in standard normal surprises.
    risk, residual_risk, resilience, channels, factors : Trend
        The movements of each score, and of the channels of the watch list; ``factors`` holds for
        every other score.
    """

    material: Positive = 0.015
    window: Positive = 3.0
    volatile: Annotated[float, Field(gt=1.0, allow_inf_nan=False)] = 2.0
    turn_reference: NotNegative = 0.5
    turn_limit: Positive = 4.0
    risk: Trend = Trend(
        noise=0.0147, level=0.0213, slope=0.0, drift=0.0, turnover=0.72, tails=2.2, spread=0.52
    )
    residual_risk: Trend = Trend(
        noise=0.0133, level=0.0199, slope=0.0, drift=0.0, turnover=0.69, tails=2.1, spread=0.49
    )
    resilience: Trend = Trend(
        noise=0.001, level=0.0256, slope=0.0041, drift=0.0, turnover=0.0, tails=1.2, spread=0.2
    )
    channels: Trend = Trend(
        noise=0.0367, level=0.0354, slope=0.0, drift=0.0, turnover=0.6, tails=1.5, spread=0.35
    )
    factors: Trend = Trend(
        noise=0.0327, level=0.0435, slope=0.0006, drift=0.0, turnover=0.37, tails=1.1, spread=0.18
    )


class Plane(Choice):
    """Where risk and resilience divide the plane into four quadrants."""

    risk: Share = 0.30
    resilience: Share = 0.65


RuleKind = Literal["level", "movement", "surprise", "erosion"]


class Rule(Choice):
    """When an alert is raised, how sure it must be, and what clears it.

    Parameters
    ----------
    name : str
        What the alert is called.
    kind : {"level", "movement", "surprise", "erosion"}
        ``level``: the level is ``limit`` or more. ``movement``: the level rose by more than
        ``limit`` a year. ``surprise``: the score came out above its forecast. ``erosion``:
        resilience fell by more than ``limit`` a year while risk stayed flat.
    of : str
        A score, or a channel of the profile; ``erosion`` is of resilience.
    limit : float
        See ``kind``; not used by ``surprise``.
    floor : float
        Only where the level of ``of`` (of risk, for ``erosion``) is this or more.
    raise_at, clear_at : float
        The alert is on from the period in which the probability reaches ``raise_at``, and off
        again where it falls below ``clear_at``.

    Examples
    --------
    >>> Rule(name="high risk", kind="level", limit=0.45).raise_at
    0.8
    """

    name: PlainName
    kind: RuleKind
    of: Identifier = "risk"
    limit: NotNegative = 0.0
    floor: Share = 0.0
    raise_at: Share = 0.8
    clear_at: Share = 0.5

    @model_validator(mode="after")
    def _clears_below(self) -> Self:
        if self.clear_at > self.raise_at:
            raise ValueError(f"clear_at {self.clear_at} must not exceed raise_at {self.raise_at}")
        if self.of == "resilience" and self.kind in ("level", "movement"):
            raise ValueError(
                f"kind {self.kind} looks upwards; of resilience use erosion or surprise"
            )
        return self


class Ongoing(Choice):
    """An episode is under way where ``of`` reaches ``limit``, if no list of episodes is given."""

    of: Identifier = "RF11"
    limit: Share = 0.60


class Watch(Choice):
    """What the watch list shows and which alerts it raises.

    Parameters
    ----------
    persistent : float
        Years for which risk must have stood at ``high`` or more to be persistently high, > 0.
    high : float
        The level of risk that counts as high.
    sure : float
        The probability from which a reading lists a country.
    quiet : int
        An outside list is quiet on a country that it ranks below this place, or not at all.
    triggers : float
        Years ahead for which the trigger calendar is shown.
    current : float
        Years after which an edition of an outside list is no voice any more.
    ongoing : Ongoing, optional
        The prevention view sets such countries aside; without it, it needs a list of episodes.
    channels : dict of str to tuple of str
        Named groups of factors, each the mean of its rated factors.
    rules : tuple of Rule
        The alerts.
    """

    persistent: Positive = 5.0
    high: Share = 0.45
    sure: Share = 0.8
    quiet: Annotated[int, Field(ge=1)] = 30
    triggers: Positive = 1.0
    current: Positive = 2.0
    ongoing: Ongoing | None = None
    channels: dict[Identifier, Annotated[tuple[Identifier, ...], Field(min_length=1)]] = Field(
        default_factory=dict
    )
    rules: tuple[Rule, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [rule.name for rule in self.rules]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two rules are called {', '.join(twice)}")
        return self
