"""``r2prisk demo`` as a person meets it first."""

import json

import pandas as pd

from r2prisk.evidence import load_casebook, read_evidence


def test_the_casebook_is_scored_and_says_what_it_is(run, tmp_path):
    done = run("demo", "-o", "scores.csv", "--evidence", "evidence.csv")
    assert done.code == 0, done.err
    assert done.err == ""
    for text in (
        "Casebook: 13 cases",
        "Illustrative coding by the maintainers of r2prisk, not a finding.",
        "Atrocity crimes followed",
        "Atrocity crimes stopped",
        "Atrocity crimes did not follow",
        "A score is not a finding",
        "Wrote the evidence to evidence.csv.",
        "Next: r2prisk trajectory scores.csv --unit RWA",
    ):
        assert text in done.out
    about = json.loads((tmp_path / "scores.provenance.json").read_text())
    assert about["notes"][0] == "Illustrative coding by the maintainers of r2prisk, not a finding."
    frame = pd.read_csv(tmp_path / "scores.csv")
    assert set(frame["unit"]) == {case.unit for case in load_casebook().values()}
    assert read_evidence(tmp_path / "evidence.csv").hash == load_casebook().evidence.hash
    told = run("trajectory", "scores.csv", "--unit", "KEN")
    assert told.code == 0, told.err
    assert told.err == ""  # the profile that made the scores is taken
    assert told.out.startswith("Kenya (KEN), 200")


def test_one_case_with_its_reasons(run):
    done = run("demo", "--case", "kenya-2005-2013")
    assert done.code == 0, done.err
    case = load_casebook()["kenya-2005-2013"]
    assert done.out.startswith(f"{case.title} (KEN): atrocity crimes stopped (2013-03-04)")
    assert f"Evidence ({len(case.evidence)} ratings)" in done.out
    assert f"Documents ({len(case.references)})" in done.out
    assert max(map(len, done.out.splitlines())) < 200
    flat = " ".join(done.out.split())
    for row in case.evidence.rows(slice(0, 3)):
        assert " ".join(row.note.split()[:6]) in flat


def test_a_case_that_is_none(run):
    done = run("demo", "--case", "kenia-2005-2013")
    assert done.code == 2
    assert "did you mean 'kenya-2005-2013'" in done.err


def test_scores_of_one_case_alone_and_no_file_written_twice(run, tmp_path):
    done = run("demo", "--case", "ghana-2008-2013", "-o", "ghana.csv")
    assert done.code == 0, done.err
    assert set(pd.read_csv(tmp_path / "ghana.csv")["unit"]) == {"GHA"}
    clash = run("demo", "-o", "x.csv", "--evidence", "x.csv")
    assert clash.code == 2
    assert "named twice" in clash.err
    assert not (tmp_path / "x.csv").exists()
