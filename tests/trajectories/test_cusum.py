"""CUSUM: sums by hand, laws, and the published average run lengths."""

from statistics import NormalDist

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.trajectories.kernel.cusum import chance, cusum

NAN = np.nan


def shown(turns):
    columns = (turns.series, turns.start, turns.detected, turns.up, turns.peak)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def one_by_one(z, k, h):
    """Page's rule as it is told, one value after the other."""
    found = []
    for row, series in enumerate(z.tolist()):
        sums, start = {True: 0.0, False: 0.0}, {True: 0, False: 0}
        for t, value in enumerate(series):
            if value != value:
                continue
            for up, sign in ((True, 1.0), (False, -1.0)):
                new = max(0.0, sums[up] + (sign * value - k))
                if sums[up] == 0.0 < new:
                    start[up] = t
                sums[up] = new
            for up in (True, False):
                if sums[up] > h:
                    found.append((row, start[up], t, up, sums[up]))
                    sums = {True: 0.0, False: 0.0}
    return found


surprises = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12),
    elements=st.one_of(st.just(NAN), st.integers(-16, 16).map(lambda n: n / 4)),
)
references = st.sampled_from([0.0, 0.25, 0.5, 1.0])
limits = st.sampled_from([0.5, 1.0, 2.0, 4.0])


# --- by hand ------------------------------------------------------------------------------------


def test_a_turn_is_dated_to_where_the_sum_left_zero():
    # k = 0.5; up: 0.5, 0, 1.5, 2.5, 4.0 > 3
    turns = cusum(np.array([[1.0, -1.0, 2.0, 1.5, 2.0]]), reference=0.5, limit=3.0)
    assert shown(turns) == [(0, 2, 4, True, 1.5 + 1.0 + 1.5)]


def test_a_fall_is_found_like_a_rise():
    turns = cusum(np.array([[0.0, -2.0, -2.5]]), reference=0.5, limit=3.0)
    assert shown(turns) == [(0, 1, 2, False, 1.5 + 2.0)]


def test_an_alarm_needs_more_than_the_limit():
    assert shown(cusum(np.array([[2.5, 1.5]]), reference=0.5, limit=3.0)) == []


def test_after_an_alarm_both_sums_start_again_at_zero():
    # the first alarm is up at t = 0; what follows is a new run, not 4.5 + 1
    turns = cusum(np.array([[5.0, 1.5, 3.0]]), reference=0.5, limit=3.0)
    assert shown(turns) == [(0, 0, 0, True, 4.5), (0, 1, 2, True, 1.0 + 2.5)]


def test_the_sums_stand_still_where_nothing_was_observed():
    z = np.array([[NAN, 2.0, NAN, NAN, 2.5, NAN]])
    assert shown(cusum(z, reference=0.5, limit=3.0)) == [(0, 1, 4, True, 1.5 + 2.0)]


def test_alarms_come_by_series_and_then_by_time():
    z = np.array([[0.0, 0.0, 4.0], [-4.0, 4.0, 0.0], [NAN, NAN, NAN]])
    found = [turn[:4] for turn in shown(cusum(z, reference=0.5, limit=3.0))]
    assert found == [(0, 2, 2, True), (1, 0, 0, False), (1, 1, 1, True)]


@pytest.mark.parametrize("shape", [(0, 5), (3, 0)])
def test_no_series_and_no_periods_have_no_turns(shape):
    assert shown(cusum(np.zeros(shape), reference=0.5, limit=3.0)) == []


# --- laws ---------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(surprises, references, limits)
def test_all_at_once_is_one_by_one(z, k, h):
    assert shown(cusum(z, reference=k, limit=h)) == one_by_one(z, k, h)


@settings(max_examples=50)
@given(surprises, references, limits)
def test_the_mirror_image_turns_the_other_way(z, k, h):
    turns = shown(cusum(z, reference=k, limit=h))
    mirrored = shown(cusum(-z, reference=k, limit=h))
    assert mirrored == [(*turn[:3], not turn[3], turn[4]) for turn in turns]


@settings(max_examples=50)
@given(surprises, references, limits)
def test_a_turn_starts_and_is_detected_at_an_observed_value(z, k, h):
    turns = cusum(z, reference=k, limit=h)
    assert (turns.start <= turns.detected).all()
    assert (turns.peak > h).all()
    assert not np.isnan(z[turns.series, turns.start]).any()
    assert not np.isnan(z[turns.series, turns.detected]).any()


# --- how sure -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "one_sided", "longest"), [(4.0, 335.37, 4000), (5.0, 930.89, 9000)]
)
def test_average_run_lengths_are_the_published_ones(limit, one_sided, longest):
    # reference value 0.5; Montgomery, Introduction to Statistical Quality Control, gives 168 and
    # 465 for both sides; 1 / both = 1 / up + 1 / down gives the published one-sided values
    lengths = np.arange(longest)
    survives = 1.0 - chance(np.full(longest, limit), lengths, reference=0.5)
    assert survives[-1] < 1e-6
    assert 2.0 * survives.sum() == pytest.approx(one_sided, abs=0.01)


@pytest.mark.parametrize(("k", "h", "length"), [(0.5, 2.0, 30), (0.5, 4.0, 25), (0.25, 4.0, 40)])
def test_chance_agrees_with_simulation(k, h, length):
    paths = 100_000
    z = np.random.default_rng(7).standard_normal((length, paths))
    up, down, reached = np.zeros(paths), np.zeros(paths), np.zeros(paths, dtype=bool)
    for t in range(length):
        up, down = np.maximum(up + z[t] - k, 0), np.maximum(down - z[t] - k, 0)
        reached |= (up >= h) | (down >= h)
    # four standard errors of a share of 100,000
    found = chance(np.array([h]), np.array([length]), reference=k)[0]
    assert found == pytest.approx(reached.mean(), abs=4 * 0.5 / paths**0.5)


@pytest.mark.parametrize("peak", [1.5, 4.0, 8.0])
def test_one_value_reaches_a_peak_as_often_as_it_is_that_large(peak):
    # |z| >= peak + 0.5; no value at all reaches nothing
    found = chance(np.array([peak, peak]), np.array([0, 1]), reference=0.5)
    assert found == pytest.approx([0.0, 2 * NormalDist().cdf(-peak - 0.5)], rel=1e-9)


def test_an_alarm_raised_by_cusum_is_as_rare_as_chance_says():
    z = np.random.default_rng(3).standard_normal((20_000, 30))
    share = len(np.unique(cusum(z, reference=0.5, limit=3.0).series)) / len(z)
    found = chance(np.array([3.0]), np.array([30]), reference=0.5)[0]
    assert found == pytest.approx(share, abs=4 * 0.5 / len(z) ** 0.5)


def test_a_crowd_of_peaks_gets_what_a_few_get():
    rng = np.random.default_rng(5)
    peaks, lengths = rng.uniform(0.5, 30, 700), rng.integers(1, 50, 700)
    crowd = chance(peaks, lengths, reference=0.5)
    apart = [chance(peaks[n::7], lengths[n::7], reference=0.5) for n in range(7)]
    assert [crowd[n::7].tolist() for n in range(7)] == [
        pytest.approx(part, abs=1e-12) for part in apart
    ]
    assert (crowd[peaks < 10] > 0).all()


def test_an_unknown_peak_has_an_unknown_chance():
    found = chance(np.array([NAN, 3.0]), np.array(20), reference=0.5)
    assert np.isnan(found).tolist() == [True, False]


def test_no_alarms_have_no_chances():
    none = np.zeros(0, dtype=np.intp)
    assert chance(np.zeros(0), none, reference=0.5).shape == (0,)


@pytest.mark.parametrize("k", [0.0, 0.5, 2.0])
def test_a_higher_peak_is_rarer_and_a_longer_series_reaches_it_more_often(k):
    peaks, lengths = np.meshgrid(np.linspace(0.1, 60, 80), np.arange(0, 60, 7), indexing="ij")
    found = chance(peaks, lengths, reference=k)
    assert (np.diff(found, axis=0) <= 1e-12).all()
    assert (np.diff(found, axis=1) >= -1e-12).all()
    assert ((found >= -1e-12) & (found <= 1)).all()


def test_a_peak_beyond_reach_is_given_as_zero():
    # below 60^2 exp(-2 x 0.5 x 400)
    assert chance(np.array([400.0]), np.array([60]), reference=0.5).tolist() == [0.0]
