"""Where each tile of the map stands: every UN member, region by region, and whom else is scored."""

from __future__ import annotations

from collections.abc import Sequence

from r2prisk.catalogue.tiles import load_tiles
from r2prisk.reporting.figures.tiles import tile_places


def blocks(scored: Sequence[str]) -> list[dict[str, object]]:
    """Return the blocks of the map with their tiles.

    Parameters
    ----------
    scored : sequence of str
        The units of the scores: those that are no UN members stand in a block of their own.

    Returns
    -------
    list of dict
        ``name`` and ``tiles`` (code, column, row; both count from 1) of each block; every member
        of the United Nations stands once, scored or not, unless none is scored.

    Examples
    --------
    >>> found = blocks(["GHA", "XKX"])
    >>> [block["name"] for block in found][-2:], found[-1]["tiles"][0][:2]
    (['Oceania', 'Also scored'], ['XKX', 1])
    >>> sum(len(block["tiles"]) for block in found)
    194
    """
    members = load_tiles()
    # a world of invented countries alone needs no map of the real one
    places = tile_places([*members, *scored] if set(scored) & set(members) else scored)
    columns = ["unit", "column", "row"]
    return [
        {"name": str(name), "tiles": part[columns].to_numpy(dtype=object).tolist()}
        for name, part in places.groupby("block", sort=False)
    ]
