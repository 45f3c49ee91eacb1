"""One piece of evidence: what is read, what is refused, and the declared weights."""

import datetime as dt
import tomllib

import pytest
from pydantic import ValidationError

from r2prisk.catalogue.where import data_file
from r2prisk.evidence import Evidence, Weights, load_declared
from r2prisk.evidence.models import Perpetrator

BASIC = {
    "id": "E1",
    "unit": "KEN",
    "indicator": "7.10",
    "date": "2008-01-16",
    "rating": 0.5,
    "confidence": "medium",
    "mechanism": "ngo",
    "reference": "An invented report",
    "coder": "A",
}


def seen(**changes):
    return Evidence(**{**BASIC, **changes})


def faults(**changes):
    with pytest.raises(ValidationError) as caught:
        seen(**changes)
    return [error["msg"].removeprefix("Value error, ") for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("word", "rating"),
    [
        *(("absent", 0), ("Faible", 0.25), ("modéré", 0.5), ("MODERE", 0.5), ("fuerte", 0.75)),
        *(("grave", 1), ("0,25", 0.25), ("1", 1), (0, 0), (0.3, 0.3)),
    ],
)
def test_ratings_are_numbers_or_words_in_three_languages(word, rating):
    assert seen(rating=word).rating == rating
    assert seen(rating=word).state is None


@pytest.mark.parametrize(
    ("word", "state"),
    [
        *(("unknown", "unknown"), ("sans objet", "not applicable")),
        *(("not_applicable", "not applicable"), ("fuente fallida", "failed")),
    ],
)
def test_a_state_stands_in_its_own_place_or_in_that_of_the_rating(word, state):
    assert seen(rating=None, state=word).state == state
    assert seen(rating=word).state == state
    assert seen(rating=word, state=word).rating is None


def test_zero_has_no_sign():
    assert repr(seen(rating="-0").rating) == repr(seen(rating=-0.0).rating) == "0.0"


def test_exactly_one_of_rating_and_state():
    assert "'failed' with a rating" in faults(state="failed")[0]
    assert "silence is no evidence" in faults(rating=None)[0]
    assert "silence is no evidence" in faults(rating="", state="rated")[0]
    assert "is a state and no rating" in faults(rating="unknown", state="failed")[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rating": 1.5}, "1.5 is outside 0 to 1"),
        ({"rating": float("inf")}, "inf is outside 0 to 1"),
        ({"rating": True}, "'True' is not a number from 0 to 1"),
        ({"rating": "0_5"}, "'0_5' is not a number"),
        ({"rating": "strnog"}, "did you mean 'strong'?"),
        ({"unit": "Kenya"}, "did you mean 'KEN' (Kenya)?"),
        ({"date": "16.1.2008"}, "is not a year (2017), a quarter"),
        ({"date": "0208-01-16"}, "is not from 1900 to 2199"),
        ({"date": "2008-02-30"}, "'2008-02-30' is not a year"),
        ({"until": "2008-01-15"}, "until 2008-01-15 is before date 2008-01-16"),
        ({"confidence": "hgih"}, "did you mean 'high'?"),
        ({"mechanism": "special procedures"}, "did you mean 'special-procedure'?"),
        ({"perpetrator": "the army"}, "is not one of state-forces, state-authorities, militia"),
        ({"sensitivity": "secret"}, "is not one of public, restricted, confidential"),
        ({"id": "a b"}, "'a b' is not an identifier"),
        ({"url": "javascript:alert(1)"}, "is not an address that starts with https:// or http://"),
        ({"note": "bell \x07"}, "holds the control character U+0007"),
        ({"groups": ["a; b"]}, "'a; b' holds a semicolon"),
        ({"coder": "  "}, "String should have at least 1 character"),
    ],
)
def test_what_is_refused(changes, message):
    assert any(message in fault for fault in faults(**changes)), faults(**changes)


def test_all_faults_come_together():
    assert len(faults(unit="Kenya", rating=2, mechanism="radio", id="")) == 4


def test_what_is_not_marked_is_restricted():
    assert seen().sensitivity == "restricted"
    assert seen(sensitivity="").sensitivity == "restricted"
    assert seen(sensitivity="público").sensitivity == "public"


def test_an_imprecise_date_is_its_last_day():
    assert seen(date="2008-02").date == dt.date(2008, 2, 29)
    assert seen(date=2007, until="2008Q1").until == dt.date(2008, 3, 31)


def test_titles_of_mechanisms_are_understood():
    titles = {"en": "Court or tribunal", "fr": "Cour ou tribunal", "es": "corte o tribunal"}
    assert {seen(mechanism=title).mechanism for title in titles.values()} == {"court"}


def test_lists_may_be_texts():
    assert seen(groups="Kikuyu; Luo;").groups == ("Kikuyu", "Luo")
    assert seen(adjudicates="E2;E3").adjudicates == ("E2", "E3")


def test_it_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        seen().rating = 0.1


# --- the declared weights -----------------------------------------------------------------------


def test_every_figure_has_its_reason_and_every_choice_its_words():
    declared = load_declared()
    assert set(declared.reasons) == set(declared.weights.model_dump())
    for words in (declared.confidence, declared.perpetrators, declared.sensitivity):
        assert all(set(word.words) == {"en", "fr", "es"} for word in words)
    assert [w.id for w in declared.perpetrators] == list(Perpetrator.__args__)


def test_no_word_stands_for_two_choices():
    declared = load_declared()
    for words in (declared.confidence, declared.perpetrators, declared.sensitivity):
        texts = {(t.casefold(), w.id) for w in words for t in (w.id, *w.words.values())}
        assert len(texts) == len({text for text, _ in texts})


def test_the_reasons_hold():
    """One report keeps a cell rated for 3, 2 or 1 half-lives, and severe reads at least strong."""
    w = load_declared().weights
    assert [w.high / 2**3, w.medium / 2**2, w.low / 2**1] == [w.least_mass] * 3
    lowest = (w.prior_mass * w.prior_mean + w.least_mass) / (w.prior_mass + w.least_mass)
    assert lowest == 0.75
    highest = w.prior_mass * w.prior_mean / (w.prior_mass + w.least_mass)
    assert highest == 0.25


@pytest.mark.parametrize(
    "changes",
    [
        {"low": 0.6},
        {"low": 0.0},
        {"high": 1.5},
        {"prior_mean": 1.0},
        {"prior_mass": 0.0},
        {"least_mass": -1},
        {"trigger_window": 0},
        {"half_life": 3},
    ],
)
def test_weights_outside_their_range_are_refused(changes):
    with pytest.raises(ValidationError):
        Weights(**{**load_declared().weights.model_dump(), **changes})


def test_the_hash_names_the_weights():
    given = load_declared().weights
    assert Weights(**given.model_dump()).hash == given.hash
    assert Weights(**{**given.model_dump(), "low": 0.2}).hash != given.hash


def test_the_file_is_what_is_loaded():
    content = tomllib.loads(data_file("evidence.toml").read_text(encoding="utf-8"))
    assert load_declared().weights.model_dump() == content["weights"]
    assert load_declared().lens.factors == ("RF2", "RF7")
