"""The zip of a bundle: the same bytes for the same members, and nothing taken on trust."""

from __future__ import annotations

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from r2prisk.errors import InputError
from r2prisk.prevention.exchange.manifest import (
    ALWAYS,
    BESIDE,
    EVIDENCE,
    LARGEST,
    MANIFEST,
    OWN,
    printable,
)

ENDING = ".r2prisk.zip"

MEMBERS = 64
"""Files that a bundle may have."""

WHOLE = 1 << 29
"""Bytes that a bundle may have, packed or unpacked: 512 MiB."""

MANIFEST_SIZE = 1 << 20
"""Bytes of a manifest: 1 MiB."""

_ENCRYPTED = 0x1
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, NotImplementedError)
_LOCAL, _CENTRAL, _END = 30, 46, 22
"""Bytes that a zip has before each member, for each in its list, and at its end, beside names."""


def check_ending(path: str | os.PathLike[str]) -> None:
    """Refuse a name that no bundle has, before any work is done.

    Raises
    ------
    InputError
        If it does not end in ``.r2prisk.zip``.

    Examples
    --------
    >>> check_ending("ghana.zip")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: ghana.zip: the name of a bundle ends in .r2prisk.zip
    """
    if not Path(path).name.lower().endswith(ENDING):
        raise InputError(str(path), [f"the name of a bundle ends in {ENDING}"])


def to_zip(members: Mapping[str, bytes]) -> bytes:
    """Return members as a zip: by name, without compression, all of one date.

    Parameters
    ----------
    members : mapping of str to bytes
        Files by name.

    Returns
    -------
    bytes
        The same for the same members, whatever machine packs them: programs that compress differ.

    Examples
    --------
    >>> to_zip({"b": b"", "a": b""}) == to_zip({"a": b"", "b": b""})
    True
    """
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o600 << 16  # else the machine's own
            archive.writestr(entry, members[name])
    return held.getvalue()


def from_zip(raw: bytes, name: str) -> dict[str, bytes]:
    """Return the members of a zip; no name is used for a path and no size is believed.

    Parameters
    ----------
    raw : bytes
        A whole file.
    name : str
        The bundle, as messages name it.

    Returns
    -------
    dict of str to bytes
        Files by name, the manifest among them.

    Raises
    ------
    InputError
        If it is no zip or cut off, has no manifest, or has members that no bundle may have: names
        that are not of a bundle, the same name twice, links, encrypted, packed, too many or too
        large, damaged; or has bytes that belong to no member. All problems at once.

    Examples
    --------
    >>> from_zip(to_zip({"../../x": b"", MANIFEST: b"{}"}), "x.r2prisk.zip")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: x.r2prisk.zip: member '../../x' should not be there
    """
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            entries = archive.infolist()
            problems = _refused(entries) or _beside(entries, len(raw))
            if problems:
                raise InputError(name, problems)
            return _read(archive, entries, name)
    except InputError:
        raise
    except _DAMAGED:
        raise InputError(name, ["is no bundle, or was cut off: it cannot be unpacked"]) from None


def _refused(entries: list[zipfile.ZipInfo]) -> list[str]:
    """Say what is wrong with what a zip says of its members."""
    names = [entry.filename for entry in entries]
    total = sum(entry.file_size for entry in entries)
    problems: list[str] = []
    if len(entries) > MEMBERS:
        return [f"has {len(entries):,} members; at most {MEMBERS} are allowed"]
    if total > WHOLE:
        problems.append(f"would unpack to {total:,} bytes; at most {WHOLE:,} are allowed")
    if MANIFEST not in names:
        problems.append(f"has no {MANIFEST}: it is no bundle of r2prisk, or only part of one")
    for entry in entries:
        shown = printable(entry.filename)
        most = MANIFEST_SIZE if entry.filename == MANIFEST else LARGEST
        if not known(entry.filename):
            problems.append(f"member '{shown}' should not be there")
        elif entry.file_size > most:
            problems.append(f"member '{shown}' has {entry.file_size:,} bytes; at most {most:,}")
        elif entry.flag_bits & _ENCRYPTED or entry.compress_type != zipfile.ZIP_STORED:
            problems.append(f"member '{shown}' is encrypted or compressed: r2prisk does neither")
        elif stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            problems.append(f"member '{shown}' is a link or a folder, not a file")
    alike = [name.lower() for name in names]  # on many machines one name, of which one would stay
    twice = sorted({n for n, low in zip(names, alike, strict=True) if alike.count(low) > 1})
    return problems + [f"member '{printable(n)}' stands there more than once" for n in twice]


def _beside(entries: list[zipfile.ZipInfo], size: int) -> list[str]:
    """Refuse bytes of no member: hashes do not cover them, and they could carry anything along."""
    at = 0
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if entry.header_offset != at:
            break
        at += _LOCAL + len(entry.filename.encode()) + entry.compress_size
    whole = at + sum(_CENTRAL + len(entry.filename.encode()) for entry in entries) + _END
    why = "another program packed it, or something is hidden in it"
    found = f"has bytes that belong to none of its files: {why}; ask for the file as it was made"
    return [] if whole == size else [found]


def _read(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], name: str) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    problems: list[str] = []
    for entry in entries:
        try:
            with archive.open(entry) as file:
                members[entry.filename] = file.read(LARGEST + 1)
        except _DAMAGED:
            problems.append(f"member {entry.filename} is damaged: it cannot be unpacked")
    if problems:
        raise InputError(name, problems)
    return members


def known(name: str) -> bool:
    """Say whether a bundle may have a member of such a name.

    Examples
    --------
    >>> known("scores.csv"), known("framework-mine.toml"), known("framework-../x.toml")
    (True, True, False)
    """
    return name in (*ALWAYS, EVIDENCE, BESIDE, MANIFEST) or OWN.fullmatch(name) is not None
