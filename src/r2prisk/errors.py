"""What went wrong, said so that a person can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

SHOWN = 20
"""How many problems a message spells out; ``InputError.problems`` always holds all of them."""


class R2PRiskError(Exception):
    """Any failure that r2prisk foresees; the command line prints it without a traceback.

    Examples
    --------
    >>> issubclass(InputError, R2PRiskError)
    True
    """


class InputError(R2PRiskError, ValueError):
    """An input was refused; every problem found in it is reported together.

    Parameters
    ----------
    subject : str
        What was being read, e.g. ``"panel scores.csv"``.
    problems : iterable of str
        One sentence for each problem: what was wrong, what was found, what is allowed.

    Attributes
    ----------
    problems : tuple of str
        All the problems, in the order in which they were found.

    Examples
    --------
    >>> raise InputError("panel", ["row 2, column '1.1': 1.5 is outside 0 to 1"])
    Traceback (most recent call last):
    r2prisk.errors.InputError: panel: row 2, column '1.1': 1.5 is outside 0 to 1
    """

    def __init__(self, subject: str, problems: Iterable[str]) -> None:
        self.subject = subject
        self.problems = tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        if len(self.problems) == 1:
            return f"{self.subject}: {self.problems[0]}"
        lines = [f"{self.subject}: {len(self.problems)} problems"]
        lines += [f"  - {problem}" for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"  ... and {len(self.problems) - SHOWN} more")
        return "\n".join(lines)


class MissingExtraError(R2PRiskError, ImportError):
    """A library that only some users need is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs an extra library. Install it with: pip install 'r2prisk[{extra}]'"
        )


def nearest(word: str, allowed: Iterable[str], *, cutoff: float = 0.5) -> str:
    """Return a hint that names the allowed word nearest to a misspelt one.

    Parameters
    ----------
    word : str
        What was found.
    allowed : iterable of str
        What may stand there.
    cutoff : float
        From 0 to 1: how alike the two must be; more where a wrong guess would turn the meaning.

    Returns
    -------
    str
        ``"; did you mean 'x'?"``, or an empty string where nothing is near.

    Examples
    --------
    >>> nearest("un-foa-2041", ["un-foa-2014", "sg-risk-2013"])
    "; did you mean 'un-foa-2014'?"
    >>> nearest("zzz", ["un-foa-2014"])
    ''
    """
    by_fold = {str(candidate).casefold(): str(candidate) for candidate in allowed}
    found = difflib.get_close_matches(str(word).casefold(), by_fold, n=1, cutoff=cutoff)
    return f"; did you mean '{by_fold[found[0]]}'?" if found else ""
