"""A government's own ratings: beside outside ones, too flat, or suddenly better."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.evidence.before_review import sudden_improvement
from r2prisk.evidence.self_assessment import compare_self, flatness

RISK = [i.id for i in load_framework("un-foa-2014").indicators]
RESILIENCE = [i.id for i in load_framework("sg-resilience-2013").indicators]


def coded(ratings, *, coder="government", unit="KEN", period=2008):
    """Ratings by indicator."""
    rows = {"indicator": list(ratings), "rating": list(ratings.values())}
    return pd.DataFrame(rows).assign(unit=unit, period=period, coder=coder)


# --- beside outside ratings ---------------------------------------------------------------------


def test_differences_by_hand():
    own = coded({"1.1": 0.25, "1.2": 0.5, "1.3": 0.0, "2.1": 0.5, "SGS1.1": 1.0, "SGS1.2": 0.75})
    outside = pd.concat(
        [
            coded(
                {"1.1": 0.5, "1.2": 0.5, "1.3": 0.5, "SGS1.1": 0.75, "SGS1.2": 0.75}, coder="ann"
            ),
            coded({"1.1": 0.75, "1.2": 0.5, "2.1": 0.25, "9.1": 0.0}, coder="ben"),
        ]
    )
    found = compare_self(own, outside).loc["KEN"]
    assert found.index.tolist() == ["RF1", "RF2", "SGS1", "all risk", "all resilience"]
    # 1.1: 0.25 - 0.625; 1.2: 0; 1.3: -0.5
    gaps = np.array([-0.375, 0.0, -0.5])
    half = 4.302652729911275 * gaps.std(ddof=1) / np.sqrt(3)  # t(0.975, 2)
    assert found.loc["RF1", ["difference", "low", "high", "kinder"]].tolist() == pytest.approx(
        [gaps.mean(), gaps.mean() - half, gaps.mean() + half, -gaps.mean()]
    )
    assert found["cells"].tolist() == [3, 1, 2, 4, 2]
    assert found.loc["RF2", ["difference", "kinder"]].tolist() == [0.25, -0.25]
    assert found.loc["RF2", ["low", "high"]].isna().all()
    assert found.loc["all resilience", ["difference", "kinder"]].tolist() == [0.125, 0.125]
    assert found.loc["all risk", "difference"] == pytest.approx((gaps.sum() + 0.25) / 4)


def test_words_name_direction_size_cells_and_doubt():
    names = RISK[:34]
    own = coded({name: 0.25 if n % 2 else 0.0 for n, name in enumerate(names)})
    outside = coded(dict.fromkeys(names, 0.335), coder="ann")
    found = compare_self(own, outside)["words"]
    assert found["KEN", "all risk"] == (
        "own rating lower by 0.21 on 34 shared cells, kinder to itself"
    )
    back = compare_self(outside, own)["words"]
    assert back["KEN", "all risk"] == (
        "own rating higher by 0.21 on 34 shared cells, harder on itself"
    )
    same = compare_self(own, own)["words"]
    assert same["KEN", "all risk"] == "own rating the same on 34 shared cells"
    one = compare_self(coded({"SGS1.1": 1.0}), coded({"SGS1.1": 0.5}, coder="ann"))["words"]
    assert one["KEN", "SGS1"] == (
        "own rating higher by 0.50 on 1 shared cell, kinder to itself; chance could explain it"
    )


def test_units_stay_apart_and_what_has_no_counterpart_is_counted():
    own = pd.concat([coded({"1.1": 0.0, "1.2": 0.0}), coded({"1.1": 0.5}, unit="GHA")])
    outside = pd.concat(
        [
            coded({"1.1": 1.0}, coder="ann"),
            coded({"1.1": 0.5, "9.1": "failed"}, coder="ann", unit="GHA"),
        ]
    )
    found = compare_self(own, outside)
    assert found["difference"].to_dict() == {
        ("GHA", "RF1"): 0.0,
        ("GHA", "all risk"): 0.0,
        ("KEN", "RF1"): -1.0,
        ("KEN", "all risk"): -1.0,
    }
    assert found.attrs["notes"] == (
        "outside: 1 row without a rating (unknown, not applicable, failed)",
        "1 cell has no counterpart: in own ratings only",
    )


def test_nothing_shared_is_an_empty_table():
    found = compare_self(coded({"1.1": 0.0}), coded({"1.2": 0.0}, coder="ann"))
    assert len(found) == 0
    assert "words" in found
    assert len(found.attrs["notes"]) == 2


def test_periods_of_two_kinds_are_refused():
    with pytest.raises(InputError, match="own has a year for each rating and outside a quarter"):
        compare_self(coded({"1.1": 0.0}), coded({"1.1": 0.0}, coder="ann", period="2008Q1"))
    with pytest.raises(InputError, match=r"outside ratings: .*1.5 is outside 0 to 1"):
        compare_self(coded({"1.1": 0.0}), coded({"1.1": 1.5}, coder="ann"))


# --- too flat -----------------------------------------------------------------------------------


def profile(*counts, names=RISK, **how):
    """So many cells absent, weak, moderate, strong, severe."""
    values = np.repeat([0.0, 0.25, 0.5, 0.75, 1.0][: len(counts)], counts)
    return coded(dict(zip(names, values.tolist(), strict=False)), **how)


def test_flat_and_perfect_alone():
    found = flatness(profile(0, 21, 4)).loc["KEN"]
    assert found["value"].tolist() == pytest.approx(
        [21 / 25, 0.0, -(0.84 * np.log2(0.84) + 0.16 * np.log2(0.16))]
    )
    assert found["flag"].tolist() == [True, False, pd.NA]
    assert found["words"]["one value"] == (
        "21 of 25 cells at one rating, 0.25 (limit 80%): implausibly flat unless outsiders agree"
    )
    assert found["words"]["perfect"] == "0 of 25 cells at the best rating (limit 80%)"
    assert found["words"]["variety"] == "no outside ratings to compare with"
    assert flatness(profile(0, 20, 5)).loc[("KEN", "one value"), "flag"]  # four in five
    assert not flatness(profile(0, 19, 6)).loc[("KEN", "one value"), "flag"]


def test_perfect_is_no_risk_and_full_resilience():
    own = pd.concat([profile(13), profile(0, 0, 0, 0, 12, names=RESILIENCE)])
    found = flatness(own).loc["KEN"]
    assert found.loc["perfect", "value"] == 1
    assert found.loc["one value", "value"] == 13 / 25
    assert found["flag"].tolist() == [False, True, pd.NA]
    better = pd.concat([profile(13), profile(0, 0, 0, 0, 12, names=RESILIENCE)])
    compared = flatness(own, outside=better.assign(coder="ann"))
    assert compared.loc[("KEN", "perfect"), "outside"] == 1
    assert not compared.loc[("KEN", "perfect"), "flag"]
    worst = pd.concat([profile(0, 0, 0, 0, 13), profile(12, names=RESILIENCE)])
    assert flatness(worst).loc[("KEN", "perfect"), "value"] == 0


def test_outside_ratings_decide_what_is_implausible():
    own = profile(23, 2)
    calm = flatness(own, outside=profile(20, 5, coder="ann")).loc["KEN"]
    assert calm["limit"].tolist() == pytest.approx(
        [0.8 + 0.2, 0.8 + 0.2, 0.5 * -(0.8 * np.log2(0.8) + 0.2 * np.log2(0.2))]
    )
    assert calm["flag"].tolist() == [False, False, False]
    grave = flatness(own, outside=profile(5, 5, 5, 5, 5, coder="ann")).loc["KEN"]
    assert grave["outside"].tolist() == pytest.approx([0.2, 0.2, np.log2(5)])
    assert grave["flag"].tolist() == [True, True, True]
    assert grave["words"]["perfect"] == (
        "23 of 25 cells at the best rating (limit 80%, outside coders 20%): implausibly perfect"
    )
    assert grave["words"]["variety"] == (
        "0.40 bits of variety, outside coders 2.32 on the same 25 cells: implausibly even"
    )


def test_too_few_cells_are_unknown():
    found = flatness(profile(19))
    assert found["flag"].isna().all()
    assert found["words"].unique().tolist() == ["19 cells: too few to say (20 needed)"]
    assert flatness(profile(20)).loc[("KEN", "perfect"), "flag"]
    # what counts is what both rated
    few = flatness(profile(25), outside=profile(1, coder="ann"))
    assert few["words"].unique().tolist() == ["1 cell: too few to say (20 needed)"]
    assert few.attrs["notes"] == ("24 cells have no counterpart: in own ratings only",)


# --- suddenly better ----------------------------------------------------------------------------


def years(levels, names=RISK[:6], first=2004, **how):
    return pd.concat(
        coded(dict.fromkeys(names, x), period=first + n, **how) for n, x in enumerate(levels)
    )


def one(found, unit="KEN"):
    row = found.loc[unit]
    return [row["improvement"], row["indicators"], row["earlier"], row["movements"], row["flag"]]


def test_better_than_ever_before_the_review():
    found = sudden_improvement(years([0.5, 0.6, 0.5, 0.5, 0.7, 0.4]), "2010-03-01")
    # movements, latest first: 0.3 | -0.2, 0, 0.1, -0.1; one of 6 is the largest, half of them up
    assert one(found) == [pytest.approx(0.3), 6, pytest.approx(0.2), 4, True]
    assert found["words"]["KEN"] == (
        "improved by 0.30 on 6 indicators in the 12 months before 2010-03-01; "
        "the largest of 4 earlier movements was 0.20 (chance alone: 1 in 10)"
    )


def test_resilience_improves_upward_and_both_sides_count():
    up = [0.5, 0.4, 0.5, 0.5, 0.3, 0.6]
    found = sudden_improvement(years(up, names=RESILIENCE[:6]), "2010-03-01")
    assert one(found) == [pytest.approx(0.3), 6, pytest.approx(0.2), 4, True]
    # three indicators of risk better by 0.3, three of resilience worse by 0.1
    mixed = pd.concat(
        [
            years([0.5, 0.5, 0.5, 0.5, 0.5, 0.2], names=RISK[:3]),
            years([0.5, 0.5, 0.5, 0.5, 0.5, 0.4], names=RESILIENCE[:3]),
        ]
    )
    assert sudden_improvement(mixed, "2010-03-01").loc["KEN", "improvement"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("levels", "flag", "words"),
    [
        ([0.5, 0.8, 0.5, 0.5, 0.7, 0.4], False, "the largest of 4 earlier movements was 0.30"),
        ([0.5, 0.5, 0.5, 0.5, 0.5, 0.46], False, "improved by 0.04"),
        ([0.5, 0.5, 0.5, 0.5, 0.5, 0.45], True, "earlier movements was 0.00 (chance"),
        ([0.5, 0.5, 0.5, 0.5, 0.5, 0.9], False, "worsened by 0.40"),
        ([0.5, 0.5, 0.5, 0.5, 0.5, 0.5], False, "unchanged on 6 indicators"),
    ],
)
def test_movements_that_are_and_are_not_sudden(levels, flag, words):
    found = sudden_improvement(years(levels), "2010-03-01").loc["KEN"]
    assert found["flag"] is flag or found["flag"] == flag
    assert words in found["words"]


def test_too_little_to_compare_with_is_unknown():
    short = sudden_improvement(years([0.5, 0.5, 0.5, 0.1], first=2006), "2010-03-01").loc["KEN"]
    assert short["flag"] is pd.NA
    assert short["words"].endswith("movements was 0.00; too few to compare with (3 needed)")
    narrow = sudden_improvement(years([0.5] * 5 + [0.1], names=RISK[:4]), "2010-03-01").loc["KEN"]
    assert narrow["flag"] is pd.NA
    assert np.isnan(narrow["improvement"])
    assert narrow["words"] == (
        "4 indicators rated anew in the 12 months before 2010-03-01: too few to say"
    )


def test_what_is_not_rated_anew_has_not_moved():
    own = pd.concat([years([0.5, 0.5, 0.5, 0.5, 0.5, 0.2]), years([0.9], names=RISK[6:12])])
    assert sudden_improvement(own, "2010-03-01").loc["KEN", "indicators"] == 6


def test_ratings_after_the_review_are_hindsight():
    own = years([0.5, 0.6, 0.5, 0.5, 0.7, 0.4, 0.0])
    found = sudden_improvement(own, dt.date(2010, 3, 1))
    assert one(found) == one(sudden_improvement(own[own["period"] < 2010], "2010-03-01"))
    assert found.attrs["notes"] == ("6 cells left out: not before the review",)
    # a year ends with its last day: 2009 is known on the first of 2010, not a day before
    assert one(sudden_improvement(own, "2010-01"))[0] == pytest.approx(0.3)
    eve = sudden_improvement(own, "2009-12-31")
    assert one(eve)[0] == pytest.approx(-0.2)
    assert eve.attrs["notes"] == ("12 cells left out: not before the review",)


def test_all_after_the_review():
    found = sudden_improvement(years([0.5, 0.4]), "2001")
    assert one(found)[1:] == [0, pytest.approx(np.nan, nan_ok=True), 0, pd.NA]
    assert "0 indicators rated anew" in found["words"]["KEN"]
    none = sudden_improvement(coded({"1.1": "unknown"}), "2001")
    assert len(none) == 0


def test_dates_units_and_spans_of_months():
    """Two units whose indicators begin in different order; dates within the spans."""
    parts = []
    for unit, names, change in (("GHA", RISK[1:7], 0.0), ("KEN", RISK[:6], 0.25)):
        for month in range(1, 13, 3):
            ratings = dict.fromkeys(names, 0.75 - change * (month == 10))
            parts.append(coded(ratings, unit=unit, period=f"2009-{month:02}-15"))
    own = pd.concat(parts)
    found = sudden_improvement(own.sample(frac=1, random_state=1), "2010-01-14", months=3)
    # spans end on 13 January, 13 October, 13 July, 13 April
    assert one(found, "GHA") == [0, 6, 0, 2, False]
    assert one(found, "KEN")[:4] == [0.25, 6, 0, 2]
    # two days on, the span begins after 15 October: that rating is of the span before
    later = sudden_improvement(own, "2010-01-16", months=3)
    assert one(later)[1:] == [0, 0.25, 3, pd.NA]


def test_bad_reviews_are_named():
    with pytest.raises(InputError, match="review_date: 'spring' is not a year"):
        sudden_improvement(coded({"1.1": 0.5}), "spring")
    with pytest.raises(InputError, match="months: is 0; 1 or more are needed"):
        sudden_improvement(coded({"1.1": 0.5}), "2010", months=0)


def test_a_profile_in_which_nothing_is_rated_is_too_little_to_say():
    rows = pd.DataFrame(
        {
            "unit": "KEN",
            "period": 2008,
            "indicator": ["1.1", "1.2"],
            "coder": "g",
            "rating": "unknown",
        }
    )
    assert not len(flatness(rows))
    assert not len(flatness(rows, outside=rows))
