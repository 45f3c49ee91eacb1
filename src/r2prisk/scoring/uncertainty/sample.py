"""A sample of the choices behind a score, spread evenly over what is thought possible."""

from __future__ import annotations

from collections.abc import Collection
from typing import get_args

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincinv
from scipy.stats import qmc

from r2prisk.catalogue import Framework
from r2prisk.panel import Panel
from r2prisk.scoring.kernel import Floats, Form, Side
from r2prisk.scoring.kernel.means import LAST_BITS
from r2prisk.scoring.kernel.pieces import Drawn
from r2prisk.scoring.profile import Profile
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.uncertainty.priors import Priors

FORMS = get_args(Form)

SMALLEST = 2.0**-31
"""Half the distance between Sobol' points: no point is 0."""

LEAST = 1e-20
"""The smallest share of a weight that is drawn: what weighs at all must not vanish."""


def sample(
    scores: Scores,
    priors: Priors,
    *,
    draws: int,
    vary: Collection[str],
    rng: np.random.Generator,
    keep_profile: bool = True,
) -> Drawn:
    """Draw the choices of a profile; draw 0 has the profile's own.

    Weights: Dirichlet about the profile's. Exponents: even on a scale of ratios. Kappa: the
    profile's times one number for all and one for each link. Form: the profile's own or another.

    Parameters
    ----------
    scores : Scores
        The published scores: their profile and sums.
    priors : Priors
        How far choices vary.
    draws : int
        Number of draws d.
    vary : collection of str
        Groups that vary; the others are as in the profile. What one group draws does not depend on
        which others vary.
    rng : numpy.random.Generator
        Scrambles the Sobol' points.
    keep_profile : bool
        False if draw 0 is to be drawn like the others, so that the points stay balanced.

    Returns
    -------
    Drawn
        The choices of every draw.

    Notes
    -----
    All choices of a draw are one point of a Sobol' sequence (Sobol' 1967) that is scrambled by a
    random linear map of its digits and a random shift (Matousek 1998,
    doi:10.1006/jcom.1998.0489), of up to about 250 dimensions for the default frameworks. The few
    that matter most, exponents, kappa and form, have the first dimensions, which are the evenest. A
    score is nearly a sum over weights, and for sums even a sequence of many dimensions pays.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.uncertainty.priors import load_priors
    >>> scores = score(read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})))
    >>> drawn = sample(scores, load_priors(), draws=64, vary=["exponents"],
    ...     rng=np.random.default_rng(0))
    >>> float(drawn.within[0]), len(np.unique(drawn.within)), float(drawn.kappa.max())
    (2.0, 25, 0.2)
    """
    sums, first = scores.sums, int(keep_profile)
    weights = (sums.views[0], sums.strengths)
    links = np.argwhere(sums.kappa > 0)
    means = [
        _means(f, scores.profile) for f in (scores.risk_framework, scores.resilience_framework)
    ]
    sides = (sums.risk, sums.resilience)
    sizes = [4, len(links), *map(len, weights), *(_count(side) for side in sides)]
    few, each, *parts = np.split(_points(sum(sizes), draws, rng), np.cumsum(sizes)[:-1])
    size = priors.weights.factors if "factor_weights" in vary else None
    factors, strengths = (
        _spread(w, _mean(w), size, u, first) for w, u in zip(weights, parts[:2], strict=True)
    )
    size = priors.weights.indicators if "indicator_weights" in vary else None
    (risk, risk_spare), (resilience, resilience_spare) = (
        _indicators(side, mean, size, u, first)
        for side, mean, u in zip(sides, means, parts[2:], strict=True)
    )
    within, across = _exponents(
        scores.profile, priors, few[:2], first if "exponents" in vary else draws
    )
    return Drawn(
        within=within,
        across=across,
        risk=risk,
        resilience=resilience,
        risk_spare=risk_spare,
        resilience_spare=resilience_spare,
        factors=factors / np.where(weights[0] > 0, weights[0], 1.0)[:, None],
        strengths=strengths,
        kappa=_kappa(sums.kappa, links, priors, few[2], each, first if "kappa" in vary else draws),
        forms=_forms(sums.form, priors.form.own, few[3], first if "form" in vary else draws),
    )


def drawn_profile(scores: Scores, panel: Panel, drawn: Drawn, draw: int) -> Profile:
    """Return the profile that makes the choices of one draw.

    Parameters
    ----------
    scores : Scores
        The published scores of the panel.
    panel : Panel
        Says which indicators have a column.
    drawn : Drawn
        As ``sample`` returns it.
    draw : int
        Which draw, from 0.

    Returns
    -------
    Profile
        Scoring the panel with it gives the scores of the draw, where no cell was drawn. Its
        exponent across factors may be below 1, which no other profile's may.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.uncertainty.priors import load_priors
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> scores = score(panel)
    >>> drawn = sample(scores, load_priors(), draws=32, vary=["form"], rng=np.random.default_rng(0))
    >>> drawn_profile(scores, panel, drawn, 3).inhibition.form == drawn.forms[3]
    True
    """
    frameworks = (scores.risk_framework, scores.resilience_framework)
    sides = (
        (drawn.risk, drawn.risk_spare, drawn.factors * scores.sums.views[0][:, None]),
        (drawn.resilience, drawn.resilience_spare, drawn.strengths),
    )
    weights: dict[str, float] = {}
    factors: dict[str, float] = {}
    for framework, (columns, spare, of) in zip(frameworks, sides, strict=True):
        for k, factor in enumerate(framework.factors):
            factors[factor.id] = float(of[k, draw])
            there = [i.id for i in factor.indicators if i.id in panel.indicators]
            weights |= dict(zip(there, columns[k][:, draw].tolist(), strict=True))
            own = scores.profile.weights.indicators
            gone = {i.id: own.get(i.id, 1.0) for i in factor.indicators if i.id not in there}
            whole = sum(gone.values()) or 1.0
            weights |= {name: float(spare[k, draw]) * w / whole for name, w in gone.items()}
    kappa = {
        s.id: {f.id: float(drawn.kappa[k, r, draw]) for k, f in enumerate(frameworks[0].factors)}
        for r, s in enumerate(frameworks[1].factors)
    }
    across = float(drawn.across[draw])
    made = scores.profile.replace(
        name="drawn",
        exponents={"within": float(drawn.within[draw]), "across": max(across, 1.0)},
        weights={"indicators": weights, "factors": factors},
        inhibition={"kappa": kappa, "form": str(drawn.forms[draw])},
    )
    # a profile of a user's may not have it: set without the check
    return made.model_copy(
        update={"exponents": made.exponents.model_copy(update={"across": across})}
    )


def _points(dimensions: int, draws: int, rng: np.random.Generator) -> Floats:
    """Return Sobol' points, one a column, off 0: they balance best if draws are a power of two."""
    # the name of this argument differs between versions of SciPy; this one is known to all
    sobol = qmc.Sobol(dimensions, scramble=True, seed=rng)  # pyright: ignore[reportCallIssue]
    points = sobol.random_base2((draws - 1).bit_length())
    return np.maximum(points[:draws].T, SMALLEST)


def _count(side: Side) -> int:
    """Count the weights of a side: of each factor its columns, and one for all that have none."""
    return sum(len(weights) + 1 for weights in side.weights)


def _mean(weights: Floats) -> float:
    """Return the mean of the weights that are not 0; 1 if all are."""
    return float(weights[weights > 0].mean()) if (weights > 0).any() else 1.0


def _means(framework: Framework, profile: Profile) -> list[float]:
    """Return the mean weight of each factor's indicators, those without a column included."""
    own = profile.weights.indicators
    return [
        _mean(np.array([own.get(i.id, 1.0) for i in factor.indicators]))
        for factor in framework.factors
    ]


def _spread(
    weights: Floats, mean: float, concentration: float | None, u: Floats, first: int
) -> Floats:
    """Return gamma variates, shape (i, d), about some weights; as they are if nothing varies.

    ``first`` is the first draw that varies, here and below.

    Gammas of one scale over their sum are a Dirichlet; no score depends on the scale of weights.
    """
    base = np.repeat(weights[:, None], u.shape[1], axis=1)
    if concentration is None:
        return base
    some = weights > 0
    shape = concentration * weights[some, None] / mean
    drawn = gammaincinv(shape, u[some, first:]) * mean / concentration
    base[some, first:] = np.maximum(drawn, LEAST * weights[some, None])
    return base


def _indicators(
    side: Side, means: list[float], concentration: float | None, u: Floats, first: int
) -> tuple[tuple[Floats, ...], Floats]:
    """Return the weights of each factor's columns, and of its indicators without one (k, d)."""
    starts = np.cumsum([len(weights) + 1 for weights in side.weights])[:-1]
    found: list[Floats] = []
    for weights, whole, mean, part in zip(
        side.weights, side.total, means, np.split(u, starts), strict=True
    ):
        rest = whole - weights.sum()
        spare = rest if rest > LAST_BITS * whole else 0.0
        found.append(_spread(np.append(weights, spare), mean, concentration, part, first))
    return tuple(w[:-1] for w in found), np.stack([w[-1] for w in found])


def _exponents(profile: Profile, priors: Priors, u: Floats, first: int) -> tuple[Floats, Floats]:
    """Return the exponents of every draw; a range reaches as far as the profile's own."""
    own = profile.exponents
    within, across = (np.full(u.shape[1], e) for e in (own.within, own.across))
    steps = priors.exponents.steps
    middle = (np.floor(u[0] * steps) + 0.5) / steps
    for exponents, share, of, e in (
        (within, middle, priors.exponents.within, own.within),
        (across, u[1], priors.exponents.across, own.across),
    ):
        low, high = min(of[0], e), max(of[1], e)
        exponents[first:] = low * (high / low) ** share[first:]
    return within, across


def _kappa(
    base: Floats, links: NDArray[np.intp], priors: Priors, u: Floats, each: Floats, first: int
) -> Floats:
    kappa = np.repeat(base[:, :, None], u.shape[-1], axis=2)
    factor = _between(priors.kappa.together, u) * _between(priors.kappa.each, each)
    kappa[links[:, 0], links[:, 1], first:] *= factor[:, first:]
    return np.minimum(kappa, 1.0)


def _between(ends: tuple[float, float], u: Floats) -> Floats:
    return ends[0] + (ends[1] - ends[0]) * u


def _forms(own: Form, probability: float, u: Floats, first: int) -> NDArray[np.str_]:
    """Return the form of every draw: below the probability the own, above it the others evenly."""
    others = [form for form in FORMS if form != own]
    above = (u - probability) / max(1.0 - probability, SMALLEST)
    place = np.where(u < probability, 0, 1 + np.floor(above * len(others)))
    place[:first] = 0
    return np.array([own, *others])[place.astype(np.intp)]
