"""Why pairs were not made, and why needs were not served."""

from __future__ import annotations

import pandas as pd

from r2prisk.prevention.assistance.board import Board, Pair, Refusal
from r2prisk.prevention.assistance.show import small
from r2prisk.prevention.assistance.solve import TIE

REFUSED = ("unit", "offer", "kind", "reason")
GAPS = ("unit", "indicator", "label", "gain", "value", "why")


def refusals_of(board: Board, made: list[Pair]) -> pd.DataFrame:
    """Return every pair that was not made, with its reason.

    A pair that could have been made is compared with those that were: what it would add to its
    unit beside what serves it already, and what its offer, or its unit's other offers, add where
    they are.
    """
    by_unit = {unit: [one for one in made if one[0] == unit] for unit in board.needs}
    adds = {pair: _adds(board, by_unit[pair[0]], pair) for pair in board.allowed}
    done = set(made)
    rows: list[tuple[str, ...]] = []
    for pair in board.serves:
        if pair in done:
            continue
        why = board.barred.get(pair) or _elsewhere(board, made, pair, adds)
        rows.append((*pair, why.kind, why.reason))
    return pd.DataFrame(rows, columns=pd.Index(REFUSED))


def _adds(board: Board, here: list[Pair], pair: Pair) -> float:
    """Return what a pair adds to its unit beside the other pairs there."""
    served = {name for one in here if one != pair for name in board.serves[one]}
    return board.worth(pair[0], [name for name in board.serves[pair] if name not in served])


def _elsewhere(board: Board, made: list[Pair], pair: Pair, adds: dict[Pair, float]) -> Refusal:
    """Say why a pair that could be made was not."""
    unit, offer = pair
    here = [one for one in made if one[0] == unit]
    there = [one for one in made if one[1] == offer]
    largest = max(max(values.values(), default=0.0) for values in board.values.values())
    if adds[pair] <= 3.0 * TIE * largest:
        same = [one[1] for one in here if set(board.serves[one]) & set(board.serves[pair])]
        by = f"is served by {_and(same)}" if same else "is too small to count"
        return Refusal("served already", f"what it would add there {by}")
    reasons: list[str] = []
    capacity = int(board.offers.table["capacity"].loc[offer])
    if len(there) >= capacity:
        where = ", ".join(f"{one[0]} (worth {small(adds[one])})" for one in there)
        reasons.append(
            f"its capacity of {capacity} went to {where}; here it is worth {small(adds[pair])}"
        )
    room = board.limits.room(unit)
    if len(here) >= room:
        least = min((adds[one] for one in here), default=0.0)
        compared = f", of which the least is worth {small(least)}" if here else ""
        reasons.append(
            f"{unit} takes no more than {room}{compared}; this one is worth {small(adds[pair])}"
        )
    kind = "capacity elsewhere" if len(there) >= capacity else "country full"
    return Refusal(kind, "; and ".join(reasons))


def gaps_of(board: Board, made: list[Pair]) -> pd.DataFrame:
    """Return the needs that no pair serves, with the reason: columns ``GAPS``."""
    served = board.served_by(made)
    rows: list[tuple[object, ...]] = []
    for unit, found in board.needs.items():
        for need, line in found.table.iterrows():
            if need in served[unit]:
                continue
            could = [o for (u, o), needs in board.serves.items() if u == unit and need in needs]
            why = _gap(board, unit, could)
            rows.append((unit, need, line["label"], line["gain"], line["value"], why))
    return pd.DataFrame(rows, columns=pd.Index(GAPS))


def _gap(board: Board, unit: str, could: list[str]) -> str:
    if not could:
        return "no offer serves it"
    kinds = [board.barred[unit, o].kind for o in could if (unit, o) in board.barred]
    if len(kinds) < len(could):
        return "capacity went elsewhere, or the country takes no more"
    return f"every offer for it is barred: {', '.join(dict.fromkeys(kinds))}"


def _and(names: list[str]) -> str:
    return " and ".join(names) if len(names) < 3 else f"{', '.join(names[:-1])} and {names[-1]}"
