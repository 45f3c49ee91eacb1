"""How pictures of forecasts are drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.forecast_words import per_cent
from r2prisk.reporting.figures.timeline import rows

TICKS = (*(n * 10.0**e for e in range(-4, 0) for n in (1, 2, 5)), 1.0)
"""Where square-root axes may be marked, besides at 0."""

APART = 31.0
"""Pixels between the marks of an axis, so that their words do not touch."""

_SIDE = 290
_WIDE = 560
_ROOT = "square-root axis"


def reliability(data: pd.DataFrame, *, rate: float) -> Any:
    """Draw the diagram and, beside it, the counts behind each mark."""
    import altair as alt

    top = min(1.1 * max(float(data[["said", "came", "to"]].max().max()), 0.01), 1.0)
    shown = data.assign(
        mean=[per_cent(p) for p in data["said"]],
        seen=[f"{n:,} of {rows:,}" for n, rows in zip(data["onsets"], data["rows"], strict=True)],
        right=[f"{a} to {b}" for a, b in zip(data["low"], data["high"], strict=True)],
        due=[f"{n:.1f}" for n in data["expected"]],
    )
    x = alt.X("said:Q", **_root(top, f"mean chance that was said ({_ROOT})", _SIDE))
    scale = _root(top, f"share with an onset ({_ROOT})", _SIDE)
    two = {"domain": [True, False], "range": ["circle", "diamond"]}
    ink = {"domain": [True, False], "range": [theme.INK, theme.RISK]}
    bars = _of(shown).mark_rule(stroke=theme.UNKNOWN, strokeWidth=6, opacity=0.4)
    dots = _of(shown).mark_point(size=64, filled=True, opacity=1.0)
    tips = {"mean": "Mean chance", "seen": "Onsets of rows", "right": "Onsets if right"}
    corners = pd.DataFrame({"said": [0.0, top], "came": [0.0, top]})
    level = pd.DataFrame({"said": [top], "came": [rate], "text": [f"all rows: {per_cent(rate)}"]})
    layers = [
        _of(corners)
        .mark_line(stroke=theme.QUIET, strokeWidth=1)
        .encode(x, alt.Y("came:Q", **scale)),
        _of(level)
        .mark_rule(stroke=theme.QUIET, strokeDash=[4, 3])
        .encode(alt.Y("came:Q", **scale)),
        bars.encode(x, alt.Y("from:Q", **scale), alt.Y2("to:Q")),
        dots.encode(
            x,
            alt.Y("came:Q", **scale),
            alt.Shape("inside:N", scale=two, legend=None),
            alt.Fill("inside:N", scale=ink, legend=None),
            _tips(tips),
        ),
        _label(level, "said", "came", align="right", dy=-5),
    ]
    diagram = alt.layer(*layers, width=_SIDE, height=_SIDE)
    return alt.hconcat(diagram, _counts(shown), spacing=18)


def _counts(shown: pd.DataFrame) -> Any:
    """Draw a table of the groups, the highest chance on top, as the marks stand."""
    import altair as alt

    columns = {
        "mean": (0, "chance said"),
        "seen": (96, "onsets of rows"),
        "due": (154, "expected"),
        "right": (218, "if right"),
    }
    step = min(_SIDE / (len(shown) + 1), 26.0)
    cells: list[dict[str, Any]] = []
    for n, row in enumerate(reversed(shown.to_dict("records"))):
        for name, (across, _) in columns.items():
            out = name == "seen" and not row["inside"]
            cell = {"x": 60 + across, "y": step * (n + 1.5), "text": row[name], "out": out}
            cells.append({**cell, "ink": theme.RISK if out else theme.INK})
    for across, title in columns.values():
        cells.append(
            {"x": 60 + across, "y": step * 0.5, "text": title, "out": False, "ink": theme.QUIET}
        )
    table = pd.DataFrame(cells)
    layers = [
        _of(table[table["out"] == out])
        .mark_text(align="right", fontSize=10.5, baseline="middle", fontWeight=weight)
        .encode(
            alt.X("x:Q", scale=None, axis=None),
            alt.Y("y:Q", scale=None, axis=None),
            alt.Text("text:N"),
            alt.Color("ink:N", scale=None),
        )
        for out, weight in ((False, "normal"), (True, "bold"))
        if (table["out"] == out).any()
    ]
    return alt.layer(*layers, width=280, height=_SIDE)


def precision_recall(data: pd.DataFrame, *, rate: float, kind: str) -> Any:
    """Draw the curve, the share of all rows, and the lists with their intervals."""
    import altair as alt

    curve, lists = data[data["part"] == "curve"], data[data["part"] == "list"]
    ends = [*curve["precision"], *lists["precision"], *lists["precision_high"].dropna(), rate]
    top = min(1.1 * max(ends), 1.0)
    across = {"domain": [0, 1]}
    title = "share of onsets caught (recall)"
    axis = {"format": ".2~p", "title": title, "grid": False}
    x = alt.X("recall:Q", scale=across, axis=axis)
    y = _root(top, f"share of names that were right (precision; {_ROOT})", 300)
    up = alt.Y("precision:Q", **y)
    level = pd.DataFrame(
        {"recall": [0.02], "precision": [rate], "text": [f"all rows: {per_cent(rate)}"]}
    )
    # upright, then across: the area below is the average precision
    line = _of(curve.assign(at=range(len(curve), 0, -1))).mark_line(
        interpolate="step-before", stroke=theme.RESILIENCE, strokeWidth=1.5
    )
    layers = [
        _of(level).mark_rule(stroke=theme.QUIET, strokeDash=[4, 3]).encode(up),
        line.encode(x, up, alt.Order("at:Q")),
        _label(level, "recall", "precision", align="left", dy=-6),
    ]
    if len(lists):
        layers += _lists(lists, kind, x=across, y=y)
    return alt.layer(*layers, width=_WIDE, height=300)


def _lists(lists: pd.DataFrame, kind: str, *, x: Any, y: Mapping[str, Any]) -> list[Any]:
    """Draw a point for each list, with the intervals that are known."""
    import altair as alt

    shown = lists.assign(
        text=[f"{size:.0f} a {kind}" for size in lists["size"]],
        caught=_interval(lists, "recall"),
        right=_interval(lists, "precision"),
    )
    known = shown.dropna(subset=["recall_low", "precision_low"])
    bars = _of(known).mark_rule(stroke=theme.RISK, strokeWidth=1.2, opacity=0.7)
    tips = _tips({"text": "List", "caught": "Onsets caught", "right": "Names that were right"})
    points = _of(shown).mark_point(
        shape="square", size=60, filled=True, fill=theme.RISK, stroke=theme.PAPER, opacity=1
    )
    drawn = [
        bars.encode(
            alt.X("recall_low:Q", scale=x), alt.X2("recall_high:Q"), alt.Y("precision:Q", **y)
        ),
        bars.encode(
            alt.X("recall:Q", scale=x), alt.Y("precision_low:Q", **y), alt.Y2("precision_high:Q")
        ),
    ]
    above = shown.assign(top=shown["precision_high"].fillna(shown["precision"]))
    return [
        *(drawn if len(known) else []),
        points.encode(alt.X("recall:Q", scale=x), alt.Y("precision:Q", **y), tips),
        _label(above, "recall", "top", align="center", dy=-8, ink=theme.INK),
    ]


def _interval(lists: pd.DataFrame, name: str) -> list[str]:
    rows = zip(lists[name], lists[f"{name}_low"], lists[f"{name}_high"], strict=True)
    return [
        f"{per_cent(value)}, interval unknown"
        if np.isnan(low)
        else f"{per_cent(value)}, 95% {per_cent(low)} to {per_cent(high)}"
        for value, low, high in rows
    ]


def murphy(data: pd.DataFrame) -> Any:
    """Draw the loss of each reader, and below it how much less it is than the reference's."""
    import altair as alt

    top = float(data["theta"].max())
    title = f"threshold above which the reader acts ({_ROOT})"
    there = bool(data["reference"].notna().any())
    x = alt.X("theta:Q", **_root(top, None if there else title))
    loss: dict[str, Any] = {
        "axis": {"title": "mean loss", "tickCount": 5},
        "scale": {"zero": True},
    }
    # named where the two are farthest apart, on the outer side
    gap = (data["reference"] - data["loss"]).to_numpy()
    at = int(np.abs(gap).argmax()) if there else int(data["loss"].to_numpy().argmax())
    mine = data.iloc[[at]].assign(text="these forecasts")
    side: dict[str, Any] = {"align": "center", "dy": -8}
    if gap[at] > 0:
        side = {"align": "left", "dx": 6, "dy": 12}
    lines = [
        _of(data[["theta", "loss"]])
        .mark_line(stroke=theme.RISK, strokeWidth=2)
        .encode(x, alt.Y("loss:Q", **loss)),
        _label(mine, "theta", "loss", ink=theme.RISK, **side),
    ]
    if not there:
        return alt.layer(*lines, width=_WIDE, height=260)
    dashed = _of(data[["theta", "reference"]]).mark_line(
        stroke=theme.INK, strokeWidth=1.5, strokeDash=[5, 3]
    )
    other = data.iloc[[int(data["reference"].to_numpy().argmax())]].assign(text="the reference")
    lines += [
        dashed.encode(x, alt.Y("reference:Q", **loss)),
        _label(other, "theta", "reference", align="left", dx=8, dy=0, ink=theme.INK),
    ]
    upper = alt.layer(*lines, width=_WIDE, height=230)
    return alt.vconcat(upper, _gain(data, alt.X("theta:Q", **_root(top, title))))


def _gain(data: pd.DataFrame, x: Any) -> Any:
    """Draw how much less each reader loses than by the reference, with its interval."""
    import altair as alt

    y: dict[str, Any] = {"axis": {"title": ["less than", "the reference"], "tickCount": 3}}
    layers = [
        _of(pd.DataFrame({"gain": [0.0]}))
        .mark_rule(stroke=theme.INK, strokeWidth=1)
        .encode(alt.Y("gain:Q", **y)),
        _of(data[["theta", "gain"]])
        .mark_line(stroke=theme.RISK, strokeWidth=1.5)
        .encode(x, alt.Y("gain:Q", **y)),
    ]
    known = data[["theta", "gain_low", "gain_high"]].dropna()
    if len(known):
        area = _of(known).mark_area(fill=theme.RISK, fillOpacity=0.2)
        layers.insert(0, area.encode(x, alt.Y("gain_low:Q", **y), alt.Y2("gain_high:Q")))
    return alt.layer(*layers, width=_WIDE, height=110)


def _root(top: float, title: str | None, length: float = _WIDE) -> dict[str, Any]:
    """Return scale and axis of a share whose small values are given room."""
    axis = {
        "values": _marked(top, length),
        "format": ".2~p",
        "title": title,
        "gridColor": theme.HAIR,
        "labelOverlap": False,
    }
    return {"scale": {"type": "sqrt", "domain": [0, top], "nice": False}, "axis": axis}


def _marked(top: float, length: float) -> list[float]:
    """Return where a square-root axis is marked: from the largest down, with room between."""
    found: list[float] = []
    room = APART / length * top**0.5
    for tick in reversed(TICKS):
        last = found[-1] ** 0.5 if found else np.inf
        if tick <= top and tick**0.5 >= room and last - tick**0.5 >= room:
            found.append(tick)
    return [0.0, *found[::-1]]


def _tips(titles: Mapping[str, str]) -> list[Any]:
    import altair as alt

    return [alt.Tooltip(field=n, type="nominal", title=title) for n, title in titles.items()]


def _label(
    data: pd.DataFrame,
    x: str,
    y: str,
    *,
    align: str,
    dy: float,
    dx: float = 0.0,
    ink: str = theme.QUIET,
) -> Any:
    """Write the column ``text`` beside points; axes and scales are those of the other layers."""
    import altair as alt

    mark = _of(data).mark_text(align=align, dx=dx, dy=dy, fontSize=11, color=ink)
    return mark.encode(alt.X(f"{x}:Q"), alt.Y(f"{y}:Q"), alt.Text("text:N"))


def _of(data: pd.DataFrame) -> Any:
    import altair as alt

    return alt.Chart(rows(data))
