"""From a Panel to Scores: profile, sums, bounds."""

from r2prisk.scoring.profile import Profile
from r2prisk.scoring.read import read_scores
from r2prisk.scoring.rescore import rescore
from r2prisk.scoring.score import score
from r2prisk.scoring.scores import Scores
from r2prisk.scoring.swing import swing

__all__ = ["Profile", "Scores", "read_scores", "rescore", "score", "swing"]
