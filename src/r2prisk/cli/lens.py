"""``r2prisk lens``: which factors policies and review recommendations touch, and which none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import refuse_same
from r2prisk.cli.why import Frameworks, Output, Period, ProfileFile, opened, wrote
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from r2prisk.prevention.lens import Lens
    from r2prisk.scoring import Scores

app = typer.Typer(
    name="lens",
    help="Which risk and resilience factors policies and recommendations touch.",
    no_args_is_help=True,
)

SHOWN = 10
"""Policies that are named for which no word was found."""

PoliciesFile = Annotated[
    Path, typer.Argument(metavar="POLICIES", help="A table of policies: .csv or .xlsx.")
]
Country = Annotated[
    str | None,
    typer.Option(help="Whose policies, by ISO 3166 code, if the table has several countries."),
]
Partner = Annotated[
    str | None,
    typer.Option("--unit", help="Only work in this country; gaps in order of its scores."),
]
Year = Annotated[int | None, typer.Option(help="Only what is in force in this year.")]
Force = Annotated[
    bool, typer.Option("--force", help="Replace a file that is there, with what people wrote.")
]
REPLACED = "--force replaces it, with what people wrote"
"""How a file that is there can be replaced all the same."""
ScoresFile = Annotated[
    Path | None,
    typer.Option("--scores", metavar="SCORES", help="Scores that r2prisk score wrote."),
]


@app.command()
def form(
    target: Annotated[Path, typer.Argument(metavar="FORM", help="What to write: .csv or .xlsx.")],
) -> None:
    """Write an empty table of policies with examples of how to fill it in; never over a file.

    Example: r2prisk lens form policies.xlsx
    """
    from r2prisk.prevention.forms import form_faults, write_sheets
    from r2prisk.prevention.lens.form import HOW_TO, example_rows, factor_list

    faults = form_faults(target)
    if faults:
        raise InputError(str(target), faults)
    sheets = {"policies": example_rows(), "how to": HOW_TO, "factors": factor_list()}
    write_sheets(sheets, target)
    typer.echo(f"Wrote {target}: one row for each policy, programme or law.")
    for what, how in HOW_TO.itertuples(index=False):
        typer.echo(f"  {what}: {how}")


@app.command()
def suggest(
    policies: PoliciesFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="What to write: .csv or .xlsx.")],
    force: Force = False,
) -> None:
    """Suggest tags from the words of policies; they count once a person has confirmed them.

    Example: r2prisk lens suggest policies.csv -o tagged.csv
    """
    from r2prisk.prevention.forms import misnamed, taken, write_sheets
    from r2prisk.prevention.lens import read_policies, suggest_tags
    from r2prisk.prevention.lens.show import folded_lines

    refuse_same(output, [policies])
    faults = [*misnamed(output), *([] if force else taken(output, replaced=REPLACED))]
    if faults:
        raise InputError(str(output), faults)
    read = read_policies(policies)
    made = suggest_tags(read)
    write_sheets({"policies": made}, output)
    typer.echo(f"{read!r}\nWrote {len(made):,} rows to {output}.")
    typer.echo("These are guesses from words. In each row: take out of 'tags' and 'raises' what is")
    typer.echo("wrong, add what is missing, and put your name in 'confirmed_by'.")
    for line in _silent(made):
        typer.echo(folded_lines(line, indent="    "))


@app.command()
def coverage(
    policies: PoliciesFile,
    country: Country = None,
    unit: Partner = None,
    year: Year = None,
    scores: ScoresFile = None,
    period: Period = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Show which factors confirmed policies touch: gaps, overlaps, and what could raise a risk.

    Example: r2prisk lens coverage tagged.csv

    Example: r2prisk lens coverage tagged.csv --unit GHA --scores world.csv -o coverage.xlsx
    """
    made = _opened(scores, profile, framework, output)
    _apart(output, policies)
    lens = _looked(policies, country, unit, year, made, period)
    about = {"file": policies.name, **lens.provenance}
    typer.echo(repr(lens) + wrote(_with_departments(lens), output, "coverage", about))


@app.command()
def plan(
    policies: PoliciesFile,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="What to write: .docx, .html or .md.")
    ],
    country: Country = None,
    unit: Partner = None,
    year: Year = None,
    scores: ScoresFile = None,
    period: Period = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    force: Force = False,
) -> None:
    """Write the skeleton of a National Action Plan: what exists, gaps as objectives, blanks.

    Example: r2prisk lens plan tagged.csv --country DNK -o plan.docx
    """
    from r2prisk.prevention.forms import taken
    from r2prisk.prevention.lens import action_plan
    from r2prisk.reporting.documents import check_ending, write_document

    check_ending(output)
    refuse_same(output, [policies, *([] if scores is None else [scores])])
    if not force and (faults := taken(output, replaced=REPLACED)):
        raise InputError(str(output), faults)
    made = _opened(scores, profile, framework, None)
    lens = _looked(policies, country, unit, year, made, period)
    write_document(action_plan(lens), output)
    typer.echo(f"Wrote {output}: a skeleton, with {len(lens.gaps)} gaps and blanks to fill in.")


@app.command()
def upr(
    recommendations: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Recommendations of UPR Info: .csv, .xlsx, .parquet."),
    ],
    unit: Annotated[
        str | None, typer.Option(help="The state under review, e.g. MMR; all if not named.")
    ] = None,
    scores: ScoresFile = None,
    period: Annotated[
        str | None, typer.Option(help="Of the scores; the last review's year if not named.")
    ] = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Show on which factors a state was asked in its Universal Periodic Review, and its answers.

    Example: r2prisk lens upr recommendations.parquet --unit MMR
    """
    from r2prisk.prevention.lens import read_upr, upr_lens

    made = _opened(scores, profile, framework, output)
    _apart(output, recommendations)
    lens = upr_lens(read_upr(recommendations), unit=unit, scores=made, period=period)
    about = {"file": recommendations.name, **lens.provenance}
    typer.echo(repr(lens) + wrote(lens.factors.reset_index(), output, "upr", about))


def _looked(
    policies: Path,
    country: str | None,
    unit: str | None,
    year: int | None,
    scores: Scores | None,
    period: str | None,
) -> Lens:
    from r2prisk.prevention.lens import prevention_lens, read_policies

    read = read_policies(policies)
    return prevention_lens(
        read, country=country, unit=unit, year=year, scores=scores, period=period
    )


def _opened(
    scores: Path | None, profile: str | None, framework: list[Path] | None, output: Path | None
) -> Scores | None:
    if scores is not None:
        return opened(scores, profile, framework, output)
    if profile is not None or framework:
        raise InputError("--profile and --framework", ["are used with --scores only"])
    return None


def _apart(output: Path | None, read: Path) -> None:
    """Refuse an output that cannot be written, or would replace what is read."""
    from r2prisk.scoring.write import check_target

    if output is not None:
        check_target(output)
        refuse_same(output, [read])


def _with_departments(lens: Lens) -> pd.DataFrame:
    """Return the table by factor with a column for each department."""
    counts = lens.departments.add_prefix("department: ")
    return lens.factors.join(counts).reset_index()


def _silent(made: pd.DataFrame) -> Iterator[str]:
    """Name the policies in which no word was found, and say what that means."""
    from textwrap import shorten

    from r2prisk.prevention.lens.suggest import NOTHING

    none = made[made["suggested"] == NOTHING]
    if not len(none):
        return
    yield (
        f"In {len(none):,} of the {len(made):,} no word was found. The words are English, French "
        "and Spanish, and no list is whole: tag these by hand."
    )
    for name, text in zip(none["id"][:SHOWN], none["text"][:SHOWN], strict=True):
        yield f"  {name}: {shorten(text, 80, placeholder=' ...')}"
    if len(none) > SHOWN:
        yield f"  and {len(none) - SHOWN:,} more: see the column 'suggested'."
