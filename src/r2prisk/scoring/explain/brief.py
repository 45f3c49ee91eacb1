"""What an analyst would paste into a brief: why a score is what it is, or why it changed."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import pandas as pd

from r2prisk.catalogue.models import Language
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.scoring.explain.account import Account, rounded
from r2prisk.scoring.explain.change import change
from r2prisk.scoring.explain.explanation import explain
from r2prisk.scoring.explain.sentences import load_phrases, name_of, number, sentence
from r2prisk.scoring.score import FOLLOWED
from r2prisk.scoring.scores import Scores, need_scores
from r2prisk.tables import text_table

WIDTH = 100
"""Columns of a terminal."""

NAMED = 8
"""Names in a line before the rest is counted."""

DIGITS = 3
"""Digits behind the point in the tables: most contributions are smaller than 0.01."""

SHOWN = (*FOLLOWED, "coverage")
"""The scores that are shown above all."""


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
        The language; labels of indicators stay as the catalogue has them.
    shown : int
        Rows of the table of indicators.

    Returns
    -------
    str
        The scores, the sentence, the largest contributions, and what was rated in one state alone.
        All numbers add up as they are shown.

    Raises
    ------
    InputError
        As :func:`change` or :func:`explain`.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2006, 2008], "9.1": [0.2, 0.4],
    ...     "8.1": [0.1, 0.7]}))
    >>> print(brief(score(panel), "KEN", 2006, 2008, of="risk").partition("\n")[0])
    Kenya (KEN), 2006 to 2008
    """
    need_scores(scores, "brief")
    units = scores.panel.units
    if unit not in units:
        raise InputError("brief", [f"no unit '{unit}'{nearest(unit, units)}"])
    chosen, frame = scores.profile, scores.to_frame()
    if last is None:
        why = explain(scores, of=of, reference=reference)
        account = why.account(unit, first)
        periods = [account.last]
        factors = why.by_factor().iloc[why.rows(unit, first)[0]]
    else:
        moved = change(scores, unit, first, last, of=of)
        account, factors = moved.account(), moved.by_factor()
        periods = [account.first, account.last]
    head = load_phrases().headings
    span = head["span"][language].format(first=periods[0], last=periods[-1])
    return "\n".join(
        [
            f"{load_units()[unit].name} ({unit}), {span if last is not None else periods[0]}",
            "",
            *_scores(frame[frame.index.get_level_values("unit") == unit], periods, language),
            "",
            *textwrap.wrap(sentence(account, language=language, shown=5), WIDTH),
            "",
            *_table(account, language, shown),
            "",
            *_ends(account, factors, language),
            *textwrap.wrap(
                head["caution"][language].format(
                    profile=f"{chosen.name} {chosen.version} ({chosen.hash[:8]})"
                ),
                WIDTH,
            ),
        ]
    )


def _scores(frame: pd.DataFrame, periods: Sequence[str], language: Language) -> list[str]:
    """Return the scores in each period, with their change."""
    head = load_phrases().headings
    rows = frame[frame.index.get_level_values("period").astype(str).isin(periods)]
    columns: dict[str, list[str]] = {"": [head[name][language] for name in SHOWN]}
    for period, (_, row) in zip(periods, rows.iterrows(), strict=True):
        columns[period] = [number(float(row[name]), language, digits=DIGITS) for name in SHOWN]
    if len(periods) > 1:
        ends = rows[list(SHOWN)].to_numpy(dtype=np.float64).round(DIGITS)
        moved = ends[-1] - ends[0]
        columns[head["change"][language]] = [
            number(x, language, sign=True, digits=DIGITS) for x in moved
        ]
    return text_table(pd.DataFrame(columns), words=[""]).splitlines()


def _table(account: Account, language: Language, shown: int) -> list[str]:
    """Return the largest contributions, the rest together, and their sum, as they add up."""
    phrases = load_phrases()
    head, lists = phrases.headings, phrases.lists
    few, rest = account.split(shown, least=0.5 * 10.0**-DIGITS)
    whole = round(account.after, DIGITS) - round(account.before, DIGITS)
    shares = rounded([*few["value"], *rest.values()], whole, digits=DIGITS)
    title = {"": "changed", "absent": "makes"}.get(account.against, "differs")
    of = head[account.of][language] if account.of in head else name_of(account.of, language)
    names = [
        f"{i:<6} {label}" + (f" ({lists['between'][language]})" if account.returned(str(i)) else "")
        for i, label in zip(few.index, few["label"], strict=True)
    ]
    first = head[title][language].format(score=of.lower())
    names += [f"({lists[name][language]})" for name in rest]
    ends = {account.last: few["after"]}
    if account.against != "absent":
        whom = phrases.references.get(account.against, {}).get(language, account.against)
        ends = {account.first or whom: few["before"], **ends}
    blank = [""] * (len(rest) + 1)
    table = {first: [*names, head["all"][language]]}
    for when, ratings in ends.items():
        table[when] = [*(number(float(x), language) for x in ratings), *blank]
    table[head["adds"][language]] = [
        number(x, language, sign=True, digits=DIGITS) for x in (*shares, whole)
    ]
    return text_table(pd.DataFrame(table), words=[first]).splitlines()


def _ends(account: Account, factors: pd.Series[float], language: Language) -> list[str]:
    """Return the factors that add most, and what was rated in one state alone."""
    head = load_phrases().headings
    largest = factors[factors.abs() >= 0.5 * 10.0**-DIGITS].sort_values(key=abs, ascending=False)
    told = [
        f"{name} {number(float(x), language, sign=True, digits=DIGITS)}"
        for name, x in largest.items()
    ]
    lines = [head["factors"][language].format(names=_listed(told, language))] if told else []
    if account.against != "absent":
        which = ("only_there", "only_here") if account.against else ("gone", "new")
        for name, some in zip(which, (account.gone, account.new), strict=True):
            lines += [head[name][language].format(names=_listed(some, language))] if some else []
    return [part for line in lines for part in textwrap.wrap(line, WIDTH)]


def _listed(names: Sequence[str], language: Language) -> str:
    """Return the first names, and how many more there are."""
    told = ", ".join(names[:NAMED])
    more = len(names) - NAMED
    text = load_phrases().headings["more"][language]
    return told if more <= 0 else text.format(names=told, count=more)
