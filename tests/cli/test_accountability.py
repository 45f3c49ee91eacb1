"""``r2prisk accountability``."""

import pandas as pd
import pytest
import typer
from typer.testing import CliRunner

from r2prisk.cli.accountability import accountability
from r2prisk.errors import InputError
from r2prisk.panel import read_panel

app = typer.Typer()
app.command()(accountability)


@pytest.fixture
def treaties(tmp_path):
    path = tmp_path / "treaties.csv"
    path.write_text(
        "iso3,treaty,state_party,year_ratified,status\n"
        "KEN,iccpr_op1,1,1990,state party\nKEN,cat,0,,signatory state\n",
        encoding="utf-8",
    )
    return path


def run(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def test_it_prints_and_writes(tmp_path, treaties):
    table, ratings = tmp_path / "kenya.csv", tmp_path / "ratings.csv"
    result = run(
        "--unit", "ken", "--treaties", treaties, "-o", table, "--ratings", ratings
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Accountability: Kenya (KEN), beside Africa\n33 items: 1 yes")
    assert "Convention against torture (signed, not ratified): Prepare" in result.output
    assert "Wrote 33 rows" in result.output
    assert pd.read_csv(table)["unit"].tolist() == ["KEN"] * 33
    assert read_panel(ratings).to_frame()["SGS3.5"].tolist() == [0.5]


def test_what_is_refused(tmp_path, treaties):
    none = run("--unit", "KEN")
    assert isinstance(none.exception, InputError)
    assert "name at least one file" in str(none.exception)
    over = run("--unit", "KEN", "--treaties", treaties, "-o", treaties)
    assert "would replace" in str(over.exception)
    assert treaties.read_text(encoding="utf-8").startswith("iso3,")
