"""``result.plot``: the way from a result to its figures, which live further down the house."""

from __future__ import annotations

import importlib
from typing import Any


class Plots:
    """An attribute of a result that offers its figures, e.g. ``scores.plot.profile("GHA")``.

    Results are made in rooms that know nothing of pictures. The figures are looked up in
    :mod:`r2prisk.reporting.figures` when they are first asked for, so that the arrow of imports
    does not turn round and no drawing library is loaded for a score.

    Examples
    --------
    >>> from r2prisk import Scores
    >>> isinstance(Scores.plot, Plots)
    True
    """

    def __get__(self, result: object, owner: type) -> Any:
        if result is None:
            return self
        return importlib.import_module("r2prisk.reporting.figures.offered").Offered(result)
