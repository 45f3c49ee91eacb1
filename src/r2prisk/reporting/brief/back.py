"""The second page: where it is heading, what is unknown, who is alike, what would lower it."""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import pandas as pd

from r2prisk.catalogue import Framework
from r2prisk.catalogue.translations import country_in, look_for_in
from r2prisk.panel import CellState
from r2prisk.prevention.contrasts.near import FEWEST
from r2prisk.reporting.brief.content import Paragraph, Section, Table
from r2prisk.reporting.brief.facts import Facts
from r2prisk.reporting.brief.front import NAME, labelled, titled
from r2prisk.reporting.brief.words import Say, printable
from r2prisk.scoring.kernel import Floats
from r2prisk.trajectories.phrases import STEADY
from r2prisk.trajectories.projection import crossings, project
from r2prisk.trajectories.series import periods_in
from r2prisk.trajectories.turning import turning_points
from r2prisk.trajectories.words import (
    UNKNOWN,
    UP_IS_BETTER,
    UP_IS_WORSE,
    is_resilience,
    movements,
    word_of,
)

AHEAD = 3
"""Periods that a course is carried on, as many as ``r2prisk trajectory`` does."""

LIKELY = 0.1
"""Changes of band that are less likely are not told."""

SURE = 0.5
"""Turning points that are less sure are not named."""

TURNS = 4
"""Turning points that are named, the last ones."""

LOOKS = 3
"""Indicators to find out first."""

TITLED = 3
"""Unrated factors that have their titles; of more, these stand in the figure beside."""

LEAST = 3
"""Factors of which the least is rated that are named."""

HALF = 0.5
"""A factor of which less is rated can be among these."""

STEPS = 4
"""Indicators of the smallest change that are named."""

COVERS = {
    "risk": "coverage",
    "residual_risk": "coverage",
    "resilience": "resilience_coverage",
}
"""What must be rated of each score for it to be told."""

LETTERS = 150
"""Of what to look for."""


def heading(facts: Facts, say: Say) -> Section:
    """Say where risk, residual risk and resilience are heading, and what may come."""
    told = [_moved(facts, name, say) for name in ("risk", "residual_risk", "resilience")]
    if all(np.isnan(course.values).all() for course in facts.course.courses.values()):
        texts = (Paragraph(say("heading", "none")),)
        return Section("heading", say("titles", "heading"), texts)
    if heading_word(facts, "risk") not in (None, UNKNOWN):
        told += [_turns(facts, say), *(_ahead(facts, say) if facts.banded else [])]
    texts = tuple(Paragraph(text) for text in told)
    return Section("heading", say("titles", "heading"), texts)


def _last(facts: Facts, score: str) -> int | None:
    """Return the last period in which a score was used."""
    known = np.flatnonzero(~np.isnan(facts.course[score].values[0]))
    return int(known[-1]) if len(known) else None


def heading_word(facts: Facts, score: str) -> str | None:
    """Return where a score is heading in its last period; none where it was never used.

    Parameters
    ----------
    facts : Facts
        What the brief is about.
    score : str
        ``risk``, ``residual_risk`` or ``resilience``.
    """
    t = _last(facts, score)
    if t is None:
        return None
    course = facts.course
    resilient = is_resilience(course, score)
    return str(word_of(movements(course, score), resilient=resilient)[0, t])


def _moved(facts: Facts, score: str, say: Say) -> str:
    """Say in words where a score is heading, how sure that is, and by how much it moved."""
    course, name = facts.course, say.score(score)
    t, word = _last(facts, score), heading_word(facts, score)
    if t is None or word is None:
        return say("heading", "lost", score=name)
    moved, resilient = movements(course, score), is_resilience(course, score)
    stale = []
    if course.periods[t] != facts.period:
        stale = [say("heading", "stale", score=name, period=str(course.periods[t]))]
    if word == UNKNOWN:
        return " ".join([say("heading", "short", score=name), *stale])
    chances = (moved.rising, moved.falling, moved.stable, moved.volatile)
    names: tuple[str, ...] = UP_IS_BETTER if resilient else UP_IS_WORSE
    sure: dict[str, Floats] = dict(zip(names, chances, strict=True))
    years = course.profile.trends.window
    shown = f"{years:g}" if say.language == "en" else f"{years:g}".replace(".", ",")
    window = say("heading", "year") if years == 1 else say("heading", "window", years=shown)
    speed = float(moved.mean[0, t])
    told = say(
        "heading",
        "moved" if abs(speed) >= STEADY else "steady",
        score=name,
        word=say.course(word),
        chance=say.chance(float(sure[word][0, t])),
        speed=say.number(speed, sign=True),
        window=window,
    )
    lag = periods_in(years, course.step)
    anew = np.flatnonzero(course[score].rated_anew[0, max(t - lag + 1, 0) : t + 1])
    marks = [str(course.periods[max(t - lag + 1, 0) + n]) for n in anew.tolist()]
    if marks and score == "risk":
        span = say("words", "to", low=marks[0], high=marks[-1])
        when = marks[0] if len(marks) == 1 else span
        stale.append(say("heading", "anew", period=when))
    return " ".join([told, *stale])


def _turns(facts: Facts, say: Say) -> str:
    turns = turning_points(facts.course)
    turns = turns[turns["sure"] >= SURE].tail(TURNS)
    texts = [
        say("heading", str(turn), period=str(period), chance=say.chance(float(sure)))
        for turn, period, sure in zip(turns["turn"], turns["period"], turns["sure"], strict=True)
    ]
    if not texts:
        return say("heading", "straight")
    return say("heading", "turns", list=", ".join(texts))


def _ahead(facts: Facts, say: Say) -> list[str]:
    """Say what the published score may be a few periods ahead, and what that leaves out."""
    fan = project(facts.course, horizon=AHEAD)
    if fan.empty:
        return []
    end = fan.iloc[-1]
    told = [
        say(
            "heading",
            "ahead",
            mean=say.number(end["mean"]),
            period=str(fan.index[-1][1]),
            low=say.number(end["low_80"]),
            high=say.number(end["high_80"]),
        )
    ]
    table = crossings(facts.course, horizon=AHEAD)
    # the level may still be below the score, which is in the band already
    elsewhere = table["band"] != facts.row["band"]
    table = table[elsewhere & (table["probability"] >= LIKELY)]
    told += [
        say("heading", "enters", band=say.band(printable(str(band))), chance=say.chance(chance))
        for band, chance in zip(table["band"], table["probability"].astype(float), strict=True)
    ]
    return [*told, say("heading", "published")]


def unknown(facts: Facts, say: Say) -> Section | None:
    """Say what nobody rated, and how likely it is that the band is another."""
    risk, resilience = facts.now.risk_framework, facts.now.resilience_framework
    nobody = [f.id for f in risk.factors if np.isnan(facts.row[f.id])]
    weak = [f.id for f in resilience.factors if np.isnan(facts.row[f.id])]
    told = [_nobody("risk", risk, nobody, say)] if nobody else []
    if weak:
        told.append(_nobody("resilience" if nobody else "resilience_only", resilience, weak, say))
    told += _least(facts, say)
    found = facts.look
    if found is None:
        told += [say("unknown", "all")] if facts.known else []
    elif facts.banded:
        told.append(
            say(
                "unknown",
                "wrong",
                band=say.band(printable(found.best)),
                chance=say.chance(float(found.bands[found.best])),
                wrong=say.chance(found.wrong),
            )
        )
    if not told:
        return None
    return Section("unknown", say("titles", "unknown"), (Paragraph(" ".join(told)),), beside=True)


def _least(facts: Facts, say: Say) -> list[str]:
    """Name the factors of which something, but the least, is rated."""
    row = facts.row
    frameworks = (facts.now.risk_framework, facts.now.resilience_framework)
    some = {
        f.id: (float(row[f"{f.id}_coverage"]), framework)
        for framework in frameworks
        for f in framework.factors
        if not np.isnan(row[f.id]) and row[f"{f.id}_coverage"] < HALF
    }
    texts: list[str] = []
    for name in sorted(some, key=lambda name: some[name][0])[:LEAST]:
        share, framework = some[name]
        title = titled(framework, [name], say, letters=NAME)[0]
        texts.append(f"{title} ({say.percent(share)})")
    return [say("unknown", "least", list=say.listed(texts))] if texts else []


def look(facts: Facts, say: Say) -> Section | None:
    """Name what would help most to know, and where to look; factors where no indicator does."""
    found = facts.look
    if found is None:
        return None
    sure = bool((found.table["gain"] > 2.0 * found.table["error"]).any())
    tied = int(found.table["tied"].iloc[1:].sum())
    counts = {"count": say.count(len(found.table)), "tied": say.count(tied)}
    if len(found.table) > LOOKS and (not sure or tied > len(found.table) / 2):
        best = found.factors["factor"].head(LOOKS)
        names = [titled(facts.now.risk_framework, [str(name)], say)[0] for name in best]
        text = say("unknown", "alike", list=say.listed(names), **counts)
        return Section("look", say("titles", "look"), (Paragraph(text),))
    lead = say("unknown", "tied" if tied else "first", **counts)
    table = _looks(facts, found.table, say)
    return Section("look", say("titles", "look"), (Paragraph(lead), table))


def _nobody(name: str, framework: Framework, factors: list[str], say: Say) -> str:
    """Name the factors of which nothing is rated; by their numbers where they are several."""
    few = len(factors) <= TITLED
    names = titled(framework, factors, say, letters=NAME) if few else factors
    counts = {"count": say.count(len(factors)), "of": say.count(len(framework.factors))}
    return say("unknown", name, list=say.listed(names) if few else ", ".join(names), **counts)


def _looks(facts: Facts, table: pd.DataFrame, say: Say) -> Table:
    known = {i.id: i for i in facts.now.risk_framework.indicators}
    rows = tuple(
        (
            labelled(str(name), known[str(name)].label, say),
            shorten(
                printable(look_for_in(known[str(name)], say.language)),
                LETTERS,
                placeholder=" \u2026",
            ),
        )
        for name in table["indicator"].head(LOOKS)
    )
    head = (say("columns", "indicator"), say("columns", "look_for"))
    return Table("looks", head, rows, (0.34, 0.66), words=2)


def alike(facts: Facts, say: Say) -> Section | None:
    """Name the countries whose factors are most like this one's, where there are enough of them."""
    found = facts.alike
    if found.known < FEWEST or not facts.among:
        return None
    period = str(facts.period)
    title = say("titles", "alike")
    if not len(found.rows):
        text = say("alike", "none", period=period, least=say.count(found.least))
        return Section("alike", title, (Paragraph(text),))
    frame = facts.now.to_frame()
    least = facts.now.profile.missing.band_coverage
    rows: list[tuple[str, ...]] = []
    for n, distance, shared in zip(found.rows, found.distances, found.shared, strict=True):
        row = frame.iloc[n]
        unit = str(frame.index[n][0])
        cells = [
            say.number(float(row[c]) if row[cover] >= least else np.nan)
            for c, cover in COVERS.items()
        ]
        rows.append(
            (
                f"{country_in(unit, say.language)} ({unit})",
                say.number(float(distance)),
                say.count(int(shared)),
                *cells,
                say.percent(float(row["coverage"])),
            )
        )
    head = (
        *(say("columns", name) for name in ("country", "distance", "shared")),
        *(say.score(name) for name in ("risk", "residual_risk", "resilience")),
        say("columns", "rated"),
    )
    lead = say("alike", "lead", period=period, count=say.count(found.known))
    table = Table("alike", head, tuple(rows), (0.26, 0.1, 0.19, 0.1, 0.15, 0.11, 0.09))
    return Section("alike", title, (table, Paragraph(lead, "note")))


def lower(facts: Facts, say: Say) -> Section | None:
    """Ask what would lower residual risk: the fewest steps of ratings that reach the band below."""
    if not facts.banded:
        return None
    found, title = facts.changes, say("titles", "lower")
    value = float(facts.row["residual_risk"])
    before = say.number(value)
    question = Paragraph(say("lower", "question"), "note")
    if found is None:
        starts = [band.start for band in facts.now.profile.bands]
        if len(starts) > 1 and facts.row["residual_risk"] >= starts[1]:
            return None
        text = say("lower", "least", before=before)
        return Section("lower", title, (Paragraph(text), question))
    past = [say("lower", "past")] if found.locked else []
    if not found.sets:
        limit, before, lowest = _apart(found.below, value, float(found.lowest), say=say)
        text = say("lower", "never", before=before, limit=limit, lowest=lowest)
        return Section("lower", title, (Paragraph(" ".join([text, *past])), question))
    limit, before = _apart(found.below, value, say=say)
    changes = found.sets[0].changes
    lead = say(
        "lower",
        "steps",
        before=before,
        limit=limit,
        band=say.band(printable(found.target)),
        count=say.count(int(changes["steps"].sum())),
        indicators=say.count(len(changes)),
    )
    order = np.argsort(-changes["steps"].to_numpy(), kind="stable")[:STEPS]
    columns = (changes.iloc[order][c] for c in ("indicator", "label", "before", "after"))
    steps = [
        f"{labelled(str(name), str(label), say)} ({say.number(now)} \u2192 {say.number(then)})"
        for name, label, now, then in zip(*columns, strict=True)
    ]
    if len(changes) > STEPS:
        steps.append(say("words", "others", count=say.count(len(changes) - STEPS)))
    told = Paragraph(f"{lead} {say.listed(steps)}.")
    return Section("lower", title, (told, Paragraph(" ".join([*past, question.text]), "note")))


def _apart(limit: float, *values: float, say: Say) -> list[str]:
    """Return a limit and values beside it with as many digits as keep them apart.

    Examples
    --------
    >>> _apart(0.45, 0.4512, say=Say("en")), _apart(0.45, 0.6, say=Say("fr"))
    (['0.450', '0.451'], ['0,45', '0,60'])
    """
    digits = 2
    while digits < 6 and any(round(value, digits) == round(limit, digits) for value in values):
        digits += 1
    return [say.number(value, digits=digits) for value in (limit, *values)]


def rated_now(facts: Facts) -> tuple[int, int]:
    """Return how many indicators of both frameworks are rated in the row, and how many there are.

    Parameters
    ----------
    facts : Facts
        What the brief is about.
    """
    panel = facts.now.panel
    frameworks = (facts.now.risk_framework, facts.now.resilience_framework)
    names = {i.id for framework in frameworks for i in framework.indicators}
    states = panel.states[facts.place]
    rated = [n in names for n in panel.indicators] & (states == CellState.RATED)
    return int(rated.sum()), len(names)
