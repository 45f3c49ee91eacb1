"""Read the catalogue: frameworks, crosswalk, overlaps, mechanisms and words."""

from __future__ import annotations

import os
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from r2prisk.catalogue.faults import faults
from r2prisk.catalogue.models import (
    Cluster,
    Crosswalk,
    Framework,
    Mechanism,
    Words,
)
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest

FRAMEWORKS = ("un-foa-2014", "sg-risk-2013", "sg-resilience-2013", "ohchr-capacity-2015")
"""The frameworks that come with r2prisk."""

ModelT = TypeVar("ModelT", bound=BaseModel)


@lru_cache(maxsize=32)
def _shipped(name: str) -> Framework:
    return read_toml(data_file(f"{name}.toml"), Framework)


def load_framework(name: str | os.PathLike[str]) -> Framework:
    """Return a framework by its name, or a user's own from a TOML file.

    Parameters
    ----------
    name : str or path-like
        One of ``un-foa-2014``, ``sg-risk-2013``, ``sg-resilience-2013``,
        ``ohchr-capacity-2015``; or the path of a file that ends in ``.toml``.

    Returns
    -------
    Framework
        Frozen; its factors and indicators stand in the order of the document.

    Raises
    ------
    InputError
        If no framework has the name (the nearest is named), or if the file has faults: all of
        them, each with its line and place.

    Notes
    -----
    Sources: UN symbols A/70/741-S/2016/71 (Framework of Analysis), A/67/929-S/2013/399 (risk and
    resilience factors), A/HRC/30/20 (national capacities).

    Examples
    --------
    >>> foa = load_framework("un-foa-2014")
    >>> len(foa.factors), len(foa.indicators)
    (14, 143)
    >>> foa["7.10"].tempo
    'dynamic'
    """
    if isinstance(name, os.PathLike) or str(name).endswith(".toml"):
        return read_toml(Path(name), Framework)
    if name not in FRAMEWORKS:
        allowed = f"allowed: {', '.join(FRAMEWORKS)}, or the path of a .toml file"
        message = f"no such framework; {allowed}{nearest(name, FRAMEWORKS)}"
        raise InputError(f"framework '{name}'", [message])
    return _shipped(name)


@lru_cache(maxsize=1)
def load_crosswalk() -> Crosswalk:
    """Return how the frameworks map onto each other, with the reason for each link.

    Examples
    --------
    >>> [link.to for link in load_crosswalk().sg_risk if link.source == "SGR1"]
    [('RF2', 'RF9')]
    """
    return read_toml(data_file("crosswalk.toml"), Crosswalk)


class _Clusters(BaseModel, frozen=True, extra="forbid"):
    clusters: tuple[Cluster, ...]


class _Mechanisms(BaseModel, frozen=True, extra="forbid"):
    mechanisms: tuple[Mechanism, ...]


@lru_cache(maxsize=1)
def load_overlaps() -> tuple[Cluster, ...]:
    """Return the clusters of indicators that tell one event twice.

    Examples
    --------
    >>> [c.indicators for c in load_overlaps() if c.id == "irregular-power-change"]
    [('1.4', '8.4')]
    """
    return read_toml(data_file("overlaps.toml"), _Clusters).clusters


@lru_cache(maxsize=1)
def load_mechanisms() -> dict[str, Mechanism]:
    """Return the kinds of source by identifier.

    Examples
    --------
    >>> load_mechanisms()["universal-periodic-review"].cycle_months > 48
    True
    """
    return {m.id: m for m in read_toml(data_file("mechanisms.toml"), _Mechanisms).mechanisms}


@lru_cache(maxsize=1)
def load_words() -> Words:
    """Return the words for ratings, bands, cell states, crimes and scores in three languages.

    Examples
    --------
    >>> [rating.words["fr"] for rating in load_words().ratings][0]
    'absent'
    """
    return read_toml(data_file("words.toml"), Words)


def framework_schema() -> dict[str, Any]:
    """Return the JSON Schema of a framework file.

    Examples
    --------
    >>> framework_schema()["title"]
    'Framework'
    """
    return Framework.model_json_schema()


def read_toml(path: Path, model: type[ModelT]) -> ModelT:
    """Read a TOML file into a model, with every fault reported together and with its place.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or does not fit the model.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except UnicodeDecodeError as error:
        where = f"byte {error.start}"
        raise InputError(str(path), [f"is not UTF-8 text ({where}); save it as UTF-8"]) from None
    except OSError as error:
        raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from None
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), [f"is not valid TOML: {error}"]) from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        raise InputError(str(path), faults(error, model, content, text)) from None
