"""``r2prisk brief`` as a person uses it."""

import datetime as dt
import io
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from types import SimpleNamespace

import pytest

from r2prisk.catalogue.where import data_file
from r2prisk.cli import main
from r2prisk.evidence import Evidence, read_evidence
from r2prisk.reporting.brief import facts, html, word

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)

pytest.importorskip("jinja2", reason="a brief needs the extra 'report'")


@pytest.fixture(scope="module")
def call():
    """Run ``r2prisk`` in a folder, without the seconds that figures take."""

    def run(folder, *words):
        out, err, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["r2prisk", *words])
            patch.setattr(html, "as_svg", lambda picture, name: f'<svg id="{name}"></svg>')
            patch.setattr(word, "as_png", lambda picture: PNG)
            patch.setattr(facts, "DRAWS", 64)
            patch.setattr(facts, "LOOKS", 200)
            patch.setattr(facts, "_changes", lambda *_: None)
            try:
                main()
            except SystemExit as stop:
                code = stop.code or 0
        return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())

    return run


@pytest.fixture(scope="module")
def folder(call, tmp_path_factory):
    """Scores of the synthetic world and evidence on one of its countries."""
    folder = tmp_path_factory.mktemp("world")
    shutil.copy(data_file("demo", "synthetic_world.csv"), folder)
    assert call(folder, "score", "synthetic_world.csv", "-o", "scores.csv").code == 0
    rows = [
        Evidence(
            id=f"E{n}",
            unit="XDB",
            indicator=f"{n}.1",
            date="2024-03-01",
            rating="strong",
            confidence="high",
            mechanism="ngo",
            reference="An invented report",
            coder="A",
            sensitivity="confidential" if n == 7 else "public",
        )
        for n in range(1, 15)
    ]
    read_evidence(rows).write(folder / "evidence.csv")
    return folder


def test_a_page_from_scores(call, folder):
    done = call(folder, "brief", "scores.csv", "--unit", "xdb", "-o", "b.html", "--language", "fr")
    assert done.code == 0, done.err
    assert "Wrote b.html." in done.out
    assert "no evidence left out" in done.out
    assert "Fiche de pays\u00a0: Belmora" in (folder / "b.html").read_text(encoding="utf-8")


def test_evidence_is_scored_for_those_who_may_see_it(call, folder):
    words = ("brief", "--evidence", "evidence.csv", "--unit", "XDB")
    done = call(folder, *words, "-o", "public.html")
    assert done.code == 0, done.err
    assert "1 row of evidence left out, and all scores made without them" in done.out
    inside = call(folder, *words, "-o", "inside.html", "--audience", "internal")
    assert "not for circulation" in inside.out
    pages = [(folder / f"{n}.html").read_text(encoding="utf-8") for n in ("public", "inside")]
    assert ["Internal: not for circulation" in page for page in pages] == [False, True]
    both = call(folder, "brief", "scores.csv", *words[1:], "--period", "2024", "-o", "both.html")
    assert both.code == 0, both.err


def test_evidence_alone_is_scored_with_the_profile_made_for_it(call, folder):
    done = call(folder, "brief", "--evidence", "evidence.csv", "--unit", "XDB", "-o", "own.html")
    assert done.code == 0, done.err
    page = (folder / "own.html").read_text(encoding="utf-8")
    assert "profile evidence 1" in page
    assert f"made on {dt.date.today()}" in page


def test_closed_scores_need_their_evidence(call, folder):
    assert call(folder, "score", "--evidence", "evidence.csv", "-o", "closed.csv").code == 0
    words = ("brief", "closed.csv", "--unit", "XDB", "-o", "closed.html")
    refused = call(folder, *words)
    assert refused.code == 2
    assert "cannot be taken out" in refused.err
    assert not (folder / "closed.html").exists()
    done = call(folder, *words, "--evidence", "evidence.csv")
    assert done.code == 0, done.err
    assert "1 row of evidence left out" in done.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--unit", "XDB", "-o", "a.html"), "name a file of scores, or --evidence FILE"),
        (("none.csv", "--unit", "XDB", "-o", "a.html"), "none.csv: no such file"),
        (("scores.csv", "--unit", "XDX", "-o", "a.html"), "no unit 'XDX'; did you mean"),
        (("scores.csv", "--unit", "XDB", "-o", "a.pdf"), "allowed: .html, .docx"),
        (("scores.csv", "--unit", "XDB", "-o", "no/a.html"), "does not exist"),
        (("scores.csv", "--unit", "XDB", "--period", "1900", "-o", "a.html"), "no period '1900'"),
        (
            ("scores.csv", "--unit", "XDB", "--every", "year", "-o", "a.html"),
            "is used with evidence alone",
        ),
        (
            ("scores.csv", "--unit", "XDB", "--onsets", "synthetic_world.csv", "-o", "a.html"),
            "Error: ",
        ),
    ],
)
def test_what_is_wrong_is_said(call, folder, words, message):
    done = call(folder, "brief", *words)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert not (folder / "a.html").exists()


def test_an_input_is_never_replaced(call, folder):
    (folder / "form.html").write_text("mine")
    done = call(
        folder, "brief", "scores.csv", "--unit", "XDB", "--evidence", "form.html", "-o", "form.html"
    )
    assert done.code == 2
    assert "would replace form.html, which is read" in done.err
    assert (folder / "form.html").read_text() == "mine"


def test_a_word_document(call, folder, needs_extra):
    needs_extra("docx")
    done = call(folder, "brief", "scores.csv", "--unit", "XDB", "-o", "b.docx")
    assert done.code == 0, done.err
    assert (folder / "b.docx").read_bytes()[:2] == b"PK"
