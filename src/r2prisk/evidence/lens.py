"""The human-rights lens: how bad violations are, and how fast they worsen, as monitors report."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.evidence.carry import Ints, carry
from r2prisk.evidence.models import Weights, load_declared
from r2prisk.evidence.pool import as_times, grid, posterior, rows_of
from r2prisk.evidence.table import EvidenceTable

FRAMEWORK = "un-foa-2014"
"""The framework whose factors the lens looks at."""


def human_rights_lens(
    table: EvidenceTable, dates: Iterable[object] | object, *, weights: Weights | None = None
) -> pd.DataFrame:
    """Return level and intensity of violations, from what monitoring mechanisms report.

    All their evidence on the indicators of the declared factors (RF2 and RF7) is pooled to one Beta
    posterior for a unit, by the formula of :func:`pool`. The level is its mean at the end of the
    period; the intensity is the level less the level twelve months before, as known then.

    Parameters
    ----------
    table : EvidenceTable
        The evidence; rows of other mechanisms, of other indicators and without a rating stay out.
    dates : iterable of period, date or text, or one of them
        Years, quarters, months or days, all of one kind, each once.
    weights : Weights, optional
        The declared ones if not given.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``period`` for each unit of the table; columns ``level`` (0 to 1; NaN where
        the mass is below the least), ``variance``, ``intensity`` (change a year, -1 to 1; NaN where
        either level is) and ``mass``. ``attrs["note"]`` says how many rows it rests on.

    Raises
    ------
    InputError
        If the table is empty, or a period cannot be read, is of another kind or stands twice.

    Notes
    -----
    A channel of its own beside risk lists: lists of conflict and of genocide risk did not show
    Libya before 2011. Monitors look harder where it is worse, so a rise may be a rise in attention.

    Examples
    --------
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> about = {"unit": "LBY", "indicator": "7.10", "confidence": "high", "mechanism": "ngo",
    ...     "reference": "An invented report", "coder": "A"}
    >>> calm = Evidence(id="E1", date="2010-01-31", rating="weak", **about)
    >>> storm = Evidence(id="E2", date="2011-02-25", rating="severe", **about)
    >>> human_rights_lens(read_evidence([calm, storm]), ["2010-02", "2011-02"]).round(2)[
    ...     ["level", "intensity"]].to_numpy().tolist()
    [[0.28, nan], [0.83, 0.55]]
    """
    declared = load_declared()
    how = declared.weights if weights is None else weights
    periods, times = as_times(dates)
    if not len(table):
        raise InputError("evidence", ["has no rows to pool"])
    foa = load_framework(FRAMEWORK)
    looked_at = {i.id for f in foa.factors if f.id in declared.lens.factors for i in f.indicators}
    frame = table.to_frame()
    seen = (
        frame["indicator"].isin(looked_at)
        & frame["mechanism"].isin(declared.lens.mechanisms)
        & frame["rating"].notna()
    ).to_numpy()
    group = frame["unit"].cat.codes.to_numpy().astype(np.int64)
    before = _year_before(times)
    every = np.unique(np.concatenate([times, before]))
    sums = carry(rows_of(table, frame, group, how).take(seen), every, len(table.units))
    level, variance = posterior(sums.mass, sums.rated, how)
    level[sums.mass < how.least_mass] = np.nan
    now, then = np.searchsorted(every, times), np.searchsorted(every, before)
    found = pd.DataFrame(
        {
            "level": level[now].T.ravel(),
            "variance": np.where(np.isnan(level), np.nan, variance)[now].T.ravel(),
            "intensity": (level[now] - level[then]).T.ravel(),
            "mass": sums.mass[now].T.ravel(),
        },
        index=grid(table.units, periods),
    )
    found.attrs["note"] = f"{int(seen.sum()):,} of {len(table):,} rows are seen by the lens"
    return found


def _year_before(times: Ints) -> Ints:
    """Return the same day of the year before; the last of a February stays the last."""
    day = times.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    nth = (day - month.astype("datetime64[D]")).astype(np.int64)
    last_day = nth == _length(month) - 1
    then, length = month - 12, _length(month - 12)
    nth = np.where(last_day, length - 1, np.minimum(nth, length - 1))
    return then.astype("datetime64[D]").astype(np.int64) + nth


def _length(month: NDArray[np.datetime64]) -> Ints:
    """Return how many days months have."""
    first, after = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]")
    return (after - first).astype(np.int64)
