"""Why a score is what it is and why it changed: exact contributions of every indicator."""

from r2prisk.scoring.explain.brief import brief
from r2prisk.scoring.explain.change import Change, change
from r2prisk.scoring.explain.explanation import Explanation, explain
from r2prisk.scoring.explain.revision import Stage, revision

__all__ = ["Change", "Explanation", "Stage", "brief", "change", "explain", "revision"]
