"""Prevention at home in the annual report: own scores, policies by factor, accountability."""

from __future__ import annotations

import ast
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from r2prisk.panel.read import read_table
from r2prisk.prevention.document import Blank, Grid
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.prevention.focalpoints.watched import QUESTION, country, drivers, share, watch_units
from r2prisk.prevention.focalpoints.words import UNKNOWN
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.write import provenance_path

Block = str | Grid | Blank

LENS = ("factor", "side", "title", "policies", "departments", "raising", "unconfirmed")
"""Columns of the table that ``r2prisk lens coverage -o`` writes."""

SCOPE = ("country", "unit", "year")
"""Whose policies are counted in it, where they work and when, if that is known."""

ACCOUNTABILITY = (
    *("unit", "item", "title", "status", "told", "since", "as_of", "region_share"),
    *("region_known", "region_members", "gap", "next_step"),
)
"""Columns of the table that ``r2prisk accountability -o`` writes."""

SETTLED = ("yes", "not applicable")
"""States of an item in which nothing is left to do."""

STEPS = 8
"""Next steps of accountability that are named."""


def read_coverage(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read the table that ``r2prisk lens coverage -o`` writes, with what was asked for it.

    Parameters
    ----------
    path : path-like
        A .csv, beside which its provenance may stand, or an .xlsx (extra ``excel``), in which it
        may be a sheet.

    Returns
    -------
    pandas.DataFrame
        As it was written; where the provenance says it, ``country``, ``unit`` and ``year`` in
        columns.

    Raises
    ------
    InputError
        If the file cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "coverage.csv"
    >>> _ = path.write_text("factor,policies\nRF1,2\n")
    >>> about = {"asked": {"country": "DNK", "unit": "MLI", "year": None}}
    >>> _ = provenance_path(path).write_text(json.dumps(about))
    >>> read_coverage(path).to_dict("records")
    [{'factor': 'RF1', 'policies': 2, 'country': 'DNK', 'unit': 'MLI'}]
    """
    file = Path(path)
    frame = read_table(file).reset_index(drop=True)
    asked = _asked(file)
    told = {name: asked[name] for name in SCOPE if asked.get(name) and name not in frame}
    return frame.assign(**told)


def _asked(file: Path) -> dict[str, Any]:
    """Return what was asked when a table was written; nothing where that is not known."""
    try:
        if file.suffix.lower() == ".csv":
            told = json.loads(provenance_path(file).read_text(encoding="utf-8"))["asked"]
        elif file.suffix.lower() == ".xlsx":
            sheet = pd.read_excel(file, sheet_name="provenance", engine="calamine")
            told = ast.literal_eval(str(sheet.set_index("what").loc["asked", "value"]))
        else:
            return {}
    except (OSError, ValueError, KeyError, TypeError, SyntaxError, ImportError):
        return {}
    return dict(told) if isinstance(told, dict) else {}


def table_faults(
    code: str, lens: pd.DataFrame | None, accountability: pd.DataFrame | None
) -> list[str]:
    """Return why tables are not those of a country; nothing where they may be.

    Examples
    --------
    >>> table_faults("DNK", None, pd.DataFrame({"title": ["Genocide Convention"]}))[0][:68]
    "accountability: is no table that 'r2prisk accountability -o' writes;"
    """
    both = (
        ("lens", lens, LENS, "country", "lens coverage"),
        ("accountability", accountability, ACCOUNTABILITY, "unit", "accountability"),
    )
    told: list[str] = []
    for name, frame, wanted, owner, command in both:
        if frame is None:
            continue
        there = [*frame.columns, *frame.index.names]
        lacking = [column for column in wanted if column not in there]
        if lacking:
            told.append(
                f"{name}: is no table that 'r2prisk {command} -o' writes; columns missing: "
                f"{', '.join(lacking)}"
            )
        told += [
            f"{name}: is of {whose}, not of {code}"
            for whose in (_named(frame[owner]) if owner in frame else [])
            if _code(whose) != code
        ]
    return told


def _named(column: pd.Series[Any]) -> list[str]:
    return sorted(set(column.dropna().astype(str)))


def _code(text: str) -> str:
    return country_of(text, [])


def at_home(
    code: str,
    year: int,
    scores: Scores | None,
    lens: pd.DataFrame | None,
    accountability: pd.DataFrame | None,
) -> tuple[Block, ...]:
    """Return what is known of prevention in the own state, and what a person has to add.

    Examples
    --------
    >>> [block.label for block in at_home("GHA", 2024, None, None, None)][-1]
    'What was done at home this year'
    """
    blocks: list[Block] = []
    if scores is not None and code in scores.index.get_level_values("unit"):
        own = watch_units(scores, [code], period=year)
        blocks.append(own.grid())
        if code in own.rows:
            why = drivers(scores, [own.rows[code]])[code]
            blocks.append(f"What weighs most in the risk: {why}.")
    else:
        blocks.append(Blank("Assessment of the own state", "when, by whom, with which method"))
    if lens is not None:
        blocks += _policies(lens if "factor" in lens else lens.reset_index())
    else:
        hint = "which risk factors no law, policy or programme touches"
        blocks.append(Blank("Policies that prevent, and gaps", hint))
    if accountability is not None:
        blocks += _accountability(accountability)
    else:
        hint = "treaties ratified, crimes made punishable, recommendations answered this year"
        blocks.append(Blank("Accountability", hint))
    blocks.append(Blank("What was done at home this year", "measure, ministry, date, result"))
    return tuple(blocks)


def _policies(lens: pd.DataFrame) -> list[Block]:
    rows = tuple(
        (
            f"{row['title']} ({row['factor']})",
            *(_count(row[name]) for name in ("policies", "unconfirmed", "raising")),
        )
        for row in lens.to_dict("records")
    )
    told = (
        f"Policies, programmes and laws by the factor that they touch{_scope(lens)}. That one "
        "touches a factor does not say that it works."
    )
    head = ("Factor", "Policies", "To be confirmed", "Could raise the risk")
    return [told, Grid(head, rows)]


def _scope(lens: pd.DataFrame) -> str:
    """Say whose policies a table counts, where and when, as far as it says so."""
    whose, where, when = (_named(lens[name]) if name in lens else [] for name in SCOPE)
    if not whose:
        return ", as given: the table does not say whose they are"
    own, there = whose[0], where[0] if where else ""
    told = f", of {country(_code(own))}"
    if there and _code(there) == _code(own):
        told += ", at home"
    elif there:
        told += f", for work in {country(_code(there)) if _code(there) else there} alone"
    # a year comes back from a file as a number with a point
    return f"{told}, in force in {when[0].removesuffix('.0')}" if when else told


def _count(value: object) -> str:
    number = _number(value)
    return QUESTION if number is None else f"{number:.0f}"


def _number(value: object) -> float | None:
    number = pd.to_numeric(pd.Series([value]), errors="coerce").iloc[0]
    return None if pd.isna(number) else float(number)


def _accountability(table: pd.DataFrame) -> list[Block]:
    """Return what is open or unknown as a table, gaps first, and each next step once."""
    items = table.assign(
        behind=table["gap"].astype(str).str.casefold().isin(["true", "1", "1.0"]),
        unknown=table["status"] == UNKNOWN,
    )
    done = items[items["status"].isin(SETTLED)]
    open_ = items[~items["status"].isin(SETTLED)]
    open_ = open_.sort_values(["unknown", "behind"], ascending=[True, False], kind="stable")
    missing = int(open_["unknown"].sum())
    blocks: list[Block] = [
        (
            f"Accountability: {len(done)} of {len(items)} items in place, "
            f"{len(open_) - missing} open, {missing} unknown."
        )
    ]
    if len(open_):
        head = ("Item", "Status", "Since", "Behind its region")
        rows = tuple(_item(row) for row in open_.to_dict("records"))
        blocks.append(Grid(head, rows))
        blocks.append(
            "In brackets: how many of the other States of its region have it, or their mean, of "
            "those of which it is known."
        )
    if len(done):
        names = "; ".join(
            str(row["title"]) + ("" if row["told"] == row["status"] else f" ({row['told']})")
            for row in done.to_dict("records")
        )
        blocks.append(f"In place: {names}.")
    return [*blocks, *_steps(open_)]


def _item(row: dict[Any, Any]) -> tuple[str, ...]:
    level, told = _number(row["region_share"]), QUESTION
    known, members = (_number(row[name]) or 0.0 for name in ("region_known", "region_members"))
    # it is asked of what is known here, and of most of the others
    if not row["unknown"] and level is not None and 2 * known >= members:
        told = f"{'yes' if row['behind'] else 'no'} ({share(level)})"
    status = QUESTION if row["unknown"] else str(row["told"])
    return (str(row["title"]), status, _since(row), told)


def _since(row: dict[Any, Any]) -> str:
    """Return since when it is so, or of when the answer is."""
    if not pd.isna(row["since"]) and str(row["since"]).strip():
        return str(row["since"]).removesuffix(".0")
    asked = "" if pd.isna(row["as_of"]) else str(row["as_of"]).removesuffix(".0").strip()
    if not asked:
        return QUESTION
    return f"as of {asked}" if asked[-1].isdigit() else asked


def _steps(open_: pd.DataFrame) -> Iterable[Block]:
    """Return each next step once, with the items that it is for."""
    named = open_[open_["next_step"].fillna("").astype(str).str.strip() != ""]
    groups = [
        (str(step), "; ".join(part["title"]))
        for step, part in named.groupby("next_step", sort=False)
    ]
    if not groups:
        return []
    more = len(groups) - STEPS
    left = [f"Next steps of accountability that are not shown: {more}."] if more > 0 else []
    return [Grid(("Next step", "For"), tuple(groups[:STEPS])), *left]
