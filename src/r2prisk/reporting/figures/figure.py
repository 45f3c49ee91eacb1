"""A figure: its data, its words, and how it is drawn and saved."""

from __future__ import annotations

import json
import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from r2prisk.errors import InputError, MissingExtraError, nearest
from r2prisk.files import write_beside
from r2prisk.reporting.figures import theme
from r2prisk.tables import html_table

if TYPE_CHECKING:
    import altair as alt

KINDS = (".png", ".svg", ".pdf", ".html")
"""What a figure can be saved as."""

LETTERS = 122
"""Letters of a note in the width of a figure."""

HEAVY = 250_000
"""Letters of SVG from which a notebook is given a PNG instead."""

ROWS = 500
"""Rows of data below the picture in a saved page."""

NO_REQUESTS = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:"
)
"""The policy of a saved page: whatever stands in it, a browser asks nobody for anything."""

PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
</head>
<body style="font: 13px Liberation Sans, Arial, Helvetica, sans-serif">
<main>
<div id="figure" role="img" aria-label="{alt}"></div>
<details><summary>Data</summary>{table}</details>
</main>
<script>{script}</script>
<script type="application/json" id="spec">{spec}</script>
<script>
vegaEmbed("#figure", JSON.parse(document.getElementById("spec").textContent),
  {{"actions": false, "renderer": "svg"}});
</script>
</body>
</html>
"""
"""A page around a picture: marks tell their numbers, and the data stand below as a table."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A picture of a result: the data behind it, what it says of itself, and the drawing.

    The data need no drawing library: it is loaded (``pip install 'r2prisk[report]'``) when the
    figure is shown or saved. No browser and no network are ever used.

    Parameters
    ----------
    name : str
        Which figure it is, e.g. ``"profile"``.
    data : pandas.DataFrame
        What is drawn, a row for each mark.
    title, subtitle : str
        What it shows, of whom and when; how to read it, with units.
    notes : tuple of str
        Below the picture: where the numbers come from, and what it cannot show.
    alt : str
        The picture in words, for those who do not see it.
    draw : callable
        From the data to an Altair chart, without title and notes.
    language : {"en", "fr", "es"}
        Of its words.

    Examples
    --------
    >>> data = pd.DataFrame({"factor": ["RF1"], "presence": [0.4]})
    >>> Figure("profile", data, "Ghana", "0 to 1", ("A note.",), "One bar.", lambda data: None)
    Figure 'profile': Ghana (1 row of data)
    """

    name: str
    data: pd.DataFrame
    title: str
    subtitle: str
    notes: tuple[str, ...]
    alt: str
    draw: Callable[[pd.DataFrame], Any]
    language: str = "en"

    def chart(self) -> alt.VConcatChart:
        """Return the whole picture as an Altair chart, to change or to put beside others.

        Returns
        -------
        altair.VConcatChart
            The drawing with title, subtitle and notes, in the house style.

        Raises
        ------
        MissingExtraError
            If Altair is not installed.
        """
        chart: alt.VConcatChart = _altair().VConcatChart.from_dict(self._spec())
        return chart

    def _frame(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return what stands above the drawing and below it, as Vega-Lite's titles."""
        lines = [line for note in self.notes for line in textwrap.wrap(note, LETTERS)]
        shared = {"anchor": "start", "frame": "bounds"}
        small = {"fontSize": 10, "fontWeight": "normal", "color": theme.QUIET}
        below = {"text": lines or [""], "orient": "bottom", "offset": 10, **shared, **small}
        above = {
            "text": textwrap.wrap(self.title, 74) or [""],
            "subtitle": textwrap.wrap(self.subtitle, 110),
            "offset": 12,
            **shared,
            "fontSize": 15,
            "fontWeight": "bold",
            "color": theme.INK,
            "subtitleFontSize": 11.5,
            "subtitleColor": theme.QUIET,
        }
        return above, below

    def to_svg(self) -> str:
        """Return the picture as SVG, with its description inside for screen readers.

        Raises
        ------
        MissingExtraError
            If the drawing libraries are not installed.
        """
        svg: str = _converter().vegalite_to_svg(self._spec())
        told = (
            f' role="img" aria-label="{escape(self.alt)}" lang="{self.language}"><title>'
            f"{escape(self.title)}</title><desc>{escape(self.alt)}</desc>"
        )
        head, mark, rest = svg.partition(">")
        return head + told + rest if mark else svg

    def to_png(self, scale: float = 2.0) -> bytes:
        """Return the picture as PNG.

        Parameters
        ----------
        scale : float
            Pixels for each of the 640 across: 2 for screens, 3 for print at 300 to the inch.

        Raises
        ------
        MissingExtraError
            If the drawing libraries are not installed.
        """
        return _converter().vegalite_to_png(self._spec(), scale=scale)

    def to_html(self) -> str:
        """Return a page with the picture, in which marks tell their numbers when pointed at.

        The page holds all that it needs, with the data as a table below the picture; its content
        policy forbids any request.

        Raises
        ------
        MissingExtraError
            If the drawing libraries are not installed.
        """
        spec = self._spec()
        script = _converter().javascript_bundle()
        return PAGE.format(
            language=self.language,
            policy=NO_REQUESTS,
            title=escape(self.title),
            alt=escape(self.alt),
            table=html_table(self.data, shown=ROWS),
            script=script,
            spec=json.dumps(spec).replace("<", "\\u003c"),
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Save the picture; the ending of the name decides how.

        Parameters
        ----------
        path : path
            ``.png`` (300 to the inch on A4), ``.svg``, ``.pdf`` or ``.html``; written beside, then
            renamed.

        Raises
        ------
        InputError
            If the ending is none of these, or the folder does not exist.
        MissingExtraError
            If the drawing libraries are not installed.
        """
        kind = Path(path).suffix.lower()
        if kind not in KINDS:
            hint = nearest(kind, KINDS) if kind else ""
            found = f"'{kind}' is no kind of picture" if kind else "no ending that tells the kind"
            raise InputError(str(path), [f"{found}; allowed: {', '.join(KINDS)}{hint}"])
        if kind == ".png":
            content = self.to_png(3)
        elif kind == ".pdf":
            content = _converter().vegalite_to_pdf(self._spec())
        else:
            content = (self.to_svg() if kind == ".svg" else self.to_html()).encode()
        with write_beside(path) as scratch:
            scratch.write_bytes(content)

    def _spec(self) -> dict[str, Any]:
        """Return the whole picture as Vega-Lite; nested charts would copy every layer again."""
        _altair()
        drawn: dict[str, Any] = self.draw(self.data).to_dict()
        lifted = {name: drawn.pop(name) for name in ("$schema", "datasets") if name in drawn}
        drawn.pop("config", None)
        above, below = self._frame()
        whole = {**lifted, "config": theme.config(), "title": above, "padding": 8}
        whole["description"] = self.alt
        return {**whole, "vconcat": [{"title": below, "vconcat": [drawn]}]}

    def _repr_mimebundle_(self, **_wanted: object) -> dict[str, str | bytes]:
        """Show the picture in a notebook; without the drawing libraries, say what would."""
        try:
            svg = self.to_svg()
        except MissingExtraError as missing:
            return {"text/plain": f"{self!r}\n{missing}"}
        if len(svg) > HEAVY:
            return {"image/png": self.to_png(), "text/plain": self.alt}
        return {"image/svg+xml": svg, "text/plain": self.alt}

    def __repr__(self) -> str:
        rows = "1 row" if len(self.data) == 1 else f"{len(self.data):,} rows"
        return f"Figure '{self.name}': {self.title} ({rows} of data)"


def numbers(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows for a chart: JSON has no NaN and no periods, so they become null and text.

    Parameters
    ----------
    frame : pandas.DataFrame
        Data of a figure.

    Examples
    --------
    >>> numbers(pd.DataFrame({"a": [0.5, float("nan")], "b": pd.period_range("2013", periods=2,
    ...     freq="Y")}))
    [{'a': 0.5, 'b': '2013'}, {'a': None, 'b': '2014'}]
    """
    plain = frame.copy()
    for name in plain.columns:
        if isinstance(plain[name].dtype, pd.PeriodDtype):
            plain[name] = plain[name].astype(str)
    rows: list[dict[str, Any]] = json.loads(plain.to_json(orient="records", double_precision=6))
    return rows


def _altair() -> Any:
    try:
        import altair
    except ImportError:
        raise MissingExtraError("Drawing a figure", "report") from None
    return altair


def _converter() -> Any:
    try:
        import vl_convert
    except ImportError:
        raise MissingExtraError("Drawing a figure", "report") from None
    return vl_convert
