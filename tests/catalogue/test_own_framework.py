"""A framework file of one's own: loads, or says everything that is wrong and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from r2prisk.catalogue import FRAMEWORKS, load_framework
from r2prisk.catalogue.verify import framework_file
from r2prisk.errors import InputError

HEAD = """\
name = "lake-peace-2024"
title = "What the elders of the lake watch"
kind = "risk"
issuer = "Lake Council"
edition = "2024"
citation = "Lake Council, 2024."
"""
FACTOR = """
[[factors]]
id = "L1"
title = "Quarrels over water"
definition = "Villages quarrel over water."

[[factors.indicators]]
id = "L1.1"
label = "Wells fenced off"
description = "One village fences off a well that others use."
tempo = "dynamic"
look_for = "Fences and guards."
rate_0 = "All wells are open."
rate_1 = "Most wells are closed to some."
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_own_file_loads(tmp_path: Path) -> None:
    own = load_framework(write(tmp_path, HEAD + FACTOR))
    assert own.name == "lake-peace-2024"
    assert own["L1.1"].verified.status == "own"
    assert own.factor_of("L1.1").title_in("fr") == "Quarrels over water"
    assert load_framework(str(tmp_path / "own.toml")) == own


def test_shipped_files_load_as_own_files() -> None:
    for name in FRAMEWORKS:
        assert load_framework(framework_file(name)) == load_framework(name)


def line_of(text: str, start: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start))


def test_every_fault_is_reported_at_once_with_its_line(tmp_path: Path) -> None:
    text = (HEAD + FACTOR).replace('"risk"', '"danger"').replace("L1", "K1") + FACTOR
    text = text.replace('"Wells fenced off"', f'"{"w" * 61}"', 1)
    text = text.replace('"dynamic"', '"quick"', 1)
    text = text.replace('look_for = "Fences and guards."', 'look_four = "Fences."', 1)
    text = text.replace('rate_0 = "All wells are open."', 'rate_0 = ""', 1)
    text = text.replace('id = "K1.1"', 'id = "K1 1"')
    with pytest.raises(InputError) as caught:
        load_framework(write(tmp_path, text))
    place = "factors[1] (K1), indicators[1] (K1 1)"
    at = {key: line_of(text, key) for key in ("kind", "label", "tempo", "look_four", "rate_0")}
    at["id"] = line_of(text, 'id = "K1 1"')
    expected = {
        f"line {at['kind']}, kind: input should be 'risk', 'resilience' or 'capacity'",
        f"line {at['id']}, {place}, id: 'K1 1' is not an identifier",
        f"line {at['label']}, {place}, label: string should have at most 60 characters",
        f"line {at['tempo']}, {place}, tempo: input should be 'structural' or 'dynamic'",
        f"line {at['look_four']}, {place}, look_four: unknown key 'look_four'; did you mean",
        f"line {at['rate_0']}, {place}, rate_0: string should have at least 1 character",
    }
    problems = caught.value.problems
    for start in expected:
        assert any(problem.startswith(start) for problem in problems), (start, problems)
    assert any("'look_for' is missing" in problem for problem in problems)
    assert len(problems) == len(expected) + 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "'name' is missing"),
        ("name = ", "is not valid TOML"),
        (HEAD + FACTOR + FACTOR, "identifiers used more than once: L1, L1.1"),
        (HEAD + FACTOR + 'verified = { status = "source" }\n', "needs `where`"),
        (
            HEAD + FACTOR + 'verified = { status = "own", provisional = true }\n',
            "only a recalled entry can be provisional",
        ),
    ],
)
def test_one_fault_one_message(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem.replace("(", r"\(")):
        load_framework(write(tmp_path, text))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_framework(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(InputError, match="is not UTF-8"):
        load_framework(tmp_path / "latin.toml")
    with pytest.raises(InputError, match="cannot be read"):
        load_framework(tmp_path)


def test_a_byte_order_mark_and_deep_nesting(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_bytes(b"\xef\xbb\xbf" + framework_file("sg-risk-2013").read_bytes())
    assert load_framework(path).name == "sg-risk-2013"
    path.write_text("a = " + "[" * 5000, encoding="utf-8")
    with pytest.raises(InputError, match="is not valid TOML"):
        load_framework(path)
    path.write_text("a = " + "9" * 5000, encoding="utf-8")
    with pytest.raises(InputError, match=r"is not valid TOML|is missing"):
        load_framework(path)
