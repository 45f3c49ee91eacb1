"""How a contrast shows itself: sentences first, then its tables."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.prevention.contrasts.tell import digits_of
from r2prisk.prevention.contrasts.words import load_words
from r2prisk.tables import bullets, folded, html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.prevention.contrasts.contrast import Contrast

WIDE = 100
"""Letters of a line."""

TITLE = 36
"""Letters of a title in a table."""

NAME = 24
"""Letters of the name of a country in a table."""

SHOWN = 10
"""Twins, and indicators, that the text shows."""

UNKNOWN = "?"
"""What stands where nothing is known."""

WORDS = ("unit", "country", "item", "title", "differs", "factor", "escalated?", "rows")

GAPS = {
    "between": "calm - escalated",
    "own_calm": "own - calm",
    "own_followed": "own - escalated",
}
"""What is told of each item, the first that is known of any."""

WHY = {
    "own": "the country itself, a state that it came out of, or one that came out of it",
    "later": "what followed was not known by the end of the period",
    "under_way": "an episode was under way",
    "unknown": "what followed is unknown",
    "thin": "too little is rated for a band",
    "few_shared": "too few risk factors are known in both",
    "far": "farther than the caliper",
    "near": "a nearer row of the same country is a twin, within the horizon",
}
"""Why a row is no twin."""


def contrast_text(found: Contrast, language: Language = "en") -> str:
    """Return the sentences of a contrast in a language, and its tables, a hundred letters wide."""
    lines = [
        textwrap.fill(
            text, WIDE, initial_indent="- ", subsequent_indent="  ", break_on_hyphens=False
        )
        for text in found.sentences(language)
    ]
    words = load_words().sentences
    head = f"{words['heading'][language]} {found.unit} {found.period}"
    parts = ["\n".join([head, *lines])]
    for title, table, more in _tables(found):
        rest = f"\nand {more} more" if more > 0 else ""
        parts.append(f"{title}\n{text_table(table, words=WORDS)}{rest}")
    parts.append("\n".join(["Rows that are no twins", *_left_out(found)]))
    return "\n\n".join([*parts, textwrap.fill(words["caution"][language], WIDE)])


def contrast_html(found: Contrast) -> str:
    """Return the same for a notebook; balance and what was left out are folded."""
    shown = [(html_table(t, words=WORDS, caption=title), more) for title, t, more in _tables(found)]
    drawn = [html + (paragraph(f"and {more} more") if more > 0 else "") for html, more in shown]
    return page(
        f"{load_words().sentences['heading']['en']} {found.unit} {found.period}",
        bullets(found.sentences()),
        *drawn[:2],
        *(folded("Indicators, and how alike the twins are", *drawn[2:]) if drawn[2:] else ()),
        folded("Rows that are no twins", bullets(_left_out(found))),
    )


def _tables(found: Contrast) -> list[tuple[str, pd.DataFrame, int]]:
    """Return titles, tables of texts, and how many rows are not shown."""
    if not len(found.twins):
        return []
    ranked = found.indicators.reindex(_order(found.indicators))
    tables = [
        ("Twins, the nearest first", _twins(found.twins.head(SHOWN)), len(found.twins) - SHOWN),
        ("Resilience factors (countries in brackets)", _gaps(found.factors), 0),
        (
            "Resilience indicators, the widest apart first (countries in brackets)",
            _gaps(ranked.head(SHOWN)),
            len(ranked) - SHOWN,
        ),
        ("Risk factors: how alike (in standard deviations)", _balance(found.balance), 0),
    ]
    return [(title, table, more) for title, table, more in tables if len(table)]


def _order(table: pd.DataFrame) -> pd.Index:
    """Return items by how far calm twins and the others, or else the row and they, are apart."""
    apart = table["between"].abs().fillna(table["own_calm"].abs() - 2.0)
    return apart.sort_values(ascending=False, kind="stable").index


def _twins(twins: pd.DataFrame) -> pd.DataFrame:
    table = twins[["unit", "country"]].assign(
        country=[textwrap.shorten(name, NAME, placeholder=" ...") for name in twins["country"]],
        period=twins["period"].astype(str),
        distance=_numbers(twins["distance"]),
        shared=twins["shared"].astype(str),
        risk=_numbers(twins["risk"]),
        residual=_numbers(twins["residual"]),
        resilience=_numbers(twins["resilience"]),
    )
    when = [str(period) for period in twins["when"]]
    marks = zip(twins["followed"], when, strict=True)
    table["escalated?"] = [f"yes, {period}" if yes else "no" for yes, period in marks]
    return table


def _gaps(rows: pd.DataFrame) -> pd.DataFrame:
    titles = zip(rows.index, rows["title"], strict=True)
    names = [textwrap.shorten(f"{n} {t}", TITLE, placeholder=" ...") for n, t in titles]
    table = pd.DataFrame({"item": names, "own": _numbers(rows["own"]).to_numpy()})
    for name, head in (("calm", "calm"), ("followed", "escalated")):
        pairs = list(zip(_numbers(rows[name]), rows[f"{name}_countries"], strict=True))
        if any(count for _, count in pairs):
            table[head] = [f"{text} ({count})" if count else UNKNOWN for text, count in pairs]
    for gap, head in GAPS.items():
        # the groups beside each other; where there is one group alone, the row beside it
        if rows[gap].notna().any():
            ends = zip(rows[gap], rows[f"{gap}_low"], rows[f"{gap}_high"], strict=True)
            table[head] = [_gap(*one) for one in ends]
            break
    if (rows["differs"] != "").any():  # the sentences say from what, and by how much
        table["differs"] = ["yes" if text else "" for text in rows["differs"]]
    return table


def _gap(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return UNKNOWN
    ends = [x for x in (value, low, high) if not np.isnan(x)]
    digits = digits_of(low, high)
    # no -0.00: what rounds to nothing has no sign
    texts = [f"{round(x, digits) + 0.0:+.{digits}f}" for x in ends]
    return f"{texts[0]} ({' to '.join(texts[1:])})" if texts[1:] else f"{texts[0]} (too few)"


def _balance(balance: pd.DataFrame) -> pd.DataFrame:
    rows = balance[balance["own"].notna() | balance["calm"].notna() | balance["followed"].notna()]
    titles = zip(rows.index, rows["title"], strict=True)
    table = pd.DataFrame(
        {"factor": [textwrap.shorten(f"{n} {t}", TITLE, placeholder=" ...") for n, t in titles]}
    )
    for name, head in (("own", "own"), ("calm", "calm"), ("followed", "escalated")):
        table[head] = _numbers(rows[name]).to_numpy()
    for name, head in (("groups", "calm - escalated"), ("row", "own - twins")):
        marks = zip(rows[name], rows[f"{name}_unalike"], strict=True)
        table[head] = [
            UNKNOWN if np.isnan(x) else f"{round(x, 2) + 0.0:+.2f}{'*' if far else ' '}"
            for x, far in marks
        ]
    return table


def _left_out(found: Contrast) -> list[str]:
    counts = [(name, n) for name, n in found.left_out.items() if n]
    lines = [f"{n:,} {'row' if n == 1 else 'rows'}: {WHY[name]}" for name, n in counts]
    if found.seldom:
        are = "indicator is" if found.seldom == 1 else "indicators are"
        lines.append(f"{found.seldom} resilience {are} not listed: rated too seldom")
    if (found.balance["groups_unalike"] | found.balance["row_unalike"]).any():
        lines.append("* beyond 0.25 standard deviations: not alike")
    return lines


def _numbers(values: pd.Series[float]) -> pd.Series[str]:
    return values.map(lambda x: UNKNOWN if pd.isna(x) else f"{x:.2f}")
