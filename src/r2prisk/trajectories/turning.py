"""Turning points of scores, and the episodes of risk between them."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.trajectories.chances import exceeds
from r2prisk.trajectories.change_points import change_points
from r2prisk.trajectories.kernel.cusum import Turns, cusum
from r2prisk.trajectories.kernel.movement import movement
from r2prisk.trajectories.kernel.smoother import Floats, filter_trends
from r2prisk.trajectories.series import last_known
from r2prisk.trajectories.trends import Trajectories

Method = Literal["cusum", "pelt"]

PLATEAU, HALF, RECOVERED = 0.9, 0.5, 0.25
"""Shares of a rise: a plateau holds so much of it, recovery begins when only half is left, and
ends when a quarter is."""


def turning_points(
    found: Trajectories, *, score: str = "risk", method: Method = "cusum"
) -> pd.DataFrame:
    """Return when a score turned, in which direction, when that could be known, and how sure it is.

    ``cusum``: Page's two-sided CUSUM of the surprises under a level that drifts without trend, as
    much as the profile's ``trends`` say is ordinary; an alarm where it exceeds the profile's
    ``turn_limit``, dated to the start of its run. ``pelt``: the best division into levels in
    hindsight (extra ``timeseries``).

    Parameters
    ----------
    found : Trajectories
        Of this score among others.
    score : str
        The score.
    method : {"cusum", "pelt"}
        How turns are found.

    Returns
    -------
    pandas.DataFrame
        One row a turn: ``unit``, ``period`` (the first on the new course), ``known`` (the period
        in which it could first be known; missing for ``pelt``, which needs the whole series),
        ``turn`` (``up`` or ``down``), ``sure``, ``before`` and ``after`` (smoothed level in the
        period before, and in the one in which it was known; for ``pelt`` in its first). ``sure``
        is the probability, as it could be known then, that the level had really moved that way by
        ``material`` times ``window`` or more since the period before; for ``pelt`` a ranking by
        the gain in fit.

    Raises
    ------
    InputError
        If there is no trajectory of the score, or the method is unknown.
    MissingExtraError
        If ``pelt`` is asked for and ruptures is not installed.

    Notes
    -----
    Page, E. S. (1954), doi:10.1093/biomet/41.1-2.100. Killick, R., Fearnhead, P. & Eckley, I. A.
    (2012), doi:10.1080/01621459.2012.737745.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2008", freq="Y")], names=["unit", "period"])
    >>> rise = pd.DataFrame({"risk": [0.2, 0.2, 0.2, 0.2, 0.3, 0.4, 0.5, 0.6]}, index=index)
    >>> turns = turning_points(trajectories(rise, of=["risk"]))
    >>> turns[["unit", "period", "known", "turn"]].astype(str).to_numpy().tolist()
    [['SDN', '2005', '2006', 'up']]
    """
    if method not in get_args(Method):
        allowed = f"allowed: {', '.join(get_args(Method))}{nearest(method, get_args(Method))}"
        raise InputError("turning_points", [f"no method '{method}'; {allowed}"])
    course, trends = found[score], found.profile.trends
    if method == "pelt":
        pelt = change_points(course.values)
        series, start, up, sure = pelt.series, pelt.start, pelt.up, pelt.sure
        detected = start
        known = pd.PeriodIndex([pd.NaT] * len(series), dtype=found.periods.dtype)
    else:
        flat = filter_trends(
            course.values,
            noise=course.noise,
            level_disturbance=course.level_disturbance,
            slope_disturbance=np.array(0.0),
            step=found.step,
            sloping=False,
        )
        # the tails stay in: a move too large for ordinary drift is what a turn is
        z = flat.surprise
        turns = cusum(z, reference=trends.turn_reference, limit=trends.turn_limit)
        first = _first_alarms(turns, ~np.isnan(z))
        series, start, up = turns.series[first], turns.start[first], turns.up[first]
        detected = turns.detected[first]
        sure = _sure(found, score, series, start, detected, up)
        known = found.periods[detected]
    level = course.smoothed.level
    return pd.DataFrame(
        {
            "unit": np.array(found.units, dtype=object)[series],
            "period": found.periods[start],
            "known": known,
            "turn": np.where(up, "up", "down"),
            "sure": sure,
            "before": level[series, np.maximum(start - 1, 0)],
            "after": level[series, detected],
        }
    )


def _first_alarms(turns: Turns, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Drop alarms that go on where the one before left off, in the same direction: one turn."""
    # the place of each value among the series' values: a gap is no break
    place = np.cumsum(known, axis=1)
    start, detected = place[turns.series, turns.start], place[turns.series, turns.detected]
    first = np.ones(len(turns.series), dtype=bool)
    first[1:] = (
        (turns.series[1:] != turns.series[:-1])
        | (turns.up[1:] != turns.up[:-1])
        | (start[1:] != detected[:-1] + 1)
    )
    return first


def _sure(
    found: Trajectories,
    score: str,
    series: NDArray[np.intp],
    start: NDArray[np.intp],
    detected: NDArray[np.intp],
    up: NDArray[np.bool_],
) -> Floats:
    """Return how sure it was, when a turn was known, that the level had moved by enough."""
    course, trends = found[score], found.profile.trends
    lags, sure = detected - start + 1, np.full(len(series), np.nan)
    enough = trends.material * trends.window
    for lag in np.unique(lags).tolist():
        mean, variance = movement(
            course.carried,
            course.carried,
            level_disturbance=course.level_disturbance,
            slope_disturbance=np.array(course.slope_disturbance),
            shift=course.shift,
            step=found.step,
            lag=lag,
        )
        mine = lags == lag
        at, years = (series[mine], detected[mine]), lag * found.step
        moved = np.where(up[mine], mean[at], -mean[at]) * years
        sure[mine] = exceeds(moved, np.sqrt(variance[at]) * years, enough)
    return sure


def episodes(found: Trajectories, *, score: str = "risk") -> pd.DataFrame:
    """Divide a score's course into episodes and their phases, as known now.

    An episode begins with a turn upwards. With the smoothed level before it as base and its
    highest level as peak: *onset* is the period of the turn; *escalation* lasts until 0.9 of the
    rise, *plateau* while it stays there, *de-escalation* until half of the rise is undone,
    *recovery* until three quarters are. Turns upwards on the way up belong to the episode; one that
    comes after the peak begins another.

    Parameters
    ----------
    found : Trajectories
        Of this score among others.
    score : str
        A score of which more is worse.

    Returns
    -------
    pandas.DataFrame
        One row a phase: ``unit``, ``episode`` (1, 2, ...), ``phase``, ``first`` and ``last``
        period, ``level_first``, ``level_last``, ``base``, ``peak``, ``sure`` (of the turn), and
        ``open`` (True where the episode had not ended with the last score).

    Raises
    ------
    InputError
        If there is no trajectory of the score.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2013", freq="Y")], names=["unit", "period"])
    >>> course = [0.2, 0.2, 0.2, 0.2, 0.3, 0.4, 0.5, 0.5, 0.5, 0.4, 0.3, 0.2, 0.2]
    >>> found = episodes(trajectories(pd.DataFrame({"risk": course}, index=index), of=["risk"]))
    >>> found[["phase", "first", "last"]].astype(str).to_numpy().tolist()
    [['onset', '2005', '2005'], ['escalation', '2006', '2006'], ['plateau', '2007', '2009'],
     ['de-escalation', '2010', '2010'], ['recovery', '2011', '2012']]
    """
    turns = turning_points(found, score=score)
    course = found[score]
    # no phase outlasts the last score
    last = last_known(~np.isnan(course.values))[:, None]
    level = np.where(np.arange(course.values.shape[1]) <= last, course.smoothed.level, np.nan)
    rows: list[dict[str, object]] = []
    for unit, ups in turns[turns["turn"] == "up"].groupby("unit", sort=False):
        place = found.unit(str(unit))
        done, number = -1, 0
        starts = found.periods.get_indexer(pd.PeriodIndex(ups["period"])).tolist()
        for start, sure in zip(starts, ups["sure"], strict=True):
            if start <= done or start == 0:
                continue
            number += 1
            again = _again(level[place], start, starts)
            done, phases = _phases(level[place][:again], start)
            for phase in phases:
                row = {"unit": unit, "episode": number, "sure": sure, **phase}
                rows.append(row if again is None else {**row, "open": False})
    frame = pd.DataFrame(
        rows,
        columns=["unit", "episode", "phase", "first", "last", *LEVELS, "sure", "open"],
    )
    for side in ("first", "last"):
        frame[side] = found.periods[frame[side].to_numpy(dtype=np.intp)]
    return frame


LEVELS = ("level_first", "level_last", "base", "peak")


def _again(level: Floats, start: int, turns: list[int]) -> int | None:
    """Return the next turn upwards that comes after the peak: it begins an episode of its own."""
    base = level[start - 1]
    for turn in turns:
        if turn > start and level[turn - 1] - base < PLATEAU * (level[start:turn].max() - base):
            return turn
    return None


def _phases(level: Floats, start: int) -> tuple[int, list[dict[str, object]]]:
    """Return the last period of an episode, and its phases as first and last places."""
    base = level[start - 1]
    end, peak = _end(level, start, base)
    share = (level[start : end + 1] - base) / (peak - base)
    high = np.flatnonzero(share >= PLATEAU) + start
    after = np.arange(high[-1] + 1, end + 1)
    halved = after[share[after - start] <= HALF]
    turn = int(halved[0]) if len(halved) else end + 1
    spans = [
        ("onset", start, start),
        ("escalation", start + 1, int(high[0]) - 1),
        ("plateau", max(int(high[0]), start + 1), int(high[-1])),
        ("de-escalation", int(high[-1]) + 1, turn - 1),
        ("recovery", turn, end),
    ]
    still = bool(share[-1] > RECOVERED)
    return end, [
        {
            "phase": name,
            "first": first,
            "last": last,
            "level_first": level[first],
            "level_last": level[last],
            "base": base,
            "peak": peak,
            "open": still,
        }
        for name, first, last in spans
        if first <= last
    ]


def _end(level: Floats, start: int, base: float) -> tuple[int, float]:
    """Return where an episode ends, and its peak so far: a quarter of the rise or less is left."""
    peak = level[start]
    for t in _known(level, start):
        peak = max(peak, level[t])
        if t > start and level[t] - base <= RECOVERED * (peak - base):
            return t, peak
    return int(_known(level, start)[-1]), peak


def _known(level: Floats, start: int) -> NDArray[np.intp]:
    return np.flatnonzero(~np.isnan(level[start:])) + start
