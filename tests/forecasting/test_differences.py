"""Differences between forecasts: DeLong, the bootstrap of countries, the reality check."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import mannwhitneyu, norm
from sklearn.metrics import roc_auc_score

from r2prisk import InputError
from r2prisk.about import CAUTION
from r2prisk.forecasting import compare
from r2prisk.forecasting.verification.differences import (
    delong,
    delong_difference,
    interval_about,
    reality_check,
    two_sided,
)
from r2prisk.forecasting.verification.show import _signed


def world() -> pd.DataFrame:
    """Outcomes drawn from chances that are known."""
    rng = np.random.default_rng(0)
    index = pd.MultiIndex.from_product([[f"U{n:02}" for n in range(50)], range(1990, 2006)])
    frame = pd.DataFrame(index.tolist(), columns=["unit", "target"])
    frame["probability"] = expit(np.repeat(rng.normal(-2.5, 1.2, 50), 16))
    frame["outcome"] = (rng.random(len(frame)) < frame["probability"]).astype(int)
    return frame


WORLD = world()
SAMPLES = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=4, max_size=25
).filter(lambda rows: 2 <= sum(y for _, y, _ in rows) <= len(rows) - 2)


def placement(chance, outcome):
    """DeLong's components, word for word from their definition."""
    x, y = chance[outcome == 1], chance[outcome == 0]
    won = np.array([[1.0 if a > b else 0.5 if a == b else 0.0 for b in y] for a in x])
    return won.mean(axis=1), won.mean(axis=0)


@settings(max_examples=20)
@given(SAMPLES)
def test_delong_is_its_definition(rows):
    one, outcome, two = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    areas, spread = delong(np.array([one, two]), outcome)
    (v10, v01), (w10, w01) = placement(one, outcome), placement(two, outcome)
    m, n = len(v10), len(v01)
    expected = np.cov(np.array([v10, w10])) / m + np.cov(np.array([v01, w01])) / n
    assert spread == pytest.approx(expected, abs=1e-12)
    u = mannwhitneyu(one[outcome == 1], one[outcome == 0]).statistic
    assert areas[0] == pytest.approx(u / (m * n))


def test_delong_by_hand():
    # V10 = (1, 1/2, 1), V01 = (2/3, 1): S10 = 1/12, S01 = 1/18
    chance, outcome = np.array([0.9, 0.4, 0.8, 0.5, 0.1]), np.array([1.0, 1, 1, 0, 0])
    areas, spread = delong(chance[None], outcome)
    assert areas[0] == pytest.approx(5 / 6)
    assert spread[0, 0] == pytest.approx(1 / 12 / 3 + 1 / 18 / 2)
    assert np.isnan(delong_difference(np.array([chance, -chance]), np.array([1.0, 0, 0, 0, 0]))[2])


def test_the_reality_check_has_its_closed_form():
    # k independent variants without any advantage: P(max >= t) = 1 - Phi(t)^k
    draws = np.random.default_rng(0).normal(size=(40_000, 5))
    gaps = np.array([2.0, 1.0, 0.0, -1.0, 0.0])
    expected = 1 - norm.cdf(gaps) ** 5
    assert reality_check(gaps, draws) == pytest.approx(expected, abs=0.01)
    alone = reality_check(gaps[:1], draws[:, :1])[0]
    assert alone == pytest.approx(norm.sf(2), abs=0.005)
    assert two_sided(2.0, draws[:, 0]) == pytest.approx(2 * norm.sf(2), abs=0.005)


def test_compare_finds_the_better_and_not_the_equal():
    noise = np.random.default_rng(1).normal(0, 1.5, len(WORLD))
    worse = WORLD.assign(probability=expit(logit(WORLD["probability"]) + noise))
    found = compare({"noisy": worse, "true": WORLD, "again": worse})
    row = found.differences.loc[("auc", "true")]
    y = WORLD["outcome"]
    gap = roc_auc_score(y, WORLD["probability"]) - roc_auc_score(y, worse["probability"])
    assert row["difference"] == pytest.approx(gap)
    assert row["low"] > 0
    assert max(row["p"], row["p_delong"], row["p_reality"]) < 0.01
    same = found.differences.loc[("log_score", "again")]
    assert (same["difference"], same["p_reality"]) == (0, 1)
    assert found.differences.loc[("log_score", "true"), "difference"] > 0  # lower is better
    assert (found.variants, found.reference, found.rows) == (2, "noisy", len(WORLD))
    assert "Variants in the reality check: 2" in repr(found)
    assert "<td" in found._repr_html_()


def test_compare_keeps_common_rows_and_refuses_contradictions():
    part = WORLD[WORLD["target"] < 2000]
    found = compare({"all": WORLD, "part": part})
    assert found.rows == len(part)
    assert found.aside == {"all": len(WORLD) - len(part), "part": 0}
    turned = part.assign(outcome=1 - part["outcome"])
    with pytest.raises(InputError, match="outcomes differ"):
        compare({"all": WORLD, "turned": turned})
    with pytest.raises(InputError, match="no rows in common"):
        compare({"all": WORLD, "later": WORLD.assign(target=WORLD["target"] + 100)})
    with pytest.raises(InputError, match="needs two"):
        compare({"all": WORLD})
    with pytest.raises(InputError, match="did you mean 'all'"):
        compare({"all": WORLD, "part": part}, reference="al")


def test_the_reality_check_holds_its_level():
    # eight variants no better than the reference, their scores alike within countries
    rng, units, reps = np.random.default_rng(0), 60, 300
    wrong = 0
    for _ in range(reps):
        gaps = rng.normal(size=(units, 1)) + rng.normal(size=(units, 8))
        weights = rng.multinomial(units, np.full(units, 1 / units), size=100) / units
        wrong += reality_check(gaps.mean(axis=0), weights @ gaps).min() < 0.10
    assert 0.05 < wrong / reps < 0.15


def test_what_never_varies_says_nothing_unless_it_is_nothing():
    still = np.full(50, 0.3)
    assert np.isnan(two_sided(0.3, still))
    assert two_sided(0.0, still * 0) == 1
    found = reality_check(np.array([0.3, 0.0]), np.column_stack([still, still * 0]))
    assert np.isnan(found[0])
    assert found[1] == 1
    split = np.array([[0.9, 0.8, 0.1, 0.2], [0.1, 0.2, 0.9, 0.8]])
    gap, _, p = delong_difference(split, np.array([1.0, 1, 0, 0]))
    assert gap == 1
    assert np.isnan(p)


def test_onsets_of_one_country_do_not_tell_forecasts_apart():
    one = WORLD.assign(outcome=(WORLD["unit"] == "U03").astype(int))
    other = one.assign(probability=one["probability"] ** 2)
    found = compare({"one": one, "other": other})
    assert found.differences[["se", "low", "high", "p", "p_reality"]].isna().all(axis=None)
    assert found.differences["difference"].notna().all()
    assert "unknown" in repr(found)


def test_one_row_a_period_has_no_area_within_it():
    alone = pd.DataFrame({"unit": [f"U{n:02}" for n in range(20)], "target": range(1990, 2010),
                          "probability": np.linspace(0.1, 0.9, 20), "outcome": [0, 1] * 10})  # fmt: skip
    found = compare({"one": alone, "two": alone.assign(probability=alone["probability"] ** 2)})
    assert found.differences.loc[("auc_within", "two")].isna().all()
    assert found.differences.loc[("brier", "two"), "se"] > 0


def test_compare_shows_small_scores_to_four_places():
    rare = WORLD.assign(probability=WORLD["probability"] / 2)
    found = compare({"true": WORLD, "half": rare})
    line = next(line for line in repr(found).splitlines() if line.startswith("Brier score"))
    assert f"{found.differences.loc[('brier', 'half'), 'value']:.4f}" in line
    assert found.provenance["seed"] == 0


def test_compare_refuses_other_kinds():
    for wrong, name in (([WORLD, WORLD], "list"), (WORLD, "DataFrame")):
        with pytest.raises(InputError, match=f"forecasts by name, found {name}"):
            compare(wrong)
    months = WORLD.assign(target=WORLD["target"].map(lambda year: f"{year}-01"))
    with pytest.raises(InputError, match=r"kinds of period differ .*month"):
        compare({"years": WORLD, "months": months})
    with pytest.raises(InputError, match="rng is 'a'"):
        compare({"one": WORLD, "two": WORLD}, rng="a")


@settings(max_examples=100)
@given(
    st.lists(st.integers(-3, 6), min_size=19, max_size=120),
    st.integers(-8, 8),
    st.sampled_from([1.0, 1 / 31]),
)
def test_the_interval_leaves_out_nothing_exactly_where_p_finds_something(lumps, gap, unit):
    draws = np.array(lumps) * unit
    low, high = interval_about(gap * unit, draws)
    p = two_sided(gap * unit, draws)
    assert np.isnan(low) == np.isnan(p)
    if not np.isnan(p):
        assert (low > 0 or high < 0) == (p <= 0.05)
        assert (low + high) / 2 == pytest.approx(gap * unit)


def test_the_interval_of_even_draws_is_the_usual_one():
    draws = np.random.default_rng(0).normal(1.0, 0.5, 100_000)
    low, high = interval_about(1.2, draws)
    reach = norm.ppf(0.975) * 0.5
    assert (low, high) == (
        pytest.approx(1.2 - reach, abs=0.01),
        pytest.approx(1.2 + reach, abs=0.01),
    )
    assert np.isnan(interval_about(1.0, np.arange(18.0))).all()  # 1 in 19 is above 1 in 20
    assert two_sided(50.0, np.arange(19.0)) == 0.05
    assert interval_about(50.0, np.arange(19.0)) == (pytest.approx(41), pytest.approx(59))


def test_one_country_more_on_the_list_is_no_finding():
    # the only difference is one onset of ten: drawn it is there 0, 1, 2 ... times
    frame = pd.DataFrame([(f"U{n:02}", year) for year in range(2000, 2010) for n in range(40)],
                         columns=["unit", "target"])  # fmt: skip
    place = frame["unit"].str[1:].astype(int)
    frame["probability"] = 0.5 - place / 100
    frame["outcome"] = (place == frame["target"] - 2000).astype(int)
    frame.loc[frame["target"] == 2009, "outcome"] = (place == 15).astype(int)
    better = frame.copy()
    better.loc[(place == 15) & (frame["target"] == 2009), "probability"] = 0.9
    row = compare({"one": frame, "two": better}).differences.loc[("recall_10", "two")]
    assert row["difference"] == pytest.approx(0.1)
    assert row["low"] < 0 < row["high"]
    assert row["p"] > 0.05


def test_without_an_onset_only_the_scores_are_compared():
    quiet = WORLD[WORLD["target"] < 1992].assign(outcome=0)
    half = quiet.assign(probability=quiet["probability"] / 2)
    found = compare({"one": quiet, "half": half})
    assert found.onsets == 0
    assert found.differences.loc["brier", "difference"].item() > 0
    assert found.differences[["se", "low", "high", "p", "p_delong"]].isna().all(axis=None)
    told = repr(found)
    assert "No onset came: which forecast is better cannot be told" in told
    assert "AUC" not in told
    late = WORLD[WORLD["outcome"] == 1].iloc[1:]
    rest = WORLD[WORLD["outcome"] == 0].iloc[:1]
    with pytest.raises(InputError, match="common rows are onsets"):
        compare({"a": pd.concat([late, rest]), "b": pd.concat([late, WORLD.iloc[-1:]])})


def test_a_comparison_ends_with_its_caution_and_no_zero_has_a_sign():
    found = compare({"one": WORLD, "same": WORLD})
    assert repr(found).endswith(f"no forecast of onset is a finding.\n{CAUTION}")
    assert "no forecast of onset is a finding.<br>A score" in found._repr_html_()
    assert "-0.0000" not in repr(found)
    assert [_signed(v) for v in (-1e-9, 0.0, -0.001, 0.001)] == [
        "0.0000",
        "0.0000",
        "-0.0010",
        "+0.0010",
    ]
    assert "Too few onsets to tell" not in repr(found)
    calm = WORLD.assign(outcome=(WORLD["outcome"] == 1) & (WORLD["outcome"].cumsum() <= 4))
    few = compare({"one": calm, "half": calm.assign(probability=WORLD["probability"] / 2)})
    assert "Too few onsets to tell forecasts apart" in repr(few)
