"""The story of one country, in words and small tables."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.regions import FIRST_YEAR
from r2prisk.catalogue.units import load_units
from r2prisk.tables import text_table
from r2prisk.trajectories.contagion import neighbours
from r2prisk.trajectories.phrases import ordinal, past, percent
from r2prisk.trajectories.plane import QUADRANTS, time_in_quadrants
from r2prisk.trajectories.projection import crossings, project
from r2prisk.trajectories.regional import divergence
from r2prisk.trajectories.series import periods_in
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.turning import episodes, turning_points
from r2prisk.trajectories.words import (
    EROSION,
    UNKNOWN,
    UP_IS_BETTER,
    UP_IS_WORSE,
    erosion,
    is_resilience,
    movements,
    word_of,
)

TITLES = {"risk": "Risk", "resilience": "Resilience", "residual_risk": "Residual risk"}
WIDTH = 100
"""Columns of a terminal."""
LONG = 18
"""Rows of the course where it is shown in steps."""
SHOWN = 12
"""Periods in the table of the course."""
READABLE = 0.005
"""Movements smaller than this would read as 0.00 a year."""
ANEW = "rated anew"
MEANT = {
    "exposed": "risk high, resilience low",
    "contained": "both high",
    "brittle": "both low",
    "resilient": "risk low, resilience high",
}
LIKELY = 0.1
"""Crossings that are less likely than this are not told."""


def story(found: Trajectories, unit: str, *, ahead: int = 3) -> str:
    """Tell where a country stands, how it came there and where it may go.

    Parameters
    ----------
    found : Trajectories
        Of ``risk``, ``resilience`` and ``residual_risk``.
    unit : str
        The country.
    ahead : int
        Periods of the projection, 1 to 8.

    Returns
    -------
    str
        Text for a terminal, at most 100 columns wide.

    Raises
    ------
    InputError
        If the unit is not there, its risk has no trajectory, or ``ahead`` is out of range.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2006", freq="Y")], names=["unit", "period"])
    >>> rise = {"risk": [0.2, 0.2, 0.2, 0.3, 0.4, 0.5], "resilience": 0.4, "residual_risk": 0.2}
    >>> print(story(trajectories(pd.DataFrame(rise, index=index)), "SDN").splitlines()[2])
    Risk 0.50 in 2006: escalating (over 99%), +0.09 a year over the last 3 years.
    """
    place = found.unit(unit)
    last = _last(found, place)
    if last is None:
        return f"{_title(found, unit)}\n\n{_nothing(found, unit)}\n\n{CAUTION}"
    parts = [
        _title(found, unit),
        "\n".join(_now(found, unit, last)),
        _around(found, unit, last),
        _course(found, unit),
        _turns(found, unit),
        _phases(found, unit),
        _outlook(found, unit, ahead),
        CAUTION,
    ]
    return "\n\n".join(part for part in parts if part)


def _last(found: Trajectories, place: int) -> int | None:
    """Return the last period in which the country has a risk that was used."""
    known = np.flatnonzero(~np.isnan(found["risk"].values[place]))
    return int(known[-1]) if len(known) else None


def _title(found: Trajectories, unit: str) -> str:
    known = np.flatnonzero(~np.isnan(found["risk"].values[found.unit(unit)]))
    ends = (known[0], known[-1]) if len(known) else (0, -1)
    span = " to ".join(str(found.periods[end]) for end in ends)
    profile = f"profile {found.profile.name} {found.profile.version} ({found.profile.hash[:8]})"
    return f"{load_units()[unit].name} ({unit}), {span}; {profile}"


def _nothing(found: Trajectories, unit: str) -> str:
    rows = found.scores.loc[[unit]]
    least = f"{found.profile.missing.band_coverage:.0%}"
    return (
        f"No trajectory: in none of its {len(rows)} periods was {least} of the Framework's weight "
        "rated.\nThat is not a low risk; it is not known."
    )


def _now(found: Trajectories, unit: str, last: int) -> list[str]:
    """Say where each score stands and where it is heading, and where the plane puts the country."""
    place = found.unit(unit)
    lines: list[str] = []
    for score, title in TITLES.items():
        known = np.flatnonzero(~np.isnan(found[score].values[place]))
        if not len(known):
            lines.append(f"{title}: unknown, too little was rated.")
            continue
        t = int(known[-1])
        banded = score == "risk" and "band" in found.scores
        band = f", {_row(found.scores, unit, found.periods[t])['band']}" if banded else ""
        value = found[score].values[place, t]
        heading = _heading(found, score, place, t)
        lines.append(f"{title} {value:.2f} in {found.periods[t]}{band}: {heading}.")
    bounds = _bounds(_row(found.scores, unit, found.periods[last]))
    if bounds:
        lines.insert(1, bounds)
    eroding = erosion(found)[place, last]
    if eroding >= found.profile.watch.sure:
        lines.append(f"{EROSION.capitalize()} ({percent(eroding)}): lists of risk alone miss this.")
    years = time_in_quadrants(found)
    if unit in years.index:
        row = years.loc[[unit]].iloc[0]
        spent = ", ".join(
            f"{name} {max(round(row[name], 1), 0.1):g}" for name in QUADRANTS if row[name]
        )
        lines.append(
            f"On the plane of risk and resilience: {MEANT[row['now']]} ({row['now']}) since "
            f"{row['since']}; years spent: {spent}."
        )
    return [textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines]


def _around(found: Trajectories, unit: str, last: int) -> str:
    """Set the country beside the rest of its region and its land neighbours."""
    lines: list[str] = []
    row = _row(divergence(found, by="subregion"), unit, found.periods[last])
    if row.get("others", 0) > 0:
        side = "above" if row["level"] > 0 else "below"
        text = f"{abs(row['level']):.2f} {side} the others of {row['region']} ({row['others']:.0f})"
        if not np.isnan(row["pulling_away"]):
            text += f"; rising faster than there: {percent(row['pulling_away'])}"
        lines.append(f"Region: risk {text}.")
    now = found.scores[found.scores.index.get_level_values("period") == found.periods[last]]
    if found.periods[last].year < FIRST_YEAR:
        return "\n".join(lines)
    row = _row(neighbours(now, profile=found.profile), unit, found.periods[last])
    if row["of"] == 0:
        lines.append("Neighbours: none by land.")
    elif np.isnan(row["neighbours"]):
        lines.append(f"Neighbours: unknown, none of the {row['of']} has a score.")
    else:
        lines.append(
            f"Neighbours: residual risk {row['neighbours']:.2f} over {row['known']} of {row['of']} "
            f"by land, highest in {load_units()[row['worst']].name} ({row['highest']:.2f})."
        )
    return "\n".join(lines)


def _row(frame: pd.DataFrame, unit: str, period: pd.Period) -> dict[str, Any]:
    """Return all columns of one country and period; none where there is no such row."""
    where = frame.index.get_level_values
    row = frame[(where("unit") == unit) & (where("period") == period)]
    return {str(name): row[name].iloc[0] for name in row.columns} if len(row) else {}


def _heading(found: Trajectories, score: str, place: int, t: int) -> str:
    """Say in words where a score is heading, how sure that is, and by how much it moved."""
    moved = movements(found, score)
    word = word_of(moved, resilient=is_resilience(found, score))[place, t]
    if word == UNKNOWN:
        return "too short a course to say where it is heading"
    by_word = dict(
        zip(
            UP_IS_BETTER if is_resilience(found, score) else UP_IS_WORSE,
            (moved.rising, moved.falling, moved.stable, moved.volatile),
            strict=True,
        )
    )
    speed = moved.mean[place, t]
    far = f"{speed:+.2f} a year" if abs(speed) >= READABLE else "hardly moved"
    window = found.profile.trends.window
    told = f"{word} ({percent(by_word[word][place, t])}), {far} over {past(window)}"
    lag = periods_in(window, found.step)
    new = [
        p
        for p in found.periods[max(t - lag + 1, 0) : t + 1]
        if p in _rated_anew(found, score, place)
    ]
    if not new:
        return told
    when = f"{new[0]}" if len(new) == 1 else f"{new[0]} to {new[-1]}"
    return f"{told}, as far as can be told: other indicators were rated in {when}"


def _bounds(row: dict[str, Any]) -> str:
    """Say how much of the Framework was rated and what risk could be."""
    if not {"risk_low", "risk_high", "coverage"} <= set(row):
        return ""
    return (
        f"  {row['coverage']:.0%} of the Framework's weight was rated; once the rest is known, "
        f"risk could be {row['risk_low']:.2f} to {row['risk_high']:.2f}."
    )


def _course(found: Trajectories, unit: str) -> str:
    """Show the last periods: scores as published, levels as known then, words, turns."""
    place = found.unit(unit)
    words = {
        score: word_of(movements(found, score), resilient=is_resilience(found, score))[place]
        for score in ("risk", "resilience")
    }
    turns = turning_points(found)
    marks = _rated_anew(found, "risk", place)
    for row in turns[turns["unit"] == unit].itertuples():
        told = f"turn {row.turn} (known {row.known})"
        marks[row.period] = "; ".join(filter(None, [told, marks.get(row.period, "")]))
    level = found["risk"].filtered.level[place]
    # the level goes on for a while after the last score, and has nothing to show there
    last = np.flatnonzero(~np.isnan(found["risk"].values[place]))[-1]
    known = np.flatnonzero(~np.isnan(level[: last + 1]))
    # months and quarters tell little in a dozen rows: then the whole course is shown, in steps
    step = 1 if found.step >= 1 else int(np.ceil(len(known) / LONG))
    shown = known[::-step][: SHOWN if step == 1 else LONG][::-1].tolist()
    rows = [
        {
            "period": str(found.periods[t]),
            "risk": _number(found["risk"].values[place, t]),
            "level": _number(level[t]),
            "heading": words["risk"][t],
            "residual": _number(found["residual_risk"].values[place, t]),
            "resilience": " ".join(
                [_number(found["resilience"].values[place, t]), words["resilience"][t]]
            ).removesuffix(f" {UNKNOWN}"),
            "": marks.get(found.periods[t], ""),
        }
        for t in shown
    ]
    table = text_table(pd.DataFrame(rows), words=("heading", "resilience", ""))
    what = f"The last {len(rows)} periods" if step == 1 else f"Every {ordinal(step)} period"
    title = f"{what}, each as it could be known then (- is unknown)"
    legend = f"\n{ANEW}: other indicators were rated than before, which may be all that moved."
    return f"{title}\n{table}{legend if ANEW in table else ''}"


def _rated_anew(found: Trajectories, score: str, place: int) -> dict[Any, str]:
    """Mark the periods whose step owes more to what was rated than to what changed."""
    anew = np.flatnonzero(found[score].rated_anew[place]).tolist()
    return {found.periods[t]: ANEW for t in anew}


def _number(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:.2f}"


def _turns(found: Trajectories, unit: str) -> str:
    """List the turning points of risk and of resilience."""
    rows: list[dict[str, str]] = []
    for score in ("risk", "resilience"):
        turns = turning_points(found, score=score)
        for turn in turns[turns["unit"] == unit].itertuples():
            rows.append(
                {
                    "score": TITLES[score].lower(),
                    "turned": str(turn.turn),
                    "from": str(turn.period),
                    "could be known in": str(turn.known),
                    "sure": percent(float(turn.sure)),  # pyright: ignore[reportArgumentType]
                    "level before": f"{turn.before:.2f}",
                    "level then": f"{turn.after:.2f}",
                }
            )
    if not rows:
        return "Turning points: none that ordinary drift would not also show."
    return f"Turning points\n{text_table(pd.DataFrame(rows), words=('score', 'turned'))}"


def _phases(found: Trajectories, unit: str) -> str:
    """List the episodes of risk, phase by phase."""
    frame = episodes(found)
    frame = frame[frame["unit"] == unit]
    if frame.empty:
        return ""
    rows = [
        {
            "episode": str(row.episode),
            "phase": str(row.phase),
            "from": str(row.first),
            "to": str(row.last),
            "level": f"{row.level_first:.2f} to {row.level_last:.2f}",
        }
        for row in frame.itertuples()
    ]
    still = " The last one has not ended." if bool(frame["open"].iloc[-1]) else ""
    table = text_table(pd.DataFrame(rows), words=("phase", "level"))
    return (
        f"Episodes of risk, as known now.{still}\n{table}\n"
        "These are phases of a score, not of a conflict."
    )


def _outlook(found: Trajectories, unit: str, ahead: int) -> str:
    """Show the fan of the next periods and the bands that the level may cross."""
    fan = project(found, horizon=ahead)
    if unit not in fan.index.get_level_values("unit"):
        return ""
    rows = [
        {
            "period": str(period),
            "risk": f"{row['mean']:.2f}",
            "4 in 5 times": f"{row['low_80']:.2f}-{row['high_80']:.2f}",
            "19 in 20 times": f"{row['low_95']:.2f}-{row['high_95']:.2f}",
        }
        for period, row in fan.loc[unit].iterrows()
    ]
    lines = [
        "If it goes on as scores have gone (a projection, not a forecast of crimes)",
        text_table(pd.DataFrame(rows)),
    ]
    table = crossings(found, horizon=ahead)
    likely = table[(table["unit"] == unit) & (table["probability"] >= LIKELY)]
    for row in likely.itertuples():
        way = "up" if row.direction == "up" else "down"
        lines.append(
            f"{way.capitalize()} into the band '{row.band}': "
            f"{percent(float(row.probability))} within {ahead} "  # pyright: ignore[reportArgumentType]
            f"periods; if so, after about {row.expected:.1f} years."
        )
    if likely.empty:
        lines.append(f"No change of band is likelier than {LIKELY:.0%} within {ahead} periods.")
    return "\n".join(lines)
