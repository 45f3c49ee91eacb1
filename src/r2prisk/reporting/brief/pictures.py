"""The figures of a brief, drawn small: their titles and notes stand beside them as text."""

from __future__ import annotations

import dataclasses
import re
from html import escape
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from r2prisk.errors import MissingExtraError
from r2prisk.reporting import figures
from r2prisk.reporting.brief.content import Paragraph, Picture
from r2prisk.reporting.brief.facts import Facts
from r2prisk.reporting.brief.words import Say, printable
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.words import caution, source_line

if TYPE_CHECKING:
    from r2prisk.forecasting import Onsets

LETTERS = 84
"""Of a factor's title, which has two lines, seldom three."""

SCALE = 3
"""Pixels of a PNG for each of the figure: 300 to the inch at the width that it is printed."""


def profile(facts: Facts, say: Say, beside: tuple[Paragraph, ...]) -> Picture:
    """Return every factor of the row, one line each.

    Parameters
    ----------
    facts : Facts
        What the brief is about.
    say : Say
        Its words.
    beside : tuple of Paragraph
        What is said of it; how to read it follows.
    """
    figure = figures.profile(facts.now, facts.unit, facts.period, language=say.language)
    data = figure.data
    told = {"risk": facts.banded, "resilience": facts.strong}
    # a whole of which too little is rated is no number, here as in the table above
    data = data[[told.get(str(name), True) for name in data["factor"]]]
    titles = [shorten(printable(str(t)), LETTERS, placeholder=" \u2026") for t in data["title"]]
    # without the headings of crimes, which take the room of four factors: they stand beside it
    short = dataclasses.replace(
        figure, data=data.assign(title=titles, crimes=""), alt=_alt(figure, facts, beside)
    )
    groups = data[data["crimes"] != ""].groupby("crimes", sort=False)["factor"]
    crimes = [f"{', '.join(own)}{say('words', 'colon')} {crime}." for crime, own in groups]
    texts = [figure.subtitle, *crimes, _limits(figure, facts.now, say)]
    how = Paragraph(printable(" ".join(filter(None, texts))), "note")
    return Picture(short, (*beside, how))


def course(
    facts: Facts, say: Say, onsets: pd.DataFrame | None, beside: tuple[Paragraph, ...]
) -> Picture | None:
    """Return the course of the scores up to the period; none where none was rated enough.

    Parameters
    ----------
    facts : Facts
        What the brief is about.
    say : Say
        Its words.
    onsets : pandas.DataFrame, optional
        To mark.
    beside : tuple of Paragraph
        What is said of it; how to read it follows.
    """
    scores = [n for n, c in facts.course.courses.items() if not np.isnan(c.values).all()]
    if not scores:
        return None
    known = None if onsets is None else _known_by(onsets, facts.course.periods)
    figure = figures.trajectory(
        facts.course, facts.unit, of=scores, onsets=known, language=say.language
    )
    # before the limits stands what the list of onsets is
    told = _limits(figure, facts.course, say, last=1 if known is None else 2)
    how = Paragraph(f"{figure.subtitle} {told}".strip(), "note")
    return Picture(figure, (*beside, how))


def _known_by(onsets: pd.DataFrame, periods: pd.PeriodIndex) -> Onsets | None:
    """Return the onsets that were known by the end of the last period; none where none were."""
    from r2prisk.reporting.figures.course_marks import listed_onsets

    listed = listed_onsets(onsets, periods)
    last = periods[-1].asfreq(listed.periods.freqstr[0], how="end")
    if last.end_time > periods[-1].end_time:  # a year that is not over
        last -= 1
    return listed.until(last) if last >= listed.periods[0] else None


def _limits(figure: Figure, result: object, say: Say, *, last: int = 1) -> str:
    """Return the last notes of a figure but its sources and the caution, which stand below."""
    said = (source_line(result, say.language), caution(say.language))
    notes = [note for note in figure.notes if not any(text in note for text in said)]
    return " ".join(notes[-last:])


def _alt(figure: Figure, facts: Facts, beside: tuple[Paragraph, ...]) -> str:
    """Return a description that gives no number of which too little is rated."""
    if facts.banded and facts.strong:
        return printable(figure.alt)
    unknown = figure.notes[0]
    return printable(" ".join([f"{figure.title}.", *(p.text for p in beside), unknown]))


def as_svg(picture: Picture, name: str) -> str:
    """Return a picture as SVG that can stand in a page beside others.

    Parameters
    ----------
    picture : Picture
        What to draw.
    name : str
        Goes before every identifier inside, which would otherwise stand twice on the page.

    Raises
    ------
    MissingExtraError
        If the drawing libraries are not installed.
    """
    spec, converter = _drawn(picture.figure)
    svg: str = converter.vegalite_to_svg(spec)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    told = (
        f' role="img" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(picture.figure.title)}</title>'
        f'<desc id="{name}-desc">{escape(picture.figure.alt)}</desc>'
    )
    head, mark, rest = svg.partition(">")
    return head + told + rest if mark else svg


def as_png(picture: Picture) -> bytes:
    """Return a picture as PNG, at 300 to the inch or finer.

    Raises
    ------
    MissingExtraError
        If the drawing libraries are not installed.
    """
    spec, converter = _drawn(picture.figure)
    drawn: bytes = converter.vegalite_to_png(spec, scale=SCALE)
    return drawn


def _drawn(figure: Figure) -> tuple[dict[str, Any], Any]:
    """Return the drawing without its words, and what makes a picture of it."""
    try:
        import altair as alt
        import vl_convert
    except ImportError:
        raise MissingExtraError("Drawing a figure", "report") from None
    chart = alt.vconcat(figure.draw(figure.data)).properties(padding=2)
    # checking it against the schema of all charts takes longer than drawing it
    spec: dict[str, Any] = chart.configure(**theme.config()).to_dict(validate=False)
    return spec, vl_convert
