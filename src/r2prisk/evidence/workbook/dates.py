"""Days as people write them in a workbook."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from typing import Any

_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*([./-])\s*([0-9]{1,2})\s*\2\s*([0-9]{4})")
_MONTH = re.compile(r"([0-9]{1,2})\s*[./-]\s*([0-9]{4})")
_YEAR_FIRST = re.compile(r"([0-9]{4})[./]([0-9]{1,2})(?:[./]([0-9]{1,2}))?|([0-9]{4})-([0-9])")
_SERIAL = re.compile(r"[1-9][0-9]{4}(\.0+)?")

EPOCH = dt.date(1899, 12, 30)
"""The day that spreadsheet programs count from."""

BY_DAY = "with the day first"
BY_NUMBER = "from the day numbers of a spreadsheet"


@dataclasses.dataclass(frozen=True)
class Day:
    """A day as the gate reads it, and by which rule where there could be another."""

    value: Any
    guessed: str = ""


def day_read(value: Any) -> Day:
    """Return a day, month or year as the gate of evidence reads it.

    In 05/06/2023 the day comes first; that could be meant otherwise, so the rule is named. What
    cannot be read stays as it is, and the gate says why.

    Parameters
    ----------
    value : object
        A cell: a date, a text or a number.

    Examples
    --------
    >>> day_read("31.12.2023"), day_read("05/06/2023")
    (Day(value='2023-12-31', guessed=''), Day(value='2023-06-05', guessed='with the day first'))
    >>> day_read(2023.0).value, day_read("6/2023").value, day_read("2023/6/5").value
    ('2023', '2023-06', '2023-06-05')
    >>> day_read(45291.0)
    Day(value='2023-12-31', guessed='from the day numbers of a spreadsheet')
    >>> day_read("31 December").value
    '31 December'
    """
    if isinstance(value, dt.datetime):
        return Day(value.date().isoformat())
    if isinstance(value, dt.date):
        return Day(value.isoformat())
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return Day(value)
    text = value.strip() if isinstance(value, str) else f"{value:g}" if value < 1e5 else str(value)
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), found[4]
        other = found[2] != "." and day <= 12 and month <= 12 and day != month
        return Day(f"{year}-{month:02}-{day:02}", BY_DAY if other else "")
    if found := _MONTH.fullmatch(text):
        return Day(f"{found[2]}-{int(found[1]):02}")
    if found := _YEAR_FIRST.fullmatch(text):
        parts = [part for part in found.groups() if part]
        return Day("-".join([parts[0], *(f"{int(part):02}" for part in parts[1:])]))
    if _SERIAL.fullmatch(text):
        return Day((EPOCH + dt.timedelta(days=int(float(text)))).isoformat(), BY_NUMBER)
    return Day(text)
