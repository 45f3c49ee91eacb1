"""How the plane of risk and resilience is drawn."""

from __future__ import annotations

from typing import Any

import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.spots import LETTER
from r2prisk.reporting.figures.timeline import rows

WIDTH, HEIGHT = 596, 470
"""Pixels of the plane: axes and labels fill the rest of a figure."""
COLOURS = (theme.RISK, theme.RESILIENCE, "#7A5195", "#4D7C2A", theme.INK)
"""Of paths, in turn: each path also carries its name."""


def draw(
    data: pd.DataFrame, placed: pd.DataFrame, corners: pd.DataFrame, cuts: tuple[float, float]
) -> Any:
    """Return the plane.

    Parameters
    ----------
    data : pandas.DataFrame
        Of the figure.
    placed : pandas.DataFrame
        Where names of units go.
    corners : pandas.DataFrame
        What stands in the corners.
    cuts : tuple of float
        Limits of risk and of resilience between the quadrants.
    """
    import altair

    alt: Any = altair

    pen = _Pen(alt)
    ends = data[data["role"] == "end"]["unit"].tolist()
    colours = {unit: COLOURS[n % len(COLOURS)] for n, unit in enumerate(ends)}
    frame = data.assign(
        step=range(len(data)),
        tip=[_tip(row) for row in data.to_dict("records")],
        colour=data["unit"].map(colours).fillna(theme.UNKNOWN),
    )
    colour = alt.Color("colour:N", scale=None)
    roles = {role: frame[frame["role"] == role] for role in ("start", "end", "place")}
    path, end = pen.chart(frame[frame["role"] != "place"]), pen.chart(roles["end"])
    spots = roles["place"]
    where = {"x": pen.x("risk"), "y": pen.y("resilience")}
    thin = {"strokeWidth": 1, "opacity": 0.6}
    parts = [
        *pen.ground(cuts, corners),
        pen.dots(spots[spots["current"]], filled=True),
        pen.dots(spots[~spots["current"]], filled=False),
        path.mark_line(strokeWidth=1.6, opacity=0.9).encode(
            **where, color=colour, order="step:Q", detail=["unit:N", "run:N"]
        ),
        end.mark_rule(**thin).encode(
            x=pen.x("risk_low"), x2="risk_high:Q", y=pen.y("resilience"), color=colour
        ),
        end.mark_rule(**thin).encode(
            x=pen.x("risk"), y=pen.y("resilience_low"), y2="resilience_high:Q", color=colour
        ),
        pen.chart(roles["start"])
        .mark_point(size=34, fill=theme.PAPER, strokeWidth=1.4, opacity=1)
        .encode(**where, stroke=colour, tooltip="tip:N"),
        end.mark_point(size=52, filled=True, opacity=1).encode(
            **where, color=colour, tooltip="tip:N"
        ),
        *pen.names(placed.assign(colour=placed["unit"].map(colours).fillna(theme.INK))),
    ]
    return alt.layer(*parts, width=WIDTH, height=HEIGHT)


def _tip(row: dict[Any, Any]) -> str:
    risk, resilience = (
        f"{s} {row[s]:.2f} ({row[f'{s}_low']:.2f} to {row[f'{s}_high']:.2f})"
        for s in ("risk", "resilience")
    )
    told = f"{row['quadrant']} ({row['sure']:.0%} sure)"
    return f"{row['name']} {row['period']}: {risk}, {resilience}; {told}"


class _Pen:
    """Draws marks on the plane."""

    def __init__(self, alt: Any) -> None:
        self.alt = alt

    def chart(self, frame: pd.DataFrame) -> Any:
        return self.alt.Chart(rows(frame))

    def x(self, field: str) -> Any:
        return self.alt.X(f"{field}:Q", **_axis("risk, 0 to 1 (more is worse)"))

    def y(self, field: str) -> Any:
        return self.alt.Y(f"{field}:Q", **_axis("resilience, 0 to 1 (more is better)"))

    def dots(self, frame: pd.DataFrame, *, filled: bool) -> Any:
        """Draw places of units that are not the matter of the picture."""
        style = {"size": 26, "color": theme.UNKNOWN, "opacity": 0.75, "strokeWidth": 1}
        chart = self.chart(frame).mark_point(filled=filled, **style)
        return chart.encode(x=self.x("risk"), y=self.y("resilience"), tooltip="tip:N")

    def ground(self, cuts: tuple[float, float], corners: pd.DataFrame) -> list[Any]:
        """Draw the lines between quadrants, and their names in the corners."""
        alt = self.alt
        limits = self.chart(pd.DataFrame({"risk": [cuts[0]], "resilience": [cuts[1]]}))
        line = {"color": theme.QUIET, "strokeWidth": 0.8, "strokeDash": [4, 3]}
        corner = pd.DataFrame({"risk": [cuts[0]], "one": [1.0], "zero": [0.0], "cut": [cuts[1]]})
        exposed = self.chart(corner).mark_rect(color="#F3F3F3")
        parts = [
            exposed.encode(x=self.x("risk"), x2="one:Q", y=self.y("zero"), y2="cut:Q"),
            limits.mark_rule(**line).encode(x=self.x("risk")),
            limits.mark_rule(**line).encode(y=self.y("resilience")),
        ]
        for row in corners.to_dict("records"):
            right, down = row["align"] == "right", row["base"] == "bottom"
            style = {"align": row["align"], "baseline": "middle", "color": theme.QUIET}
            text = self.chart(pd.DataFrame([row])).mark_text(**style, fontSize=10.5)
            x, y = (WIDTH - 6 if right else 6), (HEIGHT - 10 if down else 10)
            parts.append(text.encode(x=alt.value(x), y=alt.value(y), text="text:N"))
        return parts

    def names(self, placed: pd.DataFrame) -> list[Any]:
        """Write the names of units, with a line to those that had to move away."""
        if placed.empty:
            return []
        wide = placed["text"].str.len() * LETTER
        near = placed["x"].clip(placed["left"], placed["left"] + wide)
        frame = placed.assign(
            risk=placed["left"] / WIDTH,
            resilience=1 - placed["middle"] / HEIGHT,
            from_x=placed["x"] / WIDTH,
            from_y=1 - placed["y"] / HEIGHT,
            to_x=near / WIDTH,
        )
        led = self.chart(frame[frame["led"]]).mark_rule(strokeWidth=0.6, color=theme.QUIET)
        style = {"align": "left", "baseline": "middle", "fontSize": 11}
        text = self.chart(frame).encode(x=self.x("risk"), y=self.y("resilience"), text="text:N")
        return [
            led.encode(x=self.x("from_x"), x2="to_x:Q", y=self.y("from_y"), y2="resilience:Q"),
            text.mark_text(**style, stroke=theme.PAPER, strokeWidth=3, opacity=0.8),
            text.mark_text(**style).encode(color=self.alt.Color("colour:N", scale=None)),
        ]


def _axis(title: str) -> dict[str, Any]:
    values = [0, 0.25, 0.5, 0.75, 1]
    axis = {"values": values, "grid": False, "format": ".2~f", "title": title}
    return {"scale": {"domain": [0, 1], "nice": False}, "axis": axis}
