"""How a matching shows itself."""

from __future__ import annotations

from textwrap import shorten
from typing import TYPE_CHECKING

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.prevention.assistance.show import LABEL, minded, number, small, wrapped
from r2prisk.prevention.assistance.tools import RULED_OUT
from r2prisk.scoring.scores import RESTRICTED
from r2prisk.tables import folded, html_table, page, paragraph

if TYPE_CHECKING:
    from collections.abc import Hashable

    from r2prisk.prevention.assistance.match import Match

GAPS = 5
"""Gaps of a unit that are shown; of the others the number is told."""

SPELT = 2
"""Up to so many units every pair that is not made is told with its reason; what a rule rules out
always is."""

NOTE = (
    "The sizes follow from a declared assumption (kappa, in the profile): they put needs in order "
    "and are no estimate of what a programme would do. Falls are points of residual risk; worth is "
    "the fall of what is served, weighed with what is strong beside it. A matching is a proposal "
    "to talk about with the country and the partner, never a decision."
)


def match_text(found: Match) -> str:
    """Return a matching unit by unit: pairs with reasons, what is missing, what was not matched."""
    lines = [_head(found), wrapped(NOTE)]
    for unit in found.units.index:
        lines += ["", wrapped(_unit(found, unit), after="  ")]
        for text in _pairs(found, unit):
            lines.append(wrapped(text, "  " if text[:2] in ("+ ", "? ") else "      ", "      "))
        lines += [wrapped(text, "  ", "      ") for text in _left(found, unit)]
    lines += ["", *(wrapped(text, after="  ") for text in _rest(found))]
    return "\n".join([*lines, CAUTION])


def match_html(found: Match) -> str:
    """Return the same for a notebook."""
    pairs = found.pairs
    table = pd.DataFrame(
        {
            "country": [named(unit) for unit in pairs["unit"]],
            "offer": pairs["offer"],
            "serves": pairs["serves"].map(", ".join),
            "adds": [small(x) for x in pairs["adds"]],
            "there already": ["yes" if x else "no" for x in pairs["present"]],
            "cautions": [len(x) or "" for x in pairs["cautions"]],
            "unknown, could rule it out": pairs["could_rule_out"].map(", ".join),
            "find out first": pairs["find_out"].map(", ".join),
        }
    )
    parts = [paragraph(NOTE)]
    numbers = ("adds", "cautions")
    words = tuple(str(name) for name in table if name not in numbers)
    parts.append(html_table(table, words=words, caption="Pairs", shown=max(len(table), 1)))
    for unit in found.units.index:
        told = [*_pairs(found, unit), *_left(found, unit)]
        parts.append(folded(_unit(found, unit), paragraph(*told)))
    return page("Match: " + _head(found).partition(": ")[2], *parts, paragraph(*_rest(found)))


def _head(found: Match) -> str:
    served, needs = int(found.units["served"].sum()), int(found.units["needs"].sum())
    units = len(found.units)
    return wrapped(
        f"Match: {len(found.pairs)} pairs of {units} countr{'y' if units == 1 else 'ies'} and "
        f"{len(found.offers)} offers serve {served} of {needs} needs{_uncleared(found)}"
    )


def _uncleared(found: Match) -> str:
    """Say how many pairs something unknown could still rule out."""
    count = int(found.pairs["could_rule_out"].map(bool).sum())
    if not count:
        return ""
    are = "is" if count == 1 else "are"
    return f"; {count} of the pairs {are} not cleared (?): something unknown could rule it out"


def _unit(found: Match, unit: Hashable) -> str:
    """Return the headline of a unit: where it stands and what all of it would do together."""
    row = found.units.loc[[str(unit)]].to_dict("records")[0]
    head = f"{named(str(unit))}, {row['period']}: residual risk {number(row['residual_risk'], 3)}"
    head += f", band {row['band']}; {row['served']} of {row['needs']} needs served"
    if not row["served"]:
        return head
    return (
        f"{head}; to {number(row['after'], 3)} if each of them moves one step, a fall of "
        f"{small(row['fall'])} together (single falls add up to {small(row['single'])})"
    )


def _pairs(found: Match, unit: Hashable) -> list[str]:
    """Return the pairs of a unit, each with what it serves, builds on and has to mind."""
    needs = found.needs[str(unit)]
    lines: list[str] = []
    for row in found.pairs[found.pairs["unit"] == unit].to_dict("records"):
        there = "at work there already" if row["present"] else "not there yet"
        kept = "; kept from before" if row["kept"] else ""
        mark = "?" if row["could_rule_out"] else "+"
        lines.append(f"{mark} {row['offer']} ({there}; {row['lead_time']:g} months{kept})")
        for name in row["serves"]:
            need = needs.table.loc[name]
            step = (
                f"{number(need['rating'])} to {number(need['next'])}, falls {small(need['gain'])}"
            )
            on = f"; builds on {', '.join(need['builds_on'])}" if need["builds_on"] else ""
            weak = "" if on else f"; ground {number(need['ground'])}"
            label = shorten(need["label"], LABEL, placeholder="...")
            lines.append(f"serves {name} {label}: {step}{on or weak}")
        if row["adds"] < row["value"]:
            lines.append("some of this is served by another pair as well and counts once")
        lines += minded(row["cautions"], row["could_rule_out"], row["find_out"])
    return lines or ["no offer matched"]


def _left(found: Match, unit: Hashable) -> list[str]:
    """Return the gaps of a unit and the offers that were not matched with it."""
    gaps = found.gaps[found.gaps["unit"] == unit]
    lines: list[str] = []
    if len(gaps):
        for why, part in gaps.groupby("why", sort=False):
            shown = ", ".join(part["indicator"].head(GAPS))
            more = f" and {len(part) - GAPS} more" if len(part) > GAPS else ""
            lines.append(f"gap: {shown}{more}: {why}")
    refused = found.refused[found.refused["unit"] == unit]
    spelt = (refused["kind"] == RULED_OUT) | (len(found.units) <= SPELT)
    reasons = refused["reason"].where(spelt, "")
    for (kind, reason), part in refused.groupby([refused["kind"], reasons], sort=False):
        lines.append(f"{kind}: {'; '.join(part['offer'])}{': ' if reason else ''}{reason}")
    return lines


def _rest(found: Match) -> list[str]:
    """Return what is to be said of the matching as a whole."""
    said: list[str] = []
    said += _unused(found)
    if len(found.refused) and len(found.units) > SPELT:
        said.append(
            "Every pair that was not made stands with its reason in the file that -o writes, and "
            "in refused."
        )
    unseen = set((found.pairs["find_out"] + found.pairs["could_rule_out"]).explode().dropna())
    if unseen:
        labels = next(iter(found.needs.values())).row.labels
        named = "; ".join(f"{name} {label}" for name, label in labels.items() if name in unseen)
        said.append(
            "Find out first: a rule against harm looks at risk indicators that nobody has rated; "
            f"an unknown one clears nothing. These are: {named}."
        )
    silent = [unit for unit, needs in found.needs.items() if not len(needs.table)]
    if silent:
        said.append(f"Without any need of known size: {', '.join(silent)}")
    said += list(found.offers.notes)
    if any(needs.closed for needs in found.needs.values()):
        said.append(RESTRICTED)
    if (found.offers.table["sensitivity"] != "public").any():
        said.append("Some offers are restricted or confidential: not for a wider circle.")
    return said


def _unused(found: Match) -> list[str]:
    """Return the offers that were left unused, those together that have the same reasons."""
    together: dict[str, list[str]] = {}
    for offer in found.unused:
        each = found.refused["kind"][found.refused["offer"] == offer].value_counts(sort=False)
        why = ", ".join(f"{kind} ({n})" if len(each) > 1 else str(kind) for kind, n in each.items())
        together.setdefault(why, []).append(offer)
    return [f"Left unused, {why}: {'; '.join(offers)}" for why, offers in together.items()]
