"""What helps a reader along: the bar of a narrow page, previews, links that the build makes, and what is remembered.

Fails when the contents cover what they lead to, a preview asks the network or cannot be dismissed, words that name a
place lead elsewhere, or an answer is forgotten before the reader says so.
"""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import wait_until
from pages import CHAPTERS, PAGES, every_chapter, soup

PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
A_CHAPTER = next(page for page in CHAPTERS if soup(page).select("a.term"))


def y_of(tab, selector):
    return tab.locator(selector).first.bounding_box()["y"]


# --- the bar and the contents of a narrow page


@pytest.mark.parametrize("width", [360, 720])
def test_contents_close_on_what_is_chosen_and_do_not_cover_it(visit, width):
    tab = visit(A_CHAPTER, viewport={"width": width, "height": 740})
    tab.locator(".open-contents").click()
    link = tab.locator("#contents a[href='#exercises']")
    link.click()
    assert not tab.evaluate("document.getElementById('contents').matches(':popover-open')")
    assert tab.evaluate("document.activeElement.id") == "exercises"
    wait_until(tab, "scrollY > 1000")
    bar = tab.locator(".side header").bounding_box()
    assert bar["y"] == 0
    assert bar["height"] <= y_of(tab, "#exercises h2") < 200


def test_contents_have_a_button_that_closes_them_and_escape_leads_back(visit):
    tab = visit(A_CHAPTER, **PHONE)
    opened = "document.getElementById('contents').matches(':popover-open')"
    tab.locator(".open-contents").click()
    tab.locator(".close-contents").click()
    assert not tab.evaluate(opened)
    tab.locator(".open-contents").click()
    tab.keyboard.press("Escape")
    assert not tab.evaluate(opened)
    assert tab.evaluate("document.activeElement.className") == "open-contents"


def test_the_bar_says_what_is_read_and_how_far_and_leads_up(visit):
    tab = visit(A_CHAPTER, **PHONE)
    title = tab.locator("h1").inner_text().replace("#", "").strip()
    assert tab.locator(".now b").inner_text().split(". ")[-1] in title
    tab.evaluate("document.getElementById('to-remember').scrollIntoView()")
    wait_until(tab, "document.querySelector('.now > span').textContent === 'To remember'")
    line = "new DOMMatrix(getComputedStyle(document.querySelector('.side header'), '::after').transform).a"
    assert 0.2 < tab.evaluate(line) < 1
    tab.locator(".up").click()
    wait_until(tab, "scrollY < 200")


@every_chapter
def test_the_bar_never_covers_what_a_link_leads_to(visit, page):
    tab = visit(page, **PHONE)
    for place in soup(page).select("article figure[id], .exercise[id]")[:6]:
        tab.evaluate("(id) => { location.hash = ''; location.hash = id; }", place["id"])
        wait_until(tab, "(id) => location.hash === `#${id}`", place["id"])
        assert y_of(tab, f"[id='{place['id']}']") >= tab.locator(".side header").bounding_box()["height"] - 1


def test_a_button_that_comes_late_moves_no_text(visit):
    tab = visit(A_CHAPTER, **PHONE)
    wait_until(tab, "document.querySelector('.copy') !== null")
    heights = "() => [...document.querySelectorAll('.cell_input pre, .solution pre')].map((code) => code.offsetHeight)"
    with_buttons = tab.evaluate(heights)
    boxes = tab.evaluate(
        """() => [document.querySelector(".copy"), document.querySelector(".cell_input pre span")].map((part) => {
          const { top, bottom } = part.getBoundingClientRect();
          return [top, bottom];
        })"""
    )
    assert boxes[0][1] <= boxes[1][0]  # the button is above the first word
    tab.evaluate("() => document.querySelectorAll('.copy').forEach((button) => button.remove())")
    assert tab.evaluate(heights) == with_buttons


# --- previews


def test_a_preview_comes_on_hover_and_on_focus_and_goes_with_escape(visit):
    tab = visit(A_CHAPTER)
    asked = len(tab.asked)
    term = tab.locator("a.term").first
    term.scroll_into_view_if_needed()
    term.hover()
    card = tab.locator("#preview")
    card.wait_for()
    assert term.inner_text().lower() in card.inner_text().lower()
    card.hover()  # it stays while the mouse is on it
    tab.wait_for_timeout(400)
    assert card.is_visible()
    tab.keyboard.press("Escape")
    card.wait_for(state="hidden")
    term.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    card.wait_for()
    assert term.get_attribute("aria-describedby") == "preview"
    assert {url.split("/")[-1] for url in tab.asked[asked:] if url.endswith((".html", ".js"))} == {"previews.js"}


def tapped_citation(visit):
    """A chapter on a phone, a citation in it that was tapped on, and the card that this has shown."""
    tab = visit(A_CHAPTER, **PHONE)
    citation = tab.locator("article a.internal[href*='bibliography']").first
    citation.scroll_into_view_if_needed()
    citation.tap()
    card = tab.locator("#preview")
    card.wait_for()
    return tab, citation, card


def test_the_first_tap_shows_and_the_second_follows(visit):
    tab, citation, card = tapped_citation(visit)
    assert re.search(r"\d{4}", card.inner_text())
    assert "bibliography" not in tab.url
    citation.tap()
    tab.wait_for_url("**/bibliography.html#*")


def test_a_preview_goes_when_the_page_is_scrolled_but_not_for_a_scroll_before_the_tap(visit):
    tab, citation, card = tapped_citation(visit)
    tab.evaluate("scrollBy(0, 40)")
    card.wait_for(state="hidden")
    # In one task, so that the page hears of the scroll after the tap.
    shown = citation.evaluate(
        """(link) => new Promise((done) => {
          const card = document.getElementById("preview");
          const said = [];
          addEventListener("scroll", () => setTimeout(() => done([...said, card.checkVisibility()])), { once: true });
          scrollBy(0, -40);
          link.dispatchEvent(new PointerEvent("pointerdown", { pointerType: "touch", bubbles: true }));
          link.click();
          said.push(card.checkVisibility());
        })"""
    )
    assert shown == [True, True]  # before the page heard of it, and after


@every_chapter
def test_every_term_citation_figure_and_exercise_that_a_text_leads_to_has_a_preview(page):
    # Not by a selector: those do not look into a template.
    entries = {entry["data-to"] for entry in soup(page).find("template", id="previews").find_all("div")}
    for link in soup(page).select("article a.internal[href*='#']"):
        other = link["href"].split("#")[0]
        if other.split("/")[-1] in ("glossary.html", "bibliography.html"):
            assert link["href"] in entries, link


# --- words that lead somewhere


@every_chapter
def test_chapters_and_exercises_that_are_named_are_links(page):
    body = soup(page).select_one("article")
    for text in body.find_all(string=re.compile(r"\b[Cc]hapter \d\d\b|\b[Ee]xercise \d\.\d")):
        if text.find_parent(["pre", "code", "template", "h1", "h2", "h3"]):
            continue
        here = re.search(r"/(\d\d)", page)[1]
        named = [number for number in re.findall(r"[Cc]hapter (\d\d)", text) if number != here]
        known = {re.search(r"/(\d\d)", chapter)[1] for chapter in CHAPTERS}
        assert text.find_parent("a") or not set(named) & known, text


def test_the_way_leads_through_all_chapters_in_order():
    stations = [link["href"] for link in soup("intro.html").select(".way a")]
    assert stations == CHAPTERS
    times = [time.get_text() for time in soup("intro.html").select(".way span")]
    assert all("minutes" in time for time in times)


def test_sources_say_where_they_are_cited_and_terms_where_they_are_taught():
    cited = soup("chapters/bibliography.html").select(".citation")
    assert all(entry.select(".back a") for entry in cited)
    taught = soup("chapters/glossary.html").select(".glossary dd .back a")
    assert len(taught) >= len(soup("chapters/glossary.html").select(".glossary dt")) / 3
    assert all(link["href"].split("#")[0] in {page.split("/")[-1] for page in PAGES} for link in taught)


# --- what this reader has done


def answer(tab, question, right):
    choices = tab.locator("details.choice")
    group = tab.evaluate(
        """(n) => [...document.querySelectorAll('details.choice')].map((choice, i) => [choice, i])
            .filter(([choice]) => !choice.previousElementSibling?.matches('details.choice')).map(([, i]) => i)[n]""",
        question,
    )
    kind = "right" if right else "wrong"
    while kind not in choices.nth(group).get_attribute("class"):
        group += 1
    choices.nth(group).locator("summary").click()
    return choices.nth(group)


def test_answers_are_marked_counted_and_remembered_until_they_are_to_be_forgotten(visit):
    tab = visit(A_CHAPTER)
    assert "✓ right" in answer(tab, 0, True).locator("summary").inner_text()
    assert "✗ no" in answer(tab, 1, False).locator("summary").inner_text()
    answer(tab, 1, True)  # a second look does not count
    count = re.compile(r"^2 of \d questions answered, 1 right at the first choice")
    assert count.match(tab.locator(".count").inner_text())
    tab.locator("details.solution").first.locator("summary").first.click()
    tab.evaluate("document.getElementById('to-remember').scrollIntoView()")
    tab.wait_for_selector("#contents a.current.read")
    tab.reload()
    wait_until(tab, "document.querySelector('.count')?.textContent")
    assert count.match(tab.locator(".count").inner_text())
    assert tab.evaluate("document.querySelector('details.solution').open")
    assert tab.locator("#contents a.current.read").count() == 1
    tab.locator(".forget").click()
    tab.wait_for_selector(".forget", state="hidden")
    tab.wait_for_selector(".count", state="attached")
    assert tab.locator(".count").inner_text() == ""
    assert not tab.evaluate("document.querySelector('details.solution').open")
    assert tab.locator("a.read").count() == 0


def test_what_is_marked_as_read_is_a_chapter_and_not_each_place_in_it(visit):
    tab = visit(A_CHAPTER)
    tab.evaluate("document.getElementById('to-remember').scrollIntoView()")
    tab.wait_for_selector("#contents a.current.read")
    marked = "[...document.querySelectorAll('article a.read')].map((link) => link.getAttribute('href'))"
    site = tab.url.removesuffix(A_CHAPTER)
    for page, found in (("intro", [A_CHAPTER] * 2), ("chapters/for-lecturers", []), ("chapters/notation", [])):
        tab.goto(f"{site}{page}.html")
        tab.wait_for_selector("#contents a.read", state="attached")
        assert tab.evaluate(marked) == found, page


def test_questions_stand_nearer_to_their_answers_than_to_those_above(visit):
    tab = visit(A_CHAPTER)
    gaps = tab.evaluate(
        """[...document.querySelectorAll('details.choice + p:has(+ details)')].map((p) => {
            const box = p.getBoundingClientRect();
            return [box.top - p.previousElementSibling.getBoundingClientRect().bottom,
                    p.nextElementSibling.getBoundingClientRect().top - box.bottom];
        })"""
    )
    assert gaps
    assert all(above > 1.8 * below for above, below in gaps)


# --- what can be read, and what things are called


def test_printed_sentences_are_not_cut_off(visit):
    tab = visit(A_CHAPTER)
    cut = "[...document.querySelectorAll('.cell_output .prose pre')].filter((p) => p.scrollWidth > p.clientWidth + 1)"
    assert tab.evaluate("document.querySelectorAll('.cell_output .prose pre').length")
    assert tab.evaluate(f"{cut}.length") == 0
    tab.set_viewport_size({"width": 360, "height": 740})
    assert tab.evaluate(f"{cut}.length") == 0


def test_what_a_cell_prints_is_no_wider_than_the_page():
    # Sentences are wrapped, and one chapter prints nothing else.
    kept = [(page, output) for page in CHAPTERS for output in soup(page).select(".cell_output pre:not(.prose pre)")]
    lines = [(page, line) for page, output in kept for line in output.get_text().splitlines()]
    assert len({page for page, _ in lines}) > 5
    assert not [where for where in lines if len(where[1]) > 80]


@pytest.mark.parametrize("width", [360, 1280])
def test_whatever_is_cut_off_at_the_edge_fades_there(visit, width):
    tab = visit("chapters/running.html", viewport={"width": width, "height": 740})
    cut = """[...document.querySelectorAll('pre, .scroll, .picture, .formula')].map((box) =>
      [box.scrollWidth > box.clientWidth + 1, parseFloat(getComputedStyle(box).getPropertyValue('--more')) > 0])"""
    found = tab.evaluate(cut)
    assert [True, True] in found
    assert [False, False] in found
    assert not [pair for pair in found if pair[0] != pair[1]]


def test_a_formula_too_long_for_a_phone_can_be_read_from_its_beginning(visit):
    tab = visit("chapters/06-scoring-functions.html", **PHONE)
    begins = """[...document.querySelectorAll('.formula')].map((box) => [box.scrollWidth - box.clientWidth,
      box.querySelector('.katex-html').getBoundingClientRect().left - box.getBoundingClientRect().left])"""
    found = tab.evaluate(begins)
    assert any(more > 5 for more, _ in found)
    assert all(left > -1 for _, left in found)


@pytest.mark.parametrize(
    ("page", "width"),
    [
        ("chapters/02-queries-keys-values.html", 1280),
        ("chapters/04-attention-pooling.html", 360),
        ("zh/chapters/04-attention-pooling.html", 360),
    ],
)
def test_no_line_begins_with_what_closes_a_short_formula(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 740})
    lines = """[...document.querySelectorAll('article :is(p, li) .katex')].flatMap((formula) => {
      const text = formula.nextSibling, drawn = formula.querySelector('.katex-html');
      if (text?.nodeType !== 3 || !/^[,.;:!?)，。；：、）]/.test(text.data) || drawn.textContent.length > 16) return [];
      const range = new Range();
      range.setStart(text, 0);
      range.setEnd(text, 1);
      return [[text.data[0], range.getBoundingClientRect().left - drawn.getBoundingClientRect().left]];
    })"""
    found = tab.evaluate(lines)
    assert len(found) > 5
    assert not [closing for closing, after in found if after <= 0]


def test_no_permalink_stands_alone_on_a_line(visit):
    tab = visit(A_CHAPTER, **PHONE)
    links = "[...document.querySelectorAll('article :is(p, h2, h3) > .headerlink')]"
    assert tab.evaluate(f"{links}.length") > 20
    alone = (
        f"{links}.filter("
        + """(link) => {
      const range = new Range();
      range.selectNodeContents(link.parentElement);
      range.setEndBefore(link);
      return link.getBoundingClientRect().top > [...range.getClientRects()].at(-1).bottom - 2;
    }).length"""
    )
    for width in (340, 350, 360, 370, 380, 390):
        tab.set_viewport_size({"width": width, "height": 740})
        assert tab.evaluate(alone) == 0


def test_buttons_and_permalinks_have_names_of_their_own(visit):
    tab = visit(A_CHAPTER)
    names = tab.evaluate("[...document.querySelectorAll('.copy')].map((button) => button.ariaLabel)")
    assert len(set(names)) > 0.9 * len(names) > 1
    for link in soup(A_CHAPTER).select("a.headerlink"):
        assert link["aria-label"].startswith("Link to")
        assert not link.find_parent("figcaption")


def test_where_a_link_has_led_is_marked(visit):
    tab = visit("chapters/bibliography.html")
    entry = soup("chapters/bibliography.html").select(".citation")[-1]["id"]
    tab.evaluate("(id) => { location.hash = id; }", entry)
    assert tab.evaluate("(id) => getComputedStyle(document.getElementById(id)).outlineStyle", entry) == "solid"


@pytest.mark.parametrize("page", ["chapters/notation.html", "chapters/toolbox.html"])
def test_no_word_of_code_in_a_table_is_torn(visit, page):
    tab = visit(page, **PHONE)
    # A parameter has its default after its name, which may go to the next line.
    found = tab.evaluate(
        """[...document.querySelectorAll('table code, .sig-name, .sig em')].map((code) => {
          const name = new Range();
          name.selectNodeContents(code);
          if (code.localName === "em") name.setEnd(code.firstChild, code.firstChild.data.split("=")[0].length);
          return [code.localName, name.toString(), name.getClientRects().length];
        })"""
    )
    assert {kind for kind, *_ in found} == ({"code", "em", "span"} if "toolbox" in page else {"code"})
    assert not [text for _, text, pieces in found if pieces > 1 and not re.search(r"\s", text)]


def test_the_button_that_copies_does_not_lie_on_code_where_nothing_hovers(visit):
    tab = visit(A_CHAPTER, **PHONE)
    wait_until(tab, "document.querySelector('.highlight > .copy') !== null")
    lies = """[...document.querySelectorAll('.highlight > .copy')].filter((button) => {
        const range = document.createRange();
        range.selectNodeContents(button.parentElement.querySelector('pre'));
        const [code] = range.getClientRects();
        const box = button.getBoundingClientRect();
        return code.top < box.bottom && code.right > box.left;
    }).length"""
    assert tab.evaluate(lies) == 0


# --- places that have an address


@every_chapter
def test_questions_exercises_and_formulas_have_a_link_to_their_place(page):
    places = soup(page).select("article :is(.exercise, .formula)")
    places += [strong.parent for strong in soup(page).select("p > strong") if strong.get_text().startswith("Question ")]
    assert places
    for place in places:
        link = place.select_one("a.headerlink")
        assert link["href"] == f"#{place['id']}"
        assert link["aria-label"].startswith("Link to this")
    names = [element["id"] for element in soup(page).select("[id]")]
    assert len(names) == len(set(names))


@every_chapter
def test_folded_code_says_what_it_is(page):
    names = [fold.get_text() for fold in soup(page).select("details.hide.above-input summary .collapsed")]
    assert len(names) == len(set(names))
    assert not any("cell source" in name for name in names)


def test_the_index_leads_to_where_a_term_is_taught():
    entries = {item.a.get_text(): item.select("a") for item in soup("genindex.html").select(".index > li") if item.a}
    glossary, chapter = entries["attention pooling (注意力汇聚)"][:2]
    assert "glossary.html#" in glossary["href"]
    page, _, place = chapter["href"].partition("#")
    assert page in CHAPTERS
    assert chapter.get_text() == f"chapter {int(page.split('/')[1][:2])}"
    assert any(
        strong.get_text().lower() == "attention pooling" for strong in soup(page).find(id=place).select("strong")
    )


@pytest.mark.parametrize("scheme", ["light", "dark", "forced"])
@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_with_a_preview_or_the_contents_open(visit, scheme, width):
    colours = {"forced_colors": "active"} if scheme == "forced" else {"color_scheme": scheme}
    tab = visit(A_CHAPTER, viewport={"width": width, "height": 740}, **colours)
    term = tab.locator("article a.term").first
    term.focus()
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Tab")
    tab.locator("#preview").wait_for()
    report = Axe().run(tab, options={"resultTypes": ["violations"]})
    assert report.violations_count == 0, report.generate_report()
    if width == 320:
        tab.keyboard.press("Escape")
        tab.locator(".open-contents").click()
        tab.locator(".close-contents").wait_for()
        report = Axe().run(tab, options={"resultTypes": ["violations"]})
        assert report.violations_count == 0, report.generate_report()
