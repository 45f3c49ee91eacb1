"""Words that figures share: phrases in three languages, where numbers come from, the caution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import cast, get_args

from pydantic import BaseModel

from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest
from r2prisk.scoring.scores import is_closed

Texts = dict[str, dict[Language, str]]

LANGUAGES: tuple[Language, ...] = get_args(Language)


class Phrases(BaseModel, frozen=True, extra="forbid"):
    """What ``figures.toml`` holds: phrases by figure, name and language."""

    common: Texts
    profile: Texts = {}
    coverage: Texts = {}
    trajectory: Texts = {}


@lru_cache(maxsize=1)
def load_phrases() -> Phrases:
    """Return the phrases of figures.

    Examples
    --------
    >>> load_phrases().common["unknown"]["fr"]
    'inconnu'
    """
    return read_toml(data_file("figures.toml"), Phrases)


def check_language(language: str) -> None:
    """Refuse a language that figures do not speak.

    Raises
    ------
    InputError
        If it is none of them (the nearest is named).

    Examples
    --------
    >>> check_language("es")
    """
    if language not in LANGUAGES:
        allowed = f"allowed: {', '.join(LANGUAGES)}{nearest(str(language), LANGUAGES)}"
        raise InputError("figure", [f"language is '{language}'; {allowed}"])


def source_line(result: object, language: Language = "en") -> str:
    """Return where the numbers of a figure come from, in a line for its notes.

    Parameters
    ----------
    result : object
        A Panel, Scores, or a result that was made of scores: anything with ``provenance``, or
        with ``sources`` and ``notes``.
    language : {"en", "fr", "es"}
        The language.

    Returns
    -------
    str
        The profile with its version, if there is one; how many sources the ratings have, and
        where they are named; and that restricted evidence is in it, where it is.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> scores = score(read_panel(pd.DataFrame({"unit": ["GHA"], "year": [2013], "7.1": [0.5]})))
    >>> source_line(scores)
    'Scores by the profile default, version 2; the ratings do not name their sources.'
    """
    common = load_phrases().common
    parts: list[str] = []
    profile = getattr(result, "profile", None)
    if profile is not None:
        told = common["profile"][language]
        parts.append(told.format(name=profile.name, version=profile.version))
    made, where = _made(result)
    sources = cast("tuple[str, ...]", made.get("sources", ()))
    kind = {0: "no_sources", 1: "one_source"}.get(len(sources), "sources")
    parts.append(common[kind][language].format(count=len(sources), where=where))
    line = ("\u00a0; " if language == "fr" else "; ").join(parts)
    line = line[0].upper() + line[1:] + "."
    return f"{line} {common['closed'][language]}" if is_closed(made) else line


def caution(language: Language = "en") -> str:
    """Return what every figure says of what it shows.

    Parameters
    ----------
    language : {"en", "fr", "es"}
        The language.

    Examples
    --------
    >>> caution()
    'A score is not a finding: risk is not proof, and absence of data is not safety.'
    """
    return load_phrases().common["caution"][language]


def _made(result: object) -> tuple[Mapping[str, object], str]:
    """Return what holds the sources, and how a person finds it."""
    name = type(result).__name__.lower()
    provenance = getattr(result, "provenance", None)
    if provenance is None:
        held = {field: getattr(result, field, ()) for field in ("sources", "notes")}
        return held, f"{name}.sources"
    # what is made of scores keeps theirs whole, inside its own; stages have one of each
    inner = [v for v in provenance.values() if isinstance(v, Mapping) and "sources" in v]
    every = [provenance] if "sources" in provenance or not inner else inner
    made = {key: _union(every, key) for key in ("sources", "notes")}
    return made, f"{name}.provenance"


def _union(every: list[Mapping[str, object]], key: str) -> tuple[str, ...]:
    """Return what any of them lists, once."""
    texts = (text for one in every for text in cast("Iterable[str]", one.get(key, ())))
    return tuple(dict.fromkeys(texts))
