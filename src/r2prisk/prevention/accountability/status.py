"""Where a State stands on accountability, beside the States of its region."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from r2prisk.about import __version__
from r2prisk.catalogue.regions import GROUPINGS, region_of
from r2prisk.catalogue.units import independent_units, load_units, unit_hint
from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState
from r2prisk.prevention.accountability.files import Fact, Facts, Source, read_facts
from r2prisk.prevention.accountability.items import FileName, Item, load_items
from r2prisk.prevention.accountability.show import as_html, as_text
from r2prisk.scoring import Scores
from r2prisk.scoring.scores import need_scores, rest_on_closed
from r2prisk.sources.mapping import load_mapping

Given = Source | Iterable[Source] | None

FACTOR = "SGS3"
"""The resilience factor that accountability is."""

COLUMNS = (
    *("unit", "item", "group", "title", "status", "told", "since", "as_of", "level"),
    *("region_share", "region_known", "region_members", "gap", "next_step", "help", "source"),
)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Accountability:
    """What a State has bound itself to and does about it; made by :func:`accountability`.

    Parameters
    ----------
    unit : str
        The State.
    region : str
        Those that it is compared with.
    table : pandas.DataFrame
        A row for each item: ``unit`` (the State); ``status``, the same as ``told`` in words,
        ``since``, ``as_of`` and ``level`` (0 to 1, NaN if unknown); ``region_share`` (the mean
        level of the others of which it is known, NaN if of none), ``region_known`` of
        ``region_members``; ``gap`` (whether it is open here and most others have it, as far as it
        is known of half of them); ``next_step``, ``help``, ``source``.
    rated : pandas.DataFrame
        Ratings of SGS3 indicators, as :meth:`ratings` gives them.
    feeds : str
        What the items rate, and what they rate not because it is rated already.
    strength : str
        What scores say of SGS3, if they were given.
    notes : tuple of str
        What was left out or replaced on the way in.
    provenance : dict
        What made it.

    Examples
    --------
    What no file says is unknown, and no gap.

    >>> rows = [("KEN", "iccpr", 1, 1972, "state party"), ("UGA", "iccpr", 1, 1995, "state party")]
    >>> names = ["iso3", "treaty", "state_party", "year_ratified", "status"]
    >>> found = accountability("KEN", treaties=pd.DataFrame(rows, columns=names))
    >>> int((found.table["status"] == "unknown").sum()) == len(found.table) - 1, len(found.gaps())
    (True, 0)
    """

    unit: str
    region: str
    table: pd.DataFrame
    rated: pd.DataFrame
    feeds: str
    strength: str
    notes: tuple[str, ...]
    provenance: dict[str, object]

    def gaps(self) -> pd.DataFrame:
        """Return the items that are open here and that most of the region has, the widest first."""
        found = self.table[self.table["gap"]]
        wide = (found["region_share"] - found["level"]).rename("wide")
        return found.loc[wide.sort_values(ascending=False, kind="stable").index]

    def ratings(self) -> pd.DataFrame:
        """Return ratings of SGS3 indicators, in the form that :func:`r2prisk.read_panel` takes.

        Returns
        -------
        pandas.DataFrame
            Columns ``unit``, ``period``, ``indicator``, ``rating`` (0 to 1); an indicator is left
            out where an item that it needs is unknown, or where the scores that were given have it
            already.
        """
        return self.rated.copy()

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def accountability(
    unit: str,
    *,
    treaties: Given = None,
    criminalisation: Given = None,
    capacities: Given = None,
    cooperation: Given = None,
    upr: Given = None,
    scores: Scores | None = None,
    by: Literal["region", "subregion", "un_group"] = "region",
) -> Accountability:
    """Tell what a State has bound itself to, what its law punishes and whom it lets look.

    Parameters
    ----------
    unit : str
        ISO 3166 alpha-3 code.
    treaties : path-like, pandas.DataFrame or iterable of them, optional
        Status of treaties: ``iso3``, ``treaty``, ``state_party`` (0 or 1), ``year_ratified``,
        ``status``; ``date``, ``note``. A file of your own in the same columns may add
        ``genocide``, ``geneva``, ``ap1`` and ``ap2``, which the public file does not hold, or
        newer answers.
    criminalisation : path-like, pandas.DataFrame or iterable of them, optional
        The InterJust survey of national law.
    capacities : path-like, pandas.DataFrame or iterable of them, optional
        Your ratings of the eight capacities: ``unit``, ``capacity`` (O1 to O8), ``rating``.
    cooperation : path-like, pandas.DataFrame or iterable of them, optional
        What you know of cooperation: ``unit``, ``item``, ``value``.
    upr : path-like, pandas.DataFrame or iterable of them, optional
        Recommendations of the Universal Periodic Review.
    scores : Scores, optional
        Yours: what they have rated already is not rated again.
    by : {"region", "subregion", "un_group"}
        Whom it is compared with: M49 region or sub-region, or UN regional group.

    Returns
    -------
    Accountability
        Items that no file answers are unknown, never open.

    Raises
    ------
    InputError
        With all faults: no file at all, a unit or grouping that is none, every fault in a file.

    Notes
    -----
    Sources: the treaties themselves, as the table names them; A/HRC/30/20 (eight national
    capacities); A/67/929-S/2013/399 (SGS3). Items, their order and the next steps are r2prisk's
    own, declared in ``accountability.toml``.

    Examples
    --------
    >>> rows = [("KEN", "iccpr", 1, 1972, "state party"), ("KEN", "opcat", 0, None, "no action")]
    >>> names = ["iso3", "treaty", "state_party", "year_ratified", "status"]
    >>> found = accountability("KEN", treaties=pd.DataFrame(rows, columns=names))
    >>> table = found.table.set_index("item")
    >>> table.loc[["iccpr", "opcat", "genocide-convention"], "told"].tolist()
    ['party since 1972', 'not party', 'unknown']
    """
    given: dict[FileName, list[Source]] = {
        "treaties": _listed(treaties),
        "criminalisation": _listed(criminalisation),
        "capacities": _listed(capacities),
        "cooperation": _listed(cooperation),
        "upr": _listed(upr),
    }
    _check(unit, by, given, scores)
    facts, notes = read_facts(dict(given))
    others, region = _others(unit, by)
    items = load_items().items
    rows = [_row(item, facts, unit, others) for item in items]
    rated, already, undated = _ratings(facts, unit, scores)
    return Accountability(
        unit=unit,
        region=region,
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        rated=rated,
        feeds=_feeds(rated, already, undated, scores),
        strength=_strength(scores, unit),
        notes=tuple(notes),
        provenance={
            "r2prisk": __version__,
            "call": f"accountability('{unit}', by='{by}')",
            "sources": [_named(kind, one) for kind, list_ in given.items() for one in list_],
            "notes": list(notes),
        },
    )


def _listed(given: Given) -> list[Source]:
    if given is None:
        return []
    return [given] if isinstance(given, (str, os.PathLike, pd.DataFrame)) else list(given)


def _named(kind: str, source: Source) -> str:
    name = "a data frame" if isinstance(source, pd.DataFrame) else Path(source).name
    return f"{kind}: {name}"


def _check(unit: str, by: str, given: Mapping[FileName, list[Source]], scores: object) -> None:
    known = load_units()
    problems: list[str] = []
    if unit not in known or known[unit].kind == "synthetic":
        problems.append(f"no unit '{unit}'{unit_hint(unit) or nearest(unit, known)}")
    if by not in GROUPINGS:
        problems.append(f"by is '{by}'; allowed: {', '.join(GROUPINGS)}{nearest(by, GROUPINGS)}")
    if not any(given.values()):
        names = ", ".join(given)
        problems.append(f"name at least one file: {names}; without any, all is unknown")
    if problems:
        raise InputError("accountability", problems)
    if scores is not None:
        need_scores(scores, "accountability")


def _others(unit: str, by: str) -> tuple[list[str], str]:
    """Return the other States of a region as they are today, and its name."""
    own = region_of([unit], by)[0]
    if own is None:
        return [], "no region"
    states = [one for one in independent_units(2025) if one != unit]
    regions = region_of(states, by)
    return [one for one, where in zip(states, regions, strict=True) if where == own], str(own)


def _row(item: Item, facts: Facts, unit: str, others: list[str]) -> dict[str, object]:
    """Return what is known of an item here and among the others."""
    fact = facts.get((unit, item.id), Fact("unknown"))
    levels = [facts[one, item.id].level for one in others if (one, item.id) in facts]
    levels = [level for level in levels if not np.isnan(level)]
    share = float(np.mean(levels)) if levels else float("nan")
    settled = fact.status in ("yes", "not applicable")
    step = load_items().files[item.file].find if fact.status == "unknown" else item.next_step
    return {
        "unit": unit,
        "item": item.id,
        "group": item.group,
        "title": item.title,
        "status": fact.status,
        "told": fact.told or fact.status,
        "since": fact.since,
        "as_of": fact.as_of,
        "level": fact.level,
        "region_share": share,
        "region_known": len(levels),
        "region_members": len(others),
        "gap": not settled and _behind(fact, share, len(levels), len(others)),
        "next_step": "" if settled else step,
        "help": "" if settled else item.help,
        "source": item.source,
    }


def _behind(fact: Fact, share: float, known: int, members: int) -> bool:
    """Say whether most others have what is open here, and it is known of most of them."""
    if fact.status == "unknown" or 2 * known < members:
        return False
    return share > fact.level and (share > 0.5 or fact.status == "measured")


def _ratings(
    facts: Facts, unit: str, scores: Scores | None
) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Return what the items rate, what scores have rated already, and what has no date."""
    declared = load_items()
    files = {item.id: declared.files[item.file] for item in declared.items}
    rows: list[dict[str, object]] = []
    already: list[str] = []
    undated: list[str] = []
    for rule in declared.ratings:
        found = [facts.get((unit, one), Fact("unknown")) for one in rule.items]
        levels = [fact.level for fact in found]
        dates = [fact.as_of[:4] for fact in found if fact.as_of[:4].isdigit()]
        year = max(dates) if dates else files[rule.items[0]].year
        if np.isnan(levels).any():
            continue
        if year is None:
            undated.append(rule.indicator)
            continue
        if _has(scores, unit, rule.indicator):
            already.append(rule.indicator)
            continue
        rating = rule.scale * float(np.mean(levels))
        rows.append(
            {"unit": unit, "period": int(year), "indicator": rule.indicator, "rating": rating}
        )
    return pd.DataFrame(rows, columns=["unit", "period", "indicator", "rating"]), already, undated


def _has(scores: Scores | None, unit: str, indicator: str) -> bool:
    """Say whether scores have an indicator rated for a State in any period."""
    if scores is None or indicator not in scores.panel.indicators:
        return False
    mine = scores.panel.index.get_level_values("unit") == unit
    column = scores.panel.states[:, scores.panel.indicators.index(indicator)]
    return bool((column[mine] == CellState.RATED).any())


def _feeds(
    rated: pd.DataFrame, already: list[str], undated: list[str], scores: Scores | None
) -> str:
    """Say once what the items rate, and that one variable counts once."""
    told: list[str] = []
    rules = load_items().ratings
    if len(rated):
        each = [f"{row.indicator} {row.rating:.2f}" for row in rated.itertuples()]
        told.append(f"Feeds {FACTOR}: {', '.join(each)} (ratings()).")
    if undated:
        told.append(f"{', '.join(undated)} not rated: the file does not say of which year it is.")
    if already and scores is not None:
        mappings = sorted({str(r.mapping) for r in rules if r.indicator in already and r.mapping})
        behind = str(scores.provenance.get("sources")) + str(scores.panel.sources)
        titles = [t for t in (load_mapping(name).title for name in mappings) if t in behind]
        said = f" (among their sources: {'; '.join(titles)})" if titles else ""
        told.append(
            f"{', '.join(already)} {'is' if len(already) == 1 else 'are'} rated in these scores "
            f"already{said} and not rated again: one variable counts once."
        )
    elif len(rated) and scores is None:
        twins = {rule.indicator: rule.mapping for rule in rules if rule.mapping}
        names = sorted({str(twins[i]) for i in rated["indicator"] if i in twins})
        if names:
            told.append(
                f"Do not add them to scores made with the source {' or '.join(names)}, which rates "
                "the same from the same file: one variable counts once."
            )
    return " ".join(told) or f"Rates nothing of {FACTOR}: what would be needed is unknown."


def _strength(scores: Scores | None, unit: str) -> str:
    """Say what the latest scores of a State say of SGS3."""
    if scores is None:
        return ""
    frame = scores.to_frame(detail=True)
    if FACTOR not in frame or unit not in scores.panel.units:
        return f"{FACTOR}: unknown in these scores."
    known = frame.xs(unit, level="unit")[[FACTOR, f"{FACTOR}_coverage"]].dropna()
    if not len(known):
        return f"{FACTOR}: unknown in these scores."
    value, coverage = known.iloc[-1]
    closed = (
        ", made with restricted evidence: not for a wider circle" if rest_on_closed(scores) else ""
    )
    return (
        f"{FACTOR} in these scores: strength {value:.2f} in {known.index[-1]}, with {coverage:.0%} "
        f"of it rated{closed}."
    )
