"""How the course of one unit is drawn: panels under one another, on one line of time."""

from __future__ import annotations

import textwrap
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.timeline import rows, time_axis

ACROSS = 602
"""Pixels of the line of time and of the labels to the right of it."""
TALL, LOW = 200, 130
"""Pixels of a panel with bands, and of one without."""
LANE = 14
"""Pixels of an episode."""
LEAST = 84
"""Pixels at least for the labels to the right."""
LETTER, BOLD = 5.6, 6.1
"""Pixels of a letter in small print, and of one of a name."""
FOOT = 6
"""Pixels of a tick at the foot of a panel."""
LINE, APART = 22, 13
"""Letters of a line of a name, and pixels between lines."""
NAME: dict[str, Any] = {
    "align": "left",
    "fontSize": 11,
    "fontWeight": "bold",
    "baseline": "middle",
    "lineBreak": "\n",
}
BAND: dict[str, Any] = {"align": "right", "fontSize": 10, "baseline": "middle"}
CROWD = 130
"""Periods from which points are drawn smaller."""

COLOURS = {"residual_risk": theme.RESIDUAL, "resilience": theme.RESILIENCE}
DARK = "#A85A22"
"""The colour of residual risk for letters, which need more contrast."""
EDGE = "#949494"
"""The colour of what a score could be: to be seen on every band, and quieter than any score."""
GREYS = (255, 228)
"""Lowest and highest band: quiet, so that the scores keep the colour."""


def draw(data: pd.DataFrame, *, comma: bool = False) -> Any:
    """Return the panels of a course, one under the other.

    Parameters
    ----------
    data : pandas.DataFrame
        As :func:`r2prisk.reporting.figures.course_marks.marks` makes it.
    comma : bool
        Whether the language writes a decimal comma.
    """
    import altair

    alt: Any = altair

    first, last = data["period"].min(), data["last"].max()
    periods = pd.period_range(first, last)
    placed = data.assign(
        x=pd.PeriodIndex(data["period"]).asi8 - first.ordinal,
        x2=pd.PeriodIndex(data["last"]).asi8 - first.ordinal,
    )
    placed["left"], placed["right"] = placed["x"] - 0.5, placed["x2"] + 0.5
    shared = placed["mark"].isin(["known", "episode"])
    heads = placed["panel"].map(placed.groupby("panel")["score"].first())
    placed["second"] = placed["score"] != heads
    pen = _Pen(alt, periods, _labelled(placed), comma=comma)
    panels = [pen.panel(mine, placed[shared]) for _, mine in placed[~shared].groupby("panel")]
    if shared.any():
        panels.append(pen.strip(placed[shared]))
    return alt.vconcat(*panels, spacing=10)


class _Pen:
    """Draws marks on one line of time."""

    def __init__(
        self, alt: Any, periods: pd.PeriodIndex, labels: pd.DataFrame, *, comma: bool
    ) -> None:
        self.alt, self.periods, self.labels = alt, periods, labels
        self.width = ACROSS - int(labels["wide"].max())
        half = "0,5" if comma else "0.5"
        self.scale = {"domain": [-0.5, len(periods) - 0.5], "nice": False, "zero": False}
        self.axis = time_axis(periods)
        self.score = {
            "values": [0, 0.25, 0.5, 0.75, 1],
            "labelExpr": f"datum.value % 0.5 ? '' : datum.value % 1 ? '{half}' : datum.value",
            "title": None,
            "domain": False,
        }

    def chart(self, frame: pd.DataFrame) -> Any:
        """Return a chart of these rows, with what each tells when pointed at."""
        return self.alt.Chart(rows(frame.drop(columns=["period", "last"])))

    def x(self, field: str = "x") -> Any:
        return self.alt.X(f"{field}:Q", title=None)

    def y(self, field: str) -> Any:
        return self.alt.Y(f"{field}:Q", title=None)

    def axes(self) -> Any:
        """Return a layer without marks that carries scales and axes for all others of a panel."""
        one = pd.DataFrame({"x": [0], "value": [0.0], "period": [""], "last": [""]})
        level = {"scale": {"domain": [0, 1], "nice": False}, "axis": self.score}
        return (
            self.chart(one)
            .mark_point(opacity=0, size=0)
            .encode(
                x=self.alt.X("x:Q", scale=self.scale, axis=self.axis),
                y=self.alt.Y("value:Q", **level),
            )
        )

    def panel(self, data: pd.DataFrame, episodes: pd.DataFrame) -> Any:
        """Draw the scores of one panel, from the back to the front."""
        bands = data[data["mark"] == "band"]
        height = TALL if len(bands) else LOW
        bounded = data[(data["mark"] == "score") & ~data["second"] & data["low"].notna()]
        layers = [
            self.axes(),
            *(self.bands(bands) if len(bands) else []),
            *self.edges(bounded),
            *self.uprights(data, episodes, height),
        ]
        inks = data["score"].map(COLOURS).fillna(theme.RISK)
        layers += self.courses(data.assign(ink=inks))
        labels = self.labels[self.labels["panel"] == data["panel"].iloc[0]]
        layers += [*self.turns(data, height), *self.named(labels)]
        return self.alt.layer(*layers, width=self.width, height=height)

    def bands(self, bands: pd.DataFrame) -> list[Any]:
        """Lay the bands behind, from white up to grey."""
        alt = self.alt
        greys = np.linspace(*GREYS, len(bands)).round().astype(int)
        frame = bands.assign(shade=[f"#{grey:02x}{grey:02x}{grey:02x}" for grey in greys])
        whole = {"x": alt.value(0), "x2": alt.value(ACROSS)}
        filled = self.chart(frame).mark_rect()
        shade = alt.Color("shade:N", scale=None)
        return [filled.encode(**whole, y=self.y("low"), y2="high:Q", color=shade)]

    def uprights(self, data: pd.DataFrame, episodes: pd.DataFrame, height: int) -> list[Any]:
        """Draw gaps, where the ratings changed, and onsets."""
        alt, layers = self.alt, list[Any]()
        gaps = data[data["mark"] == "gap"]
        if len(gaps):
            wide = (gaps["right"] - gaps["left"]) * self.width / len(self.periods)
            told = [
                f"?  {text}" if len(text) * LETTER + 20 < room else "?"
                for text, room in zip(gaps["text"], wide, strict=True)
            ]
            middle = (gaps["left"] + gaps["right"]) / 2
            base = self.chart(gaps.assign(told=told, middle=middle)).encode(tooltip="tip:N")
            layers += [
                base.mark_rect(
                    fill=theme.PAPER, stroke=theme.UNKNOWN, strokeDash=[3, 3], strokeWidth=0.8
                ).encode(x=self.x("left"), x2="right:Q", y=alt.value(1), y2=alt.value(height - 1)),
                base.mark_text(fontSize=10, color=theme.QUIET).encode(
                    x=self.x("middle"), y=alt.value(height / 2), text="told:N"
                ),
            ]
        anew = data[data["mark"] == "rated anew"]
        if len(anew):
            foot = {"y": alt.value(height), "y2": alt.value(height - FOOT)}
            ticks = self.chart(anew).mark_rule(color=theme.INK, strokeWidth=1.2)
            layers.append(ticks.encode(x=self.x(), **foot))
        begun = episodes[(episodes["mark"] == "episode") & (episodes["run"] == 1)]
        if len(begun):
            solid = {"color": theme.INK, "strokeWidth": 0.8}
            layers.append(self.chart(begun).mark_rule(**solid).encode(x=self.x()))
        return layers

    def edges(self, scores: pd.DataFrame) -> list[Any]:
        """Draw between which two lines scores could be once the unknown is known."""
        if scores.empty:
            return []
        alone = scores[scores["run"].map(scores["run"].value_counts()) == 1]
        layers: list[Any] = []
        for edge in ("low", "high"):
            at = {"x": self.x(), "y": self.y(edge)}
            line = self.chart(scores).mark_line(color=EDGE, strokeWidth=0.8)
            layers.append(line.encode(**at, detail="run:N"))
            if len(alone):
                tick = self.chart(alone).mark_tick(
                    orient="horizontal", color=EDGE, thickness=1, width=7
                )
                layers.append(tick.encode(**at))
        return layers

    def courses(self, data: pd.DataFrame) -> list[Any]:
        """Draw scores: their levels, what was published, where they may go."""
        alt = self.alt
        # what comes first lies uppermost
        data = data.assign(one=data["score"].astype(str) + " " + data["run"].astype(str))[::-1]
        scores, levels = (data[data["mark"] == mark] for mark in ("score", "level"))
        # the ranges of two lines that lie this close would be mud
        ranges = levels[~levels["second"]]
        alone = ranges[ranges["one"].map(ranges["one"].value_counts()) == 1]
        ink = alt.Color("ink:N", scale=None)
        span = {"x": self.x(), "y": self.y("low"), "y2": "high:Q", "color": ink}
        at = {"x": self.x(), "y": self.y("value"), "color": ink}
        dash = {"domain": [False, True], "range": [[1, 0], [5, 2]]}
        dashed = alt.StrokeDash("second:N", scale=dash, legend=None)
        few = len(self.periods) <= CROWD
        size = np.where(scores["second"], 10 if few else 4, 18 if few else 6)
        layers: list[Any] = []
        if len(alone):
            layers.append(self.chart(alone).mark_rule(opacity=0.3, strokeWidth=5).encode(**span))
        layers += [
            self.chart(ranges).mark_area(opacity=0.25).encode(**span, detail="one:N"),
            self.chart(levels)
            .mark_line(strokeWidth=1.5)
            .encode(**at, detail="one:N", strokeDash=dashed),
            *self.fan(data, span, at),
            self.chart(scores.assign(size=size))
            .mark_point(filled=True, opacity=1)
            .encode(**at, tooltip="tip:N", size=alt.Size("size:Q", scale=None)),
        ]
        return layers

    def fan(self, data: pd.DataFrame, span: dict[str, Any], at: dict[str, Any]) -> list[Any]:
        """Draw projections, from the last level on where the last score is that of now."""
        ahead = data[data["mark"] == "projection"]
        if ahead.empty:
            return []
        before = data[(data["mark"] == "level") & (data["x"] == ahead["x"].min() - 1)]
        whole = pd.concat([before[before["score"].isin(ahead["score"])], ahead])
        told = ahead[~ahead["second"]].nlargest(1, "x")
        ends = {"align": "right", "dy": -8, "dx": 4, "fontSize": 9, "color": theme.QUIET}
        edge = {"strokeDash": [3, 3], "strokeWidth": 0.8}
        stroke = self.alt.Stroke("ink:N", scale=None)
        return [
            self.chart(whole[~whole["second"]])
            .mark_area(fillOpacity=0.1, line=False, **edge)
            .encode(**span, stroke=stroke, detail="score:N"),
            self.chart(whole)
            .mark_line(strokeDash=[3, 3], strokeWidth=1.5)
            .encode(**at, tooltip="tip:N", detail="score:N"),
            self.chart(told)
            .mark_text(**ends)
            .encode(x=self.x("right"), y=self.y("high"), text="text:N"),
        ]

    def turns(self, data: pd.DataFrame, height: int) -> list[Any]:
        """Draw turning points on the side that the line leaves, with a word each."""
        mine = data[data["mark"] == "turn"]
        if mine.empty:
            return []
        base = self.chart(
            mine.assign(
                shape=mine["run"].map({1: "triangle-up", -1: "triangle-down"}),
                mark_at=mine["value"] - mine["run"] * 11 / height,
                word_at=mine["value"] - mine["run"] * 22 / height,
            )
        ).encode(x=self.x())
        shape = self.alt.Shape("shape:N", scale=None)
        return [
            base.mark_point(filled=True, color=theme.INK, size=45, opacity=1).encode(
                y=self.y("mark_at"), shape=shape, tooltip="tip:N"
            ),
            base.mark_text(fontSize=10, color=theme.INK).encode(y=self.y("word_at"), text="text:N"),
        ]

    def named(self, labels: pd.DataFrame) -> list[Any]:
        """Write at the right each score's name with its last value, and the names of bands."""
        alt, layers = self.alt, list[Any]()
        level = alt.Y("y:Q", title=None)
        styles = {"name": (self.width + 8, NAME), "band": (ACROSS - 4, BAND)}
        for kind, (at, style) in styles.items():
            some = labels[labels["mark"] == kind]
            if len(some):
                ink = alt.Color("ink:N", scale=None)
                texts = alt.Chart(rows(some)).mark_text(**style)
                layers.append(texts.encode(x=alt.value(at), y=level, text="text:N", color=ink))
        return layers

    def strip(self, data: pd.DataFrame) -> Any:
        """Draw the episodes below the panels, those that overlap in lanes of their own."""
        alt = self.alt
        each = self.width / len(self.periods)
        known, episodes = (data[data["mark"] == mark] for mark in ("known", "episode"))
        lanes, inside = _lanes(episodes, each, self.width)
        height = max(LANE * (max(lanes, default=0) + 1), APART * 2)
        told = episodes.assign(lane=np.array(lanes) * LANE + LANE / 2)
        inner, outer = told[np.array(inside, dtype=bool)], told[~np.array(inside, dtype=bool)]
        level = alt.Y("lane:Q", scale={"domain": [height, 0], "nice": False}, axis=None)
        time = alt.X("left:Q", scale=self.scale, axis=None)
        text = {"fontSize": 10, "color": theme.INK}
        name = {**text, "align": "left", "fontWeight": "bold", "lineBreak": "\n"}
        layers = [
            self.chart(known)
            .mark_rect(color="#F0F0F0")
            .encode(x=time, x2="right:Q", y=alt.value(0), y2=alt.value(height)),
            self.chart(known)
            .mark_text(**name)
            .encode(x=alt.value(self.width + 8), y=alt.value(APART / 2 + 1), text="text:N"),
        ]
        if len(told):
            layers += [
                self.chart(told)
                .mark_bar(color=theme.QUIET, height=6)
                .encode(x=time, x2="right:Q", y=level, tooltip="tip:N"),
                self.chart(told[told["run"] == 1])
                .mark_tick(color=theme.INK, thickness=1.6, height=LANE - 2)
                .encode(x="x:Q", y=level),
            ]
        sides = ((inner, "right", {"align": "left", "dx": 4}), (outer, "left", {"align": "right"}))
        layers += [
            self.chart(some)
            .mark_text(**text, **where)
            .encode(x=f"{edge}:Q", y=level, text="text:N")
            for some, edge, where in sides
            if len(some)
        ]
        return alt.layer(*layers, width=self.width, height=height)


def _labelled(data: pd.DataFrame) -> pd.DataFrame:
    """Return what is written to the right of each panel, and how wide that is.

    Names of scores (from the left) and of bands (from the right) share one column, a line each,
    where every band's name then stays within its band; else they have a column each.
    """
    found: list[pd.DataFrame] = []
    for _, mine in data.groupby("panel"):
        names, bands = (mine[mine["mark"] == mark] for mark in ("name", "band"))
        height = TALL if len(bands) else LOW
        bands = bands[(bands["high"] - bands["low"]) * height >= APART - 2]
        middle = (bands["low"] + bands["high"]) / 2
        both = pd.concat([names, bands.assign(value=middle)])
        both["text"] = ["\n".join(textwrap.wrap(text, LINE)) for text in both["text"]]
        tall = APART * (both["text"].str.count("\n").to_numpy() + 1)
        at = (1 - both["value"].fillna(0.5).to_numpy()) * height
        ours = (both["mark"] == "name").to_numpy()
        spread = _spread(at, tall, height)
        inks = both["score"].map({**COLOURS, "residual_risk": DARK}).fillna(theme.RISK)
        long = [max(map(len, text.split("\n"))) for text in both["text"]]
        wide = max((BOLD * n for n in np.array(long)[ours]), default=0) + 10
        share = 1 - spread / height
        room = (share > both["low"]) & (share < both["high"])
        if not room[~ours].all():
            spread[ours] = _spread(at[ours], tall[ours], height)
            spread[~ours] = at[~ours]
            wide += LETTER * max(np.array(long)[~ours]) + 6
        top = 1 - (spread - (tall - APART) / 2) / height
        placed = both.assign(y=top, wide=max(wide, LEAST), ink=inks.where(ours, theme.QUIET))
        found.append(placed[["panel", "mark", "score", "text", "y", "wide", "ink"]])
    return pd.concat(found)


def _spread(middle: np.ndarray, tall: np.ndarray, height: int) -> np.ndarray:
    """Push names apart where they would overlap, and keep them within the panel.

    Examples
    --------
    >>> _spread(np.array([50.0, 52.0]), np.array([13, 13]), 100).tolist()
    [44.5, 57.5]
    """
    placed = np.asarray(middle, dtype=float).copy()
    order = np.argsort(placed, kind="stable")
    for _ in range(60):
        for a, b in pairwise(order):
            lack = (tall[a] + tall[b]) / 2 - (placed[b] - placed[a])
            if lack > 0:
                placed[a], placed[b] = placed[a] - lack / 2, placed[b] + lack / 2
        placed = np.clip(placed, tall / 2, height - tall / 2)
    return placed


def _lanes(episodes: pd.DataFrame, each: float, width: int) -> tuple[list[int], list[bool]]:
    """Return the first free lane of each episode, and whether its name fits to the right of it."""
    free: list[float] = []
    lanes: list[int] = []
    inside: list[bool] = []
    for left, right, text in episodes[["left", "right", "text"]].itertuples(index=False):
        room = len(text) * LETTER + 12
        start, end = left * each, right * each
        inside.append(end + room <= width or start < room)
        start, end = (start, end + room) if inside[-1] else (start - room, end)
        lane = next((n for n, edge in enumerate(free) if edge <= start), len(free))
        free[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes, inside
