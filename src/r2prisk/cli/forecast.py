"""``r2prisk backtest`` and ``r2prisk forecast``: how probable onsets are, tested and frozen."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from r2prisk.about import CAUTION
from r2prisk.cli.inputs import Inputs, Per, named, refuse_same
from r2prisk.cli.outlook import begun, learned, made_of, reasons, show, unseen
from r2prisk.cli.score import (
    Counts,
    CountsOption,
    EveryOption,
    EvidenceFiles,
    Files,
    Frameworks,
    Rule,
    Sources,
    Verbose,
)
from r2prisk.cli.verify import (
    KnownFrom,
    KnownUntil,
    beside,
    cautions,
    onsets_of,
    today,
    verified,
)
from r2prisk.cli.why import Output, Seed, wrote
from r2prisk.errors import InputError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.forecasting import Onsets
    from r2prisk.forecasting.windows import Lag
    from r2prisk.panel import Panel

OnsetsFile = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help="Episodes (unit, first, last if over), or rows (unit, period, onset, ongoing).",
    ),
]
First = Annotated[str, typer.Option(help="First period to forecast, e.g. 1994.")]
Last = Annotated[str, typer.Option(help="Last period to forecast, e.g. 2014.")]
Horizon = Annotated[
    int, typer.Option(help="1: an onset in the period; 2: in it or in the one after.")
]
Lags = Annotated[
    list[str] | None,
    typer.Option(
        "--lag",
        metavar="N|NAME=N",
        help="Periods by which ratings come late: all, or an indicator, factor or framework.",
    ),
]
ModelNames = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="forecaster (the default), calibrator, booster or mean; repeat it to compare.",
    ),
]
ModelName = Annotated[str, typer.Option("--model", help="forecaster, calibrator, booster or mean.")]
ProfileOption = Annotated[
    str, typer.Option(metavar="NAME|FILE.toml", help="The choices behind the score.")
]
Jobs = Annotated[
    int | None, typer.Option(help="Periods worked on at once; as many as processors if not named.")
]
Resume = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Keep what is done here, to go on after a stop."),
]
FrozenOutput = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE.json", help="Where to freeze the forecast."),
]
Period = Annotated[
    str | None,
    typer.Option(
        help="The period before the one forecast; it may still be running. "
        "If not named, the latest with ratings, plus the lag."
    ),
]
Top = Annotated[int, typer.Option(help="Countries to show of each list.")]


def backtest(
    onsets: OnsetsFile,
    first: First,
    last: Last,
    files: Files = None,
    source: Sources = None,
    output: Output = None,
    horizon: Horizon = 1,
    lag: Lags = None,
    model: ModelNames = None,
    profile: ProfileOption = "default",
    known_from: KnownFrom = None,
    known_until: KnownUntil = None,
    jobs: Jobs = None,
    resume: Resume = None,
    seed: Seed = 0,
    framework: Frameworks = None,
    rule: Rule = "first",
    evidence: EvidenceFiles = None,
    every: EveryOption = Per.YEAR,
    evidence_counts: CountsOption = Counts.OVERRIDES,
    verbose: Verbose = False,
) -> None:
    """Test forecasts of onset on the past: each made with what was known before, then verified.

    Example: r2prisk backtest ratings.csv --onsets episodes.csv --first 1994 --last 2014
    """
    from r2prisk.forecasting import backtest as tested
    from r2prisk.scoring.write import check_target

    models, late = _models(model or ["forecaster"], profile), _lag(lag or [])
    inputs = _inputs(files, source, framework, rule, evidence, every, evidence_counts)
    if output is not None:
        check_target(output)
        refuse_same(output, [*inputs.paths, onsets, Path(profile)])
    panel, _ = inputs.opened(verbose=verbose)
    known, note = onsets_of(onsets, panel.periods, known_from, known_until)
    note += _span(known, first, last, horizon)
    made = tested(
        panel,
        known,
        models,
        first=first,
        last=last,
        horizon=horizon,
        lag=late,
        jobs=jobs,
        resume=resume,
        rng=seed,
        progress=sys.stderr.isatty(),
    )
    told = {"known-from": known_from, "known-until": known_until, "onsets": onsets.name}
    told |= {"first": first, "last": last, "horizon": horizon, "seed": seed}
    about = {**made.provenance, "command": _told("backtest", inputs, profile, told, lag, [*models])}
    # written before it is verified: whatever comes, the forecasts are there
    done = wrote(made.frame.assign(horizon=horizon), output, "forecasts", about) + beside(output)
    typer.echo("\n".join([repr(known), *note, repr(made).removesuffix(CAUTION).rstrip()]))
    parts = {name: made.of(name) for name in made.models}
    typer.echo(verified(parts, None, seed, tolerant=True)[1])
    typer.echo(cautions(made.provenance["panel"]["notes"]) + done)
    if output is None:
        typer.echo("Nothing was written; add -o forecasts.csv to keep the forecasts.")


def forecast(
    onsets: OnsetsFile,
    files: Files = None,
    source: Sources = None,
    output: FrozenOutput = None,
    period: Period = None,
    horizon: Horizon = 1,
    lag: Lags = None,
    model: ModelName = "forecaster",
    profile: ProfileOption = "default",
    top: Top = 30,
    known_from: KnownFrom = None,
    known_until: KnownUntil = None,
    seed: Seed = 0,
    framework: Frameworks = None,
    rule: Rule = "first",
    evidence: EvidenceFiles = None,
    every: EveryOption = Per.YEAR,
    evidence_counts: CountsOption = Counts.OVERRIDES,
    verbose: Verbose = False,
) -> None:
    """Say where an onset is most probable next, and why; freeze it, to be verified once it is over.

    Example: r2prisk forecast ratings.csv --onsets episodes.csv --top 20 -o forecast.json
    """
    from r2prisk.forecasting import backtest as tested
    from r2prisk.forecasting import freeze

    models, late = _models([model], profile), _lag(lag or [])
    if top < 1:
        raise InputError("--top", [f"{top} is not a whole number of countries from 1"])
    inputs = _inputs(files, source, framework, rule, evidence, every, evidence_counts)
    panel, origin = _until(inputs.opened(verbose=verbose)[0], period, late)
    known, notes = onsets_of(onsets, panel.periods, known_from, known_until, ahead=True)
    if output is not None:
        _freezable(output, origin + 1)
    options: dict[str, Any] = {"horizon": horizon, "lag": late, "rng": seed}
    few = learned(panel, known, models[model], origin, options)
    ahead = {"first": origin + 1, "last": origin + 1, "jobs": 1, "progress": False}
    made = tested(panel, known, models, **ahead, **options)
    why = reasons(panel, known, models[model], origin, options)
    told = {"known-from": known_from, "known-until": known_until, "onsets": onsets.name}
    told |= {"period": origin, "horizon": horizon, "seed": seed}
    about = {**made.provenance, "command": _told("forecast", inputs, profile, told, lag, [model])}
    notes += unseen(known, origin)
    about["notes"] = [*few, *notes]  # what is said of a forecast goes where it goes
    kept = None
    if output is not None:  # before it is shown: who closes the pipe early still has the file
        kept = freeze(dataclasses.replace(made, provenance=about), output)
    basis = [repr(known), made_of(panel, known, origin, late), *notes]
    show(made, why, top, first=few + begun(made, panel), basis=basis)
    typer.echo(cautions(made.provenance["panel"]["notes"]))
    if kept is None:
        typer.echo("Nothing was written; add -o forecast.json to freeze the forecast.")
    else:
        typer.echo(
            f"Frozen in {output}; its hash is {kept.content['hash']}.\nPublish the hash today "
            "where others keep the date: it shows later that nothing was changed."
        )


def _models(names: list[str], profile: str) -> dict[str, Any]:
    """Return unfitted models by the names that the command gives them."""
    from r2prisk.forecasting import models
    from r2prisk.scoring import Profile

    kinds: dict[str, Any] = {
        "forecaster": models.OnsetForecaster,
        "calibrator": models.ScoreCalibrator,
        "booster": models.MonotoneBooster,
        "mean": models.MeanForecaster,
    }
    allowed = ", ".join(kinds)
    problems = [
        f"'{name}' is no model; there are {allowed}{nearest(name, kinds)}"
        for name in names
        if name not in kinds
    ]
    if problems:
        raise InputError("--model", problems)
    made = {name: kinds[name]() for name in names}
    if profile == "default":
        return made
    own = Profile.load(profile)
    return {name: one.set_params(profile=own) for name, one in made.items()}


def _lag(texts: list[str]) -> Lag:
    """Read ``N`` or several ``NAME=N``; the panel's names are checked later."""
    pairs = [text.rpartition("=")[::2] for text in texts]
    wrong = [t for t, (_, n) in zip(texts, pairs, strict=True) if not n.strip().isdecimal()]
    problems = [f"'{text}' is not N or NAME=N, e.g. 1 or RF9=1" for text in wrong]
    if len(texts) > 1 and not all(name for name, _ in pairs):
        problems.append("give one number for all ratings, or NAME=N for each that is late")
    if problems:
        raise InputError("--lag", problems)
    if len(pairs) == 1 and not pairs[0][0]:
        return int(pairs[0][1])
    return {name.strip(): int(steps) for name, steps in pairs} or 0


def _inputs(
    files: list[Path] | None,
    source: list[str] | None,
    framework: list[Path] | None,
    rule: str,
    evidence: list[Path] | None,
    every: Per,
    counts: Counts,
) -> Inputs:
    """Return what ``r2prisk score`` would read; hindsight has no place in a test of forecasts."""
    from r2prisk.scoring.write import ratings_path
    from r2prisk.sources.rules import rule_named

    rule_named(rule)
    if not (files or source or evidence):
        ways = "a file of ratings, --evidence FILE, or a dataset with --source NAME=FILE"
        raise InputError("panel", [f"name {ways}"])
    beside = {file: ratings_path(file) for file in files or [] if ratings_path(file).is_file()}
    if beside:
        told = "holds scores; a forecast is made of the ratings beside them, in"
        raise InputError("panel", [f"{file} {told} {ratings}" for file, ratings in beside.items()])
    return Inputs(
        files=files or [],
        pairs=[named(text) for text in source or []],
        frameworks=framework or [],
        rule=rule,
        evidence=evidence or [],
        every=every,
        counts=counts,
        hindsight=False,
        first=None,
        last=None,
    )


def _told(
    command: str,
    inputs: Inputs,
    profile: str,
    options: dict[str, Any],
    lag: list[str] | None,
    models: list[str],
) -> str:
    """Write the command down for the provenance, with the names of files but no folders."""
    words = [inputs.told(profile, command=command)]
    words += [f"--{name} {value}" for name, value in options.items() if value is not None]
    words += [f"--lag {text}" for text in lag or []] + [f"--model {name}" for name in models]
    return " ".join(words)


def _span(known: Onsets, first: str, last: str, horizon: int) -> list[str]:
    """Refuse a test that nothing is known of; say which targets cannot be verified."""
    from r2prisk.panel.periods import period_of

    kind = known.periods.freqstr[0]
    begin, end = (
        period_of(v, f"--{n}").asfreq(kind) for n, v in (("first", first), ("last", last))
    )
    start, until = known.periods[0], known.periods[-1] - (horizon - 1)
    problems: list[str] = []
    if end < begin:
        problems.append(f"--last: {end} lies before --first, {begin}")
    if begin - 1 < start:
        told = f"--first: {begin} is too early: onsets are known from {start} on"
        problems.append(f"{told}, and a forecast needs some before it (see --known-from)")
    if begin > until:
        told = f"--first: no outcome is known from {begin} on: onsets are known to"
        problems.append(
            f"{told} {known.periods[-1]}; name earlier periods, say --known-until if the list is "
            "complete for longer, or look ahead with r2prisk forecast"
        )
    if problems:
        raise InputError("backtest", problems)
    if end <= until:
        return []
    later = f"{end}" if end == until + 1 else f"{until + 1} to {end}"
    ahead = " and a forecast looks 2 ahead" if horizon == 2 else ""
    note = f"Note: onsets are known to {known.periods[-1]}{ahead}, so that those for {later}"
    return [f"{note} cannot be verified yet."]


def _until(panel: Panel, period: str | None, late: Lag) -> tuple[Panel, pd.Period]:
    """Return the panel with rows at the period at whose end the forecast is made."""
    import numpy as np
    import pandas as pd

    from r2prisk.forecasting.late import carried
    from r2prisk.panel.periods import period_of

    there = np.asarray(np.isfinite(panel.ratings).any(axis=1))
    rated = pd.Series(there, index=panel.index)
    counts = rated.groupby(level="period").sum()
    latest = counts[counts >= counts.max() / 2].index[-1]
    reach = late if isinstance(late, int) else max(late.values())
    origin = latest + (late if isinstance(late, int) else 0)
    if period is not None:
        origin = period_of(period, "--period").asfreq(panel.periods.freqstr[0])
    beyond = origin.ordinal - panel.periods[-1].ordinal
    if origin < panel.periods[0] or beyond > reach:
        told = f"there are ratings of {panel.periods[0]} to {panel.periods[-1]}, not of {origin}"
        hint = f"; --lag {beyond} lets the latest stand in" if beyond > 0 else ""
        raise InputError("--period", [told + hint])
    return carried(panel, late, origin), origin  # ratings come late: those of before stand in


def _freezable(output: Path, target: pd.Period) -> None:
    """Refuse before the work what cannot be frozen after it."""
    problems: list[str] = []
    if output.suffix.lower() != ".json":
        problems.append(f"ends in '{output.suffix}'; a frozen forecast is a '.json'")
    if not output.parent.is_dir():
        problems.append(f"the folder {output.parent} does not exist")
    if output.exists():
        problems.append("is there already; a frozen forecast is never written over")
    begins = target.start_time.date()
    if begins <= today():
        problems.append(
            f"{target} began on {begins}: what is said now is no forecast and is not frozen; "
            "leave --output out to see it, or name a later --period (with --lag, if ratings "
            "come late)"
        )
    if problems:
        raise InputError(str(output), problems)
