"""The atrocity-prevention lens: what policies and recommendations touch, and what none."""

from r2prisk.prevention.lens.cover import Lens, prevention_lens
from r2prisk.prevention.lens.plan import action_plan
from r2prisk.prevention.lens.policies import Policies, read_policies
from r2prisk.prevention.lens.suggest import suggest_tags
from r2prisk.prevention.lens.upr import UprLens, upr_lens
from r2prisk.prevention.lens.upr_read import Recommendations, read_upr

__all__ = [
    "Lens",
    "Policies",
    "Recommendations",
    "UprLens",
    "action_plan",
    "prevention_lens",
    "read_policies",
    "read_upr",
    "suggest_tags",
    "upr_lens",
]
