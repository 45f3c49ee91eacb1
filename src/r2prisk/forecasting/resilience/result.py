"""What a test of resilience found."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import pandas as pd

from r2prisk.forecasting.resilience.power import smallest
from r2prisk.forecasting.resilience.show import as_html, as_text, sentences


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ResilienceTest:
    """Does resilience tell anything of onsets once risk is known; made by ``resilience_test``.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a form, index ``form``: ``family``, ``rows``, ``onsets``, ``fit`` (how),
        ``coefficient`` with ``low`` and ``high`` (log-odds of one deviation, for hazards the log of
        the rate, for ``interaction, on probabilities`` a probability; NaN of several terms),
        ``sign``, ``p`` (countries drawn), ``p_lr``, ``p_holm`` (over all forms), ``p_max`` (over
        all single coefficients); then what it adds to forecasts: ``forecast_rows``,
        ``forecast_onsets``, ``auc_gain``, ``log_gain`` and ``brier_gain`` with ``_low`` and
        ``_high`` (positive: better than the same forecast without resilience), ``p_auc``,
        ``p_log``, ``p_reality``.
    pairs : pandas.DataFrame
        Each linked risk and resilience factor; empty where no link is rated.
    power : pandas.DataFrame
        ``planted``, ``lowers``, ``seen``, ``reverse``, ``seen_holm``, ``draws``.
    collinearity : dict of str to float
        ``correlation`` of risk and resilience over the rows, ``within`` periods,
        ``variance_inflation`` of resilience given risk, ``deviation`` of resilience; ``apart``:
        the correlation with risk from which missing resilience is taken out (NaN where the
        framework does not say what that is).
    aside : pandas.DataFrame
        ``form``, ``rows``, ``why``: rows and forms that were left out.
    provenance : dict
        Library version, call, seed, profile, hashes of panel and onsets.

    Examples
    --------
    >>> from r2prisk.forecasting import ResilienceTest
    >>> ResilienceTest.__name__
    'ResilienceTest'
    """

    table: pd.DataFrame
    pairs: pd.DataFrame
    power: pd.DataFrame
    collinearity: dict[str, float]
    aside: pd.DataFrame
    provenance: dict[str, Any]

    @cached_property
    def smallest(self) -> dict[str, float]:
        """Smallest share of the odds whose loss is seen with 80 % power; NaN: none that was tried.

        By form, as in ``power``.
        """
        return {
            name: smallest(self.power, name) for name in map(str, self.power["planted"].unique())
        }

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What was found, in plain words and never stronger than the intervals."""
        return tuple(sentences(self))

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
