"""Signals and alerts: the rule by hand, hysteresis, the archive of decisions."""

import dataclasses

import hypothesis.extra.numpy as hnp
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from r2prisk.errors import InputError
from r2prisk.scoring import Profile
from r2prisk.scoring.choices import Rule
from r2prisk.trajectories import movements, trajectories
from r2prisk.trajectories.judging import judge
from r2prisk.trajectories.warning import alerts, decide, history, on, read_archive, signal
from r2prisk.trajectories.warning.alerts import lapsed
from r2prisk.trajectories.warning.archive import sort_out

NAN = np.nan
HEADER = "decided,date,unit,rule,since,sure,decision,reason,by\n"


def follow(rows, start=2001, **columns):
    """Make trajectories of one series a unit: risk, or the columns that are named."""
    series = {"risk": rows, **columns}
    years = pd.period_range(str(start), periods=len(next(iter(rows.values()))), freq="Y")
    index = pd.MultiIndex.from_product([list(rows), years], names=["unit", "period"])
    frame = pd.DataFrame(
        {name: np.ravel([by[unit] for unit in rows]) for name, by in series.items()}, index=index
    )
    return trajectories(frame.astype(float), of=list(series))


HIGH = Rule(name="very high risk", kind="level", limit=0.60)
RISE = Rule(name="escalating risk", kind="movement", limit=0.015)


# --- on and off ---------------------------------------------------------------------------------


def test_hysteresis_by_hand():
    rule = Rule(name="x", kind="level", raise_at=0.8, clear_at=0.5)
    probability = np.array(
        [
            [0.79, 0.80, 0.50, 0.49, 0.79, 0.95],
            [0.90, NAN, 0.60, NAN, 0.10, NAN],
            [NAN, NAN, 0.70, NAN, 0.80, 0.79],
        ]
    )
    assert on(probability, rule).tolist() == [
        [False, True, True, False, False, True],
        # unknown switches off, and 0.60 is too little to switch on again
        [True, False, False, False, False, False],
        [False, False, False, False, True, True],
    ]


@given(hnp.arrays(float, (3, 8), elements=st.floats(0, 1)), st.integers(1, 7))
def test_an_alert_never_depends_on_what_comes_later(probability, upto):
    assert (on(probability, HIGH)[:, :upto] == on(probability[:, :upto], HIGH)).all()


@given(hnp.arrays(float, (3, 8), elements=st.floats(0, 1) | st.just(NAN)))
def test_an_alert_is_always_on_at_raise_at_and_off_below_clear_at(probability):
    states = on(probability, HIGH)
    assert states[probability >= HIGH.raise_at].all()
    assert not states[probability < HIGH.clear_at].any()


# --- the four kinds -----------------------------------------------------------------------------


def test_level_is_the_normal_probability_of_the_filtered_level():
    found = follow({"SDN": [0.5, 0.55, 0.62]})
    states = found["risk"].filtered
    expected = 1 - norm.cdf((0.60 - states.level) / np.sqrt(states.var_level))
    assert signal(found, HIGH) == pytest.approx(expected)


def test_movement_counts_from_the_limit_of_the_rule():
    found = follow({"SDN": [0.2, 0.2, 0.2, 0.26, 0.30]})
    moved = movements(found, "risk")
    # the profile's material movement is the limit of this rule
    assert signal(found, RISE)[0, 3:] == pytest.approx(moved.rising[0, 3:])
    steep = signal(found, RISE.model_copy(update={"limit": 0.03}))
    assert steep[0, 4] == pytest.approx(norm.sf((0.03 - moved.mean[0, 4]) / moved.deviation[0, 4]))
    assert np.isnan(signal(found, RISE)[0, :3]).all()


def test_surprise_is_up_for_risk_and_down_for_resilience():
    rows = {"SDN": [0.4, 0.4, 0.4, 0.55]}
    found = follow(rows, resilience=rows)
    risk = signal(found, Rule(name="s", kind="surprise"))
    resilience = signal(found, Rule(name="s", kind="surprise", of="resilience"))
    assert risk[0, -1] == pytest.approx(norm.cdf(found["risk"].surprise[0, -1]))
    assert resilience[0, -1] == pytest.approx(norm.cdf(-found["resilience"].surprise[0, -1]))
    assert risk[0, -1] > 0.95
    assert resilience[0, -1] < 0.05


def test_erosion_is_the_fall_of_resilience_times_the_calm_of_risk():
    rule = Rule(name="e", kind="erosion", of="resilience", limit=0.015)
    found = follow({"SDN": [0.3] * 5}, resilience={"SDN": [0.6, 0.6, 0.55, 0.5, 0.4]})
    fall, risk = movements(found, "resilience").falling, movements(found, "risk")
    expected = fall[0, -1] * (1 - risk.rising[0, -1] - risk.falling[0, -1])
    assert signal(found, rule)[0, -1] == pytest.approx(expected)
    climbing = follow(
        {"SDN": [0.3, 0.4, 0.5, 0.6, 0.7]}, resilience={"SDN": [0.6, 0.6, 0.55, 0.5, 0.4]}
    )
    assert signal(climbing, rule)[0, -1] < 0.01


def test_below_the_floor_the_probability_is_zero_even_where_the_movement_is_unknown():
    rule = RISE.model_copy(update={"floor": 0.30})
    found = follow({"KEN": [0.1, 0.2, 0.2, 0.2, 0.28], "SDN": [0.4, 0.4, 0.4, 0.4, 0.6]})
    got = signal(found, rule)
    assert (got[0] == 0).all()
    assert np.isnan(got[1, :3]).all()
    assert got[1, -1] > 0.9


def test_the_floor_of_erosion_is_of_risk():
    rule = Rule(name="e", kind="erosion", of="resilience", limit=0.015, floor=0.15)
    fall = {"NOR": [0.6, 0.6, 0.55, 0.5, 0.4], "SDN": [0.6, 0.6, 0.55, 0.5, 0.4]}
    found = follow({"NOR": [0.1] * 5, "SDN": [0.3] * 5}, resilience=fall)
    assert signal(found, rule)[0].tolist() == [0] * 5
    assert signal(found, rule)[1, -1] > 0.8


def test_what_was_not_scored_for_a_window_is_unknown_and_its_alert_has_lapsed():
    # a window of three years: the score of 2002 is known up to 2004
    found = follow({"SDN": [0.8, 0.8, NAN, NAN, NAN, NAN]})
    assert np.isnan(signal(found, HIGH)[0]).tolist() == [False] * 4 + [True] * 2
    assert on(signal(found, HIGH), HIGH)[0].tolist() == [True] * 4 + [False] * 2
    assert alerts(found, rules=[HIGH]).empty
    assert lapsed(found, [HIGH, RISE]) == {"very high risk": ["SDN"]}


def test_only_what_was_on_when_the_scores_faded_has_lapsed():
    gone = [NAN] * 3
    rows = {
        "AFG": [0.8, 0.8, 0.8, *gone],
        "KEN": [0.8, 0.8, 0.1, *gone],  # cleared before the scores ended
        "MLI": [0.8, 0.8, 0.8, NAN, NAN, 0.8],  # still on
        "NOR": [0.1, 0.1, 0.1, *gone],
        "SDN": [0.1, 0.1, 0.8, *gone],
    }
    found = follow(rows)
    assert lapsed(found, [HIGH]) == {"very high risk": ["AFG", "SDN"]}
    raised = alerts(found, rules=[HIGH])
    assert raised["unit"].tolist() == ["MLI"]
    # a year before the last scores fade there is nothing to name yet
    assert lapsed(follow({unit: row[:5] for unit, row in rows.items()}), [HIGH]) == {}


def test_a_state_that_has_ended_has_no_lapsed_alert():
    rows = [("YUG", year) for year in range(1988, 1993)]
    rows += [("SRB", year) for year in range(1988, 2010)]
    index = pd.MultiIndex.from_tuples(
        [(unit, pd.Period(str(year))) for unit, year in rows], names=["unit", "period"]
    )
    found = trajectories(pd.DataFrame({"risk": 0.9}, index=index), of=["risk"])
    assert lapsed(found, [HIGH]) == {}


def test_after_unknown_periods_an_alert_has_to_be_raised_again():
    # last scores that leave about six chances in ten: that holds an alert but raises none
    found = follow({"MLI": [0.8] * 6 + [0.55], "SDN": [0.8, 0.8, NAN, NAN, NAN, NAN, 0.605]})
    probability = signal(found, HIGH)[:, -1]
    assert (probability > HIGH.clear_at).all()
    assert (probability < HIGH.raise_at).all()
    assert alerts(found, rules=[HIGH])["unit"].tolist() == ["MLI"]
    assert lapsed(found, [HIGH]) == {}  # something is known again


def test_a_rule_without_its_score_names_it():
    found = follow({"SDN": [0.4, 0.4]})
    rule = Rule(name="channel", kind="movement", of="human_rights")
    with pytest.raises(InputError, match="rule 'channel': needs a trajectory of 'human_rights'"):
        signal(found, rule)
    with pytest.raises(InputError) as caught:
        alerts(found)
    assert len(caught.value.problems) == 2  # resilience and the human-rights channel


# --- history ------------------------------------------------------------------------------------


def test_history_can_be_judged_and_says_what_the_record_showed():
    rows = {"KEN": [0.2] * 6, "SDN": [NAN, 0.5, 0.7, 0.7, 0.7, 0.7]}
    told = history(follow(rows, resilience={"KEN": [0.6] * 6, "SDN": [0.4] * 6}), HIGH)
    assert told.loc["SDN"].index.astype(str).tolist() == ["2002", "2003", "2004", "2005", "2006"]
    assert told.loc["SDN", "on"].tolist() == [False, True, True, True, True]
    assert told.loc[("KEN", "2006"), "record"] == "risk 0.20, +0.00 a year, resilience 0.60"
    onsets = pd.DataFrame({"unit": ["SDN"], "period": [2004]})
    assert judge(told, onsets, horizon=1, known=2006).summary.hits == 1


def test_history_is_missing_where_nothing_is_known():
    told = history(follow({"SDN": [0.8, NAN, NAN, NAN, NAN]}), HIGH)
    # known while the score is less than a window of three years old, and then no row at all
    assert told.index.get_level_values("period").astype(str).tolist() == ["2001", "2002", "2003"]
    assert told["on"].tolist() == [True, True, True]
    # the level is known from the first score on, its movement only after a window
    moving = history(follow({"SDN": [0.4, 0.4, 0.4, 0.5]}), RISE)
    assert moving["on"].isna().tolist() == [True, True, True, False]


# --- alerts -------------------------------------------------------------------------------------


def test_since_is_the_start_of_the_unbroken_run():
    found = follow({"SDN": [0.8, 0.8, 0.2, 0.2, 0.8, 0.8], "KEN": [0.7] * 6})
    raised = alerts(found, rules=[HIGH])
    assert dict(zip(raised["unit"], raised["since"].astype(str), strict=True)) == {
        "SDN": "2005",
        "KEN": "2001",
    }
    assert raised["sure"].is_monotonic_decreasing
    # KEN was on as soon as anything was known, SDN was off before it came on again
    begins = dict(zip(raised["unit"], raised["begins"], strict=True))
    assert begins == {"SDN": False, "KEN": True}


def test_an_alert_begins_with_the_scores_even_where_they_come_late():
    late = {"MLI": [NAN, NAN, 0.8, 0.8], "SDN": [NAN, 0.1, 0.8, 0.8]}
    raised = alerts(follow(late), rules=[HIGH]).set_index("unit")
    assert raised["since"].astype(str).to_dict() == {"MLI": "2003", "SDN": "2003"}
    assert raised["begins"].to_dict() == {"MLI": True, "SDN": False}


def test_alerts_follow_the_scores_that_their_rules_need():
    rows = {"SDN": [0.3, 0.3, 0.3, 0.42, 0.48], "THA": [0.4] * 5}
    fall = {"SDN": [0.5] * 5, "THA": [0.7, 0.7, 0.6, 0.5, 0.4]}
    rise = {"SDN": [0.5] * 5, "THA": [0.5, 0.5, 0.6, 0.7, 0.8]}
    both = follow(rows, residual_risk=rows, resilience=fall, RF2=rise, RF7=rise)
    plain = trajectories(both.scores)
    assert set(plain.courses) == {"risk", "residual_risk", "resilience"}
    rules = plain.profile.watch.rules
    of = ["risk", "resilience", "human_rights"]
    full = alerts(trajectories(both.scores, of=of))
    assert {("THA", "human rights channel"), ("SDN", "escalating risk")} <= set(
        zip(full["unit"], full["rule"], strict=True)
    )
    pd.testing.assert_frame_equal(alerts(plain), full)
    rule = next(rule for rule in rules if rule.of == "human_rights")
    told = history(plain, rule).xs("2005", level="period")
    assert told["on"].to_dict() == {"SDN": False, "THA": True}


def test_alerts_say_what_they_show_and_what_clears_them():
    found = follow({"SDN": [0.30, 0.30, 0.30, 0.42, 0.48]}, resilience={"SDN": [0.4] * 5})
    row = alerts(found, rules=[RISE.model_copy(update={"floor": 0.30})]).iloc[0]
    level, mean = found["risk"].filtered.level[0, -1], movements(found, "risk").mean[0, -1]
    assert row["shows"] == f"Risk {level:.2f}, up {mean:.2f} a year; resilience 0.40, steady."
    assert row["clears"] == (
        "Clears when the probability that risk rises by more than 0.015 a year falls below 50% "
        "(now over 99%), or when risk falls below 0.30."
    )


def test_a_state_that_has_ended_raises_no_alert():
    years = [*range(1988, 1993)]
    rows = [("YUG", year) for year in years] + [("SRB", year) for year in range(1988, 2010)]
    index = pd.MultiIndex.from_tuples(
        [(unit, pd.Period(str(year))) for unit, year in rows], names=["unit", "period"]
    )
    found = trajectories(pd.DataFrame({"risk": 0.9}, index=index), of=["risk"])
    assert alerts(found, rules=[HIGH])["unit"].tolist() == ["SRB"]


def test_no_alert_is_an_empty_table_with_its_columns():
    raised = alerts(follow({"NOR": [0.1, 0.1]}), rules=[HIGH])
    assert raised.empty
    assert list(raised)[:4] == ["unit", "country", "rule", "period"]


# --- the archive --------------------------------------------------------------------------------


def small(last=0.7):
    plain = Profile.load("default")
    watch = plain.watch.model_copy(update={"rules": (HIGH,)})
    profile = plain.model_copy(update={"watch": watch})
    found = follow({"SDN": [0.2, 0.7, 0.7, last], "NOR": [0.1] * 4})
    return dataclasses.replace(found, profile=profile)


def told(path, found=None, **changes):
    plain = {
        "unit": "SDN",
        "rule": "very high risk",
        "decision": "withheld",
        "reason": "told the embassy",
        "by": "desk",
        "decided": "2005-01-10",
    }
    return decide(path, found or small(), **{**plain, **changes})


def test_a_decision_goes_in_and_comes_back(tmp_path):
    path = tmp_path / "archive.csv"
    told(path)
    archive = told(path, decision="sent", reason="", decided="2005-02-01")
    assert archive["decision"].tolist() == ["withheld", "sent"]
    assert archive.equals(read_archive(path))
    assert archive.loc[0, ["decided", "date", "since"]].tolist() == ["2005-01-10", "2004", "2002"]
    assert archive.loc[0, "sure"] == pytest.approx(alerts(small()).loc[0, "sure"], abs=1e-4)


def test_text_is_never_a_formula_and_still_comes_back(tmp_path):
    path = tmp_path / "archive.csv"
    reason = '=HYPERLINK("http://x")\nsecond line, with "quotes"'
    archive = told(path, reason=reason, by="@desk")
    cells = path.read_text(encoding="utf-8").splitlines()[1]
    assert "\"'=HYPERLINK(" in cells
    assert '"\'@desk"' in cells
    assert archive.loc[0, "reason"] == '=HYPERLINK("http://x") second line, with "quotes"'
    assert archive.loc[0, "by"] == "@desk"


def test_everything_wrong_with_a_decision_is_said_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        told(
            tmp_path / "a.csv",
            unit="SDX",
            rule="very hihg risk",
            decision="withold",
            reason=" ",
            by="",
            decided="2005-01",
        )
    said = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 6
    for part in ("'SDN'", "'very high risk'", "'withheld'", "say why", "say who", "is not a day"):
        assert part in said
    assert not (tmp_path / "a.csv").exists()


def test_only_an_alert_that_is_on_can_be_decided(tmp_path):
    with pytest.raises(InputError, match="no alert 'very high risk' is on for NOR in 2004"):
        told(tmp_path / "a.csv", unit="NOR")


def test_withholding_needs_a_reason(tmp_path):
    with pytest.raises(InputError, match="reason: is empty; say why"):
        told(tmp_path / "a.csv", reason="  ")


def test_a_failed_write_keeps_the_archive(tmp_path, monkeypatch):
    path = tmp_path / "archive.csv"
    told(path)
    before = path.read_bytes()

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(InputError, match="No space left"):
        told(path, reason="another")
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["archive.csv"]


def test_a_faulty_archive_is_refused_whole_and_left_alone(tmp_path):
    path = tmp_path / "archive.csv"
    path.write_text(
        HEADER
        + "2005-01-10,2004,SDN,very high risk,2002,0.93,withheld,,desk\n"
        + "soon,then,SDX,,2002,1.5,kept,x,\n"
    )
    before = path.read_bytes()
    with pytest.raises(InputError) as caught:
        told(path)
    said = caught.value.problems
    assert said[0] == "row 2: is withheld without a reason"
    assert len(said) == 1 + 7  # decided, date, unit, decision, rule, by, sure
    assert all(problem.startswith("row 3: ") for problem in said[1:])
    assert path.read_bytes() == before


def test_a_withheld_alert_stays_apart_while_its_spell_lasts(tmp_path):
    path = tmp_path / "archive.csv"
    archive = told(path)
    standing, withheld = sort_out(alerts(small()), archive)
    assert (len(standing), len(withheld)) == (0, 1)
    later = follow({"SDN": [0.2, 0.7, 0.7, 0.7, 0.7]})
    standing, withheld = sort_out(alerts(later, rules=[HIGH]), archive)
    assert standing.empty
    assert withheld[["unit", "reason"]].to_numpy().tolist() == [["SDN", "told the embassy"]]
    again = follow({"SDN": [0.2, 0.7, 0.7, 0.7, 0.1, 0.1, 0.8]})
    standing, withheld = sort_out(alerts(again, rules=[HIGH]), archive)
    assert standing["since"].astype(str).tolist() == ["2007"]
    assert withheld.empty


def test_the_newest_decision_counts_and_none_from_later(tmp_path):
    path = tmp_path / "archive.csv"
    told(path)
    archive = told(path, decision="sent", reason="", decided="2005-03-01")
    standing, withheld = sort_out(alerts(small()), archive)
    assert len(standing) == 1
    assert withheld.empty
    earlier = alerts(follow({"SDN": [0.2, 0.7, 0.7]}), rules=[HIGH])
    standing, withheld = sort_out(earlier, archive[:1])
    assert len(standing) == 1  # the decision was on an alert of 2004
    assert withheld.empty
