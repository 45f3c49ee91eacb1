"""Histories of the casebook that fit a question, and why each fits."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping

import pandas as pd

from r2prisk.catalogue import Framework, load_framework
from r2prisk.catalogue.regions import load_regions
from r2prisk.catalogue.units import load_units
from r2prisk.errors import InputError, nearest
from r2prisk.evidence.casebook import CODING, Case, load_casebook
from r2prisk.prevention.focalpoints.forms import country_of
from r2prisk.prevention.focalpoints.show import Showing, View
from r2prisk.prevention.focalpoints.words import load_questions

OUTCOMES = ("followed", "did not follow", "stopped")
"""What became of the risk in a case: atrocity crimes followed, did not, or stopped."""

FRAMEWORKS = ("un-foa-2014", "sg-resilience-2013")
"""Frameworks whose factors and indicators can be asked for."""

LETTERS = 4
"""Letters that a word of a question needs to be looked for."""

SHOWN = 5
"""Cases that are returned if no number is named."""


@dataclasses.dataclass(frozen=True, eq=False)
class CaseStudy:
    """One case that fits; made by ``case_studies``.

    Parameters
    ----------
    case : Case
        The history.
    fits : tuple of str
        Why it fits, a sentence for each thing that was asked.
    score : int
        How many of the things that were asked it meets.

    Examples
    --------
    >>> found = case_studies(factors=["8.8"], outcome="did not follow")
    >>> [study.case.unit for study in found.studies]
    ['GHA', 'MKD']
    """

    case: Case
    fits: tuple[str, ...]
    score: int


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class CaseStudies(Showing):
    """The cases that fit a question, the best first; made by ``case_studies``.

    Parameters
    ----------
    asked : str
        What was asked, in words.
    studies : tuple of CaseStudy
        Those that fit.
    left_out : pandas.DataFrame
        The other cases: ``case`` and ``reason``.

    Examples
    --------
    >>> len(case_studies(outcome="stopped").studies) > 0
    True
    """

    asked: str
    studies: tuple[CaseStudy, ...]
    left_out: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each case: ``case``, ``title``, ``unit``, ``outcome``, ``fits``."""
        return pd.DataFrame(
            [
                (s.case.name, s.case.title, s.case.unit, s.case.outcome, " ".join(s.fits))
                for s in self.studies
            ],
            columns=["case", "title", "unit", "outcome", "fits"],
        )

    def _view(self) -> View:
        count = len(self.studies)
        blocks: list[str | tuple[str, ...]] = []
        for n, study in enumerate(self.studies, 1):
            case = study.case
            blocks += [
                f"{n}. {case.title}: atrocity crimes {case.outcome} ({case.outcome_date}).",
                (
                    f"Fits: {' '.join(study.fits)}",
                    f"What happened: {case.what}",
                    f"What the documents say: {case.why}",
                    f"Limits: {case.limits}",
                    f"Rests on {len(case.references)} documents, which the casebook lists.",
                ),
            ]
        counts = self.left_out["reason"].value_counts(sort=False)
        told = [f"{n} with {reason}" for reason, n in counts.items()]
        return View(
            f"Cases for {self.asked}: {count} of {count + len(self.left_out)}",
            (
                *blocks,
                *(["No case fits. That says how few are coded, nothing more."] * (not count)),
                *([f"Left out: {'; '.join(told)}."] if told else []),
                f"{CODING} Cases were chosen, not sampled: they teach, and prove nothing.",
            ),
        )


def case_studies(
    question: str = "",
    *,
    unit: str | None = None,
    factors: Iterable[str] = (),
    outcome: str | None = None,
    count: int = SHOWN,
) -> CaseStudies:
    """Return the cases of the casebook that fit a question, and why each fits.

    A case meets a factor or an indicator of which it has ratings, a word of the question that
    stands in its title or story, and a country that it is about or whose sub-region it is in.

    Parameters
    ----------
    question : str
        In plain words; of these, the ones of four letters or more are looked for.
    unit : str, optional
        A country by code or name: its own case and those of its M49 sub-region.
    factors : iterable of str
        Factors (``RF8``, ``SGS3``) or indicators (``8.8``).
    outcome : {"followed", "did not follow", "stopped"}, optional
        Only cases that went this way.
    count : int
        How many at most, 1 or more.

    Returns
    -------
    CaseStudies
        Those that meet most of what was asked first; among equals, the most often rated.

    Raises
    ------
    InputError
        With all faults: nothing is asked, or a factor, a country or an outcome is none.

    Examples
    --------
    >>> found = case_studies("contested election", factors=["SGS2"], outcome="did not follow")
    >>> {study.case.unit: study.score for study in found.studies}["GHA"]
    2
    """
    names = list(dict.fromkeys(str(name).strip() for name in factors))
    problems = _faults(names, outcome, count)
    place = None if unit is None else country_of(unit, problems)
    words = _words(question)
    if question.strip() and not words:
        problems.append(f"'{question}' has no word of {LETTERS} letters or more to look for")
    if not (names or question.strip() or unit or outcome):
        problems.append("nothing is asked: name a question, a country, factors or an outcome")
    if problems:
        raise InputError("case_studies", problems)
    frameworks = [load_framework(name) for name in FRAMEWORKS]
    book: Mapping[str, Case] = load_casebook()
    left: list[tuple[str, str]] = []
    found: list[tuple[int, CaseStudy]] = []
    for name, case in book.items():
        if outcome and case.outcome != outcome:
            left.append((name, "another outcome"))
            continue
        rated = [_rated(case, one, frameworks) for one in names]
        fits = [told for told, _ in rated if told] + _said(case, words) + _near(case, place)
        if names or words or place:
            if not fits:
                left.append((name, "nothing of what was asked"))
                continue
        else:
            fits = [f"Atrocity crimes {case.outcome}."]
        score = sum(bool(told) for told, _ in rated) + len(_met(case, words))
        score += len(_near(case, place))
        found.append((sum(n for _, n in rated), CaseStudy(case, tuple(fits), score)))
    found.sort(key=lambda one: (-one[1].score, -one[0], one[1].case.name))
    left += [(study.case.name, "a lesser fit") for _, study in found[count:]]
    return CaseStudies(
        asked=_asked(question, place, names, outcome),
        studies=tuple(study for _, study in found[:count]),
        left_out=pd.DataFrame(left, columns=["case", "reason"]),
    )


def _faults(names: list[str], outcome: str | None, count: int) -> list[str]:
    problems: list[str] = []
    frameworks = [load_framework(name) for name in FRAMEWORKS]
    known = [entry.id for f in frameworks for entry in (*f.factors, *f.indicators)]
    for name in names:
        if name not in known:
            problems.append(f"'{name}' is no factor and no indicator{nearest(name, known)}")
    if outcome is not None and outcome not in OUTCOMES:
        allowed = f"allowed: {', '.join(OUTCOMES)}{nearest(outcome, OUTCOMES)}"
        problems.append(f"outcome '{outcome}' is not known; {allowed}")
    if count < 1:
        problems.append(f"count is {count}; it must be 1 or more")
    return problems


def _words(question: str) -> list[str]:
    found = re.findall(r"[^\W\d_]+", question.casefold())
    empty = load_questions().ignored
    return [w for w in dict.fromkeys(found) if len(w) >= LETTERS and w not in empty]


def _stem(word: str) -> str:
    """Return what a word shares with its plural."""
    return re.sub(r"(ies|es|s|y|e)$", "", word) if len(word) > LETTERS else word


def _met(case: Case, words: list[str]) -> list[str]:
    there = re.findall(r"[^\W\d_]+", f"{case.title} {case.what} {case.why}".casefold())
    return [word for word in words if any(one.startswith(_stem(word)) for one in there)]


def _said(case: Case, words: list[str]) -> list[str]:
    met = _met(case, words)
    return [f"Its story has: {', '.join(met)}."] if met else []


def _near(case: Case, place: str | None) -> list[str]:
    if place is None:
        return []
    if case.unit == place:
        return [f"It is about {load_units()[place].name}."]
    regions = load_regions()
    home = regions[case.unit].subregion
    same = place in regions and regions[place].subregion == home
    return [f"It is of the same sub-region, {home}."] if same else []


def _rated(case: Case, name: str, frameworks: list[Framework]) -> tuple[str, int]:
    """Say how a case is rated on a factor or an indicator, and how often."""
    framework = next(f for f in frameworks if name in f)
    entry = framework[name]
    inside = [i.id for f in framework.factors if f.id == name for i in f.indicators] or [name]
    frame = case.evidence.to_frame()
    rows = frame[frame["indicator"].isin(inside) & frame["rating"].notna()]
    if rows.empty:
        return "", 0
    low, high = rows["rating"].min(), rows["rating"].max()
    span = f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"
    label = getattr(entry, "label", None) or getattr(entry, "title", "")
    count = "1 rating" if len(rows) == 1 else f"{len(rows)} ratings"
    years = sorted({pd.Timestamp(d).year for d in rows["date"]})
    when = f"{years[0]}" if len(years) == 1 else f"{years[0]}-{years[-1]}"
    return f"{name} ({label}): {count}, {span}, {when}.", len(rows)


def _asked(question: str, place: str | None, names: list[str], outcome: str | None) -> str:
    parts = [f"'{question.strip()}'"] if question.strip() else []
    parts += [load_units()[place].name] if place else []
    parts += [", ".join(names)] if names else []
    parts += [f"outcome '{outcome}'"] if outcome else []
    return "; ".join(parts)
