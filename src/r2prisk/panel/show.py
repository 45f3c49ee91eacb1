"""How a panel shows itself to a person."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.marks import Html, states, swatch
from r2prisk.panel.states import CellState
from r2prisk.tables import bullets, folded, html_table, legend, marked, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.panel.panel import Panel

WORDS = ("factor", "title")
STATES = tuple(state.name.lower().replace("_", " ") for state in CellState)
"""The words for cell states, in their order."""


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
    shown = [
        f"{_percent(count / total)} {word}"
        for word, count in zip(STATES, counts, strict=True)
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


def _drawn(panel: Panel) -> pd.DataFrame:
    """Return the coverage with a bar of cell states for each factor."""
    frame = _coverage(panel)
    place = {name: n for n, name in enumerate(panel.indicators)}
    factors = {f.id: f for framework in panel.frameworks for f in framework.factors}
    marks: list[Html] = []
    for name in frame["factor"]:
        ids = [i.id for i in factors[name].indicators]
        found = panel.states[:, [place[i] for i in ids if i in place]]
        counts = np.bincount(found.ravel(), minlength=len(CellState))
        # an indicator without a column is unknown in every row
        counts[CellState.UNKNOWN] += len(panel) * sum(i not in place for i in ids)
        shares = dict(zip(STATES, (counts / counts.sum()).tolist(), strict=True))
        marks.append(states(shares))
    return marked(frame, "cells rated", marks)


def as_html(panel: Panel) -> str:
    """Return what a notebook shows."""
    if not len(panel):
        return page("Panel: no rows")
    table, notes = _drawn(panel), bullets([*panel.sources, *panel.notes])
    key = "By factor: of all cells that its framework asks for, also where the panel has no column"
    return page(
        _headline(panel),
        paragraph(_states(panel)),
        html_table(table, words=WORDS, shown=len(table)),
        legend(key, {name: swatch(name) for name in STATES}),
        folded("Sources and notes", notes) if notes else "",
    )
