"""Take the ticks and corrections of a checklist back into the framework's file."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import tomlkit
from tomlkit.items import InlineTable

from r2prisk.catalogue.checklist import COLUMNS, status_word
from r2prisk.catalogue.export import read_cells, safe_cell
from r2prisk.catalogue.load import FRAMEWORKS, load_framework, read_toml
from r2prisk.catalogue.models import Framework, Indicator
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError, nearest
from r2prisk.files import write_beside

DISAGREES = "number or meaning does not agree with the document"
REWORDED = "corrected by the reader; guidance for raters still to be reviewed, then tick yes"


_NEEDED = ("id", "label", "tick", "label_correction", "description_correction", "note")
_LONGEST_LABEL = 60
# what a spreadsheet program may make of 1.10, 7.10 or 3.2
_DATE = re.compile(
    r"\d{1,4}[./ -]+[^\W\d_]{3,}\.?([./ -]*\d{2,4})?"  # 01.Okt, 7-Oct-25
    r"|[^\W\d_]{3,}\.?[./ -]+\d{1,4}"  # Jan-10
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"  # 2025-02-03, 03/02/2025
)


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What a person wrote beside one indicator: yes, no or nothing, and corrections."""

    id: str
    tick: str = ""
    label: str = ""
    description: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Who compared a framework with which edition, and when (as YYYY-MM-DD).

    ``dated`` says that the day was given, not taken from the clock: only then does it replace the
    day of an entry in which nothing else changes.
    """

    who: str
    edition: str
    when: str
    dated: bool = True


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a checklist changed: the framework before and after, and the file written.

    ``notes_left`` counts the remarks on rows without a tick, which stay in the CSV only.
    """

    before: Framework
    after: Framework
    path: Path
    notes_left: int = 0

    def counts(self) -> dict[str, dict[str, int]]:
        """Return what changed and what is left to check, by factor."""
        old = {indicator.id: indicator for indicator in self.before.indicators}
        table: dict[str, dict[str, int]] = {}
        for factor in self.after.factors:
            pairs = [(old[new.id], new) for new in factor.indicators]
            table[factor.id] = {
                "indicators": len(pairs),
                "verified": sum(_checked(n) and not _checked(o) for o, n in pairs),
                "corrected": sum(
                    (o.label, o.description) != (n.label, n.description) for o, n in pairs
                ),
                "refused": sum(_refused(n) and not _refused(o) for o, n in pairs),
                "unchecked": sum(status_word(n.verified).startswith("recalled") for _, n in pairs),
            }
        return {name: row for name, row in table.items() if row["indicators"]}


def _checked(indicator: Indicator) -> bool:
    return status_word(indicator.verified) == "checked"


def _refused(indicator: Indicator) -> bool:
    return status_word(indicator.verified).startswith("refused")


def framework_file(name: str | os.PathLike[str]) -> Path:
    """Return the TOML file that a framework is read from.

    Parameters
    ----------
    name : str or path-like
        As for :func:`r2prisk.catalogue.load_framework`.

    Returns
    -------
    pathlib.Path
        The file in the package or checkout, or the user's own.

    Examples
    --------
    >>> framework_file("un-foa-2014").name
    'un-foa-2014.toml'
    """
    return data_file(f"{name}.toml") if name in FRAMEWORKS else Path(name)


def verify(
    ticked: str | os.PathLike[str],
    framework: str | os.PathLike[str] = "un-foa-2014",
    *,
    by: str,
    edition: str,
    date: str | None = None,
    output: str | os.PathLike[str] | None = None,
) -> Outcome:
    r"""Write the ticks and corrections of a CSV into a framework's file.

    A row ticked *yes* becomes ``source``, with who, when and which edition; ``provisional`` goes,
    an address stays. A row ticked *no* stays, or becomes again, ``recalled``, with who, when and
    a note. Corrections are taken over in both cases. Rows without a tick do not change.

    Parameters
    ----------
    ticked : path-like
        The CSV of :func:`r2prisk.catalogue.checklist.write_checklist`, filled in.
    framework : str or path-like
        Name of a framework, or the path of a user's own.
    by : str
        Who compared it with the document.
    edition : str
        Which edition of the document, e.g. ``A/70/741-S/2016/71``.
    date : str, optional
        When, as YYYY-MM-DD; today by default. A day from the clock does not replace the day of an
        entry in which nothing else changes, so that the same CSV twice gives the same file.
    output : path-like, optional
        Where to write; by default over the file that the framework was read from.

    Returns
    -------
    Outcome
        The framework before and after.

    Raises
    ------
    InputError
        With every fault of the CSV, its row and column; or if the file cannot be written. The
        old file is then still there as it was.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> csv = 'id,label,tick,label_correction,description_correction,note\n'
    >>> csv += '1.1,Armed conflict between or within states,yes,,,\n'
    >>> _ = (folder / "ticked.csv").write_text(csv, encoding="utf-8")
    >>> done = verify(folder / "ticked.csv", by="A. Reader", edition="A/70/741-S/2016/71",
    ...               output=folder / "checked.toml")
    >>> done.after["1.1"].verified.who
    'A. Reader'
    """
    target = framework_file(framework) if output is None else Path(output)
    check = _check(by, edition, date, target)
    before = load_framework(framework)
    ticks = read_ticks(Path(ticked), before)
    text = framework_file(framework).read_bytes().decode("utf-8-sig")
    after = _write(target, enter_ticks(text, ticks, check))
    left = sum(not tick.tick and bool(tick.note) for tick in ticks)
    return Outcome(before=before, after=after, path=target, notes_left=left)


def _check(by: str, edition: str, date: str | None, target: Path) -> Check:
    """Put who, when and which edition together, or say what is wrong with them."""
    problems: list[str] = []
    day = datetime.date.today()
    if not by.strip():
        problems.append("--by is empty; name the person who compared the document")
    if not edition.strip():
        problems.append("--edition is empty; name the edition, e.g. A/70/741-S/2016/71")
    for name, text in (("--by", by), ("--edition", edition)):
        if any(not char.isprintable() for char in text):
            problems.append(f"{name} {text!r} holds characters that cannot be written")
    if date is not None:
        try:
            day = datetime.date.fromisoformat(date)
        except ValueError:
            problems.append(f"--date '{date}' is not a day; write it as YYYY-MM-DD")
    if target.suffix.lower() != ".toml":
        problems.append(
            f"--output '{target}' ends in '{target.suffix}'; a framework is a .toml file"
        )
    if problems:
        raise InputError("verify", problems)
    return Check(
        who=by.strip(), edition=edition.strip(), when=day.isoformat(), dated=date is not None
    )


def read_ticks(path: Path, framework: Framework) -> tuple[Tick, ...]:
    """Return what was ticked and corrected in a checklist.

    Parameters
    ----------
    path : pathlib.Path
        The CSV, as saved by a text editor or a spreadsheet program.
    framework : Framework
        The framework that the checklist was made for.

    Returns
    -------
    tuple of Tick
        One for each row.

    Raises
    ------
    InputError
        With every fault, its row and column.
    """
    known = {indicator.id: indicator for indicator in framework.indicators}
    labels = {safe_cell(" ".join(entry.label.split())): entry for entry in framework.indicators}
    problems: list[str] = []
    ticks: list[Tick] = []
    rows: dict[str, int] = {}
    for row, cells in read_cells(path, columns=COLUMNS, needed=_NEEDED):
        found = _indicator(cells, known, labels)
        tick = Tick(
            id=found.id if isinstance(found, Indicator) else cells["id"],
            tick=cells["tick"].casefold(),
            label=cells["label_correction"],
            description=cells["description_correction"],
            note=cells["note"],
        )
        faults = dict(_tick_faults(tick, found))
        if isinstance(found, Indicator):
            first = rows.setdefault(tick.id, row)
            if first != row:
                faults["id"] = f"'{tick.id}' is in row {first} already"
        problems += [f"row {row}, column '{column}': {text}" for column, text in faults.items()]
        ticks.append(tick)
    if problems:
        raise InputError(str(path), problems)
    return tuple(ticks)


def _indicator(
    cells: Mapping[str, str], known: Mapping[str, Indicator], labels: Mapping[str, Indicator]
) -> Indicator | str:
    """Find the indicator of a row, also where a spreadsheet program made 7.1 or a date of 7.10."""
    written = cells["id"]
    labelled = labels.get(cells["label"]) or labels.get(cells["label_correction"])
    alike = [name for name in known if _same_number(written, name)]
    if labelled and (labelled.id in alike or (written not in known and _DATE.fullmatch(written))):
        return labelled
    if any(len(name) > len(written) for name in alike):
        both = " or ".join(alike)
        return f"'{written}' may be {both}, and the label is of neither; copy it from the checklist"
    if written in known:
        return known[written]
    return f"no indicator '{written}'{nearest(written, known)}"


def _same_number(written: str, identifier: str) -> bool:
    number = re.compile(r"\d+[.,]\d+")
    if not (number.fullmatch(written) and number.fullmatch(identifier)):
        return False
    return float(written.replace(",", ".")) == float(identifier.replace(",", "."))


def _tick_faults(tick: Tick, found: Indicator | str) -> Iterable[tuple[str, str]]:
    """Name the faults of one row, each with its column."""
    if isinstance(found, str):
        yield "id", found
    elif found.verified.status == "own" and tick.tick:
        yield "tick", f"'{tick.id}' is our own, there is no text to check it against"
    if tick.tick not in ("yes", "no", ""):
        yield "tick", f"'{tick.tick}' is neither yes nor no nor empty"
    if not tick.tick and (tick.label or tick.description):
        yield "tick", "there is a correction but no tick; write yes or no"
    if len(tick.label) > _LONGEST_LABEL:
        length = f"{len(tick.label)} characters, at most {_LONGEST_LABEL} are allowed"
        yield "label_correction", length


def enter_ticks(text: str, ticks: Iterable[Tick], check: Check) -> str:
    r"""Return a framework's TOML with ticks and corrections entered and all else as it was.

    Parameters
    ----------
    text : str
        The TOML of a framework.
    ticks : iterable of Tick
        What was ticked.
    check : Check
        Who, when and which edition.

    Returns
    -------
    str
        The TOML, with comments, order and layout kept.

    Examples
    --------
    >>> toml = '[[factors]]\n[[factors.indicators]]\nid = "1"\nlabel = "x" # ours\n'
    >>> tick = Tick(id="1", tick="yes", label="y")
    >>> print(enter_ticks(toml, [tick], Check(who="A. Reader", edition="2014", when="2025-03-01")))
    [[factors]]
    [[factors.indicators]]
    id = "1"
    label = "y" # ours
    verified = { status = "source", who = "A. Reader", when = "2025-03-01", edition = "2014" }
    <BLANKLINE>
    """
    document = tomlkit.parse(text)
    ticked = {tick.id: tick for tick in ticks if tick.tick}
    for factor in cast(list[dict[str, Any]], document["factors"]):
        for entry in cast(list[MutableMapping[str, Any]], factor.get("indicators", [])):
            if tick := ticked.get(str(entry["id"])):
                _enter(entry, tick, check)
    entered = tomlkit.dumps(document)
    if "\r\n" in text:  # lines that were added end as the others do
        entered = entered.replace("\r\n", "\n").replace("\n", "\r\n")
    return entered


def _enter(entry: MutableMapping[str, Any], tick: Tick, check: Check) -> None:
    """Change one indicator where the tick says something new."""
    for key, correction in (("label", tick.label), ("description", tick.description)):
        if correction and entry[key] != correction:
            entry[key] = correction
    old = cast(MutableMapping[str, Any], entry.get("verified", {}))
    before: dict[str, Any] = {key: _plain(value) for key, value in old.items()}
    after = _verified(before, tick, check)
    if not check.dated and {**after, "when": before.get("when")} == before:
        return
    if after == before:
        return
    if old and not isinstance(old, InlineTable):
        for key in [key for key in old if key not in after]:
            del old[key]
        old.update(after)
    else:
        cells = ", ".join(
            f"{key} = {tomlkit.item(value).as_string()}" for key, value in after.items()
        )
        entry["verified"] = tomlkit.value(f"{{ {cells} }}")


def _plain(value: object) -> object:
    unwrap = getattr(value, "unwrap", None)
    return unwrap() if callable(unwrap) else value


def _verified(old: dict[str, Any], tick: Tick, check: Check) -> dict[str, Any]:
    """Say how sure an entry is after a tick."""
    agreed = tick.tick == "yes"
    new: dict[str, Any] = {"status": "source" if agreed else "recalled"}
    if "where" in old:
        new["where"] = old["where"]
    remark = REWORDED if tick.label or tick.description else DISAGREES
    if note := tick.note or ("" if agreed else remark):
        new["note"] = note
    if not agreed and old.get("provisional"):
        new["provisional"] = True
    return {**new, "who": check.who, "when": check.when, "edition": check.edition}


def _write(target: Path, text: str) -> Framework:
    """Replace a framework's file with a text that loads; else leave it as it was."""
    advice = "name another file with -o OUT.toml"
    if target.exists() and not os.access(target, os.W_OK):
        raise InputError(str(target), [f"may not be written to; {advice}"])
    try:
        with write_beside(target) as scratch:
            scratch.write_bytes(text.encode("utf-8"))
            return read_toml(scratch, Framework)
    except OSError as error:
        raise InputError(str(target), [f"cannot be written: {error.strerror}; {advice}"]) from None
    except InputError as error:
        raise InputError(str(target), [*error.problems, f"nothing was changed; {advice}"]) from None
