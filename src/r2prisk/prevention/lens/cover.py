"""Which factors a government's policies touch: coverage, gaps, overlaps, and what could do harm."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.about import __version__
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError
from r2prisk.prevention.lens.policies import KINDS, Policies, tag_factors
from r2prisk.prevention.lens.show import lens_html, lens_text
from r2prisk.prevention.lens.words import factor_sides
from r2prisk.scoring.changes.row import row_of
from r2prisk.scoring.scores import Scores, rest_on_closed

NOBODY = "(no department named)"
"""Where the department of a policy is not known."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Lens:
    """What the policies of a government touch; made by ``prevention_lens``.

    Only tags that a person confirmed count, but for the column ``unconfirmed``.

    Parameters
    ----------
    country : str
        Whose policies they are.
    unit : str or None
        The country that is asked about: its own, or a partner; None is all policies.
    period : str or None
        The period of the scores, if there are any.
    year : int or None
        The year in which policies are in force; None is all.
    policies : Policies
        Those that are counted here, confirmed or not.
    left_out : dict of str to int
        Policies that are not counted here, by the reason.
    factors : pandas.DataFrame, shape (20, 10)
        By factor: ``side``, ``title``, ``policies`` (how many touch it), ``departments``,
        ``raising`` (how many could raise it), ``unconfirmed`` (how many would touch it, were their
        tags confirmed); ``score``, the presence or the strength, with ``low``, ``high`` (0 to 1,
        NaN where unknown) and ``coverage``.
    departments, kinds : pandas.DataFrame
        Policies by factor (rows) and department or kind (columns).
    gaps : pandas.DataFrame
        The factors that none touches: with scores first those most present or weakest, then those
        of which nothing is known.
    overlaps : pandas.DataFrame
        ``factor``, ``policies`` and ``groups``: departments at work on one factor that no policy
        of several departments links.
    raises : pandas.DataFrame
        ``id``, ``text``, ``department``, ``tag``, ``factor``: what could raise a risk.
    untagged : tuple of str
        Confirmed policies that touch no factor.
    lapsed : tuple of str
        Where no year was named: policies that are counted, and by their dates are over on the day
        on which this is made, or have not begun.
    closed : bool
        Whether the scores rest on evidence that is not for everybody.
    provenance : dict
        Library version, hash of the policies, what was asked, and the provenance of the scores.

    Examples
    --------
    >>> from r2prisk.prevention.lens import prevention_lens, read_policies
    >>> frame = pd.DataFrame({"text": ["Train judges", "Train police"], "country": "XDA",
    ...     "kind": "programme", "tags": ["SGS3", "SGS5"], "confirmed_by": ["A. Example", ""]})
    >>> lens = prevention_lens(read_policies(frame))
    >>> lens.factors.loc[["SGS3", "SGS5"], ["policies", "unconfirmed"]].values.tolist()
    [[1, 0], [0, 1]]
    """

    country: str
    unit: str | None
    period: str | None
    year: int | None
    policies: Policies
    left_out: dict[str, int]
    factors: pd.DataFrame
    departments: pd.DataFrame
    kinds: pd.DataFrame
    gaps: pd.DataFrame
    overlaps: pd.DataFrame
    raises: pd.DataFrame
    untagged: tuple[str, ...]
    lapsed: tuple[str, ...]
    closed: bool
    provenance: dict[str, object]

    def __repr__(self) -> str:
        return lens_text(self)

    def _repr_html_(self) -> str:
        return lens_html(self)


def prevention_lens(
    policies: Policies,
    *,
    country: str | None = None,
    unit: str | None = None,
    year: int | None = None,
    scores: Scores | None = None,
    period: object = None,
) -> Lens:
    """Return which factors policies touch, and where there are gaps, overlaps and harm.

    Parameters
    ----------
    policies : Policies
        As :func:`read_policies` makes them.
    country : str, optional
        Whose policies (ISO 3166 alpha-3); needed where the table has those of several.
    unit : str, optional
        A partner, for the policies that work there, or the country itself, for those at home; all
        if not given.
    year : int, optional
        Count what is in force in that year; what has no dates counts always. All if not given, and
        ``lapsed`` names what is not in force today.
    scores : Scores, optional
        To put gaps in order by what is present, or weak, in ``unit`` (or in ``country``).
    period : period, int or str, optional
        Of the scores; the latest of that country if not given.

    Returns
    -------
    Lens
        Tables by factor.

    Raises
    ------
    InputError
        With all faults: no policies of the country, several countries and none named, a country
        that is not known, a row that is not in the scores.

    Notes
    -----
    After the Danish practice: an internal review of what exists, then a national action plan (Jacob
    & McLoughlin 2015). That a policy touches a factor does not say that it works.

    Examples
    --------
    >>> from r2prisk.prevention.lens import prevention_lens, read_policies
    >>> frame = pd.DataFrame({"text": ["Arms sales", "Police reform"], "country": "XDA",
    ...     "kind": "policy", "tags": ["", "SGS5"], "raises": ["5.1", ""], "confirmed_by": "A"})
    >>> lens = prevention_lens(read_policies(frame))
    >>> len(lens.gaps), lens.raises["factor"].tolist(), lens.untagged
    (19, ['RF5'], ())
    """
    problems: list[str] = []
    home = _home(policies, country, problems)
    asked = None if unit is None else unit.strip().upper()
    if asked is not None and asked not in load_units():
        problems.append(f"unit '{asked}' is not an ISO 3166 alpha-3 code{unit_hint(asked)}")
    row = None
    if scores is None and period is not None:
        problems.append("a period is used with scores only")
    elif scores is not None and not problems:
        row = row_of(scores, asked or home, period, problems)
    if problems:
        raise InputError("prevention_lens", problems)
    counted, left_out = _counted(policies, home, asked, year)
    sure = counted.table[counted.confirmed.to_numpy()]
    long = _long(sure, "tags")
    factors = _by_factor(counted, long, None if row is None else row.scores)
    raises = _long(sure, "raises")
    tagged = set(long["id"]) | set(raises["id"])
    order = list(factors.index)
    return Lens(
        country=home,
        unit=asked,
        period=None if row is None else str(row.panel.index[0][1]),
        year=year,
        policies=counted,
        left_out=left_out,
        factors=factors,
        departments=_crossed(long, "department", order, _departments(counted, long)),
        kinds=_crossed(long, "kind", order, list(KINDS)),
        gaps=_gaps(factors, scored=row is not None),
        overlaps=_overlaps(sure, order),
        raises=_named(raises, counted),
        untagged=tuple(name for name in sure["id"] if name not in tagged),
        lapsed=_lapsed(counted.table) if year is None else (),
        closed=scores is not None and rest_on_closed(scores),
        provenance={
            "r2prisk": __version__,
            "policies": policies.hash,
            "asked": {"country": home, "unit": asked, "year": year},
            **({} if scores is None else {"scores": scores.provenance}),
        },
    )


def _home(policies: Policies, country: str | None, problems: list[str]) -> str:
    """Return whose policies are looked at."""
    there = sorted(set(policies.table["country"]))
    if country is not None:
        wanted = country.strip().upper()
        if wanted not in there:
            problems.append(f"no policy is of '{wanted}'; there are those of {', '.join(there)}")
        return wanted
    if len(there) != 1:
        problems.append(f"policies of {', '.join(there)}: name one as the country")
    return there[0]


def _counted(
    policies: Policies, home: str, unit: str | None, year: int | None
) -> tuple[Policies, dict[str, int]]:
    """Return the policies that the question is about, and how many are not, by the reason."""
    table = policies.table
    mine = (table["country"] == home).to_numpy()
    places = [at or (home,) for at in table["partners"]]
    there = np.array([unit is None or unit in at for at in places])
    current = np.ones(len(table), dtype=bool)
    if year is not None:
        current = ~_outside(table, year)
    left = {
        "of other countries": int((~mine).sum()),
        f"that do not work in {unit}": int((mine & ~there).sum()),
        f"not in force in {year}": int((mine & there & ~current).sum()),
    }
    kept = table[mine & there & current].reset_index(drop=True)
    return Policies(kept, policies.examples), {why: count for why, count in left.items() if count}


def _outside(table: pd.DataFrame, year: int) -> NDArray[np.bool_]:
    """Return which policies are not in force in a year; those without dates are."""
    outside = (table["start"] > year).fillna(False) | (table["end"] < year).fillna(False)
    return outside.to_numpy(dtype=bool)


def _lapsed(table: pd.DataFrame) -> tuple[str, ...]:
    return tuple(table.loc[_outside(table, dt.datetime.now(dt.UTC).year), "id"])


def _long(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return one row for each policy, department and factor that its tags name."""
    homes = tag_factors()
    columns = (table[name] for name in ("id", "kind", "department", column))
    rows = [
        (name, kind, department, tag, homes[tag])
        for name, kind, departments, tags in zip(*columns, strict=True)
        for tag in tags
        for department in departments or (NOBODY,)
    ]
    return pd.DataFrame(rows, columns=pd.Index(["id", "kind", "department", "tag", "factor"]))


def _by_factor(policies: Policies, long: pd.DataFrame, scores: Scores | None) -> pd.DataFrame:
    sides = factor_sides()
    both = [load_framework(name) for name in ("un-foa-2014", "sg-resilience-2013")]
    titles = {factor.id: factor.title for framework in both for factor in framework.factors}
    sure = policies.confirmed.to_numpy()
    counted = long.groupby("factor").agg({"id": "nunique", "department": "nunique"})
    high = _long(policies.table[sure], "raises").groupby("factor")["id"].nunique()
    open_ = _long(policies.table[~sure], "tags").groupby("factor")["id"].nunique()
    order = list(sides)
    frame = pd.DataFrame(
        {
            "side": [sides[name] for name in order],
            "title": [titles[name] for name in order],
            "policies": counted["id"].reindex(order, fill_value=0),
            "departments": counted["department"].reindex(order, fill_value=0),
            "raising": high.reindex(order, fill_value=0),
            "unconfirmed": open_.reindex(order, fill_value=0),
        },
        index=pd.Index(order, name="factor"),
    )
    row = None if scores is None else scores.to_frame(detail=True).iloc[0]
    for name, ending in (
        ("score", ""),
        ("low", "_low"),
        ("high", "_high"),
        ("coverage", "_coverage"),
    ):
        cells = [np.nan if row is None else row.get(f"{f}{ending}", np.nan) for f in order]
        frame[name] = np.array(cells, dtype=np.float64)
    return frame


def _departments(policies: Policies, long: pd.DataFrame) -> list[str]:
    """Return every department that is named, those whose policies touch nothing too."""
    nobody = [NOBODY] if NOBODY in set(long["department"]) else []
    return [*policies.departments, *nobody]


def _crossed(long: pd.DataFrame, column: str, order: list[str], names: list[str]) -> pd.DataFrame:
    """Count policies by factor and department or kind; a policy of two departments is in both."""
    once = long.drop_duplicates(["id", "factor", column])
    counts = pd.crosstab(once["factor"], once[column]) if len(once) else pd.DataFrame()
    whole = counts.reindex(index=order, columns=names, fill_value=0).astype(int)
    return whole.rename_axis(index="factor", columns=column)


def _gaps(factors: pd.DataFrame, *, scored: bool) -> pd.DataFrame:
    """Return the factors without a policy; the known first, by how much is at stake."""
    gaps = factors[factors["policies"] == 0].drop(columns=["policies", "departments"])
    if not scored:
        return gaps
    risk = (gaps["side"] == "risk").to_numpy()
    stake = np.where(risk, gaps["score"], 1.0 - gaps["score"])
    return gaps.iloc[np.argsort(-np.nan_to_num(stake, nan=-1.0), kind="stable")]


def _overlaps(table: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return the factors on which groups of departments work without a policy in common."""
    homes = tag_factors()
    rows: list[tuple[str, int, tuple[tuple[str, ...], ...]]] = []
    for factor in order:
        touches = [factor in {homes[tag] for tag in tags} for tags in table["tags"]]
        teams = [set(team) for team in table.loc[touches, "department"] if team]
        groups = _groups(teams)
        if len(groups) > 1:
            rows.append((factor, sum(touches), groups))
    return pd.DataFrame(rows, columns=pd.Index(["factor", "policies", "groups"]))


def _groups(teams: Iterable[set[str]]) -> tuple[tuple[str, ...], ...]:
    """Join departments that share a policy, and those that these share one with."""
    groups: list[set[str]] = []
    for team in teams:
        apart = [group for group in groups if not group & team]
        groups = [*apart, team.union(*(group for group in groups if group & team))]
    return tuple(sorted(tuple(sorted(group)) for group in groups))


def _named(raises: pd.DataFrame, policies: Policies) -> pd.DataFrame:
    """Return what could raise a risk, a row for each policy and tag, with its text."""
    once = raises.drop_duplicates(["id", "tag"])[["id", "tag", "factor"]]
    about = policies.table.set_index("id")[["text", "department"]]
    return once.join(about, on="id")[["id", "text", "department", "tag", "factor"]].reset_index(
        drop=True
    )
