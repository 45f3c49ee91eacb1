"""The casebook: every rating sourced, dated, reasoned and marked; and what it shows when scored."""

import datetime as dt
import re

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from r2prisk import InputError, Profile, score
from r2prisk.evidence import load_casebook, pool
from r2prisk.evidence.casebook import About, Reference
from r2prisk.trajectories import trajectories

BOOK = load_casebook()
CASES = pytest.mark.parametrize("case", BOOK.values(), ids=list(BOOK))


def test_ten_histories_and_nearly_half_of_them_went_well():
    outcomes = [case.outcome for case in BOOK.values()]
    assert len(outcomes) >= 10
    assert outcomes.count("followed") == 7  # of thirteen: one more than went well
    assert len({case.unit for case in BOOK.values()}) == len(BOOK)


@CASES
def test_enough_was_coded_before_the_outcome(case):
    rows = case.evidence.to_frame()
    before = rows[rows["date"] < pd.Timestamp(case.outcome_date)]
    assert len(before) >= 30
    years = (pd.Timestamp(case.outcome_date) - before["date"].min()).days / 365.25
    assert years >= {"RWA": 3.5, "BIH": 3.8}.get(
        case.unit, 4.0
    )  # their documents begin with the war
    homes = {
        i.id: f.id for fw in case.evidence.frameworks for f in fw.factors for i in f.indicators
    }
    factors = {homes[name] for name in before["indicator"]}
    assert sum(name.startswith("RF") for name in factors) >= 7
    assert sum(not name.startswith("RF") for name in factors) >= 4
    assert case.first <= rows["date"].dt.year.min()
    assert rows["date"].dt.year.max() <= case.last


@CASES
def test_every_rating_has_its_document_its_reason_and_its_mark(case):
    rows = case.evidence.to_frame()
    documents = {reference.cite: reference for reference in case.references}
    assert len(documents) == len(case.references)
    assert set(rows["reference"]) == set(documents)
    known = rows["known"].fillna(rows["date"])
    for name, day, url in zip(rows["reference"], known, rows["url"], strict=True):
        assert day.date() >= documents[name].date, name  # nobody knew it before it was out
        assert url == documents[name].url
    assert set(rows["unit"]) == {case.unit}
    assert set(rows["coder"]) == {"r2prisk maintainers (illustrative coding)"}
    assert set(rows["sensitivity"]) == {"public"}
    # one dispatch, or one organisation's interviews, is one source, however good
    assert not (rows["mechanism"].isin(["media", "ngo"]) & (rows["confidence"] == "high")).any()
    assert rows["note"].str.len().between(40, 600).all()
    assert rows["rating"].isin([0, 0.25, 0.5, 0.75, 1]).all()
    assert rows["id"].str.fullmatch(f"{case.unit}-[0-9]+[a-z]?").all()


@CASES
def test_what_is_said_of_a_case_is_short(case):
    assert re.fullmatch(r".{5,40} \d{4}-\d{4}", case.title)
    for text in (case.what, case.why, case.limits):
        assert 60 < len(text) < 900
    assert all(dt.date(1980, 1, 1) < r.date < dt.date(2027, 1, 1) for r in case.references)


def test_it_is_a_mapping_and_one_table():
    assert len(BOOK.evidence) == sum(len(case.evidence) for case in BOOK.values())
    assert "kenya-2005-2013" in BOOK
    assert "kenya" not in BOOK
    assert BOOK.get("kenya") is None
    assert BOOK.get("kenya-2005-2013").unit == "KEN"
    with pytest.raises(InputError, match="did you mean 'kenya-2005-2013'"):
        BOOK["kenya-2005-2012"]
    frame = BOOK.to_frame()
    assert frame["rows"].sum() == len(BOOK.evidence)
    assert "not a finding" in repr(BOOK)
    assert "not a finding" in repr(pool(BOOK["kenya-2005-2013"].evidence, "2008").panel.notes)


REFERENCE = {"cite": "A", "title": "B", "date": dt.date(2000, 1, 1), "url": "https://un.org/a"}


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        ({"seen": "cited"}, "cited_in"),
        ({"seen": "text", "cited_in": "C"}, "cited_in"),
        ({"seen": "heard"}, "seen"),
        ({"seen": "text", "url": "un.org/a"}, "url"),
    ],
)
def test_how_a_document_was_seen_must_be_said(more, fault):
    Reference(**REFERENCE, seen="text")
    Reference(**REFERENCE, seen="cited", cited_in="C")
    with pytest.raises(ValidationError, match=fault):
        Reference(**{**REFERENCE, **more})


def test_an_outcome_is_one_of_three():
    told = dict.fromkeys(("title", "unit", "what", "why", "limits"), "X")
    about = {**told, "first": 1990, "last": 1994, "outcome_date": dt.date(1994, 4, 7)}
    About(**about, outcome="stopped", references=())
    with pytest.raises(ValidationError, match="outcome"):
        About(**about, outcome="ended", references=())


@pytest.fixture(scope="module")
def course():
    """Risk and resilience of a case by the month, from what was known then."""

    def scored(name):
        case = BOOK[name]
        months = pd.period_range(f"{case.first}-01", f"{case.last}-12", freq="M")
        found = score(pool(case.evidence, months).panel, profile=Profile.load("evidence"))
        return found, found.to_frame().droplevel("unit")

    return scored


def test_kenya_builds_up_and_turns(course):
    found, frame = course("kenya-2005-2013")
    risk, resilience = frame["risk"], frame["resilience"]
    assert risk["2008-02"] > risk["2006-12"] + 0.05  # the build-up and the violence
    assert risk["2013-03"] < risk["2008-02"] - 0.05  # the turning, before the vote of 2013
    assert resilience["2013-03"] > resilience["2008-03"] + 0.1
    courses = trajectories(found)
    level = courses["risk"].filtered.level[0]
    at = {str(period): n for n, period in enumerate(courses.periods)}
    assert level[at["2008-06"]] > level[at["2006-12"]]
    assert level[at["2013-06"]] < level[at["2008-06"]]


def test_rwanda_builds_up_until_1993(course):
    _, frame = course("rwanda-1990-1994")
    assert frame["risk"]["1993-03"] > frame["risk"]["1992-03"]
    assert frame["RF7"]["1994-03"] > frame["RF7"]["1993-09"]  # arms, lists, militias, radio
    assert frame["resilience"]["1994-03"] < 0.4


def test_what_came_out_later_was_not_known_then(course):
    case = BOOK["rwanda-1990-1994"]
    late = case.evidence.to_frame()["known"].fillna(pd.Timestamp("1900-01-01")) > "1995-01-01"
    assert late.any()
    then, now = (pool(case.evidence, "1993-12", hindsight=h) for h in (False, True))
    assert now.mass.sum() > then.mass.sum()
    assert np.nansum(then.ages) >= 0
