"""The catalogue as CSV, JSON and JSON Schema; and CSV read as spreadsheet programs save it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from r2prisk.catalogue.load import framework_schema
from r2prisk.catalogue.models import Factor, Framework, Indicator
from r2prisk.errors import InputError, nearest

COLUMNS = (
    "framework",
    "factor",
    "factor_title",
    "factor_title_fr",
    "factor_title_es",
    "definition",
    "scope",
    "crimes",
    "id",
    "label",
    "description",
    "tempo",
    "trigger",
    "look_for",
    "rate_0",
    "rate_1",
    "status",
    "provisional",
    "where",
    "note",
    "who",
    "when",
    "edition",
)
"""The columns of the CSV, in their order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet program takes for a formula.

    Parameters
    ----------
    text : str
        What goes into a cell.

    Returns
    -------
    str
        The text, with an apostrophe before it if it starts with ``=``, ``+``, ``-``, ``@``, a tab
        or a carriage return.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("1.1")
    ("'=1+1", '1.1')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV in which every cell is quoted text and none is a formula.

    Parameters
    ----------
    header : sequence of str
        The names of the columns.
    rows : iterable of sequence of str
        The cells of each row.

    Returns
    -------
    str
        Comma-separated lines.

    Examples
    --------
    >>> print(csv_text(["id", "label"], [["7.10", "@risk"]]), end="")
    "id","label"
    "7.10","'@risk"
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()


def read_cells(
    path: Path, *, columns: Sequence[str], needed: Sequence[str]
) -> list[tuple[int, dict[str, str]]]:
    r"""Return the rows of a CSV as a spreadsheet program may have saved it.

    Parameters
    ----------
    path : pathlib.Path
        UTF-8 text with or without a byte order mark; commas, semicolons or tabs between cells.
    columns : sequence of str
        The columns that may be there, whatever their order and case.
    needed : sequence of str
        Those that must be there.

    Returns
    -------
    list of (int, dict of str to str)
        The number of each row that is not empty (the header is row 1) and its cells by column, on
        one line each; a cell that is not there is empty.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, is not text in UTF-8, or its columns are not those.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "ticked.csv"
    >>> _ = path.write_bytes(b"\xef\xbb\xbfID;Tick\r\n7.10;yes\r\n")
    >>> read_cells(path, columns=["id", "tick"], needed=["id"])
    [(2, {'id': '7.10', 'tick': 'yes'})]
    """
    text = _decoded(path)
    delimiter = max(",;\t", key=text.lstrip("\r\n").split("\n", 1)[0].count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        table = [[" ".join(cell.split()) for cell in row] for row in reader]
    except csv.Error as error:
        raise InputError(str(path), [f"line {reader.line_num}: {error}"]) from None
    rows = [(number, row) for number, row in enumerate(table, 1) if any(row)]
    if len(rows) < 2:
        raise InputError(str(path), ["is empty" if not rows else "has a header, but no rows"])
    header = [name.casefold() for name in rows[0][1]]
    problems = [f"column '{name}' is missing" for name in needed if name not in header]
    problems += [
        f"unknown column '{name}'{nearest(name, columns)}"
        for name in header
        if name and name not in columns
    ]
    repeated = [name for name, count in Counter(header).items() if name and count > 1]
    problems += [f"column '{name}' is there more than once" for name in repeated]
    problems += [
        f"row {number} has {len(row)} cells, the header has {len(header)}"
        for number, row in rows[1:]
        if any(row[len(header) :])
    ]
    if problems:
        raise InputError(str(path), problems)
    blank = dict.fromkeys(columns, "")
    return [(n, {**blank, **dict(zip(header, row, strict=False))}) for n, row in rows[1:]]


def _decoded(path: Path) -> str:
    """Return the text of a CSV, or say what the file is instead."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except OSError as error:
        raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from None
    if raw.startswith(b"PK\x03\x04"):
        found = "is a zip archive or an Excel workbook, not text; save it as 'CSV UTF-8'"
        raise InputError(str(path), [found])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        found = f"line {line} is not UTF-8 (byte {error.start}); save it as 'CSV UTF-8'"
        raise InputError(str(path), [found]) from None
    if "\x00" in text:
        raise InputError(str(path), ["holds zero bytes, so it is not text; save it as 'CSV UTF-8'"])
    return text


def to_csv(frameworks: Iterable[Framework]) -> str:
    """Return one row for each indicator, with everything that the catalogue says of it.

    Parameters
    ----------
    frameworks : iterable of Framework
        What to write, in this order.

    Returns
    -------
    str
        CSV with the columns of ``COLUMNS``; read the identifiers as text, as 7.1 is not 7.10. A
        factor that has no indicators stands in a row of its own, with their cells empty.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> len(to_csv([load_framework("un-foa-2014")]).splitlines())
    144
    """
    return csv_text(
        COLUMNS,
        (
            [*_factor_cells(framework, factor), *_indicator_cells(indicator)]
            for framework in frameworks
            for factor in framework.factors
            for indicator in factor.indicators or (None,)
        ),
    )


def _factor_cells(framework: Framework, factor: Factor) -> list[str]:
    """Write the cells that an indicator shares with its factor."""
    return [
        framework.name,
        factor.id,
        factor.title,
        factor.titles.get("fr", ""),
        factor.titles.get("es", ""),
        factor.definition,
        factor.scope or "",
        ";".join(factor.crimes),
    ]


def _indicator_cells(indicator: Indicator | None) -> list[str]:
    """Write an indicator's own cells."""
    if indicator is None:
        return [""] * (len(COLUMNS) - COLUMNS.index("id"))
    verified = indicator.verified
    return [
        indicator.id,
        indicator.label,
        indicator.description,
        indicator.tempo,
        "yes" if indicator.trigger else "no",
        indicator.look_for,
        indicator.rate_0,
        indicator.rate_1,
        verified.status,
        "yes" if verified.provisional else "no",
        verified.where or "",
        verified.note or "",
        verified.who or "",
        verified.when or "",
        verified.edition or "",
    ]


def to_json(frameworks: Sequence[Framework]) -> str:
    """Return a framework as JSON, or a list of them if there are several.

    Parameters
    ----------
    frameworks : sequence of Framework
        What to write; each object fits the schema of :func:`schema_json`.

    Returns
    -------
    str
        JSON with the keys of the TOML files; keys without a value are left out.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> json.loads(to_json([load_framework("sg-risk-2013")]))["factors"][0]["id"]
    'SGR1'
    """
    whole = [framework.model_dump(mode="json", exclude_none=True) for framework in frameworks]
    return _json(whole[0] if len(whole) == 1 else whole)


def schema_json() -> str:
    """Return the JSON Schema of a framework file, for editors and for other validators.

    Returns
    -------
    str
        JSON Schema, draft 2020-12.

    Examples
    --------
    >>> json.loads(schema_json())["additionalProperties"]
    False
    """
    return _json({"$schema": "https://json-schema.org/draft/2020-12/schema", **framework_schema()})


def _json(content: object) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
