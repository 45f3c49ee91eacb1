"""Adjudication: rows that settle others, which are kept."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import nearest
from r2prisk.evidence.words import JOIN

NEVER = np.datetime64("9999-12-31", "D")
"""The day from which a row is settled that is not."""

HINTS = 20
"""How many misspelt identifiers get a hint."""


def links(frame: pd.DataFrame) -> tuple[NDArray[np.intp], list[str], NDArray[np.intp]]:
    """Return which row settles which.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, any)
        With columns ``id`` and ``adjudicates`` (identifiers with a semicolon between them).

    Returns
    -------
    tuple of (array of int, list of str, array of int), each of length m
        The position of the row that settles, the identifier that it settles, and that row's
        position (-1 where the table has none).

    Examples
    --------
    >>> links(pd.DataFrame({"id": ["a", "b"], "adjudicates": ["", "a"]}))
    (array([1]), ['a'], array([0]))
    """
    who = np.flatnonzero(frame["adjudicates"].to_numpy() != "")
    pairs = [(n, name) for n in who for name in frame["adjudicates"].iloc[n].split(JOIN)]
    names = [name for _, name in pairs]
    if not names:
        return np.array([], dtype=np.intp), [], np.array([], dtype=np.intp)
    ids = pd.Index(frame["id"], dtype=object)
    whom = ids.get_indexer(pd.Index(names, dtype=object))
    return np.array([n for n, _ in pairs], dtype=np.intp), names, np.asarray(whom, dtype=np.intp)


def settled_from(frame: pd.DataFrame, exists: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Return the day from which each row counts no more, because another settles it.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, any)
        Checked evidence.
    exists : array of datetime64[D], shape (n,)
        The day from which each row exists.

    Returns
    -------
    array of datetime64[D], shape (n,)
        The first day on which a row that settles it exists; ``NEVER`` where none does.

    Examples
    --------
    >>> settled_from(pd.DataFrame({"id": ["a", "b"], "adjudicates": ["", "a"]}),
    ...     np.array(["2008-01-16", "2008-03-01"], "M8[D]"))
    array(['2008-03-01', '9999-12-31'], dtype='datetime64[D]')
    """
    who, _, whom = links(frame)
    gone = np.full(len(frame), NEVER)
    np.minimum.at(gone, whom, exists[who])
    return gone


def settlement_faults(frame: pd.DataFrame, rows: NDArray[np.int64]) -> list[str]:
    """Return what is wrong with the column ``adjudicates``: each fault with its row.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, any)
        Evidence whose identifiers are unique.
    rows : array of int, shape (n,)
        The number of each row in messages.

    Examples
    --------
    >>> frame = pd.DataFrame({"id": ["a1", "b1"], "unit": "KEN", "indicator": "7.10",
    ...     "adjudicates": ["", "a2"]})
    >>> settlement_faults(frame, np.array([2, 3]))
    ["row 3, column 'adjudicates': no row has the id 'a2'; did you mean 'a1'?"]
    """
    who, names, whom = links(frame)
    cell = frame[["unit", "indicator"]].astype(str).to_numpy()
    problems: list[str] = []
    for by, name, of in zip(who.tolist(), names, whom.tolist(), strict=True):
        where = f"row {rows[by]}, column 'adjudicates'"
        if of < 0:
            # a search among all identifiers would take long, and it must be about the same cell
            hint = ""
            if len(problems) < HINTS:
                others = (cell == cell[by]).all(axis=1)
                others[by] = False
                hint = nearest(name, frame["id"][others])
            problems.append(f"{where}: no row has the id '{name}'{hint}")
        elif of == by:
            problems.append(f"{where}: the row settles itself")
        elif tuple(cell[of]) != tuple(cell[by]):
            mine, other = " ".join(cell[by]), " ".join(cell[of])
            problems.append(f"{where}: '{name}' is about {other} and this row about {mine}")
    return problems or _circles(frame, rows, who, whom)


def _circles(
    frame: pd.DataFrame, rows: NDArray[np.int64], who: NDArray[np.intp], whom: NDArray[np.intp]
) -> list[str]:
    """Name the rows that settle each other in a circle."""
    left = set(zip(who.tolist(), whom.tolist(), strict=True))
    while True:  # who is settled by none that is left, or settles none that is, is in no circle
        inside = {by for by, _ in left} & {of for _, of in left}
        kept = {(by, of) for by, of in left if by in inside and of in inside}
        if kept == left:
            break
        left = kept
    if not left:
        return []
    inside = sorted(inside)
    names = ", ".join(str(frame["id"].iloc[n]) for n in inside)
    return [f"row {rows[inside[0]]}, column 'adjudicates': {names} settle each other in a circle"]
