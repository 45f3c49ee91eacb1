"""The network as data, who could be a peer for whom, and cases that fit a question."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.errors import InputError
from r2prisk.evidence import load_casebook
from r2prisk.panel.read import CLOSED
from r2prisk.prevention.focalpoints import case_studies, peers, read_network
from r2prisk.prevention.focalpoints.words import load_questions

ROWS = [
    ("Ghana", "2023-07-01", "", "GH-3"),
    ("Ghana", "2020-01-01", "2023-06-30", "GH-2"),
    ("Kenya", "2024-09-15", "", "KE-2"),
    ("Kenya", "2021-01-01", "2024-09-01", "KE-1"),
    ("Mali", "2019-03-01", "2022-05-01", "ML-1"),
    ("Denmark", "2024-06-01", "", "DK-1"),
    ("Rwanda", "", "", ""),
    ("Uruguay", "2018", "", "UY-1"),
    ("Guatemala", "2025-06-01", "", "GT-1"),
]


def table(rows=ROWS):
    return pd.DataFrame(rows, columns=["unit", "since", "left", "person"])


@pytest.fixture(scope="module")
def network():
    return read_network(table(), on="2025-01-01")


def test_posts_are_held_vacant_or_unknown(network):
    state = network.members["state"].to_dict()
    assert (state["GHA"], state["MLI"], state["RWA"]) == ("held", "vacant", "unknown")
    assert "GTM" not in state
    assert network.members.loc["GHA", "person"] == "GH-3"
    # 1 July 2023 to 1 January 2025: 550 days of 30.4375
    assert network.members.loc["GHA", "months"] == pytest.approx(550 / 30.4375)
    assert np.isnan(network.members.loc["RWA", "months"])
    # the first of a new member changed nothing that is known
    assert network.members["changed"].to_dict() == {
        "DNK": "unknown",
        "GHA": "no",
        "KEN": "yes",
        "MLI": "no",
        "RWA": "unknown",
        "URY": "no",
    }


def test_turnover_counts_only_what_is_known(network):
    found = network.turnover()
    assert found[["members", "held", "vacant", "unknown"]].tolist() == [6, 4, 1, 1]
    # of Ghana 550, Kenya 108, Denmark 214, Uruguay (from 1 July 2018) 2376 days
    assert found["months_in_post"] == pytest.approx((550 + 214) / 2 / 30.4375)
    # 1276, 1339 and 1157 days were served
    assert found["months_served"] == pytest.approx(1276 / 30.4375)
    assert (found["changed"], found["changed_known"]) == (0.25, 4)


def test_coverage_is_of_the_states_of_each_group(network):
    groups = network.coverage("un_group")
    assert groups["states"].sum() == 193
    assert groups.loc["African Group", "members"] == 4
    assert groups.loc["African Group", "share"] == pytest.approx(4 / 54)
    assert groups.loc["Asia-Pacific Group", ["members", "share"]].tolist() == [0, 0.0]
    assert network.coverage("subregion").loc["Western Africa", "vacant"] == 1
    own = network.coverage("group")
    assert own["states"].isna().all()
    with pytest.raises(InputError, match="'continent' is no grouping"):
        network.coverage("continent")


def test_what_is_left_out_or_assumed_is_named(network):
    told = repr(network)
    assert "Left out, as they begin after 2025-01-01: row 9 (Guatemala)." in told
    assert "A year alone counts from its middle: row 8 (Uruguay)." in told
    assert "Vacant: Mali." in told
    assert "Nothing known of the holder: Rwanda." in told
    assert "<table" in network._repr_html_()


def test_a_country_that_is_no_more_is_named():
    rows = [("Yugoslavia", "2001", "", "Y"), ("Ghana", "2020-01", "", "G")]
    assert "No longer a country on 2024: row 1 (Yugoslavia)." in repr(
        read_network(table(rows), on="2024")
    )
    # it ended with 2002
    assert "No longer" not in repr(read_network(table(rows), on="2002"))


def test_every_fault_of_the_network_is_named_with_its_row():
    rows = [
        ("Gana", "2020", "", ""),
        ("Kenya", "last year", "", ""),
        ("Mali", "2022-01", "2021-01", ""),
    ]
    frame = table(rows).assign(meetings=["", "", "many"])
    with pytest.raises(InputError) as caught:
        read_network(frame, on="2025")
    assert len(caught.value.problems) == 4
    assert "did you mean 'Ghana'?" in caught.value.problems[0]
    assert caught.value.problems[2].startswith("row 3: meetings: 'many'")
    two = [("Kenya", "2020-01", "", "A"), ("Kenya", "2022-01", "", "B")]
    with pytest.raises(InputError, match=r"KEN: rows 1, 2 have no 'left'"):
        read_network(table(two), on="2025")
    late = [("Kenya", "2020-01", "2022-06", "A"), ("Kenya", "2022-01", "", "B")]
    with pytest.raises(InputError, match="row 2 begins before row 1 has left"):
        read_network(table(late), on="2025")
    # years alone may fit, and are no fault
    near = [("Kenya", "2020", "2022", "A"), ("Kenya", "2022-03", "", "B")]
    assert len(read_network(table(near), on="2025").terms) == 2
    with pytest.raises(InputError, match="no term had begun"):
        read_network(table(two[:1]), on="2019")


RISK = {f"{n}.1": [0.2, 0.3, 0.2, 0.8, np.nan] for n in range(1, 8)}
STRENGTH = {
    "SGS1.1": [0.9, 0.2, np.nan, 0.2, 0.2],
    "SGS1.2": [0.9, 0.2, np.nan, 0.2, 0.2],
    "SGS2.1": [0.2, 0.9, 0.2, 0.5, 0.2],
    "SGS2.2": [0.2, 0.9, 0.2, 0.5, 0.2],
    "SGS5.1": [0.9, 0.1, 0.1, 0.1, 0.1],
}


@pytest.fixture(scope="module")
def scores():
    units = ["GHA", "DNK", "KEN", "MLI", "RWA"]
    return score(read_panel(pd.DataFrame({"unit": units, "year": 2024, **RISK, **STRENGTH})))


def test_peers_are_near_and_strong_where_the_other_is_weak(network, scores):
    found = peers(network, scores, "Ghana")
    rows = found.table.set_index("unit")
    # (0.3 - 0.2) in each of seven factors; (0.8 - 0.2)
    assert rows["distance"].round(12).to_dict() == {"DNK": 0.1, "MLI": 0.6, "KEN": 0.0}
    assert (rows.loc["DNK", "they_have"], rows.loc["DNK", "you_have"]) == (("SGS2",), ("SGS1",))
    assert (rows.loc["MLI", "they_have"], rows.loc["MLI", "you_have"]) == ((), ("SGS1",))
    # unknown is not weak: nobody looked at the constitution of Kenya; SGS5 is rated too thinly
    assert (rows.loc["KEN", "they_have"], rows.loc["KEN", "you_have"]) == ((), ())
    assert found.unknown == ("SGS3", "SGS4", "SGS5", "SGS6")
    # within 0.15 first, of these those with what Ghana lacks; Mali is far away
    assert list(found.table["unit"]) == ["DNK", "KEN", "MLI"]
    text = " ".join(repr(found).split())
    assert "Only 2 within 0.15 in risk; farther away, the nearest first: Mali (0.60)." in text
    # the strength of Ghana is one that Mali lacks; Mali has none for Ghana
    assert "and Mali has no strength that Ghana is known to lack" in found.sentences()[2]
    assert "no strength that" not in found.sentences()[0]
    assert "farther away" not in repr(peers(network, scores, "Ghana", count=2))
    left = found.left_out.set_index("unit")["reason"].to_dict()
    assert left == {"RWA": "no scores in 2024", "URY": "no scores in 2024"}
    assert "Denmark is strong and Ghana weak in Democracy (SGS2)" in found.sentences()[0]


def test_beyond_the_limit_strengths_bring_nobody_forward(network):
    risk = {f"{n}.1": [0.2, 0.5, 0.9] for n in range(1, 8)}
    strong = {f"SGS2.{n}": [0.1, 0.1, 0.9] for n in (1, 2)}
    rows = pd.DataFrame({"unit": ["GHA", "MLI", "KEN"], "year": 2024, **risk, **strong})
    found = peers(network, score(read_panel(rows)), "GHA")
    # Kenya has what Ghana lacks, but is 0.7 away, and Mali 0.3
    assert found.table[["unit", "they_have"]].to_numpy().tolist() == [
        ["MLI", ()],
        ["KEN", ("SGS2",)],
    ]
    assert "None within 0.15 in risk; " in repr(found)


def test_complements_are_mirrored_between_two(network, scores):
    one = peers(network, scores, "GHA").table.set_index("unit").loc["DNK"]
    other = peers(network, scores, "DNK").table.set_index("unit").loc["GHA"]
    assert one["they_have"] == other["you_have"]
    assert one["you_have"] == other["they_have"]
    assert one["distance"] == other["distance"]


def test_peers_that_are_cut_off_are_named_and_closed_scores_are_marked(network, scores):
    found = peers(network, scores, "GHA", count=1)
    assert list(found.left_out["reason"]).count("come after these") == 2
    assert "restricted" not in repr(found)
    notes = (f"1 row {CLOSED} a wider circle",)
    shut = score(dataclasses.replace(scores.panel, notes=notes))
    assert "not for a wider circle" in repr(peers(network, shut, "GHA"))
    with pytest.raises(InputError) as caught:
        peers(network, scores, "Gana", count=0)
    assert len(caught.value.problems) == 2
    alone = repr(peers(read_network(table(ROWS[7:8]), on="2025"), scores, "GHA"))
    assert "0 members compared" in alone
    assert "no scores in 2024: Uruguay" in alone
    assert "distance  shared" not in alone
    with pytest.raises(InputError, match="GHA has no score in 2000"):
        peers(network, scores, "GHA", period=2000)


def test_cases_fit_by_what_was_rated_and_by_how_they_went():
    found = case_studies(factors=["SGS3"], outcome="stopped")
    assert {study.case.outcome for study in found.studies} == {"stopped"}
    kenya = load_casebook()["kenya-2005-2013"].evidence.to_frame()
    count = kenya["indicator"].str.startswith("SGS3.").sum()
    mine = next(study for study in found.studies if study.case.unit == "KEN")
    assert mine.fits[0].startswith(f"SGS3 (National accountability mechanisms): {count} ratings")
    assert len(found.studies) + len(found.left_out) == len(load_casebook())
    assert f"Limits: {mine.case.limits[:40]}" in " ".join(repr(found).split())


def test_cases_fit_by_words_and_by_place_and_the_best_come_first():
    found = case_studies("disputed elections", unit="Togo")
    scores_ = [study.score for study in found.studies]
    assert scores_ == sorted(scores_, reverse=True)
    ghana = next(s for s in found.studies if s.case.unit == "GHA")
    assert "It is of the same sub-region, Western Africa." in ghana.fits
    # one word that no story has: nothing fits, and that is said
    nothing = case_studies("zeppelin")
    assert (nothing.studies, len(nothing.left_out)) == ((), len(load_casebook()))
    assert "No case fits." in repr(nothing)
    assert len(case_studies(outcome="stopped", count=1).studies) == 1


def test_what_cannot_be_asked_of_the_casebook_is_named_together():
    with pytest.raises(InputError) as caught:
        case_studies("is it", factors=["SGS9"], outcome="stoped", unit="Kenia", count=0)
    assert len(caught.value.problems) == 5
    assert "did you mean 'stopped'?" in str(caught.value)
    with pytest.raises(InputError, match="nothing is asked"):
        case_studies()
    assert "country" in load_questions().ignored
