"""From the rows of a file to dense grids of (unit, year)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from r2prisk.catalogue.units import Unit, lineage, load_units, resolve
from r2prisk.errors import InputError
from r2prisk.sources.mapping import Mapping
from r2prisk.sources.report import Dropped, dropped
from r2prisk.sources.table import Table
from r2prisk.sources.transforms import Grid, word_key

Flags = NDArray[np.bool_]
Places = NDArray[np.intp]


@dataclass(frozen=True)
class Rows:
    """Where each row that counts belongs: which row of the file, which unit, which year.

    ``value`` is None where the columns of the file are the values, and 0 or 1 where the mapping
    says ``since``. ``exists`` says in which years a unit may have a rating at all; ``filled`` where
    the absence of a row means a value.
    """

    row: Places
    unit: Places
    year: Places
    units: tuple[str, ...]
    years: NDArray[np.int64]
    exists: Flags
    filled: Flags
    value: NDArray[np.float64] | None = None
    dropped: dict[str, Dropped] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        """Units and years."""
        return len(self.units), len(self.years)

    def flags(self, chosen: Flags) -> Flags:
        """Return the grid of cells that have a chosen row."""
        grid = np.zeros(self.shape, dtype=bool)
        grid[self.unit[chosen], self.year[chosen]] = True
        return grid

    def grid(self, values: NDArray[np.float64], chosen: Flags, how: str) -> tuple[Grid, Flags]:
        """Put the values of the chosen rows into their cells; the order of rows has no effect.

        Returns the grid and, where ``how`` is ``one``, the cells for which rows give different
        values: nobody can say which of them holds, so these cells have none.
        """
        known = chosen & ~np.isnan(values)
        place = self.unit[known] * self.shape[1] + self.year[known]
        x, size = values[known], self.shape[0] * self.shape[1]
        order = np.lexsort((x, place))  # sums to the last bit
        place, x = place[order], x[order]
        count = np.bincount(place, minlength=size)
        differ = np.zeros(size, dtype=bool)
        if how in ("mean", "sum"):
            result = np.bincount(place, weights=x, minlength=size)
            result = result / np.maximum(count, 1) if how == "mean" else result
        elif how in ("max", "min"):
            result = np.full(size, -np.inf if how == "max" else np.inf)
            (np.maximum if how == "max" else np.minimum).at(result, place, x)
        else:
            result = np.zeros(size)
            result[place] = x
            differ[place[x != result[place]]] = True
        result = np.where((count > 0) & ~differ, result, np.nan)
        return result.reshape(self.shape), differ.reshape(self.shape)

    def names(self, cells: Flags) -> list[str]:
        """Return the unit and year of some cells, as ``SDN 2003``."""
        return [f"{self.units[unit]} {self.years[year]}" for unit, year in np.argwhere(cells)]


def place_rows(table: Table, mapping: Mapping) -> Rows:
    """Find the unit and the year of every row, and name the rows that are left out.

    Raises
    ------
    InputError
        If no row is left, or the years cannot be read.
    """
    subject = f"source {mapping.name}, file {table.name}"
    year, row = _years(table, mapping, subject)
    lost: dict[str, Dropped] = {}
    keep = ~np.isnan(year)
    _note(lost, "no year", ["a row"] * int((~keep).sum()))
    outside = keep & ~_within(year, mapping)
    _note(lost, "a year outside the mapping", [f"{y:g}" for y in year[outside]])
    keep &= ~outside
    unit, label = _units(table, mapping, row, year)
    nobody = keep & np.array([u is None for u in unit], dtype=bool)
    _note(lost, "the code stands for no unit in that year", label[nobody].tolist())
    keep &= ~nobody
    keep &= _states_only(unit, year, keep, mapping, lost)
    if not keep.any():
        reasons = [f"every row was left out: {why}: {drop}" for why, drop in lost.items()]
        raise InputError(subject, reasons)
    value = _since(table, mapping, row, year, subject) if mapping.period.since else None
    return _rows(mapping, row[keep], unit[keep], year[keep], value, keep, lost)


def _rows(
    mapping: Mapping,
    row: Places,
    unit: NDArray[np.object_],
    year: NDArray[np.float64],
    value: NDArray[np.float64] | None,
    keep: Flags,
    lost: dict[str, Dropped],
) -> Rows:
    first, last = int(year.min()), int(year.max())
    holds = [s.hold for r in mapping.ratings for s in r.steps if s.hold is not None]
    reach = [min(last + h.periods, h.until) for h in holds]
    absent = mapping.absent
    if absent is not None:
        first = min(first, absent.first)
    years = np.arange(first, max([last, *reach]) + 1)
    states = load_units()
    units = sorted(set(unit.tolist()))
    if absent is not None:
        span = range(absent.first, min(last, absent.last) + 1)
        units = sorted({*units, *(u.id for u in states.values() if any(map(u.independent, span)))})
    place = {name: n for n, name in enumerate(units)}
    exists = np.array([[_exists(states[u], int(y), mapping) for y in years] for u in units])
    filled = np.zeros_like(exists)
    if absent is not None:
        covered = (years >= absent.first) & (years <= min(last, absent.last))
        independent = np.array([[states[u].independent(int(y)) for y in years] for u in units])
        filled = independent & covered[None, :]
    return Rows(
        row=row,
        unit=np.array([place[u] for u in unit.tolist()], dtype=np.intp),
        year=(year - first).astype(np.intp),
        units=tuple(units),
        years=years,
        exists=exists,
        filled=filled,
        value=None if value is None else value[keep],
        dropped=lost,
    )


def carry_history(grid: Grid, units: tuple[str, ...]) -> Grid:
    """Give a state that continues another (Russia the Soviet Union) the years before its own.

    Only for the steps that look back: those years are never rated under the later code.

    Examples
    --------
    >>> carry_history(np.array([[np.nan, 2.0], [1.0, np.nan]]), ("RUS", "SUN")).tolist()
    [[1.0, 2.0], [1.0, nan]]
    """
    place = {unit: n for n, unit in enumerate(units)}
    result = grid.copy()
    for unit, n in place.items():
        for older in lineage(unit)[: lineage(unit).index(unit)][::-1]:
            if older in place:
                result[n] = np.where(np.isnan(result[n]), grid[place[older]], result[n])
    return result


def _years(table: Table, mapping: Mapping, subject: str) -> tuple[NDArray[np.float64], Places]:
    """Return the year of each row; with ``since``, each row once for every year it speaks of."""
    period = mapping.period
    row = np.arange(len(table), dtype=np.intp)
    if period.snapshot is not None:
        return np.full(len(row), float(period.snapshot)), row
    if period.since is not None and period.first is not None and period.last is not None:
        years = np.arange(period.first, period.last + 1, dtype=float)
        return np.tile(years, len(row)), np.repeat(row, len(years))
    column = period.column or ""
    if period.map:
        words = table.words(column)
        by_word = {word_key(word): float(year) for word, year in period.map.items()}
        return np.array([by_word.get(word_key(word), np.nan) for word in words], dtype=float), row
    year, strange = table.numbers(column)
    if strange:
        problems = [f"column '{column}': '{text}' is not a year" for text in strange]
        raise InputError(subject, problems)
    odd = year[~np.isnan(year) & (year != np.floor(year))]
    if odd.size:
        raise InputError(subject, [f"column '{column}': {odd[0]:g} is not a year"])
    return year, row


def _within(year: NDArray[np.float64], mapping: Mapping) -> Flags:
    period = mapping.period
    late = year <= (period.last or np.inf)
    return np.asarray(late & (year >= (period.first or -np.inf)), dtype=bool)


def _since(
    table: Table, mapping: Mapping, row: Places, year: NDArray[np.float64], subject: str
) -> NDArray[np.float64]:
    """Return 1 from the year of an event on and 0 before it, 0 where it never happened."""
    start, strange = table.numbers(mapping.period.since or "")
    if strange:
        raise InputError(subject, [f"'{text}' is not a year" for text in strange])
    happened = np.ones(len(table), dtype=bool)
    for column, wanted in mapping.period.since_where.items():
        happened &= np.array([word_key(word) == word_key(wanted) for word in table.words(column)])
    start = np.where(happened, start, np.inf)
    return np.where(np.isnan(start[row]), np.nan, (year >= start[row]).astype(float))


def _units(
    table: Table, mapping: Mapping, row: Places, year: NDArray[np.float64]
) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    """Return the unit of each row by the first column that has one, and how the file names it."""
    unit = np.full(len(row), None, dtype=object)
    label = np.full(len(row), "(empty)", dtype=object)
    when = np.where(np.isnan(year), 0, year).astype(int)
    for key in mapping.unit:
        if key.column not in table.columns:
            continue
        words = table.words(key.column)[row]
        label = np.where((label == "(empty)") & (words != None), words.astype(object), label)  # noqa: E711
        open_ = np.array([u is None for u in unit], dtype=bool)
        if open_.any():
            unit[open_] = resolve(words[open_], key.key, when[open_])
    return unit, np.array([str(text) for text in label], dtype=object)


def _states_only(
    unit: NDArray[np.object_],
    year: NDArray[np.float64],
    keep: Flags,
    mapping: Mapping,
    lost: dict[str, Dropped],
) -> Flags:
    """Leave out territories, and years in which a unit was not (yet, or any more) a state."""
    states = load_units()
    pairs = [(unit[n], int(year[n])) for n in np.flatnonzero(keep)]
    verdict = {(u, y): _exists(states[u], y, mapping) for u, y in set(pairs)}
    good = np.ones(len(unit), dtype=bool)
    good[keep] = [verdict[pair] for pair in pairs]
    lost_units = [u for u, y in pairs if not verdict[u, y]]
    territories = [u for u in lost_units if not states[u].spells]
    early = [u for u in lost_units if states[u].spells]
    _note(lost, "a territory, not a state", territories)
    _note(lost, "not an independent state in that year", early)
    return good


def _exists(unit: Unit, year: int, mapping: Mapping) -> bool:
    """Say whether a unit may be rated in a year."""
    if unit.spells:
        return unit.independent(year)
    return mapping.territories or unit.kind != "territory"


def _note(lost: dict[str, Dropped], reason: str, labels: list[str]) -> None:
    if labels:
        lost[reason] = dropped(labels)
