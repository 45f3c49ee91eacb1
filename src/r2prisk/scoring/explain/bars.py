"""Contributions as tables with bars, for notebooks."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from r2prisk.marks import RESILIENCE, RISK, signed, swatch
from r2prisk.tables import html_table, legend, marked, paragraph

SHOWN = 10
WORDS = ("indicator", "label", "factor", "kind", "step")
"""Columns that stand to the left."""


def bars(every: pd.DataFrame, safeguards: Collection[str], *, caption: str) -> str:
    """Return the largest contributions with signed bars, and what all others add up to.

    Parameters
    ----------
    every : pandas.DataFrame
        Columns ``indicator`` (empty for what is assumed of a factor), ``label``, ``factor`` and
        ``contribution`` among others, which are shown as they are.
    safeguards : collection of str
        The resilience factors: their bars have the colour of resilience.
    caption : str
        What the table is.

    Examples
    --------
    >>> every = pd.DataFrame({"indicator": ["1.1", "2.1"], "label": "", "factor": ["RF1", "RF2"],
    ...     "contribution": [0.2, -0.1]})
    >>> "-0.100" in bars(every, [], caption="SDN 2003")
    True
    """
    sizes = every["contribution"].abs().to_numpy()
    order = np.argsort(-sizes, kind="stable")
    top = every.iloc[order[:SHOWN]]
    largest = float(sizes.max(initial=0.0))
    marks = [
        signed(value, largest, colour=RESILIENCE if factor in safeguards else RISK)
        for value, factor in zip(top["contribution"], top["factor"], strict=True)
    ]
    drawn = top.assign(
        indicator=[name or "assumed" for name in top["indicator"]],
        contribution=[f"{value:+.3f}" for value in top["contribution"]],
    )
    drawn = marked(drawn, "contribution", marks)
    for name in drawn.columns.intersection(["rating", "reference"]):
        drawn[name] = ["-" if np.isnan(value) else f"{value:.2f}" for value in drawn[name]]
    rest = every["contribution"].iloc[order[SHOWN:]]
    more = f"The other {len(rest)} add up to {rest.sum():+.3f}." if len(rest) else ""
    sides = {"risk": swatch(RISK), "resilience": swatch(RESILIENCE)}
    return (
        html_table(drawn, words=WORDS, caption=caption)
        + (paragraph(more) if more else "")
        + legend("To the right it adds, to the left it takes away", sides)
    )


def steps_table(totals: pd.DataFrame, *, caption: str) -> str:
    """Return what each step of a change added, in order; of many steps those that added most.

    Parameters
    ----------
    totals : pandas.DataFrame
        Index ``step``; columns by kind, and ``change``, their sum.
    caption : str
        What the table is.

    Examples
    --------
    >>> index = pd.Index(["2001 to 2002"], name="step")
    >>> totals = pd.DataFrame({"value": [0.1], "change": [0.1]}, index=index)
    >>> "+0.100" in steps_table(totals, caption="SDN")
    True
    """
    change = totals["change"]
    order = np.argsort(-change.abs().to_numpy(), kind="stable")
    top = totals.iloc[np.sort(order[:SHOWN])]
    largest = float(change.abs().max())
    marks = [signed(value, largest, colour="currentColor") for value in top["change"]]
    drawn = marked(top.map(_number).reset_index(), "change", marks)
    rest = change.iloc[order[SHOWN:]]
    more = f"The other {len(rest)} steps add up to {rest.sum():+.3f}." if len(rest) else ""
    table = html_table(drawn, words=WORDS, caption=caption)
    return table + (paragraph(more) if more else "")


def _number(value: float) -> str:
    # what is nothing at all has no sign
    return f"{value:+.3f}" if value else "0"
