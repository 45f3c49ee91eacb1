"""``r2prisk brief``: two pages on one country, for the public, for partners or for those inside."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.about import CAUTION
from r2prisk.cli.inputs import Per, beside_own, gathered, refuse_same, scores_or_coded
from r2prisk.cli.why import Frameworks, Spoken, Unit

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.prevention.assistance import Offers
    from r2prisk.reporting import CountryBrief


class Circle(StrEnum):
    """Who may see a brief."""

    PUBLIC = "public"
    PARTNER = "partner"
    INTERNAL = "internal"


ScoresFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[SCORES]", help="Scores that r2prisk score wrote, with the ratings beside them."
    ),
]
Period = Annotated[
    str | None,
    typer.Option(help="The period; the country's latest with enough rated if not named."),
]
For = Annotated[Circle, typer.Option("--audience", help="Who may see it.")]
EvidenceFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence",
        metavar="FILE",
        help="Coded evidence, or a filled-in form, scored anew for the audience; repeat it.",
    ),
]
EveryOption = Annotated[
    Per | None, typer.Option(help="Without SCORES: the periods to which evidence is pooled.")
]
OnsetsFile = Annotated[
    Path | None,
    typer.Option(
        "--onsets",
        metavar="FILE.csv",
        help="Episodes of mass killing, to mark; with --prevention also what followed twins.",
    ),
]
Prevention = Annotated[
    bool,
    typer.Option(
        "--prevention",
        help="Add a page: what held in historical twins, what would help, measures to consider.",
    ),
]
OffersFile = Annotated[
    Path | None,
    typer.Option("--offers", metavar="FILE.csv", help="What partners offer, matched on that page."),
]
OwnProfile = Annotated[
    str | None,
    typer.Option(
        metavar="FILE.toml",
        help="The profile that made the scores, if it is your own; without SCORES, the one to "
        "score with (evidence, made for coded evidence, if not named).",
    ),
]

Target = Annotated[
    Path, typer.Option("--output", "-o", help="Where to write: .html to print, or .docx for Word.")
]


def brief(
    unit: Unit,
    output: Target,
    scores: ScoresFile = None,
    period: Period = None,
    audience: For = Circle.PUBLIC,
    evidence: EvidenceFiles = None,
    every: EveryOption = None,
    onsets: OnsetsFile = None,
    prevention: Prevention = False,
    offers: OffersFile = None,
    language: Annotated[Spoken, typer.Option(help="The language.")] = Spoken.EN,
    profile: OwnProfile = None,
    framework: Frameworks = None,
) -> None:
    """Write two pages on a country: where it stands and how sure that is, why, and what is unknown.

    Example: r2prisk brief world.csv --unit GHA -o ghana.html

    Example: r2prisk brief --evidence form.xlsx --unit GHA --audience internal -o ghana.docx

    Example: r2prisk brief world.csv --unit GHA --onsets episodes.csv --prevention -o ghana.html
    """
    from r2prisk.reporting import country_brief
    from r2prisk.reporting.brief.make import check_ending

    own = [*(framework or []), *([] if profile is None else [Path(profile)])]
    coded, marked = evidence or [], [path for path in (onsets, offers) if path is not None]
    check_ending(output)
    refuse_same(output, [*([] if scores is None else [scores]), *coded, *own, *marked])
    table = gathered(coded, frameworks=beside_own(framework or [])) if coded else None
    made = country_brief(
        scores_or_coded(
            scores,
            table,
            every=every,
            profile=profile,
            frameworks=framework or [],
            command="brief",
        ),
        unit.strip().upper(),
        period,
        evidence=table,
        audience=audience.value,
        language=language.value,
        onsets=None if onsets is None else _onsets(onsets),
        prevention=prevention,
        offers=None if offers is None else _offers(offers),
        date=dt.date.today(),
    )
    made.write(output)
    typer.echo(f"{_told(made)}\nWrote {output}.\n{CAUTION}")


def _onsets(path: Path) -> pd.DataFrame:
    from r2prisk.panel.read import read_table

    return read_table(path)


def _offers(path: Path) -> Offers:
    from r2prisk.prevention.assistance import read_offers

    return read_offers(path)


def _told(made: CountryBrief) -> str:
    """Say what was made, and what was left out of it."""
    if made.audience == "internal":
        return f"{made!r}: not for circulation."
    rows = "1 row" if made.left_out == 1 else f"{made.left_out:,} rows"
    left = f"{rows} of evidence left out, and all scores made without them"
    return f"{made!r}: {left if made.left_out else 'no evidence left out'}."
