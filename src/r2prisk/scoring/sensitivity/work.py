"""The scores of some rows in every run of every draw."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from r2prisk.panel import Panel
from r2prisk.scoring.kernel import Sums
from r2prisk.scoring.kernel.draws import TILE, draw_scores
from r2prisk.scoring.kernel.pieces import Piece, Singles, in_pieces
from r2prisk.scoring.score import score
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.sensitivity.design import RULES, Design, Replay, part_of
from r2prisk.scoring.uncertainty.cells import Source, cells_of
from r2prisk.scoring.uncertainty.priors import Priors
from r2prisk.scoring.uncertainty.result import names_of, published

Part = tuple[NDArray[np.intp], Source, Sums, tuple[Piece, ...]]
"""The draws of one panel under one missing rule: which they are, their cells, sums and pieces."""


class Work:
    """Everything that stays the same from row to row.

    Parameters
    ----------
    scores : Scores
        The published scores.
    panels : dict of str to Panel
        The panels to choose from, the published one first.
    priors : Priors
        How far unknown levels move.
    made : Design
        What every draw of every run takes.
    of : str
        The score to return.
    seed : int
        Of the random numbers of the cells.
    """

    def __init__(
        self,
        scores: Scores,
        panels: dict[str, Panel],
        priors: Priors,
        made: Design,
        of: str,
        seed: int,
    ) -> None:
        self.design = made
        self.runs = len(made.groups) + 2
        self.scores = scores
        self.place = names_of(scores).index(of)
        self.height = len(names_of(scores))
        self.published = published(scores)[self.place]
        self.seed = seed
        self.parts: list[list[Part]] = []
        """For each panel that is drawn, its parts."""
        for p in np.unique(made.panels).tolist():
            panel, mine = list(panels.values())[p], made.panels == p
            self.parts.append([])
            for r in np.unique(made.rules[mine]).tolist():
                profile = scores.profile.replace(missing={"rule": RULES[r]})
                under = score(panel, profile=profile)
                source = cells_of(panel, under, priors, vary=made.groups, seed=seed)
                some = np.flatnonzero(mine & (made.rules == r))
                pieces = in_pieces(part_of(made.drawn, some), under.sums)
                self.parts[-1].append((some, source, under.sums, pieces))
        sources = [source for of_panel in self.parts for _, source, _, _ in of_panel]
        self.notes = tuple(note for source in sources for note in source.notes)
        self.cells_vary = any(source.drawn for source in sources)

    def draw(self, rows: NDArray[np.intp]) -> Singles:
        """Return the score of some rows in every run and draw, shape (n, (g + 2) d)."""
        count = self.design.draws * self.runs
        found = np.empty((len(rows), count), dtype=np.float32)
        # numbers that are drawn for cells take room for every draw: fewer rows at once
        size = TILE // 4 if self.cells_vary else TILE
        room = np.empty((self.height, min(size, len(rows)), count), dtype=np.float32)
        for tile in np.split(np.arange(len(rows)), range(size, len(rows), size)):
            for of_panel in self.parts:
                # ratings depend on the panel and not on the rule: drawn once for all its parts
                streams = self._streams(of_panel[0][1], rows[tile])
                for some, source, sums, pieces in of_panel:
                    base = [some[piece.columns] for piece in pieces]
                    for stream in streams:
                        stream.rewind(
                            [self.design.evidence[b] for b in base],
                            [self.design.unknown[b] for b in base],
                        )
                    cells = source.take(rows[tile], streams)
                    out = draw_scores(cells, sums, pieces, room[:, : len(tile), : len(some)])
                    found[np.ix_(tile, np.concatenate(base))] = out[self.place]
        return found

    def _streams(self, source: Source, rows: NDArray[np.intp]) -> list[Replay]:
        if not self.cells_vary:
            return []
        seeds = ([self.seed, source.keys[n]] for n in rows.tolist())
        return [Replay(each, 2 * self.design.draws) for each in seeds]
