"""Models of onset: a calibrated score, small corrections on it, and the mean of several."""

from __future__ import annotations

from r2prisk.forecasting.models.boosting import MonotoneBooster
from r2prisk.forecasting.models.calibrator import ScoreCalibrator
from r2prisk.forecasting.models.ensemble import MeanForecaster
from r2prisk.forecasting.models.explain import words_of
from r2prisk.forecasting.models.features import onset_features, score_features
from r2prisk.forecasting.models.forecaster import OnsetForecaster

__all__ = [
    "MeanForecaster",
    "MonotoneBooster",
    "OnsetForecaster",
    "ScoreCalibrator",
    "onset_features",
    "score_features",
    "words_of",
]
