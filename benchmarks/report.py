"""How large a world report is and how long it takes: python benchmarks/report.py FOLDER|SCORES.csv.

From the folder of public datasets, or from scores that ``r2prisk score`` wrote with their ratings
beside them: one page of 1989-2024, one of all years, and one by month, for which 1989-2024 is
repeated twelve times a year. Aims for 195 countries x 36 years: under 15 MB and 20 s.
"""

import dataclasses
import gzip
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import skill

from r2prisk import Panel, Scores, rescore, score
from r2prisk.reporting.world import world_report

FIRST, LAST = "1989", "2024"


def monthly(panel: Panel) -> Panel:
    """Every year twelve times: as many rows as a page by month would have."""
    rows = np.repeat(np.arange(len(panel)), 12)
    units = panel.index.get_level_values("unit").to_numpy()[rows]
    years = pd.PeriodIndex(panel.index.get_level_values("period")).year.to_numpy()[rows]
    months = pd.PeriodIndex.from_ordinals(
        (years - 1970) * 12 + np.tile(np.arange(12), len(panel)), freq="M"
    )
    taken = panel.take(rows)
    index = pd.MultiIndex.from_arrays([units, months], names=["unit", "period"])
    return dataclasses.replace(taken, index=index)


def measure(name: str, scores: Scores) -> None:
    start = time.perf_counter()
    report = world_report(scores)
    made = time.perf_counter()
    html = report.to_html().encode()
    done = time.perf_counter()
    small = len(gzip.compress(html, 6))
    print(f"{name}: {report.told}")
    print(f"  world_report {made - start:5.1f} s, to_html {done - made:4.1f} s")
    print(f"  page {len(html) / 1e6:5.1f} MB ({small / 1e6:.1f} MB zipped)")
    print(f"  detail from {report.data['periods'][report.data['detail']]}")


def main() -> None:
    given = Path(sys.argv[1])
    whole = rescore(given) if given.is_file() else score(skill.world(given))
    part = whole.panel.select(first=FIRST, last=LAST)
    measure(f"{FIRST}-{LAST} (aim: 20 s, 15 MB)", score(part, profile=whole.profile))
    measure("all years", whole)
    measure("by month", score(monthly(part), profile=whole.profile))


if __name__ == "__main__":
    main()
