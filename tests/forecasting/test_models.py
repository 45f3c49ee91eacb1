"""Models of onset: expected values by hand, laws, and what a forecast must not do."""

# ruff: noqa: N806 - X is the name that scikit-learn has for features
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import check_estimator
from threadpoolctl import threadpool_limits

from r2prisk import Profile, load_framework, read_panel, score
from r2prisk.errors import InputError
from r2prisk.forecasting.models import (
    MeanForecaster,
    MonotoneBooster,
    OnsetForecaster,
    ScoreCalibrator,
    onset_features,
    score_features,
    words_of,
)
from r2prisk.forecasting.models.rows import level, ridge_logit, training_rows
from r2prisk.forecasting.read import read_onsets


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small tables are slower on several threads."""
    with threadpool_limits(limits=1):
        yield


UNITS = ["GHA", "TGO", "BEN", "NGA", "NER", "MLI"]  # Benin touches Togo, Niger, Nigeria


def world(first=1990, last=2005, seed=0):
    draw = np.random.default_rng(seed)
    rows = [(u, y) for u in UNITS for y in range(first, last + 1)]
    frame = pd.DataFrame(rows, columns=["unit", "period"])
    for name in ("1.1", "2.1", "9.1", "11.1"):
        frame[name] = draw.random(len(frame)).round(3)
    frame.loc[draw.random(len(frame)) < 0.1, "9.1"] = np.nan
    return read_panel(frame)


def episodes():
    table = pd.DataFrame({"unit": ["NGA", "MLI"], "first": [1995, 2000], "last": [1997, 2000]})
    return read_onsets(table, first=1990, known=2005)


def sample(n=400, seed=1, columns=3):
    """Rows whose chance rises with the score and with no other column."""
    draw = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [[f"U{k}" for k in range(n // 20)], pd.period_range("1981", "2000", freq="Y")],
        names=["unit", "period"],
    )
    X = pd.DataFrame({"risk": draw.random(len(index))}, index=index)
    for k in range(columns):
        X[f"{k + 1}.1"] = draw.random(len(index))
    X["episode ongoing"] = (draw.random(len(index)) < 0.3).astype(float)
    y = (draw.random(len(X)) < expit(-3.0 + 3.0 * X["risk"])).astype(float)
    return X, pd.Series(y, index=index)


MODELS = [
    ScoreCalibrator(),
    OnsetForecaster(),
    OnsetForecaster(apart=True),
    MonotoneBooster(trees=2),
    MeanForecaster(models=[ScoreCalibrator(), OnsetForecaster()]),
]
each = pytest.mark.parametrize("model", MODELS, ids=lambda m: str(m)[:28])


# ---- features


def test_a_standing_is_the_percentile_within_the_period():
    frame = pd.DataFrame(
        {
            "unit": ["GHA", "TGO", "BEN"] * 2,
            "period": [2000] * 3 + [2001] * 3,
            "1.1": [0, 0.1, 0.2, 0.7, 0.8, 0.9],
        }
    )
    ranked = read_panel(frame).standing().to_frame()["1.1"]
    for year in ("2000", "2001"):
        by_unit = ranked.xs(pd.Period(year), level="period")
        assert by_unit.to_dict() == pytest.approx({"GHA": 1 / 3, "TGO": 2 / 3, "BEN": 1.0})


def test_the_scores_are_those_of_the_library():
    panel = world()
    found = score_features(panel)
    expected = score(panel).to_frame()["risk"]
    pd.testing.assert_series_equal(found["risk"], expected)
    standing = score(panel.standing()).to_frame()["risk"]
    np.testing.assert_array_equal(found["standing"], standing)


@pytest.mark.parametrize(
    "kind", [ScoreCalibrator, OnsetForecaster, MonotoneBooster, MeanForecaster]
)
def test_a_profile_of_ones_own_makes_the_scores(kind):
    panel = world(1996, 2000)
    own = Profile.load("default").replace(name="own", exponents={"across": 2.0})
    risk = score(panel, profile=own).to_frame()["risk"]
    made = kind(profile=own).features(panel)
    pd.testing.assert_series_equal(made["risk"], risk, check_exact=True)
    plain = kind().features(panel)["risk"]
    assert (made["risk"] > plain).any()  # a power mean is above a mean


def test_rise_and_memory_by_hand():
    years = {"unit": ["GHA"] * 4, "period": [2000, 2001, 2002, 2003]}
    found = onset_features(read_panel(pd.DataFrame({**years, "1.1": [0.8, 0.0, 0.0, 0.4]})))
    assert found["RF1 rise"].iloc[3] == pytest.approx(0.4 - 0.8)
    keep = 0.5 ** (1 / 5)
    total = 0.8 * keep**3 + 0.4
    weight = keep**3 + keep**2 + keep + 1
    assert found["RF1 memory"].iloc[3] == pytest.approx(total / weight)


def test_neighbours_are_land_neighbours():
    frame = pd.DataFrame({"unit": UNITS, "period": 2000, "1.1": [0.1, 0.2, 0.3, 0.9, 0.5, 0.6]})
    found = onset_features(read_panel(frame)).droplevel("period")
    standing = dict(zip(UNITS, [1 / 6, 2 / 6, 3 / 6, 1.0, 4 / 6, 5 / 6], strict=True))
    around = [standing[unit] for unit in ("TGO", "NGA", "NER")]  # of Benin
    assert found.loc["BEN", "neighbours mean"] == pytest.approx(np.mean(around))
    assert found.loc["BEN", "neighbours worst"] == pytest.approx(1.0)
    assert found.loc["GHA", "neighbours worst"] == pytest.approx(2 / 6)  # of these only Togo


def test_episodes_by_hand():
    found = onset_features(world(), episodes())

    def at(unit, year):
        return found.xs(unit, level="unit").loc[pd.Period(str(year), freq="Y")]

    assert at("NGA", 1996)["episode ongoing"] == 1.0
    assert at("NGA", 1998)["episode ongoing"] == 0.0
    keep = 0.5 ** (1 / 20)
    assert at("NGA", 1997)["episodes past"] == pytest.approx(1 + keep + keep**2)
    assert at("BEN", 1998)["neighbours onsets"] == pytest.approx(0.5)  # Nigeria's, of 1995
    assert at("GHA", 1998)["neighbours onsets"] == 0.0


def test_a_state_remembers_what_it_was_before():
    frame = pd.DataFrame({"unit": ["SUN", "RUS"], "period": [1991, 1992], "1.1": [1.0, 0.0]})
    found = onset_features(read_panel(frame)).loc[("RUS", "1992"), "RF1 memory"]
    keep = 0.5 ** (1 / 5)
    assert float(found) == pytest.approx(keep / (1 + keep))


def test_no_feature_looks_ahead():
    panel, known = world(), episodes()
    whole = onset_features(panel, known)
    for year in (1996, 2000):
        cut = onset_features(panel.select(last=year), known.until(year))
        pd.testing.assert_frame_equal(cut, whole.loc[cut.index], check_exact=True)


def test_rows_before_the_first_year_are_left_out_but_remembered():
    panel = world()
    late = onset_features(panel, since=2000)
    assert late.index.get_level_values("period").year.min() == 2000
    pd.testing.assert_frame_equal(late, onset_features(panel).loc[late.index])


def test_a_panel_all_too_early_is_refused():
    panel = world(first=1960, last=1965)
    for model in (ScoreCalibrator(), OnsetForecaster()):
        with pytest.raises(InputError, match="no row is of 1970 or later, the last is of 1965"):
            model.features(panel)
    assert len(OnsetForecaster(since=1960).features(panel)) == 36


def test_of_a_unit_that_nobody_knows_the_past_is_unknown():
    marks = pd.DataFrame({"unit": "GHA", "period": [2001, 2002], "onset": 0, "ongoing": 0})
    panel = world(first=2000, last=2003).select(units=["GHA", "TGO"])
    past = onset_features(panel, read_onsets(marks))["episodes past"]
    assert past.loc["TGO"].isna().all()
    # nor after the last year that is known
    np.testing.assert_array_equal(past.loc["GHA"], [np.nan, 0.0, 0.0, np.nan])


def test_what_nobody_counted_was_not_quiet():
    known = episodes()
    until = known.periods[-1].year
    found = onset_features(world(last=until + 2), known)
    later = found.index.get_level_values("period").year > until
    columns = ["episode ongoing", "episodes past", "neighbours onsets"]
    assert found.loc[later, columns].isna().all(axis=None)
    assert found.loc[~later, columns].notna().any().all()
    assert found.loc[later, "risk"].notna().all()


def test_any_panel_will_do():
    frame = world().to_frame().reset_index()
    own = load_framework("un-foa-2014").model_copy(update={"name": "own-2026"})
    mine = onset_features(read_panel(frame, frameworks=[own, "sg-resilience-2013"]), episodes())
    np.testing.assert_array_equal(mine, onset_features(world(), episodes()))
    invented = frame[["unit", "period", "1.1"]].replace({"GHA": "XDA"})  # on no map, one column
    found = onset_features(read_panel(invented), episodes())
    assert found.loc["XDA", "neighbours mean"].isna().all()
    assert found["risk"].notna().all()
    known = episodes().until(2003)
    both = pd.DataFrame({h: known.outcomes(found.index, horizon=h) for h in (1, 2)})
    for model in (OnsetForecaster(apart=True), MeanForecaster(models=MODELS[:2], horizon=2)):
        chance = clone(model).fit(found, both[1], outcomes=both).predict_proba(found)
        assert np.isfinite(chance).all()
        assert 0 < chance[:, 1].mean() < 0.2


def test_months_by_hand():
    times = pd.period_range("2000-01", "2003-12", freq="M").astype(str)
    frame = pd.DataFrame({"unit": "GHA", "period": times, "1.1": np.linspace(0, 0.47, 48)})
    spell = pd.DataFrame({"unit": ["GHA"], "first": ["2000-01"], "last": ["2000-12"]})
    known = read_onsets(spell, kind="month", first="2000-01", known="2003-12")
    found = onset_features(read_panel(frame), known).loc["GHA"]
    assert found["RF1 rise"].notna().sum() == 12
    assert found["RF1 rise"].iloc[-1] == pytest.approx(0.36)  # 36 months of 0.01
    keep = 0.5 ** (1 / 240)
    twelve = sum(keep**k for k in range(12)) / 12
    assert found["episodes past"].iloc[11] == pytest.approx(twelve)


def test_days_are_refused():
    frame = pd.DataFrame({"unit": ["GHA"], "period": ["2000-01-01"], "1.1": [0.5]})
    with pytest.raises(InputError, match="years, quarters or months"):
        onset_features(read_panel(frame))


# ---- sums


def test_the_level_makes_forecasts_sum_to_onsets_and_a_half():
    m = np.array([-2.0, -1.0, 0.0, 1.0])
    for y, total in (([0, 0, 1, 1], 2.5), ([0, 0, 0, 0], 0.5), ([1, 1, 1, 1], 3.5)):
        shift = level(m, np.array(y, dtype=float))
        assert expit(m + shift).sum() == pytest.approx(total, abs=1e-9)
    wide = np.array([-200.0, 0.0, 300.0])
    assert expit(wide + level(wide, np.zeros(3))).sum() == pytest.approx(0.5, abs=1e-9)


def test_a_bound_holds_a_coefficient_at_zero():
    x = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    y = np.array([0.0, 1.0, 0.0, 1.0])
    none, one = np.zeros(4), np.full(1, 0.1)
    assert ridge_logit(x, y, none, one, np.zeros(1)).tolist() == [0.0]
    assert ridge_logit(x, y, none, one, np.full(1, -np.inf))[0] < -1.0


def test_ridge_meets_its_first_order_condition():
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(80, 3)), (draw.random(80) < 0.3).astype(float)
    penalty = np.array([1.0, 10.0, 100.0])
    b = ridge_logit(x, y, np.full(80, -0.5), penalty, np.full(3, -np.inf))
    slope = x.T @ (expit(-0.5 + x @ b) - y) + penalty * b
    np.testing.assert_allclose(slope, 0.0, atol=1e-5)


def yearly(first, last, unit="GHA", freq="Y"):
    periods = pd.period_range(first, last, freq=freq)
    return pd.MultiIndex.from_product([[unit], periods], names=["unit", "period"])


def rows_of(index, outcomes, **changes):
    given = {"horizon": 1, "window": 3, "since": 1970} | changes
    return training_rows(index, np.empty(0), outcomes, **given)


def test_recent_rows_are_those_of_the_last_years_with_an_outcome():
    index = yearly("1990", "2000")
    one = pd.Series(0.0, index=index)
    two = one.where(index.get_level_values("period").year < 2000)
    rows = rows_of(index, pd.DataFrame({1: one, 2: two}), since=1992)
    year = index.get_level_values("period").year.to_numpy()[rows.place]
    assert year[rows.recent & (rows.ahead == 0)].tolist() == [1998, 1999, 2000]
    assert year[rows.recent & (rows.ahead == 1)].tolist() == [1997, 1998, 1999]
    assert year.min() == 1992
    assert len(rows.place) == 9 + 8


def test_years_of_months_are_whole():
    index = yearly("1990-01", "2010-03", freq="M")
    rows = rows_of(index, pd.DataFrame({1: 0.0, 2: np.nan}, index=index), window=15)
    periods = index.get_level_values("period")[rows.place[rows.recent]]
    assert (len(periods), str(periods.min()), str(periods.max())) == (180, "1995-04", "2010-03")
    assert rows.horizons == (1,)  # of the second no outcome is known


def test_outcomes_that_are_not_those_of_the_rows_are_refused():
    index = yearly("1990", "1999")
    good = pd.DataFrame({1: 0.0, 2: 0.0}, index=index)
    for bad, found in (
        (good.rename(columns={2: "2"}), "need the columns 1 and 2"),
        (good.iloc[:4], "4 rows, the features have 10"),
        (good.iloc[::-1], "not those of the features, in the same order"),
        (good.replace({1: {0.0: 2.0}}), r"2 is not 1, 0 or NaN \(10 such cells\)"),
        (good * np.nan, "no outcome of horizon 1 is known"),
    ):
        with pytest.raises(InputError, match=found):
            rows_of(index, bad)
    with pytest.raises(InputError, match="known since 2005"):
        rows_of(index, good, since=2005)
    numbers = index.set_levels(range(1990, 2000), level="period")
    with pytest.raises(InputError) as error:
        rows_of(numbers, good.set_axis(numbers) + 3)
    assert [text.split()[0] for text in error.value.problems] == ["outcomes:", "level"]


# ---- models


def test_the_calibrator_finds_a_known_slope():
    X, y = sample(n=20_000)
    model = ScoreCalibrator(window=100).fit(X, y)
    assert model.slope_ == pytest.approx(3.0, abs=0.2)
    assert model.intercept_ == pytest.approx(-3.0, abs=0.2)


def test_the_intercept_is_that_of_recent_years():
    X, _ = sample()
    year = X.index.get_level_values("period").year
    draw = np.random.default_rng(3)
    y = pd.Series((draw.random(len(X)) < np.where(year < 1991, 0.5, 0.1)).astype(float), X.index)
    recent = year >= 1991
    for model in (
        ScoreCalibrator(window=10),
        OnsetForecaster(window=10),
        MonotoneBooster(window=10),
    ):
        mean = model.fit(X, y).predict_proba(X[recent])[:, 1].mean()
        assert mean == pytest.approx((y[recent].sum() + 0.5) / recent.sum(), abs=1e-4)


def test_the_line_minimises_what_its_words_say():
    X, y = sample(n=100)
    model = ScoreCalibrator(window=100).fit(X, y)
    s = X["risk"].to_numpy()
    z = (s - s.mean()) / s.std()

    def loss(b):  # likelihood, next to nothing on the intercept, and (slope - 1)^2 / 2
        m = b[0] + b[1] * z
        return np.logaddexp(0, m).sum() - y @ m + 0.5e-3 * b[0] ** 2 + 0.5 * (b[1] - 1.0) ** 2

    best = minimize(loss, [0.0, 1.0], method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 1e-9})
    assert model.slope_ * s.std() == pytest.approx(best.x[1], abs=1e-4)


@each
@pytest.mark.parametrize("count", [0, 1])
def test_with_next_to_no_onsets_the_order_is_that_of_the_score(model, count):
    X, y = sample(n=100)
    few = pd.Series(0.0, index=y.index)
    few.iloc[int(X["risk"].argmax())] = count
    fitted = clone(model).fit(X, few, outcomes=pd.DataFrame({1: few, 2: few}))
    calm = X[X["episode ongoing"] == 0].sort_values("risk")
    chance = fitted.predict_proba(calm)[:, 1]
    assert (np.diff(chance) > 0).mean() > 0.9
    assert chance[-1] > 5 * chance[0]
    assert fitted.predict_proba(X)[:, 1].sum() < 2.5


def test_a_score_that_orders_wrongly_is_not_turned_round():
    X, y = sample()
    model = ScoreCalibrator().fit(X, 1.0 - y)
    assert model.slope_ == 0.0
    assert np.ptp(model.predict_proba(X)[:, 1]) == 0.0


@each
def test_a_score_that_never_moved_says_nothing_about_one_that_does(model):
    X, _ = sample(n=140)
    flat = X.iloc[:7].assign(risk=0.7)  # the mean of seven 0.7 is not 0.7
    fitted = clone(model).fit(flat, [0, 0, 0, 1, 0, 0, 0])
    moved = fitted.predict_proba(flat.assign(risk=0.9))
    np.testing.assert_allclose(moved, fitted.predict_proba(flat), atol=1e-12)


@each
def test_rows_that_may_not_teach_do_not(model):
    X, y = sample()
    year = X.index.get_level_values("period").year
    both = pd.DataFrame({1: y.mask(year > 1998), 2: y.mask(year > 1997)})
    late = clone(model).set_params(since=1985)
    fitted = clone(late).fit(X, y, outcomes=both)
    other = X.copy()
    other[np.isin(year, [1981, 1984, 1999, 2000])] = 0.123
    again = clone(late).fit(other, 1 - y, outcomes=both)  # y is not read
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))
    one = fitted.predict_proba(X.iloc[[5]])
    np.testing.assert_allclose(one[0], fitted.predict_proba(X)[5], rtol=1e-12)


@each
def test_a_copy_is_the_same_model(model):
    X, y = sample(n=100)
    assert clone(model).get_params().keys() == model.get_params().keys()
    fitted = clone(model).fit(X, y)
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(fitted.predict_proba(X), again.predict_proba(X))
    np.testing.assert_array_equal(fitted.predict_proba(X), clone(fitted).fit(X, y).predict_proba(X))


def test_parameters_out_of_range_are_refused_together():
    X, y = sample(n=40)
    bad = OnsetForecaster(C=0, column="rsik", horizon=3, window=0, since=1970.5)
    with pytest.raises(InputError) as error:
        bad.fit(X, y)
    names = [problem.split(":")[0] for problem in error.value.problems]
    assert names[:4] == ["horizon", "window", "since", "C"]
    assert "no column 'rsik'; did you mean 'risk'" in names[4]
    with pytest.raises(InputError, match="trees: 0 is not a whole number from 1"):
        MonotoneBooster(trees=0).fit(X, y)
    with pytest.raises(InputError, match="models: none given"):
        MeanForecaster(models=[]).fit(X, y)


def test_with_a_strong_penalty_the_forecast_is_the_calibrated_score():
    X, y = sample()
    small = OnsetForecaster(C=1e-9).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(small, ScoreCalibrator().fit(X, y).predict_proba(X), atol=1e-6)


def test_no_tree_is_the_calibrated_score_too():
    X, y = sample()
    few = MonotoneBooster(trees=1).fit(X, y).log_odds(X)
    line = ScoreCalibrator().fit(X, y).log_odds(X)
    assert np.abs(few - line).max() < 0.1


@each
@settings(max_examples=2)
@given(seed=st.integers(0, 20), bump=st.floats(0.0, 2.0))
def test_more_of_any_column_never_lowers_the_forecast(model, seed, bump):
    X, y = sample(n=200, seed=seed)
    fitted = clone(model).fit(X, 1.0 - y if seed % 2 else y)  # also where data say the opposite
    for name in X.columns:
        more = X.assign(**{name: X[name] + bump})
        assert (fitted.predict_proba(more)[:, 1] >= fitted.predict_proba(X)[:, 1] - 1e-12).all()


@each
def test_both_horizons_are_learned_together_whichever_is_asked_for(model):
    X, y = sample()
    two = y.groupby(level="unit").shift(-1).fillna(0.0).clip(lower=y)
    both = pd.DataFrame({1: y, 2: two})
    unknown = y.mask(X.index.get_level_values("period").year == 2000)
    chances = []
    for horizon in (1, 2):
        made = clone(model).set_params(horizon=horizon)
        given_y = unknown if horizon == 1 else two
        chances.append(made.fit(X, given_y, outcomes=both).predict_proba(X)[:, 1])
    assert chances[1].mean() > 1.5 * chances[0].mean()
    again = clone(model).fit(X, unknown, outcomes=both).predict_proba(X)[:, 1]
    np.testing.assert_array_equal(chances[0], again)


@each
def test_what_is_missing_stands_at_the_mean(model):
    X, y = sample()
    fitted = clone(model).fit(X, y)
    gap = X.mask(np.random.default_rng(0).random(X.shape) < 0.3)
    assert np.isfinite(fitted.predict_proba(gap)).all()
    holes = X.iloc[:2] * np.nan
    middle = pd.DataFrame([X.mean()] * 2, index=holes.index)
    np.testing.assert_allclose(fitted.predict_proba(holes), fitted.predict_proba(middle), atol=1e-3)


def test_a_column_without_any_value_is_no_obstacle():
    X, y = sample()
    X["7.14"] = np.nan
    later = X.assign(**{"7.14": 1.0})
    for model in MODELS:
        fitted = clone(model).fit(X, y)
        np.testing.assert_array_equal(fitted.predict_proba(later), fitted.predict_proba(X))


@pytest.mark.parametrize("model", MODELS[:4], ids=lambda m: str(m)[:28])
@pytest.mark.parametrize("horizon", [1, 2])
def test_contributions_sum_to_the_log_odds(model, horizon):
    X, y = sample()
    changes = {"horizon": horizon} | ({"C": 1.0} if "C" in model.get_params() else {})
    fitted = clone(model).set_params(**changes)
    fitted.fit(X, y, outcomes=pd.DataFrame({1: y, 2: np.maximum(y, np.roll(y, -1))}))
    gaps = X.mask(np.random.default_rng(0).random(X.shape) < 0.2)
    parts = fitted.contributions(gaps)
    np.testing.assert_allclose(parts.sum(axis=1), fitted.log_odds(gaps), atol=1e-9, rtol=0)
    chance = fitted.predict_proba(gaps)[:, 1]
    np.testing.assert_allclose(parts.sum(axis=1), logit(chance), atol=1e-9, rtol=0)
    assert (parts.drop(columns="base rate", level="id").std() > 1e-4).sum() >= 1
    missing = gaps["risk"].isna().to_numpy()
    assert (parts["score: risk"].to_numpy()[missing] == 0).all()
    labels = parts.columns.get_level_values("label")
    assert len(set(labels)) == len(labels)
    assert labels[0].startswith("Base rate of recent years")


def test_contributions_and_coefficients_speak_the_frameworks_words():
    X, y = sample()
    label = "Armed conflict between or within states"
    fitted = OnsetForecaster(C=1.0, apart=True).fit(X, y)
    assert ("1.1", label) in fitted.contributions(X).columns
    table = fitted.coefficients()
    assert table.columns.tolist() == ["first", "ongoing"]
    assert table.loc[("1.1", label), "first"] == fitted.coef_[X.columns.get_loc("1.1")]
    assert table["first"].iloc[:2].tolist() == [fitted.intercept_, fitted.slope_]
    own = fitted.coefficients(framework="sg-risk-2013").index
    assert ("1.1", "1.1") in own


def test_each_tree_looks_at_one_factor():
    X, _ = sample(n=2000)
    X["RF2 rise"] = np.random.default_rng(2).random(len(X))
    # the two columns matter together only: trees of both would find that, trees of one cannot
    y = ((X["1.1"] > 0.5) & (X["2.1"] > 0.5)).astype(float)
    fitted = MonotoneBooster(trees=20).fit(X, y)
    assert list(fitted.groups_) == ["scores", "1", "2", "3", "episodes"]
    parts = fitted.contributions(X)
    other = fitted.contributions(X.assign(**{"2.1": 0.0, "RF2 rise": 1.0}))
    pd.testing.assert_frame_equal(parts["group 1"], other["group 1"])
    np.testing.assert_allclose(
        other.sum(axis=1), fitted.log_odds(X.assign(**{"2.1": 0.0, "RF2 rise": 1.0})), atol=1e-9
    )
    assert parts["group 1"].to_numpy().std() > 10 * parts["group 3"].to_numpy().std()
    assert parts["group 1"].columns[0].endswith(": trees")


def test_first_outbreaks_and_ongoing_episodes_apart():
    X, _ = sample(n=2000)
    under_way = X["episode ongoing"] == 1.0
    draw = np.random.default_rng(5)
    y = pd.Series((draw.random(len(X)) < np.where(under_way, 0.4, 0.05)).astype(float), X.index)
    fitted = OnsetForecaster(apart=True, window=100).fit(X, y)
    assert list(fitted.parts_) == ["first", "ongoing"]
    chance = fitted.predict_proba(X)[:, 1]
    for some in (under_way, ~under_way):
        assert chance[some].sum() == pytest.approx(y[some].sum() + 0.5, abs=1e-6)
    unknown = X.assign(**{"episode ongoing": np.nan})
    as_none = X.assign(**{"episode ongoing": 0.0})
    np.testing.assert_array_equal(fitted.predict_proba(unknown), fitted.predict_proba(as_none))


def test_apart_with_too_little_of_either():
    X, y = sample()
    with pytest.raises(InputError, match="no column 'episode ongoing'"):
        OnsetForecaster(apart=True).fit(X.drop(columns="episode ongoing"), y)
    whole = OnsetForecaster().fit(X.assign(**{"episode ongoing": 1.0}), y)
    one_kind = OnsetForecaster(apart=True).fit(X.assign(**{"episode ongoing": 1.0}), y)
    assert list(one_kind.parts_) == ["all"]
    np.testing.assert_array_equal(one_kind.predict_proba(X), whole.predict_proba(X))
    early = (X.index.get_level_values("period").year < 1985).astype(float)
    X["episode ongoing"] = early  # none among the recent rows: all its rows set its level
    fitted = OnsetForecaster(apart=True, window=5).fit(X, y)
    chance = fitted.predict_proba(X)[early == 1, 1]
    assert chance.sum() == pytest.approx(y[early == 1].sum() + 0.5, abs=1e-6)


def test_the_mean_is_the_mean_and_leaves_its_models_alone():
    X, y = sample()
    models = [ScoreCalibrator(), OnsetForecaster()]
    mean = MeanForecaster(models=models, horizon=2).fit(X, y)
    single = [clone(m).set_params(horizon=2).fit(X, y).predict_proba(X) for m in models]
    np.testing.assert_allclose(mean.predict_proba(X), np.mean(single, axis=0))
    assert [m.horizon for m in models] == [1, 1]


def test_the_mean_takes_any_classifier_and_draws_nothing_by_chance():
    X, y = sample(n=200)
    year = X.index.get_level_values("period").year
    both = pd.DataFrame({1: y.mask(year == 2000), 2: y.mask(year > 1998)})
    line, forest = LogisticRegression(), RandomForestClassifier(n_estimators=3)
    mean = MeanForecaster(models=[line, forest, ScoreCalibrator()], horizon=2, since=1985)
    first = clone(mean).fit(X, y, outcomes=both)
    seen = (year >= 1985) & (year <= 1998)
    alone = LogisticRegression().fit(X[seen], y[seen]).predict_proba(X)
    np.testing.assert_allclose(first.models_[0].predict_proba(X), alone)
    again = clone(mean).fit(X, y, outcomes=both).predict_proba(X)
    np.testing.assert_array_equal(first.predict_proba(X), again)
    other = clone(mean).set_params(random_state=7).fit(X, y, outcomes=both)
    assert other.models_[1].random_state == 7
    assert forest.random_state is None


def test_words():
    assert words_of("RF1 rise").endswith(": change over three years")
    assert words_of("score: risk") == words_of("risk") + " (what is corrected)"
    assert words_of("group neighbours") == "Neighbouring countries: trees"
    assert words_of("group 9").endswith("protected groups: trees")
    assert words_of("SGR1 rise", framework="sg-risk-2013").endswith(": change over three years")
    assert not words_of("SGR1 rise", framework="sg-risk-2013").startswith("SGR1")
    assert words_of("something else") == "something else"


CHECKED = [*MODELS[:2], MonotoneBooster(trees=1), MeanForecaster(models=MODELS[:1])]


@pytest.mark.parametrize("model", CHECKED, ids=lambda m: type(m).__name__)
def test_the_conventions_of_scikit_learn(model):
    check_estimator(clone(model), on_skip=None)
