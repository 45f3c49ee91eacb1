"""The public files as their publishers ship them."""

import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from r2prisk.panel import CellState
from r2prisk.sources import SOURCES, combine_full, read_source

# the files of the world score, and an older edition that has only some of V-Dem's variables
FILES = {**runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "skill.py"))["FILES"]}
FILES["vdem"] = [*FILES["vdem"], "vdem/vdem_v15_ewp_subset_1934_2024.csv"]


@pytest.fixture(scope="module")
def results(data_folder):
    pytest.importorskip("pyarrow", reason="two of the files are Parquet")
    return [read_source(name, data_folder / file) for name in SOURCES for file in FILES[name]]


@pytest.fixture(scope="module")
def combined(results):
    return combine_full(results)


def test_every_source_is_read(results):
    assert set(FILES) == set(SOURCES)
    for result in results:
        panel = result.panel
        assert panel.index.is_monotonic_increasing
        assert panel.index.is_unique
        rated = panel.states == CellState.RATED
        assert ((panel.ratings[rated] >= 0) & (panel.ratings[rated] <= 1)).all()
        assert np.isnan(panel.ratings[~rated]).all()
        assert result.report.rated
        assert str(result.report).count("\n") < 40


def test_enough_indicators_are_rated_on_both_sides(combined):
    rated = [
        name
        for n, name in enumerate(combined.panel.indicators)
        if (combined.panel.states[:, n] == CellState.RATED).any()
    ]
    risk = [name for name in rated if not name.startswith("SGS")]
    assert len(risk) >= 49
    assert len(rated) - len(risk) >= 18


def test_no_variable_feeds_both_sides(combined):
    kinds = [finding.kind for finding in combined.report.findings]
    assert "one variable on both sides" not in kinds
    assert "one concept on both sides" in kinds


def test_versions_are_found(results):
    versions = {(r.report.name, r.report.version) for r in results}
    assert {("vdem", v) for v in ("11", "12", "15", "16")} <= versions
    assert {("ucdp-organised-violence", "25.1"), ("pts", "2025"), ("rsf", "2025")} <= versions


def test_vdem_with_prefixed_columns_is_the_same_dataset(data_folder, tmp_path, needs_extra):
    needs_extra("pyarrow")
    wanted = ["v2x_polyarchy", "v2x_corr", "v2xnp_client", "v2x_frassoc_thick"]
    frame = pd.read_parquet(
        data_folder / "vdem/vdem_v12_demspaces_1970_2021.parquet",
        columns=["gwcode", "year", *wanted],
    )
    frame.to_csv(tmp_path / "plain.csv", index=False)
    frame.rename(columns={c: f"vd12_{c}" for c in wanted}).to_csv(tmp_path / "x.csv", index=False)
    plain = read_source("vdem", tmp_path / "plain.csv")
    prefixed = read_source("vdem", tmp_path / "x.csv")
    assert prefixed.report.version == "12"
    assert prefixed.panel.hash == plain.panel.hash


def test_a_merged_file_with_several_versions_never_mixes_them(data_folder, needs_extra):
    needs_extra("pyarrow")
    merged = read_source("vdem", data_folder / "panel/country_year_1989_2024.parquet")
    assert merged.report.version == "11, 12, 15, 16"
    assert len(merged.report.rated) > 20


def risk_of(frame, unit, year):
    """Mean of the factor means: a look, not a score."""
    row = frame.loc[(unit, str(year))].dropna()
    row = row[[not name.startswith("SGS") for name in row.index]]
    return row.groupby([name.split(".")[0] for name in row.index]).mean().mean()


def test_the_world_looks_as_analysts_know_it(combined):
    frame = combined.panel.to_frame()
    high = [("SDN", 2003), ("MMR", 2017), ("SYR", 2012), ("RWA", 1993), ("SSD", 2013)]
    low = [("NOR", 2013), ("BWA", 2013), ("GHA", 2013)]
    assert min(risk_of(frame, *who) for who in high) > 0.4
    assert max(risk_of(frame, *who) for who in low) < 0.25
    assert frame.loc[("SYR", "2012"), "1.1"] == 1.0
    assert frame.loc[("NOR", "2013"), "SGS1.1"] > 0.95


def test_hate_speech_and_press_rank_point_the_right_way(combined):
    frame = combined.panel.to_frame()
    assert frame.loc[("MMR", "2017"), "8.7"] > frame.loc[("NOR", "2017"), "8.7"]
    assert frame.loc[("NOR", "2013"), "6.2"] < 0.1


def test_a_snapshot_is_never_copied_backwards(combined):
    frame = combined.panel.to_frame()["SGS3.1"].dropna()
    assert set(frame.index.get_level_values("period").year) == {2025}


def test_split_states_have_their_own_years(combined):
    years = {
        unit: combined.panel.to_frame().loc[unit].index.year
        for unit in ("YUG", "SCG", "SRB", "SUN", "RUS", "SSD", "DDR", "YMD", "ERI")
    }
    assert (years["YUG"].max(), years["SCG"].min(), years["SCG"].max()) == (2002, 2003, 2005)
    assert (years["SRB"].min(), years["SUN"].max(), years["RUS"].min()) == (2006, 1991, 1992)
    assert (years["SSD"].min(), years["DDR"].max(), years["YMD"].max()) == (2011, 1990, 1990)
    assert years["ERI"].min() == 1993


def test_serbia_remembers_the_wars_of_yugoslavia(combined):
    frame = combined.panel.to_frame()["4.9"]
    assert frame.loc[("YUG", "1999")] > frame.loc[("SRB", "2006")] > 0


def test_a_year_cut_off_changes_nothing_before_it(data_folder, tmp_path):
    path = data_folder / "vdem/vdem_v11_polarisation_hatespeech_1945_2020.csv"
    frame = pd.read_csv(path)
    frame[frame["year"] <= 2005].to_csv(tmp_path / "vdem_v11.csv", index=False)
    whole = read_source("vdem", path).panel.select(last=2005).to_frame()
    cut = read_source("vdem", tmp_path / "vdem_v11.csv").panel.select(last=2005).to_frame()
    pd.testing.assert_frame_equal(cut, whole, check_exact=True)


def test_what_the_mended_mappings_say(combined):
    frame = combined.panel.to_frame()
    at = frame.xs("2010", level="period")
    assert at.loc["CHN", "5.3"] == 1.0  # above 100 million
    assert 0.3 < at.loc["NOR", "5.3"] < 0.4  # ln(4.9) / ln(100)
    # long censored, no more than before: not a preparatory act, but a lack of free media
    assert at.loc["PRK", "7.6"] == 0.0
    assert at.loc["PRK", "6.2"] > 0.95
    assert at.loc["SDN", "11.3"] > 0.6 > 0.1 > at.loc["NOR", "11.3"]
    assert at.loc["MMR", "9.4"] > 0.6 > 0.2 > at.loc["NOR", "9.4"]


def test_a_file_without_the_new_columns_still_rates_by_stand_ins(
    data_folder, tmp_path, needs_extra
):
    needs_extra("pyarrow")
    old = ["v2juhccomp", "v2jucomp", "v2juncind", "v2csprtcpt", "v2mecrit", "v2merange"]
    columns = ["gwcode", "year", *old]
    path = data_folder / "vdem/vdem_v12_demspaces_1970_2021.parquet"
    pd.read_parquet(path, columns=columns).to_csv(tmp_path / "vdem_v12.csv", index=False)
    report = read_source("vdem", tmp_path / "vdem_v12.csv").report
    for indicator in ("2.3", "3.3", "6.1", "6.2"):
        assert f"{indicator} is rated by a stand-in" in str(report)
