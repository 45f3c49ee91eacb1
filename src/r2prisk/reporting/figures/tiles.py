"""The tile map: every member of the United Nations one tile of the same size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.tiles import load_tiles
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.tile_marks import MISSING, Step, draw
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.scoring.scores import UNKNOWN, Scores, need_scores

ALSO = "Also scored"
"""The block of those who are scored and are not members of the United Nations."""


def tile_places(units: Iterable[str]) -> pd.DataFrame:
    """Return where each unit stands on the tile map.

    Parameters
    ----------
    units : iterable of str
        Any units; one that is named twice has one place.

    Returns
    -------
    pandas.DataFrame
        One row a unit, in the order of the blocks: ``unit``, ``column`` and ``row`` (from 1, from
        the left and from the top) and ``block``: the region, or ``Also scored`` for those that are
        not members of the United Nations, who stand in rows of their own below all others.

    Examples
    --------
    >>> tile_places(["XKX", "GHA", "PSE"])[["unit", "column", "block"]].to_numpy().tolist()
    [['GHA', 12, 'Africa'], ['PSE', 1, 'Also scored'], ['XKX', 2, 'Also scored']]
    """
    tiles, wanted = load_tiles(), sorted(set(units))
    across = max(tile.column for tile in tiles.values())
    below = max(tile.row for tile in tiles.values()) + 2  # a row is left for the heading
    rows = [(t.unit, t.column, t.row, t.region) for u in wanted if (t := tiles.get(u))]
    rows.sort(key=lambda place: place[3])
    rows += [
        (unit, n % across + 1, n // across + below, ALSO)
        for n, unit in enumerate(unit for unit in wanted if unit not in tiles)
    ]
    return pd.DataFrame(rows, columns=["unit", "column", "row", "block"])


def tile_map(
    scores: Scores, period: object = None, *, of: str = "risk", title: str | None = None
) -> Figure:
    """Draw a map on which every member of the United Nations is one tile of the same size.

    No border is drawn, so none is disputed, and no small state disappears. Risk, residual risk and
    the crimes are shown by the bands of the profile, resilience (for which a profile has no bands)
    in five equal steps. Where less was rated than the profile asks for a band, the tile says
    ``?``: it is unknown, whatever its number.

    Parameters
    ----------
    scores : Scores
        What is shown. Units that are no members of the UN stand in a block of their own.
    period : year, quarter, month, date or Period, optional
        By default the latest in which any such score is known.
    of : str
        ``risk``, ``residual_risk``, ``resilience``, a crime or a view of the profile.
    title : str, optional
        Instead of our own.

    Returns
    -------
    Figure
        Its data has one row for each unit that is scored in the period and each UN member:
        ``unit``, ``name``, ``column``, ``row``, ``block``, ``score``, ``low`` and ``high`` (what
        it could be), ``coverage`` (all from 0 to 1, NaN where unknown), and ``shade``: the band or
        step, ``unknown`` or ``not scored``.

    Raises
    ------
    InputError
        If these are no scores, or there is no such score or period.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": ["NOR", "XKX"], "year": 2003, "7.1": [0.9, float("nan")]})
    >>> shown = tile_map(score(read_panel(frame))).data.set_index("unit")
    >>> len(shown), shown.loc[["NOR", "XKX", "GHA"], "shade"].tolist()
    (194, ['unknown', 'unknown', 'not scored'])
    """
    need_scores(scores, "tile_map")
    _check(scores, of)
    when = _period(scores, period, of)
    steps = _steps(scores, of)
    data = _data(scores, when, of, steps)
    least = scores.profile.missing.band_coverage
    what, dark = _what(of), "stronger" if of == "resilience" else "higher"
    band = "bands of the profile" if of != "resilience" else "steps of 0.2, not bands"
    return Figure(
        name="tile_map",
        data=data,
        title=title or f"{what} by country, {when}",
        subtitle=(
            "Each UN member is one tile of the same size, placed by region. Scores run from 0 to 1 "
            f"and are shown in {band}: the darker, the {dark}. ? is unknown, not low."
        ),
        notes=_notes(scores, data, when, least),
        alt=_alt(data, steps, what, when),
        draw=partial(
            draw, steps=steps, what=what, rated_less=f"under {least:.0%} rated" if least else ""
        ),
    )


def _check(scores: Scores, of: str) -> None:
    allowed = ("risk", "residual_risk", "resilience", *scores.views[1:])
    if of not in allowed:
        found = f"of is '{of}'; allowed: {', '.join(allowed)}{nearest(str(of), allowed)}"
        raise InputError("tile_map", [found])


def _period(scores: Scores, period: object, of: str) -> pd.Period:
    """Return the period that is asked for, or the latest that has anything to show."""
    periods = scores.index.get_level_values("period")
    if not len(periods):
        raise InputError("tile_map", ["the scores have no row, so there is nothing to draw"])
    if period is None:
        known = scores.to_frame()[of].notna().to_numpy()
        return periods[known].max() if known.any() else periods.max()
    wanted = period_of(period, "period")
    if str(wanted) not in set(periods.astype(str)):
        span = f"the scores have {periods.min()} to {periods.max()}"
        raise InputError("tile_map", [f"no period '{period}'; {span}"])
    return wanted


def _what(of: str) -> str:
    words = of.replace("_", " ").capitalize()
    return words if of in ("risk", "residual_risk", "resilience") else f"{words}: risk"


def _steps(scores: Scores, of: str) -> tuple[Step, ...]:
    """Return the shades of the map, from the lowest up."""
    if of == "resilience":
        starts = [0.0, 0.2, 0.4, 0.6, 0.8]
        names, colours = [""] * len(starts), list(theme.SHADES)
    else:
        starts = [band.start for band in scores.profile.bands]
        names = [band.name for band in scores.profile.bands]
        colours = list(theme.band_colours(names).values())
    told = [f"{start:.2f}" if round(start, 2) == start else f"{start:g}" for start in starts]
    last = len(starts) - 1
    limits = [
        "all scores"
        if last == 0
        else f"below {told[1]}"
        if n == 0
        else f"from {told[n]}"
        if n == last
        else f"{told[n]} to {told[n + 1]}"
        for n in range(len(starts))
    ]
    return tuple(
        Step(name or limit, limit if name else "", start, colour)
        for name, limit, start, colour in zip(names, limits, starts, colours, strict=True)
    )


def _data(scores: Scores, when: pd.Period, of: str, steps: Sequence[Step]) -> pd.DataFrame:
    bound = "residual" if of == "residual_risk" else of
    rated = "coverage" if of in ("risk", "residual_risk") else f"{of}_coverage"
    frame = scores.to_frame(detail=True)
    here = frame[frame.index.get_level_values("period") == when].droplevel("period")
    places = tile_places([*load_tiles(), *here.index]).set_index("unit")
    found = here[[of, f"{bound}_low", f"{bound}_high", rated]].reindex(places.index)
    found.columns = ["score", "low", "high", "coverage"]
    score, coverage = found["score"].to_numpy(), found["coverage"].to_numpy()
    least = scores.profile.missing.band_coverage
    shade = np.where(~(coverage >= least), UNKNOWN, _shade(score, steps))
    shade[~places.index.isin(here.index)] = MISSING
    units = load_units()
    names = [units[unit].name if unit in units else unit for unit in places.index]
    return places.join(found).assign(shade=shade).reset_index().assign(name=names)


def _shade(score: NDArray[np.float64], steps: Sequence[Step]) -> NDArray[np.object_]:
    """Return the step of each score, by the rule that gives ``Scores`` its bands."""
    starts = np.array([step.start for step in steps])
    known = np.round(np.nan_to_num(score), 12)  # 0.3 is not below 0.3 by its last bit
    names = np.array([step.name for step in steps], dtype=object)
    shade = names[np.searchsorted(starts, known, side="right") - 1]
    shade[np.isnan(score)] = UNKNOWN
    return shade


def _notes(scores: Scores, data: pd.DataFrame, when: pd.Period, least: float) -> tuple[str, ...]:
    spread = (data["high"] - data["low"])[~data["shade"].isin([UNKNOWN, MISSING])].median()
    wide = (
        ""
        if np.isnan(spread)
        else " A shade hides how sure a score is: half of those shown could lie in a range "
        f"of {spread:.2f} or more."
    )
    asked = (
        f"nothing was rated, or less than {least:.0%} of the weight, the least for a band"
        if least
        else "nothing was rated"
    )
    absent = (
        f" Dashed: a UN member that is not scored in {when}, or was no state yet."
        if (data["shade"] == MISSING).any()
        else ""
    )
    return (
        f"?: {asked}; it may be high or low.{absent}",
        f"Tiles say nothing of size, distance or borders.{wide}",
        "Names and codes say nothing of the legal status of a country or territory.",
        source_line(scores),
        caution(),
    )


def _alt(data: pd.DataFrame, steps: Sequence[Step], what: str, when: pd.Period) -> str:
    counts = data["shade"].value_counts()
    told = [
        f"{counts.get(name, 0)} {name}"
        for name in (*(step.name for step in reversed(steps)), UNKNOWN, MISSING)
    ]
    top = data[~data["shade"].isin([UNKNOWN, MISSING])].nlargest(3, "score")
    most = "; ".join(
        f"{name} {score:.2f}" for name, score in zip(top["name"], top["score"], strict=True)
    )
    highest = f" Highest: {most}." if most else ""
    return f"Tile map, {what.lower()}, {when}: {', '.join(told)}.{highest}"
