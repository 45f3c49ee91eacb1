"""The data of the page: scores, trajectories and stories as short arrays by period."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.regions import load_regions
from r2prisk.catalogue.units import load_units
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.timeline import REACH
from r2prisk.reporting.world.detail import (
    details,
    factors_of,
    first_in_detail,
    indicators_of,
    spoken,
)
from r2prisk.reporting.world.layout import blocks
from r2prisk.reporting.world.numbers import Floats, as_told, spread_out, thousandths
from r2prisk.reporting.world.rows import Rows, rows_of
from r2prisk.reporting.world.sentences import Course, courses, stories
from r2prisk.scoring import Scores
from r2prisk.scoring.scores import UNKNOWN
from r2prisk.trajectories import Trajectories, turning_points
from r2prisk.trajectories.words import UNKNOWN as UNSURE
from r2prisk.trajectories.words import UP_IS_BETTER, UP_IS_WORSE

SERIES = {
    "r": "risk",
    "rl": "risk_low",
    "rh": "risk_high",
    "q": "residual_risk",
    "ql": "residual_low",
    "qh": "residual_high",
    "s": "resilience",
    "sl": "resilience_low",
    "sh": "resilience_high",
    "c": "coverage",
    "sc": "resilience_coverage",
}
"""What stands by period for every unit, and what the page calls it."""

LINES = {"r": "risk", "q": "residual_risk", "s": "resilience"}
"""The scores that are followed over time."""

WORDS = (*UP_IS_WORSE, *UP_IS_BETTER[:2])

Block = dict[str, object]


def data_of(scores: Scores, found: Trajectories) -> Block:
    """Return the data of the page.

    Parameters
    ----------
    scores : Scores, shape (n,)
        One row or more.
    found : Trajectories
        Of ``risk``, ``residual_risk`` and ``resilience``, of the same scores.

    Returns
    -------
    dict
        What the page's script reads; numbers are thousandths, None is unknown.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.trajectories import trajectories
    >>> rows = {"unit": ["SDN", "SDN"], "year": [2003, 2004], "1.1": [0.9, 0.4444]}
    >>> scores = score(read_panel(pd.DataFrame(rows)))
    >>> data = data_of(scores, trajectories(scores))
    >>> data["periods"], data["units"]["SDN"]["r"], data["units"]["SDN"]["b"]
    (['2003', '2004'], [900, 444], [-1, -1])
    """
    rows = rows_of(scores)
    first = first_in_detail(rows)
    detail, patterns = details(rows, first)
    units = scores.panel.units
    return {
        "periods": [str(period) for period in rows.periods],
        "ordinals": [int(n) for n in rows.periods.asi8],
        "latest": rows.latest,
        "detail": first,
        "bands": [band.name for band in scores.profile.bands],
        "least": round(scores.profile.missing.band_coverage * 1000),
        "window": scores.profile.trends.window,
        "colours": {"r": theme.RISK, "q": theme.RESIDUAL, "s": theme.RESILIENCE},
        "words": list(WORDS),
        "factors": factors_of(scores),
        "indicators": indicators_of(scores),
        "views": [spoken(view) for view in scores.views[1:]],
        "compared": len(units) > 1,
        "patterns": patterns,
        "regions": sorted({place.region for u, place in load_regions().items() if u in units}),
        "blocks": blocks(units),
        "members": {u: x.name for u, x in load_units().items() if x.kind == "un_member"},
        "units": _units(rows, found, detail),
    }


def _units(rows: Rows, found: Trajectories, detail: dict[str, list[list[object]]]) -> Block:
    heading = courses(found)
    told, turns = stories(found, heading), _turns(found, rows.periods)
    columns = found.periods.get_indexer(rows.periods)
    band, rank, ranked = _bands(rows), *_ranks(rows)
    made: Block = {}
    for unit in rows.scores.panel.units:
        mine = rows.of(unit)
        start, length = int(rows.when[mine[0]]), int(rows.when[mine[-1]] - rows.when[mine[0]]) + 1
        places = rows.when[mine] - start
        one: Block = {**_named(unit), "from": start}
        for short, name in SERIES.items():
            carried = thousandths if "coverage" in name else as_told
            one[short] = carried(spread_out(rows.numbers(name)[mine], places, length))
        for short, values in {"b": band, "k": rank, "of": ranked}.items():
            one[short] = _whole(spread_out(values[mine], places, length))
        one |= _course(found, heading, unit, columns[start : start + length])
        one |= {"story": told[unit], "turns": turns.get(unit, []), "d": detail.get(unit, [])}
        made[unit] = one
    return made


def _named(unit: str) -> Block:
    """Return what a unit is called and where it lies."""
    about, place = load_units()[unit], load_regions().get(unit)
    kind = {"synthetic": "invented", "historical": "ended"}.get(about.kind, "")
    return {
        "name": about.name,
        "region": place.region if place else "",
        "part": place.subregion if place else "",
        "kind": kind,
    }


def _bands(rows: Rows) -> Floats:
    """Return the place of each row's band, -1 where too little was rated for one."""
    names = [UNKNOWN, *(band.name for band in rows.scores.profile.bands)]
    places = {name: n - 1.0 for n, name in enumerate(names)}
    return np.array([places[band] for band in rows.frame["band"]])


def _ranks(rows: Rows) -> tuple[Floats, Floats]:
    """Rank the units of each period that have a band, by unrounded risk; equals share a rank."""
    risk = pd.Series(np.where(_bands(rows) >= 0, rows.numbers("risk"), np.nan))
    groups = risk.groupby(rows.when)
    place, count = groups.rank(method="min", ascending=False), groups.transform("count")
    return np.asarray(place, dtype=np.float64), np.asarray(count, dtype=np.float64)


def _whole(values: Floats) -> list[int | None]:
    return [None if x != x else int(x) for x in values.tolist()]


def _course(
    found: Trajectories, heading: dict[str, Course], unit: str, mine: NDArray[np.intp]
) -> Block:
    """Return level and interval of each score in some periods, and where it is heading."""
    u = found.unit(unit)
    made: Block = {}
    for short, name in LINES.items():
        state = found[name].smoothed
        half = REACH * np.sqrt(state.var_level[u, mine])
        made |= {
            f"{short}v": thousandths(state.level[u, mine]),
            f"{short}e": thousandths(np.where(np.isnan(state.level[u, mine]), np.nan, half)),
        }
    risk = heading["risk"]
    place = {word: n for n, word in enumerate(WORDS)}
    words = [None if word == UNSURE else place[word] for word in risk.word[u, mine].tolist()]
    sure = np.where(risk.word[u, mine] == UNSURE, np.nan, risk.sure[u, mine])
    moved = np.where(np.isnan(sure), np.nan, risk.moved.mean[u, mine])
    return made | {"w": words, "p": thousandths(sure), "m": thousandths(moved)}


def _turns(found: Trajectories, periods: pd.PeriodIndex) -> dict[str, list[list[object]]]:
    """Return the turning points of each unit: score, when, known when, up, how sure, levels."""
    made: dict[str, list[list[object]]] = {}
    for short, name in LINES.items():
        table = turning_points(found, score=name)
        ends = [
            periods.get_indexer(pd.PeriodIndex(table[side], dtype=periods.dtype)).tolist()
            for side in ("period", "known")
        ]
        numbers = [
            thousandths(table[side].to_numpy(dtype=float)) for side in ("sure", "before", "after")
        ]
        ups = (table["turn"] == "up").astype(int).tolist()
        units = table["unit"].tolist()
        for unit, turn, known, up, *rest in zip(units, *ends, ups, *numbers, strict=True):
            made.setdefault(str(unit), []).append([short, turn, known, up, *rest])
    return made
