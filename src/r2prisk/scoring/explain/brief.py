"""What an analyst would paste into a brief: why a score is what it is, or why it changed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd

from r2prisk.catalogue import load_words
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in, translated
from r2prisk.errors import InputError, nearest
from r2prisk.panel.periods import period_of
from r2prisk.scoring.explain.account import Account, Part, rounded
from r2prisk.scoring.explain.change import change
from r2prisk.scoring.explain.explanation import explain
from r2prisk.scoring.explain.references import MEDIANS, kind_of
from r2prisk.scoring.explain.sentences import (
    check_text,
    extra,
    load_phrases,
    name_of,
    number,
    sentence,
)
from r2prisk.scoring.score import FOLLOWED, score
from r2prisk.scoring.scores import UNKNOWN, Scores, is_closed, need_scores
from r2prisk.tables import text_table

WIDTH = 100
"""Columns of a terminal."""

DIGITS = 3
"""Digits behind the point in the tables: most contributions are smaller than 0.01."""

LEAST = 0.5 * 10.0**-DIGITS
"""Contributions that are smaller would read as nothing."""

RERATED = 6
"""Indicators that only one side rates that are named."""

TITLE = 80
"""Letters of a factor's title."""

FACTORS = 6
"""Factors that are named."""


def brief(
    scores: Scores,
    unit: str,
    first: object,
    last: object = None,
    *,
    of: str = "residual_risk",
    reference: str = "world",
    language: Language = "en",
    shown: int = 10,
) -> str:
    r"""Tell why a score changed between two periods, or what makes it in one, on a screen.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    unit : str
        A unit of the scores.
    first, last : period or text
        The periods; without ``last``, what makes the score in ``first``.
    of : str
        As in :func:`explain`.
    reference : str
        As in :func:`explain`; read only without ``last``.
    language : {"en", "fr", "es"}
        The language; indicators of your own framework keep their labels.
    shown : int
        Rows of the table of indicators.

    Returns
    -------
    str
        The scores with their bounds, the sentence, the largest contributions by indicator, what
        only one side rates, and contributions by factor. All tables add up as they are shown.

    Raises
    ------
    InputError
        As :func:`change` or :func:`explain`; if the score is unknown, or the language is.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "9.1": [0.2, 0.4],
    ...     "8.1": [0.1, 0.7]}))
    >>> print(brief(score(panel), "KEN", 2006, 2008, of="risk").partition("\n")[0])
    Kenya (KEN), 2006 to 2008
    """
    need_scores(scores, "brief")
    check_text(language, shown)
    if unit not in scores.panel.units:
        raise InputError("brief", [f"no unit '{unit}'{nearest(unit, scores.panel.units)}"])
    if last is None:
        why = explain(_needed(scores, unit, first, reference), of=of, reference=reference)
        account = why.account(unit, first)
        periods = [account.last]
        factors = why.by_factor().iloc[why.rows(unit, first)[0]]
    else:
        moved = change(scores, unit, first, last, of=of)
        account, factors = moved.account(), moved.by_factor()
        periods = [account.first, account.last]
    if not account.known:
        where = f"in {account.last}, or its reference '{reference}' has none"
        raise InputError("brief", [f"{unit} has no {of} {where}"])
    head = load_phrases().headings
    span = head["span"][language].format(first=periods[0], last=periods[-1])
    frame = scores.to_frame(detail=True)
    mine = frame[frame.index.get_level_values("unit") == unit]
    profile = head["version"][language].format(
        name=scores.profile.name, version=scores.profile.version
    )
    return "\n".join(
        [
            f"{country_in(unit, language)} ({unit}), {span if last is not None else periods[0]}",
            "",
            *_scores(mine, of, periods, language),
            "",
            *textwrap.wrap(sentence(account, language=language, shown=5), WIDTH),
            "",
            *_table(account, language, shown),
            *_rerated(account, language, shown),
            "",
            *_factors(account, factors, _titles(scores, language), language),
            "",
            *_cautions(scores, mine, periods, profile, language),
        ]
    )


def _needed(scores: Scores, unit: str, period: object, reference: str) -> Scores:
    """Return no more rows than an explanation of one of them needs: all would take seconds."""
    kind = kind_of(scores.panel, reference)
    if kind in MEDIANS:
        when = str(period_of(period, "first"))
        cut = scores.panel.select(first=when, last=when)
    else:
        cut = scores.panel.select(units=[unit, *([reference] if kind == "unit" else [])])
    return score(cut, profile=scores.profile) if len(cut) else scores


def _cautions(
    scores: Scores, frame: pd.DataFrame, periods: Sequence[str], profile: str, language: Language
) -> list[str]:
    """Return what has to be known to read the numbers."""
    head = load_phrases().headings
    rows = frame[frame.index.get_level_values("period").astype(str).isin(periods)]
    told = [head["bare"][language]] if (rows["band"] == UNKNOWN).any() else []
    told += [head["ageing"][language]] if scores.panel.variance is not None else []
    told += [head["closed"][language]] if is_closed(scores.provenance) else []
    told.append(head["caution"][language].format(profile=profile))
    return [line for text in told for line in textwrap.wrap(text, WIDTH)]


def _titles(scores: Scores, language: Language) -> dict[str, str]:
    frameworks = (scores.risk_framework, scores.resilience_framework)
    return {f.id: f.title_in(language) for framework in frameworks for f in framework.factors}


def _scores(frame: pd.DataFrame, of: str, periods: Sequence[str], language: Language) -> list[str]:
    """Return the scores in each period with their change, and what each could be."""
    head = load_phrases().headings
    rows = frame[frame.index.get_level_values("period").astype(str).isin(periods)]
    table: list[list[str]] = []
    for name in dict.fromkeys((*FOLLOWED, of)):
        bound = "residual" if name == "residual_risk" else name
        named = head[name][language] if name in head else name_of(name, language)
        values = rows[name].to_numpy(dtype=np.float64)
        line = [named, *(number(x, language, digits=DIGITS) for x in values)]
        ends = values.round(DIGITS)
        if len(periods) > 1:
            line.append(number(float(ends[-1] - ends[0]), language, sign=True, digits=DIGITS))
        low, high = rows[f"{bound}_low"], rows[f"{bound}_high"]
        spans = [
            f"{number(a, language)}-{number(b, language)}" for a, b in zip(low, high, strict=True)
        ]
        blank = [""] * (len(line) - 1 - len(spans))
        table += [line, [head["could_be"][language], *spans, *blank]]
    shares = [f"{share:.0%}" for share in rows["coverage"]]
    blank = [""] if len(periods) > 1 else []
    bands = [_band(str(band), language) for band in rows["band"]]
    table.append([head["coverage"][language], *shares, *blank])
    table.append([head["band"][language], *bands, *blank])
    change_of = [head["change"][language]] if len(periods) > 1 else []
    return text_table(
        pd.DataFrame(table, columns=["", *periods, *change_of]), words=[""]
    ).splitlines()


def _band(name: str, language: Language) -> str:
    """Return a band in a language; one of your own as it stands in the profile."""
    known = {word.words["en"]: word.words[language] for word in load_words().bands}
    return "-" if name == UNKNOWN else known.get(name, name)


def _table(account: Account, language: Language, shown: int) -> list[str]:
    """Return the largest contributions, the rest together, and their sum, as they add up."""
    phrases = load_phrases()
    head = phrases.headings
    few, rest = account.split(shown, least=LEAST)
    title = {"": "changed", "absent": "makes"}.get(account.against, "differs")
    of = head[account.of][language] if account.of in head else name_of(account.of, language)
    names = [
        f"{i:<6} {translated(str(i), str(label), language)}"
        for i, label in zip(few.index, few["label"], strict=True)
    ]
    names += [
        f"{'':<6} {phrases.lists[name][language].format(count=part.count)}"
        for name, part in rest.items()
    ]
    ends = {account.last: few["after"]}
    if account.against != "absent":
        whom = phrases.references.get(account.against, {}).get(language, account.against)
        ends = {account.first or whom: few["before"], **ends}
    columns = {
        when: [*(number(float(x), language) for x in ratings), *([""] * len(rest))]
        for when, ratings in ends.items()
    }
    heading = head[title][language].format(score=of.lower())
    adds = [*few["adds"], *(part.adds for part in rest.values())]
    return _added(heading, names, columns, adds, account.rise(DIGITS), language)


def _shares(account: Account, few: pd.DataFrame, rest: dict[str, Part]) -> dict[str, float]:
    """Return what stands beside the sums of the table, by their names."""
    adds = [*few["adds"], *(part.adds for part in rest.values())]
    shares = rounded(adds, account.rise(DIGITS), digits=DIGITS)
    return dict(zip(rest, shares[len(few) :], strict=True))


def _factors(
    account: Account, adds: pd.Series[float], titles: dict[str, str], language: Language
) -> list[str]:
    """Return what each factor adds, the largest first, the rest together, and their sum."""
    phrases = load_phrases()
    adds = adds[adds != 0.0].sort_values(key=abs, ascending=False)
    few = adds[adds.abs() >= LEAST].head(FACTORS)
    short = [textwrap.shorten(titles[str(f)], TITLE, placeholder=" ...") for f in few.index]
    names = [f"{factor:<6} {title}" for factor, title in zip(few.index, short, strict=True)]
    parts = [*few]
    if len(few) < len(adds):
        rest = Part(float(adds.sum() - few.sum()), len(adds) - len(few))
        names.append(f"{'':<6} {extra(account, 'others', rest, language)}")
        parts.append(rest.adds)
    heading = phrases.headings["factors"][language]
    return _added(heading, names, {}, parts, account.rise(DIGITS), language)


def _added(
    heading: str,
    names: Sequence[str],
    columns: dict[str, list[str]],
    parts: Sequence[float],
    whole: float,
    language: Language,
) -> list[str]:
    """Return a table of contributions whose numbers add up to the last line as they are shown."""
    head = load_phrases().headings
    shares = rounded(parts, whole, digits=DIGITS)
    table = {heading: [*names, head["all"][language]]}
    table |= {when: [*cells, ""] for when, cells in columns.items()}
    table[head["adds"][language]] = [
        number(x, language, sign=True, digits=DIGITS) for x in (*shares, whole)
    ]
    return text_table(pd.DataFrame(table), words=[heading]).splitlines()


def _rerated(account: Account, language: Language, shown: int) -> list[str]:
    """Return what only one side rates, the largest contributions first, and how to read it."""
    found = account.rerated
    if found.empty:
        return []
    phrases = load_phrases()
    few = found[found["adds"].abs() >= LEAST].head(RERATED)
    names = [
        f"{i:<6} {translated(str(i), str(label), language)}"
        for i, label in zip(few.index, few["label"], strict=True)
    ]
    parts = [*few["adds"]]
    if len(few) < len(found):
        rest = Part(float(found["adds"].sum() - few["adds"].sum()), len(found) - len(few))
        names.append(f"{'':<6} {extra(account, 'others', rest, language)}")
        parts.append(rest.adds)
    blank = [""] * (len(parts) - len(few))
    whom = phrases.references.get(account.against, {}).get(language, account.against)
    columns = {
        when: [*(number(float(x), language) for x in few[name]), *blank]
        for when, name in ((account.first or whom, "before"), (account.last, "after"))
    }
    total = _shares(account, *account.split(shown, least=LEAST)).get(account.lump, 0.0)
    head = phrases.headings
    lines = _added(head["rerated"][language], names, columns, parts, total, language)
    return ["", *lines, *textwrap.wrap(head["of_which"][language], WIDTH)]
