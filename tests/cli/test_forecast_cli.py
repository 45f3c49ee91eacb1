"""``backtest``, ``forecast`` and ``verify`` as a person uses them, on a small made-up world."""

import datetime as dt
import json
import re
import shutil

import numpy as np
import pandas as pd
import pytest

from r2prisk import Profile, read_panel, score
from r2prisk.about import CAUTION
from r2prisk.cli import verify as command
from r2prisk.cli.verify import UNCERTAIN, cautions
from r2prisk.forecasting import read_frozen, read_onsets, verify
from r2prisk.forecasting.verification import figures, table

NOW = dt.datetime.now(dt.UTC).year
YEARS = list(range(NOW - 15, NOW + 1))
UNITS = ["AGO", "BDI", "CAF", "CHE", "CIV", "GHA", "MMR", "NOR", "SDN", "SYR", "UGA", "URY"]
HIGH = ("CAF", "MMR", "SDN", "SYR")
EPISODES = [
    *(("SDN", NOW - 14, NOW - 13), ("SDN", NOW - 8, NOW - 7), ("CAF", NOW - 12, NOW - 11)),
    *(("MMR", NOW - 10, NOW - 9), ("SYR", NOW - 6, ""), ("BDI", NOW - 5, NOW - 5)),
    *(("CAF", NOW - 4, NOW - 3), ("MMR", NOW - 2, NOW - 2)),
    ("UGA", NOW - 3, NOW - 3),
]
SPAN = ("--first", str(NOW - 6), "--last", str(NOW - 1))
KNOWN = ("--onsets", "episodes.csv", "--known-from", str(NOW - 15))
TEST = ("backtest", "ratings.csv", *KNOWN, "--known-until", str(NOW - 1), *SPAN, "--jobs", "1")
AHEAD = ("forecast", "ratings.csv", *KNOWN, "--known-until", str(NOW))


@pytest.fixture(scope="module", autouse=True)
def few_resamples():
    """Intervals are tested elsewhere; here they cost time."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (table, figures):
            patch.setattr(module, "DRAWS", 30)
        yield


def ratings() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    rows = [(u, y) for u in UNITS for y in YEARS]
    frame = pd.DataFrame(rows, columns=["unit", "year"])
    level = np.where(frame["unit"].isin(HIGH), 0.7, 0.2)
    for indicator in ("1.1", "2.1", "7.13"):
        frame[indicator] = np.clip(level + rng.normal(0, 0.1, len(frame)), 0, 1).round(3)
    return frame


@pytest.fixture(scope="module")
def made(few_resamples, call, tmp_path_factory):
    """Ratings and episodes; the forecasts of a back-test and a frozen forecast of them."""
    folder = tmp_path_factory.mktemp("made")
    ratings().to_csv(folder / "ratings.csv", index=False)
    rows = pd.DataFrame(EPISODES, columns=["unit", "first", "last"])
    rows.to_csv(folder / "episodes.csv", index=False)
    later = [*EPISODES, ("SDN", NOW + 1, "")]
    pd.DataFrame(later, columns=["unit", "first", "last"]).to_csv(folder / "later.csv", index=False)
    tested = call(folder, (*TEST, "-o", "forecasts.csv"))
    frozen = call(folder, (*AHEAD, "--top", "3", "-o", "frozen.json"))
    assert (tested.code, tested.err, frozen.code, frozen.err) == (0, "", 0, "")
    return folder, tested.out, frozen.out


@pytest.fixture
def world(made, tmp_path):
    """All of it in the folder of the test."""
    for file in made[0].iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path


@pytest.fixture
def later(monkeypatch):
    """Stand on a day after the year that is forecast."""
    monkeypatch.setattr(command, "today", lambda: dt.date(NOW + 2, 1, 15))


def line(text, start):
    return next(row for row in text.splitlines() if row.startswith(start))


def test_a_backtest_is_printed_verified_and_kept(made):
    folder, out, _ = made
    assert f"Back-test: targets {NOW - 6} to {NOW - 1}, onset within 1 year" in out
    assert "Model: forecaster\nVerification: " in out
    assert out.index("AUC") < out.index("Caught by") < out.index("Missed by")
    # every onset of these years is named once, caught or missed
    for name in ("Syria", "Burundi", "Uganda", "Central African Republic", "Myanmar"):
        assert name in out[out.index("Caught by") : out.index("Longest on")]
    beside = "Beside it what it was made of: forecasts.provenance.json."
    assert out.endswith(f"{CAUTION}\nWrote 72 rows to forecasts.csv.\n{beside}\n")
    assert UNCERTAIN in " ".join(out.split())
    assert out.count(CAUTION) == 1
    frame = pd.read_csv(folder / "forecasts.csv")
    assert len(frame) == 6 * len(UNITS)
    assert frame["outcome"].sum() == sum(NOW - 6 <= first <= NOW - 1 for _, first, _ in EPISODES)
    assert set(frame["horizon"]) == {1}
    about = json.loads((folder / "forecasts.provenance.json").read_text(encoding="utf-8"))
    assert about["command"].startswith("r2prisk backtest ratings.csv --profile default")
    assert f"--onsets episodes.csv --first {NOW - 6} --last {NOW - 1}" in about["command"]
    assert about["caution"] == CAUTION
    assert set(about["models"]) == {"forecaster"}


def test_a_profile_of_ones_own_is_in_the_provenance(world, run):
    Profile.load("default").replace(name="own").save(world / "own.toml")
    done = run(*TEST, "--profile", "own.toml", "--model", "calibrator", "-o", "kept.csv")
    assert (done.code, done.err) == (0, "")
    about = json.loads((world / "kept.provenance.json").read_text(encoding="utf-8"))
    assert about["models"]["calibrator"]["profile"]["name"] == "own"


def test_what_was_kept_is_verified_alike(made, run, world):
    _, out, _ = made
    done = run("verify", "forecasts.csv", "-o", "figures.csv")
    assert (done.code, done.err) == (0, "")
    for start in ("AUC, all rows", "log-score skill", "Caught by", "First outbreaks"):
        assert line(done.out, start) == line(out, start)
    told = verify(pd.read_csv(world / "forecasts.csv"))
    figures = pd.read_csv(world / "figures.csv").set_index(["model", "view", "figure"])
    kept = figures.loc[("forecaster", "all", "auc")]
    assert kept["value"] == pytest.approx(told.value("auc"))
    assert kept["low"] <= kept["value"] <= kept["high"]
    about = json.loads((world / "figures.provenance.json").read_text(encoding="utf-8"))
    assert list(about["files"]) == ["forecasts.csv"]


def test_several_models_are_compared_and_resumed(world, run):
    words = ("--model", "calibrator", "--model", "booster", "--horizon", "2", "--resume", "kept")
    span = ("--first", str(NOW - 3), "--last", str(NOW - 1))
    done = run(*TEST, *span, *words, "-o", "two.json")
    assert done.code == 0, done.err
    assert "Comparison with calibrator" in done.out
    note = f"Note: onsets are known to {NOW - 1} and a forecast looks 2 ahead, so that those for "
    assert f"{note}{NOW - 1} cannot be verified yet." in done.out
    kept = {file.name: file.read_bytes() for file in (world / "kept").iterdir()}
    assert len(kept) == 3
    first = (world / "two.json").read_bytes()
    taken = "Taken from an earlier run: 3 of 3 targets\n"
    assert run(*TEST, *span, *words, "-o", "two.json").out.replace(taken, "") == done.out
    assert taken not in done.out
    assert (world / "two.json").read_bytes() == first
    # the horizon is in the file: nobody has to say it again
    again = run("verify", "two.json")
    assert "Comparison with calibrator" in again.out
    assert "an onset within 2 years" in again.out


def test_without_an_onset_the_forecasts_are_kept_all_the_same(world, run):
    words = ("--first", str(NOW - 1), "--last", str(NOW - 1))
    done = run(*TEST, *words, "-o", "quiet.csv")
    assert done.code == 0
    frame = pd.read_csv(world / "quiet.csv")
    assert len(frame) == len(UNITS)
    assert f"Onsets: 0 came, {frame['probability'].sum():.1f} expected" in done.out
    # verified from the file likewise: a year without an onset is no error
    again = run("verify", "quiet.csv", "-o", "figures.csv")
    assert again.code == 0, again.err
    assert line(again.out, "Brier score") == line(done.out, "Brier score")
    assert "How to read it" not in again.out  # no figure of skill is shown
    assert len(pd.read_csv(world / "figures.csv"))


def test_models_of_a_year_without_an_onset_are_verified_one_by_one(world, run):
    words = ("--first", str(NOW - 1), "--last", str(NOW - 1), "--model", "calibrator")
    done = run(*TEST, *words, "--model", "forecaster")
    assert done.code == 0, done.err
    assert done.out.count("Onsets: 0 came") == 2


def test_forecasts_beyond_what_is_known_are_listed_and_said(world, run, needs_extra):
    for module in ("xlsxwriter", "python_calamine"):
        needs_extra(module)
    words = ("backtest", "ratings.csv", *KNOWN, *SPAN, "--jobs", "1", "--model", "calibrator")
    done = run(*words, "-o", "ahead.xlsx")  # the list mentions nothing after NOW - 2
    note = f"Note: onsets are known to {NOW - 2}, so that those for {NOW - 1} cannot be verified"
    assert note in done.out
    frame = pd.read_excel(world / "ahead.xlsx", engine="calamine").astype({"target": int})
    assert frame.loc[frame["target"] == NOW - 1, "outcome"].isna().all()
    assert frame.loc[frame["target"] < NOW - 1, "outcome"].notna().all()
    # its empty cells are read back as what nobody knows yet
    again = run("verify", "ahead.xlsx")
    assert again.code == 0, again.err
    assert line(again.out, "AUC, all rows") == line(done.out, "AUC, all rows")


def test_a_forecast_is_a_list_in_two_parts_with_reasons(made):
    folder, _, out = made
    assert f"Forecast for {NOW + 1}: " in out
    day = dt.datetime.now(dt.UTC).date()
    assert f"\nRatings of {NOW}; onsets known to {NOW}; made {day}\n" in out
    assert f"\nNote: {NOW} is not over; what still begins in it after {day} is missed.\n" in out
    assert "not what causes an onset" in " ".join(out.split())
    calm, under_way = out.split("\nEpisode under way (an onset would be a further one): 1\n")
    calm = calm.split("No episode under way")[1]
    assert "the highest 3 of 11" in calm
    rows = read_frozen(folder / "frozen.json").frame.sort_values("probability", ascending=False)
    for part, wanted in ((calm, rows[~rows["ongoing"]]), (under_way, rows[rows["ongoing"]])):
        codes = re.findall(r"^ +\d+ +[\d.]+% +\d+%  .+ \((\w{3})\),", part, re.MULTILINE)
        assert codes == wanted["unit"].head(3).tolist()
    first = rows.iloc[0]
    # three indicators of the Framework's many: too few for a band, and said so
    seen = score(read_panel(ratings())).to_frame().loc[(first["unit"], str(NOW)), "coverage"]
    said = rf"^ +1 +{first['probability']:.1%} +{float(seen):.0%}  .+ \({first['unit']}\), too little rated$"
    assert re.search(said, out, re.MULTILINE)
    assert "Too little rated for the chance to say much: 12, marked in the list.\n" in out
    assert f"{rows['probability'].sum():.1f} countries with an onset are expected" in out


def test_with_few_onsets_the_caution_stands_first_and_is_frozen(made):
    folder, _, out = made
    few = "Learned from 9 onsets in 6 countries: read the order, not the chances."
    assert out.startswith(few + "\n")
    content = json.loads((folder / "frozen.json").read_text(encoding="utf-8"))
    assert content["provenance"]["notes"][0] == few


def test_with_many_onsets_that_caution_is_not_given(world, run):
    more = [(unit, NOW - 9, NOW - 9) for unit in ("AGO", "GHA", "CIV", "CHE")]
    rows = pd.DataFrame([*EPISODES, *more], columns=["unit", "first", "last"])
    rows.to_csv(world / "many.csv", index=False)  # 13 onsets in 10 countries
    words = ("--onsets", "many.csv", "--known-from", str(NOW - 15), "--model", "calibrator")
    assert "Learned from" not in run("forecast", "ratings.csv", *words).out
    rows[rows["unit"] != "CHE"].to_csv(world / "many.csv", index=False)
    told = "Learned from 12 onsets in 9 countries: "
    assert run("forecast", "ratings.csv", *words).out.startswith(told)


def test_what_is_forecast_is_not_what_has_begun(world, run):
    frame = ratings()
    frame[frame["year"] < NOW - 1].to_csv(world / "old.csv", index=False)
    words = ("forecast", "old.csv", *KNOWN, "--model", "calibrator")
    told = f"this is no forecast; for {NOW + 1} say --period {NOW} --lag 2.\n"
    over = run(*words).out
    assert f"\n{NOW - 1} is over: {told}" in over
    assert f"\n{NOW} has begun: {told}" in run(*words, "--lag", "1").out
    ahead = run(*words, "--lag", "2").out
    assert "this is no forecast" not in ahead
    assert (
        f"\nRatings of {NOW - 2} stand in for {NOW} (lag 2); onsets known to {NOW - 2}; " in ahead
    )
    part = run(*words, "--lag", "RF1=2", "--period", str(NOW)).out
    assert f"\nRatings to {NOW - 2}, late: RF1 by 2; onsets known to {NOW - 2}; " in part


def test_ratings_that_begin_after_the_list_ends_are_told(world, run):
    frame = ratings()
    frame[frame["year"] >= NOW - 1].to_csv(world / "new.csv", index=False)
    done = run("forecast", "new.csv", *KNOWN)  # the list ends in NOW - 2
    told = f"your ratings begin in {NOW - 1}, the list of onsets ends in {NOW - 2}: no row has both"
    assert (done.code, done.out) == (2, "")
    assert f"{told}. Add older ratings (your file first, the world's after it)" in done.err
    frame[frame["unit"] == "NOR"].to_csv(world / "new.csv", index=False)
    done = run("forecast", "new.csv", *KNOWN)
    told = f"no onset on the list has ratings before it; your ratings begin in {NOW - 15}"
    assert (done.code, told in done.err) == (2, True)


def test_a_list_that_is_quiet_for_long_is_doubted(world, run):
    early = pd.DataFrame(EPISODES[:5], columns=["unit", "first", "last"])
    early.to_csv(world / "early.csv", index=False)  # 5 onsets in 10 years; none from NOW - 5 on
    words = ("--onsets", "early.csv", "--known-from", str(NOW - 15), "--model", "calibrator")
    told = f"Note: the list names no onset since {NOW - 6}; you say it is complete to {NOW}, so\n"
    # none in 6 years: exp(-3) = 5 %; with 30 onsets in 10 years exp(-18)
    assert told not in run("forecast", "ratings.csv", *words, "--known-until", str(NOW)).out
    firsts = [(unit, year, year) for unit in UNITS[:3] for year in range(NOW - 15, NOW - 5)]
    many = pd.DataFrame(firsts, columns=["unit", "first", "last"])
    many.to_csv(world / "early.csv", index=False)
    out = run("forecast", "ratings.csv", *words, "--known-until", str(NOW)).out
    assert f"{told}all 6 years count as quiet. Is that so?\n" in out


def test_the_year_that_still_runs_is_left_aside_when_verifying(world, run):
    rows = pd.DataFrame([*EPISODES, ("GHA", NOW, "")], columns=["unit", "first", "last"])
    rows.to_csv(world / "episodes.csv", index=False)
    words = ("backtest", "ratings.csv", *KNOWN, *SPAN, "--jobs", "1", "--model", "calibrator")
    done = run(*words)
    assert done.code == 0, done.err
    assert f"Note: {NOW} is not over, so that its onsets do not count yet.\n" in done.out
    assert f"known from {NOW - 15} to {NOW - 1}; " in done.out
    asked = run(*words, "--known-until", str(NOW))
    assert f"leave the option out, and the onsets of {NOW} are left aside" in asked.err


def test_the_frozen_forecast_is_verified_later(made, world, run, later):
    _, _, out = made
    frozen = read_frozen(world / "frozen.json")
    assert frozen.content["hash"] in out
    assert frozen.content["model"]["name"] == "forecaster"
    assert frozen.content["provenance"]["command"].startswith("r2prisk forecast ratings.csv")
    assert str(world) not in (world / "frozen.json").read_text()
    done = run("verify", "frozen.json", "--onsets", "later.csv", "--known-from", str(NOW - 15))
    assert done.code == 0, done.err
    onsets = read_onsets(world / "later.csv")
    assert done.out.startswith(f"Onsets: 10 in 6 units, known from {NOW - 15} to {NOW + 1}; ")
    assert done.out.count(" units, known from ") == 1
    expected = verify(frozen, onsets=onsets).value("brier")
    assert line(done.out, "Brier score").startswith(f"Brier score {expected:.4f}, ")
    early = run("verify", "frozen.json", *KNOWN)
    told = f"the first outcome is known at the end of {NOW + 1}; onsets are known to {NOW - 2} only"
    assert (early.code, early.err) == (2, f"Error: frozen.json: {told}\n")


def test_late_ratings_stand_in_for_the_last_year(world, run):
    frame = ratings()
    frame[frame["year"] < NOW].to_csv(world / "late.csv", index=False)
    words = ("forecast", "late.csv", *KNOWN, "--lag", "1", "--model", "calibrator")
    done = run(*words, "--known-until", str(NOW - 1), "-o", "late.json")
    assert done.code == 0, done.err
    assert f"Note: onsets are known to {NOW - 1} only." in done.out
    assert "Not known whether an episode is under way: 12\n" in done.out
    content = read_frozen(world / "late.json").content
    assert (content["origin"], content["target"]) == (str(NOW), str(NOW + 1))
    assert content["provenance"]["lag"] == 1
    assert len(content["forecasts"]) == len(UNITS)
    chances = pd.DataFrame(content["forecasts"]).set_index("unit")["probability"]
    last = frame[frame["year"] == NOW - 1].set_index("unit")[["1.1", "2.1", "7.13"]].mean(axis=1)
    # ranked by the ratings of the year before: equal weights over three factors
    assert chances.sort_values().index.tolist() == last.sort_values().index.tolist()


def test_what_sets_a_country_apart_comes_first(world, run):
    frame = ratings().assign(**{"1.1": 0.1, "2.1": 0.1, "7.13": 0.1})
    frame.loc[frame["unit"].isin(HIGH), "2.1"] = 0.6
    frame.loc[frame["unit"] == "SYR", "1.1"] = 0.9
    frame.to_csv(world / "ratings.csv", index=False)
    done = run(*AHEAD, "--model", "calibrator", "--top", "2")
    text = done.out.splitlines()
    reason = text[text.index(next(row for row in text if "Syria (SYR)" in row)) + 1]
    # 0.9 - 0.1 in the one, 0.6 - 0.1 in the other, nothing in the third
    told = " ".join(" ".join(text[text.index(reason) :]).split())
    assert told.startswith("1.1 Armed conflict between or within states (0.90; median 0.10); 2.1 ")
    assert re.match(r"[^%]+; 2\.1 [^;]+ \(0\.60; median 0\.10\) ", told)


def test_an_outside_forecast_on_the_same_rows(world, run):
    frame = pd.read_csv(world / "forecasts.csv")
    other = frame.loc[frame["target"] > NOW - 6, ["unit", "target", "outcome"]]
    other.assign(probability=0.1).to_csv(world / "flat.csv", index=False)
    done = run("verify", "forecasts.csv", "--reference", "flat.csv")
    assert done.code == 0, done.err
    assert "Comparison with flat (reference): 60 common rows" in done.out
    row = line(done.out, "AUC, all rows             forecaster")
    assert row.split()[5] == "0.500"


def test_a_table_of_anybody_without_outcomes(world, run):
    frame = pd.read_csv(world / "forecasts.csv")[["unit", "target", "probability", "outcome"]]
    frame.drop(columns="outcome").to_csv(world / "bare.csv", index=False, sep=";", decimal=",")
    frame.to_csv(world / "full.csv", index=False)
    bare = run("verify", "bare.csv", *KNOWN, "--known-until", str(NOW - 1))
    full = run("verify", "full.csv")
    assert bare.code == full.code == 0
    assert line(bare.out, "log score") == line(full.out, "log score")


def test_months_are_followed_by_months(world, run):
    months = pd.period_range("2019-01", periods=24, freq="M").astype(str)
    rows = [(u, m, 0.7 if u in HIGH else 0.2) for u in UNITS for m in months]
    frame = pd.DataFrame(rows, columns=["unit", "period", "1.1"])
    frame.to_csv(world / "months.csv", index=False)
    (world / "days.csv").write_text("unit,first\nSDN,2019-03-05\nMMR,2020-02-11\n")
    words = ("--onsets", "days.csv", "--known-from", "2019-01", "--known-until", "2020-12")
    span = ("--first", "2020-01", "--last", "2020-04", "--jobs", "1", "--model", "calibrator")
    done = run("backtest", "months.csv", *words, *span)
    assert done.code == 0, done.err
    assert "targets 2020-01 to 2020-04, onset within 1 month" in done.out
    assert done.out.endswith("Nothing was written; add -o forecasts.csv to keep the forecasts.\n")


def test_restricted_evidence_leaves_its_mark(world, run):
    mark = "Made with restricted evidence: not for a wider circle."
    assert mark not in run("verify", "forecasts.csv").out
    note = "3 rows restricted or confidential: not for a wider circle"
    (world / "forecasts.provenance.json").write_text(json.dumps({"panel": {"notes": [note]}}))
    assert mark in run("verify", "forecasts.csv").out
    assert cautions([note]).endswith(mark)


ROW = "unit,target,probability,outcome"
FILES = {
    "scores.csv": "unit,period,risk\n",
    "scores.ratings.csv": "unit,period,1.1\n",
    "wrong.csv": "unit,year,prob\nSDN,2004,0.5\n",
    "no.csv": "unit,target,probability,outcom\nSDN,2004,0.5,1\n",
    "bare.csv": "unit,target,probability\nSDN,2004,0.5\n",
    "names.csv": f"{ROW}\nSudan,2004,0.5,1\nGHA,x4,0.1,0\n",
    "percent.csv": f"{ROW}\nSDN,2004,50,1\nGHA,2004,10,0\n",
    "mixed.csv": f"{ROW},horizon\nSDN,2004,0.5,1,1\nGHA,2004,0.1,0,2\n",
    "twice.csv": f"{ROW},outcome\nSDN,2004,0.5,1,1\n",
    "cut.json": '{"forecasts": [',
    "deep.json": '{"forecasts": [{"unit": ["SDN"]}]}',
    "begin.csv": "unit,begin\nSDN,2004\n",
    "old.csv": "old",
}
FAULTS = [
    (("verify", "none.csv"), "none.csv: no such file"),
    (("verify", "none.json"), "none.json: no such file"),
    (("verify", "wrong.csv"), "has no column 'probability'; did you mean 'prob'?"),
    (("verify", "wrong.csv"), "name the onsets with --onsets"),
    (("verify", "no.csv"), "has no column 'outcome': name the onsets with --onsets;"),
    (
        ("verify", "bare.csv", *KNOWN, "--known-until", str(NOW)),
        f"{NOW} is not over on {NOW}-",
    ),
    (
        ("verify", "bare.csv", *KNOWN, "--known-until", str(NOW + 3)),
        f"--known-until: {NOW + 3} has not begun: nobody knows its onsets",
    ),
    (("verify", "bare.csv", "--onsets", "later.csv"), f"its last period, {NOW + 1}, has not begun"),
    (("verify", "names.csv"), "unit 'Sudan' is not an ISO 3166 alpha-3 code"),
    (("verify", "names.csv"), "row 3, column 'target': 'x4' is not a year"),
    (("verify", "percent.csv"), "not from 0 to 1"),
    (("verify", "mixed.csv"), "column 'horizon': found [1, 2]"),
    (("verify", "twice.csv"), "has two columns 'outcome'"),
    (("verify", "cut.json"), "cut.json: holds no forecasts"),
    (("verify", "deep.json"), "deep.json: holds no forecasts"),
    (("verify", "frozen.json"), "frozen.json: is frozen without outcomes"),
    (("verify", "forecasts.csv", "--reference", "none.csv"), "none.csv: no such file"),
    (("verify", "forecasts.csv", "-o", "forecasts.csv"), "would replace forecasts.csv"),
    (("verify", "forecasts.csv", "-o", "figs.cvs"), "did you mean '.csv'"),
    ((*TEST, "--onsets", "none.csv"), "none.csv: no such file"),
    ((*TEST, "--onsets", "begin.csv"), "neither a column 'onset' (rows) nor 'first' (episodes)"),
    ((*TEST, "--known-until", str(NOW - 3)), f"--known-until: {NOW - 3} lies before 1 onset"),
    ((*TEST, "--first", str(NOW - 15)), f"--first: {NOW - 15} is too early: onsets are known from"),
    ((*TEST, "--first", str(NOW + 1), "--last", str(NOW + 2)), "or look ahead with r2prisk forec"),
    ((*TEST, "--known-until", str(NOW)), f"an onset may still come; say {NOW - 1}"),
    ((*AHEAD, "--known-until", str(NOW + 1)), f"--known-until: {NOW + 1} has not begun"),
    ((*TEST, "--last", str(NOW - 8)), f"--last: {NOW - 8} lies before --first, {NOW - 6}"),
    ((*TEST, "--first", "19x4"), "--first: '19x4' is not a year"),
    ((*TEST, "--horizon", "3"), "horizon: 3 is not 1 or 2"),
    ((*TEST, "--model", "forcaster"), "did you mean 'forecaster'?"),
    ((*TEST, "--lag", "x"), "--lag: 'x' is not N or NAME=N"),
    ((*TEST, "--lag", "1", "--lag", "RF1=1"), "give one number for all ratings, or NAME=N"),
    ((*TEST, "--lag", "RF99=1"), "did you mean 'RF9'?"),
    ((*TEST, "--profile", "defualt"), "did you mean 'default'"),
    ((*TEST, "-o", "ratings.csv"), "would replace ratings.csv, which is read"),
    ((*TEST, "-o", "./episodes.csv"), "would replace episodes.csv, which is read"),
    ((*TEST, "-o", "nowhere/f.csv"), "does not exist"),
    ((*TEST, "--last", str(NOW + 9), "-o", "old.csv"), "has no rows of"),
    (("backtest", *KNOWN, *SPAN), "panel: name a file of ratings, --evidence FILE"),
    (("backtest", "scores.csv", *KNOWN, *SPAN), "made of the ratings beside them, in scores.rat"),
    ((*AHEAD, "-o", "frozen.json"), "is there already; a frozen forecast is never written over"),
    ((*AHEAD, "-o", "old.csv"), "ends in '.csv'; a frozen forecast is a '.json'"),
    ((*AHEAD, "--period", str(NOW - 1), "-o", "f.json"), f"{NOW} began on {NOW}-01-01"),
    ((*AHEAD, "--period", str(NOW + 3)), "--lag 3 lets the latest stand in"),
    ((*AHEAD, "--period", "1950"), f"there are ratings of {NOW - 15} to {NOW}, not of 1950"),
    ((*AHEAD, "--top", "0"), "--top: 0 is not a whole number"),
]


@pytest.mark.parametrize(
    ("words", "message"), FAULTS, ids=lambda v: v if isinstance(v, str) else " ".join(v)
)
def test_a_fault_is_one_message_and_leaves_files_alone(world, run, words, message):
    for name, text in FILES.items():
        (world / name).write_text(text)
    before = {p.name: p.read_bytes() for p in world.iterdir()}
    done = run(*words)
    assert done.code == 2
    assert message in " ".join(done.err.split())
    assert done.err.count("Error: ") == 1
    assert done.out == ""
    assert {p.name: p.read_bytes() for p in world.iterdir()} == before


def test_a_forecast_that_was_changed_is_refused(world, run):
    content = json.loads((world / "frozen.json").read_text())
    content["forecasts"][0]["probability"] = 0.9
    (world / "frozen.json").write_text(json.dumps(content))
    done = run("verify", "frozen.json", *KNOWN)
    assert done.code == 2
    assert "was changed after it was frozen" in done.err
