"""Why a score changed between two periods."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.models import Language
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.plots import Plots
from r2prisk.scoring.explain.account import Account, items
from r2prisk.scoring.explain.bars import bars, steps_table
from r2prisk.scoring.explain.contributions import Target, between
from r2prisk.scoring.explain.ground import Ground, ground, read, target_of
from r2prisk.scoring.explain.sentences import sentence
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores, need_scores
from r2prisk.tables import page, paragraph

KINDS = ("value", "coverage", "choice", "assumption")
"""What a contribution to a change can come from."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Change:
    """What every indicator added to the change of a score of one unit; made by ``change``.

    Parameters
    ----------
    unit, of : str
        The country and the score.
    points : tuple of str, length s + 1
        The states on the way: periods, or names of stages.
    staged : bool
        Whether the points are stages.
    scores : array of float, shape (s + 1,)
        The score in each.
    indicators, labels, factors : tuple of str, length i
        Identifier, label and factor of each indicator.
    all_factors : tuple of str, length f
        Risk factors, then resilience factors.
    safeguards : frozenset of str
        The resilience factors.
    ratings : array of float, shape (s + 1, i)
        NaN where not rated.
    value, coverage, choice : array of float, shape (s, i)
        What each indicator added in each step: by another rating; by being rated at all; by what
        another profile or framework makes of it.
    assumption : array of float, shape (s, f)
        By what the profile assumes of the unknown indicators of each factor.
    provenance : dict
        Of the scores; of those of each stage, by name, where the points are stages.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2007], "9.1": [0.2, 0.4]}))
    >>> change(score(panel), "KEN", 2006, 2007, of="risk").totals().round(3).to_numpy().tolist()
    [[0.2, 0.0, 0.0, 0.0, 0.2]]
    """

    unit: str
    of: str
    points: tuple[str, ...]
    staged: bool
    scores: Floats
    indicators: tuple[str, ...]
    labels: tuple[str, ...]
    factors: tuple[str, ...]
    all_factors: tuple[str, ...]
    safeguards: frozenset[str]
    ratings: Floats
    value: Floats
    coverage: Floats
    choice: Floats
    assumption: Floats
    provenance: dict[str, object]

    plot = Plots()

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps, length s: the stage that each leads to, or both periods."""
        if self.staged:
            return self.points[1:]
        return tuple(f"{a} to {b}" for a, b in itertools.pairwise(self.points))

    def totals(self) -> pd.DataFrame:
        """Return what each step added.

        Returns
        -------
        pandas.DataFrame
            Index ``step``; columns ``value``, ``coverage``, ``choice``, ``assumption`` and
            ``change``, which is their sum and the difference of the two scores.
        """
        sums = {kind: getattr(self, kind).sum(axis=1) for kind in KINDS}
        frame = pd.DataFrame(sums, index=pd.Index(self.steps, name="step"))
        return frame.assign(change=np.diff(self.scores))

    def by_factor(self) -> pd.Series[float]:
        """Return what each factor added over the whole way, shape (f,)."""
        every = (self.value + self.coverage + self.choice).sum(axis=0)
        own = pd.Series(every).groupby(np.array(self.factors, dtype=object)).sum()
        assumed = pd.Series(self.assumption.sum(axis=0), index=list(self.all_factors))
        return assumed.add(own.reindex(list(self.all_factors), fill_value=0.0))

    def to_frame(self) -> pd.DataFrame:
        """Return every contribution that is not 0.

        Returns
        -------
        pandas.DataFrame
            Columns ``step``, ``indicator`` (empty for what is assumed of a factor), ``label``,
            ``factor``, ``before`` and ``after`` (ratings), ``kind`` (value, coverage, choice or
            assumption) and ``contribution``; adds up to the change of the score.
        """
        rows: list[tuple[object, ...]] = []
        for kind in KINDS[:3]:
            array = getattr(self, kind)
            for s, i in zip(*np.nonzero(array), strict=True):
                name = (self.indicators[i], self.labels[i], self.factors[i])
                ends = (self.ratings[s, i], self.ratings[s + 1, i])
                rows.append((self.steps[s], *name, *ends, kind, array[s, i]))
        for s, f in zip(*np.nonzero(self.assumption), strict=True):
            name = ("", "", self.all_factors[f], np.nan, np.nan)
            rows.append((self.steps[s], *name, KINDS[3], self.assumption[s, f]))
        columns = ["step", "indicator", "label", "factor", "before", "after"]
        return pd.DataFrame(rows, columns=[*columns, "kind", "contribution"])

    def account(self) -> Account:
        """Return what a text needs of the whole way."""
        changes = np.diff(self.scores).tolist()
        return Account(
            unit=self.unit,
            of=self.of,
            first=self.points[0],
            last=self.points[-1],
            against="",
            before=float(self.scores[0]),
            after=float(self.scores[-1]),
            items=items(
                self.indicators,
                self.labels,
                self.factors,
                (self.ratings[0], self.ratings[-1]),
                (self.value + self.coverage + self.choice).sum(axis=0),
                over_time=True,
            ),
            safeguards=self.safeguards,
            assumed=float(self.assumption.sum()),
            steps=dict(zip(self.steps, changes, strict=True)) if self.staged else {},
        )

    def text(self, *, language: Language = "en", shown: int = 5) -> str:
        """Say in a sentence what changed the score.

        Parameters
        ----------
        language : {"en", "fr", "es"}
            The language.
        shown : int
            How many indicators are named.
        """
        return sentence(self.account(), language=language, shown=shown)

    def __repr__(self) -> str:
        count = len(self.steps)
        steps = "1 step" if count == 1 else f"{count} steps"
        return f"Change of {self.of}, {self.unit}, in {steps}\n{self.text()}"

    def _repr_html_(self) -> str:
        head, *rest = repr(self).split("\n")
        ends = f"{self.points[0]} {self.scores[0]:.3f}, {self.points[-1]} {self.scores[-1]:.3f}"
        every = self.to_frame()
        names = ["indicator", "label", "factor", "kind"]
        whole = every.groupby(names, sort=False)["contribution"].sum().reset_index()
        return page(
            head,
            paragraph(*rest),
            bars(whole, self.safeguards, caption=f"{self.unit}, over the whole way: {ends}"),
            steps_table(self.totals(), caption=f"{self.unit}: what each step added"),
        )


@dataclasses.dataclass(frozen=True)
class Names:
    """Where each indicator belongs, over all stages."""

    indicators: tuple[str, ...]
    labels: tuple[str, ...]
    factors: tuple[str, ...]
    all_factors: tuple[str, ...]
    safeguards: frozenset[str]


def names_of(bases: Sequence[Ground]) -> Names:
    """Return the names of all stages together; where they differ the last has its way.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006], "9.1": [0.2]}))
    >>> names_of([ground(score(panel))]).factors
    ('RF9',)
    """
    indicators = bases[0].panel.indicators
    homes, labels = dict.fromkeys(indicators, ""), dict.fromkeys(indicators, "")
    for base in bases:
        for name, home in zip(indicators, base.home, strict=True):
            if home >= 0:
                homes[name], labels[name] = base.factors[home], base.labels[name]
    return Names(
        indicators=indicators,
        labels=tuple(labels.values()),
        factors=tuple(homes.values()),
        all_factors=tuple(dict.fromkeys(f for base in bases for f in base.factors)),
        safeguards=frozenset(f for base in bases for f in base.safeguards),
    )


def made(
    names: Names,
    *,
    unit: str,
    of: str,
    points: tuple[str, ...],
    staged: bool,
    scores: Floats,
    ratings: Floats,
    steps: Sequence[Floats],
    provenance: dict[str, object],
) -> Change:
    """Put a change together; ``steps`` are its four kinds, steps last."""
    value, coverage, choice, assumption = (kind.T for kind in steps)
    return Change(
        unit=unit,
        of=of,
        points=points,
        staged=staged,
        scores=scores,
        indicators=names.indicators,
        labels=names.labels,
        factors=names.factors,
        all_factors=names.all_factors,
        safeguards=names.safeguards,
        ratings=ratings,
        value=value,
        coverage=coverage,
        choice=choice,
        assumption=assumption,
        provenance=provenance,
    )


def change(
    scores: Scores,
    unit: str,
    first: object,
    last: object,
    *,
    of: str = "residual_risk",
) -> Change:
    """Split the change of a score between two periods over the indicators, exactly.

    The way leads through every period between in which the unit has the score, so that the change
    from a to b and that from b to c add up to that from a to c in every part. Each step is split in
    three: what both periods rate, rated otherwise (value), and what only one of them rates
    (coverage).

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    unit : str
        A unit of the scores.
    first, last : period or text
        Periods in which the unit has the score, ``first`` before ``last``.
    of : str
        As in :func:`explain`.

    Returns
    -------
    Change
        One step for each pair of periods that follow each other.

    Raises
    ------
    InputError
        If unit or score are unknown (the nearest is named); if the unit
        has no such score in either period; if ``last`` is not after ``first``.

    Notes
    -----
    As :func:`explain`.

    Examples
    --------
    Two indicators that cancel still both show:

    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2007], "9.1": [0.6, 0.8],
    ...     "9.2": [0.8, 0.6]}))
    >>> found = change(score(panel), "KEN", 2006, 2007, of="risk")
    >>> found.to_frame()["contribution"].round(3).tolist()
    [0.099, -0.099]
    """
    need_scores(scores, "change")
    panel, base = scores.panel, ground(scores)
    target, known, here, problems = _asked(scores, unit, of)
    periods = [str(panel.index[n][1]) for n in here]
    ends: list[str] = []
    for given, name in ((first, "first"), (last, "last")):
        try:
            ends.append(str(period_of(given, name)))
        except InputError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    missing = [f"{unit} has no {of} in {p}" for p in ends if p not in periods]
    if missing and periods:
        missing[-1] += f"; it has {periods[0]} to {periods[-1]}"
    if not (missing or problems) and periods.index(ends[1]) <= periods.index(ends[0]):
        missing = [f"last ({ends[1]}) must be after first ({ends[0]})"]
    if problems or missing:
        raise InputError("change", problems or missing)
    rows = here[periods.index(ends[0]) : periods.index(ends[1]) + 1]
    parts = between(base.state(rows[:-1]), base.state(rows[1:]), scores.sums, target)
    return made(
        names_of([base]),
        unit=unit,
        of=of,
        points=tuple(str(panel.index[n][1]) for n in rows),
        staged=False,
        scores=known[rows],
        ratings=panel.ratings[rows],
        steps=[parts.values, parts.coverage, np.zeros(parts.values.shape), parts.assumed],
        provenance={
            **scores.provenance,
            "call": f"change({unit}, {ends[0]}, {ends[1]}, of='{of}')",
        },
    )


def _asked(
    scores: Scores, unit: str, of: str
) -> tuple[Target, Floats, NDArray[np.intp], list[str]]:
    """Return the score, its values, the rows of the unit that have it, and what is wrong."""
    problems: list[str] = []
    target = Target("risk")
    try:
        target = target_of(scores, of)
    except InputError as error:
        problems += [f"of: {problem}" for problem in error.problems]
    units = scores.panel.units
    if unit not in units:
        problems.append(f"no unit '{unit}'{nearest(str(unit), units)}")
    known = read(scores.sheet, target)
    here = np.flatnonzero(scores.index.get_level_values("unit") == unit)
    return target, known, here[~np.isnan(known[here])], problems
