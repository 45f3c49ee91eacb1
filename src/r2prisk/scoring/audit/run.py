"""Look over the instrument: one call for everything that can make a composite indicator unsound."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError
from r2prisk.scoring.audit.about import columns_about
from r2prisk.scoring.audit.double import Pairs, Told, between, double_counting, findings_of
from r2prisk.scoring.audit.fairness import fairness
from r2prisk.scoring.audit.measures import standings
from r2prisk.scoring.audit.removal import Half, halves, without_units
from r2prisk.scoring.audit.result import Audit
from r2prisk.scoring.audit.weights import factor_table, indicator_table
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores, need_scores


def audit(
    scores: Scores,
    *,
    about: pd.DataFrame | None = None,
    findings: Iterable[Told] = (),
) -> Audit:
    """Look for double counting, weights that are not what they seem, reversals, and unfairness.

    Correlations are of ranks within periods, pooled over periods: with one period, Spearman's, or
    nearly, where some are unknown.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    about : pandas.DataFrame, optional
        What scores should not lean on, such as income, population, press freedom or the volume of
        reporting: ``unit`` (or ``iso3``, ``country``: ISO 3166 alpha-3 codes) and, if it changes,
        ``period`` (or ``year``, ``date``), as columns or index; other columns are numbers. Regions
        come from the catalogue.
    findings : iterable, optional
        What is known of the variables behind the panel: the ``findings`` of a report of
        ``r2prisk.sources.combine``, each with ``kind``, ``indicators`` and ``text``.

    Returns
    -------
    Audit
        Tables, and what they say in words.

    Raises
    ------
    InputError
        If ``scores`` are not Scores or have no rows, or ``about`` or ``findings`` have faults (all
        of them together).

    Notes
    -----
    What to look for in a composite indicator: OECD & JRC 2008, doi:10.1787/9789264043466-en.
    Effective weights: Paruolo, Saisana & Saltelli 2013, doi:10.1111/j.1467-985X.2012.01059.x.
    Cronbach's alpha (1951, doi:10.1007/BF02310555) asks whether indicators agree. A list of
    different signs of one danger need not: Diamantopoulos & Winklhofer 2001,
    doi:10.1509/jmkr.38.2.269.18845.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.catalogue.units import load_units
    >>> units = [name for name, unit in load_units().items() if unit.kind == "un_member"][:24]
    >>> level = np.linspace(0.0, 1.0, 24)
    >>> frame = pd.DataFrame({"unit": units, "year": 2012, "5.1": level, "SGS5.1": 1 - level})
    >>> found = audit(score(read_panel(frame)))
    >>> found.to_frame("double counting")[["kind", "indicators"]].to_numpy().tolist()
    [['both sides', '5.1, SGS5.1']]
    """
    need_scores(scores, "audit")
    panel = scores.panel
    problems = [] if len(panel) else ["scores: have no rows"]
    known, notes = columns_about(about, panel.index, problems)
    told = findings_of(findings, problems)
    if problems:
        raise InputError("audit", problems)
    periods = pd.factorize(panel.index.get_level_values("period"), sort=True)[0]
    risk, resilience = halves(panel, scores)
    mine = {name for half in (risk, resilience) for names in half.indicators for name in names}
    rated = np.flatnonzero(~np.isnan(panel.ratings).all(axis=0)).tolist()
    columns = [column for column in rated if panel.indicators[column] in mine]
    names = tuple(panel.indicators[column] for column in columns)
    units = pd.factorize(panel.index.get_level_values("unit"))[0]
    pairs = Pairs(names, standings(panel.ratings[:, columns], periods), units)
    levels = standings(np.concatenate([risk.levels, resilience.levels]).T, periods)
    links = between(levels, (*risk.factors, *resilience.factors))
    some = ~links.isna().all()
    sides = (risk, resilience)
    latest = _latest(scores.sheet.risk[0], periods)
    return Audit(
        scores=scores,
        tables={
            "double counting": double_counting(pairs, risk, resilience, told),
            "indicator correlations": pd.DataFrame(pairs.found, index=names, columns=list(names)),
            "factor correlations": links.loc[some, some],
            "factors": pd.concat(
                [factor_table(panel, scores, half, pairs, links, periods) for half in sides]
            ),
            "indicators": pd.concat(
                [indicator_table(panel, scores, half, periods) for half in sides]
            ),
            "fairness": fairness(scores, known, periods, np.random.default_rng(0)),
        },
        units_dropped=(
            str(panel.index[latest[0]][1]) if len(latest) else "",
            len(latest),
            *without_units(panel, scores, latest),
        ),
        notes=(*(note for half in sides for note in _never(half)), *notes),
        provenance={**scores.provenance, "seed": 0, "call": "audit(scores)"},
    )


def _never(half: Half) -> tuple[str, ...]:
    """Name the factors that weigh in the profile and are known nowhere."""
    unknown = np.isnan(half.levels).all(axis=1) & (half.weights > 0)
    if not unknown.any():
        return ()
    names = ", ".join(name for name, out in zip(half.factors, unknown, strict=True) if out)
    share = half.weights[unknown].sum() / half.weights.sum()
    what = f"{names}, {share:.0%} of the weight of {half.name}"
    return (f"never rated: {what}; nominal weights are shares among the other factors",)


def _latest(risk: Floats, periods: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the known rows of the last period in which most of the units have a score."""
    counts = np.bincount(periods[~np.isnan(risk)], minlength=1)
    last = np.flatnonzero(counts >= max(counts.max() / 2, 1))
    return np.flatnonzero((periods == last[-1]) & ~np.isnan(risk)) if len(last) else last
