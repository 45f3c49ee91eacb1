"""Blind spots: where our risk and outside lists disagree, why, and what neither list shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import shorten

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.catalogue import load_framework
from r2prisk.trajectories.kernel.smoother import Floats
from r2prisk.trajectories.phrases import years_said
from r2prisk.trajectories.series import factors_in
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.as_of import as_of, end_of
from r2prisk.trajectories.warning.lists import OutsideList, distinct
from r2prisk.trajectories.warning.standing import at, standing

LITTLE = 0.9
"""Coverage below this share of what is usual is little."""

FACTORS = 3
"""How many factors a reason names."""

COLUMNS = ("unit", "country", "list", "edition", "here", "there", "of", "gap", "side", "reasons")


def blind_spots(found: Trajectories, lists: Iterable[OutsideList], date: object) -> pd.DataFrame:
    """Compare our places with those of outside lists, and say why they differ.

    Places count from the most at risk, among the ``of`` units that both have; ``gap = (there -
    here) / of``. Of a list that only names k countries, a named one stands at place k at worst
    and one that it does not name at place k + 1 at best, and only what lies beyond counts as a
    gap.

    Parameters
    ----------
    found : Trajectories
        Of risk.
    lists : iterable of OutsideList
        Of each the newest edition that was out at the end of the date; one that had none is left
        out here (:func:`when` says so).
    date : period, date or text
        As in :func:`as_of`.

    Returns
    -------
    pandas.DataFrame
        The largest gaps first: ``unit``, ``country``, ``list``, ``edition``, ``here``, ``there``
        (NaN where a list only names), ``of``, ``gap`` (-1 to 1; NaN where a ranked list names a
        country without a rank), ``side`` (``higher here``, ``higher there``, ``the same``) and
        ``reasons``: evidence, age, horizon, definition.

    Raises
    ------
    InputError
        As :func:`as_of`, or if there is no trajectory of risk.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> from r2prisk.trajectories.warning.lists import read_list
    >>> units = ["KEN", "MMR", "NOR", "SDN"]
    >>> index = pd.MultiIndex.from_product([units, [pd.Period("2016")]], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": [0.4, 0.6, 0.1, 0.7]}, index=index)
    >>> rows = pd.DataFrame({"unit": units, "date": 2016, "rank": [1, 3, 4, 2]})
    >>> spots = blind_spots(trajectories(scores, of=["risk"]), [read_list(rows, name="X")], "2016")
    >>> spots[["unit", "here", "there", "gap", "side"]].to_numpy().tolist()[0]
    ['KEN', 3.0, 1.0, -0.5, 'higher there']
    """
    end = end_of(date)
    then = as_of(found, date)
    parts = [
        _against(then, listed, edition)
        for listed in distinct(lists)
        if len(edition := listed.edition(end))
    ]
    if not parts:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    table = pd.concat(parts, ignore_index=True)
    size = table["gap"].abs()
    return table.assign(size=size).sort_values(
        ["size", "unit", "list"], ascending=[False, True, True], ignore_index=True
    )[list(COLUMNS)]


def _against(then: Trajectories, listed: OutsideList, edition: pd.DataFrame) -> pd.DataFrame:
    """Compare with one edition of one list."""
    table = standing(then)[["unit", "country", "risk", "last"]]
    ranks = edition.set_index("unit")["rank"]
    if listed.ranked:
        table = table[table["unit"].isin(ranks.index)].reset_index(drop=True)
    n = len(table)
    here = stats.rankdata(-table["risk"].to_numpy())
    theirs = table["unit"].map(ranks).to_numpy(dtype=float)
    there, gap = np.full(n, np.nan), np.full(n, np.nan)
    if listed.ranked:
        has = ~np.isnan(theirs)
        # both places among the units that both have ranked
        here[has] = stats.rankdata(-table["risk"].to_numpy()[has])
        here[~has] = np.nan
        there[has] = stats.rankdata(theirs[has])
        n = int(has.sum())
        gap[has] = (there[has] - here[has]) / n
    else:
        named = table["unit"].isin(ranks.index).to_numpy()
        k = int(named.sum())
        beyond = np.where(named, np.minimum(k - here, 0.0), np.maximum(k + 1 - here, 0.0))
        gap = beyond / n
    kinds = [gap > 0, gap < 0, gap == 0]
    side = np.select(kinds, ["higher here", "higher there", "the same"], "no rank there")
    return table.assign(
        list=listed.name,
        edition=edition["date"].iloc[0],
        here=here,
        there=there,
        of=n,
        gap=gap,
        side=side,
        reasons=_reasons(then, table, listed, edition["date"].iloc[0], gap),
    )[list(COLUMNS)]


def _reasons(
    then: Trajectories,
    table: pd.DataFrame,
    listed: OutsideList,
    edition: pd.Period,
    gap: Floats,
) -> list[str]:
    """Say for each row of a table why the two may differ."""
    horizon = (
        f"horizon: it looks {years_said(listed.horizon)} ahead, we state the present"
        if listed.horizon
        else "horizon: the same, both state the present"
    )
    what = listed.measures or "it does not say what it measures"
    definition = f"definition: {'it is of ' if listed.measures else ''}{what}"
    evidence = evidence_reasons(then, table["unit"].tolist(), gap)
    return [
        "; ".join(part for part in (seen, _age(last, edition), horizon, definition) if part)
        for seen, last in zip(evidence, table["last"], strict=True)
    ]


def _age(last: pd.Period, edition: pd.Period) -> str:
    """Say which side is older by more than a year."""
    years = (last.end_time - edition.end_time).days / 365.25
    if abs(years) <= 1.05:
        return ""
    older, newer = ("its edition", "our last score") if years > 0 else ("our score", "its edition")
    return f"age: {older} is {years_said(round(abs(years), 1))} older than {newer}"


def evidence_reasons(then: Trajectories, units: Sequence[str], gap: Floats) -> list[str]:
    """Say for each unit what our evidence has to do with a gap.

    Little of it where less than the profile's ``band_coverage`` was rated, or less than for three
    quarters of the units and than nine tenths of what is usual; else the factors that stand
    farthest above the median of all units (below it, where the list places the unit higher),
    which a list may not measure.

    Examples
    --------
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["KEN", "MMR", "SDN"], [pd.Period("2016")]], names=["unit", "period"])
    >>> scores = pd.DataFrame({"risk": 0.4, "coverage": [0.2, 0.3, 0.3]}, index=index)
    >>> evidence_reasons(trajectories(scores, of=["risk"]), ["KEN", "SDN"], np.array([0.1, 0.1]))
    ['evidence: we rated 20% of it, of most others 30%', '']
    """
    course = then["risk"]
    last = np.where(~np.isnan(course.values), np.arange(len(then.periods)), 0).max(axis=1)
    coverage = at(then, "coverage", last)
    least, usual = then.profile.missing.band_coverage, np.nan
    known = coverage[course.known[:, -1]]
    if not np.isnan(known).all():
        usual = float(np.nanmedian(known))
        least = max(least, min(float(np.nanquantile(known, 0.25)), LITTLE * usual))
    factors, scores, apart = _apart(then, last)
    said: list[str] = []
    for unit, size in zip(units, gap, strict=True):
        u = then.unit(unit)
        if coverage[u] <= least:
            rated = f"we rated {coverage[u]:.0%} of it, of most others {usual:.0%}"
            said.append(f"evidence: {rated}")
            continue
        sign = -1.0 if size < 0 else 1.0
        order = np.argsort(-np.nan_to_num(sign * apart[u], nan=-np.inf), kind="stable")[:FACTORS]
        named = [f"{factors[k]} {scores[u, k]:.2f}" for k in order if sign * apart[u, k] > 0]
        word = "below" if size < 0 else "above"
        said.append(
            f"evidence: we see it farthest {word} the world in {', '.join(named)}" if named else ""
        )
    return said


def _apart(then: Trajectories, last: NDArray[np.intp]) -> tuple[list[str], Floats, Floats]:
    """Return the risk factors, what each unit scored last, and how far from the median."""
    factors = factors_in(then.scores, then.profile)[0]
    scores = (
        np.array([at(then, factor, last) for factor in factors])
        .reshape(len(factors), len(then.units))
        .T
    )
    known = then["risk"].known[:, -1]
    middle = np.full(len(factors), np.nan)
    for k in range(len(factors)):
        here = scores[known, k]
        if not np.isnan(here).all():
            middle[k] = np.nanmedian(here)
    return factors, scores, scores - middle


def factor_legend(reasons: Iterable[str]) -> list[str]:
    """Name the factors of the UN Framework that reasons mention.

    Examples
    --------
    >>> factor_legend(["evidence: we see it farthest above the world in RF8 0.70"])
    ['RF8 triggering factors']
    """
    text = " ".join(reasons)
    factors = load_framework("un-foa-2014").factors
    return [
        f"{f.id} {shorten(f.title[:1].lower() + f.title[1:], 60, placeholder=' ...')}"
        for f in factors
        if f" {f.id} " in f"{text} "
    ]
