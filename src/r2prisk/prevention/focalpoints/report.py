"""The annual report of a focal point, and the form by which a peer reviews it."""

from __future__ import annotations

import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.prevention.document import Blank, Document, Grid, Part
from r2prisk.prevention.focalpoints.capacity import CapacityProfile, level_words, not_yet
from r2prisk.prevention.focalpoints.compare import compare_capacity
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.prevention.focalpoints.peers import Peers
from r2prisk.prevention.focalpoints.watched import (
    CLOSED,
    QUESTION,
    Watched,
    country,
    drivers,
    watch_units,
)
from r2prisk.prevention.focalpoints.words import UNKNOWN, load_questions
from r2prisk.scoring.scores import Scores, rest_on_closed

Block = str | Grid | Blank

ROWS, COLUMNS = 20, 5
"""Rows and columns of a table from elsewhere that a report has room for."""

LENS = ("factor", "title", "policies", "raising")
NEXT = "next_step"
ACCOUNTABILITY = ("title", "told", NEXT)
"""Columns that are shown of those tables, where they have them; else the first five."""

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
        The year that is reported on; scores of later periods are left out.
    scores : Scores, optional
        Of the countries watched and, if they are in it, of the own country.
    watching : sequence of str
        The countries watched, by code or name; needs ``scores``.
    capacity, last : CapacityProfile, optional
        Of this year, and of the year before.
    lens, accountability : pandas.DataFrame, optional
        Tables of texts and numbers, as the mapping of policies and the accountability status give
        them; what a page has no room for is named.

    Returns
    -------
    Document
        It says that it is internal where scores rest on evidence that is not for everybody.

    Raises
    ------
    InputError
        If the country is none, a country watched is not in the scores, or profiles do not fit.

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
    )
    parts = (
        Part("The focal point", _who(capacity)),
        Part("Capacity", _capacity(capacity, last)),
        Part("Prevention at home", _home(code, year, scores, lens, accountability)),
        Part("Countries watched", _abroad(scores, watched)),
        Part("The network", _NETWORK),
        Part("Looking ahead", _AHEAD),
    )
    return Document(f"Annual report {year}: R2P focal point of {country(code)}", lead, parts)


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
    return (
        Grid(head, tuple((str(a), *map(str, b)) for a, *b in rows)),
        (
            f"{capacity.known} of {len(table)} attributes are known. Levels are absent, emerging, "
            "working, established; they are r2prisk's own and no number adds them up."
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


def _home(
    code: str,
    year: int,
    scores: Scores | None,
    lens: pd.DataFrame | None,
    accountability: pd.DataFrame | None,
) -> tuple[Block, ...]:
    blocks: list[Block] = []
    if scores is not None and code in scores.index.get_level_values("unit"):
        own = watch_units(scores, [code], period=year)
        blocks.append(own.grid())
        if code in own.rows:
            why = drivers(scores, [own.rows[code]])[code]
            blocks.append(f"What weighs most in the risk: {why}.")
    else:
        blocks.append(Blank("Assessment of the own state", "when, by whom, with which method"))
    if lens is not None:
        blocks += [
            "Policies, programmes and laws, by the factor that they touch:",
            *_table(lens, LENS),
        ]
    else:
        hint = "which risk factors no law, policy or programme touches"
        blocks.append(Blank("Policies that prevent, and gaps", hint))
    if accountability is not None:
        blocks += ["Accountability:", *_table(_open_first(accountability), ACCOUNTABILITY)]
    else:
        hint = "treaties ratified, crimes made punishable, recommendations answered this year"
        blocks.append(Blank("Accountability", hint))
    blocks.append(Blank("What was done at home this year", "measure, ministry, date, result"))
    return tuple(blocks)


def _open_first(accountability: pd.DataFrame) -> pd.DataFrame:
    """Put what has a next step first; where there is none, nothing is left to do."""
    if NEXT not in accountability:
        return accountability
    steps = accountability[NEXT].replace("", pd.NA)
    order = steps.isna().sort_values(kind="stable").index
    return accountability.assign(**{NEXT: steps.fillna("none")}).loc[order].reset_index(drop=True)


def _table(frame: pd.DataFrame, wanted: tuple[str, ...]) -> list[Block]:
    """Return a frame from elsewhere as a table of texts, and say what of it is not shown."""
    if frame.empty:
        return ["The table that was given has no rows."]
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    there = [name for name in wanted if name in frame] or list(frame.columns[:COLUMNS])
    shown = frame.head(ROWS)[there]
    rows = tuple(tuple(map(_cell, row)) for row in shown.itertuples(index=False))
    head = tuple(str(name).replace("_", " ").capitalize() for name in there)
    left = {"rows": len(frame) - len(shown), "columns": frame.shape[1] - len(there)}
    told = " and ".join(f"{what} ({count})" for what, count in left.items() if count)
    return [Grid(head, rows), *([f"Not shown of that table: some {told}."] if told else [])]


def _cell(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if pd.isna(value):  # pyright: ignore[reportCallIssue, reportArgumentType]
        return QUESTION
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


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
        *(["Alerts on at the end of the period:", alerts] if alerts.rows else []),
        *(
            ["No alert is on. That is no all-clear: it depends on what was rated."]
            * (not alerts.rows)
        ),
        done,
    )


def peer_review(
    unit: str,
    reviewer: str = "",
    *,
    capacity: CapacityProfile | None = None,
    scores: Scores | None = None,
    period: object = None,
    peers: Peers | None = None,
) -> Document:
    """Return the form by which one focal point reviews another, beside what that one says itself.

    Parameters
    ----------
    unit : str
        Who is reviewed, by code or name.
    reviewer : str, optional
        Who reviews, by code or name.
    capacity : CapacityProfile, optional
        The self-assessment of who is reviewed.
    scores : Scores, optional
        With the country that is reviewed.
    period : period, int or str, optional
        The last that counts; the last of the scores if not given.
    peers : Peers, optional
        Of who is reviewed, from :func:`peers`; the row of the reviewer is used.

    Returns
    -------
    Document
        With a cell for the reviewer's view beside every answer.

    Raises
    ------
    InputError
        If a country is none, both are the same, or a profile is of another country.

    Examples
    --------
    >>> form = peer_review("GHA", "DNK")
    >>> form.title
    'Peer review: R2P focal point of Ghana, reviewed by Denmark'
    >>> form.parts[1].blocks[1].rows[0]
    ('Is a named official of the executive the focal point today?', '', '')
    """
    problems: list[str] = []
    code = country_of(unit, problems)
    other = country_of(reviewer, problems) if reviewer else ""
    if code and code == other:
        problems.append(f"{code} cannot review itself")
    if capacity is not None and capacity.unit not in ("", code):
        problems.append(f"capacity: is of {capacity.unit}, not of {code}")
    if peers is not None and peers.unit != code:
        problems.append(f"peers: are of {peers.unit}, not of {code}")
    if problems:
        raise InputError("peer_review", problems)
    closed = (scores is not None and rest_on_closed(scores)) or (peers is not None and peers.closed)
    by = f", reviewed by {load_units()[other].name}" if other else ""
    lead = (
        *([CLOSED] if closed else []),
        (
            "A review among equals: who is reviewed answers first, the reviewer notes what was "
            "seen and where it differs, both agree what follows. Nothing in it is a mark or a rank."
        ),
    )
    parts = (
        Part("Terms", (Blank("Dates, and who takes part"), Blank("Who may read the result"))),
        Part("Capacity, question by question", _questions(capacity)),
        Part("Risk and resilience at home", _reviewed(code, scores, period)),
        Part("What each could learn from the other", _learn(other, peers)),
        Part("What follows", _FOLLOWS),
    )
    return Document(f"Peer review: R2P focal point of {country(code)}{by}", lead, parts)


_FOLLOWS = (
    Grid(
        ("Recommendation", "Accepted", "By when", "Who"), tuple(("", "", "", "") for _ in range(3))
    ),
    Blank("What the reviewer takes home"),
    Blank("When both look at this again"),
)


def _questions(capacity: CapacityProfile | None) -> tuple[Block, ...]:
    """Return every question with its answer; an answer that was not given is for the person."""
    blocks: list[Block] = []
    head = ("Question", "Own answer", "What the reviewer saw")
    levels: dict[str, str] = {}
    if capacity is not None:
        levels = {str(name): level_words(row) for name, row in capacity.attributes.iterrows()}
    for attribute in load_questions().attributes:
        told, answers = attribute.title, dict.fromkeys((q.id for q in attribute.questions), "")
        if capacity is not None:
            told += f": {levels[attribute.id]}"
            answers = {q: capacity.answers[q].replace(UNKNOWN, QUESTION) for q in answers}
        rows = tuple((q.text, answers[q.id], "") for q in attribute.questions)
        blocks += [told, Grid(head, rows)]
    return tuple(blocks)


def _reviewed(code: str, scores: Scores | None, period: object) -> tuple[Block, ...]:
    seen = Blank("Does this fit what was heard in the country?", "what is missing, what is dated")
    if scores is None:
        return (Blank("Assessment of the own state", "when, by whom, with which method"), seen)
    own = watch_units(scores, [code], period=period)
    why = drivers(scores, own.rows.values()).get(code, "")
    told = [f"What weighs most in the risk: {why}."] if why else []
    return (own.grid(), *told, seen)


def _learn(other: str, found: Peers | None) -> tuple[Block, ...]:
    blank = Blank("Strengths of each that the other could use")
    if found is None:
        return (blank,)
    rows = found.table["unit"] == other
    if not rows.any():
        told = "The scores name no strength of one that is a known weakness of the other."
        return (told, blank)
    return (found.sentences()[int(rows.to_numpy().argmax())], blank)
