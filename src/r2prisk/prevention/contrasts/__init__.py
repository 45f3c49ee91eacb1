"""Why risk did not escalate: twins, what followed them, and how their resilience differs."""

from r2prisk.prevention.contrasts.contrast import Contrast, contrast
from r2prisk.prevention.contrasts.followed import Followed, what_followed
from r2prisk.prevention.contrasts.histories import casebook_history

__all__ = ["Contrast", "Followed", "casebook_history", "contrast", "what_followed"]
