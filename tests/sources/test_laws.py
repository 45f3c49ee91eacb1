"""Laws of every shipped mapping: a rating depends on its own unit and on no later year."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from r2prisk.sources import SOURCES, load_mapping, load_source

FAMILY = {"RUS", "SUN"}  # one state under two codes
WRITTEN = {  # Russia is the Soviet Union until 1991
    "gw": {"SDN": 625, "NOR": 385, "GHA": 452, "RUS": 365},
    "cow": {"SDN": 625, "NOR": 385, "GHA": 452, "RUS": 365},
    "name": {"SDN": "Sudan", "NOR": "Norway", "GHA": "Ghana", "RUS": "Russia"},
}
CODES = ("SDN", "NOR", "GHA", "RUS")
YEARS = tuple(range(1987, 2015))
NUMBERS = (np.nan, -3.0, 0.0, 0.04, 0.3, 1.0, 2.0, 4.0, 30.0, 700.0, 40_000.0)


def world(name: str, seed: int) -> pd.DataFrame:
    """Return a file of a few states and years, drawn from the columns of a mapping.

    Values are missing, rows lack or come twice with different values, and every code that the
    mapping knows is drawn. Norway has a row in every year, so that the years are those of the file.
    """
    mapping, draw = load_mapping(name), np.random.default_rng(seed)
    period = mapping.period
    years = YEARS if period.column else (0,)
    if period.map:
        years = tuple(int(word) for word in period.map)
    items = (
        6 if period.since or any(r.where and r.otherwise is None for r in mapping.ratings) else 1
    )
    rows = [
        (unit, year)
        for unit in CODES
        for year in years
        for _ in range(items + int(draw.random() < 0.1))
        if unit == "NOR" or draw.random() > 0.1
    ]
    key = mapping.unit[0]
    frame = pd.DataFrame({"law unit": [u for u, _ in rows], "law year": [y for _, y in rows]})
    frame[key.column] = frame["law unit"].map(
        WRITTEN.get(key.key, dict(zip(CODES, CODES, strict=True)))
    )
    choices: dict[str, list] = {column: list(NUMBERS) for column in mapping.file.columns}
    for rating in mapping.ratings:
        first = rating.steps[0] if rating.steps else None
        words = [*first.categories.map, None] if first and first.categories else NUMBERS
        choices.update({column: list(words) for column in (*rating.columns, *rating.fill)})
        if hasattr(rating.missing, "states"):
            choices[rating.missing.column] = [*rating.missing.states, 77]
    for rating in mapping.ratings:
        for column, wanted in rating.where.items():
            some = list(wanted) if isinstance(wanted, tuple) else [wanted]
            before = choices.get(column, list(NUMBERS))
            choices[column] = [*(before if before != list(NUMBERS) else []), *some, 0]
    if period.since:
        choices[period.since] = [np.nan, *range(1970, 2020, 5)]
        choices.update({column: [wanted, 0] for column, wanted in period.since_where.items()})
    choices.pop(key.column, None)
    choices.pop(period.column, None)
    for column, some in choices.items():
        frame[column] = [some[n] for n in draw.integers(len(some), size=len(frame))]
    if period.column:
        frame[period.column] = frame["law year"]
    if mapping.version_column:
        frame[mapping.version_column] = "1"
    return frame


def read(name, frame):
    """Return ratings and states in one frame."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.csv"
        frame.drop(columns=["law unit", "law year"]).to_csv(path, index=False)
        panel = load_source(name, path)
    return panel.to_frame().join(panel.states_frame().add_suffix(" state"))


def cut(name, frame, last):
    """Return the file as it stood at the end of a year."""
    period = load_mapping(name).period
    if period.snapshot:
        return frame
    if period.since:
        later = frame[period.since] > last
        other = dict.fromkeys(period.since_where, 0) | {period.since: np.nan}
        return frame.assign(**{c: frame[c].mask(later, value) for c, value in other.items()})
    year = frame["law year"]
    if period.map:
        year = year.map({int(word): y for word, y in period.map.items()})
    return frame[year <= last]


def until(frame, last):
    return frame[frame.index.get_level_values("period").year <= last]


each = pytest.mark.parametrize("name", SOURCES)
seeds = pytest.mark.parametrize("seed", range(4))


@each
@seeds
@pytest.mark.parametrize("chosen", [{"NOR"}, {"SDN", "RUS"}])
def test_any_subset_of_units_has_the_same_ratings(name, seed, chosen):
    frame = world(name, seed)
    whole, part = read(name, frame), read(name, frame[frame["law unit"].isin(chosen)])
    units = chosen | FAMILY if chosen & FAMILY else chosen
    if load_mapping(name).absent is not None:  # a list of events reaches to its last row
        whole = until(whole, part.index.get_level_values("period").year.max())
    whole, part = (f[f.index.get_level_values("unit").isin(units)] for f in (whole, part))
    pd.testing.assert_frame_equal(part, whole, check_exact=True)


@each
@seeds
@pytest.mark.parametrize("last", [2011, 2013])
def test_a_file_cut_at_a_year_has_the_same_ratings_up_to_it(name, seed, last):
    frame = world(name, seed)
    whole, part = read(name, frame), read(name, cut(name, frame, last))
    pd.testing.assert_frame_equal(until(part, last), until(whole, last), check_exact=True)


@each
@seeds
def test_the_order_of_rows_does_not_matter(name, seed):
    frame = world(name, seed)
    mixed = frame.sample(frac=1.0, random_state=np.random.default_rng(seed))
    pd.testing.assert_frame_equal(read(name, mixed), read(name, frame), check_exact=True)


@each
def test_the_worlds_of_the_laws_rate_every_indicator(name):
    whole = read(name, world(name, 7))
    rated = {r.indicator for r in load_mapping(name).ratings}
    assert {i for i in rated if whole[i].notna().any()} == rated
