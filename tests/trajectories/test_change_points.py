"""Lasting shifts: by hand, against an exhaustive search, then as laws."""

import sys
from math import exp, log, sqrt

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.errors import InputError, MissingExtraError
from r2prisk.trajectories.change_points import change_points

NAN = np.nan
SAW = [0.1, 0.2, 0.1, 0.2]


@pytest.fixture(autouse=True)
def _library(needs_extra):
    needs_extra("ruptures")


def noise(row):
    return np.median(np.abs(np.diff(row))) / 0.6745 / sqrt(2)


def best_starts(row, penalty):
    """Try every way of cutting the series, by dynamic programming."""
    n = len(row)
    best = {0: (0.0, [])}
    for end in range(2, n + 1):
        options = [
            (
                best[start][0] + ((row[start:end] - row[start:end].mean()) ** 2).sum() + penalty,
                [*best[start][1], start],
            )
            for start in best
            if end - start >= 2
        ]
        if options:
            best[end] = min(options, key=lambda option: option[0])
    return best[n][1][1:]


# --- by hand ------------------------------------------------------------------------------------


def test_a_step_has_its_start_direction_size_and_sureness():
    row = [*SAW, 0.7, 0.8, 0.7, 0.8]
    found = change_points([row, row[::-1]])
    # seven differences without sign: 0.1 six times, 0.5 once; their median is 0.1
    sigma = 0.1 / 0.6745 / sqrt(2)
    gain = 4 * 4 / 8 * (0.75 - 0.15) ** 2 / sigma**2 - 2 * log(8)
    assert found.series.tolist() == [0, 1]
    assert found.start.tolist() == [4, 4]
    assert found.up.tolist() == [True, False]
    assert found.size.tolist() == pytest.approx([0.6, -0.6])
    assert found.sure.tolist() == pytest.approx([1 / (1 + exp(-gain / 2))] * 2)
    assert len(found) == 2


def test_sureness_of_a_small_shift_is_visible_arithmetic():
    row = [0.0, 1.0, 0.0, 1.0, 1.8, 2.8, 1.8, 2.8]
    found = change_points([row], penalty=0.5)
    sigma = 1 / 0.6745 / sqrt(2)
    gain = 4 * 4 / 8 * 1.8**2 / sigma**2 - 2 * log(8)
    assert found.start.tolist() == [4]
    assert found.sure[0] == pytest.approx(1 / (1 + exp(-gain / 2)))
    assert 0.3 < found.sure[0] < 0.8


def test_the_penalty_is_the_cost_of_a_shift_in_noise_variances():
    row = np.array([0.0, 1.0, 0.0, 1.0, 1.8, 2.8, 1.8, 2.8])
    gained = 4 * 4 / 8 * 1.8**2 / noise(row) ** 2
    assert change_points([row], penalty=gained * 0.99).start.tolist() == [4]
    assert len(change_points([row], penalty=gained * 1.01)) == 0
    # the cost that stands for none given is 2 log n
    assert gained > 2 * log(8)
    assert change_points([row]).start.tolist() == [4]
    wider = np.array([0.0, 1.0, 0.0, 1.0, 1.3, 2.3, 1.3, 2.3])
    assert 4 * 4 / 8 * 1.3**2 / noise(wider) ** 2 < 2 * log(8)
    assert len(change_points([wider])) == 0


def test_a_gap_is_passed_over_and_columns_keep_their_place():
    row = [NAN, 0.1, 0.2, NAN, 0.1, 0.2, NAN, NAN, 0.7, 0.8, 0.7, 0.8]
    found = change_points([[NAN] * 12, row])
    assert found.series.tolist() == [1]
    assert found.start.tolist() == [8]
    assert found.too_short.tolist() == [0]


def test_one_odd_value_is_no_shift_and_a_flat_series_has_none():
    assert len(change_points([[*SAW, *SAW, 0.6, 0.2, *SAW, *SAW]])) == 0
    # three such values are a level
    assert change_points([[*SAW, *SAW, 0.6, 0.6, 0.6, *SAW, *SAW]]).start.tolist() == [8, 11]
    assert len(change_points([[0.4] * 30])) == 0
    assert len(change_points(np.full((1, 30), 1e9))) == 0


def test_a_series_of_exact_steps_has_a_noise_of_its_own():
    row = np.array([0.25] * 12 + [0.75] * 12)
    found = change_points([row])
    sigma = sqrt(0.5**2 / 23) / sqrt(2)
    gain = 6 * 0.5**2 / sigma**2 - 2 * log(24)
    assert found.start.tolist() == [12]
    assert found.sure[0] == pytest.approx(1 / (1 + exp(-gain / 2)))


def test_rounding_is_no_noise():
    row = np.array([0.1 + 0.2, 0.3] * 6 + [0.6] * 12)
    assert change_points([row]).start.tolist() == [12]


def test_three_values_are_too_few():
    assert change_points([[0.0, 0.0, 1.0, NAN], [0.0, 0.0, 1.0, 1.0]]).too_short.tolist() == [0]


def test_faults_are_told_together():
    with pytest.raises(InputError) as told:
        change_points([0.1, np.inf], penalty=0.0)
    assert len(told.value.problems) == 3
    assert "found (2,)" in told.value.problems[0]
    with pytest.raises(InputError, match="needs numbers"):
        change_points([["a", "b"]])


def test_a_missing_library_names_the_extra_and_the_pythons(monkeypatch):
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(MissingExtraError, match=r"Python 3\.13 and older.*r2prisk\[timeseries\]"):
        change_points([SAW])


# --- laws ---------------------------------------------------------------------------------------

rows = hnp.arrays(
    float, st.integers(4, 24), elements=st.integers(-20, 20).map(lambda n: n / 10 + 0.013 * n**2)
)


@settings(max_examples=60)
@given(rows)
def test_no_other_cut_is_better(row):
    sigma = noise(row)
    if sigma < 1e-6:
        return
    scaled, penalty = row / sigma, 2 * log(len(row))

    def cost(starts):
        parts = np.split(scaled, starts)
        return sum(((p - p.mean()) ** 2).sum() for p in parts) + penalty * len(starts)

    found = change_points([row]).start
    assert cost(found) == pytest.approx(cost(best_starts(scaled, penalty)), rel=1e-6, abs=1e-6)
    assert (np.diff([0, *found, len(row)]) >= 2).all()


@settings(max_examples=60)
@given(rows, st.sampled_from([0.01, 3.0, 1000.0]), st.sampled_from([-50.0, 0.0, 7.0]))
def test_the_unit_of_the_values_does_not_matter(row, scale, shift):
    one, two = change_points([row]), change_points([-row * scale + shift])
    assert len(one) == len(two)
    if one.start.tolist() == two.start.tolist():  # ties between cuts may fall either way
        np.testing.assert_allclose(two.size, -one.size * scale, atol=1e-9 * scale)
        np.testing.assert_allclose(two.sure, one.sure, atol=1e-6)
        assert (one.up == ~two.up).all()


def test_series_do_not_touch_each_other():
    rng = np.random.default_rng(3)
    table = rng.normal(size=(20, 30))
    table[::2, 15:] += 3
    table[rng.random(table.shape) < 0.1] = NAN
    whole = change_points(table)
    for row in range(20):
        alone = change_points(table[[row]])
        assert whole.start[whole.series == row].tolist() == alone.start.tolist()
    assert (np.bincount(whole.series, minlength=20)[::2] >= 1).all()


def test_shifts_in_noise_and_in_persistence_are_as_the_docstring_says():
    rng = np.random.default_rng(1)
    white = rng.normal(size=(600, 35))
    share = len(set(change_points(white).series.tolist())) / 600
    assert share == pytest.approx(1 / 6, abs=0.05)
    kept = np.zeros_like(white)
    for t in range(1, 35):
        kept[:, t] = 0.6 * kept[:, t - 1] + white[:, t]
    assert len(change_points(kept)) / 600 == pytest.approx(2.6, abs=0.3)
