"""Where names go on a crowded picture: beside their points, over nothing else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

LETTER, LINE = 6.0, 13.0
"""Pixels of a letter, and of a line, of a name."""
DOT = 4.0
"""Half the width of a point."""
REACHES = (7.0, 13.0, 22.0, 34.0, 48.0)
"""Pixels from a point to its name: the nearest that is free."""
LED = 20.0
"""From so far on, a line leads from the point to its name."""
CROSSED = 9.0
"""Pixels that a name rather goes further than over a point."""

Floats = NDArray[np.float64]


def place_names(
    names: pd.DataFrame, points: Floats, *, size: tuple[float, float], taken: Floats
) -> pd.DataFrame:
    """Return where each name stands; names for which there is no room are not there.

    Parameters
    ----------
    names : pandas.DataFrame, shape (n, 3 or more)
        ``x`` and ``y``, the pixels of the point that each names, from the upper left, and ``text``;
        the first has the first choice.
    points : array of float, shape (p, 2)
        Pixels of all points, which names rather leave free.
    size : tuple of float
        Width and height of the picture.
    taken : array of float, shape (b, 4)
        Boxes that no name may touch: left, top, right, bottom.

    Returns
    -------
    pandas.DataFrame
        The names that have a place, with ``left`` and ``middle`` (where the text starts, and the
        middle of its height) and ``led`` (whether it needs a line from its point).

    Examples
    --------
    >>> names = pd.DataFrame({"x": [50.0, 50.0], "y": [50.0, 51.0], "text": ["Mali", "Niger"]})
    >>> placed = place_names(names, names[["x", "y"]].to_numpy(), size=(200, 100),
    ...     taken=np.empty((0, 4)))
    >>> placed["left"].tolist(), placed["middle"].tolist()
    ([57.0, 13.0], [50.0, 51.0])
    """
    boxes = [tuple(box) for box in taken]
    rows: list[dict[Any, Any]] = []
    for name in names.to_dict("records"):
        wide = LETTER * len(str(name["text"]))
        best: tuple[float, float, float, float] | None = None
        for reach in REACHES:
            for left, middle in _around(float(name["x"]), float(name["y"]), wide, reach):
                box = (left, middle - LINE / 2, left + wide, middle + LINE / 2)
                if not _free(box, boxes, size):
                    continue
                cost = reach + CROSSED * _covered(box, points)
                if best is None or cost < best[0]:
                    best = (cost, left, middle, reach)
        if best is None:
            continue
        _, left, middle, reach = best
        boxes.append((left - 2, middle - LINE / 2, left + wide + 2, middle + LINE / 2))
        rows.append({**name, "left": left, "middle": middle, "led": reach >= LED})
    return pd.DataFrame(rows, columns=[*names.columns, "left", "middle", "led"])


def _around(x: float, y: float, wide: float, reach: float) -> list[tuple[float, float]]:
    """Return where a name may start around a point: right, left, above, below, at the corners."""
    slant = reach * 0.7
    return [
        (x + reach, y),
        (x - reach - wide, y),
        (x - wide / 2, y - reach - LINE / 2),
        (x - wide / 2, y + reach + LINE / 2),
        (x + slant, y - slant - LINE / 4),
        (x + slant, y + slant + LINE / 4),
        (x - slant - wide, y - slant - LINE / 4),
        (x - slant - wide, y + slant + LINE / 4),
    ]


def _free(
    box: tuple[float, ...], boxes: list[tuple[float, ...]], size: tuple[float, float]
) -> bool:
    left, top, right, bottom = box
    if left < 2 or top < 2 or right > size[0] - 2 or bottom > size[1] - 2:
        return False
    return not any(
        left < east and west < right and top < south and north < bottom
        for west, north, east, south in boxes
    )


def _covered(box: tuple[float, ...], points: Floats) -> int:
    left, top, right, bottom = box
    x, y = points[:, 0], points[:, 1]
    across = (x > left - DOT) & (x < right + DOT)
    return int((across & (y > top - DOT) & (y < bottom + DOT)).sum())


def along(ends: Floats) -> Floats:
    """Return points along the lines between ends, near enough to one another for names to miss.

    Parameters
    ----------
    ends : array of float, shape (n, 4)
        Lines: x and y of the one end, then of the other.

    Examples
    --------
    >>> along(np.array([[0.0, 0.0, 12.0, 0.0]])).tolist()
    [[0.0, 0.0], [4.0, 0.0], [8.0, 0.0], [12.0, 0.0]]
    """
    parts = [np.empty((0, 2))]
    for x, y, x2, y2 in ends:
        count = int(np.hypot(x2 - x, y2 - y) // (DOT * 1.5)) + 1
        parts.append(
            np.column_stack([np.linspace(x, x2, count + 1), np.linspace(y, y2, count + 1)])
        )
    return np.concatenate(parts)
