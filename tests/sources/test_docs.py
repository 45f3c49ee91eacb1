"""The page for analysts is up to date; run with R2PRISK_WRITE_DOCS=1 to write its tables anew."""

import os
import re
from pathlib import Path

from r2prisk.catalogue import load_framework
from r2prisk.sources import SOURCES, coverage_table, findings_table, load_mapping, source_table

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def steps_of(rating):
    words = []
    for step in rating.steps:
        settings = getattr(step, step.kind).model_dump(exclude_defaults=True)
        settings.pop("map", None)
        inside = ", ".join(f"{key} {value:g}" for key, value in settings.items())
        words.append(f"{step.kind} {inside}".strip())
    words += ["reversed"] if rating.direction == "less" else []
    return ", ".join(words) or "as it is"


def blocks():
    """Return the generated parts of the page by name."""
    cover = coverage_table()
    risk = cover[cover.index.str.startswith("RF")]
    other = cover.drop(risk.index)
    totals = [
        ("**risk**", "", f"**{risk.indicators.sum()}**", f"**{risk.rated.sum()}**", "", ""),
        ("**resilience**", "", f"**{other.indicators.sum()}**", f"**{other.rated.sum()}**", "", ""),
    ]
    rows = [*risk.itertuples(), totals[0], *other.itertuples(), totals[1]]
    labels = {
        i.id: i.label
        for name in ("un-foa-2014", "sg-resilience-2013")
        for i in load_framework(name).indicators
    }
    mappings = [load_mapping(name) for name in SOURCES]
    ratings = [
        (r.indicator, labels[r.indicator], m.name, ", ".join(r.variables), steps_of(r), r.why)
        for m in mappings
        for r in m.ratings
    ]
    ratings.sort(key=lambda row: list(labels).index(row[0]))
    sources = [
        (f"`{name}`", f"[{r.title}]({r.url})", r.publisher, r.covers, r.licence, r.citation)
        for name, r in source_table().iterrows()
    ]
    return {
        "coverage": table(["factor", "title", "indicators", "rated", "which", "by"], rows),
        "sources": table(
            ["name", "dataset", "publisher", "covers", "licence", "citation"], sources
        ),
        "caveats": "\n".join(
            f"* `{m.name}`: " + " ".join(m.caveats) for m in mappings if m.caveats
        ),
        "ratings": table(["indicator", "label", "source", "variables", "steps", "why"], ratings),
        "findings": table(["kind", "indicators", "what"], findings_table().to_numpy().tolist()),
    }


def written(text):
    for name, block in blocks().items():
        start, end = f"<!-- {name} -->\n", "<!-- end -->"
        assert start in text, name
        text = re.sub(
            re.escape(start) + r".*?" + re.escape(end),
            lambda _, start=start, block=block, end=end: f"{start}{block}\n{end}",
            text,
            count=1,
            flags=re.DOTALL,
        )
    return text


def test_the_page_has_the_tables_of_the_mappings():
    text = PAGE.read_text(encoding="utf-8")
    if os.environ.get("R2PRISK_WRITE_DOCS"):
        PAGE.write_text(written(text), encoding="utf-8")
        return
    assert written(text) == text, "write docs/sources.md anew: R2PRISK_WRITE_DOCS=1 pytest ..."


def test_the_page_names_what_no_dataset_sees():
    text = PAGE.read_text(encoding="utf-8")
    assert "RF10, RF12, RF13 and RF14 are rated by no public dataset" in text
    cover = coverage_table()
    assert (cover.loc[["RF10", "RF12", "RF13", "RF14"], "rated"] == 0).all()


def test_enough_is_covered():
    cover = coverage_table()
    risk = cover.index.str.startswith("RF")
    assert cover.loc[risk, "rated"].sum() >= 49
    assert cover.loc[~risk, "rated"].sum() >= 18
