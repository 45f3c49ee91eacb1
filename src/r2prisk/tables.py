"""Small tables for terminals and notebooks: words to the left, numbers to the right.

What a notebook shows of a result is put together here, so that all results are in one hand. Styles
stand in the elements themselves, because viewers of notebooks drop style sheets; text has the
colour of its surroundings, for light and dark ground; without any style the tables still read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from html import escape
from typing import Any

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.marks import Html, beside, unknown

SHOWN = 20
"""Rows of a table that a notebook shows."""

LONG = 26
"""Letters from which a text may be broken into lines."""

_MUTED = "opacity:.75"
_PAGE = (
    "font:13px/1.45 Liberation Sans,Arial,Helvetica,sans-serif;"
    "font-variant-numeric:tabular-nums;max-width:64em"
)
_TABLE = "border-collapse:collapse;border:0;margin:8px 0 4px;font-size:13px"
_CAPTION = f"caption-side:top;text-align:left;padding:2px 8px;font-weight:bold;{_MUTED}"
_LINE = "border-bottom:1px solid #8886;background:none"
_HEAD = f"font-weight:normal;vertical-align:bottom;{_MUTED}"


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


def html_table(
    frame: pd.DataFrame,
    *,
    words: Collection[str] = (),
    caption: str = "",
    shown: int = SHOWN,
) -> str:
    """Return a frame as an HTML table, without its index and with every text escaped.

    Texts that are :class:`r2prisk.marks.Html` stay as they are. What is missing (NaN, None, ``-``)
    is a dash that says ``unknown``.

    Parameters
    ----------
    frame : pandas.DataFrame
        What to show.
    words : collection of str
        Columns that hold words: they stand to the left. If the first does, it names the rows.
    caption : str
        What the table is.
    shown : int
        Rows that are shown, 1 or more; of the others the number is told.

    Examples
    --------
    >>> "&lt;b&gt;" in html_table(pd.DataFrame({"unit": ["<b>"]}))
    True
    >>> "and 3 more rows" in html_table(pd.DataFrame({"risk": ["0.1"] * 5}), shown=2)
    True
    """
    sides = [name in words for name in frame.columns]
    names = "".join(
        _cell(str(n), left, "col") for n, left in zip(frame.columns, sides, strict=True)
    )
    rows = [
        "".join(
            _cell(value, left, "row" if left and at == 0 else "")
            for at, (value, left) in enumerate(zip(cells, sides, strict=True))
        )
        for cells in frame.head(shown).itertuples(index=False)
    ]
    body = "".join(f'<tr style="{_LINE}">{cells}</tr>' for cells in rows)
    more = len(frame) - shown
    left_out = paragraph(f"and {more:,} more {'row' if more == 1 else 'rows'}") if more > 0 else ""
    # a short one stays on its line, however narrow the table
    line = ";white-space:nowrap" if len(caption) <= 3 * LONG else ""
    title = f'<caption style="{_CAPTION}{line}">{escape(caption)}</caption>' if caption else ""
    return (
        f'<div style="overflow-x:auto"><table style="{_TABLE}">{title}<thead>'
        f'<tr style="{_LINE}">{names}</tr></thead><tbody>{body}</tbody></table></div>{left_out}'
    )


def marked(frame: pd.DataFrame, column: str, marks: Iterable[Html]) -> pd.DataFrame:
    """Return a frame with a mark behind each text of a column.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, c)
        Texts.
    column : str
        One of its columns.
    marks : iterable of Html, length n
        One for each row.

    Examples
    --------
    >>> frame = pd.DataFrame({"risk": ["<0.1"]})
    >>> print(marked(frame, "risk", [Html("<svg></svg>")])["risk"].iloc[0])
    &lt;0.1 <svg></svg>
    """
    cells = [beside(mark, text) for mark, text in zip(marks, frame[column], strict=True)]
    return frame.assign(**{column: pd.Series(cells, index=frame.index, dtype=object)})


def page(head: str, *parts: str, caution: str = CAUTION) -> str:
    """Return what a notebook shows of a result: its head, its parts and the caution below.

    Parameters
    ----------
    head : str
        What it is and, behind a colon, what it is about; escaped here.
    *parts : str
        HTML, made by the functions of this module.
    caution : str
        The last line; escaped here.

    Examples
    --------
    >>> "<strong>Scores</strong>: 3 rows" in page("Scores: 3 rows", paragraph("Seen."))
    True
    """
    kind, colon, about = (escape(text) for text in head.partition(": "))
    return (
        f'<div role="group" aria-label="{kind}" style="{_PAGE}"><p style="margin:0 0 4px">'
        f"<strong>{kind}</strong>{colon}{about}</p>{''.join(parts)}"
        f"{paragraph(caution, muted=True)}</div>"
    )


def paragraph(*texts: str, muted: bool = False) -> str:
    """Return lines of text as one paragraph, escaped; nothing if there are none.

    Line breaks within a text are only a terminal's and go, those of a muted one stay.

    Examples
    --------
    >>> paragraph("a < b", "then") == f'<p style="margin:4px 0">a &lt; b<br>then</p>'
    True
    >>> paragraph()
    ''
    """
    if not texts:
        return ""
    if muted:
        lines = "<br>".join(escape(text).replace("\n", "<br>") for text in texts)
        return f'<p style="margin:6px 0 0;{_MUTED}">{lines}</p>'
    lines = "<br>".join(escape(text).replace("\n", " ") for text in texts)
    return f'<p style="margin:4px 0">{lines}</p>'


def bullets(texts: Iterable[str]) -> str:
    """Return sentences as a list, escaped; nothing if there are none.

    Examples
    --------
    >>> bullets(["<i>"]).count("&lt;i&gt;"), bullets([])
    (1, '')
    """
    items = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f'<ul style="margin:4px 0;padding-left:1.4em">{items}</ul>' if items else ""


def legend(title: str, marks: Mapping[str, Html]) -> str:
    """Return what the marks of a drawing mean; names are escaped.

    Examples
    --------
    >>> legend("Cells", {"rated": Html("<svg></svg>")})[-34:]
    '>Cells: <svg></svg>&nbsp;rated</p>'
    """
    named = ", ".join(f"{mark}&nbsp;{escape(name)}" for name, mark in marks.items())
    return f'<p style="margin:4px 0">{escape(title)}: {named}</p>'


def folded(title: str, *parts: str) -> str:
    """Return parts that a reader unfolds.

    Examples
    --------
    >>> folded("More", paragraph("Seen."))[:49]
    '<details style="margin:4px 0"><summary>More</summ'
    """
    head = f"<summary>{escape(title)}</summary>"
    return f'<details style="margin:4px 0">{head}{"".join(parts)}</details>'


def _cell(value: Any, left: bool, scope: str) -> str:
    """Return one cell; ``scope`` is what a head of a row or column is head of."""
    drawn = isinstance(value, Html)
    if not drawn and (pd.isna(value) or value in ("-", "nan")):
        value = unknown()
    shown = value.text if isinstance(value, Html) else escape(str(value))
    style = f"text-align:{'left' if left else 'right'};padding:2px 8px"
    style += ";white-space:nowrap" if drawn or (" " in shown and len(shown) <= LONG) else ""
    if scope == "col":
        return f'<th scope="col" style="{style};{_HEAD}">{shown}</th>'
    if scope == "row":
        return f'<th scope="row" style="{style};font-weight:normal">{shown}</th>'
    return f'<td style="{style}">{shown}</td>'
