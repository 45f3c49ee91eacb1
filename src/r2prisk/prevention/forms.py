"""The forms that people fill in: tables of texts, never written over what they filled in."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pandas as pd

from r2prisk.catalogue.export import csv_text
from r2prisk.errors import InputError, MissingExtraError
from r2prisk.files import write_beside

ENDINGS = (".csv", ".xlsx")

WIDEST = 50
"""Letters of a column in a workbook, at most; longer texts are broken into lines."""

LINE = 15
"""Points of a line of text: not every program makes a row as high as what it holds."""

MOST = 27
"""Lines of a row in a workbook, at most."""

LONGEST = 32_767
"""Letters that a cell of a workbook can hold."""


def form_faults(path: str | os.PathLike[str]) -> list[str]:
    """Return why an empty form cannot be written to a file; nothing if it can.

    Examples
    --------
    >>> form_faults("capacity.pdf")
    ["ends in '.pdf'; a form ends in .csv or .xlsx"]
    """
    return [*misnamed(path), *taken(path)]


def misnamed(path: str | os.PathLike[str]) -> list[str]:
    """Return that a file has not the ending of a form, if it has not.

    Examples
    --------
    >>> misnamed("capacity.XLSX")
    []
    """
    ending = Path(path).suffix
    if ending.lower() in ENDINGS:
        return []
    found = f"ends in '{ending}'" if ending else "has no ending"
    return [f"{found}; a form ends in {' or '.join(ENDINGS)}"]


def taken(path: str | os.PathLike[str], *, replaced: str = "") -> list[str]:
    """Return that a file is there, and what to do, if it is: people may have written in it.

    Parameters
    ----------
    path : path-like
        Where something is to be written.
    replaced : str
        How a person can have it replaced; empty if it never is.

    Examples
    --------
    >>> taken("no such file.csv")
    []
    """
    told = "is there already, and may be filled in; name another file"
    told += f", or {replaced}" if replaced else ": it is never replaced"
    return [told] if Path(path).exists() else []


def write_sheets(sheets: dict[str, pd.DataFrame], path: str | os.PathLike[str]) -> None:
    """Write tables of texts that a spreadsheet program opens with accents and without formulas.

    In a workbook what people type stays as they typed it: 7.10 does not become 7.1, and 2024-06 no
    day. Whoever calls it asks :func:`form_faults` before.

    Parameters
    ----------
    sheets : dict of str to pandas.DataFrame
        Texts, by the name of the sheet; a ``.csv`` holds the first alone.
    path : path-like
        Ends in ``.csv`` or ``.xlsx``.

    Raises
    ------
    InputError
        If the file cannot be written, or a text is longer than a cell of a workbook.
    MissingExtraError
        If the library that writes a workbook is not installed.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "form.csv"
    >>> write_sheets({"form": pd.DataFrame({"text": ["=1+1"]})}, path)
    >>> print(path.read_text(encoding="utf-8-sig"), end="")
    "text"
    "'=1+1"
    """
    with write_beside(path) as scratch:
        if scratch.suffix.lower() == ".xlsx":
            _workbook(sheets, scratch, Path(path).name)
        else:
            first = next(iter(sheets.values()))
            text = csv_text(list(first.columns), first.to_numpy().tolist())
            # with a mark of its encoding, without which spreadsheet programs misread accents
            scratch.write_text(text, encoding="utf-8-sig")


def _workbook(sheets: dict[str, pd.DataFrame], scratch: Path, name: str) -> None:
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("Writing a workbook", "excel") from None
    cells = (cell for frame in sheets.values() for row in frame.to_numpy() for cell in row)
    if any(len(cell) > LONGEST for cell in cells):
        problem = f"a text is longer than the {LONGEST:,} letters of a cell; write .csv"
        raise InputError(name, [problem])
    with xlsxwriter.Workbook(scratch) as book:
        # the same tables make the same bytes, whenever they are written
        book.set_properties({"created": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)})
        # 49 is text: a number, a date or a formula that is typed stays what was typed
        plain = book.add_format({"num_format": 49, "text_wrap": True, "valign": "top"})
        head = book.add_format({"bold": True, "bottom": 1})
        for title, frame in sheets.items():
            sheet = book.add_worksheet(title)
            sheet.freeze_panes(1, 0)
            sheet.repeat_rows(0)
            sheet.set_landscape()
            sheet.fit_to_pages(1, 0)
            rows = [list(map(str, frame.columns)), *frame.to_numpy().tolist()]
            for n, texts in enumerate(zip(*rows, strict=True)):
                width = max(12, *(len(text) + 2 for text in texts))
                sheet.set_column(n, n, min(width, WIDEST), plain)
            for n, row in enumerate(rows):
                lines = max(-(-len(text) // WIDEST) for text in row)
                sheet.set_row(n, LINE * min(lines, MOST) if lines > 1 else None)
                for at, text in enumerate(row):
                    sheet.write_string(n, at, text, plain if n else head)
