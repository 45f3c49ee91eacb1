"""Waterfall of a change, sensitivity bars, ranks: the values that are drawn, and the drawings."""

import dataclasses
import itertools
import json
import re
from functools import cache
from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from r2prisk import InputError, Profile, read_panel, score
from r2prisk.reporting.figures import ranks, sensitivity, waterfall
from r2prisk.reporting.figures.ladder import PENS, apart, labels, placed
from r2prisk.scoring.explain import Stage, change, revision
from r2prisk.scoring.sensitivity import sensitivity as indices
from r2prisk.scoring.uncertainty import uncertainty
from r2prisk.scoring.uncertainty.summary import LEVELS

WIDE = 700
"""Pixels that no figure may exceed."""


@pytest.fixture
def report(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")


def svg_of(figure):
    """Return the SVG after what holds for all: a title, no number that is none, not too wide."""
    svg = figure.to_svg()
    assert not re.search(r"NaN|undefined|\bnull\b", svg)
    assert int(re.search(r'width="(\d+)', svg)[1]) <= WIDE
    return svg


def texts_of(svg):
    """Return what is written, line by line."""
    return re.findall(r">([^<>]+)</(?:text|tspan)>", svg)


@cache
def kenya():
    return read_panel(
        pd.DataFrame(
            {
                "unit": "KEN",
                "year": [2006, 2007, 2008],
                "8.1": [0.1, 0.2, 0.7],
                "9.1": [0.4, 0.4, 0.2],
                "9.2": [np.nan, 0.4, 0.6],
                "9.3": [0.5, 0.9, 0.5],
                "SGS1.1": [0.2, 0.4, 0.6],
            }
        )
    )


def moved(first=2006, last=2008, of="risk"):
    return change(score(kenya()), "KEN", first, last, of=of)


@cache
def months():
    """Eight units over twenty months, of which three have gaps."""
    rng = np.random.default_rng(3)
    units = ["COD", "GHA", "KEN", "MLI", "NOR", "SDN", "SSD", "VCT"]
    when = pd.period_range("2012-03", "2013-10", freq="M").astype(str)
    frame = pd.DataFrame({"unit": np.repeat(units, 20), "period": list(when) * 8})
    names = ["1.1", "5.5", "7.1", "8.1", "11.1", "SGS1.1"]
    walks = {
        name: rng.normal(0, 0.08, (8, 20)).cumsum(axis=1) + rng.random((8, 1)) for name in names
    }
    frame = frame.assign(**{name: np.clip(walk, 0, 1).ravel() for name, walk in walks.items()})
    gone = (
        (frame["unit"] == "GHA") & frame["period"].isin(["2012-09", "2012-10", "2013-02"])
        | (frame["unit"] == "VCT") & (frame["period"] > "2013-05")
        | (frame["unit"] == "NOR") & (frame["period"] < "2013-05")
    )
    frame.loc[gone, names] = np.nan
    return uncertainty(read_panel(frame), draws=64)


# ---- waterfall


def test_two_indicators_add_what_they_moved():
    # one indicator in each of two factors, exponent 1 across: 0.15 = (0.1 + 0.2) / 2 to 0.55
    frame = {"unit": "KEN", "year": [2006, 2008], "8.1": [0.1, 0.7], "9.1": [0.2, 0.4]}
    data = waterfall(
        change(score(read_panel(pd.DataFrame(frame))), "KEN", 2006, 2008, of="risk")
    ).data
    assert data["kind"].tolist() == ["score", "indicator", "indicator", "score"]
    assert data["label"].tolist()[::3] == ["2006", "2008"]
    assert data["indicator"].tolist() == ["", "8.1", "9.1", ""]
    assert data["adds"].tolist()[1:3] == [0.3, 0.1]  # (0.7 - 0.1) / 2 and (0.4 - 0.2) / 2
    assert data["start"].tolist() == [0.15, 0.15, 0.45, 0.55]
    assert data["end"].tolist() == [0.15, 0.45, 0.55, 0.55]
    assert data[["before", "after"]].to_numpy()[1].tolist() == [0.1, 0.7]
    assert data["effect"].tolist() == ["", "worse", "worse", ""]


def test_what_one_side_rates_and_what_came_back_stand_apart():
    data = waterfall(moved()).data.set_index("kind")
    # 9.2 was not rated in 2006; 9.3 rose to 0.9 and came back to 0.5
    assert data.loc["newly rated", ["indicator", "effect"]].tolist() == ["9.2", ""]
    assert data.loc["newly rated", ["before", "after"]].isna().tolist() == [True, False]
    few = waterfall(moved(), shown=1).data.set_index("kind")
    assert few.loc["coverage", "label"] == "Change in what is rated (newly rated: 1)"
    assert few.loc["coverage", "effect"] == ""
    assert data.loc["back", "count"] == 1
    assert data.loc["indicator", "indicator"].tolist() == ["8.1", "9.1"]
    # with the change first, against it last
    assert data.loc["indicator", "effect"].tolist() == ["worse", "better"]
    # RF8 and RF9: 2006 rates 9.1 and 9.3, 2008 9.2 too
    ends = [(0.1 + sqrt((0.16 + 0.25) / 2)) / 2, (0.7 + sqrt((0.04 + 0.36 + 0.25) / 3)) / 2]
    assert data.loc["score", "end"].tolist() == [round(x, 3) for x in ends]


@pytest.mark.parametrize("of", ["risk", "residual_risk", "resilience", "genocide"])
@pytest.mark.parametrize("shown", [1, 2, 10])
def test_what_is_drawn_adds_up_as_it_is_shown(of, shown):
    found = moved(of=of)
    data = waterfall(found, shown=shown).data
    assert data["start"].tolist()[1:-1] == data["end"].tolist()[:-2]
    # in thousandths, as whole numbers
    ends = (data["end"] * 1000).round().astype(int)
    assert (data["adds"] * 1000).round().sum() == ends.iloc[-1] - ends.iloc[0]
    assert ends.iloc[[0, -1]].tolist() == [round(x * 1000) for x in found.scores[[0, -1]]]
    assert data["contribution"].sum() == pytest.approx(found.scores[-1] - found.scores[0], abs=1e-9)
    assert (data["indicator"] != "").sum() <= shown
    moved_any = (
        found.to_frame().groupby("indicator")["contribution"].sum().drop("", errors="ignore")
    )
    assert data["count"].sum() == (moved_any != 0).sum()


def test_what_one_side_rates_is_ranked_with_the_others_and_the_rest_counted():
    frame = {"unit": "KEN", "year": range(2006, 2010), "8.1": [0.1, 0.1, 0.1, 0.3], "9.1": 0.5}
    frame |= {"9.2": [0.9, *[np.nan] * 3], "9.3": [*[np.nan] * 3, 0.45]}
    frame |= {"8.2": [np.nan, 0.6, 0.2, np.nan], "8.3": [*[np.nan] * 3, 0.12]}
    found = change(score(read_panel(pd.DataFrame(frame))), "KEN", 2006, 2009, of="risk")
    exact = found.to_frame().groupby("indicator")["contribution"].sum()
    data = waterfall(found, shown=2).data
    named = data[data["indicator"] != ""].set_index("indicator")
    both = exact.drop("8.2").abs()  # neither end rates it: it has no bar of its own
    assert set(named.index) == set(both.nlargest(2).index)
    assert named.loc["9.2", "kind"] == "no longer rated"
    assert (named["contribution"] - exact[named.index]).abs().max() < 1e-12
    rest = data.set_index("kind").loc["coverage"]
    assert rest["count"] == 3
    said = "Others: change in what is rated (newly rated: 2; only in between: 1)"
    assert rest["label"] == said
    assert rest["contribution"] == pytest.approx(exact[["8.2", "8.3", "9.3"]].sum())
    figure = waterfall(found, shown=3)
    assert "(9.2, no longer rated)" in figure.alt
    assert "no longer rated (0.50 → \u2013)" in figure.subtitle
    assert "cannot be told whether the situation differs" in figure.notes[0]


def test_better_is_up_in_resilience_and_down_in_risk():
    assert waterfall(moved(of="resilience")).data["effect"].tolist()[1] == "better"
    residual = waterfall(moved(of="residual_risk")).data.set_index("indicator")
    assert residual.loc["SGS1.1", "effect"] == "better"
    assert residual.loc["SGS1.1", "adds"] < 0


def test_stages_keep_all_their_scores():
    plain = Profile.load("default").replace(name="plain", exponents={"within": 1})
    old, new = score(kenya().select(last="2007")), score(kenya())
    stages = {"first edition": Stage(old, 2007), "new evidence": Stage(new, 2008)}
    stages["plain means"] = Stage(score(kenya(), profile=plain), 2008)
    found = revision(stages, "KEN", of="risk")
    figure = waterfall(found)
    scores = figure.data[figure.data["kind"] == "score"]
    assert scores["label"].tolist() == list(stages)
    exact = [(0.2 + sqrt((0.16 + 0.16 + 0.81) / 3)) / 2]
    exact.append((0.7 + sqrt((0.04 + 0.36 + 0.25) / 3)) / 2)
    exact.append((0.7 + (0.2 + 0.6 + 0.5) / 3) / 2)
    assert scores["end"].tolist() == [round(x, 3) for x in exact]
    steps = figure.data.groupby("step", sort=False)["adds"].sum().round(3)
    for (a, b), name in zip(itertools.pairwise(scores["end"]), list(stages)[1:], strict=True):
        assert steps[name] == pytest.approx(b - a, abs=1e-9)
    last = figure.data[
        (figure.data["step"] == "plain means") & (figure.data["kind"] == "indicator")
    ]
    assert last["indicator"].tolist()
    assert set(last["indicator"]) <= {
        "9.1",
        "9.2",
        "9.3",
    }  # what other means make of the same ratings
    assert "Profile default (version 2), then plain (version 2)" in " ".join(figure.notes)


def test_restricted_evidence_in_any_stage_is_said():
    found = revision({"a": Stage(score(kenya()), 2006), "b": Stage(score(kenya()), 2008)}, "KEN")
    note = "3 rows restricted or confidential: not for a wider circle"
    closed = {**found.provenance["b"], "notes": [note]}
    marked = dataclasses.replace(found, provenance={"a": found.provenance["a"], "b": closed})
    assert "restricted" in " ".join(waterfall(marked).notes)
    other = {**found.provenance["b"], "sources": ["B", "C"]}
    first = {**found.provenance["a"], "sources": ["A", "B"]}
    two = dataclasses.replace(found, provenance={"a": first, "b": other})
    assert "Ratings from 3 sources" in " ".join(waterfall(two).notes)
    assert "restricted" not in " ".join(waterfall(found).notes)


def test_what_did_not_move_is_two_scores():
    still = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "8.1": [0.5, 0.5]}))
    figure = waterfall(change(score(still), "KEN", 2006, 2008, of="risk"))
    assert figure.data["kind"].tolist() == ["score", "score"]
    assert figure.alt == "Risk of Kenya stayed at 0.500, 2006 to 2008."


def test_a_waterfall_names_all_faults():
    with pytest.raises(InputError, match="needs a Change, found Scores") as error:
        waterfall(score(kenya()), shown=0)
    assert len(error.value.problems) == 2
    with pytest.raises(InputError, match=r"shown is 2\.5"):
        waterfall(moved(), shown=2.5)


@pytest.mark.usefixtures("report")
def test_a_waterfall_is_drawn():
    figure = waterfall(moved(), shown=1)
    texts = texts_of(svg_of(figure))
    assert {"2006", "2008", "+0.300", "0.10 → 0.70"} <= set(texts)
    assert "Change in what is rated (newly rated: 1)" in texts
    assert (
        "A score is not a finding: risk is not proof, and absence of data is not safety." in texts
    )


@pytest.mark.usefixtures("report")
def test_labels_of_a_framework_of_ones_own_are_text(tmp_path):
    own = tmp_path / "own.toml"
    wordy = "Widespread or systematic practices against all other groups"
    head = 'name = "own"\ntitle = "Own"\nkind = "risk"\nissuer = "Me"\nedition = "1"\n'
    head += 'citation = "Me 2020"\n[[factors]]\nid = "A"\ntitle = "A"\ndefinition = "x."\n'
    for name, label in (("A1", "<script>alert(1)</script>"), ("A2", wordy)):
        head += f'[[factors.indicators]]\nid = "{name}"\nlabel = "{label}"\ndescription = "a."\n'
        head += 'tempo = "dynamic"\nlook_for = "a"\nrate_0 = "none"\nrate_1 = "all"\n'
    own.write_text(head)
    frame = pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "A1": [0.1, 0.9], "A2": [0.2, 0.4]})
    scores = score(read_panel(frame, frameworks=[own]))
    long = "a stage <b>of many words</b> " * 8
    stages = {"before": Stage(scores, 2006), long: Stage(scores, 2008)}
    figure = waterfall(revision(stages, "KEN", of="risk"))
    svg = svg_of(figure)
    assert not re.search("<script|<b>", svg)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; (A1)" in svg
    assert "all other groups (A2)" in texts_of(svg)
    assert any(text.endswith(" …") for text in texts_of(svg))
    assert figure.data["label"].tolist()[-1] == long


# ---- sensitivity


@cache
def doubts():
    frame = pd.DataFrame(
        {
            "unit": ["NOR", "SDN", "KEN"] * 2,
            "year": [2003] * 3 + [2004] * 3,
            "1.1": [0.1, 0.9, 0.5, 0.2, 0.8, 0.4],
            "1.2": [0.4, 0.3, 0.6, 0.1, 0.5, 0.7],
            "2.1": [0.2, np.nan, 0.5, 0.6, 0.3, np.nan],
        }
    )
    return indices(read_panel(frame), groups=["exponents", "kappa", "unknown"], draws=64)


@pytest.mark.parametrize("outcome", ["ranks", "scores", "mean rank shift"])
@pytest.mark.parametrize("period", [None, 2004])
def test_bars_are_those_of_the_table(outcome, period):
    data = sensitivity(doubts(), outcome=outcome, period=period).data
    table = doubts().table(period).loc[outcome]
    for kind in ("first", "total"):
        drawn = data[data["index"] == kind].set_index("group")["value"]
        assert drawn.to_dict() == table[kind].to_dict()
    totals = data.loc[data["index"] == "total", "value"].tolist()
    assert totals == sorted(totals, reverse=True)
    assert (data["low"] <= data["value"]).all()
    assert (data["value"] <= data["high"]).all()
    for kind, end in itertools.product(("first", "total"), ("low", "high")):
        drawn = data[data["index"] == kind].set_index("group")[end].reindex(table.index)
        way = 1 if end == "high" else -1  # never narrower than the interval of the table
        assert (way * (drawn - table[f"{kind}_{end}"]) >= -1e-12).all()


def test_notes_say_over_how_many_rows():
    assert "6 rows together" in sensitivity(doubts()).notes[0]
    assert "3 rows together" in sensitivity(doubts(), period="2004").notes[0]
    shift = f"{doubts().moved[1]:.1f} places"
    assert any(shift in note for note in sensitivity(doubts(), period=2004).notes)


def test_sensitivity_refuses_what_is_not_there():
    with pytest.raises(InputError, match=r"no outcome 'rank'; .*did you mean 'ranks'"):
        sensitivity(doubts(), outcome="rank")
    with pytest.raises(InputError, match="no period '2010'; there is 2003 to 2004"):
        sensitivity(doubts(), period=2010)
    with pytest.raises(InputError, match="needs a Sensitivity, found int"):
        sensitivity(3)
    one = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9], "1.2": [0.3]}))
    alone = indices(one, groups=["exponents"], draws=64)
    with pytest.raises(InputError, match=r"nothing to draw: .* the ranks by risk of 2003"):
        sensitivity(alone)


@pytest.mark.usefixtures("report")
def test_sensitivity_is_drawn():
    figure = sensitivity(doubts(), outcome="scores")
    texts = texts_of(svg_of(figure))
    assert {"exponents", "kappa", "what unknown cells hold", "0.00 (0.00 to 0.00)"} <= set(texts)
    first = figure.data.iloc[0]
    assert f"{first['value']:.2f} ({first['low']:.2f} to {first['high']:.2f})" in texts


# ---- ranks


@pytest.mark.parametrize("of", ["risk", "residual_risk"])
def test_ranks_are_the_published_ones_with_their_intervals(of):
    data = ranks(months(), of=of, top=8).data.dropna(subset="rank")
    published = months().scores.rank(of)
    index = pd.MultiIndex.from_frame(data[["unit", "period"]])
    assert data["rank"].tolist() == published.loc[index, "rank"].tolist()
    assert data["ranked"].tolist() == published.loc[index, "of"].tolist()
    assert (data["low"] <= data["rank"]).all()
    assert (data["rank"] <= data["high"]).all()
    frame = months().to_frame().loc[index]
    for name, level in (("low", 0.05), ("high", 0.95)):
        assert level in LEVELS
        assert data[name].tolist() == frame[f"{of}_rank_q{100 * level:g}"].tolist()


def test_units_without_a_score_are_gaps_and_never_left_out():
    data = ranks(months(), units=["VCT", "GHA"], top=3).data
    ghana = data[data["unit"] == "GHA"].set_index(data["period"].astype(str)[data["unit"] == "GHA"])
    gaps = ghana.index[ghana["rank"].isna()].tolist()
    assert gaps == ["2012-09", "2012-10", "2013-02"]
    vincent = data[data["unit"] == "VCT"]
    assert len(vincent) == 20
    assert vincent["rank"].isna().sum() == 5  # June to October 2013
    assert data.loc[data["chosen"], "unit"].unique().tolist() == ["GHA", "VCT"]
    assert "7 of 8 units ranked in 2013-10; the rest have no score" in ranks(months()).notes[0]


def test_one_period_is_ordered_with_the_chosen_below():
    data = ranks(months(), period="2013-10", units=["VCT", "COD", "SDN"], top=2).data
    own = months().scores.rank().xs(pd.Period("2013-10", "M"), level="period")["rank"]
    first = own.sort_values().index[:2].tolist()
    after = sorted(["COD", "SDN"], key=own.get)
    assert data["unit"].tolist() == [*first, *(u for u in after if u not in first), "VCT"]
    assert np.isnan(data["rank"].iloc[-1])
    assert data["period"].astype(str).unique().tolist() == ["2013-10"]


def test_ranks_name_all_faults():
    with pytest.raises(InputError) as error:
        ranks(months(), of="resilence", units=["GHN"], top=0, period="2019-01")
    assert [problem.split(";")[0] for problem in error.value.problems] == [
        "no ranks by 'resilence'",
        "top is 0",
        "no unit 'GHN'",
        "no period '2019-01'",
    ]
    assert "did you mean 'GHA'" in error.value.problems[2]
    with pytest.raises(InputError, match="7 cannot be told apart over time; name 6 or fewer"):
        ranks(months(), units=months().scores.panel.units[:7])
    with pytest.raises(InputError, match="needs an Uncertainty, found Scores"):
        ranks(score(kenya()))
    bare = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [np.nan]}))
    with pytest.raises(InputError, match="nothing to rank"):
        ranks(uncertainty(bare, draws=16))


@given(
    st.lists(st.floats(1, 30), min_size=1, max_size=20),
    st.floats(0.1, 1.0),
)
def test_labels_stand_apart_in_the_order_of_their_marks(places, gap):
    found = apart(places, gap, 0.0, 30.0)
    order = np.argsort(places, kind="stable")
    steps = np.diff(np.array(found)[order])
    assert (steps >= gap - 1e-9).all()
    assert min(found) >= 0.0
    assert max(found) <= 30.0 + 1e-9
    # where there is room they stay where they are
    if len(places) == 1:
        assert found == places


def test_lower_ranks_stand_closer_and_keep_their_order():
    one = pd.DataFrame(
        {
            "unit": "SDN",
            "name": "Sudan",
            "period": pd.period_range("2000", periods=5, freq="Y"),
            "score": 0.5,
            "rank": [1.0, 20.0, 21.0, 60.0, 195.0],
            "low": [1.0, 19.5, 20.5, 50.0, 195.0],
            "high": [1.0, 21.0, 30.0, 70.0, 195.0],
            "ranked": 195,
            "chosen": True,
        }
    )
    marks = placed(one, 20)
    assert marks["y"].tolist()[:3] == [1.0, 20.0, 21.0]
    assert marks["y"].iloc[-1] == pytest.approx(28.0)  # 21 and the room of seven more
    # log(60 / 21) of log(195 / 21) of that room
    assert marks["y"].iloc[3] == pytest.approx(21 + 7 * np.log(60 / 21) / np.log(195 / 21))
    assert (marks["y_low"] <= marks["y"]).all()
    assert (marks["y"] <= marks["y_high"]).all()


def test_lines_break_at_gaps():
    data = ranks(months(), units=["GHA"], top=1).data
    marks = placed(data, 8)
    ghana = marks[(marks["unit"] == "GHA") & marks["y"].notna()]
    # 6 months to August, 3 to January, 8 from March
    assert ghana.groupby("run").size().tolist() == [6, 3, 8]
    named = labels(placed(ranks(months(), units=["VCT"], top=3).data, 8), 8.0)
    vincent = named[(named["unit"] == "VCT") & (named["side"] == "right")]
    assert vincent["text"].tolist() == ["?  Saint Vincent and the Gren… (VCT)"]
    assert vincent["label"].iloc[0] > 8.0


@pytest.mark.usefixtures("report")
def test_ranks_over_time_are_drawn():
    units = ["VCT", "GHA", "COD", "KEN", "MLI", "SDN"]
    assert len(units) == len(PENS)
    figure = ranks(months(), units=units, top=4)
    texts = texts_of(svg_of(figure))
    assert {"2013-04", figure.title} <= set(texts)
    assert any(text.startswith("? ") and "(VCT)" in text for text in texts)


@pytest.mark.usefixtures("report")
def test_ranks_of_a_period_are_drawn():
    texts = texts_of(svg_of(ranks(months(), period="2013-10", units=["VCT"], top=3)))
    assert {"Saint Vincent and the Grenadines (VCT)", "?", "no score", "1"} <= set(texts)
    one = read_panel(pd.DataFrame({"unit": ["COD"], "year": [2003], "1.1": [0.9]}))
    alone = ranks(uncertainty(one, draws=16))
    assert alone.title == "Ranks by risk, 2003: the highest"
    assert "1 to 1" in json.dumps(alone.draw(alone.data).to_dict()["datasets"])
