"""Coder agreement: Krippendorff's alpha by factor with intervals, and how severe coders are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.evidence import EvidenceTable
from r2prisk.evidence.agreement import Level
from r2prisk.evidence.agreement import agreement as alphas
from r2prisk.evidence.coders import severity as severities
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure, numbers
from r2prisk.reporting.figures.texts import LETTER, inline, label, text_layers
from r2prisk.reporting.figures.words import caution, load_phrases

if TYPE_CHECKING:
    import altair as alt

RELY, TENTATIVE = 0.80, 0.667
"""From where alpha is relied on, and from where conclusions are tentative (Krippendorff 2019)."""

NAMES, PLOT = 246, 292
"""Pixels for what a row is about, and for the scale."""

VALUE, CELLS = PLOT + 46, PLOT + 94
"""Where the columns of numbers end, in pixels from the left of the scale."""

LINE, GAP, HEAD = 12, 9, 36
"""Pixels of a line of text, between two rows, and above the rows of a panel."""

LEAN = 0.25
"""How far the scale of severity reaches to either side at least."""

SURE = 1.96
"""Standard errors to either side of what 19 in 20 would lie within."""


def agreement(
    evidence: EvidenceTable,
    *,
    per: Literal["year", "quarter", "month", "whole"] = "year",
    level: Level = "ordinal",
    coders: bool = False,
) -> Figure:
    """Draw how far coders agree beyond chance, factor by factor.

    Parameters
    ----------
    evidence : EvidenceTable
        Evidence of two or more coders.
    per : {"year", "quarter", "month", "whole"}
        Coders share a cell where country, indicator and period are the same.
    level : {"ordinal", "nominal", "interval", "ratio"}
        What differences between ratings mean.
    coders : bool
        Draw how severe each coder is too, by name: for the coders themselves.

    Returns
    -------
    Figure
        ``data`` has a row for each factor with ratings, then ``all``: ``kind`` (alpha),
        ``part``, ``title``, ``value`` (Krippendorff's alpha; 1 is full agreement, 0 what chance
        would give; NaN where unknown) with the 95 % interval ``low`` to ``high``, ``cells`` that
        two or more coders rated, and ``reason`` (why it is unknown, or what was left out). With
        ``coders``, a row for each (``kind`` severity): ``value`` is how much higher than the
        others a coder rates the same cells, with its 95 % interval.

    Raises
    ------
    InputError
        If this is no EvidenceTable, fewer than two coders rated anything, or there is no such
        level or period (the nearest is named).

    Examples
    --------
    >>> from r2prisk.evidence import read_evidence
    >>> rows = pd.DataFrame({"unit": "KEN", "indicator": "1.1", "date": ["2007", "2008"] * 2,
    ...     "rating": ["weak", "strong", "weak", "severe"], "coder": ["A", "A", "B", "B"],
    ...     "confidence": "medium", "mechanism": "ngo", "reference": "An invented report",
    ...     "id": ["E1", "E2", "E3", "E4"]})
    >>> found = agreement(read_evidence(rows)).data
    >>> # mid-ranks 1, 1 | 2.5, 3.5: 1 - (2 / 4) / (36 / 12)
    >>> found[["part", "cells"]].to_numpy().tolist(), round(float(found["value"].iloc[0]), 2)
    ([['RF1', 2], ['all', 2]], 0.83)
    """
    # people pass a frame; the type checker is not there to stop them
    if not isinstance(evidence, EvidenceTable):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = f"needs an EvidenceTable, found {type(evidence).__name__}; read_evidence makes one"
        raise InputError("agreement", [found])
    codings = evidence.codings(per=per)
    names = codings["coder"].nunique()
    if names < 2:
        raise InputError("agreement", [f"needs evidence of two or more coders, found {names}"])
    table = alphas(codings, level=level, frameworks=evidence.frameworks)
    data = _rows(table, evidence)
    if coders:
        lean = severities(codings, frameworks=evidence.frameworks)
        data = pd.concat([data, _leanings(lean)], ignore_index=True)
    whole = data[data["part"] == "all"].iloc[0]
    unknown = int(table["alpha"].isna().to_numpy()[:-1].sum())
    alpha = "unknown" if np.isnan(whole["value"]) else _interval(whole)
    return Figure(
        name="agreement",
        data=data,
        title=f"How far {int(names)} coders agree beyond chance",
        subtitle="Krippendorff's alpha by factor: 1 is full agreement, 0 is what chance would "
        "give, below 0 is worse. Dot: alpha; line: its 95 % interval. Dashed box: unknown.",
        notes=_notes(evidence, table, per, level, coders=coders),
        alt=f"Krippendorff's alpha of {int(names)} coders over all factors: {alpha}, on "
        f"{whole['cells']} shared cells. Unknown for {unknown} of {len(table) - 1} factors.",
        draw=_draw,
    )


def _rows(table: pd.DataFrame, evidence: EvidenceTable) -> pd.DataFrame:
    titles = {f.id: f.title for framework in evidence.frameworks for f in framework.factors}
    return pd.DataFrame(
        {
            "kind": "alpha",
            "part": table.index.to_numpy(object),
            "title": [titles.get(str(part), "All factors together") for part in table.index],
            "value": table["alpha"].to_numpy(float),
            "low": table["low"].to_numpy(float),
            "high": table["high"].to_numpy(float),
            "cells": table["cells"].to_numpy(int),
            "reason": table["reason"].to_numpy(object),
        }
    )


def _leanings(table: pd.DataFrame) -> pd.DataFrame:
    effect, error = table["effect"].to_numpy(float), table["se"].to_numpy(float)
    known = ~np.isnan(effect)
    too_few = "too few shared cells for an interval"
    reasons = np.where(known & np.isnan(error), too_few, np.where(known, "", table["words"]))
    return pd.DataFrame(
        {
            "kind": "severity",
            "part": table.index.to_numpy(object),
            "title": [str(name) for name in table.index],
            "value": effect,
            "low": effect - SURE * error,
            "high": effect + SURE * error,
            "cells": table["shared"].to_numpy(int),
            "reason": reasons,
        }
    )


def _interval(row: Mapping[str, Any] | pd.Series[Any]) -> str:
    between = "" if np.isnan(row["low"]) else f" ({row['low']:.2f} to {row['high']:.2f})"
    return f"{row['value']:.2f}{between}"


def _notes(
    evidence: EvidenceTable, table: pd.DataFrame, per: str, level: str, *, coders: bool
) -> tuple[str, ...]:
    span = "all dates taken as one" if per == "whole" else f"the same {per}"
    thin = table["alpha"].notna() & (table["reason"] != "")
    shared = (
        f"A shared cell is the same country and indicator, {span}, rated by two or more coders. "
        f"Ratings compared at {level} level; intervals from a bootstrap over shared cells."
    )
    readings = (
        f"Customary readings (Krippendorff 2019): from {RELY:.2f} rely on it; from {TENTATIVE} "
        "draw tentative conclusions; below, talk over the guidance before scoring."
    )
    lines = [shared, readings, *table.attrs.get("notes", ())]
    if thin.any():
        rows = "1 row" if thin.sum() == 1 else f"{thin.sum()} rows"
        lines.append(f"In {rows}, draws without variation were left out of the interval.")
    if coders:
        lines.append(
            "Coders are named here: keep it among them. Nothing is corrected by their severity."
        )
    lines.append("Coders who agree can be wrong together.")
    files = f" (files named in evidence.sources: {len(evidence.sources)})"
    lines.append(f"From {len(evidence):,} rows of evidence{files if evidence.sources else ''}.")
    if (evidence.to_frame()["sensitivity"] != "public").any():
        lines.append(load_phrases().common["closed"]["en"])
    return (*lines, caution())


def _draw(data: pd.DataFrame) -> alt.VConcatChart:
    import altair as alt

    kinds = [kind for kind in ("alpha", "severity") if (data["kind"] == kind).any()]
    return alt.vconcat(*(_panel(data[data["kind"] == kind], kind) for kind in kinds), spacing=16)


def _panel(rows: pd.DataFrame, kind: str) -> alt.LayerChart | alt.FacetChart:
    """Draw one panel: what a row is about, its dot with the interval, its numbers."""
    import altair as alt

    ends = rows[["value", "low", "high"]].to_numpy(float)
    if kind == "alpha":
        domain = [min(-0.2, np.floor(np.nanmin(ends, initial=0.0) * 5) / 5), 1.0]
        lines = {0.0: [], TENTATIVE: [4, 3], RELY: [1, 0]}
    else:
        reach = max(LEAN, float(np.nanmax(np.abs(ends), initial=0.0)) * 1.05)
        domain, lines = [-reach, reach], {0.0: []}
    places, labels, height = _placed(rows, kind, domain)

    def x(field: str) -> alt.X:
        axis = {
            "title": None,
            "ticks": False,
            "domain": False,
            "labelFlush": False,
            "tickCount": 5,
            "labelFontSize": 10,
        }
        scale = {"domain": domain, "nice": False, "zero": False}
        return alt.X(f"{field}:Q", axis=axis, scale=scale)

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=None, scale={"domain": [height, 0], "nice": False})

    chart = alt.Chart(inline(numbers(places)))
    tips = [alt.Tooltip(f"{name}:N") for name in ("title", "estimate", "cells", "reason")]
    known = chart.transform_filter("datum.value !== null").encode(y=y("y"), tooltip=tips)
    blank = chart.transform_filter("datum.value === null").encode(tooltip=tips)
    sure = known.transform_filter("datum.low !== null")
    layers: list[alt.Chart] = [
        alt.Chart(inline([{"x": at, "y": HEAD - 10, "y2": height}]))
        .mark_rule(color=theme.QUIET, strokeWidth=1, strokeDash=dash or [1, 0])
        .encode(x=x("x"), y=y("y"), y2="y2:Q")
        for at, dash in lines.items()
    ]
    layers += [
        blank.mark_rect(fill=theme.PAPER, stroke=theme.UNKNOWN, strokeDash=[3, 2]).encode(
            x=x("from"), x2="to:Q", y=y("top"), y2="end:Q"
        ),
        sure.mark_rule(color=theme.RESILIENCE, strokeWidth=2).encode(x=x("low"), x2="high:Q"),
        known.mark_point(
            shape="circle", size=70, fill=theme.RESILIENCE, stroke=theme.PAPER, opacity=1
        ).encode(x=x("value")),
        *text_layers(labels, x("x"), y("y")),
    ]
    return alt.layer(*layers, width=PLOT, height=height)


def _placed(
    rows: pd.DataFrame, kind: str, domain: list[float]
) -> tuple[pd.DataFrame, list[dict[str, object]], float]:
    """Return the marks with their places, what is written, and how high all is, in pixels."""
    wide = domain[1] - domain[0]
    heading = "Agreement" if kind == "alpha" else "Severity of coders, on the scale of ratings"
    labels = [label("heading", -NAMES, 8, heading)]
    value = "alpha" if kind == "alpha" else "higher by"
    labels += [label("column", VALUE, 8, value), label("column", CELLS, 8, "cells")]
    at = {name: (spot - domain[0]) / wide * PLOT for name, spot in _thresholds(kind).items()}
    for name, spot in at.items():
        align = "column" if name.startswith(("chance", "tentative", "lower")) else "id"
        labels.append(label(align, spot + (-5 if align == "column" else 5), HEAD - 14, name))
    places: list[dict[str, object]] = []
    y = float(HEAD)
    for row in rows.to_dict("records"):
        whole = row["part"] == "all" and kind == "alpha"
        lead = "" if whole or kind == "severity" else f"{row['part']}  "
        lines = textwrap.wrap(lead + str(row["title"]), int((NAMES - 10) / LETTER)) or [""]
        known = row["value"] == row["value"]
        reason = [] if known else textwrap.wrap(f"? unknown: {row['reason']}", int(PLOT / 4.5))
        tall = LINE * max(len(lines), len(reason)) + GAP
        middle = y + tall / 2
        for texts, style, start in (
            (lines, "lead" if whole else "name", -NAMES),
            (reason, "inside", PLOT / 2),
        ):
            for n, line in enumerate(texts):
                above = LINE * (n - (len(texts) - 1) / 2)
                labels.append(label(style, start, middle + above, line))
        said = "?" if not known else f"{row['value']:{'+' if kind == 'severity' else ''}.2f}"
        labels.append(label("number", VALUE, middle, said))
        labels.append(label("number", CELLS, middle, f"{row['cells']:,}"))
        half = LINE * max(len(reason), 1) / 2 + 1.5
        estimate = _interval({str(k): v for k, v in row.items()}) if known else "unknown"
        places.append({"y": middle, "top": middle - half, "end": middle + half})
        places[-1] |= {"from": domain[0], "to": domain[1], "estimate": estimate}
        y += tall
    labels = [{**one, "x": domain[0] + float(str(one["x"])) / PLOT * wide} for one in labels]
    return pd.concat([rows.reset_index(drop=True), pd.DataFrame(places)], axis=1), labels, y


def _thresholds(kind: str) -> dict[str, float]:
    """Return what the upright lines say, and where they stand."""
    if kind == "alpha":
        return {"chance": 0.0, f"tentative {TENTATIVE}": TENTATIVE, f"rely {RELY:.2f}": RELY}
    return {"lower than the others": 0.0, "higher": 0.0}
