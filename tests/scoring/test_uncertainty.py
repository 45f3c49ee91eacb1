"""Uncertainty against the score itself, draw by draw, and the laws that any such draws must keep."""

import dataclasses
import functools
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import CellState, InputError, Profile, read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.catalogue.where import data_file
from r2prisk.scoring.kernel.draws import ROUNDING, draw_scores
from r2prisk.scoring.kernel.pieces import in_pieces
from r2prisk.scoring.uncertainty import GROUPS, load_priors, uncertainty
from r2prisk.scoring.uncertainty.cells import cells_of
from r2prisk.scoring.uncertainty.result import published
from r2prisk.scoring.uncertainty.sample import drawn_profile, sample
from r2prisk.scoring.uncertainty.summary import LEVELS, quantiles, ranks, top_shares

CHOICES = ["indicator_weights", "factor_weights", "exponents", "kappa", "form"]
DEFAULT = Profile.load("default")
PRIORS = load_priors()
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


def drawn(panel, profile=DEFAULT, draws=50, vary=CHOICES, seed=3):
    """Scores, drawn choices, and what the draws make of the panel in the order of the draws."""
    scores = score(panel, profile=profile)
    choices = sample(scores, PRIORS, draws=draws, vary=vary, rng=np.random.default_rng(seed))
    pieces = in_pieces(choices, scores.sums)
    source = cells_of(panel, scores, PRIORS, vary=vary, seed=seed)
    found = draw_scores(source.take(np.arange(len(panel))), scores.sums, pieces)
    return scores, choices, found[..., np.argsort(np.concatenate([p.columns for p in pieces]))]


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
    "steep": DEFAULT.replace(name="s", exponents={"within": 7.0, "across": 3.0}),
}


@pytest.mark.parametrize("name", PROFILES)
def test_draws_equal_the_score_called_for_each(name):
    panel = made(less=("1.2", "5.3", "SGS4.1"))
    scores, choices, found = drawn(panel, PROFILES[name])
    assert len(set(choices.forms)) == 4
    assert len(np.unique(choices.within)) > 5
    for draw in range(0, 50, 1 if name == "default" else 7):
        slow = score(panel, profile=drawn_profile(scores, panel, choices, draw))
        np.testing.assert_allclose(found[..., draw], published(slow), rtol=0, atol=1e-6)


def test_drawn_ratings_enter_like_any_others():
    panel = made(variance=0.03)
    scores, choices, found = drawn(panel, vary=["evidence", *CHOICES], draws=16)
    source = cells_of(panel, scores, PRIORS, vary=["evidence"], seed=3)
    streams = source.take(np.arange(len(panel))).streams
    rows = [np.flatnonzero(~np.isnan(r)) for r in panel.ratings]
    for piece in in_pieces(choices, scores.sums):
        size = len(piece.columns)
        made_of = [
            s.beta(source.cells.alpha[n, at, None], source.cells.beta[n, at, None], (len(at), size))
            for n, (s, at) in enumerate(zip(streams, rows, strict=True))
        ]
        for place, draw in enumerate(piece.columns.tolist()):
            ratings = panel.ratings.copy()
            for n, at in enumerate(rows):
                ratings[n, at] = made_of[n][:, place]
            other = dataclasses.replace(panel, ratings=ratings, variance=None)
            slow = score(other, profile=drawn_profile(scores, panel, choices, draw))
            np.testing.assert_allclose(found[..., draw], published(slow), rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("rated", "variance"), [(0.6, 1.5 / (2.5**2 * 3.5)), (0.2, 4 / (5**2 * 6))]
)
def test_unknown_indicators_of_a_factor_share_one_level(rated, variance):
    # factor 1 has 11 indicators, of which one is rated; Beta(1.5, 1) has mean 0.6, Beta(1, 4) 0.2
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [rated]}))
    scores, _, found = drawn(panel, vary=["unknown"], draws=4096)
    assert scores.sums.risk.total[0] == 11
    # the country is the mean of 14 factors that are drawn apart; of the first, a part is rated
    assert float(found[0, 0].std()) == pytest.approx(np.sqrt(13.8 * variance) / 14, rel=0.05)
    assert float(found[0, 0].mean()) == pytest.approx(rated, abs=0.01)


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
        uncertainty(made(), draws=256, vary=[group], priors=PRIORS.replace(**change))
        for change in WIDER[group]
    )
    score_of = "residual_risk" if group in ("kappa", "form") else "risk"
    assert 0 < widths(narrow, score_of) * 1.2 < widths(wide, score_of)


def test_intervals_widen_with_variance_and_with_what_is_unknown():
    spread = [
        widths(uncertainty(made(variance=v), draws=256, vary=["evidence"])) for v in (0.001, 0.03)
    ]
    assert 0 < 2 * spread[0] < spread[1]
    gaps = [widths(uncertainty(made(unknown=u), draws=256, vary=["unknown"])) for u in (0.2, 0.6)]
    assert 0 < 1.5 * gaps[0] < gaps[1]


def test_more_draws_converge_at_least_as_the_square_root():
    panel = made(years=(2003,))

    def medians(draws, seed):
        return uncertainty(panel, draws=draws, vary=CHOICES, rng=seed).quantiles[..., 3]

    best = medians(2048, 90)
    few, many = (
        np.sqrt(np.mean([(medians(draws, seed) - best) ** 2 for seed in range(6)]))
        for draws in (32, 256)
    )
    # the reference has an error too, and six seeds are few
    assert many < 1.2 * few / np.sqrt(256 / 32)


def test_the_convergence_figure_is_no_smaller_than_the_error():
    panel = made(years=(2003,))
    runs = [uncertainty(panel, draws=128, vary=CHOICES, rng=seed) for seed in range(8)]
    true = np.std([run.quantiles[0, :, 3] for run in runs], axis=0, ddof=1)
    said = np.mean([run.errors[0] for run in runs], axis=0)
    assert true.mean() < said.mean() < 10 * true.mean()
    assert runs[0].convergence["largest"]["risk"] == runs[0].errors[0].max()


def test_the_order_of_rows_does_not_matter():
    panel = made(variance=0.02)
    order = np.random.default_rng(1).permutation(len(panel))
    one = uncertainty(panel, draws=64).to_frame()
    other = uncertainty(panel.take(order), draws=64).to_frame()
    pd.testing.assert_frame_equal(one, other.loc[one.index], check_exact=True)


def test_cells_of_a_row_do_not_depend_on_the_other_rows():
    panel = made(variance=0.02)
    few = uncertainty(panel.take([4, 7]), draws=64, vary=["evidence", "unknown"])
    every = uncertainty(panel, draws=64, vary=["evidence", "unknown"])
    np.testing.assert_allclose(few.kept, every.kept[:, [4, 7]], rtol=0, atol=1e-6)


def test_one_seed_gives_the_same_and_another_not():
    panel = made(variance=0.02)
    one, again, other = (uncertainty(panel, draws=64, rng=seed) for seed in (5, 5, 6))
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


@settings(max_examples=4)
@given(seed=st.integers(0, 2**32 - 1), rule=st.sampled_from(["rated-only", "as-absent", "prior"]))
def test_quantiles_are_ordered_and_hold_the_score(seed, rule):
    panel = sparse(seed)
    profile = DEFAULT.replace(name=rule, missing={"rule": rule})
    sure = uncertainty(panel, profile=profile, draws=32, rng=seed)
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


@settings(max_examples=4)
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


def test_the_published_score_is_draw_0_and_is_flagged_where_the_priors_leave_it_outside():
    panel = made(unknown=0.0)
    sure = uncertainty(panel, draws=64, vary=CHOICES)
    np.testing.assert_allclose(
        sure.kept[:, :, 0], published(sure.scores)[[0, -2]], rtol=0, atol=1e-6
    )
    # all exponents that are drawn are above the profile's: its score is below every draw
    plain = DEFAULT.replace(name="plain", exponents={"within": 1.0})
    edge = uncertainty(panel, profile=plain, draws=256, vary=["exponents"])
    assert edge.outside[0].all()
    np.testing.assert_array_equal(edge.quantiles[0, :, 0], published(edge.scores)[0])
    assert (edge.quantiles[0, :, 3] > published(edge.scores)[0]).all()
    assert "In 12 of 12 rows the published risk is outside 95 %" in repr(edge)
    even = PRIORS.replace(exponents={"across": (1.0, 1.0)})
    middle = uncertainty(panel, draws=256, vary=["exponents"], priors=even)
    assert not middle.outside.any()


def test_evidence_has_the_moments_that_it_says():
    frame = pd.DataFrame({
        "unit": "SDN", "year": 2003, "indicator": ["1.1"], "rating": [0.3], "variance": [0.02],
    })  # fmt: skip
    sure = uncertainty(read_panel(frame), draws=8000, vary=["evidence"])
    assert sure.kept[0, 0].mean() == pytest.approx(0.3, abs=0.006)
    assert sure.kept[0, 0].var() == pytest.approx(0.02, rel=0.05)


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


@pytest.mark.parametrize("k", [1, 2, 5, 6])
def test_chances_of_the_top_sum_to_k(k):
    sure = uncertainty(made(variance=0.02), draws=128)
    for period in (2003, 2004):
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
    sure = uncertainty(made(variance=0.05), draws=128)
    for a in UNITS[1:]:
        one, other = sure.above("GHA", a, 2003), sure.above(a, "GHA", 2003)
        assert one.sum() == pytest.approx(1.0)
        assert one.iloc[0] == other.iloc[1]
        assert one["tie"] == other["tie"]


def test_chances_of_bands_count_the_draws():
    sure = uncertainty(made(), draws=128, vary=CHOICES)
    risk, limits = sure.kept[0], [0.0, 0.15, 0.30, 0.45, 0.60, 2.0]
    for n, (low, high) in enumerate(itertools.pairwise(limits)):
        by_hand = ((risk >= low) & (risk < high)).mean(axis=1)
        np.testing.assert_allclose(sure.chances[:, n + 1], by_hand)
    np.testing.assert_allclose(sure.chances.sum(axis=1), 1.0)


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
    sure = uncertainty(made(), draws=64)
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


def test_all_faults_are_named_together():
    with pytest.raises(InputError, match="2 problems") as caught:
        uncertainty(made(), draws=3, vary=["kapa"])
    assert "draws is 3; it must be 16 or more" in str(caught.value)
    assert "no group 'kapa'" in str(caught.value)
    assert "did you mean 'kappa'?" in str(caught.value)
    with pytest.raises(InputError, match=r"vary takes a list of groups: \['kappa'\]"):
        uncertainty(made(), vary="kappa")


def test_questions_about_what_is_not_there_are_refused():
    sure = uncertainty(made(), draws=16, vary=[])
    with pytest.raises(InputError, match="no unit 'SDM' in 2003; did you mean 'SDN'"):
        sure.above("SDM", "NOR", 2003)
    with pytest.raises(InputError, match="two units are compared"):
        sure.above("NOR", "NOR", 2003)
    with pytest.raises(InputError, match="no period '1999'; there is 2003 to 2004"):
        sure.top(1, 1999)
    with pytest.raises(InputError, match="k is 7; 2003 has 6 units with a risk"):
        sure.top(7, 2003)
    with pytest.raises(
        InputError, match="no draws are kept of 'genocide'; allowed: risk, residual"
    ):
        sure.top(1, 2003, of="genocide")


def test_priors_are_checked(tmp_path):
    assert set(GROUPS) == set(uncertainty(made(), draws=16).vary)
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
