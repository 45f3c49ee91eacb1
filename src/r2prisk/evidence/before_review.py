"""Own ratings that improve all at once before a review: a flag that reports and never alters."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError
from r2prisk.evidence.codings import Floats, codings_of, counted, noted
from r2prisk.panel.gate import FrameworksLike
from r2prisk.panel.periods import period_of

# The limits are declared assumptions, set by judgement and not fitted to data.

LEAST_MOVE = 0.05
"""An improvement below a fifth of the step between two rating words is not reported."""

FEWEST_INDICATORS = 5
"""Indicators rated anew, below which a movement is not counted."""

FEWEST_MOVES = 3
"""Earlier movements below which the latest cannot be called unusual."""


def sudden_improvement(
    own: pd.DataFrame,
    review_date: str | dt.date | pd.Period,
    *,
    months: int = 12,
    frameworks: FrameworksLike | None = None,
) -> pd.DataFrame:
    """Return whether own ratings improved before a review more than they ever moved before.

    A movement is the mean change, over the indicators rated anew within a span of ``months``,
    from the last rating before the span to the last one in it; less risk and more resilience are
    improvements. The span that ends the day before the review is held against those before it,
    end to end, back to the first rating.

    Parameters
    ----------
    own : pandas.DataFrame
        Coded ratings, as ``codings_of`` describes them. A rating stands at the last day of its
        period; what ends on or after the review is left out and counted.
    review_date : str, date or Period
        The day of the review (say, of the Universal Periodic Review); of a month, quarter or
        year, its first day.
    months : int, 1 or more
        Length of the span.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``; columns ``improvement`` (of the span before the review; NaN with fewer
        than ``FEWEST_INDICATORS`` rated anew), ``indicators`` (rated anew), ``earlier`` (the
        largest earlier movement, up or down), ``movements`` (earlier ones), ``flag`` and
        ``words``. True where the improvement is at least ``LEAST_MOVE`` and larger than every
        earlier movement; NA, unknown, with fewer than ``FEWEST_MOVES`` of these.

    Raises
    ------
    InputError
        As ``codings_of``; if the review date cannot be read, or ``months`` is below 1.

    Notes
    -----
    Of ``k`` earlier movements and a latest, all alike and as often up as down, the latest is the
    largest and up with probability ``1/(2 (k + 1))``: the words say it. Reform before a review
    looks the same as polish before a review: the flag asks for a second look, no more.

    Examples
    --------
    >>> names = ["1.1", "1.2", "1.3", "1.4", "1.5"]
    >>> rows = pd.DataFrame([("KEN", name, year, "government", 0.25 if year == 2009 else 0.75)
    ...     for name in names for year in range(2005, 2010)],
    ...     columns=["unit", "indicator", "year", "coder", "rating"])
    >>> print(sudden_improvement(rows, "2010-05-06").loc["KEN", "words"])
    improved by 0.50 on 5 indicators in the 12 months before 2010-05-06; the largest of 3 earlier
    movements was 0.00 (chance alone: 1 in 8)
    """
    if months < 1:
        raise InputError("months", [f"is {months}; 1 or more are needed"])
    review = period_of(review_date, "review_date").asfreq("D", how="S")
    codings = codings_of(own, frameworks=frameworks, subject="own ratings")
    cells = codings.cells
    day = pd.PeriodIndex(cells["period"]).asfreq("D", how="E").asi8
    late = day >= review.ordinal
    notes = list(codings.notes)
    if late.any():
        notes.append(f"{counted(late, 'cell')} left out: not before the review")
    units = list(dict.fromkeys(cells["unit"]))
    cuts = _cuts(review, months, int(day.min(initial=review.ordinal)))
    moves, indicators = _movements(cells[~late], codings.means[~late], day[~late], cuts, units)
    moves = np.where(indicators >= FEWEST_INDICATORS, moves, np.nan)
    before = np.abs(moves[1:])
    known = ~np.isnan(before)
    largest = before.max(axis=0, initial=0.0, where=known)
    found = pd.DataFrame(
        {
            "improvement": moves[0],
            "indicators": indicators[0],
            "earlier": np.where(known.any(axis=0), largest, np.nan),
            "movements": known.sum(axis=0),
        },
        index=pd.Index(units, name="unit", dtype=object),
    )
    span = f"in the {months} months before {review}"
    read = [_sudden(row, span) for row in found.to_dict("records")]
    found["flag"] = pd.array([flag for flag, _ in read], dtype="boolean")
    found["words"] = [text for _, text in read]
    return noted(found, tuple(notes))


def _cuts(review: pd.Period, months: int, first: int) -> list[int]:
    """Return the last days of the spans, latest first, back to one before all ratings."""
    days: list[int] = []
    while len(days) < 2 or days[-1] >= first:
        shift = pd.DateOffset(months=months * len(days))
        days.append(pd.Period(review.to_timestamp() - shift, freq="D").ordinal - 1)
    return days


def _movements(
    cells: pd.DataFrame,
    ratings: Floats,
    day: NDArray[np.int64],
    cuts: list[int],
    units: list[str],
) -> tuple[Floats, NDArray[np.int64]]:
    """Return mean improvements and the indicators behind them, shapes (spans, units)."""
    # cells stand by unit, indicator and period: those of one indicator make a line of rising days
    fresh = np.ones(len(cells), dtype=bool)
    names = cells[["unit", "indicator"]].to_numpy(dtype=object)
    fresh[1:] = (names[1:] != names[:-1]).any(axis=1)
    first, line = np.flatnonzero(fresh), np.cumsum(fresh) - 1
    # days within lines as one rising row of numbers: one search finds the last day of each line
    origin = min(cuts[-1], int(day.min(initial=cuts[0])))
    length = max(cuts[0], int(day.max(initial=cuts[0]))) - origin + 1
    asked = np.arange(len(first)) * length + (np.array(cuts)[:, None] - origin)
    last = np.searchsorted(line * length + (day - origin), asked, side="right") - 1
    anew = (last[:-1] > last[1:]) & (last[1:] >= first)
    good = np.where(cells["kind"].to_numpy()[first] == "risk", -1.0, 1.0)
    change = np.where(anew, good * (ratings[last[:-1]] - ratings[last[1:]]), 0.0)
    where = pd.Index(units).get_indexer(pd.Index(cells["unit"].to_numpy()[first]))
    count = np.array([np.bincount(where, row, len(units)) for row in anew.astype(float)])
    total = np.array([np.bincount(where, row, len(units)) for row in change])
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean, count.astype(np.int64)


def _sudden(row: dict[Any, Any], span: str) -> tuple[bool | None, str]:
    """Judge the latest movement of one unit and say it."""
    latest, count, many = row["improvement"], int(row["indicators"]), int(row["movements"])
    if np.isnan(latest):
        return None, f"{count} indicators rated anew {span}: too few to say"
    moved = f"{'improved' if latest > 0 else 'worsened'} by {abs(latest):.2f}"
    moved = "unchanged" if f"{latest:.2f}" in ("0.00", "-0.00") else moved
    said = f"{moved} on {count} indicators {span}"
    if many:
        moves = "movement was" if many == 1 else "movements was"
        said += f"; the largest of {many} earlier {moves} {row['earlier']:.2f}"
    if latest < LEAST_MOVE - 1e-9:
        return False, said
    if many < FEWEST_MOVES:
        return None, f"{said}; too few to compare with ({FEWEST_MOVES} needed)"
    chance = f" (chance alone: 1 in {2 * (many + 1)})"
    return (True, said + chance) if latest > row["earlier"] + 1e-9 else (False, said)
