"""Do the unfitted scores warn? python benchmarks/skill.py FOLDER (the public datasets).

Scores the world with the default profile, which was tuned to no outcome, and checks it against
onsets of mass killing (Early Warning Project, 2025 edition) up to 2014: scores of year t against
an onset in t + 1, and in t + 1 or t + 2. Eight mappings of the public files were mended with these
onsets in sight (docs/forecast_log.md). The reference is the Early Warning Project's own
out-of-sample forecasts for the same country-years.
"""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from r2prisk import CellState, Profile, combine, load_source, score
from r2prisk.catalogue.units import resolve

FILES = {
    "ucdp-organised-violence": ["ucdp/organizedviolencecy_v25_1.csv"],
    "pts": ["pts/PTS-2025.csv"],
    "vdem": [
        "vdem/vdem_v16_subset_1945_2025.csv",
        "vdem/vdem_v12_demspaces_1970_2021.parquet",
        "vdem/vdem_v11_polarisation_hatespeech_1945_2020.csv",
    ],
    "epr": ["epr/growup_epr_country_1946_2020.csv"],
    "un-treaties": ["treaties/un_core_hr_treaties_status_2022.csv"],
    "interjust": ["treaties/interjust_snapshot_coded.csv"],
    "coups": ["coups/ewp_all-coups_1945_2024.csv"],
    "unhcr": ["unhcr/unhcr_by_origin_country_year.csv"],
    "rsf": ["rsf/rsf_press_freedom_2002_2025.csv"],
    "cirights": ["fariss/cirights_v1.22.11.25.csv"],
    "un-infant-mortality": ["dev/ewp_un_imr_clean.csv"],
    "wdi": ["dev/ewp_wdi.csv"],
    "wgi": ["governance/2020_Worldwide_Governance_Indicators_1996-2019.csv"],
    "upr": ["upr/upr_recommendations_sessions_1_20.parquet"],
    "ewp-predictors": ["ewp/prepared_predictors_1960_2014.csv"],
}
"""The public files of the world score, in the order of trust."""

CASES = [
    *(("SDN", 2003), ("SYR", 2012), ("SSD", 2013), ("MMR", 2017), ("RWA", 1993), ("LBY", 2010)),
    *(("NGA", 2013), ("GHA", 2013), ("BWA", 2013), ("NOR", 2013)),
]
"""Countries and years whose place a reader knows."""


def world(folder: Path):
    panels = [load_source(n, folder / path) for n, paths in FILES.items() for path in paths]
    return combine(panels).select(first=1989, last=2024)


def keyed(frame: pd.DataFrame, year: str) -> pd.DataFrame:
    frame = frame.assign(unit=resolve(frame["ccode"], "cow", frame[year]), year=frame[year])
    return frame.dropna(subset=["unit"]).drop_duplicates(["unit", "year"])


def recall(table: pd.DataFrame, name: str, top: int) -> float:
    ranks = table.groupby("target")[name].rank(ascending=False, method="first")
    return float((ranks[table["onset"] == 1] <= top).mean())


def skill(table: pd.DataFrame, name: str) -> list[object]:
    known = table.dropna(subset=[name, "onset"])
    return [
        name,
        len(known),
        int(known["onset"].sum()),
        roc_auc_score(known["onset"], known[name]),
        average_precision_score(known["onset"], known[name]),
        recall(known, name, 10),
        recall(known, name, 30),
    ]


def show(title: str, rows: list[list[object]]) -> None:
    print(f"\n{title}")
    print(f"{'score':<24}{'rows':>6}{'onsets':>8}{'AUC':>8}{'AP':>8}{'top 10':>8}{'top 30':>8}")
    for name, n, onsets, *figures in rows:
        print(f"{name:<24}{n:>6}{onsets:>8}" + "".join(f"{value:>8.3f}" for value in figures))


def main() -> None:
    folder = Path(sys.argv[1])
    panel = world(folder)
    scores = score(panel)
    frame = scores.to_frame(detail=True).reset_index()
    frame["year"] = frame["period"].dt.year
    frame["1 - resilience"] = 1.0 - frame["resilience"]
    frame["standing of risk"] = scores.standing("risk").to_numpy()
    names = ["risk", "residual_risk", "1 - resilience", "standing of risk"]

    outcomes = keyed(pd.read_csv(folder / "ewp/prepared_predictors_1960_2014.csv"), "year")
    joined = frame.merge(outcomes, on=["unit", "year"])
    for title, column, last in (
        ("An onset in the next year, base years 1989-2013", "mk_onset_1", 2013),
        ("An onset in the next two years, base years 1989-2012", "mk_onset_1or2", 2012),
    ):
        table = joined[joined["year"] <= last].assign(
            onset=joined[column], target=joined["year"] + 1
        )
        show(title, [skill(table, name) for name in names])

    reference = pd.read_csv(folder / "ewp/foos_forecasts_1994_2014.csv")
    reference["base"] = reference["year"] - 1
    reference = reference.dropna(subset=["risk_prev"])
    reference["unit"] = resolve(reference["ccode"], "cow", reference["base"])
    table = reference.drop(columns="year").merge(
        frame, left_on=["unit", "base"], right_on=["unit", "year"], how="left"
    )
    table = table.assign(onset=table["mk_onset"], target=table["base"] + 1)
    table = table.rename(columns={"risk_prev": "EWP reference"})
    title = "The reference's own country-years, target years 1994-2014"
    show(title, [skill(table, name) for name in ["EWP reference", *names]])
    print(f"reference rows without a score: {int(table['risk'].isna().sum())}")
    factors = [c for c in frame.columns if c.startswith("RF") and "_" not in c]
    seen = [name for name in factors if table[name].notna().mean() > 0.5]
    show("Factors one by one, the same country-years", [skill(table, name) for name in seen])

    print(f"\nAUC of risk less that of the reference: {gap_by_country(table)}")

    # 2.2 rests on the list of past mass killings, from which the outcome is made as well
    past = np.array(panel.indicators) == "2.2"
    blind = dataclasses.replace(
        panel,
        ratings=np.where(past, np.nan, panel.ratings),
        states=np.where(past, CellState.UNKNOWN, panel.states).astype(np.uint8),
    )
    table["risk without 2.2"] = score(blind).to_frame()["risk"].reindex(keys(table)).to_numpy()
    show("Without the list of past mass killings", [skill(table, "risk without 2.2")])
    show_cases(scores)
    show_kappa(panel)


def show_cases(scores) -> None:
    frame = scores.to_frame()
    ranks = scores.rank()
    print("\nCases")
    for unit, year in CASES:
        row, rank = frame.loc[(unit, str(year))], ranks.loc[(unit, str(year))]
        print(
            f"{unit} {year}  risk {row['risk']:.2f} ({row['risk_low']:.2f}-{row['risk_high']:.2f})"
            f"  residual {row['residual_risk']:.2f}  resilience {row['resilience']:.2f}"
            f"  rank {rank['rank']:.0f} of {rank['of']:.0f}"
        )


def show_kappa(panel) -> None:
    default = Profile.load("default")
    half = {s: {k: 0.5 if v else 0.0 for k, v in to.items()} for s, to in default.kappa.items()}
    year = panel.select(first=2013, last=2013)
    tables = [
        score(year, profile=profile).to_frame()
        for profile in (default, default.replace(name="half", inhibition={"kappa": half}))
    ]
    same = tables[0]["residual_risk"].corr(tables[1]["residual_risk"], method="spearman")
    ghana = [table.loc[("GHA", "2013")]["residual_risk"] for table in tables]
    print(
        f"\nkappa 0.5 instead of 0.2, 2013: rank correlation of residual risk {same:.3f}; ", end=""
    )
    print(f"Ghana {ghana[0]:.2f} and {ghana[1]:.2f}")


def keys(table: pd.DataFrame) -> pd.MultiIndex:
    periods = pd.PeriodIndex(table["base"].astype(str), freq="Y")
    return pd.MultiIndex.from_arrays([table["unit"], periods], names=["unit", "period"])


def gap_by_country(table: pd.DataFrame, draws: int = 1000) -> str:
    """Bootstrap countries, not rows: the years of one country are not independent."""
    rng = np.random.default_rng(2026)
    rows = {unit: group.index.to_numpy() for unit, group in table.groupby("unit")}
    units = list(rows)
    gaps = []
    for _ in range(draws):
        drawn = np.concatenate([rows[units[n]] for n in rng.integers(0, len(units), len(units))])
        sample = table.loc[drawn]
        if sample["onset"].sum():
            scores = [roc_auc_score(sample["onset"], sample[n]) for n in ("risk", "EWP reference")]
            gaps.append(scores[0] - scores[1])
    low, high = np.quantile(gaps, [0.025, 0.975])
    gap = roc_auc_score(table["onset"], table["risk"])
    gap -= roc_auc_score(table["onset"], table["EWP reference"])
    return f"{gap:+.3f}, 95 % {low:+.3f} to {high:+.3f} (bootstrap of countries)"


if __name__ == "__main__":
    main()
