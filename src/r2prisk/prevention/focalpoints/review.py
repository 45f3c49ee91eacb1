"""The form by which one focal point reviews another."""

from __future__ import annotations

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.prevention.document import Blank, Document, Grid, Part
from r2prisk.prevention.focalpoints.capacity import CapacityProfile, level_words
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.prevention.focalpoints.peers import Peers
from r2prisk.prevention.focalpoints.watched import CLOSED, QUESTION, country, drivers, watch_units
from r2prisk.prevention.focalpoints.words import UNKNOWN, load_questions
from r2prisk.scoring.scores import Scores, rest_on_closed

Block = str | Grid | Blank


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
        told = (
            "The reviewer is not among the members that could be compared: who is strong where the "
            "other is weak is not known."
        )
        return (told, blank)
    return (found.sentences()[int(rows.to_numpy().argmax())], blank)
