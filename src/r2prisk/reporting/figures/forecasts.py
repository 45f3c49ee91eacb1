"""What forecasts were worth, in four pictures: reliability, lists, readers, lead time."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.forecasting import Verification
from r2prisk.forecasting.verification.discrimination import Floats
from r2prisk.forecasting.verification.lists import SIZES
from r2prisk.forecasting.verification.table import resamples
from r2prisk.reporting.figures import forecast_leads as leads
from r2prisk.reporting.figures import forecast_marks as marks
from r2prisk.reporting.figures.figure import Figure
from r2prisk.reporting.figures.forecast_words import (
    count,
    endings,
    kind_of,
    need,
    per_cent,
    span,
)
from r2prisk.reporting.figures.lead_marks import lead_time as draw_leads

GRID = 401
"""Readers of a Murphy diagram: from 0 to past the largest chance, by its square root."""


def reliability(found: Verification) -> Figure:
    """Draw what was said against what came, by tenths of the rows.

    Each mark is a tenth of the rows: across, the mean chance; up, the share with an onset. The bar
    holds 95 of 100 forecasts that are right (rows taken as independent), so a mark outside it says
    that the chances are not. Both axes are square roots: onsets are rare.

    Parameters
    ----------
    found : Verification
        Of forecasts of one model.

    Returns
    -------
    Figure
        Its data has one row a group, from the lowest chance: the columns of ``found.reliability``,
        ``from`` and ``to`` (the bar, as shares from 0 to 1) and ``inside`` (whether what came
        lies in it).

    Raises
    ------
    InputError
        If this is no verification.

    Examples
    --------
    >>> from r2prisk.forecasting import verify
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN", "TZA"], "target": 2003,
    ...                       "probability": [0.5, 0.1, 0.1, 0.1], "outcome": [1, 0, 0, 0]})
    >>> reliability(verify(frame)).data[["said", "came", "to"]].round(2).to_numpy().tolist()
    [[0.1, 0.0, 0.67], [0.5, 1.0, 1.0]]
    """
    need(found, "reliability")
    table = found.reliability
    shares = {"from": table["low"] / table["rows"], "to": table["high"] / table["rows"]}
    inside = table["onsets"].between(table["low"], table["high"])
    data = table.assign(**shares, inside=inside)
    off, rate = int((~inside).sum()), float(found.table.outcome.mean())
    said, came = float(table["expected"].sum()), int(table["onsets"].sum())
    return Figure(
        name="reliability",
        data=data,
        title=f"What was said and what came, {span(found)}",
        subtitle=(
            "Each mark is about a tenth of the rows, by the chance that was said; on the diagonal "
            "the chances mean what they say. Bars: where 95 of 100 right forecasts would fall."
        ),
        notes=(
            (
                f"{off} of {len(data)} marks {'is' if off == 1 else 'are'} outside the bars. Bars "
                "take rows as independent; the years of one country are not, so they are rather "
                "too short. "
                "Both axes are square roots: onsets are rare, and small chances need room."
            ),
            *endings(found),
        ),
        alt=(
            f"Reliability of {count(len(table), 'group')} of forecasts: {said:.1f} onsets were "
            f"expected and {came} came; {off} outside the range of right forecasts."
        ),
        draw=partial(marks.reliability, rate=rate),
    )


def precision_recall(found: Verification) -> Figure:
    """Draw how many onsets a list catches, and how many of its names are right.

    The curve runs over all rows together, from the highest chance down. The marks are the lists
    that somebody would have had: the 10, 20 and 30 highest of each period, with 95 % intervals.

    Parameters
    ----------
    found : Verification
        Of forecasts of one model.

    Returns
    -------
    Figure
        Its data has one row a point: ``part`` (``curve`` or ``list``), ``threshold`` (the chance
        down to which the curve counts), ``size`` of the list, and ``recall`` and ``precision``
        (0 to 1) with their ``_low`` and ``_high``, NaN for the curve and where unknown.

    Raises
    ------
    InputError
        If this is no verification, or no onset came.

    Examples
    --------
    >>> from r2prisk.forecasting import verify
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN", "TZA"], "target": 2003,
    ...                       "probability": [0.5, 0.3, 0.1, 0.1], "outcome": [0, 1, 0, 0]})
    >>> precision_recall(verify(frame)).data[["recall", "precision"]].to_numpy().tolist()
    [[1.0, 0.25], [1.0, 0.5], [0.0, 0.0]]
    """
    need(found, "precision_recall", onsets=True)
    lists = _lists(found)
    data = pd.concat([_curve(found), lists], ignore_index=True)
    rate, kind = float(found.table.outcome.mean()), kind_of(found)
    told = "; ".join(
        f"list of {size} a {kind}: {recall:.0%} of onsets, {per_cent(right)} of names right"
        for size, recall, right in zip(
            lists["size"], lists["recall"], lists["precision"], strict=True
        )
    )
    area = found.figures.loc["all"].loc["average_precision"]
    unknown = "" if np.isnan(area["low"]) else f" ({area['low']:.3f} to {area['high']:.3f})"
    return Figure(
        name="precision_recall",
        data=data,
        title=f"Onsets caught and names that were right, {span(found)}",
        subtitle=(
            "Curve: all rows together, from the highest chance down. Marks: the highest of each "
            f"{kind}, with 95% intervals. The square-root axis gives room to small shares."
        ),
        notes=(
            (
                f"Average precision {area['value']:.3f}{unknown}; an interval of it holds the "
                f"truth about three times in four. {_gaps(found, lists)}A name that no onset "
                "followed is not wrong to watch."
            ),
            *endings(found),
        ),
        alt=f"Precision against recall; share of all rows {per_cent(rate)}. {told}".rstrip() + ".",
        draw=partial(marks.precision_recall, rate=rate, kind=kind),
    )


def _curve(found: Verification) -> pd.DataFrame:
    """Return the ends of each upright stretch of the curve: what lies between is on the line."""
    curve = found.precision_recall()
    ends = (curve["recall"] != curve["recall"].shift()) | (
        curve["recall"] != curve["recall"].shift(-1)
    )
    return curve[ends].assign(part="curve", size=np.nan)


def _lists(found: Verification) -> pd.DataFrame:
    """Return the lists that leave anybody out, with what they caught."""
    figures = found.figures.loc["all"]
    most = int(found.forecasts.groupby("target").size().max())
    rows: list[dict[str, Any]] = []
    for size in SIZES:
        if size >= most:
            continue
        row: dict[str, Any] = {"part": "list", "size": size}
        for name in ("recall", "precision"):
            one = figures.loc[f"{name}_{size}"]
            row |= {name: one["value"], f"{name}_low": one["low"], f"{name}_high": one["high"]}
        rows.append(row)
    ends = [f"{name}{end}" for name in ("recall", "precision") for end in ("", "_low", "_high")]
    return pd.DataFrame(rows, columns=["part", "size", *ends])


def _gaps(found: Verification, lists: pd.DataFrame) -> str:
    """Say which lists and which intervals are not there, and why."""
    idle = [str(size) for size in SIZES if size not in set(lists["size"])]
    bare = lists.loc[lists.filter(regex="_low$").isna().any(axis=1), "size"]
    most = int(found.forecasts.groupby("target").size().max())
    told = ""
    if idle:
        told += f"Lists of {', '.join(idle)} are not drawn: there are at most {most} rows at once. "
    if len(bare):
        named = ", ".join(f"{size:.0f}" for size in bare)
        told += f"An interval of the list of {named} is unknown: too few countries had an onset. "
    return told


def murphy(found: Verification) -> Figure:
    """Draw the loss of every reader, from one who acts at the slightest chance to the last.

    A reader who acts where the chance is above theta loses theta for each alarm without an onset,
    and 1 - theta for each onset without an alarm (Ehm et al. 2016, doi:10.1111/rssb.12154). Lower
    is better; where one curve is nowhere above another, it is better for everybody.

    Parameters
    ----------
    found : Verification
        Of forecasts of one model.

    Returns
    -------
    Figure
        Its data has one row a reader: ``theta`` (0 to 1), ``loss`` (mean over the rows),
        ``reference`` (the loss by the reference forecasts), ``gain`` (how much less it is by
        these) and ``gain_low`` and ``gain_high`` (95 %, countries drawn). All but the first two
        are NaN where a row has no reference.

    Raises
    ------
    InputError
        If this is no verification, or no onset came.

    Examples
    --------
    >>> from r2prisk.forecasting import verify
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "target": 2003, "outcome": [1, 0],
    ...                       "probability": [0.4, 0.1]})
    >>> data = murphy(verify(frame)).data
    >>> float(data["theta"].max()), len(data)
    (0.5, 401)
    """
    need(found, "murphy", onsets=True)
    data = _readers(found)
    there = bool(data["reference"].notna().all())
    better = float((data["gain"] > 0).mean())
    told = f"; lower than the reference for {better:.0%} of the readers drawn" if there else ""
    most = data.iloc[int(data["loss"].to_numpy().argmax())]
    return Figure(
        name="murphy",
        data=data,
        title=f"What readers would have lost by these forecasts, {span(found)}",
        subtitle=(
            "Each reader acts when the chance is above a threshold: on the left at the slightest "
            "chance. A false alarm costs the threshold, a miss 1 less it. Lower is better."
        ),
        notes=(
            (
                f"{_versus(found, data)} Beyond the largest chance that was said nobody acts. The "
                "square-root axis gives room to small chances."
            ),
            *endings(found),
        ),
        alt=(
            f"Murphy diagram: mean loss up to {most['loss']:.4f}, at a threshold of "
            f"{per_cent(most['theta'])}{told}."
        ),
        draw=marks.murphy,
    )


def _versus(found: Verification, data: pd.DataFrame) -> str:
    """Say how the forecasts did against the reference over all readers, or why nobody knows."""
    if data["reference"].isna().any():
        return "No reference is drawn: not every row has one."
    skill = found.figures.loc["all"].loc["brier_skill"].to_dict()
    side = "less" if skill["value"] >= 0 else "more"
    interval = (
        ""
        if np.isnan(skill["low"])
        else f" (Brier skill {skill['value']:.3f}, 95% {skill['low']:z.3f} to {skill['high']:z.3f})"
    )
    band = (
        "No interval is drawn: all onsets are of one unit."
        if data["gain_low"].isna().all()
        else "Shaded below: 95% at each threshold by itself, countries drawn."
    )
    return (
        f"Over all readers the loss is {abs(skill['value']):.1%} {side} than the reference's"
        f"{interval}. The reference is the share of onsets so far, unless another was given. {band}"
    )


def _readers(found: Verification) -> pd.DataFrame:
    """Return the loss at thresholds of equal steps on the axis, exact at each."""
    table = found.table
    there = np.isfinite(table.climatology).all()
    said = [table.chance, table.climatology] if there else [table.chance]
    top = min(max(1.25 * max(float(chance.max()) for chance in said), 1e-3), 1.0)
    theta = top * np.linspace(0.0, 1.0, GRID) ** 2
    lost = [_losses(chance, table.outcome, theta) for chance in said]
    data = pd.DataFrame({"theta": theta, "loss": lost[0].mean(axis=0)})
    if not there:
        return data.assign(reference=np.nan, gain=np.nan, gain_low=np.nan, gain_high=np.nan)
    low, high = _around(lost[1] - lost[0], found)
    reference = lost[1].mean(axis=0)
    gain = reference - data["loss"]
    return data.assign(
        reference=reference,
        gain=gain,
        gain_low=np.minimum(low, gain),
        gain_high=np.maximum(high, gain),
    )


def _losses(chance: Floats, outcome: Floats, theta: Floats) -> Floats:
    """Return what each reader loses by each row, shape (n, t): Ehm et al. (2016)."""
    came, acts = outcome[:, np.newaxis] == 1, chance[:, np.newaxis] > theta
    return np.where(came, ~acts * (1.0 - theta), acts * theta)


def _around(gain: Floats, found: Verification) -> tuple[Floats, Floats]:
    """Return the middle 95 % of the mean gain over resamples of countries, at each threshold."""
    unit = found.table.unit
    if len(np.unique(unit[found.table.outcome == 1])) < 2:
        nothing = np.full(gain.shape[1], np.nan)
        return nothing, nothing
    units = int(unit.max()) + 1
    weights = resamples(units, np.random.default_rng(0))
    sums = pd.DataFrame(gain).groupby(unit).sum().to_numpy()
    rows = np.bincount(unit, minlength=units)
    drawn = (weights @ sums) / (weights @ rows)[:, np.newaxis]
    low, high = np.quantile(drawn[1:], [0.025, 0.975], axis=0)
    return low, high


def lead_time(found: Verification) -> Figure:
    """Draw, for each onset by name, which lists its unit was on in the periods before.

    Parameters
    ----------
    found : Verification
        Of forecasts of one model.

    Returns
    -------
    Figure
        Its data has one row for each onset and each list before it, from the last (``before`` 1)
        back: ``unit``, ``name``, ``target``, ``before``, ``on`` (``top 10``, ``top 20``,
        ``top 30``, ``not listed`` or ``no forecast``), ``place`` and ``of`` (the rank when it
        came), ``missed`` (not on the last list of 30 for sure) and ``ongoing``.

    Raises
    ------
    InputError
        If this is no verification, or no onset came.

    Examples
    --------
    >>> from r2prisk.forecasting import verify
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"] * 2, "target": [2003, 2003, 2004, 2004],
    ...                       "probability": [0.5, 0.1] * 2, "outcome": [0, 0, 1, 0]})
    >>> lead_time(verify(frame)).data[["unit", "before", "on", "missed"]].to_numpy().tolist()
    [['SDN', 1, 'top 10', False], ['SDN', 2, 'top 10', False]]
    """
    need(found, "lead_time", onsets=True)
    data, older = leads.lead_data(found)
    kind = kind_of(found)
    last = data[data["before"] == 1]
    missed, shares = int(last["missed"].sum()), leads.shares(found)
    return Figure(
        name="lead_time",
        data=data,
        title=f"How long before each onset its country stood on the lists, {span(found)}",
        subtitle=(
            f"One row an onset, one column a list: 1 is the last list before the onset, made the "
            f"{kind} before. {shares}"
        ),
        notes=(*leads.notes(found, data, older), *endings(found)),
        alt=(
            f"Lead times of {count(len(last), 'onset')}: {len(last) - missed} stood on the last "
            f"list of 30, {missed} did not. {shares}"
        ),
        draw=partial(draw_leads, kind=kind),
    )
