"""The numbers behind a brief: everything that is computed, once, before a word is written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.regions import region_of
from r2prisk.errors import InputError, R2PRiskError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.prevention.contrasts.near import Alike, comparable
from r2prisk.scoring import Scores, score
from r2prisk.scoring.changes import SmallestChanges, collect_next, smallest_changes
from r2prisk.scoring.changes.collect import Collection
from r2prisk.scoring.explain import explain
from r2prisk.scoring.explain.account import Account
from r2prisk.scoring.scores import UNKNOWN
from r2prisk.scoring.uncertainty import uncertainty
from r2prisk.trajectories import Trajectories, trajectories

DRAWS = 512
"""Of scores under other choices: enough for two digits."""

LOOKS = 20_000
"""Draws of the unknown, as many as ``r2prisk collect-next`` makes: both name the same first."""

SEED = 0
"""The same brief from the same scores."""

NEAR = 3
"""Comparable countries."""

MEDIAN_OF = 5
"""Countries below which a median says little."""

PEERS = 5
"""Other countries with a band below which a place among them, or likeness, says little."""

PAST = ("2.1", "2.2", "9.4", "9.5")
"""Indicators of the Framework of Analysis that are of the past too, which nobody can improve."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What a brief is about.

    Parameters
    ----------
    unit, period : str, pandas.Period
        The row.
    now : Scores
        Of all units in the period.
    own : Scores
        Of the unit up to the period.
    row : pandas.Series
        All scores of the row.
    place : int
        Its place in ``now``.
    likely : pandas.Series
        The same with quantiles, and ranks among rows with a band; empty where risk is unknown.
    account : Account or None
        What makes its risk, from a median where there are enough countries.
    course : Trajectories
        Of the unit.
    look : Collection or None
        What to find out first; none where no risk indicator is rated or none is unknown.
    changes : SmallestChanges or None
        What would bring residual risk down a band; none where there is no band below.
    alike : Alike
        The nearest countries.
    """

    unit: str
    period: pd.Period
    now: Scores
    own: Scores
    row: pd.Series[float]
    place: int
    likely: pd.Series[float]
    account: Account | None
    course: Trajectories
    look: Collection | None
    changes: SmallestChanges | None
    alike: Alike

    @property
    def known(self) -> bool:
        """Whether risk is known."""
        return not np.isnan(self.row["risk"])

    @property
    def banded(self) -> bool:
        """Whether enough is rated for a band."""
        return str(self.row["band"]) != UNKNOWN

    @property
    def strong(self) -> bool:
        """Whether as much of resilience is rated as a band of risk needs."""
        return bool(self.row["resilience_coverage"] >= self.now.profile.missing.band_coverage)

    @property
    def ranked(self) -> NDArray[np.float64]:
        """Risk of every row of which enough is rated for a band; NaN elsewhere, shape (n,)."""
        return np.where(_banded(self.now), self.now.sheet.risk[0], np.nan)

    @property
    def among(self) -> bool:
        """Whether it can be told beside others: it and enough others have a band."""
        return self.banded and int(_banded(self.now).sum()) > PEERS


def facts_of(scores: Scores, unit: str, period: pd.Period | None) -> Facts:
    """Compute all that a brief tells of one unit and period.

    Parameters
    ----------
    scores : Scores
        Those that the audience may see.
    unit : str
        The country.
    period : pandas.Period, optional
        Its latest of which enough is rated for a band, or else with a score, if not given.

    Raises
    ------
    InputError
        If the unit or the period is not there (the nearest is named).
    """
    panel = scores.panel
    when = chosen(scores, unit, period)
    periods = pd.PeriodIndex(panel.index.get_level_values("period"))
    units = panel.index.get_level_values("unit")
    now = score(panel.take(np.flatnonzero(periods == when)), profile=scores.profile)
    mine = np.flatnonzero((units == unit) & (periods <= when))
    own = score(panel.take(mine), profile=scores.profile)
    place = int(np.flatnonzero(now.index.get_level_values("unit") == unit)[0])
    row = now.loc(unit, when)
    known = not np.isnan(row["risk"])
    return Facts(
        unit=unit,
        period=when,
        now=now,
        own=own,
        row=row,
        place=place,
        likely=_likely(now, place) if known else pd.Series(dtype=np.float64),
        account=_account(now, unit, when) if known else None,
        course=trajectories(own),
        look=_look(now, unit, place) if known else None,
        changes=_changes(now, unit, place, row) if known else None,
        alike=comparable(profiles_of(now), place, count=NEAR),
    )


def chosen(scores: Scores, unit: str, period: pd.Period | None) -> pd.Period:
    """Return the period that is asked for, or the unit's latest with enough rated, or any score.

    Parameters
    ----------
    scores : Scores
        Those that a brief is made of.
    unit : str
        The country.
    period : pandas.Period, optional
        The one that is asked for.

    Raises
    ------
    InputError
        If the unit or the period is not there (the nearest is named).
    """
    units = scores.index.get_level_values("unit")
    if unit not in units:
        raise InputError("brief", [f"no unit '{unit}'{nearest(unit, set(units))}"])
    here = np.flatnonzero(units == unit)
    own = pd.PeriodIndex(scores.index.get_level_values("period")[here])
    if period is None:
        known = ~np.isnan(scores.sheet.risk[0, here])
        least = scores.profile.missing.band_coverage
        banded = known & (scores.sheet.view_coverage[0, here] >= least)
        some = next((s for s in (banded, known) if s.any()), known | True)
        return own[some].max()
    if str(period) not in own.astype(str):
        span = f"{unit} has {own.min()} to {own.max()}"
        raise InputError("brief", [f"no period '{period}' for {unit}; {span}"])
    return own[list(own.astype(str)).index(str(period))]


def _banded(now: Scores) -> NDArray[np.bool_]:
    return (now.to_frame()["band"] != UNKNOWN).to_numpy()


def _likely(now: Scores, place: int) -> pd.Series[float]:
    """Return quantiles of a row, its ranks among those of which enough is rated for a band."""
    banded = _banded(now)
    rows = np.flatnonzero(banded) if banded[place] else np.array([place])
    sure = uncertainty(now.panel.take(rows), profile=now.profile, draws=DRAWS, rng=SEED)
    return sure.to_frame().iloc[int(np.searchsorted(rows, place))]


def _account(now: Scores, unit: str, when: pd.Period) -> Account:
    """Return what makes the risk, from the median of the region, or of all, or from nothing."""
    units = now.index.get_level_values("unit")
    scored = ~np.isnan(now.sheet.risk[0])
    regions = region_of(units, "region")
    own = region_of([unit], "region")[0]
    reference = "absent"
    if own is not None and scored[regions == own].sum() >= MEDIAN_OF:
        reference = "region"
    elif scored.sum() >= MEDIAN_OF:
        reference = "world"
    return explain(now, of="risk", reference=reference).account(unit, when)


def _look(now: Scores, unit: str, place: int) -> Collection | None:
    found = collect_next(_one(now, place), unit, draws=LOOKS, rng=SEED)
    return found if len(found.table) else None


def _one(now: Scores, place: int) -> Scores:
    return score(now.panel.take([place]), profile=now.profile)


def _changes(now: Scores, unit: str, place: int, row: pd.Series[float]) -> SmallestChanges | None:
    """Return the fewest steps to the band below that of residual risk; what is past stays."""
    bands = now.profile.bands
    starts = np.array([band.start for band in bands])
    at = int(np.searchsorted(starts, round(float(row["residual_risk"]), 12), side="right")) - 1
    if at < 1:
        return None
    theirs = now.risk_framework.name == "un-foa-2014"
    locked = PAST if theirs else ()
    try:
        return smallest_changes(
            _one(now, place), unit, bands[at - 1].name, locked=locked, alternatives=0
        )
    except R2PRiskError:  # a search that grows too large, or a form that it cannot do
        return None


def profiles_of(now: Scores) -> np.ndarray:
    """Return presences and strengths of every row, shape (n, k + r); NaN where unknown."""
    frame = now.to_frame()
    frameworks = (now.risk_framework, now.resilience_framework)
    names = [factor.id for framework in frameworks for factor in framework.factors]
    return frame[names].to_numpy(dtype=np.float64)


def unrated(panel: Panel, unit: str, when: pd.Period) -> tuple[int, pd.Period | None]:
    """Count the indicators that were rated for a unit before a period and are not in it.

    Parameters
    ----------
    panel : Panel
        Of the unit, up to the period.
    unit : str
        The unit.
    when : pandas.Period
        The period.

    Returns
    -------
    tuple of (int, pandas.Period or None)
        How many, and the newest period of these ratings.
    """
    mine = panel.select(units=[unit])
    periods = pd.PeriodIndex(mine.index.get_level_values("period"))
    rated = mine.states == CellState.RATED
    now = rated[periods == when].any(axis=0)
    gone = rated[:, ~now & rated.any(axis=0)]
    if not gone.shape[1]:
        return 0, None
    return gone.shape[1], periods[gone.any(axis=1)].max()
