"""``r2prisk verify``: forecasts held against what came."""

from __future__ import annotations

import datetime as dt
import json
import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from r2prisk.about import CAUTION, __version__
from r2prisk.cli.inputs import refuse_same
from r2prisk.cli.why import Output, Seed, wrote
from r2prisk.errors import InputError, nearest
from r2prisk.files import sha256

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.forecasting import Onsets

OutcomesFile = Annotated[
    Path | None,
    typer.Option("--onsets", metavar="FILE", help="What came: episodes or rows, as backtest."),
]
KnownFrom = Annotated[
    str | None,
    typer.Option(help="Episodes: complete from this period; the earliest onset's if not named."),
]
KnownUntil = Annotated[
    str | None,
    typer.Option(
        help="Episodes: complete to this period, which must be over (for forecast it may be "
        "running); the latest onset's if not named."
    ),
]
Forecasts = Annotated[
    Path,
    typer.Argument(
        metavar="FORECASTS",
        help="A frozen forecast, what backtest wrote, or any table: unit, target, probability "
        "and, unless --onsets tells, outcome.",
    ),
]
Reference = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Another forecast, to compare with on the same rows."),
]


WIDTH = 100
"""Characters of a line of text."""
QUIET = 0.01
"""Below this chance a list without an onset for so long is worth a word."""
UNCERTAIN = (
    "A forecast of onset is no finding: it says how often records like these were followed by the "
    "start of an episode, not what will happen. Onsets are few, so every figure is uncertain."
)
READING = (
    "How to read it: AUC is how often a country with an onset stood above one without (0.5: as by "
    "chance, 1: always). Skill is the gain over giving every country the usual rate (0: none). "
    "Beside each figure stand its standard error (se) and the range in which it may well lie (low "
    "to high, 95 %). Where ranges include no skill at all, do not claim any."
)


def verify(
    forecasts: Forecasts,
    onsets: OutcomesFile = None,
    reference: Reference = None,
    known_from: KnownFrom = None,
    known_until: KnownUntil = None,
    seed: Seed = 0,
    output: Output = None,
) -> None:
    """Hold forecasts against what came: yours, frozen ones, or anybody's.

    Example: r2prisk verify forecast.json --onsets episodes.csv --known-until 2027

    Example: r2prisk verify ours.csv --reference theirs.csv
    """
    import pandas as pd

    from r2prisk.scoring.write import check_target

    paths = [path for path in (forecasts, onsets, reference) if path is not None]
    if output is not None:
        check_target(output)
        refuse_same(output, paths)
    given = _read(forecasts, alone=onsets is None)
    known, notes = None, list[str]()
    if onsets is not None:
        one = next(iter(given.values()))
        targets = pd.PeriodIndex(one.frame["target"])
        known, notes = onsets_of(onsets, targets, known_from, known_until)
        over = one.frame["target"].min() + one.horizon - 1
        if over > known.periods[-1]:
            told = f"the first outcome is known at the end of {over}; onsets are known to"
            raise InputError(forecasts.name, [f"{told} {known.periods[-1]} only"])
    other = {} if reference is None else _read(reference, alone=onsets is None)
    found, text = verified(given, known, seed, others=other)
    done = ""
    if output is not None:
        tables = {name: one.figures for name, one in found.items()}
        frame = pd.concat(tables, names=["model"]).reset_index()
        about = {path.name: sha256(path.read_bytes()) for path in paths}
        told = {"command": "r2prisk verify", "r2prisk": __version__, "files": about, "seed": seed}
        done = wrote(frame, output, "figures", told) + beside(output)
    # written before it is shown: who closes the pipe early still has the file
    if known is not None:
        typer.echo("\n".join([repr(known), *notes]))
    typer.echo(f"{text}\n{cautions([_about(path) for path in paths])}{done}")


def _read(path: Path, *, alone: bool) -> dict[str, Any]:
    """Read forecasts of any kind, by model; ``alone`` if they must tell what came themselves."""
    import numpy as np
    import pandas as pd

    from r2prisk.catalogue.units import load_units
    from r2prisk.forecasting import Backtest, read_frozen
    from r2prisk.panel.periods import parse_periods
    from r2prisk.panel.read import read_table

    table = _json(path) if path.suffix.lower() == ".json" else read_table(path)
    if table is None:
        if alone:
            raise InputError(path.name, ["is frozen without outcomes: name them with --onsets"])
        return {path.stem: read_frozen(path)}
    needed = ["unit", "target", "probability"]
    columns = [str(column) for column in table.columns]
    problems = [f"has no column '{n}'{nearest(n, columns)}" for n in needed if n not in columns]
    problems += [f"has two columns '{n}'" for n in sorted({*columns}) if columns.count(n) > 1]
    if "outcome" not in columns and alone:
        hint = nearest("outcome", columns)
        problems.append(f"has no column 'outcome': name the onsets with --onsets{hint}")
    if problems or not len(table):
        raise InputError(path.name, problems or ["has no rows"])
    lines = table.index.to_numpy(dtype=np.int64)
    targets = parse_periods(table["target"].reset_index(drop=True), lines, "target", problems)
    units = load_units()
    strange = [str(u) for u in table["unit"].unique() if u not in units]
    problems += [f"unit '{u}' is not an ISO 3166 alpha-3 code{nearest(u, units)}" for u in strange]
    ahead = table["horizon"].unique().tolist() if "horizon" in columns else [1]
    if len(ahead) > 1 or ahead[0] not in (1, 2):
        problems.append(f"column 'horizon': found {ahead}; 1 or 2 is allowed, the same in all rows")
    if problems or targets is None:
        raise InputError(path.name, problems)
    # an empty cell of a workbook comes as an empty text
    frame = table.mask(table == "").reset_index(drop=True).assign(target=targets)
    name = frame["model"] if "model" in columns else pd.Series(path.stem, index=frame.index)
    return {
        one: Backtest(part.reset_index(drop=True), int(ahead[0]), {}, {"models": {one: {}}})
        for one, part in frame.groupby(name.astype(str), sort=False)
    }


def _about(path: Path) -> str:
    """Return the provenance of forecasts as text: inside a .json, beside a .csv."""
    from r2prisk.scoring.write import provenance_path

    file = path if path.suffix.lower() == ".json" else provenance_path(path)
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""


def _json(path: Path) -> pd.DataFrame | None:
    """Return the table in a .json that backtest wrote; None if it holds a frozen forecast."""
    import pandas as pd

    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if "format" in content:
            return None
        rows = content["forecasts"]
        if any(isinstance(cell, (list, dict)) for row in rows for cell in row.values()):
            raise TypeError
        return pd.DataFrame(rows, index=range(1, len(rows) + 1))
    except FileNotFoundError:
        raise InputError(str(path), ["no such file"]) from None
    except OSError as error:
        raise InputError(path.name, [f"cannot be read: {error.strerror}"]) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError(path.name, ["holds no forecasts as r2prisk writes them"]) from None


def today() -> dt.date:
    """Return the day of which is asked whether a period is over, as forecasts are dated (UTC)."""
    return dt.datetime.now(dt.UTC).date()


def beside(output: Path | None) -> str:
    """Name the file of provenance that stands beside a table."""
    from r2prisk.scoring.write import provenance_path

    if output is None or output.suffix.lower() != ".csv":
        return ""
    return f"\nBeside it what it was made of: {provenance_path(output)}."


def onsets_of(
    path: Path,
    periods: pd.PeriodIndex,
    first: str | None,
    known: str | None,
    *,
    ahead: bool = False,
) -> tuple[Onsets, list[str]]:
    """Read onsets by the kind of period of what they are held against.

    Parameters
    ----------
    path : Path
        Episodes or rows.
    periods : pandas.PeriodIndex
        Of the kind wanted.
    first, known : str or None
        What ``--known-from`` and ``--known-until`` say.
    ahead : bool
        For a forecast: the period that still runs counts, and is told; else nobody knows it yet.

    Returns
    -------
    tuple of (Onsets, list of str)
        The onsets, and notes on how far they can be believed.
    """
    from r2prisk.forecasting import read_onsets
    from r2prisk.panel.periods import KINDS

    kind = KINDS[periods.freqstr[0]]
    try:
        found = read_onsets(path, kind=kind, first=first, known=known)
    except InputError as error:
        if error.subject != path.name:
            raise
        # the library's names of its options are not those of the command
        names = {"first:": "--known-from:", "known:": "--known-until:"}
        said = [problem.partition(" ") for problem in error.problems]
        told = [f"{names.get(word, word)} {rest}".rstrip() for word, _, rest in said]
        raise InputError(path.name, [text.partition("; use until()")[0] for text in told]) from None
    found, notes = _until_now(found, path.name, asked=known is not None, ahead=ahead)
    return found, [*notes, *_silence(found, kind)]


def _until_now(found: Onsets, name: str, *, asked: bool, ahead: bool) -> tuple[Onsets, list[str]]:
    """Refuse onsets of what is to come; leave out or tell the period that still runs."""
    last, day = found.periods[-1], today()
    if last.end_time.date() < day:
        return found, []
    who = f"--known-until: {last}" if asked else f"its last period, {last},"
    if last.start_time.date() > day:
        raise InputError(name, [f"{who} has not begun: nobody knows its onsets"])
    if ahead:
        return found, [f"Note: {last} is not over; what still begins in it after {day} is missed."]
    if asked or last == found.periods[0]:
        over = f"say {last - 1}"
        if (found.table["period"] == last).any():
            over = f"leave the option out, and the onsets of {last} are left aside"
        hint = f"; {over}" if asked else ""
        raise InputError(name, [f"{who} is not over on {day}: an onset may still come{hint}"])
    note = f"Note: {last} is not over, so that its onsets do not count yet."
    return found.until(last - 1), [note]


def _silence(found: Onsets, kind: str) -> list[str]:
    """Say where a list of episodes is quiet at its end for longer than its own rate lets expect."""
    when = found.table["period"]
    if not (found.complete and len(when)):
        return []
    newest, last = when.max(), found.periods[-1]
    quiet = last.ordinal - newest.ordinal
    rate = len(when) / (newest.ordinal - found.periods[0].ordinal + 1)
    if math.exp(-rate * quiet) >= QUIET:  # of a Poisson count of that rate
        return []
    spell = f"all {quiet:,} {kind}s count" if quiet > 1 else f"that {kind} counts"
    note = f"Note: the list names no onset since {newest}; you say it is complete to {last}, so"
    return [f"{note}\n{spell} as quiet. Is that so?"]


def verified(
    parts: dict[str, Any],
    known: Onsets | None,
    seed: int,
    *,
    others: dict[str, Any] | None = None,
    tolerant: bool = False,
) -> tuple[dict[str, Any], str]:
    """Verify and compare models; return what was found, and the text that tells it.

    Parameters
    ----------
    parts, others : dict of str to Backtest or Frozen
        By model; all are compared to the first of the others, else of their own.
    known : Onsets or None
        What came, where the forecasts do not tell.
    seed : int
        Of the resamples.
    tolerant : bool
        Say that there is nothing to verify, rather than refuse.
    """
    from r2prisk.forecasting import compare
    from r2prisk.forecasting import verify as held
    from r2prisk.forecasting.verification.show import ENDING

    found: dict[str, Any] = {}
    texts: list[str] = []
    for name, one in parts.items():
        try:
            found[name] = held(one, onsets=known, rng=seed)
        except InputError as error:
            if not tolerant:
                raise
            return {}, f"\nNot verified: {'; '.join(error.problems)}."
        told = repr(found[name]).removesuffix(ENDING).rstrip()
        texts.append(f"\nModel: {name}\n{told}")
    against = {f"{name} (reference)": one for name, one in (others or {}).items()}
    if len(found) + len(against) > 1:
        both = compare({**against, **found}, onsets=known, rng=seed)
        texts.append("\n" + repr(both).removesuffix(ENDING).rstrip())
    if any("AUC" in text for text in texts):  # else no figure of skill is shown
        texts += ["", textwrap.fill(READING, WIDTH)]
    return found, "\n".join(texts)


def cautions(notes: object) -> str:
    """Return what every forecast and verification ends with; notes say what it was made of."""
    from r2prisk.scoring.scores import RESTRICTED, is_closed

    mark = f"\n{RESTRICTED}" if is_closed({"notes": notes}) else ""
    return f"\n{textwrap.fill(UNCERTAIN, WIDTH)}\n{CAUTION}{mark}"
