"""Why a score is what it is and why it changed: on panels, in words, in three languages."""

import dataclasses
import re
from math import sqrt
from string import Formatter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import CellState, InputError, Profile, read_panel, score
from r2prisk.scoring.explain import Stage, brief, change, explain, revision
from r2prisk.scoring.explain.account import rounded
from r2prisk.scoring.explain.references import reference_state
from r2prisk.scoring.explain.sentences import load_phrases, number

NAN = np.nan
DEFAULT = Profile.load("default")
LANGUAGES = ("en", "fr", "es")
NAMES = ["1.1", "1.2", "2.1", "7.1", "7.14", "9.1", "9.2", "SGS1.1", "SGS2.1", "SGS2.2", "SGS5.1"]
OF = ("risk", "residual_risk", "resilience", "genocide", "ethnic_cleansing_residual")


def panel(seed=7, units=("KEN", "GHA", "NOR"), years=range(2001, 2006), unknown=0.25):
    """Random ratings with unknowns; the first indicator is always rated."""
    rng = np.random.default_rng(seed)
    rows = pd.MultiIndex.from_product([units, years], names=["unit", "year"])
    ratings = rng.random((len(rows), len(NAMES)))
    ratings[rng.random(ratings.shape) < unknown] = NAN
    ratings[:, 0] = rng.random(len(rows))
    return read_panel(pd.DataFrame(ratings, index=rows, columns=NAMES).reset_index())


def one(*rows, unit="KEN", first=2001):
    frame = pd.DataFrame(list(rows))
    return read_panel(frame.assign(unit=unit, year=np.arange(first, first + len(rows))))


def whole(found):
    return found.contributions.sum(axis=1) + found.assumed.sum(axis=1)


# --- explain ------------------------------------------------------------------------------------


OTHER = DEFAULT.replace(
    name="other",
    exponents={"within": 3.5, "across": 2.0},
    inhibition={"form": "subtractive"},
    missing={"rule": "prior", "prior": 0.3},
    weights={"indicators": {"9.1": 3.0}, "factors": {"RF7": 2.0}},
)


@pytest.mark.parametrize("reference", ["absent", "world", "region", "GHA", "2003"])
@pytest.mark.parametrize(
    ("of", "profile"),
    [*((of, DEFAULT) for of in OF), ("residual_risk", OTHER)],
    ids=lambda value: getattr(value, "name", value),
)
def test_contributions_add_up_to_the_published_score(of, reference, profile):
    ratings = panel()
    found = explain(score(ratings, profile=profile), of=of, reference=reference)
    published = score(ratings, profile=profile).to_frame(detail=True)[of]
    assert found.scores == pytest.approx(published.to_numpy(), nan_ok=True)
    known = ~np.isnan(found.scores - found.reference_scores)
    assert known.sum() > 12
    missed = whole(found) - (found.scores - found.reference_scores)
    assert np.abs(missed[known]).max() < 1e-12
    assert np.isnan(missed[~known]).all()
    assert found.by_factor().to_numpy().sum(axis=1)[known] == pytest.approx(whole(found)[known])
    told = found.to_frame().groupby(level=["unit", "period"])["contribution"].sum()
    assert told.to_numpy() == pytest.approx(
        whole(found)[known & (found.scores != found.reference_scores)], abs=1e-12
    )


def test_the_reference_absent_is_zero():
    found = explain(
        score(panel(), profile=DEFAULT.replace(name="p", missing={"rule": "prior"})), of="risk"
    )
    assert (found.reference_scores == 0).all()
    assert found.assumed.sum() > 0
    assert np.array_equal(found.reference_ratings, found.ratings * 0.0, equal_nan=True)
    kinds = found.to_frame().groupby("kind")["contribution"].sum()
    assert kinds["assumption"] == pytest.approx(found.assumed.sum())
    assert "coverage" not in kinds


def test_medians_are_of_the_units_that_are_rated():
    frame = pd.DataFrame(
        {
            "unit": ["GHA", "KEN", "NGA", "NOR"],
            "year": 2003,
            "1.1": [0.1, 0.5, 0.9, 1.0],
            "1.2": [NAN, 0.4, 0.8, NAN],
            "9.1": [NAN, NAN, NAN, 0.3],
        }
    )
    later = frame[["unit"]].assign(year=2004, **{"1.1": [0.2, 0.3, 0.4, 0.0]})
    both = reference_state(read_panel(pd.concat([frame, later])), "region").ratings[0]
    assert both == pytest.approx([0.5, 0.3, 0.5, 0.3, 0.5, 0.3, 1.0, 0.0])
    ratings = read_panel(frame)
    assert reference_state(ratings, "world").ratings[:, 0] == pytest.approx([0.7, 0.6, 0.3])
    region = reference_state(ratings, "region").ratings
    assert region[:, 0] == pytest.approx([0.5, 0.6, NAN], nan_ok=True)
    assert region[:, 3] == pytest.approx([1.0, NAN, 0.3], nan_ok=True)
    found = explain(score(ratings), of="risk", reference="region")
    # Norway is its own region here
    assert found.values[3] == pytest.approx(0.0)
    africa = sqrt((0.5**2 + 0.6**2) / 2)
    assert found.reference_scores[:3] == pytest.approx(africa)


def test_a_unit_without_a_region_has_no_regional_median():
    ratings = read_panel(pd.DataFrame({"unit": ["XDA", "GHA"], "year": 2003, "1.1": [0.1, 0.5]}))
    found = explain(score(ratings), of="risk", reference="region")
    assert np.isnan(found.values).any(axis=1).tolist() == [
        unit == "XDA" for unit, _ in ratings.index
    ]
    assert "without the reference: 1 rows" in repr(found)


def test_a_row_without_the_other_period_is_unknown_and_counted():
    ratings = read_panel(
        pd.DataFrame({"unit": ["GHA", "GHA", "KEN"], "year": [2003, 2004, 2004], "1.1": 0.5})
    )
    found = explain(score(ratings), of="risk", reference="2003")
    assert np.isnan(found.contributions[:, 0]).tolist() == [False, False, True]
    assert "without the reference: 1 rows" in repr(found)
    assert "unknown" in found.text("KEN", 2004)


def test_what_does_not_apply_is_outside_the_sums():
    ratings = panel()
    states = ratings.states.copy()
    gone = np.zeros(states.shape, bool)
    gone[:, [NAMES.index(n) for n in ("9.1", "9.2")]] = True
    states[gone] = CellState.NOT_APPLICABLE
    cut = dataclasses.replace(ratings, states=states, ratings=np.where(gone, NAN, ratings.ratings))
    for reference in ("absent", "world", "2003"):
        found = explain(score(cut), reference=reference)
        assert (found.contributions[gone] == 0).all()
        assert whole(found) == pytest.approx(found.scores - found.reference_scores)


def test_top_gives_the_largest_of_each_row_first():
    found = explain(score(panel()), of="risk", reference="world")
    top = found.top(3)
    sizes = np.sort(np.abs(np.where(found.values != 0, found.values, 0)), axis=1)[:, ::-1]
    values = top[top["kind"] == "value"]
    first = values.groupby(level=["unit", "period"])["contribution"].first().abs()
    assert (top.groupby(level=["unit", "period"]).size() == 3).all()
    assert (first.to_numpy() <= sizes[:, 0] + 1e-12).all()
    steps = top["contribution"].abs().groupby(level=["unit", "period"]).diff().dropna()
    assert (steps <= 0).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"of": "genocid"}, "no score 'genocid'.*did you mean 'genocide'"),
        ({"reference": "wrld"}, "'wrld' is not known.*did you mean 'world'"),
        ({"reference": "1999"}, "no period 1999; the panel has 2001 to 2005"),
    ],
)
def test_what_cannot_be_explained_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        explain(score(panel()), **arguments)


def test_rows_that_are_not_there_are_refused():
    found = explain(score(panel()))
    with pytest.raises(InputError, match="no unit 'KNE'; did you mean 'KEN'"):
        found.text("KNE", 2001)
    with pytest.raises(InputError, match="no period 1999 for KEN"):
        found.to_frame(unit="KEN", period=1999)


def test_a_notebook_shows_escaped_text():
    found = explain(score(panel()), reference="world")
    html = found._repr_html_()
    assert html.count("</tr>") == 11  # a head and the ten largest
    assert "&#x27;world&#x27;" in html


# --- change -------------------------------------------------------------------------------------


@pytest.mark.parametrize("of", OF)
def test_the_change_from_a_to_b_and_from_b_to_c_is_that_from_a_to_c_in_every_part(of):
    ratings = panel(3)
    ways = [(2001, 2003), (2003, 2005), (2001, 2005)]
    first, then, both = (change(score(ratings), "KEN", *way, of=of) for way in ways)
    for kind in ("value", "coverage", "choice", "assumption"):
        parts = [getattr(way, kind).sum(axis=0) for way in (first, then, both)]
        assert parts[0] + parts[1] == pytest.approx(parts[2], abs=1e-15)
    totals = both.totals()
    assert totals["change"].to_numpy() == pytest.approx(
        totals[["value", "coverage", "choice", "assumption"]].sum(axis=1).to_numpy()
    )
    published = score(ratings).to_frame(detail=True)[of].loc["KEN"]
    assert totals["change"].sum() == pytest.approx(published.iloc[-1] - published.iloc[0])
    assert both.to_frame()["contribution"].sum() == pytest.approx(totals["change"].sum())
    assert both.by_factor().sum() == pytest.approx(totals["change"].sum())


def test_values_are_the_change_of_a_panel_cut_to_what_both_periods_rate():
    rows = [{"1.1": 0.2, "1.2": 0.9, "9.1": 0.4}, {"1.1": 0.5, "1.2": NAN, "9.1": 0.1, "7.1": 0.3}]
    found = change(score(one(*rows)), "KEN", 2001, 2002, of="risk").totals().iloc[0]
    cut = score(one({"1.1": 0.2, "9.1": 0.4}, {"1.1": 0.5, "9.1": 0.1})).to_frame()["risk"]
    assert found["value"] == pytest.approx(cut.iloc[1] - cut.iloc[0])
    assert found["coverage"] == pytest.approx(found["change"] - found["value"])


def test_a_period_without_the_score_is_passed_over():
    ratings = one({"1.1": 0.2}, {"1.1": NAN, "SGS1.1": 0.5}, {"1.1": 0.6})
    found = change(score(ratings), "KEN", 2001, 2003, of="risk")
    assert found.points == ("2001", "2003")
    assert found.totals()["value"].tolist() == pytest.approx([0.4])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("KNE", 2001, 2002), "no unit 'KNE'; did you mean 'KEN'"),
        (("KEN", 2001, 2030), "KEN has no residual_risk in 2030; it has 2001 to 2005"),
        (("KEN", 2003, 2001), "last .2001. must be after first .2003."),
    ],
)
def test_a_change_that_cannot_be_told_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        change(score(panel()), *arguments)


# --- revision -----------------------------------------------------------------------------------


def test_each_step_of_a_revision_carries_what_it_changed():
    old = one({"1.1": 0.2, "9.1": 0.6, "SGS2.1": 0.5})
    aged = one({"1.1": 0.2, "9.1": NAN, "SGS2.1": 0.5})
    new = one({"1.1": 0.7, "9.1": NAN, "SGS2.1": 0.5})
    half = {s: {k: v / 2 for k, v in to.items()} for s, to in DEFAULT.kappa.items()}
    mine = DEFAULT.replace(name="mine", inhibition={"kappa": half})
    stages = {
        "first edition": Stage(score(old), 2001),
        "ageing": Stage(score(aged), 2001),
        "new evidence": Stage(score(new), 2001),
        "our profile": Stage(score(new, profile=mine), 2001),
    }
    found = revision(stages, "KEN")
    totals = found.totals()
    assert totals.index.tolist() == ["ageing", "new evidence", "our profile"]
    assert totals["value"].to_numpy()[[0, 2]] == pytest.approx(0.0)
    assert totals["coverage"].to_numpy()[1:] == pytest.approx(0.0)
    assert totals["choice"].to_numpy()[:2] == pytest.approx(0.0)
    ends = [float(s.scores.loc("KEN", s.period)["residual_risk"]) for s in stages.values()]
    assert totals["change"].tolist() == pytest.approx(np.diff(ends))
    assert totals.iloc[:, :4].sum(axis=1).to_numpy() == pytest.approx(np.diff(ends))
    # half of kappa: 0.7 x 0.1 x 0.5 more is left, all by resilience
    swapped = found.to_frame().query("kind == 'choice'")
    assert swapped["indicator"].tolist() == ["SGS2.1"]
    a, b, c = (f"{number(x, 'en', sign=True)}" for x in np.diff(ends))
    told_of = f"('first edition' to 'our profile'): {a} ageing, {b} new evidence, {c} our profile."
    assert found.text().endswith(told_of)
    assert "(de «\u00a0first edition\u00a0» à" in found.text(language="fr")
    assert found.provenance["ageing"] == stages["ageing"].scores.provenance


def test_another_name_is_no_other_profile():
    mine = DEFAULT.replace(name="mine", bands=[{"name": "any", "from": 0.0}])
    old, new = score(one({"1.1": 0.2})), score(one({"1.1": 0.7}), profile=mine)
    found = revision({"a": Stage(old, 2001), "b": Stage(new, 2001)}, "KEN", of="risk")
    assert found.totals().iloc[0][["value", "choice"]].tolist() == pytest.approx([0.5, 0.0])


def test_a_rule_for_the_unknown_is_an_assumption():
    ratings = one({"1.1": 0.2})
    prior = DEFAULT.replace(name="p", missing={"rule": "prior", "prior": 0.5})
    found = revision(
        {"a": Stage(score(ratings), 2001), "b": Stage(score(ratings, profile=prior), 2001)},
        "KEN",
        of="risk",
    )
    totals = found.totals().iloc[0]
    assert totals["assumption"] + totals["choice"] == pytest.approx(totals["change"])
    # 10 of 11 indicators of factor 1 are taken to be 0.5: they hold 2.5 of 2.54 of the squares
    share = 10 * 0.25 / (10 * 0.25 + 0.04)
    assert totals["assumption"] == pytest.approx(share * found.scores[1])
    back = {"b": Stage(score(ratings, profile=prior), 2001), "a": Stage(score(ratings), 2001)}
    undone = revision(back, "KEN", of="risk").totals().iloc[0]
    assert undone.to_numpy() == pytest.approx(-totals.to_numpy())


def test_editions_of_a_framework_may_have_other_indicators():
    old = one({"1.1": 0.2, "1.2": 0.4})
    risk = old.frameworks[0]
    fewer = tuple(i for i in risk.factors[0].indicators if i.id != "1.2")
    slim = risk.factors[0].model_copy(update={"indicators": fewer})
    edition = risk.model_copy(update={"edition": "2030", "factors": (slim, *risk.factors[1:])})
    frameworks = (edition, *old.frameworks[1:])
    new = dataclasses.replace(one({"1.1": 0.2}), frameworks=frameworks)
    found = revision(
        {"old": Stage(score(old), 2001), "edition": Stage(score(new), 2001)}, "KEN", of="risk"
    )
    frame = found.to_frame().set_index("indicator")
    assert frame["kind"].unique().tolist() == ["choice"]
    assert frame["contribution"].sum() == pytest.approx(0.2 - sqrt((0.04 + 0.16) / 2))
    assert frame.loc["1.2", "contribution"] == pytest.approx(-0.16 / 0.2 * sqrt(0.1))


def test_all_faults_of_stages_are_told_together():
    ratings = panel()
    with pytest.raises(InputError) as caught:
        revision(
            {"a": Stage(score(ratings), 1999), "b": Stage(score(one({"1.1": 0.1})), 2001)}, "GHA"
        )
    assert caught.value.problems == (
        "stage 'a': no period 1999 for GHA",
        "stage 'b': no unit 'GHA'",
    )
    with pytest.raises(InputError, match="needs two stages or more, found 1"):
        revision({"a": Stage(score(ratings), 2001)}, "GHA")
    blank = one({"1.1": NAN, "SGS1.1": 0.5})
    with pytest.raises(InputError, match="stage 'b': residual_risk of KEN is unknown"):
        revision({"a": Stage(score(ratings), 2001), "b": Stage(score(blank), 2001)}, "KEN")


# --- words --------------------------------------------------------------------------------------


@given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=12), st.integers(2, 3))
def test_rounded_parts_add_up_and_stay_near(parts, digits):
    total = round(sum(parts), digits)
    shown = rounded(parts, total, digits=digits)
    assert sum(shown) == pytest.approx(total, abs=1e-9)
    assert np.abs(np.array(shown) - parts).max() < 10.0**-digits + 1e-5


def told(text):
    """Every number with a sign in a text."""
    return [float(x.replace(",", ".")) for x in re.findall(r"(?<![\w.])[+-]\d[.,]\d+", text)]


@settings(max_examples=10)
@given(st.integers(0, 10**6), st.sampled_from(LANGUAGES), st.sampled_from(OF))
def test_a_sentence_adds_up_as_it_is_read(seed, language, of):
    ratings = panel(seed, units=("KEN",), years=range(2001, 2004), unknown=0.1)
    found = change(score(ratings), "KEN", 2001, 2003, of="risk" if of == "resilience" else of)
    before, after = found.scores[[0, -1]]
    digits = 3 if abs(after - before) < 0.05 else 2
    text = found.text(language=language)
    assert sum(told(text)) == pytest.approx(round(after, digits) - round(before, digits))
    told_of = explain(score(ratings), of=of, reference="2001")
    if not np.isnan(told_of.scores).any():
        text = told_of.text("KEN", 2003, language=language)
        before, after = told_of.scores[[0, -1]]
        digits = 3 if abs(after - before) < 0.05 else 2
        assert sum(told(text)) == pytest.approx(round(after, digits) - round(before, digits))


RISE = ({"8.1": 0.1, "9.1": 0.5, "SGS2.1": 0.8}, {"8.1": 0.7, "9.1": 0.3, "SGS2.1": 0.2})


def test_a_rise_in_english():
    # 8.1 +0.30, 9.1 -0.10; democracy links to RF7 and others, not to RF8: see the crosswalk
    text = change(score(one(*RISE)), "KEN", 2001, 2002, of="risk").text()
    assert text == (
        "Risk (Kenya) rose from 0.30 to 0.50 (2001 to 2002): +0.30 Forces deployed or fighting begins "
        "suddenly (8.1); held down by -0.10 Laws and practices that exclude or segregate groups "
        "(9.1, lower)."
    )


def test_a_fall_in_french_has_commas_and_spaces_that_do_not_break():
    text = change(score(one(*RISE[::-1])), "KEN", 2001, 2002, of="genocide").text(language="fr")
    assert text == (
        "Le risque de génocide (Kenya) passe de 0,50 à 0,30, en baisse (de 2001 à 2002)\u00a0: -0,30 "
        "«\u00a0Déploiement soudain de forces ou début des combats\u00a0» (8.1, plus faible)\u00a0; "
        "en sens inverse +0,10 «\u00a0Lois et pratiques qui excluent ou isolent des groupes\u00a0» (9.1)."
    )


def test_what_did_not_move_in_spanish():
    text = change(score(one(RISE[0], RISE[0])), "KEN", 2001, 2002, of="risk").text(language="es")
    assert text == (
        "El riesgo (Kenia) se mantiene en 0,300 (de 2001 a 2002): ningún indicador se evalúa de otro modo."
    )


def test_a_safeguard_says_which_way_it_went():
    rows = [{"7.1": 0.8, "SGS2.1": 1.0}, {"7.1": 0.8, "SGS2.1": 0.0}]
    text = change(score(one(*rows)), "KEN", 2001, 2002).text()
    assert "Clean elections (SGS2.1, weaker)" in text
    assert (
        "Clean elections (SGS2.1, stronger)"
        in change(score(one(*rows[::-1])), "KEN", 2001, 2002).text()
    )
    assert "(SGS2.1)" in change(score(one(*rows)), "KEN", 2001, 2002, of="resilience").text()


def test_what_went_and_came_back_says_so():
    ratings = one({"9.1": 0.2, "9.2": 0.1}, {"9.1": 0.9, "9.2": 0.1}, {"9.1": 0.2, "9.2": 0.9})
    text = change(score(ratings), "KEN", 2001, 2003, of="risk").text()
    assert "what moved in between and came back (1)" in text
    assert "(9.1" not in text


def test_coverage_is_told_with_its_counts():
    rows = [{"9.1": 0.2, "9.2": 0.9, "8.1": NAN}, {"9.1": 0.2, "9.2": NAN, "8.1": 0.1}]
    text = change(score(one(*rows)), "KEN", 2001, 2002, of="risk").text()
    assert "no indicator" not in text
    assert "change in what is rated (no longer rated: 1; newly rated: 1)" in text
    differs = explain(score(one(*rows)), of="risk", reference="2001")
    assert "newly rated: 1" in differs.text("KEN", 2002)


def test_a_score_told_from_nothing_says_what_resilience_takes_off():
    found = explain(score(one({"7.1": 0.8, "SGS2.1": 1.0})))
    # democracy holds down a fifth of what factor 7 is, and of the unknown factors it links to
    risk, residual = (
        score(one({"7.1": 0.8, "SGS2.1": 1.0})).to_frame()[name].iloc[0]
        for name in ("risk", "residual_risk")
    )
    text = found.text("KEN", 2001)
    assert f"{number(round(residual, 2) - 0.8, 'en', sign=True)} taken off by resilience" in text
    assert found.contributions.sum() == pytest.approx(residual)
    assert risk == pytest.approx(0.8)


def test_every_phrase_is_there_in_three_languages_with_the_same_blanks():
    sections = load_phrases().model_dump()
    for texts in sections.values():
        for name, text in texts.items():
            assert list(text) == list(LANGUAGES), name
            blanks = [{f for _, f, _, _ in Formatter().parse(t) if f} for t in text.values()]
            assert blanks[0] == blanks[1] == blanks[2], name


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "span", [(2001, 2005), (2001,), (2001, None, "absent"), (2001, None, "GHA")], ids=str
)
def test_a_brief_fits_a_screen_and_its_table_adds_up(language, span):
    ratings = panel(5)
    reference = span[2] if len(span) > 2 else "world"
    text = brief(score(ratings), "KEN", *span[:2], reference=reference, language=language)
    lines = text.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 100
    assert re.match(r"Ken(ya|ia) .KEN., ", lines[0])
    start = next(n for n, line in enumerate(lines) if line.startswith(("All ", "Total ")))
    head = max(n for n in range(start) if not lines[n])
    adds = [told(line[-8:])[0] for line in lines[head + 2 : start + 1]]
    assert len(adds) > 4
    assert sum(adds[:-1]) == pytest.approx(adds[-1])
    assert "default, versi" in lines[-1] + lines[-2]


def test_a_brief_refuses_what_is_not_there():
    with pytest.raises(InputError, match="no unit 'KNE'; did you mean 'KEN'"):
        brief(score(panel()), "KNE", 2001)
    with pytest.raises(InputError, match="no period 1999 for KEN"):
        brief(score(panel()), "KEN", 1999)


BEFORE = {"9.1": 0.2, "9.2": 0.5, "8.1": 0.5, "3.1": 0.3, "7.1": 0.2, "SGS2.1": 0.8}
AFTER = {"9.1": 0.8, "9.2": 0.1, "8.1": 0.5, "3.1": NAN, "7.1": 0.6, "1.1": 0.9, "SGS2.1": 0.4}
BETWEEN = {**BEFORE, "8.1": 0.9}
BRIEFS = {
    "en": """\
Kenya (KEN), 2001 to 2003

                    2001       2003  change
Risk               0.345      0.643  +0.298
  could be     0.04-0.98  0.06-0.99
Residual risk      0.329      0.627  +0.298
  could be     0.02-0.96  0.04-0.98
Resilience         0.800      0.400  -0.400
  could be     0.05-1.00  0.03-0.99
Share rated           4%         4%
Band                   -          -

Residual risk (Kenya) rose from 0.33 to 0.63 (2001 to 2003): +0.13 Emergency rule eroding basic
rights (7.1), +0.10 Laws and practices that exclude or segregate groups (9.1), +0.01 Clean elections
(SGS2.1, weaker); held down by -0.04 Group existence or identity denied (9.2, lower); -0.03 what
moved in between and came back (1), +0.13 change in what is rated (no longer rated: 1; newly rated:
1).

Where the change lies: residual risk                        2001  2003    adds
7.1    Emergency rule eroding basic rights                  0.20  0.60  +0.128
9.1    Laws and practices that exclude or segregate groups  0.20  0.80  +0.103
9.2    Group existence or identity denied                   0.50  0.10  -0.041
SGS2.1 Clean elections                                      0.80  0.40  +0.012
       what moved in between and came back (1)                          -0.035
       change in what is rated                                          +0.131
All                                                                     +0.298

Rated on one side only                          2001  2003    adds
1.1    Armed conflict between or within states     -  0.90  +0.084
3.1    Weak legal protection and treaty gaps    0.30     -  +0.047
All                                                         +0.131
An indicator that one side does not rate adds where it lies above the others of its factor, and
takes off below them. Whether the situation differs there, or only what is known of it, cannot be
told.

By factor                                                                            adds
RF7    Enabling circumstances or preparatory action                                +0.128
RF1    Situations of armed conflict or other forms of instability                  +0.083
RF9    Intergroup tensions or patterns of discrimination against protected groups  +0.062
RF3    Weakness of State structures                                                +0.047
RF8    Triggering factors                                                          -0.034
SGS2   Democracy                                                                   +0.012
All                                                                                +0.298

Too little is rated for a band: the numbers are about the part that somebody looked at.
Profile default, version 2. A score is not a finding: risk is not proof, and absence of data is not
safety.
""",
    "fr": """\
Kenya (KEN), de 2001 à 2003

                      2001       2003  variation
Risque               0,345      0,643     +0,298
  pourrait être  0,04-0,98  0,06-0,99
Risque résiduel      0,329      0,627     +0,298
  pourrait être  0,02-0,96  0,04-0,98
Résilience           0,800      0,400     -0,400
  pourrait être  0,05-1,00  0,03-0,99
Part évaluée            4%         4%
Niveau                   -          -

Le risque résiduel (Kenya) passe de 0,33 à 0,63, en hausse (de 2001 à 2003) : +0,13 « État
d'exception érodant les droits fondamentaux » (7.1), +0,10 « Lois et pratiques qui excluent ou
isolent des groupes » (9.1), +0,01 « Élections intègres » (SGS2.1, en recul) ; en sens inverse -0,04
« Existence ou identité du groupe niée » (9.2, plus faible) ; -0,03 ce qui a varié entre-temps et
est revenu (1), +0,13 changement de ce qui est évalué (ne sont plus évalués : 1 ; nouvellement
évalués : 1).

Où se situe la variation : risque résiduel                    2001  2003  apport
7.1    État d'exception érodant les droits fondamentaux       0,20  0,60  +0,128
9.1    Lois et pratiques qui excluent ou isolent des groupes  0,20  0,80  +0,103
9.2    Existence ou identité du groupe niée                   0,50  0,10  -0,041
SGS2.1 Élections intègres                                     0,80  0,40  +0,012
       ce qui a varié entre-temps et est revenu (1)                       -0,035
       changement de ce qui est évalué                                    +0,131
Total                                                                     +0,298

Évalué d'un seul côté                                       2001  2003  apport
1.1    Conflit armé entre États ou au sein d'un État           -  0,90  +0,084
3.1    Protection juridique faible et traités non ratifiés  0,30     -  +0,047
Total                                                                   +0,131
Un indicateur qu'un côté n'évalue pas ajoute s'il dépasse les autres de son facteur, et retranche
s'il est en dessous. On ne peut dire si la situation y diffère, ou seulement ce que l'on en sait.

Par facteur                                                                              apport
RF7    Circonstances favorables ou mesures préparatoires                                 +0,128
RF1    Situations de conflit armé ou autres formes d'instabilité                         +0,083
RF9    Tensions intergroupes ou pratiques discriminatoires systématiques contre des ...  +0,062
RF3    Faiblesse des structures de l'État                                                +0,047
RF8    Facteurs déclencheurs                                                             -0,034
SGS2   Démocratie                                                                        +0,012
Total                                                                                    +0,298

Trop peu est évalué pour un niveau : les nombres portent sur la seule partie que l'on a examinée.
Profil default, version 2. Un score n'est pas un constat : un risque n'est pas une preuve, et
l'absence de données n'est pas un gage de sécurité.
""",
    "es": """\
Kenia (KEN), de 2001 a 2003

                      2001       2003  variación
Riesgo               0,345      0,643     +0,298
  podría ser     0,04-0,98  0,06-0,99
Riesgo residual      0,329      0,627     +0,298
  podría ser     0,02-0,96  0,04-0,98
Resiliencia          0,800      0,400     -0,400
  podría ser     0,05-1,00  0,03-0,99
Parte evaluada          4%         4%
Nivel                    -          -

El riesgo residual (Kenia) sube de 0,33 a 0,63 (de 2001 a 2003): +0,13 «Estado de excepción que
erosiona derechos básicos» (7.1), +0,10 «Leyes y prácticas que excluyen o segregan a grupos» (9.1),
+0,01 «Elecciones limpias» (SGS2.1, en retroceso); en sentido contrario -0,04 «Existencia o
identidad del grupo negada» (9.2, menor); -0,03 lo que varió entretanto y volvió (1), +0,13 cambio
en lo que se evalúa (dejan de evaluarse: 1; pasan a evaluarse: 1).

Dónde está la variación: riesgo residual                   2001  2003  aporte
7.1    Estado de excepción que erosiona derechos básicos   0,20  0,60  +0,128
9.1    Leyes y prácticas que excluyen o segregan a grupos  0,20  0,80  +0,103
9.2    Existencia o identidad del grupo negada             0,50  0,10  -0,041
SGS2.1 Elecciones limpias                                  0,80  0,40  +0,012
       lo que varió entretanto y volvió (1)                            -0,035
       cambio en lo que se evalúa                                      +0,131
Total                                                                  +0,298

Se evalúa en un solo lado                                    2001  2003  aporte
1.1    Conflicto armado entre Estados o dentro de un Estado     -  0,90  +0,084
3.1    Protección jurídica débil y tratados sin ratificar    0,30     -  +0,047
Total                                                                    +0,131
Un indicador que un lado no evalúa suma si supera a los demás de su factor, y resta si está por
debajo. No se puede decir si allí difiere la situación o solo lo que se sabe de ella.

Por factor                                                                         aporte
RF7    Circunstancias propicias o acciones preparatorias                           +0,128
RF1    Situaciones de conflicto armado u otras formas de inestabilidad             +0,083
RF9    Tensiones entre grupos o pautas de discriminación contra grupos protegidos  +0,062
RF3    Debilidad de las estructuras del Estado                                     +0,047
RF8    Factores desencadenantes                                                    -0,034
SGS2   Democracia                                                                  +0,012
Total                                                                              +0,298

Se evalúa demasiado poco para un nivel: los números tratan solo de la parte que alguien ha
examinado.
Perfil default, versión 2. Una puntuación no es una constatación: un riesgo no es una prueba, y la
falta de datos no es garantía de seguridad.
""",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_brief_as_it_is_read(language):
    text = brief(score(one(BEFORE, BETWEEN, AFTER)), "KEN", 2001, 2003, language=language)
    assert text.replace("\u00a0", " ") + "\n" == BRIEFS[language]


def test_a_brief_shows_the_score_that_it_explains():
    text = brief(score(one(BEFORE, AFTER)), "KEN", 2001, 2002, of="genocide", shown=1)
    scores = score(one(BEFORE, AFTER)).to_frame(detail=True)
    line = next(x for x in text.splitlines() if x.startswith("The risk of genocide"))
    assert [float(x) for x in line.split()[4:6]] == pytest.approx(scores["genocide"].round(3))
    low, high = scores[["genocide_low", "genocide_high"]].iloc[0]
    assert re.search(rf"could be +{low:.2f}-{high:.2f} ", text.split("The risk of genocide")[1])
    table = text.split("Where the change lies")[1].split("\n\n")[0]
    assert len(re.findall(r"^\d+\.\d+ ", table, re.MULTILINE)) == 1


def test_what_a_brief_is_told_from_is_what_explain_tells_it_from():
    ratings = panel(7)
    scores = score(ratings)
    for reference in ("world", "region", "absent", "GHA", "2001"):
        cut = brief(scores, "KEN", 2004, reference=reference)
        assert explain(scores, reference=reference).text("KEN", 2004)[:60] in cut.replace("\n", " ")


def test_small_numbers_are_not_called_nothing():
    # 0.001 x 1/143 of a change: less than is shown
    rows = [{"9.1": 0.5, "9.2": 0.5}, {"9.1": 0.5002, "9.2": 0.5}]
    text = change(score(one(*rows)), "KEN", 2001, 2002, of="risk").text()
    assert text.endswith("stayed at 0.500 (2001 to 2002): nothing that adds 0.001 or more.")
    # 0.01 in all is told with three digits
    rows = [{"9.1": 0.5, "9.2": 0.5}, {"9.1": 0.508, "9.2": 0.512}]
    text = change(score(one(*rows)), "KEN", 2001, 2002, of="risk").text()
    assert "rose from 0.500 to 0.510" in text
    assert len(told(text)) == 2


@pytest.mark.parametrize(
    ("call", "messages"),
    [
        (
            lambda s: explain(s, of="rsk", reference="wrld"),
            ["no score 'rsk'", "'wrld' is not known"],
        ),
        (lambda s: explain(s, of=["risk"]), ["no score"]),
        (lambda s: explain(s.panel), ["needs Scores, found Panel"]),
        (lambda s: explain(s).top(1.5), ["n is 1.5"]),
        (lambda s: explain(s).text("KEN", None), ["name both"]),
        (
            lambda s: change(s, "KNE", "x", 2030, of="rsk"),
            ["no score 'rsk'", "no unit 'KNE'", "first: 'x'"],
        ),
        (lambda s: change(s, "KEN", 2001, 2005).text(language="de"), ["language is 'de'"]),
        (lambda s: brief(s, "KEN", 2001, language="de", shown=0), ["'de'", "shown is 0"]),
        (lambda s: brief(s.to_frame(), "KEN", 2001), ["needs Scores, found DataFrame"]),
        (lambda s: revision([s, s], "KEN"), ["needs a mapping"]),
        (
            lambda s: revision({"a": s.panel, "b": s}, "KEN"),
            ["stage 'a': needs Scores, found Panel"],
        ),
    ],
)
def test_faults_are_told_in_our_words(call, messages):
    with pytest.raises(InputError) as error:
        call(score(panel()))
    for message in messages:
        assert message in str(error.value)


def test_a_brief_of_an_unknown_score_says_so():
    # no risk indicator is rated in 2002
    ratings = one({"9.1": 0.5, "SGS2.1": 0.5}, {"9.1": NAN, "SGS2.1": 0.5})
    with pytest.raises(InputError, match="KEN has no residual_risk in 2002, or its reference"):
        brief(score(ratings), "KEN", 2002, reference="absent")
