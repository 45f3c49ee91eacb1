"""``watch``, ``trajectory`` and ``alert`` as a person uses them, on the synthetic world."""

import json
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from r2prisk.about import CAUTION
from r2prisk.catalogue.where import data_file
from r2prisk.trajectories.warning import read_archive

ENTRY = "from r2prisk.cli import main; main()"

PLAIN = 'name = "plain"\n[exponents]\nwithin = 1.0\n'
TWO_BANDS = '[[bands]]\nname = "less"\nfrom = 0.0\n[[bands]]\nname = "more"\nfrom = 0.5\n'
ONE_BAND = '[[bands]]\nname = "any"\nfrom = 0.0\n'
CALENDAR = (
    "unit,date,kind,what,source\n"
    "XDC,2025-03-02,election,General election,electoral commission\n"
    "XDA,2026-05,verdict,Too far ahead to be shown,\n"
)
LISTS = (
    "list,unit,date,rank,measures,horizon\n"
    "Early list,XDD,2024,1,onset of mass killing,1\n"
    "Early list,XDB,2024,2,onset of mass killing,1\n"
    "Early list,XDC,2024,3,onset of mass killing,1\n"
    "Early list,XDA,2024,8,onset of mass killing,1\n"
    "Late list,XDE,2025,1,,\n"
)
EPISODES = "unit,first,last\nXDB,2020,\nXDC,2018,2019\n"
BAD_CALENDAR = "unit,date,kind,what\nXDCC,2025,elction,\nXDC,2025-03-02,election,Vote\n"
DECISION = ("--date", "2024", "--unit", "XDA", "--rule", "very high risk", "--by", "desk")
RECORD = ("--archive", "archive.csv")


@pytest.fixture(scope="module")
def scored(call, tmp_path_factory):
    """The synthetic world, scored once."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copy(data_file("demo", "synthetic_world.csv"), folder)
    done = call(folder, ("score", "synthetic_world.csv", "-o", "scores.csv"))
    assert done.code == 0, done.err
    (folder / "synthetic_world.csv").unlink()
    return folder


@pytest.fixture
def world(scored, tmp_path):
    """The scores of the synthetic world, with their provenance, in the folder of the test."""
    for file in scored.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


def lines(text):
    """The lines of an output, without the space at their ends."""
    return [line.rstrip() for line in text.splitlines()]


def part(text, heading):
    """The lines under a heading of a watch list, up to the next empty line."""
    block = text.split(f"\n{heading}")[1].split("\n\n")[0]
    return lines(block)


def units(text, heading):
    """The units in the table under a heading, in their order."""
    return [line[:3] for line in part(text, heading) if line.startswith("XD")]


def test_a_watch_list_says_what_a_reader_needs(world):
    source = Path(__file__).parents[2] / "src"
    done = subprocess.run(  # once as a person does, in a process of its own
        [sys.executable, "-W", "error", "-c", ENTRY, "watch", "scores.csv", "--date", "2024-12"],
        cwd=world,
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "100", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = lines(done.stdout)
    assert told[0] == "Watch list, end of 2024-12 (scores up to 2024)"
    assert told[1] == CAUTION
    assert "ALERTS (3 on in 1 country, 0 of them new)" in told
    assert "HIGHEST (8): by level of risk" in told
    assert "* Known at the end of 2024-12: scores up to 2024, and nothing later." in told
    alert = part(done.stdout, "ALERTS")
    assert alert[1] == "Still on"
    assert alert[2].startswith("  XDA Ardenia (synthetic): very high risk (since 2022, over 99%)")
    clears = (
        "  Very high risk clears when the probability that risk is 0.60 or more falls below 50%."
    )
    assert clears in alert
    assert units(done.stdout, "HIGHEST") == ["XDA", "XDB", "XDC", "XDF", "XDE", "XDG", "XDH", "XDD"]
    assert units(done.stdout, "BIGGEST MOVERS") == ["XDA"]
    assert part(done.stdout, "PERSISTENTLY HIGH")[-1] == "  none"
    assert max(map(len, told)) <= 100
    kept = {"scores.csv", "scores.provenance.json", "scores.ratings.csv"}
    assert {p.name for p in world.iterdir()} == kept


def test_a_date_shows_nothing_later_and_a_lag_less(world, run):
    early = run("watch", "scores.csv", "--date", "2021")
    assert lines(early.out)[0] == "Watch list, end of 2021 (scores up to 2021)"
    # Ardenia passes 0.60 in 2022
    assert "very high risk" not in early.out
    late = run("watch", "scores.csv", "--date", "2022", "--lag", "1")
    assert lines(late.out)[0] == "Watch list, end of 2022 (scores up to 2021)"
    known = "scores up to 2021 (1 later than the last that had ended), and nothing later."
    assert known in " ".join(late.out.split())
    cut = [out.split("HIGHEST")[1].split("* Known")[0] for out in (early.out, late.out)]
    assert cut[0] == cut[1]


def test_shown_cuts_what_is_shown_and_not_what_is_written(world, run):
    done = run("watch", "scores.csv", "--date", "2024", "--shown", "2", "-o", "watch.csv")
    assert "HIGHEST (first 2 of 8): by level of risk" in lines(done.out)
    assert units(done.out, "HIGHEST") == ["XDA", "XDB"]
    written = pd.read_csv(world / "watch.csv")
    assert (written["reading"] == "highest").sum() == 8


def test_the_prevention_view_sets_aside_and_says_whom(world, run):
    done = run("watch", "scores.csv", "--date", "2024", "--prevention")
    told = lines(done.out)
    assert told[0] == "Prevention watch list, end of 2024 (scores up to 2024)"
    # every rule was looked at; all that it raises is of the country set aside
    assert "ALERTS (none)" in told
    assert "* Set aside are countries in which RF11 reaches 0.60." in told
    assert "XDA" not in units(done.out, "HIGHEST")
    aside = r"Set aside, an episode is under way: Ardenia \(synthetic\) \(RF11 0\.\d\d, 0\.60 or more\)\."
    assert [line for line in told if re.fullmatch(aside, line)]


def test_episodes_say_who_is_set_aside(world, run):
    (world / "episodes.csv").write_text(EPISODES)
    words = ("watch", "scores.csv", "--date", "2024", "--prevention", "--ongoing", "episodes.csv")
    done = run(*words)
    aside = "Set aside, an episode is under way: Belmora (synthetic) (episode since 2020)."
    assert aside in lines(done.out)
    # Cassovia's is over, and the level of a factor is not asked when there is a list
    assert {"XDA", "XDC"} <= set(units(done.out, "HIGHEST"))
    assert "XDB" not in units(done.out, "HIGHEST")


def test_the_calendar_shows_what_lies_ahead(world, run):
    (world / "calendar.csv").write_text(CALENDAR)
    done = run("watch", "scores.csv", "--date", "2024-12", "--calendar", "calendar.csv")
    shown = part(done.out, "TRIGGER CALENDAR")
    assert shown[0] == " (1): dated events within 1 year, highest risk first"
    assert re.match(r"2025-03-02  XDC   Cassovia \(synthetic\)  election  0\.\d\d", shown[2])
    assert shown[3] == "      General election"
    assert "Too far ahead" not in done.out


def test_outside_lists_give_blind_spots_and_say_which_was_not_out(world, run):
    (world / "lists.csv").write_text(LISTS)
    done = run("watch", "scores.csv", "--date", "2024", "--lists", "lists.csv")
    shown = part(done.out, "BLIND SPOTS")
    # of the four that both have, the first here is the last there, and the other way round
    assert re.search(r"^XDA .*higher here +1 of 4 +4  Early list, 2024$", "\n".join(shown), re.M)
    assert re.search(r"^XDD .*higher there +4 of 4 +1  Early list, 2024$", "\n".join(shown), re.M)
    assert "HUMAN-RIGHTS CHANNEL" in done.out
    silent = "* Outside lists of which nothing was out yet: Late list (first 2025)."
    assert silent in lines(done.out)


def test_a_withheld_alert_is_shown_apart_with_its_reason(world, run):
    words = ("alert", "scores.csv", *DECISION, *RECORD, "--decision")
    done = run(*words, "withheld", "--reason", "known to the embassy")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("On record in archive.csv: 1 ")
    row = read_archive(world / "archive.csv").iloc[0]
    assert row[["date", "unit", "rule", "since"]].tolist() == [
        "2024",
        "XDA",
        "very high risk",
        "2022",
    ]
    assert row[["decision", "reason", "by"]].tolist() == [
        "withheld",
        "known to the embassy",
        "desk",
    ]
    today = date.fromisoformat(row["decided"])
    assert (date.today() - today).days in (0, 1)  # midnight may have passed
    shown = run("watch", "scores.csv", "--date", "2024", "--archive", "archive.csv")
    assert "ALERTS (2 on in 1 country, 0 of them new)" in lines(shown.out)
    withheld = "  XDA Ardenia (synthetic), very high risk since 2022: known to the embassy "
    assert part(shown.out, "WITHHELD")[1] == f"{withheld}(desk, {today})"
    # the newest decision counts
    assert run(*words, "sent").out.startswith("On record in archive.csv: 2 ")
    after = run("watch", "scores.csv", "--date", "2024", "--archive", "archive.csv")
    assert "ALERTS (3 on in 1 country, 0 of them new)" in lines(after.out)
    assert "WITHHELD" not in after.out


def test_all_tables_go_into_every_kind_of_file(world, run, needs_extra):
    needs_extra("xlsxwriter")
    needs_extra("python_calamine")
    (world / "calendar.csv").write_text(CALENDAR)
    for ending in ("csv", "xlsx", "json"):
        words = ("--date", "2024", "--calendar", "calendar.csv", "-o", f"watch.{ending}")
        done = run("watch", "scores.csv", *words)
        assert lines(done.out)[-1] == f"Wrote all tables to watch.{ending}."
    written = pd.read_csv(world / "watch.csv")
    book = pd.read_excel(world / "watch.xlsx", sheet_name=None, engine="calamine")
    content = json.loads((world / "watch.json").read_text(encoding="utf-8"))
    columns = ["reading", "place", "unit"]
    rows = written[columns].to_numpy().tolist()
    assert ["alerts", 1, "XDA"] in rows
    assert ["trigger calendar", 1, "XDC"] in rows
    assert book["watch list"][columns].to_numpy().tolist() == rows
    assert pd.DataFrame(content["watch list"])[columns].to_numpy().tolist() == rows
    assert set(written["note"]) == {"synthetic"}
    assert CAUTION in book["provenance"]["value"].tolist()
    about = content["provenance"]
    assert about["caution"] == CAUTION
    assert about["date"] == about["as_of"] == "2024"
    assert about["scores"]["sources"] == ["synthetic_world.csv"]
    assert json.loads((world / "watch.provenance.json").read_text(encoding="utf-8")) == about


def test_a_profile_of_ones_own_is_named_where_another_made_the_scores(world, run):
    (world / "p.toml").write_text(PLAIN + TWO_BANDS)
    made = "Note: the scores were made with profile default (version 2) ("
    for words in (("watch", "--date", "2024"), ("trajectory", "--unit", "XDA")):
        command, *others = words
        done = run(command, "scores.csv", *others, "--profile", "p.toml")
        assert done.code == 0
        assert done.err.startswith(made)
        assert re.search(
            r"; their trajectories follow profile plain \([0-9a-f]{8}\)\.\n$", done.err
        )
        assert run(command, "scores.csv", *others).err == ""


def test_a_profile_of_ones_own_decides_the_bands_and_alerts(world, run):
    (world / "p.toml").write_text(PLAIN + TWO_BANDS)
    done = run("watch", "scores.csv", "--date", "2024", "--profile", "p.toml")
    assert "ALERTS (no rule was looked at)" in lines(done.out)
    assert re.search(r"^XDA .* more +\+0\.\d\d  escalating", done.out, re.MULTILINE)


def test_the_story_of_a_country_under_a_profile_of_one_band(world, run):
    (world / "p.toml").write_text(PLAIN + ONE_BAND)
    done = run("trajectory", "scores.csv", "--unit", "XDA", "--profile", "p.toml")
    assert done.code == 0
    assert re.search(r"^Risk 0\.77 in 2025, ", done.out, re.MULTILINE)


def test_the_story_is_told_whether_or_not_it_is_written(world, run):
    told = run("trajectory", "scores.csv", "--unit", "XDA").out
    done = run("trajectory", "scores.csv", "--unit", "XDA", "-o", "course.csv")
    assert done.out == f"{told}Wrote 10 periods to course.csv.\n"
    course = pd.read_csv(world / "course.csv")
    assert course["risk_word"].tolist()[-1] == "escalating"


def test_the_story_of_a_country(world, run):
    done = run("trajectory", "scores.csv", "--unit", "xda", "--ahead", "2")
    assert (done.code, done.err) == (0, "")
    told = lines(done.out)
    title = r"Ardenia \(synthetic\) \(XDA\), 2016 to 2025; profile default 2 \([0-9a-f]{8}\)"
    assert re.fullmatch(title, told[0])
    risk = (
        "Risk 0.77 in 2025, very high: escalating (over 99%), +0.07 a year over the last 3 years,"
    )
    anew = " as far as can be told: other indicators were rated in 2024 to 2025."
    plane = (
        "On the plane of risk and resilience: risk high, resilience low (exposed) since 2017; "
        "years spent: exposed 9, brittle 1."
    )
    whole = " ".join(done.out.split())
    assert told[2].startswith(risk)
    assert risk + anew in whole
    assert plane in whole
    fan = told.index("period  risk  4 in 5 times  19 in 20 times")
    assert [line.split()[0] for line in told[fan + 1 : fan + 3]] == ["2026", "2027"]
    assert not told[fan + 3].strip().startswith("2028")
    assert told[-1] == CAUTION
    assert max(map(len, told)) <= 100


def test_the_trajectory_of_a_country_in_every_kind_of_file(world, run, needs_extra):
    for module in ("xlsxwriter", "python_calamine", "pyarrow"):
        needs_extra(module)
    read = {
        "csv": pd.read_csv,
        "xlsx": lambda file: pd.read_excel(file, sheet_name="trajectory", engine="calamine"),
        "parquet": pd.read_parquet,
        "json": lambda file: pd.DataFrame(json.loads(Path(file).read_text())["trajectory"]),
    }
    scores = pd.read_csv(world / "scores.csv").query("unit == 'XDA'")
    for ending, reader in read.items():
        file = f"ardenia.{ending}"
        done = run("trajectory", "scores.csv", "--unit", "XDA", "-o", file)
        assert lines(done.out)[-1] == f"Wrote 10 periods to {file}."
        frame = reader(world / file)
        assert set(frame["unit"]) == {"XDA"}
        assert frame["period"].astype(int).tolist() == list(range(2016, 2026))
        assert frame["risk"].tolist() == pytest.approx(scores["risk"].tolist())
        assert (frame["risk_level_sd"] > 0).all()
    about = json.loads((world / "ardenia.provenance.json").read_text(encoding="utf-8"))
    assert about["profile"] == "default (version 2)"
    assert about["scores"]["sources"] == ["synthetic_world.csv"]


WATCH = ("watch", "scores.csv", "--date", "2024")
FAULTS = [
    (("watch", "none.csv", "--date", "2024"), "none.csv: no such file"),
    (("trajectory", "none.csv", "--unit", "XDA"), "none.csv: no such file"),
    (("watch", "bad_unit.csv", "--date", "2024"), "row 2: unit 'XDAA' is not known"),
    (("trajectory", "scores.csv", "--unit", "XDX"), "no unit 'XDX'; did you mean 'XD"),
    (("trajectory", "scores.csv", "--unit", "XDA", "--ahead", "9"), "horizon 9 is not a whole"),
    (("watch", "scores.csv", "--date", "20x4"), "date: '20x4' is not a year (2017), a quarter"),
    (("watch", "scores.csv", "--date", "2015"), "nothing was known at the end of 2015: the first"),
    (("watch", "scores.csv", "--date", "2016", "--lag", "1"), "the first period is 2016, known 1"),
    ((*WATCH, "--lag", "-1"), "lag: -1 is not a whole number of periods from 0"),
    ((*WATCH, "--shown", "0"), "shown: 0 is not a whole number of rows from 1"),
    ((*WATCH, "--profile", "defualt"), "did you mean 'default'"),
    ((*WATCH, "--ongoing", "episodes.csv"), "--ongoing: is used with --prevention only"),
    ((*WATCH, "--calendar", "none.csv"), "none.csv: no such file"),
    ((*WATCH, "--lists", "none.csv"), "none.csv: no such file"),
    ((*WATCH, "--archive", "none.csv"), "none.csv: no such file"),
    ((*WATCH, "--prevention", "--ongoing", "none.csv"), "none.csv: no such file"),
    ((*WATCH, "-o", "watch.cvs"), "did you mean '.csv'"),
    ((*WATCH, "-o", "nowhere/watch.csv"), "does not exist"),
    ((*WATCH, "-o", "./scores.csv"), "would replace scores.csv, which is read"),
    ((*WATCH, "--calendar", "calendar.csv", "-o", "calendar.csv"), "would replace calendar.csv"),
    ((*WATCH, "--lists", "lists.csv", "-o", "lists.csv"), "would replace lists.csv"),
    (("trajectory", "scores.csv", "--unit", "XDA", "-o", "scores.csv"), "would replace scores.csv"),
    (("trajectory", "scores.csv", "--unit", "XDA", "-o", "t.cvs"), "did you mean '.csv'"),
    ((*WATCH, "--calendar", "bad.csv", "-o", "old.csv"), "row 2: unit 'XDCC' is no ISO 3166"),
    (
        ("alert", "scores.csv", *DECISION, "--decision", "sent", "--archive", "scores.csv"),
        "replace",
    ),
]


@pytest.mark.parametrize(
    ("words", "message"), FAULTS, ids=lambda v: v if isinstance(v, str) else " ".join(v)
)
def test_a_fault_is_one_message_and_leaves_files_alone(world, run, words, message):
    files = {"calendar.csv": CALENDAR, "lists.csv": LISTS, "episodes.csv": EPISODES}
    files |= {"bad.csv": BAD_CALENDAR, "old.csv": "old"}
    files["bad_unit.csv"] = "unit,period,risk\nXDAA,2024,0.5\n"
    for name, text in files.items():
        (world / name).write_text(text)
    before = {p.name: p.read_bytes() for p in world.iterdir()}
    done = run(*words)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert done.err.count("Error: ") == 1
    assert done.out == ""
    assert {p.name: p.read_bytes() for p in world.iterdir()} == before


def test_the_provenance_of_the_scores_is_not_replaced(world, run):
    before = (world / "scores.provenance.json").read_bytes()
    assert run(*WATCH, "-o", "scores.provenance.json").code == 2
    assert (world / "scores.provenance.json").read_bytes() == before


def test_every_fault_of_a_calendar_is_told_at_once(world, run):
    (world / "bad.csv").write_text(BAD_CALENDAR)
    told = lines(run(*WATCH, "--calendar", "bad.csv").err)
    assert told[0] == "Error: bad.csv: 4 problems"
    assert told[1].startswith("  - row 2: unit 'XDCC' is no ISO 3166 alpha-3 code and no country")
    assert told[2] == "  - row 2: date '2025' is not a day (2017-08-08) or a month (2017-08)"
    assert told[3].endswith("; did you mean 'election'?")
    assert told[4] == "  - row 2: what: is empty; say what happens"
    assert len(told) == 5


def test_an_alert_must_be_on_to_be_decided(world, run):
    words = ("--date", "2024", "--unit", "XDB", "--rule", "very high risk", "--by", "desk")
    done = run("alert", "scores.csv", *words, *RECORD, "--decision", "sent")
    assert done.code == 2
    assert done.err == "Error: decision: no alert 'very high risk' is on for XDB in 2024\n"
    early = ("--date", "2021", *DECISION[2:])
    done = run("alert", "scores.csv", *early, *RECORD, "--decision", "sent")
    assert "no alert 'very high risk' is on for XDA in 2021" in done.err
    assert not (world / "archive.csv").exists()


def test_to_withhold_without_a_reason_is_refused_and_the_archive_kept(world, run):
    words = ("alert", "scores.csv", *DECISION, *RECORD, "--decision")
    assert run(*words, "sent").code == 0
    before = (world / "archive.csv").read_bytes()
    done = run(*words, "withheld")
    assert done.code == 2
    assert done.err == "Error: decision: reason: is empty; say why the alert is withheld\n"
    assert (world / "archive.csv").read_bytes() == before


def test_every_fault_of_a_decision_is_told_at_once(world, run):
    words = ("--unit", "XDZ", "--rule", "very hih risk", "--by", " ", "--decision", "withhold")
    done = run("alert", "scores.csv", "--date", "2024", *words, *RECORD)
    assert done.code == 2
    told = lines(done.err)
    assert told[0] == "Error: decision: 5 problems"
    for start in ("decision 'withhold'", "reason: is", "by: is", "unit 'XDZ'", "rule 'very hih"):
        assert [line for line in told if line.startswith(f"  - {start}")], start
    assert "; did you mean 'withheld'?" in done.err
    assert "; did you mean 'very high risk'?" in done.err


@pytest.mark.parametrize("command", ["watch", "trajectory", "alert"])
def test_a_missing_option_is_named(world, run, command):
    done = run(command, "scores.csv")
    assert done.code == 2
    assert "Missing option" in done.err
    assert "Traceback" not in done.err


def test_the_same_command_gives_the_same_bytes(world, run):
    for name in ("one", "two"):
        run(*WATCH, "-o", f"{name}.json")
    assert (world / "one.json").read_bytes() == (world / "two.json").read_bytes()
