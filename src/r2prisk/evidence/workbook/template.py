"""Write the workbook in which coders enter evidence."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from r2prisk.catalogue import load_mechanisms, load_words
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in
from r2prisk.errors import InputError, MissingExtraError, nearest
from r2prisk.evidence import words as plain
from r2prisk.evidence.models import load_declared, unit_of
from r2prisk.evidence.table import EvidenceTable
from r2prisk.evidence.workbook.cover import write_cover
from r2prisk.evidence.workbook.coverage import write_coverage, write_tally
from r2prisk.evidence.workbook.form import Form, Record
from r2prisk.evidence.workbook.formats import formats_of
from r2prisk.evidence.workbook.layout import FORM, MARK, SHEETS, choice_in, form_indicators
from r2prisk.evidence.workbook.sheets import write_further, write_sheet
from r2prisk.evidence.workbook.words import LANGUAGES, rating_word, say, state_word
from r2prisk.evidence.write import CELL
from r2prisk.files import write_beside


def write_template(
    path: str | os.PathLike[str],
    units: Iterable[str],
    *,
    language: str = "en",
    coders: Iterable[str] = (),
    evidence: EvidenceTable | None = None,
    date: object = None,
) -> None:
    """Write a workbook in which people enter evidence on countries.

    The same input gives the same bytes. No text in it is a formula, and it reaches out to no file
    or address.

    Parameters
    ----------
    path : path-like
        Ends in ``.xlsx``.
    units : iterable of str
        ISO 3166 alpha-3 codes of the countries, in the order of the form; at least one.
    language : {"en", "fr", "es"}
        The language of the form.
    coders : iterable of str, optional
        The names of who will fill it in. They can also be written on the cover later.
    evidence : EvidenceTable, optional
        What is filled in already. The first row of each country and indicator stands beside its
        question, and further ones on the sheet for further evidence; coders are added to those
        named. Everything is written, restricted rows too: take ``evidence.public()`` for others.
    date : date or text, optional
        The day of the form, for the cover. None is written if none is given.

    Raises
    ------
    InputError
        With every fault: a unit or language that does not exist, evidence on another country or
        indicator, a text that is too long for a cell, a file that cannot be written.
    MissingExtraError
        If the library that writes workbooks is not installed.

    Examples
    --------
    >>> import pathlib, pytest, tempfile
    >>> _ = pytest.importorskip("xlsxwriter")
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "form.xlsx"
    >>> write_template(path, ["KEN"], language="fr", coders=["A. Diallo"])
    >>> path.stat().st_size > 10_000
    True
    >>> write_template(path, ["Kenya"], language="de")
    Traceback (most recent call last):
    r2prisk.errors.InputError: form.xlsx: 2 problems
      - 'Kenya' is not an ISO 3166 alpha-3 code; did you mean 'KEN' (Kenya)?
      - language 'de': no such language; allowed: en, fr, es; did you mean 'es'?
    """
    target = os.fspath(path)
    form = _form(target, units, language, coders, evidence, date)
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("Writing a workbook", "excel") from None
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    with (
        write_beside(target) as scratch,
        xlsxwriter.Workbook(str(scratch), options) as book,
    ):
        styles = formats_of(book)
        names = ("cover", *(sheet.key for sheet in SHEETS), "coverage", "lists")
        pages = {key: book.add_worksheet(form.sheet_name(key)) for key in names}
        write_cover(pages["cover"], styles, form)
        for sheet in SHEETS:
            write = write_sheet if sheet.factors else write_further
            write(pages[sheet.key], styles, form, sheet)
        write_coverage(pages["coverage"], styles, form)
        for column, words in enumerate(form.lists.values()):
            for row, word in enumerate(words):
                pages["lists"].write_string(row, column, word)
        write_tally(pages["lists"], form)
        pages["lists"].hide()
        # the same evidence makes the same bytes, whenever it is written
        created = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
        book.set_properties({"title": say("title", form.language), "created": created})
        book.set_custom_property(MARK, f"{FORM} {form.language}", "text")


def _form(
    target: str,
    units: Iterable[str],
    language: str,
    coders: Iterable[str],
    evidence: EvidenceTable | None,
    date: object,
) -> Form:
    """Return what the form holds, or every fault in what was asked for."""
    problems: list[str] = []
    if not target.lower().endswith(".xlsx"):
        problems.append("must end in '.xlsx'")
    wanted = _units(units, problems)
    if language not in LANGUAGES:
        allowed = f"allowed: {', '.join(LANGUAGES)}{nearest(language, LANGUAGES)}"
        problems.append(f"language '{language}': no such language; {allowed}")
    named: list[str] = []
    for name in (coders,) if isinstance(coders, str) else coders:
        try:
            named.append(plain.clean_text(name))
        except ValueError as error:
            problems.append(f"coder '{name!r}' {error}")
    day = ""
    if date is not None:
        try:
            day = str(plain.day_of(date))
        except ValueError as error:
            problems.append(f"date: {error}")
    rows = [] if evidence is None else evidence.to_frame().to_dict("records")
    for what, known, allowed in (
        ("unit", set(wanted), "; name it in units"),
        ("indicator", set(form_indicators()), ", which the form does not ask about"),
    ):
        strange = dict.fromkeys(str(row[what]) for row in rows if row[what] not in known)
        problems += [f"the evidence is about the {what} '{name}'{allowed}" for name in strange]
    spoken: dict[str, Language] = {word: word for word in LANGUAGES}
    speech = spoken.get(language, "en")
    records = [{str(k): _written(str(k), v, row, speech) for k, v in row.items()} for row in rows]
    problems += _long(records)
    if problems:
        raise InputError(os.path.basename(target) or "form", problems)  # noqa: PTH119
    people = dict.fromkeys([*filter(None, named), *(str(row["coder"]) for row in rows)])
    countries = _countries(wanted, speech)
    return Form(speech, countries, tuple(people), tuple(records), day, _lists(speech, countries))


def _units(units: Iterable[str], problems: list[str]) -> tuple[str, ...]:
    wanted: list[str] = []
    for unit in (units,) if isinstance(units, str) else units:
        try:
            wanted.append(unit_of(unit))
        except ValueError as error:
            problems.append(str(error))
    problems += [f"'{u}' is named twice" for u in dict.fromkeys(wanted) if wanted.count(u) > 1]
    if not wanted and not problems:
        problems.append("needs at least one country")
    return tuple(wanted)


def _countries(units: Sequence[str], language: Language) -> dict[str, str]:
    """Return the name by which each country goes in the form: no two alike."""
    names = {unit: country_in(unit, language) for unit in units}
    again = list(names.values())
    return {u: f"{n} ({u})" if again.count(n) > 1 else n for u, n in names.items()}


def _written(name: str, value: Any, row: dict[Any, Any], language: Language) -> str | float:
    """Return what stands in the cell for a value of evidence; an empty text for an empty cell."""
    if name == "rating":
        return _rating(float(value), str(row["state"]), language)
    if isinstance(value, str):
        return _word(name, value, language)
    return (
        "" if value != value or value is None else np.datetime_as_string(value.to_datetime64(), "D")
    )


def _rating(value: float, state: str, language: Language) -> str | float:
    if value != value:
        return state_word(state, language)
    word = rating_word(value, language)
    if word is not None:
        return word
    # LibreOffice keeps 15 digits of a number; one that needs more stands as text
    return value if float(f"{value:.15G}") == value else repr(value)


def _word(name: str, value: str, language: Language) -> str:
    declared = load_declared()
    if name == "mechanism":
        mechanism = load_mechanisms()[value]
        return mechanism.title if language == "en" else mechanism.titles[language]
    choices = {
        "confidence": declared.confidence,
        "perpetrator": declared.perpetrators,
        "sensitivity": declared.sensitivity,
    }
    found = (word.words[language] for word in choices.get(name, ()) if word.id == value)
    return next(found, value)


def _long(records: Sequence[Record]) -> list[str]:
    """Return the texts that a cell cannot hold; a spreadsheet counts in UTF-16."""
    return [
        f"'{record['id']}', column '{name}': {size:,} characters; a cell holds {CELL:,}"
        for record in records
        for name, text in record.items()
        if isinstance(text, str) and len(text) * 2 > CELL
        for size in [len(text.encode("utf-16-le")) // 2]
        if size > CELL
    ]


def _lists(language: Language, countries: dict[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the words of each drop-down."""
    known, declared = load_words(), load_declared()
    states = [state_word(state, language) for state in ("unknown", "not applicable")]
    return {
        "rating": (*(word.words[language] for word in known.ratings), *states),
        "confidence": tuple(word.words[language] for word in declared.confidence),
        "mechanism": tuple(_word("mechanism", name, language) for name in load_mechanisms()),
        "perpetrator": tuple(word.words[language] for word in declared.perpetrators),
        "sensitivity": tuple(word.words[language] for word in declared.sensitivity),
        "country": tuple(countries.values()),
        "choice": tuple(choice_in(entry[2], language) for entry in form_indicators().values()),
    }
