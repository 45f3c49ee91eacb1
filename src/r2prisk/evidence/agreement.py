"""How far coders agree beyond chance: Krippendorff's alpha with bootstrap intervals."""

from __future__ import annotations

import dataclasses
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import sparse

from r2prisk.catalogue import FRAMEWORKS
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.codings import Floats, Ints, codings_of, noted
from r2prisk.panel.gate import FrameworksLike, as_frameworks

Level = Literal["nominal", "ordinal", "interval", "ratio"]

LEVELS: tuple[Level, ...] = get_args(Level)

BLOCK = 4_000_000
"""Numbers held at once while draws are made; smaller costs time, larger memory."""


@dataclasses.dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha with its interval; made by ``alpha``.

    Parameters
    ----------
    value : float
        1 is full agreement, 0 what chance would give, below 0 less than chance; NaN is unknown.
    low, high : float
        The 95 % bootstrap interval, NaN where unknown.
    pairs : int
        Pairs of ratings compared.
    units : int
        Units of analysis: cells rated by two or more coders.
    coders : int
        Coders in those cells.
    level : str
        How ratings were compared.
    draws, seed : int
        Of the bootstrap.
    reason : str
        Why something is unknown or left out; empty otherwise.

    Examples
    --------
    >>> found = alpha([[1, 2, 3, 3], [1, 2, 3, 4]])
    >>> found.units, found.coders, found.low <= found.value <= found.high
    (4, 2, True)
    """

    value: float
    low: float
    high: float
    pairs: int
    units: int
    coders: int
    level: Level
    draws: int
    seed: int
    reason: str = ""


def alpha(
    ratings: ArrayLike | pd.DataFrame,
    *,
    level: Level = "ordinal",
    draws: int = 1000,
    seed: int = 0,
) -> Alpha:
    """Return Krippendorff's alpha of several coders' ratings of the same cells.

    ``alpha = 1 - Do/De`` over the ``n`` ratings in cells that two or more coders rated. With
    ``m`` ratings in a cell and ``n_c`` ratings of value c in all:

    ``Do = 1/n       * sum over cells of 1/(m - 1) * sum over its ordered pairs of d(c, k)^2``
    ``De = 1/(n(n-1)) * sum over all ordered pairs of values of n_c n_k d(c, k)^2``

    and ``d^2`` by level: nominal 1 where c and k differ; ordinal
    ``(n_c/2 + n_between + n_k/2)^2``, with ``n_between`` the ratings of values between them;
    interval ``(c - k)^2``; ratio ``((c - k)/(c + k))^2``.

    Parameters
    ----------
    ratings : array of float, shape (coders, cells), or pandas.DataFrame
        NaN where a coder did not rate a cell; or a table as ``codings_of`` describes it.
    level : {"ordinal", "nominal", "interval", "ratio"}
        What differences between ratings mean. Rating words are in order, no more: ordinal.
    draws : int, 1 or more
        Bootstrap samples.
    seed : int
        Of the bootstrap: the same seed gives the same interval.

    Returns
    -------
    Alpha
        The value is unknown, with the reason, where one coder rated everything; where no cell was
        rated by two; where one cell was (alpha would be 0 whatever its ratings); and where all
        shared ratings are equal (without variation, agreement on substance and agreement by
        habit look the same).

    Raises
    ------
    InputError
        If the array has not two axes, or holds text or infinity; if a ratio-level rating is
        below 0; if the level is unknown; if ``draws`` is below 1; and as ``codings_of``.

    Notes
    -----
    Krippendorff, K. (2019), Content Analysis, 4th ed., ch. 12, doi:10.4135/9781071878781;
    Hayes & Krippendorff (2007), doi:10.1080/19312450709336664. The interval comes from drawing
    the shared cells anew, with replacement, and takes the 2.5th and 97.5th percentile, widened to
    the value should it lie outside; the papers redraw pairs of ratings instead. Cells are taken
    as independent: where one document speaks to many cells, the interval is too narrow. Draws
    without variation have no alpha and are left out, with their number in ``reason``.

    Examples
    --------
    >>> found = alpha([[1, 2, 3, 3, 2], [1, 2, 3, 4, 2], [1, 3, 3, np.nan, 2]])
    >>> round(found.value, 3), found.units, found.pairs  # 1 - 13 * 68 / 5754
    (0.846, 5, 13)
    """
    _check(level, draws)
    if isinstance(ratings, pd.DataFrame):
        codings = codings_of(ratings)
        return _alpha(codings.cell, codings.coder, codings.ratings, level, draws, seed)
    try:
        block = np.asarray(ratings, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError("ratings", ["are not all numbers; NaN stands for no rating"]) from None
    problems: list[str] = []
    if block.ndim != 2:
        problems.append(f"have the shape {block.shape}; (coders, cells) is needed")
    if np.isinf(block).any():
        problems.append("hold infinity")
    if level == "ratio" and (block < 0).any():
        problems.append(f"go down to {np.nanmin(block):g}; at level ratio 0 is the least")
    if problems:
        raise InputError("ratings", problems)
    cell, coder = np.nonzero(~np.isnan(block.T))
    return _alpha(cell, coder, block[coder, cell], level, draws, seed)


def agreement(
    frame: pd.DataFrame,
    *,
    by: Literal["factor", "indicator"] | None = "factor",
    level: Level = "ordinal",
    draws: int = 1000,
    seed: int = 0,
    frameworks: FrameworksLike | None = None,
) -> pd.DataFrame:
    """Return Krippendorff's alpha for each factor or indicator, and for all together.

    Parameters
    ----------
    frame : pandas.DataFrame
        Coded ratings, as ``codings_of`` describes them; rows that settle others are left out.
    by : {"factor", "indicator"} or None
        What to report apart; None for the whole only.
    level, draws, seed
        As ``alpha``.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        Index ``part``: factors or indicators in the order of their frameworks, then ``all``;
        columns ``alpha``, ``low``, ``high``, ``pairs``, ``cells``, ``coders``, ``reason``.
        ``attrs["notes"]`` says what was left out.

    Raises
    ------
    InputError
        As ``codings_of`` and ``alpha``; if ``by`` is unknown.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "KEN", "period": [2007, 2008] * 2, "indicator": "1.1",
    ...     "coder": ["ann"] * 2 + ["ben"] * 2, "rating": [0.5, 1.0, 0.5, 1.0]})
    >>> agreement(rows)[["alpha", "cells"]].values.tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    _check(level, draws)
    parts = ("factor", "indicator")
    if by is not None and by not in parts:
        raise InputError("by", [f"'{by}' is not factor, indicator or None{nearest(by, parts)}"])
    allowed = as_frameworks(FRAMEWORKS if frameworks is None else frameworks)
    codings = codings_of(frame, frameworks=allowed)
    cell, coder, ratings = codings.cell, codings.coder, codings.ratings
    rows: dict[str, Alpha] = {}
    if by is not None:
        part = codings.cells[by].to_numpy()[cell]
        present = set(part)
        homes = [
            (f.id, i.id) for framework in allowed for f in framework.factors for i in f.indicators
        ]
        for name in dict.fromkeys(home[parts.index(by)] for home in homes):
            if name in present:
                here = part == name
                rows[name] = _alpha(cell[here], coder[here], ratings[here], level, draws, seed)
    rows["all"] = _alpha(cell, coder, ratings, level, draws, seed)
    found = pd.DataFrame(
        {
            "alpha": [row.value for row in rows.values()],
            "low": [row.low for row in rows.values()],
            "high": [row.high for row in rows.values()],
            "pairs": [row.pairs for row in rows.values()],
            "cells": [row.units for row in rows.values()],
            "coders": [row.coders for row in rows.values()],
            "reason": [row.reason for row in rows.values()],
        },
        index=pd.Index(list(rows), name="part", dtype=object),
    )
    return noted(found, codings.notes)


@dataclasses.dataclass(frozen=True, eq=False)
class _Patterns:
    """Shared cells put together by what was rated in them, whoever rated it.

    ``times`` (q,) is how often each pattern occurs, ``values`` (v,) are the distinct ratings,
    ``counts`` (q, v) how often each occurs in a pattern. ``pairs`` (q, p) is the weight of each
    unequal pair of values in a pattern, ``2 c k / (m - 1)``, and ``left``, ``right`` (p,) are the
    positions of its values.
    """

    times: Ints
    values: Floats
    counts: sparse.csr_array
    pairs: sparse.csr_array
    left: Ints
    right: Ints


def _check(level: str, draws: int) -> None:
    problems: list[str] = []
    if level not in LEVELS:
        problems.append(
            f"no level '{level}'; there are {', '.join(LEVELS)}{nearest(level, LEVELS)}"
        )
    if draws < 1:
        problems.append(f"draws is {draws}; 1 or more are needed")
    if problems:
        raise InputError("alpha", problems)


def _alpha(cell: Ints, coder: Ints, ratings: Floats, level: Level, draws: int, seed: int) -> Alpha:
    shared = np.bincount(cell)[cell] > 1 if len(cell) else np.zeros(0, dtype=bool)
    _, cells = np.unique(cell[shared], return_inverse=True)
    sizes = np.bincount(cells)
    found = Alpha(
        value=np.nan,
        low=np.nan,
        high=np.nan,
        pairs=int((sizes * (sizes - 1) // 2).sum()),
        units=len(sizes),
        coders=len(np.unique(coder[shared])),
        level=level,
        draws=draws,
        seed=seed,
    )
    values, value = np.unique(ratings[shared], return_inverse=True)
    if len(sizes) < 2 or len(values) < 2:
        reason = _unknown(coder, len(sizes), values)
        return dataclasses.replace(found, reason=reason)
    patterns = _patterns(cells, value, values)
    whole = float(_alphas(patterns.times[None], patterns, level)[0])
    drawn = _bootstrap(patterns, level, draws, seed)
    defined = drawn[~np.isnan(drawn)]
    low, high = np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
    missed = draws - len(defined)
    reason = f"{missed} of {draws} draws left out: no variation" if missed else ""
    return dataclasses.replace(
        found,
        value=whole,
        low=float(np.minimum(low, whole)),
        high=float(np.maximum(high, whole)),
        reason=reason,
    )


def _unknown(coder: Ints, cells: int, values: Floats) -> str:
    """Say why there is no alpha."""
    if not len(coder):
        return "nothing was rated"
    if len(np.unique(coder)) == 1:
        return "one coder rated everything"
    if cells == 0:
        return "no cell was rated by two coders"
    if cells == 1:
        return "only one cell was rated by two coders: alpha would be 0 whatever its ratings"
    return f"all ratings in {cells} shared cells are {values[0]:g}: no variation"


def _patterns(cell: Ints, value: Ints, values: Floats) -> _Patterns:
    key, count = np.unique(cell * len(values) + value, return_counts=True)
    row = key // len(values)
    starts = np.searchsorted(row, np.arange(row[-1] + 1))
    slot = np.arange(len(row)) - starts[row]
    block = np.zeros((len(starts), 2 * (int(slot.max()) + 1)), dtype=np.int64)
    block[row, 2 * slot] = key % len(values)
    block[row, 2 * slot + 1] = count
    found, times = np.unique(block, axis=0, return_counts=True)
    what, often = found[:, ::2], found[:, 1::2]
    q, s = np.nonzero(often)
    shape = (len(found), len(values))
    counts = sparse.csr_array((often[q, s].astype(float), (q, what[q, s])), shape=shape)
    i, j = np.triu_indices(what.shape[1], 1)
    q, s = np.nonzero(often[:, j])
    first, second = what[q, i[s]], what[q, j[s]]
    weight = 2.0 * often[q, i[s]] * often[q, j[s]] / (often.sum(axis=1)[q] - 1)
    pair, column = np.unique(first * len(values) + second, return_inverse=True)
    pairs = sparse.csr_array((weight, (q, column)), shape=(len(found), len(pair)))
    return _Patterns(times, values, counts, pairs, pair // len(values), pair % len(values))


def _bootstrap(patterns: _Patterns, level: Level, draws: int, seed: int) -> Floats:
    """Return alpha of samples of the cells, drawn with replacement; NaN without variation."""
    rng = np.random.default_rng(seed)
    cells = int(patterns.times.sum())
    width = max(len(patterns.times), len(patterns.values), len(patterns.left))
    step = max(1, BLOCK // width)
    share = patterns.times / cells
    parts = [
        _alphas(rng.multinomial(cells, share, min(step, draws - n)), patterns, level)
        for n in range(0, draws, step)
    ]
    return np.concatenate(parts)


def _alphas(times: Ints, patterns: _Patterns, level: Level) -> Floats:
    """Return alpha where the patterns occur so often, shape (d, q) to (d,)."""
    often = (patterns.counts.T @ times.T).T
    weights = (patterns.pairs.T @ times.T).T
    total = often.sum(axis=1)
    x, left, right = patterns.values, patterns.left, patterns.right
    if level == "nominal":
        seen, expected = weights.sum(axis=1), total**2 - (often**2).sum(axis=1)
    elif level == "ratio":
        apart = (x[left] - x[right]) / (x[left] + x[right])
        seen, expected = weights @ apart**2, _ratio(often, x)
    else:
        # on ordinal level a value stands at its mid-rank: the distance of two mid-ranks is
        # n_c/2 + n_between + n_k/2
        rank = np.cumsum(often, axis=1) - often / 2 if level == "ordinal" else x[None, :]
        mean = (often * rank).sum(axis=1) / total
        seen = (weights * (rank[:, left] - rank[:, right]) ** 2).sum(axis=1)
        expected = 2 * total * (often * (rank - mean[:, None]) ** 2).sum(axis=1)
    varied = (often > 0).sum(axis=1) > 1
    share = np.divide(seen, expected, out=np.full(len(total), np.nan), where=varied)
    return 1 - (total - 1) * share


def _ratio(often: Floats, values: Floats) -> Floats:
    """Return the expected disagreement on ratio level, in blocks: its table has v x v cells."""
    found = np.zeros(len(often))
    step = max(1, BLOCK // len(values))
    for n in range(0, len(values), step):
        some = values[n : n + step, None]
        both = np.where(some + values > 0, some + values, 1.0)
        found += ((often[:, n : n + step] @ ((some - values) / both) ** 2) * often).sum(axis=1)
    return found
