"""The casebook: real histories, coded by the maintainers from published documents."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from r2prisk.catalogue.load import read_toml
from r2prisk.catalogue.models import Entry, Text
from r2prisk.catalogue.where import data_files
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.read import read_evidence
from r2prisk.evidence.table import EvidenceTable

CODING = "Illustrative coding by the maintainers of r2prisk, not a finding."
"""What stands beside every rating of the casebook."""

Year = Annotated[int, Field(ge=1900, le=2199)]


class Reference(Entry):
    """A document on which ratings rest, and how its existence was verified.

    Parameters
    ----------
    cite : str
        UN symbol, or author, title and date: what a row of evidence names.
    title : str
        Its title.
    date : date
        The day on which it came out.
    url : str
        Where a copy was seen.
    seen : {"text", "cited"}
        Whether its own words were seen, or its symbol or title in another document.
    cited_in : str
        Which document cites it, if only that was seen.
    """

    cite: Text
    title: Text
    date: dt.date
    url: Annotated[str, Field(pattern=r"^https?://\S+$")]
    seen: Literal["text", "cited"]
    cited_in: str = ""

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if (self.seen == "cited") != bool(self.cited_in):
            raise ValueError("cited_in names the citing document of what was seen only cited")
        return self


class About(Entry):
    """What is said of a case, beside its evidence; a ``.toml`` file of the casebook."""

    title: Text
    unit: Text
    first: Year
    last: Year
    outcome: Literal["followed", "did not follow", "stopped"]
    outcome_date: dt.date
    what: Text
    why: Text
    limits: Text
    references: tuple[Reference, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Case:
    """One history of the casebook; made by ``load_casebook``.

    Parameters
    ----------
    name : str
        Its name, as in the name of its files.
    title : str
        What it is about.
    unit : str
        ISO 3166 alpha-3 code.
    first, last : int
        The years that the evidence covers.
    outcome : {"followed", "did not follow", "stopped"}
        What became of the risk of atrocity crimes.
    outcome_date : date
        The day on which they began on the scale that the case is about, or by which it was clear
        that they did not, or had stopped.
    what, why, limits : str
        What happened; what the documents say drove or held it; what the coding cannot show.
    references : tuple of Reference
        The documents.
    evidence : EvidenceTable
        The ratings.

    Examples
    --------
    >>> case = load_casebook()["ghana-2008-2013"]
    >>> case.outcome, case.unit
    ('did not follow', 'GHA')
    """

    name: str
    title: str
    unit: str
    first: int
    last: int
    outcome: Literal["followed", "did not follow", "stopped"]
    outcome_date: dt.date
    what: str
    why: str
    limits: str
    references: tuple[Reference, ...]
    evidence: EvidenceTable

    def __repr__(self) -> str:
        return (
            f"Case {self.name} ({self.unit}): atrocity crimes {self.outcome} "
            f"({self.outcome_date}); {len(self.evidence)} rows of evidence, "
            f"{len(self.references)} documents"
        )


class Casebook(Mapping[str, Case]):
    """The cases by name, and all their evidence as one table; made by ``load_casebook``.

    Parameters
    ----------
    cases : mapping of str to Case
        The cases.
    evidence : EvidenceTable
        The evidence of all.

    Examples
    --------
    >>> cases = load_casebook()
    >>> cases["rwanda-1990-1994"].outcome_date.isoformat()
    '1994-04-07'
    """

    def __init__(self, cases: Mapping[str, Case], evidence: EvidenceTable) -> None:
        self._cases = dict(cases)
        self.evidence = evidence

    def __getitem__(self, name: str) -> Case:
        if name not in self._cases:
            message = f"no such case; there are {', '.join(self._cases)}"
            raise InputError(f"case '{name}'", [message + nearest(name, self._cases)])
        return self._cases[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return a case, or the default where there is none of the name."""
        return self._cases.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._cases

    def __iter__(self) -> Iterator[str]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each case: what it is about, its outcome, how much was coded."""
        return pd.DataFrame(
            {
                "case": name,
                "unit": case.unit,
                "title": case.title,
                "first": case.first,
                "last": case.last,
                "outcome": case.outcome,
                "outcome_date": case.outcome_date,
                "rows": len(case.evidence),
                "documents": len(case.references),
            }
            for name, case in self.items()
        )

    def __repr__(self) -> str:
        kinds = pd.Series([case.outcome for case in self.values()], dtype=object).value_counts()
        told = ", ".join(f"{kind} in {count}" for kind, count in kinds.items())
        return f"Casebook: {len(self)} cases (atrocity crimes {told}).\n{self.evidence!r}"


@lru_cache(maxsize=1)
def load_casebook() -> Casebook:
    """Return the casebook that comes with r2prisk.

    Returns
    -------
    Casebook
        A mapping of names to cases; ``evidence`` is the table of all.

    Raises
    ------
    InputError
        If a file of it has faults: all of them, each with its place.

    Notes
    -----
    Every rating is the maintainers' illustrative coding of a published document that was verified
    to exist, with the reason in a sentence; none is a finding.

    Examples
    --------
    >>> [case.unit for case in load_casebook().values() if case.outcome == "did not follow"]
    ['GHA', 'MKD']
    """
    cases: dict[str, Case] = {}
    for path in data_files("cases", ".toml"):
        about = read_toml(path, About)
        table = read_evidence(path.with_suffix(".csv"))
        table = dataclasses.replace(table, notes=(CODING,))
        told = {name: getattr(about, name) for name in About.model_fields}
        cases[path.stem] = Case(name=path.stem, evidence=table, **told)
    frames = [case.evidence.to_frame() for case in cases.values()]
    whole = read_evidence(pd.concat(frames, ignore_index=True).astype(object))
    return Casebook(
        cases, dataclasses.replace(whole, sources=("the casebook of r2prisk",), notes=(CODING,))
    )
