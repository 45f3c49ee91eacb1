"""Write a panel: CSV and workbook wide, Parquet and what has variances long."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from r2prisk.errors import InputError, MissingExtraError, nearest
from r2prisk.files import write_beside
from r2prisk.panel.states import CellState

if TYPE_CHECKING:
    from r2prisk.panel.panel import Panel

ENDINGS = (".csv", ".parquet", ".xlsx")
SHEET_ROWS = 1_048_575
"""Rows that a sheet of a workbook can hold below its header."""


def write_panel(panel: Panel, path: str | os.PathLike[str]) -> None:
    """Write a panel so that ``read_panel`` gives it back (a workbook keeps 16 digits).

    Parameters
    ----------
    panel : Panel
        What to write.
    path : path-like
        Ends in ``.csv`` or ``.xlsx`` (wide; states as words) or ``.parquet`` (long; states and
        variances in columns of their own). A ``.csv`` of a panel with variances is long too, and
        leaves out what is unknown.

    Raises
    ------
    InputError
        If the ending is none of these, or a workbook would lose variances.
    MissingExtraError
        If the library that writes the format is not installed.

    Examples
    --------
    >>> import pandas as pd, pathlib, tempfile
    >>> from r2prisk import read_panel
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.1]}))
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "panel.csv"
    >>> write_panel(panel, path)
    >>> read_panel(path).hash == panel.hash
    True
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        hint = nearest(ending, ENDINGS)
        raise InputError(str(path), [f"ends in '{ending}'; allowed: {', '.join(ENDINGS)}{hint}"])
    if ending == ".xlsx" and panel.variance is not None:
        problem = "a workbook has no place for the variances of the ratings; write .csv or .parquet"
        raise InputError(str(path), [problem])
    with write_beside(path) as scratch:
        if ending == ".parquet":
            write_parquet(_long(panel), scratch)
        elif ending == ".xlsx":
            write_excel({"panel": _wide(panel)}, scratch)
        else:
            frame = _wide(panel) if panel.variance is None else _long(panel)[_needed(panel)]
            frame.to_csv(scratch, index=False, lineterminator="\n")


def write_parquet(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as Parquet."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise MissingExtraError("Writing Parquet", "parquet") from None
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)


def write_excel(sheets: dict[str, pd.DataFrame], path: Path) -> None:
    """Write frames as sheets of a workbook; text is never taken for a formula or a link."""
    try:
        import xlsxwriter  # noqa: F401  # pyright: ignore[reportUnusedImport]
    except ImportError:
        raise MissingExtraError("Writing a workbook", "excel") from None
    long = [name for name, frame in sheets.items() if len(frame) > SHEET_ROWS]
    if long:
        problem = f"a sheet holds {SHEET_ROWS:,} rows, {', '.join(long)} has more; write .parquet"
        raise InputError(path.name, [problem])
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with pd.ExcelWriter(path, engine="xlsxwriter", engine_kwargs={"options": options}) as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False, freeze_panes=(1, 2))
            writer.sheets[name].autofit(300)
        # the same scores make the same bytes, whenever they are written
        writer.book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})


def _wide(panel: Panel) -> pd.DataFrame:
    frame = panel.to_frame()
    for n, name in enumerate(panel.indicators):
        for state in (CellState.NOT_APPLICABLE, CellState.FAILED):
            cells = panel.states[:, n] == state
            if cells.any():
                frame[name] = frame[name].astype(object)
                frame.loc[cells, name] = state.name.lower().replace("_", " ")
    frame.insert(0, "unit", panel.index.get_level_values("unit").to_numpy())
    frame.insert(1, "period", panel.index.get_level_values("period").astype(str).to_numpy())
    return frame


def _needed(panel: Panel) -> NDArray[np.bool_]:
    """Say which cells of a long table are needed to know all others to be unknown."""
    needed = panel.states != CellState.UNKNOWN
    # a row, or a column, of which nothing is known
    needed[:, 0] |= ~needed.any(axis=1)
    needed[0] |= ~needed.any(axis=0)
    return needed.ravel()


def _long(panel: Panel) -> pd.DataFrame:
    n, i = panel.ratings.shape
    units = pd.Categorical(panel.index.get_level_values("unit"))
    periods = pd.Categorical(panel.index.get_level_values("period").astype(str))
    words = [state.name.lower() for state in CellState]
    frame = pd.DataFrame(
        {
            "unit": units.repeat(i),
            "period": periods.repeat(i),
            "indicator": pd.Categorical.from_codes(
                np.tile(np.arange(i), n), dtype=pd.CategoricalDtype(list(panel.indicators))
            ),
            "rating": panel.ratings.ravel(),
            "state": pd.Categorical.from_codes(
                panel.states.ravel(), dtype=pd.CategoricalDtype(words)
            ),
        }
    )
    if panel.variance is not None:
        frame["variance"] = panel.variance.ravel()
    return frame
