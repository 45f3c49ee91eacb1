"""The third page: what held in twins, what would help, who could help, which measures there are."""

from __future__ import annotations

import dataclasses
import re
from textwrap import shorten
from typing import get_args

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.evidence.models import Sensitivity
from r2prisk.prevention import Contrast, contrast, what_followed
from r2prisk.prevention.assistance import Ladder, Match, Needs, Offers, ladder, match, needs
from r2prisk.prevention.assistance.ladder import BANDS, TRENDS, load_measures
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.prevention.audience import MOST, Audience
from r2prisk.prevention.contrasts.near import FEWEST
from r2prisk.reporting.brief.back import heading_word
from r2prisk.reporting.brief.content import UNKNOWN, Block, Paragraph, Section, Table
from r2prisk.reporting.brief.facts import Facts
from r2prisk.reporting.brief.front import labelled, titled
from r2prisk.reporting.brief.words import SPACES, Say, printable
from r2prisk.reporting.figures.course_marks import listed_onsets
from r2prisk.scoring import Scores
from r2prisk.scoring.scores import UNKNOWN as UNKNOWN_BAND

NEEDS = 5
"""Needs that are named."""

STRONG = 6
"""Strengths that are named."""

MEASURES = 3
"""Measures of each pillar that are named."""

OFFERED = 4
"""Offers that are named."""

TITLE, LABEL, PARTNER = 60, 80, 60
"""Letters of a factor's title, of an indicator and of a partner's name: more take a page."""

PARTS = 4
"""Parts between semicolons of a sentence; ``r2prisk contrast`` tells them all."""

MINUS = re.compile(r"(?<![\w-])-(?=\d)")
"""A minus before a number, and no hyphen of a date."""

GAIN = 4
"""Digits behind the point of what a step takes off: most are smaller than 0.01."""


def sections(
    facts: Facts,
    scores: Scores,
    offers: Offers | None,
    say: Say,
    onsets: pd.DataFrame | None,
    audience: Audience,
) -> tuple[Section, ...]:
    """Return the sections of the third page.

    Parameters
    ----------
    facts : Facts
        What the brief is about.
    scores : Scores
        Of all countries and periods that the audience may see.
    offers : Offers, optional
        What partners offer, if anybody asked.
    say : Say
        The language.
    onsets : pandas.DataFrame, optional
        Episodes of mass killing, which say what followed the twins.
    audience : {"public", "partner", "internal"}
        Who may see it; offers that it may not see are counted and left out.

    Raises
    ------
    InputError
        If onsets cannot be read.
    """
    found = needs(facts.now, facts.unit, facts.period)
    made = [held(facts, scores, say, onsets), would_help(found, say)]
    if offers is not None:
        made.append(_who(found, offers, say, audience))
    band = str(facts.row["band"])
    known = facts.now if band in BANDS else UNKNOWN_BAND
    menu = ladder(known, facts.unit, facts.period, trend=_trend(facts))
    return (*made, measures(menu, say, own="" if band in BANDS else band))


def _trend(facts: Facts) -> str:
    word = heading_word(facts, "risk")
    return word if word in TRENDS else "unknown"


def held(facts: Facts, scores: Scores, say: Say, onsets: pd.DataFrame | None) -> Section:
    """Set the country beside its historical twins, split by what followed them."""
    title = say("titles", "held")
    if onsets is None:
        return Section("held", title, (Paragraph(say("held", "none")),))
    known = listed_onsets(onsets, scores.panel.periods)
    if known.periods.freqstr != scores.panel.periods.freqstr:
        return Section("held", title, (Paragraph(say("held", "coarse")),))
    followed = what_followed(scores, known)
    try:
        found = contrast(scores, followed, facts.unit, facts.period)
    except InputError:  # the row is there: too little of it is rated
        factors = facts.now.presence[:, facts.place]
        rated = say.count(int((~np.isnan(factors)).sum()))
        text = say("held", "thin", known=rated, of=say.count(len(factors)), least=str(FEWEST))
        return Section("held", title, (Paragraph(text),))
    *said, doubts = _told(found, say)
    blocks: list[Block] = [Paragraph(text) for text in said if text]
    if len(found.twins):
        blocks.append(_differences(found, facts, say))
    return Section("held", title, (*blocks, Paragraph(doubts, "note")))


def _told(found: Contrast, say: Say) -> list[str]:
    """Return how it was compared, what differs, what calm twins share, and what that may be.

    Of the row itself, which the first sentence tells, page 1 tells.
    """
    compared, *rest = found.paragraphs(say.language)
    texts = (_shown(told, say) for told in (compared[1:], *rest))
    return [" ".join(told) for told in texts]


def _shown(told: list[str], say: Say) -> list[str]:
    """Return sentences as a page has them: cut lists, real minus signs, no break before a mark."""
    texts = [_fitting(MINUS.sub("\u2212", text), say) for text in told]
    return texts if say.language == "en" else [SPACES.sub("\u00a0", text) for text in texts]


def _fitting(text: str, say: Say) -> str:
    """Return a sentence with the head of its list, if there is more than a page has room for."""
    parts = text.split(say.listed(("", "")))
    if len(parts) <= PARTS:
        return text
    more = say("words", "others", count=say.count(len(parts) - PARTS))
    return f"{say.listed(parts[:PARTS])}, {more}."


def _differences(found: Contrast, facts: Facts, say: Say) -> Table:
    """Put each resilience factor of the country beside the means of its twins."""
    table = found.factors
    names = titled(facts.now.resilience_framework, list(table.index), say, letters=TITLE)
    rows = tuple(
        (
            name,
            say.number(row["own"]),
            *(_mean(row, side, say) for side in ("calm", "followed")),
            _gap(row, say),
        )
        for name, (_, row) in zip(names, table.iterrows(), strict=True)
    )
    head = tuple(say("held", c) for c in ("factor", "own", "calm", "followed", "between"))
    return Table("differences", head, rows, (0.42, 0.08, 0.14, 0.14, 0.22))


def _gap(row: pd.Series[float], say: Say) -> str:
    """Return calm minus escalated with its interval, where there are enough countries for one."""
    between, *ends = (say.number(row[f"between{end}"], sign=True) for end in ("", "_low", "_high"))
    if np.isnan(row["between"]):
        return UNKNOWN
    if np.isnan(row["between_low"]):
        return f"{between} ({say('held', 'few')})"
    return f"{between} ({say('words', 'to', low=ends[0], high=ends[1])})"


def _mean(row: pd.Series[float], side: str, say: Say) -> str:
    if np.isnan(row[side]):
        return UNKNOWN
    return f"{say.number(row[side])} ({say.count(int(row[f'{side}_countries']))})"


def would_help(found: Needs, say: Say) -> Section:
    """Name the steps of resilience that would lower residual risk most, and what is strong."""
    title = say("titles", "help")
    if found.table.empty:
        return Section("help", title, (Paragraph(say("help", "none")),))
    strong = [
        _label(name, label, say) for name, label in found.strong["label"].head(STRONG).items()
    ]
    more = len(found.strong) - len(strong)
    if more:
        strong.append(say("words", "others", count=say.count(more)))
    lead = say("help", "strong", list=say.listed(strong)) if strong else say("help", "weak")
    rows = tuple(
        (
            _label(name, row["label"], say),
            f"{say.number(row['rating'])} \u2192 {say.number(row['next'])}",
            _off(row["gain"], say),
            ", ".join(row["builds_on"]) or "\u2013",
            ", ".join(row["holds"]),
        )
        for name, row in found.table.head(NEEDS).iterrows()
    )
    head = tuple(say("help", c) for c in ("need", "step", "off", "ground", "holds"))
    table = Table("needs", head, rows, (0.36, 0.12, 0.09, 0.25, 0.18))
    told = [say("help", "assumed")]
    if len(found.find_out):
        told.append(say("help", "unknown", count=say.count(len(found.find_out))))
    note = Paragraph(" ".join(told), "note")
    return Section("help", title, (Paragraph(lead), table, note))


def _label(name: object, label: object, say: Say) -> str:
    return shorten(labelled(str(name), str(label), say), LABEL, placeholder=" \u2026")


def _off(gain: float, say: Say) -> str:
    """Return what a step takes off; what is too little to be shown is not nothing."""
    least = 10.0**-GAIN
    if gain < least:
        return say("words", "under", share=say.number(least, digits=GAIN))
    return say.number(-gain, digits=GAIN)


def _who(found: Needs, offers: Offers, say: Say, audience: Audience) -> Section:
    """Match the offers that the audience may see, and say how many it may not."""
    levels = get_args(Sensitivity)
    may = levels[: levels.index(MOST[audience]) + 1]
    shown = offers.table["sensitivity"].isin(may)
    hidden = int((~shown).sum())
    left = [say("who", "hidden", count=say.count(hidden))] if hidden else []
    if not shown.any():
        return Section("who", say("titles", "who"), (Paragraph(" ".join(left)),))
    seen = dataclasses.replace(offers, table=offers.table[shown])
    return who(match([found], seen), say, left)


def who(found: Match, say: Say, left: list[str]) -> Section:
    """Name the offers that fit the needs, and what to watch before one is made."""
    title = say("titles", "who")
    if found.pairs.empty:
        return Section("who", title, (Paragraph(" ".join([say("who", "none"), *left])),))
    tools = load_assistance().by_key
    rows: list[tuple[str, ...]] = []
    for _, row in found.pairs.head(OFFERED).iterrows():
        rows.append(
            (
                shorten(printable(str(row["partner"])), PARTNER, placeholder=" \u2026"),
                tools[str(row["tool"])].title_in(say.language),
                ", ".join(row["serves"]),
                say("who", "yes" if row["present"] else "no"),
                say.count(int(row["lead_time"])),
                _care(row, say),
            )
        )
    head = tuple(say("who", c) for c in ("partner", "tool", "serves", "present", "months", "care"))
    table = Table("offers", head, tuple(rows), (0.29, 0.29, 0.18, 0.08, 0.07, 0.09), words=3)
    rest = say.count(len(found.pairs) + len(found.unused) - len(rows))
    note = " ".join([say("who", "rest", count=rest), *left, say("who", "note")])
    return Section("who", title, (table, Paragraph(note, "note")))


def _care(row: pd.Series, say: Say) -> str:
    """Return how many cautions an offer has; what is unknown could be one more, or rule it out."""
    known = len(row["cautions"])
    if not (row["could_rule_out"] or row["find_out"]):
        return say.count(known) if known else "\u2013"
    return f"{say.count(known)} + {UNKNOWN}" if known else UNKNOWN


def measures(found: Ladder, say: Say, *, own: str = "") -> Section:
    """List what could be considered under each pillar: a menu; none is for a band of your own."""
    declared = load_measures().by_key
    rows = tuple(
        (one.pillar, f"{one.title_in(say.language)}{' †' * bool(mind)}", _basis(one.basis, say))
        for _, part in found.table.groupby("pillar", sort=False)
        for key, mind in part["mind"].head(MEASURES).items()
        for one in (declared[str(key)],)
    )
    head = tuple(say("measures", c) for c in ("pillar", "measure", "basis"))
    table = Table("measures", head, rows, (0.06, 0.46, 0.48), words=3)
    told = say("measures", "own_band", band=printable(own)) + " " if own else ""
    note = Paragraph(told + _left_out(found, len(rows), say), "note")
    return Section("measures", say("titles", "measures"), (table, note))


def _basis(texts: tuple[str, ...], say: Say) -> str:
    """Return symbols with the words beside them in the language."""
    text = say.listed(texts).replace("para.", say("measures", "paragraph"))
    return text.replace("UN Charter, Chapter", say("measures", "charter"))


def _left_out(found: Ladder, shown: int, say: Say) -> str:
    """Say what the menu leaves out, and why."""
    left = len(found.table) - shown
    trend = say.course(found.trend) if found.trend != "unknown" else say("words", "unknown")
    band = say.band(printable(found.band))
    told = [say("measures", "menu", band=band, trend=trend, count=say.count(left))]
    if found.table["mind"].map(bool).any():
        told.append(say("measures", "mind"))
    if found.ruled_out:
        told.append(say("measures", "ruled_out", count=say.count(len(found.ruled_out))))
    if found.held_back:
        told.append(say("measures", "held_back", count=say.count(found.held_back)))
    return " ".join(told)
