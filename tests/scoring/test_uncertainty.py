"""Uncertainty against the score itself, draw by draw, and the laws that any such draws must keep."""

import dataclasses
import functools
import itertools
import time

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import CellState, InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.where import data_file
from r2prisk.scoring.kernel.draws import ROUNDING, draw_scores
from r2prisk.scoring.kernel.pieces import in_pieces
from r2prisk.scoring.uncertainty import GROUPS, load_priors, run, uncertainty
from r2prisk.scoring.uncertainty.cells import cells_of
from r2prisk.scoring.uncertainty.result import published
from r2prisk.scoring.uncertainty.sample import drawn_profile, sample
from r2prisk.scoring.uncertainty.summary import (
    LEVELS,
    hull,
    quantiles,
    ranks,
    share_from,
    top_shares,
)

CHOICES = ["indicator_weights", "factor_weights", "exponents", "kappa", "form"]
SMOOTH = [name for name in CHOICES if name != "exponents"]
DEFAULT = Profile.load("default")
PRIORS = load_priors()
FEW = PRIORS.replace(exponents={"steps": 3})
"""Few exponents, so that draws go through the sums in few pieces: the laws are the same."""
NAMES = [
    i.id for name in ("un-foa-2014", "sg-resilience-2013") for i in load_framework(name).indicators
]
UNITS = ("GHA", "KEN", "MMR", "NOR", "SDN", "SYR")


@functools.cache
def made(seed=0, units=UNITS, years=(2003, 2004), unknown=0.4, variance=None, less=()):
    """A panel with unknown cells, cells that do not apply, and whole factors without a rating."""
    rng = np.random.default_rng(seed)
    names = [n for n in NAMES if n not in less]
    frame = pd.DataFrame(rng.random((len(units) * len(years), len(names))), columns=names)
    frame = frame.mask(rng.random(frame.shape) < unknown)
    if unknown:
        frame.loc[0, [n for n in names if n.startswith(("9.", "SGS2."))]] = np.nan
        frame.loc[1, [n for n in names if n.startswith("14.")]] = np.nan
    frame.insert(0, "unit", np.repeat(units, len(years)))
    frame.insert(1, "year", list(years) * len(units))
    panel = read_panel(frame)
    if unknown:
        states = panel.states.copy()
        states[2, [panel.indicators.index("3.2"), panel.indicators.index("SGS1.1")]] = (
            CellState.NOT_APPLICABLE
        )
        states[3, [n for n, i in enumerate(panel.indicators) if i.startswith("12.")]] = (
            CellState.NOT_APPLICABLE
        )
        ratings = np.where(states == CellState.NOT_APPLICABLE, np.nan, panel.ratings)
        panel = dataclasses.replace(panel, states=states, ratings=ratings)
    if variance is not None:
        noise = np.where(np.isnan(panel.ratings), np.nan, variance)
        panel = dataclasses.replace(panel, variance=noise)
    return panel


@functools.cache
def template():
    return made(units=("NOR", "SDN"), unknown=0.0, variance=0.05)


def sparse(seed):
    """Four rows of which more and more is unknown, down to nothing rated on one side."""
    rng, panel = np.random.default_rng(seed), template()
    ratings = rng.choice([0.0, 1.0, *rng.random(8)], panel.ratings.shape)
    ratings[rng.random(ratings.shape) < np.array([[0.2], [0.6], [0.9], [0.98]])] = np.nan
    ratings[0, 0] = 0.5
    states = np.where(np.isnan(ratings), CellState.UNKNOWN, CellState.RATED).astype(np.uint8)
    variance = np.where(np.isnan(ratings), np.nan, 0.05)
    return dataclasses.replace(panel, ratings=ratings, states=states, variance=variance)


def drawn(panel, profile=DEFAULT, draws=50, vary=CHOICES, seed=3, priors=PRIORS):
    """Scores, drawn choices, and what the draws make of the panel in the order of the draws."""
    scores = score(panel, profile=profile)
    choices = sample(scores, priors, draws=draws, vary=vary, rng=np.random.default_rng(seed))
    pieces = in_pieces(choices, scores.sums)
    source = cells_of(panel, scores, priors, vary=vary, seed=seed)
    found = draw_scores(source.take(np.arange(len(panel))), scores.sums, pieces)
    return scores, choices, found[..., np.argsort(np.concatenate([p.columns for p in pieces]))]


@functools.cache
def usual():
    """All groups over twelve rows that lack much and have no variances."""
    return uncertainty(made(), draws=64)


def widths(sure, name="risk"):
    """The mean width of the 90 % interval."""
    frame = sure.to_frame()
    return float((frame[f"{name}_q95"] - frame[f"{name}_q5"]).mean())


# --- against the score, once for every draw -----------------------------------------------------

OWN = {"factors": {"RF2": 2.0, "RF5": 0.0, "SGS3": 3.0}, "indicators": {"7.10": 2.5, "1.1": 0.0}}
PROFILES = {
    "default": DEFAULT,
    "weights": DEFAULT.replace(name="w", weights=OWN),
    "as-absent": DEFAULT.replace(name="a", missing={"rule": "as-absent"}, weights=OWN),
    "prior": DEFAULT.replace(name="p", missing={"rule": "prior", "prior": 0.3}),
    "gate": DEFAULT.replace(name="g", inhibition={"form": "gate", "gate": 0.4}),
    "steep": DEFAULT.replace(name="s", exponents={"within": 100.0, "across": 30.0}),
}


@pytest.mark.parametrize("name", PROFILES)
def test_draws_equal_the_score_called_for_each(name):
    panel = made(less=("1.2", "5.3", "SGS4.1"))
    if name == "steep":  # 0.02 to the power of 100 is 1e-170
        panel = dataclasses.replace(panel, ratings=panel.ratings * 0.02)
    scores, choices, found = drawn(panel, PROFILES[name])
    assert len(set(choices.forms)) == 4
    assert len(np.unique(choices.within)) > 5
    assert 0.5 < choices.across.min() < 0.7
    assert choices.within.max() > (50 if name == "steep" else 3)
    for draw in range(0, 50, 12):
        slow = score(panel, profile=drawn_profile(scores, panel, choices, draw))
        np.testing.assert_allclose(found[..., draw], published(slow), rtol=0, atol=1e-6)


def levels_by_hand(means, u, together):
    """Levels at shares of Beta distributions by SciPy; the last share is that of all factors."""
    # the last six are of resilience, where the common number counts from the top
    own, common = u[:-1], np.where(np.arange(len(u) - 1)[:, None] < len(u) - 7, u[-1], 1.0 - u[-1])
    place = np.where(own < together, common, (own - together) / (1.0 - together))
    low = means[:, None] <= 0.5
    m = np.where(low, means[:, None], 1.0 - means[:, None])
    with np.errstate(divide="ignore", invalid="ignore"):
        other = np.where(m > 0, (1.0 - m) / m, 1.0)
    levels = scipy.stats.beta.ppf(place, np.where(low, 1.0, other), np.where(low, other, 1.0))
    return np.where(m > 0, levels, np.where(low, 0.0, 1.0))


@pytest.mark.parametrize(
    ("rule", "pull"),
    [("rated-only", 0.25), ("as-absent", 0.0), ("as-absent", 0.25), ("prior", 0.0)],
)
def test_drawn_cells_enter_like_any_others(rule, pull):
    panel = made(variance=0.03)
    profile = DEFAULT.replace(name="d", missing={"rule": rule, "prior": 0.3})
    priors = PRIORS.replace(unknown={"pull": pull})
    vary = ["evidence", "unknown", *CHOICES]
    scores, choices, found = drawn(panel, profile, draws=3, vary=vary, priors=priors)
    source = cells_of(panel, scores, priors, vary=vary, seed=3)
    streams, sheet = source.take(np.arange(len(panel))).streams, scores.sheet
    at = [np.flatnonzero(~np.isnan(r)) for r in panel.ratings]
    sides = ((sheet.rated, sheet.risk[0]), (sheet.strength_rated, sheet.resilience))
    rated = np.concatenate([side for side, _ in sides])
    country = np.concatenate([np.broadcast_to(of, side.shape) for side, of in sides])
    assert np.isnan(rated).any()
    assumed = {"rated-only": rated, "as-absent": 0.0, "prior": 0.3}[rule]
    means = (1 - pull) * np.where(np.isnan(rated), country, assumed) + pull * 0.5
    factors = [*scores.risk_framework.factors, *scores.resilience_framework.factors]
    of = {i.id: k for k, factor in enumerate(factors) for i in factor.indicators}
    factor = np.array([of[name] for name in panel.indicators])
    for piece in in_pieces(choices, scores.sums):
        size = len(piece.columns)
        ratings = np.repeat(panel.ratings[:, :, None], size, axis=2)
        for n, stream in enumerate(streams):
            alpha, beta = (part[n, at[n], None] for part in (source.cells.alpha, source.cells.beta))
            ratings[n, at[n]] = stream.beta(alpha, beta, (len(at[n]), size))
            u = np.empty((len(factors) + 1, size), dtype=np.float32)
            stream.random(dtype=np.float32, out=u)
            lost = np.flatnonzero(panel.states[n] == CellState.UNKNOWN)
            ratings[n, lost] = levels_by_hand(means[:, n], u.astype(float), 0.5)[factor[lost]]
        states = np.where(panel.states == CellState.UNKNOWN, CellState.RATED, panel.states)
        for place, draw in enumerate(piece.columns.tolist()):
            whole = dataclasses.replace(
                panel, ratings=ratings[..., place], states=states.astype(np.uint8), variance=None
            )
            slow = score(whole, profile=drawn_profile(scores, panel, choices, draw))
            np.testing.assert_allclose(found[..., draw], published(slow), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("rated", "variance", "together"),
    [(0.6, 1.5 / (2.5**2 * 3.5), 0.0), (0.2, 4 / (5**2 * 6), 0.7), (0.2, 4 / (5**2 * 6), 1.0)],
)
def test_unknown_indicators_share_a_level_and_factors_a_place(rated, variance, together):
    # factor 1 has 11 indicators, of which one is rated; Beta(1.5, 1) has mean 0.6, Beta(1, 4) 0.2
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [rated]}))
    priors = PRIORS.replace(unknown={"together": together})
    # so little is rated that no band would be named, and levels would not follow what is
    profile = DEFAULT.replace(name="b", missing={"band_coverage": 0.0})
    scores, _, found = drawn(panel, profile, vary=["unknown"], draws=4096, priors=priors)
    assert scores.sums.risk.total[0] == 11
    # the country is the mean of 14 factors; of the first, a part is rated. Two places have the
    # correlation together squared: both must be the common one
    own, pairs = 13 + 0.9**2, 13.9**2 - (13 + 0.9**2)
    sd = np.sqrt((own + together**2 * pairs) * variance) / 14
    assert float(found[0, 0].std()) == pytest.approx(sd, rel=0.05)
    assert float(found[0, 0].mean()) == pytest.approx(rated, abs=0.01)


def test_what_is_too_little_for_a_band_tells_nothing_of_the_rest():
    # one rating of 0 of 154: the score is 0, and everything else is any level
    bare = read_panel(pd.DataFrame({"unit": ["COK"], "year": [2024], "1.1": [0.0]}))
    sure = uncertainty(bare, draws=1024, vary=["unknown"]).to_frame().iloc[0]
    assert (sure["risk"], sure["risk_q5"]) == (0.0, 0.0)
    assert 0.4 < sure["risk_q50"] < 0.6
    assert sure["risk_q95"] > 0.7


def test_cells_of_different_rows_are_drawn_apart():
    rows = [(unit, year, 0.4) for unit in ("NOR", "SDN") for year in (2003, 2004)]
    panel = read_panel(pd.DataFrame(rows, columns=["unit", "year", "1.1"]))
    unsure = dataclasses.replace(panel, variance=np.full(panel.ratings.shape, 0.04))
    for group in ("evidence", "unknown"):
        kept = uncertainty(unsure, draws=1024, vary=[group]).kept[0]
        between = np.corrcoef(kept)[np.triu_indices(4, 1)]
        assert np.abs(between).max() < 0.12  # four standard errors


def test_where_nothing_is_open_no_level_is_needed():
    panel = made(unknown=0.0)
    scores, choices, found = drawn(panel, draws=4)
    pieces = in_pieces(choices, scores.sums)
    cells = cells_of(panel, scores, PRIORS, vary=["unknown"], seed=3).take(np.arange(len(panel)))
    none = dataclasses.replace(cells, levels=np.full_like(cells.levels, np.nan))
    again = draw_scores(none, scores.sums, pieces)
    np.testing.assert_array_equal(np.sort(again), np.sort(found))


# --- what a sample holds ------------------------------------------------------------------------


def sampled(profile, vary, priors=PRIORS, draws=512):
    scores = score(made(), profile=profile)
    return sample(scores, priors, draws=draws, vary=vary, rng=np.random.default_rng(2))


def spread(weights):
    """Standard deviations over means, draw 0 left out."""
    return weights[..., 1:].std(axis=-1) / weights[..., 1:].mean(axis=-1)


def test_weights_vary_by_the_concentration_whatever_their_scale():
    # an average weight has a gamma distribution with shape c: its deviation is 1 / sqrt(c) of it
    off = {f"RF{k}": 0.0 for k in range(1, 8)} | {f"RF{k}": 5.0 for k in range(8, 15)}
    names = [n for n in NAMES if n.startswith("2.")]
    weights = {"factors": off, "indicators": dict.fromkeys(names, 2.5)}
    profile = DEFAULT.replace(name="w", weights=weights)
    found = sampled(profile, ["indicator_weights", "factor_weights"])
    np.testing.assert_allclose(spread(found.factors[7:]), 1 / 3, rtol=0.1)
    np.testing.assert_allclose(spread(found.strengths), 1 / 3, rtol=0.1)
    np.testing.assert_allclose(spread(found.risk[1]), 1 / 2, rtol=0.1)
    np.testing.assert_allclose(spread(found.resilience[0]), 1 / 2, rtol=0.1)


def test_exponents_reach_from_end_to_end_and_to_the_profiles_own():
    found = sampled(DEFAULT, ["exponents"])
    # 25 equal parts on the scale of logarithms, each at its middle
    middles = 4.0 ** ((np.arange(25) + 0.5) / 25)
    np.testing.assert_allclose(np.unique(found.within[1:]), middles)
    assert np.median(found.across) == pytest.approx(1.0, abs=0.01)
    assert np.log2([found.across.min(), found.across.max()]) == pytest.approx([-1, 1], abs=0.02)
    far = DEFAULT.replace(name="far", exponents={"within": 9.0, "across": 3.0})
    found = sampled(far, ["exponents"])
    assert 1.0 < found.within[1:].min() < 1.1
    assert 8.5 < found.within[1:].max() < 9.0
    assert 2.9 < found.across[1:].max() < 3.0


def test_each_kappa_varies_and_none_exceeds_1():
    own = PRIORS.replace(kappa={"together": (1.0, 1.0)})
    found = sampled(DEFAULT, ["kappa"], own).kappa
    links = found[found[..., 0] > 0] / 0.2
    assert (links[:, 1:].min(axis=1) < 0.55).all()
    assert (links[:, 1:].max(axis=1) > 1.45).all()
    assert np.abs(np.corrcoef(links[:4])[np.triu_indices(4, 1)]).max() < 0.2
    large = DEFAULT.replace(name="k", inhibition={"kappa": {"SGS1": {"RF1": 0.9}}})
    assert sampled(large, ["kappa"]).kappa.max() == 1.0


def test_a_sample_without_the_profile_is_the_balanced_sequence():
    scores = score(made())
    with_, without = (
        sample(scores, PRIORS, draws=64, vary=GROUPS, rng=np.random.default_rng(2), keep_profile=k)
        for k in (True, False)
    )
    np.testing.assert_array_equal(with_.across[1:], without.across[1:])
    np.testing.assert_array_equal(with_.risk[0][:, 1:], without.risk[0][:, 1:])
    # one point in each of 64 equal parts
    parts = np.floor((np.log2(without.across) + 1) / 2 * 64)
    assert sorted(parts.tolist()) == list(range(64))
    assert (with_.across[0], with_.forms[0], with_.kappa[..., 0].max()) == (1.0, "damping", 0.2)


# --- laws ---------------------------------------------------------------------------------------


def test_without_spread_every_quantile_is_the_score():
    panel = made(variance=0.0)
    still = PRIORS.replace(
        weights={"indicators": 1e12, "factors": 1e12},
        exponents={"within": (2.0, 2.0), "across": (1.0, 1.0)},
        kappa={"together": (1.0, 1.0), "each": (1.0, 1.0)},
        form={"own": 1.0},
    )
    for sure in (
        uncertainty(panel, draws=32, vary=[]),
        uncertainty(panel, draws=32, vary=["evidence", *CHOICES], priors=still),
    ):
        own = published(sure.scores)[..., None]
        gap = np.abs(sure.quantiles - own)
        # single precision: 6e-8 a step, a few steps deep
        assert np.nanmax(gap) < 1e-6
        assert (np.isnan(sure.quantiles) == np.isnan(own)).all()
        assert not sure.outside.any()
        np.testing.assert_array_equal(
            sure.ranks[0, :, 0], sure.scores.rank()["rank"].reindex(sure.scores.index)
        )
        band = sure.scores.to_frame()["band"]
        assert [sure.bands[n] for n in sure.chances.argmax(axis=1)] == band.tolist()
        assert (sure.chances.max(axis=1) == 1.0).all()


WIDER = {
    "indicator_weights": ({"weights": {"indicators": 40.0}}, {"weights": {"indicators": 2.0}}),
    "factor_weights": ({"weights": {"factors": 40.0}}, {"weights": {"factors": 2.0}}),
    "exponents": ({"exponents": {"within": (1.8, 2.2)}}, {"exponents": {"within": (1.0, 6.0)}}),
    "kappa": ({"kappa": {"together": (0.9, 1.1)}}, {"kappa": {"together": (0.0, 2.0)}}),
    "form": ({"form": {"own": 0.97}}, {"form": {"own": 0.1}}),
}


@pytest.mark.parametrize("group", WIDER)
def test_intervals_widen_with_spread(group):
    narrow, wide = (
        uncertainty(made(), draws=128, vary=[group], priors=FEW.replace(**change))
        for change in WIDER[group]
    )
    score_of = "residual_risk" if group in ("kappa", "form") else "risk"
    assert 0 < widths(narrow, score_of) * 1.2 < widths(wide, score_of)


def test_intervals_widen_with_variance_and_with_what_is_unknown():
    spread = [
        widths(uncertainty(made(variance=v), draws=64, vary=["evidence"])) for v in (0.001, 0.03)
    ]
    assert 0 < 2 * spread[0] < spread[1]
    gaps = [widths(uncertainty(made(unknown=u), draws=128, vary=["unknown"])) for u in (0.2, 0.6)]
    assert 0 < 1.5 * gaps[0] < gaps[1]


def test_more_draws_converge_at_least_as_the_square_root():
    panel = made(years=(2003,))

    def medians(draws, seed):
        found = uncertainty(panel, draws=draws, vary=SMOOTH, rng=seed)
        return found.quantiles[..., 3]

    best = medians(1024, 90)
    few, many = (
        np.sqrt(np.mean([(medians(draws, seed) - best) ** 2 for seed in range(3)]))
        for draws in (16, 128)
    )
    # the reference has an error too, and three seeds are few
    assert many < 1.2 * few / np.sqrt(128 / 16)


def test_the_convergence_figure_is_no_smaller_than_the_error():
    panel = made(years=(2003,))
    runs = [uncertainty(panel, draws=64, vary=CHOICES, priors=FEW, rng=seed) for seed in range(5)]
    true = np.std([run.quantiles[0, :, 3] for run in runs], axis=0, ddof=1)
    said = np.mean([run.errors[0] for run in runs], axis=0)
    assert true.mean() < said.mean() < 10 * true.mean()
    assert runs[0].convergence["largest"]["risk"] == runs[0].errors[0].max()


def test_the_order_of_rows_does_not_matter():
    panel = made(variance=0.02)
    order = np.random.default_rng(1).permutation(len(panel))
    one = uncertainty(panel, draws=16).to_frame()
    other = uncertainty(panel.take(order), draws=16).to_frame()
    pd.testing.assert_frame_equal(one, other.loc[one.index], check_exact=True)


def test_cells_of_a_row_do_not_depend_on_the_other_rows():
    panel = made(variance=0.02)
    few = uncertainty(panel.take([4, 7]), draws=16, vary=["evidence", "unknown"])
    every = uncertainty(panel, draws=16, vary=["evidence", "unknown"])
    np.testing.assert_allclose(few.kept, every.kept[:, [4, 7]], rtol=0, atol=1e-6)


def test_one_seed_gives_the_same_and_another_not():
    panel = made(variance=0.02)
    one, again, other = (uncertainty(panel, draws=16, rng=seed) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.kept, again.kept)
    assert one.provenance == again.provenance
    assert one.provenance["seed"] == 5
    assert (np.abs(one.kept - other.kept).max(axis=2) > 1e-3).all()


def test_what_a_group_draws_does_not_depend_on_the_others():
    scores = score(made())
    one, all_ = (
        sample(scores, PRIORS, draws=32, vary=vary, rng=np.random.default_rng(1))
        for vary in (["kappa"], CHOICES)
    )
    np.testing.assert_array_equal(one.kappa, all_.kappa)
    assert (one.within == 2.0).all()
    assert (one.factors == 1.0).all()


@settings(max_examples=3)
@given(seed=st.integers(0, 2**32 - 1), rule=st.sampled_from(["rated-only", "as-absent", "prior"]))
def test_quantiles_are_ordered_and_hold_the_score(seed, rule):
    panel = sparse(seed)
    profile = DEFAULT.replace(name=rule, missing={"rule": rule})
    sure = uncertainty(panel, profile=profile, draws=32, rng=seed, priors=FEW)
    own = published(sure.scores)
    known = ~np.isnan(own)
    spread = sure.quantiles[known]
    assert (np.diff(spread, axis=-1) >= 0).all()
    assert (spread >= 0).all()
    assert (spread <= 1).all()
    for low, high in ((0, -1), (1, -2), (2, -3)):
        assert (spread[:, low] <= own[known]).all()
        assert (own[known] <= spread[:, high]).all()
    assert np.isnan(sure.quantiles[~known]).all()
    assert (np.isnan(sure.ranks) == ~known[[0, -2], :, None]).all()
    assert (np.diff(sure.ranks, axis=-1) >= 0)[known[[0, -2]]].all()


@settings(max_examples=3)
@given(seed=st.integers(0, 2**32 - 1), rule=st.sampled_from(["rated-only", "as-absent", "prior"]))
def test_bounds_hold_every_draw_of_unknown_cells(seed, rule):
    panel = sparse(seed)
    profile = DEFAULT.replace(name=rule, missing={"rule": rule})
    scores, _, found = drawn(panel, profile, vary=["unknown"], draws=32)
    sheet = scores.sheet
    low = np.concatenate([sheet.risk_low, sheet.residual_low[:1], sheet.resilience_low[None]])
    high = np.concatenate([sheet.risk_high, sheet.residual_high[:1], sheet.resilience_high[None]])
    known = ~np.isnan(published(scores))
    assert (found[known] >= low[known, None] - ROUNDING).all()
    assert (found[known] <= high[known, None] + ROUNDING).all()


def test_draw_0_has_the_choices_of_the_profile():
    panel = made(unknown=0.0)
    sure = uncertainty(panel, draws=16, vary=CHOICES)
    np.testing.assert_allclose(
        sure.kept[:, :, 0], published(sure.scores)[[0, -2]], rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(
    ("within", "side", "words"), [(1.0, -1, "below the lower"), (4.0, 1, "above the upper")]
)
def test_a_published_score_at_the_edge_of_the_priors_is_flagged(within, side, words):
    # all exponents that are drawn lie on one side of the profile's
    profile = DEFAULT.replace(name="edge", exponents={"within": within})
    even = PRIORS.replace(exponents={"across": (1.0, 1.0)})
    panel = made(unknown=0.0)
    edge = uncertainty(panel, profile=profile, draws=64, vary=["exponents"], priors=even)
    own = published(edge.scores)[0]
    assert edge.outside[0].all()
    assert (edge.beyond[0] == side).all()
    np.testing.assert_array_equal(edge.quantiles[0, :, 0 if side < 0 else -1], own)
    assert (-side * (edge.quantiles[0, :, 3] - own) > 0).all()
    assert "In 12 of 12 rows the published risk is outside 95 %" in repr(edge)
    assert f"In 12 of 12 rows the published risk is {words} quartile of its own draws." in repr(
        edge
    )
    middle = uncertainty(panel, draws=64, vary=["exponents"])
    assert not middle.outside.any()
    assert not middle.beyond[0].any()
    assert "quartile" not in repr(middle)


def test_intervals_of_ranks_hold_the_published_rank():
    # at exponent 1 GHA has 0.5 and NOR 0.4995; at any that is drawn NOR is above
    frame = pd.DataFrame(
        {"unit": ["GHA", "NOR"], "year": 2003, "1.1": [0.5, 0.999], "1.2": [0.5, 0]}
    )
    profile = DEFAULT.replace(name="edge", exponents={"within": 1.0})
    sure = uncertainty(read_panel(frame), profile=profile, draws=128, vary=["exponents"])
    assert sure.ranks[0].tolist() == [[1, 1, 1, 2, 2, 2, 2], [1, 1, 1, 1, 2, 2, 2]]


def test_intervals_are_widened_at_both_ends():
    spread = np.arange(7.0)
    assert hull(spread, np.array(1.5)).tolist() == [0, 1, 1.5, 3, 4, 5, 6]
    assert hull(spread, np.array(9.0)).tolist() == [0, 1, 2, 3, 9, 9, 9]


def test_the_likeliest_band_is_named_where_it_is_another():
    # half of the ratings 0.8 and half 0.08: about 0.44 with exponent 1, about 0.57 with 2
    frame = pd.DataFrame({"unit": ["SDN"], "year": 2003, **{n: [0.8] for n in NAMES}})
    frame.loc[0, NAMES[::2]] = 0.08
    profile = DEFAULT.replace(name="edge", exponents={"within": 1.0})
    sure = uncertainty(read_panel(frame), profile=profile, draws=64, vary=["exponents"])
    band = sure.scores.to_frame()["band"].iloc[0]
    row = sure.to_frame().iloc[0]
    assert (band, row["P(moderate)"] < 0.5) == ("moderate", True)
    said = f"SDN 2003 (moderate; likeliest high, {row['P(high)']:.0%})"
    assert f"In 1 of 1 rows another band than the published one is the likeliest: {said}." in repr(
        sure
    )
    assert "likeliest" not in repr(uncertainty(read_panel(frame), draws=64, vary=[]))


@pytest.mark.parametrize("rule", ["as-absent", "prior"])
def test_a_strength_of_no_weight_leaves_the_residual_known(rule):
    # the only rated resilience factor weighs nothing: resilience is unknown, its strength is not
    frame = pd.DataFrame({
        "unit": ["NOR", "SDN"], "year": 2003, "7.1": [0.1, 0.9], "7.2": [0.3, 0.4], "SGS1.1": 0.5,
    })  # fmt: skip
    weights = {"factors": {"SGS1": 0.0}}
    profile = DEFAULT.replace(name="z", weights=weights, missing={"rule": rule})
    sure = uncertainty(read_panel(frame), profile=profile, draws=64)
    known = ~np.isnan(published(sure.scores))
    assert known[-2].all()
    assert not known[-1].any()
    assert (~np.isnan(sure.quantiles[..., 0]) == known).all()
    assert sure.top(1, 2003, of="residual_risk").sum() == pytest.approx(1.0)


def test_a_failure_is_told_and_does_not_hang(monkeypatch):
    calls = []

    def fail(*_):
        calls.append(1)
        if len(calls) == 1:  # the others fail first, and must not wait for what it never gives back
            time.sleep(0.05)
        raise ZeroDivisionError

    monkeypatch.setattr(run, "draw_scores", fail)
    monkeypatch.setattr(run, "TILE", 1)
    with pytest.raises(ZeroDivisionError):
        uncertainty(made(), draws=16)


@pytest.mark.parametrize(("rating", "variance"), [(0.3, 0.02), (0.5, 0.2)])
def test_evidence_has_the_moments_that_it_says(rating, variance):
    frame = pd.DataFrame({
        "unit": "SDN", "year": 2003, "indicator": ["1.1"], "rating": rating, "variance": variance,
    })  # fmt: skip
    sure = uncertainty(read_panel(frame), draws=8000, vary=["evidence"])
    assert not sure.notes
    assert sure.kept[0, 0].mean() == pytest.approx(rating, abs=0.015)
    assert sure.kept[0, 0].var() == pytest.approx(variance, rel=0.05)


def test_variances_that_no_rating_can_have_are_named():
    frame = pd.DataFrame({
        "unit": "SDN", "year": 2003, "indicator": ["1.1", "1.2", "1.3"],
        "rating": [0.0, 0.5, 0.5], "variance": [0.02, 0.3, 0.02],
    })  # fmt: skip
    sure = uncertainty(read_panel(frame), draws=64)
    notes = " ".join(sure.notes)
    assert "1 ratings of 0 or 1 have a variance" in notes
    assert "1 ratings have a larger variance" in notes
    assert all(f"Note: {note}." in repr(sure) for note in sure.notes)


# --- ranks and chances --------------------------------------------------------------------------


def test_chances_of_the_top_sum_to_k():
    sure = usual()
    for k, period in itertools.product([1, 2, 5, 6], [2003, 2004]):
        assert sure.top(k, period).sum() == pytest.approx(k)
        assert sure.top(k, period, of="residual_risk").between(0, 1).all()


def test_equals_share_the_places_that_are_left():
    alike = pd.DataFrame({"unit": ["GHA", "NOR", "SDN"], "year": 2003, "1.1": [0.4, 0.4, 0.9]})
    sure = uncertainty(read_panel(alike), draws=64, vary=CHOICES)
    assert sure.top(2, 2003).to_dict() == {"SDN": 1.0, "GHA": 0.5, "NOR": 0.5}
    assert sure.above("GHA", "NOR", 2003).tolist() == [0.0, 0.0, 1.0]
    assert sure.ranks[0, :, 3].tolist() == [2.0, 2.0, 1.0]
    four = pd.DataFrame({"unit": list(UNITS[:4]), "year": 2003, "1.1": [0.4, 0.4, 0.9, 0.4]})
    three = uncertainty(read_panel(four), draws=64, vary=CHOICES).top(3, 2003)
    assert three.to_dict() == pytest.approx({"MMR": 1, "GHA": 2 / 3, "KEN": 2 / 3, "NOR": 2 / 3})


def test_above_below_and_tie_are_everything():
    sure = usual()
    for a in UNITS[1:]:
        one, other = sure.above("GHA", a, 2003), sure.above(a, "GHA", 2003)
        assert one.sum() == pytest.approx(1.0)
        assert one.iloc[0] == other.iloc[1]
        assert one["tie"] == other["tie"]


def test_chances_of_bands_count_the_draws():
    sure = uncertainty(made(), draws=128, vary=CHOICES, priors=FEW)
    risk, limits = sure.kept[0], [0.0, 0.15, 0.30, 0.45, 0.60, 2.0]
    for n, (low, high) in enumerate(itertools.pairwise(limits)):
        by_hand = ((risk >= low) & (risk < high)).mean(axis=1)
        np.testing.assert_allclose(sure.chances[:, n + 1], by_hand)
    np.testing.assert_allclose(sure.chances.sum(axis=1), 1.0)
    # at its lower limit, or short of it by rounding, a score is in the upper band
    near = np.array([[0.3, 0.3 - 1e-6, 0.3 - 1e-5]], dtype=np.float32)
    np.testing.assert_allclose(share_from(near, np.array([0.0, 0.3])), [[1 / 3, 2 / 3]])


def test_where_too_little_is_rated_the_band_stays_unknown():
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    row = uncertainty(panel, draws=64).to_frame().iloc[0]
    assert row["P(unknown)"] == 1.0
    assert row[["P(very low)", "P(very high)"]].tolist() == [0.0, 0.0]


def test_nothing_is_invented_for_a_factor_that_nobody_rated():
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.4]}))
    still = uncertainty(panel, draws=64, vary=CHOICES)
    # one rating, so that no weight and no exponent matters
    assert np.abs(still.quantiles[0] - 0.4).max() < 1e-6
    assert np.isnan(still.quantiles[still.names.index("resilience")]).all()
    opened = uncertainty(panel, draws=64)
    assert widths(opened) > 0.05
    assert np.isnan(opened.quantiles[opened.names.index("resilience")]).all()


def test_quantiles_and_ranks_as_numpy_and_scipy_have_them():
    values = np.random.default_rng(2).random((5, 333), dtype=np.float32)
    by_numpy = np.quantile(values.astype(np.float64), LEVELS, axis=1).T
    by_pandas = pd.DataFrame(values).rank(ascending=False, method="min").to_numpy()
    np.testing.assert_array_equal(ranks(values), by_pandas)
    assert top_shares(values, 2) == pytest.approx((by_pandas <= 2).mean(axis=1))
    np.testing.assert_allclose(quantiles(values), by_numpy)


# --- what people see and what is refused --------------------------------------------------------


def test_bounds_and_draws_stand_side_by_side():
    sure = usual()
    frame, detail = sure.to_frame(), sure.scores.to_frame(detail=True)
    for name in ("risk_low", "risk_high", "residual_low", "resilience_high", "genocide_low"):
        np.testing.assert_array_equal(frame[name], detail[name])
    assert {"risk_q2.5", "risk_q50", "residual_risk_rank_q97.5", "war_crimes_q5"} <= {
        *frame.columns
    }
    for text in (repr(sure), sure._repr_html_()):
        assert "64 draws of evidence, indicator weights" in text
        assert "could be" in text
        assert "Largest standard error of a median: risk 0.0" in text


def test_an_empty_panel_has_an_empty_result():
    sure = uncertainty(made().take([]), draws=16)
    assert sure.to_frame().empty
    assert repr(sure) == "Uncertainty: no rows with a known risk"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"draws": 3}, "draws is 3; it must be 16 or more"),
        ({"draws": 10**9}, "draws is 1,000,000,000; it must be 65,536 or fewer"),
        ({"draws": 64.0}, "draws is 64.0; it must be a whole number from 16 to 65,536"),
        ({"draws": None}, "draws is None; it must be a whole number"),
        ({"draws": True}, "draws is True; it must be a whole number"),
        ({"rng": -1}, "rng is -1; it must be a whole number from 0, or a Generator"),
        ({"rng": None}, "rng is None; it must be"),
        ({"rng": 1.5}, "rng is 1.5; it must be"),
        ({"priors": {}}, "priors: needs Priors, found dict; load_priors reads them from a file"),
        ({"vary": "kappa"}, "vary takes a list of names: ['kappa']"),
        ({"vary": 3}, "vary takes a list of names, found 3; allowed: evidence"),
        ({"vary": None}, "vary takes a list of names, found None"),
        ({"vary": ["kapa"]}, "vary: no group 'kapa'; allowed: evidence, indicator_weights"),
        ({"vary": [["form"]]}, "vary: no group '['form']'"),
    ],
)
def test_faults_are_told(options, problem):
    with pytest.raises(InputError) as caught:
        uncertainty(made(), **options)
    (said,) = caught.value.problems
    assert said.startswith(problem)


def test_all_faults_are_named_together():
    with pytest.raises(InputError, match="5 problems") as caught:
        uncertainty(pd.DataFrame(), draws="x", vary=["kapa"], rng="a", priors="a.toml")
    assert caught.value.problems[0] == "panel: needs a Panel, found DataFrame; read_panel makes one"
    assert caught.value.problems[-1].endswith("did you mean 'kappa'?")


def test_numbers_of_numpy_are_numbers():
    one, other = (uncertainty(made(), draws=n, rng=n, vary=[]) for n in (np.int64(16), 16))
    assert one.provenance == other.provenance
    assert one.top(np.int64(1), 2003).tolist() == other.top(1, 2003).tolist()


def test_questions_about_what_is_not_there_are_refused():
    sure = usual()
    with pytest.raises(InputError, match="no unit 'SDM' in 2003; did you mean 'SDN'"):
        sure.above("SDM", "NOR", 2003)
    with pytest.raises(InputError, match=r"no unit '\['SDN'\]' in 2003"):
        sure.above(["SDN"], "NOR", 2003)
    with pytest.raises(InputError, match="two units are compared"):
        sure.above("NOR", "NOR", 2003)
    with pytest.raises(InputError, match="no period '1999'; there is 2003 to 2004"):
        sure.top(1, 1999)
    for k, said in ((7, "7"), (1.5, "1.5"), ("a", "'a'"), (True, "True"), (0, "0")):
        with pytest.raises(InputError, match=f"k is {said}; 2003 has 6 units with a risk"):
            sure.top(k, 2003)
    with pytest.raises(
        InputError, match="no draws are kept of 'genocide'; allowed: risk, residual"
    ):
        sure.top(1, 2003, of="genocide")


def test_priors_are_checked(tmp_path):
    assert set(GROUPS) == set(usual().vary)
    with pytest.raises(InputError, match=r"exponents\.within must run from low to high"):
        PRIORS.replace(exponents={"within": (4.0, 1.0)})
    with pytest.raises(InputError, match="did you mean 'factors'"):
        PRIORS.replace(weights={"factor": 1.0})
    text = data_file("uncertainty.toml").read_text(encoding="utf-8")
    mine = tmp_path / "mine.toml"
    mine.write_text(text.replace("factors = 9.0", "factors = 25.0"), encoding="utf-8")
    assert load_priors(mine).weights.factors == 25.0
    mine.write_text(text.replace('"form.own"', '"form.mine"'), encoding="utf-8")
    with pytest.raises(InputError, match=r"form\.own has no reason; there is no size form\.mine"):
        load_priors(mine)
    with pytest.raises(InputError, match="needs the path of a TOML file, found 3"):
        load_priors(3)


def test_a_changed_size_has_a_reason_of_its_own():
    changed = PRIORS.replace(kappa={"together": (0.0, 0.1)}, form={"own": 0.4})
    said = "changed by the user: 0.0 to 0.1 in place of 0.0 to 2.0"
    assert changed.reasons == {**PRIORS.reasons, "kappa.together": said}
    mine = {"kappa.together": "Two studies."}
    given = PRIORS.replace(kappa={"together": (0.0, 0.1)}, reasons=mine)
    assert given.reasons == {**PRIORS.reasons, **mine}
