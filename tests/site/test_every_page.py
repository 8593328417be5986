"""Every page of the built site in a real browser, looked at in one tab.

A test fails where a page grows too heavy, asks the network, draws a formula wrong, sticks out of a phone, keeps
somebody out, or hides where the keyboard is. What takes a clock to judge is measured by `make audit`.
"""

import gzip
from urllib.parse import unquote, urlsplit

from axe_playwright_python.sync_playwright import Axe
from pages import every_chapter, every_page, every_page_with_formulas, soup
from places import SITE

KILOBYTES, REQUESTS = 180, 16
# Nothing else is asked of the report, and to write down what is in order takes as long as to look for what is not.
VIOLATIONS = {"resultTypes": ["violations"]}


@every_page
def test_a_page_is_light_and_stays_alone(tab, page):
    size = 0
    for address in tab.asked_at_first:
        content = (SITE / unquote(urlsplit(address).path).lstrip("/")).read_bytes()
        size += len(content if address.endswith((".woff2", ".png")) else gzip.compress(content))
    assert size <= KILOBYTES * 1000
    assert len(tab.asked_at_first) <= REQUESTS
    paths = [urlsplit(address).path for address in tab.asked_at_first]
    expected = {"book.js"}
    if page.endswith("search.html"):
        expected |= {"search.js", "search-index.js"}
    if soup(page).select(".explorable"):
        expected |= {"figures.js"}
    if soup(page).select("details.choice, details.solution"):
        expected |= {"reader.js"}
    assert {path.split("/")[-1] for path in paths if path.endswith(".js")} == expected


@every_page_with_formulas
def test_formulas_are_drawn(tab, page):
    widths = tab.evaluate(
        "[...document.querySelectorAll('.katex-html')].map((drawn) => drawn.getBoundingClientRect().width)"
    )
    assert len(widths) == len(soup(page).select(".katex"))
    assert min(widths) > 3
    assert tab.evaluate("[...document.fonts].some((font) => /KaTeX/.test(font.family) && font.status === 'loaded')")
    assert not soup(page).select(".katex-error")


@every_page_with_formulas
def test_formulas_have_every_character_in_their_fonts(tab, page):
    """A character that was cut from a font would be drawn in another, of another width."""
    client = tab.context.new_cdp_session(tab)
    client.send("DOM.enable")
    client.send("CSS.enable")
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    pieces = client.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".katex-html span"})["nodeIds"]
    fonts = [client.send("CSS.getPlatformFontsForNode", {"nodeId": piece})["fonts"] for piece in pieces]
    assert {font["familyName"].split("_")[0] for piece in fonts for font in piece} == {"Formulas"}


@every_page
def test_axe_finds_nothing(tab, page):
    for width in (1280, 320):
        tab.set_viewport_size({"width": width, "height": 800})
        for colours in ("light", "dark"):
            tab.emulate_media(color_scheme=colours)
            report = Axe().run(tab, options=VIOLATIONS)
            assert report.violations_count == 0, f"{width}, {colours}: {report.generate_report()}"


@every_page
def test_nothing_sticks_out_on_a_small_screen(phone, page):
    assert phone.evaluate("document.documentElement.scrollWidth") == 320
    phone.evaluate("document.fonts.ready.then(() => new Promise(requestAnimationFrame)).then(() => null)")
    # What is wider scrolls in itself, and can be reached with the keyboard.
    stuck = phone.evaluate(
        """[...document.querySelectorAll("main *")]
           .filter((box) => box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === "auto")
           .filter((box) => box.tabIndex < 0).map((box) => box.outerHTML.slice(0, 80))"""
    )
    assert not stuck
    assert not phone.evaluate("[...document.images].filter((image) => image.complete && !image.naturalWidth).length")


@every_chapter
def test_figures_stay_large_enough_to_read_on_a_phone(phone, page):
    shares = phone.evaluate(
        "[...document.querySelectorAll('article img')].map((image) => image.width / image.getAttribute('width'))"
    )
    assert min(shares) > 0.6


@every_page
def test_every_control_shows_that_it_is_reached(tab, page):
    for _ in range(12):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement === document.body"):
            break
        outline = tab.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid", tab.evaluate("document.activeElement.outerHTML")
