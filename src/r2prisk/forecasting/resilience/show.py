"""What a test of resilience says in words, and how it shows itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.tables import html_table, text_table

if TYPE_CHECKING:
    from r2prisk.forecasting.resilience.result import ResilienceTest

SURE = 0.05
BENT = "interaction, risk curved"
MATTERS = 0.25
"""A loss of this share of the odds for one deviation of resilience is worth knowing of."""

POWERED = 0.8
SHOWN = 6
WORDS = ("form", "how", "sign", "why", "planted", "effect of one deviation", "pair")

READ = (
    "Effects: times the odds of an onset (hazards: times the rate) for one deviation more, 95 %,\n"
    "countries drawn; below 1 protects, but for erosion, where above 1 does. Gains: against the\n"
    "same forecast without resilience, each window fitted on its own past; above 0 is better.\n"
    "Holm allows for all forms, max-t for all single coefficients, the reality check for all\n"
    "forecasts. An association of scores is no cause, and display for prevention does not hang on\n"
    "it."
)
"""How to read the table."""


def sentences(t: ResilienceTest) -> list[str]:
    """Return what was found, in plain words."""
    return [*_seen(t), *_signs(t), *_forecasts(t), *_power(t), _verdict(t)]


def _seen(t: ResilienceTest) -> list[str]:
    c = t.collinearity
    tangled = "The two are not strongly tangled"
    if c["correlation"] < -0.7:
        tangled = "Much of the Framework already is missing resilience"
    elif c["correlation"] < -0.3:
        tangled = "The two are partly one variable turned round"
    said = (
        f"{len(t.table)} forms of resilience were tried beside risk. {tangled}: the correlation of "
        f"risk and resilience is {c['correlation']:+.2f} ({c['within']:+.2f} within a period), so "
        f"that the variance of a resilience coefficient is {c['variance_inflation']:.1f} times "
        "what it would be without."
    )
    return [said]


def _listed(names: Sequence[object]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "; ".join(map(str, names[:SHOWN])) + more


def _signs(t: ResilienceTest) -> list[str]:
    single = t.table[t.table["sign"].isin(["protective", "the reverse"])]
    good = int((single["sign"] == "protective").sum())
    tested = t.table["p"].notna()
    alone = t.table[tested & (t.table["p"] < SURE)]
    kept = t.table[tested & (t.table["p_holm"] < SURE)]
    shared = t.table[t.table["p_max"] < SURE]
    counts = f"{good} are protective and {len(single) - good} the reverse"
    said = [f"Of {len(single)} forms with one coefficient {counts}."]
    if {"interaction", BENT} <= set(t.table.index):
        plain, bent = t.table.loc[["interaction", BENT], "p"]
        if plain < SURE <= bent:
            said.append(
                f"The product of risk and resilience fades once risk may bend (p {plain:.3f}, then "
                f"{bent:.3f}): with such a correlation it is nearly the square of risk."
            )
    if alone.empty:
        return [*said, f"None of {int(tested.sum())} tests has p below {SURE} by itself."]
    named = [f"{n} ({row['sign']}, p {_p(row['p'])})" for n, row in alone.iterrows()]
    said.append(f"By itself p is below {SURE} for {len(alone)}: {_listed(named)}.")
    allowed = [f"{n} ({row['sign']})" for n, row in kept.iterrows()]
    by_max = [f"{n} ({row['sign']})" for n, row in shared.iterrows()]
    said.append(
        f"Allowing for all {int(tested.sum())} tests (Holm): {_listed(allowed) or 'none'}. "
        f"By max-t over the single coefficients: {_listed(by_max) or 'none'}."
    )
    return said


def _forecasts(t: ResilienceTest) -> list[str]:
    table = t.table[t.table["log_gain"].notna()] if "log_gain" in t.table else t.table[:0]
    if table.empty:
        return ["Forecasts could not be compared: no form had windows with enough onsets."]
    better = table[table["log_low"] > 0]
    worse = table[table["log_high"] < 0]
    checked = table[table["p_reality"] < SURE]
    orders = table[table["auc_low"] > 0]
    upset = table[table["auc_high"] < 0]
    said = []
    if better.empty and orders.empty:
        said.append(
            f"No form improves the forecast: of {len(table)}, none has a log score or an AUC that "
            "is better than without resilience beyond its interval."
        )
    else:
        said.append(
            f"Of {len(table)} forms the log score is better beyond its interval for: "
            f"{_listed(list(better.index)) or 'none'}; the AUC for: "
            f"{_listed(list(orders.index)) or 'none'}. Allowing for all (reality check of the log "
            f"score): {_listed(list(checked.index)) or 'none'}. By luck alone one in forty lies "
            "beyond its interval on the better side."
        )
    if len(worse) or len(upset):
        said.append(
            "Worse beyond the interval: the log score for "
            f"{_listed(list(worse.index)) or 'none'}; the AUC for "
            f"{_listed(list(upset.index)) or 'none'}."
        )
    return said


def _power(t: ResilienceTest) -> list[str]:
    said: list[str] = []
    for planted, part in t.power.groupby("planted", sort=False):
        seen = part.set_index("lowers")["seen"]
        least = t.smallest[str(planted)]
        whole = f"more than {seen.index.max():.0%}" if np.isnan(least) else f"{least:.0%} on"
        said.append(
            f"as '{planted}' {seen[0.25]:.0%} and {seen[0.5]:.0%}, four times in five from {whole}"
        )
    start = (
        "Power: a buffer by which one deviation of resilience lowers the odds by 25 % or by 50 %"
    )
    return [f"{start} would be seen, if it works and is tested {'; '.join(said)}."]


def _verdict(t: ResilienceTest) -> str:
    table = t.table
    kept = table[table["p_holm"] < SURE]
    sure = kept[kept["sign"].isin(["protective", "better order"])]
    earned = sure[(sure["log_low"] > 0) & (sure["p_reality"] < SURE)]
    wrong = kept[kept["sign"] == "the reverse"]
    mixed = kept[kept["sign"].astype(str).str.contains(" of ")]
    if len(earned):
        return (
            f"Resilience earns a place in the forecast as: {_listed(list(earned.index))}. It goes "
            "with fewer onsets at the same risk, and it improved forecasts of years not yet seen."
        )
    if len(sure):
        return (
            f"Resilience goes with fewer onsets at the same risk ({_listed(list(sure.index))}), "
            "but forecasts of years not yet seen are not shown to gain by it, so that it earns no "
            "place in them."
        )
    if len(wrong):
        return (
            f"Given risk, more resilience goes with more onsets ({_listed(list(wrong.index))}), "
            "the reverse of a buffer. It earns no place in the forecast."
        )
    if len(mixed):
        told = [f"{name}: {row['sign']}" for name, row in mixed.iterrows()]
        return (
            f"Several terms together tell something beyond risk ({_listed(told)}), no single one "
            "in a direction that is sure. Resilience earns no place in the forecast."
        )
    return f"No protection was found. {_left_open(t)} Resilience earns no place in the forecast."


def _left_open(t: ResilienceTest) -> str:
    """Say which buffers the intervals rule out, and of which the data cannot tell."""
    asked = {
        "at any risk": ("additive", "additive, risk curved", "additive, within the period"),
        "that grows with risk": (BENT, "interaction"),
    }
    return " ".join(_open_to(t, what, names) for what, names in asked.items())


def _open_to(t: ResilienceTest, what: str, names: tuple[str, ...]) -> str:
    """Say it of one kind of buffer; the first form is the one whose power is known."""
    ends = np.exp(t.table["low"].reindex(list(names)).dropna().astype(float))
    most = max(1.0 - float(ends.min()), 0.0) if len(ends) else 1.0
    part = t.power[(t.power["planted"] == names[0]) & (t.power["lowers"] == MATTERS)]
    seen = float(part["seen"].iloc[0])
    if most >= MATTERS:
        return (
            f"Of protection {what} these data cannot tell: the intervals leave open up to "
            f"{most:.0%} off the odds for one deviation, so that one worth having ({MATTERS:.0%}) "
            "may be there."
        )
    if seen < POWERED:
        return (
            f"Of protection {what} these data cannot tell much: one of {MATTERS:.0%} would "
            f"have been seen in {seen:.0%} of such data. That the intervals leave open no more "
            f"than {most:.0%} is owed to estimates on the other side, and holds only if the forms "
            "do."
        )
    return (
        f"Protection {what} of {MATTERS:.0%} off the odds for one deviation would mostly have been "
        f"seen; the intervals leave open no more than {most:.0%}."
    )


def _p(value: float) -> str:
    return "" if pd.isna(value) else ("<0.001" if value < 0.0005 else f"{value:.3f}")


def _effect(row: pd.Series[float], name: str) -> str:
    if pd.isna(row["coefficient"]):
        return ""
    if "probabilities" in name:
        a, b, c = (100 * row[n] for n in ("coefficient", "low", "high"))
        return f"{a:+.2f} points ({b:+.2f} to {c:+.2f})"
    a, b, c = (float(np.exp(row[n])) for n in ("coefficient", "low", "high"))
    return f"{a:.2f} ({b:.2f} to {c:.2f})"


def _gain(row: pd.Series[float], figure: str, times: float, digits: int) -> str:
    a, b, c = (times * float(row[f"{figure}_{n}"]) for n in ("gain", "low", "high"))
    return "" if np.isnan(a) else f"{a:+.{digits}f} ({b:+.{digits}f} to {c:+.{digits}f})"


def tables(t: ResilienceTest) -> dict[str, pd.DataFrame]:
    """Return the tables that are shown, as a person reads them."""
    rows = [
        {
            "form": name,
            "rows": f"{row['rows']:,.0f}" if pd.notna(row["rows"]) else "",
            "onsets": f"{row['onsets']:.0f}" if pd.notna(row["onsets"]) else "",
            "effect of one deviation": _effect(row, str(name)),
            "sign": row["sign"] if pd.notna(row["sign"]) else "",
            "p": _p(row["p"]),
            "Holm": _p(row["p_holm"]),
            "max-t": _p(row["p_max"]),
            "AUC gain": _gain(row, "auc", 1.0, 3),
            "log gain, 1,000 rows": _gain(row, "log", 1000.0, 1),
            "reality": _p(row["p_reality"]),
        }
        for name, row in t.table.iterrows()
    ]
    power = t.power.assign(
        **{name: [f"{v:.0%}" for v in t.power[name]] for name in ("lowers", "seen", "reverse")}
    )
    shown = {
        "Forms": pd.DataFrame(rows),
        "Power: one deviation lowers the odds by so much": power,
        "Left out": t.aside,
    }
    if len(t.pairs):
        shown["Buffering by factor"] = pd.DataFrame(
            {
                "pair": [f"{k} x {s}" for k, s in t.pairs.index],
                "effect of one deviation": [_effect(r, "") for _, r in t.pairs.iterrows()],
                "sign": t.pairs["sign"].to_numpy(),
                "p": [_p(v) for v in t.pairs["p"]],
                "max-t": [_p(v) for v in t.pairs["p_max"]],
            }
        )
    return {name: table for name, table in shown.items() if len(table)}


def _head(t: ResilienceTest) -> str:
    told = t.provenance
    rows, onsets = told["rows"], told["onsets_in_rows"]
    return (
        f"Does resilience matter? {rows:,} rows of {told['countries']} countries, {onsets} onsets; "
        f"forecasts of {told['first']} to {told['last']}"
    )


def as_text(t: ResilienceTest) -> str:
    """Return what a terminal shows."""
    parts = [_head(t), "", *t.sentences]
    for title, table in tables(t).items():
        parts += ["", title, text_table(table, words=WORDS)]
    return "\n".join([*parts, "", READ, CAUTION])


def as_html(t: ResilienceTest) -> str:
    """Return what a notebook shows."""
    said = "".join(f"<li>{escape(text)}</li>" for text in t.sentences)
    shown = "".join(
        html_table(table, words=WORDS, caption=name) for name, table in tables(t).items()
    )
    return (
        f"<p><strong>{escape(_head(t))}</strong></p><ul>{said}</ul>{shown}"
        f"<p>{escape(READ)}</p><p><em>{escape(CAUTION)}</em></p>"
    )
