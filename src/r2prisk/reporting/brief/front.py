"""The first page: where a country stands, what drives its risk and what holds it down."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

import numpy as np
from numpy.typing import NDArray

from r2prisk.catalogue import Framework
from r2prisk.catalogue.translations import translated
from r2prisk.reporting.brief.content import Block, Paragraph, Section, Table
from r2prisk.reporting.brief.facts import Facts
from r2prisk.reporting.brief.words import Say, printable
from r2prisk.scoring.explain.account import rounded
from r2prisk.scoring.explain.sentences import extra
from r2prisk.scoring.explain.sentences import load_phrases as load_sentences

DIGITS = 3
"""Digits behind the point of contributions: most are smaller than 0.01."""

DRIVERS = 5
"""Contributions that are named."""

HELD = 3
"""Risk factors of which is told how far they are held down."""

NAME = 50
"""Letters of a factor's title in a sentence: it stands in the figure too."""

NAMED = 0.5
"""Chance of the likeliest band below which the first line leaves it open."""

TITLE = 74
"""Letters of a factor's title."""


def stands(facts: Facts, say: Say, *, illustrative: bool = False) -> Section:
    """Say where the country stands, and how sure that is; first if its coding is an example."""
    row = facts.row
    lead = say("stands", "unknown") if not facts.known else say("stands", "bare")
    if facts.banded:
        lead = _banded(facts, say)
    told = [
        *([say("sources", "illustrative")] if illustrative else []),
        say(
            "stands",
            "rated",
            share=say.percent(row["coverage"]),
            low=say.number(row["risk_low"]),
            high=say.number(row["risk_high"]),
        ),
    ]
    if facts.among:
        told.append(_ranked(facts, say))
    blocks: list[Block] = [Paragraph(lead, "lead"), Paragraph(" ".join(told))]
    blocks += [_scores(facts, say), Paragraph(say("stands", "legend"), "note")]
    return Section("stands", say("titles", "stands"), tuple(blocks))


def _banded(facts: Facts, say: Say) -> str:
    """Name the band, or between which bands it is likely where it is likelier none than this."""
    row, found = facts.row, facts.look
    band = str(row["band"])
    texts = {
        "value": _within(facts, float(row["risk"]), band, say),
        "band": say.band(printable(band)),
        "range": _range(facts, say),
    }
    if found is None or found.bands[found.best] >= NAMED:
        return say("stands", "band", **texts)
    below = found.bands.cumsum().to_numpy()
    ends = np.searchsorted(below, [0.05, 0.95]).clip(max=len(below) - 1)
    low, high = (say.band(printable(str(found.bands.index[n]))) for n in ends)
    return say("stands", "open", low=low, high=high, **texts)


def _within(facts: Facts, value: float, band: str, say: Say) -> str:
    """Return a score with as many digits as keep it in its band."""
    bands = facts.now.profile.bands
    starts = np.array([b.start for b in bands])
    for digits in range(2, 7):
        at = int(np.searchsorted(starts, round(value, digits), side="right")) - 1
        if bands[at].name == band:
            return say.number(value, digits=digits)
    return say.number(value)


def _range(facts: Facts, say: Say) -> str:
    """Say from where to where the band of a row reaches."""
    bands = facts.now.profile.bands
    at = [band.name for band in bands].index(str(facts.row["band"]))
    low = say.number(bands[at].start)
    if at + 1 == len(bands):
        return say("stands", "above", low=low)
    high = say.number(bands[at + 1].start)
    return say("stands", "between" if at else "below", low=low, high=high)


def _ranked(facts: Facts, say: Say) -> str:
    """Say which place the country has among those with a band; what is likely holds it."""
    place, of = _rank(facts.ranked, facts.place)
    low, high = (float(facts.likely[f"risk_rank_q{q}"]) for q in (5, 95))
    return say(
        "stands",
        "rank",
        rank=say.count(place),
        of=say.count(of),
        low=say.count(min(place, int(np.floor(low)))),
        high=say.count(max(place, int(np.ceil(high)))),
    )


def _rank(values: NDArray[np.float64], place: int) -> tuple[int, int]:
    """Return a rank, the highest first, and among how many."""
    known = values[~np.isnan(values)]
    return int((known > values[place]).sum()) + 1, len(known)


def _scores(facts: Facts, say: Say) -> Table:
    """Return all scores with what is likely, what is possible, and how much was rated.

    A number of which too little was rated looks unknown, because a reader would take it for one.
    """
    row, likely = facts.row, facts.likely
    names = ["risk", "residual_risk", "resilience", *facts.now.views[1:]]
    rows: list[tuple[str, ...]] = []
    for name in names:
        bound = "residual" if name == "residual_risk" else name
        cover = {"risk": "coverage", "residual_risk": "coverage"}.get(name, f"{name}_coverage")
        told = row[cover] >= facts.now.profile.missing.band_coverage
        value, bounds = float(row[name]), (row[f"{bound}_low"], row[f"{bound}_high"])
        # draws doubt more than the unknown, e.g. weights: what they add to what could be is cut
        ends = np.clip([likely.get(f"{name}_q{q}", np.nan) for q in (5, 95)], *bounds)
        likeliest = (min(ends[0], value), max(ends[1], value)) if told else (np.nan, np.nan)
        rows.append(
            (
                shorten(printable(say.score(name)), TITLE, placeholder=" \u2026"),
                say.number(value if told else np.nan),
                say.span(*likeliest),
                say.span(*bounds),
                say.percent(row[cover]),
            )
        )
    head = tuple(say("columns", c) for c in ("score", "value", "likely", "could_be", "rated"))
    return Table("scores", head, tuple(rows), (0.4, 0.12, 0.18, 0.18, 0.12))


def drives(facts: Facts, say: Say) -> Section:
    """Say what makes the risk higher or lower than the median, in numbers that add up."""
    account, title = facts.account, say("titles", "drives")
    if account is None or not account.known or not facts.banded:
        return Section("drives", title, (Paragraph(say("drives", "thin")),))
    few, rest = account.split(DRIVERS, least=0.5 * 10.0**-DIGITS)
    if few.empty:
        return Section("drives", title, (Paragraph(say("drives", "same")),))
    whole = account.rise(DIGITS)
    adds = [*few["adds"], *(part.adds for part in rest.values())]
    shares = rounded(adds, whole, digits=DIGITS)
    median = account.against != "absent"
    rows: list[tuple[str, ...]] = []
    for name, share in zip(few.index, shares, strict=False):
        cells = [say.number(few["after"][name])]
        cells += [say.number(few["before"][name])] if median else []
        label = labelled(str(name), str(few["label"][name]), say)
        rows.append((label, *cells, say.number(share, sign=True, digits=DIGITS)))
    blank = [""] * (2 if median else 1)
    for (name, part), share in zip(rest.items(), shares[len(few) :], strict=True):
        text = extra(account, name, part, say.language)
        text = text[:1].upper() + text[1:]
        rows.append((text, *blank, say.number(share, sign=True, digits=DIGITS)))
    total = load_sentences().headings["all"][say.language]
    rows.append((total, *blank, say.number(whole, sign=True, digits=DIGITS)))
    names = ["indicator", "here", *(["median"] if median else []), "adds"]
    widths = (0.64, 0.12, 0.12, 0.12) if median else (0.76, 0.12, 0.12)
    head = tuple(say("columns", name) for name in names)
    lead = say(
        "drives",
        account.against,
        value=say.number(account.after, digits=DIGITS),
        other=say.number(account.before, digits=DIGITS),
        count=say.count(account.among),
        difference=say.number(whole, sign=True, digits=DIGITS),
    )
    table = Table("drivers", head, tuple(rows), widths, total=True)
    return Section("drives", title, (Paragraph(lead), table))


def labelled(name: str, label: str, say: Say) -> str:
    """Return an indicator with its number, in the language where the catalogue has it.

    Examples
    --------
    >>> labelled("9.1", "Laws and practices that exclude or segregate groups", Say("es"))
    '9.1 Leyes y prácticas que excluyen o segregan a grupos'
    """
    return printable(f"{name} {translated(name, label, say.language)}")


def titled(
    framework: Framework, names: Iterable[str], say: Say, *, letters: int = TITLE
) -> list[str]:
    """Return factors with their titles, cut where these are long.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> titled(load_framework("un-foa-2014"), ["RF3"], Say("en"))
    ['RF3 Weakness of State structures']
    """
    wanted = set(names)
    return [
        shorten(
            printable(f"{factor.id} {factor.title_in(say.language)}"),
            letters,
            placeholder=" \u2026",
        )
        for factor in framework.factors
        if factor.id in wanted
    ]


def holds(facts: Facts, say: Say) -> Section:
    """Say what resilience there is, and how far it holds down which risk factors."""
    row = facts.row
    title = say("titles", "holds")
    if np.isnan(row["resilience"]):
        return Section("holds", title, (Paragraph(say("holds", "nothing")),))
    if not facts.strong:
        share = say.percent(row["resilience_coverage"])
        return Section("holds", title, (Paragraph(say("holds", "thin", share=share)),))
    taken = round(row["risk"], 2) - round(row["residual_risk"], 2)
    lead = say(
        "holds",
        "held" if facts.banded else "alone",
        value=say.number(row["resilience"]),
        low=say.number(row["resilience_low"]),
        high=say.number(row["resilience_high"]),
        share=say.percent(row["resilience_coverage"]),
        held=say.number(taken),
        risk=say.number(row["risk"]),
        residual=say.number(row["residual_risk"]),
    )
    told = Paragraph(" ".join([lead, *_held(facts, say)]))
    return Section("holds", title, (told, Paragraph(say("holds", "assumed"), "note")))


def _held(facts: Facts, say: Say) -> list[str]:
    """Name the risk factors that resilience holds down most."""
    row, framework = facts.row, facts.now.risk_framework
    taken = {f.id: float(row[f.id] - row[f"{f.id}_residual"]) for f in framework.factors}
    # in the order of the numbers that are shown
    shown = {n: round(row[n], 2) - round(row[f"{n}_residual"], 2) for n in taken}
    least = sorted((n for n in taken if taken[n] > 0.0), key=lambda n: -taken[n])
    most = sorted(least, key=lambda n: -round(shown[n], 2))[:HELD]
    texts = [
        f"{titled(framework, [name], say, letters=NAME)[0]} "
        f"({say.number(row[name])} \u2192 {say.number(row[f'{name}_residual'])})"
        for name in most
    ]
    return [say("holds", "most", list=say.listed(texts))] if texts else []
