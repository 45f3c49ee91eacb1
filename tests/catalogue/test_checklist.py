"""The page and the CSV for checking a framework against its document."""

from __future__ import annotations

import csv
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from r2prisk.catalogue import load_framework
from r2prisk.catalogue.checklist import (
    COLUMNS,
    checklist_csv,
    checklist_html,
    checklist_markdown,
    status_sentence,
    status_word,
    write_checklist,
)
from r2prisk.catalogue.models import Factor, Framework, Indicator, Verification
from r2prisk.errors import InputError

NASTY = '<script>alert("x")</script> | *a* `b`'


def nasty() -> Framework:
    entry = Indicator(
        id="N1",
        label=NASTY,
        description='=HYPERLINK("x")',
        tempo="dynamic",
        look_for="x",
        rate_0="x",
        rate_1="y",
        verified=Verification(status="recalled", note=NASTY),
    )
    factor = Factor(id="N", title=NASTY, definition="x", indicators=(entry,))
    return Framework(
        name="nasty",
        title=NASTY,
        kind="risk",
        issuer="Us",
        edition="1",
        citation=NASTY,
        url="https://example.org/?a=1&b=2",
        factors=(factor,),
    )


class Page(HTMLParser):
    """Collects tags, addresses and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_csv_has_all_indicators_in_order_with_nothing_ticked() -> None:
    foa = load_framework("un-foa-2014")
    rows = list(csv.DictReader(checklist_csv(foa).splitlines()))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["id"] for row in rows] == [i.id for i in foa.indicators]
    assert {row["tick"] + row["note"] + row["label_correction"] for row in rows} == {""}
    assert sum(row["provisional"] == "yes" for row in rows) == 16
    assert sum(row["status"] == "recalled" for row in rows) == 104
    assert rows[0]["factor"] == "RF1"


def test_page_says_what_to_open_and_how_to_tick() -> None:
    foa = load_framework("un-foa-2014")
    for text in ("".join(Page(checklist_html(foa)).texts), checklist_markdown(foa)):
        assert foa.citation in text
        assert "A/70/741-S/2016/71" in text
        assert "143 indicators: 39 seen or checked, 104 to check, of which 16 are" in text
        assert "Use your own words" in text
        assert "r2prisk catalogue verify FILE.csv" in text
        for factor in foa.factors:
            assert f"{factor.id} {factor.title}" in text
        assert text.count("recalled, PROVISIONAL") == 16


def test_page_is_one_file_that_loads_nothing() -> None:
    html = checklist_html(load_framework("un-foa-2014"))
    page = Page(html)
    assert page.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "@import" not in html
    assert "url(" not in html
    assert "size: A4" in html
    assert page.tags.count("tr") == 143 + 14
    assert page.tags.count("h2") == 14 + 2


def test_texts_from_outside_are_escaped() -> None:
    page = Page(checklist_html(nasty()))
    assert "script" not in page.tags
    assert NASTY in "".join(page.texts)
    markdown = checklist_markdown(nasty())
    assert "<script>" not in markdown
    (row,) = [line for line in markdown.splitlines() if line.startswith("| N1")]
    assert len(re.findall(r"(?<!\\)\|", row)) == 6
    (cells,) = csv.DictReader(checklist_csv(nasty()).splitlines())
    assert cells["description"] == '\'=HYPERLINK("x")'


def test_page_and_csv_are_written_side_by_side(tmp_path: Path) -> None:
    foa = load_framework("un-foa-2014")
    for name, page in (("a.html", "a.html"), ("b.md", "b.md"), ("c.csv", "c.html")):
        written = write_checklist(foa, tmp_path / name)
        assert [path.name for path in written] == [page, f"{page[0]}.csv"]
        assert all(path.stat().st_size > 10_000 for path in written)
    assert (tmp_path / "a.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "c.html").read_bytes()


def test_ticks_are_not_overwritten_unless_forced(tmp_path: Path) -> None:
    foa = load_framework("un-foa-2014")
    page, table = write_checklist(foa, tmp_path / "a.html")
    write_checklist(foa, page)
    fresh = table.read_bytes()
    ticked = fresh.replace(b'"recalled","",""', b'"recalled","","yes"')
    table.write_bytes(ticked)
    with pytest.raises(InputError, match="may hold ticks"):
        write_checklist(foa, page)
    assert table.read_bytes() == ticked != fresh
    write_checklist(foa, page, force=True)
    assert table.read_bytes() == fresh


def test_what_cannot_be_written(tmp_path: Path) -> None:
    foa = load_framework("un-foa-2014")
    with pytest.raises(InputError, match=r"allowed: \.html, \.md, \.csv"):
        write_checklist(foa, tmp_path / "a.pdf")
    with pytest.raises(InputError, match="nothing to check"):
        write_checklist(load_framework("sg-resilience-2013"), tmp_path / "a.html")
    with pytest.raises(InputError, match="does not exist"):
        write_checklist(foa, tmp_path / "none" / "a.html")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("verified", "word", "sentence"),
    [
        (
            Verification(status="recalled", provisional=True),
            "recalled, PROVISIONAL",
            (
                "recalled, not yet checked against the UN document; "
                "PROVISIONAL: its number or order is in doubt"
            ),
        ),
        (
            Verification(status="source", where="https://example.org", note="half"),
            "seen",
            "seen in a public copy: https://example.org (half)",
        ),
        (
            Verification(status="source", who="A", when="2025-03-01", edition="E"),
            "checked",
            "checked against E by A on 2025-03-01",
        ),
        (
            Verification(status="recalled", who="A", when="2025-03-01", edition="E", note="n"),
            "refused",
            "compared with E by A on 2025-03-01, and not agreed (n)",
        ),
        (
            Verification(),
            "own",
            "own operationalisation, there is no text of the UN document to check it against",
        ),
    ],
)
def test_status_is_said_in_a_word_and_in_a_sentence(
    verified: Verification, word: str, sentence: str
) -> None:
    assert status_word(verified) == word
    assert status_sentence(verified, load_framework("un-foa-2014")) == sentence
