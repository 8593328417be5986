"""What can be done with a figure: enlarge it, save it, hand on how it is set.

A test fails where an enlarged figure no longer moves or does not come back, a saved one is empty or has no licence, or
an address sets another figure than it says.
"""

import io
import re
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from browser import wait_until
from PIL import Image
from placed import FOUND, PAGE_OF, every_page
from playwright.sync_api import expect

POOLING = PAGE_OF["Pooling"]
LICENCE = re.compile(r"(Fig\. [\d.]+) of “Paying Attention”, CC BY 4\.0")


def live(tab):
    place = tab.locator("figure:has(.explorable)").first
    place.scroll_into_view_if_needed()
    expect(place.locator(".explorable")).to_contain_class("alive")
    return place


def saved(tab, kind):
    with tab.expect_download() as download:
        tab.get_by_role("button", name=f"Save {kind}").click()
    return download.value.suggested_filename, download.value.path().read_bytes()


def address(page, name, **settings):
    return f"{page}#{name}?{urlencode(settings)}"


@every_page
def test_a_live_figure_is_enlarged_moves_and_comes_back(visit, page):
    tab = visit(page, viewport={"width": 1440, "height": 900})
    figure = live(tab)
    below = figure.evaluate("(figure) => figure.getBoundingClientRect().height")
    small = figure.locator(".pa-stage").bounding_box()
    button = figure.get_by_role("button", name="Enlarge Fig.")
    button.click()
    sheet = tab.get_by_role("dialog")
    expect(sheet).to_be_visible()
    large = sheet.locator(".pa-stage").bounding_box()
    assert large["width"] > small["width"]
    # Nothing of it is out of sight, the controls included.
    view = sheet.locator(".view")
    sides = ("Height", "Width")
    assert all(view.evaluate(f"(view) => view.scroll{side} <= view.client{side} + 1") for side in sides)
    controls = sheet.locator("input, select")
    before = sheet.locator(".pa-seen").text_content()
    for slider in sheet.locator("input[type=range]:enabled").all():
        end = slider.input_value() == slider.get_attribute("max")
        slider.press("Home" if end else "End")
    if controls.count() > 1:
        assert sheet.locator(".pa-seen").text_content() != before
    assert figure.evaluate("(figure) => figure.getBoundingClientRect().height") == pytest.approx(below, abs=4)
    tab.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(figure.locator(".alive > .live .pa-figure")).to_have_count(1)
    expect(button).to_be_focused()
    assert figure.locator(".pa-stage").bounding_box()["width"] == pytest.approx(small["width"], abs=1)


@every_page
def test_a_live_figure_is_saved_as_it_is_set(visit, page):
    tab = visit(page, color_scheme="dark")
    figure = live(tab)
    figure.get_by_role("button", name="Enlarge").click()
    number = figure.locator(".caption-number").text_content().strip()
    name, svg = saved(tab, "SVG")
    assert name == f"{figure.get_attribute('id')}.svg"
    root = ElementTree.fromstring(svg)
    words = " ".join("".join(text.itertext()) for text in root.iterfind(".//{*}text"))
    assert LICENCE.search(words)[1] == number
    sentence = tab.get_by_role("dialog").locator(".pa-seen").text_content()
    assert sentence in words
    # It needs nothing else: no style sheet, no other file, no part of a page.
    text = svg.decode()
    assert not re.search(r"foreignObject|class=|href=\"(?!data:)|currentColor|var\(", text)
    name, png = saved(tab, "PNG")
    assert name.endswith(".png")
    picture = Image.open(io.BytesIO(png)).convert("L")
    assert picture.width >= 1200
    # Dark on white, whatever the page is, and something of it.
    shades = picture.histogram()
    assert picture.getpixel((2, 2)) == 255
    assert 0.01 < sum(shades[:200]) / sum(shades) < 0.7


def test_a_still_is_enlarged_and_saved(visit):
    tab = visit(POOLING, viewport={"width": 1280, "height": 720})
    figure = tab.locator("figure:has(> .picture)").first
    small = figure.locator("img").bounding_box()
    figure.get_by_role("button", name="Enlarge").click()
    sheet = tab.get_by_role("dialog")
    assert sheet.locator("img").bounding_box()["height"] > small["height"]
    assert sheet.locator("img").get_attribute("alt") == figure.locator("img").get_attribute("alt")
    _, svg = saved(tab, "SVG")
    root = ElementTree.fromstring(svg)
    words = " ".join("".join(text.itertext()) for text in root.iterfind(".//{*}text"))
    assert LICENCE.search(words)[1] == figure.locator(".caption-number").text_content().strip()
    _, png = saved(tab, "PNG")
    assert Image.open(io.BytesIO(png)).width >= 1600
    sheet.get_by_role("button", name="Close").click()
    expect(sheet).to_have_count(0)


def test_the_tools_come_when_they_are_asked_for(visit):
    tab = visit(POOLING)
    live(tab)
    assert not [url for url in tab.asked if "figure-tools" in url]
    off = visit(POOLING, java_script_enabled=False)
    assert not off.locator(".tools").first.is_visible()


def test_a_figure_is_set_by_its_address_and_gives_it_back(visit):
    name = "fig-explore-pooling"
    given = address(POOLING, name, width=0.1, kernel="boxcar")
    tab = visit(given)
    figure = tab.locator(f"#{name}")
    expect(figure.get_by_role("combobox")).to_have_value("boxcar")
    assert figure.locator("output").nth(1).text_content() == "0.10"
    assert figure.evaluate("(figure) => Math.abs(figure.getBoundingClientRect().top)") < 120
    # Reset leads to how the book has it; the link, to how it is.
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    figure.get_by_role("button", name="Copy a link").click()
    expect(figure.locator(".said")).to_contain_text("copied")
    copied = tab.evaluate("navigator.clipboard.readText()")
    assert copied.endswith(given)
    assert tab.url == copied
    # A point that was moved is handed on as well.
    figure.locator(".pa-point[tabindex='0']").press("PageUp")
    figure.get_by_role("button", name="Copy a link").click()
    wait_until(tab, "(copied) => location.href !== copied", copied)
    again = visit(tab.url.split("/", 3)[3])
    expect(again.get_by_role("combobox")).to_have_value("boxcar")
    heights = [each.locator(f"#{name} .live").evaluate("(live) => live.model.get('y')") for each in (tab, again)]
    assert heights[1] == pytest.approx(heights[0], abs=0.01)
    assert heights[0] != FOUND[POOLING]["figure-1"]["y"]
    figure.get_by_role("button", name="Reset").click()
    assert figure.locator("output").nth(1).text_content() == f"{FOUND[POOLING]['figure-1']['width']:.2f}"


@pytest.mark.parametrize(
    ("name", "settings", "said"),
    [
        ("fig-explore-pooling", {"width": 7}, "sets width to “7”, and width is a number from 0.05 to 3"),
        ("fig-explore-pooling", {"kernel": "boxcar", "width": "wide"}, "sets width to “wide”"),
        ("fig-explore-pooling", {"kernel": "<b>box</b>"}, "one of gaussian, boxcar, triangular, epanechnikov"),
        ("fig-explore-pooling", {"y": "1,2,3"}, "numbers from"),
        ("fig-explore-pooling", {"toString": 1}, "sets “toString”, and this figure has query, width, kernel, y"),
        ("fig-nowhere", {"width": 1}, "a figure “fig-nowhere” that can be set"),
    ],
)
def test_nonsense_in_an_address_is_refused_in_a_sentence(visit, name, settings, said):
    tab = visit(address(POOLING, name, **settings))
    expect(tab.locator(".said")).to_contain_text(said)
    live(tab)
    expect(tab.locator("#fig-explore-pooling select")).to_have_value("gaussian")


def test_on_a_phone_an_enlarged_picture_is_larger_than_in_the_page(visit):
    tab = visit(POOLING, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    figure = tab.locator("figure:not(:has(.explorable))").first
    figure.scroll_into_view_if_needed()
    small = figure.locator("img").bounding_box()["width"]
    figure.get_by_role("button", name="Enlarge Fig.").tap()
    sheet = tab.get_by_role("dialog")
    expect(sheet).to_be_visible()
    assert sheet.locator("img").bounding_box()["width"] > 1.5 * small
    view = sheet.locator(".view")
    assert view.evaluate("(view) => view.scrollWidth > view.clientWidth")
