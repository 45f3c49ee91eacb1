"""What to find out first: the unknown indicators that would most help to name the right band."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError
from r2prisk.panel import CellState
from r2prisk.panel.cells import rating_words
from r2prisk.scoring.changes.row import Row, row_of
from r2prisk.scoring.changes.show import collection_html, collection_text
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.uncertainty.cells import cells_of
from r2prisk.scoring.uncertainty.gate import seed_of, whole
from r2prisk.scoring.uncertainty.priors import Priors, load_priors

FOLDS = 10
"""Bands are chosen on nine tenths of the draws and judged on the other."""

FEWEST = 200
"""Draws without which no band could be chosen for a rating word."""

GROUPS = 20
"""Groups of draws, as large as each other, by the presence of a factor once it is known."""

SURE = 2.0
"""Standard errors within which two indicators are not told apart."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Collection:
    """Which unknown indicators to look into first; made by ``collect_next``.

    Parameters
    ----------
    unit, period : str
        The row.
    band : str
        The published band of risk, ``unknown`` where too little is rated for one.
    bands : pandas.Series
        Probability of each band, were everything known.
    best : str
        The most probable band, which is named as long as nothing more is known.
    wrong, wrong_error : float
        The probability that it is wrong, 0 to 1, and its standard error.
    table : pandas.DataFrame
        The most helpful first. Columns ``indicator``, ``label``, ``factor``; ``gain``, by how much
        the probability of naming the wrong band falls once the indicator is known; ``error``, its
        standard error; ``wrong``, what is left of it; ``tied``, whether it cannot be told from the
        first; ``narrows``, the share of the variance of risk that knowing it takes away, 0 to 1.
    factors : pandas.DataFrame
        The same for knowing all indicators of a factor: ``factor``, ``title``, ``unknown`` (how
        many there are), ``gain``, ``error`` and ``narrows``; the most helpful first.
    draws : int
        Number of draws.
    provenance : dict
        Of the scores, with the seed.

    Examples
    --------
    141 of the 143 risk indicators are unknown; the most probable band is named.

    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": 0.5, "9.1": 0.3}))
    >>> found = collect_next(score(panel), "KEN", draws=500)
    >>> len(found.table), found.best == found.bands.idxmax(), found.period
    (141, True, '2008')
    """

    unit: str
    period: str
    band: str
    bands: pd.Series[float]
    best: str
    wrong: float
    wrong_error: float
    table: pd.DataFrame
    factors: pd.DataFrame
    draws: int
    provenance: dict[str, object]

    def __repr__(self) -> str:
        return collection_text(self)

    def _repr_html_(self) -> str:
        return collection_html(self)


def collect_next(
    scores: Scores,
    unit: str,
    *,
    period: object = None,
    draws: int = 20_000,
    rng: int | np.random.Generator = 0,
    priors: Priors | None = None,
) -> Collection:
    """Return how much each unknown indicator would help to name the right band of risk.

    ``gain_i = E[max_b P(b | x_i)] - max_b P(b)``: the expected value of knowing one indicator,
    where naming the right band is worth 1 and a wrong one 0.

    Parameters
    ----------
    scores : Scores, shape (n,)
        As :func:`r2prisk.score` makes them.
    unit : str
        A unit of the scores.
    period : period, int or str, optional
        A period of the unit; its latest with a score if not given.
    draws : int
        Draws of all unknown indicators together, 200 or more.
    rng : int or numpy.random.Generator
        The same seed gives the same table.
    priors : Priors, optional
        Declare how unknown levels go together; those of ``load_priors()`` if not given.

    Returns
    -------
    Collection
        The probability of a wrong band now, and a table to work through.

    Raises
    ------
    InputError
        With all faults: a unit or period that is not there, a number of draws or a seed that is
        none, a row of which no risk indicator is rated.

    Notes
    -----
    Expected value of partial perfect information (Raiffa & Schlaifer 1961, Applied Statistical
    Decision Theory). The prior is declared, not estimated: the unknown indicators of a factor have
    one level in common, and levels go together, as :func:`r2prisk.scoring.uncertainty.uncertainty`
    draws them; given the level each is one of the five words, binomial with that mean. Variances
    of ratings play no part. Bands are chosen and judged on different draws, so that an indicator
    that says nothing gains nothing on average; the first of a list is flattered, as the luckiest of
    many. Errors are somewhat too small, because the same draws choose and judge in turn.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": [2008], "1.1": 0.5, "9.1": 0.3}))
    >>> found = collect_next(score(panel), "KEN", draws=500)
    >>> len(found.table), bool(0 < found.wrong < 1), float(found.bands.sum())
    (141, True, 1.0)
    """
    problems: list[str] = []
    row = row_of(scores, unit, period, problems)
    if not (whole(draws) and draws >= FEWEST):
        problems.append(f"draws is {draws!r}; it must be a whole number, {FEWEST} or more")
    if not (isinstance(rng, np.random.Generator) or (whole(rng) and rng >= 0)):
        problems.append(f"rng is {rng!r}; it must be a whole number, 0 or more, or a Generator")
    if not isinstance(priors, Priors | None):  # pyright: ignore[reportUnnecessaryIsInstance]
        problems.append(f"priors: needs Priors, found {type(priors).__name__}")
    if np.isnan(row.scores.sheet.risk[0, 0]):
        problems.append(f"{row.name}: no risk indicator is rated, so that no prior has a mean")
    if problems:
        raise InputError("collect_next", problems)
    generator = np.random.default_rng(rng)
    drawn = _sample(row, draws, generator, priors or load_priors())
    starts, names = row.scores.profile.bands, drawn.names
    fold = generator.permutation(draws) % FOLDS
    right_now, right_then = _judged(drawn.words, drawn.band, len(starts), fold)
    gains = right_then - right_now
    gain, error = gains.mean(axis=1), gains.std(axis=1) / np.sqrt(draws)
    table = pd.DataFrame(
        {
            "indicator": names,
            "label": [row.labels[name] for name in names],
            "factor": [row.factor[name] for name in names],
            "gain": gain,
            "error": error,
            "wrong": 1.0 - right_now.mean() - gain,
            "tied": False,
            "narrows": _narrows(drawn.words, drawn.risk),
        }
    )
    order = _ordered(table)
    behind = gains[order[:1]] - gains if len(order) else gains
    table["tied"] = behind.mean(axis=1) <= SURE * behind.std(axis=1) / np.sqrt(draws)
    shares = np.bincount(drawn.band, minlength=len(starts)) / draws
    return Collection(
        unit=unit,
        period=str(row.panel.index[0][1]),
        band=str(row.scores.to_frame()["band"].iloc[0]),
        bands=pd.Series(shares, index=pd.Index([b.name for b in starts], name="band")),
        best=starts[int(shares.argmax())].name,
        wrong=float(1.0 - right_now.mean()),
        wrong_error=float(right_now.std() / np.sqrt(draws)),
        table=table.iloc[order].reset_index(drop=True),
        factors=_by_factor(row, drawn, fold, right_now),
        draws=draws,
        provenance={**row.scores.provenance, "seed": seed_of(rng)},
    )


@dataclasses.dataclass(frozen=True)
class _Drawn:
    """Everything unknown, drawn; word numbers (i, d), risk and band (d,), presence (k, d)."""

    names: list[str]
    words: NDArray[np.intp]
    risk: Floats
    band: NDArray[np.intp]
    presence: Floats


def _sample(row: Row, draws: int, rng: np.random.Generator, priors: Priors) -> _Drawn:
    """Draw what is unknown, and score it."""
    scores = row.scores
    levels = cells_of(row.panel, scores, priors, vary=["unknown"], seed=0).cells.levels
    means = np.zeros(0) if levels is None else levels[0]
    values = np.sort(np.array(list(rating_words().values())))
    place = {name: n for n, name in enumerate(row.panel.indicators)}
    lost = (CellState.UNKNOWN, CellState.FAILED)
    ratings = np.repeat(row.panel.ratings, draws, axis=0)
    names: list[str] = []
    words: list[NDArray[np.intp]] = []
    common = rng.random(draws)
    for k, factor in enumerate(scores.risk_framework.factors):
        alike = rng.random(draws) < priors.unknown.together
        level = _levels(means[k], np.where(alike, common, rng.random(draws)))
        for name in (i.id for i in factor.indicators):
            if row.panel.states[0, place[name]] in lost:
                names.append(name)
                words.append(rng.binomial(len(values) - 1, level))
                ratings[:, place[name]] = values[words[-1]]
    states = np.repeat(row.panel.states, draws, axis=0)
    states[:, [place[name] for name in names]] = CellState.RATED
    scored = row.rated(ratings, states)
    risk = scored.sheet.risk[0]
    starts = np.array([band.start for band in scores.profile.bands])
    band = np.searchsorted(starts, np.round(risk, 12), side="right") - 1
    drawn = np.array(words, dtype=np.intp).reshape(len(names), draws)
    return _Drawn(names, drawn, risk, band, scored.presence)


def _narrows(groups: NDArray[np.intp], risk: Floats) -> Floats:
    """Return the share of the variance of risk between groups of draws (i, d), shape (i,)."""
    spread = risk.var()
    if spread == 0.0:
        return np.zeros(len(groups))
    mean = risk.mean()
    between = np.zeros(len(groups))
    for n, group in enumerate(groups):
        counts = np.bincount(group)
        sums = np.bincount(group, weights=risk - mean)
        between[n] = (sums**2 / np.maximum(counts, 1)).sum() / len(risk)
    return between / spread


def _by_factor(row: Row, drawn: _Drawn, fold: NDArray[np.intp], right_now: Floats) -> pd.DataFrame:
    """Return what knowing whole factors gains; presence is all of a factor that risk follows."""
    factors = row.scores.risk_framework.factors
    count = [sum(row.factor[name] == factor.id for name in drawn.names) for factor in factors]
    some = np.flatnonzero(count)
    edges = np.linspace(0.0, 1.0, GROUPS + 1)[1:-1]
    groups = np.zeros((len(some), len(drawn.risk)), dtype=np.intp)
    for n, presence in enumerate(drawn.presence[some]):
        groups[n] = np.searchsorted(np.quantile(presence, edges), presence, side="right")
    _, right = _judged(groups, drawn.band, len(row.scores.profile.bands), fold)
    gains = right - right_now
    table = pd.DataFrame(
        {
            "factor": [factors[k].id for k in some],
            "title": [factors[k].title for k in some],
            "unknown": [count[k] for k in some],
            "gain": gains.mean(axis=1),
            "error": gains.std(axis=1) / np.sqrt(len(drawn.risk)),
            "narrows": _narrows(groups, drawn.risk),
        }
    )
    return table.iloc[_ordered(table)].reset_index(drop=True)


def _ordered(table: pd.DataFrame) -> NDArray[np.intp]:
    """Put in order by gain; what gains nothing that can be told from luck, by what it narrows."""
    gain = table["gain"].to_numpy(dtype=np.float64)
    sure = gain > SURE * table["error"].to_numpy(dtype=np.float64)
    return np.lexsort((-table["narrows"].to_numpy(dtype=np.float64), -np.where(sure, gain, 0.0)))


def _levels(mean: float, u: Floats) -> Floats:
    """Return levels with a mean: Beta with parameters 1 and (1 - m) / m, or m / (1 - m) and 1."""
    low = mean <= 0.5
    m = mean if low else 1.0 - mean
    # a higher u is a higher level on both sides of the middle
    powered = (1.0 - u if low else u) ** (m / (1.0 - m))
    return 1.0 - powered if low else powered


def _judged(
    groups: NDArray[np.intp], band: NDArray[np.intp], bands: int, fold: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Say of each draw whether its band would be named: now (d,), and once i is known (i, d)."""
    count, draws = groups.shape
    levels = int(groups.max(initial=0)) + 1
    cell = (np.arange(count)[:, None] * levels + groups) * bands + band
    size = count * levels * bands
    every = np.bincount(cell.ravel(), minlength=size)
    own = np.bincount(band, minlength=bands)
    now, then = np.zeros(draws), np.zeros((count, draws))
    for part in range(FOLDS):
        here = np.flatnonzero(fold == part)
        rest = own - np.bincount(band[here], minlength=bands)
        now[here] = band[here] == rest.argmax()
        others = every - np.bincount(cell[:, here].ravel(), minlength=size)
        # a group that no other draw is in says nothing: the band that is most probable without it
        seen = others.reshape(count, levels, bands)
        seen = seen + rest / (1.0 + rest.sum())
        named = seen.argmax(axis=2)
        then[:, here] = np.take_along_axis(named, groups[:, here], axis=1) == band[here]
    return now, then
