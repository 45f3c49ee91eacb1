"""The countries and territories that rows are about, and the codes that data files give them.

Three tables that an analyst can mend: ``units.csv`` (one row a unit), ``unit_codes.csv`` (codes
that mean different units in different years, and older or unusual codes) and ``successions.csv``
(which unit came out of which).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from r2prisk import errors
from r2prisk.catalogue.unit_tables import (
    READERS,
    SYSTEMS,
    Meaning,
    Succession,
    System,
    Tables,
    Unit,
    plain_name,
    read_tables,
    whole_number,
)

__all__ = [
    "SYSTEMS",
    "Succession",
    "System",
    "Unit",
    "independence",
    "independent",
    "independent_units",
    "lineage",
    "load_units",
    "nearest",
    "predecessors",
    "resolve",
    "successors",
    "unit_hint",
]


@lru_cache(maxsize=1)
def _tables() -> Tables:
    """Read the tables once."""
    return read_tables()


def load_units() -> Mapping[str, Unit]:
    """Return every unit by its ISO 3166 alpha-3 code (``XKX`` for Kosovo).

    Returns
    -------
    mapping of str to Unit
        Read-only, in the order of the codes: the 193 members and 2 observers of the United
        Nations, other entities and territories of ISO 3166-1, and states that ended.

    Raises
    ------
    InputError
        If a table has faults: all of them, each with its line.

    Notes
    -----
    Sources: ISO 3166-1 and 3166-3; Correlates of War state system; Gleditsch and Ward (1999),
    doi:10.1080/03050629908434958, with the list of microstates; V-Dem and World Bank codes.

    Examples
    --------
    >>> units = load_units()
    >>> units["NAM"].name, units["NAM"].iso2, units["NAM"].cow
    ('Namibia', 'NA', 565)
    >>> sum(unit.kind == "un_member" for unit in units.values())
    193
    """
    return _tables().units


def resolve(
    codes: Iterable[object],
    system: System,
    years: Iterable[object] | int | None = None,
) -> NDArray[np.object_]:
    """Turn the codes of a data file into units.

    Parameters
    ----------
    codes : iterable of str or number, shape (n,)
        The codes; numbers may come as ``700``, ``700.0`` or ``"700"``. Names are compared without
        case, accents, punctuation and ``the``; nothing is guessed.
    system : {"iso3", "iso2", "cow", "gw", "vdem", "wb", "name"}
        Where the codes come from. ``gw`` is Gleditsch-Ward, as in UCDP and EPR.
    years : iterable of int, shape (n,), or int, optional
        The year of each row, or one year for all. Without it, a code that stood for several
        states resolves to none, but for a code or name that one unit has as its own.

    Returns
    -------
    numpy.ndarray of object, shape (n,)
        The unit of each row, or None where the code stands for none in that year.

    Raises
    ------
    InputError
        If the system is unknown, the codes are not a list, or the years differ in number.

    Notes
    -----
    Read ISO alpha-2 columns with ``keep_default_na=False``: ``NA`` is Namibia, and a missing value
    resolves to None. A code of today is taken literally in earlier years (``SRB`` in 1990 is
    Serbia, as the World Bank has it); a code of a state that ended follows its successor.

    Examples
    --------
    >>> resolve([345, 345.0, "345", 345], "cow", [1991, 2004, 2007, None]).tolist()
    ['YUG', 'SCG', 'SRB', None]
    >>> resolve(["Côte d'Ivoire", "ivory coast", "Cote Divoire"], "name").tolist()
    ['CIV', 'CIV', None]
    """
    listed, when = _aligned(codes, system, years)
    table, read = _tables().codes[system], READERS[system]
    meanings: dict[object, Meaning | None] = {}
    result = np.empty(len(listed), dtype=np.object_)
    for row, (code, year) in enumerate(zip(listed, when, strict=True)):
        if code not in meanings:
            key = read(code)
            meanings[code] = None if key is None else table.get(key)
        meaning = meanings[code]
        result[row] = meaning and meaning.at(whole_number(year))
    return result


def nearest(name: str) -> Unit | None:
    """Return the unit whose name is most like a misspelt one, for use in a message only.

    Parameters
    ----------
    name : str
        The name that did not resolve.

    Returns
    -------
    Unit or None
        None where no name is near.

    Examples
    --------
    >>> nearest("Kyrgystan").id
    'KGZ'
    >>> nearest("Sub-Saharan aggregate") is None
    True
    """
    table = {str(key): meaning for key, meaning in _tables().codes["name"].items()}
    found = difflib.get_close_matches(plain_name(name) or "", table, n=1, cutoff=0.75)
    return load_units()[table[found[0]].spans[-1][2]] if found else None


def successors(unit: str) -> tuple[Succession, ...]:
    """Return what became of a unit, by year.

    Parameters
    ----------
    unit : str
        A unit of :func:`load_units`.

    Raises
    ------
    InputError
        If there is no such unit.

    Examples
    --------
    >>> [(s.successor, s.year, s.kind) for s in successors("CSK")]
    [('CZE', 1993, 'splits'), ('SVK', 1993, 'splits')]
    """
    _known(unit)
    return tuple(fact for fact in _tables().successions if fact.unit == unit)


def predecessors(unit: str) -> tuple[Succession, ...]:
    """Return what a unit came out of, by year.

    Parameters
    ----------
    unit : str
        A unit of :func:`load_units`.

    Raises
    ------
    InputError
        If there is no such unit.

    Examples
    --------
    >>> [(s.unit, s.year, s.kind) for s in predecessors("RUS")]
    [('SUN', 1991, 'continues')]
    """
    _known(unit)
    return tuple(fact for fact in _tables().successions if fact.successor == unit)


def lineage(unit: str) -> tuple[str, ...]:
    """Return the units that are one state under several codes, oldest first.

    A lag or a memory that looks back over the years of one state follows this line.

    Parameters
    ----------
    unit : str
        A unit of :func:`load_units`.

    Returns
    -------
    tuple of str
        The unit itself, before it those that it continues, after it those that continue it.

    Raises
    ------
    InputError
        If there is no such unit.

    Examples
    --------
    >>> lineage("SCG")
    ('YUG', 'SCG', 'SRB')
    >>> lineage("MNE")
    ('MNE',)
    """
    _known(unit)
    line = [unit]
    before = {f.successor: f.unit for f in _tables().successions if f.kind == "continues"}
    after = {old: new for new, old in before.items()}
    while line[0] in before:
        line.insert(0, before[line[0]])
    while line[-1] in after:
        line.append(after[line[-1]])
    return tuple(line)


def independent(unit: str, year: int) -> bool:
    """Say whether a unit was an independent state on any day of a year.

    Where one state continues another (the Soviet Union and Russia), each year has only one of them.

    Parameters
    ----------
    unit : str
        A unit of :func:`load_units`.
    year : int
        A calendar year, from 1816.

    Raises
    ------
    InputError
        If there is no such unit.

    Examples
    --------
    >>> [independent("EST", year) for year in (1930, 1950, 1991)]
    [True, False, True]
    """
    return _known(unit).independent(year)


def independence(units: Sequence[str], years: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say which units were independent states on any day of which years.

    Parameters
    ----------
    units : sequence of str, length n
        Units of :func:`load_units`.
    years : array of int, shape (y,)
        Calendar years, from 1816.

    Returns
    -------
    array of bool, shape (n, y)
        As :func:`independent` has each.

    Raises
    ------
    InputError
        If a unit is not known.

    Examples
    --------
    >>> independence(["NOR", "SSD"], np.array([2010, 2011])).tolist()
    [[True, True], [False, True]]
    """
    spells = [_known(unit).spells for unit in units]
    place = np.repeat(np.arange(len(spells)), [len(s) for s in spells])
    last = np.array([np.inf if end is None else end for s in spells for _, end in s])
    first = np.array([start for s in spells for start, _ in s])
    there = np.zeros((len(spells), len(years)), dtype=np.bool_)
    np.logical_or.at(there, place, (first[:, None] <= years) & (years <= last[:, None]))
    return there


def independent_units(year: int) -> tuple[str, ...]:
    """Return the units that were independent states in a year, in the order of their codes.

    Parameters
    ----------
    year : int
        A calendar year, from 1816.

    Examples
    --------
    >>> [unit for unit in ("SUN", "RUS", "UKR") if unit in independent_units(1991)]
    ['SUN', 'UKR']
    """
    return tuple(unit.id for unit in load_units().values() if unit.independent(year))


def _known(unit: str) -> Unit:
    """Return a unit, or say which code is nearest."""
    units = load_units()
    if unit not in units:
        raise errors.InputError(f"unit '{unit}'", [f"is not known{errors.nearest(unit, units)}"])
    return units[unit]


def _aligned(
    codes: Iterable[object], system: System, years: Iterable[object] | int | None
) -> tuple[list[object], list[object]]:
    """Return the codes and a year for each, or say what is wrong with them."""
    if system not in SYSTEMS:
        allowed = f"allowed: {', '.join(SYSTEMS)}{errors.nearest(system, SYSTEMS)}"
        raise errors.InputError(f"code system '{system}'", [f"is not known; {allowed}"])
    if isinstance(codes, str):
        raise errors.InputError(f"{system} codes", [f"found the one text '{codes}'; give a list"])
    listed = _listed(codes)
    repeated: list[object] = [years] * len(listed)
    when = _listed(years) if isinstance(years, Iterable) else repeated
    if len(when) != len(listed):
        found = f"{len(listed)} codes and {len(when)} years; give one year for each code"
        raise errors.InputError(f"{system} codes", [found])
    return listed, when


def _listed(values: Iterable[object]) -> list[object]:
    """Return plain Python values; arrays and series have a fast way of their own."""
    as_list = cast(Callable[[], list[object]] | None, getattr(values, "tolist", None))
    return list(values) if as_list is None else as_list()


def named(unit: str) -> str:
    """Return the name of a unit with its code; the code alone where nobody has named it.

    Examples
    --------
    >>> from r2prisk.catalogue.units import named
    >>> named("DNK"), named("nowhere")
    ('Denmark (DNK)', 'nowhere')
    """
    known = load_units().get(unit)
    return f"{known.name} ({unit})" if known else unit


def unit_hint(text: str) -> str:
    """Name the unit that a text most likely means: first by name, then by the nearest code.

    Examples
    --------
    >>> from r2prisk.catalogue.units import unit_hint
    >>> unit_hint("Sudan"), unit_hint("SYRI")
    ("; did you mean 'SDN' (Sudan)?", "; did you mean 'SYR'?")
    """
    known = load_units()
    by_name = resolve([text], "name", [2000])[0] if text else None
    if by_name:
        return f"; did you mean '{by_name}' ({known[by_name].name})?"
    return errors.nearest(text, known)
