"""Coders: the gate for coded ratings, severity, disagreements."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.evidence.coders import disagreements, equal_effects, severity
from r2prisk.evidence.codings import codings_of

NAMES = [i.id for i in load_framework("un-foa-2014").indicators]


def coded(*rows, unit="KEN", period=2008):
    """Rows of (indicator, coder, rating)."""
    frame = pd.DataFrame(rows, columns=["indicator", "coder", "rating"])
    return frame.assign(unit=unit, period=period)


def side_by_side(**ratings):
    """Coders by name with their ratings of the first indicators; None where they did not rate."""
    return coded(
        *(
            (name, coder, given[n])
            for coder, given in ratings.items()
            for n, name in enumerate(NAMES[: len(given)])
            if given[n] is not None
        )
    )


# --- the gate -----------------------------------------------------------------------------------


def test_every_problem_is_named_with_its_place():
    frame = pd.DataFrame(
        {
            "iso3": ["KEN", "", "KEN"],
            "year": [2008, 2008, "soon"],
            "indicator": ["1.1", "1.l0", "1.2"],
            "coder": ["ann", "ann", None],
            "rating": ["severe", 1.5, 0.2],
        },
        index=[4, 5, 6],
    )
    with pytest.raises(InputError) as error:
        codings_of(frame)
    found = "\n".join(error.value.problems)
    assert len(error.value.problems) == 5
    assert "row 5, column 'iso3': nothing" in found
    assert "row 6, column 'coder': nothing" in found
    assert "indicator '1.l0' is none of" in found
    assert "did you mean '1.10'" in found
    assert "row 6, column 'year': 'soon' is not a year" in found
    assert "row 5, column 'rating': 1.5 is outside 0 to 1" in found


def test_missing_columns_and_rows_are_named():
    with pytest.raises(InputError) as error:
        codings_of(pd.DataFrame({"unit": [], "indicators": [], "date": [], "rating": []}))
    assert len(error.value.problems) == 3
    assert "needs a column indicator; found 'unit', 'indicators', 'date', 'rating'" in str(
        error.value
    )
    assert "did you mean 'indicator'" in error.value.problems[0]
    assert "needs a column coder" in error.value.problems[1]
    assert error.value.problems[2] == "has no rows"


def test_indicators_that_are_numbers_are_refused():
    with pytest.raises(InputError, match=r"7.1 and 7.10 look the same"):
        codings_of(coded((7.1, "ann", 0.5)))


def test_one_rating_for_each_coder_and_cell():
    found = codings_of(
        coded(
            ("1.2", "ben", 0.0),
            ("1.1", "ben", 0.1),
            ("1.1", "ben", 0.1),
            ("1.1", "ben", 0.1),
            ("1.1", "ann", 0.25),
            ("1.1", "ann", 0.75),
            ("1.3", "cyd", "unknown"),
        )
    )
    assert found.cells["indicator"].tolist() == ["1.1", "1.2"]
    assert found.cells["factor"].tolist() == ["RF1", "RF1"]
    assert found.coders == ("ann", "ben", "cyd")
    assert found.cell.tolist() == [0, 0, 1]
    assert found.coder.tolist() == [0, 1, 1]
    assert found.ratings.tolist() == [0.5, 0.1, 0.0]
    assert found.means.tolist() == [0.3, 0.0]
    assert found.notes == (
        "1 row without a rating (unknown, not applicable, failed)",
        "2 cells rated more than once by one coder: the mean stands",
    )


def test_cells_stand_by_unit_framework_and_period():
    frame = pd.concat(
        coded((name, "ann", 0.5), unit=unit, period=period)
        for period in (2009, 2008)
        for name in ("SGS1.1", "1.10", "1.2")
        for unit in ("KEN", "GHA")
    )
    cells = codings_of(frame).cells
    assert cells["unit"].tolist() == ["GHA"] * 6 + ["KEN"] * 6
    assert cells["indicator"].tolist() == ["1.2", "1.2", "1.10", "1.10", "SGS1.1", "SGS1.1"] * 2
    assert cells["period"].astype(str).tolist() == ["2008", "2009"] * 6
    assert cells["kind"].tolist() == (["risk"] * 4 + ["resilience"] * 2) * 2


def test_a_row_left_out_is_not_counted_as_unrated():
    frame = coded(("1.1", "ann", 0.5), ("1.1", "eve", "unknown"))
    found = codings_of(frame, left_out=np.array([False, True]))
    assert (found.notes, found.coders, len(found.ratings)) == ((), ("ann", "eve"), 1)


# --- severity -----------------------------------------------------------------------------------


def test_two_coders_by_hand():
    found = severity(side_by_side(ann=[0.5, 0.5, 0.75, 1.0], ben=[0.25, 0.5, 0.5, 0.75]))
    # each half of the differences (0.25, 0, 0.25, 0.25), over 4 cells and the ridge of 1
    effect = (0.75 / 2) / (4 + 1)
    assert found["effect"].tolist() == pytest.approx([effect, -effect])
    # residuals: half a difference less the effect, twice for each cell; 8 - 4 - 2 + 1 are free
    squares = 2 * (3 * (0.125 - effect) ** 2 + effect**2)
    # an effect is half the contrast: (1/2) / (4 + 1) of the variance
    assert found["se"].tolist() == pytest.approx([np.sqrt(squares / 3 * 0.5 / 5)] * 2)
    assert found["shared"].tolist() == [4, 4]
    assert found["words"]["ben"] == "rates 0.07 lower than its group on 4 shared cells"


def test_three_coders_who_share_all_cells_by_hand():
    found = severity(side_by_side(ann=[0.5, 1.0], ben=[0.5, 0.75], cyd=[0.25, 0.0]))
    means = np.array([[0.5, 0.5, 0.25], [1.0, 0.75, 0.0]])
    apart = means - means.mean(axis=1, keepdims=True)
    assert found["effect"].tolist() == pytest.approx((apart.sum(axis=0) / (2 + 1)).tolist())


def test_planted_biases_come_back():
    rng = np.random.default_rng(5)
    bias = {"ann": 0.12, "ben": -0.02, "cyd": -0.1}
    level = rng.uniform(0.3, 0.7, len(NAMES))
    frame = side_by_side(
        **{
            coder: [
                float(x) if rng.random() < 0.7 else None
                for x in level + b + rng.normal(0, 0.05, len(NAMES))
            ]
            for coder, b in bias.items()
        }
    )
    found = severity(frame)
    assert found["effect"].to_dict() == pytest.approx(bias, abs=0.015)
    # about 90 shared cells: 0.05 sqrt(2/3 / 90)
    assert found["se"].to_numpy() == pytest.approx(0.05 * np.sqrt(2 / 3 / 90), rel=0.25)
    # a coder of grave cells only is not severe for it: plain means would say so
    grave = frame[
        (frame["coder"] != "cyd")
        | frame["indicator"].map(dict(zip(NAMES, level, strict=True))).gt(0.5)
    ]
    assert severity(grave)["effect"].to_dict() == pytest.approx(bias, abs=0.03)


def test_effects_are_linked_through_others():
    rng = np.random.default_rng(6)
    level = rng.uniform(0.3, 0.7, 100)
    found = severity(
        side_by_side(
            ann=[*(level[:50] + 0.1), *[None] * 50],
            ben=list(level),
            cyd=[*[None] * 50, *(level[50:] - 0.1)],
        )
    )
    assert found["effect"].to_dict() == pytest.approx({"ann": 0.1, "ben": 0, "cyd": -0.1}, abs=0.01)
    assert found["group"].tolist() == [1, 1, 1]


def test_coders_who_share_nothing_are_unknown_and_named():
    frame = pd.concat(
        [
            side_by_side(ann=[0.5, 0.5], ben=[0.25, 0.5]),
            coded(("2.1", "dan", 1.0), ("2.1", "eve", 0.0), ("3.1", "cyd", 1.0)),
        ]
    )
    found = severity(frame)
    assert np.isnan(found.loc["cyd", ["effect", "se"]].to_numpy(dtype=float)).all()
    assert found["words"]["cyd"] == "no cell shared with another coder: severity unknown"
    assert found["group"].tolist() == [1, 1, pd.NA, 2, 2]
    assert found["rated"].tolist() == [2, 2, 1, 1, 1]
    # two groups, each adding up to 0
    assert found.loc[["ann", "ben"], "effect"].sum() == pytest.approx(0)
    assert found.loc["dan", "effect"] == pytest.approx(0.5 / (1 + 1))
    # 6 ratings - 3 cells - 4 coders + 2 groups leave 1 free
    ann = 0.125 / (2 + 1)
    variance = 2 * ((0.125 - ann) ** 2 + ann**2 + (0.5 - 0.25) ** 2) / 1
    assert found.loc[["ann", "dan"], "se"].tolist() == pytest.approx(
        [np.sqrt(variance * 0.5 / 3), np.sqrt(variance * 0.5 / 2)]
    )


def test_one_shared_cell_has_no_standard_error():
    found = severity(coded(("1.1", "ann", 1.0), ("1.1", "ben", 0.5)))
    assert found["effect"].tolist() == pytest.approx([0.125, -0.125])
    assert found["se"].isna().all()


def test_nobody_shares():
    found = severity(coded(("1.1", "ann", 1.0), ("1.2", "ben", 0.5)))
    assert found["effect"].isna().all()
    assert found["shared"].tolist() == [0, 0]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(NAMES[:6]),
            st.sampled_from(["ann", "ben", "cyd", "dan"]),
            st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_effects_add_up_to_nothing_and_order_does_not_matter(rows):
    found = severity(coded(*rows))
    for _, group in found.groupby("group"):
        assert group["effect"].sum() == pytest.approx(0, abs=1e-12)
    again = severity(coded(*reversed(rows)))
    assert again["effect"].tolist() == pytest.approx(found["effect"].tolist(), nan_ok=True)
    assert again["se"].tolist() == pytest.approx(found["se"].tolist(), nan_ok=True, abs=1e-9)


# --- disagreements ------------------------------------------------------------------------------


def test_default_effects_by_hand():
    effects = equal_effects()
    assert effects["9.1"] == pytest.approx(1 / (14 * 6))
    assert effects["1.1"] == pytest.approx(1 / (14 * 11))
    resilience = load_framework("sg-resilience-2013")
    assert sum(effects[i.id] for i in resilience.indicators) == pytest.approx(1)
    assert sum(effects[name] for name in NAMES) == pytest.approx(1)


DISPUTED = [
    ("1.1", "ann", 0.25),
    ("1.1", "ben", 1.0),
    ("1.2", "ann", 0.5),
    ("1.2", "ben", 0.5),
    ("9.1", "ann", 0.5),
    ("9.1", "cyd", 1.0),
    ("9.2", "ann", 1.0),
]


def test_largest_effect_first_with_each_coders_rating():
    found = disagreements(coded(*DISPUTED))
    assert found["indicator"].tolist() == ["9.1", "1.1"]
    assert found["factor"].tolist() == ["RF9", "RF1"]
    assert found["moves"].tolist() == pytest.approx([0.5 / (14 * 6), 0.75 / (14 * 11)])
    assert found[["low", "high", "range"]].values.tolist() == [[0.5, 1.0, 0.5], [0.25, 1.0, 0.75]]
    assert found["rating by ann"].tolist() == [0.5, 0.25]
    assert found["rating by ben"].tolist() == pytest.approx([np.nan, 1.0], nan_ok=True)
    assert found["rating by cyd"].tolist() == pytest.approx([1.0, np.nan], nan_ok=True)


def test_effects_of_the_callers_own():
    for effect in ({"1.1": -2.0, "9.1": 1.0}, lambda name: {"1.1": -2.0}.get(name, 1.0)):
        found = disagreements(coded(*DISPUTED), effect)
        assert found["indicator"].tolist() == ["1.1", "9.1"]
        assert found["effect"].tolist() == [-2.0, 1.0]
        assert found["moves"].tolist() == [1.5, 0.5]
    with pytest.raises(InputError, match=r"indicator '1.1' has none(\n.*)*'9.1' has nan"):
        disagreements(coded(*DISPUTED), {"9.1": np.nan})


def test_equals_stand_by_unit_indicator_and_period():
    rows = [("1.1", "ann", 0.0), ("1.1", "ben", 1.0)]
    years = range(2019, 1999, -1)
    frame = pd.concat([coded(*rows, unit=u, period=p) for p in years for u in ("KEN", "GHA")])
    found = disagreements(frame)
    keys = list(zip(found["unit"], found["period"].astype(str), strict=True))
    assert keys == [(u, str(p)) for u in ("GHA", "KEN") for p in reversed(years)]


def test_settled_cells_leave_the_list_and_come_back_only_if_the_ruling_is_disputed():
    frame = coded(*DISPUTED).assign(id=list("abcdefg"))
    found = disagreements(frame, adjudicated=["a", "b"])
    assert found["indicator"].tolist() == ["9.1"]
    assert found.attrs["notes"] == ("2 rows settled: 1 of the cells that differed left out",)
    ruling = coded(("1.1", "eve", 0.75)).assign(id="h", adjudicates="a; b")
    ruled = pd.concat([frame, ruling], ignore_index=True)
    assert disagreements(ruled)["indicator"].tolist() == ["9.1"]
    assert disagreements(ruled).attrs["notes"] == found.attrs["notes"]
    late = pd.concat([ruled, coded(("1.1", "dan", 0.25)).assign(id="i")], ignore_index=True)
    again = disagreements(late)
    assert again["indicator"].tolist() == ["9.1", "1.1"]
    assert again.loc[1, ["rating by dan", "rating by eve"]].tolist() == [0.25, 0.75]
    assert "rating by ben" not in again
    assert again.attrs["notes"] == ("2 rows settled: 0 of the cells that differed left out",)


def test_all_settled_is_an_empty_list():
    found = disagreements(coded(*DISPUTED).assign(id=list("abcdefg")), adjudicated="abcdefg")
    assert len(found) == 0
    assert found.attrs["notes"] == ("7 rows settled: 2 of the cells that differed left out",)


def test_unknown_ids_are_named():
    frame = coded(*DISPUTED).assign(id=[f"row-{n}" for n in range(7)])
    with pytest.raises(InputError, match=r"no row has the id 'row-9'; did you mean 'row-"):
        disagreements(frame, adjudicated=["row-9", "row-1"])
    with pytest.raises(InputError, match="needs a column id"):
        disagreements(coded(*DISPUTED), adjudicated=["a"])


def test_nobody_differs():
    found = disagreements(coded(("1.1", "ann", 0.5), ("1.1", "ben", 0.5)))
    assert len(found) == 0
    assert {"unit", "indicator", "range", "moves"} <= set(found)
