"""The row that a contrast is asked for, and why it may be refused."""

from __future__ import annotations

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.prevention.contrasts.followed import Followed
from r2prisk.prevention.contrasts.near import FEWEST
from r2prisk.scoring.scores import UNKNOWN, Scores

LISTED = 15
"""Units that a message lists; more are too many to read."""


def asked_row(
    scores: Scores,
    followed: Followed,
    unit: str,
    period: object,
    caliper: float,
    confidence: float,
) -> int:
    """Return the row that is asked for; refuse what cannot be contrasted, all at once.

    Parameters
    ----------
    scores, followed : Scores, Followed, shape (n,)
        All rows, and what followed them.
    unit, period : str, period or None
        The row; the latest with a band where no period is given.
    caliper, confidence : float
        As in ``contrast``.

    Raises
    ------
    InputError
        With all faults.
    """
    problems: list[str] = []
    if not followed.index.equals(scores.index):
        told = "what_followed(scores, onsets) makes it of the same scores"
        problems.append(f"followed: is not of these rows; {told}")
    if not 0.0 < caliper <= 1.0:
        problems.append(f"caliper: {caliper} is not above 0 and up to 1")
    if not 0.0 < confidence < 1.0:
        problems.append(f"confidence: {confidence} is not between 0 and 1")
    row = _place(scores, unit, period, problems)
    if row is not None:
        problems += _thin(scores, row)
    if problems or row is None:
        raise InputError("contrast", problems)
    return row


def _place(scores: Scores, unit: str, period: object, problems: list[str]) -> int | None:
    units = scores.index.get_level_values("unit")
    here = np.flatnonzero(units == unit)
    if not len(here):
        problems.append(_no_unit(unit, sorted(set(units))))
        return None
    own = pd.PeriodIndex(scores.index.get_level_values("period")[here])
    if period is None:
        banded = (scores.to_frame()["band"].iloc[here] != UNKNOWN).to_numpy()
        some = banded if banded.any() else ~banded
        return int(here[some][np.argmax(own[some].asi8)])
    wanted = str(period_of(period, "period"))
    texts = [str(one) for one in own]
    if wanted in texts:
        return int(here[texts.index(wanted)])
    near = f", nearest {min(texts, key=lambda text: _apart(text, wanted))}"
    problems.append(f"no period '{period}' for {unit}; it has {own.min()} to {own.max()}{near}")
    return None


def _no_unit(unit: str, there: list[str]) -> str:
    """Say that a unit is not in the scores; another is suggested only where it is no country."""
    every = f"; these are: {', '.join(there)}" if len(there) <= LISTED else ""
    if unit in load_units():
        return f"{unit} ({load_units()[unit].name}) is not in the scores{every}"
    return f"no unit '{unit}'{every}{nearest(unit, there)}"


def _apart(one: str, other: str) -> int:
    start, end = (pd.Period(text).start_time for text in (one, other))
    return abs((start - end).days)


def _thin(scores: Scores, row: int) -> list[str]:
    """Say why too little is known of a row to look for twins; nothing where there is enough."""
    one = scores.to_frame().iloc[row]
    name = " ".join(map(str, scores.index[row]))
    known = int((~np.isnan(scores.presence[:, row])).sum())
    if known < FEWEST:
        return [f"{name}: {known} risk factors are rated, {FEWEST} are needed for a distance"]
    if one["band"] == UNKNOWN:
        least = scores.profile.missing.band_coverage
        share = f"{one['coverage']:.0%} of the weight of risk is rated, {least:.0%} is needed"
        return [f"{name}: {share}; of a row that is hardly known nothing can be told"]
    return []
