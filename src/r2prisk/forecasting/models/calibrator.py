"""The unfitted score turned into a probability, and what all models share."""

# ruff: noqa: N803 - X is the name that scikit-learn has for features
from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from r2prisk.errors import InputError, nearest
from r2prisk.forecasting.models.explain import labelled
from r2prisk.forecasting.models.features import late_rows, score_features
from r2prisk.forecasting.models.rows import (
    Floats,
    Rows,
    Scale,
    levels,
    ridge_logit,
    training_rows,
    two_columns,
)
from r2prisk.forecasting.windows import HORIZONS
from r2prisk.panel import Panel
from r2prisk.scoring import Profile
from r2prisk.scoring.uncertainty.gate import whole


class OnsetModel(ClassifierMixin, BaseEstimator):
    """What the models share: checks of what comes in, classes, and probabilities from log-odds."""

    column: str
    horizon: int
    window: int
    since: int
    n_features_in_: int

    def _open(self, X: Any, y: Any, outcomes: pd.DataFrame | None) -> tuple[Floats, Floats, Rows]:
        """Check what is to be learned from; return features, score and rows."""
        self._check(X)
        x: Floats
        if outcomes is None:
            # a plain classifier, as scikit-learn knows it: two classes of any kind, none unknown
            pair: Any = validate_data(self, X, y, ensure_all_finite="allow-nan", dtype=float)
            x, given = pair
            check_classification_targets(given)
            kind = type_of_target(given, input_name="y")
            if kind != "binary":
                raise ValueError(f"Only binary classification is supported. The type is {kind}.")
            self.classes_, codes = np.unique(given, return_inverse=True)
            if len(self.classes_) < 2:
                raise ValueError("This model needs two classes, found 1 class.")
            known = codes.astype(float)
        else:
            alone: Any = validate_data(self, X, ensure_all_finite="allow-nan", dtype=float)
            x, known = alone, np.empty(0)
            self.classes_ = np.array([0.0, 1.0])
        index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(x))
        span = {"horizon": self.horizon, "window": self.window, "since": self.since}
        rows = training_rows(index, known, outcomes, **span)
        return x, x[:, self._place()], rows

    def _read(self, X: Any) -> Floats:
        check_is_fitted(self)
        x: Any = validate_data(self, X, reset=False, ensure_all_finite="allow-nan", dtype=float)
        return x

    def _check(self, X: Any) -> None:
        """Refuse parameters out of range, and a frame of units and periods without the score."""
        given: dict[str, Any] = self.get_params(deep=False)
        problems: list[str] = []
        for name, least in {"horizon": 1, "window": 1, "since": None, "trees": 1}.items():
            value = given.get(name, 1)
            if name == "horizon" and not (whole(value) and value in HORIZONS):
                problems.append(f"horizon: {value!r} is not 1 or 2")
            elif not whole(value) or (least is not None and value < least):
                allowed = "a whole number" + ("" if least is None else f" from {least}")
                problems.append(f"{name}: {value!r} is not {allowed}")
        strength = given.get("C", 1.0)
        if not isinstance(strength, (int, float)) or not 0 < strength < np.inf:
            problems.append(f"C: {strength!r} is not a number above 0")
        if "column" in given and isinstance(X, pd.DataFrame) and "period" in X.index.names:
            names = [str(name) for name in X.columns]
            if self.column not in names:
                near = nearest(self.column, names)
                problems.append(f"the features have no column '{self.column}'{near}")
        if problems:
            raise InputError(type(self).__name__, problems)

    def _names(self) -> list[str]:
        """Return the names of the columns learned from; their numbers where they had none."""
        names: Any = getattr(self, "feature_names_in_", range(self.n_features_in_))
        return [str(name) for name in names]

    def _place(self) -> int:
        """Return the column of the score: by its name, else the first."""
        names = self._names()
        return names.index(self.column) if self.column in names else 0

    def _terms(self, x: Floats) -> tuple[list[str], Floats]:
        """Return what adds up to the log-odds, with its names, shape (n, terms)."""
        raise NotImplementedError

    def log_odds(self, X: Any) -> Floats:
        """Return the log-odds of an onset within the horizon, shape (n,)."""
        return self._terms(self._read(X))[1].sum(axis=1)

    def contributions(
        self, X: Any, *, framework: str | os.PathLike[str] = "un-foa-2014"
    ) -> pd.DataFrame:
        """Return what each part of the forecast adds to the log-odds of each row.

        Parameters
        ----------
        X : DataFrame or array, shape (n, p)
            Features.
        framework : str or path
            The framework whose words are used, or the file of a user's own.

        Returns
        -------
        pandas.DataFrame, shape (n, terms)
            In log-odds; columns ``id`` and ``label``, in the words of the framework: the base rate,
            the score, then the corrections. Each row sums to ``log_odds(X)`` within 1e-9. That is
            the logit of the probability, unless it lies beyond one in a million, where
            ``predict_proba`` stops. What is missing in a row adds nothing: it is at the mean.

        Raises
        ------
        InputError
            If there is no such framework.
        """
        names, terms = self._terms(self._read(X))
        index = X.index if isinstance(X, pd.DataFrame) else pd.RangeIndex(len(terms))
        return pd.DataFrame(terms, index=index, columns=labelled(names, framework=framework))

    def predict_proba(self, X: Any) -> Floats:
        """Return the probabilities of none and of an onset, shape (n, 2)."""
        return two_columns(self.log_odds(X))

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the more probable class; with rare onsets that is almost always none."""
        more = self.predict_proba(X)[:, 1] > 0.5
        return self.classes_[more.astype(int)]

    def __sklearn_tags__(self) -> Any:
        tags: Any = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True
        tags.input_tags.allow_nan = True
        return tags


class Line:
    """``logit p = a_h + b z``, z the score less its mean over its deviation, b >= 0.

    b is shrunk to 1, with a penalty ``(b - 1)^2 / 2``: where events are so few that they say
    nothing, the order is that of theory, one deviation of the score raising the odds e-fold, and
    scores that separate the outcomes stay finite. b is never below 0: a score that orders wrongly
    becomes a constant forecast, and is not turned round.

    Parameters
    ----------
    score : array of float, shape (n,)
        Score of each row; what is missing is at the mean.
    rows : Rows
        What is learned from.
    """

    def __init__(self, score: Floats, rows: Rows) -> None:
        self.scale = Scale(score[:, np.newaxis], rows)
        self.mean, self.weight = float(self.scale.mean[0]), float(self.scale.weight[0])
        z = self.z(score)[rows.place]
        free = len(rows.horizons)
        penalty = np.append(np.full(free, 1e-3), 1.0)
        least = np.append(np.full(free, -np.inf), -1.0)
        found = ridge_logit(np.column_stack([rows.one_each, z]), rows.outcome, z, penalty, least)
        self.start, self.slope = found[:-1], 1.0 + float(found[-1])

    def z(self, score: Floats) -> Floats:
        """Return the score in deviations from its mean; what is missing is at the mean."""
        return self.scale.z(score[:, np.newaxis])[:, 0]

    def at(self, score: Floats, rows: Rows) -> Floats:
        """Return the log-odds of the rows to learn from, before the level of recent years."""
        return self.start[rows.ahead] + self.slope * self.z(score)[rows.place]


class ScoreCalibrator(OnsetModel):
    """The unfitted score as a probability: the transparent public forecast.

    ``logit p = a + b s``: one slope b >= 0 from all rows and both horizons, and an intercept a
    from the last ``window`` years with a known outcome, after which the forecasts of these years
    sum to their onsets and one half. In a back-test both are prequential: each origin learns them
    anew from the outcomes known at it, and the score itself is fitted to nothing.

    Parameters
    ----------
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
    intercept_, slope_ : float
        a and b, in log-odds; b for the score as it is, from 0 to 1.
    middle_ : float
        Where a row without a score stands: the mean of those learned from.

    Notes
    -----
    b is shrunk to 1 for one deviation of the score, by as much as one event would tell: with next
    to no onsets the order is that of the score. A score that orders wrongly gets b = 0.

    Examples
    --------
    >>> years = pd.period_range("2001", "2004", freq="Y")
    >>> index = pd.MultiIndex.from_product([["NOR", "SDN"], years], names=["unit", "period"])
    >>> X = pd.DataFrame({"risk": [0.1] * 4 + [0.8] * 4}, index=index)
    >>> y = pd.Series([0.0] * 4 + [0.0, 1.0, 0.0, 1.0], index=index)
    >>> ScoreCalibrator().fit(X, y).predict_proba(X)[[0, 4], 1].round(2).tolist()
    [0.07, 0.55]
    """

    def __init__(
        self,
        *,
        column: str = "risk",
        horizon: int = 1,
        window: int = 15,
        since: int = 1970,
        profile: Profile | str | os.PathLike[str] | None = None,
    ) -> None:
        self.column = column
        self.horizon = horizon
        self.window = window
        self.since = since
        self.profile = profile

    def features(self, panel: Panel) -> pd.DataFrame:
        """Return the two unfitted scores of every row (:func:`score_features`)."""
        return late_rows(score_features(panel, profile=self.profile), self.since)

    def fit(self, X: Any, y: Any, outcomes: pd.DataFrame | None = None) -> Self:
        """Learn slope and intercept.

        Parameters
        ----------
        X : DataFrame or array, shape (n, p)
            Features, NaN where unknown; a DataFrame with a level ``period`` (of pandas Periods)
            says which rows are recent, and which come before ``since`` and are not learned from.
        y : array, shape (n,)
            The outcomes, of two kinds, all known; not read where ``outcomes`` are given.
        outcomes : pandas.DataFrame, optional
            Columns 1 and 2: the outcomes of both horizons for the rows of X, 1, 0 or NaN where not
            known. Both are learned together; there may be no onset at all among them.

        Raises
        ------
        InputError
            If a parameter is out of range, a frame by period has no such column, or ``outcomes``
            are not those of X or hold none that is known of the horizon.
        ValueError
            As scikit-learn raises it, for what is no binary classification.
        """
        _, score, rows = self._open(X, y, outcomes)
        line = Line(score, rows)
        here = rows.horizons.index(self.horizon)
        shift = levels(line.at(score, rows), rows)[here]
        self.slope_, self.middle_ = line.slope * line.weight, line.mean
        self.intercept_ = float(line.start[here] + shift - self.slope_ * line.mean)
        return self

    def _terms(self, x: Floats) -> tuple[list[str], Floats]:
        place = self._place()
        score = np.where(np.isnan(x[:, place]), self.middle_, x[:, place])
        base = np.full(len(x), self.intercept_ + self.slope_ * self.middle_)
        names = ["base rate", f"score: {self._names()[place]}"]
        return names, np.column_stack([base, self.slope_ * (score - self.middle_)])
