"""A row beside its twins: each resilience factor, its own and that of twins, calm or escalated."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in
from r2prisk.errors import InputError
from r2prisk.prevention.contrasts import Contrast
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure, numbers
from r2prisk.reporting.figures.texts import LETTER, inline, label, text_layers
from r2prisk.reporting.figures.words import caution, source_line

if TYPE_CHECKING:
    import altair as alt

SERIES = ("own", "calm", "escalated")
"""What is drawn of each factor, from above."""

SIDES = {"calm": "stayed calm", "escalated": "escalated"}

COLUMNS = {"own": "own", "calm": "calm", "escalated": "followed"}
"""Where a series stands in the table of a contrast."""

SHAPES = {"own": "diamond", "calm": "circle", "escalated": "square"}

COLOURS = {"own": theme.INK, "calm": theme.RESILIENCE, "escalated": theme.RISK}

NAMES, PLOT = 216, 260
"""Pixels for the titles, and for the scale."""

ENDS = {"own": PLOT + 44, "calm": PLOT + 98, "escalated": PLOT + 160}
"""Where the columns of numbers end, in pixels from the left of the scale."""

LINE, ROW, HEAD = 12, 42, 30
"""Pixels of a line of text, of a factor, and above the first."""


def contrast(found: Contrast) -> Figure:
    """Draw the resilience of a row beside that of its twins, factor by factor.

    Parameters
    ----------
    found : Contrast
        As :func:`r2prisk.prevention.contrasts` makes it.

    Returns
    -------
    Figure
        ``data`` has a row for each resilience factor and series: ``factor``, ``title``, ``series``
        (own, calm, escalated; where there are such twins), ``value`` (0 to 1; NaN where unknown),
        ``low`` and ``high`` (of the mean of twins; NaN where own, or where too few) and
        ``countries``.

    Raises
    ------
    InputError
        If this is no Contrast.

    Examples
    --------
    >>> from r2prisk.prevention import casebook_history
    >>> from r2prisk.prevention import contrast as contrasted
    >>> scores, followed = casebook_history()
    >>> figure = contrast(contrasted(scores, followed, "GHA", "2012-12", hindsight=True))
    >>> figure.data["series"].tolist()[:3], len(figure.data)
    (['own', 'calm', 'own'], 12)
    """
    # people pass scores; the type checker is not there to stop them
    if not isinstance(found, Contrast):  # pyright: ignore[reportUnnecessaryIsInstance]
        told = f"needs a Contrast, found {type(found).__name__}; prevention.contrasts makes one"
        raise InputError("contrast", [told])
    language: Language = "en"
    name = country_in(found.unit, language)
    data = _data(found)
    sides = [int((found.twins["followed"] == mark).sum()) for mark in (0, 1)]
    hind = " With hindsight: nobody could know yet what followed some of them." * found.hindsight
    return Figure(
        name="contrast",
        data=data,
        title=f"{name}, {found.period}: resilience beside that of its twins",
        subtitle=f"Twins: rows of other countries with nearly the same risk ({found.caliper:g} "
        f"apart at most). {sides[0]} stayed calm, {sides[1]} escalated. From 0 (none) to 1 (full). "
        "Diamond: own; disc: mean of those that stayed calm; square: of those that escalated. "
        f"Lines: intervals of the means, which hold together {100 * found.confidence:g} times in "
        f"100.{hind}",
        notes=_notes(found),
        alt=_alt(found, name),
        draw=_draw,
    )


def _data(found: Contrast) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    sides = {"calm": 0, "escalated": 1}
    there = {name: (found.twins["followed"] == mark).any() for name, mark in sides.items()}
    drawn = [name for name in SERIES if there.get(name, True)]
    for factor, row in found.factors.iterrows():
        for series in drawn:
            column = COLUMNS[series]
            mean = series != "own"
            rows.append(
                {
                    "factor": str(factor),
                    "title": str(row["title"]),
                    "series": series,
                    "value": float(row[column]),
                    "low": float(row[f"{column}_low"]) if mean else np.nan,
                    "high": float(row[f"{column}_high"]) if mean else np.nan,
                    "countries": int(row[f"{column}_countries"]) if mean else 1,
                }
            )
    return pd.DataFrame(rows)


def _notes(found: Contrast) -> tuple[str, ...]:
    called = found.factors.index[found.factors["differs"] != ""]
    told = f"None differs beyond chance ({found.comparisons['factors']} comparisons)."
    if len(called):
        told = f"Differ beyond chance: {', '.join(called)}."
    elif not len(found.twins):
        told = "Without twins nothing can be compared."
    elif not found.comparisons["factors"]:
        told = "Too few countries to compare."
    tested = (
        f"{told} Whether two differ is tested on their difference: lines that overlap may "
        "differ, and lines apart may not. No line: fewer than three countries."
    )
    cause = (
        "A contrast is no cause. The record to date has little power to show a buffer of moderate "
        "size: that nothing differs does not show that nothing held."
    )
    return tested, cause, f"{source_line(found)} {caution()}"


def _alt(found: Contrast, name: str) -> str:
    drawn = list(dict.fromkeys(_data(found)["series"]))
    texts = [f"{row['title']}: {_told(row, drawn)}" for _, row in found.factors.iterrows()]
    absent = [f"No twin {word}." for name, word in SIDES.items() if name not in drawn]
    told = " ".join([f"Resilience of {name} in {found.period} and of its twins.", *absent])
    return f"{told} {'; '.join(texts)}."


def _told(row: pd.Series[Any], drawn: list[str]) -> str:
    values = {series: float(row[COLUMNS[series]]) for series in drawn}
    known = [f"{name} {'unknown' if np.isnan(x) else f'{x:.2f}'}" for name, x in values.items()]
    return ", ".join(known)


def _draw(data: pd.DataFrame) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    places, labels, height = _placed(data)

    def x(field: str) -> alt.X:
        axis = {
            "title": None,
            "ticks": False,
            "domain": False,
            "values": [0, 0.2, 0.4, 0.6, 0.8, 1],
        }
        scale = {"domain": [0, 1], "nice": False}
        return alt.X(f"{field}:Q", axis={**axis, "labelFontSize": 10}, scale=scale)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=None, scale={"domain": [height, 0], "nice": False})

    chart = alt.Chart(inline(numbers(places)))
    tips = [alt.Tooltip(f"{n}:N") for n in ("title", "series", "value", "low", "high", "countries")]
    known = chart.transform_filter("datum.value !== null").encode(y=y("y"), tooltip=tips)
    blank = chart.transform_filter("datum.value === null").encode(tooltip=tips)
    colour = alt.Color(
        "series:N", legend=None, scale={"domain": [*SERIES], "range": [COLOURS[s] for s in SERIES]}
    )
    shape = alt.Shape(
        "series:N", legend=None, scale={"domain": [*SERIES], "range": [SHAPES[s] for s in SERIES]}
    )
    layers = [
        blank.mark_rect(fill=theme.PAPER, stroke=theme.UNKNOWN, strokeDash=[3, 2]).encode(
            x=x("from"), x2="to:Q", y=y("top"), y2="end:Q"
        ),
        known.transform_filter("datum.low !== null")
        .mark_rule(strokeWidth=2)
        .encode(x=x("low"), x2="high:Q", color=colour),
        known.mark_point(size=60, filled=True, opacity=1).encode(
            x=x("value"), color=colour, shape=shape
        ),
        *text_layers(labels, x("x"), y("y")),
    ]
    return alt.layer(*layers, width=PLOT, height=height)


def _placed(data: pd.DataFrame) -> tuple[pd.DataFrame, list[dict[str, object]], float]:
    """Return the marks with their places, what is written, and how high all is, in pixels."""
    labels = [label("heading", -NAMES, 10, "Resilience factor")]
    labels += [label("column", end, 10, name) for name, end in ENDS.items()]
    places: list[dict[str, object]] = []
    drawn = list(dict.fromkeys(data["series"]))
    for n, row in enumerate(data.to_dict("records")):
        step, series = divmod(n, len(drawn))
        middle = HEAD + ROW * step + ROW / 2
        y = middle + (series - (len(drawn) - 1) / 2) * LINE
        if not series:
            lines = textwrap.wrap(f"{row['factor']} {row['title']}", int((NAMES - 10) / LETTER))
            for k, line in enumerate(lines):
                at = middle + LINE * (k - (len(lines) - 1) / 2)
                labels.append(label("name", -NAMES, at, line))
            absent = [name for name in SERIES if name not in drawn]
            labels += [label("column", ENDS[name], middle, "no twin") for name in absent]
        said = "?" if np.isnan(row["value"]) else f"{row['value']:.2f}"
        several = f" ({row['countries']})" if row["series"] != "own" and said != "?" else ""
        labels.append(label("number", ENDS[str(row["series"])], middle, said + several))
        if said == "?":
            labels.append(label("inside", PLOT / 2, y, f"? {row['series']}: unknown"))
        places.append({"y": y, "top": y - LINE / 2 + 1, "end": y + LINE / 2 - 1})
        places[-1] |= {"from": 0.0, "to": 1.0}
    height = HEAD + ROW * (len(data) / len(drawn)) + 4
    labels = [{**one, "x": float(str(one["x"])) / PLOT} for one in labels]
    return pd.concat([data.reset_index(drop=True), pd.DataFrame(places)], axis=1), labels, height
