"""Look over the instrument: one call for everything that can make a composite indicator unsound."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.scoring.audit.double import Pairs, Told, between, double_counting
from r2prisk.scoring.audit.fairness import columns_about, fairness
from r2prisk.scoring.audit.measures import standings
from r2prisk.scoring.audit.removal import halves, without_units
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

    Correlations are of ranks within periods, pooled over periods: with one period, Spearman's.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    about : pandas.DataFrame, optional
        What scores should not lean on, such as income, population, press freedom or the volume of
        reporting: ``unit`` and, if it changes, ``period``, as columns or index; other columns are
        numbers. Regions come from the catalogue.
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
        If ``about`` has faults (all of them).

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
    known, notes = columns_about(about, panel.index)
    periods = pd.factorize(panel.index.get_level_values("period"), sort=True)[0]
    risk, resilience = halves(panel, scores)
    mine = {name for half in (risk, resilience) for names in half.indicators for name in names}
    rated = np.flatnonzero(~np.isnan(panel.ratings).all(axis=0)).tolist()
    columns = [column for column in rated if panel.indicators[column] in mine]
    names = tuple(panel.indicators[column] for column in columns)
    pairs = Pairs(names, standings(panel.ratings[:, columns], periods))
    levels = standings(np.concatenate([risk.levels, resilience.levels]).T, periods)
    links = between(levels, (*risk.factors, *resilience.factors))
    some = ~links.isna().all()
    sides = (risk, resilience)
    latest = _latest(scores.sheet.risk[0], periods)
    return Audit(
        scores=scores,
        tables={
            "double counting": double_counting(pairs, risk, resilience, findings),
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
        notes=notes,
        provenance={**scores.provenance, "seed": 0, "call": "audit(scores)"},
    )


def _latest(risk: Floats, periods: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the known rows of the last period in which most of the units have a score."""
    counts = np.bincount(periods[~np.isnan(risk)], minlength=1)
    last = np.flatnonzero(counts >= max(counts.max() / 2, 1))
    return np.flatnonzero((periods == last[-1]) & ~np.isnan(risk)) if len(last) else last
