"""How what-ifs, sets of changes and lists of what to find out show themselves."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import shorten
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import named
from r2prisk.marks import RESILIENCE, RISK, share, signed
from r2prisk.scoring.scores import UNKNOWN
from r2prisk.tables import html_table, marked, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.scoring.changes.collect import Collection
    from r2prisk.scoring.changes.result import SmallestChanges
    from r2prisk.scoring.changes.what_if import WhatIf

SHOWN = 10
"""Indicators of a list that are shown."""

TITLE = 60
"""Letters of a factor's title."""

FACTORS = 5
"""Whole factors that are shown."""

WORDS = ("indicator", "label", "factor", "scenario", "score", "band", "title")
"""Columns that hold words."""

HEADLINE = ("risk", "residual_risk", "resilience", "coverage")
"""The scores that are shown of a what-if."""


def what_if_text(found: WhatIf) -> str:
    """Return what changed, and what the scores are before and after, for every scenario."""
    lines = [f"{named(found.unit)}, {found.period}: what if"]
    for scenario in found.bands.index.astype(str):
        shown, scores, said = _scenario(found, scenario)
        lines += ["", *([scenario] if len(found.bands) > 1 else [])]
        lines += [text_table(shown, words=WORDS), "", text_table(scores, words=WORDS), *said]
    return "\n".join([*lines, CAUTION])


def what_if_html(found: WhatIf) -> str:
    """Return the same for a notebook, with the differences drawn."""
    parts: list[str] = []
    for scenario in found.bands.index.astype(str):
        shown, scores, said = _scenario(found, scenario)
        moved = found.scores.xs(scenario, level="scenario").loc[list(HEADLINE)]["difference"]
        largest = float(moved.abs().max())
        colours = (RISK, RISK, RESILIENCE, "currentColor")
        each = zip(moved, colours, strict=True)
        marks = [signed(value, largest, colour=colour) for value, colour in each]
        scores = marked(scores, "difference", marks)
        name = f", {scenario}" if len(found.bands) > 1 else ""
        parts += [
            html_table(shown, words=WORDS, caption=f"What is changed{name}", shown=len(shown)),
            html_table(scores, words=WORDS, caption=f"What follows{name}"),
            paragraph(*said),
        ]
    return page(f"What if: {named(found.unit)}, {found.period}", *parts)


def _scenario(found: WhatIf, scenario: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Return what changed in one scenario, the scores as texts, and what is to be said of them."""
    band = found.bands.loc[scenario]
    cells = found.cells[found.cells["scenario"] == scenario]
    shown = pd.DataFrame(
        {
            "indicator": cells["indicator"],
            "label": cells["label"],
            "before": _rated(cells["before"], cells["state_before"]),
            "after": _rated(cells["after"], cells["state_after"]),
        }
    )
    scores = found.scores.xs(scenario, level="scenario").loc[list(HEADLINE)].reset_index()
    scores["score"] = scores["score"].str.replace("_", " ").str.capitalize()
    for name in ("before", "after"):
        scores[name] = [_number(x, digits=3) for x in scores[name]]
    scores["difference"] = [_number(x, sign=True, digits=3) for x in scores["difference"]]
    said = [f"Band: {band['before']}, then {band['after']}"]
    looked = cells["indicator"][cells["was_unknown"] & cells["after"].notna()]
    if len(looked):
        said.append(f"Unknown before: {', '.join(looked)}. What they add is knowledge, no change.")
    if cells["indicator"].isin(found.safeguards).any():
        said.append("Of resilience, 1 is fully there: more is better.")
    return shown, scores, said


def smallest_text(found: SmallestChanges) -> str:
    """Return the sets of changes, or why there is none."""
    head, *lines = _wanted(found)
    for title, shown in _sets(found):
        lines += ["", title, text_table(shown, words=WORDS)]
    if found.sets:
        lines.append("")
    return "\n".join([head, *lines, *_limits(found), CAUTION])


def smallest_html(found: SmallestChanges) -> str:
    """Return the same for a notebook."""
    head, *lines = _wanted(found)
    tables = [
        html_table(shown, words=WORDS, caption=title, shown=len(shown))
        for title, shown in _sets(found)
    ]
    head = f"Smallest changes: {head}"
    return page(head, paragraph(*lines), *tables, paragraph(*_limits(found)))


def _wanted(found: SmallestChanges) -> list[str]:
    """Say what was asked, and why there is nothing to do or nothing that could be done."""
    wanted = f"wanted below {found.below:g} ('{found.target}')"
    lines = [f"{named(found.unit)}, {found.period}: residual risk {found.before:.3f}, {wanted}"]
    if found.band == UNKNOWN:
        lines.append(
            f"Too little is rated for a band ({found.coverage:.0%} of the weight): what follows is "
            "about that part alone."
        )
    lines.append(
        f"Bands name risk, here '{found.band}'; the limit is held against residual risk, because "
        "resilience can be part of the answer."
    )
    if not found.needed:
        lines.append("It is already there.")
    elif not found.possible:
        lines += [f"Cannot be done: the lowest that can be reached is {found.lowest:.3f}."]
        lines += ["What is left there, by factor:", *_reasons(found)]
    return lines


def _sets(found: SmallestChanges) -> Iterator[tuple[str, pd.DataFrame]]:
    for n, one in enumerate(found.sets):
        name = "Cheapest" if n == 0 else f"Alternative {n}"
        shown = one.changes[["indicator", "label", "before", "after", "cost"]].copy()
        for column in ("before", "after"):
            shown[column] = _numbers(shown[column])
        shown["cost"] = [f"{cost:g}" for cost in shown["cost"]]
        yield f"{name}: cost {one.cost:g}, residual risk {one.residual_risk:.4f}", shown


def _limits(found: SmallestChanges) -> list[str]:
    lines: list[str] = []
    if found.sets:
        lines.append("Each set was scored: the residual risk beside it is the score's own.")
        lines.append("The cheapest way to a lower score is not the best way to protect people.")
    lines.append(
        f"Cannot be improved: {len(found.unknown)} unknown, {len(found.locked)} locked, "
        f"{len(found.too_late)} too late."
    )
    return lines


def collection_text(found: Collection) -> str:
    """Return how likely the band is to be wrong, and the indicators that help most."""
    lines = _doubt(found)
    if not len(found.table):
        return "\n".join([*lines, CAUTION])
    for title, table in _worth(found).items():
        lines += ["", title, text_table(table, words=WORDS)]
    sure = _sure(found)
    return "\n".join([*lines, *sure[:-2], "", *sure[-2:], CAUTION])


def collection_html(found: Collection) -> str:
    """Return the same for a notebook, with the share of the variance drawn."""
    head, *lines = _doubt(found)
    head = f"What to find out next: {head}"
    if not len(found.table):
        return page(head, paragraph(*lines))
    tables: list[str] = []
    for every, (title, table) in zip(
        (found.factors, found.table), _worth(found).items(), strict=True
    ):
        drawn = marked(table, "narrows", map(share, every["narrows"].head(len(table))))
        if "title" in drawn:
            drawn["title"] = every["title"].head(len(drawn))
        left = len(every) - len(table)
        tables.append(html_table(drawn, words=WORDS, caption=title))
        tables.append(paragraph(f"and {left} more that help less") if left else "")
    return page(head, paragraph(*lines), *tables, paragraph(*_sure(found)))


def _doubt(found: Collection) -> list[str]:
    likely = found.bands.sort_values(ascending=False, kind="stable")
    listed = ", ".join(f"{band} {chance:.0%}" for band, chance in likely.items() if chance >= 0.005)
    doubt = f"{found.wrong:.3f} (standard error {found.wrong_error:.3f})"
    lines = [
        f"{named(found.unit)}, {found.period}: published band {found.band}",
        f"Were everything known, given the prior: {listed}.",
        f"Naming the likeliest, '{found.best}', is wrong with probability {doubt}.",
    ]
    if found.band == UNKNOWN:
        lines.append(
            "Too little is rated for a band: these chances are the prior's more than anyone's."
        )
    return lines if len(found.table) else [*lines, "No risk indicator is unknown."]


def _worth(found: Collection) -> dict[str, pd.DataFrame]:
    """Return the factors and the indicators to find out first, as texts."""
    whole, shown = found.factors.head(FACTORS), found.table.head(SHOWN)
    factors = whole[["factor", "title", "unknown"]].assign(
        title=[shorten(title, TITLE, placeholder=" ...") for title in whole["title"]]
    )
    indicators = shown[["indicator", "label", "factor"]]
    return {
        title: table.assign(
            gain=[f"{gain:.3f}" for gain in every["gain"]],
            narrows=[f"{part:.1%}" for part in every["narrows"]],
        )
        for title, table, every in (
            ("To find out first, by factor", factors, whole),
            ("By indicator", indicators, shown),
        )
    }


def _sure(found: Collection) -> list[str]:
    """Say how far the order can be trusted, and what the columns mean."""
    lines: list[str] = []
    sure = int((found.table["gain"] > 2.0 * found.table["error"]).sum())
    tied = int(found.table["tied"].sum())
    if not sure:
        lines.append("No single one makes the wrong band measurably less likely; in order of what")
        lines.append("narrows the score most.")
    elif tied > 1:
        lines.append(f"{tied} cannot be told from the first: take what is easiest to find out.")
    return [
        *lines,
        "What cannot apply there, rate 'not applicable'.",
        "gain: by how much the probability of naming the wrong band falls once it is known.",
        "narrows: the share of the variance of risk that goes once it is known.",
    ]


def _reasons(found: SmallestChanges) -> Iterator[str]:
    for name, row in found.left[found.left["residual"] > 0].iterrows():
        titles = {"locked": "locked", "too_late": "too late", "unknown": "unknown"}
        whys = [f"{title}: {', '.join(row[key])}" for key, title in titles.items() if row[key]]
        whys += ["no resilience holds it down (kappa 0)"] if row["no_hold"] else []
        yield f"  {name} {row['residual']:.3f}; {'; '.join(whys)}"


def _rated(ratings: pd.Series[float], states: pd.Series[str]) -> list[str]:
    cells = zip(ratings, states, strict=True)
    return [str(s).replace("_", " ") if np.isnan(x) else f"{x:.2f}" for x, s in cells]


def _numbers(values: pd.Series[float]) -> list[str]:
    return [_number(value) for value in values]


def _number(value: float, *, sign: bool = False, digits: int = 2) -> str:
    if np.isnan(value):
        return "-"
    return f"{round(value, digits) + 0.0:{'+' if sign else ''}.{digits}f}"
