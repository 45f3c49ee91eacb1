"""Which rows are twins of one, and why the others are not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.units import lineage, load_units, predecessors, successors
from r2prisk.prevention.contrasts.followed import UNKNOWN as NOBODY_KNOWS
from r2prisk.prevention.contrasts.followed import Followed
from r2prisk.prevention.contrasts.near import distances, least_shared
from r2prisk.scoring.scores import UNKNOWN, Scores

CALIPER = 0.15
"""How far a twin may be: as far as half of all countries move from themselves in five years."""

REASONS = ("own", "later", "under_way", "unknown", "thin", "few_shared", "far", "near")
"""Why a row is no twin, in the order in which it is asked; each row has the first that holds."""


@dataclass(frozen=True, eq=False)
class Choice:
    """The twins of one row.

    Parameters
    ----------
    rows : array of int, shape (m,)
        Their places, the nearest first.
    distances, shared : array, shape (n,)
        Of every row: how far it is, and how many factors both have.
    could : array of int, shape (c,)
        Rows that could have been twins, at whatever distance.
    left_out : dict of str to int
        How many rows are no twins, by reason.
    """

    rows: NDArray[np.intp]
    distances: NDArray[np.float64]
    shared: NDArray[np.intp]
    could: NDArray[np.intp]
    left_out: dict[str, int]

    def nearest(self, state: NDArray[np.int8], mark: int) -> int | None:
        """Return the nearest row that is no twin and of which the mark holds, if there is one."""
        rest = np.setdiff1d(self.could[state[self.could] == mark], self.rows)
        return int(rest[np.argmin(self.distances[rest])]) if len(rest) else None


def choose(
    scores: Scores,
    followed: Followed,
    row: int,
    factors: list[str],
    *,
    caliper: float,
    hindsight: bool,
) -> Choice:
    """Choose the twins of a row: near in risk, of another country, with a known end.

    Parameters
    ----------
    scores : Scores, shape (n,)
        All rows.
    followed : Followed, shape (n,)
        What followed them.
    row : int
        The row that is contrasted.
    factors : list of str
        The risk factors over which the distance is taken.
    caliper : float
        The largest distance of a twin.
    hindsight : bool
        Whether a twin may be one of which the end was not known in the period of the row. Without
        it, rows of a record after that period are not even counted.

    Returns
    -------
    Choice
        Nearest first. Of one country, rows are a horizon apart at the least (where there is no
        horizon, one row): the nearest is taken, then the next that is far enough from it in time.
    """
    frame = scores.to_frame()
    units = scores.index.get_level_values("unit").to_numpy(object)
    periods = pd.PeriodIndex(scores.index.get_level_values("period"))
    profiles = frame[factors].to_numpy(dtype=np.float64)
    far, shared = distances(profiles, profiles[row])
    tests = {
        "own": np.isin(units, list(kin(str(units[row])))),
        "later": (followed.known.asi8 > periods.asi8[row]) & (not hindsight),
        "under_way": followed.under_way == 1,
        "unknown": followed.state == NOBODY_KNOWS,
        "thin": (frame["band"] == UNKNOWN).to_numpy(),
        "few_shared": shared < least_shared(int(shared[row])),
        "far": far > caliper + 1e-12,
    }
    why = np.select(list(tests.values()), list(range(len(tests))), default=len(tests))
    could = np.flatnonzero(why >= REASONS.index("far"))
    inside = np.flatnonzero(why == len(tests))
    order = inside[np.lexsort((periods.asi8[inside], units[inside].astype(str), far[inside]))]
    rows = _spaced(order, units, periods.asi8, followed.horizon)
    seen = np.ones(len(why), dtype=np.bool_)
    if not hindsight and followed.horizon is not None:
        # how long a record is today was not known then; the casebook is a closed book
        seen = periods.asi8 <= periods.asi8[row]
    counts = np.bincount(why[seen], minlength=len(REASONS))
    counts[-1] -= len(rows)
    left_out = {name: int(n) for name, n in zip(REASONS, counts, strict=True)}
    return Choice(rows, far, shared, could, left_out)


@lru_cache(maxsize=512)
def kin(unit: str) -> frozenset[str]:
    """Return a state with all that it came out of, and all that came out of it, under all codes.

    Parameters
    ----------
    unit : str
        ISO 3166 alpha-3 code.

    Examples
    --------
    >>> sorted(kin("BIH"))  # Serbia continues Yugoslavia; Croatia only came out of it too
    ['BIH', 'SCG', 'SRB', 'YUG']
    """
    found = set(lineage(unit))
    for step in (_before, _after):
        edge = set(lineage(unit))
        while edge := {other for one in edge for other in step(one)} - found:
            found |= edge
    return frozenset(code for one in found for code in lineage(one))


@lru_cache(maxsize=512)
def state_of(unit: str) -> str:
    """Return the oldest code of a state that has had several; it counts as one country.

    Examples
    --------
    >>> state_of("RUS"), state_of("SRB"), state_of("KEN")
    ('SUN', 'YUG', 'KEN')
    """
    return lineage(unit)[0]


def twin_table(
    scores: Scores, followed: Followed, choice: Choice, rows: NDArray[np.intp]
) -> pd.DataFrame:
    """Return rows as a table of twins.

    Returns
    -------
    pandas.DataFrame
        ``unit``, ``country`` (name), ``period``, ``distance``, ``shared``, ``risk``, ``residual``,
        ``resilience``, ``followed`` (1 or 0) and ``when`` (the period of the onset; NaT). Of whose
        resilience too little is rated for a band, it and residual risk are NaN.
    """
    frame = strong_enough(scores).iloc[rows]
    units = [str(unit) for unit in frame.index.get_level_values("unit")]
    columns: dict[str, Any] = {
        "unit": units,
        "country": [load_units()[unit].name for unit in units],
        "period": pd.PeriodIndex(frame.index.get_level_values("period")),
        "distance": choice.distances[rows],
        "shared": choice.shared[rows],
        "risk": frame["risk"].to_numpy(),
        "residual": frame["residual_risk"].to_numpy(),
        "resilience": frame["resilience"].to_numpy(),
        "followed": followed.state[rows].astype(int),
        "when": followed.when[rows],
    }
    return pd.DataFrame(columns)


def strong_enough(scores: Scores) -> pd.DataFrame:
    """Return scores with NaN for resilience, and what rests on it, where too little is rated.

    Parameters
    ----------
    scores : Scores, shape (n,)
        All rows; ``resilience_coverage`` below the share that a band needs is too little.
    """
    frame = scores.to_frame()
    thin = frame["resilience_coverage"] < scores.profile.missing.band_coverage
    return frame.assign(
        **{name: frame[name].mask(thin) for name in ("resilience", "residual_risk")}
    )


def _before(unit: str) -> set[str]:
    return {found.unit for found in predecessors(unit)}


def _after(unit: str) -> set[str]:
    return {found.successor for found in successors(unit)}


def _spaced(
    order: NDArray[np.intp],
    units: NDArray[np.object_],
    times: NDArray[np.int64],
    horizon: int | None,
) -> NDArray[np.intp]:
    """Keep of each state the nearest row, then those that are a horizon from all kept."""
    taken: dict[str, list[int]] = {}
    kept: list[int] = []
    for row in order.tolist():
        mine = taken.setdefault(state_of(str(units[row])), [])
        if mine and (horizon is None or any(abs(times[row] - t) < horizon for t in mine)):
            continue
        mine.append(int(times[row]))
        kept.append(row)
    return np.array(kept, dtype=np.intp)
