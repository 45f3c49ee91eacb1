"""``r2prisk explain``, ``uncertainty``, ``sensitivity``, ``audit``: why a score, and how sure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import beside_own, refuse_same
from r2prisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.panel import Panel
    from r2prisk.scoring import Scores

ScoresFile = Annotated[
    Path,
    typer.Argument(
        metavar="SCORES", help="Scores that r2prisk score wrote, with the ratings beside them."
    ),
]
ProfileFile = Annotated[
    str | None,
    typer.Option(metavar="FILE.toml", help="The profile that made the scores, if it is your own."),
]
Frameworks = Annotated[
    list[Path] | None,
    typer.Option("--framework", metavar="FILE.toml", help="A framework of your own; repeat it."),
]
Unit = Annotated[str, typer.Option(help="The country, by its ISO 3166 alpha-3 code, e.g. MMR.")]
From = Annotated[str | None, typer.Option("--from", help="From this period, e.g. 2012.")]
To = Annotated[
    str | None, typer.Option("--to", help="To this period; the latest of the country if not named.")
]
Of = Annotated[
    str,
    typer.Option(help="The score: risk, residual_risk, resilience, or a crime, e.g. genocide."),
]
Against = Annotated[
    str | None,
    typer.Option(
        "--reference",
        help="Without --from: world (the default), region, absent, a country or a period.",
    ),
]
About = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv",
        help="What scores should not lean on: unit, period if it changes, numbers.",
    ),
]
Period = Annotated[
    str | None, typer.Option(help="The period; the latest with scores if not named.")
]
AuditPeriod = Annotated[
    str | None, typer.Option("--period", help="One period only; all if not named.")
]
Draws = Annotated[int, typer.Option(help="Number of draws.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same answer.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write: .csv, .xlsx, .parquet or .json."),
]


class Spoken(StrEnum):
    """The languages of explanations."""

    EN = "en"
    FR = "fr"
    ES = "es"


def explain(
    scores: ScoresFile,
    unit: Unit,
    first: From = None,
    last: To = None,
    of: Of = "residual_risk",
    reference: Against = None,
    language: Annotated[Spoken, typer.Option(help="The language of the text.")] = Spoken.EN,
    shown: Annotated[int, typer.Option(help="Indicators in the table.")] = 10,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Tell why a score changed between two periods or, without --from, why it is what it is.

    Example: r2prisk explain world.csv --unit MMR --from 2012 --to 2016

    Example: r2prisk explain world.csv --unit MMR --reference region
    """
    from r2prisk.scoring.explain import brief, change
    from r2prisk.scoring.explain import explain as explained

    if first is not None and reference is not None:
        raise InputError("--reference", ["is used without --from only: that is the reference"])
    against = reference or "world"
    made = opened(scores, profile, framework, output)
    code = unit.strip().upper()
    end = _latest(made, code, of) if last is None else last
    told = brief(
        made,
        code,
        *((end,) if first is None else (first, end)),
        of=of,
        reference=against,
        language=language.value,
        shown=shown,
    )
    if output is None:
        typer.echo(told)
        return
    if first is None:
        why = explained(made, of=of, reference=against)
        frame, about = why.to_frame(unit=code, period=end).reset_index(), why.provenance
    else:
        moved = change(made, code, first, end, of=of)
        frame, about = moved.to_frame(), moved.provenance
        frame.insert(0, "unit", code)
    typer.echo(told + wrote(frame, output, "contributions", about))


def uncertainty(
    scores: ScoresFile,
    period: Period = None,
    draws: Draws = 2000,
    seed: Seed = 0,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Show how sure scores, ranks and bands of a period are, beside what is possible at all.

    Example: r2prisk uncertainty world.csv --period 2024 -o sure.csv
    """
    from r2prisk.scoring.uncertainty import uncertainty as drawn

    made = opened(scores, profile, framework, output)
    panel = _of_period(made, period)
    sure = drawn(panel, profile=made.profile, draws=draws, rng=seed)
    about = {**sure.provenance, "scores": made.provenance}
    frame = sure.to_frame().reset_index()
    typer.echo(repr(sure) + marked(made) + wrote(frame, output, "uncertainty", about))


def sensitivity(
    scores: ScoresFile,
    period: Period = None,
    of: Of = "risk",
    draws: Draws = 1024,
    seed: Seed = 0,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Show which assumption decides scores and ranks of a period: weights, exponents, the unknown.

    Example: r2prisk sensitivity world.csv --period 2024
    """
    from r2prisk.scoring.sensitivity import sensitivity as shares

    made = opened(scores, profile, framework, output)
    found = shares(_of_period(made, period), profile=made.profile, of=of, draws=draws, rng=seed)
    about = {**found.provenance, "scores": made.provenance}
    typer.echo(
        repr(found)
        + marked(made)
        + wrote(found.table().reset_index(), output, "sensitivity", about)
    )


def audit(
    scores: ScoresFile,
    period: AuditPeriod = None,
    about: About = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
) -> None:
    """Look over the instrument: double counting, weights, reversals of rank, and fairness.

    Example: r2prisk audit world.csv --period 2024 --about countries.csv
    """
    from r2prisk.panel.read import read_table
    from r2prisk.scoring import score
    from r2prisk.scoring.audit import audit as audited

    made = opened(scores, profile, framework)
    one = made
    if period is not None:
        one = score(_of_period(made, period), profile=made.profile)
    found = audited(one, about=None if about is None else read_table(about))
    typer.echo(repr(found) + marked(made))


def opened(
    scores: Path, profile: str | None, frameworks: list[Path] | None, output: Path | None = None
) -> Scores:
    """Make the scores of a file again; refuse an output that would replace what is read."""
    from r2prisk.scoring import rescore
    from r2prisk.scoring.write import check_target

    own = [*(frameworks or []), *([] if profile is None else [Path(profile)])]
    if output is not None:
        check_target(output)
        refuse_same(output, [scores, *own])
    return rescore(scores, profile=profile, frameworks=beside_own(frameworks or []))


def marked(scores: Scores) -> str:
    """Return a line on evidence that is not for everybody, where there is any behind scores."""
    from r2prisk.scoring.scores import RESTRICTED, rest_on_closed

    return f"\n{RESTRICTED}" if rest_on_closed(scores) else ""


def _latest(scores: Scores, unit: str, of: str) -> str:
    """Return the last period in which a country has a score; any, if it is not known."""
    known = scores.to_frame(detail=True).get(of)
    index = scores.index if known is None else scores.index[known.notna()]
    mine = index[index.get_level_values("unit") == unit].get_level_values("period")
    return str((mine if len(mine) else scores.panel.periods).max())


def _of_period(scores: Scores, period: str | None) -> Panel:
    """Return the ratings of one period, the last in which most units have a score if none named."""
    if period is None:
        counts = scores.to_frame()["risk"].groupby(level="period").count()
        period = str(counts[counts >= counts.max() / 2].index[-1])
    panel = scores.panel.select(first=period, last=period)
    if not len(panel):
        span = f"there is {scores.panel.periods[0]} to {scores.panel.periods[-1]}"
        raise InputError("--period", [f"no period {period}; {span}"])
    return panel


def wrote(
    frame: pd.DataFrame, output: Path | None, name: str, provenance: Mapping[str, object]
) -> str:
    """Write a table where one is asked for, and say so."""
    from r2prisk.scoring.write import write_frame

    if output is None:
        return ""
    write_frame(frame, output, name=name, provenance=provenance)
    return f"\nWrote {len(frame):,} rows to {output}."
