"""How a bundle shows itself: what it is, for whom, what was left out, and its fingerprint."""

from __future__ import annotations

from textwrap import fill, shorten

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.catalogue.units import load_units
from r2prisk.prevention.exchange.manifest import Manifest
from r2prisk.tables import html_table, page, paragraph

COUNTRIES = 6
"""Countries that are named."""

SOURCES = 6
"""Sources that are named."""

LINE, ASIDE = 100, 13
"""Letters of a line of text, and of the names at its left."""

READ_OUT = (
    "Compare the fingerprint with the sender by telephone. The hashes in a bundle show damage and "
    "careless change; who rewrites all of it gives it another fingerprint."
)

KEEP = "Holds evidence that is not public: keep it where it is safe, and pass it to nobody else."


def as_text(manifest: Manifest, mark: str) -> str:
    """Return what a bundle is as lines of text."""
    lines = [(f"Bundle: {_about(manifest)}", 2)]
    lines += [(f"{what:<{ASIDE}}{told}", ASIDE) for what, told in _rows(manifest, mark)]
    lines += [(told, 0) for told in (*_said(manifest), CAUTION)]
    return "\n".join(fill(line, LINE, subsequent_indent=" " * aside) for line, aside in lines)


def as_html(manifest: Manifest, mark: str) -> str:
    """Return the same for a notebook."""
    table = pd.DataFrame(_rows(manifest, mark), columns=["", "in the bundle"])
    shown = html_table(table, words=("", "in the bundle"), shown=len(table))
    return page(f"Bundle: {_about(manifest)}", shown, paragraph(*_said(manifest)))


def _about(manifest: Manifest) -> str:
    span = manifest.first if manifest.first == manifest.last else _span(manifest)
    return f"{_countries(manifest.units)}, {span}, for the audience '{manifest.audience}'"


def _span(manifest: Manifest) -> str:
    return f"{manifest.first} to {manifest.last}"


def _countries(units: tuple[str, ...]) -> str:
    """Return the names of a few countries, or how many there are."""
    known = load_units()
    if len(units) > COUNTRIES:
        return f"{len(units)} countries"
    return ", ".join(known[unit].name if unit in known else unit for unit in units)


def _rows(manifest: Manifest, mark: str) -> list[tuple[str, str]]:
    """Return what is told of a bundle, each with its name."""
    coded = manifest.evidence
    told = "none"
    if coded is not None:
        closed = f", {coded.closed:,} of them not public" if coded.closed else ", all public"
        told = f"{_counted(coded.rows, 'row')}{closed}; with the names of their coders"
    sources = [shorten(line, 90, placeholder=" ...") for line in manifest.sources[:SOURCES]]
    more = len(manifest.sources) - SOURCES
    named = "; ".join([*sources, *([f"and {more} more"] if more > 0 else [])])
    return [
        ("made", f"{manifest.made} with r2prisk {manifest.r2prisk}"),
        ("scores", f"{_counted(manifest.rows, 'row')}, profile {manifest.profile}"),
        ("frameworks", ", ".join(_framework(n.name, n.own) for n in manifest.frameworks)),
        ("evidence", told),
        ("ratings", named or "of the evidence alone"),
        ("left out", _left_out(manifest)),
        ("fingerprint", mark),
    ]


def _framework(name: str, own: bool) -> str:
    return f"{name} (the sender's own, in the bundle)" if own else name


def _left_out(manifest: Manifest) -> str:
    """Say what is not in the bundle, and that the scores do not rest on it."""
    told: list[str] = []
    if manifest.evidence_left_out:
        rows = _counted(manifest.evidence_left_out, "row")
        told.append(f"{rows} of evidence, and the scores were made without them")
    if manifest.units_left_out:
        count = manifest.units_left_out
        told.append(f"{count:,} other {'country' if count == 1 else 'countries'}")
    if manifest.audience != "internal":
        told.append("names of files")
    return "; ".join(told) or "nothing"


def _said(manifest: Manifest) -> list[str]:
    """Return what a person must know beside the table."""
    said = [READ_OUT]
    if manifest.illustrative:
        said.append("Rests on the casebook, whose coding is an example.")
    if manifest.audience == "internal" or (manifest.evidence and manifest.evidence.closed):
        said.append(KEEP)
    return said


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"
