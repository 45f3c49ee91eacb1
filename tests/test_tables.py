"""What notebooks show: marks, tables, and the house style that all results keep."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.about import CAUTION
from r2prisk.marks import RISK, SPAN, Html, beside, interval, share, signed, spark, states, unknown
from r2prisk.scoring.audit import audit
from r2prisk.scoring.changes import collect_next, smallest_changes, what_if
from r2prisk.scoring.explain import change, explain
from r2prisk.scoring.sensitivity import sensitivity
from r2prisk.scoring.uncertainty import uncertainty
from r2prisk.tables import SHOWN, bullets, folded, html_table, legend, marked, page, paragraph
from r2prisk.trajectories import trajectories
from r2prisk.trajectories.regional import regional
from r2prisk.trajectories.warning import watch_list

NAN = float("nan")
OUTSIDE = "<script>alert('x')</script>&\"<b>"
EMPTY = {"path", "rect", "br"}
"""Elements without an end."""


class Looked(HTMLParser):
    """The tags of a page, in order, with what is open at its end."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def numbers(pattern: str, mark: Html) -> list[float]:
    return [float(text) for text in re.findall(pattern, mark.text)]


# --- marks --------------------------------------------------------------------------------------


def test_an_interval_stands_at_its_place_on_the_line():
    mark = interval(0.5, 0.25, 0.75, likely=(0.4, 0.6))
    # the line of 80 pixels begins at 2
    assert numbers(r'x="([\d.]+)"', mark) == [2 + 80 * 0.25, 2 + 80 * 0.4]
    assert numbers(r'<rect x="[\d.]+" y="\d" width="([\d.]+)"', mark) == [80 * 0.5, 80 * 0.2]
    assert f'd="M{2 + 80 * 0.5:g} 0v12"' in mark.text
    assert 'aria-label="0.50, likely 0.40 to 0.60, could be 0.25 to 0.75"' in mark.text
    assert mark.text.count(RISK) == 2


def test_what_is_unknown_or_thin_is_never_drawn_as_low():
    none = interval(NAN, NAN, NAN).text
    assert 'aria-label="unknown, could be 0.00 to 1.00"' in none
    assert "0v12" not in none  # no tick, not even at 0
    assert RISK not in none
    assert 'width="80"' in none
    assert "stroke-dasharray" in none
    thin = interval(0.0, 0.0, 1.0, thin=True).text
    assert "stroke-dasharray" in thin
    assert RISK not in thin
    assert "0.00 (too little is rated), could be" in thin
    assert "stroke-dasharray" not in interval(0.0, 0.0, 1.0).text
    assert 'aria-label="unknown"' in share(NAN).text
    assert "fill-opacity" not in share(NAN).text
    assert 'aria-label="unknown"' in signed(NAN, 1.0).text
    assert signed(NAN, 1.0).text.count("<rect") == 0


def test_shares_and_states_fill_what_they_say():
    assert numbers(r'width="([\d.]+)" height="8"', share(0.25)) == [48 * 0.25]
    assert numbers(r'width="([\d.]+)" height="8"', share(1.2)) == [48]  # never over its frame
    mark = states({"rated": 0.5, "unknown": 0.25, "not applicable": 0.125, "failed": 0.125})
    # failed stands behind rated, and the open rest is unknown
    assert numbers(r'width="([\d.]+)" height="8"', mark) == [40, 10, 10]
    assert numbers(r'rect x="([\d.]+)" y="1"', mark) == [1, 41, 51]
    said = "50% rated, 12% failed, 12% not applicable, 25% unknown"
    assert f'aria-label="{said}"' in mark.text


def test_a_signed_bar_goes_to_its_side():
    assert numbers(r'<rect x="([\d.]+)"', signed(0.1, 0.4)) == [41]
    assert numbers(r'<rect x="([\d.]+)"', signed(-0.1, 0.4)) == [41 - 40 * 0.25]
    assert numbers(r'width="([\d.]+)" height="8"', signed(-0.1, 0.4)) == [10]
    assert "<rect" not in signed(0.0, 0.0).text


def test_a_spark_line_has_gaps_and_an_end():
    level = [0.0, 0.5, NAN, 1.0]
    mark = spark(level, [0.0, 0.1, NAN, 0.0]).text
    line = re.search(r'<path d="([^"]+)" fill="none" stroke="#', mark).group(1)
    # x from 2 to 108 in three steps, y from 26 (0) to 2 (1); the last stands alone
    assert line == f"M2 26 {2 + 106 / 3:.1f} 14M108 2h0"
    band = re.search(r'<path d="([^"]+)" fill="#', mark).group(1)
    # the interval of 0.5 is 1.96 times 0.1 to each side, and 24 pixels are 1
    assert band.startswith(f"M2 26 {2 + 106 / 3:.1f} {26 - 24 * (0.5 + 0.196):.1f}L")
    assert "course of 4 periods, 1 unknown: from 0.00 to 1.00" in mark
    long = spark(np.linspace(0, 1, 200), np.full(200, 0.01))
    assert f"course of {SPAN} periods: from 0.70 to 1.00" in long.text
    assert len(long.text) < 2500
    assert "course of 2 periods, 2 unknown" in spark([NAN, NAN], [NAN, NAN]).text


# --- tables -------------------------------------------------------------------------------------


def test_every_text_from_outside_is_escaped():
    frame = pd.DataFrame({OUTSIDE: [OUTSIDE], "n": [OUTSIDE]})
    cells = html_table(frame, words=[OUTSIDE], caption=OUTSIDE)
    parts = [cells, paragraph(OUTSIDE), bullets([OUTSIDE]), folded(OUTSIDE, legend(OUTSIDE, {}))]
    parts.append(legend("key", {OUTSIDE: unknown()}))
    parts.append(html_table(marked(frame, "n", [share(0.5)])))
    html = page(f"{OUTSIDE}: {OUTSIDE}", *parts, caution=OUTSIDE)
    assert "<script" not in html
    assert "<b>" not in html
    # two tables (4 and 3), three lines, two keys, the head (twice in words, once aloud), the end
    assert html.count("&lt;script&gt;") == 4 + 3 + 3 + 2 + 3 + 1
    tags = [tag for tag, _ in Looked(html).tags]
    assert set(tags) <= {
        *("div", "p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        *("ul", "li", "details", "summary", "span", "svg", "rect", "path"),
    }


def test_a_mark_is_no_text_and_survives_a_frame():
    assert not isinstance(unknown(), str)
    frame = marked(pd.DataFrame({"risk": ["0.10", "-"]}), "risk", [share(0.1), share(NAN)])
    html = html_table(frame)
    assert html.count("<svg") == 2
    assert ">0.10 <svg" in html
    assert "unknown" in beside(share(NAN), "-").text
    assert ">-<" not in html


@pytest.mark.parametrize("nothing", [NAN, None, "-", pd.NA, pd.NaT])
def test_what_is_missing_says_unknown(nothing):
    frame = pd.DataFrame({"unit": ["SDN"], "risk": pd.Series([nothing], dtype=object)})
    html = html_table(frame, words=["unit"])
    assert 'title="unknown">\N{EN DASH}</span></td>' in html
    assert 'title="unknown"' not in html_table(frame.assign(risk=0.0), words=["unit"])


def test_numbers_stand_right_words_left_and_heads_have_a_scope():
    frame = pd.DataFrame({"unit": ["SDN"], "risk": ["0.61"], "band": ["very high"]})
    tags = Looked(html_table(frame, words=["unit", "band"])).tags
    heads = [a["scope"] for tag, a in tags if tag == "th"]
    assert heads == ["col", "col", "col", "row"]
    sides = [a["style"][11:16] for tag, a in tags if tag in ("th", "td")]
    assert sides == ["left;", "right", "left;", "left;", "right", "left;"]
    assert [tag for tag, _ in Looked(html_table(frame)).tags].count("th") == 3


def test_a_long_table_is_cut_and_says_so():
    frame = pd.DataFrame({"n": range(SHOWN + 1)})
    assert html_table(frame).count("</tr>") == 1 + SHOWN
    assert "and 1 more row<" in html_table(frame)
    assert "more row" not in html_table(frame.head(SHOWN))
    assert "and 1,019 more rows" in html_table(pd.DataFrame({"n": range(1021)}), shown=2)


def test_breaks_of_a_terminal_go_and_those_of_a_caution_stay():
    assert paragraph("one\ntwo", "three").endswith(">one two<br>three</p>")
    assert page("A", caution="one\ntwo").endswith(">one<br>two</p></div>")
    assert page("A").endswith(f">{CAUTION}</p></div>")


# --- every result in one hand ---------------------------------------------------------------------


def world():
    """Forty units of six years; one of them is hardly rated, one not at all."""
    rng = np.random.default_rng(11)
    units = [*("AFG", "BDI", "CAF", "COD", "GHA", "KEN", "LBN", "MLI", "NGA", "NOR")]
    units += ["PRK", "RWA", "SDN", "SOM", "SSD", "SYR", "TCD", "UGA", "UKR", "YEM", "ZWE", "XKX"]
    rows = pd.MultiIndex.from_product([units, range(2008, 2014)], names=["unit", "year"])
    names = [f"{f}.{n}" for f in range(1, 12) for n in (1, 2, 3, 4)]
    names += [f"SGS{f}.{n}" for f in range(1, 7) for n in (1, 2, 3)]
    ratings = rng.random((len(rows), len(names))).round(2)
    frame = pd.DataFrame(ratings, index=rows, columns=names)
    frame.loc["XKX"] = NAN
    frame.loc["PRK", names[1:]] = NAN
    frame.loc["PRK", "1.1"] = 0.0
    return read_panel(frame.reset_index())


@pytest.fixture(scope="module")
def results():
    panel = world()
    scores = score(panel)
    last = panel.select(first=2013)
    now = score(last)
    found = trajectories(scores)
    return {
        "panel": panel,
        "scores": scores,
        "one unit": score(panel.select(units=["GHA"])),
        "hardly rated": score(panel.select(units=["PRK", "XKX"])),
        "not rated": score(panel.select(units=["XKX"])),
        "trajectories": found,
        "regional": regional(found, by="region"),
        "explanation": explain(scores),
        "against the world": explain(now, reference="world", of="risk"),
        "change": change(scores, "GHA", 2008, 2013),
        "uncertainty": uncertainty(last, draws=32),
        "sensitivity": sensitivity(last, groups=["exponents", "kappa"], draws=32),
        "audit": audit(now),
        "what if": what_if(now, {"7.1": "weak", "SGS2.1": "strong"}, unit="GHA"),
        "smallest changes": smallest_changes(now, "GHA", "moderate", alternatives=1),
        "collection": collect_next(now, "GHA", draws=200),
        "watch list": watch_list(found, 2013),
    }


NAMES = (
    *("panel", "scores", "one unit", "hardly rated", "not rated", "trajectories", "regional"),
    *("explanation", "against the world", "change", "uncertainty", "sensitivity", "audit"),
    *("what if", "smallest changes", "collection", "watch list"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_keeps_the_house_style(results, name):
    html = results[name]._repr_html_()
    looked = Looked(html)
    assert looked.open == []
    assert html == results[name]._repr_html_()
    assert html.startswith('<div role="group" aria-label="')
    assert html.endswith(f"{CAUTION}</p></div>")
    # nothing is fetched or run, and no style sheet of ours disturbs the notebook's
    for word in ("http", "url(", "<script", "<style", "<link", "<img", " id=", " class=", " on"):
        assert word not in re.sub(r">[^<]*<", "><", html)
    # no fixed ground or text: both are the theme's
    styles = " ".join(str(attributes.get("style")) for _, attributes in looked.tags)
    assert not re.search(r"(^|[; ])color:|background:(?!none)|background-", styles)
    for tag, attributes in looked.tags:
        if tag == "svg":
            assert ("aria-hidden" in attributes) != ("aria-label" in attributes)
        if tag == "th":
            assert attributes["scope"] in ("row", "col")
    assert not re.search(r">\s*(nan|None|-|<NA>)\s*<", html)
    assert len(html.encode()) < (60_000 if name == "watch list" else 30_000)


def cells(html: str, unit: str) -> list[str]:
    """Return the texts of the first row of a unit."""
    row = re.search(rf"<tr[^>]*><th[^>]*>{unit}</th>(.*?)</tr>", html).group(1)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in row.split("</td>")[:-1]]


def test_scores_show_their_bounds_and_count_who_is_not_there(results):
    scores = results["scores"]
    html = scores._repr_html_()
    top = scores.rank().xs("2013", level="period").index[0]
    row = scores.loc(top, 2013)
    name, risk, bounds, band, residual, _, coverage = cells(html, top)
    assert name
    assert (risk, band) == (f"{row['risk']:.2f}", row["band"])
    assert bounds == f"{row['risk_low']:.2f}-{row['risk_high']:.2f}"
    assert (residual, coverage) == (f"{row['residual_risk']:.2f}", f"{row['coverage']:.0%}")
    said = f"{row['risk']:.2f}, could be {row['risk_low']:.2f} to {row['risk_high']:.2f}"
    assert f'aria-label="{said}"' in html
    # 22 units, of which Kosovo has no rating at all
    assert (
        "Units with a known risk in 2013: 21, 5 of them in each table; 1 of 22 have none." in html
    )
    assert html.count("<caption") == 3


def test_few_units_are_told_once(results):
    html = results["one unit"]._repr_html_()
    assert re.findall(r"<caption[^>]*>([^<]+)<", html) == ["Risk, 2013"]
    html = results["hardly rated"]._repr_html_()
    # a rating of 0 and nothing else known is no low risk
    assert cells(html, "PRK")[3] == "unknown"
    assert "0.00 (too little is rated), could be" in html
    assert "1 of 2 have none" in html
    assert "Risk is unknown in every row." in results["not rated"]._repr_html_()


def test_a_panel_counts_what_has_no_column_as_unknown(results):
    html = results["panel"]._repr_html_()
    # 4 of the 11 indicators of the first factor have a column; of 22 units one has no rating at
    # all and one only of one indicator
    rated = (20 * 4 + 1) / (22 * 11)
    assert f'aria-label="{rated:.0%} rated, {1 - rated:.0%} unknown"' in html
    assert cells(html, "RF1") == [
        "Situations of armed conflict or other forms of instability", "4 of 11", f"{rated:.0%}"
    ]  # fmt: skip
    assert cells(html, "RF14")[1:] == ["0 of 8", "0%"]


def test_trajectories_say_their_course_and_who_is_left_out(results):
    found = results["trajectories"]
    html = found._repr_html_()
    level = found["risk"].filtered.level
    assert html.count('aria-label="course of 6 periods') == 5
    first = re.search(r'scope="row"[^>]*>(\w{3})</th>', html).group(1)
    ends = level[found.unit(first)]
    assert f"course of 6 periods: from {ends[0]:.2f} to {ends[-1]:.2f}" in html
    assert re.search("[\N{UPWARDS ARROW}\N{DOWNWARDS ARROW}\N{RIGHTWARDS ARROW}] [a-z]+</td>", html)
    known = int((~np.isnan(level[:, -1])).sum())
    assert f"not long enough to say: {known - 5} more" in html


@pytest.mark.parametrize("name", ["explanation", "against the world"])
def test_an_explanation_adds_up_in_what_is_shown(results, name):
    found = results[name]
    html = found._repr_html_()
    last = int(np.flatnonzero(~np.isnan(found.scores - found.reference_scores))[-1])
    shown = [float(text) for text in re.findall(r">([+-]0\.\d{3}) <svg", html)]
    count, other = re.search(r"The other (\d+) add up to ([+-]0\.\d{3})", html).groups()
    unit, period = found.index[last]
    assert (len(shown), int(count)) == (10, len(found.to_frame(unit=unit, period=period)) - 10)
    whole = found.scores[last] - found.reference_scores[last]
    assert sum(shown) + float(other) == pytest.approx(whole, abs=11 * 0.0005)


def test_a_change_adds_up_in_what_is_shown(results):
    found = results["change"]
    html = found._repr_html_()
    shown = [float(text) for text in re.findall(r">([+-]0\.\d{3}) <svg", html)]
    other = re.search(r"The other \d+ add up to ([+-]0\.\d{3})", html).group(1)
    assert len(shown) == 10 + 5  # the largest, and five steps
    whole = found.scores[-1] - found.scores[0]
    assert sum(shown[:10]) + float(other) == pytest.approx(whole, abs=11 * 0.0005)
    assert sum(shown[10:]) == pytest.approx(whole, abs=5 * 0.0005)
