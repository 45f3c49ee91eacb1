"""What an audit found."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.scoring.audit.show import as_html, as_text, sentences
from r2prisk.scoring.scores import Scores


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Audit:
    """Tables on the soundness of scores; made by ``audit``.

    Parameters
    ----------
    scores : Scores
        The scores that were looked over.
    tables : dict of str to pandas.DataFrame
        ``double counting``, ``indicator correlations``, ``factor correlations``, ``factors``,
        ``indicators`` and ``fairness``.
    units_dropped : tuple
        Period, units, pairs of other units whose order turned when one was dropped, pairs
        compared, and the largest change of a score.
    notes : tuple of str
        What was left out, one line each.
    provenance : dict
        As that of scores, with the seed and the call.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.audit import audit
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9]})
    >>> found = audit(score(read_panel(frame)))
    >>> found.units_dropped[2]
    0
    """

    scores: Scores
    tables: dict[str, pd.DataFrame]
    units_dropped: tuple[str, int, int, int, float]
    notes: tuple[str, ...]
    provenance: dict[str, object]

    def to_frame(self, name: str) -> pd.DataFrame:
        """Return one of the tables.

        Parameters
        ----------
        name : str
            As in ``tables``.

        Raises
        ------
        InputError
            If there is no such table (the nearest is named).
        """
        if name not in self.tables:
            allowed = f"allowed: {', '.join(self.tables)}{nearest(name, self.tables)}"
            raise InputError("audit", [f"no table '{name}'; {allowed}"])
        return self.tables[name].copy()

    def figure(self, name: str) -> pd.DataFrame:
        """Return the data of a figure, one mark a row.

        Parameters
        ----------
        name : {"weights", "correlations", "fairness"}
            Nominal and effective weight of each factor, with its interval; each pair of factors;
            each correlation with its interval.

        Returns
        -------
        pandas.DataFrame
            ``x``, ``y`` and, for correlations, ``value``; for the others ``low`` and ``high``, the
            ends of the interval of the measured one; and what each mark is.

        Raises
        ------
        InputError
            If there is no such figure (the nearest is named).
        """
        figures = ("weights", "correlations", "fairness")
        if name not in figures:
            allowed = f"allowed: {', '.join(figures)}{nearest(name, figures)}"
            raise InputError("audit", [f"no figure '{name}'; {allowed}"])
        if name == "weights":
            frame = self.tables["factors"].reset_index()
            names = {"nominal": "x", "effective": "y"}
            return frame[["factor", "score", *names, "low", "high"]].rename(columns=names)
        if name == "fairness":
            names = {"correlation": "x", "about": "y"}
            return self.tables["fairness"][["about", "of", "correlation", "low", "high"]].rename(
                columns=names
            )
        links = self.tables["factor correlations"]
        values = links.to_numpy(dtype=np.float64)
        marks = [
            (links.columns[a], links.columns[b], float(values[a, b]))
            for a, b in itertools.combinations(range(len(values)), 2)
        ]
        return pd.DataFrame(marks, columns=["x", "y", "value"])

    @property
    def findings(self) -> tuple[str, ...]:
        """What the tables say, in words, one sentence each."""
        return tuple(sentences(self))

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
