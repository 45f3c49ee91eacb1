"""A government's own ratings beside outside ones: flags that report and never alter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from r2prisk.catalogue import FRAMEWORKS, load_words
from r2prisk.errors import InputError
from r2prisk.evidence.codings import Codings, Floats, codings_of, noted
from r2prisk.panel.gate import FrameworksLike, as_frameworks
from r2prisk.panel.periods import KINDS

WHOLES = ("risk", "resilience", "capacity")
"""Kinds of frameworks, each with a line of its own below the factors."""

# The limits are declared assumptions, set by judgement and not fitted to data: no public record
# says which self-assessments were honest.

FEWEST_CELLS = 20
"""Rated cells below which nothing is said of flatness: with fewer, five words repeat by chance."""

ONE_VALUE = 0.8
"""Share of cells at one value from which a profile is flat: four in five the same."""

PERFECT = 0.8
"""Share of cells at the best rating from which a profile is perfect."""

BEYOND_OUTSIDE = 0.2
"""By how much a share must also exceed that of outside coders on the same cells: a calm country
is rated calm by all."""

LESS_VARIED = 0.5
"""Share of the outside coders' entropy on the same cells below which a profile is too even."""


def compare_self(
    own: pd.DataFrame, outside: pd.DataFrame, *, frameworks: FrameworksLike | None = None
) -> pd.DataFrame:
    """Return how a government rates itself beside outside coders, factor by factor.

    The mean of ``own - outside`` over the cells that both rated, each side the mean of its
    coders, with the interval ``mean +- t(0.975, n - 1) * sd / sqrt(n)``.

    Parameters
    ----------
    own, outside : pandas.DataFrame
        Coded ratings, as ``codings_of`` describes them, with periods of one kind.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``part``: the factors, then ``all risk``, ``all resilience`` and
        ``all capacity``; a mean over both risk and resilience would cancel. Columns
        ``difference``, ``low``, ``high`` (NaN where one cell is shared), ``cells``, ``kinder``
        (the difference in the direction that shows the government well: lower risk, higher
        resilience) and ``words``. ``attrs["notes"]`` counts the cells that only one side rated.

    Raises
    ------
    InputError
        As ``codings_of``, for each table; if periods are of two kinds.

    Notes
    -----
    Cells are taken as independent. Ratings of one indicator in many periods are not: the interval
    is then too narrow. A difference is no proof of bad faith: a government knows things that
    outsiders do not, and outsiders hear what it is not told.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "KEN", "period": 2008, "indicator": ["1.1", "1.2", "1.3"],
    ...     "coder": "government", "rating": [0.25, 0.5, 0.0]})
    >>> compare_self(rows, rows.assign(coder="ann", rating=0.5)).loc[("KEN", "RF1"), "words"]
    'own rating lower by 0.25 on 3 shared cells, kinder to itself; chance could explain it'
    """
    allowed = as_frameworks(FRAMEWORKS if frameworks is None else frameworks)
    mine = codings_of(own, frameworks=allowed, subject="own ratings")
    theirs = codings_of(outside, frameworks=allowed, subject="outside ratings")
    both = _paired(mine, theirs)
    both["difference"] = both["own"] - both["outside"]
    order = {f.id: n for n, f in enumerate(f for framework in allowed for f in framework.factors)}
    whole = both.assign(factor="all " + both["kind"].astype(str))
    order |= {f"all {kind}": len(order) + n for n, kind in enumerate(WHOLES)}
    stacked = pd.concat([both, whole], ignore_index=True)
    stacked["order"] = stacked["factor"].map(order).astype(int)
    grouped = stacked.groupby(["unit", "order", "factor", "kind"], observed=True)["difference"]
    found = grouped.agg(["mean", "std", "size"]).reset_index()
    half = stats.t.ppf(0.975, np.maximum(found["size"] - 1, 1)) * found["std"]
    half = half / np.sqrt(found["size"])
    table = pd.DataFrame(
        {
            "difference": found["mean"],
            "low": found["mean"] - half,
            "high": found["mean"] + half,
            "cells": found["size"],
            "kinder": found["mean"] * np.where(found["kind"] == "risk", -1.0, 1.0),
        }
    )
    table["words"] = [_compared(row) for row in table.to_dict("records")]
    table.index = pd.MultiIndex.from_frame(found[["unit", "factor"]], names=["unit", "part"])
    notes = [f"own: {note}" for note in mine.notes] + [f"outside: {n}" for n in theirs.notes]
    for name, codings in (("own", mine), ("outside", theirs)):
        alone = len(codings.cells) - len(both)
        notes += [_alone(alone, name)] if alone else []
    return noted(table, tuple(notes))


def flatness(
    own: pd.DataFrame,
    *,
    outside: pd.DataFrame | None = None,
    frameworks: FrameworksLike | None = None,
) -> pd.DataFrame:
    """Return whether profiles are flatter or more perfect than is plausible.

    Three checks for each unit: the share of cells at the commonest rating (``one value``), the
    share at the best one, 0 for risk and 1 for resilience (``perfect``), and the entropy
    ``-sum p log2 p`` over the five rating words, each rating at its nearest word (``variety``).

    Parameters
    ----------
    own : pandas.DataFrame
        Coded ratings, as ``codings_of`` describes them.
    outside : pandas.DataFrame, optional
        Outside ratings: the cells that both rated are then compared. Without them a share is held
        against its declared limit alone, and ``variety`` is unknown.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        Index ``unit``, ``check``; columns ``value``, ``outside``, ``limit``, ``cells``, ``flag``
        (True, False or NA, unknown) and ``words``. A share is flagged from ``ONE_VALUE`` or
        ``PERFECT`` up, and only ``BEYOND_OUTSIDE`` above the outside share; variety below
        ``LESS_VARIED`` of the outside one. With fewer than ``FEWEST_CELLS`` cells all are unknown.

    Raises
    ------
    InputError
        As ``codings_of``, for each table; if periods are of two kinds.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> names = [i.id for i in load_framework("un-foa-2014").indicators[:25]]
    >>> rows = pd.DataFrame({"unit": "KEN", "period": 2008, "indicator": names,
    ...     "coder": "government", "rating": 0.0})
    >>> flatness(rows).loc[("KEN", "perfect"), "words"]
    '25 of 25 cells at the best rating (limit 80%): implausibly perfect unless outsiders agree'
    """
    mine = codings_of(own, frameworks=frameworks, subject="own ratings")
    notes = list(mine.notes)
    if outside is None:
        cells = mine.cells.assign(own=mine.means)
    else:
        theirs = codings_of(outside, frameworks=frameworks, subject="outside ratings")
        cells = _paired(mine, theirs)
        notes += [f"outside: {note}" for note in theirs.notes]
        alone = len(mine.cells) - len(cells)
        notes += [_alone(alone, "own")] if alone else []
    rows = {
        (unit, check): row
        for unit in dict.fromkeys(mine.cells["unit"])
        for check, row in _checks(cells[cells["unit"] == unit], outside is not None).items()
    }
    found = pd.DataFrame.from_dict(rows, orient="index", columns=pd.Index(_row(0)))
    found.index = pd.MultiIndex.from_tuples(list(rows), names=["unit", "check"])
    found["flag"] = found["flag"].astype("boolean")
    return noted(found, tuple(notes))


def _paired(mine: Codings, theirs: Codings) -> pd.DataFrame:
    """Return the cells that both sides rated, with the rating of each."""
    kinds = [pd.PeriodIndex(c.cells["period"]).freqstr for c in (mine, theirs)]
    if kinds[0] != kinds[1]:
        own, outside = (KINDS[kind.removesuffix("-DEC")] for kind in kinds)
        found = f"own has a {own} for each rating and outside a {outside}"
        raise InputError("periods", [f"{found}; give both the same kind"])
    both = theirs.cells.assign(outside=theirs.means).drop(columns=["kind", "factor"])
    return mine.cells.assign(own=mine.means).merge(both, on=["unit", "indicator", "period"])


def _alone(cells: int, side: str) -> str:
    said = "cell has" if cells == 1 else "cells have"
    return f"{cells} {said} no counterpart: in {side} ratings only"


def _compared(row: dict[Any, Any]) -> str:
    """Say one difference in words."""
    size, cells = f"{abs(row['difference']):.2f}", int(row["cells"])
    on = f"on {cells} shared cell{'s' * (cells != 1)}"
    if size == "0.00":
        return f"own rating the same {on}"
    way = "lower" if row["difference"] < 0 else "higher"
    kinder = "kinder to itself" if row["kinder"] > 0 else "harder on itself"
    doubt = "" if row["low"] > 0 or row["high"] < 0 else "; chance could explain it"
    return f"own rating {way} by {size} {on}, {kinder}{doubt}"


def _checks(cells: pd.DataFrame, compared: bool) -> dict[str, dict[str, object]]:
    """Return the three checks of one unit."""
    size = len(cells)
    if size < FEWEST_CELLS:
        words = f"{size} cell{'s' * (size != 1)}: too few to say ({FEWEST_CELLS} needed)"
        return {check: _row(size, words=words) for check in ("one value", "perfect", "variety")}
    values = np.array([word.value for word in load_words().ratings])
    own = _nearest(cells["own"], values)
    best = np.where(cells["kind"] == "risk", values.argmin(), values.argmax())
    common = int(np.bincount(own).argmax())
    where = f"at one rating, {values[common]:g}"
    if not compared:
        return {
            "one value": _share(own == common, np.nan, ONE_VALUE, where, "flat"),
            "perfect": _share(own == best, np.nan, PERFECT, "at the best rating", "perfect"),
            "variety": _row(size, _entropy(own), words="no outside ratings to compare with"),
        }
    outside = _nearest(cells["outside"], values)
    theirs = float(np.bincount(outside).max() / size)
    perfect = float((outside == best).mean())
    return {
        "one value": _share(own == common, theirs, ONE_VALUE, where, "flat"),
        "perfect": _share(own == best, perfect, PERFECT, "at the best rating", "perfect"),
        "variety": _variety(size, _entropy(own), _entropy(outside)),
    }


def _row(
    cells: int,
    value: float = np.nan,
    outside: float = np.nan,
    limit: float = np.nan,
    flag: bool | None = None,
    words: str = "",
) -> dict[str, object]:
    return {
        "value": value,
        "outside": outside,
        "limit": limit,
        "cells": cells,
        "flag": pd.NA if flag is None else flag,
        "words": words,
    }


def _share(
    hits: NDArray[np.bool_], outside: float, limit: float, where: str, fault: str
) -> dict[str, object]:
    """Check one share against its limit and, where there is one, the outside share."""
    size, share = len(hits), float(hits.mean())
    compared = not np.isnan(outside)
    limit = max(limit, outside + BEYOND_OUTSIDE) if compared else limit
    # shares are ratios of whole numbers: the slack only forgives the last bit of the limit
    flag = share >= limit - 1e-9
    words = f"{int(hits.sum())} of {size} cells {where} (limit {limit:.0%}"
    words += f", outside coders {outside:.0%})" if compared else ")"
    if flag:
        words += f": implausibly {fault}" + ("" if compared else " unless outsiders agree")
    return _row(size, share, outside, limit, flag, words)


def _variety(size: int, own: float, outside: float) -> dict[str, object]:
    limit = LESS_VARIED * outside
    words = f"{own:.2f} bits of variety, outside coders {outside:.2f} on the same {size} cells"
    flag = own < limit
    return _row(size, own, outside, limit, flag, words + ": implausibly even" * flag)


def _nearest(ratings: pd.Series[Any], values: Floats) -> NDArray[np.intp]:
    """Return the place of the nearest rating word; halfway, the lower one."""
    return np.abs(ratings.to_numpy(dtype=float)[:, None] - values).argmin(axis=1)


def _entropy(steps: NDArray[np.intp]) -> float:
    share = np.bincount(steps) / len(steps)
    share = share[share > 0]
    return abs(float((share * np.log2(share)).sum()))
