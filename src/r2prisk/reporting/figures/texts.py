"""What stands beside the marks of a figure: texts that are placed by hand, line by line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from r2prisk.reporting.figures import theme

if TYPE_CHECKING:
    import altair as alt

KINDS: dict[str, dict[str, Any]] = {
    "heading": {"fontSize": 12, "fontWeight": "bold", "color": theme.INK},
    "quiet": {"fontSize": 10, "fontStyle": "italic", "color": theme.QUIET},
    "id": {"fontSize": 10, "color": theme.QUIET},
    "name": {"fontSize": 10.5, "color": theme.INK},
    "lead": {"fontSize": 10.5, "fontWeight": "bold", "color": theme.INK},
    "column": {"fontSize": 10, "color": theme.QUIET, "align": "right"},
    "number": {"fontSize": 10.5, "color": theme.INK, "align": "right"},
    "inside": {"fontSize": 10, "color": theme.QUIET, "align": "center"},
    "sign": {"fontSize": 10, "color": theme.QUIET, "align": "center"},
    "tick": {"fontSize": 10, "color": theme.QUIET, "align": "center"},
    "dark": {"fontSize": 10, "color": theme.INK, "align": "center"},
    "light": {"fontSize": 10, "color": theme.PAPER, "align": "center"},
}
"""How each kind of text is written."""

LETTER = 5.0
"""Pixels of a letter of a name, about."""


def label(kind: str, x: float, y: float, text: str) -> dict[str, object]:
    """Return a text at a place.

    Parameters
    ----------
    kind : str
        One of ``KINDS``.
    x, y : float
        Where it begins (or ends, or has its middle: as its kind is aligned), in the units of the
        scales; ``y`` is its middle.
    text : str
        One line.

    Examples
    --------
    >>> label("name", 0, 12, "Democracy")["text"]
    'Democracy'
    """
    return {"kind": kind, "x": x, "y": y, "text": text}


def inline(rows: Sequence[dict[str, Any]]) -> alt.InlineData:
    """Return rows as data of a chart, in one piece: Altair copies and checks lists row by row.

    Parameters
    ----------
    rows : sequence of dict
        Numbers, texts and None.
    """
    import altair as alt

    whole = json.dumps(rows, ensure_ascii=False, allow_nan=False)
    return alt.InlineData(values=whole, format=alt.DataFormat(type="json"))


def text_layers(
    labels: Sequence[dict[str, object]], x: alt.X, y: alt.Y, *, size: float | None = None
) -> list[alt.Chart]:
    """Return the layers that write texts at their places, one for each kind.

    Parameters
    ----------
    labels : sequence of dict
        As ``label`` makes them. They are data: nothing in them is read as an expression.
    x, y : altair.X, altair.Y
        The scales of the figure, of the fields ``x`` and ``y``.
    size : float, optional
        Pixels of the letters, where rows are too low for those of their kind.
    """
    import altair as alt

    drawn: list[alt.Chart] = []
    for kind, style in KINDS.items():
        few = [one for one in labels if one["kind"] == kind]
        mark: dict[str, Any] = {"align": "left", "baseline": "middle", **style}
        mark |= {} if size is None else {"fontSize": size}
        if few:
            chart = alt.Chart(inline(few)).mark_text(**mark)
            drawn.append(chart.encode(x=x, y=y, text="text:N"))
    return drawn
