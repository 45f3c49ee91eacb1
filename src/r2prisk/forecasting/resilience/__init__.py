"""Does resilience matter? A test whether it tells anything of onsets once risk is known."""

from __future__ import annotations

from r2prisk.forecasting.resilience.result import ResilienceTest
from r2prisk.forecasting.resilience.run import resilience_test

__all__ = ["ResilienceTest", "resilience_test"]
