"""A bundle: an assessment in one file, opened, verified and run again."""

from __future__ import annotations

import dataclasses
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from r2prisk.errors import InputError
from r2prisk.files import write_beside
from r2prisk.prevention.exchange.again import Rerun, run_again
from r2prisk.prevention.exchange.archive import WHOLE, check_ending, from_zip, to_zip
from r2prisk.prevention.exchange.made import own_file
from r2prisk.prevention.exchange.manifest import (
    ALWAYS,
    BESIDE,
    EVIDENCE,
    MANIFEST,
    Manifest,
    digest,
    fingerprint,
    read_manifest,
)
from r2prisk.prevention.exchange.show import as_html, as_text


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Bundle:
    """An assessment in one file; made by :func:`pack` or :func:`open_bundle`.

    Parameters
    ----------
    manifest : Manifest
        What it says of itself.
    members : mapping of str to bytes
        Its files by name, the manifest among them.
    name : str
        How messages name it.

    Examples
    --------
    >>> import datetime as dt
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.prevention.exchange import pack
    >>> panel = read_panel(pd.DataFrame({"unit": ["GHA"], "year": [2012], "1.1": [0.25]}))
    >>> print(pack(score(panel), audience="public", made=dt.date(2026, 1, 31)))
    Bundle: Ghana, 2012, for the audience 'public'
    ...
    """

    manifest: Manifest
    members: Mapping[str, bytes]
    name: str = "bundle"

    @classmethod
    def of(cls, manifest: Manifest, files: Mapping[str, bytes]) -> Self:
        """Put files and what is said of them together, the manifest as a file of its own."""
        return cls(manifest, {MANIFEST: manifest.to_bytes(), **files})

    @property
    def fingerprint(self) -> str:
        """80 bits of the SHA-256 of the manifest, which names every hash: to be read out aloud."""
        return fingerprint(self.members[MANIFEST])

    def verify(self) -> None:
        """Check that every file is there, that none is too many, and that all are as packed.

        Hashes show damage and careless change. Who changes a file and its hash makes another
        bundle, with another fingerprint: compare that with the sender's, by another way than the
        file came.

        Raises
        ------
        InputError
            With every fault: a hash or a size that differs, a file that is missing or should not
            be there.
        """
        told = self.manifest.members
        problems = [f"member '{name}' should not be there" for name in self._extra()]
        for name, member in sorted(told.items()):
            raw = self.members.get(name)
            if raw is None:
                problems.append(f"member {name} is missing")
            elif len(raw) != member.size:
                found = f"has {len(raw):,} bytes, the manifest says {member.size:,}"
                problems.append(f"member {name} {found}: it was changed or cut off")
            elif digest(raw) != member.sha256:
                problems.append(f"member {name} was changed: its hash differs from the manifest's")
        missing = sorted(self._expected() - {*told} - {*self.members})
        problems += [f"member {name} is missing" for name in missing]
        unnamed = sorted((self._expected() - {*told}) & {*self.members})
        problems += [f"member {name} has no hash in the manifest" for name in unnamed]
        if problems:
            raise InputError(self.name, problems)

    def rerun(self) -> Rerun:
        """Make the scores again from the evidence, ratings and profile of the bundle.

        Returns
        -------
        Rerun
            The scores; whether every file came out with the same bytes, else within 1e-9.

        Raises
        ------
        InputError
            If the bundle does not verify, its files are not what the manifest says, or other
            numbers come out: all of them.
        """
        self.verify()
        with tempfile.TemporaryDirectory() as name:
            return run_again(self.manifest, self.members, Path(name), self.name)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the bundle; whatever stood there stays until it is complete.

        Parameters
        ----------
        path : path-like
            Ends in ``.r2prisk.zip``.

        Raises
        ------
        InputError
            If it ends otherwise or cannot be written, or no peer could open it: a member is too
            large, or the names of two frameworks differ only in small and capital letters.
        """
        check_ending(path)
        made = to_zip(self.members)
        from_zip(made, Path(path).name)
        with write_beside(path) as scratch:
            scratch.write_bytes(made)

    def extract(self, folder: str | os.PathLike[str]) -> None:
        """Write the files into a new folder, from which every command of r2prisk can read them.

        Parameters
        ----------
        folder : path-like
            Must not exist: nothing is ever replaced. Only you may read it.

        Raises
        ------
        InputError
            If it exists, its parent does not, it cannot be written, or the bundle does not verify.
        """
        self.verify()
        target = Path(folder)
        if target.exists() or target.is_symlink():
            raise InputError(str(folder), ["exists; name a new folder, nothing is replaced"])
        if not target.parent.is_dir():
            raise InputError(str(folder), [f"the folder {target.parent} does not exist"])
        try:
            target.mkdir(mode=0o700)
            for name, raw in self.members.items():
                (target / name).write_bytes(raw)
        except OSError as error:
            raise InputError(str(folder), [f"cannot be written: {error.strerror}"]) from None

    def _expected(self) -> set[str]:
        """Return the names of the files that such a bundle has."""
        coded = {EVIDENCE} if self.manifest.evidence is not None else set[str]()
        own = (own_file(one.name) for one in self.manifest.frameworks if one.own)
        return {*ALWAYS, *coded, *own}

    def _extra(self) -> list[str]:
        """Return the names of files that should not be there."""
        allowed = self._expected() | {MANIFEST}
        allowed |= {BESIDE} if self.manifest.evidence is not None else set()
        return sorted({*self.members, *self.manifest.members} - allowed)

    def __repr__(self) -> str:
        return as_text(self.manifest, self.fingerprint)

    def _repr_html_(self) -> str:
        return as_html(self.manifest, self.fingerprint)


def open_bundle(path: str | os.PathLike[str]) -> Bundle:
    """Open a bundle that a peer sent, and verify it; nothing is unpacked to disk.

    Parameters
    ----------
    path : path-like
        The file.

    Returns
    -------
    Bundle
        Verified; ``rerun()`` makes its scores again.

    Raises
    ------
    InputError
        If it is no bundle, cut off, changed, of a newer format, too large, or has files that
        should not be there: all faults at once.

    Examples
    --------
    >>> open_bundle("nowhere.r2prisk.zip")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: nowhere.r2prisk.zip: no such file
    """
    source = Path(path)
    try:
        size = source.stat().st_size
        if size > WHOLE:
            raise InputError(source.name, [f"has {size:,} bytes; a bundle has at most {WHOLE:,}"])
        raw = source.read_bytes()
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except OSError as error:
        raise InputError(str(path), [f"cannot be read: {error.strerror}"]) from None
    members = from_zip(raw, source.name)
    bundle = Bundle(read_manifest(members[MANIFEST], source.name), members, source.name)
    bundle.verify()
    return bundle
