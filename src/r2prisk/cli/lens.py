"""``r2prisk lens``: which factors policies and review recommendations touch, and which none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import refuse_same
from r2prisk.cli.why import Frameworks, Output, Period, ProfileFile, opened, wrote
from r2prisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.prevention.lens import Lens
    from r2prisk.scoring import Scores

app = typer.Typer(
    name="lens",
    help="Which risk and resilience factors policies and recommendations touch.",
    no_args_is_help=True,
)

FORM_ENDINGS = (".csv", ".xlsx")

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
    from r2prisk.prevention.lens.form import HOW_TO, example_rows, factor_list

    _writable(target)
    if target.exists():
        raise InputError(str(target), ["is there already; name another file"])
    sheets = {"policies": example_rows(), "how to": HOW_TO, "factors": factor_list()}
    _write(sheets, target)
    typer.echo(f"Wrote {target}: one row for each policy, programme or law.")
    for what, how in HOW_TO.itertuples(index=False):
        typer.echo(f"  {what}: {how}")


@app.command()
def suggest(
    policies: PoliciesFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="What to write: .csv or .xlsx.")],
) -> None:
    """Suggest tags from the words of policies; they count once a person has confirmed them.

    Example: r2prisk lens suggest policies.csv -o tagged.csv
    """
    from r2prisk.prevention.lens import read_policies, suggest_tags

    _writable(output)
    refuse_same(output, [policies])
    read = read_policies(policies)
    made = suggest_tags(read)
    _write({"policies": made}, output)
    none = int((made["suggested"] == "").sum())
    typer.echo(f"{read!r}")
    typer.echo(f"Wrote {len(made):,} rows to {output}; no word was found for {none}.")
    typer.echo("These are guesses from words. In each row: take out of 'tags' and 'raises' what is")
    typer.echo("wrong, add what is missing, and put your name in 'confirmed_by'.")


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
) -> None:
    """Write the skeleton of a National Action Plan: what exists, gaps as objectives, blanks.

    Example: r2prisk lens plan tagged.csv --country DNK -o plan.docx
    """
    from r2prisk.prevention.lens import action_plan
    from r2prisk.reporting.documents import check_ending, write_document

    check_ending(output)
    refuse_same(output, [policies, *([] if scores is None else [scores])])
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


def _writable(path: Path) -> None:
    if path.suffix.lower() not in FORM_ENDINGS:
        allowed = " or ".join(FORM_ENDINGS)
        raise InputError(str(path), [f"ends in '{path.suffix}'; a table ends in {allowed}"])


def _write(sheets: dict[str, pd.DataFrame], path: Path) -> None:
    """Write texts as a table that a spreadsheet program opens with its accents, and no formulas."""
    from r2prisk.catalogue.export import csv_text
    from r2prisk.files import write_beside
    from r2prisk.panel.write import write_excel

    first = next(iter(sheets.values()))
    with write_beside(path) as scratch:
        if path.suffix.lower() == ".xlsx":
            write_excel(sheets, scratch)
        else:
            text = csv_text(list(first.columns), first.to_numpy().tolist())
            scratch.write_text(text, encoding="utf-8-sig")
