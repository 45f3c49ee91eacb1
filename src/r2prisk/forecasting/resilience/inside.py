"""What the past says of each form: coefficients and p-values on all rows with a known outcome."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit
from scipy.stats import chi2

from r2prisk.forecasting.resilience.fits import (
    Fit,
    drawn_t,
    joint_wald,
    max_t,
    regress,
    t_of,
    wald,
)
from r2prisk.forecasting.resilience.forms import Form, Scale, Table, buffers

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

ENOUGH = 10
"""Onsets, and countries with one, below which nothing is fitted."""

TOGETHER = "buffering by factor, together"
BENT = "buffering by factor, together, curved"
LARGEST = "buffering by factor, the largest"
PROBABILITY = "interaction, on probabilities"


@dataclasses.dataclass(frozen=True, eq=False)
class Sample:
    """Rows with a known outcome.

    Parameters
    ----------
    table : mapping of str to array of float, shape (n,)
        Columns of the forms.
    outcome : array of float, shape (n,)
        0 or 1.
    group : array of int, shape (n,)
        Country of each row, from 0.
    groups : int
        How many countries.
    """

    table: Table
    outcome: Floats
    group: Codes
    groups: int

    def take(self, keep: NDArray[np.bool_]) -> Sample:
        """Return the marked rows; countries keep their numbers."""
        table = {name: values[keep] for name, values in self.table.items()}
        return Sample(table, self.outcome[keep], self.group[keep], self.groups)

    @property
    def every(self) -> NDArray[np.bool_]:
        """Mark all rows."""
        return np.ones(len(self.outcome), dtype=bool)

    @property
    def countries(self) -> int:
        """How many countries have a row."""
        return len(np.unique(self.group))

    def rated(self, name: str) -> bool:
        """Say whether a column is known in any row."""
        return name in self.table and not bool(np.isnan(self.table[name]).all())

    def too_few(self) -> str:
        """Say what is lacking for a fit; nothing if enough is there."""
        onsets = int(self.outcome.sum())
        held = len(np.unique(self.group[self.outcome == 1]))
        if onsets < ENOUGH or held < ENOUGH:
            told = f"{onsets} rows with an onset ahead, of {held} countries"
            return f"{told}; {ENOUGH} of both are needed"
        return ""


def fitted(form: Form, sample: Sample) -> tuple[dict[str, Any], Floats | None]:
    """Fit a form to the rows that it is about.

    Parameters
    ----------
    form : Form
        What is tested.
    sample : Sample
        All rows; those the form is not about are left out here.

    Returns
    -------
    row : dict
        ``rows``, ``onsets``, ``fit``, ``coefficient`` (of one deviation; NaN of several terms),
        ``low``, ``high``, ``sign``, ``p`` (countries drawn) and ``p_lr`` (likelihood ratio, rows
        taken as independent).
    influence : array of float, shape (g,), optional
        Of each country on the coefficient, where there is one.
    """
    own = sample.take(form.keep(sample.table))
    names = (*form.base, *form.main, *form.terms)
    x = Scale.of(own.table, names, own.every).design(own.table, names, own.every)
    k = len(form.terms)
    full, less = _regress(form, own, x), _regress(form, own, x[:, :-k])
    beta, covariance = full.beta[-k:], full.covariance[-k:, -k:]
    row: dict[str, Any] = _counts(own)
    row["fit"] = "ridge" if full.ridge else "maximum likelihood"
    if not full.ridge:
        row["p_lr"] = float(chi2.sf(max(2.0 * (full.likelihood - less.likelihood), 0.0), k))
    good = int((beta * form.protects > 0).sum())
    if k > 1:
        row["sign"] = f"{good} of {k} protective"
        row["p"] = joint_wald(beta, covariance, own.countries)
        return row, None
    row["coefficient"] = float(beta[0])
    deviation = float(np.sqrt(covariance[0, 0]))
    row["low"], row["high"], row["p"] = wald(row["coefficient"], deviation, own.countries)
    row["sign"] = told(bool(good))
    return row, full.influence[:, -1]


def told(good: bool) -> str:
    """Return the direction of a coefficient in words.

    Examples
    --------
    >>> told(False)
    'the reverse'
    """
    return "protective" if good else "the reverse"


def _counts(own: Sample) -> dict[str, Any]:
    return {"rows": len(own.outcome), "onsets": int(own.outcome.sum())}


def _regress(form: Form, own: Sample, x: Floats) -> Fit:
    return regress(x, own.outcome, own.group, own.groups, link=form.link)


def on_probabilities(form: Form, sample: Sample) -> tuple[dict[str, Any], Floats]:
    """Return how far resilience changes what risk does to the probability, on average.

    ``mean_i d2 p_i / (d risk d resilience)`` of the fitted interaction, both in deviations: where
    risk and resilience each move the log-odds it is not 0 even if their product does nothing, as
    the same step of log-odds is a longer step of probability where risk is high.

    Returns
    -------
    row : dict
        As of :func:`fitted`; the coefficient is a probability.
    influence : array of float, shape (g,)
        Of each country on it, by the delta method.

    Notes
    -----
    Source: Ai & Norton (2003), doi:10.1016/S0165-1765(03)00032-6.
    """
    own = sample.take(form.keep(sample.table))
    names = (*form.base, *form.main, *form.terms)
    x = Scale.of(own.table, names, own.every).design(own.table, names, own.every)
    found = _regress(form, own, x)
    moves = np.eye(4) * 1e-5
    gradient = np.array(
        [(_cross(x, found.beta + e) - _cross(x, found.beta - e)) / 2e-5 for e in moves]
    )
    influence = found.influence @ gradient
    value = _cross(x, found.beta)
    low, high, p = wald(value, float(np.sqrt(influence @ influence)), own.countries)
    how = "ridge" if found.ridge else "maximum likelihood"
    row = {"fit": how, "coefficient": value, "low": low, "high": high, "p": p}
    return {**_counts(own), **row, "sign": told(value < 0)}, influence


def _cross(x: Floats, beta: Floats) -> float:
    p = expit(x @ beta)
    first = p * (1.0 - p)
    second = first * (1.0 - 2.0 * p)
    by_risk, by_resilience = beta[1] + beta[3] * x[:, 2], beta[2] + beta[3] * x[:, 1]
    return float((first * beta[3] + second * by_risk * by_resilience).mean())


def pairwise(
    pairs: Sequence[tuple[str, str]], sample: Sample, signs: Floats
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Test buffering of each risk factor by each resilience factor linked to it.

    All at once: ``Q = sum t_k^2`` against its values when the influence of each country takes a
    random sign. The largest: the same for ``max |t_k|``.

    Parameters
    ----------
    pairs : sequence of (str, str)
        Resilience factor and risk factor.
    sample : Sample
        All rows.
    signs : array of float, shape (d, g)
        -1 or 1.

    Returns
    -------
    table : pandas.DataFrame
        Index ``risk factor``, ``resilience factor``; as the rows of :func:`fitted`, and ``p_max``.
    rows : dict of str to dict
        The rows of the test of all at once, of the same where each risk factor may bend, and of
        the largest.
    """
    names = pd.MultiIndex.from_tuples(
        [(k, s) for s, k in pairs], names=["risk factor", "resilience factor"]
    )
    bent = _at_once([fitted(form, sample) for form in buffers(pairs, curved=True)], signs)[2]
    table, t, whole = _at_once([fitted(form, sample) for form in buffers(pairs)], signs)
    top = int(np.abs(t).argmax())
    largest: dict[str, Any] = {**{str(n): v for n, v in table.iloc[top].items()}, "p_lr": np.nan}
    largest["p"] = largest.pop("p_max")
    s, k = pairs[top]
    largest["fit"] = f"{k} x {s}, of {len(table)}"
    return table.set_index(names), {TOGETHER: whole, BENT: bent, LARGEST: largest}


def _at_once(
    parts: list[tuple[dict[str, Any], Floats | None]], signs: Floats
) -> tuple[pd.DataFrame, Floats, dict[str, Any]]:
    """Return the fits as a table, their t-values, and the row of all at once."""
    table = pd.DataFrame([row for row, _ in parts])
    influence = np.column_stack([moved for _, moved in parts if moved is not None])
    t = t_of(table["coefficient"].to_numpy(dtype=np.float64), influence)
    table["p_max"] = max_t(influence, t, signs)
    drawn = (drawn_t(influence, signs) ** 2).sum(axis=1)
    good = int((table["sign"] == "protective").sum())
    whole = {
        "p": float((1 + (drawn >= (t**2).sum()).sum()) / (1 + len(drawn))),
        "sign": f"{good} of {len(table)} protective",
        "fit": f"{len(table)} fits, signs of countries drawn",
    }
    return table, t, whole
