"""``r2prisk trajectory``, ``r2prisk watch`` and ``r2prisk alert``: scores over time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import refuse_same
from r2prisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.trajectories import Trajectories

ScoresFile = Annotated[
    Path,
    typer.Argument(metavar="SCORES", help="Scores over several periods, as r2prisk score writes."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME|FILE.toml",
        help="Declares movements, bands and alert rules; by default the one that made the scores.",
    ),
]
Unit = Annotated[str, typer.Option(help="The country, by its ISO 3166 alpha-3 code, e.g. CIV.")]
Ahead = Annotated[int, typer.Option(help="Periods to look ahead, 1 to 8.")]
Date = Annotated[str, typer.Option(help="The date whose end counts, e.g. 2016-12 or 2016.")]
Lag = Annotated[int, typer.Option(help="Periods that it takes until scores are published.")]
Shown = Annotated[int, typer.Option(help="Rows to show of each table.")]
Prevention = Annotated[
    bool, typer.Option("--prevention", help="Set countries with an ongoing episode aside.")
]
Ongoing = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Ongoing episodes (unit, first, last) to set aside."),
]
Calendar = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Trigger calendar (unit, date, kind, what, source)."),
]
Lists = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv", help="Outside lists (list, unit, date, rank, measures, horizon)."
    ),
]
Archive = Annotated[
    Path | None,
    typer.Option(metavar="FILE.csv", help="Decisions on alerts, as r2prisk alert writes them."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write: .csv, .xlsx, .parquet or .json."),
]
Rule = Annotated[str, typer.Option(help="The alert, by the name of its rule.")]
Reason = Annotated[str, typer.Option(help="Why; needed to withhold an alert.")]
By = Annotated[str, typer.Option(help="Who decided.")]
ArchiveFile = Annotated[
    Path, typer.Option(metavar="FILE.csv", help="The archive; made if it is not there.")
]


def trajectory(
    scores: ScoresFile,
    unit: Unit,
    ahead: Ahead = 3,
    profile: ProfileOption = None,
    output: Output = None,
) -> None:
    """Tell the story of one country: where it stands, how it came there, where it may go.

    Example: r2prisk trajectory scores.csv --unit CIV
    """
    from r2prisk.scoring.write import check_target, write_frame
    from r2prisk.trajectories import story, words

    if output is not None:
        check_target(output)
        refuse_same(output, [scores, *_file(profile)])
    code = unit.strip().upper()
    found = _trajectories(scores, profile)
    told = story(found, code, ahead=ahead)
    wrote = ""
    if output is not None:
        frame = found.to_frame()
        for score, part in words(found).groupby(level="score"):
            own = part[["movement", "word"]].droplevel("score")
            frame = frame.join(own.add_prefix(f"{score}_"))
        mine = frame[frame.index.get_level_values("unit") == code].reset_index()
        write_frame(mine, output, name="trajectory", provenance=found.provenance)
        wrote = f"\nWrote {len(mine):,} periods to {output}."
    typer.echo(f"{told}{wrote}")


def watch(
    scores: ScoresFile,
    date: Date,
    lag: Lag = 0,
    shown: Shown = 10,
    prevention: Prevention = False,
    ongoing: Ongoing = None,
    calendar: Calendar = None,
    lists: Lists = None,
    archive: Archive = None,
    profile: ProfileOption = None,
    output: Output = None,
) -> None:
    """Show whom to look at: the watch list of a date, from what was known then.

    Example: r2prisk watch scores.csv --date 2016-12

    Example: r2prisk watch scores.csv --date 2016-12 --prevention --calendar events.csv
    """
    from r2prisk.scoring.write import check_target
    from r2prisk.trajectories.warning import read_lists, watch_list

    if ongoing is not None and not prevention:
        raise InputError("--ongoing", ["is used with --prevention only"])
    if output is not None:
        check_target(output)
        read = [scores, *_file(profile), *filter(None, (ongoing, calendar, lists, archive))]
        refuse_same(output, read)
    found = _trajectories(scores, profile)
    made = watch_list(
        found,
        date,
        lag=lag,
        shown=shown,
        ongoing=ongoing,
        calendar=calendar,
        lists=read_lists(lists) if lists is not None else (),
        archive=archive,
        prevention=prevention,
    )
    if output is not None:
        made.write(output)
    typer.echo(repr(made))
    if output is not None:
        typer.echo(f"Wrote all tables to {output}.")


def alert(
    scores: ScoresFile,
    date: Date,
    unit: Unit,
    rule: Rule,
    decision: Annotated[str, typer.Option(help="withheld or sent.")],
    by: By,
    archive: ArchiveFile,
    reason: Reason = "",
    lag: Lag = 0,
    profile: ProfileOption = None,
) -> None:
    """Put on record what you decided on an alert: sent, or withheld and why.

    Example: r2prisk alert scores.csv --date 2016-12 --unit SOM --rule "very high risk"
    --decision withheld --reason "known to the embassy" --by "desk" --archive alerts.csv
    """
    from r2prisk.trajectories.warning import as_of, decide
    from r2prisk.trajectories.warning.readings import needed

    refuse_same(archive, [scores, *_file(profile)])
    found = _trajectories(scores, profile)
    then = as_of(found, date, lag=lag, of=needed(found)[0])
    record = decide(
        archive,
        then,
        unit=unit.strip().upper(),
        rule=rule,
        decision=decision,
        reason=reason,
        by=by,
        decided=dt.date.today(),
    )
    count = "1 decision" if len(record) == 1 else f"{len(record)} decisions"
    typer.echo(f"On record in {archive}: {count}.")


def _file(profile: str | None) -> list[Path]:
    return [] if profile is None else [Path(profile)]


def _trajectories(scores: Path, profile: str | None) -> Trajectories:
    """Read scores and follow them, with the profile that is named or that made them."""
    from r2prisk.scoring import Profile, read_scores
    from r2prisk.trajectories.trends import HEADLINE, trajectories

    frame = read_scores(scores)
    there = [name for name in HEADLINE if name in frame] or HEADLINE
    found = trajectories(frame, of=there, profile=Profile.load(profile or _maker(frame)))
    made = found.provenance["scores"]
    if isinstance(made, dict) and made.get("profile_hash") not in (None, found.profile.hash):
        typer.echo(
            f"Note: the scores were made with profile {made['profile']} "
            f"({str(made['profile_hash'])[:8]}); their trajectories follow profile "
            f"{found.profile.name} ({found.profile.hash[:8]}).",
            err=True,
        )
    return found


def _maker(scores: pd.DataFrame) -> str:
    """Return the name of the profile that made scores, if it comes with r2prisk."""
    from r2prisk.scoring.profile import PROFILES, Profile

    made = scores.attrs["provenance"].get("profile_hash")
    return next((name for name in PROFILES if Profile.load(name).hash == made), "default")
