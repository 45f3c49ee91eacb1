"""The annual report of a focal point."""

from __future__ import annotations

import pandas as pd

from r2prisk.errors import InputError
from r2prisk.prevention.document import Blank, Document, Grid, Part
from r2prisk.prevention.focalpoints.capacity import CapacityProfile, level_words, not_yet
from r2prisk.prevention.focalpoints.compare import compare_capacity
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.prevention.focalpoints.home import at_home, table_faults
from r2prisk.prevention.focalpoints.watched import (
    CLOSED,
    QUESTION,
    Watched,
    country,
    watch_units,
)
from r2prisk.prevention.focalpoints.words import UNKNOWN
from r2prisk.scoring.scores import Scores, rest_on_closed

Block = str | Grid | Blank

STEPS = 8
"""Next steps of the capacity that are named."""


def annual_report(
    unit: str,
    year: int,
    *,
    scores: Scores | None = None,
    watching: tuple[str, ...] | list[str] = (),
    capacity: CapacityProfile | None = None,
    last: CapacityProfile | None = None,
    lens: pd.DataFrame | None = None,
    accountability: pd.DataFrame | None = None,
) -> Document:
    """Return the annual report of a focal point, filled in as far as anything is known.

    The network asks for no report; this is one that fits on four pages. What is not given is left
    for the person, with a hint of what belongs there.

    Parameters
    ----------
    unit : str
        The focal point's own country, by code or name.
    year : int
        The year that is reported on; scores of later periods are left out, and where they end
        before it that is said.
    scores : Scores, optional
        Of the countries watched and, if they are in it, of the own country.
    watching : sequence of str
        The countries watched, by code or name; needs ``scores``.
    capacity, last : CapacityProfile, optional
        Of this year, and of the year before.
    lens : pandas.DataFrame, optional
        Policies by factor: ``Lens.factors``, or the table that ``r2prisk lens coverage`` writes.
        Columns ``country``, ``unit`` and ``year``, if they are there, say whose policies it counts,
        where they work and when.
    accountability : pandas.DataFrame, optional
        ``Accountability.table`` of the own country, or the file of it.

    Returns
    -------
    Document
        It says that it is internal where scores rest on evidence that is not for everybody.

    Raises
    ------
    InputError
        With all faults: the country is none, a country watched is not in the scores, profiles do
        not fit, or a table is of another country or lacks columns.

    Examples
    --------
    >>> report = annual_report("Ghana", 2024)
    >>> report.title, [part.title for part in report.parts][:2]
    ('Annual report 2024: R2P focal point of Ghana', ['The focal point', 'Capacity'])
    """
    problems: list[str] = []
    code = country_of(unit, problems)
    if watching and scores is None:
        problems.append("watching: needs scores")
    if last is not None and capacity is None:
        problems.append("last: needs the capacity of this year beside it")
    if capacity is not None and capacity.unit not in ("", code):
        problems.append(f"capacity: is of {capacity.unit}, not of {code}")
    problems += table_faults(code, lens, accountability)
    if problems:
        raise InputError("annual_report", problems)
    watched = None
    if scores is not None and watching:
        watched = watch_units(scores, watching, period=year)
    closed = scores is not None and rest_on_closed(scores)
    lead = (
        *([CLOSED] if closed else []),
        (
            f"What the focal point of {country(code)} had to work with in {year}, what was "
            "watched, and what was done. Tables were filled in by r2prisk from the files it was "
            "given; boxes and empty cells are for the person who reports. '?' is unknown, which is "
            "not zero."
        ),
        *_other_year(year, scores, capacity),
    )
    parts = (
        Part("The focal point", _who(capacity)),
        Part("Capacity", _capacity(capacity, last)),
        Part("Prevention at home", at_home(code, year, scores, lens, accountability)),
        Part("Countries watched", _abroad(scores, watched)),
        Part("The network", _NETWORK),
        Part("Looking ahead", _AHEAD),
    )
    return Document(f"Annual report {year}: R2P focal point of {country(code)}", lead, parts)


def _other_year(
    year: int, scores: Scores | None, capacity: CapacityProfile | None
) -> tuple[str, ...]:
    """Say where what is reported is not of the year of the report."""
    told: list[str] = []
    if scores is not None:
        latest = scores.panel.periods[-1]
        if latest.end_time.year < year:
            told.append(f"The scores end with {latest}: nothing in them is of {year}.")
    if capacity is not None and capacity.date and capacity.date[:4] != str(year):
        told.append(f"The capacity form is of {capacity.date}, not of {year}.")
    return tuple(told)


_NETWORK = (
    Blank("Meetings attended", "which, when, who went"),
    Blank("Asked of others, and given to others", "help, advice, evidence; what came of it"),
)
_AHEAD = (
    Blank("What was planned and not done, and why"),
    Blank("Three aims for next year", "each with a date and who answers for it"),
    Blank("Who has read this report", "minister, parliament, civil society, a peer; when"),
)


def _who(capacity: CapacityProfile | None) -> tuple[Block, ...]:
    if capacity is None:
        return (
            Blank("Post, ministry and unit", "how many offices from the minister"),
            Blank(
                "Holder since, and time for the role", "month and year; per cent of working time"
            ),
            Blank("Support staff", "in full-time posts"),
        )
    return (facts_grid(capacity),)


def facts_grid(capacity: CapacityProfile) -> Grid:
    """Return the facts of a profile as a table; what is not answered is unknown."""
    facts = capacity.facts.replace(UNKNOWN, QUESTION)
    rows = tuple((str(f.question), str(f.answer)) for f in facts.itertuples())
    return Grid(("Fact", "Answer"), rows)


def _capacity(capacity: CapacityProfile | None, last: CapacityProfile | None) -> tuple[Block, ...]:
    if capacity is None:
        hint = "the six attributes; the form is written by 'r2prisk focalpoint form capacity'"
        return (Blank("What there is to work with", hint),)
    table = capacity.attributes
    if last is None:
        head = ("Attribute", "Level", "What it looks like")
        rows = [(r["title"], _level(r), r["looks"] or QUESTION) for _, r in table.iterrows()]
    else:
        head = ("Attribute", last.date or "Before", capacity.date or "Now", "Change")
        change = compare_capacity(last, capacity).table.replace(UNKNOWN, QUESTION)
        rows = [tuple(map(str, r)) for r in change.itertuples(index=False)]
    dated = f"Answers of {capacity.date}: " if capacity.date else ""
    return (
        Grid(head, tuple((str(a), *map(str, b)) for a, *b in rows)),
        (
            f"{dated}{capacity.known} of {len(table)} attributes known. Levels are absent, "
            "emerging, working, established; they are r2prisk's own and no number adds them up."
        ),
        *_next_steps(capacity),
        Blank("What changed in the capacity this year, and why"),
    )


def _next_steps(capacity: CapacityProfile) -> tuple[Block, ...]:
    """Return what the next levels need, first what is known to be missing."""
    steps = capacity.next_steps.sort_values("answer", kind="stable")  # no, then unknown
    rows = tuple(
        (str(s.title), str(s.level), str(s.text), not_yet(str(s.answer)))
        for s in steps.head(STEPS).itertuples()
    )
    if not rows:
        return ()
    more = len(steps) - STEPS
    left = [f"Questions before a next level that are not shown: {more}."] if more > 0 else []
    return (Grid(("What the next level needs", "For", "Question", "State"), rows), *left)


def _level(row: pd.Series[str]) -> str:
    told = level_words(row)
    return QUESTION if told == UNKNOWN else told


def _abroad(scores: Scores | None, watched: Watched | None) -> tuple[Block, ...]:
    done = Blank("What was done", "country, what, with whom, what came of it")
    if watched is None or scores is None:
        hint = "which, since when, why; r2prisk fills this in from a file of scores"
        return (Blank("Countries watched", hint), done)
    missing = watched.missing()
    alerts = watched.alert_grid()
    return (
        watched.grid(),
        *([missing] if missing else []),
        *(
            [f"Alerts on at the end of {watched.course.periods[-1]}:", alerts]
            if alerts.rows
            else []
        ),
        *(
            ["No alert is on. That is no all-clear: it depends on what was rated."]
            * (not alerts.rows)
        ),
        done,
    )
