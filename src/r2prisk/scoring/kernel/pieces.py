"""Draws of the choices behind a score, cut into pieces that are scored together."""

from __future__ import annotations

import dataclasses

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel.shapes import Floats, Sums

Singles = NDArray[np.float32]
Numbers = NDArray[np.floating]
"""In single precision, or in double where an exponent is steep."""

PIECE = 256
"""Draws in one piece, at most: so few that the library behind matrix products starts no threads of
its own for them, which would wait for those that work on other rows."""

STEEP = 6.0
"""Exponents above this take double precision: a rating of 1e-6 raised to more is less than the
smallest number that single precision holds, and would be lost."""


@dataclasses.dataclass(frozen=True)
class Drawn:
    """The choices of every draw; the last axis is the draw.

    Parameters
    ----------
    within, across : array of float, shape (d,)
        Exponents of the power means, within 1 or more, across above 0.
    risk, resilience : tuple of float arrays, each of shape (i, d)
        Weights of each factor's indicators that have a column, 0 or more.
    risk_spare : array of float, shape (k, d)
        The weight of each factor's indicators that have no column.
    resilience_spare : array of float, shape (r, d)
        The same for resilience.
    factors : array of float, shape (k, d)
        How much each risk factor weighs as a multiple of what ``Sums.views`` gives it.
    strengths : array of float, shape (r, d)
        Weight of each resilience factor in the country's resilience.
    kappa : array of float, shape (k, r, d)
        The share of risk factor k that resilience factor r can hold down at most, 0 to 1.
    forms : array of str, shape (d,)
        How inhibition meets presence.
    """

    within: Floats
    across: Floats
    risk: tuple[Floats, ...]
    resilience: tuple[Floats, ...]
    risk_spare: Floats
    resilience_spare: Floats
    factors: Floats
    strengths: Floats
    kappa: Floats
    forms: NDArray[np.str_]


@dataclasses.dataclass(frozen=True)
class Weighing:
    """The weights of one side in a piece: of indicators, and of those without a column."""

    indicators: tuple[Numbers, ...]
    spare: Numbers


@dataclasses.dataclass(frozen=True)
class Piece:
    """Draws with one exponent within factors, ordered by form.

    All arrays are in single precision, or all in double if an exponent exceeds ``STEEP``.

    Parameters
    ----------
    columns : array of int, shape (g,)
        Which draws they are.
    within : float
        Their exponent within factors.
    across : array of float, shape (g,), or None
        Their exponents across factors; None where all are 1.
    risk, resilience : Weighing
        Weights of indicators.
    factors : array of float, shape (k, g)
        As in ``Drawn``.
    views : array of float, shape (v, k, g)
        Weight of each risk factor in each view.
    strengths : array of float, shape (r, g)
        As in ``Drawn``.
    links : tuple, length k
        For each risk factor the resilience factors linked to it, each with its kappa, shape (g,).
    forms : tuple of (Sums, slice)
        Which part of the piece meets resilience in which form.
    """

    columns: NDArray[np.intp]
    within: float
    across: Numbers | None
    risk: Weighing
    resilience: Weighing
    factors: Numbers
    views: Numbers
    strengths: Numbers
    links: tuple[tuple[tuple[int, Numbers], ...], ...]
    forms: tuple[tuple[Sums, slice], ...]

    @property
    def number(self) -> type[np.floating]:
        """The type of all numbers of the piece."""
        return self.factors.dtype.type


def in_pieces(drawn: Drawn, sums: Sums) -> tuple[Piece, ...]:
    """Cut draws into pieces with one exponent each, of at most ``PIECE`` draws.

    Parameters
    ----------
    drawn : Drawn
        The choices of d draws.
    sums : Sums
        Views and gate, which are not drawn.

    Returns
    -------
    tuple of Piece
        Every draw is in one of them.

    Examples
    --------
    >>> from r2prisk.scoring.kernel import Side
    >>> side = Side((), (), np.ones(0), 1.0)
    >>> sums = Sums(side, side, np.ones((0, 0)), np.ones((1, 0)), np.ones(0))
    >>> no = np.ones((0, 3))
    >>> drawn = Drawn(np.array([2.0, 1.0, 2.0]), np.ones(3), (), (), no, no, no, no,
    ...     np.ones((0, 0, 3)), np.array(["ratio", "ratio", "damping"]))
    >>> [(piece.within, piece.columns.tolist()) for piece in in_pieces(drawn, sums)]
    [(1.0, [1]), (2.0, [2, 0])]
    """
    order = np.lexsort((drawn.forms, drawn.within))
    pieces: list[Piece] = []
    for exponent in np.unique(drawn.within):
        group = order[drawn.within[order] == exponent]
        cuts = range(PIECE, len(group), PIECE)
        pieces += [_piece(drawn, sums, columns) for columns in np.split(group, cuts)]
    return tuple(pieces)


def _piece(drawn: Drawn, sums: Sums, columns: NDArray[np.intp]) -> Piece:
    exponents = (drawn.within[columns], drawn.across[columns])
    steep = any(bool((e > STEEP).any()) for e in exponents)
    number = np.float64 if steep else np.float32

    def some(array: Floats) -> Numbers:
        return np.ascontiguousarray(array[..., columns], dtype=number)

    factors = some(drawn.factors)
    return Piece(
        columns=columns,
        within=float(exponents[0][0]),
        across=None if bool((exponents[1] == 1.0).all()) else some(drawn.across),
        risk=Weighing(tuple(map(some, drawn.risk)), some(drawn.risk_spare)),
        resilience=Weighing(tuple(map(some, drawn.resilience)), some(drawn.resilience_spare)),
        factors=factors,
        views=sums.views[:, :, None].astype(number) * factors,
        strengths=some(drawn.strengths),
        links=tuple(
            tuple((r, some(row[r])) for r in np.flatnonzero(row.any(axis=-1)).tolist())
            for row in drawn.kappa
        ),
        forms=_forms(drawn, sums, columns),
    )


def _forms(drawn: Drawn, sums: Sums, columns: NDArray[np.intp]) -> tuple[tuple[Sums, slice], ...]:
    names = drawn.forms[columns]
    starts = np.flatnonzero(np.append(True, names[1:] != names[:-1])).tolist()
    ends = [*starts[1:], len(names)]
    return tuple(
        (dataclasses.replace(sums, form=str(names[start])), slice(start, end))
        for start, end in zip(starts, ends, strict=True)
    )
