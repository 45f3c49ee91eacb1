"""Small monotone trees, factor by factor, on the score as an offset."""

# ruff: noqa: N803 - X is the name that scikit-learn has for features
from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingRegressor

from r2prisk.forecasting.models.calibrator import Line, OnsetModel
from r2prisk.forecasting.models.explain import groups_of
from r2prisk.forecasting.models.features import onset_features
from r2prisk.forecasting.models.rows import Floats, Scale, levels
from r2prisk.forecasting.onsets import Onsets
from r2prisk.panel import Panel
from r2prisk.scoring import Profile

RATE, LEAVES, LEAST, SHRINK, BINS = 0.02, 4, 80, 20.0, 32
"""Learning rate, leaves of a tree, rows of a leaf, penalty of a leaf, bins: fixed beforehand."""


class MonotoneBooster(OnsetModel):
    """The score as an offset, with small trees of which none may fall where a column rises.

    ``logit p = a_h + b s + 0.02 sum_m f_m(x)``: trees of at most 4 leaves of 80 rows or more, with
    a penalty of 20 on each leaf, that rise in every column. Each tree looks at the columns of one
    group only: a factor (its indicators, rise and memory), the scores, the neighbours, or the
    episodes; so the forecast is a sum over groups. Trees are fitted to the quadratic approximation
    of the logistic loss at the offset (one step of iterated weighted least squares), which is near
    enough for corrections as small as these.

    Parameters
    ----------
    trees : int
        How many trees, 1 or more.
    column : str
        Column of the features that holds the score; of an array without names, or of a frame that
        is not by period and has no such column, the first.
    horizon : int
        Periods ahead, 1 or 2.
    window : int
        Years that set the intercept, 1 or more.
    since : int
        First year of the rows to learn from.
    profile : Profile, str or path, optional
        The choices behind the scores of ``features``; ``default`` if not given.

    Attributes
    ----------
    groups_ : dict of str to list of int
        The columns of each group.
    slope_, intercept_ : float
        b for one standard deviation of the score; a of the horizon.

    Notes
    -----
    Deterministic: no rows or columns are drawn, and the bins of very long tables have a fixed seed.

    Examples
    --------
    >>> years = pd.period_range("2001", "2004", freq="Y")
    >>> index = pd.MultiIndex.from_product([["NOR", "SDN"], years], names=["unit", "period"])
    >>> X = pd.DataFrame({"risk": [0.1] * 4 + [0.8] * 4}, index=index)
    >>> y = pd.Series([0.0] * 4 + [0.0, 1.0, 0.0, 1.0], index=index)
    >>> MonotoneBooster(trees=5).fit(X, y).predict_proba(X)[[0, 4], 1].round(2).tolist()
    [0.07, 0.55]
    """

    def __init__(
        self,
        *,
        trees: int = 100,
        column: str = "risk",
        horizon: int = 1,
        window: int = 15,
        since: int = 1970,
        profile: Profile | str | os.PathLike[str] | None = None,
    ) -> None:
        self.trees = trees
        self.column = column
        self.horizon = horizon
        self.window = window
        self.since = since
        self.profile = profile

    def features(self, panel: Panel, onsets: Onsets | None = None) -> pd.DataFrame:
        """Return what the forecast may know of each row (:func:`onset_features`)."""
        return onset_features(panel, onsets, since=self.since, profile=self.profile)

    def fit(self, X: Any, y: Any, outcomes: pd.DataFrame | None = None) -> Self:
        """Learn the line on the score, the trees and the intercepts.

        Parameters and errors are those of :meth:`ScoreCalibrator.fit`.
        """
        x, score, rows = self._open(X, y, outcomes)
        self.line_ = Line(score, rows)
        self.scale_ = Scale(x, rows)
        self.groups_ = groups_of(self._names())
        seen, offset = self.scale_.z(x)[rows.place], self.line_.at(score, rows)
        groups = list(self.groups_.values())
        self.booster_ = _boosted(seen, rows.outcome, offset, self.trees, groups)
        here = rows.horizons.index(self.horizon)
        shift = levels(offset + self.booster_.predict(seen), rows)[here]
        self.intercept_, self.slope_ = float(self.line_.start[here] + shift), self.line_.slope
        return self

    def log_odds(self, X: Any) -> Floats:
        """Return the log-odds of an onset within the horizon, shape (n,)."""
        x = self._read(X)
        m = self.intercept_ + self.slope_ * self.line_.z(x[:, self._place()])
        return m + self.booster_.predict(self.scale_.z(x))

    def _terms(self, x: Floats) -> tuple[list[str], Floats]:
        """Let one group at a time leave the mean: no tree has columns of two."""
        z, place = self.scale_.z(x), self._place()
        middle = float(self.booster_.predict(np.zeros((1, z.shape[1])))[0])
        terms = [np.full(len(x), self.intercept_ + middle)]
        terms.append(self.slope_ * self.line_.z(x[:, place]))
        for columns in self.groups_.values():
            alone = np.zeros_like(z)
            alone[:, columns] = z[:, columns]
            terms.append(self.booster_.predict(alone) - middle)
        groups = [f"group {name}" for name in self.groups_]
        return ["base rate", f"score: {self._names()[place]}", *groups], np.column_stack(terms)


def _boosted(
    x: Floats, y: Floats, offset: Floats, trees: int, groups: list[list[int]]
) -> HistGradientBoostingRegressor:
    """Fit trees to the working response ``(y - p) / (p (1 - p))`` with weights ``p (1 - p)``."""
    p = expit(offset)
    weight = np.maximum(p * (1.0 - p), 1e-6)
    response = (y - p) / weight
    never: Any = False  # the stubs know the word only
    return HistGradientBoostingRegressor(
        max_iter=trees,
        learning_rate=RATE,
        max_leaf_nodes=LEAVES,
        min_samples_leaf=LEAST,
        l2_regularization=SHRINK,
        max_bins=BINS,
        monotonic_cst=[1] * x.shape[1],
        interaction_cst=groups,
        early_stopping=never,
        random_state=0,  # bins of more than 200,000 rows are made of a sample
    ).fit(x, response, sample_weight=weight)
