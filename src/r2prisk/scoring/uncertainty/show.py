"""How uncertainty shows itself to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.marks import interval
from r2prisk.scoring.show import DRAWN, latest_period
from r2prisk.tables import bullets, html_table, marked, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.scoring.uncertainty.result import Uncertainty

SHOWN = 10
COLUMNS = (
    "median, likely: the middle and 90 % of the draws, given the declared priors; likely always\n"
    "holds the published score.\n"
    "could be: the lowest and highest risk once the unknown is known; nothing is assumed, and\n"
    "nothing but unknown cells is doubted. The two answer different questions.\n"
    "band: the published one with the share of draws in it. Unlike intervals, shares are not\n"
    "widened to hold the published score: they can be small, or 0."
)
"""What the columns of the summary mean."""

WORDS = ("unit", "country", "band")


def summary(sure: Uncertainty, *, shown: int = SHOWN) -> pd.DataFrame:
    """Return the highest risks of the latest period in which most units have one.

    Parameters
    ----------
    sure : Uncertainty
        What to sum up.
    shown : int
        Rows, 1 or more.

    Returns
    -------
    pandas.DataFrame
        ``unit``, ``country``, ``period``, ``risk``, ``median``, ``likely`` (5 to 95 per cent),
        ``could be`` (bounds), ``rank`` (5 to 95 per cent), ``top k`` (chance of being among as
        many as are shown), and ``band`` with its chance.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.scoring.uncertainty import uncertainty
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9]})
    >>> summary(uncertainty(read_panel(frame), draws=64), shown=1)["unit"].tolist()
    ['SDN']
    """
    frame = sure.to_frame().assign(band=sure.scores.to_frame()["band"])
    frame = frame[frame["risk"].notna()]
    if frame.empty:
        return pd.DataFrame()
    latest = latest_period(frame)
    frame = frame[frame.index.get_level_values("period") == latest].reset_index()
    top = frame.sort_values(["risk", "unit"], ascending=[False, True]).head(shown)
    units = load_units()
    chances = sure.top(len(top), latest)
    return pd.DataFrame(
        {
            "unit": top["unit"],
            "country": [units[u].name for u in top["unit"]],
            "period": top["period"].astype(str),
            "risk": top["risk"].map("{:.2f}".format),
            "median": top["risk_q50"].map("{:.2f}".format),
            "likely": _from_to(top, "risk_q5", "risk_q95", ".2f"),
            "could be": _from_to(top, "risk_low", "risk_high", ".2f"),
            "rank": _from_to(top, "risk_rank_q5", "risk_rank_q95", ".0f"),
            f"top {len(top)}": [f"{chances[unit]:.0%}" for unit in top["unit"]],
            "band": [
                f"{band} ({top[f'P({band})'].iloc[n]:.0%})" for n, band in enumerate(top["band"])
            ],
        }
    )


def _from_to(frame: pd.DataFrame, low: str, high: str, form: str) -> list[str]:
    return [f"{a:{form}}-{b:{form}}" for a, b in zip(frame[low], frame[high], strict=True)]


def headline(sure: Uncertainty) -> str:
    """Return one line: how many draws of what."""
    varied = ", ".join(name.replace("_", " ") for name in sure.vary) or "nothing"
    profile = sure.scores.profile
    return (
        f"Uncertainty: {len(sure):,} rows, {sure.draws:,} draws of {varied}; "
        f"profile {profile.name} {profile.version} ({profile.hash[:8]})"
    )


def cautions(sure: Uncertainty) -> list[str]:
    """Say how far the draws have converged, and where the published score is not in their midst."""
    errors = sure.convergence["largest"]
    known = ", ".join(
        f"{str(name).replace('_', ' ')} {error:.4f}" for name, error in errors.dropna().items()
    )
    said = [f"Largest standard error of a median: {known}."]
    place = sure.names.index("risk")
    risk = ~np.isnan(sure.scores.sheet.risk[0])
    rows = f"{int(risk.sum()):,} rows the published risk is"
    needed = int(sure.outside[place, risk].sum())
    if needed:
        said.append(
            f"In {needed:,} of {rows} outside 95 % of the draws, and the interval was widened to "
            "hold it: there the profile's choices are at the edge of what the priors allow, or too "
            "little is rated to speak for the rest."
        )
    for side, words in ((-1, "below the lower"), (1, "above the upper")):
        count = int((sure.beyond[place, risk] == side).sum())
        if count:
            said.append(f"In {count:,} of {rows} {words} quartile of its own draws.")
    return [*said, *_other_bands(sure), *(f"Note: {note}." for note in sure.notes)]


def _other_bands(sure: Uncertainty) -> list[str]:
    """Name the rows in which another band than the published one is the likeliest."""
    bands = sure.bands
    own = sure.scores.to_frame()["band"].map(bands.index).to_numpy(dtype=np.intp)
    likeliest = sure.chances.argmax(axis=1)
    gain = sure.chances.max(axis=1) - sure.chances[np.arange(len(own)), own]
    # the surest first, and in the order of the panel where they are alike
    rows = np.flatnonzero(gain > 0)
    rows = rows[np.argsort(-gain[rows], kind="stable")]
    if not len(rows):
        return []
    named = [
        f"{sure.scores.index[n][0]} {sure.scores.index[n][1]} ({bands[own[n]]}; likeliest "
        f"{bands[likeliest[n]]}, {sure.chances[n, likeliest[n]]:.0%})"
        for n in rows[:SHOWN].tolist()
    ]
    rest = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
    count = f"In {len(rows):,} of {len(own):,} rows another band than the published one"
    return [f"{count} is the likeliest: {', '.join(named)}{rest}."]


def as_text(sure: Uncertainty) -> str:
    """Return what a terminal shows."""
    table = summary(sure)
    if table.empty:
        return "Uncertainty: no rows with a known risk"
    parts = [headline(sure), "", "Highest risk", text_table(table, words=WORDS), ""]
    return "\n".join([*parts, COLUMNS, *cautions(sure), CAUTION])


def as_html(sure: Uncertainty) -> str:
    """Return what a notebook shows."""
    table = summary(sure, shown=5)
    if table.empty:
        return page("Uncertainty: no rows with a known risk")
    period = table["period"].iloc[0]
    frame = sure.to_frame().assign(coverage=sure.scores.to_frame()["coverage"])
    known = frame[frame.index.get_level_values("period").astype(str) == period]
    rows = known.droplevel("period").loc[table["unit"]]
    thin = rows["coverage"] < sure.scores.profile.missing.band_coverage
    ends = zip(rows["risk"], rows["risk_low"], rows["risk_high"], strict=True)
    likely = zip(rows["risk_q5"], rows["risk_q95"], strict=True)
    marks = [
        interval(*bounds, likely=inner, thin=few)
        for bounds, inner, few in zip(ends, likely, thin, strict=True)
    ]
    drawn = marked(table.drop(columns="period"), "could be", marks)
    left = int(known["risk"].notna().sum()) - len(table)
    title = f"Highest risk, {period}"
    return page(
        headline(sure),
        html_table(drawn, words=WORDS, caption=title),
        paragraph(f"Units with a lower risk: {left} more.") if left else "",
        paragraph(COLUMNS),
        paragraph(DRAWN, "What is likely is drawn dark, within what could be."),
        bullets(cautions(sure)),
    )
