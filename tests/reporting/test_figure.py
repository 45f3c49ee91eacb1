"""A figure: its words, its kinds of file, its colours, and the way to it from a result."""

import re
import subprocess
import sys
from dataclasses import FrozenInstanceError
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from r2prisk import InputError, read_panel, score
from r2prisk.errors import MissingExtraError
from r2prisk.reporting import figures
from r2prisk.reporting.figures import theme
from r2prisk.reporting.figures.figure import Figure, numbers
from r2prisk.reporting.figures.offered import OFFERED, Offered

DATA = pd.DataFrame({"place": [1, 2], "risk": [0.25, float("nan")]})
ASKS = re.compile(
    r"""(?:src|href|xlink:href)\s*=\s*["']?(?:https?:)?//|@import|url\(\s*["']?http"""
)
"""What would make a browser ask another machine for something."""


def drawn(data):
    import altair as alt

    base = alt.Chart(alt.Data(values=numbers(data)))
    marks = base.mark_point().encode(x="place:Q", y="risk:Q", tooltip="who:N")
    return marks.properties(width=560, height=80)


def made(**words):
    told = {
        "name": "test",
        "data": DATA,
        "title": "Ghana",
        "subtitle": "0 to 1",
        "notes": ("Source: none.",),
        "alt": "Two points.",
    }
    return Figure(draw=drawn, **(told | words))


@pytest.fixture
def report(needs_extra):
    needs_extra("altair")
    needs_extra("vl_convert")


@pytest.mark.usefixtures("report")
def test_a_figure_is_saved_as_four_kinds_of_file(tmp_path):
    begins = {".png": b"\x89PNG", ".svg": b"<svg", ".pdf": b"%PDF", ".html": b"<!DOCTYPE html>"}
    for kind, start in begins.items():
        made().save(tmp_path / f"figure{kind}")
        assert (tmp_path / f"figure{kind}").read_bytes().startswith(start)


@pytest.mark.usefixtures("report")
def test_the_same_figure_gives_the_same_bytes():
    assert made().to_svg() == made().to_svg()
    assert made().to_png() == made().to_png()
    assert made().to_html() == made().to_html()


@pytest.mark.usefixtures("report")
def test_a_saved_page_asks_nobody_for_anything():
    page = made().to_html()
    assert not ASKS.search(page)
    assert "default-src 'none'" in page
    assert page.index("Content-Security-Policy") < page.index("<script")


@pytest.mark.usefixtures("report")
def test_text_from_outside_stays_text():
    bad = '</script><script>alert(1)</script><img src=x onerror="alert(2)">'
    data = DATA.assign(who=bad)
    figure = made(data=data, title=bad, subtitle=bad, notes=(bad,), alt=bad)
    for text in (figure.to_svg(), figure.to_html()):
        assert "<script>alert(1)" not in text
        assert "<img src=x" not in text
    assert "&lt;script&gt;alert(1)" in figure.to_svg()


@pytest.mark.usefixtures("report")
def test_the_svg_says_what_it_shows():
    svg = made(alt="A & B", language="fr").to_svg()
    head = svg.partition("</desc>")[0]
    assert 'role="img"' in head
    assert 'lang="fr"' in head
    assert "<title>Ghana</title>" in head
    assert "<desc>A &amp; B" in head
    assert "Source: none." in svg


@pytest.mark.usefixtures("report")
def test_long_words_are_wrapped_within_the_width():
    svg = made(title="word " * 60, subtitle="word " * 60, notes=("word " * 100,)).to_svg()
    width = float(re.search(r'width="([\d.]+)"', svg)[1])
    assert width <= 700
    lines = re.findall(r">((?:word ?)+)</t", svg)
    assert sum(line.count("word") for line in lines) == 60 + 60 + 60 + 100  # once in <title>


@pytest.mark.usefixtures("report")
def test_a_notebook_gets_svg_and_for_heavy_figures_png(monkeypatch):
    light = made()._repr_mimebundle_(include=None, exclude=None)
    assert sorted(light) == ["image/svg+xml", "text/plain"]
    assert light["text/plain"] == "Two points."
    monkeypatch.setattr("r2prisk.reporting.figures.figure.HEAVY", 100)
    assert sorted(made()._repr_mimebundle_()) == ["image/png", "text/plain"]


def test_other_kinds_of_file_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"'\.pgn' is no kind of picture.*did you mean '\.png'"):
        made().save(tmp_path / "figure.pgn")
    with pytest.raises(InputError, match="no ending that tells the kind"):
        made().save(tmp_path / "figure")
    assert not list(tmp_path.iterdir())


def test_without_the_libraries_a_figure_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    figure = made()
    assert "2 rows of data" in repr(figure)
    with pytest.raises(MissingExtraError, match=r"pip install 'r2prisk\[report\]'"):
        figure.to_svg()
    bundle = figure._repr_mimebundle_()
    assert sorted(bundle) == ["text/plain"]
    assert "r2prisk[report]" in bundle["text/plain"]


def test_a_figure_does_not_change():
    with pytest.raises(FrozenInstanceError):
        made().title = "other"


def test_rows_for_a_chart_hold_no_nan_and_no_periods():
    frame = DATA.assign(period=pd.period_range("2013-01", periods=2, freq="M"))
    assert numbers(frame) == [
        {"place": 1, "risk": 0.25, "period": "2013-01"},
        {"place": 2, "risk": None, "period": "2013-02"},
    ]


@given(st.integers(min_value=1, max_value=12))
def test_bands_darken_evenly_enough_for_grey_print(count):
    names = [f"band {k}" for k in range(count)]
    colours = theme.band_colours(names)
    assert list(colours) == names
    light = [theme.contrast(colour, "#000000") for colour in colours.values()]
    assert all(after < before for before, after in pairwise(light))


@given(st.integers(min_value=1, max_value=12))
def test_letters_on_a_band_can_be_read(count):
    for colour in theme.band_colours([str(k) for k in range(count)]).values():
        assert theme.contrast(colour, theme.ink_on(colour)) >= 4.5


def test_the_three_scores_differ_in_grey_or_lie_apart():
    assert theme.contrast(theme.RISK, theme.RESIDUAL) > 1.5
    assert theme.contrast(theme.RESILIENCE, theme.RESIDUAL) > 1.5
    assert all(theme.contrast(c, theme.PAPER) >= 4.5 for c in (theme.RISK, theme.RESILIENCE))


def test_every_figure_is_offered_by_one_kind_of_result():
    offered = [name for names in OFFERED.values() for name in names]
    assert sorted(offered) == sorted(set(figures.__all__) - {"Figure"})


def test_results_offer_their_figures():
    panel = read_panel(pd.DataFrame({"unit": "GHA", "year": [2013], "7.1": [0.5]}))
    scores = score(panel)
    assert dir(panel.plot) == ["coverage"]
    assert dir(scores.plot) == ["profile", "tile_map"]
    with pytest.raises(
        AttributeError, match=r"no figure 'profil'; it has .*did you mean 'profile'"
    ):
        _ = scores.plot.profil
    assert scores.plot.profile("GHA").data.equals(figures.profile(scores, "GHA").data)
    assert scores.plot.profile.__doc__ == figures.profile.__doc__
    assert isinstance(scores.plot, Offered)


def test_a_score_loads_no_figure():
    code = (
        "import sys; import pandas as pd; from r2prisk import read_panel, score; "
        "score(read_panel(pd.DataFrame({'unit': 'GHA', 'year': [2013], '7.1': [0.5]}))); "
        "print([m for m in sys.modules if 'reporting' in m or m in ('altair', 'jinja2', 'docx')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.usefixtures("report")
def test_a_chart_is_the_whole_picture():
    spec = made().chart().to_dict()
    assert spec["title"]["text"] == ["Ghana"]
    assert spec["vconcat"][0]["title"]["text"] == ["Source: none."]
    assert spec["vconcat"][0]["vconcat"][0]["mark"]["type"] == "point"
