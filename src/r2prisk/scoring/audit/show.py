"""What an audit says in words, and how it shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.scoring.show import headline
from r2prisk.tables import bullets, html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.scoring.audit.result import Audit

SHOWN = 8
FAR = 1.5
"""Effective weights this many times the nominal ones, or less than their inverse, are named, if the
interval lies on that side of the nominal one too."""

ENOUGH = 20
"""Units below which close correlations of indicators are not named: among thousands of pairs, some
correlate closely by chance, and more years of few units do not help."""

ALIKE = 0.9
"""From here on alpha says that indicators repeat each other."""

WORDS = ("factor", "score", "closest", "about")

READ = (
    "Correlations are of ranks within a period. A score that goes with income is not unfair for\n"
    "that: risk may. Coverage that does is: it says whom the sources look at. A score that goes\n"
    "with coverage's own correlates deserves a second look."
)
"""How to read the fairness table."""


def capped(items: Sequence[str], between: str = ", ") -> str:
    """Return the first of some items as text, and how many more there are.

    Examples
    --------
    >>> capped(list("abcdefghij"))
    'a, b, c, d, e, f, g, h, and 2 more'
    """
    more = [f"and {len(items) - SHOWN} more"] if len(items) > SHOWN else []
    return between.join([*items[:SHOWN], *more])


def sentences(found: Audit) -> list[str]:
    """Return what the tables say."""
    units = len(found.scores.panel.units)
    few = (
        f"Too few units ({units}; {ENOUGH} are needed) to say which indicators are nearly one "
        "variable, repeat each other, or go closer with other factors than their own."
    )
    factors = found.tables["factors"]
    return [
        *_double(found.tables["double counting"]),
        *([] if factors.empty else _weights(factors)),
        *([few] if units < ENOUGH else _borders(factors)),
        *_removal(found),
        *_fairness(found.tables["fairness"]),
        *(f"Note: {note}." for note in found.notes),
    ]


def _double(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return ["Double counting: nothing found."]
    counts = table["kind"].value_counts(sort=False)
    said = [
        "Double counting: " + ", ".join(f"{kind} {count}" for kind, count in counts.items()) + "."
    ]
    both = table[(table["kind"] == "both sides")]
    if len(both):
        pairs = [f"{row['indicators']} ({row['correlation']:.2f})" for _, row in both.iterrows()]
        listed = capped(pairs, "; ")
        said.append(f"Nearly one variable on both sides, risk and resilience: {listed}.")
    return said


def _weights(table: pd.DataFrame) -> list[str]:
    said: list[str] = []
    for score, part in table.groupby("score", sort=False):
        part = part[part["nominal"] > 0]
        times = part["effective"] / part["nominal"]
        more = (times > FAR) & (part["low"] > part["nominal"])
        less = (times < 1.0 / FAR) & (part["high"] < part["nominal"])
        for word, some in (
            ("more", times[more].sort_values(ascending=False)),
            ("less", times[less].sort_values()),
        ):
            if len(some):
                listed = capped([f"{name} ({value:.1f} times)" for name, value in some.items()])
                said.append(f"Weigh {word} in {score} than the profile says: {listed}.")
    return said


def _borders(table: pd.DataFrame) -> list[str]:
    if table.empty:
        return []
    said: list[str] = []
    alike = table[table["alpha"] >= ALIKE]
    if len(alike):
        listed = capped([f"{name} ({value:.2f})" for name, value in alike["alpha"].items()])
        said.append(f"Indicators that repeat each other (alpha {ALIKE} or more): {listed}.")
    odd = table[table["inside"] < table["outside"]]
    if len(odd):
        listed = capped(list(map(str, odd.index)))
        said.append(f"Go closer with other factors than among themselves: indicators of {listed}.")
    return said


def _removal(found: Audit) -> list[str]:
    period, units, turned, compared, change = found.units_dropped
    said: list[str] = []
    if units:
        said.append(
            f"Without any one of {units} units of {period}, {turned:,} of {compared:,} pairs of "
            f"the others change their order (largest change of a score {change:.1g})."
        )
    table = found.tables["indicators"]
    for score, part in table.groupby("score", sort=False):
        first = part.iloc[0]
        if pd.notna(first["mean_shift"]) and pd.notna(first["reversed"]):
            said.append(
                f"Of single indicators, {part.index[0]} moves the ranks by {score} most: "
                f"{first['mean_shift']:.1f} places on average, {first['largest_shift']:.0f} at "
                f"most ({first['whose']}), and {first['reversed']:.1%} of pairs turn round; the "
                f"median indicator {part['mean_shift'].median():.1f} places."
            )
    return said


def _fairness(table: pd.DataFrame) -> list[str]:
    said: list[str] = []
    for of in ("coverage", "risk", "residual_risk", "resilience"):
        part = table[table["of"] == of]
        for word, some in (
            ("with", part[part["low"] > 0].sort_values("correlation", ascending=False)),
            ("against", part[part["high"] < 0].sort_values("correlation")),
        ):
            if len(some):
                listed = [
                    f"{row['about']} ({row['correlation']:+.2f}, {row['low']:+.2f} to "
                    f"{row['high']:+.2f})"
                    for _, row in some.iterrows()
                ]
                name = of.replace("_", " ").capitalize()
                said.append(f"{name} goes {word} {capped(listed)}.")
    unknown = sorted(set(table["about"][table["correlation"].isna()]))
    if unknown:
        said.append(f"Too little is known, or nothing varies, to say for: {capped(unknown)}.")
    return said


def _tables(found: Audit) -> dict[str, pd.DataFrame]:
    """Return the tables that are shown, as a person reads them."""
    factors = found.tables["factors"].reset_index()
    if len(factors):
        columns = ["factor", "score", "rated", "alpha", "inside", "outside", "closest"]
        columns += ["closeness", "nominal", "effective", "low", "high", "mean_shift"]
        factors = factors[columns].rename(columns={"mean_shift": "shift without"})
    wide = found.tables["fairness"].copy()
    wide["said"] = [
        "-" if pd.isna(r) else f"{r:+.2f} ({low:+.2f}, {high:+.2f})"
        for r, low, high in zip(wide["correlation"], wide["low"], wide["high"], strict=True)
    ]
    wide = wide.pivot_table(index="about", columns="of", values="said", aggfunc="first", sort=False)
    return {"Factors": _rounded(factors), "Goes with (+) or against (-)": wide.reset_index()}


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    shown = {
        name: ["-" if pd.isna(v) else f"{v:.2f}" for v in frame[name]]
        for name in frame.columns
        if frame[name].dtype.kind == "f"
    }
    return frame.assign(**shown)


def as_text(found: Audit) -> str:
    """Return what a terminal shows."""
    parts = [headline(found.scores).replace("Scores", "Audit", 1), "", *sentences(found)]
    for title, table in _tables(found).items():
        if len(table):
            parts += ["", title, text_table(table, words=WORDS)]
    return "\n".join([*parts, "", READ, CAUTION])


def as_html(found: Audit) -> str:
    """Return what a notebook shows."""
    tables = [
        html_table(table, words=WORDS, caption=name, shown=len(table))
        for name, table in _tables(found).items()
        if len(table)
    ]
    head = headline(found.scores).replace("Scores", "Audit", 1)
    return page(head, bullets(sentences(found)), *tables, paragraph(READ))
