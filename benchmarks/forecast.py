"""How well do forecasts of onset warn? python benchmarks/forecast.py FOLDER (public datasets).

Back-tests the models on onsets of mass killing (Early Warning Project, 2025 edition), target years
1994-2014, and prints them beside the Early Warning Project's own out-of-sample forecasts on the
same country-years: the unfitted scores, the inhibition curve, the fitted models, with every source
one year staler, two years ahead, and first outbreaks alone.
"""

import os
import runpy
import sys
import time
from pathlib import Path

import pandas as pd

from r2prisk import Profile, combine, load_source, score
from r2prisk.catalogue.units import resolve
from r2prisk.forecasting import (
    MeanForecaster,
    MonotoneBooster,
    OnsetForecaster,
    ScoreCalibrator,
    backtest,
    compare,
    lagged,
    read_onsets,
    score_features,
    verify,
)

FIRST, LAST = 1994, 2014
KAPPA = (0.0, 0.1, 0.2, 0.3, 0.5)
MODELS = {
    "calibrated risk": ScoreCalibrator(),
    "calibrated standing": ScoreCalibrator(column="standing"),
    "OnsetForecaster": OnsetForecaster(),
    "OnsetForecaster apart": OnsetForecaster(apart=True),
    "MonotoneBooster": MonotoneBooster(),
    "MeanForecaster": MeanForecaster(),
}
FIGURES = (
    *("auc", "auc_within", "average_precision", "recall_10", "recall_30"),
    *("log_skill", "brier_skill", "ece", "expected_over_observed"),
)


QUICK = ("ucdp-organised-violence", "coups")
"""Sources that tell of a year at its end; the others come out within the next."""


def world(folder: Path, *, slow: int = 0):
    files = runpy.run_path(str(Path(__file__).parent / "skill.py"))["FILES"]
    pairs = [(name, folder / path) for name, paths in files.items() for path in paths]
    late = {name: 0 if name in QUICK else slow for name in files}
    return combine([lagged(load_source(name, path), late[name]) for name, path in pairs])


def onsets_of(folder: Path):
    table = pd.read_csv(folder / "ewp/prepared_predictors_1960_2014.csv")
    table["unit"] = resolve(table["ccode"], "cow", table["year"])
    rows = table.dropna(subset=["unit"]).drop_duplicates(["unit", "year"])
    ongoing = (rows["mk_ongoing_count_log2"] > 0).astype(int)
    rows = rows.assign(period=rows["year"], onset=rows["mk_onset"], ongoing=ongoing)
    return read_onsets(rows[["unit", "period", "onset", "ongoing"]])


def reference_of(folder: Path, *, years: int = 1) -> pd.DataFrame:
    """Return the reference's own forecasts, the unit as it was called the year before.

    Its chances are of an onset within two years: for one year they are halved, which is fair to
    its calibration and leaves every order as it is.
    """
    table = pd.read_csv(folder / "ewp/foos_forecasts_1994_2014.csv").dropna(subset=["risk_prev"])
    table["unit"] = resolve(table["ccode"], "cow", table["year"] - 1)
    names = {"year": "target", "risk_prev": "probability", "mk_onset": "outcome"}
    table = table.assign(risk_prev=table["risk_prev"] * years / 2)
    return table.rename(columns=names)[["unit", "target", "probability", "outcome"]]


def on_rows(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Return forecasts on the reference's country-years, with its outcomes."""
    frame = frame.assign(target=frame["target"].map(lambda period: int(str(period))))
    joined = rows.drop(columns="probability").merge(
        frame.drop(columns="outcome", errors="ignore"), on=["unit", "target"], how="left"
    )
    lost = int(joined["probability"].isna().sum())
    if lost:
        print(f"  {lost} of the reference's rows have no forecast")
    return joined.dropna(subset=["probability"])


def two_years(rows: pd.DataFrame, onsets) -> pd.DataFrame:
    """Return the reference's rows with the outcome of two years, where both are known."""
    years = pd.PeriodIndex((rows["target"] - 1).astype(str), freq="Y")
    index = pd.MultiIndex.from_arrays([rows["unit"], years], names=["unit", "period"])
    outcome = onsets.outcomes(index, horizon=2).to_numpy()
    return rows.assign(outcome=outcome).dropna(subset=["outcome"])


def unfitted(values: pd.Series, rows: pd.DataFrame) -> pd.DataFrame:
    frame = values.rename("probability").dropna().reset_index()
    frame["target"] = frame["period"].dt.year + 1
    return on_rows(frame[["unit", "target", "probability"]], rows)


def show(title: str, tables: dict[str, pd.DataFrame]) -> None:
    print(f"\n{title}")
    print(f"{'':<24}{'rows':>6}{'onsets':>7}" + "".join(f"{name[:11]:>13}" for name in FIGURES))
    for name, table in tables.items():
        found = verify(table)
        figures = found.figures.loc["all"]
        cells = ""
        for figure in FIGURES:
            known = figure in figures.index
            cells += f"{figures.loc[figure, 'value']:>13.4f}" if known else f"{'':>13}"
        se = figures.loc["auc", "se"]
        counts = f"{len(table):>6}{int(table['outcome'].sum()):>7}"
        print(f"{name:<24}{counts}{cells}  (AUC +- {se:.3f})")


def by_model(result, rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {n: on_rows(part, rows) for n, part in result.frame.groupby("model", sort=False)}


def main() -> None:
    folder = Path(sys.argv[1])
    panel, onsets, rows = world(folder).select(last=LAST), onsets_of(folder), reference_of(folder)
    jobs = os.cpu_count()

    late = panel.select(first=FIRST - 1, last=LAST - 1)
    both, default = score_features(late), Profile.load("default")
    tables = {"Early Warning Project": rows}
    tables |= {name: unfitted(both[name], rows) for name in ("risk", "standing")}
    for k in KAPPA:
        links = {s: {f: k if v else 0.0 for f, v in to.items()} for s, to in default.kappa.items()}
        profile = default.replace(name="curve", inhibition={"kappa": links})
        residual = score(late, profile=profile).to_frame()["residual_risk"]
        tables[f"residual, kappa {k}"] = unfitted(residual, rows)
    show("Unfitted, an onset in the next year (probability figures mean nothing here)", tables)

    began = time.perf_counter()
    result = backtest(panel, onsets, OnsetForecaster(), first=FIRST, last=LAST, progress=False)
    seconds = time.perf_counter() - began
    print(f"\nback-test of OnsetForecaster {FIRST}-{LAST}: {seconds:.0f} s on {jobs} cores")

    whole = backtest(panel, onsets, MODELS, first=FIRST, last=LAST, progress=False)
    tables = by_model(whole, rows)
    show("An onset in the next year", {"Early Warning Project": rows} | tables)
    # the list of onsets is of the whole world: who has no row in the reference's table had none
    world_wide = whole.frame.assign(outcome=whole.frame["outcome"].fillna(0.0))
    everywhere = dict(iter(world_wide.groupby("model", sort=False)))
    show("The same for all countries and territories of the panel", everywhere)
    first = {n: t[~t["ongoing"].fillna(False).astype(bool)] for n, t in tables.items()}
    show("First outbreaks alone (no episode under way)", first)
    print()
    print(compare({"Early Warning Project": rows} | tables))

    stale = {n: MODELS[n] for n in ("calibrated risk", "OnsetForecaster")}
    result = backtest(panel, onsets, stale, first=FIRST, last=LAST, lag=1, progress=False)
    show("Every source one year staler", by_model(result, rows))
    late = world(folder, slow=1).select(last=LAST)
    result = backtest(late, onsets, stale, first=FIRST, last=LAST, progress=False)
    show(f"Every source but {' and '.join(QUICK)} one year staler", by_model(result, rows))
    result = backtest(panel, onsets, stale, first=FIRST, last=LAST - 1, horizon=2, progress=False)
    two = two_years(reference_of(folder, years=2), onsets)
    tables = {"Early Warning Project": two} | by_model(result, two)
    show("An onset in the next two years", tables)
    misses = verify(by_model(whole, rows)["OnsetForecaster"]).misses()
    print("\nNot among the yearly top 30 of OnsetForecaster")
    print(misses.to_string())


if __name__ == "__main__":
    main()
