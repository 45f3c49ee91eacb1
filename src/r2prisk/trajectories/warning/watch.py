"""The watch list of a date: what was known then, in the readings of the field."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.scoring.choices import Rule
from r2prisk.scoring.write import write_frame
from r2prisk.trajectories.series import periods_in
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.alerts import alerts, clears, ended, lapsed
from r2prisk.trajectories.warning.archive import read_archive, sort_out
from r2prisk.trajectories.warning.as_of import as_of, end_of
from r2prisk.trajectories.warning.blind_spots import blind_spots
from r2prisk.trajectories.warning.channels import CHANNEL, channel_view
from r2prisk.trajectories.warning.episodes import under_way
from r2prisk.trajectories.warning.lists import OutsideList
from r2prisk.trajectories.warning.readings import (
    CALENDAR,
    RIGHTS,
    SPOTS,
    impossible,
    needed,
    readings,
    rules_said,
)
from r2prisk.trajectories.warning.show import as_html, as_text
from r2prisk.trajectories.warning.signals import needs
from r2prisk.trajectories.warning.triggers import read_calendar, upcoming
from r2prisk.trajectories.warning.write import about, long_form

NAMED = 8
"""How many units a note names."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class WatchList:
    """The watch list of a date; made by ``watch_list``.

    Parameters
    ----------
    date : str
        The date, of which the end counts.
    period : pandas.Period
        The last period that was known then.
    tables : dict of str to pandas.DataFrame
        For each reading all units that meet its rule, first things first, as numbers.
    rules : dict of str to str
        What puts a country into each reading, in words.
    clears : dict of str to str
        What would clear the alerts of each rule that was looked at, in words.
    impossible : dict of str to int
        Readings that the scores are too short for, with the periods that each needs.
    alerts, withheld : pandas.DataFrame
        Alerts that are on, and those that a person decided not to send, with the reason.
    set_aside : pandas.DataFrame
        ``unit``, ``country``, ``why``: left out of every table of a prevention view.
    notes : tuple of str
        What was known until when, and what is not in the list.
    shown : int
        Rows that are shown of each table.
    provenance : dict
        That of the trajectories, and which view it is.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": 0.7}, index=index), of=["risk"])
    >>> watch_list(found, 2004).alerts[["unit", "rule"]].to_numpy().tolist()
    [['SDN', 'very high risk']]
    """

    date: str
    period: pd.Period
    tables: Mapping[str, pd.DataFrame]
    rules: Mapping[str, str]
    clears: Mapping[str, str]
    impossible: Mapping[str, int]
    alerts: pd.DataFrame
    withheld: pd.DataFrame
    set_aside: pd.DataFrame
    notes: tuple[str, ...]
    shown: int
    provenance: Mapping[str, object]

    def to_frame(self) -> pd.DataFrame:
        """Return all tables under each other: ``reading``, ``place`` and every number."""
        return long_form(self)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write all tables as .csv, .json, .parquet or .xlsx, with notes, rules and provenance.

        Raises
        ------
        InputError
            If the ending is none of these or the file cannot be written.
        """
        write_frame(self.to_frame(), path, name="watch list", provenance=about(self))

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def watch_list(
    found: Trajectories,
    date: object,
    *,
    lag: int = 0,
    shown: int = 10,
    ongoing: pd.DataFrame | str | os.PathLike[str] | None = None,
    calendar: pd.DataFrame | str | os.PathLike[str] | None = None,
    lists: Iterable[OutsideList] = (),
    archive: str | os.PathLike[str] | None = None,
    prevention: bool = False,
) -> WatchList:
    """Make the watch list of a date from what was known then.

    Parameters
    ----------
    found : Trajectories
        Of any scores; what the readings need is taken from its scores.
    date : period, date or text
        A year (2016), quarter, month (2016-12) or day; its end counts.
    lag : int
        Periods that it takes until scores are published, >= 0.
    shown : int
        Rows of each table that are shown, >= 1; the tables hold all.
    ongoing : pandas.DataFrame or path-like, optional
        Episodes (``unit``, ``first``, ``last``) for the prevention view; the profile's
        ``watch.ongoing`` if not given.
    calendar : pandas.DataFrame or path-like, optional
        A trigger calendar (:func:`read_calendar`).
    lists : iterable of OutsideList
        Outside lists, for blind spots and the human-rights channel.
    archive : path-like, optional
        Decisions on alerts (:func:`decide`).
    prevention : bool
        Set aside the countries with an ongoing episode, so that first outbreaks are seen.

    Returns
    -------
    WatchList
        It shows itself in a terminal and a notebook.

    Raises
    ------
    InputError
        If the date, lag or ``shown`` is none, nothing was known yet, the scores have no risk, a
        file has faults, or ``ongoing`` is given without ``prevention``.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["NOR", "SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> risk = [0.1] * 6 + [0.6] * 6
    >>> found = trajectories(pd.DataFrame({"risk": risk}, index=index), of=["risk"])
    >>> watch = watch_list(found, "2005-12")
    >>> watch.period, watch.tables["persistently high"]["country"].tolist()
    (Period('2005', 'Y-DEC'), ['Sudan'])
    """
    _check(shown, ongoing, prevention)
    end = end_of(date, lag)
    of, notes = needed(found)
    then = as_of(found, date, lag=lag, of=of)
    given = tuple(lists)
    tables = readings(then)
    if calendar is not None:
        events = calendar if isinstance(calendar, pd.DataFrame) else read_calendar(calendar)
        tables[CALENDAR] = upcoming(events, then, date)
    if given:
        spots = blind_spots(then, given, date)
        tables[SPOTS] = spots[spots["side"] != "the same"]
        if CHANNEL in then.scores:
            tables[RIGHTS] = channel_view(then, given, date)
    looked_at = [rule for rule in then.profile.watch.rules if {*needs(rule)} <= {*of}]
    raised = alerts(then, rules=looked_at)
    withheld = raised.iloc[:0].assign(reason="", by="", decided="")
    if archive is not None:
        raised, withheld = sort_out(raised, read_archive(archive))
    aside = under_way(then, end, ongoing) if prevention else _nobody()
    if prevention:
        notes = [*notes, _aside_by(then, ongoing)]
    kept = {name: _without(table, aside) for name, table in tables.items()}
    return WatchList(
        date=str(date),
        period=then.periods[-1],
        tables=kept,
        rules=rules_said(then),
        clears={rule.name: clears(rule) for rule in looked_at},
        alerts=_without(raised, aside),
        withheld=_without(withheld, aside),
        set_aside=aside,
        notes=(
            *_known(then, end, date, lag),
            *notes,
            *_rated_anew(then),
            *_lapsed(then, looked_at),
            *_unseen(then),
            *_silent(given, end),
        ),
        impossible=impossible(then),
        shown=shown,
        provenance={**then.provenance, "prevention": prevention},
    )


def _check(shown: int, ongoing: object, prevention: bool) -> None:
    problems: list[str] = []
    # people pass 1.5; the type checker is not there to stop them
    if not isinstance(shown, (int, np.integer)) or shown < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append(f"shown: {shown} is not a whole number of rows from 1")
    if ongoing is not None and not prevention:
        problems.append("ongoing: is used by the prevention view only; say prevention=True")
    if problems:
        raise InputError("watch list", problems)


def _aside_by(then: Trajectories, ongoing: object) -> str:
    """Say what the prevention view takes for an episode under way."""
    rule = then.profile.watch.ongoing
    if ongoing is not None or rule is None:
        return "Set aside are the countries of the list of episodes that was given, and no others."
    return f"Set aside are countries in which {rule.of} reaches {rule.limit:.2f}."


def _nobody() -> pd.DataFrame:
    return pd.DataFrame({"unit": [], "country": [], "why": []}, dtype=object)


def _without(table: pd.DataFrame, aside: pd.DataFrame) -> pd.DataFrame:
    return table[~table["unit"].isin(aside["unit"])].reset_index(drop=True)


def _known(then: Trajectories, end: pd.Timestamp, date: object, lag: int) -> list[str]:
    """Say what was known until when."""
    last = then.periods[-1]
    late = f" ({lag} later than the last that had ended)" if lag else ""
    notes = [f"Known at the end of {date}: scores up to {last}{late}, and nothing later."]
    years = (end - last.end_time).days / 365.25
    if years > 1.05 and not lag:
        notes.append(f"The last scores are {years:.1f} years older than the date.")
    notes.append(
        "They are the scores of those periods as sources give them now: a source that was revised "
        "since may show more than could be seen then."
    )
    return notes


def _rated_anew(then: Trajectories) -> list[str]:
    """Say where other indicators were rated for most units: levels before and after differ."""
    course = then["risk"]
    lag = periods_in(then.profile.trends.window, then.step)
    known = ~np.isnan(course.values[:, -lag:])
    other = course.rated_anew[:, -lag:] & known
    most = other.sum(axis=0) > known.sum(axis=0) / 2
    when = [str(period) for period in then.periods[-lag:][most]]
    if not when:
        return []
    note = (
        f"Other indicators were rated in {', '.join(when)} than before, in most countries: levels, "
        "bands and places do not compare with those before. Movements leave that out, as far as "
        "can be told."
    )
    return [note]


def _lapsed(then: Trajectories, rules: list[Rule]) -> list[str]:
    """Name the alerts that nothing cleared and nothing is known of any more."""
    catalogue = load_units()
    return [
        f"Lapsed, not cleared, for want of scores: {rule}: "
        f"{', '.join(catalogue[unit].name for unit in units)}."
        for rule, units in lapsed(then, rules).items()
    ]


def _unseen(then: Trajectories) -> list[str]:
    """Name the units that are in no reading."""
    catalogue, gone = load_units(), ended(then)
    seen = then["risk"].known[:, -1]
    scored = then.scores["risk"].notna().groupby(level="unit").any()
    any_score = scored.reindex(list(then.units)).to_numpy(dtype=bool)
    when = then.scores.index.get_level_values("period")
    first = then.periods[
        max(0, len(then.periods) - periods_in(then.profile.trends.window, then.step))
    ]
    late = then.scores["risk"][when >= first].notna().groupby(level="unit").any()
    thin = late.reindex(list(then.units), fill_value=False).to_numpy(dtype=bool)
    never = np.isnan(then["risk"].values).all(axis=1)
    window = f"{then.profile.trends.window:g} years"
    least = f"{then.profile.missing.band_coverage:.0%}"
    kinds = {
        f"No score within {window}": ~seen & ~never & ~gone & ~thin,
        f"Too little rated for a trajectory (less than {least})": (
            ~seen & ~gone & any_score & (never | thin)
        ),
        "No risk score at all": never & ~any_score & ~gone,
        "Ended as a state": gone,
    }
    notes: list[str] = []
    for why, which in kinds.items():
        names = [catalogue[then.units[u]].name for u in np.flatnonzero(which)]
        if names:
            more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
            count = f"{len(names)} " + ("country" if len(names) == 1 else "countries")
            notes.append(f"{why}, in no reading: {count}: {', '.join(names[:NAMED])}{more}.")
    return notes


def _silent(lists: tuple[OutsideList, ...], end: pd.Timestamp) -> list[str]:
    """Name the outside lists of which nothing was out yet, and what could not be read of them."""
    lost = [
        f"{listed.name}: codes that stand for no unit: "
        + ", ".join(f"{code} ({count})" for code, count in listed.left_out.items())
        for listed in lists
        if listed.left_out
    ]
    late = [
        f"{listed.name} (first {listed.frame['date'].min()})"
        for listed in lists
        if not len(listed.edition(end))
    ]
    out = [f"Outside lists of which nothing was out yet: {', '.join(late)}."] if late else []
    return [*out, *lost]
