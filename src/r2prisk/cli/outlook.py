"""The list that ``r2prisk forecast`` prints: where, how probable, and why."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import typer

from r2prisk.cli.verify import today
from r2prisk.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.forecasting import Backtest, Onsets
    from r2prisk.forecasting.windows import Lag
    from r2prisk.panel import Panel

FEW = 10
"""With fewer onsets, or onsets in fewer countries, the chances themselves are not to be read."""
REASON = (
    "Under each name stands what sets its score apart most from that of the median country, in "
    "the Framework's words, with its rating and the median. That tells what raises the score, "
    "not what causes an onset. Coverage: the share of the Framework that was rated."
)


def learned(
    panel: Panel, known: Onsets, model: Any, origin: pd.Period, options: dict[str, Any]
) -> list[str]:
    """Refuse where no onset has ratings before it; say where those that have are few."""
    import numpy as np
    import pandas as pd

    from r2prisk.forecasting import lagged

    late = lagged(panel, options["lag"])
    rated = late.index[np.asarray(np.isfinite(late.ratings).any(axis=1))]
    when = pd.PeriodIndex(rated.get_level_values("period"))
    rated = rated[(when <= origin) & (when.year >= model.get_params().get("since", 0))]
    events = known.until(origin).table if known.periods[0] <= origin else known.table.iloc[:0]
    seen = np.zeros(len(events), dtype=np.bool_)
    for step in range(1, max(options["horizon"], 1) + 1):
        before = pd.PeriodIndex(events["period"]) - step
        seen |= pd.MultiIndex.from_arrays([events["unit"], before]).isin(rated)
    count, units = int(seen.sum()), events.loc[seen, "unit"].nunique()
    if not count:
        begin, last = panel.periods[0], known.periods[-1]
        told = f"your ratings begin in {begin}, the list of onsets ends in {last}: no row has both"
        if begin < last:
            told = f"no onset on the list has ratings before it; your ratings begin in {begin}"
        way = "Add older ratings (your file first, the world's after it) or a newer list"
        raise InputError("forecast", [f"{told}. {way}"])
    if count >= FEW and units >= FEW:
        return []
    onsets = f"{count:,} onset" + ("" if count == 1 else "s")
    places = f"{units:,} " + ("country" if units == 1 else "countries")
    return [f"Learned from {onsets} in {places}: read the order, not the chances."]


def begun(made: Backtest, panel: Panel) -> list[str]:
    """Say where the period that is forecast has begun, and how to ask for the next."""
    import pandas as pd

    from r2prisk.forecasting.late import rated_to

    target, day = made.frame["target"].iloc[0], today()
    if target.start_time.date() > day:
        return []
    running = pd.Period(day, freq=target.freqstr)
    state = "is over" if target < running else "has begun"
    newest = rated_to(panel, 0, running)
    late = 0 if newest is None else running.ordinal - newest.ordinal
    way = f"--period {running}" + (f" --lag {late}" if late else "")
    return [f"{target} {state}: this is no forecast; for {running + 1} say {way}."]


def unseen(known: Onsets, origin: pd.Period) -> list[str]:
    """Say where onsets are not known to the end of the period before the one forecast."""
    if known.periods[-1] >= origin:
        return []
    note = f"Note: onsets are known to {known.periods[-1]} only. What began since is not in this"
    return [f"{note} forecast,\nand it is not known where an episode is under way."]


def made_of(panel: Panel, known: Onsets, origin: pd.Period, late: Lag) -> str:
    """Say of when the ratings and the onsets behind a forecast are, and when it was made."""
    from r2prisk.forecasting.late import rated_to

    newest = rated_to(panel, late, origin)
    rated = f"Ratings of {newest}"
    if isinstance(late, int) and late:
        rated += f" stand in for {origin} (lag {late})"
    elif not isinstance(late, int):
        steps = ", ".join(f"{name} by {step}" for name, step in late.items())
        rated = f"Ratings to {newest}, late: {steps}"
    return f"{rated}; onsets known to {min(known.periods[-1], origin)}; made {today()}"


def reasons(
    panel: Panel, known: Onsets, model: Any, origin: pd.Period, options: dict[str, Any]
) -> pd.DataFrame:
    """Return what sets each unit apart from a typical one most, in the Framework's words.

    The parts of the risk score, as ``explain`` splits it from the median of the period; where the
    model splits its log-odds, these in log-odds with its corrections less their own medians.

    Returns
    -------
    pandas.DataFrame
        By unit: ``why`` (text), ``coverage`` (0 to 1) and ``thin`` (too little rated for a band).
    """
    import numpy as np
    import pandas as pd

    from r2prisk.forecasting import lagged
    from r2prisk.forecasting.windows import fit_predict, fresh, open_window
    from r2prisk.scoring import score
    from r2prisk.scoring.explain import explain
    from r2prisk.scoring.scores import UNKNOWN

    late = lagged(panel, options["lag"])
    at = late.select(first=str(origin), last=str(origin))
    scores = score(at, profile=model.get_params().get("profile"))
    split = explain(scores, of="risk", reference="world")
    units = scores.index.get_level_values("unit")
    parts = pd.DataFrame(split.contributions, index=units, columns=list(split.indicators))
    if hasattr(model, "contributions"):
        made = fresh(model, horizon=options["horizon"], seed=options["rng"])
        window = open_window(late, known, made, origin=origin)
        fit_predict(window, made, horizon=options["horizon"])
        x = window.features[window.today]
        terms = made.contributions(x).droplevel("label", axis=1).droplevel("period")
        line, own = terms.iloc[:, 1], terms.iloc[:, 2:]
        risk = x["risk"].droplevel("period").dropna()
        slope = np.polyfit(risk, line[risk.index], 1)[0] if np.ptp(risk) > 0 else 0.0
        parts = (parts * slope).add(own - own.median(), fill_value=0.0)
    found = scores.to_frame().droplevel("period")[["coverage", "band"]]
    why = {
        unit: _because(row, split, place)
        for place, (unit, row) in enumerate(parts.reindex(units).iterrows())
    }
    return found.assign(why=pd.Series(why), thin=found["band"] == UNKNOWN)


def _because(parts: pd.Series[float], split: Any, place: int) -> str:
    """Name the largest parts of a unit; of an indicator with its rating and the median."""
    from r2prisk.forecasting.models import words_of

    said: list[str] = []
    for name in map(str, parts[parts > 0].nlargest(3).index):
        if name not in split.indicators:
            said.append(words_of(name))
            continue
        column = split.indicators.index(name)
        own, median = (a[place, column] for a in (split.ratings, split.reference_ratings))
        rating = "not rated" if own != own else f"{own:.2f}"
        usual = "unknown" if median != median else f"{median:.2f}"
        said.append(f"{name} {split.labels.get(name, '')} ({rating}; median {usual})")
    return "; ".join(said) or "nothing above the median"


def show(
    made: Backtest, why: pd.DataFrame, top: int, *, first: list[str], basis: list[str]
) -> None:
    """Print the list: first outbreaks and ongoing episodes apart.

    Parameters
    ----------
    made : Backtest
        Of one model and one target.
    why : pandas.DataFrame
        From :func:`reasons`.
    top : int
        Countries of each part.
    first, basis : list of str
        What stands above everything, and what the forecast was made of.
    """
    frame = made.frame.sort_values(["probability", "unit"], ascending=[False, True])
    frame = frame.assign(place=frame["probability"].rank(method="min", ascending=False))
    frame = frame.join(why, on="unit")
    typer.echo("\n".join([*first, *_head(made, frame, basis)]))
    way = frame["ongoing"]
    views = {
        "No episode under way (an onset would be a first outbreak, or one after a pause)": ~way,
        "Episode under way (an onset would be a further one)": way,
        "Not known whether an episode is under way": way.isna(),
    }
    for title, marked in views.items():
        mine = frame[marked.fillna(False).astype(bool)]
        if len(mine):
            highest = f"the highest {top} of {len(mine):,}" if len(mine) > top else f"{len(mine):,}"
            typer.echo(f"\n{title}: {highest}\nplace  chance  coverage  country")
            typer.echo("\n".join(_entry(row) for row in mine.head(top).itertuples()))


def _head(made: Backtest, frame: pd.DataFrame, basis: list[str]) -> list[str]:
    """Return what stands above the list."""
    target, chances = frame["target"].iloc[0], frame["probability"]
    after = f"{target} or {target + 1}" if made.horizon == 2 else f"{target}"
    aside = "; ".join(f"{n:,} {reason}" for reason, n in made.aside.items() if n)
    expected = f"{chances.sum():.1f} countries with an onset are expected"
    lines = [
        f"Forecast for {after}: how probable an onset is, the start of an episode by your list",
        *basis,
        f"Model: {made.models[0]}; countries: {len(frame):,}; not forecast: {aside or 'none'}",
        f"All chances together: {expected}; the highest chance is {chances.max():.1%}.",
        textwrap.fill(REASON, 100),
    ]
    if thin := int(frame["thin"].sum()):
        lines.append(f"Too little rated for the chance to say much: {thin:,}, marked in the list.")
    return lines


def _entry(row: Any) -> str:
    from r2prisk.forecasting.verification.show import name_of

    thin = ", too little rated" if row.thin else ""
    name = f"{name_of(row.unit)} ({row.unit}){thin}"
    text = textwrap.indent(textwrap.fill(row.why, 81), " " * 18)
    return f"{row.place:5.0f}  {row.probability:6.1%}  {row.coverage:8.0%}  {name}\n{text}"
