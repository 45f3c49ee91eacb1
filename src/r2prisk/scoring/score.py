"""Score a panel."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.about import __version__
from r2prisk.catalogue import CRIMES, Framework, load_framework
from r2prisk.errors import InputError
from r2prisk.panel import CellState, Panel
from r2prisk.scoring.kernel import Side, Sums, run, score_arrays
from r2prisk.scoring.profile import Profile
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.spread import deviations

FOLLOWED = ("risk", "residual_risk", "resilience")
"""The scores that every framework has."""

COUNTRY = "risk"
"""The view over all risk factors."""


def score(
    panel: Panel,
    *,
    profile: Profile | str | os.PathLike[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> Scores:
    """Score every row of a panel: risk, resilience, and the risk that is left between them.

    Presence ``P_k = (sum w x^p / sum w)^(1/p)`` of each risk factor over its rated indicators;
    strength ``S_r`` likewise; inhibition ``I_k = 1 - prod_r (1 - kappa_kr S_r)``; residual
    ``Q_k = P_k (1 - I_k)``; country and crimes are power means of P (risk) and Q (residual risk).

    Parameters
    ----------
    panel : Panel
        Ratings from 0 to 1 with their cell states, shape (n, i).
    profile : Profile, str or path, optional
        The choices behind the score, or the name or TOML file of them; ``default`` if not given.
    progress : callable, optional
        Called with the number of rows done as the work goes on.

    Returns
    -------
    Scores
        One row for each row of the panel.

    Raises
    ------
    InputError
        If the profile is unknown or at odds with the frameworks, or the panel has no indicator
        of the profile's risk framework.

    Notes
    -----
    Sources: A/70/741-S/2016/71 (risk factors); A/67/929-S/2013/399 (resilience factors); the
    inhibition of risk by resilience follows Jacob & McLoughlin (2015). Weights, exponents, kappa
    and bands are r2prisk's own, declared in the profile.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> frame = score(panel).to_frame()
    >>> round(float(frame["risk"].iloc[0]), 3), round(float(frame["coverage"].iloc[0]), 4)
    (0.9, 0.0065)
    """
    # people pass the name of a file; the type checker is not there to stop them
    if not isinstance(panel, Panel):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = f"needs a Panel, found {type(panel).__name__}; read_panel makes one"
        raise InputError("score", [found])
    chosen = _profile(profile, panel)
    risk = _framework(panel, chosen.risk)
    resilience = _framework(panel, chosen.resilience)
    chosen.check(risk, resilience)
    if not set(panel.indicators) & {i.id for i in risk.indicators}:
        raise InputError(
            "panel", [f"has no indicator of {risk.name}, the profile's risk framework"]
        )
    views = _views(risk, chosen)
    sums = _sums(panel, chosen, risk, resilience, views)
    applies = None
    if any((column == CellState.NOT_APPLICABLE).any() for column in panel.states.T):
        applies = np.asfortranarray(panel.states != CellState.NOT_APPLICABLE)
    sheet = score_arrays(
        panel.ratings,
        panel.ratings,
        sums,
        risk_applies=applies,
        resilience_applies=applies,
        progress=progress,
    )
    return Scores(
        panel=panel,
        profile=chosen,
        risk_framework=risk,
        resilience_framework=resilience,
        views=tuple(views),
        sums=sums,
        sheet=sheet,
        provenance=_provenance(panel, chosen, risk, resilience),
        deviations=None
        if panel.variance is None
        else deviations(panel.ratings, panel.variance, sums, sheet),
    )


def _profile(given: Profile | str | os.PathLike[str] | None, panel: Panel) -> Profile:
    """Return the profile; the default one follows the panel to a user's own frameworks."""
    if isinstance(given, Profile):
        return given
    profile = Profile.load("default" if given is None else given)
    if given is not None:
        return profile
    own: dict[str, list[str]] = {}
    for framework in panel.frameworks:
        own.setdefault(framework.kind, []).append(framework.name)
    several = [
        f"has indicators of {' and '.join(names)}: two frameworks of {kind}; name a profile"
        for kind, names in own.items()
        if len(names) > 1
    ]
    if several:
        raise InputError("panel", several)
    risk = own.get("risk", [profile.risk])[0]
    resilience = own.get("resilience", [profile.resilience])[0]
    if risk == profile.risk:
        return profile.replace(resilience=resilience)
    # views, channels and some rules name factors that another framework does not have
    rules = [rule for rule in profile.watch.rules if rule.of in FOLLOWED]
    watch = {"channels": {}, "ongoing": None, "rules": rules}
    return profile.replace(risk=risk, resilience=resilience, views={}, watch=watch)


def _framework(panel: Panel, name: str) -> Framework:
    """Return the framework as the panel knows it, or the one that comes with r2prisk."""
    known = {framework.name: framework for framework in panel.frameworks}
    return known[name] if name in known else load_framework(name)


def _sums(
    panel: Panel,
    profile: Profile,
    risk: Framework,
    resilience: Framework,
    views: dict[str, list[float]],
) -> Sums:
    """Turn a profile's choices into arrays."""
    kappa = [
        [profile.kappa.get(s.id, {}).get(k.id, 0.0) for s in resilience.factors]
        for k in risk.factors
    ]
    strengths = [profile.weights.factors.get(s.id, 1.0) for s in resilience.factors]
    return Sums(
        risk=_side(panel, risk, profile),
        resilience=_side(panel, resilience, profile),
        kappa=np.array(kappa),
        views=np.array(list(views.values())),
        strengths=np.array(strengths),
        across=profile.exponents.across,
        form=profile.inhibition.form,
        gate=profile.inhibition.gate,
        rule=profile.missing.rule,
        prior=profile.missing.prior,
    )


def _side(panel: Panel, framework: Framework, profile: Profile) -> Side:
    place = {name: n for n, name in enumerate(panel.indicators)}
    weigh = profile.weights.indicators
    columns: list[slice | NDArray[np.intp]] = []
    weights: list[NDArray[np.float64]] = []
    totals: list[float] = []
    for factor in framework.factors:
        there = [i.id for i in factor.indicators if i.id in place]
        columns.append(run(np.array([place[name] for name in there], dtype=np.intp)))
        weights.append(np.array([weigh.get(name, 1.0) for name in there]))
        # a factor without indicators of its own is unknown, not inapplicable
        totals.append(sum(weigh.get(i.id, 1.0) for i in factor.indicators) or 1.0)
    return Side(tuple(columns), tuple(weights), np.array(totals), profile.exponents.within)


def _views(risk: Framework, profile: Profile) -> dict[str, list[float]]:
    """Weight of each risk factor in the country, in each crime and in the profile's own views."""
    weights = {f.id: profile.weights.factors.get(f.id, 1.0) for f in risk.factors}
    members = {COUNTRY: set(weights)}
    for crime in CRIMES:
        factors = {f.id for f in risk.factors if crime in f.crimes}
        if factors:
            members[crime] = factors
    members.update({name: set(factors) for name, factors in profile.views.items()})
    return {
        name: [weights[f] if f in factors else 0.0 for f in weights]
        for name, factors in members.items()
    }


def _provenance(
    panel: Panel, profile: Profile, risk: Framework, resilience: Framework
) -> dict[str, object]:
    scored = {i.id for i in (*risk.indicators, *resilience.indicators)}
    spare = [name for name in panel.indicators if name not in scored]
    left_out = [f"not scored by this profile: {', '.join(spare)}"] if spare else []
    return {
        "r2prisk": __version__,
        "frameworks": [f"{f.name} (edition {f.edition})" for f in (risk, resilience)],
        "profile": f"{profile.name} (version {profile.version})",
        "profile_hash": profile.hash,
        "panel_hash": panel.hash,
        "seed": None,
        "call": f"score(panel, profile='{profile.name}')",
        "sources": list(panel.sources),
        "notes": [*panel.notes, *left_out],
        "risk_indicators_rated": _rated(panel, risk),
    }


def _rated(panel: Panel, risk: Framework) -> dict[str, int]:
    """Count the risk indicators that any unit has rated, period by period."""
    wanted = {i.id for i in risk.indicators}
    codes, periods = pd.factorize(panel.index.get_level_values("period"), sort=True)
    counts = np.zeros(len(periods), dtype=int)
    for n, name in enumerate(panel.indicators):
        if name in wanted:
            rated = panel.states[:, n] == CellState.RATED
            counts += np.bincount(codes[rated], minlength=len(periods)) > 0
    return {str(period): int(count) for period, count in zip(periods, counts, strict=True)}
