"""What the course of one unit is made of: a row for each mark, with all its numbers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import CRIMES, load_words
from r2prisk.catalogue.models import Language
from r2prisk.errors import InputError
from r2prisk.panel.periods import KINDS
from r2prisk.reporting.figures.timeline import CHANCE, REACH, runs
from r2prisk.reporting.figures.words import load_phrases
from r2prisk.scoring.explain.sentences import number
from r2prisk.trajectories import Trajectories, movements, project, turning_points
from r2prisk.trajectories.words import is_resilience, word_of

if TYPE_CHECKING:
    from r2prisk.forecasting import Onsets

COLUMNS = (
    *("panel", "score", "mark", "period", "last", "value", "low", "high"),
    *("run", "text", "tip"),
)
RISKS = ("risk", "residual_risk")
"""Scores that share a panel."""

Row = dict[str, object]


@dataclass(frozen=True)
class Course:
    """One unit of trajectories, in one language.

    Parameters
    ----------
    found : Trajectories
        Of these scores among others.
    unit : str
        One of its units.
    scores : tuple of str
        What is drawn, in this order.
    language : {"en", "fr", "es"}
        Of what is said.
    """

    found: Trajectories
    unit: str
    scores: tuple[str, ...]
    language: Language

    @cached_property
    def u(self) -> int:
        """The place of the unit."""
        return self.found.unit(self.unit)

    @cached_property
    def start(self) -> int:
        """The place of the first period drawn: the first known score, else the first row."""
        known = np.flatnonzero(np.any([self.known(score) for score in self.scores], axis=0))
        if len(known):
            return int(known[0])
        rows = self.found.scores.index.get_level_values("unit") == self.unit
        return self.place(self.found.scores.index.get_level_values("period")[rows].min())

    def place(self, period: pd.Period) -> int:
        """Return the place of a period of the trajectories."""
        return period.ordinal - self.found.periods[0].ordinal

    @property
    def first(self) -> pd.Period:
        """The first period drawn."""
        return self.found.periods[self.start]

    @property
    def last(self) -> pd.Period:
        """The last period that trajectories have, projections apart."""
        return self.found.periods[-1]

    @property
    def least(self) -> str:
        """The share that must be rated for a score to count, as it is said."""
        return _percent(self.found.profile.missing.band_coverage, self.language)

    def label(self, score: str) -> str:
        """Return what a score is called in a sentence."""
        bare, residual = score.removesuffix("_residual"), score.endswith("_residual")
        words = {word.id: word.words[self.language] for word in load_words().scores}
        crimes = {word.id: word.words[self.language] for word in load_words().crimes}
        if bare in crimes:
            return f"{words['residual_risk' if residual else 'risk']}, {crimes[bare]}"
        return words.get(score, score if score.startswith("RF") else score.replace("_", " "))

    def leads(self, score: str) -> bool:
        """Say whether a score is the one that its panel is about: its marks are all drawn."""
        return score != "residual_risk" or "risk" not in self.scores

    def panel(self, score: str) -> int:
        """Return the panel of a score."""
        heads = [s for s in self.scores if self.leads(s)]
        return heads.index(score if self.leads(score) else "risk")

    def word(self, score: str, period: pd.Period) -> str:
        """Say where a score was heading in a period, as it could be known then."""
        word = self._headings[score][self.place(period)]
        return load_phrases().trajectory[str(word)][self.language]

    def thin(self, score: str) -> int:
        """Return how many scores were set aside because too little was rated."""
        return int((~np.isnan(self.column(score)) & ~self.known(score)).sum())

    def known(self, score: str) -> NDArray[np.bool_]:
        """Return in which periods a score was used, shape (t,)."""
        return ~np.isnan(self.found[score].values[self.u])

    def column(self, name: str) -> NDArray[np.float64]:
        """Return a column of the scores for every period, shape (t,); NaN where there is none."""
        if name not in self.found.scores:
            return np.full(len(self.found.periods), np.nan)
        mine = self.found.scores[name].xs(self.unit, level="unit")
        return mine.reindex(self.found.periods).to_numpy(dtype=float)

    def number(self, value: float) -> str:
        """Return a score as the language writes it."""
        return number(value, self.language)

    def say(self, phrase: str, **filled: object) -> str:
        """Return a phrase with its gaps filled."""
        return load_phrases().trajectory[phrase][self.language].format(**filled)

    @cached_property
    def _headings(self) -> dict[str, NDArray[np.object_]]:
        found = self.found
        return {
            s: word_of(movements(found, s), resilient=is_resilience(found, s))[self.u]
            for s in self.scores
        }


def listed_onsets(onsets: Onsets | pd.DataFrame, periods: pd.PeriodIndex) -> Onsets:
    """Return onsets in as fine periods as they are dated, but no finer than these.

    Raises
    ------
    InputError
        If the table cannot be read as onsets.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2005]})
    >>> listed_onsets(table, pd.period_range("2003-01", "2005-12", freq="M")).periods.freqstr
    'Y-DEC'
    """
    from r2prisk.forecasting import Onsets, read_onsets  # scikit-learn is behind it

    if isinstance(onsets, Onsets):
        return onsets
    finest = {"Y": 2, "Q": 1}.get(str(periods.freqstr)[0], 0)
    for kind in ("M", "Q")[finest:]:
        try:
            return read_onsets(onsets, kind=KINDS[kind])
        except InputError:
            continue  # a list by years is not by months; other faults are told below
    return read_onsets(onsets, kind="year")


def marks(course: Course, onsets: Onsets | None, ahead: int) -> pd.DataFrame:
    """Return everything that is drawn of a course.

    Parameters
    ----------
    course : Course
        The unit and its scores.
    onsets : Onsets, optional
        Episodes to show.
    ahead : int
        Periods of the projection.

    Returns
    -------
    pandas.DataFrame
        A row for each mark, see :func:`trajectory`.
    """
    rows: list[Row] = []
    for score in course.scores:
        if course.leads(score):
            rows += [*_bands(course, score, ahead), *_gaps(course, score), *_anew(course, score)]
            rows += _turns(course, score)
        rows += [*_levels(course, score), _name(course, score)]
        rows += _projection(course, score, ahead) if ahead else []
    rows += _episodes(course, onsets) if onsets is not None else []
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    kind = course.found.periods.dtype
    return frame.astype({"period": kind, "last": kind, "value": float, "low": float, "high": float})


def _row(course: Course, score: str, mark: str, first: object, last: object, **rest: object) -> Row:
    empty = {"value": np.nan, "low": np.nan, "high": np.nan, "run": 0, "text": "", "tip": ""}
    there = {"panel": course.panel(score), "score": score, "mark": mark}
    return {**there, "period": first, "last": last, **empty, **rest}


def _bands(course: Course, score: str, ahead: int) -> list[Row]:
    """Lay the bands of risk behind scores that they are made for."""
    profile, language = course.found.profile, course.language
    bare = score.removesuffix("_residual")
    if score not in RISKS and bare not in (*CRIMES, *profile.views):
        return []
    words = {w.id: w.words[language] for w in load_words().bands}
    limits = [band.start for band in profile.bands] + [1.0]
    return [
        _row(
            course,
            score,
            "band",
            course.first,
            course.last + ahead,
            low=low,
            high=high,
            text=words.get(band.name.replace(" ", "_"), band.name),
        )
        for band, low, high in zip(profile.bands, limits[:-1], limits[1:], strict=True)
    ]


def _gaps(course: Course, score: str) -> list[Row]:
    known, periods = course.known(score), course.found.periods
    set_aside = ~np.isnan(course.column(score)) & ~known
    rows: list[Row] = []
    lost = np.flatnonzero(~known)
    for a, b in runs(lost[lost >= course.start].tolist()):
        thin = bool(set_aside[a : b + 1].any())
        text = course.say("thin" if thin else "gap", least=course.least)
        span = f"{periods[a]}" if a == b else f"{periods[a]}\u2013{periods[b]}"
        tip = f"{span}: {course.label(score)}: {text}"
        rows.append(_row(course, score, "gap", periods[a], periods[b], text=text, tip=tip))
    return rows


def _anew(course: Course, score: str) -> list[Row]:
    anew, periods = course.found[score].rated_anew[course.u], course.found.periods
    rows: list[Row] = []
    for a, b in runs(np.flatnonzero(anew).tolist()):
        span = f"{periods[a]}" if a == b else f"{periods[a]}\u2013{periods[b]}"
        rows += [_row(course, score, "rated anew", p, p, text=span) for p in periods[a : b + 1]]
    return rows


def _levels(course: Course, score: str) -> list[Row]:
    """Return the published score and its level, for each period in which a score stands."""
    periods, state = course.found.periods, course.found[score].filtered
    stem = "residual" if score == "residual_risk" else score
    could = course.column(f"{stem}_low"), course.column(f"{stem}_high")
    value, label = course.found[score].values[course.u], course.label(score)
    level, half = state.level[course.u], REACH * np.sqrt(state.var_level[course.u])
    rows: list[Row] = []
    for run, (a, b) in enumerate(runs(np.flatnonzero(course.known(score)).tolist())):
        for t in range(a, b + 1):
            low, high = max(level[t] - half[t], 0.0), min(level[t] + half[t], 1.0)
            word = course.word(score, periods[t])
            tip = course.say(
                "tip_score", period=periods[t], score=label, value=course.number(value[t])
            )
            bounds = [course.number(side[t]) for side in could]
            if not np.isnan(could[0][t]):
                tip += f" ({course.say('tip_could', low=bounds[0], high=bounds[1])})"
            tip += "; " + course.say(
                "tip_level",
                level=course.number(level[t]),
                low=course.number(low),
                high=course.number(high),
                word=word,
            )
            both = {"run": run, "tip": tip}
            seen = {"value": value[t], "low": could[0][t], "high": could[1][t]}
            held = {"value": level[t], "low": low, "high": high, "text": word}
            rows.append(_row(course, score, "score", periods[t], periods[t], **seen, **both))
            rows.append(_row(course, score, "level", periods[t], periods[t], **held, **both))
    return rows


def _name(course: Course, score: str) -> Row:
    """Return what stands at the right of a line: the score's name and its last value."""
    known = np.flatnonzero(course.known(score))
    label = course.label(score)
    name = label[0].upper() + label[1:]
    if not len(known):
        return _row(course, score, "name", course.last, course.last, text=f"{name} ?")
    t = int(known[-1])
    period = course.found.periods[t]
    text = f"{name} {course.number(course.found[score].values[course.u, t])}"
    text += "" if period == course.last else f" ({period})"
    level = course.found[score].filtered.level[course.u, t]
    return _row(course, score, "name", period, period, value=level, text=text)


def _turns(course: Course, score: str) -> list[Row]:
    frame = turning_points(course.found, score=score)
    level = course.found[score].filtered.level[course.u]
    rows: list[Row] = []
    for turn in frame[frame["unit"] == course.unit].to_dict("records"):
        word = course.say(str(turn["turn"]))
        sure = _percent(float(turn["sure"]), course.language)
        told = f"{word} {turn['period']} ({turn['known']}, {sure})"
        at = level[course.place(turn["period"])]
        filled = {"value": at, "text": word, "tip": told, "run": 1 if turn["turn"] == "up" else -1}
        rows.append(_row(course, score, "turn", turn["period"], turn["known"], **filled))
    return rows


def _projection(course: Course, score: str, ahead: int) -> list[Row]:
    fan = project(course.found, score=score, horizon=ahead, shares=(CHANCE,))
    if course.unit not in fan.index.get_level_values("unit"):
        return []
    rows: list[Row] = []
    for period, one in fan.xs(course.unit, level="unit").iterrows():
        low, high = one[f"low_{100 * CHANCE:g}"], one[f"high_{100 * CHANCE:g}"]
        told = f"{course.number(low)}\u2013{course.number(high)}, {course.say('projected')}"
        tip = f"{period}: {course.label(score)} {course.number(one['mean'])} ({told})"
        filled = {"value": one["mean"], "low": low, "high": high, "tip": tip}
        text = course.say("projected")
        rows.append(_row(course, score, "projection", period, period, text=text, **filled))
    return rows


def _episodes(course: Course, onsets: Onsets) -> list[Row]:
    """Return the unit's episodes within the periods drawn, and for which of them onsets are known.

    An episode that began before is drawn from the first period on; one whose end was not told is
    its first period alone.
    """
    kind = str(course.found.periods.freqstr)[0]
    frame = onsets.episodes[onsets.episodes["unit"] == course.unit]
    going = onsets.under_way[onsets.units.index(course.unit), -1] == 1 if len(frame) else False
    head, rows = course.scores[0], list[Row]()
    ends = [onsets.periods[0], onsets.periods[-1]]
    known = [ends[0].asfreq(kind, how="start"), ends[1].asfreq(kind, how="end")]
    if known[0] <= course.last and known[1] >= course.first:
        clipped = max(known[0], course.first), min(known[1], course.last)
        ended = known[1] < course.last
        text = course.say("episodes_known" if ended else "episodes", last=onsets.periods[-1])
        rows.append(_row(course, head, "known", *clipped, text=text))
    for episode in frame.sort_values("first").to_dict("records"):
        begun, ended = episode["first"], episode["last"]
        still = pd.isna(ended) and bool(going)
        last = onsets.periods[-1] if still else begun if pd.isna(ended) else ended
        span = begun.asfreq(kind, how="start"), last.asfreq(kind, how="end")
        if span[1] < course.first or span[0] > course.last:
            continue
        text = str(begun) if pd.isna(ended) or begun == ended else f"{begun}\u2013{ended}"
        told = course.say("ongoing", first=begun, last=last) if still else text
        clipped = max(span[0], course.first), min(span[1], course.last)
        filled = {"text": told, "tip": told, "run": int(span[0] >= course.first)}
        rows.append(_row(course, head, "episode", *clipped, **filled))
    return rows


def _percent(share: float, language: Language) -> str:
    """Return a probability or a share as the language writes it."""
    if np.isnan(share):
        return "?"
    text = ">99" if share > 0.99 else "<1" if share < 0.01 else f"{100 * share:.0f}"
    return f"{text}%" if language == "en" else f"{text}\u00a0%"
