"""The mean of several forecasts."""

# ruff: noqa: N803 - X is the name that scikit-learn has for features
from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import logit
from sklearn.utils.validation import check_consistent_length, check_is_fitted, has_fit_parameter

from r2prisk.errors import InputError
from r2prisk.forecasting.models.boosting import MonotoneBooster
from r2prisk.forecasting.models.calibrator import OnsetModel, ScoreCalibrator
from r2prisk.forecasting.models.features import onset_features
from r2prisk.forecasting.models.forecaster import OnsetForecaster
from r2prisk.forecasting.models.rows import Floats
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.windows import fresh
from r2prisk.panel import Panel
from r2prisk.scoring import Profile


class MeanForecaster(OnsetModel):
    """The mean of the probabilities of several models, with equal weights.

    Which model was best so far does not tell which will be: none is chosen, and none is weighted.
    A mean of probabilities is no sum of log-odds: for contributions see those of ``models_``.

    Parameters
    ----------
    models : sequence of classifiers, optional
        By default the calibrated risk score, the calibrated standing, the onset forecaster and the
        monotone booster. Others, such as scikit-learn's, get the rows with a known outcome. All
        see the same features, those of ``features``.
    horizon : int
        Periods ahead, 1 or 2; set in every model that has it.
    since : int
        First year of the rows to learn from; a model may begin later by a ``since`` of its own.
    random_state : int, optional
        Seed of every parameter ``random_state`` of the models that is None; 0 if not given.
    profile : Profile, str or path, optional
        The choices behind the scores of ``features``; ``default`` if not given.

    Attributes
    ----------
    models_ : list
        The fitted models.

    Examples
    --------
    >>> years = pd.period_range("2001", "2004", freq="Y")
    >>> index = pd.MultiIndex.from_product([["NOR", "SDN"], years], names=["unit", "period"])
    >>> X = pd.DataFrame({"risk": [0.1] * 4 + [0.8] * 4}, index=index)
    >>> y = pd.Series([0.0] * 4 + [0.0, 1.0, 0.0, 1.0], index=index)
    >>> mean = MeanForecaster(models=[ScoreCalibrator(), OnsetForecaster()])
    >>> mean.fit(X, y).predict_proba(X)[[0, 4], 1].round(2).tolist()
    [0.07, 0.55]
    """

    def __init__(
        self,
        *,
        models: Sequence[Any] | None = None,
        horizon: int = 1,
        since: int = 1970,
        random_state: int | None = None,
        profile: Profile | str | os.PathLike[str] | None = None,
    ) -> None:
        self.models = models
        self.horizon = horizon
        self.since = since
        self.random_state = random_state
        self.profile = profile

    def features(self, panel: Panel, onsets: Onsets | None = None) -> pd.DataFrame:
        """Return what the forecasts may know of each row (:func:`onset_features`)."""
        return onset_features(panel, onsets, since=self.since, profile=self.profile)

    def fit(self, X: Any, y: Any, outcomes: pd.DataFrame | None = None) -> Self:
        """Fit every model.

        Parameters and errors are those of :meth:`ScoreCalibrator.fit`; besides, there must be a
        model.
        """
        self._check(X)
        check_consistent_length(X, y)
        given = self._default() if self.models is None else list(self.models)
        if not given:
            raise InputError("MeanForecaster", ["models: none given; leave it out for the default"])
        seen, target, both = X, y, outcomes
        if isinstance(X, pd.DataFrame) and "period" in X.index.names:
            late = pd.PeriodIndex(X.index.get_level_values("period")).year >= self.since
            seen, target = X[late], np.asarray(y)[late]
            both = None if outcomes is None else outcomes[late]
        seed = self.random_state or 0
        self.models_ = [fresh(model, horizon=self.horizon, seed=seed) for model in given]
        for model in self.models_:
            if both is None:
                model.fit(seen, target)
            elif has_fit_parameter(model, "outcomes"):
                model.fit(seen, target, outcomes=both)
            else:
                own = both[self.horizon].to_numpy(dtype=float)
                known = ~np.isnan(own)
                model.fit(seen[known], own[known])
        first = self.models_[0]
        self.classes_, self.n_features_in_ = first.classes_, first.n_features_in_
        return self

    def log_odds(self, X: Any) -> Floats:
        """Return the log-odds of the mean probability, shape (n,)."""
        check_is_fitted(self)
        return logit(np.mean([model.predict_proba(X)[:, 1] for model in self.models_], axis=0))

    def _default(self) -> list[Any]:
        return [
            ScoreCalibrator(),
            ScoreCalibrator(column="standing"),
            OnsetForecaster(),
            MonotoneBooster(),
        ]
