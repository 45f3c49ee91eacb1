"""Why a score changed between editions of an assessment, step by step."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from r2prisk.errors import InputError, nearest
from r2prisk.panel import CellState, Panel
from r2prisk.panel.periods import period_of
from r2prisk.scoring.explain.change import Change, Names, made, names_of
from r2prisk.scoring.explain.contributions import Target, between, from_absent
from r2prisk.scoring.explain.ground import Ground, ground, read, target_of
from r2prisk.scoring.kernel import Floats
from r2prisk.scoring.score import score
from r2prisk.scoring.scores import Scores, need_scores


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """A state of an assessment: which scores, and which of their periods.

    Parameters
    ----------
    scores : Scores
        What was scored, and by which profile.
    period : period or text
        One of their periods.

    Examples
    --------
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": "KEN", "year": [2008], "9.1": [0.6]}))
    >>> Stage(score(panel), 2008).scores.rank()["risk"].tolist()
    [0.6]
    """

    scores: Scores
    period: object


def revision(stages: Mapping[str, Stage], unit: str, *, of: str = "residual_risk") -> Change:
    """Split the change of a score between editions of an assessment, step by step, exactly.

    Each stage differs from the one before in one thing: the date to which evidence has aged, the
    evidence, the coders, the profile, or the framework. What a step changed carries its name. Steps
    under one profile are split as in :func:`change`. Where the profile or a framework changes, an
    indicator adds what it contributes to the score, told from nothing present, after less before.

    Parameters
    ----------
    stages : mapping of str to Stage
        By name, in order; at least two.
    unit : str
        A unit of every stage.
    of : str
        As in :func:`explain`.

    Returns
    -------
    Change
        One step for each stage but the first.

    Raises
    ------
    InputError
        If there are fewer than two stages; if a stage has no such unit,
        period or score: all such faults.

    Notes
    -----
    As :func:`explain`.

    Examples
    --------
    >>> from r2prisk import Profile, read_panel, score
    >>> old = read_panel(pd.DataFrame({"unit": "KEN", "year": [2008], "9.1": [0.6], "9.2": [0.8]}))
    >>> new = read_panel(pd.DataFrame({"unit": "KEN", "year": [2008], "9.1": [0.8], "9.2": [0.8]}))
    >>> plain = Profile.load("default").replace(name="plain", exponents={"within": 1})
    >>> found = revision({"2024 edition": Stage(score(old), 2008),
    ...     "new evidence": Stage(score(new), 2008),
    ...     "plain means": Stage(score(new, profile=plain), 2008)}, "KEN", of="risk")
    >>> found.totals()[["value", "choice"]].round(3).to_numpy().tolist()
    [[0.093, 0.0], [0.0, 0.0]]
    """
    if not isinstance(stages, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
        found = type(stages).__name__
        raise InputError("revision", [f"needs a mapping of names to stages, found {found}"])
    for name, stage in stages.items():
        need_scores(getattr(stage, "scores", stage), f"stage '{name}'")
    if len(stages) < 2:
        raise InputError("revision", [f"needs two stages or more, found {len(stages)}"])
    panels = [stage.scores.panel for stage in stages.values()]
    union = tuple(dict.fromkeys(name for panel in panels for name in panel.indicators))
    rows = _rows_of(stages, unit)
    bases = [
        ground(score(_widened(stage.scores.panel.take([row]), union), profile=stage.scores.profile))
        for stage, row in zip(stages.values(), rows, strict=True)
    ]
    targets = [target_of(base.scores, of) for base in bases]
    ends = [float(read(base.scores.sheet, t)[0]) for base, t in zip(bases, targets, strict=True)]
    unknown = [
        f"stage '{name}': {of} of {unit} is unknown"
        for name, end in zip(stages, ends, strict=True)
        if np.isnan(end)
    ]
    if unknown:
        raise InputError("revision", unknown)
    names = names_of(bases)
    pairs = itertools.pairwise(zip(bases, targets, strict=True))
    found = [_stepped(one, other, names) for one, other in pairs]
    return made(
        names,
        unit=unit,
        of=of,
        points=tuple(stages),
        staged=True,
        scores=np.array(ends),
        ratings=np.concatenate([base.panel.ratings for base in bases]),
        steps=[np.concatenate(kind, axis=1) for kind in zip(*found, strict=True)],
        provenance={name: stage.scores.provenance for name, stage in stages.items()},
    )


def _rows_of(stages: Mapping[str, Stage], unit: str) -> list[int]:
    """Return the row of the unit in each stage, or every fault of the stages."""
    problems: list[str] = []
    rows: list[int] = []
    for name, stage in stages.items():
        index = stage.scores.index
        own = index.get_level_values("unit") == unit
        wanted = str(period_of(stage.period, f"period of stage '{name}'"))
        found = np.flatnonzero(own & (index.get_level_values("period").astype(str) == wanted))
        rows += found.tolist()
        if not len(found):
            whom = f"no period {wanted} for {unit}" if own.any() else f"no unit '{unit}'"
            problems.append(
                f"stage '{name}': {whom}{nearest(unit, set(stage.scores.panel.units) - {unit})}"
            )
    if problems:
        raise InputError("revision", problems)
    return rows


def _widened(panel: Panel, indicators: Sequence[str]) -> Panel:
    """Return the panel with further indicators, unknown in every row."""
    place = pd.Index(panel.indicators).get_indexer(pd.Index(list(indicators)))
    there = place >= 0
    return dataclasses.replace(
        panel,
        indicators=tuple(indicators),
        ratings=np.where(there, panel.ratings[:, place], np.nan),
        states=np.where(there, panel.states[:, place], CellState.UNKNOWN).astype(np.uint8),
        variance=None,
    )


def _stepped(
    before: tuple[Ground, Target], after: tuple[Ground, Target], names: Names
) -> tuple[Floats, Floats, Floats, Floats]:
    """Split the step from one stage to the next, by kind; each of shape (i, 1), the last (f, 1)."""
    (was, was_of), (now, now_of) = before, after
    nothing = np.zeros((len(names.indicators), 1))
    if _alike(was, now):
        parts = between(was.state(), now.state(), now.scores.sums, now_of)
        return parts.values, parts.coverage, nothing, _placed(now, parts.assumed, names)
    old = from_absent(was.state(), was.scores.sums, was_of)
    new = from_absent(now.state(), now.scores.sums, now_of)
    assumed = _placed(now, new.assumed, names) - _placed(was, old.assumed, names)
    return nothing, nothing, new.values - old.values, assumed


def _alike(one: Ground, other: Ground) -> bool:
    """Say whether two stages are scored by the same choices and frameworks."""
    a, b = one.scores, other.scores
    same = (a.risk_framework, a.resilience_framework) == (b.risk_framework, b.resilience_framework)
    # the hash of a profile follows its name, bands and rules of warning too, which no score does
    return same and _plain(a.sums) == _plain(b.sums)


def _plain(value: object) -> object:
    """Return sums as numbers, words and tuples of these, which can be compared."""
    if dataclasses.is_dataclass(value):
        return [_plain(getattr(value, field.name)) for field in dataclasses.fields(value)]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def _placed(base: Ground, assumed: Floats, names: Names) -> Floats:
    """Put what is assumed of the factors of a stage among those of all stages."""
    found = np.zeros((len(names.all_factors), assumed.shape[1]))
    found[[names.all_factors.index(f) for f in base.factors]] = assumed
    return found
