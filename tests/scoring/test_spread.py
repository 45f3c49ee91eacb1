"""Standard deviations of scores against simulation of the scoring itself."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest

from r2prisk import Profile, read_panel, score
from r2prisk.scoring.read import read_scores
from r2prisk.scoring.spread import Deviations

NAN = np.nan
DEFAULT = Profile.load("default")
SD = 0.02
RATINGS = {
    "2.1": 0.3, "2.2": 0.8, "2.3": 0.5,
    "5.1": 0.9, "5.2": 0.95,  # above the gate of 0.75
    "7.1": 0.4, "7.2": 0.6,
    "9.1": 0.2,
    "SGS1.1": 0.5, "SGS1.2": 0.7, "SGS2.1": 0.3, "SGS5.1": 0.6,
}  # fmt: skip
NAMES = ("risk", "residual_risk", "resilience")


def panel(*rows, sd=SD):
    """Rows of ratings by indicator; a rating may be (rating, standard deviation)."""
    cells = []
    for year, row in enumerate(rows, 2001):
        for indicator, rating in row.items():
            value, deviation = rating if isinstance(rating, tuple) else (rating, sd)
            cells.append(("SDN", year, indicator, value, deviation**2))
    columns = ["unit", "year", "indicator", "rating", "variance"]
    return read_panel(pd.DataFrame(cells, columns=columns))


def found(*rows, profile=DEFAULT, sd=SD):
    """Return the three deviations of the first row."""
    made = score(panel(*rows, sd=sd), profile=profile).to_frame()
    return made[[f"{name}_sd" for name in NAMES]].iloc[0].to_numpy()


def simulated(row, profile, sd=SD, draws=3000, seed=12):
    """Score as many draws of the row as there are days, and return their standard deviations."""
    rng = np.random.default_rng(seed)
    drawn = pd.DataFrame({k: rng.normal(x, sd, draws) for k, x in row.items()})
    assert drawn.to_numpy().min() > 0
    assert drawn.to_numpy().max() < 1.05
    drawn = drawn.clip(upper=1.0)
    drawn.insert(0, "unit", "SDN")
    drawn.insert(1, "date", pd.date_range("2001-01-01", periods=draws).astype(str))
    scored = score(read_panel(drawn), profile=profile).to_frame()
    return scored[list(NAMES)].std().to_numpy()


# --- simulation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["damping", "ratio", "gate", "subtractive"])
@pytest.mark.parametrize(("within", "across"), [(1.0, 1.0), (2.0, 1.0), (2.0, 3.0)])
def test_deviations_are_those_of_simulated_scores(form, within, across):
    profile = DEFAULT.replace(
        inhibition={"form": form, "gate": 0.75}, exponents={"within": within, "across": across}
    )
    # a standard deviation from 3000 draws has an error of 1.3 %
    assert found(RATINGS, profile=profile) == pytest.approx(simulated(RATINGS, profile), rel=0.045)


@pytest.mark.parametrize("rule", ["as-absent", "prior"])
def test_deviations_follow_the_missing_rule(rule):
    profile = DEFAULT.replace(missing={"rule": rule})
    assert found(RATINGS, profile=profile) == pytest.approx(simulated(RATINGS, profile), rel=0.045)


def test_weights_count():
    profile = DEFAULT.replace(
        weights={"factors": {"RF5": 4.0}, "indicators": {"2.2": 3.0, "SGS1.1": 2.0}}
    )
    assert found(RATINGS, profile=profile) == pytest.approx(simulated(RATINGS, profile), rel=0.045)


# --- by hand ------------------------------------------------------------------------------------


def test_plain_means_by_hand():
    profile = DEFAULT.replace(
        exponents={"within": 1.0}, inhibition={"kappa": {"SGS1": {"RF2": 0.5}}}
    )
    row = {"2.1": (0.4, 0.1), "2.2": (0.6, 0.2), "5.1": (0.8, 0.3), "SGS1.1": (0.4, 0.1)}
    two, five = (0.1**2 + 0.2**2) / 4, 0.3**2
    risk = sqrt(two + five) / 2
    # what is left of RF2 is 0.8 of it; each of the 12 factors that nobody rated stands at the
    # country's risk, half of which is RF2 and half RF5
    by_two, by_five = (1 - 0.5 * 0.4 + 12 / 2) / 14, (1 + 12 / 2) / 14
    by_strength = 0.5 * 0.5 / 14
    residual = sqrt(by_two**2 * two + by_five**2 * five + by_strength**2 * 0.1**2)
    assert found(row, profile=profile) == pytest.approx([risk, residual, 0.1], rel=1e-4)


def test_a_power_mean_follows_its_larger_ratings():
    # d mean / d x = x / (2 mean) for two ratings and exponent 2
    mean = sqrt((0.6**2 + 0.8**2) / 2)
    expected = sqrt((0.6 * 0.1) ** 2 + (0.8 * 0.2) ** 2) / (2 * mean)
    assert found({"9.1": (0.6, 0.1), "9.2": (0.8, 0.2)})[0] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("within", "expected"), [(1.0, SD / sqrt(2)), (2.0, SD), (4.0, SD * (2 * 0.5**0.5) ** 0.5)]
)
def test_where_all_are_absent_each_rating_counts_by_its_own_power_mean(within, expected):
    profile = DEFAULT.replace(exponents={"within": within})
    made = found({"9.1": 0.0, "9.2": 0.0}, profile=profile)
    assert made[:2] == pytest.approx([expected, expected], rel=1e-4)
    # an equal share of all, whichever direction the step goes
    assert found({"9.1": 0.0}, profile=profile)[0] == pytest.approx(SD, rel=1e-4)


def test_where_all_are_absent_the_deviation_is_the_distance_from_nought():
    rng = np.random.default_rng(3)
    drawn = pd.DataFrame(np.abs(rng.normal(0, SD, (3000, 2))), columns=["9.1", "9.2"])
    drawn.insert(0, "unit", "SDN")
    drawn.insert(1, "date", pd.date_range("2001-01-01", periods=3000).astype(str))
    scored = score(read_panel(drawn)).to_frame()["risk"]
    made = found({"9.1": 0.0, "9.2": 0.0})[0]
    assert made == pytest.approx(np.sqrt((scored**2).mean()), rel=0.04)


def test_all_at_the_top_have_a_deviation_too():
    assert found({"9.1": 1.0, "SGS1.1": 1.0}) == pytest.approx([SD, SD, SD], rel=0.2)


# --- what is not known --------------------------------------------------------------------------


def test_without_variances_there_are_no_deviations():
    table = pd.DataFrame({"unit": ["SDN"], "year": [2001], "1.1": [0.5]})
    plain = score(read_panel(table))
    assert plain.deviations is None
    assert not [c for c in plain.to_frame(detail=True).columns if c.endswith("_sd")]


def test_with_variances_they_stand_last_in_both_frames():
    made = score(panel(RATINGS))
    assert isinstance(made.deviations, Deviations)
    expected = ["risk_sd", "residual_risk_sd", "resilience_sd"]
    assert made.to_frame().columns.tolist()[-3:] == expected
    assert set(expected) < set(made.to_frame(detail=True).columns)


def test_a_rating_without_a_variance_is_certain_and_unknown_scores_have_none():
    rows = panel(
        {"9.1": 0.5, "9.2": (0.5, NAN), "SGS1.1": 0.4},
        {"9.1": (0.5, NAN), "9.2": (0.5, NAN)},
        {"SGS1.1": 0.4},
    )
    made = score(rows).to_frame()
    risk, residual, resilience = (made[f"{name}_sd"].to_numpy() for name in NAMES)
    assert risk[0] == pytest.approx(SD / 2, rel=1e-4)
    assert risk[1] == residual[1] == 0.0
    assert np.isnan(risk[2])
    assert np.isnan(residual[2])
    assert resilience[[0, 2]] == pytest.approx([SD, SD], rel=1e-4)
    assert np.isnan(resilience[1])


def test_what_is_unknown_of_resilience_does_not_hide_the_risk():
    made = found({"2.1": 0.5, "7.1": 0.3})
    assert made[0] == pytest.approx(SD / sqrt(2), rel=1e-4)
    assert made[1] == pytest.approx(made[0])
    assert np.isnan(made[2])


def test_deviations_scale_with_those_of_the_ratings_and_rows_stand_alone():
    once, twice = found(RATINGS), found(RATINGS, sd=2 * SD)
    assert twice == pytest.approx(2 * once)
    other = dict.fromkeys(RATINGS, 0.5)
    assert found(RATINGS, other, {"9.1": 0.0}) == pytest.approx(once, rel=1e-9)


def test_deviations_survive_a_file(tmp_path):
    made = score(panel(RATINGS))
    made.write(tmp_path / "scores.csv")
    back = read_scores(tmp_path / "scores.csv")
    for name in NAMES:
        assert back[f"{name}_sd"].iloc[0] == made.to_frame()[f"{name}_sd"].iloc[0]
