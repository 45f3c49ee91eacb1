"""Ageing: half-lives, intervals, windows; and sums carried from date to date as sums over rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from r2prisk.evidence.ageing import DAYS_PER_MONTH, age_weights, decay, window_days
from r2prisk.evidence.carry import Rows, carry

NEVER = 2_932_896  # 9999-12-31


def test_half_is_left_after_a_half_life():
    assert decay([0.0, 9.0, 18.0, 27.0], 9.0).tolist() == [1.0, 0.5, 0.25, 0.125]
    assert decay(1000.0, np.inf) == 1.0


def test_evidence_does_not_exist_before_its_date():
    assert age_weights([9, 10, 11], 10, 10, 6.0)[:2].tolist() == [0.0, 1.0]


def test_an_interval_is_fresh_until_its_end_and_ages_from_there():
    at = np.array([9, 10, 50, 100, 100 + 61])
    expected = [0.0, 1.0, 1.0, 1.0, 2 ** (-(61 / DAYS_PER_MONTH) / 2)]
    assert age_weights(at, 10, 100, 2.0).tolist() == pytest.approx(expected)


def test_a_trigger_counts_fully_in_its_window_and_not_after_it():
    at = np.array([9, 10, 10 + 365, 10 + 366])
    assert window_days(12) == 365
    assert age_weights(at, 10, 10, 6.0, trigger=True, window=12).tolist() == [0, 1, 1, 0]


def test_days_and_numbers_of_days_are_the_same():
    day = np.datetime64("2008-01-16")
    later = np.array(["2008-01-16", "2009-01-16"], dtype="datetime64[s]")
    assert age_weights(later, day, day, 3.0).tolist() == age_weights([0, 366], 0, 0, 3.0).tolist()


@given(
    st.integers(0, 5000),
    st.integers(0, 3000),
    st.floats(0.1, 200.0),
    st.booleans(),
    st.integers(0, 9000),
)
def test_older_evidence_never_counts_more_than_the_same_evidence_fresh(
    last, earlier, half_life, trigger, at
):
    older = age_weights(at, last - earlier, last - earlier, half_life, trigger=trigger)
    fresh = age_weights(at, last, last, half_life, trigger=trigger)
    assert older <= fresh or at < last


rows_of_evidence = st.lists(
    st.tuples(
        st.integers(0, 3),  # group
        st.integers(0, 2000),  # first
        st.sampled_from([0, 0, 1, 40, 900]),  # how long it holds
        st.sampled_from([NEVER, NEVER, 100, 700, 1500]),  # gone
        st.sampled_from([0.25, 0.5, 1.0]),
        st.floats(0, 1),
        st.sampled_from([1.0, 6.0, 54.0, np.inf]),
    ),
    max_size=12,
)


def as_rows(listed):
    columns = [np.array(c) for c in zip(*listed, strict=True)] or [np.array([])] * 7
    group, first, long, gone, weight, rating, half_life = columns
    whole = (a.astype(np.int64) for a in (group, first, first + long, gone))
    return Rows(*whole, *(a.astype(float) for a in (weight, rating, half_life)))


@given(rows_of_evidence, st.sets(st.integers(-10, 3000), min_size=1, max_size=9))
def test_sums_that_are_carried_are_the_sums_over_rows(listed, days):
    rows, times = as_rows(listed), np.array(sorted(days))
    found = carry(rows, times, 4)
    expected = np.zeros((3, len(times), 4))
    for group, first, last, gone, weight, rating, half_life in zip(
        *(getattr(rows, name) for name in Rows.__dataclass_fields__), strict=True
    ):
        w = weight * age_weights(times, first, last, half_life) * (times < gone)
        age = np.maximum(times - last, 0) / DAYS_PER_MONTH
        expected[:, :, group] += [w, w * rating, w * age]
    np.testing.assert_allclose(np.stack(found), expected, rtol=1e-9, atol=1e-9)


@given(rows_of_evidence, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_move_a_bit(listed, random):
    shuffled = list(listed)
    random.shuffle(shuffled)
    times = np.arange(0, 3000, 90)
    one, other = carry(as_rows(listed), times, 4), carry(as_rows(shuffled), times, 4)
    for a, b in zip(one, other, strict=True):
        assert a.tobytes() == b.tobytes()
