"""``r2prisk lens``: the form out, tags suggested, and what is covered."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from r2prisk.cli.lens import app
from r2prisk.errors import InputError

ROWS = {
    "text": ["=1+1 Train the police, l'été", "Fight racism", "Sell arms"],
    "department": ["Interior", "Justice", ""],
    "country": "DNK",
    "kind": "policy",
    "tags": ["", "RF9", ""],
    "raises": ["", "", "RF5"],
    "confirmed_by": ["", "A. Example", "A. Example"],
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(ROWS).to_csv("policies.csv", index=False)

    def runner(*words):
        made = CliRunner().invoke(app, list(words))
        if made.exception is not None and not isinstance(made.exception, SystemExit):
            raise made.exception
        return made.output

    return runner


def test_form_is_written_once_and_holds_only_examples(run, tmp_path):
    assert "confirmed_by: who stands for the tags" in run("form", "form.csv")
    before = (tmp_path / "form.csv").read_bytes()
    with pytest.raises(InputError, match="is there already"):
        run("form", "form.csv")
    assert (tmp_path / "form.csv").read_bytes() == before
    with pytest.raises(InputError, match="only the rows of the form's examples"):
        run("coverage", "form.csv")
    with pytest.raises(InputError, match=r"ends in '\.docx'"):
        run("form", "form.docx")


def test_form_as_a_workbook_is_filled_in_and_read_back(run, needs_extra, tmp_path):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    run("form", "form.xlsx")
    with pytest.raises(InputError, match="only the rows of the form's examples"):
        run("suggest", "form.xlsx", "-o", "tagged.xlsx")
    run("suggest", "policies.csv", "-o", "tagged.xlsx")
    assert "3 policies; the tags of 2 are confirmed." in run("coverage", "tagged.xlsx")


def test_suggestions_go_out_and_come_back_as_texts(run, tmp_path):
    told = run("suggest", "policies.csv", "-o", "tagged.csv")
    assert "In 1 of the 3 no word was found. The words are English, French and" in told
    assert "P3: Sell arms" in told
    raw = (tmp_path / "tagged.csv").read_text(encoding="utf-8-sig")
    assert "\"'=1+1 Train the police, l'été\"" in raw  # no formula in a sheet
    assert "SGS5 ('train the police')" in raw
    run("suggest", "tagged.csv", "-o", "again.csv")
    assert (tmp_path / "again.csv").read_text(encoding="utf-8-sig") == raw
    with pytest.raises(InputError, match="would replace"):
        run("suggest", "tagged.csv", "-o", "tagged.csv", "--force")


def test_what_people_wrote_is_replaced_only_by_force(run, tmp_path):
    for file, words in (("tagged.csv", ("suggest",)), ("plan.md", ("plan",))):
        (tmp_path / file).write_text("filled in")
        with pytest.raises(InputError, match="may be filled in; name another file, or --force"):
            run(*words, "policies.csv", "-o", file)
        assert (tmp_path / file).read_text() == "filled in"
        run(*words, "policies.csv", "-o", file, "--force")
        assert "Fight racism" in (tmp_path / file).read_text(encoding="utf-8-sig")
    with pytest.raises(InputError, match=r"ends in '\.txt'"):
        run("suggest", "policies.csv", "-o", "a.txt", "--force")
    (tmp_path / "form.csv").write_text("filled in")
    with pytest.raises(InputError, match="never replaced"):
        run("form", "form.csv")


def test_policies_without_a_word_are_named_up_to_ten(run):
    rows = {"text": [f"Støtte {n}" for n in range(12)], "country": "DNK", "kind": "policy"}
    pd.DataFrame(rows).to_csv("dansk.csv", index=False)
    told = run("suggest", "dansk.csv", "-o", "out.csv")
    assert "In 12 of the 12 no word was found." in told
    assert "P10: Støtte 9" in told
    assert "P11" not in told
    assert "and 2 more: see the column 'suggested'" in told


def test_coverage_counts_what_is_confirmed_and_writes_it(run, tmp_path):
    told = run("coverage", "policies.csv", "-o", "out.csv")
    assert "Not counted: 1 policy whose tags nobody has confirmed" in told
    assert "Risk: 1 of 14 factors have a policy." in told
    out = pd.read_csv(tmp_path / "out.csv").set_index("factor")
    assert out.loc["RF9", ["policies", "department: Justice"]].tolist() == [1, 1]
    assert out.loc["RF5", ["policies", "raising"]].tolist() == [0, 1]
    about = json.loads((tmp_path / "out.provenance.json").read_text(encoding="utf-8"))
    assert about["file"] == "policies.csv"
    assert max(map(len, told.splitlines())) <= 100


def test_plan_is_a_document_with_blanks(run, tmp_path):
    run("plan", "policies.csv", "--country", "DNK", "-o", "plan.md")
    text = (tmp_path / "plan.md").read_text(encoding="utf-8")
    assert text.startswith("# National Action Plan: Denmark (skeleton)")
    assert "**Responsible focal point**" in text
    with pytest.raises(InputError, match=r"\.md, \.html or \.docx"):
        run("plan", "policies.csv", "-o", "plan.pdf")
    with pytest.raises(InputError, match="no policy is of 'SWE'"):
        run("plan", "policies.csv", "--country", "SWE", "-o", "plan.md", "--force")
    assert (tmp_path / "plan.md").read_text(encoding="utf-8") == text


def test_upr_shows_what_a_state_was_asked(run, tmp_path):
    rows = [("Ghana", "Norway", "Fight racism", "Noted", 14)] * 6
    columns = ["to", "from", "text", "response", "session"]
    pd.DataFrame(rows, columns=columns).to_csv("upr.csv", index=False)
    told = run("upr", "upr.csv", "--unit", "gha", "-o", "out.csv")
    assert "6 recommendations by 1 state: 0 accepted, 6 noted." in told
    assert "Norway (NOR) on RF9, SGS6" in told.replace("\n  ", " ")
    assert "nobody has confirmed them" in told.replace("\n  ", " ")
    assert pd.read_csv(tmp_path / "out.csv").set_index("factor").loc["RF9", "asked"] == 6
    assert max(map(len, told.splitlines())) <= 100
    with pytest.raises(InputError, match="with --scores only"):
        run("upr", "upr.csv", "--profile", "x.toml")
