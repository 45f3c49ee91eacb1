"""The country brief: from scores to two pages."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in
from r2prisk.errors import InputError, nearest
from r2prisk.evidence import EvidenceTable
from r2prisk.files import write_beside
from r2prisk.panel.periods import period_of
from r2prisk.prevention.audience import (
    AUDIENCES,
    SPANS,
    Audience,
    Seen,
    refused,
    seen_by,
)
from r2prisk.reporting.brief import back, front, origin, pictures
from r2prisk.reporting.brief.content import Content, Paragraph, Section
from r2prisk.reporting.brief.facts import DRAWS, LOOKS, SEED, Facts, chosen, facts_of
from r2prisk.reporting.brief.words import Say
from r2prisk.scoring import Scores
from r2prisk.scoring.scores import need_scores

if TYPE_CHECKING:
    from r2prisk.prevention.assistance import Offers

ENDINGS = (".html", ".docx")
"""What a brief can be written as."""


@dataclass(frozen=True, eq=False)
class CountryBrief:
    """Two pages on one country in one period; made by ``country_brief``.

    Parameters
    ----------
    unit, period : str
        The row.
    audience : {"public", "partner", "internal"}
        Who may see it.
    content : Content
        Its sections, each with paragraphs, tables and figures.
    left_out : int
        Pieces of evidence that this audience does not see.
    provenance : dict
        What made it; for a wider circle without the names of files.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": 0.5, "9.1": 0.3}))
    >>> brief = country_brief(score(panel), "KEN")
    >>> brief
    CountryBrief: Kenya (KEN), 2008, for the audience 'public'
    >>> [section.name for section in brief.content.sections]
    ['stands', 'drives', 'holds', 'unknown', 'heading', 'look', 'sources', 'caution']
    """

    unit: str
    period: str
    audience: Audience
    content: Content
    left_out: int
    provenance: dict[str, object]

    def to_html(self) -> str:
        """Return the brief as one page of HTML that asks nothing of any other place.

        Raises
        ------
        MissingExtraError
            If Jinja2 or the drawing libraries are not installed.
        """
        from r2prisk.reporting.brief.html import as_html

        return as_html(self.content)

    def to_docx(self) -> bytes:
        """Return the brief as a Word document: the same brief makes the same bytes.

        Raises
        ------
        MissingExtraError
            If python-docx or the drawing libraries are not installed.
        """
        from r2prisk.reporting.brief.word import as_docx

        return as_docx(self.content)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the brief as .html or .docx; whatever stood there stays until it is complete.

        Raises
        ------
        InputError
            If the ending is another or the file cannot be written.
        MissingExtraError
            If a library of the extra ``report`` is not installed.
        """
        ending = check_ending(path)
        made = self.to_docx() if ending == ".docx" else self.to_html().encode()
        with write_beside(path) as scratch:
            scratch.write_bytes(made)

    def __repr__(self) -> str:
        name = f"{country_in(self.unit, 'en')} ({self.unit})"
        return f"CountryBrief: {name}, {self.period}, for the audience '{self.audience}'"

    def _repr_html_(self) -> str:
        from r2prisk.reporting.brief.html import as_fragment

        return as_fragment(self.content)


def country_brief(
    scores: Scores,
    unit: str,
    period: object = None,
    *,
    evidence: EvidenceTable | None = None,
    audience: Audience = "public",
    language: Language = "en",
    onsets: pd.DataFrame | None = None,
    prevention: bool = False,
    offers: Offers | None = None,
    date: dt.date | None = None,
) -> CountryBrief:
    """Tell on two pages where a country stands, what drives it, where it is heading.

    A third, if asked for, is on prevention: what held in historical twins, what would help, who
    could help, which measures there are.

    Parameters
    ----------
    scores : Scores, shape (n,)
        Of all countries that it is to be compared with; those of the unit up to the period make
        its trajectory, and nothing later is looked at.
    unit : str
        The country, by its ISO 3166 alpha-3 code.
    period : period, int or str, optional
        Its latest of which enough is rated for a band if not given, or else with a score.
    evidence : EvidenceTable, optional
        Coded evidence. What the audience may see of it is pooled and scored anew: with the ratings
        of ``scores``, over which it has the last word, or alone if these were made of evidence
        alone. So nothing of what is left out shows in any number.
    audience : {"public", "partner", "internal"}
        Public evidence; also restricted; all, with a mark on each page.
    language : {"en", "fr", "es"}
        The language; labels of your own frameworks stay as they are.
    onsets : pandas.DataFrame, optional
        Onsets of mass killing to mark in the trajectory, as its figure takes them. On the page on
        prevention they say what followed the twins.
    prevention : bool
        Whether to add the page on prevention.
    offers : Offers, optional
        What partners offer (:func:`r2prisk.prevention.assistance.read_offers`), matched to the
        needs of the country on that page, which they add by themselves.
    date : datetime.date, optional
        When it was made. Not said if not given, so that the same scores give the same bytes.

    Returns
    -------
    CountryBrief
        Shows itself in a notebook; ``write("brief.html")`` or ``write("brief.docx")`` keeps it.

    Raises
    ------
    InputError
        With all faults: a unit, period, audience or language that is not there (the nearest is
        named; evidence is carried to no period after the last of scores and evidence); scores
        made with evidence that the audience may not see, without that evidence.

    Notes
    -----
    Likely ranges are of 512 draws over the period's countries
    (:func:`r2prisk.scoring.uncertainty.uncertainty`), cut to what scores could be; what to find
    out first is of 20,000
    (:func:`r2prisk.scoring.changes.collect_next`), with a fixed seed.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": 0.5, "9.1": 0.3}))
    >>> brief = country_brief(score(panel), "KEN", language="es")
    >>> brief.content.title, brief.content.sections[0].title
    ('Ficha de país: Kenia', 'Dónde está el país, y con qué certeza')
    """
    when = _checked(scores, unit, period, evidence, audience, language)
    seen = seen_by(scores, evidence, audience=audience, period=when)
    facts = facts_of(seen.scores, unit, when)
    say = Say(language)
    beyond: tuple[Section, ...] = ()
    if prevention or offers is not None:
        from r2prisk.reporting.brief.prevention import sections  # forecasting is behind it

        beyond = sections(facts, seen.scores, offers, say, onsets, audience)
    content = _content(facts, seen, audience, say, onsets, beyond)
    if date is not None:
        under = f"{content.under}; {say('titles', 'made', date=str(date))}"
        content = replace(content, under=under)
    return CountryBrief(
        unit=unit,
        period=str(facts.period),
        audience=audience,
        content=content,
        left_out=len(seen.hidden),
        provenance={
            **seen.scores.provenance,
            "seed": SEED,
            "draws": {"likely": DRAWS, "unknown": LOOKS},
            "call": f"country_brief(scores, '{unit}', '{facts.period}', audience='{audience}', "
            f"language='{language}'{', prevention=True' if beyond else ''})",
            "audience": audience,
            "left_out": len(seen.hidden),
        },
    )


def check_ending(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file that a brief can be written to.

    Raises
    ------
    InputError
        If it is neither .html nor .docx, or the folder does not exist.

    Examples
    --------
    >>> check_ending("ghana.html")
    '.html'
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        hint = nearest(ending, ENDINGS) if ending else ""
        raise InputError(str(path), [f"ends in '{ending}'; allowed: {', '.join(ENDINGS)}{hint}"])
    if not Path(path).parent.is_dir():
        raise InputError(str(path), [f"the folder {Path(path).parent} does not exist"])
    return ending


def _checked(
    scores: Scores,
    unit: str,
    period: object,
    evidence: object,
    audience: object,
    language: object,
) -> pd.Period | None:
    """Return the period as it is asked for; refuse what no brief can be made of."""
    need_scores(scores, "brief")
    problems: list[str] = []
    if evidence is not None and not isinstance(evidence, EvidenceTable):
        found = type(evidence).__name__
        problems.append(f"evidence: needs an EvidenceTable, found {found}; read_evidence makes one")
    for what, given, allowed in (
        ("audience", audience, AUDIENCES),
        ("language", language, get_args(Language)),
    ):
        if given not in allowed:
            hint = nearest(str(given), allowed)
            problems.append(f"{what} is '{given}'; allowed: {', '.join(allowed)}{hint}")
    when = None
    try:
        when = None if period is None else period_of(period, "period")
    except InputError as error:
        problems += [f"period: {problem}" for problem in error.problems]
    problems += _absent(scores, unit, when, evidence)
    problems += refused(scores, evidence, audience)
    if problems:
        raise InputError("brief", problems)
    return when


def _absent(scores: Scores, unit: str, period: pd.Period | None, evidence: object) -> list[str]:
    """Say which unit or period is neither in scores nor in evidence."""
    if not isinstance(evidence, EvidenceTable):
        try:
            chosen(scores, unit, period)
        except InputError as error:
            return list(error.problems)
        return []
    units = {*scores.index.get_level_values("unit"), *evidence.to_frame()["unit"].astype(str)}
    problems = [] if unit in units else [f"no unit '{unit}'{nearest(unit, units)}"]
    spans = [scores.panel.periods]
    kind = scores.panel.periods.freqstr
    if len(evidence) and kind in SPANS:
        spans.append(evidence.periods(SPANS[kind]))
    first, last = min(s[0] for s in spans), max(s[-1] for s in spans)
    if period is not None and not (period.freqstr == kind and first <= period <= last):
        span = f"scores and evidence have {first} to {last}"
        problems.append(f"no period '{period}'; {span}")
    return problems


def _content(
    facts: Facts,
    seen: Seen,
    audience: Audience,
    say: Say,
    onsets: pd.DataFrame | None,
    beyond: tuple[Section, ...],
) -> Content:
    """Put the sections together, page by page."""
    country = country_in(facts.unit, say.language)
    holds, course = front.holds(facts, say), back.heading(facts, say)
    first = [
        front.stands(facts, say, illustrative=seen.illustrative),
        front.drives(facts, say),
        replace(holds, blocks=(pictures.profile(facts, say, _told(holds)),)),
        back.unknown(facts, say),
    ]
    picture = pictures.course(facts, say, onsets, _told(course))
    then = [
        course if picture is None else replace(course, blocks=(picture,)),
        back.look(facts, say),
        back.alike(facts, say),
        back.lower(facts, say),
        origin.sources(facts, seen, audience, say),
        _caution(say),
    ]
    count = 3 if beyond else 2
    return Content(
        title=say("titles", "brief", country=country),
        under=say("titles", "under", period=str(facts.period)),
        mark=say("marks", audience),
        pages=tuple(say("titles", "page", page=str(n + 1), of=str(count)) for n in range(count)),
        front=tuple(section for section in first if section is not None),
        back=tuple(section for section in then if section is not None),
        language=say.language,
        beyond=beyond,
    )


def _caution(say: Say) -> Section:
    texts = (Paragraph(say("caution", "text"), "lead"), Paragraph(say("caution", "names"), "note"))
    return Section("caution", say("titles", "caution"), texts)


def _told(section: Section) -> tuple[Paragraph, ...]:
    """Return the paragraphs of a section, which stand beside its picture."""
    return tuple(block for block in section.blocks if isinstance(block, Paragraph))
