"""Where every country stands in the last period, as a person reads it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.catalogue.units import load_units
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.series import last_known
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.words import UNKNOWN, Movement, movements, word_of

COLUMNS = (
    *("unit", "country", "risk", "risk_low", "risk_high", "band"),
    *("movement", "word", "chance", "rising", "surprise"),
    *("resilience", "resilience_movement", "resilience_word", "coverage", "last"),
)


def standing(found: Trajectories) -> pd.DataFrame:
    """Return one row for every unit that was scored within the window before the last period.

    Parameters
    ----------
    found : Trajectories
        Of risk; of resilience too, if it is to be shown.

    Returns
    -------
    pandas.DataFrame
        In the order of the units. ``risk``: its level, as could be known in the last period.
        ``risk_low`` and ``risk_high``: what it could be once the unknown is known, NaN where the
        scores have no bounds; they contain the last score and the level. ``band`` of the level.
        ``movement`` (a year), ``word`` with its probability ``chance``, and ``rising``, the
        probability of a rise. ``surprise`` of the last score. ``resilience`` with its movement and
        word. ``coverage``: the share of the risk weight that was rated. ``last``: the period of
        the last score.

    Raises
    ------
    InputError
        If there is no trajectory of risk.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": 0.5}, index=index), of=["risk"])
    >>> standing(found)[["country", "risk", "band", "word"]].to_numpy().tolist()
    [['Sudan', 0.5, 'high', 'stable']]
    """
    course, moved = found["risk"], movements(found, "risk")
    level = course.filtered.level[:, -1]
    word, chance = _word(moved, resilient=False)
    last = last_known(~np.isnan(course.values))
    low, high = _bounds(found, last)
    catalogue = load_units()
    columns: dict[str, object] = {
        "unit": found.units,
        "country": [catalogue[unit].name for unit in found.units],
        "risk": level,
        "risk_low": np.minimum(low, level),
        "risk_high": np.maximum(high, level),
        "band": bands(found, level),
        "movement": moved.mean[:, -1],
        "word": word,
        "chance": chance,
        "rising": moved.rising[:, -1],
        "surprise": course.surprise[:, -1],
        **_resilience(found),
        "coverage": at(found, "coverage", last),
        "last": found.periods[last],
    }
    table = pd.DataFrame(columns)[list(COLUMNS)]
    return table[course.known[:, -1]].reset_index(drop=True)


def _resilience(found: Trajectories) -> dict[str, object]:
    nothing = np.full(len(found.units), np.nan)
    if "resilience" not in found.courses:
        words = np.full(len(found.units), UNKNOWN, dtype=object)
        return {"resilience": nothing, "resilience_movement": nothing, "resilience_word": words}
    course, moved = found["resilience"], movements(found, "resilience")
    return {
        "resilience": course.filtered.level[:, -1],
        "resilience_movement": moved.mean[:, -1],
        "resilience_word": _word(moved, resilient=True)[0],
    }


def _word(moved: Movement, *, resilient: bool) -> tuple[NDArray[np.object_], Floats]:
    """Return the likeliest word of the last period and its probability."""
    chances = np.stack([moved.rising, moved.falling, moved.stable, moved.volatile])[:, :, -1]
    return word_of(moved, resilient=resilient)[:, -1], chances.max(axis=0)


def at(found: Trajectories, column: str, places: NDArray[np.intp]) -> Floats:
    """Return a column of the scores for each unit in the period of its place; NaN if not there.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2002", freq="Y")], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": 0.5, "coverage": [0.2, 0.3]}, index=index)
    >>> at(trajectories(scores, of=["risk"]), "coverage", np.array([1]))
    array([0.3])
    """
    if column not in found.scores:
        return np.full(len(found.units), np.nan)
    keys = pd.MultiIndex.from_arrays([found.units, found.periods[places]])
    return found.scores[column].reindex(keys).to_numpy(dtype=float)


def _bounds(found: Trajectories, last: NDArray[np.intp]) -> tuple[Floats, Floats]:
    return at(found, "risk_low", last), at(found, "risk_high", last)


def bands(found: Trajectories, level: Floats) -> NDArray[np.object_]:
    """Return the profile's band of each level; ``unknown`` where it is NaN.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_tuples(
    ...     [("SDN", pd.Period("2001"))], names=["unit", "period"])
    >>> found = trajectories(pd.DataFrame({"risk": [0.5]}, index=index), of=["risk"])
    >>> bands(found, np.array([0.1, 0.7, np.nan])).tolist()
    ['very low', 'very high', 'unknown']
    """
    starts = np.array([band.start for band in found.profile.bands])
    names = np.array([band.name for band in found.profile.bands], dtype=object)
    # rounded so that a level of 0.3 is not below a limit of 0.3 by its last bit
    found_bands = names[np.searchsorted(starts, np.round(np.nan_to_num(level), 12), "right") - 1]
    found_bands[np.isnan(level)] = UNKNOWN
    return found_bands


def jump(found: Trajectories, score: str) -> NDArray[np.bool_]:
    """Say for which units the last score came out far above its forecast, shape (u,).

    ``Phi(surprise)`` reaches the profile's ``sure``, and the score was at least as far above its
    forecast as a ``material`` movement gets in a whole window: in a series that hardly moves, a
    hair's breadth is a surprise too.

    Parameters
    ----------
    found : Trajectories
        Of the score.
    score : str
        The score.

    Raises
    ------
    InputError
        If there is no trajectory of the score.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["KEN", "SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> risk = [0.2, 0.2, 0.2, 0.23, 0.2, 0.2, 0.2, 0.3]
    >>> jump(trajectories(pd.DataFrame({"risk": risk}, index=index), of=["risk"]), "risk").tolist()
    [False, True]
    """
    course, profile = found[score], found.profile
    above = course.filtered.surprise[:, -1] * np.sqrt(course.filtered.spread[:, -1])
    chance = stats.norm.cdf(course.surprise[:, -1])
    material = profile.trends.material * profile.trends.window
    return (chance >= profile.watch.sure) & (above >= material)
