"""Time along the bottom of a figure: where periods stand, which of them are named."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
from scipy import stats

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.panel.periods import period_of
from r2prisk.reporting.figures.figure import numbers
from r2prisk.reporting.figures.texts import inline

if TYPE_CHECKING:
    import altair as alt

CHANCE = 0.95
"""How often the range of a level, and of a projection, should hold: 19 times in 20."""
REACH = float(stats.norm.ppf(0.5 + CHANCE / 2))
"""Its half width in standard deviations."""

_STEPS = {
    "Y": (1, 2, 5, 10, 20, 50),
    "Q": (1, 2, 4, 8, 20, 40, 80),
    "M": (1, 3, 6, 12, 24, 60, 120, 240),
    "D": (1, 7, 14, 28, 91, 182, 364, 1820),
}
_A_YEAR = {"Q": 4, "M": 12}


def ticks(periods: pd.PeriodIndex, *, most: int = 9) -> dict[int, str]:
    """Return which places along the axis are named, and how.

    Parameters
    ----------
    periods : pandas.PeriodIndex, shape (t,)
        Without gaps; the first stands at 0.
    most : int
        Names at most, 2 or more.

    Returns
    -------
    dict of int to str
        Names by place: round years where there are many, the period itself where there are few.

    Examples
    --------
    >>> ticks(pd.period_range("1989", "2014", freq="Y"), most=4)
    {1: '1990', 11: '2000', 21: '2010'}
    >>> ticks(pd.period_range("2012-11", "2014-02", freq="M"), most=3)
    {2: '2013-01', 8: '2013-07', 14: '2014-01'}
    >>> ticks(pd.period_range("2012-11", "2016-02", freq="M"), most=4)
    {2: '2013', 14: '2014', 26: '2015', 38: '2016'}
    """
    kind = str(periods.freqstr)[0]
    numbers = periods.asi8.tolist()
    fits = [
        step for step in _STEPS[kind] if len(range(-numbers[0] % step, len(numbers), step)) <= most
    ]
    step = fits[0] if fits else _STEPS[kind][-1]
    places = list(range(-numbers[0] % step, len(numbers), step)) or [0]
    a_year = _A_YEAR.get(kind, 1)
    whole_years = kind != "D" and step % a_year == 0 and numbers[places[0]] % a_year == 0
    return {n: str(periods[n].year if whole_years else periods[n]) for n in places}


def time_axis(periods: pd.PeriodIndex, **style: Any) -> dict[str, Any]:
    """Return a Vega-Lite axis for places along these periods.

    Parameters
    ----------
    periods : pandas.PeriodIndex, shape (t,)
        Without gaps.
    **style
        ``most`` names, and other properties of the axis.

    Examples
    --------
    >>> time_axis(pd.period_range("2013", "2014", freq="Y"))["labelExpr"]
    '["2013", "2014"][indexof([0, 1], datum.value)]'
    """
    named = ticks(periods, most=style.pop("most", 9))
    told, places = json.dumps(list(named.values())), list(named)
    expression = f"{told}[indexof({places}, datum.value)]"
    plain = {"title": None, "grid": False, "labelOverlap": False}
    return {"values": places, "labelExpr": expression, **plain, **style}


def rows(frame: pd.DataFrame) -> alt.InlineData:
    """Return a frame as data of a chart.

    Examples
    --------
    >>> import pytest  # the example needs the extra ``report``
    >>> _ = pytest.importorskip("altair")
    >>> rows(pd.DataFrame({"a": [0.5]})).to_dict()["values"]
    '[{"a": 0.5}]'
    """
    return inline(numbers(frame))


def runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Return the first and last of each run of places that follow one another.

    Examples
    --------
    >>> runs([0, 1, 2, 5, 7, 8])
    [(0, 2), (5, 5), (7, 8)]
    """
    if not places:
        return []
    breaks = [n for n, (a, b) in enumerate(pairwise(places)) if b - a > 1]
    starts, ends = [0, *(n + 1 for n in breaks)], [*breaks, len(places) - 1]
    return [(places[a], places[b]) for a, b in zip(starts, ends, strict=True)]


def first_of(periods: pd.PeriodIndex, given: object, name: str) -> tuple[pd.Period, list[str]]:
    """Return the period from which a figure is asked to begin, and what is wrong with it.

    Parameters
    ----------
    periods : pandas.PeriodIndex, shape (t,)
        Those that there are.
    given : period, int or str
        As it was asked for.
    name : str
        The option, for the messages.

    Examples
    --------
    >>> years = pd.period_range("1989", "2014", freq="Y")
    >>> first_of(years, 2003, "since")
    (Period('2003', 'Y-DEC'), [])
    >>> first_of(years, 1960, "since")[1]
    ['since: 1960 is not in 1989 to 2014']
    """
    try:
        start = period_of(given, name).asfreq(str(periods.freqstr)[0], how="start")
    except InputError as error:
        return periods[0], [f"{name}: {problem}" for problem in error.problems]
    if start not in periods:
        return start, [f"{name}: {start} is not in {periods[0]} to {periods[-1]}"]
    return start, []


def country(unit: str) -> str:
    """Return the name of a unit, or its code where nobody has named it.

    Examples
    --------
    >>> country("MLI"), country("my own")
    ('Mali', 'my own')
    """
    known = load_units().get(unit)
    return known.name if known else unit
