"""Who may see what: scores made again from the evidence that is for an audience."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.evidence import EvidenceTable, pool
from r2prisk.evidence.casebook import CODING
from r2prisk.evidence.models import Sensitivity
from r2prisk.panel import Panel
from r2prisk.scoring import Scores, score
from r2prisk.scoring.scores import rest_on_closed
from r2prisk.sources import combine
from r2prisk.sources.mapping import SOURCES, load_mapping

Audience = Literal["public", "partner", "internal"]

AUDIENCES: tuple[Audience, ...] = get_args(Audience)

MOST: dict[Audience, Sensitivity] = {
    "public": "public",
    "partner": "restricted",
    "internal": "confidential",
}
"""The most sensitive evidence that each audience sees."""

CODED = "coded evidence ("
"""How the line on a source begins that ``pool`` writes."""

SPANS: dict[str, Literal["year", "quarter", "month"]] = {
    "Y-DEC": "year",
    "Q-DEC": "quarter",
    "M": "month",
}
"""Periods to which evidence can be pooled, by pandas frequency."""

NOTHING = (
    "none of it is for this audience, and the scores are of no other. If rows are for everybody, "
    'say "public" in the form\'s column "Who may read it" (behind the + above the last column; '
    "empty is restricted), read the form again and score again. Otherwise make the brief for "
    "those who may see it: --audience partner or --audience internal (in Python audience=)"
)
"""What to do where an audience may see none of the evidence."""

EXAMPLE = "illustrative coding"
"""What the casebook's notes, and the name of its coder, say."""

OPEN = ("r2prisk", "frameworks", "profile", "profile_hash", "panel_hash", "seed")
"""What a wider circle is told of how scores were made: nothing that names a file or a person."""


@dataclasses.dataclass(frozen=True, eq=False)
class Seen:
    """What an audience may see.

    Parameters
    ----------
    scores : Scores
        Made from nothing else; for a wider circle with no name of a file in them.
    evidence : EvidenceTable or None
        The rows that it may see, if evidence was given.
    hidden : pandas.Series
        Units of the rows that it may not see, one for each row.
    datasets : tuple of str
        Titles and editions of the public datasets behind the scores.
    own, coded : bool
        Whether ratings of the user's own, and coded evidence, are behind the scores.
    illustrative : bool
        Whether the casebook is, whose coding is an example.
    closed : bool
        Whether restricted evidence is.
    """

    scores: Scores
    evidence: EvidenceTable | None
    hidden: pd.Series[str]
    datasets: tuple[str, ...]
    own: bool
    coded: bool
    illustrative: bool
    closed: bool


def seen_by(
    scores: Scores, evidence: EvidenceTable | None, *, audience: Audience, period: pd.Period | None
) -> Seen:
    """Return what an audience may see, with all scores made from that alone.

    Parameters
    ----------
    scores : Scores
        The user's.
    evidence : EvidenceTable, optional
        All that the scores were made of, or what has the last word beside them.
    audience : {"public", "partner", "internal"}
        Public rows; also restricted ones; all.
    period : pandas.Period, optional
        To which evidence is carried, if it is later than the evidence.

    Raises
    ------
    InputError
        If the scores hold evidence that the audience may not see and it cannot be taken out, or
        nothing is left, or evidence cannot be pooled to the periods of the scores.
    """
    closed = rest_on_closed(scores)
    problems = refused(scores, evidence, audience)
    if problems:
        raise InputError("brief", problems)
    if evidence is None:
        return _cleaned(scores, None, pd.Series([], dtype=object), audience, closed=closed)
    alone = _of(scores, evidence)
    if closed and not alone and audience != "internal":
        raise InputError("brief", [_refused(audience)])
    shown = evidence.public() if audience == "public" else evidence
    if audience == "partner":
        kept = evidence.select(sensitivity=MOST[audience])
        shown = dataclasses.replace(kept, sources=(), notes=())
    levels = evidence.to_frame()[["unit", "sensitivity"]].astype(str)
    may = ["public", "restricted", "confidential"][: AUDIENCES.index(audience) + 1]
    hidden = levels["unit"][~levels["sensitivity"].isin(may)].reset_index(drop=True)
    made = _redone(scores, shown, alone=alone, period=period)
    closed = bool((shown.to_frame()["sensitivity"] != "public").any())
    return _cleaned(made, shown, hidden, audience, closed=closed)


def refused(scores: Scores, evidence: object, audience: object) -> list[str]:
    """Say why an audience may not have a brief of scores alone; nothing where it may.

    Parameters
    ----------
    scores : Scores
        The user's.
    evidence : EvidenceTable, optional
        With it, the scores can be made again.
    audience : {"public", "partner", "internal"}
        The audience.
    """
    shut = evidence is None and audience != "internal" and rest_on_closed(scores)
    return [_refused(audience)] if shut else []


def _refused(audience: object) -> str:
    return (
        f"audience '{audience}': the scores were made with evidence that is restricted or "
        "confidential, which cannot be taken out of them again. Make the brief for those inside "
        "(--audience internal; in Python audience='internal'), or give all the evidence that they "
        "were made of (--evidence FILE; evidence=), or, if other ratings are in them too, scores "
        "of these alone and the evidence beside them: what the audience may see is then scored anew"
    )


def _sources(scores: Scores) -> list[str]:
    """Return the lines on sources; a file that is read back has them in its provenance."""
    told = scores.provenance.get("sources")
    return [str(line) for line in told] if isinstance(told, list) else [*scores.panel.sources]


def _of(scores: Scores, evidence: EvidenceTable) -> bool:
    """Say whether scores were made of this evidence, all of it and nothing else."""
    if not len(evidence) or not set(scores.panel.indicators) <= set(evidence.indicators):
        return False
    again = pool(evidence, list(scores.panel.periods), hindsight=_hindsight(scores))
    return again.panel.hash == scores.panel.hash


def _hindsight(scores: Scores) -> bool:
    return "pooled with hindsight" in str(scores.provenance.get("notes", ""))


def _redone(
    scores: Scores, shown: EvidenceTable, *, alone: bool, period: pd.Period | None
) -> Scores:
    """Score what is shown, with the other ratings unless the scores were of evidence alone."""
    if not len(shown):
        if alone:
            raise InputError("evidence", [NOTHING])
        return scores
    kind = scores.panel.periods.freqstr
    if kind not in SPANS:
        problem = "is pooled to years, quarters or months; the scores are by day"
        raise InputError("evidence", [problem])
    own = shown.periods(SPANS[kind])
    ends = [own[-1], *([] if alone else [scores.panel.periods[-1]])]
    last = max(ends) if period is None else period.asfreq(kind, "end")
    if last < own[0]:
        if alone:
            problem = f"that this audience may see is known from {own[0]} on, not in {last}"
            raise InputError("evidence", [problem])
        return scores
    span = pd.period_range(own[0], last, freq=own.freqstr)
    coded = pool(shown, span, hindsight=_hindsight(scores)).panel
    panel = coded if alone else combine([coded, scores.panel], rule="first")
    again = score(panel, profile=scores.profile)
    sources = [CODED] if alone else [CODED, *_sources(scores)]
    return dataclasses.replace(again, provenance={**again.provenance, "sources": sources})


def _cleaned(
    scores: Scores,
    evidence: EvidenceTable | None,
    hidden: pd.Series[str],
    audience: Audience,
    *,
    closed: bool,
) -> Seen:
    """Take out of scores, for a wider circle, whatever names a file; say what is behind them."""
    lines = _sources(scores)
    datasets = [line.partition(": ")[0] for line in lines if _is_dataset(line)]
    coded = any(line.startswith(CODED) for line in lines)
    own = any(not _is_dataset(line) and not line.startswith(CODED) for line in lines)
    example = _illustrative(scores, evidence)
    if audience != "internal":
        about = {name: scores.provenance[name] for name in OPEN if name in scores.provenance}
        notes = (CODING,) if example else ()
        about |= {"sources": datasets, "notes": [*notes]}
        panel: Panel = dataclasses.replace(scores.panel, sources=tuple(datasets), notes=notes)
        scores = dataclasses.replace(scores, panel=panel, provenance=about)
    return Seen(scores, evidence, hidden, tuple(datasets), own, coded, example, closed)


def _illustrative(scores: Scores, evidence: EvidenceTable | None) -> bool:
    """Say whether the casebook is behind scores; its own file of evidence names it as coder."""
    told = [str(scores.provenance.get("notes", "")), *scores.panel.notes]
    told += [] if evidence is None else evidence.to_frame()["coder"].astype(str).unique().tolist()
    return any(EXAMPLE in text.lower() for text in told)


def _is_dataset(line: str) -> bool:
    """Say whether a line on a source is of a dataset that r2prisk knows, not of a user's file."""
    return any(line.startswith(f"{title} v") for title in _titles())


def _titles() -> list[str]:
    return [load_mapping(name).title for name in SOURCES]


def newest(table: EvidenceTable, unit: str, last: pd.Period) -> pd.DataFrame:
    """Return how many rows on a unit each kind of source gave, and how old the newest is.

    Parameters
    ----------
    table : EvidenceTable
        What may be seen.
    unit : str
        The country; one without rows has none.
    last : pandas.Period
        Rows that were not known by its end are left out.

    Returns
    -------
    pandas.DataFrame
        Index mechanism; columns ``rows``, ``date`` (the newest) and ``sensitivity`` (counts by
        name), the newest first.
    """
    frame = table.to_frame()
    known = frame["known"].fillna(frame["date"]) <= last.end_time
    frame = frame[(frame["unit"] == unit) & np.asarray(known)]
    found = frame.groupby(frame["mechanism"].astype(str))["date"].agg(["size", "max"])
    found = found.rename(columns={"size": "rows", "max": "date"})
    return found.sort_values(["date", "rows"], ascending=False, kind="stable")
