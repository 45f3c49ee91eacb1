"""The focal point: its capacity, its reports, its network, its cases and its successor."""

from r2prisk.prevention.focalpoints.capacity import (
    CapacityProfile,
    capacity_profile,
    read_capacity,
)
from r2prisk.prevention.focalpoints.cases import CaseStudies, CaseStudy, case_studies
from r2prisk.prevention.focalpoints.compare import CapacityChange, compare_capacity
from r2prisk.prevention.focalpoints.forms import read_due, write_form
from r2prisk.prevention.focalpoints.handover import handover
from r2prisk.prevention.focalpoints.network import Network, read_network
from r2prisk.prevention.focalpoints.peers import Peers, peers
from r2prisk.prevention.focalpoints.report import annual_report
from r2prisk.prevention.focalpoints.review import peer_review

__all__ = [
    "CapacityChange",
    "CapacityProfile",
    "CaseStudies",
    "CaseStudy",
    "Network",
    "Peers",
    "annual_report",
    "capacity_profile",
    "case_studies",
    "compare_capacity",
    "handover",
    "peer_review",
    "peers",
    "read_capacity",
    "read_due",
    "read_network",
    "write_form",
]
