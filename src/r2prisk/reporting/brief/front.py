"""The first page: where a country stands, what drives its risk and what holds it down."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import shorten

import numpy as np
from numpy.typing import NDArray

from r2prisk.catalogue import Framework
from r2prisk.catalogue.regions import region_of
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

TITLE = 74
"""Letters of a factor's title."""


def stands(facts: Facts, say: Say) -> Section:
    """Say where the country stands, and how sure that is."""
    row = facts.row
    lead = say("stands", "unknown") if not facts.known else say("stands", "bare")
    if facts.banded:
        lead = say(
            "stands",
            "band",
            value=say.number(row["risk"]),
            band=say.band(printable(str(row["band"]))),
            range=_range(facts, say),
        )
    told = [
        say(
            "stands",
            "rated",
            share=say.percent(row["coverage"]),
            low=say.number(row["risk_low"]),
            high=say.number(row["risk_high"]),
        )
    ]
    if facts.banded:
        told += _ranks(facts, say)
    blocks: list[Block] = [Paragraph(lead, "lead"), Paragraph(" ".join(told))]
    blocks += [_scores(facts, say), Paragraph(say("stands", "legend"), "note")]
    return Section("stands", say("titles", "stands"), tuple(blocks))


def _range(facts: Facts, say: Say) -> str:
    """Say from where to where the band of a row reaches."""
    bands = facts.now.profile.bands
    at = [band.name for band in bands].index(str(facts.row["band"]))
    low = say.number(bands[at].start)
    if at + 1 == len(bands):
        return say("stands", "above", low=low)
    high = say.number(bands[at + 1].start)
    return say("stands", "between" if at else "below", low=low, high=high)


def _ranks(facts: Facts, say: Say) -> list[str]:
    """Say which place the country has in the world and in its region."""
    risk = facts.now.sheet.risk[0]
    place, of = _rank(risk, facts.place)
    if of < 2:
        return []
    low, high = (facts.likely[f"risk_rank_q{q}"] for q in (5, 95))
    texts = {"rank": say.count(place), "of": say.count(of)}
    ends = {"low": say.count(int(np.floor(low))), "high": say.count(int(np.ceil(high)))}
    told = [say("stands", "rank", **texts, **ends)]
    regions = region_of(facts.now.index.get_level_values("unit"), "region")
    if facts.region is not None:
        place, of = _rank(np.where(regions == facts.region, risk, np.nan), facts.place)
        texts = {"rank": say.count(place), "of": say.count(of)}
        if of > 1:
            told.append(say("stands", "region", region=say.region(facts.region), **texts))
    return told


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
        ends = [likely.get(f"{name}_q{q}", np.nan) if told else np.nan for q in (5, 95)]
        rows.append(
            (
                shorten(printable(say.score(name)), TITLE, placeholder=" \u2026"),
                say.number(row[name] if told else np.nan),
                say.span(*ends),
                say.span(row[f"{bound}_low"], row[f"{bound}_high"]),
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


def titled(framework: Framework, names: Iterable[str], say: Say) -> list[str]:
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
            TITLE,
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
    most = sorted((n for n in taken if taken[n] > 0.0), key=lambda n: -taken[n])[:HELD]
    texts = [
        f"{titled(framework, [name], say)[0]} ({say.percent(row[f'{name}_inhibition'])})"
        for name in most
    ]
    return [say("holds", "most", list=say.listed(texts))] if texts else []
