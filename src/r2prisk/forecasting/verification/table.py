"""The gate of verification: forecasts of any kind, checked and laid out as one table."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.about import __version__
from r2prisk.errors import InputError, nearest
from r2prisk.forecasting.backtest import Backtest
from r2prisk.forecasting.frozen import Frozen
from r2prisk.forecasting.onsets import Onsets
from r2prisk.forecasting.verification.discrimination import Codes, Floats
from r2prisk.panel.periods import KINDS, parse_periods
from r2prisk.scoring.uncertainty.gate import seed_of, whole

NEEDED = ("unit", "target", "probability")
MARKS = ("outcome", "ongoing")
OPTIONAL = ("outcome", "climatology", "ongoing", "record")
DRAWS = 1000
"""Resamples of countries behind every interval."""

BARE = "without a reference (left out of skill scores only)"
SILENT = "without word of what was under way (left out of all views but 'all')"

SHOWN = 10
"""How many names a line spells out; the others are counted."""


@dataclasses.dataclass(frozen=True, eq=False)
class Table:
    """Rows whose outcome is known, in order of target and unit; made by ``lay_out``.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``unit``, ``target``, ``probability``, ``outcome``, ``ongoing``, ``climatology`` and, if
        there is one, ``record``.
    horizon : int
        Periods that an outcome spans.
    aside : dict of str to int
        How many rows or onsets are left out of what, by reason.
    provenance : dict
        Of the forecasts, where they have one.
    """

    frame: pd.DataFrame
    horizon: int
    aside: dict[str, int]
    provenance: dict[str, Any]

    @cached_property
    def chance(self) -> Floats:
        """Probability of each row."""
        return self.frame["probability"].to_numpy(dtype=np.float64)

    @cached_property
    def outcome(self) -> Floats:
        """Outcome of each row, 0 or 1."""
        return self.frame["outcome"].to_numpy(dtype=np.float64)

    @cached_property
    def climatology(self) -> Floats:
        """The reference chance of each row; NaN where there is none."""
        return self.frame["climatology"].to_numpy(dtype=np.float64)

    @cached_property
    def unit(self) -> Codes:
        """Unit of each row, from 0."""
        return np.asarray(pd.factorize(self.frame["unit"], sort=True)[0], dtype=np.intp)

    @cached_property
    def period(self) -> Codes:
        """Target of each row, from 0; one more a period."""
        ordinals = pd.PeriodIndex(self.frame["target"]).asi8
        return np.asarray(ordinals - ordinals.min(), dtype=np.intp)

    def take(self, rows: NDArray[np.bool_]) -> Table:
        """Return the marked rows."""
        return dataclasses.replace(self, frame=self.frame[rows].reset_index(drop=True))


def generator_of(rng: object, subject: str) -> np.random.Generator:
    """Return the random numbers of a seed.

    Raises
    ------
    InputError
        If it is neither a whole number from 0 nor a Generator.

    Examples
    --------
    >>> generator_of(-1, "verify")
    Traceback (most recent call last):
    r2prisk.errors.InputError: verify: rng is -1; it must be a whole number from 0, or a Generator
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if not whole(rng) or rng < 0:
        raise InputError(
            subject, [f"rng is {rng!r}; it must be a whole number from 0, or a Generator"]
        )
    return np.random.default_rng(rng)


def stamped(rng: int | np.random.Generator) -> dict[str, Any]:
    """Return what a result says of the library and of its resamples.

    Examples
    --------
    >>> stamped(5)["seed"], stamped(5)["resamples"]
    (5, 1000)
    """
    return {"r2prisk": __version__, "seed": seed_of(rng), "resamples": DRAWS}


def resamples(units: int, rng: np.random.Generator) -> Floats:
    """Return how often each unit stands in the sample itself and in each resample of units.

    The years of one country are not independent, so countries are drawn and not rows.

    Examples
    --------
    >>> counts = resamples(3, np.random.default_rng(0))
    >>> counts[0].tolist(), counts.shape, float(counts[1].sum())
    ([1.0, 1.0, 1.0], (1001, 3), 3.0)
    """
    drawn = rng.multinomial(units, np.full(units, 1 / units), size=DRAWS)
    return np.vstack([np.ones(units), drawn]).astype(np.float64)


def lay_out(
    forecasts: Backtest | Frozen | pd.DataFrame,
    *,
    onsets: Onsets | None = None,
    reference: Onsets | pd.DataFrame | None = None,
    subject: str = "verify",
) -> Table:
    """Check forecasts, fill in what came, and set aside what is not known.

    Parameters
    ----------
    forecasts, onsets, reference
        As in :func:`r2prisk.forecasting.verify`.
    subject : str
        Who asks, in messages.

    Returns
    -------
    Table
        With at least one row without an onset; there may be no onset at all.

    Raises
    ------
    InputError
        With all that is wrong.

    Examples
    --------
    >>> frame = pd.DataFrame({"unit": ["SDN", "GHA"], "target": 2003, "probability": [0.2, 0.1],
    ...                       "outcome": [1, 0]})
    >>> lay_out(frame).outcome.tolist()
    [0.0, 1.0]
    """
    frame, horizon, provenance = _frame(forecasts, subject, blind=onsets is None)
    problems = _strangers(onsets, reference)
    table = _columns(frame, problems, need_outcome=onsets is None)
    if table is None or problems:
        raise InputError(subject, problems)
    aside: dict[str, int] = {}
    if onsets is not None:
        origin = pd.PeriodIndex(table["target"]) - 1
        index = pd.MultiIndex.from_arrays([table["unit"], origin], names=["unit", "period"])
        table["outcome"] = onsets.outcomes(index, horizon=horizon).to_numpy()
        aside = _uncovered(table, onsets, horizon)
    known = table["outcome"].notna()
    aside["without a known outcome"] = int((~known).sum())
    table = table[known].sort_values(["target", "unit"], ignore_index=True)
    if not len(table):
        raise InputError(subject, [f"none of {len(known):,} rows has a known outcome"])
    if table["outcome"].all():
        found = f"all {len(table):,} rows with a known outcome are onsets"
        raise InputError(subject, [f"{found}; give those of the other units and periods too"])
    table["climatology"] = _climatology(table, horizon, reference)
    aside[BARE] = int(table["climatology"].isna().sum())
    silent = table["ongoing"].isna()
    aside[SILENT] = 0 if silent.all() else int(silent.sum())
    return Table(table, horizon, aside, provenance)


def _strangers(onsets: object, reference: object) -> list[str]:
    """Say what was given in the place of onsets or of a reference and is neither."""
    problems: list[str] = []
    if onsets is not None and not isinstance(onsets, Onsets):
        found = type(onsets).__name__
        problems.append(f"onsets: needs Onsets, found {found}; read_onsets makes them of a table")
    if reference is not None and not isinstance(reference, Onsets | pd.DataFrame):
        found = type(reference).__name__
        problems.append(f"reference: needs Onsets or a frame of forecasts, found {found}")
    return problems


def _uncovered(table: pd.DataFrame, onsets: Onsets, horizon: int) -> dict[str, int]:
    """Count and name the onsets between the first and the last target that no row forecasts."""
    units, targets = table["unit"], pd.PeriodIndex(table["target"])
    covered = pd.MultiIndex.from_arrays(
        [np.tile(units, horizon), np.concatenate([targets.asi8 + h for h in range(horizon)])]
    )
    events = onsets.table
    when = pd.PeriodIndex(events["period"]).asi8
    due = (when >= targets.asi8.min()) & (when < targets.asi8.max() + horizon)
    bare = due & ~pd.MultiIndex.from_arrays([events["unit"], when]).isin(covered)
    names = [f"{row.unit} {row.period}" for row in events[bare].itertuples(index=False)]
    if not names:
        return {}
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    plural = "" if len(names) == 1 else "s"
    return {f"onset{plural} that no row forecasts ({', '.join(names[:SHOWN])}{more})": len(names)}


def _frame(
    forecasts: Backtest | Frozen | pd.DataFrame, subject: str, *, blind: bool
) -> tuple[pd.DataFrame, int, dict[str, Any]]:
    if isinstance(forecasts, pd.DataFrame):
        named = [n for n in forecasts.index.names if n is not None and n not in forecasts.columns]
        frame = forecasts.reset_index(level=named) if named else forecasts
        models = frame["model"].unique().tolist() if "model" in frame.columns else []
        horizon, provenance = 1, {}
    elif isinstance(forecasts, Frozen):
        forecasts.check()
        if blind:
            raise InputError(subject, ["a frozen forecast has no outcomes; give the onsets"])
        told = {key: value for key, value in forecasts.content.items() if key != "forecasts"}
        return forecasts.frame, forecasts.horizon, told
    elif isinstance(forecasts, Backtest):  # pyright: ignore[reportUnnecessaryIsInstance]
        frame, models = forecasts.frame, list(forecasts.models)
        horizon, provenance = forecasts.horizon, forecasts.provenance
    else:  # people pass the scores; the type checker is not there to stop them
        found = f"needs a Backtest, a frozen forecast or a frame, found {type(forecasts).__name__}"
        raise InputError(subject, [found])
    if len(models) > 1:
        names = ", ".join(map(str, models))
        raise InputError(subject, [f"holds {names}; take one with of(name), or compare them"])
    return frame, horizon, provenance


def _columns(
    frame: pd.DataFrame, problems: list[str], *, need_outcome: bool
) -> pd.DataFrame | None:
    """Check the columns and return those that are used."""
    needed = [*NEEDED, "outcome"] if need_outcome else list(NEEDED)
    missing = [name for name in needed if name not in frame.columns]
    for name in missing:
        problems.append(f"has no column '{name}'{nearest(name, map(str, frame.columns))}")
    used = [name for name in (*needed, *OPTIONAL) if name in frame.columns]
    twins = [name for name in dict.fromkeys(used) if (frame.columns == name).sum() > 1]
    problems += [f"column '{name}' stands more than once" for name in twins]
    if missing or twins or not len(frame):
        problems += [] if missing or twins else ["has no rows"]
        return None
    rows = np.arange(len(frame), dtype=np.int64)
    targets = parse_periods(frame["target"], rows, "target", problems)
    table = pd.DataFrame({"unit": frame["unit"].to_numpy(dtype=object)})
    strange = [repr(u) for u in table["unit"].unique() if not isinstance(u, str)]
    if strange:
        more = f" and {len(strange) - SHOWN} more" if len(strange) > SHOWN else ""
        problems.append(f"units need names as text, found {', '.join(strange[:SHOWN])}{more}")
    for name in ("probability", "outcome", "climatology", "ongoing"):
        if name in frame.columns:
            table[name] = _numbers(frame[name], name, problems)
    if targets is None or problems:
        return None
    table["target"] = targets
    twice = table.duplicated(["unit", "target"])
    if twice.any():
        unit, target = table.loc[twice, ["unit", "target"]].iloc[0]
        problems.append(f"{int(twice.sum())} rows stand twice, first {unit} {target}")
    marks = table["ongoing"] if "ongoing" in table.columns else [pd.NA] * len(table)
    table["ongoing"] = pd.Series(marks, dtype="boolean")
    if "record" in frame.columns:
        table["record"] = frame["record"].fillna("").astype(str).to_numpy()
    return table


def _numbers(column: pd.Series[Any], name: str, problems: list[str]) -> Floats:
    """Return a column as numbers from 0 to 1, empty cells as NaN where they may be."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    words = column[np.isnan(numbers) & column.notna().to_numpy()]
    if len(words):
        allowed = "; use 1, 0 or an empty cell" if name in MARKS else ""
        problems.append(f"column '{name}': {words.iloc[0]!r} is no number{allowed}")
        return numbers
    if name in MARKS:
        if not np.isin(numbers[~np.isnan(numbers)], [0, 1]).all():
            problems.append(f"column '{name}': holds more than 0, 1 and empty cells")
        return numbers
    empty = np.isnan(numbers)
    if name == "probability" and empty.any():
        problems.append(f"column 'probability': {int(empty.sum())} cells are empty")
    wrong = ~empty & ~((numbers >= 0) & (numbers <= 1))
    if wrong.any():
        found = f"{int(wrong.sum())} values are not from 0 to 1, first {numbers[wrong][0]:g}"
        hint = "; per cent?" if np.nanmax(numbers) <= 100 and np.nanmin(numbers) >= 0 else ""
        problems.append(f"column '{name}': {found}{hint}")
    return numbers


def _climatology(
    table: pd.DataFrame, horizon: int, reference: Onsets | pd.DataFrame | None
) -> NDArray[np.float64]:
    """Return the reference chance of each row."""
    if isinstance(reference, pd.DataFrame):
        problems: list[str] = []
        other = _columns(reference, problems, need_outcome=False)
        if other is None or problems:
            raise InputError("reference", problems)
        _same_kind(pd.PeriodIndex(other["target"]), table)
        merged = table[["unit", "target"]].merge(
            other[["unit", "target", "probability"]], how="left", on=["unit", "target"]
        )
        if merged["probability"].isna().all():
            raise InputError("reference", ["has none of the forecasts' units and targets"])
        return merged["probability"].to_numpy(dtype=np.float64)
    if reference is None and "climatology" in table.columns:
        return table["climatology"].to_numpy(dtype=np.float64)
    if reference is not None:
        _same_kind(reference.periods, table)
    past = table[["target", "outcome"]] if reference is None else _history(reference, horizon)
    return _running(past, table, horizon)


def _same_kind(periods: pd.PeriodIndex, table: pd.DataFrame) -> None:
    theirs, ours = periods.freqstr[0], pd.PeriodIndex(table["target"]).freqstr[0]
    if theirs != ours:
        found = f"stands by {KINDS[theirs]}, the forecasts by {KINDS[ours]}"
        raise InputError("reference", [found])


def _history(reference: Onsets, horizon: int) -> pd.DataFrame:
    """Return target and outcome of every cell that a table of onsets knows."""
    if reference.complete:
        found = "a list of episodes does not say which units there were; give a table of rows"
        raise InputError("reference", [found])
    u, t = np.nonzero(reference.state >= 0)
    before = reference.periods[t] - 1
    units = np.array(reference.units, dtype=object)[u]
    index = pd.MultiIndex.from_arrays([units, before], names=["unit", "period"])
    outcome = reference.outcomes(index, horizon=horizon).to_numpy()
    return pd.DataFrame({"target": before + 1, "outcome": outcome}).dropna()


def _running(past: pd.DataFrame, table: pd.DataFrame, horizon: int) -> NDArray[np.float64]:
    """Return ``(ones + 1/2) / (rows + 1)`` over the outcomes known before each target began.

    NaN until the first onset is known: a climatology of nothing is easily beaten.
    """
    groups = past.groupby("target")["outcome"]
    when = pd.PeriodIndex(groups.sum().index).asi8
    ones, rows = groups.sum().cumsum().to_numpy(), groups.size().cumsum().to_numpy()
    # the outcome of target Z is known at the end of Z + horizon - 1
    ready = pd.PeriodIndex(table["target"]).asi8 - horizon
    place = np.searchsorted(when, ready, side="right") - 1
    seen, of = ones[place.clip(0)], rows[place.clip(0)]
    return np.where((place >= 0) & (seen > 0), (seen + 0.5) / (of + 1), np.nan)
