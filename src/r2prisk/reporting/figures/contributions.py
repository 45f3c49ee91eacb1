"""Why a score changed: a waterfall of what every indicator added."""

from __future__ import annotations

import dataclasses
import math
import textwrap
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pandas as pd

from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.timeline import country, rows
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.scoring.explain import Change
from r2prisk.scoring.explain.account import Account, Part, items, rounded
from r2prisk.scoring.explain.sentences import extra, name_of
from r2prisk.scoring.uncertainty.gate import refuse, whole

DIGITS = 3
"""Behind the point: most contributions are smaller than 0.01."""

LEAST = 0.5 * 10.0**-DIGITS
"""A smaller contribution would read as nothing, and stands among the others."""

NAMED = "indicator"
"""The kind of a bar that is one indicator; the other kinds are those of an account's parts."""

UNSURE = ("coverage", "assumed")
"""Bars that no rating made: only one side rates, or the profile assumes."""

SEVERAL = ("others", "back")
"""Bars of several indicators together."""

LETTERS = 44
"""Letters of a label in a line."""

LONGEST = 110
"""Letters of a label; the rest is cut with an ellipsis, and told whole when pointed at."""

PLOT = 262
"""Pixels across the bars: what labels and numbers leave of the whole."""

TICKS = (0.005, 0.01, 0.02, 0.05, 0.1)
"""From a tick of the axis to the next."""

Window = tuple[float, float, float]
"""The part of the scale that is drawn, and its ticks."""

HEAD, LEAST_HEAD = 13, 5
"""Pixels of the head of an arrow, and of the smallest that can be seen."""

LINE = 13
"""Pixels from a line of a label to the next."""

HALF = 0.12
"""Of the height of a bar, where 1 is the height of a row."""

COLUMNS = [
    *("step", "kind", "indicator", "label", "factor", "before", "after", "count"),
    *("adds", "contribution", "start", "end", "effect"),
]


def waterfall(change: Change, *, shown: int = 10) -> Figure:
    """Draw what every indicator added to the change of a score.

    Parameters
    ----------
    change : Change
        Between two periods, as :func:`r2prisk.scoring.explain.change` makes it, or between stages
        of an assessment (:func:`r2prisk.scoring.explain.revision`), whose scores are all drawn.
    shown : int
        Indicators that have a bar of their own at most, 1 or more: those that added most.

    Returns
    -------
    Figure
        Its data have a row for each mark, from above: ``kind`` (``score``; ``indicator``; or what
        several add together: ``others``, ``back`` (ratings that moved in between and came back),
        ``coverage`` (only one side rates), ``assumed`` (by the profile, of the unknown)),
        ``before`` and ``after`` (ratings), ``adds`` (as shown), ``contribution`` (not rounded),
        ``start`` and ``end`` of the bar, ``count`` (how many indicators it is), and ``effect``
        (``worse`` or ``better``). ``adds`` add up exactly to the scores as they are shown.

    Raises
    ------
    InputError
        If ``change`` is no Change, or ``shown`` no whole number from 1.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.explain import change
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "9.1": [0.2, 0.4],
    ...     "8.1": [0.1, 0.7]}))
    >>> found = waterfall(change(score(panel), "KEN", 2006, 2008, of="risk"))
    >>> found.data[["kind", "adds", "start", "end"]].to_numpy().tolist()[1:3]
    [['indicator', 0.3, 0.15, 0.45], ['indicator', 0.1, 0.45, 0.55]]
    """
    _check(change, shown)
    data = _data(change, shown)
    of = name_of(change.of, "en")
    first, last = (str(change.points[n]) for n in (0, -1))
    window = _window(data)
    bars = set(data["kind"])
    read = (
        "Each bar starts where the one above ends: to the right it raises the score, to the left "
    )
    read += "it lowers it; red is for the worse, blue for the better."
    read += " Pale: several indicators together (how many)." if bars & set(SEVERAL) else ""
    read += " Dashed outline: no rating moved it." if bars & set(UNSURE) else ""
    ends = " to ".join(f"{x:.{3 if window[2] < 0.01 else 2}f}" for x in window[:2])
    part = "" if window[:2] == (0.0, 1.0) else f", of which {ends} is shown"
    return Figure(
        "waterfall",
        data,
        title=f"What changed: {of[0].lower()}{of[1:]}, {country(change.unit)} ({first} to {last})",
        subtitle=f"{read} Scale 0 to 1{part}.",
        notes=_notes(change, bars),
        alt=_alt(data, f"{of} of {country(change.unit)}", (first, last)),
        draw=partial(_draw, window=window),
    )


def _check(change: object, shown: object) -> None:
    problems: list[str] = []
    if not isinstance(change, Change):
        made = "; r2prisk.scoring.explain.change makes one"
        problems.append(f"needs a Change, found {type(change).__name__}{made}")
    if not whole(shown) or shown < 1:
        problems.append(f"shown is {shown!r}; it must be a whole number, 1 or more")
    refuse("waterfall", problems)


def _accounts(change: Change) -> list[Account]:
    """Return one account for the whole way, or one for each stage."""
    if not change.staged:
        return [change.account()]
    return [
        Account(
            unit=change.unit,
            of=change.of,
            first=change.points[s],
            last=change.points[s + 1],
            against="",
            before=float(change.scores[s]),
            after=float(change.scores[s + 1]),
            # a stage can move a score with no rating: nothing came back
            items=items(
                change.indicators,
                change.labels,
                change.factors,
                (change.ratings[s], change.ratings[s + 1]),
                (change.value + change.coverage + change.choice)[s],
                over_time=False,
            ),
            safeguards=change.safeguards,
            assumed=float(change.assumption[s].sum()),
        )
        for s in range(len(change.steps))
    ]


def _data(change: Change, shown: int) -> pd.DataFrame:
    """Return the marks from above: a score, what follows from it, the next score."""
    accounts = _accounts(change)
    sizes = pd.concat([a.items.loc[a.items["kind"] == "value", "adds"].abs() for a in accounts])
    least = max([LEAST, *sizes.nlargest(shown).tail(1)])
    at = round(accounts[0].before, DIGITS)
    rows: list[dict[str, object]] = [_score(accounts[0].first, accounts[0].before)]
    for account in accounts:
        few, rest = account.split(shown, least=least)
        bars = [_indicator(account, str(name)) for name in few.index]
        bars += [_lump(account, name, part) for name, part in rest.items()]
        exact = [float(bar["contribution"]) for bar in bars]
        adds = rounded(exact, account.rise(DIGITS), digits=DIGITS)
        bars = [{**bar, "adds": share} for bar, share in zip(bars, adds, strict=True)]
        for bar in _ordered(bars, falls=account.after < account.before):
            share = float(bar["adds"])
            start, at = at, round(at + share, DIGITS)
            worse = (share > 0) == (change.of != "resilience")
            # what is rated, or assumed, says nothing of better or worse
            plain = share == 0 or bar["kind"] in UNSURE
            effect = "" if plain else "worse" if worse else "better"
            rows.append({**bar, "step": account.last, "start": start, "end": at, "effect": effect})
        rows.append(_score(account.last, account.after))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    text = ["step", "kind", "indicator", "label", "factor", "effect"]
    frame[text] = frame[text].astype(object).fillna("")
    numeric = ["before", "after", "adds", "contribution", "start", "end"]
    return frame.astype(dict.fromkeys(numeric, float)).fillna({"count": 0}).astype({"count": int})


def _ordered(bars: list[dict[str, Any]], *, falls: bool) -> list[dict[str, Any]]:
    """Put what goes the way of the score first, then what goes against it, then all else."""

    def place(bar: dict[str, Any]) -> tuple[bool, bool]:
        named = bar["kind"] == NAMED
        return not named, named and (bar["adds"] < 0) != falls

    return sorted(bars, key=place)


def _score(point: str, value: float) -> dict[str, object]:
    shown = round(value, DIGITS)
    return {"step": point, "kind": "score", "label": point, "start": shown, "end": shown}


def _indicator(account: Account, name: str) -> dict[str, Any]:
    row = cast("dict[str, Any]", account.items.loc[name].to_dict())
    row |= {"kind": NAMED, "indicator": name, "count": 1, "contribution": row["adds"]}
    return row


def _lump(account: Account, name: str, part: Part) -> dict[str, Any]:
    label = extra(account, name, part, "en").capitalize()
    return {"kind": name, "label": label, "count": part.count, "contribution": part.adds}


def _window(data: pd.DataFrame) -> Window:
    """Return the part of the scale that is drawn: all of it where the bars take half of it."""
    ends = pd.concat([data["start"], data["end"]])
    low, high = float(ends.min()), float(ends.max())
    span = max(high - low, 0.02)
    if span >= 0.5:
        return 0.0, 1.0, 0.2
    tick = next(t for t in TICKS if t >= span / 5)
    left = math.floor(round((low - 0.05 * span) / tick, 6)) * tick
    right = math.ceil(round((high + 0.05 * span) / tick, 6)) * tick
    return max(round(left, 4), 0.0), min(round(right, 4), 1.0), tick


def _notes(change: Change, bars: set[str]) -> tuple[str, ...]:
    notes: list[str] = []
    if "coverage" in bars:
        notes.append(
            "Where only one side rates an indicator, it cannot be told whether the situation "
            "differs or what is known of it."
        )
    if len(change.points) > 2 and not change.staged:
        notes.append(
            f"Contributions are added up over the {len(change.points) - 1} steps between "
            f"{len(change.points)} periods with a score."
        )
    notes.append(
        "The contributions are arithmetic: what moved the number, not what caused events. What "
        "both scores could be once the unknown is known is not drawn: see their bounds."
    )
    return (*notes, *_sources(change), caution())


def _sources(change: Change) -> list[str]:
    """Return by which profile, and of what sources, in all stages."""
    made = cast("list[dict[str, object]]", list(change.provenance.values()))
    made = made if change.staged else [change.provenance]
    profiles = dict.fromkeys(str(one.get("profile", "")) for one in made)
    found: dict[str, object] = {}
    for name in ("sources", "notes"):
        every = (text for one in made for text in cast("list[str]", one.get(name, ())))
        found[name] = tuple(dict.fromkeys(every))
    told = source_line(dataclasses.replace(change, provenance=found))
    return [f"Profile {', then '.join(profiles)}. {told}"]


def _alt(data: pd.DataFrame, what: str, ends: tuple[str, str]) -> str:
    """Return the picture in words."""
    bars = data[data["kind"] == NAMED]
    most = bars.loc[bars["adds"].abs().sort_values(ascending=False, kind="stable").index[:3]]
    told = ", ".join(f"{row.adds:+.3f} {row.label} ({row.indicator})" for row in most.itertuples())
    before, after = (f"{x:.3f}" for x in data["end"].iloc[[0, -1]])
    moved = f"stayed at {after}" if before == after else f"went from {before} to {after}"
    return f"{what} {moved}, {ends[0]} to {ends[1]}.{f' Largest: {told}.' if told else ''}"


def _told(row: Any) -> str:
    """Return what a mark tells when pointed at."""
    if row.kind == "score":
        return f"{row.label}: {row.end:.3f}"
    name = f"{row.label} ({row.indicator}, {row.factor})" if row.indicator else row.label
    ratings = f"; rated {_rating(row)}" if row.indicator else ""
    return f"{row.adds:+.3f}: {name}{ratings}; from {row.start:.3f} to {row.end:.3f}"


def _rating(row: Any) -> str:
    if row.kind != NAMED:
        return ""
    ends = ("?" if pd.isna(x) else f"{x:.2f}" for x in (row.before, row.after))
    return " → ".join(dict.fromkeys(ends))


def _label(row: Any) -> str:
    """Return a label in lines."""
    tail = f" ({row.indicator})" if row.indicator else ""
    cut = row.label if len(row.label) <= LONGEST else f"{row.label[:LONGEST].rstrip()} …"
    return "\n".join(textwrap.wrap(cut + tail, LETTERS))


def _placed(data: pd.DataFrame, span: float) -> pd.DataFrame:
    """Return the marks with their places from above and what is written beside them."""
    found = list(data.itertuples())
    colours = {"worse": theme.RISK, "better": theme.RESILIENCE, "": theme.QUIET}
    text = pd.Series([_label(row) for row in found], index=data.index)
    place = pd.Series(range(len(data)), index=data.index, dtype=float)
    # an arrow has its tip at the end of its bar, and is all head where the bar is shorter than one
    wide = ((data["end"] - data["start"]).abs() * PLOT / span).clip(LEAST_HEAD, HEAD)
    overlap = 1 - 0.5 / wide  # or a hair of paper shows between head and shaft
    back = (wide * span / PLOT).where(data["adds"] < 0, -wide * span / PLOT)
    return data.assign(
        row=place,
        above=place - HALF,
        below=place + HALF,
        next=place + 1,
        # lines are written from the first down: it stands higher where there are several
        line=place - 0.5 * LINE * text.str.count("\n") / _row(text),
        colour=data["effect"].map(colours),
        inside=data["effect"].map({**colours, "": theme.PAPER}),
        strength=data["kind"].isin(SEVERAL).map({True: 0.6, False: 1.0}),
        size=(wide / 0.866) ** 2,  # of the triangle that is so wide
        tip=data["end"] + 0.5 * back,
        neck=(data["end"] + back * overlap).where(wide == HEAD, data["start"]),
        told=[_told(row) for row in found],
        text=text,
        rating=[_rating(row) for row in found],
        number=(data["adds"].map("{:+.3f}".format).str.replace("-", "\u2212")).where(
            data["kind"] != "score", data["end"].map("{:.3f}".format)
        ),
    )


def _row(text: pd.Series[str]) -> int:
    """Return the height of a row: what the highest label needs."""
    return 7 + LINE * (1 + int(text.str.count("\n").max()))


def _draw(data: pd.DataFrame, *, window: Window) -> Any:
    """Draw arrows between labels on the left and numbers on the right."""
    import altair as alt

    low, high, tick = window
    marks = _placed(data, high - low)
    ticks = [round(low + tick * n, 4) for n in range(round((high - low) / tick) + 1)]
    axis = alt.Axis(title="score", values=ticks, orient="bottom", labelFlush=False, grid=True)
    across = alt.Scale(domain=[low, high], nice=False, zero=False)
    down = alt.Scale(domain=[-1.1, len(marks) - 0.5], reverse=True, nice=False)
    start, end, tip = (
        alt.X(f"{name}:Q", scale=across, axis=axis) for name in ("start", "end", "tip")
    )
    row, above = (alt.Y(f"{name}:Q", scale=down, axis=None) for name in ("row", "above"))
    told = alt.Tooltip("told:N")

    def of(part: pd.DataFrame) -> Any:
        return alt.Chart(rows(part))

    links = of(marks.iloc[:-1]).mark_rule(color=theme.UNKNOWN, strokeWidth=0.8)
    layers = [links.encode(end, row, y2="next:Q")]
    scored, unsure = marks["kind"] == "score", marks["kind"].isin(UNSURE)
    ink: dict[str, Any] = {"opacity": alt.Opacity("strength:Q", scale=None), "tooltip": told}
    ink |= {"stroke": alt.Stroke("colour:N", scale=None), "fill": alt.Fill("inside:N", scale=None)}
    for some, dash in ((~scored & ~unsure, [1, 0]), (unsure, [3, 2])):
        shafts = of(marks[some]).mark_rect(strokeDash=dash, strokeWidth=1.2)
        layers.append(shafts.encode(start, above, x2="neck:Q", y2="below:Q", **ink))
    for shape, some in (("right", marks["adds"] > 0), ("left", marks["adds"] < 0)):
        heads = of(marks[some]).mark_point(shape=f"triangle-{shape}", strokeWidth=1)
        layers.append(heads.encode(tip, row, alt.Size("size:Q", scale=None), **ink))
    ends = of(marks[scored]).mark_rule(color=theme.INK, strokeWidth=4)
    layers.append(ends.encode(end, above, y2="below:Q", tooltip=told))
    height = round(_row(marks["text"]) * (len(marks) + 0.6))
    layers += _texts(marks, down, of)
    return alt.layer(*layers).properties(width=PLOT, height=height)


def _texts(marks: pd.DataFrame, down: Any, of: Callable[[pd.DataFrame], Any]) -> list[Any]:
    """Return the labels on the left, and the columns of numbers on the right with their heads."""
    import altair as alt

    heads = pd.DataFrame({"row": [-0.8], "number": ["adds"], "rating": ["rating"]})
    scored = marks["kind"] == "score"
    layers: list[Any] = []
    for part, weight in ((marks[scored], "bold"), (marks[~scored], "normal"), (heads, "normal")):
        pen = {"fontWeight": weight, "color": theme.QUIET if part is heads else theme.INK}
        pen |= {"align": "right", "baseline": "middle", "lineBreak": "\n", "lineHeight": LINE}
        for name, place in (("text", -8), ("number", PLOT + 52), ("rating", PLOT + 132)):
            if name in part:
                y = alt.Y("line:Q" if name == "text" else "row:Q", scale=down, axis=None)
                texts = of(part).mark_text(fontSize=11, **pen)
                layers.append(texts.encode(alt.XValue(place), y, text=f"{name}:N"))
    return layers
