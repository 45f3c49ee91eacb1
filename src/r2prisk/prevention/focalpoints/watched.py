"""How the countries that a focal point watches stand: one table for reports and notes."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.prevention.document import Grid
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.scoring.explain import explain
from r2prisk.scoring.scores import UNKNOWN, Scores, need_scores, rest_on_closed
from r2prisk.trajectories import Trajectories, trajectories
from r2prisk.trajectories.phrases import percent
from r2prisk.trajectories.trends import HEADLINE
from r2prisk.trajectories.warning import alerts
from r2prisk.trajectories.warning.standing import standing

CLOSED = (
    "Internal: not for circulation. The scores in it rest on restricted or confidential evidence."
)
"""What stands over a document whose scores are not for everybody."""

QUESTION = "?"
"""A cell of a document that is unknown."""

DRIVERS = 3
"""Indicators that are named as weighing most."""


@dataclasses.dataclass(frozen=True, eq=False)
class ScoredRow:
    """The scores of one unit in one period.

    Parameters
    ----------
    unit, period : str
        The row.
    band : str
        Of risk; ``unknown`` where too little is rated.
    numbers : pandas.Series
        All scores of ``Scores.to_frame()``, 0 to 1, NaN where unknown.

    Examples
    --------
    >>> numbers = pd.Series({"risk": 0.5, "risk_low": 0.25, "risk_high": 1.0})
    >>> ScoredRow("SDN", "2003", "high", numbers).bounded("risk", "risk_low", "risk_high")
    '0.50 (0.25 to 1.00)'
    """

    unit: str
    period: str
    band: str
    numbers: pd.Series[float]

    def bounded(self, name: str, low: str, high: str) -> str:
        """Return a score with what it could be; unknown where too little is rated for a band."""
        score, start, end = (float(self.numbers[key]) for key in (name, low, high))
        if np.isnan(score):
            return QUESTION
        told = QUESTION if self.band == UNKNOWN else number(score)
        return f"{told} ({number(start)} to {number(end)})"


@dataclasses.dataclass(frozen=True, eq=False)
class Watched:
    """The countries of a report or note, and what is known of them; made by ``watch_units``.

    Parameters
    ----------
    units : tuple of str
        Their codes, in the order given.
    period : str
        The last period that counts.
    rows : dict of str to ScoredRow
        All scores of each country in its last period with a score; a country without any score is
        not in it.
    standing : pandas.DataFrame
        Movement and its word, as :func:`standing` gives them.
    alerts : pandas.DataFrame
        Alerts that are on, as :func:`r2prisk.trajectories.warning.alerts` gives them.
    course : Trajectories
        Of the countries.
    closed : bool
        Whether the scores rest on evidence that is not for everybody.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> watch_units(score(panel), ["SDN"]).missing()
    'Too little is rated for a band: Sudan.'
    """

    units: tuple[str, ...]
    period: str
    rows: dict[str, ScoredRow]
    standing: pd.DataFrame
    alerts: pd.DataFrame
    course: Trajectories
    closed: bool

    def grid(self) -> Grid:
        """Return the table of where they stand, the highest risk first, the unknown last."""
        head = ("Country", "Risk (could be)", "Residual (could be)", "Resilience", "Rated")
        return Grid((*head, "Band", "Movement"), tuple(map(self._cells, self.ordered())))

    def ordered(self) -> list[str]:
        """Return the countries with the highest risk first, those without a band last."""
        risk = {u: float(r.numbers["risk"]) for u, r in self.rows.items() if r.band != UNKNOWN}
        return sorted(self.units, key=lambda unit: -risk.get(unit, -1.0))

    def _cells(self, unit: str) -> tuple[str, ...]:
        if unit not in self.rows:
            return (country(unit), *[QUESTION] * 6)
        row = self.rows[unit]
        old = f", not {self.period}" if self._old(row) else ""
        return (
            f"{country(unit)} ({row.period}{old})",
            row.bounded("risk", "risk_low", "risk_high"),
            row.bounded("residual_risk", "residual_low", "residual_high"),
            number(row.numbers["resilience"]),
            share(row.numbers["coverage"]),
            QUESTION if row.band == UNKNOWN else row.band,
            self.movement(unit),
        )

    def _old(self, row: ScoredRow) -> bool:
        """Say whether a row ended before the last period that counts began."""
        ends = period_of(row.period, "period").end_time
        return bool(ends < period_of(self.period, "period").start_time)

    def movement(self, unit: str) -> str:
        """Return the word for where risk is heading, with its probability."""
        here = self.standing[self.standing["unit"] == unit]
        word = str(here["word"].iloc[0]) if len(here) else UNKNOWN
        if word == UNKNOWN:
            return QUESTION
        return f"{word} ({percent(float(here['chance'].iloc[0]))})"

    def alert_grid(self) -> Grid:
        """Return the alerts that are on."""
        rows = tuple(
            (str(a["country"]), str(a["rule"]), since(a), percent(float(a["sure"])))
            for a in self.alerts.to_dict("records")
        )
        return Grid(("Country", "Alert", "On since", "How sure"), rows)

    def missing(self) -> str:
        """Say of which countries too little or nothing is known, or only of old; else empty."""
        without = [country(unit) for unit in self.units if unit not in self.rows]
        old = [
            f"{country(row.unit)} ({row.period})" for row in self.rows.values() if self._old(row)
        ]
        told = [f"No score at all: {', '.join(without)}."] if without else []
        thin = [country(row.unit) for row in self.rows.values() if row.band == UNKNOWN]
        told += [f"Too little is rated for a band: {', '.join(thin)}."] if thin else []
        told += [f"Last scored before {self.period}: {', '.join(old)}."] if old else []
        return " ".join(told)


def since(alert: Mapping[Hashable, object]) -> str:
    """Return since when an alert is on.

    Examples
    --------
    >>> since({"since": 2003, "begins": True})
    '2003 or before'
    """
    return f"{alert['since']} or before" if alert["begins"] else str(alert["since"])


def watch_units(scores: Scores, units: Iterable[str], *, period: object = None) -> Watched:
    """Return how countries stand at the end of a period.

    Parameters
    ----------
    scores : Scores, shape (n,)
        Of several periods, if movements are to be known.
    units : iterable of str
        Countries by code or name, each once.
    period : period, int or str, optional
        The last that counts; the last of the scores if not given.

    Returns
    -------
    Watched
        Their last scores, movements and alerts.

    Raises
    ------
    InputError
        With all faults: no unit, a unit that is no country, stands twice or is not in the scores,
        a period that is none.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> watch_units(score(panel), ["Sudan"]).grid().rows[0][:2]
    ('Sudan (2003)', '? (0.02 to 1.00)')
    """
    need_scores(scores, "countries")
    problems: list[str] = []
    codes = [country_of(unit, problems) for unit in units]
    there = set(scores.index.get_level_values("unit"))
    problems += [
        f"{code} is not in the scores{nearest(code, there)}"
        for code in codes
        if code and code not in there
    ]
    problems += [f"{c} is named twice" for c in dict.fromkeys(codes) if c and codes.count(c) > 1]
    if not codes:
        problems.append("no country is named")
    last = _last(scores, period, problems)
    if problems:
        raise InputError("countries", problems)
    frame = scores.to_frame()
    mine = frame.index.get_level_values("unit").isin(codes)
    ends = pd.PeriodIndex(frame.index.get_level_values("period")).end_time
    frame = frame[mine & (ends <= last.end_time)]
    if frame.empty:
        raise InputError("countries", [f"there are no scores of them by {last}"])
    rows: dict[str, ScoredRow] = {}
    for code in codes:
        own = frame[(frame.index.get_level_values("unit") == code) & frame["risk"].notna()]
        if len(own):
            rows[code] = _row(own)
    follow = [name for name in HEADLINE if name in frame]
    course = trajectories(frame, of=follow, profile=scores.profile)
    return Watched(
        units=tuple(codes),
        period=str(last),
        rows=rows,
        standing=standing(course),
        alerts=alerts(course),
        course=course,
        closed=rest_on_closed(scores),
    )


def _last(scores: Scores, period: object, problems: list[str]) -> pd.Period:
    latest = scores.panel.periods[-1]
    if period is None:
        return latest
    try:
        return period_of(period, "period")
    except InputError as error:
        problems += [f"period: {told}" for told in error.problems]
        return latest


def row_at(scores: Scores, unit: str, period: object = None) -> ScoredRow:
    """Return all scores of a unit in a period, or in its last with a score.

    Raises
    ------
    InputError
        If the unit or the period is not there, or nothing of the unit was scored.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> rows = {"unit": "SDN", "year": [2003, 2004], "1.1": [0.9, None]}
    >>> row_at(score(read_panel(pd.DataFrame(rows))), "SDN").period
    '2003'
    """
    frame = scores.to_frame()
    mine = frame[frame.index.get_level_values("unit") == unit]
    if mine.empty:
        hint = nearest(unit, set(frame.index.get_level_values("unit")))
        raise InputError("scores", [f"no unit '{unit}'{hint}"])
    if period is not None:
        wanted = str(period_of(period, "period"))
        mine = mine[mine.index.get_level_values("period").astype(str) == wanted]
    mine = mine[mine["risk"].notna()]
    if mine.empty:
        when = "" if period is None else f" in {period}"
        raise InputError("scores", [f"{unit} has no score{when}"])
    return _row(mine)


def _row(rows: pd.DataFrame) -> ScoredRow:
    """Return the last of the rows of one unit."""
    last = rows.sort_index().iloc[[-1]]
    unit, period = last.index[0]
    numbers = last.drop(columns="band").iloc[0].astype(float)
    return ScoredRow(str(unit), str(period), str(last["band"].iloc[0]), numbers)


def drivers(scores: Scores, rows: Iterable[ScoredRow]) -> dict[str, str]:
    """Return the indicators that add most to the risk of each row, in words, by unit.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> scores = score(read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})))
    >>> drivers(scores, [row_at(scores, "SDN")])
    {'SDN': 'Armed conflict between or within states (1.1)'}
    """
    why = explain(scores, of="risk")
    told: dict[str, str] = {}
    for row in rows:
        frame = why.to_frame(unit=row.unit, period=row.period)
        most = frame[frame["contribution"] > 0].nlargest(DRIVERS, "contribution")
        names = "; ".join(f"{r.label} ({r.indicator})" for r in most.itertuples())
        told[row.unit] = names or "nothing that was rated is present"
    return told


def country(unit: str) -> str:
    """Return the name of a country.

    Examples
    --------
    >>> country("MLI")
    'Mali'
    """
    return load_units()[unit].name


def number(value: float) -> str:
    """Return a score with two digits, or the mark of the unknown.

    Examples
    --------
    >>> number(0.456), number(float("nan"))
    ('0.46', '?')
    """
    return QUESTION if np.isnan(value) else f"{value:.2f}"


def share(value: float) -> str:
    """Return a share in per cent, or the mark of the unknown.

    Examples
    --------
    >>> share(0.279), share(float("nan"))
    ('28%', '?')
    """
    return QUESTION if np.isnan(value) else f"{value:.0%}"
