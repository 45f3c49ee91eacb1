"""The empty table of policies: examples of how to fill it in, and what the columns mean."""

from __future__ import annotations

import pandas as pd

from r2prisk.catalogue import load_framework
from r2prisk.prevention.lens.policies import COLUMNS, EXAMPLE, KINDS

HOW_TO = pd.DataFrame(
    [
        ("id", "a name for the row, if you want one; rows named 'example' are left out"),
        ("text", "what the policy, programme or law does, in a sentence"),
        ("department", "who is in charge; semicolons between several that share it"),
        ("country", "whose policy it is, by ISO 3166 code, e.g. DNK"),
        ("kind", f"one of {', '.join(KINDS)}"),
        ("start, end", "years, if known"),
        ("partners", "countries in which it works, e.g. GHA; KEN; empty is at home"),
        ("tags", "factors whose risk it lowers or whose resilience it builds, e.g. RF9; SGS6"),
        ("raises", "risk factors that it could raise, e.g. RF5; an indicator as RF7.10"),
        ("confirmed_by", "who stands for the tags; without a name they do not count"),
        ("suggested", "leave empty: r2prisk lens suggest says there why"),
    ],
    columns=pd.Index(["column", "what it holds"]),
)
"""What each column of the form holds."""


def example_rows() -> pd.DataFrame:
    """Return the rows that the form begins with; they are left out in reading.

    Examples
    --------
    >>> example_rows()[["id", "tags", "raises"]].values.tolist()
    [['example 1', 'SGS5; RF3.7', ''], ['example 2', '', 'RF5']]
    """
    police = {
        "id": f"{EXAMPLE} 1",
        "text": "Trains police trainers of a partner country in human rights",
        "department": "Foreign Affairs; Interior",
        "country": "XDA",
        "kind": "programme",
        "start": "2024",
        "end": "2027",
        "partners": "GHA",
        "tags": "SGS5; RF3.7",
        "confirmed_by": "A. Example",
    }
    exports = {
        "id": f"{EXAMPLE} 2",
        "text": "Export licences for military equipment",
        "department": "Trade",
        "country": "XDA",
        "kind": "policy",
        "raises": "RF5",
        "confirmed_by": "A. Example",
    }
    rows = [[row.get(name, "") for name in COLUMNS] for row in (police, exports)]
    return pd.DataFrame(rows, columns=pd.Index(COLUMNS))


def factor_list() -> pd.DataFrame:
    """Return the factors that a tag can name, with their titles and definitions.

    Examples
    --------
    >>> len(factor_list())
    20
    """
    both = [load_framework(name) for name in ("un-foa-2014", "sg-resilience-2013")]
    rows = [
        (factor.id, framework.kind, factor.title, factor.definition)
        for framework in both
        for factor in framework.factors
    ]
    return pd.DataFrame(rows, columns=pd.Index(["tag", "side", "title", "definition"]))
