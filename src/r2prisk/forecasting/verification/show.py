"""How a verification and a comparison show themselves to a person."""

from __future__ import annotations

import textwrap
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.forecasting.verification.lists import SIZES
from r2prisk.forecasting.verification.table import DRAWS
from r2prisk.panel.periods import KINDS
from r2prisk.tables import html_table, text_table

if TYPE_CHECKING:
    from r2prisk.forecasting.verification.compare import Comparison
    from r2prisk.forecasting.verification.result import Verification

WIDTH = 100
"""Characters of a line of text."""

SHOWN = 10
NAMES = 60
"""How many names a line spells out; the others are counted."""

FINE = ("brier", "log_score", "ece", "ece_if_calibrated")
"""Figures so small that they need four places."""

WORDS = {
    "auc": "AUC, all rows",
    "auc_delong": "AUC, rows taken as independent (DeLong)",
    "auc_within": "AUC, within one {kind}",
    "average_precision": "average precision",
    "recall_10": "onsets on the list of 10",
    "precision_10": "right on the list of 10",
    "recall_20": "onsets on the list of 20",
    "precision_20": "right on the list of 20",
    "recall_30": "onsets on the list of 30",
    "precision_30": "right on the list of 30",
    "lead_2": "on the list of 30 two {kind}s before",
    "lead_3": "on the list of 30 three {kind}s before",
    "entrants_30": "new on the list of 30 each {kind}",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "log_score": "log score",
    "log_skill": "log-score skill",
    "intercept": "calibration intercept (0)",
    "slope": "calibration slope (1)",
    "expected_over_observed": "onsets expected over observed (1)",
    "ece": "expected calibration error",
    "ece_if_calibrated": "the same by chance alone",
}
"""What a person reads for each figure; in brackets what a forecast that is right would have."""

RELIABILITY = {
    "lowest": "lowest chance",
    "highest": "highest chance",
    "rows": "rows",
    "said": "mean chance",
    "expected": "onsets expected",
    "onsets": "onsets",
    "came": "share that came",
    "low": "from, if right",
    "high": "to, if right",
}
"""What a person reads above the columns of the reliability table."""


def name_of(unit: object) -> str:
    """Return the name of a unit.

    Examples
    --------
    >>> name_of("SDN")
    'Sudan'
    """
    units = load_units()
    return units[str(unit)].name if str(unit) in units else str(unit)


def _number(value: float, figure: str = "") -> str:
    if np.isnan(value):
        return "unknown"
    digits = 4 if figure in FINE else 3
    return f"{value:.{digits}f}"


def _table(v: Verification, view: str) -> pd.DataFrame:
    if view not in v.figures.index.get_level_values("view"):
        return pd.DataFrame()
    part = v.figures.loc[view]
    return pd.DataFrame(
        {
            "figure": [_words(str(name), v.forecasts) for name in part.index],
            **{
                column: [
                    _number(value, str(name))
                    for name, value in zip(part.index, part[column], strict=True)
                ]
                for column in ("value", "se", "low", "high")
            },
        }
    )


def _words(figure: str, frame: pd.DataFrame) -> str:
    return WORDS[figure].format(kind=_kind(frame))


def _kind(frame: pd.DataFrame) -> str:
    return KINDS[frame["target"].iloc[0].freqstr[0]]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _onsets(count: int, horizon: int) -> str:
    if horizon == 1:
        return _count(count, "onset")
    return f"{count:,} of them with an onset ahead (one onset can stand in {horizon})"


def _head(v: Verification) -> list[str]:
    frame, horizon = v.forecasts, v.table.horizon
    first, last = frame["target"].min(), frame["target"].max()
    ahead = f"an onset within {_count(horizon, _kind(frame))}"
    rows, onsets = len(frame), int(frame["outcome"].sum())
    told = _onsets(onsets, horizon)
    aside = "; ".join(f"{count:,} {why}" for why, count in v.aside.items() if count)
    lines = [
        f"Verification: targets {first} to {last}, {ahead}",
        f"{_count(rows, 'row')} of {_count(frame['unit'].nunique(), 'unit')}, {told}",
        f"Left out: {aside or 'none'}",
        f"Intervals: 95 %, {DRAWS:,} resamples of countries",
    ]
    most = int(frame.groupby("target").size().max())
    idle = ", ".join(str(size) for size in SIZES if size >= most)
    if idle:
        a_period = f"{_count(most, 'row')} a {_kind(frame)}"
        lines.append(f"Lists of {idle} say nothing: there are at most {a_period}")
    if frame.loc[frame["outcome"] == 1, "unit"].nunique() < 2:
        lines.append("Errors and intervals are unknown where they rest on the onsets of one unit")
    return lines


def _named(v: Verification) -> list[str]:
    """Name the onsets caught and missed and the longest false alarms."""
    lines: list[str] = []
    for title, table in (("Caught", v.hits()), ("Missed", v.misses())):
        said = [
            f"{name_of(row.unit)} {row.target} ({row.rank:.0f})"
            for row in table.itertuples(index=False)
        ]
        more = f" and {len(said) - NAMES:,} more" if len(said) > NAMES else ""
        listed = ", ".join(said[:NAMES]) or "none"
        lines.append(f"{title} by the list of 30 (rank): {listed}{more}")
    alarms = v.false_alarms(SHOWN).head(SHOWN)
    said = [
        f"{name_of(row.unit)} {row.first}"
        + (f"-{row.last}" if str(row.first) != str(row.last) else "")
        for row in alarms.itertuples(index=False)
    ]
    lines.append(f"Longest on the list of 10 without an onset: {', '.join(said) or 'none'}")
    return lines


def as_text(v: Verification) -> str:
    """Return what a terminal shows."""
    told: list[str] = []
    for row in v.rows.iloc[1:].reset_index().to_dict("records"):
        count = f"{_count(row['rows'], 'row')}, {_onsets(row['onsets'], v.table.horizon)}"
        told.append(f"{row['view'].capitalize()}: {count}{_short(v, row['view'])}")
    long = [textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in (*told, *_named(v))]
    table = text_table(_table(v, "all"), words=["figure"])
    return "\n".join([*_head(v), "", table, "", *long, CAUTION])


def _short(v: Verification, view: str) -> str:
    """Return the main figures of a view in one line."""
    if view not in v.figures.index.get_level_values("view"):
        return "; too few to say"
    table = _table(v, view).set_index("figure")
    names = [_words(name, v.forecasts) for name in ("auc", "average_precision", "recall_30")]
    said = [
        f"{row.Index} {row.value} ({row.low} to {row.high})"
        for row in table.loc[names].itertuples()
    ]
    return "; " + ", ".join(said)


def as_html(v: Verification) -> str:
    """Return what a notebook shows."""
    head, *lines = (escape(line) for line in _head(v))
    parts = [f"<p><strong>{head}</strong></p>", f"<p>{'<br>'.join(lines)}</p>"]
    for view in v.rows.index:
        table = _table(v, view)
        if len(table):
            parts.append(html_table(table, words=["figure"], caption=str(view).capitalize()))
    shown = v.reliability.round(4).rename(columns=RELIABILITY)
    parts.append(html_table(shown, caption="Reliability: said and came, by tenths of the rows"))
    named = "<br>".join(escape(line) for line in _named(v))
    return "".join([*parts, f"<p>{named}</p>", f"<p><em>{escape(CAUTION)}</em></p>"])


def _comparison(c: Comparison) -> tuple[list[str], pd.DataFrame]:
    aside = "; ".join(f"{count:,} of {name}" for name, count in c.aside.items() if count)
    onsets = _count(c.onsets, "onset")
    lines = [
        f"Comparison with {c.reference}: {_count(c.rows, 'common row')}, {onsets}",
        f"Variants in the reality check: {c.variants}; any other that was tried is not allowed for",
        f"Rows not common: {aside or 'none'}",
        f"Better by: above 0 the model is better than {c.reference}; 95 % and p: countries drawn",
        "DeLong: p with rows taken as independent",
        "Reality check: p that the best of so many would look as good if none were better",
    ]
    table = c.differences.reset_index()
    names = table["figure"]
    shown = pd.DataFrame(
        {"figure": [WORDS[name].format(kind="period") for name in names], "model": table["model"]}
    )
    for column in ("value", "reference"):
        shown[column] = [_number(v, n) for v, n in zip(table[column], names, strict=True)]
    shown["better by"] = [_signed(value) for value in table["difference"]]
    ends = zip(table["low"], table["high"], strict=True)
    shown["95 %"] = ["unknown" if np.isnan(a) else f"{_signed(a)} to {_signed(b)}" for a, b in ends]
    for column, word in (("p", "p"), ("p_delong", "DeLong"), ("p_reality", "reality check")):
        cells = ["unknown" if np.isnan(value) else f"{value:.3f}" for value in table[column]]
        if column == "p_delong":  # of the area alone
            cells = [c if n == "auc" else "" for c, n in zip(cells, names, strict=True)]
        shown[word] = cells
    return lines, shown


def _signed(value: float) -> str:
    return "unknown" if np.isnan(value) else f"{value:+.4f}"


def comparison_as_text(c: Comparison) -> str:
    """Return what a terminal shows of a comparison."""
    lines, table = _comparison(c)
    return "\n".join([*lines, "", text_table(table, words=["figure", "model"])])


def comparison_as_html(c: Comparison) -> str:
    """Return what a notebook shows of a comparison."""
    (head, *lines), table = _comparison(c)
    shown = html_table(table, words=["figure", "model"])
    rest = "<br>".join(escape(line) for line in lines)
    return f"<p><strong>{escape(head)}</strong></p><p>{rest}</p>{shown}"
