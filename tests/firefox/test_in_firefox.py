"""The site in another engine: what readers do, in a Firefox, from a server and from a folder.

A test fails where a figure shows other numbers than the definitions give, which in Chromium is asked as well, or does
not follow keys or mouse; where search, previews, contents, questions, colours, links or downloads need one engine.
"""

import io
import json
import random
import re
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from every_figure import figures_tested
from live_figure import LOOK, SET
from pages import CHAPTERS, HANDOUTS, soup
from PIL import Image
from placed import FOUND, PAGE_OF, PLACED

ALIVE = "document.querySelector('.explorable.alive') !== null"
FIELD = "#contents [type=search]"
PHONE = (360, 740)
POOLING = PAGE_OF["Pooling"]
A_CHAPTER = next(page for page in CHAPTERS if soup(page).select("a.term"))
FIGURES = figures_tested()
OTHERS = ["search.html?q=softmax", "404.html", "genindex.html", "chapters/glossary.html", *HANDOUTS[:1]]
WITH_SLIDERS = [(page, name) for page, name in PLACED if page in CHAPTERS and name != "HeatmapReader"]


def awake(tab):
    tab.of(".explorable", "(place) => place.scrollIntoView({ block: 'center' })")
    tab.until(ALIVE)
    return tab


def look(tab):
    return tab.of(".pa-figure", LOOK)


def is_focused(tab, selector):
    return tab.of(selector, "(one) => one === document.activeElement")


# --- figures


@pytest.mark.parametrize(("page", "name"), PLACED)
def test_a_figure_computes_as_torch_does(visit, base, page, name):
    tab = awake(visit(page, base))
    figure, state, choose = FIGURES[name], dict(FOUND[page]["figure-1"]), random.Random(page)
    figure.check(state, look(tab))
    count = len(figure.controls)
    seen = set()
    for shares in [[0.0] * count, [1.0] * count, *([choose.random() for _ in range(count)] for _ in range(4))]:
        tab.of(".pa-figure", SET, shares)
        state = figure.check_after_a_control(state, now := look(tab))
        seen.add(json.dumps(now["dataset"]))
    assert len(seen) >= (2 if name == "HeatmapReader" else 4)  # which has two scales, and cells to point at; see below


@pytest.mark.parametrize(("page", "name"), WITH_SLIDERS)
def test_keys_move_a_slider(visit, page, name):
    tab = awake(visit(page))
    figure, state = FIGURES[name], dict(FOUND[page]["figure-1"])
    slider = ".pa-figure input[type=range]:enabled"
    tab.of(slider, "(slider) => slider.focus()")
    moved = figure.controls[tab.of(slider, "(slider) => slider.labels[0].firstChild.textContent")]
    places = []
    for key in ("Home", "ArrowRight", "End", "ArrowLeft"):
        tab.press(key)
        state = figure.check_after_a_control(state, look(tab), moved)
        places.append(tab.of(slider, "(slider) => Number(slider.value)"))
    first, last, step = tab.of(slider, "({ min, max, step }) => [min, max, step].map(Number)")
    assert places == pytest.approx([first, first + step, last, last - step], abs=step / 100)


def test_a_figure_that_sleeps_is_reached_by_tab_and_woken(visit, base):
    tab = visit(POOLING, base)
    tab.call(
        """() => {
          const place = document.querySelector(".explorable");
          [...document.querySelectorAll("a[href], button, input, [tabindex]")]
            .filter((each) => place.compareDocumentPosition(each) & Node.DOCUMENT_POSITION_PRECEDING)
            .filter((each) => each.checkVisibility()).at(-1).focus({ preventScroll: true });
        }"""
    )
    tab.press("Tab")
    tab.until(ALIVE)
    first = ".explorable .live :is(input, select, button, [tabindex='0'])"
    tab.until(f"document.activeElement === document.querySelector({json.dumps(first)})")


def test_the_mouse_drags_a_query_to_a_key(visit, base):
    page = PAGE_OF["SoftLookup"]
    tab = awake(visit(page, base))
    data = FOUND[page]["figure-1"]["_data"]
    handle, keys = ".pa-query", ".pa-figure circle:not(.pa-query, .pa-ring)"
    for i in (2, 4):
        way = tab.call(
            """(keys, i) => {
              const { left, top, width, height } = document.querySelectorAll(keys)[i].getBoundingClientRect();
              return [left + width / 2, top + height / 2];
            }""",
            keys,
            i,
        )
        scrolled = tab.say("scrollY")
        begin = tab.of(
            handle,
            """(one) => {
              const { left, top, width, height } = one.getBoundingClientRect();
              return [left + width / 2, top + height / 2];
            }""",
        )
        tab.drag(begin, [(a + b) / 2 for a, b in zip(begin, way, strict=True)], way)
        assert tab.say("scrollY") == scrolled
        now = look(tab)
        found = [float(control["text"]) for control in now["controls"][:2]]
        assert found == pytest.approx(data["places"][i], abs=0.02)
        assert data["names"][i] in now["sentence"]


def test_a_point_of_the_data_is_moved_by_mouse_and_by_keys(visit):
    tab = awake(visit(POOLING))
    point = ".pa-point[tabindex='0']"
    heights = "document.querySelector('.live').model.get('y')"
    before = tab.say(heights)
    tab.of(point, "(point) => point.focus()")
    tab.press("PageUp")
    after = tab.say(heights)
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1
    x, y = tab.place(point)
    tab.drag((x, y), (x, y - 15), (x, y - 30))
    assert tab.say(heights) != after


def test_letters_of_an_answer_are_pointed_at(visit, base):
    tab = awake(visit(PAGE_OF["Alignment"], base))
    for character in (4, 0, 5):
        tab.hover(f".pa-line button:nth-child({character + 1})")
        state = {**FOUND[PAGE_OF["Alignment"]]["figure-1"], "character": character}
        FIGURES["Alignment"].check(state, look(tab))


def test_cells_of_a_heatmap_are_pointed_at_and_walked(visit, base):
    page, figure = PAGE_OF["HeatmapReader"], FIGURES["HeatmapReader"]
    tab = awake(visit(page, base))
    state = dict(FOUND[page]["figure-1"])
    for query, key in ((3, 5), (0, 2)):
        tab.hover(f".pa-figure [role=application] rect:nth-of-type({query * state['_data']['keys'] + key + 1})")
        state |= {"panel": 0, "query": query, "key": key}
        figure.check(state, look(tab))
    tab.of(".pa-figure [role=application]", "(panel) => panel.focus()")
    for key, trait in (("ArrowDown", "query"), ("ArrowRight", "key")):
        tab.press(key)
        state[trait] += 1
        figure.check(state, look(tab))


# --- pages


# The chapters have been opened from a folder above.
@pytest.mark.parametrize(
    ("page", "base"),
    [*((page, "server") for page in CHAPTERS + OTHERS), *((page, "folder") for page in OTHERS)],
    indirect=["base"],
)
def test_a_page_opens_and_fits_a_phone(visit, base, page):
    tab = visit(page, base, (320, 640))
    assert tab.of("article h1", "(title) => title.checkVisibility()")
    tab.until("document.fonts.ready.then(() => true)")
    # A bar for scrolling takes some of it, but where it lies over the page.
    assert tab.say("document.documentElement.scrollWidth") == tab.say("document.documentElement.clientWidth") <= 320
    tab.resize(1280, 800)
    assert tab.of("#contents a", "(link) => link.checkVisibility()")


def test_a_page_runs_no_script_that_was_slipped_in(visit, base):
    tab = visit(A_CHAPTER, base)
    tab.call(
        """() => {
          window.refused = [];
          addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
          const add = (name, what) => document.body.append(Object.assign(document.createElement(name), what));
          add("script", { text: "window.slipped = 1" });
          add("script", { src: "https://example.org/x" });
          add("img", { src: "https://example.org/x" });
          document.body.insertAdjacentHTML("beforeend", "<b onclick='window.slipped = 1'>here</b>");
          document.body.lastChild.click();
        }"""
    )
    tab.until("refused.length >= 4")
    assert set(tab.say("refused")) == {"script-src-elem", "img-src", "script-src-attr"}
    assert tab.say("window.slipped ?? null") is None
    tab.firefox.listen(0.2)
    tab.complaints.clear()  # Firefox has complained, as it should


# --- search


@pytest.mark.parametrize("keys", ["/", "Control+k"])
def test_a_place_is_found_and_reached_with_the_keyboard_alone(visit, base, keys):
    tab = visit("chapters/notation.html", base)
    tab.press(keys)
    tab.until("Boolean(globalThis.suggest)")
    tab.type("kernel matter")
    tab.until("document.querySelectorAll('#suggestions [role=option]').length > 1")
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        tab.press(key)
    option = "#suggestions [role=option]"
    assert tab.of(option, "(option) => option.getAttribute('aria-selected')") == "true"
    assert tab.of(FIELD, "(field) => field.getAttribute('aria-activedescendant')") == tab.of(option, "({ id }) => id")
    tab.press("Enter")
    tab.until("location.href.endsWith('/04-attention-pooling.html#does-the-kernel-matter')")
    tab.until("CSS.highlights.get('found')?.size > 3")
    assert 0 <= tab.of("#does-the-kernel-matter h2", "(title) => title.getBoundingClientRect().top") < 200


def test_escape_closes_what_was_found_and_leaves_the_words(visit):
    tab = visit("chapters/notation.html")
    tab.press("/")
    tab.until("Boolean(globalThis.suggest)")
    tab.type("query")
    tab.until("document.querySelector('#suggestions:popover-open') !== null")
    tab.press("Escape")
    tab.until("document.querySelector('#suggestions:popover-open') === null")
    assert tab.of(FIELD, "(field) => field.value") == "query"


# --- previews, contents


CARD = "document.querySelector('#preview:popover-open')"


def test_a_preview_comes_on_hover_and_on_focus_and_goes_with_escape(visit, base):
    tab = visit(A_CHAPTER, base)
    tab.hover("article a.term")
    tab.until(f"{CARD} !== null")
    term = tab.of("article a.term", "(link) => link.textContent")
    assert term.lower() in tab.of("#preview", "(card) => card.textContent").lower()
    tab.hover("#preview")  # it stays while the mouse is on it
    tab.firefox.listen(0.4)
    assert tab.say(f"{CARD} !== null")
    tab.press("Escape")
    tab.until(f"{CARD} === null")
    tab.of("article a.term", "(link) => link.focus()")
    tab.press("Shift+Tab")
    tab.press("Tab")
    tab.until(f"{CARD} !== null")
    assert tab.of("article a.term", "(link) => link.getAttribute('aria-describedby')") == "preview"


def test_the_first_tap_shows_and_the_second_follows(visit):
    tab = visit(A_CHAPTER, size=PHONE)
    citation = "article a.internal[href*='bibliography']"
    tab.click(citation, finger=True)
    tab.until(f"{CARD} !== null")
    assert re.search(r"\d{4}", tab.of("#preview", "(card) => card.textContent"))
    assert "bibliography" not in tab.say("location.href")
    tab.click(citation, finger=True)
    tab.until("location.pathname.endsWith('/bibliography.html')")


def test_contents_close_on_what_is_chosen_and_do_not_cover_it(visit, base):
    tab = visit(A_CHAPTER, base, PHONE)
    opened = "document.getElementById('contents').matches(':popover-open')"
    tab.click(".open-contents")
    tab.until(opened)
    tab.press("Escape")
    tab.until(f"!{opened}")
    assert is_focused(tab, ".open-contents")
    tab.press("Enter")
    tab.until(opened)
    link = "#contents a[href='#exercises']"
    tab.of(link, "(link) => link.scrollIntoView()")
    tab.click(link)
    tab.until(f"!{opened}")
    assert is_focused(tab, "#exercises")
    tab.until("scrollY > 1000")
    tab.until("document.querySelector('.now > span').textContent !== ''")
    top, bottom = tab.of(
        ".side header", "(bar) => [bar.getBoundingClientRect().top, bar.getBoundingClientRect().bottom]"
    )
    assert top == 0
    assert bottom <= tab.of("#exercises h2", "(title) => title.getBoundingClientRect().top") < 200


# --- what this reader has done and chosen


def test_answers_are_marked_counted_and_remembered_until_they_are_to_be_forgotten(visit, base):
    tab = visit(A_CHAPTER, base)
    tab.until("document.querySelector('details.choice.right') !== null")
    tab.click("details.choice.right > summary")
    assert "✓ right" in tab.of("details.choice.right > summary", "(choice) => choice.textContent")
    count = "document.querySelector('.count')?.textContent ?? ''"
    tab.until(f"/^1 of \\d questions answered, 1 right at the first choice/.test({count})")
    tab.click("details.solution > summary")
    tab.until("document.querySelector('details.solution').open")
    tab.of("#to-remember", "(end) => end.scrollIntoView()")
    tab.until("document.querySelector('#contents a.current.read') !== null")
    tab.reload()
    tab.until(f"({count}).startsWith('1 of')")
    assert tab.of("details.choice.right", "(choice) => choice.open")
    assert tab.of("details.solution", "(solution) => solution.open")
    tab.click(".forget")
    tab.until(f"({count}) === '' && document.querySelector('#contents a.read') === null")


def test_a_choice_of_colours_stays(visit, base):
    tab = visit("intro.html", base)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.say(ground)
    tab.click(".colours")
    tab.click(".colours")
    assert tab.of(".colours", "(button) => button.textContent") == "Colours: dark"
    dark = tab.say(ground)
    assert dark != light
    tab.go(f"{base}/chapters/notation.html")
    assert tab.say(ground) == dark


def test_code_is_copied(visit, base):
    tab = visit(CHAPTERS[0], base)
    tab.until("document.querySelector('.copy') !== null")
    tab.click(".cell_input .copy")
    tab.until("document.querySelector('.cell_input .copy').textContent === 'Copied'")
    code = tab.of(
        ".cell_input",
        "(cell) => { const c = cell.cloneNode(true); c.querySelectorAll('.linenos, .copy')"
        ".forEach((e) => e.remove()); return c.textContent.trim(); }",
    )
    assert pasted(tab).split() == code.split()


def pasted(tab):
    """What is in the clipboard: a field takes it, in one line."""
    tab.of(FIELD, "(field) => { field.value = ''; field.focus(); }")
    tab.press("Control+v")
    return tab.until(f"document.querySelector({json.dumps(FIELD)}).value")


# --- the tools of a figure


def test_a_figure_is_set_by_its_address_and_gives_it_back(visit, base):
    name = "fig-explore-pooling"
    tab = visit(f"{POOLING}#{name}?{urlencode({'width': 0.1, 'kernel': 'boxcar'})}", base)
    tab.until(ALIVE)
    tab.until(f"document.querySelector('#{name} select').value === 'boxcar'")
    assert look(tab)["dataset"]
    assert tab.of(f"#{name}", "(figure) => Math.abs(figure.getBoundingClientRect().top)") < 120
    tab.of(f"#{name} .pa-point[tabindex='0']", "(point) => point.focus()")
    tab.press("PageUp")
    tab.click(f"#{name} [data-tool^='Copy']")
    tab.until(f"document.querySelector('#{name} > .said')?.textContent.includes('copied')")
    address = tab.say("location.href")
    assert pasted(tab) == address
    again = visit(address.removeprefix(f"{base}/"), base)
    again.until(f"document.querySelector('#{name} .explorable.alive select')?.value === 'boxcar'")
    heights = f"document.querySelector('#{name} .live').model.get('y')"
    assert again.say(heights) == pytest.approx(tab.say(heights), abs=0.01)
    assert again.say(heights) != FOUND[POOLING]["figure-1"]["y"]


def test_nonsense_in_an_address_is_refused_in_a_sentence(visit, base):
    tab = visit(f"{POOLING}#fig-explore-pooling?width=7", base)
    tab.until("document.querySelector('.said')?.textContent.includes('a number from 0.05 to 3')")


@pytest.mark.parametrize("name", ["Pooling", "Alignment", "HeatmapReader"])
def test_a_live_figure_is_enlarged_and_saved_as_it_is_set(visit, base, name):
    tab = awake(visit(PAGE_OF[name], base))
    figure = tab.of("figure:has(.explorable.alive)", "({ id }) => id")
    tab.of(".pa-figure", SET, [0.7] * len(FIGURES[name].controls))
    tab.click(f"[id='{figure}'] [data-tool='Enlarge']")
    tab.until("document.querySelector('dialog .pa-figure') !== null")
    sentence = tab.of("dialog .pa-seen", "(seen) => seen.textContent")
    save(tab, "SVG")
    svg = tab.saved(f"{figure}.svg")
    texts = " ".join("".join(text.itertext()) for text in ElementTree.fromstring(svg).iterfind(".//{*}text"))
    assert sentence in texts
    assert "CC BY 4.0" in texts
    assert not re.search(r"foreignObject|class=|href=\"(?!data:)|currentColor|var\(", svg.decode())
    save(tab, "PNG")
    picture = Image.open(io.BytesIO(tab.saved(f"{figure}.png"))).convert("L")
    shades = picture.histogram()
    assert picture.width >= 1200
    assert picture.getpixel((2, 2)) == 255
    assert 0.01 < sum(shades[:200]) / sum(shades) < 0.7
    tab.press("Escape")
    tab.until(f"document.querySelector('dialog') === null && {ALIVE}")


def save(tab, kind):
    tab.call(
        "(name) => [...document.querySelectorAll('dialog button')].find((one) => one.textContent === name).id = name",
        save := f"Save {kind}",
    )
    tab.click(f"[id='{save}']")
