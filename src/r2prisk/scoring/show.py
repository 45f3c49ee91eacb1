"""How scores show themselves to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.marks import interval, share
from r2prisk.tables import html_table, marked, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.scoring.scores import Scores

SHOWN = 10
BRIEF = 5
"""Rows of each table in a notebook."""

COLUMNS = (
    "could be: the lowest and highest risk once the unknown is known. residual: what resilience\n"
    "leaves of it. coverage: how much of the Framework's weight was rated."
)
"""What the columns of the summary mean."""

DRAWN = (
    "Drawn on a line from 0 to 1: the risk as a tick, what it could be as a bar, which is open "
    "where too little is rated for a band."
)
"""What the marks of a notebook mean."""

WORDS = ("unit", "country", "band")
"""Columns of the summary that hold words."""


def summary(scores: Scores, *, shown: int = SHOWN) -> dict[str, pd.DataFrame]:
    """Return the tables that a reader wants first, for the latest period.

    Parameters
    ----------
    scores : Scores
        What to sum up.
    shown : int
        Rows in each table.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``highest risk``, ``held down most`` (largest gap between risk and residual risk) and
        ``seen least`` (lowest coverage); columns as a person reads them. Empty where no row has
        a known risk.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9]})
    >>> list(summary(score(read_panel(frame)))["highest risk"]["unit"])
    ['SDN', 'NOR']
    """
    frame = scores.to_frame()
    # the same floor as for bands: a strength that rests on next to nothing is not shown
    thin = scores.sheet.resilience_coverage < scores.profile.missing.band_coverage
    frame["resilience"] = frame["resilience"].mask(thin)
    frame = frame[frame["risk"].notna()]
    if frame.empty:
        return {}
    latest = latest_period(frame)
    frame = frame[frame.index.get_level_values("period") == latest].reset_index()
    frame["gap"] = frame["risk"] - frame["residual_risk"]
    return {
        "highest risk": _table(frame.sort_values(["risk", "unit"], ascending=[False, True]), shown),
        "held down most": _table(
            frame.sort_values(["gap", "unit"], ascending=[False, True]), shown
        ),
        "seen least": _table(frame.sort_values(["coverage", "unit"]), shown),
    }


def comparability(scores: Scores) -> str:
    """Say where the rated risk indicators differ so much that levels do not compare over time.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": "SDN", "year": [2003, 2004], "1.1": 0.9, "1.2": [0.5, None]})
    >>> print(comparability(score(read_panel(frame))))
    Risk indicators rated: 1 in 2004, 2 in 2003. Where the number changes, levels before and after
    do not compare: compare within a period, or rate the same indicators in both.
    """
    counts = cast(dict[str, int], scores.provenance["risk_indicators_rated"])
    last, most = list(counts)[-1], max(counts, key=counts.__getitem__)
    if counts[last] > 0.9 * counts[most]:
        return ""
    return (
        f"Risk indicators rated: {counts[last]} in {last}, {counts[most]} in {most}. Where the "
        "number changes, levels before and after\ndo not compare: compare within a period, or rate "
        "the same indicators in both."
    )


def latest_period(frame: pd.DataFrame) -> pd.Period:
    """Return the last period in which most of the units have a score.

    A source that reaches further than the others would otherwise show a year of which hardly
    anything is known.

    Parameters
    ----------
    frame : pandas.DataFrame
        The rows that have a score, one or more; index levels ``unit`` and ``period``.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN", "SDN", "SYR"], "1.1": 0.5,
    ...     "year": [2003, 2003, 2004, 2003]})
    >>> str(latest_period(score(read_panel(frame)).to_frame()))
    '2003'
    """
    counts = frame.groupby(level="period").size()
    return counts[counts >= counts.max() / 2].index[-1]


def _table(frame: pd.DataFrame, shown: int) -> pd.DataFrame:
    units = load_units()
    top = frame.head(shown)
    return pd.DataFrame(
        {
            "unit": top["unit"],
            "country": [units[u].name for u in top["unit"]],
            "period": top["period"].astype(str),
            "risk": top["risk"].map("{:.2f}".format),
            "could be": [
                f"{low:.2f}-{high:.2f}"
                for low, high in zip(top["risk_low"], top["risk_high"], strict=True)
            ],
            "band": top["band"],
            "residual": top["residual_risk"].map("{:.2f}".format),
            "resilience": ["-" if np.isnan(v) else f"{v:.2f}" for v in top["resilience"]],
            "coverage": top["coverage"].map("{:.0%}".format),
        }
    )


def headline(scores: Scores) -> str:
    """Return one line: how much was scored, and with which profile.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> headline(score(panel))[:42]
    'Scores: 1 rows, 1 units, 1 periods (2003);'
    """
    periods = pd.PeriodIndex(scores.index.get_level_values("period").unique()).sort_values()
    units = scores.index.get_level_values("unit").nunique()
    span = f"{periods[0]} to {periods[-1]}" if len(periods) > 1 else f"{periods[0]}"
    return (
        f"Scores: {len(scores):,} rows, {units} units, {len(periods)} periods ({span}); "
        f"profile {scores.profile.name} {scores.profile.version} ({scores.profile.hash[:8]})"
    )


def unrated_factors(scores: Scores) -> str:
    """Say which risk and resilience factors nothing in the panel rates.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> unrated_factors(score(panel))[:42]
    'Unknown in every row: RF2, RF3, RF4, RF5, '
    """
    sides = (
        (scores.risk_framework, scores.sheet.rated),
        (scores.resilience_framework, scores.sheet.strength_rated),
    )
    names = [
        factor.id
        for framework, means in sides
        for factor, mean in zip(framework.factors, means, strict=True)
        if np.isnan(mean).all()
    ]
    return f"Unknown in every row: {', '.join(names)}" if names else ""


def as_text(scores: Scores) -> str:
    """Return what a terminal shows."""
    if not len(scores):
        return "Scores: no rows"
    lines = [headline(scores), ""]
    for title, table in list(summary(scores).items())[:1]:
        lines += [title.capitalize(), text_table(table, words=WORDS), ""]
    cautions = [unrated_factors(scores), comparability(scores), CAUTION]
    return "\n".join([*lines, *filter(None, cautions)])


def as_html(scores: Scores) -> str:
    """Return what a notebook shows."""
    if not len(scores):
        return page("Scores: no rows")
    frame = scores.to_frame()
    parts = [_drawn(scores, *each) for each in summary(scores, shown=BRIEF).items()]
    few = len(parts) and len(_known(frame)) <= BRIEF
    notes = filter(None, [_left_out(frame), unrated_factors(scores), comparability(scores)])
    words = [paragraph(COLUMNS, DRAWN)] if parts else []
    # where the first table shows every unit, the others would say the same in another order
    return page(headline(scores), *(parts[:1] if few else parts), *words, *map(paragraph, notes))


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the latest period that have a risk."""
    known = frame[frame["risk"].notna()]
    if known.empty:
        return known
    return known[known.index.get_level_values("period") == latest_period(known)]


def _left_out(frame: pd.DataFrame) -> str:
    """Say how many units are not in the tables, and why."""
    known = _known(frame)
    units = frame.index.get_level_values("unit").nunique()
    if known.empty:
        return "Risk is unknown in every row."
    period = known.index.get_level_values("period")[0]
    more = f", {BRIEF} of them in each table" if len(known) > BRIEF else ""
    none = f"; {units - len(known)} of {units} have none" if len(known) < units else ""
    return f"Units with a known risk in {period}: {len(known)}{more}{none}."


def _drawn(scores: Scores, title: str, table: pd.DataFrame) -> str:
    """Return a table of the summary with its intervals and its coverage drawn."""
    period = table["period"].iloc[0]
    rows = _known(scores.to_frame()).droplevel("period").loc[table["unit"]]
    thin = rows["coverage"] < scores.profile.missing.band_coverage
    ends = zip(rows["risk"], rows["risk_low"], rows["risk_high"], thin, strict=True)
    marks = [interval(a, b, c, thin=few) for a, b, c, few in ends]
    drawn = marked(table.drop(columns="period"), "could be", marks)
    drawn = marked(drawn, "coverage", map(share, rows["coverage"]))
    title = title.capitalize() if len(drawn) > 1 else "Risk"
    return html_table(drawn, words=WORDS, caption=f"{title}, {period}")
