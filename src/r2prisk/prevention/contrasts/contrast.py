"""Why risk did not escalate: a row beside its twins, split by what followed them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.models import Language
from r2prisk.plots import Plots
from r2prisk.prevention.contrasts.asked import asked_row
from r2prisk.prevention.contrasts.followed import Followed
from r2prisk.prevention.contrasts.measured import (
    balance_table,
    factors_table,
    indicators_table,
)
from r2prisk.prevention.contrasts.near import FEWEST
from r2prisk.prevention.contrasts.show import contrast_html, contrast_text
from r2prisk.prevention.contrasts.tell import paragraphs
from r2prisk.prevention.contrasts.twins import CALIPER, choose, strong_enough, twin_table
from r2prisk.prevention.contrasts.words import load_words
from r2prisk.scoring.scores import Scores, need_scores, rest_on_closed


@dataclasses.dataclass(frozen=True, eq=False)
class Rematch:
    """The same contrast with some risk factors left out of the distance.

    Parameters
    ----------
    without : tuple of str
        The factors left out.
    twins : pandas.DataFrame
        As in ``Contrast``.
    factors : pandas.DataFrame
        As in ``Contrast``.
    comparisons : int
        How many intervals of factors hold together.
    changed : bool
        Whether other factors differ than with them.
    """

    without: tuple[str, ...]
    twins: pd.DataFrame
    factors: pd.DataFrame
    comparisons: int
    changed: bool


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Contrast:
    """A row beside its twins; made by ``contrast``.

    Parameters
    ----------
    unit, period : str
        The row.
    row : pandas.Series
        Its scores, as ``Scores.to_frame`` has them; resilience and residual risk NaN where too
        little of resilience is rated for them.
    known : int
        Of how many risk factors something is known in it.
    twins : pandas.DataFrame, shape (m, 10)
        Nearest first: ``unit``, ``country``, ``period``, ``distance``, ``shared``, ``risk``,
        ``residual``, ``resilience`` (both NaN where too little of it is rated), ``followed`` (1 or
        0), ``when``.
    outside : pandas.DataFrame
        The nearest row that followed and the nearest that did not, of those that are no twins.
    balance : pandas.DataFrame, shape (k, 9)
        Index risk factor: ``title``, ``own``, ``calm``, ``followed`` (means), ``groups`` (calm -
        followed) and ``row`` (own - all twins) in standard deviations, and whether these are
        beyond 0.25 (``groups_unalike``, ``row_unalike``).
    factors, indicators : pandas.DataFrame
        Index resilience factor, or indicator rated in three countries of a group: ``title``,
        ``own``, ``calm``, ``followed``, ``calm_countries``, ``followed_countries``, ``calm_low``
        to ``followed_high`` (intervals of the means), ``between`` (calm - followed), ``own_calm``,
        ``own_followed``, each with ``_low`` and ``_high``, and ``differs`` (which of these
        intervals leave out zero, as words). NaN where unknown or too few.
    comparisons : dict of str to int
        How many intervals hold together: of ``factors``, of ``indicators``.
    seldom : int
        Resilience indicators rated in too few countries to be listed.
    rematch : Rematch or None
        Without the risk factors that already are missing resilience; None where none is known, or
        too few others are.
    missing : tuple of str
        These factors, as far as the framework has them.
    left_out : dict of str to int
        Rows that are no twins, by the first reason that holds; without hindsight, of a record up to
        the period alone.
    caliper : float
        The largest distance of a twin.
    horizon : int or None
        How many periods after it an onset counts; None where histories have ends of their own.
    hindsight : bool
        Whether twins may be ones whose end was not known in the period.
    confidence : float
        That the intervals of a table hold together.
    under_way : bool or None
        Whether an episode was under way in the row itself; None where unknown.
    unsure : int
        Twins of which that is unknown; they count as quiet.
    end : bool or None
        Whether it escalated after the row itself, within the horizon; None where unknown, or
        without hindsight.
    countries : int
        Countries in the record by then, its own among them; of the casebook, all.
    closed : bool
        Whether anything here rests on evidence that is not for everybody.
    thin : int
        Moments of the casebook that are left out, as too little was rated.
    provenance : dict
        Of the scores.

    Examples
    --------
    >>> from r2prisk.prevention import casebook_history
    >>> found = contrast(*casebook_history(), "KEN", "2013-02", hindsight=True)
    >>> found.factors.index.tolist(), bool(found.factors["own"].isna().any())
    (['SGS1', 'SGS2', 'SGS3', 'SGS4', 'SGS5', 'SGS6'], True)
    """

    unit: str
    period: str
    row: pd.Series[float]
    known: int
    twins: pd.DataFrame
    outside: pd.DataFrame
    balance: pd.DataFrame
    factors: pd.DataFrame
    indicators: pd.DataFrame
    comparisons: dict[str, int]
    seldom: int
    rematch: Rematch | None
    missing: tuple[str, ...]
    left_out: dict[str, int]
    caliper: float
    horizon: int | None
    hindsight: bool
    confidence: float
    under_way: bool | None
    unsure: int
    end: bool | None
    countries: int
    closed: bool
    thin: int
    provenance: dict[str, object]

    plot = Plots()

    def sentences(self, language: Language = "en") -> list[str]:
        """Return what the contrast says, and what it cannot say, in plain sentences.

        Parameters
        ----------
        language : {"en", "fr", "es"}
            The language.

        Raises
        ------
        InputError
            If the language is none of these.
        """
        return [text for texts in self.paragraphs(language) for text in texts]

    def paragraphs(self, language: Language = "en") -> list[list[str]]:
        """Return the same sentences in four paragraphs, any of which but the last may be empty.

        What was compared; what differs; how the row stands beside calm twins; what else it may be,
        and what this cannot show.

        Parameters
        ----------
        language : {"en", "fr", "es"}
            The language.

        Raises
        ------
        InputError
            If the language is none of these.
        """
        return paragraphs(self, language)

    def to_frame(self) -> pd.DataFrame:
        """Return factors and indicators as one table, with ``family`` and ``item`` before them."""
        tables = {"factors": self.factors, "indicators": self.indicators}
        parts = [
            table.rename_axis("item").reset_index().assign(family=name)
            for name, table in tables.items()
        ]
        whole = pd.concat(parts, ignore_index=True)
        return whole[["family", *whole.columns.drop("family")]]

    def __repr__(self) -> str:
        return contrast_text(self)

    def _repr_html_(self) -> str:
        return contrast_html(self)


def contrast(
    scores: Scores,
    followed: Followed,
    unit: str,
    period: object = None,
    *,
    caliper: float = CALIPER,
    hindsight: bool = False,
    confidence: float = 0.95,
) -> Contrast:
    """Compare a row with its twins: of nearly the same risk, calm or not in the years after.

    ``d = sqrt(sum_f (x_f - y_f)^2 / m)`` over the ``m`` risk factors known in both; a twin is a
    row of another country with ``d`` within the caliper. Resilience is then compared, over
    countries, between twins that stayed calm and those that did not, and with the row's own
    (:func:`r2prisk.prevention.contrasts.compare.gaps`).

    Parameters
    ----------
    scores : Scores, shape (n,)
        Of many countries.
    followed : Followed, shape (n,)
        What followed each row: ``what_followed`` or ``casebook_history``.
    unit : str
        The country.
    period : period, optional
        The latest of the country with a band if not given.
    caliper : float
        The largest distance of a twin, above 0 to 1.
    hindsight : bool
        Whether twins may be ones whose end nobody knew yet in the period. Without it, nothing
        after the period changes anything here.
    confidence : float
        That all intervals of a table hold together, above 0 and below 1.

    Returns
    -------
    Contrast
        Twins, balance, what differs, what was left out and why.

    Raises
    ------
    InputError
        With all faults: no such unit or period (the nearest is named), rows that are not those of
        what followed, too little rated for a band or for a distance, a number out of its range.

    Notes
    -----
    Matching in the design of observational studies: Stuart, E. A. (2010),
    doi:10.1214/09-STS313. A contrast is no cause: what nobody measured may be what held.

    Examples
    --------
    >>> from r2prisk.prevention import casebook_history
    >>> scores, followed = casebook_history()
    >>> found = contrast(scores, followed, "GHA", "2012-12", hindsight=True)
    >>> len(found.twins), int(found.twins["followed"].sum()), "GHA" in set(found.twins["unit"])
    (3, 0, False)
    """
    need_scores(scores, "contrast")
    row = asked_row(scores, followed, unit, period, caliper, confidence)
    factors = [factor.id for factor in scores.risk_framework.factors]
    frame = scores.to_frame()
    choice = choose(scores, followed, row, factors, caliper=caliper, hindsight=hindsight)
    twins = twin_table(scores, followed, choice, choice.rows)
    found, family = factors_table(scores, followed, choice.rows, row, confidence)
    indicators, other, seldom = indicators_table(scores, followed, choice.rows, row, confidence)
    missing = _missing(scores)
    marks = [choice.nearest(followed.state, mark) for mark in (1, 0)]
    outside = np.array([n for n in marks if n is not None], dtype=np.intp)
    return Contrast(
        unit=unit,
        period=str(scores.index[row][1]),
        row=strong_enough(scores).iloc[row],
        known=int(frame[factors].iloc[row].notna().sum()),
        twins=twins,
        outside=twin_table(scores, followed, choice, outside),
        balance=balance_table(scores, followed, choice, row, factors),
        factors=found,
        indicators=indicators,
        comparisons={"factors": family, "indicators": other},
        seldom=seldom,
        rematch=_rematched(scores, followed, row, found, missing, caliper, hindsight, confidence),
        missing=missing,
        left_out=choice.left_out,
        caliper=caliper,
        horizon=followed.horizon,
        hindsight=hindsight,
        confidence=confidence,
        under_way=None if followed.under_way[row] < 0 else bool(followed.under_way[row]),
        unsure=int((followed.under_way[choice.rows] < 0).sum()),
        end=bool(followed.state[row]) if hindsight and followed.state[row] >= 0 else None,
        countries=_countries(scores, followed, row, hindsight=hindsight),
        closed=rest_on_closed(scores),
        thin=followed.thin,
        provenance=scores.provenance,
    )


def _countries(scores: Scores, followed: Followed, row: int, *, hindsight: bool) -> int:
    """Return how many countries a record holds, without hindsight by the period of the row."""
    periods = pd.PeriodIndex(scores.index.get_level_values("period"))
    then = periods <= periods[row]
    whole = hindsight or followed.horizon is None
    return scores.index.get_level_values("unit")[then | whole].nunique()


def _missing(scores: Scores) -> tuple[str, ...]:
    """Return the risk factors of the framework that already are missing resilience."""
    every = {factor.id: factor.title for factor in scores.risk_framework.factors}
    # a framework of one's own may call something else RF3
    theirs = {factor.id: factor.title for factor in load_framework("un-foa-2014").factors}
    asked = load_words().missing_resilience
    return tuple(name for name in asked if every.get(name) == theirs[name])


def _rematched(
    scores: Scores,
    followed: Followed,
    row: int,
    with_them: pd.DataFrame,
    without: tuple[str, ...],
    caliper: float,
    hindsight: bool,
    confidence: float,
) -> Rematch | None:
    """Match again without the risk factors that already are missing resilience."""
    frame = scores.to_frame()
    rest = [f.id for f in scores.risk_framework.factors if f.id not in without]
    if frame[rest].iloc[row].notna().sum() < FEWEST or frame[[*without]].iloc[row].isna().all():
        return None
    choice = choose(scores, followed, row, rest, caliper=caliper, hindsight=hindsight)
    found, count = factors_table(scores, followed, choice.rows, row, confidence)
    twins = twin_table(scores, followed, choice, choice.rows)
    changed = bool((found["differs"] != with_them["differs"]).any())
    return Rematch(without, twins, found, count, changed)
