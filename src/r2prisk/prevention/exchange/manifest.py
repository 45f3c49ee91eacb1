"""What a bundle says of itself: who may see it, what is in it, what was left out, what made it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field, StringConstraints, ValidationError

from r2prisk.catalogue.faults import faults
from r2prisk.catalogue.models import Entry, Identifier
from r2prisk.errors import InputError
from r2prisk.prevention.audience import Audience

FORMAT = "r2prisk bundle"
EDITION = 1
"""The newest format that this r2prisk reads, and the one that it writes."""

MANIFEST = "manifest.json"
EVIDENCE = "evidence.csv"
BESIDE = "other.ratings.csv"
PROFILE = "profile.toml"
RATINGS = "scores.ratings.csv"
SCORES = "scores.csv"
PROVENANCE = "scores.provenance.json"
_SPACES = "\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"  # French puts them before a colon
OWN = re.compile(r"framework-[A-Za-z0-9][A-Za-z0-9._-]{0,80}\.toml")
"""How the file of a framework of one's own is named."""

ALWAYS = (PROFILE, RATINGS, SCORES, PROVENANCE)
"""Members that every bundle has beside its manifest."""

LARGEST = 1 << 28
"""Bytes that a member may have: 256 MiB, ten times the scores of the world."""


def _plain(text: str) -> str:
    """Refuse what would write over, or turn round, what stands beside it on a screen."""
    if not text or printable(text, len(text)) != text:
        raise ValueError("is empty, or holds signs that are not shown")
    return text


Plain = Annotated[str, StringConstraints(max_length=500), AfterValidator(_plain)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class Member(Entry):
    """A file of a bundle: its SHA-256 and its size in bytes."""

    sha256: Digest
    size: Count


class Named(Entry):
    """A framework: its name, its edition, the SHA-256 of its content, and whether it is in."""

    name: Identifier
    edition: Plain
    sha256: Digest
    own: bool


class Coded(Entry):
    """The evidence of a bundle, and the periods to which it was pooled."""

    rows: Annotated[int, Field(ge=1)]
    closed: Count
    first: Plain
    last: Plain
    hindsight: bool


class Manifest(Entry):
    """What a bundle says of itself.

    Parameters
    ----------
    format, edition : str and int
        That it is a bundle, and of which format.
    r2prisk : str
        The version of the library that made it.
    made : date
        When, as the sender says.
    audience : {"public", "partner", "internal"}
        Who may see it.
    units : tuple of str
        Countries, sorted.
    first, last : str
        First and last period.
    rows : int
        Rows of scores.
    profile, profile_hash : str
        The choices behind the scores.
    frameworks : tuple of Named
        Those of the ratings, in their order.
    evidence : Coded, optional
        The evidence, if there is any.
    evidence_left_out, units_left_out : int
        Rows of evidence on these countries that the audience may not see; countries of the
        sender's scores that were not chosen.
    illustrative : bool
        Whether the casebook's example coding is behind the scores.
    sources : tuple of str
        Behind the ratings, beside the evidence: public datasets; for those inside, files too.
    members : dict of str to Member
        Every other file of the bundle.
    """

    format: Literal["r2prisk bundle"]
    edition: Literal[1]
    r2prisk: Plain
    made: dt.date
    audience: Audience
    units: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    first: Plain
    last: Plain
    rows: Annotated[int, Field(ge=1)]
    profile: Plain
    profile_hash: Digest
    frameworks: Annotated[tuple[Named, ...], Field(min_length=1)]
    evidence: Coded | None = None
    evidence_left_out: Count
    units_left_out: Count
    illustrative: bool
    sources: tuple[Plain, ...]
    members: dict[str, Member]

    def to_bytes(self) -> bytes:
        """Return it as JSON, the same bytes for the same content."""
        content = self.model_dump(mode="json")
        return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read_manifest(raw: bytes, name: str) -> Manifest:
    """Read a manifest.

    Parameters
    ----------
    raw : bytes
        JSON in UTF-8.
    name : str
        The bundle, as messages name it.

    Returns
    -------
    Manifest
        Checked.

    Raises
    ------
    InputError
        If it cannot be read, is of something else or of a newer format, or has faults: all of them.

    Examples
    --------
    >>> read_manifest(b'{"format": "r2prisk bundle", "edition": 9}', "x.r2prisk.zip")
    Traceback (most recent call last):
        ...
    r2prisk.errors.InputError: x.r2prisk.zip: is of format 9; this r2prisk reads format 1: \
install a newer one
    """
    try:
        content: Any = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InputError(name, [f"{MANIFEST} cannot be read: damaged, or cut off"]) from None
    if not isinstance(content, dict) or cast(dict[str, Any], content).get("format") != FORMAT:
        raise InputError(name, [f"{MANIFEST} is not one of an assessment bundle"])
    given = cast(dict[str, Any], content)
    edition = given.get("edition")
    if isinstance(edition, int) and edition > EDITION:
        newer = f"is of format {edition}; this r2prisk reads format {EDITION}: install a newer one"
        raise InputError(name, [newer])
    try:
        return Manifest.model_validate_json(raw)
    except ValidationError as error:
        told = [f"{MANIFEST}: {fault}" for fault in faults(error, Manifest, given)]
        raise InputError(name, [printable(fault, 300) for fault in told]) from None


def printable(text: str, most: int = 80) -> str:
    r"""Return a text from outside that can be shown: no control signs, not too long.

    Examples
    --------
    >>> printable("a\x1b[2J")
    'a?[2J'
    """
    shown = (sign if sign.isprintable() or sign in _SPACES else "?" for sign in text[:most])
    return "".join(shown)


def digest(raw: bytes) -> str:
    """Return the plain SHA-256 of bytes, as any other program gives it.

    Examples
    --------
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(raw).hexdigest()


def fingerprint(raw: bytes) -> str:
    """Return the first 80 bits of the SHA-256 of a manifest, in groups to be read out.

    Examples
    --------
    >>> fingerprint(b"")
    'e3b0 c442 98fc 1c14 9afb'
    """
    short = digest(raw)[:20]
    return " ".join(short[at : at + 4] for at in range(0, 20, 4))
