"""What would lower the residual risk of a country, and on what help could build."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState
from r2prisk.prevention.assistance.harm import rating_of
from r2prisk.prevention.assistance.show import needs_html, needs_text
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.scoring.changes.row import Row, row_of
from r2prisk.scoring.explain.contributions import Target, between
from r2prisk.scoring.explain.ground import ground
from r2prisk.scoring.explain.means import State
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores, rest_on_closed

STRONG = 0.75
"""From this rating on a resilience indicator is strong: ground to build on, and no need."""

STEP = 0.25
"""What a need is raised by: as much as lies between two of the five words."""

LAST_BITS = 1e-12
"""A rating that is so near to a limit is on it; a fall that is so small is none."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Needs:
    """What would lower the residual risk of a unit; made by ``needs``.

    Parameters
    ----------
    unit, period : str
        The row.
    band : str
        Of its risk.
    risk, residual_risk, residual_low, residual_high, coverage : float
        Of the country, 0 to 1; NaN where unknown.
    table : pandas.DataFrame
        Index ``indicator``, largest gain first: ``label``, ``factor``, ``rating`` (below 0.75),
        ``next`` (after one step of 0.25), ``gain`` (what the step takes off residual risk, > 0),
        ``share`` (of ``joint``), ``holds`` (known risk factors that it holds down, tuple of str),
        ``unknown`` (those that are unknown), ``ground`` (0 to 1, NaN where unknown), ``builds_on``
        (strong indicators of its factor, tuple of str), ``value`` (gain weighed with ground).
    joint : float
        What residual risk would fall by with every rated resilience indicator raised to 1; the
        shares of ``table``, ``strong`` and ``no_gain`` add up to it.
    strong : pandas.DataFrame
        Index ``indicator``: ``label``, ``factor``, ``rating`` (0.75 or more), ``share``.
    no_gain : pandas.DataFrame
        Index ``indicator``: ``label``, ``factor``, ``rating``, ``share``, ``reason``: rated below
        0.75 and no need.
    find_out : pandas.DataFrame
        Index ``indicator``: ``label``, ``factor``: unknown, and so never a need of any size.
    closed : bool
        Whether ratings behind it rest on evidence that is not for everybody.
    row : Row
        The ratings.
    provenance : dict
        Of the scores.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "9.1": 0.5, "SGS6.1": 0.5}))
    >>> needs(score(panel), "KEN").table.index.tolist()
    ['SGS6.1']
    """

    unit: str
    period: str
    band: str
    risk: float
    residual_risk: float
    residual_low: float
    residual_high: float
    coverage: float
    table: pd.DataFrame
    joint: float
    strong: pd.DataFrame
    no_gain: pd.DataFrame
    find_out: pd.DataFrame
    closed: bool
    row: Row
    provenance: dict[str, object]

    def after(self, indicators: Collection[str]) -> float:
        """Return the residual risk if some needs move one step each, all together.

        Raises
        ------
        InputError
            If one is no need of the unit (the nearest is named).
        """
        wrong = [name for name in indicators if name not in self.table.index]
        if wrong:
            hints = [
                f"'{n}' is no need of {self.unit}{nearest(n, self.table.index)}" for n in wrong
            ]
            raise InputError("needs", hints)
        if not indicators:
            return self.residual_risk
        ratings = self.row.panel.ratings.copy()
        for name in indicators:
            ratings[0, self.row.panel.indicators.index(name)] = self.table["next"].loc[name]
        return float(self.row.rated(ratings, self.row.panel.states).sheet.residual[0, 0])

    def rating_of(self, indicator: str) -> float | None:
        """Return the rating of an indicator: NaN where it is unknown, None if not applicable."""
        return rating_of(self.row, indicator)

    def __repr__(self) -> str:
        return needs_text(self)

    def _repr_html_(self) -> str:
        return needs_html(self)


def needs(scores: Scores, unit: str, period: object = None) -> Needs:
    """Return what one step of each resilience indicator would take off residual risk.

    ``gain = residual(now) - residual(indicator + 0.25)``, by scoring, for what is below 0.75; and
    ``value = gain * (1 - w + w * ground)``, where ground is the mean rating of the other rated
    indicators of the same resilience factor and w is declared in ``assistance.toml``. Where ground
    is unknown it adds nothing: ``value = gain * (1 - w)``.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    unit : str
        A unit of the scores.
    period : period, int or str, optional
        A period of the unit; its latest with a score if not given.

    Returns
    -------
    Needs
        The needs, largest gain first (ties in the order of the catalogue), what is strong, what
        gives no gain and why, and what is unknown.

    Raises
    ------
    InputError
        If unit or period are not there (the nearest is named).

    Notes
    -----
    The size of a gain follows from kappa, a declared assumption (0.2 a link in the default
    profile): it orders, and is no estimate of an effect. Shares: see :func:`r2prisk.explain`.

    Examples
    --------
    SGS6 holds down RF9, and RF1 and RF4, which are unknown and taken to be like RF9. In each the
    step takes off 0.8 x 0.2 x 0.25 = 0.04, and each is one of 14 factors: 3 x 0.04 / 14 = 0.0086.

    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "9.1": 0.8, "SGS6.1": 0.5}))
    >>> found = needs(score(panel), "KEN", 2008)
    >>> found.table[["next", "gain", "ground", "holds", "unknown"]].round(4).to_numpy().tolist()
    [[0.75, 0.0086, nan, ('RF9',), ('RF1', 'RF4')]]
    """
    problems: list[str] = []
    row = row_of(scores, unit, period, problems)
    if problems:
        raise InputError("needs", problems)
    names = [i.id for i in row.scores.resilience_framework.indicators]
    place = {name: n for n, name in enumerate(row.panel.indicators)}
    rated = {name: float(row.panel.ratings[0, place[name]]) for name in names}
    states = {name: int(row.panel.states[0, place[name]]) for name in names}
    known = [name for name in names if not np.isnan(rated[name])]
    below = [name for name in known if rated[name] < STRONG - LAST_BITS]
    gains = _gains(row, [place[name] for name in below])
    shares = pd.Series(_shares(row, [place[name] for name in known]), index=known, dtype=float)
    table = _described(row, below, rated)
    table = table.assign(next=table["rating"] + STEP, gain=gains, share=shares.reindex(below))
    table = _with_ground(row, _with_held(row, table), rated)
    is_need = (table["gain"] > LAST_BITS) & (table["holds"].map(len) > 0)
    chosen = table[is_need].sort_values("gain", ascending=False, kind="stable")
    rest = table[~is_need]
    strong = [name for name in known if rated[name] >= STRONG - LAST_BITS]
    unknown = [n for n in names if states[n] in (CellState.UNKNOWN, CellState.FAILED)]
    frame = row.scores.to_frame().iloc[0]
    numbers = ("risk", "residual_risk", "residual_low", "residual_high", "coverage")
    return Needs(
        unit=unit,
        period=str(row.panel.index[0][1]),
        band=str(frame["band"]),
        **{name: float(frame[name]) for name in numbers},
        table=chosen,
        joint=float(shares.sum()),
        strong=_described(row, strong, rated).assign(share=shares.reindex(strong)),
        no_gain=rest[["label", "factor", "rating", "share"]].assign(reason=_reasons(row, rest)),
        find_out=_described(row, unknown, rated)[["label", "factor"]],
        closed=rest_on_closed(scores),
        row=row,
        provenance=scores.provenance,
    )


def _gains(row: Row, places: list[int]) -> Floats:
    """Return what each step alone takes off residual risk, shape (s,)."""
    ratings = np.repeat(row.panel.ratings, len(places), axis=0)
    ratings[np.arange(len(places)), places] += STEP
    states: NDArray[np.uint8] = np.repeat(row.panel.states, len(places), axis=0)
    if not places:
        return np.zeros(0)
    return row.scores.sheet.residual[0, 0] - row.rated(ratings, states).sheet.residual[0]


def _shares(row: Row, places: list[int]) -> Floats:
    """Split what raising all of them to 1 takes off residual risk, shape (s,); exact."""
    before = ground(row.scores).state()
    raised = before.ratings.copy()
    raised[places] = 1.0
    after = State(raised, before.applies)
    return -between(before, after, row.scores.sums, Target("residual")).values[places, 0]


def _described(row: Row, names: list[str], rated: dict[str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "label": [row.labels[name] for name in names],
            "factor": [row.factor[name] for name in names],
            "rating": np.array([rated[name] for name in names], dtype=np.float64),
        },
        index=pd.Index(names, name="indicator", dtype=object),
    )


def _with_held(row: Row, table: pd.DataFrame) -> pd.DataFrame:
    """Add the risk factors that each indicator holds down, the known apart from the unknown."""
    risks = [factor.id for factor in row.scores.risk_framework.factors]
    presence, kappa = row.scores.presence[:, 0], row.scores.sums.kappa
    # a factor none of whose indicators applies has no coverage at all, an unknown one has 0
    applies = ~np.isnan(row.scores.sheet.coverage[:, 0])
    known: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    for r, factor in enumerate(row.scores.resilience_framework.factors):
        linked = np.flatnonzero(kappa[:, r] > 0.0)
        known[factor.id] = tuple(risks[k] for k in linked if presence[k] > 0.0)
        unseen = np.isnan(presence) & applies
        unknown[factor.id] = tuple(risks[k] for k in linked if unseen[k])
    return table.assign(holds=table["factor"].map(known), unknown=table["factor"].map(unknown))


def _with_ground(row: Row, table: pd.DataFrame, rated: dict[str, float]) -> pd.DataFrame:
    """Add what each need can build on, and what serving it is worth."""
    declared = load_assistance()
    by_factor: dict[str, dict[str, float]] = {}
    for name, rating in rated.items():
        if not np.isnan(rating):
            by_factor.setdefault(row.factor[name], {})[name] = rating
    means: list[float] = []
    builds: list[tuple[str, ...]] = []
    for name, factor in zip(table.index, table["factor"], strict=True):
        others = {other: x for other, x in by_factor[factor].items() if other != name}
        means.append(sum(others.values()) / len(others) if others else np.nan)
        builds.append(tuple(other for other, x in others.items() if x >= STRONG - LAST_BITS))
    table = table.assign(ground=means, builds_on=pd.Series(builds, index=table.index, dtype=object))
    weight = declared.ground_weight
    worth = 1.0 - weight + weight * table["ground"].fillna(0.0)
    return table.assign(value=table["gain"] * worth)


def _reasons(row: Row, rest: pd.DataFrame) -> list[str]:
    """Say of each indicator that is no need why it is none."""
    framework = row.scores.resilience_framework
    any_kappa = np.any(row.scores.sums.kappa > 0.0, axis=0)
    linked = {factor.id: bool(any_kappa[r]) for r, factor in enumerate(framework.factors)}
    reasons: list[str] = []
    lines = zip(rest["factor"], rest["holds"], rest["unknown"], strict=True)
    for factor, holds, unknown in lines:
        if np.isnan(row.scores.sheet.residual[0, 0]):
            reasons.append("residual risk is unknown: nothing of risk is rated")
        elif not linked[factor]:
            reasons.append("its factor holds down nothing in this profile (kappa is 0)")
        elif unknown and not holds:
            unseen = ", ".join(unknown)
            reasons.append(f"what it holds down is unknown ({unseen}): find that out first")
        elif not holds:
            reasons.append("the risk factors that it holds down are absent")
        else:
            reasons.append("a step changes nothing: it has no weight, or nothing is left to hold")
    return reasons
