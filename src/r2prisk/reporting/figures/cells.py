"""The coverage matrix: which indicators of one country are rated in which periods."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in, label_in
from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.panel.periods import KINDS
from r2prisk.reporting.figures.cell_marks import draw, share
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.words import caution, check_language, load_phrases, source_line

LISTED = 5
"""Periods without a row that a note names one by one."""


def coverage(panel: Panel, unit: str, *, language: Language = "en") -> Figure:
    """Draw what is rated of one unit: a line for each indicator, a column for each period.

    Parameters
    ----------
    panel : Panel
        Ratings with their cell states.
    unit : str
        ISO 3166 alpha-3 code.
    language : {"en", "fr", "es"}
        The language; labels of your own indicators stay as they are.

    Returns
    -------
    Figure
        ``data`` has a row for each cell, in the order of the frameworks: ``side`` (risk,
        resilience or capacity), ``factor``, ``title``, ``indicator``, ``label``, ``period``,
        ``state`` (rated, unknown, not applicable or failed), ``rating`` (0 to 1, NaN where not
        rated) and ``folded`` (the indicator is unknown throughout, and only counted in the
        picture). Indicators of a framework that the panel does not have are unknown, and so are
        periods between the unit's first and last that have no row.

    Raises
    ------
    InputError
        If this is no Panel, the unit is not there (the nearest is named), or the language is not
        spoken.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": "GHA", "year": [2012, 2013], "9.1": [0.5, None]}))
    >>> cells = coverage(panel, "GHA").data
    >>> cells[~cells["folded"]][["indicator", "state"]].to_numpy().tolist()
    [['9.1', 'rated'], ['9.1', 'unknown']]
    """
    # people pass the scores or a frame; the type checker is not there to stop them
    if not isinstance(panel, Panel):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = f"needs a Panel, found {type(panel).__name__}; scores have theirs in .panel"
        raise InputError("coverage", [found])
    check_language(language)
    if unit not in panel.units:
        raise InputError("coverage", [f"no unit '{unit}'{nearest(str(unit), panel.units)}"])
    told = {name: texts[language] for name, texts in load_phrases().coverage.items()}
    own, periods = _periods(panel, unit)
    data = _cells(panel, unit, own, periods, language)
    rated = data["state"] == "rated"
    seen = int(rated.groupby(data["indicator"]).any().sum())
    every = int(data["indicator"].nunique())
    first, last = str(periods[0]), str(periods[-1])
    words = {
        "country": country_in(unit, language),
        "span": first if first == last else told["span"].format(first=first, last=last),
        "kind": told[KINDS[periods.freqstr[0]]],
        "rated": seen,
        "all": every,
        "never": int(data[data["folded"]]["indicator"].nunique()),
        "cells": share(float(rated.mean()), language),
    }
    bare = [str(period) for period in periods if period not in set(own)]
    listed = ", ".join(bare[:LISTED]) + (f" … ({len(bare)})" if len(bare) > LISTED else "")
    gaps = (told["gaps"].format(periods=listed),) if bare else ()
    closing = (told["cannot"], source_line(panel, language), caution(language))
    return Figure(
        name="coverage",
        data=data,
        title=told["title"].format(**words),
        subtitle=told["how"].format(**words),
        notes=(told["counted"].format(**words), *gaps, *closing),
        alt=told["alt"].format(**words),
        draw=partial(draw, language=language),
        language=language,
    )


def _periods(panel: Panel, unit: str) -> tuple[pd.PeriodIndex, pd.PeriodIndex]:
    """Return the periods of the unit's rows, and all that are drawn."""
    here = panel.index[panel.index.get_level_values("unit") == unit]
    own = pd.PeriodIndex(here.get_level_values("period"))
    # days stand as they are: between two visits nobody expects a row
    if own.freqstr == "D":
        return own, own
    return own, pd.period_range(own[0], own[-1], freq=own.freq)


def _cells(
    panel: Panel,
    unit: str,
    own: pd.PeriodIndex,
    periods: pd.PeriodIndex,
    language: Language,
) -> pd.DataFrame:
    """Return a row for each indicator of the panel's frameworks and each period."""
    states = np.array([state.name.lower().replace("_", " ") for state in CellState], dtype=object)
    here = np.flatnonzero(panel.index.get_level_values("unit") == unit)
    columns = {name: n for n, name in enumerate(panel.indicators)}
    at = periods.get_indexer(own)
    parts: list[pd.DataFrame] = []
    for framework in panel.frameworks:
        for factor in framework.factors:
            for indicator in factor.indicators:
                state = np.full(len(periods), int(CellState.UNKNOWN))
                rating = np.full(len(periods), np.nan)
                if indicator.id in columns:
                    state[at] = panel.states[here, columns[indicator.id]]
                    rating[at] = panel.ratings[here, columns[indicator.id]]
                cells = {"period": periods, "state": states[state], "rating": rating}
                about = {"side": framework.kind, "factor": factor.id}
                about |= {"title": factor.title_in(language), "indicator": indicator.id}
                about |= {"label": label_in(indicator, language)}
                folded = bool((state == CellState.UNKNOWN).all())
                parts.append(pd.DataFrame({**about, **cells, "folded": folded}))
    return pd.concat(parts, ignore_index=True)
