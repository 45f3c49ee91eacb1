"""An assessment in one file that a peer can open, verify and run again to the same bytes."""

from r2prisk.prevention.exchange.again import Rerun
from r2prisk.prevention.exchange.bundle import Bundle, open_bundle
from r2prisk.prevention.exchange.pack import pack

__all__ = ["Bundle", "Rerun", "open_bundle", "pack"]
