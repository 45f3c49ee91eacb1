"""Which assumptions move scores and ranks: Sobol' indices as bars."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.timeline import rows
from r2prisk.reporting.figures.words import caution, source_line
from r2prisk.scoring.sensitivity import Sensitivity
from r2prisk.scoring.sensitivity.result import OVERALL
from r2prisk.scoring.sensitivity.show import WORDS
from r2prisk.scoring.uncertainty.gate import refuse

PLOT = 380
"""Pixels across the bars: what labels and numbers leave of the whole."""

KINDS = {"total": "with interactions", "first": "alone"}
"""The two indices of a group, and what they are called beside their bars."""


def sensitivity(found: Sensitivity, *, outcome: str = "ranks", period: object = None) -> Figure:
    """Draw how much of the spread of scores or ranks each group of assumptions makes.

    Parameters
    ----------
    found : Sensitivity
        As :func:`r2prisk.scoring.sensitivity.sensitivity` makes it.
    outcome : {"ranks", "scores", "mean rank shift"}
        Of all ranks together, of all scores together, or of the mean distance of ranks from the
        published ones, as in :meth:`Sensitivity.table`.
    period : period-like, optional
        Of one period; of all if not given.

    Returns
    -------
    Figure
        Its data have two rows for each group, the group with the largest total index first:
        ``index`` is ``total`` (the share of the variance that would stay if all other groups were
        settled) or ``first`` (the share that would go, on average, if the group were), ``value``
        the estimate, ``low`` and ``high`` the ends of its interval (95 per cent).

    Raises
    ------
    InputError
        If there is no such outcome (the nearest is named) or period; if nothing moves the outcome.

    Examples
    --------
    >>> from r2prisk import read_panel
    >>> from r2prisk.scoring.sensitivity import sensitivity as indices
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9],
    ...     "1.2": [0.4, 0.3]})
    >>> found = indices(read_panel(frame), groups=["exponents", "kappa"], draws=64)
    >>> sensitivity(found, outcome="scores").data[["group", "index"]].to_numpy().tolist()[:2]
    [['exponents', 'total'], ['exponents', 'first']]
    """
    refuse("sensitivity", _faults(found, outcome))
    table = found.table(period)
    table = table[table.index.get_level_values("outcome") == outcome].droplevel("outcome")
    period = None if period is None else str(period_of(period, "period"))
    when = period or _span(found)
    if table["total"].isna().all():
        still = (
            f"nothing to draw: whatever is varied, the {outcome} by {_plain(found.of)} of {when}"
        )
        raise InputError("sensitivity", [f"{still} stay as they are"])
    data = _data(table)
    what = {"scores": f"scores of {_plain(found.of)}"}.get(
        outcome, f"{outcome} by {_plain(found.of)}"
    )
    return Figure(
        "sensitivity",
        data,
        title=f"Which assumptions move the {what} ({when})",
        subtitle=(
            "Pale bar: share of the variance in which the assumption takes part, with its "
            "interactions (total index). Dark bar: what it makes alone (first order). Lines: 95 % "
            "intervals."
        ),
        notes=(*_notes(found, data, outcome, period), source_line(found.scores), caution()),
        alt=_alt(data, what),
        draw=_draw,
    )


def _faults(found: object, outcome: str) -> list[str]:
    if not isinstance(found, Sensitivity):
        made = "r2prisk.scoring.sensitivity.sensitivity makes one"
        return [f"needs a Sensitivity, found {type(found).__name__}; {made}"]
    if outcome not in OVERALL:
        said = f"no outcome '{outcome}'; allowed: {', '.join(OVERALL)}"
        return [said + nearest(str(outcome), OVERALL)]
    return []


def _span(found: Sensitivity) -> str:
    first, last = found.periods[0], found.periods[-1]
    return first if first == last else f"{first} to {last}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _data(table: pd.DataFrame) -> pd.DataFrame:
    """Return two rows for each group, the group with the largest total first."""
    order = np.argsort(-table["total"].to_numpy(), kind="stable")
    marks = [
        {
            "group": str(group),
            "label": WORDS[str(group)],
            "index": kind,
            "value": row[kind],
            # the ends are of a bootstrap, which need not hold the estimate
            "low": min(row[kind], row[f"{kind}_low"]),
            "high": max(row[kind], row[f"{kind}_high"]),
        }
        for group, row in table.iloc[order].iterrows()
        for kind in KINDS
    ]
    return pd.DataFrame(marks)


def _notes(found: Sensitivity, data: pd.DataFrame, outcome: str, period: str | None) -> list[str]:
    """Return how the shares came about, and what they do not say."""
    here = [n for n, name in enumerate(found.periods) if period in (None, name)]
    names = found.index.get_level_values("period").astype(str)
    many = int(names.isin([found.periods[n] for n in here]).sum())
    together = f"{many:,} {'row' if many == 1 else 'rows'} together"
    priors = (
        "Shares are of the spread that the declared priors make: with other priors they are "
        "others. What moves nothing here is not thereby right."
    )
    notes = [f"{found.draws:,} draws of each of {len(found.groups) + 2} runs; {together}.", priors]
    if outcome == "ranks":
        moved = f"{found.moved[here].mean():.1f} places"
        notes.append(f"On average over all draws a rank is {moved} away from the published one.")
    if (data["value"] < 0).any():
        notes.append("A share below 0 is sampling error about one near 0, left as it came out.")
    return notes + [f"{note[0].upper()}{note[1:]}." for note in found.notes]


def _alt(data: pd.DataFrame, what: str) -> str:
    few = data[data["index"] == "total"].head(3).itertuples()
    told = ", ".join(f"{row.label} {_number(float(cast('float', row.value)))}" for row in few)
    return f"Shares of the variance of the {what}, with interactions; the largest: {told}."


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:.2f}"


def _draw(data: pd.DataFrame) -> Any:
    """Draw two bars for each group, and their numbers on the right."""
    import altair as alt

    place = pd.Series(range(len(data)), index=data.index) // 2
    total = data["index"] == "total"
    marks = data.assign(
        # the wide pale bar above, the narrow dark one below it
        above=place + total.map({True: -0.33, False: 0.1}),
        below=place + total.map({True: 0.07, False: 0.3}),
        zero=0.0,
        row=place,
        number=[
            f"{_number(v)} ({_number(a)} to {_number(b)})"
            for v, a, b in zip(data["value"], data["low"], data["high"], strict=True)
        ],
    )
    marks["middle"] = (marks["above"] + marks["below"]) / 2
    marks["told"] = marks["label"] + ", " + marks["index"].map(KINDS) + ": " + marks["number"]
    ends = [min(0.0, float(marks["low"].min())), max(1.0, float(marks["high"].max()))]
    groups = len(marks) // 2
    x_scale = {"domain": ends, "nice": False}
    axis = {
        "title": "share of the variance (0 to 1)",
        "tickCount": 5,
        "format": ".1f",
        "labelFlush": False,
    }
    zero, low = (alt.X(f"{name}:Q", scale=x_scale, axis=axis) for name in ("zero", "low"))
    down = {"domain": [-0.5, groups - 0.5], "reverse": True, "nice": False}
    row, above, middle = (
        alt.Y(f"{name}:Q", scale=down, axis=None) for name in ("row", "above", "middle")
    )

    def of(part: pd.DataFrame) -> Any:
        return alt.Chart(rows(part))

    layers: list[Any] = []
    for some, strength in ((total, 0.4), (~total, 1.0)):
        bars = of(marks[some]).mark_rect(color=theme.RESILIENCE, opacity=strength)
        layers.append(bars.encode(zero, above, x2="value:Q", y2="below:Q", tooltip="told:N"))
    for colour, wide in ((theme.PAPER, 3.5), (theme.INK, 1.4)):
        lines = of(marks).mark_rule(color=colour, strokeWidth=wide)
        layers.append(lines.encode(low, middle, x2="high:Q", tooltip="told:N"))
    pen: dict[str, Any] = {"align": "right", "baseline": "middle", "fontSize": 11}
    labels = of(marks[total]).mark_text(color=theme.INK, **pen)
    layers.append(labels.encode(alt.XValue(-8), row, text="label:N"))
    told = of(marks).mark_text(color=theme.QUIET, **pen)
    layers.append(told.encode(alt.XValue(PLOT + 112), middle, text="number:N"))
    return alt.layer(*layers, width=PLOT, height=34 * groups)
