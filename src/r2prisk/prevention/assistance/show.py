"""How needs show themselves."""

from __future__ import annotations

import textwrap
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.marks import RESILIENCE, share
from r2prisk.scoring.scores import RESTRICTED
from r2prisk.tables import html_table, marked, page, paragraph, text_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from r2prisk.prevention.assistance.needs import Needs

SHOWN = 10
"""Needs that are shown."""

LABEL = 30
"""Letters of a label in a table."""

WIDE = 96
"""Letters of a line."""

WORDS = ("indicator", "label", "builds on", "holds down")


def number(value: float, digits: int = 2) -> str:
    """Return a number from 0 to 1 as text, or ``?`` where it is unknown.

    What is not quite 0 or 1 never reads as if it were.

    Examples
    --------
    >>> number(0.5), number(0.998), number(0.001), number(1.0), number(float("nan"))
    ('0.50', '>0.99', '<0.01', '1.00', '?')
    """
    if np.isnan(value):
        return "?"
    least = 10.0**-digits
    if 0.0 < value < least / 2:
        return f"<{least:.{digits}f}"
    return f">{1.0 - least:.{digits}f}" if 1.0 - least / 2 <= value < 1.0 else f"{value:.{digits}f}"


def small(value: float) -> str:
    """Return a fall or a worth as text; a very small one never reads as none.

    Examples
    --------
    >>> small(0.0012), small(0.00002), small(0.0)
    ('0.0012', '<0.0001', '0.0000')
    """
    return number(value, 4)


def wrapped(text: str, indent: str = "", after: str | None = None) -> str:
    """Return a text in lines; ``after`` is what later lines begin with."""
    return textwrap.fill(
        text,
        width=WIDE,
        initial_indent=indent,
        subsequent_indent=indent if after is None else after,
        break_long_words=False,
        break_on_hyphens=False,
    )


def minded(
    cautions: Iterable[str], could_rule_out: Iterable[str], unknown: Iterable[str]
) -> list[str]:
    """Return what the rules against harm say of a tool that they do not rule out.

    Examples
    --------
    >>> minded(["8.12: both sides"], ["2.7"], [])
    ['CAUTION 8.12: both sides', 'UNKNOWN, and could rule it out: 2.7: find out first']
    """
    lines = [f"CAUTION {text}" for text in cautions]
    if could := ", ".join(could_rule_out):
        lines.append(f"UNKNOWN, and could rule it out: {could}: find out first")
    if others := ", ".join(unknown):
        lines.append(f"UNKNOWN, find out first: {others}")
    return lines


def needs_text(found: Needs) -> str:
    """Return what would help a country, with what is strong and what is unknown."""
    lines = [wrapped(f"{named(found.unit)}, {found.period}: what would help"), _stands(found), ""]
    if len(found.table):
        lines += [_title(found), text_table(_table(found), words=WORDS), ""]
    lines += [wrapped(text, after="  ") for text in _said(found)]
    return "\n".join([*lines, CAUTION])


def needs_html(found: Needs) -> str:
    """Return the same for a notebook, with the gains drawn."""
    parts = [paragraph(_stands(found))]
    if len(found.table):
        shown = _table(found)
        most = float(found.table["gain"].max())
        drawn = [share(g / most, colour=RESILIENCE) for g in found.table["gain"].head(SHOWN)]
        shown = marked(shown, "fall", drawn)
        parts.append(html_table(shown, words=WORDS, caption=_title(found)))
    parts += [paragraph(text) for text in _said(found)]
    return page(f"Needs: {named(found.unit)}, {found.period}", *parts)


def _stands(found: Needs) -> str:
    span = f"{number(found.residual_low)} to {number(found.residual_high)}"
    return wrapped(
        f"Residual risk {number(found.residual_risk, 3)} ({span} once the unknown is known); band "
        f"of risk: {found.band}; {found.coverage:.0%} of the risk weight is rated"
    )


def _title(found: Needs) -> str:
    more = len(found.table) - SHOWN
    left = f", the largest {SHOWN} of {len(found.table)}" if more > 0 else ""
    return f"Needs{left}: what one step takes off residual risk"


def _table(found: Needs) -> pd.DataFrame:
    """Return the largest needs as texts."""
    table = found.table.head(SHOWN)
    held = [
        ", ".join([*known, *(f"{name}?" for name in unknown)])
        for known, unknown in zip(table["holds"], table["unknown"], strict=True)
    ]
    return pd.DataFrame(
        {
            "indicator": table.index,
            "label": [shorten(text, LABEL, placeholder="...") for text in table["label"]],
            "now": [number(x) for x in table["rating"]],
            "step to": [number(x) for x in table["next"]],
            "fall": [small(x) for x in table["gain"]],
            "share": [small(x) for x in table["share"]],
            "ground": [number(x) for x in table["ground"]],
            "holds down": held,
        }
    )


def _said(found: Needs) -> list[str]:
    """Return what the table cannot show: what it rests on, what is strong, what is unknown."""
    said: list[str] = []
    if len(found.table):
        kappa = found.row.scores.sums.kappa
        sizes = ", ".join(f"{k:g}" for k in np.unique(kappa[kappa > 0.0]))
        said.append(
            "The sizes follow from a declared assumption, kappa (how much a resilience factor can "
            f"hold down of a risk factor at most; {sizes} a link): they put needs in order and are "
            "no estimate of what a programme would do."
        )
        said.append(
            "Fall: one step alone. Share: its part in the fall of "
            f"{found.joint:.3f} if every indicator that is rated were raised to 1 together. "
            "Ground: mean rating of the rest of its factor"
            + ("; ? is unknown and counts as none." if found.table["ground"].isna().any() else ".")
        )
        if found.table["unknown"].map(len).any():
            said.append("RF with ?: that risk factor is unknown and taken to be like the others.")
    titles = {f.id: f.title for f in found.row.scores.resilience_framework.factors}
    strong = [
        f"- {factor} {titles[str(factor)]}: {', '.join(part['label'] + ' (' + part.index + ')')}"
        for factor, part in found.strong.groupby("factor", sort=False)
    ]
    none = "" if strong else " none is known"
    said += ["", f"Already strong (0.75 or more), to build on:{none}", *strong]
    if len(found.no_gain):
        said.append("")
        for reason, part in found.no_gain.groupby("reason", sort=False):
            said.append(f"No need, although below 0.75: {', '.join(part.index)}: {reason}.")
    if len(found.find_out):
        names = ", ".join(found.find_out.index)
        count = len(found.find_out)
        said += ["", f"Find out first ({count} unknown, of no size until then): {names}"]
    if found.closed:
        said.append(RESTRICTED)
    return said
