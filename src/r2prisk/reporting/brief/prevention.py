"""The third page: what held in twins, what would help, who could help, which measures there are."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.prevention import Contrast, contrast, what_followed
from r2prisk.prevention.assistance import (
    Ladder,
    Match,
    Needs,
    Offers,
    ladder,
    match,
    needs,
)
from r2prisk.prevention.assistance.ladder import TRENDS
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.reporting.brief.back import heading_word
from r2prisk.reporting.brief.content import UNKNOWN, Block, Paragraph, Section, Table
from r2prisk.reporting.brief.facts import Facts
from r2prisk.reporting.brief.front import labelled, titled
from r2prisk.reporting.brief.words import Say, printable
from r2prisk.reporting.figures.course_marks import listed_onsets
from r2prisk.scoring import Scores

NEEDS = 5
"""Needs that are named."""

STRONG = 6
"""Strengths that are named."""

MEASURES = 3
"""Measures of each pillar that are named."""

TITLE = 60
"""Letters of a factor's title in a table."""

GAIN = 4
"""Digits behind the point of what a step takes off: most are smaller than 0.01."""


def sections(
    facts: Facts, scores: Scores, offers: Offers | None, say: Say, onsets: pd.DataFrame | None
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

    Raises
    ------
    InputError
        If onsets cannot be read.
    """
    found = needs(facts.now, facts.unit, facts.period)
    menu = ladder(facts.now, facts.unit, facts.period, trend=_trend(facts))
    made = [held(facts, scores, say, onsets), would_help(found, say)]
    if offers is not None:
        made.append(who(match([found], offers), say))
    return (*made, measures(menu, say))


def _trend(facts: Facts) -> str:
    word = heading_word(facts, "risk")
    return word if word in TRENDS else "unknown"


def held(facts: Facts, scores: Scores, say: Say, onsets: pd.DataFrame | None) -> Section:
    """Set the country beside its historical twins, split by what followed them."""
    title = say("titles", "held")
    if onsets is None:
        return Section("held", title, (Paragraph(say("held", "none")),))
    known = listed_onsets(onsets, scores.panel.periods)
    try:
        found = contrast(scores, what_followed(scores, known), facts.unit, facts.period)
    except InputError as error:
        text = say("held", "refused", why=printable("; ".join(error.problems)))
        return Section("held", title, (Paragraph(text),))
    told = found.sentences(say.language)
    blocks: list[Block] = [Paragraph(" ".join(told[1:-1]))]
    if len(found.twins):
        blocks.append(_differences(found, facts, say))
    return Section("held", title, (*blocks, Paragraph(told[-1], "note")))


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
    if np.isnan(row["between_low"]):
        return between
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
        labelled(str(name), str(label), say)
        for name, label in found.strong["label"].head(STRONG).items()
    ]
    more = len(found.strong) - len(strong)
    if more:
        strong.append(say("words", "others", count=say.count(more)))
    lead = say("help", "strong", list=say.listed(strong)) if strong else say("help", "weak")
    rows = tuple(
        (
            labelled(str(name), str(row["label"]), say),
            f"{say.number(row['rating'])} \u2192 {say.number(row['next'])}",
            say.number(-row["gain"], digits=GAIN),
            ", ".join(row["builds_on"]) or "\u2013",
            ", ".join(row["holds"]),
        )
        for name, row in found.table.head(NEEDS).iterrows()
    )
    head = tuple(say("help", c) for c in ("need", "step", "off", "ground", "holds"))
    table = Table("needs", head, rows, (0.4, 0.13, 0.11, 0.17, 0.19))
    told = [say("help", "assumed")]
    if len(found.find_out):
        told.append(say("help", "unknown", count=say.count(len(found.find_out))))
    note = Paragraph(" ".join(told), "note")
    return Section("help", title, (Paragraph(lead), table, note))


def who(found: Match, say: Say) -> Section:
    """Name the offers that fit the needs, and what to watch before one is made."""
    title = say("titles", "who")
    if found.pairs.empty:
        return Section("who", title, (Paragraph(say("who", "none")),))
    tools = load_assistance().by_key
    rows: list[tuple[str, ...]] = []
    for _, row in found.pairs.iterrows():
        careful = len(row["cautions"]) + len(row["could_rule_out"])
        rows.append(
            (
                printable(str(row["partner"])),
                tools[str(row["tool"])].title,
                ", ".join(row["serves"]),
                say("who", "yes" if row["present"] else "no"),
                say.count(int(row["lead_time"])),
                say.count(careful) if careful else "\u2013",
            )
        )
    head = tuple(say("who", c) for c in ("partner", "tool", "serves", "present", "months", "care"))
    table = Table("offers", head, tuple(rows), (0.22, 0.28, 0.2, 0.1, 0.1, 0.1), words=3)
    return Section("who", title, (table, Paragraph(say("who", "note"), "note")))


def measures(found: Ladder, say: Say) -> Section:
    """List what could be considered under each pillar: a menu."""
    rows: list[tuple[str, ...]] = []
    for pillar, part in found.table.groupby("pillar", sort=False):
        rows += [
            (str(pillar), str(row["title"]), "; ".join(row["basis"]))
            for _, row in part.head(MEASURES).iterrows()
        ]
    head = tuple(say("measures", c) for c in ("pillar", "measure", "basis"))
    table = Table("measures", head, tuple(rows), (0.08, 0.5, 0.42), words=3)
    return Section("measures", say("titles", "measures"), (table, *_menu(found, len(rows), say)))


def _menu(found: Ladder, shown: int, say: Say) -> Iterator[Paragraph]:
    """Say what the menu leaves out, and why."""
    left = len(found.table) - shown
    trend = say.course(found.trend) if found.trend != "unknown" else say("words", "unknown")
    band = say.band(printable(found.band))
    told = [say("measures", "menu", band=band, trend=trend, count=say.count(left))]
    if found.held_back:
        told.append(say("measures", "held_back", count=say.count(found.held_back)))
    yield Paragraph(" ".join(told), "note")
