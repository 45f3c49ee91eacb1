"""``r2prisk score``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.about import CAUTION
from r2prisk.cli.inputs import Counts, Inputs, Per, named, refuse_same, report_path
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.panel import Panel
    from r2prisk.scoring import Profile, Scores


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
EvidenceFiles = Annotated[
    list[Path] | None,
    typer.Option("--evidence", metavar="FILE", help="Coded evidence, or a filled-in form; repeat."),
]
EveryOption = Annotated[Per, typer.Option(help="The periods to which evidence is pooled.")]
CountsOption = Annotated[
    Counts, typer.Option("--evidence-counts", help="What evidence is beside other ratings.")
]
Hindsight = Annotated[
    bool,
    typer.Option("--hindsight", help="Count evidence from its date, also before it was known."),
]
Detail = Annotated[bool, typer.Option("--detail", help="Write every score's coverage and bounds.")]
Ratings = Annotated[
    bool,
    typer.Option(
        "--ratings/--no-ratings",
        help="Write the ratings beside the scores, so that r2prisk explain can tell why.",
    ),
]
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
    evidence: EvidenceFiles = None,
    every: EveryOption = Per.YEAR,
    evidence_counts: CountsOption = Counts.OVERRIDES,
    hindsight: Hindsight = False,
    detail: Detail = False,
    ratings: Ratings = True,
    verbose: Verbose = False,
) -> None:
    """Score countries from your own ratings, from coded evidence, from public datasets, or all.

    Inputs are taken in the order of trust: files first, then sources as they are named. Evidence
    has the last word, unless you say otherwise.

    Example: r2prisk score my_ratings.xlsx -o scores.csv

    Example: r2prisk score --source pts=PTS-2025.csv --source vdem=V-Dem-CY.csv -o world.csv

    Example: r2prisk score --evidence evidence.csv --every month -o scores.csv
    """
    from r2prisk.scoring import Profile
    from r2prisk.scoring.write import check_target
    from r2prisk.sources.rules import rule_named

    rule_named(rule)
    inputs = Inputs(
        files=files or [],
        pairs=[named(text) for text in source or []],
        frameworks=framework or [],
        rule=rule,
        evidence=evidence or [],
        every=every,
        counts=evidence_counts,
        hindsight=hindsight,
        first=first,
        last=last,
    )
    if output is not None:
        check_target(output)
        refuse_same(output, [*inputs.paths, Path(profile)])
    chosen = None if profile == "default" else Profile.load(profile)
    panel, report = inputs.opened(verbose=verbose)
    if first is not None or last is not None:
        before = len(panel)
        panel = panel.select(first=first, last=last)
        span = f"{first or 'the first'} to {last or 'the last'}"
        typer.echo(f"Periods from {span}: {len(panel):,} of {before:,} rows.")
    if not len(panel):
        raise InputError("panel", ["no rows are left to score"])
    scores = _score(panel, chosen)
    about = {**scores.provenance, "command": inputs.told(profile)}
    scores = dataclasses.replace(scores, provenance=about)
    # written before it is shown: who closes the pipe early still has the file
    wrote = _write(scores, output, detail=detail, ratings=ratings, report=report)
    _show(scores)
    typer.echo(wrote)
    if output is None and report and not verbose:
        typer.echo("Add --verbose to see all that was read, left out and decided, and why.")


def _score(panel: Panel, profile: Profile | None) -> Scores:
    from r2prisk.scoring import score

    short = len(panel) < 100_000 or not sys.stderr.isatty()
    with typer.progressbar(
        length=len(panel), label="Scoring", file=sys.stderr, hidden=short
    ) as bar:
        return score(panel, profile=profile, progress=lambda done: bar.update(done - bar.pos))


def _show(scores: Scores) -> None:
    from r2prisk.scoring.show import (
        COLUMNS,
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


def _write(
    scores: Scores, output: Path | None, *, detail: bool, ratings: bool, report: list[str]
) -> str:
    """Write the scores and what goes with them, and say what was written."""
    from r2prisk.files import write_beside
    from r2prisk.scoring.write import provenance_path, ratings_path

    if output is None:
        return "Nothing was written; add -o scores.csv (or .xlsx, .parquet, .json) to keep it."
    scores.write(output, detail=detail)
    beside = [provenance_path(output)] if output.suffix.lower() == ".csv" else []
    if ratings:
        scores.panel.write(ratings_path(output))
        beside.append(ratings_path(output))
    names = f"; beside it {' and '.join(map(str, beside))}" if beside else ""
    wrote = f"Wrote {len(scores):,} rows to {output}{names}."
    if not report:
        return wrote
    told = report_path(output)
    with write_beside(told) as scratch:
        scratch.write_text("\n".join(report) + "\n", encoding="utf-8")
    return f"{wrote}\nWhat was read, left out and decided, and why: {told}."
