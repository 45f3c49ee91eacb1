"""The hand-over note: what a successor needs to know who starts from zero."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from r2prisk.errors import InputError
from r2prisk.prevention.document import Blank, Document, Grid, Part
from r2prisk.prevention.focalpoints.forms import Given, date_of, read_due
from r2prisk.prevention.focalpoints.watched import (
    CLOSED,
    QUESTION,
    Watched,
    country,
    drivers,
    share,
    since,
    watch_units,
)
from r2prisk.prevention.focalpoints.words import load_questions
from r2prisk.scoring.changes import Collection, collect_next
from r2prisk.scoring.scores import Scores
from r2prisk.trajectories.phrases import percent
from r2prisk.trajectories.warning import read_archive, read_calendar, upcoming

Block = str | Grid | Blank
PathLike = str | os.PathLike[str]

DRAWS = 4000
"""Draws by which what to find out is ordered: enough for a list of three."""

FIND = 2
"""Factors to find out that are named for each country."""

SMALL = 0.05
"""Chance of a band below which it is not named."""

DIGITS = 16
"""Digits of a file's hash that are printed: enough to tell files apart by eye."""


def handover(
    scores: Scores,
    units: Iterable[str],
    *,
    period: object = None,
    on: object = None,
    due: Given | None = None,
    calendar: PathLike | None = None,
    archive: PathLike | None = None,
    files: Iterable[PathLike] = (),
) -> Document:
    """Return a note for a successor: what was watched and why, what is due, what is unknown.

    Parameters
    ----------
    scores : Scores, shape (n,)
        Of the countries watched.
    units : iterable of str
        The countries, by code or name.
    period : period, int or str, optional
        The last that counts; the last of the scores if not given.
    on : date or text, optional
        The day of the note; today if not given.
    due : path-like or pandas.DataFrame, optional
        What is due: ``date``, ``what`` and, optionally, ``unit`` and ``who``.
    calendar : path-like, optional
        The trigger calendar, as :func:`r2prisk.trajectories.warning.read_calendar` reads it.
    archive : path-like, optional
        Decisions on alerts, as :func:`r2prisk.trajectories.warning.decide` keeps them.
    files : iterable of path-like
        Files that are handed over: their names and hashes are written down, not where they are.

    Returns
    -------
    Document
        Two to three pages for five countries.

    Raises
    ------
    InputError
        If a country is not in the scores, a file cannot be read or has faults, or a date is none.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> note = handover(score(panel), ["SDN"], on="2004-05-03")
    >>> note.title
    'Hand-over note of 2004-05-03: 1 country watched'
    """
    problems: list[str] = []
    day = date_of(str(on or dt.date.today()), "on", problems)
    if problems or day is None:
        raise InputError("handover", problems)
    watched = watch_units(scores, units, period=period)
    end = day.end_time
    parts = (
        Part("What is watched", _watched(watched)),
        Part("Why", _why(scores, watched)),
        Part("What is due", _due(watched, day, due, calendar)),
        Part("What is unknown", _unknown(scores, watched)),
        Part("Decisions taken", _decisions(watched, end, archive)),
        Part("Whom to ask", _ASK),
        Part("Files", _files(scores, list(files))),
        Part("Words", (_words(),)),
    )
    count = len(watched.units)
    told = "1 country" if count == 1 else f"{count} countries"
    lead = (
        *([CLOSED] if watched.closed else []),
        (
            "For the person who takes over. It says what was watched and why, what is due and what "
            f"is not known, from scores to {watched.period}. Boxes and empty cells are to be "
            "filled in by the person who leaves; '?' is unknown, which is not zero. Words are "
            "explained at the end."
        ),
    )
    return Document(f"Hand-over note of {day}: {told} watched", lead, parts)


_ASK = (
    Blank("In the own government", "post, what for; a colleague who knows the files"),
    Blank("In each country", "who knows it and may be asked; who must not be put at risk"),
    Blank("In the network and the United Nations", "post, what for"),
)


def _watched(watched: Watched) -> tuple[Block, ...]:
    missing = watched.missing()
    return (watched.grid(), *([missing] if missing else []))


def _why(scores: Scores, watched: Watched) -> tuple[Block, ...]:
    weighs = drivers(scores, watched.rows.values())
    on = watched.alerts
    rows: list[tuple[str, ...]] = []
    for unit in watched.ordered():
        mine = on[on["unit"] == unit]
        told = "; ".join(f"{a['rule']}, since {since(a)}" for a in mine.to_dict("records"))
        # no alert can be on where nothing can be followed, which is no all-clear
        quiet = "none" if unit in watched.standing["unit"].to_numpy() else QUESTION
        rows.append((country(unit), "", told or quiet, weighs.get(unit) or QUESTION))
    head = (
        "Country",
        "Watched since, and why",
        "Alerts that are on",
        "What weighs most in the risk",
    )
    return (Grid(head, tuple(rows)),)


def _due(
    watched: Watched, day: pd.Period, due: Given | None, calendar: PathLike | None
) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if due is not None:
        table = read_due(due)
        rows = tuple(
            (
                f"{r['date']}{' (past)' if r['date'].end_time < day.start_time else ''}",
                country(str(r["unit"])) if r["unit"] else "all",
                str(r["what"]),
                str(r["who"]),
            )
            for r in table.to_dict("records")
        )
        blocks.append(Grid(("Date", "Country", "What", "Who"), rows))
    else:
        blocks.append(Blank("Dates and promises", "what, by when, to whom"))
    if calendar is not None:
        blocks += _events(watched, day, calendar)
    else:
        blocks.append(Blank("Elections, verdicts, anniversaries ahead", "country, date"))
    blocks.append(
        Blank("Next Universal Periodic Review of each country", "r2prisk does not know it")
    )
    return tuple(blocks)


def _events(watched: Watched, day: pd.Period, calendar: PathLike) -> list[Block]:
    """Return the events ahead in the countries watched, and how many others there are."""
    every = read_calendar(calendar)
    mine = every[every["unit"].isin(watched.units)]
    ahead = upcoming(mine, watched.course, day)
    rows = tuple(
        (str(e["date"]), country(str(e["unit"])), str(e["kind"]), str(e["what"]))
        for e in sorted(ahead.to_dict("records"), key=lambda e: e["date"].end_time)
    )
    left = [
        *([f"{len(mine) - len(ahead)} past or too far ahead"] if len(mine) > len(ahead) else []),
        *([f"{len(every) - len(mine)} in other countries"] if len(every) > len(mine) else []),
    ]
    told = f"Of the calendar are not shown: {'; '.join(left)}." if left else ""
    head = ("Date", "Country", "Kind", "What")
    shown: list[Block] = [Grid(head, rows)] if rows else ["The calendar has no event ahead here."]
    return [*shown, *([told] if told else [])]


def _unknown(scores: Scores, watched: Watched) -> tuple[Block, ...]:
    rows: list[tuple[str, ...]] = []
    for unit in watched.ordered():
        row = watched.rows.get(unit)
        if row is None:
            rows.append((country(unit), QUESTION, QUESTION, "everything"))
            continue
        found = collect_next(scores, unit, period=row.period, draws=DRAWS)
        bands = found.bands.sort_values(ascending=False)
        could = ", ".join(f"{name} {percent(float(p))}" for name, p in bands.items() if p >= SMALL)
        first = "; ".join(_factor(found, str(name)) for name in found.factors["factor"].head(FIND))
        rows.append(
            (country(unit), share(row.numbers["coverage"]), could, first or "nothing is unknown")
        )
    told = (
        "Chances of a band rest on declared assumptions about what is unknown; they are no "
        "forecast. Within a factor, take first what is easiest to find out."
    )
    head = ("Country", "Rated", "Band, were everything known", "To find out first, by factor")
    return (Grid(head, tuple(rows)), told)


def _factor(found: Collection, factor: str) -> str:
    """Name a factor, how much of it is unknown, and the indicator of it that would help most."""
    row = found.factors[found.factors["factor"] == factor].iloc[0]
    table = found.table
    first = table[table["factor"] == factor].iloc[0]
    example = f"{first['label']} ({first['indicator']})"
    return f"{row['title']} ({factor}, {row['unknown']} unknown), such as: {example}"


def _decisions(watched: Watched, end: pd.Timestamp, archive: PathLike | None) -> tuple[Block, ...]:
    if archive is None:
        return (Blank("What was sent, what was withheld, and why", "alert, date, who decided"),)
    every = read_archive(archive)
    later = pd.PeriodIndex(every["decided"].astype(str), freq="D").start_time > end
    here = every["unit"].isin(watched.units)
    mine = every[here & ~later]
    rows = tuple(
        (
            str(d.decided),
            country(str(d.unit)),
            str(d.rule),
            f"{d.decision}{f': {d.reason}' if d.reason else ''}",
            str(d.by),
        )
        for d in mine.sort_values("decided", ascending=False, kind="stable").itertuples()
    )
    told = [
        f"Decisions {which} in the archive: {count}."
        for which, count in (
            ("on other countries", (~here).sum()),
            ("taken later", (here & later).sum()),
        )
        if count
    ]
    head = ("Date", "Country", "Alert", "Decision", "By")
    shown = Grid(head, rows) if rows else "The archive has no decision on these countries."
    return (shown, *told)


def _files(scores: Scores, files: list[PathLike]) -> tuple[Block, ...]:
    made = scores.provenance
    by = {name: str(made.get(name, QUESTION)) for name in ("r2prisk", "profile")}
    hashes = {name: str(made.get(f"{name}_hash", QUESTION)) for name in ("profile", "panel")}
    told = (
        f"The scores were made by r2prisk {by['r2prisk']} with profile {by['profile']} (hash "
        f"{hashes['profile'][:DIGITS]}) from ratings with hash {hashes['panel'][:DIGITS]}."
    )
    problems: list[str] = []
    rows: list[tuple[str, ...]] = []
    for file in map(Path, files):
        try:
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            problems.append(f"'{file.name}' cannot be read: {error.strerror}")
            continue
        rows.append((file.name, digest[:DIGITS], ""))
    if problems:
        raise InputError("files", problems)
    head = ("File", f"SHA-256, first {DIGITS} digits", "Where it is kept")
    where = Grid(head, tuple(rows)) if rows else Blank("Files, and where they are kept")
    return (told, where)


def _words() -> Grid:
    rows = tuple((word.word, word.meaning) for word in load_questions().words)
    return Grid(("Word", "What it means"), rows)
