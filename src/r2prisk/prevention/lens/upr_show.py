"""What a state was asked, as sentences and tables for terminals and notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.prevention.lens.show import folded_lines, plural, within
from r2prisk.scoring.scores import RESTRICTED
from r2prisk.tables import html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.prevention.lens.upr import UprLens

FEWEST = 5
"""Recommendations on a factor below which no share of them is told of in a sentence."""

PRESENT, WEAK = 0.5, 0.5
"""Presence from which, and strength below which, a factor nobody asked about is named."""

SHOWN = 5
"""States that are named among those that asked."""

TITLE = 25
WORDS = ("factor", "title", "state")
TAGS = (
    "Tags come from words and issues; nobody has confirmed them. In a sample read by hand one in "
    "eight was wrong, and one in seven was missing."
)
ENGAGED = "To accept is to engage: it says nothing on what a state does."


def upr_text(lens: UprLens) -> str:
    """Return counts by factor and what stands out."""
    lines = [f"UPR lens: {_head(lens)}", *map(folded_lines, _said(lens)), ""]
    lines += [text_table(_table(lens, TITLE), words=WORDS), *map(folded_lines, _legend(lens)), ""]
    lines += [folded_lines(line, indent="  ") for line in (*_stands_out(lens), *_limits(lens))]
    return "\n".join([*lines, CAUTION])


def upr_html(lens: UprLens) -> str:
    """Return the same for a notebook."""
    table = html_table(_table(lens, 200), words=WORDS, caption="Recommendations by factor")
    return page(
        f"UPR lens: {_head(lens)}",
        paragraph(*_said(lens)),
        table,
        paragraph(*_legend(lens)),
        paragraph(*_stands_out(lens)),
        paragraph(*_limits(lens)),
    )


def _head(lens: UprLens) -> str:
    if lens.unit is None:
        return "all states"
    years = ", ".join(map(str, lens.years)) or "year not known"
    return f"{named(lens.unit)}, reviewed {years}"


def _said(lens: UprLens) -> list[str]:
    t = lens.total
    who = f"{plural(t['asked'], 'recommendation')} by {plural(t['states'], 'state')}"
    lines = [f"{who}: {t['accepted']:,} accepted, {t['noted']:,} noted."]
    if t["none"]:
        lines.append(
            f"Of these {t['none']:,} touch no factor ({t['none_accepted']:,} accepted): they are "
            "in no row below. Others touch several, and are in each."
        )
    return lines


def _table(lens: UprLens, width: int) -> pd.DataFrame:
    f = lens.factors
    table = pd.DataFrame(
        {
            "factor": f.index,
            "title": [shorten(title, width, placeholder=" ...") for title in f["title"]],
            "asked": [f"{n:,}" for n in f["asked"]],
            "accepted": [_share(row) for row in f.itertuples()],
        }
    )
    if lens.unit is not None:
        table["part"] = _percents(f["part"])
        if lens.group is not None:
            table["group"] = _percents(f["group_part"])
        table["world"] = _percents(f["world_part"])
    if lens.period is not None:
        scored = zip(f["score"], f["score_low"], f["score_high"], strict=True)
        table["score"] = [within(*row) for row in scored]
    else:
        table["specific"] = _percents(f["specific"])
    return table


def _share(row: Any, *, of: bool = False) -> str:
    """Return how many were accepted, with the share and its interval."""
    if not row.asked:
        return "-"
    count = f"{row.accepted:,} of {row.asked:,}," if of else f"{row.accepted:,},"
    return f"{count} {_percent(row.share)} ({_percent(row.low)} to {_percent(row.high)})"


def _percents(shares: pd.Series[float]) -> list[str]:
    return ["-" if np.isnan(x) else _percent(x) for x in shares]


def _percent(x: float) -> str:
    """Return a share; what is not quite none or all never reads as if it were."""
    if 0.0 < x < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= x < 1.0 else f"{x:.0%}"


def _legend(lens: UprLens) -> list[str]:
    lines = ["accepted: number, share, 95 % interval (Wilson). -: nothing asked, or not known."]
    if lens.unit is not None:
        where = f"; group and world: the same for the others of the {lens.group} and of the world"
        lines.append(
            "part: share of all its recommendations that touch the factor"
            + (where if lens.group else "; world: the same for the others")
            + "."
        )
    if lens.period is not None:
        what = "presence of the risk, strength of the resilience"
        lines.append(f"score: {what}, in {lens.period}, with bounds.")
    else:
        lines.append("specific: share that asks for a specific action.")
    return lines


def _stands_out(lens: UprLens) -> Iterator[str]:
    """Say what was asked most, accepted least, not at all; and by whom."""
    f = lens.factors
    asked = f[f["asked"] > 0]
    if not len(asked):
        yield "No recommendation touches a factor."
        return
    most = asked.sort_values("asked", ascending=False, kind="stable").head(3)
    yield f"Asked most: {'; '.join(f'{n} {r.title} ({r.asked:,})' for n, r in most.iterrows())}."
    told = asked[asked["asked"] >= FEWEST].sort_values("share", kind="stable")
    least = told[told["noted"] > 0].head(3)
    if len(least):
        listed = [f"{r.Index} {r.title}, {_share(r, of=True)}" for r in least.itertuples()]
        yield f"Accepted least, of those asked {FEWEST} times or more: {'; '.join(listed)}."
    yield from _often(lens)
    never = f[f["asked"] == 0]
    if len(never):
        yield f"No recommendation was found on: {', '.join(never.index)}."
    yield from _silent(lens)
    yield from _who(lens)


def _often(lens: UprLens) -> Iterator[str]:
    """Name what it was asked about at least twice as often as others."""
    f = lens.factors
    if lens.unit is None:
        return
    some = f[(f["asked"] >= FEWEST) & (f["part"] >= 2 * f["world_part"])]
    if len(some):
        yield (
            "Asked about at least twice as often as the other states of the world: "
            f"{', '.join(f'{n} {title}' for n, title in some['title'].items())}."
        )


def _silent(lens: UprLens) -> Iterator[str]:
    """Name the factors that are present, or weak, and of which nobody asked."""
    f = lens.factors
    if lens.period is None:
        return
    risk = (f["side"] == "risk") & (f["score"] >= PRESENT)
    weak = (f["side"] == "resilience") & (f["score"] < WEAK)
    here = f[(risk | weak) & (f["asked"] == 0)]
    for name, row in here.iterrows():
        what = "presence" if row["side"] == "risk" else "strength"
        about = f"{name} {row['title']}"
        yield f"{about}: {what} {row['score']:.2f} in {lens.period}, and no recommendation found."
    unknown = f.index[f["score"].isna()]
    if len(unknown):
        yield f"No score is known of {', '.join(unknown)}."


def _who(lens: UprLens) -> Iterator[str]:
    if lens.unit is None or not len(lens.askers):
        return
    most = lens.askers.groupby("asker")["asked"].sum().sort_values(ascending=False, kind="stable")
    listed: list[str] = []
    for asker in most.index[:SHOWN]:
        own = lens.askers[lens.askers["asker"] == asker].head(2)
        listed.append(f"{named(asker)} on {', '.join(own['factor'])}")
    yield f"Who asked most: {'; '.join(listed)}."


def _limits(lens: UprLens) -> list[str]:
    # one state is shown, and the file holds all
    whole = lens.unit is not None and bool(lens.notes)
    notes = [f"In the file, all states: {' '.join(lens.notes)}"] if whole else lens.notes
    return [*notes, TAGS, ENGAGED, *([RESTRICTED] if lens.closed else [])]
