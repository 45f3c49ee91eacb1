"""What factors and indicators weigh in fact, beside what the profile gives them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.panel import Panel
from r2prisk.scoring.audit.double import Pairs, mean_of
from r2prisk.scoring.audit.measures import (
    ENDS,
    FEWEST,
    alpha,
    correlation_ratios,
    resampled,
    standings,
)
from r2prisk.scoring.audit.removal import Half, shifts, without_factors, without_indicators
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores


def factor_table(
    panel: Panel,
    scores: Scores,
    half: Half,
    pairs: Pairs,
    links: pd.DataFrame,
    periods: NDArray[np.intp],
) -> pd.DataFrame:
    """Return one row for each factor of a side that is known anywhere.

    Parameters
    ----------
    panel : Panel
        Ratings.
    scores : Scores
        Its scores.
    half : Half
        The side.
    pairs : Pairs
        Correlations of the rated indicators.
    links : pandas.DataFrame
        Correlations of the factors.
    periods : array of int, shape (n,)
        Number of each row's period.

    Returns
    -------
    pandas.DataFrame
        Index ``factor``. ``score``; ``rated`` (indicators); ``alpha``; ``inside`` and ``outside``,
        mean correlation of its indicators with each other and with those of the other factors of
        its side; ``closest`` factor of its side, either way, and ``closeness``; ``nominal``
        weight, a share of 1 among these factors; ``ratio``, ``effective``, ``low`` and ``high`` as
        ``effective_weights`` has them; ``mean_shift`` and ``reversed`` without the factor.
    """
    deviations = _deviations(panel.ratings, periods)
    place = {name: n for n, name in enumerate(panel.indicators)}
    known = [k for k in range(len(half.factors)) if not np.isnan(half.levels[k]).all()]
    names = [half.factors[k] for k in known]
    rows: list[dict[str, object]] = []
    for k in known:
        inside = [name for name in half.indicators[k] if name in pairs.place]
        closest, closeness = _closest(links, half.factors[k], names)
        rows.append(
            {
                "score": half.name,
                "rated": len(inside),
                "alpha": alpha(deviations[:, [place[name] for name in inside]]),
                **_correlations(pairs, inside, half),
                "closest": closest,
                "closeness": closeness,
                "nominal": half.weights[k] / (half.weights[known].sum() or 1.0),
            }
        )
    frame = pd.DataFrame(rows, index=pd.Index(names, name="factor"))
    if frame.empty:
        return frame
    levels = standings(half.levels[known].T, periods)
    score = standings(half.score[:, None], periods)[:, 0]
    units = pd.factorize(panel.index.get_level_values("unit"))[0]
    frame[["ratio", "effective", "low", "high"]] = effective_weights(levels, score, units)
    moved = shifts(half, without_factors(half, scores.sums.across), scores.index, periods)
    for name in ("mean_shift", "reversed"):
        frame[name] = moved[name].to_numpy()[known]
    return frame


def _correlations(pairs: Pairs, inside: list[str], half: Half) -> dict[str, float]:
    """Return the mean correlation of some indicators of a side among themselves and with others."""
    mine = {name for names in half.indicators for name in names}
    here = np.array([pairs.place[name] for name in inside], dtype=np.intp)
    member = np.isin(np.arange(len(pairs.names)), here)
    others = np.array([name in mine for name in pairs.names], dtype=bool) & ~member
    block = pairs.found[here]
    apart = member[None, :] & ~np.eye(len(member), dtype=bool)[here]
    return {
        "inside": mean_of(block, apart),
        "outside": mean_of(block, np.broadcast_to(others, block.shape)),
    }


def _closest(links: pd.DataFrame, factor: str, names: list[str]) -> tuple[str, float]:
    """Return the factor with which one correlates most, either way, and how."""
    others = [name for name in names if name != factor]
    near = links.loc[[factor], others].to_numpy(dtype=np.float64)[0]
    if np.isnan(near).all():
        return "", float("nan")
    at = int(np.nanargmax(np.abs(near)))
    return others[at], float(near[at])


def effective_weights(levels: Floats, score: Floats, units: NDArray[np.intp]) -> Floats:
    """Return what each factor weighs in fact, with its interval over units.

    The correlation ratio of the score's standing on the factor's, as a share of the sum over
    factors. Units are drawn again with all their rows; standings are not taken anew. The resamples
    are moved so that their mean is the figure itself, for no share can fall below 0.

    Parameters
    ----------
    levels : array of float, shape (n, k)
        Standings of factors, NaN where unknown.
    score : array of float, shape (n,)
        Standings of the score.
    units : array of int, shape (n,)
        Number of each row's unit.

    Returns
    -------
    array of float, shape (k, 4)
        Ratio, share, and the ends of the share's interval (95 per cent); the ends NaN with fewer
        than ``FEWEST`` units.

    Notes
    -----
    Paruolo, Saisana & Saltelli 2013, doi:10.1111/j.1467-985X.2012.01059.x; they give no interval.

    Examples
    --------
    >>> x = np.linspace(-0.5, 0.5, 40)
    >>> effective_weights(x[:, None], x, np.arange(40)).round(2)[0, 1:].tolist()
    [1.0, 1.0, 1.0]
    """
    count = int(units.max()) + 1
    weights = np.concatenate(
        [np.ones((count, 1)), resampled(count, np.random.default_rng(0))], axis=1
    )
    ratios = np.stack([correlation_ratios(x, score, units, weights) for x in levels.T])
    whole = np.nansum(ratios, axis=0)
    shares = ratios / np.where(whole > 0, whole, np.nan)
    found = np.full((len(ratios), 4), np.nan)
    found[:, 0], found[:, 1] = ratios[:, 0], shares[:, 0]
    # a resample in which nothing explains anything has no shares
    again = shares[:, 1:][:, whole[1:] > 0]
    some = ~np.isnan(shares[:, 0]) & ~np.isnan(again).all(axis=1)
    if count >= FEWEST and some.any():
        apart = again[some] - np.nanmean(again[some], axis=1, keepdims=True)
        ends = shares[some, :1] + np.nanquantile(apart, ENDS, axis=1).T
        found[some, 2:] = np.clip(ends, 0.0, 1.0)
    return found


def indicator_table(
    panel: Panel, scores: Scores, half: Half, periods: NDArray[np.intp]
) -> pd.DataFrame:
    """Return how far the ranks of a side's score move without each of its rated indicators.

    Returns
    -------
    pandas.DataFrame
        Index ``indicator``; ``score`` and the columns of ``shifts``, the largest shift first.
    """
    names, after = without_indicators(panel, half, scores)
    moved = shifts(half, after, scores.index, periods)
    frame = moved.set_index(pd.Index(names, name="indicator"))
    frame.insert(0, "score", half.name)
    return frame.sort_values("mean_shift", ascending=False, kind="stable")


def _deviations(values: Floats, periods: NDArray[np.intp]) -> Floats:
    """Return ratings less the mean of their period: a trend is no agreement of indicators."""
    frame = pd.DataFrame(values)
    return (frame - frame.groupby(periods).transform("mean")).to_numpy(dtype=np.float64)
