"""How trajectories show themselves to a person."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from r2prisk.about import CAUTION

if TYPE_CHECKING:
    from r2prisk.trajectories.trends import Trajectories


def headline(found: Trajectories) -> str:
    """Return one line: of what, over which periods, with which profile."""
    return (
        f"Trajectories of {', '.join(found.courses)}: {len(found.units)} units, "
        f"{len(found.periods)} periods ({found.periods[0]} to {found.periods[-1]}); profile "
        f"{found.profile.name} {found.profile.version} ({found.profile.hash[:8]})"
    )


def as_text(found: Trajectories) -> str:
    """Return what a terminal shows."""
    return f"{headline(found)}\n{CAUTION}"


def as_html(found: Trajectories) -> str:
    """Return what a notebook shows."""
    return f"<p><strong>{escape(headline(found))}</strong></p><p><em>{escape(CAUTION)}</em></p>"
