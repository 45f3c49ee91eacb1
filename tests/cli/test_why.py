"""``explain``, ``uncertainty``, ``sensitivity``, ``audit`` and what would change a score."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from r2prisk import rescore
from r2prisk.about import CAUTION
from r2prisk.catalogue.where import data_file
from r2prisk.evidence import Evidence, read_evidence

ENTRY = "from r2prisk.cli import main; main()"


@pytest.fixture(scope="module")
def world(call, tmp_path_factory):
    """The synthetic world, scored once, with its ratings; nothing in it is changed by a test."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(data_file("demo", "synthetic_world.csv"), folder)
    done = call(folder, ("score", "synthetic_world.csv", "-o", "scores.csv"))
    assert done.code == 0, done.err
    return folder


def numbers(text):
    """The signed numbers of a text, in order."""
    return [float(x) for x in re.findall(r"[+-]\d\.\d+", text)]


def test_explain_prints_what_can_be_pasted_into_a_brief(world):
    source = Path(__file__).parents[2] / "src"
    words = ("explain", "scores.csv", "--unit", "XDB", "--from", "2018", "--to", "2021")
    done = subprocess.run(  # once as a person does, in a process of its own
        [sys.executable, "-W", "error", "-c", ENTRY, *words],
        cwd=world,
        env={"PYTHONPATH": str(source), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    text = done.stdout
    assert text.startswith("Belmora (synthetic) (XDB), 2018 to 2021")
    scores = rescore(world / "scores.csv").to_frame()["residual_risk"]
    before, after = (scores[("XDB", year)] for year in ("2018", "2021"))
    # a change of less than 0.05 is told with three digits
    assert 0.0 < after - before < 0.05
    told = (
        f"Residual risk (Belmora (synthetic)) rose from {before:.3f} to {after:.3f} (2018 to 2021):"
    )
    assert told in " ".join(text.split())
    assert CAUTION.split(":")[0] in text
    assert max(map(len, text.splitlines())) <= 110


def test_explain_without_from_tells_the_latest_against_the_world(world, call):
    done = call(world, ("explain", "scores.csv", "--unit", "xdb"))
    assert done.code == 0, done.err
    assert re.search(r"Belmora .*XDB., 2025\n", done.out)
    assert "over the 8 units here" in " ".join(done.out.split())


def test_explain_writes_contributions_that_add_up(world, call, tmp_path):
    out = tmp_path / "why.csv"
    span = ("--from", "2018", "--to", "2021")
    done = call(
        world, ("explain", "scores.csv", "--unit", "XDB", *span, "--of", "risk", "-o", str(out))
    )
    assert done.code == 0, done.err
    risk = rescore(world / "scores.csv").to_frame()["risk"]
    change = risk[("XDB", "2021")] - risk[("XDB", "2018")]
    assert pd.read_csv(out)["contribution"].sum() == pytest.approx(change, abs=1e-9)
    assert f"to {out}." in done.out
    alone = call(world, ("explain", "scores.csv", "--unit", "XDB", "--to", "2021", "-o", str(out)))
    assert alone.code == 0, alone.err
    assert set(pd.read_csv(out)["period"]) == {2021}


@pytest.mark.parametrize(
    ("language", "word"), [("fr", "risque résiduel"), ("es", "riesgo residual")]
)
def test_explain_in_other_languages(world, call, language, word):
    done = call(
        world, ("explain", "scores.csv", "--unit", "XDB", "--from", "2018", "--language", language)
    )
    assert done.code == 0, done.err
    assert word in done.out.lower()


def test_uncertainty_shows_one_period_and_writes_it(world, call, tmp_path):
    out = tmp_path / "sure.csv"
    words = ("uncertainty", "scores.csv", "--period", "2021", "--draws", "64", "-o", str(out))
    done = call(world, words)
    assert done.code == 0, done.err
    assert "64 draws" in done.out
    assert "could be" in done.out
    frame = pd.read_csv(out)
    assert set(frame["period"]) == {2021}
    assert (frame["risk_q5"] <= frame["risk"]).all()
    assert (frame["risk"] <= frame["risk_q95"]).all()


def test_sensitivity_says_what_decides(world, call):
    done = call(world, ("sensitivity", "scores.csv", "--period", "2024", "--draws", "64"))
    assert done.code == 0, done.err
    assert "The ranking by risk turns most on" in done.out


def test_audit_takes_a_table_of_countries(world, call, tmp_path):
    units = sorted(set(rescore(world / "scores.csv").panel.units))
    about = tmp_path / "about.csv"
    pd.DataFrame({"unit": units, "income": range(len(units))}).to_csv(about, index=False)
    done = call(world, ("audit", "scores.csv", "--period", "2024", "--about", str(about)))
    assert done.code == 0, done.err
    assert "income" in done.out
    assert done.out.count(CAUTION) == 1


def test_what_would_change_it(world, call, tmp_path):
    asked = call(world, ("what-if", "scores.csv", "--unit", "XDA", "--set", "7.14=absent"))
    assert asked.code == 0, asked.err
    assert "Band: " in asked.out
    words = ("--unit", "XDB", "--locked", "RF1, 2.1", "--cost", "RF9=3")
    cheapest = call(world, ("smallest-changes", "scores.csv", *words, "--band", "moderate"))
    assert cheapest.code == 0, cheapest.err
    assert "wanted below" in cheapest.out
    assert not re.search(r"^(1\.\d+|2\.1) ", cheapest.out, re.MULTILINE)
    out = tmp_path / "next.csv"
    words = ("--unit", "XDA", "--draws", "500", "-o", str(out))
    look = call(world, ("collect-next", "scores.csv", *words))
    assert look.code == 0, look.err
    assert {"indicator", "gain", "narrows", "unit", "period"} <= set(pd.read_csv(out))
    assert "is wrong with probability" in look.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("explain", "none.csv", "--unit", "XDB"), "none.csv: no such file"),
        (("explain", "scores.csv", "--unit", "XDX"), "no unit 'XDX'; did you mean"),
        (("explain", "scores.csv", "--unit", "XDB", "--from", "1999"), "no residual_risk in 1999"),
        (("explain", "scores.csv", "--unit", "XDB", "--of", "rsk"), "did you mean 'risk'"),
        (("explain", "scores.csv", "--unit", "XDB", "--reference", "wrld"), "did you mean 'world'"),
        (
            ("explain", "scores.csv", "--unit", "XDB", "-o", "scores.csv"),
            "would replace scores.csv",
        ),
        (("explain", "scores.csv", "--unit", "XDB", "-o", "w.cvs"), "did you mean '.csv'"),
        (("uncertainty", "scores.csv", "--period", "1999"), "no period 1999; there is"),
        (("uncertainty", "scores.csv", "--draws", "2"), "draws"),
        (
            ("explain", "scores.csv", "--unit", "XDB", "--from", "2018", "--reference", "world"),
            "is used without --from only",
        ),
        (("audit", "scores.csv", "--about", "none.csv"), "none.csv: no such file"),
        (("what-if", "scores.csv", "--unit", "XDA", "--set", "7.14"), "is not NAME=VALUE"),
        (("what-if", "scores.csv", "--unit", "XDA", "--set", "7.14=wek"), "did you mean 'weak'"),
        (
            ("what-if", "scores.csv", "--unit", "XDA", "--set", "7.1=0", "--set", "7.1=1"),
            "7.1 is named twice",
        ),
        (
            ("smallest-changes", "scores.csv", "--unit", "XDA", "--band", "lo"),
            "did you mean 'low'",
        ),
        (
            ("smallest-changes", "scores.csv", "--unit", "XDA", "--band", "low", "--cost", "RF1=x"),
            "'RF1=x' has no number",
        ),
    ],
)
def test_a_fault_is_one_message(world, call, words, message):
    done = call(world, words)
    assert done.code == 2
    assert re.search(message, done.err), done.err
    assert "Traceback" not in done.err
    assert not done.out


def test_scores_without_their_ratings_say_what_to_do(world, call, tmp_path):
    for name in ("scores.csv", "scores.provenance.json"):
        shutil.copy(world / name, tmp_path)
    done = call(tmp_path, ("explain", "scores.csv", "--unit", "XDB"))
    assert done.code == 2
    assert "has no ratings beside it (scores.ratings.csv)" in done.err


def test_what_was_made_with_restricted_evidence_says_so(call, tmp_path):
    about = {"unit": "KEN", "confidence": "high", "mechanism": "ngo", "coder": "A"}
    rows = [
        Evidence(
            id=f"E{n}",
            indicator=name,
            rating=rating,
            date=f"2023-0{n}-01",
            reference="A report",
            sensitivity="restricted",
            **about,
        )
        for n, (name, rating) in enumerate([("1.1", 0.5), ("9.1", 0.8), ("3.3", 0.4)], 1)
    ]
    read_evidence(rows).write(tmp_path / "e.csv")
    words = ("--evidence", "e.csv", "--every", "month", "--profile", "evidence", "-o", "s.csv")
    done = call(tmp_path, ("score", *words))
    assert done.code == 0, done.err
    known = pd.read_csv(tmp_path / "s.ratings.csv")
    assert set(known) == {"unit", "period", "indicator", "rating", "state", "variance"}
    for command in (
        ("explain", "--from", "2023-01", "--to", "2023-03"),
        ("explain", "--language", "fr", "--reference", "absent"),
        ("what-if", "--set", "1.1=weak"),
        ("collect-next", "--draws", "200"),
    ):
        told = call(tmp_path, (command[0], "s.csv", "--unit", "KEN", *command[1:]))
        assert told.code == 0, told.err
        assert "restricted evidence" in told.out or "éléments restreints" in told.out
    told = call(tmp_path, ("audit", "s.csv", "--period", "2023-03"))
    assert "restricted evidence" in told.out
    assert "nan" not in told.out


def test_ratings_need_not_be_kept(call, tmp_path):
    shutil.copy(data_file("demo", "synthetic_world.csv"), tmp_path)
    done = call(tmp_path, ("score", "synthetic_world.csv", "-o", "s.csv", "--no-ratings"))
    assert done.code == 0, done.err
    assert not (tmp_path / "s.ratings.csv").exists()
    assert "s.ratings.csv" not in done.out
