"""Crossing a bound: exact cases, laws, and simulation; and the normal distribution under it."""

from math import comb, sqrt
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from r2prisk.trajectories.kernel.crossing import LEAST, crossing, expected
from r2prisk.trajectories.kernel.normal import cdf, mills, pdf

NAN = np.nan


def chances(
    level=0.4,
    slope=0.01,
    var_level=4e-4,
    cov=1e-4,
    var_slope=1e-4,
    bound=0.5,
    upward=True,
    step=1.0,
    level_var=4e-4,
    slope_var=2.5e-5,
    horizon=8,
):
    return crossing(
        level,
        slope,
        var_level,
        cov,
        var_slope,
        bound,
        upward=upward,
        step=step,
        level_var=level_var,
        slope_var=slope_var,
        horizon=horizon,
    )


# --- the normal distribution --------------------------------------------------------------------


def test_distribution_and_density_against_scipy():
    x = np.linspace(-37.0, 37.0, 20_001)
    assert np.abs(cdf(x) - special.ndtr(x)).max() < 1e-13
    lower = x[x < 0]
    assert np.abs(cdf(lower) / special.ndtr(lower) - 1).max() < 1e-12
    near = x[np.abs(x) <= 8]
    assert pdf(near) == pytest.approx([NormalDist().pdf(value) for value in near], rel=1e-12)


def test_the_mills_ratio_against_scipy():
    x = np.linspace(-100.0, 8.0, 20_001)
    assert np.abs(mills(x) / (sqrt(2 / np.pi) / special.erfcx(-x / sqrt(2))) - 1).max() < 1e-12


def test_the_normal_functions_at_their_ends():
    ends = np.array([-np.inf, -1e300, 1e300, np.inf, NAN])
    assert cdf(ends).tolist()[:4] == [0, 0, 1, 1]
    assert pdf(ends).tolist()[:4] == [0, 0, 0, 0]
    assert mills(ends)[:4] == pytest.approx([np.inf, 1e300, 0, 0], rel=1e-12)
    assert np.isnan([cdf(ends)[4], pdf(ends)[4], mills(ends)[4]]).all()


# --- exact cases --------------------------------------------------------------------------------


def test_the_first_step_is_a_normal_tail():
    # level 0.4 + 2 x 0.02; variance 4e-4 + 2 x 2 x 1e-4 + 2^2 x 1e-4 + 4e-4
    spread = sqrt(4e-4 + 4e-4 + 4e-4 + 4e-4)
    tail = 1 - NormalDist(0.44, spread).cdf(0.5)
    assert chances(slope=0.02, step=2.0)[0, 0] == pytest.approx(tail, abs=1e-10)


def test_a_walk_from_the_bound_stays_below_as_often_as_sparre_andersen_says():
    # P(n steps of a symmetric walk all below its start) = C(2n, n) / 4^n: 1/2, 3/8, 5/16, ...
    found = chances(level=0.5, slope=0, var_level=0, cov=0, var_slope=0, slope_var=0, horizon=12)
    exact = [1 - comb(2 * n, n) / 4**n for n in range(1, 13)]
    assert np.abs(found[0] - exact).max() < 0.005


def test_two_steps_of_an_uncertain_slope_are_a_quadrant():
    # from the bound, with var_level = v: positions x1 = v0 + e1, x2 = 2 v0 + e1 + e2 with all
    # variances 1: corr = (2 + 1) / sqrt(2 x 6); P(both below) = 1/4 + asin(corr) / (2 pi)
    found = chances(
        level=0.5, slope=0, var_level=0, cov=0, var_slope=1e-4, level_var=1e-4, slope_var=0
    )
    both_below = 0.25 + np.arcsin(3 / sqrt(12)) / (2 * np.pi)
    assert found[0, 1] == pytest.approx(1 - both_below, abs=0.002)


def test_without_noise_the_crossing_is_where_the_line_says():
    # 0.4, 0.425, 0.45, 0.475, 0.5: at the bound is across for upward, not for downward
    still = {"var_level": 0, "cov": 0, "var_slope": 0, "level_var": 0, "slope_var": 0, "horizon": 5}
    rising = chances(slope=0.025, **still)
    assert rising.tolist() == [[0, 0, 0, 1, 1]]
    falling = chances(level=0.6, slope=-0.025, upward=False, **still)
    assert falling.tolist() == [[0, 0, 0, 0, 1]]


def test_a_series_beyond_the_bound_counts_from_the_next_step():
    still = {"var_level": 0, "cov": 0, "var_slope": 0, "level_var": 0, "slope_var": 0, "horizon": 2}
    # now across, back below at the next step, across never again
    assert chances(level=0.55, slope=-0.2, **still).tolist() == [[0, 0]]
    assert chances(level=0.55, slope=0.0, **still).tolist() == [[1, 1]]


# --- simulation ---------------------------------------------------------------------------------

SETS = [
    # level, slope, sd level, sd slope, correlation, bound, upward, sd level noise, sd slope noise
    (0.40, 0.010, 0.020, 0.010, 0.3, 0.50, True, 0.020, 0.005),
    (0.45, 0.026, 0.010, 0.026, 0.05, 0.60, True, 0.017, 0.003),
    (0.30, 0.037, 0.043, 0.007, 0.1, 0.40, True, 0.026, 0.006),
    (0.20, -0.010, 0.030, 0.015, 0.5, 0.15, False, 0.030, 0.010),
    (0.70, -0.030, 0.020, 0.020, 0.8, 0.45, False, 0.040, 0.030),
    (0.35, 0.000, 0.015, 0.005, 0.0, 0.35, True, 0.010, 0.005),
    (0.10, 0.020, 0.010, 0.030, 0.2, 0.25, True, 0.010, 0.002),
]


@pytest.mark.parametrize("case", SETS)
def test_chances_agree_with_simulation(case):
    level, slope, sd_level, sd_slope, rho, bound, upward, noise, slope_noise = case
    paths = 100_000
    rng = np.random.default_rng(11)
    first, second = rng.standard_normal((2, paths))
    levels = level + sd_level * first
    slopes = slope + sd_slope * (rho * first + sqrt(1 - rho**2) * second)
    crossed, share = np.zeros(paths, dtype=bool), []
    for _ in range(8):
        levels = levels + 0.5 * slopes + noise * rng.standard_normal(paths)
        slopes = slopes + slope_noise * rng.standard_normal(paths)
        crossed |= (levels >= bound) if upward else (levels < bound)
        share.append(crossed.mean())
    found = chances(
        level,
        slope,
        sd_level**2,
        rho * sd_level * sd_slope,
        sd_slope**2,
        bound,
        upward=upward,
        step=0.5,
        level_var=noise**2,
        slope_var=slope_noise**2,
    )
    assert np.abs(found[0] - share).max() < 0.01


# --- laws ---------------------------------------------------------------------------------------

levels = st.floats(0.0, 1.0)
slopes = st.floats(-0.1, 0.1)
sds = st.floats(0.001, 0.05)


@settings(max_examples=50)
@given(levels, slopes, levels, sds, sds, sds, st.floats(-0.9, 0.9))
def test_chances_never_fall_and_the_mirror_image_has_the_same(
    level, slope, bound, sd, sv, noise, rho
):
    spread = {"var_level": sd**2, "var_slope": sv**2, "level_var": noise**2, "cov": rho * sd * sv}
    up = chances(level=level, slope=slope, bound=bound, upward=True, **spread)
    assert (np.diff(up, axis=1) >= 0).all()
    assert ((up >= 0) & (up <= 1)).all()
    down = chances(level=-level, slope=-slope, bound=-bound, upward=False, **spread)
    assert np.abs(up - down).max() < 1e-6


@settings(max_examples=50)
@given(levels, slopes, sds, sds)
def test_a_bound_further_off_is_crossed_less_often(level, slope, sd, noise):
    bounds = level + np.array([-0.05, 0.0, 0.05, 0.1, 0.2])
    spread = {"var_level": sd**2, "cov": 0, "level_var": noise**2}
    found = chances(level=level, slope=slope, bound=bounds, **spread)
    assert (np.diff(found, axis=0) <= 1e-9).all()


@settings(max_examples=50)
@given(slopes, sds)
def test_years_or_quarters_are_a_matter_of_units(slope, sv):
    yearly = chances(slope=slope, var_slope=sv**2, cov=0.5 * 0.02 * sv)
    quarterly = chances(
        slope=slope * 4,
        var_slope=sv**2 * 16,
        cov=0.5 * 0.02 * sv * 4,
        slope_var=2.5e-5 * 16,
        step=0.25,
    )
    assert np.abs(yearly - quarterly).max() < 1e-9


def test_many_series_get_what_each_gets_alone():
    start = np.linspace(0.1, 0.7, 100)
    upward = np.arange(100) % 3 > 0
    found = chances(level=start, upward=upward)
    for n in (0, 31, 32, 64, 99):
        alone = chances(level=start[n], upward=upward[n])
        assert found[n] == pytest.approx(alone[0], abs=1e-12)


def test_what_is_unknown_stays_unknown():
    found = chances(
        level=[0.4, NAN, 0.4, 0.4], slope=[0.01, 0.01, NAN, 0.01], bound=[0.5] * 3 + [NAN]
    )
    assert np.isnan(found).all(axis=1).tolist() == [False, True, True, True]
    assert not np.isnan(found[0]).any()
    assert np.isnan(chances(level=NAN, var_level=0, cov=0, var_slope=0, level_var=0)).all()


def test_no_series_have_no_chances():
    assert chances(level=np.zeros(0), horizon=3).shape == (0, 3)


def test_a_slope_of_which_nothing_is_known_is_up_or_down():
    # after one step the level is anywhere: half of the paths are across, and stay on their side
    found = chances(var_slope=1e4, cov=0)
    assert found == pytest.approx(0.5, abs=0.001)


# --- when ---------------------------------------------------------------------------------------


def test_the_expected_step_is_a_mean_over_those_that_cross():
    cumulative = np.array([[0.1, 0.4, 0.5], [0.0, 0.0, 0.3]])
    assert expected(cumulative) == pytest.approx([(1 * 0.1 + 2 * 0.3 + 3 * 0.1) / 0.5, 3.0])


def test_nothing_is_said_about_when_where_a_crossing_is_unlikely_or_unknown():
    cumulative = np.array([[0.0, LEAST * 0.99], [NAN, NAN], [0.0, LEAST], [0.0, 0.0]])
    assert np.isnan(expected(cumulative)).tolist() == [True, True, False, True]


@settings(max_examples=50)
@given(levels, slopes)
def test_the_expected_step_lies_within_the_horizon(level, slope):
    when = expected(chances(level=level, slope=slope))[0]
    assert np.isnan(when) or 1 <= when <= 8 + 1e-12
