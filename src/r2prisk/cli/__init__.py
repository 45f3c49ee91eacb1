"""The ``r2prisk`` command: thin, and no traceback for what can be foreseen."""

from r2prisk.cli.main import main

__all__ = ["main"]
