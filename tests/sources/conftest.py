"""A small dataset that is made up, and the mapping that declares it."""

from pathlib import Path

import pytest

HEAD = """
name = "made-up"
title = "Made-up data"
publisher = "Nobody"
version = "1"
version_pattern = '_v(\\d+)'
citation = "Nobody (2020), Made-up data"
licence = "none"
url = "https://example.org"
covers = "nothing"
"""

UNIT_YEAR = """
[[unit]]
column = "gw"
key = "gw"

[period]
column = "year"
"""


def rating(indicator: str, columns: str = "x", **settings: str) -> str:
    """Write one rating as TOML."""
    names = ", ".join(f'"{name}"' for name in columns.split())
    given = {"concept": '"thing"', "why": '"Because."', **settings}
    lines = [f"{key} = {value}" for key, value in given.items()]
    return "\n".join(
        ["[[ratings]]", f'indicator = "{indicator}"', f"columns = [{names}]", *lines, ""]
    )


class Made:
    """Write a mapping and a file, and read them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mapping(self, *ratings: str, head: str = HEAD, keys: str = UNIT_YEAR) -> Path:
        path = self.folder / "made-up.toml"
        path.write_text("\n".join([head, keys, *ratings]), encoding="utf-8")
        return path

    def file(self, text: str, name: str = "made_up_v7.csv") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def read(self, text: str, *ratings: str, **settings: str):
        from r2prisk.sources import read_source

        return read_source(None, self.file(text), mapping=self.mapping(*ratings, **settings))


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@pytest.fixture
def rate_as():
    return rating
