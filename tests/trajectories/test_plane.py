"""The plane of risk and resilience: quadrants, how sure, how long."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from r2prisk import InputError, Profile
from r2prisk.trajectories import plane, time_in_quadrants, trajectories

NAN = np.nan
UNITS = ("GHA", "NOR", "SDN")
DEFAULT = Profile.load("default")
BOTH = ["risk", "resilience"]


def frame(first="2001", freq="Y", **columns):
    """Scores of one unit (a list) or of several (a list of lists)."""
    tables = {name: np.atleast_2d(np.asarray(c, dtype=float)) for name, c in columns.items()}
    units, periods = (max(t.shape[axis] for t in tables.values()) for axis in (0, 1))
    index = pd.MultiIndex.from_product(
        [UNITS[:units], pd.period_range(first, periods=periods, freq=freq)],
        names=["unit", "period"],
    )
    return pd.DataFrame(
        {name: np.broadcast_to(t, (units, periods)).ravel() for name, t in tables.items()},
        index=index,
    )


@pytest.mark.parametrize(
    ("risk", "resilience", "quadrant"),
    [
        (0.5, 0.4, "exposed"),
        (0.5, 0.8, "contained"),
        (0.1, 0.4, "brittle"),
        (0.1, 0.8, "resilient"),
        (0.30, 0.65, "contained"),  # a limit belongs to what is above it
        (0.2999, 0.6499, "brittle"),
    ],
)
def test_the_quadrants(risk, resilience, quadrant):
    found = trajectories(frame(risk=[risk], resilience=[resilience]), of=BOTH)
    row = plane(found).iloc[0]
    assert row["quadrant"] == quadrant
    # after one score the level is that score, with the variance of its noise
    trends = DEFAULT.trends
    sure = norm.cdf(abs(risk - 0.30) / trends.risk.noise)
    sure *= norm.cdf(abs(resilience - 0.65) / trends.resilience.noise)
    assert row["sure"] == pytest.approx(sure)
    assert (row["risk"], row["resilience"]) == (risk, resilience)


def test_the_profile_cuts_the_plane():
    own = DEFAULT.replace(plane={"risk": 0.6, "resilience": 0.3})
    found = trajectories(frame(risk=[0.5], resilience=[0.4]), of=BOTH, profile=own)
    assert plane(found)["quadrant"].tolist() == ["resilient"]


def test_the_path_is_that_of_the_levels_where_both_are_known():
    table = frame(
        risk=[[NAN, 0.2, 0.6, 0.6], [0.2] * 4, [NAN] * 4],
        resilience=[[0.3, 0.4, 0.5, NAN], [NAN, NAN, 0.9, 0.9], [0.5] * 4],
    )
    found = trajectories(table, of=BOTH)
    path = plane(found)
    assert path.index.tolist() == [
        *(("GHA", pd.Period(str(y), "Y")) for y in (2002, 2003, 2004)),
        *(("NOR", pd.Period(str(y), "Y")) for y in (2003, 2004)),
    ]
    for smoothed, states in ((False, "filtered"), (True, "smoothed")):
        row = plane(found, smoothed=smoothed).loc[("GHA", "2003")]
        expected = 1.0
        for name, limit in (("risk", 0.30), ("resilience", 0.65)):
            own = getattr(found[name], states)
            level, deviation = own.level[0, 2], own.var_level[0, 2] ** 0.5
            assert row[name] == level
            expected *= norm.cdf(abs(level - limit) / deviation)
        assert row["sure"] == pytest.approx(expected)
    assert not plane(found, smoothed=True).equals(path)


def test_the_last_row_is_the_same_then_and_now():
    found = trajectories(frame(risk=[0.2, 0.3, 0.5], resilience=[0.6, 0.7, 0.8]), of=BOTH)
    then, now = plane(found), plane(found, smoothed=True)
    pd.testing.assert_series_equal(then.iloc[-1], now.iloc[-1])
    assert then["sure"].between(0.0, 1.0).all()


# with hardly any noise the level is the score
LOOSE = {"noise": 0.001, "level": 0.5, "slope": 0.0, "turnover": 0.0, "tails": 3.0, "spread": 1.0}
CLOSE = DEFAULT.replace(trends={"risk": LOOSE, "resilience": LOOSE})
RISK = [0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.1, 0.1]
RESILIENCE = [0.2, 0.2, 0.9, 0.9, 0.9, 0.2, 0.2, 0.2]


def test_the_years_in_each_quadrant():
    found = trajectories(frame(risk=RISK, resilience=RESILIENCE), of=BOTH, profile=CLOSE)
    row = time_in_quadrants(found).loc["GHA"]
    assert row.astype(str).to_dict() == {
        "exposed": "1.0",
        "contained": "2.0",
        "brittle": "4.0",
        "resilient": "1.0",
        "now": "brittle",
        "since": "2007",
    }


def test_a_place_is_held_since_the_last_time_it_was_entered():
    one = time_in_quadrants(
        trajectories(frame(risk=[0.1] * 5, resilience=[0.9] * 5), of=BOTH)
    ).iloc[0]
    assert (one["now"], str(one["since"])) == ("resilient", "2001")
    again = frame(risk=[0.1] * 6, resilience=[0.9, 0.9, 0.2, 0.2, 0.9, 0.9])
    two = time_in_quadrants(trajectories(again, of=BOTH)).iloc[0]
    assert (two["now"], str(two["since"]), two["resilient"]) == ("resilient", "2005", 4.0)


def test_a_month_is_a_twelfth_of_a_year():
    table = frame(risk=RISK, resilience=RESILIENCE, first="2001-11", freq="M")
    row = time_in_quadrants(trajectories(table, of=BOTH, profile=CLOSE)).loc["GHA"]
    years = row[["exposed", "contained", "brittle", "resilient"]].tolist()
    assert years == pytest.approx([1 / 12, 2 / 12, 4 / 12, 1 / 12])
    assert str(row["since"]) == "2002-05"


@pytest.mark.parametrize("smoothed", [False, True])
def test_years_add_up_to_the_known_periods(smoothed):
    rng = np.random.default_rng(6)
    risk, resilience = rng.random((2, 3, 20))
    risk[rng.random(risk.shape) < 0.3] = NAN
    resilience[1, :8] = NAN
    found = trajectories(frame(risk=risk, resilience=resilience), of=BOTH)
    path, years = plane(found, smoothed=smoothed), time_in_quadrants(found, smoothed=smoothed)
    quadrants = ["exposed", "contained", "brittle", "resilient"]
    assert years.columns.tolist() == [*quadrants, "now", "since"]
    assert years[quadrants].sum(axis=1).to_dict() == path.groupby("unit").size().to_dict()
    for unit, own in path.groupby("unit"):
        assert years.loc[unit, "now"] == own["quadrant"].iloc[-1]
        stay = own.droplevel("unit")["quadrant"].loc[years.loc[unit, "since"] :]
        assert set(stay) == {years.loc[unit, "now"]}


def test_the_plane_needs_both_scores():
    found = trajectories(frame(risk=[0.1, 0.2]), of=["risk"])
    for call in (plane, time_in_quadrants):
        with pytest.raises(InputError, match="no trajectory of 'resilience'"):
            call(found)
    none = trajectories(frame(risk=[NAN, NAN], resilience=[0.2, 0.3]), of=BOTH)
    assert len(plane(none)) == len(time_in_quadrants(none)) == 0
