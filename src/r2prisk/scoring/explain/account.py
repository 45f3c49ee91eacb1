"""What a text says of the difference of two scores, and numbers that add up as they are shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from r2prisk.scoring.kernel import Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Account:
    """The difference of one score of one unit between two states.

    Parameters
    ----------
    of : str
        The score.
    first, last : str
        The periods, or names of stages; ``first`` is empty where no time lies between the states.
    against : str
        The reference where it is not time: ``absent``, ``world``, ``region`` or a unit.
    before, after : float
        The scores.
    items : pandas.DataFrame, shape (i, 6)
        Index indicator; columns ``label``, ``factor``, ``before`` and ``after`` (ratings, NaN where
        not rated), ``value`` and ``coverage`` (contributions).
    safeguards : frozenset of str
        The resilience factors.
    assumed : float
        What the profile assumes of the unknown.
    choices : float
        What other profiles or frameworks make of the same ratings.
    """

    of: str
    first: str
    last: str
    against: str
    before: float
    after: float
    items: pd.DataFrame
    safeguards: frozenset[str]
    assumed: float = 0.0
    choices: float = 0.0

    @property
    def named(self) -> pd.DataFrame:
        """The indicators that are rated otherwise, the largest contribution first."""
        found = self.items[self.items["value"] != 0.0]
        return found.iloc[np.argsort(-found["value"].abs().to_numpy(), kind="stable")]

    def returned(self, indicator: str) -> bool:
        """Say whether an indicator is rated at the end as at the beginning, as far as is shown."""
        before, after = (float(self.items[when][indicator]) for when in ("before", "after"))
        return not self.against and round(before, 2) == round(after, 2)

    def split(self, shown: int, *, least: float = 0.0) -> tuple[pd.DataFrame, dict[str, float]]:
        """Return the largest contributions, and all else under the names of the phrases.

        Parameters
        ----------
        shown : int
            How many indicators are named at most.
        least : float
            Smaller contributions are not named.

        Returns
        -------
        tuple
            Rows of ``named``, and sums that are not 0: ``safeguards`` (what resilience takes off,
            where the score is told from nothing present), ``others``, ``coverage`` or
            ``difference``, ``assumed``, ``choices``.
        """
        named = self.named
        safe = named["factor"].isin(self.safeguards)
        together = self.against == "absent" and self.of != "resilience"
        if together:
            named, held = named[~safe], float(named.loc[safe, "value"].sum())
        else:
            held = 0.0
        few = named[named["value"].abs() >= least].head(shown)
        rest = {
            "others": float(named["value"].sum() - few["value"].sum()),
            "safeguards": held,
            "difference" if self.against else "coverage": float(self.items["coverage"].sum()),
            "assumed": self.assumed,
            "choices": self.choices,
        }
        # what is left of all when all are named is rounding
        if len(few) == len(named):
            del rest["others"]
        return few, {name: part for name, part in rest.items() if part != 0.0}

    @property
    def gone(self) -> list[str]:
        """The indicators that are not rated any more."""
        return [str(i) for i in self.items.index[self._rated("before") & ~self._rated("after")]]

    @property
    def new(self) -> list[str]:
        """The indicators that were not rated before."""
        return [str(i) for i in self.items.index[self._rated("after") & ~self._rated("before")]]

    def _rated(self, when: str) -> pd.Series[bool]:
        return self.items[when].notna() & (self.items["factor"] != "")


def items(
    indicators: Sequence[str],
    labels: Sequence[str],
    factors: Sequence[str],
    ratings: tuple[Floats, Floats],
    values: Floats,
    coverage: Floats,
) -> pd.DataFrame:
    """Return the frame of an account.

    Examples
    --------
    >>> ends = np.array([0.2]), np.array([0.6])
    >>> items(["1.1"], ["Conflict"], ["RF1"], ends, ends[1], ends[0])["after"].tolist()
    [0.6]
    """
    columns = {"label": labels, "factor": factors, "before": ratings[0], "after": ratings[1]}
    columns |= {"value": np.nan_to_num(values), "coverage": np.nan_to_num(coverage)}
    return pd.DataFrame(columns, index=pd.Index(list(indicators), name="indicator"))


def rounded(parts: Sequence[float], total: float, *, digits: int = 2) -> list[float]:
    """Round parts so that they add up to a rounded total as they are shown.

    Each is rounded down, and what is then missing goes to those with the largest remainders, as
    seats do in proportional voting.

    Parameters
    ----------
    parts : sequence of float
        What adds up.
    total : float
        To what they shall add up, rounded already.
    digits : int
        Behind the point.

    Returns
    -------
    list of float
        In the order of the parts, each less than one unit of the last digit from its part where the
        parts add up to the total within rounding.

    Examples
    --------
    0.014 + 0.014 + 0.014 = 0.042, shown as 0.04:

    >>> rounded([0.014, 0.014, 0.014], 0.04)
    [0.02, 0.01, 0.01]
    """
    unit = 10.0**-digits
    exact = np.array(parts) / unit
    # a last bit must not send 0.02 to 0.01
    low = np.floor(np.round(exact, 6))
    missing = round(total / unit - float(low.sum()))
    order = np.argsort(-np.round(exact - low, 6), kind="stable")
    each, rest = divmod(missing, max(len(parts), 1))
    low += each
    low[order[:rest]] += 1.0
    return [round(float(x) * unit, digits) + 0.0 for x in low]
