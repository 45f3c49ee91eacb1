"""Run the test of resilience."""

from __future__ import annotations

import os
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from r2prisk.errors import InputError
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.resilience.fits import holm, max_t, t_of
from r2prisk.forecasting.resilience.forms import Form, declared
from r2prisk.forecasting.resilience.inside import (
    BENT,
    LARGEST,
    PROBABILITY,
    TOGETHER,
    Floats,
    Sample,
    fitted,
    on_probabilities,
    pairwise,
)
from r2prisk.forecasting.resilience.outside import forecast_all, gains
from r2prisk.forecasting.resilience.power import TESTS, power_of
from r2prisk.forecasting.resilience.result import ResilienceTest
from r2prisk.forecasting.resilience.seen import APART, KAPPAS, Seen, links
from r2prisk.forecasting.stamp import called
from r2prisk.forecasting.windows import HORIZONS
from r2prisk.panel import Panel
from r2prisk.panel.periods import KINDS, period_of
from r2prisk.scoring import Profile, score
from r2prisk.scoring.uncertainty.gate import whole

SIGNS = 1999
"""Draws of signs of the countries behind max-t."""

COLUMNS = (
    *("family", "rows", "onsets", "fit", "coefficient", "low", "high", "sign", "p", "p_lr"),
    *("p_holm", "p_max", "forecast_rows", "forecast_onsets", "auc_gain", "auc_low", "auc_high"),
    *("log_gain", "log_low", "log_high", "brier_gain", "brier_low", "brier_high"),
    *("p_auc", "p_log", "p_reality"),
)


def resilience_test(
    panel: Panel,
    onsets: Onsets,
    *,
    profile: Profile | str | os.PathLike[str] | None = None,
    horizon: int = 1,
    since: int = 1970,
    first: object = None,
    last: object = None,
    power_draws: int = 500,
    rng: int = 0,
) -> ResilienceTest:
    """Test whether resilience tells anything of onsets once risk is known, in every form at once.

    Each form is fitted to all rows whose outcome is known (``logit p = a + b risk + c term``, or a
    discrete-time hazard), and forecasts each target from its own past with and without the term.
    What the forms are, and how each figure is made, is told in docs/resilience.md.

    Parameters
    ----------
    panel : Panel, shape (n, i)
        Ratings by unit and period, of risk and of resilience.
    onsets : Onsets
        What is known of onsets; of the same kind of period.
    profile : Profile, str or path, optional
        The choices behind the scores, and the links of buffering by factor; as in :func:`score`.
    horizon : int
        1 or 2: an onset in the next period, or in the next two.
    since : int
        First year of the rows that are used.
    first, last : period, optional
        Targets that are forecast, both included. Without ``first`` the forecasts begin when half
        of the onsets are known; without ``last`` they go on as far as outcomes are known. Nothing
        after ``last`` is used, but for horizon 2, where its outcome reaches one period further.
    power_draws : int
        Outcomes drawn for each planted buffer, 20 or more.
    rng : int
        Seed of resamples, signs and planted outcomes.

    Returns
    -------
    ResilienceTest
        Says whatever the data say: see its ``sentences``.

    Raises
    ------
    InputError
        With all that is wrong with the options; or if no risk or no resilience is rated, fewer than
        10 onsets in 10 countries are known, or a target has no row before it.

    Notes
    -----
    The claim tested is that of A/67/929-S/2013/399 and Jacob & McLoughlin (2015): resilience
    inhibits risk.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}))
    >>> resilience_test(panel, onsets)
    Traceback (most recent call last):
    r2prisk.errors.InputError: resilience_test: panel: has no rows before 2003
    """
    span = _check(panel, onsets, (first, last), (horizon, since, power_draws, rng))
    scores = score(panel, profile=profile)
    seen = Seen(scores.profile, since)
    sample, targets, aside, whole = _sample(panel, onsets, seen, span, horizon)
    # small matrices: threads cost more than they bring, and the sums would depend on their number
    with threadpool_limits(limits=1):
        streams = [np.random.default_rng(part) for part in np.random.SeedSequence(rng).spawn(3)]
        factors = [f.id for f in scores.resilience_framework.factors if sample.rated(f.id)]
        linked = links(seen.profile.kappa)
        pairs = [(s, k) for s, k in linked if sample.rated(s) and sample.rated(k)]
        forms = [f for f in declared(factors, pairs) if sample.table.keys() >= set(f.columns)]
        signs = streams[0].choice([-1.0, 1.0], size=(SIGNS, sample.groups))
        rows, table_of_pairs, left = _inside(forms, pairs, sample, signs)
        done = [form for form in forms if form.name in rows]
        rivals = forecast_all(whole, onsets, seen, done, targets, horizon=horizon)
        gained = gains(rivals, streams[1])
        table = _joined(done, rows, gained)
        tests, count = [name for name in TESTS if name in rows], int(table["p"].notna().sum())
        power = power_of(sample, tests=tests, forms=count, draws=power_draws, rng=streams[2])
    aside += left + _not_made(sample, len(linked), len(pairs))
    early = "not forecast: too few onsets known before"
    aside += [
        {"form": name, "rows": one.early, "why": early} for name, one in rivals.items() if one.early
    ]
    call = f"resilience_test(first={targets[0]}, last={targets[-1]}, since={since})"
    provenance = {
        **called(call, panel, onsets),
        "seed": int(rng),
        "horizon": horizon,
        "power_draws": power_draws,
        "profile": seen.profile.name,
        "profile_hash": seen.profile.hash,
        "rows": len(sample.outcome),
        "onsets_in_rows": int(sample.outcome.sum()),
        "countries": sample.groups,
        "forms": len(table),
        "first": str(targets[0]),
        "last": str(targets[-1]),
    }
    return ResilienceTest(
        table=table,
        pairs=table_of_pairs,
        power=power,
        collinearity=_collinearity(sample),
        aside=pd.DataFrame(aside, columns=["form", "rows", "why"]),
        provenance=provenance,
    )


def _not_made(sample: Sample, linked: int, rated: int) -> list[dict[str, object]]:
    """Say which forms the profile or the ratings leave no room for."""
    told = {
        APART: ("risk apart" not in sample.table, "only told apart for the UN framework"),
        "residual": (f"residual {KAPPAS[0]}" not in sample.table, "the profile holds nothing down"),
        TOGETHER: (not linked, "the profile links no factors"),
        "": (rated < linked, f"{linked - rated} of {linked} links have a factor never rated"),
    }
    return [
        {"form": name or TOGETHER, "rows": 0, "why": why}
        for name, (missing, why) in told.items()
        if missing
    ]


def _check(
    panel: Panel, onsets: Onsets, ends: tuple[object, object], numbers: tuple[Any, ...]
) -> tuple[pd.Period | None, pd.Period]:
    """Check the options; return the first target, if given, and the last."""
    horizon, since, draws, rng = numbers
    problems: list[str] = []
    if horizon not in HORIZONS:
        problems.append(f"horizon: {horizon} is not 1 or 2")
    lowest = {"since": (since, 1), "power_draws": (draws, 20), "rng": (rng, 0)}
    for name, (value, least) in lowest.items():
        if not whole(value) or value < least:
            problems.append(f"{name}: {value} is not a whole number from {least}")
    kind = panel.periods.freqstr[0]
    if onsets.periods.freqstr[0] != kind:
        ours, theirs = KINDS[kind], KINDS[onsets.periods.freqstr[0]]
        problems.append(f"onsets: are known by {theirs}, the panel is by {ours}")
    given: list[pd.Period | None] = []
    for name, value in zip(("first", "last"), ends, strict=True):
        try:
            given.append(None if value is None else period_of(value, name).asfreq(kind))
        except InputError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    if problems:
        raise InputError("resilience_test", problems)
    known = onsets.periods[-1] - (horizon - 1)
    begin, end = given
    end = min(known, panel.periods[-1] + 1) if end is None else end
    if end > known:
        problems.append(f"last: outcomes are known to {known}, not for {end}")
    if begin is not None and begin > end:
        problems.append(f"first: {begin} lies after last: {end}")
    if problems:
        raise InputError("resilience_test", problems)
    return begin, end


def _sample(
    panel: Panel,
    onsets: Onsets,
    seen: Seen,
    span: tuple[pd.Period | None, pd.Period],
    horizon: int,
) -> tuple[Sample, pd.PeriodIndex, list[dict[str, object]], Panel]:
    """Return the rows to test on, the targets, what was left out, and the panel up to the last."""
    begin, end = span
    whole = panel.select(last=str(end - 1))
    if not len(whole):
        raise InputError("resilience_test", [f"panel: has no rows before {end}"])
    frame = seen.features(whole, onsets)
    index = cast(pd.MultiIndex, frame.index)
    y = np.array(onsets.outcomes(index, horizon=horizon), dtype=np.float64)
    scored = frame[["risk", "resilience"]].notna().to_numpy()
    thin = frame["thin"].to_numpy() == 1
    known = ~np.isnan(y)
    keep = known & scored.all(axis=1)
    blind = onsets.ongoing(index).isna().to_numpy() & keep
    lost = {
        f"before {seen.since}": len(whole) - len(frame),
        "no known outcome": int((~known).sum()),
        "no risk score": int((known & ~scored[:, 0]).sum()),
        "no resilience score": int((known & scored[:, 0] & ~scored[:, 1] & ~thin).sum()),
        "resilience rated on less than half of what is usual": int((known & thin).sum()),
    }
    aside: list[dict[str, object]] = [
        {"form": "all", "rows": count, "why": why} for why, count in lost.items() if count
    ]
    if blind.any():
        why = "unknown whether an episode was under way: kept, as quiet"
        aside.append({"form": "first outbreaks, hazards", "rows": int(blind.sum()), "why": why})
    if not keep.any():
        raise InputError("resilience_test", _nothing(scored, known, thin))
    group, units = pd.factorize(index[keep].get_level_values("unit"), sort=True)
    kept = {str(name): frame[name].to_numpy(dtype=np.float64)[keep] for name in frame.columns}
    sample = Sample(kept, y[keep], np.asarray(group, dtype=np.intp), len(units))
    lacking = sample.too_few()
    flat = [n for n in ("risk", "resilience") if not kept[n].std() > 1e-9]
    problems = [lacking] if lacking else []
    problems += [f"{name} is the same in every row" for name in flat]
    if problems:
        raise InputError("resilience_test", problems)
    if begin is None:
        came = pd.PeriodIndex(index[keep].get_level_values("period"))[sample.outcome == 1]
        begin = min(came.sort_values()[len(came) // 2] + 1 + horizon, end)
    targets = pd.period_range(begin, end, freq=end.freqstr)
    problems = _untimely(targets, whole, onsets, seen.since)
    if problems:
        raise InputError("resilience_test", problems)
    return sample, targets, aside, whole


def _nothing(
    scored: NDArray[np.bool_], known: NDArray[np.bool_], thin: NDArray[np.bool_]
) -> list[str]:
    """Say why no row can be used."""
    lacking = {"risk": scored[:, 0].any(), "resilience": scored[:, 1].any() or thin.any()}
    problems = [
        f"panel: no {name} indicator is rated" for name, any_ in lacking.items() if not any_
    ]
    if not known.any():
        problems.append("onsets: no outcome is known after any row of the panel")
    return problems or ["no row has risk, resilience and a known outcome together"]


def _untimely(targets: pd.PeriodIndex, whole: Panel, onsets: Onsets, since: int) -> list[str]:
    """Say which targets cannot be forecast."""
    there = set(whole.periods)
    first, gaps = targets[0], [str(target - 1) for target in targets if target - 1 not in there]
    problems: list[str] = []
    if gaps:
        problems.append(f"panel: has no rows of {', '.join(gaps)}, the periods before targets")
    if (first - 1).year < since:
        problems.append(f"first: nothing is seen before {since}, too late for {first}")
    if first - 1 < onsets.periods[0]:
        problems.append(f"onsets: are known from {onsets.periods[0]} on, too late for {first}")
    return problems


def _inside(
    forms: list[Form], pairs: list[tuple[str, str]], sample: Sample, signs: Floats
) -> tuple[dict[str, dict[str, Any]], pd.DataFrame, list[dict[str, object]]]:
    """Fit every form; return rows by name, the linked pairs and what was left out."""
    rows: dict[str, dict[str, Any]] = {}
    moved: dict[str, Floats] = {}
    left: list[dict[str, object]] = []
    table = pd.DataFrame()
    for form in forms:
        own = sample.take(form.keep(sample.table))
        unknown = [np.isnan(sample.table[name]) for name in form.columns]
        outside = np.any(unknown, axis=0).sum()
        if outside:
            why = "a column of the form is unknown"
            left.append({"form": form.name, "rows": int(outside), "why": why})
        lacking = own.too_few()
        if lacking:
            left.append({"form": form.name, "rows": len(own.outcome), "why": lacking})
            continue
        if form.rows == "quiet" and not (sample.table["under way"] == 1).any():
            why = "no episode is under way in any row: the same as all rows"
            left.append({"form": form.name, "rows": 0, "why": why})
            continue
        counts = {"rows": len(own.outcome), "onsets": int(own.outcome.sum())}
        if form.instead:
            rows[form.name] = {**counts, "fit": "none"}
        elif form.name == TOGETHER:
            table, extra = pairwise(pairs, own, signs)
            rows |= {name: {**counts, **row} for name, row in extra.items()}
        else:
            row, influence = fitted(form, sample)
            rows[form.name] = row
            if influence is not None:
                moved[form.name] = influence
        if form.name == "interaction":
            rows[PROBABILITY], moved[PROBABILITY] = on_probabilities(form, sample)
    together = np.column_stack(list(moved.values()))
    value = np.array([rows[name]["coefficient"] for name in moved])
    checked = max_t(together, t_of(value, together), signs)
    for name, p in zip(moved, checked.tolist(), strict=True):
        rows[name]["p_max"] = p
    return rows, table, left


def _joined(
    forms: list[Form], rows: dict[str, dict[str, Any]], gained: pd.DataFrame
) -> pd.DataFrame:
    """Lay what the past says beside what it adds to forecasts, and allow for all tests."""
    family = {form.name: form.family for form in forms}
    family |= {LARGEST: "buffering", BENT: "buffering", PROBABILITY: "interaction"}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("form")
    table["family"] = [family[name] for name in table.index]
    table = table.join(gained).reindex(columns=list(COLUMNS))
    theory = table.index.isin([form.name for form in forms if form.instead])
    # unfitted forms have no coefficient: their test is that of the area
    table.loc[theory, "p"] = table.loc[theory, "p_auc"]
    better = (table["auc_gain"] > 0).map({True: "better order", False: "worse order"})
    table.loc[theory & table["auc_gain"].notna(), "sign"] = better
    for name in set(COLUMNS) - {"family", "fit", "sign"}:
        table[name] = table[name].astype(np.float64)
    table["p_holm"] = holm(table["p"].to_numpy(dtype=np.float64))
    return table


def _collinearity(sample: Sample) -> dict[str, float]:
    """Say how far risk and resilience are one variable."""
    of = sample.table
    whole = float(np.corrcoef(of["risk"], of["resilience"])[0, 1])
    within = float(np.corrcoef(of["risk within"], of["resilience within"])[0, 1])
    apart = np.nan
    if sample.rated("risk apart"):
        both = ~np.isnan(of["risk apart"])
        apart = float(np.corrcoef(of["risk apart"][both], of["resilience"][both])[0, 1])
    return {
        "correlation": whole,
        "within": within,
        "variance_inflation": 1.0 / max(1.0 - whole**2, 1e-12),
        "deviation": float(of["resilience"].std()),
        "apart": apart,
    }
