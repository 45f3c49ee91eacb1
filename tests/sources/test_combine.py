"""Several panels into one: rules, editions, states, reports and findings."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from r2prisk.errors import InputError
from r2prisk.panel import read_frame
from r2prisk.sources import RULES, Measure, combine, combine_full, findings, load_source


def panel(rows, source="", **settings):
    frame = pd.DataFrame(rows)
    return read_frame(frame, sources=(source,) if source else (), **settings)


A = panel({"unit": ["SDN", "SDN"], "period": [2003, 2004], "1.1": [0.2, np.nan]}, "A v1: a")
B = panel(
    {"unit": ["SDN", "SDN", "NOR"], "period": [2003, 2004, 2003], "1.1": [0.6, 0.7, 0.0]}, "B v1: b"
)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("first", [0.0, 0.2, 0.7]),
        ("mean", [0.0, (0.2 + 0.6) / 2, 0.7]),
        ("max", [0.0, 0.6, 0.7]),
    ],
)
def test_a_shared_cell_is_decided_by_the_rule(rule, expected):
    result = combine_full([A, B], rule=rule)
    frame = result.panel.to_frame()
    assert [f"{unit} {period}" for unit, period in frame.index] == [
        "NOR 2003",
        "SDN 2003",
        "SDN 2004",
    ]
    np.testing.assert_allclose(frame["1.1"], expected)
    assert result.report.rule == rule
    assert result.report.overlaps[0].cells == 1


def test_the_report_says_whose_rating_was_taken_and_which_series_are_mixed():
    report = combine_full([A, B]).report
    assert dict(report.overlaps[0].taken) == {"A 1": 1}
    assert dict(report.mixed) == {"1.1": 1}
    assert "series that mix sources: 1.1 1" in str(report)


def test_the_rule_error_refuses_a_shared_cell():
    with pytest.raises(
        InputError, match=r"1\.1: 1 cells are rated by A 1 and B 1 \(first SDN 2003\)"
    ):
        combine([A, B], rule="error")
    apart = panel({"unit": ["GHA"], "period": [2003], "1.1": [0.1]})
    assert len(combine([A, apart], rule="error")) == 3


def test_an_unknown_rule_names_the_nearest():
    with pytest.raises(InputError, match="did you mean 'mean'"):
        combine([A], rule="maen")
    assert set(RULES) == {"first", "mean", "max", "pool", "error"}


def test_two_editions_are_never_mixed_in_one_series():
    new = panel({"unit": ["SDN"], "period": [2004], "1.1": [0.9]}, "V-Dem v16: c")
    old = panel(
        {"unit": ["SDN", "SDN", "GHA"], "period": [2003, 2004, 2003], "1.1": [0.1, 0.1, 0.3]},
        "V-Dem v12: c",
    )
    for rule in ("first", "mean", "max", "pool"):
        result = combine_full([new, old], rule=rule)
        frame = result.panel.to_frame()["1.1"]
        assert frame.loc[("SDN", "2004")] == 0.9
        assert np.isnan(frame.loc[("SDN", "2003")])  # only the edition left out has it
        assert frame.loc[("GHA", "2003")] == 0.3  # the first edition does not have the country
        assert dict(result.report.editions) == {"1.1": 1}


def test_rated_beats_everything_then_not_applicable_failed_unknown():
    def cell(state):
        rows = {"unit": ["SDN"], "period": [2003], "indicator": ["1.1"]}
        value = 0.5 if state == "rated" else np.nan
        return panel({**rows, "rating": [value], "state": [state]})

    order = ["rated", "not_applicable", "failed", "unknown"]
    for n, high in enumerate(order):
        for low in order[n:]:
            for pair in ([high, low], [low, high]):
                if pair == ["rated", "rated"]:
                    continue
                found = combine([cell(state) for state in pair]).states_frame()
                assert found["1.1"].to_list() == [high]


def test_one_panel_stays_as_it_is():
    assert combine([B]).hash == B.hash


def test_combining_keeps_indicators_in_the_order_of_the_frameworks():
    late = panel({"unit": ["SDN"], "period": [2003], "SGS1.1": [0.5], "11.1": [0.5]})
    assert combine([late, A]).indicators == ("1.1", "11.1", "SGS1.1")
    assert [f.kind for f in combine([late, A]).frameworks] == ["risk", "resilience"]


def test_kinds_of_period_do_not_mix():
    months = panel({"unit": ["SDN"], "period": ["2003-05"], "1.1": [0.5]})
    with pytest.raises(InputError, match="different kinds"):
        combine([A, months])
    with pytest.raises(InputError, match="there is none"):
        combine([])


def test_findings_name_both_sides_parts_and_events_told_twice():
    measures = [
        Measure("s", "3.3", "risk", ("courts",), "courts"),
        Measure("s", "SGS3.3", "resilience", ("courts",), "courts"),
        Measure("s", "SGS2.1", "resilience", ("index",), "elections", ("part", "shared")),
        Measure("s", "4.1", "risk", ("part",), "intimidation"),
        Measure("s", "4.2", "risk", ("other",), "clients", ("shared",)),
        Measure("s", "1.4", "risk", ("coup",), "coups"),
        Measure("s", "8.4", "risk", ("coup",), "coups"),
    ]
    found = [(finding.kind, finding.indicators) for finding in findings(measures)]
    assert found == [
        ("one variable on both sides", ("3.3", "SGS3.3")),
        ("one concept on both sides", ("3.3", "SGS3.3")),
        ("an index and its part on both sides", ("SGS2.1", "4.1")),
        ("two indices with a common part on both sides", ("SGS2.1", "4.2")),
        ("one event twice", ("1.4", "8.4")),
    ]


def test_the_variance_is_that_of_the_rating_taken():
    def one(rating, variance):
        made = panel({"unit": ["SDN"], "period": [2003], "1.1": [rating]})
        return dataclasses.replace(made, variance=np.array([[variance]]))

    low, high = one(0.2, 0.01), one(0.6, 0.04)
    assert combine([low, high]).variance.tolist() == [[0.01]]
    assert combine([low, high], rule="max").variance.tolist() == [[0.04]]
    assert np.isnan(combine([low, high], rule="mean").variance).all()


def test_states_of_an_edition_left_out_do_not_survive():
    rows = {"unit": ["SDN", "SDN"], "period": [2003, 2004], "indicator": ["1.1", "1.1"]}
    new = panel({"unit": ["SDN"], "period": [2004], "1.1": [0.9]}, "V-Dem v16: c")
    old = panel({**rows, "rating": [np.nan, 0.1], "state": ["failed", "rated"]}, "V-Dem v12: c")
    assert combine([new, old]).states_frame()["1.1"].to_list() == ["unknown", "rated"]


def test_editions_inside_a_combined_panel_cannot_be_told_apart():
    new = panel({"unit": ["SDN"], "period": [2004], "1.1": [0.9]}, "B v2: b")
    report = combine_full([new, combine([A, B])]).report
    assert dict(report.editions) == {}
    assert "panel 2 was combined before and holds B: editions inside it" in str(report)
    assert combine_full([new, A, B]).report.notes == ()


@pytest.mark.parametrize(
    ("given", "found"), [(A, "one Panel"), (["x", A], "str"), (3, "one int"), ("x.csv", "str")]
)
def test_what_is_no_list_of_panels_is_refused(given, found):
    with pytest.raises(InputError, match=f"combine: needs panels, found {found}"):
        combine(given)


def test_a_repeated_framework_counts_once_and_a_copy_under_another_name_is_refused():
    twice = dataclasses.replace(A, frameworks=A.frameworks * 2)
    assert len(combine([twice, B]).frameworks) == 1
    assert combine([twice, B]).indicators == ("1.1",)
    copy = A.frameworks[0].model_copy(update={"name": "copy"})
    with pytest.raises(InputError, match=r"in two frameworks: 1\.1"):
        combine([B, dataclasses.replace(A, frameworks=(copy,))])


def test_a_panel_of_ones_own_is_named_by_its_file():
    own = panel({"unit": ["SDN"], "period": [2003], "1.1": [0.2]}, "mine.csv")
    other = panel({"unit": ["GHA"], "period": [2003], "1.1": [0]})
    assert combine_full([own, other]).report.panels == ("mine.csv", "panel 2")


def test_findings_are_of_the_ratings_that_were_used(tmp_path):
    path = tmp_path / "vdem_v12.csv"
    text = "COWcode,year,v2juncind,v2juhcind,v2x_polyarchy,v2xel_frefair,v2mecenefm_ord\n"
    path.write_text(text + "625,2003,-1,-1,0.2,,2\n", encoding="utf-8")
    vdem = load_source("vdem", path)
    years = list(range(2003, 2009))  # V-Dem's judgement of 2003 is held to 2008
    own = panel({"unit": ["SDN"] * 6, "period": years, "3.3": [0.2] * 6}, "mine.csv")
    kind = "one concept on both sides: judicial-independence"
    found = [str(finding) for finding in combine_full([vdem]).report.findings]
    assert [text.startswith(kind) for text in found] == [True]  # SGS2.1 has no rating
    assert combine_full([own, vdem]).report.findings == ()  # 3.3 is rated by another panel
    assert "vdem: 7.6 is rated by a stand-in: v2mecenefm_ord" in vdem.notes


def with_variance(rating, variance):
    rows = {"unit": ["SDN"], "period": [2003], "indicator": ["1.1"]}
    return panel({**rows, "rating": [rating], "variance": [variance]})


def test_a_pool_weighs_each_rating_by_the_evidence_behind_it():
    # m (1 - m) / v - 1: 0.16 / 0.04 - 1 = 3 reports behind 0.8; one behind a bare rating
    coded, data = with_variance(0.8, 0.04), panel({"unit": ["SDN"], "period": [2003], "1.1": [0.4]})
    for parts in ([coded, data], [data, coded]):
        both = combine(parts, rule="pool")
        assert both.ratings.item() == pytest.approx((3 * 0.8 + 1 * 0.4) / 4)
        assert both.variance.item() == pytest.approx(0.7 * 0.3 / (4 + 1))
    alone = combine([coded], rule="pool")
    assert (alone.ratings.item(), alone.variance.item()) == (0.8, 0.04)
    assert combine([data, data], rule="pool").variance is None


def test_a_bare_rating_alone_in_a_pool_gets_no_variance():
    other = panel({"unit": ["GHA"], "period": [2003], "1.1": [0.4]})
    both = combine([with_variance(0.8, 0.04), other], rule="pool")
    assert np.isnan(both.variance[0, 0])  # GHA comes first
    assert both.variance[1, 0] == 0.04


def test_nothing_in_a_pool_weighs_nothing():
    coded = with_variance(0.8, 0.04)  # three reports
    zero = combine([coded, with_variance(0.0, 0.01)], rule="pool")
    assert zero.ratings.item() == pytest.approx(
        (3 * 0.8 + 1 * 0.0) / 4
    )  # as one without a variance
    wide = combine([coded, with_variance(0.4, 0.9)], rule="pool")
    assert wide.ratings.item() == pytest.approx((3 * 0.8 + 0.125 * 0.4) / 3.125)


@pytest.mark.parametrize(("rating", "variance"), [(0.0, 0.0), (1.0, 0.0), (0.3, 0.9), (0.5, 0.0)])
def test_a_pool_stays_between_its_ratings_at_the_edges(rating, variance):
    data = panel({"unit": ["SDN"], "period": [2003], "1.1": [0.4]})
    both = combine([with_variance(rating, variance), data], rule="pool")
    low, high = sorted((rating, 0.4))
    assert low <= both.ratings.item() <= high
    assert 0 <= both.variance.item() <= 0.25


def test_a_rule_keeps_the_variance_of_the_rating_that_it_takes():
    coded, data = with_variance(0.8, 0.04), panel({"unit": ["SDN"], "period": [2003], "1.1": [0.4]})
    assert combine([coded, data]).variance.item() == 0.04
    assert np.isnan(combine([data, coded]).variance.item())
    assert combine([data, coded], rule="max").variance.item() == 0.04
