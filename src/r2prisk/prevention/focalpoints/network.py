"""The network of focal points as data: who is in it, for how long, and where it has gaps."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pandas as pd

from r2prisk.catalogue.regions import load_regions
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.prevention.focalpoints.forms import NETWORK, Given, cells_of, country_of, date_of
from r2prisk.prevention.focalpoints.show import Showing, Shown, View
from r2prisk.prevention.focalpoints.words import UNKNOWN

HELD, VACANT = "held", "vacant"
"""States of a post; ``unknown`` is where the file names a country and nothing else."""

GROUPINGS = ("region", "subregion", "un_group")
"""Ways of grouping countries that the catalogue knows."""

MONTH = 30.4375
"""Days of a month, on average."""

YEAR = 12
"""Months within which a change of holder counts as recent."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Network(Showing):
    """The members of a network and their focal points; made by ``read_network``.

    Parameters
    ----------
    on : pandas.Period
        The day to which it is counted.
    members : pandas.DataFrame
        Index ``unit``; columns ``country``, ``region``, ``subregion``, ``un_group`` (empty where it
        is no UN member), ``group`` (the file's own), ``state`` (``held``, ``vacant`` or
        ``unknown``), ``person`` (a code), ``months`` (in post, NaN where unknown), ``seniority``,
        ``ministry`` (empty where unknown), ``meetings`` (attended, NaN where unknown) and
        ``changed`` (whether the holder changed within a year: ``yes``, ``no`` or ``unknown``).
    terms : pandas.DataFrame
        The rows of the file that had begun by the day, one for each holder.
    notes : tuple of str
        What was left out, and what was assumed.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["GHA", "DNK"], "since": ["2022-01", ""]})
    >>> network = read_network(frame, on="2024-01-01")
    >>> network.members[["state", "months"]].round(0).to_numpy().tolist()
    [['unknown', nan], ['held', 24.0]]
    """

    on: pd.Period
    members: pd.DataFrame
    terms: pd.DataFrame
    notes: tuple[str, ...]

    def coverage(self, by: str = "un_group") -> pd.DataFrame:
        """Return how many states of each region or group are members.

        Parameters
        ----------
        by : {"un_group", "region", "subregion", "group"}
            The grouping; ``group`` is the file's own, of which the size is not known.

        Returns
        -------
        pandas.DataFrame
            Index the group; ``members``, ``held``, ``vacant``, ``unknown`` (posts), ``states`` (UN
            members of the group, NaN for a group of the file) and ``share`` (of those that are
            members). Members outside every group stand under ``none``.

        Raises
        ------
        InputError
            If the grouping is none of these.
        """
        if by not in (*GROUPINGS, "group"):
            allowed = f"allowed: {', '.join((*GROUPINGS, 'group'))}"
            raise InputError("coverage", [f"'{by}' is no grouping; {allowed}"])
        names = self.members[by].replace("", "none").rename(by)
        table = pd.crosstab(names, self.members["state"])
        table = table.reindex(columns=[HELD, VACANT, UNKNOWN], fill_value=0)
        table.insert(0, "members", table.sum(axis=1))
        if by == "group":
            return table.assign(states=np.nan, share=np.nan)
        places, units = load_regions(), load_units()
        states = [u for u in units if units[u].kind == "un_member"]
        sizes = pd.Series([getattr(places[u], by) for u in states]).value_counts()
        table = table.reindex(sizes.index.union(table.index), fill_value=0).rename_axis(by)
        inside = self.members[[units[str(u)].kind == "un_member" for u in self.members.index]]
        counted = inside[by].value_counts().reindex(table.index).fillna(0.0)
        size = sizes.reindex(table.index).astype(float)
        return table.assign(states=size, share=counted / size)

    def turnover(self) -> pd.Series[float]:
        """Return how long holders stay, and how many posts changed hands.

        Returns
        -------
        pandas.Series
            ``members``, ``held``, ``vacant``, ``unknown``; ``months_in_post`` (median of the
            present holders whose start is known) and ``months_known`` (how many those are);
            ``months_served`` (median of the terms that ended) and ``served_known``; ``changed``
            (share of members whose holder changed within a year, of those where that is known) and
            ``changed_known``. NaN where nothing is known.
        """
        members = self.members
        held = members["months"][members["state"] == HELD].dropna()
        served = self.terms["served"].dropna()
        changed = members["changed"][members["changed"] != UNKNOWN]
        return pd.Series(
            {
                "members": len(members),
                **{state: int((members["state"] == state).sum()) for state in (HELD, VACANT)},
                UNKNOWN: int((members["state"] == UNKNOWN).sum()),
                "months_in_post": held.median(),
                "months_known": len(held),
                "months_served": served.median(),
                "served_known": len(served),
                "changed": (changed == "yes").mean(),
                "changed_known": len(changed),
            },
            dtype=float,
        )

    def _view(self) -> View:
        t = self.turnover()
        tables = [
            Shown(f"Members by {name}", _coverage_shown(self.coverage(by)), _COUNTS)
            for name, by in (("UN regional group", "un_group"), ("M49 region", "region"))
        ]
        if (self.members["group"] != "").any():
            own = _coverage_shown(self.coverage("group"))
            tables.append(Shown("Members by the file's own group", own, _COUNTS))
        vacant = self.members["country"][self.members["state"] == VACANT]
        unknown = self.members["country"][self.members["state"] == UNKNOWN]
        return View(
            f"Network: {len(self.members)} {_members(len(self.members))}, {self.on}",
            (
                _months(
                    "Months in post, median", t["months_in_post"], t["months_known"], t["held"]
                ),
                _months("Months served, median", t["months_served"], t["served_known"], np.nan),
                _changed(t),
                *([f"Vacant: {', '.join(vacant)}."] if len(vacant) else []),
                *([f"Nothing known of the holder: {', '.join(unknown)}."] if len(unknown) else []),
                *tables,
                "States and shares count members of the United Nations.",
                *self.notes,
            ),
        )


_COUNTS = ("members", "held", "vacant", "unknown", "states", "share")


def read_network(given: Given, *, on: object = None) -> Network:
    """Read the network from a table of holders.

    Parameters
    ----------
    given : path-like or pandas.DataFrame
        One row for each holder of each country; columns ``unit`` (code or name) and, optionally,
        ``since`` and ``left`` (a day, a month, or a year, which counts from its middle),
        ``person`` (a code, no name), ``seniority``, ``ministry``, ``meetings`` (number attended),
        ``group`` and ``note``. A row without ``left`` is the present holder; a row with nothing
        but the country says that it is a member, and that its holder is unknown.
    on : date or text, optional
        The day to which is counted, or a month or year, to its end; today if not given. Terms that
        begin later are left out.

    Returns
    -------
    Network
        Members, terms, and what was left out.

    Raises
    ------
    InputError
        With every fault and its row: no such country, no date, a term that ends before it begins,
        two holders of one post at a time, a number of meetings that is none.

    Examples
    --------
    >>> rows = {"unit": ["GHA", "GHA"], "since": ["2019-01", "2023-07"], "left": ["2023-06", ""]}
    >>> network = read_network(pd.DataFrame(rows), on="2024-01-01")
    >>> network.members.loc["GHA", ["state", "changed"]].tolist(), network.turnover()["changed"]
    (['held', 'yes'], np.float64(1.0))
    """
    problems: list[str] = []
    day = date_of(str(on or dt.date.today()), "on", problems)
    rows = cells_of(given, NETWORK, ("unit",), "network")
    terms = pd.DataFrame([_term(n, cells, problems) for n, cells in rows])
    if day is not None and not problems:
        problems += _two_at_once(terms)
    if problems or day is None:
        raise InputError("network", problems)
    end = day.end_time.normalize()
    later = terms["start"] > end
    years = terms["since_year"] | terms["left_year"]
    gone = ~later & terms["unit"].map(lambda unit: _ended(str(unit), day)).astype(bool)
    notes = [
        *([f"No longer a country on {day}: {_named(terms[gone])}."] if gone.any() else []),
        *([f"Left out, as they begin after {day}: {_named(terms[later])}."] if later.any() else []),
        *([f"A year alone counts from its middle: {_named(terms[years])}."] if years.any() else []),
    ]
    if later.all():
        raise InputError("network", [f"no term had begun by {day}"])
    begun = terms[~later].sort_values(["unit", "start"], ignore_index=True)
    begun["served"] = [
        max((left - start).days, 0) / MONTH
        if pd.notna(left) and pd.notna(start) and left <= end
        else np.nan
        for start, left in zip(begun["start"], begun["end"], strict=True)
    ]
    members = [_member(str(unit), part, end) for unit, part in begun.groupby("unit", sort=True)]
    return Network(
        on=day,
        members=pd.DataFrame(members).set_index("unit"),
        terms=begun.drop(columns=["since_year", "left_year", "latest_start", "earliest_end"]),
        notes=tuple(notes),
    )


def _ended(unit: str, day: pd.Period) -> bool:
    """Say whether a country had come to its end before the year of a day."""
    last = load_units()[unit].spells[-1:]
    return bool(last) and last[0][1] is not None and last[0][1] < day.year


def _named(terms: pd.DataFrame) -> str:
    """Name rows by their number and country."""
    units = load_units()
    pairs = zip(terms["row"], terms["unit"], strict=True)
    return ", ".join(f"row {row} ({units[unit].name})" for row, unit in pairs)


def _term(n: int, cells: dict[str, str], problems: list[str]) -> dict[str, object]:
    told: list[str] = []
    unit = country_of(cells["unit"], told)
    since = date_of(cells["since"], "since", told) if cells["since"] else None
    left = date_of(cells["left"], "left", told) if cells["left"] else None
    meetings = pd.to_numeric(cells["meetings"] or "nan", errors="coerce")
    if cells["meetings"] and not (np.isfinite(meetings) and meetings >= 0):
        told.append(f"meetings: '{cells['meetings']}' is not a number, 0 or more")
    start, end = _middle(since), _middle(left)
    if since is not None and left is not None and left.end_time < since.start_time:
        told.append(f"left {left} is before since {since}")
    problems += [f"row {n}: {fault}" for fault in told]
    return {
        "row": n,
        "unit": unit,
        "start": pd.Timestamp(start) if start is not None else pd.NaT,
        "end": pd.Timestamp(end) if end is not None else pd.NaT,
        "latest_start": pd.NaT if since is None else since.end_time,
        "earliest_end": pd.NaT if left is None else left.start_time,
        "since_year": since is not None and since.freqstr.startswith("Y"),
        "left_year": left is not None and left.freqstr.startswith("Y"),
        "person": cells["person"],
        "seniority": cells["seniority"],
        "ministry": cells["ministry"],
        "meetings": float(meetings),
        "group": cells["group"],
        "note": cells["note"],
    }


def _middle(period: pd.Period | None) -> pd.Timestamp | None:
    """Return the day itself, the first of a month, or the middle of a year."""
    if period is None:
        return None
    start = period.start_time
    return start + pd.DateOffset(months=6) if period.freqstr.startswith("Y") else start


def _two_at_once(terms: pd.DataFrame) -> list[str]:
    """Name the rows of a country in which two hold the post at once."""
    told: list[str] = []
    for unit, part in terms.groupby("unit"):
        present = part[part["end"].isna()]
        if len(present) > 1:
            rows = ", ".join(map(str, present["row"]))
            told.append(f"{unit}: rows {rows} have no 'left', and one holds the post at a time")
        dated = part[part["start"].notna()].sort_values("start")
        # dates may be a month or a year: only what cannot be otherwise is a fault
        ends = dated["earliest_end"].to_numpy()[:-1]
        starts = dated["latest_start"].to_numpy()[1:]
        rows = dated["row"].to_numpy()
        told += [
            f"{unit}: row {rows[i + 1]} begins before row {rows[i]} has left"
            for i in np.flatnonzero(~np.isnat(ends) & (ends > starts))
        ]
    return told


def _member(unit: str, part: pd.DataFrame, end: pd.Timestamp) -> dict[str, object]:
    """Return how the post of one country stands on the day."""
    place = load_regions().get(unit)
    present = part[part["end"].isna() | (part["end"] > end)]
    holder = present.iloc[0] if len(present) else None
    last = part.iloc[-1] if holder is None else holder
    state = VACANT if holder is None else HELD
    if holder is not None and pd.isna(holder["start"]) and not holder["person"]:
        state = UNKNOWN
    known = state == HELD and holder is not None and pd.notna(holder["start"])
    months = (end - holder["start"]).days / MONTH if known and holder is not None else np.nan
    return {
        "unit": unit,
        "country": load_units()[unit].name,
        "region": place.region if place else "",
        "subregion": place.subregion if place else "",
        "un_group": place.un_group if place else "",
        "group": last["group"],
        "state": state,
        "person": "" if holder is None else holder["person"],
        "months": months,
        "seniority": "" if holder is None else holder["seniority"],
        "ministry": last["ministry"],
        "meetings": part["meetings"].sum(min_count=1),
        "changed": _recent(part, holder, end),
    }


def _recent(part: pd.DataFrame, holder: pd.Series[str] | None, end: pd.Timestamp) -> str:
    """Say whether the holder changed in the year before the day."""
    year = end - pd.DateOffset(months=YEAR)
    if ((part["end"] > year) & (part["end"] <= end)).any():
        return "yes"
    if holder is None:
        return "no"
    start = pd.Timestamp(holder["start"]) if pd.notna(holder["start"]) else None
    if start is None:
        return UNKNOWN
    if start <= year:
        return "no"
    # the first of a new member changed nothing; of an old one the holder before may not be listed
    return "yes" if len(part) > 1 else UNKNOWN


def _coverage_shown(table: pd.DataFrame) -> pd.DataFrame:
    shown = table.reset_index()
    shown["states"] = ["-" if np.isnan(x) else f"{x:.0f}" for x in table["states"]]
    shown["share"] = ["-" if np.isnan(x) else f"{x:.0%}" for x in table["share"]]
    return shown


def _members(count: int) -> str:
    return "member" if count == 1 else "members"


def _months(what: str, months: float, known: float, of: float) -> str:
    if not known:
        return f"{what}: unknown."
    terms = f"{known:.0f} of {of:.0f} holders" if not np.isnan(of) else f"{known:.0f} ended terms"
    return f"{what}: {months:.0f} ({terms} with dates)."


def _changed(t: pd.Series[float]) -> str:
    if not t["changed_known"]:
        return "Changes of holder within a year: unknown."
    known = f"known of {t['changed_known']:.0f} of {t['members']:.0f} members"
    return f"Holder changed within a year: {t['changed']:.0%} ({known})."
