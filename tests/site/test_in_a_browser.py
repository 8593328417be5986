"""The built site in a real browser: without a connection, from a server and from a folder.

A test fails where search, copying or the choice of colours does not work, a page does not open from a folder, or fits
no phone, paper, the dark or a reader without scripts.
"""

import io

import pypdf
import pytest
from browser import wait_until
from pages import CHAPTERS, every_chapter, every_page, soup
from places import SITE

PHONE = {"viewport": {"width": 320, "height": 640}, "has_touch": True}


@every_page
def test_a_page_opens_from_a_folder(visit, page):
    tab = visit(page, base=SITE.as_uri())
    assert tab.locator("article h1").is_visible()
    assert tab.evaluate("getComputedStyle(document.querySelector('.brand')).textDecorationLine") == "none"


@pytest.mark.parametrize("page", ["intro.html", "search.html", "404.html", *CHAPTERS[:1]])
@pytest.mark.parametrize("place", ["server", "folder"])
def test_a_page_runs_no_script_that_was_slipped_in(visit, server, page, place):
    tab = visit(page, base=server if place == "server" else SITE.as_uri())
    tab.evaluate(
        """() => {
          window.refused = [];
          addEventListener("securitypolicyviolation", ({ effectiveDirective }) => refused.push(effectiveDirective));
          const add = (name, what) => document.body.append(Object.assign(document.createElement(name), what));
          const there = "https://example.org/x";
          add("script", { text: "window.slipped = 1" });
          add("script", { src: there });
          add("link", { rel: "stylesheet", href: there });
          add("img", { src: there });
          add("iframe", { src: there });
          document.body.insertAdjacentHTML("beforeend", "<b onclick='window.slipped = 1'>here</b>");
          document.body.lastChild.click();
          fetch(there).catch(() => 0);
        }"""
    )
    wait_until(tab, "refused.length === 7")
    elements = ["script-src-elem", "script-src-elem", "style-src-elem", "img-src", "frame-src"]
    assert sorted(tab.evaluate("refused")) == sorted([*elements, "script-src-attr", "connect-src"])
    assert tab.evaluate("window.slipped") is None
    # What the interactive figures need: a module made from a string.
    made = "import(URL.createObjectURL(new Blob(['export default 7'], { type: 'text/javascript' })))"
    assert tab.evaluate(f"{made}.then((made) => made.default)") == 7
    # The browser has complained, as it should.
    tab.complaints.clear()


def test_code_is_copied_with_the_keyboard(visit):
    tab = visit(CHAPTERS[0], permissions=["clipboard-read", "clipboard-write"])
    code = tab.locator(".cell_input .highlight").first
    code.locator(".copy").focus()
    tab.keyboard.press("Enter")
    wait_until(tab, "document.querySelector('.copy').textContent === 'Copied'")
    assert tab.evaluate("navigator.clipboard.readText()") == code.locator("pre").inner_text()


def test_code_is_copied_where_the_clipboard_is_closed_to_pages(visit):
    tab = visit(CHAPTERS[0])
    tab.evaluate(
        """() => {
          Object.defineProperty(navigator, "clipboard", { value: undefined });
          addEventListener("copy", () => (window.copied = document.activeElement.value));
        }"""
    )
    tab.locator(".copy").first.click(force=True)
    wait_until(tab, "window.copied")
    assert tab.evaluate("copied") == tab.locator(".cell_input pre").first.inner_text()


def test_only_code_that_can_be_run_is_copied(visit):
    tab = visit(CHAPTERS[0])
    tab.wait_for_selector(".copy", state="attached")
    assert tab.locator(".cell_output .copy").count() == 0


def test_a_choice_of_colours_stays(visit):
    tab = visit("intro.html")
    button = tab.locator(".colours")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(ground)
    button.click()
    button.click()
    assert button.inner_text() == "Colours: dark"
    dark = tab.evaluate(ground)
    assert dark != light
    tab.goto(tab.url.replace("intro", "chapters/notation"))
    assert tab.evaluate(ground) == dark
    tab.locator(".colours").click()
    assert tab.evaluate(ground) == light


def test_in_the_dark_figures_lie_on_white(visit):
    tab = visit(CHAPTERS[0], color_scheme="dark")
    for picture in tab.locator(".picture img").all():
        assert picture.evaluate("(picture) => getComputedStyle(picture).backgroundColor") == "rgb(255, 255, 255)"


def test_contents_open_on_a_phone_without_a_script(visit):
    tab = visit(CHAPTERS[0], java_script_enabled=False, **PHONE)
    entry = tab.locator("#contents a", has_text="Glossary")
    assert not entry.is_visible()
    tab.locator(".open-contents").click()
    entry.click()
    tab.wait_for_url("**/glossary.html")


@every_page
def test_without_scripts_everything_is_there(visit, page):
    tab = visit(page, java_script_enabled=False)
    text = tab.locator("article").inner_text()
    assert len(text.encode()) > 40  # a Chinese character says as much as some letters
    assert tab.locator("#contents a").first.is_visible()
    for part in tab.locator("article :is(h2, h3, figure, .katex-html):not(details *)").all():
        assert part.is_visible()


@every_chapter
def test_on_paper_there_is_the_chapter_and_nothing_else(visit, page):
    tab = visit(page)
    tab.evaluate(
        """() => document.querySelector("article").insertAdjacentHTML(
          "beforeend", "<details><summary>Solution</summary><p>what was folded up</p></details>")"""
    )
    paper = pypdf.PdfReader(io.BytesIO(tab.pdf()))
    text = " ".join(" ".join(sheet.extract_text() for sheet in paper.pages).split())
    for heading in soup(page).select("article h2"):
        assert heading.get_text().rstrip("#") in text
    for picture in soup(page).select("article figcaption .caption-number"):
        assert picture.get_text().strip() in text
    assert "what was folded up" in text
    assert "Search the book" not in text
    assert "How to run it" not in text
    images = sum(len(sheet.images) for sheet in paper.pages)
    assert images > 0


@pytest.mark.parametrize("part", ["whole", "cut"])
def test_a_formula_is_copied_once_as_it_was_written(visit, part):
    page = next(page for page in CHAPTERS if soup(page).select("article p .katex"))
    tab = visit(page)
    tex = soup(page).select_one("article p:has(.katex) annotation").get_text()
    copied = tab.evaluate(
        """(part) => {
          const paragraph = document.querySelector("article p:has(.katex)");
          const range = document.createRange();
          range.selectNodeContents(paragraph);
          // Who selects by hand ends somewhere in a formula.
          if (part === "cut") range.setEnd(paragraph.querySelector(".katex-html"), 0);
          getSelection().removeAllRanges();
          getSelection().addRange(range);
          const given = { clipboardData: new DataTransfer(), bubbles: true, cancelable: true };
          const copy = new ClipboardEvent("copy", given);
          paragraph.dispatchEvent(copy);
          return ["text/plain", "text/html"].map((kind) => copy.clipboardData.getData(kind));
        }""",
        part,
    )
    for text in copied:
        assert text.count(f"${tex}$") == 1
        assert "katex" not in text


def test_code_without_formulas_is_copied_as_ever(visit):
    tab = visit(CHAPTERS[0])
    left_alone = """() => {
      getSelection().selectAllChildren(document.querySelector(".cell_input pre"));
      const given = { clipboardData: new DataTransfer(), bubbles: true, cancelable: true };
      return document.querySelector(".cell_input pre").dispatchEvent(new ClipboardEvent("copy", given));
    }"""
    assert tab.evaluate(left_alone)
