"""Matching against brute force, by hand, and its explanations."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from r2prisk import read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError, R2PRiskError
from r2prisk.prevention.assistance import Constraints, match, needs, read_offers
from r2prisk.prevention.assistance.solve import TIE, Problem, solve

RISK = load_framework("un-foa-2014")
LEVELS = {"KEN": 0.8, "GHA": 0.4}
CLEAR = {"2.1": 0.0, "2.5": 0.0, "12.11": 0.0, "12.12": 0.0, "11.1": 0.0, "11.3": 0.0, "3.4": 0.0}
CLEAR |= {"7.3": 0.0, "7.5": 0.0}


@pytest.fixture(scope="module")
def both():
    """Kenya with twice the presence of Ghana, and the same resilience."""
    rows = []
    for unit, level in LEVELS.items():
        cells = {factor.indicators[0].id: level for factor in RISK.factors}
        strengths = {"SGS2.1": 0.5, "SGS5.1": 0.5, "SGS5.2": 0.5, "SGS6.6": 0.5}
        rows.append({"unit": unit, "year": 2013, **cells, **strengths, **CLEAR})
    made = score(read_panel(pd.DataFrame(rows)))
    return [needs(made, unit) for unit in LEVELS]


def offered(*rows):
    names = ("partner", "tool", "indicators", "capacity", "countries", "open_to")
    return read_offers(pd.DataFrame([dict(zip(names, row, strict=False)) for row in rows]))


def pairs(found):
    return list(zip(found.pairs["unit"], found.pairs["offer"].str[0], strict=True))


# ---- the program ------------------------------------------------------------------------------------


@st.composite
def problems(draw):
    u, o, i = (draw(st.integers(1, n)) for n in (3, 3, 4))
    may = [p for p in itertools.product(range(u), range(o)) if draw(st.booleans())]
    serves = [[draw(st.booleans()) for _ in range(i)] for _ in may]
    slots = sorted({(p[0], n) for p, s in zip(may, serves, strict=True) for n in range(i) if s[n]})
    serving = [(p, s) for p, s in zip(may, serves, strict=True) if any(s)]
    may, serves = [p for p, _ in serving], [s for _, s in serving]
    matrix = np.zeros((len(slots), len(may)))
    for at, pair in enumerate(may):
        for n in range(i):
            if serves[at][n]:
                matrix[slots.index((pair[0], n)), at] = 1.0
    whole = st.integers(0, 2)
    return Problem(
        units=np.array([p[0] for p in may], dtype=np.intp),
        offers=np.array([p[1] for p in may], dtype=np.intp),
        serves=csr_array(matrix),
        values=np.array([draw(st.sampled_from([0.001, 0.01, 0.011, 0.3])) for _ in slots]),
        absorb=np.array([draw(whole) for _ in range(u)], dtype=np.intp),
        capacity=np.array([draw(st.integers(1, 2)) for _ in range(o)], dtype=np.intp),
        required=np.zeros(len(may), dtype=bool),
        kept=np.array([draw(st.booleans()) for _ in may], dtype=bool),
        present=np.array([draw(st.booleans()) for _ in may], dtype=bool),
    )


def holds(problem, made):
    units = np.bincount(problem.units[made], minlength=len(problem.absorb))
    offers = np.bincount(problem.offers[made], minlength=len(problem.capacity))
    return (units <= problem.absorb).all() and (offers <= problem.capacity).all()


@settings(max_examples=25)
@given(problems())
def test_no_matching_is_worth_more_and_ties_are_broken_as_said(problem):
    chosen = solve(problem)
    p = len(problem.units)
    every = [np.array(bits, dtype=bool) for bits in itertools.product((False, True), repeat=p)]
    every = [made for made in every if holds(problem, made)]
    assert holds(problem, chosen)
    best = max(problem.worth(made) for made in every)
    largest = problem.values.max(initial=0.0)
    assert problem.worth(chosen) == pytest.approx(best, abs=2 * TIE * largest)
    tied = [made for made in every if problem.worth(made) >= best - TIE * largest / 10]
    most = max(int((made & problem.kept).sum()) for made in tied)
    assert int((chosen & problem.kept).sum()) == most
    tied = [made for made in tied if int((made & problem.kept).sum()) == most]
    fewest = min(int(made.sum()) for made in tied)
    assert int(chosen.sum()) == fewest
    tied = [made for made in tied if int(made.sum()) == fewest]
    there = max(int((made & problem.present).sum()) for made in tied)
    assert int((chosen & problem.present).sum()) == there
    assert np.array_equal(solve(problem), chosen)


# ---- by hand ----------------------------------------------------------------------------------------


def test_capacity_goes_where_it_gains_most(both):
    found = match(both, offered(("A", "electoral-support", "SGS2.1", 1)))
    assert pairs(found) == [("KEN", "A")]
    # strength of SGS2 is 0.5 and rises to 0.75; it holds down RF1, RF4, RF7 and RF8, 0.8 each in the
    # first of their indicators, with 0 beside it in RF7 (7.3 and 7.5): sqrt(0.64 / 3)
    p7 = (0.8**2 / 3) ** 0.5
    fall = (3 * 0.8 + p7) * 0.2 * 0.25
    left = {"RF1": 1 - 0.2 * 0.5, "RF4": 1 - 0.2 * 0.5, "RF7": 1 - 0.2 * 0.5, "RF8": 1.0}
    fall = sum((p7 if k == "RF7" else 0.8) * rest * 0.2 * 0.25 for k, rest in left.items()) / 14
    assert found.units.loc["KEN", "fall"] == pytest.approx(fall)
    assert found.units.loc["KEN", "single"] == pytest.approx(fall)
    assert found.units.loc["KEN", "after"] == pytest.approx(both[0].residual_risk - fall)
    assert found.units.loc["GHA", "fall"] == 0.0
    assert found.value == pytest.approx(fall * 0.75)  # no other of SGS2 is rated: no ground
    refused = found.refused.iloc[0]
    assert (refused["unit"], refused["kind"]) == ("GHA", "capacity elsewhere")
    assert refused["reason"] == (
        f"its capacity of 1 went to KEN (worth {fall * 0.75:.4f}); here it is worth "
        f"{fall * 0.75 / 2:.4f}"
    )
    gaps = found.gaps.set_index(["unit", "indicator"])["why"]
    assert gaps["KEN", "SGS6.6"] == "no offer serves it"
    assert gaps["GHA", "SGS2.1"] == "capacity went elsewhere, or the country takes no more"


def test_together_falls_differ_from_the_sum(both):
    offers = offered(("A", "electoral-support", "SGS2.1;SGS6.6;SGS5.1;SGS5.2", 2))
    row = match(both, offers).units.loc["KEN"]
    assert row["served"] == 4
    assert row["fall"] == pytest.approx(
        both[0].residual_risk - both[0].after(["SGS2.1", "SGS6.6", "SGS5.1", "SGS5.2"])
    )
    assert abs(row["fall"] - row["single"]) > 1e-6


def test_a_need_counts_once_and_the_second_offer_is_told_why(both):
    offers = offered(
        ("A", "electoral-support", "SGS2.1", 2), ("B", "mediation", "SGS2.1;SGS6.6", 2)
    )
    found = match(both, offers)
    assert pairs(found) == [("GHA", "B"), ("KEN", "B")]
    assert set(found.refused["kind"]) == {"served already"}
    assert "is served by B: Mediation and dialogue support" in found.refused["reason"].iloc[0]
    assert found.unused == ("A: Electoral support",)
    assert found.pairs["find_out"].tolist() == [("6.8",)] * 2
    assert "\n  + B: Mediation" in str(found)  # unknown, and nothing that could rule it out
    assert found.pairs["adds"].tolist() == found.pairs["value"].tolist()
    assert "Left unused, served already: A: Electoral support" in str(found)


def test_absorption_presence_previous_and_order(both):
    rows = [(name, "electoral-support", "SGS2.1", 1) for name in "ABC"]
    first = match(both, offered(*rows))
    assert pairs(first) == [("GHA", "A"), ("KEN", "B")]  # nothing else decides: in order
    there = [*rows[:2], (*rows[2], "KEN")]
    assert pairs(match(both, offered(*there))) == [("GHA", "A"), ("KEN", "C")]
    kept = match(both, offered(*there), previous=first.to_frame())
    assert pairs(kept) == pairs(first)
    assert kept.pairs["kept"].all()
    swapped = match(both[::-1], offered(*rows[::-1]))
    pd.testing.assert_frame_equal(swapped.to_frame(), first.to_frame())
    more = offered(*rows, ("Z", "truth-and-memory", "SGS4.3", 9))
    assert pairs(match(both, more)) == pairs(first)
    none = match(both, offered(*rows), constraints=Constraints(absorb={"GHA": 0}))
    assert pairs(none) == [("KEN", "A")]
    reasons = none.refused.set_index(["unit", "offer"])["reason"]
    assert reasons["GHA", "B: Electoral support"].startswith(
        "GHA takes no more than 0; this one is"
    )


def test_required_forbidden_late_and_not_open(both):
    a, b = "A: Electoral support", "B: Electoral support"
    rows = (("A", "electoral-support", "SGS2.1", 1), ("B", "electoral-support", "", 2, "", "GHA"))
    offers = offered(*rows)
    wanted = match(both, offers, constraints=Constraints(required=[("GHA", a)]))
    assert ("GHA", "A") in pairs(wanted)
    held = match(both, offers, constraints=Constraints(forbidden=[("KEN", a)]))
    kinds = held.refused.set_index(["unit", "offer"])["kind"]
    assert kinds["KEN", a] == "forbidden"
    assert kinds["KEN", b] == "not open"
    late = match(both, offers, constraints=Constraints(within=17.0))
    assert not len(late.pairs)
    assert late.gaps["why"].str.contains("too late").any()
    assert match(both, offers, constraints=Constraints(within=18.0)).pairs["unit"].nunique() == 2
    with pytest.raises(R2PRiskError, match="no matching holds all required pairs"):
        match(both, offers, constraints=Constraints(required=[("GHA", a), ("KEN", a)]))
    with pytest.raises(InputError) as stopped:
        match(
            [*both, both[0]],
            offers,
            constraints=Constraints(
                absorb=-1, within=float("nan"), required=[("KEM", a)], forbidden=[("KEN", "A")]
            ),
            previous=pd.DataFrame({"unit": ["KEN"]}),
        )
    assert len(stopped.value.problems) == 6
    with pytest.raises(InputError, match=r"required pair KEN, 'B: .*may not work there"):
        match(both, offers, constraints=Constraints(required=[("KEN", b)]))


def test_what_is_ruled_out_is_never_made_even_where_nothing_else_serves(both):
    one = {factor.indicators[0].id: 0.8 for factor in RISK.factors}
    cells = {**one, **CLEAR, "SGS5.1": 0.5, "12.11": 0.75}
    worst = needs(score(read_panel(pd.DataFrame([{"unit": "SSD", "year": 2013, **cells}]))), "SSD")
    offers = offered(("A", "security-sector-reform", "", 3), ("B", "demobilisation", "SGS5.1", 3))
    found = match([*both, worst], offers)
    assert ("SSD", "A") not in pairs(found)
    assert ("SSD", "B") in pairs(found)
    assert ("KEN", "A") in pairs(found)
    why = found.refused.set_index(["unit", "offer"]).loc[("SSD", "A: Security sector reform")]
    assert why["kind"] == "ruled out"
    assert why["reason"].startswith("12.11 (State bodies or top leaders take part) is rated 0.75:")
    # what it serves is strong, unknown or not: that a rule rules it out is what is told
    other = match([worst], offered(("A", "security-sector-reform", "SGS5.6", 3)))
    assert other.refused["kind"].tolist() == ["ruled out"]
    barred = Constraints(required=[("SSD", "A: Security sector reform")])
    with pytest.raises(InputError, match=r"required pair SSD, 'A: Security sector reform': 12\.11"):
        match([worst], offers, constraints=barred)
    blind = {name: x for name, x in cells.items() if name not in CLEAR}
    unseen = needs(score(read_panel(pd.DataFrame([{"unit": "SSD", "year": 2013, **blind}]))), "SSD")
    only = match([unseen], offered(("A", "security-sector-reform", "", 3)))
    assert only.pairs["could_rule_out"].iloc[0] == ("12.11", "12.12", "2.5", "2.1")
    assert "UNKNOWN, and could rule it out: 12.11, 12.12, 2.5, 2.1" in str(only)
    # what nobody has cleared looks unknown, and is counted as such
    assert "\n  ? A: Security sector reform (" in str(only)
    assert "1 of the pairs is not cleared (?)" in " ".join(str(only).split())
    assert "  + B: Demobilisation" in str(found)


def test_views_and_files_take_text_as_text(both):
    offers = offered(("=cmd|<b>x", "electoral-support", "SGS2.1", 2))
    found = match(both, offers)
    page = found._repr_html_()
    assert "<b>x" not in page
    assert "=cmd|&lt;b&gt;x" in page
    frame = found.to_frame()
    assert set(frame["matched"]) == {"yes"}
    written = frame.assign(offer="'" + frame["offer"])  # as a file keeps it from being a formula
    assert match(both, offers, previous=written).pairs["kept"].all()
    assert max(map(len, str(found).splitlines())) <= 100
    empty = match(both, offered(("A", "truth-and-memory", "", 1)))
    assert empty.value == 0.0
    assert set(empty.refused["kind"]) == {"what it serves is unknown"}
    assert "no offer matched" in str(empty)
    assert (empty.to_frame()["matched"] == "no").all()
    with pytest.raises(InputError, match="needs: there are none"):
        match([], offers)


def test_what_a_pair_adds_leaves_out_what_another_serves(both):
    offers = offered(
        ("A", "electoral-support", "SGS2.1;SGS5.1", 2), ("B", "mediation", "SGS2.1;SGS6.6", 2)
    )
    found = match(both, offers)
    assert len(found.pairs) == 4
    value = both[0].table["value"]
    mine = found.pairs[found.pairs["unit"] == "KEN"].set_index("partner")
    assert mine["value"]["A"] == pytest.approx(value["SGS2.1"] + value["SGS5.1"])
    assert mine["adds"].to_dict() == pytest.approx({"A": value["SGS5.1"], "B": value["SGS6.6"]})
    assert found.value == pytest.approx(
        found.pairs["adds"].sum() + sum(one.table["value"]["SGS2.1"] for one in both)
    )
    assert "served by another pair as well and counts once" in str(found)


def test_what_is_strong_and_what_is_closed_are_said():
    cells = {factor.indicators[0].id: 0.8 for factor in RISK.factors}
    one = score(read_panel(pd.DataFrame([{"unit": "KEN", "year": 2013, **cells, "SGS2.1": 0.8}])))
    rows = {"partner": ["A"], "tool": ["mediation"], "indicators": "SGS2.1", "capacity": 1}
    offers = read_offers(pd.DataFrame({**rows, "sensitivity": "confidential"}))
    found = match([needs(one, "KEN")], offers)
    assert found.refused["reason"].tolist() == ["SGS2.1: strong already"]
    assert found.to_frame()["sensitivity"].tolist() == ["confidential"]
    assert "Some offers are restricted or confidential: not for a wider circle." in str(found)


def test_what_is_to_be_found_out_is_told_by_name():
    cells = {"unit": ["KEN"], "year": 2008, "9.1": 0.8, "SGS6.1": 0.5}
    found = match(
        [needs(score(read_panel(pd.DataFrame(cells))), "KEN")],
        read_offers(pd.DataFrame({"partner": ["A"], "tool": ["inclusion"], "capacity": [1]})),
    )
    assert found.pairs["find_out"].tolist()[0]
    names = set(found.pairs["find_out"].iloc[0]) | set(found.pairs["could_rule_out"].iloc[0])
    labels = {i.id: i.label for i in load_framework("un-foa-2014").indicators}
    said = " ".join(str(found).split())
    assert all(f"{name} {labels[name]}" in said for name in names)
