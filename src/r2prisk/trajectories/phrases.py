"""Small phrases that alerts, readings and blind spots share."""

from __future__ import annotations

import numpy as np

from r2prisk.catalogue.export import safe_cell

STEADY = 0.005
"""A movement (scores a year) that rounds to nothing."""


def name_of(score: str) -> str:
    """Return a score's name as a person reads it.

    Examples
    --------
    >>> name_of("human_rights")
    'human rights'
    """
    return score.replace("_", " ")


def state_of(score: str, level: float, moved: float) -> str:
    """Say where a score stands and where it is heading.

    Examples
    --------
    >>> state_of("human_rights", 0.61, 0.052), state_of("risk", 0.4, -0.001)
    ('human rights 0.61, up 0.05 a year', 'risk 0.40, steady')
    """
    if np.isnan(level):
        return f"{name_of(score)} unknown"
    heading = f", {'up' if moved > 0 else 'down'} {abs(moved):.2f} a year"
    if np.isnan(moved):
        heading = ""
    elif abs(moved) < STEADY:
        heading = ", steady"
    return f"{name_of(score)} {level:.2f}{heading}"


def percent(probability: float) -> str:
    """Return a probability as a person reads it.

    Examples
    --------
    >>> percent(0.934), percent(0.9999), percent(0.001)
    ('93%', 'over 99%', 'under 1%')
    """
    if probability > 0.99:
        return "over 99%"
    if probability < 0.01:
        return "under 1%"
    return f"{probability:.0%}"


def years_said(years: float) -> str:
    """Return a number of years as a person reads it.

    Examples
    --------
    >>> years_said(1.0), years_said(2.5)
    ('1 year', '2.5 years')
    """
    return f"{years:g} year" + ("" if years == 1 else "s")


def past(years: float) -> str:
    """Return a span that ends now as a person reads it.

    Examples
    --------
    >>> past(1.0), past(3.0)
    ('the last year', 'the last 3 years')
    """
    return "the last year" if years == 1 else f"the last {years_said(years)}"


def ordinal(number: int) -> str:
    """Return a number as a place in an order.

    Examples
    --------
    >>> ordinal(2), ordinal(3), ordinal(6), ordinal(11), ordinal(21)
    ('2nd', '3rd', '6th', '11th', '21st')
    """
    teens = 11 <= number % 100 <= 13
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def plain_text(cell: str) -> str:
    """Take the apostrophe off again that keeps a text from being a formula.

    Examples
    --------
    >>> plain_text("'=1+1"), plain_text("'quoted'")
    ('=1+1', "'quoted'")
    """
    bare = cell.removeprefix("'")
    return bare if safe_cell(bare) == cell else cell
