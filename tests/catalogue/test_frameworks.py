"""The shipped frameworks and words: facts of the documents that a reader can look up."""

from __future__ import annotations

import re

import pytest

from r2prisk.catalogue import (
    FRAMEWORKS,
    Indicator,
    load_framework,
    load_mechanisms,
    load_words,
)
from r2prisk.catalogue.models import CRIMES, Framework
from r2prisk.errors import InputError

COUNTS = (11, 8, 10, 9, 8, 11, 14, 12, 6, 8, 8, 12, 18, 8)
STRUCTURAL = (4, 6, 10, 5, 6, 6, 0, 0, 6, 0, 0, 3, 0, 1)
DYNAMIC = (7, 2, 0, 4, 2, 5, 14, 12, 0, 8, 8, 9, 18, 7)
SPECIFIC = {
    "RF9": "genocide",
    "RF10": "genocide",
    "RF11": "crimes_against_humanity",
    "RF12": "crimes_against_humanity",
    "RF13": "war_crimes",
    "RF14": "war_crimes",
}
PROVISIONAL = [f"13.{n}" for n in range(11, 19)] + [f"14.{n}" for n in range(1, 9)]
GUIDANCE = ("description", "look_for", "rate_0", "rate_1")


@pytest.fixture
def foa() -> Framework:
    return load_framework("un-foa-2014")


def all_indicators() -> list[Indicator]:
    return [i for name in FRAMEWORKS for i in load_framework(name).indicators]


def test_fourteen_factors_have_143_indicators_in_order(foa: Framework) -> None:
    assert [f.id for f in foa.factors] == [f"RF{n}" for n in range(1, 15)]
    assert tuple(len(f.indicators) for f in foa.factors) == COUNTS
    assert sum(COUNTS) == 143
    expected = [f"{f}.{i}" for f, count in enumerate(COUNTS, 1) for i in range(1, count + 1)]
    assert [i.id for i in foa.indicators] == expected


def test_tempo_splits_as_in_the_research(foa: Framework) -> None:
    tempos = [[i.tempo for i in factor.indicators] for factor in foa.factors]
    assert tuple(t.count("structural") for t in tempos) == STRUCTURAL
    assert tuple(t.count("dynamic") for t in tempos) == DYNAMIC
    assert (sum(STRUCTURAL), sum(DYNAMIC)) == (47, 96)


def test_triggers_are_the_twelve_of_rf8(foa: Framework) -> None:
    triggers = [i.id for i in foa.indicators if i.trigger]
    assert triggers == [f"8.{n}" for n in range(1, 13)]
    assert not any(i.trigger for i in load_framework("sg-resilience-2013").indicators)


def test_common_factors_serve_all_crimes_and_specific_ones_serve_one(foa: Framework) -> None:
    for factor in foa.factors:
        specific = SPECIFIC.get(factor.id)
        assert factor.scope == ("specific" if specific else "common")
        assert factor.crimes == ((specific,) if specific else CRIMES)


def test_39_are_seen_and_16_of_the_recalled_are_provisional(foa: Framework) -> None:
    seen = [i.id for i in foa.indicators if i.verified.status == "source"]
    expected = [f"7.{n}" for n in range(1, 12)] + [f"8.{n}" for n in range(1, 13)]
    expected += [f"9.{n}" for n in range(1, 7)] + [f"13.{n}" for n in range(1, 11)]
    assert seen == expected
    assert len(seen) == 39
    assert [i.id for i in foa.indicators if i.verified.status == "recalled"] == [
        i.id for i in foa.indicators if i.id not in seen
    ]
    assert [i.id for i in foa.indicators if i.verified.provisional] == PROVISIONAL
    assert all(i.verified.where for i in foa.indicators if i.id in seen)


def test_resilience_factors_have_four_to_eight_indicators_of_our_own() -> None:
    resilience = load_framework("sg-resilience-2013")
    assert [f.id for f in resilience.factors] == [f"SGS{n}" for n in range(1, 7)]
    assert all(4 <= len(f.indicators) <= 8 for f in resilience.factors)
    for factor in resilience.factors:
        expected = [f"{factor.id}.{n}" for n in range(1, len(factor.indicators) + 1)]
        assert [i.id for i in factor.indicators] == expected
    assert {i.verified.status for i in resilience.indicators} == {"own"}


@pytest.mark.parametrize(
    ("name", "ids", "kind"),
    [
        ("sg-risk-2013", [f"SGR{n}" for n in range(1, 7)], "risk"),
        ("ohchr-capacity-2015", [f"O{n}" for n in range(1, 9)], "capacity"),
    ],
)
def test_short_frameworks_have_factors_only(name: str, ids: list[str], kind: str) -> None:
    framework = load_framework(name)
    assert [f.id for f in framework.factors] == ids
    assert framework.kind == kind
    assert not framework.indicators


def test_identifiers_are_unique_across_the_shipped_frameworks() -> None:
    frameworks = [load_framework(name) for name in FRAMEWORKS]
    ids = [entry.id for f in frameworks for entry in (*f.factors, *f.indicators)]
    assert len(ids) == len(set(ids)) == 14 + 143 + 6 + 6 + 42 + 8


def test_texts_are_one_sentence_and_labels_short_and_distinct() -> None:
    indicators = all_indicators()
    for indicator in indicators:
        assert len(indicator.label) <= 60
        assert not indicator.label.endswith(".")
        for field in GUIDANCE:
            text = getattr(indicator, field)
            place = f"{indicator.id} {field}: {text}"
            assert text.endswith("."), place
            assert text[0].isupper(), place
            assert "\n" not in text, place
            assert not re.search(r"\b(\w+) \1\b|  ", text), place
        assert indicator.rate_0 != indicator.rate_1
    assert len({i.label.casefold() for i in indicators}) == len(indicators)
    assert len({i.description for i in indicators}) == len(indicators)


def test_past_and_present_count_in_the_indicators_of_lasting_conflict(foa: Framework) -> None:
    assert "are or were" in foa["9.4"].description
    assert "current or past" in foa["9.5"].description
    for identifier in ("9.4", "9.5"):
        assert foa[identifier].label.startswith("Past or present")
        assert "never settled" in foa[identifier].rate_1


def test_every_title_is_there_in_three_languages() -> None:
    titles = []
    for name in FRAMEWORKS:
        for factor in load_framework(name).factors:
            assert set(factor.titles) == {"fr", "es"}, factor.id
            titles.append((factor.title, factor.title_in("fr"), factor.title_in("es")))
    assert len(titles) == 14 + 6 + 6 + 8
    assert all(len({en, fr, es}) == 3 for en, fr, es in titles)


def test_every_word_is_there_in_three_languages() -> None:
    words = load_words()
    groups = {
        "bands": ["very_low", "low", "moderate", "high", "very_high", "unknown"],
        "states": ["rated", "unknown", "not_applicable", "failed"],
        "tempos": ["structural", "dynamic"],
        "crimes": [*CRIMES, "ethnic_cleansing"],
    }
    for name, ids in groups.items():
        assert [word.id for word in getattr(words, name)] == ids
    assert [rating.value for rating in words.ratings] == [0.0, 0.25, 0.5, 0.75, 1.0]
    english = [rating.words["en"] for rating in words.ratings]
    assert english == ["absent", "weak", "moderate", "strong", "severe"]
    entries = [w for name in (*groups, "ratings", "scores") for w in getattr(words, name)]
    assert all(set(word.words) == {"en", "fr", "es"} for word in entries)
    same = [word for word in entries if word.words["en"] == word.words["fr"]]
    assert len(same) <= len(entries) // 10, "words left untranslated"
    for group in (*groups, "ratings"):
        for language in ("en", "fr", "es"):
            listed = [word.words[language] for word in getattr(words, group)]
            assert len(set(listed)) == len(listed), (group, language)


def test_mechanisms_have_titles_reasons_and_half_lives() -> None:
    mechanisms = load_mechanisms()
    assert list(mechanisms) == [
        "commission-of-inquiry",
        "special-procedure",
        "treaty-body",
        "country-report",
        "universal-periodic-review",
        "court",
        "ngo",
        "media",
        "dataset",
        "own-mission",
    ]
    for mechanism in mechanisms.values():
        assert set(mechanism.titles) == {"fr", "es"}
        assert mechanism.titles["fr"] != mechanism.title
        assert mechanism.half_life_structural >= mechanism.half_life_dynamic > 0
    assert 48 <= mechanisms["universal-periodic-review"].cycle_months <= 60
    assert mechanisms["special-procedure"].cycle_months == 0


def test_unknown_names_name_the_nearest(foa: Framework) -> None:
    with pytest.raises(InputError, match="did you mean 'un-foa-2014'"):
        load_framework("un-foa-2041")
    with pytest.raises(InputError, match=r"did you mean '7\.10'"):
        foa["7.010"]
    assert "7.10" in foa
    assert "7.15" not in foa
    assert foa["7.1"] != foa["7.10"]
    assert foa.factor_of("13.18").id == "RF13"
