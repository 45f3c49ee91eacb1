"""The world report: one page for a whole ``Scores``, to open, search, print and send."""

from r2prisk.reporting.world.report import WorldReport, world_report

__all__ = ["WorldReport", "world_report"]
