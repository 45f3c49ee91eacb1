"""How sure scores are: the sums over and over, under other choices and other evidence."""

from __future__ import annotations

import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.files import sha256
from r2prisk.panel import Panel
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.kernel.blocks import THREADS
from r2prisk.scoring.kernel.draws import TILE, draw_scores
from r2prisk.scoring.kernel.pieces import Piece, Singles, in_pieces
from r2prisk.scoring.profile import Profile
from r2prisk.scoring.score import FOLLOWED, score
from r2prisk.scoring.scores import UNKNOWN, Scores
from r2prisk.scoring.uncertainty.cells import Source, cells_of
from r2prisk.scoring.uncertainty.gate import (
    draw_faults,
    group_faults,
    panel_fault,
    refuse,
    seed_of,
)
from r2prisk.scoring.uncertainty.priors import GROUPS, Priors, load_priors
from r2prisk.scoring.uncertainty.result import RANKED, Uncertainty, names_of, published
from r2prisk.scoring.uncertainty.sample import sample
from r2prisk.scoring.uncertainty.summary import (
    BATCHES,
    LEVELS,
    beyond,
    hull,
    median_errors,
    quantiles,
    ranks,
    share_from,
)


def uncertainty(
    panel: Panel,
    *,
    profile: Profile | str | os.PathLike[str] | None = None,
    draws: int = 2000,
    rng: int | np.random.Generator = 0,
    vary: Collection[str] = GROUPS,
    priors: Priors | None = None,
) -> Uncertainty:
    """Say how sure every score of a panel is, given what is assumed about the choices behind it.

    Scores each row again under every draw of evidence, weights, exponents, kappa, form and unknown
    cells, all together; draw 0 has the profile's own choices. All rows share those of a draw.

    Parameters
    ----------
    panel : Panel
        Ratings from 0 to 1 with their cell states and, if evidence gives them, variances;
        shape (n, i).
    profile : Profile, str or path, optional
        As in :func:`score`.
    draws : int
        Number of draws d, 16 to 65,536; a power of two spreads best.
    rng : int or numpy.random.Generator
        0 or more; the same seed gives the same draws.
    vary : collection of str
        Groups of assumptions that vary: ``evidence`` (variances of ratings),
        ``indicator_weights``, ``factor_weights``, ``exponents``, ``kappa``, ``form`` and
        ``unknown`` (ratings that nobody made). What is left out stays as the profile has it.
    priors : Priors, optional
        How far each group varies; as ``uncertainty.toml`` declares it if not given.

    Returns
    -------
    Uncertainty
        Quantiles of scores and ranks, and chances of bands, of being among the highest and of
        one unit above another.

    Raises
    ------
    InputError
        With all faults together: no panel, too few or too many draws, no seed, no priors, a group
        that is unknown (the nearest is named); or as :func:`score`.

    Notes
    -----
    Sampling by a Sobol' sequence (Sobol' 1967, doi:10.1016/0041-5553(67)90144-9) with a linear
    scramble and a shift (Matousek 1998, doi:10.1006/jcom.1998.0489) for the choices of the profile,
    pseudo-random for cells.
    Composite indicators tested in this way: Saisana, Saltelli & Tarantola 2005,
    doi:10.1111/j.1467-985X.2005.00350.x.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> frame = pd.DataFrame({"unit": ["NOR", "SDN"], "year": [2003, 2003], "1.1": [0.1, 0.9],
    ...     "7.1": [0.2, 0.6]})
    >>> sure = uncertainty(read_panel(frame), draws=256)
    >>> row = sure.to_frame().loc[("SDN", "2003")]
    >>> bool(row["risk_q5"] <= row["risk"] <= row["risk_q95"])
    True
    """
    problems = panel_fault(panel) + draw_faults(draws, rng, priors, fewest=2 * BATCHES)
    refuse("uncertainty", problems + group_faults("vary", vary, GROUPS))
    draws, seed = int(draws), seed_of(rng)
    sizes = load_priors() if priors is None else priors
    scores = score(panel, profile=profile)
    generator = np.random.default_rng(rng)
    source = cells_of(panel, scores, sizes, vary=vary, seed=int(generator.integers(2**63)))
    drawn = sample(scores, sizes, draws=draws, vary=vary, rng=generator)
    spread, errors, chances, kept = _draw(scores, source, in_pieces(drawn, scores.sums), draws)
    own = published(scores)
    varied = tuple(name for name in GROUPS if name in vary)
    spelt = f"draws={draws}, rng={seed}, vary={list(varied)}"
    return Uncertainty(
        scores=scores,
        priors=sizes,
        vary=varied,
        draws=draws,
        quantiles=hull(spread, own),
        outside=beyond(spread, own, 0) != 0,
        beyond=beyond(spread, own, 2),
        errors=errors,
        ranks=_ranks(scores, kept),
        chances=chances,
        kept=kept,
        provenance={
            **scores.provenance,
            "seed": seed,
            "call": f"uncertainty(panel, profile='{scores.profile.name}', {spelt})",
            "priors_hash": sha256(sizes.model_dump_json().encode()),
        },
        notes=source.notes,
    )


def _draw(
    scores: Scores, source: Source, pieces: tuple[Piece, ...], draws: int
) -> tuple[Floats, Floats, Floats, Singles]:
    """Draw tile by tile; return quantiles, errors of medians, chances of bands, and kept draws."""
    known = published(scores)
    count, n = known.shape
    starts = np.array([band.start for band in scores.profile.bands])
    spread, errors = np.empty((count, n, len(LEVELS))), np.empty((len(FOLLOWED), n))
    chances = np.zeros((n, len(starts) + 1))
    chances[:, 0] = (scores.to_frame()["band"] == UNKNOWN).to_numpy()
    kept = np.empty((len(RANKED), n, draws), dtype=np.float32)
    followed = [names_of(scores).index(name) for name in FOLLOWED]
    order = np.argsort(np.concatenate([piece.columns for piece in pieces]))

    def work(tile: NDArray[np.intp]) -> None:
        room = rooms.get()
        try:
            found = draw_scores(source.take(tile), scores.sums, pieces, room[:, : len(tile)])
            found[np.isnan(known[:, tile])] = np.nan  # unknown stays unknown
            chances[tile, 1:] = share_from(found[0], starts)
            for e, s in enumerate(followed):
                values = np.take(found[s], order, axis=-1)
                errors[e, tile] = median_errors(values)
                if e < len(RANKED):
                    kept[e, tile] = values
            for s, values in enumerate(found):
                spread[s, tile] = quantiles(values)
        finally:  # or the others would wait for it for ever
            rooms.put(room)

    # the same memory for tile after tile: to ask for more each time would cost as much as the sums
    rooms: SimpleQueue[Singles] = SimpleQueue()
    for _ in range(THREADS):
        rooms.put(np.empty((count, TILE, draws), dtype=np.float32))
    # rows in an order of their own, so that the order of the panel changes nothing
    rows = np.lexsort(_codes(scores.index))
    tiles = np.split(rows, range(TILE, n, TILE)) if n else []
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, tiles))
    chances[:, 1:] *= 1.0 - chances[:, :1]
    return spread, errors, chances, kept


def _ranks(scores: Scores, kept: Singles) -> Floats:
    """Return the quantiles of every rank, widened to hold the published one."""
    names, known = names_of(scores), published(scores)
    spread = np.full((len(RANKED), len(scores), len(LEVELS)), np.nan)
    own = np.full(spread.shape[:2], np.nan)

    def work(rows: NDArray[np.intp]) -> None:
        for s, name in enumerate(RANKED):
            here = known[names.index(name), rows]
            some = rows[~np.isnan(here)]
            if len(some):
                spread[s, some] = quantiles(ranks(kept[s, some]))
                own[s, some] = ranks(here[~np.isnan(here), None].astype(np.float32))[:, 0]

    _, period = _codes(scores.index)
    order = np.argsort(period, kind="stable")
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, np.split(order, np.flatnonzero(np.diff(period[order])) + 1)))
    return hull(spread, own)


def _codes(index: pd.MultiIndex) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of units and of periods among all, in order."""
    units, periods = index.get_level_values("unit"), index.get_level_values("period")
    return pd.factorize(units, sort=True)[0], pd.factorize(periods, sort=True)[0]
