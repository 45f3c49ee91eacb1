"""From what a score is told: nothing, a period of the unit's own, a median, or another unit."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.regions import region_of
from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.panel.periods import period_of
from r2prisk.scoring.explain.means import State

MEDIANS = ("world", "region")
"""References that are the median over units of the same period."""


def kind_of(panel: Panel, reference: str) -> str:
    """Return what a reference is: ``absent``, ``world``, ``region``, ``unit`` or ``period``.

    Raises
    ------
    InputError
        If it is none of these, or neither a unit nor a period of the panel.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> kind_of(panel, "SDN"), kind_of(panel, "2003")
    ('unit', 'period')
    """
    if reference in ("absent", *MEDIANS):
        return reference
    if reference in panel.units:
        return "unit"
    try:
        period = period_of(reference, "reference")
    except InputError:
        allowed = "allowed: absent, world, region, a unit of the panel, or one of its periods"
        hint = nearest(reference, ("absent", *MEDIANS, *panel.units))
        problem = f"'{reference}' is not known; {allowed}{hint}"
        raise InputError("reference", [problem]) from None
    if str(period) not in {str(p) for p in panel.periods}:
        span = f"{panel.periods[0]} to {panel.periods[-1]}"
        raise InputError("reference", [f"no period {period}; the panel has {span}"])
    return "period"


def reference_state(panel: Panel, reference: str) -> State:
    """Return the ratings with which each row of a panel is compared.

    Parameters
    ----------
    panel : Panel, shape (n, i)
        The ratings.
    reference : str
        ``world`` or ``region``: the median of each indicator over the units that have it rated in
        the same period, the unit itself included; a unit: its ratings in the same period; a
        period: the unit's own ratings then.

    Returns
    -------
    State
        Shape (i, n); nothing is rated where a row has no such reference.

    Raises
    ------
    InputError
        As :func:`kind_of`.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": ["GHA", "KEN", "SDN"], "year": 2003, "1.1": [0.1, 0.2, 0.9]})
    >>> reference_state(read_panel(frame), "world").ratings.tolist()
    [[0.2, 0.2, 0.2]]
    """
    kind = kind_of(panel, reference)
    if kind in MEDIANS:
        return _medians(panel, by_region=kind == "region")
    units, periods = (panel.index.get_level_values(name) for name in ("unit", "period"))
    if kind == "unit":
        wanted = pd.MultiIndex.from_arrays([np.repeat(reference, len(panel)), periods])
    else:
        when = next(p for p in panel.periods if str(p) == str(period_of(reference, "reference")))
        wanted = pd.MultiIndex.from_arrays([units, pd.PeriodIndex([when] * len(panel))])
    return _taken(panel, panel.index.get_indexer(wanted))


def _taken(panel: Panel, rows: NDArray[np.intp]) -> State:
    """Return the state of some rows; a row at -1 is not there."""
    there = rows >= 0
    ratings = np.where(there[:, None], panel.ratings[rows], np.nan)
    applies = (panel.states[rows] != CellState.NOT_APPLICABLE) | ~there[:, None]
    return State(np.ascontiguousarray(ratings.T), applies.T)


def _medians(panel: Panel, *, by_region: bool) -> State:
    periods = panel.index.get_level_values("period")
    codes, _ = pd.factorize(periods)
    if by_region:
        regions, _ = pd.factorize(region_of(panel.index.get_level_values("unit"), "region"))
        codes = np.where(regions < 0, -1, codes * (regions.max() + 2) + regions)
    groups, place = np.unique(codes, return_inverse=True)
    medians = pd.DataFrame(panel.ratings).groupby(place).median().to_numpy(copy=True)
    applies = pd.DataFrame(panel.states != CellState.NOT_APPLICABLE).groupby(place).any()
    # no region, nothing to compare with
    medians[groups < 0] = np.nan
    return State(np.ascontiguousarray(medians[place].T), applies.to_numpy()[place].T)


def among(index: pd.MultiIndex, row: int, kind: str) -> int:
    """Return over how many units the median behind a row is; 0 where the reference is none.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": ["GHA", "KEN", "SYR"], "year": 2003, "1.1": [0.1, 0.2, 0.9]})
    >>> index = read_panel(frame).index
    >>> among(index, 0, "world"), among(index, 0, "region"), among(index, 0, "absent")
    (3, 2, 0)
    """
    if kind not in MEDIANS:
        return 0
    unit, period = index[row]
    units = index.get_level_values("unit")[index.get_level_values("period") == period]
    if kind == "world":
        return len(units)
    regions = region_of(units, "region")
    return int((np.array(regions) == np.array(regions)[units.get_loc(unit)]).sum())
