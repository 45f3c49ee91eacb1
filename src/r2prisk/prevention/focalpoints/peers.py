"""Who could be a peer for whom: a like risk profile, and strengths that complement each other."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.prevention.contrasts.near import distances, least_shared
from r2prisk.prevention.contrasts.twins import CALIPER
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.prevention.focalpoints.network import Network
from r2prisk.prevention.focalpoints.show import Showing, Shown, View
from r2prisk.prevention.focalpoints.watched import row_at
from r2prisk.scoring.scores import RESTRICTED, Scores, need_scores, rest_on_closed

Floats = NDArray[np.float64]

STRONG, WEAK = 0.6, 0.4
"""Strength of a resilience factor from which it counts as strong, and up to which as weak."""

COLUMNS = (
    *("unit", "country", "distance", "shared", "they_have", "you_have"),
    *("state", "months", "seniority"),
)
"""The columns of the table of peers."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Peers(Showing):
    """Members of a network who could be a peer for one; made by ``peers``.

    Parameters
    ----------
    unit, period : str
        Whose peers, and in which period all were compared.
    table : pandas.DataFrame
        Those within ``CALIPER`` first, of these those with what the unit lacks, then by distance;
        those farther away only where too few are near. ``unit``, ``country``;
        ``distance`` (root mean square over shared risk factors, 0 to 1) and ``shared`` (how many);
        ``they_have`` and ``you_have`` (resilience factors in which one is strong and the other
        weak, tuples of identifiers); ``state`` of the post, ``months`` in post, ``seniority``.
    titles : dict of str to str
        Of the resilience factors.
    unknown : tuple of str
        Resilience factors that are unknown of the unit itself, or of which too little is rated.
    left_out : pandas.DataFrame
        Members that could not be compared: ``unit`` and ``reason``.
    closed : bool
        Whether the scores rest on evidence that is not for everybody.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [("DNK", "Denmark", 0.1, 9, ("SGS2",), (), "held", 12.0, "")], columns=list(COLUMNS))
    >>> left = pd.DataFrame(columns=["unit", "reason"])
    >>> found = Peers("GHA", "2020", table, {"SGS2": "Democracy"}, (), left, False)
    >>> found.sentences()[0].partition("; ")[2]
    'Denmark is strong and Ghana weak in Democracy (SGS2).'
    """

    unit: str
    period: str
    table: pd.DataFrame
    titles: dict[str, str]
    unknown: tuple[str, ...]
    left_out: pd.DataFrame
    closed: bool

    def sentences(self) -> tuple[str, ...]:
        """Return why each could be a peer, a sentence for each row of the table."""
        return tuple(self._why(row) for _, row in self.table.iterrows())

    def _why(self, row: pd.Series[str]) -> str:
        own, other = load_units()[self.unit].name, row["country"]
        near = f"{other} differs from {own} by {row['distance']:.2f} over {row['shared']} factors"
        parts = [
            f"{strong} is strong and {weak} weak in "
            f"{', '.join(f'{self.titles[n]} ({n})' for n in row[names])}"
            for strong, weak, names in ((other, own, "they_have"), (own, other, "you_have"))
            if len(row[names])
        ]
        told = "; ".join(parts) or "no strength of one is a known weakness of the other"
        if parts and not len(row["they_have"]):
            told += f", and {other} has no strength that {own} is known to lack"
        return f"{near} of risk; {told}."

    def _far(self) -> list[str]:
        """Name those that are there only because too few are near."""
        far = self.table[self.table["distance"] > CALIPER]
        if far.empty:
            return []
        near = len(self.table) - len(far)
        told = f"Only {near}" if near else "None"
        names = ", ".join(
            f"{a} ({x:.2f})" for a, x in zip(far["country"], far["distance"], strict=True)
        )
        return [f"{told} within {CALIPER:g} in risk; farther away, the nearest first: {names}."]

    def _view(self) -> View:
        table = self.table
        shown = pd.DataFrame(
            {
                "country": table["country"],
                "distance": [f"{x:.2f}" for x in table["distance"]],
                "shared": table["shared"],
                "only it is strong": [", ".join(x) or "none" for x in table["they_have"]],
                f"only {self.unit} is strong": [", ".join(x) or "none" for x in table["you_have"]],
                "post": table["state"],
                "months": ["-" if np.isnan(x) else f"{x:.0f}" for x in table["months"]],
            }
        )
        units = load_units()
        left = [
            f"{reason}: {', '.join(units[str(unit)].name for unit in part['unit'])}"
            for reason, part in self.left_out.groupby("reason", sort=False)
        ]
        name = units[self.unit].name
        fit = [bool(a or b) for a, b in zip(table["they_have"], table["you_have"], strict=True)]
        why = tuple(told for told, one in zip(self.sentences(), fit, strict=True) if one)
        member = "member" if len(table) == 1 else "members"
        return View(
            f"Peers for {name} ({self.unit}), {self.period}: {len(table)} {member} compared",
            (
                *(
                    [Shown("Members", shown, ("distance", "shared", "months"))]
                    if len(table)
                    else []
                ),
                *self._far(),
                why or "No strength of one is a known weakness of another.",
                (
                    f"Strong is {STRONG:g} or more where the other is {WEAK:g} or less; what is "
                    "unknown, or of which too little is rated, counts as neither. Distance is over "
                    "the risk factors known of both."
                ),
                *(
                    [f"Unknown of {name}, or too little rated: {', '.join(self.unknown)}."]
                    if self.unknown
                    else []
                ),
                *([f"Left out: {'; '.join(left)}."] if left else []),
                *([RESTRICTED] * self.closed),
                "Likeness of scores is a reason to talk, not a recommendation.",
            ),
        )


def peers(
    network: Network, scores: Scores, unit: str, *, period: object = None, count: int = 5
) -> Peers:
    """Return the members of a network who could be a peer for one country.

    ``d = sqrt(sum_f (x_f - y_f)^2 / m)`` over the ``m`` risk factors known of both, and the
    resilience factors in which one is strong (0.6 or more) where the other is weak (0.4 or less). A
    factor of which less is rated than a band needs counts as unknown.

    Parameters
    ----------
    network : Network
        As :func:`read_network` reads it.
    scores : Scores, shape (n,)
        Of the members.
    unit : str
        Whose peers, by code or name; it need not be a member itself.
    period : period, int or str, optional
        In which all are compared; the unit's latest with a score if not given.
    count : int
        How many at most, 1 or more.

    Returns
    -------
    Peers
        Those within 0.15 first, of these those with complementary strengths (they have what the
        country lacks), then the nearest; those farther away, the nearest first, only where fewer
        than ``count`` are near; who was left out, and why.

    Raises
    ------
    InputError
        If a unit or the period is not there, or the count is no such number.

    Examples
    --------
    Denmark has laws where Ghana has none, and the other way round with elections:

    >>> from r2prisk import read_panel, score
    >>> from r2prisk.prevention.focalpoints import read_network
    >>> risk = {f"{n}.1": [0.2, 0.4] for n in range(1, 8)}
    >>> strengths = {"SGS1.1": [0.9, 0.2], "SGS1.2": [0.9, 0.2]}
    >>> strengths |= {"SGS2.1": [0.1, 0.8], "SGS2.2": [0.1, 0.8]}
    >>> rows = pd.DataFrame({"unit": ["DNK", "GHA"], "year": 2020, **risk, **strengths})
    >>> network = read_network(pd.DataFrame({"unit": ["DNK", "GHA"]}), on="2021")
    >>> found = peers(network, score(read_panel(rows)), "GHA")
    >>> found.table[["unit", "distance", "they_have", "you_have"]].round(2).to_numpy().tolist()
    [['DNK', 0.2, ('SGS1',), ('SGS2',)]]
    """
    need_scores(scores, "peers")
    problems: list[str] = []
    code = country_of(unit, problems)
    if count < 1:
        problems.append(f"count is {count}; it must be 1 or more")
    if problems:
        raise InputError("peers", problems)
    here = row_at(scores, code, period)
    frame = scores.to_frame()
    same = frame[frame.index.get_level_values("period").astype(str) == here.period]
    place = {str(name): n for n, name in enumerate(same.index.get_level_values("unit"))}
    risk = [f.id for f in scores.risk_framework.factors]
    titles = {f.id: f.title for f in scores.resilience_framework.factors}
    profiles: Floats = same[risk].to_numpy(dtype=np.float64)
    far, shared = distances(profiles, profiles[place[code]])
    least = least_shared(int(shared[place[code]]))
    strengths = _strengths(same, list(titles), scores.profile.missing.band_coverage)
    own = strengths[place[code]]
    rows: list[tuple[Any, ...]] = []
    left: list[tuple[str, str]] = []
    for other, member in network.members.drop(index=code, errors="ignore").iterrows():
        at = place.get(str(other))
        if at is None or not shared[at]:
            left.append((str(other), f"no scores in {here.period}"))
        elif shared[at] < least:
            told = f"fewer than {least} risk factors known of both"
            left.append((str(other), told))
        else:
            theirs = strengths[at]
            both = (_complements(theirs, own, titles), _complements(own, theirs, titles))
            post = (member[name] for name in ("state", "months", "seniority"))
            rows.append((other, member["country"], far[at], int(shared[at]), *both, *post))
    rows.sort(key=_order)
    left += [(str(row[0]), "come after these") for row in rows[count:]]
    return Peers(
        unit=code,
        period=here.period,
        table=pd.DataFrame(rows[:count], columns=pd.Index(COLUMNS)),
        titles=titles,
        unknown=tuple(n for n, x in zip(titles, own, strict=True) if np.isnan(x)),
        left_out=pd.DataFrame(left, columns=["unit", "reason"]),
        closed=rest_on_closed(scores),
    )


def _order(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what puts the near first, of these those with what the other lacks, then by distance.

    ``row`` begins with the columns of the table.
    """
    unit, _, distance, _, they_have = row[:5]
    far = bool(distance > CALIPER)
    return far, not (far or they_have), distance, unit


def _strengths(rows: pd.DataFrame, names: list[str], floor: float) -> Floats:
    """Return the strengths of resilience factors, unknown where too little of one is rated."""
    strengths: Floats = rows[names].to_numpy(dtype=np.float64)
    rated: Floats = rows[[f"{name}_coverage" for name in names]].to_numpy(dtype=np.float64)
    # rounded so that a strength of 0.6 is not below it by its last bit
    return np.where(rated < floor, np.nan, np.round(strengths, 12))


def _complements(giver: Floats, taker: Floats, names: Iterable[str]) -> tuple[str, ...]:
    """Return the factors in which one is strong and the other weak; unknown is neither."""
    fits = (giver >= STRONG) & (taker <= WEAK)
    return tuple(name for name, fit in zip(names, fits, strict=True) if fit)
