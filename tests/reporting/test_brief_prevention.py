"""The third page of a brief: what held, what would help, who could, which measures there are."""

import io
import re
import zipfile

import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.catalogue.where import data_file
from r2prisk.errors import R2PRiskError
from r2prisk.forecasting import read_onsets
from r2prisk.prevention import contrast, what_followed
from r2prisk.prevention.assistance import match, needs, read_offers
from r2prisk.prevention.assistance.ladder import load_measures
from r2prisk.prevention.assistance.tools import load_assistance
from r2prisk.reporting.brief import country_brief, facts, html, prevention, word
from r2prisk.reporting.brief.content import Table
from r2prisk.reporting.brief.words import Say

UNITS = ["BEN", "BFA", "CMR", "GHA", "KEN", "MLI", "NGA", "TGO", "UGA"]
EPISODES = pd.DataFrame(
    {"unit": ["MLI", "NGA", "UGA"], "first": [2004, 2005, 2006], "last": [2004, 2005, 2006]}
)
KNOWN = pd.DataFrame({"unit": ["BEN"], "first": [2013], "last": [2013]})
"""The list is complete to its latest onset."""
SECRET = "<script>alert(1)</script>"
OFFERS = pd.DataFrame(
    {
        "partner": [f"Aland {SECRET}", "Borduria"],
        "tool": ["rule-of-law", "inclusion"],
        "capacity": [1, 1],
        "countries": ["KEN", ""],
    }
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def ratings(later=0.0):
    """Risk alike everywhere; safeguards weak where an onset followed, firm elsewhere."""
    rows = []
    for n, unit in enumerate(UNITS):
        weak = unit in set(EPISODES["unit"])
        for year in range(2001, 2015):
            moved = later if year > 2013 else 0.0
            row = {"unit": unit, "period": year}
            row |= {f"{k}.{i}": 0.4 + 0.01 * n + moved for k in range(1, 15) for i in (1, 2, 3)}
            held = (0.2 if weak else 0.7) + 0.01 * n
            row |= {f"SGS{k}.{i}": held for k in range(1, 7) for i in (1, 2)}
            rows.append(row)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    def unsearched(*_, **__):
        raise R2PRiskError("not searched")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "DRAWS", 64)
        patch.setattr(facts, "LOOKS", 200)
        patch.setattr(facts, "smallest_changes", unsearched)
        yield


@pytest.fixture(scope="module")
def scores():
    return score(read_panel(ratings()))


@pytest.fixture(scope="module")
def episodes():
    return pd.concat([EPISODES, KNOWN], ignore_index=True)


@pytest.fixture(scope="module")
def kenya(scores, episodes):
    offers = read_offers(OFFERS)
    return country_brief(scores, "KEN", 2013, onsets=episodes, prevention=True, offers=offers)


def section(brief, name):
    return next(s for s in brief.content.beyond if s.name == name)


def table(brief, name):
    blocks = [block for s in brief.content.beyond for block in s.blocks]
    return next(b for b in blocks if isinstance(b, Table) and b.name == name)


def text(brief, name):
    return "\n".join(b.text for b in section(brief, name).blocks if not isinstance(b, Table))


def test_the_page_is_there_when_it_is_asked_for_alone(scores, kenya):
    plain = country_brief(scores, "KEN", 2013)
    assert plain.content.beyond == ()
    assert plain.content.pages == ("Page 1 of 2", "Page 2 of 2")
    assert [s.name for s in kenya.content.beyond] == ["held", "help", "who", "measures"]
    assert kenya.content.pages == ("Page 1 of 3", "Page 2 of 3", "Page 3 of 3")
    assert "prevention=True" in kenya.provenance["call"]


def test_twins_stand_beside_the_country_as_the_contrast_has_them(scores, episodes, kenya):
    found = contrast(scores, what_followed(scores, read_onsets(episodes)), "KEN", 2013)
    assert {"MLI", "NGA"} <= set(found.twins.loc[found.twins["followed"] == 1, "unit"])
    rows = table(kenya, "differences").rows
    assert [row[0].split()[0] for row in rows] == list(found.factors.index)
    first = found.factors.iloc[0]
    countries = int(first["calm_countries"]), int(first["followed_countries"])
    # Kenya is the fifth of the list: 0.7 + 0.04
    assert rows[0][1:4] == (
        "0.74",
        f"{first['calm']:.2f} ({countries[0]})",
        f"{first['followed']:.2f} ({countries[1]})",
    )
    assert rows[0][4].startswith(f"+{first['between']:.2f} (")
    told = text(kenya, "held").replace("\u2212", "-")
    # rows of a later year are not even counted
    assert all(sentence in told for sentence in found.sentences()[2:])
    assert rows[0][4].count("\u2212") == sum(
        first[f"between{end}"] < 0 for end in ("_low", "_high")
    )


@pytest.mark.parametrize("cut", [False, True])
def test_nothing_of_a_later_year_is_on_the_page(episodes, kenya, cut):
    rows = ratings(later=0.3)
    moved = score(read_panel(rows[rows["period"] <= 2013] if cut else rows))
    after = pd.DataFrame({"unit": ["GHA", "TGO"], "first": [2014, 2014], "last": [2014, 2014]})
    more = pd.concat([episodes, after], ignore_index=True)
    offers = read_offers(OFFERS)
    again = country_brief(moved, "KEN", 2013, onsets=more, prevention=True, offers=offers)
    assert again.content.beyond == kenya.content.beyond


def test_needs_are_those_of_the_score(scores, kenya):
    found = needs(scores, "KEN", 2013)
    rows = table(kenya, "needs").rows
    shown = found.table.head(len(rows))
    assert [row[0].split()[0] for row in rows] == list(shown.index)
    assert [row[2] for row in rows] == [f"\u2212{gain:.4f}" for gain in shown["gain"]]
    assert f"weak: {len(found.find_out)}." in text(kenya, "help")


def test_offers_are_matched_to_the_country(scores, kenya):
    found = match([needs(scores, "KEN", 2013)], read_offers(OFFERS))
    rows = table(kenya, "offers").rows
    assert [row[0] for row in rows] == list(found.pairs["partner"])
    assert {row[0]: row[3] for row in rows} == {f"Aland {SECRET}": "yes", "Borduria": "no"}


def test_offers_that_an_audience_may_not_see_leave_no_trace(scores):
    closed = ["restricted", "confidential"]
    offers = read_offers(OFFERS.assign(sensitivity=closed))
    found = {}
    for audience, names in (("public", 0), ("partner", 1), ("internal", 2)):
        brief = country_brief(scores, "KEN", 2013, offers=offers, audience=audience)
        told = "\n".join([brief.content.text, str(brief.provenance)])
        found[audience] = [name in told for name in ("Aland", "Borduria")]
        assert sum(found[audience]) == names
        left = f"may not see, left out: {2 - names}."
        assert (left in text(brief, "who")) is (names < 2)
    assert found["partner"] == [True, False]


def test_measures_are_a_menu_and_none_of_the_last_resort_comes_from_a_score(kenya):
    rows = table(kenya, "measures").rows
    assert {row[0] for row in rows} == {"I", "II"}
    assert all(row[2] for row in rows)
    assert "No score can call for them" in text(kenya, "measures")
    assert "not a recommendation" in section(kenya, "measures").title


def test_without_a_list_of_episodes_the_page_says_what_is_missing(scores):
    brief = country_brief(scores, "KEN", 2013, prevention=True)
    assert "--onsets" in text(brief, "held")
    assert [s.name for s in brief.content.beyond] == ["held", "help", "measures"]


def test_what_cannot_be_contrasted_is_told_with_its_reason(episodes):
    one = ratings().assign(**{f"{k}.{i}": float("nan") for k in range(3, 15) for i in (1, 2, 3)})
    brief = country_brief(score(read_panel(one)), "KEN", 2013, onsets=episodes, prevention=True)
    assert "(risk factors known: 2 of 14; needed: 5, and enough for a band)" in text(brief, "held")


def test_episodes_by_year_say_nothing_of_months(episodes):
    monthly = ratings().assign(period=lambda t: t["period"].astype(str) + "-06")
    made = score(read_panel(monthly))
    brief = country_brief(made, "KEN", "2013-06", onsets=episodes, prevention=True, language="es")
    assert text(brief, "held").startswith("Sin examinar: los episodios")


def test_what_differs_stands_apart_from_what_else_it_may_come_from(scores, episodes, kenya):
    *said, doubts = (b.text for b in section(kenya, "held").blocks if not isinstance(b, Table))
    assert len(said) == 3
    assert said[0].startswith("Only twins whose end was known")
    assert said[1].startswith("Resilience factors: ")
    said = " ".join(said)
    found = contrast(scores, what_followed(scores, read_onsets(episodes)), "KEN", 2013)
    assert found.rematch is not None
    assert "in standard deviations" not in said
    assert "in standard deviations" in doubts
    assert "Matched without RF3, RF6" not in said
    assert "Matched without RF3, RF6" in doubts
    assert doubts.endswith("a buffer of moderate size.")


def test_a_minus_is_a_minus_and_a_date_keeps_its_hyphen():
    marked = prevention.MINUS.sub("\u2212", "RF1 -0.42, (-0.1) in 2013-06, A/67/929-S/2013/399")
    assert marked == "RF1 \u22120.42, (\u22120.1) in 2013-06, A/67/929-S/2013/399"


def test_a_list_that_takes_a_page_is_cut_and_its_rest_counted():
    parts = [f"SGS{n}" for n in range(1, 8)]
    # 7 parts, 4 of which stay
    assert prevention._fitting("; ".join(parts), Say("en")).endswith("SGS4, and others (3).")
    assert prevention._fitting("one; two.", Say("en")) == "one; two."


def test_too_little_to_show_is_not_nothing():
    assert prevention._off(0.00004, Say("en")) == "under 0.0001"
    assert prevention._off(0.0051, Say("fr")) == "\u22120,0051"


def test_long_names_are_cut_and_offers_without_room_counted(scores, episodes):
    many = pd.DataFrame({"partner": [f"{n} " + "Long " * 99 for n in range(12)], "capacity": 1})
    offers = read_offers(many.assign(tool=["rule-of-law", "inclusion", "mediation"] * 4))
    brief = country_brief(scores, "KEN", 2013, onsets=episodes, offers=offers, language="fr")
    rows = table(brief, "offers").rows
    assert 0 < len(rows) <= prevention.OFFERED
    assert max(len(row[0]) for row in rows) <= prevention.PARTNER
    assert f"Autres offres\u00a0: {12 - len(rows)}." in text(brief, "who")
    assert {row[1] for row in rows} <= {t.titles["fr"] for t in load_assistance().tools}


def test_titles_of_measures_and_tools_are_there_in_all_languages():
    for entry in (*load_measures().measures, *load_assistance().tools):
        told = {entry.title_in(language) for language in ("en", "fr", "es")}
        assert len(told) == 3
        assert all(text.strip() == text for text in told)


def test_measures_speak_the_language_with_their_basis(scores):
    brief = country_brief(scores, "KEN", 2013, prevention=True, language="es")
    rows = table(brief, "measures").rows
    assert {row[1].removesuffix(" †") for row in rows} <= {
        m.titles["es"] for m in load_measures().measures
    }
    assert all("para." not in row[2] for row in rows)
    assert any("p\u00e1rr. 138" in row[2] for row in rows)


def test_a_band_of_your_own_has_no_measures_and_says_so(tmp_path):
    text_ = data_file("profiles/default.toml").read_text(encoding="utf-8")
    own = tmp_path / "own.toml"
    own.write_text(text_.replace('name = "moderate"', 'name = "watch"'), encoding="utf-8")
    brief = country_brief(score(read_panel(ratings()), profile=own), "BEN", 2013, prevention=True)
    assert "No measure is declared for 'watch'" in text(brief, "measures")


@pytest.mark.parametrize("language", ["fr", "es"])
def test_the_page_speaks_the_language_of_the_brief(scores, episodes, kenya, language):
    brief = country_brief(scores, "KEN", 2013, onsets=episodes, prevention=True, language=language)
    titles = {s.title for s in brief.content.beyond}
    assert len(titles) == 3
    assert not titles & {s.title for s in kenya.content.beyond}


def test_it_is_the_third_sheet_of_the_page_and_of_the_document(kenya, monkeypatch, needs_extra):
    needs_extra("jinja2")
    needs_extra("docx")
    monkeypatch.setattr(html, "as_svg", lambda picture, name: f'<svg id="{name}"></svg>')
    monkeypatch.setattr(word, "as_png", lambda picture: PNG)
    page = kenya.to_html()
    assert page.count('<div class="page">') == 3
    assert SECRET not in page
    assert "Aland &lt;script&gt;" in page
    with zipfile.ZipFile(io.BytesIO(kenya.to_docx())) as parts:
        body = parts.read("word/document.xml").decode()
    assert len(re.findall(r"<w:pageBreakBefore/>", body)) == 2
    assert "Page 3" not in body  # the foot counts by itself
    assert "Who could help" in body
