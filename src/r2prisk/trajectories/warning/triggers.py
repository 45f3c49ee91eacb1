"""Triggers: the calendar of dated events ahead, and fresh ones that the scores show."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import read_cells
from r2prisk.catalogue.units import load_units, resolve
from r2prisk.catalogue.units import nearest as nearest_unit
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.phrases import plain_text
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.as_of import as_of, end_of
from r2prisk.trajectories.warning.signals import follow
from r2prisk.trajectories.warning.standing import jump, standing
from r2prisk.trajectories.words import movements

KINDS = (
    *("election", "referendum", "verdict", "commemoration", "transition", "deadline", "other"),
)
"""The kinds of event of a trigger calendar."""

TRIGGERS = "RF8"
"""The risk factor of the UN Framework that holds the triggers."""

COLUMNS = ("unit", "date", "kind", "what", "source")


def read_calendar(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read a trigger calendar.

    Parameters
    ----------
    path : path-like
        A CSV with the columns ``unit`` (an ISO 3166 alpha-3 code, or a country by name), ``date``
        (a day or a month), ``kind`` (one of ``KINDS``), ``what`` and, optionally, ``source``.

    Returns
    -------
    pandas.DataFrame
        In order of date: ``unit``, ``date`` (pandas Periods, days or months), ``kind``, ``what``,
        ``source``.

    Raises
    ------
    InputError
        With every fault and its row: unknown unit or kind (the nearest is named), no day or month,
        nothing said of what, an event that stands twice.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "calendar.csv"
    >>> _ = path.write_text("unit,date,kind,what\nKenya,2017-08-08,election,General election\n")
    >>> read_calendar(path)[["unit", "kind"]].to_numpy().tolist()
    [['KEN', 'election']]
    """
    file = Path(path)
    rows = read_cells(file, columns=COLUMNS, needed=COLUMNS[:4])
    problems: list[str] = []
    names = [cells["unit"] for _, cells in rows]
    units = np.where(pd.isna(codes := resolve(names, "iso3")), resolve(names, "name"), codes)
    events: list[tuple[object, ...]] = []
    for (n, cells), unit in zip(rows, units, strict=True):
        told: list[str] = []
        if unit is None:
            told.append(_unknown(cells["unit"]))
        period = _date(cells["date"], told)
        kind = cells["kind"].casefold()
        if kind not in KINDS:
            hint = nearest(kind, KINDS)
            told.append(f"kind '{cells['kind']}' is not one of {', '.join(KINDS)}{hint}")
        if not cells["what"]:
            told.append("what: is empty; say what happens")
        event = (unit, period, kind, plain_text(cells["what"]))
        if not told and event in [known[:4] for known in events]:
            told.append(f"stands twice: {unit} {period} {kind}")
        problems += [f"row {n}: {problem}" for problem in told]
        events.append((*event, plain_text(cells["source"])))
    if problems:
        raise InputError(file.name, problems)
    events.sort(key=lambda event: (cast(pd.Period, event[1]).end_time, str(event[0])))
    return pd.DataFrame(events, columns=pd.Index(COLUMNS))


def _unknown(name: str) -> str:
    close = nearest_unit(name)
    hint = f"; did you mean '{close.name}'?" if close else ""
    return f"unit '{name}' is no ISO 3166 alpha-3 code and no country{hint}"


def _date(text: str, told: list[str]) -> pd.Period | None:
    try:
        period = period_of(text, "date")
    except InputError:
        period = None
    if period is None or period.freqstr not in ("D", "M"):
        told.append(f"date '{text}' is not a day (2017-08-08) or a month (2017-08)")
        return None
    return period


def upcoming(
    calendar: pd.DataFrame, found: Trajectories, date: object, *, years: float | None = None
) -> pd.DataFrame:
    """Return the events ahead, with how each country stood when last scored.

    Parameters
    ----------
    calendar : pandas.DataFrame
        From :func:`read_calendar`.
    found : Trajectories
        Of risk; cut at the date (:func:`as_of`) where it reaches further.
    date : period, date or text
        A day, or a month or longer, of which the last month counts: its events are shown too.
    years : float, optional
        How far ahead, > 0; the profile's ``triggers`` if not given.

    Returns
    -------
    pandas.DataFrame
        The highest risk first, then by date; countries without a trajectory last. ``date``,
        ``unit``, ``country``, ``kind``, ``what``, ``source``, ``risk``, ``band``, ``word``.

    Raises
    ------
    InputError
        If the date is none, the years are not above 0, or there is no trajectory of risk.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("KEN", pd.Period("2016"))], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.4]}, index=index), of=["risk"])
    >>> calendar = pd.DataFrame({"unit": ["KEN"], "date": [pd.Period("2017-08-08")],
    ...     "kind": "election", "what": "General election", "source": ""})
    >>> upcoming(calendar, found, "2016-12")[["country", "risk", "band"]].to_numpy().tolist()
    [['Kenya', 0.4, 'moderate']]
    """
    ahead = found.profile.watch.triggers if years is None else years
    if not ahead > 0:
        raise InputError("calendar", [f"years: {ahead} is not above 0"])
    end = end_of(date)
    found = found if found.periods[-1].end_time <= end else as_of(found, date)
    given = period_of(date, "date")
    start = given.asfreq("D", how="end").start_time
    if given.freqstr != "D":
        start = start.replace(day=1)
    end = end + pd.Timedelta(days=365 * ahead)
    when = calendar["date"]
    near = [d.end_time >= start and d.start_time <= end for d in when]
    events = calendar[near].reset_index(drop=True)
    here = standing(found).set_index("unit").reindex(events["unit"]).reset_index(drop=True)
    units = load_units()
    table = events.assign(
        country=[units[unit].name for unit in events["unit"]],
        risk=here["risk"],
        band=here["band"].fillna("unknown"),
        word=here["word"].fillna("unknown"),
        ends=[d.end_time for d in events["date"]],
    )
    table = table.sort_values(["risk", "ends", "unit"], ascending=[False, True, True])
    columns = ["date", "unit", "country", "kind", "what", "source", "risk", "band", "word"]
    return table[columns].reset_index(drop=True)


def fresh_triggers(found: Trajectories) -> pd.DataFrame:
    """Return the countries whose triggers rose or came as a surprise in the last period.

    Listed where ``P(movement > material)`` of the triggers factor over the window reaches the
    profile's ``sure``, or its last score was a :func:`jump`, and the factor itself is not below
    the median of all countries: a trigger that hardly stands above nothing is none.

    Parameters
    ----------
    found : Trajectories
        Of ``RF8``, the triggers of the UN Framework, and of risk.

    Returns
    -------
    pandas.DataFrame
        The highest triggers first: the columns of :func:`standing`, with ``triggers`` (the level
        of the factor), ``triggers_movement`` (a year), ``triggers_rising`` (probability) and
        ``triggers_surprise`` (standard normal).

    Raises
    ------
    InputError
        If there is no trajectory of the triggers or of risk.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["KEN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = {"risk": 0.4, "RF8": [0.2, 0.2, 0.2, 0.2, 0.2, 0.6]}
    >>> found = trajectories(pd.DataFrame(rise, index=index), of=["risk", "RF8"])
    >>> fresh_triggers(found)[["unit", "triggers"]].round(2).to_numpy().tolist()
    [['KEN', 0.51]]
    """
    found = follow(found, [TRIGGERS, "risk"])
    course, moved = found[TRIGGERS], movements(found, TRIGGERS)
    sure = found.profile.watch.sure
    level, surprise = course.filtered.level[:, -1], course.surprise[:, -1]
    rising = moved.rising[:, -1]
    fresh = (rising >= sure) | jump(found, TRIGGERS)
    table = standing(found).merge(
        pd.DataFrame(
            {
                "unit": found.units,
                "triggers": level,
                "triggers_movement": moved.mean[:, -1],
                "triggers_rising": rising,
                "triggers_surprise": surprise,
            }
        )[fresh & (level >= _median(level))],
        on="unit",
    )
    return table.sort_values(["triggers", "unit"], ascending=[False, True], ignore_index=True)


def _median(level: Floats) -> float:
    known = level[~np.isnan(level)]
    return float(np.median(known)) if len(known) else np.inf
