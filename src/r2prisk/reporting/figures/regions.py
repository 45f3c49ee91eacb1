"""Many units side by side: one small panel each, all on the same scale."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.regions import GROUPINGS, load_regions, region_of
from r2prisk.catalogue.units import independence, load_units
from r2prisk.errors import InputError, nearest
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.timeline import (
    REACH,
    country,
    first_of,
    rows,
    runs,
    time_axis,
)
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.trajectories import Trajectories, regional
from r2prisk.trajectories.phrases import name_of, past
from r2prisk.trajectories.words import is_resilience, movements, word_of

COLUMNS, MOST = 4, 24
"""Panels in a row, and in all: more would not fit an A4 page."""
WIDTH, HEIGHT = 126, 72
"""Pixels of a panel."""
LETTERS = 23
"""Letters of a title in the width of a panel."""
NAMED = 14
"""Units that a note names at most."""
UNKNOWN, NOT_SCORED = "unknown", "not scored"
"""Of a unit whose scores are not known, and of one that has none."""


def multiples(
    found: Trajectories,
    *,
    by: str = "subregion",
    region: str | None = None,
    of: str = "risk",
    first: object = None,
) -> Figure:
    """Draw the courses of a region's units, or of all regions, in small panels on one scale.

    Parameters
    ----------
    found : Trajectories
        Of this score among others.
    by : {"region", "subregion", "un_group"}
        M49 region, M49 sub-region or UN regional group.
    region : str, optional
        The region whose units are drawn, each with its level, the range that holds the level 19
        times in 20, and the mean of the region. Without it, a panel for each region: its mean, and
        its lowest and highest unit.
    of : str
        The score, 0 to 1.
    first : period, optional
        The first period drawn; the first with a known level if not given.

    Returns
    -------
    Figure
        Its data have a row for each panel and period: ``panel`` (its order: highest latest level
        first, at last what is not scored), ``name``, ``unit`` (None for a region), ``period``,
        ``value`` (the published score; NaN for a region), ``level`` with ``low`` and ``high``, all
        0 to 1; ``mean`` of the region, ``run`` (unbroken parts), ``heading`` and ``units``
        (entered into a mean). One row without a period's numbers for what is not scored.

    Raises
    ------
    InputError
        If the grouping is unknown, there is no such region (the nearest is named) or no trajectory
        of the score, ``first`` is no period or lies outside, or no unit is in a region.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2002", freq="Y")
    >>> index = pd.MultiIndex.from_product([["GMB", "SEN"], years], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.1, 0.1, 0.3, 0.3]}, index=index)
    >>> figure = multiples(trajectories(scores, of="risk"), region="Western Africa")
    >>> figure.data.groupby("panel")["name"].first().tolist()[:3]
    ['Senegal', 'The Gambia', 'Benin']
    """
    start = _checked(found, by, region, of, first)
    means = regional(found, by=by).frame
    if region is None:
        data = _regions(found, by, of, means)
    else:
        data = _units(found, by, region, of, means)
    if data["level"].isna().all():
        raise InputError("multiples", [f"no unit of {region or by} has a known {name_of(of)}"])
    begun = data[data["level"].notna()]["period"].min()
    start = max(start, begun) if first is None else start
    data = data[pd.PeriodIndex(data["period"]) >= start]
    others = data[data["panel"] >= MOST]["name"].unique().tolist()
    shown = data[data["panel"] < MOST].reset_index(drop=True)
    score = name_of(of)
    what = (
        f"the countries of {region}" if region else f"by {by.replace('_', ' ').replace('un', 'UN')}"
    )
    return Figure(
        "multiples",
        shown,
        f"{score.capitalize()}, {what}, {start} to {found.periods[-1]}",
        _subtitle(found, region),
        _notes(found, by, region, others),
        _alt(shown, score, region),
        lambda data: _draw(data, start, found.periods[-1], _colour(found, of)),
    )


def _checked(found: Trajectories, by: str, region: str | None, of: str, first: object) -> pd.Period:
    """Return the first period; refuse what cannot be drawn, all at once."""
    # people pass scores; the type checker is not there to stop them
    if not isinstance(found, Trajectories):  # pyright: ignore[reportUnnecessaryIsInstance]
        told = f"needs Trajectories, found {type(found).__name__}; trajectories(scores) makes them"
        raise InputError("multiples", [told])
    problems: list[str] = []
    try:
        found[of]
    except InputError as error:
        problems += error.problems
    if by not in GROUPINGS:
        hint = nearest(str(by), GROUPINGS)
        problems.append(f"grouping '{by}' is not known; allowed: {', '.join(GROUPINGS)}{hint}")
    else:
        units = [unit for unit in found.units if unit in load_units()]
        names = sorted({name for name in region_of(units, by) if name is not None})
        if region is not None and region not in names:
            allowed = f"with a unit here: {', '.join(names)}{nearest(str(region), names)}"
            problems.append(f"no {by} '{region}'; {allowed}")
    start = found.periods[0]
    if first is not None:
        start, faults = first_of(found.periods, first, "first")
        problems += faults
    if problems:
        raise InputError("multiples", problems)
    return start


def _units(found: Trajectories, by: str, region: str, of: str, means: pd.DataFrame) -> pd.DataFrame:
    """Return a panel for each unit of a region: those that were scored or are independent now."""
    known = sorted({*found.units, *load_regions()})
    members = np.array(known)[region_of(known, by) == region].tolist()
    now = independence(members, np.array([found.periods[-1].year]))[:, 0]
    independent = dict(zip(members, now.tolist(), strict=True))
    mean = means[f"{of}_level"].xs(region, level="region").reindex(found.periods).to_numpy()
    heading = word_of(movements(found, of), resilient=is_resilience(found, of))
    parts: list[pd.DataFrame] = []
    for unit in members:
        there = unit in found.units and not np.isnan(found[of].values[found.unit(unit)]).all()
        if there:
            part = _course(found, of, found.unit(unit)).assign(mean=mean)
            words = heading[found.unit(unit)]
            parts.append(part.assign(unit=unit, name=country(unit), heading=words))
        elif independent[unit] or unit in found.units:
            empty = {"period": found.periods[-1:], "unit": unit, "name": country(unit)}
            why = UNKNOWN if unit in found.units else NOT_SCORED
            parts.append(pd.DataFrame({**empty, "heading": why}))
    return _ordered(pd.concat(parts, ignore_index=True).assign(units=np.nan))


def _course(found: Trajectories, of: str, u: int) -> pd.DataFrame:
    """Return one unit's level in the periods in which a score stands, NaN in the others."""
    course = found[of]
    known = ~np.isnan(course.values[u])
    level = np.where(known, course.filtered.level[u], np.nan)
    half = REACH * np.sqrt(course.filtered.var_level[u])
    run = np.full(len(known), -1)
    for n, (a, b) in enumerate(runs(np.flatnonzero(known).tolist())):
        run[a : b + 1] = n
    columns = {
        "period": found.periods,
        "value": course.values[u],
        "level": level,
        "low": np.clip(level - half, 0, 1),
        "high": np.clip(level + half, 0, 1),
        "run": run,
    }
    return pd.DataFrame(columns)


def _regions(found: Trajectories, by: str, of: str, means: pd.DataFrame) -> pd.DataFrame:
    """Return a panel for each region: the mean of its units, the lowest and the highest."""
    course = found[of]
    level = np.where(np.isnan(course.values), np.nan, course.filtered.level)
    group = region_of(found.units, by)
    parts: list[pd.DataFrame] = []
    for name, mine in means.groupby(level="region"):
        one = mine.droplevel("region").reindex(found.periods)
        members = pd.DataFrame(level[group == name])
        known = one[f"{of}_level"].notna().to_numpy()
        run = np.full(len(known), -1)
        for n, (a, b) in enumerate(runs(np.flatnonzero(known).tolist())):
            run[a : b + 1] = n
        units, of_all = one[f"{of}_units"], one[f"{of}_of"]
        columns = {
            "period": found.periods,
            "level": one[f"{of}_level"].to_numpy(),
            "low": members.min().to_numpy(),
            "high": members.max().to_numpy(),
            "run": run,
            "units": units.to_numpy(),
            "heading": [f"{u:.0f} of {a:.0f} units" for u, a in zip(units, of_all, strict=True)],
        }
        part = pd.DataFrame(columns).assign(name=str(name), unit=None)
        parts.append(part if known.any() else part.tail(1).assign(heading=NOT_SCORED))
    return _ordered(pd.concat(parts, ignore_index=True).assign(value=np.nan, mean=np.nan))


def _ordered(data: pd.DataFrame) -> pd.DataFrame:
    """Give panels their order: highest latest level, then what ended, then the unknown."""
    for name in ("value", "level", "low", "high", "mean", "run"):
        if name not in data:
            data[name] = np.nan
    last = data["period"].max()
    ends = data.dropna(subset="level").groupby("name").tail(1).set_index("name")
    names = pd.DataFrame({"name": data["name"].unique()}).join(ends[["level", "period"]], on="name")
    names["stage"] = np.where(names["level"].isna(), 2, np.where(names["period"] == last, 0, 1))
    names = names.sort_values(
        ["stage", "level", "name"], ascending=[True, False, True], ignore_index=True
    )
    panel = data["name"].map({name: n for n, name in enumerate(names["name"])})
    columns = ["panel", "name", "unit", "period", "value", "level", "low", "high", "mean", "run"]
    frame = data.assign(panel=panel, run=data["run"].fillna(-1).astype(int))
    return frame.sort_values(["panel", "period"], ignore_index=True)[[*columns, "heading", "units"]]


def _subtitle(found: Trajectories, region: str | None) -> str:
    scale = "From 0 to 1, all panels alike, the highest now first"
    if region is None:
        return (
            f"{scale}. Line: mean of the region's units, each as it could be known then and of the "
            "same weight, with its last value above; shade: from the lowest unit to the highest."
        )
    window = past(found.profile.trends.window)
    return (
        f"{scale}. Points: published score; line: level as it could be known then, in a range that "
        f"holds it 19 times in 20. Dashed: mean of the region. Above: the last level, and where "
        f"it was heading over {window}."
    )


def _notes(found: Trajectories, by: str, region: str | None, others: list[str]) -> tuple[str, ...]:
    notes: list[str] = []
    if others:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        notes.append(
            f"Not drawn, {len(others)} lower or unknown: {', '.join(others[:NAMED])}{more}."
        )
    notes.append(
        "?: unknown; no score, or too little rated for one. A step may come from other indicators "
        "being rated than before. Regions: "
        + ("UN regional groups." if by == "un_group" else "the UN's M49 standard.")
    )
    if region is None:
        notes.append("A mean hides its units: a region of calm and crisis looks moderate.")
    return (*notes, f"{source_line(found)} {caution()}")


def _alt(data: pd.DataFrame, score: str, region: str | None) -> str:
    last = data.dropna(subset="level").groupby("panel").tail(1)
    last = last.sort_values("level", ascending=False, kind="stable")
    ends = last[["name", "level", "period"]].to_dict("records")
    told = [f"{end['name']} {end['level']:.2f} ({end['period']})" for end in ends]
    empty = data["panel"].nunique() - len(last)
    who = "units" if region else "regions"
    lines = f"{data['panel'].nunique()} small panels of {score}. Highest: {', '.join(told[:3])}"
    if len(told) > 3:
        lines += f"; lowest: {told[-1]}"
    return f"{lines}. {empty} {who} without a score." if empty else f"{lines}."


def _colour(found: Trajectories, of: str) -> str:
    if is_resilience(found, of):
        return theme.RESILIENCE
    return theme.RESIDUAL if of == "residual_risk" else theme.RISK


def _marks(data: pd.DataFrame, start: pd.Period, end: pd.Period) -> pd.DataFrame:
    """Return what is drawn: every known period, and each gap as one mark in its middle."""
    parts: list[pd.DataFrame] = []
    for _, mine in data.groupby("panel"):
        head = _head(mine)
        known = mine[mine["level"].notna()]
        x = pd.PeriodIndex(known["period"]).asi8 - start.ordinal
        alone = known["run"].map(known["run"].value_counts()) == 1
        kind = np.where(alone, "alone", "known")
        tips = [_tip(row) for row in known.to_dict("records")]
        parts.append(known.assign(x=x, kind=kind, head=head, tip=tips, text=""))
        lost = sorted(set(range(end.ordinal - start.ordinal + 1)) - set(x.tolist()))
        for a, b in runs(lost):
            whole = known.empty
            gap = {"x": [a - 0.5], "x2": [b + 0.5], "middle": [(a + b) / 2], "head": [head]}
            text = f"?  {mine['heading'].iloc[0]}" if whole else "?"
            tip = f"{mine['name'].iloc[0]}: unknown, {start + a} to {start + b}"
            parts.append(pd.DataFrame({**gap, "kind": "gap", "text": text, "tip": tip}))
    frame = pd.concat(parts, ignore_index=True)
    return frame.drop(columns=["panel", "unit", "period", "heading", "units"], errors="ignore")


def _head(mine: pd.DataFrame) -> str:
    """Return the title of a panel: the name over its last level and where it is heading."""
    name = textwrap.wrap(str(mine["name"].iloc[0]).replace("|", "/"), LETTERS)
    known = mine[mine["level"].notna()]
    if known.empty:
        return "|".join([*name, "?"])
    last = known.iloc[-1]
    late = "" if last["period"] == mine["period"].max() else f" ({last['period']})"
    word = str(last["heading"])
    return "|".join([*name, f"{last['level']:.2f}{late}, {word}"])


def _tip(row: dict[Any, Any]) -> str:
    spread = f"{row['low']:.2f} to {row['high']:.2f}"
    if row["unit"] is None:
        return f"{row['name']} {row['period']}: mean {row['level']:.2f} (units {spread})"
    told = f"{row['value']:.2f}, level {row['level']:.2f} ({spread})"
    return f"{row['name']} {row['period']}: {told}; mean of the region {row['mean']:.2f}"


def _draw(data: pd.DataFrame, start: pd.Period, end: pd.Period, colour: str) -> Any:
    """Return the panels in rows, each with its own axes."""
    import altair

    alt: Any = altair

    marks = _marks(data, start, end)
    periods = pd.period_range(start, end)
    scale = {"domain": [-0.5, len(periods) - 0.5], "nice": False, "zero": False}
    small = {"labelFontSize": 9.5, "tickSize": 3}
    axis = {**time_axis(periods, most=4), **small}
    score = {"values": [0, 0.5, 1], "title": None, "domain": False, "format": ".2~f", **small}

    def x(field: str = "x") -> Any:
        return alt.X(f"{field}:Q", scale=scale, axis=axis)

    def y(field: str) -> Any:
        return alt.Y(f"{field}:Q", scale={"domain": [0, 1], "nice": False}, axis=score)

    base = alt.Chart()
    known = base.transform_filter("datum.kind != 'gap'")
    gap = base.transform_filter("datum.kind == 'gap'")
    alone = base.transform_filter("datum.kind == 'alone'")
    span, run = {"x": x(), "y": y("low"), "y2": "high:Q"}, alt.Detail("run:N")
    size = 3 if len(periods) > 40 else 8
    box = {"fill": theme.PAPER, "stroke": theme.UNKNOWN, "strokeDash": [2, 3], "strokeWidth": 0.6}
    layers = [
        gap.mark_rect(**box).encode(
            x=x(), x2="x2:Q", y=alt.value(1), y2=alt.value(HEIGHT - 1), tooltip="tip:N"
        ),
        gap.mark_text(fontSize=10, color=theme.QUIET).encode(
            x=x("middle"), y=alt.value(HEIGHT / 2), text="text:N"
        ),
        known.mark_area(color=colour, opacity=0.25).encode(**span, detail=run),
        alone.mark_rule(color=colour, opacity=0.3, strokeWidth=4).encode(**span),
        known.mark_line(color=theme.QUIET, strokeWidth=0.9, strokeDash=[3, 2]).encode(
            x=x(), y=y("mean"), detail=run
        ),
        known.mark_line(color=colour, strokeWidth=1.4).encode(x=x(), y=y("level"), detail=run),
        known.mark_point(filled=True, color=colour, size=size, opacity=1).encode(
            x=x(), y=y("value" if data["value"].notna().any() else "level"), tooltip="tip:N"
        ),
    ]
    header = alt.Header(
        title=None,
        labelExpr="split(datum.label, '|')",
        labelAnchor="start",
        labelAlign="left",
        labelFontSize=10.5,
        labelPadding=3,
        labelLimit=WIDTH + 24,
    )
    heads = list(dict.fromkeys(marks["head"]))
    return (
        alt.layer(*layers, data=rows(marks))
        .properties(width=WIDTH, height=HEIGHT)
        .facet(facet=alt.Facet("head:N", header=header, sort=heads), columns=COLUMNS, spacing=8)
        .resolve_axis(x="independent", y="independent")
    )
