"""How the tile map is drawn: places in pixels, marks, legend."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.timeline import rows
from r2prisk.scoring.scores import UNKNOWN

MISSING = "not scored"
"""What the tile of a member of the United Nations says that has no row in the period."""

ACROSS = theme.WIDTH - 16
"""Pixels of the map, between the margins of a figure."""

_TIPS = {"name": "Country", "told": "Score", "shade": "Shown as", "rated": "Rated"}
_GAP = 1.6
_SWATCH = 15.0
_LINE = 12.5


class Step(NamedTuple):
    """One shade of the map: its name, the scores that it stands for, its colour."""

    name: str
    limits: str
    start: float
    colour: str


def draw(data: pd.DataFrame, *, steps: Sequence[Step], what: str, rated_less: str) -> Any:
    """Draw the legend and, below it, the tiles.

    Parameters
    ----------
    data : pandas.DataFrame
        Of the tile map.
    steps : sequence of Step
        Its shades, from the lowest up.
    what : str
        What is shown, for the tooltips.
    rated_less : str
        What the legend says of the unknown.

    Returns
    -------
    altair.LayerChart
    """
    import altair as alt

    counts = {str(name): int(n) for name, n in data["shade"].value_counts().items()}
    boxes, lines = _legend(counts, steps, rated_less)
    head = float(lines["y"].max()) + 8.0
    pitch = ACROSS / data["column"].max()
    tiles = _tiles(data, steps).assign(**_corners(data, pitch, head))
    # a block is named above the first tile of its upper row
    blocks = data.sort_values(["row", "column"]).groupby("block", sort=False).first()
    headings = pd.DataFrame(
        {
            "x": (blocks["column"] - 1) * pitch + _GAP / 2,
            "y": head + (blocks["row"] - 1) * pitch - 5.0,
            "text": blocks.index,
        }
    )
    high = head + data["row"].max() * pitch
    layers = [*_boxes(boxes, {}), *_boxes(tiles, {**_TIPS, "told": what})]
    layers += [_words(lines, 10.5), _words(headings, 11.0), *_codes(tiles, pitch)]
    return alt.layer(*layers, width=ACROSS, height=high)


def _legend(
    counts: dict[str, int], steps: Sequence[Step], rated_less: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the boxes of the legend and the lines of text below them."""
    entries = [(step.name, step.limits, step.colour, "known") for step in steps]
    entries.append((UNKNOWN, rated_less, theme.PAPER, UNKNOWN))
    if MISSING in counts:
        entries.append((MISSING, "", theme.PAPER, MISSING))
    wide = ACROSS / len(entries)
    letters = max(int(wide / 5.6), 4)
    boxes, lines = [], []
    for n, (name, limits, colour, state) in enumerate(entries):
        box = {"x": n * wide + _GAP / 2, "x2": (n + 1) * wide - 6.0, "y": 0.0, "y2": _SWATCH}
        boxes.append({**box, "fill": colour, "state": state})
        count = counts.get(name, 0)
        told = [name, limits, f"{count} tile{'' if count == 1 else 's'}"]
        for down, text in enumerate(t for part in told for t in textwrap.wrap(part, letters)):
            lines.append({"x": box["x"], "y": _SWATCH + _LINE * (down + 1), "text": text})
    return pd.DataFrame(boxes), pd.DataFrame(lines)


def _corners(data: pd.DataFrame, pitch: float, head: float) -> dict[str, pd.Series[float]]:
    left, top = (data["column"] - 1) * pitch, head + (data["row"] - 1) * pitch
    half = _GAP / 2
    return {
        "x": left + half,
        "x2": left + pitch - half,
        "y": top + half,
        "y2": top + pitch - half,
    }


def _tiles(data: pd.DataFrame, steps: Sequence[Step]) -> pd.DataFrame:
    """Return the colours and the words of each tile."""
    fill = data["shade"].map({step.name: step.colour for step in steps}).fillna(theme.PAPER)
    told = [
        UNKNOWN if np.isnan(score) else f"{score:.2f}, could be {low:.2f} to {high:.2f}"
        for score, low, high in zip(data["score"], data["low"], data["high"], strict=True)
    ]
    rated = [UNKNOWN if np.isnan(c) else f"{c:.0%} of the weight" for c in data["coverage"]]
    there = data["shade"] != MISSING
    return pd.DataFrame(
        {
            "fill": fill,
            "ink": fill.map(theme.ink_on).where(there, theme.QUIET),
            "text": data["unit"],
            "state": data["shade"].where(data["shade"].isin([UNKNOWN, MISSING]), "known"),
            "name": data["name"],
            "told": pd.Series(told, index=data.index).where(there, MISSING),
            "shade": data["shade"],
            "rated": pd.Series(rated, index=data.index).where(there, "nothing"),
        }
    )


def _boxes(boxes: pd.DataFrame, tips: dict[str, str]) -> list[Any]:
    """Draw boxes by what is known: full, outlined with hatching, or dashed."""
    import altair as alt

    styles = {
        "known": {"stroke": theme.UNKNOWN, "strokeWidth": 0.4},
        UNKNOWN: {"stroke": theme.UNKNOWN, "strokeWidth": 1.0},
        MISSING: {"stroke": theme.UNKNOWN, "strokeWidth": 0.7, "strokeDash": [2, 2]},
    }
    layers: list[Any] = []
    for state, style in styles.items():
        some = boxes[boxes["state"] == state]
        if not len(some):
            continue
        marks = (
            _placed(some)
            .mark_rect(**style)
            .encode(
                fill=alt.Fill("fill:N", scale=None),
                tooltip=[alt.Tooltip(n, type="nominal", title=title) for n, title in tips.items()],
            )
        )
        layers.append(marks)
        if state == UNKNOWN:
            layers.append(_placed(_hatching(some)).mark_rule(stroke=theme.HAIR, strokeWidth=0.8))
    return layers


def _hatching(boxes: pd.DataFrame) -> pd.DataFrame:
    """Return slanted lines that fill boxes: what is unknown is never a plain light tile."""
    lines: list[dict[str, float]] = []
    for x, x2, y, y2 in boxes[["x", "x2", "y", "y2"]].to_numpy():
        wide, high = x2 - x, y2 - y
        for start in np.arange(4.0, wide + high, 5.5):
            low, top = min(start, high), max(start - wide, 0.0)
            ends = {"x": x + start - low, "y": y + low, "x2": x + start - top, "y2": y + top}
            lines.append(ends)
    return pd.DataFrame(lines)


def _codes(tiles: pd.DataFrame, pitch: float) -> list[Any]:
    """Write three letters on each tile, and below them a question mark where it is unknown."""
    middle = tiles.assign(x=(tiles["x"] + tiles["x2"]) / 2, y=(tiles["y"] + tiles["y2"]) / 2)
    dark = middle["state"] == UNKNOWN
    middle["y"] -= dark * pitch * 0.17
    marks = middle[dark].assign(text="?", y=middle["y"] + pitch * 0.4)
    size = min(pitch * 0.37, 11.0)
    parts = [(middle, size), (marks, size + 1.0)]
    return [_words(part, letter, align="center", bold=True) for part, letter in parts if len(part)]


def _words(lines: pd.DataFrame, size: float, *, align: str = "left", bold: bool = False) -> Any:
    import altair as alt

    weight = "bold" if bold else "normal"
    baseline = "middle" if align == "center" else "alphabetic"
    inked = lines if "ink" in lines.columns else lines.assign(ink=theme.QUIET)
    kept = inked[["x", "y", "text", "ink"]]
    mark = _placed(kept).mark_text(align=align, baseline=baseline, fontSize=size, fontWeight=weight)
    return mark.encode(text=alt.Text("text:N"), color=alt.Color("ink:N", scale=None))


def _placed(marks: pd.DataFrame) -> Any:
    """Return a chart of marks whose places are pixels from the upper left."""
    import altair as alt

    chart = alt.Chart(rows(marks))
    places: list[Any] = [alt.X("x:Q", scale=None, axis=None), alt.Y("y:Q", scale=None, axis=None)]
    if "x2" in marks.columns:
        places += [alt.X2("x2:Q"), alt.Y2("y2:Q")]
    return chart.encode(*places)
