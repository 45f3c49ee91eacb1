"""Outside lists, blind spots, the human-rights channel."""

import numpy as np
import pandas as pd
import pytest

from r2prisk.errors import InputError
from r2prisk.trajectories import trajectories
from r2prisk.trajectories.warning import (
    blind_spots,
    channel_view,
    read_list,
    read_lists,
    when,
)

NAN = np.nan
UNITS = ["KEN", "MMR", "NOR", "SDN"]


def world(columns, years=range(2012, 2017), units=UNITS):
    periods = pd.PeriodIndex([str(year) for year in years], freq="Y")
    index = pd.MultiIndex.from_product([units, periods], names=["unit", "period"])
    long = {
        name: np.ravel([np.broadcast_to(value, len(periods)) for value in values])
        for name, values in columns.items()
    }
    return trajectories(pd.DataFrame(long, index=index), of=["risk"])


RISK = {"risk": [0.4, 0.6, 0.1, 0.7]}


def ranked(ranks, year=2016, name="X", **about):
    rows = pd.DataFrame({"unit": list(ranks), "date": year, "rank": list(ranks.values())})
    return read_list(rows, name=name, **about)


# --- reading ------------------------------------------------------------------------------------


def test_a_list_of_any_columns_and_codes(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "who,cow,edition,place,other\nSudan,625,2016,1,a\nX,9999,2016,2,b\nX,9999,2017,1,c\n"
    )
    made = read_list(path, name="L", unit="cow", date="edition", rank="place", system="cow")
    assert made.frame.astype(str).to_numpy().tolist() == [["SDN", "2016", "1.0"]]
    assert made.left_out == {"9999": 2}
    assert "2 rows: 9999 (2)" in repr(made)


def test_ranks_may_tie_and_may_be_empty_but_not_be_zero():
    assert ranked({"SDN": 1, "MMR": 1, "KEN": NAN}).frame["rank"].isna().sum() == 1
    rows = pd.DataFrame({"unit": ["SDN", "MMR", "KEN"], "date": 2016, "rank": [0, -1, "first"]})
    with pytest.raises(InputError) as caught:
        read_list(rows, name="L")
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "row 0, column 'rank'",
        "row 1, column 'rank'",
        "row 2, column 'rank'",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "name: is empty"),
        ({"horizon": -1}, "horizon: -1 is not a number of years"),
        ({"horizon": NAN}, "horizon: nan is not"),
        ({"system": "iso33"}, "did you mean 'iso3'"),
        ({"rank": "rnk"}, "has no column 'rnk'; did you mean 'rank'"),
        ({"unit": "units"}, "did you mean 'unit'"),
    ],
)
def test_what_is_declared_wrongly_is_refused(changes, said):
    rows = pd.DataFrame({"unit": ["SDN"], "date": 2016, "rank": [1]})
    with pytest.raises(InputError, match=said):
        read_list(rows, **{"name": "L", **changes})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"unit": [], "date": [], "rank": []}, "has no rows"),
        ({"unit": ["SDN"], "date": ["soon"], "rank": [1]}, "'soon' is not a year"),
        ({"unit": ["SDN", "SDN"], "date": [2016, 2016], "rank": [1, 2]}, "row 1: SDN stands twice"),
        ({"unit": ["X1", "X2"], "date": [2016, 2016], "rank": [1, 2]}, "no unit is known by iso3"),
    ],
)
def test_faulty_rows_are_refused(rows, said):
    with pytest.raises(InputError, match=said):
        read_list(pd.DataFrame(rows), name="L")


def test_several_lists_in_one_file(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text(
        "list,unit,date,rank,measures,horizon\n"
        "A,SDN,2016,1,onset,1\nA,MMR,2016,2,onset,1\nB,SDN,2016-03-01,,crises,\n"
    )
    first, second = read_lists(path)
    assert (first.name, first.ranked, first.measures, first.horizon) == ("A", True, "onset", 1.0)
    assert (second.name, second.ranked, second.horizon) == ("B", False, 0.0)


def test_all_faults_of_all_lists_with_their_rows(tmp_path):
    path = tmp_path / "lists.csv"
    path.write_text(
        "list,unit,date,rank,measures,horizon\n"
        "A,SDN,2016,0,onset,1\nB,SDN,2016,1,x,1\nB,MMR,2016,2,y,1\nC,XXX,2016,1,,soon\n"
    )
    with pytest.raises(InputError) as caught:
        read_lists(path)
    said = caught.value.problems
    assert said[0] == "list A: row 2, column 'rank': '0' is not a rank above 0"
    assert said[1] == "list B: measures differs between rows: 'x', 'y'"
    assert said[2].startswith("list C: horizon: nan")
    assert len(said) == 3


def test_the_newest_edition_that_was_out_counts():
    rows = pd.DataFrame({"unit": "SDN", "date": ["2015-06-30", "2016-06-30"], "rank": [1, 9]})
    made = read_list(rows, name="L")
    found = [made.edition(pd.Timestamp(day)) for day in ("2015-06-29", "2016-06-29", "2016-07-01")]
    assert [edition["rank"].tolist() for edition in found] == [[], [1.0], [9.0]]


def test_a_yearly_edition_is_out_with_the_end_of_its_year():
    rows = pd.DataFrame({"unit": "SDN", "date": [2015, 2016], "rank": [1, 9]})
    made = read_list(rows, name="L")
    for day, ranks in {
        "2015-12-30": [],
        "2016-06-30": [1.0],
        "2016-12-30": [1.0],
        "2017-01-01": [9.0],
    }.items():
        assert made.edition(pd.Timestamp(day))["rank"].tolist() == ranks
    assert not blind_spots(world(RISK), [made], "2016-06")["edition"].astype(str).ne("2015").any()
    assert blind_spots(world(RISK), [made], "2016-12")["edition"].astype(str).tolist() == ["2016"]


# --- blind spots --------------------------------------------------------------------------------


def spots(found, lists, date="2016"):
    return blind_spots(found, lists, date).set_index("unit")


def test_gap_is_the_difference_of_places_over_the_units_of_both():
    # here: SDN 1, MMR 2, KEN 3 (NOR is on no list); there: KEN 1, SDN 2, MMR 3
    table = spots(world(RISK), [ranked({"KEN": 5, "SDN": 7, "MMR": 30, "BRA": 1})])
    assert table["of"].tolist() == [3, 3, 3]
    assert table["gap"].to_dict() == pytest.approx({"KEN": -2 / 3, "MMR": 1 / 3, "SDN": 1 / 3})
    assert table.loc["KEN", ["here", "there", "side"]].tolist() == [3, 1, "higher there"]
    assert table.loc["MMR", "side"] == "higher here"
    assert table.index[0] == "KEN"


def test_a_list_that_only_names_countries():
    named = read_list(pd.DataFrame({"unit": ["NOR"], "date": 2016}), name="G", rank=None)
    table = spots(world(RISK), [named])
    # NOR stands 4th here and at place 1 at worst there; the others at place 2 at best
    assert table["gap"].to_dict() == pytest.approx(
        {"NOR": -3 / 4, "SDN": 1 / 4, "MMR": 0, "KEN": 0}
    )
    assert table.loc["MMR", "side"] == "the same"
    assert table["there"].isna().all()


def test_a_country_named_without_a_rank_has_no_gap_and_takes_no_place():
    table = spots(world(RISK), [ranked({"SDN": NAN, "MMR": 1, "KEN": 2})])
    assert np.isnan(table.loc["SDN", "gap"])
    assert table.loc["SDN", "side"] == "no rank there"
    assert table.loc["MMR", ["here", "there", "of"]].tolist() == [1, 1, 2]


def test_every_row_has_a_reason_even_without_any_declared():
    table = blind_spots(world(RISK), [ranked(dict.fromkeys(UNITS, 1))], "2016")
    assert len(table) == 4
    for reason in table["reasons"]:
        assert "horizon: the same, both state the present" in reason
        assert "definition: it does not say what it measures" in reason


def test_reasons_of_horizon_and_definition():
    table = spots(world(RISK), [ranked({"SDN": 1}, horizon=2, measures="onset")])
    assert "horizon: it looks 2 years ahead, we state the present" in table.loc["SDN", "reasons"]
    assert "definition: it is of onset" in table.loc["SDN", "reasons"]


def test_reason_of_age_says_which_is_older_and_by_how_much():
    old = spots(world(RISK), [ranked({"SDN": 1}, year=2013)])
    assert "age: its edition is 3 years older than our last score" in old.loc["SDN", "reasons"]
    year = spots(world(RISK), [ranked({"SDN": 1}, year=2015)])
    assert "age" not in year.loc["SDN", "reasons"]
    stale = world({"risk": [0.4, 0.6, 0.1, [0.7, 0.7, 0.7, NAN, NAN]]})
    ours = spots(stale, [ranked({"SDN": 1, "MMR": 2})])
    assert "age: our score is 2 years older than its edition" in ours.loc["SDN", "reasons"]
    assert "age" not in ours.loc["MMR", "reasons"]


def test_reason_of_little_evidence():
    thin = world({**RISK, "coverage": [0.16, 0.4, 0.4, 0.4]})
    table = spots(thin, [ranked(dict(zip(UNITS, (1, 2, 3, 4), strict=True)))])
    assert "evidence: we rated 16% of it, of most others 40%" in table.loc["KEN", "reasons"]
    assert "evidence" not in table.loc["MMR", "reasons"]
    # several that are equally low are all named
    pair = world({**RISK, "coverage": [0.16, 0.16, 0.4, 0.4]})
    table = spots(pair, [ranked(dict(zip(UNITS, (1, 2, 3, 4), strict=True)))])
    assert table["reasons"].str.contains("we rated 16%").sum() == 2
    # the lowest of all that are nearly alike is not little
    alike = world({**RISK, "coverage": [0.39, 0.4, 0.4, 0.4]})
    table = spots(alike, [ranked(dict(zip(UNITS, (1, 2, 3, 4), strict=True)))])
    assert "evidence" not in table.loc["KEN", "reasons"]


def test_reason_of_what_we_see_and_the_list_may_not():
    factors = {
        "RF2": [0.9, 0.3, 0.1, 0.5],  # median 0.4: KEN is 0.5 above
        "RF7": [0.5, 0.4, 0.1, 0.6],  # median 0.45: 0.05 above
        "RF8": [0.1, 0.4, 0.1, 0.6],  # median 0.25: 0.15 below
    }
    columns = {**RISK, **factors}
    for name in factors:
        columns |= {f"{name}_coverage": [1.0] * 4, f"{name}_residual": [0.1] * 4}
    found = world(columns)
    higher_here = spots(found, [ranked({"SDN": 1, "MMR": 2, "NOR": 3, "KEN": 4})])
    said = higher_here.loc["KEN", "reasons"]
    assert "evidence: we see it farthest above the world in RF2 0.90, RF7 0.50;" in said
    higher_there = spots(found, [ranked({"KEN": 1, "MMR": 2, "NOR": 3, "SDN": 4})])
    assert "farthest below the world in RF8 0.10;" in higher_there.loc["KEN", "reasons"]


def test_no_edition_yet_is_no_row():
    assert blind_spots(world(RISK), [ranked({"SDN": 1}, year=2017)], "2016").empty


def test_two_lists_of_one_name_are_refused():
    with pytest.raises(InputError, match="two are called 'X'"):
        blind_spots(world(RISK), [ranked({"SDN": 1}), ranked({"SDN": 1})], "2016")


# --- the human-rights channel -------------------------------------------------------------------

FAST = [0.45, 0.45, 0.45, 0.6, 0.75]


def channels(rights=FAST, conflict=0.3, groups=0.3):
    return world(
        {
            "risk": [0.4, 0.4],
            "RF2": [rights, [0.3] * 5],
            "RF7": [rights, [0.3] * 5],
            "RF1": [conflict, [0.3] * 5],
            "RF9": [groups, [0.3] * 5],
        },
        units=["KEN", "NOR"],
    )


def quiet(rank=31, **rest):
    return ranked({"KEN": rank, **rest})


def test_fast_and_intense_while_the_lists_are_quiet():
    row = channel_view(channels(), [quiet()], "2016").iloc[0]
    assert row["unit"] == "KEN"
    assert row["rising"] > 0.99
    assert row["lists"] == "X: place 31 of 1 (2016)"


@pytest.mark.parametrize(
    ("found", "lists"),
    [
        (channels(rights=[0.1, 0.1, 0.1, 0.25, 0.4]), []),  # not intense
        (channels(rights=[0.6] * 5), []),  # not fast
        (channels(conflict=FAST), []),  # the conflict channel rises too
        (channels(groups=FAST), []),
        (channels(), [quiet(30)]),  # a list ranks it among its first 30
        (channels(), [quiet(NAN, NOR=1)]),  # or names it
    ],
)
def test_what_is_no_blind_spot_of_the_channel(found, lists):
    assert channel_view(found, lists, "2016").empty


@pytest.mark.parametrize(
    ("rank", "year", "shown"),
    [
        (1, 2013, True),  # three years old: it does not speak
        (1, 2015, False),  # a year old: it does
        (1, 2016, False),
        (1, 2014, False),  # two years old to the day, a leap day between
        (31, 2013, True),
        (31, 2016, True),
    ],
)
def test_an_old_edition_of_a_list_is_no_voice(rank, year, shown):
    table = channel_view(channels(), [ranked({"KEN": rank}, year=year)], "2016")
    assert table["unit"].tolist() == (["KEN"] if shown else [])
    # it is still said what it had on the country
    assert table["lists"].tolist() == ([f"X: place {rank} of 1 ({year})"] if shown else [])


def test_an_old_edition_does_not_silence_a_new_one():
    lists = [ranked({"KEN": 40}, year=2012), ranked({"KEN": 1}, name="Y")]
    assert channel_view(channels(), lists, "2016").empty
    lists = [ranked({"KEN": 1}, year=2012), ranked({"KEN": 40}, name="Y")]
    assert channel_view(channels(), lists, "2016")["unit"].tolist() == ["KEN"]


def test_a_jump_counts_as_fast():
    jumped = [0.5, 0.47, 0.44, 0.41, 0.5]
    table = channel_view(channels(rights=jumped), [], "2016")
    assert table["unit"].tolist() == ["KEN"]
    assert table.loc[0, "rising"] < 0.8


def test_without_the_channel_it_says_so():
    with pytest.raises(InputError, match="the scores have no channel 'human_rights'"):
        channel_view(world(RISK), [], "2016")


# --- when ---------------------------------------------------------------------------------------


def test_when_knows_only_what_was_known():
    found = channels()
    table = when(found, [quiet()], "KEN", ["2014", "2016"]).set_index(["date", "what"])
    assert str(table.loc[("2014", "risk"), "known"]) == "2014"
    assert table.loc[("2014", "human_rights"), "level"] == pytest.approx(0.45)
    assert table.loc[("2014", "X"), "shows"] == "nothing out yet (first 2016)"
    assert table.loc[("2016", "X"), "place"] == 31
    assert table.loc[("2016", "human_rights"), "place"] == 1
    assert table.loc[("2016", "human_rights"), "level"] > 0.6


def test_when_counts_resilience_from_the_least():
    found = world({**RISK, "resilience": [0.5, 0.2, 0.9, 0.3]})
    table = when(found, [], "MMR", ["2016"]).set_index("what")
    assert table.loc["resilience", ["place", "of"]].tolist() == [1, 4]
    assert table.loc["risk", ["place", "of"]].tolist() == [2, 4]


def test_when_of_a_unit_that_is_not_there():
    with pytest.raises(InputError, match="no unit 'KEM'; did you mean 'KEN'"):
        when(world(RISK), [], "KEM", ["2016"])
