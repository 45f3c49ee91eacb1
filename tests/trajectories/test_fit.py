"""The fit finds the sizes with which series were simulated."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from r2prisk import InputError, Profile
from r2prisk.scoring.choices import Trend
from r2prisk.trajectories import fit_trend
from r2prisk.trajectories.kernel.smoother import filter_trends

NAN = np.nan
DEFAULT = Profile.load("default")


def simulated(units=200, periods=9, noise=0.02, level=0.03, slope=0.006, step=1.0, seed=3):
    """Scores of local linear trends, the sizes per year; the fit may leave 0 to 1."""
    rng = np.random.default_rng(seed)
    shape = (units, periods)
    slopes = np.cumsum(rng.normal(0, slope * step**0.5, shape), axis=1)
    levels = 0.4 + np.cumsum(step * slopes + rng.normal(0, level * step**0.5, shape), axis=1)
    return levels + rng.normal(0, noise, shape)


def frame(scores, first="1981", freq="Y", **columns):
    units = [f"U{n}" for n in range(len(scores))]
    index = pd.MultiIndex.from_product(
        [units, pd.period_range(first, periods=scores.shape[1], freq=freq)],
        names=["unit", "period"],
    )
    others = {name: np.ravel(column) for name, column in columns.items()}
    return pd.DataFrame({"risk": scores.ravel(), **others}, index=index)


def likelihood(scores, trend):
    return filter_trends(
        scores,
        noise=np.array(trend.noise**2),
        level_disturbance=np.array(trend.level**2),
        slope_disturbance=np.array(trend.slope**2),
    ).log_likelihood.sum()


def test_sizes_are_found_again_and_none_is_likelier():
    scores = simulated(noise=0.03, level=0.02, slope=0.02)
    found = fit_trend(frame(scores))
    assert isinstance(found, Trend)
    # to three digits
    assert all(size == float(f"{size:.3g}") for size in found.model_dump().values())
    assert found.noise == pytest.approx(0.03, rel=0.2)
    assert found.level == pytest.approx(0.02, rel=0.5)  # noise and slope hide it
    assert found.slope == pytest.approx(0.02, rel=0.2)
    # surprises are normal: hardly any tails, scale 1
    assert found.tails > 15
    assert found.spread == pytest.approx(1.0, abs=0.05)
    best = likelihood(scores, found)
    truth = found.model_copy(update={"noise": 0.03, "level": 0.02, "slope": 0.02})
    # twice the difference follows chi-squared: 16.3 is its 99.9th percentile for three sizes
    assert 0 < best - likelihood(scores, truth) < 16.3 / 2
    for size in ("noise", "level", "slope"):
        for factor in (0.8, 1.25):
            other = found.model_copy(update={size: factor * getattr(found, size)})
            assert best > likelihood(scores, other), (size, factor)


def test_quarters_with_gaps_give_the_sizes_of_a_year():
    scores = simulated(slope=0.0, level=0.08, step=0.25)
    scores[np.random.default_rng(1).random(scores.shape) < 0.2] = NAN
    found = fit_trend(frame(scores, first="1981Q1", freq="Q"))
    assert found.noise == pytest.approx(0.02, rel=0.15)
    assert found.level == pytest.approx(0.08, rel=0.15)
    assert found.slope < 0.05


def test_the_tails_are_those_of_the_surprises():
    # a walk without noise, of steps that follow Student's t: noise has a floor
    steps = 0.05 * np.random.default_rng(9).standard_t(4.0, (200, 9))
    walk = 0.4 + np.cumsum(steps, axis=1)
    found = fit_trend(frame(walk))
    assert 0.001 <= found.noise < 0.015
    surprise = filter_trends(
        walk,
        noise=np.array(found.noise**2),
        level_disturbance=np.array(found.level**2),
        slope_disturbance=np.array(found.slope**2),
    ).surprise
    size = np.abs(surprise[~np.isnan(surprise)])
    # one in five and one in fifty lie above on either side: twice as many in size
    near, far = (found.spread * stats.t.ppf(1 - p, found.tails) for p in (1 / 5, 1 / 50))
    assert (size > near).mean() == pytest.approx(2 / 5, abs=0.005)
    assert (size > far).mean() == pytest.approx(2 / 50, abs=0.005)
    # far heavier than the tails of a normal, for which the fit gives more than 15
    assert 2.5 < found.tails < 8
    # a step has the scale 0.05 with which it was drawn; what is fitted is its standard deviation
    assert found.spread * found.level == pytest.approx(0.05, rel=0.2)


def test_turnover_is_told_from_movement():
    rng = np.random.default_rng(4)
    scores = simulated(slope=0.0)
    coverage = np.where(rng.random(scores.shape) < 0.5, 1.0, 0.5)
    half = np.abs(np.diff(coverage, axis=1)) > 0
    jumps = np.where(half, rng.normal(0, 0.5 * 0.3, half.shape), 0.0)
    shifted = scores + np.concatenate([np.zeros((200, 1)), np.cumsum(jumps, axis=1)], axis=1)
    parts = {"RF1": scores, "RF1_residual": scores, "RF1_coverage": coverage}
    found = fit_trend(frame(shifted, **parts))
    assert found.turnover == pytest.approx(0.3, rel=0.15)
    assert found.level == pytest.approx(0.03, rel=0.2)


def test_noise_that_is_known_is_not_fitted_again():
    rng = np.random.default_rng(8)
    scores = simulated(slope=0.0)
    doubt = rng.choice([0.0, 0.1], scores.shape)
    doubted = scores + doubt * rng.normal(size=scores.shape)
    found = fit_trend(frame(doubted, risk_sd=doubt))
    assert found.noise == pytest.approx(0.02, abs=0.008)
    assert found.level == pytest.approx(0.03, rel=0.25)


def test_all_factors_are_fitted_together():
    one, two = simulated(units=30, seed=1), simulated(units=30, seed=2)
    parts = {"RF1": one, "RF1_residual": one, "SGS1": two}
    covered = {f"{name}_coverage": np.ones(one.shape) for name in ("RF1", "SGS1")}
    together = fit_trend(frame(one, **parts, **covered), of="factors")
    stacked = fit_trend(frame(np.concatenate([one, two])), of="risk")
    assert together == stacked


def test_too_few_scores_and_unknown_ones_are_refused():
    with pytest.raises(InputError, match="risk: fewer than 30 scores"):
        fit_trend(frame(simulated(units=2, periods=16)))
    with pytest.raises(InputError, match="no score 'rik'; did you mean 'risk'"):
        fit_trend(frame(simulated(units=2, periods=5)), of="rik")
    thin = frame(simulated(units=6), coverage=np.full((6, 9), 0.1))
    with pytest.raises(InputError, match="fewer than 30"):
        fit_trend(thin)
    lenient = DEFAULT.replace(missing={"band_coverage": 0.0})
    assert fit_trend(thin, profile=lenient).noise > 0


def test_factors_without_coverage_are_refused():
    with pytest.raises(InputError):
        fit_trend(frame(simulated(units=6)), of="factors")


def test_turnover_of_which_nothing_is_seen_is_not_made_up():
    assert fit_trend(frame(simulated(units=30, slope=0.0))).turnover == 0.0
