"""``r2prisk demo``: the casebook, scored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from r2prisk.about import CAUTION

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.evidence.casebook import Casebook
    from r2prisk.scoring import Scores

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where to write: .csv, .xlsx, .parquet or .json."),
]

BEFORE = 24
"""Months over which the demo shows the rise of a risk."""


def demo(output: Output = None) -> None:
    """Score the casebook that comes with r2prisk: real histories, month by month.

    Example: r2prisk demo -o casebook_scores.csv
    """
    from r2prisk.evidence.casebook import CODING, load_casebook
    from r2prisk.scoring.show import COLUMNS, headline
    from r2prisk.scoring.write import check_target
    from r2prisk.tables import text_table

    if output is not None:
        check_target(output)
    book = load_casebook()
    scores = _scored(book)
    wrote = (
        "Nothing was written; add -o casebook_scores.csv (or .xlsx, .parquet, .json) to keep it."
    )
    if output is not None:
        scores.write(output)
        wrote = (
            f"Wrote {len(scores):,} rows to {output}. Next: r2prisk trajectory {output} --unit RWA"
        )
    typer.echo(f"{book!r}\n")
    typer.echo(headline(scores))
    for outcome, table in _eves(scores, book).items():
        title = f"Atrocity crimes {outcome}"
        typer.echo(f"\n{title}\n{text_table(table, words=['unit', 'case', 'month'])}")
    typer.echo(
        "\nEach case at the end of the last month before its outcome, from what was known then.\n"
        f"rise: of risk, in the two years before. {COLUMNS}"
    )
    typer.echo(f"{CODING} Which documents, why so rated, what is missing: docs/casebook.md.")
    typer.echo(f"{CAUTION}\n{wrote}")


def _scored(book: Casebook) -> Scores:
    """Score each case in every month of its years, from what was known then."""
    import numpy as np
    import pandas as pd

    from r2prisk.evidence import pool
    from r2prisk.scoring import score

    first, last = (f(years) for f, years in zip((min, max), _years(book), strict=True))
    panel = pool(book.evidence, pd.period_range(f"{first}-01", f"{last}-12", freq="M")).panel
    year = pd.PeriodIndex(panel.index.get_level_values("period")).year
    unit = panel.index.get_level_values("unit")
    kept = np.zeros(len(panel), dtype=bool)
    for case in book.values():
        kept |= (unit == case.unit) & (year >= case.first) & (year <= case.last)
    return score(panel.take(np.flatnonzero(kept)))


def _years(book: Casebook) -> tuple[list[int], list[int]]:
    return [case.first for case in book.values()], [case.last for case in book.values()]


def _eves(scores: Scores, book: Casebook) -> dict[str, pd.DataFrame]:
    """Return for each outcome the cases as they stood on the eve of it, the highest risk first."""
    import numpy as np
    import pandas as pd

    frame = scores.to_frame()
    rows: list[dict[str, object]] = []
    for case in book.values():
        eve = pd.Period(case.outcome_date, freq="M") - 1
        then, now = (
            frame["risk"].get((case.unit, eve - BEFORE), np.nan),
            frame.loc[(case.unit, eve)],
        )
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
