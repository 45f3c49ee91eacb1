"""What is matched: needs and offers, what a matching keeps to, and which pairs may be made."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from functools import cached_property

import pandas as pd

from r2prisk.catalogue.export import safe_cell
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.prevention.assistance.harm import Harm, harm
from r2prisk.prevention.assistance.needs import Needs
from r2prisk.prevention.assistance.offers import Offers
from r2prisk.prevention.assistance.tools import RULED_OUT, load_assistance
from r2prisk.scoring.changes.row import is_number
from r2prisk.scoring.uncertainty.gate import whole

Pair = tuple[str, str]
"""A unit and an offer."""


@dataclasses.dataclass(frozen=True)
class Constraints:
    """What a matching must keep to, besides capacities and rules against harm.

    Parameters
    ----------
    absorb : int or mapping of str to int, optional
        How many offers a unit can take, 0 or more; by unit or for all; where nothing is named the
        number declared in ``assistance.toml``.
    within : float, optional
        Leaves out offers with a longer lead time, in months.
    required, forbidden : collection of (unit, offer)
        Pairs that must, or must not, be made. A required pair is still ruled out by a rule.

    Examples
    --------
    >>> Constraints(absorb={"GHA": 2}).room("GHA"), Constraints().room("GHA")
    (2, 3)
    """

    absorb: int | Mapping[str, int] | None = None
    within: float | None = None
    required: Collection[Pair] = ()
    forbidden: Collection[Pair] = ()

    def room(self, unit: str) -> int:
        """Return how many offers a unit can take."""
        declared = load_assistance().absorb
        if isinstance(self.absorb, Mapping):
            return self.absorb.get(unit, declared)
        return declared if self.absorb is None else self.absorb


@dataclasses.dataclass(frozen=True)
class Refusal:
    """Why a pair is not made: in a few words, and as a sentence."""

    kind: str
    reason: str


@dataclasses.dataclass(frozen=True, eq=False)
class Board:
    """Needs by unit, offers, and what to keep to.

    Parameters
    ----------
    needs : dict of str to Needs
        By unit, sorted.
    offers : Offers
        As read.
    limits : Constraints
        What to keep to.
    before : frozenset of (unit, offer)
        Pairs of the previous matching.
    """

    needs: dict[str, Needs]
    offers: Offers
    limits: Constraints
    before: frozenset[Pair] = frozenset()

    @cached_property
    def harms(self) -> dict[tuple[str, str], Harm]:
        """What the rules say of each tool in each unit."""
        tools = sorted(set(self.offers.table["tool"]))
        return {
            (u, tool): harm(found.row, tool) for u, found in self.needs.items() for tool in tools
        }

    @cached_property
    def rows(self) -> dict[str, dict[str, object]]:
        """The cells of each offer."""
        rows = self.offers.table.to_dict("index")
        return {str(name): {str(k): v for k, v in row.items()} for name, row in rows.items()}

    @cached_property
    def listed(self) -> dict[str, tuple[str, ...]]:
        """The indicators that each offer serves."""
        return {str(name): own for name, own in self.offers.table["indicators"].items()}

    @cached_property
    def serves(self) -> dict[Pair, tuple[str, ...]]:
        """The needs that each offer would serve in each unit, largest gain first."""
        return {
            (u, o): tuple(name for name in values if name in own)
            for u, values in self.values.items()
            for o, own in self.listed.items()
        }

    @cached_property
    def values(self) -> dict[str, dict[str, float]]:
        """The value of each need of each unit."""
        return {
            unit: {str(name): float(x) for name, x in found.table["value"].items()}
            for unit, found in self.needs.items()
        }

    @cached_property
    def barred(self) -> dict[Pair, Refusal]:
        """The pairs that may not be made, or would serve nothing, each with the first reason."""
        found = {pair: self._bar(*pair) for pair in self.serves}
        return {pair: refusal for pair, refusal in found.items() if refusal is not None}

    @cached_property
    def allowed(self) -> list[Pair]:
        """The pairs that may be made."""
        return [pair for pair in self.serves if pair not in self.barred]

    def served_by(self, pairs: Collection[Pair]) -> dict[str, set[str]]:
        """Return the needs of each unit that some pairs serve."""
        served: dict[str, set[str]] = {unit: set() for unit in self.needs}
        for pair in pairs:
            served[pair[0]].update(self.serves[pair])
        return served

    def worth(self, unit: str, indicators: Collection[str]) -> float:
        """Return the total value of some needs of a unit."""
        values = self.values[unit]
        return sum((values[name] for name in indicators), 0.0)

    def _bar(self, unit: str, offer: str) -> Refusal | None:
        row, found = self.rows[offer], self.needs[unit]
        open_to, lead = row["open_to"], row["lead_time"]
        # first, so that no other reason hides it
        ruled = self.harms[unit, str(row["tool"])].ruled_out
        if ruled:
            return Refusal(RULED_OUT, " / ".join(ruled))
        if str(row["partner"]).casefold() in {unit.casefold(), load_units()[unit].name.casefold()}:
            return Refusal("itself", "a country is no partner of its own")
        if open_to and unit not in open_to:  # pyright: ignore[reportOperatorIssue]
            return Refusal("not open", "the partner may not work there with this tool")
        if not self.serves[unit, offer]:
            own = self.listed[offer]
            unseen = all(name in found.find_out.index for name in own)
            kind = "what it serves is unknown" if unseen else "serves no need"
            return Refusal(kind, _no_need(found, own))
        within = self.limits.within
        if within is not None and lead > within:  # pyright: ignore[reportOperatorIssue]
            return Refusal("too late", f"it takes {lead:g} months, and {within:g} are allowed")
        if (unit, offer) in {tuple(pair) for pair in self.limits.forbidden}:
            return Refusal("forbidden", "the pair was forbidden")
        return None


def _no_need(found: Needs, indicators: Collection[str]) -> str:
    """Say why what an offer serves is no need: strong already, unknown, or without effect."""
    parts: dict[str, list[str]] = {}
    for name in indicators:
        if name in found.find_out.index:
            kind = "unknown there, find out first"
        elif name in found.no_gain.index:
            kind = "no gain in this profile"
        elif name in found.strong.index:
            kind = "strong already"
        else:
            kind = "not applicable"
        parts.setdefault(kind, []).append(name)
    return "; ".join(f"{', '.join(names)}: {kind}" for kind, names in parts.items())


def board_of(
    needs: Collection[Needs],
    offers: Offers,
    limits: Constraints,
    previous: pd.DataFrame | None,
) -> Board:
    """Put needs and offers on one board, in an order that does not depend on theirs.

    Raises
    ------
    InputError
        With all faults.
    """
    if not isinstance(offers, Offers):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InputError("match", [f"offers: needs Offers, not {type(offers).__name__}"])
    units = [found.unit for found in needs]
    problems = [] if units else ["needs: there are none"]
    twice = sorted({unit for unit in units if units.count(unit) > 1})
    problems += [f"needs: {unit} is there more than once; one period a unit" for unit in twice]
    problems += _faults(limits, units, offers)
    before = _previous(previous, offers, problems)
    if problems:
        raise InputError("match", problems)
    by_unit = {found.unit: found for found in sorted(needs, key=lambda found: found.unit)}
    board = Board(by_unit, offers, limits, before)
    barred = {pair: board.barred[pair] for pair in limits.required if pair in board.barred}
    problems = [f"required pair {u}, '{o}': {why.reason}" for (u, o), why in barred.items()]
    if problems:
        raise InputError("match", problems)
    return board


def _faults(limits: Constraints, units: list[str], offers: Offers) -> list[str]:
    """Return what is wrong with the numbers and pairs of constraints."""
    absorb = limits.absorb
    rooms = absorb if isinstance(absorb, Mapping) else {} if absorb is None else {"all": absorb}
    problems = [
        f"absorb: {unit} is {room!r}; allowed is a whole number, 0 or more"
        for unit, room in rooms.items()
        if not (whole(room) and room >= 0)
    ]
    if isinstance(absorb, Mapping):
        odd = [unit for unit in absorb if unit not in units]
        problems += [
            f"absorb: no unit '{unit}' among the needs{nearest(unit, units)}" for unit in odd
        ]
    within = limits.within
    if within is not None and not (is_number(within) and within >= 0.0):
        problems.append(f"within is {within!r}; allowed are months, 0 or more")
    for what, pairs in (("required", limits.required), ("forbidden", limits.forbidden)):
        for unit, offer in pairs:
            if unit not in units:
                hint = nearest(unit, units)
                problems.append(f"{what}: no unit '{unit}' among the needs{hint}")
            if offer not in offers.table.index:
                hint = nearest(offer, map(str, offers.table.index))
                problems.append(f"{what}: no offer '{offer}'{hint}")
    both = {tuple(pair) for pair in limits.required} & {tuple(pair) for pair in limits.forbidden}
    problems += [f"{unit}, '{offer}' is required and forbidden" for unit, offer in sorted(both)]
    return problems


def _previous(
    previous: pd.DataFrame | None, offers: Offers, problems: list[str]
) -> frozenset[Pair]:
    """Return the pairs that an earlier matching made; offers that are gone are simply not there."""
    if previous is None:
        return frozenset()
    missing = [name for name in ("unit", "offer", "matched") if name not in previous]
    if missing:
        problems.append(f"previous: no column {', '.join(missing)}; give what r2prisk match wrote")
        return frozenset()
    made = previous[previous["matched"] == "yes"]
    # in a file a name that looks like a formula stands behind an apostrophe
    names = {safe_cell(str(name)): str(name) for name in offers.table.index}
    offered = [names.get(safe_cell(str(name)), str(name)) for name in made["offer"]]
    return frozenset(zip(made["unit"].astype(str), offered, strict=True))
