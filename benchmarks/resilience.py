"""Does resilience matter, once risk is known? python benchmarks/resilience.py FOLDER [RESULTS.csv]

Runs the resilience test on the public datasets, with outcomes up to 2014 only: onsets of mass
killing (Early Warning Project, 2025 edition; targets 1994-2014), and of one-sided violence of 100
and of 500 dead or more in a year (UCDP organised violence 25.1, all sides, best estimate). There an
onset is a year at or above the threshold after two known years below it, and a year with one at or
above it among the two before can have none and is left out; 1989 and 1990 only serve to look back.
With a second argument the tables are written there, as the notebook shows them.
"""

import runpy
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from r2prisk.catalogue.units import resolve
from r2prisk.forecasting import read_onsets, resilience_test

LAST = 2014
QUIET = 2
"""Years below the threshold before an onset."""

OUTCOMES = ("mass killing", "one-sided violence, 100 dead", "one-sided violence, 500 dead")

WRITTEN = (
    *("coefficient", "low", "high", "sign", "p", "p_holm", "p_max"),
    *("auc_gain", "auc_low", "auc_high", "log_gain", "log_low", "log_high", "p_reality"),
)


def one_sided(folder: Path, deaths: int):
    """Return onsets of one-sided violence of at least so many dead in a year."""
    names = {"country_id_cy": "gw", "year_cy": "period", "os_total_deaths_best_cy": "killed"}
    path = folder / "ucdp/organizedviolencecy_v25_1.csv"
    table = pd.read_csv(path, usecols=list(names)).rename(columns=names)
    table = table[table["period"] <= LAST].dropna(subset=["killed"])
    table["unit"] = resolve(table["gw"], "gw", table["period"])
    rows = table.dropna(subset=["unit"]).drop_duplicates(["unit", "period"])
    killed = rows.set_index(["unit", "period"])["killed"]
    units = rows["unit"]
    before = [
        killed.reindex(pd.MultiIndex.from_arrays([units, rows["period"] - back])).to_numpy()
        for back in range(1, QUIET + 1)
    ]
    most = np.max(before, axis=0)  # NaN where one of the years before is unknown
    now = rows["killed"].to_numpy() >= deaths
    told = ~np.isnan(most)
    # after a year at or above it no onset can come: such a year says nothing of risk
    onset = np.where(most < deaths, now, np.nan)
    return read_onsets(rows[["unit", "period"]].assign(onset=onset, ongoing=now * 1)[told])


def results(folder: Path, names: Sequence[str] = OUTCOMES) -> tuple[pd.DataFrame, list[object]]:
    """Return what is written of each outcome, and the tests themselves."""
    shared = runpy.run_path(str(Path(__file__).parent / "forecast.py"))
    panel = shared["world"](folder).select(last=LAST)
    written: list[pd.DataFrame] = []
    tests: list[object] = []
    for name in names:
        mass = name == OUTCOMES[0]
        onsets = shared["onsets_of"](folder) if mass else one_sided(folder, int(name.split()[-2]))
        found = resilience_test(panel, onsets, first=1994 if mass else None, last=LAST)
        part = found.table[["family", "rows", "onsets", *WRITTEN]].reset_index()
        lines = pd.DataFrame({"form": list(found.sentences), "family": "sentence"})
        written += [part.assign(outcome=name), lines.assign(outcome=name)]
        tests.append(found)
    return pd.concat(written, ignore_index=True).round(4), tests


def main() -> None:
    began = time.perf_counter()
    written, tests = results(Path(sys.argv[1]))
    for name, found in zip(OUTCOMES, tests, strict=True):
        print(f"\n\n=== {name}\n{found}")
    print(f"\n{time.perf_counter() - began:.0f} s for all")
    if len(sys.argv) > 2:
        written.to_csv(sys.argv[2], index=False)


if __name__ == "__main__":
    main()
