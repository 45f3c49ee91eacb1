"""Each step, with the arithmetic to be seen."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from r2prisk.sources import transforms

NAN = math.nan
grids = arrays(
    float,
    st.tuples(st.integers(1, 4), st.integers(1, 12)),
    elements=st.one_of(st.just(NAN), st.floats(-1e6, 1e6)),
)


def test_linear_is_the_distance_from_low_over_the_range():
    x = np.array([[-2.5, 0.0, 1.25, 2.5, 9.0, NAN]])
    expected = [[0.0, 2.5 / 5.0, 3.75 / 5.0, 1.0, 1.0, NAN]]
    np.testing.assert_allclose(transforms.linear(x, low=-2.5, high=2.5), expected)


def test_log1p_is_the_share_of_the_logarithm_of_the_cap():
    x = np.array([[-3.0, 0.0, 24.0, 1000.0, 5000.0, NAN]])
    expected = [[0.0, 0.0, math.log(25) / math.log(1001), 1.0, 1.0, NAN]]
    np.testing.assert_allclose(transforms.log1p(x, cap=1000.0), expected)


def test_log1p_is_nothing_up_to_the_floor():
    x = np.array([[25.0, 259.0]])
    expected = [[0.0, math.log(260 / 26) / math.log(2600 / 26)]]  # half of two tens
    np.testing.assert_allclose(transforms.log1p(x, floor=25.0, cap=2599.0), expected)
    assert expected[0][1] == pytest.approx(0.5)


def test_memory_halves_in_every_half_life():
    x = np.array([[100.0, 0.0, 0.0, 0.0, 0.0, 10.0]])
    keep = 0.5 ** (1 / 5)
    expected = [[100 * keep**n for n in range(5)] + [100 / 2 + 10]]
    np.testing.assert_allclose(transforms.memory(x, half_life=5.0), expected)


def test_a_year_that_is_not_known_stays_unknown_in_the_memory():
    x = np.array([[8.0, NAN, 0.0]])
    np.testing.assert_allclose(transforms.memory(x, half_life=1.0), [[8.0, NAN, 8.0 / 4]])


def test_change_needs_both_ends():
    x = np.array([[1.0, NAN, 4.0, 2.0, 8.0]])
    np.testing.assert_allclose(transforms.change(x, periods=2), [[NAN, NAN, 3.0, NAN, 4.0]])
    np.testing.assert_allclose(
        transforms.change(x, periods=1, relative=True), [[NAN, NAN, NAN, 2 / 4 - 1, 8 / 2 - 1]]
    )


def test_a_fall_becomes_a_rise_when_reversed_first():
    x = np.array([[0.9, 0.9, 0.6]])
    fall = transforms.change(transforms.reverse(x), periods=2)
    np.testing.assert_allclose(fall, [[NAN, NAN, 0.3]])


def test_hold_goes_on_for_some_years_and_never_backwards():
    x = np.array([[NAN, 0.4, NAN, NAN, NAN, 0.8, NAN]])
    expected = [[NAN, 0.4, 0.4, 0.4, NAN, 0.8, 0.8]]
    np.testing.assert_allclose(transforms.hold(x, periods=2), expected)


def test_categories_name_what_they_do_not_know():
    values = np.array(["Yes", " No ", 2, 2.0, "2", None, NAN, "Perhaps"], dtype=object)
    numbers, strange = transforms.categories(values, table={"Yes": 1.0, "No": 0.0, "2": 0.5})
    np.testing.assert_allclose(numbers, [1, 0, 0.5, 0.5, 0.5, NAN, NAN, NAN])
    assert strange == ("Perhaps",)


STEPS = [
    lambda x: transforms.linear(x, low=-3.0, high=5.0),
    lambda x: transforms.log1p(x, cap=100.0, floor=1.0),
    lambda x: transforms.threshold(x, at=2.0),
    transforms.reverse,
    lambda x: transforms.lag(x, periods=2),
    lambda x: transforms.memory(x, half_life=3.0),
    lambda x: transforms.change(x, periods=2),
    lambda x: transforms.hold(x, periods=2),
]


@pytest.mark.parametrize("step", STEPS)
@given(x=grids, data=st.data())
def test_no_step_sees_a_later_year(step, x, data):
    cut = data.draw(st.integers(1, x.shape[1]))
    np.testing.assert_array_equal(step(x)[:, :cut], step(x[:, :cut]))


@pytest.mark.parametrize("step", STEPS)
@given(x=grids, data=st.data())
def test_no_step_sees_another_unit(step, x, data):
    rows = data.draw(st.lists(st.integers(0, x.shape[0] - 1), min_size=1, unique=True))
    np.testing.assert_array_equal(step(x)[rows], step(x[rows]))


@pytest.mark.parametrize("step", STEPS[:3])
@given(x=grids)
def test_ranges_give_ratings(step, x):
    rating = step(x)
    assert ((rating >= 0) & (rating <= 1) | np.isnan(x)).all()
    assert (np.isnan(rating) == np.isnan(x)).all()
