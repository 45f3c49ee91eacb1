"""What would help: needs, offers, who could help whom, and the ladder of responses."""

from r2prisk.prevention.assistance.board import Constraints
from r2prisk.prevention.assistance.ladder import Ladder, ladder
from r2prisk.prevention.assistance.match import Match, match
from r2prisk.prevention.assistance.needs import Needs, needs
from r2prisk.prevention.assistance.offers import Offers, read_offers, write_form

__all__ = [
    "Constraints",
    "Ladder",
    "Match",
    "Needs",
    "Offers",
    "ladder",
    "match",
    "needs",
    "read_offers",
    "write_form",
]
