"""Find declared keywords in texts: an index of words first, then each phrase where it can be."""

from __future__ import annotations

import itertools
import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

import pandas as pd

from r2prisk.prevention.lens.words import Keywords, load_lens_words

HITS = ("row", "factor", "found")
"""Columns of what is found."""

_STOP = re.compile(r"[.;:!?]+(?=\s|$)")
_OTHER = re.compile(r"[^\w.@]+|(?<=\w)\.(?=\w)|_")
_BETWEEN = {"..": r"(?: [\w@]+){0,8} ", "...": r"(?: [\w@]+)* "}
_GAPS = re.compile(r" (\.\.\.?) ")


@dataclass(frozen=True)
class Pattern:
    """A keyword as the words that a text must hold, and as an expression."""

    needed: tuple[tuple[str, ...], ...]
    expression: re.Pattern[str]


class _Index:
    """In which texts each word stands, so that a phrase is looked for where it can be."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._rows: defaultdict[str, set[int]] = defaultdict(set)
        for row, text in enumerate(texts):
            for word in text.split():
                self._rows[word].add(row)
        self._words = sorted(self._rows)

    def rows(self, needed: tuple[tuple[str, ...], ...]) -> set[int]:
        """Return the texts that hold one word of each kind that is needed."""
        rows: set[int] | None = None
        for forms in needed:
            here: set[int] = set()
            for word in itertools.chain.from_iterable(map(self._forms, forms)):
                here |= self._rows[word]
            rows = here if rows is None else rows & here
        return rows or set()

    def _forms(self, word: str) -> list[str]:
        """Return the words of the texts that a word of a keyword stands for."""
        if not word.endswith("*"):
            return [word] if word in self._rows else []
        first = bisect_left(self._words, word[:-1])
        last = bisect_left(self._words, word[:-1] + "\U0010ffff")
        return self._words[first:last]


def plain(text: str) -> str:
    """Return a text as words in small letters without accents; a stop is a word of its own.

    Examples
    --------
    >>> plain("L&#39;&eacute;galit&eacute; - women&#39;s. End")
    'l egalite women s . end'
    """
    bare = unicodedata.normalize("NFKD", unescape(text)).casefold()
    bare = "".join(c for c in bare if not unicodedata.combining(c)) if not bare.isascii() else bare
    words = _OTHER.sub(" ", _STOP.sub(" . ", bare.replace("@", " ")))
    return " ".join(words.split())


def find_factors(texts: Sequence[str], *, languages: Iterable[str] = ("en",)) -> pd.DataFrame:
    """Return which factors texts seem to touch, with the words that say so.

    Parameters
    ----------
    texts : sequence of str, length n
        Plain texts, or with HTML entities.
    languages : iterable of str
        Which keywords are used: ``en``, ``fr``, ``es``.

    Returns
    -------
    pandas.DataFrame
        ``row`` (0 to n - 1), ``factor``, ``found`` (the words): each pair once, in that order.

    Examples
    --------
    >>> find_factors(["Train the police in human rights", "Plant trees"]).values.tolist()
    [[0, 'SGS5', 'train the police']]
    """
    words = load_lens_words()
    return _found(texts, words.factors, tuple(languages))


def find_harms(texts: Sequence[str], *, languages: Iterable[str] = ("en",)) -> pd.DataFrame:
    """Return which risk factors texts could raise, with the words that say so.

    What stands within four words after a word that undoes it ("lift the curfew") is left out.

    Parameters
    ----------
    texts : sequence of str, length n
        Plain texts.
    languages : iterable of str
        Which keywords are used.

    Returns
    -------
    pandas.DataFrame
        As of :func:`find_factors`.

    Examples
    --------
    >>> find_harms(["Arms exports to partners", "Stop arms exports"]).values.tolist()
    [[0, 'RF5', 'arms exports']]
    """
    words = load_lens_words()
    return _found(texts, words.harms, tuple(languages), undone=words.undone)


def _found(
    texts: Sequence[str],
    entries: Sequence[Keywords],
    languages: tuple[str, ...],
    *,
    undone: tuple[str, ...] = (),
) -> pd.DataFrame:
    bare = [_with_names(plain(text)) for text in texts]
    index = _Index(bare)
    # what undoes stands in the same sentence, so no stop lies between
    before = rf"(?<![\w@])(?:{'|'.join(map(_phrase, undone))})(?: [\w@]+){{0,4}} $"
    cancel = re.compile(before) if undone else None
    place = {entry.id: n for n, entry in enumerate(entries)}
    hits: dict[tuple[int, str], str] = {}
    for entry in entries:
        said = {key: None for name in languages for key in getattr(entry, name)}
        for keyword in said:
            pattern = _pattern(keyword)
            for row in index.rows(pattern.needed):
                if (row, entry.id) in hits:
                    continue
                for match in pattern.expression.finditer(bare[row]):
                    if cancel is None or not cancel.search(bare[row][: match.start()]):
                        hits[row, entry.id] = match.group().replace("@", "")
                        break
    rows = [(row, factor, found) for (row, factor), found in hits.items()]
    rows.sort(key=lambda hit: (hit[0], place[hit[1]]))
    return pd.DataFrame(rows, columns=pd.Index(HITS))


@lru_cache(maxsize=4096)
def _pattern(keyword: str) -> Pattern:
    """Read a keyword: which words it needs, and the expression that is it."""
    groups = load_lens_words().groups
    needed: list[tuple[str, ...]] = []
    parts: list[str] = []
    for n, part in enumerate(_GAPS.split(keyword)):
        if n % 2:
            parts.append(_BETWEEN[part])
            continue
        if part.startswith("{"):
            name, _, rest = part[1:].partition("}")
            forms = groups[name]
            needed.append(tuple(form.split()[0] for form in forms))
            needed += [(word,) for word in rest.split()]
            more = f" {_phrase(rest.strip())}" if rest.strip() else ""
            parts.append(f"(?:{'|'.join(map(_phrase, forms))}){more}")
        else:
            needed += [(word,) for word in part.split()]
            parts.append(_phrase(part))
    return Pattern(tuple(needed), re.compile(rf"(?<![\w@]){''.join(parts)}(?![\w@])"))


def _phrase(text: str) -> str:
    """Return a phrase as an expression; ``*`` is any ending."""
    return " ".join(re.escape(word).replace(r"\*", r"\w*") for word in text.split())


@lru_cache(maxsize=1)
def _names() -> list[tuple[str, re.Pattern[str], frozenset[str]]]:
    """Return each treaty's mark with its forms, the longest first, and a word of each form."""
    listed: list[tuple[str, re.Pattern[str], frozenset[str]]] = []
    for name in load_lens_words().names:
        forms = sorted(name.forms, key=len, reverse=True)
        either = "|".join(map(re.escape, forms))
        # the longest word of a form is rare: most texts are passed over by it
        rare = frozenset(max(form.split(), key=len) for form in forms)
        listed.append((f"@{name.name}", re.compile(rf"(?<![\w@])(?:{either})(?![\w@])"), rare))
    return listed


def _with_names(text: str) -> str:
    """Put marks where treaties are named."""
    words = set(text.split())
    if words.isdisjoint(_rare()):
        return text
    for mark, expression, rare in _names():
        if not words.isdisjoint(rare):
            text = expression.sub(mark, text)
            words.add(mark)  # a protocol is named by its treaty's mark
    return text


@lru_cache(maxsize=1)
def _rare() -> frozenset[str]:
    return frozenset[str]().union(*(rare for _, _, rare in _names()))
