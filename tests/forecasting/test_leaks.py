"""A model that looks ahead is caught, one that does not is not."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from r2prisk import InputError, read_panel
from r2prisk.catalogue.units import load_units
from r2prisk.forecasting import leak_test, read_onsets

UNITS = sorted(load_units())[:40]
YEARS = range(1996, 2007)


def made():
    """Ratings of which 1.1 is severe in the year of an onset, and calm otherwise."""
    rng = np.random.default_rng(5)
    index = [(unit, year) for unit in UNITS for year in YEARS]
    frame = pd.DataFrame(index, columns=["unit", "year"])
    onset = (rng.random(len(frame)) < 0.08).astype(int)
    frame["1.1"] = np.where(onset == 1, 1.0, rng.random(len(frame)) / 2)
    frame["2.1"] = rng.random(len(frame))
    return frame, frame[["unit", "year"]].assign(onset=onset)


FRAME, TABLE = made()
PANEL, ONSETS = read_panel(FRAME), read_onsets(TABLE)
LINE = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression())
AT = [2003]


class Line(ClassifierMixin, BaseEstimator):
    """A line on its features."""

    def features(self, panel):
        return panel.to_frame()

    def fit(self, X, y):  # noqa: N803
        self.line_ = LogisticRegression().fit(X.fillna(0.5), y)
        return self

    def predict_proba(self, X):  # noqa: N803
        return self.line_.predict_proba(X.fillna(0.5))


class Memory(Line):
    """Knows by heart whatever it was taught."""

    def fit(self, X, y):  # noqa: N803
        self.line_ = DecisionTreeClassifier(random_state=0).fit(X.fillna(0.5), y)
        return self


class Ahead(Line):
    """Sees the year after."""

    def features(self, panel):
        return panel.to_frame().groupby(level="unit").shift(-1)


class Scaled(Line):
    """Scales by all years, later ones too: a small leak without skill."""

    def features(self, panel):
        frame = panel.to_frame()
        return (frame - frame.mean()) / frame.std()


class Told(Line):
    """Is handed onsets and looks the answer up."""

    def features(self, panel, onsets):
        answer = onsets.outcomes(panel.index)
        return panel.to_frame().assign(answer=answer.to_numpy())


class Remembers(Line):
    """Is handed onsets and looks back only."""

    def features(self, panel, onsets):
        past = pd.Series(0.0, index=panel.index)
        table = onsets.table
        keys = pd.MultiIndex.from_frame(table).intersection(panel.index)
        past[keys] = 1.0
        return panel.to_frame().assign(past=past.groupby(level="unit").cumsum())


class Smoothed(Line):
    """A mean of the year before, the year and the year after."""

    def features(self, panel):
        around = panel.to_frame().groupby(level="unit").rolling(3, center=True, min_periods=1)
        return around.mean().droplevel(0)


class Imputed(Line):
    """Fills gaps with the mean of all years."""

    def features(self, panel):
        return panel.to_frame().fillna(panel.to_frame().mean())


class Keeps(Line):
    """Keeps the scale of the first panel that it is shown."""

    def features(self, panel):
        if not hasattr(self, "mean_"):
            self.mean_ = panel.to_frame().mean()
        return panel.to_frame() - self.mean_


class Both(Line):
    """Is handed every row, and learns from those with an outcome."""

    def fit(self, X, y, outcomes):  # noqa: N803
        known = outcomes[1].notna()
        self.line_ = LogisticRegression().fit(X[known].fillna(0.5), outcomes.loc[known, 1])
        return self


class Zero(Line):
    """Takes what is not known yet for no onset."""

    def fit(self, X, y, outcomes):  # noqa: N803
        self.line_ = LogisticRegression().fit(X.fillna(0.5), y.fillna(0))
        return self


class ToldZero(Line):
    """Is handed onsets, and takes those of years to come for none."""

    def features(self, panel, onsets):
        answer = onsets.outcomes(panel.index, horizon=2).fillna(0)
        return panel.to_frame().assign(answer=answer.to_numpy())


@pytest.mark.parametrize("model", [Line(), Memory(), Remembers(), LINE, Both()])
def test_an_honest_model_passes(model):
    found = leak_test(PANEL, ONSETS, model, at=AT, repeats=3)
    assert found.passed is None  # three repeats see little
    assert found.unseen == ("shuffled", "permuted")
    assert not len(found.features)
    assert (found.skill["repeats"] == 3).all()


def test_one_that_is_tried_in_full_passes_and_all_five_checks_are_told():
    found = leak_test(PANEL, ONSETS, Both(), at=[2003, 2004], repeats=8)
    assert found.passed is True
    assert found.unseen == ()
    head, *told = repr(found).split("\n")
    assert head == "Leak test at 2003, 2004: nothing found"
    assert [line.partition(":")[0] for line in told] == [
        "Features that change when later rows are taken away",
        "Skill with shuffled outcomes, which nobody can have",
        "Skill with permuted outcomes, which nobody can have",
        "Best single feature",
        "Hidden outcomes",
    ]
    assert told[-1].endswith(f"the mean chance is {found.hidden:.0%} of what it is")


def test_a_feature_near_the_answer_is_named_and_not_cleared():
    # 1 before every onset, 0 or 1 in a row in 25 elsewhere: it wins against 24 of 25 others and
    # ties with the last, an area of 0.98
    after = TABLE.groupby("unit")["onset"].shift(-1).fillna(0).to_numpy()
    calm = np.flatnonzero((after == 0) & TABLE["year"].between(1996, 2004))
    planted = after.copy()
    planted[calm[::25]] = 1
    found = leak_test(
        read_panel(FRAME.assign(**{"2.1": planted})), ONSETS, Line(), at=2004, repeats=8
    )
    best = found.singles.iloc[0]
    wrong = len(calm[::25]) / len(calm)
    assert best["column"] == "2.1"
    assert best["auc"] == pytest.approx(1 - wrong / 2)
    assert found.passed is None
    assert "best single feature" in found.unseen
    assert "2.1 alone: AUC 0.980; above 0.97 is more often a leak than a success" in repr(found)
    assert not len(found.answers)


def test_true_skill_is_gone_once_outcomes_are_dealt():
    risky = FRAME["unit"].isin(UNITS[:12])
    panel = read_panel(FRAME.assign(**{"1.1": risky * 0.9}))
    marks = (risky & (np.random.default_rng(8).random(len(FRAME)) < 0.7)).astype(int)
    onsets = read_onsets(TABLE.assign(onset=marks))
    found = leak_test(panel, onsets, Line(), at=2003, repeats=6)
    assert found.passed
    # undealt, 12 of 40 units have all the onsets: an area of 0.9 or more
    assert (found.skill["auc"] - 0.5).abs().max() < 0.2


def test_one_that_sees_next_year_is_caught_twice():
    found = leak_test(PANEL, ONSETS, Ahead(), at=AT, repeats=3)
    assert found.passed is False
    assert found.features["column"].tolist() == ["1.1", "2.1"]
    assert found.features["rows"].tolist() == [len(UNITS)] * 2  # the rows of the last year
    assert found.skill.loc["shuffled", "low"] > 0.9  # whose future it was no matter
    assert "LOOKS AHEAD" in repr(found)
    strange = found.features.assign(column="<script>")
    page = dataclasses.replace(found, features=strange)._repr_html_()
    assert "<script>" not in page
    assert page.count("&lt;script&gt;") >= 2


def test_a_scale_that_knows_the_future_is_caught():
    found = leak_test(PANEL, ONSETS, Scaled(), at=2002, repeats=2)
    assert found.passed is False
    assert set(found.features["column"]) == {"1.1", "2.1"}


@pytest.mark.parametrize(
    ("model", "columns"),
    [(Smoothed(), {"1.1", "2.1"}), (Keeps(), {"1.1", "2.1"}), (ToldZero(), {"answer"})],
)
def test_what_is_made_of_later_rows_is_caught(model, columns):
    found = leak_test(PANEL, ONSETS, model, at=AT, repeats=2)
    assert found.passed is False
    assert set(found.features["column"]) == columns


def test_an_imputer_of_all_years_is_caught():
    gaps = FRAME.assign(**{"2.1": FRAME["2.1"].where(FRAME["unit"] != UNITS[0])})
    found = leak_test(read_panel(gaps), ONSETS, Imputed(), at=2002, repeats=2)
    assert found.features[["column", "unit"]].to_numpy().tolist() == [["2.1", UNITS[0]]]
    assert found.features["rows"].tolist() == [2002 - 1996 + 1]


def test_unknown_taken_for_no_onset_is_caught():
    found = leak_test(PANEL, ONSETS, Zero(), at=2004, repeats=2)
    assert found.passed is False
    assert not len(found.features)
    assert found.hidden == pytest.approx(0.5, abs=0.05)
    assert "UNKNOWN IS TAKEN FOR NO ONSET" in repr(found)
    assert leak_test(PANEL, ONSETS, Both(), at=2004, repeats=2).hidden == pytest.approx(1, abs=0.1)
    assert leak_test(PANEL, ONSETS, Line(), at=2004, repeats=2).hidden is None


def test_an_answer_that_stands_in_the_panel_is_caught():
    after = TABLE.groupby("unit")["onset"].shift(-1).fillna(0)
    panel = read_panel(FRAME.assign(**{"2.1": after}))
    found = leak_test(panel, ONSETS, Line(), at=2004, repeats=2)
    assert not len(found.features)  # cutting the panel shows nothing
    assert found.answers["column"].tolist() == ["2.1"]
    assert found.answers["auc"].tolist() == [1.0]
    before = TABLE["year"].between(1997, 2005)
    assert found.answers["onsets"].tolist() == [TABLE.loc[before, "onset"].sum()]
    assert found.passed is False
    assert "2.1 alone: AUC 1.000; no honest one has so much: IT HOLDS THE ANSWER" in repr(found)
    assert not len(leak_test(PANEL, ONSETS, Line(), at=2004, repeats=2).answers)


def test_a_check_that_could_not_see_is_no_pass():
    rare = TABLE.assign(onset=((TABLE["unit"] == UNITS[0]) & (TABLE["year"] % 3 == 0)).astype(int))
    found = leak_test(PANEL, read_onsets(rare), Both(), at=2002, repeats=2)
    assert found.passed is None  # onsets of 1998, 1999 and 2001: fewer than four
    assert {"best single feature", "hidden outcomes"} <= set(found.unseen)
    assert "Hidden outcomes: not tried" in repr(found)
    assert "Best single feature: not tried" in repr(found)
    assert repr(found).startswith("Leak test at 2002: CANNOT TELL: nothing found")


def test_one_that_is_told_the_answer_is_caught_by_dealt_labels():
    found = leak_test(PANEL, ONSETS, Told(), at=AT, repeats=3)
    assert found.skill.loc["permuted", "low"] > 0.9
    assert "answer" in set(found.features["column"])


def test_values_carried_backwards_are_found_in_the_inputs():
    def build(last):
        """A source whose gaps are filled from later years."""
        frame = FRAME.assign(**{"2.1": FRAME["2.1"].where(FRAME["year"] >= 2003)})
        seen = frame if last is None else frame[frame["year"] <= last.year]
        filled = seen.groupby("unit")["2.1"].bfill()
        return read_panel(seen.assign(**{"2.1": filled}))

    found = leak_test(build, ONSETS, Line(), at=2001, repeats=2)
    assert found.passed is False
    assert found.inputs["column"].tolist() == ["2.1"]
    assert found.inputs["rows"].tolist() == [len(UNITS) * (2001 - 1996 + 1)]
    assert np.isinf(found.inputs["largest"]).all()


def test_without_later_onsets_skill_is_not_tried():
    found = leak_test(PANEL, ONSETS, Line(), at=2006, repeats=2)
    assert found.skill["auc"].isna().all()
    assert found.passed is None
    assert "not tried" in repr(found)


def test_faults_are_named_at_once():
    with pytest.raises(InputError) as caught:
        leak_test(PANEL, ONSETS, Line(), at=[1990, "x"], horizon=0, repeats=1)
    assert len(caught.value.problems) == 4
    months = read_onsets(
        pd.DataFrame({"unit": UNITS[0], "period": ["2000-01", "2000-02"], "onset": [0, 1]}),
        kind="month",
    )
    with pytest.raises(InputError, match="are by month, the panel by year"):
        leak_test(PANEL, months, Line(), at=2002)
    with pytest.raises(InputError, match="shorter than a year"):
        leak_test(PANEL, ONSETS, Line(), at="2002-03")
