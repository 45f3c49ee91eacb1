"""The plane of risk and resilience: where units stand, and how they came there."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.plane_chart import HEIGHT, WIDTH, draw
from r2prisk.reporting.figures.spots import LETTER, Floats, along, place_names
from r2prisk.reporting.figures.timeline import REACH, country, first_of, runs
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.scoring.uncertainty.gate import whole
from r2prisk.trajectories import Trajectories
from r2prisk.trajectories import plane as paths
from r2prisk.trajectories.plane import QUADRANTS
from r2prisk.trajectories.series import periods_in

YEARS = 10.0
"""How far back paths go where nothing is said."""
PATHS = 6
"""Paths that are drawn at most where nobody chose: more would be a tangle."""
NAMED = 12
"""Units that a note names at most."""

MEANT = {
    "exposed": "risk high, resilience low",
    "contained": "both high",
    "brittle": "both low",
    "resilient": "risk low, resilience high",
}


def plane(
    found: Trajectories,
    units: Iterable[str] | str | None = None,
    *,
    since: object = None,
    label: int = 10,
) -> Figure:
    """Draw units on the plane of risk and resilience, with the paths of some of them.

    Every unit stands at its last known levels, as they could be known then; one whose last place
    is older than the profile's window is left out and counted. The lines are the profile's
    ``plane``.

    Parameters
    ----------
    found : Trajectories
        Of ``risk`` and ``resilience``.
    units : str or iterable of str, optional
        Whose paths to draw and name. If not given: half of ``label``, 6 at most, are those
        that moved furthest since ``since`` (with their paths), the others those of the highest
        risk.
    since : period, optional
        The first period of the paths; 10 years before the last if not given.
    label : int
        How many units are named at most, 0 or more; those chosen and not named are in the notes.

    Returns
    -------
    Figure
        Its data have a row for each unit and period drawn: ``unit``, ``name``, ``period``,
        ``risk`` and ``resilience`` (levels, 0 to 1) with ``_low`` and ``_high`` (19 times in 20),
        ``quadrant``, ``sure`` (the probability of it), ``role`` (``path``, ``start``, ``end`` or
        ``place``; an ``end`` is also the place of its unit), ``run`` (unbroken parts of a path),
        ``current`` (whether it is in the last period), ``counted`` (whether a quadrant counts it)
        and ``named`` (whether its unit has a name in the picture).

    Raises
    ------
    InputError
        If there is no trajectory of risk or of resilience, a unit is not there or has no place,
        ``since`` is no period or lies outside, ``label`` is no whole number from 0, or no unit
        has a place.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["SDN"], years], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.2, 0.4, 0.6], "resilience": 0.3}, index=index)
    >>> figure = plane(trajectories(scores, of=["risk", "resilience"]), "SDN")
    >>> figure.data[["role", "quadrant"]].to_numpy().tolist()
    [['start', 'brittle'], ['path', 'exposed'], ['end', 'exposed']]
    """
    chosen = None if units is None else (units,) if isinstance(units, str) else tuple(units)
    start = _checked(found, chosen, since, label)
    seen = _seen(found)
    latest, left_out = _latest(found, seen)
    if latest.empty:
        raise InputError("plane", ["no unit has both a risk and a resilience that are known"])
    recent = seen[pd.PeriodIndex(seen["period"]) >= start]
    if chosen is None:
        movers = _moved(recent, latest)[: min((label + 1) // 2, PATHS)]
        rest = latest[~latest["unit"].isin(movers)].nlargest(label - len(movers), "risk")
        named = [*movers, *rest["unit"]]
    else:
        movers = list(dict.fromkeys(chosen))
        lacking = [u for u in movers if u not in set(recent["unit"])]
        if lacking:
            told = [f"'{u}' has no place on the plane since {start}: unknown" for u in lacking]
            raise InputError("plane", told)
        named = movers[:label]
    data = _data(recent[recent["unit"].isin(movers)], latest, movers)
    data["current"] = pd.PeriodIndex(data["period"]) == found.periods[-1]
    data["counted"] = data["unit"].isin(latest["unit"]) & data["role"].isin(["place", "end"])
    left_out = {unit: when for unit, when in left_out.items() if unit not in movers}
    placed = _named(data, named)
    return Figure(
        "plane",
        data.assign(named=data["unit"].isin(placed["unit"])),
        f"Risk and resilience, {found.periods[-1]}"
        + (f": paths since {start}" if (data["role"] == "start").any() else ""),
        _subtitle(chosen, movers, named, start),
        _notes(found, data, left_out, (set(named) | set(movers)) - set(placed["unit"])),
        _alt(found, latest, movers, data),
        lambda data: draw(data, placed, _corners(data), _cuts(found)),
    )


def _checked(
    found: Trajectories, chosen: tuple[str, ...] | None, since: object, label: object
) -> pd.Period:
    """Return the first period of paths; refuse what cannot be drawn, all at once."""
    # people pass scores; the type checker is not there to stop them
    if not isinstance(found, Trajectories):  # pyright: ignore[reportUnnecessaryIsInstance]
        told = f"needs Trajectories, found {type(found).__name__}; trajectories(scores) makes them"
        raise InputError("plane", [told])
    problems: list[str] = []
    for check, wanted in ((found.unit, chosen or ()), (found.__getitem__, ("risk", "resilience"))):
        for name in wanted:
            try:
                check(name)
            except InputError as error:
                problems += error.problems
    if chosen == ():
        problems.append("units: names none; leave it out for those that moved furthest")
    if not whole(label) or label < 0:
        problems.append(f"label: {label} is not a whole number from 0")
    start = found.periods[max(len(found.periods) - 1 - periods_in(YEARS, found.step), 0)]
    if since is not None:
        start, faults = first_of(found.periods, since, "since")
        problems += faults
    if problems:
        raise InputError("plane", problems)
    return start


def _cuts(found: Trajectories) -> tuple[float, float]:
    cut = found.profile.plane
    return cut.risk, cut.resilience


def _seen(found: Trajectories) -> pd.DataFrame:
    """Return every unit's places in the periods in which both scores stand."""
    frame = paths(found)
    for name in ("risk", "resilience"):
        states = found[name].filtered
        half = pd.Series(REACH * np.sqrt(states.var_level.ravel()), index=found.index)
        frame[f"{name}_low"] = (frame[name] - half.loc[frame.index]).clip(0.0)
        frame[f"{name}_high"] = (frame[name] + half.loc[frame.index]).clip(upper=1.0)
    stands = ~(np.isnan(found["risk"].values) | np.isnan(found["resilience"].values))
    there = pd.Series(stands.ravel(), index=found.index).loc[frame.index]
    frame = frame[there.to_numpy()].reset_index()
    names = frame["unit"].map({unit: country(unit) for unit in found.units})
    return frame.assign(name=names)


def _latest(found: Trajectories, seen: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return each unit's last place, and who has none or too old a one, with its period."""
    last = seen.groupby("unit").tail(1)
    age = found.periods[-1].ordinal - pd.PeriodIndex(last["period"]).asi8
    window = periods_in(found.profile.trends.window, found.step)
    old = last[age >= window]
    left_out = {unit: "" for unit in found.units if unit not in set(last["unit"])}
    left_out |= {str(row.unit): str(row.period) for row in old.itertuples()}
    return last[age < window], left_out


def _moved(recent: pd.DataFrame, latest: pd.DataFrame) -> list[str]:
    """Return units by how far they moved on the plane, the furthest first."""
    ends = recent.groupby("unit")[["risk", "resilience"]].agg(["first", "last"])
    far = sum((ends[s]["last"] - ends[s]["first"]) ** 2 for s in ("risk", "resilience")) ** 0.5
    far = far[far.index.isin(latest["unit"]) & (far > 0)]
    return far.sort_values(ascending=False, kind="stable").index.tolist()


def _data(walked: pd.DataFrame, latest: pd.DataFrame, movers: list[str]) -> pd.DataFrame:
    """Return the paths in the order of their units, then the places of all others."""
    parts: list[pd.DataFrame] = []
    for unit in movers:
        mine = walked[walked["unit"] == unit].copy()
        role = np.full(len(mine), "path", dtype=object)
        role[0], role[-1] = "start", "end"
        spans = runs(pd.PeriodIndex(mine["period"]).asi8.tolist())
        run = np.repeat(np.arange(len(spans)), [b - a + 1 for a, b in spans])
        parts.append(mine.assign(role=role, run=run))
    others = latest[~latest["unit"].isin(movers)]
    parts.append(others.assign(role="place", run=0))
    frame = pd.concat(parts, ignore_index=True)
    order = ["unit", "name", "period", "role", "run", "risk", "risk_low", "risk_high"]
    return frame[[*order, "resilience", "resilience_low", "resilience_high", "quadrant", "sure"]]


CORNERS = {
    "exposed": ("right", "bottom"),
    "contained": ("right", "top"),
    "brittle": ("left", "bottom"),
    "resilient": ("left", "top"),
}
"""Where a quadrant lies: risk grows to the right, resilience upwards."""


def _corners(data: pd.DataFrame) -> pd.DataFrame:
    """Return what stands in the corners: each quadrant's name, how many units, what it means."""
    counts = data[data["counted"]]["quadrant"].value_counts()
    return pd.DataFrame(
        {
            "align": [across for across, _ in CORNERS.values()],
            "base": [down for _, down in CORNERS.values()],
            "text": [f"{name}: {MEANT[name]} ({counts.get(name, 0)})" for name in CORNERS],
        }
    )


def _named(data: pd.DataFrame, named: list[str]) -> pd.DataFrame:
    """Return where the names of units go; in pixels from the upper left."""
    pixels = np.column_stack([data["risk"] * WIDTH, (1 - data["resilience"]) * HEIGHT])
    ends = data[data["role"].isin(["place", "end"])].reset_index()
    ends = ends.set_index("unit").reindex(named).dropna(subset="risk").reset_index()
    told = [
        name if now else f"{name} {when}"
        for name, now, when in zip(ends["name"], ends["current"], ends["period"], strict=True)
    ]
    places = ends["index"].to_numpy(dtype=np.intp)
    names = pd.DataFrame(
        {
            "unit": ends["unit"],
            "x": pixels[places, 0],
            "y": pixels[places, 1],
            "text": pd.Series(told, dtype=object),
        }
    )
    corners = _corners(data)
    wide = corners["text"].str.len() * LETTER + 12
    left = np.where(corners["align"] == "left", 0, WIDTH - wide)
    top = np.where(corners["base"] == "top", 0, HEIGHT - 20)
    taken = np.column_stack([left, top, left + wide, top + 20])
    free = np.concatenate([pixels, along(_lines(data))])
    return place_names(names, free, size=(WIDTH, HEIGHT), taken=taken)


def _lines(data: pd.DataFrame) -> Floats:
    """Return the lines of paths and of the ranges at their ends, in pixels."""
    x, y = data["risk"].to_numpy() * WIDTH, (1 - data["resilience"].to_numpy()) * HEIGHT
    walks = data["role"].isin(["path", "end"]).to_numpy()
    on = np.flatnonzero(walks & (data["run"] == data["run"].shift()).to_numpy())
    ends = np.flatnonzero(data["role"] == "end")
    low, high = (data[f"risk_{side}"].to_numpy()[ends] * WIDTH for side in ("low", "high"))
    steps = np.column_stack([x[on - 1], y[on - 1], x[on], y[on]])
    return np.concatenate([steps, np.column_stack([low, y[ends], high, y[ends]])])


def _subtitle(
    chosen: tuple[str, ...] | None, movers: list[str], named: list[str], start: pd.Period
) -> str:
    read = "Levels from 0 to 1, as they could be known then; dots: all units at their last place."
    if not movers:
        return read
    path = f"Paths: hollow in {start} or when first known, filled at the end"
    if chosen is not None:
        return f"{read} {path}."
    others = len(named) - len(movers)
    named_too = f"; named too, the {others} highest in risk" if others else ""
    return f"{read} {path}: the {len(movers)} that moved furthest{named_too}."


def _notes(
    found: Trajectories, data: pd.DataFrame, left_out: dict[str, str], unnamed: set[str]
) -> tuple[str, ...]:
    cut = found.profile.plane
    told = (
        f"Lines: the profile's limits, risk {cut.risk:.2f} and resilience {cut.resilience:.2f}. "
        "That resilience holds risk down is what the framework supposes, not what a place shows."
    )
    notes = [told]
    if (data["role"] == "end").any():
        notes.append("A path may also bend because other indicators were rated than before.")
    placed = data[data["role"].isin(["place", "end"])]
    older = [f"{r.unit} ({r.period})" for r in placed[~placed["current"]].itertuples()]
    if older:
        notes.append(f"Drawn where they last stood, before {found.periods[-1]}: {_few(older)}.")
    if left_out:
        old = [f"{unit} (last in {when})" for unit, when in left_out.items() if when]
        never = [unit for unit, when in left_out.items() if not when]
        told = [f"unknown, {_few(never)}"] if never else []
        told += [f"no longer known, {_few(old)}"] if old else []
        notes.append(f"Not on the plane: {'; '.join(told)}.")
    if unnamed:
        names = sorted(country(unit) for unit in unnamed)
        notes.append(f"Chosen, but not named for want of room: {_few(names)}.")
    return (*notes, f"{source_line(found)} {caution()}")


def _few(names: list[str]) -> str:
    """Return how many names there are, and the first of them."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{len(names)} ({', '.join(names[:NAMED])}{more})"


def _alt(found: Trajectories, latest: pd.DataFrame, movers: list[str], data: pd.DataFrame) -> str:
    counts = latest["quadrant"].value_counts()
    told = ", ".join(f"{counts.get(name, 0)} {name} ({MEANT[name]})" for name in QUADRANTS)
    lines = (
        f"{len(latest)} units on the plane of risk and resilience in {found.periods[-1]}: {told}."
    )
    ends = data[data["role"] == "end"].set_index("unit")
    starts = data[data["role"] == "start"].set_index("unit")
    if not movers or starts.empty:
        return lines
    first = movers[0]
    began = starts.loc[first] if first in starts.index else ends.loc[first]
    ended = ends.loc[first]
    return (
        f"{lines} {ended['name']} went from risk {began['risk']:.2f} and resilience "
        f"{began['resilience']:.2f} in {began['period']} to {ended['risk']:.2f} and "
        f"{ended['resilience']:.2f} in {ended['period']}."
    )
