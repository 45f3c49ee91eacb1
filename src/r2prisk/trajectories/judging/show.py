"""How a judgement shows itself to a person."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.tables import html_table, page, paragraph

if TYPE_CHECKING:
    from r2prisk.trajectories.judging.judge import Judgement

SHOWN = 10
RECORD = 60
"""Characters of a record that the text form shows."""


def as_text(j: Judgement) -> str:
    """Return what a terminal shows."""
    return "\n".join([*_lines(j), *_named(j), CAUTION])


def as_html(j: Judgement) -> str:
    """Return what a notebook shows."""
    head, *lines = _lines(j)
    onsets, seen = j.onsets.drop(columns=["seen", "hit", "lead"]), j.onsets["seen"]
    tables = {
        "Missed onsets": onsets[seen & ~j.onsets["hit"]],
        "Onsets not seen": onsets[~seen],
        "Longest false alarms": j.false_alarms,
        "Most changes": j.flips.loc[j.flips["changes"] > 0, ["unit", "changes"]],
    }
    parts = [paragraph(*lines)]
    for title, table in tables.items():
        named = table.assign(unit=[_name(unit) for unit in table["unit"]])
        words = ["unit", "record"]
        none = paragraph(f"{title}: none")
        shown = html_table(named, words=words, caption=title, shown=SHOWN)
        parts.append(shown if len(named) else none)
    return page(head, *parts)


def _name(unit: object) -> str:
    units = load_units()
    return units[str(unit)].name if str(unit) in units else str(unit)


def _said(number: float, how: str) -> str:
    return "unknown" if np.isnan(number) else format(number, how)


def _lines(j: Judgement) -> list[str]:
    s = j.summary
    ahead = f"{j.horizon} {j.kind}" + ("s" if j.horizon > 1 else "")
    low, high = _said(s.hit_rate_low, ".0%"), _said(s.hit_rate_high, ".0%")
    aside = [
        f"{count:,} {what} {why}"
        for what, reasons in (("rows", s.rows_aside), ("onsets", s.onsets_aside))
        for why, count in reasons.items()
        if count
    ]
    hits = f"{s.hits} of {s.onsets} ({_said(s.hit_rate, '.0%')}; 95% interval {low} to {high})"
    right = f"{s.right:,} of {s.right + s.false_alarms:,} ({_said(s.precision, '.1%')})"
    alarms = f"{_said(s.false_alarms_per_year, '.1f')} a year, in {s.spells:,} runs"
    return [
        f"Warnings: {j.span}; right if an onset comes within {ahead}",
        f"Onsets warned of: {hits}; median time on before: {_said(s.median_lead, '.1f')} years",
        f"Warnings that were right: {right}; an onset follows {_said(s.base_rate, '.1%')} of rows",
        f"False alarms: {alarms} ({_said(s.spells_per_year, '.1f')} a year)",
        f"Changes between on and off: {_said(s.flips_per_decade, '.1f')} per unit and decade",
        f"Not judged: {'; '.join(aside) or 'none'}",
    ]


def _named(j: Judgement) -> list[str]:
    """Name the onsets missed and not seen, the longest false alarms and the most changes."""
    seen = j.onsets["seen"]
    missed = j.onsets[seen & ~j.onsets["hit"]]
    named = (
        ("Missed onsets", missed, len(missed)),
        ("Onsets not seen", j.onsets[~seen], SHOWN),
        ("Longest false alarms", j.false_alarms, SHOWN),
        ("Most changes", j.flips[j.flips["changes"] > 0], SHOWN),
    )
    lines: list[str] = []
    for title, table, shown in named:
        said = [_words(row) for row in table.head(shown).to_dict("records")]
        more = f"; and {len(table) - shown} more" if len(table) > shown else ""
        if said:
            lines.append(f"{title}: {'; '.join(said)}{more}")
    return lines


def _words(row: dict[Any, Any]) -> str:
    unit = _name(row["unit"])
    if "changes" in row:
        return f"{unit} {row['changes']}"
    when = f"{row['period']}" if "period" in row else f"{row['first']} to {row['last']}"
    record = shorten(row["record"], RECORD, placeholder=" ...")
    return f"{unit} {when}" + (f" ({record})" if record else "")
