"""How a cell that several panels rated is decided: named rules in a registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest

Stack = NDArray[np.float64]
Decided = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.intp]]

BARE = 1.0
"""How much a rating without a variance counts in a pool: as one report of full weight."""

LEAST = 0.125
"""What a rating counts at least in a pool: the mass from which evidence rates a cell at all."""

TINY = 1e-12
"""What a mass and a variance cannot be below, so that none divides by zero."""


@dataclass(frozen=True)
class Rule:
    """A rule: its name, what it does in one line, and how it decides.

    ``decide`` takes the ratings of one indicator and their variances, both of shape (panel, row),
    NaN where a panel has none, and returns for each row one rating, its variance (NaN where that is
    unknown) and the number of the panel that it came from (-1 where it came from none or from
    several).
    """

    name: str
    meaning: str
    decide: Callable[[Stack, Stack], Decided]


def _first(stack: Stack, spread: Stack) -> Decided:
    known = ~np.isnan(stack)
    taken = np.where(known.any(axis=0), known.argmax(axis=0), -1)
    return _take(stack, taken), _take(spread, taken), taken


def _max(stack: Stack, spread: Stack) -> Decided:
    filled = np.where(np.isnan(stack), -np.inf, stack)
    taken = np.where(np.isneginf(filled).all(axis=0), -1, filled.argmax(axis=0))
    return _take(stack, taken), _take(spread, taken), taken


def _mean(stack: Stack, spread: Stack) -> Decided:
    known = ~np.isnan(stack)
    count = known.sum(axis=0)
    total = np.where(known, stack, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    # one rating alone stays itself, to the last bit
    alone = np.where(count == 1, known.argmax(axis=0), -1)
    return np.where(alone >= 0, _take(stack, alone), mean), _take(spread, alone), alone


def _pool(stack: Stack, spread: Stack) -> Decided:
    """Weigh ratings by how much stands behind them, as Beta posteriors: mass ``m (1 - m)/v - 1``.

    A rating without a variance has ``BARE``, and so has one of exactly 0 or 1, where a variance
    tells no mass; none has less than ``LEAST``, however wide its variance.
    """
    known = ~np.isnan(stack)
    around = stack * (1.0 - stack)
    told = ~np.isnan(spread) & (around > 0.0)
    mass = np.where(told, around / np.maximum(spread, TINY) - 1.0, BARE)
    mass = np.where(known, np.maximum(mass, LEAST), 0.0)
    whole = mass.sum(axis=0)
    mean = np.where(known, mass * stack, 0.0).sum(axis=0) / np.maximum(whole, TINY)
    low = np.where(known, stack, np.inf).min(axis=0)
    high = np.where(known, stack, -np.inf).max(axis=0)
    count = known.sum(axis=0)
    # one rating alone stays itself, to the last bit, and a mean of equal ratings is that rating
    alone = np.where(count == 1, known.argmax(axis=0), -1)
    some = count > 1
    rating = np.where(some, np.clip(mean, low, high), _take(stack, alone))
    variance = np.where(some, rating * (1.0 - rating) / (whole + 1.0), _take(spread, alone))
    return rating, variance, alone


def _take(stack: Stack, taken: NDArray[np.intp]) -> NDArray[np.float64]:
    row = np.take_along_axis(stack, np.maximum(taken, 0)[None, :], axis=0)[0]
    return np.where(taken >= 0, row, np.nan)


RULES: dict[str, Rule] = {
    rule.name: rule
    for rule in (
        Rule("first", "the first panel that rates the cell, in the order of trust given", _first),
        Rule("mean", "the mean of the panels that rate the cell", _mean),
        Rule("max", "the highest rating of the cell", _max),
        Rule(
            "pool",
            "the mean of the panels that rate the cell, each by the evidence behind its rating",
            _pool,
        ),
        Rule("error", "no cell may be rated by two panels", _first),
    )
}
"""The rules by name."""


def rule_named(name: str) -> Rule:
    """Return a rule by its name.

    Raises
    ------
    InputError
        If there is no such rule; the nearest is named.

    Examples
    --------
    >>> rule_named("first").meaning
    'the first panel that rates the cell, in the order of trust given'
    """
    if name not in RULES:
        message = f"no such rule; allowed: {', '.join(RULES)}{nearest(name, RULES)}"
        raise InputError(f"rule '{name}'", [message])
    return RULES[name]
