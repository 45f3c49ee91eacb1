"""Names for rows to which people gave none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from r2prisk.evidence.workbook.rows import Entry
from r2prisk.files import sha256


def give_ids(entries: Iterable[Entry]) -> None:
    """Name the rows of one file that have no name: coder, country, indicator and a free number."""
    listed = list(entries)
    taken = {str(entry.values["id"]).strip() for entry in listed}
    for entry in listed:
        values = entry.values
        if not str(values["id"]).strip():
            about = f"{values['unit'] or 'none'}-{values['indicator']}"
            # what is no identifier of an indicator is told by the gate, and once is enough
            safe = re.sub(r"[^A-Za-z0-9._-]+", "_", about)
            stem, number = f"{coder_key(str(values['coder']))}-{safe}", 1
            while f"{stem}-{number}" in taken:
                number += 1
            entry.values["id"] = f"{stem}-{number}"
            taken.add(f"{stem}-{number}")


def coder_key(name: str) -> str:
    """Return a coder's name as the beginning of an identifier: readable, and never two alike.

    Examples
    --------
    >>> coder_key("A. Diallo")
    'a.diallo-8ccfee'
    """
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    readable = re.sub(r"[^a-z0-9.]+", "", bare).strip(".")[:20]
    return "-".join(filter(None, (readable, sha256(name.encode())[:6])))
