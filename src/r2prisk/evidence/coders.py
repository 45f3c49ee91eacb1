"""Coders beside one another: their severity, and the cells on which they differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from r2prisk.catalogue import FRAMEWORKS, Framework
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.codings import codings_of, counted, noted, optional, rulings_in, settled_by
from r2prisk.panel.gate import FrameworksLike, as_frameworks

RIDGE = 1.0
"""How strongly severity is drawn to 0: as if each coder had rated so many more cells, all of them
exactly like the others. A declared assumption: it halves what is said from one shared cell and
takes 3 % off what is said from thirty."""

Effect = Callable[[str], float] | Mapping[str, float]


def severity(frame: pd.DataFrame, *, frameworks: FrameworksLike | None = None) -> pd.DataFrame:
    """Return how much higher or lower each coder rates than the others on the same cells.

    ``rating = cell + coder + error``, by least squares over the cells that two or more coders
    rated, with ``RIDGE * (sum of squared coder effects)`` added. With ``y`` the ratings less the
    mean of their cell, ``A`` the number of shared cells on the diagonal less
    ``sum over cells of 1/m`` for each pair of coders (m coders in the cell) and ``r`` the sums of
    ``y`` by coder: ``effect = (A + RIDGE I)^-1 r``. The effects of coders who are linked by
    shared cells, directly or through others, add up to 0.

    Parameters
    ----------
    frame : pandas.DataFrame
        Coded ratings, as ``codings_of`` describes them. Higher is a graver picture for risk and
        a better one for resilience: where a table has both, look at each by itself too.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        Index ``coder``; columns ``effect`` and ``se`` (on the scale of ratings), ``shared`` (cells
        with another coder), ``rated`` (cells), ``group`` (coders linked by shared cells; effects
        compare only within one) and ``words``. A coder without a shared cell has no effect, and
        the words say so; ``se`` is unknown where ratings are too few to tell chance from severity.
        ``attrs["notes"]`` says what was left out.

    Raises
    ------
    InputError
        As ``codings_of``.

    Notes
    -----
    The standard error is that of the posterior with effects drawn from a normal of variance
    ``sigma^2 / RIDGE`` about 0, so that few shared cells give a wide one; ``sigma^2`` is the
    residual sum of squares over ``ratings - cells - coders + groups``. Hoerl & Kennard (1970),
    doi:10.1080/00401706.1970.10488634.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "KEN", "period": [2005, 2006, 2007, 2008] * 2,
    ...     "indicator": "1.1", "coder": ["ann"] * 4 + ["ben"] * 4,
    ...     "rating": [0.5, 0.5, 0.75, 1.0, 0.25, 0.5, 0.5, 0.75]})
    >>> severity(rows)["words"]["ann"]  # (0.75 / 2) / (4 + 1)
    'rates 0.07 higher than its group on 4 shared cells'
    """
    codings = codings_of(frame, frameworks=frameworks)
    both = codings.sharing[codings.cell] > 1
    _, cell = np.unique(codings.cell[both], return_inverse=True)
    coder, ratings = codings.coder[both], codings.ratings[both]
    size, cells = len(codings.coders), int(cell.max(initial=-1)) + 1
    each = np.bincount(cell, minlength=cells)
    apart = ratings - (np.bincount(cell, ratings, cells) / each)[cell]
    who = sparse.csr_array((np.ones(len(cell)), (cell, coder)), shape=(cells, size))
    shared = np.bincount(coder, minlength=size)
    links = np.diag(shared) - (who.T @ sparse.diags_array(1 / each) @ who).toarray()
    groups, group = connected_components(links != 0, directed=False)
    inverse = np.linalg.inv(links + RIDGE * np.eye(size))
    effect = inverse @ np.bincount(coder, apart, size)
    # the model says nothing of a group's mean: its share of the inverse is taken out again
    members = np.bincount(group, minlength=groups)[group]
    spread = np.diag(inverse) - 1 / (RIDGE * members)
    lean = effect[coder]
    left = apart - lean + (np.bincount(cell, lean, cells) / each)[cell]
    known = shared > 0
    freedom = len(cell) - cells - int(known.sum()) + len(np.unique(group[known]))
    variance = float(left @ left) / freedom if freedom > 0 else np.nan
    found = pd.DataFrame(
        {
            "effect": np.where(known, effect, np.nan),
            "se": np.where(known, np.sqrt(variance * np.maximum(spread, 0.0)), np.nan),
            "shared": shared,
            "rated": np.bincount(codings.coder, minlength=size),
            "group": pd.Series(pd.factorize(group[known])[0] + 1, known.nonzero()[0], dtype="Int64")
            .reindex(range(size))
            .array,
        },
        index=pd.Index(codings.coders, name="coder", dtype=object),
    )
    found["words"] = [
        _leaning(e, n) for e, n in zip(found["effect"].tolist(), shared.tolist(), strict=True)
    ]
    return noted(found, codings.notes)


def disagreements(
    frame: pd.DataFrame,
    effect: Effect | None = None,
    *,
    adjudicated: Iterable[str] = (),
    frameworks: FrameworksLike | None = None,
) -> pd.DataFrame:
    """Return the cells on which coders differ, the largest effect on the score first.

    Parameters
    ----------
    frame : pandas.DataFrame
        Coded ratings, as ``codings_of`` describes them; ``id`` and ``adjudicates`` are read where
        they are there.
    effect : callable or mapping of str to float, optional
        How much a score moves when the rating of an indicator goes from 0 to 1. By default
        ``equal_effects``.
    adjudicated : iterable of str
        Ids of rows that have been settled, besides those that the column ``adjudicates`` names.
        They are compared no more; a row that settles others stands in their place, so that a
        cell comes back only if somebody differs from the ruling.
    frameworks : iterable of str, path or Framework, optional
        The frameworks whose indicators are allowed; by default all that come with r2prisk.

    Returns
    -------
    pandas.DataFrame
        One row for each cell: ``unit``, ``factor``, ``indicator``, ``period``, ``low``, ``high``,
        ``range``, ``effect``, ``moves`` (range times the size of the effect), and
        ``rating by NAME`` for each coder in one of these cells, NaN where the coder rated it not.
        Equals stand by unit, indicator and period. ``attrs["notes"]`` says what was left out and
        how many cells are settled.

    Raises
    ------
    InputError
        As ``codings_of``; if an adjudicated id is not in the table, or an effect is missing or
        no finite number.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "KEN", "period": 2008, "indicator": ["1.1", "1.1", "9.1",
    ...     "9.1"], "coder": ["ann", "ben"] * 2, "rating": [0.25, 1.0, 0.5, 1.0]})
    >>> disagreements(rows)[["indicator", "range", "moves"]].round(4).values.tolist()
    [['9.1', 0.5, 0.006], ['1.1', 0.75, 0.0049]]
    """
    allowed = as_frameworks(FRAMEWORKS if frameworks is None else frameworks)
    settled = _settled(frame, adjudicated)
    codings = codings_of(frame, frameworks=allowed, left_out=settled)
    low, high = codings.ends
    differ = np.flatnonzero(high > low)
    found = codings.cells.iloc[differ].drop(columns="kind").reset_index(drop=True)
    found["low"], found["high"], found["range"] = low[differ], high[differ], (high - low)[differ]
    found["effect"] = _effects(found["indicator"], effect, allowed)
    found["moves"] = found["range"] * found["effect"].abs()
    row = np.full(len(codings.cells), -1)
    row[differ] = np.arange(len(differ))
    here = row[codings.cell] >= 0
    wide = np.full((len(differ), len(codings.coders)), np.nan)
    wide[row[codings.cell[here]], codings.coder[here]] = codings.ratings[here]
    seen = np.flatnonzero(~np.isnan(wide).all(axis=0))
    names = [f"rating by {codings.coders[n]}" for n in seen]
    found = pd.concat([found, pd.DataFrame(wide[:, seen], columns=pd.Index(names))], axis=1)
    notes = list(codings.notes)
    if settled.any():
        before = codings_of(frame, frameworks=allowed)
        keys = ["unit", "indicator", "period"]
        apart = np.flatnonzero(np.subtract(*before.ends))
        gone = len(apart) - len(before.cells.iloc[apart].merge(found[keys], on=keys))
        notes.append(
            f"{counted(settled, 'row')} settled: {gone} of the cells that differed left out"
        )
    ordered = found.sort_values("moves", ascending=False, kind="stable", ignore_index=True)
    return noted(ordered, tuple(notes))


def equal_effects(frameworks: FrameworksLike | None = None) -> dict[str, float]:
    """Return how far an indicator moves the score of its framework, under equal weights.

    ``1 / (factors x indicators in the factor)``: what the country's score (risk, or resilience)
    gains when the rating goes from 0 to 1, with all indicators rated and all means plain. The
    default profile's exponent of 2 within a factor lets high ratings count for more, and unknown
    neighbours do too: this is for putting disagreements in order, not for quoting.

    Parameters
    ----------
    frameworks : iterable of str, path or Framework, optional
        By default all that come with r2prisk.

    Returns
    -------
    dict of str to float
        By indicator.

    Examples
    --------
    >>> round(equal_effects()["9.1"] * 14 * 6, 9)
    1.0
    """
    found: dict[str, float] = {}
    for framework in as_frameworks(FRAMEWORKS if frameworks is None else frameworks):
        rated = [factor for factor in framework.factors if factor.indicators]
        for factor in rated:
            share = 1 / (len(rated) * len(factor.indicators))
            found |= dict.fromkeys((i.id for i in factor.indicators), share)
    return found


def _settled(frame: pd.DataFrame, adjudicated: Iterable[str]) -> NDArray[np.bool_]:
    """Return which rows have been settled."""
    asked = tuple(dict.fromkeys(adjudicated))
    named = {i for value in rulings_in(frame) for i in settled_by(value)}
    column = optional(frame, "id")
    if column is None:
        if asked or named:
            problem = "needs a column id, so that settled rows can be found"
            raise InputError("coded ratings", [problem])
        return np.zeros(len(frame), dtype=bool)
    ids = [str(value) for value in column]
    known = set(ids)
    strange = [i for i in asked if i not in known]
    if strange:
        problems = [f"no row has the id '{i}'{nearest(i, ids)}" for i in strange]
        raise InputError("adjudicated ids", problems)
    return np.isin(ids, [*asked, *named])


def _effects(
    indicators: pd.Series[Any], effect: Effect | None, frameworks: tuple[Framework, ...]
) -> pd.Series[Any]:
    """Return the effect of each indicator, or name those that have none."""
    given = equal_effects(frameworks) if effect is None else effect
    found: dict[str, float] = {}
    problems: list[str] = []
    for name in dict.fromkeys(indicators.tolist()):
        if isinstance(given, Mapping) and name not in given:
            problems.append(f"indicator '{name}' has none")
            continue
        found[name] = float(given[name] if isinstance(given, Mapping) else given(name))
        if not np.isfinite(found[name]):
            problems.append(f"indicator '{name}' has {found[name]}; a finite number is needed")
    if problems:
        raise InputError("effect", problems)
    return indicators.map(found).astype(float)


def _leaning(effect: float, shared: int) -> str:
    if not shared:
        return "no cell shared with another coder: severity unknown"
    size = f"{abs(effect):.2f}"
    way = "as" if size == "0.00" else f"{size} {'higher' if effect > 0 else 'lower'} than"
    return f"rates {way} its group on {shared} shared cell{'s' * (shared != 1)}"
