"""``r2prisk demo``: the casebook, scored."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.about import CAUTION
from r2prisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.evidence.casebook import Case, Casebook
    from r2prisk.scoring import Scores

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write: .csv, .xlsx, .parquet or .json."),
]

CaseName = Annotated[
    str | None, typer.Option("--case", metavar="NAME", help="Show one case, with its evidence.")
]
Evidence = Annotated[
    Path | None,
    typer.Option(
        "--evidence",
        metavar="FILE",
        help="Where to write the evidence: .csv, .jsonl, .xlsx or .parquet.",
    ),
]
NOTHING = "Nothing was written; add -o casebook_scores.csv to keep it (or .xlsx, .parquet, .json)."
BEFORE = 24
"""Months over which the demo shows the rise of a risk."""


def demo(case: CaseName = None, evidence: Evidence = None, output: Output = None) -> None:
    """Score the casebook that comes with r2prisk: real histories, month by month.

    Example: r2prisk demo -o casebook_scores.csv

    Example: r2prisk demo --case kenya-2005-2013
    """
    from r2prisk.evidence.casebook import load_casebook
    from r2prisk.scoring.write import check_target, ratings_path

    if output is not None:
        check_target(output)
    if output is not None and evidence is not None and output.resolve() == evidence.resolve():
        raise InputError(str(output), ["is named twice, for the scores and for the evidence"])
    book = load_casebook()
    one = None if case is None else book[case]
    scores = _scored(list(book.values()) if one is None else [one])
    wrote = ""
    if evidence is not None:
        (book if one is None else one).evidence.write(evidence)
        wrote += f"Wrote the evidence to {evidence}.\n"
    if output is not None:
        scores.write(output)
        scores.panel.write(ratings_path(output))
        unit = "RWA" if one is None else one.unit
        wrote += f"Wrote {len(scores):,} rows to {output}.\n"
        wrote += f"Next: r2prisk trajectory {output} --unit {unit}\n"
        wrote += f"      r2prisk explain {output} --unit {unit} --from {_span(scores, unit)}"
    typer.echo(_book(scores, book) if one is None else _case(scores, one))
    typer.echo(f"{CAUTION}\n{wrote or NOTHING}".rstrip())


def _span(scores: Scores, unit: str) -> str:
    """Return two periods with a score, two years apart or as far as there are, for an example."""
    known = scores.to_frame()["residual_risk"].dropna().xs(unit, level="unit").index
    return f"{known[max(len(known) - 1 - BEFORE, 0)]} --to {known[-1]}"


def _book(scores: Scores, book: Casebook) -> str:
    """Return what is shown of all cases."""
    from r2prisk.evidence.casebook import CODING
    from r2prisk.scoring.show import COLUMNS, headline
    from r2prisk.tables import text_table

    parts = [f"{book!r}\n", headline(scores)]
    for outcome, table in _eves(scores, book).items():
        shown = text_table(table, words=["unit", "case", "month"])
        parts.append(f"\nAtrocity crimes {outcome}\n{shown}")
    parts.append(
        "\nEach case at the end of the last month before its outcome, from what was known then.\n"
        f"rise: of risk, in the two years before.\n{COLUMNS}\n"
        f"{CODING}\nOne case, with its reasons: r2prisk demo --case NAME, with one of\n"
        + textwrap.fill(
            ", ".join(book),
            100,
            break_on_hyphens=False,
            initial_indent="  ",
            subsequent_indent="  ",
        )
    )
    return "\n".join(parts)


def _case(scores: Scores, case: Case) -> str:
    """Return what is shown of one case: its course, its evidence, its documents."""
    import pandas as pd

    from r2prisk.evidence.casebook import CODING
    from r2prisk.tables import text_table

    def told(*texts: str) -> str:
        return "\n".join(textwrap.fill(text, 100, subsequent_indent="  ") for text in texts)

    frame = scores.to_frame().loc[case.unit]
    frame = frame[frame["risk"].notna()].iloc[::-3].iloc[::-1]
    names = {"risk": "risk", "residual_risk": "residual", "resilience": "resilience"}
    course = pd.DataFrame({"month": frame.index.astype(str)})
    for column, name in names.items():
        course[name] = ["-" if v != v else f"{v:.2f}" for v in frame[column]]
    course["coverage"] = [f"{v:.0%}" for v in frame["coverage"]]
    labels = {i.id: i.label for f in case.evidence.frameworks for i in f.indicators}
    rows = case.evidence.to_frame().sort_values("date", kind="stable")
    evidence = [
        f"{str(row['date'])[:10]}  {row['indicator']} {labels[row['indicator']]}: "
        f"{row['rating']:.2f}. {row['note']} [{row['reference']}]"
        for row in rows.to_dict("records")
    ]
    documents = [f"{r.date}  {r.cite}: {r.title}. {r.url}" for r in case.references]
    return "\n".join(
        [
            f"{case.title} ({case.unit}): atrocity crimes {case.outcome} ({case.outcome_date})",
            CODING,
            "",
            told(case.what, f"What the documents say of it: {case.why}", f"Limits: {case.limits}"),
            "\nAs it was known at the end of each third month",
            text_table(course, words=["month"]),
            f"\nEvidence ({len(rows)} ratings)\n{told(*evidence)}",
            f"\nDocuments ({len(documents)})\n{told(*documents)}",
        ]
    )


def _scored(cases: list[Case]) -> Scores:
    """Score each case in every month of its years, from what was known then."""
    import numpy as np
    import pandas as pd

    from r2prisk.evidence import load_casebook, pool
    from r2prisk.scoring import score

    first, last = min(case.first for case in cases), max(case.last for case in cases)
    evidence = cases[0].evidence if len(cases) == 1 else load_casebook().evidence
    panel = pool(evidence, pd.period_range(f"{first}-01", f"{last}-12", freq="M")).panel
    year = pd.PeriodIndex(panel.index.get_level_values("period")).year
    unit = panel.index.get_level_values("unit")
    kept = np.zeros(len(panel), dtype=bool)
    for case in cases:
        kept |= (unit == case.unit) & (year >= case.first) & (year <= case.last)
    return score(panel.take(np.flatnonzero(kept)), profile="evidence")


def _eves(scores: Scores, book: Casebook) -> dict[str, pd.DataFrame]:
    """Return for each outcome the cases as they stood on the eve of it, the highest risk first."""
    import numpy as np
    import pandas as pd

    frame = scores.to_frame()
    rows: list[dict[str, object]] = []
    for case in book.values():
        eve = pd.Period(case.outcome_date, freq="M") - 1
        mine = frame.loc[case.unit]
        then, now = mine["risk"].get(str(eve - BEFORE), np.nan), mine.loc[str(eve)]
        rows.append(
            {
                "outcome": case.outcome,
                "unit": case.unit,
                "case": case.title,
                "month": str(eve),
                "risk": now["risk"],
                "could be": f"{now['risk_low']:.2f}-{now['risk_high']:.2f}",
                "rise": f"{now['risk'] - then:+.2f}",
                "residual": f"{now['residual_risk']:.2f}",
                "resilience": f"{now['resilience']:.2f}",
                "coverage": f"{now['coverage']:.0%}",
            }
        )
    shown = pd.DataFrame(rows).sort_values("risk", ascending=False)
    shown["risk"] = shown["risk"].map("{:.2f}".format)
    return {
        outcome: shown[shown["outcome"] == outcome].drop(columns="outcome")
        for outcome in ("followed", "stopped", "did not follow")
        if (shown["outcome"] == outcome).any()
    }
