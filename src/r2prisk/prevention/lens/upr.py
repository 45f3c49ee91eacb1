"""What a state was asked in its reviews, by factor, and what it accepted."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from r2prisk.about import __version__
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.regions import load_regions
from r2prisk.catalogue.units import load_units, unit_hint
from r2prisk.errors import InputError
from r2prisk.prevention.lens.upr_read import Recommendations
from r2prisk.prevention.lens.upr_show import upr_html, upr_text
from r2prisk.prevention.lens.words import factor_sides
from r2prisk.scoring.changes.row import row_of
from r2prisk.scoring.scores import Scores, rest_on_closed

SPECIFIC = 5
"""Level of action of a recommendation that asks for something specific (UPR Info: 1 minimal, 2
continuing, 3 considering, 4 general, 5 specific)."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class UprLens:
    """What was asked of a state, or of all, by factor; made by ``upr_lens``.

    The tags behind it come from words and issues; nobody has confirmed them.

    Parameters
    ----------
    unit : str or None
        The state under review; None is all.
    group : str or None
        Its regional group at the United Nations.
    years : tuple of int
        The years of its reviews that are counted.
    total : dict of str to int
        ``asked``, ``accepted`` and ``noted`` of all recommendations, whatever they touch;
        ``states`` that asked; ``none`` (those that touch no factor) and ``none_accepted``.
    factors : pandas.DataFrame, shape (20, 17)
        By factor: ``side``, ``title``; ``asked``, ``accepted``, ``noted``; ``share`` accepted, with
        ``low`` and ``high`` (95 %, Wilson; NaN where nothing was asked); ``specific``, the share
        that asks for something specific; ``part``, the share of all recommendations that touch it;
        ``group_part``, ``group_share``, ``world_part`` and ``world_share``, the same of the other
        states of its group (NaN where it is in none) and of the world; ``score``, the presence or
        strength in the country, with ``score_low`` and ``score_high``.
    askers : pandas.DataFrame
        ``asker``, ``factor``, ``asked``, ``accepted``: who asked what; a recommendation that
        touches two factors is in both.
    period : str or None
        Of the scores, if there are any.
    notes : tuple of str
        What was left out in reading.
    closed : bool
        Whether the scores rest on evidence that is not for everybody.
    provenance : dict
        Library version, hash of the recommendations, notes, and the provenance of the scores.

    Examples
    --------
    >>> from r2prisk.prevention.lens import read_upr, upr_lens
    >>> frame = pd.DataFrame({"to": ["Ghana"] * 2, "from": ["Norway", "Togo"], "session": 14,
    ...     "text": ["Ratify the Rome Statute", "Fight racism"], "response": ["Accepted", "Noted"]})
    >>> lens = upr_lens(read_upr(frame), unit="GHA")
    >>> lens.factors.loc[["SGS3", "RF9"], ["asked", "accepted"]].values.tolist()
    [[1, 1], [1, 0]]
    """

    unit: str | None
    group: str | None
    years: tuple[int, ...]
    total: dict[str, int]
    factors: pd.DataFrame
    askers: pd.DataFrame
    period: str | None
    notes: tuple[str, ...]
    closed: bool
    provenance: dict[str, object]

    def __repr__(self) -> str:
        return upr_text(self)

    def _repr_html_(self) -> str:
        return upr_html(self)


def upr_lens(
    recommendations: Recommendations,
    *,
    unit: str | None = None,
    scores: Scores | None = None,
    period: object = None,
) -> UprLens:
    """Return which factors a state was asked about in its reviews, and what it accepted.

    Parameters
    ----------
    recommendations : Recommendations
        As :func:`read_upr` makes them.
    unit : str, optional
        The state under review (ISO 3166 alpha-3); all if not given.
    scores : Scores, optional
        To set presence and strength beside what was asked.
    period : period, int or str, optional
        Of the scores; if not given the year of the last review that is counted.

    Returns
    -------
    UprLens
        Counts by factor, against the other states of its regional group and of the world.

    Raises
    ------
    InputError
        With all faults: a state that is not known or was not reviewed, scores without a unit, a
        period that the scores do not have.

    Notes
    -----
    Interval: Wilson 1927, doi:10.1080/01621459.1927.10502953. It says how far a share could be luck
    at such a number, not how sure the tags are.

    Examples
    --------
    >>> from r2prisk.prevention.lens import read_upr, upr_lens
    >>> frame = pd.DataFrame({"to": ["Ghana"], "from": ["Norway"], "session": [14],
    ...     "text": ["Fight racism"], "response": ["Noted"]})
    >>> upr_lens(read_upr(frame), unit="GHA").factors.loc["RF9", ["low", "high"]].round(2).tolist()
    [0.0, 0.79]
    """
    table = recommendations.table[recommendations.table["counted"]]
    code, problems = _asked_about(table, unit), list[str]()
    if code is None and not (scores is None and period is None):
        problems.append("scores and a period are used with a unit only")
    years = tuple(sorted({int(y) for y in _of(table, code)["year"].dropna()}))
    row = None
    if code is not None and scores is not None:
        if period is None and years:
            period = _last_of(scores, code, years[-1])
        row = row_of(scores, code, period, problems)
    if problems:
        raise InputError("upr_lens", problems)
    regions = load_regions()
    region = regions.get(code or "")
    group = region.un_group or None if region is not None else None
    tags = recommendations.tags[recommendations.tags["row"].isin(table.index)]
    mine = _of(table, code)
    own = tags[tags["row"].isin(mine.index)]
    factors = _by_factor(mine, own)
    wilson = [_wilson(k, n) for k, n in zip(factors["accepted"], factors["asked"], strict=True)]
    factors.insert(6, "low", [low for low, _ in wilson])
    factors.insert(7, "high", [high for _, high in wilson])
    world = (
        {str(state) for state in table["to"].unique()} - {str(code)} if code in regions else set()
    )
    near = {s for s in world if group and s in regions and regions[s].un_group == group}
    for name, states in (("group", near), ("world", world)):
        others = table[table["to"].isin(states)]
        theirs = _by_factor(others, tags[tags["row"].isin(others.index)])
        factors[f"{name}_part"], factors[f"{name}_share"] = theirs["part"], theirs["share"]
    _score(factors, None if row is None else row.scores)
    return UprLens(
        unit=code,
        group=group,
        years=years,
        total=_total(mine, own),
        factors=factors,
        askers=_askers(mine, own),
        period=None if row is None else str(row.panel.index[0][1]),
        notes=recommendations.notes,
        closed=scores is not None and rest_on_closed(scores),
        provenance={
            "r2prisk": __version__,
            "recommendations": recommendations.hash,
            "notes": list(recommendations.notes),
            "tags": "from keywords and issues; nobody has confirmed them",
            **({} if scores is None else {"scores": scores.provenance}),
        },
    )


def _asked_about(table: pd.DataFrame, unit: str | None) -> str | None:
    """Return the code of a state that was reviewed."""
    if unit is None:
        return None
    code = unit.strip().upper()
    if code not in load_units():
        problem = f"'{unit}' is not an ISO 3166 alpha-3 code{unit_hint(unit)}"
        raise InputError("upr_lens", [problem])
    if code not in set(table["to"]):
        raise InputError("upr_lens", [f"no recommendation to {code} is counted"])
    return code


def _last_of(scores: Scores, unit: str, year: int) -> object:
    """Return the last period of a unit in a year; the year itself where there is none."""
    index = scores.index
    mine = pd.PeriodIndex(index.get_level_values("period")[index.get_level_values("unit") == unit])
    inside = mine[mine.year == year]
    return str(inside.max()) if len(inside) else year


def _of(table: pd.DataFrame, unit: str | None) -> pd.DataFrame:
    return table if unit is None else table[table["to"] == unit]


def _by_factor(table: pd.DataFrame, tags: pd.DataFrame) -> pd.DataFrame:
    """Count what was asked and accepted by factor."""
    sides = factor_sides()
    both = [load_framework(name) for name in ("un-foa-2014", "sg-resilience-2013")]
    titles = [factor.title for framework in both for factor in framework.factors]
    about = tags.join(table[["accepted", "action"]], on="row")
    # bool and Int64 would stay objects once a factor has no row
    about = about.assign(
        accepted=about["accepted"].astype(int),
        given=about["action"].notna().astype(int),
        specific=(about["action"] == SPECIFIC).fillna(False).astype(int),
    )
    sums = about.groupby("factor")[["accepted", "given", "specific"]].sum()
    sums["asked"] = about.groupby("factor").size()
    sums = sums.reindex(list(sides), fill_value=0)
    asked, accepted = sums["asked"], sums["accepted"]
    return pd.DataFrame(
        {
            "side": list(sides.values()),
            "title": titles,
            "asked": asked,
            "accepted": accepted,
            "noted": asked - accepted,
            "share": accepted / asked.where(asked > 0),
            "specific": sums["specific"] / sums["given"].where(sums["given"] > 0),
            "part": asked / len(table) if len(table) else np.nan,
        },
        index=pd.Index(list(sides), name="factor"),
    )


def _score(factors: pd.DataFrame, scores: Scores | None) -> None:
    """Add presence or strength of each factor with its bounds; unknown without scores."""
    cells = None if scores is None else scores.to_frame(detail=True).iloc[0]
    for name, ending in (("score", ""), ("score_low", "_low"), ("score_high", "_high")):
        found = [np.nan if cells is None else cells.get(f + ending, np.nan) for f in factors.index]
        factors[name] = np.array(found, dtype=np.float64)


def _wilson(count: int, of: int) -> tuple[float, float]:
    if not of:
        return (np.nan, np.nan)
    found = binomtest(int(count), int(of)).proportion_ci(0.95, method="wilson")
    return (float(found.low), float(found.high))


def _total(table: pd.DataFrame, tags: pd.DataFrame) -> dict[str, int]:
    silent = table[~table.index.isin(tags["row"])]
    accepted = int(table["accepted"].sum())
    return {
        "asked": len(table),
        "accepted": accepted,
        "noted": len(table) - accepted,
        "states": int(table["asker"].nunique()),
        "none": len(silent),
        "none_accepted": int(silent["accepted"].sum()),
    }


def _askers(table: pd.DataFrame, tags: pd.DataFrame) -> pd.DataFrame:
    """Count by asker and factor, the most first."""
    about = tags.join(table[["asker", "accepted"]], on="row").dropna(subset="asker")
    counts = about.groupby(["asker", "factor"])["accepted"].agg(["size", "sum"]).reset_index()
    counts.columns = pd.Index(["asker", "factor", "asked", "accepted"])
    place = {factor: n for n, factor in enumerate(factor_sides())}
    by = counts["factor"].map(place)
    order = np.lexsort((by, counts["asker"], -counts["asked"]))
    return counts.astype({"accepted": int}).iloc[order].reset_index(drop=True)
