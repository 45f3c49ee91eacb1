"""``r2prisk focalpoint`` as an official uses it: forms, a report, a network, a note."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pandas as pd
import pytest
import typer

from r2prisk import read_panel, score
from r2prisk.cli import focalpoint
from r2prisk.errors import R2PRiskError
from r2prisk.prevention.accountability import accountability
from r2prisk.scoring.write import ratings_path, write_frame

NETWORK = "unit,since,left,person\nGhana,2020-01,,GH\nSudan,2021-03,2023-01,SD\n"
CAPACITY = "item;answer\ncountry;Ghana\ndate;{year}\nmandate.1;{answer}\n"
DUE = "date,what\n2025-06,Meeting of the network\n"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
app.add_typer(focalpoint.app, name="focalpoint")


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """Scores of two countries in two years, with their ratings beside them."""
    folder = tmp_path_factory.mktemp("scores")
    ratings = dict.fromkeys([f"{f}.{n}" for f in range(1, 9) for n in range(1, 5)])
    rows = [
        {"unit": unit, "year": year, **dict.fromkeys(ratings, risk)}
        for unit, risk in (("GHA", 0.2), ("SDN", 0.9))
        for year in (2023, 2024)
    ]
    made = score(read_panel(pd.DataFrame(rows)))
    made.write(folder / "scores.csv")
    made.panel.write(ratings_path(folder / "scores.csv"))
    return folder


@pytest.fixture
def folder(scored, tmp_path):
    """The scores and filled-in forms, in the folder of the test."""
    for file in scored.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "network.csv").write_text(NETWORK)
    (tmp_path / "capacity.csv").write_text(CAPACITY.format(year=2024, answer="yes"))
    (tmp_path / "last.csv").write_text(CAPACITY.format(year=2023, answer="no"))
    (tmp_path / "due.csv").write_text(DUE)
    return tmp_path


@pytest.fixture
def run(folder, monkeypatch):
    """Run the command there; return exit code, output and errors."""
    monkeypatch.chdir(folder)

    def call(*words):
        out, err, code = io.StringIO(), io.StringIO(), 0
        monkeypatch.setattr(sys, "argv", ["r2prisk", "focalpoint", *words])
        with redirect_stdout(out), redirect_stderr(err):
            try:
                app()
            except R2PRiskError as error:
                err.write(f"Error: {error}")
                code = 2
            except SystemExit as stop:
                code = stop.code or 0
        return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())

    return call


def test_an_empty_form_is_written_once(run, folder):
    done = run("form", "capacity", "-o", "form.csv")
    assert done.code == 0, done.err
    assert "Leave empty what you do not know." in done.out
    before = (folder / "form.csv").read_bytes()
    assert before.startswith(b"\xef\xbb\xbf")
    assert run("form", "capacity", "-o", "form.csv").code == 2
    assert (folder / "form.csv").read_bytes() == before
    assert "0 of 6 attributes known" in run("profile", "form.csv").out


def test_a_profile_is_shown_alone_and_beside_last_year(run):
    assert "Capacity of Ghana, 2024: 0 of 6 attributes known" in run("profile", "capacity.csv").out
    done = run("profile", "capacity.csv", "--last", "last.csv")
    assert "against 2023: 1 up, 5 unknown" in done.out


def test_a_report_is_written_and_what_is_read_is_never_replaced(run, folder):
    words = ("report", "--unit", "Ghana", "--scores", "scores.csv", "--watch", "SDN")
    done = run(*words, "--capacity", "capacity.csv", "--last", "last.csv", "-o", "report.md")
    assert (done.code, done.out) == (0, "Wrote report.md.\n"), done.err
    text = (folder / "report.md").read_text()
    assert text.startswith("# Annual report 2024: R2P focal point of Ghana\n")
    assert "| Sudan (2024) | 0.90 (" in text
    before = (folder / "scores.csv").read_bytes()
    assert run(*words, "-o", "scores.csv").code == 2
    assert (folder / "scores.csv").read_bytes() == before
    done = run("report", "--unit", "Ghana")
    assert (done.code, "--year" in done.err) == (2, True)
    assert run("report", "--unit", "Ghana", "--year", "2023").out.startswith("# Annual report 2023")


def test_a_review_a_network_and_its_peers_are_shown(run):
    done = run("review", "--unit", "GHA", "--reviewer", "SDN", "--capacity", "capacity.csv")
    assert done.out.startswith("# Peer review: R2P focal point of Ghana, reviewed by Sudan")
    assert (
        "Network: 2 members, 2024-01-01" in run("network", "network.csv", "--on", "2024-01-01").out
    )
    words = ("network", "network.csv", "--on", "2024-01-01", "--scores", "scores.csv")
    done = run(*words, "--unit", "GHA")
    assert "Peers for Ghana (GHA), 2024: 1 member compared" in done.out
    assert run(*words).code == 2
    again = run("review", "--unit", "GHA", "--network", "network.csv")
    assert (again.code, "--scores" in again.err) == (2, True)


def test_cases_are_found_and_a_wrong_word_is_named(run):
    done = run("cases", "contested election", "--factor", "SGS3", "--outcome", "did not follow")
    assert "; SGS3; outcome 'did not follow': " in done.out
    assert "Limits: " in done.out
    wrong = run("cases", "--factor", "SGS33")
    assert (wrong.code, "did you mean 'SGS3.3'?" in wrong.err) == (2, True)


def test_a_note_names_the_files_beside_the_scores(run, folder):
    done = run(
        *("handover", "scores.csv", "--unit", "SDN,GHA", "--due", "due.csv", "--on", "2025-01-15"),
        *("-o", "note.html"),
    )
    assert done.code == 0, done.err
    text = (folder / "note.html").read_text()
    for name in ("scores.csv", "scores.ratings.csv", "scores.provenance.json", "due.csv"):
        assert name in text
    assert str(folder) not in text
    assert "Meeting of the network" in text
    both = run("handover", "scores.csv", "--unit", "Sudn,GHA", "-o", "other.html")
    assert (both.code, "did you mean 'Sudan'?" in both.err) == (2, True)
    assert not (folder / "other.html").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("report", "--unit", "Ghana", "--year", "2024"),
        ("review", "--unit", "Ghana"),
        ("handover", "scores.csv", "--unit", "SDN"),
    ],
)
def test_a_document_that_may_be_filled_in_is_never_replaced(run, folder, words):
    (folder / "mine.md").write_text("filled in")
    done = run(*words, "-o", "mine.md")
    assert done.code == 2
    assert "mine.md: is there already, and may be filled in; name another file" in done.err
    assert (folder / "mine.md").read_text() == "filled in"
    # of a folder that is not there only what was typed is told
    gone = run(*words, "-o", "nodir/new.md")
    assert gone.err == "Error: nodir/new.md: the folder nodir does not exist"


def test_the_year_is_that_of_the_capacity_form_then_of_the_scores(run, folder):
    words = ("report", "--unit", "Ghana", "--scores", "scores.csv")
    (folder / "late.csv").write_text(CAPACITY.format(year="2026-06", answer="yes"))
    late = run(*words, "--capacity", "late.csv").out
    assert late.startswith("# Annual report 2026: R2P focal point of Ghana")
    assert "The scores end with 2024: nothing in them is of 2026." in late
    assert "| Ghana (2024, not 2026) |" in late
    (folder / "undated.csv").write_text("item,answer\nmandate.1,yes\n")
    assert run(*words, "--capacity", "undated.csv").out.startswith("# Annual report 2024")
    assert run("report", "--unit", "Ghana", "--capacity", "late.csv").out.startswith(
        "# Annual report 2026"
    )


def test_a_table_of_another_country_is_refused_and_of_the_own_is_shown(run, folder):
    rows = [("GIN", "cat", 0, None, "no action"), ("GIN", "crc", 1, 1990, "state party")]
    frame = pd.DataFrame(rows, columns=["iso3", "treaty", "state_party", "year_ratified", "status"])
    found = accountability("GIN", treaties=frame)
    write_frame(found.table, folder / "gin.csv", name="accountability", provenance={})
    words = ("report", "--year", "2024", "--accountability", "gin.csv", "--unit")
    assert "accountability: is of GIN, not of DNK" in run(*words, "DNK").err
    own = run(*words, "GIN")
    assert "| Convention against torture | not party | " in own.out, own.err
    assert "In place: Convention on the Rights of the Child (party since 1990)." in own.out
