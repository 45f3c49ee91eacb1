"""How the coverage matrix is drawn: lines of cells by factor, in one or two columns."""

from __future__ import annotations

import dataclasses
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.models import Language
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.texts import inline, label, text_layers
from r2prisk.reporting.figures.words import load_phrases
from r2prisk.scoring.explain.sentences import number

if TYPE_CHECKING:
    import altair as alt

Marks = list[dict[str, object]]

RISK_SHADES = tuple(theme.band_colours(["0", "0.25", "0.5", "0.75", "1"]).values())

LEGEND, TICKS = 19, 16
"""Pixels of a line of what the shades mean, and for the periods above and below the lines."""

HEAD = 1.7
"""A factor's heading, in lines."""

ONE_COLUMN = 112
"""Lines, headings included, that one column still holds on a page."""

NAMES, GUTTER = 340, 14
"""Pixels for the names of indicators in one column, at most, and between two columns."""

WIDE = 0.47
"""Width of a letter for each pixel of its height, about."""

CELL = 46
"""Pixels that a cell is wide at most."""

STEPS = {
    "Y": (1, 2, 5, 10, 20, 50, 100),
    "Q": (1, 2, 4, 8, 20, 40, 80, 200),
    "M": (1, 2, 3, 6, 12, 24, 60, 120, 240, 600),
    "D": (1, 7, 28, 91, 365, 1826, 3652),
}
"""Every how many periods one is named, by their kind: as often as there is room."""


@dataclasses.dataclass(frozen=True)
class Layout:
    """The sizes of a matrix, in pixels.

    Parameters
    ----------
    columns : int
        1 or 2.
    row : float
        Height of a line.
    marker, names, cell : float
        Width of identifiers, of all that stands before the cells, and of a cell.
    """

    columns: int
    row: float
    marker: float
    names: float
    cell: float

    @property
    def block(self) -> float:
        """Width of a column with its names."""
        return (theme.WIDTH - GUTTER * (self.columns - 1)) / self.columns

    @property
    def letters(self) -> float:
        """Height of the letters of a line."""
        return min(9.0, self.row - 0.5)


def share(part: float, language: Language) -> str:
    """Return a share in whole percent; what is more than nothing is never told as nothing.

    Examples
    --------
    >>> share(0.374, "en"), share(0.001, "en"), share(0.999, "en")
    ('37%', '<1%', '>99%')
    """
    shown = f"{part:.0%}"
    if 0 < part < 0.005:
        shown = "<1%"
    elif 0.995 <= part < 1:
        shown = ">99%"
    return shown if language == "en" else shown.replace("%", "\u00a0%")


def layout_of(data: pd.DataFrame) -> Layout:
    """Return the sizes with which a matrix fits a page.

    Parameters
    ----------
    data : pandas.DataFrame
        As ``coverage`` makes it.
    """
    shown = data[~data["folded"]].drop_duplicates("indicator")
    lines = len(shown) + HEAD * data["factor"].nunique()
    columns = 1 if lines <= ONE_COLUMN else 2
    room = (900 if columns == 1 else 870) / (lines / columns)
    row = float(np.clip(room, 8, 13 if columns == 1 else 10))
    block = (theme.WIDTH - GUTTER * (columns - 1)) / columns
    marker = _marker(shown["indicator"].tolist())
    if columns == 1:
        longest = max(map(len, shown["label"]), default=1)
        names = min(NAMES, marker + WIDE * min(9.0, row - 0.5) * longest + 10)
    else:
        names = min(marker, block / 3)
    cell = min(CELL, (block - names) / data["period"].nunique())
    return Layout(columns, row, marker, names, cell)


def _marker(names: list[str]) -> float:
    """Return the width of the identifiers."""
    return max(30.0, 5.6 * max(map(len, names), default=0) + 8)


def draw(data: pd.DataFrame, *, language: Language) -> alt.LayerChart | alt.FacetChart:
    """Draw the matrix.

    Parameters
    ----------
    data : pandas.DataFrame
        As ``coverage`` makes it.
    language : {"en", "fr", "es"}
        The language.
    """
    import altair as alt

    sizes = layout_of(data)
    swatches, said, top = _legend(data, language)
    boxes, names, texts, height = _lines(data, sizes, top + TICKS, language)
    x = alt.X("x:Q", axis=None, scale={"domain": [0, theme.WIDTH], "nice": False})
    y = alt.Y("y:Q", axis=None, scale={"domain": [height, 0], "nice": False})
    tips = [alt.Tooltip(f"{name}:N", title=name) for name in ("indicator", "period", "rating")]
    layers: list[alt.Chart] = []
    for marks in (boxes, swatches):
        chart = alt.Chart(inline(marks)).mark_rect(aria=False, strokeWidth=0.7)
        chart = chart.encode(
            x=x,
            y=y,
            x2="x2:Q",
            y2="y2:Q",
            fill=alt.Fill("fill:N", scale=None),
            stroke=alt.Stroke("stroke:N", scale=None),
        )
        layers.append(chart.encode(tooltip=tips) if marks is boxes else chart)
    inside = [one for one in texts + said if one["kind"] == "inside"]
    layers += text_layers(names, x, y, size=sizes.letters)
    layers += text_layers(inside, x, y, size=9)
    layers += text_layers([one for one in texts + said if one["kind"] != "inside"], x, y, size=9.5)
    return alt.layer(*layers, width=theme.WIDTH, height=height)


def _lines(
    data: pd.DataFrame, sizes: Layout, top: float, language: Language
) -> tuple[Marks, Marks, Marks, float]:
    """Return the boxes, the names of indicators, all other texts, and the height of all."""
    boxes: Marks = []
    names: Marks = []
    texts: Marks = []
    plain = data.assign(period=data["period"].astype(str))
    every = [(str(f), rows) for f, rows in plain.groupby("factor", sort=False)]
    lines = [HEAD + len(set(rows[~rows["folded"]]["indicator"])) for _, rows in every]
    half = sum(lines) / sizes.columns
    left, y, bottom, before = 0.0, top, top, 0.0
    for (factor, rows), count in zip(every, lines, strict=True):
        if left == 0 and sizes.columns == 2 and before + count / 2 > half:
            left, y = sizes.block + GUTTER, top
        before += count
        y += sizes.row * HEAD
        marks, heading = _heading(factor, rows, left, y, sizes, language)
        boxes += marks
        texts += heading
        for name, cells in rows[~rows["folded"]].groupby("indicator", sort=False):
            middle = y + sizes.row / 2
            names.append(label("id", left, middle, str(name)))
            if sizes.columns == 1:
                room = int((sizes.names - sizes.marker) / (WIDE * sizes.letters))
                told = _fit(cells["label"].iloc[0], room)
                names.append(label("name", left + sizes.marker, middle, told))
            marks, signs = _runs(cells, left + sizes.names, y, sizes, language)
            boxes += marks
            names += signs
            y += sizes.row
        bottom = max(bottom, y)
    periods = pd.PeriodIndex(data["period"].drop_duplicates())
    for column in range(sizes.columns):
        start = column * (sizes.block + GUTTER) + sizes.names
        texts += _ticks(periods, start, top - TICKS / 2, sizes.cell)
        if bottom - top > 300:
            texts += _ticks(periods, start, bottom + TICKS / 2, sizes.cell)
    return boxes, names, texts, bottom + TICKS


def _heading(
    factor: str, rows: pd.DataFrame, left: float, y: float, sizes: Layout, language: Language
) -> tuple[Marks, Marks]:
    """Return the heading of a factor, and what of it was never rated: counted, never dropped."""
    told = load_phrases().coverage
    middle = y - 7.5
    never = int(rows[rows["folded"]]["indicator"].nunique())
    kind = "never" if sizes.columns == 1 else "never_short"
    said = told[kind][language].format(count=never, all=rows["indicator"].nunique())
    wide = 4.7 * len(said) + 10 if never else 0.0
    room = int((sizes.block - wide - 8) / 5.0)
    title = _fit(f"{factor}  {rows['title'].iloc[0]}", room)
    texts = [label("lead", left, middle, title)]
    if not never:
        return [], texts
    right = left + sizes.block
    box = _box(right - wide, right, middle, 13, theme.PAPER, theme.UNKNOWN)
    listed = ", ".join(dict.fromkeys(rows[rows["folded"]]["indicator"]))
    box |= {"indicator": listed, "period": "", "rating": told["unknown"][language]}
    return [box], [*texts, label("inside", right - wide / 2, middle, said)]


def _runs(
    cells: pd.DataFrame, start: float, y: float, sizes: Layout, language: Language
) -> tuple[Marks, Marks]:
    """Return the boxes of one indicator: neighbours that look the same are one box."""
    ratings = cells["rating"].to_numpy(float)
    step = np.nan_to_num(np.round(ratings * 4), nan=-1.0).astype(int)
    states, periods = cells["state"].tolist(), cells["period"].tolist()
    same = pd.Series(states).factorize()[0]
    turns = np.flatnonzero((np.diff(same) != 0) | (np.diff(step) != 0)) + 1
    boxes: Marks = []
    signs: Marks = []
    shades = RISK_SHADES if cells["side"].iloc[0] == "risk" else theme.SHADES
    middle = y + sizes.row / 2
    name = f"{cells['indicator'].iloc[0]} {cells['label'].iloc[0]}"
    for first, last in zip([0, *turns.tolist()], [*turns.tolist(), len(cells)], strict=True):
        state = states[first]
        ends = (start + first * sizes.cell, start + last * sizes.cell)
        fill, stroke, sign = _look(state, shades[step[first]])
        span = dict.fromkeys((periods[first], periods[last - 1]))
        told = {"indicator": name, "period": " … ".join(span)}
        told["rating"] = _rating(ratings[first:last], state, language)
        if state == "not applicable":
            box = _box(*ends, middle, 2.2, fill, stroke)
        else:
            box = _box(*ends, middle, sizes.row, fill, stroke)
        boxes.append({**box, **told})
        if sign and ends[1] - ends[0] >= 6:
            signs.append(label("sign", sum(ends) / 2, middle, sign))
    return boxes, signs


def _rating(run: NDArray[np.float64], state: str, language: Language) -> str:
    if state != "rated":
        return load_phrases().coverage[state.replace(" ", "_")][language]
    ends = (run.min(), run.max())
    return " … ".join(dict.fromkeys(number(float(end), language) for end in ends))


def _look(state: str, shade: str) -> tuple[str, str, str]:
    """Return the inside, the outline and the sign of a cell."""
    if state == "rated":
        return shade, shade, ""
    if state == "not applicable":
        return theme.HAIR, theme.HAIR, ""
    if state == "failed":
        return theme.PAPER, theme.INK, "\u00d7"
    return theme.PAPER, theme.UNKNOWN, "?"


def _box(
    x: float, x2: float, middle: float, tall: float, fill: str, stroke: str
) -> dict[str, object]:
    half = tall / 2 - 0.6
    ends = {"x": x + 0.35, "x2": x2 - 0.35, "y": middle - half, "y2": middle + half}
    return {"fill": fill, "stroke": stroke, **{k: round(v, 2) for k, v in ends.items()}}


def _ticks(periods: pd.PeriodIndex, start: float, y: float, cell: float) -> Marks:
    """Return the names of periods, as many as have room."""
    kind = periods.freqstr[0]
    wide = 5.2 * max(len(str(period)) for period in periods) + 8
    step = next((n for n in STEPS[kind] if n * cell >= wide), STEPS[kind][-1])
    named = [n for n, period in enumerate(periods) if period.ordinal % step == 0]
    named = [n for n in named if kind != "D"] or [*range(0, len(periods), step)]
    return [label("tick", start + (n + 0.5) * cell, y, str(periods[n])) for n in named]


def _fit(text: str, letters: int) -> str:
    return textwrap.shorten(text, max(letters, 8), placeholder=" …")


def _legend(data: pd.DataFrame, language: Language) -> tuple[Marks, Marks, float]:
    """Return what shades and signs mean, those that occur, and how high it is."""
    told = {name: texts[language] for name, texts in load_phrases().coverage.items()}
    boxes: Marks = []
    texts: Marks = []
    x, middle, point = 0.0, 10.0, "." if language == "en" else ","
    rated = data[data["state"] == "rated"]
    for side in dict.fromkeys(rated["side"]):
        texts.append(label("name", x, middle, told[side]))
        x += 5.4 * len(told[side]) + 8
        for n, shade in enumerate(RISK_SHADES if side == "risk" else theme.SHADES):
            boxes.append(_box(x, x + 26, middle, 15, shade, shade))
            ink = "light" if theme.ink_on(shade) == theme.PAPER else "dark"
            texts.append(label(ink, x + 13, middle, f"{n / 4:g}".replace(".", point)))
            x += 26
        x += 16
    for state in ("unknown", "not applicable", "failed"):
        if not (data["state"] == state).any():
            continue
        said = told[state.replace(" ", "_")]
        if x + 23 + 5.2 * len(said) > theme.WIDTH:
            x, middle = 0.0, middle + LEGEND
        fill, stroke, sign = _look(state, "")
        tall = 2.2 if state == "not applicable" else 13
        boxes.append(_box(x, x + 18, middle, tall, fill, stroke))
        texts += [label("inside", x + 9, middle, sign)] if sign else []
        texts.append(label("name", x + 23, middle, said))
        x += 5.2 * len(said) + 36
    return boxes, texts, middle + LEGEND
