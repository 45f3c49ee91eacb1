"""How a ladder of responses shows itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.prevention.assistance.show import wrapped
from r2prisk.scoring.scores import RESTRICTED
from r2prisk.tables import html_table, page, paragraph

if TYPE_CHECKING:
    from r2prisk.prevention.assistance.ladder import Ladder

TITLES = {
    "I": "Pillar I: what the State itself could consider",
    "II": "Pillar II: what others could consider, with the State",
    "III": "Pillar III, peaceful means: for people to discuss, on the findings named below",
}
WORDS = ("measure", "what, and who acts", "mind", "fits", "bears on", "rests on")
MENU = (
    "A menu to consider, in the order in which it fits; nothing here is recommended or decided by "
    "a score."
)


def ladder_text(found: Ladder) -> str:
    """Return the measures by pillar, each with who acts and on what it rests."""
    lines = [wrapped(_head(found)), wrapped(MENU)]
    for title, part in _parts(found):
        lines += ["", title]
        for row in part.to_dict("records"):
            star = "*" if row["fits"] == "band and trend" else " "
            bears, rests = ", ".join(row["bears_on"]), "; ".join(row["basis"])
            lines.append(wrapped(f"{star} {row['title']}: {row['what']}", "", "    "))
            lines.append(wrapped(f"Who: {row['who']}. Bears on {bears}. {rests}.", "    "))
            lines += [wrapped(text, "    ", "      ") for text in row["mind"]]
    lines += ["", "* fits the trend as well as the band"]
    return "\n".join([*lines, *(wrapped(text, after="  ") for text in _said(found)), CAUTION])


def ladder_html(found: Ladder) -> str:
    """Return the same for a notebook."""
    parts = [paragraph(MENU)]
    for title, part in _parts(found):
        shown = pd.DataFrame(
            {
                "measure": part["title"],
                "what, and who acts": part["what"] + " Who: " + part["who"] + ".",
                "mind": part["mind"].map("; ".join),
                "fits": part["fits"],
                "bears on": part["bears_on"].map(", ".join),
                "rests on": part["basis"].map("; ".join),
            }
        )
        parts.append(html_table(shown, words=WORDS, caption=title, shown=len(shown)))
    return page(_head(found), *parts, paragraph(*_said(found)))


def _head(found: Ladder) -> str:
    when = f", {found.period}" if found.period else ""
    return (
        f"Ladder of responses: {named(found.unit)}{when}, band of risk {found.band}, trend "
        f"{found.trend}"
    )


def _parts(found: Ladder) -> list[tuple[str, pd.DataFrame]]:
    """Return the measures under their headings; those on findings under one of their own."""
    reserved = found.table["when"] == "findings"
    parts = [
        (title, found.table[(found.table["pillar"] == pillar) & ~reserved])
        for pillar, title in TITLES.items()
    ]
    parts.append(("Pillar III: only on the findings named below", found.table[reserved]))
    return [(title, part) for title, part in parts if len(part)]


def _said(found: Ladder) -> list[str]:
    """Return what is not shown and why, and on what Pillar III is shown or not."""
    said = [] if found.trend != "unknown" else ["Where risk is heading is unknown."]
    if found.ruled_out:
        said.append("Not shown, ruled out because it could do harm:")
        said += [f"- {text}" for text in found.ruled_out]
    if found.findings:
        said += [f"Findings named by the user: {text}" for text in found.findings]
        said.append(found.condition)
    else:
        said.append(
            f"Not shown: the {found.held_back} measures of Pillar III. None is listed from a score "
            f"alone; name who found what, and when (--finding). {found.condition}"
        )
    if found.closed:
        said.append(RESTRICTED)
    return said
