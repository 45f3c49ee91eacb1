"""The archive of alerts: what a person decided on each, and why."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from r2prisk.catalogue.export import csv_text, read_cells
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.files import write_beside
from r2prisk.panel.periods import period_of
from r2prisk.trajectories.phrases import plain_text
from r2prisk.trajectories.trends import Trajectories
from r2prisk.trajectories.warning.alerts import alerts

ARCHIVE = ("decided", "date", "unit", "rule", "since", "sure", "decision", "reason", "by")
"""The columns of the archive: when a person decided, on which alert, what, and why."""

DECISIONS = ("sent", "withheld")


def decide(
    path: str | os.PathLike[str],
    found: Trajectories,
    *,
    unit: str,
    rule: str,
    decision: str,
    reason: str,
    by: str,
    decided: object,
) -> pd.DataFrame:
    """Put on record what a person decided on an alert that is on.

    Parameters
    ----------
    path : path-like
        The archive, a CSV; made if it is not there. The old file stays until the new one is whole.
    found : Trajectories
        Whose last period raises the alert.
    unit, rule : str
        Which alert.
    decision : {"sent", "withheld"}
        What was decided.
    reason : str
        Why; needed for ``withheld``.
    by : str
        Who decided.
    decided : date or text
        The day.

    Returns
    -------
    pandas.DataFrame
        The archive with the new row, as :func:`read_archive` gives it.

    Raises
    ------
    InputError
        With all that is wrong: the alert is not on, unit, rule or decision is unknown, reason or
        name is empty, the day is none, the archive has faults or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from r2prisk.trajectories import trajectories
    >>> index = pd.MultiIndex.from_product(
    ...     [["SDN"], pd.period_range("2001", "2004", freq="Y")], names=["unit", "period"])
    >>> rise = pd.DataFrame({"risk": 0.7, "resilience": 0.3, "human_rights": 0.2}, index=index)
    >>> found = trajectories(rise, of=["risk", "resilience", "human_rights"])
    >>> archive = decide(Path(tempfile.mkdtemp()) / "archive.csv", found, unit="SDN",
    ...     rule="very high risk", decision="withheld", reason="the embassy was told on Friday",
    ...     by="desk", decided="2005-01-10")
    >>> archive[["unit", "rule", "decision", "reason"]].to_numpy().tolist()
    [['SDN', 'very high risk', 'withheld', 'the embassy was told on Friday']]
    """
    problems: list[str] = []
    texts = {"reason": " ".join(reason.split()), "by": " ".join(by.split())}
    if decision not in DECISIONS:
        hint = nearest(decision, DECISIONS)
        problems.append(f"decision '{decision}' is not allowed: {', '.join(DECISIONS)}{hint}")
    if not texts["reason"] and decision != "sent":
        problems.append("reason: is empty; say why the alert is withheld")
    if not texts["by"]:
        problems.append("by: is empty; say who decided")
    day = _day(decided, "decided", problems)
    alert = _alert(found, unit, rule, problems)
    known = read_archive(path) if Path(path).exists() else pd.DataFrame(columns=ARCHIVE)
    if problems or alert is None:
        raise InputError("decision", problems)
    row = {
        "decided": str(day),
        "date": str(alert["period"]),
        "unit": unit,
        "rule": rule,
        "since": str(alert["since"]),
        "sure": alert["sure"],
        "decision": decision,
        **texts,
    }
    rows = [*known.to_dict("records"), row]
    cells = [[_cell(row[name]) for name in ARCHIVE] for row in rows]
    with write_beside(path) as scratch:
        scratch.write_text(csv_text(ARCHIVE, cells), encoding="utf-8")
    return read_archive(path)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.4f}"
    return str(value)


def _alert(
    found: Trajectories, unit: str, rule: str, problems: list[str]
) -> Mapping[Any, Any] | None:
    rules = {r.name: r for r in found.profile.watch.rules}
    if unit not in found.units:
        problems.append(f"unit '{unit}' is not known{nearest(unit, found.units)}")
    if rule not in rules:
        problems.append(f"rule '{rule}' is not in the profile{nearest(rule, rules)}")
    if unit not in found.units or rule not in rules:
        return None
    raised = alerts(found, rules=[rules[rule]])
    mine = raised[raised["unit"] == unit]
    if mine.empty:
        problems.append(f"no alert '{rule}' is on for {unit} in {found.periods[-1]}")
        return None
    return mine.to_dict("records")[0]


def _day(value: object, name: str, problems: list[str]) -> pd.Period | None:
    try:
        period = period_of(value, name)
    except InputError:
        period = None
    if period is None or period.freqstr != "D":
        problems.append(f"{name}: '{value}' is not a day (2017-03-31)")
        return None
    return period


def read_archive(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read an archive of decisions.

    Parameters
    ----------
    path : path-like
        A CSV with the columns of ``ARCHIVE``, as :func:`decide` writes it.

    Returns
    -------
    pandas.DataFrame
        In the order of the file; ``decided``, ``date`` and ``since`` as text, ``sure`` a number.

    Raises
    ------
    InputError
        With every fault and its row: unknown unit or decision, no day or period, a ``sure``
        outside 0 to 1, no rule, no name, a withheld alert without a reason.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "archive.csv"
    >>> _ = path.write_text(
    ...     "decided,date,unit,rule,since,sure,decision,reason,by\n"
    ...     "2017-01-09,2016,SDN,very high risk,2003,0.93,withheld,,desk\n")
    >>> read_archive(path)
    Traceback (most recent call last):
    r2prisk.errors.InputError: archive.csv: row 2: is withheld without a reason
    """
    file = Path(path)
    rows = read_cells(file, columns=ARCHIVE, needed=ARCHIVE)
    problems: list[str] = []
    read = [_archived(n, cells, problems) for n, cells in rows]
    if problems:
        raise InputError(file.name, problems)
    return pd.DataFrame(read, columns=pd.Index(ARCHIVE))


def _archived(n: int, cells: Mapping[str, str], problems: list[str]) -> dict[str, object]:
    plain = {name: plain_text(text) for name, text in cells.items()}
    told: list[str] = []
    _day(plain["decided"], "decided", told)
    for name in ("date", "since"):
        try:
            period_of(plain[name], name)
        except InputError as error:
            told += [f"{name}: {problem}" for problem in error.problems]
    if plain["unit"] not in load_units():
        told.append(f"unit '{plain['unit']}' is not known{nearest(plain['unit'], load_units())}")
    if plain["decision"] not in DECISIONS:
        hint = nearest(plain["decision"], DECISIONS)
        told.append(f"decision '{plain['decision']}' is not {' or '.join(DECISIONS)}{hint}")
    told += [f"{name}: is empty" for name in ("rule", "by") if not plain[name]]
    if plain["decision"] == "withheld" and not plain["reason"]:
        told.append("is withheld without a reason")
    sure = pd.to_numeric(plain["sure"] or "nan", errors="coerce")
    if plain["sure"] and not 0.0 <= sure <= 1.0:
        told.append(f"sure: '{plain['sure']}' is not a number from 0 to 1")
    problems += [f"row {n}: {problem}" for problem in told]
    return {**plain, "sure": float(sure)}


def sort_out(raised: pd.DataFrame, archive: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Part the alerts that stand from those that a person withheld.

    The newest decision on the same spell counts (same unit, rule and ``since``), if the alert of
    that time was no later than these.

    Parameters
    ----------
    raised : pandas.DataFrame
        From :func:`alerts`.
    archive : pandas.DataFrame
        From :func:`read_archive`.

    Returns
    -------
    standing, withheld : pandas.DataFrame
        Together all alerts; the withheld with the columns ``reason``, ``by`` and ``decided``.

    Examples
    --------
    >>> raised = pd.DataFrame({"unit": ["SDN", "MMR"], "rule": "very high risk",
    ...     "period": pd.Period("2016"), "since": pd.Period("2003")})
    >>> archive = pd.DataFrame({"unit": ["SDN"], "rule": ["very high risk"], "since": ["2003"],
    ...     "date": ["2015"], "decided": ["2016-01-04"], "decision": ["withheld"],
    ...     "reason": ["told"], "by": ["desk"]})
    >>> [list(part["unit"]) for part in sort_out(raised, archive)]
    [['MMR'], ['SDN']]
    """
    keys = ["unit", "rule", "since"]
    extra = ["decision", "reason", "by", "decided"]
    told = archive.reset_index(drop=True)
    if len(raised):
        end = raised["period"].iloc[0].end_time
        told = told[[period_of(d, "date").end_time <= end for d in told["date"]]]
    # a later row of the file is the newer where two were decided on one day
    newest = told.sort_values("decided", kind="stable").drop_duplicates(keys, keep="last")
    with_keys = raised.assign(since=raised["since"].astype(str))
    joined = with_keys.merge(newest[[*keys, *extra]], on=keys, how="left")
    aside = (joined["decision"] == "withheld").to_numpy(dtype=bool)
    withheld = raised.reset_index(drop=True).join(joined[["reason", "by", "decided"]])[aside]
    standing = raised.reset_index(drop=True)[~aside]
    return standing.reset_index(drop=True), withheld.reset_index(drop=True)
