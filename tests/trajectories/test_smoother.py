"""Level and slope: by hand, against statsmodels and a brute-force solution, then as laws."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from r2prisk.trajectories.kernel.smoother import filter_trends, gains, smooth_trends

NAN = np.nan
FIELDS = ("level", "slope", "var_level", "covariance", "var_slope")


def both(values, noise=4e-4, level=9e-4, slope=1e-4, step=1.0):
    """Filter and smooth; sizes are variances, of any shape that fits."""
    values = np.atleast_2d(np.asarray(values, dtype=float))
    how = {
        "level_disturbance": np.asarray(level),
        "slope_disturbance": np.asarray(slope),
        "step": step,
    }
    filtered = filter_trends(values, noise=np.asarray(noise), **how)
    return filtered, smooth_trends(filtered, **how)


def brute(y, noise, level, slope, step):
    """Return means and covariances of (level, slope) in each period, given all values of a row.

    Unknown are level and slope at the first value (of which nothing is known) and one standard
    normal for every later disturbance: ordinary least squares, all periods at once.
    """
    first, length = np.flatnonzero(~np.isnan(y))[0], len(y)
    noise, level = (np.broadcast_to(x, (length,)) for x in (noise, level))
    size = 2 + 2 * (length - 1 - first)
    rows = np.full((length, 2, size), NAN)
    rows[first] = np.eye(2, size)
    for n, t in enumerate(range(first + 1, length)):
        rows[t, 0] = rows[t - 1, 0] + step * rows[t - 1, 1]
        rows[t, 1] = rows[t - 1, 1]
        rows[t, 0, 2 + 2 * n] += np.sqrt(level[t])
        rows[t, 1, 3 + 2 * n] += np.sqrt(slope)
    seen = ~np.isnan(y)
    precision = np.diag([0.0, 0.0] + [1.0] * (size - 2))
    precision += (rows[seen, 0].T / noise[seen]) @ rows[seen, 0]
    spread = np.linalg.inv(precision)
    mean = spread @ (rows[seen, 0].T / noise[seen]) @ y[seen]
    return rows @ mean, rows @ spread @ np.swapaxes(rows, 1, 2)


# --- by hand ------------------------------------------------------------------------------------


def test_the_first_value_is_the_level_and_the_second_gives_the_slope():
    found, _ = both([NAN, 0.2, 0.3], noise=[[1.0, 4e-4, 1e-4]], level=9e-4, slope=1e-4, step=0.5)
    assert np.isnan(found.level[0, 0])
    assert found.level[0, 1:] == pytest.approx([0.2, 0.3], abs=1e-6)
    assert found.var_level[0, 1:] == pytest.approx([4e-4, 1e-4], rel=1e-5)
    assert np.isnan(found.slope[0, :2]).all()
    # half a year between them; then the slope's own disturbance
    assert found.slope[0, 2] == pytest.approx((0.3 - 0.2) / 0.5, rel=1e-6)
    var_slope = (4e-4 + 1e-4 + 9e-4) / 0.5**2 + 1e-4
    assert found.var_slope[0, 2] == pytest.approx(var_slope, rel=1e-5)
    assert found.covariance[0, 2] == pytest.approx(1e-4 / 0.5, rel=1e-5)


def test_surprise_is_the_miss_over_the_spread_of_the_forecast():
    found, _ = both([0.2, 0.3, 0.5], noise=1e-4, level=9e-4, slope=4e-4)
    # level 0.3 with variance h, slope 0.1 with (2 h + q) + z, covariance h
    forecast = 1e-4 + 2 * 1e-4 + (2e-4 + 9e-4 + 4e-4) + 9e-4 + 1e-4
    assert np.isnan(found.surprise[0, :2]).all()
    assert found.spread[0, 2] == pytest.approx(forecast, rel=1e-5)
    assert found.surprise[0, 2] == pytest.approx((0.5 - 0.4) / np.sqrt(forecast), rel=1e-5)
    density = -0.5 * (np.log(2 * np.pi * forecast) + 0.1**2 / forecast)
    assert found.log_likelihood[0] == pytest.approx(density, rel=1e-5)


def test_without_a_trend_the_level_follows_by_its_gain():
    found = filter_trends(
        np.array([[0.2, 0.6]]),
        noise=np.array(1.0),
        level_disturbance=np.array(2.0),
        slope_disturbance=np.array(0.0),
        sloping=False,
    )
    # variance 1 + 2 before the second value: gain 3 / (3 + 1)
    assert found.level.tolist() == [pytest.approx([0.2, 0.2 + 0.75 * 0.4])]
    assert found.var_level[0] == pytest.approx([1.0, 0.75])
    assert found.slope[0].tolist() == [0.0, 0.0]
    assert found.surprise[0, 1] == pytest.approx(0.4 / 2.0)


def test_a_gain_by_hand():
    p, c, s, q, z, step = 2.0, 0.5, 1.0, 0.3, 0.2, 2.0
    here = np.array([[p, c], [c, s]])
    turn = np.array([[1.0, step], [0.0, 1.0]])
    matrix = here @ turn.T @ np.linalg.inv(turn @ here @ turn.T + np.diag([q, z]))
    assert np.array(gains(*map(np.array, (p, c, s, q, z)), step)).reshape(2, 2) == pytest.approx(
        matrix
    )


# --- against others -----------------------------------------------------------------------------

SERIES = {
    "full": [0.2, 0.25, 0.22, 0.31, 0.4, 0.38, 0.45, 0.41, 0.5, 0.48],
    "gaps": [0.2, NAN, 0.22, NAN, NAN, 0.38, 0.45, NAN, 0.5, NAN],
    "late": [NAN, NAN, NAN, 0.31, 0.4, 0.38, NAN, 0.41, 0.5, 0.48],
    "late, with a gap at once": [NAN, 0.3, NAN, NAN, 0.4, 0.38, 0.1, 0.41, NAN, NAN],
    "two values": [NAN, NAN, 0.3, NAN, NAN, NAN, 0.4, NAN, NAN, NAN],
}
SIZES = [(4e-4, 9e-4, 1e-4), (1e-6, 6.6e-4, 1.7e-5), (2e-4, 4.5e-4, 0.0)]


def exact(row, sizes):
    components = pytest.importorskip("statsmodels.tsa.statespace.structural")
    model = components.UnobservedComponents(row, "lltrend", use_exact_diffuse=True)
    return model.smooth(sizes)


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", SERIES)
def test_statsmodels_has_the_same_levels_and_slopes(name, sizes):
    row = np.array(SERIES[name])
    filtered, smoothed = both(row, *sizes)
    theirs = exact(row, sizes)
    first, second = np.flatnonzero(~np.isnan(row))[:2]
    for own, means, spreads, start in (
        (filtered, theirs.filtered_state, theirs.filtered_state_cov, second),
        (smoothed, theirs.smoothed_state, theirs.smoothed_state_cov, first),
    ):
        expected = (means[0], means[1], spreads[0, 0], spreads[0, 1], spreads[1, 1])
        for field, their in zip(FIELDS, expected, strict=True):
            ours = getattr(own, field)[0]
            assert np.abs(ours[start:] - their[start:]).max() < 1e-6, field
            assert np.isnan(own.level[0, :first]).all()
    # variances are small numbers: nearer than 1e-6 of themselves as well
    assert smoothed.var_level[0, first:] == pytest.approx(
        theirs.smoothed_state_cov[0, 0, first:], rel=1e-4
    )


@pytest.mark.parametrize("name", SERIES)
def test_the_likelihood_is_that_of_statsmodels_but_for_a_constant(name):
    row = np.array(SERIES[name])
    apart = [
        both(row, *sizes)[0].log_likelihood[0] - exact(row, sizes).llf
        for sizes in [*SIZES, (1e-3, 1e-3, 1e-3), (1e-2, 1e-5, 1e-6)]
    ]
    assert apart == pytest.approx([apart[0]] * 5, abs=1e-5)


def test_sizes_that_differ_by_period_agree_with_least_squares():
    rng = np.random.default_rng(4)
    table = rng.random((6, 12))
    table[rng.random(table.shape) < 0.3] = NAN
    table[2, :5] = NAN
    noise, level = rng.uniform(1e-5, 2e-3, (2, *table.shape))
    filtered, smoothed = both(table, noise, level, 3e-4, step=0.25)
    for n, row in enumerate(table):
        first, second = np.flatnonzero(~np.isnan(row))[:2]
        means, spreads = brute(row, noise[n], level[n], 3e-4, 0.25)
        assert smoothed.level[n, first:] == pytest.approx(means[first:, 0], abs=1e-6)
        assert smoothed.slope[n, first:] == pytest.approx(means[first:, 1], abs=1e-5)
        assert smoothed.var_level[n, first:] == pytest.approx(spreads[first:, 0, 0], rel=1e-5)
        assert smoothed.covariance[n, first:] == pytest.approx(
            spreads[first:, 0, 1], rel=1e-4, abs=1e-8
        )
        assert smoothed.var_slope[n, first:] == pytest.approx(spreads[first:, 1, 1], rel=1e-5)
        for t in range(second, 12):
            means, spreads = brute(row[: t + 1], noise[n, : t + 1], level[n, : t + 1], 3e-4, 0.25)
            assert filtered.level[n, t] == pytest.approx(means[t, 0], abs=1e-6)
            assert filtered.slope[n, t] == pytest.approx(means[t, 1], abs=1e-5)
            assert filtered.var_level[n, t] == pytest.approx(spreads[t, 0, 0], rel=1e-5)


# --- laws ---------------------------------------------------------------------------------------

cells = st.one_of(st.just(NAN), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
tables = hnp.arrays(float, st.tuples(st.integers(1, 4), st.integers(2, 12)), elements=cells)
sds = st.floats(0.001, 0.1)
laws = settings(max_examples=40)


@laws
@given(tables, st.integers(1, 11), sds, sds, st.floats(0.0, 0.02))
def test_filtered_values_do_not_change_when_later_ones_are_added(table, until, noise, level, slope):
    whole, _ = both(table, noise**2, level**2, slope**2)
    then, _ = both(table[:, :until], noise**2, level**2, slope**2)
    for field in (*FIELDS, "surprise", "spread"):
        np.testing.assert_array_equal(getattr(whole, field)[:, :until], getattr(then, field))


@laws
@given(
    hnp.arrays(bool, 12),
    st.floats(0.0, 1.0),
    st.floats(-0.05, 0.05),
    sds,
    sds,
    st.floats(0.0, 0.02),
    st.sampled_from([1.0, 0.25, 1 / 12]),
)
def test_a_straight_line_is_returned_through_any_gaps(seen, start, rise, noise, level, slope, step):
    assume(seen.sum() >= 2)
    line = start + rise * step * np.arange(12)
    filtered, smoothed = both(np.where(seen, line, NAN), noise**2, level**2, slope**2, step)
    first, second = np.flatnonzero(seen)[:2]
    for states, begin in ((smoothed, first), (filtered, second)):
        assert states.level[0, begin:] == pytest.approx(line[begin:], abs=1e-6)
        assert states.slope[0, begin:] == pytest.approx(np.full(12 - begin, rise), abs=1e-6)


@laws
@given(tables, st.randoms(use_true_random=False))
def test_the_order_of_series_does_not_matter(table, random):
    order = list(range(len(table)))
    random.shuffle(order)
    for one, two in zip(both(table), both(table[order]), strict=True):
        for field in FIELDS:
            np.testing.assert_array_equal(getattr(one, field)[order], getattr(two, field))


@laws
@given(
    hnp.arrays(bool, 12),
    hnp.arrays(bool, 12),
    sds,
    sds,
    st.floats(0.0, 0.02),
)
def test_a_gap_widens_the_interval(seen, lost, noise, level, slope):
    # how wide does not depend on the values
    seen[:2], lost[:2] = True, False
    less = seen & ~lost
    sizes = (noise**2, level**2, slope**2)
    whole, gapped = (both(np.where(known, 0.3, NAN), *sizes) for known in (seen, less))
    for one, two in zip(whole, gapped, strict=True):
        assert (two.var_level >= one.var_level * (1 - 1e-6) - 1e-12).all()
        assert (two.var_slope >= one.var_slope * (1 - 1e-6) - 1e-9).all()
    grown = np.diff(gapped[0].var_level[0])[~less[1:]]
    assert (grown > 0).all()


@laws
@given(tables, sds, sds, st.floats(0.0, 0.02), st.floats(0.05, 20.0))
def test_scaling_time_scales_the_slope(table, noise, level, slope, c):
    # the same values c times as far apart; sizes per year converted
    per_year = level**2, slope**2
    there = per_year[0] / c, per_year[1] / c**3
    one = both(table, noise**2, per_year[0] * 1.0, per_year[1] * 1.0, step=1.0)
    two = both(table, noise**2, there[0] * c, there[1] * c, step=c)
    for plain, scaled in zip(one, two, strict=True):
        np.testing.assert_allclose(scaled.level, plain.level, atol=1e-7)
        np.testing.assert_allclose(scaled.slope * c, plain.slope, atol=1e-7)
        np.testing.assert_allclose(scaled.var_level, plain.var_level, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(scaled.var_slope * c**2, plain.var_slope, rtol=1e-4, atol=1e-8)


@laws
@given(tables, sds, st.floats(0.0, 0.1), st.floats(0.0, 0.05))
def test_scores_give_finite_results_wherever_there_is_a_value_behind_or_ahead(
    table, noise, level, slope
):
    filtered, smoothed = both(table, noise**2, level**2, slope**2)
    count = np.cumsum(~np.isnan(table), axis=1)
    for states in (filtered, smoothed):
        assert (np.isfinite(states.level) == (count >= 1)).all()
        assert (np.isnan(states.level) == (count == 0)).all()
        for variance in (states.var_level, states.var_slope):
            assert (variance[count >= 1] >= 0).all()
        inside = states.covariance**2 <= states.var_level * states.var_slope * (1 + 1e-6) + 1e-12
        assert inside[count >= 1].all()
    assert (np.isfinite(filtered.slope) == (count >= 2)).all()
    sloped = (count >= 1) & (count[:, -1:] >= 2)
    assert (np.isfinite(smoothed.slope) == sloped).all()
    assert np.isfinite(filtered.log_likelihood).all()
    seen = ~np.isnan(table)
    assert (np.isfinite(filtered.surprise) == (seen & (count > 2))).all()


@laws
@given(tables, sds, sds, st.floats(0.0, 0.02))
def test_hindsight_never_widens_and_ends_where_the_filter_does(table, noise, level, slope):
    filtered, smoothed = both(table, noise**2, level**2, slope**2)
    known = ~np.isnan(filtered.slope)
    narrower = smoothed.var_level <= filtered.var_level * (1 + 1e-6) + 1e-12
    assert narrower[known].all()
    for field in FIELDS:
        np.testing.assert_array_equal(
            getattr(filtered, field)[:, -1], getattr(smoothed, field)[:, -1]
        )


# --- the corners --------------------------------------------------------------------------------


def test_a_constant_series_stands_still():
    filtered, smoothed = both([0.4] * 10)
    for states, begin in ((filtered, 1), (smoothed, 0)):
        assert states.level[0] == pytest.approx([0.4] * 10, abs=1e-9)
        assert states.slope[0, begin:] == pytest.approx([0.0] * (10 - begin), abs=1e-9)


def test_one_value_has_a_level_and_never_a_slope():
    filtered, smoothed = both([NAN, 0.3, NAN, NAN])
    for states in (filtered, smoothed):
        assert states.level[0, 1:].tolist() == [0.3, 0.3, 0.3]
        assert np.isnan(states.level[0, 0])
        assert np.isnan(states.slope[0]).all()
    assert filtered.log_likelihood[0] == 0.0
    assert np.isnan(filtered.surprise[0]).all()


def test_no_value_at_all_is_unknown_throughout():
    for states in both([[NAN] * 4, [0.1, 0.2, 0.3, 0.4]]):
        assert np.isnan(states.level[0]).all()
        assert np.isnan(states.slope[0]).all()
        assert np.isnan(states.var_level[0]).all()
        assert np.isfinite(states.level[1]).all()


def test_unknown_ends_add_nothing():
    short = [0.2, 0.3, 0.25, 0.4]
    for plain, padded in zip(both(short), both([NAN, NAN, *short, NAN]), strict=True):
        for field in FIELDS:
            np.testing.assert_allclose(
                getattr(padded, field)[:, 2:6], getattr(plain, field), rtol=1e-9, atol=1e-12
            )


def test_a_value_with_a_big_variance_is_nearly_ignored():
    row = [0.2, 0.21, 0.9, 0.2, 0.19, 0.2]
    gap = [0.2, 0.21, NAN, 0.2, 0.19, 0.2]
    noise = np.array([[4e-4, 4e-4, 1e6, 4e-4, 4e-4, 4e-4]])
    for loud, silent in zip(both(row, noise), both(gap), strict=True):
        for field in FIELDS:
            np.testing.assert_allclose(
                getattr(loud, field), getattr(silent, field), rtol=1e-6, atol=1e-7
            )
    # and one without is not
    assert abs(both(row)[1].level[0, 2] - both(gap)[1].level[0, 2]) > 0.2
