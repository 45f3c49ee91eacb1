"""The course of one unit: its scores over time, how sure they are, and what happened to them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.reporting.figures.course_chart import draw
from r2prisk.reporting.figures.course_marks import Course, listed_onsets, marks
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.words import caution, check_language, load_phrases, source_line
from r2prisk.scoring.explain.sentences import number
from r2prisk.scoring.uncertainty.gate import whole
from r2prisk.trajectories import Trajectories
from r2prisk.trajectories.projection import LONGEST

if TYPE_CHECKING:
    from r2prisk.forecasting import Onsets

SHOWN = 6
"""Spans of periods that a note names."""


def trajectory(
    found: Trajectories,
    unit: str,
    *,
    of: str | Iterable[str] = ("risk", "residual_risk", "resilience"),
    onsets: Onsets | pd.DataFrame | None = None,
    ahead: int = 0,
    language: Language = "en",
) -> Figure:
    """Draw where the scores of a unit stood, how sure that is, and when they turned.

    Risk and residual risk share a panel, on the profile's bands; every other score has its own.
    A period without a score is a gap that says so. The level is the filtered one, as it could be
    known in each period, drawn only where a score stands, with the range that holds it 19 times
    in 20 (``level +- 1.96 sd``).

    Parameters
    ----------
    found : Trajectories
        Of these scores among others; periods of any kind.
    unit : str
        The unit; it is drawn from the first period in which it has a row of scores.
    of : str or iterable of str
        The scores, 0 to 1.
    onsets : Onsets or pandas.DataFrame, optional
        Episodes to draw beside the scores, as ``read_onsets`` gives or takes them. Of a table, the
        last onset listed is the last period that is known: an episode that ended later is not over
        then; ``read_onsets(table, known=...)`` says otherwise.
    ahead : int
        Periods of the projection, 0 (none) to 8.
    language : {"en", "fr", "es"}
        Of titles, labels and notes.

    Returns
    -------
    Figure
        Its data have a row for each mark (``mark``: band, gap, rated anew, episode, known, level,
        score, name, turn, projection): ``panel`` (0, 1, ...), ``score``, ``period`` and ``last``,
        ``value`` with ``low`` and ``high`` (of a score what it could be once the unknown is known;
        of a level and a projection the range), ``run`` (marks of one unbroken line), ``text`` as
        it is drawn and ``tip`` as it is told when pointed at.

    Raises
    ------
    InputError
        If ``found`` is no Trajectories; with all other faults: a unit that is not there, a score
        without a trajectory or none at all, ``ahead`` out of range, another language, onsets that
        cannot be read.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2006", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.2, 0.2, 0.2, float("nan"), 0.4, 0.5]}, index=index)
    >>> figure = trajectory(trajectories(scores, of=["risk"]), "SDN", of="risk")
    >>> figure.title
    'Sudan (SDN), 2001 to 2006: risk'
    >>> figure.data["mark"].value_counts()[["score", "level", "gap"]].tolist()
    [5, 5, 1]
    """
    # people pass scores; the type checker is not there to stop them
    if not isinstance(found, Trajectories):  # pyright: ignore[reportUnnecessaryIsInstance]
        told = f"needs Trajectories, found {type(found).__name__}; trajectories(scores) makes them"
        raise InputError("trajectory", [told])
    scores = (of,) if isinstance(of, str) else tuple(dict.fromkeys(of))
    _refuse(found, unit, scores, ahead, language)
    episodes = None if onsets is None else listed_onsets(onsets, found.periods)
    course = Course(found, unit, scores, language)
    data = marks(course, episodes, ahead)
    said = load_phrases().trajectory
    once = course.first == course.last
    title = said["title_once" if once else "title"][language].format(
        unit=_unit(unit, language),
        first=course.first,
        last=course.last,
        scores=_listed([course.label(score) for score in scores], language),
    )
    return Figure(
        "trajectory",
        data,
        title,
        _subtitle(course, data),
        (
            *_notes(course, data, scores, ahead),
            *_onset_notes(course, data, episodes),
            said["note_limits"][language],
            f"{source_line(found, language)} {caution(language)}",
        ),
        _alt(course, data, title),
        partial(draw, comma=language != "en"),
        language,
    )


def _refuse(
    found: Trajectories, unit: str, scores: tuple[str, ...], ahead: int, language: str
) -> None:
    problems: list[str] = []
    for check in (
        lambda: check_language(language),
        lambda: found.unit(unit),
        *(lambda name=score: found[name] for score in scores),
    ):
        try:
            check()
        except InputError as error:
            problems += error.problems
    if not scores:
        problems.append("of: names no score")
    # people pass 2.0 or True; the type checker is not there to stop them
    if not whole(ahead) or not 0 <= ahead <= LONGEST:
        problems.append(f"ahead: {ahead} is not a whole number of periods from 0 to {LONGEST}")
    if problems:
        raise InputError("trajectory", problems)


def _unit(unit: str, language: Language) -> str:
    return f"{country_in(unit, language)} ({unit})" if unit in load_units() else unit


def _listed(names: list[str], language: Language) -> str:
    """Return names as a sentence lists them."""
    joined = f" {load_phrases().trajectory['and'][language]} "
    return joined.join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _subtitle(course: Course, data: pd.DataFrame) -> str:
    """Say how each kind of mark that there is reads."""
    said, language = load_phrases().trajectory, course.language
    there = set(data["mark"])
    parts = [said["read"][language]] if "score" in there else [said["axis_read"][language]]
    bounded = data[(data["mark"] == "score") & data["low"].notna()]["score"].unique()
    shown = [course.label(score) for score in bounded if course.leads(score)]
    if shown:
        parts.append(said["could"][language].format(score=_listed(shown, language)))
    begun = ((data["mark"] == "episode") & (data["run"] == 1)).any()
    dashed = [
        course.label(s)
        for s in data[data["mark"] == "level"]["score"].unique()
        if not course.leads(s)
    ]
    if dashed:
        parts.append(said["dashed"][language].format(score=_listed(dashed, language)))
    shown = {"turns": "turn" in there, "anew": "rated anew" in there, "onsets": begun}
    parts += [said[f"{name}_read"][language] for name, is_there in shown.items() if is_there]
    return " ".join(parts)


def _notes(
    course: Course, data: pd.DataFrame, scores: tuple[str, ...], ahead: int
) -> tuple[str, ...]:
    said, language = load_phrases().trajectory, course.language
    notes: list[str] = []
    turns = data[data["mark"] == "turn"]
    if len(turns):
        each = turns.groupby("score", sort=False)["tip"]
        told = [f"{course.label(str(name))} {', '.join(tips)}" for name, tips in each]
        notes.append(said["note_turns"][language].format(list="; ".join(told)))
    anew = data[data["mark"] == "rated anew"]
    if len(anew):
        spans = dict.fromkeys(anew["text"])
        told = said["note_anew"][language].format(list=_few(list(spans), language))
        notes.append(told)
    thin = {score: course.thin(score) for score in scores}
    listed = [
        said["count_one" if count == 1 else "count_more"][language].format(
            count=count, score=course.label(score)
        )
        for score, count in thin.items()
        if count
    ]
    if listed:
        told = _listed(listed, language)
        notes.append(said["note_thin"][language].format(list=told, least=course.least))
    levels = data[data["mark"] == "level"].reset_index(drop=True)
    value = data[data["mark"] == "score"].reset_index(drop=True)["value"]
    outside = int(((value < levels["low"]) | (value > levels["high"])).sum())
    if outside:
        told = said["note_outside"][language]
        notes.append(told.format(count=outside, all=len(value)))
    if ahead:
        there = set(data[data["mark"] == "projection"]["score"])
        if there:
            notes.append(said["note_projection"][language])
        lacking = [course.label(score) for score in scores if score not in there]
        if lacking:
            told = said["no_projection"][language]
            notes.append(told.format(list=_listed(lacking, language)))
    return tuple(notes)


def _few(texts: list[str], language: Language) -> str:
    """Return texts joined, the first few by name and the others as a count."""
    left = len(texts) - SHOWN
    more = load_phrases().trajectory["note_more"][language].format(count=left)
    return ", ".join([*texts[:SHOWN], *([more] if left > 0 else [])])


def _onset_notes(course: Course, data: pd.DataFrame, onsets: Onsets | None) -> tuple[str, ...]:
    if onsets is None:
        return ()
    name = "note_onsets" if (data["mark"] == "episode").any() else "none_listed"
    told = load_phrases().trajectory[name][course.language]
    first, last = onsets.periods[0], onsets.periods[-1]
    return (told.format(unit=course.unit, first=first, last=last),)


def _alt(course: Course, data: pd.DataFrame, title: str) -> str:
    said, language = load_phrases().trajectory, course.language
    parts: list[str] = []
    for score in course.scores:
        mine = data[(data["score"] == score) & (data["mark"] == "score")]
        label = course.label(score)
        if mine.empty:
            parts.append(said["alt_unknown"][language].format(score=label))
            continue
        last = mine.iloc[-1]
        told = said["alt_known"][language].format(
            score=label,
            value=number(last["value"], language),
            period=last["period"],
            word=course.word(score, last["period"]),
        )
        low, high = (
            mine.iloc[int(which)] for which in (mine["value"].argmin(), mine["value"].argmax())
        )
        if len(mine) > 1:
            told += ", " + said["alt_range"][language].format(
                low=number(low["value"], language),
                when_low=low["period"],
                high=number(high["value"], language),
                when_high=high["period"],
                first=mine.iloc[0]["period"],
            )
        parts.append(told)
    return f"{title}. {'; '.join(parts)}."
