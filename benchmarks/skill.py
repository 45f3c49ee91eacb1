"""Do the unfitted scores warn? python benchmarks/skill.py FOLDER (the public datasets).

Scores the world with the default profile, which was tuned to no outcome, and checks it against
onsets of mass killing (Early Warning Project, 2025 edition) up to 2014: scores of year t against
an onset in t + 1, and in t + 1 or t + 2. The reference is the Early Warning Project's own
out-of-sample forecasts for the same country-years.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from r2prisk import combine, load_source, score
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
    "wdi": ["dev/ewp_wdi.csv"],
    "un-infant-mortality": ["dev/ewp_un_imr_clean.csv"],
    "wgi": ["governance/2020_Worldwide_Governance_Indicators_1996-2019.csv"],
    "ewp-predictors": ["ewp/prepared_predictors_1960_2014.csv"],
}
"""The public files of the world score, in the order of trust."""


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
    names = ["risk", "residual_risk", "1 - resilience"]

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

    rng = np.random.default_rng(2026)
    onsets = table.dropna(subset=["risk"])
    draws = []
    for _ in range(1000):
        drawn = onsets.iloc[rng.integers(0, len(onsets), len(onsets))]
        if drawn["onset"].sum():
            draws.append(
                roc_auc_score(drawn["onset"], drawn["risk"])
                - roc_auc_score(drawn["onset"], drawn["EWP reference"])
            )
    low, high = np.quantile(draws, [0.025, 0.975])
    print(f"\nAUC of risk less that of the reference, bootstrap of rows: {low:+.3f} to {high:+.3f}")


if __name__ == "__main__":
    main()
