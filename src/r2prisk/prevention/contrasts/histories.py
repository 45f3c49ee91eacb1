"""The casebook as a record of moments and of what followed them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.evidence import load_casebook, pool
from r2prisk.evidence.casebook import Case
from r2prisk.prevention.contrasts.followed import FACTORS, Followed
from r2prisk.prevention.contrasts.words import load_words
from r2prisk.scoring import Scores, score
from r2prisk.scoring.profile import Profile

EVERY = {"year": 12, "half-year": 6, "quarter": 3, "month": 1}
"""Months between two moments of a history."""


def casebook_history(
    *, every: str = "half-year", profile: Profile | str = "evidence"
) -> tuple[Scores, Followed]:
    """Score the histories of the casebook moment by moment, with what followed each.

    A history is scored at the end of each half-year from what was known by then, up to the month
    before its outcome; a moment counts if six risk factors were rated. It *followed* if atrocity
    crimes came after: the outcome, or in a history that ``stopped`` the crimes of which it tells
    (their months are declared in ``contrast.toml``). Moments after these are those of a history
    in which they did not come back.

    Parameters
    ----------
    every : {"half-year", "year", "quarter", "month"}
        How far apart the moments of a history are.
    profile : Profile or str
        The choices that make the scores.

    Returns
    -------
    tuple of (Scores, Followed)
        A row for each moment, by month; what followed is known from the month in which crimes
        began, or at the end of the history.

    Raises
    ------
    InputError
        If there is no such step (the nearest is named), or no such profile.

    Notes
    -----
    Thirteen histories, chosen because their ends are known, and coded by people who knew them.

    Examples
    --------
    >>> scores, followed = casebook_history(every="year")
    >>> len(scores.panel.units), sorted(set(followed.state.tolist()))
    (13, [-1, 0, 1])
    """
    if every not in EVERY:
        told = f"'{every}' is none of {', '.join(EVERY)}{nearest(every, EVERY)}"
        raise InputError("every", [told])
    book = load_casebook()
    cases = {case.unit: case for case in book.values()}
    wanted = {unit: _moments(case, EVERY[every]) for unit, case in cases.items()}
    months = sorted({month for moments in wanted.values() for month in moments})
    panel = pool(book.evidence, months).panel
    rows = [n for n, (unit, month) in enumerate(panel.index) if str(month) in wanted[unit]]
    scores = score(panel.take(rows), profile=profile)
    rated = (~np.isnan(scores.presence)).sum(axis=0)
    scores = score(scores.panel.take(np.flatnonzero(rated >= FACTORS)), profile=profile)
    return scores, _ends(scores.index, cases, len(rows) - len(scores))


def _moments(case: Case, step: int) -> set[str]:
    """Return the moments of a history: every so many months, and the eves of what came."""
    eve = pd.Period(case.outcome_date, freq="M") - 1
    span = pd.period_range(f"{case.first}-01", eve, freq="M")
    moments = {str(month) for month in span if month.month % step == 0}
    crimes = load_words().crimes.get(case.name)
    eves = [eve, *([pd.Period(crimes.first, freq="M") - 1] if crimes else [])]
    return moments | {str(month) for month in eves}


def _ends(index: pd.MultiIndex, cases: dict[str, Case], thin: int) -> Followed:
    """Return what followed each moment."""
    state = np.zeros(len(index), dtype=np.int8)
    under_way = np.zeros(len(index), dtype=np.int8)
    said = load_words().sentences
    known: list[pd.Period] = []
    when: list[object] = []
    for n, (unit, month) in enumerate(index):
        case = cases[unit]
        end, began = pd.Period(case.outcome_date, freq="M"), pd.NaT
        crimes = load_words().crimes.get(case.name)
        first = pd.Period(crimes.first, freq="M") if crimes else None
        if case.outcome == "followed":
            state[n], began = 1, end
        elif crimes and first is not None and month < first:
            state[n], began, end = 1, first, first
        elif crimes and month <= pd.Period(crimes.last, freq="M"):
            under_way[n], state[n] = 1, -1
        known.append(end)
        when.append(began)
    return Followed(
        index=index,
        state=state,
        known=pd.PeriodIndex(known, freq="M"),
        when=pd.PeriodIndex(when, freq="M"),
        under_way=under_way,
        horizon=None,
        notes=(said["coding"]["en"], said["thin"]["en"].format(least=FACTORS, count=thin)),
        thin=thin,
    )
