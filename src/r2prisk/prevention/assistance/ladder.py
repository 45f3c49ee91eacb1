"""The ladder of responses: measures to consider, by pillar, for a band and a trend."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Identifier, Language, Text
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest
from r2prisk.prevention.assistance.harm import Harm, harm
from r2prisk.prevention.assistance.show import minded
from r2prisk.prevention.assistance.show_ladder import ladder_html, ladder_text
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.scoring.changes.row import row_of
from r2prisk.scoring.scores import UNKNOWN, Scores, rest_on_closed

Pillar = Literal["I", "II", "III"]
Trend = Literal["escalating", "easing", "stable", "volatile", "unknown"]
TRENDS: tuple[Trend, ...] = ("escalating", "easing", "stable", "volatile", "unknown")
BANDS = ("very low", "low", "moderate", "high", "very high", UNKNOWN)
COLUMNS = ("pillar", "title", "what", "who", "fits", "bears_on", "basis", "when", "mind")


class Measure(Entry):
    """One measure; ``when`` says whether it is listed by band, for discussion, or on findings.

    ``tool`` names the kind of assistance whose rules against doing harm hold for it.
    """

    key: Identifier
    pillar: Pillar
    when: Literal["always", "discussion", "findings"]
    title: Text
    titles: dict[Literal["fr", "es"], Text]
    what: Text
    who: Text
    bands: Annotated[tuple[Text, ...], Field(min_length=1)]
    trends: Annotated[tuple[Trend, ...], Field(min_length=1)]
    factors: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    basis: Annotated[tuple[Text, ...], Field(min_length=1)]
    tool: Identifier | None = None

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        odd = [band for band in self.bands if band not in BANDS]
        if odd:
            raise ValueError(f"bands that there are not: {', '.join(odd)}")
        if (self.when != "always") != (self.pillar == "III"):
            raise ValueError("a measure of Pillar III, and no other, is for discussion or findings")
        if self.tool is not None and self.tool not in load_assistance().by_key:
            raise ValueError(f"no tool '{self.tool}' of assistance")
        return self

    def title_in(self, language: Language) -> str:
        """Return the title in a language."""
        return self.title if language == "en" else self.titles[language]


class Measures(Entry):
    """All measures, and the condition of those that need findings."""

    condition: Text
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]

    @cached_property
    def by_key(self) -> dict[str, Measure]:
        """The measures by their key."""
        return {one.key: one for one in self.measures}


@lru_cache(maxsize=1)
def load_measures() -> Measures:
    """Return the measures of the ladder, as declared in ``ladder.toml``.

    Raises
    ------
    InputError
        If the file has faults: all of them, each with its place.

    Examples
    --------
    >>> sorted({measure.pillar for measure in load_measures().measures})
    ['I', 'II', 'III']
    """
    return read_toml(data_file("ladder.toml"), Measures)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Ladder:
    """Measures to consider; made by ``ladder``. A menu, never a recommendation.

    Parameters
    ----------
    unit, period, band, trend : str
        What was asked.
    table : pandas.DataFrame
        Index ``measure``, by pillar and then by how well each fits: ``pillar``, ``title``,
        ``what``, ``who``, ``fits`` (``band and trend``, ``band`` or ``findings``), ``bears_on``
        (tuple of factors), ``basis`` (tuple of symbols), ``when`` (``always``, ``discussion``,
        ``findings``), ``mind`` (tuple of str: what the rules against doing harm say of it).
    ruled_out : tuple of str
        Measures that fit the band and are not shown because a rule against doing harm rules them
        out, each with the reason.
    findings : tuple of str
        As given: who found what, when.
    held_back : int
        Measures of Pillar III, none of which is shown where no findings are named.
    condition : str
        Under which those stand that paragraph 139 leaves to the Security Council.
    closed : bool
        Whether the band rests on evidence that is not for everybody.

    Examples
    --------
    >>> menu = ladder("high", "KEN", 2008, trend="escalating")
    >>> menu.held_back > 0, "III" in set(menu.table["pillar"])
    (True, False)
    """

    unit: str
    period: str
    band: str
    trend: str
    table: pd.DataFrame
    ruled_out: tuple[str, ...]
    findings: tuple[str, ...]
    held_back: int
    condition: str
    closed: bool = False

    def __repr__(self) -> str:
        return ladder_text(self)

    def _repr_html_(self) -> str:
        return ladder_html(self)


def ladder(
    scores_or_band: Scores | str,
    unit: str,
    period: object = None,
    *,
    trend: str,
    findings: Collection[str] = (),
) -> Ladder:
    """Return the measures that fit a band and a trend, by pillar: a menu to consider.

    A measure is listed where it fits the band; those that fit the trend too come first, then
    those that bear on what is most in need: the mean presence of their risk factors and the
    mean of ``1 - strength`` of their resilience factors, over what is known. No measure of
    Pillar III is listed from a score: only where findings by people are named, and then
    whatever the band. Help that a rule against doing harm rules out in the country is left out
    and named.

    Parameters
    ----------
    scores_or_band : Scores or str
        Scores, or a band: very low, low, moderate, high, very high or unknown.
    unit : str
        A unit of the scores, or what the band is about.
    period : period, int or str, optional
        A period of the unit; its latest with a score if not given.
    trend : {"escalating", "easing", "stable", "volatile", "unknown"}
        Where risk is heading, as :func:`r2prisk.trajectories.words` says it.
    findings : collection of str
        Who found what, and when, e.g. a commission of inquiry; for what paragraph 139 leaves to the
        Security Council, that peaceful means are inadequate and that national authorities
        manifestly fail to protect. Without any, nothing of Pillar III is shown.

    Returns
    -------
    Ladder
        The measures; for an unknown band those that find out first.

    Raises
    ------
    InputError
        With all faults: a unit, period, band or trend that is not there (the nearest is named),
        findings that are no texts.

    Notes
    -----
    2005 World Summit Outcome, A/RES/60/1, paras. 138-139; reports of the Secretary-General
    A/63/677, A/64/864, A/65/877-S/2011/393, A/66/874-S/2012/578, A/67/929-S/2013/399 and
    A/68/947-S/2014/449.

    Examples
    --------
    >>> ladder("unknown", "KEN", 2008, trend="unknown").table.index.tolist()
    ['own-assessment', 'open-doors', 'assessment-mission', 'upr-questions']
    """
    problems: list[str] = []
    need: dict[str, float] = {}
    closed, row = False, None
    if isinstance(scores_or_band, Scores):
        row = row_of(scores_or_band, unit, period, problems)
        frame = row.scores.to_frame().iloc[0]
        band, when = str(frame["band"]), str(row.panel.index[0][1])
        need, closed = _need(row.scores), rest_on_closed(scores_or_band)
    else:
        band, when = str(scores_or_band), "" if period is None else str(period)
    if band not in BANDS:
        problems.append(f"no band '{band}'; allowed: {', '.join(BANDS)}{nearest(band, BANDS)}")
    if trend not in TRENDS:
        problems.append(f"no trend '{trend}'; allowed: {', '.join(TRENDS)}{nearest(trend, TRENDS)}")
    if isinstance(findings, str) or not all(_is_text(text) for text in findings):
        problems.append("findings: needs a list of texts that say who found what, and when")
    if problems:
        raise InputError("ladder", problems)
    declared = load_measures()
    # what people found counts whatever the score, and no score stands in for it
    shown = [
        one
        for one in declared.measures
        if (bool(findings) if one.pillar == "III" else band in one.bands)
    ]
    harms = {one.key: harm(row, one.tool) for one in shown if one.tool is not None}
    ruled = {key: seen.ruled_out for key, seen in harms.items() if seen.ruled_out}
    last = sum(one.pillar == "III" for one in declared.measures)
    return Ladder(
        unit=unit,
        period=when,
        band=band,
        trend=trend,
        table=_table([one for one in shown if one.key not in ruled], band, trend, need, harms),
        ruled_out=tuple(
            f"{one.title}: {' / '.join(ruled[one.key])}" for one in shown if one.key in ruled
        ),
        findings=tuple(" ".join(str(text).split()) for text in findings),
        held_back=0 if findings else last,
        condition=declared.condition,
        closed=closed,
    )


def _need(scores: Scores) -> dict[str, float]:
    """Return how much each known factor calls for something: presence, or lack of strength."""
    frame = scores.to_frame(detail=True).iloc[0]
    need = {f.id: float(frame[f.id]) for f in scores.risk_framework.factors}
    need |= {f.id: 1.0 - float(frame[f.id]) for f in scores.resilience_framework.factors}
    return {name: x for name, x in need.items() if not np.isnan(x)}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _table(
    measures: list[Measure],
    band: str,
    trend: str,
    need: dict[str, float],
    harms: dict[str, Harm],
) -> pd.DataFrame:
    """Put measures in order: pillar, those of paragraph 139 last, trend, then what they meet."""
    rows: list[tuple[object, ...]] = []
    order: list[tuple[object, ...]] = []
    for place, one in enumerate(measures):
        by_band = band in one.bands and one.when != "findings"
        meets = by_band and trend in one.trends
        known = [need[factor] for factor in one.factors if factor in need]
        mean = sum(known) / len(known) if known else 0.0
        fits = "band and trend" if meets else "band" if by_band else "findings"
        reserved = ("always", "discussion", "findings").index(one.when)
        order.append((len(one.pillar), reserved, not meets, -mean, place))
        seen = harms.get(one.key)
        mind = minded(seen.cautions, seen.could_rule_out, seen.unknown) if seen else []
        listed = (one.pillar, one.title, one.what, one.who, fits, one.factors, one.basis, one.when)
        rows.append((*listed, tuple(mind)))
    sequence = sorted(range(len(rows)), key=lambda n: order[n])
    names = pd.Index([measures[n].key for n in sequence], name="measure", dtype=object)
    return pd.DataFrame([rows[n] for n in sequence], columns=pd.Index(COLUMNS), index=names)
