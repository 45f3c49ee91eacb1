"""What a test of resilience says in words, and how it shows itself."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.forecasting.resilience.seen import APART
from r2prisk.tables import bullets, folded, html_table, page, paragraph, text_table

if TYPE_CHECKING:
    from r2prisk.forecasting.resilience.result import ResilienceTest

SURE = 0.05
BENT = "interaction, risk curved"
TANGLED = -0.7
"""Below this correlation risk and resilience are called nearly one variable."""

MATTERS = 0.25
"""A loss of this share of the odds for one deviation of resilience is worth knowing of."""

POWERED = 0.8
SHOWN = 4
WIDTH = 100

CHIEF = (
    *("additive", BENT, "no episode under way, additive", "high risk, additive", "erosion"),
    *("hazard, additive", "risk x (1 - resilience)", f"{APART}: additive"),
)
"""The forms that are shown first; the others are a click or an attribute away."""
WORDS = ("form", "how", "sign", "why", "off the odds", "effect of one deviation", "pair")

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
    parts = (_tangled, _signs, _reverse, _apart, _forecasts, _power, _verdict)
    return [said for part in parts for said in part(t)]


def _tangled(t: ResilienceTest) -> list[str]:
    c = t.collinearity
    tangled = "The two are not strongly tangled"
    if c["correlation"] < TANGLED:
        tangled = "The two are nearly one variable turned round"
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
    return "; ".join(map(str, names[:SHOWN])) + more or "none"


def _signs(t: ResilienceTest) -> list[str]:
    single = t.table[t.table["sign"].isin(["protective", "the reverse"])]
    good = int((single["sign"] == "protective").sum())
    tested = t.table["p"].notna()
    alone = t.table[tested & (t.table["p"] < SURE)]
    kept = t.table[tested & (t.table["p_holm"] < SURE)]
    shared = t.table[t.table["p_max"] < SURE]
    counted = (
        f"Of {len(single)} forms with one coefficient {good} point to protection and "
        f"{len(single) - good} to the reverse, sure or not; most ask nearly the same of the same "
        "rows, so that the count is no evidence of its own."
    )
    said = [counted]
    if {"interaction", BENT} <= set(t.table.index):
        plain, bent = (_row(t, name)["p"] for name in ("interaction", BENT))
        if plain < SURE <= bent:
            said.append(
                f"The product of risk and resilience (p {_p(plain)}) cannot be told from a bend in "
                f"what risk does by itself (p {_p(bent)} once risk may bend)."
            )
    if alone.empty:
        return [*said, f"None of {int(tested.sum())} tests has p below {SURE} by itself."]
    named = [f"{n} ({row['sign']}, p {_p(row['p'])})" for n, row in alone.iterrows()]
    said.append(f"By itself p is below {SURE} for {len(alone)}: {_listed(named)}.")
    allowed = [f"{n} ({row['sign']})" for n, row in kept.iterrows()]
    by_max = [f"{n} ({row['sign']})" for n, row in shared.iterrows()]
    said.append(
        f"Allowing for all {int(tested.sum())} tests (Holm): {_listed(allowed)}. "
        f"By max-t over the single coefficients: {_listed(by_max)}."
    )
    return said


def _reverse(t: ResilienceTest) -> list[str]:
    """Say how a reverse sign is to be read, where one looks sure by itself."""
    named = (t.table["sign"] == "the reverse") & (t.table["p"] < SURE)
    if not named.any() or t.collinearity["correlation"] > -0.3:
        return []
    held = "Where risk holds missing resilience"
    if not np.isnan(t.collinearity["apart"]):
        held = "Risk holds missing resilience by construction (RF3, RF6, 9.6)"
    said = (
        f"The reverse sign is no evidence that resilience does harm. {held}: of two countries with "
        "the same risk score the more resilient one tends to have more of the other risk, and "
        "where that tells more of onsets than its weight in the score, resilience gets that sign."
    )
    return [said]


def _apart(t: ResilienceTest) -> list[str]:
    """Say what is found beside risk that does not hold missing resilience already."""
    names = [f"{APART}: {form}" for form in ("additive", BENT)]
    if names[0] not in t.table.index:
        return []
    found = [
        f"{name.removeprefix(APART)[2:]} {_effect(_row(t, name), name)}, "
        f"p {_p(_row(t, name)['p'])}, Holm {_p(_row(t, name)['p_holm'])}"
        for name in names
        if name in t.table.index
    ]
    gained = _row(t, names[0])["log_low"] > 0
    said = (
        "With what is missing resilience taken out of risk (RF3, RF6, 9.6), the fairest test of "
        f"the theory, the correlation is {t.collinearity['apart']:+.2f}, and the odds with one "
        f"deviation more are, times: {'; '.join(found)}. Resilience "
        f"{'improves' if gained else 'is not shown to improve'} the forecast by that lesser risk. "
        "Whether it adds to the whole of risk is another question, which the other forms ask."
    )
    return [said]


def _forecasts(t: ResilienceTest) -> list[str]:
    table = t.table[t.table["log_gain"].notna()]
    if table.empty:
        return ["Forecasts could not be compared: no form had windows with enough onsets."]
    better, worse = table[table["log_low"] > 0], table[table["log_high"] < 0]
    checked = table[table["p_reality"] < SURE]
    orders, upset = table[table["auc_low"] > 0], table[table["auc_high"] < 0]
    said: list[str] = []
    if better.empty and orders.empty:
        told = (
            f"No form is shown to improve the forecast: of {len(table)}, none has a log score or "
            "an AUC that is better than without resilience beyond its interval."
        )
        if "additive" in table.index:
            told += f" The AUC gain of the additive form is {_gain(_row(t, 'additive'), 'auc')}."
        said.append(told)
    else:
        said.append(
            f"Of {len(table)} forms the log score is better beyond its interval for: "
            f"{_listed(list(better.index))}; the AUC for: {_listed(list(orders.index))}. Allowing "
            f"for all (reality check of the log score): {_listed(list(checked.index))}. By luck "
            "alone about one in forty lies beyond its interval on the better side."
        )
    if len(worse) or len(upset):
        said.append(
            f"Worse beyond the interval: the log score for {_listed(list(worse.index))}; the AUC "
            f"for {_listed(list(upset.index))}."
        )
    return said


def _power(t: ResilienceTest) -> list[str]:
    said: list[str] = []
    for planted, part in t.power.groupby("planted", sort=False):
        by = part.set_index("lowers")
        least = t.smallest[str(planted)]
        most = float(by.index.max())
        whole = f"more than {_share(most)}" if np.isnan(least) else f"{_share(least)} on"
        alone, among = ([_share(by[n][x]) for x in (0.25, 0.5)] for n in ("seen", "seen_holm"))
        said.append(
            f"'{planted}' {' and '.join(alone)} ({' and '.join(among)}), "
            f"four times in five from {whole}"
        )
    whole = (
        "Power: a buffer by which one deviation of resilience lowers the odds by 25 % or by 50 % "
        "would be seen by one test alone (in brackets: after an allowance for all), if it works as "
        f"that test supposes: {'; '.join(said)}."
    )
    return [whole]


def _verdict(t: ResilienceTest) -> list[str]:
    table = t.table[t.table["family"] != "apart"]
    kept = table[table["p_holm"] < SURE]
    sure = kept[kept["sign"].isin(["protective", "better order"])]
    earned = sure[(sure["log_low"] > 0) & (sure["p_reality"] < SURE)]
    wrong = kept[kept["sign"] == "the reverse"]
    mixed = kept[kept["sign"].astype(str).str.contains(" of ")]
    said: list[str] = []
    if len(earned):
        said.append(
            f"Resilience earns a place in the forecast as: {_listed(list(earned.index))}. Each is "
            "in the protective sense after the allowance for all tests, and improved forecasts of "
            "years not yet seen."
        )
    elif len(sure):
        said.append(
            "In the protective sense beside risk, after the allowance for all tests: "
            f"{_listed(list(sure.index))}. Forecasts of years not yet seen are not shown to gain "
            "by it."
        )
    else:
        said.append("No protection was shown.")
    if len(wrong):
        said.append(
            f"In the reverse sense, after the allowance: {_listed(list(wrong.index))}; an "
            "association given this risk score, not shown to be an effect of resilience."
        )
    if len(mixed):
        told = [f"{name}: {row['sign']}" for name, row in mixed.iterrows()]
        said.append(f"Several terms at once tell something beyond risk ({_listed(told)}).")
    if not len(earned):
        open_to = "" if len(sure) else f"{_left_open(t)} "
        said.append(f"{open_to}Resilience earns no place in the forecast.")
    return [" ".join(said)]


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
            f"{_share(most)} off the odds for one deviation, so that one worth having "
            f"({_share(MATTERS)}) may be there."
        )
    if seen < POWERED:
        return (
            f"Of protection {what} these data cannot tell much: one of {_share(MATTERS)} would "
            f"have been seen in {_share(seen)} of such data. The intervals leave open "
            f"{f'no more than {_share(most)}' if most >= 0.005 else 'none'}, but only because the "
            "estimates lie on the reverse side."
        )
    return (
        f"Protection {what} of {_share(MATTERS)} off the odds for one deviation would mostly have "
        f"been seen; the intervals leave open no more than {_share(most)}."
    )


def _row(t: ResilienceTest, name: str) -> pd.Series[float]:
    return cast("pd.Series[float]", t.table.loc[name])


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


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


def _gain(row: pd.Series[float], figure: str, times: float = 1.0, digits: int = 3) -> str:
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
            "AUC gain": _gain(row, "auc"),
            "log gain, 1,000 rows": _gain(row, "log", 1000.0, 1),
            "reality": _p(row["p_reality"]),
        }
        for name, row in t.table.iterrows()
    ]
    shown = {
        "Forms": pd.DataFrame(rows),
        "Power: how often seen, alone (after an allowance for all)": _power_table(t.power),
        "Left out": _left_out(t.aside),
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


def _power_table(power: pd.DataFrame) -> pd.DataFrame:
    """Return power by size and form; without a buffer, how often either sign is seen."""
    wide: dict[str, list[str]] = {}
    for planted, part in power.groupby("planted", sort=False):
        alone, reverse, among = (part[n].tolist() for n in ("seen", "reverse", "seen_holm"))
        cells = [f"{_share(a)} ({_share(b)})" for a, b in zip(alone, among, strict=True)]
        wide["off the odds"] = ["nothing (either sign)", *map(_share, part["lowers"].tolist()[1:])]
        wide[str(planted)] = [_share(alone[0] + reverse[0]), *cells[1:]]
    return pd.DataFrame(wide)


def _left_out(aside: pd.DataFrame) -> pd.DataFrame:
    """Return what was left out, forms of the same count and reason together."""
    grouped = aside.groupby(["rows", "why"], sort=False)["form"].agg("; ".join).reset_index()
    return grouped[["form", "rows", "why"]]


def _head(t: ResilienceTest) -> list[str]:
    told = t.provenance
    rows, ahead, horizon = told["rows"], told["onsets_in_rows"], told["horizon"]
    count = f"{ahead} of them with an onset in the next period"
    if horizon > 1:
        count = f"{ahead} of them with an onset in the next {horizon} (one onset stands in several)"
    span, profile = f"{told['first']} to {told['last']}", told["profile"]
    return [
        f"Does resilience matter? Forecasts of {span}, profile {profile}",
        f"{rows:,} rows of {told['countries']} countries, {count}",
    ]


def _parts(t: ResilienceTest) -> tuple[list[str], dict[str, pd.DataFrame], dict[str, pd.DataFrame]]:
    """Return the verdict and the other sentences, the chief forms, and every table."""
    whole = tables(t)
    forms = whole["Forms"]
    chief = {"The chief forms": forms[forms["form"].isin(CHIEF)].drop(columns=["rows", "max-t"])}
    *others, verdict = t.sentences
    return [verdict, *others], chief, whole


def as_text(t: ResilienceTest) -> str:
    """Return what a terminal shows: the verdict and the chief forms."""
    said, chief, _ = _parts(t)
    lines = [
        textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ") for text in said
    ]
    parts = [*_head(t), "", *lines]
    for title, table in chief.items():
        parts += ["", title, text_table(table, words=WORDS)]
    more = f"All {len(t.table)} forms: .table; by pair of factors: .pairs; power: .power; left out:"
    return "\n".join([*parts, "", f"{more} .aside", READ, CAUTION])


def as_html(t: ResilienceTest) -> str:
    """Return what a notebook shows: the same, and every table to unfold."""
    sentences, chief, whole = _parts(t)
    first, rest = (
        [html_table(each, words=WORDS, caption=n, shown=len(each)) for n, each in some.items()]
        for some in (chief, whole)
    )
    head, *lines = _head(t)
    return page(
        head,
        paragraph(*lines),
        bullets(sentences),
        *first,
        folded("All forms, power, what was left out", *rest),
        paragraph(READ),
    )
