"""What people read in the workbook: texts, labels and names of countries in three languages."""

from __future__ import annotations

import gettext
from functools import lru_cache
from typing import Any, Literal, Self

import pycountry
from pydantic import Field, model_validator

from r2prisk.catalogue import load_framework, load_words
from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Identifier, Indicator, Language, Text
from r2prisk.catalogue.units import load_units
from r2prisk.catalogue.where import data_file
from r2prisk.evidence.words import plain_word
from r2prisk.panel.gate import DEFAULT_FRAMEWORKS

LANGUAGES: tuple[Language, ...] = ("en", "fr", "es")
"""The languages of the form."""

Said = dict[Language, Text]
Translated = dict[Literal["fr", "es"], Text]


class Texts(Entry):
    """The file ``workbook.toml``; every text in every language, every indicator translated."""

    sheets: dict[str, Said]
    titles: dict[str, Said]
    columns: dict[str, Said]
    status: dict[str, Said]
    texts: dict[str, Said]
    names: dict[Identifier, Translated]
    labels: dict[Identifier, Translated]
    look_for: dict[Identifier, Translated] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        groups: dict[str, dict[str, Any]] = {
            "sheets": self.sheets,
            "titles": self.titles,
            "columns": self.columns,
            "status": self.status,
            "texts": self.texts,
        }
        wrong = [
            f"{group}.{key} must be in {', '.join(LANGUAGES)}"
            for group, said in groups.items()
            for key, words in said.items()
            if set(words) != set(LANGUAGES)
        ]
        known = [i.id for name in DEFAULT_FRAMEWORKS for i in load_framework(name).indicators]
        for group, said in (("labels", self.labels), ("look_for", self.look_for)):
            odd = [n for n in known if set(said.get(n, {})) != {"fr", "es"}]
            odd += [n for n in said if n not in known]
            if odd:
                wrong.append(f"{group} must be all indicators in fr and es: {', '.join(odd)}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


@lru_cache(maxsize=1)
def load_texts() -> Texts:
    """Return every text of the workbook.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> load_texts().sheets["cover"]["fr"]
    'Page de garde'
    """
    return read_toml(data_file("workbook.toml"), Texts)


def say(key: str, language: Language, **parts: str) -> str:
    """Return a text in a language, with its gaps filled.

    Examples
    --------
    >>> say("page", "es")
    'Página &P de &N'
    """
    said = load_texts().texts[key][language]
    return said.format(**parts) if parts else said


def label_in(indicator: Indicator, language: Language) -> str:
    """Return the label of an indicator in a language.

    Examples
    --------
    >>> label_in(load_framework("un-foa-2014").indicators[0], "fr")
    "Conflit armé entre États ou au sein d'un État"
    """
    return indicator.label if language == "en" else load_texts().labels[indicator.id][language]


def look_for_in(indicator: Indicator, language: Language) -> str:
    """Return what to look for in a language."""
    return indicator.look_for if language == "en" else load_texts().look_for[indicator.id][language]


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
    own = load_texts().names.get(unit)
    if own:
        return own[language]
    entry = pycountry.countries.get(alpha_3=unit)
    names = [name, *(getattr(entry, field, name) for field in ("common_name", "name"))]
    turned = [_translations(language).gettext(text) for text in names]
    return next((t for t, text in zip(turned, names, strict=True) if t != text), name)


@lru_cache(maxsize=2)
def _translations(language: Language) -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language], fallback=True)


def rating_word(value: float, language: Language) -> str | None:
    """Return the word for a rating, or None where none stands for exactly that number.

    Examples
    --------
    >>> rating_word(0.75, "es"), rating_word(0.7, "es")
    ('fuerte', None)
    """
    return next((w.words[language] for w in load_words().ratings if w.value == value), None)


def state_word(state: str, language: Language) -> str:
    """Return the word for a state of evidence.

    Examples
    --------
    >>> state_word("not applicable", "fr")
    'sans objet'
    """
    key = state.replace(" ", "_")
    return next(w.words[language] for w in load_words().states if w.id == key)


@lru_cache(maxsize=1)
def label_keys() -> dict[str, str]:
    """Return the identifier for each plain label in each language.

    Examples
    --------
    >>> label_keys()["elecciones limpias"]
    'SGS2.1'
    """
    listed = [i for name in DEFAULT_FRAMEWORKS for i in load_framework(name).indicators]
    return {plain_word(label_in(i, language)): i.id for i in listed for language in LANGUAGES}


@lru_cache(maxsize=4)
def keys_in(group: Literal["sheets", "columns"]) -> dict[str, str]:
    """Return the key for the plain name of each sheet or column in each language.

    Examples
    --------
    >>> keys_in("sheets")["portada"], keys_in("columns")["N°".casefold()]
    ('cover', 'indicator')
    """
    said: dict[str, Said] = getattr(load_texts(), group)
    return {plain_word(word): key for key, words in said.items() for word in words.values()}
