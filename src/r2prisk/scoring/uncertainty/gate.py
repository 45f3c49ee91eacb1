"""One gate for what is asked of draws: every fault is named, and all of them together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeGuard

import numpy as np

from r2prisk.errors import InputError, nearest
from r2prisk.panel import Panel
from r2prisk.scoring.uncertainty.priors import Priors

MOST = 2**16
"""Draws above this say nothing that fewer do not: a chance is known to 0.002 and better."""


def draw_faults(draws: object, rng: object, priors: object, *, fewest: int) -> list[str]:
    """Say what is wrong with a number of draws, a seed, and priors.

    Parameters
    ----------
    draws, rng, priors : object
        As they were given.
    fewest : int
        The smallest number of draws.

    Returns
    -------
    list of str
        One sentence for each fault.

    Examples
    --------
    >>> for fault in draw_faults(8, -1, None, fewest=16):
    ...     print(fault)
    draws is 8; it must be 16 or more
    rng is -1; it must be a whole number from 0, or a Generator
    """
    problems: list[str] = []
    if not whole(draws):
        problems.append(f"draws is {draws!r}; it must be a whole number from {fewest} to {MOST:,}")
    elif draws < fewest:
        problems.append(f"draws is {draws}; it must be {fewest} or more")
    elif draws > MOST:
        problems.append(f"draws is {draws:,}; it must be {MOST:,} or fewer")
    if not isinstance(rng, np.random.Generator) and not (whole(rng) and rng >= 0):
        problems.append(f"rng is {rng!r}; it must be a whole number from 0, or a Generator")
    if priors is not None and not isinstance(priors, Priors):
        found = f"needs Priors, found {type(priors).__name__}"
        problems.append(f"priors: {found}; load_priors reads them from a file")
    return problems


def group_faults(name: str, given: object, allowed: Sequence[str]) -> list[str]:
    """Say what is wrong with a list of groups.

    Examples
    --------
    >>> group_faults("vary", "kappa", ["kappa", "form"])
    ["vary takes a list of names: ['kappa']"]
    """
    if isinstance(given, str):
        near = "" if given in allowed else nearest(given, allowed)
        return [f"{name} takes a list of names: ['{given}']{near}"]
    if not isinstance(given, Collection):
        return [f"{name} takes a list of names, found {given!r}; allowed: {', '.join(allowed)}"]
    return [
        f"{name}: no group '{word}'; allowed: {', '.join(allowed)}{nearest(str(word), allowed)}"
        for word in given
        if word not in allowed
    ]


def panel_fault(given: object, what: str = "panel") -> list[str]:
    """Say whether a panel is none.

    Examples
    --------
    >>> panel_fault(3)
    ['panel: needs a Panel, found int; read_panel makes one']
    """
    if isinstance(given, Panel):
        return []
    return [f"{what}: needs a Panel, found {type(given).__name__}; read_panel makes one"]


def refuse(subject: str, problems: Collection[str]) -> None:
    """Raise an error if there are any problems.

    Raises
    ------
    InputError
        With all of them.

    Examples
    --------
    >>> refuse("uncertainty", [])
    """
    if problems:
        raise InputError(subject, problems)


def seed_of(rng: int | np.random.Generator) -> int | str:
    """Return what provenance says of the random numbers.

    Examples
    --------
    >>> seed_of(5), seed_of(np.random.default_rng(5))
    (5, 'of a generator')
    """
    return "of a generator" if isinstance(rng, np.random.Generator) else int(rng)


def whole(given: object) -> TypeGuard[int]:
    """Say whether something is a whole number, of NumPy or not.

    Examples
    --------
    >>> whole(np.int64(3)), whole(3.0), whole(True)
    (True, False, False)
    """
    return isinstance(given, int | np.integer) and not isinstance(given, bool)
