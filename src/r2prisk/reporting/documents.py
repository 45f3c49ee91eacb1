"""Plans, reports, notes and forms as files: Markdown, a page to print, or Word."""

from __future__ import annotations

import os
import re
from html import escape
from pathlib import Path

from r2prisk.about import CAUTION
from r2prisk.errors import InputError, nearest
from r2prisk.files import write_beside
from r2prisk.prevention.document import Blank, Document, Grid, Part, one_line

ENDINGS = (".md", ".html", ".docx")
"""Endings of the files that can be written."""

UNKNOWN = "?"
"""A cell of a table that is unknown."""

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Whatever stands in the page, a browser runs no script in it and asks nobody for anything."""

STYLE = """\
@page{size:A4;margin:15mm 14mm}
*{box-sizing:border-box}
body{margin:0;background:#f4f4f4;color:#222;font:10pt/1.4 Arial,"Liberation Sans",sans-serif}
main{width:210mm;max-width:100%;margin:6mm auto;padding:15mm 14mm;background:#fff}
main{box-shadow:0 0 2mm #bbb}
h1{font-size:19pt;line-height:1.2;margin:0 0 3mm;padding-bottom:2mm;color:#16536a}
h1{border-bottom:2pt solid #1f6e8c}
h2{font-size:12.5pt;line-height:1.25;margin:6mm 0 2mm;color:#16536a;break-after:avoid}
p{margin:0 0 2mm;overflow-wrap:anywhere}
.lead{color:#444}
table{border-collapse:collapse;width:100%;margin:1mm 0 4mm;font-size:9pt;line-height:1.3}
th,td{padding:1mm 1.5mm;text-align:left;vertical-align:top;border-bottom:.4pt solid #bbb}
td.long{overflow-wrap:anywhere}
thead th{border-bottom:1pt solid #555;vertical-align:bottom}
thead{display:table-header-group}
tr{break-inside:avoid}
.number{text-align:right;font-variant-numeric:tabular-nums}
td.open{background:#eef4f7;border:.4pt solid #9db8c4;min-width:18mm;height:8mm}
.unknown{display:inline-block;min-width:6mm;text-align:center;border:.7pt dashed #767676}
.blank{break-inside:avoid;margin:0 0 4mm}
.blank p{margin:0}
.blank .hint{font-size:8.5pt;color:#555}
.blank .room{height:14mm;margin-top:1mm;background:#eef4f7;border-bottom:.8pt solid #555}
.caution{border:1pt solid #16536a;padding:2mm 3mm;margin:8mm 0 0;break-inside:avoid}
@media print{body{background:#fff}main{width:auto;margin:0;padding:0;box-shadow:none}
main,td,.room{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"""

WORD = 20
"""Letters of the longest word that is never broken: an address would widen a table."""

_NUMBER = re.compile(r"[-+<>\u2212]?\d[\d.,]*\s?%?")


def write_document(document: Document, path: str | os.PathLike[str]) -> None:
    """Write a document to a file, in the form that its ending names.

    Blanks are boxes to fill in and empty cells are shaded; what is unknown has a dashed line
    around it. The same document makes the same bytes.

    Parameters
    ----------
    document : Document
        What it says; texts from outside stay texts.
    path : path-like
        A file that ends in ``.md``, ``.html`` (one file, to be printed on A4) or ``.docx``. What
        stood there stays until the new one is complete.

    Raises
    ------
    InputError
        If the ending is another, or the file cannot be written.
    MissingExtraError
        If it is for Word and python-docx is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> note = Document("Note", ("For 2013.",), (Part("Due", (Blank("Next review"),)),))
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> write_document(note, folder / "note.md")
    >>> (folder / "note.md").read_text(encoding="utf-8").splitlines()[0]
    '# Note'
    """
    made = _made(document, check_ending(path))
    with write_beside(path) as scratch:
        scratch.write_bytes(made)


def check_ending(path: str | os.PathLike[str]) -> str:
    """Return the ending of a file that a document can be written to, before any work is done.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    str
        ``.md``, ``.html`` or ``.docx``.

    Raises
    ------
    InputError
        If it ends otherwise.

    Examples
    --------
    >>> check_ending("plan.DOCX")
    '.docx'
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        found = f"ends in '{ending}'" if ending else "has no ending"
        raise InputError(
            str(path),
            [f"{found}; a document ends in .md, .html or .docx{nearest(ending, ENDINGS)}"],
        )
    return ending


def as_html(document: Document) -> str:
    """Return a document as one page without script, which asks for nothing from elsewhere.

    Parameters
    ----------
    document : Document
        What it says; every text is escaped.

    Returns
    -------
    str
        For a browser, and A4 when printed.

    Examples
    --------
    >>> made = as_html(Document("<b>", (), (Part("Due", (Grid(("Who",), (("?",),)),)),)))
    >>> "<h1>&lt;b&gt;</h1>" in made, 'aria-label="unknown"' in made
    (True, True)
    """
    title = _text(document.title)
    lead = "".join(f'<p class="lead">{_text(told)}</p>\n' for told in document.lead)
    parts = "".join(_part(part) for part in document.parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{title}</h1>\n{lead}{parts}"
        f'<p class="caution">{_text(CAUTION)}</p>\n</main>\n</body>\n</html>\n'
    )


def to_the_right(grid: Grid) -> tuple[bool, ...]:
    """Say which columns of a table hold numbers alone, beside what is unknown or open.

    Parameters
    ----------
    grid : Grid
        The table, of c columns.

    Returns
    -------
    tuple of bool, length c
        Whether each is set to the right.

    Examples
    --------
    >>> to_the_right(Grid(("Who", "Share"), (("Kenya", "12%"), ("Ghana", "?"))))
    (False, True)
    """
    columns: list[bool] = []
    for at in range(len(grid.head)):
        told = [row[at].strip() for row in grid.rows if row[at].strip() not in ("", UNKNOWN)]
        columns.append(bool(told) and all(_NUMBER.fullmatch(text) for text in told))
    return tuple(columns)


def _made(document: Document, ending: str) -> bytes:
    if ending == ".md":
        return document.to_markdown().encode("utf-8", "replace")
    if ending == ".html":
        return as_html(document).encode()
    from r2prisk.reporting.documents_word import as_docx

    return as_docx(document)


def _text(text: str) -> str:
    return escape(one_line(text))


def _part(part: Part) -> str:
    blocks = "\n".join(_block(block) for block in part.blocks)
    return f"<section>\n<h2>{_text(part.title)}</h2>\n{blocks}\n</section>\n"


def _block(block: str | Grid | Blank) -> str:
    if isinstance(block, str):
        return f"<p>{_text(block)}</p>"
    if isinstance(block, Blank):
        hint = f'<p class="hint">{_text(block.hint)}</p>' if block.hint else ""
        label = f"<p><strong>{_text(block.label)}</strong></p>"
        return f'<div class="blank">{label}{hint}<div class="room"></div></div>'
    right = to_the_right(block)
    head = "".join(
        f'<th scope="col"{_side(side)}>{_text(name)}</th>'
        for name, side in zip(block.head, right, strict=True)
    )
    rows = "\n".join(f"<tr>{''.join(map(_cell, row, right))}</tr>" for row in block.rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"


def _cell(text: str, right: bool) -> str:
    told = text.strip()
    if not told:
        return '<td class="open"></td>'
    if told == UNKNOWN:
        mark = '<span class="unknown" role="img" title="unknown" aria-label="unknown">?</span>'
        return f"<td{_side(right)}>{mark}</td>"
    if max(map(len, told.split())) > WORD:
        return f'<td class="long">{_text(text)}</td>'
    return f"<td{_side(right)}>{_text(text)}</td>"


def _side(right: bool) -> str:
    return ' class="number"' if right else ""
