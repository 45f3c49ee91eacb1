"""Contributions of every indicator to the difference of a score between two states."""

from __future__ import annotations

import dataclasses

import numpy as np

from r2prisk.scoring.explain.interaction import meet_slopes, product_slopes
from r2prisk.scoring.explain.means import Means, State, grown, side_means
from r2prisk.scoring.explain.powers import pulls, secant, weighted
from r2prisk.scoring.kernel import Bools, Floats, Sums, left_open, meet


@dataclasses.dataclass(frozen=True)
class Target:
    """The score that is explained: ``kind`` risk, residual or resilience, and its view."""

    kind: str
    view: int = 0


@dataclasses.dataclass(frozen=True)
class Parts:
    """What adds up to the difference of a score between two states; rows last.

    Parameters
    ----------
    values : array of float, shape (i, n)
        By what was rated otherwise.
    coverage : array of float, shape (i, n)
        By what was rated in one of the two states alone, or applied in one alone.
    assumed : array of float, shape (k + r, n)
        By what the profile assumes of the unknown indicators of each factor, risk factors first.
    """

    values: Floats
    coverage: Floats
    assumed: Floats


@dataclasses.dataclass(frozen=True)
class _Point:
    """A state with its factors."""

    state: State
    risk: Means
    resilience: Means
    left: Floats


@dataclasses.dataclass(frozen=True)
class _Pulls:
    """By how much a score follows presences and strengths, and what else changed it.

    ``known`` is the pull of each risk factor, whose stand-in is ``likely``; ``strengths`` that of
    each resilience factor, whose stand-in is ``unseen``; ``gone`` what risk factors add that are
    unknown in the base and do not apply in the other state.
    """

    known: Floats
    likely: Floats
    strengths: Floats
    unseen: Floats
    gone: Floats


def between(before: State, after: State, sums: Sums, target: Target) -> Parts:
    """Split the difference of a score between two states, with nothing left over.

    Three steps, each exact: what both rate, rated as before and then as after, gives the values;
    what only one of the two rates, added to either, gives the coverage. Where nothing that both
    rate gives a score, all of one goes and all of the other comes.

    Parameters
    ----------
    before, after : State
        The same indicators and rows.
    sums : Sums
        The choices that made both scores.
    target : Target
        The score.

    Returns
    -------
    Parts
        Adds up to the score after less the score before; NaN where one of them is unknown.

    Examples
    --------
    One factor, exponent 1: 0.2 becomes 0.6, and a rating of 1 comes in: 0.6 - 0.2, then (1 + 0.6)
    / 2 - 0.6.

    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((slice(0, 2),), (np.ones(2),), np.array([2.0]), 1.0)
    >>> none = Side((slice(2, 2),), (np.ones(0),), np.array([1.0]), 1.0)
    >>> sums = Sums(side, none, np.zeros((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> was, now = np.array([[0.2], [np.nan]]), np.array([[0.6], [1.0]])
    >>> every = np.ones((2, 1), bool)
    >>> found = between(State(was, every), State(now, every), sums, Target("risk"))
    >>> found.values.round(12).ravel().tolist(), found.coverage.round(12).ravel().tolist()
    ([0.4, 0.0], [0.0, 0.2])
    """
    common = before.rated & after.rated
    either = before.applies | after.applies
    old, new = (State(np.where(common, s.ratings, np.nan), either) for s in (before, after))
    first, last = _point(before, sums), _point(after, sums)
    one, two = _point(old, sums), _point(new, sums)
    values, _ = _step(one, two, sums, target)
    out, was_assumed = _step(one, first, sums, target)
    come, is_assumed = _step(two, last, sums, target)
    found = Parts(values, come - out, is_assumed - was_assumed)
    alone = _unknown(one, sums, target)
    if alone.any():
        gone, comes = (from_absent(_rows(s, alone), sums, target) for s in (before, after))
        found.values[:, alone] = 0.0
        found.coverage[:, alone] = comes.values - gone.values
        found.assumed[:, alone] = comes.assumed - gone.assumed
    return _without(found, _unknown(first, sums, target) | _unknown(last, sums, target))


def from_absent(state: State, sums: Sums, target: Target) -> Parts:
    """Split a score over its indicators: the difference from nothing being present.

    Presence comes first and resilience meets it as it is, because there is nothing to hold down
    where nothing is present. With exponent 1 across factors the risk indicators of the residual
    therefore add up to the risk, and the resilience indicators to what resilience takes off it.

    Parameters
    ----------
    state : State
        The ratings.
    sums : Sums
        The choices behind the score.
    target : Target
        The score.

    Returns
    -------
    Parts
        Adds up to the score; NaN where it is unknown. ``coverage`` is 0.

    Examples
    --------
    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((slice(0, 2),), (np.ones(2),), np.array([2.0]), 1.0)
    >>> none = Side((slice(2, 2),), (np.ones(0),), np.array([1.0]), 1.0)
    >>> sums = Sums(side, none, np.zeros((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> state = State(np.array([[0.2], [0.6]]), np.ones((2, 1), bool))
    >>> from_absent(state, sums, Target("risk")).values.round(12).ravel().tolist()
    [0.1, 0.3]
    """
    nothing, there = _point(state, sums, nothing=True), _point(state, sums)
    values, assumed = _step(nothing, there, sums, target, risk_first=True)
    found = Parts(values, np.zeros(values.shape), assumed)
    return _without(found, _unknown(there, sums, target))


def _rows(state: State, rows: Bools) -> State:
    return State(state.ratings[:, rows], state.applies[:, rows])


def _without(parts: Parts, rows: Bools) -> Parts:
    """Make every part unknown in some rows: what differs from the unknown is unknown."""
    for array in (parts.values, parts.coverage, parts.assumed):
        array[:, rows] = np.nan
    return parts


def _point(state: State, sums: Sums, *, nothing: bool = False) -> _Point:
    risk = side_means(state, sums.risk, sums, nothing=nothing)
    resilience = side_means(state, sums.resilience, sums, nothing=nothing)
    return _Point(state, risk, resilience, left_open(resilience.level, sums.kappa))


def _unknown(point: _Point, sums: Sums, target: Target) -> Bools:
    """Return where the score is unknown, shape (n,)."""
    means, weights = point.risk, sums.views[target.view]
    if target.kind == "resilience":
        means, weights = point.resilience, sums.strengths
    return np.logical_not(np.any(means.known & (weights[:, None] > 0.0), axis=0))


def _step(
    base: _Point, other: _Point, sums: Sums, target: Target, *, risk_first: bool = False
) -> tuple[Floats, Floats]:
    """Split the difference between two states of which the second rates all that the first does."""
    if target.kind == "residual":
        found = _residual_pulls(base, other, sums, target.view, risk_first=risk_first)
    else:
        found = _mean_pulls(base, other, sums, target)
    parts = found.gone
    assumed: list[Floats] = []
    for side, one, two, pull, stand_in in (
        (sums.risk, base.risk, other.risk, found.known, found.likely),
        (sums.resilience, base.resilience, other.resilience, found.strengths, found.unseen),
    ):
        each, unseen = grown(one, two, side, stand_in)
        for k, columns in enumerate(side.columns):
            parts[columns] += pull[k] * each[columns]
        assumed.append(pull * unseen)
    return parts, np.concatenate(assumed)


def _mean_pulls(base: _Point, other: _Point, sums: Sums, target: Target) -> _Pulls:
    """Return the pulls on risk or on resilience."""
    n = base.left.shape[1]
    none = np.zeros(n)
    gone = np.zeros(base.state.ratings.shape)
    if target.kind == "risk":
        weights = sums.views[target.view]
        pull, start, _ = _mean_slopes(base.risk, other.risk, weights, sums.across)
        return _Pulls(pull, start, np.zeros((len(sums.strengths), n)), none, gone)
    pull, start, _ = _mean_slopes(base.resilience, other.resilience, sums.strengths, sums.across)
    return _Pulls(np.zeros(base.left.shape), none, pull, start, gone)


def _mean_slopes(
    base: Means, other: Means, weights: Floats, exponent: float
) -> tuple[Floats, Floats, Floats]:
    """Return the pull of each factor on the mean of the known, and the mean in both states.

    A factor that is unknown in the base is left out of the mean there, which is to take it to be
    like the others: it comes from their mean to what it is.
    """
    was, _ = weighted(weights[:, None] * base.known, base.level**exponent)
    mass = weights[:, None] * other.known
    now, whole = weighted(mass, other.level**exponent)
    start, end = was ** (1.0 / exponent), now ** (1.0 / exponent)
    before = np.where(base.known, base.level, start)
    return pulls(before, other.level, mass / whole, (was, now), exponent), start, end


def _residual_pulls(
    base: _Point, other: _Point, sums: Sums, view: int, *, risk_first: bool
) -> _Pulls:
    """Return the pulls on the residual of a view.

    A risk factor that is unknown enters the residual with the view's risk as its presence, and is
    met by its own resilience; one that does not apply leaves it.
    """
    q, weights = sums.across, sums.views[view]
    on_risk, start, end = _mean_slopes(base.risk, other.risk, weights, q)
    before = np.where(base.risk.known, base.risk.level, start)
    after = np.where(other.risk.known, other.risk.level, end)
    pull, hold = meet_slopes((before, after), (base.left, other.left), sums, risk_first=risk_first)
    was, now = meet(before, base.left, sums), meet(after, other.left, sums)
    mean, _ = weighted(weights[:, None] * base.risk.applies, was**q)
    mass = weights[:, None] * other.risk.applies
    mean_now, whole = weighted(mass, now**q)
    follows = pulls(was, now, mass / whole, (mean, mean_now), q)
    # a factor that leaves takes its distance from the mean with it
    distance = secant(mean, mean_now, 1.0 / q) / whole * weights[:, None] * (mean - was**q)
    through = np.where(other.risk.known, 0.0, follows * pull).sum(axis=0)
    return _Pulls(
        known=np.where(other.risk.known, follows * pull, 0.0) + through * on_risk,
        likely=start,
        strengths=_strength_pulls(base, other, follows * hold, sums),
        unseen=np.zeros(base.left.shape[1]),
        gone=_gone(base, other, distance, sums),
    )


def _strength_pulls(base: _Point, other: _Point, on_left: Floats, sums: Sums) -> Floats:
    """Return the pulls of the strengths, which hold nothing down where they are unknown."""
    was, now = (np.nan_to_num(point.resilience.level) for point in (base, other))
    total = np.zeros(was.shape)
    for k, kappa in enumerate(sums.kappa):
        linked = np.flatnonzero(kappa)
        share = kappa[linked, None]
        slopes = product_slopes(1.0 - share * was[linked], 1.0 - share * now[linked])
        total[linked] -= on_left[k] * share * slopes
    return total


def _gone(base: _Point, other: _Point, distance: Floats, sums: Sums) -> Floats:
    """Share what factors take with them over the indicators that ceased to apply, by weight."""
    found = np.zeros(base.state.ratings.shape)
    left = base.risk.applies & ~other.risk.applies
    for k in np.flatnonzero(left.any(axis=1)):
        columns, weights = sums.risk.columns[k], sums.risk.weights[k][:, None]
        ceased = weights * (base.state.applies[columns] & ~other.state.applies[columns])
        whole = ceased.sum(axis=0)
        share = np.divide(ceased, whole, out=np.zeros(ceased.shape), where=whole > 0.0)
        found[columns] = np.where(left[k], share * distance[k], 0.0)
    return found
