"""Regions and divergence: by hand on a small map, laws, and the world."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from r2prisk import Profile, load_source, score
from r2prisk.errors import InputError
from r2prisk.trajectories import movements, trajectories
from r2prisk.trajectories.regional import divergence, regional

NAN = np.nan
WEST = ("GMB", "MLI", "SEN")  # all of them in Western Africa
ratings = st.floats(0.0, 1.0).map(lambda x: round(x, 3))
people = st.integers(1, 10**9).map(float)


def table(rows, first="2001", freq="Y"):
    """Scores by unit, one list of values each; None where there is no row."""
    length = len(next(iter(rows.values())))
    periods = pd.period_range(first, periods=length, freq=freq)
    cells = [
        (unit, period, value)
        for unit, row in rows.items()
        for period, value in zip(periods, row, strict=True)
        if value is not None
    ]
    frame = pd.DataFrame(cells, columns=["unit", "period", "risk"])
    return frame.set_index(["unit", "period"])


def follow(rows, **how):
    return trajectories(table(rows, **how), of=["risk"])


def west(found, **how):
    return regional(found, by="subregion", **how).frame.loc["Western Africa"]


def shifted(found, which="filtered"):
    """Level and its variance of each unit, as a frame by unit."""
    states = getattr(found["risk"], which)
    return dict(zip(found.units, zip(states.level, states.var_level, strict=True), strict=True))


# --- by hand ------------------------------------------------------------------------------------


def test_the_mean_and_its_deviation_are_visible_arithmetic():
    found = follow({"GMB": [0.1], "MLI": [0.5], "SEN": [0.3]})
    row = west(found).loc["2001"]
    # the first value is the level; each error is independent: sd / sqrt(3)
    sd = sqrt(shifted(found)["GMB"][1][0])
    assert row["risk_level"] == pytest.approx((0.1 + 0.5 + 0.3) / 3)
    assert row["risk_level_sd"] == pytest.approx(sd / sqrt(3))
    assert row["risk_units"] == 3
    assert np.isnan(row[["risk_slope", "risk_slope_sd", "risk_movement"]].astype(float)).all()
    assert row["risk_movement_units"] == 0


def test_population_weights_the_mean_and_its_deviation():
    found = follow({"GMB": [0.1], "MLI": [0.5], "SEN": [0.3]})
    row = west(found, weights=pd.Series({"GMB": 1.0, "MLI": 3.0, "SEN": 6.0})).loc["2001"]
    sd = sqrt(shifted(found)["GMB"][1][0])
    assert row["risk_level"] == pytest.approx(0.1 * 0.1 + 0.3 * 0.5 + 0.6 * 0.3)
    assert row["risk_level_sd"] == pytest.approx(sd * sqrt(0.1**2 + 0.3**2 + 0.6**2))
    assert row["weighting"] == "population: one number a unit, the same in every period"


def test_of_counts_the_states_of_the_year_and_territories_that_have_the_score():
    found = follow({"GMB": [0.1], "SEN": [0.3]})
    # Western Africa: sixteen states; Saint Helena is a territory and counts once it has a score
    assert west(found).loc["2001", "risk_of"] == 16
    assert west(found).loc["2001", "risk_weight_share"] == pytest.approx(2 / 16)
    assert west(follow({"GMB": [0.1], "SHN": [0.3]})).loc["2001", "risk_of"] == 17
    # in 1950 Liberia alone was independent there
    assert west(follow({"LBR": [0.1]}, first="1950")).loc["1950", "risk_of"] == 1


def test_the_share_of_the_weight_counts_units_that_are_not_followed():
    found = follow({"GMB": [0.1], "SEN": [0.3]})
    row = west(found, weights=pd.Series({"GMB": 2.0, "SEN": 3.0, "NGA": 15.0})).loc["2001"]
    assert row["risk_weight_share"] == pytest.approx((2 + 3) / (2 + 3 + 15))
    assert row["risk_level"] == pytest.approx((2 * 0.1 + 3 * 0.3) / 5)


def test_entry_and_exit_are_no_movement():
    flat = {"GMB": [0.1] * 8, "SEN": [None, None, None, 0.9, 0.9, 0.9, 0.9, None]}
    frame = west(follow(flat))
    assert frame["risk_units"].tolist() == [1, 1, 1, 2, 2, 2, 2, 1]
    assert frame["risk_level"].tolist() == pytest.approx([0.1] * 3 + [0.5] * 4 + [0.1])
    # three periods of its own make a movement: Senegal has one in 2007 alone
    assert frame["risk_movement_units"].tolist() == [0, 0, 0, 1, 1, 1, 2, 1]
    assert frame["risk_movement"].tolist()[3:] == pytest.approx([0.0] * 5, abs=1e-12)
    assert frame["risk_slope"].tolist()[1:] == pytest.approx([0.0] * 7, abs=1e-12)


def test_a_unit_in_a_gap_does_not_enter():
    frame = west(follow({"GMB": [0.1, 0.1, 0.1], "SEN": [0.9, None, 0.9]}))
    assert frame["risk_units"].tolist() == [2, 1, 2]
    assert frame["risk_level"].tolist() == pytest.approx([0.5, 0.1, 0.5])


def test_a_population_is_the_last_known_and_never_a_later_one():
    found = follow({"GMB": [0.0] * 4, "SEN": [1.0] * 4})
    counts = {("GMB", 1999): 1.0, ("SEN", 1999): 1.0, ("SEN", 2002): 3.0, ("SEN", 2004): NAN}
    given_years = pd.Series(counts).rename_axis(["unit", "period"])
    frame = west(found, weights=given_years)
    assert frame["risk_level"].tolist() == pytest.approx([1 / 2, 3 / 4, 3 / 4, 3 / 4])
    # from 2003 on: before that Senegal has no population and does not enter
    late = given_years.drop([("SEN", 1999), ("SEN", 2002)]).copy()
    late[("SEN", 2003)] = 3.0
    result = regional(found, by="subregion", weights=late)
    assert result.frame["risk_level"].tolist() == pytest.approx([0.0, 0.0, 3 / 4, 3 / 4])
    assert result.frame["risk_units"].tolist() == [1, 1, 2, 2]
    assert result.weighting == "population: the last known at or before each period"
    assert "without population in their first periods: SEN" in result.left_out


def test_a_quarter_takes_the_population_of_its_year():
    found = follow({"GMB": [0.0, 0.0], "SEN": [1.0, 1.0]}, first="2001Q4", freq="Q")
    counts = {("GMB", "2000"): 1.0, ("SEN", "2000"): 1.0, ("SEN", "2002"): 3.0}
    frame = west(found, weights=pd.Series(counts).rename_axis(["unit", "period"]).to_frame("n"))
    assert frame["risk_level"].tolist() == pytest.approx([1 / 2, 3 / 4])


def test_units_without_a_region_or_a_population_are_named():
    found = follow({"GMB": [0.1], "SEN": [0.3], "XDA": [0.9], "XKX": [0.2]})
    equal = regional(found, by="un_group")
    assert equal.left_out == ("in no un_group: XDA, XKX",)
    assert equal.frame.index.unique("region").tolist() == ["African Group"]
    weighed = regional(found, by="subregion", weights=pd.Series({"GMB": 1.0, "XKX": 2.0}))
    assert weighed.left_out[:2] == ("in no subregion: XDA", "without population: SEN")
    assert weighed.left_out[2].startswith("without scores and population, and not in the share")
    assert weighed.frame.loc[("Western Africa", "2001"), "risk_level"] == pytest.approx(0.1)


def test_a_result_shows_itself():
    found = follow({"GMB": [0.1] * 4, "SEN": [0.3] * 4, "XKX": [0.2, None, None, None]})
    result = regional(found, by="un_group")
    text, page = repr(result), result._repr_html_()
    assert text.startswith("Regional trajectories by un_group: 1 groups, 4 periods (2001 to 2004)")
    assert "African Group  2004    0.200 (" in text
    assert "2 of 53" in text
    assert "in no un_group: XKX" in text
    assert "<td" in page
    assert "in no un_group: XKX" in page


def test_divergence_is_from_the_region_without_the_unit():
    found = follow({"GMB": [0.1] * 4, "MLI": [0.5] * 4, "SEN": [0.2, 0.22, 0.24, 0.26]})
    weights = pd.Series({"GMB": 1.0, "MLI": 3.0, "SEN": 6.0})
    frame = divergence(found, by="subregion", weights=weights)
    level = shifted(found)
    move = movements(found, "risk")
    row = frame.loc[("SEN", "2004")]
    spread = sqrt(
        level["SEN"][1][3] + (1 / 4) ** 2 * level["GMB"][1][3] + (3 / 4) ** 2 * level["MLI"][1][3]
    )
    away = level["SEN"][0][3] - (1 * level["GMB"][0][3] + 3 * level["MLI"][0][3]) / 4
    assert row["region"] == "Western Africa"
    assert row["others"] == 2
    assert row["level"] == pytest.approx(away)
    assert row["level_sd"] == pytest.approx(spread)
    assert row["above"] == pytest.approx(stats.norm.cdf(away / spread))
    # the flat ones do not move: what is left is Senegal's own movement, 0.02 a year
    moved_sd = sqrt(
        (move.deviation[2, 3]) ** 2
        + (1 / 4) ** 2 * move.deviation[0, 3] ** 2
        + (3 / 4) ** 2 * move.deviation[1, 3] ** 2
    )
    assert row["movement"] == pytest.approx(move.mean[2, 3], abs=1e-9)
    assert row["movement_sd"] == pytest.approx(moved_sd)
    assert row["pulling_away"] == pytest.approx(stats.norm.sf((0.015 - row["movement"]) / moved_sd))
    assert 0.5 < row["pulling_away"] < 0.95
    assert frame.loc[("GMB", "2004"), "pulling_away"] < 0.05


def test_a_gap_has_no_divergence_and_is_compared_with_nobody():
    found = follow({"GMB": [0.1] * 3, "SEN": [0.3, None, 0.3]})
    frame = divergence(found, by="subregion")
    assert len(frame.loc["SEN"]) == 2
    assert frame.loc["GMB", "others"].tolist() == [1, 0, 1]


def test_a_unit_alone_or_without_a_region_has_no_divergence():
    frame = divergence(
        follow({"GMB": [0.1, 0.1], "SEN": [None, 0.3], "XDA": [0.5, 0.5]}), by="subregion"
    )
    assert frame.index.get_level_values("unit").tolist() == ["GMB", "GMB", "SEN", "XDA", "XDA"]
    assert frame["others"].tolist() == [0, 1, 1, 0, 0]
    assert frame["level"].isna().tolist() == [True, False, False, True, True]
    assert frame["above"].isna().tolist() == [True, False, False, True, True]
    assert frame["region"].tolist()[:3] == ["Western Africa"] * 3
    assert frame["region"].isna().tolist() == [False] * 3 + [True] * 2


def test_a_unit_without_population_is_compared_and_does_not_enter():
    found = follow({"GMB": [0.1], "MLI": [0.9], "SEN": [0.3]})
    frame = divergence(found, by="subregion", weights=pd.Series({"GMB": 1.0, "SEN": 1.0}))
    assert frame["level"].tolist() == pytest.approx([0.1 - 0.3, 0.9 - 0.2, 0.3 - 0.1])
    assert frame["others"].tolist() == [1, 2, 1]


# --- what is refused ----------------------------------------------------------------------------


def test_every_fault_of_a_population_is_named_at_once():
    found = follow({"GMB": [0.1], "SEN": [0.3]})
    rows = [
        ("GMB", 2001, -5.0),
        ("SEM", 2001, 3.0),
        ("SEN", 2001, 0.0),
        ("SEN", 2001, 2.0),
        ("MLI", "x", 1.0),
        ("NGA", 2001, np.inf),
    ]
    column = pd.DataFrame(rows, columns=["unit", "period", "n"]).set_index(["unit", "period"])["n"]
    with pytest.raises(InputError) as caught:
        regional(found, by="subregion", weights=column)
    problems = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 6
    assert "unit 'SEM' is not known; did you mean" in problems
    assert "population GMB 2001 -5.0 is not a number above 0" in problems
    assert "population SEN 2001 0.0 is not a number above 0" in problems
    assert "population NGA 2001 inf is not a number above 0" in problems
    assert "population SEN 2001 2.0 stands more than once" in problems
    assert "'x' is not a year" in problems


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ("equall", "'equall' is not 'equal' or a population; did you mean 'equal'?"),
        ({"GMB": 1.0}, "need 'equal' or a Series; found dict"),
        (pd.DataFrame({"a": [1.0], "b": [2.0]}, index=["GMB"]), "found a, b"),
        (pd.Series([1.0], index=pd.Index(["GMB"], name="iso3")), "found iso3"),
        (pd.Series(["many"], index=["GMB"]), "population GMB many is not a number above 0"),
    ],
)
def test_other_weights_are_refused(weights, told):
    with pytest.raises(InputError) as caught:
        regional(follow({"GMB": [0.1]}), by="subregion", weights=weights)
    assert told in str(caught.value)


def test_other_groupings_scores_and_empty_regions_are_refused():
    found = follow({"XDA": [0.1]})
    with pytest.raises(InputError, match=r"grouping 'subregon' .*did you mean 'subregion'"):
        regional(found, by="subregon")
    with pytest.raises(InputError, match="no unit is in a region: XDA"):
        regional(found, by="region")
    with pytest.raises(InputError, match="no trajectory of 'risc'; did you mean 'risk'"):
        divergence(found, by="region", score="risc")


# --- laws ---------------------------------------------------------------------------------------

worlds = st.lists(st.lists(ratings, min_size=6, max_size=6), min_size=3, max_size=3)


@settings(max_examples=12)
@given(worlds)
def test_the_mean_of_the_trends_is_the_trend_of_the_mean(rows):
    """A filter is linear, and all units are known throughout."""
    for smoothed in (False, True):
        frame = west(follow(dict(zip(WEST, rows, strict=True))), smoothed=smoothed)
        one = follow({"SEN": np.mean(rows, axis=0).tolist()})
        alone = west(one, smoothed=smoothed)
        for what in ("level", "slope", "movement"):
            np.testing.assert_allclose(frame[f"risk_{what}"], alone[f"risk_{what}"], atol=1e-9)


@settings(max_examples=12)
@given(st.lists(ratings, min_size=5, max_size=5), people)
def test_a_region_of_one_unit_has_its_trend(row, count):
    found = follow({"SEN": row})
    frame = west(found, weights=pd.Series({"SEN": count}))
    own, move = found.to_frame().loc["SEN"], movements(found, "risk")
    for name in ("risk_level", "risk_level_sd", "risk_slope", "risk_slope_sd"):
        np.testing.assert_allclose(frame[name], own[name], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(frame["risk_movement"], move.mean[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(frame["risk_movement_sd"], move.deviation[0], rtol=1e-9)
    later, late = west(found, smoothed=True), movements(found, "risk", smoothed=True)
    np.testing.assert_allclose(later["risk_movement"], late.mean[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(later["risk_movement_sd"], late.deviation[0], rtol=1e-9)


@settings(max_examples=12)
@given(worlds, people)
def test_equal_populations_are_equal_weights(rows, count):
    found = follow(dict(zip(WEST, rows, strict=True)))
    means = [n for n in west(found).columns if n not in ("weighting", "risk_weight_share")]
    weights = pd.Series(dict.fromkeys(WEST, count))
    np.testing.assert_allclose(west(found, weights=weights)[means], west(found)[means], atol=1e-12)
    apart = divergence(found, by="subregion", weights=weights).drop(columns="region")
    np.testing.assert_allclose(
        apart, divergence(found, by="subregion").drop(columns="region"), atol=1e-9
    )


@settings(max_examples=12)
@given(worlds, st.permutations(WEST), st.lists(people, min_size=3, max_size=3))
def test_the_order_of_units_does_not_matter(rows, order, counts):
    frame, weights = (
        table(dict(zip(WEST, rows, strict=True))),
        pd.Series(dict(zip(WEST, counts, strict=True))),
    )
    other = pd.concat([frame.loc[[unit]] for unit in order])
    one, two = (trajectories(f, of=["risk"]) for f in (frame, other))
    pd.testing.assert_frame_equal(
        west(one, weights=weights), west(two, weights=weights[list(order)])
    )
    pd.testing.assert_frame_equal(divergence(one, by="region"), divergence(two, by="region"))


@settings(max_examples=12)
@given(worlds, st.integers(1, 5))
def test_later_periods_change_nothing_before(rows, kept):
    whole = follow(dict(zip(WEST, rows, strict=True)))
    part = follow({unit: row[:kept] for unit, row in zip(WEST, rows, strict=True)})
    early = west(whole).iloc[:kept]
    pd.testing.assert_frame_equal(early, west(part), check_freq=False)
    apart = divergence(whole, by="subregion")
    before = apart[apart.index.get_level_values("period") < whole.periods[kept]]
    pd.testing.assert_frame_equal(before, divergence(part, by="subregion"))


@settings(max_examples=12)
@given(worlds, st.lists(people, min_size=3, max_size=3))
def test_divergence_is_the_same_as_a_loop_over_units(rows, counts):
    found = follow(dict(zip(WEST, rows, strict=True)))
    frame = divergence(
        found, by="subregion", weights=pd.Series(dict(zip(WEST, counts, strict=True)))
    )
    level = found["risk"].filtered.level
    for n, unit in enumerate(WEST):
        rest = [m for m in range(3) if m != n]
        mean = np.average(level[rest], axis=0, weights=[counts[m] for m in rest])
        np.testing.assert_allclose(frame.loc[unit, "level"], level[n] - mean, atol=1e-6)


# --- the world ----------------------------------------------------------------------------------


def test_the_world_has_its_regions(data_folder):
    panel = load_source("pts", data_folder / "pts/PTS-2025.csv").select(first=1990, last=2010)
    plain = Profile.load("default").replace(missing={"band_coverage": 0.0})
    found = trajectories(score(panel, profile=plain), of=["risk"])
    result = regional(found, by="subregion")
    now = result.frame.xs("2000", level="period")
    assert now.loc["Northern Europe", "risk_level"] < now.loc["Middle Africa", "risk_level"]
    assert (now["risk_units"] <= now["risk_of"]).all()
    assert now.loc["Middle Africa", "risk_units"] == now.loc["Middle Africa", "risk_of"] == 9
    frame = divergence(found, by="subregion")
    assert frame.loc[("COD", "1998"), "above"] > 0.9
    assert frame.loc[("BWA", "2000"), "above"] < 0.5


def test_units_without_any_region_stand_apart_from_nobody():
    index = pd.MultiIndex.from_product(
        [["XDA", "XDB"], pd.period_range("2001", periods=2, freq="Y")], names=["unit", "period"]
    )
    found = trajectories(pd.DataFrame({"risk": 0.3}, index=index), of=["risk"])
    apart = divergence(found, by="subregion")
    assert apart["others"].tolist() == [0] * 4
    assert apart[["level", "movement", "above", "pulling_away"]].isna().all(axis=None)
