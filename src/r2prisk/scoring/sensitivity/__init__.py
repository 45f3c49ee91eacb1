"""Which assumption matters: how much of the spread of scores and ranks each group of them makes."""

from r2prisk.scoring.sensitivity.design import GROUPS
from r2prisk.scoring.sensitivity.indices import Indices, Terms, indices, terms
from r2prisk.scoring.sensitivity.result import Sensitivity
from r2prisk.scoring.sensitivity.run import sensitivity

__all__ = ["GROUPS", "Indices", "Sensitivity", "Terms", "indices", "sensitivity", "terms"]
