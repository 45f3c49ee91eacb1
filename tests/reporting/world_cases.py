"""Small worlds for the tests of the world report."""

import dataclasses

import numpy as np
import pandas as pd

from r2prisk import read_panel, score
from r2prisk.catalogue import Framework, load_framework

EVIL = "</script><img src=x onerror=alert(1)><b>bold</b>"
UNITS = ["COK", "GHA", "KEN", "MMR", "NOR", "RWA", "SDN", "SSD", "TUV", "XKX", "YUG"]


def ratings(periods, *, units=UNITS, seed=7):
    """Ratings of real units with a gap, a late start, one who ends, and hardly anything known."""
    rng = np.random.default_rng(seed)
    names = [
        i.id for f in ("un-foa-2014", "sg-resilience-2013") for i in load_framework(f).indicators
    ]
    rows = []
    for place, unit in enumerate(units):
        level = (place % 5 + 1) / 7
        unseen = rng.random(len(names)) < 0.4
        for n, period in enumerate(periods):
            if unit == "SSD" and n < 3:
                continue
            if unit == "KEN" and n == 5:
                continue
            if unit == "YUG" and n > 1:
                continue
            drift = 0.3 * (n > 3) if unit == "RWA" else 0.0
            row = np.clip(level + drift + rng.normal(0, 0.05, len(names)), 0, 1).round(2)
            row[unseen] = np.nan
            if unit in ("COK", "TUV"):
                row[1:] = np.nan
                row[0] = 0.0
            rows.append({"unit": unit, "period": period, **dict(zip(names, row, strict=True))})
    return pd.DataFrame(rows)


def scored(periods=range(2015, 2023), **how):
    """Scores of the small world."""
    return score(read_panel(ratings(periods, **how)))


def own_world():
    """Two countries on a framework of one's own whose labels try to be HTML."""
    indicator = {
        "label": "Harm</script><img src=x onerror=alert(1)>",
        "description": "What is told.",
        "tempo": "dynamic",
        "look_for": "Reports.",
        "rate_0": "None.",
        "rate_1": "Everywhere.",
    }
    factors = [
        {
            "id": f"M{n}",
            "title": f"Factor {n} <script>alert(1)</script>",
            "definition": "A factor.",
            "indicators": [{"id": f"M{n}.{i}", **indicator} for i in (1, 2)],
        }
        for n in (1, 2)
    ]
    mine = Framework.model_validate(
        {
            "name": "mine",
            "title": "Mine",
            "kind": "risk",
            "issuer": "Us",
            "edition": "1",
            "citation": f"Us (2024). {EVIL}",
            "factors": factors,
        }
    )
    frame = pd.DataFrame(
        {"unit": ["GHA", "KEN"], "period": 2020, "M1.1": [0.2, 0.8], "M2.1": [0.4, 0.6]}
    )
    panel = read_panel(frame, frameworks=[mine, "sg-resilience-2013"])
    return score(dataclasses.replace(panel, sources=(f"A source {EVIL}",), notes=(f"Note {EVIL}",)))
