"""Which style sheets a page asks for, and how it looks with no more of them than it needs.

A test fails where a page that leaves one out would look different with it, where what a reader calls up comes without
its looks, or where the mark of the book is missing above a page.
"""

import pytest
from pages import BOTH, PAGES, soup

SHEETS = {
    page: [link["href"].rpartition("/")[2] for link in soup(page).select("link[rel=stylesheet]")] for page in BOTH
}
WITHOUT = [page for page in BOTH if "chapter.css" not in SHEETS[page]]

# Where everything is, and how it looks.
LOOK = """() => [...document.querySelectorAll("body, body *")].map((element) => {
  const { x, y, width, height } = element.getBoundingClientRect();
  const looks = ["color", "background", "font", "border", "listStyle", "textDecoration", "opacity", "columns"];
  const style = getComputedStyle(element);
  return [element.outerHTML.slice(0, 60), x, y, width, height, ...looks.map((name) => style[name])].join(" | ");
})"""
ADD = """() => new Promise((onload) => {
  const link = document.querySelector("link[href$='book.css']").cloneNode();
  document.head.append(Object.assign(link, { href: link.href.replace("book.css", "chapter.css"), onload }));
}).then(() => null)"""


def test_each_page_has_the_sheet_of_all_pages_and_some_have_another():
    for page, sheets in SHEETS.items():
        assert sheets in (["book.css"], ["book.css", "chapter.css"], ["later.css", "book.css"]), page
    assert {page for page in PAGES if "later.css" in SHEETS[page]} == {"search.html"}
    for name in ("404", "genindex", "chapters/bibliography", "chapters/glossary", "chapters/toolbox"):
        assert f"{name}.html" in WITHOUT
    for name in ("intro", "chapters/04-attention-pooling", "chapters/notation", "chapters/running"):
        assert f"{name}.html" not in WITHOUT


@pytest.mark.parametrize("page", WITHOUT)
@pytest.mark.parametrize("width", [1280, 360])
def test_a_page_that_leaves_out_a_sheet_would_look_the_same_with_it(visit, page, width):
    tab = visit(page, viewport={"width": width, "height": 720})
    before = tab.evaluate(LOOK)
    assert len(before) > 30
    tab.evaluate(ADD)
    assert tab.evaluate(LOOK) == before


@pytest.mark.parametrize("page", ["chapters/04-attention-pooling.html", "404.html", "zh/intro.html"])
def test_the_mark_of_the_book_is_above_a_page(visit, page):
    tab = visit(page)
    mark = tab.evaluate(
        "(({ width, height, backgroundImage }) => [width, height, backgroundImage])"
        "(getComputedStyle(document.querySelector('.brand'), '::before'))"
    )
    assert mark[:2] == ["32px", "32px"]
    assert mark[2].startswith('url("data:image/svg+xml,')
    # It can be drawn.
    assert (
        tab.evaluate(
            """(address) => new Promise((done) => {
      const image = Object.assign(new Image(), { onload: () => done(image.width), onerror: () => done(0) });
      image.src = address.slice(5, -2);
    })""",
            mark[2],
        )
        > 0
    )


def test_what_a_reader_calls_up_comes_with_its_looks(visit):
    tab = visit("chapters/glossary.html")
    tab.keyboard.press("/")
    tab.keyboard.type("softmax")
    tab.locator("#suggestions").wait_for()
    assert tab.locator("#suggestions").evaluate("(list) => getComputedStyle(list).boxShadow") != "none"
    tab.keyboard.press("Escape")
    tab.locator("article a.internal[href^='bibliography']").first.focus()
    tab.locator("#preview").wait_for()
    assert tab.locator("#preview").evaluate("(card) => getComputedStyle(card).boxShadow") != "none"
