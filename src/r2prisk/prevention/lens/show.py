"""A lens as sentences and tables: plain text for terminals, HTML for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_uppercase
from textwrap import shorten, wrap
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.scoring.scores import RESTRICTED
from r2prisk.tables import bullets, html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.prevention.lens.cover import Lens

WIDTH = 100
"""Letters of a line in a terminal."""

TITLE, TEXT = 44, 60
"""Letters of a factor's title, and of a policy's text, in a terminal, at most."""

DEPARTMENTS = 14
"""Departments that have a column in a terminal."""

WORDS = ("factor", "title", "side", "id", "policy", "tag", "department")
WORKS = "That a policy touches a factor does not say that it works."


def plural(count: int, word: str, more: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> plural(1, "policy", "policies"), plural(2, "factor")
    ('1 policy', '2 factors')
    """
    return f"{count:,} {word if count == 1 else more or f'{word}s'}"


def within(score: float, low: float, high: float) -> str:
    """Return a score with its bounds; ``-`` where nothing is known.

    Examples
    --------
    >>> within(0.5, 0.25, 1.0), within(float("nan"), 0.0, 1.0)
    ('0.50 (0.25 to 1.00)', '-')
    """
    return "-" if np.isnan(score) else f"{score:.2f} ({low:.2f} to {high:.2f})"


def folded_lines(text: str, *, indent: str = "") -> str:
    """Return a sentence broken into lines that fit a terminal."""
    return "\n".join(wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False))


def lens_text(lens: Lens) -> str:
    """Return coverage, gaps, overlaps and what could do harm."""
    lines = [f"Atrocity-prevention lens: {_head(lens)}", *map(folded_lines, _said(lens)), ""]
    names = list(map(str, lens.departments.columns))
    letters = {ascii_uppercase[n]: name for n, name in enumerate(names[:DEPARTMENTS])}
    table = _covered(lens, min(TITLE, 60 - 3 * len(letters)), letters)
    lines += [text_table(table, words=WORDS)]
    if letters:
        keys = ", ".join(f"{key} {name}" for key, name in letters.items())
        more = len(names) - len(letters)
        keys += f", and {more} more, not shown" if more else ""
        lines += [folded_lines(f"Departments: {keys}", indent="  ")]
    gaps = list(_gap_lines(lens))
    if gaps:
        lines += ["", _gap_title(lens), *(folded_lines(f"  {gap}", indent="    ") for gap in gaps)]
    if len(lens.overlaps):
        lines += [
            "",
            OVERLAPS,
            *(folded_lines(f"  {s}", indent="    ") for s in overlap_lines(lens)),
        ]
    if len(lens.raises):
        lines += ["", "Could raise a risk, to be reviewed", text_table(_harm(lens), words=WORDS)]
    return "\n".join([*lines, "", *_limits(lens), CAUTION])


def lens_html(lens: Lens) -> str:
    """Return the same for a notebook, with the departments by name."""
    named_so = {str(name): str(name) for name in lens.departments.columns}
    table = _covered(lens, 200, named_so)
    parts = [paragraph(*_said(lens)), html_table(table, words=WORDS, caption="Policies by factor")]
    for title, said in ((_gap_title(lens), _gap_lines(lens)), (OVERLAPS, overlap_lines(lens))):
        listed = list(said)
        parts += [paragraph(title), bullets(listed)] if listed else []
    if len(lens.raises):
        parts.append(
            html_table(_harm(lens, short=False), words=WORDS, caption="Could raise a risk")
        )
    return page(f"Atrocity-prevention lens: {_head(lens)}", *parts, paragraph(*_limits(lens)))


OVERLAPS = "Several departments on one factor, with no policy in common"


def _head(lens: Lens) -> str:
    when = f", in force in {lens.year}" if lens.year is not None else ""
    where = "" if lens.unit is None else f" for work in {named(lens.unit)}"
    return f"policies of {named(lens.country)}{where}{when}"


def _said(lens: Lens) -> list[str]:
    """Say how much is covered, and what is not counted."""
    every = len(lens.policies)
    sure = int(lens.policies.confirmed.sum())
    lines = [f"{plural(every, 'policy', 'policies')}; the tags of {sure} are confirmed."]
    if every - sure:
        lines.append(
            f"Not counted: {plural(every - sure, 'policy', 'policies')} whose tags nobody has "
            "confirmed (put a name in confirmed_by)."
        )
        waits = lens.policies.table.loc[~lens.policies.confirmed, "raises"]
        harm = sum(map(bool, waits))
        if harm:
            lines.append(
                f"{harm} of these {'is' if harm == 1 else 'are'} marked as able to raise a risk."
            )
    same = int(lens.policies.table.drop(columns="id").astype(str).duplicated().sum())
    if same:
        lines.append(f"Rows that repeat another in every cell, and count again: {same}.")
    if lens.untagged:
        count = plural(len(lens.untagged), "confirmed policy", "confirmed policies")
        lines.append(f"{count} without any tag: {', '.join(lens.untagged)}.")
    lines += lapsed_lines(lens)
    lines += [f"Left out: {n} {why}." for why, n in lens.left_out.items()]
    if lens.policies.examples:
        lines.append(f"Left out: {lens.policies.examples} of the form's examples.")
    if not sure:
        return [*lines, "No tag is confirmed: what is covered is unknown, not nothing."]
    abroad = sum(map(bool, lens.policies.table["partners"]))
    if lens.unit is None and abroad:
        lines.append(f"Work at home and abroad counts alike; {abroad} of these are abroad.")
    for side in ("risk", "resilience"):
        part = lens.factors[lens.factors["side"] == side]
        count = int((part["policies"] > 0).sum())
        lines.append(f"{side.capitalize()}: {count} of {len(part)} factors have a policy.")
    return lines


def lapsed_lines(lens: Lens, *, name: str = "id") -> list[str]:
    """Say which policies count though they are over or have not begun; nothing if none does.

    Parameters
    ----------
    lens : Lens
        What was found.
    name : {"id", "text"}
        How policies are named.
    """
    if not lens.lapsed:
        return []
    table = lens.policies.table[lens.policies.table["id"].isin(lens.lapsed)]
    named = "; ".join(map(_dated, table[name], table["start"], table["end"]))
    return [f"No year is named: {len(lens.lapsed):,} of these ended or have not begun: {named}."]


def _dated(name: str, start: object, end: object) -> str:
    """Return a policy with its years; one of them is there."""
    if pd.isna(cast(Any, start)):
        return f"{name} (to {end})"
    return f"{name} (from {start})" if pd.isna(cast(Any, end)) else f"{name} ({start} to {end})"


def _covered(lens: Lens, width: int, departments: dict[str, str]) -> pd.DataFrame:
    """Return the factors with a column for each department; the keys are what heads it."""
    titles = [shorten(title, width, placeholder=" ...") for title in lens.factors["title"]]
    sure = bool(lens.policies.confirmed.any())
    counts = lens.factors[["policies", "raising", "unconfirmed"]].astype(str)
    table = pd.DataFrame({"factor": lens.factors.index, "title": titles})
    for name, column in counts.items():
        # nothing confirmed is not the same as nothing there
        known = sure or name == "unconfirmed"
        table[str(name)] = column.to_numpy() if known else "-"
    columns = {
        # a department may be called as a column of the table is
        head: [f"{n}" if n else "." for n in lens.departments[name]]
        for head, name in departments.items()
    }
    return pd.concat([table, pd.DataFrame(columns)], axis=1)


def _gap_title(lens: Lens) -> str:
    if lens.period is None:
        return "No confirmed policy touches"
    about = named(lens.unit or lens.country)
    return f"No confirmed policy touches (scores of {about}, {lens.period}, with bounds)"


def _gap_lines(lens: Lens) -> Iterator[str]:
    """Name each gap, with what is known of it in the country asked about."""
    if not lens.policies.confirmed.any():
        return
    for factor, row in lens.gaps.iterrows():
        what = "presence" if row["side"] == "risk" else "strength"
        known = ""
        if lens.period is not None:
            score = within(row["score"], row["low"], row["high"])
            known = f": {what} {score}" if score != "-" else f": {what} unknown, find out"
        waits = int(row["unconfirmed"])
        more = (
            f"; {plural(waits, 'policy waits', 'policies wait')} to be confirmed" if waits else ""
        )
        yield f"{factor} {row['title']}{known}{more}"


def overlap_lines(lens: Lens) -> Iterator[str]:
    """Name each factor on which departments work apart."""
    o = lens.overlaps
    for factor, count, groups in zip(o["factor"], o["policies"], o["groups"], strict=True):
        yield f"{factor}, {count} policies: {' | '.join(' + '.join(group) for group in groups)}"


def _harm(lens: Lens, *, short: bool = True) -> pd.DataFrame:
    texts = [shorten(t, TEXT, placeholder=" ...") if short else t for t in lens.raises["text"]]
    return pd.DataFrame({"id": lens.raises["id"], "tag": lens.raises["tag"], "policy": texts})


def _limits(lens: Lens) -> list[str]:
    return [WORKS, *([RESTRICTED] if lens.closed else [])]
