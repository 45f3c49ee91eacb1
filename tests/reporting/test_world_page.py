"""The world report in a browser: with the network off, by mouse and by keyboard, and on paper."""

import contextlib
import itertools
import os
import re
import runpy
import shlex
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from r2prisk import read_panel, score
from r2prisk.catalogue import load_framework
from r2prisk.reporting.world import world_report

CASES = SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("world_cases.py"))))
QUIET = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


LONG = 60
"""Seconds after which a browser is taken to be stuck; a test of it takes three."""


@contextlib.contextmanager
def at_most(seconds, process):
    """End the process of a browser that takes longer: whatever waits for it fails then."""
    timer = threading.Timer(seconds, os.kill, (process, signal.SIGKILL))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    """Start a Chromium that is installed already (none is downloaded), and tell its process."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright is not installed (pip install playwright)"
    )
    names = ("chromium", "chromium-browser", "google-chrome")
    found = [os.environ.get("R2PRISK_CHROMIUM"), *(shutil.which(name) for name in names)]
    path = next(filter(None, found), None)
    if path is None:
        pytest.skip("no Chromium is installed (or name one in R2PRISK_CHROMIUM)")
    if os.name != "posix":
        pytest.skip("the browser is started through a shell, which is not here")
    # the shell notes its process, which is then that of the browser
    shell, number = (tmp_path_factory.mktemp("browser") / name for name in ("start", "process"))
    words = f'echo $$ > {shlex.quote(str(number))}\nexec {shlex.quote(path)} "$@"\n'
    shell.write_text(f"#!/bin/sh\n{words}", encoding="utf-8")
    shell.chmod(0o700)

    with sync_api.sync_playwright() as running:

        def start():
            made = running.chromium.launch(executable_path=shell, args=QUIET, timeout=30_000)
            return made, int(number.read_text())

        yield start


@pytest.fixture(scope="module")
def started(launch):
    made, process = launch()
    yield made, process
    with at_most(LONG, process):
        made.close()


@pytest.fixture
def browser(started):
    made, process = started
    with at_most(LONG, process):
        yield made


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pytest.importorskip("jinja2", reason="the extra that brings jinja2 is not installed")
    path = tmp_path_factory.mktemp("world") / "world.html"
    report = world_report(CASES.scored(), title=f"World {CASES.EVIL}", notes=[CASES.EVIL])
    report.write(path)
    return path.as_uri()


def until(page, what):
    """Ask until it is true: a page that forbids eval cannot be asked to wait by itself."""
    end = time.monotonic() + LONG / 2
    while not page.evaluate(what):
        assert time.monotonic() < end, f"never came true: {what}"
        page.wait_for_timeout(20)


@pytest.fixture
def opened(browser):
    """Open a page with the network off; nothing may be asked for, and no error be said."""
    made = []

    def see(address, **how):
        context = browser.new_context(offline=True, viewport={"width": 1200, "height": 900}, **how)
        page = context.new_page()
        asked, errors = [], []
        # what is not the file itself would be asked of somebody
        page.on("request", lambda r: asked.append(r.url))
        page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else 0)
        page.on("pageerror", lambda e: errors.append(str(e)))
        page.on("dialog", lambda d: (errors.append(f"dialog: {d.message}"), d.dismiss()))
        page.goto(address)
        made.append((context, page, asked, errors))
        return page

    yield see
    for context, _, asked, errors in made:
        context.close()
        assert errors == []
        places = {url.partition("#")[0] for url in asked if not url.startswith("data:")}
        assert len(places) == 1
        assert places.pop().startswith("file:")


@pytest.fixture
def page(opened, address):
    return opened(address)


def column(page, n):
    """The texts of a column of the table."""
    return page.locator(f"#countries tbody tr > :nth-child({n})").all_inner_texts()


def to(page, period):
    """Move the slider to a period."""
    periods = [str(year) for year in range(2015, 2023)]
    page.locator("#period").fill(str(periods.index(period)))


def test_the_table_sorts_and_the_unknown_stays_at_the_end(page):
    def risks():
        return [float(x) for x in column(page, 3) if x != "?"]

    assert risks() == sorted(risks(), reverse=True)
    assert column(page, 3)[-2:] == ["?", "?"]
    head = page.locator("th[data-key=risk]")
    assert head.get_attribute("aria-sort") == "descending"
    head.get_by_role("button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert risks() == sorted(risks())
    assert column(page, 3)[-2:] == ["?", "?"]
    page.get_by_role("button", name="Country", exact=True).press("Enter")
    assert column(page, 1) == sorted(column(page, 1))
    assert head.get_attribute("aria-sort") is None
    assert page.locator("th[data-key=name]").get_attribute("aria-sort") == "ascending"


def test_countries_with_the_same_digits_stand_in_the_order_of_their_ranks(opened, tmp_path):
    names = [i.id for i in load_framework("un-foa-2014").indicators]
    # three letters' worth of order against a difference that no digit shows
    frame = pd.DataFrame([[0.5001] * len(names), [0.5004] * len(names)], columns=names).assign(
        unit=["GHA", "KEN"], period=2020
    )
    world_report(score(read_panel(frame))).write(tmp_path / "near.html")
    page = opened((tmp_path / "near.html").as_uri())
    assert column(page, 3) == ["0.50", "0.50"]
    assert column(page, 9) == ["1", "2"]
    assert column(page, 1) == ["Kenya", "Ghana"]


def test_it_finds_and_filters_and_says_how_many(page):
    status = page.locator("#status")
    assert status.get_attribute("role") == "status"
    assert status.inner_text() == "10 of 10 countries shown for 2022."
    page.get_by_role("combobox", name="Region").select_option("Africa")
    assert set(column(page, 1)) == {"Ghana", "Kenya", "Rwanda", "South Sudan", "Sudan"}
    assert status.inner_text() == "5 of 10 countries shown for 2022 (Africa)."
    page.get_by_role("searchbox", name="Find").fill("suD")
    assert set(column(page, 1)) == {"South Sudan", "Sudan"}
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("combobox", name="Band").select_option("-1")
    assert set(column(page, 1)) == {"Cook Islands", "Tuvalu"}
    page.get_by_role("button", name="Clear").click()
    page.get_by_role("searchbox", name="Find").fill("no such place")
    assert status.inner_text().startswith("0 of 10 countries shown")
    # a filter is never HTML
    page.get_by_role("searchbox", name="Find").fill(CASES.EVIL)
    assert page.locator("#status img").count() == 0


def test_the_slider_moves_map_and_table_and_says_the_period(page):
    ghana = page.locator("#tiles a[href='#GHA']")
    assert ", 2022: band " in ghana.get_attribute("aria-label")
    slider = page.get_by_role("slider", name="Period")
    slider.focus()
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "2015"
    assert page.locator("#shown").inner_text() == "2015"
    told = page.locator("#said").inner_text()
    assert told.startswith("2015: ")
    # Cook Islands and Tuvalu; of 193 members, Cook Islands, Kosovo and Yugoslavia 10 have a row
    assert told.endswith("2 unknown, 186 without a row")
    assert ", 2015: band " in ghana.get_attribute("aria-label")
    assert page.locator("#table-title").inner_text() == "Countries, 2015"
    assert "Yugoslavia (ended)" in column(page, 1)
    assert "Without a row in 2015: South Sudan." in page.locator("#absent").inner_text()
    page.get_by_role("button", name="One period later").click()
    assert slider.get_attribute("aria-valuetext") == "2016"


def test_the_map_has_every_member_and_shows_the_unknown(page):
    tiles = page.locator("#tiles .tile")
    assert tiles.count() == 193 + 3  # and Cook Islands, Kosovo, Yugoslavia
    assert all(tiles.nth(n).get_attribute("aria-label") for n in range(0, 196, 13))
    # scored, but too little rated; and not scored at all
    for code, words in (("COK", "band unknown, too little rated"), ("AFG", "no row")):
        tile = page.locator("#tiles .tile", has_text=code)
        assert "none" in tile.get_attribute("class")
        assert tile.inner_text() == f"{code}?"
        assert words in tile.get_attribute("aria-label")
    assert page.locator("#tiles a[href='#AFG']").count() == 0
    assert page.locator("#tiles a[href='#YUG']").is_hidden()
    to(page, "2016")
    assert page.locator("#tiles a[href='#YUG']").is_visible()


def test_arrow_keys_move_on_the_map_and_enter_opens(page):
    first = page.locator("#tiles a[tabindex='0']")
    assert first.count() == 1
    start = page.locator("#tiles a[href='#RWA']")
    start.focus()
    start.press("ArrowRight")
    there = page.evaluate("document.activeElement.getAttribute('href')")
    assert there == "#KEN"
    assert page.locator("#tiles a[tabindex='0']").get_attribute("href") == "#KEN"
    page.keyboard.press("Enter")
    page.wait_for_selector("#country h1")
    assert page.locator("#country h1").inner_text() == "Kenya, 2022"


def test_a_tile_that_is_hidden_is_no_stop_on_the_map(page):
    to(page, "2015")
    ended = page.locator("#tiles a[href='#YUG']")
    page.locator("#tiles a[href='#COK']").focus()
    for _ in range(12):
        if page.evaluate("document.activeElement.getAttribute('href')") == "#YUG":
            break
        page.keyboard.press("ArrowRight")
    assert ended.get_attribute("tabindex") == "0"
    to(page, "2022")
    assert ended.is_hidden()
    stops = page.locator("#tiles a[tabindex='0']").all()
    assert [stop.is_visible() for stop in stops if stop.get_attribute("href") != "#YUG"] == [True]
    # nor do the arrows lead to it
    for _ in range(12):
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.activeElement.checkVisibility()")


def test_a_country_opens_by_keyboard_and_back_returns_to_the_link(page):
    link = page.locator("#countries a[href='#RWA']")
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#country h1")
    assert page.locator("#world").is_hidden()
    assert page.evaluate("document.activeElement.id") == "name"
    assert page.title().startswith("Rwanda")
    heads = page.locator("#country h2").all_inner_texts()
    assert heads[:3] == ["Scores", "Over time", "Factors"]
    assert heads[4:] == ["What is unknown", "Sources and method"]
    assert heads[3].startswith("What drives the residual risk")
    assert "A score is not a finding" in page.locator("#country .caution").inner_text()
    page.go_back()
    page.wait_for_selector("#world", state="visible")
    assert page.locator("#country").is_hidden()
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#RWA"
    page.go_forward()
    page.wait_for_selector("#country h1")
    page.get_by_role("link", name="All countries").click()
    page.wait_for_selector("#world", state="visible")
    page.locator("nav").get_by_role("link", name="Watch list").click()
    assert page.locator("#watch-title").is_visible()


def test_a_country_shows_its_numbers_of_the_period(opened, address):
    page = opened(address + "#RWA")
    page.wait_for_selector("#country h1")
    assert page.locator("#country svg[role=img] circle").count() == 3 * 8
    assert page.get_by_role("table", name=re.compile("Turning points")).count() == 1
    to(page, "2017")
    assert page.locator("#country h1").inner_text() == "Rwanda, 2017"
    scores = CASES.scored().to_frame().loc[("RWA", "2017")]
    row = page.locator("#country tr", has=page.get_by_role("rowheader", name="Risk", exact=True))
    assert row.locator("td").first.inner_text() == f"{scores['risk']:.2f}"
    bounds = f"{scores['risk_low']:.2f} to {scores['risk_high']:.2f}"
    assert row.locator("td").nth(1).inner_text() == bounds
    assert page.locator("#said").inner_text().startswith("Rwanda, 2017: band ")
    # the sentences and the line know later years: the page says so
    assert page.get_by_text("As of 2022, its last score").is_visible()
    # a window of another size closes nothing that was opened, and keeps the focus
    page.locator("summary").click()
    page.get_by_role("button", name="Print this page").focus()
    page.set_viewport_size({"width": 800, "height": 900})
    until(page, "document.querySelector('.chart svg').viewBox.baseVal.width < 800")
    assert page.locator("#country details").get_attribute("open") is not None
    assert page.evaluate("document.activeElement.textContent") == "Print this page"


def test_an_address_that_names_nothing_shows_the_world(opened, address):
    page = opened(address + "#%")
    for end in ("", "#XXX", "#%3Cimg"):
        page.evaluate("(end) => { location.hash = end; }", end)
        assert page.locator("#world").is_visible()
        assert page.locator("#country").is_hidden()


def test_a_country_of_which_little_is_known_looks_so(opened, address):
    page = opened(address + "#COK")
    page.wait_for_selector("#country h1")
    text = page.locator("#country").inner_text()
    assert "Band unknown" in text
    assert "This is not a low risk" in text
    # the score of one indicator stands in brackets, with an open dot in a hatched range
    row = page.locator("#country tr", has=page.get_by_role("rowheader", name="Risk", exact=True))
    assert row.locator("td").first.inner_text() == "(0.00)"
    assert row.locator("rect").get_attribute("fill") == "url(#hatch)"
    assert row.locator("circle").get_attribute("fill") == "#fff"
    factor = page.locator("#country tr", has_text="RF2 ").first
    assert factor.locator("td").first.inner_text() == "?"
    assert factor.locator("circle").count() == 0
    # and a period without a row
    page = opened(address + "#SSD")
    page.wait_for_selector("#country h1")
    to(page, "2015")
    assert "No row in 2015" in page.locator("#country").inner_text()
    page.get_by_role("button", name="Show 2022").click()
    assert page.locator("#country h1").inner_text() == "South Sudan, 2022"


def test_planted_text_stays_text(opened, address, tmp_path):
    page = opened(address)
    assert page.locator("img, b").count() == 0
    assert CASES.EVIL in page.locator("h1").inner_text()
    world_report(CASES.own_world(), title=CASES.EVIL).write(tmp_path / "own.html")
    page = opened((tmp_path / "own.html").as_uri() + "#KEN")
    page.wait_for_selector("#country h1")
    assert "Factor 1 <script>alert(1)</script>" in page.locator("#country").inner_text()
    page.locator("summary").click()
    assert "<img src=x onerror=alert(1)>" in page.locator("#country details").inner_text()
    assert CASES.EVIL in page.locator("#country section").last.inner_text()
    assert page.locator("img, b").count() == 0
    assert page.locator("script").count() == 2


def test_the_policy_stops_whatever_would_still_get_in(browser, address):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(address)
    tried = page.evaluate(
        """() => new Promise((done) => {
            const found = [];
            document.addEventListener("securitypolicyviolation", (e) => found.push(e.effectiveDirective));
            fetch("https://example.org/").catch(() => 0);
            const picture = new Image(); picture.src = "https://example.org/x.png";
            const script = document.createElement("script");
            script.textContent = "window.planted = 1"; document.body.append(script);
            setTimeout(() => done([found.sort(), window.planted === 1]), 200);
        })"""
    )
    context.close()
    assert tried == [["connect-src", "img-src", "script-src-elem"], False]


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def test_it_prints_the_table_or_the_country(opened, address):
    page = opened(address)
    assert 1 <= pages(page.pdf(prefer_css_page_size=True)) <= 4
    page.emulate_media(media="print")
    assert page.locator("#map").is_hidden()
    assert page.locator("#watch").is_hidden()
    assert page.locator("header").is_hidden()
    assert page.locator("#countries").is_visible()
    country = opened(address + "#RWA")
    country.wait_for_selector("#country h1")
    assert 2 <= pages(country.pdf(prefer_css_page_size=True)) <= 4
    country.emulate_media(media="print")
    assert country.locator("#countries").is_hidden()
    assert country.locator("#country h1").is_visible()


def test_an_internal_page_says_so_on_every_sheet(opened, tmp_path):
    world_report(CASES.scored(), audience="internal").write(tmp_path / "inside.html")
    page = opened((tmp_path / "inside.html").as_uri() + "#RWA")
    page.wait_for_selector("#country h1")
    # it stays in sight, above the bar, wherever one reads
    page.mouse.wheel(0, 3000)
    until(page, "scrollY > 300")
    mark, bar = page.locator(".mark").bounding_box(), page.locator("header").bounding_box()
    assert (mark["x"], mark["y"]) == (0, 0)
    assert bar["y"] == pytest.approx(mark["height"], abs=1)
    pdf = page.pdf(prefer_css_page_size=True)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.querySelector('.mark')).position") == "fixed"
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext, which reads the sheets, is not installed")
    (tmp_path / "inside.pdf").write_bytes(pdf)
    words = ["pdftotext", str(tmp_path / "inside.pdf"), "-"]
    text = subprocess.run(words, capture_output=True, check=True, encoding="utf-8").stdout
    sheets = text.split("\f")[:-1]
    assert len(sheets) == pages(pdf) >= 2
    assert ["INTERNAL" in sheet for sheet in sheets] == [True] * len(sheets)


def test_without_scripts_the_table_reads(opened, address):
    page = opened(address, java_script_enabled=False)
    rows = page.locator("#countries tbody tr").all_text_contents()
    assert len(rows) == 10
    assert rows == opened(address).locator("#countries tbody tr").all_text_contents()
    # this way of switching scripts off leaves the note unparsed: its text must be there at least
    assert "Scripts are off" in page.locator("noscript").inner_html()
    assert page.locator("#filters").is_hidden()
    assert page.locator(".caution").first.is_visible()


def names_of(page):
    """Every control that is shown, and its name as a screen reader says it."""
    return page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
            .filter((node) => node.checkVisibility())
            .map((node) => [node.outerHTML.slice(0, 80), (node.getAttribute("aria-label")
                || (node.labels && [...node.labels].map((l) => l.textContent).join(" "))
                || (node.getAttribute("aria-labelledby") && document.getElementById(
                    node.getAttribute("aria-labelledby")).textContent)
                || node.textContent).trim()])"""
    )


@pytest.mark.parametrize("where", ["", "#RWA"])
def test_controls_have_names_headings_are_in_order_and_heads_have_a_scope(opened, address, where):
    page = opened(address + where)
    page.wait_for_selector("#country h1" if where else "#countries thead button")
    controls = names_of(page)
    assert len(controls) > 5
    assert [html for html, name in controls if not name] == []
    levels = page.evaluate(
        """() => [...document.querySelectorAll("h1, h2, h3, h4")]
            .filter((node) => node.checkVisibility()).map((node) => Number(node.tagName[1]))"""
    )
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert page.locator("th:not([scope])").count() == 0
    tables = page.locator("table:visible")
    assert tables.count() == page.locator("table:visible > caption").count()
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((node) => node.id)")
    assert len(ids) == len(set(ids))


def test_colours_and_letters_are_apart_enough(page):
    """4.5 to 1, as WCAG 2.1 asks of text, on every tile and word that is shown."""
    worst = page.evaluate(
        """() => {
            const light = (text) => {
                const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((c) => c / 255)
                    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            const behind = (node) => {
                for (let n = node; n; n = n.parentElement) {
                    const colour = getComputedStyle(n).backgroundColor;
                    if (!/, 0\\)$|transparent/.test(colour)) return colour;
                }
                return "rgb(255, 255, 255)";
            };
            const found = [...document.querySelectorAll("body *")].filter((node) =>
                node.checkVisibility() && !node.disabled && [...node.childNodes].some(
                    (child) => child.nodeType === 3 && child.data.trim()));
            return found.map((node) => {
                const [a, b] = [light(getComputedStyle(node).color), light(behind(node))];
                return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.outerHTML.slice(0, 90)];
            }).sort((x, y) => x[0] - y[0])[0];
        }"""
    )
    assert worst[0] >= 4.5, worst


def test_bands_keep_their_colours_where_the_system_sets_its_own(page):
    ground = "getComputedStyle(document.querySelector(\"#tiles a[href='#RWA']\")).backgroundColor"
    before = page.evaluate(ground)
    page.emulate_media(forced_colors="active")
    assert page.evaluate(ground) == before


@pytest.mark.parametrize("where", ["", "#RWA"])
def test_nothing_is_wider_than_the_window(opened, address, where):
    page = opened(address + where)
    for width in (1280, 800, 400):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(50)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_browser_that_is_stuck_is_ended(launch):
    sync_api = pytest.importorskip("playwright.sync_api")
    made, process = launch()
    page = made.new_page()
    start = time.monotonic()
    with at_most(0.5, process), pytest.raises(sync_api.Error, match="closed"):
        page.evaluate("for (;;) {}")
    assert time.monotonic() - start < 20
    assert not made.is_connected()
