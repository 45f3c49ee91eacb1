"""Libya at the end of 2009, 2010 and 2011: what our channels and each list showed, as known then.

The places are those measured on the public files; they are asserted roughly, so that a corrected
source may move them, and not a sign or a rank by tens.
"""

import pandas as pd
import pytest

from r2prisk.trajectories import trajectories
from r2prisk.trajectories.warning import blind_spots, channel_view, read_list, watch_list, when

DATES = ("2009-12", "2010-12", "2011-12")


@pytest.fixture(scope="module")
def found(world):
    return trajectories(world.to_frame(detail=True))


@pytest.fixture(scope="module")
def lists(data_folder):
    onset = {"system": "cow", "measures": "onset of mass killing", "horizon": 1}
    fragile = pd.read_csv(data_folder / "fragility" / "fsi_2020.csv")
    inform = pd.read_csv(data_folder / "fragility" / "INFORM_2021.csv").assign(year=2021)
    fragile["rank"] = fragile["FSI_Score"].rank(ascending=False, method="min")
    inform["rank"] = inform["INFORM RISK"].rank(ascending=False, method="min")
    folder = data_folder / "ewp"
    return [
        read_list(
            folder / "foos_forecasts_1994_2014.csv",
            name="EWP forecast",
            unit="ccode",
            date="prev_year",
            rank="rank_prev",
            **onset,
        ),
        read_list(
            folder / "published_rankings_2013_2025.csv",
            name="EWP as published",
            unit="ccode",
            date="base_year",
            **onset,
        ),
        read_list(
            data_folder / "gcr2p" / "gcr2p_lists_transcribed_5_issues.csv",
            name="GCR2P",
            unit="iso3",
            rank=None,
        ),
        read_list(fragile, name="FSI", unit="Country", date="year", system="name"),
        read_list(inform, name="INFORM", unit="Country", date="year"),
    ]


@pytest.fixture(scope="module")
def libya(found, lists):
    return when(found, lists, "LBY", DATES).set_index(["date", "what"])


@pytest.mark.parametrize(
    ("date", "what", "low", "high"),
    [
        ("2009-12", "risk", 28, 46),  # measured 36
        ("2010-12", "risk", 33, 51),  # 42
        ("2011-12", "risk", 4, 15),  # 10
        ("2010-12", "EWP forecast", 98, 98),  # as the file has it
        ("2011-12", "EWP forecast", 9, 9),
        ("2010-12", "human_rights", 73, 93),  # 83: violations on record, no new repression
        ("2011-12", "human_rights", 4, 16),  # 10
        ("2010-12", "groups", 7, 19),  # 13
        ("2010-12", "resilience", 2, 14),  # 7th from the least
    ],
)
def test_places(libya, date, what, low, high):
    assert low <= libya.loc[(date, what), "place"] <= high


def test_before_2011_violations_on_record_and_nothing_new(libya):
    rights = libya.loc[("2010-12", "human_rights")]
    assert rights["level"] == pytest.approx(0.30, abs=0.02)  # half of factor 2, nothing of 7
    assert abs(rights["movement"]) < 0.01
    assert libya.loc[("2010-12", "risk"), "surprise"] < 0


def test_in_2011_all_of_it_moved_at_once(libya):
    for what in ("risk", "human_rights", "conflict"):
        assert libya.loc[("2011-12", what), "movement"] > 0.015
        assert libya.loc[("2011-12", what), "surprise"] > 1.5


@pytest.mark.parametrize("name", ["EWP as published", "GCR2P", "FSI", "INFORM"])
@pytest.mark.parametrize("date", DATES)
def test_four_lists_hold_nothing_of_that_time(libya, date, name):
    assert libya.loc[(date, name), "shows"].startswith("nothing out yet (first 20")


def test_the_gap_of_2010_is_seen_with_its_reasons(found, lists):
    table = blind_spots(found, lists, "2010-12").set_index("unit")
    row = table.loc["LBY"]
    assert row["side"] == "higher here"
    assert 0.25 < row["gap"] < 0.45
    assert "RF9" in row["reasons"]
    assert "1 year ahead" in row["reasons"]
    assert list(table.index).index("LBY") < 20


def test_neither_the_channel_nor_an_alert_named_it_before(found, lists):
    # the channel saw Hungary, where hate and new curbs on media and courts rose
    assert {"HUN"} <= set(channel_view(found, lists, "2010-12")["unit"])
    assert "LBY" not in set(channel_view(found, lists, "2010-12")["unit"])
    before, after = (watch_list(found, date).alerts for date in ("2010-12", "2011-12"))
    assert "LBY" not in set(before["unit"])
    rules = set(after.loc[after["unit"] == "LBY", "rule"])
    assert {"escalating risk", "surprise", "human rights channel"} <= rules
