"""The catalogue's commands, end to end."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.verify import framework_file
from r2prisk.cli.catalogue import app
from r2prisk.errors import InputError

Run = Callable[..., Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "88")
    # as in a pipe, even where the environment of the test run asks for colour
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.setattr("typer.rich_utils.FORCE_TERMINAL", None)

    def invoke(*words: str | Path, code: int = 0) -> Any:
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == code, result.output
        assert "\x1b" not in result.output
        return result

    return invoke


def refusal(*words: str | Path) -> str:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert isinstance(result.exception, InputError), result.output
    return str(result.exception)


def flat(text: str) -> str:
    return " ".join(text.split())


def test_list_counts_and_statuses(run: Run) -> None:
    text = run("list").output
    assert "RF1   Situations of armed conflict" in text
    assert "11 indicators (11 recalled)" in text
    assert "18 indicators (10 verified, 8 recalled, 8 PROVISIONAL)" in text
    assert "In all: 143 indicators (39 verified, 104 recalled, 16 PROVISIONAL)" in text
    assert "Other frameworks: sg-risk-2013, sg-resilience-2013, ohchr-capacity-2015" in text


def test_list_in_other_languages_and_frameworks(run: Run) -> None:
    assert "RF8   Facteurs déclencheurs" in run("list", "--language", "fr").output
    assert "RF8   Factores desencadenantes" in run("list", "--language", "es").output
    text = run("list", "--framework", "sg-resilience-2013").output
    assert "7 indicators (7 own)" in text
    assert "no indicators of its own" in run("list", "-f", "sg-risk-2013").output
    run("list", "--language", "de", code=2)
    assert "did you mean 'un-foa-2014'" in refusal("list", "-f", "un-foa-2041")


def test_show_indicator_with_everything(run: Run) -> None:
    entry = load_framework("un-foa-2014")["7.10"]
    text = flat(run("show", "7.10").output)
    for part in (entry.label, entry.description, entry.look_for, entry.rate_0, entry.rate_1):
        assert part in text
    assert "factor: RF7 Enabling circumstances" in text
    assert "status: seen in a public copy: https://" in text
    assert "overlap: Forced displacement, camps and demography, with 12.3, 13.9, 13.14." in text
    assert "SGR4 is scored from RF1, RF7, RF8; 5.5," in text
    assert "SGS1 inhibits RF7, above all 7.1, 7.2 (kappa 0.2, up to 0.2 of it)." in text
    assert "a trigger: a dated event" in flat(run("show", "8.1").output)


def test_show_says_recalled_and_provisional(run: Run) -> None:
    recalled = flat(run("show", "1.1").output)
    assert "recalled, not yet checked against the UN document" in recalled
    assert "PROVISIONAL" not in recalled
    provisional = flat(run("show", "14.8").output)
    assert "recalled, not yet checked against the UN document; PROVISIONAL" in provisional


def test_show_factor_and_other_frameworks(run: Run) -> None:
    text = flat(run("show", "RF12").output)
    assert "French: Signes de l'existence d'un plan" in text
    assert "crimes: crimes against humanity" in text
    assert "SGS3 inhibits RF12, above all 12.11, 12.12 (kappa 0, explains only)." in text
    assert "12.12 Violence enabled, urged or knowingly tolerated [recalled]" in text
    own = flat(run("show", "SGS3.2").output)
    assert "own operationalisation" in own
    assert "O2 feeds SGS3 first, then SGS4." in own
    assert "SGR6 is scored from RF10, RF11" in flat(run("show", "SGR6").output)
    assert "O3 feeds SGS2 first, then 6.2." in flat(run("show", "6.2").output)


def test_show_wraps_to_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    lines = run("show", "1.2").output.splitlines()
    assert max(len(line) for line in lines) <= 60
    assert len(lines) > 15


def test_show_unknown_names_the_nearest_of_all_frameworks() -> None:
    assert "did you mean 'RF7'" in refusal("show", "rf7")
    assert "did you mean 'SGS3.2'" in refusal("show", "SGS3.22")
    assert "in sg-risk-2013" in refusal("show", "7.10", "-f", "sg-risk-2013")


def test_search_without_regard_to_case_and_accents(run: Run) -> None:
    text = run("search", "MILITIA").output
    assert (
        "7.5     Militias created or strengthened [in label, description, look for; seen]" in text
    )
    assert "SGR3    Capacity of armed groups or militia [in title, definition]" in text
    assert "RF8     Triggering factors [in title]" in run("search", "declencheurs").output
    only = run("search", "militia", "--framework", "un-foa-2014").output
    assert "SGR3" not in only
    assert "13.13" in run("search", "Inspections", "halted").output
    assert run("search", "inspectors", "visas").output.startswith("13.13")
    assert "PROVISIONAL" in run("search", "inspectors", "visas").output


def test_search_that_finds_nothing_says_so(run: Run) -> None:
    assert "Nothing found for 'xyzzy' in un-foa-2014, sg-" in run("search", "xyzzy", code=1).output


def test_export_to_screen_and_file(run: Run, tmp_path: Path) -> None:
    rows = list(csv.DictReader(run("export", "--format", "csv").stdout.splitlines()))
    assert len(rows) == 143
    assert {row["status"] for row in rows} == {"recalled", "source"}
    everything = csv.DictReader(run("export", "--all").stdout.splitlines())
    assert len(list(everything)) == 143 + 6 + 42 + 8
    content = json.loads(run("export", "--format", "json", "-f", "sg-resilience-2013").stdout)
    assert content["name"] == "sg-resilience-2013"
    assert json.loads(run("export", "--format", "schema").stdout)["title"] == "Framework"
    result = run("export", "--format", "json", "-o", tmp_path / "foa.json")
    assert result.stdout == ""
    assert json.loads((tmp_path / "foa.json").read_text("utf-8"))["symbol"] == "A/70/741-S/2016/71"
    assert "does not exist" in refusal("export", "-o", tmp_path / "none" / "foa.csv")
    run("export", "--format", "xml", code=2)


def test_check_tick_verify_and_load(run: Run, tmp_path: Path) -> None:
    toml = tmp_path / "copy.toml"
    toml.write_bytes(framework_file("un-foa-2014").read_bytes())
    page = tmp_path / "check.html"
    text = run("checklist", "--framework", toml, "-o", page).output
    assert "check.html" in text
    table = tmp_path / "check.csv"
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows({**row, "tick": "yes" if row["id"] != "1.1" else "no"} for row in rows)
    assert "may hold ticks" in refusal("checklist", "-f", toml, "-o", page)
    who = ("--by", "A. Reader", "--edition", "A/70/741-S/2016/71")
    result = run("verify", table, *who, "--framework", toml, "--date", "2025-03-01")
    lines = [line.split() for line in result.output.splitlines()]
    assert ["indicators", "verified", "corrected", "refused", "unchecked"] in lines
    assert ["RF1", "11", "10", "0", "1", "0"] in lines
    assert ["in", "all", "143", "142", "0", "1", "0"] in lines
    assert "checked against A/70/741-S/2016/71 by A. Reader on 2025-03-01" in flat(
        run("show", "14.8", "-f", toml).output
    )
    assert "and not agreed (number or meaning" in flat(run("show", "1.1", "-f", toml).output)
    run("checklist", "-f", toml, "-o", page, "--force")
    assert "143 indicators: 142 seen or checked, 1 to check" in page.read_text("utf-8")


def test_verify_needs_who_and_which_edition(run: Run, tmp_path: Path) -> None:
    result = run("verify", tmp_path / "t.csv", "--edition", "E", code=2)
    assert "--by" in result.output
    result = run("verify", tmp_path / "t.csv", "--by", "A", code=2)
    assert "--edition" in result.output


def test_a_framework_file_cannot_steer_the_terminal(run: Run, tmp_path: Path) -> None:
    text = framework_file("un-foa-2014").read_text("utf-8")
    text = text.replace(
        'label = "Armed conflict between', 'label = "\\u001b[2J\\u0007Armed between'
    )
    (tmp_path / "evil.toml").write_text(text, encoding="utf-8")
    assert "[2J Armed between" in run("show", "1.1", "-f", tmp_path / "evil.toml").output


@pytest.mark.parametrize("name", ["list", "show", "search", "export", "checklist", "verify"])
def test_help_has_an_example(run: Run, name: str) -> None:
    assert f"Example: r2prisk catalogue {name}" in flat(run(name, "--help").output)
