"""How sure a score is: what other evidence and other choices would make of it."""

from r2prisk.scoring.uncertainty.priors import GROUPS, Priors, load_priors
from r2prisk.scoring.uncertainty.result import Uncertainty
from r2prisk.scoring.uncertainty.run import uncertainty

__all__ = ["GROUPS", "Priors", "Uncertainty", "load_priors", "uncertainty"]
