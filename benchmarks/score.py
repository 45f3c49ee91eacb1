"""How fast the whole score is, in one run: python benchmarks/score.py [rows].

Prints the time of the complete score (factors, crimes, residual, bounds, coverage) as a multiple
of one ``X.sum()`` over the same ratings, cells per second, peak memory as a multiple of the
input, the ratio to the same work done the obvious way in pandas, and the cost of ten times as
many rows.
"""

import dataclasses
import sys
import time
import tracemalloc

import numpy as np
import pandas as pd

from r2prisk import Panel, score
from r2prisk.catalogue import load_framework
from r2prisk.panel import CellState
from r2prisk.scoring.kernel import score_arrays

RISK = load_framework("un-foa-2014")
RESILIENCE = load_framework("sg-resilience-2013")
UNKNOWN = 0.2
REPEATS = 7


def ratings(rows: int, names: list[str]) -> np.ndarray:
    rng = np.random.default_rng(2026)
    array = np.empty((rows, len(names)), order="F")
    for column in range(len(names)):
        array[:, column] = rng.random(rows)
        array[rng.random(rows) < UNKNOWN, column] = np.nan
    return array


def panel_of(rows: int) -> Panel:
    names = [i.id for i in (*RISK.indicators, *RESILIENCE.indicators)]
    array = ratings(rows, names)
    units = np.array(["SDN", "NOR", "GHA", "MMR"], dtype=object)
    index = pd.MultiIndex.from_arrays(
        [
            units[np.arange(rows) % 4],
            pd.PeriodIndex.from_ordinals(np.arange(rows) // 4, freq="D"),
        ],
        names=["unit", "period"],
    )
    states = np.where(np.isnan(array), CellState.UNKNOWN, CellState.RATED).astype(np.uint8)
    return Panel(index, tuple(names), array, np.asfortranarray(states), (RISK, RESILIENCE))


def best(call, repeats=REPEATS):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def obvious(frame: pd.DataFrame, sums) -> pd.DataFrame:
    """The same sums, one factor at a time in pandas; equal weights and exponent 2."""
    out = {}

    def factors(framework):
        for factor in framework.factors:
            block = frame[[i.id for i in factor.indicators]]
            out[factor.id] = (block**2).mean(axis=1) ** 0.5
            out[f"{factor.id}_low"] = (block.fillna(0.0) ** 2).mean(axis=1) ** 0.5
            out[f"{factor.id}_high"] = (block.fillna(1.0) ** 2).mean(axis=1) ** 0.5
            out[f"{factor.id}_coverage"] = block.notna().mean(axis=1)

    factors(RISK)
    factors(RESILIENCE)
    table = pd.DataFrame(out)
    risk = [f.id for f in RISK.factors]
    resilience = [f.id for f in RESILIENCE.factors]
    for suffix, other in (("", ""), ("_low", "_high"), ("_high", "_low")):
        for k, name in enumerate(risk):
            left = 1.0
            for r, held in enumerate(resilience):
                if sums.kappa[k, r]:
                    left = left * (1.0 - sums.kappa[k, r] * table[held + other].fillna(0.0))
            table[f"{name}_residual{suffix}"] = table[name + suffix] * left
    for v, weights in enumerate(sums.views):
        members = [name for name, weight in zip(risk, weights, strict=True) if weight]
        for suffix in ("", "_low", "_high", "_coverage"):
            table[f"view{v}{suffix}"] = table[[m + suffix for m in members]].mean(axis=1)
        for suffix in ("", "_low", "_high"):
            columns = [f"{m}_residual{suffix}" for m in members]
            table[f"view{v}_residual{suffix}"] = table[columns].mean(axis=1)
    for suffix in ("", "_low", "_high", "_coverage"):
        table[f"resilience{suffix}"] = table[[r + suffix for r in resilience]].mean(axis=1)
    return table


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    panel = panel_of(rows)
    sums = score(panel.take(np.arange(8))).sums
    both = panel.ratings
    risk = both[:, : len(RISK.indicators)]

    def whole():
        return score_arrays(both, both, sums)

    whole()
    one_sum, complete = best(lambda: risk.sum()), best(whole)
    cells = both.size
    print(f"{rows:,} rows x {risk.shape[1]} risk and {both.shape[1] - risk.shape[1]} resilience")
    print(f"  indicators, {UNKNOWN:.0%} unknown")
    print(f"X.sum() over the risk ratings      {one_sum * 1e3:9.1f} ms")
    print(f"complete score                     {complete * 1e3:9.1f} ms")
    print(f"  as a multiple of X.sum()         {complete / one_sum:9.1f}   (aim: 12 or less)")
    print(f"  of X.sum() over all ratings      {complete / best(lambda: both.sum()):9.1f}")
    print(f"  a row                            {complete / rows * 1e9:9.0f} ns")
    print(f"  cells per second                 {cells / complete / 1e6:9.0f} million")

    def fresh() -> Panel:
        return dataclasses.replace(panel)  # its hash is not yet known

    for name, call in (("score_arrays", whole), ("score(panel)", lambda: score(fresh()))):
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        share = f"{1 + peak / both.nbytes:9.2f} x (aim: 1.5 or less)"
        print(f"peak memory of {name:<20}{share}, input included")

    few = panel.take(np.arange(0, rows, 10)).to_frame().reset_index(drop=True)
    part = panel.take(np.arange(0, rows, 10))
    table = obvious(few, sums)
    ours = score(part).to_frame()
    np.testing.assert_allclose(table["view0"], ours["risk"], atol=1e-9)
    np.testing.assert_allclose(table["view0_residual"], ours["residual_risk"], atol=1e-9)
    frame = pd.DataFrame(both, columns=list(panel.indicators))
    slow = best(lambda: obvious(frame, sums), 1)
    print(
        f"the same work in pandas            {slow * 1e3:9.1f} ms, {slow / complete:.1f} x as long"
    )
    print(f"score(panel), with hash and checks {best(lambda: score(fresh()), 2) * 1e3:9.1f} ms")

    # beyond the sizes that memory is kept warm for, every row also pays for fresh memory: five
    # and ten times the rows show whether the cost of a row stays the same
    many = panel_of(rows * 10)
    half = np.asfortranarray(many.ratings[: rows * 5])
    costs = [best(lambda x=x: score_arrays(x, x, sums), 2) for x in (half, many.ratings)]
    for count, cost in zip((rows * 5, rows * 10), costs, strict=True):
        print(f"{f'{count:,} rows':<35}{cost * 1e3:9.1f} ms, {cost / count * 1e9:.0f} ns a row")
    print(f"  twice the rows cost              {costs[1] / costs[0]:9.2f} x (2 is linear)")


if __name__ == "__main__":
    main()
