"""Contributions on plain arrays: by hand, against Shapley by enumeration, then as laws."""

import dataclasses
import itertools
from math import factorial, sqrt

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.scoring.explain.contributions import Target, between, from_absent
from r2prisk.scoring.explain.interaction import meet_slopes, product_slopes
from r2prisk.scoring.explain.means import State
from r2prisk.scoring.explain.powers import pulls, secant
from r2prisk.scoring.kernel import Side, Sums, meet, score_arrays

NAN = np.nan
FORMS = ("damping", "subtractive", "ratio", "gate")
RULES = ("rated-only", "as-absent", "prior")
SIZES, SAFE = (2, 3, 1), (2, 1)
RISK, ALL = sum(SIZES), sum(SIZES) + sum(SAFE)
TARGETS = [Target("risk", 0), Target("residual", 0), Target("resilience"), Target("risk", 1)]
TARGETS += [Target("residual", 1)]


def side(first, sizes, exponent, weights, beyond):
    stops = first + np.cumsum(sizes)
    columns = tuple(np.arange(b - size, b) for b, size in zip(stops, sizes, strict=True))
    each = tuple(weights[c] for c in columns)
    total = np.array([w.sum() or 1.0 for w in each]) + beyond
    return Side(columns, each, total, exponent)


def sums(
    *, within=2.0, weights=None, kappa=None, beyond=0.0, views=None, strengths=None, **changes
):
    """Three risk factors of 2, 3 and 1 indicators, two resilience factors of 2 and 1."""
    weights = np.ones(ALL) if weights is None else np.asarray(weights, dtype=float)
    kappa = [[0.2, 0.3], [0.0, 0.5], [0.0, 0.0]] if kappa is None else kappa
    return Sums(
        risk=side(0, SIZES, within, weights, beyond),
        resilience=side(RISK, SAFE, within, weights, beyond),
        kappa=np.array(kappa),
        views=np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]] if views is None else views),
        strengths=np.ones(2) if strengths is None else np.asarray(strengths, dtype=float),
        **{"gate": 0.6, **changes},
    )


def state(*rows, applies=None):
    ratings = np.array(rows, dtype=float).T
    return State(ratings, np.ones(ratings.shape, bool) if applies is None else applies)


def scored(at, how, target):
    """The score as the library computes it."""
    sheet = score_arrays(
        at.ratings.T,
        at.ratings.T,
        how,
        risk_applies=at.applies.T,
        resilience_applies=at.applies.T,
    )
    views = {"risk": sheet.risk, "residual": sheet.residual}
    return sheet.resilience if target.kind == "resilience" else views[target.kind][target.view]


def total(parts):
    return parts.values.sum(axis=0) + parts.coverage.sum(axis=0) + parts.assumed.sum(axis=0)


# --- by hand ------------------------------------------------------------------------------------


def test_a_secant_is_the_slope_between_two_points():
    assert secant(np.array([0.2]), np.array([0.7]), 3.0)[0] == pytest.approx(
        (0.7**3 - 0.2**3) / 0.5
    )
    assert secant(np.array([0.49]), np.array([0.25]), 0.5)[0] == pytest.approx((0.7 - 0.5) / 0.24)
    assert secant(np.array([0.5, 0.0]), np.array([0.5, 0.0]), 2.0).tolist() == [1.0, 0.0]
    assert secant(np.zeros(1), np.zeros(1), 1.0).tolist() == [1.0]


def test_a_secant_keeps_its_digits_where_points_nearly_meet():
    near = secant(np.array([0.3]), np.array([0.3 + 1e-13]), 0.5)[0]
    assert near == pytest.approx(0.5 / sqrt(0.3), rel=1e-9)


def test_indicators_that_cancel_inside_a_factor_both_show():
    was, now = state([0.6, 0.8, *[NAN] * 7]), state([0.8, 0.6, *[NAN] * 7])
    found = between(was, now, sums(), Target("risk"))
    # the factor is root 0.5 in both: each square moved by 0.28, half of it counts, and the slope
    # of the root is 1 / (2 root 0.5)
    one = 0.28 / 2 / (2 * sqrt(0.5))
    assert found.values[:2, 0] == pytest.approx([one, -one])
    assert (found.coverage == 0).all()


def test_an_indicator_that_did_not_change_adds_nothing():
    was, now = state([0.1, 0.8, 0.3, *[NAN] * 6]), state([0.9, 0.8, 0.7, *[NAN] * 6])
    assert between(was, now, sums(within=3.0), Target("risk")).values[1, 0] == 0.0


def test_an_indicator_that_goes_takes_its_distance_from_those_that_stay():
    how = sums(within=1.0)
    was, now = state([0.2, NAN, 0.9, 0.4, 0.5, *[NAN] * 4]), state([0.2, NAN, NAN, 0.4, *[NAN] * 5])
    found = between(was, now, how, Target("risk"))
    # factor 2 falls from 0.6 to 0.4; 0.9 and 0.5 are 0.5 and 0.1 above 0.4, a third of each counts
    assert found.coverage[:, 0] == pytest.approx([0, 0, -0.5 / 3 / 2, 0, -0.1 / 3 / 2, 0, 0, 0, 0])
    assert (found.values == 0).all()


def test_a_factor_that_becomes_known_was_like_the_rest():
    how = sums(within=1.0)
    was, now = state([0.2, 0.4, *[NAN] * 7]), state([0.2, 0.4, 0.9, 0.3, *[NAN] * 5])
    found = between(was, now, how, Target("risk"))
    # from 0.3: the mean of (0.9 - 0.3) and (0.3 - 0.3), half of which counts in the country
    assert found.coverage[:4, 0] == pytest.approx([0, 0, 0.15, 0.0])


def test_the_effect_of_resilience_on_a_residual_is_the_mean_of_both_orders():
    how = sums(within=1.0, views=[[1.0, 0.0, 0.0], [1.0, 0.0, 1.0]])
    was, now = state([0.4, *[NAN] * 7, 0.5]), state([0.6, *[NAN] * 7, 1.0])
    found = between(was, now, how, Target("residual"))
    # 0.4 x (1 - 0.3 x 0.5) to 0.6 x (1 - 0.3 x 1): left open 0.85 to 0.7
    assert found.values[0, 0] == pytest.approx(0.2 * (0.85 + 0.7) / 2)
    assert found.values[8, 0] == pytest.approx(-0.15 * (0.4 + 0.6) / 2)


def test_from_absent_the_halves_of_the_residual_are_the_risk_and_what_is_taken_off_it():
    how = sums()
    at = state([0.6, 0.8, 0.3, 0.2, NAN, 0.9, 0.5, 0.7, 1.0])
    found = from_absent(at, how, Target("residual")).values[:, 0]
    risk, residual = (scored(at, how, Target(kind))[0] for kind in ("risk", "residual"))
    assert found[:RISK].sum() == pytest.approx(risk)
    assert found[RISK:].sum() == pytest.approx(residual - risk)
    assert (found[RISK:] < 0).all()


def test_what_a_prior_assumes_is_named():
    how = sums(within=1.0, rule="prior", prior=0.5)
    found = from_absent(state([0.2, NAN, *[NAN] * 7]), how, Target("risk"))
    assert found.values[0, 0] == pytest.approx(0.1)
    assert found.assumed[0, 0] == pytest.approx(0.25)


def test_where_nothing_is_rated_twice_all_goes_and_all_comes():
    was, now = state([0.4, *[NAN] * 8]), state([NAN, NAN, 0.9, *[NAN] * 6])
    found = between(was, now, sums(), Target("risk"))
    assert found.coverage[[0, 2], 0] == pytest.approx([-0.4, 0.9])
    assert (found.values == 0).all()


def test_a_difference_from_the_unknown_is_unknown():
    was, now = state([NAN] * 9), state([0.4, *[NAN] * 8])
    assert np.isnan(between(was, now, sums(), Target("risk")).values).all()
    assert np.isnan(from_absent(was, sums(), Target("residual")).assumed).all()


def test_a_factor_that_ceases_to_apply_leaves_the_residual():
    how = sums(within=1.0)
    applies = np.ones((ALL, 1), bool)
    applies[2:5] = False
    ratings = [0.5, 0.5, NAN, NAN, NAN, 0.3, NAN, NAN, 1.0]
    found = between(state(ratings), state(ratings, applies=applies), how, Target("residual"))
    # 0.5 x 0.7, 0.4 x 0.5 (unknown: as present as the risk, 0.4) and 0.3 to 0.35 and 0.3
    rise = (0.35 + 0.3) / 2 - (0.35 + 0.2 + 0.3) / 3
    assert found.coverage[2:5, 0] == pytest.approx([rise / 3] * 3)
    assert total(found)[0] == pytest.approx(rise)


# --- Shapley by enumeration ---------------------------------------------------------------------


def shapley(worth, players):
    """The value of each player, by its definition over all subsets."""
    found = []
    for player in range(players):
        others = [p for p in range(players) if p != player]
        value = 0.0
        for size in range(players):
            share = factorial(size) * factorial(players - 1 - size) / factorial(players)
            for some in itertools.combinations(others, size):
                value += share * (worth({*some, player}) - worth(set(some)))
        found.append(value)
    return found


@given(hnp.arrays(float, st.tuples(st.integers(1, 6), st.just(2)), elements=st.floats(0, 1)))
def test_the_slopes_of_a_product_are_its_shapley_value(ends):
    was, now = ends.T
    exact = shapley(
        lambda some: np.prod([now[p] if p in some else was[p] for p in range(len(was))]), len(was)
    )
    slopes = product_slopes(was[:, None], now[:, None])[:, 0]
    assert slopes * (now - was) == pytest.approx(exact, abs=1e-14)


def test_at_the_corner_of_the_subtractive_form_the_slope_is_half():
    how, presence, left = sums(form="subtractive"), np.array([[0.25]]), np.array([[0.75]])
    pull, hold = meet_slopes((presence, presence), (left, left), how)
    assert (pull[0, 0], hold[0, 0]) == (0.5, 0.5)


unit = st.floats(0, 1)


@given(unit, unit, unit, unit, st.sampled_from(FORMS), st.sampled_from([0.0, 0.5, 0.75, 1.0]))
def test_the_slopes_of_each_form_are_the_shapley_value_of_risk_and_resilience(
    p0, p1, l0, l1, form, gate
):
    how = sums(form=form, gate=gate)

    def worth(some):
        presence, left = p1 if 0 in some else p0, l1 if 1 in some else l0
        return float(meet(np.array([[presence]]), np.array([[left]]), how)[0, 0])

    ends = [(np.array([[a]]), np.array([[b]])) for a, b in ((p0, p1), (l0, l1))]
    pull, hold = (slope[0, 0] for slope in meet_slopes(*ends, how))
    assert [pull * (p1 - p0), hold * (l1 - l0)] == pytest.approx(shapley(worth, 2), abs=1e-12)
    first, then = (slope[0, 0] for slope in meet_slopes(*ends, how, risk_first=True))
    assert first * (p1 - p0) == pytest.approx(worth({0}) - worth(set()), abs=1e-12)
    assert then * (l1 - l0) == pytest.approx(worth({0, 1}) - worth({0}), abs=1e-12)


@given(
    hnp.arrays(float, (3, 2), elements=unit),
    hnp.arrays(float, 3, elements=st.floats(0.1, 2)),
    st.floats(1, 10),
)
def test_pulls_add_up_to_the_change_of_a_power_mean(ends, weights, exponent):
    was, now = ends[:, :1], ends[:, 1:]
    shares = (weights / weights.sum())[:, None]
    means = tuple((shares * x**exponent).sum(axis=0) for x in (was, now))
    found = (pulls(was, now, shares, means, exponent) * (now - was)).sum()
    assert found == pytest.approx(
        (means[1] ** (1 / exponent) - means[0] ** (1 / exponent))[0], abs=1e-12
    )


few = settings(max_examples=15)

# --- laws ---------------------------------------------------------------------------------------

cells = st.one_of(
    st.sampled_from([NAN, NAN, 0.0, 1.0, 0.5]), st.floats(0, 1), st.floats(0.499999, 0.500001)
)


@st.composite
def two_states(draw, rows=3):
    """Random rows with unknowns, and indicators and whole factors that do not apply."""
    found = []
    for _ in range(2):
        ratings = draw(hnp.arrays(float, (ALL, rows), elements=cells))
        applies = draw(hnp.arrays(bool, (ALL, rows), elements=st.integers(0, 4).map(bool)))
        for columns in ([0, 1], [2, 3, 4], [5]):
            if draw(st.integers(0, 3)) == 0:
                applies[columns] = False
        found.append(State(np.where(applies, ratings, NAN), applies))
    return found


@st.composite
def choices(draw):
    shares = hnp.arrays(float, (3, 2), elements=st.sampled_from([0.0, 0.2, 0.7, 1.0]))
    # sums of tenths have last bits, of which a root would make 1e-8
    positive = st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0, 2.0])
    return sums(
        within=draw(st.one_of(st.sampled_from([1.0, 2.0]), st.floats(1, 10))),
        across=draw(st.one_of(st.sampled_from([1.0, 2.0]), st.floats(1, 10))),
        weights=draw(hnp.arrays(float, ALL, elements=positive)),
        views=draw(hnp.arrays(float, (2, 3), elements=positive)),
        strengths=draw(hnp.arrays(float, 2, elements=positive)),
        kappa=draw(shares),
        beyond=draw(st.sampled_from([0.0, 1.5])),
        form=draw(st.sampled_from(FORMS)),
        gate=draw(st.sampled_from([0.0, 0.6, 1.0])),
        rule=draw(st.sampled_from(RULES)),
        prior=draw(unit),
    )


@settings(max_examples=40)
@given(two_states(), choices(), st.sampled_from(TARGETS))
def test_nothing_is_left_over(states, how, target):
    was, now = (scored(at, how, target) for at in states)
    found = total(between(*states, how, target))
    assert (np.isnan(found) == np.isnan(now - was)).all()
    assert found == pytest.approx(now - was, abs=1e-9, nan_ok=True)


@few
@given(two_states(), choices(), st.sampled_from(TARGETS))
def test_a_score_is_the_sum_of_what_is_in_it(states, how, target):
    found = from_absent(states[0], how, target)
    assert total(found) == pytest.approx(scored(states[0], how, target), abs=1e-9, nan_ok=True)


@few
@given(two_states(), choices(), st.sampled_from(TARGETS))
def test_going_back_undoes_it(states, how, target):
    there, back = between(*states, how, target), between(*states[::-1], how, target)
    for name in ("values", "coverage", "assumed"):
        assert getattr(there, name) == pytest.approx(-getattr(back, name), abs=1e-9, nan_ok=True)


@few
@given(two_states(), choices(), st.sampled_from(TARGETS))
def test_what_is_rated_alike_in_both_adds_nothing(states, how, target):
    was, now = states
    same = State(
        np.where(was.rated & now.rated, was.ratings, now.ratings), was.applies & now.applies
    )
    found = between(
        was, State(np.where(same.applies, same.ratings, NAN), same.applies), how, target
    )
    assert np.nan_to_num(found.values) == pytest.approx(0.0, abs=1e-12)


@few
@given(two_states(), choices(), st.sampled_from(TARGETS))
def test_values_are_the_change_on_what_both_rate(states, how, target):
    common = states[0].rated & states[1].rated
    applies = states[0].applies | states[1].applies
    cut = [State(np.where(common, at.ratings, NAN), applies) for at in states]
    was, now = (scored(at, how, target) for at in cut)
    found = between(*states, how, target).values.sum(axis=0)
    known = ~np.isnan(now - was)
    assert found[known] == pytest.approx((now - was)[known], abs=1e-9)


@few
@given(two_states(), choices(), st.sampled_from(TARGETS))
def test_higher_ratings_never_lower_a_risk_and_safeguards_never_raise_a_residual(
    states, how, target
):
    low, high = np.fmin(states[0].ratings, states[1].ratings), states[0].ratings
    lower = State(np.where(np.isnan(high), NAN, low), states[0].applies)
    found = between(lower, states[0], how, target).values
    found = found[:, ~np.isnan(found).any(axis=0)]
    assert (found[:RISK] >= -1e-12).all()
    sign = 1.0 if target.kind == "resilience" else -1.0
    assert (sign * found[RISK:] >= -1e-12).all()


@few
@given(two_states(rows=1), choices(), st.sampled_from(TARGETS))
def test_rows_do_not_look_at_each_other(states, how, target):
    others = [State(np.full((ALL, 2), 0.3), np.ones((ALL, 2), bool)) for _ in range(2)]
    wide = [
        State(np.hstack([a.ratings, b.ratings]), np.hstack([a.applies, b.applies]))
        for a, b in zip(states, others, strict=True)
    ]
    alone, beside = between(*states, how, target), between(*wide, how, target)
    assert alone.coverage[:, 0] == pytest.approx(beside.coverage[:, 0], nan_ok=True, abs=1e-12)
    assert alone.values[:, 0] == pytest.approx(beside.values[:, 0], nan_ok=True, abs=1e-12)


def test_splitting_a_safeguard_does_not_change_what_is_laid_at_the_door_of_risk():
    how = sums(within=1.0, kappa=[[0.36, 0.0], [0.0, 0.0], [0.0, 0.0]])
    split = dataclasses.replace(how, kappa=np.array([[0.2, 0.2], [0.0, 0.0], [0.0, 0.0]]))
    was, now = state([0.4, 0.4, *[NAN] * 4, 1, 1, 1]), state([0.8, 0.2, *[NAN] * 4, 0, 0, 0])
    one, two = (between(was, now, h, Target("residual")).values for h in (how, split))
    assert one[:RISK] == pytest.approx(two[:RISK])
