"""Write scores to a file, with their provenance."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.export import safe_cell
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.files import write_beside
from r2prisk.panel.write import write_excel, write_parquet

if TYPE_CHECKING:
    from r2prisk.scoring.scores import Scores

ENDINGS = (".csv", ".json", ".parquet", ".xlsx")


def check_target(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file that scores can be written to, before the work is done.

    Raises
    ------
    InputError
        If the ending is none of .csv, .json, .parquet and .xlsx, or the folder does not exist.

    Examples
    --------
    >>> check_target("scores.csv")
    '.csv'
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        hint = nearest(ending, ENDINGS)
        raise InputError(str(path), [f"ends in '{ending}'; allowed: {', '.join(ENDINGS)}{hint}"])
    if not Path(path).parent.is_dir():
        raise InputError(str(path), [f"the folder {Path(path).parent} does not exist"])
    return ending


def write_scores(scores: Scores, path: str | os.PathLike[str], *, detail: bool = False) -> None:
    """Write scores as .csv, .json, .parquet or .xlsx.

    Parameters
    ----------
    scores : Scores
        What to write.
    path : path-like
        Whatever stood there before stays until the new file is complete.
    detail : bool
        Write coverage and bounds of every score as well.

    Raises
    ------
    InputError
        If the ending is none of these or the file cannot be written.
    MissingExtraError
        If the library that writes the format is not installed.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> from r2prisk import read_panel, score
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> write_scores(score(panel), folder / "scores.csv")
    >>> sorted(file.name for file in folder.iterdir())
    ['scores.csv', 'scores.provenance.json']
    """
    frame = scores.to_frame(detail=detail).reset_index()
    write_frame(frame, path, name="scores", provenance=scores.provenance)


def write_frame(
    frame: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    name: str,
    provenance: Mapping[str, object],
) -> None:
    r"""Write a table of results as .csv, .json, .parquet or .xlsx, with its provenance.

    Parameters
    ----------
    frame : pandas.DataFrame
        The table; a column of Periods is written as text, and ``note`` says which units are
        synthetic, if any is.
    path : path-like
        Whatever stood there before stays until the new file is complete.
    name : str
        What the table holds: its sheet in a workbook, its key in JSON.
    provenance : mapping
        What made it; the caution is added.

    Raises
    ------
    InputError
        If the ending is none of these or the file cannot be written.
    MissingExtraError
        If the library that writes the format is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "table.csv"
    >>> write_frame(pd.DataFrame({"unit": ["SDN"]}), path, name="table", provenance={})
    >>> path.read_text()
    'unit\nSDN\n'
    """
    ending = check_target(path)
    units = load_units()
    synthetic = [units[unit].kind == "synthetic" for unit in frame.get("unit", ())]
    if any(synthetic):
        frame = frame.assign(note=["synthetic" if made_up else "" for made_up in synthetic])
    for column in frame.columns[[isinstance(t, pd.PeriodDtype) for t in frame.dtypes]]:
        frame = frame.assign(**{str(column): frame[column].astype(str)})
    about = {**provenance, "caution": CAUTION}
    frame = frame.copy(deep=False)  # its attributes are set below
    with write_beside(path) as scratch:
        if ending == ".csv":
            frame.map(_safe).to_csv(scratch, index=False, lineterminator="\n")
        elif ending == ".json":
            rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
            content = {"provenance": about, name: rows}
            scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        elif ending == ".parquet":
            frame.attrs = {"provenance": json.dumps(about)}
            write_parquet(frame, scratch)
        else:
            write_excel({name: frame, "provenance": _as_sheet(about)}, scratch)
    if ending == ".csv":
        with write_beside(provenance_path(path)) as scratch:
            scratch.write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")


def _safe(cell: object) -> object:
    """Keep a text that a spreadsheet would take for a formula from being one."""
    return safe_cell(cell) if isinstance(cell, str) else cell


def provenance_path(path: str | os.PathLike[str]) -> Path:
    """Return the file in which the provenance of a CSV stands.

    Examples
    --------
    >>> provenance_path("world.csv").name
    'world.provenance.json'
    """
    return Path(path).with_suffix(".provenance.json")


def ratings_path(path: str | os.PathLike[str]) -> Path:
    """Return the file in which the ratings behind a file of scores stand.

    Examples
    --------
    >>> ratings_path("world.csv").name, ratings_path("world.xlsx").name
    ('world.ratings.csv', 'world.xlsx.ratings.csv')
    """
    path = Path(path)
    stem = path.stem if path.suffix.lower() == ".csv" else path.name
    return path.with_name(f"{stem}.ratings.csv")


def _as_sheet(about: dict[str, object]) -> pd.DataFrame:
    rows = [
        (key, str(item))
        for key, value in about.items()
        for item in (value if isinstance(value, list) else [value])
    ]
    return pd.DataFrame(rows, columns=["what", "value"])
