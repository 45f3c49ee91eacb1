"""What a text says of the difference of two scores, and numbers that add up as they are shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from r2prisk.scoring.kernel import Floats


@dataclasses.dataclass(frozen=True)
class Part:
    """What several indicators add together.

    Parameters
    ----------
    adds : float
        Their contributions.
    count : int
        How many they are; 0 where it is no indicators that add it.
    """

    adds: float
    count: int = 0


@dataclasses.dataclass(frozen=True, eq=False)
class Account:
    """The difference of one score of one unit between two states.

    Parameters
    ----------
    unit, of : str
        The country and the score.
    first, last : str
        The periods, or names of stages; ``first`` is empty where no time lies between the states.
    against : str
        The reference where it is not time: ``absent``, ``world``, ``region`` or a unit.
    before, after : float
        The scores.
    items : pandas.DataFrame, shape (i, 6)
        Index indicator; columns ``label``, ``factor``, ``before`` and ``after`` (ratings, NaN where
        not rated), ``adds`` (the contribution) and ``kind``: ``rerated`` where only one state rates
        the indicator, or neither; ``back`` where its rating came back, as far as is shown, to what
        it was; ``value`` otherwise.
    safeguards : frozenset of str
        The resilience factors.
    assumed : float
        What the profile assumes of the unknown.
    steps : dict of str to float
        What each step added, where the states are stages of an assessment.
    among : int
        Over how many units a median is, where the reference is one.
    """

    unit: str
    of: str
    first: str
    last: str
    against: str
    before: float
    after: float
    items: pd.DataFrame
    safeguards: frozenset[str]
    assumed: float = 0.0
    steps: dict[str, float] = dataclasses.field(default_factory=dict)
    among: int = 0

    def rise(self, digits: int) -> float:
        """Return the difference as it is shown: between both scores as they are shown."""
        return round(self.after, digits) - round(self.before, digits)

    @property
    def known(self) -> bool:
        """Whether both scores are known."""
        return not np.isnan(self.before + self.after)

    def split(self, shown: int, *, least: float) -> tuple[pd.DataFrame, dict[str, Part]]:
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
            Rows of ``items``, the largest first, and what is not 0 of: ``others``, ``safeguards``
            (what resilience takes off, where the score is told from nothing present), ``back``,
            ``coverage`` or ``difference``, ``assumed``.
        """
        found = self.items[self.items["adds"] != 0.0]
        found = found.iloc[np.argsort(-found["adds"].abs().to_numpy(), kind="stable")]
        apart = {"back": found["kind"] == "back"}
        apart[self.lump] = found["kind"] == "rerated"
        if self.against == "absent" and self.of != "resilience":
            apart["safeguards"] = found["factor"].isin(self.safeguards)
        named = found[~np.any([*apart.values()], axis=0)]
        few = named[named["adds"].abs() >= least].head(shown)
        rest = {"others": _part(named.drop(index=few.index))}
        rest |= {name: _part(found[some]) for name, some in apart.items()}
        rest["assumed"] = Part(self.assumed)
        return few, {name: part for name, part in rest.items() if part.adds != 0.0}

    @property
    def lump(self) -> str:
        """What the phrases call indicators that only one state rates."""
        return "difference" if self.against else "coverage"

    @property
    def rerated(self) -> pd.DataFrame:
        """Rows of ``items`` that only one state rates, or neither, the largest first."""
        found = self.items[(self.items["kind"] == "rerated") & (self.items["adds"] != 0.0)]
        return found.iloc[np.argsort(-found["adds"].abs().to_numpy(), kind="stable")]

    @property
    def gone(self) -> list[str]:
        """The indicators that are not rated any more, the largest contribution first."""
        return self._one_sided("before", "after")

    @property
    def new(self) -> list[str]:
        """The indicators that were not rated before, the largest contribution first."""
        return self._one_sided("after", "before")

    def _one_sided(self, there: str, away: str) -> list[str]:
        only = self.items[there].notna() & self.items[away].isna() & (self.items["factor"] != "")
        adds = self.items["adds"][only]
        return [str(i) for i in adds.index[np.argsort(-adds.abs().to_numpy(), kind="stable")]]


def _part(rows: pd.DataFrame) -> Part:
    return Part(float(rows["adds"].sum()), len(rows))


def items(
    indicators: Sequence[str],
    labels: Sequence[str],
    factors: Sequence[str],
    ratings: tuple[Floats, Floats],
    contributions: Floats,
    *,
    over_time: bool,
) -> pd.DataFrame:
    """Return the frame of an account.

    Examples
    --------
    >>> ends = np.array([0.2, np.nan, 0.3]), np.array([0.6, 0.5, 0.3])
    >>> adds = np.array([0.2, 0.1, 0.05])
    >>> items("abc", "abc", "abc", ends, adds, over_time=True)["kind"].tolist()
    ['value', 'rerated', 'back']
    """
    before, after = ratings
    kind = np.where(over_time & (before.round(2) == after.round(2)), "back", "value")
    columns = {"label": list(labels), "factor": list(factors), "before": before, "after": after}
    columns |= {"adds": np.nan_to_num(contributions)}
    columns |= {"kind": np.where(np.isnan(before + after), "rerated", kind)}
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
