"""Pictures of results: each is a function from a result to a :class:`Figure`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from r2prisk.reporting.figures.assumptions import sensitivity
    from r2prisk.reporting.figures.cells import coverage
    from r2prisk.reporting.figures.coders import agreement
    from r2prisk.reporting.figures.contrasts import contrast
    from r2prisk.reporting.figures.contributions import waterfall
    from r2prisk.reporting.figures.courses import trajectory
    from r2prisk.reporting.figures.factors import profile
    from r2prisk.reporting.figures.figure import Figure
    from r2prisk.reporting.figures.forecasts import lead_time, murphy, precision_recall, reliability
    from r2prisk.reporting.figures.places import ranks
    from r2prisk.reporting.figures.quadrants import plane
    from r2prisk.reporting.figures.regions import multiples
    from r2prisk.reporting.figures.tiles import tile_map

__all__ = [
    "Figure",
    "agreement",
    "contrast",
    "coverage",
    "lead_time",
    "multiples",
    "murphy",
    "plane",
    "precision_recall",
    "profile",
    "ranks",
    "reliability",
    "sensitivity",
    "tile_map",
    "trajectory",
    "waterfall",
]

_HOMES = {
    "Figure": "figure",
    "agreement": "coders",
    "contrast": "contrasts",
    "coverage": "cells",
    "lead_time": "forecasts",
    "multiples": "regions",
    "murphy": "forecasts",
    "plane": "quadrants",
    "precision_recall": "forecasts",
    "profile": "factors",
    "ranks": "places",
    "reliability": "forecasts",
    "sensitivity": "assumptions",
    "tile_map": "tiles",
    "trajectory": "courses",
    "waterfall": "contributions",
}


def __getattr__(name: str) -> object:
    """Load a figure when it is first used: what it draws from may be heavy."""
    if name not in _HOMES:
        raise AttributeError(f"module 'r2prisk.reporting.figures' has no attribute '{name}'")
    module = importlib.import_module(f"r2prisk.reporting.figures.{_HOMES[name]}")
    return getattr(module, name)


def __dir__() -> list[str]:
    return sorted(__all__)
