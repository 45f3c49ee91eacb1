"""Onset forecasts: models, back-tests, leak tests, verification, frozen forecasts, resilience."""

from __future__ import annotations

from r2prisk.forecasting.backtest import Backtest, backtest
from r2prisk.forecasting.frozen import Frozen, freeze, read_frozen
from r2prisk.forecasting.leaks import LeakTest, leak_test
from r2prisk.forecasting.models import (
    MeanForecaster,
    MonotoneBooster,
    OnsetForecaster,
    ScoreCalibrator,
    onset_features,
    score_features,
    words_of,
)
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.read import read_onsets
from r2prisk.forecasting.resilience import ResilienceTest, resilience_test
from r2prisk.forecasting.verification import Comparison, Verification, compare, verify
from r2prisk.forecasting.windows import lagged

__all__ = [
    "Backtest",
    "Comparison",
    "Frozen",
    "LeakTest",
    "MeanForecaster",
    "MonotoneBooster",
    "OnsetForecaster",
    "Onsets",
    "ResilienceTest",
    "ScoreCalibrator",
    "Verification",
    "backtest",
    "compare",
    "freeze",
    "lagged",
    "leak_test",
    "onset_features",
    "read_frozen",
    "read_onsets",
    "resilience_test",
    "score_features",
    "verify",
    "words_of",
]
