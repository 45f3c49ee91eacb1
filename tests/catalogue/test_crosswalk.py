"""Crosswalk and overlaps: every end of every link exists, and the sums stay clean."""

from __future__ import annotations

from collections import Counter

import pytest

from r2prisk.catalogue import FRAMEWORKS, Factor, load_crosswalk, load_framework, load_overlaps

FOA = [f"RF{n}" for n in range(1, 15)]
ELEMENTS_OF_A_CRIME = {"RF10", "RF11", "RF12", "RF13", "RF14"}


@pytest.fixture
def identifiers() -> set[str]:
    frameworks = [load_framework(name) for name in FRAMEWORKS]
    return {entry.id for f in frameworks for entry in (*f.factors, *f.indicators)}


def factors(name: str) -> set[str]:
    return {factor.id for factor in load_framework(name).factors}


def test_every_framework_factor_has_one_home_among_the_six() -> None:
    links = load_crosswalk().sg_risk
    assert {link.source for link in links} == factors("sg-risk-2013")
    assert sorted(home for link in links for home in link.to) == sorted(FOA)


def test_explanations_are_not_homes_too(identifiers: set[str]) -> None:
    foa = load_framework("un-foa-2014")
    for link in load_crosswalk().sg_risk:
        assert set(link.also) <= identifiers
        for other in link.also:
            entry = foa[other]
            home = other if isinstance(entry, Factor) else foa.factor_of(other).id
            assert home not in link.to


def test_kappa_is_nought_where_conduct_is_an_element_of_a_crime() -> None:
    links = load_crosswalk().resilience
    assert {link.source for link in links} == factors("sg-resilience-2013")
    for link in links:
        assert link.kappa == (0.0 if link.to in ELEMENTS_OF_A_CRIME else 0.2)
    assert max(Counter((link.source, link.to) for link in links).values()) == 1


def test_resilience_links_bear_on_indicators_of_their_own_factor() -> None:
    foa = load_framework("un-foa-2014")
    for link in load_crosswalk().resilience:
        assert link.to in FOA
        assert {foa.factor_of(i).id for i in link.indicators} <= {link.to}


def test_which_factors_each_safeguard_holds_down() -> None:
    found: dict[str, list[str]] = {}
    for link in load_crosswalk().resilience:
        found.setdefault(link.source, []).append(link.to)
    assert found == {
        "SGS1": ["RF9", "RF7", "RF3"],
        "SGS2": ["RF1", "RF4", "RF7", "RF8"],
        "SGS3": ["RF2", "RF3", "RF11", "RF12"],
        "SGS4": ["RF2", "RF4", "RF8", "RF9"],
        "SGS5": ["RF5", "RF3", "RF7", "RF13", "RF14"],
        "SGS6": ["RF9", "RF1", "RF4"],
    }


def test_every_capacity_has_one_home(identifiers: set[str]) -> None:
    links = load_crosswalk().capacity
    homes = {link.source: link.to for link in links}
    assert len(links) == len(homes) == 8
    assert homes == {
        "O1": "SGS1",
        "O2": "SGS3",
        "O3": "SGS2",
        "O4": "SGS3",
        "O5": "SGS5",
        "O6": "SGS6",
        "O7": "SGS6",
        "O8": "SGS3",
    }
    assert all(set(link.also) <= identifiers for link in links)


def test_overlaps_name_indicators_that_exist_once_each() -> None:
    known = {i.id for i in load_framework("un-foa-2014").indicators}
    clusters = load_overlaps()
    assert len({cluster.id for cluster in clusters}) == len(clusters) == 18
    for cluster in clusters:
        assert set(cluster.indicators) <= known
        assert len(set(cluster.indicators)) == len(cluster.indicators)


def test_missing_mitigation_is_rf3_rf6_and_9_6() -> None:
    (cluster,) = [c for c in load_overlaps() if c.kind == "inverse-resilience"]
    foa = load_framework("un-foa-2014")
    listed = [i.id for i in foa.indicators if foa.factor_of(i.id).id in ("RF3", "RF6")]
    assert list(cluster.indicators) == [*listed, "9.6"]
