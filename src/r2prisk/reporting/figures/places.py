"""Which units rank highest, and how sure that is: over time, and in one period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
import pandas as pd

from r2prisk.errors import nearest
from r2prisk.panel.periods import period_of
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.ladder import BANDS, DEEP, PENS, draw_ladder, rank_text, told
from r2prisk.reporting.figures.timeline import country, rows
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.scoring.show import latest_period
from r2prisk.scoring.uncertainty import Uncertainty
from r2prisk.scoring.uncertainty.gate import refuse, whole
from r2prisk.scoring.uncertainty.result import RANKED, names_of, published
from r2prisk.scoring.uncertainty.summary import LEVELS
from r2prisk.scoring.uncertainty.summary import ranks as ranks_of

LIKELY = (LEVELS.index(0.05), LEVELS.index(0.95))
"""The ends of the interval that is drawn: 90 per cent of the draws."""

FEW = 3
"""Units that stand out where none are named."""

HOLDS = "where 90 % of the draws and the published rank lie"
"""What a line or a band of ranks holds."""

DOTS = 316
"""Pixels across the dots: what labels and numbers leave of the whole."""

COLUMNS = ["unit", "name", "period", "score", "rank", "low", "high", "ranked", "chosen"]


def ranks(
    found: Uncertainty,
    *,
    period: object = None,
    units: Collection[str] | None = None,
    top: int = 20,
    of: str = "risk",
) -> Figure:
    """Draw the ranks of the highest units with how sure they are, over time or in one period.

    Parameters
    ----------
    found : Uncertainty
        As :func:`r2prisk.scoring.uncertainty.uncertainty` makes it.
    period : period-like, optional
        Of one period, a dot with its interval for each unit; without it lines over all periods up
        to the latest in which most units have a score, where there are several.
    units : collection of str, optional
        Units that stand out, whatever their rank; over time at most 6. Without them the 3 highest.
    top : int
        The highest of the (latest) period that are drawn, 1 or more.
    of : {"risk", "residual_risk"}
        The score to rank by.

    Returns
    -------
    Figure
        Its data have a row for each unit and period: ``score``, the published ``rank`` (1 the
        highest; equals share the better), ``low`` and ``high``, between which 90 per cent of the
        draws and the published rank lie, all NaN where the unit has no score; ``ranked``, of how
        many units; ``chosen``, whether it stands out.

    Raises
    ------
    InputError
        With all faults together: no such score, unit or period (the nearest is named); ``top`` out
        of range; too many units; nothing that could be ranked.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.scoring.uncertainty import uncertainty
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9]})
    >>> sure = uncertainty(read_panel(frame), draws=256, vary=["exponents"])
    >>> ranks(sure).data[["unit", "rank", "low", "high"]].to_numpy().tolist()
    [['SDN', 1.0, 1.0, 1.0], ['NOR', 2.0, 2.0, 2.0]]
    """
    chosen = list(dict.fromkeys([units] if isinstance(units, str) else units or ()))
    refuse("ranks", _faults(found, period, chosen, top, of))
    frame = _ranked(found, of)
    known = frame[frame["rank"].notna()].set_index(["unit", "period"])
    last = period_of(period, "period") if period is not None else latest_period(known)
    now = frame[frame["period"] == last].sort_values(["rank", "unit"])
    refuse("ranks", [] if now["rank"].notna().any() else [f"no unit has a {of} in {last}"])
    high = now.loc[now["rank"].notna(), "unit"].head(top).tolist()
    over_time = period is None and len(known.index.unique("period")) > 1
    focus = chosen or (high[:FEW] if over_time else [])
    drawn = [*high, *(unit for unit in now["unit"] if unit in chosen and unit not in high)]
    drawn += [unit for unit in chosen if unit not in drawn]
    data = _data(frame, drawn, focus, last, over_time=over_time)
    refuse("ranks", _crowded(focus) if over_time else [])
    if over_time:
        return _lines(found, data, of, focus, len(high))
    return _dots(found, data, of, len(high))


def _faults(
    found: object, period: object, chosen: Sequence[str], top: object, of: str
) -> list[str]:
    if not isinstance(found, Uncertainty):
        made = "r2prisk.scoring.uncertainty.uncertainty makes one"
        return [f"needs an Uncertainty, found {type(found).__name__}; {made}"]
    problems: list[str] = []
    if of not in RANKED:
        problems.append(f"no ranks by '{of}'; allowed: {', '.join(RANKED)}{nearest(of, RANKED)}")
    if not whole(top) or top < 1:
        problems.append(f"top is {top!r}; it must be a whole number, 1 or more")
    known = found.scores.panel.units
    problems += [f"no unit '{u}'{nearest(str(u), known)}" for u in chosen if u not in list(known)]
    if np.isnan(found.scores.sheet.risk[0]).all():
        problems.append("no row has a score: nothing to rank")
    if period is not None:
        periods = pd.PeriodIndex(found.scores.index.get_level_values("period"))
        if str(period_of(period, "period")) not in set(periods.astype(str)):
            span = f"there is {periods.min()} to {periods.max()}"
            problems.append(f"no period '{period}'; {span}")
    return problems


def _crowded(focus: Sequence[str]) -> list[str]:
    if len(focus) <= len(PENS):
        return []
    limit = f"name {len(PENS)} or fewer, or a period"
    return [f"units: {len(focus)} cannot be told apart over time; {limit}"]


def _ranked(found: Uncertainty, of: str) -> pd.DataFrame:
    """Return every row with its published rank and the interval of it."""
    scores = found.scores
    own = published(scores)[names_of(scores).index(of)]
    spread = found.ranks[RANKED.index(of)]
    frame = scores.index.to_frame(index=False).assign(score=own)
    frame["low"], frame["high"] = (spread[:, end] for end in LIKELY)
    frame["rank"], frame["ranked"] = np.nan, 0
    for here in frame.groupby("period").indices.values():
        some = here[~np.isnan(own[here])]
        # as the draws are ranked: what differs by rounding alone is equal
        frame.loc[some, "rank"] = ranks_of(own[some, None].astype(np.float32))[:, 0].astype(float)
        frame.loc[here, "ranked"] = len(some)
    return frame


def _data(
    frame: pd.DataFrame,
    drawn: Sequence[str],
    focus: Sequence[str],
    last: pd.Period,
    *,
    over_time: bool,
) -> pd.DataFrame:
    """Return the rows that are drawn, unit by unit; a unit without a row is one without a score."""
    some = frame[(frame["period"] <= last) if over_time else (frame["period"] == last)]
    first = some.loc[some["rank"].notna(), "period"].min()
    periods = pd.period_range(first, last)
    index = pd.MultiIndex.from_product(cast("Any", [drawn, periods]), names=["unit", "period"])
    data = some.set_index(["unit", "period"]).reindex(index).reset_index()
    ranked = some.groupby("period")["ranked"].max()
    return data.assign(
        name=[country(unit) for unit in data["unit"]],
        ranked=data["period"].map(ranked).fillna(0).astype(int),
        chosen=data["unit"].isin(focus),
    )[COLUMNS]


def _notes(found: Uncertainty, data: pd.DataFrame) -> list[str]:
    """Return what the intervals hold, who is not ranked, where the numbers come from."""
    last = data["period"].max()
    count = int(data.loc[data["period"] == last, "ranked"].max())
    every = int((found.scores.index.get_level_values("period") == last).sum())
    rest = "; the rest have no score" if count < every else ""
    varied = ", ".join(name.replace("_", " ") for name in found.vary) or "nothing"
    shared = (
        f"{found.draws:,} draws of {varied}, by declared priors. The order of two units can be "
        "surer than their lines look, because both are drawn together."
    )
    ranked = f"{count} of {every} {'unit' if every == 1 else 'units'} ranked in {last}{rest}."
    ranked += " A rank says nothing of how far the next is."
    return [ranked, shared, source_line(found.scores), caution()]


def _highest(count: int) -> str:
    return "the highest" if count == 1 else f"the {count} highest"


def _dots(found: Uncertainty, data: pd.DataFrame, of: str, count: int) -> Figure:
    """Return the figure of one period."""
    when, by, first = data["period"].iloc[0], of.replace("_", " "), data.iloc[0]
    likely = f"rank {rank_text(first['rank'])}, likely " + " to ".join(
        rank_text(first[end]) for end in ("low", "high")
    )
    return Figure(
        "ranks",
        data,
        title=f"Ranks by {by}, {when}: {_highest(count)}",
        subtitle=f"Dot: the published rank, 1 is the highest. Line: {HOLDS}.",
        notes=tuple(_notes(found, data)),
        alt=f"Ranks by {by} in {when}, {_highest(count)}. First: {first['name']}, {likely}.",
        draw=_draw_dots,
    )


def _draw_dots(data: pd.DataFrame) -> Any:
    """Draw a dot and a line for each unit, with the numbers on the right."""
    import altair as alt

    known, most = data["rank"].notna(), max(2.0, float(data["high"].max()))
    place = pd.Series(range(len(data)), index=data.index, dtype=float)
    likely = data["low"].map(rank_text) + " to " + data["high"].map(rank_text)
    marks = data.assign(
        row=place,
        above=place - 0.3,
        below=place + 0.3,
        text=data["name"] + " (" + data["unit"] + ")",
        place=data["rank"].map(rank_text),
        likely=likely.where(known, "no score"),
        told=told(data),
        colour=data["chosen"].map({True: theme.RISK, False: theme.QUIET}),
        least=0.5,
        most=most + 0.5,
    )
    across = {"domain": [0.5, most + 0.5], "nice": False}
    step = next(n for n in (1, 2, 5, 10, 20, 50, 100, most) if most / n <= 10)
    ticks = [1, *np.arange(max(step, 2), most + 1, step).tolist()]
    axis = {"title": "rank, 1 is the highest", "values": ticks, "format": "d", "labelFlush": False}
    low, dot, least = (
        alt.X(f"{name}:Q", scale=across, axis=axis) for name in ("low", "rank", "least")
    )
    down = {"domain": [-1.2, len(marks) - 0.4], "reverse": True, "nice": False}
    row, above = (alt.Y(f"{name}:Q", scale=down, axis=None) for name in ("row", "above"))
    ink, tip = alt.Color("colour:N", scale=None), alt.Tooltip("told:N")

    def of(part: pd.DataFrame) -> Any:
        return alt.Chart(rows(part))

    empty = of(marks[~known]).mark_rect(filled=False, strokeDash=[3, 2], stroke=theme.UNKNOWN)
    lines = of(marks[known]).mark_rule(strokeWidth=3, opacity=0.5)
    dots = of(marks[known]).mark_point(filled=True, size=70, opacity=1)
    layers: list[Any] = [
        empty.encode(least, above, x2="most:Q", y2="below:Q", tooltip=tip),
        lines.encode(low, row, ink, x2="high:Q", tooltip=tip),
        dots.encode(dot, row, ink, tooltip=tip),
    ]
    heads = pd.DataFrame({"row": [-0.9], "place": ["rank"], "likely": ["likely"]})
    chosen = marks["chosen"]
    for part, weight in ((marks[chosen], "bold"), (marks[~chosen], "normal"), (heads, "normal")):
        pen: dict[str, Any] = {"align": "right", "baseline": "middle", "fontWeight": weight}
        pen["color"] = theme.QUIET if part is heads else theme.INK
        for name, where in (("text", -8), ("place", DOTS + 34), ("likely", DOTS + 98)):
            if name in part:
                texts = of(part).mark_text(fontSize=11, **pen)
                layers.append(texts.encode(alt.XValue(where), row, text=f"{name}:N"))
    return alt.layer(*layers, width=DOTS, height=round(20 * (len(marks) + 0.8)))


def _lines(
    found: Uncertainty, data: pd.DataFrame, of: str, focus: Sequence[str], count: int
) -> Figure:
    """Return the figure over time."""
    by = of.replace("_", " ")
    first, last = data["period"].min(), data["period"].max()
    ends = data[data["period"].isin([first, last])].groupby("unit")["rank"].agg(list)
    moved = [f"{country(u)} {' to '.join(rank_text(x) for x in ends[u])}" for u in focus]
    # where few are lower, they have all their room
    every = int(data["ranked"].max())
    room = every if every <= count + DEEP else count
    lower = bool((data[["rank", "high"]] > room).to_numpy().any())
    holds = f"Bands: {HOLDS}" if len(focus) <= BANDS else f"Bars, in some periods: {HOLDS}"
    closer = f" Below the dashed line, after rank {room}, ranks stand ever closer." if lower else ""
    return Figure(
        "ranks",
        data,
        title=f"Ranks by {by}, {first} to {last}: {_highest(count)} of {last}",
        subtitle=(
            f"Lines: the published rank, 1 is the highest. {holds}. Gaps and ?: no score.{closer}"
        ),
        notes=tuple(_notes(found, data)),
        alt=f"Lines of ranks by {by}, {first} to {last}: {', '.join(moved)}.",
        draw=partial(draw_ladder, top=room, focus=tuple(focus)),
    )
