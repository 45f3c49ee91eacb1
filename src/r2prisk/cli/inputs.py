"""What ``r2prisk score`` reads: files of ratings, coded evidence, public datasets."""

from __future__ import annotations

import dataclasses
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from r2prisk.errors import InputError

if TYPE_CHECKING:
    from r2prisk.evidence import EvidenceTable
    from r2prisk.panel import Panel
    from r2prisk.scoring import Scores


class Per(StrEnum):
    """How long the periods are to which evidence is pooled."""

    YEAR = "year"
    QUARTER = "quarter"
    MONTH = "month"


class Counts(StrEnum):
    """What evidence is beside other ratings."""

    OVERRIDES = "overrides"
    COMPLEMENTS = "complements"
    OVERRIDDEN = "overridden"


PAGES = (".html", ".htm", ".docx")
"""What people read; nothing stands beside it."""

CODED = "evidence"
"""The profile of scores of evidence alone."""

AHEAD = 20
"""Rows dated after today that are named."""


@dataclasses.dataclass(frozen=True)
class Inputs:
    """All that is read for one score, as the command names it."""

    files: list[Path]
    pairs: list[tuple[str, Path]]
    frameworks: list[Path]
    rule: str
    evidence: list[Path]
    every: Per
    counts: Counts
    hindsight: bool
    first: str | None
    last: str | None

    @property
    def paths(self) -> list[Path]:
        """Every file that is read."""
        return [*self.files, *self.frameworks, *self.evidence, *(path for _, path in self.pairs)]

    def read(self) -> tuple[Panel, list[str]]:
        """Read and combine all inputs; the report has one text for each step, its gist first."""
        from r2prisk.panel import read_panel
        from r2prisk.sources import combine_full, read_source

        if not (self.files or self.pairs or self.evidence):
            ways = "a file of ratings, --evidence FILE, or a dataset with --source NAME=FILE"
            raise InputError("score", [f"name {ways}"])
        allowed = beside_own(self.frameworks)
        panels = [read_panel(path, frameworks=allowed) for path in self.files]
        short = len(self.pairs) < 2 or not sys.stderr.isatty()
        with typer.progressbar(self.pairs, label="Reading", file=sys.stderr, hidden=short) as bar:
            results = [read_source(name, path) for name, path in bar]
        report = [str(result.report) for result in results]
        panels += [result.panel for result in results]
        if len(panels) > 1:
            combined = combine_full(panels, rule=self.rule)
            panels, report = [combined.panel], [*report, str(combined.report)]
        if not self.evidence:
            return panels[0], report
        coded, safe = self._pooled(allowed)
        report = [*report, "\n".join([*filter(None, [safe]), repr(coded)])]
        if not panels:
            return coded, report
        order = [*panels, coded] if self.counts is Counts.OVERRIDDEN else [coded, *panels]
        rule = "pool" if self.counts is Counts.COMPLEMENTS else "first"
        both = combine_full(order, rule=rule)
        return both.panel, [*report, str(both.report)]

    def opened(self, *, verbose: bool) -> tuple[Panel, list[str]]:
        """Read as ``read`` does, and print of each step the gist, or all of it."""
        panel, report = self.read()
        if report:
            typer.echo("\n".join(report if verbose else [t.partition("\n")[0] for t in report]))
        return panel, report

    def told(self, profile: str, *, command: str = "score") -> str:
        """Write the command down for the provenance, with the names of files but no folders."""
        words = [f"r2prisk {command}", *(path.name for path in self.files)]
        words += [f"--source {name}={path.name}" for name, path in self.pairs]
        words += [f"--evidence {path.name}" for path in self.evidence]
        if self.evidence:
            words += [f"--every {self.every}", f"--evidence-counts {self.counts}"]
            words += ["--hindsight"] if self.hindsight else []
        words += [f"--framework {path.name}" for path in self.frameworks]
        words += [f"--profile {Path(profile).name}", f"--rule {self.rule}"]
        words += [f"--first {self.first}"] if self.first is not None else []
        words += [f"--last {self.last}"] if self.last is not None else []
        return " ".join(words)

    def _pooled(self, frameworks: list[Path | str]) -> tuple[Panel, str]:
        """Pool the evidence for all its periods, or for the span that is asked for.

        Returns
        -------
        tuple of (Panel, str)
            The panel, and a sentence on what is not for everybody.
        """
        import pandas as pd

        from r2prisk.evidence import pool
        from r2prisk.panel.periods import period_of

        table = gathered(self.evidence, frameworks=frameworks)
        own = table.periods(self.every.value)
        first, last = own[0], own[-1]
        if self.first is not None:
            first = period_of(self.first, "first").asfreq(own.freqstr, "start")
        if self.last is not None:
            last = period_of(self.last, "last").asfreq(own.freqstr, "end")
        if first > last:
            raise InputError("evidence", [f"is of {own[0]} to {own[-1]}: no period is left"])
        span = pd.period_range(first, last, freq=own.freqstr)
        return pool(table, span, hindsight=self.hindsight).panel, closed(table)


def gathered(files: list[Path], *, frameworks: list[Path | str] | None = None) -> EvidenceTable:
    """Read forms and tables of evidence into one table, and refuse slips of the future."""
    import pandas as pd

    from r2prisk.evidence import read_evidence, read_several

    if len(files) == 1:
        table = read_evidence(files[0], frameworks=frameworks)
    else:
        table = read_several(files, frameworks=frameworks)
    ahead = table.to_frame()
    ahead = ahead[ahead["date"] > pd.Timestamp.today()]
    if len(ahead):
        shown = [f"{row.id}: dated {str(row.date)[:10]}" for row in ahead.head(AHEAD).itertuples()]
        more = [f"and {len(ahead) - AHEAD:,} more"] if len(ahead) > AHEAD else []
        raise InputError("evidence of days to come", [*shown, *more])
    return table


def closed(table: EvidenceTable) -> str:
    """Say how many rows are not for everybody; nothing where all are."""
    count = int((table.to_frame()["sensitivity"] != "public").sum())
    rows = "1 row is" if count == 1 else f"{count:,} rows are"
    return f"{rows} restricted or confidential: keep it where it is safe." if count else ""


def named(text: str) -> tuple[str, Path]:
    """Return the name and the file of a dataset."""
    name, equals, path = text.partition("=")
    if not (equals and name and path):
        raise InputError("--source", [f"'{text}' is not NAME=FILE, e.g. pts=PTS-2025.csv"])
    return name, Path(path)


def refuse_same(output: Path, inputs: list[Path]) -> None:
    """Refuse an output that would replace what is read, itself or with what stands beside it."""
    read = {one.resolve() for one in inputs}
    read |= {path.resolve() for one in inputs for path in with_beside(one) if path.exists()}
    clash = [str(path) for path in with_beside(output) if path.resolve() in read]
    if clash:
        raise InputError(str(output), [f"would replace {name}, which is read" for name in clash])


def with_beside(path: Path) -> list[Path]:
    """Return a file with those that belong to it: provenance, ratings and report."""
    from r2prisk.scoring.write import provenance_path, ratings_path

    if path.suffix.lower() in PAGES:
        return [path]
    told = [provenance_path(path)] if path.suffix.lower() == ".csv" else []
    return [path, *told, ratings_path(path), report_path(path)]


def report_path(path: Path) -> Path:
    """Return the file that says what was read, left out and decided for scores."""
    return path.with_suffix(".report.txt")


def beside_own(frameworks: list[Path]) -> list[Path | str]:
    """Return what ratings may be of: a user's own, and the shipped framework of the other kind."""
    from r2prisk.catalogue import load_framework
    from r2prisk.panel.gate import DEFAULT_FRAMEWORKS

    kinds = {load_framework(path).kind for path in frameworks}
    others = [name for name in DEFAULT_FRAMEWORKS if load_framework(name).kind not in kinds]
    return [*frameworks, *others]


def scores_or_coded(
    path: Path | None,
    table: EvidenceTable | None,
    *,
    every: Per | None,
    profile: str | None,
    frameworks: list[Path],
    command: str,
) -> Scores:
    """Make the scores of a file again or, where no file is named, those of evidence alone."""
    from r2prisk.evidence import pool
    from r2prisk.scoring import rescore, score

    if path is not None:
        if every is not None:
            raise InputError("--every", ["is used with evidence alone: scores have their periods"])
        return rescore(path, profile=profile, frameworks=beside_own(frameworks))
    if table is None:
        raise InputError(command, ["name a file of scores, or --evidence FILE, or both"])
    span = table.periods((every or Per.YEAR).value)
    return score(pool(table, span).panel, profile=profile or CODED)
