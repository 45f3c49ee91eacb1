"""Who may see what: scores made again from the evidence that is for an audience."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

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
    "empty is restricted), read the form again and score again. Otherwise make the {made} for "
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
    alone : bool
        Whether the scores are of the evidence and of nothing else.
    """

    scores: Scores
    evidence: EvidenceTable | None
    hidden: pd.Series[str]
    datasets: tuple[str, ...]
    own: bool
    coded: bool
    illustrative: bool
    closed: bool
    alone: bool


def seen_by(
    scores: Scores,
    evidence: EvidenceTable | None,
    *,
    audience: Audience,
    period: pd.Period | None,
    made: str = "brief",
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
    made : str
        What is made for them, as a refusal names it.

    Raises
    ------
    InputError
        If the scores hold evidence that the audience may not see and it cannot be taken out, or
        nothing is left, or evidence cannot be pooled to the periods of the scores.
    """
    closed = rest_on_closed(scores)
    problems = refused(scores, evidence, audience, made=made)
    if problems:
        raise InputError(made, problems)
    if evidence is None:
        return _cleaned(
            scores, None, pd.Series([], dtype=object), audience, closed=closed, alone=False
        )
    alone = _of(scores, evidence)
    if closed and not alone and audience != "internal":
        raise InputError(made, [_refused(audience, made)])
    shown = evidence.public() if audience == "public" else evidence
    if audience == "partner":
        kept = evidence.select(sensitivity=MOST[audience])
        shown = dataclasses.replace(kept, sources=(), notes=())
    levels = evidence.to_frame()[["unit", "sensitivity"]].astype(str)
    may = ["public", "restricted", "confidential"][: AUDIENCES.index(audience) + 1]
    hidden = levels["unit"][~levels["sensitivity"].isin(may)].reset_index(drop=True)
    again = _redone(scores, shown, alone=alone, period=period, made=made)
    closed = bool((shown.to_frame()["sensitivity"] != "public").any())
    return _cleaned(again, shown, hidden, audience, closed=closed, alone=alone)


def refused(
    scores: Scores, evidence: object, audience: object, *, made: str = "brief"
) -> list[str]:
    """Say why an audience may not have what is made of scores alone; nothing where it may.

    Parameters
    ----------
    scores : Scores
        The user's.
    evidence : EvidenceTable, optional
        With it, the scores can be made again.
    audience : {"public", "partner", "internal"}
        The audience.
    made : str
        What is made for it.
    """
    shut = evidence is None and audience != "internal" and rest_on_closed(scores)
    return [_refused(audience, made)] if shut else []


def _refused(audience: object, made: str) -> str:
    return (
        f"audience '{audience}': the scores were made with evidence that is restricted or "
        f"confidential, which cannot be taken out of them again. Make the {made} for those inside "
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
    again = pool(evidence, list(scores.panel.periods), hindsight=with_hindsight(scores))
    return again.panel.hash == scores.panel.hash


def with_hindsight(scores: Scores) -> bool:
    """Say whether evidence counted in scores before it was known.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> with_hindsight(score(panel))
    False
    """
    return "pooled with hindsight" in str(scores.provenance.get("notes", ""))


def _redone(
    scores: Scores, shown: EvidenceTable, *, alone: bool, period: pd.Period | None, made: str
) -> Scores:
    """Score what is shown, with the other ratings unless the scores were of evidence alone."""
    if not len(shown):
        if alone:
            raise InputError("evidence", [NOTHING.format(made=made)])
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
    coded = pool(shown, span, hindsight=with_hindsight(scores)).panel
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
    alone: bool,
) -> Seen:
    """Take out of scores, for a wider circle, whatever names a file; say what is behind them."""
    lines = _sources(scores)
    datasets = [line.partition(": ")[0] for line in lines if _is_dataset(line)]
    coded = any(line.startswith(CODED) for line in lines)
    own = any(not _is_dataset(line) and not line.startswith(CODED) for line in lines)
    example = illustrative(scores, evidence)
    if audience != "internal":
        about = {name: scores.provenance[name] for name in OPEN if name in scores.provenance}
        notes = (CODING,) if example else ()
        about |= {"sources": datasets, "notes": [*notes]}
        panel: Panel = dataclasses.replace(scores.panel, sources=tuple(datasets), notes=notes)
        scores = dataclasses.replace(scores, panel=panel, provenance=about)
    return Seen(scores, evidence, hidden, tuple(datasets), own, coded, example, closed, alone)


def illustrative(scores: Scores, evidence: EvidenceTable | None) -> bool:
    """Say whether the casebook is behind scores; its own file of evidence names it as coder.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> illustrative(score(panel), None)
    False
    """
    told = [str(scores.provenance.get("notes", "")), *scores.panel.notes]
    told += [] if evidence is None else evidence.to_frame()["coder"].astype(str).unique().tolist()
    return any(EXAMPLE in text.lower() for text in told)


def _is_dataset(line: str) -> bool:
    """Say whether a line on a source is of a dataset that r2prisk knows, not of a user's file."""
    return any(line.startswith(f"{title} v") for title in _titles())


def _titles() -> list[str]:
    return [load_mapping(name).title for name in SOURCES]
