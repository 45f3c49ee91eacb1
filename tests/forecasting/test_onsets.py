"""Tables of onsets: what is read, what each row may know."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import InputError
from r2prisk.forecasting import read_onsets


def rows_of(unit: str, first: int, last: int) -> pd.MultiIndex:
    years = pd.period_range(str(first), str(last), freq="Y")
    return pd.MultiIndex.from_product([[unit], years], names=["unit", "period"])


EPISODES = pd.DataFrame(
    {"unit": ["SDN", "RWA", "SDN"], "first": [2003, 1994, 2011], "last": [2005, 1994, None]}
)


def test_outcomes_of_one_and_two_years():
    onsets = read_onsets(EPISODES, first=1990, known=2013)
    index = rows_of("SDN", 2000, 2013)
    one = onsets.outcomes(index).to_numpy()
    # an onset in 2003 makes 2002 a one, that in 2011 makes 2010 a one; 2013 cannot know 2014
    assert one.tolist()[:-1] == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0]
    assert np.isnan(one[-1])
    two = onsets.outcomes(index, horizon=2).to_numpy()
    assert two.tolist()[:-2] == [0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0]
    assert np.isnan(two[-2:]).all()


def test_an_onset_inside_a_horizon_that_is_not_over_stays_unknown():
    onsets = read_onsets(EPISODES, first=1990, known=2011)
    outcome = onsets.outcomes(rows_of("SDN", 2010, 2010), horizon=2)
    assert np.isnan(outcome.iloc[0])  # 2011 has come, 2012 has not


def test_ongoing_counts_both_ends_and_what_is_not_over():
    onsets = read_onsets(EPISODES, first=1990, known=2013)
    ongoing = onsets.ongoing(rows_of("SDN", 2002, 2013)).astype(int).tolist()
    assert ongoing == [0, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1, 1]


def test_until_forgets_later_onsets_and_ends():
    onsets = read_onsets(EPISODES, first=1990, known=2013).until(2004)
    assert onsets.table["unit"].tolist() == ["RWA", "SDN"]
    episodes = onsets.episodes.set_index("unit")
    assert pd.isna(episodes.loc["SDN", "last"])  # its end in 2005 was not known
    assert str(episodes.loc["RWA", "last"]) == "1994"
    # nor, at the end of 2005, that 2006 would be quiet
    then = read_onsets(EPISODES, first=1990, known=2013).until(2005).episodes
    assert pd.isna(then.set_index("unit").loc["SDN", "last"])
    assert np.isnan(onsets.outcomes(rows_of("SDN", 2004, 2004)).iloc[0])


def test_a_list_says_that_others_had_none_and_rows_do_not():
    listed = read_onsets(EPISODES, first=1990, known=2013)
    assert listed.outcomes(rows_of("NOR", 2000, 2000)).tolist() == [0.0]
    table = pd.DataFrame({"unit": "SDN", "year": [2000, 2001, 2002], "onset": [0, 1, None]})
    by_row = read_onsets(table)
    assert np.isnan(by_row.outcomes(rows_of("NOR", 2000, 2000)).iloc[0])
    found = by_row.outcomes(rows_of("SDN", 2000, 2001)).to_numpy()
    assert found[0] == 1
    assert np.isnan(found[1])  # 2002 is in the table, and empty
    assert by_row.ongoing(rows_of("SDN", 2001, 2001)).isna().all()


def test_rows_with_ongoing_become_episodes():
    table = pd.DataFrame(
        {"unit": "SDN", "year": range(2000, 2006), "onset": [0, 1, 0, 0, 1, 0],
         "ongoing": [0, 1, 1, 0, 1, 1]}
    )  # fmt: skip
    found = read_onsets(table).episodes
    episodes = [[str(cell) for cell in row] for row in found.itertuples(index=False)]
    assert episodes == [["SDN", "2001", "2002"], ["SDN", "2004", "NaT"]]


def test_finer_dates_become_years_and_coarser_ones_are_refused():
    dated = pd.DataFrame({"unit": ["SDN"], "first": ["2003-02-26"], "last": ["2005-01"]})
    with pytest.raises(InputError, match="too coarse"):
        read_onsets(dated.assign(first="2003", last=None), kind="month")
    found = read_onsets(dated, known=2005).episodes
    assert found[["first", "last"]].astype(str).to_numpy().tolist() == [["2003", "2005"]]


def test_the_end_of_an_episode_does_not_say_that_no_other_began():
    found = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003], "last": [2005]}))
    assert str(found.periods[-1]) == "2003"
    assert found.episodes["last"].isna().all()
    years = pd.period_range("2002", "2004", freq="Y")
    rows = pd.MultiIndex.from_product([["SDN", "GHA"], years], names=["unit", "period"])
    assert found.outcomes(rows).tolist()[0] == 1
    assert found.outcomes(rows).isna().tolist() == [False, True, True] * 2


def test_a_misspelt_unit_is_no_country_without_onsets():
    found = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}), first=2001)
    rows = pd.MultiIndex.from_tuples([("Sudan", pd.Period("2002"))], names=["unit", "period"])
    with pytest.raises(InputError, match=r"'Sudan' is not .* mean 'SDN' \(Sudan\)"):
        found.outcomes(rows)


def test_all_faults_are_named_at_once():
    bad = pd.DataFrame({"unit": ["SND", "RWA"], "first": [2003, 1994], "last": [2005, 1990]})
    with pytest.raises(InputError) as caught:
        read_onsets(bad)
    assert len(caught.value.problems) == 2
    assert "SND" in caught.value.problems[0]
    assert "before it begins" in caught.value.problems[1]
    with pytest.raises(InputError, match="lies before 1 onset, SDN 2011"):
        read_onsets(EPISODES, known=2010)
    with pytest.raises(InputError, match="stands twice"):
        read_onsets(pd.DataFrame({"unit": "SDN", "year": [2000, 2000], "onset": [0, 1]}))
    with pytest.raises(InputError, match="'2' is not 0, 1 or empty"):
        read_onsets(pd.DataFrame({"unit": ["SDN"], "year": [2000], "onset": [2]}))
    with pytest.raises(InputError, match="neither a column 'onset'"):
        read_onsets(pd.DataFrame({"unit": ["SDN"], "year": [2000]}))


def test_until_does_not_know_who_will_be_listed_one_day():
    listed = read_onsets(EPISODES, first=1990, known=2013)
    assert listed.until(2000).units == ("RWA",)
    assert listed.until(1993).units == ()
    assert listed.until(1993).outcomes(rows_of("RWA", 1991, 1993), horizon=1).tolist()[:2] == [0, 0]
    rows = pd.DataFrame(
        {"unit": ["SDN", "SSD", "SDN"], "year": [2010, 2011, 2011], "onset": [0, 0, 1]}
    )
    assert read_onsets(rows).until(2010).units == ("SDN",)
    # so that an onset that comes later changes no hash of the time before it
    later = pd.concat([EPISODES, pd.DataFrame({"unit": ["SYR"], "first": [2012]})])
    other = read_onsets(later, first=1990, known=2013)
    assert other.until(2011).hash == listed.until(2011).hash
    assert other.hash != listed.hash


def test_until_cuts_no_period_in_two():
    onsets = read_onsets(EPISODES, first=1990, known=2013)
    with pytest.raises(InputError, match="is a month, shorter than a year"):
        onsets.until("2003-06")
    assert onsets.until("2003").hash == onsets.until(pd.Period("2003", "Y")).hash


def test_the_hash_tells_episodes_apart_that_give_the_same_states():
    nested, chained = (
        pd.DataFrame({"unit": "SDN", "first": [2001, 2003], "last": last})
        for last in ([2005, 2003], [2003, 2005])
    )
    one, other = read_onsets(nested), read_onsets(chained)
    assert (one.state == other.state).all()
    assert (one.under_way == other.under_way).all()
    assert one.hash != other.hash


def test_outcomes_follow_their_definition_cell_by_cell():
    rng = np.random.default_rng(3)
    index = [(unit, year) for unit in ("RWA", "SDN", "SYR") for year in range(2000, 2012)]
    table = pd.DataFrame(index, columns=["unit", "year"])
    table["onset"] = rng.choice([0.0, 1.0, np.nan], len(table), p=[0.6, 0.2, 0.2])
    table["ongoing"] = rng.choice([0.0, 1.0, np.nan], len(table))
    table = table.sample(frac=0.9, random_state=0)
    onsets = read_onsets(table)
    mark = table.set_index(["unit", "year"])["onset"].to_dict()
    for horizon in (1, 2, 3):
        rows = pd.MultiIndex.from_tuples(
            [(u, pd.Period(str(y))) for u, y in index], names=["unit", "period"]
        )
        for (unit, year), found in zip(index, onsets.outcomes(rows, horizon=horizon), strict=True):
            ahead = [mark.get((unit, year + n), np.nan) for n in range(1, horizon + 1)]
            if year + horizon > 2011 or (1 not in ahead and np.isnan(ahead).any()):
                assert np.isnan(found)
            else:
                assert found == float(1 in ahead)
    for unit, first, last in onsets.episodes.itertuples(index=False):
        way = table.set_index(["unit", "year"])["ongoing"].to_dict()
        end = first if pd.isna(last) else last
        assert all(way[unit, year] == 1 for year in range(first.year, end.year + 1))
        assert way.get((unit, first.year - 1)) != 1
        assert pd.isna(last) or way[unit, last.year + 1] == 0  # over only if told so


def test_how_long_an_episode_lasted_may_not_be_told():
    onsets = read_onsets(EPISODES[["unit", "first"]], first=1990, known=2013)
    assert onsets.episodes["last"].isna().all()
    ongoing = onsets.ongoing(rows_of("RWA", 1993, 1995))
    assert ongoing.isna().tolist() == [False, True, True]
    assert not ongoing.iloc[0]
    cut = onsets.until(1993).ongoing(rows_of("RWA", 1993, 1993))
    assert cut.tolist() == [False]  # the same as with all that came later


def test_months_and_no_onset_at_all():
    months = pd.DataFrame({"unit": "SDN", "period": ["2003-01", "2003-02", "2003-03"], "onset": 0})
    onsets = read_onsets(months, kind="month")
    assert repr(onsets).startswith("Onsets: 0 in 0 units, known from 2003-01 to 2003-03")
    rows = pd.MultiIndex.from_product(
        [["SDN"], onsets.periods], names=["unit", "period"]
    )  # fmt: skip
    assert onsets.outcomes(rows, horizon=2).isna().tolist() == [False, True, True]
    with pytest.raises(InputError, match="by month, the rows stand by year"):
        onsets.outcomes(rows_of("SDN", 2003, 2003))
    with pytest.raises(InputError, match="rows are by month, not by year; give kind='month'"):
        read_onsets(months)
    early = read_onsets(EPISODES, first=2012, known=2013)  # all began before
    assert len(early.table) == 0
    assert early.ongoing(rows_of("SDN", 2012, 2013)).all()


def test_what_is_almost_a_number():
    table = pd.DataFrame({"unit": "SDN", "year": [2000, 2001, 2002], "onset": ["0", " 1", ""]})
    assert read_onsets(table).state.tolist() == [[0, 1, -1]]
    with pytest.raises(InputError, match=r"'2005\.5' is not a year"):
        read_onsets(EPISODES.assign(last=[2005.5, 1994, None]))
    with pytest.raises(InputError, match="column 'onset' stands 2 times"):
        read_onsets(pd.concat([table, table[["onset"]]], axis=1))
    with pytest.raises(InputError, match="'unit' is a column and an index"):
        read_onsets(table.set_index("unit", drop=False))
    with pytest.raises(InputError, match="2000 lies before first: 2013"):
        read_onsets(EPISODES, first=2013, known=2000)
    with pytest.raises(InputError, match="True is not a whole number"):
        read_onsets(table).outcomes(rows_of("SDN", 2000, 2000), horizon=True)


def test_all_faults_of_a_file_are_told_with_its_lines(tmp_path):
    path = tmp_path / "onsets.csv"
    path.write_text("unit,first,last\nSudan,2003,2001\nUK,soon,1990\nRWA,1994,1990\n,2000,\n")
    with pytest.raises(InputError) as caught:
        read_onsets(path, known="x")
    told = "\n".join(caught.value.problems)
    assert "row 2, column 'unit': 'Sudan' is not" in told
    assert "did you mean 'SDN' (Sudan)?" in told
    assert "did you mean 'GBR' (United Kingdom" in told
    assert "row 5, column 'unit': no unit" in told
    assert "row 3, column 'first': 'soon' is not" in told
    assert "row 2: Sudan ends in 2001, before it begins in 2003" in told
    assert "row 4: RWA ends in 1990, before it begins in 1994" in told
    assert "known: 'x' is not" in told
    assert len(caught.value.problems) == 7
    path.write_text("unit,year,onset\nSDN,2000,2\nSDN,2000,0\n")
    with pytest.raises(InputError, match="row 2, column 'onset': '2' is not 0, 1 or empty"):
        read_onsets(path)
    path.write_text("unit,year,onset\nSDN,2000,1\nSDN,2000,0\n")
    with pytest.raises(InputError, match="row 3: SDN 2000 stands twice"):
        read_onsets(path)


def test_rows_of_one_onset_are_joined_and_told():
    twice = pd.DataFrame({"unit": ["SDN", "SDN"], "first": [2003, 2003], "last": [2004, None]})
    found = read_onsets(pd.concat([EPISODES, twice]), first=2000, known=2013)
    assert found.notes == (
        "Note: 5 rows read, 2 joined to another of the same country and first year; the latest "
        "end counts, and one that is open is not over",
    )
    assert " ".join(repr(found).split()).endswith(found.notes[0])
    assert (found.state == 1).sum() == 2  # Sudan 2003 and 2011; Rwanda's of 1994 is too early
    assert found.ongoing(rows_of("SDN", 2006, 2010)).all()  # the open one wins
    assert found.until(2013).notes == ()  # a cut list was not read
    assert read_onsets(EPISODES).notes == ()


def test_a_file_gives_what_a_frame_gives(tmp_path):
    path = tmp_path / "onsets.csv"
    EPISODES.to_csv(path, index=False)
    assert read_onsets(path).hash == read_onsets(EPISODES).hash


@settings(max_examples=8)
@given(st.integers(1, 3), st.integers(2000, 2010))
def test_what_is_known_at_a_date_is_never_taken_back(horizon, end):
    onsets = read_onsets(EPISODES, first=1990, known=2013)
    index = rows_of("SDN", 1995, 2012)
    then, now = (o.outcomes(index, horizon=horizon).to_numpy() for o in (onsets.until(end), onsets))
    known = ~np.isnan(then)
    assert (then[known] == now[known]).all()
    assert known.sum() == end - horizon - 1995 + 1
