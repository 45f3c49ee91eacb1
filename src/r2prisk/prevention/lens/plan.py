"""The skeleton of a National Action Plan, from what the lens found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from r2prisk.catalogue import Indicator, load_framework
from r2prisk.catalogue.units import load_units
from r2prisk.prevention.document import Blank, Document, Grid, Part
from r2prisk.prevention.lens.cover import NOBODY, Lens
from r2prisk.prevention.lens.policies import tag_factors
from r2prisk.prevention.lens.show import WORKS, lapsed_lines, overlap_lines, plural, within
from r2prisk.prevention.lens.words import load_lens_words
from r2prisk.scoring.scores import RESTRICTED

WATCHED = 2
"""Indicators to watch of each factor without a policy."""

PURPOSE = (
    "To prevent atrocity crimes at home, and to help others prevent them, by what the government "
    "does already, done with that in view, and by what is missing."
)


def action_plan(lens: Lens) -> Document:
    """Return the skeleton of a National Action Plan: what exists, what is missing, who decides.

    What exists, the gaps and what could do harm come from the lens; who leads, by when, how success
    shows and what it costs are left to people.

    Parameters
    ----------
    lens : Lens
        As :func:`prevention_lens` makes it.

    Returns
    -------
    Document
        With blanks to fill in.

    Notes
    -----
    After the Danish practice of an internal review and then a national action plan (Jacob &
    McLoughlin 2015). The UN Secretary-General's 2013 report (A/67/929-S/2013/399) asks states for a
    national assessment of risk and resilience and for a senior focal point.

    Examples
    --------
    >>> from r2prisk.prevention.lens import prevention_lens, read_policies
    >>> frame = pd.DataFrame({"text": ["Train judges"], "country": "XDA", "kind": "programme",
    ...     "tags": "SGS3", "confirmed_by": "A. Example"})
    >>> plan = action_plan(prevention_lens(read_policies(frame)))
    >>> [part.title for part in plan.parts][:3]
    ['Purpose and mandate', 'What exists', 'Gaps as objectives']
    """
    country = load_units()[lens.country].name
    mapped = plural(len(lens.policies), "policy, programme or law", "policies, programmes and laws")
    lead = [
        f"Draft skeleton from a mapping of {mapped}. What people have to decide is left open.",
        WORKS,
    ]
    if lens.unit not in (None, lens.country):
        lead.append(f"It looks at work in {load_units()[str(lens.unit)].name} alone.")
    waiting = len(lens.policies) - int(lens.policies.confirmed.sum())
    if waiting:
        told = "counted nowhere, because nobody has confirmed their tags; they are named at the end"
        lead.append(f"{waiting} of them {'is' if waiting == 1 else 'are'} {told} of What exists.")
    if lens.year is not None:
        lead.append(f"It holds what is in force in {lens.year}, and what has no dates.")
    lead += lapsed_lines(lens, name="text")
    lead += [f"Left out: {count} {why}." for why, count in lens.left_out.items()]
    lead += [RESTRICTED] if lens.closed else []
    parts = (_purpose(), _exists(lens), _objectives(lens), _harmful(lens), _together(lens))
    rest = (_watched(lens), _reporting(), _consulted())
    return Document(f"National Action Plan: {country} (skeleton)", tuple(lead), (*parts, *rest))


def _purpose() -> Part:
    return Part(
        "Purpose and mandate",
        (
            PURPOSE,
            Blank("Mandate", "who decided on this plan, when, and on what legal basis"),
            Blank("Responsible focal point", "name, rank, unit, stand-in"),
            Blank("Period of the plan", "first and last year; date of the review"),
        ),
    )


def _exists(lens: Lens) -> Part:
    covered = lens.factors[lens.factors["policies"] > 0]
    table = lens.policies.table[lens.policies.confirmed.to_numpy()]
    homes = tag_factors()
    rows: list[tuple[str, ...]] = []
    for factor, row in covered.iterrows():
        for _, policy in table.iterrows():
            if str(factor) in {homes[tag] for tag in policy["tags"]}:
                who = ", ".join(policy["department"]) or NOBODY
                rows.append((f"{factor} {row['title']}", policy["text"], policy["kind"], who))
    head = ("Factor", "Policy, programme or law", "Kind", "Department")
    blocks: list[str | Grid] = [Grid(head, tuple(rows))] if rows else []
    if not rows:
        blocks.append("No policy has a confirmed tag: what exists is unknown, not nothing.")
    if lens.untagged:
        table = table[table["id"].isin(lens.untagged)]
        blocks.append(f"Confirmed, and touching no factor: {'; '.join(table['text'])}.")
    waiting = lens.policies.table[~lens.policies.confirmed.to_numpy()]
    if len(waiting):
        blocks.append(f"Waiting for a person to confirm their tags: {'; '.join(waiting['text'])}.")
    return Part("What exists", tuple(blocks))


def _objectives(lens: Lens) -> Part:
    if not lens.policies.confirmed.any():
        return Part("Gaps as objectives", ("Unknown until tags are confirmed.",))
    if not len(lens.gaps):
        return Part(
            "Gaps as objectives", ("Every factor has a policy.", Blank("Which are too weak?"))
        )
    goals = {entry.id: entry.goal for entry in load_lens_words().factors}
    about = load_units()[lens.unit or lens.country].name
    scored = lens.period is not None
    head = (
        "Factor",
        "Objective",
        *(["Now"] if scored else []),
        "Leads",
        "By when",
        "Shown by",
        "Budget",
    )
    rows = [
        (
            f"{factor} {row['title']}",
            goals[str(factor)],
            *([_now(row)] if scored else []),
            *("", "", "", ""),
        )
        for factor, row in lens.gaps.iterrows()
    ]
    lines = [
        "No confirmed policy touches these factors. Strike out what is no task of this government."
    ]
    open_ = lens.gaps[lens.gaps["unconfirmed"] > 0]
    if len(open_):
        lines.append(f"Unconfirmed policies may touch some of them: {', '.join(open_.index)}.")
    if scored:
        lines.append(
            f"In order of the presence of the risk, or the weakness of the resilience, in {about}, "
            f"{lens.period}, with bounds; what is unknown comes last because nobody knows, not "
            "because it is small."
        )
    return Part("Gaps as objectives", (*lines, Grid(head, tuple(rows))))


def _now(row: pd.Series[float]) -> str:
    score = within(row["score"], row["low"], row["high"])
    what = "presence" if str(row["side"]) == "risk" else "strength"
    return "?" if score == "-" else f"{what} {score}"


def _harmful(lens: Lens) -> Part:
    title = "Policies to review for harm"
    table = lens.policies.table
    marked = table[~lens.policies.confirmed.to_numpy() & table["raises"].map(bool).to_numpy(bool)]
    open_ = f"Marked so too, and not confirmed: {'; '.join(marked['text'])}."
    rest = (open_,) if len(marked) else ()
    if not len(lens.raises):
        said = "No confirmed policy is marked as one that could raise a risk: no proof of none."
        return Part(title, (said, *rest, Blank("Looked for by", "who looked, and when")))
    why = {entry.id: entry.why for entry in load_lens_words().harms}
    found = lens.raises
    rows = tuple(
        (text, ", ".join(departments) or NOBODY, tag, why.get(factor, ""), "")
        for text, departments, tag, factor in zip(
            *(found[name] for name in ("text", "department", "tag", "factor")), strict=True
        )
    )
    head = ("Policy, programme or law", "Department", "Could raise", "How", "What is done about it")
    return Part(title, (Grid(head, rows), *rest))


def _together(lens: Lens) -> Part:
    blocks: list[str | Blank] = []
    if len(lens.overlaps):
        blocks += ["On these factors several departments work with no policy in common:"]
        blocks += list(overlap_lines(lens))
    return Part(
        "Coordination",
        (
            *blocks,
            Blank("Body that meets", "which departments, who calls it, how often"),
            Blank(
                "In a crisis", "who is called first, within what time, with what power to decide"
            ),
        ),
    )


def _watched(lens: Lens) -> Part:
    """List indicators of the factors without a policy: the fast ones, which move first."""
    entries = {
        factor.id: factor.indicators
        for name in ("un-foa-2014", "sg-resilience-2013")
        for factor in load_framework(name).factors
    }
    rows = tuple(
        (indicator.id, indicator.label, factor, "", "")
        for factor in lens.gaps.index
        for indicator in _fast(entries[str(factor)])
    )
    said = (
        "Of each factor without a policy, the indicators that change fastest come first; the "
        "catalogue has the others."
    )
    grid = (Grid(("Indicator", "Label", "Factor", "Source", "Who looks, how often"), rows),)
    return Part("Monitoring", (said, *grid) if rows else (Blank("Indicators to watch"),))


def _fast(indicators: tuple[Indicator, ...]) -> Iterator[Indicator]:
    slow_last = np.argsort([i.tempo != "dynamic" for i in indicators], kind="stable")
    yield from (indicators[n] for n in slow_last[:WATCHED])


def _reporting() -> Part:
    return Part(
        "Reporting",
        (
            Blank("To whom", "parliament, cabinet, the public; how often"),
            Blank("What is told", "what was done, what was not and why, what is unknown"),
            Blank("To peers", "focal points, the Universal Periodic Review, regional bodies"),
        ),
    )


def _consulted() -> Part:
    return Part(
        "Consultation with civil society",
        (
            "People with local knowledge decide what the tables above mean.",
            Blank("Who was asked", "groups at risk and their own organisations among them"),
            Blank("What they said, and what changed"),
            Blank("How they are kept safe", "what is not written down, and who may read this"),
        ),
    )
