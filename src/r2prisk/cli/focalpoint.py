"""``r2prisk focalpoint``: the capacity, the reports, the network and the successor of a post."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import refuse_same, with_beside
from r2prisk.cli.why import Frameworks, ProfileFile, marked, opened
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.prevention.document import Document
    from r2prisk.prevention.focalpoints import CapacityProfile
    from r2prisk.scoring import Scores

app = typer.Typer(
    help="The focal point: its capacity, its reports, its network, its successor.",
    no_args_is_help=True,
)


class Kind(StrEnum):
    """The forms that can be filled in."""

    CAPACITY = "capacity"
    NETWORK = "network"
    DUE = "due"


class Outcome(StrEnum):
    """What became of the risk in a case."""

    FOLLOWED = "followed"
    NOT_FOLLOWED = "did not follow"
    STOPPED = "stopped"


_FILL = {
    Kind.CAPACITY: "Answer in the column 'answer'.",
    Kind.NETWORK: "One row for each holder of each country; 'person' is a code, no name.",
    Kind.DUE: "One row for each date.",
}

CapacityFile = Annotated[Path, typer.Argument(metavar="CAPACITY", help="A capacity form.")]
NetworkFile = Annotated[Path, typer.Argument(metavar="NETWORK", help="A network form.")]
ScoresArgument = Annotated[
    Path,
    typer.Argument(metavar="SCORES", help="Scores, as r2prisk score writes them."),
]
ScoresOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Scores, as r2prisk score writes them."),
]
Own = Annotated[str, typer.Option("--unit", help="The own country, by code or name, e.g. GHA.")]
Watch = Annotated[
    str, typer.Option(help="Countries watched, with commas between, e.g. MLI,MMR,SDN.")
]
Units = Annotated[
    str, typer.Option("--unit", help="Countries watched, with commas between, e.g. MLI,MMR,SDN.")
]
Capacity = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="The capacity form, filled in.")
]
Last = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="The capacity form of the year before.")
]
Lens = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="A table that r2prisk lens coverage wrote.")
]
Accountability = Annotated[
    Path | None, typer.Option(metavar="FILE.csv", help="A table that r2prisk accountability wrote.")
]
Year = Annotated[
    int | None,
    typer.Option(help="The year reported on; else that of the capacity form, or of the scores."),
]
Period = Annotated[
    str | None, typer.Option(help="The last period that counts; the latest if not named.")
]
On = Annotated[str | None, typer.Option(help="The day to which is counted; today if not named.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write: .docx, .html or .md; else it is shown."),
]


@app.command()
def form(
    kind: Annotated[Kind, typer.Argument(help="Which form.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Where to write: .csv or .xlsx; its name and .csv if not named."
        ),
    ] = None,
) -> None:
    """Write an empty form, which a spreadsheet program opens: capacity, network or due.

    Example: r2prisk focalpoint form capacity -o capacity.csv

    Example: r2prisk focalpoint form capacity -o capacity.xlsx
    """
    from r2prisk.prevention.focalpoints import write_form

    path = output or Path(f"{kind.value}.csv")
    write_form(kind.value, path)
    typer.echo(f"Wrote the empty form to {path}. {_FILL[kind]} Leave empty what you do not know.")


@app.command()
def profile(capacity: CapacityFile, last: Last = None) -> None:
    """Show the six attributes of a focal point, and what the next level of each needs.

    Example: r2prisk focalpoint profile capacity.csv --last capacity_2023.csv
    """
    from r2prisk.prevention.focalpoints import compare_capacity

    now = _capacity(capacity)
    if last is None:
        typer.echo(repr(now))
    else:
        typer.echo(repr(compare_capacity(_capacity(last), now)))


@app.command()
def report(
    own: Own,
    year: Year = None,
    scores: ScoresOption = None,
    watch: Watch = "",
    capacity: Capacity = None,
    last: Last = None,
    lens: Lens = None,
    accountability: Accountability = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Write the annual report, filled in as far as anything is known.

    Example: r2prisk focalpoint report --unit GHA --scores world.csv --watch MLI,GIN
    --capacity capacity.csv -o report.docx
    """
    from r2prisk.panel.read import read_table
    from r2prisk.prevention.focalpoints import annual_report
    from r2prisk.prevention.focalpoints.home import read_coverage

    _refuse(output, [scores, capacity, last, lens, accountability])
    now = None if capacity is None else _capacity(capacity)
    made = None if scores is None else opened(scores, profile, framework)
    document = annual_report(
        own,
        _year(now, made) if year is None else year,
        scores=made,
        watching=_codes(watch),
        capacity=now,
        last=None if last is None else _capacity(last),
        lens=None if lens is None else read_coverage(lens),
        accountability=None if accountability is None else read_table(accountability),
    )
    _give(document, output, made)


@app.command()
def review(
    own: Own,
    reviewer: Annotated[str, typer.Option(help="Who reviews, by code or name.")] = "",
    scores: ScoresOption = None,
    capacity: Capacity = None,
    network: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="The network, with the reviewer in it.")
    ] = None,
    period: Period = None,
    on: On = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Write the form by which a peer reviews a focal point.

    Example: r2prisk focalpoint review --unit GHA --reviewer DNK --capacity capacity.csv
    -o review.docx
    """
    from r2prisk.prevention.focalpoints import peer_review, peers, read_network

    _refuse(output, [scores, capacity, network])
    if network is not None and scores is None:
        raise InputError("--network", ["needs --scores, by which members are compared"])
    made = None if scores is None else opened(scores, profile, framework)
    alike = None
    if network is not None and made is not None:
        members = read_network(network, on=on)
        alike = peers(members, made, own, period=period, count=len(members.members))
    document = peer_review(
        own,
        reviewer,
        capacity=None if capacity is None else _capacity(capacity),
        scores=made,
        period=period,
        peers=alike,
    )
    _give(document, output, made)


@app.command()
def network(
    members: NetworkFile,
    scores: ScoresOption = None,
    unit: Annotated[str, typer.Option(help="Whose peers, by code or name, e.g. GHA.")] = "",
    period: Period = None,
    on: On = None,
    shown: Annotated[int, typer.Option(help="Peers to show.")] = 5,
    profile: ProfileFile = None,
    framework: Frameworks = None,
) -> None:
    """Show who is in the network and where it has gaps or, with scores, who could be a peer.

    Example: r2prisk focalpoint network network.csv

    Example: r2prisk focalpoint network network.csv --scores world.csv --unit GHA
    """
    from r2prisk.prevention.focalpoints import peers, read_network

    if bool(unit) != (scores is not None):
        raise InputError("network", ["peers need both --scores and --unit"])
    found = read_network(members, on=on)
    if scores is None:
        typer.echo(repr(found))
        return
    made = opened(scores, profile, framework)
    typer.echo(repr(peers(found, made, unit, period=period, count=shown)))


@app.command()
def cases(
    question: Annotated[str, typer.Argument(help="In plain words.")] = "",
    factor: Annotated[
        list[str] | None, typer.Option(help="A factor or an indicator, e.g. SGS3 or 8.8; repeat.")
    ] = None,
    outcome: Annotated[Outcome | None, typer.Option(help="How it went.")] = None,
    unit: Annotated[str | None, typer.Option(help="A country: its own and its sub-region.")] = None,
    shown: Annotated[int, typer.Option(help="Cases to show.")] = 5,
) -> None:
    """Find cases of the casebook that fit a question, and say why each fits.

    Example: r2prisk focalpoint cases "contested election" --factor SGS3 --outcome stopped
    """
    from r2prisk.prevention.focalpoints import case_studies

    way = None if outcome is None else outcome.value
    asked = case_studies(question, unit=unit, factors=factor or (), outcome=way, count=shown)
    typer.echo(repr(asked))


@app.command()
def handover(
    scores: ScoresArgument,
    units: Units,
    due: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="What is due: date, unit, what, who.")
    ] = None,
    calendar: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="The trigger calendar.")
    ] = None,
    archive: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Decisions, as r2prisk alert keeps.")
    ] = None,
    file: Annotated[
        list[Path] | None, typer.Option(help="A file that is handed over; repeat it.")
    ] = None,
    period: Period = None,
    on: On = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Write a note for a successor: what was watched and why, what is due, what is unknown.

    Example: r2prisk focalpoint handover world.csv --unit MLI,MMR,SDN --due due.csv -o note.docx
    """
    from r2prisk.prevention.focalpoints import handover as note

    given = [due, calendar, archive, *(file or [])]
    _refuse(output, [scores, *given])
    made = opened(scores, profile, framework)
    own = [path for path in with_beside(scores) if path.is_file()]
    files = list(dict.fromkeys([*own, *(path for path in given if path is not None)]))
    document = note(
        made,
        _codes(units),
        period=period,
        on=on,
        due=due,
        calendar=calendar,
        archive=archive,
        files=files,
    )
    _give(document, output, made)


def _codes(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _capacity(path: Path) -> CapacityProfile:
    from r2prisk.prevention.focalpoints import capacity_profile, read_capacity

    return capacity_profile(read_capacity(path))


def _year(capacity: CapacityProfile | None, scores: Scores | None) -> int:
    """Return the year of the capacity form or, where it has none, of the latest scores."""
    if capacity is not None and capacity.date:
        return int(capacity.date[:4])
    if scores is None:
        ways = "name the year, or give a capacity form with a date or scores to read it from"
        raise InputError("--year", [ways])
    return scores.panel.periods[-1].year


def _refuse(output: Path | None, inputs: list[Path | None]) -> None:
    """Refuse an output that cannot be written, or in which people may have written."""
    from r2prisk.prevention.forms import taken
    from r2prisk.reporting.documents import check_ending

    if output is None:
        return
    check_ending(output)
    refuse_same(output, [path for path in inputs if path is not None])
    faults = taken(output)
    if not output.parent.is_dir():
        faults.append(f"the folder {output.parent} does not exist")
    if faults:
        raise InputError(str(output), faults)


def _give(document: Document, output: Path | None, scores: Scores | None) -> None:
    """Write a document where one is asked for, else show it."""
    if output is None:
        typer.echo(document.to_markdown().rstrip("\n"))
        return
    from r2prisk.reporting.documents import write_document

    write_document(document, output)
    typer.echo(f"Wrote {output}.{'' if scores is None else marked(scores)}")
