"""CUSUM: sums by hand, laws, and the published average run lengths."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.trajectories.kernel.cusum import cusum

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


def test_noise_raises_an_alarm_as_often_as_published():
    # k = 0.5 and h = 4, two-sided: one alarm in 167.7 values on average (e.g. Montgomery, table of
    # average run lengths of the tabular CUSUM: 168)
    z = np.random.default_rng(11).normal(size=(400, 2000))
    alarms = len(cusum(z, reference=0.5, limit=4.0).series)
    assert z.size / alarms == pytest.approx(168, rel=0.04)
