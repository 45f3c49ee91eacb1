"""What people see: figures, country briefs, world reports, documents."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from r2prisk.reporting.brief import CountryBrief, country_brief
    from r2prisk.reporting.documents import write_document
    from r2prisk.reporting.world import WorldReport, world_report

__all__ = ["CountryBrief", "WorldReport", "country_brief", "world_report", "write_document"]

_HOMES = {
    "CountryBrief": "brief",
    "WorldReport": "world",
    "country_brief": "brief",
    "world_report": "world",
    "write_document": "documents",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'r2prisk.reporting' has no attribute '{name}'")
    return getattr(importlib.import_module(f"r2prisk.reporting.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
