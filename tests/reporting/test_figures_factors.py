"""The factor profile, the coverage matrix, coder agreement, and the words that figures share."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from r2prisk import Profile, load_framework, read_panel, score
from r2prisk.errors import InputError
from r2prisk.evidence import load_casebook, pool, read_evidence
from r2prisk.reporting import figures
from r2prisk.reporting.figures.cell_marks import draw as draw_cells
from r2prisk.reporting.figures.cell_marks import layout_of, share
from r2prisk.reporting.figures.words import caution, load_phrases, source_line

NEVER = re.compile(r"\b(NaN|undefined|null|Infinity)\b")

OWN = """
name = "housing"
title = "Housing rights"
kind = "risk"
issuer = "An institute"
edition = "1"
citation = "An invented framework"
[[factors]]
id = "H1"
title = "Evictions <script>alert(1)</script> without notice, without a court and without a word to those who live there"
definition = "An invented factor"
[[factors.indicators]]
id = "H1.1"
label = "Forced evictions & demolitions"
description = "An invented indicator"
tempo = "dynamic"
look_for = "x"
rate_0 = "x"
rate_1 = "x"
[[factors]]
id = "A-factor-with-a-very-long-identifier"
title = "Homelessness"
definition = "An invented factor"
[[factors.indicators]]
id = "H2.1"
label = "People without a home"
description = "An invented indicator"
tempo = "structural"
look_for = "x"
rate_0 = "x"
rate_1 = "x"
"""


def panel_of(ratings, unit="GHA", period=2013, **more):
    return read_panel(pd.DataFrame([{"unit": unit, "period": period, **ratings}]), **more)


@pytest.fixture(scope="module")
def kenya():
    """Three months of a real case."""
    evidence = load_casebook()["kenya-2005-2013"].evidence
    return pool(evidence, pd.period_range("2007-12", "2008-02", freq="M")).panel


def own_panel(tmp_path):
    path = tmp_path / "housing.toml"
    path.write_text(OWN)
    return panel_of({"H1.1": 0.5}, frameworks=[path])


def drawn(figure):
    """Return the SVG, checked for what must never stand in one."""
    svg = figure.to_svg()
    assert not NEVER.findall(svg)
    assert float(svg.split('width="', 1)[1].split('"', 1)[0]) <= 700
    return svg


def written(figure):
    """Return the rows of a picture, as JSON."""
    return json.dumps(figure.draw(figure.data).to_dict()["datasets"]).replace('\\"', '"')


# --- words


def test_source_line_counts_sources_and_tells_restricted_evidence():
    panel = panel_of({"1.1": 0.5})
    one = panel.__class__(**{**vars_of(panel), "sources": ("A dataset",)})
    assert source_line(one) == "Ratings from one source (named in panel.sources)."
    two = panel.__class__(**{**vars_of(panel), "sources": ("A", "B")})
    assert "2 sources (nommées dans panel.sources)" in source_line(two, "fr")
    closed = "1 row restricted or confidential: not for a wider circle"
    secret = score(panel.__class__(**{**vars_of(panel), "notes": (closed,)}))
    assert source_line(secret).endswith("Made with restricted evidence: not for a wider circle.")
    assert "profile default, version" in source_line(secret)
    assert "risk is not proof" in caution("en")


def vars_of(panel):
    names = ("index", "indicators", "ratings", "states", "frameworks", "variance")
    return {name: getattr(panel, name) for name in (*names, "sources", "notes")}


def test_source_line_finds_the_sources_of_scores_inside_what_was_made_of_them():
    class Made:
        profile = None
        provenance = {"scores": {"sources": ["A", "B", "C"], "notes": []}}  # noqa: RUF012

    assert source_line(Made()) == "Ratings from 3 sources (named in made.provenance)."


def test_every_phrase_has_three_languages_with_the_same_blanks():
    for group in load_phrases().model_dump().values():
        for name, texts in group.items():
            assert set(texts) == {"en", "fr", "es"}, name
            blanks = [
                sorted(part.split("}")[0] for part in t.split("{")[1:]) for t in texts.values()
            ]
            assert blanks[0] == blanks[1] == blanks[2], name


# --- profile


def test_profile_has_the_numbers_of_the_scores():
    scores = score(panel_of({"9.1": 0.6, "9.2": 0.8, "SGS1.1": 0.5, "10.1": 0.3}))
    data = figures.profile(scores, "GHA", 2013).data.set_index("factor")
    assert len(data) == 1 + 14 + 1 + 6
    row = data.loc["RF9"]
    assert row["value"] == pytest.approx(((0.36 + 0.64) / 2) ** 0.5)
    assert row["low"] == pytest.approx(((0.36 + 0.64) / 6) ** 0.5)
    assert row["high"] == pytest.approx(((0.36 + 0.64 + 4) / 6) ** 0.5)
    assert row["coverage"] == pytest.approx(2 / 6)
    assert (row["rated"], row["indicators"], row["crimes"]) == (2, 6, "genocide")
    # constitutional protections at 0.5 hold a fifth of a half of it down
    assert row["residual"] == pytest.approx(row["value"] * (1 - 0.2 * 0.5))
    assert data.loc["RF10", "residual"] == data.loc["RF10", "value"]
    of = scores.loc("GHA", 2013)
    assert data.loc["risk", "residual_low"] == of["residual_low"]
    assert data.loc["resilience", "coverage"] == of["resilience_coverage"]
    assert data.loc["SGS1", "high"] == of["SGS1_high"]
    assert np.isnan(data.loc["SGS1", "residual"])


def test_profile_bounds_contain_every_value(kenya):
    data = figures.profile(score(kenya, profile="evidence"), "KEN", "2008-02").data
    known = data[data["state"] == "rated"]
    assert len(known) > 10
    assert (known["low"] <= known["value"]).all()
    assert (known["value"] <= known["high"]).all()
    risk = known[known["side"] == "risk"]
    assert (risk["residual_low"] <= risk["residual"]).all()
    assert (risk["residual"] <= risk["residual_high"]).all()


def test_profile_tells_unknown_from_what_does_not_apply():
    nothing = {f"4.{n}": "not applicable" for n in range(1, 10)}
    data = figures.profile(score(panel_of({"1.1": 0.0, **nothing})), "GHA").data
    states = data.set_index("factor")["state"]
    assert states[["RF1", "RF2", "RF4", "SGS1"]].tolist() == [
        *("rated", "unknown"),
        *("not applicable", "unknown"),
    ]
    assert data.set_index("factor").loc["RF4", "indicators"] == 0


def test_profile_takes_the_latest_period_with_a_score():
    frame = {"unit": "GHA", "period": ["2012-11", "2012-12", "2013-01"], "1.1": [0.1, 0.9, None]}
    scores = score(read_panel(pd.DataFrame(frame)))
    found = figures.profile(scores, "GHA")
    assert "2012-12" in found.title
    rows = found.data.set_index("factor")
    assert rows.loc["RF1", "value"] == pytest.approx(0.9)
    # one of 143 indicators is less than a band asks for: the whole has no number
    assert rows.loc["risk", "state"] == "unknown"
    assert np.isnan(rows.loc["risk", "value"])
    assert rows.loc["risk", "coverage"] > 0
    assert figures.profile(scores, "GHA", "2013-01").data["value"].isna().all()


def test_profile_speaks_three_languages():
    every = Profile.load("default").replace(name="every", missing={"band_coverage": 0.0})
    scores = score(panel_of({"7.1": 0.5}), profile=every)
    for language, words in {"fr": "pourrait être de 0,", "es": "podría ser de 0,"}.items():
        found = figures.profile(scores, "GHA", language=language)
        assert words in found.alt
        title = load_framework("un-foa-2014").factors[0].titles[language]
        assert found.data["title"].iloc[1] == title
    with pytest.raises(InputError, match="language is 'de'; allowed: en, fr, es"):
        figures.profile(scores, "GHA", language="de")


def test_profile_names_the_nearest_unit_and_the_periods_there_are():
    scores = score(panel_of({"7.1": 0.5}))
    with pytest.raises(InputError, match="no unit 'GHN'; did you mean 'GHA'"):
        figures.profile(scores, "GHN")
    with pytest.raises(InputError, match="no period '2014' for GHA; GHA has 2013 to 2013"):
        figures.profile(scores, "GHA", 2014)
    with pytest.raises(InputError, match="needs Scores, found Panel"):
        figures.profile(scores.panel, "GHA")


def test_profile_is_drawn(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")
    rich = {f"{k}.1": k / 14 for k in range(1, 15) if k != 12}
    found = figures.profile(score(panel_of({**rich, "SGS2.1": 1.0})), "GHA")
    svg = drawn(found)
    for text in ("Ghana, 2013", "? unknown", "Democracy", "RF12", "Specific to: war crimes"):
        assert text in svg
    # RF12, five resilience factors, and both wholes, of which less than 15 % is rated
    assert svg.count(">? unknown") == 1 + 5 + 2
    # a presence of 0.5 in a file with one indicator: the disc is filled by what was rated
    bare = figures.profile(score(panel_of({"1.1": None, "2.1": 0.5})), "GHA").data
    assert (bare["state"] == "unknown").sum() == 13 + 6 + 2


def test_profile_of_an_own_framework_keeps_its_words_as_text(needs_extra, tmp_path):
    needs_extra("altair")
    needs_extra("vl_convert")
    found = figures.profile(score(own_panel(tmp_path)), "GHA", language="fr")
    assert found.data["factor"].tolist()[:3] == [
        *("risk", "H1"),
        "A-factor-with-a-very-long-identifier",
    ]
    svg = drawn(found)
    assert "<script>" not in svg
    assert "Evictions" in svg
    assert "A-factor-…" in svg


# --- coverage


def test_coverage_has_a_row_for_every_cell():
    frame = pd.DataFrame(
        {
            "unit": "KEN",
            "period": ["2007-11", "2007-12", "2008-02"],
            "1.1": [0.2, "failed", 0.9],
            "7.1": ["not applicable", 0.5, None],
            "SGS2.1": [0.5, 0.75, 0.8],
        }
    )
    found = figures.coverage(read_panel(frame), "KEN")
    data = found.data
    assert len(data) == (143 + 42) * 4  # January 2008 has no row, and is a period all the same
    cells = data.set_index(["indicator", "period"])["state"]
    assert cells["1.1"].tolist() == ["rated", "failed", "unknown", "rated"]
    assert cells["7.1"].tolist() == ["not applicable", "rated", "unknown", "unknown"]
    assert data[~data["folded"]]["indicator"].unique().tolist() == ["1.1", "7.1", "SGS2.1"]
    rated = data[data["state"] == "rated"]
    assert rated["rating"].tolist() == [0.2, 0.9, 0.5, 0.5, 0.75, 0.8]
    assert data[data["state"] != "rated"]["rating"].isna().all()
    assert any("2008-01" in note for note in found.notes)
    assert any("3 of 185 indicators" in note and "182" in note for note in found.notes)


def test_coverage_of_a_case_agrees_with_the_panel(kenya):
    data = figures.coverage(kenya, "KEN").data
    assert (data["state"] == "rated").sum() == (kenya.states == 0).sum() > 50
    assert data["rating"].sum() == pytest.approx(np.nansum(kenya.ratings))
    assert data["period"].nunique() == len(kenya) == 3


def test_coverage_refuses_what_it_cannot_draw():
    panel = panel_of({"1.1": 0.5})
    with pytest.raises(InputError, match="no unit 'GHB'; did you mean 'GHA'"):
        figures.coverage(panel, "GHB")
    with pytest.raises(InputError, match="needs a Panel, found Scores"):
        figures.coverage(score(panel), "GHA")
    with pytest.raises(InputError, match="language is 'e'"):
        figures.coverage(panel, "GHA", language="e")


@pytest.fixture(scope="module")
def all_rated():
    years = 65
    ids = [
        i.id for n in ("un-foa-2014", "sg-resilience-2013") for i in load_framework(n).indicators
    ]
    frame = pd.DataFrame(0.5, index=range(years), columns=ids)
    frame.insert(0, "unit", "SDN")
    frame.insert(1, "year", range(1960, 1960 + years))
    return figures.coverage(read_panel(frame), "SDN").data


def test_coverage_fits_a_page_however_much_there_is(all_rated):
    small = layout_of(figures.coverage(panel_of({"1.1": 0.5}), "GHA").data)
    assert (small.columns, small.cell) == (1, 46)
    large = layout_of(all_rated)
    assert large.columns == 2
    assert large.letters >= 7
    assert large.names + 65 * large.cell == pytest.approx(large.block)
    assert 2 * large.block + 14 == pytest.approx(640)


def test_coverage_is_drawn(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")
    frame = pd.DataFrame(
        {
            "unit": "KEN",
            "period": ["2007-11", "2007-12", "2008-02"],
            "1.1": [0.2, "failed", 0.9],
            "7.1": ["not applicable", 0.5, None],
        }
    )
    found = figures.coverage(read_panel(frame), "KEN", language="es")
    svg = drawn(found)
    for text in ("2007-11", "\u00d7", "no aplicable", "? desconocidos: 10 de 11 indicadores"):
        assert text in svg


def test_equal_neighbours_are_one_mark(needs_extra, all_rated):
    needs_extra("altair")
    whole = draw_cells(all_rated, language="en").to_dict()
    marks = " ".join(map(str, whole["datasets"].values()))
    assert marks.count('"rating": "0.50"') == 185
    assert marks.count('"period": "1960 … 2024"') == 185


def test_a_step_of_the_rating_begins_a_new_mark(needs_extra):
    needs_extra("altair")
    frame = pd.DataFrame({"unit": "GHA", "year": range(2010, 2014), "1.1": [0.2, 0.3, 0.9, 0.9]})
    whole = draw_cells(figures.coverage(read_panel(frame), "GHA").data, language="en").to_dict()
    marks = " ".join(map(str, whole["datasets"].values()))
    # 0.2 and 0.3 are both nearest to 0.25, 0.9 to 1
    assert '"period": "2010 … 2011", "rating": "0.20 … 0.30"' in marks
    assert '"period": "2012 … 2013", "rating": "0.90"' in marks


def test_what_failed_throughout_keeps_its_line():
    frame = pd.DataFrame({"unit": "GHA", "year": [2012, 2013], "1.1": ["failed"] * 2, "1.2": 0.5})
    data = figures.coverage(read_panel(frame), "GHA").data
    assert data[~data["folded"]]["indicator"].unique().tolist() == ["1.1", "1.2"]


def test_coverage_of_an_own_framework_and_of_nothing_rated(needs_extra, tmp_path):
    needs_extra("altair")
    needs_extra("vl_convert")
    own = figures.coverage(own_panel(tmp_path), "GHA")
    assert len(own.data) == 2
    assert "<script>" not in drawn(own)
    nothing = figures.coverage(panel_of({"1.1": None}), "GHA")
    assert nothing.data["folded"].all()
    assert "? 11 of 11 indicators unknown" in written(nothing)


def test_share_never_tells_something_as_nothing():
    assert [share(x, "en") for x in (0.0, 0.001, 0.004999, 0.5, 0.996, 1.0)] == [
        *("0%", "<1%", "<1%", "50%"),
        *(">99%", "100%"),
    ]
    assert share(0.5, "fr") == "50\u00a0%"


# --- agreement

WORDS = ("absent", "weak", "moderate", "strong", "severe")


def evidence_of(cells, **more):
    """Return evidence of coders A, B, ... from {indicator: {year: ratings of each}}."""
    rows = [
        {"unit": "XDA", "indicator": name, "date": str(year), "rating": WORDS[n], "coder": who}
        for name, years in cells.items()
        for year, given in years.items()
        for who, n in zip(("Ann", "Ben", "<script>"), given, strict=False)
    ]
    frame = pd.DataFrame(rows).assign(
        confidence="medium", mechanism="ngo", reference="Report", **more
    )
    frame["id"] = [f"E{n}" for n in range(len(frame))]
    return read_evidence(frame)


APART = {
    "1.1": {2011: (1, 2), 2012: (2, 1), 2013: (3, 3)},
    "4.1": {2011: (1,), 2012: (2,)},
    "9.1": {2011: (2, 2), 2012: (2, 2)},
}


def test_agreement_has_the_alpha_of_each_factor():
    found = figures.agreement(evidence_of(APART))
    data = found.data.set_index("part")
    # ratings 1 2 | 2 1 | 3 3 stand at the mid-ranks 1, 3, 5 of their two each, so that
    # Do = (4 + 4 + 4 + 4 + 0 + 0) / 6, De = 2 * 4 * (4 + 4 + 16) / 30
    seen, expected = 16 / 6, 2 * 4 * (4 + 4 + 16) / 30
    assert data.loc["RF1", "value"] == pytest.approx(1 - seen / expected)
    assert data.loc["RF1", "low"] <= data.loc["RF1", "value"] <= data.loc["RF1", "high"]
    assert data["cells"].to_dict() == {"RF1": 3, "RF4": 0, "RF9": 2, "all": 5}
    assert data.loc["RF4", "reason"] == "one coder rated everything"
    assert np.isnan(data.loc["RF9", "value"])
    assert "no variation" in data.loc["RF9", "reason"]
    assert "Unknown for 2 of 3 factors" in found.alt
    assert set(found.data["kind"]) == {"alpha"}


def test_agreement_names_coders_only_when_asked():
    evidence = evidence_of(APART)
    assert "Ann" not in str(figures.agreement(evidence).data)
    named = figures.agreement(evidence, coders=True)
    lean = named.data[named.data["kind"] == "severity"].set_index("part")
    assert lean.index.tolist() == ["Ann", "Ben"]
    # Ann is once 1 below and once 1 above Ben: neither is the severer
    assert lean["value"].tolist() == pytest.approx([0.0, 0.0])
    assert (lean["low"] < 0).all()
    assert (lean["high"] > 0).all()
    assert any("named here" in note for note in named.notes)


def test_agreement_tells_that_it_rests_on_restricted_evidence():
    closed = figures.agreement(evidence_of(APART, sensitivity="restricted"))
    assert "Made with restricted evidence: not for a wider circle." in closed.notes
    opened = figures.agreement(evidence_of(APART, sensitivity="public"))
    assert not [note for note in opened.notes if "restricted" in note]


def test_agreement_needs_two_coders():
    with pytest.raises(InputError, match="two or more coders, found 1"):
        figures.agreement(evidence_of({"1.1": {2011: (1,)}}))
    with pytest.raises(InputError, match="needs an EvidenceTable, found DataFrame"):
        figures.agreement(evidence_of(APART).to_frame())
    with pytest.raises(InputError, match="did you mean 'ordinal'"):
        figures.agreement(evidence_of(APART), level="ordinale")


def test_agreement_is_drawn(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")
    three = {**APART, "3.3": {2011: (1, 2, 4), 2012: (2, 1, 4)}}
    found = figures.agreement(evidence_of(three), coders=True)
    svg = drawn(found)
    for text in ("rely 0.80", "tentative 0.667", "? unknown: one coder rated everything", "Ann"):
        assert text in svg
    assert "<script>" not in svg
    assert "&lt;script&gt;" in svg
