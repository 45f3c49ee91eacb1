"""What crosses a border: the residual risk of land neighbours, as a series and as ratings."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import load_overlaps
from r2prisk.catalogue.regions import adjacency
from r2prisk.catalogue.units import independence, load_units
from r2prisk.errors import InputError
from r2prisk.panel import CellState, Panel
from r2prisk.scoring import Profile, Scores, score
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.series import Grid, make_grid, series_of
from r2prisk.trajectories.trends import chosen_profile

FRAMEWORK = "un-foa-2014"
LEVEL, RISE = "1.2", "8.2"
"""The Framework's cross-border indicators: a crisis that may spill over, and the spill itself."""

SEVERE_RISE = 0.15
"""Rise of the neighbours' residual risk from one period to the next that is rated 1: the width of
a band of the default profile, which lifts a whole neighbourhood from one named band to the next."""

FELT_RISE = 0.03
"""A smaller rise is within the noise: beside neighbours at risk it does not say that it is calm."""

DERIVED = "derived from the residual risk of land neighbours"


@dataclasses.dataclass(frozen=True)
class _Pairs:
    """Units and their neighbours: ``one[p]`` touches ``other[p]`` in the periods ``stands[p]``.

    ``of`` counts the land neighbours of each unit, whether they have a row or not, shape (u, t).
    """

    one: NDArray[np.intp]
    other: NDArray[np.intp]
    stands: NDArray[np.bool_]
    of: NDArray[np.int64]

    def across(self, values: Floats) -> Floats:
        """Return the neighbour's value for each pair, shape (p, t); NaN where it is unknown."""
        return np.where(self.stands, values[self.other], np.nan)


def neighbours(
    scores: Scores | pd.DataFrame,
    *,
    of: str = "residual_risk",
    exponent: float | None = None,
    profile: Profile | str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Return what stands around each unit: the power mean of a score over its land neighbours.

    ``N = (sum x^p / k)^(1/p)`` over the k neighbours whose score x is known in the period; with
    p > 1 one neighbour in crisis counts without all being so. A neighbour of which less than the
    profile's ``band_coverage`` was rated counts as unknown.

    Parameters
    ----------
    scores : Scores or pandas.DataFrame
        Scores, or a frame as ``Scores.to_frame`` or ``read_scores`` gives; index ``unit``,
        ``period``. Scores of a panel without :func:`contagion`, else risk comes back as an echo.
    of : str
        The score, 0 or more.
    exponent : float, optional
        p, from 1 to 100; the profile's exponent ``within`` a factor if not given.
    profile : Profile, str or path, optional
        Says from which coverage on a score counts; that of the scores, or ``default``.

    Returns
    -------
    pandas.DataFrame
        Index as given; ``neighbours`` (the mean, NaN if none is known), ``worst`` (code of the
        neighbour with the highest score, the first of equals), ``highest`` (its score), ``known``
        (neighbours with a score) and ``of`` (all land neighbours in that year; 0 for an island, to
        which this does not apply).

    Raises
    ------
    InputError
        If there is no such score, a score is below 0, the exponent is not allowed, the index is
        another, a unit is unknown, or a year is before 1946.

    Notes
    -----
    Borders are those of :func:`r2prisk.catalogue.regions.load_borders`. In a frame with the unit's
    own coverage, ``trajectories`` takes a change in what was rated of the unit for one in what was
    rated of its neighbours: sources mostly begin and end for all units at once.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> years = pd.period_range("2001", "2003", freq="Y")
    >>> index = pd.MultiIndex.from_product([["GMB", "SEN"], years], names=["unit", "period"])
    >>> frame = pd.DataFrame({"residual_risk": [0.2, 0.2, 0.2, 0.3, 0.4, 0.5]}, index=index)
    >>> around = neighbours(frame)
    >>> around.loc["GMB"].to_dict("list")["neighbours"], around.loc[("GMB", "2003"), "worst"]
    ([0.3, 0.4, 0.5], 'SEN')
    >>> found = trajectories(frame.assign(neighbours=around["neighbours"]), of=["neighbours"])
    >>> round(float(found.to_frame().loc[("GMB", "2003"), "neighbours_slope"]), 2)
    0.1
    """
    # people pass trajectories; the type checker is not there to stop them
    if not isinstance(scores, (Scores, pd.DataFrame)):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = f"needs Scores or a frame of them, found {type(scores).__name__}"
        raise InputError("neighbours", [found])
    chosen = chosen_profile(scores, profile)
    frame = scores.to_frame(detail=True) if isinstance(scores, Scores) else scores
    p = chosen.exponents.within if exponent is None else exponent
    problems: list[str] = []
    if not 1.0 <= p <= 100.0:
        problems.append(f"exponent {p} is not a number from 1 to 100")
    grid = make_grid(frame)
    values = series_of(grid, of, chosen).values
    if (values < 0.0).any():
        problems.append(f"'{of}' has values below 0, the lowest {np.nanmin(values):g}")
    if problems:
        raise InputError("neighbours", problems)
    pairs = _pairs(grid)
    x = pairs.across(values)
    mean, highest, known = _means(x, pairs.one, values.shape, p)
    first = np.full(values.shape, len(grid.units), dtype=np.intp)
    leads = x == highest[pairs.one]
    np.minimum.at(first, pairs.one, np.where(leads, pairs.other[:, None], len(grid.units)))
    names = np.array([*grid.units, None], dtype=object)
    columns = {
        "neighbours": mean,
        "worst": names[first],
        "highest": highest,
        "known": known,
        "of": pairs.of,
    }
    here = (grid.rows, grid.columns)
    return pd.DataFrame({name: c[here] for name, c in columns.items()}, index=frame.index)


def contagion(panel: Panel, *, profile: Profile | str | os.PathLike[str] | None = None) -> Panel:
    """Rate the Framework's cross-border indicators from the residual risk of the neighbours.

    A first pass scores the panel with 1.2 and 8.2 taken out, so that no unit's own spillover comes
    back to it through its neighbours. With N the power mean of their residual risk
    (:func:`neighbours`): 1.2 is N itself; 8.2 is ``min(1, max(0, N_t - N_(t-1)) / 0.15)``, its
    rise alone, over the neighbours that are known in both periods, so that a neighbour that comes
    or goes is no rise. A rise of less than 0.03 beside neighbours whose N is at the profile's
    ``plane.risk`` or more leaves 8.2 unknown: a war that goes on next door is not calm. Only cells
    that are unknown in the panel are rated: what a source rated, what does not apply and what
    failed stays as it is. Use it as ``combine([panel, contagion(panel)])``.

    Parameters
    ----------
    panel : Panel
        Ratings of many units, shape (n, i).
    profile : Profile, str or path, optional
        The choices behind the first pass; ``default`` if not given.

    Returns
    -------
    Panel
        Shape (n, 2), rows as given, columns 1.2 and 8.2. Unknown where all neighbours are. 8.2
        does not apply to a unit without a land border; 1.2 stays unknown there, for an island too
        can have a crisis of its own.

    Raises
    ------
    InputError
        If it is not a panel, its risk framework is another than ``un-foa-2014``, the profile is
        unknown or at odds with it, or a period is before 1946.

    Notes
    -----
    A declared assumption, fitted to no outcome. That a neighbour is at risk does not say that its
    crisis has crossed; a low rating of 1.2 says that the neighbours are calm, not that there is no
    crisis at home. 1.2 is left alone for a country from the period on in which a source first rates
    it: the two kinds of rating differ in level, so that the series jumps there once. The two
    indicators are one overlap cluster of the catalogue: a year in which the neighbours get worse
    raises both, and ``notes`` says so. Indicators: A/70/741-S/2016/71, annex, risk factors 1 and 8.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> years = {"unit": ["GMB", "GMB", "SEN", "SEN"], "year": [2001, 2002] * 2}
    >>> panel = read_panel(pd.DataFrame({**years, "1.1": [0.1, 0.1, 0.3, 0.36]}))
    >>> plain = Profile.load("default").replace(missing={"band_coverage": 0.0})
    >>> contagion(panel, profile=plain).to_frame().loc["GMB"].round(2).to_dict("list")
    {'1.2': [0.3, 0.36], '8.2': [nan, 0.4]}
    """
    # people pass the name of a file; the type checker is not there to stop them
    if not isinstance(panel, Panel):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = f"needs a Panel, found {type(panel).__name__}; read_panel makes one"
        raise InputError("contagion", [found])
    kinds = [f.name for f in panel.frameworks if f.kind == "risk"]
    if kinds != [FRAMEWORK]:
        found = f"of {' and '.join(kinds)}" if kinds else "no indicator of risk"
        raise InputError("contagion", [f"rates 1.2 and 8.2 of {FRAMEWORK}; the panel has {found}"])
    scores = score(_without(panel), profile=profile)
    grid = make_grid(scores.to_frame())
    values = series_of(grid, "residual_risk", scores.profile).values
    pairs = _pairs(grid)
    level, rise = _level_and_rise(pairs, values, scores.profile.exponents.within)
    here = (grid.rows, grid.columns)
    # rounded so that a last bit does not decide
    quiet = (rise < FELT_RISE) & (np.round(level, 12) >= scores.profile.plane.risk)
    risen = np.where(quiet, np.nan, np.minimum(rise / SEVERE_RISE, 1.0))
    rated = np.column_stack([level[here], risen[here]])
    apart = np.column_stack([np.zeros(len(panel), dtype=bool), _apart(grid, pairs)[here]])
    before = _states(panel)
    free = before == CellState.UNKNOWN
    # a source that rates 1.2 of a country in some years means another thing by it
    free[:, 0] &= ~_rated_so_far(panel, before[:, 0])
    states = np.full(rated.shape, CellState.UNKNOWN, dtype=np.uint8)
    states[free & apart] = CellState.NOT_APPLICABLE
    states[free & ~np.isnan(rated)] = CellState.RATED
    return Panel(
        index=panel.index,
        indicators=(LEVEL, RISE),
        ratings=np.where(states == CellState.RATED, rated, np.nan),
        states=states,
        frameworks=tuple(f for f in panel.frameworks if f.name == FRAMEWORK),
        sources=(f"{DERIVED}: contagion(panel, profile='{scores.profile.name}')",),
        notes=_notes(panel, scores.profile, before, states),
    )


def _pairs(grid: Grid) -> _Pairs:
    """Return who touches whom in the year of each period."""
    years, place = np.unique(np.asarray(grid.periods.year), return_inverse=True)
    touching = adjacency(grid.units, years.tolist())
    known = list(load_units())
    rows = [known.index(unit) for unit in grid.units]
    of = adjacency(known, years.tolist())[rows].sum(axis=1)
    one, other = np.nonzero(touching.any(axis=2))
    return _Pairs(one, other, touching[one, other][:, place], of[:, place])


def _means(
    x: Floats, one: NDArray[np.intp], shape: tuple[int, ...], exponent: float
) -> tuple[Floats, Floats, NDArray[np.int64]]:
    """Return power mean, highest and number of the known values of each unit's pairs."""
    highest = np.full(shape, np.nan)
    np.fmax.at(highest, one, x)
    known = np.zeros(shape, dtype=np.int64)
    np.add.at(known, one, ~np.isnan(x))
    total = np.zeros(shape)
    top = highest[one]
    # in shares of the highest, whose power is 1: a high exponent cannot make it vanish
    share = np.divide(x, top, out=np.zeros(x.shape), where=top > 0.0)
    np.add.at(total, one, np.nan_to_num(share) ** exponent)
    mean = np.divide(total, known, out=np.full(shape, np.nan), where=known > 0)
    return highest * mean ** (1.0 / exponent), highest, known


def _level_and_rise(pairs: _Pairs, values: Floats, exponent: float) -> tuple[Floats, Floats]:
    """Return the neighbours' mean, and how much it rose over those known before and now."""
    before = np.column_stack([np.full(len(values), np.nan), values[:, :-1]])
    now, then = pairs.across(values), pairs.across(before)
    both = ~np.isnan(now) & ~np.isnan(then)
    level, now_mean, then_mean = (
        _means(x, pairs.one, values.shape, exponent)[0]
        for x in (now, np.where(both, now, np.nan), np.where(both, then, np.nan))
    )
    return level, np.maximum(now_mean - then_mean, 0.0)


def _apart(grid: Grid, pairs: _Pairs) -> NDArray[np.bool_]:
    """Return where a unit has no land border, shape (u, t).

    Before independence and after its end the table of borders says nothing of a unit's neighbours,
    which is not to say that it had none.
    """
    told = independence(grid.units, np.asarray(grid.periods.year))
    never = np.array([not load_units()[unit].spells for unit in grid.units])
    return (told | never[:, None]) & (pairs.of == 0)


def _without(panel: Panel) -> Panel:
    """Return the panel with every rating of the cross-border indicators unknown."""
    columns = np.isin(panel.indicators, (LEVEL, RISE))
    rated = columns & (panel.states == CellState.RATED)
    return dataclasses.replace(
        panel,
        ratings=np.where(columns, np.nan, panel.ratings),
        states=np.where(rated, CellState.UNKNOWN, panel.states).astype(np.uint8),
    )


def _states(panel: Panel) -> NDArray[np.uint8]:
    """Return the panel's own states of the two indicators, shape (n, 2)."""
    states = np.full((len(panel), 2), CellState.UNKNOWN, dtype=np.uint8)
    for n, name in enumerate((LEVEL, RISE)):
        if name in panel.indicators:
            states[:, n] = panel.states[:, panel.indicators.index(name)]
    return states


def _rated_so_far(panel: Panel, states: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return the rows of units that have a rating in that period or before, shape (n,)."""
    units, _ = pd.factorize(panel.index.get_level_values("unit"))
    when = pd.PeriodIndex(panel.index.get_level_values("period")).asi8
    rated = states == CellState.RATED
    first = np.full(units.max(initial=-1) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, units[rated], when[rated])
    return when >= first[units]


def _notes(
    panel: Panel, profile: Profile, before: NDArray[np.uint8], states: NDArray[np.uint8]
) -> tuple[str, ...]:
    """Say what was rated, what was left, and that the two indicators tell of one thing."""
    cluster = next(c for c in load_overlaps() if {LEVEL, RISE} <= set(c.indicators))
    first_pass = f"first pass: panel {panel.hash[:8]} without {LEVEL} and {RISE}, profile"
    rates = f"{LEVEL} is the neighbours' residual risk, {RISE} its rise"
    lines = [
        f"{first_pass} {profile.name} {profile.version} ({profile.hash[:8]})",
        f"{rates} ({SEVERE_RISE:g} or more in a period is 1)",
        f"{LEVEL} and {RISE} are one overlap cluster ({cluster.title}): {cluster.reason}",
    ]
    for n, name in enumerate((LEVEL, RISE)):
        mine = np.bincount(states[before[:, n] == CellState.UNKNOWN, n], minlength=len(CellState))
        lines.append(
            f"{name}: {mine[CellState.RATED]:,} cells rated, {mine[CellState.NOT_APPLICABLE]:,} "
            f"without a land border, {mine[CellState.UNKNOWN]:,} unknown, "
            f"{(before[:, n] != CellState.UNKNOWN).sum():,} left as the panel has them"
        )
    return tuple(f"contagion: {line}" for line in lines)
