"""How trajectories show themselves to a person."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.marks import RESILIENCE, RISK, SPAN, Html, spark
from r2prisk.tables import html_table, page, paragraph, text_table
from r2prisk.trajectories.phrases import past
from r2prisk.trajectories.words import UNKNOWN, is_resilience, movements, word_of

if TYPE_CHECKING:
    from r2prisk.trajectories.trends import Trajectories

SHOWN = 5
LABELS = ("score", "unit", "country", "heading")
"""Columns that hold words."""

ARROWS = {
    "escalating": "\N{UPWARDS ARROW}",
    "strengthening": "\N{UPWARDS ARROW}",
    "easing": "\N{DOWNWARDS ARROW}",
    "eroding": "\N{DOWNWARDS ARROW}",
    "stable": "\N{RIGHTWARDS ARROW}",
    "volatile": "\N{UP DOWN ARROW}",
}
"""Which way the level goes; the word says whether that is good."""


def headline(found: Trajectories) -> str:
    """Return one line: of what, over which periods, with which profile."""
    periods = found.periods
    return (
        f"Trajectories of {', '.join(found.courses)}: {len(found.units)} units, {len(periods)} "
        f"periods ({periods[0]} to {periods[-1]}); profile {found.profile.name} "
        f"{found.profile.version} ({found.profile.hash[:8]})"
    )


def summary(found: Trajectories) -> dict[str, pd.DataFrame]:
    """Return how many units are heading where, and whose first score rose or fell most.

    Parameters
    ----------
    found : Trajectories
        Of any scores; its last period is told, as it could be known then.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``heading``: units by word for each score; ``moved most``: of the first score; texts.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = pd.DataFrame({"risk": [0.2, 0.2, 0.2, 0.3, 0.4, 0.5]}, index=index)
    >>> summary(trajectories(rise, of=["risk"]))["heading"].to_numpy().tolist()
    [['risk', 'escalating 1']]
    """
    rows: list[dict[str, str]] = []
    for score in found.courses:
        told = word_of(movements(found, score), resilient=is_resilience(found, score))[:, -1]
        told[np.isnan(found[score].filtered.level[:, -1])] = UNKNOWN
        counts = Counter(told.tolist()).most_common()
        rows.append(
            {"score": score, "heading": ", ".join(f"{word} {count}" for word, count in counts)}
        )
    first = next(iter(found.courses))
    moved = movements(found, first)
    told = word_of(moved, resilient=is_resilience(found, first))[:, -1]
    speed = moved.mean[:, -1]
    order = np.argsort(-np.nan_to_num(np.abs(speed)), kind="stable")[:SHOWN].tolist()
    most = pd.DataFrame(
        {
            "unit": [found.units[u] for u in order],
            "country": [load_units()[found.units[u]].name for u in order],
            first: [f"{found[first].filtered.level[u, -1]:.2f}" for u in order],
            "a year": [f"{speed[u]:+.2f}" for u in order],
            "heading": [str(told[u]) for u in order],
        }
    )
    known = ~np.isnan(speed[order])
    return {"heading": pd.DataFrame(rows), "moved most": most[known]}


def _parts(found: Trajectories) -> list[tuple[str, pd.DataFrame]]:
    last, window = found.periods[-1], found.profile.trends.window
    tables = summary(found)
    first = next(iter(found.courses))
    titles = (
        f"Heading in {last}, over {past(window)}",
        f"{first.replace('_', ' ').capitalize()} moved most",
    )
    return [(t, table) for t, table in zip(titles, tables.values(), strict=True) if len(table)]


def as_text(found: Trajectories) -> str:
    """Return what a terminal shows."""
    lines = [headline(found), ""]
    for title, table in _parts(found):
        lines += [title, text_table(table, words=LABELS), ""]
    return "\n".join([*lines, CAUTION])


def as_html(found: Trajectories) -> str:
    """Return what a notebook shows."""
    first = next(iter(found.courses))
    parts = _parts(found)
    tables = [html_table(table, words=LABELS, caption=title) for title, table in parts[:1]]
    for title, table in parts[1:]:
        drawn = table.rename(columns={first: "level"})
        places = [found.unit(unit) for unit in table["unit"]]
        drawn.insert(3, "course", [_course(found, first, place) for place in places])
        drawn["heading"] = [f"{ARROWS.get(word, '')} {word}".strip() for word in table["heading"]]
        left = int(found[first].known[:, -1].sum()) - len(table)
        tables += [
            html_table(drawn, words=(*LABELS, "course"), caption=title),
            paragraph(
                f"Course: the level from 0 to 1 with its 95 % interval, {_span(found)}, as it "
                "could be known then; a gap is unknown."
            ),
            paragraph(f"Units that moved less, or not long enough to say: {left} more.")
            if left
            else "",
        ]
    return page(headline(found), *tables)


def _course(found: Trajectories, score: str, place: int) -> Html:
    states = found[score].filtered
    colour = RESILIENCE if is_resilience(found, score) else RISK
    return spark(states.level[place], np.sqrt(states.var_level[place]), colour=colour)


def _span(found: Trajectories) -> str:
    """Return the periods that a spark line has room for, in words."""
    periods = found.periods[-SPAN:]
    return f"{periods[0]} to {periods[-1]}"
