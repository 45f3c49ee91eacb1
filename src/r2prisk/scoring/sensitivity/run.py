"""Which assumption matters: every draw with one group of assumptions changed at a time."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.files import sha256
from r2prisk.panel import Panel
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.kernel.blocks import THREADS
from r2prisk.scoring.kernel.draws import ROUNDING
from r2prisk.scoring.profile import Profile
from r2prisk.scoring.score import score
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.sensitivity.design import AGEING, GROUPS, Design, design
from r2prisk.scoring.sensitivity.indices import Indices, Terms, indices, terms
from r2prisk.scoring.sensitivity.result import OVERALL, Sensitivity
from r2prisk.scoring.sensitivity.work import Work
from r2prisk.scoring.uncertainty.gate import (
    draw_faults,
    group_faults,
    panel_fault,
    refuse,
    seed_of,
)
from r2prisk.scoring.uncertainty.priors import Priors, load_priors
from r2prisk.scoring.uncertainty.result import names_of, published
from r2prisk.scoring.uncertainty.summary import ranks

FEWEST = 32
"""Draws below which no interval means anything."""


def sensitivity(
    panel: Panel | Mapping[str, Panel],
    *,
    profile: Profile | str | os.PathLike[str] | None = None,
    of: str = "risk",
    units: Collection[str] | None = None,
    groups: Collection[str] | None = None,
    draws: int = 1024,
    rng: int | np.random.Generator = 0,
    priors: Priors | None = None,
) -> Sensitivity:
    """Say how much of the spread of scores and of ranks each group of assumptions makes.

    Sobol' indices of groups. First order, ``Var(E[y | group]) / Var(y)``: what would go if the
    group were settled. Total, ``E[Var(y | all others)] / Var(y)``: what would stay if all others
    were. Each group is one random element, however many numbers are in it.

    Parameters
    ----------
    panel : Panel or mapping of str to Panel
        Ratings, shape (n, i). Several panels are the same evidence pooled in other ways, such as
        with other half-lives: same rows and columns, all as likely, the first is published.
    profile : Profile, str or path, optional
        As in :func:`score`.
    of : str
        ``risk``, ``residual_risk``, ``resilience``, a crime or a view of the profile.
    units : collection of str, optional
        For which units; all if not given. Ranks are among all units of the panel either way.
    groups : collection of str, optional
        ``evidence``, ``indicator_weights`` (within factors), ``factor_weights`` (between factors),
        ``exponents``, ``kappa``, ``form``, ``unknown``, ``missing`` (the rule) and ``ageing``. All
        that can vary if not given. What is left out stays as the profile has it, so that shares are
        of the spread that the others make.
    draws : int
        Draws d of each of g + 2 runs, 32 to 65,536; a power of two spreads best.
    rng : int or numpy.random.Generator
        0 or more; the same seed gives the same draws.
    priors : Priors, optional
        How far each group varies; as ``uncertainty.toml`` declares it if not given.

    Returns
    -------
    Sensitivity
        Indices with intervals for every score, every rank, and all of them together.

    Raises
    ------
    InputError
        With all faults together: no panel, panels that differ in rows or columns, too few or too
        many draws, no seed, no priors, a group or unit that is unknown (the nearest is named).
        Then if the score is unknown or no unit has it; or as :func:`score`.

    Notes
    -----
    Sobol' 2001, doi:10.1016/S0378-4754(00)00270-6; design and first order: Saltelli et al. 2010,
    doi:10.1016/j.cpc.2009.09.018; total: Jansen 1999, doi:10.1016/S0010-4655(98)00154-4. For
    composite indicators and their ranks: Saisana, Saltelli & Tarantola 2005,
    doi:10.1111/j.1467-985X.2005.00350.x.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9],
    ...     "1.2": [0.4, 0.3], "7.1": [0.2, 0.6]})
    >>> found = sensitivity(read_panel(frame), groups=["exponents", "kappa"], draws=512)
    >>> table = found.table().loc["scores"]
    >>> round(float(table.loc["exponents", "total"]), 1), float(table.loc["kappa", "total"])
    (1.0, 0.0)
    """
    problems = _faults(panel, units, groups, draws, rng, priors)
    refuse("sensitivity", problems)
    panels = {"": panel} if isinstance(panel, Panel) else dict(panel)
    first, draws = next(iter(panels.values())), int(draws)
    sizes = load_priors() if priors is None else priors
    scores = score(first, profile=profile)
    if of not in names_of(scores):
        allowed = f"allowed: {', '.join(names_of(scores))}{nearest(str(of), names_of(scores))}"
        raise InputError("sensitivity", [f"no score '{of}'; {allowed}"])
    known = _known(panels, scores, of)
    wanted = _wanted(first, known, units, of)
    varied, notes = _groups(panels, groups)
    generator = np.random.default_rng(rng)
    made = design(scores, sizes, varied, draws=draws, panels=len(panels), rng=generator)
    work = Work(scores, panels, sizes, made, of, int(generator.integers(2**63)))
    parts = _by_period(work, known, wanted, generator)
    left = int((~known).sum())
    if left:
        notes += (f"{left:,} of {len(known):,} rows have no {of} and no rank",)
    return Sensitivity(
        scores=scores,
        of=of,
        groups=made.groups,
        draws=draws,
        index=first.index[wanted],
        panels=tuple(panels),
        priors=sizes,
        notes=tuple(dict.fromkeys((*notes, *work.notes))),
        provenance=_provenance(scores, panels, made, of, units, seed_of(rng), sizes),
        **parts,
    )


def _provenance(
    scores: Scores,
    panels: dict[str, Panel],
    made: Design,
    of: str,
    units: Collection[str] | None,
    seed: int | str,
    priors: Priors,
) -> dict[str, object]:
    """Say all that it takes to have the same result again."""
    given = "panel" if list(panels) == [""] else f"{{{', '.join(map(repr, panels))}}}"
    some = None if units is None else sorted(map(str, _listed(units)))
    spelt = f"of='{of}', units={some}, groups={list(made.groups)}, draws={made.draws}, rng={seed}"
    return {
        **scores.provenance,
        "seed": seed,
        "call": f"sensitivity({given}, profile='{scores.profile.name}', {spelt})",
        "priors_hash": sha256(priors.model_dump_json().encode()),
        "panels": {name: panel.hash for name, panel in panels.items()},
    }


def _faults(
    panel: object, units: object, groups: object, draws: object, rng: object, priors: object
) -> list[str]:
    """Say all that is wrong with what was asked, but for what needs the scores."""
    problems = draw_faults(draws, rng, priors, fewest=FEWEST)
    panels: dict[Any, Any] = dict(panel) if isinstance(panel, Mapping) else {"": panel}
    if groups is not None:
        problems += group_faults("groups", groups, GROUPS)
        if isinstance(groups, Collection) and not isinstance(groups, str):
            if not groups:
                problems.append("groups is empty; nothing would vary")
            if AGEING in groups and len(panels) < 2:
                problems.append("ageing needs several panels: a mapping of name to panel")
    wrong = [
        fault
        for name, each in panels.items()
        for fault in panel_fault(each, f"panel '{name}'" if isinstance(panel, Mapping) else "panel")
    ]
    if wrong or not panels:
        return [*problems, *(wrong or ["there is no panel"])]
    main, first = next(iter(panels.items()))
    problems += [
        f"panel '{name}' has other rows or columns than '{main}'"
        for name, other in panels.items()
        if not other.index.equals(first.index) or other.indicators != first.indicators
    ]
    if units is None:
        return problems
    if not isinstance(units, Collection):
        return [*problems, f"units takes a list of units, found {units!r}"]
    known = first.units
    strange = [u for u in _listed(units) if u not in known]
    return [*problems, *(f"no unit '{u}'{nearest(str(u), known)}" for u in strange)]


def _listed(units: Collection[Any]) -> list[Any]:
    return [units] if isinstance(units, str) else list(units)


def _known(panels: dict[str, Panel], scores: Scores, of: str) -> NDArray[np.bool_]:
    """Return where the score is known in every panel, shape (n,)."""
    place = names_of(scores).index(of)
    known = ~np.isnan(published(scores)[place])
    for other in list(panels.values())[1:]:
        known &= ~np.isnan(published(score(other, profile=scores.profile))[place])
    return known


def _wanted(
    panel: Panel, known: NDArray[np.bool_], units: Collection[str] | None, of: str
) -> NDArray[np.intp]:
    """Return the rows to report on, in the order of the panel."""
    mine = known.copy()
    if units is not None:
        mine &= panel.index.get_level_values("unit").isin(_listed(units))
    if not mine.any():
        raise InputError("sensitivity", [f"no row has a known {of}"])
    return np.flatnonzero(mine)


def _groups(
    panels: dict[str, Panel], groups: Collection[str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the groups that vary, and what is to be said of those that do not."""
    asked = GROUPS if groups is None else groups
    notes: list[str] = []
    varied = [name for name in GROUPS if name in asked]
    if "evidence" in varied and all(panel.variance is None for panel in panels.values()):
        varied.remove("evidence")
        notes.append("evidence does not vary: no rating of the panel has a variance")
    if len(panels) < 2 and AGEING in varied:
        varied.remove(AGEING)
        notes.append("ageing does not vary: that takes panels pooled with several half-lives")
    if len(panels) > 1 and AGEING not in varied:
        notes.append(f"ageing does not vary: only the panel '{next(iter(panels))}' was scored")
    if not varied:
        raise InputError("sensitivity", ["nothing would vary", *notes])
    return tuple(varied), tuple(notes)


def _by_period(
    work: Work,
    known: NDArray[np.bool_],
    wanted: NDArray[np.intp],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Score and rank period by period; return the fields of the result."""
    codes, periods = pd.factorize(work.scores.index.get_level_values("period"), sort=True)
    chosen = np.zeros(len(known), dtype=bool)
    chosen[wanted] = True
    seed = int(rng.integers(2**63))
    ordered = [np.flatnonzero(known & (codes == code)) for code in range(len(periods))]
    ordered = [rows for rows in ordered if chosen[rows].any()]

    def one(rows: NDArray[np.intp]) -> _Period:
        return _period(work, rows, chosen[rows], len(wanted), seed)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(pool.map(one, ordered))
    overall = [_added([period.terms[o] for period in found]) for o in range(len(OVERALL))]
    overall[2] = _shift(work, np.sum([p.shift for p in found], axis=0))
    by_period = [Indices.stack([_of(t, seed) for t in period.terms]) for period in found]
    order = np.argsort(np.concatenate([rows[chosen[rows]] for rows in ordered]))
    return {
        "periods": tuple(str(work.scores.index[rows[0]][1]) for rows in ordered),
        "by_row": tuple(_taken(Indices.stack([p.rows[o] for p in found]), order) for o in range(2)),
        "by_period": tuple(by_period),
        "overall": Indices.stack([_of(t, seed) for t in overall]),
        "converging": {
            d: Indices.stack([_of(t.until(d), seed) for t in overall])
            for d in (work.design.draws // 4, work.design.draws // 2)
        },
        "moved": np.array([p.moved for p in found]),
    }


@dataclasses.dataclass(frozen=True)
class _Period:
    """What one period adds."""

    rows: tuple[Indices, Indices]
    terms: tuple[Terms, Terms, Terms]
    shift: Floats
    """Mean shift of rank, as a part of that of all periods, in every run and draw."""
    moved: float


def _period(
    work: Work, rows: NDArray[np.intp], mine: NDArray[np.bool_], whole: int, seed: int
) -> _Period:
    drawn = work.draw(rows)
    a, _, *others = np.split(drawn, work.runs, axis=1)
    for run in others:  # what differs in its last bits alone is equal, and ties stay ties
        np.copyto(run, a, where=np.abs(run - a) <= ROUNDING)
    placed = ranks(drawn)[mine].astype(np.float64)
    own = ranks(work.published[rows, None].astype(np.float32))[mine]
    shift = np.abs(placed - own).sum(axis=0)
    of_score, of_rank = (
        _terms(work, values) for values in (drawn[mine].astype(np.float64), placed)
    )
    return _Period(
        rows=(indices(of_score, rng=seed), indices(of_rank, rng=seed)),
        terms=(of_score.together(), of_rank.together(), _shift(work, shift / mine.sum())),
        shift=shift / whole,
        moved=float(shift[: 2 * work.design.draws].mean() / mine.sum()),
    )


def _terms(work: Work, values: Floats) -> Terms:
    """Cut outcomes, shape (m, (g + 2) d), into runs and return their terms."""
    a, b, *ab = np.split(values, work.runs, axis=-1)
    return terms(a, b, np.stack(ab))


def _shift(work: Work, shift: Floats) -> Terms:
    return _terms(work, shift[None])


def _of(given: Terms, seed: int) -> Indices:
    return indices(given, rng=seed)


def _added(parts: list[Terms]) -> Terms:
    names = [field.name for field in dataclasses.fields(Terms)]
    return Terms(**{name: np.sum([getattr(p, name) for p in parts], axis=0) for name in names})


def _taken(found: Indices, order: NDArray[np.intp]) -> Indices:
    names = [field.name for field in dataclasses.fields(Indices)]
    return Indices(**{name: getattr(found, name)[order] for name in names})
