"""What would change a score: what if, the cheapest changes that would do, and what to find out."""

from r2prisk.scoring.changes.collect import Collection, collect_next
from r2prisk.scoring.changes.result import ChangeSet, SmallestChanges
from r2prisk.scoring.changes.smallest import smallest_changes
from r2prisk.scoring.changes.what_if import WhatIf, what_if

__all__ = [
    "ChangeSet",
    "Collection",
    "SmallestChanges",
    "WhatIf",
    "collect_next",
    "smallest_changes",
    "what_if",
]
