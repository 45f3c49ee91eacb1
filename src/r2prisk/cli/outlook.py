"""The list that ``r2prisk forecast`` prints: where, how probable, and why."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from r2prisk.forecasting import Backtest, Onsets
    from r2prisk.panel import Panel


def reasons(
    panel: Panel, known: Onsets, model: Any, origin: pd.Period, options: dict[str, Any]
) -> dict[str, list[str]]:
    """Return what sets each unit apart from a typical one most, in the Framework's words.

    The parts of the risk score, as ``explain`` splits it from the median of the period; where the
    model splits its log-odds, these in log-odds with its corrections less their own medians.
    """
    import numpy as np
    import pandas as pd

    from r2prisk.forecasting import lagged
    from r2prisk.forecasting.models import words_of
    from r2prisk.forecasting.windows import fit_predict, fresh, open_window
    from r2prisk.scoring import score
    from r2prisk.scoring.explain import explain

    late = lagged(panel, options["lag"])
    at = late.select(first=str(origin), last=str(origin))
    today = score(at, profile=model.get_params().get("profile"))
    split = explain(today, of="risk", reference="world")
    units = today.index.get_level_values("unit")
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
    names = {name: split.labels.get(name) or words_of(name) for name in parts.columns}
    top = {unit: row[row > 0].nlargest(3).index for unit, row in parts.iterrows()}
    return {str(unit): [names[name] for name in few] for unit, few in top.items()}


def show(made: Backtest, known: Onsets, why: dict[str, list[str]], top: int) -> None:
    """Print the list: first outbreaks and ongoing episodes apart."""
    frame = made.frame.sort_values(["probability", "unit"], ascending=[False, True])
    frame = frame.assign(place=frame["probability"].rank(method="min", ascending=False))
    target, origin = frame["target"].iloc[0], frame["origin"].iloc[0]
    after = f"{target} or {target + 1}" if made.horizon == 2 else f"{target}"
    chances = frame["probability"]
    aside = "; ".join(f"{n:,} {reason}" for reason, n in made.aside.items() if n)
    typer.echo(
        f"Forecast for {after}: how probable an onset is, the start of an episode as your list "
        f"counts them\n{known}\nMade with what was known at the end of {origin}, by the model "
        f"{made.models[0]}\nCountries: {len(frame):,}; not forecast: {aside or 'none'}"
    )
    if known.periods[-1] < origin:
        typer.echo(
            f"Note: onsets are known to {known.periods[-1]} only. What began since is not in this "
            "forecast,\nand it is not known where an episode is under way."
        )
    typer.echo(
        f"All chances together: {chances.sum():.1f} countries with an onset are expected; the "
        f"highest chance is {chances.max():.1%}.\nUnder each name: what sets it apart most from "
        f"the median country of {origin}, in the Framework's words."
    )
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
            typer.echo(f"\n{title}: {highest}\nplace  chance  country")
            typer.echo("\n".join(_entry(row, why) for row in mine.head(top).itertuples()))


def _entry(row: Any, why: dict[str, list[str]]) -> str:
    from r2prisk.forecasting.verification.show import name_of

    text = "; ".join(why.get(row.unit, [])) or "nothing above the median"
    name = f"{row.place:5.0f}  {row.probability:6.1%}  {name_of(row.unit)} ({row.unit})"
    return f"{name}\n{textwrap.indent(textwrap.fill(text, 85), ' ' * 15)}"
