"""The phrases of a contrast, and what is declared for it: ``contrast.toml``."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
from pydantic import model_validator

from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Language, Text
from r2prisk.catalogue.where import data_file

Texts = dict[str, dict[Language, Text]]


class Span(Entry):
    """The months in which atrocity crimes took place in a history that went on to calm."""

    first: Text
    last: Text

    @model_validator(mode="after")
    def _in_order(self) -> Span:
        if pd.Period(self.first, freq="M") > pd.Period(self.last, freq="M"):
            raise ValueError(f"begins in {self.first}, after it ended in {self.last}")
        return self


class Words(Entry):
    """What ``contrast.toml`` holds."""

    missing_resilience: tuple[Text, ...]
    crimes: dict[str, Span]
    sentences: Texts


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Return the phrases of a contrast, and what is declared for it.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> load_words().missing_resilience
    ('RF3', 'RF6')
    """
    return read_toml(data_file("contrast.toml"), Words)
