"""The capacity profile: levels that follow from answers, and unknown that is never the lowest."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from r2prisk.catalogue.export import read_cells
from r2prisk.errors import InputError
from r2prisk.panel.read import read_table
from r2prisk.prevention.focalpoints import (
    capacity_profile,
    compare_capacity,
    read_capacity,
    write_form,
)
from r2prisk.prevention.focalpoints.forms import ITEM
from r2prisk.prevention.focalpoints.words import LEVELS, load_questions

QUESTIONS = [q.id for a in load_questions().attributes for q in a.questions]
ANSWERS = st.fixed_dictionaries(
    {name: st.sampled_from(["yes", "no", "unknown", ""]) for name in QUESTIONS}
)
RANK = {level: n for n, level in enumerate(LEVELS)}


def ranks(profile, column):
    return [RANK[level] for level in profile.attributes[column]]


def test_nothing_answered_is_unknown_and_not_absent():
    profile = capacity_profile({})
    assert profile.known == 0
    assert set(profile.attributes["level"]) == {"unknown"}
    assert profile.weakest == ()
    assert set(profile.facts["answer"]) == {"unknown"}
    assert "absent" not in repr(profile)


def test_a_level_needs_all_questions_of_it_and_of_those_below():
    yes = dict.fromkeys(QUESTIONS, "yes")
    assert set(capacity_profile(yes).attributes["level"]) == {"established"}
    # the one question of 'emerging' is no: nothing above counts, and what is there is still told
    profile = capacity_profile({**yes, "resources.1": "no"})
    assert profile.attributes.loc["resources", "level"] == "absent"
    assert profile.weakest == ("resources",)
    assert list(profile.beyond["step"]) == ["working", "working", "established"]
    assert list(profile.next_steps["question"]) == ["resources.1"]
    # one of the two questions of 'working' is no
    profile = capacity_profile({**yes, "resources.3": "no"})
    assert profile.attributes.loc["resources", "level"] == "emerging"


def test_what_is_unanswered_leaves_the_level_between_two():
    profile = capacity_profile({"resources.1": "yes", "resources.4": "no"})
    row = profile.attributes.loc["resources"]
    assert [row["level"], row["lowest"], row["highest"]] == ["unknown", "emerging", "working"]
    assert [row["answered"], row["asked"]] == [2, 4]
    steps = profile.next_steps[profile.next_steps["attribute"] == "resources"]
    assert list(steps["question"]) == ["resources.2", "resources.3"]
    assert set(steps["answer"]) == {"unknown"}
    assert "unknown (emerging to working)" in repr(profile)
    assert "unknown (emerging to working)" in profile._repr_html_()


@settings(max_examples=15)
@given(ANSWERS, st.sampled_from(QUESTIONS), st.sampled_from(["yes", "no"]))
def test_one_answer_more_never_widens_the_range(answers, name, answer):
    before = capacity_profile({**answers, name: "unknown"})
    after = capacity_profile({**answers, name: answer})
    low, high = ranks(before, "lowest"), ranks(before, "highest")
    now_low, now_high = ranks(after, "lowest"), ranks(after, "highest")
    assert all(a <= b <= c <= d for a, b, c, d in zip(low, now_low, now_high, high, strict=True))


@settings(max_examples=15)
@given(ANSWERS, st.sampled_from(QUESTIONS))
def test_a_yes_for_a_no_never_lowers_a_level(answers, name):
    was, now = capacity_profile({**answers, name: "no"}), capacity_profile({**answers, name: "yes"})
    for column in ("lowest", "highest"):
        assert all(a <= b for a, b in zip(ranks(was, column), ranks(now, column), strict=True))
    assert "down" not in set(compare_capacity(was, now).table["change"])


def test_all_faults_of_a_form_are_named_together():
    frame = pd.DataFrame({"item": ["mandat.1", "staff", "staff"], "answer": ["yes", "1", "2"]})
    with pytest.raises(InputError) as caught:
        read_capacity(frame)
    assert "row 1: 'mandat.1' is no item of the form; did you mean 'mandate.1'?" in str(
        caught.value
    )
    assert "row 3: 'staff' stands twice" in str(caught.value)
    wrong = {"mandate.1": "maybe", "staff": "-1", "seniority": "ambasador", "exists": "long ago"}
    with pytest.raises(InputError) as caught:
        capacity_profile({**wrong, "country": "Gana", "inward": "partly", "size": "3"})
    assert len(caught.value.problems) == 7
    assert "did you mean 'ambassador'?" in str(caught.value)
    assert "did you mean 'Ghana'?" in str(caught.value)


def test_a_form_tells_wrong_items_and_wrong_answers_at_once_with_their_rows():
    rows = {
        "mandat.3": "yes", "mandate.1": "maybe", "staff": "many", "seniority": "boss",
        "country": "Gana", "date": "soon", "share": "140",
    }  # fmt: skip
    with pytest.raises(InputError) as caught:
        read_capacity(pd.DataFrame(list(rows.items()), columns=["item", "answer"]))
    assert [told.split(":")[0] for told in caught.value.problems] == [
        f"row {n}" for n in range(1, 8)
    ]
    assert "'140' is not a number, 0 to 100" in caught.value.problems[-1]
    assert "did you mean 'yes'" not in str(caught.value)


def test_working_time_is_a_share_of_a_hundred():
    assert capacity_profile({"share": "100"}).facts.loc["share", "answer"] == "100"
    with pytest.raises(InputError, match="'100,5' is not a number, 0 to 100"):
        capacity_profile({"share": "100,5"})
    # other numbers have no most
    assert capacity_profile({"months": "140"}).facts.loc["months", "answer"] == "140"


def test_the_form_is_read_back_as_a_spreadsheet_program_saves_it(tmp_path):
    write_form("capacity", tmp_path / "form.csv")
    assert read_capacity(tmp_path / "form.csv") == {}
    rows = [cells for _, cells in read_cells(tmp_path / "form.csv", columns=ITEM, needed=ITEM)]
    assert [row["item"] for row in rows][2:-12] == QUESTIONS
    filled = {"country": "Ghana", "date": "2024-06", "mandate.1": "Yes", "staff": "0,5"}
    lines = ["item;answer;note", *(f'{k};{v};"=1+1"' for k, v in filled.items())]
    (tmp_path / "filled.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")
    profile = capacity_profile(read_capacity(tmp_path / "filled.csv"))
    assert (profile.unit, profile.date) == ("GHA", "2024-06")
    assert profile.answers["mandate.1"] == "yes"
    assert profile.facts.loc["staff", "answer"] == "0,5"


def test_a_form_never_replaces_one_that_may_be_filled_in(tmp_path):
    path = tmp_path / "capacity.csv"
    path.write_text("mine")
    with pytest.raises(InputError, match="is there already"):
        write_form("capacity", path)
    assert path.read_text() == "mine"
    with pytest.raises(InputError, match="did you mean 'network'") as caught:
        write_form("netwrk", tmp_path / "a.ods")
    assert len(caught.value.problems) == 2


@pytest.mark.parametrize("form", ["capacity", "network", "due"])
def test_a_form_can_be_a_workbook(form, needs_extra, tmp_path):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    write_form(form, tmp_path / "form.csv")
    write_form(form, tmp_path / "form.xlsx")
    assert list(read_table(tmp_path / "form.xlsx")) == list(read_table(tmp_path / "form.csv"))
    if form == "capacity":
        assert read_capacity(tmp_path / "form.xlsx") == {}


def test_two_years_are_compared_by_what_the_answers_leave_open():
    before = capacity_profile(
        {"date": "2023", "mandate.1": "no", "resources.1": "yes", "resources.2": "no", "staff": "0"}
    )
    after = capacity_profile(
        {"date": "2024", "mandate.1": "yes", "resources.1": "no", "staff": "1", "holders": "2"}
    )
    found = compare_capacity(before, after)
    change = found.table["change"].to_dict()
    # absent, then at least emerging; emerging, then absent; the others never answered
    assert (change.pop("mandate"), change.pop("resources")) == ("up", "down")
    assert set(change.values()) == {"unknown"}
    assert list(found.answers["after"]) == ["yes", "no"]
    assert found.facts[["before", "after"]].to_numpy().tolist() == [["0", "1"]]
    assert "1 up, 1 down, 4 unknown" in repr(found)
    comma, point = capacity_profile({"staff": "0,5"}), capacity_profile({"staff": "0.5"})
    assert compare_capacity(comma, point).facts.empty
    # at least emerging, then working: it may have been working before
    vague = capacity_profile({"resources.1": "yes"})
    clear = capacity_profile(dict.fromkeys(("resources.1", "resources.2", "resources.3"), "yes"))
    assert compare_capacity(vague, clear).table.loc["resources", "change"] == "unknown"
    with pytest.raises(InputError, match="is later than the second"):
        compare_capacity(after, before)


def test_text_of_a_form_is_escaped_in_a_notebook():
    profile = capacity_profile({"ministry": "<script>alert(1)</script>"})
    assert "<script>" not in profile._repr_html_()
    assert "&lt;script&gt;" in profile._repr_html_()


def test_every_text_of_the_file_is_there_and_six_attributes_have_four_levels():
    asked = load_questions()
    assert len(asked.attributes) == 6
    assert [level.id for level in asked.levels] == list(LEVELS)
    assert all(len({q.step for q in a.questions}) == 3 for a in asked.attributes)
    assert any("Lorion" in source for source in asked.sources)
    texts = [q.text for a in asked.attributes for q in a.questions]
    assert len(set(texts)) == len(texts)
    assert all(text.endswith("?") for text in texts)
