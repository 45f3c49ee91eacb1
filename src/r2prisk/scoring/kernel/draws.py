"""The sums over many draws of the choices behind them, a few rows at a time.

Besides the letters of the kernel, ``d`` is the number of draws, ``g`` that of a piece of them and
``c`` that of ratings that are drawn. Draws with one exponent go together, so that a rating is
raised once for all of them and a factor is two matrix products. Numbers are in single precision,
which halves the time, unless an exponent is steep: what comes out differs from ``score_arrays`` by
less than ``ROUNDING``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel.means import LAST_BITS, meet
from r2prisk.scoring.kernel.pieces import Numbers, Piece, Singles, Weighing
from r2prisk.scoring.kernel.shapes import Bools, Floats, Side, Sums

ROUNDING = 2e-6
"""Scores of draws that differ by no more than this count as equal."""

TILE = 256
"""Rows to score at once: few enough for the working arrays to stay in the processor's cache."""

BELOW_1 = np.float32(1.0) - np.finfo(np.float32).epsneg
"""The largest number below 1 in single precision."""

LEAST = np.float32(2.0**-25)
"""Where a level stands at least: 0 has no logarithm. Half the step between random numbers."""

Places = tuple[NDArray[np.intp], NDArray[np.intp]]


@dataclasses.dataclass(frozen=True)
class Cells:
    """What is known of the cells of some rows.

    Parameters
    ----------
    ratings : array of float, shape (n, i)
        From 0 to 1, NaN where unknown; indicators of both sides.
    applies : array of bool, shape (n, i), or None
        False where an indicator does not apply; all apply if None.
    alpha, beta : array of float, shape (n, i), or None
        Parameters of the Beta distribution of each rating that is drawn; NaN where it is not.
    levels : array of float, shape (n, k + r), or None
        Mean of the level at which each factor's unknown indicators are drawn, 0 to 1; NaN where
        the whole factor is unknown and stays so. None where no level is drawn.
    together : float
        Probability that a factor's level stands at the same place of its distribution as one
        number common to all factors of the row; otherwise it stands at a place of its own.
    safeguards : int
        How many of the factors, the last, are of resilience: there the common number counts the
        other way round, from the top.
    streams : sequence of numpy.random.Generator, length n
        The random numbers of each row; not used where no cell is drawn.
    """

    ratings: Floats
    applies: Bools | None = None
    alpha: Floats | None = None
    beta: Floats | None = None
    levels: Floats | None = None
    together: float = 0.0
    safeguards: int = 0
    streams: Sequence[np.random.Generator] = ()


@dataclasses.dataclass(frozen=True)
class _Factor:
    """What of one factor does not change from draw to draw."""

    logs: Singles
    """Logarithms of the ratings, shape (n, i): minus infinity where one is 0, unknown or drawn."""
    rated: Singles
    gaps: Singles
    """1 where an indicator applies and is unknown, shape (n, i)."""
    known: Bools
    """Whether the factor has a mean, shape (n,)."""
    applies: Bools
    drawn: tuple[tuple[int, NDArray[np.intp], NDArray[np.intp]], ...]
    """For each indicator with ratings that are drawn: its place, their rows, and their numbers."""


def draw_scores(
    cells: Cells, sums: Sums, pieces: Sequence[Piece], out: Singles | None = None
) -> Singles:
    """Score rows under every draw.

    Parameters
    ----------
    cells : Cells
        Few rows, best ``TILE`` of them.
    sums : Sums
        What is not drawn: columns, views, the missing rule, the gate.
    pieces : sequence of Piece
        The draws, as ``in_pieces`` cuts them.
    out : array of float32, shape (v + 2, n, d), optional
        Where the scores go: fresh memory for every tile would take longer than the sums.

    Returns
    -------
    array of float32, shape (v + 2, n, d)
        The risk of every view, the country's residual risk, and resilience; NaN where unknown.
        Draws stand in the order of the pieces.

    Examples
    --------
    One factor with two indicators, whose weights are drawn as 1 and 1, then as 3 and 1.

    >>> from r2prisk.scoring.kernel.pieces import Drawn, in_pieces
    >>> side = Side((slice(0, 2),), (np.ones(2),), np.array([2.0]), 1.0)
    >>> none = Side((slice(0, 0),), (np.ones(0),), np.array([1.0]), 1.0)
    >>> sums = Sums(side, none, np.zeros((1, 1)), np.ones((1, 1)), np.ones(1))
    >>> one, ones = np.ones(2), np.ones((1, 2))
    >>> drawn = Drawn(one, one, (np.array([[1.0, 3.0], [1.0, 1.0]]),), (np.empty((0, 2)),),
    ...     0 * ones, ones, ones, ones, np.zeros((1, 1, 2)), np.array(["damping", "damping"]))
    >>> found = draw_scores(Cells(np.array([[0.2, 0.6]])), sums, in_pieces(drawn, sums))
    >>> [round(float(risk), 6) for risk in found[0, 0]]
    [0.4, 0.3]
    """
    n, views, half = len(cells.ratings), len(sums.views), len(sums.risk.total)
    if out is None:
        count = sum(len(piece.columns) for piece in pieces)
        out = np.empty((views + 2, n, count), dtype=np.float32)
    done = 0
    places = _places(cells)
    risk = _factors(cells, sums.risk, places, 0)
    resilience = _factors(cells, sums.resilience, places, half)
    with np.errstate(divide="ignore", invalid="ignore"):
        for piece in pieces:
            noise, levels = _cell_draws(cells, places, piece)
            risk_logs = _log_means(risk, piece.risk, sums, piece, noise, levels, 0)
            strength_logs = _log_means(
                resilience, piece.resilience, sums, piece, noise, levels, half
            )
            held, strengths = _resilience(resilience, strength_logs, piece)
            by_view, residual = _risk(risk, risk_logs, strengths, sums, piece)
            part = slice(done, done := done + len(piece.columns))
            out[:views, :, part] = by_view
            out[views, :, part] = residual
            out[views + 1, :, part] = held
    return np.minimum(out, np.float32(1.0), out=out)


def _places(cells: Cells) -> Places:
    """Return rows and columns of the ratings that are drawn, row by row."""
    drawn = np.zeros(cells.ratings.shape, bool) if cells.alpha is None else ~np.isnan(cells.alpha)
    rows, columns = np.nonzero(drawn)
    return rows, columns


def _factors(cells: Cells, side: Side, places: Places, first: int) -> list[_Factor]:
    """Take apart the cells of one side; ``first`` is where its factors start among the levels."""
    number = np.full(cells.ratings.shape, -1, dtype=np.intp)
    number[places] = np.arange(len(places[0]))
    found: list[_Factor] = []
    for k, (columns, weights) in enumerate(zip(side.columns, side.weights, strict=True)):
        x, numbers = cells.ratings[:, columns], number[:, columns]
        rated = ~np.isnan(x)
        there = np.ones_like(rated) if cells.applies is None else cells.applies[:, columns]
        applies = side.total[k] - ~there @ weights > LAST_BITS * side.total[k]
        known = (rated * weights).sum(axis=1) > 0
        if cells.levels is not None:
            known |= ~np.isnan(cells.levels[:, first + k])
        with np.errstate(divide="ignore"):
            logs = np.log(np.where(numbers < 0, np.fmax(x, 0.0), 0.0))
        drawn = tuple(
            (i, rows, numbers[rows, i])
            for i in range(len(weights))
            if len(rows := np.flatnonzero(numbers[:, i] >= 0))
        )
        single = (part.astype(np.float32) for part in (logs, rated, there & ~rated))
        found.append(_Factor(*single, known=known & applies, applies=applies, drawn=drawn))
    return found


def _cell_draws(
    cells: Cells, places: Places, piece: Piece
) -> tuple[Numbers | None, Numbers | None]:
    """Draw cells and raise them: drawn ratings (c, g), levels of unknown indicators (n, k + r, g).

    A level with mean m below 0.5 follows the Beta distribution with parameters 1 and (1 - m) / m,
    above 0.5 that with m / (1 - m) and 1; both have an inverse in closed form: at the place u,
    ``1 - (1 - u)^(m / (1 - m))`` and ``u^((1 - m) / m)``.
    """
    g, power = len(piece.columns), piece.number(piece.within)
    noise = levels = None
    if cells.alpha is not None and cells.beta is not None:
        ends = np.searchsorted(places[0], np.arange(len(cells.ratings) + 1))
        alpha, beta = cells.alpha[places][:, None], cells.beta[places][:, None]
        noise = np.empty((len(places[0]), g), dtype=piece.number)
        for stream, a, b in zip(cells.streams, ends[:-1], ends[1:], strict=True):
            noise[a:b] = stream.beta(alpha[a:b], beta[a:b], (b - a, g))
        noise = _raised(noise, power)
    if cells.levels is not None:
        levels = _places_of_levels(cells, g)
        low = cells.levels <= 0.5
        m = np.where(low, cells.levels, 1.0 - cells.levels)
        exponent = (m / (1.0 - m)).astype(np.float32)[:, :, None]
        # both rise with their place, so that the same place is high for one and for the other
        np.subtract(np.float32(1.0), levels, out=levels, where=low[:, :, None])
        _raised(np.maximum(levels, LEAST, out=levels), exponent)
        np.subtract(np.float32(1.0), levels, out=levels, where=low[:, :, None])
        levels = _raised(levels.astype(piece.number, copy=False), power)
    return noise, levels


def _places_of_levels(cells: Cells, g: int) -> Singles:
    """Draw where each factor's level stands in its distribution, from 0 to below 1, (n, k + r, g).

    The share of a number that is above ``together`` is even from 0 to 1 again: one number says
    whether a factor goes with the others, and where it stands if not.
    """
    n, factors = (0, 0) if cells.levels is None else cells.levels.shape
    drawn = np.empty((n, factors + 1, g), dtype=np.float32)
    for row, stream in zip(drawn, cells.streams, strict=True):
        stream.random(dtype=np.float32, out=row)
    own, common = drawn[:, :-1], drawn[:, -1:]
    if cells.together == 0.0:
        return own
    shared = own < np.float32(cells.together)
    own -= np.float32(cells.together)
    own *= np.float32(1.0 / max(1.0 - cells.together, float(np.finfo(np.float32).eps)))
    np.minimum(own, BELOW_1, out=own)
    here = factors - cells.safeguards
    np.copyto(own[:, :here], common, where=shared[:, :here])
    turned = np.minimum(np.float32(1.0) - common, BELOW_1)
    np.copyto(own[:, here:], turned, where=shared[:, here:])
    return own


def _raised(x: Numbers, power: np.floating | Numbers) -> Numbers:
    """Raise in place: two vectorised functions take less time than one that is not."""
    np.log(x, out=x)
    x *= power
    return np.exp(x, out=x)


def _log_means(
    factors: Sequence[_Factor],
    weighing: Weighing,
    sums: Sums,
    piece: Piece,
    noise: Numbers | None,
    levels: Numbers | None,
    first: int,
) -> Iterator[Numbers]:
    """Give the logarithm of each factor's power mean, shape (n, g); minus infinity for 0.

    Where a factor is unknown it is minus infinity too, so that it adds nothing to any sum.
    One at a time: all together would not fit into the processor's cache.
    """
    within = piece.number(piece.within)
    for k, (factor, weights) in enumerate(zip(factors, weighing.indicators, strict=True)):
        total = np.exp(factor.logs * within) @ weights
        for i, rows, numbers in factor.drawn:
            total[rows] += noise[numbers] * weights[i]  # pyright: ignore[reportOptionalSubscript]
        whole = factor.rated @ weights
        if levels is not None or sums.rule != "rated-only":
            gap = factor.gaps @ weights
            gap += weighing.spare[k]
            whole += gap
            if levels is not None:
                # where nothing is open there may be no level: NaN times nothing is nothing
                total += np.where(gap > 0, gap * levels[:, first + k], 0)
            elif sums.rule == "prior":
                total += gap * piece.number(sums.prior**piece.within)
        total /= whole
        np.log(total, out=total)
        total *= 1 / within
        total[~factor.known] = -np.inf
        yield total


def _resilience(
    factors: Sequence[_Factor], logs: Iterable[Numbers], piece: Piece
) -> tuple[Numbers, list[Numbers]]:
    """Return the country's resilience, shape (n, g), and each strength, shape (n, g)."""
    known = np.stack([factor.known for factor in factors], axis=1).astype(piece.number)
    total = np.zeros((len(known), len(piece.columns)), dtype=piece.number)
    strengths: list[Numbers] = []
    for log, weight in zip(logs, piece.strengths, strict=True):
        strengths.append(np.exp(log))
        term = strengths[-1] if piece.across is None else np.exp(log * piece.across)
        total += term * weight
    total /= known @ piece.strengths
    return _rooted(total, piece.across), strengths


def _risk(
    factors: Sequence[_Factor],
    logs: Iterable[Numbers],
    strengths: Sequence[Numbers],
    sums: Sums,
    piece: Piece,
) -> tuple[Numbers, Numbers]:
    """Return the risk of every view, shape (v, n, g), and the country's residual, shape (n, g)."""
    known = np.stack([factor.known for factor in factors], axis=1).astype(piece.number)
    applies = np.stack([factor.applies for factor in factors], axis=1).astype(piece.number)
    n, g = len(known), len(piece.columns)
    terms = np.empty((n, len(factors), g), dtype=piece.number)
    residual = np.zeros((n, g), dtype=piece.number)
    later: list[tuple[int, NDArray[np.intp], Numbers | None]] = []
    for k, (factor, log) in enumerate(zip(factors, logs, strict=True)):
        raised = np.exp(log if piece.across is None else log * piece.across)
        np.multiply(raised, piece.factors[k], out=terms[:, k])
        rows = np.flatnonzero(factor.applies & ~factor.known)
        if piece.links[k]:
            presence = raised if piece.across is None else np.exp(log)
            left = _left(strengths, piece.links[k])
            residual += _residual_term(presence, left, k, piece)
        else:  # no form takes anything from what no resilience is linked to
            left = None
            raised *= piece.views[0, k]
            residual += raised
        if len(rows):
            later.append((k, rows, None if left is None else left[rows]))
    by_view = np.matmul(sums.views.astype(piece.number), terms).swapaxes(0, 1)
    risk = _rooted(by_view / (known @ piece.views), piece.across)
    # an unknown factor enters the residual as present as the country, met by its own resilience
    for k, rows, left in later:
        residual[rows] += _residual_term(risk[0, rows], left, k, piece)
    residual /= applies @ piece.views[0]
    return risk, np.minimum(_rooted(residual, piece.across), risk[0])


def _left(strengths: Sequence[Numbers], links: Sequence[tuple[int, Numbers]]) -> Numbers:
    """Return the share of a factor that resilience leaves, shape (n, g)."""
    left = np.ones_like(strengths[0])
    for r, kappa in links:
        one = strengths[r] * -kappa
        one += 1.0
        left *= one
    return left


def _residual_term(presence: Numbers, left: Numbers | None, k: int, piece: Piece) -> Numbers:
    """Return what a factor adds to the sum of the country's residual."""
    met = presence.copy()
    if left is not None:
        for sums, part in piece.forms:
            met[:, part] = meet(presence[:, part], left[:, part], sums)  # pyright: ignore[reportArgumentType]
    if piece.across is not None:
        _raised(met, piece.across)
    met *= piece.views[0, k]
    return met


def _rooted(values: Numbers, across: Numbers | None) -> Numbers:
    return values if across is None else _raised(values, 1.0 / across)
