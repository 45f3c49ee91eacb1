"""Accountability: what is unknown stays unknown, and one variable counts once."""

import pandas as pd
import pytest

from r2prisk.catalogue import load_framework
from r2prisk.errors import InputError
from r2prisk.panel import read_panel
from r2prisk.panel.read import read_table
from r2prisk.prevention.accountability import accountability
from r2prisk.prevention.accountability.items import CAPACITIES, load_items
from r2prisk.scoring import score
from r2prisk.sources import read_source
from r2prisk.sources.mapping import SOURCES, load_mapping

NAMES = ["iso3", "treaty", "state_party", "year_ratified", "status"]
ROME, ROME_LAW = (
    next(item.key for item in load_items().items if item.id == name)
    for name in ("rome-statute", "rome-in-law")
)


def treaties(*rows, note=None):
    frame = pd.DataFrame(rows, columns=NAMES)
    return frame if note is None else frame.assign(note=note)


def law(**answers):
    """Return a survey of national law with the same answer to each question, unit by unit."""
    frame = pd.DataFrame({"ISO 3166-1 alpha-3": list(answers)})
    for item in load_items().of("criminalisation"):
        frame[item.key] = list(answers.values())
    frame[ROME] = [{"Yes": "Yes (ratification or accession)"}.get(a, a) for a in answers.values()]
    return frame


def row(found, item):
    return found.table.set_index("item").loc[item]


def test_the_file_of_items_fits_the_catalogue():
    declared = load_items()
    assert set(declared.files) == {item.file for item in declared.items}
    known = {i.id for i in load_framework("sg-resilience-2013").indicators}
    assert {rule.indicator for rule in declared.ratings} <= known
    capacities = {f.id: f.title for f in load_framework(CAPACITIES).factors}
    assert {i.key: i.title for i in declared.of("capacities")} == capacities
    for rule in declared.ratings:
        if rule.mapping is not None:
            assert rule.mapping in SOURCES
            assert rule.indicator in [r.indicator for r in load_mapping(rule.mapping).ratings]


def test_what_no_file_holds_is_unknown_and_never_no():
    found = accountability("KEN", treaties=treaties(("KEN", "iccpr", 1, 1972, "state party")))
    assert row(found, "iccpr")["told"] == "party since 1972"
    for item in ("genocide-convention", "geneva-conventions", "cat", "genocide-crime", "o1"):
        assert row(found, item)["status"] == "unknown"
        assert pd.isna(row(found, item)["level"])
    assert not found.table["gap"].any()
    assert found.table.columns[0] == "unit"
    assert set(found.table["unit"]) == {"KEN"}
    assert "33 items: 1 yes, 32 unknown. Unknown is not no." in repr(found)


@pytest.mark.parametrize(
    ("party", "year", "status", "note", "expected"),
    [
        (1, 1972.0, "state party", "", ("yes", "party since 1972")),
        (1, None, "state party", "", ("yes", "party, year unknown")),
        (0, None, "signatory state", "", ("signed", "signed, not ratified")),
        (0, None, "no action", "", ("no", "not party")),
        (1, 1975.0, "state party", "Denounced the OP 1997", ("unknown", "in doubt: 'Denounced the OP 1997'")),
        (0, 2002.0, "state party", "", ("unknown", "in doubt: no party, yet ratified 2002")),
    ],
)  # fmt: skip
def test_the_status_of_a_treaty(party, year, status, note, expected):
    frame = treaties(("KEN", "cat", party, year, status), note=note)
    found = row(accountability("KEN", treaties=frame), "cat")
    assert (found["status"], found["told"]) == expected


def test_gaps_are_what_most_of_the_region_has_as_far_as_is_known():
    region = ["BEN", "BFA", "CPV", "GMB", "GHA", "GIN", "GNB", "LBR", "MLI"]
    rows = [("CIV", "opcat", 0, None, "no action"), ("CIV", "cped", 0, None, "no action")]
    rows += [(one, "opcat", int(n < 6), None, "") for n, one in enumerate(region)]  # 6 of 9
    rows += [(one, "cped", int(n < 4), None, "") for n, one in enumerate(region)]  # 4 of 9
    rows += [("CIV", "cat", 0, None, "no action"), ("MLI", "cat", 1, 1999, "")]  # of 1 known
    found = accountability("CIV", treaties=treaties(*rows), by="subregion")
    assert found.region == "Western Africa"
    assert row(found, "opcat")["region_share"] == pytest.approx(6 / 9)
    assert (row(found, "opcat")["region_known"], row(found, "opcat")["region_members"]) == (9, 15)
    assert found.gaps()["item"].tolist() == ["opcat"]
    assert "Missing here, and in place in most of Western Africa" in repr(found)
    steps = repr(found).split("Next steps")[1]
    assert steps.index("Visits to places") < steps.index("enforced disappearance")


def test_a_file_of_ones_own_adds_and_replaces():
    public = treaties(("KEN", "cat", 0, None, "no action"), ("KEN", "crpd", 1, 2008, ""))
    own = treaties(("KEN", "genocide", 1, 2030, ""), ("KEN", "cat", 1, 2023, ""))
    found = accountability("KEN", treaties=[public, own])
    assert row(found, "genocide-convention")["told"] == "party since 2030"
    assert row(found, "cat")["told"] == "party since 2023"
    notes = " ".join(found.notes)
    assert "left out: crpd" in notes
    assert "1 answers stand in for those of an earlier file" in notes


def test_law_capacities_and_cooperation():
    survey = law(KEN="Yes", UGA="No")
    survey.loc[0, ROME_LAW] = "No"
    survey.loc[0, load_items().of("criminalisation")[-1].key] = None
    capacities = pd.DataFrame(
        {"unit": "KEN", "capacity": ["O1", "O2", "O3", "O4"], "rating": ["strong", 0.5, "", 0]}
    )
    cooperation = pd.DataFrame(
        {"unit": "KEN", "item": ["nhri-accredited"], "value": ["B"], "date": [2020]}
    )
    found = accountability(
        "KEN", criminalisation=survey, capacities=capacities, cooperation=cooperation
    )
    status = found.table.set_index("item")["status"]
    assert status["genocide-crime"] == status["rome-statute"] == "yes"
    assert status["rome-in-law"] == "no"
    assert status["specialised-unit"] == "unknown"
    assert status[["o1", "o2", "o3", "o4", "o5"]].tolist() == [
        "yes", "partly", "unknown", "no", "unknown"
    ]  # fmt: skip
    assert row(found, "nhri-accredited")[["told", "as_of"]].tolist() == ["B status", "2020"]
    rated = found.ratings().set_index("indicator")
    assert rated.loc["SGS3.1", ["period", "rating"]].tolist() == [2025, 1.0]
    assert rated.loc["SGS3.2", "rating"] == (1 + 0) / 2
    assert rated.loc["SGS3.7", ["period", "rating"]].tolist() == [2020, 0.5 * 0.5]
    assert "SGS3.5" not in rated.index  # unknown, not 0
    read_panel(rated.query("period == 2025").reset_index())


def test_answers_that_are_missing_are_unknown_and_wrong_ones_are_refused():
    found = accountability("KEN", treaties=treaties(("KEN", "cat", None, None, "")))
    assert row(found, "cat")["status"] == "unknown"
    own = accountability("KEN", treaties=treaties(("KEN", "cat", "1.0", "1997-02-21", "")))
    assert row(own, "cat")["told"] == "party since 1997"
    dates = pd.DataFrame({"unit": "KEN", "item": ["nhri-accredited"], "value": "A", "date": "=1+1"})
    with pytest.raises(InputError) as refused:
        accountability(
            "KEN", treaties=treaties(("KEN", "cat", 1, "long ago", "")), cooperation=dates
        )
    assert "column 'year_ratified': 'long ago' is no year" in refused.value.problems[0]
    assert "column 'date': '=1+1' is not a year" in refused.value.problems[1]


@pytest.mark.parametrize(
    ("ratified", "date", "as_of", "period"),
    [(1990, None, "August 2022", 2022), (2024, None, "2024", 2024), (1990, 2026, "2026", 2026)],
)
def test_of_when_an_answer_is(ratified, date, as_of, period):
    frame = treaties(("KEN", "iccpr_op1", 1, ratified, "")).assign(date=[date])
    found = accountability("KEN", treaties=frame)
    assert row(found, "iccpr-op1")["as_of"] == as_of
    assert found.ratings()["period"].tolist() == [period]


def test_an_answer_without_a_year_rates_nothing_and_it_is_said():
    known = pd.DataFrame({"unit": ["KEN"], "item": "nhri-accredited", "value": "A"})
    found = accountability("KEN", cooperation=known)
    assert found.ratings().empty
    assert found.feeds == "SGS3.7 not rated: the file does not say of which year it is."


def test_what_is_left_out_is_counted_and_shown_on_one_line():
    rows = [
        ("KEN", "cat", 1, 1997, ""),
        *(("KEN", f"x{n}\x1b[2J\n", 1, 1997, "") for n in range(20)),
    ]
    found = accountability("KEN", treaties=treaties(*rows, note="denounced \x1b[2J\n"))
    assert found.notes[0].endswith("x11[2j and 8 more")
    assert row(found, "cat")["told"] == "in doubt: 'denounced [2J'"
    assert "\x1b" not in repr(found)


def test_upr_counts_the_latest_review():
    upr = pd.DataFrame(
        {
            "to": ["Kenya", "Kenya", "Kenya", "Kenya", "Kenya", "Atlantis"],
            "response": ["Accepted", "Noted", "Accepted", "Accepted", "Noted", "Noted"],
            "session": [8, 8, 20, 20, 20, 20],
        }
    )
    found = row(accountability("KEN", upr=upr), "upr-accepted")
    assert found["told"] == "67% of 3 accepted (2014)"
    assert found["level"] == pytest.approx(2 / 3)


def test_one_variable_counts_once():
    survey = law(KEN="Yes")
    panel = read_panel(pd.DataFrame({"unit": ["KEN"], "year": 2024, "1.1": 0.5, "SGS3.1": 0.3}))
    found = accountability("KEN", criminalisation=survey, scores=score(panel))
    assert found.ratings()["indicator"].tolist() == ["SGS3.2"]
    assert "SGS3.1 is rated in these scores already and not rated again" in found.feeds
    assert repr(found).count("counts once") == 1
    assert "strength 0.30 in 2024, with 14% of it rated" in found.strength
    alone = accountability("KEN", criminalisation=survey)
    assert alone.ratings()["indicator"].tolist() == ["SGS3.1", "SGS3.2"]
    assert "Do not add them to scores made with the source interjust" in alone.feeds
    none = accountability(
        "KEN", capacities=pd.DataFrame({"unit": ["KEN"], "capacity": "O1", "rating": 1})
    )
    assert none.feeds == "Rates nothing of SGS3: what would be needed is unknown."


def test_all_faults_of_all_files_at_once():
    with pytest.raises(InputError) as refused:
        accountability(
            "KEN",
            treaties=[treaties(("KEN", "cat", 2, None, "")), pd.DataFrame({"iso3": ["KEN"]})],
            criminalisation=law(KEN="Yess"),
            capacities=pd.DataFrame({"unit": ["KEN"], "capacity": "O9", "rating": 0.5}),
            cooperation=pd.DataFrame({"unit": ["Kenya"], "item": "x", "value": 1}),
        )
    told = str(refused.value)
    for part in (
        "column 'state_party': '2'; allowed: 0, 1",
        "has no column 'treaty'",
        "'Yess' is not one of Yes, No; did you mean 'Yes'?",
        "no capacity 'O9'",
        "'Kenya' is no unit",
    ):
        assert part in told
    with pytest.raises(InputError) as refused:
        accountability("KNE", by="continent")
    assert len(refused.value.problems) == 3
    twice = treaties(("KEN", "cat", 1, 1997, ""), ("KEN", "cat", 0, None, ""))
    with pytest.raises(InputError, match="stand there already"):
        accountability("KEN", treaties=twice)


def test_text_from_files_is_escaped():
    frame = treaties(("KEN", "cat", 1, 1975, ""), note="denounced <script>")
    page = accountability("KEN", treaties=frame)._repr_html_()
    assert "denounced &lt;script&gt;" in page
    assert "<script" not in page


def test_it_rates_as_the_sources_do(data_folder, tmp_path):
    folder, some = data_folder / "treaties", ["KEN", "GHA"]
    files = {name: tmp_path / f"{name}.csv" for name in ("un-treaties", "interjust")}
    for path, name, column in zip(
        files.values(),
        ("un_core_hr_treaties_status_2022.csv", "interjust_snapshot_coded.csv"),
        ("iso3", "ISO 3166-1 alpha-3"),
        strict=True,
    ):
        whole = pd.read_csv(folder / name, dtype=str)
        whole[whole[column].isin(some)].to_csv(path, index=False)
    theirs = {name: read_source(name, path).panel.to_frame() for name, path in files.items()}
    status, survey = (read_table(path) for path in files.values())
    mapping = {rule.indicator: rule.mapping for rule in load_items().ratings}
    compared = []
    for unit in some:
        found = accountability(unit, treaties=status, criminalisation=survey)
        for one in found.ratings().itertuples():
            when = (unit, pd.Period(str(one.period), "Y-DEC"))
            frame = theirs[mapping[one.indicator]]
            compared.append((one.rating, frame.loc[when, one.indicator]))
    assert [ours for ours, _ in compared] == pytest.approx([value for _, value in compared])
    assert len(compared) == 2 * 3
    unread = found.table["region_known"] == 0
    assert found.table[unread & (found.table["group"] == "treaties")]["item"].tolist() == [
        "genocide-convention", "geneva-conventions", "additional-protocol-1", "additional-protocol-2"
    ]  # fmt: skip
