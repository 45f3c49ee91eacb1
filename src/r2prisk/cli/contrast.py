"""``r2prisk contrast``: why risk escalated, or did not, beside twins of nearly the same risk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from r2prisk.cli.inputs import refuse_same
from r2prisk.cli.verify import KnownFrom, KnownUntil, onsets_of
from r2prisk.cli.why import Frameworks, Output, Period, ProfileFile, Spoken, Unit, opened, wrote
from r2prisk.errors import InputError

AHEAD = 5
"""Periods after a row in which an onset counts, where nothing else is said."""

ScoresFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="SCORES",
        help="Scores that r2prisk score wrote; none with --casebook.",
        show_default=False,
    ),
]
OnsetsFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Episodes (unit, first, last if over), or rows (unit, period, onset, ongoing).",
    ),
]
Casebook = Annotated[
    bool,
    typer.Option("--casebook", help="Compare the histories of the casebook, month by month."),
]
Horizon = Annotated[
    int | None,
    typer.Option(help=f"How many periods after a row an onset counts, {AHEAD} unless you say."),
]
Caliper = Annotated[float, typer.Option(help="How far apart in risk a twin may be, above 0 to 1.")]
Hindsight = Annotated[
    bool,
    typer.Option(
        "--hindsight", help="Count twins whose end nobody could know yet. Never for a forecast."
    ),
]


def contrast(
    unit: Unit,
    scores: ScoresFile = None,
    onsets: OnsetsFile = None,
    casebook: Casebook = False,
    period: Period = None,
    horizon: Horizon = None,
    caliper: Caliper = 0.15,
    hindsight: Hindsight = False,
    known_from: KnownFrom = None,
    known_until: KnownUntil = None,
    language: Annotated[Spoken, typer.Option(help="The language of the sentences.")] = Spoken.EN,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Compare a country with others of nearly the same risk, by what followed there.

    Example: r2prisk contrast world.csv --onsets episodes.csv --unit KEN --period 2013

    Example: r2prisk contrast --casebook --unit KEN --period 2013-02 --hindsight
    """
    from r2prisk.prevention import casebook_history, what_followed
    from r2prisk.prevention import contrast as contrasted
    from r2prisk.prevention.contrasts.show import contrast_text

    mine = {"--profile": profile, "--framework": framework, "--horizon": horizon}
    ends = {"--known-from": known_from, "--known-until": known_until}
    _asked({"SCORES": scores, "--onsets": onsets}, {**mine, **ends}, casebook)
    about: dict[str, object] = {"unit": unit.strip().upper(), "hindsight": hindsight}
    if scores is not None and onsets is not None:
        if output is not None:
            refuse_same(output, [onsets])
        made = opened(scores, profile, framework, output)
        known, notes = onsets_of(onsets, made.panel.periods, known_from, known_until)
        followed = what_followed(made, known, horizon=AHEAD if horizon is None else horizon)
        about["onsets"] = {"file": onsets.name, "hash": known.hash}
    else:
        made, followed = casebook_history()
        notes = []
    found = contrasted(
        made, followed, unit.strip().upper(), period, caliper=caliper, hindsight=hindsight
    )
    table = found.to_frame().assign(unit=found.unit, period=found.period)
    about |= {"period": found.period, "caliper": caliper, "horizon": found.horizon}
    about["scores"] = found.provenance
    told = wrote(table, output, "contrast", about)
    typer.echo("\n".join([contrast_text(found, language.value), *notes]) + told)


def _asked(needed: Mapping[str, object], others: Mapping[str, object], casebook: bool) -> None:
    """Refuse what does not go together, or is not enough."""
    problems: list[str] = []
    given = [name for name, value in {**needed, **others}.items() if value not in (None, [])]
    if casebook and given:
        problems.append(f"--casebook has its own scores and ends; leave out {', '.join(given)}")
    if not casebook:
        lacking = [name for name, value in needed.items() if not value]
        problems += [f"{name} is missing; or ask for --casebook" for name in lacking]
    if problems:
        raise InputError("contrast", problems)
