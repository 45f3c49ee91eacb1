"""The end of a brief: where the numbers come from, how old they are, what was left out."""

from __future__ import annotations

import re
from textwrap import shorten

import numpy as np
import pandas as pd

from r2prisk.catalogue import load_mechanisms
from r2prisk.catalogue.models import Framework, Mechanism
from r2prisk.catalogue.translations import country_in
from r2prisk.evidence import EvidenceTable
from r2prisk.evidence.models import LEVELS, load_declared
from r2prisk.prevention.audience import Audience, Seen
from r2prisk.reporting.brief.back import rated_now
from r2prisk.reporting.brief.content import Block, Paragraph, Section
from r2prisk.reporting.brief.facts import Facts, unrated
from r2prisk.reporting.brief.words import Say, printable

EDITION = re.compile(r"^(?P<title>.+) v(?P<edition>[^ ]+)$")

KINDS = 3
"""Kinds of sources of evidence that are named, the newest."""

CODERS = 3
"""Coders who are named, in an internal brief."""

LETTERS = 30
"""Of a coder's name."""


def sources(facts: Facts, seen: Seen, audience: Audience, say: Say) -> Section:
    """Say what is rated, from what, how old it is, and what was left out."""
    period = str(facts.period)
    count, of = rated_now(facts)
    told = [
        say("sources", "rated", period=period, count=say.count(count), of=say.count(of)),
    ]
    gone, latest = unrated(facts.own.panel, facts.unit, facts.period)
    if gone:
        told.append(say("sources", "earlier", count=say.count(gone), period=str(latest)))
    if seen.datasets:
        told.append(say("sources", "datasets", list=_editions(seen.datasets, say)))
    told += [say("sources", "illustrative")] if seen.illustrative else []
    told += [say("sources", "own")] if seen.own else []
    told += [say("sources", "coded")] if seen.coded and seen.evidence is None else []
    blocks: list[Block] = [Paragraph(" ".join(told), "note")]
    if seen.evidence is not None:
        blocks += _evidence(facts, seen.evidence, say)
    after = _left_out(facts, seen, audience, say)
    if facts.now.panel.variance is not None:
        after.append(say("sources", "ageing"))
    if audience == "internal" and seen.evidence is not None:
        after.append(_levels(facts, seen.evidence, say))
    blocks += [Paragraph(" ".join(after), "note")] if after else []
    blocks.append(Paragraph(_made(facts, say), "note"))
    return Section("sources", say("titles", "sources"), tuple(blocks))


def _editions(datasets: tuple[str, ...], say: Say) -> str:
    """Name datasets, those that come in several editions once.

    Examples
    --------
    >>> _editions(("V-Dem v16", "V-Dem v12", "Political Terror Scale v2025"), Say("en"))
    'V-Dem 16, 12; Political Terror Scale 2025'
    """
    editions: dict[str, list[str]] = {}
    for dataset in datasets:
        found = EDITION.match(dataset)
        title, edition = (found["title"], found["edition"]) if found else (dataset, "")
        editions.setdefault(title, []).append(edition)
    texts = (f"{title} {', '.join(e)}".strip() for title, e in editions.items())
    return printable(say.listed(texts))


def _evidence(facts: Facts, table: EvidenceTable, say: Say) -> list[Block]:
    """Return the evidence on the country by kind of source, the newest first."""
    found = newest(table, facts.unit, facts.period)
    more = len(found) - KINDS
    found = found.head(KINDS)
    if found.empty:
        return []
    mechanisms = load_mechanisms()
    texts = [
        say(
            "sources",
            "kind",
            title=_titled(mechanisms[str(name)], say),
            count=say.count(int(count)),
            date=str(date)[:10],
        )
        for name, count, date in zip(found.index, found["rows"], found["date"], strict=True)
    ]
    texts += [say("words", "others", count=say.count(more))] if more > 0 else []
    country = country_in(facts.unit, say.language)
    period, listed = str(facts.period), say.listed(texts)
    return [
        Paragraph(say("sources", "evidence", country=country, period=period, list=listed), "note")
    ]


def _titled(mechanism: Mechanism, say: Say) -> str:
    return mechanism.title if say.language == "en" else mechanism.titles[say.language]


def _left_out(facts: Facts, seen: Seen, audience: Audience, say: Say) -> list[str]:
    """Say how much evidence this audience does not see."""
    if audience == "internal":
        return [say("sources", "closed")] if seen.closed else []
    if seen.evidence is None:
        return []
    here = int((seen.hidden == facts.unit).sum())
    others = len(seen.hidden) - here
    if not len(seen.hidden):
        return [say("sources", "whole")]
    name = "hidden" if audience == "public" else "confidential"
    country = country_in(facts.unit, say.language)
    counts = {"count": say.count(here), "others": say.count(others)}
    closed = [say("sources", "closed")] if seen.closed else []
    return [say("sources", name, country=country, **counts), *closed]


def _levels(facts: Facts, table: EvidenceTable, say: Say) -> str:
    """Say, to those inside only, how sensitive the evidence is and who coded it."""
    frame = table.to_frame()
    frame = frame[frame["unit"] == facts.unit]
    counts = frame["sensitivity"].astype(str).value_counts()
    words = {word.id: word.words[say.language] for word in load_declared().sensitivity}
    levels = [f"{words[n]} {say.count(int(counts[n]))}" for n in LEVELS if n in counts]
    coders = sorted({printable(str(coder)) for coder in frame["coder"]})
    if len(coders) > CODERS:
        more = say("words", "others", count=say.count(len(coders) - CODERS))
        coders = [*coders[:CODERS], more]
    coders = [shorten(coder, LETTERS, placeholder=" \u2026") for coder in coders]
    return say("sources", "levels", list=", ".join(levels), coders=", ".join(coders))


def _made(facts: Facts, say: Say) -> str:
    """Say what made the scores: enough to make them again."""
    about, profile = facts.now.provenance, facts.now.profile

    def named(framework: Framework) -> str:
        return say("sources", "edition", name=framework.name, edition=framework.edition)

    frameworks = (facts.now.risk_framework, facts.now.resilience_framework)
    return printable(
        say(
            "sources",
            "made",
            version=str(about["r2prisk"]),
            frameworks=", ".join(named(f) for f in frameworks),
            profile=f"{profile.name} {profile.version}",
            hash=profile.hash[:8],
            ratings=str(facts.now.panel.hash)[:8],
        )
    )


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
