"""Coded evidence: dated, sourced ratings by people, compared, aged and pooled to a panel."""

from r2prisk.evidence.agreement import Alpha, agreement, alpha
from r2prisk.evidence.before_review import sudden_improvement
from r2prisk.evidence.casebook import Case, Casebook, load_casebook
from r2prisk.evidence.coders import disagreements, severity
from r2prisk.evidence.lens import human_rights_lens
from r2prisk.evidence.models import Evidence, Weights, load_declared
from r2prisk.evidence.pool import Pooled, pool
from r2prisk.evidence.read import read_evidence
from r2prisk.evidence.self_assessment import compare_self, flatness
from r2prisk.evidence.several import read_several
from r2prisk.evidence.table import EvidenceTable
from r2prisk.evidence.workbook import write_template

__all__ = [
    "Alpha",
    "Case",
    "Casebook",
    "Evidence",
    "EvidenceTable",
    "Pooled",
    "Weights",
    "agreement",
    "alpha",
    "compare_self",
    "disagreements",
    "flatness",
    "human_rights_lens",
    "load_casebook",
    "load_declared",
    "pool",
    "read_evidence",
    "read_several",
    "severity",
    "sudden_improvement",
    "write_template",
]
