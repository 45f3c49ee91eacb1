"""``r2prisk catalogue``: look at what is measured, check it, and take it elsewhere."""

from __future__ import annotations

import shutil
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from r2prisk.catalogue import (
    FRAMEWORKS,
    Factor,
    Framework,
    Indicator,
    load_crosswalk,
    load_framework,
    load_overlaps,
    load_words,
)
from r2prisk.catalogue.checklist import status_sentence, status_word
from r2prisk.errors import InputError, nearest

app = typer.Typer(
    help="What is measured: list it, search it, check it against the UN document, export it.",
    no_args_is_help=True,
)


class ExportFormat(StrEnum):
    """What ``export`` writes."""

    CSV = "csv"
    JSON = "json"
    SCHEMA = "schema"


class Tongue(StrEnum):
    """The languages of factor titles."""

    EN = "en"
    FR = "fr"
    ES = "es"


FrameworkOption = Annotated[
    str,
    typer.Option("--framework", "-f", metavar="NAME|FILE.toml", help="Which framework."),
]
AnyFramework = Annotated[
    str | None,
    typer.Option(
        "--framework", "-f", metavar="NAME|FILE.toml", help="Only this one; all by default."
    ),
]
DEFAULT = "un-foa-2014"


@app.command("list")
def list_factors(
    framework: FrameworkOption = DEFAULT,
    language: Annotated[Tongue, typer.Option(help="Language of the titles.")] = Tongue.EN,
) -> None:
    """List the factors of a framework and how many of their indicators are verified.

    Example: r2prisk catalogue list --language fr
    """
    chosen = load_framework(framework)
    _paragraph(f"{chosen.name}: {chosen.title}", 2)
    width = max(len(factor.id) for factor in chosen.factors)
    for factor in chosen.factors:
        _paragraph(f"{factor.id:<{width}}  {factor.title_in(language.value)}", width + 2)
        if factor.indicators:
            _paragraph(" " * (width + 2) + _count(factor.indicators), width + 2)
    typer.echo(f"In all: {_count(chosen.indicators)}")
    others = [name for name in FRAMEWORKS if name != chosen.name]
    typer.echo(f"Other frameworks: {', '.join(others)}")


def _count(indicators: Iterable[Indicator]) -> str:
    """Say how many indicators there are and how sure they are."""
    listed = [indicator.verified for indicator in indicators]
    if not listed:
        return "no indicators of its own"
    kinds = {
        "verified": sum(v.status == "source" for v in listed),
        "recalled": sum(v.status == "recalled" for v in listed),
        "PROVISIONAL": sum(v.provisional for v in listed),
        "own": sum(v.status == "own" for v in listed),
    }
    said = ", ".join(f"{number} {kind}" for kind, number in kinds.items() if number)
    return f"{len(listed)} indicator{'s' if len(listed) > 1 else ''} ({said})"


@app.command()
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A factor or an indicator.")],
    framework: AnyFramework = None,
) -> None:
    """Show everything about a factor or an indicator.

    Example: r2prisk catalogue show 7.10
    """
    frameworks = _frameworks(framework)
    for candidate in frameworks:
        if identifier in candidate:
            entry = candidate[identifier]
            if isinstance(entry, Factor):
                _show_factor(entry, candidate)
            else:
                _show_indicator(entry, candidate)
            return
    known = [e.id for f in frameworks for e in (*f.factors, *f.indicators)]
    where = framework or ", ".join(FRAMEWORKS)
    hint = nearest(identifier, known)
    raise InputError("catalogue", [f"no factor or indicator '{identifier}' in {where}{hint}"])


def _frameworks(name: str | None) -> list[Framework]:
    return [load_framework(each) for each in ([name] if name else FRAMEWORKS)]


def _show_factor(factor: Factor, framework: Framework) -> None:
    """Print a factor, its links and its indicators."""
    _heading(f"{factor.id}  {factor.title}")
    for language, title in factor.titles.items():
        _field({"fr": "French", "es": "Spanish"}[language], title)
    _field("framework", f"{framework.title} ({framework.name})")
    _field("definition", factor.definition)
    if factor.scope:
        _field("scope", factor.scope)
    if factor.crimes:
        words = {word.id: word.words["en"] for word in load_words().crimes}
        _field("crimes", ", ".join(words[crime] for crime in factor.crimes))
    _show_links(factor.id, factor.id, framework)
    typer.echo(f"\n{_count(factor.indicators)}")
    width = max((len(i.id) for i in factor.indicators), default=0) + 2
    for entry in factor.indicators:
        _paragraph(f"{entry.id:<{width}}{entry.label} [{status_word(entry.verified)}]", width)


def _show_indicator(indicator: Indicator, framework: Framework) -> None:
    """Print an indicator with its guidance, its links and how sure it is."""
    factor = framework.factor_of(indicator.id)
    _heading(f"{indicator.id}  {indicator.label}")
    _field("status", status_sentence(indicator.verified, framework))
    _field("factor", f"{factor.id} {factor.title} ({framework.name})")
    _field("description", indicator.description)
    _field("tempo", indicator.tempo + (", a trigger: a dated event" if indicator.trigger else ""))
    _field("look for", indicator.look_for)
    _field("rate 0", indicator.rate_0)
    _field("rate 1", indicator.rate_1)
    _show_links(indicator.id, factor.id, framework)


def _show_links(identifier: str, factor: str, framework: Framework) -> None:
    """Print the overlaps and links of an entry; a framework of the user's own has none."""
    if framework.name not in FRAMEWORKS:
        return
    for cluster in load_overlaps():
        if identifier in cluster.indicators:
            others = ", ".join(other for other in cluster.indicators if other != identifier)
            _field("overlap", f"{cluster.title}, with {others}. {cluster.reason}")
    for link in _links(identifier, factor):
        _field("link", link)


def _links(identifier: str, factor: str) -> Iterator[str]:
    """Say how the crosswalk ties a factor, or an indicator and its factor, to other frameworks."""
    crosswalk = load_crosswalk()
    for link in crosswalk.sg_risk:
        if factor in (link.source, *link.to) or identifier in link.also:
            also = f"; {', '.join(link.also)} help to explain it" if link.also else ""
            yield f"{link.source} is scored from {', '.join(link.to)}{also}. {link.reason}"
    for link in crosswalk.resilience:
        if factor in (link.source, link.to):
            share = f"up to {link.kappa:g} of it" if link.kappa else "explains only"
            marked = f", above all {', '.join(link.indicators)}" if link.indicators else ""
            kappa = f"(kappa {link.kappa:g}, {share})"
            yield f"{link.source} inhibits {link.to}{marked} {kappa}. {link.reason}"
    for link in crosswalk.capacity:
        if factor in (link.source, link.to) or identifier in link.also:
            also = f", then {', '.join(link.also)}" if link.also else ""
            yield f"{link.source} feeds {link.to} first{also}. {link.reason}"


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="All must be found.")],
    framework: AnyFramework = None,
) -> None:
    """Search titles, labels, descriptions and guidance, without regard to case and accents.

    Exit code 1 says that nothing was found.

    Example: r2prisk catalogue search militia
    """
    frameworks = _frameworks(framework)
    wanted = [_fold(word) for word in words]
    found = 0
    for candidate in frameworks:
        for entry, status, texts in _entries(candidate):
            places = {place: _fold(text) for place, text in texts.items()}
            if all(any(word in text for text in places.values()) for word in wanted):
                hits = [p for p, text in places.items() if any(word in text for word in wanted)]
                found += 1
                name = entry.title if isinstance(entry, Factor) else entry.label
                where = f"in {', '.join(hits)}" + (f"; {status}" if status else "")
                _paragraph(f"{entry.id:<8}{name} [{where}]", 8)
    if not found:
        names = ", ".join(candidate.name for candidate in frameworks)
        typer.echo(f"Nothing found for '{' '.join(words)}' in {names}.", err=True)
        raise typer.Exit(1)


def _entries(framework: Framework) -> Iterator[tuple[Factor | Indicator, str, dict[str, str]]]:
    """Give each factor and indicator, its status and its texts by name."""
    for factor in framework.factors:
        titles = " / ".join([factor.title, *factor.titles.values()])
        yield factor, "", {"title": titles, "definition": factor.definition}
        for indicator in factor.indicators:
            texts = {
                "label": indicator.label,
                "description": indicator.description,
                "look for": indicator.look_for,
            }
            yield indicator, status_word(indicator.verified), texts


def _fold(text: str) -> str:
    """Take case and accents away."""
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).casefold()


@app.command()
def export(
    framework: FrameworkOption = DEFAULT,
    everything: Annotated[bool, typer.Option("--all", help="All the shipped frameworks.")] = False,
    form: Annotated[
        ExportFormat, typer.Option("--format", help="What to write.")
    ] = ExportFormat.CSV,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, not the screen.")
    ] = None,
) -> None:
    """Write a framework as CSV or JSON, or the JSON Schema of a framework file.

    CSV has one row an indicator. A cell that a spreadsheet would take for a
    formula gets an apostrophe before it. Read the column id as text: 7.1 is
    not 7.10.

    Example: r2prisk catalogue export --format csv -o indicators.csv
    """
    from r2prisk.catalogue.export import schema_json, to_csv, to_json
    from r2prisk.files import write_beside

    chosen = [load_framework(name) for name in (FRAMEWORKS if everything else [framework])]
    match form:
        case ExportFormat.CSV:
            text = to_csv(chosen)
        case ExportFormat.JSON:
            text = to_json(chosen)
        case ExportFormat.SCHEMA:
            text = schema_json()
    if output is None:
        typer.echo(text, nl=False)
        return
    with write_beside(output) as scratch:
        scratch.write_bytes(text.encode("utf-8"))
    typer.echo(f"Wrote {output}", err=True)


@app.command()
def checklist(
    framework: FrameworkOption = DEFAULT,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The page: .html or .md; a .csv goes beside it.")
    ] = Path("checklist.html"),
    force: Annotated[bool, typer.Option("--force", help="Replace a CSV with its ticks.")] = False,
) -> None:
    """Write a page and a CSV for checking the indicators against the UN document.

    The page is to read or print. The ticks go into the CSV, and from there
    back into the catalogue with: r2prisk catalogue verify

    Example: r2prisk catalogue checklist -o checklist.html
    """
    from r2prisk.catalogue.checklist import write_checklist

    page, table = write_checklist(load_framework(framework), output, force=force)
    typer.echo(f"Wrote {page} (to read or print) and {table} (to tick)")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The checklist, ticked.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who compared it.")],
    edition: Annotated[str, typer.Option(metavar="SYMBOL", help="Which edition was compared.")],
    framework: FrameworkOption = DEFAULT,
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="When; today by default.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT.toml", help="Write here, not over the file."),
    ] = None,
) -> None:
    """Take the ticks and corrections of a checklist back into the framework's file.

    A row ticked yes counts as verified, with who, when and which edition, and
    is no longer provisional. Its corrections are taken over.

    A row ticked no counts as recalled, with who, when and a note. Its
    corrections are taken over too, but stay unverified until the guidance for
    raters has been reviewed and the row is ticked yes.

    A row without a tick does not change. If the file has one fault, nothing
    is written.

    Example: r2prisk catalogue verify checklist.csv --by "A. Reader" --edition A/70/741
    """
    from r2prisk.catalogue.verify import verify as take_back

    outcome = take_back(file, framework, by=by, edition=edition, date=date, output=output)
    counts = outcome.counts()
    header = list(next(iter(counts.values())))
    totals = {name: sum(row[name] for row in counts.values()) for name in header}
    for label, row in {"": None, **counts, "in all": totals}.items():
        cells = header if row is None else [str(number) for number in row.values()]
        typer.echo(f"{label:<8}" + "".join(f"{cell:>12}" for cell in cells))
    if outcome.notes_left:
        typer.echo(f"{outcome.notes_left} notes on rows without a tick were not taken over")
    typer.echo(f"Wrote {outcome.path}")


def _width() -> int:
    return min(shutil.get_terminal_size((88, 24)).columns, 100)


def _heading(text: str) -> None:
    typer.echo(typer.style(_plain(text), bold=True))


def _field(name: str, text: str) -> None:
    _paragraph(f"{name + ':':<14}{text}", 14)


def _paragraph(text: str, indent: int) -> None:
    """Print a text wrapped to the terminal, its later lines indented."""
    width = max(_width(), indent + 20)
    wrapped = textwrap.wrap(
        _plain(text), width, subsequent_indent=" " * indent, break_on_hyphens=False
    )
    typer.echo("\n".join(wrapped))


def _plain(text: str) -> str:
    """Take out what would steer the terminal: a framework file may come from anywhere."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
