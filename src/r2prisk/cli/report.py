"""``r2prisk report``: one page for all countries and periods."""

from __future__ import annotations

import dataclasses
import datetime as dt
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import refuse_same
from r2prisk.cli.why import Frameworks, ProfileFile, ScoresFile, opened
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.scoring import Scores

Page = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE.html", help="Where to write the page.")
]
Title = Annotated[str | None, typer.Option(help="The heading of the page.")]
First = Annotated[str | None, typer.Option(help="From this period, e.g. 1989.")]
Last = Annotated[str | None, typer.Option(help="To this period.")]
Notes = Annotated[list[str] | None, typer.Option("--note", help="A note of your own; repeat it.")]


class For(StrEnum):
    """For whom a page is."""

    PUBLIC = "public"
    INTERNAL = "internal"


Reader = Annotated[
    For, typer.Option(help="internal: may hold restricted evidence, and every page says so.")
]


def report(
    scores: ScoresFile,
    output: Page,
    title: Title = None,
    first: First = None,
    last: Last = None,
    note: Notes = None,
    audience: Reader = For.PUBLIC,
    profile: ProfileFile = None,
    framework: Frameworks = None,
) -> None:
    """Write one page with all countries: map, table, a page for each, watch list and method.

    Example: r2prisk report world.csv -o world.html --first 1989
    """
    from r2prisk.reporting.world import world_report
    from r2prisk.reporting.world.report import check_page

    check_page(output)
    own = [*(framework or []), *([] if profile is None else [Path(profile)])]
    refuse_same(output, [scores, *own])
    made = _cut(opened(scores, profile, framework), first, last)
    found = world_report(
        made, title=title, notes=note or (), date=dt.date.today(), audience=audience.value
    )
    found.write(output)
    size = output.stat().st_size / 1e6
    typer.echo(f"Wrote {found.told} to {output} ({size:.1f} MB). It opens without a network.")
    if audience is For.INTERNAL:
        typer.echo("Internal: every page says so. Keep it where it is safe.")


def _cut(scores: Scores, first: str | None, last: str | None) -> Scores:
    """Return the scores of a span of periods, with the provenance of all and a note on the cut."""
    from r2prisk.scoring import score

    if first is None and last is None:
        return scores
    panel = scores.panel.select(first=first, last=last)
    if not len(panel):
        span = f"there is {scores.panel.periods[0]} to {scores.panel.periods[-1]}"
        raise InputError("--first, --last", [f"leave no period; {span}"])
    cut = score(panel, profile=scores.profile)
    notes = scores.provenance.get("notes")
    kept = f"{len(cut):,} of {len(scores):,} rows shown: {panel.periods[0]} to {panel.periods[-1]}"
    about = {
        **scores.provenance,
        **{name: cut.provenance[name] for name in ("panel_hash", "risk_indicators_rated")},
        "notes": [*(notes if isinstance(notes, list) else []), kept],
    }
    return dataclasses.replace(cut, provenance=about)
