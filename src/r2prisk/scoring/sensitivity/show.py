"""How the indices show themselves to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.marks import share
from r2prisk.tables import bullets, html_table, marked, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.scoring.sensitivity.result import Sensitivity

WORDS = {
    "evidence": "errors of ratings",
    "indicator_weights": "weights within factors",
    "factor_weights": "weights between factors",
    "exponents": "exponents",
    "kappa": "kappa",
    "form": "form of interaction",
    "unknown": "what unknown cells hold",
    "missing": "the missing rule",
    "ageing": "ageing",
}
"""What each group is called in a sentence."""

LITTLE = 0.02
"""A total index below this is little: the group hardly moves anything."""

LEGEND = (
    "first: the share of the variance that would go, on average, if the group were settled.\n"
    "total: the share that would stay if all other groups were. In brackets 95 % intervals.\n"
    "Shares are of the spread that the declared priors make; other priors, other shares."
)
"""What the columns of the summary mean."""


def summary(found: Sensitivity) -> pd.DataFrame:
    """Return the indices of all scores and all ranks together, the weightiest for ranks first.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.scoring.sensitivity import sensitivity
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9],
    ...     "1.2": [0.4, 0.3]})
    >>> groups = ["exponents", "kappa"]
    >>> summary(sensitivity(read_panel(frame), groups=groups, draws=64))["group"].tolist()
    ['exponents', 'kappa']
    """
    table = found.table()
    ranks, scores = table.loc["ranks"], table.loc["scores"]
    order = np.lexsort((-scores["total"].to_numpy(), -ranks["total"].fillna(0.0).to_numpy()))
    names = ranks.index[order]
    columns = {"group": [WORDS[str(name)] for name in names]}
    for title, part in (("ranks", ranks.loc[names]), ("scores", scores.loc[names])):
        for kind in ("first", "total"):
            ends = zip(part[kind], part[f"{kind}_low"], part[f"{kind}_high"], strict=True)
            columns[f"{title}: {kind}"] = [_index(*each) for each in ends]
    return pd.DataFrame(columns)


def _index(value: float, low: float, high: float) -> str:
    if np.isnan(value):
        return "-"
    # 0.00 and not -0.00, but -0.01 stays -0.01
    near, left, right = (f"{round(v, 2) + 0.0:.2f}" for v in (value, low, high))
    return f"{near} ({left}, {right})"


def sentences(found: Sensitivity) -> list[str]:
    """Say in words what decides the ranking, and how far to trust that."""
    ranks = found.table().loc["ranks"]
    said = [f"On average a rank is {found.moved.mean():.1f} places away from the published one."]
    if ranks["total"].isna().all():
        return [f"No rank by {_plain(found.of)} moves, whatever is varied.", *_doubts(found)]
    listed = ranks.iloc[np.argsort(-ranks["total"].to_numpy(), kind="stable")]
    much = listed[listed["total"] >= max(LITTLE, 0.5 * float(listed["total"].iloc[0]))]
    parts = [
        f"{WORDS[str(name)]} ({row['first']:.0%} of the variance of ranks alone, "
        f"{row['total']:.0%} with its interactions)"
        for name, row in much.iterrows()
    ]
    said.append(f"The ranking by {_plain(found.of)} turns most on {', then on '.join(parts)}.")
    none = [WORDS[str(n)] for n, row in listed.iterrows() if row["total"] == 0]
    little = [WORDS[str(n)] for n, row in listed.iterrows() if 0 < row["total"] < LITTLE]
    if little:
        said.append(f"Hardly anything (under {LITTLE:.0%}): {', '.join(little)}.")
    if none:
        said.append(f"Nothing at all: {', '.join(none)}.")
    joint = 1.0 - float(ranks["first"].sum())
    said.append(f"{joint:.0%} of the variance of ranks belongs to no group alone.")
    return [*said, *_doubts(found)]


def _doubts(found: Sensitivity) -> list[str]:
    width, change = found.error
    known = (
        f"Convergence: {found.draws:,} draws of each of {len(found.groups) + 2} runs; an index of "
        f"all rows is known to within {width:.2f}, and moved by {change:.2f} at most from half of "
        "the draws to all."
    )
    said = [known]
    estimates = [found.overall.first, *(rows.first for rows in found.by_row)]
    below = sum(int((values < 0).sum()) for values in estimates)
    if below:
        lowest = min(float(np.nanmin(values, initial=0.0)) for values in estimates)
        said.append(
            f"{below:,} of {sum(values.size for values in estimates):,} first-order estimates are "
            f"below 0, the lowest {lowest:.3f}. No true index is: that is sampling error about an "
            "index near 0, left as it came out."
        )
    return [*said, *(f"Note: {note}." for note in found.notes)]


def headline(found: Sensitivity) -> str:
    """Return one line: of what, over how many rows."""
    units = found.index.get_level_values("unit").nunique()
    span = f"{found.periods[0]} to {found.periods[-1]}"
    profile = found.scores.profile
    return (
        f"Sensitivity of {_plain(found.of)}: {len(found):,} rows, {units} units, "
        f"{found.periods[0] if len(found.periods) == 1 else span}; "
        f"profile {profile.name} {profile.version} ({profile.hash[:8]})"
    )


def _plain(name: str) -> str:
    return name.replace("_", " ")


def as_text(found: Sensitivity) -> str:
    """Return what a terminal shows."""
    table = text_table(summary(found), words=["group"])
    parts = [headline(found), "", table, "", LEGEND, "", *sentences(found), CAUTION]
    return "\n".join(parts)


def as_html(found: Sensitivity) -> str:
    """Return what a notebook shows."""
    drawn = summary(found)
    table = found.table()
    for of in ("ranks", "scores"):
        totals = {WORDS[str(name)]: value for name, value in table.loc[of]["total"].items()}
        column = f"{of}: total"
        drawn = marked(drawn, column, (share(totals[group]) for group in drawn["group"]))
    caption = "Sobol' indices, all rows together"
    return page(
        headline(found),
        html_table(drawn, words=["group"], caption=caption),
        paragraph(LEGEND),
        bullets(sentences(found)),
    )
