"""What would change a score: what if, the cheapest changes, what to collect next."""

import dataclasses
import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.panel import CellState
from r2prisk.scoring.changes import collect_next, smallest_changes, what_if
from r2prisk.scoring.uncertainty import load_priors

DEFAULT = Profile.load("default")
WORDS = [0.0, 0.25, 0.5, 0.75, 1.0]


def panel_of(**ratings):
    return read_panel(pd.DataFrame([{"unit": "KEN", "year": 2008, **ratings}]))


TWO = panel_of(**{"1.1": 0.8, "9.1": 0.4, "SGS2.1": 0.5})


# what if


def test_what_if_by_hand():
    found = what_if(score(TWO), {"1.1": "moderate"}, unit="KEN", period=2008)
    # risk: (0.8 + 0.4) / 2 and (0.5 + 0.4) / 2
    assert found.scores.loc[("change", "risk")].tolist() == pytest.approx([0.6, 0.45, -0.15])
    cell = found.cells.iloc[0]
    assert (cell["before"], cell["after"], cell["was_unknown"]) == (0.8, 0.5, False)


def test_scenarios_and_what_was_unknown():
    changes = {"open": {"7.1": 1.0}, "gone": {"9.1": "unknown", "1.1": "not applicable"}}
    found = what_if(score(TWO), changes, unit="KEN", period="2008")
    assert found.cells["was_unknown"].tolist() == [True, False, False]
    assert found.cells["state_after"].tolist() == ["rated", "unknown", "not_applicable"]
    risk = found.scores.xs("risk", level="score")
    assert risk.loc["open", "after"] == pytest.approx((0.8 + 0.4 + 1.0) / 3)
    assert np.isnan(risk.loc["gone", "after"])  # nothing is rated any more
    assert list(found.bands.index) == ["open", "gone"]


def test_what_if_is_the_score_of_the_changed_table():
    found = what_if(score(TWO), {"SGS2.1": 1, "1.1": 0.3}, unit="KEN", period=2008)
    table = score(panel_of(**{"1.1": 0.3, "9.1": 0.4, "SGS2.1": 1.0})).to_frame()
    own = table.drop(columns="band").iloc[0]
    pd.testing.assert_series_equal(
        found.scores.loc["change"]["after"], own, check_names=False, rtol=1e-12
    )


def test_all_faults_of_what_if_at_once():
    with pytest.raises(InputError) as caught:
        what_if(
            score(TWO), {"a": {"1.1": 1.5}, "b": {"1.x": 0.1}, "c": {}}, unit="KEM", period=2010
        )
    assert list(caught.value.problems) == [
        "no unit 'KEM'; did you mean 'KEN'?",
        "scenario 'a', '1.1': 1.5 is outside 0 to 1",
        "scenario 'b', '1.x' is no indicator of this profile; did you mean '1.9'?",
        "scenario 'c', no change is named",
    ]
    with pytest.raises(InputError, match="give either"):
        what_if(score(TWO), {"a": {"1.1": 0.1}, "1.1": 0.1}, unit="KEN", period=2008)
    with pytest.raises(InputError, match="no period '2010' for KEN; KEN has 2008 to 2008"):
        what_if(score(TWO), {"1.1": 0.1}, unit="KEN", period=2010)
    with pytest.raises(InputError, match="needs a mapping of indicators to ratings, not list"):
        what_if(score(TWO), ["1.1"], unit="KEN")
    with pytest.raises(InputError, match=r"'wek' is not a number.*did you mean 'weak'"):
        what_if(score(TWO), {"1.1": "wek"}, unit="KEN")


# smallest changes


def steps_of(indicator, rating):
    better = [w for w in WORDS if (w > rating if indicator.startswith("SGS") else w < rating)]
    return [rating, *(better if indicator.startswith("SGS") else better[::-1])]


def ways_of(panel, locked=()):
    """Every set of steps of a panel in which all is rated: the panel of them, and the steps."""
    levels = [
        steps_of(n, x)[: 1 if n in locked else None]
        for n, x in zip(panel.indicators, panel.ratings[0], strict=True)
    ]
    ways = np.array(list(itertools.product(*(range(len(x)) for x in levels))))
    ratings = np.column_stack([np.array(x)[n] for x, n in zip(levels, ways.T, strict=True)])
    states = np.full(ratings.shape, CellState.RATED, dtype=np.uint8)
    many = dataclasses.replace(panel.take([0] * len(ways)), ratings=ratings, states=states)
    return many, ways


def every_way(panel, below, costs, profile, locked=()):
    """The lowest cost of all sets of steps whose score is below, by scoring every one of them."""
    many, ways = ways_of(panel, locked)
    residual = np.round(score(many, profile=profile).sheet.residual[0], 12)
    price = ways @ np.array([costs.get(n, 1.0) for n in panel.indicators])
    fine = price[residual < below]
    return fine.min() if len(fine) else np.inf


RATING = st.sampled_from([0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 1.0])
RISK = ["1.1", "1.2", "3.1", "7.1"]
HOLD = ["SGS2.1", "SGS5.1"]
FORMS = ["damping", "subtractive", "ratio", "gate"]


@settings(max_examples=10)
@given(
    st.lists(RATING, min_size=4, max_size=4),
    st.lists(st.sampled_from([0.0, 0.25, 0.6, 0.75]), min_size=2, max_size=2),
    st.lists(st.sampled_from([1.0, 2.0, 2.5, 3.0]), min_size=6, max_size=6),
    st.sampled_from(["low", "moderate", "high"]),
    st.sampled_from(["damping", "ratio"]),
    st.sampled_from([1.0, 2.0]),
    st.sampled_from(["rated-only", "as-absent", "prior"]),
    st.sampled_from([0.2, 0.9]),
)
def test_no_set_is_cheaper(risk, hold, prices, band, form, across, rule, kappa):
    links = {"SGS2": {"RF1": kappa, "RF7": kappa}, "SGS5": {"RF1": kappa, "RF3": 0.5, "RF8": 1.0}}
    profile = DEFAULT.replace(
        name="tried",
        exponents={"across": across},
        inhibition={"form": form, "kappa": links},
        missing={"rule": rule, "prior": 0.3},
    )
    costs = dict(zip([*RISK, *HOLD], prices, strict=True))
    panel = panel_of(**dict(zip([*RISK, *HOLD], [*risk, *hold], strict=True)))
    agree(panel, band, costs, profile)


@pytest.mark.parametrize("seed", range(40))
def test_every_set_that_is_shown_is_the_cheapest_of_its_part(seed):
    rng = np.random.default_rng(seed)
    names = [*rng.choice(["1.1", "1.2", "3.1", "7.1", "9.1", "9.2"], 4, replace=False), *HOLD]
    ratings = np.where(rng.random(6) < 0.5, rng.choice(WORDS, 6), rng.random(6).round(3))
    profile = DEFAULT.replace(
        name="tried",
        weights={
            "indicators": {str(n): float(rng.choice([0.3, 2.0, 5.0])) for n in names[::2]},
            "factors": {"RF1": 3.0, "RF9": float(rng.choice([0.0, 2.0]))},
        },
        exponents={
            "within": float(rng.choice([1, 2, 10, 40])),
            "across": float(rng.choice([1, 2])),
        },
        inhibition={
            "form": str(rng.choice(["damping", "ratio"])),
            "kappa": {
                f"SGS{r}": {f"RF{k}": float(rng.choice([0.2, 0.9, 1.0])) for k in (1, 7, 9)}
                for r in (2, 5)
            },
        },
        missing={"rule": str(rng.choice(["rated-only", "as-absent", "prior"])), "prior": 0.3},
    )
    panel = panel_of(**dict(zip(map(str, names), ratings, strict=True)))
    scores = score(panel, profile=profile)
    now = float(scores.sheet.residual[0, 0])
    bands = [{"name": "low", "from": 0.0}, {"name": "rest", "from": now * rng.uniform(0.4, 1.0)}]
    profile = profile.replace(bands=bands)
    prices = {str(n): float(rng.choice([1.0, 2.0, 0.1 + rng.random()])) for n in names[1:]}
    held = [str(n) for n in names if rng.random() < 0.1]
    rows, ways = ways_of(panel, held)
    residual = np.round(score(rows, profile=profile).sheet.residual[0], 12)
    price = ways @ np.array([prices.get(n, 1.0) for n in panel.indicators])
    found = smallest_changes(
        score(panel, profile=profile), "KEN", "low", costs=prices, locked=held, alternatives=2
    )
    left = residual < found.below
    assert found.possible == left.any()
    assert len(found.sets) <= 3
    for one in found.sets:
        assert one.cost == pytest.approx(price[left].min())
        mine = [panel.indicators.index(n) for n in one.changes["indicator"]]
        left &= ~(ways[:, mine] > 0).all(axis=1)
    if found.needed and len(found.sets) < 3:
        assert not left.any()


def agree(panel, band, costs, profile, locked=(), alternatives=2):
    found = smallest_changes(
        score(panel, profile=profile),
        "KEN",
        band,
        costs=costs,
        locked=locked,
        alternatives=alternatives,
    )
    expected = every_way(panel, found.below, costs, profile, locked)
    got = 0.0 if not found.needed else found.sets[0].cost if found.sets else np.inf
    assert got == pytest.approx(expected)
    assert found.possible == np.isfinite(expected)
    earlier = []
    for one in found.sets:
        assert one.residual_risk < found.below
        assert one.cost == pytest.approx(one.changes["cost"].sum())
        names = set(one.changes["indicator"])
        assert all(before - names for before in earlier)
        earlier.append(names)
    return found


def whole(seed):
    """A row with one indicator in each of the factors: every factor of a small profile is known."""
    rng = np.random.default_rng(seed)
    names = [f"{k}.1" for k in range(1, 15)] + HOLD
    return panel_of(
        **dict(zip(names, rng.choice([0.25, 0.5, 0.6, 0.75, 1.0], len(names)), strict=True))
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("across", [1.0, 2.0])
@pytest.mark.parametrize("seed", [1])
def test_every_form_where_all_factors_are_known(form, across, seed):
    profile = DEFAULT.replace(
        name="tried", exponents={"across": across}, inhibition={"form": form, "gate": 0.4}
    )
    locked = [f"{k}.1" for k in range(1, 15) if k not in (3, 5, 7)]
    panel = whole(seed)
    lowest = smallest_changes(score(panel, profile=profile), "KEN", "low", locked=locked)
    # a band whose limit lies halfway between now and the lowest that can be reached
    start = (lowest.before + lowest.lowest) / 2
    bands = [{"name": "low", "from": 0.0}, {"name": "rest", "from": start}]
    found = agree(panel, "low", {"SGS2.1": 1.5}, profile.replace(bands=bands), locked)
    assert found.sets


def test_the_second_best_by_hand():
    # 0.75 and 0.75: residual 0.75; one step of both is 0.5, two of one are 0.5 too
    bands = [{"name": "low", "from": 0.0}, {"name": "rest", "from": 0.55}]
    profile = DEFAULT.replace(name="tried", bands=bands, inhibition={"kappa": {}})
    panel = panel_of(**{"1.1": 0.75, "9.1": 0.75})
    found = smallest_changes(score(panel, profile=profile), "KEN", "low", costs={"9.1": 3.0})
    assert [one.cost for one in found.sets] == [2.0, 6.0]
    assert [one.changes["indicator"].tolist() for one in found.sets] == [["1.1"], ["9.1"]]
    assert found.sets[0].changes["after"].tolist() == [0.25]
    assert [one.residual_risk for one in found.sets] == pytest.approx([0.5, 0.5])
    assert "cost 2" in repr(found)


def test_resilience_is_taken_where_it_is_cheaper():
    bands = [{"name": "low", "from": 0.0}, {"name": "rest", "from": 0.492}]
    # risk 0.5 everywhere; SGS2 at S holds 0.2 S of factor 7 alone: 0.5 - 0.5 x 0.2 S / 14
    links = {"SGS2": {"RF7": 0.2}}
    profile = DEFAULT.replace(name="tried", bands=bands, inhibition={"kappa": links})
    panel = panel_of(**{"7.1": 0.5, "SGS2.1": 0.0})
    assert smallest_changes(score(panel, profile=profile), "KEN", "low", locked=["7.1"]).lowest == (
        pytest.approx(0.5 - 0.1 / 14)  # 0.4929 is not below 0.492
    )
    found = smallest_changes(
        score(panel, profile=profile.replace(bands=[bands[0], {"name": "rest", "from": 0.495}])),
        "KEN",
        "low",
        costs={"7.1": 9.0},
    )
    # 0.5 - 0.1 S / 14 < 0.495 needs S > 0.7: three steps of 1 cost less than one of 9
    first = found.sets[0]
    assert (first.cost, first.changes["after"].tolist()) == (3.0, [0.75])
    assert first.residual_risk == pytest.approx(0.5 - 0.075 / 14)


@pytest.mark.parametrize("locked", [[], ["1.1"], ["SGS2.1"], ["1.1", "SGS1.1"]])
@pytest.mark.parametrize("band", ["moderate", "low"])
@pytest.mark.parametrize("form", ["damping", "gate"])
def test_where_resilience_does_the_work(locked, band, form):
    # one factor counts: 0.8 (1 - 0.5 S1)(1 - 0.5 S2)(1 - 0.6 S5), and its own steps cost 6
    names = ["SGS1", "SGS2", "SGS5"]
    links = {name: {"RF1": kappa} for name, kappa in zip(names, [0.5, 0.5, 0.6], strict=True)}
    none = {f"RF{k}": 0.0 for k in range(2, 15)}
    profile = DEFAULT.replace(
        name="held",
        weights={"factors": none},
        inhibition={"kappa": links, "form": form, "gate": 1.0},
    )
    panel = panel_of(**{"1.1": 0.8, "SGS1.1": 0.25, "SGS2.1": 0.0, "SGS5.1": 0.1})
    found = agree(panel, band, {"1.1": 6.0, "SGS1.1": 1.3}, profile, locked, alternatives=6)
    assert found.sets


@pytest.mark.parametrize("size", [1e-7, np.pi, 1e9])
def test_the_currency_of_costs_does_not_matter(size):
    costs = {"1.1": size, "9.1": size * 1.2345678, "SGS2.1": size * 0.7654321}
    panel = panel_of(**{"1.1": 0.75, "9.1": 0.9, "SGS2.1": 0.25})
    found = smallest_changes(score(panel), "KEN", "moderate", costs=costs, alternatives=0)
    expected = every_way(panel, found.below, costs, DEFAULT)
    assert found.sets[0].cost / size == pytest.approx(expected / size)


def test_what_cannot_be_done_says_why():
    panel = panel_of(**{"1.1": 0.9, "1.2": np.nan, "10.1": 0.9, "9.1": 0.9, "SGS2.1": 0.2})
    found = smallest_changes(
        score(panel), "KEN", "low", locked=["RF10"], lead_times={"1.1": 5, "9.1": 1}, within=2
    )
    assert found.needed
    assert not found.possible
    assert not found.sets
    ratings = {"1.1": 0.9, "10.1": 0.9, "9.1": 0.0, "SGS2.1": 1.0}
    assert found.lowest == pytest.approx(score(panel_of(**ratings)).sheet.residual[0, 0])
    assert found.locked == ("10.1",)
    assert found.too_late == ("1.1",)
    assert "1.2" in found.unknown
    assert found.left.loc["RF10", "no_hold"]
    assert found.left.loc["RF10", "residual"] == pytest.approx(0.9)
    assert "kappa 0" in repr(found)


def test_already_there():
    found = smallest_changes(score(panel_of(**{"1.1": 0.1})), "KEN", "low")
    assert not found.needed
    assert found.sets == ()
    assert "already there" in repr(found)
    # one of 154 indicators: nobody has looked
    assert found.band == "unknown"
    assert "Too little is rated for a band (1% of the weight)" in repr(found)


def test_all_faults_of_smallest_changes_at_once():
    with pytest.raises(InputError) as caught:
        smallest_changes(
            score(TWO),
            "KEN",
            "modrate",
            costs={"1.1": 0.0, "RF99": 1.0},
            locked=["9.x"],
            lead_times={"1.1": -1.0},
            within=-1.0,
            alternatives=-1,
        )
    assert len(caught.value.problems) == 7
    assert "did you mean 'moderate'" in str(caught.value)
    with pytest.raises(InputError, match="has no upper limit"):
        smallest_changes(score(TWO), "KEN", "very high")
    with pytest.raises(InputError, match="within needs lead_times"):
        smallest_changes(score(TWO), "KEN", "low", within=1.0)
    gate = DEFAULT.replace(name="gate", inhibition={"form": "gate"})
    with pytest.raises(InputError, match="damping and ratio are"):
        smallest_changes(score(TWO, profile=gate), "KEN", "low")
    with pytest.raises(InputError) as caught:
        smallest_changes(
            score(TWO), "KEN", "low", costs=[1], locked=None, within="2", alternatives=1.5
        )
    assert len(caught.value.problems) == 5


# what to collect next

APART = load_priors().replace(unknown={"together": 0.0})
BANDS = [{"name": "low", "from": 0.0}, {"name": "high", "from": 0.5}]


def test_one_unknown_that_decides():
    # factor 4 has few indicators: all but one rated, every other factor does not apply
    framework = load_framework("un-foa-2014")
    cells = {i.id: "not applicable" for i in framework.indicators}
    names = [i.id for i in framework.factors[3].indicators]
    cells |= dict.fromkeys(names, 0.5) | {names[0]: "unknown"}
    profile = DEFAULT.replace(name="two", bands=BANDS, exponents={"within": 1.0})
    found = collect_next(score(panel_of(**cells), profile=profile), "KEN", draws=4000)
    assert found.table["indicator"].tolist() == [names[0]]
    # all others are at 0.5, so the band is high exactly where the word is moderate or more. The
    # level is even on 0 to 1 and the words binomial: all five alike, so high has 3 / 5
    assert found.bands["high"] == pytest.approx(0.6, abs=4 * found.wrong_error)
    assert found.best == "high"
    assert found.wrong == pytest.approx(0.4, abs=4 * found.wrong_error)
    # once it is known nothing is left to doubt
    assert found.table["wrong"].iloc[0] == pytest.approx(0.0, abs=1e-12)
    assert found.table["gain"].iloc[0] == pytest.approx(found.wrong)


def test_more_weight_more_gain_and_no_gain_from_nothing():
    ratings = dict.fromkeys((f"{k}.1" for k in range(1, 15)), 0.45)
    profile = DEFAULT.replace(
        name="heavy",
        bands=[{"name": "low", "from": 0.0}, {"name": "high", "from": 0.47}],
        weights={"indicators": {"3.2": 40.0, "4.2": 0.0}, "factors": {"RF3": 8.0}},
    )
    found = collect_next(score(panel_of(**ratings), profile=profile), "KEN", priors=APART)
    table = found.table.set_index("indicator")
    assert found.table["indicator"].iloc[0] == "3.2"
    assert not table.loc["4.2", "tied"]
    assert abs(table.loc["4.2", "gain"]) < 4 * table.loc["4.2", "error"] + 0.02
    assert table["wrong"].to_numpy() == pytest.approx(found.wrong - table["gain"].to_numpy())
    again = collect_next(score(panel_of(**ratings), profile=profile), "KEN", priors=APART)
    pd.testing.assert_frame_equal(found.table, again.table)


def test_all_known_leaves_nothing_to_collect():
    names = [i.id for i in load_framework("un-foa-2014").indicators]
    found = collect_next(score(panel_of(**dict.fromkeys(names, 0.5))), "KEN", draws=200)
    assert len(found.table) == 0
    assert (found.wrong, found.best) == (0.0, "high")


def test_faults_of_collect_next():
    with pytest.raises(InputError) as caught:
        collect_next(score(TWO), "KEM", draws=10, rng=-1)
    assert len(caught.value.problems) == 3
    for draws in ("2000", 2000.5, np.nan):
        with pytest.raises(InputError, match="whole number, 200 or more"):
            collect_next(score(TWO), "KEN", draws=draws)
    nothing = dataclasses.replace(
        TWO,
        ratings=np.full_like(TWO.ratings, np.nan),
        states=np.full_like(TWO.states, CellState.FAILED),
    )
    with pytest.raises(InputError, match="no risk indicator is rated"):
        collect_next(score(nothing), "KEN")


def test_a_whole_factor_is_worth_no_less_than_its_best_indicator():
    half = {f"{k}.{i}": 0.45 for k in range(1, 15) for i in (1, 2)}
    found = collect_next(score(panel_of(**half)), "KEN", priors=APART)
    best = found.table.groupby("factor")["narrows"].max()
    whole = found.factors.set_index("factor")["narrows"]
    assert (whole.loc[best.index] >= best - 0.01).all()
    # what is independent narrows no more than all there is, together
    assert 0.8 < whole.sum() < 1.3
    counts = found.table["factor"].value_counts()
    assert found.factors.set_index("factor")["unknown"].to_dict() == counts.to_dict()
    assert "To find out first, by factor" in repr(found)
    # where levels go together, every factor tells something of the others
    together = collect_next(score(panel_of(**half)), "KEN", draws=5000)
    assert together.factors["narrows"].min() > 2 * found.factors["narrows"].max()
    assert together.wrong > found.wrong


def test_the_latest_period_is_taken_and_variances_play_no_part():
    frame = pd.DataFrame({"unit": "KEN", "year": [2007, 2008, 2009], "1.1": [0.2, 0.9, np.nan]})
    panel = read_panel(frame)
    panel = dataclasses.replace(panel, variance=np.full(panel.ratings.shape, 0.01))
    found = smallest_changes(score(panel), "KEN", "low")
    assert (found.period, found.before) == ("2008", pytest.approx(0.9))
    assert what_if(score(panel), {"1.1": 0.1}, unit="KEN").period == "2008"
    assert collect_next(score(panel), "KEN", draws=200).period == "2008"


def test_forms_that_need_every_factor_take_rows_whose_unknown_ones_nothing_holds_down():
    # kappa of factors 10 to 14 is 0: unknown or not, nothing is held down there
    known = {f"{k}.1": 0.75 for k in range(1, 10)} | {"SGS2.1": 0.5}
    for form in ("subtractive", "gate"):
        profile = DEFAULT.replace(name="bent", inhibition={"form": form, "gate": 0.5})
        found = smallest_changes(score(panel_of(**known), profile=profile), "KEN", "high")
        assert found.possible


def test_what_is_shown_of_a_what_if():
    text = repr(what_if(score(TWO), {"7.1": 0.2, "1.1": "unknown"}, unit="KEN"))
    assert "Kenya (KEN), 2008: what if" in text
    assert "Unknown before: 7.1. What they add is knowledge, no change." in text
    assert re.search(r"1\.1 .* 0\.80 +unknown", text)
    assert re.search(r"Risk +0\.600 +0\.300 +-0\.300", text)
