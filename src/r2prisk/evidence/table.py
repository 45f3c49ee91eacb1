"""A table of evidence: frozen, in columns, of one row or of a million."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.catalogue import Framework
from r2prisk.errors import InputError, nearest
from r2prisk.evidence import words
from r2prisk.evidence.models import LEVELS, Evidence, Sensitivity
from r2prisk.evidence.settled import links
from r2prisk.evidence.write import write_evidence
from r2prisk.files import sha256
from r2prisk.panel.periods import period_of
from r2prisk.plots import Plots

SPANS = {"year": "Y", "quarter": "Q", "month": "M", "whole": "Y"}
"""The periods by which coders are compared."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class EvidenceTable:
    """Coded evidence, checked.

    Build one with :func:`read_evidence`; the constructor itself checks nothing.

    Parameters
    ----------
    _frame : pandas.DataFrame, shape (n, 19)
        Checked evidence, a row for each piece.
    frameworks : tuple of Framework
        The frameworks to which the indicators belong.
    sources : tuple of str
        The files that it came from.
    notes : tuple of str
        What was left out, one line each.

    Examples
    --------
    >>> from r2prisk.evidence import Evidence, read_evidence
    >>> seen = Evidence(id="E1", unit="KEN", indicator="7.10", date="2008-01-16", rating="strong",
    ...     confidence="medium", mechanism="ngo", reference="An invented report", coder="A")
    >>> table = read_evidence([seen])
    >>> len(table), table.units, table.rows(0)[0] == seen
    (1, ('KEN',), True)
    """

    _frame: pd.DataFrame
    frameworks: tuple[Framework, ...]
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    plot = Plots()

    def __len__(self) -> int:
        return len(self._frame)

    @cached_property
    def units(self) -> tuple[str, ...]:
        """The units, sorted."""
        return tuple(self._frame["unit"].cat.categories)

    @cached_property
    def indicators(self) -> tuple[str, ...]:
        """The indicators, in the order of their frameworks."""
        return tuple(self._frame["indicator"].cat.categories)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of all cells, in their order."""
        parts: list[bytes | memoryview] = []
        for name in self._frame:
            column = self._frame[name]
            if isinstance(column.dtype, pd.CategoricalDtype):
                parts += ["\n".join(column.cat.categories).encode(), _bytes(column.cat.codes)]
            elif column.dtype == object:
                parts.append("\x00".join(column.tolist()).encode())
            else:
                parts.append(_bytes(column))
        return sha256(*parts)

    def to_frame(self) -> pd.DataFrame:
        """Return a copy as a frame.

        Returns
        -------
        pandas.DataFrame, shape (n, 19)
            The fields of :class:`Evidence`; categories for what repeats, days as
            ``datetime64[s]``, ratings as float (NaN where there is a state), lists as text with
            semicolons, an empty text where nothing is said.
        """
        return self._frame.copy()

    def rows(self, at: int | slice | Sequence[int] | NDArray[np.intp]) -> tuple[Evidence, ...]:
        """Return rows as pieces of evidence, by position; one position gives a tuple of one.

        Raises
        ------
        InputError
            If there is no such row.
        """
        try:
            part = self._frame.iloc[np.atleast_1d(np.arange(len(self))[at])]
        except IndexError:
            raise InputError("evidence", [f"has {len(self):,} rows, and no row {at}"]) from None
        return tuple(
            Evidence(**{str(name): _field(str(name), value) for name, value in record.items()})
            for record in part.to_dict("records")
        )

    def select(
        self,
        *,
        units: Iterable[str] | None = None,
        first: object = None,
        last: object = None,
        known: object = None,
        sensitivity: Sensitivity | None = None,
    ) -> Self:
        """Return the rows of some units, of a span of time, known by then, up to a sensitivity.

        A row that settles another which is not selected no longer names it.

        Parameters
        ----------
        units : iterable of str, optional
            ISO 3166 alpha-3 codes.
        first, last : period, date or text, optional
            The rows whose date lies from the first day of ``first`` to the last day of ``last``.
        known : period, date or text, optional
            The rows that could be known on the last day of it.
        sensitivity : {"public", "restricted", "confidential"}, optional
            The most sensitive rows to keep: ``restricted`` keeps public rows too.

        Raises
        ------
        InputError
            If a unit is not in the table or there is no such sensitivity (the nearest is named), or
            a period cannot be read.
        """
        keep = np.ones(len(self), dtype=bool)
        if units is not None:
            wanted = (units,) if isinstance(units, str) else tuple(units)
            problems = [
                f"no unit '{u}'{nearest(u, self.units)}" for u in wanted if u not in self.units
            ]
            if problems:
                raise InputError("evidence", problems)
            keep &= self._frame["unit"].isin(wanted).to_numpy()
        days = self._frame["date"].to_numpy().astype("datetime64[D]")
        if first is not None:
            keep &= days >= _day(first, "first", "start")
        if last is not None:
            keep &= days <= _day(last, "last", "end")
        if known is not None:
            keep &= self._since().to_numpy().astype("datetime64[D]") <= _day(known, "known", "end")
        if sensitivity is not None:
            if sensitivity not in LEVELS:
                message = (
                    f"no such level; allowed: {', '.join(LEVELS)}{nearest(sensitivity, LEVELS)}"
                )
                raise InputError(f"sensitivity '{sensitivity}'", [message])
            allowed = LEVELS[: LEVELS.index(sensitivity) + 1]
            keep &= self._frame["sensitivity"].isin(allowed).to_numpy()
        return self._kept(keep)

    def public(self) -> Self:
        """Return the public rows alone, with no trace of the others.

        Identifiers, coders, references, groups, notes and sources of restricted and confidential
        rows are gone, from lists of settled rows and from categories too, and so are the names of
        files and the order of what was left out. Only how many rows were left out is said. What a
        public row itself says of another in its own words stays: read it before you share it. A
        public row that a restricted one settled counts again, as if nobody had settled it: settle
        in public what is to stay settled.
        """
        public = self.select(sensitivity="public")
        left = len(self) - len(public)
        row = "row is" if left == 1 else "rows are"
        note = f"{left:,} {row} restricted or confidential and left out"
        return dataclasses.replace(public, sources=(), notes=(note,) if left else ())

    def codings(
        self, *, per: Literal["year", "quarter", "month", "whole"] = "year"
    ) -> pd.DataFrame:
        """Return who rated what, so that coders can be compared.

        Coders seldom cite documents of one day: two of them share a cell where country, indicator
        and period are the same.

        Parameters
        ----------
        per : {"year", "quarter", "month", "whole"}
            The periods; ``whole`` takes all dates as one, as in one round of filling in a form.

        Returns
        -------
        pandas.DataFrame, shape (n, 7)
            Columns ``id``, ``unit``, ``indicator``, ``period``, ``coder``, ``rating`` (a word where
            there is a state) and ``adjudicates``: what ``agreement``, ``severity``,
            ``disagreements``, ``compare_self`` and ``flatness`` take.

        Raises
        ------
        InputError
            If there are no such periods (the nearest is named).
        """
        if per not in SPANS:
            problem = f"allowed: {', '.join(SPANS)}{nearest(per, SPANS)}"
            raise InputError(f"per '{per}'", [problem])
        frame = self._frame
        days = pd.DatetimeIndex(frame["date"])
        if per == "whole":
            days = pd.DatetimeIndex([days.max()] * len(days))
        rating = frame["rating"].astype(object)
        return pd.DataFrame(
            {
                "id": frame["id"],
                "unit": frame["unit"].astype(object),
                "indicator": frame["indicator"].astype(object),
                "period": days.to_period(SPANS[per]),
                "coder": frame["coder"].astype(object),
                "rating": rating.where(frame["rating"].notna(), frame["state"].astype(object)),
                "adjudicates": frame["adjudicates"],
            }
        )

    def periods(self, per: Literal["year", "quarter", "month"] = "year") -> pd.PeriodIndex:
        """Return every period from the first in which evidence was known to the last.

        Raises
        ------
        InputError
            If there are no such periods (the nearest is named), or the table is empty.
        """
        known = self._since()
        spans = [name for name in SPANS if name != "whole"]
        if per not in spans:
            problem = f"allowed: {', '.join(spans)}{nearest(per, spans)}"
            raise InputError(f"per '{per}'", [problem])
        if not len(self):
            raise InputError("evidence", ["has no rows, and so no periods"])
        first, last = (day.to_period(SPANS[per]) for day in (known.min(), known.max()))
        return pd.period_range(first, last, freq=SPANS[per])

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the table as ``.csv``, ``.jsonl``, ``.parquet`` or ``.xlsx``.

        ``read_evidence`` gives it back whole. No text in it is a formula.

        Raises
        ------
        InputError
            If the ending is none of these, a text is too long for a cell of a workbook, or the file
            cannot be written.
        MissingExtraError
            If the library that writes the format is not installed.
        """
        write_evidence(self._frame, path)

    def _since(self) -> pd.Series[pd.Timestamp]:
        """Return the day from which each row could be known."""
        return self._frame["known"].fillna(self._frame["date"])

    def _kept(self, keep: NDArray[np.bool_]) -> Self:
        """Return some rows, with nothing left of the others."""
        if keep.all():
            return self
        frame = self._frame[keep].reset_index(drop=True)
        notes = [*self.notes, f"{len(frame):,} of {len(self):,} rows selected"]
        for name in frame:
            if isinstance(frame[name].dtype, pd.CategoricalDtype):
                frame[name] = frame[name].cat.remove_unused_categories()
        who, names, whom = links(frame)
        lost = whom < 0
        if lost.any():
            left: dict[int, list[str]] = {int(n): [] for n in who}
            for n, name, gone in zip(who.tolist(), names, lost.tolist(), strict=True):
                left[n] += [] if gone else [name]
            frame.loc[list(left), "adjudicates"] = [words.JOIN.join(v) for v in left.values()]
            notes.append(f"{int(lost.sum()):,} settled rows that were not selected are not named")
        return dataclasses.replace(self, _frame=frame, notes=tuple(notes))

    def __repr__(self) -> str:
        coders = self._frame["coder"].nunique()
        counts = {
            "row": len(self),
            "unit": len(self.units),
            "indicator": len(self.indicators),
            "coder": coders,
        }
        said = ", ".join(f"{n:,} {what}{'' if n == 1 else 's'}" for what, n in counts.items())
        if not len(self):
            return "\n".join(["EvidenceTable: no rows", *self.notes])
        days = self._frame["date"]
        span = f"{str(days.min())[:10]} to {str(days.max())[:10]}"
        levels = self._frame["sensitivity"].value_counts()
        shown = ", ".join(f"{levels[name]:,} {name}" for name in LEVELS if levels.get(name, 0))
        return "\n".join([f"EvidenceTable: {said}, {span}", f"Sensitivity: {shown}", *self.notes])


def _bytes(column: pd.Series[Any]) -> memoryview:
    return np.ascontiguousarray(column.to_numpy()).view(np.uint8).data


def _field(name: str, value: Any) -> Any:
    """Return a cell as the field of a piece of evidence."""
    if name in ("groups", "adjudicates"):
        return words.entries(value)
    if words.is_missing(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def _day(value: object, name: str, end: Literal["start", "end"]) -> np.datetime64:
    return np.datetime64(period_of(value, name).asfreq("D", end).ordinal, "D")
