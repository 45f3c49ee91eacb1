"""Why risk did not escalate: a row beside its twins, split by what followed them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.plots import Plots
from r2prisk.prevention.contrasts.followed import Followed
from r2prisk.prevention.contrasts.measured import (
    balance_table,
    factors_table,
    indicators_table,
)
from r2prisk.prevention.contrasts.near import FEWEST
from r2prisk.prevention.contrasts.show import contrast_html, contrast_text
from r2prisk.prevention.contrasts.tell import sentences
from r2prisk.prevention.contrasts.twins import CALIPER, choose, twin_table
from r2prisk.prevention.contrasts.words import load_words
from r2prisk.scoring.scores import UNKNOWN, Scores, need_scores, rest_on_closed


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
        Its scores, as ``Scores.to_frame`` has them.
    known : int
        Of how many risk factors something is known in it.
    twins : pandas.DataFrame, shape (m, 10)
        Nearest first: ``unit``, ``country``, ``period``, ``distance``, ``shared``, ``risk``,
        ``residual``, ``resilience``, ``followed`` (1 or 0), ``when``.
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
        Without the risk factors that already are missing resilience; None where none is known.
    left_out : dict of str to int
        Rows that are no twins, by the first reason that holds.
    caliper : float
        The largest distance of a twin.
    horizon : int or None
        How many periods after it an onset counts; None where histories have ends of their own.
    hindsight : bool
        Whether twins may be ones whose end was not known in the period.
    confidence : float
        That the intervals of a table hold together.
    under_way : bool
        Whether an episode was under way in the row itself.
    end : bool or None
        Whether it escalated after the row itself; None where unknown, or without hindsight.
    countries : int
        Countries in the record, its own among them.
    closed : bool
        Whether anything here rests on evidence that is not for everybody.
    notes : tuple of str
        What must be known of the record of what followed.
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
    left_out: dict[str, int]
    caliper: float
    horizon: int | None
    hindsight: bool
    confidence: float
    under_way: bool
    end: bool | None
    countries: int
    closed: bool
    notes: tuple[str, ...]
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
        return sentences(self, language)

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
    row = _checked(scores, followed, unit, period, caliper, confidence)
    factors = [factor.id for factor in scores.risk_framework.factors]
    frame = scores.to_frame()
    choice = choose(scores, followed, row, factors, caliper=caliper, hindsight=hindsight)
    twins = twin_table(scores, followed, choice, choice.rows)
    found, family = factors_table(scores, followed, choice.rows, row, confidence)
    indicators, other, seldom = indicators_table(scores, followed, choice.rows, row, confidence)
    marks = [choice.nearest(followed.state, mark) for mark in (1, 0)]
    outside = np.array([n for n in marks if n is not None], dtype=np.intp)
    return Contrast(
        unit=unit,
        period=str(scores.index[row][1]),
        row=frame.iloc[row],
        known=int(frame[factors].iloc[row].notna().sum()),
        twins=twins,
        outside=twin_table(scores, followed, choice, outside),
        balance=balance_table(scores, followed, choice, row, factors),
        factors=found,
        indicators=indicators,
        comparisons={"factors": family, "indicators": other},
        seldom=seldom,
        rematch=_rematched(scores, followed, row, found, caliper, hindsight, confidence),
        left_out=choice.left_out,
        caliper=caliper,
        horizon=followed.horizon,
        hindsight=hindsight,
        confidence=confidence,
        under_way=bool(followed.under_way[row] == 1),
        end=bool(followed.state[row]) if hindsight and followed.state[row] >= 0 else None,
        countries=len(scores.panel.units),
        closed=rest_on_closed(scores),
        notes=followed.notes if followed.horizon is None else (),
        provenance=scores.provenance,
    )


def _checked(
    scores: Scores,
    followed: Followed,
    unit: str,
    period: object,
    caliper: float,
    confidence: float,
) -> int:
    """Return the row that is asked for; refuse what cannot be contrasted, all at once."""
    problems: list[str] = []
    if not followed.index.equals(scores.index):
        told = "what_followed(scores, onsets) makes it of the same scores"
        problems.append(f"followed: is not of these rows; {told}")
    if not 0.0 < caliper <= 1.0:
        problems.append(f"caliper: {caliper} is not above 0 and up to 1")
    if not 0.0 < confidence < 1.0:
        problems.append(f"confidence: {confidence} is not between 0 and 1")
    row = _place(scores, unit, period, problems)
    if row is not None:
        problems += _thin(scores, row)
    if problems or row is None:
        raise InputError("contrast", problems)
    return row


def _place(scores: Scores, unit: str, period: object, problems: list[str]) -> int | None:
    units = scores.index.get_level_values("unit")
    here = np.flatnonzero(units == unit)
    if not len(here):
        problems.append(f"no unit '{unit}'{nearest(str(unit), set(units))}")
        return None
    own = pd.PeriodIndex(scores.index.get_level_values("period")[here])
    if period is None:
        banded = (scores.to_frame()["band"].iloc[here] != UNKNOWN).to_numpy()
        some = banded if banded.any() else ~banded
        return int(here[some][np.argmax(own[some].asi8)])
    wanted = str(period_of(period, "period"))
    texts = [str(one) for one in own]
    if wanted in texts:
        return int(here[texts.index(wanted)])
    near = f", nearest {min(texts, key=lambda text: _apart(text, wanted))}"
    problems.append(f"no period '{period}' for {unit}; it has {own.min()} to {own.max()}{near}")
    return None


def _apart(one: str, other: str) -> int:
    start, end = (pd.Period(text).start_time for text in (one, other))
    return abs((start - end).days)


def _thin(scores: Scores, row: int) -> list[str]:
    """Say why too little is known of a row to look for twins; nothing where there is enough."""
    one = scores.to_frame().iloc[row]
    name = " ".join(map(str, scores.index[row]))
    known = int((~np.isnan(scores.presence[:, row])).sum())
    if known < FEWEST:
        return [f"{name}: {known} risk factors are rated, {FEWEST} are needed for a distance"]
    if one["band"] == UNKNOWN:
        least = scores.profile.missing.band_coverage
        share = f"{one['coverage']:.0%} of the weight of risk is rated, {least:.0%} is needed"
        return [f"{name}: {share}; of a row that is hardly known nothing can be told"]
    return []


def _rematched(
    scores: Scores,
    followed: Followed,
    row: int,
    with_them: pd.DataFrame,
    caliper: float,
    hindsight: bool,
    confidence: float,
) -> Rematch | None:
    """Match again without the risk factors that already are missing resilience."""
    every = [factor.id for factor in scores.risk_framework.factors]
    frame = scores.to_frame()
    without = tuple(name for name in load_words().missing_resilience if name in every)
    rest = [name for name in every if name not in without]
    if frame[rest].iloc[row].notna().sum() < FEWEST or frame[[*without]].iloc[row].isna().all():
        return None
    choice = choose(scores, followed, row, rest, caliper=caliper, hindsight=hindsight)
    found, count = factors_table(scores, followed, choice.rows, row, confidence)
    twins = twin_table(scores, followed, choice, choice.rows)
    changed = bool((found["differs"] != with_them["differs"]).any())
    return Rematch(without, twins, found, count, changed)
