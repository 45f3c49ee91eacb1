"""How the waterfall of a change is drawn: arrows between labels and columns of numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.timeline import rows

NEW, GONE = "newly rated", "no longer rated"

NAMED = ("indicator", NEW, GONE)
"""Kinds of bars that are one indicator; the other kinds are those of an account's parts."""

UNSURE = (NEW, GONE, "coverage", "assumed")
"""Bars that no rating made: only one side rates, or the profile assumes."""

SEVERAL = ("others", "back")
"""Bars of several indicators together."""

LETTERS = 44
"""Letters of a label in a line."""

LONGEST = 110
"""Letters of a label; the rest is cut with an ellipsis, and told whole when pointed at."""

PLOT = 262
"""Pixels across the bars: what labels and numbers leave of the whole."""

Window = tuple[float, float, float]
"""The part of the scale that is drawn, and its ticks."""

HEAD, LEAST_HEAD = 13, 5
"""Pixels of the head of an arrow, and of the smallest that can be seen."""

LINE = 13
"""Pixels from a line of a label to the next."""

HALF = 0.12
"""Of the height of a bar, where 1 is the height of a row."""


def side(row: Any) -> str:
    """Return what is told of a bar of an indicator that only one side rates."""
    return f", {row.kind}" if row.kind in (NEW, GONE) else ""


def _told(row: Any) -> str:
    """Return what a mark tells when pointed at."""
    if row.kind == "score":
        return f"{row.label}: {row.end:.3f}"
    name = f"{row.label} ({row.indicator}, {row.factor})" if row.indicator else row.label
    ratings = f"; rated {_rating(row)}{side(row)}" if row.indicator else ""
    return f"{row.adds:+.3f}: {name}{ratings}; from {row.start:.3f} to {row.end:.3f}"


def _rating(row: Any) -> str:
    if row.kind not in NAMED:
        return ""
    ends = ("\u2013" if pd.isna(x) else f"{x:.2f}" for x in (row.before, row.after))
    return " → ".join(dict.fromkeys(ends))


def _label(row: Any) -> str:
    """Return a label in lines."""
    tail = f" ({row.indicator})" if row.indicator else ""
    cut = row.label if len(row.label) <= LONGEST else f"{row.label[:LONGEST].rstrip()} …"
    return "\n".join(textwrap.wrap(cut + tail, LETTERS))


def _placed(data: pd.DataFrame, span: float) -> pd.DataFrame:
    """Return the marks with their places from above and what is written beside them."""
    found = list(data.itertuples())
    colours = {"worse": theme.RISK, "better": theme.RESILIENCE, "": theme.QUIET}
    text = pd.Series([_label(row) for row in found], index=data.index)
    place = pd.Series(range(len(data)), index=data.index, dtype=float)
    # an arrow has its tip at the end of its bar, and is all head where the bar is shorter than one
    wide = ((data["end"] - data["start"]).abs() * PLOT / span).clip(LEAST_HEAD, HEAD)
    overlap = 1 - 0.5 / wide  # or a hair of paper shows between head and shaft
    back = (wide * span / PLOT).where(data["adds"] < 0, -wide * span / PLOT)
    return data.assign(
        row=place,
        above=place - HALF,
        below=place + HALF,
        next=place + 1,
        # lines are written from the first down: it stands higher where there are several
        line=place - 0.5 * LINE * text.str.count("\n") / _row(text),
        colour=data["effect"].map(colours),
        inside=data["effect"].map({**colours, "": theme.PAPER}),
        strength=data["kind"].isin(SEVERAL).map({True: 0.6, False: 1.0}),
        size=(wide / 0.866) ** 2,  # of the triangle that is so wide
        tip=data["end"] + 0.5 * back,
        neck=(data["end"] + back * overlap).where(wide == HEAD, data["start"]),
        told=[_told(row) for row in found],
        text=text,
        rating=[_rating(row) for row in found],
        number=(data["adds"].map("{:+.3f}".format).str.replace("-", "\u2212")).where(
            data["kind"] != "score", data["end"].map("{:.3f}".format)
        ),
    )


def _row(text: pd.Series[str]) -> int:
    """Return the height of a row: what the highest label needs."""
    return 7 + LINE * (1 + int(text.str.count("\n").max()))


def draw(data: pd.DataFrame, *, window: Window) -> Any:
    """Draw arrows between labels on the left and numbers on the right."""
    import altair as alt

    low, high, tick = window
    marks = _placed(data, high - low)
    ticks = [round(low + tick * n, 4) for n in range(round((high - low) / tick) + 1)]
    axis = {
        "title": "score",
        "values": ticks,
        "orient": "bottom",
        "labelFlush": False,
        "grid": True,
    }
    across = {"domain": [low, high], "nice": False, "zero": False}
    down = {"domain": [-1.1, len(marks) - 0.5], "reverse": True, "nice": False}
    start, end, tip = (
        alt.X(f"{name}:Q", scale=across, axis=axis) for name in ("start", "end", "tip")
    )
    row, above = (alt.Y(f"{name}:Q", scale=down, axis=None) for name in ("row", "above"))
    told = alt.Tooltip("told:N")

    def of(part: pd.DataFrame) -> Any:
        return alt.Chart(rows(part))

    links = of(marks.iloc[:-1]).mark_rule(color=theme.UNKNOWN, strokeWidth=0.8)
    layers = [links.encode(end, row, y2="next:Q")]
    scored, unsure = marks["kind"] == "score", marks["kind"].isin(UNSURE)
    ink: dict[str, Any] = {"opacity": alt.Opacity("strength:Q", scale=None), "tooltip": told}
    ink |= {"stroke": alt.Stroke("colour:N", scale=None), "fill": alt.Fill("inside:N", scale=None)}
    for some, dash in ((~scored & ~unsure, [1, 0]), (unsure, [3, 2])):
        shafts = of(marks[some]).mark_rect(strokeDash=dash, strokeWidth=1.2)
        layers.append(shafts.encode(start, above, x2="neck:Q", y2="below:Q", **ink))
    for shape, some in (("right", marks["adds"] > 0), ("left", marks["adds"] < 0)):
        heads = of(marks[some]).mark_point(shape=f"triangle-{shape}", strokeWidth=1)
        layers.append(heads.encode(tip, row, alt.Size("size:Q", scale=None), **ink))
    ends = of(marks[scored]).mark_rule(color=theme.INK, strokeWidth=4)
    layers.append(ends.encode(end, above, y2="below:Q", tooltip=told))
    height = round(_row(marks["text"]) * (len(marks) + 0.6))
    layers += _texts(marks, down, of)
    return alt.layer(*layers, width=PLOT, height=height)


def _texts(marks: pd.DataFrame, down: Any, of: Callable[[pd.DataFrame], Any]) -> list[Any]:
    """Return the labels on the left, and the columns of numbers on the right with their heads."""
    import altair as alt

    heads = pd.DataFrame({"row": [-0.8], "number": ["adds"], "rating": ["rating"]})
    scored = marks["kind"] == "score"
    layers: list[Any] = []
    for part, weight in ((marks[scored], "bold"), (marks[~scored], "normal"), (heads, "normal")):
        pen = {"fontWeight": weight, "color": theme.QUIET if part is heads else theme.INK}
        pen |= {"align": "right", "baseline": "middle", "lineBreak": "\n", "lineHeight": LINE}
        for name, place in (("text", -8), ("number", PLOT + 52), ("rating", PLOT + 132)):
            if name in part:
                y = alt.Y("line:Q" if name == "text" else "row:Q", scale=down, axis=None)
                texts = of(part).mark_text(fontSize=11, **pen)
                layers.append(texts.encode(alt.XValue(place), y, text=f"{name}:N"))
    return layers
