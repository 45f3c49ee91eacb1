"""The score as an offset, with small corrections that shrink to it."""

# ruff: noqa: N803 - X is the name that scikit-learn has for features
from __future__ import annotations

import os
from typing import Any, Self

import numpy as np
import pandas as pd

from r2prisk.errors import InputError
from r2prisk.forecasting.models.calibrator import Line, OnsetModel
from r2prisk.forecasting.models.explain import labelled
from r2prisk.forecasting.models.features import onset_features
from r2prisk.forecasting.models.rows import Bools, Floats, Rows, Scale, levels, ridge_logit
from r2prisk.forecasting.onsets import Onsets
from r2prisk.panel import Panel
from r2prisk.scoring import Profile

ONGOING = "episode ongoing"


class Part:
    """One fitted forecast: a line on the score, corrections, and the level of recent years."""

    def __init__(
        self, x: Floats, score: Floats, rows: Rows, *, strength: float, line: Line
    ) -> None:
        self.line, self.scale = line, Scale(x, rows)
        offset = line.at(score, rows)
        z = self.scale.z(x)[rows.place]
        free, count = len(rows.horizons), z.shape[1]
        penalty = np.append(np.full(free, 1e-3), np.full(count, 1.0 / strength))
        least = np.append(np.full(free, -np.inf), np.zeros(count))
        both = np.column_stack([rows.one_each, z])
        found = ridge_logit(both, rows.outcome, offset, penalty, least)
        self.coef = found[free:]
        self.start = line.start + found[:free] + levels(offset + both @ found, rows)


class OnsetForecaster(OnsetModel):
    """The score as an offset, with small, sign-constrained, strongly shrunk corrections.

    ``logit p = a_h + b s + sum_j c_j z_j``, with ``c_j >= 0`` and a penalty ``c_j^2 / (2 C)`` on
    the columns z in deviations from their mean: with few events the forecast falls back on the
    calibrated score. More of a risk indicator never lowers it. Both horizons are learned together,
    each row of the panel once for each; each has its own intercept, from the last ``window`` years
    with a known outcome.

    Parameters
    ----------
    C : float
        Inverse penalty, above 0; fixed beforehand at 0.001.
    column : str
        Column of the features that holds the score; of an array without names, or of a frame that
        is not by period and has no such column, the first.
    horizon : int
        Periods ahead, 1 or 2.
    window : int
        Years that set the intercept, 1 or more.
    since : int
        First year of the rows to learn from.
    apart : bool
        Learn corrections and intercepts of rows with an ongoing episode, and of first outbreaks
        (all other rows, also where nobody knows), apart from each other; the slope of the score
        stays common. Needs the column ``episode ongoing``. Where either kind is not among the rows
        of both horizons they are learned as one.
    profile : Profile, str or path, optional
        The choices behind the scores of ``features``; ``default`` if not given.

    Attributes
    ----------
    parts_ : dict
        What was learned: of ``all``, or of ``first`` and ``ongoing``.
    coef_ : array of float, shape (p,)
        c, in log-odds for one standard deviation; of first outbreaks where ``apart``.
    slope_, intercept_ : float
        b for one standard deviation of the score; a of the horizon.

    Examples
    --------
    >>> years = pd.period_range("2001", "2004", freq="Y")
    >>> index = pd.MultiIndex.from_product([["NOR", "SDN"], years], names=["unit", "period"])
    >>> X = pd.DataFrame({"risk": [0.1] * 4 + [0.8] * 4, "1.1": [0.0] * 7 + [1.0]}, index=index)
    >>> y = pd.Series([0.0] * 4 + [0.0, 1.0, 0.0, 1.0], index=index)
    >>> model = OnsetForecaster().fit(X, y)
    >>> model.predict_proba(X)[[0, 4], 1].round(2).tolist()
    [0.07, 0.55]
    >>> model.coefficients()["all"].round(3).tolist()
    [-1.175, 1.388, 0.0, 0.002]
    """

    def __init__(
        self,
        *,
        C: float = 0.001,
        column: str = "risk",
        horizon: int = 1,
        window: int = 15,
        since: int = 1970,
        apart: bool = False,
        profile: Profile | str | os.PathLike[str] | None = None,
    ) -> None:
        self.C = C
        self.column = column
        self.horizon = horizon
        self.window = window
        self.since = since
        self.apart = apart
        self.profile = profile

    def features(self, panel: Panel, onsets: Onsets | None = None) -> pd.DataFrame:
        """Return what the forecast may know of each row (:func:`onset_features`)."""
        return onset_features(panel, onsets, since=self.since, profile=self.profile)

    def fit(self, X: Any, y: Any, outcomes: pd.DataFrame | None = None) -> Self:
        """Learn the line on the score, the corrections and the intercepts.

        Parameters and errors are those of :meth:`ScoreCalibrator.fit`; besides, ``apart`` needs
        its column.
        """
        x, score, rows = self._open(X, y, outcomes)
        if self.apart and ONGOING not in self._names():
            found = f"the features have no column '{ONGOING}'; apart=True needs it"
            raise InputError(type(self).__name__, [found])
        line = Line(score, rows)
        self.parts_ = {
            name: Part(x, score, some, strength=self.C, line=line)
            for name, some in self._groups(x, rows).items()
        }
        self.ahead_ = rows.horizons.index(self.horizon)
        first = next(iter(self.parts_.values()))
        self.coef_, self.slope_ = first.coef, line.slope
        self.intercept_ = float(first.start[self.ahead_])
        return self

    def coefficients(self, *, framework: str | os.PathLike[str] = "un-foa-2014") -> pd.DataFrame:
        """Return what was learned, in the words of the framework.

        Parameters
        ----------
        framework : str or path
            The framework whose words are used, or the file of a user's own.

        Returns
        -------
        pandas.DataFrame
            Index ``id`` and ``label``: the base rate, the score, then the corrections. A column for
            each part (``all``, or ``first`` and ``ongoing``), in log-odds for one standard
            deviation of the column among the rows learned from.

        Raises
        ------
        InputError
            If there is no such framework.
        """
        learned = {
            name: [part.start[self.ahead_], part.line.slope, *part.coef]
            for name, part in self.parts_.items()
        }
        return pd.DataFrame(learned, index=labelled(self._titles(), framework=framework))

    def _titles(self) -> list[str]:
        names = self._names()
        return ["base rate", f"score: {names[self._place()]}", *names]

    def _terms(self, x: Floats) -> tuple[list[str], Floats]:
        score, where = x[:, self._place()], self._ongoing(x)
        result = np.empty((len(x), x.shape[1] + 2))
        for name, part in self.parts_.items():
            base = np.full(len(x), part.start[self.ahead_])
            corrections = part.scale.z(x) * part.coef
            terms = np.column_stack([base, part.line.slope * part.line.z(score), corrections])
            mine = np.ones_like(where) if name == "all" else where == (name == "ongoing")
            result[mine] = terms[mine]
        return self._titles(), result

    def _ongoing(self, x: Floats) -> Bools:
        if not self.apart:
            return np.zeros(len(x), dtype=bool)
        return x[:, self._names().index(ONGOING)] > 0.5

    def _groups(self, x: Floats, rows: Rows) -> dict[str, Rows]:
        """Return the rows of first outbreaks and of ongoing episodes, or all in one."""
        if not self.apart:
            return {"all": rows}
        under_way = self._ongoing(x)[rows.place]
        two = {"first": rows.take(~under_way), "ongoing": rows.take(under_way)}
        whole = all(len(set(part.ahead)) == len(rows.horizons) for part in two.values())
        return two if whole else {"all": rows}
