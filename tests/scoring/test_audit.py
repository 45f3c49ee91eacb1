"""The audit against SciPy, against scoring again, and against instruments made unsound on purpose."""

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from r2prisk import CellState, InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.regions import region_of
from r2prisk.scoring.audit import audit
from r2prisk.scoring.audit.measures import (
    alpha,
    clustered,
    correlation_ratio,
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
)

DEFAULT = Profile.load("default")
NAMES = [
    i.id for name in ("un-foa-2014", "sg-resilience-2013") for i in load_framework(name).indicators
]
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


def test_reversed_pairs_by_hand():
    before = np.array([0.1, 0.2, 0.3, 0.4, np.nan])
    after = np.array([[0.1, 0.4], [0.2, 0.3], [0.2, 0.2], [0.4, np.nan], [0.5, 0.5]])
    turned, pairs = reversed_pairs(before, after, np.array([0, 0, 0, 0, 0]))
    # a tie does not turn; without the fourth unit there are three pairs, and all turn
    assert turned.tolist() == [0, 3]
    assert pairs.tolist() == [6, 3]
    turned, pairs = reversed_pairs(before, after, np.array([0, 0, 1, 1, 1]))
    assert (turned.tolist(), pairs.tolist()) == ([0, 1], [2, 1])


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
        for name in names[::25]:
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
    weight = 1 / len(risk["RF5"].indicators) / 14 + 1 / len(resilience["SGS5"].indicators) / 6
    assert both["weight"].tolist() == pytest.approx([weight])


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
    alone = audit(score(read_panel(frame_of(names=("1.4", "1.2", "3.2")))))
    assert alone.to_frame("double counting").empty
    assert "Double counting: nothing found." in repr(alone)


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
    frame = frame_of(names=("1.1", "3.1", "4.1", "SGS1.1"), unknown=0.0, years=tuple(range(40)))
    frame = frame.copy()
    frame["year"] += 1950
    frame["3.1"] = 0.5 + 0.05 * (frame["3.1"] - 0.5)
    factors = audit(score(read_panel(frame))).to_frame("factors")
    assert factors["nominal"].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3, 1.0])
    # variances as 1 to 0.0025 to 1: the loud ones make half each
    assert factors.loc[["RF1", "RF4"], "effective"].tolist() == pytest.approx([0.5, 0.5], abs=0.03)
    assert factors.loc["RF3", "effective"] < 0.02
    assert factors.loc["SGS1", "effective"] == pytest.approx(1.0)
    assert factors.loc["RF1", "mean_shift"] > 3 * factors.loc["RF3", "mean_shift"]
    text = repr(audit(score(read_panel(frame))))
    assert "Weigh less in risk than the profile says: RF3 (0.0 times)." in text


def test_indicators_inside_and_outside_a_factor():
    rng = np.random.default_rng(8)
    level = rng.random(24)
    changes = {f"9_{i}": np.clip(level + 0.02 * rng.random(24), 0, 1).round(3) for i in (1, 2, 3)}
    panel = read_panel(
        twin(**changes).to_frame()[["9.1", "9.2", "9.3", "1.1", "1.2"]].reset_index()
    )
    factors = audit(score(panel)).to_frame("factors")
    ranks = panel.to_frame()[["9.1", "9.2", "9.3"]].corr(method="spearman").to_numpy()
    assert factors.loc["RF9", "inside"] == pytest.approx(ranks[np.triu_indices(3, 1)].mean())
    assert factors.loc["RF9", "alpha"] > 0.95
    assert factors.loc["RF9", "outside"] < factors.loc["RF9", "inside"]
    assert factors.loc["RF9", "closest"] == "RF1"
    assert "Indicators that repeat each other (alpha 0.9 or more): RF9" in repr(audit(score(panel)))


# fairness


def about(panel, **columns):
    units = list(panel.units)
    return pd.DataFrame({"unit": units, **columns})


def test_fairness_is_spearman_with_its_interval():
    panel = made()
    income = np.random.default_rng(9).lognormal(size=24)
    table = audit(score(panel), about=about(panel, income=income)).to_frame("fairness")
    scores = score(panel).to_frame()
    for of in ("risk", "residual_risk", "resilience", "coverage"):
        row = table[(table["about"] == "income") & (table["of"] == of)].iloc[0]
        assert row["correlation"] == pytest.approx(spearmanr(income, scores[of]).statistic)
        assert row["low"] < row["correlation"] < row["high"]
        assert (row["units"], row["rows"]) == (24, 24)


def test_scores_that_lean_on_a_column_are_named():
    panel = made()
    frame = score(panel).to_frame()
    found = audit(score(panel), about=about(panel, volume=-frame["coverage"].to_numpy()))
    row = found.to_frame("fairness").query("about == 'volume' and of == 'coverage'").iloc[0]
    assert row[["correlation", "low", "high"]].tolist() == pytest.approx([-1, -1, -1])
    assert any(
        s.startswith("Coverage goes with volume (-1.00, -1.00 to -1.00)") for s in found.findings
    )


def test_regions_come_from_the_catalogue():
    panel = made()
    table = looked().to_frame("fairness")
    regions = region_of(panel.units, "region")
    assert set(table["about"]) == {f"region: {r}" for r in set(regions)}
    row = table[(table["about"] == "region: Africa") & (table["of"] == "risk")].iloc[0]
    wanted = spearmanr(regions == "Africa", score(panel).to_frame()["risk"]).statistic
    assert row["correlation"] == pytest.approx(wanted)


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
    panel = made(years=(2003, 2004))
    frame = panel.index.to_frame(index=False)
    # more is reported in the later year, everywhere: that is no correlation
    later = (frame["period"].astype(str) == "2004").to_numpy()
    frame["reports"] = score(panel).to_frame()["risk"].to_numpy() + 10.0 * later
    table = audit(score(panel), about=frame.sample(frac=1, random_state=0)).to_frame("fairness")
    row = table.query("about == 'reports' and of == 'risk'").iloc[0]
    assert row["correlation"] == pytest.approx(1.0)
    assert (row["units"], row["rows"]) == (24, 48)
    indexed = audit(score(panel), about=frame.set_index(["unit", "period"])).to_frame("fairness")
    pd.testing.assert_frame_equal(table, indexed)


def test_units_that_do_not_meet_are_counted():
    panel = made()
    frame = about(panel, income=np.arange(24.0)).iloc[1:]
    extra = pd.DataFrame({"unit": ["XXA"], "income": [1.0]})
    found = audit(score(panel), about=pd.concat([frame, extra]))
    assert found.notes == (
        "1 units of the frame about units are not in the panel: XXA",
        "1 units of the panel are not in the frame about units: BOL",
    )
    assert found.to_frame("fairness").query("about == 'income'")["rows"].tolist() == [23] * 4


@pytest.mark.parametrize(
    ("frame", "problems"),
    [
        (pd.DataFrame({"income": [1.0]}), ["has no column or index level 'unit'; found income"]),
        (
            pd.DataFrame({"unit": ["NOR", "NOR"], "income": ["low", "high"]}),
            [
                "1 rows stand twice, the first of them NOR",
                "column 'income' holds",
            ],
        ),
        (
            pd.DataFrame({"unit": ["NOR"], "period": ["soon"]}),
            ["'soon' is not", "has no column of numbers beside unit and period"],
        ),
    ],
)
def test_faults_of_the_frame_are_told_together(frame, problems):
    with pytest.raises(InputError) as error:
        audit(score(made()), about=frame)
    assert len(error.value.problems) == len(problems)
    for found, wanted in zip(error.value.problems, problems, strict=True):
        assert found.startswith(wanted)


# the result


def test_tables_and_figures():
    found = looked()
    factors = found.to_frame("factors")
    weights = found.figure("weights")
    assert weights["x"].tolist() == factors["nominal"].tolist()
    assert weights["y"].tolist() == factors["effective"].tolist()
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
    assert "<table>" in html


def test_little_panels_are_said_to_be_little():
    frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": 2003, "1.1": [0.1, 0.9]})
    found = audit(score(read_panel(frame)))
    assert found.to_frame("fairness")["correlation"].isna().all()
    assert "Too little is known, or nothing varies, to say for: region: Africa" in repr(found)
    assert "<p>" in found._repr_html_()
