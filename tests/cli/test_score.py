"""``r2prisk score``: what it prints, writes and refuses."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from r2prisk import read_panel
from r2prisk.catalogue.where import data_file

ENTRY = "from r2prisk.cli import main; main()"


@pytest.fixture
def command(run, monkeypatch):
    """Run ``r2prisk`` in the folder of the test, on paper of one width."""
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *words: run(*map(str, words))


@pytest.fixture
def alone(tmp_path):
    """Run it as a person does, in a process of its own, with warnings as errors."""

    def run(*words):
        source = Path(__file__).parents[2] / "src"
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", ENTRY, *map(str, words)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "100", "NO_COLOR": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


RATINGS = "unit,period,1.1,2.1,SGS2.1\nSDN,2003,0.9,0.8,0.1\nNOR,2003,0,0.05,0.95\n"


def test_the_synthetic_world_shows_what_matters():
    panel = read_panel(data_file("demo", "synthetic_world.csv"))
    words = panel.states_frame().stack().unique()
    assert set(words) == {"rated", "unknown", "not_applicable", "failed"}
    assert all(unit.startswith("XD") for unit in panel.units)


def test_a_file_of_ratings(command, tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    done = command("score", "ratings.csv", "-o", "scores.csv")
    assert done.code == 0, done.err
    assert "Highest risk" in done.out
    assert "Held down most" in done.out
    assert "Seen least" in done.out
    assert (
        "Wrote 2 rows to scores.csv; beside it scores.provenance.json and scores.ratings.csv."
        in done.out
    )
    frame = pd.read_csv(tmp_path / "scores.csv")
    assert frame["unit"].tolist() == ["NOR", "SDN"]
    assert frame["RF1"].tolist() == [0.0, 0.9]


def test_nothing_is_written_without_an_output(command, tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    done = command("score", "ratings.csv")
    assert "Nothing was written" in done.out
    assert [p.name for p in tmp_path.iterdir()] == ["ratings.csv"]


def test_files_come_before_sources_in_the_order_of_trust(command, tmp_path):
    (tmp_path / "a.csv").write_text(RATINGS)
    (tmp_path / "b.csv").write_text("unit,period,1.1,1.2\nSDN,2003,0.1,0.7\nGHA,2004,0.2,0.2\n")
    done = command("score", "a.csv", "b.csv", "-o", "out.csv", "--first", "2003", "--last", "2003")
    assert done.code == 0, done.err
    assert "2 of 3 rows" in done.out
    frame = pd.read_csv(tmp_path / "out.csv").set_index("unit")
    assert frame.loc["SDN", "RF1"] == pytest.approx(((0.9**2 + 0.7**2) / 2) ** 0.5)
    assert "1.1" in (tmp_path / "out.report.txt").read_text()


def test_a_profile_of_ones_own(command, tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "p.toml").write_text(
        'name = "plain"\n[exponents]\nwithin = 1.0\n[[bands]]\nname = "any"\nfrom = 0.0\n'
    )
    done = command("score", "ratings.csv", "--profile", "p.toml", "-o", "out.json")
    assert done.code == 0, done.err
    assert "profile plain 1" in done.out
    content = json.loads((tmp_path / "out.json").read_text())
    assert content["provenance"]["profile"] == "plain (version 1)"
    told = "r2prisk score ratings.csv --profile p.toml --rule first"
    assert content["provenance"]["command"] == told


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("score",), "name a file of ratings"),
        (("score", "none.csv"), "none.csv: no such file"),
        (("score", "ratings.csv", "-o", "out.cvs"), "did you mean '.csv'"),
        (("score", "ratings.csv", "-o", "nowhere/out.csv"), "the folder nowhere does not exist"),
        (("score", "ratings.csv", "--profile", "defualt"), "did you mean 'default'"),
        (("score", "ratings.csv", "--first", "200x"), "first: '200x' is not a year"),
        (("score", "ratings.csv", "--first", "2010"), "no rows are left to score"),
        (("score", "ratings.csv", "--source", "pts"), "is not NAME=FILE"),
        (("score", "--source", "ptss=x.csv"), "did you mean 'pts'"),
        (("score", "ratings.csv", "--rule", "frist"), "did you mean 'first'"),
        (("score", "ratings.csv", "-o", "ratings.csv"), "would replace ratings.csv"),
        (("score", "old.csv", "ratings.csv", "-o", "./old.csv"), "would replace old.csv"),
        (("score", "bad.csv", "-o", "old.csv"), "row 2, column '1.1': 1.5 is outside 0 to 1"),
    ],
)
def test_a_fault_is_one_message_and_leaves_files_alone(command, tmp_path, words, message):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    (tmp_path / "bad.csv").write_text("unit,period,1.1\nSDN,2003,1.5\n")
    (tmp_path / "old.csv").write_text("old")
    done = command(*words)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert (tmp_path / "old.csv").read_text() == "old"
    assert {p.name for p in tmp_path.iterdir()} == {"ratings.csv", "bad.csv", "old.csv"}


def test_in_a_process_of_its_own_a_fault_is_one_message_too(alone):
    done = alone("score", "none.csv")
    assert done.returncode == 2
    assert "none.csv: no such file" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_does_not_lose_the_file(tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    source = Path(__file__).parents[2] / "src"
    line = f"'{sys.executable}' -c '{ENTRY}' score ratings.csv -o z.csv | head -n 1"
    subprocess.run(
        ["bash", "-c", line],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(source)},
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert len(pd.read_csv(tmp_path / "z.csv")) == 2


def test_unknown_options_and_help(command):
    assert command("scroe").code == 2
    assert "No such command" in command("scroe").err
    shown = command("score", "--help").out
    assert "--source" in shown
    assert command("--version").out.startswith("r2prisk ")


def test_the_same_command_gives_the_same_bytes(alone, tmp_path):
    (tmp_path / "ratings.csv").write_text(RATINGS)
    for name in ("one", "two"):
        assert alone("score", "ratings.csv", "-o", f"{name}.csv", "--detail").returncode == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
