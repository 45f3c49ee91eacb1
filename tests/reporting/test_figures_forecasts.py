"""Pictures of forecasts: what is drawn is what was verified, and what is not known is said."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError
from r2prisk.forecasting import verify
from r2prisk.reporting.figures import forecasts as drawn
from r2prisk.reporting.figures.forecast_leads import SHOWN, lead_data
from r2prisk.reporting.figures.forecast_marks import APART, _marked
from r2prisk.reporting.figures.forecast_words import endings, per_cent, size

ALL = ("reliability", "precision_recall", "murphy", "lead_time")


@pytest.fixture
def report(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")


def world(units=60, years=range(1995, 2011), seed=3, **columns):
    """Forecasts that are right, of units that differ in their chances."""
    rng = np.random.default_rng(seed)
    index = [(f"U{n:02}", year) for n in range(units) for year in years]
    frame = pd.DataFrame(index, columns=["unit", "target"])
    chance = np.repeat(1 / (1 + np.exp(3.5 - 1.5 * rng.normal(size=units))), len(years))
    outcome = (rng.random(len(frame)) < chance).astype(int)
    return frame.assign(probability=chance.round(4), outcome=outcome, **columns)


@pytest.fixture(scope="module")
def found():
    return verify(world())


def small(outcomes, chances=(0.5, 0.1, 0.1, 0.1), years=(2003,), **columns):
    """Four units a year."""
    units = ["SDN", "GHA", "KEN", "TZA"]
    rows = [
        {"unit": unit, "target": year, "probability": chance, "outcome": outcome}
        for year, come in zip(years, outcomes, strict=True)
        for unit, chance, outcome in zip(units, chances, come, strict=True)
    ]
    return verify(pd.DataFrame(rows).assign(**columns))


# --- reliability --------------------------------------------------------------------------------


def test_reliability_draws_the_table_with_its_ranges_as_shares(found):
    data = drawn.reliability(found).data
    assert data["said"].tolist() == found.reliability["said"].tolist()
    assert data["from"].tolist() == (found.reliability["low"] / found.reliability["rows"]).tolist()
    assert data["to"].tolist() == (found.reliability["high"] / found.reliability["rows"]).tolist()
    # the chances are right: hardly a group may lie outside what right forecasts have
    assert data["inside"].sum() >= len(data) - 1
    assert (data["from"] <= data["said"]).all()
    assert (data["said"] <= data["to"]).all()


def test_chances_that_are_far_off_lie_outside_and_are_counted():
    frame = world()
    off = verify(frame.assign(probability=(frame["probability"] * 0.2)))
    figure = drawn.reliability(off)
    outside = int((~figure.data["inside"]).sum())
    assert outside >= 3
    assert f"{outside} of {len(figure.data)} marks are outside" in figure.notes[0]
    assert f"{outside} outside the range" in figure.alt


def test_one_group_and_no_onset_can_be_drawn():
    figure = drawn.reliability(small([[0, 0, 0, 0]], chances=(0.1,) * 4))
    assert len(figure.data) == 1
    assert figure.data["came"].tolist() == [0.0]
    assert "0.4 onsets were expected and 0 came" in figure.alt


@pytest.mark.parametrize(
    ("top", "marks"),
    [
        # square roots 1, 0.71, 0.45, 0.32, 0.14: 0.05 (0.22) is nearer than 0.1 to 0.1
        (1.0, [0, 0.02, 0.1, 0.2, 0.5, 1]),
        # the same of a tenth: 0.005 is at 0.22 of the axis
        (0.1, [0, 0.002, 0.01, 0.02, 0.05, 0.1]),
        (0.00005, [0]),
    ],
)
def test_square_root_axes_are_marked_with_room_between(top, marks):
    assert _marked(top, 10 * APART) == pytest.approx(marks)


# --- precision and recall -----------------------------------------------------------------------


def test_the_curve_keeps_both_ends_of_each_upright_stretch(found):
    data = drawn.precision_recall(found).data
    curve = data[data["part"] == "curve"]
    whole = found.precision_recall()
    assert len(curve) < len(whole)
    spans = whole.groupby("recall")["precision"].agg(["min", "max"])
    assert curve.groupby("recall")["precision"].agg(["min", "max"]).equals(spans)


def test_the_area_below_the_drawn_steps_is_the_average_precision(found):
    data = drawn.precision_recall(found).data
    curve = data[data["part"] == "curve"][::-1]  # from the highest chance down
    # step-before: from the last recall to this one at this precision
    area = (np.diff(curve["recall"], prepend=0.0) * curve["precision"]).sum()
    assert area == pytest.approx(found.value("average_precision"))


def test_lists_stand_where_the_figures_say_with_their_intervals(found):
    lists = drawn.precision_recall(found).data.query("part == 'list'")
    assert lists["size"].tolist() == [10, 20, 30]
    for row in lists.to_dict("records"):
        for name in ("recall", "precision"):
            one = found.figures.loc[("all", f"{name}_{row['size']:.0f}")]
            assert row[name] == one["value"]
            assert row[f"{name}_low"] == one["low"]
            assert row[f"{name}_high"] == one["high"]
            assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]


def test_lists_that_hold_everybody_and_unknown_intervals_are_told():
    few = drawn.precision_recall(small([[0, 1, 0, 0]]))
    assert not (few.data["part"] == "list").any()
    assert "Lists of 10, 20, 30 are not drawn: there are at most 4 rows at once" in few.notes[0]
    frame = world(units=25, years=range(2000, 2004))
    alone = frame.assign(outcome=((frame["unit"] == "U03") & (frame["target"] == 2001)).astype(int))
    figure = drawn.precision_recall(verify(alone))
    assert figure.data.query("part == 'list'")["precision_low"].isna().any()
    assert "An interval of the list of 10, 20 is unknown" in figure.notes[0]


# --- Murphy -------------------------------------------------------------------------------------


def test_the_loss_of_each_reader_is_that_of_the_verification(found):
    data = drawn.murphy(found).data
    curve = found.murphy()
    at = np.searchsorted(curve["theta"], data["theta"], side="right") - 1
    # between two chances that were said the loss goes on in a straight line: at such a chance itself
    same = np.isin(data["theta"], curve["theta"])
    assert same.sum() >= 1
    assert data.loc[same, "loss"].to_numpy() == pytest.approx(curve["loss"].to_numpy()[at[same]])


def test_a_miss_costs_one_less_the_threshold_and_a_false_alarm_the_threshold():
    # one onset at 0.1, three quiet rows at 0.5, 0.1 and 0.1
    data = drawn.murphy(small([[0, 1, 0, 0]])).data
    theta = data["theta"].to_numpy()
    low, middle, high = theta < 0.1, (theta >= 0.1) & (theta < 0.5), theta >= 0.5
    assert data["loss"][low].to_numpy() == pytest.approx(3 * theta[low] / 4)
    assert data["loss"][middle].to_numpy() == pytest.approx((theta + 1 - theta)[middle] / 4)
    assert data["loss"][high].to_numpy() == pytest.approx((1 - theta[high]) / 4)


def test_the_gain_is_what_the_reference_loses_more_and_lies_in_its_interval():
    data = drawn.murphy(verify(world(climatology=0.07))).data
    assert data["gain"].to_numpy() == pytest.approx((data["reference"] - data["loss"]).to_numpy())
    assert (data["gain_low"] <= data["gain"]).all()
    assert (data["gain"] <= data["gain_high"]).all()
    assert (data["gain_high"] - data["gain_low"]).max() > 0
    # nobody who acts at any chance at all, and nobody who never acts, tells the two apart
    assert data["gain"].iloc[[0]].tolist() == [0]


def test_without_a_reference_none_is_drawn_and_it_is_said(found):
    figure = drawn.murphy(found)  # its first targets have none
    assert figure.data["reference"].isna().all()
    assert "No reference is drawn" in figure.notes[0]


def test_onsets_of_one_unit_give_no_interval():
    figure = drawn.murphy(small([[0, 1, 0, 0]], climatology=0.2))
    assert figure.data["gain"].notna().all()
    assert figure.data["gain_low"].isna().all()
    assert "all onsets are of one unit" in figure.notes[0]


# --- lead time ----------------------------------------------------------------------------------


def test_each_onset_is_told_with_the_lists_before_it():
    rows = []
    for year, place in ((2001, 12), (2002, 25), (2003, 31), (2004, 5)):
        for n in range(1, 41):
            unit = "SDN" if n == place else f"U{n:02}"
            onset = int(unit == "SDN" and year == 2004)
            chance = (41 - n) / 100
            rows.append({"unit": unit, "target": year, "probability": chance, "outcome": onset})
    found = verify(pd.DataFrame(rows))
    data = drawn.lead_time(found).data
    assert data["before"].tolist() == [1, 2, 3, 4]
    assert data["on"].tolist() == ["top 10", "not listed", "top 30", "top 20"]
    assert data["place"].tolist() == [5.0] * 4
    assert set(data["name"]) == {"Sudan"}
    assert not data["missed"].any()


def test_a_miss_and_a_tie_are_no_place_and_no_row_is_no_forecast():
    # 40 rows that tie: each is on a list of 30 with chance 3/4, so nobody is for sure
    frame = pd.DataFrame({"unit": [f"U{n:02}" for n in range(40)], "probability": 0.1})
    frame = pd.concat([frame.assign(target=2003)[1:], frame.assign(target=2004)])
    frame["outcome"] = ((frame["unit"] == "U00") & (frame["target"] == 2004)).astype(int)
    data = drawn.lead_time(verify(frame)).data
    assert data["on"].tolist() == ["not listed", "no forecast"]
    assert data["missed"].all()


def test_the_latest_onsets_are_named_and_the_others_counted(found):
    onsets = len(found.onsets)
    assert onsets > SHOWN
    data, older = lead_data(found)
    assert older == onsets - SHOWN
    assert data.groupby(["unit", "target"]).ngroups == SHOWN
    kept = found.onsets.tail(SHOWN)
    assert data["target"].drop_duplicates().tolist() == kept["target"].astype(str).unique().tolist()
    assert f"Of {onsets} onsets the {older} oldest are not drawn" in drawn.lead_time(found).notes[0]


def test_shares_on_the_list_of_30_are_told_with_intervals(found):
    one = found.figures.loc[("all", "recall_30")]
    told = f"one year before {one['value']:.0%} ({100 * one['low']:.0f} to {one['high']:.0%})"
    assert told in drawn.lead_time(found).subtitle


def test_an_episode_under_way_and_a_horizon_of_two_are_explained():
    under_way = small([[1, 0, 0, 0]], ongoing=[1, 0, 0, 0])
    assert "Under way" in drawn.lead_time(under_way).notes[0]
    assert "Under way" not in drawn.lead_time(small([[1, 0, 0, 0]])).notes[0]


# --- words and errors ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.00996, "1.0%"), (0.0994, "9.9%"), (0.0996, "10%"), (1e-5, "0.0010%"), (0.5, "50%")],
)
def test_small_shares_keep_two_figures(share, text):
    assert per_cent(share) == text


def test_what_was_verified_is_told(found):
    assert size(found) == (
        f"960 rows of 60 units, {len(found.onsets)} of them with an onset within 1 year."
    )
    assert "Fewer than five onsets" in endings(small([[1, 0, 0, 0]]))[0]
    assert "Fewer than five onsets" not in endings(found)[0]
    assert endings(found)[-1].endswith("absence of data is not safety.")


def test_models_sources_and_closed_evidence_are_told(found):
    from dataclasses import replace

    note = "3 rows restricted or confidential: not for a wider circle"
    told = {"models": {"line": {}}, "panel": {"sources": ["a", "b"], "notes": [note]}}
    closed = replace(found, provenance={**found.provenance, "forecasts": told})
    line = endings(closed)[0]
    assert "Forecasts of the model line, made from 2 sources." in line
    assert "restricted" in line


def test_rows_without_an_outcome_are_counted_in_the_notes():
    frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "target": 2003, "outcome": [1, 0, None]})
    assert "1 without a known outcome" in endings(verify(frame.assign(probability=0.1)))[0]


@pytest.mark.parametrize("name", ALL)
def test_what_is_no_verification_is_refused(name):
    with pytest.raises(InputError, match=f"{name}: needs a Verification, found DataFrame"):
        getattr(drawn, name)(pd.DataFrame())


@pytest.mark.parametrize("name", ALL[1:])
def test_without_an_onset_there_is_nothing_to_draw(name):
    with pytest.raises(InputError, match="no onset came in 4 rows"):
        getattr(drawn, name)(small([[0, 0, 0, 0]]))


# --- drawing ------------------------------------------------------------------------------------


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.fixture(scope="module")
def months():
    frame = world(units=40, years=["2004-01", "2004-02", "2004-03"], climatology=0.07)
    frame = frame.replace({"unit": {"U01": "SDN"}})
    frame.loc[(frame["unit"] == "SDN") & (frame["target"] == "2004-03"), "outcome"] = 1
    return verify(frame)


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("reliability", ["chance said", "expected", "if right"]),
        ("precision_recall", ["10 a month", "30 a month"]),
        ("murphy", ["the reference", "these forecasts", "mean loss"]),
        ("lead_time", ["months before the onset", "not listed", "Sudan 2004-03"]),
    ],
)
def test_each_is_drawn_by_month_with_its_words(months, name, words):
    svg = getattr(drawn, name)(months).to_svg()
    told = texts(svg)
    for word in words:
        assert word in told
    for word in ("NaN", "undefined", "null"):
        assert word not in svg
    assert float(re.search(r'width="([0-9.]+)"', svg).group(1)) <= 670


@pytest.mark.usefixtures("report")
@pytest.mark.parametrize("name", ["precision_recall", "murphy"])
def test_one_onset_of_four_rows_is_drawn_without_lists_and_reference(name):
    figure = getattr(drawn, name)(small([[0, 1, 0, 0]]))
    assert "NaN" not in json.dumps(figure.draw(figure.data).to_dict())
    assert "Fewer than five onsets" in " ".join(figure.notes)


@pytest.mark.usefixtures("report")
def test_names_from_outside_stay_text():
    frame = pd.DataFrame({"unit": ["<script>alert(1)</script>", "GHA"], "target": 2003})
    svg = drawn.lead_time(verify(frame.assign(probability=0.2, outcome=[1, 0]))).to_svg()
    assert "<script" not in svg
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 2003" in svg
