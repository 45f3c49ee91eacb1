"""Sobol' indices against closed forms, SciPy and the score itself, and the laws they must keep."""

import dataclasses
import functools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import sobol_indices

from r2prisk import CellState, InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.scoring.kernel.draws import ROUNDING
from r2prisk.scoring.sensitivity import GROUPS, indices, sensitivity, terms
from r2prisk.scoring.sensitivity.design import RULES, Replay, design
from r2prisk.scoring.sensitivity.work import Work
from r2prisk.scoring.uncertainty import load_priors
from r2prisk.scoring.uncertainty.sample import drawn_profile

DEFAULT = Profile.load("default")
PRIORS = load_priors()
FEW = PRIORS.replace(exponents={"steps": 3})
"""Few exponents, so that draws go through the sums in few pieces: the laws are the same."""
NAMES = [
    i.id for name in ("un-foa-2014", "sg-resilience-2013") for i in load_framework(name).indicators
]
UNITS = ("GHA", "KEN", "MMR", "NOR", "SDN", "SYR")
CHOICES = ["indicator_weights", "factor_weights", "exponents", "kappa", "form", "missing"]


@functools.cache
def made(seed=0, years=(2003,), unknown=0.4, variance=None):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.random((len(UNITS) * len(years), len(NAMES))), columns=NAMES)
    frame = frame.mask(rng.random(frame.shape) < unknown)
    frame.insert(0, "unit", np.repeat(UNITS, len(years)))
    frame.insert(1, "year", list(years) * len(UNITS))
    panel = read_panel(frame)
    if variance is not None:
        noise = np.where(np.isnan(panel.ratings), np.nan, variance)
        panel = dataclasses.replace(panel, variance=noise)
    return panel


@functools.cache
def usual():
    return quick(made(), groups=CHOICES, draws=64)


def quick(panel, **options):
    return sensitivity(panel, **{"priors": FEW, **options})


def sampled(function, dimensions, groups, draws=2**13, seed=1):
    """Outcomes of a function of uniforms in the runs A, B and AB of each group of dimensions."""
    a, b = np.random.default_rng(seed).random((2, dimensions, draws))
    runs = []
    for group in groups:
        mixed = a.copy()
        mixed[list(group)] = b[list(group)]
        runs.append(function(mixed))
    return function(a)[None], function(b)[None], np.stack(runs)[:, None]


def ishigami(u):
    x, y, z = (2 * u - 1) * np.pi
    return np.sin(x) + 7 * np.sin(y) ** 2 + 0.1 * z**4 * np.sin(x)


A = np.array([0.0, 1.0, 4.5, 9.0])


def g_function(u):
    return np.prod((np.abs(4 * u - 2) + A[:, None]) / (1 + A[:, None]), axis=0)


def check(found, first, total, off=0.08):
    np.testing.assert_allclose(found.first[0], first, atol=off)
    np.testing.assert_allclose(found.total[0], total, atol=off)
    assert (found.first_low[0] - 0.01 <= first).all()
    assert (first <= found.first_high[0] + 0.01).all()
    assert (found.total_low[0] - 0.01 <= total).all()
    assert (total <= found.total_high[0] + 0.01).all()


def test_ishigami_against_the_closed_form():
    # V1 = (1 + b pi^4 / 5)^2 / 2, V2 = a^2 / 8, V13 = 8 b^2 pi^8 / 225, with a = 7 and b = 0.1
    one, two, both = (1 + 0.1 * np.pi**4 / 5) ** 2 / 2, 49 / 8, 0.01 * np.pi**8 * 8 / 225
    whole = one + two + both
    found = indices(terms(*sampled(ishigami, 3, [[0], [1], [2]], draws=2**12)))
    assert found.variance[0] == pytest.approx(whole, rel=0.05)
    first = np.array([one, two, 0]) / whole
    check(found, first, np.array([one + both, two, both]) / whole)


@pytest.mark.parametrize("groups", [[[0], [1], [2], [3]], [[0, 3], [1], [2]]])
def test_the_g_function_and_its_groups_against_the_closed_form(groups):
    # V_i = 1 / (3 (1 + a_i)^2); the variance of a group alone is the product of 1 + V_i, less 1
    parts = 1 / (3 * (1 + A) ** 2)
    whole = np.prod(1 + parts) - 1
    alone = np.array([np.prod(1 + parts[group]) - 1 for group in groups])
    others = np.array([np.prod(np.delete(1 + parts, group)) - 1 for group in groups])
    found = indices(terms(*sampled(g_function, 4, groups, draws=2**13)))
    check(found, alone / whole, (whole - others) / whole)


def test_as_scipy_has_them():
    a, b, ab = sampled(ishigami, 3, [[0], [1], [2]], draws=2**10)
    theirs = sobol_indices(func={"f_A": a, "f_B": b, "f_AB": ab}, n=2**10)
    ours = indices(terms(a, b, ab))
    np.testing.assert_allclose(ours.first[0], np.squeeze(theirs.first_order), atol=1e-12)
    np.testing.assert_allclose(ours.total[0], np.squeeze(theirs.total_order), atol=1e-12)


def test_intervals_narrow_as_one_over_the_root_of_draws():
    wide, narrow = (
        indices(terms(*sampled(ishigami, 3, [[0], [1], [2]], draws=d))) for d in (2**8, 2**12)
    )
    ratio = (wide.total_high - wide.total_low) / (narrow.total_high - narrow.total_low)
    assert (ratio > 2.5).all()  # sqrt(16) = 4
    assert (ratio < 6).all()


def test_intervals_hold_the_truth_about_as_often_as_they_say():
    held = []
    for seed in range(40):  # x + 2 y: 1/5 and 4/5
        a, b, ab = sampled(lambda u: u[0] + 2 * u[1], 2, [[0], [1]], draws=256, seed=seed)
        found = indices(terms(a, b, ab), rng=seed)
        for name in ("first", "total"):
            low, high = getattr(found, f"{name}_low")[0], getattr(found, f"{name}_high")[0]
            held.append((low <= [0.2, 0.8]) & (high >= [0.2, 0.8]))
    assert 0.90 <= np.mean(held) <= 0.99


def test_outcomes_together_are_weighted_by_their_variance():
    a, b, ab = sampled(ishigami, 3, [[0], [1], [2]], draws=2**8)
    c, d, cd = sampled(lambda u: 5 * u[0] + u[2], 3, [[0], [1], [2]], draws=2**8, seed=4)
    both = terms(np.vstack([a, c]), np.vstack([b, d]), np.concatenate([ab, cd], axis=1))
    apart, one = indices(both), indices(both.together())
    for name in ("first", "total"):
        mean = np.average(getattr(apart, name), axis=0, weights=apart.variance)
        np.testing.assert_allclose(getattr(one, name)[0], mean, atol=1e-12)


def test_the_part_of_half_the_draws_is_that_of_those_draws():
    a, b, ab = sampled(lambda u: u[0], 1, [[0]], draws=64)
    whole = terms(a, b, ab)
    part = whole.until(32)
    assert part.variance.shape == (1, 32)
    assert part.total.mean() == pytest.approx(((a - ab[0])[:, :32] ** 2).mean() / 2)


def work(panel, groups, draws=32, of="risk", panels=None, seed=3, priors=FEW):
    scores = score(panel)
    panels = panels or {"": panel}
    order = [g for g in GROUPS if g in groups]
    made_ = design(
        scores, priors, order, draws=draws, panels=len(panels), rng=np.random.default_rng(seed)
    )
    return Work(scores, panels, priors, made_, of, 5)


@pytest.mark.parametrize("of", ["residual_risk", "resilience", "genocide"])
def test_every_run_is_the_score_under_its_profile(of):
    panel = made()
    busy = work(panel, CHOICES, of=of)
    drawn = busy.draw(np.arange(len(panel)))
    some = [0, 40, *range(64, 256, 24)]
    assert len({busy.design.rules[d] for d in some}) == 3
    for d in some:
        base = drawn_profile(busy.scores, panel, busy.design.drawn, d)
        rule = base.missing.model_copy(update={"rule": RULES[busy.design.rules[d]]})
        profile = base.model_copy(update={"missing": rule})
        frame = score(panel, profile=profile).to_frame()
        np.testing.assert_allclose(drawn[:, d], frame[of], atol=ROUNDING)


def test_a_run_takes_one_group_from_the_second_sample_and_the_rest_from_the_first():
    made_ = work(made(variance=0.02), GROUPS[:-1]).design
    d = made_.draws
    fields = {
        "evidence": made_.evidence,
        "indicator_weights": made_.drawn.risk[3][0],
        "factor_weights": made_.drawn.strengths[2],
        "exponents": made_.drawn.across,
        "kappa": made_.drawn.kappa.max(axis=(0, 1)),
        "form": made_.drawn.forms,
        "unknown": made_.unknown,
        "missing": made_.rules,
    }
    assert set(fields) == set(made_.groups)
    for of, values in fields.items():
        runs = values.reshape(len(made_.groups) + 2, d)
        assert (runs[0] != runs[1]).any()
        for group, run in zip(made_.groups, runs[2:], strict=True):
            assert (run == runs[int(group == of)]).all()


def test_the_two_samples_are_independent():
    drawn = work(made(), ["kappa", "exponents"], draws=1024).design.drawn
    across = np.log(drawn.across.reshape(4, -1))
    assert abs(np.corrcoef(across[0], across[1])[0, 1]) < 0.1
    # scrambled Sobol' points go together bit by bit without showing in a correlation
    halves = across > np.median(across, axis=1, keepdims=True)
    table = np.histogram2d(halves[0], halves[1], bins=2)[0]
    assert (np.abs(table - 256) < 50).all()  # four standard deviations of 12.5 draws


@pytest.mark.parametrize(("own", "counts"), [(0.5, [32, 16, 16]), (1.0, [64, 0, 0])])
def test_the_profiles_own_rule_is_drawn_as_often_as_declared(own, counts):
    priors = PRIORS.replace(missing={"own": own})
    rules = work(made(), ["missing"], draws=64, priors=priors).design.rules[:128].reshape(2, 64)
    for half in rules:
        assert [int((half == r).sum()) for r in range(3)] == counts


def test_both_samples_are_balanced():
    drawn = work(made(), ["exponents"], draws=64).design.drawn
    for half in drawn.across[:128].reshape(2, 64):
        parts = np.floor((np.log2(half) + 1) / 2 * 64)
        assert sorted(parts.tolist()) == list(range(64))


@pytest.mark.parametrize("groups", [["evidence"], ["unknown"], ["evidence", "unknown"]])
def test_runs_with_the_same_cells_score_the_same(groups):
    panel = made(variance=0.02)
    busy = work(panel, ["kappa", *groups], of="resilience", draws=64)
    runs = np.split(busy.draw(np.arange(len(panel))), busy.runs, axis=1)
    # kappa means nothing to resilience: changing it alone leaves A as it was
    kappa = busy.design.groups.index("kappa")
    np.testing.assert_array_equal(runs[2 + kappa], runs[0])
    assert (runs[0] != runs[1]).any()
    if len(groups) == 1:
        np.testing.assert_array_equal(runs[2 + busy.design.groups.index(groups[0])], runs[1])


def test_cells_drawn_again_have_the_mean_and_variance_of_their_ratings():
    frame = pd.DataFrame({"unit": ["NOR"], "year": [2003], "indicator": ["1.1"], "rating": [0.4]})
    panel = read_panel(frame.assign(variance=0.03))
    drawn = work(panel, ["evidence"], draws=1024).draw(np.array([0]))
    assert drawn.mean() == pytest.approx(0.4, abs=0.02)
    assert drawn.var() == pytest.approx(0.03, rel=0.1)


@pytest.mark.parametrize("group", ["evidence", "unknown"])
def test_equal_rows_are_drawn_apart(group):
    frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": 2003, "1.1": 0.4})
    panel = read_panel(frame)
    panel = dataclasses.replace(panel, variance=np.full(panel.ratings.shape, 0.04))
    drawn = work(panel, [group], draws=256).draw(np.arange(2))[:, :512]
    assert abs(np.corrcoef(drawn)[0, 1]) < 0.2


def test_unknown_levels_follow_the_rule_that_is_drawn():
    busy = work(made(unknown=0.4), ["unknown", "missing"])
    (of_panel,) = busy.parts
    levels = {sums.rule: source.cells.levels for _, source, sums, _ in of_panel}
    # something of every factor is rated
    assert (levels["as-absent"] == 0.0).all()
    assert (levels["prior"] == 0.5).all()
    np.testing.assert_array_equal(levels["rated-only"][:, :14].T, busy.scores.sheet.rated)


def test_ratings_and_levels_of_a_row_have_numbers_of_their_own():
    row = Replay([1, 2], 8)
    numbers = [part.bit_generator.random_raw(4).tolist() for part in (row, row._levels)]
    assert not set(numbers[0]) & set(numbers[1])


def test_form_and_rule_against_every_combination():
    # both have few values: all 12 profiles and their probabilities give the indices exactly
    forms = {"damping": 0.4, "subtractive": 0.2, "ratio": 0.2, "gate": 0.2}
    rules = {"rated-only": 0.5, "as-absent": 0.25, "prior": 0.25}
    panel = made(unknown=0.6)
    profile = DEFAULT.replace(name="e", inhibition={"gate": 0.3})
    found = quick(panel, profile=profile, of="residual_risk", groups=["form", "missing"], draws=512)
    made_ = [
        [
            score(panel, profile=profile.replace(inhibition={"form": f}, missing={"rule": r}))
            for r in rules
        ]
        for f in forms
    ]
    p, q = np.array(list(forms.values())), np.array(list(rules.values()))
    outcomes = {
        "scores": lambda one: one.to_frame()["residual_risk"],
        "ranks": lambda one: one.rank("residual_risk")["rank"].reindex(panel.index),
    }
    for outcome, of in outcomes.items():
        y = np.array([[of(one).to_numpy(float) for one in row] for row in made_])
        y -= np.einsum("f,r,frn->n", p, q, y)
        whole = np.einsum("f,r,frn->", p, q, y**2)
        form = (p @ np.einsum("r,frn->fn", q, y) ** 2).sum() / whole
        rule = (q @ np.einsum("f,frn->rn", p, y) ** 2).sum() / whole
        table = found.table().loc[outcome]
        assert table["first"].tolist() == pytest.approx([form, rule], abs=0.1)
        assert table["total"].tolist() == pytest.approx([1 - rule, 1 - form], abs=0.1)


def test_the_call_and_the_hashes_identify_the_run():
    panel = made()
    first = sensitivity(
        panel, groups=["kappa", "form"], of="residual_risk", draws=32, units=["SDN"]
    )
    call = (
        "sensitivity(panel, profile='default', of='residual_risk', units=['SDN'], "
        "groups=['kappa', 'form'], draws=32, rng=0)"
    )
    assert first.provenance["call"] == call
    assert first.provenance["panels"] == {"": panel.hash}
    other = sensitivity(
        {"a": panel, "b": made(1)},
        groups=["ageing"],
        draws=32,
        rng=np.random.default_rng(1),
        priors=PRIORS.replace(missing={"own": 0.9}),
    )
    assert other.provenance["call"].startswith("sensitivity({'a', 'b'}, profile='default'")
    assert other.provenance["seed"] == "of a generator"
    assert other.provenance["panels"] == {"a": panel.hash, "b": made(1).hash}
    assert other.provenance["priors_hash"] != first.provenance["priors_hash"]


def test_ratings_of_a_row_are_drawn_once_for_all_rules(monkeypatch):
    busy = work(made(variance=0.02), ["evidence", "missing"])
    made_for = []
    keep = Replay.__init__
    monkeypatch.setattr(Replay, "__init__", lambda *a: made_for.append(a[1]) or keep(*a))
    busy.draw(np.arange(6))
    assert len(made_for) == 6


def test_what_cannot_matter_is_exactly_nothing():
    found = quick(made(unknown=0.0), groups=CHOICES, draws=64)
    table = found.table()
    for outcome in ("scores", "ranks"):
        for group in ("kappa", "form", "missing"):  # no resilience in risk, nothing unknown
            assert table.loc[(outcome, group), ["first", "total"]].tolist() == [0.0, 0.0]
    assert table.loc[("scores", "exponents"), "total"] > 0.3
    assert "Nothing at all: kappa, form of interaction, the missing rule." in repr(found)


def test_a_group_alone_makes_everything():
    found = quick(made(), groups=["kappa"], of="residual_risk", draws=1024)
    for name in ("first", "total"):
        assert found.table().loc["scores", name].tolist() == pytest.approx([1.0], abs=0.1)


def test_of_two_groups_one_makes_alone_what_the_other_has_no_part_in():
    table = quick(made(), groups=["exponents", "missing"], draws=512).table()
    for outcome in ("scores", "ranks"):
        part = table.loc[outcome]
        for one, other in (("exponents", "missing"), ("missing", "exponents")):
            both = part.loc[one, "first"] + part.loc[other, "total"]
            assert both == pytest.approx(1.0, abs=0.1)


@settings(max_examples=3)
@given(st.integers(0, 10**6))
def test_laws_hold_on_random_panels(seed):
    found = quick(made(seed % 3), of="residual_risk", draws=32, rng=seed)
    assert found.groups == tuple(g for g in GROUPS if g not in ("evidence", "ageing"))
    for part in (found.overall, *found.by_row):
        assert (part.total >= 0).all()
        assert (part.total_low <= part.total_high).all()
        assert (part.first_low <= part.first_high).all()
        assert (part.variance >= 0).all()
    # no group alone makes much more than it takes part in
    assert (found.overall.first <= found.overall.total + 0.5).all()


def test_a_subset_has_the_indices_it_has_among_all():
    panel = made(years=(2003, 2004))
    every, some = (quick(panel, groups=CHOICES, draws=32, units=u) for u in (None, ["SDN", "KEN"]))
    assert some.to_frame().index.get_level_values("unit").unique().tolist() == ["KEN", "SDN"]
    for outcome in ("score", "rank"):
        wanted = every.to_frame(outcome).loc[["KEN", "SDN"]]
        pd.testing.assert_frame_equal(some.to_frame(outcome), wanted)
    assert not np.allclose(some.table(), every.table())


def test_periods_add_up_to_all():
    found = quick(made(years=(2003, 2004)), groups=CHOICES, draws=32)
    parts = [found.table(year).loc["scores"] for year in (2003, 2004)]
    weights = [part.variance[0] for part in found.by_period]
    mean = np.average([part["total"] for part in parts], axis=0, weights=weights)
    np.testing.assert_allclose(found.table().loc["scores", "total"], mean, atol=1e-12)
    frame = found.to_frame("score")
    rows = frame.groupby("group", sort=False)
    whole = rows.apply(lambda g: np.average(g["total"], weights=g["sd"] ** 2))
    np.testing.assert_allclose(found.table().loc["scores", "total"], whole, atol=1e-12)


def test_ageing_takes_several_panels():
    panel = made()
    older = dataclasses.replace(panel, ratings=panel.ratings * np.linspace(0.2, 1, 6)[:, None])
    found = quick({"short": panel, "long": older}, groups=["ageing"], draws=128)
    scores = [score(p).to_frame()["risk"].to_numpy() for p in (panel, older)]
    # two values, each half of the time: the deviation is half of their distance
    sd = found.to_frame("score")["sd"].to_numpy()
    np.testing.assert_allclose(sd, np.abs(scores[0] - scores[1]) / 2, atol=0.01)
    same = quick({"a": panel, "b": panel}, groups=["ageing", "exponents"], draws=32)
    assert same.table().loc[("scores", "ageing"), "total"] == 0.0
    blank = panel.ratings.copy()
    blank[2] = np.nan
    states = np.where(np.isnan(blank), CellState.UNKNOWN, panel.states).astype(np.uint8)
    gone = dataclasses.replace(panel, ratings=blank, states=states)
    for pair in ({"a": panel, "b": gone}, {"a": gone, "b": panel}):
        part = quick(pair, groups=["ageing"], draws=32)
        assert part.notes == ("1 of 6 rows have no risk and no rank",)
        assert len(part) == 5
    left = quick({"a": panel, "b": older}, groups=["exponents"], draws=32)
    assert "ageing does not vary: only the panel 'a' was scored" in left.notes


@pytest.mark.parametrize("of", ["risk", "resilience"])
def test_the_mean_shift_is_that_of_the_ranks(of):
    panel = made()
    found = quick(panel, groups=["missing"], draws=64, of=of)
    busy = work(panel, ["missing"], draws=64)
    frames = [
        score(panel, profile=DEFAULT.replace(missing={"rule": rule})).rank(of)["rank"]
        for rule in RULES
    ]
    shifts = [float((frame - frames[0]).abs().mean()) for frame in frames]
    assert RULES[0] == "rated-only"
    assert found.moved[0] == pytest.approx((2 * shifts[0] + shifts[1] + shifts[2]) / 4)
    (of_panel,) = busy.parts
    assert len(of_panel) == 3


def test_the_same_seed_gives_the_same_and_another_does_not():
    one, two, other = (
        sensitivity(
            made(variance=0.02), groups=["evidence", "form", "unknown"], draws=32, rng=seed
        ).to_frame("score")
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, two)
    assert not np.allclose(one["total"], other["total"])


def test_negatives_are_left_and_explained():
    found = quick(made(), groups=["exponents", "kappa", "form"], of="residual_risk", draws=32)
    values = [found.overall.first, *(part.first for part in found.by_row)]
    below = sum(int((part < 0).sum()) for part in values)
    assert below > 0
    whole = sum(part.size for part in values)
    assert f"{below} of {whole} first-order estimates are below 0, the lowest" in repr(found)


def test_convergence_comes_with_the_result():
    found = usual()
    steps = found.convergence
    assert steps.index.get_level_values("draws").unique().tolist() == [16, 32, 64]
    pd.testing.assert_frame_equal(steps.loc[64], found.table())
    width, change = found.error
    table = found.table()
    widths = [table[f"{n}_high"] - table[f"{n}_low"] for n in ("first", "total")]
    assert width == pytest.approx(max(w.max() for w in widths) / 2)
    half = steps.loc[32]
    assert change == pytest.approx(
        max((table[n] - half[n]).abs().max() for n in ("first", "total"))
    )
    assert f"known to within {width:.2f}" in repr(found)


def test_what_does_not_vary_is_said():
    found = quick(made(), draws=32)
    assert found.groups == tuple(g for g in GROUPS if g not in ("evidence", "ageing"))
    assert found.notes == (
        "evidence does not vary: no rating of the panel has a variance",
        "ageing does not vary: that takes panels pooled with several half-lives",
    )


def test_rows_without_the_score_are_counted():
    frame = pd.DataFrame({"unit": ["NOR", "SDN", "MMR"], "year": 2003, "1.1": [0.1, 0.5, np.nan]})
    frame["1.2"], frame["SGS1.1"] = [0.6, 0.2, np.nan], 0.5
    found = sensitivity(read_panel(frame), groups=["exponents"], draws=32)
    assert found.index.get_level_values("unit").tolist() == ["NOR", "SDN"]
    assert found.notes == ("1 of 3 rows have no risk and no rank",)


def test_a_ranking_that_never_moves_says_so():
    frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": 2003, "1.1": [0.1, 0.9]})
    found = sensitivity(read_panel(frame), groups=["exponents", "kappa"], draws=32)
    assert found.table()["total"].isna().all()
    assert "No rank by risk moves, whatever is varied." in repr(found)
    assert found.error == (0.0, 0.0)


def test_it_shows_itself():
    found = usual()
    text, html = repr(found), found._repr_html_()
    assert text.startswith("Sensitivity of risk: 6 rows, 6 units, 2003; profile default")
    assert "The ranking by risk turns most on " in text
    assert "weights between factors" in html
    assert "</table>" in html
    assert math.isfinite(found.moved[0])


ALLOWED = f"allowed: {', '.join(GROUPS)}"


@pytest.mark.parametrize(
    ("options", "problems"),
    [
        ({"draws": 8}, ["draws is 8; it must be 32 or more"]),
        (
            {"groups": ["kapa", "frm"], "draws": 1, "rng": -1, "units": ["NRO"], "priors": {}},
            [
                "draws is 1; it must be 32 or more",
                "rng is -1; it must be a whole number from 0, or a Generator",
                "priors: needs Priors, found dict; load_priors reads them from a file",
                f"groups: no group 'kapa'; {ALLOWED}; did you mean 'kappa'?",
                f"groups: no group 'frm'; {ALLOWED}; did you mean 'form'?",
                "no unit 'NRO'; did you mean 'NOR'?",
            ],
        ),
        ({"groups": "kappa"}, ["groups takes a list of names: ['kappa']"]),
        ({"groups": 3}, [f"groups takes a list of names, found 3; {ALLOWED}"]),
        ({"groups": []}, ["groups is empty; nothing would vary"]),
        ({"groups": ["ageing"]}, ["ageing needs several panels: a mapping of name to panel"]),
        ({"units": 3}, ["units takes a list of units, found 3"]),
        ({"units": [3]}, ["no unit '3'"]),
        (
            {"groups": ["evidence"]},
            ["nothing would vary", "evidence does not vary: no rating of the panel has a variance"],
        ),
    ],
)
def test_faults_are_told_together(options, problems):
    with pytest.raises(InputError) as error:
        quick(made(), **options)
    assert list(error.value.problems) == problems


@pytest.mark.parametrize("panel", [pd.DataFrame(), [made], 3, {"a": 3}])
def test_what_is_no_panel_is_refused(panel):
    name = "panel 'a'" if isinstance(panel, dict) else "panel"
    kind = type(panel["a"] if isinstance(panel, dict) else panel).__name__
    with pytest.raises(InputError) as error:
        quick(panel, draws=3)
    assert list(error.value.problems) == [
        "draws is 3; it must be 32 or more",
        f"{name}: needs a Panel, found {kind}; read_panel makes one",
    ]


def test_other_faults():
    with pytest.raises(InputError, match=r"no score 'rsk'.*did you mean 'risk'"):
        quick(made(), of="rsk")
    with pytest.raises(InputError, match="panel 'b' has other rows or columns than 'a'"):
        sensitivity({"a": made(), "b": made(years=(2004,))})
    with pytest.raises(InputError, match="there is no panel"):
        sensitivity({})
    found = usual()
    with pytest.raises(InputError, match=r"no outcome 'ranks'.*did you mean 'rank'"):
        found.to_frame("ranks")
    with pytest.raises(InputError, match="no period '2010'; there is 2003 to 2003"):
        found.table(2010)
