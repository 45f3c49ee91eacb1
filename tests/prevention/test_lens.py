"""The lens over policies: what counts, what does not, and what can be suggested."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk import read_panel, score
from r2prisk.errors import InputError
from r2prisk.prevention.document import Grid
from r2prisk.prevention.lens import (
    action_plan,
    prevention_lens,
    read_policies,
    suggest_tags,
)
from r2prisk.prevention.lens.cover import NOBODY
from r2prisk.prevention.lens.find import find_factors, find_harms, plain
from r2prisk.prevention.lens.suggest import NOTHING
from r2prisk.prevention.lens.words import factor_sides, load_lens_words

COUNTS = ["policies", "departments", "raising"]


def table(*rows, **same):
    """Policies of Denmark, one a mapping of what differs from an empty row."""
    base = {"text": "Invented", "country": "DNK", "kind": "policy", **same}
    return read_policies(pd.DataFrame([{**base, **row} for row in rows]))


def flat(shown):
    """What is shown, on one line."""
    return " ".join(repr(shown).split())


SURE = {"confirmed_by": "A. Example"}


# ---- what is declared


def test_every_factor_has_keywords_and_a_goal():
    words = load_lens_words()
    assert [entry.id for entry in words.factors] == list(factor_sides())
    assert all(entry.en and entry.fr and entry.es and entry.goal for entry in words.factors)
    assert all(entry.en and entry.fr and entry.es and entry.why for entry in words.harms)


def instance(keyword, words):
    """A text that a keyword is meant to find."""
    for name, forms in words.groups.items():
        keyword = keyword.replace("{" + name + "}", forms[0])
    for name in reversed(words.names):
        keyword = keyword.replace(f"@{name.name}", name.forms[0])
    return (
        " ".join(w.rstrip("*") for w in keyword.split())
        .replace(" ... ", " so ")
        .replace(" .. ", " so ")
    )


@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_every_keyword_finds_what_it_says(language):
    # a keyword with an accent, a hyphen or an unknown group would never find anything
    words = load_lens_words()
    for entries, find in ((words.factors, find_factors), (words.harms, find_harms)):
        asked = [(e.id, instance(k, words)) for e in entries for k in getattr(e, language)]
        hits = find([text for _, text in asked], languages=[language])
        found = set(zip(hits["row"], hits["factor"], strict=True))
        missed = [text for n, (factor, text) in enumerate(asked) if (n, factor) not in found]
        assert missed == []


# ---- finding


def test_titles_of_treaties_are_not_taken_for_their_subject():
    text = "Ratify the Optional Protocol to the Convention against Torture"
    assert find_factors([text])["factor"].tolist() == ["RF3", "SGS5"]
    assert "RF2" in find_factors(["Prosecute those responsible for torture"])["factor"].tolist()


def test_a_gap_does_not_cross_a_sentence():
    assert find_factors(["Train nurses. The police moved."]).empty
    assert find_factors(["Train nurses and the police."])["factor"].tolist() == ["SGS5"]


def test_what_is_undone_raises_nothing():
    texts = ["Curfew in the north", "Lift the curfew", "Stop buses. A curfew follows"]
    assert find_harms(texts)["row"].tolist() == [0, 2]


def test_plain_reads_entities_accents_and_hyphens():
    assert plain("Caf&eacute;-goers&#39; RIGHTS!") == "cafe goers rights ."


# ---- the gate


def test_all_faults_are_told_at_once():
    bad = pd.DataFrame(
        {
            "id": ["a", "a"],
            "text": ["", "Arms"],
            "country": ["Ghana", "DNK"],
            "kind": ["policy", "lawe"],
            "start": ["2020", "soon"],
            "end": ["2019", ""],
            "tags": ["RF99", "RF5"],
            "raises": ["SGS1", "RF5"],
        }
    )
    with pytest.raises(InputError) as caught:
        read_policies(bad)
    told = "\n".join(caught.value.problems)
    assert len(caught.value.problems) == 9
    for part in (
        "row 0, column 'text': is empty",
        "did you mean 'GHA' (Ghana)?",
        "did you mean 'law'?",
        "2019 lies before the start, 2020",
        "'soon' is not a year",
        "'RF99' is no factor or indicator",
        "'SGS1' is resilience: only risk can be raised",
        "RF5 is in tags too",
        "id 'a' stands 2 times",
    ):
        assert part in told


def test_a_number_is_no_indicator_but_rf710_is():
    made = table({"tags": "RF7.10; 7.1; sgs3.2"})
    assert made.table["tags"].iloc[0] == ("7.10", "7.1", "SGS3.2")
    with pytest.raises(InputError, match=r"7\.1 is a number; write an indicator as RF7\.10"):
        table({"tags": 7.10})


@pytest.mark.parametrize("name", ["-", "?", "x", "No", "TRUE", "not yet"])
def test_a_tick_is_no_person(name):
    with pytest.raises(InputError, match="is not the name of a person"):
        table({"tags": "RF9", "confirmed_by": name})
    assert table({"confirmed_by": "李明"}).confirmed.all()


@pytest.mark.parametrize("value", [0.0, 7, "#NAME?", "-"])
def test_the_value_of_a_formula_is_no_text(value):
    with pytest.raises(InputError, match=r"column 'text': .* has no words; was a text"):
        table({"text": value})
    with pytest.raises(InputError, match=r"column 'department': .* has no words"):
        table({"department": value})
    assert len(table({"text": "#MeToo", "department": "3rd division"})) == 1


def test_unknown_columns_and_missing_ones_are_named():
    with pytest.raises(InputError) as caught:
        read_policies(pd.DataFrame({"texts": ["a"], "country": ["DNK"]}))
    assert len(caught.value.problems) == 3
    assert "did you mean 'text'?" in caught.value.problems[0]


# ---- what counts


def test_counts_are_of_confirmed_policies():
    made = table(
        {"department": "A; B", "tags": "SGS5; RF3.7", **SURE},
        {"department": "A", "tags": "SGS5.4; SGS5.6", **SURE},
        {"department": "C", "tags": "SGS5"},  # nobody stands for it
        {"raises": "5.1", **SURE},
        {**SURE},
    )
    lens = prevention_lens(made)
    # the indicators of one factor count once a policy; a policy of two departments stands in both
    assert lens.factors.loc["SGS5", [*COUNTS, "unconfirmed"]].tolist() == [2, 2, 0, 1]
    assert lens.departments.loc["SGS5"].to_dict() == {"A": 2, "B": 1, "C": 0}
    assert lens.factors.loc["RF5", COUNTS].tolist() == [0, 0, 1]
    assert lens.kinds.loc["RF3"].to_dict() == {"policy": 1, "programme": 0, "law": 0}
    assert lens.untagged == ("P5",)
    assert lens.provenance["policies"] == made.hash
    assert set(lens.gaps.index) == set(factor_sides()) - {"SGS5", "RF3"}


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "tags": st.sampled_from(["", "RF1", "RF9; SGS6", "SGS3.2", "9.1; RF9"]),
            "raises": st.sampled_from(["", "RF5", "7.1"]),
            "department": st.sampled_from(["", "A", "B", "A; C"]),
            "kind": st.sampled_from(["policy", "law"]),
            "confirmed_by": st.sampled_from(["", "A. Example"]),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=4)
@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_order_of_rows_changes_no_count(rows, random):
    shuffled = random.sample(rows, len(rows))
    one, other = prevention_lens(table(*rows)), prevention_lens(table(*shuffled))
    pd.testing.assert_frame_equal(one.factors, other.factors)
    pd.testing.assert_frame_equal(one.departments, other.departments)
    assert one.overlaps.values.tolist() == other.overlaps.values.tolist()
    assert list(one.gaps.index) == list(other.gaps.index)


@settings(max_examples=4)
@given(rows=ROWS)
def test_unconfirmed_never_count(rows):
    sure = [row for row in rows if row["confirmed_by"]]
    # one more row keeps the table from being empty
    every, alone = (prevention_lens(table(*some, SURE)) for some in (rows, sure))
    pd.testing.assert_frame_equal(every.factors[COUNTS], alone.factors[COUNTS])
    assert every.overlaps.values.tolist() == alone.overlaps.values.tolist()
    assert every.raises["tag"].tolist() == alone.raises["tag"].tolist()


def test_nothing_confirmed_is_unknown_not_nothing():
    text = repr(prevention_lens(table({"tags": "RF9"})))
    assert "what is covered is unknown, not nothing" in text
    row = next(line for line in text.splitlines() if line.startswith("RF9"))
    assert row.split()[-3:] == ["-", "-", "1"]


def test_rows_that_repeat_are_counted_and_told():
    lens = prevention_lens(table({"tags": "RF9"}, {"tags": "RF9"}, {"tags": "RF8"}, **SURE))
    assert lens.factors.loc["RF9", "policies"] == 2
    assert "Rows that repeat another in every cell, and count again: 1." in repr(lens)
    assert "repeat another" not in repr(prevention_lens(table(SURE)))


def test_departments_are_linked_through_what_they_share():
    apart = [{"department": d, "tags": "SGS5", **SURE} for d in ("A", "B", "C")]
    joint = {"department": "A; B", "tags": "SGS5", **SURE}
    assert prevention_lens(table(*apart)).overlaps["groups"].tolist() == [(("A",), ("B",), ("C",))]
    assert prevention_lens(table(*apart, joint)).overlaps["groups"].tolist() == [
        (("A", "B"), ("C",))
    ]
    other = {"department": "A; B; C", "tags": "RF9", **SURE}  # no link on another factor
    assert prevention_lens(table(*apart[:2], other)).overlaps["factor"].tolist() == ["SGS5"]


def test_partners_and_years_choose_what_is_counted():
    made = table(
        {"tags": "RF1", "partners": "GHA; KEN"},
        {"tags": "RF2", "start": "2020", "end": "2022"},
        {"tags": "RF3"},
        {"tags": "RF4", "country": "SWE"},
        **SURE,
    )
    covered = lambda **how: list(  # noqa: E731
        prevention_lens(made, country="DNK", **how).factors.query("policies > 0").index
    )
    assert covered() == ["RF1", "RF2", "RF3"]
    assert covered(unit="GHA") == ["RF1"]
    assert covered(unit="dnk") == ["RF2", "RF3"]
    assert covered(year=2022) == ["RF1", "RF2", "RF3"]
    assert covered(year=2023) == ["RF1", "RF3"]
    left = prevention_lens(made, country="DNK", unit="DNK", year=2023).left_out
    assert left == {
        "of other countries": 1,
        "that do not work in DNK": 1,
        "not in force in 2023": 1,
    }
    with pytest.raises(InputError, match="name one as the country"):
        prevention_lens(made)


def test_what_is_over_counts_only_with_a_word_said():
    made = table(
        {"tags": "RF1", "text": "Old", "end": "1999"},
        {"tags": "RF2", "text": "New", "start": "2199"},
        {"tags": "RF3", "start": "1999"},
        {"tags": "RF4", "text": "Both", "start": "1990", "end": "1999", "partners": "GHA"},
        **SURE,
    )
    lens = prevention_lens(made)
    assert lens.lapsed == ("P1", "P2", "P4")
    said = "No year is named: 3 of these ended or have not begun: "
    assert f"{said}P1 (to 1999); P2 (from 2199); P4 (1990 to 1999)." in flat(lens)
    plan = action_plan(prevention_lens(made, unit="DNK"))
    assert "2 of these ended or have not begun: Old (to 1999); New (from 2199)." in "".join(
        plan.lead
    )
    asked = prevention_lens(made, year=1999)
    assert (asked.lapsed, asked.left_out) == ((), {"not in force in 1999": 1})
    assert "No year" not in repr(asked)


def test_gaps_come_in_order_of_what_is_at_stake():
    ratings = {"1.1": 0.25, "9.1": 0.75, "SGS3.1": 0.125}
    scores = score(read_panel(pd.DataFrame([{"unit": "GHA", "year": 2020, **ratings}])))
    made = table({"tags": "RF2", "partners": "GHA", **SURE})
    lens = prevention_lens(made, unit="GHA", scores=scores)
    # weakness 1 - 0.125, presence 0.75, presence 0.25; then what nobody knows, in order of the list
    assert list(lens.gaps.index[:3]) == ["SGS3", "RF9", "RF1"]
    assert list(lens.gaps.index[3:5]) == ["RF3", "RF4"]
    assert lens.period == "2020"
    row = lens.factors.loc["RF9"]
    assert row["low"] <= row["score"] <= row["high"]
    assert "RF4 Motives or incentives: presence unknown, find out" in repr(lens)
    assert "RF2" not in list(lens.gaps.index)
    with pytest.raises(InputError, match="SWE"):
        prevention_lens(table(SURE), unit="SWE", scores=scores)
    closed = dataclasses.replace(
        scores, provenance={"notes": ["1 row restricted or confidential: not for a wider circle"]}
    )
    marked = prevention_lens(table(SURE), unit="GHA", scores=closed)
    assert "not for a wider circle" in repr(marked)
    assert any("not for a wider circle" in line for line in action_plan(marked).lead)


# ---- suggestions


def test_suggestions_fill_only_what_nobody_wrote():
    made = table(
        {"text": "Train the police"},
        {"text": "Train the police", "tags": "RF9"},
        {"text": "Train the police", **SURE},
        {"text": "Plant trees"},
    )
    given = suggest_tags(made)
    assert given["tags"].tolist() == ["SGS5", "RF9", "", ""]
    assert given["suggested"].tolist()[3] == NOTHING
    assert all("SGS5 ('train the police')" in why for why in given["suggested"][:3])
    # read again, none of them counts
    again = prevention_lens(read_policies(given))
    assert again.factors["policies"].sum() == 0
    assert again.factors.loc["SGS5", "unconfirmed"] == 1


def test_a_factor_is_not_suggested_on_both_sides():
    made = suggest_tags(table({"text": "State of emergency in the border region"}))
    assert (made["tags"].iloc[0], made["raises"].iloc[0]) == ("SGS1", "RF7")
    read_policies(made)  # which would refuse it


# ---- text from outside

NASTY = "=1+1 <script>alert(1)</script> | *bold* [x](y)"


def test_texts_are_escaped_wherever_they_are_shown():
    made = table({"text": NASTY, "department": "<i>D</i>", "raises": "RF5", "tags": "RF9", **SURE})
    lens = prevention_lens(made)
    assert "<script>" not in lens._repr_html_()
    assert "&lt;script&gt;" in lens._repr_html_()
    assert "<i>D" not in lens._repr_html_()
    text = action_plan(lens).to_markdown()
    assert "<script>" not in text.replace("\\<", "")
    assert r"\*bold\*" in text
    assert r"\[x\](y)" in text


# ---- the plan


def test_the_plan_holds_what_is_there_and_leaves_the_rest_open():
    lens = prevention_lens(
        table(
            {"text": "Train judges", "department": "Justice", "tags": "SGS3", **SURE},
            {"text": "Sell arms", "raises": "RF5", **SURE},
            {"text": "Wait", "tags": "SGS3"},
        )
    )
    plan = action_plan(lens)
    parts = {part.title: part for part in plan.parts}
    grids = {t: [b for b in p.blocks if isinstance(b, Grid)] for t, p in parts.items()}
    assert grids["What exists"][0].rows == (
        ("SGS3 National accountability mechanisms", "Train judges", "policy", "Justice"),
    )
    objectives = grids["Gaps as objectives"][0]
    assert len(objectives.rows) == 19  # 20 factors, one is covered
    assert all(row[-4:] == ("", "", "", "") for row in objectives.rows)
    assert grids["Policies to review for harm"][0].rows[0][:3] == ("Sell arms", NOBODY, "RF5")
    assert "1 of them is counted nowhere, because nobody has confirmed their tags" in plan.lead[2]
    assert "Waiting for a person to confirm their tags: Wait." in parts["What exists"].blocks
    assert len(grids["Monitoring"][0].rows) == 19 * 2
    assert "Consultation with civil society" in parts


def test_the_plan_names_what_waits_where_it_could_count():
    rows = ({"tags": "SGS3", **SURE}, {"text": "Bans", "tags": "RF9", "raises": "RF7"})
    text = action_plan(prevention_lens(table(*rows))).to_markdown()
    assert "No confirmed policy touches these factors." in text
    assert "Unconfirmed policies may touch some of them: RF9." in text
    assert "Marked so too, and not confirmed: Bans." in text
    assert "in force in" not in text
    assert "in force in 2024" in action_plan(prevention_lens(table(*rows), year=2024)).lead[3]


def test_an_unconfirmed_table_makes_a_plan_of_unknowns():
    text = action_plan(prevention_lens(table({"tags": "RF9"}))).to_markdown()
    assert "what exists is unknown, not nothing" in text
    assert "Unknown until tags are confirmed" in text


def test_departments_beyond_those_that_fit_are_counted():
    rows = [{"department": f"Department {n:02}", "tags": "RF9", **SURE} for n in range(17)]
    text = repr(prevention_lens(table(*rows)))
    assert "and 3 more, not shown" in text.replace("\n  ", " ")
    lines = text.splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("factor"))
    assert max(map(len, lines[first : first + 21])) <= 100
    assert np.unique(prevention_lens(table(*rows)).departments.loc["RF9"]).tolist() == [1]
