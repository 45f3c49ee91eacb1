"""The tile map: who stands where, what shade they have, and what is said of the unknown."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError, Profile, read_panel, score
from r2prisk.catalogue import Framework, load_framework
from r2prisk.catalogue.tiles import load_tiles
from r2prisk.reporting.figures.tile_marks import ACROSS, MISSING, _legend
from r2prisk.reporting.figures.tiles import ALSO, tile_map, tile_places

RISKS = ["1.1", "2.1", "3.1", "4.1", "5.1", "6.1", "7.1", "8.1"]
"""One indicator of each common factor."""


@pytest.fixture
def report(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")


def lenient(**changes):
    """Return the default profile with a band for everybody of whom anything is rated."""
    return Profile.load("default").replace(missing={"band_coverage": 0.0}, **changes)


def scored(rows, period="year", profile=None):
    """Score units whose eight ratings are all alike; None is a row with nothing rated."""
    frame = pd.DataFrame(
        [{"unit": u, period: when, **dict.fromkeys(RISKS, value)} for u, when, value in rows]
    )
    panel = read_panel(frame.astype(dict.fromkeys(RISKS, float)))
    return score(panel, profile=profile or lenient())


def shade(figure, *units):
    return figure.data.set_index("unit").loc[list(units), "shade"].tolist()


# --- places -------------------------------------------------------------------------------------


def test_members_stand_in_the_block_of_their_region_and_others_in_one_below():
    found = tile_places(["XKX", "FRA", "PSE", "FRA"])
    bottom = max(tile.row for tile in load_tiles().values())
    fra = load_tiles()["FRA"]
    assert found.to_numpy().tolist() == [
        ["FRA", fra.column, fra.row, "Europe"],
        ["PSE", 1, bottom + 2, ALSO],
        ["XKX", 2, bottom + 2, ALSO],
    ]


def test_a_full_row_of_others_goes_on_in_the_next():
    across = max(tile.column for tile in load_tiles().values())
    found = tile_places(f"Z{n:02}" for n in range(across + 1))
    assert found["column"].tolist() == [*range(1, across + 1), 1]
    assert found["row"].nunique() == 2
    assert not found.duplicated(["column", "row"]).any()


def test_nobody_given_leaves_an_empty_table():
    assert tile_places([]).columns.tolist() == ["unit", "column", "row", "block"]


# --- data ---------------------------------------------------------------------------------------


def test_every_member_and_everybody_scored_has_one_tile():
    data = tile_map(scored([("GHA", 2013, 0.2), ("PSE", 2013, 0.2), ("VAT", 2013, None)])).data
    assert len(data) == 193 + 2
    assert data["unit"].is_unique
    assert not data.duplicated(["column", "row"]).any()
    assert data.loc[data["block"] == ALSO, "unit"].tolist() == ["PSE", "VAT"]


def test_shades_are_the_bands_of_the_scores():
    rows = [("NOR", 2013, 0.0), ("GHA", 2013, 0.2), ("KEN", 2013, 0.5), ("SDN", 2013, 1.0)]
    scores = scored([*rows, ("COK", 2013, None)])
    figure = tile_map(scores)
    bands = scores.to_frame()["band"].droplevel("period")
    assert shade(figure, *bands.index) == bands.tolist()
    assert shade(figure, "COK", "FRA") == ["unknown", "not scored"]
    assert len(set(bands)) == 5


def test_shades_follow_the_limits_and_the_least_coverage_to_the_last_bit():
    factors = load_framework("un-foa-2014").factors
    units = ["GHA", "KEN", "MLI", "NER", "SDN", "TCD", "TGO", "ZMB"]
    levels = [0.15, 0.3, 0.45, 0.6] * 2
    # two whole factors of 14 are less than 15 % of the weight, three are more
    rows = [
        {"unit": unit, "year": 2013}
        | {i.id: level for factor in factors[: 2 + n // 4] for i in factor.indicators}
        for n, (unit, level) in enumerate(zip(units, levels, strict=True))
    ]
    scores = score(read_panel(pd.DataFrame(rows)))
    figure = tile_map(scores)
    assert shade(figure, *units) == scores.to_frame()["band"].tolist()
    assert shade(figure, *units) == ["unknown"] * 4 + ["low", "moderate", "high", "very high"]


def test_the_numbers_are_those_of_the_scores():
    scores = scored([("GHA", 2013, 0.25), ("KEN", 2013, 0.75)])
    row = tile_map(scores, of="residual_risk").data.set_index("unit").loc["KEN"]
    here = scores.loc("KEN", 2013)
    assert row["name"] == "Kenya"
    assert row["score"] == here["residual_risk"]
    assert (row["low"], row["high"]) == (here["residual_low"], here["residual_high"])
    assert row["coverage"] == here["coverage"]
    assert row["low"] <= row["score"] <= row["high"]


def test_residual_risk_and_crimes_take_the_bands_by_their_own_score_and_coverage():
    # one indicator of genocide's own factor RF9, so that genocide is seen better than the country
    frame = pd.DataFrame({"unit": ["GHA", "KEN"], "year": 2013, "9.1": [0.9, np.nan]})
    scores = score(read_panel(frame), profile=lenient())
    figure = tile_map(scores, of="genocide")
    here = scores.loc("GHA", 2013)
    band = "very high" if here["genocide"] >= 0.6 else None
    assert shade(figure, "GHA", "KEN") == [band, "unknown"]
    assert figure.data.set_index("unit").loc["GHA", "coverage"] == here["genocide_coverage"]
    assert figure.title == "Genocide: risk by country, 2013"


def test_a_score_at_a_limit_is_in_the_upper_band():
    limits = [{"name": "calm", "from": 0.0}, {"name": "tense", "from": 0.2}]
    scores = scored([("GHA", 2013, 0.2)], profile=lenient(bands=limits))
    assert scores.loc("GHA", 2013)["risk"] < 0.2  # by its last bit
    assert shade(tile_map(scores), "GHA") == ["tense"]


def test_too_little_rated_is_unknown_and_keeps_its_number():
    scores = scored([("GHA", 2013, 0.9)], profile=Profile.load("default"))
    data = tile_map(scores).data.set_index("unit")
    assert data.loc["GHA", "coverage"] < 0.15
    assert data.loc["GHA", "score"] > 0.8
    assert data.loc["GHA", "shade"] == "unknown"


def test_resilience_has_steps_of_a_fifth_and_no_bands():
    frame = pd.DataFrame(
        {"unit": ["NOR", "GHA", "SDN"], "year": 2013, "SGS1.1": [1.0, 0.5, 0.0], "1.1": 0.5}
    )
    figure = tile_map(score(read_panel(frame), profile=lenient()), of="resilience")
    assert shade(figure, "NOR", "GHA", "SDN") == ["from 0.80", "0.40 to 0.60", "below 0.20"]
    assert "not bands" in figure.subtitle


def test_the_latest_period_with_a_known_score_is_shown():
    scores = scored([("GHA", 2012, 0.2), ("GHA", 2013, 0.6), ("GHA", 2014, None)])
    assert tile_map(scores).title == "Risk by country, 2013"
    figure = tile_map(scores, 2014)
    assert shade(figure, "GHA") == ["unknown"]
    assert figure.data["score"].isna().all()


def test_months_are_shown_as_months():
    scores = scored([("GHA", "2013-01", 0.2), ("GHA", "2013-02", 0.9)], period="period")
    assert tile_map(scores, "2013-01").title == "Risk by country, 2013-01"
    assert shade(tile_map(scores, "2013-01"), "GHA") != shade(tile_map(scores), "GHA")


def test_the_alternative_text_counts_what_is_shown():
    figure = tile_map(scored([("GHA", 2013, 0.2), ("SDN", 2013, 1.0), ("COK", 2013, None)]))
    assert "1 very high" in figure.alt
    assert "1 unknown" in figure.alt
    assert "191 not scored" in figure.alt  # 193 less the two members
    assert "Highest: Sudan 1.00; Ghana 0.20" in figure.alt


def test_the_notes_say_what_cannot_be_seen():
    figure = tile_map(scored([("GHA", 2013, 0.2)], profile=Profile.load("default")))
    assert "less than 15% of the weight" in figure.notes[0]
    assert "not scored in 2013" in figure.notes[0]
    assert "nothing of size, distance or borders" in figure.notes[1]
    assert "profile default" in figure.notes[-2]
    assert "not a finding" in figure.notes[-1]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"of": "genocid"}, "did you mean 'genocide'"),
        ({"of": "RF1"}, "allowed: risk, residual_risk, resilience"),
        ({"period": 1999}, "no period '1999'; the scores have 2013 to 2013"),
        ({"period": "2013-01"}, "no period '2013-01'"),
    ],
)
def test_what_is_not_there_is_refused(asked, words):
    with pytest.raises(InputError, match=re.escape(words)):
        tile_map(scored([("GHA", 2013, 0.2)]), **asked)


def test_what_is_no_scores_is_refused():
    with pytest.raises(InputError, match="needs Scores, found DataFrame"):
        tile_map(pd.DataFrame())


# --- drawing ------------------------------------------------------------------------------------


def rows_of(figure):
    """Return the rows of a picture."""
    data = figure.draw(figure.data).to_dict()["datasets"].values()
    return [row for rows in data for row in (json.loads(rows) if isinstance(rows, str) else rows)]


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.usefixtures("report")
def test_every_tile_is_written_and_the_unknown_has_a_question_mark():
    scores = scored([("GHA", 2013, 0.2), ("SDN", 2013, 1.0), ("COK", 2013, None)])
    svg = tile_map(scores, title="<script>alert(1)</script>").to_svg()
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    told = texts(svg)
    assert set(load_tiles()) | {"COK"} <= set(told)
    assert told.count("?") == 1
    assert {"Africa", "Americas", "Asia", "Europe", "Oceania", ALSO} <= set(told)
    assert {"very high", "0.15 to 0.30", "from 0.60", "unknown", "not scored"} <= set(told)
    assert "191 tiles" in told
    for word in ("NaN", "undefined", "null"):
        assert word not in svg
    width = float(re.search(r'width="([0-9.]+)"', svg).group(1))
    assert width <= 660


@pytest.mark.usefixtures("report")
def test_a_world_where_nothing_is_known_is_drawn_as_unknown():
    figure = tile_map(scored([("GHA", 2013, None), ("KEN", 2013, None)]))
    assert shade(figure, "GHA", "KEN") == ["unknown"] * 2
    told = [row.get("text") for row in rows_of(figure)]
    assert told.count("?") == 2
    assert "Highest" not in figure.alt


def test_more_bands_than_ours_have_a_place_in_the_legend_and_names_are_wrapped():
    steps = [{"name": f"a rather long name {n}", "from": n / 8} for n in range(8)]
    figure = tile_map(scored([("GHA", 2013, 0.9)], profile=lenient(bands=steps)))
    assert shade(figure, "GHA") == ["a rather long name 7"]
    counts = {"a rather long name 7": 1, MISSING: 192}
    boxes, lines = _legend(counts, _steps_of(figure), "under 15% rated")
    assert len(boxes) == 8 + 2
    assert (boxes["x2"].to_numpy()[:-1] <= boxes["x"].to_numpy()[1:]).all()
    assert boxes["x2"].max() <= ACROSS
    assert lines["text"].str.len().max() <= 11  # 62 pixels of 5.6 a letter
    assert "0.125 to" in set(lines["text"])


def _steps_of(figure):
    return figure.draw.keywords["steps"]


def test_one_band_stands_for_all_scores():
    figure = tile_map(
        scored([("GHA", 2013, 0.9)], profile=lenient(bands=[{"name": "any", "from": 0.0}]))
    )
    assert shade(figure, "GHA") == ["any"]
    assert _steps_of(figure)[0].limits == "all scores"


def test_an_own_framework_has_a_map_of_what_it_scores():
    indicator = {"id": "M1.1", "label": "Harm", "description": "Harm.", "tempo": "dynamic"}
    words = {"look_for": "Reports.", "rate_0": "None.", "rate_1": "Everywhere."}
    factor = {"id": "M1", "title": "Harm", "definition": "Harm.", "indicators": [indicator | words]}
    about = {"name": "mine", "title": "Mine", "kind": "risk", "issuer": "Us", "edition": "1"}
    mine = Framework.model_validate({**about, "citation": "Us (2024).", "factors": [factor]})
    frame = pd.DataFrame({"unit": ["GHA", "KEN"], "year": 2020, "M1.1": [0.2, 0.8]})
    scores = score(read_panel(frame, frameworks=[mine, "sg-resilience-2013"]))
    assert shade(tile_map(scores), "GHA", "KEN") == ["low", "very high"]
    with pytest.raises(InputError, match=r"allowed: risk, residual_risk, resilience$"):
        tile_map(scores, of="genocide")
