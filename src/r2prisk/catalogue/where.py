"""Where the catalogue's files are: inside the installed package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "data", _PACKAGE.parents[1] / "data" / "indicators")


def data_file(*parts: str) -> Path:
    """Return the path of a catalogue file.

    Parameters
    ----------
    *parts : str
        The name of the file, after the names of any folders that it is in.

    Returns
    -------
    pathlib.Path
        The first that exists: in the installed package, then in a checkout; if neither does,
        the place in the package, so that opening it names the missing file.

    Examples
    --------
    >>> data_file("units.csv").name
    'units.csv'
    """
    places = [folder.joinpath(*parts) for folder in _FOLDERS]
    return next((place for place in places if place.exists()), places[0])
