"""The contrast of a row with its twins: distances, intervals, time, and what it says."""

import dataclasses
import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from r2prisk import read_panel, score
from r2prisk.about import CAUTION
from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.evidence import load_casebook
from r2prisk.evidence.casebook import CODING
from r2prisk.forecasting import read_onsets
from r2prisk.prevention import Followed, casebook_history, contrast, what_followed
from r2prisk.prevention.contrasts.compare import GRAIN, gaps, grouped, ranges
from r2prisk.prevention.contrasts.near import distances
from r2prisk.prevention.contrasts.tell import digits_of
from r2prisk.prevention.contrasts.twins import REASONS, kin
from r2prisk.prevention.contrasts.words import load_words
from r2prisk.reporting.figures import contrast as draw
from r2prisk.reporting.figures.words import load_phrases

RISK = [f"{k}.1" for k in range(1, 12)]
HOLDS = [f"SGS{k}.1" for k in range(1, 7)]
UNITS = [
    "ALB",
    "ARG",
    "AUT",
    "BEL",
    "BGR",
    "BOL",
    "BRA",
    "CHL",
    "COL",
    "CYP",
    "DNK",
    "ECU",
    "EGY",
    "ESP",
]
YEARS = range(2000, 2012)


def table(seed=0):
    """Return countries of nearly one risk, a row for each year."""
    rng = np.random.default_rng(seed)
    rows = [(u, y) for u in UNITS for y in YEARS]
    frame = pd.DataFrame(rows, columns=["unit", "year"])
    frame[RISK] = (0.5 + 0.1 * rng.uniform(-1, 1, (len(rows), len(RISK)))).round(3)
    frame[HOLDS] = rng.uniform(0.2, 0.8, (len(rows), len(HOLDS))).round(3)
    return frame


EPISODES = pd.DataFrame(
    {"unit": ["ALB", "BEL", "BRA", "CYP"], "first": [2004, 2005, 2003, 2011], "last": 2011}
)


def onsets(episodes=EPISODES):
    return read_onsets(episodes, first=1990, known=2016)


def made(frame, episodes=EPISODES):
    scores = score(read_panel(frame), profile="evidence")
    return scores, what_followed(scores, onsets(episodes), horizon=3)


@pytest.fixture(scope="module")
def small():
    return made(table())


@pytest.fixture(scope="module")
def book():
    return casebook_history()


# what followed


def test_what_followed_waits_for_the_whole_horizon(small):
    scores, followed = small
    frame = followed.to_frame()
    # an onset in 2004: the three years before it, and none of it or later
    assert frame.loc["ALB", "followed"].tolist() == [0, 1, 1, 1, *[0] * 8]
    assert frame.loc[("ALB", "2002"), "when"] == pd.Period("2004")
    # both ends are told when the horizon is over, or the latest years would hold onsets alone
    assert (frame["known"] == pd.PeriodIndex(scores.index.get_level_values(1)) + 3).all()
    assert frame.loc["ALB", "under_way"].tolist() == [0] * 4 + [1] * 8
    with pytest.raises(InputError, match="state has 3 rows, the index"):
        dataclasses.replace(followed, state=followed.state[:3])


def test_a_state_with_two_codes_has_one_history_and_one_that_ended_none():
    years = {"SUN": range(1985, 1992), "RUS": range(1992, 1996), "CSK": range(1985, 1993)}
    rows = [(unit, year, 0.5) for unit, span in years.items() for year in span]
    scores = score(read_panel(pd.DataFrame(rows, columns=["unit", "year", "1.1"])))
    listed = pd.DataFrame({"unit": ["RUS"], "first": [1994], "last": [1996]})
    found = what_followed(scores, read_onsets(listed, first=1980, known=2014)).to_frame()
    # Chechnya 1994 came within five years of the Soviet Union of 1989
    assert found.loc["SUN", "followed"].tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert found.loc[("SUN", "1990"), "when"] == pd.Period("1994")
    # Czechoslovakia ended in 1992: what it would have done in 1993 nobody knows
    assert found.loc["CSK", "followed"].isna().tolist() == [False] * 3 + [True] * 5
    other = pd.DataFrame({"unit": ["SUN"], "first": [1994], "last": [1996]})
    again = what_followed(scores, read_onsets(other, first=1980, known=2014)).to_frame()
    assert again.loc["RUS", "under_way"].tolist() == [0, 0, 1, 1]


# the twins


def test_twins_are_near_in_risk_and_never_of_the_country_itself(small):
    scores, followed = small
    found = contrast(scores, followed, "ARG", 2010)
    values = scores.to_frame().filter(regex=r"^RF\d+$").dropna(axis=1)
    for twin in found.twins.itertuples():
        gap = values.loc[("ARG", "2010")] - values.loc[(twin.unit, str(twin.period))]
        assert twin.distance == pytest.approx(np.sqrt((gap**2).sum() / 11))
    assert found.twins["distance"].is_monotonic_increasing
    assert found.twins["distance"].max() <= 0.15
    assert "ARG" not in set(found.twins["unit"])
    # of what was there by 2010 each row is counted once
    assert sum(found.left_out.values()) + len(found.twins) == len(UNITS) * 11
    later = contrast(scores, followed, "ARG", 2010, hindsight=True)
    assert sum(later.left_out.values()) + len(later.twins) == len(scores)
    assert tuple(found.left_out) == REASONS


def test_near_years_of_one_country_are_one_twin(small):
    found = contrast(*small, "ARG", 2010)
    gaps_of = [np.diff(np.sort(rows["period"].dt.year)) for _, rows in found.twins.groupby("unit")]
    assert any(len(gap) for gap in gaps_of)
    assert all((gap >= 3).all() for gap in gaps_of)
    assert found.left_out["near"] > 0


def test_states_that_came_out_of_one_another_are_no_twins():
    assert kin("SSD") == {"SSD", "SDN"}
    assert kin("SDN") == {"SSD", "SDN"}
    # Russia continues the Soviet Union: Ukraine came out of both, Georgia beside it
    assert kin("UKR") == {"UKR", "SUN", "RUS"}
    assert {"SUN", "UKR", "GEO"} <= kin("RUS")
    frame = table().replace({"unit": {"ARG": "SDN", "AUT": "SSD"}})
    found = contrast(*made(frame), "SSD", 2010)
    assert not {"SDN", "SSD"} & set(found.twins["unit"])
    assert found.left_out["own"] == 2 * 11  # 2000 to 2010


def test_rows_in_an_episode_and_rows_with_an_open_end_are_no_twins(small):
    scores, followed = small
    found = contrast(scores, followed, "ARG", 2010)
    keys = list(zip(found.twins["unit"], found.twins["period"], strict=True))
    frame = followed.to_frame().loc[keys]
    assert (frame["under_way"] == 0).all()
    assert (frame["known"] <= pd.Period("2010")).all()
    later = contrast(scores, followed, "ARG", 2010, hindsight=True)
    assert later.left_out["later"] == 0
    assert later.twins["period"].max() > pd.Period("2007")
    assert later.sentences()[1].startswith("WITH HINDSIGHT")
    assert "known by the end of 2010" in found.sentences()[1]


@settings(max_examples=2)
@given(seed=st.integers(0, 10_000), unit=st.sampled_from(UNITS))
def test_nothing_leaks_in_from_after_the_period(small, seed, unit):
    before = table()
    other = table(seed + 1)
    late = before["year"] > 2008
    frame = before.where(~late, other)
    frame.loc[late, RISK] = np.where(seed % 2, 0.5, frame.loc[late, RISK])
    # a record that ends earlier for some, and knows countries that came later
    new = frame[late].head(3).assign(unit="FRA")
    short = frame["unit"].isin(["AUT", "CHL"]) & (frame["year"] > 2009)
    frame = pd.concat([frame[~short], new])
    # other onsets after the period, and fewer
    episodes = pd.DataFrame(
        {"unit": ["ALB", "BEL", "BRA", "ESP"], "first": [2004, 2005, 2003, 2009], "last": 2013}
    )
    then = contrast(*small, unit, 2008)
    now = contrast(*made(frame, episodes), unit, 2008)
    assert repr(now) == repr(then)
    pd.testing.assert_frame_equal(now.to_frame(), then.to_frame())
    pd.testing.assert_frame_equal(now.balance, then.balance)
    pd.testing.assert_frame_equal(now.outside, then.outside)
    assert (now.left_out, now.countries) == (then.left_out, then.countries)


def test_row_order_changes_nothing(small):
    scores, _ = small
    order = np.random.default_rng(3).permutation(len(scores))
    other = score(scores.panel.take(order), profile="evidence")
    found = contrast(other, what_followed(other, onsets(), horizon=3), "ARG", 2010)
    pd.testing.assert_frame_equal(found.twins, contrast(*small, "ARG", 2010).twins)


def test_distance_is_symmetric():
    one, other = np.array([0.1, np.nan, 0.5, 0.9]), np.array([0.4, 0.2, np.nan, 0.5])
    # root ((0.09 + 0.16) / 2), over the two that both have
    there, back = distances(one[None], other), distances(other[None], one)
    assert there[0] == pytest.approx(np.sqrt(0.125))
    assert (there[0], there[1]) == (back[0], back[1]) == (there[0], [2])
    assert distances(np.full((1, 4), np.nan), one)[0] == np.inf


# the numbers


def test_a_country_counts_once_however_many_twins_it_has():
    names = np.array(["A", "A", "B", "C"], dtype=object)
    found = grouped(np.array([[0.1], [0.5], [0.6], [np.nan]]), names)
    # means 0.3 and 0.6; C is unknown, and no zero
    assert found.mean == pytest.approx([0.45])
    assert found.countries.tolist() == [2]
    assert found.error == pytest.approx([np.sqrt(0.045 / 2)])
    # single twins: ((0.35^2 + 0.05^2) / 2 + 0.15^2) / (2 - 1)
    assert found.spread == pytest.approx([np.sqrt(0.0625 + 0.0225)])
    assert (found.least, found.most) == ([0.1], [0.6])
    equal = grouped(np.full((3, 1), 0.5), np.array(list("ABC"), dtype=object))
    assert equal.spread == pytest.approx([0.25 / np.sqrt(12)])


def test_intervals_are_those_of_the_formulas():
    names = np.array(list("ABCD"), dtype=object)
    calm = grouped(np.array([[0.6, 0.5], [0.8, 0.5], [0.7, 0.5], [0.9, 0.5]]), names)
    other = grouped(np.array([[0.2, 0.5], [0.3, 0.5], [0.4, 0.5]]), names[:3])
    found = gaps(np.array([0.8, np.nan]), calm, other, confidence=0.95)
    # two between the groups, and of the first item the row beside each: four intervals
    assert found.comparisons == 4
    q = 1 - 0.05 / (2 * 4)
    # variances 0.05 / 3 and 0.01; together (0.05 + 0.02) / 5 = 0.014, which the second takes
    v0, v1 = 0.05 / 3, 0.014
    free = min((v0 / 4 + v1 / 3) ** 2 / ((v0 / 4) ** 2 / 3 + (v1 / 3) ** 2 / 5), 5)
    half = stats.t.ppf(q, free) * np.sqrt(v0 / 4 + v1 / 3)
    assert found.between.value[0] == pytest.approx(0.45)
    assert found.between.low[0] == pytest.approx(0.45 - half)
    assert found.between.high[0] == pytest.approx(min(0.45 + half, 1.0))
    # equal ratings are not equal countries
    same = stats.t.ppf(q, 5) * GRAIN * np.sqrt(1 / 4 + 1 / 3)
    assert found.between.high[1] == pytest.approx(same)
    # one more such twin: 0.8 - 0.3, and no rating is below 0 or above 1
    one = stats.t.ppf(q, 2) * 0.1 * np.sqrt(1 + 1 / 3)
    assert found.own_followed.low[0] == pytest.approx(max(0.5 - one, -0.2))
    assert found.own_followed.high[0] == pytest.approx(min(0.5 + one, 0.8))
    assert np.isnan(found.own_followed.low[1])
    low, high = ranges(other, confidence=0.95, count=2)
    wide = stats.t.ppf(1 - 0.05 / 4, 2) * 0.1 / np.sqrt(3)
    assert (low[0], high[0]) == pytest.approx((max(0.3 - wide, 0), min(0.3 + wide, 1)))


def test_a_row_within_the_range_of_its_twins_does_not_differ_from_them():
    values = np.array([[0.9]] * 30 + [[0.0]])
    names = np.array([f"C{n}" for n in range(31)], dtype=object)
    found = gaps(np.array([0.05]), grouped(values, names), grouped(values[:0], names[:0]))
    assert found.own_calm.high[0] == pytest.approx(0.05)
    assert not found.own_calm.differs[0]
    turned = gaps(np.array([0.95]), grouped(1 - values, names), grouped(values[:0], names[:0]))
    assert turned.own_calm.low[0] == pytest.approx(-0.05)


def test_two_countries_are_too_few_for_an_interval():
    names = np.array(list("ABCD"), dtype=object)
    calm = grouped(np.linspace(0.1, 0.9, 4)[:, None], names)
    few = grouped(np.array([[0.2], [0.8]]), names[:2])
    found = gaps(np.array([0.5]), calm, few)
    assert found.comparisons == 1
    assert np.isnan(found.between.low[0])
    assert np.isnan(found.own_followed.high[0])
    assert found.between.value[0] == pytest.approx(0.0)


def test_swapped_ends_mirror_the_intervals(small):
    scores, followed = small
    swapped = dataclasses.replace(
        followed, state=np.where(followed.state < 0, -1, 1 - followed.state)
    )
    one, other = (contrast(scores, f, "ARG", 2010).factors for f in (followed, swapped))
    assert one["followed_countries"].min() >= 3
    np.testing.assert_allclose(one["between"], -other["between"])
    np.testing.assert_allclose(one["between_low"], -other["between_high"])
    np.testing.assert_allclose(one["own_calm_low"], other["own_followed_low"])
    np.testing.assert_allclose(one["calm_high"], other["followed_high"])


def test_every_interval_holds_its_number(small):
    found = contrast(*small, "ARG", 2010)
    for table_of in (found.factors, found.indicators):
        for name in ("calm", "followed", "between", "own_calm", "own_followed"):
            known = table_of[table_of[f"{name}_low"].notna()]
            assert len(known)
            assert (known[f"{name}_low"] <= known[name] + 1e-12).all()
            assert (known[name] <= known[f"{name}_high"] + 1e-12).all()


def test_balance_is_measured_in_deviations_of_all_that_could_be_twins(small):
    scores, followed = small
    found = contrast(scores, followed, "ARG", 2010)
    frame = followed.to_frame()
    could = (
        (frame["known"] <= pd.Period("2010"))
        & (frame["under_way"] == 0)
        & (frame.index.get_level_values("unit") != "ARG")
    )
    spread = scores.to_frame().loc[could.to_numpy(), "RF1"].std()
    values = scores.to_frame()["RF1"]
    keys = list(zip(found.twins["unit"], found.twins["period"], strict=True))
    twins = found.twins.assign(value=values.loc[keys].to_numpy())
    means = twins.groupby(["followed", "unit"])["value"].mean().groupby("followed").mean()
    row = found.balance.loc["RF1"]
    assert row["groups"] == pytest.approx((means[0] - means[1]) / spread)
    assert bool(row["groups_unalike"]) == (abs(row["groups"]) > 0.25)
    everybody = twins.groupby("unit")["value"].mean().mean()
    assert row["row"] == pytest.approx((row["own"] - everybody) / spread)


def test_what_has_nothing_to_do_with_the_end_is_seldom_called():
    rng = np.random.default_rng(8)
    called, worlds = 0, 200
    for _ in range(worlds):
        # five words, and a country's twins are alike
        level = rng.normal(0.5, 0.15, (18, 6))
        twins = np.repeat(level, 2, axis=0) + rng.normal(0, 0.08, (36, 6))
        rated = (4 * twins.clip(0, 1)).round() / 4
        names = np.repeat([f"C{n}" for n in range(18)], 2).astype(object)
        calm, other = (grouped(rated[part], names[part]) for part in (slice(2, 26), slice(26, 36)))
        found = gaps(rated[0], calm, other)
        parts = (found.between, found.own_calm, found.own_followed)
        called += any(part.differs.any() for part in parts)
        assert found.comparisons == 18
    # at most one in twenty, and three standard errors of 200 worlds
    assert called / worlds <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / worlds)


def test_what_differs_is_called():
    frame = table()
    escalated = made(frame)[1].state == 1
    frame["SGS2.1"] = np.where(escalated, 0.2, 0.8) + np.linspace(0, 0.05, len(frame))
    found = contrast(*made(frame), "ARG", 2010)
    assert "calm - followed" in found.factors.loc["SGS2", "differs"]
    assert found.factors.drop("SGS2")["differs"].eq("").all()
    said = " ".join(found.sentences())
    assert "SGS2 Democracy (calm minus escalated) +0." in said
    assert found.rematch is not None
    assert not found.rematch.changed
    assert "What differs stays the same." in said
    texts = repr(found).split("\n")
    assert next(text for text in texts if text.startswith("SGS2 ")).endswith("yes")
    assert max(map(len, texts)) <= 100


# what it says


def test_where_no_twin_escalated_the_nearest_that_did_is_named():
    frame = table()
    high = frame["unit"].isin(EPISODES["unit"])
    frame.loc[high, RISK] += 0.3
    found = contrast(*made(frame), "ARG", 2010)
    assert not found.twins["followed"].any()
    near = found.outside[found.outside["followed"] == 1].iloc[0]
    assert near["distance"] > 0.15
    said = " ".join(found.sentences())
    assert f"The nearest row that did: {near['country']}, {near['period']}" in said
    assert "What twins that stayed calm have most of" in said
    assert found.factors["own_calm_low"].notna().all()
    alone = contrast(*made(frame), "ARG", 2010, caliper=0.001)
    assert "nothing can be compared" in " ".join(alone.sentences())
    assert draw(alone).notes[0].startswith("Without twins nothing can be compared.")


def test_the_figure_says_that_nothing_could_be_compared(book):
    found = contrast(*book, "KEN", "2013-02", hindsight=True)
    assert found.comparisons["factors"] == 0
    assert draw(found).notes[0].startswith("Too few countries to compare. Whether")


def test_a_row_that_a_nearer_year_stands_for_is_not_called_far(small):
    scores, followed = small
    # of one country the nearest row stayed calm, and the year beside it did not
    base = contrast(scores, followed, "ARG", 2010).twins.iloc[0]
    near = [str(base["period"]), str(base["period"] + (1 if base["period"].year < 2007 else -1))]
    state = np.where(followed.state < 0, -1, 0).astype(np.int8)
    state[list(scores.index).index((base["unit"], pd.Period(near[1])))] = 1
    found = contrast(scores, dataclasses.replace(followed, state=state), "ARG", 2010)
    assert not found.twins["followed"].any()
    said = " ".join(found.sentences())
    assert "A nearer row of that country, which stayed calm, stands for it." in said
    assert "farther than a twin may be" not in said


def test_the_other_match_leaves_out_what_already_is_missing_resilience():
    frame = table()
    # alike but for RF3 and RF6
    frame.loc[frame["unit"] == "AUT", ["3.1", "6.1"]] = 1.0
    found = contrast(*made(frame), "ARG", 2010)
    assert "AUT" not in set(found.twins["unit"])
    assert found.rematch is not None
    assert found.rematch.without == ("RF3", "RF6")
    assert "AUT" in set(found.rematch.twins["unit"])


def test_what_cannot_be_contrasted_is_refused_with_all_faults(small):
    scores, followed = small
    with pytest.raises(InputError) as error:
        contrast(scores, followed, "ARQ", 2010, caliper=0, confidence=2)
    assert len(error.value.problems) == 3
    with pytest.raises(InputError, match=r"no period '2030' for ARG.*nearest 2011"):
        contrast(scores, followed, "ARG", 2030)
    other, _ = made(table().iloc[:24])
    with pytest.raises(InputError, match="is not of these rows"):
        contrast(other, followed, "ARG", 2010)
    # ten indicators are too little for a band of the default profile
    thin = score(scores.panel)
    with pytest.raises(InputError, match="of the weight of risk is rated"):
        contrast(thin, what_followed(thin, onsets()), "ARG", 2010)
    bare = table()
    bare.loc[bare["unit"] == "ARG", RISK[4:]] = np.nan
    with pytest.raises(InputError, match="4 risk factors are rated, 5 are needed"):
        contrast(*made(bare), "ARG", 2010)
    with pytest.raises(InputError, match="language is 'eng'"):
        contrast(scores, followed, "ARG", 2010).sentences("eng")


def test_of_a_record_the_horizon_is_told_and_no_more(small):
    scores, followed = small
    found = contrast(scores, followed, "CYP", 2007, hindsight=True)
    # its onset of 2011 lies behind the horizon
    assert "In Cyprus itself no onset came within 3 years after 2007." in found.sentences()
    assert not any("did not escalate" in text for text in found.sentences())
    after = contrast(scores, followed, "CYP", 2010, hindsight=True)
    assert "In Cyprus itself an onset came within 3 years after 2010." in after.sentences()
    one = what_followed(scores, onsets(), horizon=1)
    assert "an onset within 1 year)" in contrast(scores, one, "ARG", 2010).sentences()[2]


def test_an_unknown_episode_is_no_quiet(small):
    scores, followed = small
    twin = contrast(scores, followed, "ARG", 2010).twins.iloc[0]
    under_way = followed.under_way.copy()
    for key in (("ARG", pd.Period("2010")), (twin["unit"], twin["period"])):
        under_way[list(scores.index).index(key)] = -1
    found = contrast(scores, dataclasses.replace(followed, under_way=under_way), "ARG", 2010)
    assert (found.under_way, found.unsure) == (None, 1)
    said = " ".join(found.sentences())
    assert "Whether an episode was under way in Argentina then is not in this record." in said
    assert "it is unknown whether an episode was under way: 1. They count as quiet." in said


def test_who_is_weaker_all_over_has_more_in_no_part(small):
    frame = table()
    frame.loc[frame["unit"] == "ARG", HOLDS] = 0.1
    said = " ".join(contrast(*made(frame), "ARG", 2010).sentences())
    assert "Beside them Argentina has less in " in said
    assert "has more in" not in said


def test_another_framework_may_call_something_else_rf3(small):
    scores, followed = small
    mine = scores.risk_framework
    factors = tuple(
        f.model_copy(update={"title": "Drought"}) if f.id == "RF3" else f for f in mine.factors
    )
    own = dataclasses.replace(scores, risk_framework=mine.model_copy(update={"factors": factors}))
    again = contrast(own, followed, "ARG", 2010).rematch
    assert again is not None
    assert again.without == ("RF6",)


def test_unknown_looks_unknown(small):
    frame = table()
    frame.loc[frame["unit"] == "ARG", "SGS4.1"] = np.nan
    found = contrast(*made(frame), "ARG", 2010)
    assert "Unknown of Argentina itself: SGS4." in " ".join(found.sentences())
    assert np.isnan(found.factors.loc["SGS4", "own_calm"])
    line = next(text for text in repr(found).split("\n") if text.startswith("SGS4 "))
    assert line.split()[3] == "?"


def test_of_whose_resilience_too_little_is_rated_it_is_no_number():
    frame = table()
    frame = pd.concat([frame.assign(**{f"SGS{k}.2": 0.5 for k in range(1, 7)})])
    # one indicator of some forty is left: below the 5 % that this profile asks for
    thin = frame["unit"].isin(["ARG", "AUT"])
    frame.loc[thin, [c for c in frame if c.startswith("SGS") and c != "SGS3.1"]] = np.nan
    scores, followed = made(frame)
    share = scores.to_frame()["resilience_coverage"]
    assert share["ARG"].max() < scores.profile.missing.band_coverage < share["CHL"].min()
    found = contrast(scores, followed, "ARG", 2010)
    assert "resilience ? (too little of it is rated);" in found.sentences()[0]
    blank = found.twins.set_index("unit")[["residual", "resilience"]].isna()
    assert blank.loc[blank.index == "AUT"].all(axis=None)
    assert not blank.loc[blank.index != "AUT"].any(axis=None)
    assert set(blank.index) > {"AUT"}
    # what is rated is compared all the same
    assert found.factors.loc["SGS3", "own"] == pytest.approx(
        scores.to_frame()["SGS3"]["ARG"].iloc[-2]
    )


def test_how_many_countries_are_in_both_groups_is_told(small):
    found = contrast(*small, "ARG", 2010)
    sides = [set(found.twins.loc[found.twins["followed"] == mark, "unit"]) for mark in (0, 1)]
    both = len(sides[0] & sides[1])
    assert both > 0
    assert found.sentences()[2].endswith(f"Countries in both groups: {both}.")
    alone = contrast(*made(table(), EPISODES.iloc[[3]]), "ARG", 2007)
    assert not any("both groups" in text for text in alone.sentences())


def test_paragraphs_are_the_sentences_in_four_parts(small, book):
    found = contrast(*small, "ARG", 2010)
    compared, differs, beside, sure = found.paragraphs("fr")
    assert [*compared, *differs, *beside, *sure] == found.sentences("fr")
    assert compared[0].startswith("Argentine, 2010")
    assert differs[0].startswith("Facteurs de résilience")
    assert beside[0].startswith("Ce que les jumeaux restés calmes")
    assert sure[-1].startswith("Un contraste n'est pas une cause")
    alone = contrast(*small, "ARG", 2010, caliper=0.001)
    assert alone.paragraphs()[1:3] == [[], []]
    last = contrast(*book, "KEN", "2013-02").paragraphs("es")[3]
    assert "Codificación ilustrativa" in " ".join(last)
    assert f"menos de 6 factores de riesgo valorados: {book[1].thin}." in " ".join(last)


def test_an_interval_that_leaves_out_zero_is_not_printed_with_it():
    assert [digits_of(0.00044, 0.4), digits_of(-0.4, -0.004), digits_of(0.0, 0.4)] == [4, 3, 2]
    frame = table()
    escalated = made(frame)[1].state == 1
    frame["SGS2.1"] = np.where(escalated, 0.2, 0.8) + np.linspace(0, 0.05, len(frame))
    found = contrast(*made(frame), "ARG", 2010)
    near = found.factors.copy()
    near.loc["SGS2", ["between_low", "between", "between_high"]] = 0.0012, 0.2104, 0.4196
    texts = dataclasses.replace(found, factors=near)
    assert "+0.210, +0.001 to +0.420" in " ".join(texts.sentences())
    assert "+0.210 (+0.001 to +0.420)" in repr(texts)


def test_what_is_not_told_is_said_to_be_so(small, book):
    ghana = " ".join(contrast(*book, "GHA", "2012-12", hindsight=True).sentences())
    assert "of Ghana too few other risk factors are known (known: 4; needed: 5)" in ghana
    assert "Resilience factors rated in at least 3 of their countries: 2." in ghana
    frame = table()
    frame.loc[frame["unit"] == "ARG", ["3.1", "6.1"]] = np.nan
    found = contrast(*made(frame), "ARG", 2010)
    assert found.rematch is None
    assert "unknown of Argentina, they play no part" in " ".join(found.sentences())
    alone = " ".join(contrast(*small, "ARG", 2010, caliper=0.001).sentences())
    assert "missing resilience, no row of another country is near enough." in alone


def test_a_country_without_scores_is_not_taken_for_a_slip(small):
    with pytest.raises(
        InputError, match=r"FRA \(France\) is not in the scores; these are: ALB, "
    ) as e:
        contrast(*small, "FRA", 2010)
    assert "did you mean" not in str(e.value)
    with pytest.raises(InputError, match=r"no unit 'ARQ'; these are: .*ESP; did you mean 'ARG'\?"):
        contrast(*small, "ARQ", 2010)


def test_risk_factors_that_are_not_alike_have_their_titles(small):
    found = contrast(*small, "ARG", 2010)
    told = next(text for text in found.sentences() if "is not quite like its twins" in text)
    far = found.balance[found.balance["row_unalike"]]["row"].abs().nlargest(3).index
    assert told.count(";") == min(len(far), 3) - 1
    assert all(f"{name} {found.balance.loc[name, 'title'][:12]}" in told for name in far)


def test_text_is_a_hundred_wide_and_html_is_escaped(small):
    found = contrast(*small, "ARG", 2010)
    assert max(map(len, repr(found).split("\n"))) <= 100
    assert "A contrast is no cause" in " ".join(repr(found).split())
    hostile = dataclasses.replace(found, factors=found.factors.assign(title="<b>x</b>"))
    assert "<b>x" not in hostile._repr_html_()
    assert "&lt;b&gt;x" in hostile._repr_html_()


def test_closed_evidence_is_told(small):
    scores, followed = small
    assert not contrast(scores, followed, "ARG", 2010).closed
    note = "3 rows restricted or confidential: not for a wider circle"
    panel = dataclasses.replace(scores.panel, notes=(note,))
    found = contrast(score(panel, profile="evidence"), followed, "ARG", 2010)
    assert found.sentences()[-1].startswith("Made with restricted evidence")


# phrases and declarations


def test_phrases_ask_for_the_same_in_all_languages():
    for name, texts in load_words().sentences.items():
        asked = {
            language: {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for language, text in texts.items()
        }
        assert set(asked) == {"en", "fr", "es"}, name
        assert asked["en"] == asked["fr"] == asked["es"], name


def test_shared_phrases_are_the_same_everywhere():
    texts = load_words().sentences
    assert texts["caution"] == load_phrases().common["caution"]
    assert (texts["caution"]["en"], texts["coding"]["en"]) == (CAUTION, CODING)


def test_declared_names_are_in_the_catalogue_and_the_casebook():
    words, cases = load_words(), load_casebook()
    factors = {factor.id for factor in load_framework("un-foa-2014").factors}
    assert set(words.missing_resilience) <= factors
    assert set(words.crimes) == {name for name, case in cases.items() if case.outcome == "stopped"}
    for name, span in words.crimes.items():
        end = pd.Period(cases[name].outcome_date, "M")
        assert pd.Timestamp(cases[name].first, 1, 1) <= pd.Period(span.first, "M").start_time
        assert pd.Period(span.last, "M") < end


@pytest.mark.parametrize("language", ["fr", "es"])
def test_sentences_speak_the_language(small, language):
    found = contrast(*small, "ARG", 2010)
    texts = found.sentences(language)
    assert len(texts) == len(found.sentences())
    assert not any("{" in text or "twins" in text for text in texts)


# the casebook


def test_moments_of_the_casebook_are_before_the_end_and_rated_enough(book):
    scores, followed = book
    frame = followed.to_frame().reset_index()
    assert (frame["period"] < frame["known"]).all()
    assert frame["unit"].nunique() == 13
    assert (scores.to_frame().filter(regex=r"^RF\d+$").notna().sum(axis=1) >= 6).all()
    kenya = frame[frame["unit"] == "KEN"].set_index("period")
    # on the eve of the violence of 2008 it was still to come; that of 2013 did not come
    assert kenya.loc["2006-06", "followed"] == 1
    assert str(kenya.loc["2006-06", "known"]) == "2007-12"
    assert kenya.loc["2007-12", "under_way"] == 1
    assert kenya.loc["2013-02", "followed"] == 0
    assert isinstance(followed, Followed)
    with pytest.raises(InputError, match="did you mean 'quarter'"):
        casebook_history(every="quater")


EVES = {
    "KEN": "2013-02",
    "GHA": "2013-07",
    "MKD": "2002-08",
    "GIN": "2010-11",
    "KGZ": "2013-11",
    "CIV": "2015-09",
}


@pytest.mark.parametrize("unit", EVES)
def test_histories_that_did_not_escalate_can_be_contrasted(book, unit):
    scores, followed = book
    then = contrast(scores, followed, unit, EVES[unit])
    later = contrast(scores, followed, unit, EVES[unit], hindsight=True)
    # each other history gives one moment at the most
    assert later.twins["unit"].is_unique
    assert unit not in set(later.twins["unit"])
    assert set(then.twins["unit"]) <= set(later.twins["unit"])
    known = followed.to_frame()["known"]
    keys = list(zip(then.twins["unit"], then.twins["period"], strict=True))
    assert all(known.loc[key] <= pd.Period(EVES[unit], "M") for key in keys)
    if unit == "KEN":
        # without RF3 and RF6 half of the twins escalated, with them none
        assert later.rematch is not None
        assert (len(later.twins), later.twins["followed"].sum()) == (2, 0)
        assert (len(later.rematch.twins), later.rematch.twins["followed"].sum()) == (8, 4)
        assert "With them none did" in " ".join(later.sentences())
    assert later.end is False
    assert then.end is None
    assert "13 histories" in " ".join(later.sentences())


# the figure


def test_the_figure_draws_what_is_known_and_says_what_is_not(small, book, needs_extra):
    needs_extra("altair")
    found = contrast(*small, "ARG", 2010)
    figure = found.plot.contrast()
    assert figure.data.groupby("factor").size().tolist() == [3] * 6
    row = figure.data.set_index(["factor", "series"]).loc[("SGS2", "escalated")]
    assert row["value"] == found.factors.loc["SGS2", "followed"]
    assert row["low"] == found.factors.loc["SGS2", "followed_low"]
    ghana = contrast(*book, "GHA", "2012-12", hindsight=True).plot.contrast()
    # no twin escalated: nothing is drawn for those
    assert set(ghana.data["series"]) == {"own", "calm"}
    assert "SGS4" in set(ghana.data[ghana.data["value"].isna()]["factor"])
    assert "Transitional justice: own unknown" in ghana.alt
    assert "own: unknown" in str(ghana.draw(ghana.data).to_dict())
    with pytest.raises(InputError, match="needs a Contrast"):
        draw(small[0])
