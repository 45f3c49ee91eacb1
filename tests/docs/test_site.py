"""What the site shows beside the pages that are written: made at build time, complete, harmless."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from r2prisk.catalogue import FRAMEWORKS, load_crosswalk, load_framework, load_overlaps
from r2prisk.catalogue.checklist import status_word
from r2prisk.sources import SOURCES, coverage_table, load_mapping

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def load(name):
    spec = importlib.util.spec_from_file_location(f"site_{name}", DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def conf():
    return load("conf")


@pytest.fixture(scope="module")
def catalogue():
    return load("catalogue_pages")


@pytest.fixture(scope="module")
def pages(catalogue):
    return catalogue.pages()


def entry(page, identifier):
    """What a page says of one entry: from its heading to the next."""
    start = re.search(rf"^##+ {re.escape(identifier)} .*$", page, re.MULTILINE)
    rest = page[start.end() :]
    end = re.search(r"^##+ ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_every_factor_and_indicator_has_its_place(pages, name):
    framework, page = load_framework(name), pages[f"catalogue/{name}.md"]
    heads = re.findall(r"^(###?) (\S+) ", page, re.MULTILINE)
    wanted = []
    for factor in framework.factors:
        wanted += [("##", factor.id), *(("###", i.id) for i in factor.indicators)]
    assert heads == wanted


def test_an_indicator_says_all_that_a_rater_needs(pages, catalogue):
    said = entry(pages["catalogue/un-foa-2014.md"], "7.10")
    indicator = load_framework("un-foa-2014")["7.10"]
    for text in (indicator.description, indicator.look_for, indicator.rate_0, indicator.rate_1):
        assert catalogue.plain(text) in said
    assert "* **French:** " in said
    assert "* **Spanish:** " in said
    assert "* **Tempo:** dynamic\n" in said
    assert "* **How sure:** " in said
    assert "[`unhcr`](#dataset-unhcr)" in said


def test_a_trigger_is_called_one(pages):
    assert "a trigger: a dated event" in entry(pages["catalogue/un-foa-2014.md"], "8.4")
    assert "a trigger: a dated event" not in entry(pages["catalogue/un-foa-2014.md"], "1.4")


def test_what_no_dataset_rates_says_so(pages):
    rated = {r.indicator for name in SOURCES for r in load_mapping(name).ratings}
    page = pages["catalogue/un-foa-2014.md"]
    for indicator in load_framework("un-foa-2014").indicators:
        alone = "**Public data:** none" in entry(page, indicator.id)
        assert alone is (indicator.id not in rated), indicator.id


def test_overlaps_stand_with_their_indicators(pages):
    names = {i.id: f for f in FRAMEWORKS for i in load_framework(f).indicators}
    for cluster in load_overlaps():
        for one in cluster.indicators:
            said = entry(pages[f"catalogue/{names[one]}.md"], one)
            assert cluster.title in said


def test_links_of_the_crosswalk_stand_with_both_of_their_factors(pages):
    foa, own = pages["catalogue/un-foa-2014.md"], pages["catalogue/sg-resilience-2013.md"]
    for link in load_crosswalk().resilience:
        for said in (entry(foa, link.to), entry(own, link.source)):
            assert f"[{link.source}](#entry-{link.source.lower()}) inhibits" in said
            assert f"κ {link.kappa:g}" in said


def test_every_dataset_has_its_licence_coverage_and_indicators(pages):
    parts = pages["catalogue/datasets.md"].split("\n(dataset-")[1:]
    assert [part.split(")=")[0] for part in parts] == list(SOURCES)
    for name, part in zip(SOURCES, parts, strict=True):
        mapping = load_mapping(name)
        fields = dict(re.findall(r"^\* \*\*(\w+):\*\* (.+)$", part, re.MULTILINE))
        assert {"Licence", "Covers", "Cite", "Rates"} <= set(fields)
        rated = re.findall(r"\[([\w.]+)\]", fields["Rates"])
        assert set(rated) == {r.indicator for r in mapping.ratings}
        assert part.count("* **Mind:** ") == len(mapping.caveats)


def test_links_between_the_pages_have_a_target(pages):
    targets = {t for text in pages.values() for t in re.findall(r"^\(([\w-]+)\)=$", text, re.M)}
    links = {t for text in pages.values() for t in re.findall(r"\]\(#([\w-]+)\)", text)}
    assert len(links) > 150
    assert links <= targets
    files = {t for text in pages.values() for t in re.findall(r"\]\(([\w./-]+\.md)\)", text)}
    for file in files:
        there = DOCS / file.removeprefix("../../") if file.startswith("../../") else None
        assert there.is_file() if there else f"catalogue/{file}" in pages


def test_text_of_the_catalogue_stays_text(catalogue):
    made = catalogue.plain("<script>x</script> *a* [b](http://c) `d` | $e$\n# f")
    assert made == (r"&lt;script&gt;x&lt;/script&gt; \*a\* \[b\](http://c) \`d\` \| \$e\$ \# f")


def test_pages_are_made_the_same_each_time(catalogue, pages):
    assert catalogue.pages() == pages


def test_changes_of_meaning_come_from_every_release(conf, tmp_path):
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text(
        "# Changelog\n\n## Unreleased\n\n### New\n\n- a\n\n### Changes of meaning\n\n- b\n\n- c\n\n"
        "## 1.0\n\n### New\n\n- d\n\n## 0.9\n\n### Changes of meaning\n\n- e\n\n### Fixed\n\n- f\n",
        encoding="utf-8",
    )
    assert conf.changes_of_meaning(changelog) == ("## Unreleased\n\n- b\n\n- c\n\n## 0.9\n\n- e\n")


def test_the_changelog_of_the_project_has_them(conf):
    said = conf.changes_of_meaning(ROOT / "CHANGELOG.md")
    assert said.startswith("## ")
    assert "\n- " in said
    assert "\n### " not in said


def test_writing_keeps_what_is_the_same_and_takes_out_what_is_gone(conf, tmp_path):
    conf.write(tmp_path, {"a.md": "one", "b/c.md": "two"})
    kept = (tmp_path / "a.md").stat().st_mtime_ns
    conf.write(tmp_path, {"a.md": "one", "b/d.md": "three"})
    assert (tmp_path / "a.md").stat().st_mtime_ns == kept
    files = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert files == {"a.md", "b/d.md"}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("score", "[x](../notebooks/a.ipynb)", "[x](generated/notebooks/a.ipynb)"),
        ("api/r2prisk", "[x](../../notebooks/a.ipynb)", "[x](../generated/notebooks/a.ipynb)"),
        ("score", "[x](panel.md#a)", "[x](panel.md#a)"),
        ("generated/notebooks/a", "[x](../notebooks/a.ipynb)", "[x](../notebooks/a.ipynb)"),
    ],
)
def test_links_to_notebooks_lead_to_the_copies(conf, name, text, wanted):
    source = [text]
    conf._links_to_notebooks(None, name, source)
    assert source == [wanted]


def test_pictures_in_notebooks_are_told_in_words(conf):
    picture = {"image/svg+xml": "<svg/>", "text/plain": ["Ghana, ", "2013"]}
    cells = [
        {"cell_type": "code", "metadata": {}, "outputs": [{"data": picture}]},
        {"cell_type": "code", "metadata": {}, "outputs": [{"data": {"text/plain": "1"}}]},
        {"cell_type": "markdown", "metadata": {}, "source": "[a](../docs/score.md)"},
    ]
    made = json.loads(conf.copy_of(json.dumps({"cells": cells})))["cells"]
    assert made[0]["metadata"] == {"mystnb": {"image": {"alt": "Ghana, 2013"}}}
    assert made[1]["metadata"] == {}
    assert made[2]["source"] == "[a](../../score.md)"


def test_copies_of_notebooks_link_to_the_pages(conf, monkeypatch):
    written = {}
    monkeypatch.setattr(conf, "write", lambda folder, pages: written.update(pages))
    conf._generate(None, None)
    notebooks = {path.name for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {
        n.removeprefix("notebooks/") for n in written if n.startswith("notebooks/")
    } == notebooks
    for name in notebooks:
        for target in re.findall(r"\]\(([^)#]+\.md)", written[f"notebooks/{name}"]):
            assert (DOCS / "generated" / "notebooks" / target).resolve().is_relative_to(DOCS)
            assert (DOCS / target.removeprefix("../../")).is_file(), (name, target)


def test_the_page_on_limits_counts_what_is_seen_and_how_sure_it_is():
    said = " ".join((DOCS / "limits.md").read_text(encoding="utf-8").split())
    seen = coverage_table()
    risk = seen[seen.index.str.startswith("RF")]
    assert f"rate {risk.rated.sum()} of {risk.indicators.sum()} risk indicators" in said
    for factor in risk.index[risk.rated == 0]:
        assert f"({factor})" in said
    indicators = load_framework("un-foa-2014").indicators
    words = [status_word(indicator.verified) for indicator in indicators]
    recalled = [word for word in words if word.startswith("recalled")]
    doubted = words.count("recalled, PROVISIONAL")
    assert f"{len(words)} indicators {words.count('seen')} were seen in a public copy" in said
    assert f"{len(recalled)} are recalled and wait to be checked, {doubted} of them" in said
