"""Two samples of all assumptions, and every run that takes one group from the second."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from r2prisk.scoring.kernel import Floats, Rule
from r2prisk.scoring.kernel.pieces import Drawn
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.uncertainty.priors import GROUPS as DRAWN
from r2prisk.scoring.uncertainty.priors import Priors
from r2prisk.scoring.uncertainty.sample import SMALLEST, sample

AGEING = "ageing"
MISSING = "missing"
GROUPS = (*DRAWN, MISSING, AGEING)
"""The groups of assumptions whose part can be told: those of ``uncertainty``, and two more."""

RULES: tuple[Rule, ...] = get_args(Rule)

FIELDS = {
    "indicator_weights": ("risk", "resilience", "risk_spare", "resilience_spare"),
    "factor_weights": ("factors", "strengths"),
    "exponents": ("within", "across"),
    "kappa": ("kappa",),
    "form": ("forms",),
}
"""Which of the drawn choices belong to which group."""


@dataclasses.dataclass(frozen=True)
class Design:
    """Every run of every draw: first all of sample A, then all of B, then A with one group of B.

    Parameters
    ----------
    groups : tuple of str, length g
        The groups that vary.
    draws : int
        Draws d of one run.
    drawn : Drawn
        Choices of all (g + 2) d draws.
    rules : array of int, shape ((g + 2) d,)
        The missing rule of each, as a place in ``RULES``.
    panels : array of int, shape ((g + 2) d,)
        The panel of each.
    evidence, unknown : array of int, shape ((g + 2) d,)
        Which of 2 d draws of the cells each takes.
    """

    groups: tuple[str, ...]
    draws: int
    drawn: Drawn
    rules: NDArray[np.intp]
    panels: NDArray[np.intp]
    evidence: NDArray[np.intp]
    unknown: NDArray[np.intp]


def design(
    scores: Scores,
    priors: Priors,
    groups: Sequence[str],
    *,
    draws: int,
    panels: int,
    rng: np.random.Generator,
) -> Design:
    """Draw two samples of all groups and combine them.

    Parameters
    ----------
    scores : Scores
        The published scores: their profile and sums.
    priors : Priors
        How far choices vary.
    groups : sequence of str
        Those that vary; the others are as in the profile.
    draws : int
        Draws d of one run, 16 or more.
    panels : int
        How many panels there are to choose from.
    rng : numpy.random.Generator
        Of all samples.

    Returns
    -------
    Design
        With (g + 2) d draws.

    Notes
    -----
    Both samples are the first d points of a scrambled Sobol' sequence, which are balanced if d is a
    power of two. It is one sequence, so that the two would go together point by point; the second
    is shuffled, which makes them independent.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.uncertainty import load_priors
    >>> scores = score(read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]})))
    >>> made = design(scores, load_priors(), ["exponents", "form"], draws=16, panels=1,
    ...     rng=np.random.default_rng(0))
    >>> runs = made.drawn.within.reshape(4, 16)
    >>> bool((runs[2] == runs[1]).all()), bool((runs[3] == runs[0]).all())
    (True, True)
    """
    known = tuple(name for name in GROUPS if name in groups)
    one, other = (
        sample(scores, priors, draws=draws, vary=known, rng=stream, keep_profile=False)
        for stream in rng.spawn(2)
    )
    shuffled = rng.permutation(draws)
    places = {name: _places(known, name, draws) for name in GROUPS}
    fields: dict[str, Any] = {}
    for group, names in FIELDS.items():
        for name in names:
            both = (getattr(one, name), getattr(other, name))
            fields[name] = _pick(*both, shuffled, places[group])
    own = RULES.index(scores.sums.rule)
    place = _even(2 * draws, rng)  # drawn in any case, so that other groups draw the same
    rules = _rules(place, own, priors.missing.own if MISSING in known else 1.0)
    chosen = np.floor(_even(2 * draws, rng) * (panels if AGEING in known else 1)).astype(np.intp)
    return Design(
        groups=known,
        draws=draws,
        drawn=Drawn(**fields),
        rules=rules[places[MISSING]],
        panels=chosen[places[AGEING]],
        evidence=places["evidence"],
        unknown=places["unknown"],
    )


def _places(groups: Sequence[str], of: str, draws: int) -> NDArray[np.intp]:
    """Return which of 2 d draws a group takes in each run: those of A, or those of B."""
    first = np.arange(draws)
    runs = [first, first + draws, *(first + draws * (name == of) for name in groups)]
    return np.concatenate(runs).astype(np.intp)


def _pick(
    one: Any, other: Any, shuffled: NDArray[np.intp], places: NDArray[np.intp]
) -> NDArray[Any] | tuple[Floats, ...]:
    """Put two samples of one choice side by side and take what the runs take."""
    if isinstance(one, tuple):
        pairs = zip(one, other, strict=True)
        return tuple(np.concatenate([a, b[..., shuffled]], axis=-1)[..., places] for a, b in pairs)
    return np.concatenate([one, other[..., shuffled]], axis=-1)[..., places]


def _even(count: int, rng: np.random.Generator) -> Floats:
    """Return numbers from 0 to 1 in random order, one in each of as many equal parts; per half."""
    half = count // 2
    return np.concatenate([(rng.permutation(half) + rng.random(half)) / half for _ in range(2)])


def _rules(u: Floats, own: int, probability: float) -> NDArray[np.intp]:
    """Return the missing rule of each draw: the own below its probability, else the others."""
    others = [rule for rule in range(len(RULES)) if rule != own]
    above = (u - probability) / max(1.0 - probability, SMALLEST)
    place = np.floor(above * len(others)).astype(np.intp)
    return np.where(u < probability, own, np.array(others)[place.clip(0, len(others) - 1)])


class Replay(np.random.Generator):
    """Numbers of one row, drawn once for 2 d draws and handed out piece by piece.

    Runs that share a group's draw must share its random numbers, wherever the draw stands.

    Parameters
    ----------
    seeds : list of int
        Of the row; equal seeds give equal numbers.
    draws : int
        How many draws there are to choose from, 2 d.

    Examples
    --------
    >>> stream = Replay([1], 4)
    >>> stream.rewind([np.array([0, 3]), np.array([3, 0])], [])
    >>> first, second = (stream.beta(np.ones((1, 1)), 2.0, (1, 2)) for _ in range(2))
    >>> bool((first == second[:, ::-1]).all())
    True
    """

    def __init__(self, seeds: list[int], draws: int) -> None:
        streams = np.random.SeedSequence(seeds).spawn(2)
        super().__init__(np.random.SFC64(streams[0]))
        self._levels = np.random.Generator(np.random.SFC64(streams[1]))
        self._draws = draws
        self._next: tuple[Iterator[NDArray[np.intp]], ...] = (iter(()), iter(()))
        self._ratings: NDArray[np.float32] | None = None
        self._uniform: NDArray[np.float32] | None = None

    def rewind(
        self, evidence: Sequence[NDArray[np.intp]], unknown: Sequence[NDArray[np.intp]]
    ) -> None:
        """Start again, with other pieces of the same numbers.

        Parameters
        ----------
        evidence, unknown : sequence of int arrays
            For each piece, the draws that it takes of ratings and of unknown levels.

        Examples
        --------
        >>> stream = Replay([1], 4)
        >>> out = np.empty((1, 2), dtype=np.float32)
        >>> stream.rewind([], [np.array([0, 3])])
        >>> first = stream.random(out=out).copy()
        >>> stream.rewind([], [np.array([3, 0])])
        >>> bool((stream.random(out=out) == first[:, ::-1]).all())
        True
        """
        self._next = (iter(evidence), iter(unknown))

    def beta(self, a: Any, b: Any, size: Any = None) -> Any:
        """Return the ratings of the next piece, shape (c, g)."""
        if self._ratings is None:
            drawn = super().beta(a, b, (size[0], self._draws))
            self._ratings = drawn.astype(np.float32)
        return self._ratings[:, next(self._next[0])]

    def random(self, *_: Any, out: Any, **__: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Fill in where the levels of the next piece stand, shape (k + r + 1, g)."""
        if self._uniform is None:
            self._uniform = self._levels.random((out.shape[0], self._draws), dtype=np.float32)
        out[...] = self._uniform[:, next(self._next[1])]
        return out


def part_of(drawn: Drawn, some: NDArray[np.intp]) -> Drawn:
    """Return some of the draws.

    Examples
    --------
    >>> one = np.ones((1, 3))
    >>> drawn = Drawn(np.arange(3.0), one[0], (), (), one, one, one, one, one[None],
    ...     np.array(["gate", "gate", "ratio"]))
    >>> part_of(drawn, np.array([2, 0])).within.tolist()
    [2.0, 0.0]
    """
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(Drawn):
        value = getattr(drawn, field.name)
        parts = isinstance(value, tuple)
        fields[field.name] = tuple(w[..., some] for w in value) if parts else value[..., some]
    return Drawn(**fields)
