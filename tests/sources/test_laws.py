"""Laws: a rating depends on its own unit and on no later year."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.sources import SOURCES, load_mapping, load_source

UCDP = load_mapping("ucdp-organised-violence")
STATES = (625, 626, 345, 340, 365, 385, 775, 517)
YEARS = tuple(range(1989, 2014))


def world(seed: int) -> pd.DataFrame:
    """Return a UCDP file of a few states and years, with deaths and gaps drawn."""
    draw = np.random.default_rng(seed)
    columns = sorted({c for rating in UCDP.ratings for c in rating.columns})
    pairs = [(gw, year) for gw in STATES for year in YEARS if draw.random() > 0.05]
    pairs = [(gw, y) for gw, y in pairs if gw != 345 or y < 2006]  # then Serbia has 340
    frame = pd.DataFrame(pairs, columns=["country_id_cy", "year_cy"])
    deaths = draw.choice((0, 0, 0, 1, 30, 700, 40_000), size=(len(frame), len(columns)))
    frame[columns] = deaths
    return frame.assign(version="25.1")


worlds = st.integers(0, 2**32 - 1).map(world)


def read(frame):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        frame.to_csv(path, index=False)
        return load_source("ucdp-organised-violence", path).to_frame()


@settings(max_examples=25, deadline=None)
@given(frame=worlds, chosen=st.sets(st.sampled_from(STATES), min_size=1))
def test_any_subset_of_units_has_the_same_ratings(frame, chosen):
    whole = read(frame)
    family = {345, 340}  # one state under two numbers belongs together
    chosen = chosen | family if chosen & family else chosen
    part = read(frame[frame["country_id_cy"].isin(chosen)])
    pd.testing.assert_frame_equal(part, whole.loc[part.index], check_exact=True)


@settings(max_examples=25, deadline=None)
@given(frame=worlds, last=st.sampled_from(YEARS[5:]))
def test_a_file_cut_at_a_year_has_the_same_ratings_up_to_it(frame, last):
    whole = read(frame)
    part = read(frame[frame["year_cy"] <= last])
    until = whole[whole.index.get_level_values("period") <= pd.Period(str(last), freq="Y")]
    pd.testing.assert_frame_equal(part, until, check_exact=True)


@settings(max_examples=25, deadline=None)
@given(frame=worlds, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_rows_does_not_matter(frame, seed):
    mixed = frame.sample(frac=1.0, random_state=np.random.default_rng(seed))
    pd.testing.assert_frame_equal(read(mixed), read(frame), check_exact=True)


def test_every_shipped_mapping_has_fixed_ranges_only():
    """No step of the closed set looks at other rows, so a declared step is a fixed range."""
    kinds = {step.kind for name in SOURCES for r in load_mapping(name).ratings for step in r.steps}
    assert kinds <= {
        *("linear", "log1p", "threshold", "categories", "reverse"),
        *("share", "lag", "memory", "change", "hold"),
    }
