"""``r2prisk contrast``: scores and onsets from files, or the casebook."""

import json

import numpy as np
import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from r2prisk import read_panel, score
from r2prisk.cli.contrast import contrast
from r2prisk.errors import InputError

app = typer.Typer()
app.command()(contrast)


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Scores of eight countries over ten years, and one list of episodes."""
    place = tmp_path_factory.mktemp("contrast")
    rng = np.random.default_rng(1)
    units = ["ALB", "ARG", "AUT", "BEL", "BGR", "BOL", "BRA", "CHL"]
    frame = pd.DataFrame(
        [(u, y) for u in units for y in range(2000, 2010)], columns=["unit", "year"]
    )
    for k in range(1, 12):
        frame[f"{k}.1"] = 0.5 + 0.1 * rng.uniform(-1, 1, len(frame))
    for k in range(1, 7):
        frame[f"SGS{k}.1"] = rng.uniform(0.2, 0.8, len(frame))
    scores = score(read_panel(frame), profile="evidence")
    scores.write(place / "scores.csv")
    scores.panel.write(place / "scores.ratings.csv")
    episodes = pd.DataFrame({"unit": ["ALB", "BRA"], "first": [2003, 2004], "last": [2005, 2005]})
    episodes.to_csv(place / "episodes.csv", index=False)
    return place


def test_a_country_beside_its_twins_from_files(folder):
    out = folder / "out.csv"
    files = (folder / "scores.csv", "--onsets", folder / "episodes.csv", "--known-until", "2010")
    done = run(
        *files, "--unit", "arg", "--period", "2009", "--horizon", "2", "-o", out, "--language", "fr"
    )
    assert done.exit_code == 0, done.output
    assert done.output.startswith("Contraste : pourquoi y a-t-il eu escalade, ou non ? ARG 2009")
    said = " ".join(done.output.split())
    assert "un déclenchement en 2 années" in said
    assert "dont l'issue était connue à la fin de 2009" in said
    assert "Un score n'est pas un constat" in said
    assert f"Wrote 12 rows to {out}." in done.output
    table = pd.read_csv(out)
    assert table["family"].value_counts().to_dict() == {"factors": 6, "indicators": 6}
    assert set(table["unit"]) == {"ARG"}
    told = json.loads((folder / "out.provenance.json").read_text(encoding="utf-8"))
    assert told["hindsight"] is False
    assert (told["unit"], told["period"], told["horizon"]) == ("ARG", "2009", 2)
    assert told["onsets"]["file"] == "episodes.csv"
    assert len(told["onsets"]["hash"]) == 64


def test_the_casebook_needs_no_file():
    done = run("--casebook", "--unit", "KEN", "--period", "2013-02", "--hindsight")
    assert done.exit_code == 0, done.output
    assert "WITH HINDSIGHT" in done.output
    assert "In Kenya itself it did not escalate after 2013-02." in done.output


def test_what_does_not_go_together_is_refused(folder):
    lacking = run("--unit", "KEN")
    assert isinstance(lacking.exception, InputError)
    assert len(lacking.exception.problems) == 2
    both = run(folder / "scores.csv", "--casebook", "--unit", "KEN", "--known-from", "2000")
    assert "leave out SCORES, --known-from" in str(both.exception)
    far = run("--casebook", "--unit", "KEN", "--horizon", "3")
    assert "leave out --horizon" in str(far.exception)
    before = (folder / "episodes.csv").read_bytes()
    files = (folder / "scores.csv", "--onsets", folder / "episodes.csv")
    over = run(*files, "--unit", "ARG", "-o", folder / "episodes.csv")
    assert isinstance(over.exception, InputError)
    assert (folder / "episodes.csv").read_bytes() == before
