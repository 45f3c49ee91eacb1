"""Work through origins: in parallel, resumable, with a bar."""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from r2prisk.errors import InputError
from r2prisk.files import sha256, write_beside
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.stamp import code_hash, describe
from r2prisk.forecasting.windows import fit_predict, fresh, open_window
from r2prisk.panel import Panel

WIDTH = 30
"""Characters of the bar."""


@dataclasses.dataclass(frozen=True, eq=False)
class Task:
    """One origin: what is needed to forecast the period after it."""

    panel: Panel
    onsets: Onsets
    models: dict[str, Any]
    origin: pd.Period
    horizon: int
    rng: int

    def cut(self) -> Task:
        """Return the task with nothing after its origin, so that a worker cannot see more."""
        panel = self.panel.select(last=str(self.origin))
        return dataclasses.replace(self, panel=panel, onsets=self.onsets.until(self.origin))

    @property
    def units(self) -> list[str]:
        """The units that have a row at the origin."""
        index = self.panel.index
        there = index.get_level_values("period") == self.origin
        return index.get_level_values("unit")[there].tolist()

    @property
    def seed(self) -> int:
        """A seed of its own for every origin, whatever else is run."""
        return int(np.random.SeedSequence([self.rng, self.origin.ordinal]).generate_state(1)[0])


def run(
    tasks: Sequence[Task],
    *,
    jobs: int | None,
    resume: str | os.PathLike[str] | None,
    progress: bool | None,
    told: dict[str, Any],
) -> tuple[list[dict[str, Any]], int]:
    """Do each task, or read what an earlier run left of it.

    Parameters
    ----------
    tasks : sequence of Task
        One for each origin.
    jobs : int or None
        Processes; None: one a processor.
    resume : path-like or None
        Folder of the files that are kept.
    progress : bool or None
        Show a bar; None: where standard error is a terminal.
    told : dict
        The options that go into the hash of the inputs.

    Returns
    -------
    found : list of dict
        For each task, by model: ``units``, ``probability``, ``climatology``, ``rows``.
    resumed : int
        How many of them an earlier run left.

    Raises
    ------
    InputError
        If the folder cannot be written, or the code of a model cannot be read (so that a stale
        file could not be told from a fresh one).
    """
    folder = None if resume is None else _folder(resume)
    code = "" if folder is None else code_hash(tasks[0].models.values())
    found: list[dict[str, Any] | None] = [None] * len(tasks)
    stamps = [""] * len(tasks)
    if folder is not None:
        for n, task in enumerate(tasks):
            stamps[n] = _stamp(task.cut(), code, told)
            found[n] = _kept(folder / f"{task.origin}.json", stamps[n])
    open_tasks = [n for n, one in enumerate(found) if one is None]
    shown = sys.stderr.isatty() if progress is None else progress
    with _Bar(len(tasks), len(tasks) - len(open_tasks), shown=shown) as bar:
        for n, one in zip(open_tasks, _each([tasks[n] for n in open_tasks], jobs), strict=True):
            found[n] = one
            if folder is not None:
                text = json.dumps({"inputs": stamps[n], "forecasts": one})
                with write_beside(folder / f"{tasks[n].origin}.json") as scratch:
                    scratch.write_text(text, encoding="utf-8")
            bar.step()
    return [one for one in found if one is not None], len(tasks) - len(open_tasks)


def _each(tasks: Sequence[Task], jobs: int | None) -> Iterator[dict[str, Any]]:
    """Yield what each task gives, in order, as soon as it is there."""
    wanted = min(joblib.cpu_count() if jobs is None else jobs, max(len(tasks), 1))
    if wanted == 1:
        yield from (_one(task.cut()) for task in tasks)
        return
    parallel: Any = joblib.Parallel(n_jobs=wanted, return_as="generator", max_nbytes=None)
    yield from parallel(joblib.delayed(_worker)(task.cut(), os.getpid()) for task in tasks)


def _worker(task: Task, parent: int) -> dict[str, Any]:
    """Forecast one origin in a process that ends with the one that started it."""
    if os.getpid() != parent:
        _watch(parent)
    return _one(task)


@functools.cache
def _watch(parent: int) -> None:
    """End this process once its parent is gone: a parent that is killed cannot end it."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if os.getppid() == parent:  # not so where something else starts the workers
        threading.Thread(target=look, daemon=True).start()


def _one(task: Task) -> dict[str, Any]:
    """Forecast one origin with every model, on one thread."""
    found: dict[str, Any] = {}
    with threadpool_limits(limits=1):
        for name, model in task.models.items():
            made = fresh(model, horizon=task.horizon, seed=task.seed)
            window = open_window(task.panel, task.onsets, made, origin=task.origin)
            chance, climatology, rows = fit_predict(window, made, horizon=task.horizon)
            units = window.features.index[window.today].get_level_values("unit").tolist()
            found[name] = {
                "units": units,
                "probability": chance.tolist(),
                "climatology": climatology,
                "rows": rows,
            }
    return found


def _folder(resume: str | os.PathLike[str]) -> Path:
    folder = Path(resume)
    if folder.is_file():
        raise InputError("resume", [f"{folder} is a file; name a folder"])
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError("resume", [f"{folder} cannot be made: {error.strerror}"]) from None
    return folder


def _stamp(task: Task, code: str, told: dict[str, Any]) -> str:
    """Return the hash of everything that the forecasts of an origin depend on."""
    models: list[str] = []
    problems: list[str] = []
    for name, model in task.models.items():
        try:
            models.append(f"{name} {joblib.hash(model)}")
        except (pickle.PicklingError, TypeError, AttributeError) as error:
            problems.append(f"model '{name}' cannot be hashed, so a stale file could not be told: ")
            problems[-1] += f"{error}; name its functions and keep them in a file"
    if problems:
        raise InputError("resume", problems)
    frameworks = [framework.model_dump_json() for framework in task.panel.frameworks]
    options = json.dumps({**told, **describe(task.models, task.horizon)}, sort_keys=True)
    hashes = (task.panel.hash, task.onsets.hash, code)
    parts = (*hashes, str(task.origin), options, *models, *frameworks)
    return sha256(*(part.encode() for part in parts))


def _kept(path: Path, stamp: str) -> dict[str, Any] | None:
    """Return what a file keeps; None where there is none, it is stale or was cut off."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    fits = isinstance(content, dict) and content.get("inputs") == stamp
    return content.get("forecasts") if fits else None


class _Bar:
    """How far the work is, on standard error."""

    def __init__(self, total: int, done: int, *, shown: bool) -> None:
        self.total, self.done, self.start = total, done, time.monotonic()
        self.shown = shown

    def __enter__(self) -> _Bar:
        self._draw()
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:  # also after an error, so that its message begins a line
            print(file=sys.stderr)

    def step(self) -> None:
        self.done += 1
        self._draw()

    def _draw(self) -> None:
        if not self.shown:
            return
        full = WIDTH * self.done // self.total
        spent = time.monotonic() - self.start
        bar = "#" * full + "-" * (WIDTH - full)
        line = f"\rOrigins [{bar}] {self.done} of {self.total}, {spent:.0f} s"
        print(line, end="", file=sys.stderr, flush=True)
