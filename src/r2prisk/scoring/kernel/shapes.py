"""The shapes of the sums: what goes in besides the ratings, and what comes out."""

from __future__ import annotations

import dataclasses
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Form = Literal["damping", "subtractive", "ratio", "gate"]
Rule = Literal["rated-only", "as-absent", "prior"]


@dataclasses.dataclass(frozen=True)
class Side:
    """How indicators make factors on one side, risk or resilience.

    Parameters
    ----------
    columns : tuple of slice or int array, length k
        The positions in the ratings of each factor's indicators that have a column; ``run``
        makes a slice of them where it can.
    weights : tuple of float arrays, length k
        Their weights, >= 0.
    total : array of float, shape (k,)
        The weight of all indicators of each factor, those without a column included.
    exponent : float
        Exponent of the power mean within a factor, >= 1.
    """

    columns: tuple[slice | NDArray[np.intp], ...]
    weights: tuple[Floats, ...]
    total: Floats
    exponent: float


@dataclasses.dataclass(frozen=True)
class Sums:
    """All that the sums need to know besides the ratings.

    Parameters
    ----------
    risk, resilience : Side
        The two sides.
    kappa : array of float, shape (k, r)
        The share of risk factor k that resilience factor r can hold down at most, 0 to 1.
    views : array of float, shape (v, k)
        Weight of each risk factor in each view, >= 0; the first view is the country.
    strengths : array of float, shape (r,)
        Weight of each resilience factor in the country's resilience, >= 0.
    across : float
        Exponent of the power mean across factors, >= 1.
    form : {"damping", "subtractive", "ratio", "gate"}
        How inhibition meets presence.
    gate : float
        For the form ``gate``: the presence from which the hold of inhibition fades, 0 to 1.
    rule : {"rated-only", "as-absent", "prior"}
        What a factor makes of its unknown indicators.
    prior : float
        For the rule ``prior``: the rating that an unknown indicator is taken to have, 0 to 1.
    """

    risk: Side
    resilience: Side
    kappa: Floats
    views: Floats
    strengths: Floats
    across: float = 1.0
    form: Form = "damping"
    gate: float = 1.0
    rule: Rule = "rated-only"
    prior: float = 0.5


@dataclasses.dataclass(frozen=True)
class Sheet:
    """Scores of all rows; the last axis is the row. NaN is unknown.

    Parameters
    ----------
    rated, coverage : array of float, shape (k, n)
        Power mean of each risk factor over its rated indicators, and the share of its weight
        that was rated; ``settle`` makes presence of the two.
    strength_rated, strength_coverage : array of float, shape (r, n)
        The same for the resilience factors.
    risk, risk_low, risk_high, residual, residual_low, residual_high, view_coverage : array of
        float, shape (v, n). Power means of presence and residual in each view, with bounds.
    resilience, resilience_low, resilience_high, resilience_coverage : array of float, shape (n,)
        Power mean of strength, with bounds.
    """

    rated: Floats
    coverage: Floats
    strength_rated: Floats
    strength_coverage: Floats
    risk: Floats
    risk_low: Floats
    risk_high: Floats
    residual: Floats
    residual_low: Floats
    residual_high: Floats
    view_coverage: Floats
    resilience: Floats
    resilience_low: Floats
    resilience_high: Floats
    resilience_coverage: Floats
