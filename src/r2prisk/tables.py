"""Small tables for terminals and notebooks: words to the left, numbers to the right."""

from __future__ import annotations

from collections.abc import Collection
from html import escape

import pandas as pd


def text_table(frame: pd.DataFrame, *, words: Collection[str] = ()) -> str:
    """Return a frame as lines of text, without its index.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to show; cells as ``str`` gives them.
    words : collection of str
        Columns that hold words: they stand to the left.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "risk": ["0.61", "0.2"]})
    >>> print(text_table(frame, words=["unit"]))
    unit  risk
    SDN   0.61
    GHA    0.2
    """
    texts = {name: [str(name), *(str(v) for v in frame[name])] for name in frame.columns}
    widths = {name: max(map(len, column)) for name, column in texts.items()}
    rows = zip(*texts.values(), strict=True)
    return "\n".join(
        "  ".join(
            text.ljust(widths[name]) if name in words else text.rjust(widths[name])
            for name, text in zip(frame.columns, row, strict=True)
        ).rstrip()
        for row in rows
    )


def html_table(frame: pd.DataFrame, *, words: Collection[str] = (), caption: str = "") -> str:
    """Return a frame as an HTML table, without its index and with every text escaped.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to show.
    words : collection of str
        Columns that hold words: they stand to the left.
    caption : str
        What the table is.

    Examples
    --------
    >>> "&lt;b&gt;" in html_table(pd.DataFrame({"unit": ["<b>"]}))
    True
    """
    sides = ["left" if name in words else "right" for name in frame.columns]

    def row(cells: Collection[object], tag: str) -> str:
        return "".join(
            f'<{tag} style="text-align:{side}">{escape(str(cell))}</{tag}>'
            for side, cell in zip(sides, cells, strict=True)
        )

    head = f"<caption>{escape(caption)}</caption>" if caption else ""
    body = "".join(f"<tr>{row(cells, 'td')}</tr>" for cells in frame.itertuples(index=False))
    names = row(list(frame.columns), "th")
    return f"<table>{head}<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"
