"""``r2prisk focalpoint pack`` and ``r2prisk focalpoint open``."""

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from r2prisk.cli.exchange import open_, pack
from r2prisk.errors import InputError

app = typer.Typer()
app.command("pack")(pack)
app.command("open")(open_)


@pytest.fixture
def coded(tmp_path):
    path = tmp_path / "coded.csv"
    pd.DataFrame(
        {
            "id": ["E1", "E2"],
            "unit": ["GHA", "KEN"],
            "indicator": ["1.1", "SGS1.1"],
            "date": "2012-03-01",
            "rating": [0.25, 0.5],
            "confidence": "high",
            "mechanism": "ngo",
            "reference": "R",
            "coder": "A",
            "sensitivity": ["public", "confidential"],
        }
    ).to_csv(path, index=False)
    return path


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)), catch_exceptions=True)


def refused(*words):
    result = run(*words)
    assert isinstance(result.exception, InputError)
    return str(result.exception)


def test_pack_and_open(tmp_path, coded):
    to, out = tmp_path / "g.r2prisk.zip", tmp_path / "out"
    packing = ("pack", "--evidence", coded, "--audience", "partner", "--date", "2026-01-31")
    made = run(*packing, "-o", to)
    assert made.exit_code == 0, made.output
    assert "1 row of evidence, and the scores were made without them" in made.output
    assert "2026-01-31" in made.output
    opened = run("open", to, "-o", out)
    assert opened.exit_code == 0, opened.output
    assert "the same bytes came out" in opened.output
    assert "Rated: 1% of the weight of risk" in opened.output
    assert "Wrote 6 files" in opened.output
    assert (out / "scores.csv").is_file()
    assert "nothing is replaced" in refused("open", to, "-o", out)


def test_what_is_refused_leaves_the_old_bundle(tmp_path, coded):
    to = tmp_path / "g.r2prisk.zip"
    to.write_bytes(b"old")
    assert "ends in .r2prisk.zip" in refused(
        "pack", "--evidence", coded, "--audience", "public", "-o", tmp_path / "g.zip"
    )
    assert "name a file of scores, or --evidence FILE" in refused(
        "pack", "--audience", "public", "-o", to
    )
    wrong = ("pack", "--evidence", coded, "--audience", "public", "-o", to)
    assert "is not a day" in refused(*wrong, "--date", "31.1.2026")
    assert "no unit 'GHX'" in refused(*wrong, "--unit", "ghx")
    assert to.read_bytes() == b"old"
    assert "is no bundle" in refused("open", to)
