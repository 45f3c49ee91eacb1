"""Ranks over time as lines whose labels do not stand on one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.timeline import rows, time_axis

SOLID, DASHED = (1, 0), (5, 3)

PENS = (
    *((theme.RISK, SOLID), (theme.RESILIENCE, DASHED), (theme.RESIDUAL, SOLID)),
    *((theme.INK, SOLID), (theme.RESIDUAL, DASHED), (theme.INK, DASHED)),
)
"""Colour and dashes of the units that stand out, in their order: no two are alike in grey."""

BANDS = 1
"""Units that have a band: those of more would hide one another, and bars stand side by side."""

PLOT = 344
"""Pixels across the lines: what labels leave of the whole."""

STEP = 17
"""Pixels from a rank to the next."""

DEEP = 8.0
"""All ranks after the top stand in the room of so many."""

NAME = 26
"""Letters of a country's name; the rest is cut with an ellipsis, the code beside it is not."""


def rank_text(value: float) -> str:
    """Return a rank as it is written; what lies between two ranks is rounded.

    Examples
    --------
    >>> rank_text(3.0), rank_text(float("nan"))
    ('3', '?')
    """
    return "?" if np.isnan(value) else f"{value:.0f}"


def told(data: pd.DataFrame) -> list[str]:
    """Return what each row tells when pointed at."""
    texts: list[str] = []
    for row in data.to_dict("records"):
        text = "no score, not ranked"
        if not np.isnan(row["rank"]):
            low, high = (rank_text(row[end]) for end in ("low", "high"))
            text = f"rank {rank_text(row['rank'])} of {row['ranked']}, likely {low} to {high}"
            text += f"; score {row['score']:.2f}"
        texts.append(f"{row['name']} ({row['unit']}), {row['period']}: {text}")
    return texts


def apart(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels no further than needed, so that none stands on another.

    Parameters
    ----------
    places : sequence of float
        Where they would stand.
    gap : float
        From one to the next at least.
    low, high : float
        None above or below these, unless there is no room for all.

    Returns
    -------
    list of float
        The nearest places in least squares that keep order and gap, in the order of ``places``.

    Examples
    --------
    >>> apart([1.0, 1.0, 5.0], 1.0, 0.0, 9.0)
    [0.5, 1.5, 5.0]
    >>> apart([1.0, 1.0], 1.0, 1.0, 9.0)
    [1.0, 2.0]
    """
    if not len(places):
        return []
    order = np.argsort(places, kind="stable")
    steps = gap * np.arange(len(order))
    blocks: list[list[float]] = []
    for wanted in (np.asarray(places)[order] - steps).tolist():
        blocks.append([wanted])
        while len(blocks) > 1 and np.mean(blocks[-2]) > np.mean(blocks[-1]):
            last = blocks.pop()
            blocks[-1] += last
    level = np.concatenate([np.full(len(block), np.mean(block)) for block in blocks])
    back = np.empty(len(order))
    back[order] = np.clip(level, low, max(low, high - steps[-1])) + steps
    return back.tolist()


def placed(data: pd.DataFrame, top: int) -> pd.DataFrame:
    """Return the marks with their places, in ranks; those after the top stand ever closer.

    Their place follows the logarithm of the rank, so that the lowest of all is still there.

    Parameters
    ----------
    data : pandas.DataFrame
        As :func:`r2prisk.reporting.figures.ranks` makes it.
    top : int
        The last rank that has all its room.
    """
    lowest = max(int(data["ranked"].max()), top + 2)

    def at(ranks: pd.Series[float]) -> pd.Series[float]:
        share = np.log(ranks.clip(lower=top + 1) / (top + 1)) / np.log(lowest / (top + 1))
        between = ranks.clip(upper=top + 1)  # quantiles lie between ranks too
        return between + (DEEP - 1) * share

    known = data["rank"].notna()
    follows = known.shift(fill_value=False) & (data["unit"] == data["unit"].shift())
    run = (known & ~follows).cumsum()
    periods = pd.PeriodIndex(data["period"])
    return data.assign(
        x=periods.asi8 - periods.asi8.min(),
        y=at(data["rank"]),
        y_low=at(data["low"]),
        y_high=at(data["high"]),
        run=run,
        alone=known.groupby(run).transform("sum") == 1,
        told=told(data),
    )


def labels(marks: pd.DataFrame, deep: float) -> pd.DataFrame:
    """Return what stands beside the lines: codes on the left, names on the right.

    Chosen units that have no score in the last period stand below all others on the right.

    Parameters
    ----------
    marks : pandas.DataFrame
        As :func:`placed` returns them.
    deep : float
        The lowest place of a mark.
    """
    left = marks[(marks["x"] == 0) & marks["y"].notna()]
    left = left.assign(text=left["unit"] + " " + left["rank"].map(rank_text), x=0, side="left")
    right = marks[(marks["x"] == marks["x"].max()) & (marks["y"].notna() | marks["chosen"])]
    none = right["y"].isna()
    short = right["name"].where(right["name"].str.len() <= NAME, right["name"].str[:NAME] + "…")
    text = right["rank"].map(rank_text) + "  " + short + " (" + right["unit"] + ")"
    right = right.assign(text=text, side="right")
    right["y"] = right["y"].mask(none, deep + none.cumsum())
    for side in (left, right):
        side["label"] = apart(side["y"].tolist(), 13.5 / STEP, 0.8, deep + float(none.sum()))
    return pd.concat([left, right])


def draw_ladder(data: pd.DataFrame, *, top: int, focus: tuple[str, ...]) -> Any:
    """Draw a line for each unit, with a band for those that stand out and names on both sides.

    Parameters
    ----------
    data : pandas.DataFrame
        As :func:`r2prisk.reporting.figures.ranks` makes it.
    top : int
        The last rank that has all its room.
    focus : tuple of str
        The units that stand out, as many as there are pens at most.
    """
    import altair as alt

    pens = dict(zip(focus, PENS, strict=False))
    marks = placed(data, top)
    marks["colour"] = [pens[u][0] if u in pens else theme.UNKNOWN for u in marks["unit"]]
    marks["dashed"] = [u in pens and pens[u][1] != SOLID for u in marks["unit"]]
    deep = float(np.nanmax(marks[["y", "y_high"]].to_numpy()))
    names = labels(marks, deep)
    low = max(float(names["label"].max()), deep)
    span = max(int(marks["x"].max()), 1)
    axis = time_axis(pd.PeriodIndex(sorted(set(data["period"]))), grid=True, labelFlush=False)
    x = alt.X("x:Q", scale={"domain": [0, span], "nice": False}, axis=axis)
    down = {"domain": [0.3, low + 0.5], "reverse": True, "nice": False}
    y, y_low, label = (
        alt.Y(f"{name}:Q", scale=down, axis=None) for name in ("y", "y_low", "label")
    )
    ink, run, tip = alt.Color("colour:N", scale=None), alt.Detail(["unit:N", "run:N"]), "told:N"

    def of(part: pd.DataFrame) -> Any:
        return alt.Chart(rows(part))

    known = marks[marks["y"].notna()]
    chosen, alone = known["chosen"], known["alone"]
    line = of(pd.DataFrame({"y": [top + 0.5] if deep > top + 0.5 else []}))
    layers = [line.mark_rule(strokeDash=[5, 4], color=theme.UNKNOWN).encode(y)]
    banded = chosen & ~alone & (len(focus) <= BANDS)
    bands = of(known[banded]).mark_area(opacity=0.16)
    layers.append(bands.encode(x, y_low, ink, run, y2="y_high:Q"))
    at = [*axis["values"], span]
    bars = known[chosen & ~banded & (alone | known["x"].isin(at))]
    # side by side, because they overlap
    # inside the plot, side by side in the order of the units that stand out
    nth = np.array([focus.index(unit) for unit in bars["unit"]])
    shift = nth - (len(focus) - 1) * bars["x"].clip(upper=span) / span
    bars = of(bars.assign(x=bars["x"] + shift * 4 * span / PLOT))
    bars = bars.mark_rule(strokeWidth=2.5, opacity=0.5)
    layers.append(bars.encode(x, y_low, ink, y2="y_high:Q", tooltip=tip))
    for some, width, dash in (
        (~chosen, 0.8, SOLID),
        (chosen & ~known["dashed"], 2.6, SOLID),
        (chosen & known["dashed"], 2.6, DASHED),
    ):
        lines = of(known[some]).mark_line(strokeWidth=width, strokeDash=list(dash))
        layers.append(lines.encode(x, y, ink, run))
    # ends and lone periods are seen, and every mark tells its numbers when pointed at
    seen = chosen | alone | known["x"].isin([0, marks["x"].max()])
    for some, size, strength in ((seen, 18, 1.0), (~seen, 40, 0.0)):
        dots = of(known[some]).mark_point(filled=True, size=size, opacity=strength)
        layers.append(dots.encode(x, y, ink, tooltip=tip))
    layers += _texts(names, of, y, label)
    return alt.layer(*layers, width=PLOT, height=round(STEP * (low + 0.2)))


def _texts(names: pd.DataFrame, of: Callable[[pd.DataFrame], Any], y: Any, label: Any) -> list[Any]:
    """Return the labels on both sides, each with a line to its mark."""
    import altair as alt

    layers: list[Any] = []
    ink = alt.Color("colour:N", scale=None)
    for side, edge, way, align in (("left", 0, -1, "right"), ("right", PLOT, 1, "left")):
        mine = names[names["side"] == side]
        for chosen, weight, wide in ((True, "bold", 1.6), (False, "normal", 0.7)):
            some = mine[mine["chosen"] == chosen]
            leads = of(some[some["rank"].notna()]).mark_rule(strokeWidth=wide)
            ends = {"x": alt.XValue(edge + 4 * way), "x2": alt.X2Value(edge + 14 * way)}
            layers.append(leads.encode(y, ink, y2="label:Q", **ends))
            pen: dict[str, Any] = {"align": align, "baseline": "middle", "fontSize": 11}
            texts = of(some).mark_text(fontWeight=weight, color=theme.INK, **pen)
            layers.append(
                texts.encode(alt.XValue(edge + 18 * way), label, text="text:N", tooltip="told:N")
            )
    return layers
