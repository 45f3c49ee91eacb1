"""Warnings against onsets: by hand, against a plain count, as laws, and on the real record."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.catalogue.units import resolve
from r2prisk.errors import InputError, MissingExtraError
from r2prisk.trajectories.judging import judge
from r2prisk.trajectories.judging.worth import murphy, risk_matrix, value

FIRST = 2000


def warn(rows, freq="Y", start="2000", **columns):
    """Make warnings from one string a unit: 1 on, 0 off, ? without an answer, . no row."""
    frames = []
    for unit, marks in rows.items():
        periods = pd.period_range(start, periods=len(marks), freq=freq)
        index = pd.MultiIndex.from_product([[unit], periods], names=["unit", "period"])
        on = [{"1": True, "0": False}.get(mark) for mark in marks]
        frame = pd.DataFrame({"on": pd.Series(on, dtype=object, index=index)})
        frames.append(frame[[mark != "." for mark in marks]])
    return pd.concat(frames).assign(**columns)


def begin(*pairs):
    return pd.DataFrame(pairs, columns=["unit", "period"])


def rows_of(frame, *columns):
    return [tuple(str(v) for v in row) for row in frame[list(columns)].to_numpy()]


# --- by hand ------------------------------------------------------------------------------------


def test_hits_false_alarms_and_leads():
    #                     2000 to 2009
    warnings = warn({"SDN": "0011100110", "GHA": "0000000100"})
    j = judge(warnings, begin(("SDN", 2005), ("GHA", 2003)), horizon=2, known=2011)
    s = j.summary
    assert (s.onsets, s.hits, s.hit_rate) == (2, 1, 0.5)
    # Wilson: centre (p + z^2/2n) / (1 + z^2/n), p = 1/2, n = 2: one half, whatever z is
    z2 = 1.959963984540054**2
    half = (z2 * (1 / 8 + z2 / 16)) ** 0.5 / (1 + z2 / 2)
    assert (s.hit_rate_low, s.hit_rate_high) == pytest.approx((0.5 - half, 0.5 + half))
    # SDN 2003 and 2004 lie within two years of 2005; 2002, 2007, 2008 and GHA 2007 do not
    assert (s.right, s.false_alarms) == (2, 4)
    assert s.precision == pytest.approx(2 / 6)
    # the two years before each onset, of 20 rows, in 10 years
    assert (s.silent, s.quiet, s.years) == (2, 12, 10)
    assert s.base_rate == pytest.approx(4 / 20)
    assert s.false_alarms_per_year == pytest.approx(4 / 10)
    assert (s.spells, s.spells_per_year) == (3, 3 / 10)
    assert rows_of(j.onsets, "unit", "period", "hit", "lead") == [
        ("GHA", "2003", "False", "0"),
        ("SDN", "2005", "True", "3"),
    ]
    assert s.median_lead == 3
    assert rows_of(j.false_alarms, "unit", "first", "last", "periods") == [
        ("SDN", "2007", "2008", "2"),
        ("GHA", "2007", "2007", "1"),
        ("SDN", "2002", "2002", "1"),
    ]
    # SDN: on 2002, off 2005, on 2007, off 2009; GHA: on, off; nine steps each
    assert rows_of(j.flips, "unit", "changes", "years") == [
        ("SDN", "4", "9.0"),
        ("GHA", "2", "9.0"),
    ]
    assert s.flips_per_decade == pytest.approx(10 * 6 / 18)
    assert j.flips["per_decade"].tolist() == pytest.approx([40 / 9, 20 / 9])


def test_a_warning_that_went_off_before_the_onset_still_counts_within_the_horizon():
    j = judge(warn({"SDN": "01100"}), begin(("SDN", 2004)), horizon=2, known=2006)
    assert rows_of(j.onsets, "hit", "lead") == [("True", "3")]  # on since 2001
    j = judge(warn({"SDN": "01100"}), begin(("SDN", 2004)), horizon=1, known=2006)
    assert rows_of(j.onsets, "hit", "lead") == [("False", "0")]


def test_what_is_unknown_breaks_a_warning_and_is_counted():
    j = judge(warn({"SDN": "11?11.11"}), begin(("SDN", 2008)), horizon=1, known=2008)
    assert rows_of(j.onsets, "hit", "lead") == [("True", "2")]
    aside = j.summary.rows_aside
    assert (aside["without an answer"], aside["missing between others"]) == (1, 1)
    # a unit that comes late or leaves early is missing nothing
    late = judge(warn({"SDN": "..11..", "GHA": "000000"}), begin(), known=2008)
    assert late.summary.rows_aside["missing between others"] == 0
    assert rows_of(j.false_alarms, "first", "periods") == [
        ("2000", "2"),
        ("2003", "2"),
        ("2006", "1"),
    ]
    assert (j.flips["changes"].tolist(), j.flips["years"].tolist()) == ([0], [3.0])


def test_an_onset_before_which_nobody_looked_is_not_judged_but_named():
    onsets = begin(("SDN", 2003), ("SDN", 2000), ("MLI", 2002), ("SDN", 2009), ("SDN", 2005))
    j = judge(warn({"SDN": "01??10"}), onsets, horizon=1, known=2009)
    seen = {(u, p): s for u, p, s in rows_of(j.onsets, "unit", "period", "seen")}
    assert [key for key, s in seen.items() if s == "True"] == [("SDN", "2005")]
    assert j.summary.onsets == 1
    assert j.summary.onsets_aside["not seen"] == 4
    assert "Onsets not seen: Sudan 2000; Mali 2002; Sudan 2003; Sudan 2009" in repr(j)


def test_rows_whose_horizon_is_not_over_are_judged_only_where_an_onset_came():
    # onsets known to 2004, the last row: SDN 2003 is right already, the others of 2003 and 2004 wait
    warnings = warn({"SDN": "00011", "GHA": "00011"})
    j = judge(warnings, begin(("SDN", 2004)), horizon=2)
    assert (j.summary.right, j.summary.false_alarms) == (1, 0)
    assert j.summary.rows_aside["horizon not over"] == 3
    assert judge(warnings, begin(("SDN", 2004)), horizon=2, known=2006).summary.false_alarms == 3


def test_onsets_after_the_last_known_period_are_held_back():
    warnings = warn({"SDN": "11111"})
    j = judge(warnings, begin(("SDN", 2002), ("SDN", 2005)), horizon=1, known=2003)
    assert j.summary.onsets_aside["after the last known period"] == 1
    assert rows_of(j.onsets, "period") == [("2002",)]
    assert (j.summary.right, j.summary.false_alarms) == (1, 2)
    assert j.summary.rows_aside["horizon not over"] == 2


def test_a_year_is_known_only_with_its_last_month():
    warnings = warn({"SDN": "1111"})
    for known, waiting in (("2003-11", 2), ("2003-12", 1), (2003, 1), ("2003Q3", 2)):
        j = judge(warnings, begin(("SDN", 2001)), horizon=1, known=known)
        assert j.summary.rows_aside["horizon not over"] == waiting


def test_what_is_under_way_counts_neither_way():
    warnings = warn({"SDN": "1111111", "GHA": "1000000"})
    onsets = begin(("SDN", 2003), ("SDN", 2005))
    ongoing = pd.DataFrame(
        {"unit": ["SDN", "SDN", "MLI"], "first": [2003, 2004, 2001], "last": [2003, None, 2002]}
    )
    j = judge(warnings, onsets, horizon=1, ongoing=ongoing, known=2007)
    # 2002 is right; 2000 and 2001 are not; the rest is under way, and so is the onset of 2005
    assert (j.summary.right, j.summary.false_alarms) == (1, 2 + 1)
    assert j.summary.rows_aside["under way"] == 4
    assert (j.summary.onsets, j.summary.hits, j.summary.onsets_aside["under way"]) == (1, 1, 1)
    assert judge(warnings, onsets, horizon=1, known=2007).summary.false_alarms == 6


def test_changes_within_an_episode_count_as_changes():
    ongoing = pd.DataFrame({"unit": ["SDN"], "first": [2001], "last": [2004]})
    given = {"horizon": 1, "known": 2006}
    j = judge(warn({"SDN": "010110"}), begin(), ongoing=ongoing, **given)
    # off, on, off, on, on, off: four changes in five steps, three of them within the episode
    assert rows_of(j.flips, "unit", "changes", "years") == [("SDN", "4", "5.0")]
    assert j.summary.flips_per_decade == pytest.approx(10 * 4 / 5)
    assert j.summary.false_alarms == 0  # all that is on lies in the episode


def test_years_are_those_in_which_a_row_was_judged():
    # 2000 has no answer, 2003 lies in an episode, and what follows 2006 and 2007 is not known
    warnings = warn({"SDN": "?1111111", "GHA": "?0000000"})
    ongoing = pd.DataFrame({"unit": ["SDN", "GHA"], "first": 2003, "last": 2003})
    s = judge(warnings, begin(), horizon=1, ongoing=ongoing, known=2006).summary
    assert s.years == 8 - 1 - 1 - 2
    assert s.false_alarms_per_year == pytest.approx(4 / 4)
    assert s.spells_per_year == pytest.approx(2 / 4)
    # a year in which one country alone is judged counts whole
    one = judge(warnings, begin(), horizon=1, ongoing=ongoing[:1], known=2006).summary
    assert one.years == 5


def test_episodes_may_be_dated_more_finely_or_more_coarsely():
    ongoing = pd.DataFrame({"unit": ["SDN"], "first": ["2001-06"], "last": ["2002-02"]})
    j = judge(warn({"SDN": "11111"}), begin(), horizon=1, ongoing=ongoing, known=2005)
    assert j.summary.rows_aside["under way"] == 2
    years = pd.DataFrame({"unit": ["SDN"], "first": [2001], "last": [2001]})
    months = warn({"SDN": "1" * 36}, freq="M", start="2000-01")
    j = judge(months, begin(), horizon=1, ongoing=years, known="2003-12")
    assert j.summary.rows_aside["under way"] == 12
    assert rows_of(j.false_alarms, "first", "last") == [
        ("2000-01", "2000-12"),
        ("2002-01", "2002-12"),
    ]


def test_months_are_counted_in_years():
    warnings = warn({"SDN": "0" * 6 + "1" * 12 + "0" * 6}, freq="M", start="2000-01")
    onsets = begin(("SDN", "2001-04-06"))
    j = judge(warnings, onsets, horizon=3, known="2002-12")
    assert rows_of(j.onsets, "period", "lead") == [("2001-04", "9")]  # on since July 2000
    assert j.summary.median_lead == 9 / 12
    assert (j.summary.right, j.summary.false_alarms, j.summary.years) == (3, 9, 2)
    assert j.summary.false_alarms_per_year == pytest.approx(9 / 2)
    assert j.summary.flips_per_decade == pytest.approx(10 * 2 / (23 / 12))


def test_two_onsets_in_one_period_count_once():
    onsets = begin(("SDN", "2003-01"), ("SDN", "2003-11"))
    j = judge(warn({"SDN": "11111"}), onsets, horizon=1, known=2005)
    assert j.summary.onsets == 1
    assert j.summary.onsets_aside["in the same period as another"] == 1


def test_the_record_says_what_was_seen():
    warnings = warn({"SDN": "0011"}, record=["calm", "coup", None, "purge"])
    onsets = begin(("SDN", 2000), ("SDN", 2002), ("SDN", 2003))
    j = judge(warnings, onsets, horizon=2, known=2005)
    # nobody looked before 2000, and nothing stands in 2002
    assert j.onsets["record"].tolist() == ["", "coup", "coup"]
    assert j.false_alarms["record"].tolist() == ["purge"]
    assert "Missed onsets: Sudan 2002 (coup)" in repr(j)
    assert "Longest false alarms: Sudan 2003 to 2003 (purge)" in repr(j)


def test_the_text_is_plain_and_the_notebook_form_escaped():
    warnings = warn({"SDN": "0011", "Ö<b>": "1111"}, record="<i>rank 3</i>")
    j = judge(warnings, begin(("SDN", 2001)), horizon=1, known=2004)
    assert repr(j).splitlines()[:2] == [
        "Warnings: 8 rows, 2 units, 2000 to 2003; right if an onset comes within 1 year",
        "Onsets warned of: 0 of 1 (0%; 95% interval 0% to 79%); median time on before: unknown years",
    ]
    html = j._repr_html_()
    assert "<b>" not in html
    assert "<i>" not in html
    assert "Ö&lt;b&gt;" in html
    assert "Sudan" in html


def test_with_no_onsets_rates_are_unknown():
    s = judge(warn({"SDN": "0011"}), begin(), horizon=1, known=2004).summary
    assert np.isnan([s.hit_rate, s.hit_rate_low, s.median_lead]).all()
    assert (s.precision, s.base_rate) == (0, 0)
    assert s.false_alarms_per_year == pytest.approx(2 / 4)


def test_onsets_are_known_to_the_last_row_if_nothing_else_is_said():
    #                     2000 to 2006: right in 2002, false in 2005; 2006 waits for 2007
    warnings = warn({"SDN": "0010011", "GHA": "00000"})
    j = judge(warnings, begin(("SDN", 2003)), horizon=1)
    assert (j.summary.right, j.summary.false_alarms) == (1, 1)
    assert rows_of(j.false_alarms, "first", "last") == [("2005", "2005")]
    assert j.summary.rows_aside["horizon not over"] == 1
    told = judge(warnings, begin(("SDN", 2003)), horizon=1, known=2006)
    assert told.summary == j.summary
    # known to the last onset only, all from 2003 on would wait: SDN four rows, GHA two
    early = judge(warnings, begin(("SDN", 2003)), horizon=1, known=2003).summary
    assert (early.false_alarms, early.rows_aside["horizon not over"]) == (0, 4 + 2)
    # without any onset, too: all three warnings but that of 2006 are false
    none = judge(warnings, begin(), horizon=1).summary
    assert (none.onsets, none.right, none.false_alarms) == (0, 0, 2)
    # an onset after the last row is not known then: it is set aside and counted
    late = judge(warnings, begin(("SDN", 2007)), horizon=1).summary
    assert (late.onsets, late.onsets_aside["after the last known period"]) == (0, 1)


@pytest.mark.parametrize("dtype", [bool, float, "boolean", object])
def test_warnings_may_be_of_any_kind_that_says_yes_or_no(dtype):
    warnings = warn({"SDN": "0110"}).astype({"on": dtype})
    assert judge(warnings, begin(("SDN", 2003)), horizon=1).summary.right == 1


def test_all_problems_are_told_together():
    warnings = warn({"SDN": "01"}).assign(on=[True, "perhaps"])
    onsets = pd.DataFrame({"unit": ["SDN"], "perod": [2003]})
    ongoing = pd.DataFrame({"unit": ["SDN", 3], "first": [2001, "soon"], "last": [2000, None]})
    with pytest.raises(InputError) as told:
        judge(warnings, onsets, horizon=0, ongoing=ongoing)
    text = "\n".join(told.value.problems)
    assert len(told.value.problems) == 5
    assert "horizon: 0 is not" in text
    assert "row 1, column 'on': 'perhaps' is not True, False or empty" in text
    assert "onsets: has no column 'period'; did you mean 'perod'?" in text
    assert "ongoing: units need names as text, found 3" in text
    assert "ongoing: row 1, column 'first': 'soon' is not" in text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"onsets": begin(("SDN", None))}, "onsets: row 0, column 'period': nothing"),
        ({"onsets": begin((None, 2001))}, "onsets: units need names"),
        ({"known": "soon"}, "known: 'soon' is not"),
        ({"horizon": 1.5}, "horizon: 1.5"),
        ({"warnings": warn({"SDN": "01"}).reset_index("unit")}, "index of unit and period"),
        ({"warnings": warn({"SDN": "01"}).iloc[:0]}, "warnings: has no rows"),
        ({"warnings": pd.concat([warn({"SDN": "01"})] * 2)}, "2 rows stand twice, first SDN 2000"),
        ({"warnings": warn({"SDN": "01"}, freq="D")}, "need years, quarters or months"),
        (
            {"warnings": warn({"SDN": "01"}, freq="M")},
            "dated by year, too coarse for warnings by month",
        ),
        (
            {"warnings": warn({"SDN": "01"}).rename(columns={"on": "One"})},
            "no column 'on'; did you mean 'One'",
        ),
        (
            {"ongoing": pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2001]})},
            "ongoing: row 0: SDN ends in 2001, before it starts in 2003",
        ),
        (
            {"ongoing": pd.DataFrame({"unit": "SDN", "first": 2003, "last": [None, "x"]})},
            "ongoing: row 1, column 'last': 'x'",
        ),
    ],
)
def test_faults_are_named(change, problem):
    given = {"warnings": warn({"SDN": "01"}), "onsets": begin(("SDN", 2001)), **change}
    with pytest.raises(InputError) as told:
        judge(**given)
    assert problem in "\n".join(told.value.problems)


# --- value --------------------------------------------------------------------------------------


def test_value_is_what_the_warnings_save_of_what_could_be_saved():
    # of 100 rows: 8 right, 20 false, 2 silent; base rate 0.10
    act_on_it = 0.05 * (0.08 + 0.20) + 0.02
    always, never, perfect = 0.05, 0.10, 0.05 * 0.10
    expected = (min(always, never) - act_on_it) / (min(always, never) - perfect)
    assert value([8, 20, 2, 70], 0.05).item() == pytest.approx(expected)
    assert value([8, 20, 2, 70], [[0.1]]).shape == (1, 1)
    # at a ratio of the base rate it is the hit rate less the false alarm rate
    assert value([8, 20, 2, 70], 0.1).item() == pytest.approx(8 / 10 - 20 / 90)


def test_value_of_a_judgement_is_that_of_its_rows():
    j = judge(warn({"SDN": "0011100110"}), begin(("SDN", 2005)), horizon=2, known=2011)
    assert value(j, [0.1, 0.3]).tolist() == value([2, 3, 0, 5], [0.1, 0.3]).tolist()


def test_value_is_unknown_where_nothing_or_everything_happens():
    assert np.isnan(value([0, 3, 0, 5], [0.1, 0.9])).all()
    assert np.isnan(value([3, 0, 1, 0], [0.1, 0.9])).all()


def test_value_tells_what_is_wrong():
    with pytest.raises(InputError) as told:
        value([1, 2, -3, 4], [0.0, 0.5, 1.0])
    assert len(told.value.problems) == 2
    assert "0.0, 1.0 not between 0 and 1" in told.value.problems[1]


counts = st.lists(st.integers(1, 500), min_size=4, max_size=4)


@given(counts, st.floats(0.001, 0.999))
def test_value_is_at_most_that_of_a_perfect_forecast(rows, ratio):
    right, false, silent, quiet = rows
    assert value(rows, ratio) <= 1
    perfect = value([right + silent, 0, 0, false + quiet], ratio)
    assert perfect == pytest.approx(1)
    # always or never acting is worth nothing to the user whom it suits
    always = value([right + silent, false + quiet, 0, 0], ratio)
    never = value([0, 0, right + silent, false + quiet], ratio)
    assert max(always, never) == pytest.approx(0, abs=1e-9)


# --- scores -------------------------------------------------------------------------------------


def probabilities():
    warnings = warn({"SDN": "00000"}, sure=[0.2, 0.1, 0.3, None, 0.9])
    return warnings.drop(columns="on"), begin(("SDN", 2002), ("SDN", 2003))


def test_murphy_diagram_by_hand(needs_extra):
    needs_extra("scores")
    # scored: 2000 (0.2, no onset), 2001 (0.1, onset), 2002 (0.3, onset); 2003 has no probability,
    # and nobody knows what follows 2004
    frame = murphy(*probabilities(), horizon=1, known=2004, thetas=[0.15, 0.25])
    over = [0.15 / 2 / 3, 0]
    under = [0.85 / 2 / 3, 0.75 / 2 / 3]
    assert frame["over"].tolist() == pytest.approx(over)
    assert frame["under"].tolist() == pytest.approx(under)
    assert frame["score"].tolist() == pytest.approx(np.add(over, under))
    assert frame.attrs["rows"] == 3


def test_risk_matrix_score_by_hand(needs_extra):
    needs_extra("scores")
    given = {"horizon": 1, "known": 2004, "levels": [0.1, 0.2], "weights": [1, 3]}
    # at 0.1 and above people prepare, at 0.2 and above they act
    no_onset = 1 * 0.1 + 3 * 0.2
    onset_at_0_1 = 3 * (1 - 0.2)
    assert risk_matrix(*probabilities(), **given) == pytest.approx(
        (no_onset + onset_at_0_1 + 0) / 3
    )


def test_one_level_is_twice_the_murphy_score(needs_extra):
    needs_extra("scores")
    rng = np.random.default_rng(4)
    warnings = warn({"SDN": "0" * 40, "GHA": "0" * 40}, sure=rng.random(80))
    onsets = begin(*[("SDN", 2000 + int(n)) for n in rng.choice(40, 9, replace=False)])
    score = murphy(warnings, onsets, horizon=2, known=2050, thetas=[0.37])["score"].iloc[0]
    matrix = risk_matrix(warnings, onsets, horizon=2, known=2050, levels=[0.37], weights=[1])
    assert matrix == pytest.approx(2 * score)


def test_scores_tell_all_that_is_wrong(needs_extra):
    needs_extra("scores")
    warnings, onsets = probabilities()
    bad = warnings.assign(sure=[0.2, 1.5, 0.3, None, 0.9])
    with pytest.raises(InputError) as told:
        risk_matrix(bad, onsets, levels=[0.3, 0.2, 0.0], weights=[1])
    assert len(told.value.problems) == 4
    with pytest.raises(InputError, match="thetas: holds nothing"):
        murphy(warnings, onsets, thetas=[])
    with pytest.raises(InputError, match="needs shape"):
        murphy(warnings, onsets, thetas=0.5)
    with pytest.raises(InputError, match="no column 'sure'"):
        murphy(warnings.drop(columns="sure"), onsets, thetas=[0.5])
    with pytest.raises(InputError, match="no row has both"):
        murphy(warnings, onsets, horizon=1, known=2000, thetas=[0.5])


@pytest.mark.parametrize("how", [murphy, risk_matrix])
def test_a_missing_library_names_the_extra(monkeypatch, how):
    monkeypatch.setitem(sys.modules, "scores", None)
    monkeypatch.setitem(sys.modules, "scores.continuous", None)
    monkeypatch.setitem(sys.modules, "scores.categorical", None)
    options = {"thetas": [0.5]} if how is murphy else {"levels": [0.5], "weights": [1]}
    with pytest.raises(MissingExtraError, match=r"r2prisk\[verification\]"):
        how(*probabilities(), **options)


# --- laws ---------------------------------------------------------------------------------------

marks = st.text("01?.", min_size=1, max_size=9).map(lambda m: m + "0")  # at least one row
worlds = st.dictionaries(st.sampled_from(["SDN", "GHA", "MLI"]), marks, min_size=1)
happenings = st.sets(st.tuples(st.sampled_from(["SDN", "GHA", "MLI"]), st.integers(1998, 2013)))
episodes = st.lists(
    st.tuples(st.sampled_from(["SDN", "GHA"]), st.integers(1995, 2012), st.integers(0, 4)),
    max_size=3,
)


def plain_count(rows, onsets, horizon, known, ongoing):
    """Count row by row, as one would by hand."""
    told = {pair for pair in onsets if pair[1] <= known}
    tally = dict.fromkeys(("right", "false", "silent", "quiet", "wait", "way", "none"), 0)
    for unit, years in rows.items():
        for n, mark in enumerate(years):
            year = FIRST + n
            event = any((unit, year + ahead) in told for ahead in range(1, horizon + 1))
            way = any(u == unit and a <= year <= a + more for u, a, more in ongoing)
            if mark == ".":
                continue
            if mark == "?":
                tally["none"] += 1
            elif not event and year + horizon > known:
                tally["wait"] += 1
            elif way:
                tally["way"] += 1
            else:
                word = (
                    ("right" if event else "false")
                    if mark == "1"
                    else ("silent" if event else "quiet")
                )
                tally[word] += 1
    return tally


@settings(max_examples=40)
@given(worlds, happenings, st.integers(1, 4), st.integers(2001, 2014), episodes)
def test_every_row_is_counted_as_by_hand(rows, onsets, horizon, known, ongoing):
    frame = pd.DataFrame(
        [(u, a, a + more) for u, a, more in ongoing], columns=["unit", "first", "last"]
    )
    j = judge(warn(rows), begin(*sorted(onsets)), horizon=horizon, known=known, ongoing=frame)
    s, tally = j.summary, plain_count(rows, onsets, horizon, known, ongoing)
    found = (s.right, s.false_alarms, s.silent, s.quiet)
    assert found == tuple(tally[w] for w in ("right", "false", "silent", "quiet"))
    assert s.rows_aside["horizon not over"] == tally["wait"]
    assert s.rows_aside["under way"] == tally["way"]
    assert s.rows_aside["without an answer"] == tally["none"]
    assert sum(tally.values()) == len(warn(rows))  # no row is lost
    assert j.false_alarms["periods"].sum() == s.false_alarms
    # every onset has a line, and is judged or counted aside
    assert len(j.onsets) + s.onsets_aside["after the last known period"] == len(onsets)
    assert s.onsets + s.onsets_aside["not seen"] + s.onsets_aside["under way"] == len(j.onsets)
    assert (s.hits > 0) == (s.right > 0)


@settings(max_examples=30)
@given(worlds, happenings, st.integers(1, 4))
def test_onsets_are_hit_as_by_hand(rows, onsets, horizon):
    j = judge(warn(rows), begin(*sorted(onsets)), horizon=horizon, known=2020)
    for unit, period, seen, hit, lead in j.onsets[
        ["unit", "period", "seen", "hit", "lead"]
    ].to_numpy():
        place = period.year - FIRST
        before = "." * 20 + rows.get(unit, "") + "." * 20
        window = before[20 + place - horizon : 20 + place]
        assert seen == any(mark in "01" for mark in window)
        assert hit == ("1" in window)
        if hit:
            end = 20 + place - horizon + window.rindex("1")
            run = len(before[: end + 1]) - len(before[: end + 1].rstrip("1"))
            assert lead == 20 + place - end - 1 + run
        else:
            assert lead == 0


@settings(max_examples=15)
@given(worlds, happenings, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, onsets, random):
    warnings, pairs = warn(rows), sorted(onsets)
    order = list(range(len(warnings)))
    random.shuffle(order)
    one = judge(warnings, begin(*pairs), known=2013)
    random.shuffle(pairs)
    two = judge(warnings.iloc[order], begin(*pairs), known=2013)
    assert repr(one) == repr(two)


# --- the real record ----------------------------------------------------------------------------


def test_the_reference_warned_of_20_of_31_onsets(data_folder):
    """Top 30 of the Early Warning Project's own forecasts, a year ahead, 1994 to 2014."""
    file = pd.read_csv(data_folder / "ewp" / "foos_forecasts_1994_2014.csv")
    file["unit"] = resolve(file["ccode"], "cow", file["year"])
    periods = pd.PeriodIndex(file["prev_year"].astype(str), freq="Y")
    index = pd.MultiIndex.from_arrays([file["unit"], periods], names=["unit", "period"])
    on = (file["rank_prev"] <= 30).astype(object).where(file["rank_prev"].notna())
    warnings = pd.DataFrame({"on": on}).set_index(index)
    onsets = file[file["mk_onset"] == 1].rename(columns={"year": "period"})
    j = judge(warnings, onsets, horizon=1, known=2014)
    s = j.summary
    assert (s.onsets, s.hits) == (31, 20)
    assert s.hit_rate == pytest.approx(0.65, abs=0.005)
    # 30 warnings a year for 21 years, of which 20 right; 13 rows have no forecast
    assert (s.right, s.right + s.false_alarms) == (20, 30 * 21)
    assert s.rows_aside["without an answer"] == 13
    missed = set(rows_of(j.onsets[~j.onsets["hit"]], "unit", "period"))
    assert {("NPL", "1995"), ("CIV", "2010"), ("LBY", "2011"), ("THA", "2004")} <= missed
    named = next(line for line in repr(j).splitlines() if line.startswith("Missed onsets"))
    assert named.count(";") == 31 - 20 - 1
    assert "Côte d'Ivoire 2010" in named
    # acting on it pays only for those to whom acting is cheap
    assert (np.sign(value(j, [0.005, 0.01, 0.02, 0.05, 0.1])) == [1, 1, 1, -1, -1]).all()
