"""Neighbours and contagion: by hand on a small map, laws, and the world."""

from math import sqrt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import CellState, Profile, combine, load_source, read_panel, score
from r2prisk.errors import InputError
from r2prisk.sources.combine import combine_full
from r2prisk.trajectories import trajectories
from r2prisk.trajectories.contagion import contagion, neighbours

NAN = np.nan
NORTH = ("FIN", "NOR", "SWE")  # each touches the other two; Russia touches Finland and Norway
PLAIN = Profile.load("default").replace(name="plain", missing={"band_coverage": 0.0})
ratings = st.floats(0.0, 1.0).map(lambda x: round(x, 3))


def frame_of(rows, first="2001", freq="Y", name="residual_risk"):
    """Scores by unit, one list of values each."""
    length = len(next(iter(rows.values())))
    periods = pd.period_range(first, periods=length, freq=freq)
    index = pd.MultiIndex.from_product([list(rows), periods], names=["unit", "period"])
    return pd.DataFrame({name: [x for row in rows.values() for x in row]}, index=index)


def panel_of(rows, *, first=2001, **more):
    """A panel in which 1.1 alone makes risk and residual risk, and more columns by unit."""
    cells = [
        {
            "unit": unit,
            "year": first + n,
            "1.1": x,
            **{c: v.get(unit, [None] * 9)[n] for c, v in more.items()},
        }
        for unit, row in rows.items()
        for n, x in enumerate(row)
    ]
    return read_panel(pd.DataFrame(cells).astype(dict.fromkeys(more, object)))


def rated(panel, unit, indicator):
    return panel.to_frame().loc[unit, indicator].tolist()


def state(panel, unit, indicator):
    return panel.states_frame().loc[unit, indicator].tolist()


# --- the series of the neighbours ---------------------------------------------------------------


def test_the_power_mean_of_the_land_neighbours():
    found = neighbours(frame_of({"FIN": [0.6], "NOR": [0.2], "RUS": [0.7], "SWE": [0.1]}))
    row = found.loc[("NOR", "2001")]
    # Finland, Russia and Sweden, by the exponent 2
    assert row["neighbours"] == pytest.approx(sqrt((0.6**2 + 0.7**2 + 0.1**2) / 3))
    assert (row["worst"], row["highest"], row["known"], row["of"]) == ("RUS", 0.7, 3, 3)
    # Sweden does not touch Russia
    assert found.loc[("SWE", "2001"), "neighbours"] == pytest.approx(sqrt((0.6**2 + 0.2**2) / 2))
    assert found.loc[("SWE", "2001"), "of"] == 2


def test_the_exponent_says_how_much_one_neighbour_counts():
    frame = frame_of({"FIN": [0.6], "NOR": [0.2], "SWE": [0.0]})
    means = [neighbours(frame, exponent=p).loc[("SWE", "2001"), "neighbours"] for p in (1, 2, 100)]
    assert means == pytest.approx([0.4, sqrt(0.2), 0.6 * (1 + (1 / 3) ** 100) ** 0.01 / 2**0.01])
    tiny = frame_of({"FIN": [1e-5], "NOR": [1e-5], "SWE": [0.0]})
    assert neighbours(tiny, exponent=100).loc[("SWE", "2001"), "neighbours"] == pytest.approx(1e-5)


def test_an_island_and_unknown_neighbours_are_not_zero():
    found = neighbours(
        frame_of({"AUS": [0.1], "FIN": [NAN], "NOR": [0.2], "PRT": [0.3], "SWE": [NAN]})
    )
    assert found["known"].tolist() == [0, 1, 0, 0, 1]
    # Portugal has Spain, which has no row; Australia has nobody
    assert found["of"].tolist() == [0, 3, 3, 1, 2]
    assert found["neighbours"].isna().tolist() == [True, False, True, True, False]
    assert found["worst"].isna().tolist() == [True, False, True, True, False]
    calm = neighbours(frame_of({"FIN": [0.0], "NOR": [0.0], "SWE": [0.0]}))
    assert calm["neighbours"].tolist() == [0.0, 0.0, 0.0]
    assert calm["worst"].tolist() == ["NOR", "FIN", "FIN"]


def test_borders_are_those_of_the_year():
    found = neighbours(
        frame_of({"NOR": [0.1, 0.1], "RUS": [0.2, 0.2], "SUN": [0.9, 0.9]}, first="1991")
    )
    assert found.loc["NOR", "worst"].tolist() == ["SUN", "RUS"]
    quarters = neighbours(
        frame_of(
            {"NOR": [0.1, 0.1], "RUS": [0.2, 0.2], "SUN": [0.9, 0.9]}, first="1991Q4", freq="Q"
        )
    )
    assert quarters.loc["NOR", "highest"].tolist() == [0.9, 0.2]


def test_a_neighbour_of_which_too_little_was_rated_is_unknown():
    frame = frame_of({"FIN": [0.6], "NOR": [0.2], "SWE": [0.4]}).assign(coverage=[0.149, 0.15, 0.9])
    found = neighbours(frame)
    assert found["known"].tolist() == [2, 1, 1]
    assert found.loc[("SWE", "2001"), "neighbours"] == pytest.approx(0.2)
    panel = panel_of({"FIN": [0.6], "NOR": [0.2], "SWE": [0.4]})
    # one indicator is less than the default profile wants, and as much as the plain one does
    assert neighbours(score(panel))["known"].tolist() == [0, 0, 0]
    assert neighbours(score(panel, profile=PLAIN))["known"].tolist() == [2, 2, 2]


def test_any_score_will_do_and_rows_keep_their_order():
    frame = frame_of({"SWE": [0.4], "FIN": [0.6], "NOR": [0.2]}, name="risk")
    found = neighbours(frame, of="risk")
    assert found.index.equals(frame.index)
    assert found.loc[("SWE", "2001"), "worst"] == "FIN"
    assert neighbours(score(panel_of({"SWE": [0.4], "FIN": [0.6]}), profile=PLAIN), of="RF1")[
        "neighbours"
    ].tolist() == pytest.approx([0.4, 0.6])


def test_the_neighbours_are_a_trajectory_of_their_own():
    frame = frame_of({"FIN": [0.1] * 5, "SWE": [0.2, 0.3, 0.4, 0.5, 0.6]})
    found = trajectories(
        frame.assign(neighbours=neighbours(frame)["neighbours"]), of=["neighbours"]
    )
    assert found["neighbours"].filtered.slope[0, 4] == pytest.approx(0.1)
    assert found["neighbours"].filtered.slope[1, 4] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"of": "residual"}, "no score 'residual'; did you mean 'residual_risk'?"),
        ({"exponent": 0.5}, "exponent 0.5 is not a number from 1 to 100"),
        ({"exponent": NAN}, "exponent nan is not a number from 1 to 100"),
    ],
)
def test_other_scores_and_exponents_are_refused(change, told):
    with pytest.raises(InputError) as caught:
        neighbours(frame_of({"FIN": [0.1]}), **change)
    assert told in str(caught.value)


def test_unknown_units_early_years_and_negative_scores_are_refused():
    with pytest.raises(InputError, match=r"unit 'FIM' is not known; did you mean"):
        neighbours(frame_of({"FIM": [0.1]}))
    with pytest.raises(InputError, match="'1945' is not a year from 1946"):
        neighbours(frame_of({"FIN": [0.1]}, first="1945"))
    with pytest.raises(InputError, match=r"'residual_risk' has values below 0, the lowest -0\.1"):
        neighbours(frame_of({"FIN": [-0.1, 0.3]}))


# --- ratings from the neighbours ----------------------------------------------------------------


def test_level_and_rise_are_visible_arithmetic():
    panel = contagion(panel_of({"FIN": [0.2, 0.2, 0.1], "SWE": [0.5, 0.56, 0.9]}), profile=PLAIN)
    assert rated(panel, "FIN", "1.2") == pytest.approx([0.5, 0.56, 0.9])
    # 0.06 / 0.15, then 0.34 / 0.15, which is more than 1
    assert rated(panel, "FIN", "8.2") == pytest.approx([NAN, 0.06 / 0.15, 1.0], nan_ok=True)
    # a fall is no rise
    assert rated(panel, "SWE", "8.2") == pytest.approx([NAN, 0.0, 0.0], nan_ok=True)
    assert panel.indicators == ("1.2", "8.2")


def test_the_rise_is_over_neighbours_known_before_and_now():
    panel = contagion(
        panel_of({"FIN": [None, 0.9, 0.9], "NOR": [0.2, 0.23, None], "SWE": [0.1] * 3}),
        profile=PLAIN,
    )
    assert rated(panel, "SWE", "1.2") == pytest.approx([0.2, sqrt((0.9**2 + 0.23**2) / 2), 0.9])
    # Norway alone was known before and in 2002, Finland alone before and in 2003, where it did not
    # rise: beside a neighbour at risk that is no calm
    assert rated(panel, "SWE", "8.2") == pytest.approx([NAN, 0.03 / 0.15, NAN], nan_ok=True)


def test_no_rise_is_calm_beside_calm_neighbours_only():
    panel = contagion(
        panel_of({"FIN": [0.1, 0.1, 0.4, 0.42], "NOR": [0.1] * 4, "SWE": [0.1] * 4}), profile=PLAIN
    )
    means = [sqrt((x**2 + 0.1**2) / 2) for x in (0.1, 0.1, 0.4, 0.42)]  # 0.10, 0.10, 0.29, 0.31
    assert rated(panel, "SWE", "1.2") == pytest.approx(means)
    rise = min((means[2] - means[1]) / 0.15, 1.0)
    # the last rise is 0.01 only, and the neighbours now stand at 0.30 or more
    assert rated(panel, "SWE", "8.2") == pytest.approx([NAN, 0.0, rise, NAN], nan_ok=True)


def test_own_ratings_stay_and_are_never_given_twice():
    given_panel = panel_of(
        {"FIN": [0.3, 0.3, 0.3], "SWE": [0.5, 0.56, 0.62]},
        **{"1.2": {"FIN": [None, 0.7, None]}, "8.2": {"SWE": [0.0, None, None]}},
    )
    panel = contagion(given_panel, profile=PLAIN)
    # a source rates 1.2 of Finland in the second year: from then on it is left to the source
    assert rated(panel, "FIN", "1.2") == pytest.approx([0.5, NAN, NAN], nan_ok=True)
    # and what it will rate one day changes nothing of the years before
    assert rated(panel, "SWE", "1.2") == pytest.approx([0.3, 0.3, 0.3])
    felt = 0.06 / 0.15
    assert rated(panel, "FIN", "8.2") == pytest.approx([NAN, felt, felt], nan_ok=True)
    both = combine([given_panel, panel], rule="error")
    assert rated(both, "FIN", "1.2") == pytest.approx([0.5, 0.7, NAN], nan_ok=True)
    assert rated(both, "SWE", "8.2") == pytest.approx([0.0, NAN, NAN], nan_ok=True)


def test_what_does_not_apply_or_failed_stays_so():
    given_panel = panel_of(
        {"AUS": [0.1, 0.1], "FIN": [0.3, 0.3], "SWE": [0.5, 0.5]},
        **{
            "1.2": {"FIN": ["failed", "not applicable"]},
            "8.2": {"AUS": ["failed", None], "FIN": ["unknown", "failed"]},
        },
    )
    both = combine([given_panel, contagion(given_panel, profile=PLAIN)])
    assert state(both, "FIN", "1.2") == ["failed", "not_applicable"]
    assert state(both, "FIN", "8.2") == ["unknown", "failed"]
    assert state(both, "AUS", "8.2") == ["failed", "not_applicable"]


def test_an_island_has_no_spill_over_the_border_and_may_have_a_crisis():
    panel = contagion(panel_of({"AUS": [0.3, 0.3], "FIN": [0.2, 0.2]}), profile=PLAIN)
    assert state(panel, "AUS", "8.2") == ["not_applicable"] * 2
    assert state(panel, "AUS", "1.2") == ["unknown"] * 2
    # Finland has neighbours of which nothing is known
    assert state(panel, "FIN", "8.2") == ["unknown"] * 2
    assert state(panel, "FIN", "1.2") == ["unknown"] * 2


def test_before_independence_the_borders_are_unknown():
    panel = contagion(panel_of({"SSD": [0.3] * 2, "UGA": [0.2] * 2}, first=2010), profile=PLAIN)
    # Uganda is known before the border is: its risk in 2011 is no rise
    assert state(panel, "SSD", "8.2") == ["unknown", "rated"]
    assert rated(panel, "SSD", "8.2")[1] == 0.0
    assert state(panel, "SSD", "1.2") == ["unknown", "rated"]


def test_a_panel_says_that_it_is_derived():
    given_panel = panel_of(
        {"AUS": [0.1] * 2, "FIN": [0.3] * 2, "SWE": [0.5] * 2}, **{"1.2": {"SWE": [0.1, None]}}
    )
    panel = contagion(given_panel, profile=PLAIN)
    assert panel.sources == (
        "derived from the residual risk of land neighbours: contagion(panel, profile='plain')",
    )
    notes = "\n".join(panel.notes)
    assert f"panel {given_panel.hash[:8]} without 1.2 and 8.2, profile plain" in notes
    assert "one overlap cluster (Spillover from the region)" in notes
    assert (
        "1.2: 2 cells rated, 0 without a land border, 3 unknown, 1 left as the panel has them"
        in notes
    )
    assert (
        "8.2: 0 cells rated, 2 without a land border, 4 unknown, 0 left as the panel has them"
        in notes
    )
    told = score(combine([given_panel, panel]), profile=PLAIN).provenance
    assert panel.sources[0] in told["sources"]
    assert set(panel.notes) <= set(told["notes"])


def test_the_overlap_is_named_and_no_error():
    given_panel = panel_of({"FIN": [0.3] * 2, "SWE": [0.5] * 2})
    derived = contagion(given_panel, profile=PLAIN)
    report = combine_full([given_panel, derived], rule="error").report
    assert report.overlaps == ()
    assert any("one overlap cluster (Spillover from the region)" in note for note in derived.notes)


def test_what_is_no_panel_or_of_another_framework_is_refused():
    with pytest.raises(InputError, match="needs a Panel, found str"):
        contagion("panel.csv")
    resilience = read_panel(pd.DataFrame({"unit": ["FIN"], "year": [2001], "SGS1.1": [0.3]}))
    with pytest.raises(
        InputError, match=r"rates 1\.2 and 8\.2 of un-foa-2014; the panel has no indicator"
    ):
        contagion(resilience)


# --- laws ---------------------------------------------------------------------------------------

maps = st.lists(st.lists(ratings, min_size=3, max_size=3), min_size=3, max_size=3)


def derived(rows, **more):
    return contagion(panel_of(dict(zip(NORTH, rows, strict=True)), **more), profile=PLAIN)


@settings(max_examples=12)
@given(maps, st.permutations(NORTH))
def test_the_order_of_units_does_not_matter(rows, order):
    frame = frame_of(dict(zip(NORTH, rows, strict=True)))
    other = pd.concat([frame.loc[[unit]] for unit in order])
    pd.testing.assert_frame_equal(neighbours(frame), neighbours(other).sort_index())


@settings(max_examples=12)
@given(maps, st.lists(ratings, min_size=3, max_size=3))
def test_own_scores_and_own_spillover_do_not_come_back(rows, own):
    before = neighbours(frame_of(dict(zip(NORTH, rows, strict=True)))).loc["SWE"]
    after = neighbours(frame_of(dict(zip(NORTH, [*rows[:2], own], strict=True)))).loc["SWE"]
    pd.testing.assert_frame_equal(before, after)
    # nor does Sweden's own spillover, by way of its neighbours' risk
    with_own = derived(rows, **{"1.2": {"SWE": own}, "8.2": {"SWE": own}}).to_frame()
    pd.testing.assert_frame_equal(
        with_own.loc[["FIN", "NOR"]], derived(rows).to_frame().loc[["FIN", "NOR"]]
    )


@settings(max_examples=12)
@given(maps, st.integers(0, 2), st.integers(0, 2), ratings)
def test_raising_one_neighbour_never_lowers_a_rating(rows, unit, period, most):
    raised = [list(row) for row in rows]
    raised[unit][period] = max(raised[unit][period], most)
    when = str(2001 + period)
    before = derived(rows).to_frame().xs(when, level="period")
    after = derived(raised).to_frame().xs(when, level="period")
    # where the neighbours come to be at risk without a rise of note, what was calm is unknown
    assert ((after >= before - 1e-12) | before.isna() | after.isna()).all(axis=None)
    assert ((before["8.2"] == 0.0) | after["8.2"].notna() | before["8.2"].isna()).all()


@settings(max_examples=12)
@given(maps)
def test_ratings_lie_between_the_neighbours_and_from_0_to_1(rows):
    frame = frame_of(dict(zip(NORTH, rows, strict=True)))
    found = neighbours(frame)
    assert (found["neighbours"] <= found["highest"] + 1e-12).all()
    assert (found["neighbours"] >= neighbours(frame, exponent=1.0)["neighbours"] - 1e-12).all()
    cells = derived(rows).to_frame()
    assert cells["1.2"].notna().all()
    calm = found["neighbours"] < PLAIN.plane.risk
    first = cells.index.get_level_values("period") == pd.Period("2001")
    assert cells["8.2"][calm & ~first].notna().all()
    assert cells["8.2"][first].isna().all()
    assert (cells.isna() | ((cells >= 0.0) & (cells <= 1.0))).all(axis=None)


@settings(max_examples=12)
@given(maps, st.integers(1, 2))
def test_later_periods_change_nothing_before(rows, kept):
    whole, part = derived(rows), derived([row[:kept] for row in rows])
    early = whole.to_frame()
    early = early[early.index.get_level_values("period").year < 2001 + kept]
    pd.testing.assert_frame_equal(early, part.to_frame())


@settings(max_examples=6)
@given(maps)
def test_a_second_time_rates_nothing_more(rows):
    panel = panel_of(dict(zip(NORTH, rows, strict=True)))
    again = contagion(combine([panel, contagion(panel, profile=PLAIN)]), profile=PLAIN)
    assert not (again.states == CellState.RATED).any()


# --- the world ----------------------------------------------------------------------------------


def test_the_great_lakes_around_1994(data_folder):
    paths = {
        "ucdp-organised-violence": "ucdp/organizedviolencecy_v25_1.csv",
        "pts": "pts/PTS-2025.csv",
    }
    panels = [load_source(name, data_folder / path) for name, path in paths.items()]
    panel = combine(panels).select(first=1989, last=1999)
    found = neighbours(score(panel, profile=PLAIN))
    assert found.loc[("BDI", "1994"), "worst"] == "RWA"
    assert found.loc[("RWA", "1997"), "worst"] in ("BDI", "COD")
    assert found.loc[("COD", "1994"), "known"] >= 8
    around = found["neighbours"].xs("1994", level="period")
    assert around["BDI"] > around["RWA"] > around["NOR"]
    assert around["BDI"] > around.quantile(0.9)
    given_by = contagion(panel, profile=PLAIN).to_frame()
    # a war next door that has come, and one that goes on
    assert given_by.loc[("BDI", "1994"), "8.2"] > 0.2
    assert np.isnan(given_by.loc[("BDI", "1995"), "8.2"])
