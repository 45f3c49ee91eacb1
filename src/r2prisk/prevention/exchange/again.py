"""Run a bundle again, and compare what comes out with what it holds."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import numpy as np

from r2prisk.about import __version__
from r2prisk.catalogue import Framework
from r2prisk.errors import InputError
from r2prisk.evidence import EvidenceTable
from r2prisk.panel import Panel, read_panel
from r2prisk.prevention.audience import MOST, illustrative
from r2prisk.prevention.exchange.made import (
    as_toml,
    evidence_in,
    frameworks_in,
    named,
    named_profile,
    own_file,
    scores_in,
    span_of,
    write_scores,
)
from r2prisk.prevention.exchange.manifest import (
    BESIDE,
    EVIDENCE,
    MANIFEST,
    PROFILE,
    PROVENANCE,
    RATINGS,
    SCORES,
    Manifest,
    printable,
)
from r2prisk.scoring import Scores
from r2prisk.scoring.read import read_scores
from r2prisk.scoring.scores import rest_on_closed

SAME = 1e-9
"""How far numbers may be apart where bytes are: another version, another machine."""

NOT_FOR = "are not for the audience '{}': delete the file and tell the sender"


@dataclasses.dataclass(frozen=True, eq=False)
class Rerun:
    """What came out when a bundle was run again.

    Parameters
    ----------
    scores : Scores
        Made again, here.
    same_bytes : bool
        Whether every file came out with the same bytes; if not, every number did within 1e-9.
    largest : float
        The largest difference of a score.
    notes : tuple of str
        What differs between the sender's r2prisk and this one.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.prevention.exchange import pack
    >>> panel = read_panel(pd.DataFrame({"unit": ["GHA"], "year": [2013], "1.1": [0.5]}))
    >>> again = pack(score(panel), audience="public", made=dt.date(2026, 1, 1)).rerun()
    >>> again.same_bytes, again.largest
    (True, 0.0)
    """

    scores: Scores
    same_bytes: bool
    largest: float
    notes: tuple[str, ...]


def run_again(manifest: Manifest, members: Mapping[str, bytes], scratch: Path, name: str) -> Rerun:
    """Make the scores of a bundle again and compare every file.

    Parameters
    ----------
    manifest : Manifest
        What the bundle says of itself.
    members : mapping of str to bytes
        Its files, verified.
    scratch : pathlib.Path
        An empty folder.
    name : str
        The bundle, as messages name it.

    Returns
    -------
    Rerun
        The scores, and how near they are.

    Raises
    ------
    InputError
        If a file cannot be read, is not what the manifest says, or comes out otherwise.
    """
    here, there = scratch / "given", scratch / "made"
    here.mkdir()
    there.mkdir()
    for member, raw in members.items():
        (here / member).write_bytes(raw)
    try:
        _refuse_base(here / PROFILE)
        frameworks = frameworks_in(here, manifest.frameworks)
        told = _told(here / PROVENANCE)
        _refuse_periods(manifest, members[SCORES])
        table = evidence_in(here, frameworks, manifest.evidence)
        scores = scores_in(here, frameworks, manifest.evidence, table)
        _written_again(here, there, scores, table, told)
        scores = dataclasses.replace(scores, provenance={**scores.provenance, **told})
        problems = _otherwise_told(manifest, scores, table)
        largest = _apart(here, there, frameworks, problems)
    except InputError as error:
        said = [f"{Path(error.subject).name}: {problem}" for problem in error.problems]
        raise InputError(name, [printable(problem, 400) for problem in said]) from None
    changed = [p.name for p in there.iterdir() if p.read_bytes() != members.get(p.name)]
    same_version = manifest.r2prisk == __version__
    # what is only read and written again has the same bytes everywhere; sums may not
    problems += [
        f"member {member} is not as r2prisk {manifest.r2prisk} writes it"
        for member in sorted(changed)
        if same_version and not problems and member not in (SCORES, RATINGS)
    ]
    if problems:
        raise InputError(name, problems)
    notes = [] if same_version else [f"made by r2prisk {manifest.r2prisk}, run by {__version__}"]
    notes += [
        f"framework {one.name} is another edition here than where the bundle was made"
        for one, own in zip(manifest.frameworks, frameworks, strict=True)
        if one != named(own)  # one's own is in the bundle, and was checked
    ]
    return Rerun(scores, not changed, largest, tuple(notes))


def _refuse_base(path: Path) -> None:
    """Refuse a profile that builds on another: its base could be any file of the reader's."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise InputError(path.name, ["is not valid TOML"]) from None
    if "base" in content:
        raise InputError(path.name, ["builds on another file; a bundle holds all of a profile"])


def _refuse_periods(manifest: Manifest, scores: bytes) -> None:
    """Refuse periods of which there are no scores: they could be millions, and take hours."""
    lines = scores.count(b"\n")
    if manifest.evidence is not None and len(span_of(manifest.evidence)) > lines:
        raise InputError(MANIFEST, [f"names more periods than {SCORES} has rows"])


def _told(path: Path) -> dict[str, list[str]]:
    """Return what the provenance of the scores says of sources and in notes."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InputError(path.name, ["is no provenance in JSON"])
    about = cast(dict[str, object], content)
    lists = {name: about.get(name) for name in ("sources", "notes")}
    return {
        name: [str(line) for line in cast(list[object], told)] if isinstance(told, list) else []
        for name, told in lists.items()
    }


def _written_again(
    here: Path,
    there: Path,
    scores: Scores,
    table: EvidenceTable | None,
    told: Mapping[str, list[str]],
) -> None:
    """Write evidence, ratings, scores and own frameworks once more; the profile has its hash."""
    frameworks = scores.panel.frameworks
    for framework in frameworks:
        if (here / own_file(framework.name)).is_file():
            (there / own_file(framework.name)).write_bytes(as_toml(framework).encode())
    if table is not None:
        table.write(there / EVIDENCE)
    if (here / BESIDE).is_file():
        read_panel(here / BESIDE, frameworks=frameworks).write(there / BESIDE)
    write_scores(scores, there, **told)


def _otherwise_told(manifest: Manifest, scores: Scores, table: EvidenceTable | None) -> list[str]:
    """Return where the manifest says other things than the files."""
    panel = scores.panel
    pairs: list[tuple[str, object, object]] = [
        ("the profile", manifest.profile, named_profile(scores.profile)),
        ("the hash of the profile", manifest.profile_hash, scores.profile.hash),
        ("units", manifest.units, panel.units),
        ("the first period", manifest.first, str(panel.periods[0])),
        ("the last period", manifest.last, str(panel.periods[-1])),
        ("rows of scores", manifest.rows, len(scores)),
    ]
    found = {framework.name: named(framework).sha256 for framework in panel.frameworks}
    own = (one for one in manifest.frameworks if one.own)
    pairs += [(f"the hash of {own_file(n.name)}", n.sha256, found.get(n.name)) for n in own]
    problems: list[str] = []
    closed = 0
    if manifest.evidence is not None and table is not None:
        closed = int((table.to_frame()["sensitivity"] != "public").sum())
        pairs += [
            ("rows of evidence", manifest.evidence.rows, len(table)),
            ("rows that are not public", manifest.evidence.closed, closed),
        ]
        more = len(table) - len(table.select(sensitivity=MOST[manifest.audience]))
        if more:
            problems.append(f"{more:,} rows of evidence {NOT_FOR.format(manifest.audience)}")
    if manifest.audience != "internal" and rest_on_closed(scores) and not closed:
        problems.append(f"the scores {NOT_FOR.format(manifest.audience)}")
    if illustrative(scores, table) and not manifest.illustrative:
        problems.append("rests on the casebook, whose coding is an example, and does not say so")
    return problems + [
        f"the manifest says of {what}: {_short(told)}; the files: {_short(found)}"
        for what, told, found in pairs
        if told != found
    ]


def _short(value: object) -> str:
    return ", ".join(map(str, value[:9])) if isinstance(value, tuple) else str(value)


def _apart(
    here: Path, there: Path, frameworks: tuple[Framework, ...], problems: list[str]
) -> float:
    """Return the largest difference of a score; add what comes out otherwise to the problems."""
    if _raw(here / RATINGS) != _raw(there / RATINGS):
        given, made = (read_panel(at / RATINGS, frameworks=frameworks) for at in (here, there))
        if not _alike(given, made):
            problems.append(f"the ratings come out otherwise than {RATINGS} has them")
    if _raw(here / SCORES) == _raw(there / SCORES):
        return 0.0
    given, made = (read_scores(at / SCORES) for at in (here, there))
    if not given.index.equals(made.index) or list(given) != list(made):
        problems.append(f"the scores come out with other rows or columns than {SCORES} has")
        return float("nan")
    numbers = given.select_dtypes("number").columns
    words = [column for column in given if column not in numbers]
    apart = (given[numbers] - made[numbers]).abs()
    other = (apart > SAME) | (given[numbers].isna() != made[numbers].isna())
    rows = other.any(axis=1) | (given[words].fillna("") != made[words].fillna("")).any(axis=1)
    if rows.any():
        count = f"{int(rows.sum()):,} of {len(given):,} rows"
        problems.append(f"{count} of scores come out otherwise than {SCORES} has them")
    return float(np.nanmax(apart.to_numpy(), initial=0.0))


def _alike(given: Panel, made: Panel) -> bool:
    """Say whether two panels have the same cells, and ratings no further apart than numbers may."""
    if not given.index.equals(made.index) or given.indicators != made.indicators:
        return False
    near = np.allclose(given.ratings, made.ratings, rtol=0.0, atol=SAME, equal_nan=True)
    return near and bool((given.states == made.states).all())


def _raw(path: Path) -> bytes:
    return path.read_bytes()
