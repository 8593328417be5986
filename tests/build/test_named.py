"""What a page could not show is named while the book is built: the page, or the notebook and the cell, and what it is.

Fails if one of these faults is built without a word, is named for another place, or ends in a traceback.
"""

import re

import pytest
from PIL import Image
from small_book import Book

from paying_attention import explorables

# What stands on a page, and what is said of it.
PAGES = {
    "<iframe src='https://example.org'></iframe>": "not shown: a frame, <iframe>",
    "<div onclick='x()'>a</div>": "not shown: a script, onclick",
    "<audio controls src='a.mp3'></audio>": "not shown: a player, <audio>",
    "<p style='background: url(https://example.org/a.png)'>a</p>": "not shown: a style that loads a file",
    "<p><img src='https://example.org/a.png' alt='a'></p>": "not shown: https://example.org/a.png: pages load nothing",
    "![](https://example.org/a.png)": "not shown: https://example.org/a.png: pages load nothing",
    "<p><img src='mine.png' alt='a'></p>": "not shown: mine.png: a file that only HTML names is not copied",
    "<img src='nothing.svg' alt='a'>": "image file not readable: chapters/nothing.svg",
    "<a href='nowhere.html'>a</a>": "not shown: nowhere.html: there is no such page",
    "![](mine.png)": "nobody says whose chapters/mine.png is; write who made it, and on what terms it is here, into "
    "chapters/mine.png.license",
    "![](remote.svg)": "not shown whole: chapters/remote.svg loads another file",
    "```{explorable} Shelff\n:alt: a\n```": "There is no figure 'Shelff' among the explorables: "
    + ", ".join(explorables.__all__),
    "```{explorable} Shelf\n```": "The figure Shelf needs :alt:",
    '```{explorable} Shelf\n:alt: a\n:state: {"strength": "much"}\n```': "The figure Shelf does not take this :state:",
    "Words.[^nobody]": "not shown: [^nobody]: there is no such footnote",
    "```{figure} /_build/pictures/mark.svg\n:alt: a\nA caption.[^nobody]\n```": "not shown: [^nobody]: there",
    ":::{note}\n:class: toggle\na\n:::": "without effect: the class 'toggle'",
    "```{solution} oen\n:label: answer\nYes.\n```": "there is no exercise 'oen' to solve",
}
CELLS = {
    "video": (
        "from IPython.display import HTML\n\nHTML('<video src=\"data:,\"></video>')",
        "a player, <video>",
    ),
    "frame": ("from IPython.display import IFrame\n\nIFrame('https://example.org', 400, 200)", "a frame, <iframe>"),
    "script": ("%%javascript\n1", "a script, <script>"),
    "sound": ("from IPython.display import Audio\n\nAudio([0, 1, 0], rate=8000)", "a player, <audio>"),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    book = Book.new(tmp_path_factory.mktemp("named") / "book")
    for number, text in enumerate(PAGES):
        book.write(f"chapters/page-{number}.md", f"# Page {number}\n\n{text}\n")
    Image.new("RGB", (4, 4)).save(book.root / "chapters/mine.png")
    book.write("chapters/remote.svg", '<svg xmlns="http://www.w3.org/2000/svg"><image href="a.png"/></svg>')
    book.write("chapters/remote.svg.license", "Mine.\n")

    def tag(notebook):
        notebook["cells"][-1]["metadata"]["tags"] = ["margin"]
        notebook["cells"].append({"cell_type": "raw", "id": "raw", "metadata": {}, "source": ["Words."]})

    book.notebook("cells", {name: code for name, (code, _) in CELLS.items()} | {"tagged": "1"}, change=tag)
    book.notebook("picture", {"draws": "1"}, change=lambda notebook: notebook["cells"].pop(0))
    book.write("chapters/untitled.md", "![A drawing of a shelf](/_build/pictures/mark.svg)\n")
    book.contents("status", "cells", "picture", "untitled", *(f"page-{number}" for number in range(len(PAGES))))
    return book.fail("html")


@pytest.mark.parametrize(("number", "text"), list(enumerate(PAGES)), ids=PAGES)
def test_what_a_page_cannot_show(said, number, text):
    assert re.search(rf"chapters/page-{number}\.md:\d*: (WARNING|ERROR): {re.escape(PAGES[text])}", said), said


@pytest.mark.parametrize("name", CELLS)
def test_what_a_cell_cannot_show(said, name):
    assert re.search(rf"chapters/cells\.ipynb, cell '{name}'[^:]*: WARNING: not shown: {CELLS[name][1]}", said), said


def test_a_tag_without_effect(said):
    assert re.search(r"cells\.ipynb, cell 'tagged'[^:]*: WARNING: without effect: the tag 'margin'", said), said


def test_raw_text_that_no_page_has(said):
    assert re.search(r"chapters/cells\.ipynb: WARNING: cell 'raw': not shown: raw text without a format", said), said


@pytest.mark.parametrize("page", ["picture.ipynb", "untitled.md"])
def test_a_page_without_a_heading_is_named_once_and_by_its_own_name(said, page):
    assert said.count(f"chapters/{page}: WARNING: the page has no heading") == 1
    assert "that doesn't have a title" not in said


def test_no_other_page_is_blamed_and_nothing_ends_in_a_traceback(said):
    assert "chapters/status" not in "".join(re.findall(r".*(?:WARNING|ERROR).*", said))
    assert "Traceback" not in said
