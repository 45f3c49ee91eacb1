"""The audit against SciPy, against scoring again, and against instruments made unsound on purpose."""

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from r2prisk import CellState, InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.regions import region_of
from r2prisk.scoring.audit import audit
from r2prisk.scoring.audit.about import columns_about
from r2prisk.scoring.audit.double import Pairs
from r2prisk.scoring.audit.measures import (
    alpha,
    clustered,
    correlation_ratio,
    correlation_ratios,
    correlations,
    reversed_pairs,
    standings,
)
from r2prisk.scoring.audit.removal import (
    gathered,
    halves,
    shifts,
    without_factors,
    without_indicators,
    without_units,
)
from r2prisk.scoring.audit.show import sentences
from r2prisk.scoring.audit.weights import effective_weights

DEFAULT = Profile.load("default")
NAMES = [
    i.id
    for name in ("un-foa-2014", "sg-resilience-2013")
    for factor in load_framework(name).factors
    for i in factor.indicators[:2]
]
FEW = ("1.1", "3.1", "3.2", "SGS1.1")
UNITS = ["BOL", "CHL", "CRI", "DNK", "EGY", "FJI", "FRA", "GHA", "GTM", "IND", "ITA", "JPN"]
UNITS += ["KEN", "MMR", "NAM", "NOR", "NZL", "PER", "SDN", "SYR", "THA", "UGA", "USA", "VNM"]


@functools.cache
def frame_of(seed=0, years=(2003,), unknown=0.3, names=tuple(NAMES)):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.random((len(UNITS) * len(years), len(names))), columns=list(names))
    frame = frame.mask(rng.random(frame.shape) < unknown).round(2)
    frame.insert(0, "unit", np.repeat(UNITS, len(years)))
    frame.insert(1, "year", list(years) * len(UNITS))
    return frame


@functools.cache
def made(*given, **options):
    panel = read_panel(frame_of(*given, **options))
    states = panel.states.copy()
    states[2, panel.indicators.index("3.2")] = CellState.NOT_APPLICABLE
    ratings = np.where(states == CellState.NOT_APPLICABLE, np.nan, panel.ratings)
    return dataclasses.replace(panel, states=states, ratings=ratings)


@functools.cache
def looked():
    return audit(score(made()))


def rows_of(panel):
    return pd.factorize(panel.index.get_level_values("period"), sort=True)[0]


# measures


def test_standings_give_spearman_with_ties():
    rng = np.random.default_rng(1)
    values = rng.integers(0, 5, (30, 2)).astype(float)
    found, rows = correlations(standings(values, np.zeros(30, dtype=int)))
    assert found[0, 1] == pytest.approx(spearmanr(values[:, 0], values[:, 1]).statistic)
    assert rows[0, 1] == 30


def test_standings_look_no_further_than_the_period():
    values = np.array([[1.0], [2.0], [101.0], [102.0], [103.0]])
    placed = standings(values, np.array([0, 0, 1, 1, 1]))[:, 0]
    np.testing.assert_allclose(placed, [-0.25, 0.25, -1 / 3, 0, 1 / 3])


def test_correlations_take_the_rows_that_both_have():
    rng = np.random.default_rng(2)
    values = rng.random((40, 3))
    values[rng.random(values.shape) < 0.3] = np.nan
    found, rows = correlations(values)
    for a, b in ((0, 1), (0, 2), (1, 2)):
        both = ~np.isnan(values[:, [a, b]]).any(axis=1)
        assert rows[a, b] == both.sum()
        assert found[a, b] == pytest.approx(np.corrcoef(values[both][:, [a, b]].T)[0, 1])


def test_correlations_of_too_few_or_of_nothing_that_varies_are_unknown():
    values = np.column_stack([np.arange(9.0), np.arange(9.0)])
    assert np.isnan(correlations(values)[0]).all()
    flat = np.column_stack([np.arange(12.0), np.ones(12)])
    assert np.isnan(correlations(flat)[0][0, 1])


def test_alpha_by_hand():
    # variances 1/6 each; covariances 1/12, 1/12 and 1/6, 1/9 on average:
    # 3 x 1/9 / (1/6 + 2 x 1/9) = 6/7
    columns = np.tile([[0, 0.5, 0], [0.5, 0, 0.5], [1, 1, 1]], (4, 1))
    assert alpha(columns) == pytest.approx(6 / 7)
    # the usual way to write it: k / (k - 1) x (1 - sum of variances / variance of the sum)
    rng = np.random.default_rng(0)
    columns = rng.random((50, 4)) + rng.random((50, 1))
    parts, whole = columns.var(axis=0).sum(), columns.sum(axis=1).var()
    assert alpha(columns) == pytest.approx(4 / 3 * (1 - parts / whole))


def test_alpha_of_copies_strangers_and_one():
    rng = np.random.default_rng(0)
    one = rng.random((500, 1))
    assert alpha(np.repeat(one, 4, axis=1)) == pytest.approx(1.0)
    assert abs(alpha(rng.random((5000, 4)))) < 0.1
    assert np.isnan(alpha(one))


def test_the_correlation_ratio_of_straight_curved_and_strange():
    rng = np.random.default_rng(0)
    x = rng.random(2000)
    assert correlation_ratio(x, 3 * x) > 0.99
    assert correlation_ratio(x, (x - 0.5) ** 2) > 0.98
    assert correlation_ratio(x, rng.random(2000)) < 0.02
    # x explains half of the variance of x + y
    assert correlation_ratio(x, x + rng.random(2000)) == pytest.approx(0.5, abs=0.05)
    assert np.isnan(correlation_ratio(x, np.ones(2000)))


def test_the_correlation_ratio_by_hand():
    # 20 rows in 4 parts of 5; equals stay together, in the part where the middle of their ranks is
    x = np.array([0, 1, 2, 3, 4, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19.0])
    y = x + 3 * (np.arange(20) % 4)
    parts = np.repeat([0, 1, 2, 3], 5)
    parts[[4, 5]] = 1  # middle of the ranks: 4 + 2/2 of 20 rows, from which the second part begins
    means = pd.Series(y).groupby(parts).transform("mean")
    left = ((y - means) ** 2).sum() / ((y - y.mean()) ** 2).sum()
    wanted = 1 - left * 19 / 16
    assert 0 < wanted < 1
    assert correlation_ratio(x, y) == pytest.approx(wanted)


def test_rows_that_count_twice_are_rows_twice():
    rng = np.random.default_rng(4)
    x = rng.random(60)
    y = x + rng.random(60)
    weights = np.stack([np.ones(60), np.full(60, 2.0), np.arange(60) % 2.0], axis=1)
    one, two, odd = correlation_ratios(x, y, np.arange(60), weights)
    assert one == pytest.approx(correlation_ratio(x, y))
    assert two == pytest.approx(one)
    # of half of the rows, in the parts of all of them: 12 parts, 30 rows
    part = np.floor((x.argsort().argsort() + 0.5) / 60 * 12)[1::2]
    some = pd.Series(y[1::2])
    within = ((some - some.groupby(part).transform("mean")) ** 2).sum()
    left = within / ((some - some.mean()) ** 2).sum()
    assert odd == pytest.approx(1 - left * 29 / (30 - len(np.unique(part))))


def test_years_of_one_country_are_not_new_evidence():
    rng = np.random.default_rng(3)
    x, y = rng.random((2, 40))
    once = clustered(x, y, np.arange(40), np.random.default_rng(0))
    again = clustered(
        np.tile(x, 5), np.tile(y, 5), np.tile(np.arange(40), 5), np.random.default_rng(0)
    )
    np.testing.assert_allclose(once, again, atol=1e-12)
    apart = clustered(np.tile(x, 5), np.tile(y, 5), np.arange(200), np.random.default_rng(0))
    assert apart[2] - apart[1] < 0.6 * (once[2] - once[1])


def test_intervals_of_correlations_hold_the_truth():
    rng = np.random.default_rng(5)
    held = []
    for _ in range(60):
        x = rng.normal(size=80)
        y = 0.5 * x + np.sqrt(0.75) * rng.normal(size=80)
        _, low, high = clustered(x, y, np.arange(80), rng)
        held.append(low <= 0.5 <= high)
    assert np.mean(held) > 0.85


def test_intervals_of_correlations_are_of_95_per_cent():
    x, y = np.random.default_rng(6).normal(size=(2, 4000))
    _, low, high = clustered(x, y, np.arange(4000), np.random.default_rng(0))
    # no correlation: a standard error of 1 / sqrt(n), 1.96 of them either way (1.64 for 90)
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(4000), rel=0.08)


def test_reversed_pairs_by_hand():
    before = np.array([0.1, 0.2, 0.3, 0.4, np.nan])
    after = np.array([[0.1, 0.4], [0.2, 0.3], [0.2, 0.2], [0.4, np.nan], [0.5, 0.5]])
    turned, pairs = reversed_pairs(before, after, np.array([0, 0, 0, 0, 0]))
    # a tie does not turn; without the fourth unit there are three pairs, and all turn
    assert turned.tolist() == [0, 3]
    assert pairs.tolist() == [6, 3]
    turned, pairs = reversed_pairs(before, after, np.array([0, 0, 1, 1, 1]))
    assert (turned.tolist(), pairs.tolist()) == ([0, 1], [2, 1])
    near = np.array([[0.301, 0.3 + 1e-12], [0.3, 0.3]])
    turned, _ = reversed_pairs(np.array([0.3, 0.301]), near, np.zeros(2, dtype=int))
    assert turned.tolist() == [1, 0]


# taking away


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"exponents": {"within": 3.0, "across": 2.0}, "missing": {"rule": "prior"}},
        {"missing": {"rule": "as-absent"}, "weights": {"factors": {"RF2": 3.0, "SGS1": 0.0}}},
    ],
)
def test_what_is_taken_away_is_as_if_it_weighed_nothing(changes):
    panel, profile = made(), DEFAULT.replace(name="x", **changes)
    scores = score(panel, profile=profile)
    for half in halves(panel, scores):
        whole = gathered(half.levels, half.weights, scores.sums.across)
        np.testing.assert_allclose(whole, half.score, atol=1e-12)
        names, after = without_indicators(panel, half, scores)
        weights = profile.weights.indicators
        for name in names[::9]:
            less = profile.replace(weights={"indicators": {**weights, name: 0.0}})
            again = score(panel, profile=less).to_frame()[half.name]
            np.testing.assert_allclose(after[:, names.index(name)], again, atol=1e-12)
        gone = without_factors(half, scores.sums.across)
        for k in (0, 2):
            of = {**profile.weights.factors, half.factors[k]: 0.0}
            again = score(panel, profile=profile.replace(weights={"factors": of})).to_frame()
            np.testing.assert_allclose(gone[:, k], again[half.name], atol=1e-12)


def test_shifts_by_hand():
    panel = made(names=("1.1", "3.2"), unknown=0.0)
    half = halves(panel, score(panel))[0]
    half = dataclasses.replace(half, score=np.arange(24.0))
    after = np.stack([np.arange(24.0)[::-1], np.arange(24.0)], axis=1)
    after[3, 1] = np.nan
    found = shifts(half, after, panel.index, rows_of(panel))
    # turned round, ranks move by 23, 21, ... 1, 1, ... 23: 12 on average, and every pair turns
    assert found["mean_shift"].tolist() == [12.0, 0.0]
    assert found["largest_shift"].tolist() == [23.0, 0.0]
    assert found["whose"][0] == "BOL 2003"
    assert found["reversed"].tolist() == [1.0, 0.0]
    assert found["lost"].tolist() == [0, 1]


def test_no_unit_changes_the_order_of_the_others():
    period, units, turned, compared, change = looked().units_dropped
    assert (period, units, turned, change) == ("2003", 24, 0, 0.0)
    assert compared == 24 * 23 * 22 // 2


def test_units_that_would_turn_the_others_are_counted():
    panel = made()
    scores = score(panel)
    # as if scores had been the other way round with all units in place
    sheet = dataclasses.replace(scores.sheet, risk=1 - scores.sheet.risk)
    published = dataclasses.replace(scores, sheet=sheet)
    rows = np.arange(6)
    turned, compared, change = without_units(panel, published, rows)
    assert turned == compared == 6 * 5 * 4 // 2
    assert change == pytest.approx(np.abs(1 - 2 * scores.sheet.risk[0, rows]).max())


def test_units_are_dropped_in_the_last_period_that_most_have():
    panel = made(names=FEW, years=(2003, 2004))
    late = panel.index.get_level_values("period").astype(str) == "2004"
    few = panel.index[~late | (np.cumsum(late) <= 3)]
    found = audit(score(read_panel(panel.to_frame().loc[few].reset_index())))
    assert found.units_dropped[:2] == ("2003", 24)


# double counting


def twin(**changes):
    frame = frame_of().copy()
    for name, values in changes.items():
        frame[name.replace("_", ".")] = values
    return read_panel(frame)


def test_one_variable_on_both_sides_is_found():
    level = np.linspace(0, 1, 24)
    found = audit(score(twin(**{"5_1": level, "SGS5_1": 1 - level**2}))).to_frame("double counting")
    both = found[found["kind"] == "both sides"]
    assert both["indicators"].tolist() == ["5.1, SGS5.1"]
    assert both["correlation"].tolist() == pytest.approx([-1.0])
    assert both["what"].tolist() == ["their standings are as good as one"]
    # one of the indicators of RF5 in 14 factors, one of those of SGS5 in 6
    risk, resilience = (load_framework(n) for n in ("un-foa-2014", "sg-resilience-2013"))
    assert both["risk_weight"].tolist() == pytest.approx([1 / len(risk["RF5"].indicators) / 14])
    weight = 1 / len(resilience["SGS5"].indicators) / 6
    assert both["resilience_weight"].tolist() == pytest.approx([weight])
    assert both[["rows", "units"]].to_numpy().tolist() == [[24, 24]]


def test_nearly_one_variable_is_not_one():
    level = np.arange(24.0)
    other = level.copy()
    other[[0, 6]] = other[[6, 0]]
    other[[10, 18]] = other[[18, 10]]
    near = 1 - 6 * 2 * (6**2 + 8**2) / (24 * (24**2 - 1))
    assert 0.9 < near < 0.98
    found = audit(score(twin(**{"5_1": level / 23, "SGS5_1": other / 23})))
    both = found.to_frame("double counting").set_index("kind").loc[["both sides"]]
    assert both["correlation"].tolist() == pytest.approx([near])
    assert both["what"].tolist() == ["their standings are nearly one"]


def test_years_of_few_units_name_no_twins():
    frame = frame_of(years=tuple(range(2000, 2010)), names=("5.1", "9.1", "SGS5.1"), unknown=0.0)
    frame = frame[frame["unit"].isin(UNITS[:19])].assign(**{"9.1": frame["5.1"]})
    found = audit(score(read_panel(frame)))
    assert found.to_frame("indicator correlations").loc["5.1", "9.1"] == pytest.approx(1.0)
    assert found.to_frame("double counting").empty
    text = repr(found)
    assert "Too few units (19; 20 are needed)" in text
    assert "repeat each other (" not in text
    # 19 of 24 units have both, in 190 rows
    frame = frame_of(years=tuple(range(2000, 2010)), names=("5.1", "9.1", "SGS5.1"), unknown=0.0)
    some = frame["unit"].isin(UNITS[:19])
    found = audit(score(read_panel(frame.assign(**{"9.1": frame["5.1"].where(some)}))))
    assert found.to_frame("double counting").empty
    assert "Too few units" not in repr(found)


def test_long_lists_are_cut_short():
    found = looked()
    pairs = pd.DataFrame({"kind": "both sides", "indicators": list("abcdefghij"), "correlation": 1})
    said = sentences(dataclasses.replace(found, tables={**found.tables, "double counting": pairs}))
    assert said[1].endswith("g (1.00); h (1.00); and 2 more.")


def test_one_variable_twice_on_one_side_is_found():
    level = np.linspace(0, 1, 24)
    found = audit(score(twin(**{"5_1": level, "9_2": level}))).to_frame("double counting")
    assert found[found["kind"] == "same side"]["indicators"].tolist() == ["5.1, 9.2"]
    assert not (looked().to_frame("double counting")["kind"] == "same side").any()


def test_clusters_are_named_where_both_are_rated():
    panel = read_panel(frame_of(names=("1.4", "8.4", "1.2", "3.2", "SGS3.1")))
    found = audit(score(panel)).to_frame("double counting").set_index("kind")
    assert found.loc["overlap cluster", "indicators"] == "1.4, 8.4"
    known = (~np.isnan(panel.to_frame()[["1.4", "8.4"]])).all(axis=1).sum()
    assert found.loc["overlap cluster", "rows"] == known
    assert found.loc["missing resilience", "indicators"] == "3.2"
    assert found.loc["overlap cluster", "units"] == known
    assert set(found.loc["missing resilience", ["risk_weight", "resilience_weight"]] > 0) == {
        True,
        False,
    }
    apart = frame_of(names=("1.4", "8.4")).copy()
    apart["8.4"] = apart["8.4"].where(apart["1.4"].isna())
    assert audit(score(read_panel(apart))).to_frame("double counting").empty
    alone = audit(score(read_panel(frame_of(names=("1.4", "1.2", "3.2")))))
    assert alone.to_frame("double counting").empty
    assert "Double counting: nothing found." in repr(alone)


def test_rows_and_units_of_a_group_are_those_of_its_most_common_pair():
    values = np.random.default_rng(0).random((30, 3))
    values[10:, 2] = np.nan
    pairs = Pairs(("a", "b", "c"), values, np.arange(30) // 2)
    assert pairs.among(["a", "b", "c"])[1:] == (30, 15)
    assert pairs.across(["a", "b"], ["c"])[1:] == (10, 5)


def test_what_is_known_of_the_sources_is_taken_in():
    @dataclasses.dataclass(frozen=True)
    class Finding:
        kind: str
        indicators: tuple[str, ...]
        text: str

    told = Finding("one variable on both sides", ("3.2", "SGS3.1"), "v2x: 3.2, SGS3.1")
    found = audit(score(made()), findings=[told]).to_frame("double counting").iloc[0]
    assert found[["kind", "indicators", "what"]].tolist() == [
        "one variable on both sides",
        "3.2, SGS3.1",
        "v2x: 3.2, SGS3.1",
    ]


# weights


def test_a_factor_that_varies_more_weighs_more():
    frame = frame_of(
        names=("1.1", "3.1", "4.1", "SGS1.1"), unknown=0.0, years=tuple(range(1950, 1990))
    )
    frame = frame.copy()
    frame["3.1"] = 0.5 + 0.05 * (frame["3.1"] - 0.5)
    found = audit(score(read_panel(frame)))
    factors = found.to_frame("factors")
    assert factors["nominal"].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])
    # variances as 1 to 0.0025 to 1: the loud ones make half each
    assert factors.loc[["RF1", "RF4"], "effective"].tolist() == pytest.approx([0.5, 0.5], abs=0.03)
    assert factors.loc["RF3", "effective"] < 0.02
    assert factors.loc["SGS1", "effective"] == pytest.approx(1.0)
    assert factors.loc["RF1", "mean_shift"] > 3 * factors.loc["RF3", "mean_shift"]
    assert "Weigh less in risk than the profile says: RF3 (0.0 times)." in found.findings


def test_effective_weights_have_honest_intervals():
    rng = np.random.default_rng(2)
    held = []
    for _ in range(8):
        x = rng.random((100, 3))
        score_ = x[:, 0] + x[:, 1]
        places = standings(np.column_stack([x, score_]), np.zeros(100, dtype=int))
        found = effective_weights(places[:, :3], places[:, 3], np.arange(100))
        _, effective, low, high = found.T
        assert ((low <= effective) & (effective <= high)).all()
        held.append((low[:2] <= 0.5) & (high[:2] >= 0.5))
    assert np.mean(held) > 0.85
    assert (high[:2] - low[:2] < 0.35).all()
    # years of one unit are not new evidence
    years = np.tile(places, (5, 1))
    units = np.tile(np.arange(100), 5)
    again = effective_weights(years[:, :3], years[:, 3], units)
    apart = effective_weights(years[:, :3], years[:, 3], np.arange(500))
    assert (again[:2, 3] - again[:2, 2] > 1.5 * (apart[:2, 3] - apart[:2, 2])).all()
    few = effective_weights(years[:, :3], years[:, 3], np.repeat(np.arange(9), 60)[:500])
    assert np.isnan(few[:, 2:]).all()


def test_only_weights_that_are_clearly_other_are_named():
    found = looked()
    table = found.to_frame("factors").iloc[:5].assign(nominal=0.1)
    table["effective"] = [0.17, 0.17, 0.05, 0.05, 0.14]
    table["low"] = [0.11, 0.09, 0.03, 0.02, 0.11]
    table["high"] = [0.30, 0.30, 0.08, 0.11, 0.15]
    table["alpha"], table["inside"], table["outside"] = 0.5, 0.4, [0.5, 0.3, 0.3, 0.3, 0.3]
    said = sentences(dataclasses.replace(found, tables={**found.tables, "factors": table}))
    assert "Weigh more in risk than the profile says: RF1 (1.7 times)." in said
    assert "Weigh less in risk than the profile says: RF3 (0.5 times)." in said
    assert "Go closer with other factors than among themselves: indicators of RF1." in said


def test_a_trend_of_the_world_makes_no_alpha_and_no_weight():
    frame = frame_of(names=("1.1", "1.2", "3.1"), unknown=0.0, years=(2003, 2004)).copy()
    late = 0.5 * (frame["year"] == 2004)
    for name in ("1.1", "1.2", "3.1"):
        frame[name] = frame[name] / 2 + late
    panel = read_panel(frame)
    row = audit(score(panel)).to_frame("factors").loc["RF1"]
    periods = rows_of(panel)
    ratings = panel.to_frame()[["1.1", "1.2"]]
    means = ratings.groupby(level="period").transform("mean")
    assert row["alpha"] == pytest.approx(alpha((ratings - means).to_numpy()))
    assert alpha(ratings.to_numpy()) > 0.7 > 0.5 > row["alpha"]
    places = standings(score(panel).to_frame()[["RF1", "risk"]].to_numpy(), periods)
    assert row["ratio"] == pytest.approx(correlation_ratio(places[:, 0], places[:, 1]))
    places = standings(score(panel).to_frame()[["RF1", "RF3", "risk"]].to_numpy(), periods)
    units = pd.factorize(panel.index.get_level_values("unit"))[0]
    wanted = effective_weights(places[:, :2], places[:, 2], units)[0]
    assert row[["ratio", "effective", "low", "high"]].tolist() == pytest.approx(wanted.tolist())


def test_the_closest_factor_may_go_the_other_way():
    level = np.random.default_rng(3).random(24)
    names = ("1.1", "3.1", "5.1")
    frame = frame_of(names=names, unknown=0.0).assign(**{"1.1": level, "5.1": 1 - level})
    factors = audit(score(read_panel(frame))).to_frame("factors")
    assert factors.loc["RF1", "closest"] == "RF5"
    assert factors.loc["RF1", "closeness"] == pytest.approx(-1.0)


def test_factors_never_rated_are_named():
    found = audit(score(read_panel(frame_of(names=("1.1", "3.1", "SGS1.1")))))
    assert found.notes[0].startswith("never rated: RF2, RF4, RF5,")
    assert "RF14, 86% of the weight of risk; nominal weights are shares" in found.notes[0]
    assert "SGS6, 83% of the weight of resilience" in found.notes[1]
    assert f"Note: {found.notes[0]}." in repr(found)
    assert looked().notes == ()


def test_indicators_inside_and_outside_a_factor():
    rng = np.random.default_rng(8)
    level = rng.random(24)
    changes = {f"9_{i}": np.clip(level + 0.02 * rng.random(24), 0, 1).round(3) for i in (1, 2, 3)}
    panel = read_panel(
        twin(**changes).to_frame()[["9.1", "9.2", "9.3", "1.1", "1.2"]].reset_index()
    )
    found = audit(score(panel))
    factors = found.to_frame("factors")
    ranks = panel.to_frame()[["9.1", "9.2", "9.3"]].corr(method="spearman").to_numpy()
    assert factors.loc["RF9", "inside"] == pytest.approx(ranks[np.triu_indices(3, 1)].mean())
    assert factors.loc["RF9", "alpha"] > 0.95
    assert factors.loc["RF9", "outside"] < factors.loc["RF9", "inside"]
    assert factors.loc["RF9", "closest"] == "RF1"
    assert "Indicators that repeat each other (alpha 0.9 or more): RF9" in repr(found)


# fairness


def about(panel, **columns):
    units = list(panel.units)
    return pd.DataFrame({"unit": units, **columns})


def test_fairness_is_spearman_with_its_interval():
    panel = made(names=FEW)
    income = np.random.default_rng(9).lognormal(size=24)
    table = audit(score(panel), about=about(panel, income=income)).to_frame("fairness")
    scores = score(panel).to_frame()
    for of in ("risk", "residual_risk", "resilience", "coverage"):
        row = table[(table["about"] == "income") & (table["of"] == of)].iloc[0]
        wanted = spearmanr(income, scores[of], nan_policy="omit").statistic
        assert row["correlation"] == pytest.approx(wanted)
        assert row["low"] < row["correlation"] < row["high"]
        assert row["units"] == row["rows"] == scores[of].notna().sum() > 10


def test_scores_that_lean_on_a_column_are_named():
    panel = made(names=FEW)
    frame = score(panel).to_frame()
    volume = -frame["coverage"].to_numpy()
    found = audit(score(panel), about=about(panel, volume=volume, other=-volume))
    row = found.to_frame("fairness").query("about == 'volume' and of == 'coverage'").iloc[0]
    assert row[["correlation", "low", "high"]].tolist() == pytest.approx([-1, -1, -1])
    assert any(
        s.startswith("Coverage goes against volume (-1.00, -1.00 to -1.00)") for s in found.findings
    )
    assert any(s.startswith("Coverage goes with other (+1.00, ") for s in found.findings)


def test_what_may_be_chance_is_not_named():
    found = looked()
    table = pd.DataFrame({"about": ["a", "b"], "of": "risk", "correlation": [0.2, -0.2]})
    table = table.assign(low=[-0.1, -0.5], high=[0.5, 0.1])
    said = sentences(dataclasses.replace(found, tables={**found.tables, "fairness": table}))
    assert not any("goes" in sentence and "Risk" in sentence for sentence in said)


def test_regions_come_from_the_catalogue():
    panel = made(names=FEW)
    table = audit(score(panel)).to_frame("fairness")
    regions = region_of(panel.units, "region")
    assert set(table["about"]) == {f"region: {r}" for r in set(regions)}
    row = table[(table["about"] == "region: Africa") & (table["of"] == "risk")].iloc[0]
    risk = score(panel).to_frame()["risk"]
    wanted = spearmanr(regions == "Africa", risk, nan_policy="omit").statistic
    assert row["correlation"] == pytest.approx(wanted)


@settings(max_examples=20)
@given(st.integers(0, 100))
def test_a_trend_of_the_world_is_no_correlation(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.random((2, 30))
    periods = np.repeat([0, 1], 15)
    later = periods * 10.0
    one = standings(np.column_stack([x, y]), periods)
    moved = standings(np.column_stack([x + later, y + later]), periods)
    np.testing.assert_array_equal(one, moved)


def test_what_is_known_by_year_is_taken_by_year():
    panel = made(names=FEW, years=(2003, 2004))
    frame = panel.index.to_frame(index=False)
    # more is reported in the later year, everywhere: that is no correlation
    later = (frame["period"].astype(str) == "2004").to_numpy()
    frame["reports"] = score(panel).to_frame()["risk"].to_numpy() + 10.0 * later
    table = audit(score(panel), about=frame.sample(frac=1, random_state=0)).to_frame("fairness")
    row = table.query("about == 'reports' and of == 'risk'").iloc[0]
    assert row["correlation"] == pytest.approx(1.0)
    assert (row["units"], row["rows"]) == (24, 48)
    index = panel.index
    brought, _ = columns_about(frame, index, [])
    for names in (["unit", "period"], ["iso3", "year"], ["country", "date"]):
        other = frame.rename(columns=dict(zip(("unit", "period"), names, strict=True)))
        pd.testing.assert_frame_equal(brought, columns_about(other, index, [])[0])
        keyed = other.set_index(names)
        pd.testing.assert_frame_equal(brought, columns_about(keyed, index, [])[0])
    spare = frame.assign(country="x")
    again, notes = columns_about(spare, index, [])
    assert again.equals(brought)
    assert notes == ("column 'country' about units was not needed and not read",)
    _, notes = columns_about(frame.iloc[1:], index, [])
    assert notes == ("1 rows of other units have no row in the frame about units",)


def test_units_that_do_not_meet_are_counted():
    panel = made(names=FEW)
    frame = about(panel, income=np.arange(24.0), size=np.arange(24) % 7).iloc[1:]
    extra = pd.DataFrame({"unit": ["XXA", "Kyrgystan"], "income": [1.0, 2.0]})
    found = audit(score(panel), about=pd.concat([frame, extra]))
    assert found.notes[-2:] == (
        "2 units of the frame about units are not in the panel: Kyrgystan (KGZ?), XXA",
        "1 units of the panel are not in the frame about units: BOL",
    )
    assert found.to_frame("fairness").query("about == 'income'")["rows"].tolist() == [
        23,
        23,
        18,
        23,
    ]
    brought, _ = columns_about(frame.sample(frac=1, random_state=0), panel.index, [])
    assert np.isnan(brought[["income", "size"]].to_numpy()[0]).all()
    assert brought["income"].tolist()[1:] == list(range(1, 24))
    assert brought["size"].tolist()[1:] == [n % 7 for n in range(1, 24)]


@pytest.mark.parametrize(
    ("frame", "problems"),
    [
        ([1.0], ["needs a data frame, found list"]),
        (
            pd.DataFrame({"unt": ["NOR"]}),
            ["needs a column unit or iso3 or country; columns found: 'unt'; did you mean 'unit'?"],
        ),
        (pd.DataFrame({"unit": [], "x": []}), ["has no rows"]),
        (pd.DataFrame([["NOR", 1, 2]], columns=["unit", "x", " x"]), ["column 'x' stands 2 times"]),
        (
            pd.DataFrame({"unit": ["NOR", "NOR"], "income": ["low", "high"]}),
            ["1 rows stand twice, the first of them NOR", "column 'income' holds"],
        ),
        (
            pd.DataFrame({"unit": ["NOR"], "period": ["soon"]}),
            [
                "row 0, column 'period': 'soon' is not",
                "has no column of numbers beside unit and period",
            ],
        ),
        (
            pd.DataFrame({"unit": ["NOR"], "year": ["2003-05"], "income": [1]}),
            ["column 'year' holds months, the scores have years"],
        ),
        (
            pd.DataFrame({"unit": ["NOR", None, "Sudan", "fra"], "income": [1, np.inf, 2j, 3]}),
            [
                "1 rows have no unit, the first of them row 1",
                "'Sudan' is not an ISO 3166 alpha-3 code; did you mean 'SDN' (Sudan)?",
                "'fra' is not an ISO 3166 alpha-3 code; did you mean 'FRA' (France)?",
                "column 'income' holds complex128; numbers are needed",
            ],
        ),
        (
            pd.DataFrame({"unit": ["NOR"], "region: Africa": [1.0], "income": [-np.inf]}),
            [
                "column 'region: Africa' is named as the catalogue's regions are; rename it",
                "column 'income' holds 1 infinite numbers; leave them empty",
            ],
        ),
    ],
)
def test_faults_of_the_frame_are_told_together(frame, problems):
    with pytest.raises(InputError) as error:
        audit(score(made(names=FEW)), about=frame)
    assert len(error.value.problems) == len(problems)
    for found, wanted in zip(error.value.problems, problems, strict=True):
        assert found.startswith(f"about: {wanted}")


def test_all_that_is_wrong_is_told_at_once():
    panel = made(names=FEW)
    none = dataclasses.replace(
        panel, index=panel.index[:0], ratings=panel.ratings[:0], states=panel.states[:0]
    )
    with pytest.raises(InputError) as error:
        audit(score(none), about={}, findings=[1])
    assert error.value.problems == (
        "scores: have no rows",
        "about: needs a data frame, found dict",
        "findings: number 1 is int, without kind, indicators (a tuple) and text",
    )
    with pytest.raises(InputError, match="findings: needs a list of findings, found str"):
        audit(score(panel), findings="x")


# the result


def test_tables_and_figures():
    found = looked()
    factors = found.to_frame("factors")
    weights = found.figure("weights")
    assert weights["x"].tolist() == factors["nominal"].tolist()
    assert weights["y"].tolist() == factors["effective"].tolist()
    assert weights[["low", "high"]].to_numpy().tolist() == factors[["low", "high"]].values.tolist()
    assert (
        (factors["low"] <= factors["effective"]) & (factors["effective"] <= factors["high"])
    ).all()
    links = found.to_frame("factor correlations")
    marks = found.figure("correlations")
    assert len(marks) == 20 * 19 // 2
    one = marks.iloc[7]
    assert one["value"] == pytest.approx(links.loc[one["x"], one["y"]])
    assert list(found.figure("fairness").columns) == ["y", "of", "x", "low", "high"]
    assert len(found.to_frame("indicators")) == len(NAMES)
    assert found.to_frame("indicators")["reversed"].between(0, 1).all()
    with pytest.raises(InputError, match=r"no table 'factor'.*did you mean 'factors'"):
        found.to_frame("factor")
    with pytest.raises(InputError, match=r"no figure 'weight'.*did you mean 'weights'"):
        found.figure("weight")


def test_a_table_can_be_changed_without_changing_the_audit():
    found = looked()
    table = found.to_frame("factors")
    table["alpha"] = 0.0
    assert (found.to_frame("factors")["alpha"] != 0).all()


def test_it_shows_itself():
    found = looked()
    text, html = repr(found), found._repr_html_()
    assert text.startswith("Audit: 24 rows, 24 units, 1 periods (2003)")
    assert "Without any one of 24 units of 2003, 0 of 6,072 pairs" in text
    assert all(sentence in text for sentence in found.findings)
    assert "</table>" in html


def test_little_panels_are_said_to_be_little():
    frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": 2003, "1.1": [0.1, 0.9]})
    found = audit(score(read_panel(frame)))
    assert found.to_frame("fairness")["correlation"].isna().all()
    assert "Too little is known, or nothing varies, to say for: region: Africa" in repr(found)
    assert "Too little is known" in found._repr_html_()
    unknown = audit(score(read_panel(frame.assign(**{"1.1": [None, None]}))))
    assert "Without any one" not in repr(unknown)
