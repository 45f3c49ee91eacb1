"""Where a forecast came from: versions, hashes, models and their parameters."""

from __future__ import annotations

import functools
import inspect
import json
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import sklearn

from r2prisk.about import __version__
from r2prisk.catalogue.where import data_file
from r2prisk.errors import InputError
from r2prisk.files import sha256
from r2prisk.forecasting.onsets import Onsets
from r2prisk.panel import Panel
from r2prisk.scoring import Profile

SETTLED = ("builtins", "abc", "numpy", "pandas", "scipy", "sklearn", "r2prisk")
"""Where code comes from that is told apart by version, or hashed as a whole."""

OPAQUE = ("builtins", "numpy", "pandas", "scipy")
"""Where values come from that hold no code of others; a pipeline, by contrast, does."""


def called(call: str, panel: Panel, onsets: Onsets) -> dict[str, Any]:
    """Return the version, the call and the hashes of the data of a result.

    Examples
    --------
    >>> import pandas as pd
    >>> from r2prisk import read_panel
    >>> from r2prisk.forecasting import read_onsets
    >>> panel = read_panel(pd.DataFrame({"unit": ["SDN"], "year": [2003], "1.1": [0.9]}))
    >>> onsets = read_onsets(pd.DataFrame({"unit": ["SDN"], "first": [2003]}))
    >>> called("backtest()", panel, onsets)["onsets"]["known"]
    '2003'
    """
    return {
        "r2prisk": __version__,
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "call": call,
        "panel": {"hash": panel.hash, "sources": list(panel.sources), "notes": list(panel.notes)},
        "onsets": {"hash": onsets.hash, "known": str(onsets.periods[-1])},
    }


def describe(models: dict[str, Any], horizon: int) -> dict[str, Any]:
    """Return class, parameters and profile of each model, in a form that JSON can hold.

    A model of this library, or one without features of its own, that has no parameter ``profile``
    sees scores of the default one; of other features nothing is known, and the profile is None.

    Parameters
    ----------
    models : dict of str to classifier
        By name.
    horizon : int
        What the parameter ``horizon`` is set to, where a model has one.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> told = describe({"flat": DummyClassifier()}, 1)["models"]["flat"]
    >>> told["parameters"]["strategy"], told["profile"]["name"]
    ('prior', 'default')
    """
    told: dict[str, Any] = {}
    for name, model in models.items():
        given: dict[str, Any] = model.get_params(deep=True) if hasattr(model, "get_params") else {}
        if "horizon" in given:
            given["horizon"] = horizon
        own = hasattr(model, "features") and _name(type(model)).split(".")[0] != "r2prisk"
        inner = [id(value) for value in given.values()]
        told[name] = {
            "class": _name(type(model)),
            "parameters": {key: _plain(value, inner) for key, value in sorted(given.items())},
            "profile": _profile(given.get("profile"), scores=not own),
        }
    return {"models": told}


def _profile(given: object, *, scores: bool) -> dict[str, str] | None:
    if given is None and not scores:
        return None
    try:
        profile = given if isinstance(given, Profile) else Profile.load(str(given or "default"))
    except InputError:  # a parameter of that name which means something else
        return None
    return {"name": profile.name, "version": str(profile.version), "hash": profile.hash}


def _name(kind: Any) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any, inner: Sequence[int]) -> Any:
    """Return a value as JSON holds it; what it cannot hold stands as the name of its class.

    ``inner`` are the parts whose parameters stand beside them already, as those of a pipeline.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Profile):
        return f"profile {value.name} {value.hash}"
    if isinstance(value, (list, tuple)):
        return [_plain(part, inner) for part in value]
    if isinstance(value, dict):
        return {str(key): _plain(part, inner) for key, part in value.items()}
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else str(value)
    name = _name(value if isinstance(value, type) else type(value))
    if isinstance(value, type) or not hasattr(value, "get_params") or id(value) in inner:
        return name
    given: dict[str, Any] = value.get_params(deep=False)
    return {"class": name, **{key: _plain(part, inner) for key, part in sorted(given.items())}}


def code_hash(models: Iterable[Any]) -> str:
    """Return the hash of the code behind models.

    Of this library with its data, of every module of the user's own that the models come from or
    that these modules use, and of the versions of all other libraries.

    Raises
    ------
    InputError
        If the code of a model cannot be read.

    Examples
    --------
    >>> from sklearn.dummy import DummyClassifier
    >>> len(code_hash([DummyClassifier()]))
    64
    """
    data = data_file("units.csv").parent
    library = Path(__file__).parents[1].rglob("*.py")
    files = {*library, *data.rglob("*.toml"), *data.rglob("*.csv")}
    kinds: dict[str, Any] = {}
    _collect(list(models), kinds, {})
    names = {kind.__module__ for kind in kinds.values()}
    texts: list[str] = []
    problems: list[str] = []
    for name in _own_modules(names):
        file = getattr(sys.modules[name], "__file__", None)
        if file is not None:
            files.add(Path(file))
            continue
        # typed into a notebook or a prompt: whatever is defined there may be called
        try:
            texts += sorted(map(inspect.getsource, _defined(name)))
        except (OSError, TypeError):
            problems.append(
                f"the code of {name} cannot be read, so a stale file could not be told; keep the "
                "model in a file"
            )
    if problems:
        raise InputError("resume", problems)
    tops = {name.split(".")[0] for name in names} | {"numpy", "pandas", "scipy", "sklearn"}
    versions = [(t, str(getattr(sys.modules.get(t), "__version__", ""))) for t in sorted(tops)]
    told = json.dumps([versions, __version__, *texts])
    return sha256(told.encode(), *(path.read_bytes() for path in sorted(files)))


def _collect(value: Any, found: dict[str, Any], seen: dict[int, Any]) -> None:
    """Collect the classes and functions that a value and all its parts are made of."""
    if id(value) in seen:
        return
    seen[id(value)] = value
    if isinstance(value, Mapping):
        for part in cast(Mapping[Any, Any], value).values():
            _collect(part, found, seen)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in cast(Iterable[Any], value):
            _collect(part, found, seen)
    elif isinstance(value, functools.partial):
        _collect([value.func, value.args, value.keywords], found, seen)
    elif inspect.ismethod(value):
        _collect([value.__func__, value.__self__], found, seen)
    elif inspect.isfunction(value):
        found[_name(value)] = value
    else:
        kinds = (value if isinstance(value, type) else type(value)).__mro__
        ours = [kind for kind in kinds if kind.__module__.split(".")[0] not in SETTLED]
        found |= {_name(kind): kind for kind in ours}
        if not isinstance(value, type) and kinds[0].__module__.split(".")[0] not in OPAQUE:
            _collect(getattr(value, "__dict__", {}), found, seen)


def _own_modules(names: Iterable[str]) -> list[str]:
    """Return the modules, of those named and all that they use, that no installer looks after."""
    found: list[str] = []
    ahead = list(names)
    while ahead:
        name = ahead.pop()
        if name in found or name not in sys.modules or not _is_own(name):
            continue
        found.append(name)
        for value in list(vars(sys.modules[name]).values()):
            used = value.__name__ if inspect.ismodule(value) else getattr(value, "__module__", "")
            ahead += [used] if isinstance(used, str) else []
    return sorted(found)


def _is_own(name: str) -> bool:
    if name.split(".")[0] in {*SETTLED, *sys.stdlib_module_names} - {"__main__"}:
        return False
    file = getattr(sys.modules[name], "__file__", None)
    installed = [Path(sysconfig.get_path(key)) for key in ("purelib", "platlib")]
    return file is None or not any(Path(file).is_relative_to(place) for place in installed)


def _defined(name: str) -> list[Any]:
    """Return the functions and classes that a module defines itself."""
    values = vars(sys.modules[name]).values()
    own = [v for v in values if inspect.isfunction(v) or inspect.isclass(v)]
    return [value for value in own if value.__module__ == name]
