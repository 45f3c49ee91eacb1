"""Files that are never half written and hashes that name their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path

from r2prisk.errors import InputError


@contextlib.contextmanager
def write_beside(path: str | os.PathLike[str]) -> Generator[Path]:
    """Give a scratch file beside ``path`` that takes its place only if all goes well.

    Parameters
    ----------
    path : path-like
        The file to write. Whatever stood there before stays until the new file is complete.

    Yields
    ------
    pathlib.Path
        The scratch file, with the same ending as ``path``.

    Raises
    ------
    InputError
        If the folder does not exist, or the file cannot be written or replaced.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "a.txt"
    >>> with write_beside(target) as scratch:
    ...     _ = scratch.write_text("done")
    >>> target.read_text()
    'done'
    """
    target = Path(path).resolve()
    if target.is_dir():
        raise InputError(str(target), ["is a folder; name a file"])
    if not target.parent.is_dir():
        raise InputError(str(target), [f"the folder {target.parent} does not exist"])
    try:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent
        )
    except OSError as error:
        raise InputError(str(target), [f"cannot write here: {error.strerror}"]) from error
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(_mode(target))
        scratch.replace(target)
    except OSError as error:
        reason = f"cannot be written: {error.strerror or error}"
        raise InputError(str(path), [f"{reason}; is it open in another program?"]) from error
    finally:
        scratch.unlink(missing_ok=True)


def _mode(target: Path) -> int:
    """Return the rights of the file that is replaced, or those that a new file gets."""
    if target.exists():
        return target.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def sha256(*parts: bytes | memoryview) -> str:
    """Return the SHA-256 of the parts in order, as 64 hexadecimal digits.

    Each part's length goes in before it, so that moving a byte between parts changes the hash.

    Examples
    --------
    >>> sha256(b"ab", b"c") == sha256(b"a", b"bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        view = memoryview(part)
        digest.update(view.nbytes.to_bytes(8, "little"))
        digest.update(view)
    return digest.hexdigest()
