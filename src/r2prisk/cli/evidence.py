"""``r2prisk template`` and ``r2prisk read``: the workbook for coders, out and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from r2prisk.about import CAUTION
from r2prisk.cli.catalogue import Tongue
from r2prisk.cli.inputs import closed, gathered, refuse_same
from r2prisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.evidence import EvidenceTable
    from r2prisk.panel import Panel
    from r2prisk.scoring import Profile

RELIABLE, TENTATIVE = 0.8, 2 / 3
"""Alpha from which ratings are relied on, and from which for tentative conclusions only."""

FEW = 20
"""Shared cells below which agreement gets no verdict: a few more would turn it."""

SHOWN = 10
"""Disagreements that are shown."""

ONE_ROUND = 366
"""Days that the dates of one round of coding span at most; beyond, times are not mixed."""


Units = Annotated[
    str, typer.Argument(metavar="COUNTRIES", help="ISO 3166 alpha-3 codes, e.g. GHA,KEN,MMR.")
]
Language = Annotated[Tongue, typer.Option(help="The language of the form.")]
Coders = Annotated[
    str, typer.Option(metavar="NAME,...", help="Who fills it in; can be left to the form.")
]
Prefilled = Annotated[
    Path | None,
    typer.Option("--evidence", metavar="FILE", help="Evidence to start from, e.g. of last year."),
]
Form = Annotated[Path, typer.Option("--output", "-o", help="Where to write the form: .xlsx.")]
Files = Annotated[
    list[Path],
    typer.Argument(metavar="FILE...", help="Forms that were filled in, or tables of evidence."),
]
Date = Annotated[
    str | None,
    typer.Option(
        help="The month whose end counts, e.g. 2026-10; the evidence's last if not given."
    ),
]
Own = Annotated[
    str,
    typer.Option(metavar="NAME,...", help="Coders of the assessed government, to be held apart."),
]
Public = Annotated[
    bool, typer.Option("--public", help="Leave out all that is restricted or confidential.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace a form that is there already.")]
ProfileOption = Annotated[
    str, typer.Option(metavar="NAME|FILE.toml", help="The choices behind the score.")
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Evidence to write: .csv, .jsonl, .xlsx or .parquet."),
]


def template(
    countries: Units,
    output: Form,
    language: Language = Tongue.EN,
    coders: Coders = "",
    evidence: Prefilled = None,
    public: Public = False,
    force: Force = False,
) -> None:
    """Write the form in which coders enter evidence: a workbook for Excel or LibreOffice.

    Example: r2prisk template GHA,KEN,MMR --language fr -o form.xlsx
    """
    from r2prisk.evidence import read_evidence, write_template

    if evidence is not None:
        refuse_same(output, [evidence])
    if output.exists() and not force:
        raise InputError(str(output), ["is there already; --force replaces it, answers and all"])
    units = [code.upper() for code in _names(countries)]
    table = None if evidence is None else read_evidence(evidence)
    others = 0
    if table is not None:
        table = table.public() if public else table
        mine = table.select(units=[unit for unit in units if unit in table.units])
        others, table = len(table) - len(mine), mine
    write_template(output, units, language=language.value, coders=_names(coders), evidence=table)
    started = "" if table is None else f", with {len(table):,} rows of evidence to start from"
    typer.echo(f"Wrote a form for {', '.join(units)} to {output}{started}.")
    if others:
        typer.echo(f"{others:,} rows on other countries stay out.")
    if table is not None and (safe := closed(table)):
        typer.echo(f"{safe} (--public leaves them out)")
    typer.echo("When it is filled in: r2prisk read, with one or more forms.")


def read(
    files: Files,
    date: Date = None,
    own: Own = "",
    public: Public = False,
    profile: ProfileOption = "evidence",
    output: Output = None,
) -> None:
    """Read forms or tables of evidence, compare their coders, and score what they add up to.

    Example: r2prisk read ann.xlsx ben.xlsx -o evidence.csv
    """
    from r2prisk.evidence import pool
    from r2prisk.scoring import Profile

    if output is not None:
        refuse_same(output, files)
    chosen = Profile.load(profile)
    table = gathered(files)
    if public:
        table = table.public()
        if not len(table):
            raise InputError("--public", [table.notes[0]])
    at = date if date is not None else str(table.periods("month")[-1])
    mine = _names(own)
    _refuse_strangers(mine, table)
    pooled = pool(table, at)
    if output is not None:
        table.write(output)
    typer.echo(repr(table))
    typer.echo(f"\nCoverage at the end of {at}\n{_coverage(pooled.panel, table)}")
    codings, how = _compared(table, at)
    typer.echo(_coders(codings, how, pooled.panel, chosen))
    if mine:
        typer.echo(_self_assessment(codings, mine))
    told, scored = _scores(pooled.panel, chosen, at)
    typer.echo(told)
    typer.echo(_lens(table, at))
    typer.echo(CAUTION)
    if output is None:
        typer.echo("Nothing was written; add -o evidence.csv to keep the evidence.")
    else:
        typer.echo(f"Wrote {len(table):,} rows of evidence to {output}.")
        if safe := closed(table):
            typer.echo(f"{safe} (--public leaves them out)")
        if scored:
            typer.echo(f"Next: r2prisk score --evidence {output} --profile evidence -o scores.csv")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _refuse_strangers(own: list[str], table: EvidenceTable) -> None:
    from r2prisk.errors import nearest

    coders = sorted(set(table.codings()["coder"]))
    problems = [f"no coder '{name}'{nearest(name, coders)}" for name in own if name not in coders]
    if problems:
        raise InputError("--own", problems)


def _number(value: float, *, sign: bool = False) -> str:
    return "-" if value != value else f"{value:+.2f}" if sign else f"{value:.2f}"


def _coverage(panel: Panel, table: EvidenceTable) -> str:
    """Say how much of each side of the framework is rated, and by how many rows."""
    import numpy as np
    import pandas as pd

    from r2prisk.catalogue.units import load_units
    from r2prisk.panel import CellState
    from r2prisk.tables import text_table

    rows = table.to_frame()["unit"].value_counts()
    rated = pd.DataFrame(panel.states == CellState.RATED, columns=list(panel.indicators))
    shown = pd.DataFrame({"unit": panel.index.get_level_values("unit")})
    shown["country"] = [load_units()[unit].name for unit in shown["unit"]]
    shown["evidence rows"] = [int(rows[unit]) for unit in shown["unit"]]
    for framework in table.frameworks:
        names = [i.id for i in framework.indicators]
        mine = [name for name in names if name in rated]
        count = rated[mine].to_numpy().sum(axis=1).astype(np.int64)
        shown[framework.kind] = [f"{n} of {len(names)} indicators" for n in count]
    return text_table(shown, words=["unit", "country"])


def _compared(table: EvidenceTable, at: str) -> tuple[pd.DataFrame, str]:
    """Return who rated what of all that was known by a date, and which ratings meet."""
    then = table.select(known=at)
    date = then.to_frame()["date"]
    if not len(date) or (date.max() - date.min()).days <= ONE_ROUND:
        return then.codings(per="whole"), "Ratings of one cell are compared whatever their dates."
    return then.codings(), "Ratings of one cell are compared within a year."


def _coders(codings: pd.DataFrame, told: str, panel: Panel, profile: Profile) -> str:
    """Say how far coders agree, who is severe, and what to settle first."""
    from r2prisk.evidence import agreement, disagreements, severity
    from r2prisk.scoring import swing
    from r2prisk.tables import text_table

    if codings["coder"].nunique() < 2:
        return "\nOne coder: agreement cannot be measured. Have a second person code apart."
    found = agreement(codings).reset_index()
    whole = found.iloc[-1]
    lines = [
        "\nDo the coders agree? (Krippendorff's alpha, ordinal; 1 is full agreement, 0 chance)"
    ]
    lines += [_judged(whole), told]
    known = found[found["alpha"].notna()]
    if len(known):
        shown = known.assign(
            alpha=[_number(v) for v in known["alpha"]],
            interval=[
                f"{_number(a)} to {_number(b)}"
                for a, b in zip(known["low"], known["high"], strict=True)
            ],
        )[["part", "alpha", "interval", "cells"]]
        lines.append(text_table(shown, words=["part"]))
    unknown = [str(part) for part in found.loc[found["alpha"].isna(), "part"] if part != "all"]
    if unknown:
        lines.append(f"Not known, too little was rated twice or all alike: {', '.join(unknown)}")
    lines += [f"{coder}: {words}" for coder, words in severity(codings)["words"].items()]
    apart = disagreements(codings)
    if not len(apart):
        return "\n".join([*lines, "No cell is rated differently."])
    moved = swing(panel, apart, profile=profile)
    lines.append(
        f"\nTo settle first ({min(SHOWN, len(moved))} of {len(moved)} cells rated differently)"
    )
    lines.append(text_table(_apart(moved), words=["unit", "indicator", "label"]))
    lines.append(
        "moves: how far the country's risk or resilience goes from the lower to the higher one"
    )
    return "\n".join(lines)


def _judged(whole: pd.Series[Any]) -> str:
    """Say what an alpha is worth."""
    alpha = float(whole["alpha"])
    if alpha != alpha:
        return f"Not known: {whole['reason']}."
    if whole["cells"] < FEW:
        span = f"{whole['low']:.2f} to {whole['high']:.2f}"
        return f"Overall {alpha:.2f} ({span}) on {whole['cells']} cells: too few to rely on."
    if alpha >= RELIABLE:
        return f"Overall {alpha:.2f}: reliable."
    if alpha >= TENTATIVE:
        return f"Overall {alpha:.2f}: good enough for tentative conclusions; settle what differs."
    return f"Overall {alpha:.2f}: too low to rely on; talk over what differs before you score."


def _apart(moved: pd.DataFrame) -> pd.DataFrame:
    """Return the disagreements as shown."""
    from r2prisk.catalogue import FRAMEWORKS, load_framework

    labels = {i.id: i.label for name in FRAMEWORKS for i in load_framework(name).indicators}
    top = moved.head(SHOWN)
    shown = top[["unit", "indicator"]].assign(
        label=[labels[name][:44] for name in top["indicator"]]
    )
    for name in [c for c in top.columns if str(c).startswith("rating by ")]:
        if top[name].notna().any():
            shown[str(name).removeprefix("rating by ")] = [_number(v) for v in top[name]]
    return shown.assign(moves=[f"{v:.3f}" for v in top["moves"]])


def _self_assessment(codings: pd.DataFrame, own: list[str]) -> str:
    """Hold a government's own ratings against those of outsiders."""
    from r2prisk.evidence import compare_self, flatness
    from r2prisk.tables import text_table

    mine = codings["coder"].isin(own)
    lines = [f"\nSelf-assessment ({', '.join(own)}) beside outside coders"]
    if mine.all():
        lines.append("No outside coder: only the profile itself can be checked.")
        flat = flatness(codings)
    else:
        compared = compare_self(codings[mine], codings[~mine]).reset_index()
        lines.append(
            text_table(compared[["unit", "part", "words"]], words=["unit", "part", "words"])
        )
        flat = flatness(codings[mine], outside=codings[~mine])
    checks = flat.reset_index()[["unit", "check", "words"]]
    lines.append(text_table(checks, words=["unit", "check", "words"]))
    return "\n".join(lines)


def _scores(panel: Panel, profile: Profile, at: str) -> tuple[str, bool]:
    """Score the panel; return what shows every country, and whether there was anything to score."""
    from r2prisk.catalogue import load_framework
    from r2prisk.scoring import score
    from r2prisk.scoring.show import COLUMNS, WORDS, summary
    from r2prisk.tables import text_table

    if not set(panel.indicators) & {i.id for i in load_framework(profile.risk).indicators}:
        return "\nNo score: no risk indicator is in the evidence.", False
    scores = score(panel, profile=profile)
    tables = summary(scores, shown=len(scores))
    if not tables:
        return f"\nNo score at the end of {at}: no rating of a risk indicator is live then.", False
    shown = tables["highest risk"]
    lost = [unit for unit in panel.units if unit not in set(shown["unit"])]
    unknown = f"\nUnknown, no live evidence on risk: {', '.join(lost)}" if lost else ""
    table = text_table(shown, words=WORDS)
    return f"\nScores at the end of {at}\n{table}{unknown}\n{COLUMNS}", True


def _lens(table: EvidenceTable, at: str) -> str:
    """Show the human-rights channel: level and intensity."""
    import pandas as pd

    from r2prisk.evidence import human_rights_lens
    from r2prisk.tables import text_table

    found = human_rights_lens(table, at).reset_index()
    shown = pd.DataFrame(
        {
            "unit": found["unit"],
            "level": [_number(v) for v in found["level"]],
            "in a year": [_number(v, sign=True) for v in found["intensity"]],
        }
    )
    return (
        "\nHuman-rights lens (violations as monitors report them; enters no score)\n"
        f"{text_table(shown, words=['unit'])}"
    )
