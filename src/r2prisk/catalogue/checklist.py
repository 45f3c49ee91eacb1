"""The page and the CSV with which a person checks a framework against its document."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from r2prisk.catalogue.export import csv_text
from r2prisk.catalogue.load import FRAMEWORKS
from r2prisk.catalogue.models import Factor, Framework, Indicator, Verification
from r2prisk.errors import InputError
from r2prisk.files import write_beside

COLUMNS = (
    "id",
    "factor",
    "label",
    "description",
    "status",
    "provisional",
    "tick",
    "label_correction",
    "description_correction",
    "note",
)
"""The columns of the CSV; the last four are for the person who checks."""


def status_word(verified: Verification) -> str:
    """Return in a word or two how sure an entry is.

    Parameters
    ----------
    verified : Verification
        What is known of the entry.

    Returns
    -------
    str
        ``checked``, ``seen``, ``recalled``, ``recalled, PROVISIONAL``, ``refused`` or ``own``.

    Examples
    --------
    >>> status_word(Verification(status="recalled", provisional=True))
    'recalled, PROVISIONAL'
    """
    if verified.status == "own":
        return "own"
    if verified.status == "source":
        return "checked" if verified.who else "seen"
    word = "refused" if verified.who else "recalled"
    return f"{word}, PROVISIONAL" if verified.provisional else word


def status_sentence(verified: Verification, framework: Framework) -> str:
    """Return in a sentence how sure an entry is, who says so and where it was seen.

    Parameters
    ----------
    verified : Verification
        What is known of the entry.
    framework : Framework
        The framework that the entry belongs to.

    Returns
    -------
    str
        A sentence without its full stop.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> foa = load_framework("un-foa-2014")
    >>> status_sentence(Verification(status="recalled"), foa)
    'recalled, not yet checked against the UN document'
    """
    document = "the UN document" if "United Nations" in framework.issuer else "the document"
    who = f"by {verified.who} on {verified.when}"
    match status_word(verified).split(",")[0]:
        case "own":
            said = f"own operationalisation, there is no text of {document} to check it against"
        case "checked":
            said = f"checked against {verified.edition} {who}"
        case "seen":
            said = f"seen in a public copy: {verified.where or verified.edition}"
        case "refused":
            said = f"compared with {verified.edition} {who}, and not agreed"
        case _:
            said = f"recalled, not yet checked against {document}"
    if verified.provisional:
        said += "; PROVISIONAL: its number or order is in doubt"
    return f"{said} ({verified.note})" if verified.note else said


def to_check(framework: Framework) -> tuple[tuple[Factor, tuple[Indicator, ...]], ...]:
    """Return what there is to compare with the document, factor by factor.

    Parameters
    ----------
    framework : Framework
        The framework to check.

    Returns
    -------
    tuple of (Factor, tuple of Indicator)
        In the document's order, without indicators of our own (status ``own``).

    Raises
    ------
    InputError
        If no indicator was taken from a document.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> [len(entries) for _, entries in to_check(load_framework("un-foa-2014"))][:4]
    [11, 8, 10, 9]
    """
    grouped = tuple(
        (factor, tuple(i for i in factor.indicators if i.verified.status != "own"))
        for factor in framework.factors
    )
    found = tuple((factor, entries) for factor, entries in grouped if entries)
    if not found:
        raise InputError(
            f"framework {framework.name}",
            ["has no indicator taken from a document, so there is nothing to check"],
        )
    return found


def checklist_csv(framework: Framework) -> str:
    """Return the rows to tick as CSV.

    Parameters
    ----------
    framework : Framework
        The framework to check.

    Returns
    -------
    str
        The columns of ``COLUMNS``, one row for each indicator; ticks and corrections are empty.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> checklist_csv(load_framework("un-foa-2014")).splitlines()[0][:20]
    '"id","factor","label'
    """
    return csv_text(
        COLUMNS,
        (
            [
                indicator.id,
                factor.id,
                _line(indicator.label),
                _line(indicator.description),
                indicator.verified.status,
                "yes" if indicator.verified.provisional else "",
                *("", "", "", ""),
            ]
            for factor, entries in to_check(framework)
            for indicator in entries
        ),
    )


def checklist_html(framework: Framework) -> str:
    """Return the page to print or to read beside the document: one file, nothing loaded.

    Parameters
    ----------
    framework : Framework
        The framework to check.

    Returns
    -------
    str
        HTML in which every text of the framework is escaped.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> checklist_html(load_framework("un-foa-2014")).count('<tr class="entry')
    143
    """
    body = [f"<h1>Checklist: {escape(framework.title)}</h1>", f"<p>{escape(_state(framework))}</p>"]
    body += ["<h2>Open</h2>", f"<p>{'<br>'.join(escape(line) for line in _open(framework))}</p>"]
    body += ["<h2>Tick</h2>", "<ol>", *(f"<li>{escape(s)}</li>" for s in _how(framework)), "</ol>"]
    for factor, entries in to_check(framework):
        heading = f"{factor.id} {factor.title}"
        body.append(f"<h2>{escape(heading)}</h2><p>{escape(_count(entries))}</p>")
        body.append("<table><thead><tr><th>id</th><th>agrees</th><th>our words</th>")
        body.append("<th>status</th><th>correction, in your own words</th></tr></thead><tbody>")
        body += [_html_row(indicator) for indicator in entries]
        body.append("</tbody></table>")
    return _PAGE.format(title=escape(framework.name), style=_STYLE, body="\n".join(body))


def checklist_markdown(framework: Framework) -> str:
    """Return the page as Markdown.

    Parameters
    ----------
    framework : Framework
        The framework to check.

    Returns
    -------
    str
        Markdown in which every text of the framework is escaped.

    Examples
    --------
    >>> from r2prisk.catalogue import load_framework
    >>> checklist_markdown(load_framework("un-foa-2014")).splitlines()[0]
    '# Checklist: Framework of Analysis for Atrocity Crimes: A Tool for Prevention'
    """
    lines = [f"# Checklist: {_md(framework.title)}", "", _md(_state(framework)), "", "## Open", ""]
    lines += [f"- {_md(line)}" for line in _open(framework)]
    lines += ["", "## Tick", "", *(f"{n}. {_md(s)}" for n, s in enumerate(_how(framework), 1))]
    for factor, entries in to_check(framework):
        lines += ["", f"## {_md(f'{factor.id} {factor.title}')}", "", _md(_count(entries)), ""]
        lines += ["| id | agrees | our words | status | correction |", "|---|---|---|---|---|"]
        for entry in entries:
            words = f"**{_md(entry.label)}** {_md(entry.description)}"
            status = _md(_status(entry.verified))
            lines.append(f"| {_md(entry.id)} | ☐ yes ☐ no | {words} | {status} | |")
    return "\n".join(lines) + "\n"


def write_checklist(
    framework: Framework, path: str | os.PathLike[str], *, force: bool = False
) -> tuple[Path, Path]:
    """Write the page, and beside it the CSV to tick.

    Parameters
    ----------
    framework : Framework
        The framework to check.
    path : path-like
        ``.html`` or ``.md`` for the page; the CSV takes the same name with ``.csv``. A path that
        ends in ``.csv`` gets an HTML page beside it.
    force : bool
        Replace a CSV that differs, with the ticks that may be in it.

    Returns
    -------
    tuple of (pathlib.Path, pathlib.Path)
        The page and the CSV.

    Raises
    ------
    InputError
        If the ending is another one, a differing CSV is in the way, or nothing can be checked.

    Examples
    --------
    >>> import tempfile
    >>> from r2prisk.catalogue import load_framework
    >>> target = Path(tempfile.mkdtemp()) / "check.md"
    >>> [file.name for file in write_checklist(load_framework("un-foa-2014"), target)]
    ['check.md', 'check.csv']
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in (".html", ".md", ".csv"):
        raise InputError(str(target), [f"ends in '{ending}'; allowed: .html, .md, .csv"])
    page = target.with_suffix(".html") if ending == ".csv" else target
    table = target.with_suffix(".csv")
    # with a byte order mark, so that spreadsheet programs read it as UTF-8
    rows = checklist_csv(framework).encode("utf-8-sig")
    if not force and table.is_file() and table.read_bytes() != rows:
        problem = "is already there and may hold ticks; name another file, or use --force"
        raise InputError(str(table), [problem])
    text = checklist_markdown(framework) if ending == ".md" else checklist_html(framework)
    for file, content in ((page, text.encode()), (table, rows)):
        with write_beside(file) as scratch:
            scratch.write_bytes(content)
    return page, table


def _state(framework: Framework) -> str:
    """Say how much of the framework is sure."""
    listed = [i.verified for _, entries in to_check(framework) for i in entries]
    sure = sum(v.status == "source" for v in listed)
    provisional = sum(v.provisional for v in listed)
    said = f"{len(listed)} indicators: {sure} seen or checked, {len(listed) - sure} to check"
    said += f", of which {provisional} are PROVISIONAL (number or order in doubt)."
    own = len(framework.indicators) - len(listed)
    return f"{said} {own} more are our own and have no text to check." if own else said


def _open(framework: Framework) -> Iterator[str]:
    """Name the document to open."""
    yield framework.citation
    if framework.symbol:
        yield f"Symbol: {framework.symbol}"
    if framework.url:
        yield f"Address: {framework.url}"


def _how(framework: Framework) -> Iterator[str]:
    """Say how to check and to hand the result back."""
    name = framework.name if framework.name in FRAMEWORKS else "FRAMEWORK.toml"
    edition = framework.symbol or framework.edition
    yield (
        "Go through the list in the document's order; rows recalled or refused are still to check. "
        "Labels and descriptions are our own words: compare number and meaning, not wording. "
        "Seen: read in a public copy. Recalled: written from memory. PROVISIONAL: even the number "
        "or order is in doubt. Checked, refused: compared with the document."
    )
    yield (
        "In the CSV beside this page write, under 'tick', yes if number and meaning agree with the "
        "document, or no if they do not. Left empty means not looked at."
    )
    yield (
        "Corrections go under 'label_correction' (at most 60 characters) and "
        "'description_correction', remarks under 'note'. Use your own words: the document is "
        "copyrighted, so paste no sentence of it."
    )
    yield (
        "Save the file as 'CSV UTF-8'. A spreadsheet may show 7.10 as 7.1 or as a date; leave "
        "that, as the row is known by its label too."
    )
    yield (
        "Hand it back with: r2prisk catalogue verify FILE.csv "
        f'--by "YOUR NAME" --edition "{edition}" --framework {name}'
    )


def _count(entries: tuple[Indicator, ...]) -> str:
    unchecked = sum(entry.verified.status != "source" for entry in entries)
    return f"{len(entries)} indicator{'s' if len(entries) > 1 else ''}, {unchecked} to check"


def _status(verified: Verification) -> str:
    """Say in a narrow column how sure an entry is."""
    return f"{status_word(verified)} ({verified.note})" if verified.note else status_word(verified)


def _html_row(indicator: Indicator) -> str:
    verified = indicator.verified
    kind = "sure" if verified.status == "source" else "unsure"
    status = escape(_status(verified))
    box = '<span class="box"></span>'
    return (
        f'<tr class="entry {kind}"><td class="id">{escape(indicator.id)}</td>'
        f'<td class="tick">{box}yes<br>{box}no</td>'
        f"<td><strong>{escape(indicator.label)}</strong><br>{escape(indicator.description)}</td>"
        f'<td class="status">{status.replace("PROVISIONAL", "<em>PROVISIONAL</em>")}</td>'
        '<td class="room"></td></tr>'
    )


def _line(text: str) -> str:
    """Put a text on one line."""
    return " ".join(text.split())


def _md(text: str) -> str:
    """Escape a text for one cell or line of Markdown."""
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", escape(_line(text), quote=False))


_STYLE = """
@page { size: A4; margin: 14mm 12mm; }
body { font: 10pt/1.35 Georgia, serif; color: #111; max-width: 186mm; margin: 1em auto; }
h1 { font-size: 16pt; } h2 { font-size: 12pt; margin: 1.4em 0 .2em; break-after: avoid; }
p { margin: .2em 0 .5em; } li { margin: .2em 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead { display: table-header-group; } tr { break-inside: avoid; }
th, td { border: 1px solid #999; padding: 3pt 4pt; text-align: left; vertical-align: top;
  overflow-wrap: anywhere; }
th { background: #eee; font-weight: normal; }
th:nth-child(1) { width: 14mm; } th:nth-child(2) { width: 15mm; }
th:nth-child(4) { width: 29mm; } th:nth-child(5) { width: 40mm; }
.id { font-weight: bold; } .tick { white-space: nowrap; line-height: 1.7; }
.unsure .id { border-left: 4pt solid #111; } .sure { color: #666; }
.status { font-size: 8.5pt; } .status em { font: bold 8pt Georgia, serif; }
.box { display: inline-block; width: 3mm; height: 3mm; border: 1px solid #111; margin-right: 1mm; }
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Checklist {title}</title><style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
