"""Labels of indicators and names of countries in French and Spanish."""

from __future__ import annotations

import gettext
from functools import lru_cache
from typing import Literal, Self

import pycountry
from pydantic import model_validator

from r2prisk.catalogue.load import load_framework, read_toml
from r2prisk.catalogue.models import Entry, Identifier, Indicator, Language, Text
from r2prisk.catalogue.units import load_units
from r2prisk.catalogue.where import data_file

TRANSLATED = ("un-foa-2014", "sg-resilience-2013")
"""Frameworks whose indicators are translated, every one of them."""

Translated = dict[Literal["fr", "es"], Text]


class Translations(Entry):
    """The file ``translations.toml``."""

    names: dict[Identifier, Translated]
    labels: dict[Identifier, Translated]
    look_for: dict[Identifier, Translated]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wrong: list[str] = []
        known = [i.id for name in TRANSLATED for i in load_framework(name).indicators]
        for group, said in (("labels", self.labels), ("look_for", self.look_for)):
            odd = [n for n in known if set(said.get(n, {})) != {"fr", "es"}]
            odd += [n for n in said if n not in known]
            if odd:
                wrong.append(f"{group} must be all indicators in fr and es: {', '.join(odd)}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


@lru_cache(maxsize=1)
def load_translations() -> Translations:
    """Return labels, guidance and names of countries in French and Spanish.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> load_translations().labels["9.1"]["es"]
    'Leyes y prácticas que excluyen o segregan a grupos'
    """
    return read_toml(data_file("translations.toml"), Translations)


def label_in(indicator: Indicator, language: Language) -> str:
    """Return the label of an indicator in a language; of a user's own framework as it stands there.

    Examples
    --------
    >>> label_in(load_framework("un-foa-2014").indicators[0], "fr")
    "Conflit armé entre États ou au sein d'un État"
    """
    return translated(indicator.id, indicator.label, language)


def translated(indicator: str, label: str, language: Language) -> str:
    """Return a label in a language where it is the catalogue's, and as it stands otherwise.

    Examples
    --------
    >>> translated("9.1", "Laws and practices that exclude or segregate groups", "fr")
    'Lois et pratiques qui excluent ou isolent des groupes'
    >>> translated("9.1", "A label of another framework", "fr")
    'A label of another framework'
    """
    if language == "en" or _english().get(indicator) != label:
        return label
    return load_translations().labels[indicator][language]


@lru_cache(maxsize=1)
def _english() -> dict[str, str]:
    return {i.id: i.label for name in TRANSLATED for i in load_framework(name).indicators}


def look_for_in(indicator: Indicator, language: Language) -> str:
    """Return what to look for in a language; of a user's own framework as it stands there."""
    if language == "en" or _english().get(indicator.id) != indicator.label:
        return indicator.look_for
    return load_translations().look_for[indicator.id][language]


def country_in(unit: str, language: Language) -> str:
    """Return the name of a country in a language; in English where there is no other.

    Examples
    --------
    >>> country_in("DEU", "es"), country_in("IRN", "fr"), country_in("XDA", "fr")
    ('Alemania', 'Iran', 'Ardenia (synthetic)')
    """
    name = load_units()[unit].name
    if language == "en":
        return name
    own = load_translations().names.get(unit)
    if own:
        return own[language]
    entry = pycountry.countries.get(alpha_3=unit)
    names = [name, *(getattr(entry, field, name) for field in ("common_name", "name"))]
    turned = [_translations(language).gettext(text) for text in names]
    return next((t for t, text in zip(turned, names, strict=True) if t != text), name)


@lru_cache(maxsize=2)
def _translations(language: Language) -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True)
