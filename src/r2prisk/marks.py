"""Small drawings for the cells of notebook tables: an interval, a share, a signed bar, a course.

Each is one line of SVG without ids, scripts or style sheets, so that it survives wherever a
notebook is shown and two of them never disturb each other. Lines and greys take the colour of the
text around them, so that they can be read on light and on dark ground. Where a viewer drops
drawings, the number beside them still says everything.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

RISK, RESILIENCE = "#B2402A", "#2A6F97"
"""What the two sides are drawn in: dark enough for white ground, light enough for black."""

SPAN = 60
"""Periods of a course that a spark line has room for."""

_PEN = 'stroke="currentColor" fill="none"'
_STATES = {"rated": 0.65, "failed": 0.35, "not applicable": 0.14, "unknown": 0.0}
"""How dark each cell state is: the unknown is open, and never looks like a low value."""


@dataclasses.dataclass(frozen=True)
class Html:
    """HTML made here, which ``html_table`` leaves as it is; every other text it escapes.

    No kind of ``str``: a frame would make plain text of it, and text from outside must never pass
    for it.

    Parameters
    ----------
    text : str
        The HTML.

    Examples
    --------
    >>> str(Html("<svg></svg>"))
    '<svg></svg>'
    """

    text: str

    def __str__(self) -> str:
        return self.text


def beside(mark: Html, text: str) -> Html:
    """Return a mark behind its number, which is escaped; ``-`` is what is not known.

    Numbers that stand to the right then stand under each other, and so do the marks.

    Examples
    --------
    >>> beside(Html("<svg></svg>"), "<1%").text
    '&lt;1% <svg></svg>'
    """
    return Html(f"{unknown() if text == '-' else escape(text)} {mark}")


def unknown() -> Html:
    """Return the dash that stands for what is not known.

    Examples
    --------
    >>> "unknown" in unknown().text
    True
    """
    return Html('<span role="img" aria-label="unknown" title="unknown">\N{EN DASH}</span>')


def interval(
    value: float,
    low: float,
    high: float,
    *,
    likely: tuple[float, float] | None = None,
    thin: bool = False,
) -> Html:
    """Return a score on the line from 0 to 1, with what it could be.

    Parameters
    ----------
    value : float
        The score; NaN leaves the range open, and there is no tick.
    low, high : float
        The bounds; NaN is the whole line.
    likely : tuple of float, optional
        A narrower interval, drawn thicker.
    thin : bool
        Whether the score rests on too little for a band: then the range is open too.

    Examples
    --------
    >>> drawn = interval(0.5, 0.25, 1.0).text
    >>> 'aria-label="0.50, could be 0.25 to 1.00"' in drawn, 'x="22"' in drawn
    (True, True)
    >>> "unknown, could be 0.00 to 1.00" in interval(float("nan"), float("nan"), float("nan")).text
    True
    """
    start, end = (0.0 if np.isnan(low) else low), (1.0 if np.isnan(high) else high)
    missing = bool(np.isnan(value))
    body = f'<path d="M2 1.5v9M2 6h80M82 1.5v9" {_PEN} stroke-opacity=".3"/>'
    box = f'x="{_at(start)}" y="4" width="{_px(80 * (end - start))}" height="4"'
    if missing or thin:
        body += f'<rect {box} {_PEN} stroke-opacity=".6" stroke-dasharray="2 2"/>'
    else:
        body += f'<rect {box} fill="{RISK}" fill-opacity=".55"/>'
    said = "unknown" if missing else f"{value:.2f}{' (too little is rated)' if thin else ''}"
    if likely:
        wide = f'width="{_px(80 * (likely[1] - likely[0]))}" height="6"'
        body += f'<rect x="{_at(likely[0])}" y="3" {wide} fill="{RISK}"/>'
        said += f", likely {likely[0]:.2f} to {likely[1]:.2f}"
    if not missing:
        body += f'<path d="M{_at(value)} 0v12" {_PEN} stroke-width="2"/>'
    return _drawn(84, 12, f"{said}, could be {start:.2f} to {end:.2f}", body)


def share(value: float, *, colour: str = "currentColor") -> Html:
    """Return how much of a whole is there, from 0 to 1; what is missing stays open.

    Examples
    --------
    >>> 'aria-label="25%"' in share(0.25).text, 'width="12"' in share(0.25).text
    (True, True)
    """
    if np.isnan(value):
        return _drawn(50, 10, "unknown", _frame(" stroke-dasharray='2 2'"))
    strength = ' fill-opacity=".6"' if colour == "currentColor" else ""
    within = min(max(value, 0.0), 1.0)
    bar = f'<rect x="1" y="1" width="{_px(48 * within)}" height="8" fill="{colour}"{strength}/>'
    return _drawn(50, 10, f"{value:.0%}", bar + _frame())


def states(shares: Mapping[str, float]) -> Html:
    """Return the shares of cell states as one bar: the rated dark, the unknown open.

    Parameters
    ----------
    shares : mapping of str to float
        ``rated``, ``failed``, ``not applicable`` and ``unknown``, which add up to 1.

    Examples
    --------
    >>> drawn = states({"rated": 0.5, "unknown": 0.5}).text
    >>> 'aria-label="50% rated, 50% unknown"' in drawn
    True
    """
    body, at = "", 1.0
    for name, dark in _STATES.items():
        wide = 80 * shares.get(name, 0.0)
        if dark and wide:
            box = f'x="{_px(at)}" y="1" width="{_px(wide)}" height="8"'
            body += f'<rect {box} fill="currentColor" fill-opacity="{dark}"/>'
        at += wide
    said = ", ".join(f"{shares[name]:.0%} {name}" for name in _STATES if shares.get(name))
    frame = f'<rect x=".5" y=".5" width="81" height="9" {_PEN} stroke-opacity=".5"/>'
    return _drawn(82, 10, said, body + frame)


def swatch(of: str) -> Html:
    """Return the square that a legend shows for a cell state or a colour.

    Examples
    --------
    >>> 'fill-opacity="0.65"' in swatch("rated").text, RISK in swatch(RISK).text
    (True, True)
    """
    state = of in _STATES
    fill = f'fill="currentColor" fill-opacity="{_STATES[of]}"' if state else f'fill="{of}"'
    box = f'<rect x=".5" y=".5" width="9" height="9" {fill} stroke="currentColor"'
    edge = 'stroke-opacity=".5"/></svg>'
    return Html(f'<svg aria-hidden="true" width="10" height="10">{box} {edge}')


def signed(value: float, largest: float, *, colour: str = RISK) -> Html:
    """Return a bar to the right for what adds and to the left for what takes away.

    Parameters
    ----------
    value : float
        What the bar shows.
    largest : float
        The size that fills one side, > 0.
    colour : str
        Of the bar.

    Examples
    --------
    >>> 'x="21" y="1" width="20"' in signed(-0.1, 0.2).text, 'x="41"' in signed(0.1, 0.2).text
    (True, True)
    """
    if np.isnan(value) or not largest:
        return _drawn(82, 10, "unknown" if np.isnan(value) else "0", _middle())
    wide = 40 * min(abs(value) / largest, 1.0)
    start = 41 - wide if value < 0 else 41
    bar = f'<rect x="{_px(start)}" y="1" width="{_px(wide)}" height="8" fill="{colour}"/>'
    return _drawn(82, 10, f"{value:+.3f}", bar + _middle())


def spark(
    levels: Sequence[float] | NDArray[np.float64],
    deviations: Sequence[float] | NDArray[np.float64],
    *,
    colour: str = RISK,
) -> Html:
    """Return the last periods of a level as a line from 0 to 1, with its 95 % interval.

    Parameters
    ----------
    levels, deviations : sequence of float, length t
        The level, NaN where unknown (the line has a gap there), and its standard deviation; the
        last 60 periods are drawn.
    colour : str
        Of the line.

    Examples
    --------
    >>> drawn = spark([0.0, float("nan"), 1.0], [0.0, float("nan"), 0.0]).text
    >>> 'aria-label="course of 3 periods, 1 unknown: from 0.00 to 1.00"' in drawn
    True
    >>> drawn.count("M")  # the lines of 0 and 1, and the two sides of the gap
    4
    """
    level = np.asarray(levels, dtype=np.float64)[-SPAN:]
    spread = 1.96 * np.asarray(deviations, dtype=np.float64)[-SPAN:]
    x = 2 + 106 * np.arange(len(level)) / max(len(level) - 1, 1)
    known = ~np.isnan(level)
    band, line = "", ""
    # runs of known periods: a gap is never bridged
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(int), [0]])))
    for start, end in edges.reshape(-1, 2).tolist():
        part = slice(start, end)
        line += "M" + _points(x[part], level[part]) + ("h0" if end - start == 1 else "")
        upper = _points(x[part], level[part] + spread[part])
        lower = _points(x[part][::-1], (level[part] - spread[part])[::-1])
        band += f"M{upper}L{lower}z" if end - start > 1 and spread[part].any() else ""
    there = level[known]
    gaps = int((~known).sum())
    said = f"course of {len(level)} periods" + (f", {gaps} unknown" if gaps else "")
    said += f": from {there[0]:.2f} to {there[-1]:.2f}" if len(there) else ""
    body = f'<path d="M2 2h106M2 26h106" {_PEN} stroke-opacity=".3"/>'
    if band:
        body += f'<path d="{band}" fill="{colour}" fill-opacity=".25"/>'
    pen = f'fill="none" stroke="{colour}" stroke-width="1.6" stroke-linecap="round"'
    return _drawn(110, 28, said, f'{body}<path d="{line}" {pen}/>')


def _points(x: NDArray[np.float64], level: NDArray[np.float64]) -> str:
    heights = 26 - 24 * np.clip(level, 0.0, 1.0)
    return " ".join(f"{_px(a)} {_px(b)}" for a, b in zip(x, heights, strict=True))


def _at(value: float) -> str:
    """Return the place of a score on a line of 80 pixels."""
    return _px(2 + 80 * min(max(value, 0.0), 1.0))


def _px(length: float) -> str:
    return f"{round(float(length), 1):g}"


def _frame(dashes: str = "") -> str:
    return f'<rect x=".5" y=".5" width="49" height="9" {_PEN} stroke-opacity=".5"{dashes}/>'


def _middle() -> str:
    return f'<path d="M41 0v10" {_PEN} stroke-opacity=".6"/>'


def _drawn(width: int, height: int, said: str, body: str) -> Html:
    size = f'width="{width}" height="{height}" style="vertical-align:middle"'
    return Html(f'<svg role="img" aria-label="{escape(said)}" {size}>{body}</svg>')
