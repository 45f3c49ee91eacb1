"""The table in the middle of everything: rows (unit, period), columns indicators."""

from r2prisk.panel.gate import read_frame
from r2prisk.panel.panel import Panel
from r2prisk.panel.read import read_panel
from r2prisk.panel.states import CellState

__all__ = ["CellState", "Panel", "read_frame", "read_panel"]
