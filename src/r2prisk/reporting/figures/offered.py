"""Which figures a result offers as ``result.plot``."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial, update_wrapper

from r2prisk.errors import nearest
from r2prisk.reporting import figures
from r2prisk.reporting.figures.figure import Figure

OFFERED = {
    "Panel": ("coverage",),
    "Scores": ("profile", "tile_map"),
    "Change": ("waterfall",),
    "Uncertainty": ("ranks",),
    "Sensitivity": ("sensitivity",),
    "Trajectories": ("trajectory", "plane", "multiples"),
    "EvidenceTable": ("agreement",),
    "Contrast": ("contrast",),
    "Verification": ("reliability", "precision_recall", "murphy", "lead_time"),
}
"""The figures of a class, each a function of this package that takes the result first."""


class Offered:
    """The figures of one result, with the result filled in.

    Parameters
    ----------
    result : object
        A Panel, Scores, Change, Uncertainty, Sensitivity, Trajectories, EvidenceTable, Contrast or
        Verification.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> read_panel(pd.DataFrame({"unit": "GHA", "year": [2013], "7.1": [0.5]})).plot
    Figures of a Panel: plot.coverage(unit, *, language='en')
    """

    def __init__(self, result: object) -> None:
        self._result = result
        self._names = OFFERED[type(result).__name__]

    def __getattr__(self, name: str) -> Callable[..., Figure]:
        if name not in self._names:
            what = type(self._result).__name__
            allowed = ", ".join(self._names)
            hint = nearest(name, self._names)
            raise AttributeError(f"a {what} has no figure '{name}'; it has {allowed}{hint}")
        draw = getattr(figures, name)
        return update_wrapper(partial(draw, self._result), draw)

    def __dir__(self) -> list[str]:
        return list(self._names)

    def __repr__(self) -> str:
        lines = [f"plot.{name}{_asked(getattr(figures, name))}" for name in self._names]
        return f"Figures of a {type(self._result).__name__}: " + ", ".join(lines)


def _asked(draw: Callable[..., Figure]) -> str:
    """Return what a figure asks for, without the result itself and without annotations."""
    signature = inspect.signature(draw)
    rest = list(signature.parameters.values())[1:]
    bare = [one.replace(annotation=inspect.Parameter.empty) for one in rest]
    return str(signature.replace(parameters=bare, return_annotation=inspect.Signature.empty))
