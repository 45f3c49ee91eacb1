"""How fast uncertainty is, in one run: python benchmarks/uncertainty.py [draws].

A panel of the size of the world's: 195 units over 65 years, every indicator of the default
frameworks, a fifth of the cells unknown. Prints the time for draws over weights, exponents and
kappa with everything that the result holds; the peak memory; the ratio to calling ``score`` once
for each draw, timed on a few draws and scaled; how far single precision is from ``score`` on those;
and the time with every group of assumptions.
"""

import os
import resource
import sys
import time

import numpy as np
import pandas as pd

from r2prisk import Panel, score
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.units import load_units
from r2prisk.panel import CellState
from r2prisk.scoring.kernel.draws import draw_scores
from r2prisk.scoring.kernel.pieces import in_pieces
from r2prisk.scoring.uncertainty import GROUPS, load_priors, uncertainty
from r2prisk.scoring.uncertainty.cells import cells_of
from r2prisk.scoring.uncertainty.result import published
from r2prisk.scoring.uncertainty.sample import drawn_profile, sample

UNITS, YEARS = 195, 65
UNKNOWN = 0.2
CHOICES = ["indicator_weights", "factor_weights", "exponents", "kappa"]
LOOKED_AT = 12
"""Draws that are scored one by one."""


def world() -> Panel:
    frameworks = (load_framework("un-foa-2014"), load_framework("sg-resilience-2013"))
    names = tuple(i.id for framework in frameworks for i in framework.indicators)
    rng = np.random.default_rng(2026)
    shape = (UNITS * YEARS, len(names))
    # countries differ as a whole, or all would share one rank
    level = np.repeat(rng.beta(1.5, 3.0, UNITS), YEARS)[:, None]
    ratings = np.asfortranarray(np.clip(level + rng.normal(0.0, 0.25, shape), 0.0, 1.0))
    ratings[rng.random(shape) < UNKNOWN] = np.nan
    index = pd.MultiIndex.from_product(
        [sorted(load_units())[:UNITS], pd.period_range("1960", periods=YEARS, freq="Y")],
        names=["unit", "period"],
    )
    states = np.where(np.isnan(ratings), CellState.UNKNOWN, CellState.RATED).astype(np.uint8)
    return Panel(index, names, ratings, np.asfortranarray(states), frameworks)


def timed(call):
    """Return what a call returns, its time, and the processor time of all its threads."""
    start, work = time.perf_counter(), time.process_time()
    found = call()
    return found, time.perf_counter() - start, time.process_time() - work


def peak() -> float:
    """Return the largest memory of the process so far, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def one_by_one(panel: Panel, draws: int) -> tuple[float, float]:
    """Time ``score`` on some draws; return seconds a draw, and the largest difference."""
    scores, priors = score(panel), load_priors()
    drawn = sample(scores, priors, draws=draws, vary=CHOICES, rng=np.random.default_rng(0))
    cells = cells_of(panel, scores, priors, vary=CHOICES, seed=0)
    rows = np.arange(0, len(panel), 25)
    pieces = in_pieces(drawn, scores.sums)
    place = np.argsort(np.concatenate([piece.columns for piece in pieces]))
    fast = draw_scores(cells.take(rows), scores.sums, pieces)
    times, gaps = [], []
    for draw in np.linspace(1, draws - 1, LOOKED_AT).astype(int).tolist():
        start = time.perf_counter()
        slow = score(panel, profile=drawn_profile(scores, panel, drawn, draw))
        times.append(time.perf_counter() - start)
        gaps.append(np.abs(published(slow)[:, rows] - fast[:, :, place[draw]]).max())
    return float(np.median(times)), float(max(gaps))


def main() -> None:
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    panel = world()
    before = peak()
    print(f"{len(panel):,} rows x {len(panel.indicators)} indicators, {UNKNOWN:.0%} unknown;")
    print(f"  {draws:,} draws, {os.cpu_count()} processors")
    sure, seconds, work = timed(lambda: uncertainty(panel, draws=draws, vary=CHOICES))
    print(f"uncertainty over {', '.join(CHOICES)}")
    print(f"  time                    {seconds:8.1f} s   (aim: 10 or less)")
    print(f"  processor time          {work:8.1f} s   (of all threads)")
    print(f"  peak memory             {peak():8.2f} GB  (aim: 2 or less; {before:.2f} before)")
    largest = sure.convergence["largest"].max()
    print(f"  largest error of a median {largest:6.4f}")
    each, gap = one_by_one(panel, draws)
    print(f"score once for each draw  {each * draws:8.1f} s   ({LOOKED_AT} draws timed and scaled)")
    print(f"  as a multiple           {each * draws / seconds:8.1f}     (aim: 20 or more)")
    print(f"  largest difference      {gap:8.1e}     (single precision; aim: 1e-5 or less)")
    _, seconds, work = timed(lambda: uncertainty(panel, draws=draws))
    print(f"uncertainty over {', '.join(GROUPS)}")
    print(f"  time                    {seconds:8.1f} s, processor time {work:.1f} s")


if __name__ == "__main__":
    main()
