"""What a brief is made of, before it is a page: sections of paragraphs, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from r2prisk.catalogue.models import Language
from r2prisk.reporting.figures.figure import Figure


@dataclass(frozen=True)
class Paragraph:
    """One paragraph.

    Parameters
    ----------
    text : str
        Plain text, never markup.
    kind : {"text", "lead", "note"}
        ``lead`` is what a reader takes away, ``note`` is how to read what stands above it.

    Examples
    --------
    >>> Paragraph("Risk is unknown.", "lead").kind
    'lead'
    """

    text: str
    kind: Literal["text", "lead", "note"] = "text"


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Parameters
    ----------
    name : str
        Which table it is, e.g. ``"scores"``.
    head : tuple of str, length c
        Names of columns.
    rows : tuple of tuple of str, shape (r, c)
        The cells; ``"?"`` is unknown.
    widths : tuple of float, length c
        Shares of the width, which add up to 1.
    words : int
        How many columns from the left hold words, which stand to the left.
    total : bool
        Whether the last row is the sum of the others.

    Examples
    --------
    >>> Table("alike", ("Country", "Risk"), (("Ghana", "?"),), (0.8, 0.2)).unknown("?")
    True
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    words: int = 1
    total: bool = False

    @staticmethod
    def unknown(cell: str) -> bool:
        """Say whether a cell says that something is unknown, and has to look so."""
        return cell == UNKNOWN


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure and what stands beside it.

    Parameters
    ----------
    figure : Figure
        The picture; its title and its notes are not drawn.
    beside : tuple of Paragraph
        What is said of it, and how to read it.
    """

    figure: Figure
    beside: tuple[Paragraph, ...]


Block = Paragraph | Table | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it.

    Parameters
    ----------
    name : str
        Which section it is, e.g. ``"stands"``.
    title : str
        Its heading.
    blocks : tuple of Paragraph, Table or Picture
        What stands under it, in order.
    beside : bool
        Whether it stands beside the picture that ends the section before it, where room is left.

    Examples
    --------
    >>> Section("caution", "Before you use this", (Paragraph("Risk is not proof."),)).name
    'caution'
    """

    name: str
    title: str
    blocks: tuple[Block, ...]
    beside: bool = False


@dataclass(frozen=True)
class Content:
    """All of a brief, in the order in which it is read.

    Parameters
    ----------
    title, under : str
        Of what, and of when.
    mark : str
        What stands at the top and the bottom of each page; empty for the public.
    pages : tuple of str, length 2 or 3
        What the foot of each page says.
    front, back : tuple of Section
        The first and the second page.
    language : {"en", "fr", "es"}
        Of every text but labels of your own frameworks.
    beyond : tuple of Section
        The third page, on prevention, where one was asked for.

    Examples
    --------
    >>> Content("Ghana", "2013", "", ("1", "2"), (), (), "en").sections
    ()
    """

    title: str
    under: str
    mark: str
    pages: tuple[str, ...]
    front: tuple[Section, ...]
    back: tuple[Section, ...]
    language: Language
    beyond: tuple[Section, ...] = ()

    @property
    def sections(self) -> tuple[Section, ...]:
        """All sections."""
        return (*self.front, *self.back, *self.beyond)

    @property
    def text(self) -> str:
        """All texts, line by line: what a search, or a test, looks through."""
        lines = [self.title, self.under, self.mark]
        for section in self.sections:
            lines.append(section.title)
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    lines.append(block.text)
                elif isinstance(block, Table):
                    lines += ["\t".join(row) for row in (block.head, *block.rows)]
                else:
                    lines += [block.figure.title, block.figure.alt]
                    lines += [paragraph.text for paragraph in block.beside]
        return "\n".join(line for line in lines if line)


UNKNOWN = "?"
"""The cell of what is not known."""
