"""``r2prisk accountability``: treaties, law, capacities and cooperation of a State."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from r2prisk.cli.inputs import beside_own, refuse_same
from r2prisk.cli.why import Frameworks, ProfileFile, Unit, wrote


class By(StrEnum):
    """Whom a State is compared with."""

    REGION = "region"
    SUBREGION = "subregion"
    UN_GROUP = "un_group"


Treaties = Annotated[
    list[Path] | None,
    typer.Option(
        "--treaties", metavar="FILE", help="Status of treaties; repeat it, later files win."
    ),
]
Crimes = Annotated[
    Path | None,
    typer.Option("--criminalisation", metavar="FILE", help="The InterJust survey of national law."),
]
Capacities = Annotated[
    Path | None,
    typer.Option(
        "--capacities", metavar="FILE", help="Your ratings: columns unit, capacity (O1-O8), rating."
    ),
]
Cooperation = Annotated[
    Path | None,
    typer.Option(
        "--cooperation", metavar="FILE", help="What you know: columns unit, item, value, date."
    ),
]
Reviews = Annotated[
    Path | None,
    typer.Option("--upr", metavar="FILE", help="Recommendations of the Universal Periodic Review."),
]
ScoresFile = Annotated[
    Path | None,
    typer.Option(
        "--scores", metavar="FILE", help="Your scores: what they have rated is not rated again."
    ),
]
Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the table as .csv, .xlsx or .json.")
]
Ratings = Annotated[
    Path | None,
    typer.Option("--ratings", metavar="FILE", help="Write ratings of SGS3 for r2prisk score."),
]


def accountability(
    unit: Unit,
    treaties: Treaties = None,
    criminalisation: Crimes = None,
    capacities: Capacities = None,
    cooperation: Cooperation = None,
    upr: Reviews = None,
    scores: ScoresFile = None,
    by: Annotated[By, typer.Option(help="Whom to compare with.")] = By.REGION,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
    ratings: Ratings = None,
) -> None:
    """Tell what a State has bound itself to, what its law punishes, and what the next steps are.

    Example: r2prisk accountability --unit KEN --treaties treaties.csv --criminalisation law.csv

    Example: r2prisk accountability --unit KEN --treaties treaties.csv --by subregion -o kenya.csv
    """
    from r2prisk.prevention.accountability import accountability as asked
    from r2prisk.scoring import rescore
    from r2prisk.scoring.write import check_target

    one = [criminalisation, capacities, cooperation, upr, scores]
    read = [*(treaties or []), *(path for path in one if path is not None), *(framework or [])]
    for target in (output, ratings):
        if target is not None:
            check_target(target)
            refuse_same(target, read)
    made = None
    if scores is not None:
        made = rescore(scores, profile=profile, frameworks=beside_own(framework or []))
    found = asked(
        unit.strip().upper(),
        treaties=treaties,
        criminalisation=criminalisation,
        capacities=capacities,
        cooperation=cooperation,
        upr=upr,
        scores=made,
        by=by.value,
    )
    typer.echo(
        repr(found)
        + wrote(found.table, output, "accountability", found.provenance)
        + wrote(found.ratings(), ratings, "ratings", found.provenance)
    )
