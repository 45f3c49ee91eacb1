"""Needs, offers, rules against harm, and the ladder of responses."""

import html
import re

import numpy as np
import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.panel.cells import rating_words
from r2prisk.panel.read import read_table
from r2prisk.prevention.assistance import ladder, needs, read_offers, write_form
from r2prisk.prevention.assistance.harm import harm
from r2prisk.prevention.assistance.ladder import BANDS, load_measures
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.scoring import Profile
from r2prisk.scoring.changes.row import row_of

RISK = load_framework("un-foa-2014")
RESILIENCE = load_framework("sg-resilience-2013")
FACTORS = {f.id for f in (*RISK.factors, *RESILIENCE.factors)}
FULL = {factor.indicators[0].id: 0.8 for factor in RISK.factors}
"""Every risk factor is known, through its first indicator."""

ANY_BAND = Profile.load("default").replace(missing={"band_coverage": 0.0})
"""Gives a band however little is rated."""


def scored(profile=None, **cells):
    frame = pd.DataFrame([{"unit": "KEN", "year": 2013, **cells}])
    return score(read_panel(frame), profile=profile)


# ---- data -----------------------------------------------------------------------------------------


def test_every_identifier_of_tools_and_rules_is_in_the_catalogue():
    declared = load_assistance()
    resilience = {i.id for i in RESILIENCE.indicators}
    risk = {i.id for i in RISK.indicators}
    served = {name for tool in declared.tools for name in tool.indicators}
    assert served <= resilience
    assert resilience - served == set(), "an indicator that no tool serves could never be helped"
    assert {name for rule in declared.rules for name in rule.indicators} <= risk
    assert {rule.at for rule in declared.rules} <= set(rating_words().values())


def test_support_for_forces_is_ruled_out_where_the_state_takes_part_in_violence():
    declared = load_assistance()
    for key in ("security-sector-reform", "police-oversight"):
        barring = [r for r in declared.rules_of(key) if r.then == "ruled out"]
        assert "12.11" in {name for rule in barring for name in rule.indicators}


def test_every_measure_rests_on_a_known_text_and_no_other_paragraph():
    symbols = {
        "A/RES/60/1 para. 138", "A/RES/60/1 para. 139", "A/63/677", "A/64/864",
        "A/65/877-S/2011/393", "A/66/874-S/2012/578", "A/67/929-S/2013/399",
        "A/68/947-S/2014/449", "UN Charter, Chapter VI", "UN Charter, Chapter VII",
        "UN Charter, Chapter VIII",
    }  # fmt: skip
    for measure in load_measures().measures:
        assert set(measure.basis) <= symbols
        assert set(measure.factors) <= FACTORS
        if "UN Charter, Chapter VII" in measure.basis:
            assert measure.when == "findings", measure.key
        if measure.when == "findings":
            assert set(measure.bands) == set(BANDS), "no score may stand against findings"
    keys = [measure.key for measure in load_measures().measures]
    assert len(keys) == len(set(keys)) >= 30


# ---- needs ----------------------------------------------------------------------------------------


def test_gain_ground_and_value_by_hand():
    # strength of SGS3 = sqrt((.5^2 + .25^2) / 2); it holds down RF2 and RF3, presence 0.8 each
    found = needs(scored(**FULL, **{"SGS3.3": 0.5, "SGS3.4": 0.25}), "KEN")
    assert found.table.index.tolist() == ["SGS3.3", "SGS3.4"]

    def residual(a, b):
        strength = ((a**2 + b**2) / 2) ** 0.5
        return (12 * 0.8 + 2 * 0.8 * (1 - 0.2 * strength)) / 14

    now = residual(0.5, 0.25)
    assert found.residual_risk == pytest.approx(now)
    gains = [now - residual(0.75, 0.25), now - residual(0.5, 0.5)]
    assert found.table["gain"].tolist() == pytest.approx(gains)
    assert found.table["ground"].tolist() == [0.25, 0.5]  # the other one
    worth = [gains[0] * (0.75 + 0.25 * 0.25), gains[1] * (0.75 + 0.25 * 0.5)]
    assert load_assistance().ground_weight == 0.25
    assert found.table["value"].tolist() == pytest.approx(worth)
    assert found.joint == pytest.approx(now - residual(1, 1))
    assert found.table["share"].sum() == pytest.approx(found.joint, abs=1e-12)
    assert found.after(["SGS3.3", "SGS3.4"]) == pytest.approx(residual(0.75, 0.5))
    assert found.after([]) == pytest.approx(now)
    assert found.table["holds"].tolist() == [("RF2", "RF3")] * 2
    with pytest.raises(InputError, match=r"'SGS3.5' is no need of KEN; did you mean"):
        found.after(["SGS3.5"])


@pytest.mark.parametrize(
    ("rule", "form"), [("rated-only", "damping"), ("as-absent", "ratio"), ("prior", "damping")]
)
def test_shares_add_up_to_the_whole_under_every_rule(rule, form):
    rng = np.random.default_rng(3)
    cells = {i.id: rng.random() for i in (*RISK.indicators, *RESILIENCE.indicators)}
    kept = {name: value for name, value in cells.items() if rng.random() < 0.6}
    base = Profile.load("default")
    profile = base.replace(missing={"rule": rule}, inhibition={"form": form})
    found = needs(scored(profile, **kept), "KEN")
    full = {name: 1.0 if name.startswith("SGS") else value for name, value in kept.items()}
    raised = scored(profile, **full).to_frame()["residual_risk"].iloc[0]
    shares = sum(part["share"].sum() for part in (found.table, found.strong, found.no_gain))
    assert shares == pytest.approx(found.residual_risk - raised, abs=1e-9)
    assert found.joint == pytest.approx(shares, abs=1e-12)
    assert (found.table["gain"] > 0).all()
    assert found.table["gain"].is_monotonic_decreasing


def test_unknown_resilience_is_to_be_found_out_and_has_no_size():
    found = needs(scored(**FULL, **{"SGS3.3": 0.5, "SGS3.4": "not applicable"}), "KEN")
    assert found.find_out.index.tolist() == [
        i.id for i in RESILIENCE.indicators if i.id not in ("SGS3.3", "SGS3.4")
    ]
    assert not set(found.find_out.index) & set(found.table.index)
    assert np.isnan(found.table.loc["SGS3.3", "ground"])
    gain = found.table.loc["SGS3.3", "gain"]
    assert found.table.loc["SGS3.3", "value"] == pytest.approx(gain * 0.75)  # no bonus
    assert "SGS3.1" in str(found)


def test_no_gain_says_why():
    one = needs(scored(**{"1.1": 0.5, "SGS3.3": 0.5, "SGS6.1": 0.5}), "KEN")
    assert one.table.index.tolist() == ["SGS6.1"]  # SGS6 holds down RF1, SGS3 does not
    assert one.table.loc["SGS6.1", "unknown"] == ("RF4", "RF9")
    assert one.no_gain["reason"].to_dict() == {
        "SGS3.3": "what it holds down is unknown (RF2, RF3): find that out first"
    }
    absent = needs(scored(**dict.fromkeys(FULL, 0.0), **{"SGS3.3": 0.5}), "KEN")
    assert absent.no_gain["reason"].tolist() == ["the risk factors that it holds down are absent"]
    blind = needs(scored(**{"1.1": "unknown", "SGS3.3": 0.5}), "KEN")
    assert blind.no_gain["reason"].tolist() == [
        "residual risk is unknown: nothing of risk is rated"
    ]
    assert len(blind.table) == 0
    assert "Residual risk ?" in str(blind)
    none = Profile.load("default").replace(inhibition={"kappa": {}})
    cut = needs(scored(none, **FULL, **{"SGS3.3": 0.5}), "KEN")
    assert "kappa is 0" in cut.no_gain["reason"].iloc[0]


def test_strong_and_fully_there():
    found = needs(scored(**FULL, **{"SGS2.1": 1.0, "SGS2.2": 0.75, "SGS2.3": 0.74}), "KEN")
    assert found.strong.index.tolist() == ["SGS2.1", "SGS2.2"]
    assert "SGS2.1" not in found.table.index
    assert found.table.loc["SGS2.3", "builds_on"] == ("SGS2.1", "SGS2.2")
    # what is strong is ground and no need, though it could still be raised to 1
    assert "SGS2.2" not in found.table.index
    low = needs(scored(**dict.fromkeys(FULL, 0.0), **{"SGS3.3": 0.5}), "KEN")
    assert "No need, although below 0.75: SGS3.3: the risk factors" in str(low)
    assert found.strong["share"].gt(0).tolist() == [False, True]
    assert found.table.loc["SGS2.3", "next"] == pytest.approx(0.99)
    text = str(found)
    assert "declared assumption" in text
    assert max(map(len, text.splitlines())) <= 100
    assert "<table" in found._repr_html_()


def test_a_unit_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="no unit 'KEM'; did you mean 'KEN'"):
        needs(scored(**FULL), "KEM")


# ---- offers ---------------------------------------------------------------------------------------


def test_all_faults_of_offers_at_once():
    frame = pd.DataFrame(
        {
            "partner": ["A", "", "C", "C", "D"],
            "tool": ["mediatoin", "mediation", "women", "women", "women"],
            "indicators": ["", "SGS9.9", "", "", ""],
            "countries": ["KEN", "Kenya", "GHA", "GHA", "KEN"],
            "open_to": ["", "", "", "", "GHA"],
            "capacity": [1.5, 0, 2, 2, 1],
            "lead_time": ["soon", -1, "", "", ""],
            "sensitivity": ["secret", "", "", "", ""],
        },
        index=[2, 3, 4, 5, 6],
    )
    with pytest.raises(InputError) as stopped:
        read_offers(frame)
    assert stopped.value.problems == (
        "line 2: no tool 'mediatoin'; did you mean 'mediation'?",
        "line 2: capacity is 1.5; allowed is a whole number from 1 to 1,000",
        "line 2: lead_time is soon; allowed are months, 0 or more",
        "line 2: sensitivity is 'secret'; allowed: public, restricted, confidential",
        "line 3: partner is empty",
        stopped.value.problems[5],
        "line 3: no country 'KENYA'; did you mean 'KEN' (Kenya)?",
        "line 3: capacity is 0; allowed is a whole number from 1 to 1,000",
        "line 3: lead_time is -1; allowed are months, 0 or more",
        "line 6: at work in KEN, which open_to leaves out",
        "line 5 repeats line 4; for more countries raise its capacity",
    )
    assert stopped.value.problems[5].startswith("line 3: no indicator 'SGS9.9'; did you mean")


def test_columns_are_missing_misspelt_or_left_over():
    with pytest.raises(InputError) as stopped:
        read_offers(pd.DataFrame({"partner": ["A"], "tool": ["women"], "capasity": [1]}))
    assert stopped.value.problems == (
        "column 'capacity' is missing",
        "no column 'capasity' is known; did you mean 'capacity'?",
    )
    offers = read_offers(
        pd.DataFrame({"Partner": ["A"], "tool": ["women"], "Capacity": [1], "Budget": [9]})
    )
    assert offers.notes == ("not read: columns budget",)
    assert offers.table["lead_time"].tolist() == [load_assistance().by_key["women"].lead_time]


def test_a_file_is_read_by_line_and_sorted(tmp_path):
    path = tmp_path / "offers.csv"
    path.write_text(
        "partner;tool;capacity;countries;lead_time\nB;women;2;gha,KEN;\nA;women;1;;1,5\n"
        "Example partner;women;1;;\nA;women;3;;\n",
        encoding="utf-8-sig",
    )
    with pytest.raises(InputError, match="line 2: no country 'GHA,KEN'"):
        read_offers(path)
    path.write_text(path.read_text("utf-8-sig").replace("gha,KEN", "gha"), encoding="utf-8")
    offers = read_offers(path)
    title = "Women's participation"
    assert offers.table.index.tolist() == [f"A: {title}", f"A: {title} (2)", f"B: {title}"]
    assert offers.table["lead_time"].tolist() == [1.5, 24.0, 24.0]
    assert offers.reach == ("GHA",)
    assert offers.notes == ("1 example line of the form left out",)


def test_cells_of_a_frame_are_read_as_they_are():
    frame = pd.DataFrame(
        {
            "partner": ["Ωland 日本", pd.NA],
            "tool": ["women", pd.NA],
            "capacity": [250.0, np.nan],
            "lead_time": [pd.NA, pd.NA],
        }
    )
    offers = read_offers(frame)  # the second line is blank
    assert offers.table[["capacity", "lead_time"]].values.tolist() == [[250, 24.0]]
    with pytest.raises(InputError, match=r"capacity is 1234567; .* from 1 to 1,000"):
        read_offers(frame.assign(capacity=1234567.0).head(1))
    with pytest.raises(InputError, match="capacity is 1e30"):
        read_offers(frame.assign(capacity="1e30").head(1))


def test_a_form_is_never_replaced(tmp_path):
    path = tmp_path / "form.csv"
    write_form(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="is there already, and may be filled in"):
        write_form(path)
    assert path.read_bytes() == before
    frame = pd.read_csv(path, encoding="utf-8-sig", keep_default_na=False)
    assert frame["tool"].tolist() == [tool.key for tool in load_assistance().tools]
    kept = frame.assign(partner="Aland")
    assert len(read_offers(kept)) == len(frame)
    with pytest.raises(InputError, match=r"a form ends in \.csv or \.xlsx"):
        write_form(tmp_path / "form.pdf")


def test_a_form_of_offers_can_be_a_workbook(needs_extra, tmp_path):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    write_form(tmp_path / "form.csv")
    write_form(tmp_path / "form.xlsx")
    sheet, lines = read_table(tmp_path / "form.xlsx"), read_table(tmp_path / "form.csv")
    assert sheet["lead_time"].tolist() == [f"{months:g}" for months in lines["lead_time"]]
    with pytest.raises(InputError, match="no offers but the examples"):
        read_offers(sheet)
    both = [read_offers(frame.assign(partner="Aland")).table for frame in (sheet, lines)]
    pd.testing.assert_frame_equal(*both)


# ---- harm -----------------------------------------------------------------------------------------


def test_harm_by_threshold_and_an_unknown_clears_nothing():
    def seen(**cells):
        return harm(row_of(scored(**cells), "KEN", None, []), "electoral-support")

    known = {"1.5": 0.0, "7.14": 0.0, "8.7": 0.0}
    high = seen(**known, **{"8.8": 0.75})
    assert high.ruled_out[0].startswith(
        "8.8 (Vote or population count, or its disruption) is rated"
    )
    assert seen(**known, **{"8.8": 0.74}).ruled_out == ()
    assert len(seen(**known, **{"8.8": 0.5}).cautions) == 1
    clear = seen(**known, **{"8.8": 0.49})
    assert (clear.ruled_out, clear.cautions) == ((), ())
    assert (clear.could_rule_out, clear.unknown) == ((), ())
    blind = seen(**known)
    assert (blind.could_rule_out, blind.unknown) == (("8.8",), ())
    assert seen(**known, **{"8.8": "not applicable"}).could_rule_out == ()
    assert seen(**{"8.8": 0.0, "1.5": 0.0}).unknown == ("7.14", "8.7")


# ---- ladder ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("band", BANDS)
def test_no_score_lists_anything_of_pillar_iii(band):
    menu = ladder(band, "KEN", trend="escalating")
    assert "III" not in set(menu.table["pillar"])
    third = [one for one in load_measures().measures if one.pillar == "III"]
    assert menu.held_back == len(third)
    assert "manifestly failing" in str(menu)
    told = ladder(band, "KEN", trend="escalating", findings=["Commission <b>, 2014"])
    assert told.held_back == 0
    assert set(told.table.index) >= {one.key for one in third}
    assert (told.table["when"] == "findings").sum() == 5
    assert set(told.table[told.table["when"] == "findings"]["fits"]) == {"findings"}
    assert "for people to discuss" in str(told)
    assert "Commission <b>, 2014" in str(told)
    assert html.escape("Commission <b>, 2014") in told._repr_html_()
    assert "<b>," not in told._repr_html_()


def test_band_and_trend_choose_and_order():
    calm = ladder("low", "KEN", trend="stable").table
    tense = ladder("high", "KEN", trend="escalating").table
    assert "protect-now" in tense.index
    assert "protect-now" not in calm.index
    assert set(calm["pillar"]) == set(tense["pillar"]) == {"I", "II"}
    for table in (calm, tense):
        assert table["pillar"].map(len).is_monotonic_increasing
        for _, part in table.groupby("pillar"):
            assert part["fits"].is_monotonic_decreasing  # "band and trend" before "band"
    assert calm.loc["narrow-gaps", "fits"] == "band and trend"
    assert tense.loc["independent-justice", "fits"] == "band and trend"


def test_what_is_most_in_need_comes_first():
    # of what fits "stable", narrow-gaps bears on SGS6, RF9, RF1; memory-and-schools on SGS4, RF4, RF9
    gaps = scored(ANY_BAND, **{"9.1": 0.4, "1.1": 0.5, "4.1": 0.0, "SGS6.1": 0.0, "SGS4.1": 1.0})
    past = scored(ANY_BAND, **{"9.1": 0.4, "1.1": 0.0, "4.1": 0.5, "SGS6.1": 1.0, "SGS4.1": 0.0})
    orders = []
    for made in (gaps, past):
        assert made.to_frame()["band"].iloc[0] == "moderate"
        menu = ladder(made, "KEN", trend="stable").table.index.tolist()
        orders.append(menu.index("narrow-gaps") < menu.index("memory-and-schools"))
    assert orders == [True, False]


def test_ladder_refuses_all_faults_at_once():
    with pytest.raises(InputError) as stopped:
        ladder("hihg", "KEN", trend="risng", findings="a commission")
    assert len(stopped.value.problems) == 3
    for findings in ([None], [""], [3]):
        with pytest.raises(InputError, match="findings: needs a list of texts"):
            ladder("high", "KEN", trend="stable", findings=findings)
    assert "did you mean 'high'" in stopped.value.problems[0]
    with pytest.raises(InputError, match="did you mean 'KEN'"):
        ladder(scored(**FULL), "KEM", trend="stable")


def test_help_that_could_do_harm_is_named_and_not_listed():
    forces = {"12.11": 0.75, "12.12": 0.0, "2.5": 0.0}
    perpetrators = ladder(scored(ANY_BAND, **FULL, **forces), "KEN", trend="escalating")
    assert perpetrators.band == "very high"
    assert "protection-help" not in perpetrators.table.index
    assert perpetrators.ruled_out[0].startswith(
        "Protection assistance at the State's request: 12.11 (State bodies or top leaders take part)"
    )
    assert perpetrators.ruled_out[0] in " ".join(str(perpetrators).split())
    blind = ladder(scored(ANY_BAND, **FULL), "KEN", trend="escalating")
    mind = blind.table.loc["protection-help", "mind"]
    # 2.1 is rated 0.8 and 12.1, not 12.11, is known
    assert mind[-2] == "UNKNOWN, and could rule it out: 12.11, 12.12, 2.5: find out first"
    assert mind[0].startswith("CAUTION 2.1 (")
    # from a band alone nothing is cleared either
    bare = ladder("very high", "KEN", trend="escalating")
    assert bare.table.loc["protection-help", "mind"][0] == (
        "UNKNOWN, and could rule it out: 12.11, 12.12, 2.5, 2.1: find out first"
    )
    assert bare.table.loc["own-assessment", "mind"] == ()
    assert bare.ruled_out == ()


@pytest.mark.parametrize("rating", [0.25, 0.5])
def test_signs_of_forces_in_violence_are_a_caution_below_what_rules_out(rating):
    row = row_of(scored(**{"12.11": rating}), "KEN", None, [])
    seen = harm(row, "security-sector-reform")
    assert seen.ruled_out == ()
    assert seen.cautions[0].startswith("12.11 (State bodies or top leaders take part)")


def test_texts_fit_a_page():
    menu = ladder(scored(ANY_BAND, **FULL), "KEN", trend="volatile")
    assert menu.band == "very high"
    assert max(map(len, str(menu).splitlines())) <= 100
    assert not re.search(r"\bmust\b|\bshould\b", str(menu)), "a menu recommends nothing"
