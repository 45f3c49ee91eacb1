"""Names for rows to which people gave none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from r2prisk.evidence.gate import COLUMNS
from r2prisk.evidence.workbook.rows import Entry
from r2prisk.files import sha256


def give_ids(entries: Iterable[Entry]) -> tuple[list[Entry], int]:
    """Name the rows of one file that have no name, by coder, country, indicator and content.

    The name does not hang on where a row stands: rows can be sorted and still be meant.

    Returns
    -------
    tuple of (list of Entry, int)
        The entries without nameless rows that stand again, alike in every cell; and how many those
        are: a row that was pasted twice is one piece of evidence.
    """
    kept: list[Entry] = []
    given: set[str] = set()
    again = 0
    for entry in entries:
        values = entry.values
        if not str(values["id"]).strip():
            about = f"{values['unit'] or 'none'}-{values['indicator']}"
            # what is no identifier of an indicator is told by the gate, and once is enough
            safe = re.sub(r"[^A-Za-z0-9._-]+", "_", about)
            told = "\x00".join(str(values.get(name, "")) for name in COLUMNS if name != "id")
            name = f"{coder_key(str(values['coder']))}-{safe}-{sha256(told.encode())[:8]}"
            if name in given:
                again += 1
                continue
            given.add(name)
            values["id"] = name
        kept.append(entry)
    return kept, again


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
