"""How a verification and a comparison show themselves to a person."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.forecasting.verification.calibration import luck_of
from r2prisk.forecasting.verification.lists import SIZES, each_once
from r2prisk.forecasting.verification.table import BARE, DRAWS, SILENT
from r2prisk.panel.periods import KINDS
from r2prisk.tables import folded, html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.forecasting.verification.compare import Comparison
    from r2prisk.forecasting.verification.result import Verification

WIDTH = 100
"""Characters of a line of text."""

FEW = 5
"""With fewer onsets no figure of skill is shown: each would be one country's luck."""

HIGH = 0.97
"""An AUC above this is more often a leak than a success."""

ENDING = (
    "Onsets are few, so every figure is uncertain; no forecast of onset is a finding.\n" + CAUTION
)
"""What every verification and comparison ends with."""

LOOSE = "average precision (interval about 75 %)"
"""What is called 95 % held the truth three times in four (docs/verification.md)."""

PARTS = {
    BARE: "Not in the skill scores: {} without a reference (no onset before them, or none given)",
    SILENT: "Not among first outbreaks or ongoing: {}, of which nobody says what was under way",
}
"""What a person reads for rows that are left out of a part only."""

SHOWN = 10
NAMES = 60
"""How many names a line spells out; the others are counted."""

FINE = ("brier", "log_score", "ece", "ece_if_calibrated")
"""Figures so small that they need four places."""

WORDS = {
    "auc": "AUC, all rows",
    "auc_delong": "AUC, rows taken as independent (DeLong)",
    "auc_within": "AUC, within one {kind}",
    "average_precision": "average precision",
    "recall_10": "onsets on the list of 10",
    "precision_10": "right on the list of 10",
    "recall_20": "onsets on the list of 20",
    "precision_20": "right on the list of 20",
    "recall_30": "onsets on the list of 30",
    "precision_30": "right on the list of 30",
    "lead_2": "on the list of 30 two {kind}s before",
    "lead_3": "on the list of 30 three {kind}s before",
    "entrants_30": "new on the list of 30 each {kind}",
    "brier": "Brier score",
    "brier_skill": "Brier skill",
    "log_score": "log score",
    "log_skill": "log-score skill",
    "intercept": "calibration intercept (0)",
    "slope": "calibration slope (1)",
    "expected_over_observed": "onsets expected over observed (1)",
    "ece": "expected calibration error",
    "ece_if_calibrated": "the same by chance alone",
}
"""What a person reads for each figure; in brackets what a forecast that is right would have."""

RELIABILITY = {
    "lowest": "lowest chance",
    "highest": "highest chance",
    "rows": "rows",
    "said": "mean chance",
    "expected": "onsets expected",
    "onsets": "onsets",
    "came": "share that came",
    "low": "from, if right",
    "high": "to, if right",
}
"""What a person reads above the columns of the reliability table."""


def name_of(unit: object) -> str:
    """Return the name of a unit.

    Examples
    --------
    >>> name_of("SDN")
    'Sudan'
    """
    units = load_units()
    return units[str(unit)].name if str(unit) in units else str(unit)


def _number(value: float, figure: str = "") -> str:
    if np.isnan(value):
        return "unknown"
    return f"{value:z.4f}" if figure in FINE else f"{value:z.3f}"


def _table(v: Verification, view: str) -> pd.DataFrame:
    part = v.figures.loc[view]
    return pd.DataFrame(
        {
            "figure": [_words(str(name), v.forecasts) for name in part.index],
            **{
                column: [
                    _number(value, str(name))
                    for name, value in zip(part.index, part[column], strict=True)
                ]
                for column in ("value", "se", "low", "high")
            },
        }
    )


def _words(figure: str, frame: pd.DataFrame) -> str:
    return LOOSE if figure == "average_precision" else WORDS[figure].format(kind=_kind(frame))


def _kind(frame: pd.DataFrame) -> str:
    return KINDS[frame["target"].iloc[0].freqstr[0]]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _onsets(count: int, horizon: int) -> str:
    return _count(count, "onset") if horizon == 1 else f"{count:,} of them with an onset ahead"


def _once(v: Verification) -> pd.DataFrame:
    return each_once(v.onsets, v.forecasts, v.table.horizon)


def _head(v: Verification) -> list[str]:
    frame, horizon = v.forecasts, v.table.horizon
    first, last = frame["target"].min(), frame["target"].max()
    ahead = f"an onset within {_count(horizon, _kind(frame))}"
    told = _onsets(len(v.onsets), horizon)
    if horizon > 1 and first != last:
        once = _count(len(_once(v)), "onset")
        told += f" (at least {once}; one can stand in {horizon} rows)"
    lines = [
        f"Verification: targets {first} to {last}, {ahead}",
        f"{_count(len(frame), 'row')} of {_count(frame['unit'].nunique(), 'unit')}, {told}",
        _left_out(v.aside),
    ]
    most = int(frame.groupby("target").size().max())
    idle = ", ".join(str(size) for size in SIZES if size >= most)
    if idle:
        a_period = f"{_count(most, 'row')} a {_kind(frame)}"
        lines.append(f"Lists of {idle} say nothing: there are at most {a_period}")
    return lines


def _left_out(aside: dict[str, int]) -> str:
    told = [
        f"{_count(count, 'row') if why.startswith('without') else f'{count:,}'} {why}"
        for why, count in aside.items()
        if count and why not in PARTS
    ]
    return f"Left out: {'; '.join(told) or 'none'}"


def _reading(v: Verification) -> list[str]:
    """Say how far the figures can be trusted."""
    frame = v.forecasts
    some = {why: _count(count, "row") for why, count in v.aside.items() if count}
    lines = [
        *(text.format(some[why]) for why, text in PARTS.items() if why in some),
        f"Intervals: 95 % (of average precision about 75 %), {DRAWS:,} resamples of countries",
    ]
    if frame.loc[frame["outcome"] == 1, "unit"].nunique() < 2:
        lines.append("Errors and intervals are unknown where they rest on the onsets of one unit")
    marks = frame["ongoing"]
    touched = (frame["outcome"] == 1) | marks.fillna(False).astype(bool)
    quiet = int((~touched.groupby(frame["unit"]).any()).sum())
    if quiet:
        what = "onset" if marks.isna().all() else "episode"
        lines.append(
            f"Of {_count(frame['unit'].nunique(), 'unit')} {quiet:,} had no {what} in these rows; "
            "they are easy to tell and lift the AUC. Compare forecasts on the same rows only"
        )
    if v.value("auc") > HIGH:
        lines.append(
            f"An AUC above {HIGH} is more often a leak than a success: run leak_test, and ask "
            "when each source was written"
        )
    return lines


def _named(v: Verification) -> list[str]:
    """Name the onsets caught and missed and the longest false alarms."""
    once = _once(v)
    caught = once["top_30"] == 1
    rank = "rank" if v.table.horizon == 1 else "best rank"
    lines: list[str] = []
    for title, table in (("Caught", once[caught]), ("Missed", once[~caught])):
        said = [
            f"{name_of(row.unit)} {row.when} ({row.rank:.0f})"
            for row in table.itertuples(index=False)
        ]
        more = f" and {len(said) - NAMES:,} more" if len(said) > NAMES else ""
        listed = ", ".join(said[:NAMES]) or "none"
        lines.append(f"{title} by the list of 30 ({rank}): {listed}{more}")
    return [*lines, _alarms(v)]


def _alarms(v: Verification) -> str:
    alarms = v.false_alarms(SHOWN).head(SHOWN)
    said = [
        f"{name_of(row.unit)} {row.first}"
        + (f"-{row.last}" if str(row.first) != str(row.last) else "")
        for row in alarms.itertuples(index=False)
    ]
    return f"Longest on the list of 10 without an onset: {', '.join(said) or 'none'}"


def _scarce(v: Verification) -> list[str]:
    """Say what can be told of a few onsets, or of none."""
    frame, horizon, count = v.forecasts, v.table.horizon, len(v.onsets)
    targets, expected = frame["target"].unique(), v.table.chance.sum()
    what = "Onsets" if horizon == 1 else "Rows with an onset ahead"
    line = f"{what}: {count} came, {expected:.1f} expected by the chances"
    if horizon == 1 or len(targets) == 1:  # else one onset stands in two rows
        few, many = luck_of(count, v.table.chance)
        word = "so few or fewer" if count else "none"
        luck, word = (few, word) if count <= expected else (many, "so many or more")
        often = f"in {100 * luck:.0f} of 100 worlds" if luck >= 0.01 else "less than once in 100"
        line += f"; if these are right, {word} come {often} (rows taken as independent)"
    lines = [line]
    brier, log = (_number(v.value(name), name) for name in ("brier", "log_score"))
    lines.append(f"Brier score {brier}, log score {log} (lower is better)")
    for row in v.onsets.itertuples(index=False):
        when = row.target if horizon == 1 else f"in the {horizon} {_kind(frame)}s from {row.target}"
        place = f"place {row.rank:g} of {row.of}"
        lines.append(f"{name_of(row.unit)} {when}: {place}, chance {row.probability:.1%}")
    if len(targets) == 1:
        ten = v.list_of(str(targets[0]), SHOWN)
        said = [f"{name_of(row.unit)} {row.probability:.1%}" for row in ten.itertuples()]
        more = f" and {len(said) - SHOWN:,} that tie" if len(said) > SHOWN else ""
        lines.append(f"List of {SHOWN} for {targets[0]}: {', '.join(said[:SHOWN])}{more}")
    else:
        lines.append(_alarms(v))
    many = "Too few onsets for any figure of skill; what there is stands in .figures"
    return [*lines, many if count else "No onset came: skill cannot be told"]


def _fill(lines: list[str]) -> list[str]:
    return [textwrap.fill(line, WIDTH, subsequent_indent="  ") for line in lines]


def as_text(v: Verification) -> str:
    """Return what a terminal shows."""
    if len(_once(v)) < FEW:
        return "\n".join([*_fill(_head(v)), "", *_fill(_scarce(v)), ENDING])
    told: list[str] = []
    for row in v.rows.iloc[1:].reset_index().to_dict("records"):
        count = f"{_count(row['rows'], 'row')}, {_onsets(row['onsets'], v.table.horizon)}"
        told.append(f"{row['view'].capitalize()}: {count}{_short(v, row['view'])}")
    table = text_table(_table(v, "all"), words=["figure"])
    head = _fill([*_head(v), *_reading(v)])
    return "\n".join([*head, "", table, "", *_fill([*told, *_named(v)]), ENDING])


def _enough(v: Verification, view: object) -> bool:
    """Tell whether the figures of a view are worth showing."""
    known = view in v.figures.index.get_level_values("view")
    return known and v.rows["onsets"].to_dict()[str(view)] >= FEW * v.table.horizon


def _short(v: Verification, view: str) -> str:
    """Return the main figures of a view in one line."""
    if not _enough(v, view):
        return "; too few onsets for any figure of skill"
    table = _table(v, view).set_index("figure")
    names = [_words(name, v.forecasts) for name in ("auc", "average_precision", "recall_30")]
    said = [
        f"{row.Index} {row.value} ({row.low} to {row.high})"
        for row in table.loc[names].itertuples()
    ]
    return "; " + ", ".join(said)


def as_html(v: Verification) -> str:
    """Return what a notebook shows."""
    few = len(_once(v)) < FEW
    head, *lines = _head(v) if few else [*_head(v), *_reading(v)]
    parts = [paragraph(*lines)]
    if not few:
        for view in v.rows.index:
            if view == "all" or _enough(v, view):
                table = _table(v, str(view))
                name = str(view).capitalize()
                shown = html_table(table, words=["figure"], caption=name, shown=len(table))
                parts.append(shown if view == "all" else folded(name, shown))
        said = v.reliability.rename(columns=RELIABILITY)
        chances = said.select_dtypes("float").columns
        said = said.assign(**{name: said[name].map("{:.4f}".format) for name in chances})
        parts.append(html_table(said, caption="Reliability: said and came, by tenths of the rows"))
    return page(head, *parts, paragraph(*(_scarce(v) if few else _named(v))), caution=ENDING)


def _comparison(c: Comparison) -> tuple[list[str], pd.DataFrame]:
    aside = "; ".join(f"{count:,} of {name}" for name, count in c.aside.items() if count)
    horizon = int(c.provenance["horizon"])
    onsets = _onsets(c.onsets, horizon)
    lines = [
        f"Comparison with {c.reference}: {_count(c.rows, 'common row')}, {onsets}",
        f"Variants in the reality check: {c.variants}; any other that was tried is not allowed for",
        f"Rows not common: {aside or 'none'}",
        f"Better by: above 0 the model is better than {c.reference}",
        "95 % and p: countries drawn; the range leaves out 0 where p is 0.05 or less",
        "DeLong: p with rows taken as independent",
        "Reality check: p that the best of so many would look as good if none were better",
    ]
    if not c.onsets:
        lines.append("No onset came: which forecast is better cannot be told")
    elif c.onsets < FEW * horizon:
        lines.append("Too few onsets to tell forecasts apart")
    return lines, _differences(c)


def _differences(c: Comparison) -> pd.DataFrame:
    """Return the differences as a person reads them."""
    table = c.differences.reset_index()
    if not c.onsets:  # then only the two scores are known
        table = table[table["value"].notna()]
    names = table["figure"]
    shown = pd.DataFrame(
        {"figure": [WORDS[name].format(kind="period") for name in names], "model": table["model"]}
    )
    for column in ("value", "reference"):
        shown[column] = [_number(v, n) for v, n in zip(table[column], names, strict=True)]
    shown["better by"] = [_signed(value) for value in table["difference"]]
    ends = zip(table["low"], table["high"], strict=True)
    shown["95 %"] = ["unknown" if np.isnan(a) else f"{_signed(a)} to {_signed(b)}" for a, b in ends]
    for column, word in (("p", "p"), ("p_delong", "DeLong"), ("p_reality", "reality check")):
        cells = ["unknown" if np.isnan(value) else f"{value:.3f}" for value in table[column]]
        if column == "p_delong":  # of the area alone
            cells = [c if n == "auc" else "" for c, n in zip(cells, names, strict=True)]
        shown[word] = cells
    return shown


def _signed(value: float) -> str:
    if np.isnan(value):
        return "unknown"
    text = f"{value:+.4f}"
    return text if float(text) else text[1:]


def comparison_as_text(c: Comparison) -> str:
    """Return what a terminal shows of a comparison."""
    lines, table = _comparison(c)
    return "\n".join([*_fill(lines), "", text_table(table, words=["figure", "model"]), ENDING])


def comparison_as_html(c: Comparison) -> str:
    """Return what a notebook shows of a comparison."""
    (head, *lines), table = _comparison(c)
    shown = html_table(table, words=["figure", "model"], shown=len(table))
    return page(head, paragraph(*lines), shown, caution=ENDING)
