"""``r2prisk focalpoint pack`` and ``open``: an assessment in one file, for a peer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.brief import Circle, EveryOption, OwnProfile
from r2prisk.cli.inputs import beside_own, gathered, refuse_same, scores_or_coded
from r2prisk.cli.why import Frameworks
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.prevention.exchange import Rerun


Target = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE.r2prisk.zip", help="The bundle to write.")
]
ScoresFile = Annotated[
    Path | None,
    typer.Option(
        "--scores",
        metavar="FILE",
        help="Scores that r2prisk score wrote, with the ratings beside them; without them, those "
        "of the evidence alone.",
    ),
]
EvidenceFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence", metavar="FILE", help="Coded evidence, or a filled-in form; repeat it."
    ),
]
Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit", help="A country, by its ISO 3166 alpha-3 code; repeat it; all if not named."
    ),
]
Day = Annotated[
    str | None,
    typer.Option("--date", metavar="YYYY-MM-DD", help="When it was made; today if not named."),
]


def pack(
    output: Target,
    audience: Annotated[Circle, typer.Option(help="Who may see it.")],
    scores: ScoresFile = None,
    evidence: EvidenceFiles = None,
    unit: Units = None,
    date: Day = None,
    every: EveryOption = None,
    profile: OwnProfile = None,
    framework: Frameworks = None,
) -> None:
    """Pack an assessment into one file that a peer can open, verify and run again.

    Evidence that the audience may not see is left out, and the scores are made again without it.

    Example: r2prisk focalpoint pack --evidence coded.csv --audience partner -o ghana.r2prisk.zip

    Example: r2prisk focalpoint pack --scores w.csv --unit GHA --audience public -o a.r2prisk.zip
    """
    from r2prisk.prevention.exchange import pack as packed
    from r2prisk.prevention.exchange.archive import check_ending

    own = [*(framework or []), *([] if profile is None else [Path(profile)])]
    coded = evidence or []
    check_ending(output)
    refuse_same(output, [*([] if scores is None else [scores]), *coded, *own])
    made = dt.date.today() if date is None else _day(date)
    table = gathered(coded, frameworks=beside_own(framework or [])) if coded else None
    bundle = packed(
        scores_or_coded(
            scores,
            table,
            every=every,
            profile=profile,
            frameworks=framework or [],
            command="pack",
        ),
        audience=audience.value,
        made=made,
        evidence=table,
        units=None if unit is None else [name.strip().upper() for name in unit],
    )
    again = bundle.rerun()  # what cannot be run again is never sent
    bundle.write(output)
    size = output.stat().st_size
    typer.echo(f"{bundle!r}\n{_told(again)}\nWrote {size:,} bytes to {output}.")


def open_(
    bundle: Annotated[
        Path, typer.Argument(metavar="BUNDLE", help="A file that ends in .r2prisk.zip.")
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FOLDER", help="A new folder for its files."),
    ] = None,
) -> None:
    """Open a bundle of a peer: verify it, say what it is, and make its scores again.

    Example: r2prisk focalpoint open ghana.r2prisk.zip

    Example: r2prisk focalpoint open ghana.r2prisk.zip -o ghana
    """
    from r2prisk.prevention.exchange import open_bundle

    opened = open_bundle(bundle)
    again = opened.rerun()
    typer.echo(f"{opened!r}\n{_told(again)}")
    if output is not None:
        opened.extract(output)
        typer.echo(
            f"Wrote {len(opened.members)} files to {output}. "
            f"Go on with {output / 'scores.csv'}, as with any file of scores."
        )


def _told(again: Rerun) -> str:
    """Say how the scores came out, and how much is rated."""
    frame = again.scores.to_frame()
    share = frame["coverage"]
    span = f"{share.min():.0%} to {share.max():.0%}"
    rated = f"{share.min():.0%}" if f"{share.min():.0%}" == f"{share.max():.0%}" else span
    same = "the same bytes came out"
    if not again.same_bytes:
        same = f"the same numbers came out (largest difference {again.largest:.1g}), not every byte"
    lines = [f"Verified, and run again: {same}. Rated: {rated} of the weight of risk."]
    return "\n".join([*lines, *(f"{note}." for note in again.notes)])


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("--date", [f"'{text}' is not a day as 2026-01-31"]) from None
