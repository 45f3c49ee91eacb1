"""Scores made from the files of a bundle: by the sender when it is packed, by the peer again."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import tomlkit

from r2prisk.catalogue import Framework, load_framework
from r2prisk.catalogue.load import FRAMEWORKS
from r2prisk.errors import InputError
from r2prisk.evidence import EvidenceTable, pool, read_evidence
from r2prisk.panel import read_panel
from r2prisk.panel.periods import period_of
from r2prisk.panel.read import CLOSED
from r2prisk.prevention.exchange.manifest import (
    BESIDE,
    EVIDENCE,
    MANIFEST,
    PROFILE,
    RATINGS,
    SCORES,
    Coded,
    Named,
    digest,
    printable,
)
from r2prisk.scoring import Scores, score
from r2prisk.scoring.profile import Profile
from r2prisk.sources import combine


def named(framework: Framework) -> Named:
    """Return how a manifest names a framework; it is one's own unless it is as it came.

    Examples
    --------
    >>> named(load_framework("sg-risk-2013")).own
    False
    """
    content = framework.model_dump_json(by_alias=True)
    shipped = framework.name in FRAMEWORKS and load_framework(framework.name) == framework
    return Named(
        name=framework.name,
        edition=printable(framework.edition, 500),
        sha256=digest(content.encode()),
        own=not shipped,
    )


def named_profile(profile: Profile) -> str:
    """Return how a manifest names a profile.

    Examples
    --------
    >>> named_profile(Profile.load("default"))
    'default (version 2)'
    """
    return printable(f"{profile.name} (version {profile.version})", 500)


def own_file(name: str) -> str:
    """Return the file of a bundle in which a framework of one's own stands.

    Examples
    --------
    >>> own_file("mine")
    'framework-mine.toml'
    """
    return f"framework-{name}.toml"


def as_toml(framework: Framework) -> str:
    """Return a framework as the file that gives it back.

    Examples
    --------
    >>> as_toml(load_framework("sg-risk-2013")).splitlines()[0]
    'name = "sg-risk-2013"'
    """
    return tomlkit.dumps(framework.model_dump(mode="json", by_alias=True, exclude_none=True))


def frameworks_in(folder: Path, told: tuple[Named, ...]) -> tuple[Framework, ...]:
    """Load frameworks, one's own from the folder.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files of the bundle are.
    told : tuple of Named
        As the manifest names them.

    Returns
    -------
    tuple of Framework
        In the same order.

    Raises
    ------
    InputError
        If one is not there or has faults.
    """
    names = [one.name for one in told]
    # a name that ends in .toml would be taken for a file of the reader's
    theirs = [one.name for one in told if not one.own and one.name not in FRAMEWORKS]
    problems = [f"no framework '{n}' in r2prisk or in the bundle" for n in theirs]
    problems += [f"framework '{n}' stands twice" for n in sorted({*names}) if names.count(n) > 1]
    if problems:
        raise InputError(MANIFEST, problems)
    return tuple(
        load_framework(folder / own_file(one.name) if one.own else one.name) for one in told
    )


def evidence_in(
    folder: Path, frameworks: tuple[Framework, ...], coded: Coded | None
) -> EvidenceTable | None:
    """Read the evidence in a folder, if the manifest says that there is any."""
    if coded is None:
        return None
    return read_evidence(folder / EVIDENCE, frameworks=frameworks)


def scores_in(
    folder: Path,
    frameworks: tuple[Framework, ...],
    coded: Coded | None,
    table: EvidenceTable | None,
) -> Scores:
    """Make scores from the files in a folder and from nothing else.

    Without evidence the ratings are scored; with it, the ratings are those that the evidence gives,
    which has the last word over others that stand beside it.

    Parameters
    ----------
    folder : pathlib.Path
        Where the files of the bundle are.
    frameworks : tuple of Framework
        Those of the ratings.
    coded : Coded, optional
        How the evidence is pooled, if there is any.
    table : EvidenceTable, optional
        The evidence in the folder.

    Returns
    -------
    Scores
        Their panel's sources and notes are those of the folder.

    Raises
    ------
    InputError
        If a file has faults or nothing can be scored.
    """
    profile = Profile.load(folder / PROFILE)
    if coded is None or table is None:
        return score(read_panel(folder / RATINGS, frameworks=frameworks), profile=profile)
    panel = pool(table, span_of(coded), hindsight=coded.hindsight).panel
    if (folder / BESIDE).is_file():
        others = read_panel(folder / BESIDE, frameworks=frameworks)
        panel = combine([panel, others], rule="first")
    return score(panel, profile=profile)


def span_of(coded: Coded) -> pd.PeriodIndex:
    """Return the periods to which evidence is pooled."""
    first, last = period_of(coded.first, "first"), period_of(coded.last, "last")
    if first.freqstr != last.freqstr or first > last:
        raise InputError(MANIFEST, [f"has no periods from {coded.first} to {coded.last}"])
    return pd.period_range(first, last)


def write_scores(scores: Scores, folder: Path, *, sources: list[str], notes: list[str]) -> None:
    """Write scores, the ratings behind them and how they were made, with no name of a file.

    Parameters
    ----------
    scores : Scores
        Made by :func:`scores_in`.
    folder : pathlib.Path
        Where to.
    sources, notes : list of str
        What the provenance says of where ratings come from, and beside the note that is always
        there if evidence is not for everybody.
    """
    closed = [note for note in scores.panel.notes if CLOSED in note and note not in notes]
    told = {**scores.provenance, "sources": sources, "notes": [*notes, *closed]}
    told["call"] = "pack"
    dataclasses.replace(scores, provenance=told).write(folder / SCORES)
    scores.panel.write(folder / RATINGS)
