"""Why a score is what it is: exact contributions of every indicator."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue.models import Language
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.scoring.explain.account import Account, items
from r2prisk.scoring.explain.bars import bars
from r2prisk.scoring.explain.contributions import Target, between, from_absent
from r2prisk.scoring.explain.ground import Ground, ground, read, target_of
from r2prisk.scoring.explain.references import among, kind_of, reference_state
from r2prisk.scoring.explain.sentences import sentence
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores, need_scores
from r2prisk.tables import page, paragraph

COLUMNS = ("indicator", "label", "factor", "rating", "reference", "kind", "contribution")
"""Columns of the frame of an explanation."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """What every indicator adds to a score, from a declared reference; made by ``explain``.

    Parameters
    ----------
    index : pandas.MultiIndex, shape (n,)
        Levels ``unit`` and ``period``.
    of, reference : str
        The score, and from what it is told.
    kind : str
        What the reference is: absent, world, region, unit or period.
    scores, reference_scores : array of float, shape (n,)
        From 0 to 1; 0 is the reference ``absent``.
    indicators : tuple of str, length i
        The panel's.
    factors : tuple of str, length f
        Risk factors, then resilience factors.
    safeguards : frozenset of str
        The resilience factors.
    home : array of int, shape (i,)
        The position of each indicator's factor; -1 where the profile does not score it.
    labels : dict of str to str
        Of the indicators.
    ratings, reference_ratings : array of float, shape (n, i)
        NaN where not rated.
    values : array of float, shape (n, i)
        What the indicators add because they are rated otherwise than in the reference.
    coverage : array of float, shape (n, i)
        What they add because only one of the two has them rated.
    assumed : array of float, shape (n, f)
        What the profile assumes of the unknown indicators of each factor; 0 under the rule
        ``rated-only``.
    provenance : dict
        Of the scores.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": 2003, "1.1": 0.9, "9.1": 0.5}))
    >>> first = explain(score(panel), of="risk").top(1)
    >>> first[["indicator", "contribution"]].round(3).to_numpy().tolist()
    [['1.1', 0.45]]
    """

    index: pd.MultiIndex
    of: str
    reference: str
    kind: str
    scores: Floats
    reference_scores: Floats
    indicators: tuple[str, ...]
    factors: tuple[str, ...]
    safeguards: frozenset[str]
    home: NDArray[np.intp]
    labels: dict[str, str]
    ratings: Floats
    reference_ratings: Floats
    values: Floats
    coverage: Floats
    assumed: Floats
    provenance: dict[str, object]

    def __len__(self) -> int:
        return len(self.index)

    @cached_property
    def contributions(self) -> Floats:
        """Values and coverage together, shape (n, i)."""
        return self.values + self.coverage

    def by_factor(self) -> pd.DataFrame:
        """Return what each factor adds, with what the profile assumes of its unknown indicators.

        Returns
        -------
        pandas.DataFrame, shape (n, f)
            Each row adds up to the score less the reference's.
        """
        found = self.assumed.copy()
        for f in range(len(self.factors)):
            found[:, f] += self.contributions[:, self.home == f].sum(axis=1)
        return pd.DataFrame(found, index=self.index, columns=list(self.factors))

    def to_frame(self, *, unit: str | None = None, period: object = None) -> pd.DataFrame:
        """Return the contributions as a long frame, those of one unit or period if asked for.

        Returns
        -------
        pandas.DataFrame
            Index ``unit``, ``period``; columns ``indicator`` (empty for what is assumed of a
            factor), ``label``, ``factor``, ``rating``, ``reference`` (its rating there), ``kind``
            (value, coverage or assumption) and ``contribution``. Contributions of 0 are left out,
            so that what is there adds up to the difference of the scores.

        Raises
        ------
        InputError
            If the unit or the period is not there (the nearest unit is named).
        """
        rows = self.rows(unit, period)
        kinds = {"value": self.values, "coverage": self.coverage, "assumption": self.assumed}
        tables: list[pd.DataFrame] = []
        names = np.array(self.indicators, dtype=object)
        labels = np.array([self.labels.get(name, "") for name in names], dtype=object)
        factors = np.array(self.factors, dtype=object)
        for kind, array in kinds.items():
            part = np.nan_to_num(array[rows])
            at, column = np.nonzero(part)
            own = kind != "assumption"
            empty = np.full(len(at), np.nan)
            tables.append(
                pd.DataFrame(
                    {
                        "at": rows[at],
                        "indicator": names[column] if own else "",
                        "label": labels[column] if own else "",
                        "factor": factors[self.home[column] if own else column],
                        "rating": self.ratings[rows[at], column] if own else empty,
                        "reference": self.reference_ratings[rows[at], column] if own else empty,
                        "kind": kind,
                        "contribution": part[at, column],
                    }
                )
            )
        filled = [table for table in tables if len(table)]
        frame = pd.concat(filled or tables[:1]).sort_values("at", kind="stable")
        frame.index = self.index[frame.pop("at").to_numpy(dtype=np.intp)]
        return frame

    def top(self, n: int = 5) -> pd.DataFrame:
        """Return the contributions of each row that are the largest in size, values and coverage.

        Parameters
        ----------
        n : int
            How many of each row, 1 or more.

        Returns
        -------
        pandas.DataFrame
            As :meth:`to_frame`, the largest of each row first.

        Raises
        ------
        InputError
            If ``n`` is no such number.
        """
        if not isinstance(n, int) or n < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InputError("top", [f"n is {n!r}; it must be a whole number, 1 or more"])
        frame = self.to_frame()
        size = frame["contribution"].abs()
        order = np.lexsort((-size.to_numpy(), self.index.get_indexer(frame.index)))
        ordered = frame.iloc[order]
        return ordered[ordered.groupby(level=["unit", "period"]).cumcount() < n]

    def account(self, unit: str, period: object) -> Account:
        """Return what a text needs of one unit and period.

        Raises
        ------
        InputError
            If the unit or the period is not there (the nearest unit is named).
        """
        if unit is None or period is None:  # pyright: ignore[reportUnnecessaryComparison]
            raise InputError("explanation", ["a text is of one unit and one period: name both"])
        row = int(self.rows(unit, period)[0])
        own = self.index[row]
        timely = self.kind == "period"
        return Account(
            unit=unit,
            of=self.of,
            first=str(period_of(self.reference, "reference")) if timely else "",
            last=str(own[1]),
            against="" if timely else self.reference,
            before=float(self.reference_scores[row]),
            after=float(self.scores[row]),
            items=items(
                self.indicators,
                [self.labels.get(name, "") for name in self.indicators],
                [self.factors[h] if h >= 0 else "" for h in self.home],
                (self.reference_ratings[row], self.ratings[row]),
                self.contributions[row],
                over_time=timely,
            ),
            safeguards=self.safeguards,
            assumed=float(self.assumed[row].sum()),
            among=among(self.index, row, self.kind),
        )

    def text(self, unit: str, period: object, *, language: Language = "en", shown: int = 5) -> str:
        """Say in a sentence what makes the score of one unit and period.

        Parameters
        ----------
        unit : str
            The country.
        period : period or text
            The period.
        language : {"en", "fr", "es"}
            The language.
        shown : int
            How many indicators are named.

        Raises
        ------
        InputError
            If the unit or the period is not there (the nearest unit is named).
        """
        return sentence(self.account(unit, period), language=language, shown=shown)

    def rows(self, unit: str | None, period: object) -> NDArray[np.intp]:
        """Return the positions of the rows of a unit, a period or both.

        Raises
        ------
        InputError
            If the unit or the period is not there (the nearest unit is named).
        """
        units = self.index.get_level_values("unit")
        keep = np.ones(len(self), dtype=bool)
        if unit is not None:
            if unit not in units:
                raise InputError("explanation", [f"no unit '{unit}'{nearest(unit, set(units))}"])
            keep &= units == unit
        if period is not None:
            wanted = str(period_of(period, "period"))
            keep &= self.index.get_level_values("period").astype(str) == wanted
            if not keep.any():
                whom = f" for {unit}" if unit else ""
                raise InputError("explanation", [f"no period {wanted}{whom}"])
        return np.flatnonzero(keep)

    def __repr__(self) -> str:
        count = "1 row" if len(self) == 1 else f"{len(self):,} rows"
        told = f"{self.of} of {count}, from the reference '{self.reference}'"
        unknown = int(np.isnan(self.scores - self.reference_scores).sum())
        missing = f"\nUnknown, or without the reference: {unknown:,} rows" if unknown else ""
        last = self._last()
        if last is None:
            return f"Explanation: {told}{missing}"
        return f"Explanation: {told}{missing}\n{self._told(last)}"

    def _repr_html_(self) -> str:
        head, *rest = repr(self).split("\n")
        last = self._last()
        if last is None:
            return page(head, paragraph(*rest))
        unit, period = str(self.index[last][0]), self.index[last][1]
        every = self.to_frame(unit=unit, period=period)
        ends = f"{self.reference_scores[last]:.3f} to {self.scores[last]:.3f}"
        if self.kind == "absent":
            caption = f"{unit} {period}: what makes {self.scores[last]:.3f}"
        else:
            caption = f"{unit} {period}: from {self.reference}, {ends}"
        return page(head, paragraph(*rest), bars(every, self.safeguards, caption=caption))

    def _told(self, row: int) -> str:
        unit, period = self.index[row]
        return self.text(str(unit), period)

    def _last(self) -> int | None:
        """Return the last row that has both scores."""
        known = np.flatnonzero(~np.isnan(self.scores - self.reference_scores))
        return int(known[-1]) if len(known) else None


def explain(
    scores: Scores,
    *,
    of: str = "residual_risk",
    reference: str = "absent",
) -> Explanation:
    """Split a score of every row over the indicators, exactly, from a declared reference.

    A power mean ``M = (sum w x^p / W)^(1/p)`` changes by ``M1 - M0 = L sum w (x1^p - x0^p) / W``, L
    the slope of the root between the two: the integral along the line that is straight in x^p.
    Means within factors, means across factors and the meeting of risk and resilience chain, so that
    all contributions add up to the score less that of the reference, within rounding.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    of : str
        ``risk``, ``residual_risk``, ``resilience``, a crime or a view of the profile, or one of
        these with ``_residual`` behind.
    reference : str
        ``absent``: nothing is present, neither risk nor resilience; ``world`` or ``region``: the
        median of each indicator over all units in the same period; a unit of the panel: the same
        period there; a period: the unit's own past.

    Returns
    -------
    Explanation
        One row for each row of the scores; NaN where the score or its reference is unknown.

    Raises
    ------
    InputError
        If the score or the reference is not known (the nearest is named).

    Notes
    -----
    Aumann, R. J. and L. S. Shapley (1974), Values of Non-Atomic Games; Shapley, L. S. (1953),
    doi:10.1515/9781400881970-018; Owen, G. (1972), doi:10.1287/mnsc.18.5.64. On integrals of
    slopes from a reference: Sundararajan, M., A. Taly and Q. Yan (2017), arXiv:1703.01365.

    Examples
    --------
    0.8 and 0.6, exponent 2: risk is root 0.5; of 0.64 + 0.36 the first is 64 %.

    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "9.1": 0.8, "9.2": 0.6}))
    >>> found = explain(score(panel), of="risk")
    >>> found.to_frame()["contribution"].round(3).tolist(), found.scores.round(3).tolist()
    ([0.453, 0.255], [0.707])
    """
    need_scores(scores, "explain")
    base, panel = ground(scores), scores.panel
    target, kind = _asked(scores, of, reference)
    state = base.state()
    if kind == "absent":
        parts = from_absent(state, base.scores.sums, target)
        other = np.where(state.rated, 0.0, np.nan)
        start = read(base.scores.sheet, target) * 0.0
    else:
        was = reference_state(panel, reference)
        parts = between(was, state, base.scores.sums, target)
        other, start = was.ratings, base.scored(was, target)
    return Explanation(
        index=panel.index,
        of=of,
        reference=reference,
        kind=kind,
        scores=read(base.scores.sheet, target),
        reference_scores=start,
        indicators=panel.indicators,
        factors=base.factors,
        safeguards=base.safeguards,
        home=base.home,
        labels=base.labels,
        ratings=panel.ratings,
        reference_ratings=other.T,
        values=parts.values.T,
        coverage=parts.coverage.T,
        assumed=parts.assumed.T,
        provenance={**base.scores.provenance, "call": _call(base, of, reference)},
    )


def _asked(scores: Scores, of: str, reference: str) -> tuple[Target, str]:
    """Return what is to be explained and from what, or what is wrong with both."""
    problems: list[str] = []
    target, kind = Target("risk"), ""
    try:
        target = target_of(scores, of)
    except InputError as error:
        problems += [f"of: {problem}" for problem in error.problems]
    try:
        kind = kind_of(scores.panel, reference)
    except InputError as error:
        problems += [f"reference: {problem}" for problem in error.problems]
    if problems:
        raise InputError("explain", problems)
    return target, kind


def _call(base: Ground, of: str, reference: str) -> str:
    name = base.scores.profile.name
    return f"explain(score(panel, profile='{name}'), of='{of}', reference='{reference}')"
