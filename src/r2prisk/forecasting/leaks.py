"""Leak tests: nothing from after a period may reach what is made of the time before it."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

import numpy as np
import pandas as pd
from scipy.stats import rankdata
from sklearn.utils.validation import has_fit_parameter
from threadpoolctl import threadpool_limits

from r2prisk.errors import InputError
from r2prisk.forecasting.dealt import Ground, permuted, shuffled, summary, widened
from r2prisk.forecasting.onsets import Onsets, period_in
from r2prisk.forecasting.windows import (
    HORIZONS,
    Window,
    features_of,
    fit_predict,
    fresh,
    known_outcomes,
)
from r2prisk.panel import Panel
from r2prisk.panel.periods import KINDS
from r2prisk.scoring.uncertainty.gate import whole
from r2prisk.tables import html_table, page, paragraph, text_table

TOLERANCE = 1e-9
"""Differences below this are the order of summation."""

WIDE = 0.4
"""An interval of more than this has found nothing because it could see nothing."""

PERFECT, NEAR = 0.99, 0.97
"""A feature that tells outcomes apart like the first by itself has been told them, and may have
been from the second on: on annual data the best forecasts of mass killing reach 0.9."""

ENOUGH, FEW = 5, 4
"""Onsets without which a feature may be perfect by chance, or no half of them can be hidden."""

HALF = 0.75
"""Half-way between forecasts that do not care how many outcomes are hidden, and those that take a
hidden outcome for no onset and so halve where half of them is hidden."""

COLUMNS = ("at", "column", "rows", "largest", "unit", "period")
Build = Callable[[pd.Period | None], Panel]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LeakTest:
    """What a leak test found; made by ``leak_test``.

    Parameters
    ----------
    features : pandas.DataFrame
        One row a feature and period that changes when the time after it is taken away: ``at``,
        ``column``, ``rows`` (how many change), ``largest`` (difference; infinite where a value
        appears or goes), ``unit`` and ``period`` of the first. Empty: none does.
    inputs : pandas.DataFrame
        The same for the ratings of the panel, where a function builds it.
    singles : pandas.DataFrame
        How well each feature tells outcomes apart by itself, the best first: ``column``, ``auc``
        (below 0.5: less means more onsets), ``onsets``. Without those that have fewer than five
        onsets.
    hidden : float or None
        Mean chance where half of the outcomes to learn from is hidden, over that where none is:
        near 1, or near 0.5 where an unknown outcome is taken for no onset. None: the model is not
        handed unknown outcomes. NaN: not tried, with fewer than four onsets.
    skill : pandas.DataFrame
        Index ``shuffled`` (futures dealt to other units) and ``permuted`` (labels dealt to other
        units); columns ``auc`` (mean over repeats, within the period), ``se``, ``low``, ``high``
        (99 %) and ``repeats`` that could be scored. NaN: no onset to score.
    compared : int
        Cells of features that were compared.
    span : str
        The periods at which it was tried, in words.

    Examples
    --------
    >>> LeakTest.__name__
    'LeakTest'
    """

    features: pd.DataFrame
    inputs: pd.DataFrame
    singles: pd.DataFrame
    hidden: float | None
    skill: pd.DataFrame
    compared: int
    span: str

    @property
    def passed(self) -> bool | None:
        """False if a check found something; None if one could not see; else True."""
        found = len(self.features) + len(self.inputs) + len(self.answers)
        if found or self._takes_as_none or bool((self.skill["low"] > 0.5).any()):
            return False
        return None if self.unseen else True

    @property
    def answers(self) -> pd.DataFrame:
        """The rows of ``singles`` with an AUC of 0.99 or more, or 0.01 or less.

        Such a panel holds the answer; cutting it shows nothing.
        """
        return self._beyond(PERFECT)

    @property
    def unseen(self) -> tuple[str, ...]:
        """The checks that could not see: not tried, too few repeats or onsets, or in doubt."""
        skill = self.skill
        wide = skill["auc"].isna() | (skill["high"] - skill["low"] > WIDE)
        names = [str(name) for name in skill.index[wide]]
        if not len(self.singles) or len(self._beyond(NEAR)):
            names.append("best single feature")
        if self.hidden is not None and np.isnan(self.hidden):
            names.append("hidden outcomes")
        return tuple(names)

    def _beyond(self, limit: float) -> pd.DataFrame:
        return self.singles[(self.singles["auc"] - 0.5).abs() >= limit - 0.5]

    @property
    def _takes_as_none(self) -> bool:
        return self.hidden is not None and self.hidden < HALF

    def _lines(self) -> list[str]:
        verdict = {
            False: "LOOKS AHEAD",
            None: f"CANNOT TELL: nothing found, but blind or in doubt: {', '.join(self.unseen)}",
            True: "nothing found",
        }[self.passed]
        changed = f"{_named(self.features)} ({self.compared:,} cells compared)"
        lines = [
            f"Leak test at {self.span}: {verdict}",
            f"Features that change when later rows are taken away: {changed}",
        ]
        if len(self.inputs):
            lines.append(f"Ratings that change with later inputs: {_named(self.inputs)}")
        for name, row in self.skill.iterrows():
            told = f"AUC {row['auc']:.3f} (99 % {row['low']:.3f} to {row['high']:.3f})"
            if row["high"] - row["low"] > WIDE:
                told += "; too few repeats or onsets to say"
            if np.isnan(row["auc"]):
                told = "not tried: no onset known in the targets"
            lines.append(f"Skill with {name} outcomes, which nobody can have: {told}")
        return [*lines, self._best(), self._of_hidden()]

    def _best(self) -> str:
        """Say what the best features do by themselves."""
        if not len(self.singles):
            return f"Best single feature: not tried, fewer than {ENOUGH} onsets"
        shown = self._beyond(NEAR).head(5) if len(self._beyond(NEAR)) else self.singles.head(1)
        told = ", ".join(f"{row.column} alone: AUC {row.auc:.3f}" for row in shown.itertuples())
        meant = "; no honest one has so much: IT HOLDS THE ANSWER" if len(self.answers) else ""
        if not meant and len(self._beyond(NEAR)):
            meant = f"; above {NEAR} is more often a leak than a success: find out how it is made"
        return f"Best single feature: {told}{meant}"

    def _of_hidden(self) -> str:
        """Say what becomes of the chances where outcomes are hidden."""
        if self.hidden is None:
            return "Hidden outcomes: the model is not handed any"
        if np.isnan(self.hidden):
            return f"Hidden outcomes: not tried, fewer than {FEW} onsets"
        told = f"with half of them hidden the mean chance is {self.hidden:.0%} of what it is"
        meant = "; UNKNOWN IS TAKEN FOR NO ONSET" if self._takes_as_none else ""
        return f"Hidden outcomes: {told}{meant}"

    def _worst(self) -> pd.DataFrame:
        worst = self.features.head(10)
        return worst.assign(largest=worst["largest"].map("{:.4f}".format)).astype(str)

    def __repr__(self) -> str:
        table = ["", text_table(self._worst(), words=["column", "unit"])]
        return "\n".join([*self._lines(), *(table if len(self.features) else [])])

    def _repr_html_(self) -> str:
        head, *lines = self._lines()
        table = html_table(self._worst(), words=["column", "unit"], caption="What changes most")
        return page(head, paragraph(*lines), table if len(self.features) else "")


def _named(table: pd.DataFrame) -> str:
    names = table["column"].unique().tolist()
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(map(str, names[:5])) + more if names else "none"


def leak_test(
    panel: Panel | Build,
    onsets: Onsets,
    model: Any,
    *,
    at: object,
    horizon: int = 1,
    repeats: int = 20,
    rng: int = 0,
) -> LeakTest:
    """Look for anything from after a period in what is made of the time before it.

    Checks that hand the model the *whole* panel, as the back-test never does:

    * **features**: made of everything, and made of what is left when all is cut at T; every row up
      to T must be the same.
    * **shuffled**: what comes after T, ratings and onsets together, is dealt to other units at
      random. Nobody can know whose future is whose, so a forecast at T must have no skill; one
      that has looked ahead still has.
    * **permuted**: in every period onsets are dealt to other units at random. Nothing can forecast
      them, unless it was given them.

    And two that need no later rows: whether a feature **holds the answer** (tells the outcomes
    apart by itself, as no honest one does), and, for a model whose ``fit`` is handed unknown
    outcomes, whether it takes what is **hidden** for no onset.

    Parameters
    ----------
    panel : Panel or callable
        Or a function of a period that builds the panel from inputs cut there (None: not cut); then
        ratings that change with later inputs are found as well, such as values carried backwards.
    onsets : Onsets
        Of the same kind of period.
    model : classifier
        As in :func:`backtest`.
    at : period or list of periods
        Where to cut; the onsets of the time after are needed for the two checks of skill.
    horizon : int
        1 or 2.
    repeats : int
        How often outcomes are dealt, 2 or more.
    rng : int
        Seed.

    Returns
    -------
    LeakTest
        ``passed`` says whether nothing was found; None: a check could not see.

    Raises
    ------
    InputError
        If an option is out of range, panel and onsets are of different kinds of period, a period
        cannot be read or has no rows, or the model gives no features or probabilities.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> years = list(range(2001, 2007))
    >>> rows = pd.DataFrame({"unit": ["SDN"] * 6 + ["GHA"] * 6, "year": years * 2, "1.1": 0.5})
    >>> onsets = read_onsets(
    ...     pd.DataFrame({"unit": ["SDN", "SDN"], "first": [2003, 2005]}), first=2001, known=2006)
    >>> found = leak_test(read_panel(rows), onsets, DummyClassifier(), at=2004)
    >>> found.passed, found.unseen  # two onsets are too few
    (None, ('best single feature',))
    """
    build = panel if callable(panel) else None
    whole = build(None) if build is not None else cast(Panel, panel)
    origins = _origins(whole, onsets, at, (horizon, repeats, rng))
    made = fresh(model, horizon=horizon, seed=rng)
    everything = features_of(made, whole, onsets)
    features: list[list[dict[str, object]]] = []
    inputs: list[list[dict[str, object]]] = []
    compared = 0
    for origin in origins:
        cut = whole.select(last=str(origin)) if build is None else build(origin)
        # a copy that has not seen the whole: what it kept of it would hide the difference
        blind = fresh(model, horizon=horizon, seed=rng)
        then = features_of(blind, cut, onsets.until(origin))
        features.append(_changed(everything, then, origin))
        compared += then.size
        if build is not None:
            inputs.append(_changed(whole.to_frame(), cut.to_frame(), origin))
    generator = np.random.default_rng(rng)
    ground = Ground(whole, widened(onsets, whole.units), made, horizon, origins, everything)
    last = np.asarray(everything.index.get_level_values("period") <= origins[-1])
    past = everything[last]
    with threadpool_limits(limits=1):
        hidden = _hidden(past, onsets.until(origins[-1]), made, horizon)
        skill = {
            "shuffled": [shuffled(ground, generator) for _ in range(repeats)],
            "permuted": [permuted(ground, generator) for _ in range(repeats)],
        }
    return LeakTest(
        features=_joined(features),
        inputs=_joined(inputs),
        singles=_singles(past, onsets.outcomes(cast(pd.MultiIndex, past.index), horizon=horizon)),
        hidden=hidden,
        skill=pd.DataFrame({name: summary(values) for name, values in skill.items()}).T,
        compared=compared,
        span=", ".join(map(str, origins)),
    )


def _origins(
    panel: Panel, onsets: Onsets, at: object, numbers: tuple[Any, Any, Any]
) -> list[pd.Period]:
    problems: list[str] = []
    horizon, repeats, rng = numbers
    if isinstance(horizon, bool) or horizon not in HORIZONS:
        problems.append(f"horizon: {horizon} is not 1 or 2")
    if not whole(repeats) or repeats < 2:
        problems.append(f"repeats: {repeats} is not a whole number from 2")
    if not whole(rng) or rng < 0:
        problems.append(f"rng: {rng} is not a whole number from 0")
    kind, other = panel.periods.freqstr[0], onsets.periods.freqstr[0]
    if kind != other:
        raise InputError(
            "leak_test", [*problems, f"onsets: are by {KINDS[other]}, the panel by {KINDS[kind]}"]
        )
    several = isinstance(at, Iterable) and not isinstance(at, (str, pd.Period))
    origins: list[pd.Period] = []
    for value in list(cast(Iterable[object], at)) if several else [at]:
        try:
            period = period_in(value, "at", kind, how="end")
        except InputError as error:
            problems += [f"at: {problem}" for problem in error.problems]
            continue
        if period not in panel.periods:
            problems.append(f"at: the panel has no rows of {period}")
        elif period < onsets.periods[0]:
            problems.append(f"at: onsets are known from {onsets.periods[0]} on, not in {period}")
        origins.append(period)
    if not origins and not problems:
        problems.append("at: no period given")
    if problems:
        raise InputError("leak_test", problems)
    return sorted(set(origins))


def _singles(past: pd.DataFrame, outcome: pd.Series[float]) -> pd.DataFrame:
    """Return how well each feature tells the outcomes apart by itself, the best first."""
    rows: list[tuple[str, float, int]] = []
    for name, values in past.items():
        seen = (values.notna() & outcome.notna()).to_numpy()
        onset = outcome.to_numpy()[seen] == 1
        ones, zeros = int(onset.sum()), int((~onset).sum())
        if ones < ENOUGH or not zeros:
            continue
        ranks = rankdata(values.to_numpy()[seen])
        area = (float(ranks[onset].sum()) - ones * (ones + 1) / 2) / (ones * zeros)
        rows.append((str(name), area, ones))
    rows.sort(key=lambda row: -abs(row[1] - 0.5))
    return pd.DataFrame(rows, columns=["column", "auc", "onsets"])


def _hidden(past: pd.DataFrame, onsets: Onsets, model: Any, horizon: int) -> float | None:
    """Return how the mean chance falls where every second outcome is hidden, in order of time."""
    outcomes = known_outcomes(cast(pd.MultiIndex, past.index), onsets)
    y = outcomes[horizon].to_numpy()
    order = np.argsort(pd.PeriodIndex(past.index.get_level_values("period")).asi8, kind="stable")
    kinds = [order[y[order] == mark] for mark in (1, 0)]
    if not has_fit_parameter(model, "outcomes"):
        return None
    if min(map(len, kinds)) < FEW:
        return np.nan
    means: list[float] = []
    for rows in (None, 0, 1):
        told = outcomes.copy()
        if rows is not None:
            told.iloc[np.concatenate([kind[rows::2] for kind in kinds])] = np.nan
        window = Window(onsets.periods[-1], past, told)
        chance, _, _ = fit_predict(window, copy.deepcopy(model), horizon=horizon)
        means.append(float(chance.mean()))
    return (means[1] + means[2]) / 2 / means[0] if means[0] else np.nan


def _joined(parts: Sequence[list[dict[str, object]]]) -> pd.DataFrame:
    rows = [row for part in parts for row in part]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"rows": int, "largest": float})


def _changed(whole: pd.DataFrame, cut: pd.DataFrame, at: pd.Period) -> list[dict[str, object]]:
    """Return the columns of which a row up to the cut is not the same."""
    past = whole[np.asarray(whole.index.get_level_values("period") <= at)]
    columns = past.columns.union(cut.columns, sort=False)
    index = past.index.union(cut.index, sort=False)
    one = past.reindex(index=index, columns=columns).to_numpy(dtype=np.float64)
    other = cut.reindex(index=index, columns=columns).to_numpy(dtype=np.float64)
    gap = np.abs(one - other)
    gap[np.isnan(one) != np.isnan(other)] = np.inf
    # a row that only one of them has is a difference even where all its cells are unknown
    gap[~(index.isin(past.index) & index.isin(cut.index))] = np.inf
    scale = np.maximum(1.0, np.abs(np.nan_to_num(other, posinf=1.0, neginf=1.0)))
    changed = np.nan_to_num(gap, nan=0.0, posinf=np.inf) > TOLERANCE * scale
    rows: list[dict[str, object]] = []
    for n in np.flatnonzero(changed.any(axis=0)).tolist():
        unit, period = index[int(changed[:, n].argmax())]
        rows.append(
            {
                "at": at,
                "column": columns[n],
                "rows": int(changed[:, n].sum()),
                "largest": float(np.nanmax(gap[:, n])),
                "unit": unit,
                "period": period,
            }
        )
    return rows
