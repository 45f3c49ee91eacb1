"""The shape of a mapping: how one public dataset is turned into ratings."""

from __future__ import annotations

import os
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from r2prisk.catalogue.load import load_framework, read_toml
from r2prisk.catalogue.models import Entry, Framework, Identifier, Text
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest

SOURCES = (
    "ucdp-organised-violence",
    "pts",
    "vdem",
    "epr",
    "un-treaties",
    "interjust",
    "coups",
    "unhcr",
    "rsf",
    "cirights",
    "un-infant-mortality",
    "wdi",
    "wgi",
    "upr",
    "ewp-predictors",
)
"""The datasets whose mappings come with r2prisk, in their order of trust."""

Year = Annotated[int, Field(ge=1789, le=2100)]
Periods = Annotated[int, Field(ge=1, le=50)]
Rate = Annotated[float, Field(ge=0.0, le=1.0)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Word = str | int | float
Names = tuple[Text, ...]
MissingWord = Literal["unknown", "not_applicable", "failed"]


class Linear(Entry):
    """The raw values that become 0 and 1."""

    low: Number
    high: Number

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low < self.high:
            raise ValueError("`low` must be below `high`; to turn a scale round use `direction`")
        return self


class Log1p(Entry):
    """The counts that become 0 and 1 on a logarithmic scale."""

    cap: Annotated[Number, Field(gt=0.0)]
    floor: Annotated[Number, Field(ge=0.0)] = 0.0

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.floor < self.cap:
            raise ValueError("`floor` must be below `cap`")
        return self


class Threshold(Entry):
    """The value from which the rating is 1."""

    at: Number


class Categories(Entry):
    """The number for each word or code of the file."""

    map: dict[str, Number]


class Reverse(Entry):
    """No settings."""


class Share(Entry):
    """The column of the whole."""

    of: Text


class Lag(Entry):
    """How many years later a value counts."""

    periods: Periods


class Memory(Entry):
    """How soon past events fade, in years."""

    half_life: Annotated[Number, Field(gt=0.0, le=100.0)]


class Change(Entry):
    """Over how many years; as a difference, or relative to the earlier value."""

    periods: Periods
    relative: bool = False


class Hold(Entry):
    """How many years the last known value stands, and the last year that may be filled."""

    periods: Periods
    until: Year


class Step(Entry):
    """One step; exactly one of the keys is given."""

    linear: Linear | None = None
    log1p: Log1p | None = None
    threshold: Threshold | None = None
    categories: Categories | None = None
    reverse: Reverse | None = None
    share: Share | None = None
    lag: Lag | None = None
    memory: Memory | None = None
    change: Change | None = None
    hold: Hold | None = None

    @model_validator(mode="after")
    def _one_only(self) -> Self:
        if len(self.model_fields_set) != 1:
            names = ", ".join(type(self).model_fields)
            raise ValueError(f"a step is exactly one of {names}")
        return self

    @property
    def kind(self) -> str:
        """The name of the step."""
        return next(iter(self.model_fields_set))


class FileSpec(Entry):
    """How the file is written and how to know that it is the right one."""

    encoding: Literal["utf-8", "utf-8-sig", "latin-1", "cp1252"] = "utf-8-sig"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    columns: Names = ()
    missing: tuple[str, ...] = ("", "NA", "NaN", "nan")
    prefix: Text | None = None

    @field_validator("prefix")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        if value is not None:
            _pattern(value)
        return value


class UnitKey(Entry):
    """A column that names the unit, and its kind of code."""

    column: Text
    key: Literal["iso3", "iso2", "cow", "gw", "vdem", "wb", "name"]


class PeriodSpec(Entry):
    """What says the year: a column, one year for the whole file, or the year an event began."""

    column: Text | None = None
    map: dict[str, Year] = Field(default_factory=dict)
    snapshot: Year | None = None
    since: Text | None = None
    since_where: dict[str, Word] = Field(default_factory=dict)
    first: Year | None = None
    last: Year | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(x is not None for x in (self.column, self.snapshot, self.since)) != 1:
            raise ValueError("give exactly one of `column`, `snapshot` and `since`")
        if self.since is not None and (self.first is None or self.last is None):
            raise ValueError("`since` needs `first` and `last`, the years that the file knows")
        _in_order(self.first, self.last)
        return self


class Absent(Entry):
    """What it means that an independent state has no row in a covered year."""

    value: Number
    first: Year
    last: Year

    @model_validator(mode="after")
    def _years(self) -> Self:
        _in_order(self.first, self.last)
        return self


class MissingBy(Entry):
    """The column whose codes say why a value is missing, and the state for each code."""

    column: Text
    states: dict[str, MissingWord]
    otherwise: MissingWord = "unknown"


class Rating(Entry):
    """How one indicator is rated from the columns of the file."""

    indicator: Identifier
    columns: Annotated[Names, Field(min_length=1)]
    join: Literal["mean", "max", "min", "sum"] = "mean"
    any: bool = False
    fill: Names = ()
    where: dict[str, Word | tuple[Word, ...]] = Field(default_factory=dict)
    otherwise: Rate | None = None
    rows: Literal["one", "mean", "max", "min", "sum"] = "one"
    ignore: tuple[Number, ...] = ()
    steps: tuple[Step, ...] = ()
    direction: Literal["more", "less"] = "more"
    concept: Identifier
    contains: Names = ()
    first: Year | None = None
    last: Year | None = None
    missing: MissingWord | MissingBy = "unknown"
    why: Text

    @model_validator(mode="after")
    def _steps_make_a_rating(self) -> Self:
        _in_order(self.first, self.last)
        kinds = [step.kind for step in self.steps]
        if "categories" in kinds[1:]:
            raise ValueError("`categories` reads the words of the file: it must be the first step")
        if "share" in kinds[1:]:
            raise ValueError("`share` divides raw columns: it must be the first step")
        ranged = False
        for kind in kinds:
            if kind in ("linear", "log1p", "threshold", "categories"):
                ranged = True
            elif kind in ("memory", "change"):
                ranged = False
        if not ranged and any(kind in ("memory", "change") for kind in kinds):
            raise ValueError("after `memory` or `change` a range is needed: `linear` or `log1p`")
        return self

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The columns without which the indicator cannot be rated."""
        wholes = [step.share.of for step in self.steps if step.share is not None]
        why = [self.missing.column] if isinstance(self.missing, MissingBy) else []
        return (*self.columns, *self.where, *wholes, *why)

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """What is measured: the columns, with the rows of a long file that are taken."""
        chosen = [
            f"{key}={value}"
            for key, found in self.where.items()
            if self.otherwise is None
            for value in (found if isinstance(found, tuple) else (found,))
        ]
        return tuple(chosen) or (*self.columns, *self.fill)


class Mapping(Entry):
    """How one public dataset is turned into ratings; see ``docs/sources.md``."""

    name: Identifier
    title: Text
    publisher: Text
    version: Text
    version_pattern: Text | None = None
    version_column: Text | None = None
    citation: Text
    licence: Text
    url: Text
    covers: Text
    caveats: Names = ()
    frameworks: Names = ("un-foa-2014", "sg-resilience-2013")
    territories: bool = False
    file: FileSpec = FileSpec()
    unit: Annotated[tuple[UnitKey, ...], Field(min_length=1)]
    period: PeriodSpec
    absent: Absent | None = None
    ratings: Annotated[tuple[Rating, ...], Field(min_length=1)]

    @field_validator("version_pattern")
    @classmethod
    def _is_a_pattern(cls, value: str | None) -> str | None:
        if value is not None and _pattern(value).groups != 1:
            raise ValueError("the pattern needs one group in brackets, the version")
        return value

    @field_validator("frameworks")
    @classmethod
    def _named_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a framework is named twice")
        return value


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from None


def _in_order(first: int | None, last: int | None) -> None:
    if first is not None and last is not None and first > last:
        raise ValueError("`first` must not be after `last`")


def load_mapping(name: str | os.PathLike[str]) -> Mapping:
    """Return a mapping by its name, or a user's own from a TOML file.

    Parameters
    ----------
    name : str or path-like
        One of ``SOURCES``, or the path of a file that ends in ``.toml``.

    Returns
    -------
    Mapping
        Frozen, and checked against the frameworks that it rates.

    Raises
    ------
    InputError
        If no mapping has the name (the nearest is named), or if the file has faults: all of them,
        each with its line and place.

    Examples
    --------
    >>> load_mapping("pts").title
    'Political Terror Scale'
    """
    if isinstance(name, os.PathLike) or str(name).endswith(".toml"):
        return _checked(Path(name))
    if name not in SOURCES:
        allowed = f"allowed: {', '.join(SOURCES)}, or the path of a .toml file"
        message = f"no such source; {allowed}{nearest(str(name), SOURCES)}"
        raise InputError(f"source '{name}'", [message])
    return _shipped(str(name))


def frameworks_of(mapping: Mapping) -> tuple[Framework, ...]:
    """Return the frameworks whose indicators a mapping rates, in the order that it names them."""
    rated = {rating.indicator for rating in mapping.ratings}
    loaded = [load_framework(name) for name in mapping.frameworks]
    return tuple(f for f in loaded if any(i.id in rated for i in f.indicators))


@lru_cache(maxsize=32)
def _shipped(name: str) -> Mapping:
    return _checked(data_file("sources", f"{name}.toml"))


def _checked(path: Path) -> Mapping:
    """Read a mapping and check that every indicator that it names exists."""
    mapping = read_toml(path, Mapping)
    known = [i.id for name in mapping.frameworks for i in load_framework(name).indicators]
    problems = [
        f"ratings[{n}]: no indicator '{rating.indicator}' in {', '.join(mapping.frameworks)}"
        f"{nearest(rating.indicator, known)}"
        for n, rating in enumerate(mapping.ratings, start=1)
        if rating.indicator not in known
    ]
    if problems:
        raise InputError(str(path), problems)
    return mapping
