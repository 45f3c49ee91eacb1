"""Early warning: what was known at a date, which alerts are on, and what others do not see."""

from r2prisk.scoring.choices import Rule
from r2prisk.trajectories.warning.alerts import alerts
from r2prisk.trajectories.warning.archive import ARCHIVE, decide, read_archive
from r2prisk.trajectories.warning.as_of import as_of
from r2prisk.trajectories.warning.blind_spots import blind_spots
from r2prisk.trajectories.warning.channels import channel_view, when
from r2prisk.trajectories.warning.lists import OutsideList, read_list, read_lists
from r2prisk.trajectories.warning.signals import history, on, signal
from r2prisk.trajectories.warning.triggers import KINDS, fresh_triggers, read_calendar, upcoming
from r2prisk.trajectories.warning.watch import WatchList, watch_list

__all__ = [
    "ARCHIVE",
    "KINDS",
    "OutsideList",
    "Rule",
    "WatchList",
    "alerts",
    "as_of",
    "blind_spots",
    "channel_view",
    "decide",
    "fresh_triggers",
    "history",
    "on",
    "read_archive",
    "read_calendar",
    "read_list",
    "read_lists",
    "signal",
    "upcoming",
    "watch_list",
    "when",
]
