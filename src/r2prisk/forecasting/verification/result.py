"""Verify forecasts: every figure, the lists, the names."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_curve

from r2prisk.errors import InputError, nearest
from r2prisk.forecasting.backtest import Backtest
from r2prisk.forecasting.frozen import Frozen
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.verification.calibration import murphy, reliability
from r2prisk.forecasting.verification.figures import figures
from r2prisk.forecasting.verification.lists import SIZES, alarm_table, membership, onset_table
from r2prisk.forecasting.verification.show import as_html, as_text
from r2prisk.forecasting.verification.table import (
    Table,
    generator_of,
    lay_out,
    resamples,
    stamped,
)
from r2prisk.panel.periods import period_of
from r2prisk.plots import Plots

VIEWS = ("all", "first outbreaks", "ongoing")
"""All rows; those with no episode under way at the origin (prevention); those with one."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Verification:
    """How forecasts did against what came; made by ``verify``.

    Parameters
    ----------
    table : Table
        The rows whose outcome is known.
    figures : pandas.DataFrame
        Index ``view`` (``all``, ``first outbreaks``, ``ongoing``) and ``figure``; columns
        ``value``, ``se``, ``low``, ``high`` (95 %, countries drawn).
    rows : pandas.DataFrame
        Index ``view``; columns ``rows`` and ``onsets``.
    reliability : pandas.DataFrame
        What was said and what came, by tenths of the rows.
    onsets : pandas.DataFrame
        One row an onset: its chance, rank, lists and lead. Of a horizon above 1 one onset stands
        at each target whose periods hold it.
    provenance : dict
        Library version, seed, number of resamples, and what the forecasts say of themselves.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "target": 2003, "outcome": [1, 0, 0],
    ...                       "probability": [0.2, 0.1, 0.1]})
    >>> verify(frame).onsets[["unit", "rank", "top_10"]].to_numpy().tolist()
    [['SDN', 1.0, 1.0]]
    """

    table: Table
    figures: pd.DataFrame
    rows: pd.DataFrame
    reliability: pd.DataFrame
    onsets: pd.DataFrame
    provenance: dict[str, Any]

    plot = Plots()

    @property
    def forecasts(self) -> pd.DataFrame:
        """The rows that were verified."""
        return self.table.frame

    @property
    def aside(self) -> dict[str, int]:
        """How many rows or onsets are left out of what, by reason."""
        return self.table.aside

    def value(self, figure: str, view: str = "all") -> float:
        """Return one figure.

        Raises
        ------
        InputError
            If there is no such figure or view (the nearest is named).
        """
        if (view, figure) not in self.figures.index:
            names = self.figures.index.get_level_values("figure").unique()
            views = self.figures.index.get_level_values("view").unique()
            problems = [f"no view '{view}'{nearest(view, views)}"] if view not in views else []
            problems += [] if figure in names else [f"no figure '{figure}'{nearest(figure, names)}"]
            raise InputError("verification", problems or [f"no {figure} of {view}"])
        return float(self.figures.loc[(view, figure), "value"])  # pyright: ignore[reportArgumentType]

    def hits(self, size: int = SIZES[-1]) -> pd.DataFrame:
        """Return the onsets whose unit was on its period's list for sure.

        Raises
        ------
        InputError
            If the size is not 10, 20 or 30.
        """
        return self.onsets[self.onsets[_list(size)] == 1].reset_index(drop=True)

    def misses(self, size: int = SIZES[-1]) -> pd.DataFrame:
        """Return the onsets whose unit was not on the list, or only if a tie fell its way.

        Raises
        ------
        InputError
            If the size is not 10, 20 or 30.
        """
        return self.onsets[self.onsets[_list(size)] < 1].reset_index(drop=True)

    def false_alarms(self, size: int = SIZES[-1]) -> pd.DataFrame:
        """Return the runs of places on the list that no onset followed, longest first.

        Returns
        -------
        pandas.DataFrame
            ``unit``, ``first``, ``last``, ``periods``, ``probability`` (mean) and ``under_way``
            (in how many an episode was under way already).

        Raises
        ------
        InputError
            If the size is not 10, 20 or 30.
        """
        _list(size)
        return alarm_table(self.table.frame, self.table.period, size)

    @cached_property
    def by_target(self) -> pd.DataFrame:
        """For each target: ``rows``, ``onsets``, ``expected`` (sum of chances), ``top_30``."""
        frame = self.table.frame
        member = membership(self.table.chance, self.table.period, SIZES[-1])
        groups = frame.assign(top=member * frame["outcome"]).groupby("target")
        return pd.DataFrame(
            {
                "rows": groups.size(),
                "onsets": groups["outcome"].sum().astype(int),
                "expected": groups["probability"].sum(),
                f"top_{SIZES[-1]}": groups["top"].sum(),
            }
        )

    def precision_recall(self) -> pd.DataFrame:
        """Return the data of the precision-recall figure.

        Returns
        -------
        pandas.DataFrame
            ``threshold``, ``recall`` and ``precision`` of the rows at or above it, rising. Without
            an onset recall is unknown (NaN).
        """
        if not self.table.outcome.any():
            threshold = np.unique(self.table.chance)
            return pd.DataFrame({"threshold": threshold, "recall": np.nan, "precision": 0.0})
        precision, recall, threshold = precision_recall_curve(self.table.outcome, self.table.chance)
        return pd.DataFrame(
            {"threshold": threshold, "recall": recall[:-1], "precision": precision[:-1]}
        )

    def murphy(self) -> pd.DataFrame:
        """Return the data of the Murphy diagram: the score of every reader at once.

        A reader who acts where the chance is above theta loses theta for each alarm without an
        onset and 1 - theta for each onset without an alarm. A forecast whose curve is nowhere
        above another's is better for everybody. Twice the area under it is the Brier score.

        Returns
        -------
        pandas.DataFrame
            ``theta`` (0, 1 and every chance that was said), ``loss`` (mean over the rows, from
            this theta to the next) and ``reference``: the same of the reference, where each row
            has one, else NaN.

        Notes
        -----
        Source: Ehm, Gneiting, Jordan & Kruger (2016), doi:10.1111/rssb.12154.
        """
        table = self.table
        there = np.isfinite(table.climatology).all()
        said = [table.chance, table.climatology] if there else [table.chance]
        theta = np.unique(np.concatenate([[0.0, 1.0], *said]))
        loss = [murphy(chance, table.outcome, theta) for chance in said]
        return pd.DataFrame(
            {"theta": theta, "loss": loss[0], "reference": loss[1] if there else np.nan}
        )

    def list_of(self, target: object, size: int = SIZES[-1]) -> pd.DataFrame:
        """Return the list of one target, highest first, with what came.

        Raises
        ------
        InputError
            If the target cannot be read or has no rows, or the size is not 10, 20 or 30.
        """
        name, when = _list(size), str(period_of(target, "target"))
        frame = self.table.frame
        frame = frame.assign(**{name: membership(self.table.chance, self.table.period, size)})
        mine = frame[(frame["target"].astype(str) == when) & (frame[name] > 0)]
        if not len(mine):
            first, last = frame["target"].min(), frame["target"].max()
            raise InputError("verification", [f"no target {when}; there are {first} to {last}"])
        kept = ["unit", "probability", name, "ongoing", "outcome"]
        return mine.sort_values(["probability", "unit"], ascending=[False, True])[kept]

    def __repr__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)


def _list(size: int) -> str:
    if size not in SIZES:
        allowed = ", ".join(map(str, SIZES))
        raise InputError("verification", [f"no list of {size}; there are lists of {allowed}"])
    return f"top_{size}"


def verify(
    forecasts: Backtest | Frozen | pd.DataFrame,
    *,
    onsets: Onsets | None = None,
    reference: Onsets | pd.DataFrame | None = None,
    rng: int | np.random.Generator = 0,
) -> Verification:
    """Hold forecasts against what came, every figure with its interval.

    Parameters
    ----------
    forecasts : Backtest, Frozen or pandas.DataFrame
        Of one model. A frame has columns ``unit``, ``target`` (year, quarter or month),
        ``probability`` (0 to 1), ``outcome`` (1, 0 or empty) and, optionally, ``ongoing``,
        ``climatology`` and ``record`` (text that the table of onsets repeats).
    onsets : Onsets, optional
        Fills in the outcomes: of a frozen forecast, of a back-test whose end was not known, or of
        a frame, which then is of one period ahead.
    reference : Onsets or pandas.DataFrame, optional
        What skill is measured against: another forecast (``unit``, ``target``, ``probability``),
        or a table of onset rows whose share of onsets before each target is taken. By default
        prequential climatology: the forecasts' column ``climatology`` (a back-test has it), else
        ``(onsets + 1/2) / (rows + 1)`` over the forecasts' own earlier targets, from the first
        onset on.
    rng : int or numpy.random.Generator
        Of the 1,000 resamples of countries.

    Returns
    -------
    Verification
        Figures, reliability, lists and names.

    Raises
    ------
    InputError
        With all that is wrong: columns missing, chances outside 0 to 1, a row twice, several
        models at once, no row whose outcome is known, or nothing but onsets among them.

    Notes
    -----
    A year without an onset is no fault: what can be told then are the scores, what was expected
    and the lists; every figure that needs onsets is unknown (NaN). Every formula stands in
    docs/verification.md.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA", "KEN"], "target": 2003, "outcome": [1, 0, 0],
    ...                       "probability": [0.2, 0.1, 0.2]})
    >>> verify(frame).value("auc")
    0.75
    """
    generator = generator_of(rng, "verify")
    table = lay_out(forecasts, onsets=onsets, reference=reference)
    parts: dict[str, pd.DataFrame] = {}
    counts: list[dict[str, Any]] = []
    for view in VIEWS:
        rows = _rows_of(table, view)
        onset_count = int(rows.outcome.sum())
        if len(rows.frame) and (view == "all" or len(rows.frame) < len(table.frame)):
            counts.append({"view": view, "rows": len(rows.frame), "onsets": onset_count})
            if view == "all" or 0 < onset_count < len(rows.frame):
                units = int(rows.unit.max()) + 1
                parts[view] = figures(rows, resamples(units, generator), generator)
    found = pd.concat(parts, names=["view", None]).reset_index("view")
    return Verification(
        table=table,
        figures=found.set_index(["view", "figure"]),
        rows=pd.DataFrame(counts).set_index("view"),
        reliability=reliability(table.chance, table.outcome),
        onsets=onset_table(table.frame, table.period),
        provenance={**stamped(rng), "forecasts": table.provenance},
    )


def _rows_of(table: Table, view: str) -> Table:
    if view == "all":
        return table
    ongoing = table.frame["ongoing"]
    wanted = ongoing if view == "ongoing" else ~ongoing
    return table.take(wanted.fillna(False).to_numpy(dtype=np.bool_))
