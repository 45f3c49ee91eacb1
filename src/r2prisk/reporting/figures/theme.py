"""One hand for all figures: colours, letters, sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from r2prisk.marks import RESILIENCE, RISK

__all__ = [
    "FONT",
    "HAIR",
    "INK",
    "PAPER",
    "QUIET",
    "RESIDUAL",
    "RESILIENCE",
    "RISK",
    "SHADES",
    "UNKNOWN",
    "WIDTH",
    "band_colours",
    "config",
    "contrast",
    "ink_on",
]

WIDTH = 640
"""Pixels across a figure: the column of a notebook, and of an A4 page at 96 to the inch."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

INK = "#222222"
"""Titles, and the mark that a figure is about."""

QUIET = "#595959"
"""Notes and axes: 7 to 1 against white."""

HAIR = "#D9D9D9"
"""Lines that lead the eye."""

PAPER = "#FFFFFF"

RESIDUAL = "#CC7033"
"""Beside risk and resilience: told apart by the colour-blind, and lighter than both in grey; 3.5 to
1 against white, so that a thin line of it is seen."""

UNKNOWN = "#8C8C8C"
"""The outline of what nobody rated; its inside stays white or hatched, never a low colour."""

SHADES = ("#E3EFF3", "#A9CDD9", "#62A0B7", "#1F6E8C", "#0B3949")
"""Five steps of resilience, from weak to strong; it has no bands."""

_LADDER = ("#FBE9C6", "#F6BE7B", "#E8814D", "#B5402F", "#641A2B")
"""From light to dark: one hue range whose lightness falls evenly, so that grey print keeps it."""


def band_colours(names: Sequence[str]) -> dict[str, str]:
    """Return a colour for each band of a profile, from the lightest (lowest) to the darkest.

    Parameters
    ----------
    names : sequence of str
        The bands of a profile, from the lowest up; any number.

    Returns
    -------
    dict of str to str
        Hexadecimal colours whose lightness falls from band to band.

    Examples
    --------
    >>> band_colours(["low", "high"])
    {'low': '#fbe9c6', 'high': '#641a2b'}
    >>> list(band_colours(["a", "b", "c", "d", "e"]).values())[2]
    '#e8814d'
    """
    steps = max(len(names) - 1, 1)
    return {name: _mixed(place / steps) for place, name in enumerate(names)}


def ink_on(colour: str) -> str:
    """Return black or white, whichever reads better on a colour (WCAG 2.1 relative luminance).

    Parameters
    ----------
    colour : str
        A hexadecimal colour, e.g. ``"#641a2b"``.

    Examples
    --------
    >>> ink_on("#fbe9c6"), ink_on("#641a2b")
    ('#000000', '#FFFFFF')
    """
    return max("#000000", PAPER, key=lambda ink: contrast(colour, ink))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21 (WCAG 2.1).

    Parameters
    ----------
    one, other : str
        Hexadecimal colours.

    Examples
    --------
    >>> round(contrast("#000000", "#FFFFFF"), 1)
    21.0
    """
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def config() -> dict[str, Any]:
    """Return what all charts share, as Vega-Lite's configuration.

    Examples
    --------
    >>> config()["view"]["stroke"] is None
    True
    """
    axis = {
        "labelColor": QUIET,
        "titleColor": QUIET,
        "titleFontWeight": "normal",
        "titleFontSize": 11,
        "labelFontSize": 11,
        "gridColor": HAIR,
        "domainColor": QUIET,
        "tickColor": HAIR,
    }
    return {
        # the figure has one description; the coordinates of every mark would be read out as well
        "aria": False,
        "font": FONT,
        "background": PAPER,
        "view": {"stroke": None},
        "axis": axis,
        "header": {"labelColor": INK, "titleColor": QUIET, "labelFontSize": 11},
        "legend": {"labelColor": INK, "titleColor": QUIET, "labelFontSize": 11, "labelLimit": 260},
        "concat": {"spacing": 12},
    }


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (channel / 255 for channel in _channels(colour))
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _channels(colour: str) -> list[int]:
    return [int(colour[k : k + 2], 16) for k in (1, 3, 5)]


def _mixed(share: float) -> str:
    """Return the colour at a share of the way along the ladder."""
    place = share * (len(_LADDER) - 1)
    low = min(int(place), len(_LADDER) - 2)
    pairs = zip(_channels(_LADDER[low]), _channels(_LADDER[low + 1]), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * (place - low)):02x}" for a, b in pairs)
