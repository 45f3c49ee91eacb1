"""Forecasts frozen before the outcome: written once, read and scored years later."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError
from r2prisk.files import write_beside
from r2prisk.forecasting.backtest import Backtest
from r2prisk.forecasting.windows import HORIZONS
from r2prisk.panel.periods import period_of

FORMAT = "r2prisk frozen forecast 1"
KEYS = {
    "format": str,
    "made": str,
    "model": dict,
    "horizon": int,
    "origin": str,
    "target": str,
    "climatology": float,
    "forecasts": list,
    "provenance": dict,
    "hash": str,
}
"""What every file holds, and of what type."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Frozen:
    """A forecast as it was made; from ``read_frozen``.

    Parameters
    ----------
    content : dict
        What the file holds: ``format``, ``made`` (date), ``model`` (name, class, parameters,
        profile), ``horizon``, ``origin``, ``ratings_to`` (the latest period of which a rating was
        known; None: of none), ``target``, ``climatology``, ``forecasts`` (unit, probability,
        ongoing), ``provenance`` (versions, hashes of panel and onsets, seed, lag) and ``hash``.

    Examples
    --------
    >>> frozen = Frozen({"horizon": 1, "provenance": {"r2prisk": "1.0"}})
    >>> frozen.horizon, frozen.version
    (1, '1.0')
    """

    content: dict[str, Any]

    @property
    def horizon(self) -> int:
        """Periods ahead."""
        return int(self.content["horizon"])

    @property
    def target(self) -> pd.Period:
        """The first period that is forecast."""
        return period_of(self.content["target"], "target")

    @property
    def made(self) -> dt.date:
        """The day on which it was made, as it says itself."""
        return dt.date.fromisoformat(self.content["made"])

    @property
    def version(self) -> str:
        """The version of this library that made it."""
        return str(self.content["provenance"]["r2prisk"])

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Columns unit, target, probability, ongoing and climatology, one row a unit."""
        rows = pd.DataFrame(self.content["forecasts"])
        return rows.assign(
            target=pd.PeriodIndex([self.target] * len(rows)),
            ongoing=pd.Series(rows["ongoing"], dtype="boolean"),
            climatology=float(self.content["climatology"]),
        )

    def check(self) -> None:
        """Refuse a forecast that is none, was changed, or was made when the outcome had begun.

        Raises
        ------
        InputError
            If something is missing or of the wrong kind, the content does not give its hash, the
            day it was made is not before the first day of the target, or not after the first day
            of its origin, or onsets of the target were known.
        """
        problems = _faults(self.content)
        if "hash" in self.content and content_hash(self.content) != self.content["hash"]:
            problems.append("was changed after it was frozen: its content does not give its hash")
        if not problems:
            known = period_of(self.content["provenance"]["onsets"]["known"], "known")
            problems = _late(self.made, self.target, known)
        if problems:
            raise InputError("frozen forecast", problems)

    def __repr__(self) -> str:
        c = self.content
        first = self.frame.sort_values("probability", ascending=False).head(5)
        top = ", ".join(
            f"{_name(row.unit)} {row.probability:.1%}" for row in first.itertuples(index=False)
        )
        ahead = f"within {self.horizon}" if self.horizon > 1 else "in it"
        rated, known = c.get("ratings_to"), c["provenance"]["onsets"]["known"]
        told = f"Ratings to {rated}, onsets" if rated else "Onsets"
        return (
            f"Frozen forecast of {c['model']['name']} for {self.target} (an onset {ahead}), "
            f"made {c['made']} with r2prisk {self.version}: {len(self.frame):,} "
            f"unit{'' if len(self.frame) == 1 else 's'}; hash {c['hash'][:12]}\n"
            f"{told} known to {known}\nHighest: {top}\n{CAUTION}"
        )


def _name(unit: object) -> str:
    units = load_units()
    return units[str(unit)].name if str(unit) in units else str(unit)


def content_hash(content: dict[str, Any]) -> str:
    """Return the SHA-256 of what a frozen forecast holds, but for its own hash.

    Of the JSON text with sorted keys, no blanks and plain characters, so that anybody can check
    it without this library.

    Examples
    --------
    >>> content_hash({"a": 1, "hash": "x"})[:8]
    '015abd7f'
    """
    rest = {key: value for key, value in content.items() if key != "hash"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _late(made: dt.date, target: pd.Period, known: pd.Period) -> list[str]:
    """Say why a day is not one on which a forecast of the target can have been made."""
    begins, opens = target.start_time.date(), (target - 1).start_time.date()
    problems: list[str] = []
    if made >= begins:
        problems.append(f"was made on {made}, but {target} began on {begins}: it is no forecast")
    if made < opens:
        found = f"was made on {made}, before {opens}, when the last period it knows began"
        problems.append(found)
    if known >= target:
        problems.append(f"knows onsets until {known}, but forecasts {target}: it is no forecast")
    return problems


def _faults(content: dict[str, Any]) -> list[str]:
    """Say what keeps a content from being a frozen forecast; a right hash proves no sense."""
    lacking = [key for key in KEYS if key not in content]
    if lacking:
        return [f"lacks {', '.join(lacking)}"]
    problems = [
        f"{key}: needs {kind.__name__}, found {type(content[key]).__name__}"
        for key, kind in KEYS.items()
        if type(content[key]) is not kind
    ]
    if problems:
        return problems
    if content["horizon"] not in HORIZONS:
        problems.append(f"horizon: {content['horizon']} is not 1 or 2")
    name = content["model"].get("name")
    if not isinstance(name, str) or not name.isprintable():
        problems.append(f"model: {name!r} is no name")
    if not 0 <= content["climatology"] <= 1:
        problems.append(f"climatology: {content['climatology']} is not from 0 to 1")
    ends = [_period(content, key, problems) for key in ("origin", "target")]
    if None not in ends and ends[0] + 1 != ends[1]:
        problems.append(f"origin: {ends[0]} is not the period before {ends[1]}")
    if content.get("ratings_to") is not None:
        rated = _period(content, "ratings_to", problems)
        if None not in (rated, ends[0]) and rated.start_time > ends[0].start_time:
            problems.append(f"ratings_to: {rated} lies after the origin, {ends[0]}")
    told = content["provenance"].get("onsets")
    if not isinstance(told, dict) or _period(cast(dict[str, Any], told), "known", []) is None:
        problems.append("provenance: does not say until when onsets were known")
    if not isinstance(content["provenance"].get("r2prisk"), str):
        problems.append("provenance: does not say the version of r2prisk")
    try:
        dt.date.fromisoformat(content["made"])
    except ValueError:
        problems.append(f"made: '{content['made']}' is not a day such as 2026-11-30")
    return problems + _row_faults(content["forecasts"])


def _period(content: dict[str, Any], key: str, problems: list[str]) -> Any:
    try:
        return period_of(content.get(key), key)
    except InputError as error:
        problems += [f"{key}: {problem}" for problem in error.problems]
        return None


def _row_faults(rows: list[Any]) -> list[str]:
    """Say what is wrong with the forecasts of units."""
    problems: list[str] = [] if rows else ["forecasts: are none"]
    units: set[str] = set()
    for n, row in enumerate(rows):
        if not isinstance(row, dict) or {*row} != {"unit", "probability", "ongoing"}:
            problems.append(f"forecasts: number {n} is not a unit, probability and ongoing")
            continue
        unit, chance, ongoing = row["unit"], row["probability"], row["ongoing"]
        if not isinstance(unit, str) or unit not in load_units():
            problems.append(f"forecasts: number {n}: {unit!r} is not an ISO 3166 alpha-3 code")
        elif unit in units:
            problems.append(f"forecasts: {unit} stands twice")
        else:
            units.add(unit)
        if type(chance) not in (int, float) or not 0 <= chance <= 1:
            problems.append(f"forecasts: number {n}: {chance!r} is not a chance from 0 to 1")
        if ongoing is not None and not isinstance(ongoing, bool):
            problems.append(f"forecasts: number {n}: {ongoing!r} is not true, false or null")
    return problems


def freeze(
    forecast: Backtest, path: str | os.PathLike[str], *, made: dt.date | str | None = None
) -> Frozen:
    """Write a forecast that is yet to come true or not, so that it cannot be changed unseen.

    The day is what the writer says. To prove it to others, publish the hash on that day where
    others keep the date: a repository of record, a newspaper, a time stamp.

    Parameters
    ----------
    forecast : Backtest
        One model and one target, whose outcome is not known.
    path : path-like
        A ``.json`` file.
    made : date or str, optional
        The day on which it was made (``2026-11-30``); today (UTC) if not given.

    Returns
    -------
    Frozen
        What was written.

    Raises
    ------
    InputError
        If there are several models or targets, an outcome is known or onsets are known into the
        target, the day cannot be read, is not before the target begins or lies before its origin,
        a file is there already, or it cannot be written.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from sklearn.dummy import DummyClassifier
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import backtest, read_onsets
    >>> years = list(range(2001, 2006))
    >>> panel = read_panel(pd.DataFrame({"unit": "SDN", "year": years, "1.1": 0.5}))
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}), first=2001,
    ...                      known=2005)
    >>> ahead = backtest(panel, onsets, DummyClassifier(), first=2006, last=2006, progress=False)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "2006.json"
    >>> print(freeze(ahead, path, made="2005-12-31"))  # doctest: +ELLIPSIS
    Frozen forecast of DummyClassifier for 2006 (an onset in it), made 2005-12-31 ...: 1 unit; ...
    """
    problems: list[str] = []
    rows = forecast.frame
    if len(forecast.models) != 1:
        names = ", ".join(forecast.models)
        problems.append(f"holds the models {names}; take one with of(name)")
    targets = rows["target"].unique()
    if len(targets) != 1:
        problems.append(f"holds {len(targets)} targets; freeze one")
    if rows["outcome"].notna().any():
        problems.append(f"{int(rows['outcome'].notna().sum())} of its outcomes are known already")
    target = rows["target"].iloc[0]
    day = _day(made, problems)
    if day is not None:
        problems += _late(day, target, period_of(forecast.provenance["onsets"]["known"], "known"))
    file = Path(path)
    if file.suffix.lower() != ".json":
        problems.append(f"{file.name} ends in '{file.suffix}', not '.json'")
    if file.exists():
        problems.append(f"{file.name} is there already; a frozen forecast is not written over")
    if problems or day is None:
        raise InputError("freeze", problems)
    content = _content(forecast, day, target)
    with write_beside(file) as scratch:
        text = json.dumps(content, indent=1, ensure_ascii=True, allow_nan=False)
        scratch.write_text(text + "\n", encoding="utf-8")
    return Frozen(content)


def _day(made: dt.date | str | None, problems: list[str]) -> dt.date | None:
    if made is None:
        return dt.datetime.now(dt.UTC).date()
    try:
        return dt.date.fromisoformat(str(made.date() if isinstance(made, dt.datetime) else made))
    except ValueError:
        problems.append(f"made: '{made}' is not a day such as 2026-11-30")
        return None


def _content(forecast: Backtest, day: dt.date, target: pd.Period) -> dict[str, Any]:
    name = forecast.models[0]
    apart = ("models", "ratings_to")
    rest = {key: value for key, value in forecast.provenance.items() if key not in apart}
    ongoing = forecast.frame["ongoing"].astype(object)
    told = forecast.frame[["unit", "probability"]].assign(
        ongoing=ongoing.where(ongoing.notna(), None)
    )
    content: dict[str, Any] = {
        "format": FORMAT,
        "made": day.isoformat(),
        "model": {"name": name, **forecast.provenance["models"][name]},
        "horizon": forecast.horizon,
        "origin": str(forecast.frame["origin"].iloc[0]),
        "ratings_to": forecast.provenance.get("ratings_to"),
        "target": str(target),
        "climatology": float(forecast.frame["climatology"].iloc[0]),
        "forecasts": told.to_dict("records"),
        "not_forecast": forecast.aside,
        "provenance": rest,
        "caution": CAUTION,
    }
    return {**content, "hash": content_hash(content)}


def read_frozen(path: str | os.PathLike[str]) -> Frozen:
    """Read a frozen forecast and check that it is what was frozen, before the outcome.

    Parameters
    ----------
    path : path-like
        A ``.json`` file that :func:`freeze` wrote.

    Returns
    -------
    Frozen
        Its frame can be verified once the onsets are known.

    Raises
    ------
    InputError
        With all that is wrong: it cannot be read, is no frozen forecast, says one thing twice, was
        changed after it was frozen, or was made when the outcome had begun.

    Examples
    --------
    >>> read_frozen("nowhere.json")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: nowhere.json: cannot be read: No such file or directory
    """
    file = Path(path)
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except OSError as error:
        raise InputError(file.name, [f"cannot be read: {error.strerror}"]) from None
    except ValueError as error:
        raise InputError(file.name, [f"is not JSON: {error}"]) from None
    except RecursionError:
        raise InputError(file.name, ["is nested too deeply for a frozen forecast"]) from None
    told = content.get("format") if isinstance(content, dict) else None
    if told != FORMAT:
        raise InputError(file.name, [f"is no '{FORMAT}', found {told!r}"])
    frozen = Frozen(content)
    try:
        frozen.check()
    except InputError as error:
        raise InputError(file.name, error.problems) from None
    return frozen


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuse a name that stands twice: a reader would see the one, and the hash hold the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        raise ValueError(f"{', '.join(map(repr, twice))} stands twice")
    return found


def _refuse(word: str) -> float:
    raise ValueError(f"{word} is no number")
