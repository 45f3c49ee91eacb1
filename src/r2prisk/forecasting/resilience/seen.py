"""What each row knows: risk, resilience, and everything that the forms are made of."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework, load_overlaps
from r2prisk.catalogue.units import lineage
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.resilience.duration import PER_YEAR, clock, curve
from r2prisk.panel import Panel
from r2prisk.scoring import Profile, Scores, score

Floats = NDArray[np.float64]

KAPPAS = (0.1, 0.2, 0.5)
"""Shares of a risk factor that each link of the crosswalk holds down."""

BACK = (1, 3, 5)
"""Years by which resilience lags."""

FALL = 3
"""Years over which a fall of resilience is taken."""

THIN = 0.5
"""Below this share of the median coverage of its period a resilience score is no score.

Of the smallest states only treaties and the like are rated: a mean of these is another variable.
"""

HIGH = 2 / 3
"""Above this percentile of risk within the period a row is at high risk."""

FRAMEWORK = "un-foa-2014"
"""The framework of which the catalogue says what in it is missing resilience."""

APART = "without RF3, RF6, 9.6"
"""Risk without its indicators that are missing resilience, as the table names it."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """Makes the columns of the forms from a panel and onsets; looks at no later period.

    Parameters
    ----------
    profile : Profile
        The choices behind the scores.
    since : int
        First year of the rows; earlier rows count for lags and falls only.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> rows = {"unit": "SDN", "year": [2000, 2001], "1.1": [0.2, 0.4], "SGS1.1": [0.8, 0.5]}
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2001]}), first=2000)
    >>> made = Seen(Profile.load("default"), 2000).features(read_panel(pd.DataFrame(rows)), onsets)
    >>> made["resilience 1 back"].tolist()
    [nan, 0.8]
    """

    profile: Profile
    since: int

    def features(self, panel: Panel, onsets: Onsets) -> pd.DataFrame:
        """Return the columns, index ``unit`` and ``period``, NaN where unknown."""
        scores = score(panel, profile=self.profile)
        frame = scores.to_frame()
        factors = [f.id for f in scores.risk_framework.factors]
        factors += [f.id for f in scores.resilience_framework.factors]
        names = ["risk", "resilience", *factors]
        columns = {name: frame[name].to_numpy(dtype=np.float64) for name in names}
        covered = frame["resilience_coverage"]
        usual = covered.groupby(level="period").transform("median")
        thin = (covered < THIN * usual).to_numpy() & ~np.isnan(columns["resilience"])
        columns["resilience"] = np.where(thin, np.nan, columns["resilience"])
        columns["thin"] = thin.astype(np.float64)
        columns |= _looking_back(panel.index, columns["resilience"])
        columns |= _within(panel.index, columns["risk"], columns["resilience"])
        columns |= self._theory(panel, columns["risk"], columns["resilience"], scores)
        columns |= self._apart(panel, columns["resilience"], scores.risk_framework)
        years, under_way, yet = clock(panel.index, onsets)
        columns |= {"under way": under_way, "no episode yet": yet}
        columns |= {f"quiet {n}": part for n, part in enumerate(curve(years).T)}
        made = pd.DataFrame(columns, index=panel.index)
        when = pd.PeriodIndex(panel.index.get_level_values("period")).year
        return made[np.asarray(when) >= self.since]

    def _theory(
        self, panel: Panel, risk: Floats, resilience: Floats, scores: Scores
    ) -> dict[str, Floats]:
        """Return the unfitted forms in which risk and resilience meet."""
        made: dict[str, Floats] = {}
        linked = any(value for to in scores.profile.kappa.values() for value in to.values())
        for share in KAPPAS if linked else ():
            kappa = {
                s: {k: share if value else 0.0 for k, value in to.items()}
                for s, to in scores.profile.kappa.items()
            }
            held = {"form": "damping", "kappa": kappa}
            profile = scores.profile.replace(inhibition=held)
            residual = score(panel, profile=profile).to_frame()["residual_risk"]
            made[f"residual {share}"] = residual.to_numpy(dtype=np.float64)
        made["risk x (1 - resilience)"] = risk * (1.0 - resilience)
        made["mean of risk and 1 - resilience"] = (risk + 1.0 - resilience) / 2.0
        return made

    def _apart(self, panel: Panel, resilience: Floats, framework: Framework) -> dict[str, Floats]:
        """Return risk without what in it is missing resilience, and the theory's product of it."""
        if framework.name != FRAMEWORK:
            return {}
        own = self.profile.weights.model_dump()
        none = without_missing_resilience(framework)
        profile = self.profile.replace(weights={n: own[n] | none[n] for n in none})
        risk = score(panel, profile=profile).to_frame()["risk"].to_numpy(dtype=np.float64)
        return {"risk apart": risk, "risk apart x (1 - resilience)": risk * (1.0 - resilience)}


def without_missing_resilience(framework: Framework) -> dict[str, dict[str, float]]:
    """Return weights of 0 for the factors and indicators of risk that are missing resilience.

    Which ones the catalogue says (``load_overlaps``). A factor all of which is missing resilience
    has no weight; of another only the indicators have none.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> without_missing_resilience(load_framework("un-foa-2014"))
    {'factors': {'RF3': 0.0, 'RF6': 0.0}, 'indicators': {'9.6': 0.0}}
    """
    missing = {
        name
        for cluster in load_overlaps()
        if cluster.kind == "inverse-resilience"
        for name in cluster.indicators
    }
    inside = {f.id: [i.id for i in f.indicators] for f in framework.factors}
    whole = [name for name, held in inside.items() if missing.issuperset(held)]
    single = [i for name, held in inside.items() if name not in whole for i in held if i in missing]
    return {"factors": dict.fromkeys(whole, 0.0), "indicators": dict.fromkeys(single, 0.0)}


def links(kappa: Mapping[str, Mapping[str, float]]) -> list[tuple[str, str]]:
    """Return the pairs of resilience and risk factor that are linked, also at a share of 0.

    Examples
    --------
    >>> links({"SGS1": {"RF3": 0.2, "RF7": 0.0}})
    [('SGS1', 'RF3'), ('SGS1', 'RF7')]
    """
    return [(s, k) for s, to in kappa.items() for k in to]


def _looking_back(index: pd.MultiIndex, resilience: Floats) -> dict[str, Floats]:
    """Return resilience some years before, and its fall since."""
    periods = pd.PeriodIndex(index.get_level_values("period"))
    step = PER_YEAR[periods.freqstr[0]]
    before = {n: _back(index, resilience, n * step) for n in BACK}
    made = {f"resilience {n} back": values for n, values in before.items()}
    return made | {"fall": before[FALL] - resilience}


def _back(index: pd.MultiIndex, values: Floats, steps: int) -> Floats:
    """Return values some periods before; a state that continues another has its years."""
    codes, units = pd.factorize(index.get_level_values("unit"))
    times = pd.PeriodIndex(index.get_level_values("period")).asi8
    rows = pd.MultiIndex.from_arrays([codes, times])
    place = {unit: n for n, unit in enumerate(units)}
    found = np.full(len(values), np.nan)
    lines = [lineage(unit)[: lineage(unit).index(unit) + 1][::-1] for unit in units]
    for older in range(max(map(len, lines))):
        mine = [place.get(line[older], -1) if older < len(line) else -1 for line in lines]
        asked = pd.MultiIndex.from_arrays([np.array(mine)[codes], times - steps])
        there = rows.get_indexer(asked)
        fill = np.isnan(found) & (there >= 0)
        found[fill] = values[there[fill]]
    return found


def _within(index: pd.MultiIndex, risk: Floats, resilience: Floats) -> dict[str, Floats]:
    """Return distances from the mean of the period, and who is at high risk in it.

    The means are of rows that have both; at high risk are the highest of all that have risk.
    """
    both = pd.DataFrame({"risk": risk, "resilience": resilience}, index=index)
    scored = both.where(both.notna().all(axis=1))
    away = scored - scored.groupby(level="period").transform("mean")
    high = both.groupby(level="period")["risk"].rank(pct=True) > HIGH
    return {
        "risk within": away["risk"].to_numpy(dtype=np.float64),
        "resilience within": away["resilience"].to_numpy(dtype=np.float64),
        "high": np.asarray(high, dtype=np.float64),
    }
