"""The world from the public files: is high what should be high, and low what should be low?"""

import pytest


@pytest.fixture(scope="module")
def ranks(world):
    return world.rank()["rank"]


@pytest.mark.parametrize(
    ("unit", "year", "at_most"),
    [
        ("SDN", 2003, 5),
        ("SYR", 2012, 5),
        ("SSD", 2013, 5),
        ("MMR", 2017, 20),
        ("RWA", 1993, 20),
        ("YUG", 1991, 15),
        ("CAF", 2012, 20),
    ],
)
def test_high_before_what_came(ranks, unit, year, at_most):
    assert ranks.loc[(unit, str(year))] <= at_most


@pytest.mark.parametrize(("unit", "year"), [("NOR", 2013), ("BWA", 2013), ("GHA", 2013)])
def test_low_where_it_stayed_calm(ranks, unit, year):
    assert ranks.loc[(unit, str(year))] > 100


def test_resilience_holds_ghana_down_more_than_sudan(world):
    held = {}
    for unit in ("GHA", "SDN"):
        row = world.loc(unit, 2013)
        held[unit] = 1 - row["residual_risk"] / row["risk"]
    assert held["GHA"] > 2 * held["SDN"]
    assert world.loc("GHA", 2013)["resilience"] > world.loc("SDN", 2013)["resilience"]


def test_factors_that_no_dataset_sees_are_unknown(world):
    frame = world.to_frame()
    for name in ("RF10", "RF12", "RF13", "RF14", "SGS4"):
        assert frame[name].isna().all()


def test_what_is_hardly_seen_has_no_band(world):
    row = world.loc("COK", 2013)
    assert row["band"] == "unknown"
    assert row["risk_high"] - row["risk_low"] > 0.9


def test_bounds_hold_the_scores_of_the_whole_world(world):
    frame = world.to_frame(detail=True).dropna(subset=["risk"])
    for name in ("risk", "residual", "genocide", "genocide_residual", "RF7", "SGR6"):
        value = frame["residual_risk" if name == "residual" else name].dropna()
        assert (frame.loc[value.index, f"{name}_low"] <= value).all()
        assert (value <= frame.loc[value.index, f"{name}_high"]).all()


def test_the_unfitted_risk_orders_countries_before_onsets(world, data_folder):
    # a floor, not a target: nothing is tuned to it; the measured figures are in docs/skill.md
    import pandas as pd
    from sklearn.metrics import roc_auc_score

    from r2prisk.catalogue.units import resolve

    outcomes = pd.read_csv(data_folder / "ewp/prepared_predictors_1960_2014.csv")
    outcomes = outcomes[outcomes["year"].between(1989, 2013)]
    outcomes = outcomes.assign(unit=resolve(outcomes["ccode"], "cow", outcomes["year"]))
    outcomes = outcomes.dropna(subset=["unit"]).drop_duplicates(["unit", "year"])
    index = pd.MultiIndex.from_arrays(
        [outcomes["unit"], pd.PeriodIndex(outcomes["year"].astype(str), freq="Y")],
        names=["unit", "period"],
    )
    onset = pd.Series(outcomes["mk_onset_1"].to_numpy(), index=index).dropna()
    risk = world.to_frame()["risk"].reindex(onset.index).dropna()
    assert roc_auc_score(onset.loc[risk.index], risk) > 0.75
