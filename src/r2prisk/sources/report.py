"""What was read, dropped, rated and held, and why: nothing is skipped in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field

EXAMPLES = 8
"""How many examples a report names for each reason; the counts are always complete."""


@dataclass(frozen=True)
class Dropped:
    """Rows that were left out for one reason: how many, and the most frequent of them."""

    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.count} ({', '.join(self.examples)})" if self.examples else str(self.count)


@dataclass(frozen=True)
class Measure:
    """What rates an indicator: the variables, what they really measure, what they contain."""

    source: str
    indicator: str
    side: str
    variables: tuple[str, ...]
    concept: str
    contains: tuple[str, ...] = ()


@dataclass(frozen=True)
class SourceReport:
    """How a file became a panel.

    Parameters
    ----------
    name, title, version : str
        The mapping, and the version that the file or its name gives.
    file : str
        The name of the file, without its folder.
    rows_read, rows_kept : int
        Rows of the file, and those of them that say something about a unit and a year.
    dropped : mapping of str to Dropped
        By reason.
    rated, held, clipped : mapping of str to int
        Cells by indicator: rated in all; of these, carried forward by ``hold``; of these, beyond
        the range of a step and set to its end (a count of 0, or a fall, is not beyond a floor).
    missing_columns : mapping of str to tuple of str
        Indicators that could not be rated because the file lacks a column, and which.
    notes : tuple of str
        Whatever else a reader should know, such as words that the mapping does not have.
    measures : tuple of Measure
        What rated each indicator.
    """

    name: str
    title: str
    version: str
    file: str
    rows_read: int
    rows_kept: int
    dropped: Dictionary[str, Dropped]
    rated: Dictionary[str, int]
    held: Dictionary[str, int]
    clipped: Dictionary[str, int]
    missing_columns: Dictionary[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()
    measures: tuple[Measure, ...] = field(default=(), repr=False)

    @property
    def left_out(self) -> tuple[str, ...]:
        """What the panel lacks or a reader must know, one line each, for its ``notes``."""
        lines = [f"left out: {reason}: {drop}" for reason, drop in self.dropped.items()]
        lines += [
            f"{indicator} not rated: the file lacks {', '.join(columns)}"
            for indicator, columns in self.missing_columns.items()
        ]
        return tuple(f"{self.name}: {line}" for line in (*lines, *self.notes))

    def __str__(self) -> str:
        """Write the report in lines that a person can read."""
        rows = f"{self.rows_read} rows read, {self.rows_kept} kept"
        lines = [f"{self.title} {self.version} ({self.file}): {rows}"]
        lines += [f"  left out: {reason}: {drop}" for reason, drop in self.dropped.items()]
        lines.append(f"  rated {len(self.rated)} indicators: {_counts(self.rated)}")
        if self.held:
            lines.append(f"  of these carried forward: {_counts(self.held)}")
        if self.clipped:
            beyond = "of these beyond the declared range, set to its end"
            lines.append(f"  {beyond}: {_counts(self.clipped)}")
        if self.missing_columns:
            gone = (f"{i} ({', '.join(columns)})" for i, columns in self.missing_columns.items())
            lines.append(f"  not rated, as this file lacks the columns: {', '.join(gone)}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


@dataclass(frozen=True)
class Overlap:
    """Cells of one indicator that several panels rated, and whose rating was taken."""

    indicator: str
    cells: int
    taken: Dictionary[str, int]

    def __str__(self) -> str:
        return f"{self.indicator}: {self.cells} cells ({_counts(self.taken)})"


@dataclass(frozen=True)
class Finding:
    """Something about the choice of variables that a reader of the scores must know."""

    kind: str
    indicators: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


@dataclass(frozen=True)
class CombineReport:
    """How several panels became one.

    Parameters
    ----------
    rule : str
        The rule that decided cells which several panels rated.
    panels : tuple of str
        The panels, in the order given.
    overlaps : tuple of Overlap
        By indicator: cells that several panels rated.
    editions : mapping of str to int
        By indicator: series of units left out because another edition of the same source supplies
        them.
    mixed : mapping of str to int
        By indicator: series of units that hold ratings of two or more sources.
    findings : tuple of Finding
        Variables and concepts on both sides, and events told twice, of the ratings that were used.
    notes : tuple of str
        Whatever else a reader should know.
    """

    rule: str
    panels: tuple[str, ...]
    overlaps: tuple[Overlap, ...]
    editions: Dictionary[str, int]
    mixed: Dictionary[str, int]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write the report in lines that a person can read."""
        told = f"{len(self.findings)} findings on variables that tell one thing twice"
        lines = [f"{len(self.panels)} panels combined by the rule '{self.rule}'; {told}"]
        lines += [f"  {number}. {name}" for number, name in enumerate(self.panels, start=1)]
        lines += [f"  rated by several panels: {overlap}" for overlap in self.overlaps]
        if self.editions:
            lines.append(f"  series of another edition left out: {_counts(self.editions)}")
        if self.mixed:
            lines.append(f"  series that mix sources: {_counts(self.mixed)}")
        lines += [f"  note: {note}" for note in self.notes]
        lines += [f"  finding: {finding}" for finding in self.findings]
        return "\n".join(lines)


def dropped(labels: list[str]) -> Dropped:
    """Count what was left out and name the most frequent.

    Examples
    --------
    >>> str(dropped(["AFE", "WLD", "AFE"]))
    '3 (AFE x2, WLD)'
    """
    shown = [
        label if count == 1 else f"{label} x{count}"
        for label, count in Counter(labels).most_common(EXAMPLES)
    ]
    more = len(set(labels)) - len(shown)
    return Dropped(len(labels), (*shown, f"and {more} more") if more > 0 else tuple(shown))


def _counts(counts: Dictionary[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())
