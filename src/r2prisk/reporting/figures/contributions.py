"""Why a score changed: a waterfall of what every indicator added."""

from __future__ import annotations

import dataclasses
import math
from functools import partial
from typing import Any, cast

import pandas as pd

from r2prisk.reporting.figures.contribution_marks import (
    GONE,
    NAMED,
    NEW,
    SEVERAL,
    UNSURE,
    Window,
    draw,
    side,
)
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.timeline import country
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.scoring.explain import Change
from r2prisk.scoring.explain.account import Account, Part, items, rounded
from r2prisk.scoring.explain.sentences import extra, name_of
from r2prisk.scoring.uncertainty.gate import refuse, whole

DIGITS = 3
"""Behind the point: most contributions are smaller than 0.01."""

LEAST = 0.5 * 10.0**-DIGITS
"""A smaller contribution would read as nothing, and stands among the others."""

TICKS = (0.005, 0.01, 0.02, 0.05, 0.1)
"""From a tick of the axis to the next."""

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
        Its data have a row for each mark, from above: ``kind`` (``score``; ``indicator``;
        ``newly rated`` or ``no longer rated``: an indicator that only one side rates; or what
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
    sides = ": newly rated (\u2013 → 0.50) or no longer rated (0.50 → \u2013)"
    one_sided = sides if bars & {NEW, GONE} else ""
    read += f" Dashed outline: no rating moved it{one_sided}." if bars & set(UNSURE) else ""
    ends = " to ".join(f"{x:.{3 if window[2] < 0.01 else 2}f}" for x in window[:2])
    part = "" if window[:2] == (0.0, 1.0) else f", of which {ends} is shown"
    return Figure(
        "waterfall",
        data,
        title=f"What changed: {of[0].lower()}{of[1:]}, {country(change.unit)} ({first} to {last})",
        subtitle=f"{read} Scale 0 to 1{part}.",
        notes=_notes(change, bars),
        alt=_alt(data, f"{of} of {country(change.unit)}", (first, last)),
        draw=partial(draw, window=window),
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
    sizes = pd.concat([_nameable(account)["adds"].abs() for account in accounts])
    least = max([LEAST, *sizes.nlargest(shown).tail(1)])
    at = round(accounts[0].before, DIGITS)
    rows: list[dict[str, object]] = [_score(accounts[0].first, accounts[0].before)]
    for account in accounts:
        bars = _bars(account, shown, least)
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


def _nameable(account: Account) -> pd.DataFrame:
    """Return the items that can have a bar of their own: both sides rate them, or one does."""
    found = account.items
    return found[(found["kind"] == "value") | found.index.isin([*account.new, *account.gone])]


def _bars(account: Account, shown: int, least: float) -> list[dict[str, Any]]:
    """Return the largest contributions, and all else in bars of several."""
    sizes = _nameable(account)["adds"].abs()
    largest = sizes[sizes >= least].sort_values(ascending=False, kind="stable").index[:shown]
    # to the account they are like all others then, so that it leaves them out of what it sums
    apart = account.items["kind"].where(~account.items.index.isin(largest), "value")
    few, rest = dataclasses.replace(account, items=account.items.assign(kind=apart)).split(
        shown, least=least
    )
    left = dataclasses.replace(account, items=account.items.drop(index=few.index))
    bars = [_indicator(account, str(name)) for name in few.index]
    some = any(bar["kind"] in (NEW, GONE) for bar in bars)
    return [*bars, *(_lump(left, name, part, some=some) for name, part in rest.items())]


def _ordered(bars: list[dict[str, Any]], *, falls: bool) -> list[dict[str, Any]]:
    """Put what goes the way of the score first, then what goes against it, then all else."""

    def place(bar: dict[str, Any]) -> tuple[bool, bool]:
        named = bar["kind"] in NAMED
        return not named, named and (bar["adds"] < 0) != falls

    return sorted(bars, key=place)


def _score(point: str, value: float) -> dict[str, object]:
    shown = round(value, DIGITS)
    return {"step": point, "kind": "score", "label": point, "start": shown, "end": shown}


def _indicator(account: Account, name: str) -> dict[str, Any]:
    row = cast("dict[str, Any]", account.items.loc[name].to_dict())
    kind = NEW if pd.isna(row["before"]) else GONE if pd.isna(row["after"]) else NAMED[0]
    row |= {"kind": kind, "indicator": name, "count": 1, "contribution": row["adds"]}
    return row


def _lump(account: Account, name: str, part: Part, *, some: bool) -> dict[str, Any]:
    """Return the bar of several; ``some``: others of what only one side rates stand alone."""
    text = _coverage(account, some=some) if name == "coverage" else extra(account, name, part, "en")
    label = text.capitalize()
    return {"kind": name, "label": label, "count": part.count, "contribution": part.adds}


def _coverage(account: Account, *, some: bool) -> str:
    """Say what only one side rates, or neither, and how much of each; as the text says it."""
    left = account.rerated
    before, after = left["before"].notna(), left["after"].notna()
    counts = {GONE: before, NEW: after, "only in between": ~before & ~after}
    told = "; ".join(f"{kind}: {n}" for kind, of in counts.items() if (n := int(of.sum())))
    return f"{'others: ' if some else ''}change in what is rated ({told})"


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
    if bars & {NEW, GONE, "coverage"}:
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
    return (*notes, _sources(change), caution())


def _sources(change: Change) -> str:
    """Return by which profiles, and of what sources, in all stages."""
    made = cast("list[dict[str, object]]", list(change.provenance.values()))
    made = made if change.staged else [change.provenance]
    profiles = dict.fromkeys(str(one.get("profile", "")) for one in made)
    return f"Profile {', then '.join(profiles)}. {source_line(change)}"


def _alt(data: pd.DataFrame, what: str, ends: tuple[str, str]) -> str:
    """Return the picture in words."""
    bars = data[data["kind"].isin(NAMED)]
    most = bars.loc[bars["adds"].abs().sort_values(ascending=False, kind="stable").index[:3]]
    told = ", ".join(
        f"{row.adds:+.3f} {row.label} ({row.indicator}{side(row)})" for row in most.itertuples()
    )
    before, after = (f"{x:.3f}" for x in data["end"].iloc[[0, -1]])
    moved = f"stayed at {after}" if before == after else f"went from {before} to {after}"
    return f"{what} {moved}, {ends[0]} to {ends[1]}.{f' Largest: {told}.' if told else ''}"
