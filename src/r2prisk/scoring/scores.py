"""Scores: what a panel and a profile make, with coverage and bounds beside every number."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework, load_crosswalk
from r2prisk.errors import InputError, nearest
from r2prisk.panel import Panel
from r2prisk.panel.periods import period_of
from r2prisk.panel.read import CLOSED
from r2prisk.plots import Plots
from r2prisk.scoring.kernel import Floats, Sheet, Sums, bounds, left_open, meet, settle, view_means
from r2prisk.scoring.profile import Profile
from r2prisk.scoring.show import as_html, as_text
from r2prisk.scoring.spread import Deviations
from r2prisk.scoring.write import write_scores

UNKNOWN = "unknown"

RESTRICTED = "Made with restricted evidence: not for a wider circle."
"""What stands under all that is shown of scores that rest on closed evidence."""


def need_scores(given: object, subject: str) -> None:
    """Refuse what is not Scores: people pass the panel, or the frame that a file gives.

    Raises
    ------
    InputError
        If it is anything else.

    Examples
    --------
    >>> need_scores(pd.DataFrame(), "explain")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: explain: needs Scores, found DataFrame; score(panel) makes them
    """
    if not isinstance(given, Scores):
        found = f"needs Scores, found {type(given).__name__}; score(panel) makes them"
        raise InputError(subject, [found])


def is_closed(provenance: Mapping[str, object]) -> bool:
    """Say whether scores were made with evidence that is not for everybody.

    Examples
    --------
    >>> is_closed({"notes": ["3 rows restricted or confidential: not for a wider circle"]})
    True
    """
    return CLOSED in str(provenance.get("notes", ""))


def rest_on_closed(scores: Scores) -> bool:
    """Say whether scores, or the ratings in them, rest on evidence that is not for everybody.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> rest_on_closed(score(panel))
    False
    """
    return is_closed(scores.provenance) or is_closed({"notes": scores.panel.notes})


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Scores:
    """Risk, resilience and residual risk of every row of a panel; made by ``score``.

    Parameters
    ----------
    panel : Panel, shape (n, i)
        The ratings that were scored.
    profile : Profile
        The choices that made the scores.
    risk_framework, resilience_framework : Framework
        Name the factors.
    views : tuple of str, length v
        The country (``risk``), the crimes, and the profile's own views.
    sums : Sums
        Weights and inhibition as arrays.
    sheet : Sheet
        The numbers, rows last.
    provenance : dict
        Library version, frameworks, profile and its hash, panel hash, seed, call, sources.
    deviations : Deviations, optional
        What the variances of the ratings make of those of the scores, where the panel has any.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9]})
    >>> scores = score(read_panel(frame))
    >>> scores.rank()["rank"].to_dict()
    {('SDN', Period('2003', 'Y-DEC')): 1, ('NOR', Period('2003', 'Y-DEC')): 2}
    """

    panel: Panel
    profile: Profile
    risk_framework: Framework
    resilience_framework: Framework
    views: tuple[str, ...]
    sums: Sums
    sheet: Sheet
    provenance: dict[str, object]
    deviations: Deviations | None = None

    plot = Plots()

    def __len__(self) -> int:
        return len(self.panel)

    @property
    def index(self) -> pd.MultiIndex:
        """Unit and period of each row, shape (n,)."""
        return self.panel.index

    def to_frame(self, *, detail: bool = False) -> pd.DataFrame:
        """Return the scores as a frame.

        Parameters
        ----------
        detail : bool
            Add bounds of every score, coverage of the crimes, inhibition, residual risk by crime,
            and the Secretary-General's six risk factors.

        Returns
        -------
        pandas.DataFrame
            Index ``unit``, ``period``; all scores from 0 to 1, NaN where unknown. ``risk``,
            ``residual_risk``, ``resilience``, ``coverage`` (share of the risk weight that was
            rated), bounds ``risk_low`` to ``residual_high``, ``band`` (``unknown`` where too
            little was rated for one); each risk factor and its
            ``_residual``; each resilience factor; each crime and view; ``resilience_coverage`` and
            each factor's ``_coverage``. Where the panel has variances also ``risk_sd``,
            ``residual_risk_sd`` and ``resilience_sd``, which they make of them.
        """
        if detail:
            return self._all.copy()
        columns = self._columns()
        names = self._headline_columns()
        return pd.DataFrame({name: columns[name] for name in names}, index=self.index)

    @cached_property
    def _all(self) -> pd.DataFrame:
        columns = self._columns()
        homes = self._homes()
        if homes:
            sheet = self._sg_sheet(homes)
            for v, name in enumerate(homes):
                columns.update(self._view(sheet, v, name))
        return pd.DataFrame(columns, index=self.index)

    def _columns(self) -> dict[str, NDArray[np.float64] | NDArray[np.object_]]:
        """Name every score but the Secretary-General's view, which only the detail shows."""
        columns: dict[str, NDArray[np.float64] | NDArray[np.object_]] = {}
        for v, view in enumerate(self.views):
            columns.update(self._view(self.sheet, v, view))
        columns["band"] = self._bands()
        s = self.sheet
        columns |= {
            "resilience": s.resilience,
            "resilience_low": s.resilience_low,
            "resilience_high": s.resilience_high,
            "resilience_coverage": s.resilience_coverage,
        }
        return columns | self._risk_factors() | self._resilience_factors() | self._deviations()

    def _deviations(self) -> dict[str, Floats]:
        if self.deviations is None:
            return {}
        fields = dataclasses.asdict(self.deviations)
        return {f"{name}_sd": deviation for name, deviation in fields.items()}

    def _view(self, sheet: Sheet, v: int, name: str) -> dict[str, Floats]:
        """Name the columns of one view; the country's residual is called residual risk."""
        country = name == "risk"
        residual = "residual" if country else f"{name}_residual"
        return {
            name: sheet.risk[v],
            "residual_risk" if country else residual: sheet.residual[v],
            "coverage" if country else f"{name}_coverage": sheet.view_coverage[v],
            f"{name}_low": sheet.risk_low[v],
            f"{name}_high": sheet.risk_high[v],
            f"{residual}_low": sheet.residual_low[v],
            f"{residual}_high": sheet.residual_high[v],
        }

    @cached_property
    def presence(self) -> Floats:
        """Presence of each risk factor, shape (k, n): what the missing rule makes of its mean."""
        s, sums = self.sheet, self.sums
        return settle(s.rated, s.coverage, sums.risk.exponent, sums.rule, sums.prior)

    @cached_property
    def _strength(self) -> Floats:
        s, sums = self.sheet, self.sums
        exponent = sums.resilience.exponent
        return settle(s.strength_rated, s.strength_coverage, exponent, sums.rule, sums.prior)

    def _risk_factors(self) -> dict[str, Floats]:
        s, sums = self.sheet, self.sums
        low, high = bounds(s.rated, s.coverage, sums.risk.exponent)
        weak, firm = bounds(s.strength_rated, s.strength_coverage, sums.resilience.exponent)
        left = left_open(self._strength, sums.kappa)
        presence = self.presence
        residual = meet(presence, left, sums)
        lowest = np.fmin(meet(low, left_open(firm, sums.kappa), sums), residual)
        highest = np.fmax(meet(high, left_open(weak, sums.kappa), sums), residual)
        columns: dict[str, Floats] = {}
        for k, factor in enumerate(self.risk_framework.factors):
            columns |= {
                factor.id: presence[k],
                f"{factor.id}_low": low[k],
                f"{factor.id}_high": high[k],
                f"{factor.id}_coverage": s.coverage[k],
                f"{factor.id}_inhibition": 1.0 - left[k],
                f"{factor.id}_residual": residual[k],
                f"{factor.id}_residual_low": lowest[k],
                f"{factor.id}_residual_high": highest[k],
            }
        return columns

    def _resilience_factors(self) -> dict[str, Floats]:
        s, strength = self.sheet, self._strength
        weak, firm = bounds(s.strength_rated, s.strength_coverage, self.sums.resilience.exponent)
        columns: dict[str, Floats] = {}
        for r, factor in enumerate(self.resilience_framework.factors):
            columns |= {
                factor.id: strength[r],
                f"{factor.id}_low": weak[r],
                f"{factor.id}_high": firm[r],
                f"{factor.id}_coverage": s.strength_coverage[r],
            }
        return columns

    def _homes(self) -> dict[str, tuple[str, ...]]:
        """Return the factors under each of the Secretary-General's, where they are all there."""
        ids = {factor.id for factor in self.risk_framework.factors}
        links = load_crosswalk().sg_risk
        return {k.source: k.to for k in links} if all(set(k.to) <= ids for k in links) else {}

    def _sg_sheet(self, homes: dict[str, tuple[str, ...]]) -> Sheet:
        country = self.sums.views[0]
        ids = [factor.id for factor in self.risk_framework.factors]
        views = [
            [weight if name in home else 0.0 for name, weight in zip(ids, country, strict=True)]
            for home in homes.values()
        ]
        s = self.sheet
        sums = dataclasses.replace(self.sums, views=np.array(views))
        return view_means(s.rated, s.coverage, s.strength_rated, s.strength_coverage, sums)

    def _bands(self) -> NDArray[np.object_]:
        risk, coverage = self.sheet.risk[0], self.sheet.view_coverage[0]
        starts = np.array([band.start for band in self.profile.bands])
        names = np.array([band.name for band in self.profile.bands], dtype=object)
        # rounded so that a risk of 0.3 is not below a limit of 0.3 by its last bit
        known = np.round(np.nan_to_num(risk), 12)
        bands = names[np.searchsorted(starts, known, side="right") - 1]
        bands[np.isnan(risk) | (coverage < self.profile.missing.band_coverage)] = UNKNOWN
        return bands

    def _headline_columns(self) -> list[str]:
        risk = [factor.id for factor in self.risk_framework.factors]
        resilience = [factor.id for factor in self.resilience_framework.factors]
        return [
            *("risk", "residual_risk", "resilience", "coverage"),
            *("risk_low", "risk_high", "residual_low", "residual_high", "band"),
            *risk,
            *(f"{name}_residual" for name in risk),
            *resilience,
            *self.views[1:],
            # what was rated of each, without which a change over time cannot be read
            *("resilience_coverage", *(f"{name}_coverage" for name in (*risk, *resilience))),
            *self._deviations(),
        ]

    def rank(self, by: str = "risk") -> pd.DataFrame:
        """Rank the units of each period, the highest first.

        Parameters
        ----------
        by : str
            ``risk``, ``residual_risk``, ``resilience``, or any other score column.

        Returns
        -------
        pandas.DataFrame
            Index ``unit``, ``period``, sorted by period and rank; columns ``by``, ``rank`` (from
            unrounded scores; equals share the better rank) and ``of`` (units ranked in the
            period). Rows whose score is unknown are not ranked and not listed.

        Raises
        ------
        InputError
            If there is no such score (the nearest is named).
        """
        column = self._column(by).dropna()
        periods = column.groupby(level="period")
        frame = pd.DataFrame(
            {
                by: column,
                "rank": periods.rank(method="min", ascending=False).astype(int),
                "of": periods.transform("size"),
            }
        )
        return frame.sort_values(["period", "rank", "unit"])

    def standing(self, by: str = "risk") -> pd.Series[float]:
        """Return each score as its percentile (0 to 1) among all units of the same period.

        Standing compares within a period; it says nothing of change over time.

        Raises
        ------
        InputError
            If there is no such score (the nearest is named).
        """
        return self._column(by).groupby(level="period").rank(pct=True)

    def _column(self, name: str) -> pd.Series[float]:
        numbers = [c for c in self._all.columns if c != "band"]
        if name not in numbers:
            raise InputError("scores", [f"no score '{name}'{nearest(name, numbers)}"])
        return self._all[name]

    def loc(self, unit: str, period: object) -> pd.Series[float]:
        """Return all scores of one unit and period.

        Raises
        ------
        InputError
            If the unit or the period is not there (the nearest unit is named).
        """
        units = self.index.get_level_values("unit")
        if unit not in units:
            raise InputError("scores", [f"no unit '{unit}'{nearest(unit, set(units))}"])
        here = np.flatnonzero(units == unit).tolist()
        periods = [str(self.index[n][1]) for n in here]
        wanted = str(period_of(period, "period"))
        if wanted not in periods:
            span = f"{unit} has {periods[0]} to {periods[-1]}"
            raise InputError("scores", [f"no period '{period}' for {unit}; {span}"])
        row = self._all.iloc[here[periods.index(wanted)]]
        return row.rename(f"{unit} {wanted}")

    def write(self, path: str | os.PathLike[str], *, detail: bool = False) -> None:
        """Write the scores, with their provenance, as .csv, .parquet, .xlsx or .json.

        A CSV has no room for the provenance: it stands in a file beside it, whose name ends in
        ``.provenance.json``.

        Raises
        ------
        InputError
            If the ending is none of these or the file cannot be written.
        """
        write_scores(self, path, detail=detail)

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
