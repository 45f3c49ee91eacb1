"""How accountability shows itself: status by group, gaps against the region, next steps."""

from __future__ import annotations

from textwrap import fill, shorten
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.marks import RESILIENCE, beside, share
from r2prisk.prevention.accountability.items import GROUPS, load_items
from r2prisk.tables import bullets, folded, html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.prevention.accountability.status import Accountability

UNKNOWN = "?"

TITLE = 52
"""Letters of an item's title."""

TOLD = 44
"""Letters of an answer."""

LINE = 100
"""Letters of a line of text."""

REGION = "Region: the share of its other States that has it, of those of which it is known."

NAMES = {
    "treaties": "Treaties",
    "law": "National law",
    "capacities": "National capacities (A/HRC/30/20)",
    "cooperation": "Cooperation with mechanisms",
}


def as_text(found: Accountability) -> str:
    """Return the status of every item, the gaps and the next steps as lines of text."""
    lines = [f"Accountability: {_about(found)}", _counts(found), REGION]
    for group in GROUPS:
        shown = _shown(found, group)
        table = text_table(shown, words=("item", "status", "of"))
        lines += ["", NAMES[group], table if len(shown) else _silent(found, group)]
    lines += ["", *(fill(line, LINE, subsequent_indent="  ") for line in _sentences(found))]
    for title, steps in _to_do(found):
        lines += ["", title, *(fill(f"- {step}", LINE, subsequent_indent="  ") for step in steps)]
    return "\n".join([*lines, "", *found.notes, CAUTION])


def as_html(found: Accountability) -> str:
    """Return the same for a notebook, with the shares of the region drawn."""
    parts: list[str] = [paragraph(_counts(found), REGION)]
    for group in GROUPS:
        frame = _shown(found, group)
        if not len(frame):
            parts.append(paragraph(f"{NAMES[group]}: {_silent(found, group)}"))
            continue
        levels = found.table.loc[frame.index, "region_share"]
        drawn = [
            None if text == UNKNOWN else beside(share(level, colour=RESILIENCE), text)
            for level, text in zip(levels, frame["region"], strict=True)
        ]
        frame = frame.assign(region=pd.Series(drawn, index=frame.index, dtype=object))
        frame = frame.replace({UNKNOWN: None})
        parts.append(html_table(frame, words=("item", "status", "of"), caption=NAMES[group]))
    parts.append(paragraph(*_sentences(found)))
    parts += [folded(title, bullets(steps)) for title, steps in _to_do(found)]
    parts.append(paragraph(*found.notes, muted=True) if found.notes else "")
    return page(f"Accountability: {_about(found)}", *parts)


def _to_do(found: Accountability) -> list[tuple[str, list[str]]]:
    """Return what to do and what to find out, where there is anything."""
    both = (("Next steps, the widest gaps first", _steps(found)),
            ("To find out first", _unknown(found)))  # fmt: skip
    return [(title, steps) for title, steps in both if steps]


def _silent(found: Accountability, group: str) -> str:
    count = int((found.table["group"] == group).sum())
    return f"all {count} items are unknown, here and in {found.region}: no file answers them."


def _about(found: Accountability) -> str:
    return f"{named(found.unit)}, beside {found.region}"


def _counts(found: Accountability) -> str:
    """Say how many items are answered how; the unknown are never hidden."""
    counts = found.table["status"].value_counts()
    words = ("yes", "partly", "signed", "measured", "no", "not applicable", "unknown")
    told = [f"{counts[word]} {word}" for word in words if counts.get(word, 0)]
    return f"{len(found.table)} items: {', '.join(told)}. Unknown is not no."


def _shown(found: Accountability, group: str) -> pd.DataFrame:
    """Return the items of a group as texts; none where no file answers any of them."""
    mine = found.table[found.table["group"] == group]
    if (mine["told"] == "unknown").all() and not mine["region_known"].any():
        return mine.iloc[:0]
    known = mine["region_known"].astype(str) + " of " + mine["region_members"].astype(str)
    region = [_percent(value) for value in mine["region_share"]]
    return pd.DataFrame(
        {
            "item": [shorten(title, TITLE, placeholder=" ...") for title in mine["title"]],
            "status": [
                shorten(UNKNOWN if told == "unknown" else told, TOLD, placeholder=" ...")
                for told in mine["told"]
            ],
            "of": mine["as_of"].replace("", UNKNOWN),
            "region": region,
            "known": known,
        },
        index=mine.index,
    )


def _percent(value: float) -> str:
    return UNKNOWN if np.isnan(value) else f"{value:.0%}"


def _sentences(found: Accountability) -> list[str]:
    """Say what stands out: gaps against the region, and what is ahead of it."""
    table = found.table
    gaps = found.gaps()
    said: list[str] = []
    if len(gaps):
        named = zip(gaps["title"], gaps["region_share"], strict=True)
        each = [f"{title} ({_percent(float(value))})" for title, value in named][:5]
        more = f", and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        said.append(
            f"Missing here, and in place in most of {found.region} (in brackets, its share of the "
            f"others of which it is known): {'; '.join(each)}{more}."
        )
    else:
        said.append(f"As far as is known, nothing is missing here that most of {found.region} has.")
    most = 2 * table["region_known"] >= table["region_members"]
    ahead = table[(table["status"] == "yes") & (table["region_share"] < 0.5) & most]
    if len(ahead):
        said.append(
            f"In place here, and not in most of {found.region}: {'; '.join(ahead['title'])}."
        )
    return [*said, found.feeds, *([found.strength] if found.strength else [])]


def _steps(found: Accountability) -> list[str]:
    """Return next steps: gaps first, then what else is open."""
    gaps = found.gaps()
    table = found.table
    other = table[table["status"].isin(["no", "signed", "partly"]) & ~table["gap"]]
    return [
        f"{row.title} ({row.told}): {row.next_step} Who can help: {row.help}. Source: {row.source}."
        for part in (gaps, other)
        for row in part.itertuples()
    ]


def _unknown(found: Accountability) -> list[str]:
    """Return what no file answers, by file, with how to find it out."""
    table = found.table[found.table["status"] == "unknown"]
    declared = load_items()
    told: list[str] = []
    for name, layout in declared.files.items():
        ids = {item.id for item in declared.of(name)}
        mine = table[table["item"].isin(ids)]
        told += [f"{'; '.join(mine['title'])}. {layout.find}"] if len(mine) else []
    return told
