"""Forecasts held against what came: skill, calibration, lists, differences."""

from __future__ import annotations

from r2prisk.forecasting.verification.compare import Comparison, compare
from r2prisk.forecasting.verification.result import Verification, verify

__all__ = ["Comparison", "Verification", "compare", "verify"]
