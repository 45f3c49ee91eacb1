"""What pictures of forecasts say of themselves: what was verified, and how far to trust it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np

from r2prisk.errors import InputError
from r2prisk.forecasting import Verification
from r2prisk.panel.periods import KINDS
from r2prisk.reporting.figures.words import caution, load_phrases
from r2prisk.scoring.scores import is_closed

FEW = 5
"""With fewer onsets a picture of skill is one country's luck."""


def need(found: object, figure: str, *, onsets: bool = False) -> None:
    """Refuse what is no verification or, where onsets are asked for, one without.

    Raises
    ------
    InputError
        If it is so.

    Examples
    --------
    >>> need(0.9, "murphy")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: murphy: needs a Verification, found float; verify(forecasts) makes it
    """
    if not isinstance(found, Verification):
        what = f"needs a Verification, found {type(found).__name__}; verify(forecasts) makes it"
        raise InputError(figure, [what])
    if onsets and not len(found.onsets):
        rows = f"{len(found.forecasts):,} rows with a known outcome"
        raise InputError(figure, [f"no onset came in {rows}, so there is nothing to draw"])


def kind_of(found: Verification) -> str:
    """Return the kind of period of the targets: year, quarter, month or date."""
    return KINDS[found.forecasts["target"].iloc[0].freqstr[0]]


def span(found: Verification) -> str:
    """Return the first and the last target."""
    targets = found.forecasts["target"]
    first, last = str(targets.min()), str(targets.max())
    return first if first == last else f"{first} to {last}"


def size(found: Verification) -> str:
    """Return what was verified, in one sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk.forecasting import verify
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "target": 2003, "outcome": [1, 0],
    ...                       "probability": [0.2, 0.1]})
    >>> size(verify(frame))
    '2 rows of 2 units, 1 of them with an onset within 1 year.'
    """
    frame, horizon = found.forecasts, found.table.horizon
    within = count(horizon, kind_of(found))
    units = count(frame["unit"].nunique(), "unit")
    onsets = f"{len(found.onsets):,} of them with an onset within {within}"
    return f"{count(len(frame), 'row')} of {units}, {onsets}."


def count(number: int, thing: str) -> str:
    """Return a number of things.

    Examples
    --------
    >>> count(1, "row"), count(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def per_cent(share: float) -> str:
    """Return a share as per cent, to two figures where it is small.

    Examples
    --------
    >>> per_cent(0.000432), per_cent(0.0496), per_cent(0.41), per_cent(1), per_cent(0)
    ('0.043%', '5.0%', '41%', '100%', '0%')
    """
    whole = 100 * share
    if whole == 0 or whole >= 9.95:
        return f"{whole:.0f}%"
    places = 1 - int(np.floor(np.log10(float(f"{whole:.1e}"))))
    return f"{whole:.{places}f}%"


def endings(found: Verification) -> tuple[str, ...]:
    """Return the last notes: what was left out, where forecasts come from, the caution."""
    few = "Fewer than five onsets: what is seen may be one country's luck. "
    lead = few if 0 < len(found.onsets) < FEW else ""
    aside = [
        f"{number:,} {why}"
        for why, number in found.aside.items()
        if number and ("outcome" in why or why.startswith("onset"))
    ]
    left = f" Left out: {'; '.join(aside)}." if aside else ""
    return (
        f"{lead}{size(found)}{left} {_source(found)}",
        f"Every figure rests on few onsets; no forecast of onset is a finding. {caution()}",
    )


def _source(found: Verification) -> str:
    """Return which model forecast, from how many sources, and whether any of it is closed."""
    told: Mapping[str, Any] = found.provenance["forecasts"]
    models = cast("Mapping[str, Any]", told.get("models", {}))
    if not models:
        return "Forecasts given as a table; verified by r2prisk."
    panel = cast("Mapping[str, Any]", told.get("panel", {}))
    sources = len(panel.get("sources", ()))
    line = f"Forecasts of the model {', '.join(models)}, made from {count(sources, 'source')}."
    closed = is_closed(panel)
    return f"{line} {load_phrases().common['closed']['en']}" if closed else line
