"""Words for where scores are heading: from made-up courses, then as laws."""

import dataclasses

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from r2prisk import InputError, Profile
from r2prisk.trajectories import erosion, movements, trajectories, words
from r2prisk.trajectories.words import Movement, word_of

NAN = np.nan
UNITS = ("GHA", "NOR", "SDN")
DEFAULT = Profile.load("default")
PROBABILITIES = ["rising", "falling", "stable", "volatile"]
RISE = [0.2, 0.2, 0.2, 0.2, 0.25, 0.3, 0.35, 0.4]
FLAT = [0.3, 0.305, 0.3, 0.295, 0.3, 0.305, 0.3, 0.295]
# back where it was three years before
SWING = [0.3, 0.55, 0.4] * 4


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


def last_word(name="risk", profile=None, **columns):
    found = trajectories(frame(**columns), of=[name], profile=profile)
    return words(found)["word"].iloc[-1]


# --- made-up courses ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("course", "word"),
    [
        (RISE, "escalating"),
        ([0.6 - x for x in RISE], "easing"),
        (FLAT, "stable"),
        ([0.3] * 8, "stable"),
        (SWING, "volatile"),
        (RISE[:3], "unknown"),
    ],
)
def test_each_word_has_its_course(course, word):
    assert last_word(risk=course) == word
    assert last_word("residual_risk", residual_risk=course) == word


@pytest.mark.parametrize(
    ("course", "word"),
    [
        (RISE, "strengthening"),
        ([0.6 - x for x in RISE], "eroding"),
        (FLAT, "stable"),
        ([0.3] * 8, "stable"),
    ],
)
def test_resilience_has_words_of_its_own(course, word):
    assert last_word("resilience", resilience=course) == word


def test_so_have_the_factors_of_resilience_and_not_those_of_risk():
    course = np.linspace(0.1, 0.9, 12)
    parts = {"RF1": course, "RF1_residual": course, "RF1_coverage": 0.5}
    parts |= {"SGS1": course, "SGS1_coverage": 0.5}
    found = words(trajectories(frame(**parts), of=["RF1", "SGS1"]))["word"]
    assert found.loc["RF1"].iloc[-1] == "escalating"
    assert found.loc["SGS1"].iloc[-1] == "strengthening"


def test_words_wait_until_a_score_is_a_window_old():
    table = words(trajectories(frame(risk=[NAN, NAN, *RISE]), of=["risk"]))
    assert len(table) == 8
    assert (table["word"] == "unknown").tolist() == [True] * 3 + [False] * 5
    assert table[PROBABILITIES].isna().all(axis=1).tolist() == [True] * 3 + [False] * 5
    assert table.index.names == ["score", "unit", "period"]


def test_the_window_is_one_of_years():
    months = np.linspace(0.2, 0.5, 48)
    found = words(trajectories(frame(risk=months, first="2001-01", freq="M"), of=["risk"]))
    assert (found["word"] == "unknown").sum() == 36
    # 0.3 in 47 months
    assert found["movement"].iloc[-1] == pytest.approx(0.3 / 47 * 12, abs=0.005)
    short = DEFAULT.replace(trends={"window": 1.0})
    found = words(trajectories(frame(risk=RISE), of=["risk"], profile=short))
    assert (found["word"] == "unknown").sum() == 1


def test_probabilities_are_the_tails_beyond_what_is_material():
    found = trajectories(frame(risk=RISE), of=["risk"])
    m = movements(found, "risk")
    for t in range(3, 8):
        normal = stats.norm(m.mean[0, t], m.deviation[0, t])
        assert m.rising[0, t] == pytest.approx(normal.sf(0.015))
        assert m.falling[0, t] == pytest.approx(normal.cdf(-0.015))
    level = found["risk"].smoothed.level[0]
    back = movements(found, "risk", smoothed=True).mean[0]
    assert back[3:] == pytest.approx((level[3:] - level[:-3]) / 3, abs=1e-6)


def test_movements_are_made_once_for_a_course_and_are_as_if_made_anew():
    found = trajectories(frame(risk=RISE), of=["risk"])
    first = movements(found, "risk")
    assert movements(found, "risk") is first
    # what was worked out for a course serves its copies in other trajectories, and no other profile
    assert movements(dataclasses.replace(found, provenance={}), "risk") is first
    course = dataclasses.replace(found["risk"])
    again = movements(dataclasses.replace(found, courses={"risk": course}), "risk")
    assert again is not first
    for field in dataclasses.fields(first):
        one, other = getattr(first, field.name), getattr(again, field.name)
        np.testing.assert_array_equal(one, other)
        assert not one.flags.writeable
    short = dataclasses.replace(found, profile=DEFAULT.replace(trends={"window": 1.0}))
    assert np.isnan(first.mean[0, 1])
    assert not np.isnan(movements(short, "risk").mean[0, 1])
    assert not np.isnan(movements(short, "risk", smoothed=True).mean[0, 1])
    assert movements(found, "risk") is first


def test_how_volatile_is_a_country_s_own_swings_beside_the_pooled_ones():
    found = trajectories(frame(risk=SWING), of=["risk"])
    m = movements(found, "risk")
    z = found["risk"].filtered.surprise[0]
    # four observations of size 1 stand for the others; the last six periods are its own
    total = 4 + np.nansum(z[6:12] ** 2)
    share = stats.chi2.cdf(total / 2.0**2, 4 + 6)
    rest = 1 - m.rising[0, 11] - m.falling[0, 11]
    assert m.volatile[0, 11] == pytest.approx(rest * share)
    assert m.stable[0, 11] == pytest.approx(rest * (1 - share))
    # in the fourth period two surprises have been seen
    share = stats.chi2.cdf((4 + np.nansum(z[:4] ** 2)) / 4, 4 + 2)
    rest = 1 - m.rising[0, 3] - m.falling[0, 3]
    assert m.volatile[0, 3] == pytest.approx(rest * share)


def test_gaps_are_no_swings():
    found = trajectories(frame(risk=[0.3, 0.31, 0.3, 0.33, NAN, NAN, NAN, NAN]), of=["risk"])
    m, z = movements(found, "risk"), found["risk"].filtered.surprise[0]
    # the third and the fourth score were forecast, the two years after them were not
    share = stats.chi2.cdf((4 + z[2] ** 2 + z[3] ** 2) / 2.0**2, 4 + 2)
    rest = 1 - m.rising[0, 5] - m.falling[0, 5]
    assert m.volatile[0, 5] == pytest.approx(rest * share)
    # a window after the last score nothing is known any more
    assert np.isnan([m.rising[0, 6:], m.falling[0, 6:], m.volatile[0, 6:]]).all()


# --- what was rated is no movement --------------------------------------------------------------


def rated_anew(course, **coverage):
    parts = dict.fromkeys(coverage, 0.1) | {f"{k}_residual": 0.1 for k in coverage}
    return frame(risk=course, **parts, **{f"{k}_coverage": c for k, c in coverage.items()})


@pytest.mark.parametrize("step", [0.2, -0.2, 0.5])
def test_a_change_in_what_was_rated_is_neither_escalating_nor_easing(step):
    course = [0.3] * 6 + [0.3 + step] * 6
    anew = rated_anew(course, RF1=[1.0] * 6 + [0.0] * 6, RF2=[0.0] * 6 + [1.0] * 6)
    same = rated_anew(course, RF1=[1.0] * 12, RF2=[0.0] * 12)
    told, believed = (words(trajectories(t, of=["risk"])) for t in (anew, same))
    assert not set(told["word"]) & {"escalating", "easing"}
    assert (told[["rising", "falling"]].max(axis=1).iloc[6:] < 0.5).all()
    way = "escalating" if step > 0 else "easing"
    assert believed["word"].iloc[6] == way
    # as known now, too
    back = words(trajectories(anew, of=["risk"]), smoothed=True)
    assert not set(back["word"]) & {"escalating", "easing"}


# --- erosion ------------------------------------------------------------------------------------


def test_erosion_is_falling_resilience_while_risk_is_flat():
    falling = [0.8, 0.8, 0.8, 0.8, 0.7, 0.6, 0.5, 0.4]
    flat, rising, up = (
        trajectories(
            frame(risk=risk, resilience=resilience, residual_risk=0.2), of=["risk", "resilience"]
        )
        for risk, resilience in (([0.3] * 8, falling), (RISE, falling), ([0.3] * 8, RISE))
    )
    chance = erosion(flat)[0]
    assert np.isnan(chance[:3]).all()
    assert chance[3] < 0.1
    assert (chance[5:] > 0.8).all()
    assert erosion(rising)[0, 7] < 0.2
    assert erosion(up)[0, 7] < 0.01
    risk, resilience = (movements(flat, name) for name in ("risk", "resilience"))
    np.testing.assert_allclose(chance, (resilience.falling * (1 - risk.rising - risk.falling))[0])
    late = erosion(flat, smoothed=True)[0]
    assert late[7] == pytest.approx(chance[7])
    assert late[5] != chance[5]


def test_erosion_needs_both():
    found = trajectories(frame(risk=RISE), of=["risk"])
    with pytest.raises(InputError, match="no trajectory of 'resilience'"):
        erosion(found)
    with pytest.raises(InputError, match="no trajectory of 'risc'; did you mean 'risk'"):
        movements(found, "risc")


# --- laws ---------------------------------------------------------------------------------------

cells = st.one_of(st.just(NAN), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
courses = hnp.arrays(float, st.tuples(st.integers(1, 3), st.integers(5, 12)), elements=cells)
names = st.sampled_from(["risk", "resilience", "residual_risk", "RF1"])
laws = settings(max_examples=30)


@laws
@given(courses, names, st.booleans())
def test_the_four_probabilities_are_shares_of_one(table, name, smoothed):
    told = words(trajectories(frame(**{name: table}), of=[name]), smoothed=smoothed)
    chances = told[PROBABILITIES].dropna()
    # to the rounding of 1 - rising - falling
    assert ((chances >= -1e-12) & (chances <= 1 + 1e-12)).all(axis=None)
    assert chances.sum(axis=1).to_numpy() == pytest.approx(np.ones(len(chances)))
    assert (told["word"].eq("unknown") == told[PROBABILITIES].isna().any(axis=1)).all()
    known = told[told["word"] != "unknown"]
    best = known[PROBABILITIES].to_numpy().argmax(axis=1)
    ways = ("strengthening", "eroding") if name == "resilience" else ("escalating", "easing")
    assert known["word"].tolist() == [(*ways, "stable", "volatile")[n] for n in best]


@laws
@given(courses, names, st.integers(1, 11))
def test_words_do_not_change_when_later_scores_are_added(table, name, until):
    whole = words(trajectories(frame(**{name: table}), of=[name]))
    then = words(trajectories(frame(**{name: table[:, :until]}), of=[name]))
    same = whole.loc[then.index]
    assert same["word"].tolist() == then["word"].tolist()
    columns = ["movement", "movement_sd", *PROBABILITIES]
    np.testing.assert_allclose(same[columns], then[columns], rtol=1e-9, atol=1e-12)


@laws
@given(hnp.arrays(float, (2, 8), elements=st.floats(0.0, 0.5)))
def test_the_mirror_image_has_the_mirrored_words(table):
    one, two = (
        movements(trajectories(frame(risk=t), of=["risk"]), "risk") for t in (table, 1.0 - table)
    )
    np.testing.assert_allclose(one.rising, two.falling, atol=1e-9)
    np.testing.assert_allclose(one.volatile, two.volatile, atol=1e-9)


def test_what_is_unknown_in_part_has_no_word():
    one, none = np.array([[1.0]]), np.array([[NAN]])
    made = Movement(one, one, 0.4 * one, 0.3 * one, none, none)
    assert word_of(made, resilient=False).tolist() == [["unknown"]]


@pytest.mark.parametrize("course", [[0.3, NAN, NAN, NAN, NAN], [0.3, NAN, NAN, NAN, 0.31]])
def test_one_score_and_then_nothing_is_not_escalating(course):
    found = trajectories(frame(risk=course), of=["risk"])
    told = words(found).loc[("risk", "GHA")]
    # a window after the only score its level is no longer known: the fourth year has no row
    assert pd.Period("2004", "Y") not in told.index
    assert told["word"].loc["2001":"2003"].tolist() == ["unknown"] * 3
    assert told[PROBABILITIES].loc["2001":"2003"].isna().all(axis=None)
    m = movements(found, "risk")
    assert np.isnan([m.mean[0, :4], m.rising[0, :4], m.falling[0, :4]]).all()
    # nor does a second score that is hardly higher make it a rise
    assert "escalating" not in told["word"].tolist()


def test_resilience_that_was_scored_once_is_not_eroding():
    table = frame(risk=[0.3] * 6, resilience=[0.5, NAN, NAN, NAN, NAN, NAN])
    found = trajectories(table, of=["risk", "resilience"])
    assert not (erosion(found)[0] > 0.1).any()
