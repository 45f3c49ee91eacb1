"""Figures against closed forms, scikit-learn, and forecasts whose truth is known."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)

from r2prisk import InputError
from r2prisk.about import CAUTION
from r2prisk.catalogue.units import resolve
from r2prisk.forecasting import Backtest, read_onsets, verify
from r2prisk.forecasting.verification.calibration import (
    calibration_error,
    luck_of,
    murphy,
    reliability,
    slopes,
)
from r2prisk.forecasting.verification.discrimination import area, area_within, average_precision
from r2prisk.forecasting.verification.figures import _interval
from r2prisk.forecasting.verification.lists import alarm_table, each_once, entrants, membership
from r2prisk.forecasting.verification.show import _number


def world(units: int = 50, years: int = 16, seed: int = 0) -> pd.DataFrame:
    """Outcomes drawn from chances that are known."""
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product(
        [[f"U{n:03}" for n in range(units)], range(1990, 1990 + years)]
    )
    frame = pd.DataFrame(index.tolist(), columns=["unit", "target"])
    level = np.repeat(rng.normal(-2.5, 1.2, units), years)
    frame["probability"] = expit(level + rng.normal(0, 0.3, len(frame)))
    frame["outcome"] = (rng.random(len(frame)) < frame["probability"]).astype(int)
    frame["ongoing"] = rng.random(len(frame)) < 0.2
    return frame


WORLD = world()
PLAIN = WORLD.drop(columns="ongoing")
FOUND = verify(WORLD)
SMALL = world(units=12, years=6).drop(columns="ongoing")


@pytest.fixture
def few(monkeypatch):
    """Sixty resamples, where the figures matter and not their intervals."""
    for module in ("table", "figures"):
        monkeypatch.setattr(f"r2prisk.forecasting.verification.{module}.DRAWS", 60)


SAMPLES = st.lists(
    st.tuples(st.integers(0, 4), st.booleans(), st.integers(0, 3)), min_size=2, max_size=30
).filter(lambda rows: len({y for _, y, _ in rows}) == 2)


@settings(max_examples=20)
@given(SAMPLES, st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_a_resample_is_what_scikit_learn_says_of_repeated_rows(rows, counts):
    chance, outcome, unit = (np.array(column) for column in zip(*rows, strict=True))
    chance, outcome = chance / 4, outcome.astype(float)
    times = np.array(counts)[unit]
    many, came = np.repeat(chance, times), np.repeat(outcome, times)
    weights = np.array([counts], dtype=float)
    auc = area(chance, outcome, unit, weights)[0]
    ap = average_precision(chance, outcome, unit, weights)[0]
    if len(set(came)) < 2:
        assert np.isnan(auc)
    else:
        assert auc == pytest.approx(roc_auc_score(came, many), abs=1e-12)
        assert ap == pytest.approx(average_precision_score(came, many), abs=1e-12)


def test_the_figures_are_those_of_scikit_learn():
    y, p = WORLD["outcome"], WORLD["probability"]
    assert FOUND.value("auc") == pytest.approx(roc_auc_score(y, p))
    assert FOUND.value("average_precision") == pytest.approx(average_precision_score(y, p))
    assert FOUND.value("brier") == pytest.approx(brier_score_loss(y, p))
    assert FOUND.value("log_score") == pytest.approx(log_loss(y, p))
    line = LogisticRegression(C=np.inf, tol=1e-10).fit(logit(p).to_numpy()[:, None], y)
    assert FOUND.value("intercept") == pytest.approx(line.intercept_[0], abs=1e-4)
    assert FOUND.value("slope") == pytest.approx(line.coef_[0, 0], abs=1e-4)
    first = WORLD[~WORLD["ongoing"]]
    auc = roc_auc_score(first["outcome"], first["probability"])
    assert FOUND.value("auc", "first outbreaks") == pytest.approx(auc)


def test_a_forecast_that_knows_the_chances_is_calibrated():
    table = FOUND.figures.loc["all"]
    assert table.loc["slope", "low"] < 1 < table.loc["slope", "high"]
    assert table.loc["intercept", "low"] < 0 < table.loc["intercept", "high"]
    ratio = table.loc["expected_over_observed"]
    assert ratio["low"] < 1 < ratio["high"]
    luck = table.loc["ece_if_calibrated"]
    assert luck["low"] < table.loc["ece", "value"] < luck["high"]
    inside = FOUND.reliability["onsets"].between(
        FOUND.reliability["low"], FOUND.reliability["high"]
    )
    assert inside.sum() >= 9
    assert table.loc["log_skill", "low"] > 0


def test_one_that_is_too_bold_and_one_that_says_too_much_are_seen(few):
    p = PLAIN["probability"].to_numpy()
    bold = verify(PLAIN.assign(probability=expit(2 * logit(p))))
    assert bold.value("slope") == pytest.approx(FOUND.value("slope") / 2, abs=1e-6)
    much = verify(PLAIN.assign(probability=np.minimum(2 * p, 0.99)))
    ece = much.figures.loc[("all", "ece")]
    assert ece["low"] > much.figures.loc[("all", "ece_if_calibrated"), "high"]


def test_climatology_has_no_skill_and_what_it_is(few):
    flat = PLAIN.assign(probability=0.5)
    past = flat[flat["target"] < 1992]["outcome"]
    share = (past.sum() + 0.5) / (len(past) + 1)
    table = verify(flat).forecasts
    of_1992 = table[table["target"].dt.year == 1992]["climatology"]
    assert of_1992.unique().tolist() == [pytest.approx(share)]
    assert table.loc[table["target"].dt.year == 1990, "climatology"].isna().all()
    # what is verified stands in order of target and unit
    order = PLAIN.sort_values(["target", "unit"])
    own = verify(order.assign(probability=table["climatology"].fillna(0.1).to_numpy()))
    assert own.value("log_skill") == 0
    assert own.value("brier_skill") == 0
    assert own.aside["without a reference (left out of skill scores only)"] == 50


def test_skill_by_arithmetic_against_another_forecast():
    frame = pd.DataFrame({"unit": ["A", "B", "C"], "target": 2000, "outcome": [1, 0, 0],
                          "probability": [0.5, 0.2, 0.1]})  # fmt: skip
    other = frame.assign(probability=[0.25, 0.25, 0.25])
    found = verify(frame, reference=other)
    ours, theirs = 0.25 + 0.04 + 0.01, 0.5625 + 2 * 0.0625
    assert found.value("brier_skill") == pytest.approx(1 - ours / theirs)
    ours = -np.log(0.5) - np.log(0.8) - np.log(0.9)
    assert found.value("log_skill") == pytest.approx(1 - ours / (-np.log(0.25) - 2 * np.log(0.75)))


def test_every_interval_holds_its_figure():
    table = FOUND.figures
    known = table["low"].notna()
    assert known.all()
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert (table["se"] > 0).sum() > 30


def test_certain_chances_cost_much_but_not_everything():
    frame = pd.DataFrame({"unit": ["A", "B", "C"], "target": 2000, "outcome": [1, 0, 0],
                          "probability": [0.0, 0.2, 1.0]})  # fmt: skip
    assert verify(frame).value("log_score") == pytest.approx((-2 * np.log(1e-6) - np.log(0.8)) / 3)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 3), min_size=4, max_size=6), st.integers(1, 4), st.data())
def test_places_on_a_list_are_the_mean_over_all_ways_to_break_ties(levels, size, data):
    outcome = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(levels), max_size=len(levels)))
    )
    counts = np.zeros(len(levels))
    orders = list(itertools.permutations(range(len(levels))))
    for order in orders:
        ranked = sorted(order, key=lambda n: -levels[n])  # stable: ties stay as dealt
        counts[ranked[:size]] += 1
    member = membership(np.array(levels, dtype=float), np.zeros(len(levels), dtype=int), size)
    assert member == pytest.approx(counts / len(orders))
    assert (member * outcome).sum() == pytest.approx((counts * outcome).sum() / len(orders))


def test_recall_within_the_period_with_a_tie():
    # 2000: A is above, B and C tie for places two and three of a list cut to two
    member = membership(np.array([0.9, 0.5, 0.5, 0.1]), np.zeros(4, dtype=int), 2)
    assert member.tolist() == [1, 0.5, 0.5, 0]
    frame = pd.DataFrame({"unit": [f"U{n}" for n in range(15)], "target": 2000,
                          "probability": [0.9] * 9 + [0.5] * 3 + [0.1] * 3,
                          "outcome": [1] + [0] * 8 + [1] + [0] * 5})  # fmt: skip
    found = verify(frame)
    assert found.value("recall_10") == pytest.approx((1 + 1 / 3) / 2)
    assert found.value("precision_10") == pytest.approx((1 + 1 / 3) / 10)
    assert found.hits(10)["unit"].tolist() == ["U0"]
    assert found.misses(10)["unit"].tolist() == ["U9"]


def test_lead_turnover_and_names():
    years = list(range(2000, 2004))
    units = [f"U{n:02}" for n in range(40)]
    frame = pd.DataFrame([(u, y) for y in years for u in units], columns=["unit", "target"])
    frame["probability"] = frame["unit"].str[1:].astype(int) / 100
    # U00 climbs onto the list in 2002 and stays; its onset comes in 2003
    climbs = (frame["unit"] == "U00") & (frame["target"] >= 2002)
    frame.loc[climbs, "probability"] = 0.9
    frame["outcome"] = ((frame["unit"] == "U00") & (frame["target"] == 2003)).astype(int)
    frame["record"] = np.where(frame["unit"] == "U00", "coup attempt", None)
    found = verify(frame)
    onset = found.onsets.iloc[0]
    assert (onset["rank"], onset["of"], onset["lead"], onset["record"]) == (
        1,
        40,
        2,
        "coup attempt",
    )
    assert (found.value("recall_30"), found.value("lead_2"), found.value("lead_3")) == (1, 1, 0)
    assert found.value("entrants_30") == pytest.approx(1 / 3)  # one new in three steps
    alarms = found.false_alarms(10).set_index("unit")
    assert alarms.loc["U39", ["first", "last", "periods"]].astype(str).tolist() == [
        "2000",
        "2003",
        "4",
    ]
    assert alarms.loc["U00", "periods"] == 1  # 2002; 2003 was right
    assert found.by_target["top_30"].tolist() == [0, 0, 0, 1]
    assert found.list_of(2003, 10)["unit"].iloc[0] == "U00"
    assert "U00 2003: place 1 of 40, chance 90.0%" in repr(found)
    wilson = found.figures.loc[("all", "recall_30")]
    assert wilson["low"] == pytest.approx(1 / (1 + norm.ppf(0.975) ** 2))  # one of one


def test_entrants_skip_a_year_without_rows():
    new, steps = entrants(np.array([1.0, 1.0, 0.0]), np.array([0, 1, 0]), np.array([0, 2, 3]), 2)
    assert (new.tolist(), steps) == ([0.0, 0.0], 1)


def test_the_area_within_a_period_forgets_how_periods_differ():
    # a forecast that knows the year alone
    frame = pd.DataFrame({"t": [0] * 10 + [1] * 10, "y": [1] * 5 + [0] * 14 + [1]})
    chance = np.where(frame["t"] == 0, 0.5, 0.1)
    args = chance, frame["y"].to_numpy(float), np.arange(20)
    assert area(*args, np.ones((1, 20)))[0] > 0.6
    assert area_within(*args, frame["t"].to_numpy(), np.ones((1, 20)))[0] == 0.5


def test_precision_recall_and_reliability_data():
    curve = FOUND.precision_recall()
    assert curve["recall"].iloc[0] == 1
    assert curve["precision"].iloc[0] == pytest.approx(WORLD["outcome"].mean())
    table = FOUND.reliability
    assert table["rows"].sum() == len(WORLD)
    assert table["onsets"].sum() == WORLD["outcome"].sum()
    gap = np.abs(table["expected"] - table["onsets"]).sum() / len(WORLD)
    assert FOUND.value("ece") == pytest.approx(gap)
    assert len(reliability(np.full(50, 0.1), np.zeros(50))) == 1


def test_calibration_that_cannot_be_said_is_unknown():
    ones = np.ones((1, 4))
    for chance in ([0.1] * 4, [0.1, 0.1, 0.9, 0.9]):  # all equal; told apart without error
        found = slopes(np.array(chance), np.array([0.0, 0, 1, 1]), np.arange(4), ones)
        assert np.isnan(found).all()
    assert calibration_error(np.full(4, 0.5), np.array([0.0, 0, 1, 1]), np.arange(4), ones)[0] == 0


def test_the_same_seed_gives_the_same_figures(few):
    one, again, other = verify(SMALL), verify(SMALL), verify(SMALL, rng=1)
    pd.testing.assert_frame_equal(one.figures, again.figures, check_exact=True)
    assert not other.figures["low"].equals(one.figures["low"])
    assert (one.provenance["seed"], other.provenance["seed"]) == (0, 1)


def test_faults_are_named():
    with pytest.raises(InputError) as caught:
        verify(pd.DataFrame({"unit": ["A", "A"], "target": [2000, 2000], "probability": [2, 0.1],
                             "outcome": [3, 0]}))  # fmt: skip
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="has no column 'target'; did you mean 'targets'"):
        verify(WORLD.rename(columns={"target": "targets"}))
    with pytest.raises(InputError, match="stand twice"):
        verify(pd.concat([WORLD, WORLD]))
    with pytest.raises(InputError, match="all 800 rows with a known outcome are onsets; give"):
        verify(WORLD.assign(outcome=1))
    with pytest.raises(InputError, match="none of 800 rows has a known outcome"):
        verify(WORLD.assign(outcome=np.nan))
    with pytest.raises(InputError, match="compare them"):
        verify(WORLD.assign(model=np.where(WORLD["target"] > 2000, "a", "b")))
    with pytest.raises(InputError, match="no figure 'acu'; did you mean 'auc'"):
        FOUND.value("acu")
    with pytest.raises(InputError, match="no list of 15"):
        FOUND.hits(15)
    with pytest.raises(InputError, match="give a table of rows"):
        verify(WORLD, reference=read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2000]})))


def test_the_reference_forecasts_of_the_field(data_folder, few):
    folder = data_folder / "ewp"
    given = pd.read_csv(folder / "foos_forecasts_1994_2014.csv").dropna(subset=["risk_prev"])
    unit = resolve(given["ccode"], "cow", given["year"])
    frame = pd.DataFrame(
        {"unit": unit, "target": given["year"], "probability": given["risk_prev"] / 2,
         "outcome": given["mk_onset"]}
    )  # fmt: skip
    used = ["ccode", "year", "mk_onset"]
    rows = pd.read_csv(folder / "prepared_predictors_1960_2014.csv", usecols=used)
    onsets = rows.assign(unit=resolve(rows["ccode"], "cow", rows["year"]), onset=rows["mk_onset"])
    history = read_onsets(onsets[["unit", "year", "onset"]])
    found = verify(frame, reference=history)
    assert found.rows.loc["all"].tolist() == [3362, 31]
    shown = {name: round(found.value(name), digits) for name, digits in
             (("auc", 3), ("average_precision", 3), ("recall_30", 2), ("recall_10", 2))}  # fmt: skip
    assert shown == {"auc": 0.822, "average_precision": 0.039, "recall_30": 0.65, "recall_10": 0.32}
    # their chance is of two years, halved; against the share of onsets since 1960
    assert found.value("log_skill") == pytest.approx(0.133, abs=0.002)
    se = found.figures.loc[("all", "auc"), "se"]
    assert 0.02 < se < 0.05


def test_a_word_is_not_an_unknown_outcome(few):
    words = SMALL.astype({"outcome": object})
    words.loc[3, "outcome"] = "yes"
    with pytest.raises(InputError, match="'yes' is no number"):
        verify(words)
    empty = SMALL.astype({"outcome": float})
    empty.loc[3, "outcome"] = np.nan
    assert verify(empty).aside["without a known outcome"] == 1


def test_the_reference_counts_rows_before_each_target():
    frame = pd.DataFrame({"unit": ["SDN", "NOR"] * 4, "year": np.repeat(range(2000, 2004), 2)})
    history = read_onsets(frame.assign(onset=[1, 0, 0, 0, 0, 0, 1, 0]))
    given = frame.rename(columns={"year": "target"}).assign(
        probability=0.1, outcome=[0, 0] * 3 + [1, 0]
    )
    one = verify(given, reference=history).forecasts
    # before 2003: the six rows of 2000 to 2002, one of them an onset
    assert one.loc[one["target"].dt.year == 2003, "climatology"].iloc[0] == pytest.approx(1.5 / 7)
    # before 2001: the two rows of 2000
    assert one.loc[one["target"].dt.year == 2001, "climatology"].iloc[0] == pytest.approx(1.5 / 3)


def test_a_year_without_a_row_breaks_a_run():
    years = pd.PeriodIndex(["2000", "2001", "2003"], freq="Y")
    frame = pd.DataFrame({"unit": "SDN", "target": years, "probability": 0.2, "outcome": 0.0,
                          "ongoing": False})  # fmt: skip
    assert alarm_table(frame, years.asi8, 10)["periods"].tolist() == [2, 1]


def test_the_standard_error_is_that_of_countries_and_not_of_rows():
    # each country has one score all its years long: n countries say what n rows would
    units, years = 40, 25
    frame = pd.DataFrame(
        [(f"U{u:02}", 1990 + t) for u in range(units) for t in range(years)],
        columns=["unit", "target"],
    )
    level = np.repeat(np.random.default_rng(0).uniform(0, 0.6, units), years)
    frame = frame.assign(probability=level, outcome=(np.arange(len(frame)) % years < 2).astype(int))
    brier = ((frame["probability"] - frame["outcome"]) ** 2).groupby(frame["unit"]).mean()
    se = verify(frame).figures.loc[("all", "brier"), "se"]
    assert se == pytest.approx(brier.std(ddof=0) / np.sqrt(units), rel=0.08)


def test_onsets_of_one_country_say_nothing_of_spread(few):
    one = SMALL.assign(outcome=(SMALL["unit"] == "U004").astype(int))
    found = verify(one)
    table = found.figures.loc["all"].drop(["auc_delong", "ece_if_calibrated"])
    assert np.isfinite(table["value"]).sum() > 15
    whole = table.index.str.startswith(("recall", "lead")) & (table["value"] == 1)
    assert table.loc[~whole, ["se", "low", "high"]].isna().all(axis=None)
    assert "unknown where they rest on the onsets of one unit" in repr(found)


def test_a_forecast_without_a_fault_has_no_certain_area(few):
    perfect = verify(SMALL.assign(probability=0.1 + 0.8 * SMALL["outcome"])).figures.loc["all"]
    for name in ("auc", "auc_within", "average_precision", "auc_delong"):
        assert perfect.loc[name, "value"] == 1
        assert perfect.loc[name, ["se", "low", "high"]].isna().all()
    countries = SMALL.loc[SMALL["outcome"] == 1, "unit"].nunique()
    wilson = countries / (countries + norm.ppf(0.975) ** 2)
    assert perfect.loc["recall_20", "low"] == pytest.approx(wilson)


def test_a_lead_needs_a_place_for_sure():
    frame = pd.DataFrame([(f"U{n:02}", y) for y in (2000, 2001) for n in range(40)],
                         columns=["unit", "target"])  # fmt: skip
    frame["probability"] = 0.1  # in 2000 all tie for the 30 places
    frame.loc[(frame["target"] == 2001) & (frame["unit"] < "U30"), "probability"] = 0.2
    frame["outcome"] = ((frame["unit"] == "U00") & (frame["target"] == 2001)).astype(int)
    found = verify(frame)
    assert found.onsets["lead"].tolist() == [1]
    assert found.value("lead_2") == pytest.approx(30 / 40)


def test_the_murphy_diagram_is_its_definition_and_holds_the_brier_score(few):
    found = verify(SMALL, reference=SMALL.assign(probability=0.2))
    curve = found.murphy()
    p, y = found.table.chance, found.table.outcome
    theta = curve["theta"].to_numpy()
    low, high = np.minimum(p, y), np.maximum(p, y)
    for n in range(0, len(theta), 7):
        hit = (low <= theta[n]) & (theta[n] < high)
        assert curve["loss"][n] == pytest.approx((hit * np.abs(y - theta[n])).mean())
    # between two chances that were said it is a line: twice its area is the Brier score
    middle = murphy(p, y, (theta[1:] + theta[:-1]) / 2)
    assert 2 * (middle * np.diff(theta)).sum() == pytest.approx(found.value("brier"))
    assert curve["reference"].notna().all()
    assert verify(SMALL).murphy()["reference"].isna().all()  # the first year has none


def test_targets_of_any_kind_and_lists_by_any_name_of_them(few):
    months = [f"2001-{m:02}" for m in range(1, 7)]
    found = verify(SMALL.assign(target=SMALL["target"].map(dict(enumerate(months, 1990)))))
    assert "an onset within 1 month" in repr(found)
    assert "new on the list of 30 each month" in repr(found)
    assert "Lists of 20, 30 say nothing: there are at most 12 rows a month" in repr(found)
    as_text = SMALL.assign(target=SMALL["target"].astype(str)).set_index("unit", drop=False)
    whole = verify(as_text.set_index("target", append=True))
    pd.testing.assert_frame_equal(whole.figures, found.figures, check_exact=True)
    for name in (1991, 1991.0, "1991", pd.Period("1991")):
        assert len(whole.list_of(name, 10)) == 10
    with pytest.raises(InputError, match="no target 1880; there are 1990 to 1995"):
        whole.list_of(1880)
    with pytest.raises(InputError, match="'soon' is not a year"):
        whole.list_of("soon")


def test_onsets_that_no_row_forecasts_are_named(few):
    episodes = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "first": [2002, 2003, 1999],
                             "last": [2004, 2005, 2000]})  # fmt: skip
    onsets = read_onsets(episodes, first=1998, known=2006)
    rows = [(u, y) for u in ("SDN", "KEN") for y in range(2000, 2006)]
    frame = pd.DataFrame(rows, columns=["unit", "target"]).assign(probability=0.1)
    found = verify(frame, onsets=onsets)
    assert found.aside["onset that no row forecasts (GHA 2003)"] == 1  # Kenya's came before
    assert "1 onset that no row forecasts (GHA 2003)" in repr(found)
    assert found.rows.loc["all", "onsets"] == 1


def test_rows_of_which_nobody_says_what_was_under_way_are_counted(few):
    marks = pd.Series(np.arange(len(SMALL)) % 4 == 0, dtype=object)
    marks[:5] = None
    found = verify(SMALL.assign(ongoing=marks))
    assert found.rows["rows"].to_dict() == {"all": 72, "first outbreaks": 51, "ongoing": 16}
    assert [n for why, n in found.aside.items() if "under way" in why] == [5]
    as_numbers = verify(SMALL.assign(ongoing=marks.astype(float)))
    pd.testing.assert_frame_equal(as_numbers.figures, found.figures, check_exact=True)


def test_all_that_is_wrong_with_a_table_made_by_hand_is_told_at_once():
    bad = SMALL.assign(ongoing="yes", probability=SMALL["probability"] * 100, climatology=5.0)
    with pytest.raises(InputError) as caught:
        verify(bad.assign(unit=3), onsets="no", reference=7)
    told = " / ".join(caught.value.problems)
    for part in (
        *("onsets: needs Onsets, found str", "reference: needs Onsets or a frame"),
        *(
            "found 3",
            "'yes' is no number; use 1, 0",
            "per cent?",
            "column 'climatology': 72 values",
        ),
    ):
        assert part in told
    with pytest.raises(InputError, match="'outcome' stands more than once"):
        verify(pd.concat([SMALL, SMALL[["outcome"]]], axis=1))
    with pytest.raises(InputError, match="12 cells are empty"):
        verify(SMALL.assign(probability=SMALL["probability"].where(SMALL["target"] > 1990)))
    with pytest.raises(InputError, match="column 'ongoing': holds more than 0, 1"):
        verify(SMALL.assign(ongoing=2))
    with pytest.raises(InputError, match="rng is -1; it must be a whole number"):
        verify(SMALL, rng=-1)


def test_a_reference_of_another_kind_or_of_other_rows_is_refused():
    with pytest.raises(InputError, match="stands by month, the forecasts by year"):
        verify(SMALL, reference=SMALL.assign(target="2001-01").drop_duplicates("unit"))
    months = pd.DataFrame({"unit": "SDN", "period": ["2001-01", "2001-02"], "onset": [1, 0]})
    with pytest.raises(InputError, match="stands by month, the forecasts by year"):
        verify(SMALL, reference=read_onsets(months, kind="month"))
    with pytest.raises(InputError, match="none of the forecasts' units and targets"):
        verify(SMALL, reference=SMALL.assign(target=SMALL["target"] + 50))


def test_text_from_outside_is_escaped(few):
    found = verify(SMALL.assign(unit=SMALL["unit"].replace("U004", "<script>")))
    assert "<script>" in found.onsets["unit"].tolist()
    assert "<script>" not in found._repr_html_()
    assert "share that came" in found._repr_html_()


def test_an_interval_stands_about_its_figure_whatever_the_bias():
    draws = np.linspace(0.3, 0.5, 1001)  # resampling lifts an error of calibration
    value, _, low, high = _interval("ece", np.append(0.1, draws), 5)
    assert (value, low, high) == (0.1, pytest.approx(0.005), pytest.approx(0.195))
    assert _interval("ece", np.append(0.05, draws), 5)[2] == 0.0


def one_year(*, onsets: tuple[int, ...] = (), units: int = 40) -> pd.DataFrame:
    """Forty countries of one year, the nth with a chance of n in a thousand."""
    n = np.arange(units)
    return pd.DataFrame({"unit": [f"U{i:02}" for i in n], "target": 2003, "probability": n / 1000,
                         "outcome": np.isin(n, onsets).astype(int)})  # fmt: skip


def test_a_year_without_an_onset_is_told_and_not_refused(few):
    found = verify(one_year())
    p = np.arange(40) / 1000
    none = np.prod(1 - p)
    assert (p.sum(), none) == (pytest.approx(0.78), pytest.approx(0.454, abs=0.001))
    told = repr(found)
    assert (
        "Onsets: 0 came, 0.8 expected by the chances; if these are right, none come in 45" in told
    )
    assert f"Brier score {(p**2).mean():.4f}, log score {-np.log(1 - p).mean():.4f}" in told
    assert "List of 10 for 2003: U39 3.9%, U38 3.8%" in told
    assert "No onset came: skill cannot be told" in told
    assert "AUC" not in told
    assert "No onset came" in found._repr_html_()
    assert np.isnan(found.value("auc"))
    assert found.value("brier") == pytest.approx((p**2).mean())
    assert (len(found.onsets), len(found.misses()), found.reliability["onsets"].sum()) == (0, 0, 0)
    assert found.precision_recall()["recall"].isna().all()
    assert np.isfinite(found.murphy()["loss"]).all()


def test_of_few_onsets_each_is_named_and_no_skill_is_shown(few):
    found = verify(one_year(onsets=(5, 38)))
    told = " ".join(repr(found).split())
    assert "U05 2003: place 35 of 40, chance 0.5%" in told
    assert "U38 2003: place 2 of 40, chance 3.8%" in told
    p = np.arange(40) / 1000
    none = np.prod(1 - p)
    two = 1 - none - none * (p / (1 - p)).sum()  # neither none nor one
    assert f"so many or more come in {100 * two:.0f} of 100 worlds" in told
    assert "Too few onsets for any figure of skill" in told
    for shown in (told, found._repr_html_()):
        assert "AUC" not in shown
        assert "unknown" not in shown
    assert np.isfinite(found.value("auc"))
    assert "AUC, all rows" in repr(verify(one_year(onsets=(5, 20, 30, 36, 38))))


@settings(max_examples=20)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=6), st.data())
def test_the_chance_of_so_few_is_the_sum_over_all_worlds(chance, data):
    count = data.draw(st.integers(0, len(chance)))
    few = many = 0.0
    for world_ in itertools.product((0, 1), repeat=len(chance)):
        likely = np.prod([p if came else 1 - p for p, came in zip(chance, world_, strict=True)])
        few += likely * (sum(world_) <= count)
        many += likely * (sum(world_) >= count)
    assert luck_of(count, np.array(chance)) == pytest.approx((few, many), abs=1e-9)


def test_two_years_ahead_an_onset_is_named_once(few):
    years = range(2000, 2008)
    told = [(u, y) for u in ("SDN", "GHA", "KEN", "MLI", "TCD", "NER") for y in years]
    rows = pd.DataFrame(told, columns=["unit", "period"])
    came = {("SDN", 2003), ("GHA", 2004), ("GHA", 2005), ("KEN", 2007), ("MLI", 2002),
            ("TCD", 2001), ("TCD", 2006)}  # fmt: skip
    onsets = read_onsets(rows.assign(onset=[int(pair in came) for pair in told]))
    frame = rows.rename(columns={"period": "target"}).assign(probability=0.1, ongoing=False)
    frame = frame[frame["target"].between(2001, 2006)]
    frame.loc[(frame["unit"] == "SDN") & (frame["target"] == 2002), "probability"] = 0.5
    frame.loc[(frame["unit"] == "MLI") & (frame["target"] == 2002), "probability"] = 0.9
    found = verify(Backtest(frame, 2, {}, {"models": {"one": {}}}), onsets=onsets)
    once = each_once(found.onsets, found.forecasts, 2)
    # Mali 2002: no row before that of 2001 says which of its two years was meant
    assert once[["unit", "when"]].to_numpy().tolist() == [
        ["MLI", "2001 or 2002"], ["TCD", "2001"], ["SDN", "2003"], ["GHA", "2004"],
        ["GHA", "2005"], ["TCD", "2006"], ["KEN", "2007"],
    ]  # fmt: skip
    assert len(found.onsets) == 11
    assert "11 of them with an onset ahead (at least 7 onsets; one can stand in 2 rows)" in repr(
        found
    )
    assert "(best rank): Mali 2001 or 2002 (1), Chad 2001 (4), Sudan 2003 (2)," in " ".join(
        repr(found).split()
    )


def test_what_lifts_an_area_is_said(few):
    told = repr(verify(SMALL))
    never = 12 - SMALL.loc[SMALL["outcome"] == 1, "unit"].nunique()
    assert f"Of 12 units {never} had no onset in these rows; they are easy to tell" in told
    assert "more often a leak" not in told
    marked = SMALL.assign(ongoing=SMALL["unit"].isin(SMALL["unit"].unique()[:11]))
    never = int(SMALL.loc[SMALL["unit"] == "U011", "outcome"].sum() == 0)
    assert f"Of 12 units {never} had no episode" in repr(verify(marked)) or not never
    perfect = verify(SMALL.assign(probability=0.1 + 0.8 * SMALL["outcome"]))
    assert "An AUC above 0.97 is more often a leak than a success" in repr(perfect)


def test_a_verification_ends_with_its_caution_and_marks_what_is_loose(few):
    told = repr(FOUND)
    assert told.endswith(f"no forecast of onset is a finding.\n{CAUTION}")
    assert "no forecast of onset is a finding.<br>A score" in FOUND._repr_html_()
    assert "average precision (interval about 75 %)" in told
    four = SMALL["outcome"].cumsum() <= 4
    calm = repr(verify(SMALL.assign(ongoing=four)))
    assert "Ongoing: " in calm
    assert "4 onsets; too few onsets for any figure of skill" in calm


def test_what_is_left_out_of_one_part_is_not_left_out_of_all(few):
    lines = repr(verify(SMALL)).splitlines()
    assert "Left out: none" in lines
    assert any(line.startswith("Not in the skill scores: 12 rows without a ref") for line in lines)
    gone = SMALL.astype({"outcome": float})
    gone.loc[3, "outcome"] = np.nan
    assert "Left out: 1 row without a known outcome" in repr(verify(gone))


def test_no_zero_has_a_sign():
    assert [_number(-1e-9, "brier"), _number(-1e-9), _number(-0.002)] == [
        "0.0000",
        "0.000",
        "-0.002",
    ]
