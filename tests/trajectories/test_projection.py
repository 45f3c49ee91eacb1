"""Projections and crossings against simulation of the model, then as laws."""

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import InputError, Profile
from r2prisk.trajectories import crossings, project, trajectories

NAN = np.nan
UNITS = ("GHA", "NOR", "SDN")
DEFAULT = Profile.load("default")
COURSE = [0.2, 0.22, 0.21, 0.26, 0.27, 0.3, 0.29, 0.33]
SIZES = {"noise": 0.02, "level": 0.02, "slope": 0.006, "turnover": 0.5, "tails": 3, "spread": 0.7}
SLOPED = DEFAULT.replace(trends={"risk": {**SIZES, "drift": 1e3}})  # nothing known of slopes before
LEANING = DEFAULT.replace(trends={"risk": {**SIZES, "drift": 0.01}})


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


def follow(course, profile=SLOPED, **options):
    return trajectories(frame(risk=course, **options), of=["risk"], profile=profile)


def start(found):
    """The first unit's last filtered state, with what is known of slopes: sums of precisions."""
    f, size = found["risk"].filtered, found.profile.trends.risk
    spread = np.array([[f.var_level[0, -1], f.covariance[0, -1]], [0.0, f.var_slope[0, -1]]])
    spread[1, 0] = spread[0, 1]
    own = np.linalg.inv(spread)
    both = np.linalg.inv(own + np.diag([0.0, 1 / max(size.drift, 1e-6) ** 2]))
    return both @ own @ [f.level[0, -1], f.slope[0, -1]], both


def simulate(found, horizon, paths=60_000, seed=5):
    """Draw levels and scores ahead from the first unit's last state; (horizon, paths)."""
    size = found.profile.trends.risk
    rng = np.random.default_rng(seed)
    level, slope = rng.multivariate_normal(*start(found), paths).T
    levels = []
    for _ in range(horizon):
        level = level + found.step * slope
        level = level + rng.normal(0, size.level * found.step**0.5, paths)
        slope = slope + rng.normal(0, size.slope * found.step**0.5, paths)
        levels.append(level)
    levels = np.array(levels)
    return levels, levels + rng.normal(0, size.noise, levels.shape)


CASES = {
    "years": ({}, COURSE),
    "default profile": ({"profile": DEFAULT}, COURSE),
    "leaning on other slopes": ({"profile": LEANING}, COURSE),
    "quarters": ({"first": "2001Q2", "freq": "Q"}, COURSE),
    "a gap at the end": ({}, [*COURSE, NAN, NAN]),
}


@pytest.fixture(params=CASES)
def found(request):
    options, course = CASES[request.param]
    return follow(course, **options)


# --- the fan ------------------------------------------------------------------------------------


def test_the_fan_is_that_of_simulated_scores(found):
    fan = project(found, horizon=8, shares=(0.5, 0.8, 0.95))
    _, scores = simulate(found, 8)
    kept = np.clip(fan["mean"].to_numpy(), 0, 1)
    assert kept == pytest.approx(np.clip(scores.mean(axis=1), 0, 1), abs=0.01)
    assert fan["sd"].to_numpy() == pytest.approx(scores.std(axis=1), rel=0.02)
    for share in (50, 80, 95):
        low, high = fan[f"low_{share}"].to_numpy(), fan[f"high_{share}"].to_numpy()
        open_ends = (low > 0) & (high < 1)
        assert open_ends.any()
        inside = ((low <= scores.T) & (high >= scores.T)).mean(axis=0)
        assert inside[open_ends] == pytest.approx(share / 100, abs=0.01)


def test_one_period_ahead_by_hand():
    found = follow([0.2, 0.3])
    # level 0.3 with variance h; slope 0.1 with 2 h + q + z; covariance h; then q and h once more
    h, q, z = 0.02**2, 0.02**2, 0.006**2
    fan = project(found, horizon=1, shares=[0.9])
    assert fan.columns.tolist() == ["mean", "sd", "low_90", "high_90"]
    assert fan["mean"].iloc[0] == pytest.approx(0.4, abs=1e-6)
    deviation = (h + 2 * h + (2 * h + q + z) + q + h) ** 0.5
    assert fan["sd"].iloc[0] == pytest.approx(deviation, rel=1e-4)
    half = 1.644854 * deviation
    assert fan[["low_90", "high_90"]].iloc[0].tolist() == pytest.approx(
        [0.4 - half, 0.4 + half], abs=1e-5
    )


def test_where_slopes_never_differ_from_zero_a_rise_is_not_carried_on():
    found = follow([0.2, 0.3], profile=SLOPED.replace(trends={"risk": SIZES}))
    # level 0.3, variance h; slope 0.1, variance 2 h + q + z; covariance h. Given that the slope is 0:
    h, q, z = 0.02**2, 0.02**2, 0.006**2
    fan = project(found, horizon=8)
    assert fan["mean"].to_numpy() == pytest.approx([0.3 - h / (2 * h + q + z) * 0.1] * 8, abs=1e-6)


def test_periods_are_those_ahead_and_units_without_a_slope_are_missing():
    found = follow([COURSE, [*[NAN] * 7, 0.4], [NAN] * 8])
    fan = project(found, horizon=2)
    assert fan.index.names == ["unit", "period"]
    assert [(unit, str(period)) for unit, period in fan.index] == [("GHA", "2009"), ("GHA", "2010")]
    monthly = project(follow(COURSE, first="2001-05", freq="M"), horizon=2)
    assert [str(period) for _, period in monthly.index] == ["2002-01", "2002-02"]


def test_an_old_score_is_projected_from_where_it_stands_with_a_wider_interval():
    fresh, old = (project(follow(c), horizon=3) for c in (COURSE, [*COURSE, NAN, NAN]))
    assert [str(period) for _, period in old.index] == ["2011", "2012", "2013"]
    # three years after the last score the two say the same
    pd.testing.assert_series_equal(
        old.iloc[0], fresh.iloc[2], check_names=False, rtol=1e-9, atol=1e-12
    )
    assert (old["sd"].to_numpy() > fresh["sd"].to_numpy()).all()


def test_a_rise_to_the_top_stays_within_the_scale():
    fan = project(follow([0.5, 0.6, 0.7, 0.8, 0.9, 0.95]), horizon=8)
    assert fan["mean"].iloc[-1] == 1.0
    assert fan["high_95"].max() == 1.0
    down = project(follow([0.5, 0.4, 0.3, 0.2, 0.1, 0.05]), horizon=8)
    assert (down["mean"].iloc[-1], down["low_95"].min()) == (0.0, 0.0)


def refused(call, *args, **options):
    with pytest.raises(InputError) as caught:
        call(*args, **options)
    return list(caught.value.problems)


def test_faults_are_told_together():
    found = follow(COURSE)
    assert refused(project, found, horizon=0, shares=(0.5, 1.0, -0.1)) == [
        "horizon 0 is not a whole number from 1 to 8",
        "share 1.0 is not between 0 and 1",
        "share -0.1 is not between 0 and 1",
    ]
    for horizon in (9, -1, 2.5):
        problem = f"horizon {horizon} is not a whole number from 1 to 8"
        assert refused(project, found, horizon=horizon) == [problem]
        assert refused(crossings, found, horizon=horizon) == [problem]
    assert len(refused(project, found, shares=[NAN])) == 1
    assert "did you mean 'risk'" in refused(project, found, score="rsk")[0]
    assert "did you mean 'risk'" in refused(crossings, found, score="rsk")[0]


cells = st.one_of(st.just(NAN), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
courses = hnp.arrays(float, (2, 7), elements=cells)
laws = settings(max_examples=25)


@laws
@given(courses, st.integers(1, 8))
def test_the_fan_widens_holds_its_mean_and_stays_within_0_and_1(course, horizon):
    found = follow(course)
    fan = project(found, horizon=horizon, shares=(0.5, 0.8))
    seen = ~np.isnan(course)
    # two scores, and the last of them no older than the window of three years
    known = (seen.sum(axis=1) >= 2) & seen[:, -4:].any(axis=1)
    assert len(fan) == horizon * known.sum()
    for _, own in fan.groupby("unit"):
        assert (np.diff(own["sd"]) > 0).all()
        for share in (50, 80):
            assert (own[f"low_{share}"] <= own["mean"]).all()
            assert (own["mean"] <= own[f"high_{share}"]).all()
        assert (own["low_80"] <= own["low_50"]).all()
        assert (own["high_50"] <= own["high_80"]).all()
        assert own.drop(columns="sd").stack().between(0, 1).all()


# --- crossings ----------------------------------------------------------------------------------


def test_crossings_are_those_of_simulated_levels(found):
    levels, _ = simulate(found, 6)
    now = start(found)[0][0]
    table = crossings(found, horizon=6)
    assert table["limit"].tolist() == [0.15, 0.30, 0.45, 0.60]
    for row in table.itertuples():
        beyond = levels >= row.limit if now < row.limit else levels < row.limit
        crossed = beyond.any(axis=0)
        assert row.probability == pytest.approx(crossed.mean(), abs=0.015)
        if crossed.mean() > 0.05:
            when = (beyond.argmax(axis=0) + 1)[crossed].mean() * found.step
            assert row.expected == pytest.approx(when, abs=0.15 * found.step)


def test_bands_are_entered_upwards_above_the_level_and_downwards_below():
    found = follow([COURSE, [0.9 - x for x in COURSE], [*[NAN] * 7, 0.3]])
    table = crossings(found, horizon=3)
    assert table["unit"].tolist() == ["GHA"] * 4 + ["NOR"] * 4
    # levels near 0.32 and 0.58
    ways = table.groupby("unit")[["direction", "band"]].agg(list)
    assert ways.loc["GHA", "direction"] == ["down", "down", "up", "up"]
    assert ways.loc["GHA", "band"] == ["very low", "low", "high", "very high"]
    assert ways.loc["NOR", "direction"] == ["down", "down", "down", "up"]
    assert ways.loc["NOR", "band"] == ["very low", "low", "moderate", "very high"]
    chances = table.set_index(["unit", "limit"])["probability"]
    # what rises crosses upwards sooner than downwards, and near limits sooner than far ones
    assert chances["GHA", 0.45] > chances["GHA", 0.60]
    assert chances["NOR", 0.45] > chances["NOR", 0.30] > chances["NOR", 0.15]
    assert table["probability"].between(0, 1).all()
    hardly = table["probability"] < 0.01
    assert hardly.any()
    assert (table["expected"].isna() == hardly).all()


def test_a_longer_horizon_never_makes_a_crossing_less_likely():
    found = follow(COURSE)
    chances = np.array([crossings(found, horizon=h)["probability"] for h in range(1, 9)])
    assert (np.diff(chances, axis=0) >= 0).all()
    assert (chances[-1] > chances[0]).all()


def test_nothing_known_gives_empty_tables_of_the_same_columns():
    found = follow([NAN] * 5)
    assert len(project(found)) == 0
    table = crossings(found)
    assert table.columns.tolist() == [
        *("unit", "band", "direction", "limit", "probability", "expected")
    ]
    assert len(table) == 0
