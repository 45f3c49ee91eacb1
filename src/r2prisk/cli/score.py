"""``r2prisk score`` and ``r2prisk demo``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.about import CAUTION
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.panel import Panel
    from r2prisk.scoring import Profile, Scores

COLUMNS = (
    "could be: the lowest and highest risk once the unknown is known. residual: what resilience\n"
    "leaves of it. coverage: how much of the Framework's weight was rated."
)
SYNTHETIC = "SYNTHETIC WORLD: invented countries and ratings, made to show how the tool works."

Files = Annotated[
    list[Path] | None,
    typer.Argument(metavar="[FILE]...", help="Ratings: .csv, .xlsx or .parquet, wide or long."),
]
Sources = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="NAME=FILE", help="A public dataset as published; repeat it."),
]
ProfileOption = Annotated[
    str, typer.Option(metavar="NAME|FILE.toml", help="The choices behind the score.")
]
Frameworks = Annotated[
    list[Path] | None,
    typer.Option("--framework", metavar="FILE.toml", help="A framework of your own; repeat it."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write: .csv, .xlsx, .parquet or .json."),
]
First = Annotated[str | None, typer.Option(help="First period to score, e.g. 1989.")]
Last = Annotated[str | None, typer.Option(help="Last period to score, e.g. 2024.")]
Rule = Annotated[
    str, typer.Option(help="Where two inputs rate one cell: first, mean, max, pool or error.")
]
Detail = Annotated[bool, typer.Option("--detail", help="Write every score's coverage and bounds.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", help="Show all that was read, left out and decided, and why.")
]


def score(
    files: Files = None,
    source: Sources = None,
    output: Output = None,
    profile: ProfileOption = "default",
    framework: Frameworks = None,
    first: First = None,
    last: Last = None,
    rule: Rule = "first",
    detail: Detail = False,
    verbose: Verbose = False,
) -> None:
    """Score countries from your own ratings, from public datasets, or from both.

    Inputs are taken in the order of trust: files first, then sources as they are named.

    Example: r2prisk score my_ratings.xlsx -o scores.csv

    Example: r2prisk score --source pts=PTS-2025.csv --source vdem=V-Dem-CY.csv -o world.csv
    """
    from r2prisk.scoring import Profile
    from r2prisk.sources.rules import rule_named

    rule_named(rule)
    files, own, pairs = files or [], framework or [], [_pair(text) for text in source or []]
    _check_output(output, [*files, *own, Path(profile), *(path for _, path in pairs)])
    chosen = None if profile == "default" else Profile.load(profile)
    panel, report = _read(files, pairs, own, rule)
    if report:
        typer.echo("\n".join(report if verbose else [t.partition("\n")[0] for t in report]))
    if first is not None or last is not None:
        before = len(panel)
        panel = panel.select(first=first, last=last)
        span = f"{first or 'the first'} to {last or 'the last'}"
        typer.echo(f"Periods from {span}: {len(panel):,} of {before:,} rows.")
    if not len(panel):
        raise InputError("panel", ["no rows are left to score"])
    scores = _score(panel, chosen)
    told = _told(files, pairs, own, profile, rule, first, last)
    scores = dataclasses.replace(scores, provenance={**scores.provenance, "command": told})
    # written before it is shown: who closes the pipe early still has the file
    wrote = _write(scores, output, detail, report)
    _show(scores)
    typer.echo(wrote)
    if output is None and report and not verbose:
        typer.echo("Add --verbose to see all that was read, left out and decided, and why.")


def demo(output: Output = None) -> None:
    """Score a small synthetic world that comes with r2prisk.

    Example: r2prisk demo -o synthetic_scores.csv
    """
    from r2prisk.catalogue.where import data_file
    from r2prisk.panel import read_panel

    _check_output(output, [])
    typer.echo(SYNTHETIC)
    panel = read_panel(data_file("demo", "synthetic_world.csv"))
    panel = dataclasses.replace(panel, notes=(SYNTHETIC,))
    typer.echo(repr(panel))
    typer.echo()
    scores = _score(panel, None)
    wrote = _write(scores, output, detail=False, report=[])
    _show(scores)
    typer.echo(wrote)
    typer.echo(SYNTHETIC)


def _read(
    files: list[Path], pairs: list[tuple[str, Path]], frameworks: list[Path], rule: str
) -> tuple[Panel, list[str]]:
    """Read and combine all inputs; the report has one text for each step, its gist first."""
    from r2prisk.panel import read_panel
    from r2prisk.panel.gate import DEFAULT_FRAMEWORKS
    from r2prisk.sources import combine_full, read_source

    if not files and not pairs:
        raise InputError("score", ["name a file of ratings, or a dataset with --source NAME=FILE"])
    allowed = [*frameworks, *_others(frameworks)] if frameworks else DEFAULT_FRAMEWORKS
    panels = [read_panel(path, frameworks=allowed) for path in files]
    short = len(pairs) < 2 or not sys.stderr.isatty()
    with typer.progressbar(pairs, label="Reading", file=sys.stderr, hidden=short) as bar:
        results = [read_source(name, path) for name, path in bar]
    report = [str(result.report) for result in results]
    panels += [result.panel for result in results]
    if len(panels) == 1:
        return panels[0], report
    combined = combine_full(panels, rule=rule)
    return combined.panel, [*report, str(combined.report)]


def _told(
    files: list[Path],
    pairs: list[tuple[str, Path]],
    frameworks: list[Path],
    profile: str,
    rule: str,
    first: str | None,
    last: str | None,
) -> str:
    """Write the command down for the provenance, with the names of files but not their folders."""
    words = ["r2prisk score", *(path.name for path in files)]
    words += [f"--source {name}={path.name}" for name, path in pairs]
    words += [f"--framework {path.name}" for path in frameworks]
    words += [f"--profile {Path(profile).name}", f"--rule {rule}"]
    words += [f"--first {first}"] if first is not None else []
    words += [f"--last {last}"] if last is not None else []
    return " ".join(words)


def _others(frameworks: list[Path]) -> list[str]:
    """Keep the shipped framework of the other kind beside a user's own."""
    from r2prisk.catalogue import load_framework
    from r2prisk.panel.gate import DEFAULT_FRAMEWORKS

    kinds = {load_framework(path).kind for path in frameworks}
    return [name for name in DEFAULT_FRAMEWORKS if load_framework(name).kind not in kinds]


def _pair(text: str) -> tuple[str, Path]:
    name, equals, path = text.partition("=")
    if not (equals and name and path):
        raise InputError("--source", [f"'{text}' is not NAME=FILE, e.g. pts=PTS-2025.csv"])
    return name, Path(path)


def _score(panel: Panel, profile: Profile | None) -> Scores:
    from r2prisk.scoring import score

    short = len(panel) < 100_000 or not sys.stderr.isatty()
    with typer.progressbar(
        length=len(panel), label="Scoring", file=sys.stderr, hidden=short
    ) as bar:
        return score(panel, profile=profile, progress=lambda done: bar.update(done - bar.pos))


def _show(scores: Scores) -> None:
    from r2prisk.scoring.show import (
        WORDS,
        comparability,
        headline,
        summary,
        unrated_factors,
    )
    from r2prisk.tables import text_table

    typer.echo(headline(scores))
    for title, table in summary(scores).items():
        typer.echo(f"\n{title.capitalize()}\n{text_table(table, words=WORDS)}")
    unseen = unrated_factors(scores)
    typer.echo(f"\n{COLUMNS}")
    if unseen:
        typer.echo(f"{unseen}. Nothing read here sees these factors; that is not a low rating.")
    if levels := comparability(scores):
        typer.echo(levels)
    typer.echo(CAUTION)


def _targets(output: Path) -> list[Path]:
    """Return the files that one output makes."""
    from r2prisk.scoring.write import provenance_path

    beside = [provenance_path(output)] if output.suffix.lower() == ".csv" else []
    return [output, *beside, output.with_suffix(".report.txt")]


def _check_output(output: Path | None, inputs: list[Path]) -> None:
    """Refuse an output that cannot be written, or that would replace what is read."""
    from r2prisk.scoring.write import check_target

    if output is None:
        return
    check_target(output)
    read = {path.resolve() for path in inputs}
    clash = [str(path) for path in _targets(output) if path.resolve() in read]
    if clash:
        raise InputError(str(output), [f"would replace {name}, which is read" for name in clash])


def _write(scores: Scores, output: Path | None, detail: bool, report: list[str]) -> str:
    """Write the scores and what goes with them, and say what was written."""
    from r2prisk.files import write_beside

    if output is None:
        return "Nothing was written; add -o scores.csv (or .xlsx, .parquet, .json) to keep it."
    scores.write(output, detail=detail)
    *beside, report_path = _targets(output)[1:]
    names = " and ".join(str(path) for path in (output, *beside))
    wrote = f"Wrote {len(scores):,} rows to {names}."
    if not report:
        return wrote
    with write_beside(report_path) as scratch:
        scratch.write_text("\n".join(report) + "\n", encoding="utf-8")
    return f"{wrote}\nWhat was read, left out and decided, and why: {report_path}."
