"""What holds for every interactive figure where it is not alive, or has little room, or other colours.

Fails if a reader without scripts or with the page on paper gets no still, if a phone cuts a part of the figure off, or
if a text in it is too pale, by day or by night.
"""

import re
import unicodedata
from xml.etree import ElementTree

import pypdf
import pytest
from browser import wait_until
from live_figure import CONTRASTS, LOOK, SET, figure_of
from over import over
from places import SITE

from paying_attention import explorables


def unspaced(text):
    """Without spaces, and each letter by itself: a font may join ff to one sign on paper."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


class OnOtherScreensAndPaper:
    """A part of `EveryFigure`, which says what a figure's file of tests has to say."""

    name: str
    controls: dict

    @over("pages")
    def test_without_a_script_the_still_is_there(self, visit, page):
        tab = visit(page, lives=False, java_script_enabled=False)
        still = tab.locator(".explorable img")
        still.scroll_into_view_if_needed()
        assert still.is_visible()
        assert tab.locator(".pa-figure, .broken").count() == 0
        assert len(still.get_attribute("alt")) > 40
        box = still.bounding_box()
        width, height = (int(still.get_attribute(name)) for name in ("width", "height"))
        assert box["width"] == pytest.approx(width, rel=0.1)
        assert box["height"] / box["width"] == pytest.approx(height / width, rel=0.01)
        assert height == pytest.approx(getattr(explorables, self.name).height * 96, abs=1)
        wait_until(tab, "(still) => still.complete && still.naturalWidth", still.element_handle())

    @over("pages")
    def test_on_screens_the_live_figure_takes_the_place_of_the_still(self, visit, page):
        tab = visit(page)
        assert tab.locator(".explorable .live").is_visible()
        assert not tab.locator(".explorable img").is_visible()
        before = tab.evaluate("document.querySelector('.explorable').getBoundingClientRect().height")
        tab.evaluate("document.querySelector('.explorable').classList.remove('alive')")
        tab.evaluate("document.querySelector('.live').remove()")
        after = tab.evaluate("document.querySelector('.explorable').getBoundingClientRect().height")
        # Nothing below moves by more than a few lines when it does.
        assert abs(before - after) < 40

    @over("pages")
    def test_on_paper_the_still_is_there(self, visit, tmp_path, page):
        tab = visit(page)
        figure = figure_of(tab)
        sentences = [figure.evaluate(LOOK)["sentence"]]
        figure.evaluate(SET, [0.9] * len(self.controls))
        sentences.append(figure.evaluate(LOOK)["sentence"])
        path = tmp_path / "page.pdf"
        tab.pdf(path=path)
        paper = " ".join(sheet.extract_text() for sheet in pypdf.PdfReader(path).pages)
        paper = unspaced(paper)
        tab.emulate_media(media="print")
        still = tab.locator(".explorable img")
        assert still.is_visible()
        assert not tab.locator(".explorable .live").is_visible()
        drawing = ((SITE / page).parent / still.get_attribute("src")).resolve()
        for text in ElementTree.parse(drawing).iterfind(".//{*}text"):
            assert unspaced("".join(text.itertext())) in paper
        for live in ("Reset", *sentences):
            assert unspaced(live) not in paper

    @over("pages")
    def test_a_small_screen_holds_a_figure(self, visit, page):
        tab = visit(page, viewport={"width": 360, "height": 640}, has_touch=True)
        figure = figure_of(tab)
        for width, share in ((360, 0.0), (360, 1.0), (320, 1.0), (320, 0.5)):
            tab.set_viewport_size({"width": width, "height": 640})
            figure.evaluate(SET, [share] * len(self.controls))
            tab.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
            assert tab.evaluate("document.documentElement.scrollWidth") == width
            for control in figure.locator("input, select, button").all():
                box = control.bounding_box()
                assert box["height"] >= 24
                assert box["width"] >= 24
            parts = figure.locator(":not(option, .pa-spoken)").evaluate_all(
                "(all) => all.map((part) => part.getBoundingClientRect()).map(({ left, right }) => [left, right])"
            )
            assert min(left for left, _ in parts) >= 0
            assert max(right for _, right in parts) <= width

    @over("pages")
    def test_texts_stand_out_from_the_page(self, visit, page):
        tab = visit(page)
        for colours in ("light", "dark"):
            tab.emulate_media(color_scheme=colours)
            ground = tab.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 200) == (colours == "dark")
            for share in (0.0, 0.25, 0.5, 0.75, 1.0):
                figure_of(tab).evaluate(SET, [share] * len(self.controls))
                contrasts = figure_of(tab).evaluate(CONTRASTS)
                assert len(contrasts) >= 5
                assert [text for text, contrast in contrasts if contrast < 4.5] == []
