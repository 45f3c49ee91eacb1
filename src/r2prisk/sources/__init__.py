"""Public datasets to Panels, each declared by a mapping and none coded by hand."""

from r2prisk.sources.combine import Combined, combine, combine_full
from r2prisk.sources.findings import findings
from r2prisk.sources.load import SourceResult, load_source, read_source
from r2prisk.sources.mapping import SOURCES, Mapping, load_mapping
from r2prisk.sources.report import CombineReport, Finding, Measure, SourceReport
from r2prisk.sources.rules import RULES
from r2prisk.sources.tables import coverage_table, findings_table, source_table

__all__ = [
    "RULES",
    "SOURCES",
    "CombineReport",
    "Combined",
    "Finding",
    "Mapping",
    "Measure",
    "SourceReport",
    "SourceResult",
    "combine",
    "combine_full",
    "coverage_table",
    "findings",
    "findings_table",
    "load_mapping",
    "load_source",
    "read_source",
    "source_table",
]
