"""Suggest tags from words; a person confirms them, or they do not count."""

from __future__ import annotations

import pandas as pd

from r2prisk.prevention.lens.find import find_factors, find_harms
from r2prisk.prevention.lens.policies import COLUMNS, Policies

LANGUAGES = ("en", "fr", "es")
"""Policies are written in any of them."""

NOTHING = "no English, French or Spanish word of the lists found: tag it by hand"
"""What stands in ``suggested`` where nothing is: it may touch many factors all the same."""


def suggest_tags(policies: Policies) -> pd.DataFrame:
    """Return the table of policies with suggested tags, for a person to confirm.

    Rows whose tags a person has confirmed stay as they are, and so do tags that somebody wrote;
    where there are none, those suggested are filled in. ``suggested`` says why, with the
    words, or that none was found: of the policy that says nothing.

    Parameters
    ----------
    policies : Policies, shape (n,)
        As :func:`read_policies` makes them.

    Returns
    -------
    pandas.DataFrame, shape (n, 12)
        The columns of a file of policies, as texts. To confirm: take out of ``tags`` and
        ``raises`` what is wrong, add what is missing, and put a name in ``confirmed_by``.

    Examples
    --------
    >>> from r2prisk.prevention.lens import read_policies
    >>> policies = read_policies(pd.DataFrame({"text": ["Export credits for military equipment",
    ...     "Legal aid for ethnic minorities"], "country": "XDA", "kind": "policy"}))
    >>> suggest_tags(policies)[["tags", "raises"]].values.tolist()
    [['', 'RF5'], ['RF9; SGS3; SGS6', '']]
    >>> suggest_tags(policies)["suggested"].iloc[1]
    "RF9 ('minorities'); SGS3 ('legal aid'); SGS6 ('minorities')"
    """
    table = policies.table
    texts = table["text"].tolist()
    lowers = find_factors(texts, languages=LANGUAGES)
    raises = find_harms(texts, languages=LANGUAGES)
    shown = table.astype(object).where(table.notna(), "")
    for column in ("department", "partners", "tags", "raises"):
        shown[column] = [_joined(entries) for entries in table[column]]
    said = table["tags"].map(bool) | table["raises"].map(bool)
    untouched = (~said & ~policies.confirmed).tolist()
    for row in range(len(table)):
        low, high = lowers[lowers["row"] == row], raises[raises["row"] == row]
        why = [f"{f} ('{found}')" for f, found in zip(low["factor"], low["found"], strict=True)]
        why += [
            f"raises {f} ('{found}')"
            for f, found in zip(high["factor"], high["found"], strict=True)
        ]
        at = table.index[row]
        shown.loc[at, "suggested"] = "; ".join(why) or NOTHING
        if untouched[row]:
            # what it could raise stands there: one thing is not lowered and raised
            lowered = [factor for factor in low["factor"] if factor not in set(high["factor"])]
            shown.loc[at, "tags"] = "; ".join(lowered)
            shown.loc[at, "raises"] = "; ".join(high["factor"])
    return shown[list(COLUMNS)].astype(str)


def _joined(entries: tuple[str, ...]) -> str:
    """Write entries down as a file has them; 7.10 as RF7.10, which no sheet makes 7.1 of."""
    return "; ".join(f"RF{e}" if e[:1].isdigit() else e for e in entries)
