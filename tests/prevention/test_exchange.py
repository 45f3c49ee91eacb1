"""Bundles: what is in them and for whom, and that a peer gets the same numbers out."""

import datetime as dt
import io
import json

import pandas as pd
import pytest

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.evidence import pool, read_evidence
from r2prisk.panel import read_panel
from r2prisk.prevention.exchange import open_bundle, pack
from r2prisk.scoring import rescore, score
from r2prisk.scoring.scores import rest_on_closed

DAY = dt.date(2026, 1, 31)
SECRET = "Zanzibar-informant"
ROWS = pd.DataFrame(
    {
        "id": ["E1", "E2", "E3", f"{SECRET}-id", "E5"],
        "unit": ["GHA", "GHA", "GHA", "GHA", "KEN"],
        "indicator": ["1.1", "2.1", "SGS1.1", "7.10", "1.1"],
        "date": ["2012-03-01", "2012-04-01", "2012-05-01", "2012-06-01", "2012-06-01"],
        "rating": [0.25, 0.5, 0.75, 1.0, 0.5],
        "confidence": "high",
        "mechanism": "ngo",
        "reference": ["=A report", "B", "C", f"{SECRET} said so", "D"],
        "coder": ["Ama", "Ama", "Kofi", f"{SECRET} coder", "Ama"],
        "note": ["", "", "", f"{SECRET} note", ""],
        "sensitivity": ["public", "restricted", "public", "confidential", "public"],
    }
)


@pytest.fixture(scope="module")
def evidence():
    return read_evidence(ROWS)


@pytest.fixture(scope="module")
def coded(evidence):
    """Scores of the evidence alone."""
    return score(pool(evidence, evidence.periods()).panel, profile="evidence")


@pytest.fixture(scope="module")
def rated():
    """Scores of ratings that hold no evidence."""
    frame = pd.DataFrame({"unit": ["GHA", "KEN"], "year": 2012, "1.1": [0.1, 0.9], "3.1": 0.4})
    return score(read_panel(frame))


@pytest.fixture(scope="module")
def public(coded, evidence):
    return pack(coded, evidence=evidence, audience="public", made=DAY)


@pytest.fixture(scope="module")
def partner(coded, evidence):
    return pack(coded, evidence=evidence, audience="partner", made=DAY)


@pytest.fixture(scope="module")
def again(partner):
    """What a peer gets who runs the bundle for partners again."""
    return partner.rerun()


@pytest.mark.parametrize(
    ("audience", "rows", "closed", "left"), [("public", 3, 0, 2), ("partner", 4, 1, 1)]
)
def test_a_wider_circle_gets_its_own_evidence_and_scores_of_it(
    public, partner, again, audience, rows, closed, left
):
    bundle = {"public": public, "partner": partner}[audience]
    told = bundle.manifest
    assert (told.evidence.rows, told.evidence.closed, told.evidence_left_out) == (
        rows,
        closed,
        left,
    )
    for name, raw in bundle.members.items():
        assert SECRET.encode() not in raw, name
    levels = {"public": ["public"], "partner": ["public", "restricted"]}[audience]
    own = read_evidence(ROWS[ROWS["sensitivity"].isin(levels)].reset_index(drop=True))
    expected = score(pool(own, own.periods()).panel, profile="evidence")
    made = again if bundle is partner else bundle.rerun()
    pd.testing.assert_frame_equal(made.scores.to_frame(), expected.to_frame())


def test_those_inside_get_all_of_it(coded, evidence):
    bundle = pack(coded, evidence=evidence, audience="internal", made=DAY)
    assert SECRET.encode() in bundle.members["evidence.csv"]
    assert bundle.manifest.evidence_left_out == 0
    assert f'"profile_hash": "{coded.profile.hash}"'.encode() in bundle.members["manifest.json"]
    ours = pd.read_csv(io.BytesIO(bundle.members["scores.csv"]))
    assert ours["risk"].tolist() == pytest.approx(coded.to_frame()["risk"].tolist())


def test_the_same_assessment_makes_the_same_bytes(tmp_path, coded, evidence, partner):
    again = pack(coded, evidence=evidence, audience="partner", made=DAY)
    for n, bundle in enumerate((partner, again)):
        bundle.write(tmp_path / f"{n}.r2prisk.zip")
    first = (tmp_path / "0.r2prisk.zip").read_bytes()
    assert first == (tmp_path / "1.r2prisk.zip").read_bytes()
    later = partner.manifest.model_copy(update={"made": dt.date(2026, 2, 1)})
    assert type(partner).of(later, {}).fingerprint != partner.fingerprint == again.fingerprint


def test_a_peer_opens_it_and_gets_the_same_bytes(tmp_path, partner, again):
    partner.write(tmp_path / "g.r2prisk.zip")
    opened = open_bundle(tmp_path / "g.r2prisk.zip")
    assert opened.members == partner.members
    assert opened.fingerprint == partner.fingerprint
    assert (again.same_bytes, again.largest, again.notes) == (True, 0.0, ())


def test_what_rests_on_closed_evidence_says_so_when_it_is_taken_out(tmp_path, partner, again):
    partner.extract(tmp_path / "out")
    assert (tmp_path / "out").stat().st_mode & 0o077 == 0
    scores = rescore(tmp_path / "out" / "scores.csv")
    assert rest_on_closed(scores)
    assert rest_on_closed(again.scores)
    with pytest.raises(InputError, match="restricted or confidential"):
        pack(scores, audience="public", made=DAY)


def test_nothing_is_ever_replaced(tmp_path, partner):
    (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="nothing is replaced"):
        partner.extract(tmp_path / "out")
    with pytest.raises(InputError, match="does not exist"):
        partner.extract(tmp_path / "no" / "out")


def test_evidence_has_the_last_word_beside_other_ratings(rated, evidence):
    bundle = pack(rated, evidence=evidence, audience="public", made=DAY)
    assert bundle.manifest.sources == ("ratings of the sender's own",)
    assert {"evidence.csv", "other.ratings.csv"} <= set(bundle.members)
    frame = bundle.rerun().scores.panel.to_frame()
    assert frame["3.1"].tolist() == [0.4, 0.4]  # of the ratings alone
    assert frame["1.1"].tolist() != [0.1, 0.9]  # of the evidence
    assert "2.1" not in frame  # restricted


def test_some_countries_alone(rated, evidence):
    ghana = pack(rated, evidence=evidence, audience="public", made=DAY, units=["GHA"])
    assert ghana.manifest.units == ("GHA",)
    assert ghana.manifest.units_left_out == 1
    assert ghana.manifest.evidence_left_out == 2
    assert not [name for name, raw in ghana.members.items() if b"KEN" in raw]


def test_ratings_without_evidence(rated):
    bundle = pack(rated, audience="public", made=DAY)
    assert bundle.manifest.evidence is None
    pd.testing.assert_frame_equal(bundle.rerun().scores.to_frame(), rated.to_frame())


def test_a_profile_and_a_framework_of_ones_own_travel_along():
    foa = load_framework("un-foa-2014")
    changes = {"name": "mine", "edition": "7", "factors": foa.factors[:1]}
    frame = pd.DataFrame({"unit": ["GHA"], "year": 2012, "1.1": 0.5, "1.2": 0.1})
    scores = score(read_panel(frame, frameworks=[foa.model_copy(update=changes)]))
    profile = scores.profile.replace(name="ours", exponents={"within": 1.0})
    bundle = pack(score(scores.panel, profile=profile), audience="public", made=DAY)
    assert "framework-mine.toml" in bundle.members
    again = bundle.rerun()
    assert again.same_bytes
    assert again.scores.profile.hash == profile.hash
    assert again.scores.risk_framework.edition == "7"
    assert again.scores.to_frame()["risk"].tolist() == pytest.approx([(0.5 + 0.1) / 2])


def test_the_example_coding_is_named():
    table = read_evidence(ROWS.iloc[:1].assign(coder="Illustrative coding by r2prisk"))
    scores = score(pool(table, "2012").panel)
    bundle = pack(scores, evidence=table, audience="public", made=DAY)
    assert bundle.manifest.illustrative
    assert "whose coding is an example" in repr(bundle)


def test_all_that_is_asked_for_and_not_there_is_named(coded, evidence, rated):
    with pytest.raises(InputError) as refused:
        pack(coded, evidence=ROWS, audience="partners", made="today", units=["GHX", "KEN"])
    told = str(refused.value)
    for part in ("EvidenceTable", "did you mean 'partner'", "needs a date", "no unit 'GHX'"):
        assert part in told
    assert len(refused.value.problems) == 4
    with pytest.raises(InputError, match="Make the bundle for those inside"):
        pack(coded, audience="public", made=DAY)
    closed = read_evidence(ROWS[ROWS["sensitivity"] != "public"].reset_index(drop=True))
    alone = score(pool(closed, closed.periods()).panel)
    with pytest.raises(InputError, match="none of it is for this audience"):
        pack(alone, evidence=closed, audience="public", made=DAY)


def test_what_it_says_of_itself(partner):
    told = repr(partner)
    assert told.startswith("Bundle: Ghana, Kenya, 2012, for the audience 'partner'\n")
    assert "4 rows, 1 of them not public" in told
    assert "1 row of evidence, and the scores were made without them; names of files" in told
    assert partner.fingerprint in told
    assert "by telephone" in told
    assert max(map(len, told.splitlines())) <= 100
    page = partner._repr_html_()
    assert partner.fingerprint in page
    strange = partner.manifest.model_copy(update={"profile": "<script>", "sources": ("<b>",)})
    shown = type(partner)(strange, partner.members)._repr_html_()
    assert "<script>" not in shown
    assert "<b>" not in shown


def test_evidence_inside_ratings_that_is_not_in_the_bundle_is_named(rated, evidence):
    public = pool(evidence.public(), "2012").panel
    scores = score(public)
    told = pack(scores, audience="public", made=DAY).manifest.sources
    assert told == ("coded evidence that is not in the bundle",)
    alone = pack(scores, evidence=evidence.public(), audience="public", made=DAY)
    assert alone.manifest.sources == ()
    assert "of the evidence alone" in repr(alone)


def test_no_name_of_a_file_goes_to_a_wider_circle(tmp_path):
    path = tmp_path / "our-secret-desk.csv"
    pd.DataFrame({"unit": ["GHA"], "year": 2012, "1.1": 0.5}).to_csv(path, index=False)
    scores = score(read_panel(path))
    inside = pack(scores, audience="internal", made=DAY)
    assert b"secret-desk" in inside.members["scores.provenance.json"]
    outside = pack(scores, audience="partner", made=DAY)
    assert not [name for name, raw in outside.members.items() if b"secret-desk" in raw]
    assert json.loads(outside.members["scores.provenance.json"])["sources"] == []


def test_no_number_moves_with_what_is_left_out():
    """Whatever the closed rows say, of whatever year and country, a public bundle is the same."""

    def public(rating, year, unit):
        frame = ROWS.copy()
        closed = frame["sensitivity"] != "public"
        frame.loc[closed, ["rating", "date", "unit"]] = [rating, f"{year}-03-01", unit]
        table = read_evidence(frame)
        scores = score(pool(table, table.periods()).panel)
        members = dict(
            pack(scores, evidence=table, audience="public", made=DAY, units="GHA").members
        )
        told = json.loads(members.pop("manifest.json"))
        return members, told | {"evidence_left_out": None}

    assert public(0.0, 2009, "GHA") == public(1.0, 2016, "MMR")
