"""Pooling: worked by hand, then as laws; and the human-rights lens."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from r2prisk import CellState, InputError
from r2prisk.catalogue import load_mechanisms
from r2prisk.evidence import (
    Evidence,
    Weights,
    human_rights_lens,
    load_declared,
    pool,
    read_evidence,
)
from r2prisk.evidence.ageing import DAYS_PER_MONTH

W = load_declared().weights
A0, N0 = W.prior_mass * W.prior_mean, W.prior_mass
NGO = load_mechanisms()["ngo"]
ABOUT = {
    "unit": "KEN",
    "indicator": "7.10",
    "date": "2008-01-31",
    "rating": 0.5,
    "confidence": "high",
    "mechanism": "ngo",
    "reference": "An invented report",
    "coder": "A",
}


def table_of(*rows):
    listed = [{"id": f"E{n}", **ABOUT, **row} for n, row in enumerate(rows, 1)]
    return read_evidence(pd.DataFrame(listed, dtype=object))


def cell(found, column=0, row=0):
    return found.panel.ratings[row, column]


def half_lives(days, half_life):
    return 2 ** (-(days / DAYS_PER_MONTH) / half_life)


# --- by hand ------------------------------------------------------------------------------------


def test_one_fresh_report():
    found = pool(table_of({"rating": "severe"}), "2008-01")
    a, b = 0.0625 + 1, 0.0625
    assert cell(found) == pytest.approx(a / (a + b))
    assert found.panel.variance[0, 0] == pytest.approx(a * b / ((a + b) ** 2 * (a + b + 1)))
    assert found.mass[0, 0] == 1.0
    assert found.ages[0, 0] == 0.0


def test_confidence_and_age_weigh():
    rows = [{"rating": 1, "confidence": "low"}, {"rating": 0.25, "date": "2007-10-31"}]
    found = pool(table_of(*rows), "2008-04")
    low, old = 0.25 * half_lives(90, 6), half_lives(182, 6)  # 31 January to 30 April: 90 days
    assert found.mass[0, 0] == pytest.approx(low + old)
    assert cell(found) == pytest.approx((A0 + low + 0.25 * old) / (N0 + low + old))
    mean_age = (low * 90 + old * 182) / (low + old) / DAYS_PER_MONTH
    assert found.ages[0, 0] == pytest.approx(mean_age)


def test_the_half_life_is_that_of_the_mechanism_and_the_tempo():
    rows = [
        {"indicator": "3.1"},
        {"indicator": "7.10"},
        {"indicator": "7.10", "mechanism": "media"},
    ]
    found = pool(table_of(*rows), "2008-07")
    days = 182  # 31 January to 31 July 2008
    assert found.panel.indicators == ("3.1", "7.10")
    assert found.mass[0].tolist() == pytest.approx(
        [half_lives(days, 24), half_lives(days, 6) + half_lives(days, 1)]
    )


def test_what_has_faded_is_unknown_again_and_not_absent():
    found = pool(table_of({"rating": "severe"}), ["2008-01", "2009-07", "2009-08"])
    rated, unknown = CellState.RATED, CellState.UNKNOWN
    assert found.panel.states[:, 0].tolist() == [
        rated,
        rated,
        unknown,
    ]  # three half-lives: 18 months
    assert cell(found, row=1) == pytest.approx(0.75, abs=0.001)
    assert np.isnan([cell(found, row=2), found.panel.variance[2, 0], found.ages[2, 0]]).all()
    assert 0 < found.mass[2, 0] < W.least_mass


def test_silence_is_not_absence_but_a_rating_of_absent_is():
    rows = [{"rating": "absent"}, {"unit": "GHA", "indicator": "7.1"}]
    found = pool(table_of(*rows), "2008-01")
    assert found.panel.units == ("GHA", "KEN")
    states = found.panel.states_frame()
    assert states.loc["GHA", "7.10"].tolist() == ["unknown"]
    assert states.loc["KEN", "7.10"].tolist() == ["rated"]
    absent = found.panel.to_frame().loc["KEN", "7.10"].iloc[0]
    assert absent == pytest.approx(0.0625 / 1.125)
    assert absent < 0.06


def test_an_interval_stays_fresh_until_its_end():
    found = pool(table_of({"until": "2008-12"}), ["2007-12", "2008-01", "2008-11", "2009-06"])
    assert found.mass[:, 0].tolist() == pytest.approx([0, 1, 1, half_lives(181, 6)])
    assert found.ages[1:3, 0].tolist() == [0, 0]


def test_what_is_known_late_counts_late_and_has_aged_by_then():
    # a judgment of 1998 on January 2008, so to speak: of the fact's age from its first day on
    table = table_of({"date": "2008-01-31", "known": "2008-07-31", "rating": 1})
    dates = ["2008-01", "2008-06", "2008-07", "2009-01"]
    then, now = pool(table, dates), pool(table, dates, hindsight=True)
    months = half_lives(182, 6), half_lives(366, 6)  # to 31 July 2008 and 31 January 2009
    assert then.mass.ravel().tolist() == pytest.approx([0, 0, *months])
    assert now.mass.ravel().tolist() == pytest.approx([1, half_lives(151, 6), *months])
    assert now.panel.notes[1:] == (
        "1 of 1 rows are counted before they were known: pooled with hindsight",
    )
    assert not pool(table_of({}), "2008-01", hindsight=True).panel.notes[1:]


def test_a_settlement_counts_from_the_day_on_which_it_is_known():
    rows = [{"rating": 0}, {"rating": 1, "known": "2008-03-31", "adjudicates": "E1"}]
    found = pool(table_of(*rows), ["2008-02", "2008-03"])
    assert found.panel.ratings[0, 0] < 0.2
    assert found.panel.ratings[1, 0] > 0.8
    assert pool(table_of(*rows), "2008-02", hindsight=True).panel.ratings[0, 0] > 0.8


def test_a_trigger_that_is_known_after_its_window_never_counts():
    row = {"indicator": "8.8", "date": "2008-01-31", "known": "2009-03-01", "rating": 1}
    months = pd.period_range("2008-01", "2010-01", freq="M")
    assert not pool(table_of(row), months).mass.any()
    assert pool(table_of(row), months, hindsight=True).mass.any()


def test_a_trigger_that_lasted_counts_from_its_end():
    row = {"indicator": "8.8", "date": "2008-01-31", "until": "2008-06-30", "rating": 1}
    found = pool(table_of(row), ["2008-01", "2009-06", "2009-07"])
    assert found.mass.ravel().tolist() == [1.0, 1.0, 0.0]


def test_a_cell_is_rated_from_the_least_mass_on():
    exact = Weights(**{**W.model_dump(), "low": 0.125})
    for least, state in ((0.125, CellState.RATED), (0.126, CellState.UNKNOWN)):
        weights = Weights(**{**exact.model_dump(), "least_mass": least})
        found = pool(table_of({"confidence": "low"}), "2008-01", weights=weights)
        assert found.panel.states[0, 0] == state


def test_triggers_count_fully_in_their_window():
    found = pool(table_of({"indicator": "8.8"}), ["2008-01", "2008-07", "2009-01", "2009-02"])
    assert found.mass[:3, 0].tolist() == [1.0, 1.0, 0.0]  # 366 days after, in a leap year
    assert found.panel.states[:, 0].tolist() == [0, 0, 1, 1]
    assert found.ages[1, 0] == pytest.approx(182 / DAYS_PER_MONTH)
    longer = Weights(**{**W.model_dump(), "trigger_window": 24})
    assert pool(table_of({"indicator": "8.8"}), ["2009-02"], weights=longer).mass[0, 0] == 1.0


def test_each_trigger_of_a_year_is_in_the_panel_of_that_year():
    for date in ("2007-01-01", "2008-01-01", "2008-12-31"):
        found = pool(table_of({"indicator": "8.8", "date": date}), date[:4])
        assert found.mass[0, 0] == 1.0


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (["not applicable"], CellState.NOT_APPLICABLE),
        (["not applicable", "not applicable"], CellState.NOT_APPLICABLE),
        (["not applicable", "unknown"], CellState.UNKNOWN),
        (["not applicable", "failed"], CellState.FAILED),
        (["failed", "unknown"], CellState.FAILED),
        (["unknown"], CellState.UNKNOWN),
        (["not applicable", "failed", "unknown", None], CellState.RATED),
    ],
)
def test_states_that_coders_give(states, expected):
    rows = [{"state": s, "rating": None} if s else {"rating": 0.5} for s in states]
    found = pool(table_of(*rows), "2008-01")
    assert found.panel.states[0, 0] == expected
    assert found.mass[0, 0] == (1.0 if expected == CellState.RATED else 0.0)


def test_a_rating_that_has_faded_does_not_stand_against_not_applicable():
    rows = [{"date": "2000"}, {"state": "not applicable", "rating": None}]
    found = pool(table_of(*rows), ["2000-12", "2008-01", "2012-01"])
    assert found.panel.states[:, 0].tolist() == [0, 2, 1]


def test_the_row_that_settles_others_takes_their_place():
    two = [{"rating": 0.2, "coder": "A"}, {"rating": 0.9, "coder": "B"}]
    settling = {"rating": 0.7, "coder": "C", "date": "2008-03-31", "adjudicates": "E1; E2"}
    found = pool(table_of(*two, settling), ["2008-02", "2008-03", "2009-01"])
    before = pool(table_of(*two), ["2008-02"])
    alone = pool(table_of({**settling, "adjudicates": None}), ["2008-03", "2009-01"])
    np.testing.assert_allclose(found.mass[:, 0], [before.mass[0, 0], *alone.mass[:, 0]], atol=1e-12)
    expected = [cell(before), *alone.panel.ratings[:, 0]]
    np.testing.assert_allclose(found.panel.ratings[:, 0], expected, atol=1e-12)


def test_a_row_that_settles_an_earlier_settlement():
    rows = [{"rating": 0.2}, {"rating": 0.9, "adjudicates": "E1"}]
    rows += [{"rating": 0.4, "date": "2008-02-29", "adjudicates": "E2"}]
    found = pool(table_of(*rows), ["2008-01", "2008-02"])
    assert found.mass[:, 0].tolist() == pytest.approx([1.0, 1.0])
    assert found.panel.ratings[:, 0].tolist() == pytest.approx(
        [(A0 + 0.9) / 1.125, (A0 + 0.4) / 1.125]
    )


def test_the_panel_is_whole_sorted_and_says_where_it_comes_from(tmp_path, needs_extra):
    rows = [{"indicator": "SGS3.2"}, {"unit": "GHA", "indicator": "1.1"}]
    found = pool(table_of(*rows), ["2009", "2008"])
    panel = found.panel
    assert panel.indicators == ("1.1", "SGS3.2")
    assert [f.name for f in panel.frameworks] == ["un-foa-2014", "sg-resilience-2013"]
    assert [(u, str(p)) for u, p in panel.index] == [
        ("GHA", "2008"),
        ("GHA", "2009"),
        ("KEN", "2008"),
        ("KEN", "2009"),
    ]
    assert panel.sources[0].startswith("coded evidence (a table; 2 rows, ")
    assert W.hash[:12] in panel.sources[0]
    assert "median: mass" in repr(found)
    frame = found.to_frame()
    assert frame["unit"].tolist() == ["GHA", "KEN", "KEN"]  # GHA 2009 has faded
    assert frame["state"].tolist() == ["rated"] * 3
    assert frame.loc[0, "rating"] == panel.ratings[0, 0]
    needs_extra("pyarrow")
    from r2prisk import read_panel, score

    panel.write(tmp_path / "panel.parquet")
    assert read_panel(tmp_path / "panel.parquet").hash == panel.hash
    assert score(panel).to_frame()["risk"].notna().tolist() == [True, False, False, False]


@pytest.mark.parametrize("dates", [["2008-12"], ["2008Q4"], ["2008"], ["2008-12-31"]])
def test_any_kind_of_period_is_pooled_at_its_end(dates):
    assert pool(table_of({}), dates).mass[0, 0] == pytest.approx(half_lives(335, 6))


@pytest.mark.parametrize(
    ("dates", "message"),
    [
        ([], "name at least one period"),
        (["2008", "2008-01"], "mixes years"),
        (["2008", 2008], "2008 stands more than once"),
        ("soon", "'soon' is not a year"),
    ],
)
def test_dates_that_are_none(dates, message):
    for call in (pool, human_rights_lens):
        with pytest.raises(InputError, match=message):
            call(table_of({}), dates)


def test_nothing_to_pool():
    none = table_of({}).public()
    for call in (pool, human_rights_lens):
        with pytest.raises(InputError, match="has no rows to pool"):
            call(none, "2008")


def late(row, days):
    """The row, known some days after its date."""
    known = {"known": row["date"] + dt.timedelta(days=days)} if days else {}
    return {name: value for name, value in row.items() if name != "delay"} | known


# --- laws ---------------------------------------------------------------------------------------

pieces = st.fixed_dictionaries(
    {
        "unit": st.sampled_from(["KEN", "GHA"]),
        "indicator": st.sampled_from(["3.1", "7.10", "8.8", "SGS3.2"]),
        "date": st.dates(pd.Timestamp("2004-01-01").date(), pd.Timestamp("2009-12-31").date()),
        "confidence": st.sampled_from(["low", "medium", "high"]),
        "mechanism": st.sampled_from(list(load_mechanisms())),
        "rating": st.floats(0, 1) | st.sampled_from(["not applicable", "failed", "unknown"]),
        "delay": st.sampled_from([0, 0, 0, 40, 400]),
    }
).map(lambda row: late(row, row["delay"]))
PERIODS = pd.period_range("2004Q1", "2011Q4", freq="Q")
FEW = settings(max_examples=20)


@FEW
@given(st.lists(pieces, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, random):
    listed = [{"id": f"E{n}", **ABOUT, **row} for n, row in enumerate(rows)]
    shuffled = list(listed)
    random.shuffle(shuffled)
    one, other = (pool(table_of(*rows), PERIODS) for rows in (listed, shuffled))
    assert one.panel.hash == other.panel.hash
    assert one.mass.tobytes() == other.mass.tobytes()


def test_the_order_of_many_rows_does_not_matter():
    rng = np.random.default_rng(0)
    days = pd.date_range("2004-01-01", "2009-12-31")
    frame = pd.DataFrame(
        {
            **{name: value for name, value in ABOUT.items() if name != "rating"},
            "id": [f"E{n}" for n in range(400)],
            "unit": rng.choice(["KEN", "GHA"], 400),
            "date": rng.choice(days, 400),
            "rating": rng.random(400),
            "mechanism": rng.choice(["ngo", "media", "court"], 400),
            "confidence": rng.choice(["low", "medium", "high"], 400),
        }
    )
    found = [
        pool(read_evidence(frame.sample(frac=1, random_state=seed, ignore_index=True)), PERIODS)
        for seed in range(4)
    ]
    assert len({pooled.panel.hash for pooled in found}) == 1
    assert len({pooled.panel.sources for pooled in found}) == 1
    assert len({pooled.mass.tobytes() for pooled in found}) == 1


@FEW
@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.sampled_from(["low", "medium", "high"])),
        min_size=1,
        max_size=5,
    ),
    st.integers(1, 3),
    st.sampled_from(["2008-01", "2008-06"]),
)
def test_the_same_evidence_again_moves_to_its_mean_and_leaves_less_doubt(given_rows, times, date):
    rows = [{"rating": r, "confidence": c} for r, c in given_rows]
    once, again = pool(table_of(*rows), date), pool(table_of(*rows * (times + 1)), date)
    assume(once.panel.states[0, 0] == CellState.RATED)
    weight = [getattr(W, c) for _, c in given_rows]
    mean = np.average([r for r, _ in given_rows], weights=weight)
    assert abs(cell(again) - mean) <= abs(cell(once) - mean) + 1e-12
    if abs(mean - W.prior_mean) > 1e-6:
        assert abs(cell(again) - mean) < abs(cell(once) - mean)
    assert again.panel.variance[0, 0] < once.panel.variance[0, 0]
    assert again.mass[0, 0] == pytest.approx(once.mass[0, 0] * (times + 1))


@FEW
@given(pieces, st.integers(1, 2000), st.sampled_from(list(PERIODS)))
def test_older_evidence_never_counts_more(row, earlier, period):
    assume(isinstance(row["rating"], float) and pd.Timestamp(row["date"]) <= period.end_time)
    older = {**row, "date": (pd.Timestamp(row["date"]) - pd.Timedelta(days=earlier)).date()}
    assume(row.get("known", row["date"]) <= period.end_time.date())
    fresh, faded = (pool(table_of(r), period) for r in (row, older))
    assert faded.mass[0, 0] <= fresh.mass[0, 0]


@FEW
@given(
    st.lists(pieces, min_size=1, max_size=6),
    st.lists(pieces, min_size=1, max_size=6),
    st.sampled_from(list(PERIODS)),
    st.booleans(),
)
def test_no_hindsight(rows, more, period, settle):
    """What is known later changes nothing, even where it settles what was there."""
    last = period.end_time.date()
    since = (
        [row.get("known", row["date"]) for row in rows],
        [r.get("known", r["date"]) for r in more],
    )
    known = [{**r, "id": f"A{n}"} for n, r in enumerate(rows) if since[0][n] <= last]
    later = [{**r, "id": f"B{n}"} for n, r in enumerate(more) if since[1][n] > last]
    assume(known and later)
    if settle:
        about = {k: known[0][k] for k in ("unit", "indicator")}
        later[0] = {**later[0], **about, "adjudicates": known[0]["id"]}
    before, after = pool(table_of(*known), period), pool(table_of(*known, *later), period)
    for name in before.panel.indicators:
        for unit in before.panel.units:
            one, other = (p.panel.to_frame().loc[unit, name].iloc[0] for p in (before, after))
            assert one == pytest.approx(other, nan_ok=True, abs=1e-12)
            one, other = (p.panel.states_frame().loc[unit, name].iloc[0] for p in (before, after))
            assert one == other


@FEW
@given(
    st.lists(pieces, min_size=1, max_size=6), st.sets(st.sampled_from(list(PERIODS)), min_size=1)
)
def test_other_dates_do_not_change_a_date(rows, dates):
    table = table_of(*rows)
    some, every = pool(table, sorted(dates)), pool(table, PERIODS)
    at = every.panel.index.isin(some.panel.index)
    np.testing.assert_allclose(every.mass[at], some.mass, atol=1e-12)
    np.testing.assert_allclose(every.panel.ratings[at], some.panel.ratings, atol=1e-12)


@FEW
@given(st.lists(pieces, min_size=1, max_size=8))
def test_what_is_rated_is_at_least_half_evidence(rows):
    found = pool(table_of(*rows), PERIODS)
    rated = found.panel.states == CellState.RATED
    assert (found.mass[rated] >= W.prior_mass).all()
    assert ((found.panel.ratings[rated] > 0) & (found.panel.ratings[rated] < 1)).all()
    assert (found.panel.variance[rated] > 0).all()
    for array in (found.panel.ratings, found.panel.variance, found.ages):
        assert np.isnan(array[~rated]).all()
        assert np.isfinite(array[rated]).all()


# --- the human-rights lens ----------------------------------------------------------------------


def test_level_and_intensity_by_hand():
    rows = [{"date": "2010-02-28", "rating": 0.25}, {"date": "2011-02-28", "rating": 1}]
    found = human_rights_lens(table_of(*rows), ["2010-02", "2011-02"])
    old = half_lives(365, 6)
    level = [(A0 + 0.25) / (N0 + 1), (A0 + 1 + 0.25 * old) / (N0 + 1 + old)]
    assert found["level"].tolist() == pytest.approx(level)
    assert found["mass"].tolist() == pytest.approx([1, 1 + old])
    assert np.isnan(found["intensity"].iloc[0])
    assert found["intensity"].iloc[1] == pytest.approx(level[1] - level[0])


def test_the_lens_sees_monitors_on_its_factors_only():
    rows = [{}, {"indicator": "1.1"}, {"mechanism": "media"}, {"indicator": "2.1", "unit": "GHA"}]
    rows += [{"rating": None, "state": "unknown"}, {"indicator": "1.1", "unit": "NOR"}]
    found = human_rights_lens(table_of(*rows), "2008-01")
    assert found["mass"].tolist() == [1.0, 1.0, 0.0]
    assert found.attrs["note"] == "2 of 6 rows are seen by the lens"
    assert np.isnan(found.loc["NOR", "level"].iloc[0])


def test_a_year_before_is_the_same_day():
    from r2prisk.evidence.lens import _year_before

    pairs = {"2008-02-29": "2007-02-28", "2009-02-28": "2008-02-29", "2009-03-31": "2008-03-31"}
    pairs |= {"2008-12-31": "2007-12-31", "2008-06-15": "2007-06-15", "2008-02-28": "2007-02-28"}
    days = np.array(list(pairs), dtype="datetime64[D]").astype(np.int64)
    assert _year_before(days).astype("datetime64[D]").astype(str).tolist() == list(pairs.values())


def test_the_lens_is_pool_where_there_is_one_indicator():
    rows = [{"date": "2007-05", "rating": 0.3}, {"date": "2008", "confidence": "low"}]
    months = pd.period_range("2007-01", "2010-12", freq="M")
    found, pooled = human_rights_lens(table_of(*rows), months), pool(table_of(*rows), months)
    np.testing.assert_allclose(found["level"], pooled.panel.ratings[:, 0])
    np.testing.assert_allclose(found["variance"], pooled.panel.variance[:, 0])
    change = found["level"] - found["level"].shift(12)
    np.testing.assert_allclose(found["intensity"], change)


def test_evidence_made_in_code_pools():
    seen = Evidence(id="x", **ABOUT)
    assert pool(read_evidence([seen]), "2008-01").mass[0, 0] == 1.0
