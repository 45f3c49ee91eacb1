"""What is drawn of a panel's cells: ratings that are not certain, and those that nobody made."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from r2prisk.panel import CellState, Panel
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.kernel.draws import Cells
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.uncertainty.priors import Priors

WIDEST = 0.999
"""The largest variance of a rating x, as a share of ``x (1 - x)``, which none can reach."""


@dataclasses.dataclass(frozen=True)
class Source:
    """The cells of a panel, from which those of some rows are taken."""

    cells: Cells
    keys: tuple[int, ...]
    """One for each row: its random numbers follow the unit and the period, not the place."""
    seed: int
    notes: tuple[str, ...]

    def take(
        self, rows: NDArray[np.intp], streams: Sequence[np.random.Generator] | None = None
    ) -> Cells:
        """Return the cells of some rows, with their random numbers or those that are given."""
        cells = self.cells
        if streams is None:
            streams = [self._stream(n) for n in (rows.tolist() if self.drawn else [])]
        return Cells(
            cells.ratings[rows],
            applies=None if cells.applies is None else cells.applies[rows],
            alpha=None if cells.alpha is None else cells.alpha[rows],
            beta=None if cells.beta is None else cells.beta[rows],
            levels=None if cells.levels is None else cells.levels[rows],
            together=cells.together,
            safeguards=cells.safeguards,
            streams=streams,
        )

    @property
    def drawn(self) -> bool:
        """Whether any cell is drawn."""
        return self.cells.alpha is not None or self.cells.levels is not None

    def _stream(self, row: int) -> np.random.Generator:
        seeds = np.random.SeedSequence([self.seed, self.keys[row]])
        return np.random.Generator(np.random.SFC64(seeds))


def cells_of(
    panel: Panel, scores: Scores, priors: Priors, *, vary: Collection[str], seed: int
) -> Source:
    """Say how each cell of a panel is drawn.

    A rating x with variance v follows the Beta distribution with mean x and variance v, ``alpha +
    beta = x (1 - x) / v - 1``. The unknown indicators of a factor share one level, whose mean is
    what the profile's missing rule takes them to be: with ``rated-only`` the factor's own mean,
    with ``as-absent`` 0, with ``prior`` the prior. Where nothing of a factor is rated no rule says
    anything of it; under all three the mean is the country's score.

    Parameters
    ----------
    panel : Panel
        Ratings, shape (n, i).
    scores : Scores
        Its published scores.
    priors : Priors
        How far unknown levels move together and are moved towards the middle.
    vary : collection of str
        Cells are drawn for ``evidence`` and ``unknown``.
    seed : int
        Of the random numbers of the cells, which are pseudo-random: there are as many dimensions
        as cells, too many for any even sequence.

    Returns
    -------
    Source
        With notes on the variances that no Beta distribution can have.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.scoring.uncertainty.priors import load_priors
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "indicator": ["1.1"],
    ...     "rating": [0.5], "variance": [0.05]}))
    >>> source = cells_of(panel, score(panel), load_priors(), vary=["evidence"], seed=1)
    >>> [round(float(a[0, 0]), 6) for a in (source.cells.alpha, source.cells.beta)]
    [2.0, 2.0]
    """
    applies = panel.states != CellState.NOT_APPLICABLE
    alpha, beta, notes = None, None, ()
    if "evidence" in vary and panel.variance is not None:
        alpha, beta, notes = _betas(panel.ratings, panel.variance)
    names = (f"{unit} {period}" for unit, period in panel.index)
    return Source(
        cells=Cells(
            panel.ratings,
            None if applies.all() else applies,
            alpha,
            beta,
            _levels(scores, priors.unknown.pull) if "unknown" in vary else None,
            priors.unknown.together,
            len(scores.sums.resilience.total),
        ),
        keys=tuple(int.from_bytes(blake2b(n.encode(), digest_size=8).digest()) for n in names),
        seed=seed,
        notes=notes,
    )


def _betas(ratings: Floats, variance: Floats) -> tuple[Floats, Floats, tuple[str, ...]]:
    """Return both parameters of each rating's Beta distribution, NaN where it is certain."""
    room = ratings * (1.0 - ratings)
    unsure = np.nan_to_num(variance) > 0
    fixed, wide = unsure & (room == 0.0), unsure & (room > 0.0) & (variance > WIDEST * room)
    size = np.full(ratings.shape, np.nan)
    np.divide(room, np.fmin(variance, WIDEST * room), out=size, where=unsure & ~fixed)
    size -= 1.0
    notes = {
        "ratings of 0 or 1 have a variance; no rating can lie beyond, so they were held": fixed,
        "ratings have a larger variance than any between 0 and 1 can have; it was cut": wide,
    }
    said = tuple(f"{int(where.sum()):,} {text}" for text, where in notes.items() if where.any())
    return size * ratings, size * (1.0 - ratings), said


def _levels(scores: Scores, pull: float) -> Floats:
    """Return the mean of each factor's unknown level, shape (n, k + r).

    What is too little for a band is too little to tell of the rest: there any level is as likely
    wherever the level would follow what is rated.
    """
    sums, sheet = scores.sums, scores.sheet
    enough = scores.profile.missing.band_coverage
    found: list[Floats] = []
    for known, whole, coverage in (
        (sheet.rated, sheet.risk[0], sheet.view_coverage[0]),
        (sheet.strength_rated, sheet.resilience, sheet.resilience_coverage),
    ):
        bare = coverage < enough
        rated = np.where(bare & ~np.isnan(known), 0.5, known)
        country = np.where(bare & ~np.isnan(whole), 0.5, whole)
        match sums.rule:
            case "rated-only":
                assumed = rated
            case "as-absent":
                assumed = np.zeros_like(rated)
            case "prior":
                assumed = np.full_like(rated, sums.prior)
        found.append(np.where(np.isnan(rated), country, assumed))
    return ((1.0 - pull) * np.concatenate(found) + pull * 0.5).T
