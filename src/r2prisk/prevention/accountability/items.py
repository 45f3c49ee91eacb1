"""The items of accountability as the data file declares them."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Identifier, Text
from r2prisk.catalogue.where import data_file

Status = Literal["yes", "partly", "signed", "measured", "no", "not applicable", "unknown"]
Group = Literal["treaties", "law", "capacities", "cooperation"]
FileName = Literal["treaties", "criminalisation", "capacities", "cooperation", "upr"]

GROUPS: tuple[Group, ...] = ("treaties", "law", "capacities", "cooperation")

CAPACITIES = "ohchr-capacity-2015"
"""The framework whose eight factors are the capacities."""

LEVELS: dict[Status, float] = {"yes": 1.0, "partly": 0.5, "signed": 0.0, "no": 0.0}
"""What a status counts; the others have no level, or one of their own."""


class Layout(Entry):
    """The columns by which a file is read, and the time that it tells of."""

    title: Text
    unit: Text
    columns: Annotated[tuple[Text, ...], Field(min_length=1)]
    optional: tuple[Text, ...] = ()
    as_of: Text
    find: Text
    year: int | None = None
    mapping: Identifier | None = None
    doubt: tuple[Text, ...] = ()


class Item(Entry):
    """One thing that a State has or has not: where the answer is, and what the next step is."""

    id: Identifier
    group: Group
    title: Text = "?"
    file: FileName
    key: Text | None = None
    map: dict[str, Status] = Field(default_factory=dict)
    words: dict[Status, Text] = Field(default_factory=dict)
    why: Text
    next_step: Text
    help: Text
    source: Text


class Rule(Entry):
    """How items rate an indicator: the mean of their levels times a scale."""

    indicator: Identifier
    items: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    scale: Annotated[float, Field(gt=0.0, le=1.0)]
    mapping: Identifier | None = None
    why: Text


class Declared(Entry):
    """The file ``accountability.toml``."""

    note: Text
    files: dict[FileName, Layout]
    items: Annotated[tuple[Item, ...], Field(min_length=1)]
    ratings: tuple[Rule, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        ids = [item.id for item in self.items]
        wrong = [
            f"item '{one}' stands twice" for one in sorted({i for i in ids if ids.count(i) > 1})
        ]
        wrong += [
            f"rating of {rule.indicator}: no item '{one}'"
            for rule in self.ratings
            for one in rule.items
            if one not in ids
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def of(self, file: FileName) -> tuple[Item, ...]:
        """Return the items that a file answers, in their order."""
        return tuple(item for item in self.items if item.file == file)


@lru_cache(maxsize=1)
def load_items() -> Declared:
    """Return the items, the files that answer them and the indicators that they rate.

    Returns
    -------
    Declared
        The capacities carry the titles of their framework.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> declared = load_items()
    >>> [item.id for item in declared.of("cooperation")]
    ['standing-invitation', 'nhri-accredited']
    >>> [rule.indicator for rule in declared.ratings]
    ['SGS3.1', 'SGS3.2', 'SGS3.5', 'SGS3.7']
    """
    declared = read_toml(data_file("accountability.toml"), Declared)
    titles = {factor.id: factor.title for factor in load_framework(CAPACITIES).factors}
    items = tuple(
        item.model_copy(update={"title": titles[str(item.key)]})
        if item.group == "capacities"
        else item
        for item in declared.items
    )
    return declared.model_copy(update={"items": items})
