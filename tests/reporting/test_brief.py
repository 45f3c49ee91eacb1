"""What a brief says, to whom, and what it keeps to itself."""

import dataclasses
import io
import re
import string
import tomllib
import zipfile
from typing import get_args

import numpy as np
import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.catalogue import load_framework, load_mechanisms
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, MissingExtraError, R2PRiskError
from r2prisk.evidence import Evidence, pool, read_evidence
from r2prisk.prevention.audience import AUDIENCES, CODED, seen_by
from r2prisk.prevention.contrasts.near import comparable
from r2prisk.reporting.brief import back, country_brief, facts, html, word
from r2prisk.reporting.brief.content import Paragraph, Picture, Table
from r2prisk.scoring.changes import smallest_changes
from r2prisk.sources import combine

FACTORS = [f.id for f in load_framework("un-foa-2014").factors]
UNITS = ["BEN", "GHA", "KEN", "MLI", "NGA", "TGO"]
SECRET = "MARKERQZX"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)


def ratings(units=UNITS, years=range(2008, 2014)):
    """Two indicators of every risk factor and of every resilience factor, other in every country."""
    rows = []
    for n, unit in enumerate(units):
        for t, year in enumerate(years):
            row = {"unit": unit, "period": year}
            for k in range(1, 15):
                row |= {f"{k}.{i}": round(0.1 + 0.1 * n + 0.01 * t, 2) for i in (1, 2, 3)}
            row |= {f"SGS{k}.{i}": 0.75 for k in range(1, 7) for i in (1, 2)}
            rows.append(row)
    return pd.DataFrame(rows)


@pytest.fixture(scope="module", autouse=True)
def few_draws():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(facts, "DRAWS", 64)
        patch.setattr(facts, "LOOKS", 200)
        patch.setattr(facts, "smallest_changes", unsearched)
        yield


def unsearched(*_, **__):
    """Stand for a search that takes as long as all else together; no brief has its section then."""
    raise R2PRiskError("not searched")


@pytest.fixture(scope="module")
def scores():
    return score(read_panel(ratings()))


@pytest.fixture(scope="module")
def kenya(scores):
    return country_brief(scores, "KEN", 2013)


@pytest.fixture
def undrawn(monkeypatch, needs_extra):
    """Put a small picture where a figure would be drawn, which takes seconds."""
    needs_extra("jinja2")
    needs_extra("docx")
    monkeypatch.setattr(html, "as_svg", lambda picture, name: f'<svg id="{name}"></svg>')
    monkeypatch.setattr(word, "as_png", lambda picture: PNG)


def section(brief, name):
    """One section of a brief."""
    return next(s for s in brief.content.sections if s.name == name)


def table(brief, name):
    """One table of a brief."""
    blocks = [b for s in brief.content.sections for b in s.blocks]
    return next(b for b in blocks if isinstance(b, Table) and b.name == name)


def said(brief, name):
    """All paragraphs of a section, in a line."""
    texts = []
    for block in section(brief, name).blocks:
        if isinstance(block, Picture):
            texts += [p.text for p in block.beside]
        elif isinstance(block, Paragraph):
            texts.append(block.text)
    return " ".join(texts)


# the words


def test_every_phrase_is_there_in_three_languages_with_the_same_to_fill_in():
    phrases = tomllib.loads(data_file("brief.toml").read_text(encoding="utf-8"))
    for group, names in phrases.items():
        for name, texts in names.items():
            assert list(texts) == list(get_args(Language)), (group, name)
            fields = [
                {f for _, f, _, _ in string.Formatter().parse(t) if f} for t in texts.values()
            ]
            assert fields[0] == fields[1] == fields[2], (group, name)


@pytest.mark.parametrize(
    ("language", "number", "share"), [("en", "0.11", "32%"), ("fr", "0,11", "32\u00a0%")]
)
def test_numbers_are_as_the_language_has_them(scores, language, number, share):
    # Benin in 2009 has 0.1 + 0.01 in three indicators of every factor: their share is 3 of each
    shares = [3 / len(f.indicators) for f in load_framework("un-foa-2014").factors]
    assert round(100 * sum(shares) / 14) == 32
    row = table(country_brief(scores, "BEN", 2009, language=language), "scores").rows[0]
    assert (row[1], row[4]) == (number, share)


def docx_text(brief):
    """All of a Word document, as its parts have it."""
    with zipfile.ZipFile(io.BytesIO(brief.to_docx())) as parts:
        return "\n".join(
            f"{name} {parts.read(name).decode('utf-8', errors='ignore')}"
            for name in parts.namelist()
        )


# what it says


def test_it_stands_beside_what_it_could_be_and_where_it_ranks(scores, kenya):
    made = scores.loc("KEN", 2013)
    rows = {row[0]: row for row in table(kenya, "scores").rows}
    assert list(rows)[:3] == ["Risk", "Residual risk", "Resilience"]
    assert rows["Risk"][1] == "0.35"  # 0.1 + 0.1 x 2 + 0.01 x 5
    assert rows["Risk"][3] == f"{made['risk_low']:.2f}\u2013{made['risk_high']:.2f}"
    for row in rows.values():
        low, high = (float(x) for x in row[2].split("\u2013"))
        assert low <= float(row[1]) <= high
    # Mali, Nigeria and Togo are rated higher
    told = said(kenya, "stands")
    assert "in the band 'moderate' (0.30 to below 0.45)" in told
    assert "By risk, rank 4 of 6 countries with a band (likely " in told


def test_contributions_add_up_as_they_are_shown(scores):
    shown = table(country_brief(scores, "TGO", 2013), "drivers")
    adds = [float(row[-1].replace("\u2212", "-")) for row in shown.rows]
    assert sum(adds[:-1]) == pytest.approx(adds[-1], abs=1e-9)
    # Togo has 0.65 everywhere; the median of 0.15, 0.25 ... 0.65 is 0.4
    assert adds[-1] == pytest.approx(0.65 - 0.40)


def test_what_is_held_down_is_the_difference_of_the_numbers_beside_it(scores, kenya):
    row = scores.loc("KEN", 2013)
    held = round(row["risk"], 2) - round(row["residual_risk"], 2)
    assert f"It takes {held:.2f} off the risk of 0.35" in said(kenya, "holds")


def test_nothing_after_the_period_is_looked_at(scores):
    early = score(scores.panel.select(last=2010))
    now = country_brief(scores, "KEN", 2010).content.text
    then = country_brief(early, "KEN").content.text
    made = re.compile("ratings [0-9a-f]+")
    assert made.sub("", now) == made.sub("", then)


def hardly(frame, unit, kept=("1.1",)):
    """Ratings of which those of one country are gone but a few."""
    gone = [c for c in frame if c not in ("unit", "period", *kept)]
    return frame.assign(**{c: frame[c].where(frame["unit"] != unit) for c in gone})


def test_no_place_is_given_beside_countries_of_which_hardly_anything_is_rated(scores):
    units = ["AGO", *UNITS]
    made = score(read_panel(hardly(ratings(units), "TGO").replace({"1.1": {0.75: 1.0}})))
    assert made.loc("TGO", 2013)["risk"] == 1.0  # the highest, of one indicator
    brief = country_brief(made, "NGA", 2013)
    assert "rank 1 of 6 countries with a band" in said(brief, "stands")
    alone = country_brief(score(read_panel(ratings(units[:-1]))), "NGA", 2013)
    assert table(brief, "scores").rows == table(alone, "scores").rows


def test_a_description_gives_no_number_that_the_page_does_not_give():
    brief = country_brief(score(read_panel(hardly(ratings(), "BEN"))), "BEN", 2013)
    told = section(brief, "holds").blocks[0].figure.alt
    assert told.startswith("Benin, 2013: ")
    assert "0." not in told
    assert "Unknown here: 13 of 14 risk factors" in told


def test_what_is_held_down_most_is_told_by_how_much(scores, kenya):
    row = scores.loc("KEN", 2013)
    taken = {f: row[f] - row[f"{f}_residual"] for f in FACTORS}
    most = max(taken, key=taken.get)
    start = said(kenya, "holds").partition("Held down most: ")[2]
    assert start.startswith(f"{most} ")
    assert f"({row[most]:.2f} \u2192 {row[f'{most}_residual']:.2f})" in start.partition(";")[0]


@pytest.mark.parametrize(
    ("list_of", "known"),
    [
        ({"first": [2004, 2009, 2012], "last": [2005, 2012, 2013]}, "from 2004 to 2010"),
        (
            {"first": ["2004-02", "2009-05", "2012-01"], "last": ["2005-01", "2012-02", "2013-01"]},
            "from 2004 to 2010",
        ),
    ],
)
def test_no_later_onset_and_no_later_end_is_told(scores, list_of, known):
    onsets = pd.DataFrame({"unit": ["KEN", "KEN", "KEN"], **list_of})
    brief = country_brief(scores, "KEN", 2010, onsets=onsets)
    drawn = section(brief, "heading").blocks[0].figure
    shown = drawn.data[drawn.data["mark"] == "episode"]
    assert len(shown) == 1  # that of 2004 is before the first score
    told = " ".join([*shown["text"], *shown["tip"], drawn.alt, *drawn.notes])
    assert "2012" not in told
    assert "2013" not in told
    assert known in said(brief, "heading")


def test_of_a_year_that_is_not_over_no_onset_is_known():
    frame = ratings(["BEN", "GHA"], pd.period_range("2012-01", periods=14, freq="M").astype(str))
    made = score(read_panel(frame))
    onsets = pd.DataFrame({"unit": ["BEN", "GHA"], "first": [2012, 2013], "last": [2012, 2013]})
    brief = country_brief(made, "GHA", "2013-02", onsets=onsets)
    drawn = section(brief, "heading").blocks[0].figure
    assert "episode" not in set(drawn.data["mark"])
    assert "from 2012 to 2012" in said(brief, "heading")
    early = country_brief(made, "GHA", "2012-11", onsets=onsets)
    assert "known" not in set(section(early, "heading").blocks[0].figure.data["mark"])


def test_turning_points_that_are_likelier_than_not(scores, monkeypatch):
    turns = pd.DataFrame(
        {
            "turn": ["up", "down"],
            "period": pd.PeriodIndex(["2010", "2012"], freq="Y"),
            "sure": [0.49, 0.51],
        }
    )
    monkeypatch.setattr(back, "turning_points", lambda course: turns)
    told = said(country_brief(scores, "KEN", 2013), "heading")
    assert "likelier real than not: down from 2012 (sure: 51%)." in told
    monkeypatch.setattr(back, "turning_points", lambda course: turns.head(1))
    assert "none that is likelier real than not" in said(country_brief(scores, "KEN"), "heading")


def test_many_kinds_of_sources_and_coders_are_cut_in_sight(scores):
    names = list(load_mechanisms())
    coder = "A long name of an office that codes"
    rows = [
        piece(f"k{n}", mechanism=name, coder=f"{n} {coder}", indicator=FACTORS[n][2:] + ".1")
        for n, name in enumerate(names)
    ]
    brief = country_brief(
        scores, "KEN", 2013, evidence=read_evidence(rows), audience="internal", language="es"
    )
    told = said(brief, "sources")
    assert told.count("(m\u00e1s reciente: 2012-05-01)") == 3
    assert told.count(f"y otros ({len(names) - 3})") == 2
    assert told.count("\u2026") == 3


def test_a_country_is_never_comparable_with_itself(kenya):
    rows = table(kenya, "alike").rows
    assert "Kenya (KEN)" not in [row[0] for row in rows]
    # all risk factors 0.1 apart, 14 of 20 factors: root (14 x 0.01 / 20) = 0.084
    assert [row[:3] for row in rows[:2]] == [
        ("Ghana (GHA)", "0.08", "20"),
        ("Mali (MLI)", "0.08", "20"),
    ]


def test_what_is_past_is_no_step(scores, monkeypatch):
    monkeypatch.setattr(facts, "smallest_changes", smallest_changes)
    told = said(country_brief(scores, "NGA", 2013), "lower")
    assert "The record of the past is taken as it is." in told
    for name in ("2.1 ", "2.2 ", "9.4 ", "9.5 "):
        assert name not in told
    assert "recommends no intervention" in told


def test_the_lowest_band_asks_what_keeps_it_there():
    low = score(read_panel(ratings(["BEN"], [2008]).replace(0.1, 0.0)))
    told = said(country_brief(low, "BEN"), "lower")
    assert told.startswith("Residual risk, 0.00, is already in the lowest band.")


def test_what_too_little_is_rated_of_looks_unknown():
    brief = country_brief(score(read_panel(hardly(ratings(), "BEN"))), "BEN", 2013)
    for row in table(brief, "scores").rows:
        assert row[1:3] == ("?", "?")
    assert "Too little is rated for a band" in said(brief, "stands")
    assert "drivers" not in [b.name for b in section(brief, "drives").blocks if hasattr(b, "name")]
    names = [s.name for s in brief.content.sections]
    assert "alike" not in names
    assert "lower" not in names
    picture = section(brief, "holds").blocks[0]
    assert {"risk", "resilience"} & set(picture.figure.data["factor"]) == set()
    assert "13 of the 14 risk factors" in said(brief, "unknown")


def test_an_unknown_risk_is_said_to_be_no_low_one():
    frame = pd.DataFrame({"unit": ["BEN"], "period": [2008], "1.1": [None], "SGS1.1": [0.5]})
    brief = country_brief(score(read_panel(frame)), "BEN")
    assert "That is not a low risk." in said(brief, "stands")
    assert "0.50" not in said(brief, "holds")
    assert [s.name for s in brief.content.sections] == [
        "stands",
        "drives",
        "holds",
        "unknown",
        "heading",
        "sources",
        "caution",
    ]


@pytest.mark.parametrize(("freq", "first"), [("M", "2012-01"), ("Q", "2010Q1")])
def test_months_and_quarters(freq, first):
    frame = ratings(["BEN", "GHA"], pd.period_range(first, periods=14, freq=freq).astype(str))
    brief = country_brief(score(read_panel(frame)), "GHA")
    assert brief.period == frame["period"].iloc[-1]
    assert brief.period in brief.content.under


def test_the_latest_period_is_one_of_which_enough_is_rated():
    frame = ratings(["BEN", "GHA"], [2012, 2013])
    thin = pd.DataFrame({"unit": ["GHA"], "period": [2014], "1.1": [0.5]})
    made = score(read_panel(pd.concat([frame, thin])))
    assert country_brief(made, "GHA").period == "2013"
    assert country_brief(made, "GHA", 2014).period == "2014"
    alone = score(read_panel(thin))
    assert country_brief(alone, "GHA").period == "2014"


def test_a_framework_of_ones_own(tmp_path, undrawn):
    text = (
        'name = "own"\ntitle = "Own"\nkind = "risk"\nissuer = "Us"\nedition = "1"\n'
        'citation = "Ours"\n'
    )
    for k in range(1, 4):
        text += f'[[factors]]\nid = "F{k}"\ntitle = "<b>Factor {k}</b>"\ndefinition = "What."\n'
        text += (
            f'[[factors.indicators]]\nid = "F{k}.1"\nlabel = "<script>{k}</script> \\u0007bell"\n'
            'description = "What."\ntempo = "dynamic"\nlook_for = "Where."\nrate_0 = "No."\n'
            'rate_1 = "Yes."\n'
        )
    path = tmp_path / "own.toml"
    path.write_text(text, encoding="utf-8")
    frame = pd.DataFrame({"unit": ["BEN", "GHA"], "period": 2008, "F1.1": [0.2, 0.6]})
    panel = read_panel(frame.assign(**{"F2.1": [0.5, 0.75]}), frameworks=[path])
    brief = country_brief(score(panel), "GHA", language="fr")
    assert "<script>1</script> bell" in brief.content.text
    page = brief.to_html()
    assert "<script" not in page
    assert "&lt;script&gt;1&lt;/script&gt; bell" in page
    assert "bell" in docx_text(brief)
    assert "F3" in said(brief, "unknown")


def test_what_no_brief_can_be_made_of(scores, kenya):
    with pytest.raises(InputError) as error:
        country_brief(scores, "KEN", "x", audience="pubic", language="de", evidence=[])
    assert len(error.value.problems) == 4
    assert "did you mean 'public'" in str(error.value)
    with pytest.raises(InputError, match="no unit 'KNE'; did you mean 'KEN'"):
        country_brief(scores, "KNE")
    with pytest.raises(InputError, match="KEN has 2008 to 2013"):
        country_brief(scores, "KEN", 1999)
    with pytest.raises(InputError, match="needs Scores, found DataFrame"):
        country_brief(scores.to_frame(), "KEN")
    with pytest.raises(InputError, match=r"did you mean '\.docx'"):
        kenya.write("kenya.doc")


# comparable countries


def test_comparable_measures_over_what_both_have():
    rows = np.full((5, 6), 0.5)
    rows[1] = 0.5 + np.array([0.3, 0, 0, 0, 0, 0.4])
    rows[2, :2] = np.nan  # four of six: fewer than five
    rows[3, 0] = np.nan  # five of six, equal in all
    rows[4] = 0.8
    found = comparable(rows, 0)
    assert found.rows.tolist() == [3, 1, 4]
    # root (0.09 + 0.16) / 6 = 0.204; 0.3 everywhere
    assert found.distances == pytest.approx([0.0, np.sqrt(0.25 / 6), 0.3])
    assert found.shared.tolist() == [5, 6, 6]
    assert (found.known, found.least) == (6, 5)
    with pytest.raises(InputError) as error:
        comparable(rows, 7, count=0)
    assert len(error.value.problems) == 2


# audiences


def piece(name, sensitivity="public", **fields):
    """One piece of evidence, every free text of which bears a mark if it is not public."""
    closed = sensitivity != "public"
    mark = f"{SECRET}-{name}" if closed else f"open {name}"
    given = {
        "id": mark.replace(" ", "-"),
        "unit": "KEN",
        "indicator": "7.10",
        "date": "2012-05-01",
        "rating": "weak",
        "confidence": "high",
        "mechanism": "ngo",
        "reference": mark,
        "coder": f"Coder {mark}",
        "note": mark,
        "groups": (mark,),
        "sensitivity": sensitivity,
    }
    return Evidence(**(given | fields))


def coded():
    names = [f"{k}.{i}" for k in range(1, 15) for i in (1, 2, 3)]
    rows = [piece(name, indicator=name) for name in names]
    rows += [piece(f"g{name}", unit="GHA", indicator=name) for name in names]
    rows += [
        piece("r", "restricted", indicator="7.1", rating="severe", mechanism="own-mission"),
        piece("c", "confidential", indicator="8.1", rating="severe", date="2013-06-01"),
        piece("m", "confidential", unit="MLI", indicator="8.1", date="2013-06-01"),
    ]
    made = read_evidence(rows)
    return dataclasses.replace(made, sources=(f"{SECRET}.xlsx",), notes=(f"{SECRET} left out",))


@pytest.fixture(scope="module")
def evidence():
    return coded()


@pytest.fixture(scope="module")
def closed(evidence):
    """Scores of all the evidence."""
    return score(pool(evidence, evidence.periods("year")).panel)


@pytest.fixture(scope="module")
def briefs(closed, evidence, few_draws):
    """One for every audience, of the last period that all may see."""
    return {
        audience: country_brief(closed, "KEN", 2012, evidence=evidence, audience=audience)
        for audience in AUDIENCES
    }


def test_what_pool_writes_of_its_source_is_known_here(closed):
    assert closed.panel.sources[0].startswith(CODED)


@pytest.mark.parametrize("audience", ["public", "partner"])
def test_closed_scores_are_refused_without_their_evidence(closed, audience):
    with pytest.raises(InputError, match="cannot be taken out") as error:
        country_brief(closed, "KEN", audience=audience)
    assert SECRET not in str(error.value)
    assert country_brief(closed, "KEN", audience="internal").period == "2013"


@pytest.mark.parametrize(("audience", "left"), [("public", 3), ("partner", 2), ("internal", 0)])
def test_scores_are_made_anew_from_what_may_be_seen(briefs, evidence, audience, left):
    most = {"public": "public", "partner": "restricted", "internal": "confidential"}[audience]
    own = score(pool(evidence.select(sensitivity=most), ["2012"]).panel).loc("KEN", 2012)
    brief = briefs[audience]
    assert table(brief, "scores").rows[0][1] == f"{own['risk']:.2f}"
    assert table(brief, "scores").rows[0][3] == f"{own['risk_low']:.2f}\u2013{own['risk_high']:.2f}"
    assert brief.left_out == left
    drawn = section(brief, "holds").blocks[0].figure.data.set_index("factor")
    assert drawn.loc["RF7", "value"] == pytest.approx(own["RF7"])


def test_the_restricted_rating_would_have_shown(evidence):
    seen = [score(pool(t, ["2012"]).panel).loc("KEN", 2012) for t in (evidence, evidence.public())]
    assert seen[0]["RF7"] > seen[1]["RF7"] + 0.05


def test_the_last_period_does_not_tell_when_restricted_evidence_came(closed, evidence):
    last = {
        audience: str(seen_by(closed, evidence, audience=audience, period=None).scores.index[-1][1])
        for audience in AUDIENCES
    }
    assert last == {"public": "2012", "partner": "2012", "internal": "2013"}


@pytest.mark.parametrize("audience", ["public", "partner"])
def test_a_wider_circle_is_told_no_name_of_a_file(scores, undrawn, audience):
    told = {"sources": (f"{SECRET}.xlsx",), "notes": (f"{SECRET}: 3 rows left out",)}
    made = score(dataclasses.replace(scores.panel, **told))
    brief = country_brief(made, "KEN", 2013, audience=audience)
    assert SECRET not in everything(brief)
    assert "Ratings of the user's own." in said(brief, "sources")


def test_a_country_of_restricted_evidence_alone_is_not_there(closed, evidence):
    with pytest.raises(InputError, match="no unit 'MLI'"):
        country_brief(closed, "MLI", evidence=evidence)


def test_evidence_has_the_last_word_beside_other_ratings(scores, evidence):
    seen = seen_by(scores, evidence, audience="public", period=pd.Period("2013", "Y"))
    expected = combine(
        [pool(evidence.public(), ["2012", "2013"]).panel, scores.panel], rule="first"
    )
    assert seen.scores.panel.hash == expected.hash
    assert seen.scores.panel.sources == ()
    assert len(seen.hidden) == 3


def test_mixed_scores_are_refused_even_with_evidence(evidence):
    # of the same indicators, so that only the ratings can tell that evidence is not all
    other = read_panel(ratings().filter(regex="^(unit|period|[0-9])"))
    mixed = score(combine([pool(evidence, ["2012"]).panel, other], rule="first"))
    with pytest.raises(InputError, match="cannot be taken out"):
        country_brief(mixed, "KEN", evidence=evidence)


def test_evidence_of_which_nothing_may_be_seen(scores, kenya):
    secret = read_evidence([piece("x", "confidential")])
    alone = score(pool(secret, ["2012"]).panel)
    with pytest.raises(InputError, match='"Who may read it"'):
        country_brief(alone, "KEN", evidence=secret)
    brief = country_brief(scores, "KEN", 2013, evidence=secret)
    assert table(brief, "scores").rows == table(kenya, "scores").rows
    assert "pieces of evidence on Kenya: 1, on other countries: 0." in said(brief, "sources")


def everything(brief):
    """All that a brief could tell anybody: its texts, what is behind its figures, its files."""
    texts = [brief.content.text, repr(brief), str(brief.provenance)]
    for block in (b for s in brief.content.sections for b in s.blocks):
        if isinstance(block, Picture):
            figure = block.figure
            texts += [
                figure.data.to_csv(),
                figure.title,
                figure.subtitle,
                *figure.notes,
                figure.alt,
            ]
    return "\n".join([*texts, brief.to_html(), docx_text(brief)])


def test_nothing_restricted_is_in_any_part_of_a_public_brief(briefs, undrawn):
    told = everything(briefs["public"])
    assert SECRET not in told
    assert "Coder" not in told
    assert not re.search("open[- ][0-9g]", told)  # identifiers, notes and references of open rows
    assert "mission" not in said(briefs["public"], "sources")
    told = said(briefs["public"], "sources")
    assert "as restricted or confidential: pieces of evidence on Kenya: 2, on other" in told


def test_partners_see_restricted_ratings_but_neither_coders_nor_rows(briefs, undrawn):
    brief = briefs["partner"]
    told = everything(brief)
    assert SECRET not in told
    assert not re.search("open[- ][0-9g]", told)
    told = said(brief, "sources")
    assert "Made with restricted evidence." in told
    assert "as confidential: pieces of evidence on Kenya: 1, on other countries: 1." in told
    assert brief.content.mark == "For partners: not for publication"


def test_those_inside_see_coders_and_levels(briefs):
    told = said(briefs["internal"], "sources")
    assert "public 42, restricted 1, confidential 1" in told
    assert "Coder" in told
    assert briefs["internal"].content.mark == "Internal: not for circulation"
    assert SECRET in str(briefs["internal"].provenance)


def test_sources_of_evidence_with_their_age(briefs):
    told = {audience: said(brief, "sources") for audience, brief in briefs.items()}
    open_ones = "42 (newest 2012-05-01)"
    assert open_ones in told["public"]
    assert told["public"].count("newest") == 1
    # of own missions; what was not known by the end of 2012 is not counted
    for audience in ("partner", "internal"):
        assert open_ones in told[audience]
        assert "1 (newest 2012-05-01)" in told[audience]
        assert told[audience].count("newest") == 2


# as HTML


def test_html_is_one_page_that_asks_for_nothing(briefs, undrawn):
    brief = briefs["internal"]
    page = brief.to_html()
    assert page.startswith('<!doctype html>\n<html lang="en">')
    assert "<script" not in page
    assert not re.search(r"(?:src|href|url)\s*[=(]\s*[\"']?(?!#)", page)
    assert "default-src 'none'" in page
    count = len(brief.content.sections)
    assert [int(n) for n in re.findall(r"<h([1-6])>", page)] == [1] + [2] * count
    assert page.count('<div class="page">') == 2
    # at the top and at the foot of each page
    assert page.count("Internal: not for circulation") == 4
    heads = re.findall(r"<thead><tr>(.*?)</tr>", page)
    assert all(cell.startswith(' scope="col"') for head in heads for cell in head.split("<th")[1:])
    assert re.search(r'<th scope="row" class="w">', page)


def test_unknown_is_drawn_as_unknown(undrawn):
    frame = pd.DataFrame({"unit": ["BEN"], "period": [2008], "1.1": [0.0]})
    page = country_brief(score(read_panel(frame)), "BEN").to_html()
    assert '<span class="unk" title="unknown" aria-label="unknown">?</span>' in page


def test_without_the_extra_a_notebook_says_what_would_show_it(kenya, monkeypatch):
    def missing(picture, name):
        raise MissingExtraError("Drawing a figure", "report")

    monkeypatch.setattr(html, "as_svg", missing)
    shown = kenya._repr_html_()
    assert "pip install &#x27;r2prisk[report]&#x27;" in shown


# as a Word document


def test_word_has_styles_tables_and_no_name(closed, evidence, undrawn, needs_extra):
    needs_extra("docx")
    import docx
    from docx.oxml.ns import qn

    brief = country_brief(closed, "KEN", 2012, evidence=evidence, audience="partner", language="fr")
    made = brief.to_docx()
    assert made == brief.to_docx()
    document = docx.Document(io.BytesIO(made))
    about = document.core_properties
    assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
    assert about.title == "Fiche de pays\u00a0: Kenya"
    assert about.created.year == about.modified.year == 2000
    styles = [p.style.name for p in document.paragraphs if p.text]
    assert styles[:3] == ["Title", "Subtitle", "Heading 1"]
    # what is unknown stands beside the picture, in its table
    inside = [p.style.name for t in document.tables for c in t._cells for p in c.paragraphs]
    assert (styles + inside).count("Heading 1") == len(brief.content.sections)
    assert sum(p.paragraph_format.page_break_before is True for p in document.paragraphs) == 1
    paper = document.sections[0]
    assert (round(paper.page_width.mm), round(paper.page_height.mm)) == (210, 297)
    languages = {e.get(qn("w:val")) for e in document.styles.element.iter(qn("w:lang"))}
    assert languages == {"fr-FR"}
    mark = "Pour les partenaires : ne pas publier"
    assert mark.replace(" :", "\u00a0:") in document.sections[0].header.paragraphs[0].text
    assert mark.replace(" :", "\u00a0:") in document.sections[0].footer.paragraphs[0].text
    told = [e.get("descr") for e in document.element.iter(qn("wp:docPr"))]
    assert len(told) == 2
    assert all(text.startswith("Kenya") for text in told)
    tables = [t for t in document.tables if len(t.rows) > 1]
    assert all(t.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None for t in tables)
    with zipfile.ZipFile(io.BytesIO(made)) as parts:
        assert {i.date_time for i in parts.infolist()} == {(2000, 1, 1, 0, 0, 0)}
        assert "python-docx" not in parts.read("docProps/core.xml").decode()
        assert not any("thumbnail" in name for name in parts.namelist())


# drawn for once


def test_a_brief_as_it_is_written(kenya, tmp_path, needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")
    needs_extra("jinja2")
    kenya.write(tmp_path / "kenya.html")
    page = (tmp_path / "kenya.html").read_text(encoding="utf-8")
    assert page.count('role="img"') == 2
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert all(f'id="{name}"' in page for name in re.findall(r"url\(#([^)]+)\)", page))
    assert re.findall(r"https?://[^\"' <]+", page.replace("http://www.w3.org/", "")) == []
    assert [p.name for p in tmp_path.iterdir()] == ["kenya.html"]
