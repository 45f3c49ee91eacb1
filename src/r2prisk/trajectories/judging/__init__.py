"""Warnings held against the onsets that followed."""

from r2prisk.trajectories.judging.judge import Judgement, Summary, judge
from r2prisk.trajectories.judging.worth import murphy, risk_matrix, value

__all__ = ["Judgement", "Summary", "judge", "murphy", "risk_matrix", "value"]
