"""Country risk and resilience scores for atrocity prevention, from the UN's own frameworks."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from r2prisk.about import __version__

if TYPE_CHECKING:
    from r2prisk.catalogue import load_framework
    from r2prisk.errors import InputError, R2PRiskError
    from r2prisk.panel import CellState, Panel, read_panel
    from r2prisk.scoring import Profile, Scores, read_scores, rescore, score, swing
    from r2prisk.sources import combine, load_source

__all__ = [
    "CellState",
    "InputError",
    "Panel",
    "Profile",
    "R2PRiskError",
    "Scores",
    "__version__",
    "combine",
    "load_framework",
    "load_source",
    "read_panel",
    "read_scores",
    "rescore",
    "score",
    "swing",
]

_HOMES = {
    "CellState": "panel",
    "InputError": "errors",
    "Panel": "panel",
    "Profile": "scoring",
    "R2PRiskError": "errors",
    "Scores": "scoring",
    "combine": "sources",
    "load_framework": "catalogue",
    "load_source": "sources",
    "read_panel": "panel",
    "read_scores": "scoring",
    "rescore": "scoring",
    "score": "scoring",
    "swing": "scoring",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that importing r2prisk costs little."""
    if name not in _HOMES:
        raise AttributeError(f"module 'r2prisk' has no attribute '{name}'")
    return getattr(importlib.import_module(f"r2prisk.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
