"""Treaties, national law, capacities and cooperation: what holds those responsible to account."""

from r2prisk.prevention.accountability.status import Accountability, accountability

__all__ = ["Accountability", "accountability"]
