"""The factor profile: every risk and resilience factor of one country in one period."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from r2prisk.catalogue import CRIMES, Factor, load_words
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in
from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState
from r2prisk.panel.periods import period_of
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure, numbers
from r2prisk.reporting.figures.texts import LETTER, inline, label, text_layers
from r2prisk.reporting.figures.words import caution, check_language, load_phrases, source_line
from r2prisk.scoring.explain.sentences import number
from r2prisk.scoring.scores import Scores, need_scores

if TYPE_CHECKING:
    import altair as alt

NAMES, PLOT = 256, 244
"""Pixels for the names of factors and for the scale; the numbers have the rest."""

COLUMNS = {"value": PLOT + 54, "left": PLOT + 88, "share": PLOT + 140}
"""Where the columns of numbers end, in pixels from 0 on the scale."""

LINE, GAP, HEAD = 12, 7, 17
"""Pixels of a line of a name, between two factors, and of a heading."""

SHORT = 10
"""Letters of an identifier in the picture; the data have it whole."""

TOP = 3
"""Risk factors that the picture in words names."""

NOTHING = 0.0005
"""What rounds to nothing: resilience holds no more than this down."""


def profile(
    scores: Scores, unit: str, period: object = None, *, language: Language = "en"
) -> Figure:
    """Draw every risk and resilience factor of one unit in one period.

    Parameters
    ----------
    scores : Scores
        The scores, of any frameworks.
    unit : str
        ISO 3166 alpha-3 code.
    period : period or text, optional
        By default the latest of the unit in which its risk or resilience is known.
    language : {"en", "fr", "es"}
        The language; titles of your own factors stay as they are where they have no translation.

    Returns
    -------
    Figure
        ``data`` has a row for each factor and, before them, for the whole of each side: ``side``
        (risk or resilience), ``factor``, ``title``, ``crimes`` (where a factor is specific),
        ``state`` (rated, unknown or not applicable), ``value`` (presence or strength, 0 to 1)
        with ``low`` and ``high`` (what it could be), ``residual`` (what resilience leaves) with
        ``residual_low`` and ``residual_high``, ``coverage``, and how many ``indicators`` apply
        and are ``rated``. Numbers that are unknown are NaN.

    Raises
    ------
    InputError
        If these are no Scores, the unit or the period is not there (the nearest unit is named),
        or the language is not spoken.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["GHA"], "year": [2013], "9.1": [0.5]}))
    >>> found = profile(score(panel), "GHA")
    >>> found.data.set_index("factor").loc[["RF8", "RF9"], ["state", "value"]].values.tolist()
    [['unknown', nan], ['rated', 0.5]]
    """
    need_scores(scores, "profile")
    check_language(language)
    row = _row(scores, unit, period)
    told = {name: texts[language] for name, texts in load_phrases().profile.items()}
    data = _rows(scores, row, language)
    whole = {str(name): n for n, name in enumerate(data["factor"])}
    said: dict[str, Any] = {"country": country_in(unit, language)}
    said |= {"period": str(scores.index[row][1]), "band": _band(scores, row, language)}
    for side in ("risk", "resilience"):
        factors = data[(data["side"] == side) & (data["factor"] != side)]
        said[f"{side}_unknown"] = int((factors["state"] == "unknown").sum())
        said[f"{side}_factors"] = len(factors)
        said[side] = _could_be(data.iloc[whole[side]], language)
    present = data[(data["side"] == "risk") & (data["factor"] != "risk") & (data["value"] > 0)]
    top = present.nlargest(TOP, "value")
    named = [f"{t} {number(v, language)}" for t, v in zip(top["title"], top["value"], strict=True)]
    highest = [told["highest"].format(top=", ".join(named))] if named else []
    unknown = told["unknown"].format(
        risk=said["risk_unknown"],
        risks=said["risk_factors"],
        resilience=said["resilience_unknown"],
        resiliences=said["resilience_factors"],
    )
    return Figure(
        name="profile",
        data=data,
        title=told["title"].format(**said),
        subtitle=told["how"],
        notes=(unknown, told["cannot"], source_line(scores, language), caution(language)),
        alt=" ".join([told["alt"].format(**said), *highest, unknown]),
        draw=partial(_draw, language=language),
        language=language,
    )


def _row(scores: Scores, unit: str, period: object) -> int:
    """Return the row of a unit and period, by position."""
    units = scores.index.get_level_values("unit")
    here = np.flatnonzero(units == unit).tolist()
    if not here:
        raise InputError("profile", [f"no unit '{unit}'{nearest(str(unit), set(units))}"])
    if period is None:
        known = ~(np.isnan(scores.sheet.risk[0]) & np.isnan(scores.sheet.resilience))
        return ([n for n in here if known[n]] or here)[-1]
    periods = [str(scores.index[n][1]) for n in here]
    wanted = str(period_of(period, "period"))
    if wanted not in periods:
        span = f"{unit} has {periods[0]} to {periods[-1]}"
        raise InputError("profile", [f"no period '{period}' for {unit}; {span}"])
    return here[periods.index(wanted)]


def _band(scores: Scores, row: int, language: Language) -> str:
    """Return the band of the row; bands of a profile of one's own keep their names."""
    band = str(scores.to_frame()["band"].iloc[row])
    words = {word.id.replace("_", " "): word.words[language] for word in load_words().bands}
    return words.get(band, band)


def _rows(scores: Scores, row: int, language: Language) -> pd.DataFrame:
    """Return a row for the whole of each side and for each factor, with all that is drawn."""
    told = load_phrases().profile
    of = scores.to_frame(detail=True).iloc[row]
    columns = {name: n for n, name in enumerate(scores.panel.indicators)}
    crimes = {word.id: word.words[language] for word in load_words().crimes}
    sides = {"risk": scores.risk_framework, "resilience": scores.resilience_framework}
    rows: list[dict[str, object]] = []
    for side, framework in sides.items():
        lead = told[f"all_{side}"][language].format(band=_band(scores, row, language))
        counts = [_counts(scores, row, factor, columns) for factor in framework.factors]
        first = _numbers(of, side, "" if side == "risk" else "resilience_")
        rated, applies = (sum(c[n] for c in counts) for n in (0, 1))
        start = {"side": side, "factor": side, "title": lead, "crimes": ""}
        if not first["coverage"] >= scores.profile.missing.band_coverage:
            # a number of the whole that stands on next to nothing would look like a low one
            first |= {"state": "unknown", "value": np.nan, "residual": np.nan}
        rows.append({**start, **first, "rated": rated, "indicators": applies})
        for factor, (rated, applies) in zip(framework.factors, counts, strict=True):
            specific = factor.crimes if set(factor.crimes) != set(CRIMES) else ()
            rows.append(
                {
                    "side": side,
                    "factor": factor.id,
                    "title": factor.title_in(language),
                    "crimes": ", ".join(crimes[c] for c in specific),
                    **_numbers(of, factor.id, f"{factor.id}_"),
                    "rated": rated,
                    "indicators": applies,
                }
            )
    return pd.DataFrame(rows)


def _numbers(of: pd.Series[Any], name: str, coverage: str) -> dict[str, Any]:
    """Return the numbers of one factor, or of the whole; what a side does not have is NaN."""
    residual = "residual_risk" if name == "risk" else f"{name}_residual"
    bounds = "residual" if name == "risk" else residual
    wanted = {
        "value": name,
        "low": f"{name}_low",
        "high": f"{name}_high",
        "residual": residual,
        "residual_low": f"{bounds}_low",
        "residual_high": f"{bounds}_high",
        "coverage": f"{coverage}coverage",
    }
    found = {key: float(of.get(column, np.nan)) for key, column in wanted.items()}
    state = "rated" if found["value"] == found["value"] else "unknown"
    if np.isnan(found["low"]):  # nothing of it could be anything: it has no meaning here
        state = "not applicable"
    return {"state": state, **found}


def _counts(scores: Scores, row: int, factor: Factor, columns: dict[str, int]) -> tuple[int, int]:
    """Return how many indicators of a factor are rated, and how many apply."""
    states = scores.panel.states[row]
    here = [states[columns[i.id]] for i in factor.indicators if i.id in columns]
    rated = sum(state == CellState.RATED for state in here)
    return rated, len(factor.indicators) - sum(s == CellState.NOT_APPLICABLE for s in here)


def _could_be(found: pd.Series[Any], language: Language) -> str:
    if found["state"] != "rated":
        return load_phrases().common["unknown"][language]
    ends = {name: number(found[name], language) for name in ("value", "low", "high")}
    return load_phrases().profile["could_be"][language].format(**ends)


def _draw(data: pd.DataFrame, *, language: Language) -> alt.VConcatChart:
    import altair as alt

    sides = [_side(data[data["side"] == s], s, language) for s in ("risk", "resilience")]
    return alt.vconcat(*sides, spacing=16)


def _side(rows: pd.DataFrame, side: str, language: Language) -> alt.LayerChart | alt.FacetChart:
    """Draw one side: names, marks on a scale from 0 to 1, numbers."""
    import altair as alt

    places, labels, height = _placed(rows, side, language)
    chart = alt.Chart(inline(numbers(places)))
    axis = _axis(side, language)

    def x(field: str) -> alt.X:
        return alt.X(f"{field}:Q", axis=axis, scale={"domain": [0, 1], "nice": False})

    def y(field: str) -> alt.Y:
        return alt.Y(f"{field}:Q", axis=None, scale={"domain": [height, 0], "nice": False})

    tips = [alt.Tooltip(f"{name}:N", title=title) for name, title in _tips(side, language).items()]
    known = chart.transform_filter("datum.state === 'rated'").encode(y=y("y"), tooltip=tips)
    held = chart.transform_filter("datum.holds").encode(
        x=x("residual"), y=y("top"), y2="end:Q", tooltip=tips
    )
    blank = chart.transform_filter("datum.state !== 'rated'").encode(
        x=x("from"), x2="to:Q", y=y("top"), y2="end:Q", tooltip=tips
    )
    colour = theme.RISK if side == "risk" else theme.RESILIENCE
    disc: dict[str, Any] = {
        "shape": "circle",
        "size": 132,
        "fill": theme.PAPER,
        "strokeWidth": 1.6,
        "opacity": 1,
    }
    turn = alt.Theta("turn:Q", scale=None, stack=False)
    layers = [
        blank.mark_rect(fill=theme.PAPER, stroke=theme.UNKNOWN, strokeDash=[3, 2]),
        known.mark_rule(color=colour, strokeWidth=1.5).encode(x=x("low"), x2="high:Q"),
        held.mark_rule(color=theme.PAPER, strokeWidth=6),
        held.mark_rule(color=theme.RESIDUAL, strokeWidth=3.2),
        known.mark_point(stroke=colour, **disc).encode(x=x("value")),
        known.mark_arc(radius=6.2, color=colour).encode(x=x("value"), theta=turn),
        *text_layers(labels, x("x"), y("y")),
    ]
    return alt.layer(*layers, width=PLOT, height=height)


def _axis(side: str, language: Language) -> dict[str, Any]:
    return {
        "values": [0, 0.25, 0.5, 0.75, 1],
        "title": load_phrases().profile[f"axis_{side}"][language],
        "format": ".2~f",
        "labelExpr": "datum.label" if language == "en" else "replace(datum.label, '.', ',')",
        "ticks": False,
        "domain": False,
        "labelFlush": False,
        "labelFontSize": 10,
        "titleFontSize": 10,
    }


def _placed(
    rows: pd.DataFrame, side: str, language: Language
) -> tuple[pd.DataFrame, list[dict[str, object]], float]:
    """Return the marks with their places, what is written, and how high all is, in pixels."""
    told = {name: texts[language] for name, texts in load_phrases().profile.items()}
    ids = [_short(name) for name in rows["factor"] if name != side]
    start = -NAMES + max(28, 6 * max(map(len, ids), default=0) + 6)
    labels = [label("heading", -NAMES, HEAD / 2 - 3, told[side])]
    columns = {"value": told["presence" if side == "risk" else "strength"], "share": told["rated"]}
    columns |= {"left": told["left"]} if side == "risk" else {}
    labels += [label("column", COLUMNS[c], HEAD / 2 - 3, text) for c, text in columns.items()]
    places: list[dict[str, float]] = []
    y, crimes, grouped = float(HEAD), None, len(set(rows["crimes"])) > 1
    for row in rows.to_dict("records"):
        lead = row["factor"] == side
        if grouped and not lead and row["crimes"] != crimes:
            crimes = row["crimes"]
            text = told["specific"].format(crimes=crimes) if crimes else told["common"]
            labels.append(label("quiet", start, y + HEAD / 2, text))
            y += HEAD
        lines = textwrap.wrap(str(row["title"]), int(-(start + 8) / LETTER)) or [""]
        middle = y + (LINE * len(lines) + GAP) / 2
        for n, line in enumerate(lines):
            above = LINE * (n - (len(lines) - 1) / 2)
            labels.append(label("lead" if lead else "name", start, middle + above, line))
        labels += [] if lead else [label("id", -NAMES, middle, _short(str(row["factor"])))]
        labels += _figures(row, middle, told, language)
        places.append({"y": middle, "top": middle - 7, "end": middle + 7})
        y += LINE * len(lines) + GAP
    marks = pd.concat([rows.reset_index(drop=True), pd.DataFrame(places)], axis=1)
    marks["from"], marks["to"] = 0.0, 1.0
    marks["turn"] = 2 * np.pi * marks["coverage"]
    marks["holds"] = marks["value"] - marks["residual"] > NOTHING
    # the scale is as wide as the plot, from 0 to 1
    labels = [{**one, "x": float(str(one["x"])) / PLOT} for one in labels]
    return marks.join(_said(rows, told, language)), labels, y


def _figures(
    row: dict[Any, Any], y: float, told: dict[str, str], language: Language
) -> list[dict[str, object]]:
    """Return the numbers at the end of a row, or in its box why there are none."""
    if row["state"] != "rated":
        words = load_phrases().common["unknown"][language]
        text = f"? {words}" if row["state"] == "unknown" else told["not_applicable"]
        rated = float(np.nan_to_num(row["coverage"]))
        share = [label("number", COLUMNS["share"], y, _share(rated, language))]
        box = label("inside", PLOT / 2, y, text)
        return [box, *(share if row["state"] == "unknown" else [])]
    texts = {"value": number(row["value"], language), "share": _share(row["coverage"], language)}
    if row["side"] == "risk":
        texts["left"] = number(row["residual"], language)
    return [label("number", COLUMNS[name], y, text) for name, text in texts.items()]


def _share(share: float, language: Language) -> str:
    """Return a share in whole percent; what is more than nothing is never told as nothing."""
    shown = f"{share:.0%}" if share == 0 or share >= 0.005 else "<1%"
    return shown if language == "en" else shown.replace("%", "\u00a0%")


def _short(name: str) -> str:
    return name if len(name) <= SHORT else f"{name[: SHORT - 1]}…"


def _tips(side: str, language: Language) -> dict[str, str]:
    """Return which texts are told when a mark is pointed at, and their headings."""
    told = load_phrases().profile
    value = told["presence" if side == "risk" else "strength"][language]
    left = {"told_left": told["left"][language]} if side == "risk" else {}
    return {"told": told[side][language], "told_value": value, **left} | {
        "told_share": told["rated"][language]
    }


def _said(rows: pd.DataFrame, told: dict[str, str], language: Language) -> pd.DataFrame:
    """Return what is told of each mark when one points at it."""
    said: list[dict[str, str]] = []
    for _, row in rows.iterrows():
        left = {"value": row["residual"], "low": row["residual_low"], "high": row["residual_high"]}
        texts = {"rated": row["rated"], "count": row["indicators"]}
        texts["share"] = _share(float(np.nan_to_num(row["coverage"])), language)
        said.append(
            {
                "told": f"{row['factor']} {row['title']}",
                "told_value": _could_be(row, language),
                "told_left": _could_be(pd.Series({"state": row["state"], **left}), language),
                "told_share": told["counted"].format(**texts),
            }
        )
    return pd.DataFrame(said)
