"""Prevention at home in the annual report: whose tables they are, and what of them is shown."""

import json

import numpy as np
import pandas as pd
import pytest

from r2prisk.errors import InputError
from r2prisk.prevention.accountability import accountability
from r2prisk.prevention.document import Grid
from r2prisk.prevention.focalpoints import annual_report
from r2prisk.prevention.focalpoints.home import ACCOUNTABILITY, LENS, SCOPE, read_coverage
from r2prisk.prevention.lens import prevention_lens, read_policies
from r2prisk.scoring.write import write_frame

POLICIES = pd.DataFrame(
    {
        "text": ["Arms sales", "Police reform", "Train judges"],
        "country": "DNK",
        "kind": "policy",
        "partners": ["", "MLI", "MLI"],
        "tags": ["", "SGS5", "SGS3"],
        "raises": ["5.1", "", ""],
        "confirmed_by": ["A", "A", ""],
    }
)
ITEMS = [
    # title, status, told, since, as_of, share, known, members, gap, step
    ("A", "yes", "party since 2000", 2000.0, "August 2022", 0.8, 9, 10, False, ""),
    ("B", "unknown", "unknown", np.nan, np.nan, np.nan, 0, 10, False, "Ask"),
    ("C", "unknown", "unknown", np.nan, np.nan, 0.9, 9, 10, False, "Ask"),
    ("D", "no", "not party", np.nan, "August 2022", 0.25, 8, 10, False, "Ratify"),
    ("E", "partly", "rated 0.50", np.nan, "as rated by the user", 0.7, 4, 10, False, "Read"),
    ("F", "no", "no", 2020.0, "2020", 0.8, 5, 10, True, "Issue"),
    ("G", "yes", "yes", np.nan, "January 2026", 0.8, 9, 10, False, ""),
]


def table(unit="DNK"):
    names = [name for name in ACCOUNTABILITY if name not in ("unit", "item")]
    frame = pd.DataFrame(ITEMS, columns=names)
    return frame.assign(unit=unit, item=[f"i{n}" for n in range(len(frame))])


def home(**given):
    report = annual_report("DNK", 2024, **given)
    return next(part.blocks for part in report.parts if part.title == "Prevention at home")


def grids(blocks):
    return [block for block in blocks if isinstance(block, Grid)]


@pytest.mark.parametrize("written", [False, True])
def test_accountability_shows_gaps_first_then_open_then_unknown(written, tmp_path):
    frame = table()
    if written:
        frame.to_csv(tmp_path / "a.csv", index=False)
        frame = pd.read_csv(tmp_path / "a.csv", dtype=object)
    blocks = home(accountability=frame)
    shown, steps = grids(blocks)
    assert "Accountability: 2 of 7 items in place, 3 open, 2 unknown." in blocks
    assert shown.rows == (
        ("F", "no", "2020", "yes (80%)"),
        ("D", "not party", "as of August 2022", "no (25%)"),
        ("E", "rated 0.50", "as rated by the user", "?"),  # known of 4 of 10 alone
        ("B", "?", "?", "?"),
        ("C", "?", "?", "?"),
    )
    assert "In place: A (party since 2000); G." in blocks
    # the same step once, for all that it is for
    assert steps.rows == (("Issue", "F"), ("Ratify", "D"), ("Read", "E"), ("Ask", "B; C"))
    assert not any("" in row for row in shown.rows)


def test_the_tables_asked_for_are_those_that_are_written():
    found = accountability("DNK", capacities=pd.DataFrame({"unit": ["DNK"], "capacity": ["O1"],
                                                           "rating": [0.5]}))  # fmt: skip
    assert set(ACCOUNTABILITY) <= set(found.table.columns)
    lens = prevention_lens(read_policies(POLICIES))
    assert set(LENS) <= set(lens.factors.reset_index().columns)
    shown, listed, _ = grids(home(lens=lens.factors, accountability=found.table))
    rows = {row[0]: row[1:] for row in shown.rows}
    assert len(rows) == 20
    assert rows["Security sector reform (SGS5)"] == ("1", "0", "0")
    assert rows["National accountability mechanisms (SGS3)"] == ("0", "1", "0")
    assert rows["Capacity to commit atrocity crimes (RF5)"] == ("0", "0", "1")
    assert len(listed.rows) == 33


def test_tables_of_others_and_other_tables_are_refused_together():
    lens = prevention_lens(read_policies(POLICIES)).factors.reset_index()
    with pytest.raises(InputError) as caught:
        annual_report("DNK", 2024, lens=lens.assign(country="SWE"), accountability=table("GIN"))
    assert caught.value.problems == (
        "lens: is of SWE, not of DNK",
        "accountability: is of GIN, not of DNK",
    )
    with pytest.raises(InputError) as caught:
        annual_report(
            "DNK",
            2024,
            lens=lens.drop(columns="raising"),
            accountability=table().drop(columns=["unit", "gap"]),
        )
    assert [told.rpartition(": ")[2] for told in caught.value.problems] == ["raising", "unit, gap"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({}, ", of Denmark."),
        ({"unit": "MLI"}, ", of Denmark, for work in Mali alone."),
        ({"unit": "DNK", "year": 2024}, ", of Denmark, at home, in force in 2024."),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_a_coverage_file_says_whose_policies_it_counts(asked, told, ending, tmp_path, needs_extra):
    if ending == ".xlsx":
        needs_extra("xlsxwriter")
        needs_extra("python_calamine")
    lens = prevention_lens(read_policies(POLICIES), **asked)
    path = tmp_path / f"coverage{ending}"
    write_frame(lens.factors.reset_index(), path, name="coverage", provenance=lens.provenance)
    blocks = home(lens=read_coverage(path))
    assert any(str(block).startswith(f"Policies, programmes and laws by the factor that they "
                                     f"touch{told}") for block in blocks)  # fmt: skip
    with pytest.raises(InputError, match="lens: is of DNK, not of SWE"):
        annual_report("SWE", 2024, lens=read_coverage(path))


@pytest.mark.parametrize("beside", [None, "no json", "[]", json.dumps({"asked": 3})])
def test_a_coverage_file_that_does_not_say_whose_it_is_is_as_given(beside, tmp_path):
    lens = prevention_lens(read_policies(POLICIES))
    path = tmp_path / "coverage.csv"
    lens.factors.reset_index().to_csv(path, index=False)
    if beside is not None:
        (tmp_path / "coverage.provenance.json").write_text(beside)
    read = read_coverage(path)
    assert not set(SCOPE) & set(read.columns)
    assert any("as given: the table does not say whose" in str(b) for b in home(lens=read))
