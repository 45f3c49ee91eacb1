"""How fast trajectories are, and how well they warn: python benchmarks/trajectories.py [FOLDER].

Without a folder: the time to filter and smooth 195 units x 36 years x 24 series at once, and its
ratio to statsmodels series by series, both measured in this run. With the folder of public
datasets also: a fit to the scores of 1989-2014 beside the trends of the profile, which were fitted
once and are frozen; how often projections hold; what each alert rule did against onsets of mass
killing to 2014; and how many years before each of ten known onsets the filtered trajectory gave a
warning. No rule was chosen by its result.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import skill

from r2prisk import Profile, score
from r2prisk.catalogue.units import load_units, resolve
from r2prisk.trajectories import fit_trend, project, trajectories
from r2prisk.trajectories.judging import judge, value
from r2prisk.trajectories.kernel.smoother import filter_trends, smooth_trends
from r2prisk.trajectories.warning import as_of, channel_view, history, read_list, when

UNITS, YEARS, SERIES, UNKNOWN = 195, 36, 24, 0.1
NOISE, LEVEL, SLOPE = 2e-4, 4e-4, 1e-5
LAST = 2014

FIRST, HORIZON = 1994, 2
HEADLINE = ("risk", "resilience", "residual_risk")
CHANNELS = ("human_rights", "conflict", "groups")
COST = 0.05
"""Cost of acting on a warning as a share of the loss that acting averts."""

ONSETS = [
    *(("RWA", 1994), ("COD", 1996), ("YUG", 1998), ("SDN", 2003), ("LKA", 2009)),
    *(("CIV", 2010), ("LBY", 2011), ("SYR", 2011), ("CAF", 2013), ("SSD", 2013)),
]
"""Ten onsets that a reader knows, by the year in which the list of events has them begin."""


def speed() -> None:
    rng = np.random.default_rng(2026)
    shape = (UNITS * SERIES, YEARS)
    walks = 0.4 + np.cumsum(rng.normal(0, 0.02, shape), axis=1) + rng.normal(0, 0.01, shape)
    walks[rng.random(shape) < UNKNOWN] = np.nan
    how = {"level_disturbance": np.array([[LEVEL]]), "slope_disturbance": np.array(SLOPE)}

    def at_once():
        filtered = filter_trends(walks, noise=np.array([[NOISE]]), **how)
        return filtered, smooth_trends(filtered, **how)

    at_once()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        _, smoothed = at_once()
        times.append(time.perf_counter() - start)
    print(f"{UNITS} units x {YEARS} years x {SERIES} series: {min(times):.3f} s at once")
    try:
        from statsmodels.tsa.statespace.structural import UnobservedComponents
    except ImportError:
        print("statsmodels is not installed: no ratio")
        return
    start, worst = time.perf_counter(), 0.0
    for n, walk in enumerate(walks):
        model = UnobservedComponents(walk, "lltrend", use_exact_diffuse=True)
        result = model.smooth([NOISE, LEVEL, SLOPE])
        known = ~np.isnan(smoothed.level[n])
        worst = max(worst, np.abs(result.smoothed_state[0] - smoothed.level[n])[known].max())
    slow = time.perf_counter() - start
    print(f"statsmodels, series by series: {slow:.1f} s; ratio {slow / min(times):.0f}")
    print(f"largest difference of a smoothed level: {worst:.1e}")


def fits(frame: pd.DataFrame) -> None:
    early = frame[frame.index.get_level_values("period").year <= LAST]
    print("\nPooled maximum likelihood, scores of 1989-2014 (and what the profile holds)")
    held = Profile.load("default").trends
    for name in ("risk", "residual_risk", "resilience", "channels", "factors"):
        print(f"{name:<14}{fit_trend(early, of=name)}")
        print(f"{'':<14}{getattr(held, name)}")


def holding(found) -> None:
    """Count how often later scores fell within the fans made before them, and how far off."""
    rows = []
    for year in range(1994, LAST):
        fan = project(as_of(found, year), horizon=min(5, LAST - year))
        came = found.scores["risk"].where(found.scores["coverage"] >= 0.15).reindex(fan.index)
        ahead = fan.index.get_level_values("period").year - year
        rows.append(fan.assign(came=came, ahead=ahead).dropna(subset=["came"]))
    table = pd.concat(rows)
    for share in (50, 80, 95):
        table[share] = table["came"].between(table[f"low_{share}"], table[f"high_{share}"])
    kept = table.groupby("ahead")[[50, 80, 95]].mean()
    print("\nShare of later risk scores inside the fan, base years 1994-2013, to 2014")
    error = ((table["came"] - table["mean"]) ** 2).groupby(table["ahead"]).mean() ** 0.5
    print(kept.assign(scores=table.groupby("ahead").size(), error=error).round(3).to_string())


def onsets_in(folder: Path) -> pd.DataFrame:
    """Country-years in which a mass killing began, to 2014 (Early Warning Project)."""
    table = pd.read_csv(folder / "ewp/prepared_predictors_1960_2014.csv")
    table["unit"] = resolve(table["ccode"], "cow", table["year"])
    began = table[(table["mk_onset"] == 1) & table["year"].between(FIRST, LAST)]
    return began[["unit", "year"]].rename(columns={"year": "period"})


def under_way(folder: Path) -> pd.DataFrame:
    """Episodes by the state in which they happened, for the prevention view."""
    table = pd.read_csv(folder / "ewp/mass_killing_events_1945_2014.csv")
    table = table.dropna(subset=["startyear", "mk_location_cow"])
    unit = resolve(table["mk_location_cow"], "cow", table["startyear"])
    table = table.assign(unit=unit, first=table["startyear"], last=table["endyear"])
    table = table.dropna(subset=["unit"])[["unit", "first", "last"]]
    return table.assign(last=table["last"].fillna(LAST))


def rules_against(found, onsets: pd.DataFrame, ongoing: pd.DataFrame) -> dict:
    """Judge each alert rule, all of them together, and the simple list of the highest thirty."""
    warnings = {rule.name: history(found, rule) for rule in found.profile.watch.rules}
    every = pd.concat([w["on"] for w in warnings.values()], axis=1)
    first = next(iter(warnings.values()))
    warnings["any alert"] = first.assign(on=every.any(axis=1).reindex(first.index))
    ranks = found.to_frame()["risk_level"].groupby(level="period").rank(ascending=False)
    warnings["top 30 by level"] = first.assign(on=(ranks <= 30).reindex(first.index))
    judged = {}
    print(f"\nAlert rules against {len(onsets)} onsets {FIRST}-{LAST}, horizon {HORIZON} years")
    head = ("hits", "of", "rate", "95 %", "right", "false/yr", "runs/yr", "lead", "flips", "value")
    print(f"{'rule':<36}" + "".join(f"{name:>11}" for name in head))
    for name, warning in warnings.items():
        years = warning.index.get_level_values("period").year
        part = warning[(years >= FIRST - HORIZON) & (years < LAST)]
        for view, aside in ((name, None), ("  first outbreaks", ongoing)):
            made = judge(part, onsets, horizon=HORIZON, known=str(LAST), ongoing=aside)
            s = made.summary
            rate = f"{s.hit_rate_low:.2f}-{s.hit_rate_high:.2f}"
            flips = made.flips["per_decade"].mean() if "per_decade" in made.flips else np.nan
            cells = (s.hits, s.onsets, s.hit_rate, rate, s.precision, s.false_alarms_per_year)
            cells += (s.spells_per_year, s.median_lead, flips, value(made, [COST])[0])
            shown = [c if isinstance(c, (str, int)) else f"{c:.2f}" for c in cells]
            print(f"{view:<36}" + "".join(f"{cell:>11}" for cell in shown))
            judged.setdefault(name, made)
    return judged


def ten(judged: dict) -> None:
    print("\nYears for which each alert had been on before ten known onsets (- : it was not on)")
    names = list(judged)
    print(f"{'onset':<34}" + "".join(f"{name[:16]:>18}" for name in names))
    for unit, year in ONSETS:
        cells = []
        for name in names:
            table = judged[name].onsets
            row = table[(table["unit"] == unit) & (table["period"].astype(str) == str(year))]
            lead = row["lead"].iloc[0] if len(row) else np.nan
            cells.append("-" if np.isnan(lead) or lead == 0 else f"{lead:g}")
        title = f"{load_units()[unit].name} {year}"
        print(f"{title[:33]:<34}" + "".join(f"{cell:>18}" for cell in cells))


def libya(found, folder: Path) -> None:
    """What each of our channels and each outside list showed of Libya, as known then."""
    onset = {"system": "cow", "measures": "onset of mass killing", "horizon": 1}
    lists = [
        read_list(
            folder / "ewp/foos_forecasts_1994_2014.csv",
            name="EWP forecast out of sample",
            unit="ccode",
            date="prev_year",
            rank="rank_prev",
            **onset,
        ),
        read_list(
            folder / "ewp/published_rankings_2013_2025.csv",
            name="EWP as published",
            unit="ccode",
            date="base_year",
            **onset,
        ),
        read_list(
            folder / "gcr2p/gcr2p_lists_transcribed_5_issues.csv",
            name="GCR2P",
            unit="iso3",
            rank=None,
        ),
    ]
    table = when(found, lists, "LBY", ["2009-12", "2010-12", "2011-03", "2011-12"])
    print("\nLibya, as known at the end of each date")
    for date, part in table.groupby("date", sort=False):
        print(f"{date} (scores up to {part['known'].iloc[0]})")
        for what, shows in zip(part["what"], part["shows"], strict=True):
            print(f"  {what:<28}{shows}")
    for date in ("2010-12", "2011-12"):
        named = channel_view(as_of(found, date, of=found.courses), lists, date)["unit"].tolist()
        print(f"human-rights channel, {date}: {', '.join(named) or 'none'}")


def main() -> None:
    speed()
    if len(sys.argv) < 2:
        return
    folder = Path(sys.argv[1])
    frame = score(skill.world(folder)).to_frame()
    fits(frame)
    found = trajectories(frame, of=[*HEADLINE, *CHANNELS])
    holding(found)
    loose = found.profile.trends.risk.model_copy(update={"drift": 1e3})
    free = found.profile.replace(name="free", trends={"risk": loose})
    print("With each country's own slope carried on instead:", end="")
    holding(trajectories(frame, of=["risk"], profile=free))
    judged = rules_against(found, onsets_in(folder), under_way(folder))
    ten(judged)
    libya(found, folder)
    print(f"\n{judged['any alert']}")


if __name__ == "__main__":
    main()
