"""The page itself: template, style, script and data put into one text."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from r2prisk.errors import MissingExtraError
from r2prisk.reporting.figures import theme
from r2prisk.trajectories.phrases import percent
from r2prisk.trajectories.warning.show import display

if TYPE_CHECKING:
    from r2prisk.reporting.world.report import WorldReport

HERE = Path(__file__).parent

UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}
"""What would let a text leave the block of data; other letters beyond ASCII are written so too."""

MARK = "INTERNAL: made with restricted evidence or for internal use. Not for a wider circle."


def page(report: WorldReport) -> str:
    """Return a report as one HTML text.

    Raises
    ------
    MissingExtraError
        If Jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise MissingExtraError("A world report", "report") from None

    # autoescape: whatever stands in a title, a note or a source is text
    house = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _own("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return house.get_template("report.html.jinja").render(
        report=report,
        told=report.told,
        mark=MARK if report.audience == "internal" else "",
        style=Markup(_own("report.css") + colours(_names(report.data["bands"]))),
        script=Markup(script),
        digest=digest,
        data=Markup(as_json(report.data)),
        rows=table_rows(report.data),
        **_period(report.data),
        readings=readings_of(report),
        alerts=alerts_of(report),
    )


def as_json(data: object) -> str:
    r"""Return data as JSON that can stand in a page: no text in it ends its block.

    Examples
    --------
    >>> print(as_json({"note": "</script>&"}))
    {"note":"\u003c/script\u003e\u0026"}
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    for letter, escaped in UNSAFE.items():
        text = text.replace(letter, escaped)
    return text


def colours(bands: list[str]) -> str:
    """Return the style of each band, from light to dark.

    Examples
    --------
    >>> [style[:23] for style in colours(["low", "high"]).splitlines()]
    ['.b0{background:#fbe9c6;', '.b1{background:#641a2b;']
    """
    ladder = theme.band_colours(bands).values()
    return "\n".join(
        f".b{n}{{background:{colour};color:{theme.ink_on(colour)}}}"
        for n, colour in enumerate(ladder)
    )


def two(value: object) -> str:
    """Return thousandths with two digits; a dash is unknown.

    Examples
    --------
    >>> two(444), two(445), two(None)
    ('0.44', '0.45', '-')
    """
    return f"{(value + 5) // 10 / 100:.2f}" if isinstance(value, int) else "-"


def rated(share: int, least: int) -> str:
    """Return a share in whole percent; with a digit more where it would seem to reach the least.

    Examples
    --------
    >>> rated(60, 150), rated(149, 150), rated(150, 150)
    ('6%', '14.9%', '15%')
    """
    near = share < least and (share + 5) // 10 == (least + 5) // 10
    return f"{share / 10:.1f}%" if near else f"{(share + 5) // 10}%"


def table_rows(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the rows of the table in the latest period, as they read without a script.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel, score
    >>> from r2prisk.reporting.world import world_report
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": 2003, "1.1": [0.9]}))
    >>> table_rows(world_report(score(panel)).data)[0]["risk"]
    '?'
    """
    rows: list[dict[str, str]] = []
    for unit, one in data["units"].items():
        t = data["latest"] - one["from"]
        if not 0 <= t < len(one["b"]) or one["b"][t] is None:
            continue
        known, band = one["b"][t] >= 0, one["b"][t]
        firm = one["s"][t] is not None and one["sc"][t] >= data["least"]
        word, moved = one["w"][t], one["m"][t]
        rows.append(
            {
                "unit": unit,
                "name": one["name"] + (" (ended)" if one["kind"] == "ended" else ""),
                "part": one["part"],
                "risk": two(one["r"][t]) if known else "?",
                "could": f"{two(one['rl'][t])} to {two(one['rh'][t])}",
                "band": data["bands"][band] if known else "unknown",
                "class": f"b{band}" if known else "none",
                "residual": two(one["q"][t]) if known else "?",
                "resilience": two(one["s"][t]) if firm else "?",
                "coverage": rated(one["c"][t], data["least"]),
                "rank": str(one["k"][t]) if known else "-",
                "heading": "unknown" if word is None else data["words"][word],
                "change": "-" if moved is None else signed(moved),
            }
        )
    return sorted(rows, key=_order)


def _order(row: dict[str, str]) -> tuple[bool, int, str]:
    """Put the highest risk first, and those without a band last."""
    ranked = row["rank"] != "-"
    return (not ranked, int(row["rank"]) if ranked else 0, row["name"])


def signed(value: int) -> str:
    """Return thousandths as a movement with two digits.

    Examples
    --------
    >>> signed(15), signed(-15), signed(-2)
    ('+0.02', '-0.02', '0.00')
    """
    size = (abs(value) + 5) // 10 / 100
    return f"{'+' if value > 0 else '-'}{size:.2f}" if size else "0.00"


def readings_of(report: WorldReport) -> list[dict[str, Any]]:
    """Return the tables of the watch list as texts."""
    watch = report.watch
    made: list[dict[str, Any]] = []
    for reading, table in watch.tables.items():
        top = table.head(watch.shown)
        short = reading in watch.impossible
        shown = pd.DataFrame() if short or not len(top) else display(reading, top)
        units = shown.pop("unit").tolist() if "unit" in shown else []
        none = "None."
        if short:
            none = f"Could not be looked at: needs scores of {watch.impossible[reading]} periods."
        made.append(
            {
                "title": reading.capitalize(),
                "rule": watch.rules[reading],
                "count": f"{len(top)} of {len(table)} shown" if len(top) < len(table) else "",
                "columns": list(shown.columns),
                "rows": list(zip(units, shown.to_numpy().tolist(), strict=True)),
                "none": none,
            }
        )
    return made


def alerts_of(report: WorldReport) -> list[dict[str, str]]:
    """Return the alerts that are on, as texts."""
    return [
        {
            "unit": str(row["unit"]),
            "country": str(row["country"]),
            "rule": str(row["rule"]),
            "since": f"scores begin, {row['since']}" if row["begins"] else str(row["since"]),
            "sure": "unknown" if pd.isna(row["sure"]) else percent(float(row["sure"])),
            "shows": str(row["shows"]),
            "clears": str(row["clears"]),
        }
        for row in report.watch.alerts.to_dict("records")
    ]


def _period(data: Mapping[str, Any]) -> dict[str, object]:
    return {"period": data["periods"][data["latest"]], "bands": data["bands"]}


def _names(bands: object) -> list[str]:
    return [str(band) for band in bands] if isinstance(bands, list) else []


def _own(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")
