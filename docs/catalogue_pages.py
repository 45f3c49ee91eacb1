"""The catalogue as pages that can be browsed, made from ``data/indicators`` when the site is built.

One page for each framework, one for the kinds of source, one for overlaps, one for the public
datasets, and a page that lists them. Texts of the catalogue are escaped: what looks like Markdown
in them stays as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Literal

from r2prisk.catalogue import (
    FRAMEWORKS,
    Factor,
    Framework,
    Indicator,
    Mechanism,
    load_crosswalk,
    load_framework,
    load_mechanisms,
    load_overlaps,
    load_words,
)
from r2prisk.catalogue.checklist import status_sentence, status_word
from r2prisk.catalogue.translations import TRANSLATED, label_in
from r2prisk.sources import SOURCES, load_mapping

WAY_BACK = "../../"
"""From a page of the catalogue to the pages that are written by hand."""

ALL = f"""# What is measured: the catalogue, entry by entry

Made from the files of the catalogue. What they are, how sure each part is and how to mend them:
[The catalogue]({WAY_BACK}catalogue.md).

Beside the frameworks stand the [kinds of source](mechanisms.md), with what each can and cannot warn
of, the [overlaps](overlaps.md): indicators that one event can raise together, and the
[public datasets](datasets.md), one by one. Titles of factors are the United Nations'; labels,
descriptions and guidance are r2prisk's own words. Weights and ratings are in no UN document.
"""

PUBLIC = f"""# Public datasets, one by one

What each covers, under which licence, what it rates and what its mapping warns of. How they are
read and put together: [Public datasets]({WAY_BACK}sources.md). None of their data is in r2prisk.
Check a licence with its publisher before you republish.
"""

KINDS = f"""# Kinds of source

What each kind of source (`mechanism` in a table of evidence) can warn of, what it cannot see, how
often it speaks and how soon it goes stale. A half-life is the age at which a piece of evidence
counts half; it is a declared assumption of r2prisk
([From documents to ratings]({WAY_BACK}evidence.md)).
"""

TWICE = """# Overlaps

Indicators that one event can raise together, and risk indicators that are missing resilience. Rate
an event once, under the indicator that fits best.
"""

Datasets = Mapping[str, tuple[str, ...]]
"""For each indicator the public datasets that rate it, one line each."""


def pages() -> dict[str, str]:
    """Return the pages of the catalogue: file name and Markdown.

    Returns
    -------
    dict of str to str
        Names are relative to the folder of generated pages and begin with ``catalogue/``.

    Examples
    --------
    >>> sorted(pages())[:3]
    ['catalogue/datasets.md', 'catalogue/index.md', 'catalogue/mechanisms.md']
    """
    frameworks = [load_framework(name) for name in FRAMEWORKS]
    known = {e.id for f in frameworks for e in (*f.factors, *f.indicators)}
    datasets = _datasets()
    made = {f.name: _framework_page(f, known, datasets) for f in frameworks}
    made |= {
        "mechanisms": _mechanisms_page(),
        "overlaps": _overlaps_page(known),
        "datasets": _datasets_page(known),
    }
    made["index"] = _index_page(frameworks)
    return {f"catalogue/{name}.md": text for name, text in made.items()}


def plain(text: str) -> str:
    r"""Return a text on one line in which nothing is Markdown or HTML.

    Examples
    --------
    >>> print(plain("a *bold* <b>claim</b>, see [1]"))
    a \*bold\* &lt;b&gt;claim&lt;/b&gt;, see \[1\]
    """
    return re.sub(r"([\\`*_\[\]|#~$])", r"\\\1", escape(" ".join(text.split()), quote=False))


def _index_page(frameworks: Iterable[Framework]) -> str:
    rows = [
        f"| [`{f.name}`]({f.name}.md) | {plain(f.title)} | {plain(f.symbol or '')} | "
        f"{len(f.factors)} | {len(f.indicators) or 'none'} | {_how_sure(f) or 'no indicators'} |"
        for f in frameworks
    ]
    contents = [*(f.name for f in frameworks), "mechanisms", "overlaps", "datasets"]
    head = "| framework | document | symbol | factors | indicators | how sure |"
    lines = [ALL, head, "|---|---|---|---|---|---|", *rows]
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", "", *contents, "```", ""])


def _how_sure(framework: Framework) -> str:
    words = [status_word(indicator.verified) for indicator in framework.indicators]
    return "; ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words))


def _framework_page(framework: Framework, known: set[str], datasets: Datasets) -> str:
    lines = [f"# {plain(framework.title)}", "", f"`{framework.name}`: {plain(framework.citation)}"]
    # a note names keys and commands as code
    lines += ["", plain(framework.note).replace("\\`", "`")] if framework.note else []
    lines += ["", *(f"* {_id(f.id, known)} {plain(f.title)}" for f in framework.factors)]
    for factor in framework.factors:
        lines += ["", f"({_target(factor.id)})=", f"## {factor.id} {plain(factor.title)}", ""]
        lines += list(_factor_lines(factor, known))
        for indicator in factor.indicators:
            lines += ["", f"({_target(indicator.id)})="]
            lines += [f"### {indicator.id} {plain(indicator.label)}", ""]
            lines += list(_indicator_lines(indicator, framework, known, datasets))
    return "\n".join([*lines, ""])


def _factor_lines(factor: Factor, known: set[str]) -> Iterator[str]:
    yield plain(factor.definition)
    yield ""
    yield from _languages(factor.titles)
    if factor.crimes:
        words = {word.id: word.words["en"] for word in load_words().crimes}
        said = ", ".join(words[crime] for crime in factor.crimes)
        yield f"* **Crimes:** {said} ({factor.scope})"
    for link in _factor_links(factor.id, known):
        yield f"* **Link:** {link}"


def _indicator_lines(
    indicator: Indicator, framework: Framework, known: set[str], datasets: Datasets
) -> Iterator[str]:
    yield plain(indicator.description)
    yield ""
    if framework.name in TRANSLATED:
        yield from _languages({tongue: label_in(indicator, tongue) for tongue in ("fr", "es")})
    trigger = ", a trigger: a dated event" if indicator.trigger else ""
    yield f"* **Tempo:** {indicator.tempo}{trigger}"
    yield f"* **Look for:** {plain(indicator.look_for)}"
    yield f"* **Rate 0:** {plain(indicator.rate_0)}"
    yield f"* **Rate 1:** {plain(indicator.rate_1)}"
    yield f"* **How sure:** {_linked(status_sentence(indicator.verified, framework))}"
    for cluster in load_overlaps():
        if indicator.id in cluster.indicators:
            others = _ids((i for i in cluster.indicators if i != indicator.id), known)
            what = "missing resilience" if cluster.kind == "inverse-resilience" else "one event"
            yield f"* **Overlap ({what}):** {plain(cluster.title)}, with {others}. " + plain(
                cluster.reason
            )
    for link in _indicator_links(indicator.id, known):
        yield f"* **Link:** {link}"
    if indicator.id in datasets:
        yield from datasets[indicator.id]
    elif framework.name in TRANSLATED:
        yield "* **Public data:** none; rated from documents and by people who know the place"


def _languages(texts: Mapping[Literal["fr", "es"], str]) -> Iterator[str]:
    if "fr" in texts:
        yield f"* **French:** {plain(texts['fr'])}"
    if "es" in texts:
        yield f"* **Spanish:** {plain(texts['es'])}"


def _factor_links(factor: str, known: set[str]) -> Iterator[str]:
    crosswalk = load_crosswalk()
    for link in crosswalk.sg_risk:
        if factor in (link.source, *link.to):
            also = f"; {_ids(link.also, known)} help to explain it" if link.also else ""
            homes = _ids(link.to, known)
            yield f"{_id(link.source, known)} is scored from {homes}{also}. {plain(link.reason)}"
    for link in crosswalk.resilience:
        if factor in (link.source, link.to):
            share = f"up to {link.kappa:g} of it" if link.kappa else "explains only"
            above = f", above all {_ids(link.indicators, known)}" if link.indicators else ""
            pair = f"{_id(link.source, known)} inhibits {_id(link.to, known)}{above}"
            yield f"{pair} (κ {link.kappa:g}, {share}). {plain(link.reason)}"
    for link in crosswalk.capacity:
        if factor in (link.source, link.to) or factor in link.also:
            also = f", then {_ids(link.also, known)}" if link.also else ""
            pair = f"{_id(link.source, known)} feeds {_id(link.to, known)} first{also}"
            yield f"{pair}. {plain(link.reason)}"


def _indicator_links(indicator: str, known: set[str]) -> Iterator[str]:
    """Say which links name this very indicator; those of its factor stand with the factor."""
    crosswalk = load_crosswalk()
    for link in crosswalk.sg_risk:
        if indicator in link.also:
            yield f"helps to explain {_id(link.source, known)}"
    for link in crosswalk.resilience:
        if indicator in link.indicators:
            yield f"{_id(link.source, known)} bears on it in particular (κ {link.kappa:g})"


def _datasets() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name in SOURCES:
        for rating in load_mapping(name).ratings:
            columns = ", ".join(f"`{column}`" for column in rating.variables)
            line = f"* **Public data:** [`{name}`](#dataset-{name}) ({columns}). "
            found[rating.indicator] = (
                *found.get(rating.indicator, ()),
                line + plain(rating.why),
            )
    return found


def _datasets_page(known: set[str]) -> str:
    lines = [PUBLIC.rstrip()]
    for name in SOURCES:
        mapping = load_mapping(name)
        rated = dict.fromkeys(rating.indicator for rating in mapping.ratings)
        lines += ["", f"(dataset-{name})=", f"## {plain(mapping.title)}", ""]
        lines += [
            f"* **Name:** `{name}`",
            f"* **Publisher:** {plain(mapping.publisher)}, <{mapping.url}>",
            f"* **Covers:** {plain(mapping.covers)}",
            f"* **Licence:** {plain(mapping.licence)}",
            f"* **Rates:** {_ids(rated, known)}",
            f"* **Cite:** {plain(mapping.citation)}",
            *(f"* **Mind:** {plain(caveat)}" for caveat in mapping.caveats),
        ]
    return "\n".join([*lines, ""])


def _mechanisms_page() -> str:
    lines = [KINDS.rstrip()]
    for kind in load_mechanisms().values():
        lines += ["", f"## {plain(kind.title)}", "", f"`{kind.id}`", ""]
        lines += [
            *_languages(kind.titles),
            f"* **Warns of:** {plain(kind.warns_of)}",
            f"* **Blind to:** {plain(kind.blind_to)}",
            f"* **Speaks:** {plain(kind.cycle)}",
            f"* **Half-life:** {_half_lives(kind)}. {plain(kind.reason)}",
        ]
    return "\n".join([*lines, ""])


def _half_lives(kind: Mechanism) -> str:
    slow, fast = kind.half_life_structural, kind.half_life_dynamic
    return f"{slow:g} months for structural and {fast:g} for dynamic indicators"


def _overlaps_page(known: set[str]) -> str:
    head = "| what | kind | indicators | why |"
    lines = [TWICE, head, "|---|---|---|---|"]
    for cluster in load_overlaps():
        kind = "missing resilience" if cluster.kind == "inverse-resilience" else "one event"
        cells = [plain(cluster.title), kind, _ids(cluster.indicators, known), plain(cluster.reason)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _target(identifier: str) -> str:
    return "entry-" + identifier.lower().replace(".", "-")


def _id(identifier: str, known: set[str]) -> str:
    """Return an identifier as a link to its entry, on whatever page that is."""
    return f"[{identifier}](#{_target(identifier)})" if identifier in known else identifier


def _ids(identifiers: Iterable[str], known: set[str]) -> str:
    return ", ".join(_id(identifier, known) for identifier in identifiers)


def _linked(text: str) -> str:
    """Return a text in which an address is a link and nothing else is Markdown."""
    parts = re.split(r"(https://[^\s;,)]+)", text)
    return "".join(f"<{p}>" if p.startswith("https://") else plain(p) for p in parts)
