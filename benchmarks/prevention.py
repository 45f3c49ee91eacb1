"""What a contrast is worth, and how long matching takes.

python benchmarks/prevention.py SCORES.csv EPISODES.csv [KNOWN]

Scores that ``r2prisk score`` wrote with their ratings beside them, and episodes of mass killing, a
list complete to KNOWN (2014 if not given). Printed are the **level** of a contrast (how often
anything is called where resilience has nothing to do with what followed: real twins, the
resilience of whole countries dealt out anew among them), its **power** (how often a planted gap is
called), and the time of a contrast and of a matching of 30 countries with 60 offers, each beside
that of making the scores again.
"""

import sys
import time

import numpy as np
import pandas as pd

from r2prisk import Scores, rescore
from r2prisk.forecasting import read_onsets
from r2prisk.prevention import Followed, contrast, what_followed
from r2prisk.prevention.assistance import match, needs, read_offers
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.prevention.contrasts.compare import gaps, grouped
from r2prisk.prevention.contrasts.twins import CALIPER, choose, state_of

ROWS, DEALS = 120, 40
FIRST, LAST = 1995, 2014
GAPS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
GROUPS = ((16, 4), (66, 5), (45, 10))
DEVIATION, TRIES = 0.15, 400


def drawn_rows(scores: Scores, rng: np.random.Generator) -> np.ndarray:
    """Rows of which enough is rated to be contrasted."""
    frame = scores.to_frame()
    years = pd.PeriodIndex(scores.index.get_level_values("period")).year
    known = frame[[f.id for f in scores.risk_framework.factors]].notna().sum(axis=1) >= 5
    fit = (frame["band"] != "unknown").to_numpy() & known.to_numpy()
    return rng.choice(np.flatnonzero(fit & (years >= FIRST) & (years <= LAST)), ROWS, replace=False)


def level(scores: Scores, followed: Followed) -> pd.DataFrame:
    """Share of contrasts in which anything is called, though nothing is there."""
    rng = np.random.default_rng(1)
    units = scores.index.get_level_values("unit").to_numpy(object)
    place = {name: n for n, name in enumerate(scores.panel.indicators)}
    every = [i.id for i in scores.resilience_framework.indicators if i.id in place]
    factors = [f.id for f in scores.resilience_framework.factors]
    families = {
        "factors": scores.to_frame()[factors].to_numpy(dtype=np.float64),
        "indicators": scores.panel.ratings[:, [place[name] for name in every]],
    }
    risks = [f.id for f in scores.risk_framework.factors]
    rows: list[dict[str, float]] = []
    for row in drawn_rows(scores, rng):
        chosen = choose(scores, followed, int(row), risks, caliper=CALIPER, hindsight=True).rows
        if len(chosen) < 3:
            continue
        states = np.array([state_of(str(unit)) for unit in units[chosen]], dtype=object)
        ended = followed.state[chosen] == 1
        of = {name: chosen[states == name] for name in dict.fromkeys(states)} | {"": [row]}
        for _ in range(DEALS):
            dealt = dict(zip(of, rng.permutation(np.array(list(of), dtype=object)), strict=True))
            source = np.array([rng.choice(of[dealt[name]]) for name in states])
            own = rng.choice(of[dealt[""]])
            told: dict[str, float] = {}
            for family, values in families.items():
                groups = [grouped(values[source][side], states[side]) for side in (~ended, ended)]
                found = gaps(values[own], *groups)
                called = [g.differs.any() for g in (found.between, found.own_calm)]
                called.append(found.own_followed.differs.any())
                told |= {family: any(called), f"{family}, calm minus escalated": called[0]}
            rows.append(told)
    return pd.DataFrame(rows).astype(float)


def power(calm: int, escalated: int) -> list[float]:
    """Share of planted gaps of one factor of five that are called."""
    rng = np.random.default_rng(0)
    shares: list[float] = []
    for gap in GAPS:
        seen = 0
        for _ in range(TRIES):
            one, other = (rng.normal(0.6, DEVIATION, (n, 5)) for n in (calm, escalated))
            other[:, 0] -= gap
            groups = [grouped(v.clip(0, 1), np.arange(len(v)).astype(object)) for v in (one, other)]
            seen += bool(gaps(rng.normal(0.6, DEVIATION, 5), *groups).between.differs[0])
        shares.append(seen / TRIES)
    return shares


def offers(units: list[str]) -> pd.DataFrame:
    """Sixty offers of invented partners, two places each, most at work in one of the countries."""
    rng = np.random.default_rng(2)
    tools = [tool.key for tool in load_assistance().tools]
    return pd.DataFrame(
        {
            "partner": [f"Partner {n}" for n in range(60)],
            "tool": rng.choice(tools, 60),
            "capacity": 2,
            "countries": [str(rng.choice(units)) if n % 3 else "" for n in range(60)],
        }
    )


def main() -> None:
    known = int(sys.argv[3]) if len(sys.argv) > 3 else 2014
    start = time.perf_counter()
    scores = rescore(sys.argv[1])
    base = time.perf_counter() - start
    followed = what_followed(scores, read_onsets(sys.argv[2], known=known))
    made = level(scores, followed)
    print(f"level: {len(made):,} deals, 5 % asked")
    for name, share in made.mean().items():
        print(f"  {name}: {share:.1%}")
    print(f"power: gaps of {', '.join(map(str, GAPS))}")
    for calm, escalated in GROUPS:
        shares = ", ".join(f"{share:.0%}" for share in power(calm, escalated))
        print(f"  {calm} calm and {escalated} escalated countries: {shares}")
    frame = scores.to_frame()
    year = frame.xs(pd.Period(str(LAST), "Y"), level="period")
    units = year.index[year["band"] != "unknown"][:30].tolist()
    start = time.perf_counter()
    for unit in units:
        contrast(scores, followed, unit, LAST)
    one = (time.perf_counter() - start) / len(units)
    start = time.perf_counter()
    listed = [needs(scores, unit, LAST) for unit in units]
    needed = time.perf_counter() - start
    start = time.perf_counter()
    match(listed, read_offers(offers(units)))
    matched = time.perf_counter() - start
    print(f"scores made again {base:.1f} s; of that time")
    print(f"  a contrast takes {one / base:.2f}")
    print(f"  needs of {len(units)} countries {needed / base:.1f}")
    print(f"  their matching with 60 offers {matched / base:.1f}")


if __name__ == "__main__":
    main()
