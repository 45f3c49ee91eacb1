"""What a template, a note or a plan is made of, before it is a page: sections, tables, blanks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from r2prisk.about import CAUTION

_MARKUP = re.compile(r"([\\`*_\[\]<>#|~]|&(?=#?\w+;))")
_LIST = re.compile(r"[-+]|-{3,}|\d{1,9}[.)]")
"""What would begin a list, or be a line across, where a paragraph begins with it."""
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Grid:
    """A table of texts in a document.

    Parameters
    ----------
    head : tuple of str, length c
        Names of columns.
    rows : tuple of tuple of str, shape (r, c)
        The cells; ``"?"`` is unknown, an empty cell is for a person to fill in.

    Examples
    --------
    >>> Grid(("Factor", "Strength"), (("SGS3", "?"),)).head
    ('Factor', 'Strength')
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Blank:
    """What a person has to write.

    Parameters
    ----------
    label : str
        What is asked.
    hint : str
        What a good answer holds, if that needs saying.

    Examples
    --------
    >>> Blank("Meetings held", "date, who called it, what was decided").label
    'Meetings held'
    """

    label: str
    hint: str = ""


@dataclass(frozen=True)
class Part:
    """A heading and what stands under it.

    Parameters
    ----------
    title : str
        The heading.
    blocks : tuple of str, Grid or Blank
        Paragraphs of plain text, never markup; tables; blanks.

    Examples
    --------
    >>> Part("What is due", ("Nothing is due.",)).title
    'What is due'
    """

    title: str
    blocks: tuple[str | Grid | Blank, ...]


@dataclass(frozen=True)
class Document:
    """All of a document, in the order in which it is read.

    Parameters
    ----------
    title : str
        Its title.
    lead : tuple of str
        Paragraphs before the first heading: what it is, on what it rests, who may see it.
    parts : tuple of Part
        Its sections.

    Examples
    --------
    >>> note = Document("Note", ("For 2013.",), (Part("Due", (Blank("Next review"),)),))
    >>> print(note.to_markdown())
    # Note
    <BLANKLINE>
    For 2013.
    <BLANKLINE>
    ## Due
    <BLANKLINE>
    **Next review**: ______
    <BLANKLINE>
    ---
    <BLANKLINE>
    A score is not a finding: risk is not proof, ...
    <BLANKLINE>
    """

    title: str
    lead: tuple[str, ...]
    parts: tuple[Part, ...]

    def to_markdown(self) -> str:
        """Return it as Markdown, in which texts stay text, with the caution at its end."""
        lines = [f"# {_plain(self.title)}", *map(_paragraph, self.lead)]
        for part in self.parts:
            lines += [f"## {_plain(part.title)}", *(_block(block) for block in part.blocks)]
        return "\n\n".join([*lines, "---", _plain(CAUTION)]) + "\n"


def _block(block: str | Grid | Blank) -> str:
    if isinstance(block, str):
        return _paragraph(block)
    if isinstance(block, Blank):
        hint = f" ({_plain(block.hint)})" if block.hint else ""
        return f"**{_plain(block.label)}**{hint}: ______"
    lines = [_row(block.head), f"|{'---|' * len(block.head)}"]
    return "\n".join([*lines, *map(_row, block.rows)])


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_plain, cells))} |"


def one_line(text: str) -> str:
    r"""Return a text on one line, without the signs that no page can hold.

    Examples
    --------
    >>> one_line("a\n b\x00")
    'a b'
    """
    return _UNPRINTED.sub("", " ".join(text.split()))


def _paragraph(text: str) -> str:
    """Keep a text from being a list or a line across."""
    first, *rest = _plain(text).split(" ", 1)
    if _LIST.fullmatch(first):
        first = f"{first[:-1]}\\{first[-1]}"
    return " ".join([first, *rest])


def _plain(text: str) -> str:
    """Keep a text on one line, and what would be markup as it was written."""
    return _MARKUP.sub(r"\\\1", one_line(text))
