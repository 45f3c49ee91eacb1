"""The window: nothing later than the origin is seen; the same bytes whatever the road."""

import dataclasses
import importlib
import json
import os
import pickle
import re
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from r2prisk import InputError, read_panel
from r2prisk.about import CAUTION
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.units import load_units
from r2prisk.forecasting import backtest, lagged, read_onsets
from r2prisk.forecasting.late import carried
from r2prisk.forecasting.models import MeanForecaster
from r2prisk.forecasting.run import Task, _one, _worker
from r2prisk.forecasting.stamp import code_hash
from r2prisk.forecasting.windows import fresh, open_window

UNITS = sorted(load_units())[:15]
YEARS = range(1990, 2011)
QUIET = {"jobs": 1, "progress": False}


def made(seed: int = 0):
    """A panel of two indicators, and onsets that follow the first of them."""
    rng = np.random.default_rng(seed)
    index = [(unit, year) for unit in UNITS for year in YEARS]
    frame = pd.DataFrame(index, columns=["unit", "year"])
    frame["1.1"] = rng.random(len(frame)).round(3)
    frame["2.1"] = rng.random(len(frame)).round(3)
    chance = frame.groupby("unit")["1.1"].shift().fillna(0.5) ** 2 / 2
    onset = (rng.random(len(frame)) < chance).astype(int)
    return frame, frame[["unit", "year"]].assign(onset=onset, ongoing=onset)


FRAME, TABLE = made()
PANEL, ONSETS = read_panel(FRAME), read_onsets(TABLE)
LINE = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression())


class Spy(ClassifierMixin, BaseEstimator):
    """Keeps what it is shown."""

    seen: list = []  # noqa: RUF012

    def __init__(self, factor=1.0, horizon=1):
        self.factor = factor
        self.horizon = horizon

    def features(self, panel):
        return panel.to_frame()

    def fit(self, X, y):  # noqa: N803
        self.seen.append((X, y))
        self.rate_ = float(y.mean())
        return self

    def predict_proba(self, X):  # noqa: N803
        self.seen.append((X, None))
        chance = np.clip(self.rate_ * self.factor * X["1.1"].to_numpy(), 0, 1)
        return np.column_stack([1 - chance, chance])


class Both(Spy):
    """Wants both horizons."""

    seen: list = []  # noqa: RUF012

    def fit(self, X, y, outcomes=None):  # noqa: N803
        self.seen.append((X, y, outcomes))
        self.rate_ = float(outcomes[1].mean())
        return self


class Dies(Spy):
    """Breaks at the end of a year."""

    def __init__(self, at=None):
        self.at = at

    def features(self, panel):
        self.factor = 1.0
        if str(panel.periods[-1]) == str(self.at):
            raise InputError("power", ["cut"])
        return panel.to_frame()


@pytest.mark.parametrize("horizon", [1, 2])
def test_the_window_ends_at_the_origin(horizon):
    Spy.seen.clear()
    backtest(PANEL, ONSETS, Spy(), first=2000, last=2003, horizon=horizon, **QUIET)
    fits, asked = Spy.seen[::2], Spy.seen[1::2]
    for target, (x, y), (today, _) in zip(range(2000, 2004), fits, asked, strict=True):
        years = x.index.get_level_values("period").year
        # the outcome of row t with horizon h is known at the end of t + h
        assert years.max() == target - 1 - horizon
        assert len(y) == len(UNITS) * (target - horizon - 1990)
        assert y.isin([0, 1]).all()
        assert set(today.index.get_level_values("period").year) == {target - 1}


def test_a_model_can_ask_for_both_horizons():
    Both.seen.clear()
    backtest(PANEL, ONSETS, Both(), first=2000, last=2000, horizon=2, **QUIET)
    x, y, outcomes = Both.seen[0]
    years = x.index.get_level_values("period").year
    assert years.max() == 1999
    assert outcomes[1].isna().to_numpy().tolist() == (years == 1999).tolist()
    assert outcomes[2].isna().to_numpy().tolist() == (years >= 1998).tolist()
    assert y.equals(outcomes[2].rename("outcome"))


def test_rows_outcomes_and_climatology():
    found = backtest(PANEL, ONSETS, Spy(), first=2000, last=2003, **QUIET).frame
    assert len(found) == 4 * len(UNITS)
    onset = TABLE.set_index(["unit", "year"])["onset"]
    asked = [
        onset[unit, target.year] for unit, target in zip(found.unit, found.target, strict=True)
    ]
    assert found["outcome"].tolist() == asked
    assert (found["target"] - 1 == found["origin"]).all()
    # rows of 1990 to 1998 have an outcome at the end of 1999
    before = TABLE[TABLE["year"].between(1991, 1999)]["onset"]
    expected = (before.sum() + 0.5) / (len(before) + 1)
    assert found.loc[found["target"].dt.year == 2000, "climatology"].unique().tolist() == [expected]
    way = TABLE.set_index(["unit", "year"])["ongoing"]
    asked = [way[unit, origin.year] for unit, origin in zip(found.unit, found.origin, strict=True)]
    assert found["ongoing"].astype(int).tolist() == asked


@pytest.mark.parametrize("model", [Spy(), LINE, RandomForestClassifier(5)])
def test_what_comes_later_changes_nothing(model):
    other, table = made(seed=1)
    late = FRAME["year"] > 2004
    changed = FRAME.copy()
    changed.loc[late, ["1.1", "2.1"]] = other.loc[late, ["1.1", "2.1"]]
    turned = TABLE.copy()
    turned.loc[late, ["onset", "ongoing"]] = table.loc[late, ["onset", "ongoing"]]
    options = {"first": 2004, "last": 2005, **QUIET}
    one = backtest(PANEL, ONSETS, model, **options).frame
    two = backtest(read_panel(changed), read_onsets(turned), model, **options).frame
    assert one["probability"].tolist() == two["probability"].tolist()
    assert one["outcome"].tolist() != two["outcome"].tolist()


def test_a_lag_shows_the_year_before():
    Spy.seen.clear()
    lag = {"1.1": np.int64(1)}
    told = backtest(PANEL, ONSETS, Spy(), first=2000, last=2000, lag=lag, **QUIET)
    today = Spy.seen[1][0].droplevel("period")
    was, then = (FRAME[FRAME["year"] == year].set_index("unit") for year in (1998, 1999))
    assert json.dumps(told.provenance["lag"]) == '{"1.1": 1}'
    assert today["1.1"].tolist() == was["1.1"].tolist()
    assert today["2.1"].tolist() == then["2.1"].tolist()


def test_a_lag_reaches_beyond_the_last_ratings():
    early = read_panel(FRAME[FRAME["year"] <= 2008])  # to be forecast at the end of 2010
    Spy.seen.clear()
    found = backtest(early, ONSETS, Spy(), first=2010, last=2011, lag=2, **QUIET)
    assert found.provenance["ratings_to"] == "2008"
    assert found.provenance["panel"]["hash"] == early.hash
    for year, (today, _) in zip((2007, 2008), Spy.seen[1::2], strict=True):
        then = FRAME[FRAME["year"] == year]
        assert today["1.1"].tolist() == then["1.1"].tolist()
        assert today.index.get_level_values("unit").tolist() == then["unit"].tolist()
    # nobody waited for later ratings: the same as with a panel that has them
    whole = backtest(PANEL, ONSETS, Spy(), first=2010, last=2011, lag=2, **QUIET)
    pd.testing.assert_frame_equal(found.frame, whole.frame, check_exact=True)
    with pytest.raises(InputError, match=r"no rows of 2010.*ratings end in 2009, a longer lag"):
        backtest(early, ONSETS, Spy(), first=2010, last=2011, lag=1, **QUIET)
    assert carried(early, {"1.1": 1}, pd.Period("2012")).periods[-1].year == 2009
    assert carried(early, 0, pd.Period("2012")) is early
    rows = carried(early, 2, pd.Period("2012")).index
    assert rows.equals(read_panel(FRAME).index)  # 1990 to 2010, in order


def test_the_print_says_lags_in_words_and_ends_with_the_caution():
    found = backtest(PANEL, ONSETS, Spy(), first=2000, last=2000, lag={"1.1": 1}, **QUIET)
    assert repr(found).split("\n")[0].endswith("onset within 1 year, lag 1.1 by 1")
    assert repr(found).endswith(CAUTION)
    assert CAUTION in found._repr_html_()
    aside = {"rows without features of <script>": 1}
    page = dataclasses.replace(found, aside=aside)._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_ratings_and_onsets_that_never_meet_are_told():
    late = read_panel(FRAME[FRAME["year"] >= 2004])
    old = ONSETS.until(2004)
    with pytest.raises(InputError, match=r"rows begin in 2004, onsets are known to 2004: no row"):
        backtest(late, old, Spy(), first=2011, last=2011, **QUIET)


def test_lags_by_factor_and_framework_and_the_narrower_wins():
    first = lagged(PANEL, {"un-foa-2014": 2, "RF1": 0}).to_frame()
    assert first["1.1"].equals(PANEL.to_frame()["1.1"])
    shifted = PANEL.to_frame()["2.1"].groupby(level="unit").shift(2)
    pd.testing.assert_series_equal(first["2.1"], shifted)
    assert lagged(PANEL, 0) is PANEL
    with pytest.raises(InputError) as caught:
        lagged(PANEL, {"RF99": 1, "1.1": -1, "2.1": 1.5})
    assert len(caught.value.problems) == 3


def test_one_process_or_two_give_the_same_bytes():
    model = {"forest": RandomForestClassifier(3), "line": LINE}
    options = {"first": 2008, "last": 2009, "progress": False, "rng": 3}
    one = backtest(PANEL, ONSETS, model, jobs=1, **options)
    # threads: processes would import everything again, which takes longer than all other tests
    with joblib.parallel_config(backend="threading"):
        two = backtest(PANEL, ONSETS, model, jobs=2, **options)
    pd.testing.assert_frame_equal(one.frame, two.frame, check_exact=True)
    assert one.provenance == two.provenance
    # what a process is sent comes out of it as it went in
    task = Task(PANEL, ONSETS, model, pd.Period("2006"), 1, 3).cut()
    assert _worker(pickle.loads(pickle.dumps(task)), os.getpid()) == _one(task)


def test_the_seed_matters_and_the_span_does_not():
    options = {"last": 2009, **QUIET}
    forest = RandomForestClassifier(5)
    one = backtest(PANEL, ONSETS, forest, first=2008, **options).frame
    alone = backtest(PANEL, ONSETS, forest, first=2009, **options).frame
    other = backtest(PANEL, ONSETS, forest, first=2009, rng=1, **options).frame
    last = one[one["target"].dt.year == 2009]
    assert last["probability"].tolist() == alone["probability"].tolist()
    assert alone["probability"].tolist() != other["probability"].tolist()
    assert forest.random_state is None  # left as it was


def test_resume_takes_up_what_is_there_and_nothing_stale(tmp_path):
    options = {"first": 2001, "last": 2002, "resume": tmp_path, **QUIET}

    def fits(model, **more):
        Spy.seen.clear()
        found = backtest(PANEL, ONSETS, model, **{**options, **more}).frame
        return len(Spy.seen) // 2, found

    assert fits(Spy())[0] == 2
    again, frame = fits(Spy())
    assert again == 0
    whole = backtest(PANEL, ONSETS, Spy(), **{**options, "last": 2003})
    assert whole.resumed == 2
    assert "Taken from an earlier run: 2 of 3 targets" in repr(whole)
    assert "earlier run" not in repr(backtest(PANEL, ONSETS, Spy(), **{**options, "resume": None}))
    with pytest.raises(InputError, match=r"2001\.json is a file; name a folder"):
        backtest(PANEL, ONSETS, Spy(), **{**options, "resume": tmp_path / "2001.json"})
    plain = backtest(PANEL, ONSETS, Spy(), **{**options, "resume": None}).frame
    pd.testing.assert_frame_equal(frame, plain, check_exact=True)
    (tmp_path / "2001.json").write_text("{")  # cut off
    assert fits(Spy())[0] == 1
    (tmp_path / "2000.json").unlink()
    assert fits(Spy())[0] == 1
    assert fits(Spy(factor=2.0))[0] == 2  # another parameter
    assert fits(Spy(factor=2.0), lag=1)[0] == 2
    assert fits(Spy(factor=2.0), lag=1, rng=1)[0] == 2
    # later data do not make an earlier origin stale, earlier data do
    fits(Spy())
    changed = FRAME.copy()
    changed.loc[changed["year"] == 2001, "1.1"] = 0.0
    Spy.seen.clear()
    backtest(read_panel(changed), ONSETS, Spy(), **options)
    assert len(Spy.seen) // 2 == 1  # target 2002 alone sees 2001
    kept = json.loads((tmp_path / "2001.json").read_text())
    assert re.fullmatch("[0-9a-f]{64}", kept["inputs"])


def test_what_a_killed_run_left_is_used_and_gives_the_same(tmp_path, monkeypatch):
    options = {"first": 2000, "last": 2003, "resume": tmp_path, **QUIET}

    def fit(self, X, y):  # noqa: N803
        if X.index.get_level_values("period").year.max() == 2000:  # that of target 2002
            raise KeyboardInterrupt
        return whole(self, X, y)

    whole = Spy.fit
    with monkeypatch.context() as patch:
        patch.setattr(Spy, "fit", fit)
        with pytest.raises(KeyboardInterrupt):
            backtest(PANEL, ONSETS, Spy(), **options)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1999.json", "2000.json"]
    Spy.seen.clear()
    found = backtest(PANEL, ONSETS, Spy(), **options)
    assert len(Spy.seen) // 2 == 2
    plain = backtest(PANEL, ONSETS, Spy(), **{**options, "resume": None})
    pd.testing.assert_frame_equal(found.frame, plain.frame, check_exact=True)


def test_other_onsets_frameworks_or_code_make_a_file_stale(tmp_path, monkeypatch):
    options = {"first": 2000, "last": 2000, "resume": tmp_path, **QUIET}

    def fits(panel, onsets):
        Spy.seen.clear()
        backtest(panel, onsets, Spy(), **options)
        return len(Spy.seen) // 2

    assert fits(PANEL, ONSETS) == 1
    framework = PANEL.frameworks[0]
    other = dataclasses.replace(
        PANEL, frameworks=(framework.model_copy(update={"title": "Mine"}), *PANEL.frameworks[1:])
    )
    assert other.hash == PANEL.hash
    assert fits(other, ONSETS) == 1
    turned = TABLE.copy()
    turned.loc[turned["year"] == 1995, "onset"] ^= 1
    assert fits(other, read_onsets(turned)) == 1
    assert fits(other, read_onsets(turned)) == 0

    monkeypatch.syspath_prepend(tmp_path)
    helper, model = tmp_path / "helper_of_mine.py", tmp_path / "model_of_mine.py"
    helper.write_text("def twice(x):\n    return 2 * x\n")
    model.write_text("from helper_of_mine import twice\nclass Mine:\n    pass\n")
    mine = importlib.import_module("model_of_mine").Mine()
    nested = MeanForecaster(models=[mine])
    one, within = code_hash([mine]), code_hash([nested])
    assert code_hash([mine]) == one
    helper.write_text("def twice(x):\n    return 3 * x\n")
    assert code_hash([mine]) != one
    assert code_hash([nested]) != within


def test_a_model_whose_code_cannot_be_told_is_not_resumed(tmp_path):
    odd = make_pipeline(FunctionTransformer(lambda x: x), LINE)
    options = {"first": 2000, "last": 2000, **QUIET}
    with pytest.raises(InputError, match="cannot be hashed, so a stale file could not be told"):
        backtest(PANEL, ONSETS, odd, resume=tmp_path, **options)
    blank = {"__name__": "nowhere"}
    exec("class Typed:\n    pass", blank)
    monkey = type(sys)("nowhere")
    monkey.__dict__.update(blank)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "nowhere", monkey)
        with pytest.raises(InputError, match="the code of nowhere cannot be read"):
            code_hash([blank["Typed"]()])


def test_quarters_and_the_years_that_name_them():
    quarters = pd.period_range("2001Q1", "2003Q4", freq="Q")
    rng = np.random.default_rng(4)
    frame = pd.DataFrame([(u, p) for u in UNITS[:6] for p in quarters], columns=["unit", "period"])
    frame["1.1"] = rng.random(len(frame))
    marks = frame[["unit", "period"]].assign(onset=(rng.random(len(frame)) < 0.1).astype(int))
    panel, onsets = read_panel(frame), read_onsets(marks, kind="quarter")
    found = backtest(panel, onsets, Spy(), first=2003, last=2003, horizon=2, **QUIET)
    targets = found.frame["target"]
    assert (str(targets.min()), str(targets.max())) == ("2003Q1", "2003Q4")
    assert found.frame.groupby("target")["outcome"].count().tolist() == [6] * 3 + [0]
    with pytest.raises(InputError, match="'2003-02-01' is a date, shorter than a quarter"):
        backtest(panel, onsets, Spy(), first="2003-02-01", last=2003, **QUIET)
    with pytest.raises(InputError, match="known by year, the panel is by quarter"):
        backtest(panel, ONSETS, Spy(), first=2003, last=2003, **QUIET)


def test_an_onset_where_nothing_was_forecast_is_named():
    some = read_panel(FRAME[~((FRAME["unit"] == UNITS[3]) & (FRAME["year"] >= 1998))])
    marks = TABLE.copy()
    marks.loc[marks["unit"] == UNITS[3], "onset"] = (marks["year"] == 2001).astype(int)
    found = backtest(some, read_onsets(marks), Spy(), first=2000, last=2002, horizon=2, **QUIET)
    told = f"onsets in units without a forecast ({UNITS[3]} 2000, {UNITS[3]} 2001)"
    assert found.aside[told] == 2  # an onset in 2001 is one for the targets 2000 and 2001
    assert told in repr(found)


def test_any_pipeline_runs_and_is_told_what_it_lacks():
    line = make_pipeline(StandardScaler(), LogisticRegression())
    options = {"first": 2000, "last": 2000, **QUIET}
    names = [f.name for f in PANEL.frameworks] + ["sg-resilience-2013"]
    rated = [i.id for name in dict.fromkeys(names) for i in load_framework(name).indicators]
    ratings = np.random.default_rng(1).random((len(TABLE), len(rated)))
    full = pd.DataFrame(ratings, columns=rated, index=TABLE.index)
    every = read_panel(TABLE[["unit", "year"]].join(full))
    assert backtest(every, ONSETS, line, **options).frame["probability"].between(0, 1).all()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the scaler's, of columns of which nothing is known
        with pytest.raises(ValueError, match="NaN") as caught:
            backtest(PANEL, ONSETS, line, **options)
    assert "needs an imputer before it" in caught.value.__notes__[-1]


def test_models_are_held_to_the_same_rows():
    class Some(Spy):
        def features(self, panel):
            frame = panel.to_frame()
            return frame[frame.index.get_level_values("unit") != UNITS[0]]

    found = backtest(PANEL, ONSETS, {"all": Spy(), "some": Some()}, first=2000, last=2001, **QUIET)
    assert found.frame.groupby("model").size().tolist() == [2 * 14, 2 * 14]
    assert found.aside == {
        "rows without features of all": 0, "rows without features of some": 2,
        "onsets in units without a forecast (ABW 2000, ABW 2001)": 2,
    }  # fmt: skip
    assert found.of("some").models == ("some",)
    assert "2 rows without features of some" in repr(found)
    with pytest.raises(InputError, match="did you mean 'some'"):
        found.of("sme")


def test_a_forecast_of_what_is_not_known_yet():
    known = read_onsets(TABLE[TABLE["year"] <= 2009])
    ahead = backtest(PANEL, known, Spy(), first=2011, last=2011, **QUIET)
    assert ahead.frame["outcome"].isna().all()
    assert ahead.frame["ongoing"].isna().all()  # nothing is known of 2010
    assert ahead.provenance["onsets"]["known"] == "2009"


def test_all_faults_are_named_at_once():
    with pytest.raises(InputError) as caught:
        backtest(PANEL, ONSETS, {"x": 3, "y": Spy}, first="x", last=2000, horizon=3, jobs=0, rng=-1,
                 lag={"RF99": 1})  # fmt: skip
    assert len(caught.value.problems) == 7
    assert "model 'x' has no fit and no predict_proba" in caught.value.problems
    for horizon in (True, 1.0):
        with pytest.raises(InputError, match="is not 1 or 2"):
            backtest(PANEL, ONSETS, Spy(), first=2000, last=2000, horizon=horizon, **QUIET)
    with pytest.raises(InputError, match="no rows of 2011"):
        backtest(PANEL, ONSETS, Spy(), first=2011, last=2012, **QUIET)
    with pytest.raises(InputError, match="lies after last"):
        backtest(PANEL, ONSETS, Spy(), first=2001, last=2000, **QUIET)
    with pytest.raises(InputError, match="no row has a known outcome"):
        backtest(PANEL, ONSETS, DummyClassifier(), first=1991, last=1991, **QUIET)


def test_a_model_that_gives_no_probabilities_is_named():
    class Wild(Spy):
        def predict_proba(self, X):  # noqa: N803
            return super().predict_proba(X) * 9

    class Broken(Spy):
        def fit(self, X, y):  # noqa: N803
            raise ZeroDivisionError

    with pytest.raises(InputError, match=r"Wild at the end of 1999: .* not numbers from 0 to 1"):
        backtest(PANEL, ONSETS, Wild(), first=2000, last=2000, **QUIET)
    with pytest.raises(ZeroDivisionError) as caught:
        backtest(PANEL, ONSETS, Broken(), first=2000, last=2000, **QUIET)
    assert caught.value.__notes__ == ["Broken at the end of 1999"]


def test_features_that_are_none_are_refused():
    class Odd(Spy):
        def features(self, panel):
            frame = panel.to_frame()
            frame = pd.concat([frame, frame.head(1)]).assign(word="x")
            return pd.concat([frame, frame[["1.1"]]], axis=1)

    with pytest.raises(InputError) as caught:
        backtest(PANEL, ONSETS, Odd(), first=2000, last=2000, **QUIET)
    assert len(caught.value.problems) == 3


def test_horizon_and_nested_seeds_are_told():
    assert fresh(Spy(), horizon=2, seed=5).horizon == 2
    assert fresh(RandomForestClassifier(random_state=1), horizon=1, seed=5).random_state == 1
    deep = make_pipeline(LINE, RandomForestClassifier())
    assert fresh(deep, horizon=1, seed=5)[-1].random_state == 5
    assert deep[-1].random_state is None
    listed = MeanForecaster(models=[RandomForestClassifier(), RandomForestClassifier()])
    assert [m.random_state for m in fresh(listed, horizon=1, seed=5).models] == [5, 5]
    assert listed.models[0].random_state is None


def test_the_bar_goes_to_standard_error(capsys):
    options = {"first": 2000, "last": 2001, "jobs": 1}
    backtest(PANEL, ONSETS, Spy(), **options)
    assert capsys.readouterr().err == ""  # no terminal, and nobody asked
    backtest(PANEL, ONSETS, Spy(), **options, progress=True)
    told = capsys.readouterr()
    assert "2 of 2" in told.err
    assert told.out == ""
    with pytest.raises(InputError):
        backtest(PANEL, ONSETS, Dies(at=2000), **options, progress=True)
    assert capsys.readouterr().err.endswith("1 of 2, 0 s\n")  # the message begins a line


def test_the_window_cuts_by_itself():
    class Told(Spy):
        def features(self, panel, onsets):
            frame = panel.to_frame()
            return frame.assign(later=onsets.table["period"].dt.year.max())

    window = open_window(PANEL, ONSETS, Told(), origin=pd.Period("2000", "Y"))
    years = window.features.index.get_level_values("period").year
    assert years.max() == 2000
    assert window.features["later"].max() <= 2000
    assert window.outcomes[1].isna().to_numpy().tolist() == (years == 2000).tolist()
    assert window.today.sum() == len(UNITS)
