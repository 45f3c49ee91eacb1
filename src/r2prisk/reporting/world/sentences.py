"""Where each country stands and is heading, in sentences: those of ``trajectories.story``.

Here the tables behind them are made once for all countries; ``story`` makes them for one.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.regions import FIRST_YEAR
from r2prisk.catalogue.units import load_units
from r2prisk.reporting.world.numbers import Floats
from r2prisk.trajectories import Trajectories, divergence, movements, neighbours, time_in_quadrants
from r2prisk.trajectories.phrases import past, percent
from r2prisk.trajectories.plane import QUADRANTS
from r2prisk.trajectories.series import periods_in
from r2prisk.trajectories.story import MEANT, READABLE, TITLES
from r2prisk.trajectories.words import EROSION, UNKNOWN, Movement, erosion, is_resilience, word_of

SHORT = "too short a course to say where it is heading"


@dataclasses.dataclass(frozen=True, eq=False)
class Course:
    """Where one score of all units is heading.

    Parameters
    ----------
    moved : Movement
        Over the profile's window, as it could be known then.
    word : array of str, shape (u, t)
        The likeliest word.
    sure : array of float, shape (u, t)
        Its probability.

    Examples
    --------
    >>> one = np.array([[1.0]])
    >>> moved = Movement(one, one, one, 0 * one, 0 * one, 0 * one)
    >>> Course(moved, word_of(moved, resilient=False), one).word.tolist()
    [['escalating']]
    """

    moved: Movement
    word: NDArray[np.object_]
    sure: Floats


def courses(found: Trajectories) -> dict[str, Course]:
    """Return where each score is heading, for all units and periods.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = pd.DataFrame({"risk": [0.2, 0.2, 0.2, 0.3, 0.4, 0.5]}, index=index)
    >>> courses(trajectories(rise, of=["risk"]))["risk"].word[0, -1]
    'escalating'
    """
    made: dict[str, Course] = {}
    for score in found.courses:
        moved = movements(found, score)
        sure = np.fmax.reduce([moved.rising, moved.falling, moved.stable, moved.volatile])
        word = word_of(moved, resilient=is_resilience(found, score))
        # where no score was used, nothing of that period tells where it is heading
        word = np.where(np.isnan(found[score].values), UNKNOWN, word)
        made[score] = Course(moved, word, sure)
    return made


def stories(found: Trajectories, heading: dict[str, Course]) -> dict[str, list[str]]:
    """Tell of every country where its scores stand, where they are heading, and what is around.

    Parameters
    ----------
    found : Trajectories
        Of ``risk``, ``resilience`` and ``residual_risk``.
    heading : dict of str to Course
        As :func:`courses` makes it.

    Returns
    -------
    dict of str to list of str
        Sentences by unit, as of its last score that was used.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = {"risk": [0.2, 0.2, 0.2, 0.3, 0.4, 0.5], "resilience": 0.4, "residual_risk": 0.2}
    >>> found = trajectories(pd.DataFrame(rise, index=index))
    >>> stories(found, courses(found))["SDN"][0]
    'Risk 0.50 in 2006: escalating (over 99%), +0.09 a year over the last 3 years.'
    """
    known = ~np.isnan(found["risk"].values)
    last = {u: int(np.flatnonzero(row)[-1]) for u, row in enumerate(known) if row.any()}
    eroding, spent = erosion(found), time_in_quadrants(found)
    apart = _lookup(divergence(found, by="subregion"), found, last)
    around = _around(found, last)
    named = found.scores[["band"]] if "band" in found.scores else found.scores.iloc[:0]
    bands = {unit: str(row["band"]) for unit, row in _lookup(named, found, last).items()}
    told: dict[str, list[str]] = {}
    phases = {str(unit): row for unit, row in zip(spent.index, _records(spent), strict=True)}
    for u, unit in enumerate(found.units):
        if u not in last:
            told[unit] = [_nothing(found)]
            continue
        lines = [_now(found, heading[score], score, u, bands.get(unit)) for score in TITLES]
        if eroding[u, last[u]] >= found.profile.watch.sure:
            sure = percent(eroding[u, last[u]])
            lines.append(f"{EROSION.capitalize()} ({sure}): lists of risk alone miss this.")
        if unit in phases:
            lines.append(_plane(phases[unit]))
        lines += [_region(apart.get(unit, {})), _beside(around.get(unit, {}))]
        told[unit] = [line for line in lines if line]
    return told


def _nothing(found: Trajectories) -> str:
    least = f"{found.profile.missing.band_coverage:.0%}"
    return (
        f"No trajectory: in none of its periods was {least} of the Framework's weight rated. That "
        "is not a low risk; it is not known."
    )


def _now(found: Trajectories, heading: Course, score: str, u: int, band: str | None) -> str:
    """Say where a score stands and where it is heading, how sure that is and how far it moved."""
    title, values = TITLES[score], found[score].values[u]
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return f"{title}: unknown, too little was rated."
    t = int(known[-1])
    banded = f", {band}" if band and score == "risk" else ""
    where = f"{title} {values[t]:.2f} in {found.periods[t]}{banded}"
    if heading.word[u, t] == UNKNOWN:
        return f"{where}: {SHORT}."
    speed, window = heading.moved.mean[u, t], found.profile.trends.window
    far = f"{speed:+.2f} a year" if abs(speed) >= READABLE else "hardly moved"
    line = f"{where}: {heading.word[u, t]} ({percent(heading.sure[u, t])}), {far} over"
    first = max(t - periods_in(window, found.step) + 1, 0)
    anew = found.periods[first : t + 1][found[score].rated_anew[u, first : t + 1]]
    if not len(anew):
        return f"{line} {past(window)}."
    when = f"{anew[0]}" if len(anew) == 1 else f"{anew[0]} to {anew[-1]}"
    doubt = f"as far as can be told: other indicators were rated in {when}"
    return f"{line} {past(window)}, {doubt}."


def _plane(row: dict[str, Any]) -> str:
    years = [f"{name} {max(round(row[name], 1), 0.1):g}" for name in QUADRANTS if row[name]]
    return (
        f"On the plane of risk and resilience: {MEANT[row['now']]} ({row['now']}) since "
        f"{row['since']}; years spent: {', '.join(years)}."
    )


def _region(row: dict[str, Any]) -> str:
    if not row.get("others"):
        return ""
    side = "above" if row["level"] > 0 else "below"
    others = f"the others of {row['region']} ({row['others']:.0f})"
    text = f"Region: risk {abs(row['level']):.2f} {side} {others}"
    if not np.isnan(row["pulling_away"]):
        text += f"; rising faster than there: {percent(row['pulling_away'])}"
    return f"{text}."


def _beside(row: dict[str, Any]) -> str:
    if not row:
        return ""
    if row["of"] == 0:
        return "Neighbours: none by land."
    if np.isnan(row["neighbours"]):
        return f"Neighbours: unknown, none of the {row['of']} has a score."
    return (
        f"Neighbours: residual risk {row['neighbours']:.2f} over {row['known']} of {row['of']} by "
        f"land, highest in {load_units()[row['worst']].name} ({row['highest']:.2f})."
    )


def _around(found: Trajectories, last: dict[int, int]) -> dict[str, dict[str, Any]]:
    """Return what stands around each country in its last period."""
    when = pd.PeriodIndex(found.scores.index.get_level_values("period"))
    rows: dict[str, dict[str, Any]] = {}
    for t in sorted(set(last.values())):
        if found.periods[t].year < FIRST_YEAR:
            continue
        table = neighbours(found.scores[when == found.periods[t]], profile=found.profile)
        mine = {u: t for u, end in last.items() if end == t}
        rows |= _lookup(table, found, mine)
    return rows


def _lookup(
    table: pd.DataFrame, found: Trajectories, last: dict[int, int]
) -> dict[str, dict[str, Any]]:
    """Return the row of each country in its last period."""
    wanted = pd.MultiIndex.from_arrays(
        [
            [found.units[u] for u in last],
            pd.PeriodIndex(found.periods[list(last.values())]),
        ],
        names=["unit", "period"],
    )
    rows = table[table.index.isin(wanted)]
    units = rows.index.get_level_values("unit")
    return {str(unit): row for unit, row in zip(units, _records(rows), strict=True)}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]
