"""Why risk did not escalate, what would help, who acts."""

from __future__ import annotations

from r2prisk.prevention.contrasts import (
    Contrast,
    Followed,
    casebook_history,
    contrast,
    what_followed,
)
from r2prisk.prevention.document import Blank, Document, Grid, Part

__all__ = [
    "Blank",
    "Contrast",
    "Document",
    "Followed",
    "Grid",
    "Part",
    "casebook_history",
    "contrast",
    "what_followed",
]
