"""``r2prisk what-if``, ``smallest-changes`` and ``collect-next``: what would change a score."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from r2prisk.cli.why import (
    Draws,
    Frameworks,
    Output,
    Period,
    ProfileFile,
    ScoresFile,
    Seed,
    Unit,
    marked,
    opened,
    wrote,
)
from r2prisk.errors import InputError

Changes = Annotated[
    list[str],
    typer.Option(
        "--set",
        metavar="INDICATOR=RATING",
        help="A rating, its word or unknown; of resilience, severe (1) is fully there.",
    ),
]
Band = Annotated[str, typer.Option(help="The band to reach, e.g. moderate.")]
Cost = Annotated[
    list[str] | None,
    typer.Option(
        "--cost", metavar="NAME=NUMBER", help="Cost of one step of an indicator or factor; repeat."
    ),
]
Locked = Annotated[
    str, typer.Option(help="Indicators or factors that cannot be improved, with commas between.")
]
Alternatives = Annotated[int, typer.Option(help="Further sets to look for.")]


def what_if(
    scores: ScoresFile,
    unit: Unit,
    changes: Changes,
    period: Period = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
) -> None:
    """Show what the scores of a country would be if some indicators were rated otherwise.

    Example: r2prisk what-if world.csv --unit MMR --set 7.14=weak --set SGS2.1=strong
    """
    from r2prisk.scoring.changes import what_if as asked

    pairs = _pairs(changes, "--set")
    made = opened(scores, profile, framework)
    ratings = {name: _number(text) for name, text in pairs.items()}
    found = asked(made, ratings, unit=unit.strip().upper(), period=period)
    typer.echo(repr(found) + marked(made))


def smallest_changes(
    scores: ScoresFile,
    unit: Unit,
    band: Band,
    period: Period = None,
    cost: Cost = None,
    locked: Locked = "",
    alternatives: Alternatives = 2,
    profile: ProfileFile = None,
    framework: Frameworks = None,
) -> None:
    """Find the cheapest improvements that bring the residual risk of a country down to a band.

    Example: r2prisk smallest-changes world.csv --unit MMR --band high --locked RF1,2.1
    """
    from r2prisk.scoring.changes import smallest_changes as searched

    texts = _pairs(cost or [], "--cost")
    costs = {name: _number(text) for name, text in texts.items()}
    wrong = [
        f"'{name}={value}' has no number" for name, value in costs.items() if isinstance(value, str)
    ]
    if wrong:
        raise InputError("--cost", wrong)
    made = opened(scores, profile, framework)
    found = searched(
        made,
        unit.strip().upper(),
        band,
        period=period,
        costs={name: float(value) for name, value in costs.items()},
        locked=[name.strip() for name in locked.split(",") if name.strip()],
        alternatives=alternatives,
    )
    typer.echo(repr(found) + marked(made))


def collect_next(
    scores: ScoresFile,
    unit: Unit,
    period: Period = None,
    draws: Draws = 20_000,
    seed: Seed = 0,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """List what to find out first about a country: what would most help to name the right band.

    Example: r2prisk collect-next world.csv --unit MMR
    """
    from r2prisk.scoring.changes import collect_next as asked

    made = opened(scores, profile, framework, output)
    found = asked(made, unit.strip().upper(), period=period, draws=draws, rng=seed)
    table = found.table.assign(unit=found.unit, period=found.period)
    about = {**found.provenance, "scores": made.provenance}
    typer.echo(repr(found) + marked(made) + wrote(table, output, "to_find_out", about))


def _pairs(texts: list[str], option: str) -> dict[str, str]:
    """Return names and what they are set to, or every text that is not such a pair."""
    pairs = [text.partition("=") for text in texts]
    wrong = [
        f"'{text}' is not NAME=VALUE, e.g. 7.14=weak"
        for text, (name, _, value) in zip(texts, pairs, strict=True)
        if not (name.strip() and value.strip())
    ]
    names = [name.strip() for name, _, _ in pairs]
    wrong += [f"{name} is named twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if wrong:
        raise InputError(option, wrong)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _number(text: str) -> float | str:
    """Return a number where a text is one, and the word otherwise."""
    try:
        number = float(text)
    except ValueError:
        return text
    return number if math.isfinite(number) else text
