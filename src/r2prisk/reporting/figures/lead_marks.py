"""How the lead-time chart is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.forecast_leads import NONE, STATES
from r2prisk.reporting.figures.timeline import rows

_STEP = 15.0
_CELL = 20.0
_HEAD = 42.0
_NAMES = 252.0
_FILLS = dict(
    zip(STATES, ("#641A2B", theme.RISK, "#F6BE7B", theme.PAPER, theme.PAPER), strict=True)
)


def lead_time(data: pd.DataFrame, *, kind: str) -> Any:
    """Draw a row for each onset and a box for each list before it, by places in pixels."""
    import altair as alt

    row = data.groupby(["target", "unit"], sort=False).ngroup()
    top = _HEAD + row * _STEP
    reach = int(data["before"].max())
    left = _NAMES + (reach - data["before"]) * _CELL
    boxes = data.assign(
        x=left + 1.0,
        x2=left + _CELL - 1.0,
        y=top + 1.0,
        y2=top + _STEP - 1.0,
        fill=data["on"].map(_FILLS),
        middle=left + _CELL / 2,
        height=top + _STEP / 2,
        said=[f"{n} {kind}{'' if n == 1 else 's'} before" for n in data["before"]],
    )
    last = boxes[boxes["before"] == 1]
    high = float(boxes["y2"].max())
    end = _NAMES + reach * _CELL
    layers = [*_boxes(boxes), *_axis(reach, kind), *_legend(), *_words(last, end)]
    return alt.layer(*layers, width=624, height=high)


def _boxes(boxes: pd.DataFrame) -> list[Any]:
    import altair as alt

    tips = {"name": "Country", "target": "Onset", "said": "List", "on": "Stood"}
    there, absent = boxes[boxes["on"] != NONE], boxes[boxes["on"] == NONE]
    rects = (
        _at(there, "x", "y")
        .mark_rect(stroke=theme.UNKNOWN, strokeWidth=0.5)
        .encode(
            alt.X2("x2:Q"),
            alt.Y2("y2:Q"),
            alt.Fill("fill:N", scale=None),
            [alt.Tooltip(field=n, type="nominal", title=title) for n, title in tips.items()],
        )
    )
    dashes = _at(absent.assign(text="\u2013"), "middle", "height").mark_text(
        baseline="middle", color=theme.UNKNOWN, fontSize=10
    )
    return [rects, *([dashes.encode(alt.Text("text:N"))] if len(absent) else [])]


def _axis(reach: int, kind: str) -> list[Any]:
    """Write a number over each list; the last one stands beside the onset."""
    import altair as alt

    places = [_NAMES + (reach - n + 0.5) * _CELL for n in range(1, reach + 1)]
    ticks = pd.DataFrame({"x": places, "y": _HEAD - 8.0, "text": range(1, reach + 1)})
    title = pd.DataFrame(
        {"x": [_NAMES - 6.0], "y": [_HEAD - 8.0], "text": [f"{kind}s before the onset"]}
    )
    style = {"baseline": "middle", "fontSize": 10.5, "color": theme.QUIET}
    return [
        _at(ticks, "x", "y").mark_text(**style).encode(alt.Text("text:Q")),
        _at(title, "x", "y").mark_text(align="right", **style).encode(alt.Text("text:N")),
    ]


def _legend() -> list[Any]:
    import altair as alt

    shown = [state for state in STATES if state != NONE]
    left = [_NAMES + n * 88.0 for n in range(len(shown))]
    boxes = pd.DataFrame(
        {"x": left, "x2": [x + 14.0 for x in left], "y": 2.0, "y2": 14.0, "text": shown}
    )
    boxes["fill"] = boxes["text"].map(_FILLS)
    words = boxes.assign(x=boxes["x2"] + 5.0, y=8.0)
    rects = _at(boxes, "x", "y").mark_rect(stroke=theme.UNKNOWN, strokeWidth=0.5)
    text = _at(words, "x", "y").mark_text(align="left", baseline="middle", fontSize=11)
    return [
        rects.encode(alt.X2("x2:Q"), alt.Y2("y2:Q"), alt.Fill("fill:N", scale=None)),
        text.encode(alt.Text("text:N"), color=alt.value(theme.QUIET)),
    ]


def _words(last: pd.DataFrame, end: float) -> list[Any]:
    """Name each onset at the left, and tell at the right where its unit stood when it came."""
    import altair as alt

    way = last["ongoing"].fillna(False).astype(bool)
    rows = zip(last["missed"], last["place"], last["of"], way, strict=True)
    told = [
        ("missed: " if missed else "") + f"{place:g} of {of}" + ("; under way" if on else "")
        for missed, place, of, on in rows
    ]
    words = last.assign(
        who=last["name"] + " " + last["target"],
        told=told,
        ink=[theme.RISK if missed else theme.INK for missed in last["missed"]],
        name_at=_NAMES - 6.0,
        told_at=end + np.where(last["missed"], 20.0, 8.0),
        cross_at=end + 12.0,
    )
    ink = alt.Color("ink:N", scale=None)
    style = {"baseline": "middle", "fontSize": 10.5}
    names = _at(words, "name_at", "height").mark_text(align="right", limit=_NAMES - 6.0, **style)
    ranks = _at(words, "told_at", "height").mark_text(align="left", **style)
    missed = words[words["missed"]]
    crosses = _at(missed, "cross_at", "height").mark_point(
        shape="M-1,-1L1,1M1,-1L-1,1", size=30, stroke=theme.RISK, strokeWidth=2
    )
    return [
        names.encode(alt.Text("who:N"), ink),
        ranks.encode(alt.Text("told:N"), ink),
        *([crosses] if len(missed) else []),
    ]


def _at(marks: pd.DataFrame, x: str, y: str) -> Any:
    """Return a chart of marks whose places are pixels from the upper left."""
    import altair as alt

    plain = marks.drop(columns=["ongoing"], errors="ignore")
    return alt.Chart(rows(plain)).encode(
        alt.X(f"{x}:Q", scale=None, axis=None), alt.Y(f"{y}:Q", scale=None, axis=None)
    )
