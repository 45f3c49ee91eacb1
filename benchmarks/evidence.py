"""How fast evidence is read and pooled, in one run: python benchmarks/evidence.py [rows].

Makes invented evidence on all indicators of 193 countries over 20 years, one row in a hundred an
interval and one in a thousand settling another; reads it from a frame and from Parquet, pools it
to 240 months, and prints times, the peak memory of the process, and for a sample of cells the
largest difference from the sums done row by row.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from r2prisk.catalogue import load_framework, load_mechanisms
from r2prisk.catalogue.units import load_units
from r2prisk.evidence import human_rights_lens, pool, read_evidence
from r2prisk.evidence.ageing import age_weights
from r2prisk.evidence.models import load_declared

ROWS = 1_000_000
FRAMEWORKS = ("un-foa-2014", "sg-resilience-2013")
FIRST, DAYS = np.datetime64("2000-01-01"), 7305
SAMPLE = 50


def invented(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(2026)
    units = [u.id for u in load_units().values() if u.kind == "un_member"]
    indicators = [i.id for name in FRAMEWORKS for i in load_framework(name).indicators]
    ids = np.array([f"E{n}" for n in range(rows)], dtype=object)
    date = FIRST + rng.integers(0, DAYS, rows)
    until = np.where(rng.random(rows) < 0.01, date + 90, np.datetime64("NaT"))
    frame = pd.DataFrame(
        {
            "id": ids,
            "unit": rng.choice(units, rows),
            "indicator": rng.choice(indicators, rows),
            "date": date.astype("datetime64[s]"),
            "until": until.astype("datetime64[s]"),
            "rating": rng.integers(0, 5, rows) / 4,
            "confidence": rng.choice(["low", "medium", "high"], rows),
            "mechanism": rng.choice(list(load_mechanisms()), rows),
            "reference": [f"Invented report {n}" for n in rng.integers(0, rows // 10 + 1, rows)],
            "coder": rng.choice(["A", "B", "C", "D"], rows),
            "sensitivity": rng.choice(["public", "restricted"], rows),
            "note": [f"An invented reason, number {n}." for n in range(rows)],
        }
    )
    cell = frame["unit"] + " " + frame["indicator"]
    before = frame.groupby(cell)["id"].shift(1)
    settles = (rng.random(rows) < 0.001) & before.notna().to_numpy()
    return frame.assign(adjudicates=before.where(settles, None))


def timed(what: str, call):
    start = time.perf_counter()
    found = call()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{what:<34}{seconds:8.2f} s   peak of the process so far {peak:5.2f} GB")
    return found


def worst(table, pooled, months: pd.PeriodIndex) -> float:
    """The largest difference of mass from the sum over rows, in a sample of cells."""
    frame, weights = table.to_frame(), load_declared().weights
    gone = dict(zip(*settled(frame), strict=True))
    tempo = {i.id: i for name in FRAMEWORKS for i in load_framework(name).indicators}
    mechanisms, by_name = load_mechanisms(), pooled.panel.to_frame()
    rng, largest = np.random.default_rng(7), 0.0
    for n in rng.integers(0, len(frame), SAMPLE):
        unit, name = frame["unit"].iloc[n], frame["indicator"].iloc[n]
        indicator = tempo[name]
        ours = np.flatnonzero((frame["unit"] == unit) & (frame["indicator"] == name))
        total = np.zeros(len(months))
        for row in frame.iloc[ours].itertuples():
            lives = mechanisms[row.mechanism]
            fast = indicator.tempo == "dynamic"
            half_life = lives.half_life_dynamic if fast else lives.half_life_structural
            first = np.datetime64(row.date, "D")
            last = first if pd.isna(row.until) else np.datetime64(row.until, "D")
            days = months.asfreq("D", "end").asi8.astype("datetime64[D]")
            weight = age_weights(
                days,
                first,
                last,
                half_life,
                trigger=indicator.trigger,
                window=weights.trigger_window,
            )
            live = days < gone.get(row.id, np.datetime64("9999-12-31"))
            total += getattr(weights, row.confidence) * weight * live
        place = by_name.index.get_loc(unit)
        mass = pooled.mass[place, pooled.panel.indicators.index(name)]
        largest = max(largest, float(np.abs(mass - total).max()))
    return largest


def settled(frame: pd.DataFrame):
    rows = frame[frame["adjudicates"] != ""]
    return rows["adjudicates"].tolist(), rows["date"].to_numpy().astype("datetime64[D]").tolist()


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    months = pd.period_range("2000-01", periods=240, freq="M")
    print(f"{rows:,} rows, {len(months)} months")
    frame = timed("(invent them)", lambda: invented(rows))
    table = timed("read from a frame", lambda: read_evidence(frame))
    pooled = timed("pool to months", lambda: pool(table, months))
    timed("human-rights lens", lambda: human_rights_lens(table, months))
    print(f"cells: {pooled.panel.ratings.size:,}")
    print(f"largest difference from sums row by row, {SAMPLE} cells: ", end="")
    print(f"{worst(table, pooled, months):.1e}")
    del pooled
    timed("public rows", table.public)
    with tempfile.TemporaryDirectory() as folder:
        for ending in ("parquet", "csv", "jsonl"):
            path = Path(folder) / f"evidence.{ending}"
            timed(f"write {ending}", lambda path=path: table.write(path))
            again = timed(f"read {ending}", lambda path=path: read_evidence(path))
            print(f"{'  the same':<34}{again.hash == table.hash!s:>8}")
            del again


if __name__ == "__main__":
    main()
