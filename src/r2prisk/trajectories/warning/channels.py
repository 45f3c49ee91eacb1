"""The human-rights channel beside the others, and what each of them and each list showed when."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.as_of import as_of, end_of
from r2prisk.trajectories.warning.lists import OutsideList, distinct
from r2prisk.trajectories.warning.standing import jump
from r2prisk.trajectories.words import is_resilience, movements

CHANNEL = "human_rights"
CONFLICT = ("conflict", "groups")
"""Channels that lists of conflict and genocide follow."""


def channel_view(found: Trajectories, lists: Iterable[OutsideList], date: object) -> pd.DataFrame:
    """Return the units of whose fast and intense violations lists of conflict say nothing.

    Fast: ``P(human rights channel rises by more than material)`` reaches ``sure``, or its last
    score was a :func:`jump`. Intense: its level is at the floor of the profile's rule for the
    channel (else at ``high``) or over it. Quiet: every outside list that was out ranks the unit
    below ``quiet`` or does not name it, and neither the conflict nor the groups channel rises
    with ``sure``. Editions older than ``current`` years do not count either way.

    Parameters
    ----------
    found : Trajectories
        Its scores must have the channel ``human_rights`` of the profile.
    lists : iterable of OutsideList
        Of each the newest edition that was out at the end of the date.
    date : period, date or text
        As in :func:`as_of`.

    Returns
    -------
    pandas.DataFrame
        The most intense first: ``unit``, ``country``, ``human_rights`` (level),
        ``movement`` (a year), ``rising`` (probability), ``surprise``, ``risk``, a column for each
        channel of conflict (level), and ``lists``: what each list has on it.

    Raises
    ------
    InputError
        As :func:`as_of`, or if the scores have no such channel.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["KEN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = {"risk": 0.4, "RF2": [0.4, 0.4, 0.4, 0.4, 0.6, 0.8], "RF7": 0.6}
    >>> found = trajectories(pd.DataFrame(rise, index=index), of=["risk"])
    >>> channel_view(found, [], "2006")["country"].tolist()
    ['Kenya']
    """
    end, given = end_of(date), distinct(lists)
    if CHANNEL not in found.scores:
        raise InputError("blind spots", [f"the scores have no channel '{CHANNEL}'"])
    others = [name for name in CONFLICT if name in found.scores]
    then = as_of(found, date, of=["risk", CHANNEL, *others])
    watch = then.profile.watch
    course, moved = then[CHANNEL], movements(then, CHANNEL)
    level, surprise = course.filtered.level[:, -1], course.surprise[:, -1]
    floors = [r.floor for r in watch.rules if r.of == CHANNEL and r.floor > 0]
    rising = moved.rising[:, -1]
    listed = level >= min(floors, default=watch.high)
    listed &= (rising >= watch.sure) | jump(then, CHANNEL)
    columns: dict[str, object] = {
        "unit": then.units,
        "country": [load_units()[unit].name for unit in then.units],
        CHANNEL: level,
        "movement": moved.mean[:, -1],
        "rising": rising,
        "surprise": surprise,
        "risk": then["risk"].filtered.level[:, -1],
    }
    for name in others:
        columns[name] = then[name].filtered.level[:, -1]
        listed &= ~(movements(then, name).rising[:, -1] >= watch.sure)
    # years of 366 days: a leap day does not make an edition of exactly so many years too old
    oldest = end - pd.Timedelta(days=366 * watch.current)
    editions = [(outside, outside.edition(end)) for outside in given]
    for _, edition in editions:
        # an old edition neither speaks nor is silent
        if len(edition) and edition["date"].iloc[0].end_time < oldest:
            continue
        ranks = edition.set_index("unit")["rank"].reindex(list(then.units)).to_numpy(dtype=float)
        # named without a rank is no silence
        listed &= ~pd.Index(then.units).isin(edition["unit"]) | (ranks > watch.quiet)
    table = pd.DataFrame(columns)[listed]
    table["lists"] = [
        "; ".join(f"{outside.name}: {_listed(outside, e, unit)}" for outside, e in editions)
        for unit in table["unit"]
    ]
    return table.sort_values([CHANNEL, "unit"], ascending=[False, True], ignore_index=True)


def _listed(outside: OutsideList, edition: pd.DataFrame, unit: str) -> str:
    """Say what an edition has on a unit."""
    if not len(edition):
        return f"nothing out yet (first {outside.frame['date'].min()})"
    when = edition["date"].iloc[0]
    mine = edition[edition["unit"] == unit]
    if not len(mine):
        return f"not named ({when})"
    rank = float(mine["rank"].iloc[0])
    most = int(edition["rank"].count())
    return f"named ({when})" if np.isnan(rank) else f"place {rank:g} of {most} ({when})"


def when(
    found: Trajectories, lists: Iterable[OutsideList], unit: str, dates: Iterable[object]
) -> pd.DataFrame:
    """Say for one unit what our channels and each list showed at several dates, as known then.

    Parameters
    ----------
    found : Trajectories
        Of risk; its scores may have the channels of the profile.
    lists : iterable of OutsideList
        Of each the newest edition that was out at the end of each date.
    unit : str
        The unit.
    dates : iterable of period, date or text
        As in :func:`as_of`.

    Returns
    -------
    pandas.DataFrame
        One row for each date and each of risk, resilience, channels and lists: ``date``, ``known``
        (our last period then), ``what``, ``level``, ``movement``, ``surprise``, ``place`` (1 is
        most at risk, or least resilient), ``of`` and ``shows`` (text).
        ``pivot(index="what", columns="date", values="shows")`` lays it out.

    Raises
    ------
    InputError
        As :func:`as_of`, or if the unit had no trajectory at a date.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["KEN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": 0.4}, index=index), of=["risk"])
    >>> when(found, [], "KEN", ["2005"])["shows"].tolist()
    ['0.40, +0.00 a year, surprise +0.0, place 1 of 1']
    """
    given, rows = distinct(lists), []
    channels = [name for name in found.profile.watch.channels if name in found.scores]
    resilience = ["resilience"] if "resilience" in found.scores else []
    for date in dates:
        then, end = as_of(found, date, of=["risk", *resilience, *channels]), end_of(date)
        about = {"date": str(date), "known": then.periods[-1]}
        rows += [about | _channel(then, name, then.unit(unit)) for name in then.courses]
        for outside in given:
            edition = outside.edition(end)
            mine = edition.loc[edition["unit"] == unit, "rank"]
            listed = {
                "place": float(mine.iloc[0]) if len(mine) else np.nan,
                "of": float(edition["rank"].count()),
                "shows": _listed(outside, edition, unit),
            }
            rows.append(about | {"what": outside.name} | listed)
    columns = ["date", "known", "what", "level", "movement", "surprise", "place", "of", "shows"]
    return pd.DataFrame(rows, columns=pd.Index(columns))


def _channel(then: Trajectories, name: str, u: int) -> dict[str, object]:
    course = then[name]
    level = course.filtered.level[:, -1]
    moved, surprise = movements(then, name).mean[u, -1], course.surprise[u, -1]
    worse = level < level[u] if is_resilience(then, name) else level > level[u]
    place, of = float(worse.sum() + 1), int((~np.isnan(level)).sum())
    if np.isnan(level[u]):
        return {"what": name, "of": of, "shows": "unknown"}
    shows = f"{level[u]:.2f}"
    shows += "" if np.isnan(moved) else f", {moved + 0.0:+.2f} a year".replace("-0.00", "+0.00")
    shows += "" if np.isnan(surprise) else f", surprise {surprise:+.1f}".replace("-0.0", "+0.0")
    return {
        "what": name,
        "level": float(level[u]),
        "movement": float(moved),
        "surprise": float(surprise),
        "place": place,
        "of": of,
        "shows": f"{shows}, place {place:g} of {of}",
    }
