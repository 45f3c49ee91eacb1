"""``r2prisk match``: what would help a country, and which offers of partners would serve that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.cli.inputs import refuse_same
from r2prisk.cli.why import Frameworks, Output, Period, ProfileFile, opened, wrote
from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.prevention.assistance import Needs, Offers
    from r2prisk.scoring import Scores

ScoresFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="SCORES", help="Scores that r2prisk score wrote, with the ratings beside them."
    ),
]
OffersFile = Annotated[
    Path | None,
    typer.Option("--offers", metavar="FILE.csv", help="What partners offer, one tool a line."),
]
Units = Annotated[
    list[str] | None,
    typer.Option(
        "--unit",
        help="A country by its ISO 3166 alpha-3 code; repeat. All the offers name if none.",
    ),
]
Within = Annotated[
    float | None, typer.Option(help="Leave out offers that take longer than so many months.")
]
Absorb = Annotated[int | None, typer.Option(help="How many offers a country can take.")]
Previous = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv", help="An earlier matching; its pairs are kept where nothing is lost."
    ),
]
NewOffers = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write an empty form for offers, .csv or .xlsx, and stop."),
]
Findings = Annotated[
    list[str] | None,
    typer.Option(
        "--finding",
        metavar="TEXT",
        help="Who found what, and when: shows measures of Pillar III, which no score does; without "
        "--offers; repeat.",
    ),
]

TABLES = 2
"""Up to so many countries the needs of each are shown before the matching."""


def match(
    scores: ScoresFile = None,
    offers: OffersFile = None,
    unit: Units = None,
    period: Period = None,
    within: Within = None,
    absorb: Absorb = None,
    previous: Previous = None,
    new_offers: NewOffers = None,
    finding: Findings = None,
    profile: ProfileFile = None,
    framework: Frameworks = None,
    output: Output = None,
) -> None:
    """Show what would help a country and, with offers, who could help whom with what.

    Example: r2prisk match world.csv --unit GHA

    Example: r2prisk match --new-offers offers.csv

    Example: r2prisk match world.csv --offers offers.csv --unit GHA --unit KEN -o match.csv
    """
    if new_offers is not None:
        _form(new_offers)
        return
    units = list(dict.fromkeys(code.strip().upper() for code in unit or []))
    lacking = [] if scores is not None else ["name a file of scores"]
    if offers is None and len(units) != 1:
        lacking.append("name one --unit, or --offers FILE (--new-offers FILE.csv writes a form)")
    beside = {"--within": within, "--absorb": absorb, "--previous": previous, "-o": output}
    if offers is None:
        lacking += [f"{name} needs --offers" for name, given in beside.items() if given is not None]
    elif finding:
        lacking.append("--finding goes with the measures of one country, without --offers")
    if lacking or scores is None:
        raise InputError("match", lacking)
    made = opened(scores, profile, framework, output)
    if offers is None:
        _help(made, units[0], period, finding or [])
        return
    if output is not None:
        refuse_same(output, [one for one in (offers, previous) if one is not None])
    _matched(made, units, offers, previous, output, period=period, within=within, absorb=absorb)


def _form(path: Path) -> None:
    from r2prisk.prevention.assistance import write_form
    from r2prisk.prevention.assistance.tools import load_assistance

    write_form(path)
    count = len(load_assistance().tools)
    typer.echo(
        f"Wrote {path} with an example line for each of {count} tools. Change or delete the "
        "examples; add\na line for each tool that a partner offers."
    )


def _help(scores: Scores, unit: str, period: str | None, findings: list[str]) -> None:
    """Print what would help one country, and the ladder of responses for it."""
    from r2prisk.about import CAUTION
    from r2prisk.prevention.assistance import ladder, needs
    from r2prisk.prevention.assistance.ladder import BANDS
    from r2prisk.prevention.assistance.show import wrapped

    found = needs(scores, unit, period)
    if found.band not in BANDS:
        told = f"No ladder of responses: it is declared for the bands {', '.join(BANDS)}, "
        told += f"and profile '{scores.profile.name}' says '{found.band}'."
        typer.echo(f"{repr(found).removesuffix(CAUTION)}\n{wrapped(told)}\n{CAUTION}")
        return
    trend = _trend(scores, unit, found.period)
    menu = ladder(scores, unit, found.period, trend=trend, findings=findings)
    typer.echo(f"{repr(found).removesuffix(CAUTION)}\n{menu!r}")


def _trend(scores: Scores, unit: str, period: str) -> str:
    """Return the word for where risk is heading, as it could be known in a period."""
    from r2prisk.trajectories import trajectories, words

    frame = scores.to_frame()  # with coverage: what is rated anew is no movement
    mine = frame[frame.index.get_level_values("unit") == unit]
    mine = mine[mine.index.get_level_values("period").astype(str) <= period]
    if mine["risk"].notna().sum() < 2:
        return "unknown"
    said = words(trajectories(mine, of=["risk"], profile=scores.profile))["word"].loc["risk"]
    return str(said.iloc[-1]) if str(said.index[-1][1]) == period else "unknown"


def _matched(
    scores: Scores,
    units: list[str],
    offers_file: Path,
    previous: Path | None,
    output: Path | None,
    *,
    period: str | None,
    within: float | None,
    absorb: int | None,
) -> None:
    from r2prisk.about import CAUTION
    from r2prisk.panel.read import read_table
    from r2prisk.prevention.assistance import Constraints, read_offers
    from r2prisk.prevention.assistance import match as matched

    offers = read_offers(offers_file)
    listed, left = _needs(scores, units, offers, period)
    found = matched(
        listed,
        offers,
        constraints=Constraints(absorb=absorb, within=within),
        previous=None if previous is None else read_table(previous),
    )
    if len(listed) <= TABLES:
        typer.echo("\n".join(repr(one).removesuffix(CAUTION) for one in listed))
    about = {
        **scores.provenance,
        "call": f"match(absorb={absorb}, within={within})",
        "offers": offers_file.name,
        "previous": None if previous is None else previous.name,
        "left_out": left,
    }
    if (offers.table["sensitivity"] != "public").any():
        about["offers_are"] = "some restricted or confidential: not for a wider circle"
    told = f"\nNot matched, for want of scores: {', '.join(left)}." if left else ""
    typer.echo(repr(found) + told + wrote(found.to_frame(), output, "match", about))


def _needs(
    scores: Scores, units: list[str], offers: Offers, period: str | None
) -> tuple[list[Needs], list[str]]:
    """Return the needs of the countries named or, if none is, of all that the offers name.

    Returns
    -------
    tuple of (list of Needs, list of str)
        The needs, and the countries that the offers name and that have no scores then.
    """
    from r2prisk.panel.periods import period_of

    if units:
        return _each(scores, units, period), []
    if not offers.reach:
        raise InputError("match", ["the offers name no country; name some with --unit"])
    when = None if period is None else period_of(period, "--period")
    rows = scores.index if when is None else scores.index[scores.index.get_level_values(1) == when]
    scored = set(rows.get_level_values("unit"))
    left = [code for code in offers.reach if code not in scored]
    there = [code for code in offers.reach if code in scored]
    if not there:
        raise InputError(
            "match", [f"no scores then of any country that the offers name: {', '.join(left)}"]
        )
    return _each(scores, there, period), left


def _each(scores: Scores, units: list[str], period: str | None) -> list[Needs]:
    """Return the needs of each country, with what is wrong of all of them told at once."""
    from r2prisk.prevention.assistance import needs

    found: list[Needs] = []
    problems: list[str] = []
    for code in units:
        try:
            found.append(needs(scores, code, period))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError("needs", problems)
    return found
