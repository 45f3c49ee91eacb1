"""What a contrast says, in sentences: from ``contrast.toml``, with the numbers filled in."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, get_args

import pandas as pd

from r2prisk.catalogue import load_framework
from r2prisk.catalogue import load_words as load_fixed_words
from r2prisk.catalogue.models import Language
from r2prisk.catalogue.translations import country_in, translated
from r2prisk.errors import InputError, nearest
from r2prisk.prevention.contrasts.compare import FEWEST_COUNTRIES
from r2prisk.prevention.contrasts.followed import FACTORS
from r2prisk.prevention.contrasts.near import FEWEST
from r2prisk.prevention.contrasts.twins import state_of
from r2prisk.prevention.contrasts.words import load_words
from r2prisk.scoring.explain.sentences import number

if TYPE_CHECKING:
    from r2prisk.prevention.contrasts.contrast import Contrast

LEAST = 0.05
"""Less than this beside the calm twins is not worth a word."""

NAMED = 2
"""Factors named as what calm twins have most and least of."""

THEIRS = ("sg-resilience-2013", "un-foa-2014")
"""The frameworks whose factors have titles in all languages."""

MARKS = {"followed": 1, "calm": 0}

KINDS = {"Y": "year", "Q": "quarter", "M": "month"}

FAR = 3
"""Risk factors named as those in which rows are least alike."""

TITLE = 36
"""Letters of the title of a risk factor."""

GAPS = {"calm - followed": "between", "own - calm": "own_calm", "own - followed": "own_followed"}


def paragraphs(found: Contrast, language: Language = "en") -> list[list[str]]:
    """Return what a contrast says, and what it cannot say, in four paragraphs of sentences.

    Parameters
    ----------
    found : Contrast
        What was compared.
    language : {"en", "fr", "es"}
        The language.

    Raises
    ------
    InputError
        If the language is none of these (the nearest is named).
    """
    if language not in get_args(Language):
        allowed = ", ".join(get_args(Language))
        hint = nearest(str(language), get_args(Language))
        raise InputError("contrast", [f"language is '{language}'; allowed: {allowed}{hint}"])
    say = _Say(found, language)
    parts = (say.head(), say.differences(), say.calm(), say.sure())
    return [list(part) for part in parts]


def digits_of(low: float, high: float) -> int:
    """Return how many digits tell an interval that leaves out zero from one that does not.

    Examples
    --------
    >>> digits_of(0.0031, 0.42), digits_of(-0.1, 0.42)
    (3, 2)
    """
    digits = 2
    if low > 0.0 or high < 0.0:
        while not round(min(abs(low), abs(high)), digits):
            digits += 1
    return digits


def titled(item: str, title: str, language: Language) -> str:
    """Return the title of a factor or indicator in a language, where it is the catalogue's.

    Parameters
    ----------
    item : str
        Its identifier.
    title : str
        Its English title.
    language : {"en", "fr", "es"}
        The language.

    Examples
    --------
    >>> titled("SGS1", "Constitutional protections", "fr")
    'Protections constitutionnelles'
    """
    known = {factor.id: factor for name in THEIRS for factor in load_framework(name).factors}
    if item in known and known[item].title == title:
        return known[item].title_in(language)
    return translated(item, title, language)


class _Say:
    """The sentences of one contrast in one language."""

    def __init__(self, found: Contrast, language: Language) -> None:
        self.found = found
        self.language: Language = language
        self.country = country_in(found.unit, language)
        twins = found.twins
        self.sides = {name: twins[twins["followed"] == mark] for name, mark in MARKS.items()}

    def __call__(self, name: str, /, **filled: object) -> str:
        text = load_words().sentences[name][self.language]
        return text.format(**{key: str(value) for key, value in filled.items()})

    def number(self, value: float, *, sign: bool = False, digits: int = 2) -> str:
        return "?" if pd.isna(value) else number(value, self.language, sign=sign, digits=digits)

    def listed(self, texts: Iterable[str]) -> str:
        return ("\u00a0; " if self.language == "fr" else "; ").join(texts)

    def head(self) -> Iterator[str]:
        """Tell of the row, of time, and of the twins."""
        found = self.found
        strength = found.row["resilience"]
        yield self(
            "row",
            country=self.country,
            period=found.period,
            risk=self.number(found.row["risk"]),
            band=self._band(str(found.row["band"])),
            resilience=self("too_little") if pd.isna(strength) else self.number(strength),
            known=found.known,
            factors=len(found.balance),
        )
        later = f"{found.left_out['later']:,}"
        if self.language != "en":
            later = later.replace(",", "\u00a0")
        yield self("hindsight" if found.hindsight else "strict", period=found.period, later=later)
        if found.under_way is None:
            yield self("under_way_unknown", country=self.country)
        elif found.under_way:
            yield self("under_way", country=self.country)
        if found.hindsight:
            yield self._own_end()
        if len(found.twins):
            yield self._twins()
            if found.unsure:
                yield self("unsure", count=found.unsure)
        else:
            yield self("no_twins", caliper=self.number(found.caliper))
        yield from self._one_sided()

    def differences(self) -> Iterator[str]:
        """Tell what differs beyond chance."""
        found = self.found
        if not len(found.twins):
            return
        for name, group in (("few", "followed"), ("few_calm", "calm")):
            states = self._countries(self.sides[group])
            if 0 < states < FEWEST_COUNTRIES:
                yield self(name, countries=states, least=FEWEST_COUNTRIES)
        for family, table in (("factors", found.factors), ("indicators", found.indicators)):
            count = found.comparisons[family]
            told = {"comparisons": count, "confidence": self._share(found.confidence)}
            called = self._called(table)
            kind = "few" if not count else "some" if called else "none"
            yield self(f"{family}_{kind}", list=self.listed(called), **told)

    def calm(self) -> Iterator[str]:
        """Tell what twins that stayed calm share, and where the row stands beside them."""
        table = self.found.factors
        states = self._countries(self.sides["calm"])
        known = table[table["calm_countries"] >= FEWEST_COUNTRIES].sort_values(
            "calm", ascending=False, kind="stable"
        )
        if len(known) > NAMED:
            strong, weak = known.head(NAMED), known.tail(1)
            ends = [self._means(part, "calm", sign=False) for part in (strong, weak)]
            yield self("share", strong=ends[0], weak=ends[1])
            apart = known.sort_values("own_calm", ascending=False, kind="stable")
            more = apart[apart["own_calm"] >= LEAST].head(NAMED)
            less = apart[apart["own_calm"] <= -LEAST].tail(NAMED)[::-1]
            if len(more) + len(less):
                parts = [self._means(part, "own_calm", sign=True) for part in (more, less)]
                kind = "" if all(parts) else "_more" if parts[0] else "_less"
                yield self(f"stands{kind}", country=self.country, more=parts[0], less=parts[1])
        elif states >= FEWEST_COUNTRIES:  # of fewer it is told that they are too few
            yield self("share_few", count=len(known), least=FEWEST_COUNTRIES)
        blank = table.index[table["own"].isna()]
        if len(blank):
            yield self("own_unknown", country=self.country, list=", ".join(blank))

    def sure(self) -> Iterator[str]:
        """Tell what else it may be, and what this cannot show."""
        balance = self.found.balance
        for column, name in (("groups", "balance_groups"), ("row", "balance_row")):
            far = balance.loc[balance[f"{column}_unalike"], column]
            if len(far):
                most = far.sort_values(key=lambda x: -x.abs(), kind="stable").head(FAR)
                texts = [
                    f"{self._risk_factor(str(factor))} {self.number(x, sign=True)}"
                    for factor, x in most.items()
                ]
                yield self(name, country=self.country, list=self.listed(texts))
        if self.found.rematch is not None:
            yield self._rematched()
        elif self.found.missing:
            yield self._not_rematched()
        if self.found.horizon is None:
            yield self("casebook", count=self.found.countries)
            yield self("coding")
            yield self("thin", least=FACTORS, count=self.found.thin)
        yield self("cause")
        if self.found.closed:
            yield self("closed")

    def _own_end(self) -> str:
        found = self.found
        told = {"country": self.country, "period": found.period}
        if found.end is None:
            return self("own_end_unknown", **told)
        if found.horizon is None:
            return self(f"own_end_{found.end:d}", **told)
        # of a record only the horizon is known, and that none began in an episode is no calm
        return self(f"own_onset_{found.end:d}", ahead=self._ahead(), **told)

    def _ahead(self) -> str:
        kind = KINDS[pd.PeriodIndex(self.found.twins["period"]).freqstr[0]]
        return self(kind if self.found.horizon == 1 else f"{kind}s", count=self.found.horizon)

    def _twins(self) -> str:
        found = self.found
        filled: dict[str, object] = {"caliper": self.number(found.caliper)}
        if found.horizon is None:
            filled["within"] = self("within_case")
        else:
            filled["within"] = self("within", ahead=self._ahead())
        filled |= {"twins": len(found.twins), "countries": self._countries(found.twins)}
        for name, side in self.sides.items():
            filled |= {name: len(side), f"{name}_countries": self._countries(side)}
        both = sum(map(self._countries, self.sides.values())) - self._countries(found.twins)
        text = self("twins", **filled)
        return f"{text} {self('both', count=both)}" if both else text

    def _one_sided(self) -> Iterator[str]:
        """Name the nearest row of a side that has no twin, and why it is none."""
        outside = self.found.outside
        for name, mark in MARKS.items():
            if len(self.sides[name]):
                continue
            near = outside[outside["followed"] == mark]
            if not len(near):
                yield self(f"none_{name}")
                continue
            one = near.iloc[0]
            kind = "" if one["distance"] > self.found.caliper else "_near"
            yield self(
                f"no_{name}{kind}",
                country=country_in(one["unit"], self.language),
                period=one["period"],
                distance=number(one["distance"], self.language, digits=3),
            )

    def _called(self, table: pd.DataFrame) -> list[str]:
        """Return what differs, with its numbers."""
        texts: list[str] = []
        for name, row in table[table["differs"] != ""].iterrows():
            for question in str(row["differs"]).split(", "):
                gap = GAPS[question]
                digits = digits_of(row[f"{gap}_low"], row[f"{gap}_high"])
                ends = {
                    key: self.number(row[f"{gap}{suffix}"], sign=True, digits=digits)
                    for key, suffix in (("value", ""), ("low", "_low"), ("high", "_high"))
                }
                title = titled(str(name), str(row["title"]), self.language)
                texts.append(self("one", name=name, title=title, question=self(gap), **ends))
        return texts

    def _rematched(self) -> str:
        again = self.found.rematch
        assert again is not None
        if not len(again.twins):
            return self("rematch_alone", without=", ".join(again.without))
        text = self(
            "rematch",
            without=", ".join(again.without),
            twins=len(again.twins),
            followed=int(again.twins["followed"].sum()),
        )
        if again.twins["followed"].any() and not len(self.sides["followed"]):
            text = f"{text} {self('rematch_side', country=self.country)}"
        called = self._called(again.factors)
        kind = ("some" if again.changed else "same") if called else "none"
        kind = kind if again.comparisons else "few"
        rest = self(f"rematch_{kind}", list=self.listed(called))
        return f"{text} {rest}"

    def _not_rematched(self) -> str:
        """Say why there is no match without the factors that already are missing resilience."""
        found = self.found
        own = found.balance["own"]
        unknown = own[[*found.missing]].isna().all()
        return self(
            "no_rematch_unknown" if unknown else "no_rematch_few",
            without=", ".join(found.missing),
            country=self.country,
            count=int(own.drop([*found.missing]).notna().sum()),
            least=FEWEST,
        )

    def _risk_factor(self, name: str) -> str:
        title = titled(name, str(self.found.balance.loc[name, "title"]), self.language)
        return f"{name} {textwrap.shorten(title, TITLE, placeholder=' ...')}"

    def _means(self, rows: pd.DataFrame, column: str, *, sign: bool) -> str:
        titles = [titled(str(n), str(t), self.language) for n, t in rows["title"].items()]
        numbers = [self.number(value, sign=sign) for value in rows[column]]
        texts = [f"{title} ({value})" for title, value in zip(titles, numbers, strict=True)]
        return ", ".join(texts)

    def _countries(self, rows: pd.DataFrame) -> int:
        return rows["unit"].map(state_of).nunique()

    def _band(self, name: str) -> str:
        known = {w.words["en"]: w.words[self.language] for w in load_fixed_words().bands}
        return known.get(name, name)

    def _share(self, share: float) -> str:
        return f"{100 * share:g}{'' if self.language == 'en' else chr(0xA0)}%"
