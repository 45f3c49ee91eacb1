"""How results about focal points show themselves in a terminal and in a notebook."""

from __future__ import annotations

import dataclasses
from textwrap import wrap

import pandas as pd

from r2prisk.about import CAUTION
from r2prisk.tables import bullets, html_table, page, paragraph, text_table

WIDE = 100
"""Letters of a line in a terminal."""


@dataclasses.dataclass(frozen=True, eq=False)
class Shown:
    """A table with its caption; all columns but ``numbers`` hold words.

    Parameters
    ----------
    caption : str
        What it is.
    frame : pandas.DataFrame
        Texts; ``-`` is unknown.
    numbers : tuple of str
        Columns that stand to the right.

    Examples
    --------
    >>> Shown("Members", pd.DataFrame({"country": ["Ghana"]})).numbers
    ()
    """

    caption: str
    frame: pd.DataFrame
    numbers: tuple[str, ...] = ()

    @property
    def words(self) -> list[str]:
        """The columns that stand to the left."""
        return [str(name) for name in self.frame.columns if name not in self.numbers]


@dataclasses.dataclass(frozen=True, eq=False)
class View:
    """What is shown of a result: its head, then sentences, lists and tables in order.

    Parameters
    ----------
    head : str
        What it is and, behind a colon, what it is about.
    blocks : tuple of str, tuple of str, or Shown
        A sentence, a list, or a table.

    Examples
    --------
    >>> print(View("Network: 2 members", ("Both are in Africa.",)).text())
    Network: 2 members
    Both are in Africa.
    A score is not a finding: risk is not proof, and absence of data is not safety.
    """

    head: str
    blocks: tuple[str | tuple[str, ...] | Shown, ...]

    def text(self) -> str:
        """Return it as lines."""
        lines = wrap(self.head, WIDE)
        for block in self.blocks:
            if isinstance(block, str):
                lines += wrap(block, WIDE)
            elif isinstance(block, Shown):
                lines += ["", block.caption, text_table(block.frame, words=block.words), ""]
            else:
                lines += [
                    line
                    for item in block
                    for line in wrap(item, WIDE, initial_indent="  - ", subsequent_indent="    ")
                ]
        # two tables in a row have one line between them
        kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
        return "\n".join([*kept, *wrap(CAUTION, WIDE)])

    def html(self) -> str:
        """Return it for a notebook, every text escaped."""
        parts: list[str] = []
        for block in self.blocks:
            if isinstance(block, str):
                parts.append(paragraph(block))
            elif isinstance(block, Shown):
                shown = len(block.frame)
                parts.append(
                    html_table(
                        block.frame, words=block.words, caption=block.caption, shown=max(shown, 1)
                    )
                )
            else:
                parts.append(bullets(block))
        return page(self.head, *parts)


class Showing:
    """A result that shows itself by the view that it makes."""

    def _view(self) -> View:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._view().text()

    def _repr_html_(self) -> str:
        return self._view().html()
