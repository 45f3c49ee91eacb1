"""How a watch list shows itself to a person."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.marks import interval
from r2prisk.tables import bullets, html_table, marked, page, paragraph, text_table
from r2prisk.trajectories.phrases import percent
from r2prisk.trajectories.warning.blind_spots import factor_legend
from r2prisk.trajectories.warning.readings import (
    CALENDAR,
    FRESH,
    HIGHEST,
    PERSISTENT,
    RIGHTS,
    SPOTS,
    SURPRISES,
)
from r2prisk.trajectories.words import EROSION, UNKNOWN

if TYPE_CHECKING:
    from r2prisk.trajectories.warning.watch import WatchList

WIDTH = 100
"""Columns of a terminal."""

ROOM = 34
"""Columns that the name of an outside list may take."""

WORDS = (
    *("unit", "country", "band", "heading", "resilience", "kind", "what", "when", "lists"),
    *(
        "triggers",
        "list",
        "side",
        "reasons",
        "rule",
        "since",
        "shows",
        "alerts",
        "clears",
        "reason",
        "by",
        "why",
    ),
)
"""Columns that hold words."""

COMMON = "horizon: "
"""From here on a reason is about the list, whatever the country."""


def display(reading: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of a watch list as a person reads it.

    Parameters
    ----------
    reading : str
        The name of the reading.
    table : pandas.DataFrame
        Its numbers.

    Returns
    -------
    pandas.DataFrame
        Texts: two digits, signs on movements, a dash for what is unknown.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": ["KEN"], "country": ["Kenya"], "date": ["2017-08-08"],
    ...     "kind": "election", "what": "General election", "risk": [0.4], "band": "moderate",
    ...     "word": "stable", "source": ""})
    >>> display("trigger calendar", table).to_numpy().tolist()
    [['2017-08-08', 'KEN', 'Kenya', 'election', '0.40', 'moderate', 'stable', 'General election']]
    """
    if reading == CALENDAR:
        return _calendar(table)
    if reading == SPOTS:
        return _spots(table)
    if reading == RIGHTS:
        return _rights(table)
    columns = {"unit": table["unit"], "country": table["country"], "risk": _number(table["risk"])}
    if reading in (HIGHEST, "biggest movers"):
        low, high = _number(table["risk_low"]), _number(table["risk_high"])
        spans = [f"{a}-{b}" for a, b in zip(low, high, strict=True)]
        columns["could be"] = ["-" if span == "---" else span for span in spans]
    columns |= {
        "band": table["band"],
        "a year": _signed(table["movement"]),
        "heading": [
            word if word == UNKNOWN else f"{word} {_chance(chance)}"
            for word, chance in zip(table["word"], table["chance"], strict=True)
        ],
    }
    if reading == SURPRISES:
        columns["surprise"] = _signed(table["surprise"], 1)
    if reading == PERSISTENT:
        columns["since"] = table["since"].astype(str)
    if reading == FRESH:
        columns["triggers"] = _moving(table["triggers"], table["triggers_movement"])
    if reading == EROSION:
        columns["sure"] = [_chance(chance) for chance in table["sure"]]
        columns["resilience"] = _moving(table["resilience"], table["resilience_movement"])
    else:
        levels = zip(_number(table["resilience"]), table["resilience_word"], strict=True)
        columns["resilience"] = [
            level if word in (UNKNOWN, "stable") else f"{level} {word}" for level, word in levels
        ]
    columns["rated"] = _share(table["coverage"])
    return pd.DataFrame(columns)


def _calendar(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "when": table["date"].astype(str),
            **{name: table[name] for name in ("unit", "country", "kind")},
            "risk": _number(table["risk"]),
            "band": table["band"],
            "heading": table["word"],
            "what": table["what"],
        }
    )


def _spots(table: pd.DataFrame) -> pd.DataFrame:
    there = [
        "-" if np.isnan(place) else f"{place:g}".removesuffix(".0") for place in table["there"]
    ]
    return pd.DataFrame(
        {
            "unit": table["unit"],
            "country": table["country"],
            "side": table["side"],
            "here": [f"{p:g} of {of}" for p, of in zip(table["here"], table["of"], strict=True)],
            "there": there,
            "list": [
                f"{textwrap.shorten(name, ROOM, placeholder='...')}, {edition}"
                for name, edition in zip(table["list"], table["edition"], strict=True)
            ],
            "reasons": table["reasons"],
        }
    )


def _rights(table: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "unit": table["unit"],
        "country": table["country"],
        "rights": _number(table["human_rights"]),
        "a year": _signed(table["movement"]),
        "rising": [_chance(p) for p in table["rising"]],
        "surprise": _signed(table["surprise"], 1),
        "risk": _number(table["risk"]),
    }
    for name in ("conflict", "groups"):
        if name in table:
            columns[name] = _number(table[name])
    return pd.DataFrame({**columns, "lists": table["lists"]})


def _number(values: pd.Series) -> list[str]:
    return ["-" if np.isnan(value) else f"{value:.2f}" for value in values]


def _signed(values: pd.Series, digits: int = 2) -> list[str]:
    # rounded first, and nothing added: a small fall is no -0.00
    rounded = [round(value, digits) + 0.0 for value in values]
    return ["-" if np.isnan(value) else f"{value:+.{digits}f}" for value in rounded]


def _moving(levels: pd.Series, moved: pd.Series) -> list[str]:
    """Return levels with their movement a year in brackets."""
    return [f"{a} ({b})" for a, b in zip(_number(levels), _signed(moved), strict=True)]


def _chance(probability: float) -> str:
    """Return a probability in little room."""
    if np.isnan(probability):
        return "-"
    return ">99%" if probability > 0.99 else f"{probability:.0%}"


def _share(values: pd.Series) -> list[str]:
    return ["-" if np.isnan(value) else f"{value:.0%}" for value in values]


def _since(table: pd.DataFrame) -> list[str]:
    rows = zip(table["since"], table["period"], table["begins"], strict=True)
    return [
        f"since scores begin, {a}" if first else f"new in {a}" if a == b else f"since {a}"
        for a, b, first in rows
    ]


def _sure(table: pd.DataFrame) -> list[str]:
    return ["unknown" if np.isnan(p) else percent(p) for p in table["sure"]]


def fitted(table: pd.DataFrame, *, width: int = WIDTH) -> str:
    """Return a table as text that is no wider than the terminal: names of countries are cut.

    Examples
    --------
    >>> print(fitted(pd.DataFrame({"country": ["United Kingdom"], "risk": ["0.10"]}), width=16))
    country     risk
    United ...  0.10
    """
    room = width
    for name in table.columns:
        if name != "country":
            room -= max(map(len, [name, *table[name]])) + 2
    room = max(room, len("country") + 3)
    names = [c if len(c) <= room else f"{c[: room - 3]}..." for c in table["country"]]
    return text_table(table.assign(country=names), words=WORDS)


def title(watch: WatchList) -> str:
    """Return the heading of a watch list."""
    view = "Prevention watch list" if watch.provenance["prevention"] else "Watch list"
    return f"{view}, end of {watch.date} (scores up to {watch.period})"


def as_text(watch: WatchList) -> str:
    """Return what a terminal shows."""
    lines = [title(watch), *_wrapped(CAUTION), ""]
    lines += _alert_lines(watch)
    for reading, table in watch.tables.items():
        lines += [*_wrapped(_heading(watch, reading, table))]
        top = table.head(watch.shown)
        if reading in watch.impossible:
            lines += [_wanting(watch, reading), ""]
        elif not len(top):
            lines += ["  none", ""]
        elif reading in (CALENDAR, SPOTS, RIGHTS):
            lines += [*_with_reasons(display(reading, top)), ""]
        else:
            lines += [fitted(display(reading, top)), ""]
    if len(watch.set_aside):
        aside = watch.set_aside
        named = [f"{c} ({w})" for c, w in zip(aside["country"], aside["why"], strict=True)]
        lines += [*_wrapped(f"Set aside, an episode is under way: {'; '.join(named)}."), ""]
    for note in watch.notes:
        lines += _wrapped(f"* {note}", indent="  ")
    return "\n".join(lines)


def _heading(watch: WatchList, reading: str, table: pd.DataFrame) -> str:
    count = f"{len(table)}"
    if len(table) > watch.shown:
        count = f"first {watch.shown} of {len(table)}"
    return f"{reading.upper()} ({count}): {watch.rules[reading]}"


def _wanting(watch: WatchList, reading: str) -> str:
    return f"  could not be looked at: needs scores of {watch.impossible[reading]} periods"


def _wrapped(text: str, *, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False)


def _with_reasons(shown: pd.DataFrame) -> list[str]:
    """Return rows of text, each with its last column below it.

    What a reason says of a list and not of a country stands once, at the end.
    """
    last, spots = shown.columns[-1], "list" in shown
    head, *rows = fitted(shown.drop(columns=last)).split("\n")
    lines, about = [head], dict[str, str]()
    names = shown["list"] if spots else [""] * len(shown)
    for row, text, name in zip(rows, shown[last], names, strict=True):
        own, mark, of_list = text.partition(COMMON) if spots else (text, "", "")
        about |= {name: mark + of_list} if mark else {}
        wrapped = textwrap.wrap(own.removesuffix("; "), WIDTH - 6)
        lines += [row, *(f"      {line}" for line in wrapped)]
    told = [f"{name}: {of_list}" for name, of_list in about.items()]
    told += ["; ".join(factor_legend(shown[last]))] if spots else []
    return [*lines, *(line for text in told for line in _wrapped(f"  {text}", indent="    "))]


def _alert_lines(watch: WatchList) -> list[str]:
    """Return the alerts by country, those with a new one first, and those that were withheld."""
    raised = watch.alerts
    lines = [_count(watch).replace("Alerts", "ALERTS")]
    fresh = set(raised["unit"][_new(watch)])
    for first, units in (("New", fresh), ("Still on", {*raised["unit"]} - fresh)):
        part = raised[raised["unit"].isin(units)]
        lines += [first] if len(part) else []
        for unit, own in part.groupby("unit", sort=False):
            lines += _alert_of(str(unit), own)
    for text in _clearing(watch):
        lines += _wrapped(f"  {text}", indent="    ")
    lines.append("")
    if len(watch.withheld):
        lines.append(f"WITHHELD ({len(watch.withheld)}): a person decided not to send these")
        for row in watch.withheld.to_dict("records"):
            about = f"{row['unit']} {row['country']}, {row['rule']} since {row['since']}"
            why = f"{row['reason']} ({row['by']}, {row['decided']})"
            lines += _wrapped(f"  {about}: {why}", indent="    ")
        lines.append("")
    return lines


def _new(watch: WatchList) -> pd.Series[bool]:
    raised = watch.alerts
    return (raised["since"] == raised["period"]) & ~raised["begins"].astype(bool)


def _count(watch: WatchList) -> str:
    """Return the heading of the alerts."""
    raised = watch.alerts
    countries = raised["unit"].nunique()
    where = f"{countries} {'country' if countries == 1 else 'countries'}"
    count = f"{len(raised)} on in {where}, {int(_new(watch).sum())} of them new"
    none = "none" if watch.clears else "no rule was looked at"
    return f"Alerts ({count if len(raised) else none})"


def _clearing(watch: WatchList) -> list[str]:
    """Say when the alerts that are on clear, by rule."""
    rules = watch.alerts["rule"].unique()
    return [f"{rule.capitalize()} c{watch.clears[rule].removeprefix('C')}" for rule in rules]


def _alert_of(unit: str, own: pd.DataFrame) -> list[str]:
    """Return the alerts of one country."""
    head = _wrapped(f"  {unit} {own['country'].iloc[0]}: {_rules(own)}", indent="      ")
    return [*head, *(f"      {line}" for line in textwrap.wrap(_most(own), WIDTH - 6))]


def _rules(own: pd.DataFrame) -> str:
    rules = zip(own["rule"], _since(own), _sure(own), strict=True)
    return ", ".join(f"{rule} ({since}, {sure})" for rule, since, sure in rules)


def _most(own: pd.DataFrame) -> str:
    """Return what the alert with the most scores shows: it says most."""
    return max(own["shows"], key=len)


def as_html(watch: WatchList) -> str:
    """Return what a notebook shows; every text is escaped."""
    fresh = set(watch.alerts["unit"][_new(watch)])
    rows = [
        {
            "unit": unit,
            "country": own["country"].iloc[0],
            "alerts": _rules(own),
            "shows": _most(own),
        }
        for unit, own in watch.alerts.groupby("unit", sort=False)
    ]
    rows.sort(key=lambda row: row["unit"] not in fresh)
    count = _count(watch)
    shown = html_table(pd.DataFrame(rows), words=WORDS, caption=count, shown=len(rows))
    parts = [shown if rows else paragraph(count), bullets(_clearing(watch))]
    if len(watch.withheld):
        columns = ["rule", "unit", "country", "since", "reason", "by", "decided"]
        parts.append(_table(watch.withheld[columns], f"Withheld ({len(watch.withheld)})"))
    for reading, table in watch.tables.items():
        top = table.head(watch.shown)
        caption = reading.capitalize() + _heading(watch, reading, table)[len(reading) :]
        if reading in watch.impossible:
            parts.append(paragraph(f"{caption}: {_wanting(watch, reading).strip()}"))
            continue
        drawn = display(reading, top)
        if "could be" in drawn:
            ends = zip(top["risk"], top["risk_low"], top["risk_high"], top["band"], strict=True)
            marks = [interval(a, b, c, thin=band == UNKNOWN) for a, b, c, band in ends]
            drawn = marked(drawn, "could be", marks)
        parts.append(_table(drawn, caption))
    if len(watch.set_aside):
        parts.append(_table(watch.set_aside, "Set aside, an episode is under way"))
    return page(title(watch), *parts, bullets(watch.notes))


def _table(shown: pd.DataFrame, caption: str) -> str:
    if not len(shown):
        return paragraph(f"{caption}: none")
    return html_table(shown, words=WORDS, caption=caption, shown=len(shown))
