"""The world report: its data, what it refuses, and that no text in it is more than text."""

import base64
import dataclasses
import hashlib
import io
import itertools
import json
import re
import runpy
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from r2prisk import InputError, read_panel, score
from r2prisk.cli import main
from r2prisk.errors import MissingExtraError
from r2prisk.reporting.figures import theme
from r2prisk.reporting.world import block, detail, numbers, world_report
from r2prisk.reporting.world.page import as_json, signed, table_rows, two
from r2prisk.scoring.explain import explain
from r2prisk.scoring.write import ratings_path
from r2prisk.trajectories import story, trajectories, turning_points

CASES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("world_cases.py"))))
CLOSED = "3 rows restricted or confidential: not for a wider circle"


@pytest.fixture(scope="module")
def scores():
    return CASES.scored()


@pytest.fixture(scope="module")
def report(scores):
    return world_report(scores, notes=[CASES.EVIL], title=f"T {CASES.EVIL}")


@pytest.fixture(scope="module")
def html(report):
    pytest.importorskip("jinja2", reason="the extra that brings jinja2 is not installed")
    return report.to_html()


@pytest.fixture
def run(tmp_path):
    """Run ``r2prisk`` in the folder of the test."""

    def call(*words):
        out, err, code = io.StringIO(), io.StringIO(), 0
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
            patch.chdir(tmp_path)
            patch.setattr(sys, "argv", ["r2prisk", *words])
            try:
                main()
            except SystemExit as stop:
                code = stop.code or 0
        return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue())

    return call


def closed(scores):
    return dataclasses.replace(scores, provenance={**scores.provenance, "notes": [CLOSED]})


# ------------------------------------------------------------------ numbers


def test_every_number_reads_as_the_score_does(scores, report):
    frame, data = scores.to_frame(detail=True), report.data
    names = {"r": "risk", "q": "residual_risk", "s": "resilience", "rl": "risk_low"}
    names |= {"rh": "risk_high", "ql": "residual_low", "sh": "resilience_high"}
    seen = 0
    for (unit, period), row in frame.iterrows():
        one = data["units"][unit]
        t = data["periods"].index(str(period)) - one["from"]
        for short, name in names.items():
            if np.isnan(row[name]):
                assert one[short][t] is None
                continue
            # both round to two digits; a half may go either way
            assert abs(float(two(one[short][t])) - row[name]) <= 0.005 + 1e-9
            seen += 1
    assert seen > 500


def test_bounds_in_the_page_contain_the_score(report):
    rows = 0
    for one in report.data["units"].values():
        for of in "rqs":
            for value, low, high in zip(one[of], one[f"{of}l"], one[f"{of}h"], strict=True):
                if value is not None:
                    assert low <= value <= high
                    rows += 1
    assert rows > 100


def test_thousandths_are_cut_and_shown_once_rounded():
    # 0.4449 is 0.44; a page that carried 0.445 would say 0.45
    assert block.thousandths(np.array([0.4449, -0.0159, 1.0, 0.3]))[:2] == [444, -15]
    assert [two(x) for x in (444, 445, 1000, 0, None)] == ["0.44", "0.45", "1.00", "0.00", "-"]
    assert [signed(x) for x in (-15, 4, 5, -4)] == ["-0.02", "0.00", "+0.01", "0.00"]


def test_scores_read_as_in_a_sentence_of_the_same_page():
    # 0.625 is 0.62 and 0.285 is 0.28 in a sentence; half of a hundredth must not go up beside it
    values = np.append(np.arange(1001) / 1000, [1 / 8, 5 / 8, 0.62501, 0.62499])
    assert [two(x) for x in numbers.as_told(values)] == [f"{x:.2f}" for x in values]
    carried = np.array(numbers.as_told(np.sort(values)))
    assert (np.diff(carried) >= 0).all()
    assert numbers.as_told(np.array([np.nan])) == [None]


def test_colours_of_the_scores_are_those_of_the_figures_and_lines_are_seen(report):
    colours = report.data["colours"]
    assert colours == {"r": theme.RISK, "q": theme.RESIDUAL, "s": theme.RESILIENCE}
    assert min(theme.contrast(colour, theme.PAPER) for colour in colours.values()) >= 3


def test_the_unknown_is_not_low(report):
    data = report.data
    cook = data["units"]["COK"]
    # 1 of 143 risk indicators is rated, and it is 0: that is no low risk
    assert set(cook["b"]) == {-1}
    assert set(cook["k"]) == {None}
    assert cook["r"][0] == 0
    assert cook["rh"][0] > 900
    assert set(cook["s"]) == {None}
    row = next(row for row in table_rows(data) if row["unit"] == "COK")
    assert (row["risk"], row["residual"], row["band"], row["rank"]) == ("?", "?", "unknown", "-")
    assert "it is not known" in cook["story"][0]


def test_gaps_late_starts_and_ends_are_no_rows(report):
    units, periods = report.data["units"], report.data["periods"]
    assert periods == [str(year) for year in range(2015, 2023)]
    assert units["SSD"]["from"] == 3
    assert len(units["SSD"]["r"]) == 5
    assert units["KEN"]["b"][5] is None
    assert units["KEN"]["r"][5] is None
    # its level is carried over the gap, but nothing of that period says where it was heading
    assert units["KEN"]["rv"][5] is not None
    assert units["KEN"]["w"][4] is not None
    assert units["KEN"]["w"][5] is None
    assert units["YUG"]["from"] == 0
    assert len(units["YUG"]["b"]) == 2
    assert units["YUG"]["kind"] == "ended"
    # the table of the latest period has everyone but Yugoslavia
    assert len(table_rows(report.data)) == len(CASES.UNITS) - 1


def test_ranks_are_those_of_countries_with_a_band(scores, report):
    frame = scores.to_frame()
    last = frame[frame.index.get_level_values("period") == "2022"]
    banded = last[last["band"] != "unknown"]["risk"]
    expected = {u: int((banded > banded[(u, p)]).sum()) + 1 for u, p in banded.index}
    found = {u: one["k"][-1] for u, one in report.data["units"].items() if u != "YUG"}
    assert {u: k for u, k in found.items() if k} == expected
    assert report.data["units"]["MMR"]["of"][-1] == len(expected)


def test_bands_are_those_of_the_scores(scores, report):
    names = report.data["bands"]
    for (unit, period), band in scores.to_frame()["band"].items():
        one = report.data["units"][unit]
        place = one["b"][report.data["periods"].index(str(period)) - one["from"]]
        assert (names[place] if place >= 0 else "unknown") == band


def test_sentences_are_those_of_the_story(scores, report):
    found = trajectories(scores)
    told = 0
    for unit in ("RWA", "GHA", "SSD", "XKX"):
        text = " ".join(story(found, unit).split())
        for line in report.data["units"][unit]["story"]:
            bare = line.removesuffix(".")
            # the story puts its bounds between the sentence and what follows
            assert bare in text, bare
            told += 1
    assert told > 12


def test_turning_points_are_those_of_the_trajectories(scores, report):
    table = turning_points(trajectories(scores), score="risk")
    expected = {(r.unit, str(r.period), str(r.known), r.turn) for r in table.itertuples()}
    periods = report.data["periods"]
    found = {
        (unit, periods[turn], periods[known], "up" if up else "down")
        for unit, one in report.data["units"].items()
        for of, turn, known, up, *_ in one["turns"]
        if of == "r"
    }
    assert found == expected
    assert len(found) > 0


def test_drivers_add_up_as_they_are_shown(scores, report):
    why = explain(scores, of="residual_risk", reference="world")
    rows = 0
    for unit, one in report.data["units"].items():
        for at, _, _, driver, _ in one["d"]:
            total, reference, named, (_, others), rated, assumed = driver
            parts = [adds for _, adds, _, _ in named] + [others, rated, assumed]
            assert sum(parts) == total - reference
            row = why.rows(unit, report.data["periods"][at])[0]
            assert total == round(round(why.scores[row], 3) * 1000)
            # each part is less than one thousandth from what it is
            names = [report.data["indicators"][place][0] for place, *_ in named]
            columns = [why.indicators.index(name) for name in names]
            values = why.values[row]
            for (_, adds, *_), column in zip(named, columns, strict=True):
                assert abs(adds / 1000 - values[column]) < 0.001
            assert abs(others / 1000 - (values.sum() - values[columns].sum())) < 0.001
            assert abs(rated / 1000 - why.coverage[row].sum()) < 0.001
            rows += 1
    assert rows == len(scores)


def test_detail_holds_factors_and_what_was_rated(scores, report):
    data, frame = report.data, scores.to_frame(detail=True)
    at, factors, views, _, pattern = data["units"]["GHA"]["d"][-1]
    assert data["periods"][at] == "2022"
    row = frame.loc[("GHA", "2022")]
    for (name, _, _), cell in zip(data["factors"], factors, strict=True):
        if cell == 0:
            assert np.isnan(row[name])
            continue
        assert abs(cell[0] / 1000 - row[name]) <= 0.001
        assert cell[1] <= cell[0] <= cell[2]
    assert len(views) == len(scores.views) - 1
    marks = dict(zip([i[0] for i in data["indicators"]], data["patterns"][pattern], strict=True))
    ratings = scores.panel.to_frame().loc[("GHA", "2022")]
    assert {n for n, m in marks.items() if m == "1"} == set(ratings.dropna().index)
    # Cook Islands: nothing is known of factor 2
    assert data["units"]["COK"]["d"][-1][1][1] == 0


def test_the_page_says_first_what_is_blind_everywhere(scores, report):
    frame = pd.DataFrame({"unit": ["GHA", "KEN"], "year": 2013, "1.1": 0.5, "SGS1.1": 0.5})
    told = world_report(score(read_panel(frame))).cautions[4]
    assert told.startswith("Nothing is rated anywhere of: RF2 Record of serious violations")
    assert "RF1 " not in told
    assert "SGS1 " not in told
    assert told.count(";") == 13 + 5 - 1
    # in the small world something is rated of every factor in some row
    assert not any("anywhere" in text for text in report.cautions)


def test_detail_is_cut_where_there_is_no_room_and_the_page_says_from_when(monkeypatch, scores):
    monkeypatch.setattr(detail, "DETAIL", 25)
    data = world_report(scores).data
    # 10 rows a period at the end (Yugoslavia is gone): two periods fit into 25 rows
    assert data["periods"][data["detail"]] == "2021"
    assert [row[0] for row in data["units"]["GHA"]["d"]] == [6, 7]
    assert len(data["units"]["GHA"]["r"]) == 8


# ------------------------------------------------------------------ kinds of scores


@pytest.mark.parametrize(
    ("periods", "first"),
    [
        ([f"{y}Q{q}" for y in (2020, 2021) for q in (1, 2, 3, 4)], "2020Q1"),
        ([f"2021-{m:02d}" for m in range(1, 13)], "2021-01"),
    ],
)
def test_any_kind_of_period(needs_extra, periods, first):
    needs_extra("jinja2")
    report = world_report(CASES.scored(periods, units=["GHA", "MMR", "NOR"]))
    assert report.data["periods"][0] == first
    assert len(report.data["units"]["GHA"]["rv"]) == len(periods)
    assert first in report.to_html()


def test_one_country_in_one_period(needs_extra):
    needs_extra("jinja2")
    frame = pd.DataFrame({"unit": ["GHA"], "year": [2013], "1.1": 0.5, "9.1": 0.25})
    report = world_report(score(read_panel(frame)))
    assert report.told == "1 country, 1 period (2013)"
    assert report.data["compared"] is False
    # told from nothing present: the parts are the whole residual risk
    total, reference, *_ = report.data["units"]["GHA"]["d"][0][3]
    assert (reference, total) == (0, 375)  # the mean of factors 0.5 and 0.25
    assert "Ghana" in report.to_html()


def test_nothing_known_at_all(needs_extra):
    needs_extra("jinja2")
    frame = pd.DataFrame({"unit": ["GHA", "KEN"], "year": 2013, "1.1": [np.nan, np.nan]})
    report = world_report(score(read_panel(frame)))
    assert report.data["units"]["GHA"]["r"] == [None]
    assert report.data["units"]["GHA"]["d"][0][3] == 0
    assert report.to_html().count(">unknown</td>") >= 2


def test_a_framework_of_ones_own(needs_extra):
    needs_extra("jinja2")
    report = world_report(CASES.own_world())
    assert [factor[0] for factor in report.data["factors"]][:3] == ["M1", "M2", "SGS1"]
    html = report.to_html()
    assert html.count("</script") == html.count("<script") == 2
    assert "<img" not in html
    data = html.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)["factors"][0][1] == "Factor 1 <script>alert(1)</script>"
    assert not set(data) & set("<>&")


# ------------------------------------------------------------------ the page


def test_no_text_is_more_than_text(html):
    assert "<img" not in html
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in html
    # the block of data and the script: nothing else ends a script
    assert html.count("</script>") == 2
    assert html.count("<script") == 2


def test_data_come_back_as_they_were(html, report):
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)[1]
    assert "<" not in text
    assert "&" not in text
    assert "\u2028" not in as_json(["\u2028\u2029"])
    assert json.loads(text) == json.loads(json.dumps(report.data))


def test_the_page_can_ask_nobody(html):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    script = html.rsplit("<script>", 1)[1].split("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy
    assert "unsafe-eval" not in policy
    links = re.findall(r"""(?:src|href|action|data|srcset)=["']([^"']*)""", html)
    assert {link for link in links if not link.startswith("#")} == {"data:,"}
    assert "innerHTML" not in script
    assert not re.search(r"@import|url\(\s*[\"']?http", html)


def test_without_a_script_the_latest_table_and_the_cautions_read(html, report):
    body = re.sub(r"<script.*?</script>", "", html, flags=re.S)
    for row in table_rows(report.data):
        assert f">{row['name']}</th>" in body.replace("&#39;", "'")
    for caution in report.cautions:
        assert caution.replace("'", "&#39;") in body
    assert "<noscript>" in body


def test_same_scores_same_page(html, report, scores):
    again = world_report(scores, notes=[CASES.EVIL], title=f"T {CASES.EVIL}")
    assert again.to_html() == html


def test_headings_are_in_order_and_table_heads_have_a_scope(html):
    levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    heads = re.findall(r"<th\b[^>]*>", html)
    assert len(heads) > 20
    assert all("scope=" in head for head in heads)
    assert len(re.findall(r"<table", html)) == len(re.findall(r"<caption", html))


# ------------------------------------------------------------------ what is refused


def test_restricted_evidence_is_refused_but_for_an_internal_page(scores, needs_extra):
    with pytest.raises(InputError, match=r"restricted evidence.*internal"):
        world_report(closed(scores))
    hidden = dataclasses.replace(
        scores, panel=dataclasses.replace(scores.panel, notes=(CLOSED,)), provenance={}
    )
    with pytest.raises(InputError, match="restricted evidence"):
        world_report(dataclasses.replace(hidden, provenance={**scores.provenance}))
    needs_extra("jinja2")
    page = world_report(closed(scores), audience="internal").to_html()
    assert '<p class="mark">INTERNAL' in page


def test_all_faults_are_told_at_once(scores):
    with pytest.raises(InputError) as told:
        world_report(closed(scores), title=" ", audience="pubic")
    assert len(told.value.problems) == 2
    assert "did you mean 'public'?" in told.value.problems[1]
    with pytest.raises(InputError, match="needs Scores"):
        world_report(scores.to_frame())
    with pytest.raises(InputError, match="no rows"):
        world_report(score(scores.panel.take([])))
    with pytest.raises(InputError, match="texts"):
        world_report(scores, title=3)


def test_what_stood_there_stays_where_a_page_cannot_be_written(report, tmp_path, needs_extra):
    needs_extra("jinja2")
    with pytest.raises(InputError, match=r"\.docx"):
        report.write(tmp_path / "world.docx")
    with pytest.raises(InputError, match="does not exist"):
        report.write(tmp_path / "nowhere" / "world.html")
    report.write(tmp_path / "world.html")
    assert (tmp_path / "world.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert [path.name for path in tmp_path.iterdir()] == ["world.html"]


def test_without_the_extra_the_message_says_what_to_install(report, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtraError, match=r"r2prisk\[report\]"):
        report.to_html()


# ------------------------------------------------------------------ the command


@pytest.fixture
def files(scores, tmp_path):
    scores.write(tmp_path / "scores.csv")
    scores.panel.write(ratings_path(tmp_path / "scores.csv"))
    return tmp_path


def test_the_command_writes_a_page_and_says_so(files, run, needs_extra):
    needs_extra("jinja2")
    words = ("report", "scores.csv", "-o", "w.html", "--first", "2018", "--title", "Ours")
    done = run(*words, "--note", "For the desk")
    assert done.code == 0, done.err
    assert "Wrote 10 countries, 5 periods (2018 to 2022) to w.html" in done.out
    page = (files / "w.html").read_text(encoding="utf-8")
    assert "<h1>Ours</h1>" in page
    assert "For the desk" in page
    # 10 countries in 5 years but for Kenya's gap; what was left out is said
    assert "49 of 78 rows shown: 2018 to 2022" in page


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-o", "scores.csv"), "is an .html file"),
        (("-o", "w.html", "--first", "2030"), "leave no period; there is 2015 to 2022"),
        (("-o", "nowhere/w.html"), "does not exist"),
    ],
)
def test_the_command_refuses_in_words(files, run, words, message):
    before = (files / "scores.csv").read_bytes()
    done = run("report", "scores.csv", *words)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert (files / "scores.csv").read_bytes() == before


def test_the_command_keeps_restricted_scores_in(scores, tmp_path, run, needs_extra):
    needs_extra("jinja2")
    closed(scores).write(tmp_path / "scores.csv")
    scores.panel.write(ratings_path(tmp_path / "scores.csv"))
    done = run("report", "scores.csv", "-o", "w.html", "--last", "2018")
    assert done.code == 2
    assert "restricted evidence" in done.err
    assert not (tmp_path / "w.html").exists()
    done = run("report", "scores.csv", "-o", "w.html", "--last", "2018", "--audience", "internal")
    assert done.code == 0, done.err
    assert "Internal: every page says so" in done.out
    page = (tmp_path / "w.html").read_text(encoding="utf-8")
    assert "INTERNAL" in page
