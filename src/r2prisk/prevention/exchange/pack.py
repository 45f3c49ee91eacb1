"""Pack an assessment into one file that a peer can open, verify and run again."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterable
from pathlib import Path

from r2prisk.about import __version__
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.evidence import EvidenceTable
from r2prisk.prevention.audience import (
    AUDIENCES,
    CODED,
    SPANS,
    Audience,
    Seen,
    seen_by,
    with_hindsight,
)
from r2prisk.prevention.exchange.bundle import Bundle
from r2prisk.prevention.exchange.made import (
    as_toml,
    evidence_in,
    named,
    named_profile,
    own_file,
    scores_in,
    write_scores,
)
from r2prisk.prevention.exchange.manifest import (
    BESIDE,
    EDITION,
    EVIDENCE,
    FORMAT,
    PROFILE,
    RATINGS,
    Coded,
    Manifest,
    Member,
    digest,
    printable,
)
from r2prisk.scoring import Scores
from r2prisk.scoring.scores import need_scores


def pack(
    scores: Scores,
    *,
    audience: Audience,
    made: dt.date,
    evidence: EvidenceTable | None = None,
    units: Iterable[str] | None = None,
) -> Bundle:
    """Pack evidence, ratings, profile and scores into one file for an audience.

    The scores are made again from what the bundle holds and from nothing else, so that no number
    shows evidence that was left out.

    Parameters
    ----------
    scores : Scores, shape (n,)
        Yours.
    audience : {"public", "partner", "internal"}
        Public rows of evidence; also restricted ones; all. For the first two the names of files
        are left out as well.
    made : datetime.date
        When, as the bundle says; given, so that the same assessment makes the same bytes.
    evidence : EvidenceTable, optional
        All coded evidence that the scores were made of, or that has the last word beside them.
    units : iterable of str, optional
        Countries, by ISO 3166 alpha-3 code; all if not given.

    Returns
    -------
    Bundle
        ``write("ghana.r2prisk.zip")`` keeps it.

    Raises
    ------
    InputError
        With all faults: an audience or a country that is not there (the nearest is named); scores
        made with evidence that the audience may not see, without that evidence; nothing left.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["GHA"], "year": [2012], "1.1": [0.25]}))
    >>> bundle = pack(score(panel), audience="public", made=dt.date(2026, 1, 31))
    >>> bundle.manifest.units, sorted(bundle.members)[:2]
    (('GHA',), ['manifest.json', 'profile.toml'])
    >>> bundle.rerun().same_bytes
    True
    """
    wanted = _checked(scores, evidence, audience, made, units)
    seen = seen_by(scores, evidence, audience=audience, period=None, made="bundle")
    shown = _shown(seen, wanted)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        coded = _inputs(folder, scores, seen, shown, wanted)
        frameworks = seen.scores.panel.frameworks
        table = evidence_in(folder, frameworks, coded)  # as a peer will read it
        again = scores_in(folder, frameworks, coded, table)
        notes = seen.scores.provenance.get("notes")
        notes = [str(note) for note in notes] if isinstance(notes, list) else []
        sources = _sources(seen)
        behind = [] if coded is None else [f"{CODED}{coded.rows:,} rows)"]
        write_scores(again, folder, sources=[*behind, *sources], notes=notes)
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    left = seen.hidden.isin(wanted) if wanted else seen.hidden.notna()
    manifest = Manifest(
        format=FORMAT,
        edition=EDITION,
        r2prisk=__version__,
        made=made,
        audience=audience,
        units=again.panel.units,
        first=str(again.panel.periods[0]),
        last=str(again.panel.periods[-1]),
        rows=len(again),
        profile=named_profile(again.profile),
        profile_hash=again.profile.hash,
        frameworks=tuple(map(named, frameworks)),
        evidence=coded,
        evidence_left_out=int(left.sum()),
        units_left_out=len({*seen.scores.panel.units} - {*again.panel.units}),
        illustrative=seen.illustrative,
        sources=tuple(_behind(seen, scores, sources)),
        members={name: Member(sha256=digest(raw), size=len(raw)) for name, raw in files.items()},
    )
    return Bundle.of(manifest, files)


def _checked(
    scores: object, evidence: object, audience: object, made: object, units: Iterable[str] | None
) -> tuple[str, ...]:
    """Return the countries that are asked for, none for all; refuse what no bundle is made of."""
    need_scores(scores, "bundle")
    assert isinstance(scores, Scores)
    problems: list[str] = []
    there = set(scores.panel.units)
    if isinstance(evidence, EvidenceTable):
        there |= set(evidence.units)
    elif evidence is not None:
        found = type(evidence).__name__
        problems.append(f"evidence: needs an EvidenceTable, found {found}; read_evidence makes one")
    if audience not in AUDIENCES:
        hint = nearest(str(audience), AUDIENCES)
        problems.append(f"audience is '{audience}'; allowed: {', '.join(AUDIENCES)}{hint}")
    if not isinstance(made, dt.date) or isinstance(made, dt.datetime):
        problems.append(f"made: needs a date, found {type(made).__name__}")
    wanted = () if units is None else (units,) if isinstance(units, str) else tuple(units)
    if units is not None and not wanted:
        problems.append("units: names no country; leave it out for all")
    problems += [
        f"no unit '{unit}' in the scores{'' if unit in load_units() else unit_hint(unit)}"
        for unit in wanted
        if unit not in there
    ]
    if problems:
        raise InputError("bundle", problems)
    return wanted


def _shown(seen: Seen, wanted: tuple[str, ...]) -> EvidenceTable | None:
    """Return the evidence of the chosen countries that the audience may see, if there is any."""
    table = seen.evidence
    if table is not None and wanted:
        table = table.select(units=[unit for unit in wanted if unit in table.units])
    if table is not None and len(table):
        return table
    if seen.alone:
        raise InputError("bundle", [f"no evidence on {', '.join(wanted)} is for this audience"])
    return None


def _inputs(
    folder: Path,
    scores: Scores,
    seen: Seen,
    shown: EvidenceTable | None,
    wanted: tuple[str, ...],
) -> Coded | None:
    """Write all that scores are made of into a folder; return how the evidence is pooled."""
    seen.scores.profile.save(folder / PROFILE)
    for framework in seen.scores.panel.frameworks:
        if named(framework).own:
            (folder / own_file(framework.name)).write_bytes(as_toml(framework).encode())
    panel = scores.panel
    known = [unit for unit in wanted if unit in panel.units]
    others = panel.select(units=known) if known else panel if not wanted else None
    if shown is None:
        if others is None:
            raise InputError("bundle", [f"nothing on {', '.join(wanted)} is for this audience"])
        others.write(folder / RATINGS)
        return None
    shown.write(folder / EVIDENCE)
    if others is not None and not seen.alone:
        others.write(folder / BESIDE)
    own = shown.periods(SPANS[panel.periods.freqstr])
    return Coded(
        rows=len(shown),
        closed=int((shown.to_frame()["sensitivity"] != "public").sum()),
        first=str(own[0]),
        last=str(max(own[-1], seen.scores.panel.periods[-1])),
        hindsight=with_hindsight(scores),
    )


def _sources(seen: Seen) -> list[str]:
    """Return where ratings come from: for a wider circle, public datasets alone."""
    told = seen.scores.provenance.get("sources")
    lines = [str(line) for line in told] if isinstance(told, list) else []
    return [printable(line, 500) for line in lines if not line.startswith(CODED)]


def _behind(seen: Seen, scores: Scores, sources: list[str]) -> list[str]:
    """Return what ratings beside the evidence come from, and what of it is not in the bundle."""
    if seen.alone:
        return []
    before = CODED in str(scores.provenance.get("sources"))
    own = ["ratings of the sender's own"] if seen.own or not (sources or before) else []
    return [*sources, *own, *(["coded evidence that is not in the bundle"] if before else [])]
