"""How a panel shows itself to a person."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.panel.states import CellState
from r2prisk.tables import html_table, text_table

if TYPE_CHECKING:
    from r2prisk.panel.panel import Panel

WORDS = ("factor", "title")


def _headline(panel: Panel) -> str:
    periods = panel.periods
    span = f"{periods[0]} to {periods[-1]}" if len(periods) > 1 else f"{periods[0]}"
    return (
        f"Panel: {len(panel):,} rows, {len(panel.units)} units, {len(periods)} periods ({span}), "
        f"{len(panel.indicators)} indicators"
    )


def _states(panel: Panel) -> str:
    counts = np.bincount(panel.states.ravel(), minlength=len(CellState))
    total = max(int(counts.sum()), 1)
    words = [s.name.lower().replace("_", " ") for s in CellState]
    shown = [
        f"{_percent(count / total)} {word}"
        for word, count in zip(words, counts, strict=True)
        if count
    ]
    return "Cells: " + ", ".join(shown)


def _percent(share: float) -> str:
    return "under 1%" if share < 0.005 else f"{share:.0%}"


def _coverage(panel: Panel) -> pd.DataFrame:
    titles = {f.id: f.title for framework in panel.frameworks for f in framework.factors}
    frame = panel.coverage().reset_index()
    frame.insert(1, "title", [titles[factor] for factor in frame["factor"]])
    frame["share"] = ["-" if share != share else f"{share:.0%}" for share in frame["share"]]
    frame["rated"] = [
        f"{rated} of {all_}"
        for rated, all_ in zip(frame["rated"], frame["indicators"], strict=True)
    ]
    frame = frame[["factor", "title", "rated", "share"]]
    return frame.rename(columns={"rated": "indicators rated", "share": "cells rated"})


def as_text(panel: Panel) -> str:
    """Return what a terminal shows."""
    if not len(panel):
        return "Panel: no rows"
    table = _coverage(panel)
    table["title"] = [textwrap.shorten(title, 56, placeholder=" ...") for title in table["title"]]
    table = text_table(table, words=WORDS)
    return "\n".join([_headline(panel), _states(panel), "", table, *panel.notes])


def as_html(panel: Panel) -> str:
    """Return what a notebook shows."""
    if not len(panel):
        return "<p>Panel: no rows</p>"
    notes = "".join(f"<li>{escape(note)}</li>" for note in (*panel.sources, *panel.notes))
    return (
        f"<p><strong>{escape(_headline(panel))}</strong><br>{escape(_states(panel))}</p>"
        + html_table(_coverage(panel), words=WORDS)
        + (
            f"<details><summary>Sources and notes</summary><ul>{notes}</ul></details>"
            if notes
            else ""
        )
    )
