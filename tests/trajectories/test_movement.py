"""How far levels moved: by hand, against the joint precision of all states, then as laws."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.trajectories.kernel.movement import movement
from r2prisk.trajectories.kernel.smoother import filter_trends, smooth_trends

NAN = np.nan


def moved(values, lag, noise=4e-4, level=9e-4, slope=1e-4, shift=None, step=1.0):
    """Return (mean, variance) filtered and smoothed; sizes are variances."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    level = np.broadcast_to(level, values.shape)
    how = {"level_disturbance": level, "slope_disturbance": np.array(slope), "step": step}
    filtered = filter_trends(values, noise=np.asarray(noise), **how)
    smoothed = smooth_trends(filtered, **how)
    return [movement(now, filtered, **how, shift=shift, lag=lag) for now in (filtered, smoothed)]


def brute(y, noise, level, slope, shift, step, lag):
    """Return mean and variance of the own movement over each window, of one row.

    Everything follows from level and slope at the first value, of which nothing is known (zero
    precision), and three standard normals for every later step (precision 1): what the level
    does of its own, what is foreign to it, and what the slope does. The precision of all of them
    together is solved at once.
    """
    length = len(y)
    size = 2 + 3 * (length - 1)
    levels, slopes, foreign = (np.zeros((length, size)) for _ in range(3))
    levels[0, 0] = slopes[0, 1] = 1.0
    for t in range(1, length):
        own, strange, turn = np.eye(size)[3 * t - 1 : 3 * t + 2]
        foreign[t] = foreign[t - 1] + np.sqrt(shift[t]) * strange
        levels[t] = levels[t - 1] + step * slopes[t - 1] + np.sqrt(level[t] - shift[t]) * own
        levels[t] += np.sqrt(shift[t]) * strange
        slopes[t] = slopes[t - 1] + np.sqrt(slope) * turn
    seen = ~np.isnan(y)
    weighted = levels[seen].T / noise[seen]
    spread = np.linalg.inv(np.diag([0.0, 0.0] + [1.0] * (size - 2)) + weighted @ levels[seen])
    clean = levels - foreign
    pick = (clean[lag:] - clean[:-lag]) / (lag * step)
    mean = pick @ spread @ weighted @ y[seen]
    return np.stack([mean, np.einsum("ij,jk,ik->i", pick, spread, pick)], axis=1)


# --- by hand ------------------------------------------------------------------------------------


def test_the_first_movement_is_the_difference_of_two_values():
    # two values and nothing else: both levels are their values
    (mean, variance), _ = moved([0.2, 0.5], lag=1, noise=4e-4, level=9e-4, step=0.5)
    assert np.isnan(mean[0, 0])
    assert mean[0, 1] == pytest.approx((0.5 - 0.2) / 0.5, rel=1e-6)
    assert variance[0, 1] == pytest.approx(2 * 4e-4 / 0.5**2, rel=1e-5)


def test_half_of_a_step_is_foreign_where_half_of_its_variance_is():
    # the slope is known to be zero only through its data, so let three values fix it
    share = np.array([[0.0, 0.0, 0.0, 0.0, 1.0]])
    level = np.array([[1e-12, 1e-12, 1e-12, 1e-12, 4e-2]])
    flat = [0.2, 0.2, 0.2, 0.2, 0.6]
    for part in (0.0, 0.5, 1.0):
        (mean, _), _ = moved(
            flat, lag=1, noise=1e-9, level=level, slope=0.0, shift=part * share * 4e-2
        )
        assert mean[0, 4] == pytest.approx((1 - part) * 0.4, abs=1e-5)


def test_what_was_split_stays_uncertain():
    # a step of variance q, of which s is foreign: the own part is known to s (q - s) / q
    level = np.array([[1e-12, 1e-12, 1e-12, 1e-12, 4e-2]])
    shift = np.array([[0.0, 0.0, 0.0, 0.0, 1e-2]])
    (_, variance), _ = moved(
        [0.2, 0.2, 0.2, 0.2, 0.6], lag=1, noise=1e-9, level=level, slope=0.0, shift=shift
    )
    assert variance[0, 4] == pytest.approx(1e-2 * 3e-2 / 4e-2, rel=1e-4)


def test_a_level_that_cannot_move_did_not():
    zero = np.zeros((1, 6))
    (mean, variance), _ = moved([0.4] * 6, lag=2, level=zero, slope=0.0, shift=zero)
    assert mean[0, 2:] == pytest.approx([0.0] * 4, abs=1e-7)
    assert (variance[0, 2:] >= 0).all()


# --- brute force --------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [1, 3])
@pytest.mark.parametrize("step", [1.0, 0.25])
@pytest.mark.parametrize("shifting", [False, True])
def test_the_joint_precision_gives_the_same(lag, step, shifting):
    rng = np.random.default_rng(8)
    table = rng.random((5, 9))
    table[1, [2, 5, 6]] = NAN
    table[2, :3] = NAN
    table[3, [1, 3, 8]] = NAN
    table[4, [0, 2, 3, 4]] = NAN
    noise = rng.uniform(1e-4, 1e-3, table.shape)
    level = rng.uniform(1e-3, 5e-3, table.shape)
    shift = level * rng.choice([0.0, 0.3, 0.95], table.shape) if shifting else 0.0 * level
    slope = 3e-4
    given_shift = shift if shifting else None
    filtered, smoothed = moved(table, lag, noise, level, slope, given_shift, step)
    for n, row in enumerate(table):
        first, second = np.flatnonzero(~np.isnan(row))[:2]
        part = slice(first, None)
        expected = brute(
            row[part], noise[n, part], level[n, part], slope, shift[n, part], step, lag
        )
        own = np.stack([x[n, first + lag :] for x in smoothed], axis=1)
        np.testing.assert_allclose(own, expected, rtol=2e-5, atol=2e-6)
        assert np.isnan(smoothed[0][n, : first + lag]).all()
        assert np.isnan(filtered[0][n, : first + lag]).all()
        for end in range(max(second, first + lag), 9):
            part = slice(first, end + 1)
            expected = brute(
                row[part], noise[n, part], level[n, part], slope, shift[n, part], step, lag
            )
            own = [filtered[0][n, end], filtered[1][n, end]]
            np.testing.assert_allclose(own, expected[-1], rtol=2e-5, atol=2e-6)


# --- laws ---------------------------------------------------------------------------------------

cells = st.one_of(st.just(NAN), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
tables = hnp.arrays(float, st.tuples(st.integers(1, 3), st.integers(3, 10)), elements=cells)
lags = st.integers(1, 4)
laws = settings(max_examples=25)


@laws
@given(tables, lags, st.integers(1, 9), st.floats(0.0, 1.0))
def test_the_filtered_movement_does_not_know_what_comes(table, lag, until, share):
    level = np.full(table.shape, 9e-4)
    whole, _ = moved(table, lag, level=level, shift=share * level)
    then, _ = moved(table[:, :until], lag, level=level[:, :until], shift=share * level[:, :until])
    for one, two in zip(whole, then, strict=True):
        np.testing.assert_allclose(one[:, :until], two, rtol=1e-9, atol=1e-12)


@laws
@given(tables, lags)
def test_no_shift_is_a_shift_of_zero_and_the_difference_of_levels(table, lag):
    plain, late = moved(table, lag), moved(table, lag, shift=np.zeros(table.shape))
    for one, two in zip(plain, late, strict=True):
        np.testing.assert_array_equal(one, two)
    how = {"level_disturbance": np.full(table.shape, 9e-4), "slope_disturbance": np.array(1e-4)}
    states = smooth_trends(filter_trends(table, noise=np.array(4e-4), **how), **how)
    known = ~np.isnan(states.slope[:, lag:]) if lag < table.shape[1] else np.zeros((0, 0), bool)
    if known.any():
        apart = (states.level[:, lag:] - states.level[:, :-lag]) / lag
        both = known & ~np.isnan(apart)
        assert plain[1][0][:, lag:][both] == pytest.approx(apart[both], abs=1e-6)


@laws
@given(tables, lags, st.floats(0.0, 1.0))
def test_variances_are_numbers_from_zero_up(table, lag, share):
    level = np.full(table.shape, 9e-4)
    for mean, variance in moved(table, lag, level=level, shift=share * level):
        known = ~np.isnan(mean)
        assert (variance[known] >= 0).all()
        assert np.isnan(variance[~known]).all()


@laws
@given(tables, lags, st.floats(-0.05, 0.05))
def test_a_trend_that_is_added_is_found_again(table, lag, rise):
    # only where the slope is known: two values
    count = np.cumsum(~np.isnan(table), axis=1)
    ramp = rise * np.arange(table.shape[1])
    for (one, _), (two, _) in zip(moved(table, lag), moved(table + ramp, lag), strict=True):
        known = (count >= 2) & ~np.isnan(one)
        assert (two - one)[known] == pytest.approx(np.full(known.sum(), rise), abs=1e-6)
