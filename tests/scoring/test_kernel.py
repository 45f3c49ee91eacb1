"""The sums: worked by hand, then as laws."""

import dataclasses
from math import sqrt

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from r2prisk.scoring.kernel import Side, Sums, bounds, power_means, score_arrays, settle

NAN = np.nan
FORMS = ("damping", "subtractive", "ratio", "gate")
RULES = ("rated-only", "as-absent", "prior")


def side(sizes, exponent=2.0, weights=None):
    stops = np.cumsum(sizes)
    columns = tuple(np.arange(stop - size, stop) for stop, size in zip(stops, sizes, strict=True))
    weights = np.ones(stops[-1]) if weights is None else np.asarray(weights, dtype=float)
    each = tuple(weights[c] for c in columns)
    return Side(columns, each, np.array([w.sum() for w in each]), exponent)


def sums(**changes):
    """Three risk factors of 2, 3 and 1 indicators; two resilience factors of 2 and 1."""
    plain = Sums(
        risk=side([2, 3, 1]),
        resilience=side([2, 1]),
        kappa=np.array([[0.2, 0.3], [0.0, 0.5], [0.0, 0.0]]),
        views=np.array([[1.0, 1.0, 1.0], [1.0, 0.0, 1.0]]),
        strengths=np.ones(2),
        gate=0.6,
    )
    return dataclasses.replace(plain, **changes)


def presence(sheet, how=None):
    how = how or sums()
    return settle(sheet.rated, sheet.coverage, how.risk.exponent, how.rule, how.prior)


def strength(sheet, how):
    return settle(
        sheet.strength_rated, sheet.strength_coverage, how.resilience.exponent, how.rule, how.prior
    )


def one_row(risk, resilience, how=None):
    return score_arrays(np.array([risk]), np.array([resilience]), how or sums())


# --- by hand ------------------------------------------------------------------------------------


def test_presence_is_a_power_mean_over_what_is_rated():
    sheet = one_row([0.6, 0.8, 0.3, NAN, 0.9, NAN], [0.5, 0.5, 1.0])
    assert presence(sheet)[0, 0] == pytest.approx(sqrt((0.6**2 + 0.8**2) / 2))
    assert presence(sheet)[1, 0] == pytest.approx(sqrt((0.3**2 + 0.9**2) / 2))
    assert np.isnan(presence(sheet)[2, 0])
    assert sheet.coverage[:, 0].tolist() == pytest.approx([1, 2 / 3, 0])


def test_weights_enter_as_they_are_named():
    how = sums(risk=side([2, 3, 1], weights=[3, 1, 1, 1, 1, 1]))
    sheet = one_row([0.6, 0.2, NAN, NAN, NAN, NAN], [NAN, NAN, NAN], how)
    assert presence(sheet)[0, 0] == pytest.approx(sqrt((3 * 0.6**2 + 1 * 0.2**2) / 4))


def test_inhibition_multiplies_what_each_resilience_factor_leaves():
    sheet = one_row([0.5] * 6, [0.5, 0.5, 1.0])
    left = [(1 - 0.2 * 0.5) * (1 - 0.3 * 1.0), 1 - 0.5 * 1.0, 1.0]
    assert sheet.risk[0, 0] == pytest.approx(0.5)
    assert sheet.residual[0, 0] == pytest.approx(0.5 * sum(left) / 3)
    assert sheet.residual[1, 0] == pytest.approx(0.5 * (left[0] + left[2]) / 2)


@pytest.mark.parametrize(
    ("form", "residual"),
    [
        ("damping", 0.8 * 0.75),
        ("subtractive", 0.8 - 0.25),
        ("ratio", 0.8 / 1.25),
        ("gate", 0.8 * (1 - 0.25 * (1 - 0.8) / (1 - 0.6))),
    ],
)
def test_forms_of_interaction(form, residual):
    how = Sums(
        risk=side([1]),
        resilience=side([1]),
        kappa=np.array([[0.25]]),
        views=np.ones((1, 1)),
        strengths=np.ones(1),
        form=form,
        gate=0.6,
    )
    assert one_row([0.8], [1.0], how).residual[0, 0] == pytest.approx(residual)


def test_the_gate_lets_inhibition_hold_below_it_and_fade_above():
    how = sums(form="gate", gate=0.6)
    low = one_row([0.5] * 6, [1.0, 1.0, 1.0], how).residual[0, 0]
    assert low == pytest.approx(0.5 * ((0.8 * 0.7) + 0.5 + 1.0) / 3)
    assert one_row([1.0] * 6, [1.0, 1.0, 1.0], how).residual[0, 0] == pytest.approx(1.0)
    never = sums(form="gate", gate=1.0)
    high = one_row([1.0] * 6, [1.0, 1.0, 1.0], never).residual[0, 0]
    assert high == pytest.approx(((0.8 * 0.7) + 0.5 + 1.0) / 3)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("rated-only", 0.6),
        ("as-absent", sqrt(0.6**2 / 3)),
        ("prior", sqrt((0.6**2 + 2 * 0.5**2) / 3)),
    ],
)
def test_missing_rules(rule, expected):
    how = sums(rule=rule, prior=0.5)
    sheet = one_row([NAN, NAN, 0.6, NAN, NAN, NAN], [NAN, NAN, NAN], how)
    assert presence(sheet, how)[1, 0] == pytest.approx(expected)
    assert np.isnan(presence(sheet, how)[0, 0])  # a factor with nothing rated stays unknown
    assert sheet.risk[0, 0] == pytest.approx(expected)


def test_bounds_put_unknown_risk_at_0_and_1():
    sheet = one_row([0.6, NAN, 0.3, 0.3, 0.3, NAN], [NAN, NAN, NAN])
    low = (sqrt(0.6**2 / 2) + 0.3 + 0) / 3
    high = (sqrt((0.6**2 + 1) / 2) + 0.3 + 1) / 3
    assert (sheet.risk_low[0, 0], sheet.risk_high[0, 0]) == pytest.approx((low, high))
    # all resilience is unknown: it may hold nothing down, or all that kappa lets it
    lowest = (sqrt(0.6**2 / 2) * 0.8 * 0.7 + 0.3 * 0.5 + 0) / 3
    assert sheet.residual_low[0, 0] == pytest.approx(lowest)
    assert sheet.residual_high[0, 0] == pytest.approx(high)


def test_an_unknown_factor_is_taken_as_the_rest_and_met_by_its_own_resilience():
    # factor 2 (kappa 0.5 of resilience 2) is unknown; factors 1 and 3 have presence 0.4
    sheet = one_row([0.4, 0.4, NAN, NAN, NAN, 0.4], [0.0, 0.0, 1.0])
    assert sheet.risk[0, 0] == pytest.approx(0.4)
    assert sheet.residual[0, 0] == pytest.approx((0.4 * 0.7 + 0.4 * 0.5 + 0.4) / 3)


def test_nothing_rated_is_unknown_between_0_and_1():
    sheet = one_row([NAN] * 6, [NAN] * 3)
    assert np.isnan(sheet.risk[0, 0])
    assert np.isnan(sheet.residual[0, 0])
    assert np.isnan(sheet.resilience[0])
    assert (sheet.risk_low[0, 0], sheet.risk_high[0, 0]) == (0.0, 1.0)
    assert (sheet.resilience_low[0], sheet.resilience_high[0]) == (0.0, 1.0)
    assert sheet.view_coverage[0, 0] == 0.0


def test_what_does_not_apply_is_neither_unknown_nor_zero():
    risk = np.array([[0.6, NAN, 0.3, 0.3, 0.3, NAN]])
    applies = np.array([[True, False, True, True, True, False]])
    sheet = score_arrays(risk, np.full((1, 3), NAN), sums(), risk_applies=applies)
    assert sheet.coverage[:2, 0].tolist() == [1.0, 1.0]
    assert np.isnan(sheet.coverage[2, 0])
    assert sheet.risk[0, 0] == pytest.approx((0.6 + 0.3) / 2)
    assert sheet.risk_low[0, 0] == pytest.approx(sheet.risk_high[0, 0])
    assert sheet.view_coverage[0, 0] == 1.0


def test_exponents_across_factors():
    sheet = one_row([0.6, 0.6, 0.8, 0.8, 0.8, NAN], [NAN] * 3, sums(across=2.0))
    assert sheet.risk[0, 0] == pytest.approx(sqrt((0.6**2 + 0.8**2) / 2))


# --- laws ---------------------------------------------------------------------------------------

ratings = st.floats(0, 1) | st.sampled_from([0.0, 1.0, 0.25, 1e-9, 1 - 1e-9])
cells = ratings | st.just(NAN)
blocks = hnp.arrays(float, st.tuples(st.integers(1, 5), st.just(9)), elements=cells)
hows = st.builds(
    lambda form, rule, prior, within, across, gate: sums(
        risk=side([2, 3, 1], within),
        resilience=side([2, 1], within),
        form=form,
        rule=rule,
        prior=prior,
        across=across,
        gate=gate,
    ),
    st.sampled_from(FORMS),
    st.sampled_from(RULES),
    st.floats(0, 1),
    st.sampled_from([1.0, 2.0, 3.5]),
    st.sampled_from([1.0, 2.0, 4.0]),
    st.floats(0, 1),
)
TINY = 1e-12


def run(block, how):
    return score_arrays(block[:, :6], block[:, 6:], how)


def within(low, value, high):
    known = ~np.isnan(value)
    return bool(((low <= value) & (value <= high))[known].all())


@given(blocks, hows)
def test_scores_lie_between_0_and_1_and_inside_their_bounds(block, how):
    sheet = run(block, how)
    for name in ("rated", "strength_rated", "risk", "residual", "resilience"):
        assert within(0.0, getattr(sheet, name), 1.0)
    assert within(sheet.risk_low, sheet.risk, sheet.risk_high)
    assert within(sheet.residual_low, sheet.residual, sheet.residual_high)
    assert within(sheet.resilience_low, sheet.resilience, sheet.resilience_high)
    for part, rated, coverage, group in (
        (presence(sheet, how), sheet.rated, sheet.coverage, how.risk),
        (strength(sheet, how), sheet.strength_rated, sheet.strength_coverage, how.resilience),
    ):
        low, high = bounds(rated, coverage, group.exponent)
        assert within(low, part, high)
        assert within(0.0, low, high)
        assert within(low, high, 1.0)


@given(blocks, hows)
def test_residual_is_never_above_risk(block, how):
    sheet = run(block, how)
    known = ~np.isnan(sheet.risk)
    assert (sheet.residual[known] <= sheet.risk[known]).all()
    assert (np.isnan(sheet.residual) == np.isnan(sheet.risk)).all()


@given(blocks, hows, st.data())
def test_monotone_up_in_risk_ratings_and_down_in_resilience_ratings(block, how, data):
    row = data.draw(st.integers(0, len(block) - 1))
    column = data.draw(st.integers(0, 8))
    more = block.copy()
    if np.isnan(more[row, column]):
        return
    more[row, column] = data.draw(st.floats(more[row, column], 1.0))
    before, after = run(block, how), run(more, how)
    sign = 1 if column < 6 else -1
    for name in ("risk", "residual", "residual_low", "residual_high", "risk_low", "risk_high"):
        change = (getattr(after, name) - getattr(before, name)) * sign
        if column >= 6 and name.startswith("risk"):
            assert (change[~np.isnan(change)] == 0).all()
        else:
            assert (change[~np.isnan(change)] >= -TINY).all()


@given(blocks, hows, st.floats(0.01, 100))
def test_the_scale_of_weights_does_not_matter(block, how, scale):
    def scaled(group):
        weights = tuple(w * scale for w in group.weights)
        return dataclasses.replace(group, weights=weights, total=group.total * scale)

    other = dataclasses.replace(
        how,
        risk=scaled(how.risk),
        resilience=scaled(how.resilience),
        views=how.views * scale,
        strengths=how.strengths * scale,
    )
    one, two = run(block, how), run(block, other)
    for field in dataclasses.fields(one):
        np.testing.assert_allclose(
            getattr(one, field.name), getattr(two, field.name), atol=1e-7, equal_nan=True
        )


@given(blocks, hows, st.randoms(use_true_random=False))
def test_row_order_does_not_matter_to_the_last_bit(block, how, random):
    order = list(range(len(block)))
    random.shuffle(order)
    one, two = run(block, how), run(block[order], how)
    for field in dataclasses.fields(one):
        np.testing.assert_array_equal(
            getattr(one, field.name)[..., order], getattr(two, field.name)
        )


@given(blocks, hows, st.data())
def test_rating_one_more_unknown_cell_never_widens_the_bounds(block, how, data):
    unknown = np.argwhere(np.isnan(block))
    if not len(unknown):
        return
    cell = tuple(unknown[data.draw(st.integers(0, len(unknown) - 1))])
    more = block.copy()
    more[cell] = data.draw(ratings)
    before, after = run(block, how), run(more, how)
    for name in ("risk", "residual", "resilience"):
        assert (getattr(after, f"{name}_low") >= getattr(before, f"{name}_low") - TINY).all()
        assert (getattr(after, f"{name}_high") <= getattr(before, f"{name}_high") + TINY).all()


@given(blocks, hows)
def test_the_bounds_are_reached_when_the_unknown_is_known(block, how):
    best, worst = block.copy(), block.copy()
    unknown = np.isnan(block)
    best[:, :6][unknown[:, :6]] = 0.0
    best[:, 6:][unknown[:, 6:]] = 1.0
    worst[:, :6][unknown[:, :6]] = 1.0
    worst[:, 6:][unknown[:, 6:]] = 0.0
    here, low, high = run(block, how), run(best, how), run(worst, how)
    close = {"atol": 1e-6, "rtol": 0}
    np.testing.assert_allclose(here.risk_low, low.risk, **close)
    np.testing.assert_allclose(here.risk_high, high.risk, **close)
    np.testing.assert_allclose(here.residual_low, low.residual, **close)
    np.testing.assert_allclose(here.residual_high, high.residual, **close)
    np.testing.assert_allclose(here.resilience_low, high.resilience, **close)
    np.testing.assert_allclose(here.resilience_high, low.resilience, **close)


def test_layout_and_blocks_do_not_change_a_bit(monkeypatch):
    rng = np.random.default_rng(5)
    block = rng.random((1000, 9))
    block[rng.random(block.shape) < 0.2] = NAN
    one = run(block, sums())
    monkeypatch.setattr("r2prisk.scoring.kernel.blocks.BLOCK", 37)
    two = score_arrays(np.asfortranarray(block[:, :6]), np.asfortranarray(block[:, 6:]), sums())
    for field in dataclasses.fields(one):
        np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


@pytest.mark.parametrize("exponent", [1.0, 2.0, 3.5])
def test_bounds_hold_the_score_to_the_last_bit_where_nothing_is_unknown(exponent):
    block = np.random.default_rng(8).random((20_000, 9))
    how = sums(risk=side([2, 3, 1], exponent), resilience=side([2, 1], exponent), across=exponent)
    sheet = run(block, how)
    for name in ("risk", "residual", "resilience"):
        assert within(getattr(sheet, f"{name}_low"), getattr(sheet, name), 1.0)
        assert within(0.0, getattr(sheet, name), getattr(sheet, f"{name}_high"))
    low, high = bounds(sheet.rated, sheet.coverage, exponent)
    assert within(low, sheet.rated, high)
    assert (high <= 1.0).all()


def test_weights_that_do_not_add_up_exactly_leave_nothing_of_what_does_not_apply():
    # 0.1 + 0.2 + 0.3 less each of them is not 0 in binary fractions
    how = sums(risk=side([2, 3, 1], weights=[1, 1, 0.1, 0.2, 0.3, 1]))
    risk = np.array([[0.5, 0.5, NAN, NAN, NAN, 0.5]])
    applies = np.array([[True, True, False, False, False, True]])
    sheet = score_arrays(risk, np.full((1, 3), NAN), how, risk_applies=applies)
    assert np.isnan(sheet.coverage[1, 0])
    assert sheet.view_coverage[0, 0] == 1.0
    assert sheet.risk_high[0, 0] == pytest.approx(0.5)


def test_power_means_tend_to_the_largest_rating_as_the_exponent_grows():
    block = np.array([[0.1], [0.2], [0.9]])
    values = [power_means(block, None, side([3], p))[0][0, 0] for p in (1, 2, 8, 64)]
    assert values == sorted(values)
    assert values[-1] == pytest.approx(0.9, abs=0.02)
