"""Trajectories from scores: what goes in, what is set aside, what comes out."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from r2prisk import InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.scoring.choices import Trend
from r2prisk.trajectories import trajectories
from r2prisk.trajectories.series import make_grid, series_of
from r2prisk.trajectories.trends import with_channels, without_tails

NAN = np.nan
UNITS = ("GHA", "NOR", "SDN")
DEFAULT = Profile.load("default")
COURSE = [0.2, 0.22, 0.21, 0.3, 0.38, 0.45, 0.44, 0.5]


def frame(first="2001", freq="Y", **columns):
    """Scores of one unit (a list) or of several (a list of lists)."""
    tables = {name: np.atleast_2d(np.asarray(c, dtype=float)) for name, c in columns.items()}
    units, periods = (max(t.shape[axis] for t in tables.values()) for axis in (0, 1))
    index = pd.MultiIndex.from_product(
        [UNITS[:units], pd.period_range(first, periods=periods, freq=freq)],
        names=["unit", "period"],
    )
    return pd.DataFrame(
        {name: np.broadcast_to(t, (units, periods)).ravel() for name, t in tables.items()},
        index=index,
    )


def refused(call, *args, **options):
    with pytest.raises(InputError) as caught:
        call(*args, **options)
    return list(caught.value.problems)


@pytest.fixture(scope="module")
def scores():
    """Three countries over eight years, every indicator of both frameworks, some unknown."""
    names = [
        indicator.id
        for name in ("un-foa-2014", "sg-resilience-2013")
        for indicator in load_framework(name).indicators
    ]
    rng = np.random.default_rng(5)
    ratings = rng.random((24, len(names)))
    ratings[rng.random(ratings.shape) < 0.2] = NAN
    ratings[:8, :] = np.where(np.arange(len(names)) < 3, ratings[:8, :], NAN)
    table = pd.DataFrame(ratings, columns=names)
    table.insert(0, "unit", np.repeat(UNITS, 8))
    table.insert(1, "year", np.tile(np.arange(2001, 2009), 3))
    return score(read_panel(table))


# --- what goes in -------------------------------------------------------------------------------


def test_a_frame_of_scores_gives_what_the_scores_give(scores):
    one, two = trajectories(scores), trajectories(scores.to_frame(), profile=scores.profile)
    for smoothed in (False, True):
        pd.testing.assert_frame_equal(
            one.to_frame(smoothed=smoothed), two.to_frame(smoothed=smoothed)
        )
    assert one.provenance["scores"] == scores.provenance
    assert two.provenance["scores"] == {}
    assert one.provenance["profile_hash"] == scores.profile.hash
    assert one.resilience_factors == tuple(f"SGS{n}" for n in range(1, 7))


def test_scores_bring_their_profile(scores):
    own = scores.profile.replace(name="own", trends={"window": 5.0})
    made = dataclasses.replace(scores, profile=own)
    assert trajectories(made).profile is own
    assert trajectories(made, profile="default").profile.hash == DEFAULT.hash
    assert trajectories(made.to_frame()).profile.hash == DEFAULT.hash


def test_the_order_of_rows_and_units_does_not_matter():
    table = frame(risk=[COURSE, COURSE[::-1], [NAN, *COURSE[1:]]])
    mixed = table.sample(frac=1.0, random_state=3)
    one, two = (trajectories(t, of=["risk"]) for t in (table, mixed))
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    assert two.units == UNITS


def test_periods_without_rows_are_gaps():
    whole = frame(risk=COURSE)
    holes = whole.iloc[[0, 1, 4, 5, 7]]
    masked = whole.copy()
    masked.iloc[[2, 3, 6], 0] = NAN
    one, two = (trajectories(t, of=["risk"]) for t in (holes, masked))
    assert len(one.periods) == 8
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())
    assert one.to_frame()["risk"].isna().sum() == 3


def test_scores_of_which_too_little_was_rated_are_set_aside_and_counted(scores):
    found = trajectories(scores)
    # Ghana has 3 indicators of risk and none of resilience
    assert found.provenance["left_out"] == [
        "risk: 8 scores of which less than 15% was rated",
        "residual_risk: 8 scores of which less than 15% was rated",
    ]
    assert np.isnan(found["risk"].values[0]).all()
    assert "GHA" not in found.to_frame().index.get_level_values("unit")
    lenient = scores.profile.replace(missing={"band_coverage": 0.0})
    assert trajectories(scores, profile=lenient).provenance["left_out"] == []


def test_risk_and_resilience_have_their_own_coverage():
    table = frame(
        risk=COURSE,
        resilience=COURSE,
        coverage=[0.1, *[0.15] * 7],
        resilience_coverage=[*[0.2] * 6, 0.149, 0.0],
    )
    found = trajectories(table, of=["risk", "resilience"])
    assert np.flatnonzero(np.isnan(found["risk"].values[0])).tolist() == [0]
    assert np.flatnonzero(np.isnan(found["resilience"].values[0])).tolist() == [6, 7]
    assert found.provenance["left_out"] == [
        "risk: 1 score of which less than 15% was rated",
        "resilience: 2 scores of which less than 15% was rated",
    ]


def test_an_unknown_score_names_the_nearest():
    assert refused(trajectories, frame(risk=COURSE), of=["rsik"]) == [
        "no score 'rsik'; did you mean 'risk'?"
    ]
    words = frame(risk=COURSE).assign(band="low")
    assert "no score 'band'" in refused(trajectories, words, of=["band"])[0]
    found = trajectories(frame(risk=COURSE), of=["risk"])
    assert refused(found.__getitem__, "riks") == [
        "no trajectory of 'riks'; did you mean 'risk'?; there are risk"
    ]
    assert "did you mean 'GHA'" in refused(found.unit, "GHN")[0]


def test_tables_that_are_no_scores_are_refused():
    table = frame(risk=[COURSE, COURSE])
    twice = pd.concat([table, table.iloc[[2, 9]]])
    assert refused(trajectories, twice, of=["risk"]) == [
        "GHA 2003 stands twice",
        "NOR 2002 stands twice",
    ]
    assert refused(trajectories, table.reset_index(), of=["risk"]) == [
        "need the index unit, period; found None"
    ]
    assert refused(trajectories, table.iloc[:0], of=["risk"]) == ["have no rows"]
    years = table.reset_index().assign(period=2001).set_index(["unit", "period"])
    assert "need pandas Periods" in refused(trajectories, years, of=["risk"])[0]
    weekly = frame(risk=COURSE, first="2001-01-01", freq="W")
    assert "need pandas Periods" in refused(trajectories, weekly, of=["risk"])[0]


def test_channels_are_the_mean_of_their_rated_factors():
    table = frame(RF2=[0.4, 0.4, NAN], RF7=[0.6, NAN, NAN], RF1=[0.1, 0.2, 0.3])
    made = with_channels(table, DEFAULT)
    np.testing.assert_allclose(made["human_rights"], [0.5, 0.4, NAN])
    assert made["conflict"].tolist() == [0.1, 0.2, 0.3]
    assert "groups" not in made
    assert "human_rights" not in table
    assert trajectories(table, of=["human_rights"])["human_rights"].values[0, :2].tolist() == [
        0.5,
        0.4,
    ]
    own = table.assign(conflict=0.9)
    assert with_channels(own, DEFAULT)["conflict"].tolist() == [0.9] * 3


# --- what was rated -----------------------------------------------------------------------------


def rated(risk, **coverage):
    """Scores with the coverage of factors RF1 and RF2."""
    parts = {f"{k}_residual": 0.1 for k in coverage} | dict.fromkeys(coverage, 0.1)
    return frame(risk=risk, **parts, **{f"{k}_coverage": c for k, c in coverage.items()})


def test_turnover_is_the_share_of_the_rated_weight_that_came_or_went():
    table = rated(
        [0.2, 0.2, 0.2, NAN, 0.2],
        RF1=[0.5, 1.0, 1.0, 0.3, 0.5],
        RF2=[0.4, 0.4, 0.0, 0.8, 0.4],
    )
    series = series_of(make_grid(table), "risk", DEFAULT)
    # the first has no before; RF1 doubles; RF2 goes; nothing is scored; both since the third
    expected = [0.0, (0.5 / 1.0 + 0.0) / 2, (0.0 + 0.4 / 0.4) / 2, 0.0, (0.5 / 1.0 + 1.0) / 2]
    assert series.turnover[0] == pytest.approx(expected)
    course = trajectories(table, of=["risk"])["risk"]
    size = DEFAULT.trends.risk
    assert course.shift[0] == pytest.approx([(size.turnover * share) ** 2 for share in expected])
    assert course.level_disturbance[0] == pytest.approx(size.level**2 + course.shift[0])


def test_factors_that_are_never_rated_do_not_count():
    coverage = {"RF1": [0.5, 1.0], "RF2": [0.4, 0.4], "RF3": [0.0, 0.0], "RF4": [0.0, 0.2]}
    series = series_of(make_grid(rated([0.2, 0.2], **coverage)), "risk", DEFAULT)
    assert series.turnover[0].tolist() == pytest.approx([0.0, (0.5 + 0.0 + 1.0) / 3])


def test_resilience_turns_over_with_its_own_factors():
    table = rated([0.2, 0.2], RF1=[0.5, 1.0]).assign(resilience=0.5, SGS1=0.5, SGS2=0.5)
    table["residual_risk"] = 0.1
    table = table.assign(SGS1_coverage=[0.8, 0.8], SGS2_coverage=[0.2, 0.8])
    grid = make_grid(table)
    for name, expected in {
        "resilience": (0.0 + 0.75) / 2,
        "SGS2": 0.75,
        "risk": 0.5,
        "residual_risk": 0.5,
    }.items():
        turnover = series_of(grid, name, DEFAULT).turnover[0]
        assert turnover == pytest.approx([0.0, expected]), name


def test_turnover_of_a_factor_and_of_a_channel_is_that_of_their_own_coverage():
    table = rated([0.2] * 3, RF1=[0.5, 1.0, 1.0], RF2=[0.4, 0.4, 0.1])
    grid = make_grid(with_channels(table, DEFAULT))
    for name, expected in {
        "RF1": [0.0, 0.5, 0.0],
        "RF1_residual": [0.0, 0.5, 0.0],
        "RF2": [0.0, 0.0, 0.3 / 0.4],
        "human_rights": [0.0, 0.0, 0.3 / 0.4],  # RF2 and RF7
        "conflict": [0.0, 0.5, 0.0],  # RF1 and RF8
        "risk": [0.0, 0.25, 0.375],
    }.items():
        turnover = series_of(grid, name, DEFAULT).turnover[0]
        assert turnover == pytest.approx(expected), name


def test_without_coverage_nothing_is_known_to_have_turned_over():
    found = trajectories(frame(risk=COURSE), of=["risk"])
    assert found["risk"].shift[0].tolist() == [0.0] * 8
    assert found.provenance["left_out"] == []


def test_a_known_deviation_widens_the_interval():
    plain = frame(risk=COURSE)
    doubted = plain.assign(risk_sd=[0.0, 0.0, 0.05, NAN, 0.0, 0.05, 0.0, 0.0])
    one, two = (trajectories(t, of=["risk"])["risk"] for t in (plain, doubted))
    noise = DEFAULT.trends.risk.noise**2
    assert two.noise[0] == pytest.approx(noise + np.array([0, 0, 0.05, 0, 0, 0.05, 0, 0]) ** 2)
    assert (two.filtered.var_level[0, 2:] > one.filtered.var_level[0, 2:]).all()
    assert (two.smoothed.var_level > one.smoothed.var_level).all()
    assert two.filtered.var_level[0, :2].tolist() == one.filtered.var_level[0, :2].tolist()


# --- what comes out -----------------------------------------------------------------------------


def test_the_frame_starts_with_the_first_score_and_has_all_columns():
    found = trajectories(frame(risk=[[NAN, *COURSE], [*COURSE, NAN]]), of=["risk"])
    table = found.to_frame()
    assert table.columns.tolist() == [
        *("risk", "risk_level", "risk_level_sd", "risk_slope", "risk_slope_sd", "risk_surprise")
    ]
    assert table.index.names == ["unit", "period"]
    assert [len(table.loc[unit]) for unit in ("GHA", "NOR")] == [8, 9]
    assert np.isnan(table.loc[("NOR", "2009"), "risk"])
    assert table.loc[("NOR", "2009"), "risk_level_sd"] > table.loc[("NOR", "2008"), "risk_level_sd"]
    back = found.to_frame(smoothed=True)
    assert "risk_surprise" not in back
    assert back.loc[("GHA", "2002"), "risk_slope_sd"] > 0
    # not known then: no slope, and so no deviation of it
    assert table.loc[("GHA", "2002"), ["risk_slope", "risk_slope_sd"]].isna().all()
    course = found["risk"]
    assert table.loc[("NOR", "2004"), "risk_level_sd"] == np.sqrt(course.filtered.var_level[1, 3])
    assert back.loc[("NOR", "2004"), "risk_level"] == course.smoothed.level[1, 3]


def test_a_level_is_not_carried_on_for_longer_than_a_window():
    # with a window of three years: known in the year of the last score and in the two after it
    found = trajectories(frame(risk=[0.2, 0.3, *[NAN] * 5, 0.4, *[NAN] * 5]), of=["risk"])
    course = found["risk"]
    for field in ("level", "slope", "var_level", "covariance", "var_slope"):
        then = getattr(course.filtered, field)[0]
        lost = [1 + 3, 5, 6, 7 + 3, 11, 12]
        expected = [0, *lost] if field == "slope" else lost
        assert np.flatnonzero(np.isnan(then)).tolist() == expected, field
        # with hindsight a gap is filled, and only the end is lost
        now = getattr(course.smoothed, field)[0]
        assert np.flatnonzero(np.isnan(now)).tolist() == [10, 11, 12], field
    assert np.isfinite(course.surprise[0, 7])
    assert len(found.to_frame()) == 13 - 6
    assert len(found.to_frame(smoothed=True)) == 13 - 3
    months = frame(risk=[0.2, 0.3, *[NAN] * 40], first="2001-01", freq="M")
    assert len(trajectories(months, of=["risk"]).to_frame()) == 1 + 36


def test_each_score_has_the_sizes_that_the_profile_declares():
    table = frame(risk=COURSE, resilience=COURSE, residual_risk=COURSE, RF3=COURSE)
    found = trajectories(table, of=["risk", "resilience", "residual_risk", "RF3"])
    trends = DEFAULT.trends
    for name, size in {
        "risk": trends.risk,
        "resilience": trends.resilience,
        "residual_risk": trends.residual_risk,
        "RF3": trends.factors,
    }.items():
        course = found[name]
        assert course.noise[0].tolist() == [size.noise**2] * 8
        assert course.level_disturbance[0].tolist() == [size.level**2] * 8
        assert course.slope_disturbance == size.slope**2


@pytest.mark.parametrize(
    ("first", "freq", "step"), [("2001Q3", "Q", 0.25), ("2001-11", "M", 1 / 12)]
)
def test_the_same_values_in_shorter_periods_have_steeper_slopes(first, freq, step):
    # sizes per year converted: what was a year is now a quarter, or a month
    size = DEFAULT.trends.factors
    yearly = trajectories(frame(RF1=COURSE), of=["RF1"])
    scaled = size.model_copy(
        update={"level": size.level / step**0.5, "slope": size.slope / step**1.5}
    )
    own = DEFAULT.replace(trends={"factors": scaled.model_dump()})
    shorter = trajectories(frame(RF1=COURSE, first=first, freq=freq), of=["RF1"], profile=own)
    assert shorter.step == step
    one, two = (t.to_frame().reset_index(drop=True) for t in (yearly, shorter))
    np.testing.assert_allclose(two["RF1_level"], one["RF1_level"], atol=1e-7)
    np.testing.assert_allclose(two["RF1_slope"] * step, one["RF1_slope"], atol=1e-7)
    np.testing.assert_allclose(two["RF1_surprise"], one["RF1_surprise"], atol=1e-5)


def test_a_year_of_months_gains_what_a_year_gains():
    monthly = trajectories(frame(risk=np.full(25, 0.3), first="2001-01", freq="M"), of=["risk"])
    size = DEFAULT.trends.risk
    assert monthly["risk"].level_disturbance[0, 1:13].sum() == pytest.approx(size.level**2)
    assert 12 * monthly["risk"].slope_disturbance == pytest.approx(size.slope**2)


def test_days_are_periods_too():
    found = trajectories(frame(risk=COURSE, first="2001-12-28", freq="D"), of=["risk"])
    assert found.step == pytest.approx(1 / 365.25)
    assert np.isfinite(found.to_frame()["risk_level"]).all()


def test_surprises_are_put_on_the_scale_of_a_standard_normal():
    rng = np.random.default_rng(2)
    drawn = stats.t.rvs(2.1, scale=0.5, size=4000, random_state=rng)
    made = without_tails(drawn, 2.1, 0.5)
    assert stats.kstest(made, "norm").pvalue > 0.01
    expected = stats.norm.ppf(stats.t.cdf(drawn / 0.5, 2.1))
    np.testing.assert_allclose(made, expected, atol=1e-6)
    # far out, where a distribution function is 1 to the computer
    far = without_tails(np.array([-1e12, 1e12, NAN]), 2.1, 0.5)
    assert -far[0] == far[1] == pytest.approx(stats.norm.isf(stats.t.sf(2e12, 2.1)))
    assert np.isfinite(far[1])
    assert np.isnan(far[2])
    course = trajectories(frame(risk=COURSE), of=["risk"])["risk"]
    size = DEFAULT.trends.risk
    np.testing.assert_array_equal(
        course.surprise, without_tails(course.filtered.surprise, size.tails, size.spread)
    )


def test_no_value_at_all_makes_an_empty_frame():
    found = trajectories(frame(risk=[NAN] * 5), of=["risk"])
    assert len(found.to_frame()) == 0
    assert found.units == ("GHA",)


def test_trajectories_show_themselves_with_the_caution():
    found = trajectories(frame(risk=COURSE), of=["risk"])
    assert "1 units, 8 periods (2001 to 2008)" in repr(found)
    assert "not a finding" in repr(found)
    html = trajectories(frame(**{"<b>": COURSE}), of=["<b>"])._repr_html_()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html
    assert "not a finding" in html


def test_a_size_of_another_profile_is_used():
    wild = Trend(noise=0.001, level=0.5, slope=0.0, turnover=0.0, tails=5.0, spread=1.0)
    own = DEFAULT.replace(trends={"risk": wild.model_dump()})
    found = trajectories(frame(risk=COURSE), of=["risk"], profile=own)
    # noise is nothing beside what the level gains: the level is the score
    assert found["risk"].filtered.level[0] == pytest.approx(COURSE, abs=1e-4)
