"""The watch list: no hindsight, its readings by hand, calendar, episodes, how it shows itself."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.errors import InputError
from r2prisk.scoring import Profile
from r2prisk.trajectories import trajectories
from r2prisk.trajectories.warning import (
    as_of,
    decide,
    fresh_triggers,
    read_calendar,
    read_list,
    upcoming,
    watch_list,
)
from r2prisk.trajectories.warning.show import display
from r2prisk.trajectories.warning.signals import above
from r2prisk.trajectories.words import EROSION

NAN = np.nan
YEARS = range(2007, 2017)

# risk over ten years; resilience and triggers are flat but where a test says otherwise
SERIES = {
    "AFG": [0.65] * 10,
    "KEN": [0.3] * 7 + [0.34, 0.40, 0.46],
    "MLI": [0.3] * 9 + [0.42],
    "NOR": [0.1] * 10,
    "THA": [0.4] * 10,
}


def frame(risk=SERIES, **columns):
    units = list(risk)
    periods = pd.PeriodIndex([str(year) for year in YEARS], freq="Y")
    index = pd.MultiIndex.from_product([units, periods], names=["unit", "period"])
    plain = {"resilience": 0.5, "RF2": 0.3, "RF7": 0.3, "RF8": 0.3, "RF11": 0.1}
    made = pd.DataFrame({"risk": np.ravel(list(risk.values())), **plain}, index=index)
    for name, by in columns.items():
        for unit, values in by.items():
            made.loc[unit, name] = values
    return made.astype(float)


EROSION_OF_THA = {"THA": [0.6] * 6 + [0.55, 0.5, 0.45, 0.4]}


def world(**columns):
    return trajectories(frame(**{"resilience": EROSION_OF_THA, **columns}), of=["risk"])


def units(watch, reading):
    return watch.tables[reading]["unit"].tolist()


# --- as of --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "lag", "last"),
    [
        ("2016", 0, "2016"),
        ("2016-12", 0, "2016"),
        ("2016-11", 0, "2015"),
        ("2016-12-30", 0, "2015"),
        ("2016Q4", 1, "2015"),
        (pd.Period("2012"), 2, "2010"),
        (2030, 0, "2016"),
    ],
)
def test_the_last_period_that_had_ended(date, lag, last):
    assert str(as_of(world(), date, lag=lag).periods[-1]) == last


@given(st.integers(2007, 2016))
@settings(max_examples=10)
def test_as_of_is_the_trajectories_of_the_scores_of_that_time(year):
    full = world()
    when = full.scores.index.get_level_values("period")
    cut = trajectories(full.scores[when <= pd.Period(str(year))], of=["risk"])
    then = as_of(full, year)
    pd.testing.assert_frame_equal(then.to_frame(), cut.to_frame())
    # and what the filter said then stands unchanged in the full table
    known = full.to_frame()
    known = known[known.index.get_level_values("period") <= pd.Period(str(year))]
    pd.testing.assert_frame_equal(then.to_frame(), known)


@pytest.mark.parametrize(
    ("date", "lag", "said"),
    [
        ("2006", 0, "nothing was known at the end of 2006: the first period is 2007"),
        ("2007", 1, "nothing was known"),
        ("next year", 0, "date: 'next year' is not a year"),
        ("2016", -1, "lag: -1 is not a whole number"),
        ("2016", 0.5, "lag: 0.5 is not a whole number"),
        ("2016", True, "lag: True is not a whole number"),
    ],
)
def test_as_of_refuses(date, lag, said):
    with pytest.raises(InputError, match=said):
        as_of(world(), date, lag=lag)


def test_the_profile_and_the_provenance_stay():
    plain = Profile.load("default")
    own = plain.model_copy(update={"watch": plain.watch.model_copy(update={"sure": 0.5})})
    then = as_of(trajectories(frame(), of=["risk"], profile=own), 2014, lag=1)
    assert then.profile.watch.sure == 0.5
    assert (then.provenance["as_of"], then.provenance["lag"]) == ("2014", 1)


def test_date_and_lag_are_refused_together():
    with pytest.raises(InputError) as caught:
        as_of(world(), "soon", lag=-1)
    assert len(caught.value.problems) == 2


# --- the watch list -----------------------------------------------------------------------------


def test_the_readings_by_hand():
    watch = watch_list(world(), "2016-12")
    assert units(watch, "highest") == ["AFG", "KEN", "THA", "MLI", "NOR"]
    assert units(watch, "biggest movers")[0] == "KEN"
    assert "MLI" in units(watch, "surprises")
    assert units(watch, "persistently high") == ["AFG"]
    assert units(watch, EROSION) == ["THA"]
    assert str(watch.tables["persistently high"].loc[0, "since"]) == "2007"
    alerts = set(zip(watch.alerts["unit"], watch.alerts["rule"], strict=True))
    assert ("AFG", "very high risk") in alerts
    assert ("KEN", "escalating risk") in alerts
    assert ("THA", EROSION) in alerts


def test_surprises_start_where_three_years_of_a_material_movement_would_lead():
    # 0.12 above a flat series is one, 0.03 is not, and neither is a fall
    risk = {**SERIES, "KEN": [0.3] * 9 + [0.33], "NOR": [0.3] * 9 + [0.1]}
    watch = watch_list(trajectories(frame(risk), of=["risk"]), 2016)
    assert units(watch, "surprises") == ["MLI"]


def test_a_score_that_is_hardly_known_does_not_surprise():
    scores = frame()
    assert "MLI" in units(watch_list(trajectories(scores, of=["risk"]), 2016), "surprises")
    scores["risk_sd"] = 0.3
    assert units(watch_list(trajectories(scores, of=["risk"]), 2016), "surprises") == []


def test_persistent_takes_every_one_of_the_last_five_years():
    dip = [0.65] * 7 + [0.2] + [0.65] * 2
    late = [0.2] * 6 + [0.65] * 4
    early = [0.2] * 5 + [0.65] * 5
    watch = watch_list(
        trajectories(frame({"AFG": dip, "KEN": late, "MLI": early}), of=["risk"]), 2016
    )
    assert units(watch, "persistently high") == ["MLI"]
    assert str(watch.tables["persistently high"].loc[0, "since"]) == "2012"
    assert units(watch_list(trajectories(frame(), of=["risk"]), 2010), "persistently high") == []


def test_numbers_of_the_tables():
    found = world()
    row = watch_list(found, 2016).tables["highest"].iloc[0]
    then = as_of(found, 2016)
    assert row["risk"] == pytest.approx(then["risk"].filtered.level[0, -1])
    assert (row["band"], row["word"], row["country"]) == ("very high", "stable", "Afghanistan")


def test_could_be_holds_the_level_even_where_all_is_rated():
    scores = frame()
    scores["risk_low"] = scores["risk_high"] = scores["risk"]
    table = watch_list(trajectories(scores, of=["risk"]), 2016).tables["highest"]
    assert (table["risk_low"] <= table["risk"]).all()
    assert (table["risk"] <= table["risk_high"]).all()
    assert (table["risk_high"] - table["risk_low"]).max() > 0.001


def test_no_hindsight():
    full = world()
    before = watch_list(full, "2014-12")
    changed = full.scores.copy()
    later = changed.index.get_level_values("period") > pd.Period("2014")
    changed.loc[later, ["risk", "resilience"]] = 0.9
    shaken = watch_list(trajectories(changed, of=["risk"]), "2014-12")
    short = watch_list(trajectories(changed[~later], of=["risk"]), "2014-12")
    assert repr(before) == repr(shaken) == repr(short)
    pd.testing.assert_frame_equal(before.to_frame(), shaken.to_frame())
    pd.testing.assert_frame_equal(before.to_frame(), short.to_frame())


def test_lag_leaves_out_what_was_not_published():
    watch = watch_list(world(), "2016-12", lag=1)
    assert str(watch.period) == "2015"
    assert watch.to_frame().equals(watch_list(world(), 2015).to_frame())
    assert "scores up to 2015 (1 later than the last that had ended)" in watch.notes[0]


def test_the_prevention_view_sets_aside_and_names():
    found = world()
    episodes = pd.DataFrame(
        {"unit": ["AFG", "KEN", "MLI"], "first": [2001, 2010, 2017], "last": [None, 2012, None]}
    )
    watch = watch_list(found, 2016, prevention=True, ongoing=episodes)
    assert watch.set_aside.to_numpy().tolist() == [["AFG", "Afghanistan", "episode since 2001"]]
    for table in [*watch.tables.values(), watch.alerts]:
        assert "AFG" not in set(table["unit"])
    assert units(watch, "highest")[0] == "KEN"
    assert "Afghanistan (episode since 2001)" in " ".join(repr(watch).split())


def test_an_end_that_lies_ahead_was_not_known():
    episodes = pd.DataFrame({"unit": ["AFG"], "first": [2001], "last": [2016]})
    assert len(watch_list(world(), 2015, prevention=True, ongoing=episodes).set_aside) == 1
    assert len(watch_list(world(), "2016-06", prevention=True, ongoing=episodes).set_aside) == 1
    assert len(watch_list(world(), 2016, prevention=True, ongoing=episodes).set_aside) == 1
    closed = pd.DataFrame({"unit": ["AFG"], "first": [2001], "last": [2014]})
    assert len(watch_list(world(), 2015, prevention=True, ongoing=closed).set_aside) == 0


def test_without_episodes_the_profile_says_what_is_ongoing():
    found = world(RF11={"MLI": [0.1] * 8 + [0.7, 0.7], "KEN": [0.7] * 8 + [0.1, 0.1]})
    aside = watch_list(found, 2016, prevention=True).set_aside
    assert aside["unit"].tolist() == ["MLI"]
    assert "RF11 0.6" in aside.loc[0, "why"]
    with pytest.raises(InputError, match="no 'RF11'; give the episodes"):
        watch_list(trajectories(frame().drop(columns="RF11"), of=["risk"]), 2016, prevention=True)


def test_faulty_episodes_are_refused_whole(tmp_path):
    path = tmp_path / "episodes.csv"
    path.write_text("unit,first,last\nAFG,2005,2001\nSDX,then,\n")
    with pytest.raises(InputError) as caught:
        watch_list(world(), 2016, prevention=True, ongoing=path)
    said = caught.value.problems
    assert said[0] == "row 2: ends in 2001, before it starts in 2005"
    assert said[1].startswith("row 3: unit 'SDX' is not known")
    assert said[2].startswith("row 3: first: 'then' is not")
    with pytest.raises(InputError, match="has no column 'last'"):
        watch_list(world(), 2016, prevention=True, ongoing=pd.DataFrame({"unit": [], "first": []}))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shown": 0}, "shown: 0 is not a whole number"),
        ({"shown": 2.5}, "shown: 2.5 is not a whole number"),
        ({"ongoing": "x.csv"}, "ongoing: is used by the prevention view only"),
    ],
)
def test_the_watch_list_refuses(options, said):
    with pytest.raises(InputError, match=said):
        watch_list(world(), 2016, **options)


def test_what_the_scores_lack_is_said():
    bare = trajectories(frame()[["risk"]], of=["risk"])
    watch = watch_list(bare, 2016)
    assert list(watch.tables) == ["highest", "biggest movers", "surprises", "persistently high"]
    notes = " ".join(watch.notes)
    assert "no resilience" in notes
    assert "no RF8" in notes
    assert "no score for them: eroding resilience under flat risk, human rights channel" in notes
    with pytest.raises(InputError, match="no 'risk'"):
        watch_list(trajectories(frame()[["resilience"]], of=["resilience"]), 2016)


def test_units_without_a_recent_score_are_in_no_reading_and_named():
    scores = frame({**SERIES, "AFG": [0.65] * 5 + [NAN] * 5, "MLI": [NAN] * 10})
    scores["coverage"] = 0.3
    scores.loc["NOR", "coverage"] = 0.1
    watch = watch_list(trajectories(scores, of=["risk"]), 2016)
    assert set(units(watch, "highest")) == {"KEN", "THA"}
    notes = " ".join(watch.notes)
    assert "No score within 3 years, in no reading: 1 country: Afghanistan." in notes
    assert (
        "Too little rated for a trajectory (less than 15%), in no reading: 1 country: Norway."
        in notes
    )
    assert "No risk score at all, in no reading: 1 country: Mali." in notes


def test_old_scores_are_said_to_be_old():
    assert "3.2 years older than the date" in " ".join(watch_list(world(), "2020-03").notes)
    assert "older than the date" not in " ".join(watch_list(world(), "2017-12").notes)


def test_withheld_alerts_stand_apart(tmp_path):
    path = tmp_path / "archive.csv"
    found = world()
    of = ["risk", "resilience", "RF8", "RF11", "human_rights"]
    told = {"decision": "withheld", "reason": "told the embassy", "by": "desk"}
    decide(
        path,
        as_of(found, 2015, of=of),
        unit="AFG",
        rule="very high risk",
        decided="2016-01-11",
        **told,
    )
    watch = watch_list(found, 2016, archive=path)
    pairs = set(zip(watch.alerts["unit"], watch.alerts["rule"], strict=True))
    assert ("AFG", "very high risk") not in pairs
    assert watch.withheld["unit"].tolist() == ["AFG"]
    assert "told the embassy (desk, 2016-01-11)" in " ".join(repr(watch).split())
    assert watch_list(found, 2014, archive=path).withheld.empty
    # what the prevention view sets aside is in none of its tables
    aside = pd.DataFrame({"unit": ["AFG"], "first": [2001], "last": [None]})
    view = watch_list(found, 2016, archive=path, prevention=True, ongoing=aside)
    assert view.withheld.empty
    assert "WITHHELD" not in repr(view)
    other = aside.assign(unit="KEN")
    view = watch_list(found, 2016, archive=path, prevention=True, ongoing=other)
    assert view.withheld["unit"].tolist() == ["AFG"]


def test_a_lag_holds_for_the_outside_lists_too():
    # up to 2015 we place AFG before KEN, as the list does; in 2016 the other way round
    risk = {**SERIES, "AFG": [0.65] * 10, "KEN": [0.3] * 9 + [0.9]}
    rights = {"MLI": [0.5] * 9 + [0.8]}  # fast in 2016 only
    found = trajectories(frame(risk, RF2=rights, RF7=rights), of=["risk"])
    rows = pd.DataFrame({"unit": ["AFG", "KEN"], "date": 2016, "rank": [1, 2]})
    lists = [read_list(rows, name="X")]
    late = watch_list(found, 2016, lag=1, lists=lists)
    assert (units(late, "blind spots"), units(late, "human-rights channel")) == ([], [])
    soon = watch_list(found, 2016, lists=lists)
    assert sorted(units(soon, "blind spots")) == ["AFG", "KEN"]
    assert units(soon, "human-rights channel") == ["MLI"]


def test_a_chance_that_is_not_sure_is_not_persistently_high():
    # 0.455 a year is 0.45 or more with a chance of some 0.64, 0.50 with nearly all
    watch = watch_list(
        trajectories(frame({"KEN": [0.455] * 10, "MLI": [0.50] * 10}), of=["risk"]), 2016
    )
    then = as_of(trajectories(frame({"KEN": [0.455] * 10}), of=["risk"]), 2016)
    chance = above(then["risk"], 0.45)[0, -5:]
    assert ((chance > 0.5) & (chance < then.profile.watch.sure)).all()
    assert units(watch, "persistently high") == ["MLI"]


def test_resilience_that_is_scored_no_more_does_not_erode():
    fall = [0.6] * 4 + [0.55, 0.5, 0.45]  # to 2013; the window of three years ends in 2015
    stopped = {"THA": [*fall, NAN, NAN, NAN], "KEN": [0.6] * 6 + [0.55, 0.5, 0.45, 0.4]}
    risk = {"KEN": [0.3] * 10, "THA": [0.4] * 10}
    found = trajectories(frame(risk, resilience=stopped), of=["risk"])
    assert "THA" in units(watch_list(found, 2013), EROSION)
    assert units(watch_list(found, 2016), EROSION) == ["KEN"]
    row = watch_list(found, 2016).tables["highest"].set_index("unit").loc["THA"]
    assert np.isnan(row["resilience"])
    assert row["resilience_word"] == "unknown"


def test_a_reading_that_the_scores_are_too_short_for_says_so():
    watch = watch_list(world(), 2008)  # two years of scores
    assert dict(watch.impossible) == {
        "biggest movers": 3 + 1,  # a window of three years, and the year before it
        "surprises": 3,
        "persistently high": 5,
        EROSION: 3 + 1,
        "fresh triggers": 3,
    }
    text, html = repr(watch), watch._repr_html_()
    wanting = "could not be looked at: needs scores of {} periods"
    for reading, periods in watch.impossible.items():
        part = text.split(f"\n{reading.upper()} (0)")[1].split("\n\n")[0]
        assert part.split("\n")[-1] == f"  {wanting.format(periods)}"
        assert "none" not in part
        assert wanting.format(periods) in html
    assert "could not" not in text.split("\nHIGHEST")[1].split("\n\n")[0]
    # a year more is enough for two of them, and ten years for all
    more = watch_list(world(), 2009)
    assert set(more.impossible) == {"biggest movers", "persistently high", EROSION}
    assert "SURPRISES (0)" in repr(more)
    assert dict(watch_list(world(), 2016).impossible) == {}
    assert "could not be looked at" not in repr(watch_list(world(), 2016))


def test_an_alert_that_was_on_when_the_scores_faded_is_named():
    gone = [NAN] * 3
    risk = {**SERIES, "AFG": [0.65] * 7 + gone, "NOR": [0.1] * 7 + gone}
    found = trajectories(frame(risk), of=["risk"])
    said = "Lapsed, not cleared, for want of scores: very high risk: Afghanistan."
    watch = watch_list(found, 2016)
    assert "AFG" not in set(watch.alerts["unit"])
    assert said in watch.notes
    assert said in " ".join(repr(watch).split())
    before = watch_list(found, 2015)
    assert "AFG" in set(before.alerts["unit"])
    assert not [note for note in before.notes if note.startswith("Lapsed")]


def test_codes_of_an_outside_list_that_stand_for_no_unit_are_named():
    rows = {"unit": ["AFG", "XXX", "KEN", "XXX", "QQQ"], "date": [2015, 2015, 2016, 2016, 2016]}
    lists = [
        read_list(pd.DataFrame(rows).assign(rank=[1, 2, 1, 2, 3]), name="A"),
        read_list(pd.DataFrame({"unit": ["AFG"], "date": 2016, "rank": 1}), name="B"),
    ]
    notes = watch_list(world(), 2016, lists=lists).notes
    lost = [note for note in notes if "stand for no unit" in note]
    assert lost == ["A: codes that stand for no unit: XXX (2), QQQ (1)"]


# --- triggers -----------------------------------------------------------------------------------


def test_fresh_triggers_rise_or_jump():
    triggers = {
        "KEN": [0.3] * 7 + [0.36, 0.42, 0.5],  # rises
        "MLI": [0.5, 0.48, 0.45, 0.42, 0.4, 0.38, 0.36, 0.34, 0.32, 0.45],  # jumps
        "AFG": [0.6] * 10,  # stays
        "NOR": [0.1] * 9 + [0.2],  # below the median
    }
    found = fresh_triggers(as_of(world(RF8=triggers), 2016, of=["risk", "RF8"]))
    assert found["unit"].tolist() == ["KEN", "MLI"]
    assert found.loc[1, "triggers_rising"] < 0.8


def write_calendar(folder, *rows):
    path = folder / "calendar.csv"
    path.write_text("\n".join(["unit,date,kind,what,source", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_calendar_takes_codes_and_names_days_and_months(tmp_path):
    path = write_calendar(
        tmp_path,
        "Kenya,2017-08-08,Election,General election,IEBC",
        "AFG,2017-02,verdict,'=1+1,",
    )
    events = read_calendar(path)
    assert events["unit"].tolist() == ["AFG", "KEN"]
    assert events["date"].astype(str).tolist() == ["2017-02", "2017-08-08"]
    assert events["what"].tolist() == ["=1+1", "General election"]


def test_every_fault_of_a_calendar_with_its_row(tmp_path):
    path = write_calendar(
        tmp_path,
        "Kenia,2017-08-08,election,x,",
        "KEN,2017,electoin,,",
        "KEN,2017-08-08,election,x,",
        "KEN,2017-08-08,election,x,again",
    )
    with pytest.raises(InputError) as caught:
        read_calendar(path)
    said = caught.value.problems
    assert (
        said[0]
        == "row 2: unit 'Kenia' is no ISO 3166 alpha-3 code and no country; did you mean 'Kenya'?"
    )
    assert said[1] == "row 3: date '2017' is not a day (2017-08-08) or a month (2017-08)"
    assert said[2].endswith("did you mean 'election'?")
    assert said[3] == "row 3: what: is empty; say what happens"
    assert said[4] == "row 5: stands twice: KEN 2017-08-08 election"
    assert len(said) == 5


def test_what_is_ahead_by_risk_and_date(tmp_path):
    calendar = read_calendar(
        write_calendar(
            tmp_path,
            "KEN,2017-08-08,election,General election,",
            "KEN,2017-01,verdict,Verdict,",
            "AFG,2018-10-20,election,too far,",
            "AFG,2016-11-30,election,over,",
            "AFG,2016-12-01,election,the first day of the month,",
            "AFG,2016-12-31,commemoration,the last day,",
            "BRA,2017-05-01,other,no trajectory,",
        )
    )
    table = upcoming(calendar, as_of(world(), 2016), "2016-12")
    assert table["what"].tolist() == [
        "the first day of the month",
        "the last day",
        "Verdict",
        "General election",
        "no trajectory",
    ]
    risks = ["very high", "very high", "moderate", "moderate", "unknown"]
    assert table["band"].tolist() == risks
    # of a year the last month counts, and of a day the day alone
    year = upcoming(calendar, as_of(world(), 2016), "2016")
    assert year["what"].tolist() == table["what"].tolist()
    day = upcoming(calendar, as_of(world(), 2016), "2016-12-31")
    assert day["what"].tolist() == table["what"].tolist()[1:]
    assert len(upcoming(calendar, as_of(world(), 2016), "2016-12", years=2)) == 5 + 1
    with pytest.raises(InputError, match="years: 0 is not above 0"):
        upcoming(calendar, as_of(world(), 2016), "2016-12", years=0)


# --- how it shows itself ------------------------------------------------------------------------


def full(tmp_path, **options):
    calendar = write_calendar(tmp_path, "KEN,2017-08-08,election,<b>=1+1</b>,")
    rows = pd.DataFrame({"unit": ["NOR", "KEN", "AFG"], "date": 2016, "rank": [1, 2, 3]})
    name = "<i>A list with a very long name indeed</i> and some more words of no use"
    lists = [read_list(rows, name=name), read_list(rows, name="B", measures="<script>")]
    rights = {"MLI": [0.5] * 8 + [0.6, 0.7]}
    return watch_list(
        world(RF2=rights, RF7=rights), 2016, calendar=calendar, lists=lists, **options
    )


def test_text_fits_a_terminal_and_says_what_is_empty(tmp_path):
    text = repr(full(tmp_path, shown=2))
    assert max(map(len, text.split("\n"))) <= 100
    assert "HIGHEST (first 2 of 5): by level of risk" in text
    assert "HUMAN-RIGHTS CHANNEL (1)" in text
    assert "A score is not a finding" in text
    calm = repr(watch_list(trajectories(frame({"NOR": [0.1] * 10}), of=["risk"]), 2016))
    assert "ALERTS (none)" in calm
    movers = (
        "BIGGEST MOVERS (0): risk rose by more than 0.015 a year over 3 years, 80% sure or more"
    )
    assert f"{movers}\n  none" in calm


def test_alerts_say_which_rule_since_when_how_sure_and_what_clears_them(tmp_path):
    text = " ".join(repr(full(tmp_path)).split())
    begun = "AFG Afghanistan: very high risk (since scores begin, 2007, over 99%)"
    assert f"{begun} Risk 0.65, steady;" in text
    assert "KEN Kenya: escalating risk (since 2015, over 99%)" in text
    # three of MLI are new; one each of AFG, KEN and THA is not
    assert "ALERTS (6 on in 4 countries, 3 of them new)" in text
    assert "MLI Mali: " in text.partition("Still on")[0].partition("New")[2]
    # what is on with the first score may be older than the scores
    assert "ALERTS (1 on in 1 country, 0 of them new)" in repr(watch_list(world(), 2007))
    assert (
        "Very high risk clears when the probability that risk is 0.60 or more falls below" in text
    )


def test_html_escapes_all_that_others_wrote(tmp_path):
    html = full(tmp_path)._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert "&lt;b&gt;=1+1&lt;/b&gt;" in html


def test_a_small_fall_is_no_minus_zero():
    risk = {"NOR": [0.1] * 9 + [0.0999]}
    shown = display(
        "highest", watch_list(trajectories(frame(risk), of=["risk"]), 2016).tables["highest"]
    )
    assert shown["a year"].tolist() == ["+0.00"]


def test_csv_holds_every_row_and_no_formula(tmp_path):
    calendar = write_calendar(tmp_path, "KEN,2017-08-08,election,'=1+1,")
    watch = watch_list(world(), 2016, calendar=calendar)
    watch.write(tmp_path / "watch.csv")
    back = pd.read_csv(tmp_path / "watch.csv")
    expected = len(watch.alerts) + sum(map(len, watch.tables.values()))
    assert len(back) == expected == len(watch.to_frame())
    assert back.loc[back["reading"] == "trigger calendar", "what"].tolist() == ["'=1+1"]
    highest = back[back["reading"] == "highest"]
    assert highest["place"].tolist() == [1, 2, 3, 4, 5]
    assert highest["risk"].tolist() == pytest.approx(watch.tables["highest"]["risk"].tolist())


def test_json_carries_notes_and_provenance(tmp_path):
    watch = watch_list(world(), 2016)
    watch.write(tmp_path / "watch.json")
    content = json.loads((tmp_path / "watch.json").read_text(encoding="utf-8"))
    about = content["provenance"]
    assert about["notes"] == list(watch.notes)
    assert about["as_of"] == "2016"
    # a reading and an alert of one name each keep their own words
    both = "eroding resilience under flat risk: "
    assert [
        line for key in ("rules", "clears") for line in about[key] if line.startswith(both)
    ] == [
        both + watch.rules[both[:-2]],
        both + watch.clears[both[:-2]],
    ]
    assert len(content["watch list"]) == len(watch.to_frame())


def test_workbook(tmp_path, needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    import python_calamine

    watch = watch_list(world(), 2016)
    watch.write(tmp_path / "watch.xlsx")
    book = python_calamine.load_workbook(str(tmp_path / "watch.xlsx"))
    assert book.sheet_names == ["watch list", "provenance"]
    assert len(book.get_sheet_by_name("watch list").to_python()) == len(watch.to_frame()) + 1


def test_another_ending_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(InputError, match=r"ends in '\.txt'; allowed: \.csv, \.json, \.parquet"):
        watch_list(world(), 2016).write(tmp_path / "watch.txt")
    assert not list(tmp_path.iterdir())


def test_a_reading_that_has_rows_could_be_looked_at():
    every_other = [np.nan] * 3 + [0.65, np.nan] * 3 + [0.65]
    watch = watch_list(trajectories(frame({"AFG": every_other}), of=["risk"]), "2030")
    assert "persistently high" not in watch.impossible
    assert len(watch.tables["persistently high"]) == 1
