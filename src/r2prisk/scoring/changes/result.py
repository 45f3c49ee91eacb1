"""The cheapest changes as a result that shows itself."""

from __future__ import annotations

import dataclasses

import pandas as pd

from r2prisk.scoring.changes.show import smallest_html, smallest_text


@dataclasses.dataclass(frozen=True, eq=False)
class ChangeSet:
    """Improvements that together reach the band.

    Parameters
    ----------
    cost : float
        Of all steps.
    changes : pandas.DataFrame
        Columns ``indicator``, ``label``, ``factor``, ``before``, ``after``, ``steps``, ``cost`` and
        ``lead_time`` (NaN if none was given).
    risk, residual_risk, resilience : float
        As ``score`` finds them with these changes made.

    Examples
    --------
    Risk 0.5 = (0.75 + 0.25) / 2; one step of 9.1 gives (0.5 + 0.25) / 2 = 0.375 < 0.45.

    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.changes import smallest_changes
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "1.1": 0.25, "9.1": 0.75}))
    >>> found = smallest_changes(score(panel), "KEN", "moderate", alternatives=0, locked=["1.1"])
    >>> found.sets[0].cost, found.sets[0].risk
    (1.0, 0.375)
    """

    cost: float
    changes: pd.DataFrame
    risk: float
    residual_risk: float
    resilience: float


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SmallestChanges:
    """The cheapest sets of improvements that reach a band; made by ``smallest_changes``.

    Parameters
    ----------
    unit, period, target : str
        The row and the band.
    band : str
        The published band of risk, ``unknown`` where too little is rated for one.
    coverage : float
        Share of the risk weight that is rated, 0 to 1.
    below : float
        The upper limit of the band, which residual risk must be under.
    before, lowest : float
        Residual risk as it is, and with everything improved that can be; of ``score``.
    sets : tuple of ChangeSet
        The cheapest, then alternatives by rising cost, each without at least one indicator of
        every set before it; empty where nothing is needed or nothing is enough.
    left : pandas.DataFrame
        What is left of each risk factor at the lowest: index factor; columns ``residual``,
        ``locked``, ``too_late`` and ``unknown`` (indicators) and ``no_hold`` (no kappa above 0).
    unknown, locked, too_late : tuple of str
        Indicators that cannot be improved because nobody rated them, because they are locked, or
        because their lead time is longer than asked for.
    provenance : dict
        Of the scores.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.changes import smallest_changes
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2008, "1.1": 0.5, "9.1": 0.5}))
    >>> found = smallest_changes(score(panel), "KEN", "low", locked=["RF1", "RF9"])
    >>> found.possible, found.lowest, found.sets, found.locked
    (False, 0.5, (), ('1.1', '9.1'))
    """

    unit: str
    period: str
    band: str
    coverage: float
    target: str
    below: float
    before: float
    lowest: float
    sets: tuple[ChangeSet, ...]
    left: pd.DataFrame
    unknown: tuple[str, ...]
    locked: tuple[str, ...]
    too_late: tuple[str, ...]
    provenance: dict[str, object]

    @property
    def needed(self) -> bool:
        """Whether residual risk is not under the limit as it is."""
        return round(self.before, 12) >= self.below

    @property
    def possible(self) -> bool:
        """Whether it can be brought under the limit."""
        return round(self.lowest, 12) < self.below

    def __repr__(self) -> str:
        return smallest_text(self)

    def _repr_html_(self) -> str:
        return smallest_html(self)
