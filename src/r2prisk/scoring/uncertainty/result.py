"""What is known about how sure scores are."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.plots import Plots
from r2prisk.scoring.kernel import Bools, Floats
from r2prisk.scoring.kernel.draws import ROUNDING
from r2prisk.scoring.kernel.pieces import Singles
from r2prisk.scoring.score import FOLLOWED
from r2prisk.scoring.scores import UNKNOWN, Scores
from r2prisk.scoring.uncertainty.gate import whole
from r2prisk.scoring.uncertainty.priors import Priors
from r2prisk.scoring.uncertainty.show import as_html, as_text
from r2prisk.scoring.uncertainty.summary import LEVELS, top_shares

RANKED = FOLLOWED[:2]
"""The scores that units are ranked by: risk and residual risk."""


def names_of(scores: Scores) -> tuple[str, ...]:
    """Return the names of the scores that are drawn: every view, residual risk, and resilience."""
    return (*scores.views, "residual_risk", "resilience")


def published(scores: Scores) -> Floats:
    """Return the published scores in the order of ``names_of``, shape (s, n)."""
    sheet = scores.sheet
    return np.concatenate([sheet.risk, sheet.residual[:1], sheet.resilience[None]])


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Uncertainty:
    """Scores with their quantiles, ranks and chances; made by ``uncertainty``.

    Parameters
    ----------
    scores : Scores
        The published scores, with their bounds, which assume nothing.
    priors : Priors
        How far the choices varied: what the quantiles assume.
    vary : tuple of str
        The groups of assumptions that varied.
    draws : int
        Number of draws d; draw 0 has the profile's own choices.
    quantiles : array of float, shape (s, n, 7)
        Of each score at ``LEVELS`` (2.5, 5, 25, 50, 75, 95 and 97.5 per cent), widened to hold the
        published score; NaN where that is unknown.
    outside : array of bool, shape (s, n)
        Where even the interval from 2.5 to 97.5 per cent had to be widened for it.
    beyond : array of int8, shape (s, n)
        -1 where the published score is below the lower quartile of its draws, 1 where it is above
        the upper, 0 between or unknown.
    errors : array of float, shape (3, n)
        Standard error of the medians of risk, residual risk and resilience.
    ranks : array of float, shape (2, n, 7)
        Quantiles of the rank within the period by risk and by residual risk, 1 the highest, widened
        likewise.
    chances : array of float, shape (n, b + 1)
        Share of draws in the unknown band and in every band of the profile, summing to 1; not
        widened, so that the published band may have none.
    kept : array of float32, shape (2, n, d)
        Risk and residual risk in every draw.
    provenance : dict
        As that of scores, with the seed, the call and the hash of the priors.
    notes : tuple of str
        Variances that could not be kept to, one line each.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> from r2prisk.scoring.uncertainty import uncertainty
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9]})
    >>> sure = uncertainty(read_panel(frame), draws=256, vary=["kappa", "exponents"])
    >>> float(sure.above("SDN", "NOR", 2003)["SDN above NOR"])
    1.0
    """

    scores: Scores
    priors: Priors
    vary: tuple[str, ...]
    draws: int
    quantiles: Floats
    outside: Bools
    beyond: NDArray[np.int8]
    errors: Floats
    ranks: Floats
    chances: Floats
    kept: Singles
    provenance: dict[str, object]
    notes: tuple[str, ...] = ()

    plot = Plots()

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def names(self) -> tuple[str, ...]:
        """The scores, in the order of the first axis of ``quantiles``."""
        return names_of(self.scores)

    def to_frame(self) -> pd.DataFrame:
        """Return everything but the draws as a frame.

        Returns
        -------
        pandas.DataFrame
            Index ``unit``, ``period``. For each score: itself, its bounds as in ``Scores`` (nothing
            assumed), ``_q2.5`` to ``_q97.5`` (what the priors make of it), ``_outside`` (even
            the widest interval had to be widened to hold it), and ``_beyond`` (-1 below the lower
            quartile of its draws, 1 above the upper). ``risk_rank_q2.5`` and so on, the same of
            residual risk; ``P(unknown)`` and ``P(band)`` for each band.
        """
        detail = self.scores.to_frame(detail=True)
        columns: dict[str, object] = {}
        for s, name in enumerate(self.names):
            bound = "residual" if name == "residual_risk" else name
            columns |= {c: detail[c] for c in (name, f"{bound}_low", f"{bound}_high")}
            columns |= _named(name, self.quantiles[s])
            columns[f"{name}_outside"] = self.outside[s]
            columns[f"{name}_beyond"] = self.beyond[s]
        for s, name in enumerate(RANKED):
            columns |= _named(f"{name}_rank", self.ranks[s])
        bands = (f"P({name})" for name in self.bands)
        columns |= dict(zip(bands, self.chances.T, strict=True))
        return pd.DataFrame(columns, index=self.scores.index)

    @property
    def bands(self) -> tuple[str, ...]:
        """The bands, ``unknown`` first, in the order of the last axis of ``chances``."""
        return (UNKNOWN, *(band.name for band in self.scores.profile.bands))

    @property
    def convergence(self) -> pd.DataFrame:
        """How far the medians may still be off.

        ``largest`` and ``typical`` standard error of a median among all rows, for risk, residual
        risk and resilience.
        """
        columns: dict[str, list[float]] = {"largest": [], "typical": []}
        for of_score in self.errors:
            some = of_score[~np.isnan(of_score)]
            columns["largest"].append(float(some.max()) if len(some) else np.nan)
            columns["typical"].append(float(np.median(some)) if len(some) else np.nan)
        return pd.DataFrame(columns, index=pd.Index(FOLLOWED, name="score"))

    def above(self, a: str, b: str, period: object, *, of: str = "risk") -> pd.Series[float]:
        """Return how likely one unit scores above another in a period.

        Both are scored with the same choices in every draw, so that this says more than whether
        their intervals overlap.

        Parameters
        ----------
        a, b : str
            Units.
        period : period-like
            Such as ``2003``.
        of : {"risk", "residual_risk"}
            The score.

        Returns
        -------
        pandas.Series
            ``A above B``, ``B above A`` and ``tie`` (equal within the rounding of draws), which sum
            to 1; NaN if either score is unknown.

        Raises
        ------
        InputError
            If there is no such score, unit or period (the nearest is named), or a and b are one.
        """
        which = _which(of)
        rows = self._rows(period)
        units = self.scores.index.get_level_values("unit")
        place = {str(units[n]): n for n in rows.tolist()}
        problems = [
            f"no unit '{unit}' in {period}{nearest(str(unit), place)}"
            for unit in (a, b)
            if unit not in list(place)  # a list compares what has no hash
        ]
        if a == b:
            problems.append(f"a and b are both '{a}'; two units are compared")
        if problems:
            raise InputError("above", problems)
        gap = self.kept[which, place[a]] - self.kept[which, place[b]]
        chances = [(gap > ROUNDING).mean(), (gap < -ROUNDING).mean()]
        chances.append((np.abs(gap) <= ROUNDING).mean())
        names = [f"{a} above {b}", f"{b} above {a}", "tie"]
        return pd.Series(
            np.nan if np.isnan(gap[0]) else np.array(chances, dtype=np.float64), names, name=of
        )

    def top(self, k: int, period: object, *, of: str = "risk") -> pd.Series[float]:
        """Return how likely each unit is among the k highest of a period.

        Parameters
        ----------
        k : int
            From 1 to the number of units whose score is known; equals share the places that are
            left, so that the chances sum to k.
        period : period-like
            Such as ``2003``.
        of : {"risk", "residual_risk"}
            The score.

        Returns
        -------
        pandas.Series
            By unit, the likeliest first; units whose score is unknown are not listed.

        Raises
        ------
        InputError
            If there is no such score or period, or k is out of range.
        """
        which = _which(of)
        rows = self._rows(period)
        rows = rows[~np.isnan(self.kept[which, rows, 0])]
        if not whole(k) or not 1 <= k <= len(rows):
            raise InputError("top", [f"k is {k!r}; {period} has {len(rows)} units with a {of}"])
        units = self.scores.index.get_level_values("unit")[rows]
        chances = pd.Series(top_shares(self.kept[which, rows], k), units, name=f"P(top {k})")
        return chances.sort_index().sort_values(ascending=False, kind="stable")

    def _rows(self, period: object) -> NDArray[np.intp]:
        periods = pd.PeriodIndex(self.scores.index.get_level_values("period"))
        wanted = str(period_of(period, "period"))
        rows = np.flatnonzero(periods.astype(str) == wanted)
        if not len(rows):
            span = f"there is {periods.min()} to {periods.max()}"
            raise InputError("uncertainty", [f"no period '{period}'; {span}"])
        return rows

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def _named(name: str, spread: Floats) -> dict[str, Floats]:
    return {f"{name}_q{100 * level:g}": spread[:, q] for q, level in enumerate(LEVELS)}


def _which(of: str) -> int:
    if of not in RANKED:
        message = f"no draws are kept of '{of}'; allowed: {', '.join(RANKED)}{nearest(of, RANKED)}"
        raise InputError("uncertainty", [message])
    return RANKED.index(of)
