"""What factors and indicators weigh in fact, beside what the profile gives them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.panel import Panel
from r2prisk.scoring.audit.double import Pairs, mean_of
from r2prisk.scoring.audit.measures import alpha, correlation_ratio, standings
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
        its side; ``closest`` factor of its side, and ``closeness``; ``nominal`` weight, a share of
        1 among these factors; ``ratio``, the correlation ratio of the score's standing on the
        factor's; ``effective``, the ratio as a share of 1; ``mean_shift`` and ``reversed`` without
        the factor.
    """
    deviations = _deviations(panel.ratings, periods)
    place = {name: n for n, name in enumerate(panel.indicators)}
    score = standings(half.score[:, None], periods)[:, 0]
    levels = standings(half.levels.T, periods)
    moved = shifts(half, without_factors(half, scores.sums.across), scores.index, periods)
    known = [k for k in range(len(half.factors)) if not np.isnan(half.levels[k]).all()]
    mine = {name for names in half.indicators for name in names}
    rows: dict[str, dict[str, object]] = {}
    for k in known:
        inside = [name for name in half.indicators[k] if name in pairs.place]
        here = np.array([pairs.place[name] for name in inside], dtype=np.intp)
        member = np.isin(np.arange(len(pairs.names)), here)
        others = np.array([name in mine for name in pairs.names], dtype=bool) & ~member
        block = pairs.found[here]
        apart = member[None, :] & ~np.eye(len(member), dtype=bool)[here]
        rest = [half.factors[o] for o in known if o != k]
        near = links.loc[[half.factors[k]], rest].to_numpy(dtype=np.float64)[0]
        far = np.isnan(near).all() if len(near) else True
        closest = None if far else int(np.nanargmax(np.abs(near)))
        rows[half.factors[k]] = {
            "score": half.name,
            "rated": len(inside),
            "alpha": alpha(deviations[:, [place[name] for name in inside]]),
            "inside": mean_of(block, apart),
            "outside": mean_of(block, np.broadcast_to(others, block.shape)),
            "closest": "" if closest is None else rest[closest],
            "closeness": float("nan") if closest is None else float(near[closest]),
            "nominal": half.weights[k] / (half.weights[known].sum() or 1.0),
            "ratio": correlation_ratio(levels[:, k], score),
        }
    frame = pd.DataFrame.from_dict(rows, orient="index")
    frame.index.name = "factor"
    if frame.empty:
        return frame
    whole = frame["ratio"].sum()
    frame["effective"] = frame["ratio"] / (whole if whole > 0 else np.nan)
    for name in ("mean_shift", "reversed"):
        frame[name] = moved[name].to_numpy()[known]
    return frame


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
