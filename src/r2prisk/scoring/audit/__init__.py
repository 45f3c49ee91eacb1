"""Is the instrument sound: double counting, weights as they work out, reversals, and fairness."""

from r2prisk.scoring.audit.result import Audit
from r2prisk.scoring.audit.run import audit

__all__ = ["Audit", "audit"]
