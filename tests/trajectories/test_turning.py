"""Turning points and episodes: from made-up courses, by simulation, then as laws."""

from statistics import NormalDist

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import InputError, Profile
from r2prisk.trajectories import episodes, trajectories, turning_points
from r2prisk.trajectories.kernel.cusum import cusum
from r2prisk.trajectories.kernel.movement import movement
from r2prisk.trajectories.kernel.smoother import filter_trends

NAN = np.nan
UNITS = ("GHA", "NOR", "SDN")
DEFAULT = Profile.load("default")
PHASES = ["onset", "escalation", "plateau", "de-escalation", "recovery"]


def frame(first="2001", freq="Y", **columns):
    """Scores of one unit (a list) or of several (a list of lists)."""
    tables = {name: np.atleast_2d(np.asarray(c, dtype=float)) for name, c in columns.items()}
    units, periods = (max(t.shape[axis] for t in tables.values()) for axis in (0, 1))
    index = pd.MultiIndex.from_product(
        [
            [*UNITS, *(f"U{n}" for n in range(units))][:units],
            pd.period_range(first, periods=periods, freq=freq),
        ],
        names=["unit", "period"],
    )
    return pd.DataFrame(
        {name: np.broadcast_to(t, (units, periods)).ravel() for name, t in tables.items()},
        index=index,
    )


def follow(course, **options):
    return trajectories(frame(risk=course, **options), of=["risk"])


def dates(turns):
    return turns[["unit", "period", "turn"]].astype(str).to_numpy().tolist()


# --- turning points -----------------------------------------------------------------------------

PEAK = [0.2] * 6 + [0.3, 0.4, 0.5, 0.6] + [0.6] * 4 + [0.5, 0.4, 0.3, 0.2] + [0.2] * 4
TROUGH = [0.8 - x for x in PEAK]


def test_a_peak_and_a_trough_turn_where_they_leave_the_level():
    turns = turning_points(follow([PEAK, TROUGH, [0.4] * len(PEAK)]))
    first = turns.groupby(["unit", "turn"], sort=False).first()["period"].astype(str)
    # the 7th and the 15th year
    assert first.to_dict() == {
        ("GHA", "up"): "2007",
        ("GHA", "down"): "2015",
        ("NOR", "down"): "2007",
        ("NOR", "up"): "2015",
    }
    assert (turns["sure"] > 0.9).all()
    assert (turns["known"] >= turns["period"]).all()


def test_a_single_jump_is_one_turn_with_the_levels_on_both_sides():
    found = follow([0.2] * 6 + [0.4] * 6)
    turns = turning_points(found)
    assert dates(turns) == [["GHA", "2007", "up"]]
    level = found["risk"].smoothed.level[0]
    # the jump is so large that it is known at once: the level before, and the one of that year
    assert turns["known"].astype(str).tolist() == ["2007"]
    assert turns["before"].tolist() == [level[5]]
    assert turns["after"].tolist() == [level[6]]


def test_the_level_after_is_that_of_the_period_in_which_the_turn_was_known():
    # up at once, down by steps that are seen in the second year only; then nothing more
    found = follow([0.2] * 6 + [0.45] * 6 + [0.35, 0.25, 0.2, 0.2, 0.2, 0.2] + [NAN] * 3)
    turns = turning_points(found)
    assert dates(turns) == [["GHA", "2007", "up"], ["GHA", "2013", "down"]]
    assert turns["known"].astype(str).tolist() == ["2007", "2014"]
    level = found["risk"].smoothed.level[0]
    assert turns["before"].tolist() == [level[5], level[11]]
    assert turns["after"].tolist() == [level[6], level[13]]


def alarms(course):
    """The CUSUM of the surprises under a level that drifts as the profile says, without trend."""
    size = DEFAULT.trends.risk
    z = filter_trends(
        np.array([course]),
        noise=np.array(size.noise**2),
        level_disturbance=np.array(size.level**2),
        slope_disturbance=np.array(0.0),
        sloping=False,
    ).surprise
    return cusum(z, reference=0.5, limit=4.0)


def test_turns_are_the_cusum_of_surprises_under_drift_without_trend():
    course = [0.2] * 4 + [NAN, 0.2, 0.36, 0.35, 0.36, 0.35, 0.36, 0.35, 0.36, 0.2, 0.2, 0.2, 0.2]
    found, expected = follow(course), alarms(course)
    assert len(expected.series) == 2
    turns = turning_points(found)
    assert turns["period"].tolist() == found.periods[expected.start].tolist()
    assert turns["known"].tolist() == found.periods[expected.detected].tolist()
    assert turns["turn"].tolist() == ["up", "down"]
    # how sure it was then that the level had moved by 0.015 times 3 since the period before
    carried, course_of = found["risk"].carried, found["risk"]
    for n, (start, known) in enumerate(zip(expected.start, expected.detected, strict=True)):
        mean, variance = movement(
            carried,
            carried,
            level_disturbance=course_of.level_disturbance,
            slope_disturbance=np.array(course_of.slope_disturbance),
            lag=int(known - start + 1),
        )
        years = known - start + 1
        moved = abs(mean[0, known]) * years
        sure = NormalDist().cdf((moved - 0.045) / (variance[0, known] ** 0.5 * years))
        assert turns["sure"].iloc[n] == pytest.approx(sure)
    early = DEFAULT.replace(trends={"turn_limit": 1.0})
    soon = turning_points(trajectories(frame(risk=course), of=["risk"], profile=early))
    assert soon["known"].iloc[0] <= turns["known"].iloc[0]
    assert len(turning_points(follow([0.2] * 6 + [0.23] * 6))) == 0
    slight = frame(risk=[0.2] * 6 + [0.245] * 6)
    assert len(turning_points(trajectories(slight, of=["risk"], profile=early))) == 1


def test_a_rise_that_goes_on_is_one_turn():
    course = [0.2] * 6 + [0.4, 0.6, 0.8, 0.99]
    expected = alarms(course)
    assert expected.start.tolist() == [6, 7, 8, 9]
    assert dates(turning_points(follow(course))) == [["GHA", "2007", "up"]]
    # back at once is another
    back = [["GHA", "2007", "up"], ["GHA", "2008", "down"]]
    assert dates(turning_points(follow([0.2] * 6 + [0.6] + [0.2] * 5))) == back
    # with a rest between, two
    rest = [0.2] * 6 + [0.4] + [0.4] * 5 + [0.6] * 6
    assert dates(turning_points(follow(rest))) == [["GHA", "2007", "up"], ["GHA", "2013", "up"]]


def test_a_rise_that_goes_on_after_a_gap_is_one_turn():
    course = [0.2] * 6 + [0.4, NAN, 0.8, 0.99]
    assert alarms(course).start.tolist() == [6, 8, 9]
    assert dates(turning_points(follow(course))) == [["GHA", "2007", "up"]]


def test_a_turn_up_after_the_peak_begins_an_episode_of_its_own():
    course = [0.2] * 5 + [0.45, 0.6, 0.6, 0.55, 0.5, 0.46, 0.46, 0.46, 0.46, 0.7, 0.8]
    table = episodes(follow(course))
    assert table.groupby("episode")["first"].min().astype(str).tolist() == ["2006", "2015"]
    first = table[table["episode"] == 1]
    assert str(first["last"].max()) == "2014"
    assert not first["open"].any()
    assert table.loc[table["episode"] == 2, "open"].all()


def test_a_constant_and_an_unknown_series_have_none():
    found = follow([[0.4] * 20, [NAN] * 20, [*[NAN] * 19, 0.9]])
    assert len(turning_points(found)) == 0
    assert len(episodes(found)) == 0


def test_a_change_in_what_was_rated_is_no_turn():
    course = [0.2] * 6 + [0.5] * 6
    parts = {"RF1": 0.1, "RF1_residual": 0.1, "RF2": 0.1, "RF2_residual": 0.1}
    rated = {"RF1_coverage": [1.0] * 6 + [0.0] * 6, "RF2_coverage": [0.0] * 6 + [1.0] * 6}
    assert len(turning_points(follow(course, **parts, **rated))) == 0
    assert len(turning_points(follow(course))) == 1


def test_a_turn_is_less_sure_where_other_indicators_were_rated():
    # a tenth of what was rated is lost with the jump: it may owe something to that
    course = [0.2] * 6 + [0.6] * 6
    parts = {"RF1": 0.1, "RF1_residual": 0.1}
    same, fewer = (
        turning_points(follow(course, **parts, RF1_coverage=[1.0] * 6 + [share] * 6))
        for share in (1.0, 0.9)
    )
    assert dates(same) == dates(fewer) == [["GHA", "2007", "up"]]
    assert same["sure"].iloc[0] > 0.99
    assert 0.1 < fewer["sure"].iloc[0] < 0.8


def test_ordinary_drift_gives_no_more_false_turns_than_the_profile_says():
    size, rng = DEFAULT.trends.risk, np.random.default_rng(17)
    drift = 0.4 + np.cumsum(rng.normal(0, size.level, (400, 36)), axis=1)
    scores = drift + rng.normal(0, size.noise, drift.shape)
    turns = turning_points(follow(scores))
    # "about one in 170 country-years": no more than that, give or take three standard errors
    years = 400 * 36
    most = years / 170
    assert 0 < len(turns) < most + 3 * most**0.5


def test_of_turns_that_are_p_sure_a_share_p_moved_by_enough():
    # a low limit, so that there are many turns and not all are sure
    profile = DEFAULT.replace(trends={"turn_limit": 1.0})
    size, rng = profile.trends.risk, np.random.default_rng(17)
    truth = 0.4 + np.cumsum(rng.normal(0, size.level, (400, 36)), axis=1)
    scores = frame(risk=truth + rng.normal(0, size.noise, truth.shape))
    turns = turning_points(trajectories(scores, of=["risk"], profile=profile))
    turns = turns[turns["known"] >= pd.Period("2011", "Y")]  # the trend has been learned by then
    level = pd.Series(truth.ravel(), index=scores.index)
    before, then = (
        level[pd.MultiIndex.from_arrays([turns["unit"], when])].to_numpy()
        for when in (turns["period"] - 1, turns["known"])
    )
    moved = np.where(turns["turn"] == "up", then - before, before - then)
    enough = moved >= 0.015 * 3  # material times window
    sure = turns["sure"].to_numpy(float)
    for low, high in ((0.0, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        mine = (sure >= low) & (sure <= high)
        assert mine.sum() > 50
        # the sum of independent yes and no has variance sum p (1 - p): within three deviations
        error = (sure[mine] * (1 - sure[mine])).sum() ** 0.5 / mine.sum()
        assert abs(enough[mine].mean() - sure[mine].mean()) < 3 * error, (low, high)


def test_a_turn_shows_as_well_in_months():
    found = follow(np.repeat(PEAK, 4), first="2001-01", freq="M")
    turns = turning_points(found)
    assert turns["turn"].iloc[0] == "up"
    assert str(turns["period"].iloc[0]) == "2003-01"  # the 25th month


def test_pelt_finds_lasting_levels_in_hindsight(needs_extra):
    needs_extra("ruptures")
    saw = [0.2, 0.22, 0.21, 0.23, 0.2, 0.22]
    found = follow([[*saw, *(x + 0.4 for x in saw), *saw], [0.3] * 18])
    turns = turning_points(found, method="pelt")
    assert dates(turns) == [["GHA", "2007", "up"], ["GHA", "2013", "down"]]
    assert turns["known"].isna().all()
    assert turns["known"].dtype == found.periods.dtype
    assert ((turns["sure"] > 0.9) & (turns["sure"] <= 1)).all()
    level = found["risk"].smoothed.level[0]
    assert turns["before"].tolist() == [level[5], level[11]]
    # seen in hindsight only: the level after is that of the first period at the new one
    assert turns["after"].tolist() == [level[6], level[12]]
    assert turns.columns.tolist() == turning_points(found).columns.tolist()


def test_an_unknown_method_or_score_is_refused():
    found = follow(PEAK)
    with pytest.raises(
        InputError, match="no method 'cusm'; allowed: cusum, pelt; did you mean 'cusum'"
    ):
        turning_points(found, method="cusm")
    with pytest.raises(InputError, match="no trajectory of 'resilience'"):
        turning_points(found, score="resilience")
    with pytest.raises(InputError, match="no trajectory of 'resilience'"):
        episodes(found, score="resilience")


# --- episodes -----------------------------------------------------------------------------------


def spans(table):
    return table[["phase", "first", "last"]].astype(str).to_numpy().tolist()


def test_an_episode_in_all_its_phases():
    # base 0.2 and peak 0.6: from 0.56 up it is a plateau, at 0.4 half is left, at 0.3 a quarter
    course = [0.2] * 5 + [0.32, 0.45, 0.59, 0.6, 0.58, 0.5, 0.42, 0.37, 0.36, 0.2, 0.2, 0.2]
    found = follow(course)
    table = episodes(found)
    assert spans(table) == [
        ["onset", "2006", "2006"],
        ["escalation", "2007", "2007"],
        ["plateau", "2008", "2010"],
        ["de-escalation", "2011", "2012"],
        ["recovery", "2013", "2015"],
    ]
    level = found["risk"].smoothed.level[0]
    assert table["base"].tolist() == [level[4]] * 5
    assert table["peak"].tolist() == [level[5:15].max()] * 5
    assert table["level_first"].tolist() == [level[n] for n in (5, 6, 7, 10, 12)]
    assert table["level_last"].tolist() == [level[n] for n in (5, 6, 9, 11, 14)]
    assert not table["open"].any()
    assert (table["episode"] == 1).all()
    turn = turning_points(found).iloc[0]
    assert (table["sure"] == turn["sure"]).all()
    assert table["first"].iloc[0] == turn["period"]


def test_the_shares_are_those_that_are_told():
    course = [0.2] * 5 + [0.32, 0.45, 0.59, 0.6, 0.58, 0.5, 0.42, 0.37, 0.36, 0.2, 0.2, 0.2]
    found = follow(course)
    level = found["risk"].smoothed.level[0]
    base, peak = level[4], level[5:15].max()
    share = (level - base) / (peak - base)
    high = np.flatnonzero(share[5:15] >= 0.9) + 5
    assert (high.min(), high.max()) == (7, 9)
    assert np.flatnonzero(share[10:15] <= 0.5)[0] + 10 == 12
    assert share[13] > 0.25 >= share[14]


@pytest.mark.parametrize(
    ("course", "phase"),
    [
        ([0.2] * 6 + [0.3, 0.4, 0.5, 0.6], "plateau"),
        ([0.2] * 6 + [0.3, 0.4, 0.5, 0.6, 0.6, 0.6, 0.5, 0.45], "de-escalation"),
        ([0.2] * 6 + [0.3, 0.4, 0.5, 0.6, 0.6, 0.6, 0.5, 0.4, 0.35], "recovery"),
    ],
)
def test_an_episode_that_goes_on_is_open(course, phase):
    table = episodes(follow(course))
    assert table["open"].all()
    assert table["phase"].iloc[-1] == phase
    assert str(table["last"].iloc[-1]) == str(2000 + len(course))


def test_a_second_episode_begins_after_the_first():
    table = episodes(follow(PEAK + PEAK))
    assert table.groupby("episode")["first"].min().astype(str).tolist() == ["2007", "2029"]
    assert table["episode"].unique().tolist() == [1, 2]


def test_a_turn_downwards_begins_no_episode():
    found = follow([0.6] * 6 + [0.2] * 6)
    assert dates(turning_points(found)) == [["GHA", "2007", "down"]]
    assert len(episodes(found)) == 0


seeds = st.integers(0, 10_000)
laws = settings(max_examples=30)


@laws
@given(seeds, st.floats(0.02, 0.12), st.floats(0.0, 0.4))
def test_phases_follow_one_another_without_gap_or_overlap(seed, swing, lost):
    rng = np.random.default_rng(seed)
    walk = np.clip(0.4 + np.cumsum(rng.normal(0, swing, (3, 30)), axis=1), 0, 1)
    walk[rng.random(walk.shape) < lost] = NAN
    found = follow(walk)
    turns, table = turning_points(found), episodes(found)
    assert (turns["known"] >= turns["period"]).all()
    assert turns["sure"].between(0, 1).all()
    ups = turns[turns["turn"] == "up"]
    assert set(table["unit"]) == set(ups["unit"])
    level = pd.DataFrame(found["risk"].smoothed.level.T, found.periods, found.units)
    last_end = {}
    for (unit, _), phases in table.groupby(["unit", "episode"], sort=False):
        start, end = phases["first"].iloc[0], phases["last"].iloc[-1]
        assert start in set(ups.loc[ups["unit"] == unit, "period"])
        assert unit not in last_end or start > last_end[unit]
        last_end[unit] = end
        assert (phases["first"] <= phases["last"]).all()
        gone = [
            b.ordinal - a.ordinal
            for a, b in zip(phases["last"], phases["first"].iloc[1:], strict=False)
        ]
        assert set(gone) <= {1}
        order = [PHASES.index(phase) for phase in phases["phase"]]
        assert order == sorted(set(order))
        assert phases["phase"].iloc[0] == "onset"
        course = level.loc[start:end, unit]
        base, peak = phases["base"].iloc[0], phases["peak"].iloc[0]
        assert peak == course.max()
        assert base == level[unit].shift().loc[start]
        left = (course - base) / (peak - base)
        assert (
            left.iloc[1:-1] > 0.25 * (course.cummax().iloc[1:-1] - base) / (peak - base) - 1e-12
        ).all()
        mine = table.loc[table["unit"] == unit, "episode"]
        last = phases["episode"].iloc[0] == mine.max()
        if last:
            assert bool(phases["open"].iloc[0]) == bool(left.iloc[-1] > 0.25)
        else:  # what another turn upwards ended is not open
            assert not phases["open"].any()
        if phases["open"].iloc[0]:
            seen = np.flatnonzero(~np.isnan(walk[found.unit(unit)]))
            assert end == found.periods[seen[-1]]
        # the plateau is from the first to the last period with 0.9 of the rise, but for the onset
        spans_of = phases.set_index("phase")
        high = left.index[left >= 0.9]
        if "plateau" in spans_of.index:
            row = spans_of.loc["plateau"]
            assert (row["first"], row["last"]) == (max(high[0], start + 1), high[-1])
        else:
            assert high[-1] == start
        half = left.index[(left <= 0.5) & (left.index > high[-1])]
        assert ("recovery" in spans_of.index) == (len(half) > 0)
        if len(half):
            assert spans_of.loc["recovery", "first"] == half[0]
    # an upward turn that begins no episode falls into one
    for row in ups.itertuples():
        own = table[table["unit"] == row.unit]
        assert ((own["first"] <= row.period) & (row.period <= own["last"])).any()


@laws
@given(hnp.arrays(float, (2, 15), elements=st.floats(0.0, 0.5)))
def test_the_mirror_image_turns_the_other_way(table):
    one, two = (turning_points(follow(t)) for t in (table, 1.0 - table))
    assert one["period"].tolist() == two["period"].tolist()
    assert (one["turn"] == "up").tolist() == (two["turn"] == "down").tolist()
    np.testing.assert_allclose(one["sure"].to_numpy(float), two["sure"].to_numpy(float), atol=1e-6)


@laws
@given(hnp.arrays(float, 15, elements=st.floats(0.0, 1.0)), st.integers(2, 14))
def test_a_turn_that_is_known_stays_known(course, until):
    whole, then = turning_points(follow(course)), turning_points(follow(course[:until]))
    known = whole[whole["known"] <= pd.Period(str(2000 + until), "Y")]
    assert dates(known) == dates(then)


@pytest.mark.parametrize(
    "course",
    [[0.2] * 4 + [0.3, 0.4, 0.5, 0.5], [0.2] * 4 + [0.3, 0.5, 0.5, 0.5, 0.45, 0.4]],
)
def test_an_episode_ends_with_the_last_score(course):
    ended, gone_on = (episodes(follow(c)) for c in (course, course + [NAN] * 8))
    assert spans(ended) == spans(gone_on)
    assert gone_on["open"].all()
