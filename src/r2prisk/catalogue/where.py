"""Where the catalogue's files are: inside the installed package, or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_FOLDERS = (_PACKAGE / "data", _PACKAGE.parents[1] / "data" / "indicators")
_CHECKOUT = _PACKAGE.parents[1] / "data"


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


def data_files(folder: str, ending: str) -> list[Path]:
    """Return the files of a folder of data, by name.

    Parameters
    ----------
    folder : str
        A folder beside those of the catalogue.
    ending : str
        Of the names, with the dot.

    Returns
    -------
    list of pathlib.Path
        From the installed package, else from a checkout.

    Examples
    --------
    >>> [path.name for path in data_files("cases", ".toml")][-1]
    'south-sudan-2009-2013.toml'
    """
    places = [home / folder for home in (_PACKAGE / "data", _CHECKOUT)]
    found = next((place for place in places if place.is_dir()), places[0])
    return sorted(path for path in found.glob(f"*{ending}"))
