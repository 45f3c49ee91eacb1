"""What a brief does not say: more than is known, of whom too little is, or of periods to come."""

import dataclasses
import datetime as dt
import re
import zipfile
from io import BytesIO

import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError, R2PRiskError
from r2prisk.evidence import Evidence, load_casebook, pool, read_evidence
from r2prisk.evidence.casebook import CODING
from r2prisk.reporting.brief import back, country_brief, facts, front, word
from r2prisk.reporting.brief.content import Picture
from r2prisk.reporting.brief.facts import facts_of
from r2prisk.reporting.brief.words import Say
from r2prisk.scoring import Profile
from r2prisk.scoring.changes import collect_next, smallest_changes

UNITS = ["AGO", "BEN", "GHA", "KEN", "MLI", "NGA", "TGO"]
LANGUAGES = ("en", "fr", "es")


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "DRAWS", 64)
        patch.setattr(facts, "LOOKS", 500)
        patch.setattr(facts, "smallest_changes", unsearched)
        yield


def unsearched(*_, **__):
    """Stand for a search that takes as long as all else together."""
    raise R2PRiskError("not searched")


def ratings(units=UNITS, periods=range(2008, 2014), indicators=3):
    """The same in every risk and resilience factor of a country; another in every country."""
    rows = []
    for n, unit in enumerate(units):
        for t, period in enumerate(periods):
            row = {"unit": unit, "period": period}
            for k in range(1, 15):
                row |= {
                    f"{k}.{i + 1}": round(0.1 + 0.1 * n + 0.01 * t, 2) for i in range(indicators)
                }
            rows.append(row | {f"SGS{k}.{i}": 0.75 for k in range(1, 7) for i in (1, 2)})
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def scores():
    return score(read_panel(ratings()))


@pytest.fixture(scope="module")
def kenya(scores):
    return facts_of(scores, "KEN", None)


def said(section):
    """All texts of a section."""
    blocks = [b.beside if isinstance(b, Picture) else (b,) for b in section.blocks]
    return " ".join(p.text for beside in blocks for p in beside if hasattr(p, "text"))


def of(brief, name):
    """One section of a brief, and none if it is not there."""
    return next((s for s in brief.content.sections if s.name == name), None)


# what is likely


def test_what_is_likely_lies_within_what_could_be_and_holds_the_score(kenya):
    low, high = kenya.row["risk_low"], kenya.row["risk_high"]
    wide = kenya.likely.copy()
    for name in ("risk", "residual_risk", "resilience"):
        wide[f"{name}_q5"], wide[f"{name}_q95"] = 0.0, 1.0
    rows = front.stands(dataclasses.replace(kenya, likely=wide), Say("en")).blocks[2].rows
    assert rows[0][2] == rows[0][3] == f"{low:.2f}\u2013{high:.2f}"
    assert rows[1][2] == rows[1][3]
    wide["risk_q5"], wide["risk_q95"] = 0.9, 0.95  # beside the score, 0.45, and beyond what can be
    rows = front.stands(dataclasses.replace(kenya, likely=wide), Say("en")).blocks[2].rows
    assert high < 0.9
    assert rows[0][2] == f"{kenya.row['risk']:.2f}\u2013{high:.2f}"


def test_a_rank_lies_within_its_likely_ends(kenya):
    far = kenya.likely.copy()
    far["risk_rank_q5"], far["risk_rank_q95"] = 5.5, 6.5
    told = said(front.stands(dataclasses.replace(kenya, likely=far), Say("en")))
    # three of seven are rated higher
    assert "rank 4 of 7 countries with a band (likely 4 to 7)" in told


@pytest.mark.parametrize(
    ("language", "told"), [("en", "bands 'low' and 'high'"), ("fr", "faible"), ("es", "bajo")]
)
def test_a_band_that_is_likelier_wrong_than_right_is_left_open(kenya, language, told):
    bands = pd.Series([0.04, 0.2, 0.3, 0.42, 0.04], index=kenya.look.bands.index)
    assert list(bands.index) == ["very low", "low", "moderate", "high", "very high"]
    look = dataclasses.replace(kenya.look, bands=bands, best="high")
    lead = front.stands(dataclasses.replace(kenya, look=look), Say(language)).blocks[0].text
    assert told in lead
    sure = dataclasses.replace(look, bands=bands * [1, 0, 0, 2, 1])
    lead = front.stands(dataclasses.replace(kenya, look=sure), Say(language)).blocks[0].text
    assert told not in lead


def test_a_number_does_not_round_into_another_band():
    one = ratings(["BEN"], [2008])
    made = score(read_panel(one.replace(0.1, 0.299)))  # moderate begins at 0.30
    lead = front.stands(facts_of(made, "BEN", None), Say("en")).blocks[0].text
    assert "0.299" in lead
    assert "'low'" in lead


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_limit_and_what_is_above_it_look_apart(scores, monkeypatch, language):
    monkeypatch.setattr(facts, "smallest_changes", smallest_changes)
    found = facts_of(scores, "NGA", None)
    assert found.changes is not None
    row = found.row.copy()
    row["residual_risk"] = found.changes.below + 0.001
    text = said(back.lower(dataclasses.replace(found, row=row), Say(language)))
    say = Say(language)
    before, limit = (say.number(x, digits=3) for x in (row["residual_risk"], found.changes.below))
    assert before in text
    assert limit in text
    assert before != limit


# among how many


def test_no_place_and_no_likeness_among_fewer_than_five_others(scores):
    few = country_brief(score(scores.panel.select(units=UNITS[:5])), "BEN")
    assert "rank" not in said(of(few, "stands"))
    assert of(few, "alike") is None
    enough = country_brief(score(scores.panel.select(units=UNITS[:6])), "BEN")
    assert "rank 5 of 6" in said(of(enough, "stands"))
    assert of(enough, "alike") is not None


def test_nobody_is_like_a_country_of_which_too_little_is_rated():
    frame = ratings()
    kept = {"unit", "period", *(f"{k}.1" for k in range(1, 15)), "SGS1.1"}
    thin = [c for c in frame if c not in kept]
    frame[thin] = frame[thin].mask(frame["unit"] == "KEN")
    profile = dataclasses_of_least(0.2)
    found = facts_of(score(read_panel(frame), profile=profile), "KEN", None)
    assert found.alike.known >= 5
    assert found.known
    assert not found.banded
    assert back.alike(found, Say("en")) is None
    assert "rank" not in said(front.stands(found, Say("en")))
    assert "0." not in said(back.heading(found, Say("en")))


def dataclasses_of_least(share):
    """The default profile, with another least coverage of a band."""
    return Profile.load("default").replace(missing={"band_coverage": share})


# what is to come


def test_no_projection_of_a_course_that_is_too_short(scores):
    short = facts_of(score(scores.panel.select(first=2012)), "KEN", None)
    told = said(back.heading(short, Say("en")))
    assert "Risk: too short a course" in told
    assert "projection" not in told
    assert "Turning points" not in told


@pytest.mark.parametrize(("freq", "last"), [("Y", "2016"), ("M", "2010-03")])
def test_a_projection_goes_three_periods_ahead_and_says_what_it_leaves_out(freq, last):
    periods = pd.period_range(end=pd.Period(last, freq) - 3, periods=26, freq=freq)
    made = score(read_panel(ratings(["BEN"], periods.astype(str))), profile="evidence")
    told = said(back.heading(facts_of(made, "BEN", None), Say("en")))
    assert re.search(rf"risk is 0\.\d\d in {last},", told)
    assert "leaves out what is unknown today" in told


def piece(**fields):
    given = {
        "id": "a",
        "unit": "KEN",
        "indicator": "7.10",
        "date": "2012-05-01",
        "rating": "weak",
        "confidence": "high",
        "mechanism": "ngo",
        "reference": "Invented",
        "coder": "A",
        "sensitivity": "public",
    }
    return Evidence(**(given | fields))


def test_evidence_is_never_pooled_to_a_period_that_nobody_scored(scores):
    table = read_evidence([piece(id=f"{k}", indicator=f"{k}.1") for k in range(1, 15)])
    monthly = score(pool(table, table.periods("month")).panel)
    for made, period, span in (
        (scores, 2020, "2008 to 2013"),
        (monthly, "2031-01", "2012-05 to 2012-05"),
        (monthly, "2012", "2012-05 to 2012-05"),
    ):
        with pytest.raises(InputError, match=f"no period '{period}'; .* have {span}"):
            country_brief(made, "KEN", period, evidence=table)
    assert country_brief(scores, "KEN", 2013, evidence=table).period == "2013"


def test_all_that_is_wrong_is_told_at_once(scores):
    secret = read_evidence([piece(sensitivity="restricted")])
    closed = score(pool(secret, ["2012"]).panel)
    with pytest.raises(InputError) as error:
        country_brief(closed, "KNE", 2012, language="de")
    told = "\n".join(error.value.problems)
    assert len(error.value.problems) == 3
    for words in ("language is 'de'", "no unit 'KNE'", "--audience internal", "--evidence FILE"):
        assert words in told


# what is unknown


def test_factors_of_which_least_is_rated_are_named_with_their_share(kenya):
    share = {f.id: 3 / len(f.indicators) for f in load_framework("un-foa-2014").factors}
    least = sorted(share, key=share.get)[:3]
    told = said(back.unknown(kenya, Say("en"))).partition("least is rated of: ")[2]
    named = [text.split(" ")[0] for text in told.split("; ")[:3]]
    assert named == least
    assert f"({100 * share[least[0]]:.0f}%)" in told


def test_unknown_risk_factors_have_their_names():
    gone = [f"{k}.{i}" for k in (10, 12, 13) for i in (1, 2, 3)]
    made = score(read_panel(ratings(["BEN"]).drop(columns=gone)))
    told = said(back.unknown(facts_of(made, "BEN", None), Say("en")))
    for factor in load_framework("un-foa-2014").factors:
        if factor.id in ("RF10", "RF12", "RF13"):
            assert f"{factor.id} {factor.title[:25]}" in told


def test_where_most_are_as_useful_factors_are_named(kenya):
    table = kenya.look.table.assign(gain=0.1, error=0.01, tied=True)
    few = table.assign(tied=table.index < 3)
    for shown, named in ((table, True), (few, False), (few.assign(gain=0.0), True)):
        found = dataclasses.replace(kenya, look=dataclasses.replace(kenya.look, table=shown))
        section = back.look(found, Say("en"))
        assert ("None stands out" in said(section)) is named
        assert len(section.blocks) == (1 if named else 2)
    assert kenya.look.factors["factor"].iloc[0] in said(
        back.look(
            dataclasses.replace(kenya, look=dataclasses.replace(kenya.look, table=table)), Say("en")
        )
    )


def test_what_to_find_out_is_as_the_command_has_it(scores):
    assert facts.__dict__["LOOKS"] == 500  # as patched here
    kenya = facts_of(scores, "KEN", None)
    asked = collect_next(scores, "KEN", draws=500, rng=0)
    pd.testing.assert_frame_equal(kenya.look.table, asked.table)


# where it comes from


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_casebook_says_in_every_brief_what_it_is(language):
    case = load_casebook()["ghana-2008-2013"].evidence
    made = score(pool(case, case.periods("year")).panel, profile="evidence")
    told = Say(language)("sources", "illustrative")
    for evidence in (None, dataclasses.replace(case, notes=())):
        brief = country_brief(made, "GHA", evidence=evidence, language=language)
        assert told in said(of(brief, "stands"))
        assert told in said(of(brief, "sources"))
        assert brief.provenance["notes"] == [CODING]
    assert told not in said(front.stands(facts_of(made, "GHA", None), Say(language)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_say_nothing_of_status(scores, language):
    told = said(of(country_brief(scores, "KEN", language=language), "caution"))
    assert Say(language)("caution", "names") in told


def test_a_date_is_told_where_it_is_given(scores):
    assert "made on" not in country_brief(scores, "KEN").content.text
    dated = country_brief(scores, "KEN", date=dt.date(2026, 11, 22))
    assert dated.content.under.endswith("; made on 2026-11-22")


def test_word_counts_its_pages(scores, monkeypatch, needs_extra):
    needs_extra("docx")
    monkeypatch.setattr(word, "_picture", lambda *_: None)
    with zipfile.ZipFile(BytesIO(country_brief(scores, "KEN", language="es").to_docx())) as parts:
        foot = next(parts.read(n).decode() for n in parts.namelist() if "footer" in n)
    assert re.findall(r"<w:instrText>(\w+)</w:instrText>", foot) == ["PAGE", "NUMPAGES"]
    shown = re.sub(r"<w:instrText>.*?</w:instrText>", "", foot)
    assert re.sub(r"<[^>]+>", "", shown).endswith("P\u00e1gina 1 de 2")
