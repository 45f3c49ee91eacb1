"""The annual report, the form of a peer review, and the hand-over note."""

import dataclasses
import hashlib

import numpy as np
import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.errors import InputError
from r2prisk.panel.read import CLOSED
from r2prisk.prevention.document import Blank, Grid
from r2prisk.prevention.focalpoints import (
    annual_report,
    capacity_profile,
    handover,
    peer_review,
    peers,
    read_due,
    read_network,
)
from r2prisk.prevention.focalpoints.watched import watch_units

# four indicators of each common factor, so that a band is known
YEARS = range(2015, 2025)
RATED = tuple(f"{factor}.{n}" for factor in range(1, 9) for n in range(1, 5))


def rows(unit, risk, last=2024):
    columns = dict.fromkeys(RATED, risk)
    strong = {"SGS1.1": 0.5, "SGS1.2": 0.5}
    return [{"unit": unit, "year": y, **columns, **strong} for y in YEARS if y <= last]


@pytest.fixture(scope="module")
def scores():
    thin = [{"unit": "VAT", "year": 2024, "1.1": 0.0}]
    gone = [{"unit": "RWA", "year": 2024, "1.1": np.nan}]
    parts = [*rows("SDN", 0.9), *rows("GHA", 0.2), *rows("MLI", 0.5, last=2022), *thin, *gone]
    return score(read_panel(pd.DataFrame(parts)))


@pytest.fixture(scope="module")
def shut(scores):
    return score(dataclasses.replace(scores.panel, notes=(f"1 row {CLOSED} a wider circle",)))


CAPACITY = capacity_profile(
    {"country": "GHA", "date": "2024", "mandate.1": "yes", "mandate.2": "no", "staff": "0.5"}
)
BEFORE = capacity_profile({"country": "GHA", "date": "2023", "mandate.1": "no"})


def blocks(document, title):
    return next(part.blocks for part in document.parts if part.title == title)


def grids(found):
    return [block for block in found if isinstance(block, Grid)]


def blanks(found):
    return [block.label for block in found if isinstance(block, Blank)]


def test_countries_stand_with_bounds_and_the_unknown_looks_unknown(scores):
    watched = watch_units(scores, ["MLI", "Holy See", "RWA", "sdn"])
    told = {row[0]: row for row in watched.grid().rows}
    assert list(told) == [
        "Sudan (2024)", "Mali (2022, not 2024)", "Holy See (2024)", "Rwanda",
    ]  # fmt: skip
    # all that is rated is at 0.9: that makes a risk of 0.9
    assert told["Sudan (2024)"][1].startswith("0.90 (0.")
    assert told["Sudan (2024)"][5] == "very high"
    # one indicator of 143 is too little: no 0.00 stands there
    assert told["Holy See (2024)"][1] == "? (0.00 to 1.00)"
    assert told["Rwanda"][1:] == ("?",) * 6
    missing = watched.missing()
    assert "No score at all: Rwanda." in missing
    assert "Too little is rated for a band: Holy See." in missing
    assert "Last scored before 2024: Mali (2022)." in missing


def test_later_periods_are_left_out(scores):
    watched = watch_units(scores, ["SDN"], period=2020)
    assert watched.rows["SDN"].period == "2020"
    assert str(watched.course.periods[-1]) == "2020"
    with pytest.raises(InputError, match="no scores of them by 1990"):
        watch_units(scores, ["SDN"], period=1990)
    with pytest.raises(InputError) as caught:
        watch_units(scores, ["KEN", "SDN", "SDN", "Sudn"], period="soon")
    assert len(caught.value.problems) == 4
    with pytest.raises(InputError, match="no country is named"):
        watch_units(scores, [])


def test_a_report_of_nothing_is_all_blanks():
    report = annual_report("Ghana", 2024)
    assert not any(grids(part.blocks) for part in report.parts)
    every = [label for part in report.parts for label in blanks(part.blocks)]
    assert "Countries watched" in every
    assert "Accountability" in every
    assert "Internal" not in report.to_markdown()


def test_a_report_is_filled_in_with_what_is_known(scores):
    report = annual_report(
        "GHA",
        2024,
        scores=scores,
        watching=["SDN", "MLI"],
        capacity=CAPACITY,
        last=BEFORE,
    )
    change = {row[0]: row[1:] for row in grids(blocks(report, "Capacity"))[0].rows}
    # its first question is no, then yes; the second is no now
    assert change["Explicit mandate"] == ("absent", "emerging", "up")
    assert change["Permanence"] == ("?", "?", "?")
    assert any(
        "Answers of 2024: 1 of 6 attributes known." in str(b) for b in blocks(report, "Capacity")
    )
    (own,) = grids(blocks(report, "Prevention at home"))
    assert own.rows[0][:1] == ("Ghana (2024)",)
    abroad = blocks(report, "Countries watched")
    assert [row[0] for row in grids(abroad)[0].rows] == ["Sudan (2024)", "Mali (2022, not 2024)"]
    assert "Alerts on at the end of 2024:" in abroad
    assert [row[:2] for row in grids(abroad)[1].rows] == [("Sudan", "very high risk")]
    assert blanks(blocks(report, "The focal point")) == []


def test_what_is_of_another_year_is_said_in_the_lead_and_in_the_tables(scores):
    report = annual_report("GHA", 2026, scores=scores, watching=["SDN"], capacity=CAPACITY)
    assert report.lead[1:] == (
        "The scores end with 2024: nothing in them is of 2026.",
        "The capacity form is of 2024, not of 2026.",
    )
    home, abroad = (blocks(report, f) for f in ("Prevention at home", "Countries watched"))
    assert grids(home)[0].rows[0][0] == "Ghana (2024, not 2026)"
    assert grids(abroad)[0].rows[0][0] == "Sudan (2024, not 2026)"
    assert "Last scored before 2026: Sudan (2024)." in abroad
    now = annual_report("GHA", 2024, scores=scores, watching=["SDN"], capacity=CAPACITY)
    assert len(now.lead) == 1
    assert "not 20" not in str(grids(blocks(now, "Countries watched")))


def test_a_month_of_the_year_is_of_the_year():
    frame = pd.DataFrame(rows("SDN", 0.9)[-1:]).drop(columns="year").assign(period="2024-12")
    monthly = score(read_panel(frame))
    told = watch_units(monthly, ["SDN"], period=2024)
    assert told.grid().rows[0][0] == "Sudan (2024-12)"
    assert told.missing() == ""
    assert "(2024-12, not 2025)" in watch_units(monthly, ["SDN"], period=2025).grid().rows[0][0]


def test_no_alert_is_no_all_clear(scores):
    report = annual_report("DNK", 2024, scores=scores, watching=["GHA"])
    told = [b for b in blocks(report, "Countries watched") if isinstance(b, str)]
    assert told == ["No alert is on. That is no all-clear: it depends on what was rated."]
    # the own state is not in the scores: it is asked for
    assert "Assessment of the own state" in blanks(blocks(report, "Prevention at home"))


def test_documents_on_closed_evidence_say_that_they_are_internal(scores, shut):
    network = read_network(pd.DataFrame({"unit": ["SDN", "GHA"]}), on="2025")
    made = {
        name: (
            annual_report("GHA", 2024, scores=given),
            handover(given, ["RWA"], on="2025"),
            peer_review("GHA", "SDN", scores=given),
            peer_review("GHA", "SDN", peers=peers(network, given, "GHA")),
        )
        for name, given in (("open", scores), ("closed", shut))
    }
    assert all(doc.lead[0].startswith("Internal: not for circulation") for doc in made["closed"])
    assert not any("Internal" in doc.to_markdown() for doc in made["open"])


def test_the_review_has_a_cell_for_the_reviewer_beside_every_answer(scores):
    network = read_network(pd.DataFrame({"unit": ["SDN", "GHA"]}), on="2025")
    found = peers(network, scores, "GHA")
    form = peer_review("GHA", "Sudan", capacity=CAPACITY, scores=scores, peers=found)
    asked = [row for grid in grids(form.parts[1].blocks) for row in grid.rows]
    assert len(asked) == 25
    assert all(row[2] == "" for row in asked)
    # answered, answered, not answered: that is unknown, and no cell to fill in
    assert [row[1] for row in asked if "mandate" in row[0].lower()][:2] != [""] * 2
    assert {row[1] for row in asked} == {"yes", "no", "?"}
    assert {row[1] for grid in grids(peer_review("GHA").parts[1].blocks) for row in grid.rows} == {
        ""
    }
    assert "Sudan differs from Ghana" in form.parts[3].blocks[0]


def test_faults_of_reports_are_named_together(scores):
    with pytest.raises(InputError) as caught:
        annual_report("DNK", 2024, watching=["SDN"], capacity=CAPACITY)
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="last: needs the capacity of this year"):
        annual_report("DNK", 2024, last=BEFORE)
    with pytest.raises(InputError) as caught:
        peer_review("DNK", "Denmark", capacity=CAPACITY)
    assert len(caught.value.problems) == 2


DUE = pd.DataFrame(
    {
        "date": ["2025-06", "2024-12-01"],
        "unit": ["", "Mali"],
        "what": ["Meeting", "=Answer"],
        "who": ["", "desk"],
    }
)
CALENDAR = (
    "unit,date,kind,what,source\n"
    "Sudan,2025-03-01,election,Vote,press\n"
    "Sudan,2020-03-01,election,Old vote,press\n"
    "Kenya,2025-03-01,election,Other vote,press\n"
)
ARCHIVE = (
    "decided,date,unit,rule,since,sure,decision,reason,by\n"
    "2024-02-01,2023,SDN,very high risk,2015,0.99,withheld,embassy was told,desk\n"
    "2024-05-01,2023,SDN,very high risk,2015,0.99,sent,,desk\n"
    "2024-03-01,2023,KEN,very high risk,2015,0.99,sent,,desk\n"
    "2025-01-16,2024,SDN,very high risk,2015,0.99,sent,,the day after the note\n"
)


def test_a_successor_learns_what_is_watched_due_and_decided(scores, tmp_path):
    (tmp_path / "calendar.csv").write_text(CALENDAR)
    (tmp_path / "archive.csv").write_text(ARCHIVE)
    note = handover(
        scores,
        ["SDN", "MLI", "RWA"],
        on="2025-01-15",
        due=DUE,
        calendar=tmp_path / "calendar.csv",
        archive=tmp_path / "archive.csv",
        files=[tmp_path / "calendar.csv"],
    )
    why = {row[0]: row for row in grids(blocks(note, "Why"))[0].rows}
    # a cell to fill in; the alert; what weighs most; nothing known of Rwanda
    assert why["Sudan"][1] == ""
    assert why["Sudan"][2].startswith("very high risk, since 201")
    assert why["Mali"][2] == "none"
    assert why["Rwanda"][2:] == ("?", "?")
    due, ahead = grids(blocks(note, "What is due"))
    assert due.rows[0] == ("2024-12-01 (past)", "Mali", "=Answer", "desk")
    assert due.rows[1] == ("2025-06", "all", "Meeting", "")
    assert [row[1:] for row in ahead.rows] == [("Sudan", "election", "Vote")]
    told = "Of the calendar are not shown: 1 past or too far ahead; 1 in other countries."
    assert told in blocks(note, "What is due")
    decided = blocks(note, "Decisions taken")
    assert [row[3] for row in decided[0].rows] == ["sent", "withheld: embassy was told"]
    assert decided[1:] == (
        "Decisions on other countries in the archive: 1.",
        "Decisions taken later in the archive: 1.",
    )
    unknown = {row[0]: row for row in grids(blocks(note, "What is unknown"))[0].rows}
    assert unknown["Rwanda"][3] == "everything"
    assert "unknown), such as: " in unknown["Sudan"][3]
    digest = hashlib.sha256(CALENDAR.encode()).hexdigest()
    assert grids(blocks(note, "Files"))[0].rows == (("calendar.csv", digest[:16], ""),)
    assert str(tmp_path) not in note.to_markdown()
    assert scores.profile.hash[:16] in note.to_markdown()


def test_a_note_without_files_asks_for_them(scores):
    note = handover(scores, ["GHA"], on="2025-01-15")
    assert "Dates and promises" in blanks(blocks(note, "What is due"))
    assert "What was sent, what was withheld, and why" in blanks(blocks(note, "Decisions taken"))
    words = {row[0] for row in grids(blocks(note, "Words"))[0].rows}
    assert {"Risk", "Resilience", "Rated", "Could be", "Alert"} <= words
    assert note == handover(scores, ["GHA"], on="2025-01-15")


def test_faults_of_what_is_due_and_of_files_are_named(scores, tmp_path):
    frame = pd.DataFrame({"date": ["soon", "2025"], "what": ["Meeting", ""], "unit": ["", "Sudn"]})
    with pytest.raises(InputError) as caught:
        read_due(frame)
    assert len(caught.value.problems) == 3
    with pytest.raises(InputError, match=r"'gone\.csv' cannot be read") as caught:
        handover(scores, ["GHA"], on="2025", files=[tmp_path / "gone.csv", tmp_path])
    assert len(caught.value.problems) == 2
    with pytest.raises(InputError, match="on: 'today'"):
        handover(scores, ["GHA"], on="today")
