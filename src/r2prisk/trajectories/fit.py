"""Fit the sizes of the movements of a score to all units together."""

from __future__ import annotations

import os
from typing import cast

import numpy as np
import pandas as pd
from scipy import optimize, stats

from r2prisk.errors import InputError
from r2prisk.scoring import Profile, Scores
from r2prisk.scoring.choices import Trend
from r2prisk.trajectories.kernel.smoother import Filtered, Floats, filter_trends
from r2prisk.trajectories.series import (
    Grid,
    Series,
    factors_in,
    last_known,
    make_grid,
    series_of,
)
from r2prisk.trajectories.trends import chosen_profile, with_channels

SMALLEST = 1e-3
"""Least standard deviation of noise: scores are read to two digits."""

STARTS = (0.02, 0.03, 0.01, 0.4), (0.02, 0.01, 0.002, 0.1)
"""Standard deviations from which the search starts: it must not end where it began."""


def fit_trend(
    scores: Scores | pd.DataFrame,
    *,
    of: str = "risk",
    profile: Profile | str | os.PathLike[str] | None = None,
) -> Trend:
    """Fit noise, level, slope and turnover of a score by pooled maximum likelihood.

    One set of sizes for all units: the sum over units of the log-likelihoods of their
    values given their first two, maximised over four standard deviations. Surprises then give
    ``tails`` and ``spread``, Student's t with their quantiles, and the units' last slopes
    ``drift``, the standard deviation about zero that fits them best.

    Parameters
    ----------
    scores : Scores or pandas.DataFrame
        Cut them first to the periods that the fit may see.
    of : str
        The score, or ``factors`` or ``channels`` for all of these together.
    profile : Profile, str or path, optional
        Says of which scores too little was rated; that of the scores, or ``default``.

    Returns
    -------
    Trend
        Standard deviations per year, to three digits.

    Raises
    ------
    InputError
        If there is no such score, factor with its coverage or channel, or there are fewer than 30
        surprises to learn from.

    Notes
    -----
    Durbin, J. & Koopman, S. J. (2012), doi:10.1093/acprof:oso/9780199641178.001.0001, chapter 7.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> walks = 0.4 + np.cumsum(rng.normal(0, 0.03, (40, 20)), axis=1)
    >>> units = [f"X{a}{b}" for a in "ABCD" for b in "ABCDEFGHIJ"]
    >>> index = pd.MultiIndex.from_product(
    ...     [units, pd.period_range("2001", "2020", freq="Y")], names=["unit", "period"])
    >>> fit_trend(pd.DataFrame({"risk": walks.ravel()}, index=index)).level
    0.0293
    """
    chosen = chosen_profile(scores, profile)
    frame = scores.to_frame() if isinstance(scores, Scores) else scores
    grid = make_grid(with_channels(frame, chosen))
    series = _series(grid, of, chosen)

    def run(sizes: Floats) -> Filtered:
        noise, level, slope, turnover = sizes**2
        return filter_trends(
            series.values,
            noise=noise + series.variance,
            level_disturbance=level * grid.step + turnover * series.turnover**2,
            slope_disturbance=np.array(slope * grid.step),
            step=grid.step,
        )

    if np.isfinite(run(np.array(STARTS[0])).surprise).sum() < 30:
        raise InputError("fit_trend", [f"{of}: fewer than 30 scores that a forecast was made for"])

    def loss(logs: Floats) -> float:
        sizes = np.exp(logs)
        sizes[0] = max(sizes[0], SMALLEST)
        return -float(run(sizes).log_likelihood.sum())

    tries = [
        optimize.minimize(loss, np.log(start), method="Nelder-Mead", options=PRECISION)
        for start in STARTS
    ]
    best = np.exp(tries[int(np.argmin([found.fun for found in tries]))].x)
    best[0] = max(best[0], SMALLEST)
    surprise = run(best).surprise
    tails, spread = _tails(surprise[np.isfinite(surprise)])
    # a size of a millionth of a score is none, and of what never turned over nothing is seen
    best[1:][best[1:] < 1e-5] = 0.0
    best[3] = best[3] if series.turnover.any() else 0.0
    names = ("noise", "level", "slope", "turnover", "tails", "spread", "drift")
    sizes = (*best, tails, spread, _drift(run(best)))
    return Trend(**{name: float(f"{x:.3g}") for name, x in zip(names, sizes, strict=True)})


PRECISION = {"maxiter": 1500, "xatol": 1e-3, "fatol": 1e-2}


def _drift(filtered: Filtered) -> float:
    """Return the maximum-likelihood standard deviation of the units' last slopes about zero."""
    known = ~np.isnan(filtered.slope)
    rows = np.flatnonzero(known.any(axis=1))
    ends = (rows, last_known(known)[rows])
    slope, variance = filtered.slope[ends], filtered.var_slope[ends]

    def loss(log: float) -> float:
        total = variance + np.exp(2 * log)
        return float((np.log(total) + slope**2 / total).sum())

    found = optimize.minimize_scalar(loss, bounds=np.log([1e-6, 1.0]), method="bounded")
    drift = float(np.exp(found.x))
    return drift if drift > 1e-5 else 0.0


def _series(grid: Grid, of: str, profile: Profile) -> Series:
    """Return one score as series, or all factors below one another."""
    if of not in ("factors", "channels"):
        return series_of(grid, of, profile)
    names = [name for side in factors_in(grid.frame, profile) for name in side]
    if of == "channels":
        names = [name for name in profile.watch.channels if name in grid.frame]
    if not names:
        lacking = "factor with its coverage" if of == "factors" else "channel of the profile"
        raise InputError("fit_trend", [f"{of}: the scores have no {lacking}"])
    parts = [series_of(grid, name, profile) for name in names]
    return Series(
        values=np.concatenate([part.values for part in parts]),
        turnover=np.concatenate([part.turnover for part in parts]),
        variance=np.concatenate([part.variance for part in parts]),
        thin=sum(part.thin for part in parts),
    )


def _tails(surprise: Floats) -> tuple[float, float]:
    """Return degrees of freedom and scale of Student's t that has the quantiles of surprises.

    Those that one in five and one in fifty exceed: where readings and alerts look. A likelihood
    would answer to the many scores that did not move at all.
    """
    near, far = np.quantile(np.abs(surprise), [0.6, 0.96])

    def ratio(log: float) -> float:
        nu = np.exp(log)
        return float(np.log(stats.t.ppf(0.98, nu) / stats.t.ppf(0.8, nu)) - np.log(far / near))

    ends = np.log([0.3, 100.0])
    inside = near > 0 and ratio(ends[0]) > 0 > ratio(ends[1])
    # beyond the ends: tails as light as a normal's, or as heavy as the search goes
    light = ratio(ends[1]) >= 0 if near > 0 else False
    nu = 100.0 if light else 0.3
    if inside:
        nu = float(np.exp(cast(float, optimize.brentq(ratio, ends[0], ends[1]))))
    return nu, float(far / stats.t.ppf(0.98, nu))
