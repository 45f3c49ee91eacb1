"""The workbook in which coders enter evidence: written for a desk, read back through the gate."""

from r2prisk.evidence.workbook.coverage import count_coverage
from r2prisk.evidence.workbook.read import read_workbook, read_workbooks
from r2prisk.evidence.workbook.template import write_template

__all__ = ["count_coverage", "read_workbook", "read_workbooks", "write_template"]
