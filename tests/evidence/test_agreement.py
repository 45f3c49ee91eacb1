"""Krippendorff's alpha: the published example, small sums by hand, an oracle, and laws."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.errors import InputError
from r2prisk.evidence.agreement import LEVELS, agreement, alpha

NAN = np.nan

# Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section E: 4 observers, 12 units
PUBLISHED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NAN, NAN, NAN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NAN, 3],
        [NAN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NAN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NAN],
    ]
)


def coded(*rows, unit="KEN", period=2008):
    """Rows of (indicator, coder, rating)."""
    frame = pd.DataFrame(rows, columns=["indicator", "coder", "rating"])
    return frame.assign(unit=unit, period=period)


def blocks():
    """Ratings of 2 to 4 coders on 2 to 8 cells, some missing."""
    cell = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, NAN])
    return st.tuples(st.integers(2, 4), st.integers(2, 8)).flatmap(
        lambda shape: st.lists(
            st.lists(cell, min_size=shape[1], max_size=shape[1]),
            min_size=shape[0],
            max_size=shape[0],
        ).map(np.array)
    )


def same(a, b):
    assert (a.value, a.low, a.high) == pytest.approx((b.value, b.low, b.high), nan_ok=True)
    assert (a.pairs, a.units, a.coders) == (b.pairs, b.units, b.coders)


@pytest.mark.parametrize(
    ("level", "value"),
    [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)],
)
def test_published_example(level, value):
    found = alpha(PUBLISHED, level=level)
    assert round(found.value, 3) == value
    # the twelfth unit has one rating; the others have 3, 4 x 8, 3 and 2: pairs 3 + 8 x 6 + 3 + 1
    assert (found.units, found.pairs, found.coders) == (11, 55, 4)
    assert found.low < found.value < found.high


def test_small_sums_by_hand():
    # cells (1, 1), (1, 2), (3, 3); n = 6, n_1 = 3, n_2 = 1, n_3 = 2
    ratings = [[1, 1, 3], [1, 2, 3]]
    # nominal: Do = 2/6; De = 2 (3 x 1 + 3 x 2 + 1 x 2) / (6 x 5)
    assert alpha(ratings, level="nominal").value == pytest.approx(1 - (2 / 6) / (22 / 30))
    # interval: De = 2 (3 x 1 + 6 x 4 + 2 x 1) / 30
    assert alpha(ratings, level="interval").value == pytest.approx(1 - (2 / 6) / (58 / 30))
    # ordinal: mid-ranks 1.5, 3.5, 5: d^2 = 4, 12.25, 2.25
    expected = 2 * (3 * 4 + 6 * 12.25 + 2 * 2.25) / 30
    assert alpha(ratings).value == pytest.approx(1 - (2 * 4 / 6) / expected)
    # ratio: d = 1/3, 2/4, 1/5
    expected = 2 * (3 / 9 + 6 / 4 + 2 / 25) / 30
    assert alpha(ratings, level="ratio").value == pytest.approx(1 - (2 / 9 / 6) / expected)


def test_a_rating_of_zero_is_at_no_distance_from_itself_on_ratio_level():
    # n = 4, n_0 = 3, n_1 = 1: Do = 2/4, De = 2 x 3 / 12
    assert alpha([[0, 0], [0, 1]], level="ratio").value == pytest.approx(1 - 0.5 / 0.5)


def test_the_interval_is_that_of_cells_drawn_again():
    """Every draw made the slow way: alpha of the cells that were drawn, ranks and all."""
    rng = np.random.default_rng(3)
    ratings = rng.integers(0, 4, (3, 40)).astype(float)
    ratings[:, ::2] = ratings[0, ::2]
    slow = [alpha(ratings[:, rng.integers(0, 40, 40)], draws=1).value for _ in range(500)]
    found = alpha(ratings, draws=4000)
    # quantiles of 500 draws are good to about 0.02
    assert (found.low, found.high) == pytest.approx(np.quantile(slow, [0.025, 0.975]), abs=0.06)
    assert found.high - found.low == pytest.approx(0.47, abs=0.03)


def test_draws_in_blocks_are_the_same_draws(monkeypatch):
    whole = [alpha(PUBLISHED, level=level) for level in LEVELS]
    # the package has a function of the name of its module
    monkeypatch.setattr(sys.modules["r2prisk.evidence.agreement"], "BLOCK", 60)
    for level, found in zip(LEVELS, whole, strict=True):
        same(alpha(PUBLISHED, level=level), found)


def test_another_seed_is_another_interval_of_the_same_value():
    one, other = alpha(PUBLISHED), alpha(PUBLISHED, seed=1)
    assert one.value == other.value
    assert (one.low, one.high) == (alpha(PUBLISHED).low, alpha(PUBLISHED).high)
    assert one.low != other.low


@pytest.mark.parametrize("level", LEVELS)
def test_oracle(level):
    oracle = pytest.importorskip("krippendorff", reason="the oracle is not installed")
    rng = np.random.default_rng(11)
    for coders, cells, values in [(2, 10, 3), (5, 60, 5), (12, 30, 40), (3, 200, 2)]:
        ratings = rng.integers(0, values, (coders, cells)).astype(float)
        ratings[1] = np.where(rng.random(cells) < 0.6, ratings[0], ratings[1])
        ratings[rng.random(ratings.shape) < 0.2] = NAN
        expected = oracle.alpha(reliability_data=ratings, level_of_measurement=level)
        assert alpha(ratings, level=level, draws=1).value == pytest.approx(expected, abs=1e-12)


# --- where there is no alpha --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ratings", "reason", "cells"),
    [
        (np.full((2, 3), NAN), "nothing was rated", 0),
        (np.zeros((0, 0)), "nothing was rated", 0),
        ([[1, 2, 3]], "one coder rated everything", 0),
        ([[1, NAN], [NAN, 2]], "no cell was rated by two coders", 0),
        (
            [[1, 2], [3, NAN]],
            "only one cell was rated by two coders: alpha would be 0 whatever its ratings",
            1,
        ),
        ([[0.5, 0.5], [0.5, 0.5]], "all ratings in 2 shared cells are 0.5: no variation", 2),
    ],
)
def test_unknown_with_a_reason(ratings, reason, cells):
    found = alpha(ratings)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert (found.reason, found.units) == (reason, cells)


def test_draws_without_variation_are_left_out_and_counted():
    # both cells the same one: 2 of 4 equally likely draws
    found = alpha([[0, 1], [0, 1]], draws=1000)
    missed = int(found.reason.split()[0])
    assert found.reason == f"{missed} of 1000 draws left out: no variation"
    assert missed == pytest.approx(500, abs=60)
    assert (found.value, found.low, found.high) == (1, 1, 1)


def test_bad_input_is_named():
    with pytest.raises(
        InputError, match=r"no level 'ordnal'.*did you mean 'ordinal'.*(\n.*)*draws is 0"
    ):
        alpha([[1, 2], [1, 2]], level="ordnal", draws=0)
    with pytest.raises(InputError, match=r"shape \(2,\)"):
        alpha([1, 2])
    with pytest.raises(InputError, match="not all numbers"):
        alpha([["a", "b"], ["a", "b"]])
    with pytest.raises(InputError, match="hold infinity"):
        alpha([[1, np.inf], [1, 2]])
    with pytest.raises(InputError, match="go down to -1; at level ratio 0 is the least"):
        alpha([[1, -1], [1, 2]], level="ratio")
    with pytest.raises(InputError, match="did you mean 'factor'"):
        agreement(coded(("1.1", "ann", 0.5)), by="factors")


# --- laws ---------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(blocks(), st.sampled_from(LEVELS))
def test_identical_coders_agree_fully(ratings, level):
    found = alpha(np.stack([ratings[0]] * 3), level=level, draws=10)
    rated = ratings[0][~np.isnan(ratings[0])]
    if len(np.unique(rated)) > 1:
        assert (found.value, found.low, found.high) == (1, 1, 1)
    else:
        assert np.isnan(found.value)
        assert found.reason != ""


@settings(max_examples=40)
@given(blocks(), st.sampled_from(LEVELS), st.randoms())
def test_order_does_not_matter(ratings, level, random):
    rows, columns = list(range(len(ratings))), list(range(ratings.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    same(
        alpha(ratings[np.ix_(rows, columns)], level=level, draws=10),
        alpha(ratings, level=level, draws=10),
    )


@settings(max_examples=40)
@given(blocks())
def test_each_level_sees_no_more_than_it_may(ratings):
    moved = np.where(ratings == 0.25, 9.0, ratings)  # another order, the same names
    same(alpha(np.exp(3 * ratings), draws=10), alpha(ratings, draws=10))
    for level, other in (("nominal", moved), ("interval", 2 * ratings + 7), ("ratio", 4 * ratings)):
        mine, theirs = (alpha(block, level=level, draws=10) for block in (ratings, other))
        assert mine.value == pytest.approx(theirs.value, nan_ok=True)


@settings(max_examples=40)
@given(blocks(), st.sampled_from(LEVELS), st.sampled_from([0.0, 0.6, 1.0]))
def test_a_cell_of_one_coder_changes_nothing(ratings, level, rating):
    lonely = np.full((len(ratings) + 1, ratings.shape[1] + 1), NAN)
    lonely[:-1, :-1] = ratings
    lonely[-1, -1] = rating
    same(alpha(lonely, level=level, draws=10), alpha(ratings, level=level, draws=10))


@settings(max_examples=40)
@given(blocks(), st.sampled_from(LEVELS))
def test_the_interval_holds_the_value(ratings, level):
    found = alpha(ratings, level=level, draws=3)
    if not np.isnan(found.low):
        assert found.low <= found.value <= found.high <= 1


# --- tables -------------------------------------------------------------------------------------


def test_a_table_is_the_array():
    names = ["1.1", "1.2", "SGS1.1", "9.1"]
    ratings = np.array([[0, 0.25, 1, NAN], [0.25, 0.25, 1, 0.5], [NAN, 0.5, 0.75, 0.5]])
    frame = coded(
        *((n, c, ratings[j, i]) for i, n in enumerate(names) for j, c in enumerate("abc"))
    )
    same(alpha(frame), alpha(ratings))
    found = agreement(frame, by=None)
    assert found.index.tolist() == ["all"]
    assert found.loc["all", "alpha"] == alpha(ratings).value
    assert found.attrs["notes"] == ("2 rows without a rating (unknown, not applicable, failed)",)


def test_parts_stand_in_the_order_of_the_frameworks():
    rows = [
        (name, coder, rating)
        for name in ("SGS1.1", "9.1", "1.2", "1.10")
        for coder, rating in (("ann", 0.5), ("ben", 0.25 if name == "1.2" else 0.5))
    ]
    frame = pd.concat([coded(*rows), coded(*rows, unit="GHA").assign(rating=1.0)])
    assert agreement(frame).index.tolist() == ["RF1", "RF9", "SGS1", "all"]
    found = agreement(frame, by="indicator")
    assert found.index.tolist() == ["1.2", "1.10", "9.1", "SGS1.1", "all"]
    assert found["cells"].tolist() == [2, 2, 2, 2, 8]
    assert found.loc["9.1", "alpha"] == 1
    # ranks of (0.25, 0.5, 1, 1): mid-ranks 0.5, 1.5, 3; Do = 2/4, De = 2 (1 + 2 x 6.25 + 2 x 2.25)/12
    assert found.loc["1.2", "alpha"] == pytest.approx(1 - 0.5 / (36 / 12))


def test_a_ruling_is_no_independent_coding():
    frame = coded(
        ("1.1", "ann", 0.5), ("1.1", "ben", 1.0), ("1.2", "ann", 0.0), ("1.2", "ben", 0.0)
    )
    ruled = pd.concat(
        [
            frame.assign(id=["a", "b", "c", "d"], adjudicates=""),
            coded(("1.1", "eve", 1.0)).assign(id="e", adjudicates="a; b"),
        ]
    )
    assert agreement(ruled).equals(agreement(frame))
    assert agreement(ruled).attrs["notes"] == (
        "1 row left out: who settles is no independent coder",
    )
