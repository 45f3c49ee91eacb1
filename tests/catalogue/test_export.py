"""The catalogue as CSV, JSON and JSON Schema."""

from __future__ import annotations

import csv
import json
import tomllib
from typing import Any

import pytest

from r2prisk.catalogue import FRAMEWORKS, load_framework
from r2prisk.catalogue.export import COLUMNS, csv_text, safe_cell, schema_json, to_csv, to_json
from r2prisk.catalogue.models import Framework
from r2prisk.catalogue.verify import framework_file


def test_csv_has_a_row_an_indicator_with_every_field() -> None:
    foa = load_framework("un-foa-2014")
    rows = list(csv.DictReader(to_csv([foa]).splitlines()))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["id"] for row in rows] == [i.id for i in foa.indicators]
    row = next(row for row in rows if row["id"] == "8.12")
    assert (row["factor"], row["trigger"], row["tempo"]) == ("RF8", "yes", "dynamic")
    assert row["factor_title_fr"] == "Facteurs déclencheurs"
    assert row["crimes"] == "genocide;crimes_against_humanity;war_crimes"
    assert row["rate_1"] == foa["8.12"].rate_1
    fields = set(type(foa["8.12"]).model_fields) - {"verified"}
    assert fields | set(type(foa["8.12"].verified).model_fields) <= set(COLUMNS)


def test_factors_without_indicators_are_not_left_out() -> None:
    rows = list(csv.DictReader(to_csv([load_framework(n) for n in FRAMEWORKS]).splitlines()))
    assert len(rows) == 143 + 6 + 42 + 8
    assert [row["factor"] for row in rows if not row["id"]] == [
        *(f"SGR{n}" for n in range(1, 7)),
        *(f"O{n}" for n in range(1, 9)),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_a_formula(start: str) -> None:
    assert safe_cell(f"{start}1+1") == f"'{start}1+1"
    assert csv_text(["a"], [[f"{start}1"]]).startswith(f'"a"\n"\'{start}1"')


def test_json_loads_again_as_the_same_framework() -> None:
    for name in FRAMEWORKS:
        framework = load_framework(name)
        assert Framework.model_validate_json(to_json([framework])) == framework
    both = json.loads(to_json([load_framework(name) for name in FRAMEWORKS]))
    assert [each["name"] for each in both] == list(FRAMEWORKS)


def keys_fit(content: Any, schema: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Check keys and closed lists of values, down to the last table."""
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
    if isinstance(content, list):
        for item in content:
            keys_fit(item, schema["items"], definitions)
    elif isinstance(content, dict) and "properties" in schema:
        assert schema["additionalProperties"] is False
        assert set(schema.get("required", [])) <= set(content) <= set(schema["properties"])
        for key, value in content.items():
            keys_fit(value, schema["properties"][key], definitions)
    elif "enum" in schema:
        assert content in schema["enum"]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_schema_fits_the_shipped_files(name: str) -> None:
    schema = json.loads(schema_json())
    assert schema["$schema"].startswith("https://json-schema.org/")
    content = tomllib.loads(framework_file(name).read_text("utf-8"))
    keys_fit(content, schema, schema["$defs"])
    content["factors"][0]["wieght"] = 1
    with pytest.raises(AssertionError):
        keys_fit(content, schema, schema["$defs"])
