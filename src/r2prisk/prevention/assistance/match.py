"""Who could help whom with what: offers matched to needs."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from r2prisk.prevention.assistance.board import Board, Constraints, Pair, board_of
from r2prisk.prevention.assistance.needs import Needs
from r2prisk.prevention.assistance.offers import Offers
from r2prisk.prevention.assistance.reasons import gaps_of, refusals_of
from r2prisk.prevention.assistance.show_match import match_html, match_text
from r2prisk.prevention.assistance.solve import Problem, solve

TUPLES = ("serves", "could_rule_out", "find_out")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Match:
    """Who could help whom with what, pair by pair; made by ``match``.

    Parameters
    ----------
    pairs : pandas.DataFrame
        One row for each pair made, by unit and offer: ``unit``, ``offer``, ``partner``, ``tool``,
        ``serves`` (tuple of indicators), ``gain`` (sum of their single gains), ``value``, ``adds``
        (what the total would lose without this pair), ``present`` (whether the partner is at work
        there), ``kept`` (whether it was in the previous matching), ``lead_time`` (months),
        ``cautions``, ``could_rule_out`` and ``find_out`` (tuples of str; unknown risk indicators).
    refused : pandas.DataFrame
        Every pair not made: ``unit``, ``offer``, ``kind`` (a few words), ``reason`` (a sentence).
    gaps : pandas.DataFrame
        Needs that no pair serves: ``unit``, ``indicator``, ``label``, ``gain``, ``value``, ``why``.
    unused : tuple of str
        Offers in no pair.
    units : pandas.DataFrame
        Index ``unit``: ``period``, ``band``, ``residual_risk``, ``after`` (if every need served
        moves one step, scored together), ``fall``, ``single`` (the sum of single gains, which
        differs), ``needs``, ``served``, ``pairs``, ``room``.
    value : float
        Of all needs served; no matching within the constraints is worth more.
    needs : dict of str to Needs
        By unit.
    offers : Offers
        As given.
    constraints : Constraints
        As given.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.prevention.assistance import needs, read_offers
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "9.1": 0.8, "SGS6.1": 0.5}))
    >>> offer = pd.DataFrame({"partner": ["Aland"], "tool": ["inclusion"], "capacity": [1]})
    >>> found = match([needs(score(panel), "KEN")], read_offers(offer))
    >>> found.pairs[["unit", "serves"]].to_numpy().tolist(), found.units["fall"].round(4).tolist()
    ([['KEN', ('SGS6.1',)]], [0.0086])
    """

    pairs: pd.DataFrame
    refused: pd.DataFrame
    gaps: pd.DataFrame
    unused: tuple[str, ...]
    units: pd.DataFrame
    value: float
    needs: dict[str, Needs]
    offers: Offers
    constraints: Constraints

    def to_frame(self) -> pd.DataFrame:
        """Return every pair, made or not, one a row, with texts for a file.

        ``matched`` is yes or no; ``previous`` of :func:`match` reads it back.
        """
        joined = {name: self.pairs[name].map("; ".join) for name in TUPLES}
        made = self.pairs.assign(
            **joined, cautions=self.pairs["cautions"].map(" / ".join), matched="yes"
        )
        made = made.assign(present=np.where(made["present"], "yes", "no"))
        table = self.offers.table[["partner", "tool", "lead_time"]]
        secret = self.offers.table["sensitivity"]
        left = self.refused.join(table, on="offer").assign(matched="no")
        names = ["unit", "period", "offer", "partner", "tool", "matched", "serves", "gain", "value"]
        names += [
            "adds",
            "present",
            "lead_time",
            "cautions",
            "could_rule_out",
            "find_out",
            "reason",
            "sensitivity",
        ]
        parts = [part for part in (made, left) if len(part)]
        frame = pd.concat(parts, ignore_index=True)
        frame = frame.assign(
            period=frame["unit"].map(self.units["period"]), sensitivity=frame["offer"].map(secret)
        ).reindex(columns=names)
        order = ["unit", "matched", "offer"]
        return frame.sort_values(order, ascending=[True, False, True], ignore_index=True)

    def __repr__(self) -> str:
        return match_text(self)

    def _repr_html_(self) -> str:
        return match_html(self)


def match(
    needs: Iterable[Needs],
    offers: Offers,
    *,
    constraints: Constraints | None = None,
    previous: pd.DataFrame | None = None,
) -> Match:
    """Match offers to needs so that the needs served are worth most together.

    Maximises ``sum value[u, i] y[u, i]`` over whether offer o works in unit u, ``x[u, o]``: a need
    is served if one of the offers there serves it, and counts once. Each offer works in no more
    units than its capacity, each unit takes no more offers than it can absorb; pairs that a rule
    rules out, that come too late or are forbidden are never made. Exact.

    Parameters
    ----------
    needs : iterable of Needs
        One of each unit, from :func:`r2prisk.prevention.assistance.needs`.
    offers : Offers
        As :func:`r2prisk.prevention.assistance.read_offers` reads them.
    constraints : Constraints, optional
        What to keep to; the declared defaults if not given.
    previous : pandas.DataFrame, optional
        An earlier ``Match.to_frame()``: of matchings that are worth the same, the one that keeps
        most of its pairs is taken.

    Returns
    -------
    Match
        The pairs made and why, the pairs not made and why not, gaps and unused offers. The same
        input gives the same matching, whatever the order of units and lines.

    Raises
    ------
    InputError
        With all faults: no needs, a unit twice, a number out of range, a pair of an offer or unit
        that is not there, a required pair that cannot be made.
    R2PRiskError
        If no matching holds all required pairs within capacities.

    Notes
    -----
    A maximum coverage problem with capacities, solved as a mixed-integer program by HiGHS:
    Huangfu and Hall 2018, doi:10.1007/s12532-017-0130-5.

    Examples
    --------
    One place, and two countries with the same need: it goes where a step takes off more.

    >>> from r2prisk import read_panel, score
    >>> from r2prisk.prevention.assistance import needs, read_offers
    >>> rows = {"unit": ["KEN", "GHA"], "year": 2008, "9.1": [0.8, 0.4], "SGS6.1": 0.5}
    >>> scores = score(read_panel(pd.DataFrame(rows)))
    >>> one = pd.DataFrame({"partner": ["Aland"], "tool": ["inclusion"], "capacity": [1]})
    >>> found = match([needs(scores, "KEN"), needs(scores, "GHA")], read_offers(one))
    >>> found.pairs["unit"].tolist(), found.refused["unit"].tolist()
    (['KEN'], ['GHA'])
    """
    board = board_of(list(needs), offers, constraints or Constraints(), previous)
    problem = _problem(board)
    chosen = solve(problem)
    made = [pair for pair, yes in zip(board.allowed, chosen, strict=True) if yes]
    used = {offer for _, offer in made}
    return Match(
        pairs=_pairs(board, made),
        refused=refusals_of(board, made),
        gaps=gaps_of(board, made),
        unused=tuple(str(name) for name in offers.table.index if name not in used),
        units=_units(board, made),
        value=problem.worth(chosen),
        needs=board.needs,
        offers=offers,
        constraints=board.limits,
    )


def _problem(board: Board) -> Problem:
    """Return the pairs that may be made, and the needs that they would serve, as arrays."""
    units, names = list(board.needs), [str(name) for name in board.offers.table.index]
    allowed = board.allowed
    slots: dict[tuple[str, str], int] = {}
    served: list[tuple[int, int]] = []
    for at, (unit, offer) in enumerate(allowed):
        for need in board.serves[unit, offer]:
            served.append((slots.setdefault((unit, need), len(slots)), at))
    row, column = np.array(served, dtype=np.intp).reshape(-1, 2).T
    shape = (len(slots), len(allowed))
    required = {tuple(pair) for pair in board.limits.required}
    there = board.offers.table["countries"].to_dict()
    return Problem(
        units=np.array([units.index(unit) for unit, _ in allowed], dtype=np.intp),
        offers=np.array([names.index(offer) for _, offer in allowed], dtype=np.intp),
        serves=csr_array((np.ones(len(row)), (row, column)), shape=shape),
        values=np.array([board.values[u][i] for u, i in slots], dtype=np.float64),
        absorb=np.array([board.limits.room(unit) for unit in units], dtype=np.intp),
        capacity=board.offers.table["capacity"].to_numpy(dtype=np.intp),
        required=np.array([pair in required for pair in allowed], dtype=bool),
        kept=np.array([pair in board.before for pair in allowed], dtype=bool),
        present=np.array([unit in there[offer] for unit, offer in allowed], dtype=bool),
    )


PAIRS = (
    "unit",
    "offer",
    "partner",
    "tool",
    "serves",
    "gain",
    "value",
    "adds",
    "present",
    "kept",
    "lead_time",
    "cautions",
    "could_rule_out",
    "find_out",
)


def _pairs(board: Board, made: list[Pair]) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    for unit, offer in made:
        row, served = board.rows[offer], board.serves[unit, offer]
        others = board.served_by([pair for pair in made if pair != (unit, offer)])[unit]
        seen = board.harms[unit, str(row["tool"])]
        table = board.needs[unit].table
        rows.append(
            {
                "unit": unit,
                "offer": offer,
                "partner": row["partner"],
                "tool": row["tool"],
                "serves": served,
                "gain": float(table["gain"].loc[list(served)].sum()),
                "value": board.worth(unit, served),
                "adds": board.worth(unit, [name for name in served if name not in others]),
                "present": unit in board.offers.table["countries"].loc[offer],
                "kept": (unit, offer) in board.before,
                "lead_time": row["lead_time"],
                "cautions": seen.cautions,
                "could_rule_out": seen.could_rule_out,
                "find_out": seen.unknown,
            }
        )
    return pd.DataFrame(rows, columns=pd.Index(PAIRS))


def _units(board: Board, made: Collection[Pair]) -> pd.DataFrame:
    """Return what the needs served would do together, unit by unit: exact, by scoring."""
    served = board.served_by(made)
    rows: list[dict[str, object]] = []
    for unit, found in board.needs.items():
        names = [name for name in found.table.index if name in served[unit]]
        after = found.after(names)
        rows.append(
            {
                "period": found.period,
                "band": found.band,
                "residual_risk": found.residual_risk,
                "after": after,
                "fall": found.residual_risk - after,
                "single": float(found.table["gain"].loc[names].sum()),
                "needs": len(found.table),
                "served": len(names),
                "pairs": sum(pair[0] == unit for pair in made),
                "room": board.limits.room(unit),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(list(board.needs), name="unit"))
