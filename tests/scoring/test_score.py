"""Scores from panels: columns, ranks, views, files, provenance."""

import json
from math import sqrt

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError, Profile, Scores, read_panel, score
from r2prisk.catalogue import load_framework

FOA = load_framework("un-foa-2014")
SGS = load_framework("sg-resilience-2013")
FACTORS = [f"RF{k}" for k in range(1, 15)]


def full_panel(rows=6, unknown=0.2, seed=3):
    """A panel with every indicator, some of them unknown."""
    rng = np.random.default_rng(seed)
    names = [i.id for i in (*FOA.indicators, *SGS.indicators)]
    ratings = rng.random((rows, len(names)))
    ratings[rng.random(ratings.shape) < unknown] = np.nan
    frame = pd.DataFrame(ratings, columns=names)
    frame.insert(0, "unit", ["SDN", "NOR", "GHA", "SYR", "MMR", "RWA"][:rows])
    frame.insert(1, "year", 2003)
    return read_panel(frame)


def flat(level, resilience=0.0, **cells):
    """One row in which every risk indicator has one rating, and every resilience indicator."""
    row = {"unit": "SDN", "year": 2003}
    row |= {i.id: level for i in FOA.indicators} | {i.id: resilience for i in SGS.indicators}
    return read_panel(pd.DataFrame([row | cells]))


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score(full_panel())


def test_the_frame_has_the_promised_columns(scores):
    columns = scores.to_frame().columns.tolist()
    assert columns == [
        *("risk", "residual_risk", "resilience", "coverage"),
        *("risk_low", "risk_high", "residual_low", "residual_high", "band"),
        *FACTORS,
        *(f"{name}_residual" for name in FACTORS),
        *(f"SGS{r}" for r in range(1, 7)),
        *("genocide", "crimes_against_humanity", "war_crimes", "ethnic_cleansing"),
        "resilience_coverage",
        *(f"{name}_coverage" for name in (*FACTORS, *(f"SGS{r}" for r in range(1, 7)))),
    ]
    assert scores.to_frame().index.names == ["unit", "period"]
    detail = scores.to_frame(detail=True)
    assert set(columns) < set(detail.columns)
    assert {"SGR1", "SGR6_high", "genocide_residual_low", "RF7_inhibition"} < set(detail.columns)
    assert {"SGS4_coverage", "resilience_low", "RF1_residual_high"} < set(detail.columns)


def test_every_number_stands_inside_its_bounds(scores):
    frame = scores.to_frame(detail=True)
    names = ["risk", "resilience", *FACTORS, *(f"{k}_residual" for k in FACTORS)]
    names += [f"SGS{r}" for r in range(1, 7)] + [f"SGR{r}" for r in range(1, 7)]
    for crime in ("genocide", "crimes_against_humanity", "war_crimes", "ethnic_cleansing"):
        names += [crime, f"{crime}_residual"]
    for name in names:
        assert (frame[f"{name}_low"] <= frame[name]).all(), name
        assert (frame[name] <= frame[f"{name}_high"]).all(), name
    assert (frame["residual_low"] <= frame["residual_risk"]).all()
    assert (frame["residual_risk"] <= frame["risk"]).all()


def test_a_flat_profile_scores_its_rating():
    row = score(flat(0.4)).loc("SDN", 2003)
    crimes = ["genocide", "crimes_against_humanity", "war_crimes", "ethnic_cleansing"]
    for name in ["risk", "residual_risk", *FACTORS, *crimes, "SGR1", "SGR6"]:
        assert row[name] == pytest.approx(0.4)
    assert row["coverage"] == 1.0
    assert row["resilience"] == 0.0


def test_crimes_see_the_common_factors_and_their_own():
    # RF10 has 8 indicators; at 1 with the others at 0 it is the whole of genocide's specific risk
    cells = {f"10.{n}": 1.0 for n in range(1, 9)}
    row = score(flat(0.0, **cells)).loc("SDN", 2003)
    assert row["RF10"] == 1.0
    assert row["risk"] == pytest.approx(1 / 14)
    assert row["genocide"] == pytest.approx(1 / 10)
    assert row["war_crimes"] == row["crimes_against_humanity"] == row["ethnic_cleansing"] == 0.0
    assert row["SGR6"] == pytest.approx(1 / 5)


def test_one_severe_indicator_counts_without_all_being_present():
    row = score(flat(0.0, **{"9.1": 1.0})).loc("SDN", 2003)
    assert row["RF9"] == pytest.approx(sqrt(1 / 6))


def test_resilience_inhibits_along_the_crosswalk():
    row = score(flat(0.5, 1.0)).loc("SDN", 2003)
    # RF7 is linked to SGS1, SGS2 and SGS5, RF5 to SGS5 only, RF6 and RF10-RF14 to none that holds
    assert row["RF7_inhibition"] == pytest.approx(1 - 0.8**3)
    assert row["RF5_inhibition"] == pytest.approx(0.2)
    for name in ("RF6", "RF10", "RF11", "RF12", "RF13", "RF14"):
        assert row[f"{name}_inhibition"] == 0.0
        assert row[f"{name}_residual"] == pytest.approx(0.5)
    assert row["RF7_residual"] == pytest.approx(0.5 * 0.8**3)


def by_profile(name, **changes):
    return Profile.load("default").replace(name=name, **changes)


def test_weights_of_factors_and_indicators():
    # RF1 is 0.8 (one indicator rated), RF2 0.2: the country is (3 x 0.8 + 1 x 0.2) / 4
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.8], "2.1": [0.2]}))
    heavy = by_profile("heavy", weights={"factors": {"RF1": 3.0}})
    assert score(panel, profile=heavy).loc("SDN", 2003)["risk"] == pytest.approx(2.6 / 4)
    none = by_profile("none", weights={"factors": {"RF1": 0.0}})
    assert score(panel, profile=none).loc("SDN", 2003)["risk"] == pytest.approx(0.2)
    # RF1 from 1.1 at 0.8 with weight 3 and 1.2 at 0.4 with weight 1
    cells = {"unit": ["SDN"], "year": [2003], "1.1": [0.8], "1.2": [0.4]}
    inner = by_profile("inner", weights={"indicators": {"1.1": 3.0}})
    row = score(read_panel(pd.DataFrame(cells)), profile=inner).loc("SDN", 2003)
    assert row["RF1"] == pytest.approx(sqrt((3 * 0.8**2 + 0.4**2) / 4))
    assert row["RF1_coverage"] == pytest.approx(4 / 13)  # 11 indicators, one of weight 3
    safe = {"unit": ["SDN"], "year": [2003], "1.1": [0.8], "SGS1.1": [0.9], "SGS2.1": [0.3]}
    firm = by_profile("firm", weights={"factors": {"SGS1": 2.0}})
    row = score(read_panel(pd.DataFrame(safe)), profile=firm).loc("SDN", 2003)
    assert row["resilience"] == pytest.approx((2 * 0.9 + 0.3) / 3)


def test_a_profiles_exponents_prior_and_gate_reach_the_sums():
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.8], "2.1": [0.2]}))
    across = by_profile("across", exponents={"across": 2.0})
    risk = score(panel, profile=across).loc("SDN", 2003)["risk"]
    assert risk == pytest.approx(sqrt((0.8**2 + 0.2**2) / 2))
    plain = by_profile("prior", exponents={"within": 1.0}, missing={"rule": "prior", "prior": 0.3})
    row = score(panel, profile=plain).loc("SDN", 2003)
    assert row["RF1"] == pytest.approx((0.8 + 10 * 0.3) / 11)
    fades = by_profile("fades", inhibition={"form": "gate", "gate": 0.5})
    row = score(flat(0.8, 1.0), profile=fades).loc("SDN", 2003)
    assert row["RF5_residual"] == pytest.approx(0.8 * (1 - 0.2 * (1 - 0.8) / (1 - 0.5)))


def test_what_does_not_apply_leaves_the_sums():
    names = [i.id for i in FOA.factor_of("13.1").indicators]
    row = {"unit": "NOR", "year": 2003, "1.1": 0.5} | dict.fromkeys(names, "not applicable")
    scores = score(read_panel(pd.DataFrame([row])))
    assert np.isnan(scores.loc("NOR", 2003)["RF13_coverage"])
    assert scores.loc("NOR", 2003)["coverage"] == pytest.approx(1 / 11 / 13)


def test_the_profile_says_how_much_must_be_rated_for_a_band():
    bold = by_profile("bold", missing={"band_coverage": 0.0})
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    assert score(panel).loc("SDN", 2003)["band"] == "unknown"
    assert score(panel, profile=bold).loc("SDN", 2003)["band"] == "very high"


def test_ranks_and_standing_compare_within_a_period():
    frame = pd.DataFrame({"unit": ["SDN", "NOR"] * 2, "year": [2003, 2003, 2004, 2004]})
    frame["1.1"] = [0.9, 0.1, 0.2, 0.3]
    scores = score(read_panel(frame))
    ranks = {f"{u} {p}": r for (u, p), r in scores.rank()["rank"].items()}
    assert ranks == {"SDN 2003": 1, "NOR 2003": 2, "NOR 2004": 1, "SDN 2004": 2}
    standing = {f"{u} {p}": s for (u, p), s in scores.standing().items()}
    assert standing == {"NOR 2003": 0.5, "SDN 2003": 1.0, "NOR 2004": 1.0, "SDN 2004": 0.5}


def test_unrated_factors_are_unknown_not_zero():
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.5]}))
    row = score(panel).loc("SDN", 2003)
    assert row["RF1"] == row["risk"] == 0.5
    assert np.isnan(row["RF2"])
    assert np.isnan(row["resilience"])
    assert row["coverage"] == pytest.approx(1 / 11 / 14)
    assert (row["resilience_low"], row["resilience_high"]) == (0.0, 1.0)
    assert row["risk_low"] < 0.5 < row["risk_high"]


def test_bands_come_from_the_profile_and_not_from_the_data():
    alone = score(full_panel(1)).to_frame()["band"].iloc[0]
    among = score(full_panel(6)).to_frame().loc["SDN", "band"].iloc[0]
    assert alone == among
    profile = Profile.load("default").replace(
        bands=[{"name": "below", "from": 0.0}, {"name": "from", "from": 0.4}]
    )
    assert score(flat(0.4), profile=profile).loc("SDN", 2003)["band"] == "from"
    assert score(flat(0.39), profile=profile).loc("SDN", 2003)["band"] == "below"
    # two of 143 indicators are no ground for calling a country's risk very low
    little = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.0], "2.1": [0.0]}))
    assert score(little).to_frame()["band"].iloc[0] == "unknown"
    nothing = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [np.nan]}))
    assert score(nothing).to_frame()["band"].iloc[0] == "unknown"


def test_ranks_use_unrounded_scores_share_ties_and_leave_out_the_unknown():
    frame = pd.DataFrame(
        {
            "unit": ["SDN", "NOR", "GHA", "SYR", "MMR"],
            "year": 2003,
            "1.1": [0.5, 0.5 - 1e-12, 0.5, np.nan, 0.1],
        }
    )
    ranked = score(read_panel(frame)).rank()
    assert ranked["rank"].droplevel("period").to_dict() == {"GHA": 1, "SDN": 1, "NOR": 3, "MMR": 4}
    assert (ranked["of"] == 4).all()


def test_rank_and_loc_name_the_nearest(scores):
    for call, word in (
        (lambda: scores.rank("residual"), "residual"),
        (lambda: scores.loc("SND", 2003), "did you mean 'SDN'"),
        (lambda: scores.loc("SDN", 2004), "SDN has 2003 to 2003"),
    ):
        with pytest.raises(InputError, match=word):
            call()


def test_same_input_same_bytes(tmp_path):
    panel = full_panel()
    for name in ("one", "two"):
        score(panel).write(tmp_path / f"{name}.csv", detail=True)
        score(panel).write(tmp_path / f"{name}.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    risk = [row["risk"] for row in json.loads((tmp_path / "one.json").read_text())["scores"]]
    assert risk == score(panel).to_frame()["risk"].tolist()
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert (tmp_path / "one.provenance.json").read_bytes() == (
        tmp_path / "two.provenance.json"
    ).read_bytes()


def test_provenance_names_what_made_the_scores(scores):
    about = scores.provenance
    assert about["profile_hash"] == Profile.load("default").hash
    assert about["panel_hash"] == full_panel().hash
    assert about["frameworks"] == [
        "un-foa-2014 (edition 2014)",
        "sg-resilience-2013 (edition 2013)",
    ]
    assert "score(panel" in about["call"]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "xlsx"])
def test_files_hold_the_scores_and_their_provenance(tmp_path, needs_extra, scores, ending):
    path = tmp_path / f"scores.{ending}"
    if ending == "parquet":
        needs_extra("pyarrow")
    if ending == "xlsx":
        needs_extra("xlsxwriter")
        needs_extra("python_calamine")
    scores.write(path)
    risk = scores.to_frame()["risk"].to_numpy()
    if ending == "csv":
        frame = pd.read_csv(path)
        about = json.loads((tmp_path / "scores.provenance.json").read_text())
    elif ending == "json":
        content = json.loads(path.read_text())
        frame, about = pd.DataFrame(content["scores"]), content["provenance"]
    elif ending == "parquet":
        frame = pd.read_parquet(path)
        about = json.loads(frame.attrs["provenance"])
    else:
        frame = pd.read_excel(path, engine="calamine")
        sheet = pd.read_excel(path, engine="calamine", sheet_name="provenance")
        about = dict(zip(sheet["what"], sheet["value"], strict=True))
    np.testing.assert_allclose(frame["risk"], risk, rtol=1e-14)
    assert frame["unit"].tolist() == [unit for unit, _ in scores.index]
    assert about["profile_hash"] == scores.profile.hash
    assert "not a finding" in about["caution"]


def test_a_refused_ending_leaves_the_old_file(tmp_path, scores):
    path = tmp_path / "scores.cvs"
    path.write_text("old")
    with pytest.raises(InputError, match=r"did you mean '\.csv'"):
        scores.write(path)
    assert path.read_text() == "old"


def test_two_frameworks_of_one_kind_need_a_profile(tmp_path):
    twin = FOA.model_copy(
        update={
            "name": "twin",
            "factors": tuple(
                f.model_copy(
                    update={
                        "id": f"T{f.id}",
                        "indicators": tuple(
                            i.model_copy(update={"id": f"T{i.id}"}) for i in f.indicators
                        ),
                    }
                )
                for f in FOA.factors
            ),
        }
    )
    for name in ("indicators", "_by_id", "_home"):
        twin.__dict__.pop(name, None)
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.5], "T1.1": [0.9]})
    panel = read_panel(frame, frameworks=[FOA, twin])
    with pytest.raises(InputError, match="two frameworks of risk; name a profile"):
        score(panel)
    notes = score(panel, profile="default").provenance["notes"]
    assert notes == ["not scored by this profile: T1.1"]


def test_a_row_has_the_same_bits_alone_and_among_others():
    whole = score(full_panel()).to_frame(detail=True)
    for n in range(6):
        alone = score(full_panel().take([n])).to_frame(detail=True)
        pd.testing.assert_frame_equal(alone, whole.iloc[[n]], check_exact=True)


def test_levels_that_do_not_compare_are_named():
    frame = pd.DataFrame({"unit": "SDN", "year": [2003, 2004], "1.1": 0.9, "1.2": [0.5, np.nan]})
    scores = score(read_panel(frame))
    assert scores.provenance["risk_indicators_rated"] == {"2003": 2, "2004": 1}
    assert "Risk indicators rated: 1 in 2004, 2 in 2003." in repr(scores)


def test_scores_are_frozen(scores):
    with pytest.raises(ValueError, match="read-only"):
        scores.sheet.risk[0, 0] = 0.0
    frame = scores.to_frame(detail=True)
    frame["risk"] = 0.0
    assert (scores.to_frame()["risk"] > 0).all()


def test_something_else_than_a_panel_is_refused():
    with pytest.raises(InputError, match="needs a Panel, found str"):
        score("panel.csv")


def test_nothing_known_shows_itself_as_such():
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [np.nan]}))
    scores = score(panel)
    assert "RF1" in repr(scores)
    assert "not a finding" in scores._repr_html_()
    assert scores.rank().empty


def test_a_panel_without_risk_indicators_is_refused():
    panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "SGS1.1": [0.5]}))
    with pytest.raises(InputError, match="has no indicator of un-foa-2014"):
        score(panel)


def test_a_users_own_framework_scores(tmp_path):
    own = tmp_path / "own.toml"
    head = 'name = "own"\ntitle = "Own"\nkind = "risk"\nissuer = "Me"\nedition = "1"\n'
    parts = [head, 'citation = "Me 2020"\n']
    for factor in "AB":
        parts.append(f'[[factors]]\nid = "{factor}"\ntitle = "{factor}"\ndefinition = "x."\n')
        parts += [
            f'[[factors.indicators]]\nid = "{factor}{n}"\nlabel = "a"\ndescription = "a."\n'
            'tempo = "dynamic"\nlook_for = "a"\nrate_0 = "none"\nrate_1 = "all"\n'
            for n in (1, 2)
        ]
    own.write_text("".join(parts))
    frame = pd.DataFrame({"unit": ["SDN"], "year": [2003], "A1": [0.6], "A2": [0.8], "B1": [0.2]})
    scores = score(read_panel(frame, frameworks=[own]))
    row = scores.loc("SDN", 2003)
    assert row["A"] == pytest.approx(sqrt((0.36 + 0.64) / 2))
    assert row["risk"] == pytest.approx((row["A"] + 0.2) / 2)
    assert "genocide" not in scores.to_frame(detail=True).columns
    assert scores.profile.risk == "own"


def test_a_notebook_shows_text_from_outside_as_text(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("unit,year,1.1\nSDN,2003,0.5\n")
    html = score(read_panel(path))._repr_html_()
    assert "not a finding" in html
    assert "RF2" in html  # factors that nothing rates are named
    assert "Sudan" in repr(score(read_panel(path)))
