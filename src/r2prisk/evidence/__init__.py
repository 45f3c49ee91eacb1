"""Coded evidence: dated, sourced ratings by people, aged and pooled to a panel."""

from r2prisk.evidence.lens import human_rights_lens
from r2prisk.evidence.models import Evidence, Weights, load_declared
from r2prisk.evidence.pool import Pooled, pool
from r2prisk.evidence.read import read_evidence
from r2prisk.evidence.table import EvidenceTable

__all__ = [
    "Evidence",
    "EvidenceTable",
    "Pooled",
    "Weights",
    "human_rights_lens",
    "load_declared",
    "pool",
    "read_evidence",
]
