"""Why a cell has a rating or has none."""

from enum import IntEnum


class CellState(IntEnum):
    """Why a cell has a rating or has none; unknown is never zero.

    ``RATED``: somebody looked and rated. ``UNKNOWN``: nobody looked, or nothing could be seen.
    ``NOT_APPLICABLE``: the indicator has no meaning there; it leaves the sums. ``FAILED``: a
    source should have had it and did not; the sums treat it as unknown.

    Examples
    --------
    >>> CellState.FAILED.name
    'FAILED'
    """

    RATED = 0
    UNKNOWN = 1
    NOT_APPLICABLE = 2
    FAILED = 3
