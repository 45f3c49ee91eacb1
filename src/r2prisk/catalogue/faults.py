"""Say what is wrong with a record, and where in its file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError

from r2prisk.errors import nearest


def faults(
    error: ValidationError, model: type[BaseModel], content: Mapping[str, Any], text: str = ""
) -> list[str]:
    """Return one sentence for each fault that Pydantic found.

    Parameters
    ----------
    error : pydantic.ValidationError
        What was raised for ``model``.
    model : type of pydantic.BaseModel
        The model that was not fitted.
    content : mapping
        What was validated; gives the identifiers of the tables on the way to a fault.
    text : str
        The TOML text, if there is one; gives the line.

    Returns
    -------
    list of str
        Line, place, what was wrong, what was found, and the nearest allowed key.

    Examples
    --------
    >>> class Record(BaseModel, extra="forbid"):
    ...     weight: float
    >>> try:
    ...     _ = Record.model_validate({"wieght": 1.0})
    ... except ValidationError as error:
    ...     print(faults(error, Record, {"wieght": 1.0}, "wieght = 1.0"))
    ["weight: 'weight' is missing", "line 1, wieght: unknown key 'wieght'; did you mean 'weight'?"]
    """
    return [
        _sentence(fault, model, content, text)
        for fault in error.errors()
        # a list whose every entry has a fault is called too short as well: that helps nobody
        if not (fault["type"] == "too_short" and fault["input"])
    ]


def _sentence(
    fault: Mapping[str, Any], model: type[BaseModel], content: Mapping[str, Any], text: str
) -> str:
    """Say one fault: its line, its place, what was wrong and what is allowed."""
    loc = cast(tuple[str | int, ...], fault["loc"])
    place = _place(loc, content)
    line = _line(loc, text)
    head = f"line {line}, {place}" if line else place
    key = str(loc[-1]) if loc else ""
    match fault["type"]:
        case "missing":
            return f"{head}: '{key}' is missing"
        case "extra_forbidden":
            allowed = _keys_at(model, loc[:-1])
            return f"{head}: unknown key '{key}'{nearest(key, allowed)}"
        case "string_pattern_mismatch":
            what = "an identifier (letters, digits, '.', '_' and '-')"
            if " " in str(fault["ctx"]["pattern"]):
                what = "a name (letters, digits, spaces and . , ' ( ) -)"
            return f"{head}: '{fault['input']}' is not {what}"
        case _:
            message = str(fault["msg"]).removeprefix("Value error, ")
            message = message[:1].lower() + message[1:]
            shown = repr(fault["input"])
            found = f", found {shown}" if len(shown) <= 60 else ""
            return f"{head}: {message}{found}"


def _place(loc: tuple[str | int, ...], content: Mapping[str, Any]) -> str:
    """Write a place as ``factors[2] (RF2), indicators[1] (2.1), tempo``."""
    parts: list[str] = []
    here: Any = content
    for step in loc:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(step, int):
            name = cast(dict[str, Any], here).get("id") if isinstance(here, dict) else None
            parts[-1] += f"[{step + 1}]" + (f" ({name})" if name else "")
        else:
            parts.append(step)
    return ", ".join(parts) or "the file"


def _line(loc: tuple[str | int, ...], text: str) -> int | None:
    """Find the line of a place: the n-th header of its array of tables, then its key."""
    lines = text.splitlines()
    start, header = 0, ""
    for step in loc:
        if isinstance(step, int):
            pattern = re.compile(rf"^\s*\[\[\s*{re.escape(header)}\s*\]\]")
            hits = [n for n in range(start, len(lines)) if pattern.match(lines[n])]
            if len(hits) <= step:
                return start + 1 if start else None
            start = hits[step]
        else:
            key = re.compile(rf"^\s*{re.escape(step)}\s*=")
            for n in range(start, len(lines)):
                if n > start and lines[n].lstrip().startswith("[["):
                    break
                if key.match(lines[n]):
                    return n + 1
            header = f"{header}.{step}" if header else step
    return start + 1 if start else None


def _keys_at(model: type[BaseModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the keys that the model allows at a place."""
    here: Any = model
    for step in loc:
        if isinstance(step, str):
            fields: Any = here.model_fields
            if step not in fields:
                return []
            here = fields[step].annotation
        while not (isinstance(here, type) and issubclass(here, BaseModel)):
            inner = [a for a in get_args(here) if a is not Ellipsis and a is not type(None)]
            if not inner:
                return []
            here = inner[0]
    fields = cast(type[BaseModel], here).model_fields
    return [field.alias or name for name, field in fields.items()]
