"""The factors of one side in a state, and what each indicator adds to them between two states."""

from __future__ import annotations

import dataclasses

import numpy as np

from r2prisk.scoring.explain.powers import secant
from r2prisk.scoring.kernel import Bools, Floats, Side, Sums

LAST_BITS = 1e-9
"""A share of a weight that is rounding and not weight, as in the sums of scores."""


@dataclasses.dataclass(frozen=True)
class State:
    """What is known of rows: ratings, and which indicators apply; rows last.

    Parameters
    ----------
    ratings : array of float, shape (i, n)
        From 0 to 1, NaN where not rated.
    applies : array of bool, shape (i, n)
        False where an indicator has no meaning.
    """

    ratings: Floats
    applies: Bools

    @property
    def rated(self) -> Bools:
        """Where there is a rating, shape (i, n)."""
        return ~np.isnan(self.ratings)


@dataclasses.dataclass(frozen=True)
class Means:
    """The factors of one side in a state, before their root is taken.

    Parameters
    ----------
    rated : array of bool, shape (i, n)
        Where an indicator is rated.
    mass : array of float, shape (i, n)
        The weight with which it stands in its factor's mean: of what is rated and, under rules that
        assume something of the unknown, of what is unknown.
    power : array of float, shape (i, n)
        Its rating, or what is assumed of it, to the power of the exponent.
    outside : array of float, shape (k,)
        The mass of indicators that the panel has no column for.
    assumed : float
        What is assumed of the unknown, to the power of the exponent.
    whole, mean, level : array of float, shape (k, n)
        The whole mass, the mean of the powers, and its root: presence or strength. ``mean`` and
        ``level`` are NaN where the factor is unknown.
    known, applies : array of bool, shape (k, n)
        Whether anything of the factor is rated, and whether any of it applies.
    """

    rated: Bools
    mass: Floats
    power: Floats
    outside: Floats
    assumed: float
    whole: Floats
    mean: Floats
    level: Floats
    known: Bools
    applies: Bools


def side_means(state: State, side: Side, sums: Sums, *, nothing: bool = False) -> Means:
    """Return the factors of one side.

    Parameters
    ----------
    state : State
        The ratings.
    side : Side
        Columns, weights and exponent.
    sums : Sums
        Names the missing rule.
    nothing : bool
        Take every indicator, and what is assumed of the unknown, to be 0, with all else as it is.

    Returns
    -------
    Means
        Of the side's factors; columns of the other side have no mass.

    Examples
    --------
    >>> side = Side((slice(0, 2),), (np.ones(2),), np.array([2.0]), 2.0)
    >>> sums = Sums(side, side, np.zeros((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> found = side_means(State(np.array([[0.6], [0.8]]), np.ones((2, 1), bool)), side, sums)
    >>> float(found.mean[0, 0].round(12)), float(found.level[0, 0].round(4))
    (0.5, 0.7071)
    """
    p, count = side.exponent, (len(side.total), state.ratings.shape[1])
    assumes = sums.rule != "rated-only"
    assumed = sums.prior**p if sums.rule == "prior" and not nothing else 0.0
    rated = state.rated
    power = np.where(rated, 0.0 if nothing else np.nan_to_num(state.ratings) ** p, assumed)
    mass = np.zeros(state.ratings.shape)
    outside = np.zeros(count[0])
    whole, total, seen = np.zeros(count), np.zeros(count), np.zeros(count)
    left = np.zeros(count)
    for k, (columns, weights) in enumerate(zip(side.columns, side.weights, strict=True)):
        weight = weights[:, None]
        counts = state.applies[columns] if assumes else rated[columns]
        mass[columns] = weight * counts
        if assumes:
            spare = side.total[k] - weights.sum()
            outside[k] = spare if spare > LAST_BITS * side.total[k] else 0.0
        whole[k] = mass[columns].sum(axis=0) + outside[k]
        total[k] = (mass[columns] * power[columns]).sum(axis=0) + outside[k] * assumed
        seen[k] = (weight * rated[columns]).sum(axis=0)
        left[k] = side.total[k] - (weight * ~state.applies[columns]).sum(axis=0)
    known = seen > 0.0
    mean = np.divide(total, whole, out=np.full(count, np.nan), where=known)
    return Means(
        rated=rated,
        mass=mass,
        power=power,
        outside=outside,
        assumed=assumed,
        whole=whole,
        mean=mean,
        level=mean if p == 1.0 else mean ** (1.0 / p),
        known=known,
        applies=left > LAST_BITS * side.total[:, None],
    )


def grown(base: Means, other: Means, side: Side, stand_in: Floats) -> tuple[Floats, Floats]:
    """Split the change of each factor between two states over its indicators, with nothing left.

    With masses t, powers u and mean U of the base, and t', u', T' of the other state, an indicator
    adds ``(t' (u' - U) - t (u - U)) / T'`` to the mean: what is neither rated anew nor changed adds
    0. The sum takes the secant of the root to become the change of the factor.

    Parameters
    ----------
    base, other : Means
        What is rated in the base is rated in the other state too.
    side : Side
        Of both.
    stand_in : array of float, shape (n,) or (k, n)
        The level that a factor which is unknown in the base is taken to have there.

    Returns
    -------
    tuple of array
        By indicator, shape (i, n), and by factor what the profile assumes of indicators that are
        unknown in both, shape (k, n). Together they add up to the level in the other state less
        that in the base, or less the stand-in; 0 where the factor stays unknown.

    Examples
    --------
    A factor at 0.2 gets a second rating of 0.8, of equal weight, with exponent 1:

    >>> side = Side((slice(0, 2),), (np.ones(2),), np.array([2.0]), 1.0)
    >>> sums = Sums(side, side, np.zeros((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> both = np.ones((2, 1), bool)
    >>> one = side_means(State(np.array([[0.2], [np.nan]]), both), side, sums)
    >>> two = side_means(State(np.array([[0.2], [0.8]]), both), side, sums)
    >>> grown(one, two, side, np.zeros(1))[0].round(12).ravel().tolist()
    [0.0, 0.3]
    """
    p = side.exponent
    before = np.where(base.known, base.mean, np.broadcast_to(stand_in, base.mean.shape) ** p)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(other.known, secant(before, other.mean, 1.0 / p) / other.whole, 0.0)
    parts = np.zeros(base.mass.shape)
    assumed = np.zeros(before.shape)
    for k, columns in enumerate(side.columns):
        start = before[k]
        # a factor that was unknown had no mean of its own: all of its mass is new
        old = np.where(base.known[k], base.mass[columns], 0.0)
        more = other.mass[columns] * (other.power[columns] - start)
        more -= old * (base.power[columns] - start)
        more = np.where(other.known[k], more * slope[k], 0.0)
        unseen = ~other.rated[columns] & (other.mass[columns] > 0.0)
        unseen &= (old > 0.0) | ~base.known[k]
        assumed[k] = np.where(unseen, more, 0.0).sum(axis=0)
        parts[columns] = np.where(unseen, 0.0, more)
        was = np.where(base.known[k], base.outside[k], 0.0)
        beyond = other.outside[k] * (other.assumed - start) - was * (base.assumed - start)
        assumed[k] += np.where(other.known[k], beyond * slope[k], 0.0)
    return parts, assumed
